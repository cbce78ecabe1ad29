"""Payments and what they are applied to.

A document that is touched through a link gets a new SyncToken and LastUpdatedTime (qbo.md 4.4, 10.6, 12.3, 13.3).
"""
from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

from tieout.sandbox.quickbooks_online.accounts import settle_account
from tieout.sandbox.quickbooks_online.amounts import total_cents
from tieout.sandbox.quickbooks_online.company import Company, Record
from tieout.sandbox.quickbooks_online.postings import entries, owed, payable_side
from tieout.sandbox.quickbooks_online.refusals import MADE_INACTIVE, business, refuse
from tieout.sandbox.quickbooks_online.sales import settle_deposit_account
from tieout.sandbox.quickbooks_online.wire import cents, money

PAYMENTS = ("BillPayment", "Payment")
PARTY_KEY = {"BillPayment": "VendorRef", "Payment": "CustomerRef"}
NOT_PAYABLE = ("Purchase", "Check", "Expense", "CreditCardCharge", "CreditCardCredit", "CashPurchase")
TARGETS = {"BillPayment": {"Bill": "Bill", "VendorCredit": "VendorCredit", "JournalEntry": "JournalEntry",
                           "Deposit": "Deposit"},
           "Payment": {"Invoice": "Invoice", "CreditMemo": "CreditMemo", "JournalEntry": "JournalEntry",
                       "Deposit": "Deposit", "Expense": "Purchase", "Check": "Purchase",
                       "CreditCardCredit": "Purchase"}}


def settle_payment(company: Company, entity: str, body: dict[str, Any], old: Record | None) -> None:
    """Checks what a payment is applied to and how it is paid. Drops lines that link a purchase."""
    total = cents(body["TotalAmt"])
    if total < 0:
        raise business("The amount of a payment can't be negative.", "TotalAmt")
    if Decimal(body["TotalAmt"]) != money(total):
        raise refuse("2140", f"Invalid Amount : {body['TotalAmt']} has more than two decimals", "TotalAmt")
    dropped = NOT_PAYABLE if entity == "BillPayment" else ()
    body["Line"] = [line for line in body.get("Line", []) if line["LinkedTxn"][0].get("TxnType") not in dropped]
    charges = sum(_check_applied(company, entity, body, line, old) for line in body["Line"])
    if total < charges:
        raise business("The amount of the payment is less than the amounts it is applied to.", "TotalAmt")
    if entity == "BillPayment":
        _settle_paid_from(company, body, total)
    else:
        _settle_received(company, body)


def _check_applied(company: Company, entity: str, body: dict[str, Any], line: dict[str, Any],
                   old: Record | None) -> int:
    """Signed cents of one line: above zero for a bill or invoice, below for a credit."""
    link = line["LinkedTxn"][0]
    kind = TARGETS[entity].get(link.get("TxnType", ""))
    target = company.find(kind, link.get("TxnId", "")) if kind else None
    if kind is None:
        what = link.get("TxnType", "transaction without a type")
        raise refuse("620", f"A {what} can't be linked to a {entity}.", "LinkedTxn")
    if target is None:
        raise refuse("610", MADE_INACTIVE, "LinkedTxn")
    party = body[PARTY_KEY[entity]]["value"]
    # a job that was moved to another customer stays paid by the one who paid for it
    stays = old is not None and old.body[PARTY_KEY[entity]]["value"] == party and target.id in applications_of(old.body)
    may_pay = entity == "BillPayment" or stays or _may_pay(company, target, party)
    net = _side(company, entity, target, party) if may_pay else 0
    amount = Decimal(line["Amount"])
    if amount <= 0:
        raise refuse("2290", "Negative amounts are not supported on transaction lines.", "Amount")
    if amount != money(cents(amount)):
        raise refuse("2140", f"Invalid Amount : {amount} has more than two decimals", "Amount")
    if not net:
        raise refuse("620", f"Transaction {target.id} belongs to another "
                     f"{'vendor' if entity == 'BillPayment' else 'customer'} or has nothing to pay.", "LinkedTxn")
    others = sum(cents(other["Amount"]) for other in body["Line"]
                 if other is not line and other["LinkedTxn"][0].get("TxnId") == target.id)
    left = abs(net) - _applied_by(company, target, entity, party, but=old) - others
    if cents(amount) > left:
        raise business(f"You can't apply {amount} to a transaction with an open balance of {money(max(left, 0))}.",
                       "Amount")
    return cents(amount) if net > 0 else -cents(amount)


def _applied_by(company: Company, target: Record, entity: str, party: str, *, but: Record | None) -> int:
    """What payments of the same side have applied to a document; of an entry to several parties, this party's own."""
    by = {id_: in_cents for id_, in_cents in company.applied.get(target.id, {}).items() if but is None or id_ != but.id}
    if target.entity not in ("JournalEntry", "Deposit"):
        return sum(by.values())
    payments = company.records[entity]
    return sum(in_cents for id_, in_cents in by.items()
               if id_ in payments and payments[id_].body[PARTY_KEY[entity]]["value"] == party)


