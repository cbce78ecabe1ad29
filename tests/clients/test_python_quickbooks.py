"""python-quickbooks and intuit-oauth, as published: written against the real service, run against the practice one.

All that is set is what a user sets: the addresses, the app's keys, and that plain http is meant.
"""
from __future__ import annotations

import warnings
from datetime import timedelta
from typing import Any

import httpx2
import pytest

from tests.clients.conftest import BACK, agree
from tests.support.served import Served

pytest.importorskip("quickbooks", reason="python-quickbooks is not installed: python3 run.py setup")
pytest.importorskip("intuitlib", reason="intuit-oauth is not installed: python3 run.py setup")

from intuitlib.client import AuthClient
from intuitlib.enums import Scopes
from intuitlib.exceptions import AuthClientError
from quickbooks import QuickBooks, exceptions
from quickbooks.batch import batch_create, batch_delete, batch_update
from quickbooks.cdc import change_data_capture
from quickbooks.objects import (
    Account,
    Bill,
    BillPayment,
    CompanyInfo,
    CreditMemo,
    Customer,
    Department,
    Deposit,
    Employee,
    Estimate,
    Invoice,
    Item,
    JournalEntry,
    Payment,
    PaymentMethod,
    Preferences,
    Purchase,
    PurchaseOrder,
    RefundReceipt,
    SalesReceipt,
    TaxCode,
    Term,
    Transfer,
    Vendor,
    VendorCredit,
)
from quickbooks.objects.attachable import Attachable
from quickbooks.objects.base import AttachableRef, LinkedTxn, Ref
from quickbooks.objects.billpayment import BillPaymentLine, CheckPayment
from quickbooks.objects.deposit import DepositLine, DepositLineDetail
from quickbooks.objects.detailline import (
    AccountBasedExpenseLine,
    AccountBasedExpenseLineDetail,
    ItemBasedExpenseLine,
    ItemBasedExpenseLineDetail,
    SalesItemLine,
    SalesItemLineDetail,
)
from quickbooks.objects.journalentry import JournalEntryLine, JournalEntryLineDetail
from quickbooks.objects.payment import PaymentLine
from quickbooks.objects.trackingclass import Class

MINOR = 75


def app(place: Served) -> AuthClient:
    """The client's `environment` may be the address of a discovery document."""
    return AuthClient(place.sandbox.quickbooks.client_id, place.sandbox.quickbooks.client_secret, BACK,
                      f"{place.quickbooks}/.well-known/openid_configuration")


def connect(place: Served) -> AuthClient:
    made = app(place)
    url = made.get_authorization_url([Scopes.ACCOUNTING], state_token="s&1")
    back = agree(url, decision="connect", realm=place.sandbox.quickbooks.realm_id)
    assert back["state"] == "s&1"
    made.get_bearer_token(back["code"], realm_id=back["realmId"])
    return made


@pytest.fixture
def qb(place: Served, monkeypatch: pytest.MonkeyPatch) -> QuickBooks:
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
    monkeypatch.setattr(QuickBooks, "api_url_v3", f"{place.quickbooks}/v3")
    signed_in = connect(place)
    return QuickBooks(auth_client=signed_in, refresh_token=signed_in.refresh_token, company_id=signed_in.realm_id,
                      minorversion=MINOR)


# -- what a contractor's books hold ------------------------------------------------------------------------------------


def account(qb: QuickBooks, name: str, kind: str) -> Any:
    made = Account()
    made.Name, made.AccountType = name, kind
    return made.save(qb=qb)


def vendor(qb: QuickBooks, name: str = "Norton Lumber") -> Any:
    made = Vendor()
    made.DisplayName = name
    return made.save(qb=qb)


def customer(qb: QuickBooks, name: str = "Oak Health LLC") -> Any:
    made = Customer()
    made.DisplayName = name
    return made.save(qb=qb)


def item(qb: QuickBooks, income: Any, cost: Any) -> Any:
    made = Item()
    made.Name, made.Type = "03-300.S", "Service"
    made.IncomeAccountRef, made.ExpenseAccountRef = income.to_ref(), cost.to_ref()
    return made.save(qb=qb)


def cost_line(amount: float, cost: Any) -> AccountBasedExpenseLine:
    line = AccountBasedExpenseLine()
    line.Amount, line.AccountBasedExpenseLineDetail = amount, AccountBasedExpenseLineDetail()
    line.AccountBasedExpenseLineDetail.AccountRef = cost.to_ref()
    return line


