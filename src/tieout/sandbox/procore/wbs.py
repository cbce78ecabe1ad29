"""Cost codes, cost types and the work breakdown structure (procore.md 5.6 to 5.8).

A cost code is the legacy view of an item of the cost code segment: made through either, it is seen through both,
under two ids.
"""
from __future__ import annotations

from datetime import datetime
from typing import Any

from tieout.sandbox.procore.code_records import CostCode, LineItemType, Segment, SegmentItem, SubJob, flat, key_of
from tieout.sandbox.procore.directory import own_company
from tieout.sandbox.procore.state import Company, Project, written
from tieout.sandbox.procore.web import (
    NOTHING,
    Answer,
    Call,
    Fields,
    Filter,
    SyncRules,
    a_text,
    among,
    an_integer,
    created,
    filtered,
    invalid,
    not_found,
    one_of,
    page_of,
    stamp,
    sync,
    take,
    text_is,
)

BASE_TYPES = ("labor", "equipment", "materials", "commitment", "owner_cost", "professional_services", "other")
COST_TYPES = (("Labor", "L", "labor"), ("Materials", "M", "materials"), ("Equipment", "E", "equipment"),
              ("Commitment", "S", "commitment"), ("Other", "O", "other"))
SEGMENTS = (("sub_job", "Sub Job", False, "flat"), ("cost_code", "Cost Code", True, "tiered"),
            ("line_item_type", "Cost Type", True, "flat"))


def furnish(company: Company, now: datetime) -> None:
    """The segments and cost types that every company starts with."""
    company.pattern_id = company.ids.next("wbs_pattern")
    for position, (kind, name, required, structure) in enumerate(SEGMENTS, 1):
        made = Segment(company.ids.next("segment"), now, now, type=kind, name=name, position=position,
                       required=required, structure=structure)
        company.segments[made.id] = made
    for name, code, base in COST_TYPES:
        new_type(company, {"name": name, "csv_import_code": code, "base_type": base}, now)


def segment_of(company: Company, kind: str) -> Segment:
    return next(segment for segment in company.segments.values() if segment.type == kind)


# Cost codes

COST_CODE: Fields = {"code": a_text, "name": a_text, "parent_id": an_integer, "position": an_integer,
                     "origin_id": a_text, "origin_data": a_text, "standard_cost_code_id": an_integer}
COST_CODE_FILTERS: dict[str, Filter] = {"id": among(lambda c: c.id), "origin_id": text_is(lambda c: c.get("origin_id"))}


def cost_codes(call: Call) -> Answer:
    project = call.project
    rows = filtered(call, project.cost_codes.values(), COST_CODE_FILTERS)
    return page_of(call, rows, lambda c: shown_cost_code(project, c))


def cost_code(call: Call) -> Answer:
    return Answer(shown_cost_code(call.project, _cost_code(call)))


def _cost_code(call: Call) -> CostCode:
    found = call.project.cost_codes.get(call.arg_id())
    if found is None:
        raise not_found()
    return found


def create_cost_code(call: Call) -> Answer:
    project = call.project
    _not_by_accounting(project)
    return created(shown_cost_code(project, new_cost_code(call, project, call.wrapped("cost_code"))))


def _not_by_accounting(project: Project) -> None:
    """The accounting system owns the cost codes of a project that is joined to it: only sync writes them (4.5)."""
    if project.get("erp_integrated"):
        raise invalid(base="Cost codes of an ERP integrated project can only be changed by sync")


def update_cost_code(call: Call) -> Answer:
    found = _cost_code(call)
    _not_by_accounting(call.project)
    _change_cost_code(call, found, call.wrapped("cost_code"))
    return Answer(shown_cost_code(call.project, found))


def sync_cost_codes(call: Call) -> Answer:
    project = call.project

    def by_origin(origin: str) -> CostCode | None:
        return project.cost_codes.get(call.company.origin_ids.get(("cost_code", origin), 0))

    def update(found: CostCode, given: dict[str, Any]) -> CostCode:
        _change_cost_code(call, found, given)
        return found

    return sync(call, SyncRules(project.cost_codes.get, by_origin, lambda given: new_cost_code(call, project, given),
                                update, lambda c: shown_cost_code(project, c)))


