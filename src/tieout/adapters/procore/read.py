"""Raw Procore records in core's words. Pure functions: what they need is handed in.

Source of every field: procore.md 5.2, 5.4, 5.10, 5.12, 5.14, 5.15.
"""
from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import TypeVar

from tieout.adapters.procore.wire import Record, plain, record_of
from tieout.core.construction import (
    ChangeOrder,
    ChangeOrderLine,
    Code,
    Commitment,
    CommitmentLine,
    Company,
    PaymentIssued,
    Project,
    Requisition,
    RequisitionLine,
)
from tieout.core.money import ZERO, Money
from tieout.ports import NotUnderstood, Reading

# the key that is put on a contract's raw record: the record itself does not say which of the two lists it came from
RESOURCE = "_resource"
COMMITMENT_KINDS = {"work_order_contracts": "subcontract", "purchase_order_contracts": "purchase_order"}

NO_CODE = Code(cost_code="", cost_type="")

Noun = Company | Project | Commitment | ChangeOrder | Requisition | PaymentIssued


def understand(reading: Reading) -> Noun:
    """The noun of a live reading. Raises NotUnderstood naming the record, the field and the value."""
    reader = READERS.get(reading.kind)
    if reader is None or reading.deleted:
        what = "is deleted" if reading.deleted else "is not a kind of record that is read from Procore"
        raise NotUnderstood(f"{reading.kind} {reading.key} {what}")
    return reader(record_of(reading.kind, reading.key, reading.raw), reading.scope)


def project(record: Record, scope: str) -> Project:
    return Project(
        id=record.needed_id("id"), number=project_number(record), name=record.text("name"),
        active=record.flag("active", True),
        currency=record.at("currency_configuration").text("currency_iso_code") or "USD")


def project_number(record: Record) -> str:
    """The project's number; one without a number goes by the external code that Procore shows on it [A73]."""
    return record.text("project_number").strip() or record.text("origin_code").strip()


def company(record: Record, scope: str) -> Company:
    register = record.at("business_register")
    return Company(
        id=record.needed_id("id"), name=record.text("name"), active=record.flag("is_active", True),
        email=record.text("email_address"), phone=record.text("business_phone") or record.text("mobile_phone"),
        fax=record.text("fax_number"), website=record.text("website"), street=record.text("address"),
        city=record.text("city"), state=record.text("state_code"), postal_code=record.text("zip"),
        country=record.text("country_code"), tax_id=register.text("identifier"))


def commitment(record: Record, scope: str) -> Commitment:
    """`dated` is the contract date, else the next best day there is: orders do not post, so it moves no period."""
    vendor = record.at("vendor")
    resource = record.text(RESOURCE)
    if resource not in COMMITMENT_KINDS:
        raise record.not_understood(RESOURCE, "should name a list of contracts")
    unit_priced = record.text("accounting_method") == "unit"
    lines = tuple(_commitment_line(line, unit_priced) for line in record.rows("line_items", needed=True))
    return Commitment(
        id=record.needed_id("id"), project=scope, kind=COMMITMENT_KINDS[resource], number=record.text("number"),
        title=plain(record.text("title")), status=record.text("status"), company=vendor.id("id"),
        dated=_first_day(record, "contract_date", "execution_date", "issued_on_date", "created_at"),
        lines=lines, revised=record.amount("revised_contract"), currency=_currency(record),
        retainage_percent=record.number("retainage_percent"),
        company_name=vendor.text("company") or vendor.text("name"))


def _commitment_line(line: Record, unit_priced: bool) -> CommitmentLine:
    quantity, unit_cost = _units(line, unit_priced)
    return CommitmentLine(
        id=line.needed_id("id"), code=_code(line), description=plain(line.text("description")),
        amount=line.amount("amount"), quantity=quantity, unit_cost=unit_cost, unit=line.text("uom"))


def _units(line: Record, unit_priced: bool) -> tuple[Decimal | None, Decimal | None]:
    """Quantity and price mean something only where the amount was calculated from them (procore.md 5.10)."""
    if not unit_priced or line.text("extended_type") == "manual":
        return None, None
    quantity, unit_cost = line.number("quantity"), line.number("unit_cost")
    return (quantity, unit_cost) if quantity and unit_cost is not None else (None, None)


