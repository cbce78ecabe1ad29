"""What becomes of documents when the names, items and accounts that they use change afterwards (qbo.md 10.2, 11)."""
from decimal import Decimal
from typing import Any

import pytest

from tests.sandbox.quickbooks_online.office import Office, header_link, linked
from tests.sandbox.quickbooks_online.test_sales import form, link
from tieout.sandbox.quickbooks_online.merging import merge_names


def other_item(office: Office) -> str:
    return str(office.create("Item", {
        "Name": "03-300.L", "Type": "Service", "IncomeAccountRef": {"value": office.income},
        "ExpenseAccountRef": {"value": office.cost}})["Id"])


def written(office: Office, entity: str, id_: str, **changes: Any) -> dict[str, Any]:
    shown = office.read(entity, id_)
    return {"Id": id_, "SyncToken": shown["SyncToken"], "Name": shown["Name"], **changes}


def test_an_invoice_is_read_on_after_its_item_has_lost_the_income_account(office: Office) -> None:
    invoice = form(office, "Invoice", "10.00")
    office.create("Item", written(office, "Item", office.item, Type="Service",
                                  ExpenseAccountRef={"value": office.cost}))
    shown = office.read("Invoice", invoice["Id"])
    assert "ItemAccountRef" not in shown["Line"][0]["SalesItemLineDetail"]
    assert office.refused("Invoice", {**shown, "PrivateNote": "x"}) == ["6000"]
    assert office.in_balance()


def test_an_item_does_not_become_a_category(office: Office) -> None:
    assert office.refused("Item", written(office, "Item", office.item, Type="Category")) == ["6000"]


@pytest.mark.parametrize(("account", "kind", "subtype"), [
    ("34", "Bank", "Checking"), ("33", "Other Current Liability", "LoanPayable"),
    ("36", "Other Current Asset", "PrepaidExpenses"), ("38", "Equity", "OwnersEquity")])
def test_quickbooks_own_accounts_stay_what_they_are(office: Office, account: str, kind: str, subtype: str) -> None:
    changed = written(office, "Account", account, AccountType=kind, AccountSubType=subtype)
    assert office.refused("Account", changed) == ["6000"]
    form(office, "Invoice", "10.00")
    assert office.in_balance()


def test_an_account_that_was_posted_to_keeps_its_type_at_a_balance_of_zero_too(office: Office) -> None:
    used = office.account("Clearing", "Other Current Asset")
    for amount in ("10.00", "-10.00"):
        office.bill(office.account_line(amount, used), office.account_line("20.00"))
    assert office.balance(used) == 0
    assert office.refused("Account", written(office, "Account", used, AccountType="Bank")) == ["6000"]
    unused = office.account("Never used", "Other Current Asset")
    assert office.create("Account", written(office, "Account", unused, AccountType="Bank"))["AccountType"] == "Bank"


def test_an_account_with_sub_accounts_keeps_its_type(office: Office) -> None:
    top = office.account("Jobs", "Expense")
    office.create("Account", {"Name": "Job 1", "AccountType": "Expense", "ParentRef": {"value": top}})
    assert office.refused("Account", written(office, "Account", top, AccountType="Income")) == ["6000"]


def test_an_update_that_says_no_sub_type_keeps_it(office: Office) -> None:
    made = office.create("Account", {"Name": "Vans", "AccountType": "Fixed Asset", "AccountSubType": "Vehicles"})
    kept = office.create("Account", written(office, "Account", made["Id"], AccountType="Fixed Asset"))
    assert kept["AccountSubType"] == "Vehicles"


def test_a_template_names_the_item_that_is_left_after_a_merge(office: Office) -> None:
    lost = other_item(office)
    line = {"Amount": 5, "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": {"ItemRef": {"value": lost}}}
    office.service.add_recurring({"Invoice": {"CustomerRef": {"value": office.job}, "Line": [line], "RecurringInfo": {
        "Name": "Rent", "RecurType": "Automated"}}})
    merge_names(office.service.company, "Item", lost, office.item, office.kit.clock.now())
    [template] = office.rows("select * from RecurringTransaction")
    detail = template["Invoice"]["Line"][0]["SalesItemLineDetail"]
    assert (detail["ItemRef"]["value"], detail["ItemAccountRef"]["value"]) == (office.item, office.income)


def test_what_hung_on_a_merged_vendor_is_found_on_the_one_that_is_left(office: Office) -> None:
    note = office.create("Attachable", {"Note": "W-9", "AttachableRef": [
        {"EntityRef": {"type": "Vendor", "value": office.other_vendor}}]})
    merge_names(office.service.company, "Vendor", office.other_vendor, office.vendor, office.kit.clock.now())
    found = office.rows("select * from Attachable where AttachableRef.EntityRef.Type = 'vendor' "
                        f"and AttachableRef.EntityRef.value = '{office.vendor}'")
    assert [row["Id"] for row in found] == [note["Id"]]


@pytest.mark.parametrize(("party", "shown"), [
    ({"type": "customer"}, "Customer"), ({"type": "VENDOR"}, "2500"), ({}, "Customer"), ({"type": "Bank"}, "2170")])
def test_a_payee_is_a_customer_vendor_or_employee_in_any_case_of_the_word(office: Office, party: Any,
                                                                          shown: str) -> None:
    answer = office.post("Purchase", {
        "PaymentType": "Cash", "AccountRef": {"value": office.checking}, "Line": [office.account_line("5.00")],
        "EntityRef": {"value": office.job, **party}})
    found = answer["Purchase"]["EntityRef"]["type"] if "Purchase" in answer else answer["Fault"]["Error"][0]["code"]
    assert found == shown


