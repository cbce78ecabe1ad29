"""What both sides say of a project, and what each difference is made of."""
from dataclasses import replace
from datetime import date

import pytest

from tests.support.pictures import RULES, Town
from tests.support.tied import classes, figures, holds, town_with_a_bill
from tieout.core import tieout
from tieout.core.books import Line
from tieout.core.money import ZERO, money
from tieout.core.picture import Said

BILLS = "subcontractor_invoice_to_bill"


def test_A196_committed_billed_retained_paid_and_open_are_the_same_number_in_both_systems():
    town, _, app = town_with_a_bill()
    town.pay("Acme", {town.bill_of(app): "900.00"})
    town.sync()
    found = town.tie_out()
    assert figures(found) == {
        "committed": ("15000.00", "15000.00"), "billed": ("1500.00", "1500.00"), "retained": ("100.00", "100.00"),
        "paid": ("900.00", "900.00"), "open": ("500.00", "500.00")}
    assert not any(found.total(figure).classes for figure in tieout.FIGURES)
    assert found.unexplained == ZERO
    assert not [text for check in found.checks for text in check.failures]
    holds(found)


def test_C1_every_figure_is_shown_by_vendor_and_where_held_by_code():
    town, _, _ = town_with_a_bill()
    rows = {(r.figure, r.vendor, r.code): (r.procore, r.quickbooks) for r in town.tie_out().rows if r.level == "code"}
    assert rows["committed", "Acme", "05-120.M"] == (money("5000"), money("5000"))
    assert rows["billed", "Acme", "03-300.S"] == (money("1000"), money("1000"))
    assert rows["job_cost", "", "03-300.S"] == (money("1000"), money("1000"))


def test_C1_one_retainage_line_has_no_code_and_nothing_is_prorated():
    town, _, _ = town_with_a_bill()
    found = {r.code: r for r in town.tie_out().at("code", "retained")}
    assert (found["03-300.S"].procore, found["03-300.S"].quickbooks) == (money("100"), None)
    assert found["03-300.S"].classes == {"not held at this level": money("100")}
    assert (found[""].procore, found[""].quickbooks) == (None, money("100"))
    assert not town.tie_out().total("retained").classes


def test_retainage_entered_line_by_line_is_held_by_code():
    town, _, _ = town_with_a_bill(rules=replace(RULES, retainage_lines="line"))
    [row] = town.tie_out().at("code", "retained")
    assert (row.code, row.procore, row.quickbooks, row.classes) == ("03-300.S", money("100"), money("100"), {})


def test_retainage_that_only_moves_between_codes_agrees_without_a_line():
    town, sc, _ = town_with_a_bill()
    town.application(sc, work={"03-300.S": "10.00"}, held={"03-300.S": "-7.00", "05-120.M": "7.00"},
                     dated=date(2026, 3, 31))
    town.sync()
    found = town.tie_out()
    assert found.unexplained == ZERO and not found.total("retained").classes
    holds(found)


def test_an_application_of_zero_that_moves_cost_between_codes_is_missed_until_it_is_entered():
    town, sc, _ = town_with_a_bill()
    town.application(sc, work={"03-300.S": "-600.00", "05-120.M": "600.00"}, dated=date(2026, 3, 31))
    by_code = {r.code: r.classes for r in town.tie_out().at("code", "billed")}
    assert by_code == {"03-300.S": {"in flight": money("-600")}, "05-120.M": {"in flight": money("600")}}
    town.sync()
    assert not any(r.classes for r in town.tie_out().at("code", "billed"))


def test_C1_payments_have_no_rows_by_code():
    town, _, app = town_with_a_bill()
    town.pay("Acme", {town.bill_of(app): "900.00"})
    assert {r.level for r in town.tie_out().rows if r.figure in ("paid", "open")} == {"project", "vendor"}


def test_by_account_coding_the_order_link_tells_the_code():
    town, _, app = town_with_a_bill(rules=replace(RULES, line_coding="account"))
    bill = town.books.bills[town.bill_of(app)]
    assert all(line.order_line for line in bill.lines if line.amount > 0)
    rows = {r.code: (r.procore, r.quickbooks) for r in town.tie_out().at("code", "billed")}
    assert rows == {"03-300.S": (money("1000"), money("1000")), "05-120.M": (money("500"), money("500"))}


