"""What is done about one slot: every case of `decide`, who moved, and what a person's word does."""
from dataclasses import replace
from datetime import date

import pytest

from tests.support.pictures import BILL_FLOW, ORDER_FLOW, PAYMENT_FLOW, Town
from tests.support.planned import (
    APP,
    Watched,
    answer,
    bill_intent,
    bill_more,
    debits_and_credits,
    only_problem,
    town_with_a_bill,
)
from tieout.core import essence
from tieout.core.drafts import BillDraft
from tieout.core.money import ZERO, money

# --- nothing there yet -----------------------------------------------------------------------------------------------


def test_I9_when_both_sides_agree_nothing_is_done():
    town = town_with_a_bill()
    assert {intent.act for intent in town.intents()} == {"leave"}
    assert {intent.status for intent in town.intents()} == {"synced"}
    assert town.sync() == 0


def test_A118_an_approved_application_is_entered_as_a_bill_once_the_names_and_the_order_are_there():
    town = Town()
    town.application(town.subcontract("SC-1", vendor="Acme", lines={"03-300.S": "10000.00"}),
                     work={"03-300.S": "1000.00"}, held={"03-300.S": "100.00"})
    intent = bill_intent(town)
    assert (intent.act, intent.kind, intent.target, intent.generation) == ("enter", "bill", "", 1)
    assert {(ref.kind, ref.name) for ref in intent.missing} == {
        ("vendor", "Acme"), ("item", "03-300.S"), ("job", "24-017 Clinic"), ("purchase_order", "order SC-1")}
    assert intent.why.startswith("waits for ")
    town.sync()
    assert town.bill_of(APP)


def test_work_is_done_in_the_order_names_orders_bills_credits_payments():
    town = Watched()
    town.application(town.subcontract("SC-1", vendor="Acme", lines={"03-300.S": "10000.00"}),
                     work={"03-300.S": "1000.00"})
    town.sync()
    town.pay("Acme", {town.bill_of(APP): "1000.00"})
    town.sync()
    assert [intent.wave for intent in town.done] == ["names", "names", "names", "orders", "bills", "payments"]


def test_the_bill_of_a_commitment_without_an_order_does_not_wait_for_one():
    town = Town()
    sc = town.subcontract("SC-1", vendor="Acme", lines={"03-300.S": "10000.00"}, status="Out For Signature")
    town.application(sc, work={"03-300.S": "1000.00"})
    town.sync()
    assert all(not line.order for line in town.books.bills[town.bill_of(APP)].lines)


# --- who moved -------------------------------------------------------------------------------------------------------


def test_a_change_in_procore_alone_corrects_the_bill_by_the_difference():
    town = town_with_a_bill()
    bill_more(town, "250.00")
    intent = bill_intent(town)
    assert (intent.act, intent.target, intent.generation) == ("correct", town.bill_of(APP), 1)
    assert debits_and_credits(intent) == [
        ("5100 Subcontractors", "250.00", "0.00"), ("2000 Accounts payable", "0.00", "250.00")]
    town.sync()
    assert town.books.bills[town.bill_of(APP)].total == money("1150.00")


def test_I2_A195_a_change_in_quickbooks_alone_is_asked_about_with_both_figures():
    town = town_with_a_bill()
    town.edit_bill(town.bill_of(APP))
    problem = only_problem(bill_intent(town))
    assert problem.kind == "changed_in_quickbooks"
    assert "lines come to 1,900.00 instead of 900.00" in problem.says
    assert town.sync() == 0


def test_I2_kept_as_quickbooks_has_it_stays_and_is_said_in_lists():
    town = town_with_a_bill()
    town.edit_bill(town.bill_of(APP))
    answer(town, bill_intent(town), "keep")
    assert town.sync() == 0
    assert town.books.bills[town.bill_of(APP)].total == money("1900.00")
    assert (bill_intent(town).act, bill_intent(town).status) == ("leave", "changed")


def test_put_back_as_procore_has_it_corrects_the_bill():
    town = town_with_a_bill()
    town.edit_bill(town.bill_of(APP))
    answer(town, bill_intent(town), "restore")
    assert town.sync() == 1
    assert town.books.bills[town.bill_of(APP)].total == money("900.00")
    assert bill_intent(town).status == "synced"


def test_I2_a_word_about_one_change_is_no_word_about_the_next():
    town = town_with_a_bill()
    town.edit_bill(town.bill_of(APP))
    answer(town, bill_intent(town), "restore")
    town.sync()
    town.edit_bill(town.bill_of(APP), "3")
    assert only_problem(bill_intent(town)).kind == "changed_in_quickbooks"


