"""The budget of the practice Procore: lines, lock, views, changes, and what the documents make of it."""
from typing import Any

import pytest

from tests.support.procore_client import Site

COMPANY = 4283186
LINES, VIEWS = "/rest/v1.1/budget_line_items", "/rest/v1.0/budget_views"


def make(site: Site, code: int, amount: object, **more: object) -> Any:
    return site.api.ok("POST", LINES, {"project_id": site.project, "budget_line_item": {
        "wbs_code_id": code, "original_budget_amount": amount, **more}})


def rows(site: Site, **more: object) -> dict[int, Any]:
    view = site.api.get(VIEWS, project_id=site.project)[0]["id"]
    found = site.api.get(f"{VIEWS}/{view}/detail_rows", project_id=site.project, **more)
    return {row["wbs_code_id"]: row for row in found}


def path(site: Site, rest: str) -> str:
    return f"/rest/v1.0/projects/{site.project}/{rest}"


def v2(site: Site, rest: str) -> str:
    return f"/rest/v2.0/companies/{COMPANY}/projects/{site.project}/{rest}"


def test_a_budget_code_is_budgeted_once_by_amount_or_by_quantity(site: Site) -> None:
    made = make(site, site.codes[0], 10000.5, uom="hours")
    assert (made["original_budget_amount"], made["calculation_strategy"]) == (10000.5, "manual")
    again = {"project_id": site.project, "budget_line_item": {"wbs_code_id": site.codes[0]}}
    assert "wbs_code_id" in site.api.refused(422, "POST", LINES, again)["errors"]
    counted = make(site, site.codes[1], 1, quantity="2.5", unit_cost="10.01", calculation_strategy="automatic")
    assert counted["original_budget_amount"] == 25.03
    one, scope = f"{LINES}/{counted['id']}", {"project_id": site.project}
    changed = site.api.ok("PATCH", one, {**scope, "budget_line_item": {"quantity": 3}})
    assert (changed["original_budget_amount"], site.api.get(one, **scope)) == (30.03, changed)
    for wrong in ({"wbs_code_id": 5}, {"original_budget_amount": 1}, {"wbs_code_id": site.codes[1], "uom": "moon"}):
        site.api.refused(422, "POST", LINES, {**scope, "budget_line_item": wrong})
    site.api.refused(404, "GET", f"{LINES}/5", None, scope)


def test_a_locked_budget_takes_no_lines_until_it_is_unlocked(site: Site) -> None:
    made = make(site, site.codes[0], 100)
    assert site.api.ok("POST", path(site, "budget/lock")) == {"locked": True}
    assert site.api.get(path(site, "budget")) == {"locked": True}
    body = {"project_id": site.project, "budget_line_item": {"wbs_code_id": site.codes[1]}}
    assert site.api.refused(422, "POST", LINES, body)["errors"] == {"base": ["The budget is locked"]}
    site.api.refused(422, "PATCH", f"{LINES}/{made['id']}", {**body, "budget_line_item": {"original_budget_amount": 1}})
    site.api.refused(422, "DELETE", v2(site, f"budget_line_items/{made['id']}"))
    assert site.api.ok("DELETE", path(site, "budget/lock")) == {"locked": False}
    assert site.api.call("DELETE", v2(site, f"budget_line_items/{made['id']}")).status == 204
    assert rows(site) == {}


def test_a_line_with_costs_is_not_deletable(site: Site) -> None:
    made = make(site, site.codes[0], 100)
    site.commitment("50")
    assert rows(site)[site.codes[0]]["deletable"] is False
    assert site.api.refused(422, "DELETE", v2(site, f"budget_line_items/{made['id']}"))["error"]["details"]


