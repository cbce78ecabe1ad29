"""What both systems hold before anybody acts: directory, projects and budget codes in Procore, lists in QuickBooks."""
from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tieout.sandbox.worlds.data import Project, Scenario, WorldError
from tieout.sandbox.worlds.rest import ProcoreRest, QuickBooksRest, Rows


def furnish(scenario: Scenario, procore: ProcoreRest, quickbooks: QuickBooksRest) -> None:
    _cost_types(scenario, procore)
    _directory(scenario, procore)
    _people(scenario, procore)
    for project in scenario.projects:
        _project(scenario, project, procore)
    accounts = _chart(scenario, quickbooks)
    _names(scenario, quickbooks)
    _items(scenario, quickbooks, accounts)


# Procore

def _cost_types(scenario: Scenario, procore: ProcoreRest) -> None:
    """Every company starts with L, M, S, E and O; a world may bring more."""
    company = procore.company_id
    held = {row["code"] for row in procore.rows("/rest/v1.0/line_item_types", company_id=company)}
    for code, kind in scenario.cost_types.items():
        if code not in held:
            procore.post("/rest/v1.0/line_item_types", {"company_id": company, "line_item_type": {
                "name": kind["name"], "csv_import_code": code, "base_type": kind["base"]}})


def _directory(scenario: Scenario, procore: ProcoreRest) -> None:
    updates = [{"name": vendor.name, "is_active": True, **_procore_address(vendor.facts)}
               for vendor in scenario.vendors if vendor.name]
    if scenario.prime_contracts:
        updates += [{"name": owner["name"], "is_active": True, **_procore_address(owner)}
                    for owner in scenario.customers]
    for start in range(0, len(updates), 1000):
        _synced(procore.patch("/rest/v1.0/vendors/sync", {"company_id": procore.company_id,
                                                           "updates": updates[start:start + 1000]}))


def _people(scenario: Scenario, procore: ProcoreRest) -> None:
    for row in scenario.employees:
        first, _, last = row["name"].rpartition(" ")
        procore.post(f"/rest/v1.0/companies/{procore.company_id}/people", {"person": {
            "first_name": first, "last_name": last, "is_employee": True, "employee_id": row["number"]}})


def _procore_address(facts: Mapping[str, str]) -> dict[str, str]:
    names = (("street", "address"), ("city", "city"), ("state", "state_code"), ("postal_code", "zip"),
             ("phone", "business_phone"), ("email", "email_address"))
    return {field: facts[name] for name, field in names if name in facts}


def _project(scenario: Scenario, project: Project, procore: ProcoreRest) -> None:
    made = procore.post("/rest/v1.0/projects", {"company_id": procore.company_id, "project": {
        "name": project.name, "project_number": project.number, "active": True}})
    number: int = made["id"]
    _cost_codes(scenario, number, procore)
    _budget_codes(scenario, number, procore)


def _cost_codes(scenario: Scenario, project: int, procore: ProcoreRest) -> None:
    """A code 03-300 is the code 300 under the division 03."""
    divisions = sorted({code.code.partition("-")[0] for code in scenario.cost_codes})
    above = _synced(procore.patch("/rest/v1.0/cost_codes/sync", {"updates": [
        {"code": division, "name": f"Division {division}"} for division in divisions]}, project_id=project))
    parents = {row["code"]: row["id"] for row in above}
    updates = [{"code": code.code.partition("-")[2], "name": code.name,
                "parent_id": parents[code.code.partition("-")[0]]} for code in scenario.cost_codes]
    if updates:
        _synced(procore.patch("/rest/v1.0/cost_codes/sync", {"updates": updates}, project_id=project))


