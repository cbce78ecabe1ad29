import json
from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import httpx2
import pytest

from tests.adapters.quickbooks_online.office import Office
from tieout.adapters.quickbooks_online import client, read
from tieout.adapters.quickbooks_online.wire import ENTITIES
from tieout.core.books import Bill, BillPayment, BooksCompany, Expense, JournalEntry, PaidDocument
from tieout.ports import Batch, CursorTooOld, NotUnderstood, Reading, Unreachable

FEED = "changes"


@pytest.fixture
def office() -> Office:
    return Office()


def everything(office: Office, cursor: str = "") -> tuple[list[Reading], str, set[str]]:
    return gathered(office.books.read(office.books.feeds([])[0], cursor))


def gathered(batches: Iterable[Batch]) -> tuple[list[Reading], str, set[str]]:
    readings: list[Reading] = []
    cursor, whole = "", set[str]()
    for batch in batches:
        readings += batch.readings
        cursor = batch.cursor or cursor
        whole |= {kind for kind, _ in batch.whole}
    return readings, cursor, whole


def understood(office: Office, reading: Reading | None) -> Any:
    assert reading is not None
    return office.books.understand(reading)


# --- what is read ----------------------------------------------------------------------------------------------------


def test_the_first_reading_is_one_query_a_kind_and_holds_every_live_record(office: Office) -> None:
    office.posted("bill", office.bill(office.line("10.00")))
    gone = office.posted("vendor", office.new_vendor("Gone Plumbing"))
    office.by_hand("vendor", {"Id": gone.key, "SyncToken": "0", "sparse": True, "Active": False})
    office.asked.clear()
    readings, cursor, whole = everything(office)
    assert len(office.asked) == len(ENTITIES) and whole == set(ENTITIES)
    kinds = {reading.kind for reading in readings}
    assert {"company_info", "preferences", "account", "vendor", "customer", "item", "bill"} <= kinds
    vendor = next(r for r in readings if (r.kind, r.key) == ("vendor", gone.key))
    assert not understood(office, vendor).active
    assert cursor.startswith("2026-03-02T08:00:00")


def test_an_idle_turn_is_one_call(office: Office) -> None:
    _, cursor, _ = everything(office)
    office.kit.clock.advance(timedelta(minutes=10))
    _, cursor, _ = everything(office, cursor)
    office.kit.clock.advance(timedelta(minutes=10))
    office.asked.clear()
    readings, _, whole = everything(office, cursor)
    assert (readings, whole, len(office.asked)) == ([], set(), 1)


def test_what_changed_is_read_again_and_what_was_deleted_says_so(office: Office) -> None:
    gone = office.posted("bill", office.bill(office.line("10.00")), "T1")
    kept = office.posted("bill", office.bill(office.line("20.00")), "T2")
    office.kit.clock.advance(timedelta(minutes=30))
    _, cursor, _ = everything(office)
    office.kit.clock.advance(timedelta(minutes=10))
    office.by_hand("bill", {"Id": gone.key, "SyncToken": gone.version}, operation="delete")
    office.pay(kept, "5.00")
    office.practice.set_closing_date(date(2025, 12, 31))
    readings, _, _ = everything(office, cursor)
    found = {(reading.kind, reading.key): reading for reading in readings}
    assert found["bill", gone.key].deleted and found["bill", gone.key].raw == ""
    assert understood(office, found["bill", kept.key]).balance == Decimal("15.00")
    assert understood(office, found["preferences", "1"]).closed_through == date(2025, 12, 31)
    assert {kind for kind, _ in found} == {"bill", "bill_payment", "preferences"}


def test_changes_are_asked_for_five_minutes_back(office: Office) -> None:
    _, cursor, _ = everything(office)
    office.asked.clear()
    everything(office, cursor)
    assert office.asked[0].url.params["changedSince"] == "2026-03-02T07:55:00-08:00"


def test_a_cursor_from_before_quickbooks_remembers_is_too_old(office: Office) -> None:
    _, cursor, _ = everything(office)
    office.kit.clock.advance(timedelta(days=31))
    with pytest.raises(CursorTooOld):
        everything(office, cursor)


