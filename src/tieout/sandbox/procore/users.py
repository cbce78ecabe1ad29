"""Users of the company and of a project, and who belongs to which project (procore.md 5.5).

A user and the person behind it are one record under two ids: the user's id is global, the person's id is what
timecards and direct costs name.
"""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tieout.sandbox.procore.cost_records import Person
from tieout.sandbox.procore.custom_fields import read as read_custom
from tieout.sandbox.procore.directory import own_company
from tieout.sandbox.procore.people import join
from tieout.sandbox.procore.state import Company, Project, written
from tieout.sandbox.procore.web import (
    NOTHING,
    Answer,
    Call,
    Fields,
    Filter,
    Refusal,
    SyncRules,
    a_flag,
    a_text,
    among,
    an_integer,
    bad_request,
    created,
    filtered,
    flag_is,
    forbidden,
    invalid,
    not_found,
    page_of,
    stamp,
    sync,
    take,
    text_is,
    within,
)

TEXTS = ("first_name", "last_name", "job_title", "address", "city", "zip", "business_phone", "mobile_phone",
         "fax_number", "email_address", "email_signature", "employee_id", "notes", "country_code", "state_code",
         "initials", "origin_id", "origin_data", "avatar")
IDS = ("vendor_id", "default_permission_template_id", "company_permission_template_id", "work_classification_id",
       "business_phone_extension")
# A person has one switch, which users call is_active and people call active.
USER: Fields = {**dict.fromkeys(TEXTS, a_text), **dict.fromkeys(IDS, an_integer), "is_active": a_flag,
                "is_employee": a_flag, "add_to_new_projects": a_flag}
# Only an administrator of the company directory changes these (the users' field texts).
IN_PROJECT = "Project Users"      # to webhooks
GUARDED = ("email_address", "default_permission_template_id", "company_permission_template_id")


def _matches(person: Person, text: str) -> bool:
    parts = (person.name, person.get("email_address"), person.get("job_title"), person.get("employee_id"))
    return any(text.lower() in str(part).lower() for part in parts if part)


SEARCH: dict[str, Filter] = {"search": lambda values: lambda p: _matches(p, values[-1])}
USER_FILTERS: dict[str, Filter] = {
    **SEARCH, "created_at": within(lambda p: p.created_at), "updated_at": within(lambda p: p.updated_at),
    "vendor_id": among(lambda p: p.get("vendor_id")), "origin_id": text_is(lambda p: p.get("origin_id")),
    "trade_id": lambda values: lambda p: False}
ALL_USER_FILTERS: dict[str, Filter] = {**USER_FILTERS, "active": flag_is(lambda p: bool(p.get("active")))}
PROJECT_USER_FILTERS: dict[str, Filter] = {
    **USER_FILTERS, "id": among(lambda p: p.user_id),
    "permission_template": among(lambda p: p.get("default_permission_template_id")),
    "employee": flag_is(lambda p: bool(p.get("is_employee")))}
SORTS: dict[str, Callable[[Company, Person], str]] = {
    "name": lambda company, p: p.name, "full_name": lambda company, p: p.name,
    "email": lambda company, p: str(p.get("email_address") or ""),
    "job_title": lambda company, p: str(p.get("job_title") or ""),
    "vendor_name": lambda company, p: str((_vendor(company, p) or {}).get("name") or "")}


def _sorted(call: Call, rows: list[Person]) -> list[Person]:
    order = call.request.param("sort") or ""
    key = SORTS.get(order.lstrip("-"))
    if key is None:
        return rows
    return sorted(rows, key=lambda p: key(call.company, p).lower(), reverse=order.startswith("-"))


# Users of the company

def users(call: Call) -> Answer:
    """Active ones only."""
    company = own_company(call)
    rows = filtered(call, [p for p in company.people_by_user.values() if p.get("active")], USER_FILTERS)
    if call.view == "ids_only":
        return page_of(call, _sorted(call, rows), lambda p: {"id": p.user_id})
    return page_of(call, _sorted(call, rows), lambda p: listed_user(company, p))


def all_users(call: Call) -> Answer:
    company = own_company(call)
    rows = filtered(call, company.people_by_user.values(), ALL_USER_FILTERS)
    return page_of(call, _sorted(call, rows), lambda p: {**user_shape(company, p), "locale": "en-US"})


def user(call: Call) -> Answer:
    company = own_company(call)
    found = _user(company, call.arg_id())
    if call.request.path.endswith(f"/users/{call.arg_id()}") and "company_id" not in call.args:
        return Answer({**user_shape(company, found), "locale": "en-US"})
    return Answer({**user_shape(company, found), "contact_id": found.id, "role": found.get("job_title"),
                   "verified_employee": bool(found.get("is_employee"))})


def _user(company: Company, wanted: int) -> Person:
    found = company.people_by_user.get(wanted)
    if found is None:
        raise not_found()
    return found


def create_user(call: Call) -> Answer:
    company = own_company(call)
    return created(written_user(company, new_user(call, company, call.wrapped("user"))))


