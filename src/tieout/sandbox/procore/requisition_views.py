"""How a subcontractor invoice, its cover and its lines look on the wire (procore.md 5.14)."""
from __future__ import annotations

from decimal import Decimal

from tieout.sandbox.procore import custom_fields
from tieout.sandbox.procore.applications import Cover, Item, cover, rate
from tieout.sandbox.procore.contract_records import Requisition
from tieout.sandbox.procore.files import shown_files
from tieout.sandbox.procore.lines import CURRENCY
from tieout.sandbox.procore.state import Company
from tieout.sandbox.procore.wbs_codes import brief_code
from tieout.sandbox.procore.web import ZERO, day, loose, stamp, two

FULL_CURRENCY = {"currency_iso_code": "USD", "currency_exchange_rate": 1.0, "base_currency_iso_code": "USD"}


def shown_requisition(company: Company, found: Requisition, view: str = "") -> dict[str, object]:
    before = found.previous.items if found.previous else []
    sums = cover(found.items, before, found.tax)
    contract, vendor = found.contract, found.contract.vendor
    claimed = sum((_claimed(item) for item in found.items), ZERO)
    name = f"{contract.get('number')} {contract.get('title') or ''}".strip()
    shown: dict[str, object] = {
        "id": found.id, "previous_requisition_id": found.previous.id if found.previous else None,
        "project_id": contract.project.id, "commitment_id": contract.id, "commitment_type": contract.type,
        "contract_name": name, "vendor_id": vendor.id if vendor else None,
        "vendor_name": vendor.get("name") if vendor else None, "number": found.number,
        "invoice_number": found.get("invoice_number"), "invoice_type": _type(found), "status": found.get("status"),
        "erp_status": "synced" if found.is_synced else "not_in_erp", "final": bool(found.get("final")),
        "deletable": found.is_latest and not found.is_synced, "percent_complete": f"{two(sums.percent_complete)}%",
        "period_id": found.period.id, "requisition_start": day(found.get("requisition_start")),
        "requisition_end": day(found.get("requisition_end")), "billing_date": day(found.get("billing_date")),
        "submitted_at": day(found.get("submitted_at")), "payment_date": day(found.get("payment_date")),
        "total_claimed_amount": two(claimed), "origin_id": found.get("origin_id"),
        "origin_data": found.get("origin_data"), "electronic_signature_id": None,
        "move_materials_to_previous_work_completed": found.moves_materials,
        "summary": summary(found, sums), "summary_text": summary_text(company, found),
        "created_by": {"id": found.created_by.id, "name": found.created_by.name, "login": found.created_by.login,
                       "company_name": company.name},
        "custom_fields": custom_fields.shown(company, "requisition", found), "attachments": shown_files(found),
        "currency_configuration": FULL_CURRENCY,
        "created_at": stamp(found.created_at), "updated_at": stamp(found.updated_at)}
    if view in ("extended", "items"):
        shown["items"] = [shown_item(item) for item in found.items]
        shown["item_packages"] = _packages(found)
    return shown


def _claimed(item: Item) -> Decimal:
    return item.gross if item.claimed is None else item.claimed


def _type(found: Requisition) -> str:
    released = any(item.released or item.materials_released for item in found.items)
    billed = any(item.gross for item in found.items)
    if released:
        return "progress_and_retainage_release" if billed else "retainage_release"
    return "progress"


def summary(found: Requisition, sums: Cover) -> dict[str, str]:
    """The G702, worked out from the lines."""
    start, end = found.get("requisition_start"), found.get("requisition_end")
    stored, new = sums.materials, sums.new_materials
    return {
        "original_contract_sum": two(sums.original), "net_change_by_change_orders": two(sums.changes),
        "contract_sum_to_date": two(sums.contract_sum),
        "total_completed_and_stored_to_date": two(sums.completed_and_stored),
        "completed_work_retainage_percent": two(rate(sums.work_retainage, sums.work)),
        "completed_work_retainage_amount": two(sums.work_retainage),
        "stored_materials_retainage_percent": two(rate(sums.materials_retainage, stored)),
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
        "new_materials": two(new), "new_materials_quantity": _quantity(sums.new_materials_quantity),
        "stored_materials": two(stored - new),
        "stored_materials_quantity": _quantity(sums.materials_quantity - sums.new_materials_quantity),
        "formatted_period": f"{start:%d/%m/%y} - {end:%d/%m/%y}" if start and end else "",
    }


def summary_text(company: Company, found: Requisition) -> dict[str, object]:
    contract, vendor = found.contract, found.contract.vendor
    get = vendor.get if vendor else lambda name: None
    return {"project_name": contract.project.name, "project_number": contract.project.get("project_number"),
            "to_general_contractor": company.name, "requisition_period_start": day(found.get("requisition_start")),
            "requisition_period_end": day(found.get("requisition_end")), "subcontractor_name": get("name"),
            "subcontractor_street": get("address"), "subcontractor_city": get("city"),
            "subcontractor_state_code": get("state_code"), "subcontractor_zip": get("zip"),
            "subcontractor_country_code": get("country_code"), "application_number": str(found.number),
            "contract_for": contract.get("title"), "contract_date": day(contract.get("contract_date"))}


def _quantity(value: Decimal) -> str:
    return loose(value) or "0.0"


