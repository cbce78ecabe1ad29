"""What the owner of a company file sets up: through the control, and in the folder of a world."""
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.control import REALM, books, control, controlled, opened, told
from tests.sandbox.quickbooks_online.office import Office
from tieout.sandbox.quickbooks_online import setup
from tieout.sandbox.quickbooks_online.company import CompanyProfile
from tieout.sandbox.sandbox import Sandbox, SandboxError

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "howto" / "sandbox.md").read_text()


def line_of(account: str, **detail: Any) -> Any:
    return {"Amount": 100, "DetailType": "AccountBasedExpenseLineDetail",
            "AccountBasedExpenseLineDetail": {"AccountRef": {"value": account}, **detail}}


def test_a_company_can_be_made_canadian_before_its_first_document_and_its_bills_carry_tax() -> None:
    sandbox = opened()
    set_up = control(sandbox, "POST", "quickbooks/company", {
        "name": "Fjord", "country": "CA", "sales_tax": "manual", "street": "1 Bay St", "city": "Toronto",
        "state": "ON", "postal_code": "M5J"})
    assert (set_up["country"], set_up["currency"], set_up["sales_tax"]) == ("CA", "CAD", "manual")
    assert control(sandbox, "GET", "quickbooks/company") == set_up
    info = told(books(sandbox, "GET", f"companyinfo/{REALM.rpartition('/')[2]}"))["CompanyInfo"]
    assert (info["CompanyName"], info["Country"], info["CompanyAddr"]["City"]) == ("Fjord", "CA", "Toronto")
    codes = {row["Name"]: row["Id"] for row in told(books(sandbox, "GET", "query", query="select * from TaxCode"))[
        "QueryResponse"]["TaxCode"]}
    vendor = told(books(sandbox, "POST", "vendor", {"DisplayName": "Elm"}))["Vendor"]["Id"]
    cost = told(books(sandbox, "POST", "account", {"Name": "Cost", "AccountType": "Cost of Goods Sold"}))["Account"]
    bill = told(books(sandbox, "POST", "bill", {"VendorRef": {"value": vendor}, "Line": [
        line_of(cost["Id"], TaxCodeRef={"value": codes["HST ON"]})]}))["Bill"]
    assert (bill["TotalAmt"], bill["CurrencyRef"]["value"]) == (113, "CAD")
    status, said = controlled(sandbox, "POST", "quickbooks/company", {"country": "US"})
    assert status == 400
    assert "country can't become 'US': 1 documents are entered" in said["error"]


def test_tax_turned_on_in_a_company_with_documents_taxes_the_next_sale_by_its_state(office: Office) -> None:
    office.bill(office.cost_line("10.00"))
    office.service.set_up({"sales_tax": "automated", "tax_states": {"OH": "5.75"}, "state": "OH"})
    taxed = {"CustomerRef": {"value": office.owner}, "Line": [
        {"Amount": 100, "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": {
            "ItemRef": {"value": office.item}, "TaxCodeRef": {"value": "TAX"}}}]}
    assert office.create("Invoice", taxed)["TotalAmt"] == 105.75
    office.service.set_up({"tax_states": {"OH": "5.75", "PA": "6"}})
    in_pennsylvania = office.create("Invoice", {**taxed, "ShipAddr": {"CountrySubDivisionCode": "PA"}})
    assert in_pennsylvania["TotalAmt"] == 106
    office.service.set_up({"sales_tax": "off"})
    assert office.create("Invoice", taxed)["TotalAmt"] == 100
    assert office.read("Invoice", in_pennsylvania["Id"])["TotalAmt"] == 106
    assert office.in_balance()


def test_what_the_owner_sets_up_goes_before_what_a_client_wrote_and_is_changed_data(office: Office) -> None:
    held = office.call("GET", "preferences")["Preferences"]
    office.call("POST", "preferences", {"Id": "1", "SyncToken": held["SyncToken"], "sparse": True,
                                        "AccountingInfoPrefs": {"ClassTrackingPerTxnLine": False}})
    info = office.call("GET", f"companyinfo/{office.service.realm_id}")["CompanyInfo"]
    office.call("POST", "companyinfo", {"Id": "1", "SyncToken": info["SyncToken"], "sparse": True,
                                        "CompanyName": "Fir", "CompanyAddr": {"Line1": "9 Fir St", "City": "Salem"}})
    office.service.set_up({"class_tracking": True, "name": "Yew", "street": "2 Yew St", "fiscal_year_starts": 7})
    assert office.call("GET", "preferences")["Preferences"]["AccountingInfoPrefs"]["ClassTrackingPerTxnLine"] is True
    since = office.kit.clock.now().isoformat()
    [moved] = office.call("GET", "cdc", entities="CompanyInfo", changedSince=since)["CDCResponse"][0][
        "QueryResponse"][0]["CompanyInfo"]
    assert (moved["CompanyName"], moved["CompanyAddr"]["Line1"], moved["CompanyAddr"]["City"],
            moved["FiscalYearStartMonth"]) == ("Yew", "2 Yew St", "Salem", "July")
    again = office.call("POST", "companyinfo", {"SyncToken": moved["SyncToken"], "sparse": True, "LegalName": "Yew"})
    assert again["CompanyInfo"]["CompanyName"] == "Yew"


