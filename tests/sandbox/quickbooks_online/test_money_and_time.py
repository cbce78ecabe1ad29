"""Deposits, transfers, card payments, time and billable costs (qbo.md 13.5 to 13.8, 10.6)."""
from decimal import Decimal
from typing import Any

import pytest

from tests.sandbox.quickbooks_online.office import ACCOUNT, Office
from tests.sandbox.quickbooks_online.test_sales import UNDEPOSITED, books, form, link, receive, sold


def deposit(office: Office, *sources: tuple[Any, str, str], **more: Any) -> dict[str, Any]:
    return {"DepositToAccountRef": {"value": office.checking}, **more, "Line": [
        {"Amount": amount, "LinkedTxn": [{**link(shown, kind), "TxnLineId": "0"}]} for shown, kind, amount in sources]}


def moved(office: Office, **change: Any) -> dict[str, Any]:
    return {"FromAccountRef": {"value": office.checking}, "ToAccountRef": {"value": UNDEPOSITED}, "Amount": 300,
            **change}


def worker(office: Office) -> str:
    return str(office.create("Employee", {"GivenName": "Emily", "FamilyName": "Platt"})["Id"])


def worked(office: Office, who: str, **change: Any) -> dict[str, Any]:
    body = {"NameOf": "Employee", "EmployeeRef": {"value": who}, "TxnDate": "2026-03-02", "Hours": 8, "Minutes": 30,
            "CustomerRef": {"value": office.job}, "ItemRef": {"value": office.item}, "HourlyRate": 65, **change}
    return {key: value for key, value in body.items() if value is not None}


def billable(office: Office, amount: str) -> Any:
    line = office.account_line(amount)
    line[ACCOUNT]["BillableStatus"] = "Billable"
    return line


# -- deposits --------------------------------------------------------------------------------------------------------


def test_a_deposit_takes_all_that_waits_and_frees_it_again_when_it_is_deleted(office: Office) -> None:
    payment = office.create("Payment", receive(office, "100"))
    receipt, refund = form(office, "SalesReceipt", "50.00"), form(office, "RefundReceipt", "20.00",
                                                                   DepositToAccountRef={"value": UNDEPOSITED})
    drawer = office.create("Transfer", moved(office, Amount=7))
    assert books(office, UNDEPOSITED, office.checking) == [137, -7]
    made = office.create("Deposit", deposit(
        office, (payment, "Payment", "100"), (receipt, "SalesReceipt", "50"), (refund, "RefundReceipt", "-20"),
        (drawer, "Transfer", "7"), CashBack={"AccountRef": {"value": office.cost}, "Amount": 10, "Memo": "Petty"}))
    assert made["TotalAmt"] == 127
    assert books(office, UNDEPOSITED, office.checking, office.cost) == [0, 120, 10]
    for kind, shown in (("SalesReceipt", receipt), ("RefundReceipt", refund), ("Transfer", drawer),
                        ("Payment", payment)):
        held = office.read(kind, shown["Id"])
        assert (held["LinkedTxn"], held["SyncToken"]) == ([link(made, "Deposit")], "1")
        needed = {"CustomerRef": {"value": office.job}, "TotalAmt": 100} if kind == "Payment" else {}
        change = {"Id": held["Id"], "SyncToken": "1", "sparse": True, "PrivateNote": "x", **needed}
        assert office.refused(kind, change) == ["6540"]
        assert office.refused(kind, {"Id": held["Id"], "SyncToken": "1"}, operation="delete") == ["6540"]
    assert office.refused("Deposit", deposit(office, (payment, "Payment", "100"))) == ["620"]
    office.delete("Deposit", made)
    assert books(office, UNDEPOSITED, office.checking) == [137, -7]
    office.delete("SalesReceipt", office.read("SalesReceipt", receipt["Id"]))


def test_a_journal_entry_to_undeposited_funds_can_be_deposited(office: Office) -> None:
    entry = office.create("JournalEntry", {"Line": [
        {"Amount": 50, "DetailType": "JournalEntryLineDetail", "JournalEntryLineDetail": {
            "PostingType": kind, "AccountRef": {"value": account}}}
        for kind, account in (("Debit", UNDEPOSITED), ("Credit", office.income))]})
    office.create("Deposit", deposit(office, (entry, "JournalEntry", "50")))
    assert books(office, UNDEPOSITED, office.checking) == [0, 50]


@pytest.mark.parametrize(("kind", "amount", "code"), [
    ("Payment", "100.00", "620"), ("SalesReceipt", "49.99", "6000"), ("Invoice", "10.00", "620"),
    ("Nothing", "10.00", "620")])
