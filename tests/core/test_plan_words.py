"""How far a person's word reaches: what it lets happen, and what is asked about again."""
from dataclasses import replace
from datetime import date

from tests.support.pictures import BILL_FLOW, ORDER_FLOW, RULES, Town
from tests.support.planned import APP, answer, bill_intent, bill_more, close, only_problem, town_with_a_bill
from tieout.core import essence
from tieout.core.money import money
from tieout.core.picture import Said, Slot

SLOT = Slot(flow=BILL_FLOW, key=APP)


def test_I2_a_version_that_was_kept_is_not_overwritten_by_the_next_change_in_procore():
    town = town_with_a_bill()
    town.edit_bill(town.bill_of(APP), "0.9")
    answer(town, bill_intent(town), "keep")
    town.sync()
    bill_more(town, "50.00")
    assert only_problem(bill_intent(town)).kind == "changed_on_both_sides"
    assert town.sync() == 0


def test_I2_changed_rules_touch_what_is_posted_only_when_a_person_says_so():
    town = town_with_a_bill()
    town.rules = replace(town.rules, retainage_lines="line", item_name="{cost_code}-{cost_type}")
    town.sync()
    before = dict(town.books.bills)
    problem = only_problem(bill_intent(town))
    assert problem.kind == "changed_by_the_rules" and town.books.bills == before
    answer(town, bill_intent(town), "restore")
    assert bill_intent(town).act == "correct"
    town.sync()
    assert bill_intent(town).status == "synced"


def test_rules_that_decide_no_coding_leave_corrections_alone():
    town = town_with_a_bill()
    town.rules = replace(town.rules, closed_period="first_open_day", bill_number="{commitment_number}-{number}")
    bill_more(town, "10.00")
    assert bill_intent(town).act == "correct"


def test_a_paid_bill_is_not_taken_out_by_a_word_about_its_application():
    town = town_with_a_bill()
    town.pay("Acme", {town.bill_of(APP): "900.00"})
    town.sync()
    town.set_status(APP, "draft")
    answer(town, bill_intent(town), "remove")
    problem = only_problem(bill_intent(town))
    assert problem.kind == "below_what_was_paid" and "900.00" in problem.says
    assert town.sync() == 0 and town.bill_of(APP) in town.books.bills


def test_an_order_that_bills_draw_on_is_not_taken_out():
    town = town_with_a_bill()
    order = town.books.orders[town.order_of("SC-1")]
    drawn = replace(order.lines[0], received=order.lines[0].amount)
    town.books.orders[order.id] = replace(order, lines=(drawn,))
    town.set_status("SC-1", "Draft")
    answer(town, town.intent(ORDER_FLOW, "SC-1"), "remove")
    assert only_problem(town.intent(ORDER_FLOW, "SC-1")).kind == "order_line_already_billed"


def test_I2_a_word_to_take_a_bill_out_does_not_cover_what_somebody_changed_on_it_since():
    town = town_with_a_bill()
    town.set_status(APP, "draft")
    answer(town, bill_intent(town), "remove")
    town.edit_bill(town.bill_of(APP))
    assert only_problem(bill_intent(town)).kind == "set_back_after_posting"


def test_I8_a_deleted_bill_is_not_entered_again_into_a_closed_period():
    town = town_with_a_bill()
    town.books.bills.clear()
    answer(town, bill_intent(town), "enter_again")
    close(town, date(2026, 2, 28))
    assert only_problem(bill_intent(town)).kind == "closed_period"
    assert town.sync() == 0 and not town.books.bills


def test_what_was_put_right_and_differs_again_is_asked_about_again():
    """QuickBooks drops the job each time: putting it right for ever would be one write a turn."""
    town = town_with_a_bill()

    def differs(generation: int) -> None:
        link, bill = town.links[SLOT], town.books.bills[town.bill_of(APP)]
        town.books.bills[bill.id] = replace(bill, lines=tuple(replace(line, job="") for line in bill.lines))
        town.links[SLOT] = replace(link, parts={**link.parts, "answer": "differs"}, generation=generation)

    differs(1)
    answer(town, bill_intent(town), "restore")
    assert bill_intent(town).act == "correct"
    differs(2)
    assert only_problem(bill_intent(town)).kind == "answer_differs"


def twin_of_the_first_application(town: Town, number: str) -> str:
    """Typed by hand before the application is entered."""
    town.subcontract("SC-1", vendor="Acme", lines={"03-300.S": "10000.00"})
    town.sync()
    typed = town.bill("Acme", {"5100": "1000.00", "2050": "-100.00"}, number=number)
    town.application("SC-1", work={"03-300.S": "1000.00"}, held={"03-300.S": "100.00"}, invoice="INV 0047")
    town.sync()
    return typed


