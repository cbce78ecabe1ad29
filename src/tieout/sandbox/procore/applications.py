"""The arithmetic of an application for payment: AIA G703 lines and the G702 cover (procore.md 6.3).

Amounts are Decimals to the cent; percentages are per hundred. Nothing here knows HTTP.
"""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import TYPE_CHECKING

from tieout.sandbox.procore.web import ZERO, cents

if TYPE_CHECKING:
    from tieout.sandbox.procore.contract_records import ChangeOrder, Line, Markup

HUNDRED = Decimal(100)


@dataclass(eq=False, kw_only=True, slots=True)
class Amounts:
    """One line of one application for payment: of a subcontractor, or to the owner.

    kind                    contract_item or change_order_item
    from_previous           D: work of the applications before, with materials moved into it
    work                    E: work of this period; below zero on a credit
    materials               F: materials presently stored: a level, not a movement
    retainage_from_previous retainage on work, held when the period began, with that of moved materials
    retained, released      retainage on work, of this period
    materials_retained      retainage on stored materials: a level
    before_total/_held      G and line 5 of this line as the application before left them
    tax_rate                per hundred, of the line's tax code when the application was made
    """

    id: int
    kind: str
    position: int
    is_unit: bool
    is_new: bool = True
    scheduled: Decimal = ZERO
    scheduled_quantity: Decimal = ZERO
    unit_price: Decimal = ZERO
    from_previous: Decimal = ZERO
    from_previous_quantity: Decimal = ZERO
    retainage_from_previous: Decimal = ZERO
    moved: Decimal = ZERO
    moved_retainage: Decimal = ZERO
    materials_before: Decimal = ZERO
    materials_before_quantity: Decimal = ZERO
    materials_retainage_before: Decimal = ZERO
    before_total: Decimal = ZERO
    before_held: Decimal = ZERO
    previous_id: int | None = None
    work: Decimal = ZERO
    quantity: Decimal = ZERO
    materials: Decimal = ZERO
    materials_quantity: Decimal = ZERO
    new_materials: Decimal = ZERO
    new_materials_quantity: Decimal = ZERO
    retained: Decimal = ZERO
    released: Decimal = ZERO
    percent: Decimal = ZERO
    materials_retained: Decimal = ZERO
    materials_released: Decimal = ZERO
    materials_percent: Decimal = ZERO
    tax_rate: Decimal = ZERO

    def mark(self) -> tuple[object, ...]:
        """All that it says, to compare with or to go back to."""
        return tuple(getattr(self, name) for name in _names(self))

    def back_to(self, mark: tuple[object, ...]) -> None:
        for name, value in zip(_names(self), mark, strict=True):
            setattr(self, name, value)

    @property
    def total(self) -> Decimal:
        """G = D + E + F."""
        return self.from_previous + self.work + self.materials

    @property
    def is_overbilled(self) -> bool:
        """More than is scheduled; of a line that gives money back, more given back. A credit is no overbilling."""
        return self.total < self.scheduled if self.scheduled < 0 else self.total > self.scheduled

    @property
    def work_held(self) -> Decimal:
        return self.retainage_from_previous + self.retained - self.released

    @property
    def held(self) -> Decimal:
        """Line 5 of this line."""
        return self.work_held + self.materials_retained

    @property
    def gross(self) -> Decimal:
        return self.total - self.before_total

    @property
    def net(self) -> Decimal:
        return self.gross - (self.held - self.before_held)

    def tax_on(self, base: str) -> Decimal:
        """Of this period, on what was earned or on what is left after retainage."""
        return cents((self.net if base == "net" else self.gross) * self.tax_rate / HUNDRED)

    @property
    def total_percent(self) -> Decimal:
        return cents(self.total * HUNDRED / self.scheduled) if self.scheduled else ZERO


def rate_of(line: Line) -> Decimal:
    return line.tax_code.rate if line.tax_code is not None else ZERO


_NAMES: dict[str, tuple[str, ...]] = {}


def _names(item: Amounts) -> tuple[str, ...]:
    kind = type(item).__name__
    if kind not in _NAMES:
        _NAMES[kind] = tuple(one.name for one in fields(item))
    return _NAMES[kind]


@dataclass(eq=False, kw_only=True, slots=True)
class Item(Amounts):
    """One line of one subcontractor invoice."""

    line: Line
    change_order: ChangeOrder | None
    claimed: Decimal | None = None
    status: str = "no_action"
    comment: str | None = None

    def reschedule(self) -> None:
        """As the contract has the line now; a change order's line is billed with the markup that was put on it."""
        order = self.change_order
        markup = sum((amount for _, amount in order.markups_of(self.line)), ZERO) if order is not None else ZERO
        self.scheduled = self.line.amount + markup
        self.scheduled_quantity = self.line.get("quantity") or ZERO
        self.unit_price = self.line.get("unit_cost") or ZERO


@dataclass(eq=False, kw_only=True, slots=True)
class OwnerItem(Amounts):
    """One line of one owner invoice: of a line of the contract or of a change order, of a markup on them, or of a
    change order as a whole.
    """

    line: Line | None
    markup: Markup | None = None
    change_order: ChangeOrder | None = None


