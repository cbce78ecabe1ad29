"""Owner invoices (payment applications) of prime contracts and their lines (procore.md 5.19, 6.4)."""
from __future__ import annotations

from typing import Any

from tieout.sandbox.procore.applications import OwnerItem, apply_to_owner
from tieout.sandbox.procore.contract_records import Contract, PaymentApplication, Period
from tieout.sandbox.procore.files import attach, wanted_files
from tieout.sandbox.procore.owner_billing import first_items
from tieout.sandbox.procore.payment_application_views import (
    listed_application,
    listed_of_project,
    shown_application,
    shown_line,
    shown_markup_line,
    written_application,
)
from tieout.sandbox.procore.prime_contracts import BILLABLE, admin_only, find_prime
from tieout.sandbox.procore.state import written
from tieout.sandbox.procore.web import (
    EMPTY,
    Answer,
    Call,
    Fields,
    Filter,
    a_day,
    a_flag,
    a_number,
    a_text,
    among,
    an_amount,
    an_integer,
    created,
    filtered,
    flag_is,
    forbidden,
    invalid,
    not_found,
    one_of,
    page_of,
    take,
)

KIND = "payment_application"
STATUSES = ("draft", "under_review", "revise_and_resubmit", "approved")
ORIGIN = ("origin_id", "origin_data")
HEADER: Fields = {
    **dict.fromkeys(("invoice_number", *ORIGIN), a_text),
    **dict.fromkeys(("period_start", "period_end", "billing_date"), a_day),
    "commitment_billing_period_id": an_integer, "status": one_of(*STATUSES)}
CREATE: Fields = {**HEADER, "include_attachments": a_flag}
LINE: Fields = {
    **dict.fromkeys(("work_completed_this_period", "materials_presently_stored",
                     "work_completed_retainage_retained_this_period", "materials_stored_retainage_retained_this_period",
                     "work_completed_retainage_released_this_period"), an_amount),
    "work_completed_this_period_quantity": a_number}
MARKUP_LINE: Fields = dict.fromkeys(
    ("work_completed_this_period", "work_completed_retainage_retained_this_period",
     "work_completed_retainage_released_this_period"), an_amount)

FILTERS: dict[str, Filter] = {"id": among(lambda a: a.id), "is_last": flag_is(lambda a: a.is_latest)}


def of_project(call: Call) -> Answer:
    """All of a project: no filter is known here, none by updated_at either (1.5)."""
    return page_of(call, list(call.project.applications.values()), listed_of_project, default=30)


def of_contract(call: Call) -> Answer:
    return page_of(call, filtered(call, _contract(call).applications, FILTERS), listed_application, default=30)


def _contract(call: Call) -> Contract:
    return find_prime(call.project, call.arg_id("prime_contract_id"))


def application(call: Call) -> Answer:
    return Answer(shown_application(call.company, _application(call)))


def _application(call: Call) -> PaymentApplication:
    found = call.project.applications.get(call.arg_id())
    if found is None:
        raise not_found()
    return found


def create_application(call: Call) -> Answer:
    contract, company = _contract(call), call.company
    admin_only(call)
    values = {"status": "draft", **take(call.wrapped("payment_application"), CREATE)}
    values["status"] = values["status"] or "draft"
    values.pop("include_attachments", None)
    if contract.status not in BILLABLE:
        raise invalid(base="The prime contract must be approved or complete before it can be invoiced")
    if not contract.get("allow_payment_applications"):
        raise forbidden("Invoices are not enabled for this contract", "allow_payment_applications is off")
    period = _period(call, values, None)
    company.check_origin(KIND, values.get("origin_id"))
    made = PaymentApplication(company.ids.next("payment_application"), call.now, call.now, contract=contract,
                              period=period, created_by=call.user,
                              moves_materials=bool(contract.configuration["move"]),
                              tax_on=company.switches.invoice_tax_on)
    made.previous = contract.applications[-1] if contract.applications else None
    made.number = made.previous.number + 1 if made.previous else 1
    made.items = first_items(made, lambda: company.ids.next("owner_item"))
    written(company, KIND, made, values, call.now)
    for item in made.items:
        if item.change_order is not None:
            item.change_order.billed_on.add(made.id)
    attach(call, made, wanted_files(call))
    contract.applications.append(made)
    call.project.applications[made.id] = made
    contract.touch(call.now)
    return created(written_application(company, made))


