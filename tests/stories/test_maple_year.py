"""The practice year, start to end, on real wire formats: both sets of books against an independent derivation."""
from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from tests.support import maple_compare
from tests.support.books_judge import Judge
from tests.support.maple_books import Books
from tests.support.maple_ledger import MAPLE, Town, expected
from tests.support.practice import Practice
from tieout.core.money import from_cents
from tieout.core.tieout import to_json
from tieout.engine import answers, reconcile, trail
from tieout.engine.store.models import OpenProblem, Pair, Posting, Standing, TrailHead
from tieout.sandbox.kit import Request
from tieout.sandbox.sandbox import Sandbox

pytestmark = pytest.mark.django_db
LATE = "Invoice 4479 of Brightline Electric Company"


@dataclass
class Year:
    """What was found after each month's second sync, and at the end."""

    books: dict[str, Any] = field(default_factory=dict)
    tie_outs: dict[str, Any] = field(default_factory=dict)
    rows: dict[str, Any] = field(default_factory=dict)
    checks: list[Any] = field(default_factory=list)
    posted: dict[str, int] = field(default_factory=dict)
    problems: list[tuple[str, str, Decimal]] = field(default_factory=list)
    standings: list[tuple[str, str]] = field(default_factory=list)
    unbalanced: list[str] = field(default_factory=list)
    writes_of_second_run: int = -1
    trail_grew: bool = True
    trail: Any = None
    closed_period_refusals: int = -1
    after: Answered | None = None
    judged: list[str] = field(default_factory=list)


@dataclass
class Answered:
    """After a person has answered the four problems of the year's end."""

    posted: dict[str, int]
    problems: list[str]
    bills: dict[str, list[tuple[str, str, str]]]             # number -> (date, total, memo) of each
    unexplained: Decimal
    writes_of_second_run: int


@pytest.fixture(scope="module")
def year(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Year]:
    with django_db_blocker.unblock():
        try:
            yield _played(tmp_path_factory.mktemp("maple"))
        finally:
            call_command("flush", interactive=False, verbosity=0)


def _played(folder: Path) -> Year:
    practice = Practice(Sandbox.start("maple", frozen=True), folder)
    books, year, wanted = Books(lambda path, query: _ask(practice, path, query), Town(MAPLE)), Year(), expected()
    while (done := practice.play()) is not None:
        for report in practice.sync():
            for kind, number in report.posted.items():
                year.posted[kind] = year.posted.get(kind, 0) + number
        day = str(done["step"])
        month = wanted["months"][day[:7]]
        if not day.endswith("-15"):
            with practice.wired():
                found = reconcile.tie_out(practice.pair)
            year.books[day[:7]] = maple_compare.of_books(books, day, month)
            year.tie_outs[day[:7]] = maple_compare.of_tie_out(to_json(found), month)
            year.rows[day[:7]] = (found.unexplained, [r for r in found.rows if sum(r.classes.values()) != r.difference])
    year.checks = [check for check in found.checks if check.failures]
    _at_the_end(practice, year)
    year.judged = _judged(practice)
    year.after = _answered(practice)
    year.judged += _judged(practice)
    return year


def _judged(practice: Practice) -> list[str]:
    """What somebody who has only QuickBooks' documents finds wrong with QuickBooks' books."""
    judge = Judge(lambda path, query: _ask(practice, path, query))
    assert len(judge.documents["Bill"]) > 50
    return [said for day in ("2025-12-31", "2099-12-31") for said in judge.differences(day)]


def _at_the_end(practice: Practice, year: Year) -> None:
    pair = Pair.objects.get(pk=practice.pair.pk)
    open_ = OpenProblem.objects.filter(pair=pair, open=True)
    year.problems = [(p.kind, p.says, from_cents(p.amount_cents)) for p in open_]
    year.standings = list(Standing.objects.filter(pair=pair).values_list("flow", "status"))
    year.unbalanced = [p.title for p in Posting.objects.filter(pair=pair).exclude(effect="")
                       if sum(debit - credit for _, debit, credit in json.loads(p.effect))]
    before, length = _writes(practice), TrailHead.objects.get(chain=pair.name).length
    practice.sync()
    year.writes_of_second_run = _writes(practice) - before
    year.trail_grew = TrailHead.objects.get(chain=pair.name).length != length
    year.trail = trail.verify(pair.name)
    year.closed_period_refusals = Posting.objects.filter(answer__contains="6200").count() + \
        Posting.objects.filter(answer__contains="6210").count()


CHOSEN = {"closed_period": "first_open_day", "bill_may_exist": "this_is_it:", "set_back_after_posting": "remove",
          "release_exceeds_held": "by_hand", "linked_and_differs": "keep"}


