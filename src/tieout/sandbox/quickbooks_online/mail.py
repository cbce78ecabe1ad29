"""Sending a form by e-mail: nothing leaves, but the form says it was sent (qbo.md 1.2, 12.1, 13)."""
from __future__ import annotations

from datetime import datetime

from tieout.sandbox.quickbooks_online.company import Company, Record
from tieout.sandbox.quickbooks_online.lookup import existing
from tieout.sandbox.quickbooks_online.refusals import refuse
from tieout.sandbox.quickbooks_online.wire import stamp

ADDRESS_KEY = {"PurchaseOrder": "POEmail", **dict.fromkeys(
    ("Invoice", "Estimate", "CreditMemo", "SalesReceipt", "RefundReceipt"), "BillEmail")}
LONGEST = 100


def send(company: Company, entity: str, id_: str, send_to: str | None, now: datetime) -> Record:
    """Marks the form as sent; an address in the call replaces the form's own."""
    record = existing(company, entity, id_)
    key = ADDRESS_KEY[entity]
    if send_to is not None and ("@" not in send_to.strip("@ ") or len(send_to) > LONGEST):
        raise refuse("2210", f"Invalid E-mail : {send_to[:LONGEST]}", "sendTo")
    address = send_to or record.body.get(key, {}).get("Address")
    if not address:
        raise refuse("6420", "An e-mail address is required.", key)
    body = {**record.body, key: {"Address": address}, "EmailStatus": "EmailSent"}
    if entity != "PurchaseOrder":
        body["DeliveryInfo"] = {"DeliveryType": "Email", "DeliveryTime": stamp(now)}
    company.replace(record, body)
    company.touch(record, now)
    return record