def update_user(call: Call) -> Answer:
    company = own_company(call)
    found = _user(company, call.arg_id())
    change_user(call, company, found, call.wrapped("user"))
    return Answer(written_user(company, found))


def sync_users(call: Call) -> Answer:
    company = own_company(call)

    def by_origin(origin: str) -> Person | None:
        found = company.people.get(company.origin_ids.get(("person", origin), 0))
        return found if found is not None and found.user_id is not None else None

    def update(found: Person, given: dict[str, Any]) -> Person:
        change_user(call, company, found, given)
        return found

    return sync(call, SyncRules(company.people_by_user.get, by_origin, lambda given: new_user(call, company, given),
                                update, lambda p: {**user_shape(company, p), "locale": "en-US"}))


def new_user(call: Call, company: Company, given: dict[str, Any]) -> Person:
    values = {"active": True, "is_employee": False, **_values(call, given, None)}
    _checked(company, {"last_name": None, "email_address": None, **values}, None)
    _guard(call, values, created_now=True)
    company.check_origin("person", values.get("origin_id"))
    made = Person(company.ids.next("person"), call.now, call.now, user_id=company.ids.next("user"))
    written(company, "person", made, values, call.now)
    enter(company, made)
    return made


def _values(call: Call, given: dict[str, Any], held: Person | None) -> dict[str, Any]:
    values = {**take(given, USER), **read_custom(call, "user", given, held=held)}
    if "is_active" in values:
        values["active"] = values.pop("is_active")
    return values


def enter(company: Company, person: Person) -> None:
    company.people[person.id] = person
    if person.user_id is not None:
        company.people_by_user[person.user_id] = person
        company.user_by_email[str(person.get("email_address")).lower()] = person.id


def change_user(call: Call, company: Company, found: Person, given: dict[str, Any]) -> None:
    values = _values(call, given, found)
    _checked(company, values, found)
    _guard(call, {k: v for k, v in values.items() if v != found.get(k)}, created_now=False)
    company.check_new_origin("person", found, values)
    if "email_address" in values:
        company.user_by_email.pop(str(found.get("email_address")).lower(), None)
        company.user_by_email[str(values["email_address"]).lower()] = found.id
    written(company, "person", found, values, call.now)


def _checked(company: Company, values: dict[str, Any], held: Person | None) -> None:
    for name in ("last_name", "email_address"):
        if name in values and not (values[name] or "").strip():
            raise invalid(**{name: "can't be blank"})
    email = values.get("email_address")
    if email is not None:
        if "@" not in email:
            raise invalid(email_address="is invalid")
        other = company.user_by_email.get(email.lower())
        if other is not None and (held is None or other != held.id):
            raise Refusal(409, {"errors": {"email_address": ["has already been taken"]}})
    vendor_id = values.get("vendor_id")
    if vendor_id is not None and vendor_id not in company.vendors:
        raise invalid(vendor_id="is invalid")


def _guard(call: Call, values: dict[str, Any], *, created_now: bool) -> None:
    if call.user.level == "admin":
        return
    for name in GUARDED[1:] if created_now else GUARDED:
        if name in values:
            raise forbidden("You do not have permission to perform this action", f"{name} needs a directory admin")


def invite(call: Call) -> Answer:
    """The welcome e-mail; the practice Procore sends none and keeps when it would have."""
    found = _user(own_company(call), call.arg_id())
    found.fields["welcome_email_sent_at"] = call.now
    found.touch(call.now)
    return Answer(None, 202)


def bulk_add(call: Call) -> Answer:
    """Each of the users into its project; what names nobody or no project is left out of the answer with 207."""
    done: dict[int, list[int]] = {}
    pairs = _pairs(call)
    for person, project in pairs:
        if person is not None and project is not None and person.user_id is not None:
            join(call.company, project, person)
            call.tell(IN_PROJECT, "create", person.user_id, project.id)
            done.setdefault(person.user_id, []).append(project.id)
    whole = all(person is not None and project is not None for person, project in pairs)
    return Answer({"entities": [{"userId": str(one), "projects": projects} for one, projects in done.items()]},
                  200 if whole else 207)


def bulk_remove(call: Call) -> Answer:
    done: dict[str, dict[str, str]] = {}
    for person, project in _pairs(call):
        if person is not None and project is not None:
            was = leave(project, person)
            if was and person.user_id is not None:
                call.tell(IN_PROJECT, "delete", person.user_id, project.id)
            done.setdefault(str(person.user_id), {})[str(project.id)] = "success" if was else "not a member"
    return Answer(done)


def _pairs(call: Call) -> list[tuple[Person | None, Project | None]]:
    company, given = own_company(call), call.body.get("users")
    if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
        raise bad_request("param is missing or the value is empty: users")
    found: list[tuple[Person | None, Project | None]] = []
    for one in given:
        ids = take(one, {"user_id": an_integer, "project_id": an_integer})
        project = company.projects.get(ids.get("project_id") or 0)
        found.append((company.people_by_user.get(ids.get("user_id") or 0),
                      project if project is not None and company.sees(call.user, project) else None))
    return found


# How a user looks

USER_TEXTS = tuple(name for name in TEXTS if name not in ("first_name", "last_name"))


