"""Who is what in a project: the name of a role and the user who has it (beside the people of procore.md 5.5)."""
from __future__ import annotations

from tieout.sandbox.procore.cost_records import Person
from tieout.sandbox.procore.records import Record
from tieout.sandbox.procore.web import (
    NOTHING,
    Answer,
    Call,
    Fields,
    Filter,
    Refusal,
    a_text,
    an_integer,
    bad_request,
    created,
    filtered,
    not_found,
    page_of,
    stamp,
    take,
    within,
)

ROLE: Fields = {"role": a_text, "user_id": an_integer}
FILTERS: dict[str, Filter] = {"created_at": within(lambda one: one.created_at)}


def roles(call: Call) -> Answer:
    return page_of(call, filtered(call, call.project.roles.values(), FILTERS), lambda one: _shown(call, one))


def create(call: Call) -> Answer:
    """A user who is not in the project is not found; the same role of the same user is there once (409)."""
    project, given = call.project, take(call.wrapped("project_role"), ROLE)
    role, user = (given.get("role") or "").strip(), given.get("user_id")
    for name, value in (("role", role), ("user_id", user)):
        if not value:
            raise bad_request(f"param is missing or the value is empty: {name}")
    person = call.company.people_by_user.get(user or 0)
    if person is None or person.id not in project.people:
        raise not_found()
    if any((one.get("role"), one.get("user_id")) == (role, user) for one in project.roles.values()):
        raise Refusal(409, {"errors": f"The user has the role {role} in this project"})
    made = Record(call.company.ids.next("project_role"), call.now, call.now, {"role": role, "user_id": user})
    project.roles[made.id] = made
    return created(_shown(call, made))


def delete(call: Call) -> Answer:
    if call.project.roles.pop(call.arg_id(), None) is None:
        raise not_found()
    return NOTHING


def _shown(call: Call, found: Record) -> dict[str, object]:
    person: Person = call.company.people_by_user[found.get("user_id")]
    return {"id": found.id, "name": person.name, "role": found.get("role"), "user_id": found.get("user_id"),
            "contact_id": person.id, "is_active": bool(person.get("active")), "created_at": stamp(found.created_at)}
