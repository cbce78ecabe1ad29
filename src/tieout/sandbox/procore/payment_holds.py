"""Manual holds: somebody keeps an invoice, or whatever a vendor bills in a project, from being paid (procore.md 5.14).

A hold is told of and changes nothing else. The description leaves the body of a write open: it is taken by the names
of the answer.
"""
from __future__ import annotations

from typing import Any

from tieout.sandbox.procore.files import attach, shown_files, wanted_files
from tieout.sandbox.procore.records import Record
from tieout.sandbox.procore.state import Project, Requisition
from tieout.sandbox.procore.web import (
    Answer,
    Call,
    Fields,
    a_flag,
    a_text,
    an_integer,
    bad_request,
    invalid,
    not_found,
    one_of,
    page_of,
    stamp,
    take,
)

HOLD: Fields = {"description": a_text, "status": one_of("applied", "released"), "visible_to_vendor": a_flag,
                "hold_type": one_of("invoice", "vendor"), "vendor_id": an_integer}
WHOSE = ("hold_type", "vendor_id")


def _invoice(call: Call) -> Requisition:
    wanted = call.given_id("invoice_id")
    if wanted is None:
        raise bad_request("param is missing or the value is empty: invoice_id")
    found = call.project.requisitions.get(wanted)
    if found is None:
        raise not_found()
    return found


def _holds(project: Project, invoice: Requisition) -> list[Record]:
    """Those of the invoice itself, and those of the vendor that it comes from."""
    vendor = invoice.contract.vendor
    return [one for one in project.payment_holds.values() if one.get("invoice_id") == invoice.id or (
        vendor is not None and one.get("vendor_id") == vendor.id)]


def holds(call: Call) -> Answer:
    return page_of(call, _holds(call.project, _invoice(call)), lambda one: _shown(call, one))


def create_hold(call: Call) -> Answer:
    """Answered with 200."""
    values: dict[str, Any] = {"hold_type": "invoice", "status": "applied", "visible_to_vendor": False,
                              **{name: value for name, value in take(call.body, HOLD).items() if value is not None}}
    files = wanted_files(call)
    if values["hold_type"] == "vendor":
        if values.get("vendor_id") is None:
            raise bad_request("param is missing or the value is empty: vendor_id")
        if values["vendor_id"] not in call.company.vendors:
            raise invalid(vendor_id="is invalid")
    else:
        invoice = _invoice(call)
        values |= {"invoice_id": invoice.id, "vendor_id": None}
    values |= {"created_by": call.user.name, "updated_by": call.user.name}
    made = Record(call.company.ids.next("payment_hold"), call.now, call.now, values)
    attach(call, made, files)
    call.project.payment_holds[made.id] = made
    return Answer(_shown(call, made))


def update_hold(call: Call) -> Answer:
    """Its text, status and files; whom it holds stays."""
    found = call.project.payment_holds.get(call.arg_id())
    if found is None or found not in _holds(call.project, _invoice(call)):
        raise not_found()
    files, values = wanted_files(call), take(call.body, HOLD)
    for name in WHOSE:
        if name in values and values.pop(name) != found.get(name):
            raise invalid(**{name: "cannot be changed"})
    given = {name: value for name, value in values.items() if value is not None}
    if found.write(given, call.now) or files:
        found.fields["updated_by"] = call.user.name
    attach(call, found, files)
    return Answer(_shown(call, found))


def _shown(call: Call, found: Record) -> dict[str, object]:
    return {"id": found.id, "status": found.get("status"), "description": found.get("description"),
            "created_by": found.get("created_by"), "created_at": stamp(found.created_at),
            "updated_by": found.get("updated_by"), "updated_at": stamp(found.updated_at),
            "company_id": call.company.id, "project_id": call.project.id, "invoice_id": found.get("invoice_id"),
            "hold_type": found.get("hold_type"), "vendor_id": found.get("vendor_id"),
            "visible_to_vendor": found.get("visible_to_vendor"), "attachments": shown_files(found)}
