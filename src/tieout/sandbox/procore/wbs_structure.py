"""The budget code structure: its segments, their order, and items of the company in bulk (procore.md 5.8)."""
from __future__ import annotations

from typing import Any

from tieout.sandbox.procore import wbs
from tieout.sandbox.procore.code_records import Segment, SegmentItem, flat
from tieout.sandbox.procore.directory import own_company
from tieout.sandbox.procore.state import Company, Project
from tieout.sandbox.procore.web import (
    NOTHING,
    Answer,
    Call,
    Refusal,
    a_flag,
    a_text,
    bad_request,
    invalid,
    not_found,
    one_of,
    some_ids,
    take,
)

STATUS = one_of("active", "inactive")


# Segments of the company

def update_segment(call: Call) -> Answer:
    segment = _segment(call)
    values = take(call.wrapped("segment"), {"name": a_text, "project_can_modify_origin_project": a_flag,
                                            "project_can_delete_origin_company": a_flag})
    if "name" in values:
        if not (values["name"] or "").strip():
            raise invalid(name="can't be blank")
        segment.name = values["name"]
    segment.touch(call.now)
    return NOTHING


def delete_segment(call: Call) -> Answer:
    """Custom ones only, and not while a budget code uses them."""
    segment, company = _segment(call), call.company
    if segment.type != "custom":
        raise invalid(base="A default segment cannot be deleted")
    projects = company.projects.values()
    if any(item.segment is segment for p in projects for code in p.wbs_codes.values() for item in code.items):
        raise invalid(base="Segment is in use and cannot be deleted")
    del company.segments[segment.id]
    for number in [item.id for item in company.items.values() if item.segment is segment]:
        del company.items[number]
    for project in projects:
        for item in [item for item in project.items.values() if item.segment is segment]:
            del project.items[item.id]
            del project.items_by_code[wbs.item_key(item)]
    for place, left in enumerate(sorted(company.segments.values(), key=lambda s: s.position), 1):
        left.position = place
    return NOTHING


def _segment(call: Call, arg: str = "id") -> Segment:
    found = own_company(call).segments.get(call.arg_id(arg))
    if found is None:
        raise not_found()
    return found


def lists(call: Call) -> Answer:
    """The standard cost code lists that feed the cost code segment; other segments have none."""
    rows = call.company.standard_lists.values() if _segment(call, "segment_id").type == "cost_code" else ()
    return Answer([{"id": row.id, "name": row.get("name"), "segment_items_count": len(row.codes),
                    "erp_integrated": bool(row.get("is_erp_list")), "available_to_use_on_new_projects": True}
                   for row in rows])


# The order, and which segments a project uses

def order_company(call: Call) -> Answer:
    company = own_company(call)
    for segment, place in _order(call, company).items():
        company.segments[segment].position = place
    for project in company.projects.values():
        if not project.pattern.order:
            reordered(call, project)
    return NOTHING


def order_project(call: Call) -> Answer:
    project = call.project
    project.pattern.order = _order(call, call.company)
    reordered(call, project)
    return NOTHING


def _order(call: Call, company: Company) -> dict[int, int]:
    """Every segment once, with places 1 to n."""
    given = call.body.get("updated_order")
    if not isinstance(given, list):
        raise bad_request("param is missing or the value is empty: updated_order")
    found: dict[int, int] = {}
    for one in given:
        segment, place = (one.get("segment_id"), one.get("position")) if isinstance(one, dict) else (None, None)
        if type(segment) is not int or type(place) is not int:
            raise invalid(updated_order="is invalid")
        found[segment] = place
    if set(found) != set(company.segments) or sorted(found.values()) != list(range(1, len(found) + 1)):
        raise invalid(updated_order="must give every segment one position")
    return found


def reordered(call: Call, project: Project) -> None:
    """The flat codes follow the order of the segments."""
    for code in project.wbs_codes.values():
        code.items = tuple(sorted(code.items, key=lambda item: project.pattern.place(item.segment)))
        if code.flat_code != flat(code.items):
            code.flat_code = flat(code.items)
            code.touch(call.now)


def add_segment(call: Call) -> Answer:
    segment, pattern = _named(call), call.project.pattern
    pattern.removed.discard(segment.id)
    pattern.added.add(segment.id)
    return NOTHING


def remove_segment(call: Call) -> Answer:
    segment, project = _named(call), call.project
    if segment.required:
        raise invalid(segment_id="is required and cannot be removed")
    if any(item.segment is segment for code in project.wbs_codes.values() for item in code.items):
        raise invalid(segment_id="is used by budget codes and cannot be removed")
    project.pattern.added.discard(segment.id)
    project.pattern.removed.add(segment.id)
    return NOTHING


def _named(call: Call) -> Segment:
    wanted = call.body.get("segment_id")
    found = call.company.segments.get(wanted) if type(wanted) is int else None
    if found is None:
        raise invalid(segment_id="is invalid")
    return found


