"""Rules of names, items and accounts beyond the first: opening balances, formats, merges."""
from typing import Any

import pytest

from tests.sandbox.quickbooks_online.office import ITEM, Office
from tieout.sandbox.quickbooks_online.company import CompanyProfile
from tieout.sandbox.quickbooks_online.merging import merge_names
from tieout.sandbox.quickbooks_online.refusals import Refused


def merged(office: Office, entity: str, lost: str, kept: str) -> Any:
    return merge_names(office.service.company, entity, lost, kept, office.kit.clock.now())


# -- accounts ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "amount", "balance"), [("Bank", 500, 500), ("Credit Card", 300, -300),
                                                         ("Bank", -20, -20)])
def test_an_opening_balance_is_booked_against_opening_balance_equity(office: Office, kind: str, amount: int,
                                                                     balance: int) -> None:
    made = office.create("Account", {"Name": "Opened", "AccountType": kind, "OpeningBalance": amount,
                                     "OpeningBalanceDate": "2026-01-01"})
    assert (office.balance(made["Id"]), office.balance("37")) == (balance, -balance)
    assert office.in_balance()


@pytest.mark.parametrize(("change", "code"), [
    ({"OpeningBalanceDate": None}, "6060"), ({"AccountType": "Expense"}, "6000"),
    ({"AccountType": "Accounts Payable"}, "6000")])
def test_an_opening_balance_that_cannot_be_leaves_no_account(office: Office, change: Any, code: str) -> None:
    body = {"Name": "Opened", "AccountType": "Bank", "OpeningBalance": 5, "OpeningBalanceDate": "2026-01-01", **change}
    assert office.refused("Account", body) == [code]
    assert office.rows("select * from Account where Name = 'Opened'") == []


def test_an_opening_balance_in_a_closed_period_is_refused(office: Office) -> None:
    from datetime import date
    office.service.set_closing_date(date(2026, 1, 31))
    assert office.refused("Account", {"Name": "Opened", "AccountType": "Bank", "OpeningBalance": 5,
                                      "OpeningBalanceDate": "2026-01-01"}) == ["6200"]
    assert office.rows("select * from Account where Name = 'Opened'") == []


def test_undeposited_funds_and_equity_accounts_of_quickbooks_have_no_family(office: Office) -> None:
    for parent, kind in (("36", "Other Current Asset"), ("38", "Equity")):
        assert office.refused("Account", {"Name": "Below", "AccountType": kind,
                                          "ParentRef": {"value": parent}}) == ["700"]


def test_a_sub_type_belongs_to_its_type(office: Office) -> None:
    assert office.create("Account", {"Name": "Truck", "AccountSubType": "Vehicles"})["AccountType"] == "Fixed Asset"
    for subtype in ("Checking", "Wallet"):
        assert office.refused("Account", {"Name": "Odd", "AccountType": "Expense",
                                          "AccountSubType": subtype}) == ["2170"]


def test_an_account_number_may_be_longer_in_canada(office: Office) -> None:
    body = {"Name": "Fuel", "AccountType": "Expense", "AcctNum": "61000000"}
    assert office.refused("Account", body) == ["2050"]
    office.service.set_profile(CompanyProfile(country="CA", currency="CAD"))
    assert office.create("Account", body)["AcctNum"] == "61000000"


# -- names -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("body", "code"), [
    ({"PrimaryEmailAddr": {"Address": "nobody"}}, "2210"), ({"WebAddr": {"URI": "not a page"}}, "2200"),
    ({"BillAddr": {f"Line{n}": "x" * 401 for n in range(1, 6)}}, "2050"),
    ({"PrimaryPhone": {"FreeFormNumber": "5" * 31}}, "2050"), ({"Notes": "x" * 2001}, "2050")])
def test_addresses_have_their_form_and_length(office: Office, body: Any, code: str) -> None:
    assert office.refused("Customer", {"DisplayName": "Formed", **body}) == [code]


def test_several_mail_addresses_stand_with_commas_between_them(office: Office) -> None:
    made = office.create("Customer", {"DisplayName": "Two", "PrimaryEmailAddr": {"Address": "a@b.example, c@d.example"},
                                      "WebAddr": {"URI": "www.two.example"}})
    assert made["PrimaryEmailAddr"]["Address"] == "a@b.example, c@d.example"


def test_an_employee_has_a_given_or_a_family_name_and_a_number_that_is_never_shown(office: Office) -> None:
    assert office.refused("Employee", {"DisplayName": "Just a name"}) == ["6080"]
    assert office.refused("Employee", {"GivenName": "Ann", "BillRate": 50}) == ["6000"]
    made = office.create("Employee", {"GivenName": "Ann", "SSN": "123-45-6789", "BillableTime": True, "BillRate": 50})
    assert made["SSN"] == "XXX-XX-XXXX"
    office.create("Employee", {**made, "FamilyName": "Lee"})
    assert office.service.company.records["Employee"][made["Id"]].body["SSN"] == "123-45-6789"


def test_a_customers_tax_number_shows_its_last_five_digits(office: Office) -> None:
    made = office.create("Customer", {"DisplayName": "Taxed", "PrimaryTaxIdentifier": "123456789"})
    assert made["PrimaryTaxIdentifier"] == "XXXX56789"


def test_who_a_job_bills_with_is_settled_by_its_first_invoice(office: Office) -> None:
    assert office.refused("Customer", {"DisplayName": "Alone", "BillWithParent": True}) == ["6150"]
    job = office.change("Customer", office.read("Customer", office.job), {"BillWithParent": True})
    office.create("Invoice", {"CustomerRef": {"value": office.job}, "Line": [
        {"Amount": 5, "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": {
            "ItemRef": {"value": office.item}}}]})
    assert office.refused("Customer", {"Id": job["Id"], "SyncToken": job["SyncToken"], "sparse": True,
                                       "BillWithParent": False}) == ["6130"]


