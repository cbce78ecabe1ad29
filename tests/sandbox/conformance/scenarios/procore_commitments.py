"""Commitments and their change orders in both resources (procore.md 5.10, 5.12)."""
from __future__ import annotations

from tests.support.procore_client import Site

COMPANY = 4283186


def _life(site: Site, kind: str) -> None:
    scope, base = {"project_id": site.project}, f"/rest/v1.0/{kind}s"
    made = site.commitment("1000.00", "250.00", kind=kind)
    for view in ("default", "extended"):
        site.api.get(base, view=view, **scope)
    site.contract(made, kind)
    lines = f"{base}/{made}/line_items"
    site.patch(kind, made, status="Draft")
    line = site.api.ok("POST", lines, {**scope, "line_item": {"wbs_code_id": site.codes[0], "amount": "5"}})["id"]
    site.api.get(lines, **scope)
    site.api.get(f"{lines}/{line}", **scope)
    site.api.ok("PATCH", f"{lines}/{line}", {**scope, "line_item": {"amount": "6"}})
    site.api.ok("PATCH", lines + "/sync", {"updates": [
        {"origin_id": "l-1", "amount": "10", "wbs_code_id": site.codes[0]}, {"amount": "1"}]}, scope)
    site.api.ok("DELETE", f"{lines}/{line}", None, scope)
    site.api.ok("PATCH", base + "/sync", {**scope, "updates": [
        {"origin_id": "c-1", "title": "Made by a sync", "vendor_id": site.vendor}, {"vendor_id": 1}]})
    site.api.refused(400, "POST", base, scope)
    site.api.refused(422, "POST", base, {**scope, kind: {"vendor_id": 1}})
    site.api.ok("DELETE", f"{base}/{made}", None, scope)


def work_order_contracts(site: Site) -> None:
    _life(site, "work_order_contract")


def purchase_order_contracts(site: Site) -> None:
    _life(site, "purchase_order_contract")


def change_orders(site: Site) -> None:
    scope, contract = {"project_id": site.project}, site.commitment("1000.00")
    site.api.get("/rest/v1.0/change_order/statuses", company_id=COMPANY)
    site.change_order(contract, "50.00")
    site.api.get("/rest/v1.0/change_order_packages", **scope)
    site.api.get("/rest/v1.0/change_order_requests", contract_id=contract, **scope)
    made = site.api.ok("POST", "/rest/v1.0/change_order_packages", {**scope, "contract_id": contract, "change_order": {
        "title": "Paint", "contract_id": contract}})
    site.api.get(f"/rest/v1.0/change_order_packages/{made['id']}", **scope)
    site.set_package(made["id"], title="Paint the stairs")
    newer = f"/rest/v1.0/projects/{site.project}/commitment_change_orders"
    order = site.api.ok("POST", newer, {"change_order": {"contract_id": contract, "title": "Doors"}})
    site.api.get(newer)
    site.api.get(f"{newer}/{order['id']}")
    site.api.ok("PATCH", f"{newer}/{order['id']}", {"change_order": {"title": "Steel doors"}})
    lines = f"/rest/v2.0/companies/{COMPANY}/projects/{site.project}/commitment_change_orders/{order['id']}/line_items"
    line = site.api.ok("POST", lines, {"wbs_code_id": str(site.codes[1]), "amount": "30"})["data"]["id"]
    site.api.get(lines)
    site.api.get(f"{lines}/{line}")
    site.api.ok("PATCH", f"{lines}/{line}", {"amount": "31"})
    site.api.refused(422, "POST", lines, {"wbs_code_id": "1", "amount": "30"})
    site.api.ok("DELETE", f"{lines}/{line}")
    site.api.ok("DELETE", f"{newer}/{order['id']}")


def potential_change_orders(site: Site) -> None:
    scope, contract = {"project_id": site.project}, site.commitment("1000.00")
    site.change_order(contract, "50.00", approve=False)
    [potential] = site.api.get("/rest/v1.0/potential_change_orders", **scope)
    one = f"/rest/v1.0/potential_change_orders/{potential['id']}"
    site.api.get(one, contract_id=contract, **scope)
    line = site.api.ok("POST", one + "/line_items", {**scope, "line_item": {
        "amount": "5000", "wbs_code_id": site.codes[1]}})["id"]
    site.api.get(one + "/line_items", **scope)
    site.api.get(f"{one}/line_items/{line}", **scope)
    site.api.ok("PATCH", f"{one}/line_items/{line}", {**scope, "line_item": {"amount": "5100"}})
    site.api.ok("DELETE", f"{one}/line_items/{line}", None, scope)
    holder = {**scope, "holder_type": "PotentialChangeOrder", "holder_id": potential["id"]}
    base = "/rest/v1.0/financials/markups"
    markup = site.api.ok("POST", base, {"markup": {
        "name": "Overhead", "percentage": "15", "markup_set": "horizontal"}}, holder)
    site.api.get(base, **holder)
    site.api.get(f"{base}/{markup['id']}", **holder)
    site.api.ok("PATCH", f"{base}/{markup['id']}", {"markup": {"percentage": "10"}}, holder)
    site.api.ok("DELETE", f"{base}/{markup['id']}", None, holder)


def compliance(site: Site) -> None:
    for kind in ("work_order_contract", "purchase_order_contract"):
        base = f"/rest/v1.0/projects/{site.project}/{kind}s/{site.commitment('1', kind=kind)}"
        site.api.ok("PATCH", base + "/compliance", {"compliance_status": "compliant", "compliance_notes": "Seen"})
        made = site.api.ok("POST", base + "/compliance_documents", {"attributes": {
            "name": "W-9", "type": "w9", "status": "compliant", "expires_at": "2026-12-31T00:00:00Z"}})
        one = f"{base}/compliance_documents/{made['id']}"
        site.api.get(base + "/compliance")
        site.api.get(base + "/compliance_documents")
        site.api.get(one)
        site.api.ok("PATCH", one, {"attributes": {"status": "not_compliant"}})
        site.api.refused(422, "POST", base + "/compliance_documents", {"attributes": {"type": "passport"}})
        site.api.ok("DELETE", one)
