"""A turn goes on where a dead one stopped: nothing stays behind, whatever the vendor or people did in between."""
from __future__ import annotations

import pytest

from tests.simulation.stops import LATE
from tests.simulation.town import Habits, Town, habits_of
from tieout.core.posting import State
from tieout.engine.store.models import Pair, Posting, RoutedProject, Standing

pytestmark = pytest.mark.django_db(transaction=True)


def killed_while(kind: str) -> Town:
    """A town whose first turn died with a posting of that kind on its way."""
    for n in range(1, 120):
        town = Town(7, Habits(plain=True, customer_made=False, projects=1))
        for act in (town.people.award, town.people.bill, town.people.approve):
            town.people.do(act)
        assert town.killed_turn((LATE, n)), f"no {kind} was ever sent"
        if Posting.objects.filter(kind=kind, state=State.SENT).exists():
            return town
    raise AssertionError(f"no {kind} was sent within 120 calls")


def test_a_bill_goes_as_soon_as_its_order_is_found_after_a_lost_answer() -> None:
    town = killed_while("purchase_order")
    town.until_quiet()
    town.check()
    assert Standing.objects.get(flow="subcontractor_invoice_to_bill").status == "synced"


def test_a_posting_that_never_arrived_and_that_nobody_wants_any_more_is_dropped() -> None:
    town = killed_while("bill")
    town.wire.on_its_way.clear()
    [application] = town.deeds.applications
    key = {"applications": [f"{application.commitment}/{application.number}"]}
    town.people.manager.set_back(key, town.people.today())
    application.status, application.ever_approved = "revise_and_resubmit", False
    town.until_quiet()
    town.check()
    assert Posting.objects.get(kind="bill").state == State.DROPPED


def test_a_posting_of_a_project_that_is_kept_no_more_is_dropped() -> None:
    town = killed_while("bill")
    town.wire.on_its_way.clear()
    RoutedProject.objects.all().delete()
    town.until_quiet()
    assert Posting.objects.get(kind="bill").state == State.DROPPED


def test_an_order_that_moved_while_its_correction_was_in_doubt_is_corrected_on_what_is_there_now() -> None:
    town = Town(86, habits_of(86))
    town.live()                                              # a change order, lost answers, and a bill drawn in between


def test_a_turn_that_finds_nothing_new_says_all_the_same_when_it_looked() -> None:
    town = Town(7, Habits(plain=True, customer_made=False, projects=1))
    town.until_quiet()
    entries = town.trail_length()
    Pair.objects.update(last_turn_at=None)
    town.one_turn()
    assert Pair.objects.get().last_turn_at is not None
    assert town.trail_length() == entries