def _budget_codes(scenario: Scenario, project: int, procore: ProcoreRest) -> None:
    """Every cost code with each of its cost types."""
    root = f"/rest/v1.0/projects/{project}/work_breakdown_structure"
    segments = {row["type"]: row["id"] for row in procore.get(f"{root}/segments")}
    kinds = ("cost_code", "line_item_type")
    items = {kind: {row["path_code"]: row["id"]
                    for row in procore.rows(f"{root}/segments/{segments[kind]}/segment_items")} for kind in kinds}

    def part(kind: str, code: str) -> dict[str, int]:
        return {"segment_id": segments[kind], "segment_item_id": items[kind][code]}

    wanted = [{"segment_items": [part("cost_code", code.code), part("line_item_type", kind)]}
              for code in scenario.cost_codes for kind in code.types]
    if wanted:
        _synced(procore.patch(f"{root}/wbs_codes/bulk_create", {"bulk": wanted}))


def _synced(answer: Mapping[str, Any]) -> Rows:
    """A bulk call always answers 200; what was refused stands beside what was done."""
    if answer["errors"]:
        raise WorldError(f"Procore refused a part of the world: {answer['errors'][0]}")
    made: Rows = answer["entities"]
    return made


# QuickBooks

def _chart(scenario: Scenario, quickbooks: QuickBooksRest) -> dict[str, str]:
    """Account numbers and ids. The accounts that QuickBooks makes by itself get their numbers and keep their names."""
    held = {row["Name"]: row for row in quickbooks.query("Account")}
    numbers: dict[str, str] = {}
    for row in scenario.accounts:
        found = held.get(row["name"])
        if found is not None:
            made = quickbooks.change("Account", found, {"Name": found["Name"], "AcctNum": row["number"]})
        else:
            made = quickbooks.create("Account", {"Name": row["name"], "AcctNum": row["number"],
                                                 "AccountType": row["type"], "AccountSubType": row["subtype"]})
        numbers[row["number"]] = made["Id"]
    return numbers


def _names(scenario: Scenario, quickbooks: QuickBooksRest) -> None:
    terms: dict[str, str] = {}
    for days in sorted({vendor.facts["terms_days"] for vendor in scenario.vendors if "terms_days" in vendor.facts}):
        terms[days] = quickbooks.create("Term", {"Name": f"Net {days}", "DueDays": int(days)})["Id"]
    vendors = [{"operation": "create", "Vendor": {
        "DisplayName": vendor.books_name, "CompanyName": vendor.books_name, **_books_address(vendor.facts),
        **({"TermRef": {"value": terms[vendor.facts["terms_days"]]}} if "terms_days" in vendor.facts else {})}}
        for vendor in scenario.vendors if vendor.books_name]
    owners = [{"operation": "create", "Customer": {"DisplayName": row["name"], "CompanyName": row["name"],
                                                   **_books_address(row)}} for row in scenario.customers]
    crew = [{"operation": "create", "Employee": {"GivenName": row["name"].rpartition(" ")[0],
                                                 "FamilyName": row["name"].rpartition(" ")[2]}}
            for row in scenario.employees]
    made = quickbooks.batch([*vendors, *owners, *crew])
    ids = {one["Customer"]["DisplayName"]: one["Customer"]["Id"] for one in made if "Customer" in one}
    for project in scenario.projects:
        if project.job:
            quickbooks.create("Customer", {"DisplayName": project.job, "Job": True, "BillWithParent": False,
                                           "ParentRef": {"value": ids[project.owner]}})


def _books_address(facts: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if facts.get("street"):
        found["BillAddr"] = {"Line1": facts["street"], "City": facts["city"], "Country": "USA",
                             "CountrySubDivisionCode": facts["state"], "PostalCode": facts["postal_code"]}
    if facts.get("phone"):
        found["PrimaryPhone"] = {"FreeFormNumber": facts["phone"]}
    if facts.get("email"):
        found["PrimaryEmailAddr"] = {"Address": facts["email"]}
    return found


def _items(scenario: Scenario, quickbooks: QuickBooksRest, accounts: Mapping[str, str]) -> None:
    for row in scenario.items:
        quickbooks.create("Item", {
            "Name": row["name"], "Type": row["type"], "Description": row["description"],
            "IncomeAccountRef": {"value": accounts[row["income_account"]]},
            **({"PurchaseDesc": row["description"],
                "ExpenseAccountRef": {"value": accounts[row["expense_account"]]}} if row["expense_account"] else {})})
