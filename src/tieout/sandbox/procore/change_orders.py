"""Commitment change orders of a 1-tier project (procore.md 5.12).

One change order is three resources with ids of their own: the package, the potential change order that Procore
makes with it in silence and that holds the lines, and the newer commitment change order without lines.
"""
from __future__ import annotations

from typing import Any

from tieout.sandbox.procore.commitments import find_contract
from tieout.sandbox.procore.directory import own_company
from tieout.sandbox.procore.lines import CURRENCY, change_line, common, line_filters, new_line, shown_line
from tieout.sandbox.procore.state import ChangeOrder, Company, Line, Markup, Project, written
from tieout.sandbox.procore.wbs import brief_code
from tieout.sandbox.procore.web import (
    EMPTY,
    NOTHING,
    ZERO,
    Answer,
    Call,
    Fields,
    Filter,
    Refusal,
    a_day,
    a_flag,
    a_number,
    a_text,
    among,
    an_integer,
    created,
    data_page,
    day,
    filtered,
    flag_is,
    invalid,
    living,
    loose,
    missing_ids,
    not_found,
    one_of,
    page_of,
    path_id,
    stamp,
    take,
    text_is,
    two,
    within,
)

STATUSES = ("draft", "not_pricing", "pricing", "pending", "revised", "proceeding", "not_proceeding", "no_charge",
            "approved", "rejected", "void")
ORDER: Fields = {
    **dict.fromkeys(("title", "description", "number", "origin_code", "origin_data", "origin_id", "reference"), a_text),
    **dict.fromkeys(("due_date", "invoiced_date", "paid_date", "signed_change_order_received_date",
                     "revised_substantial_completion_date"), a_day),
    "status": one_of(*STATUSES), "schedule_impact_amount": an_integer, "executed": a_flag}
NEWER: Fields = {**{k: v for k, v in ORDER.items() if not k.startswith("origin")},
                 "status": one_of(*STATUSES, "pending_billable"), "private": a_flag, "paid": a_flag,
                 "field_change": a_flag, "signature_required": a_flag, "revision": an_integer}

DATES: dict[str, Filter] = {"updated_at": within(lambda o: o.updated_at), "created_at": within(lambda o: o.created_at),
                            "reviewed_at": within(lambda o: o.get("reviewed_at"))}
PACKAGE_FILTERS: dict[str, Filter] = {**DATES, "id": among(lambda o: o.id)}
PCO_FILTERS: dict[str, Filter] = {**DATES, "id": among(lambda o: o.pco_id),
                                  "contract_id": among(lambda o: o.contract.id), "origin_id": lambda v: lambda o: False}
NEWER_FILTERS: dict[str, Filter] = {
    "id": among(lambda o: o.newer_id), "contract_id": among(lambda o: o.contract.id),
    "legacy_package_id": among(lambda o: o.id), "status": text_is(lambda o: o.status),
    "vendor_id": among(lambda o: o.contract.vendor.id if o.contract.vendor else None),
    "executed": flag_is(lambda o: bool(o.get("executed"))), "updated_at": within(lambda o: o.updated_at)}


# Packages

def packages(call: Call) -> Answer:
    rows = list(call.project.change_orders.values())
    wanted = call.given_id("contract_id")
    if wanted is not None:
        rows = list(find_contract(call.project, wanted).change_orders.values())
    rows = filtered(call, living(call, rows), PACKAGE_FILTERS)
    return page_of(call, rows, listed_package)


def package(call: Call) -> Answer:
    return Answer(shown_package(call.company, find_package(call.project, call.arg_id())))


def find_package(project: Project, wanted: int) -> ChangeOrder:
    return _living(project.change_orders.get(wanted))


def _living(found: ChangeOrder | None) -> ChangeOrder:
    if found is None or found.deleted_at is not None:
        raise not_found()
    return found


def create_package(call: Call) -> Answer:
    made = new_order(call, call.given_id("contract_id"), take(call.wrapped("change_order"), ORDER))
    return created(shown_package(call.company, made))


def update_package(call: Call) -> Answer:
    found = find_package(call.project, call.arg_id())
    change_order(call, found, take(call.wrapped("change_order"), ORDER))
    return Answer(shown_package(call.company, found))


