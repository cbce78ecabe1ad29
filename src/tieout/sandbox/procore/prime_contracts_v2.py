"""Prime contracts, their lines and summary, v2.0 (procore.md 5.17): ids as text, no wrapper, answers under `data`.

The description leaves the answers open; they give back what the requests take, with the ids and the totals.
"""
from __future__ import annotations

from typing import Any

from tieout.sandbox.procore import custom_fields
from tieout.sandbox.procore import prime_contracts as v1
from tieout.sandbox.procore.contract_records import PRIME, Contract, Line
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
    a_day,
    a_flag,
    a_text,
    among,
    created,
    data_page,
    day,
    filtered,
    flag_is,
    invalid,
    living,
    loose,
    one_of,
    stamp,
    take,
    text_is,
    within,
)

FLAGS = (*v1.SETTINGS, "auto_approve_prefilled_requisitions_on_payapp", "enable_ssov", "show_cost_code_on_pdf",
         "signature_required")
FIELDS: Fields = {**v1.BOTH_VERSIONS, **dict.fromkeys(FLAGS, a_flag), "substantial_completion_date": a_day,
                  "change_order_level_of_detail": one_of(*v1.LEVELS)}
FILTERS: dict[str, Filter] = {
    "id": among(lambda c: c.id), "status": text_is(lambda c: c.status),
    "accounting_method": text_is(lambda c: c.get("accounting_method")),
    "executed": flag_is(lambda c: bool(c.get("executed"))),
    "signature_required": flag_is(lambda c: bool(c.get("signature_required"))),
    "vendor_id": among(lambda c: c.vendor.id if c.vendor else None),
    "architect_id": among(lambda c: c.architect.id if c.architect else None),
    "contractor_id": among(lambda c: c.contractor.id if c.contractor else None),
    "created_at": within(lambda c: c.created_at), "updated_at": within(lambda c: c.updated_at),
    "deleted_at": within(lambda c: c.deleted_at)}


def contracts(call: Call) -> Answer:
    """Deleted ones show where the call asks for them by their day."""
    own_company(call)
    held = call.project.prime_contracts.values()
    rows = filtered(call, held if "deleted_at" in call.filters else living(call, held), FILTERS)
    return data_page(call, rows, lambda c: shown_contract(call.company, c, call.view))


def contract(call: Call) -> Answer:
    return Answer({"data": shown_contract(call.company, _contract(call), call.view)})


def _contract(call: Call, arg: str = "prime_contract_id") -> Contract:
    own_company(call)
    return v1.find_prime(call.project, call.arg_id(arg))


def create_contract(call: Call) -> Answer:
    own_company(call)
    files = wanted_files(call, call.body)
    made = v1.new_contract(call, {**take(call.body, FIELDS), **custom_fields.read(call, PRIME, call.body)})
    attach(call, made, files)
    return created({"data": shown_contract(call.company, made, call.view)})


def update_contract(call: Call) -> Answer:
    found = _contract(call)
    files = wanted_files(call, call.body)
    custom = custom_fields.read(call, PRIME, call.body, held=found)
    v1.change_contract(call, found, {**take(call.body, FIELDS), **custom})
    attach(call, found, files)
    return Answer({"data": shown_contract(call.company, found, call.view)})


def delete_contract(call: Call) -> Answer:
    v1.remove_contract(call, _contract(call))
    return NOTHING


def summary(call: Call) -> Answer:
    sums, changes = _totals(call)
    return Answer({"data": {
        "approved_change_total": loose(changes["approved"]), "pending_revised_change_total": loose(changes["pending"]),
        "draft_change_total": loose(changes["draft"]), "total_invoices_amount": loose(sums["owner_invoices_amount"]),
        "total_payments_amount": loose(sums["total_payments"]), "currency_configuration": CURRENCY}})


def _totals(call: Call) -> tuple[dict[str, Any], dict[str, Any]]:
    found = _contract(call, "contract_id")
    return v1.totals(found), v1.changes_by_status(found)


def shown_contract(company: Company, found: Contract, view: str) -> dict[str, object]:
    shown: dict[str, object] = {"id": str(found.id), "type": found.type}
    shown |= {name: found.get(name) for name in (*v1.TEXTS, "accounting_method", "status",
                                                 "change_order_level_of_detail")}
    shown |= {name: bool(found.get(name)) for name in (*FLAGS, "executed")}
    shown |= {name: day(found.get(name)) for name in (*v1.DAYS, "substantial_completion_date")}
    parties = {"vendor": found.vendor, "contractor": found.contractor, "architect": found.architect}
    for role, party in parties.items():
        shown[f"{role}_id"] = str(party.id) if party is not None else None
    if view == "extended":
        shown |= {f"{role}_name": party.get("name") if party is not None else None for role, party in parties.items()}
        shown["custom_fields"] = custom_fields.shown(company, PRIME, found)
    money = {**v1.totals(found), "grand_total": found.grand_total,
             "approved_change_orders": v1.changes_by_status(found)["approved"]}
    return shown | {name: loose(amount) for name, amount in money.items()} | {
        "created_at": stamp(found.created_at), "updated_at": stamp(found.updated_at),
        "deleted_at": stamp(found.deleted_at), "currency_configuration": CURRENCY}


# Lines

LINE_GROUP: Fields = {"line_item_group_id": a_text}


def lines(call: Call) -> Answer:
    return data_page(call, list(_contract(call).lines.values()), shown_line)


def line(call: Call) -> Answer:
    return Answer({"data": shown_line(v1.line_of(_contract(call), call.arg_id()))})


def create_line(call: Call) -> Answer:
    found = _contract(call)
    if call.body.get("wbs_code_id") is None:
        raise invalid(wbs_code_id="can't be blank")
    group = take(call.body, LINE_GROUP)
    made = v1.add_line(call, found, call.body)
    made.write(group, call.now)
    return Answer({"data": shown_line(made)})


def update_line(call: Call) -> Answer:
    parent = _contract(call)
    found = v1.line_of(parent, call.arg_id())
    group = take(call.body, LINE_GROUP)
    v1.write_line(call, parent, found, call.body)
    found.write(group, call.now)
    return Answer({"data": shown_line(found)})


def delete_line(call: Call) -> Answer:
    parent = _contract(call)
    v1.remove_line(call, parent, v1.line_of(parent, call.arg_id()))
    return NOTHING


def shown_line(found: Line) -> dict[str, object]:
    return {"line_item_group_id": found.get("line_item_group_id"), **shown_line_v2(found)}
