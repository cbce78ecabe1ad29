import importlib.util
import json
import sys
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.adapters.quickbooks_online.office import Office
from tieout.adapters.quickbooks_online.write import envelope_of
from tieout.core.books import Bill, Class, PurchaseOrder
from tieout.core.drafts import Draft, ItemDraft, JobDraft, PaymentDraft, Ref, VendorDraft
from tieout.ports import Order, Posted, Reading


@pytest.fixture
def office() -> Office:
    return Office()


def sent(order: Order) -> Any:
    return json.loads(bytes(envelope_of(order).body), parse_float=Decimal)


def held_bill(office: Office, reading: Reading) -> Bill:
    bill = office.books.understand(reading)
    assert isinstance(bill, Bill)
    return bill


def held_order(office: Office, reading: Reading) -> PurchaseOrder:
    order = office.books.understand(reading)
    assert isinstance(order, PurchaseOrder)
    return order


# --- what is sent ----------------------------------------------------------------------------------------------------


def test_a_bill_says_who_when_how_much_for_which_job_and_where_it_came_from(office: Office) -> None:
    order_ref = Ref(kind="purchase_order", name="SC-3", id="257")
    lines = (office.line("1600.00", quantity="40", rate="40", order=order_ref, order_line="2"),
             office.line("-160.00", item=False, account=office.held_back, text="Retainage held"))
    body = sent(office.create("bill", office.bill(*lines, due=date(2026, 3, 29))))
    assert body == {
        "VendorRef": {"value": office.vendor.id}, "APAccountRef": {"value": office.payable.id}, "DocNumber": "INV-7",
        "TxnDate": "2026-02-27", "PrivateNote": "Application 7\ntieout:AB12CD34", "DueDate": "2026-03-29",
        "LinkedTxn": [{"TxnId": "257", "TxnType": "PurchaseOrder"}],
        "Line": [
            {"Amount": Decimal("1600.00"), "DetailType": "ItemBasedExpenseLineDetail", "Description": "Rough-in",
             "ItemBasedExpenseLineDetail": {"ItemRef": {"value": office.item.id}, "Qty": 40, "UnitPrice": 40,
                                            "CustomerRef": {"value": office.job.id}, "BillableStatus": "NotBillable"},
             "LinkedTxn": [{"TxnId": "257", "TxnType": "PurchaseOrder", "TxnLineId": "2"}]},
            {"Amount": Decimal("-160.00"), "DetailType": "AccountBasedExpenseLineDetail",
             "Description": "Retainage held",
             "AccountBasedExpenseLineDetail": {"AccountRef": {"value": office.held_back.id},
                                               "CustomerRef": {"value": office.job.id},
                                               "BillableStatus": "NotBillable"}}]}


def test_a_credit_turns_every_sign_and_links_to_no_order(office: Office) -> None:
    order_ref = Ref(kind="purchase_order", name="SC-3", id="257")
    lines = (office.line("-500.00", quantity="-10", rate="50", order=order_ref, order_line="1"),
             office.line("50.00", item=False, account=office.held_back))
    body = sent(office.create("vendor_credit", office.bill(*lines, due=date(2026, 3, 29))))
    assert "DueDate" not in body and "LinkedTxn" not in body
    assert [line["Amount"] for line in body["Line"]] == [Decimal("500.00"), Decimal("-50.00")]
    assert body["Line"][0]["ItemBasedExpenseLineDetail"]["Qty"] == 10
    assert not any("LinkedTxn" in line for line in body["Line"])


def test_A126_rates_and_amounts_are_written_with_every_digit_and_no_exponent(office: Office) -> None:
    order = office.create("bill", office.bill(office.line("100.00", quantity="3E+0", rate="33.3333333333")))
    assert '"Amount":100.00,' in order.payload and '"Qty":3,"UnitPrice":33.3333333333' in order.payload


