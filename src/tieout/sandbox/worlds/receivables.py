"""What the bookkeeper does with owners in QuickBooks: invoices, payments received, deposits.

An owner invoice is entered as an office without a connector enters it: what was earned on one line, the retainage on
another line below zero, whose service item stands on the retainage receivable account (qbo.md 14.5).
"""
from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from tieout.sandbox.worlds.data import Application, Does, PrimeContract, Scenario, WorldError, application_of
from tieout.sandbox.worlds.places import BooksNames
from tieout.sandbox.worlds.rest import QuickBooksRest, quoted

ZERO = Decimal(0)


class Receivables:
    """`does` names the acts."""

    def __init__(self, scenario: Scenario, quickbooks: QuickBooksRest, names: BooksNames) -> None:
        self.quickbooks, self.names, self.books = quickbooks, names, scenario.books
        self.contracts = {contract.number: contract for contract in scenario.prime_contracts}
        self.owners = {project.number: project.owner for project in scenario.projects}
        self.does: dict[str, Does] = {
            "invoice": self.invoice, "receive": self.receive, "deposit": self.deposit}

    def invoice(self, facts: Mapping[str, Any], on: date) -> list[str]:
        """facts: applications. One that is in QuickBooks already, by its number, is left alone."""
        return [self._invoice(*application_of(self.contracts, key)) for key in facts["applications"]]

    def _invoice(self, contract: PrimeContract, application: Application) -> str:
        owner = self.owners[contract.project]
        if self._found(application.invoice):
            return f"Invoice {application.invoice} of {owner} is in QuickBooks already."
        earned, held = earned_and_held(contract, application)
        lines = [(self.books["billing_item"], f"Application {application.number}", earned),
                 (self.books["retainage_item"], "Less retainage" if held > 0 else "Retainage released", -held)]
        made = self.quickbooks.create("Invoice", {
            "CustomerRef": {"value": self._customer(contract)}, "DocNumber": application.invoice,
            "TxnDate": application.billing_date.isoformat(), **self.names.located(contract.project), "Line": [
                {"Amount": amount, "DetailType": "SalesItemLineDetail", "Description": text, "SalesItemLineDetail": {
                    "ItemRef": {"value": self.names.item(item)}, **self.names.tracked(contract.project),
                    **self.names.taxed(self.books.get("tax_code"))}}
                for item, text, amount in lines if amount]})
        return f"Entered invoice {application.invoice} of {owner} by hand: {made['TotalAmt']:,.2f}."

    def _customer(self, contract: PrimeContract) -> str:
        """The job, once QuickBooks has it; else the owner."""
        return self.names.job(contract.project) or self.names.customer(self.owners[contract.project])

    def _found(self, number: str) -> dict[str, Any] | None:
        rows = self.quickbooks.query("Invoice", f"DocNumber = {quoted(number)}")
        return rows[0] if rows else None

    def receive(self, facts: Mapping[str, Any], on: date) -> list[str]:
        """facts: application, check; amount, less than what is open; undeposited, true keeps it out of the bank."""
        contract, application = application_of(self.contracts, facts["application"])
        owner, found = self.owners[contract.project], self._found(application.invoice)
        if found is None or not found["Balance"]:
            return [f"{owner} paid nothing: invoice {application.invoice} is not open in QuickBooks."]
        amount = Decimal(facts.get("amount", found["Balance"]))
        into = {} if facts.get("undeposited") else {
            "DepositToAccountRef": {"value": self.names.account(self.books["checking"])}}
        self.quickbooks.create("Payment", {
            "CustomerRef": found["CustomerRef"], "TxnDate": on.isoformat(), "PaymentRefNum": facts["check"],
            "TotalAmt": amount, **into,
            "Line": [{"Amount": amount, "LinkedTxn": [{"TxnId": found["Id"], "TxnType": "Invoice"}]}]})
        return [f"Received {amount:,.2f} from {owner} on invoice {application.invoice}."]

    def deposit(self, facts: Mapping[str, Any], on: date) -> list[str]:
        """facts: checks, the numbers of the payments that are brought to the bank together."""
        held = {str(row.get("PaymentRefNum")): row for row in self.quickbooks.query("Payment")}
        missing = [number for number in facts["checks"] if number not in held]
        if missing:
            return [f"Deposited nothing: check {missing[0]} was not received."]
        made = self.quickbooks.create("Deposit", {
            "DepositToAccountRef": {"value": self.names.account(self.books["checking"])}, "TxnDate": on.isoformat(),
            "Line": [{"Amount": held[number]["TotalAmt"], "LinkedTxn": [
                {"TxnId": held[number]["Id"], "TxnType": "Payment", "TxnLineId": "0"}]} for number in facts["checks"]]})
        return [f"Deposited {made['TotalAmt']:,.2f}: checks {', '.join(facts['checks'])}."]


def earned_and_held(contract: PrimeContract, application: Application) -> tuple[Decimal, Decimal]:
    """What was earned on an owner invoice before retainage, and what more is held (below zero when it is released)."""
    if not application.lines:
        raise WorldError(f"{contract.number}/{application.number} has no lines.")
    before = {line.line: line for one in contract.applications[:application.number - 1] for line in one.lines}
    earned, held = ZERO, ZERO
    for line in application.lines:
        stood = before.get(line.line)
        earned += _number(line.work) + _number(line.stored) - _number(stood.stored if stood else "")
        held += _number(line.held) - _number(line.released)
    return earned, held


def _number(text: str) -> Decimal:
    return Decimal(text or 0)