def user_shape(company: Company, found: Person) -> dict[str, object]:
    return {"id": found.user_id, "first_name": found.get("first_name"), "last_name": found.get("last_name"),
            "name": found.name, **{name: found.get(name) for name in USER_TEXTS},
            "business_phone_extension": found.get("business_phone_extension"), "business_id": None,
            "is_active": bool(found.get("active")), "is_employee": bool(found.get("is_employee")),
            "is_insurance_manager": False, "last_login_at": None, "vendor": _vendor(company, found),
            "work_classification_id": found.get("work_classification_id"),
            "default_permission_template_id": found.get("default_permission_template_id"),
            "company_permission_template_id": found.get("company_permission_template_id"),
            "created_at": stamp(found.created_at), "updated_at": stamp(found.updated_at)}


def written_user(company: Company, found: Person) -> dict[str, object]:
    return {**user_shape(company, found), "add_to_new_projects": bool(found.get("add_to_new_projects"))}


def listed_user(company: Company, found: Person) -> dict[str, object]:
    shown = user_shape(company, found)
    for name in ("is_insurance_manager", "default_permission_template_id", "company_permission_template_id"):
        del shown[name]
    return shown | {"contact_id": found.id, "erp_integrated_accountant": False,
                    "welcome_email_sent_at": stamp(found.get("welcome_email_sent_at")), "permission_template": None,
                    "company_permission_template": None, "role": found.get("job_title"),
                    "verified_employee": bool(found.get("is_employee"))}


def _vendor(company: Company, found: Person) -> dict[str, object] | None:
    vendor = company.vendors.get(found.get("vendor_id") or 0)
    return {"id": vendor.id, "name": vendor.get("name")} if vendor is not None else None


# Who belongs to a project

def leave(project: Project, person: Person) -> bool:
    person.memberships.pop(project.id, None)
    return project.people.pop(person.id, None) is not None


PROJECT_USER = ("first_name", "last_name", "initials", "address", "business_phone", "city", "country_code",
                "email_address", "fax_number", "mobile_phone", "notes", "origin_data", "origin_id", "state_code", "zip")


def project_users(call: Call) -> Answer:
    rows = filtered(call, [p for p in call.project.people.values() if p.user_id is not None], PROJECT_USER_FILTERS)
    if call.view == "compact":
        return page_of(call, _sorted(call, rows), lambda p: {"id": p.user_id, "name": p.name})
    return page_of(call, _sorted(call, rows), lambda p: {
        "id": p.user_id, "name": p.name, **{name: p.get(name) for name in PROJECT_USER},
        "vendor": _vendor(call.company, p), "is_active": bool(p.get("active")),
        "created_at": stamp(p.created_at), "updated_at": stamp(p.updated_at)})


def project_user(call: Call) -> Answer:
    return Answer(user_shape(call.company, _of_project(call)))


def _of_project(call: Call) -> Person:
    found = _user(call.company, call.arg_id())
    if found.id not in call.project.people:
        raise not_found()
    return found


def create_project_user(call: Call) -> Answer:
    project = call.project
    made = new_user(call, call.company, call.wrapped("user"))
    join(call.company, project, made)
    return created(user_shape(call.company, made))


def update_project_user(call: Call) -> Answer:
    found = _of_project(call)
    change_user(call, call.company, found, call.wrapped("user"))
    return Answer(user_shape(call.company, found))


def add_user_to_project(call: Call) -> Answer:
    found = _user(call.company, call.arg_id())
    join(call.company, call.project, found)
    return created(user_shape(call.company, found))


def remove_user_from_project(call: Call) -> Answer:
    leave(call.project, _of_project(call))
    return NOTHING


def memberships(call: Call) -> Answer:
    project = call.project
    return page_of(call, list(project.people.values()), lambda person: {
        "id": person.memberships[project.id], "party_id": person.id, "project_id": project.id})


def create_membership(call: Call) -> Answer:
    wanted = take(call.wrapped("project_membership"), {"party_id": an_integer}).get("party_id")
    return created([_join(call, _party(call.company, wanted))])


def _join(call: Call, person: Person) -> int:
    """The id of the membership."""
    if person.user_id is not None:
        call.tell(IN_PROJECT, "create", person.user_id)
    return join(call.company, call.project, person)


def create_memberships(call: Call) -> Answer:
    given = call.body.get("party_ids")
    if not isinstance(given, list):
        raise bad_request("param is missing or the value is empty: party_ids")
    found = [_party(call.company, one if isinstance(one, int) else None) for one in given]
    return created([_join(call, person) for person in found])


def _party(company: Company, wanted: int | None) -> Person:
    found = company.people.get(wanted or 0)
    if found is None:
        raise invalid(party_id="is invalid")
    return found


def delete_membership(call: Call) -> Answer:
    project, wanted = call.project, call.arg_id()
    for person in list(project.people.values()):
        if person.memberships[project.id] == wanted:
            leave(project, person)
            if person.user_id is not None:
                call.tell(IN_PROJECT, "delete", person.user_id)
            return NOTHING
    raise not_found()
