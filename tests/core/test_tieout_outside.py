"""What no single project holds: jobs that are not linked, money that settles nothing, a bill over several projects."""
from __future__ import annotations

import random
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.pictures import Town
from tests.support.tied import classes, holds, town_with_a_bill
from tieout.core import tieout
from tieout.core.books import Account, BillPayment, Customer, Item, Line, PaidDocument, PurchaseOrder
from tieout.core.construction import Project
from tieout.core.flows.bill_payment_to_payment_issued import unapplied
from tieout.core.money import ZERO, Money, money
from tieout.core.picture import Picture, Route
from tieout.core.tieout_checks import Counted

OLD = "job not linked: Oak Health:Annex"


def apart(town: Town) -> Picture:
    """All of QuickBooks as a picture of no project."""
    picture = town.picture()
    return replace(picture, route=Route(number=""), project=Project(id="", number="", name=""))


def pair_of(*towns: Town, as_of: date | None = None) -> tieout.TieOut:
    """The tie-out over several projects that keep one set of books."""
    jobs, counted, open_credits, parts = frozenset(town.job for town in towns), Counted(), set[str](), []
    links = {slot: link for town in towns for slot, link in town.links.items()}
    for town in towns:
        found = tieout.entries(town.picture(), town.intents(), as_of)
        open_credits |= {e.document[2] for e in found if (e.figure, e.line) == ("open", "total")}
        parts.append(tieout.tie_out(counted.add(found), as_of=as_of))
    outside = tieout.entries_outside(replace(apart(towns[0]), links=links), jobs, open_credits, as_of)
    parts.insert(0, tieout.tie_out(counted.add(outside), as_of=as_of))
    whole = tieout.joined(parts)
    assert counted.check().failures == ()
    holds(whole)
    return whole


def two_projects() -> tuple[Town, Town]:
    """Acme has a contract on the first, Bolt on the second; both are kept in the same books."""
    one = Town()
    one.subcontract("SC-1", vendor="Acme", lines={"03-300.S": "10000.00"})
    other = Town(number="24-018")
    other.project = Project(id="p24-018", number="24-018", name="Garage")
    other.books, other.ids = one.books, one.ids
    one.beside, other.beside = [other], [one]
    other.subcontract("SC-2", vendor="Bolt", lines={"03-300.S": "8000.00"})
    one.books.customers["annex"] = Customer(id="annex", name="Annex", full_name="Oak Health:Annex", parent="c1")
    one.sync()
    other.sync()
    assert one.job != other.job
    return one, other


def put_on(town: Town, document: str, *jobs: str) -> None:
    """Moves the lines of a bill or an expense onto these jobs, one by one."""
    for table in (town.books.bills, town.books.expenses):
        if document in table:
            held = table[document]
            table[document] = replace(held, lines=tuple(
                replace(line, job=job) for line, job in zip(held.lines, jobs, strict=True)))


def rows(found: tieout.TieOut, figure: str) -> dict[tuple[str, str], tuple[Money | None, dict[str, Money]]]:
    return {(r.project, r.vendor): (r.quickbooks, r.classes) for r in found.at("vendor", figure)}


def test_cost_on_a_job_that_no_project_is_linked_to_is_not_mapped_and_stands_in_a_row_of_its_own():
    one, other = two_projects()
    bill = one.bill("Stranger", {"5100": "725.00", "5200": "30.00", "6000": "4.00"})
    put_on(one, bill, "annex", one.job, "")
    spent = one.expense("City Hall", {"5200": "12.00"})
    put_on(one, spent, "c1")
    found = pair_of(one, other)
    assert rows(found, "direct_cost") == {
        (OLD, "Stranger"): (money("725"), {"not mapped": money("-725")}),
        ("job not linked: Oak Health", "City Hall"): (money("12"), {"not mapped": money("-12")}),
        ("24-017", "Stranger"): (money("30"), {"only in QuickBooks": money("-30")})}
    assert found.total("job_cost").quickbooks == money("767")
    [entry] = next(r for r in found.at("vendor", "direct_cost") if r.project == OLD).entries
    assert (entry.document, entry.why) == (("quickbooks", "bill", bill), "the job is not linked to a project")