def test_by_account_coding_a_line_without_link_is_not_held_by_code():
    town, _, app = town_with_a_bill(rules=replace(RULES, line_coding="account"))
    key = town.bill_of(app)
    bare = tuple(replace(line, id=f"new{line.id}", order="", order_line="") for line in town.books.bills[key].lines)
    town.books.bills[key] = replace(town.books.bills[key], lines=bare)
    found = town.tie_out()
    assert not found.total("billed").classes and found.unexplained == ZERO
    rows = {r.code: r for r in found.at("code", "billed")}
    assert rows["03-300.S"].quickbooks is None
    assert rows["03-300.S"].classes == {"not held at this level": money("1000")}
    assert (rows[""].procore, rows[""].quickbooks) == (None, money("1500"))
    holds(found)


def test_what_is_approved_and_not_yet_entered_is_in_flight():
    town, sc, _ = town_with_a_bill()
    town.application(sc, work={"03-300.S": "2000.00"}, held={"03-300.S": "200.00"}, dated=date(2026, 3, 31))
    found = town.tie_out()
    assert [classes(found, f) for f in ("billed", "retained", "open")] == [
        {"in flight": "2000.00"}, {"in flight": "200.00"}, {"in flight": "1800.00"}]
    holds(found)


def test_a_change_order_not_yet_on_the_order_is_in_flight():
    town, sc, _ = town_with_a_bill()
    town.change_order(sc, {"03-300.S": "750.00"}, markup="75.00")
    assert classes(town.tie_out(), "committed") == {"in flight": "825.00"}
    town.sync()
    found = town.tie_out()
    assert figures(found)["committed"] == ("15825.00", "15825.00")
    [markup] = [r for r in found.at("code", "committed") if r.code == "01-990.O"]
    assert (markup.procore, markup.quickbooks) == (money("75"), money("75"))


def town_with_a_closed_march() -> tuple[Town, str]:
    town, sc, _ = town_with_a_bill()
    town.books.company = replace(town.books.company, closed_through=date(2026, 3, 31))
    return town, town.application(sc, work={"03-300.S": "2000.00"}, dated=date(2026, 3, 31))


def test_A204_a_document_in_a_closed_period_is_on_hold_with_the_problem_named():
    town, app = town_with_a_closed_march()
    town.sync()
    found = town.tie_out()
    assert classes(found, "billed") == {"on hold": "2000.00"}
    [held] = [e for r in found.at("project", "billed") for e in r.entries if e.class_]
    assert held.document == ("procore", "subcontractor_invoice", app) and "closed through 2026-03-31" in held.why


def test_A204_a_closed_period_that_is_booked_by_hand_is_prior_period():
    town, app = town_with_a_closed_march()
    town.said["closed_period", f"{BILLS}:{app}"] = Said(choice="by_hand")
    assert classes(town.tie_out(), "billed") == {"prior period": "2000.00"}


def test_what_waits_behind_a_document_on_hold_is_on_hold_too():
    town, _ = town_with_a_closed_march()
    town.application("SC-1", work={"03-300.S": "300.00"}, dated=date(2026, 4, 30))
    assert classes(town.tie_out(), "billed") == {"on hold": "2300.00"}


def test_an_account_that_is_not_mapped_is_named_as_the_cause():
    town = Town()
    town.mappings["cost_type"].pop("m")
    sc = town.subcontract("SC-1", vendor="Acme", lines={"05-120.M": "5000.00"})
    town.application(sc, work={"05-120.M": "500.00"})
    town.sync()
    found = town.tie_out()
    assert classes(found, "committed") == {"not mapped": "5000.00"}
    assert classes(found, "billed") == {"not mapped": "500.00"}
    holds(found)


def test_a_code_without_account_on_an_order_already_entered_is_not_mapped():
    town, sc, _ = town_with_a_bill()
    town.change_order(sc, {"07-500.X": "10.00"})
    town.sync()
    assert classes(town.tie_out(), "committed") == {"not mapped": "10.00"}


def test_a_vendor_that_is_not_linked_is_named_as_the_cause():
    town = Town()
    town.vendor("J.R. Electric, LLC")
    sc = town.subcontract("SC-1", vendor="JR Electric", lines={"26-050.S": "5000.00"})
    town.application(sc, work={"26-050.S": "500.00"})
    town.sync()
    assert classes(town.tie_out(), "committed") == {"not mapped": "5000.00"}
    assert classes(town.tie_out(), "open") == {"not mapped": "500.00"}


