"""Invoices, payments received and deposits (qbo.md 13)."""
from __future__ import annotations

from typing import Any

from tests.sandbox.conformance.lives import life
from tests.sandbox.quickbooks_online.office import Office


def _sold(office: Office, amount: int) -> list[dict[str, Any]]:
    return [{"Amount": amount, "DetailType": "SalesItemLineDetail", "Description": "Progress", "SalesItemLineDetail": {
        "ItemRef": {"value": office.item}, "Qty": 1, "UnitPrice": amount}}]


def invoices_and_payments(office: Office) -> None:
    job = {"value": office.job}
    invoice = life(office, "Invoice", {"CustomerRef": job, "Line": _sold(office, 900), "DocNumber": "A-1",
                                       "SalesTermRef": {"value": office.net30}}, {"PrivateNote": "Draw 1"},
                   "void", "delete")
    received = {"CustomerRef": job, "TotalAmt": 100, "PaymentRefNum": "7781", "Line": [
        {"Amount": 100, "LinkedTxn": [{"TxnId": invoice["Id"], "TxnType": "Invoice"}]}]}
    life(office, "Payment", received, {"PrivateNote": "By wire"}, "void", "delete")


def deposits(office: Office) -> None:
    payment = office.create("Payment", {"CustomerRef": {"value": office.job}, "TotalAmt": 60})
    life(office, "Deposit", {"DepositToAccountRef": {"value": office.checking}, "Line": [
        {"Amount": 5, "DetailType": "DepositLineDetail", "DepositLineDetail": {
            "AccountRef": {"value": office.income}, "Entity": {"value": office.job, "type": "CUSTOMER"}}}]},
        {"PrivateNote": "Refund of the permit"}, "delete")
    office.create("Deposit", {"DepositToAccountRef": {"value": office.checking}, "Line": [
        {"Amount": 60, "LinkedTxn": [{"TxnId": payment["Id"], "TxnType": "Payment", "TxnLineId": "0"}]}]})


def estimates(office: Office) -> None:
    job = {"value": office.job}
    estimate = life(office, "Estimate", {"CustomerRef": job, "Line": _sold(office, 700), "DocNumber": "E-1",
                                         "ExpirationDate": "2026-06-30"}, {"TxnStatus": "Accepted"}, "delete")
    office.create("Invoice", {"CustomerRef": job, "Line": _sold(office, 700),
                              "LinkedTxn": [{"TxnId": estimate["Id"], "TxnType": "Estimate"}]})
    assert office.read("Estimate", estimate["Id"])["TxnStatus"] == "Converted"


def change_orders(office: Office) -> None:
    office.service.set_switches({"change_orders": True})
    job = {"value": office.job}
    estimate = office.create("Estimate", {"CustomerRef": job, "Line": _sold(office, 700)})
    life(office, "ChangeOrder", {"CustomerRef": job, "ProjectRef": {"value": "39298034"}, "DocNumber": "CO-1",
                                 "LinkedTxn": [{"TxnId": estimate["Id"], "TxnType": "Estimate"}],
                                 "Line": _sold(office, 50)}, {"TxnStatus": "Accepted"}, "delete")


def credits_receipts_and_refunds(office: Office) -> None:
    job, bank = {"value": office.job}, {"value": office.checking}
    credit = life(office, "CreditMemo", {"CustomerRef": job, "Line": _sold(office, 80), "DocNumber": "C-1"},
                  {"PrivateNote": "Short pour"}, "delete")
    invoice = office.create("Invoice", {"CustomerRef": job, "Line": _sold(office, 100), "Deposit": 5,
                                        "DepositToAccountRef": bank})
    office.create("Payment", {"CustomerRef": job, "TotalAmt": 15, "Line": [
        {"Amount": 95, "LinkedTxn": [{"TxnId": invoice["Id"], "TxnType": "Invoice"}]},
        {"Amount": 80, "LinkedTxn": [{"TxnId": credit["Id"], "TxnType": "CreditMemo"}]}]})
    assert office.read("CreditMemo", credit["Id"])["RemainingCredit"] == 0
    receipt = life(office, "SalesReceipt", {"CustomerRef": job, "Line": _sold(office, 60), "DocNumber": "S-1"},
                   {"PaymentRefNum": "88"}, "void", "delete")
    refund = life(office, "RefundReceipt", {"CustomerRef": job, "Line": _sold(office, 10), "DocNumber": "R-1",
                                            "DepositToAccountRef": bank}, {"PrivateNote": "Tools"}, "delete")
    office.create("Deposit", {"DepositToAccountRef": bank, "Line": [
        {"Amount": 60, "LinkedTxn": [{"TxnId": receipt["Id"], "TxnType": "SalesReceipt", "TxnLineId": "0"}]}]})
    assert office.read("RefundReceipt", refund["Id"])["TotalAmt"] == 10


