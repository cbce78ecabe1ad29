"""Sums that hold whatever the figures are: retainage to zero, debits and credits, slices of a payment."""
from dataclasses import replace
from datetime import date
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.pictures import BILL_FLOW, RULES, Town
from tieout.core import retainage
from tieout.core.books import BillPayment, PaidDocument
from tieout.core.drafts import BillDraft, LineDraft, Ref
from tieout.core.flows.bill_payment_to_payment_issued import cash_per_bill
from tieout.core.flows.commitment_to_purchase_order import priced
from tieout.core.money import ZERO, from_cents, rounded
from tieout.core.names import same_number
from tieout.core.plan import Effect, effect_of, netted

CODES = ("03-300.S", "05-120.M", "26-100.O")
CENTS = st.integers(min_value=-500_000, max_value=500_000)
SOME = st.integers(min_value=0, max_value=300_000)


@st.composite
def applications(draw: st.DrawFn) -> list[dict[str, tuple[int, int, int]]]:
    """For each application and code: work, held, released, in cents. No line releases more than it holds."""
    chain: list[dict[str, tuple[int, int, int]]] = []
    balance = dict.fromkeys(CODES, 0)
    for _ in range(draw(st.integers(min_value=1, max_value=6))):
        moves = {}
        for code in draw(st.sets(st.sampled_from(CODES))):
            work, held = draw(CENTS), draw(CENTS)
            held = max(held, -balance[code])
            released = draw(st.integers(min_value=0, max_value=max(0, balance[code] + held)))
            balance[code] += held - released
            moves[code] = (work, held, released)
        chain.append(moves)
    chain.append({code: (0, 0, left) for code, left in balance.items() if left})     # the final release
    return chain


def billed(chain: list[dict[str, tuple[int, int, int]]], lines: str) -> Town:
    town = Town(rules=replace(RULES, retainage_lines=lines))
    sc = town.subcontract("SC-1", vendor="Acme", lines=dict.fromkeys(CODES, "10000.00"))
    for month, moves in enumerate(chain, 1):
        work, held, released = ({code: str(from_cents(move[n])) for code, move in moves.items()} for n in range(3))
        town.application(sc, work=work, held=held, released=released, dated=date(2026, month, 28))
    return town


@given(applications(), st.sampled_from(("document", "line")))
@settings(max_examples=60, deadline=None)
def test_A136_after_any_sequence_of_held_and_released_the_liability_is_line_5_and_ends_at_zero(
        chain: list[dict[str, tuple[int, int, int]]], lines: str):
    town = billed(chain, lines)
    town.sync()
    assert not [problem for intent in town.intents() for problem in intent.problems]
    by_application = {slot.key: link.target for slot, link in town.links.items() if slot.flow == BILL_FLOW}
    balance = ZERO
    for application in town.applications_of("SC-1"):
        if bill := town.books.bills.get(by_application[application.id]):
            balance -= sum((line.amount for line in bill.lines if line.account == "25"), ZERO)
            assert bill.total == application.due_now
        else:
            assert application.due_now == ZERO
        assert balance == application.retained
    assert balance == ZERO == retainage.held_for(town.picture(), town.vendor("Acme"))


@given(applications(), st.sampled_from(("document", "line")))
@settings(max_examples=60, deadline=None)
def test_I4_the_debits_of_every_bill_equal_its_credits_and_its_lines_come_to_its_total(
        chain: list[dict[str, tuple[int, int, int]]], lines: str):
    town = billed(chain, lines)
    for intent in town.intents():
        assert sum((e.debit for e in intent.effect), ZERO) == sum((e.credit for e in intent.effect), ZERO)
        assert all((not e.debit or not e.credit) and e.debit >= 0 and e.credit >= 0 for e in intent.effect)
        if isinstance(intent.draft, BillDraft):
            assert intent.draft.total == intent.wish.amount == sum((x.amount for x in intent.draft.lines), ZERO)
            assert intent.draft.credit is (intent.draft.total < 0)
            moved = sum((e.debit - e.credit for e in intent.effect if e.account == "2000 Accounts payable"), ZERO)
            assert moved == -intent.draft.total


@given(applications(), st.integers(min_value=-100_000, max_value=100_000).filter(bool))
@settings(max_examples=40, deadline=None)
def test_I4_a_correction_is_balanced_and_moves_the_difference_and_no_more(
        chain: list[dict[str, tuple[int, int, int]]], change: int):
    town = billed(chain, "document")
    town.sync()
    first = town.field.requisitions["SC-1#1"]
    more = from_cents(change)
    line = replace(first.lines[0], completed=first.lines[0].completed + more)
    town.field.requisitions[first.id] = replace(
        first, lines=(line, *first.lines[1:]), completed=first.completed + more, due_now=first.due_now + more)
    intent = town.intent(BILL_FLOW, first.id)
    assert sum((e.debit - e.credit for e in intent.effect), ZERO) == ZERO
    if intent.act == "correct":
        moved = {e.account: e.debit - e.credit for e in intent.effect}
        assert moved == {"5100 Subcontractors": more, "2000 Accounts payable": -more}
    else:
        assert intent.act in ("enter", "reverse", "ask")


