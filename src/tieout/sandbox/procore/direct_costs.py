"""Direct costs: invoices, expenses and payroll outside every commitment (procore.md 5.16, 6.4).

v1.1 takes the lines with the cost; v1.0 takes them one by one. An origin_id locks all of it.
"""
from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from tieout.sandbox.procore.commitments import vendor_for
from tieout.sandbox.procore.contract_records import Line
from tieout.sandbox.procore.cost_records import DirectCost
from tieout.sandbox.procore.directory import leave
from tieout.sandbox.procore.files import attach, shown_files, wanted_files
from tieout.sandbox.procore.lines import CURRENCY, FULL_CURRENCY, change_line, line_filters, new_line, shown_line
from tieout.sandbox.procore.people import brief_person, join, person_for
from tieout.sandbox.procore.permissions import admin_for
from tieout.sandbox.procore.state import Company, Project, written
from tieout.sandbox.procore.web import (
    ZERO,
    Answer,
    Call,
    Fields,
    Filter,
    Refusal,
    SyncRules,
    a_day,
    a_text,
    among,
    an_integer,
    cents,
    created,
    day,
    filtered,
    invalid,
    living,
    loose,
    not_found,
    one_of,
    page_of,
    stamp,
    sync,
    take,
    text_is,
    within,
)

TYPES = ("invoice", "expense", "payroll", "subcontractor_invoice")
STATUSES = ("draft", "pending", "revise_and_resubmit", "approved")
HOLDER = "DirectCost::Item"
MOST_LINES = 100
COSTS, LINES = "Direct Costs", "Direct Cost Line Items"      # to webhooks
TEXTS = ("description", "terms", "origin_id", "origin_data")
DAYS = ("direct_cost_date", "received_date", "payment_date")
CHANGEABLE: Fields = {**dict.fromkeys(TEXTS, a_text), **dict.fromkeys(DAYS, a_day), "status": one_of(*STATUSES),
                      "vendor_id": an_integer, "employee_id": an_integer}
# What the kind of cost is may be said once; v1.0 and sync may still change the invoice's number.
NUMBERED: Fields = {**CHANGEABLE, "invoice_number": a_text}
COST: Fields = {**NUMBERED, "direct_cost_type": one_of(*TYPES)}
ORIGIN = {"origin_id", "origin_data"}
LOCKED = "The direct cost is synced with an ERP system; only origin_id and origin_data can be changed"


def _on(name: str) -> Filter:
    def moment(found: DirectCost) -> datetime | None:
        value: date | None = found.get(name)
        return None if value is None else datetime.combine(value, time(12), UTC)
    return within(moment)


FILTERS: dict[str, Filter] = {
    "id": among(lambda c: c.id), "origin_id": text_is(lambda c: c.get("origin_id")),
    "invoice_number": text_is(lambda c: c.get("invoice_number")), "created_at": within(lambda c: c.created_at),
    "updated_at": within(lambda c: c.updated_at), "payment_date": _on("payment_date"),
    "received_date": _on("received_date"),
}


def direct_costs(call: Call) -> Answer:
    rows = filtered(call, living(call, call.project.direct_costs.values()), FILTERS)
    return page_of(call, rows, lambda cost: listed_cost(call.company, cost))


def direct_cost_11(call: Call) -> Answer:
    return Answer(shown_cost_11(call.company, _cost(call)))


def direct_cost_10(call: Call) -> Answer:
    return Answer(shown_cost_10(call.company, _cost(call)))


def _cost(call: Call, arg: str = "id") -> DirectCost:
    return _living(call.project, call.arg_id(arg))


def _living(project: Project, wanted: int) -> DirectCost:
    found = project.direct_costs.get(wanted)
    if found is None or found.deleted_at is not None:
        raise not_found()
    return found


def _ref(line: dict[str, Any]) -> str | None:
    """The client's own mark of a line: it comes back with the answer as text, and is not kept."""
    try:
        return a_text(line.get("ref"))
    except ValueError:
        raise invalid(ref="is invalid") from None


