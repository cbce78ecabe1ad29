"""Commitments to orders, applications to bills and credits, payments to payments issued: each flow's own rules."""
from dataclasses import replace
from datetime import date
from decimal import Decimal
from textwrap import dedent

import pytest

from tests.support.pictures import BILL_FLOW, ORDER_FLOW, PAYMENT_FLOW, RULES, Town
from tieout.core.books import Account, Item, PaidDocument
from tieout.core.drafts import BillDraft, LineDraft, OrderDraft, PaymentDraft
from tieout.core.flows.commitment_to_purchase_order import priced
from tieout.core.money import money, shown
from tieout.core.picture import Said
from tieout.core.plan import Intent
from tieout.core.problems import Problem

APP = "SC-1#1"


def town_of(work: str = "1000.00", held: str = "100.00", **rules: object) -> Town:
    town = Town(rules=replace(RULES, **rules))
    sc = town.subcontract("SC-1", vendor="Acme", lines={"03-300.S": "10000.00"})
    town.application(sc, work={"03-300.S": work}, held={"03-300.S": held})
    return town


def bill_intent(town: Town, key: str = APP) -> Intent:
    return town.intent(BILL_FLOW, key)


def bill(town: Town, key: str = APP) -> BillDraft:
    draft = bill_intent(town, key).draft
    assert isinstance(draft, BillDraft)
    return draft


def order(town: Town, key: str = "SC-1") -> OrderDraft:
    draft = town.intent(ORDER_FLOW, key).draft
    assert isinstance(draft, OrderDraft)
    return draft


def asked(intent: Intent) -> Problem:
    assert intent.act == "ask"
    [problem] = intent.problems
    return problem


def as_table(lines: tuple[LineDraft, ...]) -> str:
    return "\n".join(f"{line.coding.name:<24}{line.role:<10}{shown(line.amount):>12}" for line in lines)


# --- orders ----------------------------------------------------------------------------------------------------------


def test_A104_a_commitment_becomes_an_order_line_by_line():
    town = Town()
    town.subcontract("SC-1", vendor="Acme", lines=[("03-300.S", "100.00"), ("03-300.S", "50.00"), ("05-120.M", "0.00")])
    assert as_table(order(town).lines) == dedent("""\
        03-300.S                cost            100.00
        03-300.S                cost             50.00
        05-120.M                cost              0.00""")
    assert (order(town).number, order(town).dated) == ("SC-1", date(2026, 1, 5))


@pytest.mark.parametrize(("kind", "status", "committed"), [
    ("subcontract", "Approved", True), ("subcontract", "Complete", True), ("subcontract", "Terminated", True),
    ("subcontract", "Draft", False), ("subcontract", "Out For Signature", False), ("subcontract", "Void", False),
    ("purchase_order", "Approved", True), ("purchase_order", "Received", True), ("purchase_order", "Closed", True),
    ("purchase_order", "Processing", False), ("purchase_order", "Submitted", False)])
def test_A104_only_a_commitment_that_is_a_promise_has_an_order(kind: str, status: str, committed: bool):
    town = Town()
    town.subcontract("SC-1", vendor="Acme", lines={"03-300.S": "100.00"}, kind=kind, status=status)
    intent = town.intent(ORDER_FLOW, "SC-1")
    assert (intent.act == "enter") is committed
    assert intent.status == ("waiting" if committed else "left_out")


@pytest.mark.parametrize(("change", "why"), [
    ({"company": ""}, "no vendor chosen yet"), ({"lines": (), "revised": money("0")}, "no lines yet")])
def test_a_commitment_without_vendor_or_lines_is_left_out_and_says_why(change: dict[str, object], why: str):
    town = town_of()
    town.field.commitments["SC-1"] = replace(town.field.commitments["SC-1"], **change)
    assert town.intent(ORDER_FLOW, "SC-1").why == why


def test_an_order_without_a_contract_date_bears_the_projects_start():
    town = town_of()
    town.field.commitments["SC-1"] = replace(town.field.commitments["SC-1"], dated=None)
    assert order(town).dated == date(2026, 1, 1)
    town.route = replace(town.route, start=None, from_application=1)
    assert town.intent(ORDER_FLOW, "SC-1").why == "no contract date yet"