def test_a_number_that_is_too_long_is_shortened_and_kept_whole_in_the_note(office: Office) -> None:
    long = "SUBCONTRACT-24-017-PLUMBING-0003"
    body = sent(office.create("bill", office.bill(office.line("1.00"), number=long)))
    assert len(body["DocNumber"]) == 21 and body["DocNumber"] == sent(
        office.create("bill", office.bill(office.line("2.00"), number=long), "OTHER"))["DocNumber"]
    assert body["PrivateNote"] == f"Application 7\n{long}\ntieout:AB12CD34"


def test_a_record_that_does_not_exist_yet_cannot_be_named(office: Office) -> None:
    draft = office.bill(office.line("1.00"))
    nobody = Ref(kind="vendor", name="Not yet")
    with pytest.raises(ValueError, match="'Not yet' does not exist in QuickBooks yet"):
        office.create("bill", type(draft)(**{**{f: getattr(draft, f) for f in draft.__slots__}, "vendor": nobody}))


@pytest.mark.parametrize("kind", ["bill", "vendor_credit"])
def test_a_bill_does_not_become_a_credit_by_an_update(office: Office, kind: str) -> None:
    amounts = ("10.00", "-10.00") if kind == "bill" else ("-10.00", "10.00")
    reading = office.posted(kind, office.bill(office.line(amounts[0])))
    with pytest.raises(ValueError, match="do not turn into each other"):
        office.books.order(action="update", kind=kind, key="k", tag="t", draft=office.bill(office.line(amounts[1])),
                           held=reading)
    other = "vendor_credit" if kind == "bill" else "bill"
    with pytest.raises(ValueError, match="delete the one and create the other"):
        office.books.order(action="update", kind=other, key="k", tag="t", draft=office.bill(office.line(amounts[1])),
                           held=reading)


def test_quickbooks_takes_no_payment_from_procore(office: Office) -> None:
    ref = Ref(kind="bill", name="x", id="1")
    payment = PaymentDraft(project=ref, commitment=ref, invoice=ref, amount=Decimal("1.00"), dated=date(2026, 1, 1),
                           check_number="", method="check")
    with pytest.raises(ValueError, match="does not make a bill_payment"):
        office.create("bill_payment", payment)


def drafts(office: Office) -> list[tuple[str, str, Draft]]:
    classed = replace(office.line("10.00"), class_=office.made("class", "Class", {"Name": "03-300"}))
    full = VendorDraft(name="Norton Lumber", email="ap@norton.example", phone="(650) 363-6578", fax="1", city="Oakland",
                       website="norton.example", street="1 Main St", state="CA", postal_code="94303", country="US")
    return [
        ("Vendor", "vendor", full), ("Vendor", "vendor", VendorDraft(name="Bare")),
        ("Customer", "customer", JobDraft(name="24-018 School", customer=office.customer)),
        ("Item", "item", ItemDraft(name="03-300.S", description="Concrete", expense=office.cost, income=office.income)),
        ("PurchaseOrder", "purchase_order", office.purchase_order(
            office.line("4000.00", quantity="4000", rate="1"), office.line("500.00", item=False))),
        ("PurchaseOrder", "purchase_order", office.purchase_order(classed)), ("Bill", "bill", office.bill(classed)),
        ("Bill", "bill", office.bill(office.line("10.00"), office.line("-1.00", item=False), due=date(2026, 4, 1))),
        ("VendorCredit", "vendor_credit", office.bill(office.line("-10.00"))),
    ]


def test_A15_every_payload_is_what_the_vendors_schema_knows(office: Office, shared_reference: Path) -> None:
    spec = importlib.util.spec_from_file_location("qbo_fields", shared_reference / "tools" / "qbo_fields.py")
    assert spec is not None and spec.loader is not None
    tool = importlib.util.module_from_spec(spec)
    sys.modules["qbo_fields"] = tool
    spec.loader.exec_module(tool)
    schema = tool.Schema(shared_reference / "qbo-xsd")
    for entity, kind, draft in drafts(office):
        for order in orders_for(office, kind, draft):
            body = json.loads(bytes(envelope_of(order).body))
            problems: list[Any] = []
            schema.check(body, schema.entities[entity], entity, entity, problems)
            assert problems == [], (order.action, body)


