from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.adapters.quickbooks_online.office import Office
from tieout.adapters.quickbooks_online import client
from tieout.core.drafts import Draft, ItemDraft, JobDraft
from tieout.ports import NoAnswer, NotUnderstood, Order


@pytest.fixture
def office() -> Office:
    return Office()


def lost(office: Office, order: Order) -> None:
    """Sent and done, and the answer never came."""
    office.kit.faults.lost = 1.0
    [answer] = office.books.deliver(f"lost-{order.kind}-{order.key}", [order])
    office.kit.faults.lost = 0.0
    assert isinstance(answer, NoAnswer)


def creations(office: Office) -> list[tuple[str, Draft]]:
    return [("vendor", office.new_vendor("Adam's \\ Candy")),
            ("customer", JobDraft(name="24-018", customer=office.customer)),
            ("item", ItemDraft(name="03-300.S", description="", expense=office.cost)),
            ("purchase_order", office.purchase_order(office.line("5.00"))), ("bill", office.bill(office.line("5.00"))),
            ("vendor_credit", office.bill(office.line("-5.00")))]


def test_what_was_entered_without_an_answer_is_found_and_what_was_not_is_not(office: Office) -> None:
    for kind, draft in creations(office):
        order = office.create(kind, draft)
        assert office.books.find(order) is None, kind
        lost(office, order)
        found = office.books.find(order)
        assert found is not None, kind
        assert found.kind == kind and found == office.books.show(kind, found.key)


def test_the_tag_decides_between_documents_that_look_alike(office: Office) -> None:
    twin = office.posted("bill", office.bill(office.line("5.00")), "TWIN")
    order = office.create("bill", office.bill(office.line("5.00")), "MINE")
    assert office.books.find(order) is None
    lost(office, order)
    found = office.books.find(order)
    assert found is not None and found.key != twin.key
    assert office.books.find(office.create("bill", office.bill(office.line("5.00")), "MIN")) is None


def test_a_bill_whose_date_somebody_moved_is_found_among_the_newest(office: Office) -> None:
    order = office.create("bill", office.bill(office.line("5.00")))
    lost(office, order)
    found = office.books.find(order)
    assert found is not None
    office.by_hand("bill", {"Id": found.key, "SyncToken": "0", "sparse": True, "TxnDate": "2026-01-15",
                            "VendorRef": {"value": office.vendor.id}})
    again = office.books.find(order)
    assert again is not None and again.key == found.key


def test_a_day_with_more_than_a_page_of_bills_is_looked_through(
        office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    orders = [office.create("bill", office.bill(office.line("1.00")), f"T{number}") for number in range(7)]
    office.books.deliver("all", orders)
    monkeypatch.setattr(client, "PAGE", 3)
    assert [office.books.find(order) is not None for order in orders] == [True] * 7


def test_two_documents_with_one_tag_are_a_fault_that_is_told(office: Office) -> None:
    order = office.create("bill", office.bill(office.line("5.00")))
    office.books.deliver("first", [order])
    office.books.deliver("second", [order])
    with pytest.raises(NotUnderstood, match=r"tieout:AB12CD34 on more than one Bill"):
        office.books.find(order)


def test_an_inactive_name_is_not_the_one_that_was_ordered(office: Office) -> None:
    order = office.create("vendor", office.new_vendor("Norton Lumber"))
    lost(office, order)
    found = office.books.find(order)
    assert found is not None
    office.by_hand("vendor", {"Id": found.key, "SyncToken": "0", "sparse": True, "Active": False})
    assert office.books.find(order) is None


def test_a_job_of_another_customer_is_not_the_one_that_was_ordered(office: Office) -> None:
    other = office.made("customer", "Customer", {"DisplayName": "Another owner"})
    order = office.create("customer", JobDraft(name=office.job.name, customer=other))
    assert office.books.find(order) is None


def updates(office: Office) -> list[tuple[str, Draft, Draft]]:
    two_lines = office.bill(office.line("5.00"), office.line("1.00", item=False))
    return [("bill", two_lines, office.bill(office.line("6.00"))),
            ("vendor_credit", office.bill(office.line("-5.00")), office.bill(office.line("-6.00"), number="CM-2")),
            ("purchase_order", office.purchase_order(office.line("5.00", quantity="5", rate="1")),
             office.purchase_order(office.line("5.00", quantity="5", rate="1"),
                                   office.line("7.00", quantity="7", rate="1", text="Change order"))),
            ("vendor", office.new_vendor("Norton"), replace(office.new_vendor("Norton"), email="ap@norton.example")),
            ("customer", JobDraft(name="24-019", customer=office.customer),
             JobDraft(name="24-020", customer=office.customer))]


def test_a_change_without_an_answer_is_found_done_or_not_done(office: Office) -> None:
    for kind, first, second in updates(office):
        held = office.posted(kind, first, f"T-{kind}")
        order = office.books.order(action="update", kind=kind, key=f"u-{kind}", tag=f"T-{kind}", draft=second,
                                   held=held)
        assert office.books.find(order) is None, kind
        lost(office, order)
        found = office.books.find(order)
        assert found is not None and found.version == "1", kind


def test_a_change_that_was_never_sent_is_not_done_though_the_record_already_says_so(office: Office) -> None:
    draft = office.bill(office.line("5.00"))
    held = office.posted("bill", draft)
    order = office.books.order(action="update", kind="bill", key="u", tag="AB12CD34", draft=draft, held=held)
    assert office.books.find(order) is None


def test_a_change_that_somebody_elses_came_before_is_not_done(office: Office) -> None:
    held = office.posted("bill", office.bill(office.line("5.00")))
    office.pay(held, "1.00")
    order = office.books.order(action="update", kind="bill", key="u", tag="AB12CD34",
                               draft=office.bill(office.line("6.00")), held=held)
    assert office.books.find(order) is None


@pytest.mark.parametrize("kind", ["bill", "vendor"])
def test_a_removal_without_an_answer_is_found_done_or_not_done(office: Office, kind: str) -> None:
    draft: Any = office.bill(office.line("5.00")) if kind == "bill" else office.new_vendor("Norton")
    held = office.posted(kind, draft)
    order = office.books.order(action="delete", kind=kind, key="d", tag="AB12CD34", held=held)
    assert office.books.find(order) is None
    lost(office, order)
    found = office.books.find(order)
    assert found is not None and (found.deleted or '"Active":false' in found.raw)


def test_looking_costs_two_reads_at_most_on_an_ordinary_day(office: Office) -> None:
    order = office.create("bill", office.bill(office.line("5.00")))
    office.kit.clock.advance(timedelta(minutes=1))
    office.asked.clear()
    office.books.find(order)
    assert len(office.asked) == 2
