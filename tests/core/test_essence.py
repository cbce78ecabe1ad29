"""Which fields of a document matter, and how a change of one is told."""
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from tieout.core import essence
from tieout.core.books import Account, Bill, Customer, Item, Line, PurchaseOrder, Vendor
from tieout.core.construction import PaymentIssued
from tieout.core.drafts import (
    BillDraft,
    Draft,
    ItemDraft,
    JobDraft,
    LineDraft,
    OrderDraft,
    PaymentDraft,
    Ref,
    VendorDraft,
)
from tieout.core.money import money

ITEM, ACCOUNT, JOB = Ref(kind="item", name="03", id="i"), Ref(kind="account", name="2050", id="25"), Ref(
    kind="job", name="j", id="j")
DRAFTS = (LineDraft(source="a", role="cost", coding=ITEM, account=ACCOUNT, job=JOB, amount=money("10")),
          LineDraft(source="retained", role="retained", coding=ACCOUNT, account=ACCOUNT, job=JOB, amount=money("-1")))
LINES = (Line(id="1", item="i", job="j", amount=money("10")), Line(id="2", account="25", job="j", amount=money("-1")))
BILL_DRAFT = BillDraft(vendor=Ref(kind="vendor", name="v", id="v"), number="7", dated=date(2026, 1, 31), due=None,
                       lines=DRAFTS, payable=ACCOUNT)
BILL = Bill(id="b", version="0", vendor="v", number="7", dated=date(2026, 1, 31), due=None, lines=LINES,
            total=money("9"), balance=money("9"))
ORDER = PurchaseOrder(id="o", version="0", vendor="v", number="SC-1", dated=date(2026, 1, 5), lines=LINES,
                      total=money("9"))
PAID = PaymentIssued(id="p", check_number="1", project="x", commitment="c", requisition="r", amount=money("9"),
                     dated=date(2026, 2, 1))


@pytest.mark.parametrize(("draft", "held"), [
    (BILL_DRAFT, BILL),
    (OrderDraft(vendor=BILL_DRAFT.vendor, number="SC-1", dated=date(2026, 1, 5), lines=DRAFTS), ORDER),
    (PaymentDraft(project=JOB, commitment=Ref(kind="commitment", name="c", id="c"), amount=money("9"),
                  invoice=Ref(kind="subcontractor_invoice", name="r", id="r"), dated=date(2026, 2, 1),
                  check_number="1", method="check"), PAID),
    (JobDraft(name="j", customer=Ref(kind="customer", name="c", id="c1")),
     Customer(id="j", name="other", full_name="c:other", parent="c1")),
    (VendorDraft(name="v"), Vendor(id="v", name="renamed since")),
    (ItemDraft(name="i", description="", expense=ACCOUNT),
     Item(id="i", name="renamed since", type="Service", expense_account="99")),
])
def test_I4_what_was_drafted_and_what_was_entered_are_compared_in_the_same_words(draft: Draft, held: object):
    assert essence.of_draft(draft) == essence.of_held(held)


@pytest.mark.parametrize("change", [
    {"note": "n"}, {"number": "8"}, {"due": date(2026, 5, 1)}, {"version": "9"}, {"balance": money("0")},
    {"paid_by": ("1",)}, {"lines": LINES[::-1]},
    {"lines": (replace(LINES[0], description="d", order="o", order_line="1", quantity=Decimal(3)), LINES[1])},
    {"lines": (*LINES, Line(id="3", amount=money("0"), description="a note only"))}])
def test_memo_number_terms_payment_order_of_lines_and_notes_do_not_matter(change: dict[str, object]):
    assert essence.of_held(replace(BILL, **change)) == essence.of_held(BILL)


@pytest.mark.parametrize("change", [
    {"vendor": "w"}, {"dated": date(2026, 2, 1)}, {"lines": LINES[:1]},
    {"lines": (replace(LINES[0], amount=money("10.01")), LINES[1])},
    {"lines": (replace(LINES[0], job=""), LINES[1])}, {"lines": (replace(LINES[0], item="k"), LINES[1])},
    {"lines": (replace(LINES[0], item="", account="i"), LINES[1])}])