@given(st.lists(st.tuples(st.sampled_from("ABC"), CENTS), max_size=20))
def test_I4_netted_entries_keep_every_accounts_sum_and_leave_out_what_comes_to_nothing(rows: list[tuple[str, int]]):
    effects = tuple(Effect(account=name, debit=from_cents(max(cents, 0)), credit=from_cents(max(-cents, 0)))
                    for name, cents in rows)
    sums = {name: sum(cents for other, cents in rows if other == name) for name in "ABC"}
    found = {e.account: e.debit - e.credit for e in netted(effects)}
    assert found == {name: from_cents(cents) for name, cents in sums.items() if cents}


@given(st.lists(CENTS, max_size=8))
def test_I4_the_effect_of_any_draft_is_balanced(amounts: list[int]):
    account = Ref(kind="account", name="5100", id="51")
    lines = tuple(LineDraft(source=str(n), role="cost", coding=account, account=account, amount=from_cents(cents),
                            job=Ref(kind="job", name="j", id="j")) for n, cents in enumerate(amounts))
    draft = BillDraft(vendor=Ref(kind="vendor", name="v", id="v"), number="1", dated=date(2026, 1, 1), due=None,
                      lines=lines, payable=Ref(kind="account", name="2000", id="20"))
    assert sum((e.debit - e.credit for e in effect_of(draft)), ZERO) == ZERO


@given(st.lists(st.tuples(st.sampled_from(("1", "2", "3", "4")), st.sampled_from(("SC-1", "SC-2", "")), SOME),
                min_size=1, max_size=6),
       st.lists(st.tuples(st.sampled_from(("vendor_credit", "journal_entry")),
                          st.sampled_from(("SC-1", "SC-2", "")), SOME), max_size=4))
def test_A151_the_slices_of_a_payment_are_its_cash_and_none_is_below_zero_or_above_its_bill(
        bills: list[tuple[str, str, int]], credits: list[tuple[str, str, int]]):
    whole = sum(cents for *_, cents in bills)
    used, left = [], whole                                   # QuickBooks takes no credit beyond the bills
    for n, (kind, home, cents) in enumerate(credits):
        used.append((kind, f"c{n}", home, min(cents, left)))
        left -= min(cents, left)
    documents = [PaidDocument(kind="bill", id=one, amount=from_cents(cents)) for one, _, cents in bills]
    documents += [PaidDocument(kind=kind, id=one, amount=from_cents(cents)) for kind, one, _, cents in used]
    payment = BillPayment(id="p", version="0", vendor="v", number="1", dated=date(2026, 1, 1),
                          total=from_cents(left), documents=tuple(documents))
    commitment_of = {("bill", one): home for one, home, _ in bills if home}
    commitment_of |= {(kind, one): home for kind, one, home, _ in used if home}
    slices = cash_per_bill(payment, commitment_of)
    assert sum(slices.values(), ZERO) == payment.total
    for bill, cash in slices.items():
        assert ZERO <= cash <= from_cents(sum(cents for one, _, cents in bills if one == bill))


def test_A144_a_credit_lowers_the_bills_of_its_own_commitment_first():
    documents = tuple(PaidDocument(kind=kind, id=one, amount=from_cents(cents)) for kind, one, cents in (
        ("bill", "a", 50_00), ("bill", "b", 60_00), ("vendor_credit", "c", 40_00)))
    payment = BillPayment(id="p", version="0", vendor="v", number="1", dated=date(2026, 1, 1), total=from_cents(70_00),
                          documents=documents)
    home = {("bill", "a"): "SC-1", ("bill", "b"): "SC-2", ("vendor_credit", "c"): "SC-2"}
    assert cash_per_bill(payment, home) == {"a": from_cents(50_00), "b": from_cents(20_00)}
    del home["vendor_credit", "c"]
    assert cash_per_bill(payment, home) == {"a": from_cents(10_00), "b": from_cents(60_00)}


@given(st.integers(min_value=1, max_value=10**7), st.decimals(min_value="0.0001", max_value="9999", places=4), CENTS)
def test_A125_quantity_times_rate_always_gives_the_amount_to_the_cent(units: int, price: Decimal, off: int):
    quantity = Decimal(units).scaleb(-2)
    for amount in (rounded(quantity * price), rounded(quantity * price) + from_cents(off)):
        found, rate, _ = priced("item", amount, quantity, price, "lf")
        assert found is not None and rate is not None
        assert rounded(found * rate) == amount


@given(st.text(max_size=20), st.text(max_size=20))
def test_whether_two_numbers_are_the_same_does_not_depend_on_which_comes_first(one: str, other: str):
    assert same_number(one, other) is same_number(other, one)