def _period(call: Call, values: dict[str, Any], found: PaymentApplication | None) -> Period | None:
    """The billing period gives the dates; dates alone do where no period is named."""
    wanted = values.pop("commitment_billing_period_id", None)
    if wanted is not None:
        period = call.project.periods.get(wanted)
        if period is None:
            raise invalid(commitment_billing_period_id="is invalid")
        for name, edge in (("period_start", "start_date"), ("period_end", "end_date")):
            values[name] = values.get(name) or period.get(edge)
    else:
        period = found.period if found else None
    get = {**(found.fields if found else {}), **values}.get
    start, end = get("period_start"), get("period_end")
    if start is None or end is None:
        raise invalid(commitment_billing_period_id="can't be blank")
    if end < start:
        raise invalid(period_end="must be after the start date")
    return period


def update_application(call: Call) -> Answer:
    found = _application(call)
    if found.contract is not _contract(call):
        raise not_found()
    admin_only(call)
    values = take(call.wrapped("payment_application"), HEADER)
    if found.is_synced and (call.files or set(values) - set(ORIGIN)):
        raise invalid(base="The invoice is synced with an ERP system and cannot be changed")
    if values.get("status", "") is None:
        del values["status"]
    period = _period(call, values, found)
    call.company.check_new_origin(KIND, found, values)
    moved = period is not found.period
    found.period = period
    if written(call.company, KIND, found, values, call.now) or moved:
        found.touch(call.now)
        found.contract.touch(call.now)
    attach(call, found, wanted_files(call))
    return Answer(written_application(call.company, found))


def delete_application(call: Call) -> Answer:
    """The most recent one only; the one before is the latest again."""
    found = _application(call)
    admin_only(call)
    _unlocked(found, "deleted")
    found.contract.applications.pop()
    del call.project.applications[found.id]
    call.company.release_origin(KIND, found)
    for item in found.items:
        if item.change_order is not None:
            item.change_order.billed_on.discard(found.id)
    found.contract.touch(call.now)
    return EMPTY


def _unlocked(found: PaymentApplication, verb: str) -> None:
    if found.is_synced:
        raise invalid(base=f"The invoice is synced with an ERP system and cannot be {verb}")
    if not found.is_latest:
        raise invalid(base=f"Only the most recent invoice of the prime contract can be {verb}")


# Lines

def update_line(call: Call) -> Answer:
    item = _write(call, "payment_application_line_item", LINE, is_markup=False)
    return Answer(shown_line(call.company, call.project, item))


def update_markup_line(call: Call) -> Answer:
    item = _write(call, "payment_application_markup_line_item", MARKUP_LINE, is_markup=True)
    return Answer(shown_markup_line(item))


def _write(call: Call, wrapper: str, known: Fields, *, is_markup: bool) -> OwnerItem:
    """All amounts of the line or none: they go back to what they were when one is refused."""
    found, item = _line(call, is_markup=is_markup)
    admin_only(call)
    values = take(call.wrapped(wrapper), known)
    _unlocked(found, "changed")
    before = item.mark()
    errors = apply_to_owner(item, values)
    if not call.company.switches.allow_overbilling and item.is_overbilled:
        errors["total_completed_and_stored_to_date"] = "cannot exceed the scheduled value"
    if errors:
        item.back_to(before)
        raise invalid(**errors)
    if item.mark() != before:
        call.tell("Payment Applications", "update", found.id)
        found.touch(call.now)
        found.contract.touch(call.now)
    return item


def _line(call: Call, *, is_markup: bool) -> tuple[PaymentApplication, OwnerItem]:
    """Ids of lines grow with the applications, so the search begins with the latest."""
    wanted = call.arg_id()
    for found in reversed(_contract(call).applications):
        for item in found.items:
            if item.id == wanted and (item.markup is not None) is is_markup:
                return found, item
    raise not_found()
