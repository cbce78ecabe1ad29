"""Expense forms: purchase orders, bills, vendor credits and purchases (qbo.md 12)."""
from __future__ import annotations

from decimal import Decimal
from typing import Any

from tieout.sandbox.quickbooks_online import people
from tieout.sandbox.quickbooks_online.accounts import settle_account
from tieout.sandbox.quickbooks_online.amounts import check_amount, check_not_category, check_product, due_date
from tieout.sandbox.quickbooks_online.company import Company, Record
from tieout.sandbox.quickbooks_online.preferences import BILLABLE_EXPENSES, prefers
from tieout.sandbox.quickbooks_online.refusals import business, refuse
from tieout.sandbox.quickbooks_online.wire import cents

EXPENSE_FORMS = ("PurchaseOrder", "Bill", "VendorCredit", "Purchase")
BY_ITEM, BY_ACCOUNT = "ItemBasedExpenseLineDetail", "AccountBasedExpenseLineDetail"


def settle_expense_form(company: Company, entity: str, body: dict[str, Any], old: Record | None) -> None:
    for line in body["Line"]:
        check_amount(line)
        _settle_expense_line(company, entity, line, old)
    if entity == "Purchase":
        _settle_purchase(company, body)
        return
    settle_account(company, body, "APAccountRef", "Accounts Payable")
    if entity == "Bill":
        body.setdefault("DueDate", due_date(company, body))
    if body.get("EmailStatus") == "NeedToSend" and not body.get("POEmail", {}).get("Address"):
        raise refuse("6420", "An e-mail address is required.", "POEmail")


def _settle_expense_line(company: Company, entity: str, line: dict[str, Any], old: Record | None) -> None:
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
    _settle_billable(company, entity, line, detail, old)


def _settle_billable(company: Company, entity: str, line: dict[str, Any], detail: dict[str, Any],
                     old: Record | None) -> None:
    """What an invoice has billed stays as it was; HasBeenBilled is only ever its doing."""
    status = detail.get("BillableStatus")
    before = billed_line(company, old, line.get("Id")) if old is not None else None
    if before is not None:
        if status == "NotBillable" or cents(line["Amount"]) != cents(before["Amount"]) \
                or detail.get("CustomerRef") != before[before["DetailType"]].get("CustomerRef"):
            raise refuse("6400", "The line has been billed to a customer; take it off the invoice first.", "Line")
        detail["BillableStatus"] = "Billable"
        return
    if status == "HasBeenBilled":
        raise refuse("2170", "Invalid Enumeration : HasBeenBilled", "BillableStatus")
    if status == "Billable" and "CustomerRef" not in detail:
        raise refuse("6560", "A billable line needs a customer.", "CustomerRef")
    if entity == "PurchaseOrder" or not prefers(company, BILLABLE_EXPENSES):
        detail["BillableStatus"] = "NotBillable"
    elif status is None:
        billable = "CustomerRef" in detail and company.customer_means_billable
        detail["BillableStatus"] = "Billable" if billable else "NotBillable"


def billed_line(company: Company, record: Record, line_id: str | None) -> dict[str, Any] | None:
    """The stored line, if an invoice has billed it."""
    charge = company.charges.get(record.id, {}).get(line_id or "")
    if charge is None or ("ReimburseCharge", charge) not in company.billed:
        return None
    return next(line for line in record.body["Line"] if line["Id"] == line_id)


def _settle_purchase(company: Company, body: dict[str, Any]) -> None:
    if "EntityRef" in body:
        body["EntityRef"] = people.with_kind(company, body["EntityRef"])
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
