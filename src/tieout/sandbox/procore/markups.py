"""Markups on change orders and on prime contracts (procore.md 5.12, 5.17)."""
from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tieout.sandbox.procore.contract_records import ChangeOrder, Contract, Markup
from tieout.sandbox.procore.lines import editable
from tieout.sandbox.procore.owner_billing import billed_on, refresh
from tieout.sandbox.procore.wbs_codes import brief_code
from tieout.sandbox.procore.web import (
    NOTHING,
    Answer,
    Call,
    Fields,
    Refusal,
    a_flag,
    a_number,
    a_text,
    an_integer,
    bad_request,
    created,
    forbidden,
    invalid,
    loose,
    not_found,
    one_of,
    take,
)

HOLDERS = ("PotentialChangeOrder", "Contract")
MARKUP: Fields = {"name": a_text, "percentage": a_number, "position": an_integer, "wbs_code_id": an_integer,
                  "markup_set": one_of("change_orders_horizontal", "change_orders_vertical", "horizontal", "vertical"),
                  "applies_to_all": a_flag}


Holder = ChangeOrder | Contract


def _holder(call: Call) -> Holder:
    """A potential change order, or a prime contract: commitments carry no markups of their own."""
    wanted, kind = call.given_id("holder_id"), call.request.param("holder_type")
    if kind not in HOLDERS:
        raise invalid(holder_type="is not included in the list")
    if wanted is None:
        raise bad_request("param is missing or the value is empty: holder_id")
    if kind == HOLDERS[1] and wanted in call.project.contracts:
        raise Refusal(501, {"errors": f"{call.request.method} {call.request.path} for a commitment is not part of this "
                                      "practice Procore; for a prime contract or a change order it is"})
    held: Mapping[int, Holder] = call.project.by_potential if kind == HOLDERS[0] else call.project.prime_contracts
    found = held.get(wanted)
    if found is None or found.deleted_at is not None:
        raise not_found()
    return found


def _may_write(call: Call, holder: Holder) -> None:
    """Those of a contract can be changed at any time, those of a change order while its lines can."""
    if isinstance(holder, ChangeOrder):
        editable(holder)
    elif call.user.level != "admin":
        raise forbidden("You are not allowed to change this", "The Prime Contracts tool needs admin permission")
    elif not holder.get("allow_markups"):
        raise forbidden("Markups are not enabled for this contract", "allow_markups is off")


def markups(call: Call) -> Answer:
    holder = _holder(call)
    return Answer([shown_markup(markup) for markup in holder.markups.values()])


def markup(call: Call) -> Answer:
    return Answer(shown_markup(_markup(_holder(call), call)))


def _markup(holder: Holder, call: Call) -> Markup:
    found = holder.markups.get(call.arg_id())
    if found is None:
        raise not_found()
    return found


def create_markup(call: Call) -> Answer:
    holder = _holder(call)
    _may_write(call, holder)
    values = {"applies_to_all": False, "position": len(holder.markups) + 1, **_markup_values(call)}
    for name in ("name", "percentage", "markup_set"):
        if values.get(name) in (None, ""):
            raise invalid(**{name: "can't be blank"})
    made = _made(call, holder)
    made.wbs_code = values.pop("wbs_code")
    made.write(values, call.now)
    _written(call, holder)
    return created(shown_markup(made))


def _made(call: Call, holder: Holder) -> Markup:
    holder_id, kind = (holder.pco_id, HOLDERS[0]) if isinstance(holder, ChangeOrder) else (holder.id, HOLDERS[1])
    made = Markup(call.company.ids.next("markup"), call.now, call.now, project_id=call.project.id,
                  holder_id=holder_id, holder_type=kind)
    holder.markups[made.id] = made
    return made


def _written(call: Call, holder: Holder) -> None:
    holder.touch(call.now)
    if isinstance(holder, Contract):
        refresh(holder)
        call.tell("Prime Contracts", "update", holder.id)
    else:
        call.tell("Potential Change Orders", "update", holder.pco_id)


def given_by_contract(call: Call, order: ChangeOrder) -> None:
    """A new change order starts with the markups that its contract sets for all of them."""
    for markup in order.contract.markups.values():
        if markup.get("applies_to_all") and str(markup.get("markup_set")).startswith("change_orders_"):
            made = _made(call, order)
            made.wbs_code = markup.wbs_code
            made.write(markup.fields, call.now)


def update_markup(call: Call) -> Answer:
    holder = _holder(call)
    _may_write(call, holder)
    found = _markup(holder, call)
    values = _markup_values(call)
    found.wbs_code = values.pop("wbs_code") or found.wbs_code
    found.write({k: v for k, v in values.items() if v is not None}, call.now)
    _written(call, holder)
    return Answer(shown_markup(found))


def delete_markup(call: Call) -> Answer:
    holder = _holder(call)
    _may_write(call, holder)
    found = _markup(holder, call)
    if isinstance(holder, Contract) and billed_on(holder, markup=found):
        raise invalid(base="A markup that is on an invoice cannot be deleted")
    del holder.markups[found.id]
    _written(call, holder)
    return NOTHING


def _markup_values(call: Call) -> dict[str, Any]:
    given = call.wrapped("markup")
    values = take(given, MARKUP)
    wanted = values.pop("wbs_code_id", None)
    code = call.project.wbs_codes.get(wanted) if wanted is not None else None
    if wanted is not None and code is None:
        raise invalid(wbs_code_id="is invalid")
    if isinstance(given.get("compound"), dict):
        values["compound"] = {"type": given["compound"].get("type"), "selections": []}
    return {**values, "wbs_code": code}


def shown_markup(found: Markup) -> dict[str, object]:
    return {"id": found.id, "applies_to_all": bool(found.get("applies_to_all")), "holder_id": found.holder_id,
            "holder_type": found.holder_type, "compound": found.get("compound"), "markup_conditions": [],
            "markup_set": found.get("markup_set"), "name": found.get("name"),
            "percentage": loose(found.get("percentage")), "position": found.get("position"),
            "prime_line_item_id": None, "project_id": found.project_id, "tax_code_ids": [],
            "wbs_code": {**brief_code(found.wbs_code), "segment_items": []} if found.wbs_code else None}
