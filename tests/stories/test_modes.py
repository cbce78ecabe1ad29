"""Off, Shadow, Review, Live on the practice company at the end of January: what leaves the process in each."""
from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.support.practice import Practice
from tieout.app import setup_file
from tieout.engine import approve
from tieout.engine.store.models import Posting, Standing
from tieout.sandbox.sandbox import Sandbox

pytestmark = pytest.mark.django_db(transaction=True)

ITEM, ORDER, BILL = "Item 03-350.S", "Order SC-17-01 ", "Invoice D-2260 "
EVERY_FLOW = ("company_to_vendor", "project_to_job", "cost_code_to_item", "commitment_to_purchase_order",
              "subcontractor_invoice_to_bill")


class Office(Practice):
    """The practice company under a controller who changes modes and approves documents by their titles."""

    def change(self, text: str) -> None:
        file = self.folder / "change.toml"
        file.write_text(f'[[pairs]]\nname = "maple"\n{text}\n')
        setup_file.apply(file, by="controller", now=self.now())

    def approve(self, *titles: str) -> None:
        prints = [standing(title).fingerprint for title in titles]
        assert approve.approve(self.pair, prints, "controller", self.now()) == len(titles)

    def writes(self) -> int:
        """Documents that QuickBooks and Procore were sent, whatever became of them."""
        return sum(number for calls in self.calls for endpoint, number in calls.by_endpoint.items()
                   if not endpoint.startswith("GET ") and "token" not in endpoint and not endpoint.endswith("query"))

    folder: Path


def standing(title: str) -> Standing:
    return Standing.objects.get(title__startswith=title)


def posted() -> list[str]:
    return sorted(Posting.objects.filter(state="posted").values_list("title", flat=True))


def statuses(rows: Iterable[Standing]) -> Counter[str]:
    return Counter(row.status for row in rows)


@pytest.fixture
def office(tmp_path: Path) -> Office:
    found = Office(Sandbox.start(world="maple", frozen=True), tmp_path)
    found.folder = tmp_path
    found.play()
    found.play()
    found.change('mode = "shadow"')
    found.sync()
    return found


def test_C2_I7_shadow_plans_every_document_with_its_debits_and_credits_and_sends_nothing(office: Office) -> None:
    bills = Standing.objects.filter(flow="subcontractor_invoice_to_bill", intent="enter")
    assert bills and statuses(bills) == {"not_posted": len(bills)}
    for bill in bills:
        effect = json.loads(bill.effect)
        assert sum(debit for _, debit, _ in effect) == sum(credit for _, _, credit in effect) > 0
    assert office.writes() == 0 and not Posting.objects.exists()


def test_C2_in_review_nothing_leaves_until_it_is_approved(office: Office) -> None:
    office.change('mode = "review"')
    office.sync()
    assert standing(BILL).status == "needs_approval"
    assert office.writes() == 0


def test_C2_an_approved_bill_waits_for_the_order_and_the_item_that_nobody_approved_and_says_so(office: Office) -> None:
    office.change('mode = "review"')
    office.sync()
    office.approve(BILL)
    office.sync()
    assert office.writes() == 0
    assert standing(BILL).status == "waiting"
    assert standing(BILL).why == "waits for order SC-17-01, item 03-350.S"


def test_C2_what_is_approved_goes_and_nothing_else(office: Office) -> None:
    office.change('mode = "review"')
    office.sync()
    office.approve(BILL, ORDER, ITEM)
    office.sync()
    assert [title.startswith(wanted) for title, wanted in zip(posted(), (BILL, ITEM, ORDER), strict=True)] == [True] * 3
    assert standing(BILL).status == "synced"


def test_C2_a_project_s_own_modes_hold_from_the_next_look_though_nothing_else_has_changed(office: Office) -> None:
    office.change('mode = "review"')
    office.sync()
    live = ", ".join(f'{flow} = "live"' for flow in EVERY_FLOW)
    office.change(f'[[pairs.projects]]\nnumber = "24-017"\nmodes = {{ {live} }}')
    office.sync()
    ours, others = Standing.objects.filter(project="24-017"), Standing.objects.filter(project="25-003")
    assert not statuses(ours)["needs_approval"] and statuses(others)["needs_approval"]
    assert standing(BILL).status == "synced"
    bills = set(Posting.objects.filter(kind="bill").values_list("slot", flat=True))
    assert bills and bills <= set(ours.values_list("slot", flat=True))


def test_A69_a_mapping_that_is_changed_holds_from_the_next_look_though_nothing_else_has_changed(office: Office) -> None:
    assert "5100 Subcontractors" in standing(BILL).effect
    office.change('[[pairs.mappings]]\nkind = "cost_code"\nrows = [["03-350", "S", "5900 Other Job Costs"]]')
    office.sync()
    assert "5900 Other Job Costs" in standing(BILL).effect
