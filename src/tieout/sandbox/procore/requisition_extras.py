"""Beside the subcontractor invoice itself: version 1.0's shapes, its due date, who changed what, lien waivers (5.14).

The names of a history's `column` and `ref_type` are inferred; the description leaves them open.
"""
from __future__ import annotations

from typing import Any

from tieout.sandbox.procore import requisitions as v11
from tieout.sandbox.procore.contract_records import Requisition
from tieout.sandbox.procore.directory import own_company
from tieout.sandbox.procore.lines import CURRENCY
from tieout.sandbox.procore.requisition_views import shown_requisition
from tieout.sandbox.procore.state import Company
from tieout.sandbox.procore.web import (
    Answer,
    Call,
    a_day,
    bad_request,
    created,
    day,
    filtered,
    invalid,
    not_found,
    page_of,
    stamp,
    take,
)

# Version 1.0

ONLY_LATER = ("previous_requisition_id", "vendor_id", "invoice_type", "move_materials_to_previous_work_completed",
              "summary_text", "items", "item_packages")
LATER_SUMS = ("new_materials", "new_materials_quantity", "stored_materials", "stored_materials_quantity")


def requisitions(call: Call) -> Answer:
    rows = filtered(call, call.project.requisitions.values(),
                    {name: test for name, test in v11.FILTERS.items() if name != "is_last"})
    return page_of(call, rows, lambda found: shown_10(call.company, found), default=30)


def requisition(call: Call) -> Answer:
    return Answer(shown_10(call.company, v11.find_requisition(call, "id")))


def create_requisition(call: Call) -> Answer:
    return created(_written(call, v11.new_requisition(call)))


def update_requisition(call: Call) -> Answer:
    return Answer(_written(call, v11.changed_requisition(call)))


def _written(call: Call, found: Requisition) -> dict[str, object]:
    shown = shown_requisition(call.company, found, "items")
    return {name: value for name, value in shown.items() if name != "item_packages"}


def shown_10(company: Company, found: Requisition) -> dict[str, object]:
    shown: dict[str, Any] = {name: value for name, value in shown_requisition(company, found).items()
                             if name not in ONLY_LATER}
    sums = {name: value for name, value in shown["summary"].items() if name not in LATER_SUMS}
    return shown | {"summary": sums, "comment": found.get("comment"), "currency_configuration": CURRENCY}


# The day on which it is to be paid

def update_payment_details(call: Call) -> Answer:
    """Stands beside the invoice and is written there alone: the due date has no place in the invoice's own fields."""
    own_company(call)
    found = v11.find_requisition(call, "id")
    v11.may_write(call, found, {"due_date": None}, has_items=False)
    values = take(call.body, {"due_date": a_day})
    if "due_date" not in values:
        raise invalid(due_date="can't be blank")
    found.write({"payment_due_date": values["due_date"]}, call.now)
    return Answer({"data": {"due_date": day(found.get("payment_due_date"))}})


# Who changed what

def change_histories(call: Call) -> Answer:
    found = v11.find_requisition(call)
    return page_of(call, found.history, lambda change: {
        "id": change.id, "column": change.column, "old_value": change.old, "new_value": change.new,
        "action_by": change.user.name, "action_by_id": change.user.id, "created_at": stamp(change.at),
        "ref_id": change.ref_id, "ref_type": change.ref_type})


# Lien waivers: nobody asks for one here, so no invoice has any

def lien_waivers(call: Call) -> Answer:
    wanted = call.given_id("invoice_id")
    if wanted is None:
        raise bad_request("param is missing or the value is empty: invoice_id")
    if wanted not in call.project.requisitions:
        raise not_found()
    return page_of(call, [], lambda row: row)