def test_I2_A195_a_change_on_both_sides_is_asked_about():
    town = town_with_a_bill()
    town.edit_bill(town.bill_of(APP))
    bill_more(town, "250.00")
    assert only_problem(bill_intent(town)).kind == "changed_on_both_sides"
    answer(town, bill_intent(town), "restore")
    town.sync()
    assert town.books.bills[town.bill_of(APP)].total == money("1150.00")


def test_a_change_on_both_sides_to_the_same_place_needs_nobody():
    town = town_with_a_bill()
    held = town.books.bills[town.bill_of(APP)]
    bill_more(town, "250.00")
    cost = replace(held.lines[0], amount=held.lines[0].amount + money("250.00"))
    town.books.bills[held.id] = replace(held, lines=(cost, *held.lines[1:]), total=held.total + money("250.00"))
    assert bill_intent(town).act == "settle"
    assert town.sync() == 0
    assert bill_intent(town).act == "leave"


def test_memo_due_date_number_and_balance_are_quickbooks_own_and_no_change():
    town = town_with_a_bill()
    held = town.books.bills[town.bill_of(APP)]
    town.books.bills[held.id] = replace(held, version="9", note="call Joe", due=date(2026, 4, 1), number="X-9",
                                        balance=money("1.00"), paid_by=("77",))
    assert bill_intent(town).status == "synced"


@pytest.mark.parametrize("change", [{"vendor": "v99"}, {"dated": date(2026, 2, 27)}])
def test_vendor_and_date_are_changes(change: dict[str, object]):
    town = town_with_a_bill()
    held = town.books.bills[town.bill_of(APP)]
    town.books.bills[held.id] = replace(held, **change)
    assert only_problem(bill_intent(town)).kind == "changed_in_quickbooks"


@pytest.mark.parametrize("change", [{"job": "elsewhere"}, {"item": "", "account": "51"}, {"amount": money("1000.01")}])
def test_project_code_and_amount_of_a_line_are_changes(change: dict[str, object]):
    town = town_with_a_bill()
    held = town.books.bills[town.bill_of(APP)]
    town.books.bills[held.id] = replace(held, lines=(replace(held.lines[0], **change), *held.lines[1:]))
    assert only_problem(bill_intent(town)).kind == "changed_in_quickbooks"


# --- deleted, set back -----------------------------------------------------------------------------------------------


def test_I2_what_a_person_deleted_is_never_entered_again_without_a_word():
    town = town_with_a_bill()
    del town.books.bills[town.bill_of(APP)]
    problem = only_problem(bill_intent(town))
    assert (problem.kind, bill_intent(town).status) == ("deleted_after_posting", "missing")
    assert town.sync() == 0
    bill_more(town, "250.00")
    assert only_problem(bill_intent(town)).kind == "deleted_after_posting"
    assert town.sync() == 0 and not town.books.bills


def test_entered_again_by_a_persons_word_is_a_new_generation_in_the_same_slot():
    town = town_with_a_bill()
    gone = town.bill_of(APP)
    del town.books.bills[gone]
    answer(town, bill_intent(town), "enter_again")
    intent = bill_intent(town)
    assert (intent.act, intent.generation, intent.target) == ("enter", 2, "")
    assert town.sync() == 1
    assert town.bill_of(APP) != gone
    del town.books.bills[town.bill_of(APP)]
    assert only_problem(bill_intent(town)).kind == "deleted_after_posting"


def test_gone_and_right_so_stays_gone():
    town = town_with_a_bill()
    del town.books.bills[town.bill_of(APP)]
    answer(town, bill_intent(town), "keep_deleted")
    assert (bill_intent(town).act, bill_intent(town).status) == ("leave", "missing")
    assert town.sync() == 0


def test_deleted_on_both_sides_is_settled():
    town = town_with_a_bill()
    del town.books.bills[town.bill_of(APP)], town.field.requisitions[APP]
    assert bill_intent(town).act == "settle"


def test_an_application_set_back_after_posting_stays_in_quickbooks_until_a_person_says_otherwise():
    town = town_with_a_bill()
    town.set_status(APP, "revise_and_resubmit")
    problem = only_problem(bill_intent(town))
    assert problem.kind == "set_back_after_posting" and "revise and resubmit" in problem.says
    assert town.sync() == 0
    answer(town, bill_intent(town), "keep")
    assert (bill_intent(town).act, bill_intent(town).status) == ("leave", "changed")


