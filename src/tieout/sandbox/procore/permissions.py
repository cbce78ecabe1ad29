"""Who may do what: a level per tool, for each user, in the company or in one project (procore.md 2.4).

    none -> nothing; read_only -> reads; standard -> makes and changes; admin -> everything

A user without a level of its own has the one of its token. Reads need read_only. Writes need standard, and where a
company's own lists or a project itself are changed, admin.
"""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tieout.sandbox.procore.state import Company, User
from tieout.sandbox.procore.web import Call, Refusal, forbidden

LEVELS = ("none", "read_only", "standard", "admin")
PROJECT_TOOLS = ("directory", "budget", "commitments", "change_orders", "invoicing", "direct_costs", "prime_contracts",
                 "timesheets", "documents", "webhooks")
COMPANY_TOOLS = ("company_directory", "company_admin", "portfolio", "webhooks")
TOOLS = tuple(dict.fromkeys((*PROJECT_TOOLS, *COMPANY_TOOLS)))
# The first part of a path below its version and scope -> the company's tool that it belongs to.
BY_PATH = {
    "vendors": "company_directory", "users": "company_directory", "people": "company_directory",
    "insurances": "company_directory", "trades": "company_directory", "projects": "portfolio",
    "project_templates": "portfolio", "line_item_types": "company_admin", "work_breakdown_structure": "company_admin",
    "tax_codes": "company_admin", "tax_types": "company_admin", "standard_cost_codes": "company_admin",
    "standard_cost_code_lists": "company_admin", "uoms": "company_admin", "uom_categories": "company_admin",
    "custom_field_definitions": "company_admin", "configurable_field_sets": "company_admin",
    "project_stages": "company_admin", "project_types": "company_admin", "project_regions": "company_admin",
    "project_owner_types": "company_admin", "project_bid_types": "company_admin", "programs": "company_admin",
    "offices": "company_admin", "departments": "company_admin", "currency_configuration": "company_admin",
    "change_order_change_reasons": "company_admin", "timecard_time_types": "company_admin",
    "work_classifications": "company_admin", "timecard_entries": "timesheets", "timesheets": "timesheets",
    "webhooks": "webhooks"}
WRITES_NEED_ADMIN = {"company_admin", "portfolio"}
# A subcontractor's own people bill, and nothing else (5.10, 5.14).
BILL_RECIPIENTS_WRITE = {"requisitions", "line_item_contract_details", "subcontractor_schedule_of_values_status"}


def company_tool(template: str) -> str:
    """The tool of a company endpoint, "" for one that everybody may use."""
    parts = template.split("/")[3:]
    if parts[:1] == ["companies"]:
        parts = parts[2:]
    return BY_PATH.get(parts[0], "") if parts else ""


def set_permission(company: Company, user_id: int, tool: str, level: str, project_id: int | None = None) -> None:
    """project_id None sets the level in the company and in every project without one of its own."""
    if tool not in TOOLS or level not in LEVELS:
        raise ValueError(f"tool is one of {', '.join(TOOLS)}; level is one of {', '.join(LEVELS)}")
    if project_id is not None and project_id not in company.projects:
        raise ValueError(f"there is no project {project_id}")
    company.permissions[user_id, tool, project_id] = level


def level_of(company: Company, user: User, tool: str, project_id: int | None) -> str:
    held = company.permissions
    found = held.get((user.id, tool, project_id)) or held.get((user.id, tool, None))
    return found or ("admin" if user.level == "admin" else "standard")


def check(company: Company, user: User, tool: str, project_id: int | None, template: str, *, writes: bool) -> User:
    """Refuses with 403 what the level does not allow; gives back the user as that tool sees it."""
    if not tool or (not company.permissions and user.level == "admin"):
        return user
    if writes and user.level == "bill_recipient" and BILL_RECIPIENTS_WRITE.isdisjoint(template.split("/")):
        raise denied(tool, "bill recipient")
    level = level_of(company, user, tool, project_id)
    needed = "read_only" if not writes else "admin" if tool in WRITES_NEED_ADMIN else "standard"
    if LEVELS.index(level) < LEVELS.index(needed):
        raise denied(tool, level)
    if (user.id, tool, project_id) in company.permissions or (user.id, tool, None) in company.permissions:
        return replace(user, level="admin" if level == "admin" else "standard")
    return user


def admin_for(call: Call, held: Mapping[str, Any], values: Mapping[str, Any], *names: str) -> None:
    """Statuses and retainage are an administrator's to set (2.4); what stays as it is held is nobody's business."""
    for name in names if call.user.level != "admin" else ():
        if values.get(name) is not None and values[name] != held.get(name):
            raise forbidden("You do not have permission to perform this action", f"{name} needs admin permission")


def denied(tool: str, level: str) -> Refusal:
    return forbidden("You do not have permission to perform this action",
                     f"The permission level in the {tool} tool is {level}")