def test_lines_are_synced_all_or_none(site: Site) -> None:
    sync = "/rest/v1.0/budget_line_items/sync"
    one = make(site, site.codes[0], 100)
    bad = {"project_id": site.project, "budget_line_items": [
        {"id": one["id"], "original_budget_amount": 7}, {"wbs_code_id": 5, "original_budget_amount": 1}]}
    site.api.refused(422, "POST", sync, bad)
    assert rows(site)[site.codes[0]]["original_budget_amount"] == "100.0"
    done = site.api.ok("POST", sync, {"project_id": site.project, "budget_line_items": [
        {"id": one["id"], "wbs_code_id": site.codes[0], "original_budget_amount": 7},
        {"wbs_code_id": site.codes[1], "original_budget_amount": 8}]})
    assert [line["original_budget_amount"] for line in done] == [7.0, 8.0]
    twice = [{"wbs_code_id": site.codes[1], "original_budget_amount": 8}]
    site.api.refused(422, "POST", sync, {"project_id": site.project, "budget_line_items": twice})
    site.api.refused(413, "POST", sync, {"project_id": site.project, "budget_line_items": twice * 1001})


def test_the_view_shows_what_commitments_changes_costs_and_invoices_make_of_the_budget(site: Site) -> None:
    make(site, site.codes[0], 10000)
    contract = site.commitment("5000")
    site.change_order(contract, "500")
    site.change_order(contract, "70", approve=False)
    bill = site.bill(site.invoice(contract)["id"], work="1000", stored="200")
    cost = {"direct_cost_type": "expense", "vendor_id": site.vendor, "direct_cost_date": "2026-01-10",
            "line_items": [{"wbs_code_id": site.codes[0], "manual_amount": 300}]}
    direct = site.api.ok("POST", f"/rest/v1.1/projects/{site.project}/direct_costs", {"direct_cost": {
        **cost, "status": "draft"}})
    row = rows(site)[site.codes[0]]
    assert (row["Committed Costs"], row["Direct Costs"], row["Job to Date Costs"]) == ("5000.0", "0.0", "0.0")
    site.set_invoice(bill, status="approved_as_noted")
    assert rows(site)[site.codes[0]]["Job to Date Costs"] == "0.0", "approved as noted does not count"
    site.set_invoice(bill, status="approved")
    site.api.ok("PATCH", f"/rest/v1.1/projects/{site.project}/direct_costs/{direct['id']}", {
        "direct_cost": {"status": "approved"}})
    row = rows(site)[site.codes[0]]
    assert (row["Job to Date Costs"], row["Direct Costs"]) == ("1500.0", "300.0")
    assert (row["Projected Budget"], row["Projected Costs"], row["budget_forecast"]["amount"]) == (
        "10000.0", "5300.0", "4700.0")
    assert row["Projected Over/Under"] == "0.0"
    assert list(rows(site)) == [site.codes[0]]
    stray = rows(site, budget_row_type="unbudgeted")[site.codes[1]]
    assert (stray["Committed Costs"], stray["Pending Cost Changes"], stray["Projected Over/Under"]) == (
        "500.0", "70.0", "-570.0")
    assert stray["unbudgeted_reason"] and len(rows(site, budget_row_type="all")) == 2
    site.api.refused(400, "GET", f"{VIEWS}/117217/detail_rows", None, {
        "project_id": site.project, "budget_row_type": "some"})
    site.api.refused(404, "GET", f"{VIEWS}/1/detail_rows", None, {"project_id": site.project})


def test_a_draft_commitment_is_no_cost_yet(site: Site) -> None:
    make(site, site.codes[0], 100)
    contract = site.commitment("40", approve=False)
    assert rows(site)[site.codes[0]]["Projected Costs"] == "0.0"
    site.patch("work_order_contract", contract, status="Out For Signature")
    assert rows(site)[site.codes[0]]["Pending Cost Changes"] == "40.0"
    site.patch("work_order_contract", contract, status="Approved")
    assert rows(site)[site.codes[0]]["Committed Costs"] == "40.0"


