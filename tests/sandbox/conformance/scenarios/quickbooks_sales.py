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
