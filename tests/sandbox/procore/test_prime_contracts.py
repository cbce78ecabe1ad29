"""Prime contracts and prime change orders of the practice Procore: totals, markups, locks, both resources."""
from typing import Any

import pytest

from tests.support.procore_client import Client, Site

COMPANY = 4283186


def v2(site: Site, rest: str = "") -> str:
    return f"/rest/v2.0/companies/{COMPANY}/projects/{site.project}/prime_contracts{rest}"


def add_markup(site: Site, contract: int, percentage: str, markup_set: str, **fields: object) -> Any:
    return site.api.ok("POST", "/rest/v1.0/financials/markups", {"markup": {
        "name": "Fee", "percentage": percentage, "markup_set": markup_set, **fields}}, of(site, contract))


def of(site: Site, contract: int) -> dict[str, object]:
    return {"project_id": site.project, "holder_type": "Contract", "holder_id": contract}


def test_the_totals_of_a_prime_contract_come_from_its_lines_change_orders_and_payments(site: Site) -> None:
    contract = site.prime("40000", "10000")
    site.prime_change_order(contract, "3434")
    site.prime_change_order(contract, "750", approve=False)
    pending = site.prime_change_order(contract, "200", approve=False)
    site.set_package(pending["legacy_package_id"], status="pending")
    rejected = site.prime_change_order(contract, "9999", approve=False)
    site.set_package(rejected["legacy_package_id"], status="rejected")
    site.pay(contract, "5343.40")
    shown = site.prime_contract(contract)
    assert {name: shown[name] for name in (
        "line_items_total", "line_items_extended_total", "grand_total", "approved_change_orders",
        "draft_change_orders_amount", "pending_change_orders_amount", "revised_contract_amount",
        "pending_revised_contract_amount", "owner_invoices_amount", "total_payments", "outstanding_balance",
        "percentage_paid")} == {
        "line_items_total": "50000.0", "line_items_extended_total": "50000.0", "grand_total": "50000.0",
        "approved_change_orders": "3434.0", "draft_change_orders_amount": "750.0",
        "pending_change_orders_amount": "200.0", "revised_contract_amount": "53434.0",
        "pending_revised_contract_amount": "53634.0", "owner_invoices_amount": "0.0", "total_payments": "5343.4",
        "outstanding_balance": "48090.6", "percentage_paid": "10.0"}
    assert [payment["amount"] for payment in shown["payments_received"]] == ["5343.40"]


def test_a_horizontal_markup_extends_the_lines_and_a_vertical_one_the_grand_total(site: Site) -> None:
    """The amounts of the published example: 50,000 extended to 55,000, and 57,750 in all (5.17)."""
    contract = site.prime("50000")
    add_markup(site, contract, "10", "horizontal")
    add_markup(site, contract, "5", "vertical")
    shown = site.prime_contract(contract)
    assert (shown["line_items_total"], shown["line_items_extended_total"], shown["grand_total"]) == (
        "50000.0", "55000.0", "57750.0")
    [line] = shown["line_items"]
    assert (line["amount"], line["extended_amount"], line["total_amount"]) == ("50000.0", "50000.0", "55000.0")


def test_a_markup_for_all_change_orders_is_on_each_new_one_and_not_on_the_contract(site: Site) -> None:
    contract = site.prime("50000")
    add_markup(site, contract, "10", "change_orders_horizontal", applies_to_all=True)
    assert site.prime_change_order(contract, "1000")["grand_total"] == "1100.0"
    assert site.prime_contract(contract)["grand_total"] == "50000.0"


def test_an_approved_prime_contract_keeps_its_owner_and_lines_and_cannot_be_deleted(site: Site) -> None:
    contract = site.prime("100")
    base, scope = f"/rest/v1.0/prime_contracts/{contract}/line_items", {"project_id": site.project}
    line = site.prime_contract(contract)["line_items"][0]["id"]
    site.api.refused(422, "POST", base, {**scope, "line_item": {"wbs_code_id": site.codes[0], "amount": "1"}})
    site.api.refused(422, "PATCH", f"{base}/{line}", {**scope, "line_item": {"amount": "1"}})
    site.api.refused(422, "DELETE", f"{base}/{line}", None, scope)
    site.api.refused(422, "DELETE", f"/rest/v1.0/prime_contract/{contract}", None, scope)
    refused = site.api.refused(422, "PATCH", f"/rest/v1.0/prime_contract/{contract}", {
        **scope, "prime_contract": {"vendor_id": site.new_vendor("Another owner")}})
    assert refused == {"errors": {"vendor_id": ["cannot be changed while the prime contract is Approved"]}}
    assert site.set_prime(contract, description="<p>Scope</p>", origin_id="pc-1")["origin_id"] == "pc-1"
    site.set_prime(contract, status="Draft")
    site.api.ok("PATCH", f"{base}/{line}", {**scope, "line_item": {"amount": "90"}})
    site.api.ok("DELETE", f"/rest/v1.0/prime_contract/{contract}", None, scope)
    site.api.refused(404, "GET", f"/rest/v1.0/prime_contract/{contract}", None, scope)
    deleted = site.api.get(v2(site), **{"filters[deleted_at]": "2026-01-01...2026-12-31"})["data"]
    assert [row["id"] for row in deleted] == [str(contract)]


