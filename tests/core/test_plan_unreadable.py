"""A record that is there and cannot be read is no deleted record."""
from dataclasses import replace

import pytest

from tests.support.pictures import BILL_FLOW, PAYMENT_FLOW, Town
from tests.support.planned import APP, town_with_a_bill
from tieout.core.picture import Slot
from tieout.core.plan import Intent, plan


def intent_with(town: Town, slot: Slot, *unreadable: tuple[str, str]) -> Intent:
    picture = replace(town.picture(), unreadable=frozenset(unreadable))
    return next(intent for intent in plan(picture, town.present()) if intent.wish.slot == slot)


def test_a_bill_that_cannot_be_read_is_not_asked_about_as_deleted():
    town = town_with_a_bill()
    bill = town.bill_of(APP)
    del town.books.bills[bill]
    intent = intent_with(town, Slot(flow=BILL_FLOW, key=APP), ("bill", bill))
    assert (intent.act, intent.why) == ("wait", f"bill {bill} cannot be read")


def test_an_application_that_cannot_be_read_is_not_asked_about_as_deleted():
    town = town_with_a_bill()
    del town.field.requisitions[APP]
    assert intent_with(town, Slot(flow=BILL_FLOW, key=APP), ("subcontractor_invoice", APP)).act == "wait"


@pytest.mark.parametrize("lost", ["payment", "bill", "application"])
def test_a_payment_is_not_taken_out_of_procore_because_something_cannot_be_read(lost: str):
    town = town_with_a_bill()
    bill = town.bill_of(APP)
    payment = town.pay("Acme", {bill: "900.00"})
    town.sync()
    slot = Slot(flow=PAYMENT_FLOW, key=f"{payment}:{bill}")
    del {"payment": town.books.payments, "bill": town.books.bills, "application": town.field.requisitions}[lost][
        {"payment": payment, "bill": bill, "application": APP}[lost]]
    place = {"payment": ("bill_payment", payment), "bill": ("bill", bill),
             "application": ("subcontractor_invoice", APP)}[lost]
    assert intent_with(town, slot, place).act == "wait"
    if lost == "payment":
        assert intent_with(town, slot).act == "reverse"
