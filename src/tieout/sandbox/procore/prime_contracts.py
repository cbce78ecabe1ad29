"""Prime contracts with their lines, v1.0 (procore.md 5.17, 6.4). The singular path writes, the plural one lists."""
from __future__ import annotations

from decimal import Decimal
from typing import Any

from tieout.sandbox.procore.applications import earned
from tieout.sandbox.procore.commitments import (
    bury,
    changes_by_status,
    packages_in,
    payments_in,
    total_paid,
    vendor_for,
)
from tieout.sandbox.procore.contract_records import PRIME, ChangeOrder, Contract, Line
from tieout.sandbox.procore.custom_fields import read as read_custom
from tieout.sandbox.procore.directory import shown_vendor
from tieout.sandbox.procore.files import attach, shown_files, wanted_files
from tieout.sandbox.procore.lines import CURRENCY, change_line, line_filters, new_line, shown_line
from tieout.sandbox.procore.owner_billing import billed_on, refresh
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
    forbidden,
    invalid,
    living,
    loose,
    not_found,
    one_of,
    page_of,
    stamp,
    sync,
    take,
    within,
)

STATUSES = ("Draft", "Out For Bid", "Out For Signature", "Approved", "Complete", "Terminated")
BILLABLE = ("Approved", "Complete")
LEVELS = ("change_order_package", "change_order_request", "potential_change_order", "line_item")
TEXTS = ("title", "number", "description", "inclusions", "exclusions")
DAYS = ("actual_completion_date", "approval_letter_date", "contract_date", "contract_estimated_completion_date",
        "contract_start_date", "execution_date", "issued_on_date", "letter_of_intent_date", "returned_date",
        "signed_contract_received_date")
PARTIES = {"vendor_id": "vendor", "contractor_id": "contractor", "architect_id": "architect"}
BOTH_VERSIONS: Fields = {
    **dict.fromkeys(TEXTS, a_text), **dict.fromkeys(DAYS, a_day), **dict.fromkeys(PARTIES, an_integer),
    "executed": a_flag, "status": one_of(*STATUSES), "accounting_method": one_of("amount", "unit")}
FIELDS: Fields = {**BOTH_VERSIONS, "origin_id": a_text, "origin_data": a_text, "retainage_percent": a_number}
# A project's settings decide these where a contract does not say; the v2 endpoints set them.
SETTINGS = {"allow_comments": True, "allow_markups": True, "allow_payment_applications": True, "allow_payments": True,
            "display_materials_retainage": True, "display_work_retainage": True,
            "show_line_items_to_non_admins": False, "private": True}

FILTERS: dict[str, Filter] = {"id": among(lambda c: c.id), "updated_at": within(lambda c: c.updated_at)}


def admin_only(call: Call) -> None:
    if call.user.level != "admin":
        raise forbidden("You are not allowed to change this", "The Prime Contracts tool needs admin permission")


def contracts(call: Call) -> Answer:
    rows = filtered(call, living(call, call.project.prime_contracts.values()), FILTERS)
    return page_of(call, rows, lambda c: listed_contract(call.company, c))


def first_contract(call: Call) -> Answer:
    """The singular path without an id: the project's first one."""
    for found in call.project.prime_contracts.values():
        if found.deleted_at is None:
            return Answer(shown_contract(call.company, found))
    raise not_found()


def contract(call: Call) -> Answer:
    return Answer(shown_contract(call.company, find_prime(call.project, call.arg_id())))


def find_prime(project: Project, wanted: int) -> Contract:
    found = project.prime_contracts.get(wanted)
    if found is None or found.deleted_at is not None:
        raise not_found()
    return found


def create_contract(call: Call) -> Answer:
    given = call.wrapped("prime_contract")
    files = wanted_files(call, given)
    made = new_contract(call, {**take(given, FIELDS), **read_custom(call, PRIME, given)})
    attach(call, made, files)
    return created(shown_contract(call.company, made))


