"""What planning looks at: both sides as seen, the rules, and what people said. Nothing in it changes while planning.

Company-wide records come once a turn (`Lists`); documents come project by project, so that memory does
not grow with the number of projects.
"""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from tieout.core.books import (
    Account,
    Bill,
    BillPayment,
    BooksCompany,
    Class,
    Customer,
    Expense,
    Item,
    JournalEntry,
    PurchaseOrder,
    Vendor,
)
from tieout.core.construction import ChangeOrder, Code, Commitment, Company, PaymentIssued, Project, Requisition
from tieout.core.drafts import Ref
from tieout.core.names import squeezed, tidy
from tieout.core.rules import PostingRules


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """What a flow fills on the other side, and the key that keeps it one."""

    flow: str
    key: str

    def __str__(self) -> str:
        return f"{self.flow}:{self.key}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A slot as the sides last agreed. `target` is empty where there was nothing to enter.

    parts   source line -> line id on the target; beside these "natural" and "entered", the dates of a bill that bears
            another than its own; "rules" it was entered by; "answer", where the vendor's was not as ordered
    """

    target_kind: str
    target: str
    wanted: str
    held: str
    parts: Mapping[str, str] = field(default_factory=dict)
    generation: int = 1
    ours: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A person's answer to a problem."""

    choice: str
    value: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """How one project is kept in agreement. Older than `start`, or before `from_application`, is not entered."""

    number: str
    customer: str = ""
    job: str = ""
    start: date | None = None
    from_application: int | None = None


@dataclass(frozen=True, kw_only=True)
class Lists:
    """The company-wide records of both sides, by id."""

    books: BooksCompany
    accounts: Mapping[str, Account]
    vendors: Mapping[str, Vendor]
    customers: Mapping[str, Customer]
    items: Mapping[str, Item]
    companies: Mapping[str, Company]
    classes: Mapping[str, Class] = field(default_factory=dict)

    @cached_property
    def vendor_by_name(self) -> Mapping[str, Vendor]:
        return {squeezed(vendor.name): vendor for vendor in self.vendors.values() if vendor.active}

    @cached_property
    def customer_by_name(self) -> Mapping[str, Customer]:
        """Customers by name and full name; jobs by full name only."""
        found: dict[str, Customer] = {}
        for customer in self.customers.values():
            if customer.active:
                found.setdefault(squeezed(customer.full_name), customer)
                if not customer.parent:
                    found.setdefault(squeezed(customer.name), customer)
        return found

    @cached_property
    def item_by_name(self) -> Mapping[str, Item]:
        return {squeezed(item.name): item for item in self.items.values() if item.active}

    def account(self, text: str) -> Account | None:
        """By number, name, or number and name; active ones only."""
        return self._account_by_text.get(squeezed(text))

    @cached_property
    def _account_by_text(self) -> Mapping[str, Account]:
        found: dict[str, Account] = {}
        for account in self.accounts.values():
            if account.active:
                leaf = account.name.rsplit(":", 1)[-1]
                for text in (account.number, account.name, leaf, account.label, f"{account.number} {leaf}"):
                    if text:
                        found.setdefault(squeezed(text), account)
        return found

    def class_(self, text: str) -> Class | None:
        """By fully qualified name, or by its own name where no other active class has it; active ones only."""
        return self._class_by_text.get(squeezed(text))

    @cached_property
    def _class_by_text(self) -> Mapping[str, Class]:
        active = [one for one in self.classes.values() if one.active]
        own: dict[str, list[Class]] = {}
        for one in active:
            own.setdefault(squeezed(one.name.rsplit(":", 1)[-1]), []).append(one)
        alone = {text: found[0] for text, found in own.items() if len(found) == 1}
        return alone | {squeezed(one.name): one for one in active}

    @cached_property
    def payables(self) -> tuple[Account, ...]:
        return tuple(a for a in self.accounts.values() if a.type == "Accounts Payable" and a.active)


