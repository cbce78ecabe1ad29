"""CompanyInfo and Preferences: what a client may write, and what goes by it."""
from typing import Any

import pytest

from tests.sandbox.quickbooks_online.office import ACCOUNT, ITEM, Office
from tieout.sandbox.quickbooks_online.company import CompanyProfile


def prefer(office: Office, group: str, **chosen: Any) -> Any:
    """A sparse update of one group of preferences."""
    held = office.call("GET", "preferences")["Preferences"]
    answer = office.call("POST", "preferences", {"Id": "1", "SyncToken": held["SyncToken"], "sparse": True,
                                                 group: chosen})
    assert "Preferences" in answer, answer
    return answer["Preferences"]


def by_name(shown: Any) -> dict[str, str]:
    return {pair["Name"]: pair["Value"] for pair in shown["OtherPrefs"]["NameValue"]}


def named(office: Office, name: str, value: str) -> Any:
    return prefer(office, "OtherPrefs", NameValue=[{"Name": name, "Value": value}])


def test_company_info_is_changed_in_part_and_its_token_moves(office: Office) -> None:
    path = f"companyinfo/{office.service.realm_id}"
    held = office.call("GET", path)["CompanyInfo"]
    moved = office.call("POST", "companyinfo", {
        "Id": "1", "SyncToken": held["SyncToken"], "sparse": True, "CompanyName": "Fir Builders",
        "CompanyAddr": {"Line1": "9 Fir St", "City": "Salem", "CountrySubDivisionCode": "OR", "PostalCode": "97301"},
        "WebAddr": {"URI": "https://fir.example"}, "FiscalYearStartMonth": "July"})["CompanyInfo"]
    assert (moved["CompanyName"], moved["CompanyAddr"]["City"], moved["FiscalYearStartMonth"]) == (
        "Fir Builders", "Salem", "July")
    assert (moved["Email"], int(moved["SyncToken"])) == (held["Email"], int(held["SyncToken"]) + 1)
    assert office.call("GET", path)["CompanyInfo"] == moved
    assert office.rows("select * from CompanyInfo") == [moved]
    assert office.order(office.cost_line("1.00"))["ShipAddr"]["Line1"] == "Fir Builders"


def test_what_company_info_cannot_change_is_ignored_and_what_is_wrong_refused(office: Office) -> None:
    body = {"Id": "1", "SyncToken": "4", "sparse": True}
    kept = office.call("POST", "companyinfo", {**body, "Country": "FR", "CompanyStartDate": "1999-01-01"})
    assert (kept["CompanyInfo"]["Country"], kept["CompanyInfo"]["CompanyStartDate"]) == ("US", "2024-01-02")
    for sent, code in (({**body, "SyncToken": "5", "Colour": "red"}, "2010"), (body, "5010"),
                       ({**body, "SyncToken": "5", "PrimaryPhone": {"FreeFormNumber": "5" * 21}}, "2050"),
                       ({"Id": "1", "SyncToken": "5"}, "2020"), ({"Id": "1", "sparse": True}, "2020")):
        assert office.call("POST", "companyinfo", sent)["Fault"]["Error"][0]["code"] == code


def test_the_day_of_the_first_document_is_told_when_asked_for(office: Office) -> None:
    office.bill(office.cost_line("1.00"), TxnDate="2025-11-03")
    office.bill(office.cost_line("1.00"), TxnDate="2025-10-03")
    path = f"companyinfo/{office.service.realm_id}"
    asked = office.call("GET", path, include="firsttxndate")["CompanyInfo"]["NameValue"]
    assert {"Name": "FirstTxnDate", "Value": "2025-10-03"} in asked
    assert office.call("GET", path)["CompanyInfo"]["NameValue"] == [p for p in asked if p["Name"] != "FirstTxnDate"]


def test_a_preference_is_changed_and_one_that_the_owner_sets_is_not(office: Office) -> None:
    shown = prefer(office, "AccountingInfoPrefs", CustomerTerminology="Clients", BookCloseDate="2025-12-31")
    assert shown["AccountingInfoPrefs"]["CustomerTerminology"] == "Clients"
    assert "BookCloseDate" not in shown["AccountingInfoPrefs"]
    assert prefer(office, "CurrencyPrefs", MultiCurrencyEnabled=True)["CurrencyPrefs"]["MultiCurrencyEnabled"] is False
    assert prefer(office, "TaxPrefs", UsingSalesTax=True)["TaxPrefs"] == {"UsingSalesTax": False}
    assert office.call("GET", "preferences")["Preferences"]["SyncToken"] == "9"