def test_each_part_of_the_set_up_has_its_effect(office: Office) -> None:
    office.service.set_up({"custom_numbers": False, "custom_sales_numbers": False, "multicurrency": True,
                           "order_fields": ["Crew"], "sales_fields": ["Gate"], "start_date": "2025-02-03"})
    assert office.order(office.cost_line("1.00"), DocNumber="mine")["DocNumber"] == "1001"
    assert office.create("CompanyCurrency", {"Code": "EUR"})["Name"] == "Euro"
    shown = office.call("GET", "preferences")["Preferences"]
    assert shown["CurrencyPrefs"]["MultiCurrencyEnabled"] is True
    assert shown["SalesFormsPrefs"]["CustomTxnNumbers"] is False
    assert office.order(office.cost_line("1.00"), CustomField=[{"DefinitionId": "1", "StringValue": "North"}])[
        "CustomField"][0]["Name"] == "Crew"
    office.service.set_up({"edition": "Essentials"})
    assert office.refused("PurchaseOrder", {"VendorRef": {"value": office.vendor}, "Line": [office.cost_line("1")]}) \
        == ["5020"]


@pytest.mark.parametrize(("asked", "words"), [
    ({"colour": "red"}, "Unknown key 'colour'; known are name,"),
    ({"country": "FR"}, "country must be US or CA, not 'FR'"), ({"currency": "CAD"}, "currency must be USD where"),
    ({"country": "CA", "sales_tax": "automated"}, "sales_tax must be off or manual where country is CA"),
    ({"sales_tax": True}, "sales_tax must be off, manual or automated, not True"),
    ({"tax_states": {"Ohio": 5}}, "two capital letters"), ({"tax_states": {"OH": "NaN"}}, "0 to 100"),
    ({"tax_states": {"OH": "5.123456"}}, "four decimals"), ({"tax_states": ["OH"]}, "states with their percentages"),
    ({"edition": "Pro"}, "edition must be Essentials, Plus or Advanced"),
    ({"name": ""}, "name must be a text of 1 to"), ({"name": "\ud800"}, "name must be a text"),
    ({"name": 5}, "not 5."), ({"email": "nobody"}, "email must be an e-mail address"),
    ({"start_date": "2026-13-01"}, "start_date must be a day like"),
    ({"start_date": "0001-01-01"}, "from 1900 on"), ({"start_date": "2999-01-01"}, "a day that has come"),
    ({"fiscal_year_starts": 13}, "1 to 12"), ({"fiscal_year_starts": True}, "1 to 12"),
    ({"sales_fields": ["a", "b", "c", "d"]}, "at most three names"), ({"order_fields": "Crew"}, "at most three names"),
    ({"custom_numbers": "yes"}, "custom_numbers must be true or false, not 'yes'")])
def test_a_set_up_that_cannot_be_names_key_value_and_what_it_takes_and_changes_nothing(
        asked: dict[str, Any], words: str) -> None:
    sandbox = opened()
    before = control(sandbox, "GET", "quickbooks/company")
    status, said = controlled(sandbox, "POST", "quickbooks/company", {"phone": "1", **asked})
    assert status == 400
    assert words in said["error"]
    assert control(sandbox, "GET", "quickbooks/company") == before


def test_several_currencies_are_never_turned_off_again(office: Office) -> None:
    office.service.set_up({"multicurrency": True})
    with pytest.raises(ValueError, match="multicurrency must stay true"):
        office.service.set_up({"multicurrency": False})
    with pytest.raises(ValueError, match="several currencies"):
        office.service.set_up({"country": "CA"})


