"""Budget changes, and the budget modifications that they replaced (procore.md 5.9, 6.4)."""
from __future__ import annotations

from typing import Any

from tieout.sandbox.procore.budget_records import Adjustment, BudgetChange, BudgetLine
from tieout.sandbox.procore.code_records import WbsCode
from tieout.sandbox.procore.lines import CURRENCY
from tieout.sandbox.procore.permissions import admin_for
from tieout.sandbox.procore.records import Record
from tieout.sandbox.procore.state import Project, written
from tieout.sandbox.procore.units import check_unit
from tieout.sandbox.procore.wbs_codes import brief_code
from tieout.sandbox.procore.web import (
    EMPTY,
    NOTHING,
    ZERO,
    Answer,
    Call,
    Fields,
    Refusal,
    a_flag,
    a_number,
    a_text,
    an_amount,
    an_integer,
    cents,
    created,
    data_page,
    invalid,
    not_found,
    number,
    one_of,
    page_of,
    stamp,
    take,
)

STATUSES = ("draft", "under_review", "approved", "void")
CHANGE: Fields = {"number": an_integer, "status": one_of(*STATUSES), "title": a_text, "description": a_text}
LINE: Fields = {"id": an_integer, "ref": a_text, "adjustment_number": an_integer, "wbs_code_id": an_integer,
                "description": a_text, "comment": a_text, "calculation_strategy": one_of("automatic", "manual"),
                "quantity": a_number, "type": one_of("change_event", "budget_change"), "uom": a_text,
                "unit_cost": a_number, "amount": an_amount, "_delete": a_flag}


def changes(call: Call) -> Answer:
    """v1.0, and yet under data."""
    answer = page_of(call, list(call.project.budget.changes.values()), _listed)
    return Answer({"data": answer.body}, answer.status, answer.headers)


def change(call: Call) -> Answer:
    return Answer({"data": {**_shown(_change(call)), "amount": number(_change(call).total), "prime_contract": None}})


def _change(call: Call) -> BudgetChange:
    found = call.project.budget.changes.get(call.arg_id())
    if found is None:
        raise not_found()
    return found


def create_change(call: Call) -> Answer:
    held, company = call.project.budget, call.company
    values = take(call.body, CHANGE)
    if values.get("status") is None:
        raise invalid(status="can't be blank")
    admin_for(call, {"status": "draft"}, values, "status")
    wanted = values.get("number")
    taken = {one.number for one in held.changes.values()}
    if wanted in taken:
        raise invalid(number="has already been taken")
    lines = _read_lines(call, {})
    made = BudgetChange(company.ids.next("budget_change"), wanted or max(taken, default=0) + 1, values["status"],
                        values.get("title"), values.get("description"))
    made.lines = _kept(call, lines)
    held.changes[made.id] = made
    return created({"data": {**_shown(made), "created_change_event": None}})


def update_change(call: Call) -> Answer:
    found = _change(call)
    values = take(call.body, CHANGE)
    admin_for(call, {"status": found.status}, values, "status")
    touches_lines = "adjustment_line_items" in call.body
    if touches_lines and found.status in ("approved", "void") and values.get("status", found.status) == found.status:
        raise invalid(base=f"Adjustments cannot be changed while the budget change is {found.status}")
    wanted = values.get("number")
    if wanted is not None and any(one.number == wanted and one is not found
                                  for one in call.project.budget.changes.values()):
        raise invalid(number="has already been taken")
    lines = _read_lines(call, found.lines) if touches_lines else None
    for name in ("number", "status"):
        if values.get(name) is not None:
            setattr(found, name, values[name])
    for name in ("title", "description"):
        if name in values:
            setattr(found, name, values[name])
    if lines is not None:
        found.lines = _kept(call, lines)
    return Answer({"data": {**_shown(found), "amount": number(found.total), "prime_contract": None}})


def delete_change(call: Call) -> Answer:
    found = _change(call)
    if found.status == "approved":
        raise invalid(base="An approved budget change cannot be deleted")
    del call.project.budget.changes[found.id]
    return NOTHING


