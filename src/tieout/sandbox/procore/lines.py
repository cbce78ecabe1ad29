"""Lines of contracts and of change orders: the same wire shape for both (procore.md 5.10, 5.12)."""
from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from tieout.sandbox.procore.budget_records import ensure
from tieout.sandbox.procore.contract_records import ChangeOrder, Line
from tieout.sandbox.procore.state import Company, Project, written
from tieout.sandbox.procore.units import check_unit
from tieout.sandbox.procore.wbs import shown_cost_code, shown_type
from tieout.sandbox.procore.wbs_codes import brief_code, code_of_line, parts_of
from tieout.sandbox.procore.web import (
    ZERO,
    Call,
    Fields,
    Filter,
    Refusal,
    a_number,
    a_text,
    among,
    an_amount,
    an_integer,
    cents,
    invalid,
    loose,
    one_of,
    stamp,
    take,
    two,
    within,
)

LINE: Fields = {"amount": an_amount, "description": a_text, "extended_type": one_of("manual", "calculated"),
                "quantity": a_number, "unit_cost": a_number, "uom": a_text, "tax_code_id": an_integer,
                "origin_id": a_text, "origin_data": a_text, "commitment_line_item_id": an_integer,
                "prime_line_item_id": an_integer}
CURRENCY = {"currency_iso_code": "USD"}
FULL_CURRENCY = {"currency_iso_code": "USD", "currency_exchange_rate": "1.0", "base_currency_iso_code": "USD"}

LINE_FILTERS: dict[str, Filter] = {
    "id": among(lambda line: line.id), "updated_at": within(lambda line: line.updated_at),
    "created_at": within(lambda line: line.created_at),
}


def line_filters(company: Company) -> dict[str, Filter]:
    def part(index: int) -> Callable[[Line], object]:
        def of(line: Line) -> object:
            found = parts_of(company, line.wbs_code)[index]
            return found.id if found is not None else None
        return of
    return {**LINE_FILTERS, "cost_code_id": among(part(0)), "line_item_type_id": among(part(1))}


def new_line(call: Call, given: dict[str, Any], *, is_unit: bool, position: int, holder: tuple[int, str]) -> Line:
    values = take(given, LINE)
    _check(call.company, None, values)
    call.company.check_origin("line_item", values.get("origin_id"))
    code = code_of_line(call, given)
    ensure(call.company, call.project, code)
    made = Line(call.company.ids.next("line"), call.now, call.now, wbs_code=code, position=position,
                holder_id=holder[0], holder_type=holder[1])
    _price(made, values, is_unit)
    made.tax_code = call.company.tax_codes.get(values.get("tax_code_id") or 0)
    written(call.company, "line_item", made, values, call.now)
    return made


def change_line(call: Call, line: Line, given: dict[str, Any], *, is_unit: bool,
                billed: Decimal | None = None) -> None:
    """billed  what the amount may not fall below (6.2); below zero, of a credit, what it may not rise above."""
    values = take(given, LINE)
    _check(call.company, line, values)
    call.company.check_new_origin("line_item", line, values)
    before = line.amount
    _price(line, values, is_unit)
    try:
        if billed and (line.amount < billed if billed > 0 else line.amount > billed):
            raise invalid(amount="cannot be less than the billed amount")
        code = code_of_line(call, given, line.wbs_code)
    except Refusal:
        line.amount = before
        raise
    ensure(call.company, call.project, code)
    moved = code is not line.wbs_code or line.amount != before
    line.wbs_code = code
    if "tax_code_id" in values:
        line.tax_code = call.company.tax_codes.get(values["tax_code_id"] or 0)
    if written(call.company, "line_item", line, values, call.now) or moved:
        line.touch(call.now)


def editable(order: ChangeOrder) -> None:
    """An approved change order keeps its lines and markups (6.2)."""
    if order.status == "approved":
        raise invalid(base="Line items cannot be changed while the change order is approved")


LARGEST = Decimal(10) ** 15


def _check(company: Company, line: Line | None, values: dict[str, Any]) -> None:
    check_unit(company, values.get("uom"))
    quantity, unit_cost = (values.get(name, line.get(name) if line else None) or ZERO
                           for name in ("quantity", "unit_cost"))
    if abs(quantity * unit_cost) >= LARGEST:
        raise invalid(amount="is too large")
    wanted = values.get("tax_code_id")
    if wanted is None or (line is not None and line.tax_code is not None and line.tax_code.id == wanted):
        return
    code = company.tax_codes.get(wanted)
    if code is None or code.get("archived"):
        raise invalid(tax_code_id="is invalid")


def _price(line: Line, values: dict[str, Any], is_unit: bool) -> None:
    """Unit accounting: quantity times unit cost. Amount accounting: what was typed."""
    kind = values.pop("extended_type", None) or line.fields.get("extended_type") or ("calculated" if is_unit else
                                                                                    "manual")
    typed = values.pop("amount", None)
    quantity = values.get("quantity", line.fields.get("quantity")) or ZERO
    unit_cost = values.get("unit_cost", line.fields.get("unit_cost")) or ZERO
    values["extended_type"] = kind
    if kind == "calculated":
        line.amount = cents(quantity * unit_cost)
    elif typed is not None:
        line.amount = typed


def shown_line(company: Company, project: Project, line: Line, total: Decimal | None = None) -> dict[str, object]:
    """total  with markup, where the line has any."""
    return {**common(company, project, line, total), "amount": loose(line.amount),
            "company": {"id": company.id, "name": company.name}, "project": {"id": project.id, "name": project.name},
            "extended_type": line.get("extended_type"), "tax_code_id": line.get("tax_code_id"),
            "origin_id": line.get("origin_id"), "origin_data": line.get("origin_data"),
            "created_at": stamp(line.created_at), "updated_at": stamp(line.updated_at)}


def common(company: Company, project: Project, line: Line, total: Decimal | None = None) -> dict[str, object]:
    """What the line shows in every place."""
    cost_code, kind = parts_of(company, line.wbs_code)
    return {"id": line.id, "position": line.position, "description": line.get("description"),
            "quantity": loose(line.get("quantity") or ZERO), "unit_cost": loose(line.get("unit_cost") or ZERO),
            "uom": line.get("uom"), "total_amount": loose(line.amount if total is None else total),
            "extended_amount": loose(line.amount), "wbs_code": brief_code(line.wbs_code),
            "cost_code": shown_cost_code(project, cost_code) if cost_code else None,
            "line_item_type": shown_type(kind) if kind else None,
            "holder": {"id": line.holder_id, "holder_type": line.holder_type}, "currency_configuration": CURRENCY}


def shown_line_v2(line: Line) -> dict[str, object]:
    """A row of a schedule of values as the v2 endpoints show it: ids as text (1.3)."""
    code = line.wbs_code
    tax_code = line.get("tax_code_id")
    return {"id": str(line.id), "description": line.get("description"), "uom": line.get("uom"),
            "quantity": float(line.get("quantity") or 0), "unit_cost": loose(line.get("unit_cost") or ZERO),
            "amount": two(line.amount), "extended_type": line.get("extended_type"), "wbs_code_id": str(code.id),
            "tax_code_id": str(tax_code) if tax_code is not None else None, "position": line.position,
            "wbs_code": {"id": str(code.id), "flat_code": code.flat_code, "description": code.description}}
