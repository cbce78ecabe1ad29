"""Everything a person may have to settle: what brings it about, and that it can be understood and mended."""
import inspect
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import get_args

import pytest

from tests.support.pictures import BILL_FLOW, RULES, Town
from tests.support.planned import APP, bill_more, close, town_with_a_bill
from tieout.core import essence, problems
from tieout.core.books import Account, Item, Vendor
from tieout.core.money import money, shown
from tieout.core.picture import Said, Slot
from tieout.core.plan import plan
from tieout.core.problems import Problem, Who

MAKERS = {name: make for name, make in vars(problems).items()
          if inspect.isfunction(make) and make.__module__ == problems.__name__
          and inspect.signature(make).return_annotation == "Problem"}
# of connections, routes and turns: the engine's own doing, not a plan's
NOT_OF_A_PLAN = {"project_unknown", "pair_paused", "not_connected", "books_not_known"}
# another wording of `bill_may_exist`, in whose place it is asked
REWORDED = {"chosen_bill_gone"}


def fresh(**rules: object) -> Town:
    """An application that has not been entered yet."""
    town = Town(rules=replace(RULES, **rules))
    town.application(town.subcontract("SC-1", vendor="Acme", lines={"03-300.S": "10000.00"}),
                     work={"03-300.S": "1000.00"}, held={"03-300.S": "100.00"})
    return town


def cost_code_has_no_account() -> Town:
    town = fresh()
    town.mappings = {}
    return town


def class_not_found() -> Town:
    town = fresh(line_coding="item+class")
    town.books.company = replace(town.books.company, classes_per_line=True)
    return town


def classes_not_tracked() -> Town:
    return fresh(line_coding="account+class")


def account_not_found() -> Town:
    return fresh(payable_account="2999")


def account_type_wrong() -> Town:
    return fresh(retainage_held="1000")


def item_not_usable() -> Town:
    town = fresh()
    town.books.items["5"] = Item(id="5", name="03-300.S", type="Inventory", expense_account="51")
    return town


def name_not_allowed() -> Town:
    town = fresh()
    town.project = replace(town.project, name="Clinic: East")
    return town


def vendor_may_exist() -> Town:
    town = fresh()
    town.books.vendors["7"] = Vendor(id="7", name="Acme, Inc.")
    return town


def vendor_not_found() -> Town:
    town = fresh()
    town.mappings["vendor"] = {"acme": "Acmee"}
    return town


def name_taken() -> Town:
    town = fresh()
    town.subcontract("SC-2", vendor="Oak Health", lines={"03-300.S": "1.00"})
    return town


def customer_not_found() -> Town:
    town = fresh()
    town.route = replace(town.route, customer="Elm")
    return town


def retainage_account_missing() -> Town:
    return fresh(retainage_held="")


def with_application(**change: object) -> Town:
    town = fresh()
    town.field.requisitions[APP] = replace(town.field.requisitions[APP], **change)
    return town


def tax_not_supported() -> Town:
    return with_application(tax=money("66.00"), due_now=money("966.00"))


def does_not_add_up() -> Town:
    return with_application(due_now=money("900.01"))


def billing_date_missing() -> Town:
    return with_application(billing_date=None, period_end=None)


def currency_differs() -> Town:
    return with_application(currency="CAD")


def not_understood() -> Town:
    return with_application(previous="58819")


def earlier_application_open() -> Town:
    town = fresh()
    town.application("SC-1", work={"03-300.S": "10.00"})
    town.set_status(APP, "under_review")
    return town


def closed_period() -> Town:
    town = fresh()
    close(town, date(2026, 6, 30))
    return town


def bill_may_exist() -> Town:
    town = fresh()
    town.set_status(APP, "draft")
    town.sync()
    town.bill("Acme", {"5100": "900.00"}, number="SC-1-1")
    town.set_status(APP, "approved")
    return town