def test_a_full_update_takes_back_what_it_leaves_out(office: Office) -> None:
    prefer(office, "AccountingInfoPrefs", CustomerTerminology="Clients")
    whole = office.call("POST", "preferences", {"Id": "1", "SyncToken": "7",
                                                "SalesFormsPrefs": {"AllowDeposit": False}})
    assert whole["Preferences"]["AccountingInfoPrefs"]["CustomerTerminology"] == "Customers"
    assert whole["Preferences"]["SalesFormsPrefs"]["AllowDeposit"] is False


@pytest.mark.parametrize(("change", "code"), [
    ({"SyncToken": "5"}, "5010"), ({"SyncToken": None}, "2020"), ({"Colour": "red"}, "2010"),
    ({"AccountingInfoPrefs": {"UseAccountNumbers": "perhaps"}}, "2010"),
    ({"AccountingInfoPrefs": {"ClassTrackingPerTxn": True}}, "6000"),
    ({"ReportPrefs": {"ReportBasis": "Feelings"}}, "2170"),
    ({"SalesFormsPrefs": {"DefaultTerms": {"value": "999"}}}, "2500"),
    ({"OtherPrefs": {"NameValue": [{"Name": "WarnDuplicateCheckNumber", "Value": "maybe"}]}}, "2230")])
def test_preferences_that_cannot_be_are_refused(office: Office, change: Any, code: str) -> None:
    before = office.call("GET", "preferences")["Preferences"]
    answer = office.call("POST", "preferences", {"Id": "1", "SyncToken": "6", "sparse": True, **change})
    assert answer["Fault"]["Error"][0]["code"] == code
    assert office.call("GET", "preferences")["Preferences"] == before


def test_a_change_of_preferences_is_changed_data(office: Office) -> None:
    asked = {"entities": "Preferences,CompanyInfo", "changedSince": office.kit.clock.now().isoformat()}
    assert office.call("GET", "cdc", **asked)["CDCResponse"][0]["QueryResponse"] == [{}, {}]
    shown = prefer(office, "ReportPrefs", ReportBasis="Cash")
    assert office.call("GET", "cdc", **asked)["CDCResponse"][0]["QueryResponse"][0]["Preferences"] == [shown]


# -- what goes by them -------------------------------------------------------------------------------------------------


def test_a_class_stays_where_the_company_tracks_it_and_is_left_out_elsewhere(office: Office) -> None:
    west = {"value": office.create("Class", {"Name": "West"})["Id"]}
    line = office.cost_line("10.00")
    line[ITEM]["ClassRef"] = west
    order = {"VendorRef": {"value": office.vendor}, "Line": [line], "ClassRef": west}
    by_line = office.create("PurchaseOrder", order)
    assert (by_line["Line"][0][ITEM]["ClassRef"]["name"], "ClassRef" in by_line) == ("West", False)
    prefer(office, "AccountingInfoPrefs", ClassTrackingPerTxn=True, ClassTrackingPerTxnLine=False)
    by_form = office.create("PurchaseOrder", order)
    assert (by_form["ClassRef"]["name"], "ClassRef" in by_form["Line"][0][ITEM]) == ("West", False)
    prefer(office, "AccountingInfoPrefs", ClassTrackingPerTxn=False)
    assert office.refused("Class", {"Name": "East"}) == ["6000"]


def test_without_locations_a_location_is_left_out_and_none_can_be_made(office: Office) -> None:
    yard = {"value": office.create("Department", {"Name": "Yard"})["Id"]}
    assert office.bill(office.cost_line("1.00"), DepartmentRef=yard)["DepartmentRef"]["name"] == "Yard"
    prefer(office, "AccountingInfoPrefs", TrackDepartments=False)
    assert "DepartmentRef" not in office.bill(office.cost_line("1.00"), DepartmentRef=yard)
    assert office.refused("Department", {"Name": "Shop"}) == ["6000"]


