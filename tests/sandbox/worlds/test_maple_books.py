"""The practice year in both stand-ins, held against the derivation from its files."""
from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from tests.support.maple_clerk import Clerk
from tests.support.maple_compare import of_books, of_tie_out
from tests.support.maple_ledger import MAPLE, PAGE, ZERO, Town, expected
from tests.support.maple_page import page
from tieout.sandbox.kit import Request
from tieout.sandbox.sandbox import Sandbox
from tieout.sandbox.worlds.rest import QuickBooksRest


@pytest.fixture(scope="module")
def facts() -> dict[str, Any]:
    return expected()


def played_by_clerk(facts: dict[str, Any]) -> Iterator[tuple[str, Clerk, list[str]]]:
    """The year with everything entered as the derivation says: (step, clerk, what was done) after each step."""
    sandbox = Sandbox.start(world="maple")
    clerk = Clerk(sandbox, Town(MAPLE), facts["documents"])
    while (done := sandbox.play_next()) is not None:
        clerk.enter(done["step"])
        yield done["step"], clerk, done["acts"]


def test_with_every_bill_entered_the_books_are_those_of_the_derivation_at_every_month_end(facts):
    for step, clerk, _ in played_by_clerk(facts):
        if step.endswith("-15"):
            continue
        month = facts["months"][step[:7]]
        assert of_books(clerk, step, month) == {}, step
        assert -clerk.trial_balance(step).get("2000", ZERO) == month["accounts_payable"]


def test_with_every_bill_entered_the_bookkeeper_finds_all_that_she_needs(facts):
    said = [sentence for _, _, acts in played_by_clerk(facts) for sentence in acts]
    assert not [s for s in said if "Nothing to pay" in s or "Could not" in s or "never written" in s]
    assert facts["acts_without_effect"] == []


@pytest.fixture(scope="module")
def alone() -> Sandbox:
    """The year played to its end with no product connected."""
    sandbox = Sandbox.start(world="maple")
    while sandbox.play_next() is not None:
        pass
    return sandbox


def procore_rows(sandbox: Sandbox, path: str, **query: object) -> list[dict[str, Any]]:
    headers = {"authorization": f"Bearer {sandbox.procore.script_token}",
               "procore-company-id": str(sandbox.procore.company_id)}
    pairs = tuple((name, str(value)) for name, value in {"per_page": 300, **query}.items())
    answer = sandbox.handle("procore", Request.of("GET", path, query=pairs, headers=headers))
    assert answer.status == 200, answer.body
    found: list[dict[str, Any]] = json.loads(answer.body, parse_float=Decimal)
    return found


def projects(sandbox: Sandbox) -> dict[str, int]:
    rows = procore_rows(sandbox, "/rest/v1.1/projects", company_id=sandbox.procore.company_id)
    return {row["project_number"]: row["id"] for row in rows}


def contracts(sandbox: Sandbox) -> list[dict[str, Any]]:
    return [{**row, "project_number": number} for number, project in projects(sandbox).items()
            for kind in ("work_order_contracts", "purchase_order_contracts")
            for row in procore_rows(sandbox, f"/rest/v1.0/{kind}", project_id=project, view="extended")]


def requisitions(sandbox: Sandbox) -> dict[str, dict[str, Any]]:
    numbers = {row["id"]: row["number"] for row in contracts(sandbox)}
    return {f"{numbers[row['commitment_id']]}/{row['number']}": row for project in projects(sandbox).values()
            for row in procore_rows(sandbox, "/rest/v1.1/requisitions", project_id=project, view="extended")}


def test_procore_asks_for_payment_of_what_the_files_bill(alone):
    town = Town(MAPLE)
    found = requisitions(alone)
    assert len(found) == 90
    for key, movements in town.movements.items():
        net = sum((gross - held for _, gross, held in movements), ZERO)
        assert Decimal(found[key]["summary"]["current_payment_due"]) == net, key


def test_procore_holds_the_levels_of_the_files(alone):
    town, found = Town(MAPLE), requisitions(alone)
    for commitment in town.commitments.values():
        completed = retained = ZERO
        for application in commitment["applications"]:
            key = f"{commitment['number']}/{application['number']}"
            completed += sum((gross for _, gross, _ in town.movements[key]), ZERO)
            retained += sum((held for _, _, held in town.movements[key]), ZERO)
            summary = found[key]["summary"]
            assert Decimal(summary["total_completed_and_stored_to_date"]) == completed, key
            assert Decimal(summary["total_retainage"]) == retained, key


def test_procore_commits_what_the_derivation_commits(alone, facts):
    rows: dict[tuple[str, str], Decimal] = defaultdict(lambda: ZERO)
    for row in contracts(alone):
        rows[row["project_number"], row["vendor"]["company"]] += Decimal(row["revised_contract"])
    wanted = facts["months"]["2026-12"]["tie_out"]["committed"]["rows"]
    assert rows == {where: cell["procore"] for where, cell in wanted.items()}


def test_the_page_of_figures_is_current(facts):
    assert PAGE.read_text(encoding="utf-8") == page(MAPLE, facts), \
        "run python -m tests.support.maple_ledger --write docs/reference/maple.md"