def orders_for(office: Office, kind: str, draft: Draft) -> list[Order]:
    create = office.create(kind, draft)
    held = office.enter(create)
    return [create, office.books.order(action="update", kind=kind, key="k", tag="t", held=held, draft=draft),
            office.books.order(action="delete", kind=kind, key="k", tag="t", held=held)]


# --- what it does to the books ---------------------------------------------------------------------------------------


def test_every_kind_of_draft_is_entered_changed_and_taken_out_again(office: Office) -> None:
    for _, kind, draft in drafts(office):
        held = office.posted(kind, draft)
        assert held.kind == kind
        changed = office.enter(office.books.order(action="update", kind=kind, key=f"u-{kind}-{held.key}",
                                                  tag="AB12CD34", draft=draft, held=held))
        assert (changed.key, int(changed.version)) == (held.key, int(held.version) + 1)
        gone = office.enter(office.books.order(action="delete", kind=kind, key=f"d-{kind}-{held.key}", tag="AB12CD34",
                                               held=changed))
        assert gone.deleted or '"Active":false' in gone.raw


def test_A118_A132_a_bill_is_read_back_as_it_was_drafted_and_moves_the_books(office: Office) -> None:
    bill = held_bill(office, office.posted("bill", office.bill(
        office.line("1000.00", quantity="1000", rate="1"),
        office.line("-100.00", item=False, account=office.held_back, text="Retainage held"))))
    assert (bill.total, bill.balance, bill.number, bill.dated, bill.vendor) == (
        Decimal("900.00"), Decimal("900.00"), "INV-7", date(2026, 2, 27), office.vendor.id)
    assert [(line.item, line.account, line.amount, line.job) for line in bill.lines] == [
        (office.item.id, "", Decimal("1000.00"), office.job.id),
        ("", office.held_back.id, Decimal("-100.00"), office.job.id)]
    assert (office.total_of(office.cost), office.total_of(office.held_back), office.total_of(office.payable)) == (
        Decimal(1000), Decimal(-100), Decimal(-900))


def test_A129_a_credit_is_read_back_below_zero(office: Office) -> None:
    credit = held_bill(office, office.posted("vendor_credit", office.bill(office.line("-75.00"))))
    assert credit.credit and (credit.total, credit.balance, credit.lines[0].amount) == (Decimal("-75.00"),) * 3


def test_two_bills_may_carry_the_same_number(office: Office) -> None:
    office.posted("bill", office.bill(office.line("10.00")), "T1")
    assert held_bill(office, office.posted("bill", office.bill(office.line("11.00")), "T2")).number == "INV-7"


def test_a_bill_draws_on_the_lines_of_its_order(office: Office) -> None:
    order = held_order(office, office.posted("purchase_order", office.purchase_order(
        office.line("4000.00", quantity="100", rate="40"), office.line("500.00", item=False)), "PO"))
    ref = Ref(kind="purchase_order", name=order.number, id=order.id)
    bill = held_bill(office, office.posted("bill", office.bill(
        office.line("1600.00", quantity="40", rate="40", order=ref, order_line=order.lines[0].id),
        office.line("500.00", item=False, order=ref, order_line=order.lines[1].id))))
    assert [(line.order, line.order_line) for line in bill.lines] == [(order.id, line.id) for line in order.lines]
    now = office.books.show("purchase_order", order.id)
    assert now is not None
    assert [line.received for line in held_order(office, now).lines] == [Decimal(40), Decimal(500)]


