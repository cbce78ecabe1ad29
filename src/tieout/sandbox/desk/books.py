"""The bookkeeper's side of the desk: bills, purchase orders, payments, names, and the books themselves."""
from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import Any

from tieout.sandbox.desk.desk import Desk, Form, Missing, Mistake, money, total
from tieout.sandbox.kit import Request
from tieout.sandbox.worlds.rest import Rows, quoted

PAGE = 50
# What is listed, under which heading, and who stands on it.
KINDS: dict[str, tuple[str, str]] = {
    "Bill": ("Bills", "VendorRef"), "VendorCredit": ("Vendor credits", "VendorRef"),
    "BillPayment": ("Bill payments", "VendorRef"), "PurchaseOrder": ("Purchase orders", "VendorRef"),
    "Purchase": ("Checks and expenses", "EntityRef"), "JournalEntry": ("Journal entries", ""),
    "Invoice": ("Invoices", "CustomerRef"), "Payment": ("Payments received", "CustomerRef"),
    "Deposit": ("Deposits", "")}
VOIDED = ("BillPayment", "Payment", "Invoice")
BY_ACCOUNT, BY_ITEM = "AccountBasedExpenseLineDetail", "ItemBasedExpenseLineDetail"
LONGEST = 200       # bills on the page that pays them, the soonest due
BLANK_LINES = 4
COST = ("Cost of Goods Sold", "Expense", "Other Expense", "Other Current Liability", "Fixed Asset",
        "Other Current Asset")


# Documents