def test_the_classes_of_every_figure_add_up_to_its_difference(facts):
    for month, state in facts["months"].items():
        for figure, cell in state["tie_out"].items():
            rows = cell["rows"].values()
            assert cell["difference"] == cell["procore"] - cell["quickbooks"] == sum(cell["classes"].values(), ZERO), \
                (month, figure)
            assert cell["difference"] == sum((row["difference"] for row in rows), ZERO)


def test_job_cost_is_what_is_billed_and_direct_cost(facts):
    for state in facts["months"].values():
        figures = state["tie_out"]
        for side in ("procore", "quickbooks"):
            assert figures["job_cost"][side] == figures["billed"][side] + figures["direct_cost"][side]
        assert figures["job_cost"]["quickbooks"] == sum(state["job_cost"].values(), ZERO)


def test_the_retainage_of_the_trial_balance_is_that_of_the_vendors_and_projects(facts):
    for state in facts["months"].values():
        assert -state["trial_balance"]["2050"] == sum(state["retention_payable"].values(), ZERO)
        assert state["tie_out"]["retained"]["quickbooks"] == -state["trial_balance"]["2050"]


def test_a_cent_in_the_tie_out_is_seen(facts):
    month = facts["months"]["2026-03"]
    paid = month["tie_out"]["paid"]
    found = {"payable": {**month["tie_out"], "paid": {**paid, "procore": paid["procore"] + Decimal("0.01")}}}
    assert of_tie_out({"payable": month["tie_out"]}, month) == {}
    assert of_tie_out(found, month) == {"paid": {"procore": (paid["procore"] + Decimal("0.01"), paid["procore"])}}


def test_a_bill_that_is_missing_in_the_books_is_seen(facts):
    documents = {key: document for key, document in facts["documents"].items() if key != "SC-17-02/2"}
    sandbox = Sandbox.start(world="maple")
    clerk = Clerk(sandbox, Town(MAPLE), documents)
    for step in ("2026-01-15", "2026-01-31"):
        sandbox.play_next()
        clerk.enter(step)
    apart = of_books(clerk, "2026-01-31", facts["months"]["2026-01"])
    assert apart["job cost"] == {("24-017", "Northgate Steel Inc", "05-120.S"): (None, Decimal("42600.00"))}
    assert apart["retention payable"] == {
        ("24-017", "Northgate Steel Inc"): (Decimal("3550.00"), Decimal("7810.00"))}


def test_the_owner_s_side_is_the_same_to_the_cent_in_procore_in_quickbooks_and_in_the_derivation(alone, facts):
    derived = facts["months"]["2026-12"]["owner_side"]
    books = alone.quickbooks
    invoices = {row["DocNumber"]: row
                for row in QuickBooksRest(books.handle, books.script_token, books.realm_id).query("Invoice")}
    seen = {}
    for project in procore_rows(alone, "/rest/v1.1/projects", company_id=4283186):
        scope = {"project_id": project["id"]}
        [prime] = procore_rows(alone, "/rest/v1.0/prime_contracts", **scope)
        shown: Any = procore_rows(alone, f"/rest/v1.0/prime_contract/{prime['id']}", **scope)
        bills = procore_rows(alone, f"/rest/v1.0/prime_contracts/{prime['id']}/payment_applications", **scope)
        papers: list[Any] = [procore_rows(alone, f"/rest/v1.0/payment_applications/{bill['id']}", **scope)
                             for bill in bills]
        covers = [paper["g702"] for paper in papers]
        assert [Decimal(cover["current_payment_due"]) for cover in covers] == [
            invoices[bill["invoice_number"]]["TotalAmt"] for bill in bills]
        billed = Decimal(covers[-1]["total_completed_and_stored_to_date"])
        held, received = Decimal(covers[-1]["total_retainage"]), Decimal(shown["total_payments"])
        still = sum((invoices[bill["invoice_number"]]["Balance"] for bill in bills), ZERO)
        seen[project["project_number"]] = {
            "contract": Decimal(shown["revised_contract_amount"]), "billed": billed, "retainage": held,
            "received": received, "open": still}
    assert seen == derived


def test_direct_costs_of_every_kind_stand_in_procore(alone, facts):
    approved: dict[str, Decimal] = defaultdict(lambda: ZERO)
    kinds = set()
    for project in procore_rows(alone, "/rest/v1.1/projects", company_id=4283186):
        for cost in procore_rows(alone, f"/rest/v1.1/projects/{project['id']}/direct_costs"):
            kinds.add(cost["direct_cost_type"])
            if cost["status"] == "approved":
                approved[project["project_number"]] += Decimal(cost["grand_total"])
    assert kinds == {"invoice", "expense", "payroll"}
    assert approved == facts["months"]["2026-12"]["direct_costs"]


def test_the_hours_of_the_crew_stand_on_timecards_in_procore(alone, facts):
    hours: dict[str, Decimal] = defaultdict(Decimal)
    for project in procore_rows(alone, "/rest/v1.1/projects", company_id=4283186):
        for row in procore_rows(alone, f"/rest/v1.0/projects/{project['id']}/timecard_entries",
                                start_date="2026-01-01", end_date="2026-12-31"):
            hours[project["project_number"]] += Decimal(row["hours"])
    assert hours == facts["months"]["2026-12"]["hours"] == {"24-017": Decimal(110)}
