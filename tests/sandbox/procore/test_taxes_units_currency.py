"""Tax codes and what they do to an invoice, units of measure, and currencies (procore.md 5.20, 5.22, 5.23)."""
from decimal import Decimal
from typing import Any

import pytest

from tests.support.procore_client import Site
from tieout.sandbox.kit import Request
from tieout.sandbox.sandbox import Sandbox

COMPANY = {"company_id": 4283186}
C = "/rest/v1.0/companies/4283186"


def tax_code(site: Site, code: str = "HST", rate: object = 13, **fields: object) -> Any:
    return site.api.ok("POST", "/rest/v1.0/tax_codes", {"tax_code": {"code": code, "rate1": rate, **fields}}, COMPANY)


def tax_type(site: Site, name: str = "HST") -> int:
    return int(site.api.ok("POST", "/rest/v1.0/tax_types", {"tax_type": {"name": name}}, COMPANY)["id"])


def taxed(site: Site, rate: object = 13) -> Any:
    """A subcontractor invoice of 1,000 with 100 held back, on a line with a tax code."""
    code = tax_code(site, rate=rate)["id"]
    contract = site.commitment(lines=[{"amount": "50000", "tax_code_id": code}])
    return site.bill(site.invoice(contract)["id"], work="1000")


def due(found: Any) -> tuple[str, str]:
    return found["summary"]["tax_applicable_to_this_payment"], found["summary"]["current_payment_due"]


def test_a_tax_code_on_the_line_taxes_the_invoice(site: Site) -> None:
    tax_type(site)
    made = taxed(site)
    assert due(made) == ("130.00", "1030.00")
    assert site.contract(made["commitment_id"])["total_requisitions_amount"] == "1030.0"
    nxt = site.invoice(made["commitment_id"])
    assert due(nxt) == ("0.00", "0.00")
    assert due(site.bill(nxt["id"], work="-100")) == ("-13.00", "-103.00")


def test_tax_may_be_worked_out_on_what_is_left_after_retainage(site: Site) -> None:
    site.service.company.switches.invoice_tax_on = "net"
    tax_type(site)
    assert due(taxed(site)) == ("117.00", "1017.00")


def test_without_a_tax_type_no_code_taxes_anything(site: Site) -> None:
    made = taxed(site)
    assert due(made) == ("0.00", "900.00")
    kind = tax_type(site)
    assert due(site.bill(site.invoice(made["commitment_id"])["id"], work="1000")) == ("130.00", "1030.00")
    site.api.ok("DELETE", f"/rest/v1.0/tax_types/{kind}", None, COMPANY)
    assert due(site.bill(site.invoice(made["commitment_id"])["id"], work="1000")) == ("0.00", "900.00")


def test_a_new_rate_leaves_the_invoices_before_it_alone(site: Site) -> None:
    tax_type(site)
    made = taxed(site)
    [code] = site.api.get("/rest/v1.0/tax_codes", company_id=4283186)
    site.api.ok("PATCH", f"/rest/v1.0/tax_codes/{code['id']}", {"tax_code": {"rate1": 15}}, COMPANY)
    assert due(site.read(made["id"])) == ("130.00", "1030.00")
    assert due(site.bill(site.invoice(made["commitment_id"])["id"], work="1000"))[0] == "150.00"


def test_tax_typed_on_the_web_page_stands_in_place_of_the_computed_one_until_it_is_taken_back(site: Site) -> None:
    tax_type(site)
    made = taxed(site)
    site.service.set_tax(made["id"], Decimal("72.505"))
    assert due(site.read(made["id"])) == ("72.51", "972.51")
    site.service.set_tax(made["id"], None)
    assert due(site.read(made["id"])) == ("130.00", "1030.00")


def test_a_line_takes_a_tax_code_of_the_company_that_is_not_archived(site: Site) -> None:
    old = tax_code(site, "OLD", archived=True)["id"]
    live = tax_code(site, "GST", "5.5")
    assert live["rate1"] == 5.5
    for bad in (old, 999):
        cost = site.api.ok("POST", f"/rest/v1.0/projects/{site.project}/direct_costs", {"item": {
            "direct_cost_type": "expense", "vendor_id": site.vendor}})["id"]
        site.api.refused(422, "POST", f"/rest/v1.0/projects/{site.project}/direct_costs/{cost}/line_items", {
            "line_item": {"wbs_code_id": site.codes[0], "amount": 1, "tax_code_id": bad}})
    contract = site.commitment(lines=[{"amount": "1", "tax_code_id": live["id"]}], approve=False)
    line = site.contract(contract)["line_items"][0]
    site.api.ok("PATCH", f"/rest/v1.0/tax_codes/{live['id']}", {"tax_code": {"archived": True}}, COMPANY)
    kept = site.api.ok("PATCH", f"/rest/v1.0/work_order_contracts/{contract}/line_items/{line['id']}", {
        "project_id": site.project, "line_item": {"amount": "2", "tax_code_id": live["id"]}})
    assert (kept["amount"], kept["tax_code_id"]) == ("2.0", live["id"])


