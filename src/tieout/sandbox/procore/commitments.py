"""Purchase order and work order contracts with their lines (procore.md 5.10, 6.2)."""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Any

from tieout.sandbox.procore import custom_fields
from tieout.sandbox.procore.applications import earned
from tieout.sandbox.procore.contract_records import PENDING, ChangeOrder, Contract, Line
from tieout.sandbox.procore.directory import join
from tieout.sandbox.procore.files import attach, shown_files, wanted_files
from tieout.sandbox.procore.lines import CURRENCY, change_line, line_filters, new_line, shown_line
from tieout.sandbox.procore.permissions import admin_for
from tieout.sandbox.procore.state import Company, Project, Vendor, written
from tieout.sandbox.procore.web import (
    EMPTY,
    ZERO,
    Answer,
    Call,
    Fields,
    Filter,
    SyncRules,
    a_day,
    a_flag,
    a_number,
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
    some_ids,
    stamp,
    sync,
    take,
    text_is,
    two,
    within,
)

BOTH_TEXTS = ("title", "number", "description", "origin_id", "origin_code", "origin_data")
BOTH_DAYS = ("execution_date", "contract_date", "issued_on_date", "letter_of_intent_date", "returned_date")
BOTH: Fields = {**dict.fromkeys((*BOTH_TEXTS, "approval_letter_date"), a_text), **dict.fromkeys(BOTH_DAYS, a_day),
                "private": a_flag, "executed": a_flag, "vendor_id": an_integer, "retainage_percent": a_number,
                "accounting_method": one_of("amount", "unit"), "invoice_contact_user_ids": some_ids,
                "assignee_id": an_integer}


@dataclass(frozen=True)
class Kind:
    """What differs between the two kinds of commitment."""

    key: str
    prefix: str
    statuses: tuple[str, ...]
    texts: tuple[str, ...]
    days: tuple[str, ...]

    @property
    def fields(self) -> Fields:
        return {**BOTH, **dict.fromkeys(self.texts, a_text), **dict.fromkeys(self.days, a_day),
                "status": one_of(*self.statuses)}


WO = Kind("work_order_contract", "SC",
          ("Draft", "Out For Bid", "Out For Signature", "Approved", "Complete", "Terminated", "Void"),
          ("inclusions", "exclusions"),
          ("contract_start_date", "contract_estimated_completion_date", "actual_completion_date",
           "signed_contract_received_date"))
PO = Kind("purchase_order_contract", "PO",
          ("Draft", "Processing", "Submitted", "Partially Received", "Received", "Approved", "Closed"),
          ("bill_to_address", "ship_to_address", "ship_via", "payment_terms"), ("delivery_date",))
BILLABLE = ("Approved", "Complete", "Closed")

FILTERS: dict[str, Filter] = {
    "id": among(lambda c: c.id), "status": text_is(lambda c: c.status),
    "origin_id": text_is(lambda c: c.get("origin_id")), "updated_at": within(lambda c: c.updated_at),
    "created_at": within(lambda c: c.created_at),
}


def contracts(kind: Kind, call: Call) -> Answer:
    rows = [c for c in call.project.contracts.values() if c.kind == kind.key]
    rows = filtered(call, living(call, rows), FILTERS)
    if call.view == "extended":
        return page_of(call, rows, lambda c: listed_contract(call.company, c))
    return page_of(call, rows, compact_contract)


def contract(kind: Kind, call: Call) -> Answer:
    return Answer(shown_contract(call.company, of_kind(kind, call, call.arg_id())))


def of_kind(kind: Kind, call: Call, wanted: int) -> Contract:
    found = find_contract(call.project, wanted)
    if found.kind != kind.key:
        raise not_found()
    return found


def find_contract(project: Project, wanted: int) -> Contract:
    """A contract of this project; another project's is not found (trap 2)."""
    found = project.contracts.get(wanted)
    if found is None or found.deleted_at is not None:
        raise not_found()
    return found


def find_any_contract(project: Project, wanted: int) -> Contract:
    """The same where a call is for commitments and prime contracts alike (5.15)."""
    prime = project.prime_contracts.get(wanted)
    return prime if prime is not None and prime.deleted_at is None else find_contract(project, wanted)


def create_contract(kind: Kind, call: Call) -> Answer:
    given = call.wrapped(kind.key)
    files = wanted_files(call, given)
    made = new_contract(kind, call, given)
    attach(call, made, files)
    return created(shown_contract(call.company, made))