def _read_lines(call: Call, held: dict[int, Adjustment]) -> list[tuple[Adjustment | None, dict[str, Any]]]:
    """The adjustments as they would be: what is held and stays, what is changed, what is new."""
    given = call.body.get("adjustment_line_items") or []
    if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
        raise invalid(adjustment_line_items="is invalid")
    changed: dict[int, dict[str, Any]] = {}
    new: list[tuple[Adjustment | None, dict[str, Any]]] = []
    for one in given:
        values = take(one, LINE)
        check_unit(call.company, values.get("uom"))
        if values.get("id") is not None:
            if values["id"] not in held:
                raise invalid(adjustment_line_items=f"no adjustment has the id {values['id']}")
            changed[values["id"]] = values
            continue
        for name in ("wbs_code_id", "adjustment_number", "type"):
            if values.get(name) is None:
                raise invalid(**{name: "can't be blank"})
        new.append((None, values))
    rows: list[tuple[Adjustment | None, dict[str, Any]]] = [
        (line, changed.get(line.id, {})) for line in held.values() if not changed.get(line.id, {}).get("_delete")]
    rows += new
    for _, values in rows:
        if values.get("wbs_code_id") is not None and values["wbs_code_id"] not in call.project.wbs_codes:
            raise invalid(wbs_code_id="is invalid")
    _check_numbers(rows)
    return rows


def _check_numbers(rows: list[tuple[Adjustment | None, dict[str, Any]]]) -> None:
    """A budget_change line needs a change_event line of the same adjustment number beside it."""
    kinds: dict[int, set[str]] = {}
    for line, values in rows:
        kind = values.get("type") or (line.kind if line else "")
        at = values.get("adjustment_number") or (line.number if line else 0)
        kinds.setdefault(at, set()).add(kind)
    for at, found in kinds.items():
        if found == {"budget_change"}:
            raise invalid(adjustment_line_items=f"adjustment {at} needs a line of type change_event")


def _kept(call: Call, rows: list[tuple[Adjustment | None, dict[str, Any]]]) -> dict[int, Adjustment]:
    found: dict[int, Adjustment] = {}
    seen: set[int] = set()
    for line, values in rows:
        line = _written(call, line, values)
        if line.number in seen:
            line.comment = None
        seen.add(line.number)
        found[line.id] = line
    return found


def _written(call: Call, line: Adjustment | None, values: dict[str, Any]) -> Adjustment:
    if line is None:
        line = Adjustment(call.company.ids.next("adjustment"), _code(call.project, values["wbs_code_id"]),
                          values["adjustment_number"], values["type"], ZERO)
    elif values.get("wbs_code_id") is not None:
        line.code = _code(call.project, values["wbs_code_id"])
    line.number = values.get("adjustment_number") or line.number
    line.kind = values.get("type") or line.kind
    line.strategy = values.get("calculation_strategy") or line.strategy
    for name in ("ref", "description", "comment", "quantity", "unit_cost", "uom"):
        if name in values:
            setattr(line, name, values[name])
    if line.strategy == "automatic":
        line.amount = cents((line.quantity or ZERO) * (line.unit_cost or ZERO))
    elif values.get("amount") is not None:
        line.amount = values["amount"]
    return line


def _code(project: Project, wanted: int) -> WbsCode:
    return project.wbs_codes[wanted]


def _listed(found: BudgetChange) -> dict[str, object]:
    return {"id": found.id, "number": found.number, "status": found.status, "title": found.title,
            "description": found.description, "erp_status": "not_in_erp", "prime_contract_id": None,
            "amount": number(found.total), "change_event_line_item_ids": [], "currency_configuration": CURRENCY}


def _shown(found: BudgetChange) -> dict[str, object]:
    return {"id": found.id, "number": found.number, "status": found.status, "title": found.title,
            "description": found.description, "erp_status": "not_in_erp", "attachments": [],
            "adjustment_line_items": [_shown_line(line) for line in found.lines.values()],
            "production_quantities": [], "currency_configuration": CURRENCY}