def test_only_what_waits_whole_can_be_deposited(office: Office, kind: str, amount: str, code: str) -> None:
    made = {"Payment": lambda: office.create("Payment", receive(
        office, "100", DepositToAccountRef={"value": office.checking})),
        "SalesReceipt": lambda: form(office, "SalesReceipt", "50.00"),
        "Invoice": lambda: form(office, "Invoice", "10.00"), "Nothing": lambda: {"Id": "99999"}}[kind]()
    assert office.refused("Deposit", deposit(office, (made, kind, amount))) == [code]


def test_one_receipt_is_not_deposited_twice_by_one_deposit(office: Office) -> None:
    receipt = form(office, "SalesReceipt", "50.00")
    twice = [(receipt, "SalesReceipt", "50.00")] * 2
    assert office.refused("Deposit", deposit(office, *twice)) == ["620"]


# -- transfers and card payments ---------------------------------------------------------------------------------------


def test_a_transfer_moves_money_and_a_changed_one_moves_it_anew(office: Office) -> None:
    made = office.create("Transfer", moved(office))
    assert "Line" not in made and "TotalAmt" not in made and made["Amount"] == Decimal("300.00")
    assert books(office, office.checking, UNDEPOSITED) == [-300, 300]
    office.change("Transfer", made, {"Amount": 120})
    assert books(office, office.checking, UNDEPOSITED) == [-120, 120]
    office.delete("Transfer", office.read("Transfer", made["Id"]))
    assert books(office, office.checking, UNDEPOSITED) == [0, 0]


@pytest.mark.parametrize(("change", "code"), [
    ({"Amount": 0}, "2290"), ({"Amount": -1}, "2290"), ({"Amount": 1.001}, "2140"), ({"Amount": None}, "2020"),
    ({"ToAccountRef": None}, "2020"), ({"ToAccountRef": {"value": "34"}}, "6430"),
    ({"ToAccountRef": {"value": "39"}}, "6430"), ({"ToAccountRef": {"value": "35"}}, "6000"),
    ({"ToAccountRef": {"value": "999"}}, "2500")])
def test_a_transfer_refuses_what_no_money_can_go_to(office: Office, change: Any, code: str) -> None:
    assert office.refused("Transfer", moved(office, **change)) == [code]
    assert office.refused("Transfer", {"Id": office.create("Transfer", moved(office))["Id"], "SyncToken": "0"},
                          operation="void") == ["500"]


def test_paying_the_card_lowers_what_is_owed_on_it(office: Office) -> None:
    body = {"CreditCardAccountRef": {"value": office.card}, "BankAccountRef": {"value": office.checking}, "Amount": 80}
    made = office.create("CreditCardPaymentTxn", body)
    assert books(office, office.card, office.checking) == [80, -80]
    assert office.refused("CreditCardPaymentTxn", {**body, "BankAccountRef": {"value": office.card}}) == ["6430"]
    assert office.refused("CreditCardPaymentTxn", {"Id": made["Id"], "SyncToken": "0"}, operation="delete") == ["500"]


# -- time ------------------------------------------------------------------------------------------------------------


def test_time_is_kept_as_it_was_given_and_posts_nothing(office: Office) -> None:
    who = worker(office)
    lasted = office.create("TimeActivity", worked(office, who))
    assert (lasted["Hours"], lasted["Minutes"], lasted["Seconds"], lasted["HourlyRate"]) == (8, 30, 0, 65)
    assert (lasted["BillableStatus"], lasted["Taxable"], lasted["CostRate"]) == ("NotBillable", False, 0)
    clocked = office.create("TimeActivity", worked(
        office, who, Hours=None, Minutes=None, StartTime="2026-03-02T07:00:00-08:00", BreakMinutes=30,
        EndTime="2026-03-02T15:30:00-05:00"))
    assert "Hours" not in clocked and clocked["BreakMinutes"] == 30
    assert not office.service.company.trial_balance()
    assert [row["Id"] for row in office.rows("select * from TimeActivity where TxnDate = '2026-03-02'")] == [
        lasted["Id"], clocked["Id"]]
    assert office.call("GET", "cdc", entities="TimeActivity", changedSince="2026-03-01")["Fault"]["Error"][0][
        "code"] == "2000"


