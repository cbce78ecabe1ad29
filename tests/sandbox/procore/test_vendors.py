"""What a vendor of the practice Procore carries beside its name: trades, contacts, bidding, insurance, own fields."""
from typing import Any

from tests.support.procore_client import Site

COMPANY, SCOPE = 4283186, {"company_id": 4283186}


def change(site: Site, **fields: object) -> Any:
    return site.api.ok("PATCH", f"/rest/v1.0/vendors/{site.vendor}", {**SCOPE, "vendor": fields})


def test_a_vendor_has_trades_standard_cost_codes_and_bidding_flags(site: Site) -> None:
    trade = site.api.ok("POST", f"/rest/v1.0/companies/{COMPANY}/trades", {"trade": {"name": "Steel"}})["id"]
    held = site.api.get("/rest/v1.0/standard_cost_code_lists", **SCOPE)[0]["id"]
    code = site.api.ok("POST", "/rest/v1.0/standard_cost_codes", {
        **SCOPE, "standard_cost_code_list_id": held, "standard_cost_code": {"code": "05", "name": "Metals"}})["id"]
    person = site.service.person.id
    shown = change(site, trade_ids=[trade], standard_cost_code_ids=[code], bidding_distribution_ids=[person],
                   bidding={"small_business": True})
    assert [t["name"] for t in shown["trades"]] == ["Steel"]
    assert [c["full_code"] for c in shown["standard_cost_codes"]] == ["05"]
    assert [b["name"] for b in shown["bidding_distribution"]] == ["Paula Marsh"]
    again = change(site, bidding={"womens_business": True})
    assert (again["bidding"]["small_business"], again["bidding"]["womens_business"]) == (True, True)
    other = site.new_vendor("Other")
    rows = site.api.ok("GET", "/rest/v1.0/vendors", None, [*SCOPE.items(), ("filters[trade_id][]", trade)])
    assert [v["id"] for v in rows] == [site.vendor] != [other]
    rows = site.api.ok("GET", "/rest/v1.0/vendors", None, [*SCOPE.items(), ("filters[standard_cost_code_id][]", code)])
    assert [v["id"] for v in rows] == [site.vendor]
    for wrong in ({"trade_ids": [5]}, {"trade_ids": 5}, {"standard_cost_code_ids": [5]}, {"bidding": "yes"},
                  {"bidding": {"small_business": "maybe"}}, {"bidding_distribution_ids": [5]},
                  {"primary_contact_id": 5}):
        site.api.refused(422, "PATCH", f"/rest/v1.0/vendors/{site.vendor}", {**SCOPE, "vendor": wrong})


def test_a_vendors_primary_contact_is_a_person_and_its_people_are_counted(site: Site) -> None:
    made = site.api.ok("POST", f"/rest/v1.3/companies/{COMPANY}/users", {"user": {
        "first_name": "John", "last_name": "Doe", "email_address": "j@example.com", "vendor_id": site.vendor}})
    user = site.api.get(f"/rest/v1.3/companies/{COMPANY}/users/{made['id']}")
    shown = change(site, primary_contact_id=user["contact_id"])
    assert (shown["primary_contact"]["last_name"], shown["contact_count"]) == ("Doe", 1)
    summary = site.api.get(f"/rest/v1.0/vendors/{site.vendor}", view="summary", **SCOPE)
    assert (summary["active_users_count"], summary["projects_count"]) == (1, 0)


def test_a_vendor_with_branches_is_no_branch_itself(site: Site) -> None:
    site.new_vendor("Branch", parent_id=site.vendor)
    top = site.new_vendor("Holding")
    body = {**SCOPE, "vendor": {"parent_id": top}}
    assert "parent_id" in site.api.refused(422, "PATCH", f"/rest/v1.0/vendors/{site.vendor}", body)["errors"]


def test_an_inactive_vendor_is_made_active_again(site: Site) -> None:
    change(site, is_active=False)
    path = f"/rest/v1.0/companies/{COMPANY}/vendors/inactive"
    listed = site.api.get(path)
    assert listed[0]["_links"]["reactivate"].endswith(f"/vendors/inactive/{site.vendor}")
    assert site.api.ok("PATCH", f"{path}/{site.vendor}")["is_active"] is True
    site.api.refused(404, "PATCH", f"{path}/{site.vendor}")
    assert site.api.get(path) == []


def test_a_required_custom_field_of_vendors_is_asked_for(site: Site) -> None:
    key = f"custom_field_{site.service.add_custom_field('Class', on=('vendor',), required=True)}"
    body = {**SCOPE, "vendor": {"name": "New"}}
    asked = {"run_configurable_validations": "true"}
    assert key in site.api.refused(422, "POST", "/rest/v1.0/vendors", body, asked)["errors"]
    site.api.ok("POST", "/rest/v1.0/vendors", {**SCOPE, "vendor": {"name": "New", key: "A"}}, asked)


def test_insurances_of_a_vendor_are_kept_and_synced(site: Site) -> None:
    path = f"/rest/v1.0/companies/{COMPANY}/vendors/{site.vendor}/insurances"
    made = site.api.ok("POST", path, {"insurance": {
        "name": "Acme Mutual", "insurance_type": "General Liability", "effective_date": "2026-01-01",
        "expiration_date": "2026-12-31", "origin_id": "i-1"}})
    assert (made["insurance_provider"], made["status"]) == ("Acme Mutual", "undecided")
    backwards = {"effective_date": "2026-02-01", "expiration_date": "2026-01-01"}
    site.api.refused(422, "POST", path, {"insurance": backwards})
    site.api.refused(422, "POST", path, {"insurance": {"origin_id": "i-1"}})
    changed = site.api.ok("PATCH", f"{path}/{made['id']}", {"insurance": {"status": "compliant"}})
    assert site.api.get(path) == [changed] == [site.api.get(f"{path}/{made['id']}")]
    site.api.refused(422, "PATCH", f"{path}/{made['id']}", {"insurance": {"status": "fine"}})
    synced = site.api.ok("PATCH", path + "/sync", {"updates": [
        {"origin_id": "i-1", "limit": "1000000"}, {"name": "Second"}, {"id": 5}]})
    assert [one["limit"] for one in synced["entities"]] == ["1000000", None] and len(synced["errors"]) == 1
    assert site.api.call("DELETE", f"{path}/{made['id']}").status == 200
    site.api.refused(404, "GET", f"{path}/{made['id']}")
    site.api.refused(404, "GET", f"/rest/v1.0/companies/{COMPANY}/vendors/5/insurances")
