"""Reading, querying and writing one object, alone or as an item of a batch (qbo.md 3, 4, 5)."""
from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from tieout.sandbox.quickbooks_online import attachments, settings, unplayed, writes
from tieout.sandbox.quickbooks_online import query as language
from tieout.sandbox.quickbooks_online.company import Company
from tieout.sandbox.quickbooks_online.refusals import Refused, refuse
from tieout.sandbox.quickbooks_online.shows import show, stub
from tieout.sandbox.quickbooks_online.wire import encode

MOST_ITEMS, LONGEST_ITEM_ID = 30, 10
IN_BATCH = ("create", "update", "delete", "void")


def options_of(text: Any) -> frozenset[str]:
    """The words of `include`, or of `optionsData` in a batch."""
    return frozenset(word.strip().lower() for word in str(text or "").split(",") if word.strip())


def run_query(company: Company, statement: str) -> dict[str, Any]:
    return language.run(company, statement, lambda entity: settings.show(company, entity))


def write(company: Company, entity: str, operation: str, body: Any, options: frozenset[str],
          now: datetime) -> dict[str, Any]:
    """One write: `{entity: object}`. Without an operation it creates, or updates what has an Id."""
    if isinstance(body, dict) and len(body) == 1 and isinstance(body.get(entity), dict):
        raise refuse("2010", f"Property Name:{entity} specified is unsupported or invalid", entity)
    if entity == attachments.ENTITY and operation == "delete":
        return stub(entity, attachments.delete(company, body, now))
    if entity == attachments.ENTITY and operation in ("", "create", "update"):
        return {entity: show(company, attachments.save(company, body, now))}
    if operation == "delete":
        return stub(entity, writes.delete(company, entity, body, now))
    if operation == "void" or (operation in ("", "update") and "void" in options):
        return {entity: show(company, writes.void(company, entity, body, now))}
    if operation not in ("", "create", "update"):
        raise refuse("500", f"Operation {operation} is not supported.")
    if operation == "update" and isinstance(body, dict) and not body.get("Id"):
        raise refuse("2020", "Required parameter Id is missing in the request", "Id")
    return {entity: show(company, writes.save(company, entity, body, options, now))}


# -- batch -------------------------------------------------------------------------------------------------------------


def batch(company: Company, body: Any, entities: Collection[str], now: datetime, *, named: bool) -> list[bytes]:
    """The encoded answer of each item, in their order: each is a transaction of its own, and may be refused.

    `named`: the call has a request id, and then the ids of its items are short.
    """
    items = body.get("BatchItemRequest") if isinstance(body, dict) else None
    if not isinstance(items, list):
        raise refuse("2020", "Required parameter BatchItemRequest is missing in the request", "BatchItemRequest")
    if len(items) > MOST_ITEMS:
        raise refuse("1040", f"The maximum number of items in a batch is {MOST_ITEMS}; {len(items)} were sent.")
    if named and any(len(str(item.get("bId", ""))) > LONGEST_ITEM_ID for item in items if isinstance(item, dict)):
        raise refuse("2130", f"With a request id, a bId has at most {LONGEST_ITEM_ID} characters.", "bId")
    # each answer is made at once, because a later item may change what an earlier one returned
    return [encode(_item(company, item, entities, now)) for item in items]


def _item(company: Company, item: Any, entities: Collection[str], now: datetime) -> dict[str, Any]:
    if not isinstance(item, dict):
        return {"Fault": refuse("2010", "Property Name:BatchItemRequest specified is unsupported or invalid").fault()}
    named = {"bId": str(item["bId"])} if "bId" in item else {}
    try:
        if "Query" in item:
            return {**named, "QueryResponse": run_query(company, str(item["Query"]))}
        held = [key for key in item if key not in ("bId", "operation", "optionsData")]
        if len(held) == 1:
            unplayed.check("a batch of", held[0])
        if len(held) != 1 or held[0] not in entities:
            raise refuse("2000", f"Unsupported object name: {', '.join(held) or 'none'}")
        operation = str(item.get("operation", ""))
        if operation not in IN_BATCH:
            raise refuse("500", f"Operation {operation or 'none'} is not supported.")
        options = options_of(item.get("optionsData"))
        return {**named, **write(company, held[0], operation, item[held[0]], options, now)}
    except Refused as refused:
        return {**named, "Fault": refused.fault()}
