"""Tax, currency, settings and the small lists (qbo.md 10.7, 11)."""
from __future__ import annotations

from decimal import Decimal

from tests.sandbox.conformance.lives import life
from tests.sandbox.quickbooks_online.office import ACCOUNT, Office
from tieout.sandbox.quickbooks_online.company import CompanyProfile

CANADA = CompanyProfile(country="CA", currency="CAD", sales_tax="manual", address=("1 Bay St", "Toronto", "ON", "M5J"))


def payment_methods(office: Office) -> None:
    life(office, "PaymentMethod", {"Name": "Wire"}, {"Type": "NON_CREDIT_CARD"})
    assert office.refused("PaymentMethod", {"Name": "Wire", "Type": "SHELLS"}) == ["2170"]


def sales_tax(office: Office) -> None:
    office.service.set_profile(CompanyProfile(sales_tax="manual"))
    agency = office.create("TaxAgency", {"DisplayName": "State Board"})
    assert office.read("TaxAgency", agency["Id"]) == office.rows("select * from TaxAgency")[0]
    made = office.call("POST", "taxservice/taxcode", {"TaxCode": "Local", "TaxRateDetails": [
        {"TaxRateName": "State", "RateValue": 6.5, "TaxAgencyId": agency["Id"], "TaxApplicableOn": "Sales"}]})
    office.read("TaxCode", made["TaxCodeId"])
    office.read("TaxRate", made["TaxRateDetails"][0]["TaxRateId"])
    office.create("Invoice", {"CustomerRef": {"value": office.owner}, "Line": [
        {"Amount": 100, "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": {
            "ItemRef": {"value": office.item}, "TaxCodeRef": {"value": "TAX"}}}]})


def tax_in_canada(office: Office) -> None:
    office.service.set_profile(CANADA)
    codes = {row["Name"]: row["Id"] for row in office.rows("select * from TaxCode")}
    office.rows("select * from TaxRate")
    for way in ("TaxExcluded", "TaxInclusive"):
        line = office.account_line("113.00")
        line[ACCOUNT]["TaxCodeRef"] = {"value": codes["HST ON"]}
        office.bill(line, GlobalTaxCalculation=way)
    taxed = {"PostingType": "Debit", "AccountRef": {"value": office.cost}, "TaxApplicableOn": "Purchase",
             "TaxCodeRef": {"value": codes["GST"]}, "TaxAmount": 5}
    paid = {"PostingType": "Credit", "AccountRef": {"value": office.checking}}
    office.create("JournalEntry", {"Line": [
        {"Amount": 100, "DetailType": "JournalEntryLineDetail", "JournalEntryLineDetail": taxed},
        {"Amount": 105, "DetailType": "JournalEntryLineDetail", "JournalEntryLineDetail": paid}]})


def company_info_and_preferences(office: Office) -> None:
    held = office.call("GET", f"companyinfo/{office.service.realm_id}", include="firsttxndate")["CompanyInfo"]
    changed = office.call("POST", "companyinfo", {**held, "CompanyName": "Fir Builders"})["CompanyInfo"]
    office.call("POST", "companyinfo", {"SyncToken": changed["SyncToken"], "sparse": True, "LegalName": "Fir Inc."})
    held = office.call("GET", "preferences")["Preferences"]
    changed = office.call("POST", "preferences", held)["Preferences"]
    office.call("POST", "preferences", {"SyncToken": changed["SyncToken"], "sparse": True, "SalesFormsPrefs": {
        "AllowDeposit": False}})
    office.service.set_profile(CompanyProfile(sales_fields=("Crew",), order_fields=("Crew", "Gate")))
    office.call("GET", "preferences")
    office.order(office.cost_line("1.00"), CustomField=[{"DefinitionId": "1", "StringValue": "North"}])
    office.call("GET", "cdc", entities="CompanyInfo,Preferences", changedSince=office.kit.clock.now().isoformat())


def a_company_set_up_while_it_is_used(office: Office) -> None:
    office.bill(office.cost_line("10.00"))
    office.service.set_up({"name": "Yew Builders", "sales_tax": "automated", "tax_states": {"OH": "5.75"},
                           "state": "OH", "custom_sales_numbers": False, "order_fields": ["Crew"]})
    office.call("GET", f"companyinfo/{office.service.realm_id}")
    office.call("GET", "preferences")
    office.rows("select * from TaxCode")
    office.rows("select * from TaxRate")
    invoice = office.create("Invoice", {"CustomerRef": {"value": office.owner}, "Line": [
        {"Amount": 100, "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": {
            "ItemRef": {"value": office.item}, "TaxCodeRef": {"value": "TAX"}}}]})
    assert invoice["TotalAmt"] == Decimal("105.75")


def currencies(office: Office) -> None:
    office.service.set_profile(CompanyProfile(multicurrency=True))
    euro = office.create("CompanyCurrency", {"Code": "EUR"})
    assert office.read("CompanyCurrency", euro["Id"]) == office.rows("select * from CompanyCurrency")[0]
    whole = office.create("CompanyCurrency", euro)
    office.change("CompanyCurrency", whole, {"Active": False})
    office.call("GET", "cdc", entities="CompanyCurrency", changedSince=office.kit.clock.now().isoformat())
    office.call("POST", "exchangerate", {"SourceCurrencyCode": "EUR", "Rate": 1.1, "AsOfDate": "2026-01-01"})
    office.call("GET", "exchangerate", sourcecurrencycode="EUR", asofdate="2026-02-01")


def what_is_not_played(office: Office) -> None:
    for statement in ("select * from Budget", "select * from CustomerType"):
        assert office.raw("GET", f"{office.base}/query", query=statement).status == 501
    assert office.raw("GET", f"{office.base}/cdc", entities="Budget", changedSince="2026-03-01").status == 501
    assert office.raw("GET", f"{office.base}/budget/1").status == 501