def new_order(call: Call, contract_id: int | None, given: dict[str, Any]) -> ChangeOrder:
    project, company = call.project, call.company
    if contract_id is None:
        raise invalid(contract_id="can't be blank")
    contract = find_contract(project, contract_id)
    values = {"status": "draft", "executed": False, "private": True, "revision": 0, **given}
    values["status"] = values["status"] or "draft"
    values["number"] = values.get("number") or f"{len(contract.change_orders) + 1:03d}"
    company.check_origin("change_order", values.get("origin_id"))
    made = ChangeOrder(company.ids.next("package"), call.now, call.now, contract=contract,
                       pco_id=company.ids.next("potential_change_order"), newer_id=company.ids.next("change_order"),
                       position=len(contract.change_orders) + 1)
    if values["status"] == "approved":
        values["reviewed_at"] = call.now
    written(company, "change_order", made, {**values, "created_by": call.user}, call.now)
    contract.change_orders[made.id] = project.change_orders[made.id] = made
    project.by_potential[made.pco_id] = project.by_newer[made.newer_id] = made
    return made


def change_order(call: Call, found: ChangeOrder, values: dict[str, Any]) -> None:
    """A billed change order has to leave the invoice before it may leave `approved` (6.2)."""
    for name in ("status", "number"):
        if name in values and values[name] is None:
            del values[name]
    wanted = values.get("status", found.status)
    if wanted != found.status:
        if found.status == "approved" and found.billed_on:
            raise invalid(status="cannot be changed while the change order is on an invoice")
        values["reviewed_at"] = call.now if wanted == "approved" else found.get("reviewed_at")
    written(call.company, "change_order", found, values, call.now)


def change_requests(call: Call) -> Answer:
    """Change order requests exist in 3-tier projects; this one has a single tier."""
    if call.given_id("contract_id") is None:
        raise missing_ids()
    find_contract(call.project, call.given_id("contract_id") or 0)
    return page_of(call, [], lambda row: row)


# Potential change orders: where the lines hang

def potentials(call: Call) -> Answer:
    rows = filtered(call, living(call, call.project.change_orders.values()), PCO_FILTERS)
    return page_of(call, rows, listed_potential)


def potential(call: Call) -> Answer:
    if call.given_id("contract_id") is None:
        raise missing_ids()
    found = _potential(call, "id")
    if found.contract.id != call.given_id("contract_id"):
        raise not_found()
    return Answer(shown_potential(call.company, found))


def _potential(call: Call, arg: str = "potential_change_order_id") -> ChangeOrder:
    return _living(call.project.by_potential.get(call.arg_id(arg)))


def potential_lines(call: Call) -> Answer:
    found = _potential(call)
    rows = filtered(call, found.lines.values(), line_filters(call.company))
    return page_of(call, rows, lambda line: _with_markup(call, found, line))


def potential_line(call: Call) -> Answer:
    found = _potential(call)
    return Answer(_with_markup(call, found, _line(found, call.arg_id())))


def create_potential_line(call: Call) -> Answer:
    found = _potential(call)
    return created(_with_markup(call, found, _add_line(call, found, call.wrapped("line_item"))))


def update_potential_line(call: Call) -> Answer:
    found = _potential(call)
    line = _change_line(call, found, call.arg_id(), call.wrapped("line_item"))
    return Answer(_with_markup(call, found, line))


def delete_potential_line(call: Call) -> Answer:
    _remove_line(call, _potential(call))
    return EMPTY


def _line(found: ChangeOrder, wanted: int) -> Line:
    line = found.lines.get(wanted)
    if line is None:
        raise not_found()
    return line


def _editable(found: ChangeOrder) -> None:
    if found.status == "approved":
        raise invalid(base="Line items cannot be changed while the change order is approved")


def _add_line(call: Call, found: ChangeOrder, given: dict[str, Any]) -> Line:
    _editable(found)
    _checked_source(found, given)
    made = new_line(call, given, is_unit=found.contract.is_unit, position=len(found.lines) + 1,
                    holder=(found.pco_id, "PotentialChangeOrder"))
    found.lines[made.id] = made
    found.touch(call.now)
    return made


def _checked_source(found: ChangeOrder, given: dict[str, Any]) -> None:
    source = given.get("commitment_line_item_id")
    if source is not None and path_id(str(source)) not in found.contract.lines:
        raise invalid(commitment_line_item_id="is invalid")


def _change_line(call: Call, found: ChangeOrder, wanted: int, given: dict[str, Any]) -> Line:
    _editable(found)
    line = _line(found, wanted)
    _checked_source(found, given)
    change_line(call, line, given, is_unit=found.contract.is_unit)
    found.touch(call.now)
    return line


