"""Commitments over the v2.0 endpoints, the thin list of both kinds, and the subcontractor's schedule of values."""
from typing import Any

import pytest

from tests.support.procore_client import Client, Site

COMPANY = 4283186


def base(site: Site, rest: str = "") -> str:
    return f"/rest/v2.0/companies/{COMPANY}/projects/{site.project}/commitment_contracts{rest}"


def make(site: Site, **fields: object) -> Any:
    return site.api.ok("POST", base(site), {"type": "WorkOrderContract", "vendor_id": str(site.vendor),
                                            "title": "Electrical", **fields})["data"]


def test_a_commitment_made_over_v2_is_the_same_one_over_v1(site: Site) -> None:
    made = make(site, retainage_percent="5.0", origin_id="not known here")
    assert (made["id"], made["vendor_id"], made["status"], made["number"]) == (
        str(int(made["id"])), str(site.vendor), "Draft", "SC-001")
    v1 = site.contract(int(made["id"]))
    assert (v1["title"], v1["retainage_percent"], v1["origin_id"]) == ("Electrical", "5.0", None)
    order = make(site, type="PurchaseOrderContract", payment_terms="Net 30", delivery_date="2026-03-01")
    assert (order["payment_terms"], order["delivery_date"]) == ("Net 30", "2026-03-01")
    refusal = site.api.refused(400, "POST", base(site), {"title": "No type"})
    assert refusal["error"]["code"] == "BAD_REQUEST"
    site.api.refused(422, "POST", base(site), {"type": "PurchaseOrderContract", "status": "Complete"})
    listed = site.api.get(base(site), view="extended")["data"]
    assert [(c["type"], c["vendor_name"]) for c in listed] == [
        ("WorkOrderContract", "SID Electrical"), ("PurchaseOrderContract", "SID Electrical")]
    assert "vendor_name" not in site.api.get(base(site))["data"][0]
    assert site.api.get(base(site, f"/{made['id']}"))["data"]["title"] == "Electrical"
    site.api.refused(404, "GET", base(site, "/5"))


def test_commitments_are_filtered_and_paged_over_v2(site: Site) -> None:
    one, two = make(site), make(site, type="PurchaseOrderContract", executed=True, vendor_id=None)

    def found(**more: object) -> list[str]:
        return [c["id"] for c in site.api.get(base(site), **more)["data"]]

    assert found(**{"filters[type]": "PurchaseOrderContract"}) == [two["id"]]
    assert found(**{"filters[executed]": "false"}) == [one["id"]]
    assert found(**{"filters[vendor_id]": site.vendor}) == [one["id"]]
    assert found(**{"filters[id]": f"{one['id']},{two['id']}"}) == [one["id"], two["id"]]
    assert site.api.call("DELETE", base(site, f"/{one['id']}")).status == 204
    assert found() == [two["id"]] and found(**{"filters[include_deleted]": "only"}) == [one["id"]]
    assert found(**{"filters[deleted_at]": "2026-01-01...2026-12-31"}) == [one["id"]]
    assert site.api.call("GET", base(site)).headers["Per-Page"] == "10"
    site.api.refused(400, "GET", base(site), None, {"per_page": 101})


