"""What a flow wants the other side to hold: documents not yet entered, in that side's words.

A `Ref` names a record there. Its id is empty until that record exists; a draft with such a ref waits for it.
"""
from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from tieout.core.money import ZERO, Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Ref:
    """kind: vendor | customer | job | item | account | class | purchase_order | commitment | subcontractor_invoice |
    project"""

    kind: str
    name: str
    id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class VendorDraft:
    name: str
    email: str = ""
    phone: str = ""
    fax: str = ""
    website: str = ""
    street: str = ""
    city: str = ""
    state: str = ""
    postal_code: str = ""
    country: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobDraft:
    name: str
    customer: Ref


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemDraft:
    """A service item. `income` is what QuickBooks asks for on an item that could be sold; empty where it does not."""

    name: str
    description: str
    expense: Ref
    income: Ref | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LineDraft:
    """One line as it will be entered.

    source     the Procore line it comes from, so that it is found again on the document
    role       "cost" | "retained" | "released" | "markup"
    coding     the item or account on the line; `account` is where the amount lands
    quantity   with `rate`: rate x quantity, rounded, is the amount; both None on account lines
    class_     the class it bears beside its item or account; None where the rules want none
    order      the purchase order it draws on, with `order_line` the id of the line there; None when it is not linked
    """

    source: str
    role: str
    coding: Ref
    account: Ref
    job: Ref
    amount: Money
    description: str = ""
    quantity: Decimal | None = None
    rate: Decimal | None = None
    order: Ref | None = None
    order_line: str = ""
    class_: Ref | None = None

    @property
    def coded(self) -> str:
        """How a person reads its coding: "5100 Subcontractors, class 03-300"."""
        return f"{self.coding.name}, class {self.class_.name}" if self.class_ else self.coding.name


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderDraft:
    vendor: Ref
    number: str
    dated: date
    lines: tuple[LineDraft, ...]
    title: str = ""
    closed: bool = False

    @property
    def total(self) -> Money:
        return sum((line.amount for line in self.lines), ZERO)


@dataclass(frozen=True, slots=True, kw_only=True)
class BillDraft:
    """A bill; below zero a vendor credit. `payable` is the accounts payable account."""

    vendor: Ref
    number: str
    dated: date
    due: date | None
    lines: tuple[LineDraft, ...]
    payable: Ref
    memo: str = ""

    @property
    def total(self) -> Money:
        return sum((line.amount for line in self.lines), ZERO)

    @property
    def credit(self) -> bool:
        return self.total < 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentDraft:
    """A payment issued in Procore: the cash that one QuickBooks payment put on one bill."""

    project: Ref
    commitment: Ref
    invoice: Ref
    amount: Money
    dated: date
    check_number: str
    method: str
    notes: str = ""
    invoice_number: str = ""


Draft = VendorDraft | JobDraft | ItemDraft | OrderDraft | BillDraft | PaymentDraft


def refs_of(draft: Draft) -> tuple[Ref, ...]:
    """Every record the draft names on the other side."""
    match draft:
        case VendorDraft():
            return ()
        case JobDraft():
            return (draft.customer,)
        case ItemDraft():
            return (draft.expense,) if draft.income is None else (draft.expense, draft.income)
        case PaymentDraft():
            return (draft.project, draft.commitment, draft.invoice)
        case OrderDraft() | BillDraft():
            heads = (draft.vendor,) if isinstance(draft, OrderDraft) else (draft.vendor, draft.payable)
            parts = (ref for line in draft.lines
                     for ref in (line.coding, line.account, line.job, line.class_, line.order) if ref is not None)
            return (*heads, *parts)


def missing_refs(draft: Draft) -> tuple[Ref, ...]:
    """The named records that do not exist yet, each once."""
    return tuple(dict.fromkeys(ref for ref in refs_of(draft) if not ref.id))
