"""The cost code as a class on each line: which one, on which lines, and what happens where QuickBooks has none."""
from dataclasses import replace
from typing import Any

import pytest

from tests.support.pictures import BILL_FLOW, ORDER_FLOW, RULES, Town, code
from tests.support.planned import only_problem
from tieout.core import essence
from tieout.core.books import Class
from tieout.core.drafts import OrderDraft
from tieout.core.flows.cost_code_to_item import FLOW, class_of
from tieout.core.money import money
from tieout.core.plan import fingerprint
from tieout.core.problems import Problem

CODES = {"03-300.S": "10000.00", "09-250.S": "4000.00"}


def town_of(*classes: str, coding: str = "item+class", per_line: bool = True, **rules: Any) -> Town:
    town = Town(rules=replace(RULES, line_coding=coding, **rules))
    town.books.company = replace(town.books.company, classes_per_line=per_line)
    town.books.classes = {f"k{n}": Class(id=f"k{n}", name=name) for n, name in enumerate(classes, 1)}
    town.subcontract("SC-1", vendor="Acme", lines=CODES)
    return town


def problems(town: Town) -> list[Problem]:
    return [problem for intent in town.intents() for problem in intent.problems]


def entered(town: Town) -> list[tuple[str, str, str]]:
    """(account, item's name, class's name) of each line of SC-1's order."""
    names = {key: one.name for key, one in town.books.classes.items()}
    return [(town.books.accounts[line.account].number if line.account else "",
             town.books.items[line.item].name if line.item else "", names.get(line.class_, ""))
            for line in town.books.orders[town.order_of("SC-1")].lines]


@pytest.mark.parametrize(("coding", "lines"), [
    ("item", [("", "03-300.S", ""), ("", "09-250.S", "")]),
    ("account", [("5100", "", ""), ("5100", "", "")]),
    ("class", [("5100", "", "03-300"), ("5100", "", "09-250")]),
    ("account+class", [("5100", "", "03-300"), ("5100", "", "09-250")]),
    ("item+class", [("", "03-300.S", "03-300"), ("", "09-250.S", "09-250")])])
def test_A99_each_line_of_an_order_bears_what_the_rule_names(coding: str, lines: list[tuple[str, str, str]]):
    town = town_of("03-300", "09-250", coding=coding)
    town.sync()
    assert entered(town) == lines
    assert problems(town) == []


def test_A99_the_cost_and_markup_lines_bear_the_class_and_the_retainage_lines_do_not():
    town = town_of("03-300", "09-250", "01-990")
    town.change_order("SC-1", {"03-300.S": "500.00"}, markup="50.00")
    app = town.application("SC-1", work={"03-300.S": "1000.00"}, held={"03-300.S": "100.00"})
    town.sync()
    assert [(line.amount, line.class_) for line in town.books.bills[town.bill_of(app)].lines] == [
        (money("1000.00"), "k1"), (money("-100.00"), "")]
    assert [line.class_ for line in town.books.orders[town.order_of("SC-1")].lines] == ["k1", "k2", "k1", "k3"]


@pytest.mark.parametrize(("rule", "named"), [
    ("{cost_code}", "03-300"), ("{cost_type}", "S"), ("{cost_code}.{cost_type}", "03-300.S"),
    ("{project_number}-{cost_code}", "24-017-03-300")])
def test_A99_class_name_says_which_class(rule: str, named: str):
    town = town_of(named, class_name=rule)
    found = class_of(town.picture(), code("03-300.S"))
    assert found is not None and (found.name, found.id) == (named, "k1")


def test_A99_a_class_that_a_person_mapped_goes_before_the_rule_and_the_nearer_mapping_before_the_wider():
    town = town_of("03-300", "Concrete", "Concrete:Sub", "Subs")
    wins = []
    for source, name in (("s", "Subs"), ("03-300", "Concrete"), ("03-300.s", "Concrete:Sub")):
        town.mappings.setdefault("class", {})[source] = name
        found = class_of(town.picture(), code("03-300.S"))
        assert found is not None
        wins.append(found.id)
    assert wins == ["k4", "k2", "k3"]