def test_lines_over_v2_take_only_budget_codes_and_answer_200(site: Site) -> None:
    parent = make(site)["id"]
    lines = base(site, f"/{parent}/line_items")
    answer = site.api.call("POST", lines, {"wbs_code_id": str(site.codes[0]), "amount": "50000.00"})
    made = answer.body["data"]
    assert (answer.status, made["amount"], made["extended_type"], made["wbs_code_id"]) == (
        200, "50000.00", "manual", str(site.codes[0]))
    code = site.api.get("/rest/v1.0/cost_codes", project_id=site.project)[0]
    by_cost_code = {"cost_code_id": code["id"], "line_item_type_id": code["line_item_types"][0]["id"], "amount": "1"}
    site.api.refused(422, "POST", lines, by_cost_code)
    site.api.refused(422, "POST", lines, {"wbs_code_id": str(site.codes[0]), "quantity": "2", "unit_cost": "5"})
    changed = site.api.ok("PATCH", f"{lines}/{made['id']}", {"amount": "60000.00"})["data"]
    assert site.api.get(lines)["data"] == [changed] and site.api.get(f"{lines}/{made['id']}")["data"] == changed
    assert site.contract(int(parent))["grand_total"] == "60000.0"
    site.api.ok("PATCH", base(site, f"/{parent}"), {"status": "Approved"})
    site.api.refused(422, "DELETE", f"{lines}/{made['id']}")
    site.api.refused(422, "PATCH", f"{lines}/{made['id']}", {"amount": "1"})
    site.api.refused(422, "DELETE", base(site, f"/{parent}"))
    site.api.ok("PATCH", base(site, f"/{parent}"), {"status": "Draft"})
    assert site.api.call("DELETE", f"{lines}/{made['id']}").status == 204
    unit = make(site, accounting_method="unit")["id"]
    made = site.api.ok("POST", base(site, f"/{unit}/line_items"), {
        "wbs_code_id": str(site.codes[0]), "quantity": "2.5", "unit_cost": "10", "amount": None})["data"]
    assert (made["amount"], made["extended_type"]) == ("25.00", "calculated")


def test_the_summary_holds_changes_invoices_and_payments(site: Site) -> None:
    contract = site.commitment("50000")
    site.change_order(contract, "5000")
    site.bill(site.invoice(contract)["id"], work="1000")
    site.pay(contract, "900")
    shown = site.api.get(base(site, f"/{contract}/summary"))["data"]
    assert (shown["approved_change_total"], shown["total_invoices_amount"], shown["total_payments_amount"]) == (
        "5000.0", "900.0", "900.0")


def test_settings_of_v2_rule_what_may_be_billed(site: Site) -> None:
    made = make(site, allow_payment_applications=False, status="Approved")
    site.api.refused(403, "POST", "/rest/v1.1/requisitions", {
        "project_id": site.project, "commitment_id": int(made["id"]), "requisition": {"period_id": site.period}})


def test_custom_fields_of_a_commitment_show_in_the_extended_view(site: Site) -> None:
    key = f"custom_field_{site.service.add_custom_field('Trade', on=('work_order_contract',))}"
    made = make(site, **{key: "Steel"})
    shown = site.api.get(base(site, f"/{made['id']}"), view="extended")["data"]
    assert shown["custom_fields"] == {key: {"data_type": "string", "value": "Steel"}}
    site.patch("work_order_contract", int(made["id"]), **{key: "Glass"})
    site.api.refused(422, "PATCH", base(site, f"/{made['id']}"), {"custom_field_1": "x"})


def test_both_kinds_stand_in_one_deprecated_list(site: Site) -> None:
    contract = site.commitment("100")
    order = site.commitment("50", kind="purchase_order_contract", approve=False)
    rows = site.api.get("/rest/v1.0/commitments", project_id=site.project)
    assert [row["id"] for row in rows] == [contract, order] and "grand_total" not in rows[0]
    shown = site.api.get(f"/rest/v1.0/commitments/{contract}", project_id=site.project)
    assert (shown["type"], shown["grand_total"], shown["vendor"]["name"]) == (
        "WorkOrderContract", "100.0", "SID Electrical")
    assert site.api.get(f"/rest/v1.0/commitments/{order}", project_id=site.project)["type"] == "PurchaseOrderContract"


def test_invoice_contacts_are_users(site: Site) -> None:
    person = site.service.person.id
    contract = site.commitment("1", invoice_contact_user_ids=[person])
    contact = site.contract(contract)["invoice_contacts"][0]
    assert (contact["login_information_id"], contact["name"]) == (person, "Paula Marsh")
    body = {"project_id": site.project, "work_order_contract": {"invoice_contact_user_ids": [5]}}
    site.api.refused(422, "PATCH", f"/rest/v1.0/work_order_contracts/{contract}", body)