def test_rows_are_summed_by_group_and_their_documents_listed(site: Site) -> None:
    make(site, site.codes[0], 100)
    make(site, site.codes[1], 200)
    site.commitment("40")
    view, scope = f"{VIEWS}/117217", {"project_id": site.project}
    by_type = site.api.get(view + "/summary_rows", group_by="category", **scope)
    assert [(r["name"], r["original_budget_amount"], r["Committed Costs"]) for r in by_type] == [
        ("Commitment", "300.0", "40.0")]
    assert len(site.api.get(view + "/summary_rows", group_by="cost_code", **scope)) == 2
    site.api.refused(400, "GET", view + "/summary_rows", None, {**scope, "group_by": "moon"})
    columns = {c["name"]: c["id"] for c in site.api.get(view + "/budget_detail_columns", **scope)}
    found = site.api.call("POST", view + "/budget_details", {"filters": {"vendor": [site.vendor]}}, scope)
    assert [(r["detail_type"]["id"], r[columns["Committed Costs"]]) for r in found.body] == [
        ("commitment_contract", "40.0")]
    everything = site.api.call("POST", view + "/budget_details", {}, scope)
    assert (everything.status, len(everything.body)) == (200, 3)
    options = site.api.get("/rest/v1.0/budget_detail_filters", column_id="cost_type", **scope)
    assert options == [{"label": "Commitment", "value": [found.body[0]["cost_type"]["id"]]}]
    site.api.refused(400, "GET", "/rest/v1.0/budget_detail_filters", None, {**scope, "column_id": "moon"})


def test_an_approved_budget_change_moves_money_between_codes(site: Site) -> None:
    for code in site.codes:
        make(site, code, 1000)
    lines = [{"ref": "a", "adjustment_number": 1, "wbs_code_id": site.codes[0], "type": "change_event", "amount": 450,
              "comment": "moved"},
             {"ref": "b", "adjustment_number": 1, "wbs_code_id": site.codes[1], "type": "budget_change",
              "amount": -450, "comment": "not kept"}]
    base = path(site, "budget_changes")
    site.api.refused(422, "POST", base, {"title": "No status"})
    site.api.refused(422, "POST", base, {"status": "draft", "adjustment_line_items": lines[1:]})
    made = site.api.ok("POST", base, {"status": "draft", "title": "Equipment", "adjustment_line_items": lines})["data"]
    assert [line["comment"] for line in made["adjustment_line_items"]] == ["moved", None]
    assert rows(site)[site.codes[0]]["budget_modifications"] == "0.0"
    one = f"{base}/{made['id']}"
    site.api.ok("PATCH", one, {"status": "approved"})
    found = rows(site)
    assert [found[code]["budget_modifications"] for code in site.codes] == ["450.0", "-450.0"]
    assert found[site.codes[0]]["Revised Budget"] == "1450.0"
    second = made["adjustment_line_items"][1]["id"]
    drop = {"adjustment_line_items": [{"id": second, "_delete": True}]}
    site.api.refused(422, "PATCH", one, drop)
    site.api.refused(422, "DELETE", one)
    changed = site.api.ok("PATCH", one, {"status": "draft", **drop})["data"]
    assert (changed["amount"], len(changed["adjustment_line_items"])) == (450.0, 1)
    assert site.api.get(base)["data"][0]["number"] == 1 and site.api.get(one)["data"] == changed
    listed = site.api.get(v2(site, "budget_changes/adjustment_line_items"))["data"]
    assert listed[0]["budget_change_name"] == "Equipment"
    assert site.api.call("DELETE", one).status == 204