def create_11(call: Call) -> Answer:
    given = call.wrapped("direct_cost")
    lines = _nested(given)
    vendors, budgeted = set(call.project.vendors), len(call.project.budget.lines)
    made = new_cost(call, given)
    try:
        refs = [(_write_line(call, made, {**line, "id": None}).id, _ref(line)) for line in lines]
        attach(call, made, wanted_files(call))
    except Refusal:
        _remove(call.company, made)
        call.project.budget.back_to(budgeted)
        if made.vendor is not None and made.vendor.id not in vendors:
            leave(call.project, made.vendor)
        raise
    _join(call, made)
    return created(shown_cost_11(call.company, made, dict(refs)))


def create_10(call: Call) -> Answer:
    made = new_cost(call, call.wrapped("item"))
    _join(call, made)
    attach(call, made, wanted_files(call))
    return created(shown_cost_10(call.company, made))


def update_11(call: Call) -> Answer:
    found = _cost(call)
    given = call.wrapped("direct_cost")
    lines = _nested(given)
    refs: dict[int, Any] = {}
    with _writing(call, found):
        _unlocked(found, given, files=bool(call.files))
        with _all_or_nothing(call.company, found):
            for line in lines:
                refs[_write_line(call, found, line).id] = _ref(line)
            change_cost(call, found, given, CHANGEABLE)
            attach(call, found, wanted_files(call))
    return Answer(shown_cost_11(call.company, found, refs))


def update_10(call: Call) -> Answer:
    found = _cost(call)
    given = call.wrapped("item")
    with _writing(call, found):
        _unlocked(found, given, files=bool(call.files))
        change_cost(call, found, given, NUMBERED)
        attach(call, found, wanted_files(call))
    return Answer(shown_cost_10(call.company, found))


def delete_cost(call: Call) -> Answer:
    found = _cost(call)
    with _writing(call, found):
        if found.is_synced:
            raise invalid(base=LOCKED)
        found.deleted_at = call.now
        found.touch(call.now)
        for line in found.lines.values():
            call.company.release_origin("line_item", line)
    return Answer({"id": found.id})


def sync_costs(call: Call) -> Answer:
    project, company = call.project, call.company

    def by_id(wanted: int) -> DirectCost | None:
        found = project.direct_costs.get(wanted)
        return found if found is not None and found.deleted_at is None else None

    def create(given: dict[str, Any]) -> DirectCost:
        made = new_cost(call, given)
        _join(call, made)
        return made

    def update(found: DirectCost, given: dict[str, Any]) -> DirectCost:
        with _writing(call, found):
            _unlocked(found, _changed(found, given))
            change_cost(call, found, given, COST)
        return found

    return sync(call, SyncRules(by_id, lambda o: by_id(company.origin_ids.get(("direct_cost", o), 0)),
                                create, update,
                                lambda found: shown_cost_10(company, found)))


def _changed(found: DirectCost, given: Mapping[str, Any]) -> dict[str, Any]:
    """Of what is written, that which is not so already: a repeated sync of a synced record is no write."""
    values = take(given, COST)
    held = {**found.fields, "vendor_id": found.vendor.id if found.vendor else None,
            "employee_id": found.employee.id if found.employee else None}
    return {name: value for name, value in values.items() if held.get(name) != value}


def new_cost(call: Call, given: dict[str, Any]) -> DirectCost:
    """A cost names a vendor or an employee; the description asks for a vendor, the web page takes either."""
    company, project = call.company, call.project
    values = {"status": "draft", "invoice_number": None, **take(given, COST)}
    values["status"] = values["status"] or "draft"
    admin_for(call, {"status": "draft"}, values, "status")
    _check_type(company, values)
    if not values.get("vendor_id") and (company.switches.direct_costs_need_a_vendor or not values.get("employee_id")):
        raise invalid(vendor_id="can't be blank")
    company.check_origin("direct_cost", values.get("origin_id"))
    employee = person_for(company, values.pop("employee_id", None), "employee_id")
    vendor = vendor_for(call, values.pop("vendor_id", None))
    made = DirectCost(company.ids.next("direct_cost"), call.now, call.now, project=project, vendor=vendor,
                      employee=employee)
    written(company, "direct_cost", made, values, call.now)
    project.direct_costs[made.id] = made
    return made


