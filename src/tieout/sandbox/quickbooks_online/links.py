"""What documents do to one another: payments and the bills they pay, bills and the orders they receive.

A document that is touched through a link gets a new SyncToken and LastUpdatedTime (qbo.md 4.4, 10.6, 12).
"""
from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from tieout.sandbox.quickbooks_online.company import Company, Record
from tieout.sandbox.quickbooks_online.refusals import MADE_INACTIVE, business, refuse
from tieout.sandbox.quickbooks_online.transactions import (
    BY_ITEM,
    entries,
    payable_side,
    receivable_side,
    total_cents,
)
from tieout.sandbox.quickbooks_online.wire import cents, money

PAYMENTS = ("BillPayment", "Payment")
NOT_PAYABLE = ("Purchase", "Check", "Expense", "CreditCardCharge", "CreditCardCredit", "CashPurchase")
TARGETS = {"BillPayment": {"Bill": "Bill", "VendorCredit": "VendorCredit", "JournalEntry": "JournalEntry",
                           "Deposit": "Deposit"},
           "Payment": {"Invoice": "Invoice", "JournalEntry": "JournalEntry"}}
Receipts = dict[str, dict[str, tuple[Decimal, int]]]        # order -> its line -> quantity, cents


# -- payments ------------------------------------------------------------------------------------------------------


def settle_payment(company: Company, entity: str, body: dict[str, Any], old: Record | None) -> None:
    """Checks what a payment is applied to and how it is paid. Drops lines that link a purchase."""
    total = cents(body["TotalAmt"])
    if total < 0:
        raise business("The amount of a payment can't be negative.", "TotalAmt")
    if Decimal(body["TotalAmt"]) != money(total):
        raise refuse("2140", f"Invalid Amount : {body['TotalAmt']} has more than two decimals", "TotalAmt")
    body["Line"] = [line for line in body.get("Line", []) if line["LinkedTxn"][0].get("TxnType") not in NOT_PAYABLE]
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
        raise refuse("620", f"A {link.get('TxnType')} can't be linked to a {entity}.", "LinkedTxn")
    if target is None:
        raise refuse("610", MADE_INACTIVE, "LinkedTxn")
    party = body["VendorRef" if entity == "BillPayment" else "CustomerRef"]["value"]
    side = payable_side if entity == "BillPayment" else receivable_side
    _, net = side(company, target, party)
    if entity == "Payment" and not net:
        net = _paid_for_a_job(company, target, party)
    amount = Decimal(line["Amount"])
    if amount <= 0:
        raise refuse("2290", "Negative amounts are not supported on transaction lines.", "Amount")
    if amount != money(cents(amount)):
        raise refuse("2140", f"Invalid Amount : {amount} has more than two decimals", "Amount")
    if not net:
        raise refuse("620", f"Transaction {target.id} belongs to another "
                     f"{'vendor' if entity == 'BillPayment' else 'customer'} or has nothing to pay.", "LinkedTxn")
    others = sum(cents(other["Amount"]) for other in body["Line"]
                 if other is not line and other["LinkedTxn"][0]["TxnId"] == target.id)
    left = abs(net) - company.applied_cents(target.id, but=old.id if old else None) - others
    if cents(amount) > left:
        raise business(f"You can't apply {amount} to a transaction with an open balance of {money(max(left, 0))}.",
                       "Amount")
    return cents(amount) if net > 0 else -cents(amount)


def _paid_for_a_job(company: Company, target: Record, parent: str) -> int:
    """A customer may pay for the jobs below it."""
    owner = target.body.get("CustomerRef", {}).get("value")
    above = company.find("Customer", owner) if owner else None
    while above is not None and (up := above.body.get("ParentRef")):
        if up["value"] == parent:
            return receivable_side(company, target, str(owner))[1]
        above = company.find("Customer", up["value"])
    return 0


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
    if "APAccountRef" not in body:
        for line in body["Line"]:
            target = company.transaction(line["LinkedTxn"][0]["TxnId"])
            assert target is not None, "checked before"
            body["APAccountRef"] = {"value": payable_side(company, target, body["VendorRef"]["value"])[0]}
            break
        else:
            payable = company.account_of_type("Accounts Payable")
            assert payable is not None, "a company has an A/P account"
            body["APAccountRef"] = {"value": payable.id}


def _settle_received(company: Company, body: dict[str, Any]) -> None:
    for key, kind, subtype in (("DepositToAccountRef", "Other Current Asset", "UndepositedFunds"),
                               ("ARAccountRef", "Accounts Receivable", "")):
        if key not in body:
            account = company.account_of_type(kind, subtype)
            if account is None:
                raise business("You must select an account for this transaction.", key)
            body[key] = {"value": account.id}


def applications_of(body: dict[str, Any]) -> dict[str, int]:
    """Document -> cents that a payment's lines apply to it."""
    found: dict[str, int] = {}
    for line in body.get("Line", []):
        target = line["LinkedTxn"][0]["TxnId"]
        found[target] = found.get(target, 0) + cents(line["Amount"])
    return found


