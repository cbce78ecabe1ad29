"""The company's reasons for change orders (procore.md 5.12, 5.18): v1.0 lists them, v2.0 keeps them."""
from __future__ import annotations

from datetime import datetime
from typing import Any

from tieout.sandbox.procore.directory import own_company
from tieout.sandbox.procore.records import Record
from tieout.sandbox.procore.state import Company
from tieout.sandbox.procore.web import (
    EMPTY,
    Answer,
    Call,
    Fields,
    a_flag,
    a_text,
    created,
    data_page,
    forbidden,
    invalid,
    not_found,
    page_of,
    take,
)

KEY = "change_order_change_reason"
REASON: Fields = {"change_reason": a_text, "show_in_select": a_flag}
DEFAULTS = ("Allowance", "Back Charge", "Client Request", "Design Development", "Existing Condition")


def furnish(company: Company, now: datetime) -> None:
    for name in DEFAULTS:
        made = Record(company.ids.next(KEY), now, now, {"change_reason": name, "show_in_select": True})
        reasons_of(company)[made.id] = made


def reasons_of(company: Company) -> dict[int, Record]:
    return company.lookups.setdefault(KEY, {})


def reasons_10(call: Call) -> Answer:
    company = own_company(call)
    return page_of(call, list(reasons_of(company).values()), lambda row: {
        "id": row.id, "company_id": company.id, "change_reason": row.get("change_reason"),
        "show_in_select": bool(row.get("show_in_select"))})


def reasons(call: Call) -> Answer:
    company = own_company(call)
    used = _used(company)
    return data_page(call, list(reasons_of(company).values()), lambda row: _shown(row, used))


def _found(call: Call) -> Record:
    found = reasons_of(own_company(call)).get(call.arg_id())
    if found is None:
        raise not_found()
    return found


def _values(call: Call) -> dict[str, Any]:
    if call.user.level != "admin":
        raise forbidden("You are not allowed to change this", "The company's settings need admin permission")
    values = take(call.wrapped(KEY), REASON)
    if "change_reason" in values and not (values["change_reason"] or "").strip():
        raise invalid(change_reason="can't be blank")
    return values


def create_reason(call: Call) -> Answer:
    company = own_company(call)
    values = {"show_in_select": True, **_values(call)}
    if "change_reason" not in values:
        raise invalid(change_reason="can't be blank")
    made = Record(company.ids.next(KEY), call.now, call.now, values)
    reasons_of(company)[made.id] = made
    return created({"data": _shown(made, set())})


def update_reason(call: Call) -> Answer:
    found = _found(call)
    found.write(_values(call), call.now)
    return Answer({"data": _shown(found, _used(call.company))})


def delete_reason(call: Call) -> Answer:
    """A reason that a change order gives stays."""
    found = _found(call)
    if call.user.level != "admin":
        raise forbidden("You are not allowed to change this", "The company's settings need admin permission")
    if found.id in _used(call.company):
        raise invalid(base="is in use by a change order and cannot be deleted")
    del reasons_of(call.company)[found.id]
    return EMPTY


def _used(company: Company) -> set[int]:
    reasons = (order.get("change_reason") for project in company.projects.values()
               for order in project.change_orders.values())
    return {reason.id for reason in reasons if reason is not None}


def _shown(found: Record, used: set[int]) -> dict[str, object]:
    return {"id": str(found.id), "change_reason": found.get("change_reason"),
            "show_in_select": bool(found.get("show_in_select")), "deletable": found.id not in used}
