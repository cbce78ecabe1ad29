"""Payments issued on commitments and received on prime contracts: the contract decides (procore.md 5.15).

Both project and contract are asked for, always.
"""
from __future__ import annotations

from typing import Any

from tieout.sandbox.procore.commitments import find_any_contract
from tieout.sandbox.procore.contract_records import Contract, Payment
from tieout.sandbox.procore.files import attach, shown_files, wanted_files
from tieout.sandbox.procore.prime_contracts import admin_only
from tieout.sandbox.procore.state import written
from tieout.sandbox.procore.web import (
    EMPTY,
    ZERO,
    Answer,
    Call,
    Fields,
    a_day,
    a_text,
    an_amount,
    an_integer,
    bad_request,
    created,
    day,
    forbidden,
    invalid,
    missing_ids,
    not_found,
    one_of,
    page_of,
    stamp,
    take,
    two,
)

PAYMENT: Fields = {
    **dict.fromkeys(("invoice_number", "check_number", "notes", "origin_id", "origin_data"), a_text),
    **dict.fromkeys(("date", "invoice_date"), a_day),
    **dict.fromkeys(("draw_request_number", "payment_number", "requisition_id"), an_integer),
    "payment_method": one_of("check", "credit_card", "electronic"), "amount": an_amount}
ALWAYS_WRITABLE = {"origin_id", "origin_data"}


def _contract(call: Call) -> Contract:
    wanted = call.given_id("contract_id")
    if call.given_id("project_id") is None:
        raise missing_ids()
    if wanted is None:
        raise bad_request("param is missing or the value is empty: contract_id")
    return find_any_contract(call.project, wanted)


def _payment(call: Call) -> tuple[Contract, Payment]:
    contract = _contract(call)
    found = contract.payments.get(call.arg_id())
    if found is None:
        raise not_found()
    return contract, found


def payments(call: Call) -> Answer:
    contract = _contract(call)
    return page_of(call, list(contract.payments.values()), lambda payment: shown_payment(contract, payment))


def payment(call: Call) -> Answer:
    return Answer(shown_payment(*_payment(call)))


def create_payment(call: Call) -> Answer:
    contract = _contract(call)
    _may_write(call, contract)
    if not contract.payments_are_enabled:
        raise forbidden("Payments are not enabled for this contract", "Allow payments is off")
    given = call.wrapped("contract_payment")
    files, values = wanted_files(call, given), take(given, PAYMENT)
    if values.get("amount") is None:
        raise invalid(amount="can't be blank")
    _check(call, contract, values)
    call.company.check_origin("contract_payment", values.get("origin_id"))
    if values.get("payment_number") is None:
        values["payment_number"] = 1 + max((p.get("payment_number") or 0 for p in contract.payments.values()),
                                           default=0)
    made = Payment(call.company.ids.next("payment"), call.now, call.now)
    written(call.company, "contract_payment", made, values, call.now)
    attach(call, made, files)
    contract.payments[made.id] = made
    contract.touch(call.now)
    return created(shown_payment(contract, made))


def _may_write(call: Call, contract: Contract) -> None:
    if contract.is_prime:
        admin_only(call)


def _check(call: Call, contract: Contract, values: dict[str, Any], found_draw: int | None = None) -> None:
    """A payment names its invoice: by requisition_id, or on a prime contract by the owner invoice's number."""
    wanted = values.get("requisition_id")
    if wanted is None:
        if found_draw is None:
            _name_application(contract, values)
        return
    found = call.project.requisitions.get(wanted)
    if found is None or found.contract is not contract:
        raise invalid(requisition_id="is invalid")
    if values.get("draw_request_number") is None:
        values["draw_request_number"] = found.number


def _name_application(contract: Contract, values: dict[str, Any]) -> None:
    if contract.is_prime and values.get("draw_request_number") is None and values.get("invoice_number") is not None:
        named = [one.number for one in contract.applications
                 if one.get("invoice_number") == values["invoice_number"]]
        if len(named) == 1:
            values["draw_request_number"] = named[0]


def update_payment(call: Call) -> Answer:
    """With an origin_id the payment belongs to the accounting system: only the origin fields stay writable."""
    contract, found = _payment(call)
    _may_write(call, contract)
    given = call.wrapped("contract_payment")
    files, values = wanted_files(call, given), take(given, PAYMENT)
    if found.get("origin_id") is not None and set(values) - ALWAYS_WRITABLE:
        raise invalid(base="The payment is synced with an ERP system; only attachments, origin_id and origin_data "
                           "can be changed")
    if "amount" in values and values["amount"] is None:
        raise invalid(amount="can't be blank")
    _check(call, contract, values, found.get("draw_request_number"))
    if written(call.company, "contract_payment", found, values, call.now):
        contract.touch(call.now)
    attach(call, found, files)
    return Answer(shown_payment(contract, found))


def delete_payment(call: Call) -> Answer:
    contract, found = _payment(call)
    _may_write(call, contract)
    if found.get("origin_id") is not None:
        raise invalid(base="The payment is synced with an ERP system and cannot be deleted")
    del contract.payments[found.id]
    contract.touch(call.now)
    return EMPTY


def shown_payment(contract: Contract, found: Payment) -> dict[str, object]:
    """payment_method and invoice_date are taken and not given back (5.15)."""
    return {"id": found.id, "project_id": contract.project.id, "contract_id": contract.id,
            "requisition_id": found.get("requisition_id"), "amount": two(found.get("amount") or ZERO),
            "date": day(found.get("date")), "check_number": found.get("check_number"),
            "invoice_number": found.get("invoice_number"), "payment_number": found.get("payment_number"),
            "draw_request_number": found.get("draw_request_number"), "notes": found.get("notes"), "status": None,
            "external_payment_id": None, "date_payment_initiated": None, "date_payment_settled": None,
            "origin_id": found.get("origin_id"), "origin_code": None, "origin_data": found.get("origin_data"),
            "attachments": shown_files(found), "created_at": stamp(found.created_at),
            "updated_at": stamp(found.updated_at)}