def following(item: Item, item_id: int, *, moves_materials: bool) -> Item:
    """The same line on the next application."""
    nxt = Item(id=item_id, kind=item.kind, line=item.line, change_order=item.change_order, position=item.position,
               is_unit=item.is_unit, tax_rate=rate_of(item.line))
    carry(item, nxt, moves_materials=moves_materials)
    return nxt


def carry(item: Amounts, nxt: Amounts, *, moves_materials: bool) -> None:
    """What was of this period is of the ones before on the next application."""
    nxt.is_new, nxt.previous_id = False, item.id
    nxt.percent, nxt.materials_percent = item.percent, item.materials_percent
    nxt.from_previous = item.from_previous + item.work
    nxt.from_previous_quantity = item.from_previous_quantity + item.quantity
    nxt.retainage_from_previous = item.work_held
    nxt.before_total, nxt.before_held = item.total, item.held
    if moves_materials:
        nxt.moved, nxt.moved_retainage = item.materials, item.materials_retained
        nxt.from_previous += item.materials
        nxt.from_previous_quantity += item.materials_quantity
        nxt.retainage_from_previous += item.materials_retained
    else:
        nxt.materials = nxt.materials_before = item.materials
        nxt.materials_quantity = nxt.materials_before_quantity = item.materials_quantity
        nxt.materials_retained = nxt.materials_retainage_before = item.materials_retained


AMOUNTS = ("work_completed_this_period", "materials_presently_stored", "new_materials", "stored_materials",
           "work_completed_retainage_retained_this_period", "materials_stored_retainage_currently_retained",
           "work_completed_retainage_released_this_period", "materials_stored_retainage_released_this_period",
           "subcontractor_claimed_amount")
QUANTITIES = ("work_completed_this_period_quantity", "new_materials_quantity", "stored_materials_quantity")
PERCENTAGES = ("work_completed_retainage_percent_this_period", "materials_stored_retainage_percent_this_period")


RELEASED = "work_completed_retainage_released_this_period"
RETAINED = "work_completed_retainage_retained_this_period"


def apply(item: Item, typed: Mapping[str, Decimal | None]) -> dict[str, str]:
    """Writes typed numbers to a line; a typed amount wins over the percentage. Returns what is refused, by field."""
    errors = {**_work(item, typed), **_materials(item, typed)}
    if "subcontractor_claimed_amount" in typed:
        item.claimed = typed["subcontractor_claimed_amount"]
    return errors


MATERIALS_RETAINED = "materials_stored_retainage_retained_this_period"
MATERIALS_LEVEL = "materials_stored_retainage_currently_retained"


def apply_to_owner(item: OwnerItem, typed: Mapping[str, Decimal | None]) -> dict[str, str]:
    """The same for a line of an owner invoice (5.19), where retainage on stored materials is typed as a movement.

    A release pays out what is held back and no more, and a credit takes back no more than is held: retainage on
    work that stands is never below zero.
    """
    values = dict(typed)
    if MATERIALS_RETAINED in values:
        moved = values.pop(MATERIALS_RETAINED)
        values[MATERIALS_LEVEL] = None if moved is None else item.materials_retainage_before + moved
    errors = {**_work(item, values), **_materials(item, values)}
    if MATERIALS_LEVEL in errors:
        errors[MATERIALS_RETAINED] = errors.pop(MATERIALS_LEVEL)
    if item.from_previous + item.work >= 0 and item.work_held < 0:
        if typed.get(RETAINED) is not None:
            errors[RETAINED] = "takes back more than the retainage held"
        elif not item.released:
            item.retained = -item.retainage_from_previous
    if item.materials >= 0 and item.materials_retained < 0:
        errors[MATERIALS_RETAINED] = "takes back more than the retainage held"
    if item.released < 0:
        errors[RELEASED] = "cannot be below zero"
    elif item.released and item.work_held < 0:
        errors[RELEASED] = "cannot be more than the retainage held"
    return errors


def _work(item: Amounts, typed: Mapping[str, Decimal | None]) -> dict[str, str]:
    before = item.work
    if item.is_unit:
        if "work_completed_this_period_quantity" in typed:
            item.quantity = typed["work_completed_this_period_quantity"] or ZERO
            item.work = cents(item.quantity * item.unit_price)
    elif "work_completed_this_period" in typed:
        item.work = typed["work_completed_this_period"] or ZERO
    percent = typed.get("work_completed_retainage_percent_this_period")
    if percent is not None and not item.work:
        item.percent = percent
    if "work_completed_retainage_released_this_period" in typed:
        item.released = typed["work_completed_retainage_released_this_period"] or ZERO
    retained = typed.get("work_completed_retainage_retained_this_period")
    if retained is None:
        if item.work != before:
            item.retained = share(item.work, item.percent)
        return {}
    if retained and not item.work:
        return {"work_completed_retainage_retained_this_period": "needs work completed this period"}
    item.retained = retained
    if item.work and retained != share(item.work, item.percent):
        item.percent = cents(retained * HUNDRED / item.work)
    return {}


