"""Change data capture: everything of some entities that has changed since a moment (qbo.md 6)."""
from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from tieout.sandbox.quickbooks_online import settings, unplayed
from tieout.sandbox.quickbooks_online.company import LISTS, OTHERS, TRANSACTIONS, Company, Record
from tieout.sandbox.quickbooks_online.refusals import refuse
from tieout.sandbox.quickbooks_online.shows import show
from tieout.sandbox.quickbooks_online.wire import read_moment, stamp

MOST_OBJECTS, MOST_DAYS = 1000, 30
NOT_CAPTURED = ("JournalCode", "TaxAgency", "TimeActivity", "TaxCode", "TaxRate")
_SPELLING = {name.lower(): name for name in (*LISTS, *TRANSACTIONS, *OTHERS, *settings.SINGLE)
             if name not in NOT_CAPTURED}
_NEVER = tuple(name.lower() for name in NOT_CAPTURED)


class Change(NamedTuple):
    """The latest change of one object; `record` is None where it was deleted."""

    at: datetime
    id: str
    record: Record | None


def changes(company: Company, entities: str, since_text: str | None, now: datetime) -> list[dict[str, Any]]:
    """One answer per entity, in the order asked; the oldest changes first, 1000 objects in all."""
    asked = [name.strip() for name in entities.split(",") if name.strip()]
    if not asked:
        raise refuse("2020", "Required parameter entities is missing in the request", "entities")
    since = _since(since_text, now)
    room, found = MOST_OBJECTS, []
    for name in asked:
        entity = _SPELLING.get(name.lower())
        if entity is None:
            if name.lower() not in _NEVER:
                unplayed.check("changed data of", name)
            raise refuse("2000", f"Unsupported object name: {name}")
        rows = _settings(company, entity, since)[:room] if entity in settings.SINGLE \
            else _objects(company, entity, since, room)
        room -= len(rows)
        found.append({entity: rows, "startPosition": 1, "maxResults": len(rows), "totalCount": len(rows)}
                     if rows else {})
    return found


def _since(text: str | None, now: datetime) -> datetime:
    if not text:
        raise refuse("2020", "Required parameter changedSince is missing in the request", "changedSince")
    try:
        since = read_moment(text)
    except ValueError as wrong:
        raise refuse("2060", f"Invalid Date format : {text}", "changedSince") from wrong
    if since < now - timedelta(days=MOST_DAYS):
        raise refuse("2190", f"changedSince may lie at most {MOST_DAYS} days back.", "changedSince")
    return since


def _settings(company: Company, entity: str, since: datetime) -> list[dict[str, Any]]:
    moved = settings.changed(company, entity)
    return [settings.show(company, entity)] if moved is not None and moved >= since else []


def _objects(company: Company, entity: str, since: datetime, room: int) -> list[dict[str, Any]]:
    found = [Change(record.updated, record.id, record) for record in company.changed_since(entity, since)]
    found += [Change(at, id_, None) for id_, at in company.deleted[entity].items() if at >= since]
    found.sort(key=lambda change: change.at)
    return [_shown(company, change) for change in found[:room]]


def _shown(company: Company, change: Change) -> dict[str, Any]:
    if change.record is not None:
        return show(company, change.record)
    return {"domain": "QBO", "status": "Deleted", "Id": change.id, "MetaData": {"LastUpdatedTime": stamp(change.at)}}