def documents(desk: Desk, request: Request, args: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    entity = _kind(args["entity"])
    label, party = KINDS[entity]
    start, wanted = _whole(request.param("from"), 1), (request.param("number") or "").strip()
    conditions = [f"DocNumber LIKE {quoted(f'%{wanted}%')}"] if wanted and entity != "Payment" else []
    only_open = request.param("open") == "1" and entity in ("Bill", "Invoice")
    if only_open:
        conditions.append("Balance > '0'")
    vendor = request.param("vendor") or ""
    if vendor and entity in ("Bill", "BillPayment"):
        conditions.append(f"VendorRef = {quoted(vendor)}")
    where = f"WHERE {' AND '.join(conditions)}" if conditions else ""
    count = _asked(desk, "SELECT COUNT(*) FROM", entity, where).get("totalCount", 0)
    found = _asked(desk, "SELECT * FROM", entity, where, "ORDERBY TxnDate DESC STARTPOSITION", str(start),
                   "MAXRESULTS", str(PAGE)).get(entity, [])
    return "documents.html", {
        "title": label, "entity": entity, "party": party, "rows": found, "count": count, "start": start, "page": PAGE,
        "number": wanted, "open": only_open, "vendor": vendor,
        "vendor_name": desk.books.name_of("Vendor", vendor) if vendor else "",
        "has_balance": entity in ("Bill", "VendorCredit", "Invoice")}


def document(desk: Desk, request: Request, args: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    entity = _kind(args["entity"])
    found = _read(desk, entity, args["id"])
    posted = [{"account": _account_name(desk, entry.account),
               "party": desk.books.name_of(*entry.party) if entry.party else "",
               "debit": money(entry.cents) if entry.cents > 0 else None,
               "credit": money(-entry.cents) if entry.cents < 0 else None}
              for entry in desk.books.ledger.entries.get(args["id"], ())]
    label, party = KINDS[entity]
    return "document.html", {
        "title": f"{_singular(label)} {found.get('DocNumber') or found['Id']}", "entity": entity, "label": label,
        "party": party, "document": found, "lines": [_shown_line(line) for line in found.get("Line", [])],
        "posted": posted, "can_void": entity in VOIDED, "links": found.get("LinkedTxn", []), "kinds": KINDS,
        "editable": entity == "Bill"}


def _asked(desk: Desk, *statement: str) -> dict[str, Any]:
    found: dict[str, Any] = desk.quickbooks.call("GET", "query", query=" ".join(statement))["QueryResponse"]
    return found


def _shown_line(line: Mapping[str, Any]) -> dict[str, Any]:
    detail = line.get(line.get("DetailType", ""), {})
    return {"id": line.get("Id", ""), "description": line.get("Description", ""), "amount": line.get("Amount"),
            "on": next((detail[key].get("name", detail[key]["value"]) for key in ("ItemRef", "AccountRef")
                        if key in detail), ""),
            "side": detail.get("PostingType", ""), "job": detail.get("CustomerRef", {}).get("name", ""),
            "quantity": detail.get("Qty"), "received": detail.get("Received"), "links": line.get("LinkedTxn", [])}


def edit_bill(desk: Desk, form: Form, args: Mapping[str, str]) -> tuple[str, str]:
    held = _read(desk, "Bill", args["id"])
    lines = []
    for line in held["Line"]:
        amount = form.amount(f"amount-{line['Id']}", f"Amount of line {line['Id']}")
        if amount != line["Amount"]:
            detail = {k: v for k, v in line[line["DetailType"]].items() if k not in ("Qty", "UnitPrice")}
            line = {**line, "Amount": amount, line["DetailType"]: detail}
        lines.append(line)
    made = desk.quickbooks.create("Bill", {
        **held, "DocNumber": form.text("number", "Number", needed=False), "TxnDate": form.day("date", "Bill date"),
        "PrivateNote": form.text("memo", "Memo", needed=False), "Line": lines})
    number = made.get("DocNumber", made["Id"])
    return f"Bill {number} is changed; it comes to {made['TotalAmt']:,.2f}.", _at("Bill", made)


def delete(desk: Desk, form: Form, args: Mapping[str, str]) -> tuple[str, str]:
    entity = _kind(args["entity"])
    held = _read(desk, entity, args["id"])
    desk.quickbooks.delete(entity, held)
    return (f"{_singular(KINDS[entity][0])} {held.get('DocNumber', held['Id'])} over {held.get('TotalAmt', 0):,.2f} is "
            f"deleted."), f"/quickbooks/{entity}"


def void(desk: Desk, form: Form, args: Mapping[str, str]) -> tuple[str, str]:
    entity = _kind(args["entity"])
    if entity not in VOIDED:
        raise Mistake(f"QuickBooks has no way to void {KINDS[entity][0].lower()} here. Delete it instead.")
    held = _read(desk, entity, args["id"])
    options = {"operation": "void"} if entity == "Invoice" else {"operation": "update", "include": "void"}
    desk.quickbooks.change(entity, held, {}, **options)
    number = held.get("DocNumber", held["Id"])
    return f"{_singular(KINDS[entity][0])} {number} is void: it stays, at zero.", _at(entity, held)


# Bills by hand, and from a purchase order

def new_bill(desk: Desk, request: Request, args: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    return "new_bill.html", {
        "title": "Enter a bill", "order": None, "today": desk.today, "blank": range(1, BLANK_LINES + 1),
        "vendors": _names(desk, "Vendor"), "jobs": _names(desk, "Customer"), "accounts": _accounts(desk, COST)}


def copy_order(desk: Desk, request: Request, args: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    """"Copy to bill": what has not been received yet on each line of the order."""
    order = _read(desk, "PurchaseOrder", args["id"])
    if order.get("POStatus") == "Closed":
        raise Mistake(f"Purchase order {order.get('DocNumber', order['Id'])} is closed: nothing is left to bill.")
    rows = [{**_shown_line(line), "left": _left(line)} for line in order["Line"]]
    return "new_bill.html", {"title": f"Copy purchase order {order.get('DocNumber', order['Id'])} to a bill",
                             "order": order, "rows": rows, "today": desk.today}


def _left(line: Mapping[str, Any]) -> Decimal:
    detail = line[line["DetailType"]]
    if detail.get("Qty") and "Received" in detail:
        share = max(Decimal(detail["Qty"]) - Decimal(detail["Received"]), Decimal(0)) / Decimal(detail["Qty"])
        return (Decimal(line["Amount"]) * share).quantize(Decimal("0.01"))
    return Decimal(line["Amount"])


def create_bill(desk: Desk, form: Form, args: Mapping[str, str]) -> tuple[str, str]:
    body: dict[str, Any] = {"VendorRef": {"value": form.text("vendor", "Vendor")},
                            "TxnDate": form.day("date", "Bill date"), "DocNumber": form.text("number", "Number")}
    lines = []
    for row in form.rows("amount"):
        amount = form.amount(f"amount-{row}", f"Amount of line {row}")
        if not amount:
            continue
        detail: dict[str, Any] = {"AccountRef": {"value": form.text(f"account-{row}", f"Account of line {row}")}}
        job = form.text(f"job-{row}", "Job", needed=False)
        lines.append({"Amount": amount, "DetailType": BY_ACCOUNT, "Description": form.text(
            f"description-{row}", "Description", needed=False), BY_ACCOUNT: detail | (
                {"CustomerRef": {"value": job}, "BillableStatus": "NotBillable"} if job else {})})
    return _entered(desk, body, lines)


def bill_order(desk: Desk, form: Form, args: Mapping[str, str]) -> tuple[str, str]:
    order = _read(desk, "PurchaseOrder", args["id"])
    lines = []
    for line in order["Line"]:
        amount = form.amount(f"amount-{line['Id']}", f"Amount of line {line['Id']}")
        if not amount:
            continue
        kind = line["DetailType"]
        detail = {k: v for k, v in line[kind].items() if k in ("ItemRef", "AccountRef", "CustomerRef", "ClassRef",
                                                               "TaxCodeRef")}
        if kind == BY_ITEM and line[kind].get("Qty") and amount == line["Amount"]:
            detail |= {"Qty": line[kind]["Qty"], "UnitPrice": line[kind]["UnitPrice"]}
        lines.append({"Amount": amount, "DetailType": kind, "Description": line.get("Description", ""), kind: detail,
                      "LinkedTxn": [{"TxnId": order["Id"], "TxnType": "PurchaseOrder", "TxnLineId": line["Id"]}]})
    body = {"VendorRef": order["VendorRef"], "TxnDate": form.day("date", "Bill date"),
            "DocNumber": form.text("number", "Number"),
            "LinkedTxn": [{"TxnId": order["Id"], "TxnType": "PurchaseOrder"}]}
    return _entered(desk, body, lines)


def _entered(desk: Desk, body: dict[str, Any], lines: list[dict[str, Any]]) -> tuple[str, str]:
    if not lines:
        raise Mistake("Every amount is empty. Fill in at least one.")
    made = desk.quickbooks.create("Bill", {**body, "Line": lines})
    return (f"Bill {made['DocNumber']} of {made['VendorRef'].get('name', '')} is entered: {made['TotalAmt']:,.2f}, due "
            f"{made.get('DueDate', made['TxnDate'])}."), _at("Bill", made)


# Paying

def open_bills(desk: Desk, request: Request, args: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    rows = sorted(desk.quickbooks.query("Bill", "Balance > '0'"), key=lambda bill: str(bill.get("DueDate", "")))
    only, wanted = request.param("bill"), request.param("vendor") or ""
    owing = sorted({(str(bill["VendorRef"].get("name", "")), str(bill["VendorRef"]["value"])) for bill in rows})
    rows = [bill for bill in rows if (only in (None, bill["Id"])) and wanted in ("", bill["VendorRef"]["value"])]
    return "pay_bills.html", {
        "title": "Pay bills", "rows": rows[:LONGEST], "count": len(rows), "owing": owing, "vendor": wanted,
        "today": desk.today, "only": only, "check": _next_check(desk),
        "banks": _accounts(desk, ("Bank",)), "total": total(Decimal(row["Balance"]) for row in rows)}


def pay(desk: Desk, form: Form, args: Mapping[str, str]) -> tuple[str, str]:
    """One check for each vendor; the check numbers run on."""
    chosen = form.rows("pay")
    if not chosen:
        raise Mistake("No bill is ticked. Tick what is to be paid.")
    bank, on = form.text("bank", "Paid from"), form.day("date", "Payment date")
    number = form.text("check", "First check number")
    bills = sorted((_read(desk, "Bill", id_) for id_ in chosen), key=lambda bill: str(bill["VendorRef"]["value"]))
    amounts = {id_: form.amount(f"amount-{id_}", f"Amount of bill {id_}") for id_ in chosen}
    said = []
    for vendor, group in groupby(bills, key=lambda bill: str(bill["VendorRef"]["value"])):
        lines: Rows = [{"Amount": amounts[bill["Id"]], "LinkedTxn": [{"TxnId": bill["Id"], "TxnType": "Bill"}]}
                       for bill in group]
        made = desk.quickbooks.create("BillPayment", {
            "VendorRef": {"value": vendor}, "TxnDate": on, "DocNumber": number, "PayType": "Check",
            "TotalAmt": total(line["Amount"] for line in lines), "Line": lines,
            "CheckPayment": {"BankAccountRef": {"value": bank}}})
        said.append(f"{made['VendorRef'].get('name', '')} {made['TotalAmt']:,.2f} with check {number}")
        number = str(int(number) + 1) if number.isdigit() else number
    return f"Paid {'; '.join(said)}.", "/quickbooks/BillPayment"


def _next_check(desk: Desk) -> str:
    used = [int(record.body["DocNumber"]) for record in desk.books.records["BillPayment"].values()
            if str(record.body.get("DocNumber", "")).isdigit()]
    return str(max(used, default=1000) + 1)


# Names

def vendors(desk: Desk, request: Request, args: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    wanted = (request.param("name") or "").strip()
    where = f"DisplayName LIKE {quoted(f'%{wanted}%')}" if wanted else ""
    rows = sorted(desk.quickbooks.query("Vendor", where), key=lambda row: row["DisplayName"].casefold())
    return "vendors.html", {"title": "Vendors", "rows": rows, "name": wanted}


def vendor(desk: Desk, request: Request, args: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    found = _read(desk, "Vendor", args["id"])
    others = [row for row in _names(desk, "Vendor") if row["Id"] != found["Id"]]
    bills = desk.quickbooks.query("Bill", f"VendorRef = {quoted(found['Id'])}")
    return "vendor.html", {"title": found["DisplayName"], "vendor": found, "others": others, "bills": len(bills),
                           "open": [bill for bill in bills if bill["Balance"]]}


def rename_vendor(desk: Desk, form: Form, args: Mapping[str, str]) -> tuple[str, str]:
    held = _read(desk, "Vendor", args["id"])
    made = desk.quickbooks.change("Vendor", held, {"DisplayName": form.text("name", "Name")})
    return f"{held['DisplayName']} is now {made['DisplayName']}.", f"/quickbooks/vendors/{made['Id']}"


def retire_vendor(desk: Desk, form: Form, args: Mapping[str, str]) -> tuple[str, str]:
    held = _read(desk, "Vendor", args["id"])
    made = desk.quickbooks.change("Vendor", held, {"Active": not held["Active"]})
    return f"{made['DisplayName']} is {'active again' if made['Active'] else 'inactive'}.", \
        f"/quickbooks/vendors/{made['Id']}"


# The books

def books(desk: Desk, request: Request, args: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    asked = request.param("as_of") or ""
    try:
        as_of = date.fromisoformat(asked) if asked else None
    except ValueError:
        raise Mistake(f"As of is “{asked}”, which is not a day. Write it like 2026-03-31.") from None
    balances, rows = desk.books.trial_balance(as_of), []
    for id_, record in desk.books.records["Account"].items():
        if cents := balances.get(id_, 0):
            rows.append({"name": _account_name(desk, id_), "type": record.body["AccountType"],
                         "debit": money(cents) if cents > 0 else None, "credit": money(-cents) if cents < 0 else None})
    rows.sort(key=lambda row: str(row["name"]))
    return "books.html", {
        "title": "The books", "rows": rows, "as_of": asked,
        "debit": total(row["debit"] for row in rows if row["debit"]),
        "credit": total(row["credit"] for row in rows if row["credit"]),
        "payable": _parties(desk, "Vendor", desk.books.ledger.payable),
        "receivable": _parties(desk, "Customer", desk.books.ledger.receivable),
        "closed": desk.books.closed_through.isoformat() if desk.books.closed_through else "", "today": desk.today}


def _parties(desk: Desk, entity: str, balances: Mapping[str, int]) -> list[dict[str, Any]]:
    rows = [{"name": desk.books.name_of(entity, id_) or id_, "id": id_, "amount": money(cents)}
            for id_, cents in balances.items() if cents]
    return sorted(rows, key=lambda row: str(row["name"]).casefold())


def close_books(desk: Desk, form: Form, args: Mapping[str, str]) -> tuple[str, str]:
    text = form.text("through", "Closed through", needed=False)
    through = date.fromisoformat(form.day("through", "Closed through")) if text else None
    desk.sandbox.quickbooks.set_closing_date(through, password=form.values.get("password") == "1")
    return ("The books are open: any date may be entered." if through is None else
            f"The books are closed through {through}: what is dated then or before is refused."), "/quickbooks/books"


# Reading

def _kind(name: str) -> str:
    if name not in KINDS:
        raise Missing(f"The desk has no list of “{name}”. It has {', '.join(KINDS)}.")
    return name


def _read(desk: Desk, entity: str, id_: str) -> dict[str, Any]:
    found: dict[str, Any] = desk.quickbooks.call("GET", f"{entity.lower()}/{id_}")[entity]
    return found


def _at(entity: str, found: Mapping[str, Any]) -> str:
    return f"/quickbooks/{entity}/{found['Id']}"


def _singular(label: str) -> str:
    return {"Journal entries": "Journal entry", "Checks and expenses": "Expense",
            "Payments received": "Payment received"}.get(label, label.removesuffix("s"))


def _account_name(desk: Desk, id_: str) -> str:
    record = desk.books.records["Account"][id_]
    return f"{record.body.get('AcctNum', '')} {desk.books.full_name(record)}".strip()


def _names(desk: Desk, entity: str) -> Rows:
    key = "FullyQualifiedName" if entity == "Customer" else "DisplayName"
    return sorted(desk.quickbooks.query(entity), key=lambda row: str(row[key]).casefold())


def _accounts(desk: Desk, types: tuple[str, ...]) -> list[dict[str, str]]:
    rows = [{"id": id_, "name": _account_name(desk, id_)} for id_, record in desk.books.records["Account"].items()
            if record.active and record.body["AccountType"] in types]
    return sorted(rows, key=lambda row: row["name"])


def _whole(text: str | None, usual: int) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and int(text) > 0 else usual