def _remove_line(call: Call, found: ChangeOrder) -> None:
    _editable(found)
    line = _line(found, call.arg_id())
    del found.lines[line.id]
    call.company.release_origin("line_item", line)
    found.touch(call.now)


# The newer resource, and its v2 lines

def newer_list(call: Call) -> Answer:
    rows = filtered(call, living(call, call.project.change_orders.values()), NEWER_FILTERS)
    return page_of(call, rows, listed_newer)


def newer(call: Call) -> Answer:
    return Answer(shown_newer(_newer(call, "id")))


def _newer(call: Call, arg: str = "commitment_change_order_id") -> ChangeOrder:
    return _living(call.project.by_newer.get(call.arg_id(arg)))


def create_newer(call: Call) -> Answer:
    given = call.wrapped("change_order")
    contract_id = take(given, {"contract_id": an_integer}).get("contract_id")
    return created(shown_newer(new_order(call, contract_id, take(given, NEWER))))


def update_newer(call: Call) -> Answer:
    found = _newer(call, "id")
    change_order(call, found, take(call.wrapped("change_order"), NEWER))
    return Answer(shown_newer(found))


def delete_newer(call: Call) -> Answer:
    found = _newer(call, "id")
    if found.status == "approved":
        raise invalid(base="An approved change order cannot be deleted")
    found.deleted_at = call.now
    found.touch(call.now)
    call.company.release_origin("change_order", found)
    return NOTHING


def lines_v2(call: Call) -> Answer:
    own_company(call)
    return data_page(call, list(_newer(call).lines.values()), shown_line_v2)


def line_v2(call: Call) -> Answer:
    own_company(call)
    return Answer({"data": shown_line_v2(_line(_newer(call), call.arg_id()))})


def create_line_v2(call: Call) -> Answer:
    own_company(call)
    if call.body.get("wbs_code_id") is None:
        raise invalid(wbs_code_id="can't be blank")
    return Answer({"data": shown_line_v2(_add_line(call, _newer(call), call.body))})


def update_line_v2(call: Call) -> Answer:
    own_company(call)
    return Answer({"data": shown_line_v2(_change_line(call, _newer(call), call.arg_id(), call.body))})


def delete_line_v2(call: Call) -> Answer:
    own_company(call)
    _remove_line(call, _newer(call))
    return NOTHING


# Markups of a change order

MARKUP: Fields = {"name": a_text, "percentage": a_number, "position": an_integer, "wbs_code_id": an_integer,
                  "markup_set": one_of("change_orders_horizontal", "change_orders_vertical", "horizontal", "vertical"),
                  "applies_to_all": a_flag}


def _holder(call: Call) -> ChangeOrder:
    if call.request.param("holder_type") != "PotentialChangeOrder":
        raise Refusal(501, {"errors": "Markups of a contract are not part of this practice Procore; "
                                      "holder_type=PotentialChangeOrder is"})
    wanted = call.given_id("holder_id")
    return _living(call.project.by_potential.get(wanted) if wanted is not None else None)


def markups(call: Call) -> Answer:
    holder = _holder(call)
    return Answer([shown_markup(markup) for markup in holder.markups.values()])


def markup(call: Call) -> Answer:
    return Answer(shown_markup(_markup(_holder(call), call)))


def _markup(holder: ChangeOrder, call: Call) -> Markup:
    found = holder.markups.get(call.arg_id())
    if found is None:
        raise not_found()
    return found


def create_markup(call: Call) -> Answer:
    holder = _holder(call)
    _editable(holder)
    values = {"applies_to_all": False, "position": len(holder.markups) + 1, **_markup_values(call)}
    for name in ("name", "percentage", "markup_set"):
        if values.get(name) in (None, ""):
            raise invalid(**{name: "can't be blank"})
    made = Markup(call.company.ids.next("markup"), call.now, call.now, project_id=call.project.id,
                  holder_id=holder.pco_id, holder_type="PotentialChangeOrder")
    made.wbs_code = values.pop("wbs_code")
    made.write(values, call.now)
    holder.markups[made.id] = made
    holder.touch(call.now)
    return created(shown_markup(made))


def update_markup(call: Call) -> Answer:
    holder = _holder(call)
    _editable(holder)
    found = _markup(holder, call)
    values = _markup_values(call)
    found.wbs_code = values.pop("wbs_code") or found.wbs_code
    found.write({k: v for k, v in values.items() if v is not None}, call.now)
    holder.touch(call.now)
    return Answer(shown_markup(found))


