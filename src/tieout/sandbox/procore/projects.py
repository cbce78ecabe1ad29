"""Projects (procore.md 5.2)."""
from __future__ import annotations

from typing import Any

from tieout.sandbox.procore.directory import own_company
from tieout.sandbox.procore.state import Company, Project, written
from tieout.sandbox.procore.web import (
    Answer,
    Call,
    Fields,
    Filter,
    SyncRules,
    a_day,
    a_flag,
    a_number,
    a_text,
    among,
    created,
    day,
    filtered,
    flag_is,
    invalid,
    loose,
    missing_ids,
    page_of,
    stamp,
    sync,
    take,
    text_is,
    within,
)

TEXTS = ("name", "address", "city", "code", "country_code", "description", "locale", "phone", "project_number",
         "public_notes", "state_code", "time_zone", "zip", "origin_id", "origin_data", "origin_code", "store_number",
         "accounting_project_number", "designated_market_area")
DAYS = ("start_date", "completion_date", "warranty_start_date", "warranty_end_date", "estimated_start_date",
        "estimated_completion_date")
PROJECT: Fields = {**dict.fromkeys(TEXTS, a_text), **dict.fromkeys(DAYS, a_day), "active": a_flag,
                   "total_value": a_number, "estimated_value": a_number}
# The older names mirror the ones that replaced them.
MIRRORS = (("start_date", "estimated_start_date"), ("completion_date", "estimated_completion_date"),
           ("total_value", "estimated_value"))

FILTERS: dict[str, Filter] = {
    "id": among(lambda p: p.id), "name": text_is(lambda p: p.name), "origin_id": text_is(lambda p: p.get("origin_id")),
    "updated_at": within(lambda p: p.updated_at), "created_at": within(lambda p: p.created_at),
    "synced": flag_is(lambda p: p.get("origin_id") is not None),
    "vendor_id": lambda values: lambda p: any(v in values for v in map(str, p.vendors)),
}
FILTERS_11: dict[str, Filter] = {**FILTERS, "project_number": text_is(lambda p: p.get("project_number")),
                                 "template": flag_is(lambda p: False), "is_demo": flag_is(lambda p: False)}


def _visible(call: Call, known: dict[str, Filter]) -> list[Project]:
    """Active projects unless filters[by_status] says otherwise; a service account's permitted ones only."""
    company = own_company(call)
    permitted = company.permitted if call.user.is_service_account else None
    rows = [p for p in company.projects.values() if permitted is None or p.id in permitted]
    status = call.filters.get("by_status", ["Active"])[-1]
    if status != "All":
        rows = [p for p in rows if bool(p.get("active")) is (status != "Inactive")]
    rows = filtered(call, rows, known)
    order = call.request.param("sort") or ""
    if order.lstrip("-") in ("name", "display_name"):
        rows.sort(key=lambda p: p.name.lower(), reverse=order.startswith("-"))
    return rows


def projects_11(call: Call) -> Answer:
    rows = _visible(call, FILTERS_11)
    if call.view == "ids":
        return page_of(call, rows, lambda p: {"id": p.id}, default=200000, most=200000)
    return page_of(call, rows, lambda p: listed_11(call.company, p, call.view), default=100, most=300)


def projects_10(call: Call) -> Answer:
    return page_of(call, _visible(call, FILTERS), lambda p: listed_10(call.company, p, call.view))


def project(call: Call) -> Answer:
    found = own_company(call).visible_project(call.arg_id(), call.user)
    return Answer(shown_project(call.company, found))


def create_project(call: Call) -> Answer:
    company = own_company(call)
    return created(shown_project(company, new_project(call, call.wrapped("project"))))


def update_project(call: Call) -> Answer:
    if call.given_id("company_id") is None:
        raise missing_ids()
    found = own_company(call).visible_project(call.arg_id(), call.user)
    change_project(call, found, call.wrapped("project"))
    return Answer(shown_project(call.company, found))