def test_a_status_that_only_a_subcontract_has_is_refused(site: Site) -> None:
    body = {"project_id": site.project, "prime_contract": {"title": "Owner contract", "status": "Void"}}
    assert site.api.refused(422, "POST", "/rest/v1.0/prime_contract", body) == {
        "errors": {"status": ["is not included in the list"]}}
    made = site.prime("1", approve=False)
    for status in ("Out For Bid", "Out For Signature", "Approved", "Complete", "Terminated", "Draft"):
        assert site.set_prime(made, status=status)["status"] == status


def test_a_refused_owner_does_not_join_the_project_with_the_contractor(site: Site) -> None:
    contractor = site.new_vendor("Own company")
    body = {"project_id": site.project, "prime_contract": {"contractor_id": contractor, "vendor_id": 1}}
    assert site.api.refused(422, "POST", "/rest/v1.0/prime_contract", body) == {
        "errors": {"vendor_id": ["is invalid"]}}
    held = site.api.get(f"/rest/v1.1/projects/{site.project}/vendors")
    assert contractor not in [row["id"] for row in held]


def test_the_singular_path_shows_the_first_prime_contract_and_the_plural_lists_all(site: Site) -> None:
    scope = {"project_id": site.project}
    site.api.refused(404, "GET", "/rest/v1.0/prime_contract", None, scope)
    one, two = site.prime("1"), site.prime("2")
    assert site.api.get("/rest/v1.0/prime_contract", **scope)["id"] == one
    assert [row["id"] for row in site.api.get("/rest/v1.0/prime_contracts", **scope)] == [one, two]
    assert [row["number"] for row in site.api.get("/rest/v1.0/prime_contracts", **scope)] == ["1", "2"]
    assert site.api.get("/rest/v1.0/work_order_contracts", **scope) == []
    site.api.refused(404, "GET", f"/rest/v1.0/work_order_contracts/{one}", None, scope)
    site.service.company.switches.multiple_prime_contracts = False
    site.api.refused(422, "POST", "/rest/v1.0/prime_contract", {**scope, "prime_contract": {"title": "Third"}})


def test_version_2_gives_ids_as_text_and_takes_what_version_1_does_not(site: Site) -> None:
    made = site.api.ok("POST", v2(site), {"title": "Owner contract", "vendor_id": str(site.vendor),
                                         "allow_payments": False, "substantial_completion_date": "2026-12-01"})["data"]
    assert (made["id"], made["vendor_id"]) == (str(int(made["id"])), str(site.vendor))
    shown = site.api.get(v2(site, f"/{made['id']}"), view="extended")["data"]
    assert shown["vendor_name"] == "SID Electrical" and shown["substantial_completion_date"] == "2026-12-01"
    site.api.refused(403, "POST", "/rest/v1.0/contract_payments", {
        "project_id": site.project, "contract_id": int(made["id"]), "contract_payment": {"amount": "1"}})
    assert site.prime_contract(int(made["id"]))["allow_payments"] is False
    assert site.api.get(v2(site), **{"filters[status]": "Approved"})["data"] == []
    site.api.refused(400, "GET", v2(site), None, {"per_page": 101})


def test_the_summary_of_version_2_says_what_is_changed_billed_and_paid(site: Site) -> None:
    contract = site.prime("1000")
    site.prime_change_order(contract, "100")
    site.bill_owner(contract, site.owner_invoice(contract)["id"], work="400")
    site.pay(contract, "50")
    shown = site.api.get(v2(site, f"/{contract}/summary"))["data"]
    assert (shown["approved_change_total"], shown["total_invoices_amount"], shown["total_payments_amount"]) == (
        "100.0", "360.0", "50.0")


