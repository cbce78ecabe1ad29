"""QuickBooks' documents on the desk: lists, one document with what it posts, and deleting or voiding it."""
from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from tieout.sandbox.desk.desk import Balances, Desk, Form, Missing, Mistake, money
from tieout.sandbox.desk.reading import account_name, at, read
from tieout.sandbox.desk.tables import PAGE, Fact, facts, whole
from tieout.sandbox.kit import Request
from tieout.sandbox.quickbooks_online.company import POSTING
from tieout.sandbox.worlds.rest import quoted


class Kind(NamedTuple):
    """How a kind of document is called, who stands on it, and which of the optional columns its list has."""

    plural: str
    singular: str
    party: str = ""
    number: str = "DocNumber"
    amount: str = "TotalAmt"
    balance: bool = False


KINDS: dict[str, Kind] = {
    "Bill": Kind("Bills", "Bill", "VendorRef", balance=True),
    "VendorCredit": Kind("Vendor credits", "Vendor credit", "VendorRef", balance=True),
    "BillPayment": Kind("Bill payments", "Bill payment", "VendorRef"),
    "PurchaseOrder": Kind("Purchase orders", "Purchase order", "VendorRef"),
    "Purchase": Kind("Checks and expenses", "Expense", "EntityRef"),
    "Invoice": Kind("Invoices", "Invoice", "CustomerRef", balance=True),
    "Payment": Kind("Payments received", "Payment received", "CustomerRef", "PaymentRefNum"),
    "Deposit": Kind("Deposits", "Deposit"),
    "Estimate": Kind("Estimates", "Estimate", "CustomerRef"),
    "CreditMemo": Kind("Credit memos", "Credit memo", "CustomerRef"),
    "SalesReceipt": Kind("Sales receipts", "Sales receipt", "CustomerRef"),
    "RefundReceipt": Kind("Refunds", "Refund", "CustomerRef"),
    "JournalEntry": Kind("Journal entries", "Journal entry"),
    "Transfer": Kind("Transfers", "Transfer", number="", amount="Amount"),
    "TimeActivity": Kind("Time", "Time", "CustomerRef", number="", amount="")}
VOIDED = ("BillPayment", "Payment", "Invoice", "SalesReceipt", "Bill")
VOID = "Voided"
LINKED = {"BillPaymentCheck": "BillPayment", "BillPaymentCreditCard": "BillPayment", "Expense": "Purchase",
          "Check": "Purchase"}
# What a document may say of itself beside number, party, day and amount: the label and the key.
SAID = (("Status", "POStatus"), ("Status", "TxnStatus"), ("Location", "DepartmentRef"), ("Class", "ClassRef"),
        ("Account", "AccountRef"), ("From", "FromAccountRef"), ("To", "ToAccountRef"),
        ("Deposited to", "DepositToAccountRef"), ("Worked", "NameOf"),
        ("By", "EmployeeRef"), ("By", "VendorRef"), ("Billable", "BillableStatus"), ("Description", "Description"))


def kind_of(entity: str) -> Kind:
    if entity not in KINDS:
        raise Missing(f"The desk has no list of “{entity}”. It has {', '.join(KINDS)}.")
    return KINDS[entity]


def documents(desk: Desk, request: Request, args: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    entity = args["entity"]
    kind = kind_of(entity)
    start, wanted = whole(request.param("from"), 1), (request.param("number") or "").strip()
    conditions = [f"DocNumber LIKE {quoted(f'%{wanted}%')}"] if wanted and kind.number == "DocNumber" else []
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
        "title": kind.plural, "entity": entity, "kind": kind, "rows": found, "count": count, "start": start,
        "number": wanted, "open": only_open, "vendor": vendor, "of": of_time if not kind.amount else None,
        "vendor_name": desk.books.name_of("Vendor", vendor) if vendor else ""}


def of_time(one: Mapping[str, Any]) -> str:
    """Who worked and how long: 8 h 30 min."""
    hours, minutes = one.get("Hours", 0), one.get("Minutes", 0)
    who = next((one[key].get("name", "") for key in ("EmployeeRef", "VendorRef") if key in one), "")
    return f"{who}, {hours} h {minutes} min" if hours or minutes else who


def _asked(desk: Desk, *statement: str) -> dict[str, Any]:
    found: dict[str, Any] = desk.quickbooks.call("GET", "query", query=" ".join(statement))["QueryResponse"]
    return found


# One document