def test_A107_approved_change_orders_come_after_the_schedule_in_the_order_of_their_dates_and_others_not_at_all():
    town = town_of()
    later = town.change_order("SC-1", {"03-300.S": "200.00"})
    earlier = town.change_order("SC-1", {"05-120.M": "-50.00"})
    town.change_order("SC-1", {"99-999.S": "9.00"}, status="pending")
    town.field.change_orders[later] = replace(town.field.change_orders[later], dated=date(2026, 3, 1))
    assert [str(line.amount) for line in order(town).lines] == ["10000.00", "-50.00", "200.00"]
    assert order(town).lines[1].source == f"{earlier}/1"


def test_A107_markup_is_a_line_of_its_own_on_the_code_the_controller_named():
    town = town_of()
    town.change_order("SC-1", {"03-300.S": "200.00"}, markup="20.00")
    assert as_table(order(town).lines[1:]) == dedent("""\
        03-300.S                cost            200.00
        01-990.O                markup           20.00""")


def test_lines_that_do_not_come_to_the_revised_sum_stop_the_order():
    town = town_of()
    town.field.commitments["SC-1"] = replace(town.field.commitments["SC-1"], revised=money("10000.01"))
    problem = asked(town.intent(ORDER_FLOW, "SC-1"))
    assert problem.kind == "does_not_add_up" and "the difference is 0.01" in problem.says


def test_a_commitment_in_another_currency_is_not_entered_at_par():
    town = town_of()
    town.field.commitments["SC-1"] = replace(town.field.commitments["SC-1"], currency="CAD")
    assert asked(town.intent(ORDER_FLOW, "SC-1")).kind == "currency_differs"


def test_A107_one_order_for_each_change_in_whatever_order_they_come():
    """Change order and application, either first: the order is the revised sum and what was billed stays."""
    ends = []
    for change_first in (True, False):
        town = town_of()
        if not change_first:
            town.sync()
        town.change_order("SC-1", {"05-120.M": "-500.00"})
        town.sync()
        held = town.books.orders[town.order_of("SC-1")]
        ends.append(([(line.amount, line.description) for line in held.lines], held.total))
        assert town.books.bills[town.bill_of(APP)].total == money("900.00")
    assert ends[0] == ends[1] and ends[0][1] == money("9500.00")


@pytest.mark.parametrize(("kind", "amount", "quantity", "rate", "expected"), [
    ("item", "1715.63", "1250", "1.3725", ("1250", "1.3725", "")),
    ("item", "1715.63", "1250", "1.37", ("1715.63", "1.00", " (1250 lf at 1.37)")),
    ("item", "50000.00", None, None, ("50000.00", "1.00", "")),
    ("item", "-100.00", "-4", "25", ("-4", "25", "")),
    ("item", "0.00", "0", "25", ("0.00", "1.00", "")),
    ("account", "1715.63", "1250", "1.3725", (None, None, " (1250 lf at 1.3725)")),
    ("account", "10.00", None, None, (None, None, "")),
])
def test_A94_quantity_times_rate_is_the_amount_to_the_cent_or_the_amount_wins(
        kind: str, amount: str, quantity: str | None, rate: str | None, expected: tuple[str | None, str | None, str]):
    found = priced(kind, money(amount), Decimal(quantity) if quantity else None, Decimal(rate) if rate else None, "lf")
    assert tuple(str(one) if isinstance(one, Decimal) else one for one in found) == expected


# --- bills -----------------------------------------------------------------------------------------------------------


def test_A120_A121_A122_the_head_of_a_bill():
    town = town_of()
    town.field.requisitions[APP] = replace(town.field.requisitions[APP], invoice_number="N-7",
                                           payment_date=date(2026, 3, 30))
    draft = bill(town)
    assert (draft.vendor.name, draft.number, draft.dated, draft.due, draft.payable.name, draft.memo) == (
        "Acme", "N-7", date(2026, 2, 28), date(2026, 3, 30), "2000 Accounts payable", "")


def test_A75_a_line_of_a_bill_names_its_schedule_line_its_commitment_and_its_application():
    town = town_of()
    [line] = town.field.requisitions[APP].lines
    for words, written in (("Footings", "Footings"), ("x" * 5000, "x" * 4000)):
        town.field.requisitions[APP] = replace(town.field.requisitions[APP],
                                               lines=(replace(line, description=words),))
        cost, held = bill(town).lines
        assert cost.description == f"{written} / SC-1 / application 1"[:4000]
        assert held.description == "Retainage held / SC-1 / application 1"


