"""A bill draws on its order where there is one; an order that cannot be entered holds up no bill."""
from __future__ import annotations

from dataclasses import replace

import pytest

from tests.support.pictures import BILL_FLOW, Town
from tests.support.planned import APP, answer, bill_intent, only_problem
from tieout.core import plan
from tieout.core.construction import ChangeOrder, ChangeOrderLine, Code
from tieout.core.drafts import BillDraft
from tieout.core.flows import commitment_to_purchase_order as orders
from tieout.core.money import money


def office() -> Town:
    town = Town()
    sc = town.subcontract("SC-1", vendor="Acme", lines={"03-300.S": "10000.00"})
    town.application(sc, work={"03-300.S": "1000.00"})
    return town


def bill_of(town: Town, resting: frozenset[str] = frozenset()) -> plan.Intent:
    found = replace(town.picture(), resting=resting)
    return next(i for i in plan.plan(found, town.present()) if i.wish.slot.flow == BILL_FLOW)


def test_a_bill_waits_for_an_order_that_is_on_its_way():
    intent = bill_of(office())
    assert "purchase_order" in {ref.kind for ref in intent.missing}


def test_A104_where_orders_only_look_bills_go_without_them():
    intent = bill_of(office(), resting=frozenset({orders.FLOW}))
    assert isinstance(intent.draft, BillDraft)
    assert [line.order for line in intent.draft.lines] == [None]


def test_I6_an_order_that_needs_a_person_holds_up_no_bill():
    town = office()
    markup = ChangeOrderLine(id="m1", code=Code(cost_code="", cost_type=""), description="Markup",
                             amount=money("50.00"), markup=True)
    town.field.change_orders["co1"] = ChangeOrder(
        id="co1", project=town.project.id, commitment="SC-1", number="1", title="More", status="approved", dated=None,
        lines=(markup,), total=money("50.00"))
    town.rules = replace(town.rules, markup_code="")
    assert only_problem(town.intent(orders.FLOW, "SC-1")).kind == "markup_has_no_code"
    intent = bill_of(town)
    assert isinstance(intent.draft, BillDraft) and intent.writes
    assert [line.order for line in intent.draft.lines] == [None]


@pytest.mark.parametrize("choice", ["keep", "restore"])
def test_a_changed_mapping_recodes_nothing_posted_without_a_word(choice: str):
    town = _account_coded()
    intent = _remapped(town)
    problem = only_problem(intent)
    assert problem.kind == "changed_by_the_rules"
    answer(town, intent, choice)
    assert bill_intent(town).act == {"keep": "settle", "restore": "correct"}[choice]


def _account_coded() -> Town:
    town = Town()
    town.rules = replace(town.rules, line_coding="account")
    sc = town.subcontract("SC-1", vendor="Acme", lines={"03-300.S": "10000.00"})
    town.application(sc, work={"03-300.S": "1000.00"})
    town.sync()
    assert bill_intent(town).act == "leave"
    return town


def _remapped(town: Town) -> plan.Intent:
    town.mappings["cost_code"] = {"03-300.s": next(a.label for a in town.books.accounts.values()
                                                   if a.type == "Cost of Goods Sold" and a.number != "5100")}
    return town.intent(BILL_FLOW, APP)