def test_a_bill_changed_in_quickbooks_shows_its_difference():
    town, _, app = town_with_a_bill()
    town.edit_bill(town.bill_of(app), "1.5")
    found = town.tie_out()
    assert classes(found, "billed") == {"changed after posting": "-500.00"}
    assert classes(found, "open") == {"changed after posting": "-500.00"}
    assert not found.total("retained").classes
    holds(found)


def test_a_change_that_was_kept_stays_explained():
    town, _, app = town_with_a_bill()
    town.edit_bill(town.bill_of(app), "1.5")
    [problem] = town.intent(BILLS, app).problems
    town.said[problem.kind, problem.subject] = Said(choice="keep")
    assert classes(town.tie_out(), "billed") == {"changed after posting": "-500.00"}
    town.sync()
    assert classes(town.tie_out(), "billed") == {"changed after posting": "-500.00"}


def test_a_line_moved_to_another_code_shows_by_code_only():
    town, _, app = town_with_a_bill()
    bill = town.books.bills[town.bill_of(app)]
    first, *rest = bill.lines
    other = next(line.item for line in rest if line.item)
    town.books.bills[bill.id] = replace(bill, lines=(replace(first, item=other), *rest))
    found = town.tie_out()
    assert not found.total("billed").classes
    assert {r.code: r.classes for r in found.at("code", "billed")} == {
        "03-300.S": {"changed after posting": money("1000")}, "05-120.M": {"changed after posting": money("-1000")}}
    holds(found)


def test_a_vendor_changed_on_a_bill_shows_in_both_vendors_rows():
    town, _, app = town_with_a_bill()
    bill = town.bill_of(app)
    town.books.bills[bill] = replace(town.books.bills[bill], vendor=town.vendor("Bolt"))
    rows = {r.vendor: r.classes for r in town.tie_out().at("vendor", "billed")}
    assert rows == {"Acme": {"changed after posting": money("1500")}, "Bolt": {"changed after posting": money("-1500")}}


def test_a_bill_taken_off_the_job_is_changed_after_posting():
    town, _, app = town_with_a_bill()
    bill = town.books.bills[town.bill_of(app)]
    town.books.bills[bill.id] = replace(bill, lines=tuple(replace(line, job="") for line in bill.lines))
    found = town.tie_out()
    assert classes(found, "billed") == {"changed after posting": "1500.00"}
    assert {r.project: r.classes for r in found.at("project", "retained")} == {
        "24-017": {"changed after posting": money("100")}, "unassigned": {"changed after posting": money("-100")}}
    holds(found)


def test_a_deleted_bill_counts_zero_and_is_changed_after_posting():
    town, _, app = town_with_a_bill()
    del town.books.bills[town.bill_of(app)]
    found = town.tie_out()
    assert figures(found)["billed"] == ("1500.00", "0.00")
    assert classes(found, "billed") == {"changed after posting": "1500.00"}


def test_an_application_set_back_and_kept_is_changed_after_posting():
    town, _, app = town_with_a_bill()
    town.set_status(app, "revise_and_resubmit")
    for _ in range(2):
        found = town.tie_out()
        assert figures(found)["billed"] == ("0.00", "1500.00")
        assert classes(found, "retained") == {"changed after posting": "-100.00"}
        assert found.unexplained == ZERO
        town.said |= {(p.kind, p.subject): Said(choice="keep") for p in town.intent(BILLS, app).problems}


def test_a_set_back_application_in_the_middle_leaves_the_later_ones_explained():
    town, sc, app = town_with_a_bill()
    town.application(sc, work={"03-300.S": "2000.00"}, dated=date(2026, 3, 31))
    town.sync()
    town.set_status(app, "revise_and_resubmit")
    found = town.tie_out()
    assert figures(found)["billed"] == ("2000.00", "3500.00")
    assert found.unexplained == ZERO
    holds(found)


def test_an_application_deleted_in_procore_is_changed_after_posting():
    town, _, app = town_with_a_bill()
    del town.field.requisitions[app]
    assert classes(town.tie_out(), "billed") == {"changed after posting": "-1500.00"}


