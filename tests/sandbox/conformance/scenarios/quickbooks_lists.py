"""Names, items, accounts and the lists beside them (qbo.md 11)."""
from __future__ import annotations

from tests.sandbox.conformance.lives import life
from tests.sandbox.quickbooks_online.office import Office


def names(office: Office) -> None:
    person = {"GivenName": "Ann", "FamilyName": "Lee", "PrimaryPhone": {"FreeFormNumber": "555-0100"},
              "PrimaryEmailAddr": {"Address": "ann@example.com"}}
    address = {"Line1": "1 Elm St", "City": "Salem", "CountrySubDivisionCode": "OR", "PostalCode": "97301"}
    customer = life(office, "Customer", {"DisplayName": "Harbor School", "BillAddr": address, **person},
                    {"Notes": "Call first"})
    life(office, "Customer", {"DisplayName": "24-101 Gym", "Job": True, "BillWithParent": True,
                              "ParentRef": {"value": customer["Id"]}}, {"Notes": "Roof first"})
    vendor = life(office, "Vendor", {"DisplayName": "Pine Framing", "BillAddr": address, "TaxIdentifier": "12-3456789",
                                     "Vendor1099": True, "TermRef": {"value": office.net30}, **person},
                  {"AcctNum": "A-9"})
    office.change("Vendor", vendor, {"Active": False})
    life(office, "Employee", {"GivenName": "Rosa", "FamilyName": "Diaz"}, {"PrimaryAddr": address})
    assert office.refused("Vendor", {"DisplayName": "Harbor School"}) == ["6240"]
    assert office.refused("Customer", {"DisplayName": "A:B"})


def items_and_accounts(office: Office) -> None:
    account = life(office, "Account", {"Name": "Site Costs", "AccountType": "Cost of Goods Sold", "AcctNum": "5200"},
                   {"Description": "What a site needs"})
    life(office, "Item", {"Name": "01-500.O", "Type": "Service", "ExpenseAccountRef": {"value": account["Id"]},
                          "IncomeAccountRef": {"value": office.income}}, {"Description": "Temporary works"})
    category = office.create("Item", {"Name": "01 General", "Type": "Category"})
    office.create("Item", {"Name": "01-700.O", "Type": "Service", "SubItem": True,
                           "ParentRef": {"value": category["Id"]}, "ExpenseAccountRef": {"value": office.cost}})
    assert office.refused("Account", {"Name": "Odd", "AccountType": "Wallet"})
    assert office.refused("Item", {"Name": "No account", "Type": "Service"})


def small_lists(office: Office) -> None:
    life(office, "Class", {"Name": "East"}, {"Name": "East side"})
    life(office, "Department", {"Name": "Yard"}, {"Name": "North yard"})
    life(office, "Term", {"Name": "Net 45", "DueDays": 45}, {"DueDays": 46})
    assert office.refused("Term", {"Name": "Net 30", "DueDays": 30}) == ["6240"]


def a_project(office: Office) -> None:
    office.service.set_project(office.job, is_project=True)
    assert office.read("Customer", office.job)["IsProject"] is True
    office.service.set_up({"edition": "Essentials"})
    office.call("GET", "preferences")


def opening_balances(office: Office) -> None:
    office.create("Vendor", {"DisplayName": "Elm", "Balance": 812.5, "OpenBalanceDate": "2025-12-31"})
    office.create("Customer", {"DisplayName": "Oak", "Balance": 100, "OpenBalanceDate": "2025-12-31"})
    office.rows("select * from Invoice")
    office.rows("select * from Bill")
    assert office.in_balance()
