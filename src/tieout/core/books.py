"""QuickBooks' nouns, either edition. Ids are text, scoped by kind. `version` is SyncToken or EditSequence.

A vendor credit is a bill below zero: its lines carry the sign they have in the books, so sums need no special case.
"""
from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from tieout.core.money import ZERO, Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """`type` is QuickBooks' AccountType; `name` the fully qualified one, without the number."""

    id: str
    number: str
    name: str
    type: str
    active: bool = True

    @property
    def label(self) -> str:
        return f"{self.number} {self.name}".strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Vendor:
    id: str
    name: str
    version: str = ""
    active: bool = True
    company_name: str = ""
    email: str = ""
    tax_id_last4: str = ""
    balance: Money = ZERO


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """`parent` is empty for a customer, the customer's id for a job. `full_name` is `Parent:Child`."""

    id: str
    name: str
    full_name: str
    parent: str = ""
    version: str = ""
    active: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """`expense_account` is where a purchase of it posts; empty when it cannot be bought."""

    id: str
    name: str
    type: str
    expense_account: str = ""
    income_account: str = ""
    version: str = ""
    active: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Class:
    """`name` is the fully qualified one, `Parent:Child`."""

    id: str
    name: str
    active: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of a bill, credit, order or expense.

    item, account      ids; one of them is set, the other empty
    amount             as it stands in the books: debit positive for bills; a credit's lines are below zero
    order, order_line  the purchase order line it draws on, or empty
    class_             id of its class, or empty
    received           on an order: what was billed of it, in units (item) or money (account)
    """

    id: str
    amount: Money
    item: str = ""
    account: str = ""
    job: str = ""
    quantity: Decimal | None = None
    rate: Decimal | None = None
    description: str = ""
    order: str = ""
    order_line: str = ""
    received: Decimal = Decimal(0)
    class_: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseOrder:
    id: str
    version: str
    vendor: str
    number: str
    dated: date
    lines: tuple[Line, ...]
    total: Money
    open: bool = True
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """A bill, or a vendor credit (`credit`), whose total and lines are below zero.

    balance   still open; below zero is what is left of a credit
    note      the private note (memo), where the posting's tag stands
    paid_by   ids of the bill payments linked to it
    """

    id: str
    version: str
    vendor: str
    number: str
    dated: date
    due: date | None
    lines: tuple[Line, ...]
    total: Money
    balance: Money
    note: str = ""
    credit: bool = False
    paid_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PaidDocument:
    """What one payment line settles. kind: "bill" | "vendor_credit" | "journal_entry" | "deposit" | other."""

    kind: str
    id: str
    amount: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class BillPayment:
    """Cash (`total`) and credits that settle bills. A voided one has total 0.00 and no documents.

    documents   amounts as QuickBooks gives them, all positive; a vendor credit's part reduces the cash
    method      "check" | "credit_card"
    """

    id: str
    version: str
    vendor: str
    number: str
    dated: date
    total: Money
    documents: tuple[PaidDocument, ...]
    method: str = "check"
    bank_account: str = ""
    note: str = ""
    voided: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalLine:
    """`amount` is debit positive, credit below zero. A line names a vendor, or a customer (job), or nobody."""

    id: str
    account: str
    amount: Money
    vendor: str = ""
    job: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalEntry:
    id: str
    version: str
    number: str
    dated: date
    lines: tuple[JournalLine, ...]
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expense:
    """A check, cash or card purchase (QuickBooks: Purchase). A card credit's lines are below zero."""

    id: str
    version: str
    vendor: str
    number: str
    dated: date
    lines: tuple[Line, ...]
    total: Money
    paid_from: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BooksCompany:
    """The QuickBooks company and the preferences that decide what can be posted.

    closed_through   inclusive; None while the books are open
    edition          "QuickBooks Online Plus", …
    auto_numbers     QuickBooks numbers purchase orders and vendor credits itself
    """

    name: str
    country: str = "US"
    currency: str = "USD"
    edition: str = ""
    closed_through: date | None = None
    auto_numbers: bool = False
    account_numbers: bool = True
    classes_per_line: bool = False
    job_costing: bool = True
