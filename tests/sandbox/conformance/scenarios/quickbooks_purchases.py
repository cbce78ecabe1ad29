"""Orders, bills, credits, payments, expenses and journals (qbo.md 12, 13.6)."""
from __future__ import annotations

from tests.sandbox.conformance.lives import life
from tests.sandbox.quickbooks_online.office import Office, header_link, linked


def orders_and_bills(office: Office) -> None:
    lines = [office.cost_line("250.00"), office.account_line("50.00")]
    order = life(office, "PurchaseOrder", {"VendorRef": {"value": office.vendor}, "Line": lines, "DocNumber": "SC-1"},
                 {"PrivateNote": "Second floor"}, "delete")
    first = order["Line"][0]
    office.bill(office.cost_line("100.00", LinkedTxn=linked(order, first["Id"])))
    office.bill(office.cost_line("150.00"), LinkedTxn=header_link(order))
    bill = life(office, "Bill", {"VendorRef": {"value": office.vendor}, "Line": lines, "DocNumber": "INV-7",
                                 "TxnDate": "2026-02-27", "SalesTermRef": {"value": office.net30}},
                {"PrivateNote": "Pay application 3"}, "delete")
    assert bill["Balance"] == 300
    assert office.refused("Bill", {"Line": lines}) == ["2020"]
    assert office.refused("Bill", {"VendorRef": {"value": "99999"}, "Line": lines}) == ["2500"]


def credits_and_payments(office: Office) -> None:
    credit = life(office, "VendorCredit", {"VendorRef": {"value": office.vendor},
                                           "Line": [office.account_line("30.00")], "DocNumber": "C-1"},
                  {"PrivateNote": "Returned boards"}, "delete")
    bill = office.bill(office.cost_line("100.00"))
    paid = office.pay("70.00", (bill, "100.00"), (credit, "30.00"))
    office.post("BillPayment", {"Id": paid["Id"], "SyncToken": paid["SyncToken"]}, operation="void")
    life(office, "BillPayment", office.payment("20.00", (bill, "20.00")), {"PrivateNote": "First half"},
         "void", "delete")
    card = {"VendorRef": {"value": office.vendor}, "PayType": "CreditCard", "TotalAmt": 5,
            "CreditCardPayment": {"CCAccountRef": {"value": office.card}},
            "Line": [{"Amount": 5, "LinkedTxn": [{"TxnId": bill["Id"], "TxnType": "Bill"}]}]}
    office.create("BillPayment", card)


def expenses_and_journals(office: Office) -> None:
    lines = [office.cost_line("12.00"), office.account_line("8.00")]
    payee = {"value": office.vendor, "type": "Vendor"}
    for kind, account in (("Check", office.checking), ("Cash", office.checking), ("CreditCard", office.card)):
        life(office, "Purchase", {"PaymentType": kind, "AccountRef": {"value": account}, "EntityRef": payee,
                                  "Line": lines}, {"PrivateNote": "Site office"}, "delete")
    life(office, "JournalEntry", {"Line": [
        {"Amount": 40, "DetailType": "JournalEntryLineDetail", "Description": "Accrual", "JournalEntryLineDetail": {
            "PostingType": side, "AccountRef": {"value": account}}}
        for side, account in (("Debit", office.cost), ("Credit", office.retention))]},
        {"PrivateNote": "Month end"}, "delete")