@pytest.mark.parametrize(("rule", "dated"), [
    ("billing_date", date(2026, 2, 25)), ("period_end", date(2026, 2, 28)), ("approved_on", date(2026, 3, 4))])
def test_A119_a_bill_bears_the_date_that_the_rule_says(rule: str, dated: date):
    town = town_of(bill_date=rule)
    town.field.requisitions[APP] = replace(town.field.requisitions[APP], billing_date=date(2026, 2, 25),
                                           approved_on=date(2026, 3, 4))
    assert bill(town).dated == dated


def test_A119_without_a_billing_date_it_is_the_end_of_the_period_and_without_that_a_problem():
    town = town_of()
    town.field.requisitions[APP] = replace(town.field.requisitions[APP], billing_date=None)
    assert bill(town).dated == date(2026, 2, 28)
    town.field.requisitions[APP] = replace(town.field.requisitions[APP], billing_date=None, period_end=None)
    assert asked(bill_intent(town)).kind == "billing_date_missing"


@pytest.mark.parametrize(("template", "invoice", "number"), [
    ("{invoice_number}", "N-7", "N-7"), ("{invoice_number}", "", "SC-1-1"),
    ("{commitment_number}-{number}", "N-7", "SC-1-1"), ("{project_number}/{invoice_number}", "N-7", "24-017/N-7"),
    ("{invoice_number}", "INVOICE-2026-000000000042", "INVO~2026-00000000042")])
def test_A121_the_number_of_a_bill_is_made_by_the_rule_and_fits_quickbooks(template: str, invoice: str, number: str):
    town = town_of(bill_number=template)
    town.field.requisitions[APP] = replace(town.field.requisitions[APP], invoice_number=invoice)
    found = bill(town).number
    assert found == number if len(invoice) < 21 else len(found) <= 21 and found.endswith("000042")


def test_A128_every_line_of_a_bill_is_on_the_project():
    town = town_of()
    town.sync()
    assert {line.job for line in town.books.bills[town.bill_of(APP)].lines} == {town.job}


def test_A118_cost_lines_draw_on_the_order_and_retainage_lines_never_do():
    town = town_of()
    town.sync()
    cost, kept = town.books.bills[town.bill_of(APP)].lines
    assert (cost.order, cost.order_line) == (town.order_of("SC-1"), town.books.orders[cost.order].lines[0].id)
    assert (kept.order, kept.account) == ("", "25")


@pytest.mark.parametrize("state", ["closed", "received", "below zero", "priced otherwise"])
def test_A118_a_line_that_cannot_draw_on_the_order_is_entered_without(state: str):
    town = town_of(work="-1000.00" if state == "below zero" else "1000.00", held="0.00")
    town.application("SC-1", work={"03-300.S": "3000.00"})
    town.set_status("SC-1#1", "draft")
    town.set_status("SC-1#2", "draft")
    town.sync()
    held = town.books.orders[town.order_of("SC-1")]
    line = held.lines[0]
    match state:
        case "closed":
            held = replace(held, open=False)
        case "received":
            held = replace(held, lines=(replace(line, received=Decimal("10000")),))
        case "priced otherwise":
            held = replace(held, lines=(replace(line, quantity=Decimal(100), rate=Decimal(100)),))
    town.books.orders[held.id] = held
    town.set_status("SC-1#1", "approved")
    assert [part.order for part in bill(town).lines] == [None]


def test_A127_a_line_that_the_next_application_lacks_has_moved_back_to_nothing():
    town = Town()
    sc = town.subcontract("SC-1", vendor="Acme", lines={"03-300.S": "10000.00", "05-120.M": "500.00"})
    town.application(sc, work={"03-300.S": "1000.00", "05-120.M": "300.00"}, held={"05-120.M": "30.00"})
    town.application(sc, work={"03-300.S": "600.00"})
    second = town.field.requisitions["SC-1#2"]
    town.field.requisitions["SC-1#2"] = replace(
        second, lines=second.lines[:1], completed=money("1600.00"), retained=money("0.00"),
        due_now=money("1600.00") - money("1270.00"))
    town.sync()
    assert as_table(bill(town, "SC-1#2").lines) == dedent("""\
        03-300.S                cost            600.00
        05-120.M                cost          (300.00)
        2050 Retainage payable  retained         30.00""")


