"""Which deposit holds what was received (qbo.md 13.5)."""
from __future__ import annotations

from datetime import datetime
from typing import Any

from tieout.sandbox.quickbooks_online.company import Company, Record
from tieout.sandbox.quickbooks_online.refusals import business, refuse
from tieout.sandbox.quickbooks_online.wire import cents


def settle_deposit(company: Company, body: dict[str, Any], old: Record | None) -> None:
    for line in body["Line"]:
        for link in line.get("LinkedTxn", []):
            payment = company.find("Payment", link.get("TxnId", "")) if link.get("TxnType") == "Payment" else None
            if payment is None:
                raise refuse("620", f"{link.get('TxnType')} {link.get('TxnId')} can't be deposited.", "LinkedTxn")
            holder = company.deposited.get(payment.id)
            if holder is not None and (old is None or holder != old.id):
                raise refuse("620", f"Payment {payment.id} is deposited already.", "LinkedTxn")
            if cents(line["Amount"]) != cents(payment.body["TotalAmt"]):
                raise business("A payment is deposited with its whole amount.", "Amount")
            link.setdefault("TxnLineId", "0")


def deposited_by(body: dict[str, Any]) -> set[str]:
    return {link["TxnId"] for line in body.get("Line", []) for link in line.get("LinkedTxn", [])}


def deposit(company: Company, record: Record, held: set[str], wanted: set[str], now: datetime) -> None:
    for payment_id in sorted(wanted ^ held, key=int):
        if payment_id in wanted:
            company.deposited[payment_id] = record.id
        else:
            del company.deposited[payment_id]
        payment = company.find("Payment", payment_id)
        if payment is not None:
            company.touch(payment, now)