def update_contract(kind: Kind, call: Call) -> Answer:
    found = of_kind(kind, call, call.arg_id())
    given = call.wrapped(kind.key)
    files = wanted_files(call, given)
    change_contract(kind, call, found, given)
    attach(call, found, files)
    return Answer(shown_contract(call.company, found))


def sync_contracts(kind: Kind, call: Call) -> Answer:
    project, company = call.project, call.company

    def by_id(wanted: int) -> Contract | None:
        found = project.contracts.get(wanted)
        return found if found is not None and found.kind == kind.key and found.deleted_at is None else None

    def update(found: Contract, given: dict[str, Any]) -> Contract:
        change_contract(kind, call, found, given)
        return found

    return sync(call, SyncRules(by_id, lambda o: by_id(company.origin_ids.get((kind.key, o), 0)),
                                lambda given: new_contract(kind, call, given), update,
                                lambda c: listed_contract(company, c)))


def new_contract(kind: Kind, call: Call, given: dict[str, Any]) -> Contract:
    project, company = call.project, call.company
    values = {"status": "Draft", "accounting_method": "amount", "private": True, "executed": False,
              "retainage_percent": company.switches.retainage_percent, **_values(kind, call, given, None)}
    company.check_origin(kind.key, values.get("origin_id"))
    vendor = vendor_for(call, values.pop("vendor_id", None))
    if not values.get("number"):
        count = sum(c.kind == kind.key for c in project.contracts.values())
        values["number"] = f"{kind.prefix}-{count + 1:03d}"
    made = Contract(company.ids.next("contract"), call.now, call.now, kind=kind.key, project=project, vendor=vendor,
                    created_by=call.user)
    made.configuration = {"id": company.ids.next("invoice_configuration"), "move": False, "separate": True}
    written(company, kind.key, made, values, call.now)
    project.contracts[made.id] = made
    return made


def _values(kind: Kind, call: Call, given: dict[str, Any], held: Contract | None) -> dict[str, Any]:
    values = {**take(given, kind.fields), **custom_fields.read(call, kind.key, given, held=held)}
    users = call.company.people_by_user
    usual = {"status": "Draft", "retainage_percent": call.company.switches.retainage_percent}
    admin_for(call, held.fields if held is not None else usual, values, *usual)
    if any(one not in users for one in values.get("invoice_contact_user_ids") or ()):
        raise invalid(invoice_contact_user_ids="is invalid")
    if values.get("assignee_id") is not None and values["assignee_id"] not in users:
        raise invalid(assignee_id="is invalid")
    return values


def vendor_for(call: Call, wanted: int | None, field: str = "vendor_id") -> Vendor | None:
    """The vendor that a contract names, who joins the project's directory by it."""
    if wanted is None:
        return None
    found = call.company.vendors.get(wanted)
    if found is None or not found.get("is_active"):
        raise invalid(**{field: "is invalid"})
    if found.id not in call.project.vendors:
        if not call.company.switches.vendors_join_projects_by_use:
            raise invalid(**{field: "is not in the project directory"})
        join(call.project, found)
    return found


def change_contract(kind: Kind, call: Call, found: Contract, given: dict[str, Any]) -> None:
    """Approved or complete: the vendor stays as it is; dates, texts, status and origin fields may change (6.2)."""
    values = _values(kind, call, given, found)
    method = values.get("accounting_method")
    if method and method != found.get("accounting_method") and (found.lines or found.requisitions):
        raise invalid(accounting_method="cannot be changed once there are line items or invoices")
    call.company.check_new_origin(kind.key, found, values)
    moved = False
    if "vendor_id" in values:
        wanted = values.pop("vendor_id")
        if wanted != (found.vendor.id if found.vendor else None):
            if found.is_locked:
                raise invalid(vendor_id=f"cannot be changed while the commitment is {found.status}")
            found.vendor, moved = vendor_for(call, wanted), True
    for name in ("status", "accounting_method", "number"):
        if name in values and values[name] is None:
            del values[name]
    if written(call.company, kind.key, found, values, call.now) or moved:
        found.touch(call.now)


def delete_contract(kind: Kind, call: Call) -> Answer:
    remove_contract(call, of_kind(kind, call, call.arg_id()))
    return EMPTY