def new_cost_code(call: Call, project: Project, given: dict[str, Any]) -> CostCode:
    values = take(given, COST_CODE)
    for name in ("code", "name"):
        if not (values.get(name) or "").strip():
            raise invalid(**{name: "can't be blank"})
    parent = None
    if values.get("parent_id") is not None:
        above = project.cost_codes.get(values["parent_id"])
        if above is None:
            raise invalid(parent_id="is invalid")
        parent = above.item
    call.company.check_origin("cost_code", values.get("origin_id"))
    item = new_item(call.company, segment_of(call.company, "cost_code"), project, values["code"], values["name"],
                    parent, call.now)
    assert item.cost_code is not None
    extra = {k: v for k, v in values.items() if k in ("position", "origin_id", "origin_data", "standard_cost_code_id")}
    written(call.company, "cost_code", item.cost_code, extra, call.now)
    return item.cost_code


def _change_cost_code(call: Call, found: CostCode, given: dict[str, Any]) -> None:
    values = take(given, COST_CODE)
    call.company.check_new_origin("cost_code", found, values)
    rename(call.project, found.item, values.pop("code", None), values.pop("name", None), call.now)
    values.pop("parent_id", None)
    if written(call.company, "cost_code", found, values, call.now):
        found.item.touch(call.now)
    found.updated_at = max(found.updated_at, found.item.updated_at)


def shown_cost_code(project: Project, found: CostCode) -> dict[str, object]:
    item = found.item
    parent = item.parent.cost_code.id if item.parent and item.parent.cost_code else None
    return {"id": found.id, "name": item.name, "code": item.code, "full_code": item.full_code,
            "sortable_code": item.full_code, "parent": {"id": parent}, "biller": project.name,
            "biller_id": project.id, "biller_type": "Project", "budgeted": item.uses > 0,
            "standard_cost_code_id": found.get("standard_cost_code_id"), "origin_id": found.get("origin_id"),
            "origin_data": found.get("origin_data"), "position": found.get("position"), "deleted_at": None,
            "line_item_types": [shown_type(kind) for kind in found.types.values()],
            "created_at": stamp(found.created_at), "updated_at": stamp(found.updated_at)}


# Cost types

TYPE: Fields = {"name": a_text, "csv_import_code": a_text, "base_type": one_of(*BASE_TYPES), "origin_id": a_text,
                "origin_data": a_text}
TYPE_FILTERS: dict[str, Filter] = {"origin_id": text_is(lambda t: t.get("origin_id"))}


def line_item_types(call: Call) -> Answer:
    company = call.company if call.given_id("project_id") is not None and call.project else own_company(call)
    return page_of(call, filtered(call, company.types.values(), TYPE_FILTERS), shown_type)


def line_item_type(call: Call) -> Answer:
    return Answer(shown_type(_type(call)))


def _type(call: Call) -> LineItemType:
    found = call.company.types.get(call.arg_id())
    if found is None:
        raise not_found()
    return found


def create_type(call: Call) -> Answer:
    company = own_company(call)
    return created(shown_type(_create_type(call, company, call.wrapped("line_item_type"))))


def _create_type(call: Call, company: Company, given: dict[str, Any]) -> LineItemType:
    values = take(given, TYPE)
    for name in ("name", "csv_import_code"):
        if not (values.get(name) or "").strip():
            raise invalid(**{name: "can't be blank"})
    company.check_origin("line_item_type", values.get("origin_id"))
    return new_type(company, {"base_type": "other", **values}, call.now)


def new_type(company: Company, values: dict[str, Any], now: datetime) -> LineItemType:
    segment = segment_of(company, "line_item_type")
    if any(item.code == values["csv_import_code"] for item in company.items.values() if item.segment is segment):
        raise invalid(code="has already been taken")
    item = new_item(company, segment, None, values["csv_import_code"], values["name"], None, now)
    made = LineItemType(company.ids.next("line_item_type"), now, now, item_id=item.id)
    written(company, "line_item_type", made, dict(values), now)
    company.types[made.id] = company.types_by_item[item.id] = made
    return made


def update_type(call: Call) -> Answer:
    found = _type(call)
    own_company(call)
    _change_type(call, found, call.wrapped("line_item_type"))
    return Answer(shown_type(found))


