"""What somebody types in QuickBooks beside the practice company's script, read like any other record."""
from __future__ import annotations

import json

from django.db import transaction
from django.utils import timezone

from tests.support.practice import Practice
from tieout.adapters.quickbooks_online.read import reading_of
from tieout.engine import fetch

FIRST = 990000                                               # above every id that the sandbox gives


def typed(practice: Practice, entity: str, number: int, **fields: object) -> str:
    """As QuickBooks would show it. Returns its id."""
    record = {"Id": str(FIRST + number), "SyncToken": "0", "TxnDate": "2026-02-20", **fields}
    with transaction.atomic():
        fetch.keep(practice.pair.quickbooks, "maple", [reading_of(entity, json.dumps(record))], timezone.now())
    return str(FIRST + number)


def line(amount: str, account: str, job: str = "") -> dict[str, object]:
    customer = {"CustomerRef": {"value": job}} if job else {}
    return {"Id": f"{account}/{job}", "Amount": float(amount), "DetailType": "AccountBasedExpenseLineDetail",
            "AccountBasedExpenseLineDetail": {"AccountRef": {"value": account}, **customer}}


def paid(kind: str, number: int, amount: str) -> dict[str, object]:
    return {"Amount": float(amount), "LinkedTxn": [{"TxnType": kind, "TxnId": str(FIRST + number)}]}