def test_a_correction_keeps_what_somebody_else_put_on_the_line(office: Office) -> None:
    first = office.posted("bill", office.bill(office.line("100.00"), office.line("7.00", item=False)))
    somebodys = office.made("class", "Class", {"Name": "West"})
    raw = json.loads(first.raw)
    raw["Line"][0]["ItemBasedExpenseLineDetail"]["ClassRef"] = {"value": somebodys.id}
    touched = office.by_hand("bill", {"Id": first.key, "SyncToken": first.version, "sparse": True, "Line": raw["Line"],
                                      "VendorRef": raw["VendorRef"], "PrivateNote": "Called them. tieout:AB12CD34"})
    held = office.books.show("bill", touched["Bill"]["Id"])
    assert held is not None
    changed = office.enter(office.books.order(
        action="update", kind="bill", key="c", tag="AB12CD34", held=held,
        draft=office.bill(office.line("120.00"), office.line("7.00", item=False), office.line("3.00", item=False))))
    after = json.loads(changed.raw)
    assert after["Line"][0]["ItemBasedExpenseLineDetail"]["ClassRef"]["value"] == somebodys.id
    assert after["PrivateNote"] == "Called them. tieout:AB12CD34"
    before = held_bill(office, held)
    now = held_bill(office, changed)
    assert [line.amount for line in now.lines] == [Decimal("120.00"), Decimal("7.00"), Decimal("3.00")]
    assert [line.id for line in now.lines[:2]] == [line.id for line in before.lines]


@pytest.mark.parametrize("item", [True, False])
def test_A99_the_class_of_a_line_is_sent_in_its_detail_and_read_back(office: Office, item: bool) -> None:
    concrete = office.made("class", "Class", {"Name": "03-300"})
    coded, plain = replace(office.line("100.00", item=item), class_=concrete), office.line("7.00", item=False)
    detail = "ItemBasedExpenseLineDetail" if item else "AccountBasedExpenseLineDetail"
    for kind, draft in (("bill", office.bill(coded, plain)), ("purchase_order", office.purchase_order(coded, plain)),
                        ("vendor_credit", office.bill(replace(coded, amount=Decimal("-100.00"))))):
        order = office.create(kind, draft, f"TAG-{kind}")
        lines = sent(order)["Line"]
        assert lines[0][detail]["ClassRef"] == {"value": concrete.id}
        assert all("ClassRef" not in line["AccountBasedExpenseLineDetail"] for line in lines[1:])
        document = office.books.understand(office.enter(order))
        assert isinstance(document, Bill | PurchaseOrder)
        assert [line.class_ for line in document.lines] == [concrete.id, ""][:len(lines)]


def test_A99_a_corrected_bill_bears_the_classes_of_its_codes_and_other_lines_keep_theirs(office: Office) -> None:
    east, west = (office.made("class", "Class", {"Name": name}) for name in ("East", "West"))
    first = office.posted("bill", office.bill(replace(office.line("100.00"), class_=east),
                                              replace(office.line("7.00", item=False), class_=east)))
    changed = held_bill(office, office.enter(office.books.order(
        action="update", kind="bill", key="c", tag="AB12CD34", held=first,
        draft=office.bill(replace(office.line("120.00"), class_=west), office.line("7.00", item=False)))))
    assert [(line.amount, line.class_) for line in changed.lines] == [
        (Decimal("120.00"), west.id), (Decimal("7.00"), east.id)]


def test_a_class_that_somebody_changed_on_an_order_stays_when_a_change_order_adds_a_line(office: Office) -> None:
    east, west = (office.made("class", "Class", {"Name": name}) for name in ("East", "West"))
    line = replace(office.line("100.00", quantity="100", rate="1"), class_=east)
    first = office.posted("purchase_order", office.purchase_order(line))
    raw = json.loads(first.raw)
    raw["Line"][0]["ItemBasedExpenseLineDetail"]["ClassRef"] = {"value": west.id}
    office.by_hand("purchaseorder", {"Id": first.key, "SyncToken": first.version, "sparse": True, "Line": raw["Line"],
                                     "VendorRef": raw["VendorRef"]})
    held = office.books.show("purchase_order", first.key)
    assert held is not None
    added = replace(office.line("20.00", quantity="20", rate="1", source="2", text="Change order 1"), class_=east)
    now = held_order(office, office.enter(office.books.order(
        action="update", kind="purchase_order", key="u", tag="AB12CD34", held=held,
        draft=office.purchase_order(line, added))))
    assert [line.class_ for line in now.lines] == [west.id, east.id]


