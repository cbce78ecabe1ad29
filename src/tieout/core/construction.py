"""Procore's nouns, as the field says them. Ids are text; amounts are exact and in the project's currency."""
from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from tieout.core.money import ZERO, Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """One company of the directory: subcontractor, supplier or client. `tax_id` is what Procore shows, or empty."""

    id: str
    name: str
    active: bool = True
    email: str = ""
    phone: str = ""
    fax: str = ""
    website: str = ""
    street: str = ""
    city: str = ""
    state: str = ""
    postal_code: str = ""
    country: str = ""
    tax_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    id: str
    number: str
    name: str
    active: bool = True
    currency: str = "USD"


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """A budget code: `cost_code` 03-300 with `cost_type` S. Two projects' equal codes are equal here."""

    cost_code: str
    cost_type: str
    description: str = ""

    @property
    def text(self) -> str:
        return f"{self.cost_code}.{self.cost_type}" if self.cost_type else self.cost_code


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitmentLine:
    """One line of the schedule of values.

    quantity, unit_cost   of a unit-priced line, else None
    """

    id: str
    code: Code
    description: str
    amount: Money
    quantity: Decimal | None = None
    unit_cost: Decimal | None = None
    unit: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Commitment:
    """A subcontract or purchase order.

    kind      "subcontract" | "purchase_order"
    company   the vendor's company id, or empty while none is chosen
    revised   Procore's own revised contract sum, approved change orders included
    """

    id: str
    project: str
    kind: str
    number: str
    title: str
    status: str
    company: str
    dated: date | None
    lines: tuple[CommitmentLine, ...]
    revised: Money
    currency: str = "USD"
    retainage_percent: Decimal | None = None
    company_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeOrderLine:
    """`markup` lines carry money but no budget code of their own (their `code` is empty)."""

    id: str
    code: Code
    description: str
    amount: Money
    quantity: Decimal | None = None
    unit_cost: Decimal | None = None
    unit: str = ""
    markup: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeOrder:
    """A commitment change order. `total` is Procore's own, markup included."""

    id: str
    project: str
    commitment: str
    number: str
    title: str
    status: str
    dated: date | None
    lines: tuple[ChangeOrderLine, ...]
    total: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class RequisitionLine:
    """One schedule line on one application.

    source            the schedule line it bills: the commitment line's or change order line's id
    completed         G of the continuation sheet, a level: work before + work this period + stored materials
    retained          line 5 of this line, a level: held on work and on stored materials, less all releases
    released          retainage released by this application
    quantity          units of this period, on unit-priced lines, else None
    unit_price        with `quantity`
    work_this_period  earned this period, before retainage (shown; the bill uses G now less G before)
    stored            materials presently stored, a level (shown)
    Source: Procore, requisition items.
    """

    id: str
    source: str
    code: Code
    description: str
    completed: Money
    retained: Money
    released: Money = ZERO
    work_this_period: Money = ZERO
    stored: Money = ZERO
    scheduled: Money = ZERO
    quantity: Decimal | None = None
    unit_price: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Requisition:
    """A subcontractor invoice: one pay application of one commitment.

    number        the running application number; `invoice_number` is the subcontractor's own
    previous      id of the application before, or empty for the first
    due_now       line 8, Procore's own current payment due, tax included
    tax           the tax inside line 8
    retained      line 5 of the cover sheet, a level
    completed     line 4 of the cover sheet, a level
    """

    id: str
    project: str
    commitment: str
    number: int
    invoice_number: str
    status: str
    previous: str
    billing_date: date | None
    period_start: date | None
    period_end: date | None
    payment_date: date | None
    lines: tuple[RequisitionLine, ...]
    completed: Money
    retained: Money
    due_now: Money
    tax: Money = ZERO
    currency: str = "USD"
    company: str = ""
    approved_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentIssued:
    """What a commitment's vendor was paid. `origin` is the external id that Procore keeps for whoever made it."""

    id: str
    project: str
    commitment: str
    requisition: str
    amount: Money
    dated: date | None
    check_number: str = ""
    number: str = ""
    notes: str = ""
    origin: str = ""