def remove_contract(call: Call, found: Contract) -> None:
    """To the recycle bin for good, with its change orders and draft invoices; other invoices keep it (6.2)."""
    if found.is_locked:
        raise invalid(base=f"A commitment that is {found.status} cannot be deleted")
    if found.payments or any(invoice.get("status") != "draft" or invoice.is_synced for invoice in found.requisitions):
        raise invalid(base="A commitment with invoices or payments cannot be deleted")
    for invoice in found.requisitions:
        del call.project.requisitions[invoice.id]
        call.tell("Requisitions", "delete", invoice.id)
    found.requisitions.clear()
    bury(call, found)


def bury(call: Call, found: Contract) -> None:
    """Soft deletion of a contract with what stands on it; their origin_ids may be used again."""
    company = call.company
    for order in found.change_orders.values():
        if order.deleted_at is None:
            bury_order(call, order)
            for resource, number in (("Change Order Packages", order.id), ("Potential Change Orders", order.pco_id)):
                call.tell(resource, "delete", number)
    for line in found.lines.values():
        company.release_origin("line_item", line)
    company.release_origin(found.kind, found)
    found.deleted_at = call.now
    found.touch(call.now)


def bury_order(call: Call, found: ChangeOrder) -> None:
    found.deleted_at = call.now
    found.billed_on.clear()
    found.touch(call.now)
    for line in found.lines.values():
        call.company.release_origin("line_item", line)
    call.company.release_origin("change_order", found)
    call.company.origin_ids.pop(("potential_change_order", str(found.get("pco_origin_id"))), None)


# Lines

def _parent(kind: Kind, call: Call) -> Contract:
    return of_kind(kind, call, call.arg_id(f"{kind.key}_id"))


def _line(kind: Kind, call: Call) -> tuple[Contract, Line]:
    parent = _parent(kind, call)
    found = parent.lines.get(call.arg_id())
    if found is None:
        raise not_found()
    return parent, found


def lines(kind: Kind, call: Call) -> Answer:
    parent = _parent(kind, call)
    rows = filtered(call, parent.lines.values(), line_filters(call.company))
    return page_of(call, rows, lambda line: shown_line(call.company, call.project, line))


def line(kind: Kind, call: Call) -> Answer:
    return Answer(shown_line(call.company, call.project, _line(kind, call)[1]))


def create_line(kind: Kind, call: Call) -> Answer:
    return created(shown_line(call.company, call.project,
                              add_line(call, _parent(kind, call), call.wrapped("line_item"))))


def update_line(kind: Kind, call: Call) -> Answer:
    parent, found = _line(kind, call)
    write_line(call, parent, found, call.wrapped("line_item"))
    return Answer(shown_line(call.company, call.project, found))


def delete_line(kind: Kind, call: Call) -> Answer:
    remove_line(call, *_line(kind, call))
    return EMPTY


def remove_line(call: Call, parent: Contract, found: Line) -> None:
    if parent.is_locked:
        raise invalid(base=f"Line items cannot be deleted while the commitment is {parent.status}")
    if any(item.line is found for item in (parent.requisitions[-1].items if parent.requisitions else ())):
        raise invalid(base="A line item that is on an invoice cannot be deleted")
    del parent.lines[found.id]
    for detail in [one for one in parent.details.values() if one.get("line_item_id") == found.id]:
        del parent.details[detail.id]
    call.company.release_origin("line_item", found)
    parent.touch(call.now)


def sync_lines(kind: Kind, call: Call) -> Answer:
    parent = _parent(kind, call)

    def update(found: Line, given: dict[str, Any]) -> Line:
        write_line(call, parent, found, given)
        return found

    return sync(call, SyncRules(
        parent.lines.get, lambda o: parent.lines.get(call.company.origin_ids.get(("line_item", o), 0)),
        lambda given: add_line(call, parent, given), update,
        lambda line: shown_line(call.company, call.project, line)))


def _editable(call: Call, parent: Contract) -> None:
    if not parent.is_locked:
        return
    if not call.company.switches.always_editable_sov or parent.get("origin_id") is not None:
        raise invalid(base=f"Line items cannot be changed while the commitment is {parent.status}")