@pytest.mark.parametrize(("change", "code"), [
    ({"NameOf": None}, "2020"), ({"NameOf": "Other"}, "6300"), ({"NameOf": "Vendor"}, "6300"),
    ({"EmployeeRef": None}, "6290"), ({"VendorRef": {"value": "56"}}, "6290"),
    ({"Hours": None, "Minutes": None}, "6340"), ({"Hours": 0, "Minutes": 0}, "6340"), ({"Minutes": 60}, "6350"),
    ({"Hours": -1}, "6350"), ({"Hours": 1.5}, "6350"), ({"Hours": 8760}, "6380"),
    ({"StartTime": "2026-03-02T07:00:00"}, "6390"),
    ({"Hours": None, "Minutes": None, "StartTime": "2026-03-02T07:00:00"}, "6340"),
    ({"Hours": None, "Minutes": None, "StartTime": "2026-03-02T07:00:00", "EndTime": "2026-03-02T06:00:00"}, "6360"),
    ({"Hours": None, "Minutes": None, "StartTime": "soon", "EndTime": "2026-03-02T06:00:00"}, "6350"),
    ({"Hours": None, "Minutes": None, "StartTime": "2026-03-02T05:00:00", "EndTime": "2026-03-02T06:00:00",
      "BreakHours": 2}, "6350"),
    ({"BillableStatus": "Billable", "CustomerRef": None}, "6310"),
    ({"BillableStatus": "Billable", "HourlyRate": None}, "6330"), ({"HourlyRate": -1}, "6330"),
    ({"BillableStatus": "HasBeenBilled"}, "6320"), ({"BillableStatus": "Perhaps"}, "2170"),
    ({"EmployeeRef": {"value": "999"}}, "2500"), ({"Description": "x" * 4001}, "2050")])
def test_time_refuses_what_cannot_have_been_worked(office: Office, change: Any, code: str) -> None:
    assert office.refused("TimeActivity", worked(office, worker(office), **change)) == [code]


def test_time_on_an_invoice_has_been_billed_and_stays_as_it_is(office: Office) -> None:
    who = worker(office)
    made = office.create("TimeActivity", worked(office, who, BillableStatus="Billable"))
    free = office.create("TimeActivity", worked(office, who))
    invoice = form(office, "Invoice", "552.50", LinkedTxn=[link(made, "TimeActivity"), link(free, "TimeActivity")])
    assert invoice["LinkedTxn"] == [link(made, "TimeActivity")], "time that is not billable is dropped"
    billed = office.read("TimeActivity", made["Id"])
    assert (billed["BillableStatus"], billed["SyncToken"]) == ("HasBeenBilled", "1")
    body = {"Id": made["Id"], "SyncToken": "1"}
    assert office.refused("TimeActivity", {**body, "sparse": True, "Hours": 7}) == ["6320"]
    assert office.refused("TimeActivity", body, operation="delete") == ["800"]
    echoed = {key: billed[key] for key in billed if key not in ("MetaData", "domain", "sparse")}
    assert office.create("TimeActivity", {**echoed, "Description": "Formwork"})["BillableStatus"] == "HasBeenBilled"
    office.create("Invoice", {"Id": invoice["Id"], "SyncToken": "0"}, operation="void")
    assert office.read("TimeActivity", made["Id"])["BillableStatus"] == "Billable"


# -- billable costs ----------------------------------------------------------------------------------------------------


def test_a_billable_line_leaves_a_charge_that_an_invoice_takes(office: Office) -> None:
    bill = office.bill(billable(office, "40.00"), office.account_line("10.00"))
    [charge] = bill["LinkedTxn"]
    shown = office.read("ReimburseCharge", charge["TxnId"])
    assert (charge["TxnType"], shown["Amount"], shown["HasBeenInvoiced"]) == ("ReimburseCharge", 40, False)
    invoice = form(office, "Invoice", "44.00", LinkedTxn=[charge])
    assert invoice["LinkedTxn"] == [charge]
    assert office.read("ReimburseCharge", charge["TxnId"])["HasBeenInvoiced"] is True
    billed = office.read("Bill", bill["Id"])
    assert [line[ACCOUNT]["BillableStatus"] for line in billed["Line"]] == ["HasBeenBilled", "NotBillable"]
    assert billed["SyncToken"] == "1"
    assert form(office, "Invoice", "44.00", LinkedTxn=[charge])["LinkedTxn"] == [], "no cost is billed twice"
    office.delete("Invoice", invoice)
    assert office.read("Bill", bill["Id"])["Line"][0][ACCOUNT]["BillableStatus"] == "Billable"