def _change_type(call: Call, found: LineItemType, given: dict[str, Any]) -> LineItemType:
    values, company = take(given, TYPE), call.company
    for name in ("name", "csv_import_code"):
        if name in values and not (values[name] or "").strip():
            raise invalid(**{name: "can't be blank"})
    if "base_type" in values and values["base_type"] is None:
        del values["base_type"]
    item, code = company.items[found.item_id], values.get("csv_import_code")
    if any(other.code == code for other in company.items.values()
           if other.segment is item.segment and other is not item):
        raise invalid(code="has already been taken")
    company.check_new_origin("line_item_type", found, values)
    written(company, "line_item_type", found, values, call.now)
    if (item.code, item.name) != (found.get("csv_import_code"), found.get("name")):
        item.code, item.name = found.get("csv_import_code"), found.get("name")
        item.touch(call.now)
        for project in company.projects.values():
            recoded(project, item, call.now)
    return found


def sync_types(call: Call) -> Answer:
    company = own_company(call)
    return sync(call, SyncRules(
        company.types.get, lambda o: company.types.get(company.origin_ids.get(("line_item_type", o), 0)),
        lambda given: _create_type(call, company, given), lambda found, given: _change_type(call, found, given),
        shown_type))


def shown_type(found: LineItemType) -> dict[str, object]:
    """Written as csv_import_code, read as code (5.7)."""
    return {"id": found.id, "name": found.get("name"), "code": found.get("csv_import_code"),
            "base_type": found.get("base_type"), "origin_id": found.get("origin_id"),
            "origin_data": found.get("origin_data")}


# Segments and their items

def company_segments(call: Call) -> Answer:
    company = own_company(call)
    return Answer([shown_segment(company, s, None) for s in company.segments.values()])


def company_segment(call: Call) -> Answer:
    return Answer(shown_segment(own_company(call), _segment(call, "id"), None))


def create_segment(call: Call) -> Answer:
    company = own_company(call)
    values = take(call.wrapped("segment"), {"name": a_text, "structure": one_of("tiered", "flat")})
    if not values.get("name") or not values.get("structure"):
        raise invalid(name="can't be blank") if not values.get("name") else invalid(structure="can't be blank")
    if sum(segment.type == "custom" for segment in company.segments.values()) >= 10:
        raise invalid(base="Maximum number of custom segments reached")
    made = Segment(company.ids.next("segment"), call.now, call.now, name=values["name"],
                   structure=values["structure"], position=len(company.segments) + 1)
    company.segments[made.id] = made
    return created(shown_segment(company, made, None))


def project_segments(call: Call) -> Answer:
    project = call.project
    segments = sorted(call.company.segments.values(), key=project.pattern.place)
    return Answer([shown_segment(call.company, s, project) for s in segments])


def project_segment(call: Call) -> Answer:
    return Answer(shown_segment(call.company, _segment(call, "id"), call.project))


def company_patterns(call: Call) -> Answer:
    return Answer(_pattern(own_company(call), None))


def project_patterns(call: Call) -> Answer:
    return Answer({**_pattern(call.company, call.project),
                   "is_project_level_ordered": bool(call.project.pattern.order)})


def _pattern(company: Company, project: Project | None) -> dict[str, object]:
    first = next(iter(company.segments.values()))
    segments = [s for s in company.segments.values() if project is None or project.pattern.has(s)]
    segments.sort(key=project.pattern.place if project is not None else lambda s: s.position)
    return {"id": company.pattern_id, "description": "Budget code structure", "created_at": stamp(first.created_at),
            "updated_at": stamp(first.updated_at),
            "segments": [shown_segment(company, s, project) for s in segments]}


def _segment(call: Call, arg: str) -> Segment:
    found = call.company.segments.get(call.arg_id(arg))
    if found is None:
        raise not_found()
    return found


def company_items(call: Call) -> Answer:
    company = own_company(call)
    segment = _segment(call, "segment_id")
    rows = [item for item in company.items.values() if item.segment is segment]
    return page_of(call, rows, lambda item: shown_item(company, item))


def project_items(call: Call) -> Answer:
    segment = _segment(call, "segment_id")
    rows = _items_of(call.company, call.project, segment)
    wanted = call.given_id("legacy_cost_code_id")
    if wanted is not None:
        found = call.project.cost_codes.get(wanted)
        rows = [found.item] if found is not None else []
    if call.request.param("only_active_items") == "true":
        rows = [item for item in rows if item.status == "active"]
    return page_of(call, rows, lambda item: shown_item(call.company, item))