def apply_payment(company: Company, record: Record, before: dict[str, int], wanted: dict[str, int],
                  now: datetime) -> None:
    """Moves what a payment is applied to, and touches every document that this changes."""
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
        if target_record is not None:
            company.touch(target_record, now)


def unapplied_cents(record: Record, company: Company) -> int:
    """What a payment holds beyond what it is applied to."""
    left = total_cents(record.entity, record.body)
    party = record.body["VendorRef" if record.entity == "BillPayment" else "CustomerRef"]["value"]
    side = payable_side if record.entity == "BillPayment" else receivable_side
    for line in record.body.get("Line", []):
        target = company.transaction(line["LinkedTxn"][0]["TxnId"])
        net = side(company, target, party)[1] if target else 0
        left -= cents(line["Amount"]) * (-1 if net < 0 else 1)
    return left


def shrink_applied(company: Company, target: Record, total: int, now: datetime) -> None:
    """A bill that falls below what was paid leaves the excess unapplied on the latest payments."""
    excess = company.applied_cents(target.id) - total
    for payment_id in reversed(list(company.applied.get(target.id, {}))):
        if excess <= 0:
            return
        payment = company.transaction(payment_id)
        assert payment is not None, "an applied payment exists"
        kept = []
        for line in payment.body["Line"]:
            if line["LinkedTxn"][0]["TxnId"] == target.id and excess > 0:
                cut = min(excess, cents(line["Amount"]))
                excess -= cut
                line = {**line, "Amount": money(cents(line["Amount"]) - cut)}
            if line["Amount"]:
                kept.append(line)
        payment.body = {**payment.body, "Line": kept}
        left = sum(cents(line["Amount"]) for line in kept if line["LinkedTxn"][0]["TxnId"] == target.id)
        by = company.applied[target.id]
        if left:
            by[payment_id] = left
        else:
            del by[payment_id]
        company.touch(payment, now)
        company.post(payment, entries(company, payment))
    if not company.applied.get(target.id, True):
        del company.applied[target.id]


# -- purchase orders -----------------------------------------------------------------------------------------------


def settle_order_links(company: Company, body: dict[str, Any], old: Record | None) -> None:
    """Keeps the links of a bill to order lines that hold; drops the others, or refuses with 620 when not lenient."""
    header = [link for link in body.pop("LinkedTxn", []) if link.get("TxnType") == "PurchaseOrder"]
    named = {link.get("TxnId") for link in header}
    used: list[str] = []
    for line in body["Line"]:
        links = [link for link in line.pop("LinkedTxn", []) if link.get("TxnType") == "PurchaseOrder"]
        for link in links[:1]:
            why = _why_not(company, body, line, link, named, old)
            if why is None:
                line["LinkedTxn"] = [{"TxnId": link["TxnId"], "TxnType": "PurchaseOrder",
                                      "TxnLineId": link["TxnLineId"]}]
                used.append(link["TxnId"])
            elif not company.lenient_links:
                raise refuse("620", why, "LinkedTxn")
    if not company.lenient_links and (extra := named - set(used)):
        raise refuse("620", f"No line is linked to purchase order {sorted(map(str, extra))[0]}.", "LinkedTxn")
    if used:
        body["LinkedTxn"] = [{"TxnId": id_, "TxnType": "PurchaseOrder"} for id_ in dict.fromkeys(used)]


def _why_not(company: Company, body: dict[str, Any], line: dict[str, Any], link: dict[str, str],
             named: set[str | None], old: Record | None) -> str | None:
    """Why a line can't be linked to an order's line; None if it can."""
    order = company.find("PurchaseOrder", link.get("TxnId", ""))
    if order is None or link.get("TxnId") not in named:
        return f"Purchase order {link.get('TxnId')} does not exist or is not linked in the header."
    if order.body["VendorRef"]["value"] != body["VendorRef"]["value"]:
        return f"Purchase order {order.id} belongs to another vendor."
    target = next((row for row in order.body["Line"] if row["Id"] == link.get("TxnLineId")), None)
    if target is None:
        return f"Purchase order {order.id} has no line {link.get('TxnLineId')}."
    if line["DetailType"] != target["DetailType"]:
        return f"The line's kind differs from line {target['Id']} of purchase order {order.id}."
    if line["DetailType"] == BY_ITEM \
            and line[BY_ITEM].get("ItemRef", {}).get("value") != target[BY_ITEM].get("ItemRef", {}).get("value"):
        return f"The line's item differs from line {target['Id']} of purchase order {order.id}."
    before = _line_of(old, line.get("Id"))
    if before is not None:
        held = before.get("LinkedTxn", [{}])[0]
        same = (held.get("TxnId"), held.get("TxnLineId")) == (link["TxnId"], link["TxnLineId"])
        return None if same else "A line that exists can't be linked; send it as a new line."
    own = old.id if old is not None else None
    if _closed_for(company, order, own):
        return f"Purchase order {order.id} is closed."
    if line_is_done(company, order, target, but=own):
        return f"Line {target['Id']} of purchase order {order.id} is fully received."
    return None


