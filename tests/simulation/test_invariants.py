"""Each invariant of the engine in the smallest town that could break it (architecture.md 2)."""
from __future__ import annotations

import json

from tests.simulation.bookkeeper import cents
from tests.simulation.stops import CALL, Stops
from tests.simulation.town import Habits, Town
from tieout.core.posting import State
from tieout.engine.lease import TTL_S
from tieout.engine.store.models import OpenProblem, Pair, Posting, Standing
from tieout.ports import NotAuthorised, WritesForbidden

BILLS = "subcontractor_invoice_to_bill"


def town_of(seed: int = 11, **habits: object) -> Town:
    """Two subcontracts with an application each, approved and not yet entered."""
    town = Town(seed, Habits(plain=True, **habits))  # type: ignore[arg-type]
    people = town.people
    for act in (people.award, people.award, people.bill, people.approve, people.bill, people.approve):
        people.do(act)
    return town


def mode(town: Town, word: str) -> None:
    Pair.objects.filter(pk=town.pair.pk).update(mode=word)


def test_i2_a_bill_that_somebody_gave_another_date_stays_as_it_is_until_a_person_decides(towns: None) -> None:
    town = town_of()
    town.until_quiet()
    town.people.do(town.people.edit_bill)
    assert [a for a in town.deeds.applications if a.left], "nothing was changed by hand"
    town.until_quiet()
    town.check()
    assert OpenProblem.objects.filter(kind="changed_in_quickbooks", open=True).count() == 1


def test_i2_a_bill_that_somebody_deleted_is_not_entered_again_by_itself(towns: None) -> None:
    town = town_of()
    town.until_quiet()
    town.people.do(town.people.delete_bill)
    assert [a for a in town.deeds.applications if a.left == "deleted"]
    town.until_quiet()
    town.check()
    assert OpenProblem.objects.filter(kind="deleted_after_posting", open=True).count() == 1


def test_i4_what_was_planned_is_what_stands_there_and_debits_equal_credits(towns: None) -> None:
    town = town_of()
    mode(town, "shadow")
    town.until_quiet()
    shown = {row.slot: json.loads(row.effect) for row in Standing.objects.filter(flow=BILLS) if row.effect}
    mode(town, "live")
    town.until_quiet()
    town.check()
    posted = {row.slot: json.loads(row.effect) for row in Posting.objects.filter(flow=BILLS)}
    assert posted
    for slot, effect in posted.items():
        assert sum(debit - credit for _, debit, credit in effect) == 0
        assert {name: (debit, credit) for name, debit, credit in shown.get(slot, effect)} == {
            name: (debit, credit) for name, debit, credit in effect}


def test_i5_an_amount_that_cannot_be_placed_is_a_problem_with_that_amount(towns: None) -> None:
    town = town_of(customer_made=False, seed=12)
    while not any(c.project == "26-103" and c.applications for c in town.deeds.commitments.values()):
        for act in (town.people.award, town.people.bill, town.people.approve):
            town.people.do(act)
    town.until_quiet()
    town.check()
    stuck = [a for c in town.deeds.commitments.values() if c.project == "26-103" for a in c.applications if a.approved]
    rows = {row.slot: row for row in Standing.objects.filter(flow=BILLS)}
    assert {rows[a.requisition].amount_cents for a in stuck} == {a.total for a in stuck}
    assert OpenProblem.objects.filter(kind="customer_not_found", project="26-103", open=True).exists()


def test_i6_a_project_that_cannot_go_keeps_no_other_project_waiting(towns: None) -> None:
    town = town_of(customer_made=False, seed=12)
    while len({c.project for c in town.deeds.commitments.values() if c.applications}) < 3:
        for act in (town.people.award, town.people.bill, town.people.approve):
            town.people.do(act)
    town.until_quiet()
    town.check()                                             # the bookkeeper misses nothing of the other two
    entered = {row.project for row in Standing.objects.filter(flow=BILLS, status="synced").exclude(target="")}
    assert entered == {"26-101", "26-102"}


def test_i7_a_pair_set_to_shadow_in_the_midst_of_a_turn_writes_nothing_from_that_moment(towns: None) -> None:
    n = 0
    for n in range(1, 200, 3):
        town = town_of()
        stops = Stops((CALL, n))
        stops.active = True
        left: list[int] = []

        def shadow(town: Town = town, left: list[int] = left) -> None:
            mode(town, "shadow")
            left.append(town.wire.writes)

        stops.action = shadow
        town.wire.stops = stops
        try:
            town.one_turn()
        except (WritesForbidden, NotAuthorised):
            pass
        town.wire.stops = Stops()
        if not left:
            break
        # the call that stood on the wire's edge had been allowed
        assert town.wire.writes - left[0] <= 1, f"writes left after the {n}th call"
        town.sleep(TTL_S)
        town.until_quiet()
        assert town.wire.writes - left[0] <= 1
        mode(town, "live")
        town.until_quiet()
        town.check()
    assert n > 20


def test_i8_what_was_sent_and_never_arrived_is_not_sent_into_a_period_that_was_closed_since(towns: None) -> None:
    tried = 0
    for n in range(20, 90):
        town = town_of(projects=1, customer_made=False)
        if not town.killed_turn((CALL, n)):
            break
        if not Posting.objects.filter(flow=BILLS, state=State.SENT).exists():
            continue
        tried += 1
        town.sleep(40 * 86400)
        town.people.do(town.people.close_books)
        assert town.deeds.closings
        town.until_quiet()
        assert not town.wire.closed_answers
        town.check()
        assert OpenProblem.objects.filter(kind="closed_period", open=True).exists()
        assert not Posting.objects.filter(flow=BILLS, state__in=(State.APPROVED, State.SENT, State.IN_DOUBT)).exists()
    assert tried, "no bill was on its way at any of these calls"


def test_i9_a_turn_with_nothing_new_writes_nothing_anywhere(towns: None) -> None:
    town = town_of()
    town.until_quiet()
    town.check_still()


def test_i1_a_payment_that_is_voided_while_its_report_is_in_doubt_is_reported_once(towns: None) -> None:
    reached = 0
    for n in range(1, 60):
        town = town_of(projects=1, customer_made=False)
        town.until_quiet()
        for _ in range(20):
            town.people.do(town.people.pay)
        if not town.killed_turn(("after a call was answered", n)):
            break
        town.people.do(town.people.void_payment)
        town.until_quiet()
        town.check()
        rows = [row for c in town.deeds.commitments.values() for row in town.bookkeeper.listed(c.project, c.contract)]
        reached += any(cents(row["amount"]) == 0 for row in rows)
    assert reached, "no payment had been reported when its process died"
