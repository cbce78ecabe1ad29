"""What the bookkeeper does in QuickBooks, by its own REST calls.

She acts on what she finds there: a bill that has not arrived is not paid, and she says so.
"""
from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from tieout.sandbox.worlds.data import Does, Scenario, WorldError
from tieout.sandbox.worlds.places import BooksNames
from tieout.sandbox.worlds.receivables import Receivables
from tieout.sandbox.worlds.rest import QuickBooksRest, Rows, quoted

ZERO = Decimal(0)
ANY_NUMBER = {"include": "allowduplicatedocnum"}    # she has the paper in her hand and answers "keep it"


class Bookkeeper:
    """`close` closes the books through a day: the company's settings page, which has no API."""

    def __init__(self, scenario: Scenario, quickbooks: QuickBooksRest, close: Callable[[date], None]) -> None:
        self.quickbooks, self.close = quickbooks, close
        self.books, self.names = scenario.books, BooksNames(scenario, quickbooks)
        self.does: dict[str, Does] = {
            "bill": self.bill, "check": self.check, "card": self.card, "journal": self.journal, "pay": self.pay,
            "void_payment": self.void_payment, "delete_payment": self.delete_payment,
            "note_on_bill": self.note_on_bill, "close_books": self.close_books,
            **Receivables(scenario, quickbooks, self.names).does}

    # What she types by hand

    def bill(self, facts: Mapping[str, Any], on: date) -> list[str]:
        vendor = self.names.vendor(facts["vendor"])
        if vendor is None:
            return [f"Could not enter bill {facts['number']}: QuickBooks has no vendor {facts['vendor']} yet."]
        missing = self._missing_job(facts["lines"])
        if missing:
            return [f"Could not enter bill {facts['number']}: QuickBooks has no job for project {missing} yet."]
        made = self.quickbooks.create("Bill", {
            "VendorRef": {"value": vendor}, "TxnDate": on.isoformat(), "DocNumber": facts["number"],
            **self._located(facts["lines"]), **_memo(facts),
            "APAccountRef": {"value": self.names.account(self.books["payable"])},
            "Line": self._expense_lines(facts["lines"])}, **ANY_NUMBER)
        return [f"Entered bill {facts['number']} of {facts['vendor']} by hand: {made['TotalAmt']:,.2f}."]

    def check(self, facts: Mapping[str, Any], on: date) -> list[str]:
        return self._spend(facts, on, "Check", self.books["checking"])

    def card(self, facts: Mapping[str, Any], on: date) -> list[str]:
        return self._spend(facts, on, "CreditCard", self.books["card"])

    def _spend(self, facts: Mapping[str, Any], on: date, kind: str, account: str) -> list[str]:
        vendor = self.names.vendor(facts["payee"])
        if vendor is None:
            raise WorldError(f"{on}: QuickBooks has no vendor {facts['payee']} to pay.")
        number = {"DocNumber": facts["number"]} if "number" in facts else {}
        made = self.quickbooks.create("Purchase", {
            "PaymentType": kind, "AccountRef": {"value": self.names.account(account)}, **number,
            "TxnDate": on.isoformat(), **self._located(facts["lines"]),
            "EntityRef": {"value": vendor, "type": "Vendor"}, **_memo(facts),
            "Line": self._expense_lines(facts["lines"])})
        return [f"Paid {facts['payee']} {made['TotalAmt']:,.2f} by {'check' if kind == 'Check' else 'card'}."]

    def _expense_lines(self, lines: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
        made = []
        for line in lines:
            detail: dict[str, Any] = {"AccountRef": {"value": self.names.account(line["account"])}}
            if line.get("job"):
                detail |= {"CustomerRef": {"value": self.names.job(line["job"])}, "BillableStatus": "NotBillable"}
            detail |= self.names.tracked(line.get("job")) | self.names.taxed(line.get("tax"))
            made.append({"Amount": Decimal(line["amount"]), "DetailType": "AccountBasedExpenseLineDetail",
                         "AccountBasedExpenseLineDetail": detail})
        return made

    def _located(self, lines: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
        """The location of the first line's project."""
        return self.names.located(next((line.get("job") for line in lines if line.get("job")), None))

    def journal(self, facts: Mapping[str, Any], on: date) -> list[str]:
        missing = self._missing_job(facts["lines"])
        if missing:
            return [f"Could not enter journal entry {facts['number']}: QuickBooks has no job for {missing} yet."]
        self.quickbooks.create("JournalEntry", {
            "TxnDate": on.isoformat(), "DocNumber": facts["number"], **_memo(facts),
            "Line": [self._journal_line(line) for line in facts["lines"]]})
        total = sum((Decimal(line["debit"]) for line in facts["lines"] if "debit" in line), ZERO)
        about = f" ({facts['memo']})" if "memo" in facts else ""
        return [f"Entered journal entry {facts['number']}{about}: {total:,.2f}."]

    def _journal_line(self, line: Mapping[str, Any]) -> dict[str, Any]:
        side = "Debit" if "debit" in line else "Credit"
        detail: dict[str, Any] = {"PostingType": side, "AccountRef": {"value": self.names.account(line["account"])}}
        for kind, found in (("Customer", self.names.job(line["job"]) if "job" in line else None),
                            ("Customer", self.names.customer(line["customer"]) if "customer" in line else None),
                            ("Vendor", self.names.vendor(line["vendor"]) if "vendor" in line else None)):
            if found is not None:
                detail["Entity"] = {"Type": kind, "EntityRef": {"value": found}}
        return {"Amount": Decimal(line[side.lower()]), "DetailType": "JournalEntryLineDetail",
                "JournalEntryLineDetail": detail}

    def note_on_bill(self, facts: Mapping[str, Any], on: date) -> list[str]:
        found = self._bills(facts["vendor"], [facts["bill"]])
        if not found:
            return [f"Could not note anything on bill {facts['bill']}: it is not in QuickBooks."]
        for bill in found:
            note = "; ".join(text for text in (bill.get("PrivateNote"), facts["note"]) if text)
            self.quickbooks.change("Bill", bill, {"PrivateNote": note, "VendorRef": bill["VendorRef"]})
        return [f"Added a note to bill {facts['bill']} of {facts['vendor']}."]

    def close_books(self, facts: Mapping[str, Any], on: date) -> list[str]:
        self.close(facts["through"])
        return [f"Closed the books through {facts['through'].isoformat()}."]

    # Payments

    def pay(self, facts: Mapping[str, Any], on: date) -> list[str]:
        """facts: vendor, check, and `through` (bills dated up to that day) or `bills` (their numbers).

        amount   pays no more than this, oldest bill first        credits  true: uses the vendor's open credits
        extra    pays this much more than the bills come to
        """
        bills = [bill for bill in self._bills(facts["vendor"], facts.get("bills")) if bill["Balance"]
                 and ("through" not in facts or bill["TxnDate"] <= facts["through"].isoformat())]
        if not bills:
            wanted = (f"bill {', '.join(facts['bills'])}" if "bills" in facts
                      else f"open bill through {facts['through']}")
            return [f"Nothing to pay: QuickBooks has no {wanted} of {facts['vendor']}."]
        left = Decimal(facts["amount"]) if "amount" in facts else sum((bill["Balance"] for bill in bills), ZERO)
        lines, paid = [], []
        for bill in bills:
            share = min(bill["Balance"], left)
            if share > 0:
                lines.append(_settles("Bill", bill, share))
                paid.append(bill["DocNumber"])
                left -= share
        total = sum((line["Amount"] for line in lines), ZERO) + Decimal(facts.get("extra", 0))
        credits = self._open_credits(facts["vendor"]) if facts.get("credits") else []
        lines += [_settles("VendorCredit", credit, credit["Balance"]) for credit in credits]
        total -= sum((credit["Balance"] for credit in credits), ZERO)
        self.quickbooks.create("BillPayment", {
            "VendorRef": bills[0]["VendorRef"], "TxnDate": on.isoformat(), "DocNumber": facts["check"],
            "PayType": "Check", "TotalAmt": total, "Line": lines,
            "CheckPayment": {"BankAccountRef": {"value": self.names.account(self.books["checking"])}}})
        numbers = ", ".join(str(credit.get("DocNumber", credit["Id"])) for credit in credits)
        used = f" and used credit {numbers}" if credits else ""
        return [f"Paid {facts['vendor']} {total:,.2f} with check {facts['check']}{used}: {', '.join(paid)}."]

    def _bills(self, name: str, numbers: list[str] | None) -> Rows:
        """Oldest first; none while QuickBooks does not have the vendor."""
        vendor = self.names.vendor(name)
        if vendor is None:
            return []
        found = self.quickbooks.query("Bill", f"VendorRef = {quoted(vendor)}")
        wanted = [bill for bill in found if numbers is None or bill.get("DocNumber") in numbers]
        return sorted(wanted, key=lambda bill: (bill["TxnDate"], bill.get("DocNumber", "")))

    def _open_credits(self, name: str) -> Rows:
        vendor = self.names.vendor(name)
        return [credit for credit in self.quickbooks.query("VendorCredit")
                if credit["VendorRef"]["value"] == vendor and credit["Balance"]]

    def void_payment(self, facts: Mapping[str, Any], on: date) -> list[str]:
        found = self._payments(facts)
        for payment in found:
            self.quickbooks.change("BillPayment", payment, {}, operation="update", include="void")
        return [self._undone("Voided", facts, found)]

    def delete_payment(self, facts: Mapping[str, Any], on: date) -> list[str]:
        found = self._payments(facts)
        for payment in found:
            self.quickbooks.delete("BillPayment", payment)
        return [self._undone("Deleted", facts, found)]

    def _payments(self, facts: Mapping[str, Any]) -> Rows:
        return [payment for payment in self.quickbooks.query("BillPayment", f"DocNumber = {quoted(facts['check'])}")
                if payment["VendorRef"]["value"] == self.names.vendor(facts["vendor"])]

    @staticmethod
    def _undone(word: str, facts: Mapping[str, Any], found: Rows) -> str:
        if not found:
            return f"Check {facts['check']} to {facts['vendor']} was never written."
        return f"{word} check {facts['check']} to {facts['vendor']} over {found[0]['TotalAmt']:,.2f}."

    def _missing_job(self, lines: Iterable[Mapping[str, Any]]) -> str:
        wanted = [str(line["job"]) for line in lines if line.get("job")]
        return next((job for job in wanted if self.names.job(job) is None), "")


def _memo(facts: Mapping[str, Any]) -> dict[str, str]:
    return {"PrivateNote": facts["memo"]} if "memo" in facts else {}


def _settles(kind: str, document: Mapping[str, Any], amount: Decimal) -> dict[str, Any]:
    return {"Amount": amount, "LinkedTxn": [{"TxnId": document["Id"], "TxnType": kind}]}
