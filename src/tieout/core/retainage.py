"""Retainage payable as QuickBooks holds it: who is still owed what, by its own account lines. [A134 A136 A140]"""
from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from tieout.core.books import Account, Bill, Expense, JournalEntry
from tieout.core.drafts import Ref
from tieout.core.flows.cost_code_to_item import account_ref
from tieout.core.money import ZERO, Money, shown
from tieout.core.names import squeezed
from tieout.core.picture import Picture
from tieout.core.problems import Problem, account_not_found, account_type_wrong

LIABILITIES = ("Other Current Liability", "Long Term Liability")


@dataclass(frozen=True, slots=True, kw_only=True)
class Coding:
    """What codes a retainage line, and the liability account it lands on."""

    coding: Ref
    account: Ref


def coding(picture: Picture, text: str, role: str) -> Coding | Problem:
    """The account or item that the rules name, of a type that can hold retainage."""
    if account := picture.lists.account(text):
        if account.type not in LIABILITIES:
            return account_type_wrong(text, role, account.type, "an other current liability")
        return Coding(coding=account_ref(account), account=account_ref(account))
    item = picture.lists.item_by_name.get(squeezed(text))
    landing = picture.lists.accounts.get(item.expense_account) if item else None
    if item is None or landing is None:
        return account_not_found(text, role)
    if landing.type not in LIABILITIES:
        where = f"{text} (posts to {landing.label})"
        return account_type_wrong(where, role, landing.type, "an other current liability")
    return Coding(coding=Ref(kind="item", name=item.name, id=item.id), account=account_ref(landing))


def accounts(picture: Picture) -> frozenset[str]:
    """Ids of the retainage payable accounts that the rules name; empty while none is set."""
    found = set()
    for text in (picture.rules.retainage_held, picture.rules.retainage_released):
        one = coding(picture, text, "retainage account") if text else None
        if isinstance(one, Coding):
            found.add(one.account.id)
    return frozenset(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """One line on a retainage account. `amount` is credit positive: held is above zero, released below."""

    kind: str
    document: str
    vendor: str
    job: str
    amount: Money


def landing_account(picture: Picture, item: str, account: str) -> Account | None:
    """Where a line posts: its account, or its item's expense account."""
    if account:
        return picture.lists.accounts.get(account)
    held = picture.lists.items.get(item)
    return picture.lists.accounts.get(held.expense_account) if held else None


def split(picture: Picture, bill: Bill) -> tuple[Money, Money]:
    """(gross, retainage held less released) of a bill by its own lines."""
    wanted = accounts(picture)
    landings = [(landing_account(picture, line.item, line.account), line.amount) for line in bill.lines]
    kept = -sum((amount for landing, amount in landings if landing and landing.id in wanted), ZERO)
    return bill.total + kept, kept + ZERO


def movements(picture: Picture) -> Iterator[Movement]:
    """Every line on the retainage accounts in the documents of this picture, whoever entered it."""
    wanted = accounts(picture)
    if not wanted:
        return
    for bill in picture.bills.values():
        for line in bill.lines:
            landing = landing_account(picture, line.item, line.account)
            if landing and landing.id in wanted:
                kind = "vendor_credit" if bill.credit else "bill"
                yield Movement(kind=kind, document=bill.id, vendor=bill.vendor, job=line.job, amount=-line.amount)
    for expense in picture.expenses.values():
        for line in expense.lines:
            landing = landing_account(picture, line.item, line.account)
            if landing and landing.id in wanted:
                yield Movement(kind="expense", document=expense.id, vendor=expense.vendor, job=line.job,
                               amount=-line.amount)
    for journal in picture.journals.values():
        for entry in journal.lines:
            if entry.account in wanted:
                yield Movement(kind="journal_entry", document=journal.id, vendor=entry.vendor, job=entry.job,
                               amount=-entry.amount)


def held_for(picture: Picture, vendor: str, without: Collection[tuple[str, str]] = ()) -> Money:
    """What QuickBooks still holds of this vendor on this job; `without` are documents (kind, id) not to be counted.

    A line that names the vendor but no job, or the job but no vendor (a journal line names only one), counts when it
    lowers the balance: a release that somebody typed must not be paid twice.
    """
    total = ZERO
    for move in movements(picture):
        whole = move.vendor == vendor and move.job == picture.job.id
        partly = (move.vendor == vendor and not move.job) or (move.job == picture.job.id and not move.vendor)
        if (move.kind, move.document) in without:
            continue
        if whole or (partly and move.amount < 0):
            total += move.amount
    return total


def released_by_hand(picture: Picture, vendor: str) -> tuple[str, ...]:
    """What lowered the balance of this vendor on this job, or could have, and stands for no application."""
    found = []
    for move in movements(picture):
        named = move.vendor == vendor and move.job in ("", picture.job.id)
        if move.amount < 0 and (named or (not move.vendor and move.job == picture.job.id)) \
                and (move.kind, move.document) not in picture.slot_of_target:
            found.append(f"{_called(picture, move)}, {shown(-move.amount)}")
    return tuple(found)


def _called(picture: Picture, move: Movement) -> str:
    tables: dict[str, Mapping[str, Bill | Expense | JournalEntry]] = {
        "bill": picture.bills, "vendor_credit": picture.bills, "expense": picture.expenses,
        "journal_entry": picture.journals}
    document = tables[move.kind][move.document]
    return f"{move.kind.replace('_', ' ')} {document.number} of {document.dated.isoformat()}"