def _line_moved(call: Call, parent: Contract) -> None:
    """A line of an approved commitment moves: the subcontractor has to answer for its own schedule again (6.2)."""
    parent.touch(call.now)
    if parent.is_locked and parent.get("ssov_status") == "approved":
        parent.write({"ssov_status": "revise_and_resubmit"}, call.now)


def add_line(call: Call, parent: Contract, given: dict[str, Any]) -> Line:
    _editable(call, parent)
    made = new_line(call, given, is_unit=parent.is_unit, position=len(parent.lines) + 1,
                    holder=(parent.id, parent.type))
    parent.lines[made.id] = made
    _line_moved(call, parent)
    return made


def write_line(call: Call, parent: Contract, found: Line, given: dict[str, Any]) -> None:
    _editable(call, parent)
    billed = _billed(parent, found) if parent.is_locked else None
    change_line(call, found, given, is_unit=parent.is_unit, billed=billed)
    _line_moved(call, parent)
    for item in parent.requisitions[-1].items if parent.requisitions else ():
        if item.line is found:
            item.reschedule()


def _billed(parent: Contract, found: Line) -> Decimal:
    items = parent.requisitions[-1].items if parent.requisitions else []
    return sum((item.total for item in items if item.line is found), ZERO)


# How a contract looks

def compact_contract(found: Contract) -> dict[str, object]:
    return {"id": found.id, "number": found.get("number"), "title": found.get("title"), "status": found.status,
            "executed": found.get("executed"), "vendor": _vendor_brief(found),
            "project": {"id": found.project.id, "name": found.project.name},
            "created_at": stamp(found.created_at), "updated_at": stamp(found.updated_at),
            "deleted_at": stamp(found.deleted_at)}


def _vendor_brief(found: Contract) -> dict[str, object] | None:
    return {"id": found.vendor.id, "company": found.vendor.get("name")} if found.vendor else None


def listed_contract(company: Company, found: Contract) -> dict[str, object]:
    kind = WO if found.kind == WO.key else PO
    shown: dict[str, object] = {"id": found.id}
    shown |= {key: found.get(key) for key in (*BOTH_TEXTS, "approval_letter_date", *kind.texts, "private", "executed",
                                              "accounting_method", "status")}
    shown |= {key: day(found.get(key)) for key in (*BOTH_DAYS, *kind.days)}
    shown |= {"signed_contract_received_date": day(found.get("signed_contract_received_date")),
              "retainage_percent": loose(found.get("retainage_percent")), "vendor": _vendor_brief(found),
              "project": {"id": found.project.id, "name": found.project.name},
              "requisitions_are_enabled": found.requisitions_are_enabled, "show_line_items_to_non_admins": True,
              "created_at": stamp(found.created_at), "updated_at": stamp(found.updated_at),
              "deleted_at": stamp(found.deleted_at), "currency_configuration": CURRENCY}
    return shown | totals(found)


def totals(found: Contract) -> dict[str, str | None]:
    """The money that Procore works out for a contract (5.10)."""
    by_status = changes_by_status(found)
    revised = found.grand_total + by_status["approved"]
    paid = total_paid(found)
    billed = earned(found.requisitions[-1].items) if found.requisitions else ZERO
    billed += sum((requisition.tax for requisition in found.requisitions), ZERO)
    money = {"grand_total": found.grand_total, "approved_change_orders": by_status["approved"],
             "pending_change_orders": by_status["pending"], "draft_change_orders_amount": by_status["draft"],
             "revised_contract": revised, "pending_revised_contract": revised + by_status["pending"],
             "total_payments": paid, "total_requisitions_amount": billed, "total_draw_requests_amount": ZERO,
             "remaining_balance_outstanding": revised - paid,
             "percentage_paid": cents(paid * 100 / revised) if revised else ZERO}
    return {name: loose(value) for name, value in money.items()}


def changes_by_status(found: Contract) -> dict[str, Decimal]:
    """What the change orders come to: approved, pending and draft; the others count nowhere."""
    sums: dict[str, Decimal] = {"approved": ZERO, "pending": ZERO, "draft": ZERO}
    for order in found.change_orders.values():
        group = "pending" if order.status in PENDING else order.status
        if group in sums and order.deleted_at is None:
            sums[group] += order.grand_total
    return sums


def total_paid(found: Contract) -> Decimal:
    return sum((payment.get("amount") or ZERO for payment in found.payments.values()), ZERO)