def update_contract(call: Call) -> Answer:
    found = find_prime(call.project, call.arg_id())
    given = call.wrapped("prime_contract")
    files = wanted_files(call, given)
    change_contract(call, found, {**take(given, FIELDS), **read_custom(call, PRIME, given, held=found)})
    attach(call, found, files)
    return Answer(shown_contract(call.company, found))


def delete_contract(call: Call) -> Answer:
    remove_contract(call, find_prime(call.project, call.arg_id()))
    return EMPTY


def new_contract(call: Call, given: dict[str, Any]) -> Contract:
    admin_only(call)
    project, company = call.project, call.company
    held = [one for one in project.prime_contracts.values() if one.deleted_at is None]
    if held and not company.switches.multiple_prime_contracts:
        raise invalid(base="The project has a prime contract already")
    values = {"status": "Draft", "accounting_method": "amount", "executed": False,
              "retainage_percent": company.switches.retainage_percent, "change_order_level_of_detail": "line_item",
              **SETTINGS, **{k: v for k, v in given.items() if v is not None}}
    company.check_origin(PRIME, values.get("origin_id"))
    parties = _parties(call, values)
    values["number"] = values.get("number") or str(len(project.prime_contracts) + 1)
    made = Contract(company.ids.next("contract"), call.now, call.now, kind=PRIME, project=project,
                    created_by=call.user, vendor=parties.get("vendor"), contractor=parties.get("contractor"),
                    architect=parties.get("architect"))
    made.configuration = {"id": company.ids.next("invoice_configuration"), "move": False, "separate": True}
    _settle(made, values)
    written(company, PRIME, made, values, call.now)
    project.prime_contracts[made.id] = made
    return made


def _parties(call: Call, values: dict[str, Any]) -> dict[str, Vendor | None]:
    """Takes the companies out of the values. All are checked before the first joins the project."""
    wanted = {field: values.pop(field) for field in PARTIES if field in values}
    for field, number in wanted.items():
        held = call.company.vendors.get(number) if number is not None else None
        if number is not None and (held is None or not held.get("is_active")):
            raise invalid(**{field: "is invalid"})
    return {PARTIES[field]: vendor_for(call, number, field) for field, number in wanted.items()}


def _settle(found: Contract, values: dict[str, Any]) -> None:
    if values.get("allow_payments") is not None:
        found.payments_are_enabled = values["allow_payments"]


def change_contract(call: Call, found: Contract, values: dict[str, Any]) -> None:
    """Approved or complete: the owner stays as it is; dates, texts, status and origin fields may change (6.4)."""
    admin_only(call)
    method = values.get("accounting_method")
    if method and method != found.get("accounting_method") and (found.lines or found.applications):
        raise invalid(accounting_method="cannot be changed once there are line items or invoices")
    call.company.check_new_origin(PRIME, found, values)
    if "vendor_id" in values and values["vendor_id"] != _id(found.vendor) and found.is_locked:
        raise invalid(vendor_id=f"cannot be changed while the prime contract is {found.status}")
    parties = _parties(call, values)
    before = (found.vendor, found.contractor, found.architect)
    found.vendor = parties.get("vendor", found.vendor)
    found.contractor = parties.get("contractor", found.contractor)
    found.architect = parties.get("architect", found.architect)
    moved = before != (found.vendor, found.contractor, found.architect)
    for name in ("status", "accounting_method", "number", "change_order_level_of_detail", *SETTINGS):
        if name in values and values[name] is None:
            del values[name]
    _settle(found, values)
    if written(call.company, PRIME, found, values, call.now) or moved:
        found.touch(call.now)


def remove_contract(call: Call, found: Contract) -> None:
    """To the recycle bin for good, with its change orders."""
    admin_only(call)
    if found.is_locked:
        raise invalid(base=f"A prime contract that is {found.status} cannot be deleted")
    if found.applications or found.payments:
        raise invalid(base="A prime contract with invoices or payments cannot be deleted")
    bury(call, found)


