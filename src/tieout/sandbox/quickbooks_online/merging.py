"""Merging two names or accounts, which only people can do, on the desk (qbo.md 4.5, 7.4, trap 8).

Everything that named the one names the other afterwards; the one is gone, and reading it answers 610. Whether documents
get a new SyncToken by this is not known: they keep theirs, unless `touch` is said.
"""
from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from tieout.sandbox.quickbooks_online.accounts import SYSTEM_SUBTYPES
from tieout.sandbox.quickbooks_online.company import PEOPLE, TEMPLATES, Company, Entry, Record
from tieout.sandbox.quickbooks_online.lists import name_key
from tieout.sandbox.quickbooks_online.refusals import MADE_INACTIVE, business, refuse
from tieout.sandbox.quickbooks_online.shapes import FIELDS, Kind

MERGED = (*PEOPLE, "Account", "Class", "Department", "Item", "PaymentMethod")


def merge_names(company: Company, entity: str, from_id: str, into_id: str, now: datetime, *,
                touch: bool = False) -> Record:
    """Moves everything of one record of a list to another, and removes the one. Returns the one that stays."""
    lost, kept = _checked(company, entity, from_id, into_id)
    for record in _everything(company):
        body = _renamed_body(record, entity, from_id, into_id)
        if body is not record.body:
            company.replace(record, body)
            if touch:
                company.touch(record, now)
    if attached := company.attached.pop((entity, from_id), {}):
        company.attached.setdefault((entity, into_id), {}).update(attached)
    _move_entries(company, entity, from_id, into_id)
    if entity == "Customer":
        jobs = company.jobs.setdefault(into_id, [])
        jobs += [job for job in company.jobs.pop(from_id, ()) if job not in jobs]
    slot = company.name_slot(entity, lost.body, str(lost.body[name_key(entity)]))
    if company.names.get(slot) is lost:
        del company.names[slot]
    company.remove(lost, now, merged=True)
    company.touch(kept, now)
    company.note_merge(kept, from_id, now)
    return kept


def _checked(company: Company, entity: str, from_id: str, into_id: str) -> tuple[Record, Record]:
    if entity not in MERGED:
        raise refuse("500", f"Operation Merge is not supported for {entity}.")
    lost, kept = company.find(entity, from_id), company.find(entity, into_id)
    if lost is None or kept is None:
        raise refuse("610", MADE_INACTIVE, "Id")
    if lost is kept:
        raise business("A name can't be merged with itself.", "Id")
    if not kept.active:
        raise refuse("610", MADE_INACTIVE, "Id")
    if entity == "Account":
        if lost.body["AccountType"] != kept.body["AccountType"]:
            raise business("Accounts of different types can't be merged.", "AccountType")
        if lost.body["AccountSubType"] in SYSTEM_SUBTYPES:
            raise business("This account is used by QuickBooks and can't be merged into another.", "Id")
    if entity == "Item" and (lost.body["Type"] == "Category") != (kept.body["Type"] == "Category"):
        raise business("A category can't be merged with a product or service.", "Type")
    if lost.body.get("CurrencyRef") != kept.body.get("CurrencyRef"):
        raise business("Names of different currencies can't be merged.", "CurrencyRef")
    _check_children(company, lost, kept)
    return lost, kept


def _check_children(company: Company, lost: Record, kept: Record) -> None:
    """No record may come to stand below itself, nor two of one name below one parent."""
    above: Record | None = kept
    while above is not None:
        if above is lost:
            raise business("A name can't be merged into one that stands below it.", "ParentRef")
        parent = above.body.get("ParentRef")
        above = company.find(above.entity, parent["value"]) if parent else None
    if lost.entity in PEOPLE:
        return
    key = name_key(lost.entity)
    names = [{str(record.body[key]).casefold() for record in company.records[lost.entity].values()
              if record.active and record.body.get("ParentRef", {}).get("value") == parent.id}
             for parent in (lost, kept)]
    if names[0] & names[1]:
        raise business("Both have something of the same name below them; rename it first.", "Name")


def _everything(company: Company) -> Iterator[Record]:
    for records in company.records.values():
        yield from records.values()


def _renamed_body(record: Record, entity: str, old: str, new: str) -> dict[str, Any]:
    if record.entity not in TEMPLATES:
        return _renamed(FIELDS.get(record.entity, {}), record.body, entity, old, new)
    document = _renamed(FIELDS[record.body["Kind"]], record.body["Document"], entity, old, new)
    return record.body if document is record.body["Document"] else {**record.body, "Document": document}


def _renamed(kinds: Any, body: dict[str, Any], entity: str, old: str, new: str) -> dict[str, Any]:
    """A copy in which every reference to the one names the other; the body itself where there is none."""
    changed: dict[str, Any] = {}
    for key, value in body.items():
        kind: Kind | None = kinds.get(key)
        if kind is None:
            continue
        found = value
        if key == "Entity" and isinstance(value, dict) and "EntityRef" in value:
            if value.get("Type") == entity and value["EntityRef"]["value"] == old:
                found = {**value, "EntityRef": {**value["EntityRef"], "value": new}}
        elif kind.what == "reference":
            into = value["type"].title() if "type" in value else kind.into
            if into == entity and value["value"] == old:
                found = {**value, "value": new}
        elif kind.what == "object" and isinstance(value, dict):
            found = _renamed(kind.of, value, entity, old, new)
        elif kind.what == "array":
            rows = [_renamed(kind.of, row, entity, old, new) for row in value]
            found = rows if any(row is not before for row, before in zip(rows, value, strict=True)) else value
        if found is not value:
            changed[key] = found
    return {**body, **changed} if changed else body


def _move_entries(company: Company, entity: str, old: str, new: str) -> None:
    """The ledger keeps what was posted, under the other's name."""
    for agency in company.records["TaxAgency"].values() if entity == "Account" else ():
        for key in ("TaxOnPurchasesAccountRef", "TaxTrackedOnSalesAccountRef"):
            if agency.body[key]["value"] == old:
                agency.body[key] = {"value": new}
    for id_, entries in list(company.ledger.entries.items()):
        moved = tuple(_moved(entry, entity, old, new) for entry in entries)
        if moved != entries:
            record = company.transaction(id_)
            assert record is not None, "the ledger names documents that exist"
            company.post(record, moved)


def _moved(entry: Entry, entity: str, old: str, new: str) -> Entry:
    if entry.party == (entity, old):
        entry = entry._replace(party=(entity, new))
    match entity:
        case "Account" if entry.account == old:
            return entry._replace(account=new)
        case "Customer" if entry.customer == old:
            return entry._replace(customer=new)
        case "Class" if entry.class_id == old:
            return entry._replace(class_id=new)
        case "Item" if entry.item == old:
            return entry._replace(item=new)
        case "Department" if entry.department == old:
            return entry._replace(department=new)
    return entry