def test_a_customer_with_unbilled_charges_stays_active(office: Office) -> None:
    line = office.cost_line("10.00")
    line[ITEM]["BillableStatus"] = "Billable"
    bill = office.bill(line)
    job = office.read("Customer", office.job)
    assert office.refused("Customer", {**job, "Active": False}) == ["6280"]
    office.delete("Bill", bill)
    assert office.change("Customer", office.read("Customer", office.job), {"Active": False})["Active"] is False


def test_a_renamed_parent_renames_the_path_of_everything_below(office: Office) -> None:
    office.change("Customer", office.read("Customer", office.owner), {"DisplayName": "Elm Health"})
    assert office.read("Customer", office.job)["FullyQualifiedName"] == "Elm Health:24-017 Clinic"
    division = office.create("Item", {"Name": "03 Concrete", "Type": "Category"})
    item = office.change("Item", office.read("Item", office.item), {"SubItem": True,
                                                                    "ParentRef": {"value": division["Id"]}})
    office.change("Item", division, {"Name": "03 Beton"})
    assert office.read("Item", item["Id"])["FullyQualifiedName"] == "03 Beton:03-300.S"


def test_prices_terms_and_payment_methods_keep_within_bounds(office: Office) -> None:
    item = {"Name": "Dear", "Type": "Service", "IncomeAccountRef": {"value": office.income}}
    assert office.refused("Item", {**item, "UnitPrice": 100_000_000_000}) == ["2240"]
    assert office.refused("Term", {"Name": "Both", "DueDays": 5, "DayOfMonthDue": 1}) == ["2600"]
    assert office.refused("Term", {"Name": "x" * 32, "DueDays": 5}) == ["2050"]
    assert office.refused("PaymentMethod", {"Name": "x" * 32}) == ["2050"]
    assert office.create("PaymentMethod", {"Name": "Wire"})["Type"] == "NON_CREDIT_CARD"


# -- merges ------------------------------------------------------------------------------------------------------------


def test_merged_vendors_are_one_vendor_with_the_papers_of_both(office: Office) -> None:
    order = office.order(office.cost_line("100.00"))
    bill = office.bill(office.cost_line("60.00"))
    other = office.bill(office.cost_line("5.00"), VendorRef={"value": office.other_vendor})
    paid = office.pay("20.00", (bill, "20.00"))
    merged(office, "Vendor", office.vendor, office.other_vendor)
    assert office.call("GET", f"vendor/{office.vendor}")["Fault"]["Error"][0]["code"] == "610"
    assert office.read("Vendor", office.other_vendor)["Balance"] == 45
    for entity, shown in (("PurchaseOrder", order), ("Bill", bill), ("Bill", other), ("BillPayment", paid)):
        assert office.read(entity, shown["Id"])["VendorRef"] == {"value": office.other_vendor,
                                                                 "name": "Elm Street Concrete"}
    assert len(office.rows(f"select * from Bill where VendorRef = '{office.other_vendor}'")) == 2
    assert office.in_balance()
    assert office.create("Vendor", {"DisplayName": "Norton Lumber"})["Id"] != office.vendor
    left = office.pay("40.00", (office.read("Bill", bill["Id"]), "40.00"), VendorRef={"value": office.other_vendor})
    assert left["TotalAmt"] == 40


def test_a_merged_customer_brings_its_jobs_and_a_merge_is_changed_data(office: Office) -> None:
    kept = office.create("Customer", {"DisplayName": "Elm Health"})["Id"]
    line = office.cost_line("10.00")
    bill = office.bill(line)
    merged(office, "Customer", office.owner, kept)
    assert office.read("Customer", office.job)["FullyQualifiedName"] == "Elm Health:24-017 Clinic"
    assert office.read("Bill", bill["Id"])["Line"][0][ITEM]["CustomerRef"]["name"] == "Elm Health:24-017 Clinic"
    changed = office.call("GET", "cdc", entities="Customer", changedSince=office.kit.clock.now().isoformat())
    [found] = changed["CDCResponse"][0]["QueryResponse"]
    assert {"Id": office.owner, "status": "Deleted"}.items() <= next(
        row for row in found["Customer"] if row["Id"] == office.owner).items()


def test_merged_accounts_add_up_and_their_items_post_to_the_one_that_stays(office: Office) -> None:
    kept = office.account("Job Costs", "Cost of Goods Sold")
    office.bill(office.cost_line("10.00"), office.account_line("5.00"), office.account_line("2.00", kept))
    merged(office, "Account", office.cost, kept)
    assert (office.balance(kept), office.balance(office.cost)) == (17, 0)
    office.bill(office.cost_line("1.00"))
    assert office.balance(kept) == 18
    assert office.in_balance()


@pytest.mark.parametrize(("entity", "lost", "kept", "code"), [
    ("Vendor", "vendor", "vendor", "6000"), ("Vendor", "vendor", "999", "610"), ("Customer", "owner", "job", "6000"),
    ("Account", "cost", "income", "6000"), ("Account", "payable", "payable", "6000"), ("Bill", "1", "2", "500")])
def test_what_cannot_be_merged_is_refused_and_changes_nothing(office: Office, entity: str, lost: str, kept: str,
                                                              code: str) -> None:
    office.bill(office.cost_line("10.00"))
    before = office.service.company.trial_balance()
    with pytest.raises(Refused) as refused:
        merged(office, entity, getattr(office, lost, lost), getattr(office, kept, kept))
    assert [wrong.code for wrong in refused.value.wrongs] == [code]
    assert office.service.company.trial_balance() == before