def test_A127_where_procore_names_no_application_before_it_is_the_one_of_the_next_lower_number():
    town = Town()
    sc = town.subcontract("SC-1", vendor="Acme", lines={"03-300.S": "10000.00"})
    for work in ("1000.00", "600.00", "250.00"):
        key = town.application(sc, work={"03-300.S": work})
        town.field.requisitions[key] = replace(town.field.requisitions[key], previous="")
    town.sync()
    assert [str(bill.total) for bill in town.books.bills.values()] == ["1000.00", "600.00", "250.00"]


@pytest.mark.parametrize(("rule", "retainage"), [("document", []), ("line", ["100.00", "-100.00"])])
def test_A133_retainage_that_only_moves_between_lines_is_no_line_of_a_document_and_two_lines_by_line(
        rule: str, retainage: list[str]):
    town = Town(rules=replace(RULES, retainage_lines=rule))
    sc = town.subcontract("SC-1", vendor="Acme", lines={"03-300.S": "10000.00", "05-120.M": "5000.00"})
    town.application(sc, work={"03-300.S": "1000.00"}, held={"03-300.S": "100.00"})
    town.application(sc, work={"05-120.M": "50.00"}, held={"03-300.S": "-100.00", "05-120.M": "100.00"})
    town.sync()
    lines = town.books.bills[town.bill_of("SC-1#2")].lines
    assert [str(line.amount) for line in lines if line.account == "25"] == retainage


@pytest.mark.parametrize("status", ["draft", "under_review", "revise_and_resubmit", "pending_owner_approval"])
def test_A118_only_approved_applications_post(status: str):
    town = town_of()
    town.set_status(APP, status)
    assert (bill_intent(town).act, bill_intent(town).status) == ("leave", "left_out")


def test_A118_approved_as_noted_posts_unless_the_rule_leaves_it_out():
    town = town_of()
    town.set_status(APP, "approved_as_noted")
    assert bill_intent(town).act == "enter"
    town.rules = replace(town.rules, posting_statuses=("approved",))
    assert bill_intent(town).act == "leave"


def test_A68_applications_before_the_start_are_not_entered_but_the_next_one_counts_from_them():
    town = Town(start=date(2026, 3, 1))
    sc = town.subcontract("SC-1", vendor="Acme", lines={"03-300.S": "10000.00"})
    town.application(sc, work={"03-300.S": "1000.00"}, dated=date(2026, 2, 28))
    town.application(sc, work={"03-300.S": "250.00"}, dated=date(2026, 3, 31))
    town.sync()
    assert bill_intent(town).why == "before the start"
    assert [bill.total for bill in town.books.bills.values()] == [money("250.00")]


@pytest.mark.parametrize(("dated", "status"), [(date(2026, 2, 28), "left_out"), (date(2026, 3, 1), "waiting")])
def test_A68_what_is_dated_on_the_start_itself_is_entered(dated: date, status: str):
    town = Town(start=date(2026, 3, 1))
    town.application(town.subcontract("SC-1", vendor="Acme", lines={"03-300.S": "10000.00"}),
                     work={"03-300.S": "1000.00"}, dated=dated)
    assert bill_intent(town).status == status


def test_A68_the_start_may_be_an_application_number():
    town = Town(start=None, from_application=2)
    sc = town.subcontract("SC-1", vendor="Acme", lines={"03-300.S": "10000.00"})
    town.application(sc, work={"03-300.S": "1000.00"})
    town.application(sc, work={"03-300.S": "250.00"})
    town.sync()
    assert [bill.total for bill in town.books.bills.values()] == [money("250.00")]


def test_an_application_whose_predecessor_is_not_approved_is_asked_about():
    town = town_of()
    town.application("SC-1", work={"03-300.S": "10.00"})
    town.set_status(APP, "draft")
    assert asked(bill_intent(town, "SC-1#2")).kind == "earlier_application_open"


@pytest.mark.parametrize("gone", ["the application before", "the commitment"])
def test_I5_an_application_whose_ground_is_gone_is_a_problem_and_not_left_out(gone: str):
    town = town_of()
    town.application("SC-1", work={"03-300.S": "10.00"})
    if gone == "the commitment":
        town.field.commitments.clear()
    else:
        del town.field.requisitions[APP]
    assert asked(bill_intent(town, "SC-1#2")).kind == "not_understood"


