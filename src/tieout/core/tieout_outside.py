"""What QuickBooks holds outside the projects: nobody asks for it by a project, and it must not hide for that.

    job not linked: <job>   orders, cost and retainage on a job that no project is linked to; a row for each job
    unassigned              retainage that names no job; payments and credits that settle nothing

Cost lines that name no customer are overhead, and no job cost. A document stands here by its lines: one that is partly
on a project's job is counted there with those, and here with the rest.
"""
from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from datetime import date

from tieout.core import retainage
from tieout.core.books import Bill, BillPayment, Expense, JournalEntry, JournalLine, Line, PurchaseOrder
from tieout.core.flows import bill_payment_to_payment_issued as payments
from tieout.core.flows.cost_code_to_item import COST_TYPES
from tieout.core.money import ZERO
from tieout.core.picture import Picture
from tieout.core.tieout_table import CHANGED, NOT_LINKED, NOT_MAPPED, ONLY_IN_QUICKBOOKS, UNASSIGNED, Entry

JOB_NOT_LINKED = "the job is not linked to a project"
MOVED_AWAY = "its line is not on the project's job"
BY_HAND = "entered in QuickBooks by hand"


def role_of(picture: Picture, accounts: Collection[str], item: str, account: str) -> str:
    """What a line is: "retained", "cost", or neither. One whose account cannot be told counts as cost."""
    landing = retainage.landing_account(picture, item, account)
    if landing and landing.id in accounts:
        return "retained"
    return "cost" if landing is None or landing.type in COST_TYPES else ""


def entries_outside(some: Picture, jobs: Collection[str], open_credits: Collection[str], as_of: date | None = None,
                    ) -> Iterator[Entry]:
    """Of some of the pair's QuickBooks documents, what no project counts.

    some          the documents, of no project, with the links of those that stand for something in a routed one
    jobs          ids of the jobs that the routed projects are linked to
    open_credits  ids of the credits that a project counts in what is open
    """
    def counts(dated: date) -> bool:
        return as_of is None or dated <= as_of

    for order in some.orders.values() if as_of is None else ():
        base = _base(some, "purchase_order", order, f"Purchase order {order.number} of {_vendor(some, order.vendor)}")
        for line in order.lines:
            if line.job and line.job not in jobs:
                yield replace(_on_job(some, base, line.job), figure="committed", code=_code(some, line),
                              amount=line.amount, line=line.id)
    for bill in filter(lambda bill: counts(bill.dated), some.bills.values()):
        kind, word = ("vendor_credit", "Credit") if bill.credit else ("bill", "Bill")
        base = _base(some, kind, bill, f"{word} {bill.number or bill.id} of {_vendor(some, bill.vendor)}")
        yield from _lines(some, jobs, base, bill.lines)
        if bill.credit and not base.slot and bill.id not in open_credits and as_of is None:
            yield replace(base, figure="unapplied", amount=-bill.balance, class_=ONLY_IN_QUICKBOOKS,
                          why="a credit that is not used yet")
    for expense in filter(lambda expense: counts(expense.dated), some.expenses.values()):
        title = f"Expense {expense.number or expense.id} to {_vendor(some, expense.vendor)}"
        yield from _lines(some, jobs, _base(some, "expense", expense, title), expense.lines)
    for journal in filter(lambda journal: counts(journal.dated), some.journals.values()):
        base = _base(some, "journal_entry", journal, f"Journal entry {journal.number}")
        for entry in journal.lines:
            yield from _lines(some, jobs, replace(base, vendor=_vendor(some, entry.vendor)), (entry,))
    for payment in filter(lambda payment: counts(payment.dated), some.bill_payments.values()):
        title = f"Payment {payments.check_number(payment)} to {_vendor(some, payment.vendor)}"
        yield replace(_base(some, "bill_payment", payment, title), figure="unapplied",
                      amount=payments.unapplied(payment), why="paid more than the bills it settles" if payment.documents
                      else "a payment that names no bill")


def _base(some: Picture, kind: str, document: PurchaseOrder | Bill | Expense | JournalEntry | BillPayment, title: str,
          ) -> Entry:
    slot = some.slot_of_target.get((kind, document.id))
    vendor = "" if isinstance(document, JournalEntry) else document.vendor
    return Entry(side="quickbooks", figure="", project=UNASSIGNED, vendor=_vendor(some, vendor), amount=ZERO,
                 document=("quickbooks", kind, document.id), title=title, dated=document.dated,
                 class_=CHANGED if slot else ONLY_IN_QUICKBOOKS, why=MOVED_AWAY if slot else BY_HAND,
                 flow=slot.flow if slot else "", slot=slot.key if slot else "")


def _lines(some: Picture, jobs: Collection[str], base: Entry, lines: Iterable[Line | JournalLine]) -> Iterator[Entry]:
    """Cost and retainage on jobs that are not linked, and retainage that names no job."""
    accounts = retainage.accounts(some)
    for line in lines:
        item = line.item if isinstance(line, Line) else ""
        role = role_of(some, accounts, item, line.account)
        if line.job in jobs or not role:
            continue
        if role == "retained":
            place = _on_job(some, base, line.job) if line.job else base
            yield replace(place, figure="retained", amount=-line.amount, line=line.id)
        elif line.job:
            code = _code(some, line) if isinstance(line, Line) else ""
            yield replace(_on_job(some, base, line.job), figure="billed" if base.slot else "direct_cost", code=code,
                          amount=line.amount, line=line.id)


def _on_job(some: Picture, base: Entry, job: str) -> Entry:
    held = some.lists.customers.get(job)
    place = replace(base, project=f"{NOT_LINKED}{held.full_name if held else job}")
    return place if base.slot else replace(place, class_=NOT_MAPPED, why=JOB_NOT_LINKED)


def _vendor(some: Picture, vendor: str) -> str:
    held = some.lists.vendors.get(vendor)
    return held.name if held else vendor or UNASSIGNED


def _code(some: Picture, line: Line) -> str:
    """Its item's name; the accounts of a job that is not linked tell no code."""
    item = some.lists.items.get(line.item)
    return item.name if item else ""
