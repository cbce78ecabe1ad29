"""How an owner invoice looks on the wire: the G702 cover and the G703 lines (procore.md 5.19)."""
from __future__ import annotations

from decimal import Decimal

from tieout.sandbox.procore.applications import Cover, OwnerItem, cover, rate
from tieout.sandbox.procore.contract_records import PaymentApplication
from tieout.sandbox.procore.files import shown_files
from tieout.sandbox.procore.lines import CURRENCY, FULL_CURRENCY
from tieout.sandbox.procore.state import Company, Project
from tieout.sandbox.procore.wbs import shown_cost_code
from tieout.sandbox.procore.wbs_codes import brief_code, parts_of
from tieout.sandbox.procore.web import ZERO, day, loose, two

LINE, MARKUP = "payment_application_line_item", "payment_application_markup_line_item"


def listed_application(found: PaymentApplication) -> dict[str, object]:
    """As the list of one contract has it; its moments are days."""
    return _heading(found) | {"created_at": day(found.created_at.date()), "updated_at": day(found.updated_at.date()),
                              "currency_configuration": FULL_CURRENCY}


def listed_of_project(found: PaymentApplication) -> dict[str, object]:
    return listed_application(found) | {"description_type": "automatic"}


def shown_application(company: Company, found: PaymentApplication) -> dict[str, object]:
    return _whole(company, found) | {"currency_configuration": CURRENCY,
                                     "g703": [_sourced(company, found, item) for item in found.items]}


def written_application(company: Company, found: PaymentApplication) -> dict[str, object]:
    """As a create and an update answer: the lines without their sources."""
    project = found.contract.project
    return _whole(company, found) | {"currency_configuration": FULL_CURRENCY,
                                     "g703": [_row(company, project, item) for item in found.items]}


def _whole(company: Company, found: PaymentApplication) -> dict[str, object]:
    return _heading(found) | {"description_type": "automatic", "attachments": shown_files(found)}


def _heading(found: PaymentApplication) -> dict[str, object]:
    contract = found.contract
    sums = cover(found.items, found.previous.items if found.previous else [], found.tax)
    start, end = day(found.get("period_start")), day(found.get("period_end"))
    return {
        "id": found.id, "number": found.number, "invoice_number": found.get("invoice_number"),
        "status": found.get("status"), "period_id": found.period.id if found.period else None,
        "period_start": start, "period_end": end, "billing_date": day(found.get("billing_date")),
        "percent_complete": two(sums.percent_complete), "total_amount_paid": two(amount_paid(found)),
        "total_amount_accrued_this_period": two(sum((item.gross for item in found.items), ZERO)),
        "formatted_contract_company": contract.vendor.get("name") if contract.vendor else None,
        "contract": {"id": contract.id, "type": contract.type, "title": contract.get("title")},
        "billing_period": {"start_date": start, "end_date": end}, "g702": g702(found, sums),
        "origin_id": found.get("origin_id"), "origin_data": found.get("origin_data")}


def amount_paid(found: PaymentApplication) -> Decimal:
    """Payments received that name this application: by its number as draw request, or else by the invoice number."""
    total = ZERO
    for payment in found.contract.payments.values():
        draw, invoice = payment.get("draw_request_number"), payment.get("invoice_number")
        if draw == found.number if draw is not None else (
                invoice is not None and invoice == found.get("invoice_number")):
            total += payment.get("amount") or ZERO
    return total


def g702(found: PaymentApplication, sums: Cover) -> dict[str, str]:
    start, end = found.get("period_start"), found.get("period_end")
    return {
        "original_contract_sum": two(sums.original), "net_change_by_change_orders": two(sums.changes),
        "contract_sum_to_date": two(sums.contract_sum),
        "total_completed_and_stored_to_date": two(sums.completed_and_stored),
        "completed_work_retainage_percent": two(rate(sums.work_retainage, sums.work)),
        "completed_work_retainage_amount": two(sums.work_retainage),
        "stored_materials_retainage_percent": two(rate(sums.materials_retainage, sums.materials)),
        "stored_materials_retainage_amount": two(sums.materials_retainage), "total_retainage": two(sums.retainage),
        "total_earned_less_retainage": two(sums.earned),
        "less_previous_certificates_for_payment": two(sums.previous_certificates),
        "tax_applicable_to_this_payment": two(sums.tax), "current_payment_due": two(sums.due),
        "balance_to_finish_including_retainage": two(sums.to_finish),
        "positive_change_order_item_total": two(sums.positive_new + sums.positive_previous),
        "negative_change_order_item_total": two(sums.negative_new + sums.negative_previous),
        "positive_new_change_order_item_total": two(sums.positive_new),
        "negative_new_change_order_item_total": two(sums.negative_new),
        "positive_previous_change_order_item_total": two(sums.positive_previous),
        "negative_previous_change_order_item_total": two(sums.negative_previous),
        "formatted_period": f"{start:%d/%m/%y} - {end:%d/%m/%y}" if start and end else ""}


