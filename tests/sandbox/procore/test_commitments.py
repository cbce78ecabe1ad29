"""Commitments, their lines, change orders, billing periods and payments of the practice Procore."""
from typing import Any

import pytest

from tests.support.procore_client import Site

COMPANY = 4283186
KINDS = ["work_order_contract", "purchase_order_contract"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_commitments_money_is_worked_out_from_its_parts(site: Site, kind: str) -> None:
    contract = site.commitment("30000", "20000", kind=kind)
    site.change_order(contract, "5000")
    site.change_order(contract, "700", approve=False)
    site.bill(site.invoice(contract)["id"], work="10000")
    site.pay(contract, "5500")
    shown = site.contract(contract, kind)
    assert {key: shown[key] for key in (
        "grand_total", "approved_change_orders", "revised_contract", "pending_change_orders",
        "pending_revised_contract", "total_requisitions_amount", "total_payments", "remaining_balance_outstanding",
        "percentage_paid")} == {
        "grand_total": "50000.0", "approved_change_orders": "5000.0", "revised_contract": "55000.0",
        "pending_change_orders": "700.0", "pending_revised_contract": "55700.0",
        "total_requisitions_amount": "9000.0", "total_payments": "5500.0",
        "remaining_balance_outstanding": "49500.0", "percentage_paid": "10.0"}
    assert shown["vendor"] == {"id": site.vendor, "company": "SID Electrical", "origin_id": None, "origin_data": None}
    assert [p["amount"] for p in shown["payments_issued"]] == ["5500.00"]
    assert [o["status"] for o in shown["change_order_packages"]] == ["approved", "pending"]


@pytest.mark.parametrize("kind", KINDS)
def test_an_approved_commitment_keeps_its_vendor_and_lines_and_is_not_deleted(site: Site, kind: str) -> None:
    contract, other = site.commitment("100", kind=kind), site.new_vendor("Other")
    base, scope = f"/rest/v1.0/{kind}s/{contract}", {"project_id": site.project}
    line = site.api.get(base + "/line_items", **scope)[0]["id"]
    refused = site.api.refused
    assert "vendor_id" in refused(422, "PATCH", base, {**scope, kind: {"vendor_id": other}})["errors"]
    cheaper = {**scope, "line_item": {"amount": "1"}}
    assert "base" in refused(422, "PATCH", f"{base}/line_items/{line}", cheaper)["errors"]
    new = {**scope, "line_item": {"amount": "1", "wbs_code_id": site.codes[0]}}
    refused(422, "POST", base + "/line_items", new)
    refused(422, "DELETE", f"{base}/line_items/{line}", None, scope)
    refused(422, "DELETE", base, None, scope)
    assert site.patch(kind, contract, executed=True, title="New title")["title"] == "New title"
    site.patch(kind, contract, status="Draft")
    changed = site.api.ok("PATCH", f"{base}/line_items/{line}", {**scope, "line_item": {"amount": "1.50"}})
    assert (changed["amount"], changed["extended_type"]) == ("1.5", "manual")
    assert site.patch(kind, contract, vendor_id=other)["vendor"]["id"] == other
    site.api.ok("DELETE", f"{base}/line_items/{line}", None, scope)
    site.api.ok("DELETE", base, None, scope)
    refused(404, "GET", base, None, scope)


def test_deleted_commitments_show_only_when_asked_for(site: Site) -> None:
    gone, kept = site.commitment("1", approve=False), site.commitment("2")
    site.change_order(gone, "5")
    scope = {"project_id": site.project}
    site.api.ok("DELETE", f"/rest/v1.0/work_order_contracts/{gone}", None, scope)

    def ids(path: str, **more: str) -> list[int]:
        return [r["id"] for r in site.api.ok("GET", path, None, {**scope, **more})]

    path = "/rest/v1.0/work_order_contracts"
    assert ids(path) == [kept]
    assert ids(path, **{"filters[include_deleted]": "with"}) == [gone, kept]
    assert ids(path, **{"filters[include_deleted]": "only"}) == [gone]
    assert ids("/rest/v1.0/change_order_packages") == []
    assert len(ids("/rest/v1.0/change_order_packages", **{"filters[include_deleted]": "only"})) == 1


def test_a_commitment_with_a_submitted_invoice_or_a_payment_is_not_deleted(site: Site) -> None:
    for act in (lambda contract: site.invoice(contract, status="under_review"),
                lambda contract: site.invoice(contract, origin_id="bill-1"),
                lambda contract: site.pay(contract, "1")):
        contract = site.commitment("100")
        act(contract)
        site.patch("work_order_contract", contract, status="Void")
        path = f"/rest/v1.0/work_order_contracts/{contract}"
        site.api.refused(422, "DELETE", path, None, {"project_id": site.project})


def test_draft_invoices_and_change_orders_go_with_a_deleted_commitment_and_free_their_origin_ids(site: Site) -> None:
    contract = site.commitment(lines=[{"amount": "100", "origin_id": "l-1"}])
    package = site.change_order(contract, "5", approve=False)
    site.set_package(package["id"], origin_id="co-1")
    draft = site.invoice(contract)
    site.patch("work_order_contract", contract, status="Void")
    scope = {"project_id": site.project}
    site.api.ok("DELETE", f"/rest/v1.0/work_order_contracts/{contract}", None, scope)
    site.api.refused(404, "GET", f"/rest/v1.1/requisitions/{draft['id']}", None, scope)
    assert site.api.get("/rest/v1.1/requisitions", project_id=site.project) == []
    other = site.commitment(lines=[{"amount": "100", "origin_id": "l-1"}])
    again = site.change_order(other, "5", approve=False)
    assert site.set_package(again["id"], origin_id="co-1")["origin_id"] == "co-1"


def test_an_unbilled_line_may_become_a_credit_and_a_billed_credit_not_smaller_than_its_bill(site: Site) -> None:
    site.service.company.switches.always_editable_sov = True
    contract = site.commitment("100", "-50")
    one, two = (line["id"] for line in site.contract(contract)["line_items"])
    site.bill(site.invoice(contract)["id"], 1, work="-20")
    path, scope = f"/rest/v1.0/work_order_contracts/{contract}/line_items", {"project_id": site.project}
    site.api.ok("PATCH", f"{path}/{one}", {**scope, "line_item": {"amount": "-5"}})
    site.api.refused(422, "PATCH", f"{path}/{two}", {**scope, "line_item": {"amount": "-19.99"}})
    site.api.ok("PATCH", f"{path}/{two}", {**scope, "line_item": {"amount": "-30"}})


def test_a_new_unit_price_is_what_the_open_invoice_bills_by(site: Site) -> None:
    site.service.company.switches.always_editable_sov = True
    contract = site.commitment(accounting_method="unit", lines=[{"quantity": "10", "unit_cost": "100"}])
    invoice, line = site.invoice(contract)["id"], site.contract(contract)["line_items"][0]["id"]
    site.api.ok("PATCH", f"/rest/v1.0/work_order_contracts/{contract}/line_items/{line}", {
        "project_id": site.project, "line_item": {"unit_cost": "200"}})
    billed = site.bill(invoice, quantity="1")["items"][0]
    assert (billed["scheduled_value"], billed["scheduled_unit_price"], billed["work_completed_this_period"]) == (
        "2000.00", "200.0", "200.00")


def test_a_line_that_moves_under_approval_sends_the_subcontractors_schedule_back(site: Site) -> None:
    site.service.company.switches.always_editable_sov = True
    contract = site.commitment("100")
    path = f"/rest/v1.0/work_order_contracts/{contract}"
    site.api.ok("PATCH", path + "/subcontractor_schedule_of_values_status", {"status": "approved"}, {
        "project_id": site.project})
    line = site.contract(contract)["line_items"][0]["id"]
    site.api.ok("PATCH", f"{path}/line_items/{line}", {"project_id": site.project, "line_item": {"amount": "120"}})
    v2 = f"/rest/v2.0/companies/4283186/projects/{site.project}/commitment_contracts/{contract}"
    assert site.api.get(v2)["data"]["billing_schedule_of_values_status"] == "revise_and_resubmit"


def test_the_list_is_compact_unless_the_extended_view_is_asked_for(site: Site) -> None:
    site.commitment("50000", retainage_percent="7.5", number="SC-77")
    [compact] = site.api.get("/rest/v1.0/work_order_contracts", project_id=site.project)
    [extended] = site.api.get("/rest/v1.0/work_order_contracts", project_id=site.project, view="extended")
    assert "grand_total" not in compact and "line_items" not in extended
    assert (extended["grand_total"], extended["retainage_percent"], extended["number"]) == ("50000.0", "7.5", "SC-77")
    assert site.api.get("/rest/v1.0/purchase_order_contracts", project_id=site.project) == []


def test_a_contract_of_one_project_is_not_found_in_another_nor_as_the_other_kind(site: Site) -> None:
    contract, other = site.commitment("1"), site.new_project("Second", "24-018")
    site.api.refused(404, "GET", f"/rest/v1.0/work_order_contracts/{contract}", None, {"project_id": other})
    site.api.refused(404, "GET", f"/rest/v1.0/purchase_order_contracts/{contract}", None, {"project_id": site.project})
    site.api.refused(404, "GET", "/rest/v1.0/contract_payments", None, {"project_id": other, "contract_id": contract})


def test_statuses_are_exact_to_case_and_space(site: Site) -> None:
    body = {"project_id": site.project, "work_order_contract": {"title": "T", "status": "approved"}}
    assert site.api.refused(422, "POST", "/rest/v1.0/work_order_contracts", body)["errors"] == {
        "status": ["is not included in the list"]}
    made = site.commitment("1", kind="purchase_order_contract", approve=False, status="Partially Received")
    assert site.contract(made, "purchase_order_contract")["number"] == "PO-001"


def test_a_line_names_its_budget_code_either_way_and_the_budget_code_wins(site: Site) -> None:
    contract = site.commitment("1", approve=False)
    path = f"/rest/v1.0/work_order_contracts/{contract}/line_items"
    code = site.api.get("/rest/v1.0/cost_codes", project_id=site.project)[1]
    types = {t["code"]: t["id"] for t in site.api.get("/rest/v1.0/line_item_types", company_id=COMPANY)}

    def add(**line: object) -> Any:
        return site.api.ok("POST", path, {"project_id": site.project, "line_item": {"amount": 12.345, **line}})

    made = add(cost_code_id=code["id"], line_item_type_id=types["M"])
    assert (made["wbs_code"]["flat_code"], made["amount"]) == ("400.M", "12.35")
    assert made["cost_code"]["full_code"] == "400" and made["line_item_type"]["code"] == "M"
    both = add(cost_code_id=code["id"], line_item_type_id=types["M"], wbs_code_id=site.codes[0])
    assert both["wbs_code"]["flat_code"] == "300.S"
    missing = {"project_id": site.project, "line_item": {"amount": "1"}}
    assert "wbs_code_id" in site.api.refused(422, "POST", path, missing)["errors"]
    words = {"project_id": site.project, "line_item": {"amount": "1,000.00", "wbs_code_id": site.codes[0]}}
    assert site.api.refused(422, "POST", path, words)["errors"] == {"amount": ["is not a number"]}
    found = site.api.ok("GET", path, None, {"project_id": site.project, "filters[cost_code_id]": code["id"]})
    assert [line["id"] for line in found] == [made["id"]]
    assert site.api.get(f"{path}/{made['id']}", project_id=site.project) == made


def test_commitments_and_lines_are_upserted_in_bulk(site: Site) -> None:
    body = {"project_id": site.project, "updates": [
        {"origin_id": "po-1", "title": "Conduit", "vendor_id": site.vendor}, {"title": "Cable", "status": "nonsense"}]}
    for expected in (1, 1):
        found = site.api.ok("PATCH", "/rest/v1.0/purchase_order_contracts/sync", body)
        assert (len(found["entities"]), len(found["errors"])) == (expected, 1)
    assert len(site.api.get("/rest/v1.0/purchase_order_contracts", project_id=site.project)) == 1
    made = found["entities"][0]["id"]
    path = f"/rest/v1.0/purchase_order_contracts/{made}/line_items/sync"
    lines = {"updates": [{"origin_id": "l-1", "amount": "10", "wbs_code_id": site.codes[0]},
                         {"origin_id": "l-1", "amount": "12.50"}, {"amount": "1"}]}
    synced = site.api.ok("PATCH", path, lines, {"project_id": site.project})
    assert [line["amount"] for line in synced["entities"]] == ["10.0", "12.5"] and len(synced["errors"]) == 1
    assert site.contract(made, "purchase_order_contract")["grand_total"] == "12.5"


def test_the_accounting_method_is_fixed_once_there_are_lines(site: Site) -> None:
    contract = site.commitment("1", approve=False)
    body = {"project_id": site.project, "work_order_contract": {"accounting_method": "unit"}}
    site.api.refused(422, "PATCH", f"/rest/v1.0/work_order_contracts/{contract}", body)


def test_where_the_schedule_stays_editable_lines_change_but_not_below_what_is_billed(site: Site) -> None:
    contract = site.commitment("1000")
    site.bill(site.invoice(contract)["id"], work="400")
    site.service.company.switches.always_editable_sov = True
    line = site.contract(contract)["line_items"][0]["id"]
    path = f"/rest/v1.0/work_order_contracts/{contract}/line_items/{line}"

    def body(amount: str) -> dict[str, object]:
        return {"project_id": site.project, "line_item": {"amount": amount}}

    assert "billed" in site.api.refused(422, "PATCH", path, body("399"))["errors"]["amount"][0]
    assert site.api.ok("PATCH", path, body("500"))["amount"] == "500.0"
    site.api.refused(422, "DELETE", path, None, {"project_id": site.project})


def test_a_commitment_moves_with_its_lines_and_payments_but_not_with_its_change_orders_or_invoices(site: Site) -> None:
    contract = site.commitment("1000")
    def updated() -> str:
        site.pass_time(minutes=1)
        return str(site.contract(contract)["updated_at"])

    start = updated()
    site.change_order(contract, "5")
    site.invoice(contract)
    assert updated() == start, "watch the children too (trap 34)"
    paid = site.pay(contract, "5")
    later = updated()
    assert later > start and updated() == later
    scope = {"project_id": site.project, "contract_id": contract}
    site.api.ok("DELETE", f"/rest/v1.0/contract_payments/{paid['id']}", None, scope)
    assert updated() > later, "a deleted payment vanishes; only its contract tells"


# Change orders

def test_one_change_order_is_a_package_a_potential_one_with_the_lines_and_a_newer_one(site: Site) -> None:
    contract = site.commitment("50000")
    package = site.api.ok("POST", "/rest/v1.0/change_order_packages", {
        "project_id": site.project, "contract_id": contract,
        "change_order": {"title": "Add panel", "origin_id": "co-1", "description": "<p>Panel</p>"}})
    assert (package["status"], package["grand_total"], package["number"]) == ("draft", "0.0", "001")
    scope = {"project_id": site.project}
    [potential] = site.api.ok("GET", "/rest/v1.0/potential_change_orders", None, {**scope,
                                                                                  "filters[contract_id]": contract})
    lines = f"/rest/v1.0/potential_change_orders/{potential['id']}/line_items"
    line = site.api.ok("POST", lines, {**scope, "line_item": {"amount": "5000", "wbs_code_id": site.codes[1]}})
    assert line["holder"] == {"id": potential["id"], "holder_type": "PotentialChangeOrder"}
    shown = site.api.get(f"/rest/v1.0/change_order_packages/{package['id']}", **scope)
    assert [(x["id"], x["total_amount"]) for x in shown["line_items"]] == [(line["id"], "5000.0")]
    assert shown["grand_total"] == "5000.0"
    base = f"/rest/v1.0/projects/{site.project}/commitment_change_orders"
    [newer] = site.api.ok("GET", base, None, {"filters[legacy_package_id]": package["id"]})
    assert newer["grand_total"] == "5000.0" and "line_items" not in newer and "origin_id" not in newer
    assert site.api.get(f"{base}/{newer['id']}")["legacy_package_id"] == package["id"]
    v2 = f"/rest/v2.0/companies/{COMPANY}/projects/{site.project}/commitment_change_orders/{newer['id']}/line_items"
    [through_v2] = site.api.get(v2)["data"]
    assert (through_v2["id"], through_v2["amount"]) == (str(line["id"]), "5000.00")
    assert site.api.get(f"{v2}/{line['id']}")["data"] == through_v2
    detail = site.api.get(f"/rest/v1.0/potential_change_orders/{potential['id']}", contract_id=contract, **scope)
    assert detail["line_items"][0]["quantity"] == 0, "a number here, text elsewhere"


def test_an_approved_change_order_counts_and_is_locked_until_its_status_changes(site: Site) -> None:
    contract = site.commitment("50000")
    package = site.change_order(contract, "-750.25")
    assert site.contract(contract)["revised_contract"] == "49249.75" and package["reviewed_at"]
    scope = {"project_id": site.project}
    [newer] = site.api.get(f"/rest/v1.0/projects/{site.project}/commitment_change_orders")
    base = f"/rest/v1.0/projects/{site.project}/commitment_change_orders/{newer['id']}"
    v2 = f"/rest/v2.0/companies/{COMPANY}/projects/{site.project}/commitment_change_orders/{newer['id']}/line_items"
    line = site.api.get(v2)["data"][0]["id"]
    refusal = site.api.refused(422, "PATCH", f"{v2}/{line}", {"amount": "1"})
    assert refusal["error"]["details"][0]["reason_code"] == "base"
    site.api.refused(422, "DELETE", base)
    site.set_package(package["id"], status="pending")
    assert site.api.ok("PATCH", f"{v2}/{line}", {"amount": "-700"})["data"]["amount"] == "-700.00"
    assert site.api.ok("PATCH", base, {"change_order": {"status": "pending_billable"}})["status"] == "pending_billable"
    site.api.ok("PATCH", base, {"change_order": {"status": "draft"}})
    assert site.contract(contract)["draft_change_orders_amount"] == "-700.0"
    assert site.api.call("DELETE", f"{v2}/{line}").status == 204
    assert site.api.call("DELETE", base).status == 204
    site.api.refused(404, "GET", f"/rest/v1.0/change_order_packages/{package['id']}", None, scope)


def test_change_orders_are_found_by_contract_status_and_change(site: Site) -> None:
    one, two = site.commitment("1"), site.commitment("2")
    first = site.change_order(one, "5")
    site.pass_time(days=1)
    second = site.change_order(two, "6", approve=False)
    scope = {"project_id": site.project}
    packages = "/rest/v1.0/change_order_packages"
    assert [p["id"] for p in site.api.get(packages, contract_id=two, **scope)] == [second["id"]]
    since = {**scope, "filters[updated_at]": "2026-01-06...2026-12-31"}
    assert [p["id"] for p in site.api.ok("GET", packages, None, since)] == [second["id"]]
    base = f"/rest/v1.0/projects/{site.project}/commitment_change_orders"
    [approved] = site.api.ok("GET", base, None, {"filters[status]": "approved"})
    assert approved["legacy_package_id"] == first["id"]
    assert site.api.get("/rest/v1.0/change_order_requests", contract_id=one, **scope) == []
    names = site.api.get("/rest/v1.0/change_order/statuses", company_id=COMPANY)
    assert "approved" in [s["mapped_to_status"] for s in names]


def test_a_change_order_line_may_repeat_a_line_of_the_commitment(site: Site) -> None:
    contract = site.commitment(lines=[{"amount": "100", "origin_id": "po-line-1"}])
    source = site.contract(contract)["line_items"][0]["id"]
    [newer] = [site.api.ok("POST", f"/rest/v1.0/projects/{site.project}/commitment_change_orders", {
        "change_order": {"contract_id": contract, "title": "More", "status": "draft"}})]
    v2 = f"/rest/v2.0/companies/{COMPANY}/projects/{site.project}/commitment_change_orders/{newer['id']}/line_items"
    body = {"wbs_code_id": str(site.codes[0]), "amount": "40.00", "commitment_line_item_id": str(source)}
    assert site.api.ok("POST", v2, body)["data"]["commitment_line_item_id"] == str(source)
    site.api.refused(422, "POST", v2, {**body, "commitment_line_item_id": "1"})
    site.set_package(newer["legacy_package_id"], status="approved")
    made = site.invoice(contract)
    [item] = site.api.ok("POST", f"/rest/v1.0/requisitions/{made['id']}/add_change_order_package", None, {
        "project_id": site.project, "commitment_id": contract,
        "change_order_package_id": newer["legacy_package_id"]})
    assert (item["commitment_line_item_id"], item["commitment_line_item_origin_id"]) == (source, "po-line-1")


# Billing periods

def test_a_project_has_one_open_billing_period_at_most(site: Site) -> None:
    base = f"/rest/v1.0/projects/{site.project}/billing_periods"
    body = {"billing_period": {"start_date": "2026-02-01", "end_date": "2026-02-28", "due_date": "2026-02-25",
                               "status": "open"}}
    assert "open" in site.api.refused(422, "POST", base, body)["errors"]["status"][0]
    site.api.ok("PATCH", f"{base}/{site.period}", {"billing_period": {"status": "closed"}})
    made = site.api.ok("POST", base, body)
    assert [p["id"] for p in site.api.ok("GET", base, None, {"filters[status]": "open"})] == [made["id"]]
    assert site.api.get(f"{base}/{made['id']}")["position"] == 2
    site.api.refused(422, "POST", base, {"billing_period": {"start_date": "2026-03-01"}})
    site.api.ok("DELETE", f"{base}/{made['id']}")
    site.invoice(site.commitment("1"))
    site.api.refused(422, "DELETE", f"{base}/{site.period}")


# Payments

def test_payments_ask_for_project_and_contract_and_belong_to_the_contract(site: Site) -> None:
    contract = site.commitment("1000")
    made = site.bill(site.invoice(contract)["id"], work="1000")
    paid = site.pay(contract, "900.00", requisition_id=made["id"], check_number="1042", payment_method="check")
    assert (paid["amount"], paid["payment_number"], paid["draw_request_number"]) == ("900.00", 1, 1)
    assert "payment_method" not in paid, "taken, and not given back"
    scope = {"project_id": site.project, "contract_id": contract}
    assert site.api.get("/rest/v1.0/contract_payments", **scope) == [paid]
    assert site.api.get(f"/rest/v1.0/contract_payments/{paid['id']}", **scope) == paid
    site.api.refused(400, "GET", "/rest/v1.0/contract_payments", None, {"project_id": site.project})
    site.api.refused(400, "GET", "/rest/v1.0/contract_payments", None, {"contract_id": contract})
    wrong = {**scope, "contract_payment": {"amount": "1", "requisition_id": 5}}
    assert "requisition_id" in site.api.refused(422, "POST", "/rest/v1.0/contract_payments", wrong)["errors"]
    other = site.commitment("1")
    site.api.refused(404, "PATCH", f"/rest/v1.0/contract_payments/{paid['id']}", {
        **scope, "contract_id": other, "contract_payment": {"notes": "x"}})


def test_an_origin_id_locks_a_payment_until_it_is_taken_away(site: Site) -> None:
    contract = site.commitment("1000")
    paid = site.pay(contract, "900", origin_id="bp-9")
    path, scope = f"/rest/v1.0/contract_payments/{paid['id']}", {"project_id": site.project, "contract_id": contract}
    assert "synced" in site.api.refused(422, "PATCH", path, {**scope, "contract_payment": {"amount": "1"}})[
        "errors"]["base"][0]
    assert "synced" in site.api.refused(422, "DELETE", path, None, scope)["errors"]["base"][0]
    kept = site.api.ok("PATCH", path, {**scope, "contract_payment": {"origin_data": "token 3"}})
    assert (kept["amount"], kept["origin_data"]) == ("900.00", "token 3")
    taken = {**scope, "contract_payment": {"amount": "1", "origin_id": "bp-9"}}
    assert site.api.refused(422, "POST", "/rest/v1.0/contract_payments", taken)["errors"]["origin_id"]
    assert len(site.api.get("/rest/v1.0/contract_payments", **scope)) == 1
    site.api.ok("PATCH", path, {**scope, "contract_payment": {"origin_id": None}})
    assert site.api.ok("PATCH", path, {**scope, "contract_payment": {"amount": 850.5}})["amount"] == "850.50"
    site.api.ok("DELETE", path, None, scope)
    assert site.contract(contract)["total_payments"] == "0.0"
    site.api.ok("POST", "/rest/v1.0/contract_payments", taken)


def test_paying_more_than_is_due_is_not_refused_and_a_switched_off_tool_is(site: Site) -> None:
    contract = site.commitment("100")
    assert site.pay(contract, "5000")["amount"] == "5000.00"
    assert site.contract(contract)["remaining_balance_outstanding"] == "-4900.0"
    site.service.company.projects[site.project].contracts[contract].payments_are_enabled = False
    body = {"project_id": site.project, "contract_id": contract, "contract_payment": {"amount": "1"}}
    assert site.api.refused(403, "POST", "/rest/v1.0/contract_payments", body)["code"] == 56


def test_a_deleted_line_takes_its_place_in_the_subcontractors_schedule_with_it(site: Site) -> None:
    contract = site.commitment("100", "50", approve=False)
    one, two = (line["id"] for line in site.contract(contract)["line_items"])
    path, scope = f"/rest/v1.0/work_order_contracts/{contract}", {"project_id": site.project}
    for line in (one, two):
        site.api.ok("POST", path + "/line_item_contract_details", {
            **scope, "contract_detail_line_item": {"line_item_id": line, "amount": "40"}})
    site.api.ok("DELETE", f"{path}/line_items/{one}", None, scope)
    assert [row["line_item_id"] for row in site.api.get(path + "/line_item_contract_details", **scope)] == [two]


def test_an_origin_id_that_another_integration_owns_can_be_neither_changed_nor_cleared(site: Site) -> None:
    contract, free = site.commitment("100", origin_id="sage-7"), site.commitment("100")
    site.service.company.switches.origin_ids_stay = True
    path = f"/rest/v1.0/work_order_contracts/{contract}"
    for ours in ("qb-7", None):
        body = {"project_id": site.project, "work_order_contract": {"title": "Ours", "origin_id": ours}}
        assert site.api.refused(422, "PATCH", path, body) == {
            "errors": {"origin_id": ["belongs to another integration"]}}
    answer = site.api.ok("PATCH", "/rest/v1.0/work_order_contracts/sync", {
        "project_id": site.project, "updates": [{"id": contract, "origin_id": "qb-7"},
                                                {"id": free, "origin_id": "qb-8"}]})
    assert [row["origin_id"] for row in answer["entities"]] == ["qb-8"] and len(answer["errors"]) == 1
    assert (site.contract(contract)["title"], site.contract(contract)["origin_id"]) == ("Electrical", "sage-7")
