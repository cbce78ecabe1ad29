"""Subcontractor invoices (requisitions) and their lines (procore.md 5.14, 6.3)."""
from __future__ import annotations

from decimal import Decimal
from typing import Any

from tieout.sandbox.procore.applications import AMOUNTS, PERCENTAGES, QUANTITIES, Item, apply, following, rate_of
from tieout.sandbox.procore.change_orders import find_package
from tieout.sandbox.procore.commitments import BILLABLE, find_contract
from tieout.sandbox.procore.contract_records import Change, ChangeOrder, Contract, Line, Period, Requisition
from tieout.sandbox.procore.custom_fields import read as read_custom
from tieout.sandbox.procore.files import attach, wanted_files
from tieout.sandbox.procore.requisition_views import (
    shown_change_order_item,
    shown_contract_item,
    shown_detail,
    shown_requisition,
)
from tieout.sandbox.procore.state import written
from tieout.sandbox.procore.web import (
    EMPTY,
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
    an_amount,
    an_integer,
    bad_request,
    created,
    filtered,
    flag_is,
    forbidden,
    invalid,
    missing_ids,
    not_found,
    one_of,
    page_of,
    take,
    text_is,
    two,
    within,
)

STATUSES = ("draft", "under_review", "revise_and_resubmit", "approved", "approved_as_noted", "pending_owner_approval")
ORIGIN = ("origin_id", "origin_data")
HEADER: Fields = {
    **dict.fromkeys(("invoice_number", "comment", *ORIGIN), a_text),
    **dict.fromkeys(("requisition_start", "requisition_end", "billing_date", "payment_date", "submitted_at"), a_day),
    "final": a_flag, "status": one_of(*STATUSES), "period_id": an_integer}
ITEM: Fields = {
    **dict.fromkeys(AMOUNTS, an_amount), **dict.fromkeys((*QUANTITIES, *PERCENTAGES), a_number),
    "status": one_of("approved", "rejected", "no_action"), "comment": a_text}
RETAINAGE = ("work_completed_retainage_retained_this_period", "materials_stored_retainage_currently_retained",
             "work_completed_retainage_released_this_period", "materials_stored_retainage_released_this_period",
             *PERCENTAGES)

FILTERS: dict[str, Filter] = {
    "id": among(lambda r: r.id), "commitment_id": among(lambda r: r.contract.id),
    "period_id": among(lambda r: r.period.id), "status": text_is(lambda r: r.get("status")),
    "updated_at": within(lambda r: r.updated_at), "created_at": within(lambda r: r.created_at),
    "origin_id": text_is(lambda r: r.get("origin_id")), "is_last": flag_is(lambda r: r.is_latest)}


def requisitions(call: Call) -> Answer:
    rows = filtered(call, call.project.requisitions.values(), FILTERS)
    return page_of(call, rows, lambda r: shown_requisition(call.company, r, call.view), default=30)


def requisition(call: Call) -> Answer:
    return Answer(shown_requisition(call.company, find_requisition(call, "id"), call.view))


def find_requisition(call: Call, arg: str = "requisition_id") -> Requisition:
    found = call.project.requisitions.get(call.arg_id(arg))
    if found is None:
        raise not_found()
    return found


# Making one

def create_requisition(call: Call) -> Answer:
    return created(shown_requisition(call.company, new_requisition(call), call.view))


def new_requisition(call: Call) -> Requisition:
    project, company = call.project, call.company
    wanted = call.given_id("commitment_id")
    if wanted is None:
        raise invalid(commitment_id="can't be blank")
    contract = find_contract(project, wanted)
    given = call.wrapped("requisition")
    values = {**take(given, HEADER), **read_custom(call, "requisition", given)}
    files = wanted_files(call, given)
    _check_status(call, values)
    values = {"status": "draft", "final": False, **values}
    period = _billable(call, contract, values)
    company.check_origin("requisition", values.get("origin_id"))
    for name, edge in (("requisition_start", "start_date"), ("requisition_end", "end_date")):
        values[name] = values.get(name) or period.get(edge)
    writes = _read_items(call, given)
    made = Requisition(company.ids.next("requisition"), call.now, call.now, contract=contract, period=period,
                       created_by=call.user, moves_materials=bool(contract.configuration["move"]),
                       tax_on=company.switches.invoice_tax_on)
    made.previous = contract.requisitions[-1] if contract.requisitions else None
    made.number = made.previous.number + 1 if made.previous else 1
    made.items = _first_items(call, made)
    _write_items(call, made, writes, by_line=True)
    if _rejects(writes):
        values["status"] = "revise_and_resubmit"
    _submitted(call, values, None)
    written(company, "requisition", made, values, call.now)
    attach(call, made, files)
    for item in made.items:
        if item.change_order is not None:
            item.change_order.billed_on.add(made.id)
    contract.requisitions.append(made)
    project.requisitions[made.id] = made
    return made


