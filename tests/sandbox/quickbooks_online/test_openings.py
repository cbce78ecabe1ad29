"""What a new customer owes and a new vendor is owed from before: opening balances."""
from decimal import Decimal
from typing import Any

import pytest

from tests.sandbox.quickbooks_online.office import Office
from tieout.sandbox.quickbooks_online.company import CompanyProfile

EQUITY = "37"


def test_a_vendors_opening_balance_is_a_bill_against_opening_balance_equity(office: Office) -> None:
    vendor = office.create("Vendor", {"DisplayName": "Elm", "Balance": 812.5, "OpenBalanceDate": "2025-12-31"})
    assert vendor["Balance"] == Decimal("812.5")
    [bill] = office.rows(f"select * from Bill where VendorRef = '{vendor['Id']}'")
    assert (bill["TxnDate"], bill["TotalAmt"], bill["Balance"], bill["PrivateNote"]) == (
        "2025-12-31", Decimal("812.5"), Decimal("812.5"), "Opening Balance")
    assert bill["Line"][0]["AccountBasedExpenseLineDetail"]["AccountRef"]["name"] == "Opening Balance Equity"
    assert (office.balance(EQUITY), office.balance(office.payable)) == (Decimal("812.5"), Decimal("-812.5"))
    paid = office.pay("812.50", (bill, "812.50"), VendorRef={"value": vendor["Id"]})
    assert (paid["TotalAmt"], office.read("Vendor", vendor["Id"])["Balance"]) == (Decimal("812.5"), 0)
    assert office.in_balance()


def test_a_customers_opening_balance_is_an_invoice_and_one_item_serves_them_all(office: Office) -> None:
    first = office.create("Customer", {"DisplayName": "Oak", "Balance": 100})
    second = office.create("Customer", {"DisplayName": "24-018", "Job": True, "ParentRef": {"value": first["Id"]},
                                        "Balance": "50.25", "OpenBalanceDate": "2026-01-31"})
    assert (first["Balance"], second["Balance"]) == (100, Decimal("50.25"))
    assert office.read("Customer", first["Id"])["BalanceWithJobs"] == Decimal("150.25")
    days = {invoice["CustomerRef"]["value"]: invoice["TxnDate"] for invoice in office.rows("select * from Invoice")}
    assert days == {first["Id"]: "2026-03-02", second["Id"]: "2026-01-31"}
    assert len(office.rows("select * from Item where Name = 'Opening Balance'")) == 1
    assert (office.balance(EQUITY), office.balance(office.receivable)) == (Decimal("-150.25"), Decimal("150.25"))
    [invoice] = office.rows(f"select * from Invoice where CustomerRef = '{first['Id']}'")
    assert office.create("Invoice", {**invoice, "CustomerMemo": {"value": "as agreed"}})["TotalAmt"] == 100
    assert office.in_balance()


def test_a_name_in_use_as_an_item_is_left_alone(office: Office) -> None:
    own = office.create("Item", {"Name": "Opening Balance", "Type": "Service",
                                 "IncomeAccountRef": {"value": office.income}})
    office.create("Customer", {"DisplayName": "Oak", "Balance": 100})
    [invoice] = office.rows("select * from Invoice")
    assert invoice["Line"][0]["SalesItemLineDetail"]["ItemRef"]["name"] == "Opening Balance 2"
    assert office.read("Item", own["Id"]) == own
    assert office.balance(office.income) == 0


def test_a_balance_sent_back_in_an_update_moves_nothing(office: Office) -> None:
    for entity in ("Customer", "Vendor"):
        made = office.create(entity, {"DisplayName": f"{entity} of old", "Balance": 10})
        whole = office.create(entity, {**made, "Balance": 99})
        assert office.change(entity, whole, {"Balance": 500, "OpenBalanceDate": "2026-01-01"})["Balance"] == 10
    assert office.create("Employee", {"GivenName": "Ann", "Balance": 5})["DisplayName"] == "Ann"
    assert office.balance(EQUITY) == 0


def test_no_balance_makes_no_document(office: Office) -> None:
    for name, balance in (("A", 0), ("B", None), ("C", "")):
        office.create("Vendor", {"DisplayName": name, "Balance": balance, "OpenBalanceDate": "2025-12-31"})
    assert office.rows("select * from Bill") == []


@pytest.mark.parametrize("entity", ["Customer", "Vendor"])
@pytest.mark.parametrize(("body", "code"), [
    ({"Balance": -5}, "6000"), ({"Balance": "1.005"}, "2140"), ({"Balance": "much"}, "2090"),
    ({"Balance": 5, "OpenBalanceDate": "soon"}, "2060"), ({"Balance": 5, "OpenBalanceDate": "2025-06-30"}, "6200"),
    ({"Balance": 5, "Active": False}, "6000"), ({"Balance": [5]}, "2010"), ({"Balance": 5, "DisplayName": ""}, "6080")])
def test_an_opening_balance_that_cannot_be_is_refused_and_no_name_is_made(
        office: Office, entity: str, body: dict[str, Any], code: str) -> None:
    office.call("GET", "query", query="select * from Vendor")
    office.service.set_closing_date(office.kit.clock.now().date().replace(year=2025, month=12, day=31))
    assert office.refused(entity, {"DisplayName": "Fir", **body}) == [code]
    assert office.rows(f"select * from {entity} where DisplayName = 'Fir'") == []
    assert office.service.company.trial_balance() == {}


def test_in_canada_an_opening_balance_carries_no_tax_and_abroad_it_is_not_played(office: Office) -> None:
    office.service.set_profile(CompanyProfile(country="CA", currency="CAD", sales_tax="manual"))
    for entity in ("Customer", "Vendor"):
        assert office.create(entity, {"DisplayName": f"{entity} of old", "Balance": 113})["Balance"] == 113
    office.service.set_profile(CompanyProfile(multicurrency=True))
    office.create("CompanyCurrency", {"Code": "EUR"})
    assert office.refused("Vendor", {"DisplayName": "Fjord AS", "CurrencyRef": {"value": "EUR"}, "Balance": 5}) \
        == ["5030"]
    assert office.in_balance()


def test_a_company_without_change_orders_says_so_before_it_asks_for_anything(office: Office) -> None:
    assert office.refused("ChangeOrder", {}) == ["5030"]
    office.service.set_switches({"change_orders": True})
    assert "2020" in office.refused("ChangeOrder", {})
