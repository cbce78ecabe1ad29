"""Which function answers which path. Templates are spelled as Procore's own description spells them."""
from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from tieout.sandbox.procore import (
    billing,
    change_orders,
    commitments,
    compliance,
    directory,
    payment_holds,
    payments,
    projects,
    requisition_extras,
    requisitions,
    routes_costs,
    routes_setup,
    routes_time,
    ssov,
    unplayed,
    wbs,
    wbs_codes,
    webhook_calls,
)
from tieout.sandbox.procore.permissions import company_tool
from tieout.sandbox.procore.routes_owner import CHANGE_ORDERS, PRIME_CONTRACTS
from tieout.sandbox.procore.routes_owner import OF_COMPANY as OWNER_COMPANY
from tieout.sandbox.procore.web import Answer, Call

Scope = Literal["anyone", "company", "project"]
V10, V11, V20 = "/rest/v1.0", "/rest/v1.1", "/rest/v2.0/companies/{company_id}/projects/{project_id}"
VENDOR11 = "/rest/v1.1/projects/{project_id}/vendors"
VENDOR10 = "/rest/v1.0/projects/{project_id}/vendors"
WBS_C = "/rest/v1.0/companies/{company_id}/work_breakdown_structure"
WBS_P = "/rest/v1.0/projects/{project_id}/work_breakdown_structure"
PERIODS = "/rest/v1.0/projects/{project_id}/billing_periods"
REQUISITION = "/rest/v1.0/requisitions/{requisition_id}"
HOLDS = "/rest/v1.0/projects/{project_id}/payment_readiness/manual_holds"
CONFIGURATION = "/rest/v1.0/projects/{project_id}/contracts/{contract_id}/invoice_configuration"

Row = tuple[str, str, Callable[[Call], Answer]]

