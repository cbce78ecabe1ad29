"""Payments, credits, history and what is typed by hand: where a tie-out could hide an amount, and does not."""
from dataclasses import replace
from datetime import date

import pytest

from tests.support.pictures import Town
from tests.support.tied import classes, figures, holds, town_with_a_bill
from tieout.core import tieout
from tieout.core.money import ZERO, money
from tieout.core.picture import Said
from tieout.core.tieout import PAYABLE


@pytest.mark.parametrize("vendor", ["Acme", "Stranger"])
def test_a_bill_typed_by_hand_on_the_job_is_only_in_quickbooks(vendor):
    town, _, _ = town_with_a_bill()
    town.bill(vendor, {"5100": "725.00"}, number="WW-3391")
    found = town.tie_out()
    figure = "billed" if vendor == "Acme" else "direct_cost"
    assert classes(found, figure) == {"only in QuickBooks": "-725.00"}
    assert classes(found, "job_cost") == {"only in QuickBooks": "-725.00"}
    assert classes(found, "open") == ({"only in QuickBooks": "-725.00"} if vendor == "Acme" else {})
    holds(found)


def test_expenses_and_journals_on_the_job_are_cost_and_nothing_hides():
    town, _, _ = town_with_a_bill()
    town.expense("City Hall", {"5100": "1250.00", "2050": "-10.00"})
    town.journal(("5100", "3850.00", "", True), ("6000", "-3850.00", "", False))
    found = town.tie_out()
    assert classes(found, "direct_cost") == {"only in QuickBooks": "-5100.00"}
    assert classes(found, "retained") == {"only in QuickBooks": "-10.00"}
    assert {r.vendor for r in found.at("vendor", "direct_cost")} == {"City Hall", "unassigned"}
    assert found.total("direct_cost").procore is None
    holds(found)


def test_balance_sheet_lines_are_never_job_cost():
    town, _, _ = town_with_a_bill()
    town.bill("Acme", {"1000": "50.00", "2000": "20.00"})
    assert figures(town.tie_out())["billed"] == ("1500.00", "1500.00")


def test_journal_lines_on_the_retainage_account_name_a_vendor_or_a_project_and_are_unassigned():
    town, _, _ = town_with_a_bill()
    town.journal(("2050", "180.00", "Acme", False), ("2050", "-40.00", "", True), ("2000", "-140.00", "Acme", False))
    found = town.tie_out()
    rows = {(r.project, r.vendor): r for r in found.at("vendor", "retained")}
    assert rows["unassigned", "Acme"].quickbooks == money("-180")
    assert rows["24-017", "unassigned"].classes == {"only in QuickBooks": money("-40")}
    assert figures(found)["retained"] == ("100.00", "-40.00")
    holds(found)


def test_what_names_no_project_is_counted_once_over_several_projects():
    one, _, _ = town_with_a_bill()
    other = Town(number="24-018")
    other.books = one.books
    one.journal(*[("2050", "180.00", "Acme", False)] * 2, ("2000", "-360.00", "Acme", False))
    parts = [tieout.tie_out(town.entries(), keep_entries=False) for town in (one, other)]
    assert all(r.project == "unassigned" for part in parts for r in part.rows if r.entries)
    found = tieout.joined(parts)
    assert [str(r.quickbooks) for r in found.at("project", "retained") if r.project == "unassigned"] == ["-360.00"]
    holds(found)


def test_a_release_typed_by_hand_is_only_in_quickbooks_and_procores_own_waits():
    town, sc, _ = town_with_a_bill()
    town.bill("Acme", {"2050": "100.00"}, number="RET-1")
    town.application(sc, released={"03-300.S": "100.00"}, dated=date(2026, 3, 31))
    town.sync()
    found = town.tie_out()
    assert figures(found)["retained"] == ("0.00", "0.00")
    assert {r.vendor: r.classes for r in found.at("vendor", "retained")} == {
        "Acme": {"on hold": money("-100"), "only in QuickBooks": money("100")}}
    holds(found)


def town_with_history() -> tuple[Town, str]:
    """An application of 2025, its bill typed by hand and paid, both noted in Procore; then one of 2026."""
    town = Town()
    sc = town.subcontract("SC-1", vendor="Acme", lines={"03-300.S": "10000.00"})
    town.sync()                                              # the job
    old = town.application(sc, work={"03-300.S": "1000.00"}, held={"03-300.S": "100.00"}, dated=date(2025, 12, 31))
    bill = town.bill("Acme", {"5100": "1000.00", "2050": "-100.00"}, dated=date(2025, 12, 31))
    town.pay("Acme", {bill: "900.00"}, dated=date(2026, 1, 15))
    town.payment_issued(old, "900.00", dated=date(2026, 1, 15))
    new = town.application(sc, work={"03-300.S": "500.00"}, held={"03-300.S": "50.00"}, dated=date(2026, 1, 31))
    town.sync()
    return town, new


