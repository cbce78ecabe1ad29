"""People of the company and of a project: employees and reference users (procore.md 5.5)."""
from __future__ import annotations

from datetime import datetime
from typing import Any

from tieout.sandbox.procore.cost_records import Person
from tieout.sandbox.procore.directory import own_company
from tieout.sandbox.procore.state import Company, Project, written
from tieout.sandbox.procore.web import (
    Answer,
    Call,
    Fields,
    Filter,
    a_flag,
    a_text,
    among,
    an_integer,
    created,
    filtered,
    flag_is,
    invalid,
    not_found,
    page_of,
    take,
    text_is,
)

PERSON: Fields = {**dict.fromkeys(("first_name", "last_name", "employee_id", "origin_id", "job_title"), a_text),
                  **dict.fromkeys(("is_employee", "active"), a_flag), "work_classification_id": an_integer}
FILTERS: dict[str, Filter] = {
    "is_employee": flag_is(lambda p: bool(p.get("is_employee"))),
    "reference_users_only": lambda values: lambda p: values[-1] != "true" or p.user_id is None,
    "without_reference_users": lambda values: lambda p: values[-1] != "true" or p.user_id is not None,
    "job_title": text_is(lambda p: p.get("job_title")), "vendor_id": among(lambda p: p.get("vendor_id")),
    "state_code": text_is(lambda p: p.get("state_code")),
    "connected": flag_is(lambda p: False), "trade_id": lambda values: lambda p: False,
    "search": lambda values: lambda p: values[-1].lower() in f"{p.name} {p.get('employee_id') or ''}".lower(),
}
# The company's list knows fewer filters than a project's, and ignores the others.
PROJECT_FILTERS: dict[str, Filter] = {
    **FILTERS, "country_code": text_is(lambda p: p.get("country_code")),
    "permission_template_id": among(lambda p: p.get("default_permission_template_id"))}


def company_people(call: Call) -> Answer:
    rows = filtered(call, own_company(call).people.values(), FILTERS)
    return page_of(call, rows, shown_person)


def create_company_person(call: Call) -> Answer:
    made = new_person(own_company(call), call.wrapped("person"), call.now)
    return created(shown_person(made))


def update_company_person(call: Call) -> Answer:
    found = own_company(call).people.get(call.arg_id())
    return Answer(shown_person(_changed(call, found)))


def project_people(call: Call) -> Answer:
    project, company = call.project, call.company
    whole = call.filters.get("include_company_people", [""])[-1] == "true"
    rows = filtered(call, (company.people if whole else project.people).values(), PROJECT_FILTERS)
    order = call.request.param("sort") or ""
    if order.lstrip("-") in ("name", "job_title"):
        rows.sort(key=lambda p: (p.name if "name" in order else str(p.get("job_title") or "")).lower(),
                  reverse=order.startswith("-"))
    return page_of(call, rows, lambda p: listed_project_person(company, p))


def create_project_person(call: Call) -> Answer:
    project = call.project
    made = new_person(call.company, call.wrapped("person"), call.now)
    join(call.company, project, made)
    return created(shown_project_person(made))


def update_project_person(call: Call) -> Answer:
    return Answer(shown_project_person(_changed(call, call.project.people.get(call.arg_id()))))


def new_person(company: Company, given: dict[str, Any], now: datetime, user_id: int | None = None) -> Person:
    values = {"is_employee": False, "active": True, **take(given, PERSON)}
    if not (values.get("last_name") or "").strip():
        raise invalid(last_name="can't be blank")
    company.check_origin("person", values.get("origin_id"))
    made = Person(company.ids.next("person"), now, now, user_id=user_id)
    written(company, "person", made, values, now)
    company.people[made.id] = made
    if user_id is not None:
        company.people_by_user[user_id] = made
    return made


def _changed(call: Call, found: Person | None) -> Person:
    if found is None:
        raise not_found()
    values = take(call.wrapped("person"), PERSON)
    if "last_name" in values and not (values["last_name"] or "").strip():
        raise invalid(last_name="can't be blank")
    call.company.check_new_origin("person", found, values)
    written(call.company, "person", found, values, call.now)
    return found


def person_for(company: Company, wanted: int | None, field: str) -> Person | None:
    """The person that a document names."""
    if wanted is None:
        return None
    found = company.people.get(wanted)
    if found is None:
        raise invalid(**{field: "is invalid"})
    return found


def join(company: Company, project: Project, person: Person) -> int:
    """The id of the membership; joining twice is one membership."""
    project.people[person.id] = person
    if project.id not in person.memberships:
        person.memberships[project.id] = company.ids.next("membership")
    return person.memberships[project.id]


def shown_person(found: Person) -> dict[str, object]:
    return {"id": found.id, "first_name": found.get("first_name"), "last_name": found.get("last_name"),
            "is_employee": bool(found.get("is_employee")), "employee_id": found.get("employee_id"),
            "user_id": found.user_id, "user_uuid": None, "origin_id": found.get("origin_id"),
            "work_classification_id": found.get("work_classification_id"),
            "contact": {"is_active": bool(found.get("active")), "email": found.get("email_address")}}


def shown_project_person(found: Person) -> dict[str, object]:
    """Here the description makes an integer of origin_id; one that is no number is left out."""
    origin = str(found.get("origin_id") or "")
    return shown_person(found) | {"origin_id": int(origin) if origin.isascii() and origin.isdecimal() else None}


def listed_project_person(company: Company, found: Person) -> dict[str, object]:
    vendor = company.vendors.get(found.get("vendor_id") or 0)
    return shown_project_person(found) | {
        "vendor": {"id": vendor.id, "name": vendor.get("name")} if vendor else None, "name": found.name,
        "job_title": found.get("job_title"), "initials": found.get("initials"), "email": found.get("email_address"),
        "reference_user": found.user_id is None, "business_phone": found.get("business_phone"),
        "mobile_phone": found.get("mobile_phone"), "connected": False, "work_classification": None}


def brief_person(found: Person | None) -> dict[str, object] | None:
    return None if found is None else {"id": found.id, "name": found.name}
