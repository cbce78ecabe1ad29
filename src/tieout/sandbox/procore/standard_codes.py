"""The company's standard cost codes in their lists, and copying them into projects (procore.md 5.6)."""
from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from tieout.sandbox.procore import wbs
from tieout.sandbox.procore.code_records import CostCode, StandardCode, StandardList
from tieout.sandbox.procore.directory import own_company
from tieout.sandbox.procore.state import Company, Project, written
from tieout.sandbox.procore.web import (
    Answer,
    Call,
    Fields,
    Filter,
    SyncRules,
    a_flag,
    a_text,
    an_integer,
    bad_request,
    created,
    filtered,
    invalid,
    not_found,
    page_of,
    some_ids,
    sync,
    take,
    text_is,
)

LIST: Fields = {"name": a_text, "is_erp_list": a_flag}
CODE: Fields = {"parent_id": an_integer, **dict.fromkeys(("code", "name", "origin_id", "origin_data"), a_text)}
FILTERS: dict[str, Filter] = {"origin_id": text_is(lambda c: c.get("origin_id"))}


def furnish(company: Company, now: datetime) -> None:
    """The list that every company starts with, empty."""
    _new_list(company, {"name": "Master"}, now)


def _new_list(company: Company, values: dict[str, Any], now: datetime) -> StandardList:
    made = StandardList(company.ids.next("standard_cost_code_list"), now, now, dict(values))
    company.standard_lists[made.id] = made
    return made


# Lists

def lists(call: Call) -> Answer:
    return page_of(call, list(own_company(call).standard_lists.values()), lambda row: {
        "id": row.id, "name": row.get("name"), "is_erp_list": bool(row.get("is_erp_list")),
        "available_to_use_on_new_projects": True})


def list_(call: Call) -> Answer:
    return Answer(_shown_list(call.company, _list(call, call.arg_id())))


def _list(call: Call, wanted: int | None) -> StandardList:
    found = own_company(call).standard_lists.get(wanted or 0)
    if found is None:
        raise not_found()
    return found


def create_list(call: Call) -> Answer:
    company = own_company(call)
    values = take(call.wrapped("standard_cost_code_list"), LIST)
    if not (values.get("name") or "").strip():
        raise invalid(name="can't be blank")
    return created(_shown_list(company, _new_list(company, values, call.now)))


def update_list(call: Call) -> Answer:
    found = _list(call, call.arg_id())
    values = take(call.wrapped("standard_cost_code_list"), LIST)
    if "name" in values and not (values["name"] or "").strip():
        raise invalid(name="can't be blank")
    found.write(values, call.now)
    return Answer(_shown_list(call.company, found))


def _shown_list(company: Company, row: StandardList) -> dict[str, object]:
    return {"id": row.id, "name": row.get("name"), "is_erp_list": bool(row.get("is_erp_list")),
            "company_id": company.id}


# Codes

def _given_list(call: Call) -> StandardList:
    wanted = call.given_id("standard_cost_code_list_id")
    if wanted is None:
        raise bad_request("param is missing or the value is empty: standard_cost_code_list_id")
    if call.given_id("project_id") is not None:     # copying: the project says which company
        found = call.company.standard_lists.get(wanted)
        if found is None:
            raise not_found()
        return found
    return _list(call, wanted)


def codes(call: Call) -> Answer:
    held = _given_list(call)
    return page_of(call, filtered(call, held.codes.values(), FILTERS), lambda code: shown(held, code))


def code(call: Call) -> Answer:
    return Answer(shown(*_code(call)))


def _code(call: Call) -> tuple[StandardList, StandardCode]:
    held = _given_list(call)
    found = held.codes.get(call.arg_id())
    if found is None:
        raise not_found()
    return held, found


def create_code(call: Call) -> Answer:
    held = _given_list(call)
    return created(shown(held, _new(call, held, call.wrapped("standard_cost_code"))))


def update_code(call: Call) -> Answer:
    held, found = _code(call)
    return Answer(shown(held, _change(call, held, found, call.wrapped("standard_cost_code"))))


def sync_codes(call: Call) -> Answer:
    held, origins = _given_list(call), call.company.origin_ids
    return sync(call, SyncRules(
        held.codes.get, lambda origin: held.codes.get(origins.get(("standard_cost_code", origin), 0)),
        lambda given: _new(call, held, given), lambda found, given: _change(call, held, found, given),
        lambda found: shown(held, found)))


def delete_code(call: Call) -> Answer:
    """Deprecated; answers what was deleted. Its list need not be named."""
    company, wanted = own_company(call), call.arg_id()
    for held in company.standard_lists.values():
        found = held.codes.get(wanted)
        if found is not None:
            if any(other.parent is found for other in held.codes.values()):
                raise invalid(base="A standard cost code with codes below it cannot be deleted")
            del held.codes[wanted]
            company.release_origin("standard_cost_code", found)
            return Answer(shown(held, found))
    raise not_found()


