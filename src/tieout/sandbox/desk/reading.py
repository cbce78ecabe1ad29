"""What the bookkeeper's pages read of QuickBooks again and again."""
from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tieout.sandbox.desk.desk import Desk
from tieout.sandbox.quickbooks_online.preferences import CLASS_PER_LINE, DEPARTMENTS, prefers
from tieout.sandbox.worlds.rest import Rows


def read(desk: Desk, entity: str, id_: str) -> dict[str, Any]:
    found: dict[str, Any] = desk.quickbooks.call("GET", f"{entity.lower()}/{id_}")[entity]
    return found


def at(entity: str, found: Mapping[str, Any]) -> str:
    return f"/quickbooks/{entity}/{found['Id']}"


def account_name(desk: Desk, id_: str) -> str:
    record = desk.books.records["Account"][id_]
    return f"{record.body.get('AcctNum', '')} {desk.books.full_name(record)}".strip()


def names(desk: Desk, entity: str) -> Rows:
    key = "FullyQualifiedName" if entity == "Customer" else "DisplayName"
    return sorted(desk.quickbooks.query(entity), key=lambda row: str(row[key]).casefold())


def accounts(desk: Desk, types: tuple[str, ...]) -> list[dict[str, str]]:
    rows = [{"id": id_, "name": account_name(desk, id_)} for id_, record in desk.books.records["Account"].items()
            if record.active and record.body["AccountType"] in types]
    return sorted(rows, key=lambda row: row["name"])


def tracking(desk: Desk) -> list[dict[str, Any]]:
    """What this company wants on every line or document beside the account: location, class, tax code."""
    company = desk.books
    asked = [("location", "Location", "Department", prefers(company, DEPARTMENTS)),
             ("class", "Class", "Class", prefers(company, CLASS_PER_LINE)),
             ("tax", "Tax code", "TaxCode", company.profile.sales_tax != "off" and company.profile.country != "US")]
    return [{"field": field, "label": label, "choices": [
        {"id": id_, "name": company.full_name(record) if entity != "TaxCode" else record.body["Name"]}
        for id_, record in company.records[entity].items() if record.active]}
        for field, label, entity, wanted in asked if wanted and company.records[entity]]


def tracked(values: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What was chosen, as keys of the document and of each line's detail."""
    document = {"DepartmentRef": {"value": values["location"]}} if values.get("location") else {}
    line = {key: {"value": values[name]} for name, key in (("class", "ClassRef"), ("tax", "TaxCodeRef"))
            if values.get(name)}
    return document, line