def _amounts(item: Item) -> dict[str, object]:
    """What a line shows in every list of lines."""
    return {
        "id": item.id, "line_item_id": item.line.id, "cost_code_id": _cost_code_id(item),
        "description_of_work": item.line.get("description"), "scheduled_value": two(item.scheduled),
        "scheduled_quantity": _quantity(item.scheduled_quantity), "scheduled_unit_price": _quantity(item.unit_price),
        "work_completed_from_previous_application": two(item.from_previous),
        "work_completed_from_previous_application_quantity": _quantity(item.from_previous_quantity),
        "work_completed_this_period": two(item.work),
        "work_completed_this_period_quantity": _quantity(item.quantity),
        "materials_presently_stored": two(item.materials), "total_completed_and_stored_to_date": two(item.total),
        "total_completed_and_stored_to_date_percent": two(item.total_percent),
        "work_completed_retainage_from_previous_application": two(item.retainage_from_previous),
        "work_completed_retainage_retained_this_period": two(item.retained),
        "work_completed_retainage_percent_this_period": two(item.percent),
        "work_completed_retainage_released_this_period": two(item.released),
        "materials_stored_retainage_currently_retained": two(item.materials_retained),
        "materials_stored_retainage_percent_this_period": two(item.materials_percent),
        "materials_stored_retainage_released_this_period": two(item.materials_released),
        "materials_moved": two(item.moved), "materials_retainage_retained_moved": two(item.moved_retainage),
    }


def _cost_code_id(item: Item) -> int | None:
    return next((part.cost_code.id for part in item.line.wbs_code.items if part.cost_code is not None), None)


def shown_item(item: Item) -> dict[str, object]:
    return _amounts(item) | {
        "item_type": item.kind, "accounting_method": "unit" if item.is_unit else "amount", "position": item.position,
        "line_number": str(item.position), "wbs_code": _code_with_parts(item), "gross_amount": two(item.gross),
        "net_amount": two(item.net), "subcontractor_claimed_amount": two(_claimed(item)), "status": item.status,
        "comment": item.comment, "ssr_manual_override": False, "taxes": [], "uom": item.line.get("uom"),
        "previous_progress_id": item.previous_id,
        "materials_presently_stored_quantity": _quantity(item.materials_quantity),
        "materials_presently_stored_from_previous_progress": two(item.materials_before),
        "materials_previously_stored_quantity": _quantity(item.materials_before_quantity),
        "materials_stored_retainage_new_materials": two(
            max(item.materials_retained + item.materials_released - item.materials_retainage_before, ZERO)),
        "total_completed_and_stored_to_date_from_previous": two(item.before_total),
        "currency_configuration": FULL_CURRENCY}


def _code_with_parts(item: Item) -> dict[str, object]:
    code = item.line.wbs_code
    return brief_code(code) | {"segment_items": [{
        "id": part.id, "code": part.code, "name": part.name, "path_ids": [above.id for above in part.path],
        "path_codes": [above.code for above in part.path], "segment_type": part.segment.type,
        "segment_id": part.segment.id} for part in code.items]}


def shown_contract_item(item: Item) -> dict[str, object]:
    return _amounts(item) | {
        "item_type": item.kind, "status": item.status, "comment": item.comment, "position": item.position,
        "ssr_manual_override": False, "subcontractor_claimed_amount": two(_claimed(item)),
        "wbs_code": brief_code(item.line.wbs_code), "currency_configuration": CURRENCY}


def shown_change_order_item(item: Item) -> dict[str, object]:
    source = item.line.get("commitment_line_item_id")
    line = item.change_order.contract.lines.get(source) if item.change_order else None
    return _amounts(item) | {
        "commitment_line_item_id": source,
        "commitment_line_item_origin_id": line.get("origin_id") if line else None,
        "change_order_package_id": item.change_order.id if item.change_order else None, "position": item.position,
        "subcontractor_claimed_amount": two(_claimed(item)), "wbs_code": brief_code(item.line.wbs_code),
        "currency_configuration": CURRENCY}


NOT_IN_DETAIL = ("line_item_id",)


def shown_detail(item: Item, number: int) -> dict[str, object]:
    """A row of the G703 continuation sheet."""
    shown = {key: value for key, value in _amounts(item).items() if key not in NOT_IN_DETAIL}
    before = item.materials_retainage_before
    return shown | {
        "item_number": number, "item_type": item.kind, "balance_to_finish": two(item.scheduled - item.total),
        "total_completed_and_stored_to_date_quantity": _quantity(
            item.from_previous_quantity + item.quantity + item.materials_quantity),
        "work_completed_retainage_currently_retained": two(item.work_held),
        "materials_stored_retainage_from_previous_application": two(before),
        "materials_stored_retainage_retained_this_period": two(
            item.materials_retained - before + item.materials_released),
        "total_retainage_currently_retained": two(item.held),
        "total_retainage_from_previous_application": two(item.before_held)}


def _packages(found: Requisition) -> list[dict[str, object]]:
    """The contract, then each change order on the invoice."""
    contract = found.contract
    packages: list[dict[str, object]] = [{
        "id": contract.configuration["id"], "contract_id": contract.id, "change_order_id": None,
        "number": contract.get("number"), "title": contract.get("title"), "status": contract.status, "position": 1,
        "change_order_acronym_number": None, "change_order_request": None, "batch": None}]
    orders = {item.change_order.id: item.change_order for item in found.items if item.change_order is not None}
    for position, order in enumerate(orders.values(), 2):
        packages.append({
            "id": order.newer_id, "contract_id": None, "change_order_id": order.id, "number": order.get("number"),
            "title": order.get("title"), "status": order.status, "position": position,
            "change_order_acronym_number": f"CCO #{order.get('number')}", "change_order_request": None, "batch": None})
    return packages
