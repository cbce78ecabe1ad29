"""Where things stand in both systems. Ids are looked up when first needed, so a world can be taken up again."""
from __future__ import annotations

from datetime import date
from typing import Any

from tieout.sandbox.worlds.data import Scenario, WorldError, month_end
from tieout.sandbox.worlds.rest import ProcoreRest, QuickBooksRest, quoted


class Places:
    def __init__(self, procore: ProcoreRest) -> None:
        self.procore = procore
        self._projects: dict[str, int] = {}
        self._vendors: dict[str, int] = {}
        self._codes: dict[int, dict[str, int]] = {}
        self._periods: dict[int, dict[str, int]] = {}

    def project(self, number: str) -> int:
        if number not in self._projects:
            rows = self.procore.rows("/rest/v1.1/projects", per_page=300, company_id=self.procore.company_id)
            self._projects |= {row["project_number"]: row["id"] for row in rows}
        return self._projects[number]

    def vendor(self, name: str) -> int:
        if name not in self._vendors:
            rows = self.procore.rows("/rest/v1.0/vendors", company_id=self.procore.company_id, view="compact")
            self._vendors |= {row["name"]: row["id"] for row in rows}
        if name not in self._vendors:
            raise WorldError(f"Procore's directory has no company {name}.")
        return self._vendors[name]

    def employee(self, name: str) -> int:
        rows = self.procore.rows(f"/rest/v1.0/companies/{self.procore.company_id}/people")
        for row in rows:
            if f"{row['first_name']} {row['last_name']}" == name:
                return int(row["id"])
        raise WorldError(f"Procore has no employee {name}.")

    def code(self, project: int, flat_code: str) -> int:
        codes = self._codes.setdefault(project, {})
        if flat_code not in codes:
            rows = self.procore.rows(f"/rest/v1.0/projects/{project}/work_breakdown_structure/wbs_codes")
            codes |= {row["flat_code"]: row["id"] for row in rows}
        return codes[flat_code]

    def tax_code(self, code: str) -> int:
        for row in self.procore.rows("/rest/v1.0/tax_codes", per_page=100, company_id=self.procore.company_id):
            if row["code"] == code:
                return int(row["id"])
        raise WorldError(f"Procore has no tax code {code}.")

    def period(self, project: int, month: str) -> int:
        """The billing period of a month; opened when it is first needed, the one before it closed."""
        if project not in self._periods:
            rows = self.procore.rows(f"/rest/v1.0/projects/{project}/billing_periods")
            self._periods[project] = {row["start_date"][:7]: row["id"] for row in rows}
        known = self._periods[project]
        if month not in known:
            path = f"/rest/v1.0/projects/{project}/billing_periods"
            for row in self.procore.rows(path, filters__status="open"):
                self.procore.patch(f"{path}/{row['id']}", {"billing_period": {"status": "closed"}})
            first = date.fromisoformat(f"{month}-01")
            made = self.procore.post(path, {"billing_period": {
                "start_date": first.isoformat(), "end_date": month_end(first).isoformat(),
                "due_date": month_end(first).isoformat(), "status": "open"}})
            known[month] = made["id"]
        return known[month]


class BooksNames:
    """Accounts by their numbers; vendors, customers, jobs and items by what they are called."""

    def __init__(self, scenario: Scenario, quickbooks: QuickBooksRest) -> None:
        self.quickbooks = quickbooks
        self.called = {vendor.name: vendor.books_name for vendor in scenario.vendors if vendor.books_name}
        self._accounts: dict[str, str] = {}
        self._vendors: dict[str, str] = {}
        self._customers: dict[str, str] = {}
        self._jobs: dict[str, str] = {}
        self._items: dict[str, str] = {}
        self._named: dict[tuple[str, str], str] = {}
        self.projects = {project.number: project for project in scenario.projects}

    def account(self, number: str) -> str:
        if number not in self._accounts:
            rows = self.quickbooks.query("Account")
            self._accounts = {row["AcctNum"]: row["Id"] for row in rows if "AcctNum" in row}
        if number not in self._accounts:
            raise WorldError(f"QuickBooks has no account with the number {number}.")
        return self._accounts[number]

    def vendor(self, name: str) -> str | None:
        """By its name in QuickBooks; a vendor that came from Procore has the name it has there."""
        if name not in self._vendors:
            asked = quoted(self.called.get(name, name))
            for row in self.quickbooks.query("Vendor", f"DisplayName = {asked}"):
                self._vendors[name] = row["Id"]
        return self._vendors.get(name)

    def customer(self, name: str) -> str:
        if name not in self._customers:
            rows = self.quickbooks.query("Customer", f"DisplayName = {quoted(name)}")
            if not rows:
                raise WorldError(f"QuickBooks has no customer {name}.")
            self._customers[name] = str(rows[0]["Id"])
        return self._customers[name]

    def job(self, project: str) -> str | None:
        """The sub-customer whose name holds the project's number."""
        if project not in self._jobs:
            for row in self.quickbooks.query("Customer", "Job = true"):
                if project in row["DisplayName"]:
                    self._jobs[project] = str(row["Id"])
                    break
        return self._jobs.get(project)

    def item(self, name: str) -> str:
        if name not in self._items:
            rows = self.quickbooks.query("Item", f"Name = {quoted(name)}")
            if not rows:
                raise WorldError(f"QuickBooks has no product or service {name}.")
            self._items[name] = str(rows[0]["Id"])
        return self._items[name]

    def named(self, entity: str, name: str) -> str:
        """The id of a class, a location (Department) or a tax code."""
        if (entity, name) not in self._named:
            rows = self.quickbooks.query(entity, f"Name = {quoted(name)}")
            if not rows:
                raise WorldError(f"QuickBooks has no {entity} {name}.")
            self._named[entity, name] = str(rows[0]["Id"])
        return self._named[entity, name]

    def tracked(self, project: str | None) -> dict[str, Any]:
        """The class that stands on every line of a project."""
        found = self.projects.get(project or "")
        return {"ClassRef": {"value": self.named("Class", found.class_name)}} if found and found.class_name else {}

    def located(self, project: str | None) -> dict[str, Any]:
        """The location that stands on every document of a project."""
        found = self.projects.get(project or "")
        place = found.location if found else ""
        return {"DepartmentRef": {"value": self.named("Department", place)}} if place else {}

    def taxed(self, code: str | None) -> dict[str, Any]:
        return {"TaxCodeRef": {"value": self.named("TaxCode", code)}} if code else {}