# Lines

def _parent(call: Call) -> Contract:
    return find_prime(call.project, call.arg_id("prime_contract_id"))


def line_of(parent: Contract, wanted: int) -> Line:
    found = parent.lines.get(wanted)
    if found is None:
        raise not_found()
    return found


def lines(call: Call) -> Answer:
    parent = _parent(call)
    rows = filtered(call, parent.lines.values(), line_filters(call.company))
    return page_of(call, rows, lambda line: _shown(call, parent, line))


def line(call: Call) -> Answer:
    parent = _parent(call)
    return Answer(_shown(call, parent, line_of(parent, call.arg_id())))


def create_line(call: Call) -> Answer:
    parent = _parent(call)
    return created(_shown(call, parent, add_line(call, parent, call.wrapped("line_item"))))


def update_line(call: Call) -> Answer:
    parent = _parent(call)
    found = line_of(parent, call.arg_id())
    write_line(call, parent, found, call.wrapped("line_item"))
    return Answer(_shown(call, parent, found))


def delete_line(call: Call) -> Answer:
    parent = _parent(call)
    remove_line(call, parent, line_of(parent, call.arg_id()))
    return EMPTY


def sync_lines(call: Call) -> Answer:
    parent = _parent(call)
    admin_only(call)

    def update(found: Line, given: dict[str, Any]) -> Line:
        write_line(call, parent, found, given)
        return found

    return sync(call, SyncRules(
        parent.lines.get, lambda o: parent.lines.get(call.company.origin_ids.get(("line_item", o), 0)),
        lambda given: add_line(call, parent, given), update,
        lambda line: _shown(call, parent, line)))


def _shown(call: Call, parent: Contract, line: Line) -> dict[str, object]:
    return _with_markup(call.company, parent, line)


def _with_markup(company: Company, parent: Contract, line: Line) -> dict[str, object]:
    total = line.amount + sum((amount for _, amount in parent.markups_of(line)), ZERO)
    return shown_line(company, parent.project, line, total)


def _editable(call: Call, parent: Contract) -> None:
    admin_only(call)
    if not parent.is_locked:
        return
    if not call.company.switches.always_editable_sov or parent.get("origin_id") is not None:
        raise invalid(base=f"Line items cannot be changed while the prime contract is {parent.status}")


def add_line(call: Call, parent: Contract, given: dict[str, Any]) -> Line:
    _editable(call, parent)
    made = new_line(call, given, is_unit=parent.is_unit, position=len(parent.lines) + 1,
                    holder=(parent.id, parent.type))
    parent.lines[made.id] = made
    parent.touch(call.now)
    refresh(parent)
    return made


def write_line(call: Call, parent: Contract, found: Line, given: dict[str, Any]) -> None:
    _editable(call, parent)
    billed = sum((item.total for item in billed_on(parent, line=found)), ZERO) if parent.is_locked else None
    change_line(call, found, given, is_unit=parent.is_unit, billed=billed)
    parent.touch(call.now)
    refresh(parent)


def remove_line(call: Call, parent: Contract, found: Line) -> None:
    admin_only(call)
    if parent.is_locked:
        raise invalid(base=f"Line items cannot be deleted while the prime contract is {parent.status}")
    if billed_on(parent, line=found):
        raise invalid(base="A line item that is on an invoice cannot be deleted")
    del parent.lines[found.id]
    call.company.release_origin("line_item", found)
    parent.touch(call.now)
    refresh(parent)


# How a prime contract looks

VENDOR_SHOWN = ("id", "name", "company", "abbreviated_name", "address", "city", "state_code", "zip", "country_code",
                "business_phone", "email_address", "is_active", "origin_id", "origin_data", "origin_code",
                "synced_to_erp", "created_at", "updated_at")