def time_and_billable_costs(office: Office) -> None:
    job, worker = {"value": office.job}, office.create("Employee", {"GivenName": "Emily", "FamilyName": "Platt"})
    worked = {"NameOf": "Employee", "EmployeeRef": {"value": worker["Id"]}, "CustomerRef": job, "HourlyRate": 65,
              "ItemRef": {"value": office.item}, "BillableStatus": "Billable", "Hours": 8, "Minutes": 30}
    made = office.create("TimeActivity", worked)
    whole = office.create("TimeActivity", {**worked, "Id": made["Id"], "SyncToken": "0", "Description": "Formwork"})
    part = office.change("TimeActivity", whole, {"Hours": 7})
    second = office.create("TimeActivity", worked)
    assert office.rows("select * from TimeActivity")[1]["Id"] == second["Id"]
    assert office.read("TimeActivity", part["Id"])["Hours"] == 7
    line = office.cost_line("40.00")
    line["ItemBasedExpenseLineDetail"]["BillableStatus"] = "Billable"
    bill = office.bill(line)
    [charge] = [link for link in bill["LinkedTxn"] if link["TxnType"] == "ReimburseCharge"]
    assert office.read("ReimburseCharge", charge["TxnId"])["HasBeenInvoiced"] is False
    office.create("Invoice", {"CustomerRef": job, "Line": _sold(office, 600), "LinkedTxn": [
        charge, {"TxnId": second["Id"], "TxnType": "TimeActivity"}]})
    assert office.rows("select * from ReimburseCharge")[0]["HasBeenInvoiced"] is True
    since = office.kit.clock.now().date().isoformat()
    office.call("GET", "cdc", entities="ReimburseCharge", changedSince=since)
    office.delete("TimeActivity", part)


def money_between_accounts(office: Office) -> None:
    savings = office.account("Savings", "Bank")
    life(office, "Transfer", {"FromAccountRef": {"value": office.checking}, "ToAccountRef": {"value": savings},
                              "Amount": 300}, {"PrivateNote": "Reserve"}, "delete")
    life(office, "CreditCardPaymentTxn", {"CreditCardAccountRef": {"value": office.card}, "Amount": 120,
                                          "BankAccountRef": {"value": office.checking}}, {"Memo": "March"})


def forms_by_mail(office: Office) -> None:
    job = {"value": office.job}
    forms = {"Invoice": {}, "Estimate": {}, "CreditMemo": {}, "SalesReceipt": {},
             "RefundReceipt": {"DepositToAccountRef": {"value": office.checking}}}
    for form, more in forms.items():
        made = office.create(form, {"CustomerRef": job, "Line": _sold(office, 30), **more})
        sent = office.call("POST", f"{form.lower()}/{made['Id']}/send", sendTo="owner@oakhealth.example")[form]
        assert (sent["EmailStatus"], sent["SyncToken"]) == ("EmailSent", "1")
    order = office.order(office.cost_line("10.00"))
    office.call("POST", f"purchaseorder/{order['Id']}/send", sendTo="ap@norton.example")


def templates(office: Office) -> None:
    office.service.add_recurring({"Bill": {
        "VendorRef": {"value": office.vendor}, "Line": [office.account_line("1200.00")], "RecurringInfo": {
            "Name": "Yard rent", "RecurType": "Automated", "ScheduleInfo": {
                "IntervalType": "Monthly", "NumInterval": 1, "DayOfMonth": 1, "NextDate": "2026-04-01"}}}})
    [template] = office.rows("select * from RecurringTransaction")
    assert office.read("RecurringTransaction", template["Bill"]["Id"]) == template
