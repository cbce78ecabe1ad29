"""Projects (procore.md 5.2)."""
from __future__ import annotations

from typing import Any

from tieout.sandbox.procore import custom_fields, lookups, standard_codes
from tieout.sandbox.procore.directory import own_company
from tieout.sandbox.procore.state import Company, Project, written
from tieout.sandbox.procore.web import (
    Answer,
    Call,
    Fields,
    Filter,
    SyncRules,
    Test,
    a_day,
    a_flag,
    a_number,
    a_text,
    among,
    an_integer,
    created,
    day,
    filtered,
    flag_is,
    invalid,
    loose,
    missing_ids,
    number,
    one_of,
    page_of,
    some_ids,
    stamp,
    sync,
    take,
    text_is,
    within,
)

# The older names of zones, as Procore's own examples pair them.
TZ_NAMES = {"US/Pacific": "America/Los_Angeles", "US/Mountain": "America/Denver", "US/Central": "America/Chicago",
            "US/Eastern": "America/New_York", "Canada/Eastern": "America/Toronto"}
TEXTS = ("name", "address", "city", "code", "country_code", "description", "locale", "phone", "project_number",
         "public_notes", "state_code", "time_zone", "zip", "origin_id", "origin_data", "origin_code", "store_number",
         "accounting_project_number", "designated_market_area", "county", "fax", "sector")
SCOPES = ("new_construction", "renovation_alteration", "maintenance_service")
DELIVERIES = ("construction_management_at_risk_cmar", "construction_manager_as_agent_owners_rep",
              "design_bid_build_dbb", "design_build_db", "indefinite_delivery_indefinite_quantity_idiq",
              "integrated_project_delivery", "multi_prime", "public_private_partnership_p3", "other")
# A field that names a row of one of the company's lists, and how the project shows it.
POINTERS = {"project_stage_id": lookups.STAGES, "project_type_id": lookups.TYPES, "program_id": lookups.PROGRAMS,
            "project_region_id": lookups.REGIONS, "project_owner_type_id": lookups.OWNER_TYPES,
            "project_bid_type_id": lookups.BID_TYPES, "office_id": lookups.OFFICES}
DAYS = ("start_date", "completion_date", "warranty_start_date", "warranty_end_date", "estimated_start_date",
        "estimated_completion_date")

PROJECT: Fields = {**dict.fromkeys(TEXTS, a_text), **dict.fromkeys(DAYS, a_day), "active": a_flag,
                   "total_value": a_number, "estimated_value": a_number, "square_feet": an_integer,
                   "latitude": a_number, "longitude": a_number, "estimated_budget": a_number,
                   "flag": one_of("Red", "Yellow", "Green"), "priority": one_of("low", "medium", "high"),
                   "work_scope": one_of(*SCOPES), "delivery_method": one_of(*DELIVERIES), "erp_integrated": a_flag,
                   "parent_job_id": an_integer, "project_template_id": an_integer, "department_ids": some_ids,
                   "override_start_date": a_day, "override_end_date": a_day, "override_start_date_check": a_flag,
                   "override_end_date_check": a_flag, "standard_cost_code_list_id": an_integer,
                   "enable_copy_of_standard_cost_codes": a_flag, **dict.fromkeys(POINTERS, an_integer)}
# The older names mirror the ones that replaced them.
MIRRORS = (("start_date", "estimated_start_date"), ("completion_date", "estimated_completion_date"),
           ("total_value", "estimated_value"))

FILTERS: dict[str, Filter] = {
    "id": among(lambda p: p.id), "name": text_is(lambda p: p.name), "origin_id": text_is(lambda p: p.get("origin_id")),
    "updated_at": within(lambda p: p.updated_at), "created_at": within(lambda p: p.created_at),
    "synced": flag_is(lambda p: p.get("origin_id") is not None),
    "vendor_id": lambda values: lambda p: any(v in values for v in map(str, p.vendors)),
    "custom_fields": custom_fields.matches,
}


def _any_department(values: list[str]) -> Test:
    wanted = {part for value in values for part in value.strip("[]").split(",")}
    return lambda p: not wanted.isdisjoint(map(str, p.get("department_ids") or ()))


FILTERS_10: dict[str, Filter] = {**FILTERS, "from_project_template_id": among(lambda p: p.get("project_template_id"))}
FILTERS_11: dict[str, Filter] = {
    **FILTERS, "project_number": text_is(lambda p: p.get("project_number")),
    "template": flag_is(lambda p: bool(p.get("template"))), "is_demo": flag_is(lambda p: False),
    "by_stage": among(lambda p: p.get("project_stage_id")), "by_type": among(lambda p: p.get("project_type_id")),
    "by_program": among(lambda p: p.get("program_id")), "by_office": among(lambda p: p.get("office_id")),
    "by_region": among(lambda p: p.get("project_region_id")), "by_department": _any_department,
    "by_owner_type": among(lambda p: p.get("project_owner_type_id")),
    "by_bid_type": among(lambda p: p.get("project_bid_type_id"))}


