"""The rules of transactions: required keys, closed books, and which form is settled where (qbo.md 12 and 13)."""
from __future__ import annotations

from typing import Any

from tieout.sandbox.quickbooks_online import taxes
from tieout.sandbox.quickbooks_online.amounts import MOVES, due_cents
from tieout.sandbox.quickbooks_online.banking import (
    settle_card_payment,
    settle_deposit,
    settle_journal,
    settle_transfer,
)
from tieout.sandbox.quickbooks_online.company import NON_POSTING, Company, Record
from tieout.sandbox.quickbooks_online.numbering import number
from tieout.sandbox.quickbooks_online.purchases import BY_ACCOUNT, EXPENSE_FORMS, settle_expense_form
from tieout.sandbox.quickbooks_online.refusals import Wrong, business, refuse
from tieout.sandbox.quickbooks_online.sales import SALES_FORMS, settle_sales_form
from tieout.sandbox.quickbooks_online.time_sheets import settle_time

REQUIRED: dict[str, tuple[str, ...]] = {
    "PurchaseOrder": ("VendorRef", "Line"), "Bill": ("VendorRef", "Line"), "VendorCredit": ("VendorRef", "Line"),
    "BillPayment": ("VendorRef", "TotalAmt", "PayType", "Line"), "Purchase": ("PaymentType", "AccountRef", "Line"),
    "JournalEntry": ("Line",), "Invoice": ("CustomerRef", "Line"), "Payment": ("CustomerRef", "TotalAmt"),
    "Deposit": ("DepositToAccountRef", "Line"), "Estimate": ("CustomerRef", "Line"),
    "CreditMemo": ("CustomerRef", "Line"), "SalesReceipt": ("CustomerRef", "Line"),
    "RefundReceipt": ("CustomerRef", "DepositToAccountRef", "Line"),
    "ChangeOrder": ("ProjectRef", "CustomerRef", "LinkedTxn", "Line"),
    "Transfer": ("FromAccountRef", "ToAccountRef", "Amount"),
    "CreditCardPaymentTxn": ("CreditCardAccountRef", "BankAccountRef", "Amount"), "TimeActivity": ("NameOf",)}
REPEATED_IN_SPARSE: dict[str, tuple[str, ...]] = {
    "Bill": ("VendorRef",), "VendorCredit": ("VendorRef",), "BillPayment": ("VendorRef",),
    "Purchase": ("PaymentType",), "Payment": ("CustomerRef", "TotalAmt"),
    "ChangeOrder": ("ProjectRef", "CustomerRef", "LinkedTxn")}
WITHOUT_AMOUNT = ("DescriptionOnly", "SubTotalLineDetail", "DiscountLineDetail")


def check_feature(company: Company, entity: str) -> None:
    """What the company does not have is refused before anything is asked of the document."""
    if entity == "ChangeOrder" and not company.profile.change_orders:
        raise refuse("5030", "Feature Not Supported : Change orders are not available in this company.")


def missing(entity: str, body: dict[str, Any], sent: dict[str, Any], *, sparse: bool) -> list[Wrong]:
    """Every required key that is not there, those of the lines too."""
    absent = [key for key in REQUIRED[entity] if body.get(key) in (None, "", [])]
    if sparse:
        absent += [key for key in REPEATED_IN_SPARSE.get(entity, ()) if key not in sent and key not in absent]
    if sparse and entity == "Invoice" and "Line" in sent and "CustomerRef" not in sent:
        absent.append("CustomerRef")
    for line in body.get("Line", []):
        if "Amount" not in line and line.get("DetailType") not in WITHOUT_AMOUNT:
            absent.append("Amount")
        if entity in ("BillPayment", "Payment"):
            absent += [] if line.get("LinkedTxn") else ["LinkedTxn"]
        elif entity == "Deposit" and line.get("LinkedTxn"):
            continue
        elif not line.get("DetailType"):
            absent.append("DetailType")
        elif line["DetailType"] == BY_ACCOUNT and not line.get(BY_ACCOUNT, {}).get("AccountRef"):
            absent.append("AccountRef")
    if sparse and entity == "ChangeOrder" and {"ProjectRef", "CustomerRef"} & set(absent):
        return [Wrong("9349", "ProjectRef and CustomerRef are required to update a change order.", "ProjectRef")]
    return [Wrong("2020", f"Required parameter {key} is missing in the request", key)
            for key in dict.fromkeys(absent)]


def settle(company: Company, entity: str, body: dict[str, Any], old: Record | None, today: str,
           options: frozenset[str]) -> dict[str, Any]:
    """The body as it will be stored, with defaults and computed totals, or a refusal. Changes nothing."""
    if entity == "PurchaseOrder" and company.profile.edition == "Essentials":
        raise refuse("5020", "Permission Denied Error : Purchase orders are not available in this edition.")
    body.setdefault("TxnDate", today)
    sent_tax = body.pop("TxnTaxDetail", None) or {}
    if entity in EXPENSE_FORMS:
        settle_expense_form(company, entity, body, old)
    elif entity in SALES_FORMS:
        settle_sales_form(company, entity, body)
    elif entity == "JournalEntry":
        settle_journal(company, body)
    elif entity == "Deposit":
        settle_deposit(company, body)
    elif entity == "Transfer":
        settle_transfer(company, body)
    elif entity == "CreditCardPaymentTxn":
        settle_card_payment(company, body)
    elif entity == "TimeActivity":
        settle_time(company, body, old)
    if entity in taxes.TAXED:
        taxes.settle(company, entity, body, sent_tax)
    if entity not in MOVES and due_cents(entity, body) < 0:
        raise business("The total amount of a transaction can't be negative.", "TotalAmt")
    number(company, entity, body, old, options)
    return body


def check_open_period(company: Company, entity: str, *days: str) -> None:
    """No posting document may be entered, changed or deleted whose old or new date is closed; orders are exempt."""
    through = company.closed_through
    if through is None or entity in NON_POSTING or all(day > through.isoformat() for day in days):
        return
    if company.closing_password:
        raise refuse("6210", "The account period has closed and the account books cannot be updated through the QBO "
                     "Services API. Please use the QBO website to make these changes.")
    raise refuse("6200", "The account period has closed and the account books cannot be updated through this date. "
                 f"The books are closed through {through.isoformat()}.")
