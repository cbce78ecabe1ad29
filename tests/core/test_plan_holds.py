"""What holds a plan back: closed periods, refusals, names that went away, an approval of something else."""
from dataclasses import replace
from datetime import date

import pytest

from tests.support.pictures import BILL_FLOW, ORDER_FLOW, Town
from tests.support.planned import (
    APP,
    Watched,
    answer,
    bill_intent,
    bill_more,
    close,
    only_problem,
    town_with_a_bill,
)
from tieout.core.money import ZERO
from tieout.core.picture import Link, Said, Slot
from tieout.core.plan import Intent, plan

# --- closed periods --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("moved_to", [date(2026, 2, 28), date(2026, 4, 30)])
def test_I8_a_bill_dated_in_a_closed_period_is_not_changed(moved_to: date):
    """Billed on 28 February, closed through February: the old date lies in it, whatever the new one is."""
    town = town_with_a_bill()
    close(town, date(2026, 2, 28))
    app = town.field.requisitions[APP]
    town.field.requisitions[APP] = replace(app, billing_date=moved_to)
    bill_more(town, "10.00")
    problem = only_problem(bill_intent(town))
    assert problem.kind == "closed_period" and [one.id for one in problem.choices] == ["by_hand"]
    assert bill_intent(town).effect == ()


def test_I8_a_bill_is_not_moved_into_a_closed_period():
    town = town_with_a_bill()
    close(town, date(2026, 1, 31))
    app = town.field.requisitions[APP]
    town.field.requisitions[APP] = replace(app, billing_date=date(2026, 1, 31))
    assert only_problem(bill_intent(town)).kind == "closed_period"


def test_I8_a_bill_in_a_closed_period_is_not_taken_out_by_a_word_about_something_else():
    town = town_with_a_bill()
    close(town, date(2026, 2, 28))
    town.set_status(APP, "draft")
    answer(town, bill_intent(town), "remove")
    assert only_problem(bill_intent(town)).kind == "closed_period"


def test_a_change_booked_by_hand_is_left_and_the_next_one_is_asked_about_again():
    town = town_with_a_bill()
    close(town, date(2026, 2, 28))
    bill_more(town, "10.00")
    answer(town, bill_intent(town), "by_hand")
    assert (bill_intent(town).act, bill_intent(town).why) == ("leave", "prior period: booked by hand")
    bill_more(town, "5.00")
    assert only_problem(bill_intent(town)).kind == "closed_period"


def test_I8_orders_do_not_post_and_are_exempt():
    town = town_with_a_bill()
    close(town, date(2026, 12, 31))
    town.change_order("SC-1", {"03-300.S": "500.00"})
    assert town.intent(ORDER_FLOW, "SC-1").act == "correct"


def test_A204_closing_a_period_over_a_bill_that_stands_there_changes_nothing():
    town = town_with_a_bill()
    close(town, date(2026, 12, 31))
    assert bill_intent(town).status == "synced"


def test_A204_moving_the_closing_date_back_and_forth_never_redates_twice():
    town = Town(rules=replace(Town().rules, closed_period="first_open_day"))
    town.application(town.subcontract("SC-1", vendor="Acme", lines={"03-300.S": "10000.00"}),
                     work={"03-300.S": "1000.00"})
    close(town, date(2026, 3, 31))
    town.sync()
    assert town.books.bills[town.bill_of(APP)].dated == date(2026, 4, 1)
    for through in (None, date(2026, 6, 30), date(2026, 1, 31), date(2026, 3, 31)):
        close(town, through)
        assert town.sync() == 0
        assert bill_intent(town).status == "synced"


def test_A204_a_date_that_was_chosen_and_is_closed_meanwhile_is_asked_about_again():
    town = Town()
    town.application(town.subcontract("SC-1", vendor="Acme", lines={"03-300.S": "10000.00"}),
                     work={"03-300.S": "1000.00"})
    close(town, date(2026, 3, 31))
    answer(town, bill_intent(town), "date", "2026-04-15")
    assert bill_intent(town).act == "enter"
    for through in (date(2026, 4, 15), date(2026, 4, 30)):   # the closing date itself is closed
        close(town, through)
        assert only_problem(bill_intent(town)).kind == "closed_period"


# --- refusals --------------------------------------------------------------------------------------------------------


def refused_by(town: Town, fingerprint: str) -> Intent:
    refusal = {Slot(flow=BILL_FLOW, key=APP): (fingerprint, "inactive_record", "Account inactive", "610")}
    return next(i for i in plan(town.picture(), replace(town.present(), refusals=refusal)) if i.wish.slot.key == APP)


def test_what_was_refused_is_not_sent_again_as_it_was():
    town = town_with_a_bill()
    bill_more(town, "10.00")
    problem = only_problem(refused_by(town, bill_intent(town).fingerprint))
    assert problem.kind == "refused" and [one.id for one in problem.choices] == ["try_again"]
    assert "something on it was made inactive" in problem.says and "Account inactive" not in problem.says
    assert "610: Account inactive" in problem.details


def test_A190_a_refusal_does_not_stand_in_the_way_of_what_has_changed_since():
    town = town_with_a_bill()
    bill_more(town, "10.00")
    before = bill_intent(town).fingerprint
    bill_more(town, "1.00")
    assert refused_by(town, before).act == "correct"