def test_a_set_back_application_is_taken_out_by_a_persons_word_with_its_entry_turned():
    town = town_with_a_bill()
    town.set_status(APP, "draft")
    answer(town, bill_intent(town), "remove")
    intent = bill_intent(town)
    assert intent.act == "reverse"
    assert debits_and_credits(intent) == [
        ("5100 Subcontractors", "0.00", "1000.00"), ("2050 Retainage payable", "100.00", "0.00"),
        ("2000 Accounts payable", "900.00", "0.00")]
    town.sync()
    assert not town.books.bills


def test_I2_taking_out_one_bill_is_no_word_about_the_bill_that_is_entered_after_it():
    town = town_with_a_bill()
    town.set_status(APP, "draft")
    answer(town, bill_intent(town), "remove")
    town.sync()
    town.set_status(APP, "approved")
    town.sync()
    town.set_status(APP, "draft")
    assert only_problem(bill_intent(town)).kind == "set_back_after_posting"
    assert town.sync() == 0 and town.books.bills


def test_an_application_deleted_in_procore_is_asked_about_too():
    town = town_with_a_bill()
    del town.field.requisitions[APP]
    problem = only_problem(bill_intent(town))
    assert problem.kind == "set_back_after_posting" and "deleted" in problem.says


def test_an_order_whose_commitment_is_void_is_asked_about():
    town = town_with_a_bill()
    town.set_status("SC-1", "Void")
    assert only_problem(town.intent(ORDER_FLOW, "SC-1")).kind == "set_back_after_posting"


# --- a bill that becomes a credit ------------------------------------------------------------------------------------


def test_A129_a_bill_that_becomes_a_credit_is_taken_out_then_entered_in_the_same_slot():
    town = town_with_a_bill()
    bill_more(town, "-1500.00")
    first = bill_intent(town)
    assert (first.act, first.kind) == ("reverse", "bill")
    town.done.clear()
    town.sync()
    assert [(intent.act, intent.kind) for intent in town.done] == [("reverse", "bill"), ("enter", "vendor_credit")]
    [credit] = town.books.bills.values()
    assert credit.credit and credit.total == money("-600.00")


def test_A129_a_credit_that_becomes_a_bill_takes_the_same_way_back():
    town = town_with_a_bill(work="-500.00", held="-50.00")
    assert town.books.bills[town.bill_of(APP)].credit
    bill_more(town, "1000.00")
    town.sync()
    [bill] = town.books.bills.values()
    assert not bill.credit and bill.total == money("550.00")


def test_a_paid_bill_that_would_become_a_credit_is_not_taken_out():
    town = town_with_a_bill()
    town.pay("Acme", {town.bill_of(APP): "900.00"})
    town.sync()
    bill_more(town, "-1500.00")
    problem = only_problem(bill_intent(town))
    assert problem.kind == "below_what_was_paid" and "900.00 already paid on it" in problem.says
    assert town.sync() == 0 and town.books.bills


# --- too late --------------------------------------------------------------------------------------------------------


def test_a_bill_is_not_lowered_below_what_was_paid_on_it():
    town = town_with_a_bill()
    town.pay("Acme", {town.bill_of(APP): "800.00"})
    town.sync()
    bill_more(town, "-200.00")
    problem = only_problem(bill_intent(town))
    assert (problem.kind, problem.amount) == ("below_what_was_paid", money("100.00"))
    answer(town, bill_intent(town), "keep")
    town.sync()
    assert town.books.bills[town.bill_of(APP)].total == money("900.00")
    assert bill_intent(town).status == "changed"


def test_a_bill_is_lowered_to_what_was_paid_on_it():
    town = town_with_a_bill()
    town.pay("Acme", {town.bill_of(APP): "800.00"})
    town.sync()
    bill_more(town, "-100.00")
    assert bill_intent(town).act == "correct"


def test_C5_a_credit_is_not_lowered_below_what_was_used_of_it():
    town = town_with_a_bill(work="-500.00", held="0.00")
    credit = town.books.bills[town.bill_of(APP)]
    town.books.bills[credit.id] = replace(credit, balance=money("-100.00"))
    bill_more(town, "200.00")
    problem = only_problem(bill_intent(town))
    assert problem.kind == "below_what_was_paid"
    assert "comes to 300.00, less than the 400.00 already used" in problem.says