def test_vendor_date_and_each_lines_code_project_and_amount_matter(change: dict[str, object]):
    assert essence.of_held(replace(BILL, **change)) != essence.of_held(BILL)


def test_the_date_of_an_order_does_not_matter_for_it_moves_no_balance():
    assert essence.of_held(replace(ORDER, dated=date(2026, 9, 9), open=False)) == essence.of_held(ORDER)


@pytest.mark.parametrize("change", [{"amount": money("8")}, {"dated": None}, {"requisition": ""}, {"commitment": "d"}])
def test_amount_date_invoice_and_commitment_of_a_payment_matter(change: dict[str, object]):
    assert essence.of_held(replace(PAID, **change)) != essence.of_held(PAID)


def test_A149_the_number_that_a_check_gets_when_it_is_printed_matters_however_it_is_spelt():
    assert essence.of_held(replace(PAID, check_number="10044")) != essence.of_held(replace(PAID, check_number="QB-7"))
    assert essence.of_held(replace(PAID, check_number="QB-7")) == essence.of_held(replace(PAID, check_number="qb 007"))


@pytest.mark.parametrize("change", [{"notes": "n"}, {"number": "3"}, {"origin": "QB"}])
def test_the_number_procore_gives_a_payment_and_its_notes_do_not_matter(change: dict[str, str]):
    assert essence.of_held(replace(PAID, **change)) == essence.of_held(PAID)


def test_what_no_flow_makes_is_not_compared():
    with pytest.raises(TypeError, match="Account is not a document"):
        essence.of_held(Account(id="1", number="1", name="x", type="Bank"))


# --- which line is which ---------------------------------------------------------------------------------------------


def test_each_line_is_found_again_on_the_document_by_code_project_and_amount():
    assert essence.parts(DRAFTS, LINES, {}) == {"a": "1", "retained": "2"}
    assert essence.parts(DRAFTS, LINES[::-1], {}) == {"a": "1", "retained": "2"}


def test_two_equal_lines_are_told_apart_and_none_is_given_out_twice():
    drafts = (DRAFTS[0], replace(DRAFTS[0], source="b"))
    lines = (LINES[0], replace(LINES[0], id="3"))
    assert sorted(essence.parts(drafts, lines, {}).values()) == ["1", "3"]
    assert essence.parts(drafts, lines[:1], {}) == {"a": "1"}


def test_a_line_known_before_keeps_its_id_though_its_amount_has_changed():
    changed = (replace(LINES[0], amount=money("500")), LINES[1])
    assert essence.parts(DRAFTS, changed, {"a": "1"}) == {"a": "1", "retained": "2"}
    assert essence.parts(DRAFTS, LINES, {"a": "gone"}) == {"a": "1", "retained": "2"}


def test_a_known_line_is_not_given_to_another_that_looks_like_it():
    drafts = (replace(DRAFTS[0], source="new"), DRAFTS[0])
    assert essence.parts(drafts, LINES, {"a": "1"}) == {"a": "1"}


# --- in words --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("change", "words"), [
    ({"dated": date(2026, 2, 1)}, "date 2026-01-31 is now 2026-02-01"),
    ({"vendor": "w"}, "vendor v is now w"),
    ({"lines": LINES[:1]}, "lines come to 10.00 instead of 9.00"),
    ({"lines": (replace(LINES[0], item="k"), LINES[1])}, "lines are coded or split differently"),
    ({"number": "8"}, "nothing that matters"),
])
def test_a_change_is_told_with_the_figure_before_and_the_figure_now(change: dict[str, object], words: str):
    assert essence.difference(essence.of_held(BILL), essence.of_held(replace(BILL, **change))) == words


def test_several_changes_are_all_told():
    now = replace(PAID, amount=money("-8.50"), dated=None)
    assert essence.difference(essence.of_held(PAID), essence.of_held(now)) == (
        "date 2026-02-01 is now none; amount 9.00 is now (8.50)")
    assert essence.difference("", essence.of_held(PAID)).endswith("amount none is now 9.00")