# The subcontractor's schedule of values

def detail(site: Site, contract: int, kind: str = "work_order_contract", **fields: object) -> Any:
    line = site.contract(contract, kind)["line_items"][0]["id"]
    return site.api.ok("POST", f"/rest/v1.0/{kind}s/{contract}/line_item_contract_details", {
        "project_id": site.project, "contract_detail_line_item": {
            "line_item_id": line, "amount": "40.00", "description": "Rough-in", **fields}})


@pytest.mark.parametrize("kind", ["work_order_contract", "purchase_order_contract"])
def test_detail_lines_are_written_until_they_are_submitted(site: Site, kind: str) -> None:
    contract = site.commitment("100", kind=kind)
    made = detail(site, contract, kind)
    path, scope = f"/rest/v1.0/{kind}s/{contract}/line_item_contract_details", {"project_id": site.project}
    assert (made["amount"], made["billed_to_date"], made["billed_against"]) == ("40.0", "0.0", False)
    bad = {**scope, "contract_detail_line_item": {"line_item_id": 5}}
    site.api.refused(422, "POST", path, bad)
    changed = site.api.ok("PATCH", f"{path}/{made['id']}", {**scope, "contract_detail_line_item": {"amount": "50"}})
    assert site.api.get(f"{path}/{made['id']}", **scope) == changed
    rows = site.api.ok("GET", path, None, {**scope, "filters[line_item_id]": made["line_item_id"]})
    assert [row["amount"] for row in rows] == ["50.0"]
    status = f"/rest/v1.0/{kind}s/{contract}/subcontractor_schedule_of_values_status"
    assert site.api.ok("PATCH", status, {**scope, "status": "under_review"}) == {"status": "under_review"}
    site.api.refused(422, "PATCH", f"{path}/{made['id']}", {**scope, "contract_detail_line_item": {"amount": "5"}})
    site.api.refused(422, "DELETE", f"{path}/{made['id']}", None, scope)
    site.api.refused(422, "PATCH", status, {**scope, "status": "done"})
    site.api.ok("PATCH", status, {**scope, "status": "revise_and_resubmit"})
    assert site.api.call("DELETE", f"{path}/{made['id']}", None, scope).status == 200
    assert site.api.get(path, **scope) == []


def test_an_invoice_waits_for_the_approved_schedule_of_values(site: Site) -> None:
    contract = int(make(site, enable_ssov=True, status="Approved")["id"])
    body = {"project_id": site.project, "commitment_id": contract, "requisition": {"period_id": site.period}}
    assert "approved subcontractor schedule" in site.api.refused(
        422, "POST", "/rest/v1.1/requisitions", body)["errors"]["commitment_id"][0]
    status = f"/rest/v1.0/work_order_contracts/{contract}/subcontractor_schedule_of_values_status"
    standard = Client(site.service, site.service.issue_token("standard"))
    scope = {"project_id": site.project}
    standard.refused(403, "PATCH", status, {**scope, "status": "approved"})
    standard.ok("PATCH", status, {**scope, "status": "under_review"})
    site.api.ok("PATCH", status, {**scope, "status": "approved"})
    site.api.ok("POST", "/rest/v1.1/requisitions", body)
    refusal = site.api.refused(422, "PATCH", status, {**scope, "status": "draft"})
    assert "once the commitment has invoices" in refusal["errors"]["status"][0]


def test_the_schedules_status_is_fixed_once_a_change_order_is_approved(site: Site) -> None:
    contract = site.commitment("100")
    site.change_order(contract, "5")
    status = f"/rest/v1.0/work_order_contracts/{contract}/subcontractor_schedule_of_values_status"
    refusal = site.api.refused(422, "PATCH", status, {"project_id": site.project, "status": "approved"})
    assert "approved change order" in refusal["errors"]["status"][0]