def _sourced(company: Company, found: PaymentApplication, item: OwnerItem) -> dict[str, object]:
    """origin_id is Procore's own id of the line or package that is billed, not an external one (5.19)."""
    shown = _row(company, found.contract.project, item)
    if item.markup is not None:
        return shown
    order = item.change_order
    shown["origin_id"] = item.line.id if item.line else order.id if order else None
    shown["origin_type"] = "LineItem" if item.line else "ChangeOrderPackage"
    shown["added_from_source"] = "change_order" if order else "contract"
    shown["added_from_source_id"] = order.id if order else found.contract.id
    return shown


def _row(company: Company, project: Project, item: OwnerItem) -> dict[str, object]:
    return shown_line(company, project, item) | {"description_override": None, "currency_configuration": CURRENCY}


def shown_line(company: Company, project: Project, item: OwnerItem) -> dict[str, object]:
    """A row of the G703."""
    code = item.line.wbs_code if item.line else item.markup.wbs_code if item.markup else None
    cost_code = parts_of(company, code)[0] if code else None
    return _amounts(item) | {
        "item_number": item.position, "scheduled_value": two(item.scheduled),
        "cost_code": shown_cost_code(project, cost_code) if cost_code else None,
        "wbs_code": brief_code(code) if code else None, "scheduled_unit_price": _quantity(item.unit_price),
        "scheduled_quantity": _quantity(item.scheduled_quantity),
        "total_completed_and_stored_to_date_quantity": _quantity(
            item.from_previous_quantity + item.quantity + item.materials_quantity),
        "work_completed_this_period_quantity": _quantity(item.quantity),
        "work_completed_from_previous_application_quantity": _quantity(item.from_previous_quantity),
        "materials_stored_retainage_currently_retained": two(item.materials_retained),
        "materials_stored_retainage_from_previous_application": two(item.materials_retainage_before),
        "materials_stored_retainage_released_this_period": two(item.materials_released),
        "materials_stored_retainage_retained_this_period": two(
            item.materials_retained - item.materials_retainage_before + item.materials_released),
        "materials_stored_retainage_percent_this_period": two(item.materials_percent)}


def shown_markup_line(item: OwnerItem) -> dict[str, object]:
    """The shorter row that the update of a markup's line answers."""
    return _amounts(item)


def _amounts(item: OwnerItem) -> dict[str, object]:
    return {
        "id": item.id, "type": LINE if item.markup is None else MARKUP, "description_of_work": _description(item),
        "balance_to_finish": two(item.scheduled - item.total),
        "work_completed_from_previous_application": two(item.from_previous),
        "work_completed_this_period": two(item.work), "materials_presently_stored": two(item.materials),
        "total_completed_and_stored_to_date": two(item.total),
        "total_completed_and_stored_to_date_percent": two(item.total_percent),
        "work_completed_retainage_currently_retained": two(item.work_held),
        "work_completed_retainage_from_previous_application": two(item.retainage_from_previous),
        "work_completed_retainage_released_this_period": two(item.released),
        "work_completed_retainage_retained_this_period": two(item.retained),
        "work_completed_retainage_percent_this_period": two(item.percent),
        "total_retainage_currently_retained": two(item.held),
        "total_retainage_from_previous_application": two(item.before_held)}


def _description(item: OwnerItem) -> str | None:
    if item.line is not None:
        text: str | None = item.line.get("description")
        return text
    named = item.markup.get("name") if item.markup else item.change_order.get("title") if item.change_order else None
    return str(named) if named is not None else None


def _quantity(value: Decimal) -> str:
    return loose(value) or "0.0"
