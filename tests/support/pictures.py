"""A small town for tests of core: one project on both sides, said in few words, and an office that never errs.

    town = Town()
    sc = town.subcontract("SC-1", vendor="Acme", lines={"03-300.S": "10000.00"})
    app = town.application(sc, work={"03-300.S": "1000.00"}, held={"03-300.S": "100.00"})
    town.sync()                                   # plans and enters until there is nothing to do
    town.pay("Acme", {town.bill_of(app): "900.00"})
    town.tie_out().total("paid")

Ids are the numbers people know where there is one. Amounts are text. Everything can be put out of order afterwards:
`town.books.bills[...] = replace(...)`.
"""
from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from itertools import count
from types import MappingProxyType
from typing import Any

from tieout.core import essence, tieout
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
    JournalLine,
    Line,
    PaidDocument,
    PurchaseOrder,
    Vendor,
)
from tieout.core.construction import (
    ChangeOrder,
    ChangeOrderLine,
    Code,
    Commitment,
    CommitmentLine,
    Company,
    PaymentIssued,
    Project,
    Requisition,
    RequisitionLine,
)
from tieout.core.drafts import BillDraft, ItemDraft, JobDraft, LineDraft, OrderDraft, PaymentDraft, VendorDraft
from tieout.core.flows.registry import WAVES
from tieout.core.money import ZERO, Money, money, rounded
from tieout.core.picture import Link, Lists, Picture, Route, Said, Slot
from tieout.core.plan import Intent, Present, plan
from tieout.core.rules import PostingRules

CHART = (
    Account(id="10", number="1000", name="Checking", type="Bank"),
    Account(id="20", number="2000", name="Accounts payable", type="Accounts Payable"),
    Account(id="25", number="2050", name="Retainage payable", type="Other Current Liability"),
    Account(id="40", number="4000", name="Construction income", type="Income"),
    Account(id="51", number="5100", name="Subcontractors", type="Cost of Goods Sold"),
    Account(id="52", number="5200", name="Materials", type="Cost of Goods Sold"),
    Account(id="60", number="6000", name="Office", type="Expense"),
)
RULES = PostingRules(retainage_held="2050", retainage_released="2050", markup_code="01-990.O")
MAPPINGS = {"cost_type": {"s": "5100", "m": "5200", "o": "5100"}}
BILL_FLOW, PAYMENT_FLOW = "subcontractor_invoice_to_bill", "bill_payment_to_payment_issued"
ORDER_FLOW = "commitment_to_purchase_order"
Amounts = Mapping[str, str]
NOTHING: Amounts = MappingProxyType({})


@dataclass
class Field:
    """Procore."""

    companies: dict[str, Company] = field(default_factory=dict)
    commitments: dict[str, Commitment] = field(default_factory=dict)
    change_orders: dict[str, ChangeOrder] = field(default_factory=dict)
    requisitions: dict[str, Requisition] = field(default_factory=dict)
    payments: dict[str, PaymentIssued] = field(default_factory=dict)


@dataclass
class Ledger:
    """QuickBooks."""

    company: BooksCompany = field(default_factory=lambda: BooksCompany(name="Maple"))
    accounts: dict[str, Account] = field(default_factory=lambda: {a.id: a for a in CHART})
    vendors: dict[str, Vendor] = field(default_factory=dict)
    customers: dict[str, Customer] = field(
        default_factory=lambda: {"c1": Customer(id="c1", name="Oak Health", full_name="Oak Health")})
    items: dict[str, Item] = field(default_factory=dict)
    classes: dict[str, Class] = field(default_factory=dict)
    orders: dict[str, PurchaseOrder] = field(default_factory=dict)
    bills: dict[str, Bill] = field(default_factory=dict)
    payments: dict[str, BillPayment] = field(default_factory=dict)
    journals: dict[str, JournalEntry] = field(default_factory=dict)
    expenses: dict[str, Expense] = field(default_factory=dict)