def _visible(call: Call, known: dict[str, Filter]) -> list[Project]:
    """Active projects unless filters[by_status] says otherwise; a service account's permitted ones only."""
    company = own_company(call)
    rows = [p for p in company.projects.values() if company.sees(call.user, p)]
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
    return page_of(call, _visible(call, FILTERS_10), lambda p: listed_10(call.company, p, call.view))


def company_projects(call: Call) -> Answer:
    """Another, thinner shape (5.2)."""
    return page_of(call, _visible(call, {}), lambda p: {
        "id": p.id, "name": p.name, "stage_name": (stage_of(call.company, p) or {}).get("name"),
        "status_name": "Active" if p.get("active") else "Inactive", "open_items": [], "created_by": None,
        "type_name": (lookups.brief(call.company, lookups.TYPES, p.get("project_type_id")) or {}).get("name"),
        "address": {"street": p.get("address"), **{k: p.get(k) for k in ("city", "state_code", "zip",
                                                                         "country_code")}}})


def project(call: Call) -> Answer:
    found = own_company(call).visible_project(call.arg_id(), call.user)
    if call.view == "minimal":
        return Answer({"id": found.id, "name": found.name})
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

    def by_id(wanted: int) -> Project | None:
        """None for what the caller may not see; its origin_id is taken all the same."""
        found = company.projects.get(wanted)
        return found if found is not None and company.sees(call.user, found) else None

    def update(found: Project, given: dict[str, Any]) -> Project:
        change_project(call, found, given)
        return found

    return sync(call, SyncRules(by_id, lambda o: by_id(company.origin_ids.get(("project", o), 0)),
                                lambda given: new_project(call, given), update,
                                lambda p: synced_project(company, p)))


def _values(call: Call, given: dict[str, Any], held: Project | None) -> dict[str, Any]:
    values = {**take(given, PROJECT), **custom_fields.read(call, "project", given, held=held)}
    if "name" in values and not (values["name"] or "").strip():
        raise invalid(name="can't be blank")
    for newer, older in MIRRORS:
        if newer in values:
            values[older] = values[newer]
        elif older in values:
            values[newer] = values[older]
    for name, lookup in POINTERS.items():
        if values.get(name) is not None and lookups.brief(call.company, lookup, values[name]) is None:
            raise invalid(**{name: "is invalid"})
    departments = lookups.rows_of(call.company, lookups.DEPARTMENTS)
    if any(one not in departments for one in values.get("department_ids") or ()):
        raise invalid(department_ids="is invalid")
    for name in ("parent_job_id", "project_template_id"):
        above = values.get(name)
        if above is not None and (above not in call.company.projects or (held is not None and above == held.id)):
            raise invalid(**{name: "is invalid"})
    return values


def new_project(call: Call, given: dict[str, Any]) -> Project:
    company = call.company
    values = {"active": True, "country_code": "US", "time_zone": "US/Pacific",
              **_values(call, {"name": None, **given}, None)}
    company.check_origin("project", values.get("origin_id"))
    currency = given.get("currency_configuration")
    if currency is not None and not (isinstance(currency, dict) and currency.get("currency_iso_code")):
        raise invalid(currency_configuration="currency_iso_code can't be blank")
    made = Project(company.ids.next("project"), call.now, call.now)
    written(company, "project", made, values, call.now)
    company.projects[made.id] = made
    if values.get("enable_copy_of_standard_cost_codes"):
        held = company.standard_lists.get(values.get("standard_cost_code_list_id") or 0) \
            or next(iter(company.standard_lists.values()))
        made.fields["standard_cost_code_list_id"] = held.id
        standard_codes.copy(call, made, held, held.codes.values())
    if company.permitted is not None and company.is_limited(call.user):
        company.permitted.add(made.id)      # what a service account makes it may see
    return made


def change_project(call: Call, found: Project, given: dict[str, Any]) -> None:
    values = _values(call, given, found)
    call.company.check_new_origin("project", found, values)
    written(call.company, "project", found, values, call.now)


# How a project looks

SHOWN_TEXTS = tuple(name for name in TEXTS if name not in ("fax",))


def stage_of(company: Company, found: Project) -> dict[str, object] | None:
    return lookups.brief(company, lookups.STAGES, found.get("project_stage_id"))


