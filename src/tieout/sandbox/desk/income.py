"""Money in, at the desk: an invoice entered from the owner invoice, a payment received, a deposit."""
from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from tieout.sandbox.desk.desk import Desk, Form, Mistake, money
from tieout.sandbox.desk.documents import KINDS, title_of
from tieout.sandbox.desk.field import project_of
from tieout.sandbox.desk.owner import LINE, read_invoice
from tieout.sandbox.desk.reading import accounts, at, names, read, tracked, tracking
from tieout.sandbox.kit import Request
from tieout.sandbox.quickbooks_online.company import Record
from tieout.sandbox.quickbooks_online.postings import waiting

RECEIVED = ("Payment", "SalesReceipt")
SOLD = "SalesItemLineDetail"


# "Copy to invoice"

def copy_owner_invoice(desk: Desk, request: Request, args: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    """What was earned on one line, and what is held of it on another one below zero (qbo.md 14.5)."""
    project = project_of(desk, args["project"])
    found = read_invoice(desk, project, args["invoice"])
    earned, held = earned_and_held(found)
    items = _items(desk)
    jobs = names(desk, "Customer")
    customer = _customer_of(jobs, project, found)
    sold = _sold_before(desk, customer)
    rows = [("1", "Earned", f"Application {found['number']}", earned, sold[0] or _first(items, "Income")),
            ("2", "Retainage", "Less retainage" if held > 0 else "Retainage released", -held,
             sold[1] or _first(items, "Other Current Asset"))]
    return "new_invoice.html", {
        "title": f"Copy owner invoice {found['number']} to an invoice", "project": project, "invoice": found,
        "rows": rows, "items": items, "customers": jobs, "tracking": tracking(desk),
        "customer": customer, "due": found["g702"]["current_payment_due"]}


def earned_and_held(found: Mapping[str, Any]) -> tuple[Decimal, Decimal]:
    """This period's earnings before retainage and tax, and what more is held of them (below zero: released)."""
    sums, lines = found["g702"], [line for line in found["g703"] if line["type"] == LINE]
    held = sum((Decimal(line["total_retainage_currently_retained"])
                - Decimal(line["total_retainage_from_previous_application"]) for line in lines), Decimal(0))
    due = Decimal(sums["total_earned_less_retainage"]) - Decimal(sums["less_previous_certificates_for_payment"])
    return due + held, held


def _items(desk: Desk) -> list[dict[str, str]]:
    """What can be sold, and the type of the account behind it."""
    company = desk.books
    return [{"id": id_, "name": company.full_name(record), "type": company.account_type(
        record.body["IncomeAccountRef"]["value"])} for id_, record in company.records["Item"].items()
        if record.active and "IncomeAccountRef" in record.body]


def _first(items: list[dict[str, str]], account_type: str) -> str:
    return next((item["id"] for item in items if item["type"] == account_type), "")


def _sold_before(desk: Desk, customer: str) -> tuple[str, str]:
    """The items on which this customer's latest invoice has what was earned, and what is held."""
    earned = held = ""
    for record in desk.books.found_by("Invoice", "CustomerRef", customer):
        for line in record.body["Line"]:
            item = line.get(SOLD, {}).get("ItemRef", {}).get("value", "")
            if item and line["Amount"] > 0:
                earned = item
            elif item and line["Amount"] < 0:
                held = item
    return earned, held


def _customer_of(jobs: list[dict[str, Any]], project: Mapping[str, Any], found: Mapping[str, Any]) -> str:
    """The job that is called like the project, else the owner."""
    number, owner = str(project["project_number"] or project["name"]), str(found["formatted_contract_company"] or "")
    for wanted in (lambda job: bool(job.get("Job")) and number in job["DisplayName"],
                   lambda job: bool(owner) and job["DisplayName"] == owner):
        for job in jobs:
            if wanted(job):
                return str(job["Id"])
    return ""


def create_invoice(desk: Desk, form: Form, args: Mapping[str, str]) -> tuple[str, str]:
    document, tracked_line = tracked(form.values)
    lines = []
    for row in sorted(form.rows("amount")):
        amount = form.amount(f"amount-{row}", f"Amount of line {row}")
        if amount:
            lines.append({"Amount": amount, "DetailType": SOLD, "Description": form.text(
                f"description-{row}", "Description", needed=False), SOLD: {
                    "ItemRef": {"value": form.text(f"item-{row}", f"Item of line {row}")}, **tracked_line}})
    if not lines:
        raise Mistake("Every amount is empty. Fill in at least one.")
    made = desk.quickbooks.create("Invoice", {
        "CustomerRef": {"value": form.text("customer", "Customer")}, "DocNumber": form.text("number", "Invoice number"),
        "TxnDate": form.day("date", "Invoice date"), **document, "Line": lines})
    return (f"Invoice {made['DocNumber']} of {made['CustomerRef'].get('name', '')} is entered: "
            f"{made['TotalAmt']:,.2f}."), at("Invoice", made)


# Receiving

def receive_page(desk: Desk, request: Request, args: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    found = read(desk, "Invoice", args["id"])
    if not found["Balance"]:
        raise Mistake(f"{title_of(KINDS['Invoice'], found)} is not open: nothing is left to receive.")
    return "receive.html", {
        "title": f"Receive a payment on {title_of(KINDS['Invoice'], found)[:1].lower()}"
                 f"{title_of(KINDS['Invoice'], found)[1:]}",
        "document": found, "today": desk.today, "banks": [*_undeposited(desk), *accounts(desk, ("Bank",))]}


def _undeposited(desk: Desk) -> list[dict[str, str]]:
    found = desk.books.account_of_type("Other Current Asset", "UndepositedFunds")
    return [{"id": found.id, "name": desk.books.full_name(found)}] if found else []


def receive(desk: Desk, form: Form, args: Mapping[str, str]) -> tuple[str, str]:
    found, amount = read(desk, "Invoice", args["id"]), form.amount("amount", "Amount")
    if amount <= 0:
        raise Mistake("Amount is nothing. Say what was received.")
    made = desk.quickbooks.create("Payment", {
        "CustomerRef": {"value": found["CustomerRef"]["value"]}, "TxnDate": form.day("date", "Date"),
        "PaymentRefNum": form.text("reference", "Reference", needed=False), "TotalAmt": amount,
        "DepositToAccountRef": {"value": form.text("into", "Deposited to")},
        "Line": [{"Amount": min(amount, Decimal(found["Balance"])), "LinkedTxn": [
            {"TxnId": found["Id"], "TxnType": "Invoice"}]}] if found["Balance"] else []})
    over = made.get("UnappliedAmt") or 0
    rest = f" {over:,.2f} of it is not applied to anything." if over else ""
    return f"Received {amount:,.2f} of {found['CustomerRef'].get('name', '')}.{rest}", at("Payment", made)


# Depositing

def deposit_page(desk: Desk, request: Request, args: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    held = list(_waiting(desk))
    rows = [{"id": record.id, "kind": record.entity, "document": record.body, "amount": money(cents),
             "name": desk.books.name_of("Customer", record.body["CustomerRef"]["value"])} for record, cents in held]
    return "deposit.html", {"title": "Deposit", "rows": rows, "kinds": KINDS, "today": desk.today,
                            "banks": accounts(desk, ("Bank",)), "total": money(sum(cents for _, cents in held))}


def _waiting(desk: Desk) -> Iterator[tuple[Record, int]]:
    """What lies in Undeposited Funds, and its cents."""
    for entity in RECEIVED:
        for record in desk.books.records[entity].values():
            if record.id not in desk.books.deposited:
                _, cents, _ = waiting(desk.books, record)
                if cents:
                    yield record, cents


def deposit(desk: Desk, form: Form, args: Mapping[str, str]) -> tuple[str, str]:
    chosen, held = set(form.rows("take")), {record.id: (record, cents) for record, cents in _waiting(desk)}
    if not chosen:
        raise Mistake("Nothing is ticked. Tick what is brought to the bank.")
    if gone := sorted(chosen - held.keys()):
        raise Mistake(f"{gone[0]} lies in Undeposited Funds no longer. Look at the list again.")
    made = desk.quickbooks.create("Deposit", {
        "DepositToAccountRef": {"value": form.text("bank", "Bank")}, "TxnDate": form.day("date", "Date"),
        "Line": [{"Amount": money(held[id_][1]), "LinkedTxn": [
            {"TxnId": id_, "TxnType": held[id_][0].entity, "TxnLineId": "0"}]} for id_ in sorted(chosen, key=int)]})
    return f"Deposited {made['TotalAmt']:,.2f}.", at("Deposit", made)
