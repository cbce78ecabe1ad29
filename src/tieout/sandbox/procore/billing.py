"""Billing periods, and how a contract is billed (procore.md 5.13, 5.14)."""
from __future__ import annotations

from datetime import date
from typing import Any

from tieout.sandbox.procore.commitments import find_any_contract
from tieout.sandbox.procore.contract_records import Contract, Period
from tieout.sandbox.procore.web import (
    EMPTY,
    Answer,
    Call,
    Fields,
    Filter,
    a_day,
    a_flag,
    among,
    created,
    day,
    filtered,
    invalid,
    not_found,
    one_of,
    page_of,
    stamp,
    take,
    text_is,
    within,
)

PERIOD: Fields = {"start_date": a_day, "end_date": a_day, "due_date": a_day, "status": one_of("open", "closed")}
FILTERS: dict[str, Filter] = {"id": among(lambda p: p.id), "status": text_is(lambda p: p.get("status")),
                              "updated_at": within(lambda p: p.updated_at),
                              "created_at": within(lambda p: p.created_at)}


def periods(call: Call) -> Answer:
    return page_of(call, filtered(call, call.project.periods.values(), FILTERS), shown_period)


def period(call: Call) -> Answer:
    return Answer(shown_period(_period(call)))


def _period(call: Call) -> Period:
    found = call.project.periods.get(call.arg_id())
    if found is None:
        raise not_found()
    return found


def create_period(call: Call) -> Answer:
    values = take(call.wrapped("billing_period"), PERIOD)
    for name in PERIOD:
        if values.get(name) is None:
            raise invalid(**{name: "can't be blank"})
    _check(call, values, None)
    made = Period(call.company.ids.next("billing_period"), call.now, call.now, values, project_id=call.project.id,
                  position=len(call.project.periods) + 1)
    call.project.periods[made.id] = made
    return created(shown_period(made))


def update_period(call: Call) -> Answer:
    found = _period(call)
    values = {k: v for k, v in take(call.wrapped("billing_period"), PERIOD).items() if v is not None}
    _check(call, {**found.fields, **values}, found)
    found.write(values, call.now)
    return Answer(shown_period(found))


def _check(call: Call, values: dict[str, Any], found: Period | None) -> None:
    start, end = values["start_date"], values["end_date"]
    assert isinstance(start, date) and isinstance(end, date)
    if end < start:
        raise invalid(end_date="must be after the start date")
    others = [p for p in call.project.periods.values() if p is not found]
    if values["status"] == "open" and any(p.get("status") == "open" for p in others):
        raise invalid(status="only one billing period can be open")


def delete_period(call: Call) -> Answer:
    found = _period(call)
    if any(one.period is found for one in call.project.requisitions.values()) or \
            any(one.period is found for one in call.project.applications.values()):
        raise invalid(base="A billing period with invoices cannot be deleted")
    del call.project.periods[found.id]
    return EMPTY


def shown_period(found: Period) -> dict[str, object]:
    return {"id": found.id, "project_id": found.project_id, "position": found.position, "status": found.get("status"),
            "start_date": day(found.get("start_date")), "end_date": day(found.get("end_date")),
            "due_date": day(found.get("due_date")), "created_at": stamp(found.created_at),
            "updated_at": stamp(found.updated_at)}


# Invoice configuration

CONFIGURATION: Fields = {"separate_billing_for_stored_materials": a_flag,
                         "move_materials_to_previous_work_completed": a_flag,
                         "stored_materials_billing_method": one_of("move_new_materials", "manual")}


def configuration(call: Call) -> Answer:
    return Answer(shown_configuration(call, find_any_contract(call.project, call.arg_id("contract_id"))))


def update_configuration(call: Call) -> Answer:
    """Holds for the invoices made from now on."""
    found = find_any_contract(call.project, call.arg_id("contract_id"))
    values = take(call.wrapped("invoice_configuration"), CONFIGURATION)
    if values.get("separate_billing_for_stored_materials") is not None:
        found.configuration["separate"] = values["separate_billing_for_stored_materials"]
    if "stored_materials_billing_method" in values:
        found.configuration["move"] = values["stored_materials_billing_method"] == "move_new_materials"
    if values.get("move_materials_to_previous_work_completed") is not None:
        found.configuration["move"] = values["move_materials_to_previous_work_completed"]
    return Answer(shown_configuration(call, found))


def shown_configuration(call: Call, found: Contract) -> dict[str, object]:
    moves = found.configuration["move"]
    return {"id": found.configuration["id"], "contract_id": found.id, "project_id": found.project.id,
            "company_id": call.company.id, "ssr_enabled": False,
            "commitment_has_invoices": bool(found.requisitions or found.applications),
            "separate_billing_for_stored_materials": found.configuration["separate"],
            "stored_materials_billing_method": "move_new_materials" if moves else None,
            "move_materials_to_previous_work_completed": moves, "retainage_rule_set": None}