def test_two_payable_accounts_need_a_word_and_one_that_is_named_is_taken():
    town = town_of()
    town.books.accounts["21"] = Account(id="21", number="2010", name="Payables West", type="Accounts Payable")
    assert asked(bill_intent(town)).kind == "account_not_found"
    town.rules = replace(town.rules, payable_account="2010")
    assert bill(town).payable.id == "21"
    town.rules = replace(town.rules, payable_account="2099")
    assert asked(bill_intent(town)).kind == "account_not_found"


def test_A134_retainage_may_be_an_item_if_it_lands_on_a_liability():
    town = town_of(retainage_held="Retainage", retainage_released="Retainage")
    town.books.items["r"] = Item(id="r", name="Retainage", type="Service", expense_account="25")
    line = bill(town).lines[-1]
    assert (line.coding.kind, line.coding.id, line.account.id, line.quantity, line.rate) == (
        "item", "r", "25", money("-100.00"), Decimal("1.00"))
    town.books.items["r"] = replace(town.books.items["r"], expense_account="51")
    assert asked(bill_intent(town)).kind == "account_type_wrong"
    town.books.items["r"] = replace(town.books.items["r"], expense_account="")
    assert asked(bill_intent(town)).kind == "account_not_found"


def test_A136_A135_held_and_released_may_have_accounts_of_their_own():
    town = town_of(retainage_released="2060")
    town.books.accounts["26"] = Account(id="26", number="2060", name="Retainage released",
                                        type="Other Current Liability")
    town.application("SC-1", released={"03-300.S": "40.00"})
    town.sync()
    assert [line.account.name for line in bill(town, "SC-1#2").lines] == ["2060 Retainage released"]


@pytest.mark.parametrize("setting", ["retainage_held", "retainage_released"])
def test_A139_either_account_missing_stops_only_what_needs_it(setting: str):
    town = town_of(**{setting: ""})
    town.application("SC-1", released={"03-300.S": "40.00"})
    stopped, waits_or_goes = (APP, "SC-1#2") if setting == "retainage_held" else ("SC-1#2", APP)
    assert asked(bill_intent(town, stopped)).kind == "retainage_account_missing"
    assert not bill_intent(town, waits_or_goes).problems


def test_A123_a_taxed_application_can_be_linked_to_the_bill_that_was_entered_by_hand():
    town = town_of()
    town.set_status(APP, "draft")
    town.sync()
    app = town.field.requisitions[APP]
    town.field.requisitions[APP] = replace(app, status="approved", tax=money("66.00"), due_now=money("966.00"))
    problem = asked(bill_intent(town))
    assert problem.kind == "tax_not_supported"
    by_hand = town.bill("Acme", {"5100": "1066.00", "2050": "-100.00"}, number="N-7")
    town.said[problem.kind, problem.subject] = Said(choice="link", value=by_hand)
    town.sync()
    assert town.bill_of(APP) == by_hand and len(town.books.bills) == 1
    assert bill_intent(town).status == "synced"
    town.application("SC-1", work={"03-300.S": "10.00"})
    town.sync()
    assert town.bill_of("SC-1#2")
    del town.books.bills[by_hand]
    assert asked(bill_intent(town)).kind == "deleted_after_posting"


def test_A123_a_linked_bill_that_is_not_there_is_asked_about_again():
    town = town_of()
    app = town.field.requisitions[APP]
    town.field.requisitions[APP] = replace(app, tax=money("66.00"), due_now=money("966.00"))
    town.said["tax_not_supported", f"{BILL_FLOW}:{APP}"] = Said(choice="link", value="b404")
    assert asked(bill_intent(town)).kind == "tax_not_supported"


def test_I4_a_correction_moves_the_payable_account_that_the_rules_name_and_no_other():
    town = town_of(payable_account="2010")
    town.books.accounts["21"] = Account(id="21", number="2010", name="Payables West", type="Accounts Payable")
    town.sync()
    app = town.field.requisitions[APP]
    line = replace(app.lines[0], completed=money("1250.00"))
    town.field.requisitions[APP] = replace(app, lines=(line,), completed=money("1250.00"), due_now=money("1150.00"))
    assert {e.account: e.debit - e.credit for e in bill_intent(town).effect} == {
        "5100 Subcontractors": money("250.00"), "2010 Payables West": money("-250.00")}