@dataclass(frozen=True, kw_only=True)
class Picture:
    """One project of one pair, on both sides.

    bills            every bill and credit on the project's job, whoever entered it
    other_bills      bills of the project's vendors that are not on its job: where a twin may hide
    unreadable       (kind, id) of records that are there and are not as documented: missing here, but not deleted
    resting          flows that only look while the pair may write: what would wait for them does without
    linked_elsewhere (kind, id) of bills and credits that another project's slot stands for -> their commitment
    links            this pair's agreed slots that the project touches
    jobs_elsewhere   the jobs of the pair's other projects; only the tie-out asks for them
    """

    rules: PostingRules
    lists: Lists
    route: Route
    project: Project
    commitments: Mapping[str, Commitment] = field(default_factory=dict)
    change_orders: Mapping[str, ChangeOrder] = field(default_factory=dict)
    requisitions: Mapping[str, Requisition] = field(default_factory=dict)
    payments_issued: Mapping[str, PaymentIssued] = field(default_factory=dict)
    orders: Mapping[str, PurchaseOrder] = field(default_factory=dict)
    bills: Mapping[str, Bill] = field(default_factory=dict)
    other_bills: Mapping[str, Bill] = field(default_factory=dict)
    bill_payments: Mapping[str, BillPayment] = field(default_factory=dict)
    journals: Mapping[str, JournalEntry] = field(default_factory=dict)
    expenses: Mapping[str, Expense] = field(default_factory=dict)
    links: Mapping[Slot, Link] = field(default_factory=dict)
    mappings: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    resting: frozenset[str] = frozenset()
    said: Mapping[tuple[str, str], Said] = field(default_factory=dict)
    linked_elsewhere: Mapping[tuple[str, str], str] = field(default_factory=dict)
    unreadable: frozenset[tuple[str, str]] = frozenset()
    jobs_elsewhere: frozenset[str] = frozenset()

    @cached_property
    def bills_of_vendor(self) -> Mapping[str, tuple[Bill, ...]]:
        """Every bill and credit of a vendor that this picture holds, on whatever job."""
        found: dict[str, list[Bill]] = {}
        for bill in (*self.bills.values(), *self.other_bills.values()):
            found.setdefault(bill.vendor, []).append(bill)
        return {vendor: tuple(rows) for vendor, rows in found.items()}

    def link(self, flow: str, key: str) -> Link | None:
        return self.links.get(Slot(flow=flow, key=key))

    def mapped(self, kind: str, *sources: str) -> str | None:
        """What a person mapped the first of these sources to."""
        table = self.mappings.get(kind, {})
        for source in sources:
            if source and (target := table.get(squeezed(source))):
                return target
        return None

    @cached_property
    def job(self) -> Ref:
        link = self.link("project_to_job", self.project.id)
        held = self.lists.customers.get(link.target) if link else None
        name = tidy(self.rules.job_name.format(number=self.project.number, name=self.project.name))
        return Ref(kind="job", name=held.name if held else name, id=link.target if link else "")

    @cached_property
    def slot_of_target(self) -> Mapping[tuple[str, str], Slot]:
        return {(link.target_kind, link.target): slot for slot, link in self.links.items() if link.target}

    @cached_property
    def commitment_of(self) -> Mapping[tuple[str, str], str]:
        """(kind, id) of a bill or credit that stands for an application, of whatever project -> its commitment."""
        here = {(link.target_kind, link.target): self.requisitions[slot.key].commitment
                for slot, link in self.links.items()
                if slot.flow == "subcontractor_invoice_to_bill" and link.target and slot.key in self.requisitions}
        return {**self.linked_elsewhere, **here}

    @cached_property
    def requisitions_of(self) -> Mapping[str, tuple[Requisition, ...]]:
        """By commitment, in the order of their numbers."""
        found: dict[str, list[Requisition]] = {}
        for requisition in sorted(self.requisitions.values(), key=lambda r: r.number):
            found.setdefault(requisition.commitment, []).append(requisition)
        return {commitment: tuple(rows) for commitment, rows in found.items()}

    @cached_property
    def change_orders_of(self) -> Mapping[str, tuple[ChangeOrder, ...]]:
        """Approved ones by commitment, oldest first."""
        found: dict[str, list[ChangeOrder]] = {}
        for order in sorted(self.change_orders.values(), key=lambda c: (c.dated or date.min, c.number, c.id)):
            if order.status == "approved":
                found.setdefault(order.commitment, []).append(order)
        return {commitment: tuple(rows) for commitment, rows in found.items()}

    def item_name(self, code: Code) -> str:
        return self.rules.item_name.format(cost_code=code.cost_code, cost_type=code.cost_type,
                                           project_number=self.project.number).rstrip(".-")

    def class_name(self, code: Code) -> str:
        """The class a person mapped the code with its type, the code or the type to; else as the rules name it."""
        return self.mapped("class", code.text, code.cost_code, code.cost_type) or self.rules.class_name.format(
            cost_code=code.cost_code, cost_type=code.cost_type, project_number=self.project.number).rstrip(".-")

    def before_start(self, requisition: Requisition) -> bool:
        if self.route.from_application is not None:
            return requisition.number < self.route.from_application
        dated = requisition.billing_date or requisition.period_end
        return self.route.start is not None and dated is not None and dated < self.route.start
