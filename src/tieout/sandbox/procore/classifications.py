"""Work classifications of people: the company's, and those that a project made for itself (procore.md 5.5, 5.21)."""
from __future__ import annotations

from typing import Any

from tieout.sandbox.procore.directory import own_company
from tieout.sandbox.procore.records import Record
from tieout.sandbox.procore.state import Project
from tieout.sandbox.procore.web import (
    EMPTY,
    Answer,
    Call,
    Fields,
    a_text,
    created,
    forbidden,
    invalid,
    not_found,
    page_of,
    stamp,
    take,
)

FIELDS: Fields = {"name": a_text, "abbreviation": a_text}


def _scope(call: Call) -> Project | None:
    """The project of the path; None is the company."""
    if "project_id" in call.args:
        return call.project
    own_company(call)
    return None


def _rows(call: Call) -> list[Record]:
    """A project sees the company's and its own; the company its own."""
    project = _scope(call)
    seen = (None,) if project is None else (None, project.id)
    return [found for found in call.company.classifications.values() if found.get("project_id") in seen]


def classifications(call: Call) -> Answer:
    return page_of(call, _rows(call), lambda found: shown(call, found))


def classification(call: Call) -> Answer:
    return Answer(shown(call, _found(call)))


def _found(call: Call) -> Record:
    wanted = call.arg_id()
    for found in _rows(call):
        if found.id == wanted:
            return found
    raise not_found()


def create(call: Call) -> Answer:
    project = _scope(call)
    values = _checked(call, {"name": None, "abbreviation": None}, None)
    made = Record(call.company.ids.next("work_classification"), call.now, call.now, {
        **values, "project_id": project.id if project else None, "created_by_id": call.user.id})
    call.company.classifications[made.id] = made
    return created(shown(call, made))


def update(call: Call) -> Answer:
    found = _own(call)
    found.write(_checked(call, {}, found), call.now)
    return Answer(shown(call, found))


def delete(call: Call) -> Answer:
    found = _own(call)
    if any(person.get("work_classification_id") == found.id for person in call.company.people.values()):
        raise forbidden("The classification cannot be deleted", "It is in use")
    del call.company.classifications[found.id]
    return EMPTY


def _own(call: Call) -> Record:
    """A project may not change the company's."""
    found, project = _found(call), _scope(call)
    if project is not None and found.get("project_id") is None:
        raise forbidden("You do not have permission to perform this action", "The classification is the company's")
    return found


def _checked(call: Call, values: dict[str, Any], found: Record | None) -> dict[str, Any]:
    values |= take(call.wrapped("work_classification"), FIELDS)
    for name in FIELDS:
        if name in values and not (values[name] or "").strip():
            raise invalid(**{name: "can't be blank"})
        if name in values and any(other.get(name) == values[name] for other in _rows(call) if other is not found):
            raise invalid(**{name: "has already been taken"})
    return values


def shown(call: Call, found: Record) -> dict[str, object]:
    own = found.get("project_id")
    used = any(person.get("work_classification_id") == found.id for person in call.company.people.values())
    return {"id": found.id, "name": found.get("name"), "abbreviation": found.get("abbreviation"),
            "company_id": call.company.id, "deletable": not used, "company_visible": own is None,
            "project_ids": sorted(call.company.projects) if own is None else [own],
            "created_by_id": found.get("created_by_id"), "created_at": stamp(found.created_at),
            "updated_at": stamp(found.updated_at)}
