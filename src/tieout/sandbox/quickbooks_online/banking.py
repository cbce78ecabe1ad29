"""Journal entries, deposits, transfers, card payments (qbo.md 13.5, 13.6, 13.8)."""
from __future__ import annotations

from decimal import Decimal
from typing import Any

from tieout.sandbox.quickbooks_online import people, taxes
from tieout.sandbox.quickbooks_online.accounts import CLASSIFICATION
from tieout.sandbox.quickbooks_online.amounts import check_amount
from tieout.sandbox.quickbooks_online.company import Company
from tieout.sandbox.quickbooks_online.refusals import business, refuse

PARTY_OF = {"Accounts Receivable": "Customer", "Accounts Payable": "Vendor"}


def settle_journal(company: Company, body: dict[str, Any]) -> None:
    lines = [line for line in body["Line"] if line["DetailType"] == "JournalEntryLineDetail"]
    if len(lines) < 2:
        raise refuse("2250", "A journal entry needs at least two lines.", "Line")
    balance = 0
    for line in lines:
        detail = line.get("JournalEntryLineDetail", {})
        if "PostingType" not in detail:
            raise refuse("2260", "PostingType is missing on a line.", "PostingType")
        if "AccountRef" not in detail:
            raise business("You must select an account for this transaction.", "AccountRef")
        check_amount(line)
        if line["Amount"] < 0:
            raise refuse("2290", "Negative amounts are not supported on transaction lines.", "Amount")
        balance += taxes.journal_cents(company, line) * (1 if detail["PostingType"] == "Debit" else -1)
        _check_journal_party(company, detail)
    if balance:
        raise refuse("2300", "The amount on debits is not equal to the amount on credits.", "Line")
    body.setdefault("Adjustment", False)


def _check_journal_party(company: Company, detail: dict[str, Any]) -> None:
    needs = PARTY_OF.get(company.account_type(detail["AccountRef"]["value"]))
    entity = detail.get("Entity")
    if entity is not None and not (entity.get("Type") and entity.get("EntityRef")):
        raise refuse("2020", "Required parameter EntityRef is missing in the request", "EntityRef")
    if needs and (entity is None or entity["Type"] != needs):
        raise business(f"When you use {'Accounts Receivable' if needs == 'Customer' else 'Accounts Payable'}, you "
                       f"must choose a {needs.lower()} in the Name field.", "Entity")


def settle_deposit(company: Company, body: dict[str, Any]) -> None:
    if company.account_type(body["DepositToAccountRef"]["value"]) not in ("Bank", "Other Current Asset"):
        raise refuse("6430", "Invalid account type: a deposit goes to a bank account.", "DepositToAccountRef")
    for line in body["Line"]:
        check_amount(line)
        if line.get("LinkedTxn"):
            continue
        detail = line.get("DepositLineDetail", {})
        if "AccountRef" not in detail:
            raise business("You must select an account for this transaction.", "AccountRef")
        if "Entity" in detail:
            named = people.with_kind(company, detail["Entity"])
            line["DepositLineDetail"] = detail = {**detail, "Entity": {**named, "type": named["type"].upper()}}
        needs = PARTY_OF.get(company.account_type(detail["AccountRef"]["value"]))
        if needs and detail.get("Entity", {}).get("type", "").title() != needs:
            raise business(f"You must choose a {needs.lower()} in the Received from field.", "Entity")
    back = body.get("CashBack")
    if back:
        check_amount({"Amount": back.setdefault("Amount", Decimal(0))})
        if "AccountRef" not in back:
            raise business("You must select an account for this transaction.", "CashBack")


def settle_transfer(company: Company, body: dict[str, Any]) -> None:
    """From one balance sheet account to another; who owes and is owed goes through documents of its own."""
    _check_moved(body)
    for key in ("FromAccountRef", "ToAccountRef"):
        kind = company.account_type(body[key]["value"])
        if CLASSIFICATION[kind] not in ("Asset", "Liability", "Equity") \
                or kind in ("Accounts Receivable", "Accounts Payable"):
            raise refuse("6430", f"Invalid account type: a transfer can't use an account of type {kind}.", key)
    if body["FromAccountRef"]["value"] == body["ToAccountRef"]["value"]:
        raise business("You can't transfer funds from an account to itself.", "ToAccountRef")


def settle_card_payment(company: Company, body: dict[str, Any]) -> None:
    _check_moved(body)
    for key, kind in (("CreditCardAccountRef", "Credit Card"), ("BankAccountRef", "Bank")):
        if company.account_type(body[key]["value"]) != kind:
            raise refuse("6430", f"Invalid account type: You need to select a {kind} account.", key)


def _check_moved(body: dict[str, Any]) -> None:
    check_amount(body)
    if body["Amount"] <= 0:
        raise refuse("2290", "The amount must be more than zero.", "Amount")
