"""The subcontractor's own schedule of values: detail lines below a commitment's lines, and their status (5.10)."""
from __future__ import annotations

from typing import Any

from tieout.sandbox.procore.commitments import Kind, of_kind
from tieout.sandbox.procore.contract_records import Contract
from tieout.sandbox.procore.lines import CURRENCY
from tieout.sandbox.procore.records import Record
from tieout.sandbox.procore.web import (
    EMPTY,
    ZERO,
    Answer,
    Call,
    Fields,
    Filter,
    a_text,
    among,
    an_amount,
    an_integer,
    created,
    filtered,
    forbidden,
    invalid,
    loose,
    not_found,
    one_of,
    page_of,
    stamp,
    take,
)

STATUSES = ("draft", "revise_and_resubmit", "under_review", "approved")
DETAIL: Fields = {"line_item_id": an_integer, "amount": an_amount, "description": a_text}
FILTERS: dict[str, Filter] = {"id": among(lambda d: d.id), "line_item_id": among(lambda d: d.get("line_item_id"))}


def _parent(kind: Kind, call: Call) -> Contract:
    return of_kind(kind, call, call.arg_id(f"{kind.key}_id"))


def _detail(kind: Kind, call: Call) -> tuple[Contract, Record]:
    parent = _parent(kind, call)
    found = parent.details.get(call.arg_id())
    if found is None:
        raise not_found()
    return parent, found


def status_of(parent: Contract) -> str:
    return str(parent.get("ssov_status") or "draft")


def _open(parent: Contract) -> None:
    if status_of(parent) in ("under_review", "approved"):
        raise invalid(base=f"The subcontractor schedule of values is {status_of(parent)}")


def details(kind: Kind, call: Call) -> Answer:
    rows = filtered(call, _parent(kind, call).details.values(), FILTERS)
    return page_of(call, rows, _listed)


def detail(kind: Kind, call: Call) -> Answer:
    return Answer(_shown(_detail(kind, call)[1]))


def create_detail(kind: Kind, call: Call) -> Answer:
    parent = _parent(kind, call)
    _open(parent)
    values = _values(parent, {"line_item_id": None, **call.wrapped("contract_detail_line_item")})
    made = Record(call.company.ids.next("contract_detail"), call.now, call.now, {
        "amount": ZERO, "position": len(parent.details) + 1})
    made.write(values, call.now)
    parent.details[made.id] = made
    parent.touch(call.now)
    return created(_shown(made))


def update_detail(kind: Kind, call: Call) -> Answer:
    parent, found = _detail(kind, call)
    _open(parent)
    values = _values(parent, call.wrapped("contract_detail_line_item"))
    if found.write(values, call.now):
        parent.touch(call.now)
    return Answer(_shown(found))


def delete_detail(kind: Kind, call: Call) -> Answer:
    parent, found = _detail(kind, call)
    _open(parent)
    del parent.details[found.id]
    parent.touch(call.now)
    return EMPTY


def _values(parent: Contract, given: dict[str, Any]) -> dict[str, Any]:
    values = take(given, DETAIL)
    if "line_item_id" in values and values["line_item_id"] not in parent.lines:
        raise invalid(line_item_id="can't be blank" if values["line_item_id"] is None else "is invalid")
    if "amount" in values and values["amount"] is None:
        del values["amount"]
    return values


def set_status(kind: Kind, call: Call) -> Answer:
    """Administrators may set any while there is no invoice and no approved change order; others may only submit."""
    parent = _parent(kind, call)
    wanted = take(call.body, {"status": one_of(*STATUSES)}).get("status")
    if wanted is None:
        raise invalid(status="can't be blank")
    if call.user.level != "admin" and wanted != "under_review":
        raise forbidden("You do not have permission to perform this action", "You may only submit for review")
    if parent.requisitions:
        raise invalid(status="cannot be changed once the commitment has invoices")
    if any(order.status == "approved" and order.deleted_at is None for order in parent.change_orders.values()):
        raise invalid(status="cannot be changed once the commitment has an approved change order")
    parent.write({"ssov_status": wanted}, call.now)
    return Answer({"status": wanted})


def _listed(found: Record) -> dict[str, object]:
    """billed_*: a subcontractor invoice bills the commitment's lines, not these."""
    return {"id": found.id, "line_item_id": found.get("line_item_id"), "amount": loose(found.get("amount")),
            "description": found.get("description"), "position": found.get("position"), "billed_to_date": "0.0",
            "billed_against": False, "currency_configuration": CURRENCY}


def _shown(found: Record) -> dict[str, object]:
    return {**_listed(found), "created_at": stamp(found.created_at), "updated_at": stamp(found.updated_at)}