def delete_markup(call: Call) -> Answer:
    holder = _holder(call)
    _editable(holder)
    del holder.markups[_markup(holder, call).id]
    holder.touch(call.now)
    return NOTHING


def _markup_values(call: Call) -> dict[str, Any]:
    given = call.wrapped("markup")
    values = take(given, MARKUP)
    wanted = values.pop("wbs_code_id", None)
    code = call.project.wbs_codes.get(wanted) if wanted is not None else None
    if wanted is not None and code is None:
        raise invalid(wbs_code_id="is invalid")
    if isinstance(given.get("compound"), dict):
        values["compound"] = {"type": given["compound"].get("type"), "selections": []}
    return {**values, "wbs_code": code}


def shown_markup(found: Markup) -> dict[str, object]:
    return {"id": found.id, "applies_to_all": bool(found.get("applies_to_all")), "holder_id": found.holder_id,
            "holder_type": found.holder_type, "compound": found.get("compound"), "markup_conditions": [],
            "markup_set": found.get("markup_set"), "name": found.get("name"),
            "percentage": loose(found.get("percentage")), "position": found.get("position"),
            "prime_line_item_id": None, "project_id": found.project_id, "tax_code_ids": [],
            "wbs_code": {**brief_code(found.wbs_code), "segment_items": []} if found.wbs_code else None}


def statuses(call: Call) -> Answer:
    own_company(call)
    shown = [{"id": number, "name": status.replace("_", " ").capitalize(), "mapped_to_status": status,
              "show_in_select": True} for number, status in enumerate(STATUSES, 1)]
    return page_of(call, shown, lambda row: row)


# How they look

def _person(user: Any) -> dict[str, object]:
    return {"id": user.id, "login": user.login, "name": user.name}


def _heading(found: ChangeOrder) -> dict[str, object]:
    return {"contract_id": found.contract.id, "number": found.get("number"), "title": found.get("title"),
            "status": found.status, "due_date": day(found.get("due_date")),
            "invoiced_date": day(found.get("invoiced_date")), "paid_date": day(found.get("paid_date")),
            "reviewed_at": stamp(found.get("reviewed_at")), "executed": bool(found.get("executed")),
            "revision": found.get("revision") or 0, "grand_total": loose(found.grand_total),
            "created_at": stamp(found.created_at), "updated_at": stamp(found.updated_at),
            "deleted_at": stamp(found.deleted_at), "custom_fields": {}}


def listed_package(found: ChangeOrder) -> dict[str, object]:
    return {"id": found.id, **_heading(found), "created_by_id": found.get("created_by").id,
            "origin_id": found.get("origin_id"), "origin_code": found.get("origin_code"),
            "origin_data": found.get("origin_data"), "designated_reviewer": None,
            "signed_change_order_received_date": day(found.get("signed_change_order_received_date")),
            "currency_configuration": {**CURRENCY, "base_currency_iso_code": "USD"}}


def shown_package(company: Company, found: ChangeOrder) -> dict[str, object]:
    shown = {key: value for key, value in listed_package(found).items() if key != "created_by_id"}
    return shown | {
        "description": found.get("description"), "position": found.position, "private": bool(found.get("private")),
        "type": "CommitmentContractChangeOrder", "schedule_impact_amount": found.get("schedule_impact_amount"),
        "revised_substantial_completion_date": day(found.get("revised_substantial_completion_date")),
        "creator": _person(found.get("created_by")), "reviewer": None, "review_notes": None, "attachments": [],
        "line_items": [_package_line(company, found, line) for line in found.lines.values()]}


def _package_line(company: Company, found: ChangeOrder, line: Line) -> dict[str, object]:
    marked = found.markups_of(line)
    total = line.amount + sum((amount for _, amount in marked), ZERO)
    return common(company, found.contract.project, line, total) | {"markup_line_items": [{
        "id": _markup_line_id(line, markup), "amount": loose(amount), "created_at": stamp(markup.created_at),
        "updated_at": stamp(markup.updated_at), "currency_configuration": CURRENCY,
        "markup": {"id": markup.id, "position": markup.get("position"), "markup_set": markup.get("markup_set"),
                   "name": markup.get("name"), "percentage": loose(markup.get("percentage")),
                   "compounds_markups_above": (markup.get("compound") or {}).get("type") == "above",
                   "created_at": stamp(markup.created_at), "updated_at": stamp(markup.updated_at)},
    } for markup, amount in marked]}


