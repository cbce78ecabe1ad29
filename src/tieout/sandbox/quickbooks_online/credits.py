"""Credit memos that pay a customer's invoices by themselves, where the preference says so (qbo.md 13.4)."""
from __future__ import annotations

from decimal import Decimal
from typing import Any

from tieout.sandbox.quickbooks_online.company import Company, Record
from tieout.sandbox.quickbooks_online.postings import open_cents
from tieout.sandbox.quickbooks_online.wire import money

PAYS = {"Invoice": "CreditMemo", "CreditMemo": "Invoice"}


def automatic_payment(company: Company, record: Record) -> dict[str, Any] | None:
    """The body of the zero payment that QuickBooks makes of a new invoice or credit memo; None if nothing is open."""
    if record.entity not in PAYS or not company.profile.auto_apply_credit:
        return None
    customer = record.body["CustomerRef"]
    others = sorted(company.found_by(PAYS[record.entity], "CustomerRef", customer["value"]),
                    key=lambda other: (other.body["TxnDate"], int(other.id)))
    left, lines = open_cents(company, record), []
    for other in others:
        used = 0 if other.voided else min(left, open_cents(company, other))
        if used > 0:
            left -= used
            lines.append(_line(other, used))
    used = open_cents(company, record) - left
    if not used:
        return None
    return {"CustomerRef": customer, "TotalAmt": Decimal(0), "TxnDate": record.body["TxnDate"],
            "Line": [_line(record, used), *lines]}


def _line(record: Record, in_cents: int) -> dict[str, Any]:
    return {"Amount": money(in_cents), "LinkedTxn": [{"TxnId": record.id, "TxnType": record.entity}]}
