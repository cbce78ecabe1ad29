"""Bills on the desk: by hand, from a purchase order, changed, and paid."""
from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from itertools import groupby
from typing import Any

from tieout.sandbox.desk.desk import Desk, Form, Mistake, total
from tieout.sandbox.desk.documents import lines_of
from tieout.sandbox.desk.reading import accounts, at, names, read, tracked, tracking
from tieout.sandbox.kit import Request
from tieout.sandbox.worlds.rest import Refused, Rows

BY_ACCOUNT, BY_ITEM = "AccountBasedExpenseLineDetail", "ItemBasedExpenseLineDetail"
LONGEST = 200       # bills on the page that pays them, the soonest due
BLANK_LINES = 4
COST = ("Cost of Goods Sold", "Expense", "Other Expense", "Other Current Liability", "Fixed Asset",
        "Other Current Asset")


def edit_bill(desk: Desk, form: Form, args: Mapping[str, str]) -> tuple[str, str]:
    held = read(desk, "Bill", args["id"])
    lines = [_changed(line, form) for line in held["Line"]]
    if lines != held["Line"]:
        held.pop("TxnTaxDetail", None)      # worked out anew from the new amounts
    if form.values.get("version"):
        held["SyncToken"] = form.values["version"]
    made = desk.quickbooks.create("Bill", {
        **held, "DocNumber": form.text("number", "Number", needed=False), "TxnDate": form.day("date", "Bill date"),
        "PrivateNote": form.text("memo", "Memo", needed=False), "Line": lines})
    number = made.get("DocNumber", made["Id"])
    return f"Bill {number} is changed; it comes to {made['TotalAmt']:,.2f}.", at("Bill", made)


def _changed(line: dict[str, Any], form: Form) -> dict[str, Any]:
    """A quantity goes with the amount that it made."""
    name = f"amount-{line['Id']}"
    if "Amount" not in line or name not in form.values or line["DetailType"] not in line:
        return line
    amount = form.amount(name, f"Amount of line {line['Id']}")
    if amount == line["Amount"]:
        return line
    detail = {k: v for k, v in line[line["DetailType"]].items() if k not in ("Qty", "UnitPrice", "TaxInclusiveAmt")}
    return {**line, "Amount": amount, line["DetailType"]: detail}


# Bills by hand, and from a purchase order