def test_a_class_is_read_with_its_whole_name_and_whether_it_is_active(office: Office) -> None:
    east = office.made("class", "Class", {"Name": "East"})
    below = office.made("class", "Class", {"Name": "Concrete", "SubClass": True, "ParentRef": {"value": east.id}})
    shown = office.books.show("class", below.id)
    assert shown is not None
    assert office.books.understand(shown) == Class(id=below.id, name="East:Concrete", active=True)
    office.by_hand("class", {"Id": below.id, "SyncToken": shown.version, "sparse": True, "Active": False})
    gone = office.books.show("class", below.id)
    assert gone is not None
    found = office.books.understand(gone)
    assert isinstance(found, Class) and not found.active


def test_A106_A107_a_change_order_adds_a_line_and_leaves_the_others_their_ids(office: Office) -> None:
    lines = [office.line("4000.00", quantity="4000", rate="1", source="a"),
             office.line("4000.00", quantity="4000", rate="1", source="b")]
    first = office.posted("purchase_order", office.purchase_order(*lines))
    added = office.line("250.00", quantity="250", rate="1", source="c", text="Change order 1")
    now = held_order(office, office.enter(office.books.order(
        action="update", kind="purchase_order", key="u", tag="AB12CD34", held=first,
        draft=office.purchase_order(*lines, added))))
    before = held_order(office, first)
    assert [line.id for line in now.lines[:2]] == [line.id for line in before.lines]
    assert [line.amount for line in now.lines] == [Decimal("4000.00"), Decimal("4000.00"), Decimal("250.00")]


def test_a_changed_amount_changes_its_own_line_of_the_order(office: Office) -> None:
    first = office.posted("purchase_order", office.purchase_order(
        office.line("100.00", quantity="100", rate="1"), office.line("50.00", quantity="50", rate="1", text="Trim")))
    before = held_order(office, first).lines
    named = office.line("60.00", quantity="60", rate="1", text="Trim", order_line=before[1].id)
    now = held_order(office, office.enter(office.books.order(
        action="update", kind="purchase_order", key="u", tag="AB12CD34", held=first,
        draft=office.purchase_order(office.line("100.00", quantity="100", rate="1"), named))))
    assert [(line.id, line.amount) for line in now.lines] == [
        (before[0].id, Decimal("100.00")), (before[1].id, Decimal("60.00"))]


def test_an_order_that_closed_itself_is_opened_for_an_added_line_and_closed_when_terminated(office: Office) -> None:
    line = office.line("100.00", quantity="100", rate="1")
    first = held_order(office, office.posted("purchase_order", office.purchase_order(line), "PO"))
    ref = Ref(kind="purchase_order", name=first.number, id=first.id)
    office.posted("bill", office.bill(office.line("100.00", quantity="100", rate="1", order=ref,
                                                  order_line=first.lines[0].id)))
    closed = office.books.show("purchase_order", first.id)
    assert closed is not None and not held_order(office, closed).open
    more = office.purchase_order(line, office.line("20.00", quantity="20", rate="1", text="Change order 1"))
    order = office.books.order(action="update", kind="purchase_order", key="o", tag="PO", draft=more, held=closed)
    assert sent(order)["POStatus"] == "Open"
    opened = office.enter(order)
    assert held_order(office, opened).open
    ended = office.purchase_order(*more.lines, closed=True)
    assert not held_order(office, office.enter(office.books.order(
        action="update", kind="purchase_order", key="e", tag="PO", draft=ended, held=opened))).open


def test_A60_A69_a_job_stands_below_its_customer_and_an_item_posts_to_its_account(office: Office) -> None:
    job = office.posted("customer", JobDraft(name="24-018 School", customer=office.customer))
    item = office.posted("item", ItemDraft(name="03-300.S", description="Concrete", expense=office.cost))
    [answer] = office.books.deliver("v", [office.create("vendor", office.new_vendor("Ünder & Söhne’s \"Best\""))])
    assert isinstance(answer, Posted)
    assert office.books.understand(job).full_name == "Oak Health LLC:24-018 School"  # type: ignore[attr-defined]  # a Customer
    assert office.books.understand(item).expense_account == office.cost.id  # type: ignore[attr-defined]  # an Item
    assert ("customer", office.customer.id) in job.links and ("account", office.cost.id) in item.links
