"""The paths of the owner's side: prime contracts, their change orders and invoices (procore.md 5.17 to 5.19)."""
from __future__ import annotations

from collections.abc import Callable

from tieout.sandbox.procore import (
    change_orders,
    change_reasons,
    markups,
    payment_applications,
    prime_contracts,
    prime_contracts_v2,
)
from tieout.sandbox.procore.web import Answer, Call

Row = tuple[str, str, Callable[[Call], Answer]]

V10, V20 = "/rest/v1.0", "/rest/v2.0/companies/{company_id}/projects/{project_id}"
SINGULAR, PLURAL = V10 + "/prime_contract", V10 + "/prime_contracts/{prime_contract_id}"
PRIME2 = V20 + "/prime_contracts"
PRIME2_LINES = PRIME2 + "/{prime_contract_id}/line_items"
MARKUPS = V10 + "/financials/markups"

REASONS = "/rest/v2.0/companies/{company_id}/change_order_change_reasons"
OF_COMPANY: tuple[Row, ...] = (
    ("GET", V10 + "/change_order_change_reasons", change_reasons.reasons_10),
    ("GET", REASONS, change_reasons.reasons),
    ("POST", REASONS, change_reasons.create_reason),
    ("PATCH", REASONS + "/{id}", change_reasons.update_reason),
    ("DELETE", REASONS + "/{id}", change_reasons.delete_reason),
)
PRIME_CONTRACTS: tuple[Row, ...] = (
    ("GET", V10 + "/prime_contracts", prime_contracts.contracts),
    ("GET", SINGULAR, prime_contracts.first_contract),
    ("POST", SINGULAR, prime_contracts.create_contract),
    ("GET", SINGULAR + "/{id}", prime_contracts.contract),
    ("PATCH", SINGULAR + "/{id}", prime_contracts.update_contract),
    ("DELETE", SINGULAR + "/{id}", prime_contracts.delete_contract),
    ("GET", PLURAL + "/line_items", prime_contracts.lines),
    ("POST", PLURAL + "/line_items", prime_contracts.create_line),
    ("PATCH", PLURAL + "/line_items/sync", prime_contracts.sync_lines),
    ("GET", PLURAL + "/line_items/{id}", prime_contracts.line),
    ("PATCH", PLURAL + "/line_items/{id}", prime_contracts.update_line),
    ("DELETE", PLURAL + "/line_items/{id}", prime_contracts.delete_line),
    ("GET", PRIME2, prime_contracts_v2.contracts),
    ("POST", PRIME2, prime_contracts_v2.create_contract),
    ("GET", PRIME2 + "/{prime_contract_id}", prime_contracts_v2.contract),
    ("PATCH", PRIME2 + "/{prime_contract_id}", prime_contracts_v2.update_contract),
    ("DELETE", PRIME2 + "/{prime_contract_id}", prime_contracts_v2.delete_contract),
    ("GET", PRIME2 + "/{contract_id}/summary", prime_contracts_v2.summary),
    ("GET", PRIME2_LINES, prime_contracts_v2.lines),
    ("POST", PRIME2_LINES, prime_contracts_v2.create_line),
    ("GET", PRIME2_LINES + "/{id}", prime_contracts_v2.line),
    ("PATCH", PRIME2_LINES + "/{id}", prime_contracts_v2.update_line),
    ("DELETE", PRIME2_LINES + "/{id}", prime_contracts_v2.delete_line),
    ("GET", V10 + "/payment_applications", payment_applications.of_project),
    ("GET", V10 + "/payment_applications/{id}", payment_applications.application),
    ("DELETE", V10 + "/payment_applications/{id}", payment_applications.delete_application),
    ("GET", PLURAL + "/payment_applications", payment_applications.of_contract),
    ("POST", PLURAL + "/payment_applications", payment_applications.create_application),
    ("PATCH", PLURAL + "/payment_applications/{id}", payment_applications.update_application),
    ("PATCH", PLURAL + "/payment_application_line_items/{id}", payment_applications.update_line),
    ("PATCH", PLURAL + "/payment_application_markup_line_items/{id}", payment_applications.update_markup_line),
)

NEWER: tuple[tuple[str, str, Callable[[change_orders.Side, Call], Answer]], ...] = (
    ("GET", "", change_orders.newer_list),
    ("POST", "", change_orders.create_newer),
    ("GET", "/{id}", change_orders.newer),
    ("PATCH", "/{id}", change_orders.update_newer),
    ("DELETE", "/{id}", change_orders.delete_newer),
)
LINES_V2: tuple[tuple[str, str, Callable[[change_orders.Side, Call], Answer]], ...] = (
    ("GET", "", change_orders.lines_v2),
    ("POST", "", change_orders.create_line_v2),
    ("GET", "/{id}", change_orders.line_v2),
    ("PATCH", "/{id}", change_orders.update_line_v2),
    ("DELETE", "/{id}", change_orders.delete_line_v2),
)


def _newer_rows() -> list[Row]:
    """The newer change orders with their lines, and the batches, of commitments and of prime contracts."""
    rows: list[Row] = []
    for number, kind in enumerate(("commitment", "prime")):
        newer = f"{V10}/projects/{{project_id}}/{kind}_change_orders"
        lines = f"{V20}/{kind}_change_orders/{{{kind}_change_order_id}}/line_items"
        batches = f"{V10}/projects/{{project_id}}/{kind}_change_order_batches"
        rows += [(method, newer + rest, change_orders.of_both(handler)[number]) for method, rest, handler in NEWER]
        rows += [(method, lines + rest, change_orders.of_both(handler)[number]) for method, rest, handler in LINES_V2]
        rows.append(("GET", batches, change_orders.batches))
    return rows


PCO = V10 + "/potential_change_orders"
PCO_LINES = PCO + "/{potential_change_order_id}/line_items"
CHANGE_ORDERS: tuple[Row, ...] = (
    ("GET", V10 + "/change_order_packages", change_orders.packages),
    ("POST", V10 + "/change_order_packages", change_orders.create_package),
    ("GET", V10 + "/change_order_packages/{id}", change_orders.package),
    ("PATCH", V10 + "/change_order_packages/{id}", change_orders.update_package),
    ("GET", V10 + "/change_order_requests", change_orders.change_requests),
    ("PATCH", V10 + "/change_order_requests/sync", change_orders.sync_change_requests),
    ("GET", PCO, change_orders.potentials),
    ("POST", PCO, change_orders.create_potential),
    ("PATCH", PCO + "/sync", change_orders.sync_potentials),
    ("GET", PCO + "/{id}", change_orders.potential),
    ("PATCH", PCO + "/{id}", change_orders.update_potential),
    ("GET", PCO_LINES, change_orders.potential_lines),
    ("POST", PCO_LINES, change_orders.create_potential_line),
    ("PATCH", PCO_LINES + "/sync", change_orders.sync_potential_lines),
    ("GET", PCO_LINES + "/{id}", change_orders.potential_line),
    ("PATCH", PCO_LINES + "/{id}", change_orders.update_potential_line),
    ("DELETE", PCO_LINES + "/{id}", change_orders.delete_potential_line),
    *_newer_rows(),
    ("GET", MARKUPS, markups.markups),
    ("POST", MARKUPS, markups.create_markup),
    ("GET", MARKUPS + "/{id}", markups.markup),
    ("PATCH", MARKUPS + "/{id}", markups.update_markup),
    ("DELETE", MARKUPS + "/{id}", markups.delete_markup),
)
