"""The rules of list entities: names, parents, types, activity (qbo.md 11)."""
from __future__ import annotations

from datetime import datetime
from typing import Any

from tieout.sandbox.quickbooks_online import currencies, people
from tieout.sandbox.quickbooks_online.accounts import (
    CLASSIFICATION,
    SYSTEM_SUBTYPES,
    account_type,
    check_account,
    duplicate,
)
from tieout.sandbox.quickbooks_online.company import PEOPLE, Company, Record
from tieout.sandbox.quickbooks_online.preferences import (
    CLASS_PER_FORM,
    CLASS_PER_LINE,
    DEPARTMENTS,
    prefers,
)
from tieout.sandbox.quickbooks_online.refusals import MADE_INACTIVE, Wrong, business, refuse

SUFFIXES = {"Class": " (Deleted)"}
SUFFIX = " (deleted)"              # of every other list that has one
UNMARKED = ("Item", "Term", "PaymentMethod", "CompanyCurrency")
STANDARD_TERM = ("DueDays", "DiscountDays")                       # days after the document
DATE_DRIVEN_TERM = ("DayOfMonthDue", "DueNextMonthDays", "DiscountDayOfMonth")     # a day of the month
DEEPEST = 4        # levels below the top: five in total
HIGHEST_PRICE = 99_999_999_999
ACCOUNT_CAP, CLASS_CAP = 250, 40

REQUIRED: dict[str, tuple[str, ...]] = {
    "Account": ("Name",), "Customer": (), "Vendor": (), "Employee": (), "Item": ("Name", "Type"),
    "Class": ("Name",), "Department": ("Name",), "Term": ("Name",), "PaymentMethod": ("Name",),
    "CompanyCurrency": ("Code",),
    "TaxAgency": ("DisplayName",), "TaxRate": (), "TaxCode": ()}
CHILD_FLAG = {"Customer": "Job", "Item": "SubItem", "Class": "SubClass", "Department": "SubDepartment"}
LABEL = {"Account": "Accounts", "Item": "Items", "Class": "Klasses", "Department": "Departments", "Term": "Terms"}


def missing(entity: str, body: dict[str, Any]) -> list[Wrong]:
    return [Wrong("2020", f"Required parameter {key} is missing in the request", key)
            for key in REQUIRED[entity] if not body.get(key)]


def name_key(entity: str) -> str:
    return "DisplayName" if entity in PEOPLE else "Name"


def check(company: Company, entity: str, body: dict[str, Any], old: Record | None) -> dict[str, Any]:
    """The body with its defaults, or a refusal. Changes nothing."""
    if entity in PEOPLE:
        people.check(company, entity, body, old)
    if entity == "CompanyCurrency":
        currencies.check_listed(company, body, old)
    _check_name(entity, body[name_key(entity)])
    _check_parent(company, entity, body, old)
    if entity == "Account":
        check_account(company, body, old)
    elif entity == "Item":
        _check_item(company, body, old)
    elif entity == "Term":
        _check_term(body)
    elif entity == "PaymentMethod":
        body.setdefault("Type", "NON_CREDIT_CARD")
    elif entity in ("Class", "Department"):
        _check_tracked(company, entity)
    active = body.pop("Active", old.active if old else True)
    _check_unique(company, entity, body, old, active=active)
    _check_cap(company, entity, old, active=active)
    if old is not None and old.active and not active:
        _check_may_retire(company, old)
    body["Active"] = active
    return body


def store(company: Company, entity: str, body: dict[str, Any], old: Record | None, now: datetime) -> Record:
    """Writes a checked body. An inactive name carries its suffix and frees the plain name."""
    key, active = name_key(entity), body.pop("Active")
    plain = _plain(entity, body[key])
    body[key] = plain if active or entity in UNMARKED else plain + SUFFIXES.get(entity, SUFFIX)
    if old is None:
        record = company.add(entity, body, now)
    else:
        record = old
        slot = company.name_slot(entity, old.body, str(old.body[key]))
        if company.names.get(slot) is old:
            del company.names[slot]
        old.body = body
        company.touch(old, now)
    record.active = active
    if entity == "Customer" and "ParentRef" in body:
        jobs = company.jobs.setdefault(body["ParentRef"]["value"], [])
        if record.id not in jobs:
            jobs.append(record.id)
    if active:
        company.names[company.name_slot(entity, body, str(body[key]))] = record
    return record


def _plain(entity: str, name: str) -> str:
    return name.removesuffix(SUFFIXES.get(entity, SUFFIX))


def _check_name(entity: str, name: str) -> None:
    bad = (":", "\t", "\n", '"') if entity == "Account" else (":", "\t", "\n")
    if any(character in name for character in bad):
        raise refuse("2040", f"Element contains invalid characters: {name}", name_key(entity))