def _materials(item: Amounts, typed: Mapping[str, Decimal | None]) -> dict[str, str]:
    before = item.materials
    if item.is_unit:
        _stored_quantities(item, typed)
    elif "new_materials" in typed or "stored_materials" in typed:
        kept = typed.get("stored_materials", item.materials - item.new_materials) or ZERO
        item.new_materials = typed.get("new_materials", item.new_materials) or ZERO
        item.materials = kept + item.new_materials
    elif "materials_presently_stored" in typed:
        item.materials = typed["materials_presently_stored"] or ZERO
        item.new_materials = max(item.materials - item.materials_before, ZERO)
    percent = typed.get("materials_stored_retainage_percent_this_period")
    if percent is not None and not item.materials:
        item.materials_percent = percent
    if item.materials != before:
        item.materials_retained = share(item.materials, item.materials_percent)
        item.materials_released = ZERO
    released = typed.get("materials_stored_retainage_released_this_period")
    if released is not None:
        item.materials_retained -= released - item.materials_released
        item.materials_released = released
    level = typed.get("materials_stored_retainage_currently_retained")
    if level is None or item.is_unit:
        return {}
    if level and not item.materials:
        return {"materials_stored_retainage_currently_retained": "needs materials presently stored"}
    item.materials_retained = level
    if item.materials and not item.materials_released and level != share(item.materials, item.materials_percent):
        item.materials_percent = cents(level * HUNDRED / item.materials)
    return {}


def _stored_quantities(item: Amounts, typed: Mapping[str, Decimal | None]) -> None:
    if "new_materials_quantity" not in typed and "stored_materials_quantity" not in typed:
        return
    kept = typed.get("stored_materials_quantity", item.materials_quantity - item.new_materials_quantity) or ZERO
    item.new_materials_quantity = typed.get("new_materials_quantity", item.new_materials_quantity) or ZERO
    item.materials_quantity = kept + item.new_materials_quantity
    item.materials = cents(item.materials_quantity * item.unit_price)
    item.new_materials = cents(item.new_materials_quantity * item.unit_price)


def share(amount: Decimal, percent: Decimal) -> Decimal:
    return cents(amount * percent / HUNDRED)


@dataclass(frozen=True, kw_only=True)
class Cover:
    """The G702 cover of one application, before and after it."""

    original: Decimal
    changes: Decimal
    completed_and_stored: Decimal
    work: Decimal
    materials: Decimal
    work_retainage: Decimal
    materials_retainage: Decimal
    previous_certificates: Decimal
    tax: Decimal
    positive_new: Decimal
    negative_new: Decimal
    positive_previous: Decimal
    negative_previous: Decimal
    new_materials: Decimal
    new_materials_quantity: Decimal
    materials_quantity: Decimal

    @property
    def contract_sum(self) -> Decimal:
        return self.original + self.changes

    @property
    def retainage(self) -> Decimal:
        return self.work_retainage + self.materials_retainage

    @property
    def earned(self) -> Decimal:
        """Line 6: earned less retainage."""
        return self.completed_and_stored - self.retainage

    @property
    def due(self) -> Decimal:
        """Line 8: current payment due, with tax."""
        return self.earned - self.previous_certificates + self.tax

    @property
    def to_finish(self) -> Decimal:
        """Line 9: balance to finish, including retainage."""
        return self.contract_sum - self.earned

    @property
    def percent_complete(self) -> Decimal:
        return cents(self.completed_and_stored * HUNDRED / self.contract_sum) if self.contract_sum else ZERO


def rate(part: Decimal, whole: Decimal) -> Decimal:
    return cents(part * HUNDRED / whole) if whole else ZERO


def earned(items: Sequence[Amounts]) -> Decimal:
    """Line 6 of an application."""
    return sum((item.total - item.held for item in items), ZERO)


def cover(items: Sequence[Amounts], before: Sequence[Amounts], tax: Decimal) -> Cover:
    """The cover of an application with these lines, after one with the lines `before`."""
    def total(values: Sequence[Decimal]) -> Decimal:
        return sum(values, ZERO)

    changes = [item for item in items if item.kind == "change_order_item"]
    return Cover(
        original=total([item.scheduled for item in items if item.kind == "contract_item"]),
        changes=total([item.scheduled for item in changes]),
        completed_and_stored=total([item.total for item in items]),
        work=total([item.from_previous + item.work for item in items]),
        materials=total([item.materials for item in items]),
        work_retainage=total([item.work_held for item in items]),
        materials_retainage=total([item.materials_retained for item in items]),
        previous_certificates=earned(before), tax=tax,
        positive_new=total([i.scheduled for i in changes if i.is_new and i.scheduled > 0]),
        negative_new=total([i.scheduled for i in changes if i.is_new and i.scheduled < 0]),
        positive_previous=total([i.scheduled for i in changes if not i.is_new and i.scheduled > 0]),
        negative_previous=total([i.scheduled for i in changes if not i.is_new and i.scheduled < 0]),
        new_materials=total([item.new_materials for item in items]),
        new_materials_quantity=total([item.new_materials_quantity for item in items]),
        materials_quantity=total([item.materials_quantity for item in items]),
    )