def test_an_answer_that_differs_from_the_order_is_a_problem_with_both_figures():
    town = town_with_a_bill()
    slot = Slot(flow=BILL_FLOW, key=APP)
    town.edit_bill(town.bill_of(APP), "1.01")
    town.links[slot] = replace(town.links[slot], parts={"answer": "differs"})
    problem = only_problem(bill_intent(town))
    assert problem.kind == "answer_differs" and "910.00 instead of 900.00" in problem.says
    answer(town, bill_intent(town), "restore")
    assert bill_intent(town).act == "correct"
    town.said[problem.kind, problem.subject] = Said(choice="keep")
    assert (bill_intent(town).act, bill_intent(town).status) == ("settle", "changed")


# --- names that went away --------------------------------------------------------------------------------------------


def test_a_vendor_made_inactive_is_asked_about_and_its_bills_rest():
    town = town_with_a_bill()
    key = town.vendor("Acme")
    town.books.vendors[key] = replace(town.books.vendors[key], active=False)
    assert only_problem(town.intent("company_to_vendor", "co Acme")).kind == "deleted_after_posting"
    assert bill_intent(town).status == "synced"


def test_an_item_made_inactive_leaves_the_bills_that_bear_it_at_rest():
    town = town_with_a_bill()
    [item] = town.books.items
    town.books.items[item] = replace(town.books.items[item], active=False)
    assert bill_intent(town).status == "synced" and town.sync() == 0


def test_a_bill_with_an_inactive_item_that_moved_does_not_pass_for_synced():
    town = town_with_a_bill()
    [item] = town.books.items
    town.books.items[item] = replace(town.books.items[item], active=False)
    bill_more(town, "10.00")
    assert (bill_intent(town).act, bill_intent(town).status) == ("wait", "waiting")
    assert bill_intent(town).why == "waits for item 03-300.S"


# --- fingerprints ----------------------------------------------------------------------------------------------------


def test_an_approval_holds_while_the_names_it_mentions_are_made():
    town = Watched()
    town.project = replace(town.project, name="Clinic  at the  Elms ")
    sc = town.subcontract("SC-1", vendor="Norton   Lumber ", lines={"03-300.S": "10000.00"})
    town.application(sc, work={"03-300.S": "1000.00"}, held={"03-300.S": "100.00"})
    before = {i.wish.slot: i.fingerprint for i in town.intents() if i.wish.slot.flow in (ORDER_FLOW, BILL_FLOW)}
    town.sync()
    sent = {intent.wish.slot: intent.fingerprint for intent in town.done}
    assert {slot: sent[slot] for slot in before} == before and all(before.values())


@pytest.mark.parametrize("change", ["amount", "date", "number", "vendor", "code", "generation"])
def test_an_approval_does_not_hold_for_anything_else(change: str):
    town = Town()
    town.application(town.subcontract("SC-1", vendor="Acme", lines={"03-300.S": "10000.00"}),
                     work={"03-300.S": "1000.00"})
    before = bill_intent(town)
    app, held = town.field.requisitions[APP], town.field.commitments["SC-1"]
    match change:
        case "amount":
            bill_more(town, "0.01")
        case "date":
            town.field.requisitions[APP] = replace(app, billing_date=date(2026, 3, 1))
        case "number":
            town.field.requisitions[APP] = replace(app, invoice_number="other")
        case "vendor":
            town.field.companies["co Acme"] = replace(town.field.companies["co Acme"], name="Acme Two")
        case "code":
            line = replace(app.lines[0], code=replace(app.lines[0].code, cost_code="03-400"))
            town.field.requisitions[APP] = replace(app, lines=(line,))
            town.field.commitments["SC-1"] = replace(held, lines=(replace(held.lines[0], code=line.code),))
        case "generation":
            town.links[before.wish.slot] = Link(target_kind="", target="", wanted="", held="", generation=2)
    assert bill_intent(town).fingerprint != before.fingerprint


def test_A204_what_is_dated_after_the_closing_date_is_changed_as_ever():
    town = town_with_a_bill()
    close(town, date(2026, 1, 31))
    bill_more(town, "10.00")
    assert bill_intent(town).act == "correct"


def test_a_bill_whose_application_moves_no_line_any_more_is_asked_about():
    town = town_with_a_bill()
    app = town.field.requisitions[APP]
    nothing = replace(app.lines[0], completed=ZERO, retained=ZERO)
    town.field.requisitions[APP] = replace(app, lines=(nothing,), completed=ZERO, retained=ZERO, due_now=ZERO)
    problem = only_problem(bill_intent(town))
    assert problem.kind == "set_back_after_posting" and "no longer moving any line" in problem.says
    assert town.sync() == 0 and town.books.bills


def test_a_bill_that_a_person_named_is_linked_when_the_names_on_it_are_there():
    town = Watched()
    town.application(town.subcontract("SC-1", vendor="Acme", lines={"03-300.S": "10000.00"}),
                     work={"03-300.S": "1000.00"})
    town.vendor("Acme")
    there = town.bill("Acme", {"5100": "1000.00"}, number="SC-1-1", job=False)
    town.said["bill_may_exist", f"{BILL_FLOW}:{APP}"] = Said(choice=f"this_is_it:{there}")
    assert (bill_intent(town).act, bill_intent(town).why) == (
        "wait", "waits for vendor Acme, item 03-300.S, job 24-017 Clinic")
    town.sync()
    assert town.bill_of(APP) == there and "bill" not in {intent.kind for intent in town.done}