def test_without_customers_on_purchases_a_line_has_none_and_nothing_is_billable(office: Office) -> None:
    line = office.cost_line("1.00")
    line[ITEM]["BillableStatus"] = "Billable"
    assert office.bill(line)["Line"][0][ITEM]["BillableStatus"] == "Billable"
    prefer(office, "VendorAndPurchasesPrefs", BillableExpenseTracking=False)
    assert office.bill(line)["Line"][0][ITEM]["BillableStatus"] == "NotBillable"
    prefer(office, "VendorAndPurchasesPrefs", TrackingByCustomer=False)
    bare = office.account_line("1.00")
    assert "CustomerRef" not in office.bill(bare)["Line"][0][ACCOUNT]


def test_without_account_numbers_a_number_is_left_out(office: Office) -> None:
    prefer(office, "AccountingInfoPrefs", UseAccountNumbers=False)
    made = office.create("Account", {"Name": "Fuel", "AccountType": "Expense", "AcctNum": "6100"})
    assert "AcctNum" not in made


def test_numbers_are_the_companys_own_unless_it_prefers_the_clients(office: Office) -> None:
    named(office, "VendorAndPurchasesPrefs.UseCustomTxnNumbers", "false")
    assert office.order(office.cost_line("1.00"), DocNumber="MINE")["DocNumber"] == "1001"
    sale = {"Amount": 5, "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": {
        "ItemRef": {"value": office.item}}}
    invoice = {"CustomerRef": {"value": office.owner}, "Line": [sale], "DocNumber": "MINE"}
    assert office.create("Invoice", invoice)["DocNumber"] == "MINE"
    prefer(office, "SalesFormsPrefs", CustomTxnNumbers=False)
    assert office.create("Invoice", invoice)["DocNumber"] != "MINE"


def test_who_is_not_warned_may_use_a_check_number_a_journal_number_or_a_bill_number_twice(office: Office) -> None:
    def twice(entity: str, body: Any) -> list[str]:
        office.create(entity, body)
        answer = office.post(entity, body)
        return [error["code"] for error in answer.get("Fault", {}).get("Error", [])]

    check = {"PaymentType": "Check", "AccountRef": {"value": office.checking}, "DocNumber": "101",
             "Line": [office.account_line("1.00")]}
    bill = {"VendorRef": {"value": office.vendor}, "DocNumber": "7", "Line": [office.account_line("1.00")]}
    assert (twice("Purchase", check), twice("Bill", bill)) == (["6140"], ["6140"])
    assert by_name(named(office, "WarnDuplicateCheckNumber", "false"))["WarnDuplicateCheckNumber"] == "false"
    assert office.service.set_switches({"warn_duplicate_bills": False})["warn_duplicate_bills"] is False
    assert (twice("Purchase", {**check, "DocNumber": "102"}), twice("Bill", {**bill, "DocNumber": "8"})) == ([], [])


def test_a_switch_of_the_control_endpoint_overrides_what_a_client_chose(office: Office) -> None:
    named(office, "VendorAndPurchasesPrefs.UseCustomTxnNumbers", "false")
    assert office.service.set_switches({"custom_numbers": True})["custom_numbers"] is True
    assert office.order(office.cost_line("1.00"), DocNumber="MINE")["DocNumber"] == "MINE"


def test_an_order_has_the_custom_fields_that_the_company_defines() -> None:
    office = Office()
    office.service.set_profile(CompanyProfile(order_fields=("Crew", "Gate")))
    office.furnish()
    defined = office.call("GET", "preferences")["Preferences"]["VendorAndPurchasesPrefs"]["POCustomField"]
    assert {"Name": "PurchasePrefs.PurchaseCustomName2", "Type": "StringType", "StringValue": "Gate"} in \
        defined[1]["CustomField"]
    order = office.order(office.cost_line("1.00"), CustomField=[{"DefinitionId": "2", "StringValue": "North"}])
    assert order["CustomField"] == [{"DefinitionId": "1", "Name": "Crew", "Type": "StringType"},
                                    {"DefinitionId": "2", "Name": "Gate", "Type": "StringType", "StringValue": "North"}]
    body = {"VendorRef": {"value": office.vendor}, "Line": [office.cost_line("1.00")]}
    for definition in ("3", "x", ""):
        assert office.refused("PurchaseOrder", {**body, "CustomField": [
            {"DefinitionId": definition, "StringValue": "?"}]}) == ["3000"]
    assert office.refused("PurchaseOrder", {**body, "CustomField": [
        {"DefinitionId": "1", "StringValue": "x" * 32}]}) == ["2050"]
