"""Fjord Construction in both stand-ins: HST, holdback, classes, locations and buildings, against its own files."""
from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import Any

import pytest

from tests.support.fjord_ledger import trial_balances
from tieout.sandbox.sandbox import Sandbox
from tieout.sandbox.worlds.data import month_end
from tieout.sandbox.worlds.player import scenario_of
from tieout.sandbox.worlds.rest import ProcoreRest, QuickBooksRest


class Fjord:
    def __init__(self) -> None:
        self.sandbox = Sandbox.start(world="fjord")
        books, field = self.sandbox.quickbooks, self.sandbox.procore
        self.books = QuickBooksRest(books.handle, books.script_token, books.realm_id)
        self.field = ProcoreRest(field.handle, field.script_token, str(field.company.id))

    def trial_balance(self, step: str) -> dict[str, Decimal]:
        numbers = {row["Id"]: row["AcctNum"] for row in self.books.query("Account") if "AcctNum" in row}
        report = self.books.call("GET", "reports/TrialBalance", start_date="2026-01-01", end_date=step)
        rows = [row["ColData"] for row in report["Rows"]["Row"] if "ColData" in row]
        found = {numbers[row[0]["id"]]: Decimal(row[1]["value"] or 0) - Decimal(row[2]["value"] or 0) for row in rows}
        return {account: amount for account, amount in sorted(found.items()) if amount}

    def projects(self) -> list[int]:
        return [row["id"] for row in self.field.rows("/rest/v1.1/projects", per_page=300,
                                                     company_id=self.field.company_id)]


@pytest.fixture(scope="module")
def year() -> Fjord:
    fjord = Fjord()
    while fjord.sandbox.play_next() is not None:
        pass
    return fjord


def test_the_books_are_those_of_the_files_at_every_month_end():
    fjord, derived, seen = Fjord(), trial_balances(), {}
    while (done := fjord.sandbox.play_next()) is not None:
        if not done["step"].endswith("-15"):
            seen[done["step"][:7]] = fjord.trial_balance(done["step"])
            assert sum(seen[done["step"][:7]].values()) == 0
        assert not [said for said in done["acts"] if "Could not" in said or "Nothing to pay" in said]
    assert seen == derived and len(seen) == 6


def test_each_approved_subcontractor_invoice_is_due_with_hst_what_its_bill_comes_to(year: Fjord):
    bills = {row["DocNumber"]: row["TotalAmt"] for row in year.books.query("Bill")}
    invoices = [row for project in year.projects()
                for row in year.field.rows("/rest/v1.1/requisitions", project_id=project)]
    due = {row["invoice_number"]: Decimal(row["summary"]["current_payment_due"]) for row in invoices}
    assert due == bills and len(due) == 24
    assert any(Decimal(row["summary"]["tax_applicable_to_this_payment"]) for row in invoices)


def test_owner_invoices_agree_but_for_the_cent_that_procore_rounds_line_by_line(year: Fjord):
    billed = {row["DocNumber"]: row["TotalAmt"] for row in year.books.query("Invoice")}
    due = {}
    for project in year.projects():
        for row in year.field.rows("/rest/v1.0/payment_applications", project_id=project):
            shown = year.field.get(f"/rest/v1.0/payment_applications/{row['id']}", project_id=project)
            due[shown["invoice_number"]] = Decimal(shown["g702"]["current_payment_due"])
    assert len(due) == 15
    assert {number: due[number] - amount for number, amount in billed.items() if due[number] != amount} == {
        "25-101-03": Decimal("0.01")}


def test_holdback_stands_in_both_systems_at_the_same_amount(year: Fjord):
    held: dict[str, Decimal] = defaultdict(Decimal)
    for project in year.projects():
        latest = {row["commitment_id"]: row for row in year.field.rows("/rest/v1.1/requisitions", project_id=project)}
        held["2050"] -= sum(Decimal(row["summary"]["total_retainage"]) for row in latest.values())
        bills = list(year.field.rows("/rest/v1.0/payment_applications", project_id=project))
        shown = year.field.get(f"/rest/v1.0/payment_applications/{bills[-1]['id']}", project_id=project)
        held["1250"] += Decimal(shown["g702"]["total_retainage"])
    balance = year.trial_balance("2026-06-30")
    assert held == {account: balance[account] for account in ("2050", "1250")}


