"""Customers, vendors and employees: their names and the rules that only they have (qbo.md 11.3, 11.4, 11.5, 11.10)."""
from __future__ import annotations

from datetime import datetime
from typing import Any

from tieout.sandbox.quickbooks_online.company import Company, Record
from tieout.sandbox.quickbooks_online.refusals import business, refuse

PARTS = ("Title", "GivenName", "MiddleName", "FamilyName", "Suffix")
SSN_MASK = "XXX-XX-XXXX"
ADDRESSES = ("BillAddr", "ShipAddr", "PrimaryAddr")
ADDRESS_LINES_LONGEST = 2000


def check(company: Company, entity: str, body: dict[str, Any], old: Record | None) -> None:
    _name(entity, body)
    for key in ADDRESSES:
        lines = sum(len(body.get(key, {}).get(f"Line{n}", "")) for n in range(1, 6))
        if lines > ADDRESS_LINES_LONGEST:
            raise refuse("2050", "String length specified does not match the supported length. Min:0 "
                         f"Max:{ADDRESS_LINES_LONGEST} supported. Supplied length:{lines}", key)
    if entity == "Employee":
        _check_employee(body, old)
    elif entity == "Customer":
        _check_customer(company, body, old)


def _name(entity: str, body: dict[str, Any]) -> None:
    for key in ("DisplayName", *PARTS, "CompanyName"):
        if key in body:
            body[key] = body[key].strip()
    parts = [body[key] for key in PARTS if body.get(key)]
    if entity == "Employee" and not (body.get("GivenName") or body.get("FamilyName")):
        raise refuse("6080", "No name provided : An employee needs a GivenName or a FamilyName.")
    if not body.get("DisplayName"):
        if not parts:
            raise refuse("6080", "No name provided : At least one of the name fields or DisplayName is required.")
        body["DisplayName"] = " ".join(parts)
    body.setdefault("PrintOnCheckName", body["DisplayName"][:110 if entity == "Customer" else 100])


def _check_employee(body: dict[str, Any], old: Record | None) -> None:
    if body.get("SSN") == SSN_MASK:                 # what an answer shows, sent back: the number stays
        if old is not None and "SSN" in old.body:
            body["SSN"] = old.body["SSN"]
        else:
            del body["SSN"]
    if body.get("BillRate") and not body.get("BillableTime"):
        raise business("An employee has a billing rate only when the time is billable.", "BillRate")


def _check_customer(company: Company, body: dict[str, Any], old: Record | None) -> None:
    with_parent = bool(body.get("BillWithParent"))
    if with_parent and not body.get("Job"):
        raise refuse("6150", "BillWithParent is for sub-customers only.", "BillWithParent")
    if old is not None and with_parent != bool(old.body.get("BillWithParent")) \
            and any(company.found_by(entity, "CustomerRef", old.id) for entity in ("Invoice", "Payment")):
        raise refuse("6130", "The customer has invoices or payments; whom it is billed with can't be changed.",
                     "BillWithParent")


def with_kind(company: Company, reference: dict[str, str]) -> dict[str, str]:
    """A reference to anybody, with `type` Customer, Vendor or Employee; a client may leave it out."""
    found = company.person(reference["value"])
    assert found is not None, "references are checked before the rules"
    return {**reference, "type": found.entity}


def check_may_retire(company: Company, record: Record) -> None:
    if record.entity == "Customer" and _unbilled(company, record.id):
        raise refuse("6280", "The customer has charges that are not billed yet.")
    balance = {"Vendor": company.ledger.payable, "Customer": company.ledger.receivable}.get(record.entity)
    if balance is not None and balance.get(record.id):
        raise refuse("6220", f"The {record.entity.lower()} has an open balance.")


def _unbilled(company: Company, customer: str) -> bool:
    """Whether billable time or costs of a customer wait for an invoice."""
    waiting = [*company.found_by("ReimburseCharge", "CustomerRef", customer),
               *(time for time in company.found_by("TimeActivity", "CustomerRef", customer)
                 if time.body["BillableStatus"] == "Billable")]
    return any((record.entity, record.id) not in company.billed for record in waiting)


def set_project(company: Company, customer_id: str, *, is_project: bool, now: datetime) -> Record:
    """Makes a project of a sub-customer, as its owner does on the web page; no client can (qbo.md 14.1).

    ValueError where that can't be: a project is an active sub-customer of the first level.
    """
    record = company.find("Customer", customer_id)
    if record is None or not record.active:
        raise ValueError(f"customer_id must be the id of an active customer, not {customer_id!r}.")
    if company.profile.edition == "Essentials":
        raise ValueError("Essentials has no projects; set edition to Plus or Advanced in quickbooks/company first.")
    if company.level(record) != 1:
        raise ValueError(f"customer_id must be a sub-customer right below a customer (Job and ParentRef), and "
                         f"{company.full_name(record)!r} is not. Make it one, or name another.")
    if is_project != (customer_id in company.projects):
        (company.projects.add if is_project else company.projects.discard)(customer_id)
        company.touch(record, now)
    return record
