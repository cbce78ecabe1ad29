"""Arithmetic of lines and totals, and the checks that purchase and sales forms share (qbo.md 10.4, 10.5)."""
from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from tieout.sandbox.quickbooks_online.company import Company, Record
from tieout.sandbox.quickbooks_online.refusals import refuse
from tieout.sandbox.quickbooks_online.wire import cents, plain, rounded

MOVES = ("Transfer", "CreditCardPaymentTxn", "ReimburseCharge")     # they have one amount and no lines


def total_cents(entity: str, body: dict[str, Any]) -> int:
    """What TotalAmt shows, tax included; a journal entry has none."""
    if entity in ("BillPayment", "Payment"):
        return cents(body["TotalAmt"])
    if entity in ("JournalEntry", "TimeActivity"):
        return 0
    if entity in MOVES:
        return cents(body["Amount"])
    sum_ = sum(signed_cents(line) for line in body["Line"]) + tax_cents(body)
    return sum_ - cents(body["CashBack"].get("Amount", 0)) if body.get("CashBack") else sum_


def tax_cents(body: dict[str, Any]) -> int:
    """The tax that a settled body was computed to have."""
    detail = body.get("TxnTaxDetail")
    return cents(detail["TotalTax"]) if detail else 0


def due_cents(entity: str, body: dict[str, Any]) -> int:
    """The total less what the customer paid on the invoice itself."""
    return total_cents(entity, body) - cents(body.get("Deposit", 0))


def signed_cents(line: dict[str, Any]) -> int:
    amount = cents(line.get("Amount", 0))
    return -amount if line.get("DetailType") == "DiscountLineDetail" else amount


def check_amount(line: dict[str, Any]) -> None:
    amount = Decimal(line["Amount"])
    if amount != rounded(amount):
        raise refuse("2140", f"Invalid Amount : {amount} has more than two decimals", "Amount")


def check_product(line: dict[str, Any], detail: dict[str, Any]) -> None:
    """round(Qty x UnitPrice, 2) must be the amount; what was left out is derived.

    Both zero is both left out: python-quickbooks sends zeros for what its user does not set, and the real service
    takes that.
    """
    amount = Decimal(line["Amount"])
    quantity, price = detail.get("Qty"), detail.get("UnitPrice")
    if quantity == 0 and price == 0:
        quantity = price = None
    if quantity is None:
        quantity = Decimal(1)
    if price is None:
        price = plain((amount / quantity).quantize(Decimal("0.0000000001"))) if quantity else Decimal(0)
    if rounded(Decimal(quantity) * Decimal(price)) != amount:
        raise refuse("6070", f"Amount is not equal to UnitPrice * Qty. Supplied value:{amount}", "Amount")
    detail["Qty"], detail["UnitPrice"] = quantity, price


def check_not_category(item: Record) -> None:
    if item.body["Type"] == "Category":
        raise refuse("2500", "Invalid Reference Id : An item in this transaction is set up as a category instead of "
                     "a product or service.", "ItemRef")


def due_date(company: Company, body: dict[str, Any]) -> str:
    """TxnDate plus the days of the term; or the day of the month the term names; or TxnDate."""
    day = date.fromisoformat(body["TxnDate"])
    term_ref = body.get("SalesTermRef")
    term = company.find("Term", term_ref["value"]) if term_ref else None
    if term is None:
        return day.isoformat()
    if "DayOfMonthDue" not in term.body:
        return (day + timedelta(days=int(term.body.get("DueDays", 0)))).isoformat()
    due = _on_day(day, int(term.body["DayOfMonthDue"]))
    if due < day or (due - day).days < int(term.body.get("DueNextMonthDays", 0)):
        due = _on_day(due.replace(day=1) + timedelta(days=31), int(term.body["DayOfMonthDue"]))
    return due.isoformat()


def _on_day(month: date, day: int) -> date:
    return month.replace(day=min(day, monthrange(month.year, month.month)[1]))