def _join(call: Call, found: DirectCost) -> None:
    """Who is named on a project's document is one of its people."""
    if found.employee is not None:
        join(call.company, call.project, found.employee)


def _check_type(company: Company, values: Mapping[str, Any]) -> None:
    kind = values.get("direct_cost_type")
    if not kind:
        raise invalid(direct_cost_type="can't be blank")
    if kind == "subcontractor_invoice" and not company.switches.subcontractor_invoices_as_direct_costs:
        raise invalid(direct_cost_type="is not included in the list")
    if kind == "invoice" and not (values.get("invoice_number") or "").strip():
        raise invalid(invoice_number="can't be blank")


def change_cost(call: Call, found: DirectCost, given: Mapping[str, Any], fields: Fields) -> None:
    company = call.company
    values = take(given, fields)
    admin_for(call, found.fields, values, "status")
    _check_type(company, {**found.fields, **values})
    company.check_new_origin("direct_cost", found, values)
    employee, vendor = found.employee, found.vendor
    if "employee_id" in values:
        employee = person_for(company, values.pop("employee_id"), "employee_id")
    if "vendor_id" in values:
        wanted = values.pop("vendor_id")
        if wanted is None and (company.switches.direct_costs_need_a_vendor or employee is None):
            raise invalid(vendor_id="can't be blank")
        vendor = vendor if vendor is not None and vendor.id == wanted else vendor_for(call, wanted)
    elif employee is None and vendor is None:
        raise invalid(employee_id="can't be blank")
    if values.get("status", "draft") is None:
        del values["status"]
    moved = (employee, vendor) != (found.employee, found.vendor)
    found.employee, found.vendor = employee, vendor
    _join(call, found)
    if written(company, "direct_cost", found, values, call.now) or moved:
        found.touch(call.now)


def _unlocked(found: DirectCost, given: Mapping[str, Any], *, files: bool = False) -> None:
    if found.is_synced and (files or set(given) - ORIGIN):
        raise invalid(base=LOCKED)


@contextmanager
def _writing(call: Call, found: DirectCost) -> Iterator[None]:
    """Two writes at once to one direct cost: the second is answered 409 (6.1)."""
    if found.busy_until is not None and call.now < found.busy_until:
        raise Refusal(409, {"errors": "The direct cost is being updated by another request"})
    yield
    took_s = call.company.switches.direct_cost_write_s
    found.busy_until = call.now + timedelta(seconds=took_s) if took_s else None


def _remove(company: Company, found: DirectCost) -> None:
    """As if it had never been made: its call is refused."""
    company.release_origin("direct_cost", found)
    for line in found.lines.values():
        company.release_origin("line_item", line)
        found.project.direct_cost_lines.pop(line.id, None)
    del found.project.direct_costs[found.id]


# Lines

def _nested(given: Mapping[str, Any]) -> list[dict[str, Any]]:
    lines = given.get("line_items")
    if lines is None:
        return []
    if not isinstance(lines, list) or not all(isinstance(line, dict) for line in lines):
        raise invalid(line_items="is invalid")
    if len(lines) > MOST_LINES:
        raise Refusal(413, {"errors": f"Exceeded limit of {MOST_LINES} line items per request"})
    return lines


def _of_11(line: Mapping[str, Any]) -> dict[str, Any]:
    """Names of v1.1 to those of a line; it knows the budget code by wbs_code_id only, and no tax code."""
    known = {name: line[name] for name in ("wbs_code_id", "description", "quantity", "unit_cost", "uom", "origin_id",
                                           "origin_data") if name in line}
    if line.get("manual_amount") is not None:
        return {**known, "amount": line["manual_amount"], "extended_type": "manual"}
    if "quantity" in line or "unit_cost" in line:
        return {**known, "extended_type": "calculated"}
    return known


def _add_line(call: Call, parent: DirectCost, given: dict[str, Any]) -> Line:
    made = new_line(call, given, is_unit=False, position=parent.positions + 1, holder=(parent.id, HOLDER))
    parent.positions += 1
    parent.lines[made.id] = made
    parent.project.direct_cost_lines[made.id] = parent
    parent.touch(call.now)
    return made