def release_exceeds_held() -> Town:
    town = town_with_a_bill()
    town.journal(("2050", "90.00", "Acme", True), ("2000", "-90.00", "Acme", False))
    town.application("SC-1", released={"03-300.S": "50.00"})
    return town


def changed_in_quickbooks() -> Town:
    town = town_with_a_bill()
    town.edit_bill(town.bill_of(APP))
    return town


def changed_on_both_sides() -> Town:
    town = changed_in_quickbooks()
    bill_more(town, "5.00")
    return town


def changed_by_the_rules() -> Town:
    """The controller names another retainage account, and a bill was posted to the one before."""
    town = town_with_a_bill()
    slot = Slot(flow=BILL_FLOW, key=APP)
    town.links[slot] = replace(town.links[slot], parts={**town.links[slot].parts, "rules": RULES.coding})
    town.books.accounts["26"] = Account(id="26", number="2060", name="Holdback", type="Other Current Liability")
    town.rules = replace(RULES, retainage_held="2060")
    return town


def deleted_after_posting() -> Town:
    town = town_with_a_bill()
    town.books.bills.clear()
    return town


def set_back_after_posting() -> Town:
    town = town_with_a_bill()
    town.set_status(APP, "revise_and_resubmit")
    return town


def below_what_was_paid() -> Town:
    town = town_with_a_bill()
    town.pay("Acme", {town.bill_of(APP): "800.00"})
    bill_more(town, "-200.00")
    return town


def order_line_already_billed() -> Town:
    town = town_with_a_bill()
    order = town.books.orders[town.order_of("SC-1")]
    town.books.orders[order.id] = replace(order, lines=(replace(order.lines[0], received=money("1000")),))
    held = town.field.commitments["SC-1"]
    line = replace(held.lines[0], amount=money("9000.00"))
    town.field.commitments["SC-1"] = replace(held, revised=money("9000.00"), lines=(line,))
    return town


def linked_and_differs() -> Town:
    """A person typed the net amount, without the retainage, and said that this is the bill."""
    town = town_with_a_bill()
    slot, bill = Slot(flow=BILL_FLOW, key=APP), town.bill_of(APP)
    held = town.books.bills[bill]
    net = replace(held, lines=(replace(held.lines[0], amount=held.total),))
    town.books.bills[bill] = net
    town.links[slot] = replace(town.links[slot], ours=False, held=essence.of_held(net))
    return town


def linked_and_changed() -> Town:
    town = town_with_a_bill()
    slot = Slot(flow=BILL_FLOW, key=APP)
    town.links[slot] = replace(town.links[slot], ours=False)
    bill_more(town, "5.00")
    return town


def markup_has_no_code() -> Town:
    town = fresh(markup_code="")
    town.change_order("SC-1", {"03-300.S": "10.00"}, markup="1.00")
    return town


def answer_differs() -> Town:
    town = changed_in_quickbooks()
    slot = Slot(flow=BILL_FLOW, key=APP)
    town.links[slot] = replace(town.links[slot], parts={"answer": "differs"})
    return town


def payment_may_exist() -> Town:
    town = town_with_a_bill()
    town.payment_issued(APP, "900.00")
    town.pay("Acme", {town.bill_of(APP): "900.00"})
    return town


def refused() -> Town:
    town = town_with_a_bill()
    bill_more(town, "5.00")
    return town


CAUSES: dict[str, Callable[[], Town]] = {
    cause.__name__: cause for cause in (
        cost_code_has_no_account, class_not_found, classes_not_tracked,
        account_not_found, account_type_wrong, item_not_usable, name_not_allowed,
        vendor_may_exist, vendor_not_found, name_taken, customer_not_found, retainage_account_missing,
        tax_not_supported, does_not_add_up, earlier_application_open, billing_date_missing, closed_period,
        bill_may_exist, release_exceeds_held, changed_in_quickbooks, changed_on_both_sides, changed_by_the_rules,
        linked_and_differs, linked_and_changed, deleted_after_posting, set_back_after_posting, below_what_was_paid,
        order_line_already_billed, markup_has_no_code, refused, answer_differs, not_understood,
        payment_may_exist, currency_differs)}