def _check_parent(company: Company, entity: str, body: dict[str, Any], old: Record | None) -> None:
    flag = CHILD_FLAG.get(entity)
    parent_ref = body.get("ParentRef")
    if entity == "Account":
        body.pop("SubAccount", None)
    elif flag is None:
        return
    elif bool(body.get(flag)) != bool(parent_ref):
        raise refuse("6150", f"ParentRef is required when {flag} is true, and only then.", "ParentRef")
    if not parent_ref:
        return
    parent = company.find(entity, parent_ref["value"])
    assert parent is not None, "references are checked before the rules"
    if not parent.active:
        raise refuse("610", MADE_INACTIVE, "ParentRef")
    above: Record | None = parent
    while above is not None:
        if old is not None and above is old:
            raise refuse("900", "A parent cannot be its own child.", "ParentRef")
        up = above.body.get("ParentRef")
        above = company.find(entity, up["value"]) if up else None
    if company.level(parent) + 1 > DEEPEST:
        raise refuse("6180", "You can have up to five levels.", "ParentRef")
    if entity == "Account" and parent.body["AccountType"] != account_type(body):
        raise refuse("700", "The parent must be of the same account type.", "ParentRef")
    if entity == "Item" and parent.body["Type"] not in ("Category", body["Type"]):
        raise refuse("700", "The parent of an item is a category.", "ParentRef")


def _check_item(company: Company, body: dict[str, Any], old: Record | None) -> None:
    kind = body["Type"]
    for key in ("UnitPrice", "PurchaseCost"):
        if abs(body.get(key, 0)) > HIGHEST_PRICE:
            raise refuse("2240", f"{key} can't be more than {HIGHEST_PRICE}.", key)
    if kind not in ("Service", "NonInventory", "Category"):
        what = "2120" if kind in ("Inventory", "Group", "Bundle") else "2170"
        raise refuse(what, f"Item type {kind} is not supported here.", "Type")
    if old is not None and (old.body["Type"] == "Category") != (kind == "Category"):
        raise business("A category cannot become a product or service, nor the other way round.", "Type")
    if kind == "Category":
        if extra := sorted(set(body) & {"IncomeAccountRef", "ExpenseAccountRef", "UnitPrice", "PurchaseCost", "Sku"}):
            raise refuse("2010", f"Property Name:{extra[0]} specified is unsupported or invalid", extra[0])
        return
    if "IncomeAccountRef" not in body and "ExpenseAccountRef" not in body:
        raise refuse("2020", "Required parameter IncomeAccountRef is missing in the request", "IncomeAccountRef")
    for key in ("IncomeAccountRef", "ExpenseAccountRef"):
        if key in body and company.account_type(body[key]["value"]) in ("Accounts Payable", "Accounts Receivable"):
            raise refuse("6430", "Invalid account type: You need to select a different type of account.", key)


def _check_term(body: dict[str, Any]) -> None:
    if "DueDays" in body and "DayOfMonthDue" in body:
        raise refuse("2600", "A term is due after days or on a day of the month, not both.", "DayOfMonthDue")
    if "DueDays" not in body and "DayOfMonthDue" not in body:
        body["DueDays"] = 0
    for key in STANDARD_TERM if "DayOfMonthDue" in body else DATE_DRIVEN_TERM:
        body.pop(key, None)
    for key, least, most in (("DueDays", 0, 999), ("DayOfMonthDue", 1, 31), ("DueNextMonthDays", 0, 999),
                             ("DiscountPercent", 0, 100), ("DiscountDays", 0, 999), ("DiscountDayOfMonth", 1, 31)):
        if key in body and not least <= body[key] <= most:
            raise refuse("2240", f"{key} must be between {least} and {most}.", key)


def _check_unique(company: Company, entity: str, body: dict[str, Any], old: Record | None, *, active: bool) -> None:
    if not active:
        return
    name = body[name_key(entity)] = _plain(entity, str(body[name_key(entity)]))
    taken = company.names.get(company.name_slot(entity, body, name))
    if taken is not None and taken is not old:
        who = {"Item": "product or service", "PaymentMethod": "payment method",
               "CompanyCurrency": "currency"}.get(entity, entity.lower())
        raise duplicate("customer, vendor or employee" if entity in PEOPLE else who)


def _check_cap(company: Company, entity: str, old: Record | None, *, active: bool) -> None:
    """The usage limits of an edition count active rows only."""
    if company.profile.edition == "Advanced" or not active or (old is not None and old.active):
        return
    groups = {"Account": (("Account",), ACCOUNT_CAP), "Class": (("Class", "Department"), CLASS_CAP),
              "Department": (("Class", "Department"), CLASS_CAP)}
    if entity not in groups:
        return
    members, cap = groups[entity]
    if sum(record.active for member in members for record in company.records[member].values()) >= cap:
        raise business(f"You have reached your usage limit of {cap} for {' and '.join(members)} in this subscription.")


def _check_tracked(company: Company, entity: str) -> None:
    what, paths = ("Class", (CLASS_PER_FORM, CLASS_PER_LINE)) if entity == "Class" else ("Location", (DEPARTMENTS,))
    if company.profile.edition == "Essentials":
        raise refuse("5020", f"Permission Denied Error : {what} tracking is not available in this edition.")
    if not any(prefers(company, path) for path in paths):
        raise business(f"{what} tracking is turned off in this company.")


def _check_may_retire(company: Company, record: Record) -> None:
    if record.entity == "Account":
        if record.body["AccountSubType"] in SYSTEM_SUBTYPES:
            raise business("This account is used by QuickBooks and cannot be deleted.")
        if company.ledger.accounts.get(record.id) \
                and CLASSIFICATION[record.body["AccountType"]] in ("Asset", "Liability", "Equity"):
            raise refuse("6220", "The account has an open balance.")
    people.check_may_retire(company, record)