def _id(vendor: Vendor | None) -> int | None:
    return vendor.id if vendor is not None else None


def _vendor(company: Company, vendor: Vendor | None) -> dict[str, object] | None:
    if vendor is None:
        return None
    shown = shown_vendor(company, vendor, "normal")
    return {name: shown[name] for name in VENDOR_SHOWN if name in shown}


def listed_contract(company: Company, found: Contract) -> dict[str, object]:
    architect, author = found.architect, found.created_by
    shown: dict[str, object] = {"id": found.id}
    shown |= {name: found.get(name) for name in (*TEXTS, "executed", "accounting_method", "status", "origin_id",
                                                 "origin_data", "private", "show_line_items_to_non_admins")}
    shown |= {name: day(found.get(name)) for name in DAYS}
    return shown | {
        "contract_termination_date": None, "retainage_percent": loose(found.get("retainage_percent")),
        "approved_change_orders": loose(changes_by_status(found)["approved"]),
        "grand_total": loose(found.grand_total), "vendor": _vendor(company, found.vendor),
        "contractor": _vendor(company, found.contractor), "attachments": shown_files(found),
        "architect": {"id": architect.id, "name": architect.get("name"), "login": None} if architect else None,
        "created_by": {"id": author.id, "login": author.login, "name": author.name} if author else None,
        "created_at": stamp(found.created_at), "updated_at": stamp(found.updated_at),
        "deleted_at": stamp(found.deleted_at), "currency_configuration": CURRENCY}


def totals(found: Contract) -> dict[str, Decimal]:
    """The money that Procore works out for a prime contract; its names are not those of commitments (5.17)."""
    changes = changes_by_status(found)
    revised, paid = found.grand_total + changes["approved"], total_paid(found)
    billed = earned(found.applications[-1].items) if found.applications else ZERO
    billed += sum((application.tax for application in found.applications), ZERO)
    return {"line_items_total": found.lines_total, "line_items_extended_total": found.subtotal,
            "draft_change_orders_amount": changes["draft"], "pending_change_orders_amount": changes["pending"],
            "revised_contract_amount": revised, "pending_revised_contract_amount": revised + changes["pending"],
            "owner_invoices_amount": billed, "total_payments": paid, "outstanding_balance": revised - paid,
            "percentage_paid": cents(paid * 100 / revised) if revised else ZERO}


def shown_contract(company: Company, found: Contract) -> dict[str, object]:
    settings = {name: found.get(name) for name in SETTINGS if name != "private"}
    position = list(found.project.prime_contracts).index(found.id) + 1
    return listed_contract(company, found) | settings | {
        "type": found.type, "allow_redistributions": False, "display_stored_materials": True, "position": position,
        "substantial_completion_date": day(found.get("substantial_completion_date")),
        "original_substantial_completion_date": None, "assigned_to": None, "received_from": None,
        "change_order_packages": packages_in(found), "change_order_requests": [],
        "potential_change_orders": [potential_in(order) for order in living_orders(found)],
        "payments_received": payments_in(found),
        "line_items": [_with_markup(company, found, line) for line in found.lines.values()],
        **{name: loose(amount) for name, amount in totals(found).items()}}


def living_orders(found: Contract) -> list[ChangeOrder]:
    return [order for order in found.change_orders.values() if order.deleted_at is None]


def potential_in(order: ChangeOrder) -> dict[str, object]:
    """A potential change order as it stands inside its contract."""
    return {"id": order.pco_id, "number": order.get("number"), "title": order.get("title"), "status": order.status,
            "due_date": day(order.get("due_date")), "invoiced_date": day(order.get("invoiced_date")),
            "paid_date": day(order.get("paid_date")), "reviewed_at": stamp(order.get("reviewed_at")),
            "created_at": stamp(order.created_at), "updated_at": stamp(order.updated_at), "deleted_at": None,
            "currency_configuration": CURRENCY}