def _billable(call: Call, contract: Contract, values: dict[str, Any]) -> Period:
    if contract.status not in BILLABLE:
        raise invalid(commitment_id="must be approved or complete before it can be invoiced")
    if contract.get("enable_ssov") and contract.get("ssov_status") != "approved":
        raise invalid(commitment_id="must have an approved subcontractor schedule of values")
    if not contract.requisitions_are_enabled:
        raise forbidden("Invoices are not enabled for this commitment", "requisitions_are_enabled is off")
    period = call.project.periods.get(values.pop("period_id", None) or 0)
    if period is None:
        raise invalid(period_id="can't be blank")
    is_admin = call.user.level == "admin"
    if not is_admin and call.now.date() > period.get("due_date"):
        raise invalid(period_id="is past its due date")
    if (not is_admin or call.company.switches.one_invoice_per_period) and \
            any(other.period is period for other in contract.requisitions):
        raise invalid(period_id="already has an invoice for this commitment")
    return period


def _first_items(call: Call, made: Requisition) -> list[Item]:
    """The lines of the invoice before, carried on, then a line for each line of the contract that it did not have."""
    before = made.previous.items if made.previous else []
    next_id = call.company.ids.next
    items = [following(item, next_id("item"), moves_materials=made.moves_materials)
             for item in before if item.kind == "contract_item"]
    had = {item.line.id for item in items}
    items += [_item_of(call, made, line, None) for line in made.contract.lines.values() if line.id not in had]
    changes = [following(item, next_id("item"), moves_materials=made.moves_materials)
               for item in before if item.kind == "change_order_item"]
    if call.company.switches.approved_change_orders_join_new_invoices:
        billed = {item.change_order.id for item in changes if item.change_order is not None}
        for order in made.contract.change_orders.values():
            if order.status == "approved" and order.deleted_at is None and order.id not in billed:
                changes += [_item_of(call, made, line, order) for line in order.lines.values()]
    items += changes
    for position, item in enumerate(items, 1):
        item.position = position
        item.reschedule()
    return items


def _item_of(call: Call, made: Requisition, line: Line, order: ChangeOrder | None) -> Item:
    percent = made.contract.get("retainage_percent") or ZERO
    return Item(id=call.company.ids.next("item"), kind="change_order_item" if order else "contract_item", line=line,
                change_order=order, position=len(made.items) + 1, is_unit=made.contract.is_unit,
                percent=percent, materials_percent=percent, tax_rate=rate_of(line))


# Changing one

def update_requisition(call: Call) -> Answer:
    return Answer(shown_requisition(call.company, changed_requisition(call), call.view))


def changed_requisition(call: Call) -> Requisition:
    found = find_requisition(call, "id")
    _of_commitment(call, found)
    given = call.wrapped("requisition")
    values = {**take(given, HEADER), **read_custom(call, "requisition", given, held=found)}
    files = wanted_files(call, given)
    writes = _read_items(call, given)
    may_write(call, found, values, has_items=bool(writes), has_files=bool(files))
    _check_status(call, values)
    company = call.company
    company.check_new_origin("requisition", found, values)
    period_id = values.pop("period_id", None)
    period = call.project.periods.get(period_id) if period_id is not None else found.period
    if period is None:
        raise invalid(period_id="is invalid")
    before = _seen(found)
    wrote = _write_items(call, found, writes)
    if period is not found.period:
        found.period, wrote = period, True
    _submitted(call, values, found)
    if _rejects(writes):
        values["status"] = "revise_and_resubmit"
    if written(company, "requisition", found, values, call.now) or wrote:
        found.touch(call.now)
    _remember(call, found, before)
    attach(call, found, files)
    return found


# What the history of an invoice keeps, and from which field of the record or of the line (5.14).
COLUMNS = {"status": "status", "invoice_number": "invoice_number", "billing_date": "billing_date",
           "requisition_start": "requisition_start", "requisition_end": "requisition_end", "final": "final",
           "payment_date": "payment_date"}
LINE_COLUMNS = {"work_completed_this_period": "work", "materials_presently_stored": "materials",
                "work_completed_retainage_retained_this_period": "retained",
                "work_completed_retainage_released_this_period": "released",
                "materials_stored_retainage_currently_retained": "materials_retained", "status": "status"}
Seen = list[tuple[str, int, str, Any]]


def _seen(found: Requisition) -> Seen:
    rows: Seen = [("Requisition", found.id, column, found.get(name)) for column, name in COLUMNS.items()]
    return rows + [("RequisitionItem", item.id, column, getattr(item, name))
                   for item in found.items for column, name in LINE_COLUMNS.items()]