@pytest.mark.parametrize("status", ["draft", "under_review", "revise_and_resubmit"])
def test_what_is_not_approved_counts_nowhere(status):
    town, sc, _ = town_with_a_bill()
    town.application(sc, work={"03-300.S": "2000.00"}, status=status, dated=date(2026, 3, 31))
    assert figures(town.tie_out())["billed"] == ("1500.00", "1500.00")


def test_a_terminated_commitment_that_the_rules_do_not_count_still_has_its_order():
    town, sc, _ = town_with_a_bill(rules=replace(RULES, subcontract_statuses=("Approved",)))
    town.set_status(sc, "Terminated")
    found = town.tie_out()
    assert figures(found)["committed"] == ("0.00", "15000.00")
    assert classes(found, "committed") == {"changed after posting": "-15000.00"}


def test_an_order_closed_in_quickbooks_is_still_committed():
    town, sc, _ = town_with_a_bill()
    order = town.order_of(sc)
    town.books.orders[order] = replace(town.books.orders[order], open=False)
    assert figures(town.tie_out())["committed"] == ("15000.00", "15000.00")


def test_an_order_typed_by_hand_is_only_in_quickbooks():
    town, sc, _ = town_with_a_bill()
    town.books.orders["by-hand"] = replace(town.books.orders[town.order_of(sc)], id="by-hand")
    assert classes(town.tie_out(), "committed") == {"only in QuickBooks": "-15000.00"}


def test_a_revised_contract_that_is_not_its_lines_is_on_hold_while_somebody_is_asked():
    town, sc, _ = town_with_a_bill()
    town.field.commitments[sc] = replace(town.field.commitments[sc], revised=money("15000.01"))
    found = town.tie_out()
    assert classes(found, "committed") == {"on hold": "0.01"}
    assert any("the lines come to 15,000.00" in text for check in found.checks for text in check.failures)


def test_a_cover_sheet_that_is_not_its_lines_is_unexplained():
    town, _, app = town_with_a_bill()
    town.field.requisitions[app] = replace(town.field.requisitions[app], completed=money("1500.01"))
    found = town.tie_out()
    assert classes(found, "billed") == {"unexplained": "0.01"}
    assert found.unexplained == money("0.02")                # billed and open, once each
    assert any("the whole is 1,500.01" in text for check in found.checks for text in check.failures)


def test_unexplained_amounts_do_not_cancel_each_other():
    town, _, app = town_with_a_bill()
    other = town.subcontract("SC-2", vendor="Bolt", lines={"03-300.S": "900.00"})
    second = town.application(other, work={"03-300.S": "90.00"})
    town.sync()
    town.field.requisitions[app] = replace(town.field.requisitions[app], completed=money("1510"))
    town.field.requisitions[second] = replace(town.field.requisitions[second], completed=money("80"))
    found = town.tie_out()
    assert found.total("billed").difference == ZERO
    assert found.unexplained == money("40")


def test_a_bill_that_was_linked_by_hand_at_another_amount_is_explained():
    town = Town()
    sc = town.subcontract("SC-1", vendor="Acme", lines={"03-300.S": "10000.00"})
    town.sync()
    hand = town.bill("Acme", {"5100": "900.00"}, number="RJK-101")
    app = town.application(sc, work={"03-300.S": "1000.00"}, held={"03-300.S": "100.00"}, invoice="RJK-101")
    town.sync()
    assert classes(town.tie_out(), "billed") == {"on hold": "1000.00", "only in QuickBooks": "-900.00"}
    town.said["bill_may_exist", f"{BILLS}:{app}"] = Said(choice=f"this_is_it:{hand}")
    before = classes(town.tie_out(), "billed")
    town.sync()
    assert before == classes(town.tie_out(), "billed") == {"changed after posting": "100.00"}
    assert not town.tie_out().total("open").classes


def test_tax_on_a_linked_bill_is_tax():
    town, _, app = town_with_a_bill()
    held = town.field.requisitions[app]
    town.field.requisitions[app] = replace(held, tax=money("90"), due_now=held.due_now + money("90"))
    bill = town.books.bills[town.bill_of(app)]
    taxed = (*bill.lines, Line(id="tax", amount=money("90"), account=town.account("5100"), job=town.job))
    town.books.bills[bill.id] = replace(bill, lines=taxed, total=bill.total + 90, balance=bill.balance + 90)
    found = town.tie_out()
    assert classes(found, "billed") == {"tax": "-90.00"} and classes(found, "open") == {"tax": "-90.00"}
    holds(found)


