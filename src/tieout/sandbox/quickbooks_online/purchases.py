"""Expense forms: purchase orders, bills, vendor credits and purchases (qbo.md 12)."""
from __future__ import annotations

from decimal import Decimal
from typing import Any

from tieout.sandbox.quickbooks_online.amounts import (
    check_amount,
    check_not_category,
    check_product,
    due_date,
    total_cents,
)
from tieout.sandbox.quickbooks_online.company import Company
from tieout.sandbox.quickbooks_online.refusals import business, refuse

EXPENSE_FORMS = ("PurchaseOrder", "Bill", "VendorCredit", "Purchase")
BY_ITEM, BY_ACCOUNT = "ItemBasedExpenseLineDetail", "AccountBasedExpenseLineDetail"


def settle_expense_form(company: Company, entity: str, body: dict[str, Any]) -> None:
    for line in body["Line"]:
        check_amount(line)
        _settle_expense_line(company, entity, line)
    if total_cents(entity, body) < 0:
        raise business("The total amount of a transaction can't be negative.", "TotalAmt")
    if entity == "Purchase":
        _settle_purchase(company, body)
        return
    if "APAccountRef" not in body:
        payable = company.account_of_type("Accounts Payable")
        if payable is None:
            raise business("You must select an account for this transaction.", "APAccountRef")
        body["APAccountRef"] = {"value": payable.id}
    elif company.account_type(body["APAccountRef"]["value"]) != "Accounts Payable":
        raise refuse("6430", "Invalid account type: You need to select an Accounts Payable account.", "APAccountRef")
    if entity == "Bill":
        body.setdefault("DueDate", due_date(company, body))


def _settle_expense_line(company: Company, entity: str, line: dict[str, Any]) -> None:
    kind = line["DetailType"]
    detail = line.setdefault(kind, {})
    for other in (BY_ITEM, BY_ACCOUNT):
        if other != kind:
            line.pop(other, None)
    if kind == BY_ACCOUNT:
        if company.account_type(detail["AccountRef"]["value"]) in ("Accounts Payable", "Accounts Receivable"):
            raise refuse("6430", "Invalid account type: You need to select a different type of account.", "AccountRef")
    elif "ItemRef" not in detail:
        line["Amount"] = Decimal(0)          # a line without an item is text: its amount counts for nothing
    else:
        item = company.records["Item"][detail["ItemRef"]["value"]]
        check_not_category(item)
        if "ExpenseAccountRef" not in item.body:
            raise business("You must select an account for this transaction.", "ItemRef")
        check_product(line, detail)
    _settle_billable(company, entity, detail)


def _settle_billable(company: Company, entity: str, detail: dict[str, Any]) -> None:
    status = detail.get("BillableStatus")
    if status == "HasBeenBilled":
        raise refuse("2170", "Invalid Enumeration : HasBeenBilled", "BillableStatus")
    if status == "Billable" and "CustomerRef" not in detail:
        raise refuse("6560", "A billable line needs a customer.", "CustomerRef")
    if entity == "PurchaseOrder":
        detail["BillableStatus"] = "NotBillable"
    elif status is None:
        billable = "CustomerRef" in detail and company.customer_means_billable
        detail["BillableStatus"] = "Billable" if billable else "NotBillable"


def _settle_purchase(company: Company, body: dict[str, Any]) -> None:
    kind = company.account_type(body["AccountRef"]["value"])
    fits = {"CreditCard": ("Credit Card",), "Check": ("Bank",), "Cash": ("Bank", "Other Current Asset")}
    if kind not in fits[body["PaymentType"]]:
        raise refuse("6430", f"Invalid account type: a {body['PaymentType']} purchase is paid from a "
                     f"{' or '.join(fits[body['PaymentType']])} account.", "AccountRef")
    if body.get("Credit") and body["PaymentType"] != "CreditCard":
        raise business("Only a credit card purchase can be a credit.", "Credit")
    body.setdefault("Credit", False)
    if body["PaymentType"] == "Check":
        body.setdefault("PrintStatus", "NotSet")
