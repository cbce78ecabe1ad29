"""What both systems hold before anybody acts: directory, projects and budget codes in Procore, lists in QuickBooks."""
from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tieout.sandbox.worlds.data import Commitment, PrimeContract, Project, Scenario, WorldError
from tieout.sandbox.worlds.rest import ProcoreRest, QuickBooksRest, Rows


def furnish(scenario: Scenario, procore: ProcoreRest, quickbooks: QuickBooksRest) -> None:
    _currency(scenario, procore)
    _cost_types(scenario, procore)
    _directory(scenario, procore)
    _people(scenario, procore)
    _taxes(scenario, procore)
    parts = _parts(scenario, procore)
    for project in scenario.projects:
        _project(scenario, project, procore, parts)
    accounts = _chart(scenario, quickbooks)
    _names(scenario, quickbooks)
    _items(scenario, quickbooks, accounts)
    for entity, names in (("Class", scenario.classes), ("Department", scenario.locations)):
        for name in names:
            quickbooks.create(entity, {"Name": name})


# Procore

def _currency(scenario: Scenario, procore: ProcoreRest) -> None:
    """Every company starts in US dollars."""
    if "currency" in scenario.company:
        procore.patch(f"/rest/v1.0/companies/{procore.company_id}/currency_configuration",
                      {"currency_iso_code": scenario.company["currency"]})


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


def _taxes(scenario: Scenario, procore: ProcoreRest) -> None:
    scope = {"company_id": procore.company_id}
    if scenario.tax_codes:
        procore.post("/rest/v1.0/tax_types", {"tax_type": {"name": scenario.tax_codes[0]["type"]}}, **scope)
    for row in scenario.tax_codes:
        procore.post("/rest/v1.0/tax_codes", {"tax_code": {"code": row["code"], "description": row["name"],
                                                           "rate1": row["rate"]}}, **scope)


def _parts(scenario: Scenario, procore: ProcoreRest) -> dict[str, tuple[int, int]]:
    """The company's own segment and its items: code -> (segment, item)."""
    if not scenario.parts:
        return {}
    root = f"/rest/v1.0/companies/{procore.company_id}/work_breakdown_structure/segments"
    segment: int = procore.post(root, {"segment": {"name": scenario.company["segment"], "structure": "flat"}})["id"]
    return {row["code"]: (segment, procore.post(f"{root}/{segment}/segment_items", {
        "code": row["code"], "name": row["name"]})["id"]) for row in scenario.parts}


def _project(scenario: Scenario, project: Project, procore: ProcoreRest, parts: Mapping[str, tuple[int, int]]) -> None:
    customer = _customer_field(scenario, project, procore)
    made = procore.post("/rest/v1.0/projects", {"company_id": procore.company_id, "project": {
        "name": project.name, "project_number": project.number, "active": True,
        "country_code": scenario.company.get("country", "US"),
        "time_zone": scenario.company.get("time_zone", "US/Pacific"), **customer}})
    number: int = made["id"]
    _cost_codes(scenario, number, procore)
    _budget_codes(scenario, number, procore)
    if parts:
        _coded_parts(scenario, project, number, procore, parts)


def _customer_field(scenario: Scenario, project: Project, procore: ProcoreRest) -> dict[str, int]:
    """Who the project is built for, in the custom field `Customer`, where the owners are in the directory."""
    if not scenario.prime_contracts:
        return {}
    fields = procore.rows(f"/rest/v1.1/companies/{procore.company_id}/custom_field_definitions", tool_name="admin")
    owners = procore.rows("/rest/v1.0/vendors", company_id=procore.company_id, view="compact")
    label = next(int(row["id"]) for row in fields if row["label"] == "Customer")
    return {f"custom_field_{label}": next(int(row["id"]) for row in owners if row["name"] == project.owner)}


def _coded_parts(scenario: Scenario, project: Project, number: int, procore: ProcoreRest,
                 parts: Mapping[str, tuple[int, int]]) -> None:
    """Budget codes with the company's own segment: the codes of the contracts' lines, for the parts that they name."""
    contracts: list[Commitment | PrimeContract] = [*scenario.commitments, *scenario.prime_contracts]
    wanted = sorted({(line.code, line.type, line.part) for one in contracts if one.project == project.number
                     for line in (*one.lines, *(line for order in one.change_orders for line in order.lines))
                     if line.part})
    root = f"/rest/v1.0/projects/{number}/work_breakdown_structure"
    flat = {row["flat_code"]: row for row in procore.rows(f"{root}/wbs_codes")}
    bulk = [{"segment_items": [
        *({"segment_id": item["segment"]["id"], "segment_item_id": item["id"]}
          for item in flat[f"{code}.{kind}"]["segment_items"]),
        {"segment_id": parts[part][0], "segment_item_id": parts[part][1]}]} for code, kind, part in wanted]
    if bulk:
        _synced(procore.patch(f"{root}/wbs_codes/bulk_create", {"bulk": bulk}))


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