def sync_projects(call: Call) -> Answer:
    company = own_company(call)

    def by_origin(origin: str) -> Project | None:
        found = company.origin_ids.get(("project", origin))
        return company.projects.get(found) if found is not None else None

    def update(found: Project, given: dict[str, Any]) -> Project:
        change_project(call, found, given)
        return found

    return sync(call, SyncRules(company.projects.get, by_origin, lambda given: new_project(call, given), update,
                                lambda p: synced_project(company, p)))


def _values(given: dict[str, Any]) -> dict[str, Any]:
    values = take(given, PROJECT)
    if "name" in values and not (values["name"] or "").strip():
        raise invalid(name="can't be blank")
    for newer, older in MIRRORS:
        if newer in values:
            values[older] = values[newer]
        elif older in values:
            values[newer] = values[older]
    return values


def new_project(call: Call, given: dict[str, Any]) -> Project:
    values = {"active": True, "country_code": "US", "time_zone": "US/Pacific", **_values({"name": None, **given})}
    call.company.check_origin("project", values.get("origin_id"))
    made = Project(call.company.ids.next("project"), call.now, call.now)
    written(call.company, "project", made, values, call.now)
    call.company.projects[made.id] = made
    return made


def change_project(call: Call, found: Project, given: dict[str, Any]) -> None:
    written(call.company, "project", found, _values(given), call.now)


# How a project looks

def shown_project(company: Company, found: Project) -> dict[str, object]:
    shown: dict[str, object] = {"id": found.id, **{key: found.get(key) for key in TEXTS},
                                **{key: day(found.get(key)) for key in DAYS}}
    number = found.get("project_number")
    return shown | {
        "display_name": f"{number} {found.name}" if number else found.name, "active": bool(found.get("active")),
        "total_value": loose(found.get("total_value")), "estimated_value": loose(found.get("estimated_value")),
        "template": False, "is_demo": False, "tz_name": "America/Los_Angeles", "county": None, "flag": None,
        "actual_start_date": day(found.get("start_date")), "projected_finish_date": day(found.get("completion_date")),
        "standard_cost_code_list_id": None, "is_erp_integrated": False, "parent_job_id": None, "parent_job": None,
        "office": None, "project_stage": None, "departments": [], "custom_fields": {},
        "company": {"id": company.id, "name": company.name},
        "created_at": stamp(found.created_at), "updated_at": stamp(found.updated_at)}


COMPACT = ("id", "name", "display_name", "project_number", "active")
NOT_IN_11 = ("template", "is_erp_integrated", "parent_job", "code", "locale")
IN_10 = ("id", "name", "is_demo", "parent_job_id", "parent_job", "display_name", "project_number", "address", "city",
         "state_code", "country_code", "zip", "county", "time_zone", "project_stage", "phone", "created_at",
         "updated_at", "active", "origin_id", "origin_data", "origin_code", "total_value", "store_number",
         "accounting_project_number", "designated_market_area", "start_date", "completion_date",
         "projected_finish_date", "estimated_value", "company", "custom_fields")
NOT_IN_SYNC = ("template", "is_demo", "is_erp_integrated", "parent_job_id", "parent_job", "tz_name", "county", "code",
               "locale", "standard_cost_code_list_id", "company", "custom_fields")


def listed_11(company: Company, found: Project, view: str) -> dict[str, object]:
    shown = shown_project(company, found)
    if view == "compact":
        return {key: shown[key] for key in COMPACT}
    return {key: value for key, value in shown.items() if key not in NOT_IN_11}


def listed_10(company: Company, found: Project, view: str) -> dict[str, object]:
    shown = shown_project(company, found)
    return {key: shown[key] for key in (COMPACT if view == "compact" else IN_10)}


def synced_project(company: Company, found: Project) -> dict[str, object]:
    shown = shown_project(company, found)
    return {key: value for key, value in shown.items() if key not in NOT_IN_SYNC}