def new_bill(desk: Desk, request: Request, args: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    return "new_bill.html", {
        "title": "Enter a bill", "order": None, "today": desk.today, "blank": range(1, BLANK_LINES + 1),
        "tracking": tracking(desk), "vendors": names(desk, "Vendor"),
        "jobs": names(desk, "Customer"), "accounts": accounts(desk, COST)}


def copy_order(desk: Desk, request: Request, args: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    """"Copy to bill": what has not been received yet on each line of the order."""
    order = read(desk, "PurchaseOrder", args["id"])
    if order.get("POStatus") == "Closed":
        raise Mistake(f"Purchase order {order.get('DocNumber', order['Id'])} is closed: nothing is left to bill.")
    lefts = {line["Id"]: _left(line) for line in order["Line"] if "Amount" in line and "Id" in line}
    rows = [{**line, "left": lefts[line["id"]]} for line in lines_of(desk, order) if line["id"] in lefts]
    return "new_bill.html", {"title": f"Copy purchase order {order.get('DocNumber', order['Id'])} to a bill",
                             "order": order, "rows": rows, "today": desk.today}


def _left(line: Mapping[str, Any]) -> Decimal:
    detail = line.get(line.get("DetailType", ""), {})
    if detail.get("Qty") and "Received" in detail:
        share = max(Decimal(detail["Qty"]) - Decimal(detail["Received"]), Decimal(0)) / Decimal(detail["Qty"])
        return (Decimal(line["Amount"]) * share).quantize(Decimal("0.01"))
    return Decimal(line["Amount"])


def create_bill(desk: Desk, form: Form, args: Mapping[str, str]) -> tuple[str, str]:
    body: dict[str, Any] = {"VendorRef": {"value": form.text("vendor", "Vendor")},
                            "TxnDate": form.day("date", "Bill date"), "DocNumber": form.text("number", "Number")}
    document, tracked_line = tracked(form.values)
    lines = []
    for row in form.rows("amount"):
        amount = form.amount(f"amount-{row}", f"Amount of line {row}")
        if not amount:
            continue
        detail: dict[str, Any] = {**tracked_line, "AccountRef": {
            "value": form.text(f"account-{row}", f"Account of line {row}")}}
        job = form.text(f"job-{row}", "Job", needed=False)
        lines.append({"Amount": amount, "DetailType": BY_ACCOUNT, "Description": form.text(
            f"description-{row}", "Description", needed=False), BY_ACCOUNT: detail | (
                {"CustomerRef": {"value": job}, "BillableStatus": "NotBillable"} if job else {})})
    return _entered(desk, body | document, lines)


def bill_order(desk: Desk, form: Form, args: Mapping[str, str]) -> tuple[str, str]:
    order = read(desk, "PurchaseOrder", args["id"])
    lines = []
    for line in order["Line"]:
        kind, name = line.get("DetailType", ""), f"amount-{line.get('Id', '')}"
        amount = form.amount(name, f"Amount of line {line.get('Id', '')}")
        if not amount or kind not in line:
            continue
        detail = {k: v for k, v in line[kind].items() if k in ("ItemRef", "AccountRef", "CustomerRef", "ClassRef",
                                                               "TaxCodeRef")}
        if kind == BY_ITEM and line[kind].get("Qty") and amount == line["Amount"]:
            detail |= {"Qty": line[kind]["Qty"], "UnitPrice": line[kind]["UnitPrice"]}
        lines.append({"Amount": amount, "DetailType": kind, "Description": line.get("Description", ""), kind: detail,
                      "LinkedTxn": [{"TxnId": order["Id"], "TxnType": "PurchaseOrder", "TxnLineId": line["Id"]}]})
    body: dict[str, Any] = {
        "TxnDate": form.day("date", "Bill date"), "DocNumber": form.text("number", "Number"),
        "LinkedTxn": [{"TxnId": order["Id"], "TxnType": "PurchaseOrder"}]}
    body.update((key, order[key]) for key in ("VendorRef", "DepartmentRef", "CurrencyRef") if key in order)
    return _entered(desk, body, lines)


def _entered(desk: Desk, body: dict[str, Any], lines: list[dict[str, Any]]) -> tuple[str, str]:
    if not lines:
        raise Mistake("Every amount is empty. Fill in at least one.")
    made = desk.quickbooks.create("Bill", {**body, "Line": lines})
    return (f"Bill {made['DocNumber']} of {made['VendorRef'].get('name', '')} is entered: {made['TotalAmt']:,.2f}, due "
            f"{made.get('DueDate', made['TxnDate'])}."), at("Bill", made)


# Paying

def open_bills(desk: Desk, request: Request, args: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    rows = sorted(desk.quickbooks.query("Bill", "Balance > '0'"), key=lambda bill: str(bill.get("DueDate", "")))
    only, wanted = request.param("bill"), request.param("vendor") or ""
    owing = sorted({(str(bill["VendorRef"].get("name", "")), str(bill["VendorRef"]["value"])) for bill in rows})
    rows = [bill for bill in rows if (only in (None, bill["Id"])) and wanted in ("", bill["VendorRef"]["value"])]
    return "pay_bills.html", {
        "title": "Pay bills", "rows": rows[:LONGEST], "count": len(rows), "owing": owing, "vendor": wanted,
        "today": desk.today, "only": only, "check": _next_check(desk),
        "banks": accounts(desk, ("Bank",)), "total": total(Decimal(row["Balance"]) for row in rows)}


def pay(desk: Desk, form: Form, args: Mapping[str, str]) -> tuple[str, str]:
    """One check for each vendor; the check numbers run on."""
    chosen = form.rows("pay")
    if not chosen:
        raise Mistake("No bill is ticked. Tick what is to be paid.")
    bank, on = form.text("bank", "Paid from"), form.day("date", "Payment date")
    number = form.text("check", "First check number")
    bills = sorted((read(desk, "Bill", id_) for id_ in chosen), key=lambda bill: str(bill["VendorRef"]["value"]))
    amounts = {id_: form.amount(f"amount-{id_}", f"Amount of bill {id_}") for id_ in chosen}
    made: Rows = []
    for vendor, group in groupby(bills, key=lambda bill: str(bill["VendorRef"]["value"])):
        lines: Rows = [{"Amount": amounts[bill["Id"]], "LinkedTxn": [{"TxnId": bill["Id"], "TxnType": "Bill"}]}
                       for bill in group]
        try:
            made.append(desk.quickbooks.create("BillPayment", {
                "VendorRef": {"value": vendor}, "TxnDate": on, "DocNumber": number, "PayType": "Check",
                "TotalAmt": total(line["Amount"] for line in lines), "Line": lines,
                "CheckPayment": {"BankAccountRef": {"value": bank}}}))
        except Refused:
            for written in made:        # all checks of the page, or none
                desk.quickbooks.delete("BillPayment", written)
            raise
        number = str(int(number) + 1) if number.isascii() and number.isdecimal() else number
    said = [f"{one['VendorRef'].get('name', '')} {one['TotalAmt']:,.2f} with check {one['DocNumber']}" for one in made]
    return f"Paid {'; '.join(said)}.", "/quickbooks/BillPayment"


def _next_check(desk: Desk) -> str:
    used = [int(record.body["DocNumber"]) for record in desk.books.records["BillPayment"].values()
            if str(record.body.get("DocNumber", "")).isdecimal()]
    return str(max(used, default=1000) + 1)