def test_every_document_of_a_job_has_its_location_and_every_line_its_class_and_tax(year: Fjord):
    projects = {project.number: project for project in scenario_of("fjord").projects}
    seen = 0
    for row in year.books.query("Bill"):
        for line in row["Line"]:
            detail: dict[str, Any] = line["AccountBasedExpenseLineDetail"]
            project = projects[detail["CustomerRef"]["name"].rpartition(":")[2][:6]]
            assert (detail["ClassRef"]["name"], row["DepartmentRef"]["name"]) == (project.class_name, project.location)
            assert detail["TaxCodeRef"]["value"]
            seen += 1
    assert seen > 24
    assert {row["GlobalTaxCalculation"] for row in year.books.query("Invoice")} == {"TaxExcluded"}


def test_budget_codes_name_the_building_and_commitments_are_coded_by_it(year: Fjord):
    codes, parts = set(), set()
    for project in year.projects():
        root = f"/rest/v1.0/projects/{project}/work_breakdown_structure"
        assert "Building" in {row["name"] for row in year.field.get(f"{root}/segments")}
        for kind in ("work_order_contract", "purchase_order_contract"):
            for contract in year.field.rows(f"/rest/v1.0/{kind}s", project_id=project):
                for line in year.field.rows(f"/rest/v1.0/{kind}s/{contract['id']}/line_items", project_id=project):
                    codes.add(line["wbs_code"]["flat_code"])
                    parts.add(line["wbs_code"]["flat_code"].rpartition(".")[2])
    assert "03-300.S.B" in codes and parts == {"A", "B", "P"}


def test_there_is_one_currency_and_it_is_canadian(year: Fjord):
    assert {row["CurrencyRef"]["value"] for row in year.books.query("Bill")} == {"CAD"}
    preferences = year.books.call("GET", "preferences")["Preferences"]["CurrencyPrefs"]
    assert (preferences["HomeCurrency"]["value"], preferences["MultiCurrencyEnabled"]) == ("CAD", False)


def test_procore_and_the_reports_are_canadian_too(year: Fjord):
    field, company = year.field, year.field.company_id
    assert [row["name"] for row in field.rows("/rest/v1.0/companies")] == ["Fjord Construction"]
    assert {row["country_code"] for row in field.rows("/rest/v1.1/projects", company_id=company)} == {"CA"}
    contracts = [row for project in year.projects()
                 for row in field.rows("/rest/v1.0/work_order_contracts", project_id=project, view="extended")]
    assert {row["currency_configuration"]["currency_iso_code"] for row in contracts} == {"CAD"}
    assert year.books.call("GET", "reports/TrialBalance")["Header"]["Currency"] == "CAD"


def test_hours_and_direct_costs_are_written_down_in_procore(year: Fjord):
    cards = sum((row["TotalAmt"] - row["TxnTaxDetail"]["TotalTax"] for row in year.books.query("Purchase")
                 if row["PaymentType"] == "CreditCard"), Decimal(0))
    costs = hours = Decimal(0)
    for project in year.projects():
        costs += sum(Decimal(row["grand_total"])
                     for row in year.field.rows(f"/rest/v1.1/projects/{project}/direct_costs"))
        hours += sum(Decimal(row["hours"]) for row in year.field.rows(
            f"/rest/v1.0/projects/{project}/timecard_entries", start_date="2026-01-01", end_date="2026-06-30"))
    assert (costs, hours) == (cards, Decimal("69.5"))


def test_the_books_of_march_are_closed_in_may(year: Fjord):
    assert year.sandbox.quickbooks.company.closed_through == month_end(scenario_of("fjord").begins.replace(month=3))


def test_the_projects_stand_in_their_own_time_zone_and_people_have_the_companys_addresses(year: Fjord) -> None:
    assert year.projects()
    for project in year.projects():
        found = year.field.get(f"/rest/v1.0/projects/{project}", company_id=year.field.company_id)
        assert (found["time_zone"], found["tz_name"]) == ("America/Toronto", "America/Toronto")
    assert year.sandbox.procore.person.login == "paula.marsh@fjord.example"