def test_a_class_is_found_by_its_own_name_unless_two_have_it_and_never_when_inactive():
    town = town_of("East:Concrete", "West:Concrete", "East:Steel")
    lists = town.picture().lists
    assert lists.class_("Concrete") is None
    assert [found.id for text in ("west:concrete", "Steel") if (found := lists.class_(text))] == ["k2", "k3"]
    town.books.classes["k3"] = replace(town.books.classes["k3"], active=False)
    assert town.picture().lists.class_("Steel") is None


def test_A99_a_class_that_quickbooks_lacks_holds_up_the_documents_of_that_code_and_no_others():
    town = town_of("03-300")
    town.subcontract("SC-2", vendor="Bolt", lines={"03-300.S": "700.00"})
    clean = town.application("SC-2", work={"03-300.S": "70.00"})
    town.application("SC-1", work={"03-300.S": "1000.00", "09-250.S": "400.00"})
    town.sync()
    [problem] = problems(town)
    assert (problem.kind, problem.amount, problem.who) == ("class_not_found", money("4000.00"), "bookkeeper")
    assert "09-250.S" in problem.says and "“09-250”" in problem.says and "4,000.00" in problem.says
    assert town.intent(ORDER_FLOW, "SC-1").why == "waits for class 09-250"
    assert town.intent(BILL_FLOW, "SC-1#1").missing and not town.intent(BILL_FLOW, clean).missing
    assert [order.number for order in town.books.orders.values()] == ["SC-2"]
    town.books.classes["k2"] = Class(id="k2", name="09-250")
    town.sync()
    assert problems(town) == [] and len(town.books.orders) == len(town.books.bills) == 2


def test_A99_without_class_tracking_by_line_one_problem_says_so_and_nothing_goes_without_its_class():
    town = town_of("03-300", "09-250", per_line=False)
    town.application("SC-1", work={"03-300.S": "1000.00"})
    town.sync()
    [intent] = [one for one in town.intents() if one.wish.slot.flow == FLOW and one.act == "ask"]
    problem = only_problem(intent)
    assert (problem.kind, problem.who, problem.amount) == ("classes_not_tracked", "controller", money("14000.00"))
    assert not town.books.orders and not town.books.bills


def test_what_is_held_up_by_its_class_is_not_mapped_in_the_tie_out():
    town = town_of("09-250")
    town.sync()
    committed = [entry for entry in town.entries() if entry.figure == "committed"]
    assert {entry.class_ for entry in committed if entry.code == "03-300.S"} == {"not mapped"}


def test_what_was_posted_stays_in_agreement_when_classes_come_or_go():
    town = town_of("03-300", "09-250", coding="item")
    app = town.application("SC-1", work={"03-300.S": "1000.00"})
    town.sync()
    for rules in (replace(town.rules, line_coding="item+class"), replace(town.rules, class_name="{cost_type}",
                                                                         line_coding="item+class")):
        town.rules = rules
        assert {town.intent(ORDER_FLOW, "SC-1").status, town.intent(BILL_FLOW, app).status} == {"synced"}
    town.books.classes.clear()
    assert {town.intent(ORDER_FLOW, "SC-1").status, town.intent(BILL_FLOW, app).status} == {"synced"}
    assert town.sync() == 0


def test_lines_of_one_account_and_amount_are_told_apart_by_their_classes():
    town = town_of("03-300", "09-250", coding="account+class")
    town.subcontract("SC-2", vendor="Bolt", lines={"09-250.S": "700.00", "03-300.S": "700.00"})
    town.sync()
    held = town.books.orders[town.order_of("SC-2")].lines
    draft = town.intent(ORDER_FLOW, "SC-2").draft
    assert isinstance(draft, OrderDraft)
    found = essence.parts(draft.lines, held[::-1], {})
    by_class = {line.id: line.class_ for line in held}
    assert {source: by_class[line] for source, line in found.items()} == {"SC-2/1": "k2", "SC-2/2": "k1"}


def test_an_approval_of_a_document_does_not_hold_for_another_class():
    town = town_of("03-300", "09-250", "Concrete")
    before = town.intent(ORDER_FLOW, "SC-1")
    town.mappings["class"] = {"03-300": "Concrete"}
    assert fingerprint(town.intent(ORDER_FLOW, "SC-1")) != fingerprint(before)