def _write_line(call: Call, parent: DirectCost, line: dict[str, Any]) -> Line:
    wanted = take(line, {"id": an_integer}).get("id")
    if wanted is None:
        made = _add_line(call, parent, _of_11(line))
        call.tell(LINES, "create", made.id, parent=(parent.id, COSTS))
        return made
    found = parent.lines.get(wanted)
    if found is None:
        raise invalid(line_items="has a line item that does not belong to the direct cost")
    change_line(call, found, _of_11(line), is_unit=False)
    call.tell(LINES, "update", found.id, parent=(parent.id, COSTS))
    parent.touch(call.now)
    return found


@contextmanager
def _all_or_nothing(company: Company, parent: DirectCost) -> Iterator[None]:
    """A refused line takes the whole write back."""
    before = [(line, dict(line.fields), line.amount, line.wbs_code, line.updated_at) for line in parent.lines.values()]
    stood, positions, budget = parent.updated_at, parent.positions, parent.project.budget
    budgeted = len(budget.lines)
    try:
        yield
    except Refusal:
        known = {line.id for line, *_ in before}
        moved = [(line, fields) for line, fields, *_ in before if line.get("origin_id") != fields.get("origin_id")]
        for line in [*(line for line in parent.lines.values() if line.id not in known), *(line for line, _ in moved)]:
            company.release_origin("line_item", line)
        for wanted in parent.lines.keys() - known:
            del parent.lines[wanted], parent.project.direct_cost_lines[wanted]
        for line, fields, amount, code, at in before:
            line.fields, line.amount, line.wbs_code, line.updated_at = fields, amount, code, at
        for line, fields in moved:
            if fields.get("origin_id") is not None:
                company.origin_ids["line_item", fields["origin_id"]] = line.id
        parent.positions, parent.updated_at = positions, stood
        budget.back_to(budgeted)
        raise


def lines(call: Call) -> Answer:
    rows = filtered(call, _cost(call, "direct_cost_id").lines.values(), line_filters(call.company))
    return page_of(call, rows, lambda line: listed_line(call.company, call.project, line))


def all_lines(call: Call) -> Answer:
    rows = [line for cost in call.project.direct_costs.values() if cost.deleted_at is None
            for line in cost.lines.values()]
    known = {**line_filters(call.company), "direct_cost_id": among(lambda line: line.holder_id)}
    return page_of(call, filtered(call, rows, known), lambda line: listed_line(call.company, call.project, line))


def _line(call: Call) -> tuple[DirectCost, Line]:
    parent = _cost(call, "direct_cost_id")
    found = parent.lines.get(call.arg_id())
    if found is None:
        raise not_found()
    return parent, found


def line(call: Call) -> Answer:
    return Answer(_shown_line(call.company, call.project, _line(call)[1]))


def create_line(call: Call) -> Answer:
    parent = _cost(call, "direct_cost_id")
    with _writing(call, parent):
        _unlocked(parent, {"line_items": ()})
        made = _add_line(call, parent, call.wrapped("line_item"))
    return created(_shown_line(call.company, call.project, made))


def update_line(call: Call) -> Answer:
    parent, found = _line(call)
    _change_line(call, parent, found, call.wrapped("line_item"))
    return Answer(_shown_line(call.company, call.project, found))


def _change_line(call: Call, parent: DirectCost, found: Line, given: dict[str, Any]) -> None:
    """The accounting system may still put its own ids on the lines of a cost that it holds."""
    with _writing(call, parent):
        _unlocked(parent, {name: value for name, value in given.items() if name != "direct_cost_id"})
        change_line(call, found, given, is_unit=False)
        parent.touch(call.now)


def delete_line(call: Call) -> Answer:
    parent, found = _line(call)
    with _writing(call, parent):
        _unlocked(parent, {"line_items": ()})
        del parent.lines[found.id], parent.project.direct_cost_lines[found.id]
        call.company.release_origin("line_item", found)
        parent.touch(call.now)
    return Answer(_shown_line(call.company, call.project, found))