def test_budget_modifications_are_read_only_where_budget_changes_are_on(site: Site) -> None:
    one, two = make(site, site.codes[0], 1000), make(site, site.codes[1], 1000)
    base = path(site, "budget_modifications")
    body = {"budget_modification": {"from_budget_line_item_id": one["id"], "to_budget_line_item_id": two["id"],
                                    "transfer_amount": "100.00"}}
    refused = site.api.call("POST", base, body)
    assert (refused.status, refused.headers["Allow"]) == (405, "GET")
    site.service.company.switches.budget_changes = False
    made = site.api.ok("POST", base, body)
    assert [rows(site)[code]["budget_modifications"] for code in site.codes] == ["-100.0", "100.0"]
    same = {"budget_modification": {"from_budget_line_item_id": two["id"]}}
    site.api.refused(422, "PATCH", f"{base}/{made['id']}", same)
    site.api.refused(422, "POST", base, {"budget_modification": {"to_budget_line_item_id": two["id"],
                                                                 "transfer_amount": "1"}})
    site.api.ok("PATCH", f"{base}/{made['id']}", {"budget_modification": {"notes": "why"}})
    assert site.api.get(base)[0] == site.api.get(f"{base}/{made['id']}")
    site.api.ok("POST", path(site, "budget/lock"))
    site.api.ok("DELETE", path(site, "budget/lock"), None, {"destroy_all_budget_line_item_transfers": "false"})
    assert len(site.api.get(base)) == 1
    site.api.ok("DELETE", path(site, "budget/lock"))
    assert site.api.get(base) == [], "unlocking destroys modifications by default"
    made = site.api.ok("POST", base, body)
    assert site.api.call("DELETE", f"{base}/{made['id']}").status == 200


def test_a_snapshot_keeps_the_rows_as_they_were(site: Site) -> None:
    made = make(site, site.codes[0], 1000)
    taken = site.service.take_budget_snapshot(site.project)
    site.api.ok("PATCH", f"{LINES}/{made['id']}", {"project_id": site.project, "budget_line_item": {
        "original_budget_amount": 2}})
    base, scope = f"/rest/v1.0/budget_view_snapshots/{taken}", {"project_id": site.project}
    assert site.api.get(base + "/detail_rows", **scope)[0]["original_budget_amount"] == "1000.0"
    assert site.api.get(base + "/summary_rows", **scope)[0]["name"] == "Oak Health Clinic"
    site.api.refused(404, "GET", "/rest/v1.0/budget_view_snapshots/1/detail_rows", None, scope)


@pytest.mark.parametrize("amount", ["1,000", "x", True])
def test_an_amount_that_is_none_is_refused(site: Site, amount: object) -> None:
    site.api.refused(422, "POST", LINES, {"project_id": site.project, "budget_line_item": {
        "wbs_code_id": site.codes[0], "original_budget_amount": amount}})


def test_the_older_line_endpoint_takes_cost_code_and_type_and_shows_the_sums(site: Site) -> None:
    code = site.api.get("/rest/v1.0/cost_codes", project_id=site.project)[0]
    kind, scope = code["line_item_types"][0]["id"], {"project_id": site.project}
    made = site.api.ok("POST", "/rest/v1.0/budget_line_items", {**scope, "budget_line_item": {
        "cost_code_id": code["id"], "line_item_type_id": kind, "original_budget_amount": 100}})
    site.commitment("40")
    shown = site.api.get(f"/rest/v1.0/budget_line_items/{made['id']}", **scope)
    assert (shown["committed_costs"], shown["budget_forecast"], shown["cost_code"]["full_code"]) == (40.0, 60.0, "300")
    changed = site.api.ok("PATCH", f"/rest/v1.0/budget_line_items/{made['id']}", {**scope, "budget_line_item": {
        "original_budget_amount": 30}})
    assert (changed["projected_over_under"], changed["budget_forecast"]) == (-10.0, 0.0)


def test_an_owners_approved_change_order_raises_the_revised_budget(site: Site) -> None:
    make(site, site.codes[1], 1000)
    contract = site.prime("50000")
    base = path(site, "prime_change_orders")
    made = [site.api.ok("POST", base, {"change_order": {"contract_id": contract, "title": "Add"}})["id"]
            for _ in range(2)]
    for order, amount, status in zip(made, ("300", "20"), ("approved", "pending"), strict=True):
        site.api.ok("POST", v2(site, f"prime_change_orders/{order}/line_items"), {
            "wbs_code_id": str(site.codes[1]), "amount": amount})
        site.api.ok("PATCH", f"{base}/{order}", {"change_order": {"status": status}})
    row = rows(site)[site.codes[1]]
    assert (row["Approved COs"], row["Revised Budget"], row["Projected Budget"]) == ("300.0", "1300.0", "1320.0")
    assert row["deletable"] is False