def shown_project(company: Company, found: Project) -> dict[str, object]:
    shown: dict[str, object] = {"id": found.id, **{key: found.get(key) for key in SHOWN_TEXTS},
                                **{key: day(found.get(key)) for key in DAYS}}
    project_number, parent = found.get("project_number"), company.projects.get(found.get("parent_job_id") or 0)
    begun = found.get("override_start_date") if found.get("override_start_date_check") else None
    ended = found.get("override_end_date") if found.get("override_end_date_check") else None
    departments = [lookups.brief(company, lookups.DEPARTMENTS, one) for one in found.get("department_ids") or ()]
    return shown | {
        "display_name": f"{project_number} {found.name}" if project_number else found.name,
        "active": bool(found.get("active")), "square_feet": found.get("square_feet"), "flag": found.get("flag"),
        "total_value": loose(found.get("total_value")), "estimated_value": loose(found.get("estimated_value")),
        "latitude": number(found.get("latitude")), "longitude": number(found.get("longitude")),
        "work_scope": found.get("work_scope"), "delivery_method": found.get("delivery_method"),
        "template": bool(found.get("template")), "is_demo": False,
        "tz_name": TZ_NAMES.get(found.get("time_zone"), found.get("time_zone")),
        "actual_start_date": day(begun or found.get("start_date")),
        "projected_finish_date": day(ended or found.get("completion_date")),
        "standard_cost_code_list_id": found.get("standard_cost_code_list_id"),
        "is_erp_integrated": bool(found.get("erp_integrated")), "parent_job_id": parent.id if parent else None,
        "parent_job": {"id": parent.id, "name": parent.name} if parent else None,
        "from_project_template_id": found.get("project_template_id"), "departments": departments,
        **_pointers(company, found), "custom_fields": custom_fields.shown(company, "project", found),
        "company": {"id": company.id, "name": company.name},
        "created_at": stamp(found.created_at), "updated_at": stamp(found.updated_at)}


def _pointers(company: Company, found: Project) -> dict[str, object]:
    shown: dict[str, object] = {}
    for name, lookup in POINTERS.items():
        shown[name.removesuffix("_id")] = lookups.brief(company, lookup, found.get(name))
        if name in SHOWN_IDS:
            shown[name] = found.get(name)
    return shown


SHOWN_IDS = ("project_stage_id", "project_region_id", "project_owner_type_id", "project_bid_type_id")
COMPACT = ("id", "name", "display_name", "project_number", "active")
NOT_IN_11 = ("template", "is_erp_integrated", "parent_job", "code", "locale", "sector", "work_scope",
             "delivery_method", "from_project_template_id", "project_stage_id")
IN_10 = ("id", "name", "is_demo", "parent_job_id", "parent_job", "display_name", "project_number", "address", "city",
         "state_code", "country_code", "zip", "county", "time_zone", "project_stage", "phone", "created_at",
         "updated_at", "active", "origin_id", "origin_data", "origin_code", "total_value", "store_number",
         "accounting_project_number", "designated_market_area", "start_date", "completion_date",
         "projected_finish_date", "estimated_value", "company", "custom_fields", "latitude", "longitude", "sector",
         "work_scope", "delivery_method", "project_region_id", "project_bid_type_id", "project_owner_type_id")
NOT_IN_SYNC = ("template", "is_demo", "is_erp_integrated", "parent_job_id", "parent_job", "tz_name", "county", "code",
               "locale", "standard_cost_code_list_id", "company", "custom_fields", "from_project_template_id",
               "project_stage_id", "project_region", "project_owner_type", "project_bid_type")


def listed_11(company: Company, found: Project, view: str) -> dict[str, object]:
    shown = shown_project(company, found)
    if view == "compact":
        return {key: shown[key] for key in COMPACT}
    return {key: value for key, value in shown.items() if key not in NOT_IN_11}


def listed_10(company: Company, found: Project, view: str) -> dict[str, object]:
    shown = shown_project(company, found)
    if view == "compact":
        return {key: shown[key] for key in COMPACT}
    stage = stage_of(company, found)
    return {key: shown[key] for key in IN_10} | {
        "stage": stage["name"] if stage else None, "fax": found.get("fax"), "priority": found.get("priority"),
        "estimated_budget": number(found.get("estimated_budget"))}


def synced_project(company: Company, found: Project) -> dict[str, object]:
    shown = shown_project(company, found)
    return {key: value for key, value in shown.items() if key not in NOT_IN_SYNC} | {
        "priority": found.get("priority"), "estimated_budget": number(found.get("estimated_budget"))}