def _items_of(company: Company, project: Project, segment: Segment) -> list[SegmentItem]:
    inherited = [item for item in company.items.values()
                 if item.segment is segment and item.id not in project.pattern.replaced]
    return inherited + [item for item in project.items.values() if item.segment is segment]


def create_company_item(call: Call) -> Answer:
    company = own_company(call)
    made = _create_item(call, _segment(call, "segment_id"), None)
    if made.id in company.types_by_item:
        call.tell("Line Item Types", "create", company.types_by_item[made.id].id)
    return created(shown_item(company, made))


def create_project_item(call: Call) -> Answer:
    made = _create_item(call, _segment(call, "segment_id"), call.project)
    tell_of(call, made, "create")
    return created(shown_item(call.company, made))


def tell_of(call: Call, item: SegmentItem, event: str) -> None:
    """To webhooks: an item of these segments is a cost code or a sub job as well, under its other id."""
    if item.cost_code is not None:
        call.tell("Cost Codes", event, item.cost_code.id)
    for sub_job in call.project.sub_jobs.values() if item.segment.type == "sub_job" else ():
        if sub_job.item is item:
            call.tell("Sub Jobs", event, sub_job.id)


def _create_item(call: Call, segment: Segment, project: Project | None) -> SegmentItem:
    given = call.body.get("segment_item")
    values = take(given if isinstance(given, dict) else call.body,
                  {"code": a_text, "name": a_text, "parent_id": an_integer})
    for name in ("code", "name"):
        if not (values.get(name) or "").strip():
            raise invalid(**{name: "can't be blank"})
    if segment.type == "line_item_type":
        if project is not None:
            raise invalid(base="Cost types are managed at company level")
        made = new_type(call.company, {"name": values["name"], "csv_import_code": values["code"],
                                       "base_type": "other"}, call.now)
        return call.company.items[made.item_id]
    if project is None and any(item.code == values["code"] and item.segment is segment and
                               (item.parent.id if item.parent else None) == values.get("parent_id")
                               for item in call.company.items.values()):
        raise invalid(code="has already been taken")
    parent = None
    if values.get("parent_id") is not None:
        parent = (project.items if project else call.company.items).get(values["parent_id"])
        if parent is None or parent.segment is not segment or segment.structure == "flat":
            raise invalid(parent_id="is invalid")
    return new_item(call.company, segment, project, values["code"], values["name"], parent, call.now)


def update_project_item(call: Call) -> Answer:
    values = take(call.body, {"code": a_text, "name": a_text, "status": one_of("active", "inactive")})
    found = _own_item(call)
    rename(call.project, found, values.get("code"), values.get("name"), call.now)
    if values.get("status") and values["status"] != found.status:
        found.status = values["status"]
        found.touch(call.now)
    tell_of(call, found, "update")
    return Answer(shown_item(call.company, found))


def _own_item(call: Call) -> SegmentItem:
    """The project's item; a company's is copied first, and the copy has another id (5.8)."""
    project, inherited = call.project, call.company.items.get(call.arg_id())
    if inherited is None or inherited.segment.id != call.arg_id("segment_id"):
        return _project_item(call)
    held = project.pattern.replaced.get(inherited.id)
    if held is not None:
        return held
    if inherited.segment.type == "line_item_type":
        raise invalid(base="Cost types are managed at company level")
    made = new_item(call.company, inherited.segment, project, inherited.code, inherited.name, inherited.parent,
                    call.now)
    project.pattern.replaced[inherited.id] = made
    for code in project.wbs_codes.values():
        if inherited in code.items:
            del project.wbs_by_items[key_of(code.items)]
            code.items = tuple(made if item is inherited else item for item in code.items)
            project.wbs_by_items[key_of(code.items)] = code
            inherited.uses, made.uses = inherited.uses - 1, made.uses + 1
    return made


def delete_project_item(call: Call) -> Answer:
    found = _project_item(call)
    tell_of(call, found, "delete")
    remove_item(call, call.project, found)
    return NOTHING