ANYONE: tuple[Row, ...] = (
    ("GET", V10 + "/me", directory.me),
    ("GET", V10 + "/companies", directory.companies),
)
COMPANY: tuple[Row, ...] = (
    ("GET", "/rest/v1.3/companies/{company_id}/me", directory.me_of_company),
    ("GET", V10 + "/company_configuration", directory.company_configuration),
    ("GET", V10 + "/company_base_url", directory.company_base_url),
    ("GET", V11 + "/projects", projects.projects_11),
    ("GET", V10 + "/projects", projects.projects_10),
    ("POST", V10 + "/projects", projects.create_project),
    ("PATCH", V10 + "/projects/sync", projects.sync_projects),
    ("GET", V10 + "/projects/{id}", projects.project),
    ("PATCH", V10 + "/projects/{id}", projects.update_project),
    ("GET", V10 + "/vendors", directory.vendors),
    ("POST", V10 + "/vendors", directory.create_vendor),
    ("PATCH", V10 + "/vendors/sync", directory.sync_vendors),
    ("GET", V10 + "/vendors/{id}", directory.vendor),
    ("PATCH", V10 + "/vendors/{id}", directory.update_vendor),
    ("POST", V10 + "/vendors/{id}/business_register", directory.create_register),
    ("PATCH", V10 + "/vendors/{id}/business_register", directory.update_register),
    ("GET", V10 + "/companies/{company_id}/vendors/inactive", directory.inactive_vendors),
    ("GET", V10 + "/line_item_types", wbs.line_item_types),
    ("POST", V10 + "/line_item_types", wbs.create_type),
    ("PATCH", V10 + "/line_item_types/sync", wbs.sync_types),
    ("GET", V10 + "/line_item_types/{id}", wbs.line_item_type),
    ("PATCH", V10 + "/line_item_types/{id}", wbs.update_type),
    ("GET", WBS_C + "/patterns", wbs.company_patterns),
    ("GET", WBS_C + "/segments", wbs.company_segments),
    ("POST", WBS_C + "/segments", wbs.create_segment),
    ("GET", WBS_C + "/segments/{id}", wbs.company_segment),
    ("GET", WBS_C + "/segments/{segment_id}/segment_items", wbs.company_items),
    ("POST", WBS_C + "/segments/{segment_id}/segment_items", wbs.create_company_item),
    ("GET", V10 + "/change_order/statuses", change_orders.statuses),
)
# By the tool that has to be on in the project; no tool stands for what every project has.
PROJECT: dict[str, tuple[Row, ...]] = {
    "directory": (
        *(row for base in (VENDOR11, VENDOR10) for row in (
            ("GET", base, directory.project_vendors),
            ("POST", base, directory.create_project_vendor),
            ("GET", base + "/{id}", directory.project_vendor),
            ("PATCH", base + "/{id}", directory.update_project_vendor),
            ("POST", base + "/{id}/actions/add", directory.add_to_project),
            ("DELETE", base + "/{id}/actions/remove", directory.remove_from_project))),),
    "budget": (
        ("GET", V10 + "/cost_codes", wbs.cost_codes),
        ("POST", V10 + "/cost_codes", wbs.create_cost_code),
        ("PATCH", V10 + "/cost_codes/sync", wbs.sync_cost_codes),
        ("GET", V10 + "/cost_codes/{id}", wbs.cost_code),
        ("PATCH", V10 + "/cost_codes/{id}", wbs.update_cost_code),
        ("GET", WBS_P + "/patterns", wbs.project_patterns),
        ("GET", WBS_P + "/segments", wbs.project_segments),
        ("GET", WBS_P + "/segments/{id}", wbs.project_segment),
        ("GET", WBS_P + "/segments/{segment_id}/segment_items", wbs.project_items),
        ("POST", WBS_P + "/segments/{segment_id}/segment_items", wbs.create_project_item),
        ("PATCH", WBS_P + "/segments/{segment_id}/segment_items/{id}", wbs.update_project_item),
        ("DELETE", WBS_P + "/segments/{segment_id}/segment_items/{id}", wbs.delete_project_item),
        ("GET", WBS_P + "/wbs_codes", wbs_codes.wbs_codes),
        ("POST", WBS_P + "/wbs_codes", wbs_codes.create_wbs_code),
        ("PATCH", WBS_P + "/wbs_codes/bulk_create", wbs_codes.bulk_create_codes),
        ("PATCH", WBS_P + "/wbs_codes/{id}", wbs_codes.update_wbs_code),
        ("GET", V20 + "/wbs/codes", wbs_codes.wbs_codes_v2)),
    "change_orders": CHANGE_ORDERS,
    "prime_contracts": PRIME_CONTRACTS,
    "commitments": compliance.ROWS,
    "invoicing": (
        ("GET", PERIODS, billing.periods),
        ("POST", PERIODS, billing.create_period),
        ("GET", PERIODS + "/{id}", billing.period),
        ("PATCH", PERIODS + "/{id}", billing.update_period),
        ("DELETE", PERIODS + "/{id}", billing.delete_period),
        ("GET", CONFIGURATION, billing.configuration),
        ("PATCH", CONFIGURATION, billing.update_configuration),
        ("GET", V10 + "/requisitions", requisition_extras.requisitions),
        ("POST", V10 + "/requisitions", requisition_extras.create_requisition),
        ("GET", V10 + "/requisitions/{id}", requisition_extras.requisition),
        ("PATCH", V10 + "/requisitions/{id}", requisition_extras.update_requisition),
        ("GET", REQUISITION + "/change_histories", requisition_extras.change_histories),
        ("PATCH", V20 + "/requisitions/{id}/payment_details", requisition_extras.update_payment_details),
        ("GET", "/rest/v1.0/projects/{project_id}/lien_waivers", requisition_extras.lien_waivers),
        ("GET", HOLDS, payment_holds.holds),
        ("POST", HOLDS, payment_holds.create_hold),
        ("PATCH", HOLDS + "/{id}", payment_holds.update_hold),
        ("GET", V11 + "/requisitions", requisitions.requisitions),
        ("POST", V11 + "/requisitions", requisitions.create_requisition),
        ("GET", V11 + "/requisitions/{id}", requisitions.requisition),
        ("PATCH", V11 + "/requisitions/{id}", requisitions.update_requisition),
        ("DELETE", V11 + "/requisitions/{id}", requisitions.delete_requisition),
        ("DELETE", V10 + "/requisitions/{id}", requisitions.delete_requisition),
        ("GET", REQUISITION + "/contract_items", requisitions.contract_items),
        ("GET", REQUISITION + "/contract_items/{id}", requisitions.contract_item),
        ("PATCH", REQUISITION + "/contract_items/{id}", requisitions.update_contract_item),
        ("GET", REQUISITION + "/contract_detail_items", requisitions.contract_detail_items),
        ("GET", REQUISITION + "/change_order_items", requisitions.change_order_items),
        ("GET", REQUISITION + "/change_order_items/{id}", requisitions.change_order_item),
        ("PATCH", REQUISITION + "/change_order_items/{id}", requisitions.update_change_order_item),
        ("PATCH", REQUISITION + "/bulk_item_update", requisitions.bulk_item_update),
        ("GET", REQUISITION + "/detail", requisitions.detail),
        ("POST", REQUISITION + "/add_change_order_package", requisitions.add_package),
        ("DELETE", REQUISITION + "/remove_change_order_package", requisitions.remove_package),
        ("GET", V10 + "/contract_payments", payments.payments),
        ("POST", V10 + "/contract_payments", payments.create_payment),
        ("GET", V10 + "/contract_payments/{id}", payments.payment),
        ("PATCH", V10 + "/contract_payments/{id}", payments.update_payment),
        ("DELETE", V10 + "/contract_payments/{id}", payments.delete_payment)),
}
CONTRACT: tuple[tuple[str, str, Callable[[commitments.Kind, Call], Answer]], ...] = (
    ("GET", "", commitments.contracts),
    ("POST", "", commitments.create_contract),
    ("PATCH", "/sync", commitments.sync_contracts),
    ("GET", "/{id}", commitments.contract),
    ("PATCH", "/{id}", commitments.update_contract),
    ("DELETE", "/{id}", commitments.delete_contract),
    ("GET", "/{parent}/line_items", commitments.lines),
    ("POST", "/{parent}/line_items", commitments.create_line),
    ("PATCH", "/{parent}/line_items/sync", commitments.sync_lines),
    ("GET", "/{parent}/line_items/{id}", commitments.line),
    ("PATCH", "/{parent}/line_items/{id}", commitments.update_line),
    ("DELETE", "/{parent}/line_items/{id}", commitments.delete_line),
    ("GET", "/{parent}/line_item_contract_details", ssov.details),
    ("POST", "/{parent}/line_item_contract_details", ssov.create_detail),
    ("GET", "/{parent}/line_item_contract_details/{id}", ssov.detail),
    ("PATCH", "/{parent}/line_item_contract_details/{id}", ssov.update_detail),
    ("DELETE", "/{parent}/line_item_contract_details/{id}", ssov.delete_detail),
    ("PATCH", "/{parent}/subcontractor_schedule_of_values_status", ssov.set_status),
)