def test_a_billed_cost_stays_until_the_invoice_lets_it_go(office: Office) -> None:
    bill = office.bill(billable(office, "40.00"), office.account_line("10.00"))
    invoice = form(office, "Invoice", "44.00", LinkedTxn=bill["LinkedTxn"])
    billed = office.read("Bill", bill["Id"])
    body = {"Id": bill["Id"], "SyncToken": billed["SyncToken"], "sparse": True, "VendorRef": billed["VendorRef"]}
    line = billed["Line"][0]
    assert office.refused("Bill", {**body, "Line": [billed["Line"][1]]}) == ["6400"]
    assert office.refused("Bill", {**body, "Line": [{**line, "Amount": 41}]}) == ["6400"]
    assert office.refused("Bill", {"Id": bill["Id"], "SyncToken": billed["SyncToken"]}, operation="delete") == ["6400"]
    kept = office.create("Bill", {**body, "Line": billed["Line"], "PrivateNote": "echoed"})
    assert kept["Line"][0][ACCOUNT]["BillableStatus"] == "HasBeenBilled"
    office.delete("Invoice", invoice)
    office.delete("Bill", office.read("Bill", bill["Id"]))
    assert office.rows("select * from ReimburseCharge") == []


def test_a_charge_follows_its_line_and_goes_with_it(office: Office) -> None:
    card = {"PaymentType": "CreditCard", "AccountRef": {"value": office.card}}
    made = office.create("Purchase", {**card, "Line": [billable(office, "40.00")]})
    [charge] = made["LinkedTxn"]
    changed = office.change("Purchase", made, {**card, "Line": [{**made["Line"][0], "Amount": 45}]})
    assert changed["LinkedTxn"] == [charge]
    assert office.read("ReimburseCharge", charge["TxnId"])["Amount"] == 45
    gone = office.change("Purchase", changed, {**card, "Line": [office.account_line("1.00")]})
    assert "LinkedTxn" not in gone
    assert office.call("GET", f"reimbursecharge/{charge['TxnId']}")["Fault"]["Error"][0]["code"] == "610"
    back = office.create("VendorCredit", {"VendorRef": {"value": office.vendor}, "Line": [billable(office, "5.00")]})
    assert office.read("ReimburseCharge", back["LinkedTxn"][0]["TxnId"])["Amount"] == -5
    assert office.refused("ReimburseCharge", {"CustomerRef": {"value": office.job}, "Amount": 1}) == ["500"]


def test_a_cost_of_another_customer_is_not_billed_unless_the_job_bills_with_its_parent(office: Office) -> None:
    charge = office.bill(billable(office, "40.00"))["LinkedTxn"]
    body = {"CustomerRef": {"value": office.owner}, "Line": [sold(office, "40.00")], "LinkedTxn": charge}
    assert office.create("Invoice", body)["LinkedTxn"] == []
    job = office.read("Customer", office.job)
    office.change("Customer", job, {"BillWithParent": True, "Job": True, "ParentRef": {"value": office.owner}})
    assert office.create("Invoice", body)["LinkedTxn"] == charge


# -- templates -------------------------------------------------------------------------------------------------------


def test_templates_are_read_and_never_written_by_a_client(office: Office) -> None:
    template = {"Bill": {"VendorRef": {"value": office.vendor}, "Line": [office.account_line("1200.00")],
                         "RecurringInfo": {"Name": "Yard rent", "RecurType": "Automated"}}}
    shown = office.service.add_recurring(template)["Bill"]
    assert (shown["TotalAmt"], shown["RecurringInfo"]["Active"]) == (1200, True)
    assert office.rows("select * from RecurringTransaction where Id = '145'")[0]["Bill"]["Id"] == shown["Id"]
    assert books(office, office.payable) == [0]
    assert office.refused("RecurringTransaction", template) == ["500"]
    assert office.refused("RecurringTransaction", {"Id": "145", "SyncToken": "0"}, operation="delete") == ["500"]


@pytest.mark.parametrize("what", ["cost", "time"])
def test_a_customer_with_unbilled_charges_stays_active(office: Office, what: str) -> None:
    if what == "cost":
        note = office.create("Purchase", {"PaymentType": "CreditCard", "AccountRef": {"value": office.card},
                                          "Line": [billable(office, "40.00")]})["LinkedTxn"][0]
    else:
        note = link(office.create("TimeActivity", worked(office, worker(office), BillableStatus="Billable")),
                    "TimeActivity")
    job = office.read("Customer", office.job)
    body = {"Id": job["Id"], "SyncToken": job["SyncToken"], "sparse": True, "Active": False}
    assert office.refused("Customer", body) == ["6280"]
    invoice = form(office, "Invoice", "40.00", LinkedTxn=[note])
    office.create("Payment", receive(office, "40", (invoice, "Invoice", "40")))
    assert office.create("Customer", body)["Active"] is False
