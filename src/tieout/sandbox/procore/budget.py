"""Budget line items and the lock of a budget (procore.md 5.9, 6.4)."""
from __future__ import annotations

from decimal import Decimal
from typing import Any

from tieout.sandbox.procore.budget_figures import figures_of
from tieout.sandbox.procore.budget_records import BudgetLine, ensure
from tieout.sandbox.procore.code_records import WbsCode
from tieout.sandbox.procore.lines import CURRENCY
from tieout.sandbox.procore.permissions import admin_for
from tieout.sandbox.procore.state import Project
from tieout.sandbox.procore.units import check_unit
from tieout.sandbox.procore.wbs_codes import brief_code, code_of_line, parts_of
from tieout.sandbox.procore.web import (
    NOTHING,
    ZERO,
    Answer,
    Call,
    Fields,
    Refusal,
    a_number,
    a_text,
    an_amount,
    bad_request,
    cents,
    created,
    invalid,
    not_found,
    number,
    one_of,
    take,
)

LINE: Fields = {"original_budget_amount": an_amount, "uom": a_text, "quantity": a_number, "unit_cost": a_number,
                "calculation_strategy": one_of("automatic", "manual")}
MOST = 1000


# The lock

def budget(call: Call) -> Answer:
    return Answer({"locked": call.project.budget.locked})


def lock(call: Call) -> Answer:
    _ = call.body
    admin_for(call, {}, {"locked": True}, "locked")
    call.project.budget.locked = True
    return created({"locked": True})


def unlock(call: Call) -> Answer:
    """Destroys the budget modifications, unless told not to."""
    held = call.project.budget
    admin_for(call, {}, {"locked": False}, "locked")
    held.locked = False
    if call.request.param("destroy_all_budget_line_item_transfers", "true") != "false":
        for gone in held.modifications.values():
            call.company.release_origin("budget_modification", gone)
        held.modifications.clear()
    return Answer({"locked": False})


def check_open(project: Project) -> None:
    if project.budget.locked:
        raise invalid(base="The budget is locked")


# Lines

def line(call: Call) -> Answer:
    return Answer(shown(_line(call)))


def _line(call: Call) -> BudgetLine:
    found = call.project.budget.lines.get(call.arg_id())
    if found is None:
        raise not_found()
    return found


def create_line(call: Call) -> Answer:
    return created(shown(_create(call, call.wrapped("budget_line_item"))))


def update_line(call: Call) -> Answer:
    found = _line(call)
    _change(call, found, call.wrapped("budget_line_item"))
    return Answer(shown(found))


def _create(call: Call, given: dict[str, Any], *, only_wbs: bool = True) -> BudgetLine:
    check_open(call.project)
    values = _values(call, given)
    code = _code(call, given, only_wbs)
    held = call.project.budget.by_code.get(code.id)
    if held is not None and held.budgeted:
        raise invalid(wbs_code_id="has already been taken")
    found = ensure(call.company, call.project, code)
    found.budgeted = True
    _write(found, values)
    return found


def _code(call: Call, given: dict[str, Any], only_wbs: bool) -> WbsCode:
    if only_wbs:
        given = {"wbs_code_id": given.get("wbs_code_id")}
    return code_of_line(call, given)


def _values(call: Call, given: dict[str, Any]) -> dict[str, Any]:
    values = take(given, LINE)
    check_unit(call.company, values.get("uom"))
    return values


def _change(call: Call, found: BudgetLine, given: dict[str, Any]) -> None:
    check_open(call.project)
    values = _values(call, given)
    held = call.project.budget
    if given.get("wbs_code_id") is not None:
        code = _code(call, given, only_wbs=True)
        if code is not found.code:
            if code.id in held.by_code and held.by_code[code.id].budgeted:
                raise invalid(wbs_code_id="has already been taken")
            if has_costs(call.project, found.code):
                raise invalid(wbs_code_id="cannot be changed while there are costs on the budget code")
            stray = held.by_code.pop(code.id, None)
            if stray is not None:
                del held.lines[stray.id]
            del held.by_code[found.code.id]
            held.by_code[code.id], found.code = found, code
    found.budgeted = True
    _write(found, values)


def _write(found: BudgetLine, values: dict[str, Any]) -> None:
    """automatic: quantity times unit cost; manual: what was typed."""
    found.strategy = values.get("calculation_strategy") or found.strategy
    for name, field in (("quantity", "quantity"), ("unit_cost", "unit_cost"), ("uom", "uom")):
        if name in values:
            setattr(found, field, values[name])
    if found.strategy == "automatic":
        found.amount = cents((found.quantity or ZERO) * (found.unit_cost or ZERO))
    elif values.get("original_budget_amount") is not None:
        found.amount = values["original_budget_amount"]