def change_order(record: Record, scope: str) -> ChangeOrder:
    """A package as shown. Markup is lines of its own, so that the lines come to `grand_total`.

    Markup on the whole package is shown nowhere but in `grand_total`, which is lines and markup (procore.md 5.12).
    """
    found = record.rows("line_items", needed=True)
    lines = [_change_order_line(line) for line in found]
    markups = [_markup_line(row) for line in found for row in line.rows("markup_line_items")]
    markups += [_markup_line(row) for row in record.rows("markup_line_items")]
    total = record.amount("grand_total")
    unshown = total - sum((line.amount for line in (*lines, *markups)), ZERO)
    if unshown:
        markups.append(ChangeOrderLine(id=f"{record.needed_id('id')}-markup", code=NO_CODE, amount=unshown,
                                       description="Markup on the whole change order", markup=True))
    return ChangeOrder(
        id=record.needed_id("id"), project=scope, commitment=record.needed_id("contract_id"),
        number=record.text("number"), title=plain(record.text("title")), status=record.text("status"),
        dated=_first_day(record, "reviewed_at", "signed_change_order_received_date", "created_at"),
        lines=(*lines, *markups), total=total)


def _change_order_line(line: Record) -> ChangeOrderLine:
    quantity, unit_cost = _units(line, line.text("extended_type") == "calculated")
    return ChangeOrderLine(
        id=line.needed_id("id"), code=_code(line), description=plain(line.text("description")),
        amount=_change_amount(line), quantity=quantity, unit_cost=unit_cost, unit=line.text("uom"))


def _change_amount(line: Record) -> Money:
    """`extended_amount` is the line before markup; a package's lines need not carry `amount`."""
    for key in ("extended_amount", "total_amount"):
        if line.data.get(key) not in (None, ""):
            return line.amount(key)
    return line.amount("amount")


def _markup_line(row: Record) -> ChangeOrderLine:
    return ChangeOrderLine(
        id=row.needed_id("id"), code=NO_CODE,
        description=plain(row.at("markup").text("name")) or "Markup", amount=row.amount("amount"), markup=True)


def requisition(record: Record, scope: str) -> Requisition:
    summary = record.at("summary")
    return Requisition(
        id=record.needed_id("id"), project=scope, commitment=record.needed_id("commitment_id"),
        number=record.whole_number("number"), invoice_number=record.text("invoice_number"),
        status=record.text("status"), previous=record.id("previous_requisition_id"),
        billing_date=record.day("billing_date"), period_start=record.day("requisition_start"),
        period_end=record.day("requisition_end"), payment_date=record.day("payment_date"),
        lines=tuple(_requisition_line(item) for item in record.rows("items", needed=True)),
        completed=summary.amount("total_completed_and_stored_to_date"), retained=summary.amount("total_retainage"),
        due_now=summary.amount("current_payment_due"),
        tax=summary.amount_or_zero("tax_applicable_to_this_payment"), currency=_currency(record),
        company=record.id("vendor_id"))


def _requisition_line(item: Record) -> RequisitionLine:
    """Work retainage comes as movements on a level carried over, retainage on stored material as the level itself."""
    held = (item.amount_or_zero("work_completed_retainage_from_previous_application")
            + item.amount_or_zero("work_completed_retainage_retained_this_period")
            - item.amount_or_zero("work_completed_retainage_released_this_period")
            + item.amount_or_zero("materials_stored_retainage_currently_retained"))
    released = (item.amount_or_zero("work_completed_retainage_released_this_period")
                + item.amount_or_zero("materials_stored_retainage_released_this_period"))
    unit_priced = item.text("accounting_method") == "unit"
    return RequisitionLine(
        id=item.needed_id("id"), source=item.needed_id("line_item_id"), code=_code(item),
        description=plain(item.text("description_of_work")),
        completed=item.amount("total_completed_and_stored_to_date"), retained=held, released=released,
        work_this_period=item.amount_or_zero("work_completed_this_period"),
        stored=item.amount_or_zero("materials_presently_stored"), scheduled=item.amount_or_zero("scheduled_value"),
        quantity=(item.number("work_completed_this_period_quantity") or ZERO) if unit_priced else None,
        unit_price=item.number("scheduled_unit_price") if unit_priced else None)


def payment_issued(record: Record, scope: str) -> PaymentIssued:
    return PaymentIssued(
        id=record.needed_id("id"), project=scope, commitment=record.needed_id("contract_id"),
        requisition=record.id("requisition_id"), amount=record.amount("amount"), dated=record.day("date"),
        check_number=record.text("check_number"), number=record.text("payment_number"),
        notes=plain(record.text("notes")), origin=record.text("origin_id"))