def test_a_prime_change_order_is_one_thing_in_three_resources(site: Site) -> None:
    contract = site.prime("1000")
    made = site.prime_change_order(contract, "100", approve=False, number="007")
    package = site.set_package(made["legacy_package_id"], origin_id="co-7")
    assert (package["type"], package["number"], package["grand_total"]) == (
        "PrimeContractChangeOrder", "007", "100.0")
    [potential] = site.api.get("/rest/v1.0/potential_change_orders", project_id=site.project)
    assert potential["change_order_package_acronym_number"] == "PCCO #007" and potential["grand_total"] == "100.0"
    assert (made["type"], made["contract_id"]) == ("PrimeChangeOrder", contract)
    base = f"/rest/v1.0/projects/{site.project}"
    assert site.api.get(base + "/commitment_change_orders") == []
    site.api.refused(404, "GET", f"{base}/commitment_change_orders/{made['id']}")
    site.api.refused(404, "POST", base + "/commitment_change_orders", {"change_order": {"contract_id": contract}})
    site.api.refused(404, "POST", base + "/prime_change_orders", {"change_order": {
        "contract_id": site.commitment("1")}})


def test_an_approved_prime_change_order_keeps_its_lines_until_its_status_changes(site: Site) -> None:
    contract = site.prime("1000")
    made = site.prime_change_order(contract, "100")
    assert made["reviewed_by"] == {"id": site.service.person.id, "name": "Paula Marsh"} and made["reviewed_at"]
    lines = f"/rest/v2.0/companies/{COMPANY}/projects/{site.project}/prime_change_orders/{made['id']}/line_items"
    [line] = site.api.get(lines)["data"]
    assert "commitment_line_item_id" not in line
    assert site.api.refused(422, "PATCH", f"{lines}/{line['id']}", {"amount": "1"})["error"]["code"] == \
        "UNPROCESSABLE_ENTITY"
    path = f"/rest/v1.0/projects/{site.project}/prime_change_orders/{made['id']}"
    site.api.ok("PATCH", path, {"change_order": {"status": "pending_billable"}})
    assert site.api.ok("PATCH", f"{lines}/{line['id']}", {"amount": "1"})["data"]["amount"] == "1.00"


def test_change_orders_are_found_by_the_days_on_them(site: Site) -> None:
    contract = site.prime("1000")
    due = site.prime_change_order(contract, "1", due_date="2026-03-31")
    site.prime_change_order(contract, "1")
    rows = site.api.get("/rest/v1.0/change_order_packages", project_id=site.project, contract_id=contract,
                        **{"filters[due_date]": "2026-03-31...2026-03-31"})
    assert [row["id"] for row in rows] == [due["legacy_package_id"]]


def test_a_potential_change_orders_origin_id_is_its_own_and_unique(site: Site) -> None:
    contract, base = site.prime("1000"), "/rest/v1.0/potential_change_orders"
    both = {"project_id": site.project, "contract_id": contract}
    made = site.api.ok("PATCH", base + "/sync", {"updates": [{"origin_id": "p-1", "title": "Doors"}]}, both)
    [entity] = made["entities"]
    again = site.api.ok("PATCH", base + "/sync", {"updates": [{"origin_id": "p-1", "title": "Steel doors"},
                                                              {"title": "Other"}]}, both)
    assert [row["title"] for row in again["entities"]] == ["Steel doors", "Other"]
    assert again["entities"][0]["id"] == entity["id"] and again["errors"] == []
    other = again["entities"][1]["id"]
    assert site.api.refused(422, "PATCH", f"{base}/{other}", {**both, "change_order": {"origin_id": "p-1"}}) == {
        "errors": {"origin_id": ["has already been taken"]}}
    found = site.api.get(base, project_id=site.project, **{"filters[origin_id]": "p-1"})
    assert [row["id"] for row in found] == [entity["id"]]
    [package] = [row for row in site.api.get("/rest/v1.0/change_order_packages", project_id=site.project)
                 if row["title"] == "Steel doors"]
    assert package["origin_id"] is None


def test_a_line_of_a_prime_contract_is_updated_by_its_origin_id(site: Site) -> None:
    contract = site.prime("100", approve=False)
    path = f"/rest/v1.0/prime_contracts/{contract}/line_items/sync"
    line = {"origin_id": "l-1", "amount": "10", "wbs_code_id": site.codes[0]}
    scope = {"project_id": site.project}
    one = site.api.ok("PATCH", path, {"updates": [line]}, scope)["entities"][0]
    two = site.api.ok("PATCH", path, {"updates": [{**line, "amount": "12"}, {"amount": "1"}]}, scope)
    assert (two["entities"][0]["id"], two["entities"][0]["amount"]) == (one["id"], "12.0")
    assert two["errors"][0]["errors"] == {"wbs_code_id": ["can't be blank"]}
    assert site.prime_contract(contract)["grand_total"] == "112.0"