def test_journals_and_retainage_on_a_job_that_is_not_linked_do_not_hide():
    one, other = two_projects()
    key = one.journal(("5100", "300.00", "", True), ("2050", "-20.00", "", True), ("2050", "-5.00", "Acme", False))
    held = one.books.journals[key]
    one.books.journals[key] = replace(held, lines=tuple(replace(x, job="annex" if x.job else "") for x in held.lines))
    found = pair_of(one, other)
    assert rows(found, "direct_cost")[OLD, "unassigned"] == (money("300"), {"not mapped": money("-300")})
    assert rows(found, "retained") == {
        (OLD, "unassigned"): (money("20"), {"not mapped": money("-20")}),
        ("unassigned", "Acme"): (money("5"), {"only in QuickBooks": money("-5")})}


def test_an_order_on_a_job_that_is_not_linked_is_committed_there():
    one, other = two_projects()
    one.books.items["i9"] = Item(id="i9", name="Piles", type="Service", expense_account=one.account("5100"))
    one.books.orders["po9"] = PurchaseOrder(
        id="po9", version="0", vendor=one.vendor("Acme"), number="77", dated=date(2026, 2, 1), total=money("90"),
        lines=(Line(id="1", amount=money("60"), item="i9", job="annex"), Line(id="2", amount=money("30"), item="i9")))
    found = pair_of(one, other)
    assert rows(found, "committed")[OLD, "Acme"] == (money("60"), {"not mapped": money("-60")})
    assert [r.code for r in found.at("code", "committed") if r.project == OLD] == ["Piles"]
    assert not [r for r in pair_of(one, other, as_of=date(2026, 12, 31)).rows if (r.figure, r.project) == (
        "committed", OLD)]


def test_a_line_of_a_posted_bill_that_was_moved_off_the_projects_jobs_is_changed_after_posting_and_nets():
    town, _, app = town_with_a_bill()
    town.books.customers["annex"] = Customer(id="annex", name="Annex", full_name="Oak Health:Annex", parent="c1")
    bill = town.bill_of(app)
    lines = town.books.bills[bill].lines
    town.books.bills[bill] = replace(town.books.bills[bill], lines=(replace(lines[0], job="annex"), *lines[1:]))
    found = pair_of(town)
    assert rows(found, "billed")[OLD, "Acme"] == (lines[0].amount, {"changed after posting": -lines[0].amount})
    assert found.total("billed").difference == ZERO and found.unexplained == ZERO


def test_a_payment_that_names_no_bill_is_unapplied_once_over_the_pair():
    one, other = two_projects()
    one.pay("Acme", {}, extra="400.00")
    one.pay("Stranger", {}, extra="7.00")
    overhead = one.bill("Stranger", {"6000": "10.00"}, job=False)
    one.pay("Stranger", {overhead: "10.00"}, extra="2.00")
    found = pair_of(one, other)
    assert rows(found, "unapplied") == {
        ("unassigned", "Acme"): (money("400"), {"only in QuickBooks": money("-400")}),
        ("unassigned", "Stranger"): (money("9"), {"only in QuickBooks": money("-9")})}


def test_what_a_payment_settles_beside_bills_is_not_unapplied():
    def paid(total: str, *documents: tuple[str, str, str]) -> BillPayment:
        return BillPayment(id="p", version="0", vendor="v", number="1", dated=date(2026, 3, 20), total=money(total),
                           documents=tuple(PaidDocument(kind=k, id=i, amount=money(a)) for k, i, a in documents))
    assert unapplied(paid("1500", ("bill", "a", "1000"), ("journal_entry", "j", "500"))) == ZERO
    assert unapplied(paid("500", ("bill", "a", "1000"), ("journal_entry", "j", "500"))) == ZERO
    assert unapplied(paid("350", ("bill", "a", "100"), ("deposit", "d", "300"), ("vendor_credit", "c", "150"))) == \
        money("100")
    assert unapplied(paid("40")) == money("40")