def _checked(held: StandardList, values: dict[str, Any], found: StandardCode | None) -> StandardCode | None:
    """The parent, after the checks: code and name, no circle, no two of the same code under one parent."""
    for name in ("code", "name"):
        if name in values and not (values[name] or "").strip():
            raise invalid(**{name: "can't be blank"})
    parent = found.parent if found is not None else None
    if "parent_id" in values:
        wanted = values.pop("parent_id")
        parent = held.codes.get(wanted or 0)
        above = parent
        while above is not None and above is not found:
            above = above.parent
        if wanted is not None and (parent is None or (found is not None and above is found)):
            raise invalid(parent_id="is invalid")
    wanted_code = values.get("code") or (found.get("code") if found is not None else None)
    if any(other.get("code") == wanted_code and other.parent is parent and other is not found
           for other in held.codes.values()):
        raise invalid(code="has already been taken")
    return parent


def _new(call: Call, held: StandardList, given: dict[str, Any]) -> StandardCode:
    values = {"code": None, "name": None, **take(given, CODE)}
    parent = _checked(held, values, None)
    call.company.check_origin("standard_cost_code", values.get("origin_id"))
    made = StandardCode(call.company.ids.next("standard_cost_code"), call.now, call.now, parent=parent)
    written(call.company, "standard_cost_code", made, values, call.now)
    held.codes[made.id] = made
    return made


def _change(call: Call, held: StandardList, found: StandardCode, given: dict[str, Any]) -> StandardCode:
    values = take(given, CODE)
    parent = _checked(held, values, found)
    call.company.check_new_origin("standard_cost_code", found, values)
    moved, found.parent = parent is not found.parent, parent
    if written(call.company, "standard_cost_code", found, values, call.now) or moved:
        found.touch(call.now)
    return found


def shown(held: StandardList, found: StandardCode) -> dict[str, object]:
    return {"id": found.id, "standard_cost_code_list_id": held.id, "code": found.get("code"),
            "name": found.get("name"), "full_code": found.full_code,
            "parent_id": found.parent.id if found.parent else None, "origin_id": found.get("origin_id"),
            "origin_data": found.get("origin_data")}


# Into a project

def copy_list(call: Call) -> Answer:
    held, project = _given_list(call), call.project
    made = copy(call, project, held, held.codes.values())
    return created([wbs.shown_cost_code(project, one) for one in made])


def copy_subset(call: Call) -> Answer:
    """With every code its codes above have to be named, or be in the project already; 207 when some could not."""
    held, project = _given_list(call), call.project
    values = take(call.body, {"standard_cost_code_ids": some_ids})
    if "standard_cost_code_ids" not in values:
        raise bad_request("param is missing or the value is empty: standard_cost_code_ids")
    wanted = set(values["standard_cost_code_ids"])
    failures = [f"Standard cost code {one} was not found" for one in wanted if one not in held.codes]
    chosen: list[StandardCode] = []
    for one in wanted & set(held.codes):
        above = held.codes[one].parent
        if above is not None and above.id not in wanted and _in_project(project, above) is None:
            failures.append(f"The codes above {held.codes[one].full_code} are missing")
        else:
            chosen.append(held.codes[one])
    made = copy(call, project, held, sorted(chosen, key=lambda found: found.id))
    shown_codes = [wbs.shown_cost_code(project, one) for one in made]
    return Answer({"successes": shown_codes, "failures": failures}, 207 if failures else 201)


def copy(call: Call, project: Project, held: StandardList, wanted: Iterable[StandardCode]) -> list[CostCode]:
    """Parents first; a code that the project has already stays as it is."""
    made: list[CostCode] = []
    for found in sorted(wanted, key=lambda one: one.full_code.count("-") if one.parent else -1):
        if _in_project(project, found) is not None:
            continue
        above = _in_project(project, found.parent) if found.parent is not None else None
        if found.parent is not None and above is None:
            continue
        given = {"code": found.get("code"), "name": found.get("name"), "standard_cost_code_id": found.id,
                 "parent_id": above.id if above is not None else None}
        one = wbs.new_cost_code(call, project, given)
        one.fields["standard_cost_code_list_id"] = held.id
        call.tell("Cost Codes", "create", one.id, project.id)
        made.append(one)
    return made


def _in_project(project: Project, found: StandardCode) -> CostCode | None:
    above = _in_project(project, found.parent) if found.parent is not None else None
    if found.parent is not None and above is None:
        return None
    for one in project.cost_codes.values():
        if one.item.code == found.get("code") and one.item.parent is (above.item if above is not None else None):
            return one
    return None