def caused(kind: str) -> Problem:
    town = CAUSES[kind]()
    present = town.present()
    if kind == "refused":
        sent = next(intent for intent in town.intents() if intent.writes)
        present = replace(present, refusals={sent.wish.slot: (sent.fingerprint, "permission", "No access", "5020")})
    found = [p for intent in plan(town.picture(), present) for p in intent.problems if p.kind == kind]
    assert len(found) == 1, f"{kind} was to be one problem, not {len(found)}"
    return found[0]


def test_every_problem_is_brought_about_by_a_case_here():
    assert set(CAUSES) == set(MAKERS) - NOT_OF_A_PLAN - REWORDED


@pytest.mark.parametrize("kind", CAUSES)
def test_a_plan_meets_the_problem_and_says_it_in_plain_words_with_the_fix(kind: str):
    understandable(caused(kind), kind)


@pytest.mark.parametrize("kind", sorted(NOT_OF_A_PLAN))
def test_problems_of_connections_are_said_in_plain_words_too(kind: str):
    arguments = {"number": "24-017", "name": "maple", "tries": 3, "why": "the database is full.",
                 "says": "QuickBooks took back its permission.", "fix": "Connect it again under Setup."}
    named = inspect.signature(MAKERS[kind]).parameters
    understandable(MAKERS[kind](**{key: value for key, value in arguments.items() if key in named}), kind)


def understandable(problem: Problem, kind: str) -> None:
    assert problem.kind == kind
    assert problem.who in get_args(Who)
    assert problem.subject
    for text in (problem.says, problem.fix):
        assert re.fullmatch(r"[“A-Z0-9a-z].{15,}\.", text, re.DOTALL), text
        assert not re.search(r"\bNone\b|\bFalse\b|Decimal|\{|\}|<|  |_[a-z]+_", text), text
    assert len({choice.id for choice in problem.choices}) == len(problem.choices)
    assert all(len(choice.label) > 5 for choice in problem.choices)


@pytest.mark.parametrize("kind", ["retainage_account_missing", "tax_not_supported", "does_not_add_up", "closed_period",
                                  "bill_may_exist", "release_exceeds_held", "markup_has_no_code", "below_what_was_paid",
                                  "set_back_after_posting", "deleted_after_posting", "cost_code_has_no_account",
                                  "class_not_found", "classes_not_tracked"])
def test_I5_a_problem_that_holds_money_up_says_how_much(kind: str):
    assert caused(kind).amount != 0


@pytest.mark.parametrize("kind", CAUSES)
def test_the_same_trouble_is_the_same_problem_and_does_not_multiply(kind: str):
    assert caused(kind) == caused(kind)


@pytest.mark.parametrize("reason", problems.REFUSAL_REASONS)
def test_a_refusal_is_said_in_our_words_and_the_vendors_stand_below(reason: str):
    problem = problems.refused("Bill 7", "x", reason, "ValidationFault at line 3", "6000", money("9"))
    assert problem.says.startswith("Bill 7 was refused: ") and "Fault" not in problem.says
    assert problem.details == "6000: ValidationFault at line 3"


def test_a_person_gets_both_figures_of_a_difference():
    says = caused("does_not_add_up").says
    assert all(shown(money(amount)) in says for amount in ("900.00", "900.01", "0.01"))


def test_an_answer_that_is_no_choice_of_the_problem_changes_nothing():
    town = CAUSES["changed_in_quickbooks"]()
    problem = caused("changed_in_quickbooks")
    town.said[problem.kind, problem.subject] = Said(choice="by_hand")
    assert not [intent for intent in town.intents() if intent.act == "settle"]
