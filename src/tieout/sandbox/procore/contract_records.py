"""What is held of contracts, their change orders, invoices and payments (procore.md 5.10 to 5.19)."""
from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from tieout.sandbox.procore.applications import Item, OwnerItem
from tieout.sandbox.procore.code_records import WbsCode
from tieout.sandbox.procore.records import Record
from tieout.sandbox.procore.web import ZERO, cents

if TYPE_CHECKING:
    from tieout.sandbox.procore.state import Project, User, Vendor


@dataclass(eq=False)
class TaxCode(Record):
    """applies is False while the company has no tax type to have a rate for (5.20)."""

    applies: bool = False

    @property
    def rate(self) -> Decimal:
        """Per hundred."""
        found: Decimal = self.fields.get("rate1") or ZERO
        return found if self.applies else ZERO


@dataclass(eq=False)
class Line(Record):
    """A line of a contract's schedule of values, of a change order or of a direct cost.

    amount  extended, to the cent; before markup and tax
    """

    wbs_code: WbsCode = field(kw_only=True)
    holder_id: int = 0
    holder_type: str = ""
    position: int = 1
    amount: Decimal = ZERO
    tax_code: TaxCode | None = None


@dataclass(eq=False)
class Markup(Record):
    project_id: int = 0
    holder_id: int = 0
    holder_type: str = ""
    wbs_code: WbsCode | None = None


@dataclass(eq=False)
class Schedule(Record):
    """Lines with the markups on them.

    A horizontal markup is a percentage of each line, or of the line and the markups above it; a vertical one of
    the subtotal, or of it and the vertical ones above (procore.md 5.12, 5.17).
    """

    lines: dict[int, Line] = field(default_factory=dict)
    markups: dict[int, Markup] = field(default_factory=dict)

    def in_force(self, direction: str) -> list[Markup]:
        """direction: horizontal or vertical."""
        return [markup for markup in self.markups.values() if direction in markup.get("markup_set")]

    def markups_of(self, line: Line) -> list[tuple[Markup, Decimal]]:
        return marked_up(self.in_force("horizontal"), line.amount) if self.markups else []

    @property
    def lines_total(self) -> Decimal:
        return sum((line.amount for line in self.lines.values()), ZERO)

    @property
    def subtotal(self) -> Decimal:
        """The lines with their horizontal markups."""
        return self.lines_total + sum((amount for line in self.lines.values() for _, amount in self.markups_of(line)),
                                      ZERO)

    def markup_totals(self) -> list[tuple[Markup, Decimal]]:
        """Each markup with what it comes to; the lines and these together make the grand total."""
        if not self.markups:
            return []
        sums = {markup.id: ZERO for markup in self.in_force("horizontal")}
        for line in self.lines.values():
            for markup, amount in self.markups_of(line):
                sums[markup.id] += amount
        return [*((self.markups[number], amount) for number, amount in sums.items()),
                *marked_up(self.in_force("vertical"), self.subtotal)]

    @property
    def grand_total(self) -> Decimal:
        return self.lines_total + sum((amount for _, amount in self.markup_totals()), ZERO)


def marked_up(markups: Iterable[Markup], base: Decimal) -> list[tuple[Markup, Decimal]]:
    found: list[tuple[Markup, Decimal]] = []
    above = base
    for markup in markups:
        amount = markup_on(markup, base, above)
        found.append((markup, amount))
        above += amount
    return found


def markup_on(markup: Markup, base: Decimal, above: Decimal) -> Decimal:
    compounds = (markup.get("compound") or {}).get("type") == "above"
    percentage: Decimal = markup.get("percentage")
    return cents((above if compounds else base) * percentage / 100)


PENDING = ("not_pricing", "pricing", "pending", "revised", "proceeding", "pending_billable")


@dataclass(eq=False)
class ChangeOrder(Schedule):
    """One change order of a 1-tier project, of a commitment or of a prime contract.

    It is three resources: the package (`id`), the potential change order that was made with it and holds the
    lines (`pco_id`), and the newer commitment or prime change order (`newer_id`).
    """

    contract: Contract = field(kw_only=True)
    pco_id: int = 0
    newer_id: int = 0
    position: int = 1
    billed_on: set[int] = field(default_factory=set)

    @property
    def status(self) -> str:
        return str(self.fields["status"])