def bill(qb: QuickBooks, owed_to: Any, cost: Any, amount: float = 100, number: str = "INV-1") -> Any:
    made = Bill()
    made.VendorRef, made.DocNumber = owed_to.to_ref(), number
    made.Line.append(cost_line(amount, cost))
    return made.save(qb=qb)


def bank(qb: QuickBooks) -> Any:
    return Account.filter(AccountType="Bank", qb=qb)[0]


# -- sign-in -----------------------------------------------------------------------------------------------------------


def test_an_app_connects_refreshes_and_disconnects(place: Served) -> None:
    client = connect(place)
    first = client.refresh_token
    assert client.realm_id == place.sandbox.quickbooks.realm_id
    assert (client.expires_in, client.x_refresh_token_expires_in) == (3600, 8_726_400)
    client.refresh()
    assert client.refresh_token == first, "the same day it may stay the same"
    place.sandbox.kit.clock.advance(timedelta(hours=25))
    client.refresh()
    assert client.refresh_token != first, "a day later it is a new one"
    assert client.revoke()
    with pytest.raises(AuthClientError) as refused:
        client.refresh()
    assert refused.value.status_code == 400
    assert b"invalid_grant" in refused.value.content


def test_a_refresh_token_that_was_replaced_ends_after_a_day(place: Served) -> None:
    client = connect(place)
    first = client.refresh_token
    place.sandbox.kit.clock.advance(timedelta(hours=25))
    client.refresh()
    place.sandbox.kit.clock.advance(timedelta(hours=25))
    with pytest.raises(AuthClientError, match="400"):
        client.refresh(refresh_token=first)
    client.refresh()


def test_a_wrong_secret_and_a_person_who_says_no_are_refused(place: Served) -> None:
    client = app(place)
    back = agree(client.get_authorization_url([Scopes.ACCOUNTING]), decision="cancel",
                 realm=place.sandbox.quickbooks.realm_id)
    assert back["error"] == "access_denied"
    client.client_secret = "wrong"
    with pytest.raises(AuthClientError) as refused:
        client.get_bearer_token("no-such-code")
    assert refused.value.status_code == 401


def test_an_access_token_ends_after_an_hour(qb: QuickBooks, place: Served) -> None:
    place.sandbox.kit.clock.advance(timedelta(minutes=61))
    with pytest.raises(exceptions.AuthorizationException):
        Vendor.all(qb=qb)


# -- create, read, update, delete, void --------------------------------------------------------------------------------


def test_names_and_lists_are_made_read_changed_and_put_away(qb: QuickBooks) -> None:
    made = vendor(qb)
    read = Vendor.get(made.Id, qb=qb)
    read.CompanyName = "Norton Lumber Inc."
    assert read.save(qb=qb).CompanyName == "Norton Lumber Inc."
    with pytest.raises(exceptions.QuickbooksException) as stale:
        made.save(qb=qb)
    assert stale.value.error_code == 5010
    gone = Vendor.get(made.Id, qb=qb)
    gone.Active = False
    assert gone.save(qb=qb).DisplayName == "Norton Lumber (deleted)"
    assert Vendor.all(qb=qb) == []
    someone = Employee()
    someone.GivenName, someone.FamilyName = "Rosa", "Diaz"
    assert someone.save(qb=qb).DisplayName == "Rosa Diaz"
    term = Term()
    term.Name, term.DueDays = "Net 30", 30
    assert term.save(qb=qb).DueDays == 30


def test_a_name_that_is_taken_and_a_record_that_is_not_there_are_refused(qb: QuickBooks) -> None:
    vendor(qb)
    with pytest.raises(exceptions.QuickbooksException) as taken:
        vendor(qb)
    assert taken.value.error_code == 6240
    with pytest.raises(exceptions.ObjectNotFoundException):
        Bill.get(999999, qb=qb)
    with pytest.raises(exceptions.ValidationException) as missing:
        Bill().save(qb=qb)
    assert missing.value.error_code == 2020


def test_a_bill_is_entered_paid_and_voided_and_the_balances_move(qb: QuickBooks) -> None:
    cost, owed_to = account(qb, "Cost", "Cost of Goods Sold"), vendor(qb)
    made = bill(qb, owed_to, cost, 250.55)
    assert (made.TotalAmt, made.Balance) == (250.55, 250.55)
    paid = BillPayment()
    paid.VendorRef, paid.PayType, paid.TotalAmt = owed_to.to_ref(), "Check", 250.55
    paid.CheckPayment = CheckPayment()
    paid.CheckPayment.BankAccountRef = bank(qb).to_ref()
    line = BillPaymentLine()
    line.Amount = 250.55
    line.LinkedTxn = [made.to_linked_txn()]
    paid.Line.append(line)
    paid = paid.save(qb=qb)
    assert Bill.get(made.Id, qb=qb).Balance == 0
    assert Bill.get(made.Id, qb=qb).LinkedTxn[0].TxnId == paid.Id
    paid.void(qb=qb)
    assert Bill.get(made.Id, qb=qb).Balance == 250.55
    Bill.get(made.Id, qb=qb).delete(qb=qb)
    assert Vendor.get(owed_to.Id, qb=qb).Balance == 0


