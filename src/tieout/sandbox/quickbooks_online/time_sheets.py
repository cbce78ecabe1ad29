"""Time activities: who worked, for whom, how long (qbo.md 13.7). They post nothing."""
from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from tieout.sandbox.quickbooks_online.amounts import check_not_category
from tieout.sandbox.quickbooks_online.company import Company, Record
from tieout.sandbox.quickbooks_online.refusals import refuse

LONGEST_HOURS = 8760
DURATION = ("Hours", "Minutes", "Seconds")
BREAK = ("BreakHours", "BreakMinutes", "BreakSeconds")
MOMENTS = ("StartTime", "EndTime")


def settle_time(company: Company, body: dict[str, Any], old: Record | None) -> None:
    _settle_who(body)
    _settle_how_long(body)
    if "ItemRef" in body:
        check_not_category(company.records["Item"][body["ItemRef"]["value"]])
    for key in ("HourlyRate", "CostRate"):
        if body.setdefault(key, Decimal(0)) < 0:
            raise refuse("6330", f"{key} can't be negative.", key)
    body.setdefault("Taxable", False)
    _settle_billable(company, body, old)


def _settle_who(body: dict[str, Any]) -> None:
    who = body["NameOf"]
    if who not in ("Employee", "Vendor"):
        raise refuse("6300", f"NameOf is Employee or Vendor, not {who}.", "NameOf")
    if ("EmployeeRef" in body) == ("VendorRef" in body):
        raise refuse("6290", "A time activity names exactly one employee or vendor.", f"{who}Ref")
    if f"{who}Ref" not in body:
        raise refuse("6300", f"NameOf is {who}, and {who}Ref is missing.", "NameOf")


def _settle_how_long(body: dict[str, Any]) -> None:
    """Either a duration, or when work began and ended less the break; the clock on the wall counts, not the zone."""
    lasted = [key for key in DURATION if body.get(key)]
    if any(key in body for key in MOMENTS):
        if lasted:
            raise refuse("6390", "Give either the hours and minutes, or the start and end time.", "StartTime")
        for key in DURATION:
            body.pop(key, None)
        seconds = _worked_s(body)
    else:
        for key in DURATION:
            body[key] = _whole(body, key, 59 if key != "Hours" else None)
        seconds = body["Hours"] * 3600 + body["Minutes"] * 60 + body["Seconds"]
        if not seconds:
            raise refuse("6340", "The time worked is missing.", "Hours")
    if seconds > LONGEST_HOURS * 3600:
        raise refuse("6380", f"A time activity has at most {LONGEST_HOURS} hours.", "Hours")


def _worked_s(body: dict[str, Any]) -> int:
    for key in MOMENTS:
        if key not in body:
            raise refuse("6340", f"{key} is missing.", key)
    start, end = (_on_the_wall(body[key], key) for key in MOMENTS)
    if start > end:
        raise refuse("6360", "StartTime lies after EndTime.", "StartTime")
    hours, minutes, seconds = (_whole(body, key, 59 if key != "BreakHours" else None) for key in BREAK)
    for key, value in zip(BREAK, (hours, minutes, seconds), strict=True):
        if key in body:
            body[key] = value
    worked = int((end - start).total_seconds()) - hours * 3600 - minutes * 60 - seconds
    if worked < 0:
        raise refuse("6350", "The break is longer than the time between start and end.", "BreakHours")
    return worked


def _on_the_wall(text: str, key: str) -> datetime:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=None)
    except ValueError as wrong:
        raise refuse("6350", f"{key} is not a time: {text}", key) from wrong


def _whole(body: dict[str, Any], key: str, most: int | None) -> int:
    value = Decimal(body.get(key, 0))
    if value != int(value) or value < 0 or (most is not None and value > most):
        raise refuse("6350", f"{key} is a whole number{f' up to {most}' if most else ''}, not {value}.", key)
    return int(value)


def _settle_billable(company: Company, body: dict[str, Any], old: Record | None) -> None:
    """What has been billed stays billable here; whether an invoice has it is kept with the invoice."""
    billed = old if old is not None and ("TimeActivity", old.id) in company.billed else None
    status = body.setdefault("BillableStatus", "Billable" if billed else "NotBillable")
    if billed is not None:
        if status == "NotBillable" or any(
                body.get(key) != billed.body.get(key) for key in ("CustomerRef", *DURATION, *MOMENTS, *BREAK)):
            raise refuse("6320", "The time is on an invoice; take it off the invoice first.", "BillableStatus")
        body["BillableStatus"] = "Billable"
        return
    if status == "HasBeenBilled":
        raise refuse("6320", "HasBeenBilled is set by an invoice, not by hand.", "BillableStatus")
    if status == "Billable" and "CustomerRef" not in body:
        raise refuse("6310", "Billable time needs a customer.", "CustomerRef")
    if status == "Billable" and not body["HourlyRate"]:
        raise refuse("6330", "Billable time needs an hourly rate.", "HourlyRate")