READERS: dict[str, Callable[[Record, str], Noun]] = {
    "project": project, "company": company, "commitment": commitment, "change_order": change_order,
    "subcontractor_invoice": requisition, "payment_issued": payment_issued,
}


def _code(line: Record) -> Code:
    """The budget code of a line.

    Contract lines show cost code and cost type apart. Invoice items show the budget code whole: `flat_code` joins the
    segments with a dot, and taking the other segments off both ends leaves the cost code, which may have dots itself.
    """
    cost_code, cost_type = line.at("cost_code"), line.at("line_item_type")
    if cost_code.text("full_code"):
        return Code(cost_code=cost_code.text("full_code"), cost_type=cost_type.text("code"),
                    description=plain(cost_code.text("name")))
    wbs = line.at("wbs_code")
    flat, described = wbs.text("flat_code"), plain(wbs.text("description"))
    segments = {item.text("segment_type"): item for item in wbs.rows("segment_items")}
    if "cost_code" not in segments:
        own, _, kind = flat.rpartition(".") if "." in flat else (flat, "", "")
        return Code(cost_code=own, cost_type=kind, description=described.rpartition(".")[0] or described)
    for name, item in segments.items():
        code = item.text("code")
        if name != "cost_code" and code:
            flat = flat.removesuffix(f".{code}") if flat.endswith(f".{code}") else flat.removeprefix(f"{code}.")
    kind = segments["line_item_type"].text("code") if "line_item_type" in segments else ""
    return Code(cost_code=flat, cost_type=kind, description=plain(segments["cost_code"].text("name")))


def _currency(record: Record) -> str:
    return record.at("currency_configuration").text("currency_iso_code") or "USD"


def _first_day(record: Record, *keys: str) -> date | None:
    return next((found for found in map(record.day, keys) if found is not None), None)


def links_of(kind: str, record: Record) -> tuple[tuple[str, str], ...]:
    """(kind, key) of the records that a record names."""
    named = {
        "project": [("number", project_number(record))],
        "commitment": [("company", record.at("vendor").id("id"))] if kind == "commitment" else [],
        "change_order": [("commitment", record.id("contract_id"))],
        "subcontractor_invoice": [("commitment", record.id("commitment_id"))],
        "payment_issued": [("commitment", record.id("contract_id")),
                           ("subcontractor_invoice", record.id("requisition_id"))],
    }
    return tuple((link, key) for link, key in named.get(kind, []) if key)


def content_digest(kind: str, key: str, scope: str, raw: str) -> str:
    """Short text that is equal for equal content: of what is understood, so that signed file links do not count.

    Time stamps have whole seconds, and a contract's does not always move with its change orders (procore.md trap 34),
    so a version is the time stamp and this.
    """
    try:
        noun = understand(Reading(kind=kind, key=key, version="", raw=raw, scope=scope))
        # taking the lock off a payment is no change of what it says
        content = repr(replace(noun, origin="") if isinstance(noun, PaymentIssued) else noun)
    except NotUnderstood:
        content = raw
    return hashlib.sha256(content.encode()).hexdigest()[:12]


def reading_of(kind: str, scope: str, raw: str) -> Reading:
    """A reading of one row. Raises NotUnderstood where the row has no id; anything else waits for `understand`."""
    record = record_of(kind, "", raw)
    key = record.needed_id("id")
    stamp = str(record.data.get("updated_at") or record.data.get("created_at") or "")
    gone_at = _if_understood(lambda: record.moment("deleted_at"), None)
    moved = _if_understood(lambda: record.moment("updated_at"), None) or gone_at
    if gone_at is not None:
        return Reading(kind=kind, key=key, version=f"{stamp}#gone", raw="", scope=scope, changed_at=moved, deleted=True)
    return Reading(kind=kind, key=key, version=f"{stamp}#{content_digest(kind, key, scope, raw)}", raw=raw, scope=scope,
                   changed_at=moved, links=_if_understood(lambda: links_of(kind, record), ()))


T = TypeVar("T")


def _if_understood(ask: Callable[[], T], otherwise: T) -> T:
    try:
        return ask()
    except NotUnderstood:
        return otherwise


def stamped(resource: str, raw: str) -> str:
    """A contract's record with the list it came from put on it, numbers untouched."""
    rest = raw.lstrip()[1:].lstrip()
    return f'{{"{RESOURCE}":"{resource}"' + ("" if rest.startswith("}") else ",") + rest