def sync_lines(call: Call) -> Answer:
    """All or none, up to 1000; answers the lines themselves, not entities and errors."""
    project = call.project
    given = call.body.get("budget_line_items")
    if not isinstance(given, list):
        raise bad_request("param is missing or the value is empty: budget_line_items")
    if len(given) > MOST:
        raise Refusal(413, {"errors": f"Exceeded limit of {MOST} budget line items per request"})
    check_open(project)
    taken: set[int] = set()
    for one in given:
        if not isinstance(one, dict):
            raise invalid(base="is not an object")
        _values(call, one)
        held = project.budget.lines.get(one["id"]) if isinstance(one.get("id"), int) else None
        if one.get("id") is not None and held is None:
            raise invalid(id="Entity with this ID not found")
        code = held.code if held is not None and one.get("wbs_code_id") is None else _code(call, one, only_wbs=True)
        there = project.budget.by_code.get(code.id)
        if code.id in taken or (there is not None and there.budgeted and there is not held):
            raise invalid(wbs_code_id="has already been taken")
        if held is not None and code is not held.code and has_costs(project, held.code):
            raise invalid(wbs_code_id="cannot be changed while there are costs on the budget code")
        taken.add(code.id)
    return Answer([shown(_synced(call, one)) for one in given])


def _synced(call: Call, given: dict[str, Any]) -> BudgetLine:
    if given.get("id") is None:
        return _create(call, given)
    found = call.project.budget.lines[given["id"]]
    _change(call, found, given)
    return found


def delete_line(call: Call) -> Answer:
    found, project = _line(call), call.project
    check_open(project)
    if not is_deletable(project, found):
        raise invalid(base="The budget line item is in use and cannot be deleted")
    del project.budget.lines[found.id]
    del project.budget.by_code[found.code.id]
    return NOTHING


def is_deletable(project: Project, found: BudgetLine) -> bool:
    return not has_costs(project, found.code) and not any(
        line.code is found.code for change in project.budget.changes.values() for line in change.lines.values()
    ) and not any(found.id in (row.get("from_budget_line_item_id"), row.get("to_budget_line_item_id"))
                  for row in project.budget.modifications.values())


def has_costs(project: Project, code: WbsCode) -> bool:
    held = (*project.contracts.values(), *project.prime_contracts.values())
    contracts = (contract for contract in held if contract.deleted_at is None)
    if any(line.wbs_code is code for contract in contracts for line in contract.lines.values()):
        return True
    if any(line.wbs_code is code for order in project.change_orders.values() if order.deleted_at is None
           for line in order.lines.values()):
        return True
    return any(line.wbs_code is code for cost in project.direct_costs.values() if cost.deleted_at is None
               for line in cost.lines.values())


def shown(found: BudgetLine) -> dict[str, object]:
    return {**_money(found), "wbs_code": brief_code(found.code), "currency_configuration": CURRENCY}


def _money(found: BudgetLine) -> dict[str, object]:
    return {"id": found.id, "original_budget_amount": number(found.amount), "uom": found.uom,
            "quantity": number(found.quantity), "unit_cost": number(found.unit_cost),
            "calculation_strategy": found.strategy}


# v1.0, by cost code and cost type, with what the budget works out

def line_10(call: Call) -> Answer:
    return Answer(_shown_10(call, _line(call)))


def create_line_10(call: Call) -> Answer:
    return created(_shown_10(call, _create(call, call.wrapped("budget_line_item"), only_wbs=False)))


def update_line_10(call: Call) -> Answer:
    found = _line(call)
    _change(call, found, {k: v for k, v in call.wrapped("budget_line_item").items() if k != "wbs_code_id"})
    return Answer(_shown_10(call, found))


NAMES_10 = {"approved_budget_changes": "Approved Budget Changes", "revised_budget": "Revised Budget",
            "pending_budget_changes": "Pending Budget Changes", "projected_budget": "Projected Budget",
            "committed_costs": "Committed Costs", "direct_costs": "Direct Costs",
            "pending_cost_changes": "Pending Cost Changes", "projected_costs": "Projected Costs",
            "budget_forecast": "Forecast to Complete", "estimated_cost_at_completion": "Estimated Cost at Completion",
            "projected_over_under": "Projected Over/Under"}


def _shown_10(call: Call, found: BudgetLine) -> dict[str, object]:
    code, kind = parts_of(call.company, found.code)
    top = code.item.path[0] if code else None
    figures = figures_of(call.project)[found.code.id]
    worth: dict[str, Decimal] = {**figures, "Approved Budget Changes": figures["Budget Modifications"]
                                 + figures["Approved COs"]}
    return {**_money(found), **{name: number(worth[column]) for name, column in NAMES_10.items()},
            "cost_code": {"id": code.id, "name": code.item.name, "code": code.item.code,
                          "full_code": code.item.full_code} if code else None,
            "division": {"id": top.cost_code.id if top.cost_code else None, "name": top.name,
                         "full_code": top.full_code} if top else None,
            "line_item_type": {"id": kind.id, "name": kind.get("name")} if kind else None,
            "currency_configuration": CURRENCY}