def test_the_set_up_is_in_the_journal_and_comes_back(tmp_path: Path) -> None:
    with closing(Sandbox.start(state=tmp_path)) as sandbox:
        made = control(sandbox, "POST", "quickbooks/company", {"country": "CA", "sales_tax": "manual", "name": "Fjord"})
    with closing(Sandbox.start(state=tmp_path)) as sandbox:
        assert control(sandbox, "GET", "quickbooks/company") == made


def test_a_world_sets_up_its_company_in_its_folder(tmp_path: Path) -> None:
    (tmp_path / "company.toml").write_text(
        'name = "Fir"\nsales_tax = "automated"\nstate = "OH"\nclass_tracking = false\nstart_date = 2020-02-03\n'
        'sales_fields = ["Crew"]\nwarn_duplicate_bills = false\n[tax_states]\nOH = "5.75"\n')
    profile = Sandbox.start(world=str(tmp_path)).quickbooks.company.profile
    assert (profile.name, profile.class_tracking, profile.start_date, profile.sales_fields) == (
        "Fir", False, "2020-02-03", ("Crew",))
    assert setup.shown(profile)["tax_states"] == {"OH": "5.75"}
    (tmp_path / "company.toml").write_text('name = "Fir"\nsales_tax = "sometimes"\n')
    with pytest.raises(SandboxError, match="sales_tax must be off, manual or automated, not 'sometimes'"):
        Sandbox.start(world=str(tmp_path))


def test_a_job_becomes_a_project_on_a_page_only_and_is_read_as_one(office: Office) -> None:
    before = office.change("Customer", office.read("Customer", office.job), {"IsProject": True})
    assert before["IsProject"] is False
    office.service.set_project(office.job, is_project=True)
    project = office.read("Customer", office.job)
    assert (project["IsProject"], project["Job"], project["ParentRef"]) == (True, True, {"value": office.owner})
    assert int(project["SyncToken"]) == int(before["SyncToken"]) + 1
    assert office.create("Customer", {**project, "IsProject": False})["IsProject"] is True
    assert office.rows(f"select * from Customer where Id = '{office.job}'")[0]["IsProject"] is True
    office.service.set_project(office.job, is_project=False)
    assert office.read("Customer", office.job)["IsProject"] is False


def test_what_cannot_be_a_project_is_refused_with_the_reason(office: Office) -> None:
    below = office.create("Customer", {"DisplayName": "Wing", "Job": True, "ParentRef": {"value": office.job}})
    for customer, words in ((office.owner, "right below a customer"), (below["Id"], "right below a customer"),
                            ("999", "id of an active customer")):
        with pytest.raises(ValueError, match=words):
            office.service.set_project(customer, is_project=True)
    office.service.set_up({"edition": "Essentials"})
    with pytest.raises(ValueError, match="Essentials has no projects"):
        office.service.set_project(office.job, is_project=True)
    named = office.call("GET", "preferences")["Preferences"]["OtherPrefs"]["NameValue"]
    assert {"Name": "ProjectsEnabled", "Value": "false"} in named


def test_the_project_control_refuses_nonsense_and_is_in_the_journal(tmp_path: Path) -> None:
    with closing(Sandbox.start(state=tmp_path)) as sandbox:
        owner = told(books(sandbox, "POST", "customer", {"DisplayName": "Oak"}))["Customer"]["Id"]
        job = told(books(sandbox, "POST", "customer", {
            "DisplayName": "24-017", "Job": True, "ParentRef": {"value": owner}}))["Customer"]["Id"]
        assert control(sandbox, "POST", "quickbooks/projects", {"customer_id": job})["IsProject"] is True
        for asked, words in (({"customer_id": job, "is_project": 1}, "true or false"), ({}, "customer_id"),
                             ({"customer_id": ["1"]}, "customer_id"), ({"job": job}, "Unknown key 'job'")):
            status, said = controlled(sandbox, "POST", "quickbooks/projects", asked)
            assert (status, words in said["error"]) == (400, True)
    with closing(Sandbox.start(state=tmp_path)) as sandbox:
        assert told(books(sandbox, "GET", f"customer/{job}"))["Customer"]["IsProject"] is True


def test_every_field_of_the_profile_can_be_set_up_and_the_page_tells_of_each_and_of_every_switch() -> None:
    held = {name for name in CompanyProfile.__slots__ if name != "address"}
    assert held | set(setup.ADDRESS) == set(setup.FIELDS)
    switches = Office().service.set_switches({})
    assert list(switches) == list(setup.SWITCHES)
    for table in setup.told(switches):
        assert table in PAGE