def test_history_before_the_start_nets_against_history():
    town, new = town_with_history()
    assert town.bill_of(new)
    found = town.tie_out()
    assert figures(found) == {
        "committed": ("10000.00", "10000.00"), "billed": ("1500.00", "1500.00"), "retained": ("150.00", "150.00"),
        "paid": ("900.00", "900.00"), "open": ("450.00", "450.00")}
    assert not any(found.total(figure).classes for figure in PAYABLE)


def test_history_that_does_not_net_is_excluded_by_rule():
    town, _ = town_with_history()
    town.bill("Acme", {"5100": "30.00"}, dated=date(2025, 11, 30))
    assert classes(town.tie_out(), "billed") == {"excluded by rule": "-30.00"}


def test_a_start_given_as_an_application_number_excludes_what_is_before_it():
    town = Town(start=None, from_application=2)
    sc = town.subcontract("SC-1", vendor="Acme", lines={"03-300.S": "10000.00"})
    town.field.commitments[sc] = replace(town.field.commitments[sc], dated=date(2025, 11, 1))
    town.sync()
    town.application(sc, work={"03-300.S": "1000.00"}, dated=date(2025, 12, 31))
    town.bill("Acme", {"5100": "990.00"}, dated=date(2026, 1, 2))
    town.application(sc, work={"03-300.S": "500.00"}, dated=date(2026, 1, 31))
    town.sync()
    town.bill("Acme", {"5100": "7.00"}, dated=date(2026, 2, 2))
    assert classes(town.tie_out(), "billed") == {"excluded by rule": "10.00", "only in QuickBooks": "-7.00"}


def test_C5_a_negative_application_and_its_used_credit_leave_both_sides_equal():
    town, sc, app = town_with_a_bill()
    minus = town.application(sc, work={"03-300.S": "-400.00"}, held={"03-300.S": "-40.00"}, dated=date(2026, 3, 31))
    town.sync()
    assert town.books.bills[town.bill_of(minus)].credit
    assert figures(town.tie_out())["open"] == ("1040.00", "1040.00")
    town.pay("Acme", {town.bill_of(app): "1400.00"}, credits={town.bill_of(minus): "360.00"})
    town.sync()
    found = town.tie_out()
    assert figures(found) == {
        "committed": ("15000.00", "15000.00"), "billed": ("1100.00", "1100.00"), "retained": ("60.00", "60.00"),
        "paid": ("1040.00", "1040.00"), "open": ("0.00", "0.00")}
    assert found.unexplained == ZERO
    holds(found)


def test_a_credit_typed_by_hand_is_only_in_quickbooks_before_and_after_it_is_used():
    town, _, app = town_with_a_bill()
    credit = town.bill("Acme", {"5100": "-200.00"}, credit=True)
    assert classes(town.tie_out(), "open") == {"only in QuickBooks": "200.00"}
    town.pay("Acme", {town.bill_of(app): "1400.00"}, credits={credit: "200.00"})
    town.sync()
    found = town.tie_out()
    assert figures(found)["paid"] == ("1200.00", "1200.00")
    assert figures(found)["open"] == ("200.00", "0.00")
    assert classes(found, "open") == {"only in QuickBooks": "200.00"}
    holds(found)


def test_a_credit_from_elsewhere_used_here_is_shown():
    town, _, app = town_with_a_bill()
    credit = town.bill("Acme", {"5100": "-200.00"}, credit=True, job=False)
    town.pay("Acme", {town.bill_of(app): "1400.00"}, credits={credit: "200.00"})
    del town.books.bills[credit]                             # another job's: no part of this project's picture
    town.sync()
    found = town.tie_out()
    assert classes(found, "open") == {"only in QuickBooks": "200.00"}
    assert found.unexplained == ZERO
    holds(found)


def test_a_payment_over_three_bills_of_which_one_was_typed_by_hand():
    town, sc, app = town_with_a_bill()
    later = town.application(sc, work={"05-120.M": "600.00"}, dated=date(2026, 3, 31))
    town.sync()
    stray = town.bill("Acme", {"5100": "50.00"})
    town.pay("Acme", {town.bill_of(app): "1400.00", town.bill_of(later): "250.00", stray: "50.00"})
    town.sync()
    found = town.tie_out()
    assert figures(found)["paid"] == ("1650.00", "1700.00")
    assert classes(found, "paid") == {"only in QuickBooks": "-50.00"}
    assert figures(found)["open"] == ("350.00", "350.00")
    assert not found.total("open").classes
    holds(found)


def test_a_voided_and_a_deleted_payment_count_nothing_once_procore_knows():
    town, sc, app = town_with_a_bill()
    later = town.application(sc, work={"05-120.M": "600.00"}, dated=date(2026, 3, 31))
    town.sync()
    voided, deleted = (town.pay("Acme", {town.bill_of(one): amount}) for one, amount in
                       ((app, "1400.00"), (later, "600.00")))
    town.sync()
    assert figures(town.tie_out())["paid"] == ("2000.00", "2000.00")
    town.void(voided)
    town.delete_payment(deleted)
    assert classes(town.tie_out(), "paid") == {"in flight": "2000.00"}
    town.sync()
    found = town.tie_out()
    assert figures(found)["paid"] == ("0.00", "0.00") and figures(found)["open"] == ("2000.00", "2000.00")