def shown_contract(company: Company, found: Contract) -> dict[str, object]:
    vendor = found.vendor
    return listed_contract(company, found) | {
        "vendor": {"id": vendor.id, "company": vendor.get("name"), "origin_id": vendor.get("origin_id"),
                   "origin_data": vendor.get("origin_data")} if vendor else None,
        "created_by_id": found.created_by.id if found.created_by else None, "attachments": shown_files(found),
        "invoice_contacts": [_contact(company, one) for one in found.get("invoice_contact_user_ids") or ()],
        "change_order_requests": [], "potential_change_orders": [],
        "line_items": [shown_line(company, found.project, line) for line in found.lines.values()],
        "change_order_packages": packages_in(found),
        "payments_issued": payments_in(found)}


def packages_in(found: Contract) -> list[dict[str, object]]:
    """The change orders as they stand inside their contract."""
    return [{
        "id": order.id, "contract_id": found.id, "number": order.get("number"), "title": order.get("title"),
        "status": order.status, "origin_id": order.get("origin_id"), "origin_data": order.get("origin_data"),
        "due_date": day(order.get("due_date")), "invoiced_date": day(order.get("invoiced_date")),
        "paid_date": day(order.get("paid_date")), "reviewed_at": stamp(order.get("reviewed_at")),
        "created_at": stamp(order.created_at), "updated_at": stamp(order.updated_at), "deleted_at": None,
        "currency_configuration": CURRENCY} for order in found.change_orders.values() if order.deleted_at is None]


def payments_in(found: Contract) -> list[dict[str, object]]:
    """The payments as they stand inside their contract."""
    return [{
        "id": payment.id, "amount": two(payment.get("amount") or ZERO), "check_number": payment.get("check_number"),
        "created_at": stamp(payment.created_at), "date": day(payment.get("date")),
        "draw_request_number": payment.get("draw_request_number"), "invoice_number": payment.get("invoice_number"),
        "notes": payment.get("notes"), "payment_number": payment.get("payment_number"),
        "attachments": shown_files(payment),
        "origin_id": payment.get("origin_id"), "origin_data": payment.get("origin_data"),
        "currency_configuration": CURRENCY} for payment in found.payments.values()]


def _contact(company: Company, user_id: int) -> dict[str, object]:
    person = company.people_by_user[user_id]
    vendor = company.vendors.get(person.get("vendor_id") or 0)
    return {"id": person.id, "login_information_id": user_id, "name": person.name,
            "email": person.get("email_address"), "vendor_name": vendor.get("name") if vendor else None,
            **{name: person.get(name) for name in ("business_phone", "business_phone_extension", "fax_number",
                                                   "mobile_phone", "job_title")}}


# Both kinds in one list: deprecated, and thin

def commitments(call: Call) -> Answer:
    return page_of(call, living(call, call.project.contracts.values()), _thin)


def commitment(call: Call) -> Answer:
    found = find_contract(call.project, call.arg_id())
    shown = listed_contract(call.company, found)
    return Answer({**{name: shown[name] for name in shown if name not in NOT_OF_BOTH}, **_thin(found),
                   "type": found.type, "line_items_total": loose(found.grand_total)})


NOT_OF_BOTH = ("project", "origin_id", "origin_code", "origin_data", "approval_letter_date", "contract_date",
               "execution_date", "issued_on_date", "letter_of_intent_date", "returned_date", "requisitions_are_enabled",
               "show_line_items_to_non_admins", "total_requisitions_amount", "draft_change_orders_amount",
               "bill_to_address", "ship_to_address", "currency_configuration", "vendor")


def _thin(found: Contract) -> dict[str, object]:
    """Statuses of purchase orders are not in its description, and come all the same."""
    vendor = found.vendor
    return {"id": found.id, "number": found.get("number"), "title": found.get("title"), "status": found.status,
            "description": found.get("description"), "executed": bool(found.get("executed")),
            "private": bool(found.get("private")), "delivery_date": day(found.get("delivery_date")),
            "created_at": stamp(found.created_at),
            "vendor": {"id": vendor.id, "name": vendor.get("name")} if vendor else None}


Handler = Callable[[Call], Answer]


def both(handler: Callable[[Kind, Call], Answer]) -> tuple[tuple[Kind, Handler], tuple[Kind, Handler]]:
    return (WO, partial(handler, WO)), (PO, partial(handler, PO))