def test_A107_an_order_line_that_bills_draw_on_is_never_rewritten():
    town = town_with_a_bill()
    order = town.books.orders[town.order_of("SC-1")]
    town.books.orders[order.id] = replace(order, lines=(replace(order.lines[0], received=money("1000")),))
    held = town.field.commitments["SC-1"]
    town.field.commitments["SC-1"] = replace(
        held, revised=money("12000.00"), lines=(replace(held.lines[0], amount=money("12000.00")),))
    intent = town.intent(ORDER_FLOW, "SC-1")
    assert only_problem(intent).kind == "order_line_already_billed"
    answer(town, intent, "keep")
    town.sync()
    assert town.books.orders[order.id].total == money("10000.00")


def test_A107_an_order_line_that_nothing_draws_on_is_changed():
    town = town_with_a_bill()
    held = town.field.commitments["SC-1"]
    town.field.commitments["SC-1"] = replace(
        held, revised=money("12000.00"), lines=(replace(held.lines[0], amount=money("12000.00")),))
    town.sync()
    assert town.books.orders[town.order_of("SC-1")].total == money("12000.00")


def test_A107_a_change_order_adds_a_line_beside_those_that_bills_draw_on():
    town = town_with_a_bill()
    order = town.books.orders[town.order_of("SC-1")]
    town.books.orders[order.id] = replace(order, lines=(replace(order.lines[0], received=money("1000")),))
    town.change_order("SC-1", {"03-300.S": "500.00"})
    town.sync()
    lines = town.books.orders[order.id].lines
    assert [(line.id, str(line.amount)) for line in lines] == [(order.lines[0].id, "10000.00"), (lines[1].id, "500.00")]


# --- payments go the other way ---------------------------------------------------------------------------------------


def test_I2_a_payment_that_somebody_changed_in_procore_is_not_taken_out_with_its_check():
    town = town_with_a_bill()
    check = town.pay("Acme", {town.bill_of(APP): "900.00"})
    town.sync()
    [issued] = town.field.payments
    town.field.payments[issued] = replace(town.field.payments[issued], amount=money("850.00"))
    del town.books.payments[check]
    key = f"{check}:{town.bill_of(APP)}"
    intent = town.intent(PAYMENT_FLOW, key)
    assert only_problem(intent).kind == "changed_on_both_sides"
    answer(town, intent, "keep")
    assert (town.intent(PAYMENT_FLOW, key).act, town.intent(PAYMENT_FLOW, key).status) == ("leave", "changed")
    town.said.clear()
    answer(town, intent, "restore")
    town.sync()
    assert not town.field.payments


def test_a_payment_deleted_in_procore_is_not_reported_again_without_a_word():
    town = town_with_a_bill()
    check = town.pay("Acme", {town.bill_of(APP): "900.00"})
    town.sync()
    town.field.payments.clear()
    problem = only_problem(town.intent(PAYMENT_FLOW, f"{check}:{town.bill_of(APP)}"))
    assert problem.kind == "deleted_after_posting" and "deleted in Procore" in problem.says
    assert town.sync() == 0


# --- what a plan says of itself --------------------------------------------------------------------------------------


def test_I4_what_is_entered_is_what_the_plan_showed():
    town = town_with_a_bill()
    bill = town.books.bills[town.bill_of(APP)]
    draft = bill_intent(town).draft
    assert isinstance(draft, BillDraft)
    assert essence.of_draft(draft) == essence.of_held(bill)
    assert bill.total == draft.total


def test_I6_A192_what_cannot_go_blocks_only_itself_and_what_comes_after_it():
    town = Town()
    for number in ("SC-1", "SC-2"):
        sc = town.subcontract(number, vendor="Acme", lines={"03-300.S": "10000.00"})
        town.application(sc, work={"03-300.S": "1000.00"})
        town.application(sc, work={"03-300.S": "500.00"})
    app = town.field.requisitions[APP]
    town.field.requisitions[APP] = replace(app, due_now=app.due_now + money("0.01"))
    town.sync()
    assert {i.wish.slot.key: i.act for i in town.intents() if i.wish.slot.flow == BILL_FLOW} == {
        "SC-1#1": "ask", "SC-1#2": "wait", "SC-2#1": "leave", "SC-2#2": "leave"}
    assert len(town.books.bills) == 2


def test_I5_every_amount_that_waits_for_a_person_is_on_its_problem():
    town = Town()
    town.application(town.subcontract("SC-1", vendor="Acme", lines={"99-999.X": "10000.00"}),
                     work={"99-999.X": "1000.00"})
    [problem] = [p for i in town.intents() for p in i.problems]
    assert (problem.kind, problem.amount) == ("cost_code_has_no_account", money("10000.00"))
    assert all(intent.wish.amount != ZERO for intent in town.intents()
               if intent.wish.slot.flow in (ORDER_FLOW, BILL_FLOW))
