"""Commitments, their lines and summary, v2.0 (procore.md 5.11): ids as text, no wrapper, answers under `data`.

The description leaves the answers open; they give back what the requests take, with the ids and the totals.
origin_id and origin_code are not known here: they are set and read through v1.0.
"""
from __future__ import annotations

from typing import Any

from tieout.sandbox.procore import commitments as v1
from tieout.sandbox.procore import custom_fields
from tieout.sandbox.procore.contract_records import Contract, Line
from tieout.sandbox.procore.directory import own_company
from tieout.sandbox.procore.files import attach, wanted_files
from tieout.sandbox.procore.lines import CURRENCY, shown_line_v2
from tieout.sandbox.procore.state import Company
from tieout.sandbox.procore.web import (
    NOTHING,
    Answer,
    Call,
    Fields,
    Filter,
    Refusal,
    a_flag,
    among,
    created,
    data_page,
    day,
    filtered,
    flag_is,
    invalid,
    living,
    loose,
    not_found,
    one_of,
    some_ids,
    stamp,
    take,
    text_is,
    within,
)

KINDS = {"WorkOrderContract": v1.WO, "PurchaseOrderContract": v1.PO}
LEVELS = ("change_order_package", "change_order_request", "potential_change_order", "line_item")
SSOV = ("draft", "revise_and_resubmit", "under_review", "approved")
# What holds where a commitment does not say.
FLAGS = {"signature_required": False, "allow_comments": True, "allow_markups": False, "enable_ssov": False,
         "allow_change_orders_ssov": False, "allow_payment_applications": True, "allow_payments": True,
         "display_materials_retainage": True, "display_work_retainage": True, "show_cost_code_on_pdf": False,
         "ssr_enabled": False, "show_line_items_to_non_admins": True}
EXTRA: Fields = {**dict.fromkeys(FLAGS, a_flag), "change_order_level_of_detail": one_of(*LEVELS),
                 "billing_schedule_of_values_status": one_of(*SSOV), "bill_recipient_ids": some_ids,
                 "accessor_ids": some_ids}
V1_ONLY = ("origin_id", "origin_code", "origin_data", "invoice_contact_user_ids")

FILTERS: dict[str, Filter] = {
    "id": among(lambda c: c.id), "type": text_is(lambda c: c.type), "status": among(lambda c: c.status),
    "accounting_method": text_is(lambda c: c.get("accounting_method")),
    "executed": flag_is(lambda c: bool(c.get("executed"))),
    "signature_required": flag_is(lambda c: bool(c.get("signature_required"))),
    "vendor_id": among(lambda c: c.vendor.id if c.vendor else None),
    "created_at": within(lambda c: c.created_at), "updated_at": within(lambda c: c.updated_at),
    "deleted_at": within(lambda c: c.deleted_at)}


def contracts(call: Call) -> Answer:
    own_company(call)
    held = call.project.contracts.values()
    rows = filtered(call, held if "deleted_at" in call.filters else living(call, held), FILTERS)
    return data_page(call, rows, lambda c: shown_contract(call.company, c, call.view))


def contract(call: Call) -> Answer:
    return Answer({"data": shown_contract(call.company, _contract(call), call.view)})


def _contract(call: Call, arg: str = "commitment_contract_id") -> Contract:
    own_company(call)
    return v1.find_contract(call.project, call.arg_id(arg))


def create_contract(call: Call) -> Answer:
    own_company(call)
    kind = KINDS.get(str(call.body.get("type")))
    if kind is None:
        raise Refusal(400, {"errors": "param is missing or the value is invalid: type"})
    extra = _extra(call)
    files = wanted_files(call, call.body)
    made = v1.new_contract(kind, call, _given(call))
    _settle(call, made, extra)
    attach(call, made, files)
    return created({"data": shown_contract(call.company, made, call.view)})


def update_contract(call: Call) -> Answer:
    found = _contract(call)
    extra = _extra(call)
    files = wanted_files(call, call.body)
    v1.change_contract(KINDS[found.type], call, found, _given(call))
    _settle(call, found, extra)
    attach(call, found, files)
    return Answer({"data": shown_contract(call.company, found, call.view)})


def _given(call: Call) -> dict[str, Any]:
    return {name: value for name, value in call.body.items() if name not in V1_ONLY}


def _extra(call: Call) -> dict[str, Any]:
    values = take(call.body, EXTRA)
    for name in ("bill_recipient_ids", "accessor_ids"):
        if any(one not in call.company.people_by_user for one in values.get(name) or ()):
            raise invalid(**{name: "is invalid"})
    return values