def _remember(call: Call, found: Requisition, before: Seen) -> None:
    for (kind, ref_id, column, old), (*_, new) in zip(before, _seen(found), strict=True):
        if old != new:
            found.history.append(Change(call.company.ids.next("change"), column, _said(old), _said(new), call.user,
                                        call.now, ref_id, kind))


def _said(value: Any) -> str | None:
    return two(value) if isinstance(value, Decimal) else None if value is None else str(value)


def _of_commitment(call: Call, found: Requisition) -> None:
    wanted = call.given_id("commitment_id")
    if wanted is None:
        raise missing_ids()
    if wanted != found.contract.id:
        raise not_found()


def _check_status(call: Call, values: dict[str, Any]) -> None:
    """Admins set any status; others save a draft or submit it."""
    if values.get("status", "") is None:
        del values["status"]
    if call.user.level != "admin" and values.get("status", "draft") not in ("draft", "under_review"):
        raise forbidden("You are not allowed to set this status", "Only an admin may set it")


def may_write(call: Call, found: Requisition, values: dict[str, Any], *, has_items: bool,
              has_files: bool = False) -> None:
    if found.is_synced and (has_items or has_files or set(values) - set(ORIGIN)):
        raise invalid(base="The invoice is synced with an ERP system and cannot be changed")
    if call.user.level != "admin" and not (found.is_latest and found.get("status") in ("draft", "revise_and_resubmit")):
        raise forbidden("You are not allowed to change this invoice", "Only the most recent draft is open to you")
    if has_items and not found.is_latest:
        raise invalid(base="Amounts can be changed on the most recent invoice of the commitment only")


def _submitted(call: Call, values: dict[str, Any], found: Requisition | None) -> None:
    held = found.get("submitted_at") if found else None
    if values.get("status", "draft") != "draft" and held is None and values.get("submitted_at") is None:
        values["submitted_at"] = call.now.date()


Write = tuple[dict[str, Any], dict[str, Any]]


def _read_items(call: Call, given: dict[str, Any], key: str = "items") -> list[Write]:
    """Each line as given, and its known fields read; every value is checked before any is written."""
    items = given.get(key)
    if items is None:
        return []
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise bad_request(f"{key} must be an array of objects")
    for item in items:
        if item.get("item_type") not in ("contract_item", "contract_detail_item", "change_order_item"):
            raise invalid(item_type="is not included in the list")
    return [(item, take(item, ITEM)) for item in items]


def _write_items(call: Call, found: Requisition, writes: list[Write], *, by_line: bool = False) -> bool:
    """All lines or none: the amounts go back to what they were when one is refused."""
    if not writes:
        return False
    by_id = {(item.line.id if by_line else item.id): item for item in found.items}
    before = [item.mark() for item in found.items]
    try:
        for given, values in writes:
            wanted = given.get("line_item_id" if by_line else "id")
            item = by_id.get(wanted) if isinstance(wanted, int) else None
            if item is None or item.kind != given["item_type"]:
                raise invalid(items=f"{wanted} is not a line of this invoice")
            _write_item(call, item, dict(values))
    except Refusal:
        for item, was in zip(found.items, before, strict=True):
            item.back_to(was)
        raise
    return before != [item.mark() for item in found.items]


def _write_item(call: Call, item: Item, values: dict[str, Any]) -> None:
    if call.user.level != "admin" and any(name in values for name in RETAINAGE):
        raise forbidden("You are not allowed to change retainage", "Retainage fields need admin permission")
    if values.get("status") is not None:
        item.status = values["status"]
    if "comment" in values:
        item.comment = values["comment"]
    errors = apply(item, {name: value for name, value in values.items() if name not in ("status", "comment")})
    if not call.company.switches.allow_overbilling and item.is_overbilled:
        errors["total_completed_and_stored_to_date"] = "cannot exceed the scheduled value"
    if errors:
        raise invalid(**errors)


def _rejects(writes: list[Write]) -> bool:
    """Rejecting a line sends the invoice back (6.3)."""
    return any(values.get("status") == "rejected" for _, values in writes)


def bulk_item_update(call: Call) -> Answer:
    found = find_requisition(call)
    if not isinstance(call.body.get("requisition_items"), list):
        raise bad_request("param is missing or the value is empty: requisition_items")
    writes = _read_items(call, call.body, "requisition_items")
    may_write(call, found, {}, has_items=bool(writes))
    _write_lines(call, found, writes)
    return EMPTY


def _write_lines(call: Call, found: Requisition, writes: list[Write]) -> None:
    before = _seen(found)
    wrote = _write_items(call, found, writes)
    if _rejects(writes):
        wrote = found.write({"status": "revise_and_resubmit"}, call.now) or wrote
    if wrote:
        found.touch(call.now)
        _remember(call, found, before)


