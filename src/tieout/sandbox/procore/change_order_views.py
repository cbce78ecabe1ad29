"""How change orders look on the wire: packages, potential change orders and the newer resource (procore.md 5.12)."""
from __future__ import annotations

from typing import Any

from tieout.sandbox.procore import custom_fields, lines
from tieout.sandbox.procore.contract_records import ChangeOrder, Line, Markup
from tieout.sandbox.procore.cost_records import Person
from tieout.sandbox.procore.files import shown_files
from tieout.sandbox.procore.lines import CURRENCY, common, shown_line
from tieout.sandbox.procore.state import Company
from tieout.sandbox.procore.web import ZERO, Call, day, loose, stamp


def _person(user: Any) -> dict[str, object] | None:
    if isinstance(user, Person):
        return {"id": user.user_id, "login": user.get("email_address"), "name": user.name}
    return {"id": user.id, "login": user.login, "name": user.name} if user is not None else None


def _short(user: Any) -> dict[str, object] | None:
    shown = _person(user)
    return {"id": shown["id"], "name": shown["name"]} if shown is not None else None


def _id(record: Any) -> int | None:
    return record.id if record is not None else None


def _reason(found: ChangeOrder) -> str | None:
    reason = found.get("change_reason")
    return str(reason.get("change_reason")) if reason is not None else None


def _vendor(found: ChangeOrder) -> dict[str, object] | None:
    vendor = found.contract.vendor
    return {"id": vendor.id, "name": vendor.get("name"), "company": vendor.get("name")} if vendor else None


def _heading(found: ChangeOrder) -> dict[str, object]:
    return {"contract_id": found.contract.id, "number": found.get("number"), "title": found.get("title"),
            "status": found.status, "due_date": day(found.get("due_date")),
            "invoiced_date": day(found.get("invoiced_date")), "paid_date": day(found.get("paid_date")),
            "reviewed_at": stamp(found.get("reviewed_at")), "executed": bool(found.get("executed")),
            "revision": found.get("revision") or 0, "grand_total": loose(found.grand_total),
            "created_at": stamp(found.created_at), "updated_at": stamp(found.updated_at),
            "deleted_at": stamp(found.deleted_at), "custom_fields": {}}


def listed_package(found: ChangeOrder) -> dict[str, object]:
    return {"id": found.id, **_heading(found), "created_by_id": found.get("created_by").id,
            "origin_id": found.get("origin_id"), "origin_code": found.get("origin_code"),
            "origin_data": found.get("origin_data"),
            "designated_reviewer": _person(found.get("designated_reviewer")),
            "signed_change_order_received_date": day(found.get("signed_change_order_received_date")),
            "currency_configuration": {**CURRENCY, "base_currency_iso_code": "USD"}}


def shown_package(company: Company, found: ChangeOrder) -> dict[str, object]:
    shown = {key: value for key, value in listed_package(found).items() if key != "created_by_id"}
    return shown | {
        "description": found.get("description"), "position": found.position, "private": bool(found.get("private")),
        "type": f"{_side(found)}ContractChangeOrder",
        "schedule_impact_amount": found.get("schedule_impact_amount"),
        "revised_substantial_completion_date": day(found.get("revised_substantial_completion_date")),
        "creator": _person(found.get("created_by")), "reviewer": _person(found.get("reviewer")),
        "review_notes": None, "attachments": [],
        "line_items": [_package_line(company, found, line) for line in found.lines.values()]}


def _package_line(company: Company, found: ChangeOrder, line: Line) -> dict[str, object]:
    marked = found.markups_of(line)
    total = line.amount + sum((amount for _, amount in marked), ZERO)
    return common(company, found.contract.project, line, total) | {"markup_line_items": [{
        "id": _markup_line_id(line, markup), "amount": loose(amount), "created_at": stamp(markup.created_at),
        "updated_at": stamp(markup.updated_at), "currency_configuration": CURRENCY,
        "markup": {"id": markup.id, "position": markup.get("position"), "markup_set": markup.get("markup_set"),
                   "name": markup.get("name"), "percentage": loose(markup.get("percentage")),
                   "compounds_markups_above": (markup.get("compound") or {}).get("type") == "above",
                   "created_at": stamp(markup.created_at), "updated_at": stamp(markup.updated_at)},
    } for markup, amount in marked]}


def _markup_line_id(line: Line, markup: Markup) -> int:
    """Every pair of a line and a markup has one: worked out, so that reading changes nothing."""
    return line.id * 1000 + markup.id % 1000


def with_markup(call: Call, found: ChangeOrder, line: Line) -> dict[str, object]:
    total = line.amount + sum((amount for _, amount in found.markups_of(line)), ZERO)
    return shown_line(call.company, call.project, line, total)


def _side(found: ChangeOrder) -> str:
    return "Prime" if found.contract.is_prime else "Commitment"


