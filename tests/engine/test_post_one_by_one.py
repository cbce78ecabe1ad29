"""One document that cannot be sent, or is not taken yet, keeps nothing else back."""
from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.practice import Practice
from tieout.adapters.quickbooks_online.system import QuickBooksOnline
from tieout.core.posting import State
from tieout.engine.store.models import OpenProblem, Posting, Seen, Standing
from tieout.ports import Answer, Busy
from tieout.sandbox.sandbox import Sandbox

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def office(tmp_path: Path) -> Practice:
    practice = Practice(Sandbox.start(world="maple", frozen=True), tmp_path)
    practice.play()
    return practice


def test_I6_an_order_that_cannot_be_put_in_the_vendors_terms_is_a_problem_and_the_rest_of_its_batch_goes(
        office: Practice, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = QuickBooksOnline.order

    def order(self: QuickBooksOnline, **asked: object) -> object:
        if asked["kind"] == "item" and "03-350" in str(asked["draft"]):
            raise ValueError("this item has no place in QuickBooks")
        return whole(self, **asked)  # type: ignore[arg-type]

    monkeypatch.setattr(QuickBooksOnline, "order", order)
    office.sync()
    [refused] = Posting.objects.filter(state=State.REFUSED)
    assert json.loads(refused.answer)["words"] == "this item has no place in QuickBooks"
    assert Posting.objects.filter(kind="item", state=State.POSTED).count() > 3
    [problem] = OpenProblem.objects.filter(open=True, kind="refused")
    assert "03-350" in problem.says


def test_A184_what_the_vendor_does_not_take_is_tried_again_after_longer_and_longer_waits(
        office: Practice, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(self: QuickBooksOnline, delivery: str, orders: list[object]) -> list[Answer]:
        return [Busy(wait_s=1, why="busy")] * len(orders)

    monkeypatch.setattr(QuickBooksOnline, "deliver", busy)
    waits = []
    for _ in range(6):
        report = office.turn()
        assert report.wait_s is not None
        waits.append(report.wait_s)
        office.sleep(report.wait_s)
    assert waits == sorted(waits) and waits[-1] >= 32
    assert not Posting.objects.filter(state=State.POSTED).exists()


def test_I8_without_quickbooks_preferences_nothing_is_posted_and_a_person_is_told(office: Practice) -> None:
    office.turn()
    before = Posting.objects.count()
    Seen.objects.filter(kind="preferences").update(raw='{"Id": "1", "SyncToken": "0", "AccountingInfoPrefs": 7}',
                                                   digest="unclear")
    office.play()
    report = office.turn()
    assert (report.wait_s, Posting.objects.count()) == (300, before)
    [problem] = OpenProblem.objects.filter(open=True, kind="books_not_known")
    assert "which periods are closed" in problem.says
    office.turn(full=True)
    Seen.objects.filter(kind="preferences").update(version="")
    office.turn(full=True)
    assert not OpenProblem.objects.filter(open=True, kind="books_not_known").exists()
    assert Posting.objects.count() > before


def test_a_name_that_a_projects_own_mode_holds_back_waits_for_approval_in_sight(office: Practice) -> None:
    office.pair.projects.update(modes={"cost_code_to_item": "review"})
    office.sync()
    items = Standing.objects.filter(flow="cost_code_to_item")
    assert items.exists()
    assert set(items.filter(intent="enter").values_list("status", flat=True)) == {"needs_approval"}