def test_an_overpayment_stands_in_a_row_of_its_own():
    town, _, app = town_with_a_bill()
    town.pay("Acme", {town.bill_of(app): "1400.00"}, extra="250.00")
    town.sync()
    found = town.tie_out()
    assert figures(found)["paid"] == ("1400.00", "1400.00")
    [row] = found.at("vendor", "unapplied")
    assert (row.project, row.vendor, row.procore, row.quickbooks) == ("unassigned", "Acme", None, money("250"))
    assert row.classes == {"only in QuickBooks": money("-250")}


def test_an_unused_credit_that_names_no_job_stands_in_a_row_of_its_own():
    town, _, _ = town_with_a_bill()
    town.bill("Acme", {"6000": "-80.00"}, credit=True, job=False)
    [row] = town.tie_out().at("vendor", "unapplied")
    assert row.quickbooks == money("80")


def test_a_payment_typed_in_procore_is_only_in_procore():
    town, _, app = town_with_a_bill()
    town.payment_issued(app, "300.00")
    found = town.tie_out()
    assert classes(found, "paid") == {"only in Procore": "300.00"}
    assert classes(found, "open") == {"only in Procore": "-300.00"}


def test_a_payment_changed_in_procore_is_changed_after_posting():
    town, _, app = town_with_a_bill()
    town.pay("Acme", {town.bill_of(app): "900.00"})
    town.sync()
    [key] = town.field.payments
    town.field.payments[key] = replace(town.field.payments[key], amount=money("800.00"))
    assert classes(town.tie_out(), "paid") == {"changed after posting": "-100.00"}


def test_what_quickbooks_shows_as_open_must_be_what_its_payments_leave():
    town, _, app = town_with_a_bill()
    bill = town.bill_of(app)
    town.books.bills[bill] = replace(town.books.bills[bill], balance=money("1300"))
    found = town.tie_out()
    assert classes(found, "open") == {"unexplained": "100.00"} and found.unexplained == money("100")


def test_as_of_a_past_date_only_documents_up_to_it_count():
    town, sc, app = town_with_a_bill()
    town.application(sc, work={"03-300.S": "2000.00"}, dated=date(2026, 3, 31))
    town.sync()
    town.pay("Acme", {town.bill_of(app): "900.00"}, dated=date(2026, 4, 2))
    town.sync()
    assert figures(town.tie_out(as_of=date(2026, 3, 1))) == {
        "committed": (None, None), "billed": ("1500.00", "1500.00"), "retained": ("100.00", "100.00"),
        "paid": ("0.00", "0.00"), "open": ("1400.00", "1400.00")}
    later = town.tie_out(as_of=date(2026, 4, 1))
    assert figures(later)["billed"] == ("3500.00", "3500.00") and figures(later)["open"] == ("3400.00", "3400.00")
    assert later.unexplained == ZERO and "unavailable" in later.notes[0]
    [committed] = later.at("project", "committed")
    assert (committed.procore, committed.quickbooks) == (None, None) and "unavailable" in committed.note


def test_A204_a_document_moved_out_of_a_closed_period_is_prior_period_between_its_two_dates():
    town, sc, _ = town_with_a_bill()
    town.books.company = replace(town.books.company, closed_through=date(2026, 3, 31))
    app = town.application(sc, work={"03-300.S": "2000.00"}, dated=date(2026, 3, 31))
    town.said["closed_period", f"subcontractor_invoice_to_bill:{app}"] = Said(choice="first_open_day")
    town.sync()
    assert town.books.bills[town.bill_of(app)].dated == date(2026, 4, 1)
    found = town.tie_out(as_of=date(2026, 3, 31))
    assert classes(found, "billed") == {"prior period": "2000.00"} and found.unexplained == ZERO
    assert not town.tie_out(as_of=date(2026, 4, 1)).total("billed").classes


def test_a_payment_of_a_bill_that_went_to_another_vendor_is_changed_after_posting():
    town, _, app = town_with_a_bill()
    bill = town.bill_of(app)
    town.books.bills[bill] = replace(town.books.bills[bill], vendor=town.vendor("Bolt"))
    town.pay("Bolt", {bill: "400.00"})
    town.sync()
    found = town.tie_out()
    assert {r.vendor: r.classes for r in found.at("vendor", "paid")} == {
        "Acme": {"changed after posting": money("400")}, "Bolt": {"changed after posting": money("-400")}}
    assert found.unexplained == ZERO
    holds(found)


def test_a_bill_of_another_project_that_was_moved_onto_this_job_is_changed_after_posting():
    town, _, _ = town_with_a_bill()
    stray = town.bill("Acme", {"5100": "60.00"})
    picture = replace(town.picture(), linked_elsewhere={("bill", stray): "elsewhere"})
    found = tieout.tie_out(tieout.entries(picture, town.intents()))
    assert classes(found, "billed") == {"changed after posting": "-60.00"}