@pytest.mark.parametrize(("with_tax", "total"), [(False, "100.0"), (True, "113.0")])
def test_totals_of_a_direct_cost_have_tax_in_them_by_a_switch(site: Site, with_tax: bool, total: str) -> None:
    site.service.company.switches.direct_cost_totals_with_tax = with_tax
    tax_type(site)
    base = f"/rest/v1.0/projects/{site.project}/direct_costs"
    cost = site.api.ok("POST", base, {"item": {"direct_cost_type": "expense", "vendor_id": site.vendor}})["id"]
    line = site.api.ok("POST", f"{base}/{cost}/line_items", {"line_item": {
        "wbs_code_id": site.codes[0], "amount": 100, "tax_code_id": tax_code(site)["id"]}})
    assert (line["amount"], line["total_amount"]) == ("100.0", total)
    assert site.api.get(f"{base}/{cost}")["grand_total"] == total


def test_tax_codes_have_one_default_a_unique_name_and_a_page_of_a_hundred(site: Site) -> None:
    first, second = tax_code(site, "A", default_tax_code=True), tax_code(site, "B", default_tax_code=True)
    shown = {row["code"]: row["default_tax_code"] for row in site.api.get("/rest/v1.0/tax_codes", company_id=4283186)}
    assert shown == {"A": False, "B": True} and first["id"] != second["id"]
    for wrong in ({"code": "A"}, {"code": " "}, {"code": "C", "rate1": 101}, {"code": "C", "rate1": "many"}):
        site.api.refused(422, "POST", "/rest/v1.0/tax_codes", {"tax_code": wrong}, COMPANY)
    site.api.refused(400, "GET", "/rest/v1.0/tax_codes")
    answer = site.api.call("GET", "/rest/v1.0/tax_codes", None, {**COMPANY, "per_page": 500})
    assert answer.headers["Per-Page"] == "100"
    done = site.api.ok("PATCH", "/rest/v1.0/tax_codes/sync", {"company_id": 4283186, "updates": [
        {"code": "C", "rate1": 1, "origin_id": "t1"}, {"origin_id": "t1", "rate1": 2}, {"id": 99}]})
    assert [row["rate1"] for row in done["entities"]] == [1, 2] and len(done["errors"]) == 1
    assert site.api.get(f"/rest/v1.0/tax_codes/{first['id']}", company_id=4283186)["code"] == "A"
    site.api.refused(404, "GET", "/rest/v1.0/tax_codes/999", None, COMPANY)


def test_a_company_has_one_tax_type(site: Site) -> None:
    kind = tax_type(site, "GST")
    site.api.refused(422, "POST", "/rest/v1.0/tax_types", {"tax_type": {"name": "PST"}}, COMPANY)
    one = f"/rest/v1.0/tax_types/{kind}"
    assert site.api.ok("PATCH", one, {"tax_type": {"description": "Goods"}}, COMPANY)["description"] == "Goods"
    site.api.refused(422, "PATCH", one, {"tax_type": {"name": ""}}, COMPANY)
    done = site.api.ok("PATCH", "/rest/v1.0/tax_types/sync", {"company_id": 4283186, "updates": [
        {"id": kind, "name": "HST"}, {"name": "PST"}]})
    assert [row["name"] for row in done["entities"]] == ["HST"] and "Only one" in done["errors"][0]["errors"]["base"][0]
    assert [row["id"] for row in site.api.get("/rest/v1.0/tax_types", company_id=4283186)] == [kind]
    assert site.api.get(one, company_id=4283186)["name"] == "HST"
    site.api.ok("DELETE", one, None, COMPANY)
    site.api.refused(404, "GET", one, None, COMPANY)


