"""Sales forms: estimates, change orders, invoices, credit memos and receipts (qbo.md 13.1 to 13.4, 14.3)."""
from __future__ import annotations

from decimal import Decimal
from typing import Any

from tieout.sandbox.quickbooks_online.amounts import (
    check_amount,
    check_not_category,
    check_product,
    due_date,
)
from tieout.sandbox.quickbooks_online.company import Company
from tieout.sandbox.quickbooks_online.refusals import business, refuse
from tieout.sandbox.quickbooks_online.wire import rounded

SALES_FORMS = ("Invoice", "Estimate", "ChangeOrder", "CreditMemo", "SalesReceipt", "RefundReceipt")
RECEIPTS = ("SalesReceipt", "RefundReceipt")
TAKEN_BACK = ("CreditMemo", "RefundReceipt")          # they post the other way round


def settle_sales_form(company: Company, entity: str, body: dict[str, Any]) -> None:
    body["Line"] = [line for line in body["Line"] if line["DetailType"] != "SubTotalLineDetail"]
    for line in body["Line"]:
        if line["DetailType"] == "SalesItemLineDetail":
            check_amount(line)
            _settle_sales_line(company, line)
        elif line["DetailType"] == "DescriptionOnly":
            line.pop("Amount", None)
    _settle_discount(company, body)
    if not any(line["DetailType"] == "SalesItemLineDetail" for line in body["Line"]):
        raise refuse("2250", "A sales form needs at least one line with a product or service.", "Line")
    if body.get("EmailStatus") == "NeedToSend" and not body.get("BillEmail", {}).get("Address"):
        raise refuse("6420", "An e-mail address is required.", "BillEmail")
    if entity in ("Estimate", "ChangeOrder"):
        body.setdefault("TxnStatus", "Pending")
    elif entity == "Invoice":
        body.setdefault("DueDate", due_date(company, body))
        _settle_prepaid(company, body)
    elif entity in RECEIPTS:
        settle_deposit_account(company, body)


def _settle_sales_line(company: Company, line: dict[str, Any]) -> None:
    detail = line.setdefault("SalesItemLineDetail", {})
    if "ItemRef" not in detail:
        raise refuse("6440", "Each line with an amount needs a product or service.", "ItemRef")
    item = company.records["Item"][detail["ItemRef"]["value"]]
    check_not_category(item)
    if "IncomeAccountRef" not in item.body:
        raise business("You must select an account for this transaction.", "ItemRef")
    if "Qty" in detail or "UnitPrice" in detail:
        check_product(line, detail)


def _settle_discount(company: Company, body: dict[str, Any]) -> None:
    """One discount to a form; a percentage is of what the form sells."""
    discounts = [line for line in body["Line"] if line["DetailType"] == "DiscountLineDetail"]
    if len(discounts) > 1:
        raise business("A form can have one discount.", "DiscountLineDetail")
    for line in discounts:
        detail = line.setdefault("DiscountLineDetail", {})
        percent = detail.get("DiscountPercent")
        if detail.get("PercentBased") and percent is not None:
            sold = sum((Decimal(sale["Amount"]) for sale in body["Line"]
                        if sale["DetailType"] == "SalesItemLineDetail"), Decimal(0))
            line["Amount"] = rounded(sold * Decimal(percent) / 100)
        elif "Amount" not in line or detail.get("PercentBased"):
            raise refuse("6090", "A discount needs an amount or a percentage.", "DiscountLineDetail")
        check_amount(line)
        if "DiscountAccountRef" not in detail:
            account = company.account_of_type("Income", "DiscountsRefundsGiven")
            if account is None:
                raise business("You must select an account for this transaction.", "DiscountAccountRef")
            detail["DiscountAccountRef"] = {"value": account.id}


def settle_deposit_account(company: Company, body: dict[str, Any]) -> None:
    """Where money goes or comes from: a bank account, or what is waiting to be deposited."""
    if "DepositToAccountRef" not in body:
        account = company.account_of_type("Other Current Asset", "UndepositedFunds")
        if account is None:
            raise business("You must select an account for this transaction.", "DepositToAccountRef")
        body["DepositToAccountRef"] = {"value": account.id}
    elif company.account_type(body["DepositToAccountRef"]["value"]) not in ("Bank", "Other Current Asset"):
        raise refuse("6430", "Invalid account type: You need to select a Bank or Other Current Asset account.",
                     "DepositToAccountRef")


def _settle_prepaid(company: Company, body: dict[str, Any]) -> None:
    """What the customer paid on the invoice itself (`Deposit`)."""
    if not body.get("Deposit"):
        body.pop("Deposit", None)
        return
    check_amount({"Amount": body["Deposit"]})
    if body["Deposit"] < 0:
        raise refuse("2290", "Negative amounts are not supported here.", "Deposit")
    settle_deposit_account(company, body)