def document(desk: Desk, request: Request, args: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    entity = args["entity"]
    kind, found = kind_of(entity), read(desk, entity, args["id"])
    return "document.html", {
        "title": title_of(kind, found), "entity": entity, "kind": kind, "document": found,
        "facts": _facts(desk, entity, found), "lines": lines_of(desk, found), "posted": _posted(desk, entity, found),
        "posts": entity in POSTING, "can_void": entity in VOIDED and found.get("PrivateNote") != VOID,
        "links": [_link(link) for link in found.get("LinkedTxn", [])], "files": _files(desk, entity, found["Id"]),
        "editable": entity == "Bill" and found.get("PrivateNote") != VOID,
        "waits": entity == "Invoice" and bool(found.get("Balance"))}


def title_of(kind: Kind, found: Mapping[str, Any]) -> str:
    return f"{kind.singular} {found.get(kind.number) or found['Id']}"


def _facts(desk: Desk, entity: str, found: Mapping[str, Any]) -> list[Fact]:
    kind = KINDS[entity]
    party = found.get(kind.party, {})
    leads = f"/quickbooks/vendors/{party['value']}" if kind.party == "VendorRef" and party else ""
    tax = found.get("TxnTaxDetail", {}).get("TotalTax")
    return facts(
        Fact("Name", party.get("name"), to=leads), Fact("Date", found.get("TxnDate"), "day"),
        Fact("Due", found.get("DueDate"), "day"),
        *(Fact(label, _named(found[name]), "words" if name == "BillableStatus" else "text") for label, name in SAID
          if name in found and name != kind.party),
        Fact("Time", of_time(found) if entity == "TimeActivity" else None),
        Fact("Tax", tax if tax else None, "amount"),
        Fact("Total", found.get(kind.amount) if kind.amount else None, "amount"),
        Fact("Open", found.get("Balance"), "amount"), Fact("Not applied", found.get("UnappliedAmt"), "amount"),
        Fact("Currency", _named(found.get("CurrencyRef")) if desk.books.profile.multicurrency else None),
        Fact("Memo", found.get("PrivateNote")), Fact("Id and version", f"{found['Id']} / {found['SyncToken']}"))


def _named(value: object) -> object:
    return value.get("name") or value.get("value") if isinstance(value, Mapping) else value


def _posted(desk: Desk, entity: str, found: Mapping[str, Any]) -> list[dict[str, Any]]:
    if entity not in POSTING:
        return []
    return [{"account": account_name(desk, entry.account),
             "party": desk.books.name_of(*entry.party) if entry.party else "",
             "debit": money(entry.cents) if entry.cents > 0 else None,
             "credit": money(-entry.cents) if entry.cents < 0 else None}
            for entry in desk.books.ledger.entries.get(found["Id"], ())]


def lines_of(desk: Desk, found: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The lines that someone entered: the subtotal that every answer has is left out."""
    return [_shown_line(desk, line) for line in found.get("Line", []) if line.get("DetailType") != "SubTotalLineDetail"]


def _shown_line(desk: Desk, line: Mapping[str, Any]) -> dict[str, Any]:
    detail = line.get(line.get("DetailType", ""), {})
    code = detail.get("TaxCodeRef", {}).get("value", "") if desk.books.profile.sales_tax != "off" else ""
    party = detail.get("Entity", {})
    return {"id": line.get("Id", ""), "description": line.get("Description", ""), "amount": line.get("Amount"),
            "on": next((_named(detail[key]) for key in ("ItemRef", "AccountRef") if key in detail), ""),
            "side": detail.get("PostingType", ""), "job": detail.get("CustomerRef", {}).get("name", ""),
            "name": party.get("EntityRef", party).get("name", ""), "class": detail.get("ClassRef", {}).get("name", ""),
            "tax": desk.books.name_of("TaxCode", code) or code if code else "",
            "quantity": detail.get("Qty"), "received": detail.get("Received"),
            "links": [_link(link) for link in line.get("LinkedTxn", [])]}


def _link(link: Mapping[str, Any]) -> dict[str, str]:
    entity = LINKED.get(link["TxnType"], link["TxnType"])
    known = KINDS.get(entity)
    return {"says": f"{known.singular if known else entity} {link['TxnId']}",
            "to": f"/quickbooks/{entity}/{link['TxnId']}" if known else ""}


def _files(desk: Desk, entity: str, id_: str) -> list[dict[str, Any]]:
    """What is attached: files and notes."""
    held = desk.books.records["Attachable"]
    return [held[one].body for one in desk.books.attached.get((entity, id_), {}) if one in held]


# Deleting and voiding: a page that says what will move, and the act

def ask_delete(desk: Desk, request: Request, args: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    return _asked_for(desk, args, "Delete", "It is gone for good; its number may be used again.")


def ask_void(desk: Desk, request: Request, args: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    kind = _voidable(args["entity"])
    if args["entity"] == "Bill":
        _unpaid(desk, kind, read(desk, "Bill", args["id"]))
    return _asked_for(desk, args, "Void", "It stays, with every amount at zero and the memo “Voided”.")


def _asked_for(desk: Desk, args: Mapping[str, str], verb: str, then: str) -> tuple[str, dict[str, Any]]:
    entity = args["entity"]
    kind, found = kind_of(entity), read(desk, entity, args["id"])
    links = [_link(link) for link in [*found.get("LinkedTxn", []), *(
        link for line in found.get("Line", []) for link in line.get("LinkedTxn", []))]]
    ends = [f"Its link with {one['says'][:1].lower() + one['says'][1:]} ends."
            for one in {link["says"]: link for link in links}.values()]
    entries = desk.books.ledger.entries.get(found["Id"], ()) if entity in POSTING else ()
    return "confirm.html", {
        "title": f"{verb} {_small(title_of(kind, found))}?", "verb": f"{verb} it", "back": at(entity, found),
        "facts": _facts(desk, entity, found), "sentences": [then, *ends], "version": found["SyncToken"],
        "moves": Balances.without(desk.books, entries)}


def _small(text: str) -> str:
    return text[:1].lower() + text[1:]


def _confirmed(desk: Desk, form: Form, args: Mapping[str, str]) -> tuple[Kind, dict[str, Any]]:
    """The document as it was shown when the act was confirmed: with the version that the page had."""
    kind = kind_of(args["entity"])
    if not form.values.get("version"):
        raise Mistake("Nothing was confirmed. Open the document, choose what to do, and confirm it on the next page.")
    return kind, {**read(desk, args["entity"], args["id"]), "SyncToken": form.values["version"]}


def delete(desk: Desk, form: Form, args: Mapping[str, str]) -> tuple[str, str]:
    kind, held = _confirmed(desk, form, args)
    desk.quickbooks.delete(args["entity"], held)
    over = f" over {held[kind.amount]:,.2f}" if kind.amount in held else ""
    return f"{title_of(kind, held)}{over} is deleted.", f"/quickbooks/{args['entity']}"


def void(desk: Desk, form: Form, args: Mapping[str, str]) -> tuple[str, str]:
    _voidable(args["entity"])
    kind, held = _confirmed(desk, form, args)
    if args["entity"] == "Bill":
        _void_bill(desk, kind, held)
    else:
        options = {"operation": "void"} if args["entity"] == "Invoice" else {"operation": "update", "include": "void"}
        desk.quickbooks.change(args["entity"], held, {}, **options)
    return f"{title_of(kind, held)} is void: it stays, at zero.", at(args["entity"], held)


def _voidable(entity: str) -> Kind:
    kind = kind_of(entity)
    if entity not in VOIDED:
        raise Mistake(f"QuickBooks has no way to void {kind.plural.lower()}. Delete it instead.")
    return kind


def _unpaid(desk: Desk, kind: Kind, held: Mapping[str, Any]) -> None:
    paid = [link["TxnId"] for link in held.get("LinkedTxn", []) if LINKED.get(link["TxnType"]) == "BillPayment"]
    if paid:
        payment = desk.books.records["BillPayment"][paid[0]].body
        raise Mistake(f"{title_of(kind, held)} is paid by bill payment {payment.get('DocNumber') or paid[0]} of "
                      f"{payment['TxnDate']}. Void or delete the payment first; then the bill can be voided.")


def _void_bill(desk: Desk, kind: Kind, held: Mapping[str, Any]) -> None:
    """What the web page of QuickBooks does, and its API cannot: every amount goes to zero, orders are open again."""
    _unpaid(desk, kind, held)
    if held.get("PrivateNote") == VOID and not held["TotalAmt"]:
        raise Mistake(f"{title_of(kind, held)} is void already.")
    lines = [_zero(line) for line in held["Line"]]
    left_out = ("TxnTaxDetail", "LinkedTxn")
    body = {name: value for name, value in held.items() if name not in left_out}
    desk.quickbooks.create("Bill", {**body, "PrivateNote": VOID, "Line": lines},
                           include="allowduplicatedocnum")


def _zero(line: Mapping[str, Any]) -> dict[str, Any]:
    name = line["DetailType"]
    if name not in line:
        return {**line, **({"Amount": Decimal(0)} if "Amount" in line else {})}
    detail = {key: value for key, value in line[name].items()
              if key not in ("Qty", "UnitPrice", "TaxAmount", "TaxInclusiveAmt")}
    return {**{key: value for key, value in line.items() if key != "LinkedTxn"}, "Amount": Decimal(0), name: detail}


def kinds(*names: str) -> Iterable[tuple[str, str]]:
    return tuple((f"/quickbooks/{name}", KINDS[name].plural) for name in names)