def _line_of(record: Record | None, line_id: str | None) -> dict[str, Any] | None:
    if record is None or line_id is None:
        return None
    return next((line for line in record.body["Line"] if line["Id"] == line_id), None)


def received(company: Company, order: Record, line_id: str, *, but: str | None = None) -> tuple[Decimal, int]:
    """(quantity, cents) that bills have drawn on one order line."""
    quantity, amount = Decimal(0), 0
    for bill, (units, in_cents) in company.received.get(order.id, {}).get(line_id, {}).items():
        if bill != but:
            quantity, amount = quantity + units, amount + in_cents
    return quantity, amount


def line_is_done(company: Company, order: Record, line: dict[str, Any], *, but: str | None = None) -> bool:
    """By quantity for an item line, by amount for an account line."""
    quantity, amount = received(company, order, line["Id"], but=but)
    if line["DetailType"] == BY_ITEM:
        return quantity >= Decimal(line[BY_ITEM].get("Qty", 0))
    return amount >= cents(line["Amount"])


def _closed_for(company: Company, order: Record, but: str | None) -> bool:
    if order.closed is not None:
        return order.closed
    return all(line_is_done(company, order, line, but=but) for line in order.body["Line"])


def order_is_closed(company: Company, order: Record) -> bool:
    return _closed_for(company, order, None)


def receipts_of(body: dict[str, Any]) -> Receipts:
    found: Receipts = {}
    for line in body.get("Line", []):
        for link in line.get("LinkedTxn", []):
            if link.get("TxnType") != "PurchaseOrder":
                continue
            by_line = found.setdefault(link["TxnId"], {})
            quantity, amount = by_line.get(link["TxnLineId"], (Decimal(0), 0))
            units = Decimal(line.get(BY_ITEM, {}).get("Qty", 0))
            by_line[link["TxnLineId"]] = quantity + units, amount + cents(line["Amount"])
    return found


def receive(company: Company, bill: Record, before: Receipts, after: Receipts, now: datetime) -> None:
    """Moves what a bill has drawn on orders, and touches the orders that this changes."""
    for order_id in dict.fromkeys((*before, *after)):
        if before.get(order_id) == after.get(order_id):
            continue
        lines = company.received.setdefault(order_id, {})
        for line_id in before.get(order_id, {}):
            lines.get(line_id, {}).pop(bill.id, None)
        for line_id, drawn in after.get(order_id, {}).items():
            lines.setdefault(line_id, {})[bill.id] = drawn
        order = company.find("PurchaseOrder", order_id)
        if order is not None:
            company.touch(order, now)


def bills_of(company: Company, order: Record) -> list[str]:
    """Ids of the bills linked to an order, in the order they were linked."""
    found = (bill for by_bill in company.received.get(order.id, {}).values() for bill in by_bill)
    return list(dict.fromkeys(found))


def drop_links_to(company: Company, order: Record, gone: set[str], now: datetime) -> None:
    """Order lines that no longer exist take their links with them."""
    for line_id in gone:
        for bill_id in company.received.get(order.id, {}).pop(line_id, {}):
            bill = company.find("Bill", bill_id)
            assert bill is not None, "a receipt names a bill that exists"
            for line in bill.body["Line"]:
                line["LinkedTxn"] = [link for link in line.get("LinkedTxn", [])
                                     if (link["TxnId"], link["TxnLineId"]) != (order.id, line_id)]
                if not line["LinkedTxn"]:
                    del line["LinkedTxn"]
            still = {link["TxnId"] for line in bill.body["Line"] for link in line.get("LinkedTxn", [])}
            bill.body["LinkedTxn"] = [link for link in bill.body.get("LinkedTxn", []) if link["TxnId"] in still]
            company.touch(bill, now)


# -- deposits ------------------------------------------------------------------------------------------------------


def settle_deposit(company: Company, body: dict[str, Any], old: Record | None) -> None:
    for line in body["Line"]:
        for link in line.get("LinkedTxn", []):
            payment = company.find("Payment", link.get("TxnId", "")) if link.get("TxnType") == "Payment" else None
            if payment is None:
                raise refuse("620", f"{link.get('TxnType')} {link.get('TxnId')} can't be deposited.", "LinkedTxn")
            holder = company.deposited.get(payment.id)
            if holder is not None and (old is None or holder != old.id):
                raise refuse("620", f"Payment {payment.id} is deposited already.", "LinkedTxn")
            if cents(line["Amount"]) != cents(payment.body["TotalAmt"]):
                raise business("A payment is deposited with its whole amount.", "Amount")
            link.setdefault("TxnLineId", "0")


def deposited_by(body: dict[str, Any]) -> set[str]:
    return {link["TxnId"] for line in body.get("Line", []) for link in line.get("LinkedTxn", [])}


def deposit(company: Company, record: Record, held: set[str], wanted: set[str], now: datetime) -> None:
    for payment_id in sorted(wanted ^ held, key=int):
        if payment_id in wanted:
            company.deposited[payment_id] = record.id
        else:
            del company.deposited[payment_id]
        payment = company.find("Payment", payment_id)
        if payment is not None:
            company.touch(payment, now)