def test_inactive_names_still_count():
    town, _, app = town_with_a_bill()
    vendor = town.books.bills[town.bill_of(app)].vendor
    town.books.vendors[vendor] = replace(town.books.vendors[vendor], active=False)
    town.books.items = {key: replace(item, active=False) for key, item in town.books.items.items()}
    cost = town.account("5100")
    town.books.accounts[cost] = replace(town.books.accounts[cost], active=False)
    found = town.tie_out()
    assert figures(found)["billed"] == ("1500.00", "1500.00") and found.unexplained == ZERO


def test_C1_the_documents_behind_a_figure_are_named_on_both_sides():
    town, _, app = town_with_a_bill()
    town.pay("Acme", {town.bill_of(app): "900.00"})
    town.sync()
    documents = {e.document for r in town.tie_out().rows for e in r.entries}
    assert documents == {
        ("procore", "commitment", "SC-1"), ("procore", "subcontractor_invoice", app),
        ("procore", "payment_issued", next(iter(town.field.payments))),
        ("quickbooks", "purchase_order", town.order_of("SC-1")), ("quickbooks", "bill", town.bill_of(app)),
        ("quickbooks", "bill_payment", next(iter(town.books.payments)))}


def test_the_same_paper_typed_a_second_time_is_told():
    town, _, app = town_with_a_bill()
    town.books.bills["copy"] = replace(town.books.bills[town.bill_of(app)], id="copy")
    [check] = [c for c in town.tie_out().checks if c.name == "each document once"]
    assert check.failures == ("bill SC-1-1 of Acme over 1,400.00 stands 2 times",)


def test_a_retainage_line_moved_to_cost_shows_in_both_figures():
    town, _, app = town_with_a_bill()
    bill = town.books.bills[town.bill_of(app)]
    lines = tuple(replace(line, account=town.account("5100")) if line.account else line for line in bill.lines)
    town.books.bills[bill.id] = replace(bill, lines=lines)
    found = town.tie_out()
    assert classes(found, "retained") == {"changed after posting": "100.00"}
    assert classes(found, "billed") == {"changed after posting": "100.00"}


def test_what_was_entered_otherwise_than_agreed_fails_the_checks():
    """Nobody is asked yet, because both essences were written down as they are: only the tie-out sees it."""
    town, _, app = town_with_a_bill()
    bill = town.books.bills[town.bill_of(app)]
    lines = tuple(replace(line, amount=money("-60")) if line.account else line for line in bill.lines)
    wrong = replace(bill, lines=lines, total=bill.total + 40, balance=bill.balance + 40)
    picture = replace(town.picture(), bills={bill.id: wrong})
    found = tieout.tie_out(tieout.entries(picture, town.intents()), checks=tieout.checks(picture, town.intents()))
    assert classes(found, "retained") == {"unexplained": "40.00"}
    assert classes(found, "open") == {"unexplained": "-40.00"} and found.unexplained == money("80")
    failed = {check.name: check.failures for check in found.checks if check.failures}
    assert failed == {
        "line 8 less tax is the document's total": ("Invoice SC-1-1 of Acme: due 1,400.00, entered 1,440.00",),
        "line 5 is what the retainage account holds of it":
            ("Order SC-1 of Acme: retainage of its applications and of their bills differ by 40.00",)}


def test_to_json_says_the_payable_figures_as_text():
    town, sc, _ = town_with_a_bill()
    town.application(sc, work={"03-300.S": "0.50"}, dated=date(2026, 3, 31))
    found = tieout.to_json(town.tie_out(), rows=True)
    payable, rows = found["payable"], found["rows"]
    assert isinstance(payable, dict) and isinstance(rows, list)
    assert list(payable) == ["committed", "billed", "retained", "paid", "open"]
    assert payable["billed"] == {"procore": "1500.50", "quickbooks": "1500.00", "difference": "0.50",
                                 "classes": {"in flight": "0.50"}}
    assert found["unexplained"] == "0.00" and rows[0]["level"] == "project"