def test_a_paper_typed_by_hand_is_met_under_the_subcontractors_own_number_whatever_number_ours_would_bear():
    town = Town(rules=replace(RULES, bill_number="{commitment_number}-{number}"))
    typed = twin_of_the_first_application(town, "inv-47")
    problem = only_problem(bill_intent(town))
    assert problem.kind == "bill_may_exist" and problem.choices[0].id == f"this_is_it:{typed}"


def test_I2_a_bill_said_to_be_it_and_deleted_since_is_asked_about_and_not_entered():
    town = Town()
    typed = twin_of_the_first_application(town, "INV 0047")
    answer(town, bill_intent(town), f"this_is_it:{typed}")
    del town.books.bills[typed]
    assert only_problem(bill_intent(town)).kind == "bill_may_exist"
    assert town.sync() == 0 and not town.books.bills
    answer(town, bill_intent(town), "different")
    assert bill_intent(town).act == "enter"


def test_one_paper_never_stands_for_two_applications():
    town = Town()
    typed = twin_of_the_first_application(town, "INV 0047")
    answer(town, bill_intent(town), f"this_is_it:{typed}")
    town.sync()
    town.application("SC-1", work={"03-300.S": "500.00"}, dated=date(2026, 3, 31))
    second = Slot(flow=BILL_FLOW, key="SC-1#2")
    town.said["bill_may_exist", str(second)] = Said(choice=f"this_is_it:{typed}")
    assert only_problem(town.intent(BILL_FLOW, "SC-1#2")).kind == "bill_may_exist"


def test_A204_linking_a_paper_of_a_closed_month_needs_no_word_about_its_date():
    town = Town()
    typed = twin_of_the_first_application(town, "INV 0047")
    answer(town, bill_intent(town), f"this_is_it:{typed}")
    close(town, date(2026, 3, 31))
    town.sync()
    assert town.bill_of(APP) == typed and len(town.books.bills) == 1


def test_I2_a_bill_a_person_typed_and_linked_is_not_overwritten_when_procore_changes():
    town = town_with_a_bill()
    town.links[SLOT] = replace(town.links[SLOT], ours=False)
    bill_more(town, "50.00")
    problem = only_problem(bill_intent(town))
    assert problem.kind == "linked_and_changed" and "950.00 instead of 900.00" in problem.says
    assert town.sync() == 0
    answer(town, bill_intent(town), "restore")
    assert bill_intent(town).act == "correct"


def test_a_posted_order_whose_commitment_lost_its_vendor_does_not_pass_for_synced():
    town = town_with_a_bill()
    town.field.commitments["SC-1"] = replace(town.field.commitments["SC-1"], company="")
    intent = town.intent(ORDER_FLOW, "SC-1")
    assert (intent.status, intent.why) == ("changed", "no vendor chosen yet in Procore")


def test_a_posted_bill_is_not_corrected_from_the_draft_levels_of_an_application_set_back_before_it():
    """1,000.00 and 500.00 are posted; the first is being revised to 800.00. Lifting the second to 700.00 meanwhile
    would leave 1,700.00 in the books for 1,500.00 of work."""
    town = town_with_a_bill()
    second = town.application("SC-1", work={"03-300.S": "500.00"}, dated=date(2026, 3, 31))
    town.sync()
    town.set_status(APP, "revise_and_resubmit")
    assert town.intent(BILL_FLOW, second).status == "synced"
    bill_more(town, "-200.00")
    after = town.field.requisitions[second]
    town.field.requisitions[second] = replace(after, due_now=after.due_now + money("200.00"))
    assert town.intent(BILL_FLOW, second).why == "waits for application 1, which was set back"
    assert town.sync() == 0
    town.set_status(APP, "approved")
    town.sync()
    assert sum(bill.total for bill in town.books.bills.values()) == money("1400.00")


def test_a_linked_bill_that_lacks_the_retainage_is_asked_about_once_and_put_right_on_a_word():
    town = town_with_a_bill()
    slot, bill = Slot(flow=BILL_FLOW, key=APP), town.bill_of(APP)
    held = town.books.bills[bill]
    net = replace(held, lines=(replace(held.lines[0], amount=held.total),))
    town.books.bills[bill] = net
    town.links[slot] = replace(town.links[slot], ours=False, held=essence.of_held(net))
    intent = bill_intent(town)
    problem = only_problem(intent)
    assert "cost 900.00 and retainage 0.00 in QuickBooks, 1,000.00 and 100.00 in Procore" in problem.says
    answer(town, intent, "restore")
    assert bill_intent(town).act == "correct"
    town.said[problem.kind, problem.subject] = Said(choice="keep")
    assert (bill_intent(town).act, bill_intent(town).status) == ("leave", "changed")
