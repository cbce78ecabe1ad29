"""What a new customer owes, or a new vendor is owed, from before: its opening balance (qbo.md 11.4, 11.5, trap 35).

It becomes an invoice or a bill against Opening Balance Equity. An invoice needs something that is sold, so the first
one makes an item of its own, whose income account is Opening Balance Equity.
"""
from __future__ import annotations

from decimal import Decimal
from typing import Any

from tieout.sandbox.quickbooks_online.amounts import check_amount
from tieout.sandbox.quickbooks_online.company import Company, Record
from tieout.sandbox.quickbooks_online.refusals import business, refuse
from tieout.sandbox.quickbooks_online.transactions import check_open_period

DOCUMENT = {"Customer": "Invoice", "Vendor": "Bill"}
ITEM = "Opening Balance"


def take(company: Company, entity: str, body: dict[str, Any], old: Record | None, today: str) -> dict[str, Any] | None:
    """The document that a new name's opening balance becomes, still without the name; takes the keys out of the body.

    On an update the keys mean nothing: a client sends back the balance that it has read.
    """
    amount, day = body.pop("Balance", None), body.pop("OpenBalanceDate", today)
    if old is not None or entity not in DOCUMENT or not amount:
        return None
    line = {"Amount": Decimal(amount), "Description": ITEM}
    check_amount(line)
    if amount < 0:
        raise business("An opening balance can't be negative.", "Balance")
    if body.get("Active") is False:
        raise business("An inactive name can't have an opening balance.", "Active")
    if body.get("CurrencyRef", {}).get("value", company.profile.currency) != company.profile.currency:
        raise refuse("5030", "Feature Not Supported Error : the sandbox plays documents in "
                     f"{company.profile.currency} only.", "CurrencyRef")
    check_open_period(company, DOCUMENT[entity], day)
    untaxed = {"GlobalTaxCalculation": "NotApplicable"} if company.profile.country != "US" else {}
    return {"TxnDate": day, "PrivateNote": ITEM, "Line": [line], **untaxed}


def complete(company: Company, record: Record, document: dict[str, Any], item: str) -> dict[str, Any]:
    """The document with its name, and with the account or the item behind which Opening Balance Equity stands."""
    [line] = document["Line"]
    if record.entity == "Vendor":
        detail = {"DetailType": "AccountBasedExpenseLineDetail", "AccountBasedExpenseLineDetail": {
            "AccountRef": {"value": equity(company)}}}
        return {**document, "VendorRef": {"value": record.id}, "Line": [{**line, **detail}]}
    detail = {"DetailType": "SalesItemLineDetail", "SalesItemLineDetail": {"ItemRef": {"value": item}}}
    return {**document, "CustomerRef": {"value": record.id}, "Line": [{**line, **detail}]}


def equity(company: Company) -> str:
    found = company.account_of_type("Equity", "OpeningBalanceEquity")
    assert found is not None, "a company has an Opening Balance Equity account"
    return found.id


def item_there(company: Company) -> str | None:
    """The item of an earlier opening balance, if it is still one."""
    for name in _item_names(company):
        held = company.names.get(company.name_slot("Item", {}, name))
        if held is not None and held.body.get("IncomeAccountRef", {}).get("value") == equity(company):
            return held.id
        if held is None:
            break
    return None


def new_item(company: Company) -> dict[str, Any]:
    """The item to make; where its name is in use, with a number behind it."""
    name = next(name for name in _item_names(company) if company.name_slot("Item", {}, name) not in company.names)
    return {"Name": name, "Type": "Service", "IncomeAccountRef": {"value": equity(company)}}


def _item_names(company: Company) -> list[str]:
    """One more than there are items, so that one is free."""
    return [ITEM, *(f"{ITEM} {number}" for number in range(2, len(company.records["Item"]) + 3))]
