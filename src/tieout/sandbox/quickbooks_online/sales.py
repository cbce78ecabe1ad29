"""Sales forms (qbo.md 13)."""
from __future__ import annotations

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


def settle_invoice(company: Company, body: dict[str, Any]) -> None:
    body["Line"] = [line for line in body["Line"] if line["DetailType"] != "SubTotalLineDetail"]
    for line in body["Line"]:
        if line["DetailType"] == "DescriptionOnly":
            line.pop("Amount", None)
            continue
        check_amount(line)
        if line["DetailType"] == "SalesItemLineDetail":
            _settle_sales_line(company, line)
        elif "DiscountAccountRef" not in line.get("DiscountLineDetail", {}):
            raise business("You must select an account for this transaction.", "DiscountAccountRef")
    if not any(line["DetailType"] == "SalesItemLineDetail" for line in body["Line"]):
        raise refuse("2250", "An invoice needs at least one line.", "Line")
    if total_cents("Invoice", body) < 0:
        raise business("The total amount of a transaction can't be negative.", "TotalAmt")
    if body.get("EmailStatus") == "NeedToSend" and not body.get("BillEmail"):
        raise business("An e-mail address is required.", "BillEmail")
    body.setdefault("DueDate", due_date(company, body))


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
