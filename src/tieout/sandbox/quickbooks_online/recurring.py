"""Templates of recurring transactions: kept by the company, only read through the interface (qbo.md 13.8)."""
from __future__ import annotations

from datetime import datetime
from typing import Any

from tieout.sandbox.quickbooks_online import writes
from tieout.sandbox.quickbooks_online.company import Company, Record
from tieout.sandbox.quickbooks_online.refusals import refuse
from tieout.sandbox.quickbooks_online.shapes import RECURRING_INFO, read

OF = ("Bill", "Purchase", "VendorCredit", "Invoice", "Estimate", "SalesReceipt", "RefundReceipt", "CreditMemo",
      "JournalEntry", "Transfer", "Deposit", "PurchaseOrder")


def keep(company: Company, wrapper: Any, now: datetime) -> Record:
    """Takes `{"Bill": {..., "RecurringInfo": {...}}}` as the owner of the company sets it up. It posts nothing."""
    if not isinstance(wrapper, dict) or len(wrapper) != 1 or next(iter(wrapper)) not in OF:
        raise refuse("2010", f"A template holds one of {', '.join(OF)}.", "RecurringTransaction")
    [(kind, raw)] = wrapper.items()
    if not isinstance(raw, dict):
        raise refuse("2010", f"Property Name:{kind} specified is unsupported or invalid", kind)
    info = read("RecurringInfo", {"RecurringInfo": raw.get("RecurringInfo") or {}}, {"RecurringInfo": RECURRING_INFO})
    info.raise_unsupported()
    info.raise_malformed()
    for key in ("Name", "RecurType"):
        if not info.body["RecurringInfo"].get(key):
            raise refuse("2020", f"Required parameter {key} is missing in the request", key)
    info.body["RecurringInfo"].setdefault("Active", True)
    document = writes.settled(company, kind, {key: value for key, value in raw.items() if key != "RecurringInfo"}, now)
    return company.add("RecurringTransaction", {"Kind": kind, "Document": document, **info.body}, now)