class Town:
    def __init__(self, *, rules: PostingRules = RULES, start: date | None = date(2026, 1, 1), number: str = "24-017",
                 from_application: int | None = None) -> None:
        self.rules, self.ids = rules, count(1)
        self.route = Route(number=number, customer="Oak Health", start=start, from_application=from_application)
        self.project = Project(id=f"p{number}", number=number, name="Clinic")
        self.field, self.books = Field(), Ledger()
        self.links: dict[Slot, Link] = {}
        self.said: dict[tuple[str, str], Said] = {}
        self.mappings: dict[str, dict[str, str]] = {kind: dict(rows) for kind, rows in MAPPINGS.items()}
        self.beside: list[Town] = []                         # other projects of the pair, kept in the same books

    def new_id(self, prefix: str) -> str:
        return f"{prefix}{next(self.ids)}"

    # --- the field -------------------------------------------------------------------------------------------------

    def subcontract(self, number: str, *, vendor: str, lines: Amounts | Iterable[tuple[str, str]], **more: Any) -> str:
        """Lines are code -> amount, or (code, amount) pairs where a code comes twice. Returns the commitment's id."""
        self.field.companies.setdefault(f"co {vendor}", Company(id=f"co {vendor}", name=vendor))
        pairs = list(lines.items()) if isinstance(lines, Mapping) else list(lines)
        rows = tuple(CommitmentLine(id=f"{number}/{i}", code=code(text), description=f"Work {text}",
                                    amount=money(amount)) for i, (text, amount) in enumerate(pairs, 1))
        facts: dict[str, Any] = {"kind": "subcontract", "status": "Approved", "dated": date(2026, 1, 5),
                                 "revised": sum((row.amount for row in rows), ZERO), "title": number} | more
        self.field.commitments[number] = Commitment(
            id=number, project=self.project.id, number=number, company=f"co {vendor}", company_name=vendor, lines=rows,
            **facts)
        return number

    def change_order(self, commitment: str, lines: Amounts, *, markup: str = "0", status: str = "approved") -> str:
        key = f"{commitment}/CO{sum(c.commitment == commitment for c in self.field.change_orders.values()) + 1}"
        rows = [ChangeOrderLine(id=f"{key}/{i}", code=code(text), description="Change", amount=money(amount))
                for i, (text, amount) in enumerate(lines.items(), 1)]
        if money(markup):
            rows.append(ChangeOrderLine(id=f"{key}/markup", code=Code(cost_code="", cost_type=""), description="Markup",
                                        amount=money(markup), markup=True))
        total = sum((row.amount for row in rows), ZERO)
        self.field.change_orders[key] = ChangeOrder(
            id=key, project=self.project.id, commitment=commitment, number=key.rsplit("CO", 1)[1], title="Change",
            status=status, dated=date(2026, 2, 1), lines=tuple(rows), total=total)
        if status == "approved":
            held = self.field.commitments[commitment]
            self.field.commitments[commitment] = replace(held, revised=held.revised + total)
        return key

    def application(self, commitment: str, *, work: Amounts = NOTHING, held: Amounts = NOTHING,
                    released: Amounts = NOTHING, dated: date = date(2026, 2, 28), status: str = "approved",
                    invoice: str = "", tax: str = "0") -> str:
        """`work` and `held` are movements by code or line id; levels are carried on. Returns the id, like SC-1#2."""
        chain = self.applications_of(commitment)
        before = chain[-1] if chain else None
        number = len(chain) + 1
        levels = {line.source: line for line in before.lines} if before else {}
        moves = [{self._line(commitment, key): money(amount) for key, amount in table.items()}
                 for table in (work, held, released)]
        lines = tuple(self._billed(source, text, levels.get(source), *(table.get(source, ZERO) for table in moves))
                      for source, text in self._schedule(commitment).items())
        completed, retained = sum((x.completed for x in lines), ZERO), sum((x.retained for x in lines), ZERO)
        key = f"{commitment}#{number}"
        net = completed - retained - ((before.completed - before.retained) if before else ZERO)
        self.field.requisitions[key] = Requisition(
            id=key, project=self.project.id, commitment=commitment, number=number, status=status,
            invoice_number=invoice or f"{commitment}-{number}", previous=before.id if before else "",
            billing_date=dated, period_start=None, period_end=dated, payment_date=None, lines=lines,
            completed=completed, retained=retained, due_now=net + money(tax), tax=money(tax))
        return key

    def applications_of(self, commitment: str) -> list[Requisition]:
        found = (r for r in self.field.requisitions.values() if r.commitment == commitment)
        return sorted(found, key=lambda r: r.number)

    def _schedule(self, commitment: str) -> dict[str, Code]:
        found = {line.id: line.code for line in self.field.commitments[commitment].lines}
        for change in self.field.change_orders.values():
            if change.commitment == commitment and change.status == "approved":
                found |= {line.id: line.code for line in change.lines if not line.markup}
        return found

    def _line(self, commitment: str, key: str) -> str:
        schedule = self._schedule(commitment)
        return key if key in schedule else next(line for line, text in schedule.items() if text.text == key)

    def _billed(self, source: str, text: Code, before: RequisitionLine | None, work: Money, held: Money,
                released: Money) -> RequisitionLine:
        return RequisitionLine(
            id=self.new_id("ri"), source=source, code=text, description=f"Work {text.text}", work_this_period=work,
            completed=(before.completed if before else ZERO) + work, released=released,
            retained=(before.retained if before else ZERO) + held - released)

    def set_status(self, key: str, status: str) -> None:
        """Of a commitment or an application."""
        if key in self.field.commitments:
            self.field.commitments[key] = replace(self.field.commitments[key], status=status)
        else:
            self.field.requisitions[key] = replace(self.field.requisitions[key], status=status)

    def payment_issued(self, application: str, amount: str, *, dated: date = date(2026, 3, 20)) -> str:
        """Typed in Procore by hand."""
        key, paid = self.new_id("pi"), self.field.requisitions[application]
        self.field.payments[key] = PaymentIssued(id=key, project=self.project.id, commitment=paid.commitment,
                                                 requisition=application, amount=money(amount), dated=dated)
        return key

    # --- the books -------------------------------------------------------------------------------------------------

    @property
    def job(self) -> str:
        return self.picture().job.id

    def vendor(self, name: str) -> str:
        """The vendor's id; made where QuickBooks has none of that name."""
        for held in self.books.vendors.values():
            if held.name == name:
                return held.id
        key = self.new_id("v")
        self.books.vendors[key] = Vendor(id=key, name=name)
        return key

    def bill(self, vendor: str, lines: Amounts, *, number: str = "", dated: date = date(2026, 3, 10), job: bool = True,
             credit: bool = False) -> str:
        """Typed by hand: account number -> amount, on the job. A credit's amounts are given below zero."""
        rows = tuple(self._typed(account, amount, job) for account, amount in lines.items())
        key, total = self.new_id("b"), sum((row.amount for row in rows), ZERO)
        self.books.bills[key] = Bill(id=key, version="0", vendor=self.vendor(vendor), number=number or key, dated=dated,
                                     due=None, lines=rows, total=total, balance=total, credit=credit)
        return key

    def expense(self, vendor: str, lines: Amounts, *, dated: date = date(2026, 3, 10)) -> str:
        rows = tuple(self._typed(account, amount, True) for account, amount in lines.items())
        key = self.new_id("x")
        self.books.expenses[key] = Expense(id=key, version="0", vendor=self.vendor(vendor), number=key, dated=dated,
                                           lines=rows, total=sum((row.amount for row in rows), ZERO), paid_from="10")
        return key

    def _typed(self, account: str, amount: str, job: bool) -> Line:
        return Line(id=self.new_id("l"), amount=money(amount), account=self.account(account),
                    job=self.job if job else "")

    def account(self, number: str) -> str:
        return next(a.id for a in self.books.accounts.values() if a.number == number)

    def journal(self, *lines: tuple[str, str, str, bool], dated: date = date(2026, 3, 31)) -> str:
        """Lines are (account number, debit, vendor or "", on the job)."""
        key = self.new_id("j")
        self.books.journals[key] = JournalEntry(id=key, version="0", number=key, dated=dated, lines=tuple(
            JournalLine(id=f"{key}/{i}", account=self.account(account), amount=money(amount),
                        vendor=self.vendor(vendor) if vendor else "", job=self.job if job else "")
            for i, (account, amount, vendor, job) in enumerate(lines)))
        return key

    def pay(self, vendor: str, bills: Amounts, *, credits: Amounts = NOTHING, extra: str = "0", number: str = "",
            dated: date = date(2026, 3, 20)) -> str:
        """Bill id -> amount; credits lower the cash, `extra` is paid beyond the bills."""
        key = self.new_id("pay")
        documents = tuple(PaidDocument(kind=kind, id=one, amount=money(amount))
                          for kind, table in (("bill", bills), ("vendor_credit", credits))
                          for one, amount in table.items())
        cash = sum((money(a) for a in bills.values()), ZERO) - sum((money(a) for a in credits.values()), ZERO)
        self.books.payments[key] = BillPayment(id=key, version="0", vendor=self.vendor(vendor), number=number or key,
                                               dated=dated, total=cash + money(extra), documents=documents)
        self._settle(key, -1)
        return key

    def void(self, payment: str) -> None:
        self._settle(payment, 1)
        held = self.books.payments[payment]
        self.books.payments[payment] = replace(held, total=ZERO, documents=(), voided=True)

    def delete_payment(self, payment: str) -> None:
        self._settle(payment, 1)
        del self.books.payments[payment]

    def _settle(self, payment: str, sign: int) -> None:
        for used in self.books.payments[payment].documents:
            bill = self.books.bills[used.id]
            amount = used.amount if used.kind == "bill" else -used.amount
            self.books.bills[used.id] = replace(bill, balance=bill.balance + sign * amount)

    def edit_bill(self, bill: str, factor: str = "2") -> None:
        """Somebody changes the first line's amount after it was posted."""
        held = self.books.bills[bill]
        more = rounded(held.lines[0].amount * (Decimal(factor) - 1))
        first = replace(held.lines[0], amount=held.lines[0].amount + more)
        self.books.bills[bill] = replace(held, lines=(first, *held.lines[1:]), total=held.total + more,
                                         balance=held.balance + more)

    # --- the office that never errs --------------------------------------------------------------------------------

    def picture(self) -> Picture:
        books = self.books
        lists = Lists(books=books.company, accounts=books.accounts, vendors=books.vendors, customers=books.customers,
                      items=books.items, companies=self.field.companies, classes=books.classes)
        return Picture(
            rules=self.rules, lists=lists, route=self.route, project=self.project, links=dict(self.links),
            commitments=dict(self.field.commitments), change_orders=dict(self.field.change_orders),
            requisitions=dict(self.field.requisitions), payments_issued=dict(self.field.payments),
            orders=dict(books.orders), bills=dict(books.bills), bill_payments=dict(books.payments),
            journals=dict(books.journals), expenses=dict(books.expenses), mappings=self.mappings, said=dict(self.said),
            linked_elsewhere={place: commitment for other in self.beside
                              for place, commitment in other.commitment_of_bills().items()},
            jobs_elsewhere=frozenset(link.target for other in self.beside for slot, link in other.links.items()
                                     if slot.flow == "project_to_job"))

    def commitment_of_bills(self) -> dict[tuple[str, str], str]:
        return {(link.target_kind, link.target): self.field.requisitions[slot.key].commitment
                for slot, link in self.links.items() if slot.flow == BILL_FLOW and slot.key in self.field.requisitions}

    def present(self) -> Present:
        books = self.books
        held: dict[tuple[str, str], object] = {}
        for kind, table in (("vendor", books.vendors), ("customer", books.customers), ("item", books.items),
                            ("purchase_order", books.orders), ("payment_issued", self.field.payments)):
            held |= {(kind, key): record for key, record in table.items()}
        held |= {("vendor_credit" if bill.credit else "bill", key): bill for key, bill in books.bills.items()}
        return Present(held=held, refusals={})

    def intents(self) -> tuple[Intent, ...]:
        return tuple(plan(self.picture(), self.present()))

    def intent(self, flow: str, key: str) -> Intent:
        return next(i for i in self.intents() if i.wish.slot == Slot(flow=flow, key=key))

    def sync(self, most: int = 40) -> int:
        """Plan and enter, the first wave that has work at a time, until nothing is left. Returns the writes."""
        writes = 0
        for _ in range(most):
            ready = [i for i in self.intents() if i.act == "settle" or (i.writes and not i.missing)]
            if not ready:
                return writes
            settles = [i for i in ready if i.act == "settle"]
            first = min((WAVES.index(i.wave) for i in ready if i.writes), default=0)
            for intent in settles or [i for i in ready if WAVES.index(i.wave) == first]:
                self._do(intent)
                writes += intent.writes
        raise AssertionError(f"after {most} rounds there was still something to do: {ready[0]}")

    def _do(self, intent: Intent) -> None:
        slot, held = intent.wish.slot, self.present().held.get((intent.kind, intent.target))
        known: dict[str, str] = dict(self.links[slot].parts) if slot in self.links else {}
        if intent.act == "reverse":
            self._table(intent.kind).pop(intent.target)
            del self.links[slot]
            return
        target = intent.target
        if intent.act in ("enter", "correct"):
            target = target or self.new_id(intent.kind[:2])
            held = self._made(intent, target, held)
            self._table(intent.kind)[target] = held
        if held is None:
            self.links[slot] = Link(target_kind="", target="", wanted="", held="")
            return
        parts: dict[str, str] = {}
        if isinstance(intent.draft, OrderDraft | BillDraft) and isinstance(held, PurchaseOrder | Bill):
            parts = essence.parts(intent.draft.lines, held.lines, known)
        natural = intent.wish.natural
        if isinstance(intent.draft, BillDraft) and natural and natural != intent.draft.dated:
            parts |= {"natural": natural.isoformat(), "entered": intent.draft.dated.isoformat()}
        if isinstance(intent.draft, OrderDraft | BillDraft):
            parts |= {"rules": self.rules.coding}
        wanted = essence.of_draft(intent.draft) if intent.draft else essence.of_held(held)
        self.links[slot] = Link(target_kind=intent.kind, target=target, wanted=wanted, held=essence.of_held(held),
                                parts=parts, generation=intent.generation)

    def _table(self, kind: str) -> dict[str, Any]:
        books = self.books
        tables: dict[str, dict[str, Any]] = {
            "vendor": books.vendors, "customer": books.customers, "item": books.items, "purchase_order": books.orders,
            "bill": books.bills, "vendor_credit": books.bills, "payment_issued": self.field.payments}
        return tables[kind]

    def _made(self, intent: Intent, key: str, held: object) -> object:
        match intent.draft:
            case VendorDraft() as draft:
                return Vendor(id=key, name=draft.name)
            case JobDraft() as draft:
                return Customer(id=key, name=draft.name, full_name=f"{draft.customer.name}:{draft.name}",
                                parent=draft.customer.id)
            case ItemDraft() as draft:
                return Item(id=key, name=draft.name, type="Service", expense_account=draft.expense.id)
            case OrderDraft() as draft:
                return PurchaseOrder(id=key, version="0", vendor=draft.vendor.id, number=draft.number,
                                     dated=draft.dated, lines=self._entered(draft.lines, key), total=draft.total)
            case BillDraft() as draft:
                paid = held.total - held.balance if isinstance(held, Bill) else ZERO
                return Bill(id=key, version="0", vendor=draft.vendor.id, number=draft.number, dated=draft.dated,
                            due=draft.due, lines=self._entered(draft.lines, key), total=draft.total,
                            balance=draft.total - paid, credit=draft.credit)
            case PaymentDraft() as draft:
                return PaymentIssued(id=key, project=draft.project.id, commitment=draft.commitment.id,
                                     requisition=draft.invoice.id, amount=draft.amount, dated=draft.dated,
                                     check_number=draft.check_number, origin=intent.wish.slot.key)
        raise AssertionError(f"nothing to enter: {intent}")

    def _entered(self, drafts: Iterable[LineDraft], document: str) -> tuple[Line, ...]:
        """An order's line that was entered before keeps its id; a bill's line names the order line it draws on."""
        lines = []
        for n, draft in enumerate(drafts, 1):
            item = draft.coding.id if draft.coding.kind == "item" else ""
            kept = draft.order_line if draft.order is None else ""
            lines.append(Line(
                id=kept or f"{document}.{n}", amount=draft.amount, item=item, account="" if item else draft.coding.id,
                job=draft.job.id, quantity=draft.quantity, rate=draft.rate, description=draft.description,
                class_=draft.class_.id if draft.class_ else "", order=draft.order.id if draft.order else "",
                order_line=draft.order_line if draft.order else ""))
        return tuple(lines)

    def bill_of(self, application: str) -> str:
        """The id of the bill or credit that stands for an application."""
        return self.links[Slot(flow=BILL_FLOW, key=application)].target

    def order_of(self, commitment: str) -> str:
        return self.links[Slot(flow=ORDER_FLOW, key=commitment)].target

    # --- the two beside each other ---------------------------------------------------------------------------------

    def entries(self, as_of: date | None = None) -> tuple[tieout.Entry, ...]:
        return tieout.entries(self.picture(), self.intents(), as_of)

    def tie_out(self, as_of: date | None = None) -> tieout.TieOut:
        return tieout.tie_out(self.entries(as_of), checks=tieout.checks(self.picture(), self.intents()), as_of=as_of)


def code(text: str) -> Code:
    cost_code, _, cost_type = text.rpartition(".")
    return Code(cost_code=cost_code or cost_type, cost_type=cost_type if cost_code else "")
