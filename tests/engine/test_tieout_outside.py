"""Over the practice company: what is typed in QuickBooks outside the projects is in the tie-out, once."""
from datetime import date
from pathlib import Path

import pytest

from tests.support.practice import Practice
from tests.support.tied import holds
from tests.support.typed import line, paid, typed
from tieout.core.money import ZERO, Money, money
from tieout.core.tieout import FIGURES, TieOut
from tieout.engine import plan, reconcile
from tieout.engine.store.models import RoutedProject
from tieout.sandbox.sandbox import Sandbox


def totals(found: TieOut) -> dict[str, Money]:
    return {figure: found.total(figure).quickbooks or ZERO for figure in FIGURES}


@pytest.fixture
def practice(tmp_path: Path, transactional_db: None) -> Practice:
    played = Practice(Sandbox.start("maple", frozen=True), tmp_path)
    for _ in range(4):
        played.play()
        played.sync()
    return played


def test_A196_nothing_typed_outside_the_projects_hides_from_the_tie_out(
        practice: Practice, monkeypatch: pytest.MonkeyPatch) -> None:
    with practice.wired():
        before = reconcile.tie_out(practice.pair)
        desk = plan.desk_of(practice.pair, *reconcile.sides_of(practice.pair))
    assert [c.failures for c in before.checks if c.name == "each amount in one project"] == [()]
    cost = next(a.id for a in desk.lists.accounts.values() if a.number == "5100")
    retained = next(a.id for a in desk.lists.accounts.values() if a.number == "2050")
    vendor, name = next((v.id, v.name) for v in desk.lists.vendors.values() if v.active)
    theirs = {"VendorRef": {"value": vendor}}
    typed(practice, "Customer", 1, DisplayName="Annex", FullyQualifiedName="Oak Health LLC:Annex")
    typed(practice, "Bill", 2, **theirs, TotalAmt=110, Balance=110, Line=[
        line("100.00", cost, "990001"), line("25.00", cost), line("-15.00", retained, "990001")])
    typed(practice, "PurchaseOrder", 3, **theirs, TotalAmt=70, Line=[line("70.00", cost, "990001")])
    typed(practice, "Purchase", 4, TotalAmt=30, AccountRef={"value": "1"}, Line=[line("30.00", cost, "990001")])
    typed(practice, "BillPayment", 5, **theirs, TotalAmt=44, PayType="Check", Line=[])
    typed(practice, "VendorCredit", 6, **theirs, TotalAmt=9, Balance=9, Line=[line("9.00", cost)])
    typed(practice, "VendorCredit", 7, **theirs, TotalAmt=4, Balance=4, Line=[line("4.00", cost, "990001")])
    with practice.wired():
        found = reconcile.tie_out(practice.pair)
        bare = reconcile.tie_out(practice.pair, keep_entries=False)
        monkeypatch.setattr(reconcile, "AT_ONCE", 1)
        one_by_one = reconcile.tie_out(practice.pair)
        one_project = reconcile.tie_out(practice.pair, "24-017")
    more = {figure: amount - totals(before)[figure] for figure, amount in totals(found).items()}
    assert {figure: amount for figure, amount in more.items() if amount} == {
        "committed": money("70"), "retained": money("15"), "direct_cost": money("126"), "job_cost": money("126"),
        "unapplied": money("57")}
    annex = "job not linked: Oak Health LLC:Annex"
    assert {row.figure: row.classes for row in found.rows if row.level == "project" and row.project == annex} == {
        "committed": {"not mapped": money("-70")}, "retained": {"not mapped": money("-15")},
        "direct_cost": {"not mapped": money("-126")}, "job_cost": {"not mapped": money("-126")}}
    [unapplied] = [row for row in found.at("vendor", "unapplied") if row.vendor == name]
    assert {entry.document[2] for entry in unapplied.entries} >= {"990005", "990006", "990007"}
    holds(found)
    assert found.unexplained == ZERO
    assert one_by_one == found and totals(bare) == totals(found)
    assert not [row for row in one_project.rows if row.project == annex]


def test_a_bill_typed_over_two_projects_jobs_and_a_check_for_it_count_once(practice: Practice) -> None:
    with practice.wired():
        before = reconcile.tie_out(practice.pair)
        desk = plan.desk_of(practice.pair, *reconcile.sides_of(practice.pair))
    cost = next(a.id for a in desk.lists.accounts.values() if a.number == "5100")
    row = next(row for row in before.at("vendor", "committed") if row.procore)
    vendor = next(v.id for v in desk.lists.vendors.values() if v.name == row.vendor)
    here = next(link.target for slot, link in desk.links.items() if slot.flow == plan.JOBS and slot.key
                == reconcile.project_ids(practice.pair.procore)[row.project])
    other = next(job for job in sorted(reconcile.linked_jobs(desk)) if job != here)
    fields = {"VendorRef": {"value": vendor}}
    typed(practice, "Bill", 1, **fields, TotalAmt=100, Balance=40, Line=[
        line("70.00", cost, other), line("30.00", cost, here)])
    typed(practice, "BillPayment", 2, **fields, TotalAmt=60, PayType="Check", Line=[paid("Bill", 1, "60.00")])
    with practice.wired():
        found = reconcile.tie_out(practice.pair)
    more = {figure: amount - totals(before)[figure] for figure, amount in totals(found).items()}
    assert (more["open"], more["paid"], more["job_cost"]) == (money("40"), money("60"), money("100"))
    several = {row.figure: row.quickbooks for row in found.at("vendor", "open") if row.project == "several projects"}
    assert several == {"open": money("40")}
    assert found.unexplained == ZERO and not [text for check in found.checks for text in check.failures]
    holds(found)


def test_a_project_that_is_no_longer_routed_leaves_its_documents_on_a_job_that_is_not_linked(
        practice: Practice) -> None:
    with practice.wired():
        before = reconcile.tie_out(practice.pair)
        gone = next(row for row in before.at("project", "job_cost") if row.quickbooks)
        RoutedProject.objects.filter(pair=practice.pair, number=gone.project).delete()
        found = reconcile.tie_out(practice.pair)
    assert found.total("job_cost").quickbooks == before.total("job_cost").quickbooks
    assert found.total("retained").quickbooks == before.total("retained").quickbooks
    assert found.total("committed").quickbooks == before.total("committed").quickbooks
    classes = {name for row in found.rows if row.project.startswith("job not linked: ") for name in row.classes}
    assert classes == {"not mapped"}
    holds(found)


def test_as_of_a_day_what_is_dated_later_on_a_job_that_is_not_linked_does_not_count(practice: Practice) -> None:
    with practice.wired():
        desk = plan.desk_of(practice.pair, *reconcile.sides_of(practice.pair))
    cost = next(a.id for a in desk.lists.accounts.values() if a.number == "5100")
    typed(practice, "Customer", 1, DisplayName="Annex", FullyQualifiedName="Oak Health LLC:Annex")
    typed(practice, "Purchase", 2, TotalAmt=30, AccountRef={"value": "1"}, Line=[line("30.00", cost, "990001")])
    typed(practice, "PurchaseOrder", 3, VendorRef={"value": "1"}, TotalAmt=70, Line=[line("70.00", cost, "990001")])
    with practice.wired():
        days = [reconcile.tie_out(practice.pair, as_of=date(2026, 2, day)) for day in (19, 20)]
    assert [[(r.figure, r.quickbooks) for r in found.rows if r.project.endswith(":Annex") and r.level == "project"]
            for found in days] == [[], [("direct_cost", money("30")), ("job_cost", money("30"))]]