# --- twins and releases ----------------------------------------------------------------------------------------------


def twin(town: Town, number: str) -> str:
    """A bill that somebody typed, found when the names are there."""
    town.set_status(APP, "draft")
    town.sync()
    town.set_status(APP, "approved")
    return town.bill("Acme", {"5100": "900.00"}, number=number, job=False)


def test_A121_a_bill_of_the_same_number_is_asked_about_with_its_date_and_total():
    town = town_of()
    twin(town, "sc-01 1")
    problem = asked(bill_intent(town))
    assert problem.kind == "bill_may_exist" and "2026-03-10, 900.00" in problem.says
    assert problem.amount == money("1000.00")


def test_A121_another_vendors_bill_of_the_same_number_is_no_twin():
    town = town_of()
    town.bill("Elm", {"5100": "900.00"}, number="SC-1-1")
    assert bill_intent(town).act == "enter"


def test_A121_this_is_it_links_the_bill_and_a_different_one_is_entered():
    town = town_of()
    there = twin(town, "SC-1-1")
    problem = asked(bill_intent(town))
    town.said[problem.kind, problem.subject] = Said(choice=f"this_is_it:{there}")
    town.sync()
    assert town.bill_of(APP) == there and len(town.books.bills) == 1
    assert bill_intent(town).status == "changed"
    other = town_of()
    twin(other, "SC-1-1")
    other.said[problem.kind, problem.subject] = Said(choice="different")
    other.sync()
    assert len(other.books.bills) == 2


def test_A121_two_contracts_of_one_vendor_may_both_send_invoice_one():
    town = Town()
    for number in ("SC-1", "SC-2"):
        sc = town.subcontract(number, vendor="Acme", lines={"03-300.S": "10000.00"})
        town.application(sc, work={"03-300.S": "100.00"}, invoice="1")
    town.sync()
    assert len(town.books.bills) == 2 and town.sync() == 0


def test_A136_a_release_is_tested_against_what_quickbooks_holds_and_what_is_entered_with_it():
    town = town_of()
    town.application("SC-1", released={"03-300.S": "100.00"})
    assert bill_intent(town, "SC-1#2").act == "enter"        # the first is not in QuickBooks yet, but goes before it
    town.sync()
    assert len(town.books.bills) == 2


def test_A136_what_somebody_released_by_hand_is_not_released_again_until_a_person_says_so():
    town = town_of()
    town.sync()
    town.journal(("2050", "60.00", "Acme", False), ("2000", "-60.00", "Acme", False))
    town.application("SC-1", released={"03-300.S": "50.00"})
    problem = asked(bill_intent(town, "SC-1#2"))
    assert problem.kind == "release_exceeds_held" and "holds only 40.00" in problem.says
    town.said[problem.kind, problem.subject] = Said(choice="by_hand")
    assert bill_intent(town, "SC-1#2").why == "booked by hand"
    town.said[problem.kind, problem.subject] = Said(choice="enter")
    assert bill_intent(town, "SC-1#2").act == "enter"


@pytest.mark.parametrize(("vendor", "on_job", "counts"), [
    ("Acme", True, True), ("Acme", False, True), ("", True, True), ("", False, False), ("Elm", True, False)])
def test_A136_a_journal_line_names_vendor_or_job_and_lowers_the_balance_of_either(vendor: str, on_job: bool,
                                                                                 counts: bool):
    town = town_of()
    town.sync()
    town.journal(("2050", "60.00", vendor, on_job), ("2000", "-60.00", vendor, False))
    town.application("SC-1", released={"03-300.S": "50.00"})
    assert bool(bill_intent(town, "SC-1#2").problems) is counts


# --- payments --------------------------------------------------------------------------------------------------------


def paid(town: Town, **more: object) -> PaymentDraft:
    town.sync()
    check = town.pay("Acme", {town.bill_of(APP): "900.00"}, number="1042")
    town.books.payments[check] = replace(town.books.payments[check], **more)
    draft = town.intent(PAYMENT_FLOW, f"{check}:{town.bill_of(APP)}").draft
    assert isinstance(draft, PaymentDraft)
    return draft