def test_tax_typed_through_the_sandbox_is_there_after_a_restart(tmp_path: Any) -> None:
    sandbox = Sandbox.start("empty", state=tmp_path, clock="2026-01-05T08:00:00+00:00", frozen=True)
    site = Site.inside(sandbox.procore)
    made = site.bill(site.invoice(site.commitment("50000"))["id"], work="1000")
    path = "/_sandbox/procore/requisition-tax"

    def set_tax(body: bytes) -> int:
        return sandbox.handle("procore", Request.of("POST", path, body=body)).status

    assert set_tax(b'{"requisition_id": %d, "amount": "72.50"}' % made["id"]) == 200
    for wrong in (b'{"requisition_id": 5, "amount": "1"}', b'{"requisition_id": "x", "amount": "1"}',
                  b'{"requisition_id": %d, "amount": "much"}' % made["id"], b'{"amount": "1"}'):
        assert set_tax(wrong) == 400
    sandbox.close()
    again = Sandbox.start("empty", state=tmp_path, clock="2026-01-05T08:00:00+00:00", frozen=True)
    site.api.service = again.procore
    assert due(site.read(made["id"])) == ("72.50", "972.50")
    again.close()


@pytest.mark.parametrize(("name", "good", "wrong"), [
    ("invoice_tax_on", "net", "both"), ("time_entry", "start_and_stop", "guess"), ("upload_scan_s", 5, -1),
    ("direct_cost_write_s", 2, "2"), ("uom_master_list", False, "no"), ("missing_company_header", 400, 500),
])
def test_what_is_uncertain_is_switched_to_what_there_is(site: Site, name: str, good: object, wrong: object) -> None:
    assert site.service.set_up("switches", {name: good})[name] == good
    with pytest.raises(ValueError, match=name):
        site.service.set_up("switches", {name: wrong})
    assert getattr(site.service.company.switches, name) == good


# Units of measure

def test_lines_take_the_units_on_the_companys_list(site: Site) -> None:
    [count, *_] = site.api.get(f"{C}/uom_categories")
    line = [{"amount": "1", "uom": "pallet"}]
    with pytest.raises(AssertionError):
        site.commitment(lines=line)
    made = site.api.ok("POST", f"{C}/uoms", {"uom": {"name": "pallet", "uom_category_id": count["id"]}})
    assert made["is_standard"] is False and made["uom_category"] == count
    assert site.contract(site.commitment(lines=line))["line_items"][0]["uom"] == "pallet"
    site.api.ok("PATCH", f"{C}/uoms/{made['id']}", {"uom": {"name": "skid"}})
    with pytest.raises(AssertionError):
        site.commitment(lines=line)
    site.service.company.switches.uom_master_list = False
    site.commitment(lines=line)


def test_units_are_named_once_and_the_standard_ones_stay(site: Site) -> None:
    units = site.api.get(f"{C}/uoms")
    hour = next(unit for unit in units if unit["name"] == "hours")
    assert hour["is_standard"] and hour["uom_category"]["name"] == "Time"
    for wrong in ({"name": "hours", "uom_category_id": hour["uom_category"]["id"]}, {"name": "x"},
                  {"name": "x", "uom_category_id": 1}, {"uom_category_id": hour["uom_category"]["id"]}):
        site.api.refused(422, "POST", f"{C}/uoms", {"uom": wrong})
    site.api.refused(422, "PATCH", f"{C}/uoms/{hour['id']}", {"uom": {"name": "hrs"}})
    site.api.refused(403, "DELETE", f"{C}/uoms/{hour['id']}")
    site.api.refused(404, "GET", f"{C}/uoms/1")
    assert site.api.get(f"{C}/uoms/{hour['id']}") == hour
    assert site.api.get("/rest/v2.0/companies/4283186/uoms/configuration")["data"]["character_limit"] is None


def test_units_are_synced_and_deleted_in_one_call(site: Site) -> None:
    category = site.api.get(f"{C}/uom_categories")[0]["id"]
    done = site.api.ok("PATCH", f"{C}/uoms/sync", {"updates": [
        {"name": "roll", "uom_category_id": category}, {"name": "ea", "uom_category_id": category}, {"id": 5}]})
    [roll] = done["entities"]
    assert [list(error["errors"]) for error in done["errors"]] == [["name"], ["id"]]
    standard = site.api.get(f"{C}/uoms")[0]["id"]
    done = site.api.ok("PATCH", f"{C}/uoms/sync", {"deletes": [roll["id"], standard, 7]})
    assert len(done["errors"]) == 2 and "roll" not in {unit["name"] for unit in site.api.get(f"{C}/uoms")}
    site.api.refused(400, "PATCH", f"{C}/uoms/sync", {"deletes": 5})


# Currency

