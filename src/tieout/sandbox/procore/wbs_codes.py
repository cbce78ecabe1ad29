"""Budget codes: one item of each segment of a project's pattern (procore.md 5.8)."""
from __future__ import annotations

from datetime import datetime
from typing import Any

from tieout.sandbox.procore.code_records import CostCode, LineItemType, SegmentItem, WbsCode, flat, key_of
from tieout.sandbox.procore.directory import own_company
from tieout.sandbox.procore.state import Company, Project
from tieout.sandbox.procore.wbs import shown_item
from tieout.sandbox.procore.web import (
    Answer,
    Call,
    Filter,
    Refusal,
    a_text,
    among,
    an_integer,
    bad_request,
    created,
    data_page,
    filtered,
    invalid,
    not_found,
    one_of,
    page_of,
    stamp,
    take,
    text_is,
    within,
)

CODE_FILTERS: dict[str, Filter] = {"status": text_is(lambda c: c.status), "updated_at": within(lambda c: c.updated_at)}
CODE_FILTERS_V2: dict[str, Filter] = {
    "id": among(lambda c: c.id), "scope": lambda values: lambda c: True,
    "search": lambda values: lambda c: values[-1].lower() in f"{c.flat_code} {c.description}".lower()}


def wbs_codes(call: Call) -> Answer:
    rows = filtered(call, call.project.wbs_codes.values(), CODE_FILTERS)
    if call.request.param("scope") == "budget_code":
        budget = call.project.budget.by_code
        rows = [code for code in rows if code.id in budget and budget[code.id].budgeted]
    query = (call.request.param("query") or "").lower()
    if query:
        rows = [code for code in rows if query in code.flat_code.lower() or query in code.description.lower()]
    return page_of(call, rows, lambda code: shown_code(call.company, code))


def wbs_codes_v2(call: Call) -> Answer:
    own_company(call)
    rows = filtered(call, call.project.wbs_codes.values(), CODE_FILTERS_V2)
    return data_page(call, rows, lambda code: {
        "id": str(code.id), "code": code.flat_code, "description": code.description, "status": code.status,
        "attribute_1_name": None, "attribute_2_name": None, "attribute_3_name": None})


def create_wbs_code(call: Call) -> Answer:
    """An existing combination is updated and comes back with its own id."""
    return created(shown_code(call.company, _write_code(call, call.body)))


def bulk_create_codes(call: Call) -> Answer:
    bulk = call.body.get("bulk")
    if not isinstance(bulk, list):
        raise bad_request("param is missing or the value is empty: bulk")
    entities, errors = [], []
    for given in bulk:
        try:
            entities.append(shown_code(call.company, _write_code(call, given if isinstance(given, dict) else {})))
        except Refusal as refusal:
            body = refusal.body if isinstance(refusal.body, dict) else {}
            errors.append({"errors": body.get("errors", body)})
    return created({"entities": entities, "errors": errors})


def update_wbs_code(call: Call) -> Answer:
    found = call.project.wbs_codes.get(call.arg_id())
    if found is None:
        raise not_found()
    values = take(call.body, {"description": a_text, "status": one_of("active", "inactive")})
    if any(getattr(found, name) != value for name, value in values.items() if value is not None):
        found.description = values.get("description") or found.description
        found.status = values.get("status") or found.status
        found.touch(call.now)
    return Answer(shown_code(call.company, found))


def _write_code(call: Call, given: dict[str, Any]) -> WbsCode:
    project, company = call.project, call.company
    chosen: list[SegmentItem] = []
    parts = given.get("segment_items")
    for part in parts if isinstance(parts, list) else []:
        wanted = part.get("segment_item_id") if isinstance(part, dict) else None
        item = project.items.get(wanted) or company.items.get(wanted) if isinstance(wanted, int) else None
        if item is None or item.segment.id != part.get("segment_id") or item.id in project.pattern.replaced:
            raise invalid(segment_items="is invalid")
        if item.status != "active":
            raise invalid(segment_items="is inactive")
        if item.segment.type == "custom" and not project.pattern.has(item.segment):
            raise invalid(segment_items="is of a segment that the project does not use")
        chosen.append(item)
    named = {item.segment.id for item in chosen}
    if len(named) != len(chosen) or any(s.required and s.id not in named for s in company.segments.values()):
        raise invalid(segment_items="must hold one item of each required segment")
    if any(item.children for item in chosen if item.segment.type == "cost_code"):
        raise invalid(segment_items="parent cost codes cannot be selected")
    description = given.get("description")
    found = code_for(company, project, tuple(chosen), call.now)
    if description and description != found.description:
        found.description = str(description)
        found.touch(call.now)
    return found


def code_for(company: Company, project: Project, items: tuple[SegmentItem, ...], now: datetime) -> WbsCode:
    """The budget code of a combination, made when there is none yet."""
    key = key_of(items)
    found = project.wbs_by_items.get(key)
    if found is None:
        items = tuple(sorted(items, key=lambda item: project.pattern.place(item.segment)))
        found = WbsCode(company.ids.next("wbs_code"), now, now, items=items, flat_code=flat(items),
                        description=".".join(item.name for item in items))
        project.wbs_codes[found.id] = project.wbs_by_items[key] = found
        cost_code = next((item.cost_code for item in items if item.cost_code is not None), None)
        for item in items:
            item.uses += 1
            kind = company.types_by_item.get(item.id)
            if cost_code is not None and kind is not None:
                cost_code.types[kind.id] = kind
    return found


def code_of_line(call: Call, given: dict[str, Any], held: WbsCode | None = None) -> WbsCode:
    """The budget code that a line names: wbs_code_id wins over cost_code_id with line_item_type_id (5.8)."""
    values = take(given, {"wbs_code_id": an_integer, "cost_code_id": an_integer, "line_item_type_id": an_integer})
    project, company = call.project, call.company
    if values.get("wbs_code_id") is not None:
        found = project.wbs_codes.get(values["wbs_code_id"])
        if found is None:
            raise invalid(wbs_code_id="is invalid")
        return found
    if values.get("cost_code_id") is None:
        if held is not None:
            return held
        raise invalid(wbs_code_id="can't be blank")
    code = project.cost_codes.get(values["cost_code_id"])
    kind = company.types.get(values.get("line_item_type_id") or 0)
    if code is None or code.item.children:
        raise invalid(cost_code_id="is invalid")
    if kind is None:
        raise invalid(line_item_type_id="can't be blank" if values.get("line_item_type_id") is None else "is invalid")
    return code_for(company, project, (code.item, company.items[kind.item_id]), call.now)


def shown_code(company: Company, code: WbsCode) -> dict[str, object]:
    return {"id": code.id, "flat_code": code.flat_code, "flat_name": ".".join(item.name for item in code.items),
            "description": code.description, "status": code.status, "wbs_pattern_id": company.pattern_id,
            "segment_items": [shown_item(company, item) for item in code.items],
            "created_at": stamp(code.created_at), "updated_at": stamp(code.updated_at)}


def brief_code(code: WbsCode) -> dict[str, object]:
    return {"id": code.id, "flat_code": code.flat_code, "description": code.description}


def parts_of(company: Company, code: WbsCode) -> tuple[CostCode | None, LineItemType | None]:
    """The legacy cost code and cost type that stand side by side with the budget code on lines."""
    cost_code = next((item.cost_code for item in code.items if item.cost_code is not None), None)
    kind = next((company.types_by_item[item.id] for item in code.items if item.id in company.types_by_item), None)
    return cost_code, kind