def test_an_unused_credit_counts_in_what_is_open_or_is_unapplied_never_in_both():
    one, other = two_projects()
    for vendor, amount, job in (("Acme", "-80.00", one.job), ("Stranger", "-7.00", one.job),
                                ("Stranger", "-3.00", "annex"), ("Bolt", "-2.00", "")):
        put_on(one, one.bill(vendor, {"5100": amount}, credit=True), job)
    found = pair_of(one, other)
    assert {place: cell[0] for place, cell in rows(found, "unapplied").items()} == {
        ("unassigned", "Stranger"): money("10"), ("unassigned", "Bolt"): money("2")}
    assert rows(found, "open")["24-017", "Acme"][0] == money("-80")
    past = pair_of(one, other, as_of=date(2026, 12, 31))
    assert rows(past, "unapplied") == {} and any("unapplied" in note for note in past.notes)


def test_a_credit_made_from_an_application_is_open_there_and_not_unapplied():
    one, other = two_projects()
    one.application("SC-1", work={"03-300.S": "-50.00"})
    one.sync()
    found = pair_of(one, other)
    assert rows(found, "unapplied") == {} and not found.total("open").difference


def test_a_bill_over_the_jobs_of_two_projects_is_open_and_paid_once_in_a_row_of_its_own():
    one, other = two_projects()
    bill = one.bill("Acme", {"5100": "60.00", "5200": "40.00"})
    put_on(one, bill, other.job, one.job)                    # Acme has its contract on the second line's project
    one.pay("Acme", {bill: "70.00"})
    found = pair_of(one, other)
    assert rows(found, "open") == {("several projects", "Acme"): (money("30"), {"only in QuickBooks": money("-30")})}
    assert rows(found, "paid") == {("several projects", "Acme"): (money("70"), {"only in QuickBooks": money("-70")})}
    assert rows(found, "billed")["24-017", "Acme"][0] == money("40")
    assert rows(found, "direct_cost")["24-018", "Acme"][0] == money("60")


def test_a_bill_over_two_jobs_that_both_projects_have_a_contract_for_is_still_one_bill():
    one, other = two_projects()
    other.subcontract("SC-3", vendor="Acme", lines={"03-300.S": "900.00"})
    other.sync()
    bill = one.bill("Acme", {"5100": "60.00", "5200": "40.00"})
    put_on(one, bill, other.job, one.job)
    credit = one.bill("Acme", {"5100": "-25.00"}, credit=True)
    one.pay("Acme", {bill: "70.00"}, credits={credit: "25.00"})
    found = pair_of(one, other)
    assert rows(found, "paid") == {("several projects", "Acme"): (money("45"), {"only in QuickBooks": money("-45")})}
    assert found.total("open").quickbooks == money("30") and found.unexplained == ZERO


def test_a_posted_bill_partly_moved_to_another_project_stays_open_where_its_application_is():
    one, other = two_projects()
    other.subcontract("SC-3", vendor="Acme", lines={"03-300.S": "900.00"})
    other.sync()
    app = one.application("SC-1", work={"03-300.S": "500.00"}, held={"03-300.S": "50.00"})
    one.sync()
    bill = one.bill_of(app)
    first, *rest = one.books.bills[bill].lines
    one.books.bills[bill] = replace(one.books.bills[bill], lines=(replace(first, job=other.job), *rest))
    one.pay("Acme", {bill: "100.00"})
    one.sync()
    found = pair_of(one, other)
    assert {place: cell[0] for place, cell in rows(found, "open").items()} == {("24-017", "Acme"): money("350")}
    assert {place: cell[0] for place, cell in rows(found, "paid").items()} == {("24-017", "Acme"): money("100")}
    assert rows(found, "billed")["24-018", "Acme"] == (money("500"), {"changed after posting": money("-500")})


@pytest.mark.parametrize(("credit", "cash"), [("100.00", {"24-017": "500", "24-018": "200"}),
                                              ("380.00", {"24-017": "420", "24-018": "0"})])