def _acronym(found: ChangeOrder) -> str:
    return f"{'PCCO' if found.contract.is_prime else 'CCO'} #{found.get('number')}"


def listed_potential(found: ChangeOrder) -> dict[str, object]:
    return {"id": found.pco_id, **_heading(found), "created_by_id": found.get("created_by").id,
            "change_reason": _reason(found), "schedule_impact_amount": found.get("schedule_impact_amount"),
            "change_order_request_id": None, "change_order_request_title": None,
            "change_order_package_title": found.get("title"), "change_order_tiers": 1,
            "potential_change_order_acronym_number": f"PCO #{found.get('number')}",
            "change_order_request_acronym_number": None,
            "change_order_package_acronym_number": _acronym(found), "currency_configuration": CURRENCY}


def shown_potential(company: Company, found: ChangeOrder) -> dict[str, object]:
    amounts = sum((line.amount for line in found.lines.values()), ZERO)
    shown = {key: value for key, value in _heading(found).items() if key != "executed"}
    return {"id": found.pco_id, **shown, "description": found.get("description"), "position": found.position,
            "accounting_method": found.contract.get("accounting_method"), "change_order_request_id": None,
            "creator": _person(found.get("created_by")), "reviewer": _person(found.get("reviewer")),
            "origin_id": found.get("pco_origin_id"), "origin_data": found.get("pco_origin_data"),
            "designated_reviewer": _person(found.get("designated_reviewer")),
            "received_from": _person(found.get("received_from")), "reason": found.get("reason"),
            "change_order_change_reason_id": _id(found.get("change_reason")), "reference": found.get("reference"),
            "location_id": found.get("location_id"), "request_for_quote_id": None, "prime_change_event_id": None,
            "commitment_change_event_id": None, "vendor": _vendor(found),
            "line_items_extended_total": loose(amounts),
            "line_items_total": loose(amounts), "private": bool(found.get("private")),
            "paid": found.get("paid_date") is not None, "void": found.status == "void", "field_change": False,
            "schedule_impact_amount": found.get("schedule_impact_amount"), "attachments": [],
            "line_items": [_potential_line(company, found, line) for line in found.lines.values()],
            "currency_configuration": CURRENCY}


def _potential_line(company: Company, found: ChangeOrder, line: Line) -> dict[str, object]:
    shown = _package_line(company, found, line)
    for name in ("wbs_code", "holder"):
        del shown[name]
    # Numbers here, text everywhere else: the same field in two types, as Procore has it.
    return shown | {"quantity": float(line.get("quantity") or 0), "unit_cost": float(line.get("unit_cost") or 0),
                    "tax_code_id": line.get("tax_code_id")}


def listed_newer(company: Company, found: ChangeOrder) -> dict[str, object]:
    """paid_date stands on those of prime contracts only; the description has it so."""
    absent = ("deleted_at",) if found.contract.is_prime else ("deleted_at", "paid_date")
    shown = {key: value for key, value in _heading(found).items() if key not in absent}
    reason, kind = found.get("change_reason"), f"{_side(found).lower()}_change_order"
    shown["custom_fields"] = custom_fields.shown(company, kind, found)
    return {"id": found.newer_id, **shown, "batch_id": None, "legacy_package_id": found.id, "legacy_request_id": None,
            "location_id": found.get("location_id"), "type": f"{_side(found)}ChangeOrder",
            "description": found.get("description"),
            "paid": bool(found.get("paid")) or found.get("paid_date") is not None,
            "private": bool(found.get("private")), "field_change": bool(found.get("field_change")),
            "signature_required": bool(found.get("signature_required")), "reference": found.get("reference"),
            "signed_change_order_received_date": day(found.get("signed_change_order_received_date")),
            "revised_substantial_completion_date": day(found.get("revised_substantial_completion_date")),
            "schedule_impact_amount": found.get("schedule_impact_amount"),
            "created_by": _short(found.get("created_by")), "reviewed_by": _short(found.get("reviewer")),
            "designated_reviewer": _short(found.get("designated_reviewer")),
            "received_from": _short(found.get("received_from")),
            "change_order_change_reason": {"id": reason.id, "change_reason": _reason(found)} if reason else None,
            "currency_configuration": CURRENCY, "change_events": []}


def shown_newer(company: Company, found: ChangeOrder) -> dict[str, object]:
    return {**listed_newer(company, found), "attachments": [
        {"id": one["id"], "url": one["url"], "name": one["filename"]} for one in shown_files(found)]}


def shown_line_v2(found: ChangeOrder, line: Line) -> dict[str, object]:
    """A prime change order's line names no line of a commitment."""
    prime, commitment = line.get("prime_line_item_id"), line.get("commitment_line_item_id")
    shown = {**lines.shown_line_v2(line), "prime_line_item_id": str(prime) if prime is not None else None}
    if not found.contract.is_prime:
        shown["commitment_line_item_id"] = str(commitment) if commitment is not None else None
    return shown