def test_an_order_becomes_a_bill(qb: QuickBooks) -> None:
    cost, owed_to = account(qb, "Cost", "Cost of Goods Sold"), vendor(qb)
    bought = item(qb, account(qb, "Income", "Income"), cost)
    line = ItemBasedExpenseLine()
    line.Amount, line.ItemBasedExpenseLineDetail = 300, ItemBasedExpenseLineDetail()
    line.ItemBasedExpenseLineDetail.ItemRef = bought.to_ref()
    line.ItemBasedExpenseLineDetail.Qty, line.ItemBasedExpenseLineDetail.UnitPrice = 3, 100
    order = PurchaseOrder()
    order.VendorRef, order.APAccountRef = owed_to.to_ref(), Account.filter(
        AccountType="Accounts Payable", qb=qb)[0].to_ref()
    order.Line.append(line)
    order = order.save(qb=qb)
    assert order.POStatus == "Open"
    link = LinkedTxn()
    link.TxnId, link.TxnType, link.TxnLineId = order.Id, "PurchaseOrder", order.Line[0].Id
    line.LinkedTxn = [link]      # the whole order is named in the header too (qbo.md 12.2)
    copied = Bill()
    copied.VendorRef, copied.LinkedTxn = owed_to.to_ref(), [order.to_linked_txn()]
    copied.Line.append(line)
    copied = copied.save(qb=qb)
    assert copied.Line[0].LinkedTxn[0].TxnId == order.Id
    assert PurchaseOrder.get(order.Id, qb=qb).POStatus == "Closed"


def test_an_invoice_is_sold_paid_and_banked(qb: QuickBooks) -> None:
    income = account(qb, "Income", "Income")
    sold_to, sold = customer(qb), item(qb, income, account(qb, "Cost", "Cost of Goods Sold"))
    line = SalesItemLine()
    line.Amount, line.SalesItemLineDetail = 900, SalesItemLineDetail()
    line.SalesItemLineDetail.ItemRef = sold.to_ref()
    made = Invoice()
    made.CustomerRef = sold_to.to_ref()
    made.Line.append(line)
    made = made.save(qb=qb)
    received = Payment()
    received.CustomerRef, received.TotalAmt = sold_to.to_ref(), 900
    part = PaymentLine()
    part.Amount, part.LinkedTxn = 900, [made.to_linked_txn()]
    received.Line.append(part)
    received = received.save(qb=qb)
    assert Invoice.get(made.Id, qb=qb).Balance == 0
    banked = Deposit()
    banked.DepositToAccountRef = bank(qb).to_ref()
    inside = DepositLine()
    inside.Amount, inside.DepositLineDetail = 5, DepositLineDetail()
    inside.DepositLineDetail.AccountRef = income.to_ref()
    banked.Line.append(inside)
    assert banked.save(qb=qb).TotalAmt == 5
    assert received.void(qb=qb)["Payment"]["TotalAmt"] == 0
    assert Invoice.get(made.Id, qb=qb).void(qb=qb)["Invoice"]["Balance"] == 0


def test_a_print_out_that_is_not_played_is_an_unsupported_operation_to_the_client(qb: QuickBooks) -> None:
    with pytest.raises(exceptions.UnsupportedException, match="Not played by the sandbox"):
        qb.download_pdf("Invoice", "1")
    with pytest.raises(exceptions.QuickbooksException, match="Invalid or unsupported object name"):
        qb.get(f"{qb.api_url_v3}/company/{qb.company_id}/nope/1")


def test_the_id_token_of_a_sign_in_is_taken_by_the_client(place: Served) -> None:
    made = app(place)
    back = agree(made.get_authorization_url([Scopes.OPENID, Scopes.PROFILE], state_token="s"), decision="connect")
    assert "realmId" not in back
    made.get_bearer_token(back["code"])
    assert made.id_token.count(".") == 2
    assert made.get_user_info().json()["sub"]


