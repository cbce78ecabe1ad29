"""Change orders of commitments and of prime contracts in a 1-tier project (procore.md 5.12, 5.18).

One change order is three resources with ids of their own: the package, the potential change order that Procore
makes with it in silence and that holds the lines, and the newer commitment or prime change order without lines.
"""
from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time
from functools import partial
from typing import Any

from tieout.sandbox.procore.change_order_views import (
    listed_newer,
    listed_package,
    listed_potential,
    shown_line_v2,
    shown_newer,
    shown_package,
    shown_potential,
    with_markup,
)
from tieout.sandbox.procore.change_reasons import reasons_of
from tieout.sandbox.procore.commitments import bury_order, find_any_contract
from tieout.sandbox.procore.contract_records import ChangeOrder, Contract, Line
from tieout.sandbox.procore.custom_fields import read as read_custom
from tieout.sandbox.procore.directory import own_company
from tieout.sandbox.procore.files import attach, wanted_files
from tieout.sandbox.procore.lines import change_line, editable, line_filters, new_line
from tieout.sandbox.procore.markups import given_by_contract
from tieout.sandbox.procore.permissions import admin_for
from tieout.sandbox.procore.records import Record
from tieout.sandbox.procore.state import Project, written
from tieout.sandbox.procore.web import (
    EMPTY,
    NOTHING,
    Answer,
    Call,
    Fields,
    Filter,
    SyncRules,
    a_day,
    a_flag,
    a_text,
    among,
    an_integer,
    created,
    data_page,
    filtered,
    flag_is,
    forbidden,
    invalid,
    living,
    missing_ids,
    not_found,
    one_of,
    page_of,
    path_id,
    sync,
    take,
    text_is,
    within,
)

DECIDED = ("approved", "rejected")
STATUSES = ("draft", "not_pricing", "pricing", "pending", "revised", "proceeding", "not_proceeding", "no_charge",
            "approved", "rejected", "void")
ORDER: Fields = {
    **dict.fromkeys(("title", "description", "number", "origin_code", "origin_data", "origin_id", "reference"), a_text),
    **dict.fromkeys(("due_date", "invoiced_date", "paid_date", "signed_change_order_received_date",
                     "revised_substantial_completion_date"), a_day),
    "status": one_of(*STATUSES), "schedule_impact_amount": an_integer, "executed": a_flag}
NEWER: Fields = {**{k: v for k, v in ORDER.items() if not k.startswith("origin")},
                 "status": one_of(*STATUSES, "pending_billable"), "private": a_flag, "paid": a_flag,
                 "field_change": a_flag, "signature_required": a_flag, "revision": an_integer,
                 "reason": a_text, "change_order_change_reason_id": an_integer, "location_id": an_integer,
                 "designated_reviewer_id": an_integer, "received_from_id": an_integer}

POTENTIAL: Fields = {k: v for k, v in ORDER.items() if k not in (
    "origin_code", "executed", "signed_change_order_received_date", "reference")}
NOT_WHEN_MADE = ("attachments", "deleted_at", "reviewed_at", "reviewer", "change_order_change_reason_id",
                 "designated_reviewer", "location_id", "reason", "received_from", "reference", "request_for_quote_id")
PCO_ORIGIN = {"origin_id": "pco_origin_id", "origin_data": "pco_origin_data"}


def _noon(name: str) -> Callable[[Any], datetime | None]:
    """A day as a moment that lies in every range that holds the day."""
    def of(order: Any) -> datetime | None:
        value = order.get(name)
        return None if value is None else datetime.combine(value, time(12), UTC)
    return of


DATES: dict[str, Filter] = {"updated_at": within(lambda o: o.updated_at), "created_at": within(lambda o: o.created_at),
                            "reviewed_at": within(lambda o: o.get("reviewed_at")),
                            **{name: within(_noon(name)) for name in ("due_date", "invoiced_date", "paid_date")}}
PACKAGE_FILTERS: dict[str, Filter] = {**DATES, "id": among(lambda o: o.id), "signed_change_order_received_date": within(
    _noon("signed_change_order_received_date"))}
PCO_FILTERS: dict[str, Filter] = {**DATES, "id": among(lambda o: o.pco_id),
                                  "contract_id": among(lambda o: o.contract.id),
                                  "origin_id": text_is(lambda o: o.get("pco_origin_id"))}
NEWER_FILTERS: dict[str, Filter] = {
    "id": among(lambda o: o.newer_id), "contract_id": among(lambda o: o.contract.id),
    "legacy_package_id": among(lambda o: o.id), "status": text_is(lambda o: o.status),
    "vendor_id": among(lambda o: o.contract.vendor.id if o.contract.vendor else None),
    "executed": flag_is(lambda o: bool(o.get("executed"))), "updated_at": within(lambda o: o.updated_at),
    "signature_required": flag_is(lambda o: bool(o.get("signature_required"))), "batch_id": among(lambda o: None)}


