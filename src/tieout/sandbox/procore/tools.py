"""The tools of a project: which are on, and what the caller may do in each (procore.md 2.4, 7)."""
from __future__ import annotations

from collections.abc import Mapping

from tieout.sandbox.procore.permissions import level_of
from tieout.sandbox.procore.web import (
    Answer,
    Call,
    bad_request,
    filtered,
    flag_is,
    forbidden,
    invalid,
    not_found,
    page_of,
)

# Name in this stand-in -> id, Procore's own name, title.
TOOLS: Mapping[str, tuple[int, str, str]] = {
    "directory": (1, "directory", "Directory"), "budget": (2, "budgeting", "Budget"),
    "commitments": (3, "commitments", "Commitments"), "change_orders": (4, "change_orders", "Change Orders"),
    "prime_contracts": (5, "prime_contract", "Prime Contracts"), "invoicing": (6, "invoicing", "Invoicing"),
    "direct_costs": (7, "direct_costs", "Direct Costs"), "timesheets": (8, "timesheets", "Timesheets"),
    "documents": (9, "documents", "Documents")}
REQUIRED = "directory"
LEVELS = {"none": "None", "read_only": "Read Only", "standard": "Standard", "admin": "Admin"}


def _row(call: Call, tool: str) -> dict[str, object]:
    number, engine, _ = TOOLS[tool]
    return {"id": number, "engine_name": engine, "is_active": tool not in call.project.disabled_tools,
            "position": number, "required": tool == REQUIRED}


def tools(call: Call) -> Answer:
    rows = filtered(call, TOOLS, {"is_active": flag_is(lambda tool: tool not in call.project.disabled_tools)})
    return page_of(call, rows, lambda tool: {**_row(call, tool), "title": TOOLS[tool][2]})


def tools_with_levels(call: Call) -> Answer:
    project = call.project
    return Answer([{**_row(call, tool), "provider_id": project.id, "provider_type": "Project",
                    "user_access_level": LEVELS[level_of(call.company, call.user, tool, project.id)]}
                   for tool in TOOLS])


def switch(call: Call) -> Answer:
    """Tools on and off; the directory is always on. All or none."""
    given = call.body.get("tools")
    if call.user.level != "admin":
        raise forbidden("You do not have permission to perform this action", "Only an administrator switches tools")
    if not isinstance(given, list):
        raise bad_request("param is missing or the value is empty: tools")
    by_id = {number: tool for tool, (number, _, _) in TOOLS.items()}
    wanted: dict[str, bool] = {}
    for one in given:
        number = one.get("id") if isinstance(one, dict) else None
        tool = by_id.get(number) if isinstance(number, int) else None
        if tool is None:
            raise not_found()
        active = one.get("is_active", tool not in call.project.disabled_tools)
        if not isinstance(active, bool) or (tool == REQUIRED and not active):
            raise invalid(is_active=f"is invalid for {TOOLS[tool][2]}")
        wanted[tool] = active
    for tool, active in wanted.items():
        if active:
            call.project.disabled_tools.discard(tool)
        else:
            call.project.disabled_tools.add(tool)
    return Answer([{**_row(call, tool), "title": TOOLS[tool][2]} for tool in TOOLS])
