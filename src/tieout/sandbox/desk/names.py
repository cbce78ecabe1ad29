"""Vendors on the desk: rename, merge, make inactive."""
from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tieout.sandbox.desk.desk import Desk, Form, Mistake, Moved, money, why
from tieout.sandbox.desk.documents import KINDS
from tieout.sandbox.desk.reading import names, read
from tieout.sandbox.desk.tables import Fact, paged
from tieout.sandbox.kit import Request
from tieout.sandbox.quickbooks_online import refusals
from tieout.sandbox.quickbooks_online.merging import merge_names
from tieout.sandbox.worlds.rest import quoted


def vendors(desk: Desk, request: Request, args: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    wanted = (request.param("name") or "").strip()
    where = f"DisplayName LIKE {quoted(f'%{wanted}%')}" if wanted else ""
    rows = sorted(desk.quickbooks.query("Vendor", where), key=lambda row: row["DisplayName"].casefold())
    page, start = paged(rows, request)
    return "vendors.html", {"title": "Vendors", "rows": page, "name": wanted, "start": start, "count": len(rows)}


def vendor(desk: Desk, request: Request, args: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    found = read(desk, "Vendor", args["id"])
    others = [row for row in names(desk, "Vendor") if row["Id"] != found["Id"]]
    bills = desk.quickbooks.query("Bill", f"VendorRef = {quoted(found['Id'])}")
    return "vendor.html", {"title": found["DisplayName"], "vendor": found, "others": others, "bills": len(bills),
                           "open": [bill for bill in bills if bill["Balance"]]}


def rename_vendor(desk: Desk, form: Form, args: Mapping[str, str]) -> tuple[str, str]:
    held = read(desk, "Vendor", args["id"])
    made = desk.quickbooks.change("Vendor", held, {"DisplayName": form.text("name", "Name")})
    return f"{held['DisplayName']} is now {made['DisplayName']}.", f"/quickbooks/vendors/{made['Id']}"


def retire_vendor(desk: Desk, form: Form, args: Mapping[str, str]) -> tuple[str, str]:
    held = read(desk, "Vendor", args["id"])
    made = desk.quickbooks.change("Vendor", held, {"Active": not held["Active"]})
    return f"{made['DisplayName']} is {'active again' if made['Active'] else 'inactive'}.", \
        f"/quickbooks/vendors/{made['Id']}"


def ask_merge(desk: Desk, request: Request, args: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    lost, kept = _both(desk, args["id"], request.param("into") or "")
    held = _papers(desk, lost["Id"])
    name, into = lost["DisplayName"], kept["DisplayName"]
    owed, there = (desk.books.ledger.payable.get(one["Id"], 0) for one in (lost, kept))
    return "confirm.html", {
        "title": f"Merge {name} into {into}?", "verb": "Merge them", "back": f"/quickbooks/vendors/{lost['Id']}",
        "facts": [Fact("Goes", name), Fact("Stays", into)], "version": lost["SyncToken"], "into": kept["Id"],
        "sentences": [f"{held} moves to {into}." if held else f"{name} stands on no document.",
                      f"{name} is gone for good. This can't be taken back."],
        "moves": [Moved(f"Open with {name}", money(owed), money(0)),
                  Moved(f"Open with {into}", money(there), money(there + owed))] if owed else []}


def _papers(desk: Desk, id_: str) -> str:
    """3 bills, 2 bill payments."""
    found = [(sum(1 for _ in desk.books.found_by(entity, "VendorRef", id_)), kind) for entity, kind in KINDS.items()
             if kind.party == "VendorRef"]
    return ", ".join(f"{number} {(kind.singular if number == 1 else kind.plural).lower()}" for number, kind in found
                     if number)


def _both(desk: Desk, lost: str, kept: str) -> tuple[dict[str, Any], dict[str, Any]]:
    if not kept:
        raise Mistake("Merge into is empty. Choose the vendor that stays.")
    if lost == kept:
        raise Mistake("A vendor can't be merged with itself. Choose another one that stays.")
    return read(desk, "Vendor", lost), read(desk, "Vendor", kept)


def merge_vendor(desk: Desk, form: Form, args: Mapping[str, str]) -> tuple[str, str]:
    lost, kept = _both(desk, args["id"], form.text("into", "Merge into"))
    if form.values.get("version") != lost["SyncToken"]:
        raise Mistake(f"{lost['DisplayName']} was not confirmed as it is now. Look at it again, and confirm the merge.")
    try:
        merge_names(desk.books, "Vendor", lost["Id"], kept["Id"], desk.sandbox.kit.clock.now())
    except refusals.Refused as refused:
        raise Mistake(why(refused.fault())) from refused
    return f"{lost['DisplayName']} is merged into {kept['DisplayName']}: its documents moved, the name is gone.", \
        f"/quickbooks/vendors/{kept['Id']}"