@dataclass(frozen=True)
class Side:
    """What differs between the newer change orders of commitments and those of prime contracts."""

    kind: str
    is_prime: bool

    @property
    def arg(self) -> str:
        return f"{self.kind}_id"

    def has(self, order: ChangeOrder) -> bool:
        return order.contract.is_prime is self.is_prime


COMMITMENT = Side("commitment_change_order", is_prime=False)
PRIME = Side("prime_change_order", is_prime=True)


# Packages

def packages(call: Call) -> Answer:
    rows = list(call.project.change_orders.values())
    wanted = call.given_id("contract_id")
    if wanted is not None:
        rows = list(find_any_contract(call.project, wanted).change_orders.values())
    rows = filtered(call, living(call, rows), PACKAGE_FILTERS)
    return page_of(call, rows, listed_package)


def package(call: Call) -> Answer:
    return Answer(shown_package(call.company, find_package(call.project, call.arg_id())))


def find_package(project: Project, wanted: int) -> ChangeOrder:
    return _living(project.change_orders.get(wanted))


def _named(call: Call, values: dict[str, Any]) -> None:
    """Puts the people and the reason in the place of their ids."""
    company = call.company
    rows: dict[str, Mapping[int, Record]] = {
        "designated_reviewer": company.people_by_user, "received_from": company.people_by_user,
        "change_reason": reasons_of(company)}
    for name, held in rows.items():
        field = IDS.get(name, f"{name}_id")
        if field in values:
            wanted = values.pop(field)
            values[name] = None if wanted is None else held.get(wanted)
            if wanted is not None and values[name] is None:
                raise invalid(**{field: "is invalid"})


IDS = {"change_reason": "change_order_change_reason_id"}


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
    contract = find_any_contract(project, contract_id)
    _may_write(call, contract)
    admin_for(call, {"status": "draft"}, given, "status")
    _named(call, given)
    values = {"status": "draft", "executed": False, "private": True, "revision": 0, **given}
    values["status"] = values["status"] or "draft"
    values["number"] = values.get("number") or f"{len(contract.change_orders) + 1:03d}"
    company.check_origin("change_order", values.get("origin_id"))
    made = ChangeOrder(company.ids.next("package"), call.now, call.now, contract=contract,
                       pco_id=company.ids.next("potential_change_order"), newer_id=company.ids.next("change_order"),
                       position=len(contract.change_orders) + 1)
    if values["status"] in DECIDED:
        values |= {"reviewed_at": call.now, "reviewer": call.user}
    written(company, "change_order", made, {**values, "created_by": call.user}, call.now)
    given_by_contract(call, made)
    contract.change_orders[made.id] = project.change_orders[made.id] = made
    project.by_potential[made.pco_id] = project.by_newer[made.newer_id] = made
    return made


def change_order(call: Call, found: ChangeOrder, values: dict[str, Any]) -> None:
    """A billed change order has to leave the invoice before it may leave `approved` (6.2)."""
    _may_write(call, found.contract)
    admin_for(call, found.fields, values, "status")
    _named(call, values)
    for name in ("status", "number"):
        if name in values and values[name] is None:
            del values[name]
    wanted = values.get("status", found.status)
    if wanted != found.status:
        if found.status == "approved" and found.billed_on:
            raise invalid(status="cannot be changed while the change order is on an invoice")
        if wanted in DECIDED:
            values |= {"reviewed_at": call.now, "reviewer": call.user}
    call.company.check_new_origin("change_order", found, values)
    written(call.company, "change_order", found, values, call.now)


def _may_write(call: Call, contract: Contract) -> None:
    if contract.is_prime and call.user.level != "admin":
        raise forbidden("You are not allowed to change this", "The Prime Contracts tool needs admin permission")


# Change order requests are of 3-tier projects, batches of those with 2 or 3 tiers; here every project has one (6.5).

def change_requests(call: Call) -> Answer:
    _asked_contract(call)
    return page_of(call, [], lambda row: row)


def sync_change_requests(call: Call) -> Answer:
    _asked_contract(call)

    def refused(given: dict[str, Any]) -> Record:
        raise invalid(base="Change order requests are not used in a project with one change order tier")

    return sync(call, SyncRules(lambda number: None, lambda origin: None, refused,
                                lambda found, given: refused(given), lambda found: found))


def _asked_contract(call: Call) -> Contract:
    wanted = call.given_id("contract_id")
    if wanted is None:
        raise missing_ids()
    return find_any_contract(call.project, wanted)


def batches(call: Call) -> Answer:
    return page_of(call, [], lambda row: row)