def test_an_expense_a_credit_and_a_journal_entry_are_booked(qb: QuickBooks) -> None:
    cost, owed_to, checking = account(qb, "Cost", "Cost of Goods Sold"), vendor(qb), bank(qb)
    spent = Purchase()
    spent.PaymentType, spent.AccountRef = "Check", checking.to_ref()
    spent.Line.append(cost_line(12.5, cost))
    assert spent.save(qb=qb).TotalAmt == 12.5
    credit = VendorCredit()
    credit.VendorRef = owed_to.to_ref()
    credit.Line.append(cost_line(30, cost))
    assert credit.save(qb=qb).TotalAmt == 30
    entry = JournalEntry()
    for side, touched in (("Debit", cost), ("Credit", checking)):
        line = JournalEntryLine()
        line.Amount, line.JournalEntryLineDetail = 40, JournalEntryLineDetail()
        line.JournalEntryLineDetail.PostingType, line.JournalEntryLineDetail.AccountRef = side, touched.to_ref()
        entry.Line.append(line)
    entry = entry.save(qb=qb)
    assert Account.get(checking.Id, qb=qb).CurrentBalance == -52.5
    assert entry.delete(qb=qb)["JournalEntry"]["status"] == "Deleted"


def test_what_is_sold_at_once_credited_refunded_estimated_and_moved_is_booked(qb: QuickBooks) -> None:
    sold_to, checking = customer(qb), bank(qb)
    sold = item(qb, account(qb, "Income", "Income"), account(qb, "Cost", "Cost of Goods Sold"))
    for kind in (SalesReceipt, RefundReceipt, CreditMemo, Estimate):
        line = SalesItemLine()
        line.Amount, line.SalesItemLineDetail = 90, SalesItemLineDetail()
        line.SalesItemLineDetail.ItemRef = sold.to_ref()
        made = kind()
        made.CustomerRef = sold_to.to_ref()
        made.Line.append(line)
        if kind in (SalesReceipt, RefundReceipt):
            made.DepositToAccountRef = checking.to_ref()
        made = made.save(qb=qb)
        assert kind.get(made.Id, qb=qb).TotalAmt == 90
        assert kind.count(qb=qb) == 1
        if kind in (RefundReceipt, Estimate):
            assert made.delete(qb=qb)[kind.qbo_object_name]["status"] == "Deleted"
    moved = Transfer()
    moved.FromAccountRef, moved.Amount = checking.to_ref(), 15
    moved.ToAccountRef = account(qb, "Savings", "Bank").to_ref()
    assert moved.save(qb=qb).Amount == 15
    assert Account.get(checking.Id, qb=qb).CurrentBalance == 75
    assert Customer.get(sold_to.Id, qb=qb).Balance == -90