def _markup_line_id(line: Line, markup: Markup) -> int:
    """Every pair of a line and a markup has one: worked out, so that reading changes nothing."""
    return line.id * 1000 + markup.id % 1000


def _with_markup(call: Call, found: ChangeOrder, line: Line) -> dict[str, object]:
    total = line.amount + sum((amount for _, amount in found.markups_of(line)), ZERO)
    return shown_line(call.company, call.project, line, total)


def listed_potential(found: ChangeOrder) -> dict[str, object]:
    return {"id": found.pco_id, **_heading(found), "created_by_id": found.get("created_by").id,
            "change_reason": None, "schedule_impact_amount": found.get("schedule_impact_amount"),
            "change_order_request_id": None, "change_order_request_title": None,
            "change_order_package_title": found.get("title"), "change_order_tiers": 1,
            "potential_change_order_acronym_number": f"PCO #{found.get('number')}",
            "change_order_request_acronym_number": None,
            "change_order_package_acronym_number": f"CCO #{found.get('number')}", "currency_configuration": CURRENCY}


def shown_potential(company: Company, found: ChangeOrder) -> dict[str, object]:
    amounts = sum((line.amount for line in found.lines.values()), ZERO)
    shown = {key: value for key, value in _heading(found).items() if key != "executed"}
    return {"id": found.pco_id, **shown, "description": found.get("description"), "position": found.position,
            "accounting_method": found.contract.get("accounting_method"), "change_order_request_id": None,
            "creator": _person(found.get("created_by")), "line_items_extended_total": loose(amounts),
            "line_items_total": loose(amounts), "private": bool(found.get("private")),
            "paid": found.get("paid_date") is not None, "void": found.status == "void", "field_change": False,
            "schedule_impact_amount": found.get("schedule_impact_amount"), "attachments": [],
            "line_items": [_potential_line(company, found, line) for line in found.lines.values()],
            "currency_configuration": CURRENCY}


def _potential_line(company: Company, found: ChangeOrder, line: Line) -> dict[str, object]:
    shown = _package_line(company, found, line)
    for name in ("wbs_code", "holder"):
        del shown[name]
    # Numbers here, text everywhere else: the same field in two types, as Procore has it.
    return shown | {"quantity": float(line.get("quantity") or 0), "unit_cost": float(line.get("unit_cost") or 0),
                    "tax_code_id": line.get("tax_code_id")}


def listed_newer(found: ChangeOrder) -> dict[str, object]:
    shown = {key: value for key, value in _heading(found).items() if key not in ("deleted_at", "paid_date")}
    author = found.get("created_by")
    return {"id": found.newer_id, **shown, "batch_id": None, "legacy_package_id": found.id, "legacy_request_id": None,
            "location_id": None, "type": "CommitmentChangeOrder", "description": found.get("description"),
            "paid": bool(found.get("paid")) or found.get("paid_date") is not None,
            "private": bool(found.get("private")), "field_change": bool(found.get("field_change")),
            "signature_required": bool(found.get("signature_required")), "reference": found.get("reference"),
            "signed_change_order_received_date": day(found.get("signed_change_order_received_date")),
            "revised_substantial_completion_date": day(found.get("revised_substantial_completion_date")),
            "schedule_impact_amount": found.get("schedule_impact_amount"),
            "created_by": {"id": author.id, "name": author.name}, "change_order_change_reason": None,
            "currency_configuration": CURRENCY, "change_events": []}


def shown_newer(found: ChangeOrder) -> dict[str, object]:
    return {**listed_newer(found), "attachments": []}


def shown_line_v2(line: Line) -> dict[str, object]:
    source, code = line.get("commitment_line_item_id"), line.wbs_code
    return {"id": str(line.id), "prime_line_item_id": None,
            "commitment_line_item_id": str(source) if source is not None else None,
            "description": line.get("description"), "uom": line.get("uom"),
            "quantity": float(line.get("quantity") or 0), "unit_cost": loose(line.get("unit_cost") or ZERO),
            "amount": two(line.amount), "extended_type": line.get("extended_type"), "wbs_code_id": str(code.id),
            "tax_code_id": None, "position": line.position,
            "wbs_code": {"id": str(code.id), "flat_code": code.flat_code, "description": code.description}}
