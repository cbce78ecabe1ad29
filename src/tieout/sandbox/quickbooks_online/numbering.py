"""Document numbers: who gives them, and who may not share one (qbo.md 4.7)."""
from __future__ import annotations

from typing import Any

from tieout.sandbox.quickbooks_online.company import Company, Record
from tieout.sandbox.quickbooks_online.preferences import (
    PURCHASE_NUMBERS,
    SALES_NUMBERS,
    WARN_CHECK,
    WARN_JOURNAL,
    prefers,
)
from tieout.sandbox.quickbooks_online.refusals import refuse

SOLD = ("Invoice", "SalesReceipt", "Estimate", "CreditMemo", "RefundReceipt")
BOUGHT = ("PurchaseOrder", "VendorCredit", "Purchase")
AUTOMATIC_NUMBERS = (*BOUGHT, *SOLD)
ON_REQUEST = ("Invoice", "Estimate", "SalesReceipt")        # AUTO_GENERATE as the number asks for one
UNNUMBERED = ("Payment", "Deposit", "Transfer", "CreditCardPaymentTxn", "TimeActivity")


def number_family(entity: str, body: dict[str, Any]) -> str | None:
    """Documents of one family may not share a number. Checks and bill payments by check are one family."""
    if entity == "Purchase":
        return "Check" if body["PaymentType"] == "Check" else None
    if entity == "BillPayment":
        return "Check" if body["PayType"] == "Check" else "BillPaymentCreditCard"
    return None if entity in UNNUMBERED else entity


def number(company: Company, entity: str, body: dict[str, Any], old: Record | None, options: frozenset[str]) -> None:
    given_here = (entity in BOUGHT and not prefers(company, PURCHASE_NUMBERS)) \
        or (entity in SOLD and not prefers(company, SALES_NUMBERS)) \
        or (entity in ON_REQUEST and body.get("DocNumber") == "AUTO_GENERATE")
    if given_here:
        body.pop("DocNumber", None)
        if old is not None and "DocNumber" in old.body:
            body["DocNumber"] = old.body["DocNumber"]
        else:
            body["DocNumber"] = str(1001 + company.next_number[entity])
        return
    if not body.get("DocNumber"):
        body.pop("DocNumber", None)
        if entity == "JournalEntry" and "allowautodocnum" in options:
            body["DocNumber"] = str(1 + company.next_number[entity])
        return
    family = number_family(entity, body)
    if family is None or "allowduplicatedocnum" in options or not _warns(company, entity, family):
        return
    for id_, kind in company.numbers.get((family, body["DocNumber"]), {}).items():
        if old is None or id_ != old.id:
            raise refuse("6140", "Duplicate Document Number Error : You must specify a different number. This number "
                         f"has already been used. DocNumber={body['DocNumber']} is assigned to TxnType={kind} with "
                         f"TxnId={id_}", "DocNumber")


def _warns(company: Company, entity: str, family: str) -> bool:
    """Whether a number used twice is refused."""
    if entity == "JournalEntry":
        return bool(prefers(company, WARN_JOURNAL))
    if family == "Check":
        return bool(prefers(company, WARN_CHECK))
    return entity != "Bill" or company.profile.warn_duplicate_bills


def link_type(record: Record) -> str:
    """What a LinkedTxn to this document is called."""
    if record.entity == "BillPayment":
        return "BillPaymentCheck"                   # shown for card payments too
    if record.entity == "Purchase":
        if record.body["PaymentType"] == "CreditCard":
            return "CreditCardCredit" if record.body.get("Credit") else "CreditCardCharge"
        return "Check" if record.body["PaymentType"] == "Check" else "Expense"
    return record.entity
