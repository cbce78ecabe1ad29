"""Which deposit holds what was received (qbo.md 13.5)."""
from __future__ import annotations

from datetime import datetime
from typing import Any

from tieout.sandbox.quickbooks_online.company import Company, Record
from tieout.sandbox.quickbooks_online.postings import waiting
from tieout.sandbox.quickbooks_online.refusals import business, refuse
from tieout.sandbox.quickbooks_online.wire import cents, money

DEPOSITABLE = ("Payment", "SalesReceipt", "RefundReceipt", "Transfer", "JournalEntry")


def settle_deposit(company: Company, body: dict[str, Any], old: Record | None) -> None:
    """Whatever lies in Undeposited Funds can be deposited, whole and once."""
    named: set[str] = set()
    for line in body["Line"]:
        for link in line.get("LinkedTxn", []):
            kind, id_ = link.get("TxnType", ""), link.get("TxnId", "")
            source = company.find(kind, id_) if kind in DEPOSITABLE else None
            if source is None:
                raise refuse("620", f"{kind} {id_} can't be deposited.", "LinkedTxn")
            holder = company.deposited.get(id_)
            if id_ in named or (holder is not None and (old is None or holder != old.id)):
                raise refuse("620", f"{kind} {id_} is deposited already.", "LinkedTxn")
            named.add(id_)
            _, waits, _ = waiting(company, source)
            if not waits:
                raise refuse("620", f"{kind} {id_} left nothing in Undeposited Funds.", "LinkedTxn")
            if cents(line["Amount"]) != waits:
                raise business(f"A {kind} is deposited with its whole amount of {money(waits)}.", "Amount")
            link.setdefault("TxnLineId", "0")


def deposited_by(body: dict[str, Any]) -> set[str]:
    return {link["TxnId"] for line in body.get("Line", []) for link in line.get("LinkedTxn", [])}


def deposit(company: Company, record: Record, held: set[str], wanted: set[str], now: datetime) -> None:
    """Moves what a deposit holds, and touches the documents that this changes."""
    for id_ in sorted(wanted ^ held, key=int):
        if id_ in wanted:
            company.deposited[id_] = record.id
        else:
            del company.deposited[id_]
        source = company.transaction(id_)
        if source is not None:
            company.touch(source, now)