def _may_pay(company: Company, target: Record, payer: str) -> bool:
    """A customer pays its own documents and those of the jobs below it."""
    customer = target.body.get("CustomerRef", {}).get("value", payer)
    while customer != payer:
        above = company.records["Customer"][customer].body.get("ParentRef")
        if above is None:
            return False
        customer = above["value"]
    return True


def _side(company: Company, entity: str, target: Record, party: str) -> int:
    """Cents that the document is worth to a payment of this party."""
    return payable_side(company, target, party)[1] if entity == "BillPayment" else owed(company, target, party)[2]


def _settle_paid_from(company: Company, body: dict[str, Any], total: int) -> None:
    key, inner, fits = ("CheckPayment", "BankAccountRef", "Bank") if body["PayType"] == "Check" \
        else ("CreditCardPayment", "CCAccountRef", "Credit Card")
    body.pop("CreditCardPayment" if key == "CheckPayment" else "CheckPayment", None)
    account = body.get(key, {}).get(inner)
    if account is None and total:
        raise business("You must select a bank account for this payment." if fits == "Bank"
                       else "You must select a credit card account for this payment.", inner)
    if account is not None and company.account_type(account["value"]) != fits:
        raise refuse("6430", f"Invalid account type: You need to select a {fits} account.", inner)
    if key == "CheckPayment":
        body.setdefault(key, {}).setdefault("PrintStatus", "NotSet")
    if "APAccountRef" not in body and body["Line"]:      # that of the first document which is paid
        target = company.transaction(body["Line"][0]["LinkedTxn"][0]["TxnId"])
        assert target is not None, "checked before"
        body["APAccountRef"] = {"value": payable_side(company, target, body["VendorRef"]["value"])[0]}
    settle_account(company, body, "APAccountRef", "Accounts Payable")


def _settle_received(company: Company, body: dict[str, Any]) -> None:
    settle_deposit_account(company, body)
    settle_account(company, body, "ARAccountRef", "Accounts Receivable")


def applications_of(body: dict[str, Any]) -> dict[str, int]:
    """Document -> cents that a payment's lines apply to it."""
    found: dict[str, int] = {}
    for line in body.get("Line", []):
        target = line["LinkedTxn"][0]["TxnId"]
        found[target] = found.get(target, 0) + cents(line["Amount"])
    return found


def apply_payment(company: Company, record: Record, before: dict[str, int], wanted: dict[str, int], now: datetime, *,
                  but: str | None = None) -> None:
    """Moves what a payment is applied to, and touches every document that this changes, `but` for one."""
    for id_ in dict.fromkeys((*before, *wanted)):
        if before.get(id_) == wanted.get(id_):
            continue
        by = company.applied.setdefault(id_, {})
        if id_ in wanted:
            by[record.id] = wanted[id_]
        else:
            del by[record.id]
        if not by:
            del company.applied[id_]
        target_record = company.transaction(id_)
        if target_record is not None and id_ != but:
            company.touch(target_record, now)


def unapplied_cents(record: Record, company: Company) -> int:
    """What a payment holds beyond what it is applied to."""
    return total_cents(record.entity, record.body) - sum(
        signed for _, signed in _signed_lines(company, record, record.body.get("Line", [])))


def _signed_lines(company: Company, payment: Record,
                  lines: list[dict[str, Any]]) -> Iterator[tuple[dict[str, Any], int]]:
    """(line, cents): above zero for a bill or invoice, below for a credit."""
    party = payment.body[PARTY_KEY[payment.entity]]["value"]
    for line in lines:
        target = company.transaction(line["LinkedTxn"][0]["TxnId"])
        net = _side(company, payment.entity, target, party) if target else 0
        yield line, cents(line["Amount"]) * (-1 if net < 0 else 1)


def shrink_applied(company: Company, target: Record, total: int, now: datetime) -> None:
    """A bill or invoice that falls below what was paid leaves the excess unapplied on the latest payments."""
    excess = company.applied_cents(target.id) - total
    for payment_id in reversed(list(company.applied.get(target.id, {}))):
        if excess <= 0:
            return
        payment = company.transaction(payment_id)
        assert payment is not None, "an applied payment exists"
        before = applications_of(payment.body)
        kept, left = _cut(payment.body["Line"], excess, target.id)
        freed, excess = excess - left, left
        signed = list(_signed_lines(company, payment, kept))
        over = min(freed, -sum(amount for _, amount in signed))
        for credit in reversed([line for line, amount in signed if amount < 0]):
            kept, over = _cut(kept, over, credit["LinkedTxn"][0]["TxnId"])      # the credit's own again
        payment.body = {**payment.body, "Line": kept}
        apply_payment(company, payment, before, applications_of(payment.body), now, but=target.id)
        company.touch(payment, now)
        company.post(payment, entries(company, payment))


def _cut(lines: list[dict[str, Any]], excess: int, target: str) -> tuple[list[dict[str, Any]], int]:
    """(the lines with up to `excess` cents less applied to a document, what is left of the excess)"""
    kept = []
    for line in lines:
        if line["LinkedTxn"][0]["TxnId"] == target and excess > 0:
            cut = min(excess, cents(line["Amount"]))
            excess -= cut
            line = {**line, "Amount": money(cents(line["Amount"]) - cut)}
        if line["Amount"]:
            kept.append(line)
    return kept, excess