@pytest.mark.parametrize(("party", "shown"), [
    ({"value": "9999"}, "2500"), ({"value": "40", "type": "ITEM"}, "2170"), ({"value": "56"}, "VENDOR"),
    ({"value": "56", "type": "Vendor"}, "VENDOR"), ({"value": "56", "type": "CUSTOMER"}, "2500")])
def test_what_is_deposited_comes_from_somebody_who_exists(office: Office, party: Any, shown: str) -> None:
    answer = office.post("Deposit", {"DepositToAccountRef": {"value": office.checking}, "Line": [{
        "Amount": 5, "DetailType": "DepositLineDetail", "DepositLineDetail": {
            "AccountRef": {"value": office.income}, "Entity": party}}]})
    found = answer["Deposit"]["Line"][0]["DepositLineDetail"]["Entity"]["type"] if "Deposit" in answer \
        else answer["Fault"]["Error"][0]["code"]
    assert found == shown


def test_each_vendor_of_one_journal_entry_is_paid_its_own_part(office: Office) -> None:
    def line(side: str, amount: str, account: str, vendor: str = "") -> dict[str, Any]:
        party = {"Entity": {"Type": "Vendor", "EntityRef": {"value": vendor}}} if vendor else {}
        return {"Amount": amount, "DetailType": "JournalEntryLineDetail", "JournalEntryLineDetail": {
            "PostingType": side, "AccountRef": {"value": account}, **party}}
    entry = office.create("JournalEntry", {"Line": [
        line("Debit", "150.00", office.cost), line("Credit", "100.00", office.payable, office.vendor),
        line("Credit", "50.00", office.payable, office.other_vendor)]})
    office.pay("100.00", (entry, "100.00"))
    other = {"VendorRef": {"value": office.other_vendor}}
    assert office.refused("BillPayment", {**office.payment("60.00", (entry, "60.00")), **other}) == ["6000"]
    office.create("BillPayment", {**office.payment("50.00", (entry, "50.00")), **other})
    assert [office.read("Vendor", id_)["Balance"] for id_ in (office.vendor, office.other_vendor)] == [0, 0]
    assert office.refused("BillPayment", office.payment("1.00", (entry, "1.00"))) == ["6000"]


def test_an_order_that_a_bill_draws_on_keeps_its_vendor(office: Office) -> None:
    order = office.order(office.cost_line("100.00"))
    bill = office.bill(office.cost_line("40.00", LinkedTxn=linked(order, "1")), LinkedTxn=header_link(order))
    changed = {**office.read("PurchaseOrder", order["Id"]), "VendorRef": {"value": office.other_vendor}}
    assert office.refused("PurchaseOrder", changed) == ["6000"]
    office.delete("Bill", bill)
    changed["SyncToken"] = office.read("PurchaseOrder", order["Id"])["SyncToken"]
    assert office.create("PurchaseOrder", changed)["VendorRef"]["value"] == office.other_vendor


def test_an_estimate_shows_its_change_orders_and_can_not_go_before_them(office: Office) -> None:
    office.service.set_switches({"change_orders": True})
    estimate = form(office, "Estimate", "100.00")
    order = form(office, "ChangeOrder", "20.00", ProjectRef={"value": "7"}, LinkedTxn=[link(estimate, "Estimate")])
    assert office.read("Estimate", estimate["Id"])["LinkedTxn"] == [link(order, "ChangeOrder")]
    assert office.delete("Estimate", estimate)["Fault"]["Error"][0]["code"] == "800"
    office.delete("ChangeOrder", order)
    assert office.delete("Estimate", estimate)["Estimate"]["status"] == "Deleted"
    assert office.balance(office.receivable) == Decimal(0)


def test_a_name_that_ends_like_a_deleted_one_is_taken_as_the_plain_name(office: Office) -> None:
    assert office.refused("Vendor", {"DisplayName": "Norton Lumber (deleted)"}) == ["6240"]


def test_an_inactive_class_is_marked_with_a_capital(office: Office) -> None:
    made = office.create("Class", {"Name": "Design"})
    retired = office.change("Class", made, {"Active": False})
    assert retired["Name"] == "Design (Deleted)"
    assert office.change("Class", retired, {"Active": True})["Name"] == "Design"


def test_an_opening_balance_has_whole_cents(office: Office) -> None:
    assert office.refused("Account", {"Name": "Savings", "AccountType": "Bank", "OpeningBalance": "100.005",
                                      "OpeningBalanceDate": "2026-01-01"}) == ["2140"]


def test_a_payment_stays_as_it_is_when_the_job_it_paid_for_moves_to_another_customer(office: Office) -> None:
    invoice = form(office, "Invoice", "100.00")
    payment = office.create("Payment", {"CustomerRef": {"value": office.owner}, "TotalAmt": 100, "Line": [
        {"Amount": 100, "LinkedTxn": [link(invoice, "Invoice")]}]})
    other = office.create("Customer", {"DisplayName": "Elm Health LLC"})["Id"]
    office.change("Customer", office.read("Customer", office.job), {"ParentRef": {"value": other}})
    noted = office.create("Payment", {**payment, "PrivateNote": "wire"})
    assert (noted["UnappliedAmt"], noted["PrivateNote"]) == (0, "wire")
    assert [office.read("Customer", id_)["BalanceWithJobs"] for id_ in (office.owner, other)] == [0, 0]
    office.delete("Payment", noted)
    paid = {"CustomerRef": {"value": office.owner}, "TotalAmt": 1, "Line": [
        {"Amount": 1, "LinkedTxn": [link(invoice, "Invoice")]}]}
    assert office.refused("Payment", paid) == ["620"]