# Potential change orders: where the lines hang

def potentials(call: Call) -> Answer:
    rows = filtered(call, living(call, call.project.change_orders.values()), PCO_FILTERS)
    return page_of(call, rows, listed_potential)


def create_potential(call: Call) -> Answer:
    """In a project of one tier the change order comes with it, as the change order brings its potential one."""
    shown = shown_potential(call.company, new_potential(call, call.wrapped("change_order")))
    return created({name: value for name, value in shown.items() if name not in NOT_WHEN_MADE})


def update_potential(call: Call) -> Answer:
    found = _potential(call, "id")
    if found.contract is not _asked_contract(call):
        raise not_found()
    change_potential(call, found, call.wrapped("change_order"))
    return Answer(shown_potential(call.company, found))


def sync_potentials(call: Call) -> Answer:
    contract, project, company = _asked_contract(call), call.project, call.company

    def by_id(wanted: int) -> ChangeOrder | None:
        found = project.by_potential.get(wanted)
        return found if found is not None and found.contract is contract and found.deleted_at is None else None

    def update(found: ChangeOrder, given: dict[str, Any]) -> ChangeOrder:
        change_potential(call, found, given)
        return found

    return sync(call, SyncRules(by_id, lambda o: by_id(company.origin_ids.get((PCO_KIND, o), 0)),
                                lambda given: new_potential(call, given), update,
                                lambda order: shown_potential(company, order)))


PCO_KIND = "potential_change_order"


def new_potential(call: Call, given: dict[str, Any]) -> ChangeOrder:
    values = take(given, POTENTIAL)
    origin = {name: values.pop(name) for name in PCO_ORIGIN if name in values}
    call.company.check_origin(PCO_KIND, origin.get("origin_id"))
    made = new_order(call, call.given_id("contract_id"), values)
    _write_pco_origin(call, made, origin)
    return made


def change_potential(call: Call, found: ChangeOrder, given: dict[str, Any]) -> None:
    values = take(given, POTENTIAL)
    origin = {name: values.pop(name) for name in PCO_ORIGIN if name in values}
    held = found.get("pco_origin_id")
    wanted = origin.get("origin_id", held) or None
    if wanted != held:
        call.company.check_owner(held)
        call.company.check_origin(PCO_KIND, wanted)
    change_order(call, found, values)
    _write_pco_origin(call, found, origin)


def _write_pco_origin(call: Call, found: ChangeOrder, given: dict[str, Any]) -> None:
    """The potential change order's own origin_id: unique among its kind, apart from the package's (1.7)."""
    if "origin_id" in given:
        held, wanted = found.get("pco_origin_id"), given["origin_id"] or None
        if held is not None:
            call.company.origin_ids.pop((PCO_KIND, held), None)
        if wanted is not None:
            call.company.origin_ids[PCO_KIND, wanted] = found.pco_id
        given = {**given, "origin_id": wanted}
    found.write({PCO_ORIGIN[name]: value for name, value in given.items()}, call.now)


def sync_potential_lines(call: Call) -> Answer:
    found = _potential(call)

    def update(line: Line, given: dict[str, Any]) -> Line:
        return _change_line(call, found, line.id, given)

    return sync(call, SyncRules(
        found.lines.get, lambda o: found.lines.get(call.company.origin_ids.get(("line_item", o), 0)),
        lambda given: _add_line(call, found, given), update, lambda line: with_markup(call, found, line)))


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
    return page_of(call, rows, lambda line: with_markup(call, found, line))


def potential_line(call: Call) -> Answer:
    found = _potential(call)
    return Answer(with_markup(call, found, _line(found, call.arg_id())))


def create_potential_line(call: Call) -> Answer:
    found = _potential(call)
    return created(with_markup(call, found, _add_line(call, found, call.wrapped("line_item"))))


def update_potential_line(call: Call) -> Answer:
    found = _potential(call)
    line = _change_line(call, found, call.arg_id(), call.wrapped("line_item"))
    return Answer(with_markup(call, found, line))


def delete_potential_line(call: Call) -> Answer:
    _remove_line(call, _potential(call))
    return EMPTY


def _line(found: ChangeOrder, wanted: int) -> Line:
    line = found.lines.get(wanted)
    if line is None:
        raise not_found()
    return line


def _add_line(call: Call, found: ChangeOrder, given: dict[str, Any]) -> Line:
    _may_write(call, found.contract)
    editable(found)
    _checked_source(found, given)
    made = new_line(call, given, is_unit=found.contract.is_unit, position=len(found.lines) + 1,
                    holder=(found.pco_id, "PotentialChangeOrder"))
    found.lines[made.id] = made
    found.touch(call.now)
    return made


