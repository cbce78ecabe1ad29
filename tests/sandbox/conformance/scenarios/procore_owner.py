"""The owner's side: prime contracts, change orders on them, invoices, payments received (procore.md 5.17-5.19)."""
from __future__ import annotations

from tests.support.procore_client import Site

COMPANY = 4283186


def prime_contracts(site: Site) -> None:
    scope, base = {"project_id": site.project}, "/rest/v1.0/prime_contract"
    made = site.prime("1000.00", "250.00", approve=False, origin_id="pc-1", contractor_id=site.vendor,
                      architect_id=site.vendor, contract_date="2026-01-02")
    site.api.get(base + "s", **scope)
    site.api.get(base, **scope)
    site.api.get(f"{base}/{made}", **scope)
    lines = f"{base}s/{made}/line_items"
    line = site.api.ok("POST", lines, {**scope, "line_item": {"wbs_code_id": site.codes[0], "amount": "5"}}, scope)
    site.api.get(lines, **scope)
    site.api.get(f"{lines}/{line['id']}", **scope)
    site.api.ok("PATCH", f"{lines}/{line['id']}", {**scope, "line_item": {"amount": "6"}}, scope)
    site.api.ok("PATCH", lines + "/sync", {"updates": [
        {"origin_id": "l-1", "amount": "10", "wbs_code_id": site.codes[0]}, {"amount": "1"}]}, scope)
    site.api.ok("DELETE", f"{lines}/{line['id']}", None, scope)
    site.api.ok("PATCH", f"{base}/{made}", {**scope, "prime_contract": {"executed": True}})
    site.api.refused(400, "POST", base, scope)
    site.api.refused(422, "POST", base, {**scope, "prime_contract": {"vendor_id": 1}})
    site.api.ok("DELETE", f"{base}/{made}", None, scope)


def prime_contracts_of_version_2(site: Site) -> None:
    base = f"/rest/v2.0/companies/{COMPANY}/projects/{site.project}/prime_contracts"
    made = site.api.ok("POST", base, {"title": "Owner contract", "vendor_id": str(site.vendor), "number": "7"})["data"]
    one = f"{base}/{made['id']}"
    for view in ("default", "extended"):
        site.api.get(base, view=view)
        site.api.get(one, view=view)
    site.api.ok("PATCH", one, {"change_order_level_of_detail": "change_order_package"})
    line = site.api.ok("POST", one + "/line_items", {"wbs_code_id": str(site.codes[0]), "amount": "30"})["data"]["id"]
    site.api.get(one + "/line_items")
    site.api.get(f"{one}/line_items/{line}")
    site.api.ok("PATCH", f"{one}/line_items/{line}", {"amount": "31"})
    site.api.refused(422, "POST", one + "/line_items", {"amount": "30"})
    site.api.ok("DELETE", f"{one}/line_items/{line}")
    site.api.get(one + "/summary")
    site.api.ok("DELETE", one)


def prime_change_orders(site: Site) -> None:
    contract, scope = site.prime("1000.00"), {"project_id": site.project}
    newer = f"/rest/v1.0/projects/{site.project}/prime_change_orders"
    order = site.api.ok("POST", newer, {"change_order": {"contract_id": contract, "title": "Owner add"}})
    site.api.get(newer, sort="-created_at")
    site.api.get(f"{newer}/{order['id']}")
    lines = f"/rest/v2.0/companies/{COMPANY}/projects/{site.project}/prime_change_orders/{order['id']}/line_items"
    line = site.api.ok("POST", lines, {"wbs_code_id": str(site.codes[1]), "amount": "30"})["data"]["id"]
    site.api.get(lines)
    site.api.get(f"{lines}/{line}")
    site.api.ok("PATCH", f"{lines}/{line}", {"amount": "31"})
    site.api.ok("DELETE", f"{lines}/{line}")
    site.api.ok("PATCH", f"{newer}/{order['id']}", {"change_order": {"status": "approved"}})
    site.api.refused(422, "DELETE", f"{newer}/{order['id']}")
    site.api.get(f"/rest/v1.0/change_order_packages/{order['legacy_package_id']}", **scope)
    site.api.ok("PATCH", f"{newer}/{order['id']}", {"change_order": {"status": "void"}})
    site.api.ok("DELETE", f"{newer}/{order['id']}")
    for kind in ("commitment", "prime"):
        site.api.get(f"/rest/v1.0/projects/{site.project}/{kind}_change_order_batches")