@pytest.mark.parametrize("level", ["standard", "bill_recipient"])
def test_only_an_admin_writes_on_the_owners_side(site: Site, level: Any) -> None:
    contract = site.prime("1000")
    made = site.owner_invoice(contract)
    line, scope = made["g703"][0]["id"], {"project_id": site.project}
    other = Client(site.service, site.service.issue_token(level))
    base = f"/rest/v1.0/prime_contracts/{contract}"
    for method, path, body in (
            ("POST", "/rest/v1.0/prime_contract", {"prime_contract": {"title": "x"}}),
            ("PATCH", f"/rest/v1.0/prime_contract/{contract}", {"prime_contract": {"title": "x"}}),
            ("PATCH", f"{base}/line_items/sync", {"updates": []}),
            ("POST", f"{base}/payment_applications", {"payment_application": {}}),
            ("PATCH", f"{base}/payment_application_line_items/{line}", {"payment_application_line_item": {}}),
            ("DELETE", f"/rest/v1.0/payment_applications/{made['id']}", {}),
            ("POST", "/rest/v1.0/contract_payments", {"contract_id": contract, "contract_payment": {"amount": "1"}}),
            ("POST", f"/rest/v1.0/projects/{site.project}/prime_change_orders",
             {"change_order": {"contract_id": contract}})):
        other.refused(403, method, path, {**scope, **body}, scope)


def test_a_project_without_the_tool_refuses_and_another_projects_contract_is_not_found(site: Site) -> None:
    contract = site.prime("1000")
    elsewhere = site.new_project("Elm School", "24-018")
    site.api.refused(404, "GET", f"/rest/v1.0/prime_contract/{contract}", None, {"project_id": elsewhere})
    site.service.disable_tool(site.project, "prime_contracts")
    site.api.refused(403, "GET", f"/rest/v1.0/prime_contract/{contract}", None, {"project_id": site.project})


def test_markups_of_a_commitment_are_not_played_and_say_so(site: Site) -> None:
    refused = site.api.refused(501, "GET", "/rest/v1.0/financials/markups", None, of(site, site.commitment("1")))
    assert "GET /rest/v1.0/financials/markups" in refused["errors"]


def test_a_change_order_names_its_reason_and_the_people_who_look_at_it(site: Site) -> None:
    contract = site.prime("1000")
    company = {"company_id": COMPANY}
    reason = site.api.get("/rest/v1.0/change_order_change_reasons", **company)[2]
    person = site.api.ok("POST", f"/rest/v1.3/companies/{COMPANY}/users", {"user": {
        "first_name": "Ann", "last_name": "Lee", "email_address": "ann@owner.example"}})
    made = site.prime_change_order(contract, "1", change_order_change_reason_id=reason["id"],
                                   designated_reviewer_id=person["id"], received_from_id=person["id"])
    assert made["change_order_change_reason"] == {"id": reason["id"], "change_reason": "Client Request"}
    assert made["designated_reviewer"] == made["received_from"] == {"id": person["id"], "name": "Ann Lee"}
    assert site.set_package(made["legacy_package_id"])["designated_reviewer"]["login"] == "ann@owner.example"
    path = f"/rest/v1.0/projects/{site.project}/prime_change_orders"
    for field in ("change_order_change_reason_id", "designated_reviewer_id", "received_from_id"):
        assert site.api.refused(422, "POST", path, {"change_order": {"contract_id": contract, field: 1}}) == {
            "errors": {field: ["is invalid"]}}
    reasons = f"/rest/v2.0/companies/{COMPANY}/change_order_change_reasons"
    site.api.refused(422, "DELETE", f"{reasons}/{reason['id']}")
    site.api.ok("PATCH", f"{path}/{made['id']}", {"change_order": {"change_order_change_reason_id": None}})
    site.api.ok("DELETE", f"{reasons}/{reason['id']}")


def test_custom_fields_stand_on_prime_contracts_and_both_kinds_of_change_orders(site: Site) -> None:
    kinds = ("prime_contract", "prime_change_order", "commitment_change_order", "requisition")
    key = f"custom_field_{site.service.add_custom_field('Job phase', on=kinds)}"
    wanted = {key: {"data_type": "string", "value": "Shell"}}
    contract = site.prime("1000", **{key: "Shell"})
    assert site.api.get(v2(site, f"/{contract}"), view="extended")["data"]["custom_fields"] == wanted
    assert site.prime_change_order(contract, "1", **{key: "Shell"})["custom_fields"] == wanted
    made = site.invoice(site.commitment("1"), **{key: "Shell"})
    assert made["custom_fields"] == wanted
    site.api.refused(422, "PATCH", f"/rest/v1.0/prime_contract/{contract}", {
        "project_id": site.project, "prime_contract": {"custom_field_1": "x"}})