# Items of the company

def company_item(call: Call) -> Answer:
    return Answer(wbs.shown_item(call.company, _item(call)))


def _item(call: Call, wanted: int | None = None) -> SegmentItem:
    segment = _segment(call, "segment_id")
    found = call.company.items.get(call.arg_id() if wanted is None else wanted)
    if found is None or found.segment is not segment:
        raise not_found()
    return found


def update_company_item(call: Call) -> Answer:
    found = _item(call)
    values = take(call.body, {"code": a_text, "name": a_text, "status": STATUS})
    siblings = [item for item in call.company.items.values()
                if item.segment is found.segment and item.parent is found.parent and item is not found]
    if values.get("code") and any(item.code == values["code"] for item in siblings):
        raise invalid(code="has already been taken")
    before = (found.code, found.name, found.status)
    found.code, found.name = values.get("code") or found.code, values.get("name") or found.name
    found.status = values.get("status") or found.status
    kind = call.company.types_by_item.get(found.id)
    if kind is not None:
        kind.write({"csv_import_code": found.code, "name": found.name}, call.now)
    if before != (found.code, found.name, found.status):
        found.touch(call.now)
        for project in call.company.projects.values():
            reordered(call, project)
    return Answer(wbs.shown_item(call.company, found))


def delete_company_item(call: Call) -> Answer:
    _delete_company_item(call, _item(call))
    return NOTHING


def _delete_company_item(call: Call, found: SegmentItem) -> None:
    if found.uses or found.children:
        raise invalid(base="Segment item is in use and cannot be deleted")
    del call.company.items[found.id]
    if found.parent is not None:
        found.parent.children -= 1
    kind = call.company.types_by_item.pop(found.id, None)
    if kind is not None:
        del call.company.types[kind.id]
        call.company.release_origin("line_item_type", kind)


def update_company_items(call: Call) -> Answer:
    ids, status = _all(call)
    for item in [_item(call, number) for number in ids]:
        _set_status(call, item, status)
    return NOTHING


def update_project_items(call: Call) -> Answer:
    ids, status = _all(call)
    held = [call.project.items.get(number) for number in ids]
    if any(item is None or item.segment.id != call.arg_id("segment_id") for item in held):
        raise not_found()
    for item in held:
        if item is not None:
            _set_status(call, item, status)
            wbs.tell_of(call, item, "update")
    return NOTHING


def update_codes(call: Call) -> Answer:
    """Only the status, of many budget codes at once."""
    ids, status = _all(call)
    held = [call.project.wbs_codes.get(number) for number in ids]
    if any(code is None for code in held):
        raise not_found()
    for code in held:
        if code is not None and code.status != status:
            code.status = status
            code.touch(call.now)
    return NOTHING


def _all(call: Call) -> tuple[list[int], str]:
    values: dict[str, Any] = take(call.body, {"ids": some_ids})
    attributes = call.body.get("attributes")
    status = take(attributes, {"status": STATUS}).get("status") if isinstance(attributes, dict) else None
    if "ids" not in values or status is None:
        raise bad_request("param is missing or the value is empty: ids, attributes")
    return values["ids"], status


def _set_status(call: Call, item: SegmentItem, status: str) -> None:
    if item.status != status:
        item.status = status
        item.touch(call.now)


def destroy_company_items(call: Call) -> Answer:
    return _destroyed(call, lambda number: _delete_company_item(call, _item(call, number)))


def destroy_project_items(call: Call) -> Answer:
    segment = _segment_of_project(call)

    def destroy(number: int) -> None:
        found = call.project.items.get(number)
        if found is None or found.segment is not segment:
            raise not_found()
        told = len(call.changed)
        wbs.tell_of(call, found, "delete")
        try:
            wbs.remove_item(call, call.project, found)
        except Refusal:
            del call.changed[told:]
            raise
    return _destroyed(call, destroy)


def _segment_of_project(call: Call) -> Segment:
    found = call.company.segments.get(call.arg_id("segment_id"))
    if found is None:
        raise not_found()
    return found


def _destroyed(call: Call, destroy: Any) -> Answer:
    """207: what went and what had to stay, each with its reason."""
    values = take(call.body, {"segment_item_ids": some_ids})
    if "segment_item_ids" not in values:
        raise bad_request("param is missing or the value is empty: segment_item_ids")
    successes: list[int] = []
    failures: list[object] = []
    for number in values["segment_item_ids"]:
        try:
            destroy(number)
            successes.append(number)
        except Refusal as refusal:
            body = refusal.body if isinstance(refusal.body, dict) else {}
            failures.append({"id": number, "errors": body.get("errors") or {"id": [body.get("message")]}})
    return Answer({"successes": successes, "failures": failures}, 207)