def _shown_line(line: Adjustment) -> dict[str, object]:
    return {"id": line.id, "ref": line.ref, "adjustment_number": line.number, "wbs_code": brief_code(line.code),
            "description": line.description, "comment": line.comment, "calculation_strategy": line.strategy,
            "quantity": number(line.quantity), "type": line.kind, "uom": line.uom,
            "unit_cost": number(line.unit_cost), "amount": number(line.amount), "change_event_line_item_id": None,
            "change_event_line_item": None, "currency_configuration": CURRENCY}


def adjustments(call: Call) -> Answer:
    """Every adjustment of every change (v2.0)."""
    rows = [(one, line) for one in call.project.budget.changes.values() for line in one.lines.values()]
    return data_page(call, rows, lambda row: {
        "id": str(row[1].id), "adjustment_number": row[1].number, "wbs_code_id": str(row[1].code.id),
        "amount": number(row[1].amount), "uom": row[1].uom, "quantity": number(row[1].quantity),
        "description": row[1].description, "type": row[1].kind, "budget_change_number": str(row[0].number),
        "budget_change_status": row[0].status, "budget_change_name": row[0].title,
        "budget_change_id": str(row[0].id)})


# Modifications: read only once the company has moved to budget changes

MODIFICATION: Fields = {"from_budget_line_item_id": an_integer, "to_budget_line_item_id": an_integer, "notes": a_text,
                        "origin_id": a_text, "origin_data": a_text, "transfer_amount": an_amount}


def modifications(call: Call) -> Answer:
    return page_of(call, list(call.project.budget.modifications.values()), shown_modification)


def modification(call: Call) -> Answer:
    return Answer(shown_modification(_modification(call)))


def _modification(call: Call) -> Record:
    found = call.project.budget.modifications.get(call.arg_id())
    if found is None:
        raise not_found()
    return found


def _writable(call: Call) -> None:
    _ = call.body
    if call.company.switches.budget_changes:
        raise Refusal(405, {"errors": "Budget Modifications are read only in companies that use Budget Changes"},
                      {"Allow": "GET"})


def create_modification(call: Call) -> Answer:
    _writable(call)
    values = _modified(call, {}, call.wrapped("budget_modification"))
    call.company.check_origin("budget_modification", values.get("origin_id"))
    made = Record(call.company.ids.next("budget_modification"), call.now, call.now)
    written(call.company, "budget_modification", made, values, call.now)
    call.project.budget.modifications[made.id] = made
    return created(shown_modification(made))


def update_modification(call: Call) -> Answer:
    _writable(call)
    found = _modification(call)
    values = _modified(call, found.fields, call.wrapped("budget_modification"))
    call.company.check_new_origin("budget_modification", found, values)
    written(call.company, "budget_modification", found, values, call.now)
    return Answer(shown_modification(found))


def delete_modification(call: Call) -> Answer:
    _writable(call)
    found = _modification(call)
    del call.project.budget.modifications[found.id]
    call.company.release_origin("budget_modification", found)
    return EMPTY


def _modified(call: Call, held: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    values = take(given, MODIFICATION)
    whole = {**held, **values}
    lines: dict[int, BudgetLine] = call.project.budget.lines
    for name in ("to_budget_line_item_id", "transfer_amount", "from_budget_line_item_id"):
        if whole.get(name) is None and not (name.startswith("from") and call.company.switches.budget_total_may_change):
            raise invalid(**{name: "can't be blank"})
    for name in ("to_budget_line_item_id", "from_budget_line_item_id"):
        if whole.get(name) is not None and whole[name] not in lines:
            raise invalid(**{name: "is invalid"})
    if whole["to_budget_line_item_id"] == whole.get("from_budget_line_item_id"):
        raise invalid(to_budget_line_item_id="must differ from the line that it comes from")
    return values


def shown_modification(found: Record) -> dict[str, object]:
    return {"id": found.id, "from_budget_line_item_id": found.get("from_budget_line_item_id"),
            "to_budget_line_item_id": found.get("to_budget_line_item_id"), "notes": found.get("notes"),
            "origin_id": found.get("origin_id"), "origin_data": found.get("origin_data"),
            "transfer_amount": f"{found.get('transfer_amount'):f}", "created_at": stamp(found.created_at),
            "updated_at": stamp(found.updated_at)}
