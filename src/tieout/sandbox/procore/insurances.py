"""Insurances of a company vendor (procore.md 5.4)."""
from __future__ import annotations

from typing import Any

from tieout.sandbox.procore.directory import own_company
from tieout.sandbox.procore.records import Record
from tieout.sandbox.procore.state import Vendor, written
from tieout.sandbox.procore.web import (
    EMPTY,
    Answer,
    Call,
    Fields,
    SyncRules,
    a_day,
    a_flag,
    a_text,
    created,
    day,
    invalid,
    not_found,
    one_of,
    page_of,
    sync,
    take,
)

STATUSES = ("compliant", "compliant_in_progress", "expired", "non_compliant", "non_compliant_in_progress",
            "undecided", "unregistered")
TEXTS = ("insurance_type", "limit", "name", "notes", "policy_number", "additional_insured", "division_template",
         "insurance_sets", "origin_id", "origin_data")
FLAGS = ("enable_expired_insurance_notifications", "exempt", "info_received")
DAYS = ("effective_date", "expiration_date")
FIELDS: Fields = {**dict.fromkeys(TEXTS, a_text), **dict.fromkeys(FLAGS, a_flag), **dict.fromkeys(DAYS, a_day),
                  "status": one_of(*STATUSES)}


def _vendor(call: Call) -> Vendor:
    found = own_company(call).vendors.get(call.arg_id("vendor_id"))
    if found is None:
        raise not_found()
    return found


def _found(call: Call) -> tuple[Vendor, Record]:
    vendor = _vendor(call)
    found = vendor.insurances.get(call.arg_id())
    if found is None:
        raise not_found()
    return vendor, found


def insurances(call: Call) -> Answer:
    vendor = _vendor(call)
    return page_of(call, list(vendor.insurances.values()), lambda row: shown(vendor, row))


def insurance(call: Call) -> Answer:
    return Answer(shown(*_found(call)))


def create(call: Call) -> Answer:
    vendor = _vendor(call)
    return created(shown(vendor, _new(call, vendor, call.wrapped("insurance"))))


def update(call: Call) -> Answer:
    vendor, found = _found(call)
    return Answer(shown(vendor, _change(call, found, call.wrapped("insurance"))))


def delete(call: Call) -> Answer:
    vendor, found = _found(call)
    del vendor.insurances[found.id]
    call.company.release_origin("insurance", found)
    return EMPTY


def sync_all(call: Call) -> Answer:
    vendor, origins = _vendor(call), call.company.origin_ids
    return sync(call, SyncRules(
        vendor.insurances.get, lambda origin: vendor.insurances.get(origins.get(("insurance", origin), 0)),
        lambda given: _new(call, vendor, given), lambda found, given: _change(call, found, given),
        lambda found: shown(vendor, found)))


def _new(call: Call, vendor: Vendor, given: dict[str, Any]) -> Record:
    values = {"status": "undecided", **_values(given, None)}
    call.company.check_origin("insurance", values.get("origin_id"))
    made = Record(call.company.ids.next("insurance"), call.now, call.now)
    written(call.company, "insurance", made, values, call.now)
    vendor.insurances[made.id] = made
    return made


def _change(call: Call, found: Record, given: dict[str, Any]) -> Record:
    values = _values(given, found)
    call.company.check_new_origin("insurance", found, values)
    written(call.company, "insurance", found, values, call.now)
    return found


def _values(given: dict[str, Any], held: Record | None) -> dict[str, Any]:
    values = take(given, FIELDS)
    begins, ends = (values[name] if name in values else held.get(name) if held is not None else None for name in DAYS)
    if begins is not None and ends is not None and ends < begins:
        raise invalid(expiration_date="must not be before the effective date")
    return values


def shown(vendor: Vendor, found: Record) -> dict[str, object]:
    return {"id": found.id, "vendor_id": vendor.id, "insurance_provider": found.get("name"),
            **{name: found.get(name) for name in TEXTS if name != "name"},
            **{name: bool(found.get(name)) for name in FLAGS}, **{name: day(found.get(name)) for name in DAYS},
            "status": found.get("status")}