@dataclass(frozen=True)
class Route:
    method: str
    template: str
    handler: Callable[[Call], Answer]
    scope: Scope
    tool: str = ""

    @property
    def endpoint(self) -> str:
        return f"{self.method} {self.template}"

    def match(self, parts: list[str]) -> dict[str, str] | None:
        args: dict[str, str] = {}
        for wanted, part in zip(self.template.split("/"), parts, strict=True):
            if wanted.startswith("{"):
                args[wanted[1:-1]] = part
            elif wanted != part:
                return None
        return args


COMPANIES: tuple[tuple[Row, ...], ...] = (
    COMPANY, OWNER_COMPANY, routes_setup.COMPANY, routes_costs.COMPANY, routes_time.COMPANY, webhook_calls.COMPANY)
PROJECTS: tuple[dict[str, tuple[Row, ...]], ...] = (
    PROJECT, routes_setup.PROJECT, routes_costs.PROJECT, routes_time.PROJECT, webhook_calls.PROJECT)


def all_routes() -> Iterator[Route]:
    yield from (Route(*row, "anyone") for row in ANYONE)
    for rows in COMPANIES:
        yield from (Route(*row, "company", company_tool(row[1])) for row in rows)
    for by_tool in PROJECTS:
        for tool, rows in by_tool.items():
            yield from (Route(*row, "project", tool) for row in rows)
    for method, rest, handler in CONTRACT:
        for kind, bound in commitments.both(handler):
            path = f"{V10}/{kind.key}s{rest}".replace("{parent}", f"{{{kind.key}_id}}")
            yield Route(method, path, bound, "project", "commitments")


LEAF = "/"       # no segment of a path


class Table:
    """Routes, and the templates that are not played, as a tree of path segments, literal ones before templates."""

    def __init__(self) -> None:
        self._routes = list(all_routes())
        self._tree: dict[str, Any] = {}
        for route in self._routes:
            _plant(self._tree, route.method, route.template, route)
        for method, template in unplayed.known():
            _plant(self._tree, method, template, template)

    def find(self, method: str, path: str) -> tuple[Route, dict[str, str]] | None:
        parts = path.split("/")
        route = _walk(self._tree.get(method, {}), parts, 0)
        args = route.match(parts) if isinstance(route, Route) else None
        return (route, args) if isinstance(route, Route) and args is not None else None

    def find_unplayed(self, method: str, path: str) -> str | None:
        """The template of an endpoint that Procore has and this stand-in does not play."""
        found = _walk(self._tree.get(method, {}), path.split("/"), 0)
        return found if isinstance(found, str) else None

    def endpoints(self) -> list[str]:
        return sorted(route.endpoint for route in self._routes)

    def unplayed(self) -> list[str]:
        return sorted(f"{method} {template}" for method, template in unplayed.known()
                      if self.find(method, template) is None)


def _plant(tree: dict[str, Any], method: str, template: str, leaf: object) -> None:
    for part in (method, *template.split("/")):
        tree = tree.setdefault("{}" if part.startswith("{") else part, {})
    tree.setdefault(LEAF, leaf)


def _walk(node: dict[str, Any], parts: list[str], at: int) -> Route | str | None:
    if at == len(parts):
        leaf: Route | str | None = node.get(LEAF)
        return leaf
    for key in (parts[at], "{}"):
        if key in node and (found := _walk(node[key], parts, at + 1)) is not None:
            return found
    return None