def test_every_financial_object_names_the_currency_of_its_project(site: Site) -> None:
    contract = site.commitment("1")
    site.api.ok("PATCH", f"{C}/currency_configuration", {"currency_iso_code": "CAD"})
    assert site.contract(contract)["currency_configuration"]["currency_iso_code"] == "CAD"
    assert site.contract(contract)["line_items"][0]["currency_configuration"]["currency_iso_code"] == "CAD"
    assert site.api.get("/rest/v1.0/company_configuration", company_id=4283186)["currency_iso_code"] == "CAD"
    own = f"{C}/projects/{site.project}/currency_configuration"
    assert site.api.get(own)["currency_iso_code"] is None
    site.api.ok("POST", own, {"currency_iso_code": "EUR", "company_currency_exchange_rate_override": "1.47"})
    assert site.contract(contract)["currency_configuration"]["currency_iso_code"] == "EUR"
    assert site.api.get(own)["company_currency_exchange_rate_override"] == "1.47"
    site.api.refused(422, "POST", own, {"currency_iso_code": "EUR"})
    assert site.api.ok("DELETE", own)["currency_iso_code"] == "EUR"
    assert site.contract(contract)["currency_configuration"]["currency_iso_code"] == "CAD"
    for method, body in (("PATCH", {}), ("DELETE", None)):
        site.api.refused(404, method, own, body)


def test_a_company_without_a_currency_configuration_says_null_and_can_have_one_again(site: Site) -> None:
    path = f"{C}/currency_configuration"
    site.api.refused(422, "PATCH", path, {"currency_iso_code": "dollars"})
    site.api.refused(400, "POST", "/rest/v2.0/companies/4283186/currency_configuration", {"currency_iso_code": "USD"})
    assert site.api.ok("DELETE", path)["currency_iso_code"] == "USD"
    found = site.api.get(path)
    assert found["currency_iso_code"] is None and found["currency_display"] is None
    site.api.refused(404, "DELETE", path)
    made = site.api.ok("POST", "/rest/v2.0/companies/4283186/currency_configuration", {
        "currency_iso_code": "USD", "currency_display": "code", "multicurrency_enabled": True})["data"]
    assert made["company_id"] == "4283186" and made["multicurrency_enabled_effective_date"] == "2026-01-05T08:00:00Z"


def test_a_project_has_several_currencies_only_where_the_company_has(site: Site) -> None:
    own = f"{C}/projects/{site.project}/currency_configuration"
    body = {"currency_iso_code": "USD", "multicurrency_enabled": True}
    site.api.refused(422, "POST", own, body)
    site.api.ok("PATCH", f"{C}/currency_configuration", {"multicurrency_enabled": True})
    assert site.api.ok("POST", own, body)["multicurrency_enabled"] is True


@pytest.mark.parametrize("scope", ["", "/projects/{project}"])
def test_exchange_rates_are_set_and_changed_pair_by_pair(site: Site, scope: str) -> None:
    path = C + scope.format(project=site.project) + "/currency_configuration/exchange_rates"
    made = site.api.ok("POST", path, {"base_currency_iso_code": "USD", "exchange_rates": [
        {"quote_currency_iso_code": "CAD", "exchange_rate": "1.3655"},
        {"quote_currency_iso_code": "EUR", "exchange_rate": "0.92"}]})["exchange_rates"]
    assert [(rate["quote_currency_iso_code"], rate["exchange_rate"]) for rate in made] == [
        ("CAD", "1.3655"), ("EUR", "0.92")]
    for wrong in ({"quote_currency_iso_code": "CAD", "exchange_rate": "1"}, {"quote_currency_iso_code": "MXN"},
                  {"quote_currency_iso_code": "MXN", "exchange_rate": "0"}, {"exchange_rate": "1"}):
        site.api.refused(422, "POST", path, {"base_currency_iso_code": "USD", "exchange_rates": [wrong]})
    site.api.refused(400, "POST", path, {"base_currency_iso_code": "USD"})
    site.api.refused(400, "POST", path, {"exchange_rates": []})
    site.api.refused(404, "PATCH", path, {"exchange_rates": [{"id": made[0]["id"], "is_active": False}, {"id": 1}]})
    assert site.api.get(path)["exchange_rates"] == made
    site.api.ok("PATCH", path, {"exchange_rates": [{"id": made[0]["id"], "is_active": False}]})
    shown = site.api.get(path)["exchange_rates"]
    assert [rate["is_active"] for rate in shown] == ([True] if scope else [False, True])
    assert len(site.api.get(path, include_inactive="true")["exchange_rates"]) == 2
