"""Whether what was planned is what stands there: each posting's draft and effect against the document (I4)."""
from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

from tieout.engine.store.models import Posting

Rows = list[dict[str, Any]]
ENTITIES = {"bill": "Bill", "vendor_credit": "VendorCredit", "purchase_order": "PurchaseOrder"}


def faults(query: Callable[[str], Rows], left_alone: set[str]) -> Iterator[str]:
    """left_alone   flow and slot of documents that people changed since"""
    held = {(entity, row["Id"]): row for entity in (*ENTITIES.values(), "Item") for row in query(entity)}
    accounts = {row["Id"]: f"{row.get('AcctNum', '')} {row['Name']}".strip() for row in query("Account")}
    last: dict[tuple[str, str], Posting] = {}
    for posting in Posting.objects.filter(state="posted").order_by("pk"):
        last[posting.flow, posting.slot] = posting
        debit, credit = (sum(row[n] for row in json.loads(posting.effect or "[]")) for n in (1, 2))
        if debit != credit:
            yield f"{posting.title}: debits {debit}, credits {credit}"
    for (flow, slot), posting in last.items():
        document = held.get((ENTITIES.get(posting.kind, ""), posting.target))
        if document is None or posting.action == "delete" or f"{flow}:{slot}" in left_alone:
            continue
        draft = json.loads(posting.draft, parse_float=Decimal)
        draft = _without_links_that_were_dropped(draft, document)
        for field, wanted, there in _fields(draft, document):
            if wanted != there:
                yield f"{posting.title}: {field} was planned as {wanted!r} and is {there!r}"
        if posting.action == "create" and posting.kind in ("bill", "vendor_credit"):
            planned = {name: d - c for name, d, c in json.loads(posting.effect or "[]")}
            posted = {name: amount for name, amount in _booked(posting, document, held, accounts).items() if amount}
            if planned != posted:
                yield f"{posting.title}: the plan debits and credits {planned}, the document {posted}"


def _fields(draft: dict[str, Any], document: dict[str, Any]) -> Iterator[tuple[str, object, object]]:
    yield "vendor", draft["vendor"]["id"], document["VendorRef"]["value"]
    yield "number", draft["number"], document.get("DocNumber")
    yield "date", draft["dated"], document["TxnDate"]
    if draft.get("due"):
        yield "due date", draft["due"], document.get("DueDate")
    if draft.get("payable"):
        yield "payable account", draft["payable"]["id"], document["APAccountRef"]["value"]
    yield "lines", Counter(_planned(line, draft) for line in draft["lines"]), Counter(_there(document))


def _without_links_that_were_dropped(draft: dict[str, Any], document: dict[str, Any]) -> dict[str, Any]:
    """QuickBooks leaves out a link to an order line that another bill of the same request has used up."""
    linked = {link["TxnId"] for line in document.get("Line", []) for link in line.get("LinkedTxn", [])}
    orders = {(line.get("order") or {}).get("id", "") for line in draft["lines"]} - {""}
    details = [line[line["DetailType"]] for line in document.get("Line", []) if line.get("LinkedTxn")]
    kept = [(detail.get("ItemRef") or detail["AccountRef"])["value"] for detail in details]
    if not orders or linked - orders:
        return draft                                         # nothing was dropped, or another order is linked
    lines = []
    for line in draft["lines"]:
        there = line["coding"]["id"] in kept
        if there and line.get("order"):
            kept.remove(line["coding"]["id"])
        lines.append(line if there else {**line, "order": None})
    return {**draft, "lines": lines}


def _planned(line: dict[str, Any], draft: dict[str, Any]) -> tuple[object, ...]:
    credit = "payable" in draft and sum(Decimal(one["amount"]) for one in draft["lines"]) < 0
    sign = -1 if credit else 1
    priced = line["coding"]["kind"] == "item" and line.get("quantity") is not None
    order = (line.get("order") or {}).get("id", "") if not credit and "payable" in draft else ""
    return (line["coding"]["id"], line["job"]["id"], Decimal(line["amount"]) * sign, line.get("description", ""),
            Decimal(line["quantity"]) * Decimal(line["rate"]) * sign if priced else None, order)


def _there(document: dict[str, Any]) -> Iterator[tuple[object, ...]]:
    for line in document.get("Line", []):
        detail = line[line["DetailType"]]
        coding = (detail.get("ItemRef") or detail.get("AccountRef"))["value"]
        priced = Decimal(str(detail["Qty"])) * Decimal(str(detail["UnitPrice"])) if "Qty" in detail else None
        orders = [link["TxnId"] for link in line.get("LinkedTxn", []) if link["TxnType"] == "PurchaseOrder"]
        yield (coding, (detail.get("CustomerRef") or {}).get("value", ""), Decimal(str(line["Amount"])),
               line.get("Description", ""), priced, orders[0] if orders and "APAccountRef" in document
               and "Balance" in document else "")


def _booked(posting: Posting, document: dict[str, Any], held: dict[tuple[str, str], dict[str, Any]],
            accounts: dict[str, str]) -> Counter[str]:
    """Account -> cents debited, less credited."""
    sign, moved = (-1 if posting.kind == "vendor_credit" else 1), Counter[str]()
    for line in document.get("Line", []):
        detail = line[line["DetailType"]]
        number = detail["AccountRef"]["value"] if "AccountRef" in detail else \
            held["Item", detail["ItemRef"]["value"]]["ExpenseAccountRef"]["value"]
        moved[accounts[number]] += int(Decimal(str(line["Amount"])) * 100) * sign
    moved[accounts[document["APAccountRef"]["value"]]] -= int(Decimal(str(document["TotalAmt"])) * 100) * sign
    return moved
