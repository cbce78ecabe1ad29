"""Payments that cover more than one project's bills, and what else can stand on a payment."""
from dataclasses import replace
from datetime import date

import pytest

from tests.support.pictures import PAYMENT_FLOW, Town
from tieout.core.books import BillPayment, PaidDocument
from tieout.core.flows import bill_payment_to_payment_issued as payments
from tieout.core.flows.bill_payment_to_payment_issued import cash_per_bill
from tieout.core.money import ZERO, money


def paid(total: str, *documents: tuple[str, str, str]) -> BillPayment:
    return BillPayment(id="p", version="0", vendor="v", number="1", dated=date(2026, 3, 20), total=money(total),
                       documents=tuple(PaidDocument(kind=k, id=i, amount=money(a)) for k, i, a in documents))


@pytest.mark.parametrize("kind", ["journal_entry", "deposit"])
def test_a_refund_or_a_journal_entry_that_is_paid_along_takes_no_cash_from_the_bill(kind: str):
    assert cash_per_bill(paid("1500.00", ("bill", "a", "1000.00"), (kind, "j", "500.00")), {}) == {"a": money("1000")}


def test_a_journal_entry_that_is_used_as_a_credit_lowers_the_cash():
    assert cash_per_bill(paid("500.00", ("bill", "a", "1000.00"), ("journal_entry", "j", "500.00")), {}) == {
        "a": money("500")}


def test_A151_one_check_over_two_projects_reports_its_cash_once_whosever_credit_was_used():
    """Each project is planned by itself; the other one's bill and credit are known to be the other one's."""
    town = Town()
    sc = town.subcontract("SC-1", vendor="Acme", lines={"03-300.S": "10000.00"})
    app = town.application(sc, work={"03-300.S": "1000.00"})
    town.sync()
    ours = town.bill_of(app)
    check = paid("1500.00", ("bill", ours, "1000.00"), ("bill", "theirs", "1000.00"), ("vendor_credit", "vc", "500.00"))
    picture = replace(town.picture(), bill_payments={"p": check},
                      linked_elsewhere={("bill", "theirs"): "SC-9", ("vendor_credit", "vc"): "SC-9"})
    [wish] = payments.wishes(picture)
    assert (wish.slot.flow, wish.amount) == (PAYMENT_FLOW, money("1000"))
    assert cash_per_bill(check, picture.commitment_of)["theirs"] == money("500")
    assert sum(cash_per_bill(check, picture.commitment_of).values(), ZERO) == check.total