def potential_change_orders_by_sync(site: Site) -> None:
    contract, scope = site.prime("1000.00"), {"project_id": site.project}
    both, base = {**scope, "contract_id": contract}, "/rest/v1.0/potential_change_orders"
    made = site.api.ok("POST", base, {**both, "change_order": {"title": "Owner add", "origin_id": "p-1"}})
    site.api.ok("PATCH", f"{base}/{made['id']}", {**both, "change_order": {"status": "pending"}})
    site.api.ok("PATCH", base + "/sync", {"updates": [{"origin_id": "p-1", "title": "Add"}, {"id": 1}]}, both)
    site.api.ok("PATCH", f"{base}/{made['id']}/line_items/sync", {"updates": [
        {"origin_id": "pl-1", "amount": "10", "wbs_code_id": site.codes[0]}, {"amount": "1"}]}, scope)
    site.api.ok("PATCH", "/rest/v1.0/change_order_requests/sync", {"updates": [{"title": "Add"}]}, both)


def owner_invoices(site: Site) -> None:
    contract, scope = site.prime("1000.00"), {"project_id": site.project}
    holder = {**scope, "holder_type": "Contract", "holder_id": contract}
    site.api.ok("POST", "/rest/v1.0/financials/markups", {"markup": {
        "name": "Fee", "percentage": "5", "markup_set": "vertical"}}, holder)
    site.api.get("/rest/v1.0/financials/markups", **holder)
    made = site.owner_invoice(contract, invoice_number="7")
    base = f"/rest/v1.0/prime_contracts/{contract}"
    line, markup = made["g703"]
    site.api.ok("PATCH", f"{base}/payment_application_line_items/{line['id']}", {
        **scope, "payment_application_line_item": {"work_completed_this_period": "400"}})
    site.api.ok("PATCH", f"{base}/payment_application_markup_line_items/{markup['id']}", {
        **scope, "payment_application_markup_line_item": {"work_completed_this_period": "20"}})
    site.api.refused(422, "PATCH", f"{base}/payment_application_line_items/{line['id']}", {
        **scope, "payment_application_line_item": {"work_completed_this_period": "x"}})
    site.set_owner_invoice(contract, made["id"], status="approved")
    paid = site.pay(contract, "378.00", invoice_number="7")
    site.api.ok("PATCH", f"/rest/v1.0/contract_payments/{paid['id']}", {
        **scope, "contract_id": contract, "contract_payment": {"check_number": "9"}})
    site.read_owner_invoice(made["id"])
    site.api.get("/rest/v1.0/payment_applications", **scope)
    site.api.get(f"{base}/payment_applications", **scope)
    site.api.get(f"/rest/v1.0/projects/{site.project}/contracts/{contract}/invoice_configuration")
    site.api.get(f"/rest/v1.0/prime_contract/{contract}", **scope)
    site.api.ok("DELETE", f"/rest/v1.0/payment_applications/{made['id']}", None, scope)


def change_reasons(site: Site) -> None:
    base = f"/rest/v2.0/companies/{COMPANY}/change_order_change_reasons"
    made = site.api.ok("POST", base, {"change_order_change_reason": {"change_reason": "Weather"}})["data"]
    site.api.get(base)
    site.api.get("/rest/v1.0/change_order_change_reasons", company_id=COMPANY)
    site.api.ok("PATCH", f"{base}/{made['id']}", {"change_order_change_reason": {"show_in_select": False}})
    site.api.refused(422, "POST", base, {"change_order_change_reason": {"change_reason": " "}})
    site.api.ok("DELETE", f"{base}/{made['id']}")