def sync_lines(call: Call) -> Answer:
    project, company = call.project, call.company

    def by_id(wanted: int) -> Line | None:
        parent = project.direct_cost_lines.get(wanted)
        return parent.lines[wanted] if parent is not None and parent.deleted_at is None else None

    def create(given: dict[str, Any]) -> Line:
        wanted = take(given, {"direct_cost_id": an_integer}).get("direct_cost_id")
        parent = project.direct_costs.get(wanted or 0)
        if parent is None or parent.deleted_at is not None:
            raise invalid(direct_cost_id="is invalid")
        with _writing(call, parent):
            _unlocked(parent, {"line_items": ()})
            return _add_line(call, parent, given)

    def update(found: Line, given: dict[str, Any]) -> Line:
        _change_line(call, project.direct_cost_lines[found.id], found, given)
        return found

    return sync(call, SyncRules(by_id, lambda o: by_id(company.origin_ids.get(("line_item", o), 0)), create, update,
                                lambda found: _shown_line(company, project, found)))


# How a direct cost looks

def _with_tax(company: Company, line: Line) -> Decimal:
    """Whether totals have tax in them is uncertain (trap 19), and so a switch."""
    if line.tax_code is None or not company.switches.direct_cost_totals_with_tax:
        return line.amount
    return line.amount + cents(line.amount * line.tax_code.rate / 100)


def _total(company: Company, found: DirectCost) -> Decimal:
    return sum((_with_tax(company, line) for line in found.lines.values()), ZERO)


def _shown_line(company: Company, project: Project, line: Line) -> dict[str, object]:
    return shown_line(company, project, line, _with_tax(company, line))


def _common(company: Company, found: DirectCost) -> dict[str, object]:
    vendor = found.vendor
    shown: dict[str, object] = {"id": found.id, **{name: found.get(name) for name in (
        "direct_cost_type", "status", "invoice_number", *TEXTS)}, **{name: day(found.get(name)) for name in DAYS}}
    return shown | {"vendor_id": vendor.id if vendor else None, "vendor_name": vendor.get("name") if vendor else None,
                    "employee": brief_person(found.employee), "grand_total": loose(_total(company, found)),
                    "created_at": stamp(found.created_at), "updated_at": stamp(found.updated_at),
                    "deleted_at": stamp(found.deleted_at)}


def listed_cost(company: Company, found: DirectCost) -> dict[str, object]:
    """A list gives the vendor's name where the record gives the vendor."""
    shown = _common(company, found)
    return shown | {"vendor": shown["vendor_name"], "amount": shown["grand_total"],
                    "currency_configuration": FULL_CURRENCY}


def shown_cost_10(company: Company, found: DirectCost) -> dict[str, object]:
    vendor = found.vendor
    return _common(company, found) | {
        "vendor": {"id": vendor.id, "name": vendor.get("name")} if vendor else None,
        "line_items_count": len(found.lines), "attachments": shown_files(found),
        "attachments_count": len(found.fields.get("attachments", ())),
        "currency_configuration": CURRENCY}


def shown_cost_11(company: Company, found: DirectCost, refs: Mapping[int, Any] | None = None) -> dict[str, object]:
    """refs  what the call named its lines by: given back once, kept nowhere."""
    project = found.project
    return shown_cost_10(company, found) | {
        "company": {"id": company.id, "name": company.name}, "project": {"id": project.id, "name": project.name},
        "currency_configuration": FULL_CURRENCY,
        "line_items": [_nested_line(company, project, line) | {"ref": (refs or {}).get(line.id)}
                       for line in found.lines.values()]}


def _nested_line(company: Company, project: Project, line: Line) -> dict[str, object]:
    return {name: value for name, value in _shown_line(company, project, line).items()
            if name not in ("holder", "project")}


def listed_line(company: Company, project: Project, line: Line) -> dict[str, object]:
    shown = {name: value for name, value in _shown_line(company, project, line).items()
             if name not in ("company", "origin_data")}
    cost_code: Any = shown["cost_code"]
    if cost_code is not None:
        shown["cost_code"] = {name: cost_code[name] for name in ("id", "full_code", "name", "origin_id")}
    return shown
