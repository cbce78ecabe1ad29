"""What an invoice is made from: one estimate, billable time, billable costs; and the charges that billable costs leave.

A document that an invoice takes up gets a new SyncToken (qbo.md 10.6, 12.2, 13.1, 13.2, 13.7).
"""
from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from tieout.sandbox.quickbooks_online.company import Company, Record
from tieout.sandbox.quickbooks_online.refusals import refuse

KINDS = ("Estimate", "TimeActivity", "ReimburseCharge")
CHARGING = ("Bill", "Purchase", "VendorCredit")
Taken = dict[tuple[str, str], None]          # (kind, id) of what an invoice bills, in the order it was linked


def settle_invoice_links(company: Company, body: dict[str, Any], old: Record | None) -> None:
    """Keeps the links that hold; drops the others, or refuses with 620 when not lenient."""
    own = old.id if old is not None else None
    wanted: Taken = dict.fromkeys((link.get("TxnType", ""), link.get("TxnId", "")) for link in body.pop("LinkedTxn", [])
                                  if link.get("TxnType") != "Payment")
    for line in body["Line"]:
        for link in line.get("LinkedTxn", []):
            wanted[link.get("TxnType", ""), link.get("TxnId", "")] = None
    kept: Taken = {}
    for kind, id_ in wanted:
        why = _why_not(company, body, kind, id_, own, kept)
        if why is None:
            kept[kind, id_] = None
        elif not company.lenient_links:
            raise refuse("620", why, "LinkedTxn")
    for line in body["Line"]:
        links = [link for link in line.pop("LinkedTxn", []) if (link.get("TxnType"), link.get("TxnId")) in kept]
        if links:
            line["LinkedTxn"] = links
    if kept:
        body["LinkedTxn"] = [{"TxnId": id_, "TxnType": kind} for kind, id_ in kept]


def _why_not(company: Company, body: dict[str, Any], kind: str, id_: str, own: str | None, kept: Taken) -> str | None:
    """Why an invoice can't bill a document; None if it can."""
    target = company.find(kind, id_) if kind in KINDS else None
    if target is None:
        return f"{kind or 'A transaction'} {id_} does not exist or can't be linked to an invoice."
    if company.billed.get((kind, id_), own) != own:
        return f"{kind} {id_} is on another invoice."
    if not _same_customer(company, target, body["CustomerRef"]["value"]):
        return f"{kind} {id_} belongs to another customer."
    if kind == "Estimate" and any(other == "Estimate" for other, _ in kept):
        return "An invoice can be linked to one estimate."
    if kind == "Estimate" and target.body["TxnStatus"] in ("Closed", "Rejected"):
        return f"Estimate {id_} is {target.body['TxnStatus'].lower()}."
    if kind == "TimeActivity" and target.body["BillableStatus"] != "Billable":
        return f"TimeActivity {id_} is not billable."
    return None


def _same_customer(company: Company, target: Record, customer: str) -> bool:
    """The invoice's own customer, or a job below it that bills with its parent."""
    id_ = target.body.get("CustomerRef", {}).get("value")
    while id_ and id_ != customer:
        below = company.records["Customer"][id_]
        id_ = below.body.get("ParentRef", {}).get("value") if below.body.get("BillWithParent") else None
    return id_ == customer


def settle_change_order_links(company: Company, body: dict[str, Any]) -> None:
    """A change order belongs to one estimate of its customer."""
    links = [link for link in body.pop("LinkedTxn") if link.get("TxnType") == "Estimate"]
    estimate = company.find("Estimate", links[0].get("TxnId", "")) if links else None
    if estimate is None or not _same_customer(company, estimate, body["CustomerRef"]["value"]):
        raise refuse("620", "A change order is linked to an estimate of its customer.", "LinkedTxn")
    body["LinkedTxn"] = [{"TxnId": estimate.id, "TxnType": "Estimate"}]
    for line in body["Line"]:
        line["LinkedTxn"] = [{"TxnId": estimate.id, "TxnType": "Estimate"}]


def change_orders_of(company: Company, estimate: Record) -> list[Record]:
    link = {"TxnId": estimate.id, "TxnType": "Estimate"}
    return [order for order in company.records["ChangeOrder"].values() if link in order.body["LinkedTxn"]]