def _checked_source(found: ChangeOrder, given: dict[str, Any]) -> None:
    name = "prime_line_item_id" if found.contract.is_prime else "commitment_line_item_id"
    source = given.get(name)
    if source is not None and path_id(str(source)) not in found.contract.lines:
        raise invalid(**{name: "is invalid"})


def _change_line(call: Call, found: ChangeOrder, wanted: int, given: dict[str, Any]) -> Line:
    _may_write(call, found.contract)
    editable(found)
    line = _line(found, wanted)
    _checked_source(found, given)
    change_line(call, line, given, is_unit=found.contract.is_unit)
    found.touch(call.now)
    return line


def _remove_line(call: Call, found: ChangeOrder) -> None:
    _may_write(call, found.contract)
    editable(found)
    line = _line(found, call.arg_id())
    del found.lines[line.id]
    call.company.release_origin("line_item", line)
    found.touch(call.now)


# The newer resource, and its v2 lines

def newer_list(side: Side, call: Call) -> Answer:
    rows = [order for order in call.project.change_orders.values() if side.has(order)]
    rows = filtered(call, living(call, rows), NEWER_FILTERS)
    return page_of(call, _sorted(call, rows), lambda order: listed_newer(call.company, order))


def _sorted(call: Call, rows: list[ChangeOrder]) -> list[ChangeOrder]:
    wanted = call.request.param("sort") or ""
    keys: dict[str, Callable[[ChangeOrder], Any]] = {"id": lambda o: o.newer_id,
                                                     "created_at": lambda o: (o.created_at, o.newer_id)}
    key = keys.get(wanted.removeprefix("-"))
    return sorted(rows, key=key, reverse=wanted.startswith("-")) if key is not None else rows


def newer(side: Side, call: Call) -> Answer:
    return Answer(shown_newer(call.company, _newer(side, call, "id")))


def _newer(side: Side, call: Call, arg: str = "") -> ChangeOrder:
    found = _living(call.project.by_newer.get(call.arg_id(arg or side.arg)))
    if not side.has(found):
        raise not_found()
    return found


def create_newer(side: Side, call: Call) -> Answer:
    given = call.wrapped("change_order")
    contract_id = take(given, {"contract_id": an_integer}).get("contract_id")
    if contract_id is not None and find_any_contract(call.project, contract_id).is_prime is not side.is_prime:
        raise not_found()
    files = wanted_files(call, given)
    made = new_order(call, contract_id, {**take(given, NEWER), **read_custom(call, side.kind, given)})
    attach(call, made, files)
    return created(shown_newer(call.company, made))


def update_newer(side: Side, call: Call) -> Answer:
    found = _newer(side, call, "id")
    given = call.wrapped("change_order")
    files = wanted_files(call, given)
    change_order(call, found, {**take(given, NEWER), **read_custom(call, side.kind, given, held=found)})
    attach(call, found, files)
    return Answer(shown_newer(call.company, found))


def delete_newer(side: Side, call: Call) -> Answer:
    found = _newer(side, call, "id")
    _may_write(call, found.contract)
    if found.status == "approved":
        raise invalid(base="An approved change order cannot be deleted")
    bury_order(call, found)
    return NOTHING


def lines_v2(side: Side, call: Call) -> Answer:
    own_company(call)
    found = _newer(side, call)
    return data_page(call, list(found.lines.values()), lambda line: shown_line_v2(found, line))


def line_v2(side: Side, call: Call) -> Answer:
    own_company(call)
    found = _newer(side, call)
    return Answer({"data": shown_line_v2(found, _line(found, call.arg_id()))})


def create_line_v2(side: Side, call: Call) -> Answer:
    own_company(call)
    found = _newer(side, call)
    if call.body.get("wbs_code_id") is None:
        raise invalid(wbs_code_id="can't be blank")
    return Answer({"data": shown_line_v2(found, _add_line(call, found, call.body))})


def update_line_v2(side: Side, call: Call) -> Answer:
    own_company(call)
    found = _newer(side, call)
    return Answer({"data": shown_line_v2(found, _change_line(call, found, call.arg_id(), call.body))})


def delete_line_v2(side: Side, call: Call) -> Answer:
    own_company(call)
    _remove_line(call, _newer(side, call))
    return NOTHING


def of_both(handler: Callable[[Side, Call], Answer]) -> tuple[Callable[[Call], Answer], Callable[[Call], Answer]]:
    """The handler for commitments, and for prime contracts."""
    return partial(handler, COMMITMENT), partial(handler, PRIME)


def statuses(call: Call) -> Answer:
    own_company(call)
    shown = [{"id": number, "name": status.replace("_", " ").capitalize(), "mapped_to_status": status,
              "show_in_select": True} for number, status in enumerate(STATUSES, 1)]
    return page_of(call, shown, lambda row: row)