@dataclass(eq=False)
class Payment(Record):
    pass


PRIME = "prime_contract"
TYPES = {"work_order_contract": "WorkOrderContract", "purchase_order_contract": "PurchaseOrderContract",
         PRIME: "PrimeContract"}


@dataclass(eq=False)
class Contract(Schedule):
    """A purchase order, a work order (subcontract) or a prime contract. All share one space of ids.

    kind    work_order_contract, purchase_order_contract or prime_contract
    vendor  who does the work, or the owner on a prime contract
    """

    kind: str = field(kw_only=True)
    project: Project = field(kw_only=True)
    vendor: Vendor | None = None
    contractor: Vendor | None = None
    architect: Vendor | None = None
    created_by: User | None = None
    change_orders: dict[int, ChangeOrder] = field(default_factory=dict)
    requisitions: list[Requisition] = field(default_factory=list)
    applications: list[PaymentApplication] = field(default_factory=list)
    payments: dict[int, Payment] = field(default_factory=dict)
    configuration: dict[str, Any] = field(default_factory=dict)
    details: dict[int, Record] = field(default_factory=dict)
    compliance: Record | None = None
    compliance_documents: dict[int, Record] = field(default_factory=dict)
    requisitions_are_enabled: bool = True
    payments_are_enabled: bool = True

    @property
    def status(self) -> str:
        return str(self.fields["status"])

    @property
    def type(self) -> str:
        return TYPES[self.kind]

    @property
    def is_prime(self) -> bool:
        return self.kind == PRIME

    @property
    def is_locked(self) -> bool:
        """Vendor and lines are fixed, and the contract is not deletable (procore.md 6.2, 6.4)."""
        return self.status in (("Approved", "Closed") if self.kind == "purchase_order_contract"
                               else ("Approved", "Complete"))

    @property
    def is_unit(self) -> bool:
        return str(self.fields["accounting_method"]) == "unit"

    def in_force(self, direction: str) -> list[Markup]:
        """Markups for its change orders are kept here too, and are none of its own."""
        return [markup for markup in self.markups.values() if markup.get("markup_set") == direction]


@dataclass(eq=False)
class Period(Record):
    project_id: int = 0
    position: int = 1


class Change(NamedTuple):
    """One value of a subcontractor invoice or of one of its lines, as somebody changed it."""

    id: int
    column: str
    old: str | None
    new: str | None
    user: User
    at: datetime
    ref_id: int
    ref_type: str


@dataclass(eq=False)
class Requisition(Record):
    """A subcontractor invoice.

    typed_tax  what somebody typed on the web page in place of the tax that the lines' tax codes make
    tax_on     gross or net: what the tax is worked out on
    """

    contract: Contract = field(kw_only=True)
    period: Period = field(kw_only=True)
    number: int = 1
    previous: Requisition | None = None
    items: list[Item] = field(default_factory=list)
    created_by: User = field(kw_only=True)
    typed_tax: Decimal | None = None
    tax_on: str = "gross"
    moves_materials: bool = False
    history: list[Change] = field(default_factory=list)

    @property
    def tax(self) -> Decimal:
        if self.typed_tax is not None:
            return self.typed_tax
        return sum((item.tax_on(self.tax_on) for item in self.items if item.tax_rate), ZERO)

    @property
    def is_latest(self) -> bool:
        return self.contract.requisitions[-1] is self

    @property
    def is_synced(self) -> bool:
        return self.fields.get("origin_id") is not None


@dataclass(eq=False)
class PaymentApplication(Record):
    """An owner invoice. period is None where it was made for dates alone."""

    contract: Contract = field(kw_only=True)
    period: Period | None = None
    number: int = 1
    previous: PaymentApplication | None = None
    items: list[OwnerItem] = field(default_factory=list)
    created_by: User = field(kw_only=True)
    tax_on: str = "gross"
    moves_materials: bool = False

    @property
    def tax(self) -> Decimal:
        return sum((item.tax_on(self.tax_on) for item in self.items if item.tax_rate), ZERO)

    @property
    def is_latest(self) -> bool:
        return self.contract.applications[-1] is self

    @property
    def is_synced(self) -> bool:
        return self.fields.get("origin_id") is not None