def taken_by(body: dict[str, Any]) -> Taken:
    return {(link["TxnType"], link["TxnId"]): None for link in body.get("LinkedTxn", [])}


def take(company: Company, invoice: Record, before: Taken, after: Taken, now: datetime) -> None:
    """Moves what an invoice bills, and touches the documents that this changes."""
    for kind, id_ in dict.fromkeys((*before, *after)):
        if ((kind, id_) in before) == ((kind, id_) in after):
            continue
        if (kind, id_) in after:
            company.billed[kind, id_] = invoice.id
        else:
            company.billed.pop((kind, id_), None)
        target = company.find(kind, id_)
        if target is None:
            continue
        company.touch(target, now)
        if kind == "ReimburseCharge" and (source := company.transaction(target.body["LinkedTxn"][0]["TxnId"])):
            company.touch(source, now)


def forget(company: Company, record: Record, now: datetime) -> None:
    """A deleted estimate leaves its invoice; billed time and costs can't be deleted, nor what change orders rest on."""
    if record.entity == "Estimate" and change_orders_of(company, record):
        raise refuse("800", "The estimate has change orders; delete them first.")
    invoice_id = company.billed.get((record.entity, record.id))
    if invoice_id is None:
        return
    if record.entity != "Estimate":
        raise refuse("800", "The transaction is on an invoice; take it off the invoice first.")
    invoice = company.records["Invoice"][invoice_id]
    links = [link for link in invoice.body["LinkedTxn"] if link != {"TxnId": record.id, "TxnType": "Estimate"}]
    lines = []
    for line in invoice.body["Line"]:
        left = [link for link in line.get("LinkedTxn", [])
                if (link["TxnType"], link["TxnId"]) != ("Estimate", record.id)]
        lines.append({**{key: value for key, value in line.items() if key != "LinkedTxn"},
                      **({"LinkedTxn": left} if left else {})})
    company.replace(invoice, {**invoice.body, "LinkedTxn": links, "Line": lines})
    del company.billed[record.entity, record.id]
    company.touch(invoice, now)


def billed_status(company: Company, kind: str, id_: str, status: str) -> str:
    return "HasBeenBilled" if (kind, id_) in company.billed else status


# -- billable costs --------------------------------------------------------------------------------------------------


def check_billed_lines_stay(company: Company, record: Record, lines: list[dict[str, Any]]) -> None:
    """A line that an invoice has billed can't go: the invoice rests on it."""
    kept = {line["Id"] for line in lines}
    for line_id, charge in company.charges.get(record.id, {}).items():
        if line_id not in kept and ("ReimburseCharge", charge) in company.billed:
            raise refuse("6400", "A line of the transaction has been billed to a customer; take it off the invoice "
                         "first.", "Line")


def keep_charges(company: Company, record: Record, lines: list[dict[str, Any]], now: datetime) -> None:
    """One ReimburseCharge for each billable line of a document that costs money; none for what is gone."""
    billable = {line["Id"]: line for line in lines
                if line.get(line["DetailType"], {}).get("BillableStatus") == "Billable"}
    held = company.charges.get(record.id, {})
    if not billable and not held:
        return
    held = company.charges.setdefault(record.id, {})
    for line_id in [line_id for line_id in held if line_id not in billable]:
        company.remove(company.records["ReimburseCharge"][held.pop(line_id)], now)
    for line_id, line in billable.items():
        body = {"TxnDate": record.body["TxnDate"], "CustomerRef": line[line["DetailType"]]["CustomerRef"],
                "Amount": -Decimal(line["Amount"]) if record.entity == "VendorCredit" else Decimal(line["Amount"]),
                "LinkedTxn": [{"TxnId": record.id, "TxnType": record.entity, "TxnLineId": line_id}]}
        if line_id not in held:
            held[line_id] = company.add("ReimburseCharge", body, now).id
            continue
        charge = company.records["ReimburseCharge"][held[line_id]]
        if charge.body != body:
            company.replace(charge, body)
            company.touch(charge, now)
    if not held:
        del company.charges[record.id]