@pytest.mark.parametrize("order", [1, -1])
def test_A151_a_credit_used_in_a_check_over_two_projects_is_shared_out_alike_whichever_project_looks(
        credit: str, cash: dict[str, str], order: int):
    """The credit of the second project lowers first the bill of its own commitment, and then the first one's."""
    one, other = two_projects()
    other.subcontract("SC-3", vendor="Acme", lines={"03-300.S": "9000.00"})
    ours, theirs = one.application("SC-1", work={"03-300.S": "500.00"}), \
        other.application("SC-3", work={"03-300.S": "300.00"})
    one.sync()
    other.sync()
    minus = other.application("SC-3", work={"03-300.S": f"-{credit}"}, dated=date(2026, 3, 31))
    other.sync()
    bills = {one.bill_of(ours): "500.00", other.bill_of(theirs): "300.00"}
    one.pay("Acme", dict(list(bills.items())[::order]), credits={other.bill_of(minus): credit})
    one.sync()
    other.sync()
    found = pair_of(one, other)
    assert {r.project: r.quickbooks for r in found.at("project", "paid")} == {
        project: money(amount) for project, amount in cash.items() if money(amount)}
    assert not found.total("paid").classes and found.unexplained == ZERO
    assert found.total("open").difference == ZERO


def test_two_projects_on_one_job_are_told_because_every_amount_would_count_twice():
    one, _ = two_projects()
    one.bill("Acme", {"5100": "60.00"})
    counted = Counted()
    for number in ("24-017", "24-018"):
        picture = one.picture()
        project = replace(picture.project, number=number)
        list(counted.add(tieout.entries(replace(picture, project=project), one.intents())))
    [failure] = [text for text in counted.check().failures if "billed" in text]
    assert failure.endswith("counts in billed of 24-017 and of 24-018")


def test_without_its_entries_a_tie_out_has_the_same_rows():
    one, other = two_projects()
    put_on(one, one.bill("Acme", {"5100": "60.00", "5200": "40.00"}), "annex", one.job)
    entries = [*one.entries(), *tieout.entries_outside(apart(one), {one.job}, ())]
    whole, bare = (tieout.tie_out(iter(entries), keep_entries=keep) for keep in (True, False))
    assert [replace(row, entries=()) for row in whole.rows] == [replace(row, entries=()) for row in bare.rows]
    assert not [row for row in bare.rows if row.entries and row.project != "unassigned"]
    assert other.job


@given(st.integers(0, 2**32))
@settings(max_examples=60, deadline=None)
def test_wherever_its_lines_lie_every_cost_and_retainage_amount_counts_once_over_the_pair(seed: int):
    chance = random.Random(seed)
    one, other = two_projects()
    places = (one.job, other.job, "annex", "c1", "")
    for _ in range(chance.randint(1, 8)):
        amounts = {number: f"{chance.randint(1, 9_999)}.{chance.randint(0, 99):02}"
                   for number in chance.sample(("5100", "5200", "2050", "6000"), chance.randint(1, 3))}
        vendor = chance.choice(("Acme", "Bolt", "Stranger"))
        key = chance.choice((one.bill, one.expense))(vendor, amounts)
        put_on(one, key, *(chance.choice(places) for _ in amounts))
        if key in one.books.bills and chance.random() < 0.5:
            one.pay(vendor, {key: "1.00"}, extra=chance.choice(("0", "3.00")))
    found = pair_of(one, other)
    lines = [line for table in (one.books.bills, one.books.expenses) for document in table.values()
             for line in document.lines]
    cost = [_account(one, line).type in ("Cost of Goods Sold", "Expense") for line in lines]
    assert found.total("job_cost").quickbooks == sum(
        (line.amount for line, is_cost in zip(lines, cost, strict=True) if is_cost and line.job), ZERO)
    assert found.total("retained").quickbooks == -sum(
        (line.amount for line in lines if _account(one, line).number == "2050"), ZERO)
    ours = {bill.id for bill in one.books.bills.values() if any(
        (one.books.vendors[bill.vendor].name, line.job) in (("Acme", one.job), ("Bolt", other.job))
        for line in bill.lines)}
    assert found.total("open").quickbooks == sum((one.books.bills[key].balance for key in ours), ZERO)
    assert found.total("unapplied").quickbooks == sum((p.total - 1 for p in one.books.payments.values()), ZERO)
    assert found.unexplained == ZERO


def _account(town: Town, line: Line) -> Account:
    return town.books.accounts[line.account]


def test_the_classes_of_the_whole_say_what_is_not_linked():
    one, other = two_projects()
    put_on(one, one.bill("Acme", {"5100": "60.00"}), "annex")
    assert classes(pair_of(one, other), "job_cost") == {"not mapped": "-60.00"}
