"""How a stored object looks in an answer: references with the name of the moment, balances, computed fields."""
from __future__ import annotations

from dataclasses import replace
from typing import Any

from tieout.sandbox.quickbooks_online import attachments, currencies, documents, preferences, tax_lists
from tieout.sandbox.quickbooks_online.accounts import CLASSIFICATION
from tieout.sandbox.quickbooks_online.company import TEMPLATES, TRANSACTIONS, Company, Record
from tieout.sandbox.quickbooks_online.shapes import FIELDS, Kind
from tieout.sandbox.quickbooks_online.wire import money

BALANCE_SHEET = ("Asset", "Liability", "Equity")
BARE = {"Customer": ("ParentRef",), "Vendor": ("TermRef",)}       # references that are shown without a name
BARE_KINDS = ("TaxCode", "TaxRate", "TaxAgency")                  # and so are references to these
ADDRESSES = ("BillAddr", "ShipAddr", "PrimaryAddr", "Address")


def show(company: Company, record: Record) -> dict[str, Any]:
    """The whole object, as it stands."""
    if record.entity == attachments.ENTITY:
        return attachments.shown(company, record)
    if record.entity in TRANSACTIONS:
        return _show_transaction(company, record)
    return _show_template(company, record) if record.entity in TEMPLATES else _show_list(company, record)


def stub(entity: str, id_: str) -> dict[str, Any]:
    return {entity: {"domain": "QBO", "status": "Deleted", "Id": id_}}


def _common(record: Record) -> dict[str, Any]:
    return {"domain": "QBO", "sparse": False, "Id": record.id, "SyncToken": str(record.sync_token),
            "MetaData": record.meta()}


def _named(company: Company, kinds: Any, body: dict[str, Any]) -> dict[str, Any]:
    """A copy in which every reference carries the name of its target."""
    found: dict[str, Any] = {}
    for key, value in body.items():
        kind: Kind | None = kinds.get(key)
        if kind is None or kind.what not in ("reference", "object", "array"):
            found[key] = value
        elif kind.what == "reference":
            found[key] = _reference(company, key, kind, value)
        elif kind.what == "array":
            found[key] = [_named(company, kind.of, row) for row in value]
        else:
            found[key] = _named(company, kind.of, value)
            if key == "Entity" and "EntityRef" in value:
                name = company.name_of(value.get("Type", "Vendor"), value["EntityRef"]["value"])
                found[key]["EntityRef"] = {**value["EntityRef"], **({"name": name} if name else {})}
    return found


def _reference(company: Company, key: str, kind: Kind, value: dict[str, str]) -> dict[str, str]:
    into = kind.into
    if into == "party":
        into = value["type"].title()
    if key == "CurrencyRef":
        return currencies.shown(value["value"])
    name = company.name_of(into, value["value"]) if into and into not in BARE_KINDS else None
    shown = {"value": value["value"]}
    if name is not None:
        shown["name"] = name
    if "type" in value:
        shown["type"] = value["type"]
    return shown


def _as_stored(company: Company, record: Record, shown: dict[str, Any]) -> None:
    return


def _own_currency(company: Company, record: Record) -> dict[str, str]:
    """What the record was entered in; the company's own where nothing else was said."""
    return currencies.shown(record.body.get("CurrencyRef", {}).get("value", company.profile.currency))


# -- lists -----------------------------------------------------------------------------------------------------


def _show_list(company: Company, record: Record) -> dict[str, Any]:
    shown = _named(company, FIELDS[record.entity], record.body)
    shown.update(_common(record), Active=record.active)
    for key in BARE.get(record.entity, ()):
        if key in shown:
            shown[key] = record.body[key]
    for place, key in enumerate(ADDRESSES, start=1):
        if key in shown:
            shown[key] = {"Id": f"{record.id}{place}", **shown[key]}
    _LISTS[record.entity](company, record, shown)
    return shown


def _account(company: Company, record: Record, shown: dict[str, Any]) -> None:
    classification = CLASSIFICATION[record.body["AccountType"]]
    shown.update(FullyQualifiedName=company.full_name(record), SubAccount="ParentRef" in record.body,
                 Classification=classification, CurrencyRef=_own_currency(company, record))
    own = _account_cents(company, record)
    shown["CurrentBalance"] = money(own)
    below = sum(_account_cents(company, other) for other in company.records["Account"].values()
                if _is_below(company, other, record))
    shown["CurrentBalanceWithSubAccounts"] = money(own + below)


def _account_cents(company: Company, record: Record) -> int:
    """As the account's own side counts it; income and cost accounts show zero."""
    classification = CLASSIFICATION[record.body["AccountType"]]
    if classification not in BALANCE_SHEET:
        return 0
    balance = company.ledger.accounts.get(record.id, 0)
    return balance if classification == "Asset" else -balance