def update_item(call: Call, kind: str) -> Answer:
    """The older way, one line at a time."""
    found = find_requisition(call)
    given = call.wrapped(f"requisition_{kind}")
    writes = [({"id": call.arg_id(), "item_type": kind}, take(given, ITEM))]
    if not any(item.id == call.arg_id() and item.kind == kind for item in found.items):
        raise not_found()
    may_write(call, found, {}, has_items=True)
    _write_lines(call, found, writes)
    item = next(item for item in found.items if item.id == call.arg_id())
    show = shown_contract_item if kind == "contract_item" else shown_change_order_item
    return Answer(show(item))


def update_contract_item(call: Call) -> Answer:
    return update_item(call, "contract_item")


def update_change_order_item(call: Call) -> Answer:
    return update_item(call, "change_order_item")


def delete_requisition(call: Call) -> Answer:
    """The most recent one only; the one before is the latest again (trap 23)."""
    found = find_requisition(call, "id")
    if found.is_synced:
        raise invalid(base="The invoice is synced with an ERP system and cannot be deleted")
    if not found.is_latest:
        raise invalid(base="Only the most recent invoice of the commitment can be deleted")
    if call.user.level != "admin" and found.get("status") not in ("draft", "revise_and_resubmit"):
        raise forbidden("You are not allowed to delete this invoice", "Only a draft is open to you")
    found.contract.requisitions.pop()
    del call.project.requisitions[found.id]
    call.company.release_origin("requisition", found)
    for item in found.items:
        if item.change_order is not None:
            item.change_order.billed_on.discard(found.id)
    for payment in found.contract.payments.values():
        if payment.get("requisition_id") == found.id:
            payment.write({"requisition_id": None}, call.now)
    return EMPTY


# Lines on their own

def contract_items(call: Call) -> Answer:
    rows = [item for item in find_requisition(call).items if item.kind == "contract_item"]
    return page_of(call, rows, shown_contract_item)


def contract_item(call: Call) -> Answer:
    return Answer(shown_contract_item(_item(call, "contract_item")))


def change_order_item(call: Call) -> Answer:
    return Answer(shown_change_order_item(_item(call, "change_order_item")))


def _item(call: Call, kind: str) -> Item:
    for item in find_requisition(call).items:
        if item.id == call.arg_id() and item.kind == kind:
            return item
    raise not_found()


def contract_detail_items(call: Call) -> Answer:
    """Lines of a subcontractor's own schedule of values: an invoice here bills the commitment's lines alone."""
    find_requisition(call)
    return page_of(call, [], lambda item: item)


CHANGE_FILTERS: dict[str, Filter] = {"change_order_id": among(lambda item: item.change_order.id)}


def change_order_items(call: Call) -> Answer:
    rows = [item for item in find_requisition(call).items if item.kind == "change_order_item"]
    return page_of(call, filtered(call, rows, CHANGE_FILTERS), shown_change_order_item)


def detail(call: Call) -> Answer:
    found = find_requisition(call)
    return Answer([shown_detail(item, number) for number, item in enumerate(found.items, 1)])


# Change orders on an invoice

def add_package(call: Call) -> Answer:
    found, order = _both(call)
    if order.status != "approved":
        raise invalid(change_order_package_id="must be approved")
    if any(item.change_order is order for item in found.items):
        raise invalid(change_order_package_id="is already on the invoice")
    added = [_item_of(call, found, line, order) for line in order.lines.values()]
    for position, item in enumerate(added, len(found.items) + 1):
        item.position = position
        item.reschedule()
    found.items += added
    order.billed_on.add(found.id)
    found.touch(call.now)
    return created([shown_change_order_item(item) for item in added])


def remove_package(call: Call) -> Answer:
    found, order = _both(call)
    ours = [item for item in found.items if item.change_order is order]
    if not ours:
        raise invalid(change_order_package_id="is not on the invoice")
    if not all(item.is_new for item in ours):
        raise invalid(change_order_package_id="was billed on an earlier invoice")
    found.items = [item for item in found.items if item.change_order is not order]
    order.billed_on.discard(found.id)
    found.touch(call.now)
    return EMPTY


def _both(call: Call) -> tuple[Requisition, ChangeOrder]:
    found = find_requisition(call)
    _of_commitment(call, found)
    package_id = call.given_id("change_order_package_id")
    if package_id is None:
        raise bad_request("param is missing or the value is empty: change_order_package_id")
    order = find_package(call.project, package_id)
    if order.contract is not found.contract:
        raise not_found()
    may_write(call, found, {}, has_items=True)
    return found, order