def test_a_script_signs_nothing_in_and_uses_the_printed_token(place: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
    monkeypatch.setattr(QuickBooks, "api_url_v3", f"{place.quickbooks}/v3")
    told = app(place)
    told.access_token = place.sandbox.quickbooks.script_token
    books = QuickBooks(auth_client=told, company_id=place.sandbox.quickbooks.realm_id, refresh_token=None,
                       minorversion=MINOR)
    assert [one.Name for one in Account.all(qb=books)] != []
    assert {one.Id for one in TaxCode.all(qb=books)} == {"TAX", "NON"}
    for kind, name in ((Class, "West"), (Department, "Yard"), (PaymentMethod, "Wire")):
        made = kind()
        made.Name = name
        assert kind.get(made.save(qb=books).Id, qb=books).Name == name


# -- questions, batches, changed data, reports -------------------------------------------------------------------------


def test_questions_are_paged_filtered_and_counted(qb: QuickBooks) -> None:
    for number in range(7):
        vendor(qb, f"Vendor {number}")
    assert Vendor.count(qb=qb) == 7
    pages = [Vendor.all(order_by="DisplayName", start_position=at, max_results=3, qb=qb) for at in (1, 4, 7)]
    assert [len(page) for page in pages] == [3, 3, 1]
    assert [one.DisplayName for page in pages for one in page] == [f"Vendor {number}" for number in range(7)]
    assert [one.DisplayName for one in Vendor.filter(DisplayName="Vendor 4", qb=qb)] == ["Vendor 4"]
    assert len(Vendor.choose(["Vendor 1", "Vendor 2"], field="DisplayName", qb=qb)) == 2
    assert len(Vendor.where("DisplayName LIKE 'Vendor%' AND Active = true", qb=qb)) == 7
    assert Vendor.query("SELECT * FROM Vendor WHERE DisplayName = 'Nobody'", qb=qb) == []
    with pytest.raises(exceptions.QuickbooksException) as wrong:
        qb.query("select * form Vendor")
    assert wrong.value.error_code == 4000


def test_a_batch_makes_changes_and_deletes_and_tells_what_failed(qb: QuickBooks) -> None:
    cost, owed_to = account(qb, "Cost", "Cost of Goods Sold"), vendor(qb)
    papers = []
    for number in range(35):
        made = Bill()
        made.VendorRef, made.DocNumber = owed_to.to_ref(), f"B-{number}"
        made.Line.append(cost_line(10, cost))
        papers.append(made)
    papers.append(Bill())
    done = batch_create(papers, qb=qb)
    assert (len(done.successes), len(done.faults)) == (35, 1)
    assert done.faults[0].Error[0].code == "2020"
    for one in done.successes:
        one.PrivateNote = "checked"
    changed = batch_update(done.successes, qb=qb)
    assert len(changed.successes) == 35
    gone = batch_delete(changed.successes, qb=qb)
    assert (len(gone.successes), Bill.count(qb=qb)) == (35, 0)


def test_changed_data_tells_what_moved_and_what_is_gone(qb: QuickBooks, place: Served) -> None:
    cost, owed_to = account(qb, "Cost", "Cost of Goods Sold"), vendor(qb)
    since = place.sandbox.kit.clock.now() - timedelta(minutes=5)
    kept, gone = bill(qb, owed_to, cost, number="A"), bill(qb, owed_to, cost, number="B")
    gone.delete(qb=qb)
    found = change_data_capture([Vendor, Bill, Invoice], since.isoformat(timespec="seconds"), qb=qb)
    assert [one.Id for one in found.Vendor._object_list] == [owed_to.Id]
    by_id = {one.Id: getattr(one, "status", "") for one in found.Bill._object_list}
    assert by_id == {kept.Id: "", gone.Id: "Deleted"}
    assert not hasattr(found, "Invoice")


def test_reports_settings_and_the_request_id(qb: QuickBooks) -> None:
    cost, owed_to = account(qb, "Cost", "Cost of Goods Sold"), vendor(qb)
    made = Bill()
    made.VendorRef = owed_to.to_ref()
    made.Line.append(cost_line(80, cost))
    once, twice = (made.save(qb=qb, request_id="order-1") for _ in range(2))
    assert once.Id == twice.Id
    for name in ("TrialBalance", "ProfitAndLoss", "BalanceSheet", "GeneralLedger", "AgedPayableDetail",
                 "VendorBalance", "TransactionList"):
        assert qb.get_report(name, {"start_date": "2020-01-01", "end_date": "2030-12-31"})["Header"]["ReportName"]
    assert CompanyInfo.get(qb.company_id, qb=qb).CompanyName
    assert Preferences.get(qb=qb).AccountingInfoPrefs


def test_a_file_is_attached_found_and_fetched(qb: QuickBooks) -> None:
    owed = bill(qb, vendor(qb), account(qb, "Cost", "Cost of Goods Sold"))
    paper = Attachable()
    reference = AttachableRef()
    reference.EntityRef = Ref()
    reference.EntityRef.type, reference.EntityRef.value = "Bill", owed.Id
    paper.AttachableRef.append(reference)
    paper.FileName, paper.ContentType, paper._FileBytes = "waiver.pdf", "application/pdf", b"%PDF-1.4 waiver"
    kept = paper.save(qb=qb)
    read = Attachable.get(kept.Id, qb=qb)
    assert (read.FileName, read.Size, read.AttachableRef[0].EntityRef.value) == ("waiver.pdf", 15, owed.Id)
    assert httpx2.get(read.TempDownloadUri).content == b"%PDF-1.4 waiver"


def test_a_webhook_is_known_by_its_signature(qb: QuickBooks, place: Served) -> None:
    said = httpx2.post(f"{place.quickbooks}/_sandbox/quickbooks/webhooks", json={
        "url": "http://127.0.0.1:9/hooks", "delay_s": 0}).json()
    vendor(qb)
    [delivery] = place.sandbox.webhooks.due()
    body, signature = delivery.body.decode(), delivery.headers["intuit-signature"]
    assert qb.validate_webhook_signature(body, signature, said["verifier_token"])
    assert not qb.validate_webhook_signature(body + " ", signature, said["verifier_token"])
    assert not qb.validate_webhook_signature(body, signature, "another token")


@pytest.fixture(autouse=True)
def quiet() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        yield