def _is_below(company: Company, record: Record, top: Record) -> bool:
    parent = record.body.get("ParentRef")
    while parent:
        if parent["value"] == top.id:
            return True
        above = company.find(record.entity, parent["value"])
        parent = above.body.get("ParentRef") if above else None
    return False


def _customer(company: Company, record: Record, shown: dict[str, Any]) -> None:
    own = company.ledger.receivable.get(record.id, 0)
    below = sum(company.ledger.receivable.get(id_, 0) for id_ in _jobs_below(company, record))
    shown.update(Balance=money(own), BalanceWithJobs=money(own + below), CurrencyRef=_own_currency(company, record),
                 IsProject="ParentRef" in record.body and record.id in company.projects,
                 FullyQualifiedName=company.full_name(record))
    shown.setdefault("Taxable", company.profile.sales_tax != "off")
    shown.setdefault("Job", False)
    shown.setdefault("BillWithParent", False)
    shown.setdefault("PreferredDeliveryMethod", "Print")
    if number := record.body.get("PrimaryTaxIdentifier"):
        shown["PrimaryTaxIdentifier"] = "X" * (len(number) - 5) + number[-5:]
    if "ParentRef" in record.body:
        shown["Level"] = company.level(record)


def _jobs_below(company: Company, record: Record) -> list[str]:
    found: list[str] = []
    for id_ in company.jobs.get(record.id, ()):
        job = company.find("Customer", id_)
        if job is not None and job.body.get("ParentRef", {}).get("value") == record.id:
            found += [id_, *_jobs_below(company, job)]
    return found


def _vendor(company: Company, record: Record, shown: dict[str, Any]) -> None:
    shown.update(Balance=money(company.ledger.payable.get(record.id, 0)), CurrencyRef=_own_currency(company, record))
    shown.setdefault("Vendor1099", False)
    if number := record.body.get("TaxIdentifier"):
        shown["TaxIdentifier"] = "X" * (len(number) - 4) + number[-4:]


def _employee(company: Company, record: Record, shown: dict[str, Any]) -> None:
    shown.setdefault("BillableTime", False)
    if "SSN" in shown:
        shown["SSN"] = "-".join("X" * digits for digits in (3, 2, 4))


def _item(company: Company, record: Record, shown: dict[str, Any]) -> None:
    shown["FullyQualifiedName"] = company.full_name(record)
    if "ParentRef" in record.body:
        shown["Level"] = company.level(record)
    if record.body["Type"] != "Category":
        for key, default in (("Taxable", False), ("UnitPrice", 0), ("PurchaseCost", 0), ("TrackQtyOnHand", False)):
            shown.setdefault(key, default)


def _class(company: Company, record: Record, shown: dict[str, Any]) -> None:
    shown["FullyQualifiedName"] = company.full_name(record)
    shown.setdefault("SubClass" if record.entity == "Class" else "SubDepartment", False)


def _term(company: Company, record: Record, shown: dict[str, Any]) -> None:
    shown["Type"] = "DATE_DRIVEN" if "DayOfMonthDue" in record.body else "STANDARD"
    for key in ("DueDays", "DayOfMonthDue", "DueNextMonthDays", "DiscountDays", "DiscountDayOfMonth"):
        if key in shown:
            shown[key] = int(shown[key])


def _tax_list(company: Company, record: Record, shown: dict[str, Any]) -> None:
    tax_lists.shown(record, shown)


_LISTS = {"Account": _account, "Customer": _customer, "Vendor": _vendor, "Employee": _employee, "Item": _item,
          "Class": _class, "Department": _class, "Term": _term, "PaymentMethod": _as_stored,
          "CompanyCurrency": _as_stored, "TaxAgency": _tax_list, "TaxRate": _as_stored, "TaxCode": _as_stored}


# -- transactions ------------------------------------------------------------------------------------------------


def _show_transaction(company: Company, record: Record) -> dict[str, Any]:
    shown = _named(company, FIELDS[record.entity], record.body)
    shown.update(_common(record), CurrencyRef=_own_currency(company, record))
    documents.complete(company, record, shown)
    if "CustomField" in shown:
        shown["CustomField"] = preferences.show_custom_fields(company, record.entity, shown["CustomField"])
    return shown


def _show_template(company: Company, record: Record) -> dict[str, Any]:
    """`{"Bill": {..., "RecurringInfo": ...}}`: the document as it will be entered, under the template's own id."""
    kind = str(record.body["Kind"])
    document = replace(record, entity=kind, body=record.body["Document"])
    return {kind: {**_show_transaction(company, document), "RecurringInfo": record.body["RecurringInfo"]}}