def test_an_answer_that_may_be_cut_is_asked_for_in_halves(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    _, cursor, _ = everything(office)
    for number in range(6):
        office.posted("vendor", office.new_vendor(f"Vendor {number}"))
    everyone = everything(office, cursor)[0]
    monkeypatch.setattr(client, "CDC_CAP", len(everyone) - 2)
    office.asked.clear()
    readings, _, whole = everything(office, cursor)
    assert {(r.kind, r.key) for r in readings} == {(r.kind, r.key) for r in everyone}
    assert len(office.asked) > 2 and whole == set()


def test_a_kind_that_fills_an_answer_alone_is_read_whole(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    _, cursor, _ = everything(office)
    for number in range(9):
        office.posted("vendor", office.new_vendor(f"Vendor {number}"))
    monkeypatch.setattr(client, "CDC_CAP", 8)
    readings, _, whole = everything(office, cursor)
    assert "vendor" in whole and len([r for r in readings if r.kind == "vendor"]) == 10


def test_long_lists_are_read_page_by_page(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    names = {f"Vendor {number}" for number in range(11)}
    for name in names:
        office.posted("vendor", office.new_vendor(name))
    monkeypatch.setattr(client, "PAGE", 4)
    readings, _, _ = everything(office)
    vendors = [understood(office, r).name for r in readings if r.kind == "vendor"]
    assert sorted(vendors) == sorted(names | {"Bayview Plumbing"})


def test_a_record_deleted_while_we_page_hides_no_other(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    bills = [office.posted("bill", office.bill(office.line("1.00")), f"T{number}") for number in range(7)]
    monkeypatch.setattr(client, "PAGE", 3)
    pages = office.books._company.pages("Bill")
    seen = {client.id_of(raw) for raw in next(pages).records}
    office.by_hand("bill", {"Id": bills[0].key, "SyncToken": "0"}, operation="delete")
    for page in pages:
        seen |= {client.id_of(raw) for raw in page.records}
    assert {bill.key for bill in bills[1:]} <= seen


def test_a_reading_keeps_the_vendors_own_text_and_names_its_records(office: Office) -> None:
    bill = office.posted("bill", office.bill(office.line("10.00"), office.line("-1.00", item=False,
                                                                               account=office.held_back)))
    read_again = office.books.show("bill", bill.key)
    assert read_again is not None and read_again.raw == bill.raw and '"TotalAmt":9.00' in bill.raw
    assert set(bill.links) == {("vendor", office.vendor.id), ("customer", office.job.id), ("item", office.item.id),
                               ("account", office.held_back.id), ("number", "inv7")}


def test_a_record_that_is_gone_is_not_shown(office: Office) -> None:
    bill = office.posted("bill", office.bill(office.line("10.00")))
    office.by_hand("bill", {"Id": bill.key, "SyncToken": "0"}, operation="delete")
    assert office.books.show("bill", bill.key) is None


@pytest.mark.parametrize("kind", ["preferences", "company_info"])
def test_the_company_and_its_preferences_are_shown_too(office: Office, kind: str) -> None:
    assert isinstance(understood(office, office.books.show(kind, "1")), BooksCompany)


def test_company_and_preferences_make_one_company(office: Office) -> None:
    office.practice.set_closing_date(date(2025, 12, 31))
    info, preferred = (understood(office, office.books.show(kind, "1")) for kind in ("company_info", "preferences"))
    assert read.company(info, preferred) == BooksCompany(
        name="Demo Builders", country="US", currency="USD", edition="QuickBooks Online Plus",
        closed_through=date(2025, 12, 31), auto_numbers=False, account_numbers=True, classes_per_line=True,
        job_costing=True)


# --- payments, credits, journals, expenses ---------------------------------------------------------------------------


def test_a_payment_names_the_bills_and_credits_it_settles(office: Office) -> None:
    bill = office.posted("bill", office.bill(office.line("1600.00")), "T1")
    credit = office.posted("vendor_credit", office.bill(office.line("-100.00")), "T2")
    made = office.by_hand("billpayment", {
        "VendorRef": {"value": office.vendor.id}, "PayType": "Check", "TotalAmt": 1500, "DocNumber": "10231",
        "CheckPayment": {"BankAccountRef": {"value": office.bank.id}},
        "Line": [{"Amount": 1600, "LinkedTxn": [{"TxnId": bill.key, "TxnType": "Bill"}]},
                 {"Amount": 100, "LinkedTxn": [{"TxnId": credit.key, "TxnType": "VendorCredit"}]}]})["BillPayment"]
    reading = office.books.show("bill_payment", made["Id"])
    payment = understood(office, reading)
    assert isinstance(payment, BillPayment) and reading is not None
    assert (payment.total, payment.number, payment.method, payment.bank_account, payment.voided) == (
        Decimal("1500.00"), "10231", "check", office.bank.id, False)
    assert payment.documents == (PaidDocument(kind="bill", id=bill.key, amount=Decimal("1600.00")),
                                 PaidDocument(kind="vendor_credit", id=credit.key, amount=Decimal("100.00")))
    assert {("bill", bill.key), ("vendor_credit", credit.key)} <= set(reading.links)
    paid = understood(office, office.books.show("bill", bill.key))
    used = understood(office, office.books.show("vendor_credit", credit.key))
    assert isinstance(paid, Bill) and paid.paid_by == (made["Id"],) and paid.balance == 0
    assert isinstance(used, Bill) and used.balance == 0 and str(used.balance) == "0.00"


def test_a_voided_payment_is_not_one_that_credits_covered(office: Office) -> None:
    bill = office.posted("bill", office.bill(office.line("50.00")), "T1")
    credit = office.posted("vendor_credit", office.bill(office.line("-20.00")), "T2")
    by_credit = office.by_hand("billpayment", {
        "VendorRef": {"value": office.vendor.id}, "PayType": "Check", "TotalAmt": 0, "PrivateNote": "Not void",
        "Line": [{"Amount": 20, "LinkedTxn": [{"TxnId": bill.key, "TxnType": "Bill"}]},
                 {"Amount": 20, "LinkedTxn": [{"TxnId": credit.key, "TxnType": "VendorCredit"}]}]})["BillPayment"]
    paid = office.pay(bill, "30.00")
    office.by_hand("billpayment", {"Id": paid["Id"], "SyncToken": paid["SyncToken"], "sparse": True},
                   operation="update", include="void")
    void = understood(office, office.books.show("bill_payment", paid["Id"]))
    assert (void.voided, void.total, void.documents) == (True, Decimal("0.00"), ())
    assert not understood(office, office.books.show("bill_payment", by_credit["Id"])).voided


def test_a_journal_entry_names_vendors_and_jobs_on_its_lines(office: Office) -> None:
    def part(side: str, account: str, kind: str, who: str) -> dict[str, Any]:
        return {"Amount": 25, "DetailType": "JournalEntryLineDetail", "JournalEntryLineDetail": {
            "PostingType": side, "AccountRef": {"value": account},
            "Entity": {"Type": kind, "EntityRef": {"value": who}}}}

    made = office.by_hand("journalentry", {"DocNumber": "J1", "TxnDate": "2026-02-01", "Line": [
        part("Debit", office.cost.id, "Customer", office.job.id),
        part("Credit", office.held_back.id, "Vendor", office.vendor.id)]})["JournalEntry"]
    reading = office.books.show("journal_entry", made["Id"])
    entry = understood(office, reading)
    assert isinstance(entry, JournalEntry) and reading is not None
    assert [(line.id, line.account, line.amount, line.vendor, line.job) for line in entry.lines] == [
        ("0", office.cost.id, Decimal("25.00"), "", office.job.id),
        ("1", office.held_back.id, Decimal("-25.00"), office.vendor.id, "")]
    assert set(reading.links) == {("account", office.cost.id), ("customer", office.job.id),
                                  ("account", office.held_back.id), ("vendor", office.vendor.id)}


@pytest.mark.parametrize(("credit", "amount"), [(False, "12.50"), (True, "-12.50")])
def test_a_card_charge_is_positive_and_its_refund_below_zero(office: Office, credit: bool, amount: str) -> None:
    card = office.account("2100 Card", "Credit Card", "CreditCard")
    made = office.by_hand("purchase", {
        "PaymentType": "CreditCard", "Credit": credit, "AccountRef": {"value": card.id}, "TxnDate": "2026-02-01",
        "EntityRef": {"value": office.vendor.id, "type": "Vendor"},
        "Line": [{"Amount": 12.5, "DetailType": "AccountBasedExpenseLineDetail", "AccountBasedExpenseLineDetail": {
            "AccountRef": {"value": office.cost.id}, "CustomerRef": {"value": office.job.id}}}]})["Purchase"]
    reading = office.books.show("expense", made["Id"])
    spent = understood(office, reading)
    assert isinstance(spent, Expense) and reading is not None
    assert (spent.total, spent.lines[0].amount, spent.vendor, spent.paid_from, spent.lines[0].job) == (
        Decimal(amount), Decimal(amount), office.vendor.id, card.id, office.job.id)
    assert ("vendor", office.vendor.id) in reading.links


# --- what is not as documented ---------------------------------------------------------------------------------------


def bill_reading(**changes: Any) -> Reading:
    raw = {"Id": "301", "SyncToken": "0", "VendorRef": {"value": "88"}, "TxnDate": "2026-03-20", "TotalAmt": 10,
           "Balance": 10, "Line": [], "SomethingNew": {"x": 1}, **changes}
    return Reading(kind="bill", key="301", version="0", raw=json.dumps(raw))


@pytest.mark.parametrize("total", [1600, 1600.0, "1600", "1600.00", "1600.000"])
def test_an_amount_may_be_a_number_or_a_string(total: object) -> None:
    assert str(read.understood(bill_reading(TotalAmt=total)).total) == "1600.00"  # type: ignore[attr-defined]  # a Bill


@pytest.mark.parametrize(("changes", "says"), [
    ({"TotalAmt": "ten"}, "QuickBooks Bill 301: TotalAmt is not a number: 'ten'"),
    ({"TotalAmt": 10.005}, "QuickBooks Bill 301: TotalAmt is not an amount: '10.005'"),
    ({"TotalAmt": None}, "QuickBooks Bill 301: TotalAmt is missing: None"),
    ({"TxnDate": "20.03.2026"}, "QuickBooks Bill 301: TxnDate is not a date: '20.03.2026'"),
    ({"VendorRef": {}}, "QuickBooks Bill 301: VendorRef is missing"),
    ({"VendorRef": "88"}, "QuickBooks Bill 301: VendorRef is not what QuickBooks documents: '88'"),
    ({"Line": {"Id": "1"}}, "QuickBooks Bill 301: Line is not what QuickBooks documents"),
    ({"Line": [{"Id": "1", "Amount": True, "DetailType": "AccountBasedExpenseLineDetail",
                "AccountBasedExpenseLineDetail": {"AccountRef": {"value": "1"}}}]},
     "QuickBooks Bill 301, line 1: Amount is not a number: True"),
    ({"Line": [{"Id": "1", "Amount": 5, "DetailType": "GroupLineDetail"}]},
     "QuickBooks Bill 301, line 1: DetailType has an amount of a kind that is not documented"),
])
def test_a_field_that_is_not_as_documented_is_named_with_its_value(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(NotUnderstood) as wrong:
        read.understood(bill_reading(**changes))
    assert str(wrong.value).startswith(says)


def test_one_odd_record_does_not_keep_the_others_from_being_read() -> None:
    odd = {"Id": "301", "SyncToken": "3", "VendorRef": {"value": "88"}, "Line": "none", "MetaData": {
        "LastUpdatedTime": "yesterday"}}
    reading = read.reading_of("Bill", json.dumps(odd))
    assert (reading.key, reading.version, reading.changed_at, reading.links) == ("301", "3", None, (("vendor", "88"),))
    with pytest.raises(NotUnderstood, match="QuickBooks Bill 301: TxnDate is missing"):
        read.understood(reading)


def test_a_page_instead_of_an_answer_is_named(office: Office) -> None:
    html = httpx2.MockTransport(lambda request: httpx2.Response(200, content=b"<html>Sign in to the hotel</html>"))
    office.books._http._http = httpx2.Client(transport=html)
    with pytest.raises(Unreachable, match="Sign in to the hotel"):
        everything(office)


def test_a_query_that_is_refused_says_what_was_asked_and_what_was_said(office: Office) -> None:
    with pytest.raises(NotUnderstood, match=r"refused to read SELECT \* FROM Nothing.*4001"):
        office.books._company.query(client.select("Nothing"))
