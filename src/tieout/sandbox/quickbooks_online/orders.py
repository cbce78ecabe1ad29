"""Purchase orders and the bills that receive them (qbo.md 12.1, 12.2).

An order that is touched through a link gets a new SyncToken and LastUpdatedTime.
"""
from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from tieout.sandbox.quickbooks_online.company import Company, Record
from tieout.sandbox.quickbooks_online.purchases import BY_ITEM
from tieout.sandbox.quickbooks_online.refusals import refuse
from tieout.sandbox.quickbooks_online.wire import cents

Receipts = dict[str, dict[str, tuple[Decimal, int]]]        # order -> its line -> quantity, cents


def settle_order_links(company: Company, body: dict[str, Any], old: Record | None) -> None:
    """Keeps the links of a bill to order lines that hold; drops the others, or refuses with 620 when not lenient."""
    header = [link for link in body.pop("LinkedTxn", []) if link.get("TxnType") == "PurchaseOrder"]
    named = {link.get("TxnId") for link in header}
    used: list[str] = []
    for line in body["Line"]:
        links = [link for link in line.pop("LinkedTxn", []) if link.get("TxnType") == "PurchaseOrder"]
        for link in links[:1]:
            why = _why_not(company, body, line, link, named, old)
            if why is None:
                line["LinkedTxn"] = [{"TxnId": link["TxnId"], "TxnType": "PurchaseOrder",
                                      "TxnLineId": link["TxnLineId"]}]
                used.append(link["TxnId"])
            elif not company.lenient_links:
                raise refuse("620", why, "LinkedTxn")
    if not company.lenient_links and (extra := named - set(used)):
        raise refuse("620", f"No line is linked to purchase order {sorted(map(str, extra))[0]}.", "LinkedTxn")
    if used:
        body["LinkedTxn"] = [{"TxnId": id_, "TxnType": "PurchaseOrder"} for id_ in dict.fromkeys(used)]


def _why_not(company: Company, body: dict[str, Any], line: dict[str, Any], link: dict[str, str],
             named: set[str | None], old: Record | None) -> str | None:
    """Why a line can't be linked to an order's line; None if it can."""
    order = company.find("PurchaseOrder", link.get("TxnId", ""))
    if order is None or link.get("TxnId") not in named:
        return f"Purchase order {link.get('TxnId')} does not exist or is not linked in the header."
    if order.body["VendorRef"]["value"] != body["VendorRef"]["value"]:
        return f"Purchase order {order.id} belongs to another vendor."
    target = next((row for row in order.body["Line"] if row["Id"] == link.get("TxnLineId")), None)
    if target is None:
        return f"Purchase order {order.id} has no line {link.get('TxnLineId')}."
    if line["DetailType"] != target["DetailType"]:
        return f"The line's kind differs from line {target['Id']} of purchase order {order.id}."
    if line["DetailType"] == BY_ITEM \
            and line[BY_ITEM].get("ItemRef", {}).get("value") != target[BY_ITEM].get("ItemRef", {}).get("value"):
        return f"The line's item differs from line {target['Id']} of purchase order {order.id}."
    before = _line_of(old, line.get("Id"))
    if before is not None:
        held = before.get("LinkedTxn", [{}])[0]
        same = (held.get("TxnId"), held.get("TxnLineId")) == (link["TxnId"], link["TxnLineId"])
        return None if same else "A line that exists can't be linked; send it as a new line."
    own = old.id if old is not None else None
    if _closed_for(company, order, own):
        return f"Purchase order {order.id} is closed."
    if line_is_done(company, order, target, but=own):
        return f"Line {target['Id']} of purchase order {order.id} is fully received."
    return None


def _line_of(record: Record | None, line_id: str | None) -> dict[str, Any] | None:
    if record is None or line_id is None:
        return None
    return next((line for line in record.body["Line"] if line["Id"] == line_id), None)


def received(company: Company, order: Record, line_id: str, *, but: str | None = None) -> tuple[Decimal, int]:
    """(quantity, cents) that bills have drawn on one order line."""
    quantity, amount = Decimal(0), 0
    for bill, (units, in_cents) in company.received.get(order.id, {}).get(line_id, {}).items():
        if bill != but:
            quantity, amount = quantity + units, amount + in_cents
    return quantity, amount


def line_is_done(company: Company, order: Record, line: dict[str, Any], *, but: str | None = None) -> bool:
    """By quantity for an item line, by amount for an account line. A deduction is done when as much is deducted."""
    quantity, amount = received(company, order, line["Id"], but=but)
    is_item = line["DetailType"] == BY_ITEM
    ordered = Decimal(line[BY_ITEM].get("Qty", 0)) if is_item else Decimal(cents(line["Amount"]))
    drawn = quantity if is_item else Decimal(amount)
    return drawn >= ordered if ordered >= 0 else drawn <= ordered


def _closed_for(company: Company, order: Record, but: str | None) -> bool:
    if order.closed is not None:
        return order.closed
    return all(line_is_done(company, order, line, but=but) for line in order.body["Line"])


def order_is_closed(company: Company, order: Record) -> bool:
    return _closed_for(company, order, None)


def receipts_of(body: dict[str, Any]) -> Receipts:
    found: Receipts = {}
    for line in body.get("Line", []):
        for link in line.get("LinkedTxn", []):
            if link.get("TxnType") != "PurchaseOrder":
                continue
            by_line = found.setdefault(link["TxnId"], {})
            quantity, amount = by_line.get(link["TxnLineId"], (Decimal(0), 0))
            units = Decimal(line.get(BY_ITEM, {}).get("Qty", 0))
            by_line[link["TxnLineId"]] = quantity + units, amount + cents(line["Amount"])
    return found


def receive(company: Company, bill: Record, before: Receipts, after: Receipts, now: datetime) -> None:
    """Moves what a bill has drawn on orders, and touches the orders that this changes."""
    for order_id in dict.fromkeys((*before, *after)):
        if before.get(order_id) == after.get(order_id):
            continue
        lines = company.received.setdefault(order_id, {})
        for line_id in before.get(order_id, {}):
            lines.get(line_id, {}).pop(bill.id, None)
        for line_id, drawn in after.get(order_id, {}).items():
            lines.setdefault(line_id, {})[bill.id] = drawn
        order = company.find("PurchaseOrder", order_id)
        if order is not None:
            company.touch(order, now)


def bills_of(company: Company, order: Record) -> list[str]:
    """Ids of the bills linked to an order, in the order they were linked."""
    found = (bill for by_bill in company.received.get(order.id, {}).values() for bill in by_bill)
    return list(dict.fromkeys(found))


def drop_links_to(company: Company, order: Record, gone: set[str], now: datetime) -> None:
    """Order lines that no longer exist take their links with them."""
    for line_id in gone:
        for bill_id in company.received.get(order.id, {}).pop(line_id, {}):
            bill = company.find("Bill", bill_id)
            assert bill is not None, "a receipt names a bill that exists"
            for line in bill.body["Line"]:
                line["LinkedTxn"] = [link for link in line.get("LinkedTxn", [])
                                     if (link["TxnId"], link["TxnLineId"]) != (order.id, line_id)]
                if not line["LinkedTxn"]:
                    del line["LinkedTxn"]
            still = {link["TxnId"] for line in bill.body["Line"] for link in line.get("LinkedTxn", [])}
            bill.body["LinkedTxn"] = [link for link in bill.body.get("LinkedTxn", []) if link["TxnId"] in still]
            company.touch(bill, now)
