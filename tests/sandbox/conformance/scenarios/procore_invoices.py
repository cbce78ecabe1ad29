"""Billing periods, subcontractor invoices and contract payments (procore.md 5.13 to 5.15)."""
from __future__ import annotations

from tests.support.procore_client import Site


def billing_periods(site: Site) -> None:
    base = f"/rest/v1.0/projects/{site.project}/billing_periods"
    made = site.new_period("2026-02-01", "2026-02-28")
    site.api.get(base)
    site.api.get(f"{base}/{made}")
    site.api.ok("PATCH", f"{base}/{made}", {"billing_period": {"due_date": "2026-02-25"}})
    site.api.ok("DELETE", f"{base}/{made}")


def requisitions(site: Site) -> None:
    scope, contract = {"project_id": site.project}, site.commitment("1000.00")
    configuration = f"/rest/v1.0/projects/{site.project}/contracts/{contract}/invoice_configuration"
    site.api.get(configuration)
    site.api.ok("PATCH", configuration, {"invoice_configuration": {"move_materials_to_previous_work_completed": True}})
    made = site.invoice(contract)
    for view in ("items", "default"):
        site.api.get("/rest/v1.1/requisitions", view=view, **scope)
    site.read(made["id"])
    base = f"/rest/v1.0/requisitions/{made['id']}"
    site.bill(made["id"], work="400", held="40", stored="50")
    [item] = site.api.get(base + "/contract_items", **scope)
    site.api.get(f"{base}/contract_items/{item['id']}", **scope)
    site.api.ok("PATCH", f"{base}/contract_items/{item['id']}", {
        **scope, "requisition_contract_item": {"work_completed_this_period": "500"}})
    site.api.get(base + "/contract_detail_items", **scope)
    site.api.get(base + "/detail", **scope)
    package = site.change_order(contract, "50.00")
    chosen = {**scope, "commitment_id": contract, "change_order_package_id": package["id"]}
    [line] = site.api.ok("POST", base + "/add_change_order_package", None, chosen)
    site.api.get(base + "/change_order_items", **scope)
    site.api.get(f"{base}/change_order_items/{line['id']}", **scope)
    site.api.ok("PATCH", f"{base}/change_order_items/{line['id']}", {
        **scope, "requisition_change_order_item": {"work_completed_this_period": "10"}})
    site.api.refused(422, "POST", base + "/add_change_order_package", None, chosen)
    site.api.ok("DELETE", base + "/remove_change_order_package", None, chosen)
    for status in ("under_review", "approved"):
        site.set_invoice(made, status=status)
    site.api.refused(422, "POST", "/rest/v1.1/requisitions", {**scope, "commitment_id": contract, "requisition": {
        "period_id": 1}})


def taking_an_invoice_back(site: Site) -> None:
    for version in ("v1.1", "v1.0"):
        made = site.invoice(site.commitment("1000.00"))
        site.api.ok("DELETE", f"/rest/{version}/requisitions/{made['id']}", None, {"project_id": site.project})


def contract_payments(site: Site) -> None:
    contract = site.commitment("1000.00")
    scope = {"project_id": site.project, "contract_id": contract}
    made = site.pay(contract, "100.00", check_number="1001")["id"]
    site.api.get("/rest/v1.0/contract_payments", **scope)
    one = f"/rest/v1.0/contract_payments/{made}"
    site.api.get(one, **scope)
    site.api.ok("PATCH", one, {**scope, "contract_payment": {"notes": "By post"}})
    site.api.refused(422, "POST", "/rest/v1.0/contract_payments", {**scope, "contract_payment": {"amount": "x"}})
    site.api.ok("DELETE", one, None, scope)


def requisitions_of_version_10(site: Site) -> None:
    scope, contract, base = {"project_id": site.project}, site.commitment("1000.00"), "/rest/v1.0/requisitions"
    made = site.api.ok("POST", base, {**scope, "commitment_id": contract, "requisition": {
        "period_id": site.period, "comment": "First"}})
    site.bill(made["id"], work="400")
    site.api.ok("PATCH", f"{base}/{made['id']}", {**scope, "commitment_id": contract, "requisition": {
        "status": "approved"}})
    site.api.get(base, **scope)
    site.api.get(f"{base}/{made['id']}", **scope)
    site.api.get(f"{base}/{made['id']}/change_histories", **scope)
    site.api.get(f"/rest/v1.0/projects/{site.project}/lien_waivers", invoice_id=made["id"])
    details = f"/rest/v2.0/companies/4283186/projects/{site.project}/requisitions/{made['id']}/payment_details"
    site.api.ok("PATCH", details, {"due_date": "2026-02-28"})
    site.api.refused(422, "PATCH", details, {"due_date": "soon"})


def manual_holds(site: Site) -> None:
    base = f"/rest/v1.0/projects/{site.project}/payment_readiness/manual_holds"
    invoice = {"invoice_id": site.invoice(site.commitment("1000.00"))["id"]}
    made = site.api.ok("POST", base, {"description": "Waiver is missing", "visible_to_vendor": True}, invoice)["id"]
    site.api.ok("POST", base, {"hold_type": "vendor", "vendor_id": site.vendor})
    site.api.get(base, **invoice)
    site.api.ok("PATCH", f"{base}/{made}", {"status": "released"}, invoice)
    site.api.refused(400, "GET", base)
    site.api.refused(404, "PATCH", f"{base}/1", {"status": "released"}, invoice)