def remove_item(call: Call, project: Project, found: SegmentItem) -> None:
    if found.uses or found.children:
        raise invalid(base="Segment item is in use and cannot be deleted")
    del project.items[found.id]
    del project.items_by_code[item_key(found)]
    if found.parent is not None:
        found.parent.children -= 1
    if found.cost_code is not None:
        del project.cost_codes[found.cost_code.id]
        call.company.release_origin("cost_code", found.cost_code)
    for sub_job in [one for one in project.sub_jobs.values() if one.item is found]:
        del project.sub_jobs[sub_job.id]
        call.company.release_origin("sub_job", sub_job)


def _project_item(call: Call) -> SegmentItem:
    found = call.project.items.get(call.arg_id())
    if found is None or found.segment.id != call.arg_id("segment_id"):
        raise not_found()
    return found


def item_key(item: SegmentItem) -> tuple[int, int | None, str]:
    return item.segment.id, item.parent.id if item.parent else None, item.code


def new_item(company: Company, segment: Segment, project: Project | None, code: str, name: str,
             parent: SegmentItem | None, now: datetime) -> SegmentItem:
    made = SegmentItem(company.ids.next("segment_item"), now, now, segment=segment, code=code, name=name,
                       parent=parent, project_id=project.id if project else None)
    if project is None:
        company.items[made.id] = made
    else:
        if item_key(made) in project.items_by_code:
            raise invalid(code="has already been taken")
        project.items[made.id] = made
        project.items_by_code[item_key(made)] = made
        if segment.type == "cost_code":
            made.cost_code = CostCode(company.ids.next("cost_code"), now, now, item=made)
            project.cost_codes[made.cost_code.id] = made.cost_code
        if segment.type == "sub_job":
            sub_job = SubJob(company.ids.next("sub_job"), now, now, item=made)
            project.sub_jobs[sub_job.id] = sub_job
            project.pattern.added.add(segment.id)
    if parent is not None:
        parent.children += 1
    return made


def rename(project: Project, item: SegmentItem, code: str | None, name: str | None, now: datetime) -> None:
    if code and code != item.code:
        key = (item.segment.id, item.parent.id if item.parent else None, code)
        if key in project.items_by_code:
            raise invalid(code="has already been taken")
        del project.items_by_code[item_key(item)]
        item.code = code
        project.items_by_code[key] = item
        item.touch(now)
        recoded(project, item, now)
    if name and name != item.name:
        item.name = name
        item.touch(now)


def recoded(project: Project, item: SegmentItem, now: datetime) -> None:
    """The budget codes follow the code of an item, and of what is above it."""
    for code in project.wbs_codes.values():
        if any(item in part.path for part in code.items) and code.flat_code != flat(code.items):
            code.flat_code = flat(code.items)
            code.touch(now)


def shown_segment(company: Company, segment: Segment, project: Project | None) -> dict[str, object]:
    shown: dict[str, object] = {
        **segment_brief(company, segment), "segment_items_count": _count(company, segment, project)}
    if project is not None:
        shown |= {"selectable_tiers": False, "is_included_in_project_pattern": project.pattern.has(segment),
                  "position": project.pattern.place(segment)}
    return shown


def segment_brief(company: Company, segment: Segment) -> dict[str, object]:
    return {"id": segment.id, "type": segment.type, "name": segment.name, "position": segment.position,
            "required": segment.required, "delimiter": "." if segment.structure == "flat" else "-",
            "structure": segment.structure,
            "project_can_modify_origin_project": segment.type != "line_item_type",
            "project_can_delete_origin_company": False, "created_at": stamp(segment.created_at),
            "updated_at": stamp(segment.updated_at), "wbs_pattern_id": company.pattern_id}


def _count(company: Company, segment: Segment, project: Project | None) -> int:
    rows = [*company.items.values(), *(project.items.values() if project else ())]
    return sum(item.segment is segment for item in rows)


def shown_item(company: Company, item: SegmentItem) -> dict[str, object]:
    path = item.path
    return {"id": item.id, "code": item.code, "name": item.name, "parent_id": item.parent.id if item.parent else None,
            "path_ids": [part.id for part in path], "path_code": item.full_code,
            "path_codes": [part.code for part in path], "path_names": [part.name for part in path],
            "in_use": item.uses > 0, "is_parent": item.children > 0, "status": item.status,
            "segment": segment_brief(company, item.segment), "created_at": stamp(item.created_at),
            "updated_at": stamp(item.updated_at)}