def _settle(call: Call, found: Contract, values: dict[str, Any]) -> None:
    """The settings that v1.0 does not know; some of them rule what may be billed and paid."""
    if "billing_schedule_of_values_status" in values:
        values["ssov_status"] = values.pop("billing_schedule_of_values_status")
    found.write(values, call.now)
    if values.get("allow_payment_applications") is not None:
        found.requisitions_are_enabled = values["allow_payment_applications"]
    if values.get("allow_payments") is not None:
        found.payments_are_enabled = values["allow_payments"]


def delete_contract(call: Call) -> Answer:
    v1.remove_contract(call, _contract(call))
    return NOTHING


def summary(call: Call) -> Answer:
    found = _contract(call, "contract_id")
    totals, changes = v1.totals(found), v1.changes_by_status(found)
    return Answer({"data": {
        "approved_change_total": loose(changes["approved"]), "pending_revised_change_total": loose(changes["pending"]),
        "draft_change_total": loose(changes["draft"]), "total_invoices_amount": totals["total_requisitions_amount"],
        "total_payments_amount": totals["total_payments"], "currency_configuration": CURRENCY}})


def shown_contract(company: Company, found: Contract, view: str) -> dict[str, object]:
    kind = KINDS[found.type]
    days = (*v1.BOTH_DAYS, *kind.days)
    shown: dict[str, object] = {"id": str(found.id), "type": found.type}
    shown |= {name: found.get(name) for name in ("title", "number", "description", "status", "accounting_method",
                                                 "approval_letter_date", "change_order_level_of_detail", *kind.texts)}
    shown |= {name: day(found.get(name)) for name in days}
    shown |= {name: default if found.get(name) is None else found.get(name) for name, default in FLAGS.items()}
    shown |= {name: [str(one) for one in found.get(name) or ()] for name in ("bill_recipient_ids", "accessor_ids")}
    assignee = found.get("assignee_id")
    shown |= {
        "executed": bool(found.get("executed")), "private": bool(found.get("private")),
        "vendor_id": str(found.vendor.id) if found.vendor else None,
        "assignee_id": str(assignee) if assignee is not None else None,
        "retainage_percent": loose(found.get("retainage_percent")),
        "billing_schedule_of_values_status": found.get("ssov_status") or "draft"}
    if view == "extended":
        shown |= {"vendor_name": found.vendor.get("name") if found.vendor else None,
                  "custom_fields": custom_fields.shown(company, found.kind, found)}
    return shown | v1.totals(found) | {
        "created_at": stamp(found.created_at), "updated_at": stamp(found.updated_at),
        "deleted_at": stamp(found.deleted_at), "currency_configuration": CURRENCY}


# Lines

def lines(call: Call) -> Answer:
    return data_page(call, list(_contract(call).lines.values()), shown_line)


def line(call: Call) -> Answer:
    return Answer({"data": shown_line(_line(call)[1])})


def _line(call: Call) -> tuple[Contract, Line]:
    parent = _contract(call)
    found = parent.lines.get(call.arg_id())
    if found is None:
        raise not_found()
    return parent, found


def create_line(call: Call) -> Answer:
    """Answers 200, not 201."""
    parent = _contract(call)
    return Answer({"data": shown_line(v1.add_line(call, parent, _line_given(call, parent, is_new=True)))})


def update_line(call: Call) -> Answer:
    parent, found = _line(call)
    v1.write_line(call, parent, found, _line_given(call, parent, is_new=False))
    return Answer({"data": shown_line(found)})


def _line_given(call: Call, parent: Contract, *, is_new: bool) -> dict[str, Any]:
    """wbs_code_id only; quantity, unit cost and unit on unit contracts only; a null amount is no amount."""
    given = dict(call.body)
    for name in ("cost_code_id", "line_item_type_id", "origin_id", "origin_data"):
        given.pop(name, None)
    if is_new and given.get("wbs_code_id") is None:
        raise invalid(wbs_code_id="can't be blank")
    for name in ("quantity", "unit_cost", "uom"):
        if not parent.is_unit and given.get(name) is not None:
            raise invalid(**{name: "is only allowed on unit/quantity based contracts"})
    return given


def delete_line(call: Call) -> Answer:
    v1.remove_line(call, *_line(call))
    return NOTHING


def shown_line(found: Line) -> dict[str, object]:
    prime = found.get("prime_line_item_id")
    return {"prime_line_item_id": str(prime) if prime is not None else None, **shown_line_v2(found),
            "work_breakdown_structure": {}}