def test_A146_A147_A148_A149_A150_a_bill_payment_becomes_a_payment_issued():
    draft = paid(town_of(), note="joint check", method="credit_card")
    assert (draft.amount, draft.dated, draft.check_number, draft.method, draft.notes) == (
        money("900.00"), date(2026, 3, 20), "1042", "credit_card", "joint check")
    assert (draft.commitment.id, draft.invoice.id, draft.invoice_number) == ("SC-1", APP, "SC-1-1")


def test_A148_a_payment_without_a_number_bears_quickbooks_own_id():
    assert paid(town_of(), number="").check_number.startswith("QB-pay")


def test_payments_of_bills_that_no_application_stands_for_are_not_reported():
    town = town_of()
    town.sync()
    town.pay("Acme", {town.bill("Acme", {"5100": "50.00"}): "50.00"})
    assert not [i for i in town.intents() if i.wish.slot.flow == PAYMENT_FLOW]


def test_A152_a_payment_typed_in_procore_already_is_asked_about_and_can_be_linked():
    town = town_of()
    town.sync()
    typed = town.payment_issued(APP, "900.00")
    check = town.pay("Acme", {town.bill_of(APP): "900.00"})
    key = f"{check}:{town.bill_of(APP)}"
    problem = asked(town.intent(PAYMENT_FLOW, key))
    assert problem.kind == "payment_may_exist"
    town.said[problem.kind, problem.subject] = Said(choice="different")
    assert town.intent(PAYMENT_FLOW, key).act == "enter"
    town.said[problem.kind, problem.subject] = Said(choice=f"this_is_it:{typed}")
    town.sync()
    assert list(town.field.payments) == [typed]


def test_A152_a_payment_of_another_amount_is_no_twin():
    town = town_of()
    town.sync()
    town.payment_issued(APP, "450.00")
    town.pay("Acme", {town.bill_of(APP): "900.00"})
    assert town.sync() == 1 and len(town.field.payments) == 2


def test_A144_an_edited_payment_changes_what_was_reported():
    town = town_of()
    town.sync()
    check = town.pay("Acme", {town.bill_of(APP): "900.00"})
    town.sync()
    town.books.payments[check] = replace(
        town.books.payments[check], total=money("400.00"), dated=date(2026, 3, 25),
        documents=(PaidDocument(kind="bill", id=town.bill_of(APP), amount=money("400.00")),))
    assert town.sync() == 1
    [issued] = town.field.payments.values()
    assert (issued.amount, issued.dated) == (money("400.00"), date(2026, 3, 25))


def test_A149_a_check_that_is_printed_later_gives_the_payment_issued_its_number():
    town = town_of()
    town.sync()
    check = town.pay("Acme", {town.bill_of(APP): "900.00"})
    town.books.payments[check] = replace(town.books.payments[check], number="")
    town.sync()
    [issued] = town.field.payments.values()
    assert issued.check_number == f"QB-{check}"
    town.books.payments[check] = replace(town.books.payments[check], number="10044")
    assert town.sync() == 1
    [issued] = town.field.payments.values()
    assert issued.check_number == "10044"


def test_A144_a_payment_that_no_longer_pays_this_bill_is_taken_out():
    town = town_of()
    town.sync()
    check = town.pay("Acme", {town.bill_of(APP): "900.00"})
    town.sync()
    elsewhere = town.bill("Acme", {"5100": "900.00"})
    town.books.payments[check] = replace(
        town.books.payments[check], documents=(PaidDocument(kind="bill", id=elsewhere, amount=money("900.00")),))
    town.sync()
    assert not town.field.payments


def test_A144_a_bill_settled_by_a_credit_alone_reports_no_payment():
    town = town_of()
    town.sync()
    credit = town.bill("Acme", {"5100": "-900.00"}, credit=True)
    town.pay("Acme", {town.bill_of(APP): "900.00"}, credits={credit: "900.00"})
    assert town.sync() == 0 and not town.field.payments


def test_a_payment_whose_invoice_was_deleted_in_procore_stays_reported_while_it_pays_the_bill():
    town = town_of()
    town.sync()
    check = town.pay("Acme", {town.bill_of(APP): "900.00"})
    town.sync()
    del town.field.requisitions[APP]
    intent = town.intent(PAYMENT_FLOW, f"{check}:{town.bill_of(APP)}")
    assert (intent.act, intent.why) == ("wait", "its invoice is no longer in Procore")
    town.books.payments[check] = replace(town.books.payments[check], documents=())
    town.sync()
    assert not town.field.payments
