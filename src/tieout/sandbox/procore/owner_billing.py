"""The lines of an owner invoice: what of a prime contract is billed, and how it is carried on (procore.md 5.19)."""
from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from tieout.sandbox.procore.applications import OwnerItem, carry, rate_of
from tieout.sandbox.procore.contract_records import ChangeOrder, Contract, Line, Markup, PaymentApplication
from tieout.sandbox.procore.web import ZERO

CONTRACT, CHANGE = "contract_item", "change_order_item"


def first_items(made: PaymentApplication, next_id: Callable[[], int]) -> list[OwnerItem]:
    """The lines of the application before, carried on, then what has come to the contract since.

    A change order goes on as it was first billed, in lines or as one sum; its lines are fixed while it is billed.

    Lines and markups of the contract stand first, then each approved change order with its own: together they
    come to the contract sum to date.
    """
    contract = made.contract
    before = made.previous.items if made.previous else []
    carried = [_carried(item, next_id(), made) for item in before]
    had = {_key(item) for item in carried if item.change_order is None}

    own = [item for item in carried if item.change_order is None]
    own += [item for item in _of_contract(contract) if _key(item) not in had]
    for order in contract.change_orders.values():
        rows = [item for item in carried if item.change_order is order]
        if not rows and order.status == "approved" and order.deleted_at is None:
            rows = _of_order(contract, order)
        own += rows
    for position, item in enumerate(own, 1):
        item.position = position
        item.id = item.id or next_id()
    rescheduled(own, contract)
    return own


def _key(item: OwnerItem) -> tuple[int, int]:
    return item.line.id if item.line else 0, item.markup.id if item.markup else 0


def _carried(item: OwnerItem, item_id: int, made: PaymentApplication) -> OwnerItem:
    nxt = OwnerItem(id=item_id, kind=item.kind, line=item.line, markup=item.markup, change_order=item.change_order,
                    position=item.position, is_unit=item.is_unit, tax_rate=rate_of(item.line) if item.line else ZERO)
    carry(item, nxt, moves_materials=made.moves_materials)
    return nxt


def _of_contract(contract: Contract) -> list[OwnerItem]:
    return [*(_new(contract, CONTRACT, line=line) for line in contract.lines.values()),
            *(_new(contract, CONTRACT, markup=markup) for markup, _ in contract.markup_totals())]


def _of_order(contract: Contract, order: ChangeOrder) -> list[OwnerItem]:
    """In lines, or as one sum, as the contract's change_order_level_of_detail says."""
    if contract.get("change_order_level_of_detail") != "line_item":
        return [_new(contract, CHANGE, order=order)]
    return [*(_new(contract, CHANGE, line=line, order=order) for line in order.lines.values()),
            *(_new(contract, CHANGE, markup=markup, order=order) for markup, _ in order.markup_totals())]


def _new(contract: Contract, kind: str, *, line: Line | None = None, markup: Markup | None = None,
         order: ChangeOrder | None = None) -> OwnerItem:
    percent = contract.get("retainage_percent") or ZERO
    return OwnerItem(id=0, kind=kind, line=line, markup=markup, change_order=order, position=0,
                     is_unit=contract.is_unit and line is not None, percent=percent, materials_percent=percent,
                     tax_rate=rate_of(line) if line else ZERO)


def rescheduled(items: list[OwnerItem], contract: Contract) -> None:
    """Scheduled values as the contract and its change orders have them now."""
    sums: dict[tuple[int, int], Decimal] = {}
    for holder in (contract, *{item.change_order for item in items if item.change_order is not None}):
        sums |= {(holder.id, markup.id): amount for markup, amount in holder.markup_totals()}
    for item in items:
        holder_id = (item.change_order or contract).id
        if item.line is not None:
            item.scheduled = item.line.amount
            item.scheduled_quantity = item.line.get("quantity") or ZERO
            item.unit_price = item.line.get("unit_cost") or ZERO
        elif item.markup is not None:
            item.scheduled = sums.get((holder_id, item.markup.id), ZERO)
        elif item.change_order is not None:
            item.scheduled = item.change_order.grand_total


def refresh(contract: Contract) -> None:
    """After a change of the contract's lines or markups: the most recent application shows it."""
    if contract.applications:
        rescheduled(contract.applications[-1].items, contract)


def billed_on(contract: Contract, *, line: Line | None = None, markup: Markup | None = None) -> list[OwnerItem]:
    """The lines of the most recent application that bill it; what an earlier one has, it has too."""
    items = contract.applications[-1].items if contract.applications else []
    return [item for item in items if (line is not None and item.line is line)
            or (markup is not None and item.markup is markup)]