def _answered(practice: Practice) -> Answered:
    posted: dict[str, int] = {}
    for _ in range(2):                                       # a linked bill that reads otherwise is a second question
        with practice.wired():
            for problem in OpenProblem.objects.filter(pair=practice.pair, open=True):
                choice = next(c["id"] for c in problem.choices if c["id"].startswith(CHOSEN[problem.kind]))
                answers.resolve(problem.pk, choice, "", "Dana", practice.now())
        for report in practice.sync():
            posted |= report.posted
    bills: dict[str, list[tuple[str, str, str]]] = {}
    for row in _ask(practice, "query", {"query": "select * from Bill maxresults 1000"})["QueryResponse"]["Bill"]:
        bills.setdefault(row.get("DocNumber", ""), []).append(
            (row["TxnDate"], f"{row['TotalAmt']:.2f}", row.get("PrivateNote", "")))
    before = _writes(practice)
    practice.sync()
    with practice.wired():
        unexplained = reconcile.tie_out(practice.pair).unexplained
    open_ = OpenProblem.objects.filter(pair=practice.pair, open=True)
    return Answered(posted=posted, bills=bills, problems=[p.says for p in open_], unexplained=unexplained,
                    writes_of_second_run=_writes(practice) - before)


def _writes(practice: Practice) -> int:
    return sum(n for endpoint, n in practice.sandbox.kit.calls.counts.items()
               if " GET " not in endpoint and "oauth" not in endpoint)


def _ask(practice: Practice, path: str, query: Any) -> Any:
    service = practice.sandbox.quickbooks
    answer = practice.sandbox.handle("quickbooks", Request.of(
        "GET", f"/v3/company/{service.realm_id}/{path}", query=tuple(query.items()),
        headers={"Authorization": f"Bearer {service.script_token}", "Accept": "application/json"}))
    assert answer.status == 200, answer.body
    return json.loads(answer.body, parse_float=Decimal)


def test_quickbooks_books_are_those_of_the_derivation_in_every_month(year: Year) -> None:
    assert {month: apart for month, apart in year.books.items() if apart} == {}


def test_the_documents_alone_make_the_books_that_quickbooks_shows(year: Year) -> None:
    assert year.judged == []


def test_C1_A196_the_tie_out_is_that_of_the_derivation_in_every_month(year: Year) -> None:
    assert {month: apart for month, apart in year.tie_outs.items() if apart} == {}


def test_I5_no_cent_is_unexplained_and_the_classes_make_up_every_difference(year: Year) -> None:
    assert {month: found for month, found in year.rows.items() if found != (Decimal("0.00"), [])} == {}


def test_every_application_equals_its_bill_and_every_balance_its_account(year: Year) -> None:
    assert year.checks == []


def test_what_needs_a_person_is_what_the_derivation_says_and_nothing_else(year: Year) -> None:
    wanted = sorted((p["kind"], Decimal(p["amount"])) for p in expected()["problems"])
    assert sorted((kind, amount) for kind, _, amount in year.problems) == wanted
    assert any(LATE in says for _, says, _ in year.problems)


def test_I1_every_document_is_entered_once(year: Year) -> None:
    last = expected()["months"]["2026-12"]["posted"]
    assert (year.posted["bill"], year.posted["vendor_credit"]) == (last["bill"], last["vendor_credit"])


def test_I4_every_posting_has_as_much_debit_as_credit(year: Year) -> None:
    assert year.unbalanced == []


def test_I6_what_cannot_go_keeps_nothing_else_back(year: Year) -> None:
    assert sorted(status for _, status in year.standings if status in ("waiting", "needs_approval")) == []


def test_I8_nothing_was_ever_sent_into_a_closed_period(year: Year) -> None:
    assert year.closed_period_refusals == 0


def test_I9_a_second_run_writes_nothing_and_leaves_no_trace(year: Year) -> None:
    assert (year.writes_of_second_run, year.trail_grew) == (0, False)


def test_A191_the_trail_of_the_year_verifies(year: Year) -> None:
    assert year.trail is None


def test_A204_a_late_bill_goes_on_the_first_open_day_by_a_persons_word_and_says_so(year: Year) -> None:
    assert year.after is not None
    [(dated, _, memo)] = year.after.bills["4479"]
    assert dated == "2026-05-01"
    assert "2026-04-30" in memo


def test_a_bill_that_was_typed_by_hand_is_linked_and_not_entered_again(year: Year) -> None:
    assert year.after is not None
    assert len(year.after.bills["RJK-101"]) == 1


def test_an_application_that_was_set_back_is_taken_out_when_a_person_says_so(year: Year) -> None:
    assert year.after is not None
    assert "AFP-352" not in year.after.bills
    assert year.after.posted == {"bill": 2}, "the late one entered, the one set back taken out; nothing else"


def test_A190_after_every_answer_nothing_is_asked_again_and_every_cent_stays_explained(year: Year) -> None:
    assert year.after is not None
    assert (year.after.problems, year.after.unexplained, year.after.writes_of_second_run) == ([], Decimal("0.00"), 0)
