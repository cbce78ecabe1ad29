"""Intuit's webhooks: what is told, in which shape and signed, when it is sent and sent again."""
import hashlib
import hmac
import json
from base64 import b64encode
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.control import account, bill_of, books, control, controlled, opened, told, vendor
from tieout.sandbox.quickbooks_online.merging import merge_names
from tieout.sandbox.sandbox import Sandbox
from tieout.sandbox.webhooks import Delivery

URL = "http://127.0.0.1:9/hooks"


def listening(sandbox: Sandbox, **asked: Any) -> dict[str, Any]:
    said: dict[str, Any] = control(sandbox, "POST", "quickbooks/webhooks", {"url": URL, **asked})
    return said


def later(sandbox: Sandbox, seconds: float) -> None:
    control(sandbox, "POST", "clock", {"advance_s": seconds})


def sent(sandbox: Sandbox, status: int = 200) -> list[Any]:
    """Delivers all that is due; the bodies."""
    return [json.loads(delivery.body) for delivery in sandbox.webhooks.deliver(lambda delivery: status)]


def events(bodies: Iterable[Any]) -> list[tuple[str, str]]:
    return [(entity["name"], entity["operation"]) for body in bodies for part in body["eventNotifications"]
            for entity in part["dataChangeEvent"]["entities"]]


@pytest.fixture
def office() -> Sandbox:
    return opened()


def test_what_happens_within_five_seconds_is_told_in_one_signed_delivery(office: Sandbox) -> None:
    verifier = listening(office)["verifier_token"]
    one = vendor(office, "Norton")
    later(office, 2)
    cost = account(office)
    later(office, 2.9)
    assert office.webhooks.due() == []
    later(office, 0.1)
    [delivery] = office.webhooks.due()
    assert json.loads(delivery.body) == {"eventNotifications": [{
        "realmId": "4620816365000000001", "dataChangeEvent": {"entities": [
            {"name": "Vendor", "id": one, "operation": "Create", "lastUpdated": "2026-03-02T16:00:00.000Z"},
            {"name": "Account", "id": cost, "operation": "Create", "lastUpdated": "2026-03-02T16:00:02.000Z"}]}}]}
    expected = b64encode(hmac.new(verifier.encode(), delivery.body, hashlib.sha256).digest()).decode()
    assert dict(delivery.headers) == {"Content-Type": "application/json", "intuit-signature": expected}
    assert len(sent(office)) == 1
    assert sent(office) == []


def test_a_cloud_event_names_entity_operation_company_and_moment(office: Sandbox) -> None:
    listening(office, shape="cloudevents", delay_s=0)
    one = vendor(office, "Norton")
    [delivery] = office.webhooks.due()
    assert delivery.headers["Content-Type"] == "application/cloudevents+json"
    [event] = json.loads(delivery.body)
    assert (event.pop("id").count("-"), event.pop("source").startswith("intuit.")) == (4, True)
    assert event == {
        "specversion": "1.0", "type": "qbo.vendor.created.v1", "datacontenttype": "application/json",
        "time": "2026-03-02T16:00:00.000000000Z", "intuitentityid": one, "intuitaccountid": "4620816365000000001",
        "data": {}}


def test_change_delete_void_inactivation_and_merge_have_their_own_words(office: Sandbox) -> None:
    one, cost = vendor(office, "Norton"), account(office)
    bank = office.quickbooks.company.account_of_type("Bank")
    assert bank is not None
    bill = told(books(office, "POST", "bill", bill_of(one, cost, "1")))["Bill"]
    other = told(books(office, "POST", "bill", bill_of(one, cost, "2")))["Bill"]
    listening(office, delay_s=0)
    pay = told(books(office, "POST", "billpayment", {
        "VendorRef": {"value": one}, "TotalAmt": 10.25, "PayType": "Check",
        "CheckPayment": {"BankAccountRef": {"value": bank.id}},
        "Line": [{"Amount": 10.25, "LinkedTxn": [{"TxnId": bill["Id"], "TxnType": "Bill"}]}]}))["BillPayment"]
    assert sorted(events(sent(office))) == [("Bill", "Update"), ("BillPayment", "Create")]
    books(office, "POST", "billpayment", {"Id": pay["Id"], "SyncToken": pay["SyncToken"]}, include="void",
          operation="update")
    assert ("BillPayment", "Void") in events(sent(office))
    books(office, "POST", "bill", {"Id": other["Id"], "SyncToken": other["SyncToken"]}, operation="delete")
    assert events(sent(office)) == [("Bill", "Delete")]
    lone = vendor(office, "Elm")
    sent(office)
    for number, active in enumerate((False, False, True)):
        books(office, "POST", "vendor", {"Id": lone, "SyncToken": str(number), "sparse": True, "Active": active,
                                         "Notes": str(number)})
    assert events(sent(office)) == [("Vendor", "Delete"), ("Vendor", "Update"), ("Vendor", "Update")]
    company = office.quickbooks.company
    merge_names(company, "Vendor", lone, one, office.kit.clock.now())
    [body] = sent(office)
    assert body["eventNotifications"][0]["dataChangeEvent"]["entities"] == [
        {"name": "Vendor", "id": one, "operation": "Merge", "lastUpdated": "2026-03-02T16:00:00.000Z",
         "deletedId": lone}]


def test_an_invoice_that_was_sent_is_told_as_e_mailed_and_not_as_changed(office: Sandbox) -> None:
    customer = told(books(office, "POST", "customer", {"DisplayName": "Oak Health"}))["Customer"]["Id"]
    income = told(books(office, "POST", "account", {"Name": "Work", "AccountType": "Income"}))["Account"]["Id"]
    item = told(books(office, "POST", "item", {"Name": "Work", "Type": "Service",
                                               "IncomeAccountRef": {"value": income}}))["Item"]["Id"]
    invoice = told(books(office, "POST", "invoice", {"CustomerRef": {"value": customer}, "Line": [
        {"Amount": 5, "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": {"ItemRef": {"value": item}}}]}))
    listening(office, delay_s=0)
    path = f"invoice/{invoice['Invoice']['Id']}/send"
    assert books(office, "POST", path, sendTo="owner@oak.example").status == 200
    assert events(sent(office)) == [("Invoice", "Emailed")]


def test_only_chosen_entities_are_told_and_a_refused_write_tells_nothing(office: Sandbox) -> None:
    listening(office, entities=["Account"], delay_s=0)
    vendor(office, "Norton")
    account(office)
    assert books(office, "POST", "account", {"Name": "Materials", "AccountType": "Expense"}).status == 400
    assert events(sent(office)) == [("Account", "Create")]
    listening(office, entities=["Preferences"], delay_s=0)
    control(office, "POST", "quickbooks/closing-date", {"date": "2026-01-31"})
    assert events(sent(office)) == [("Preferences", "Update")]


def test_a_failing_address_is_tried_by_intuits_schedule_and_holds_back_the_rest(office: Sandbox) -> None:
    listening(office, delay_s=0)
    vendor(office, "Norton")
    waits = []
    for _ in range(10):
        began = office.kit.clock.now()
        assert len(sent(office, 500)) == 1
        vendor(office, f"More {len(waits)}")
        resumes = office.webhooks.destinations["quickbooks"].resumes
        assert resumes is not None
        assert sent(office, 200) == [], "held back"
        waits.append((resumes - began).total_seconds())
        office.kit.clock.set(resumes)
    assert waits == [10, 20, 30, 300, 1200, 7200, 14400, 21600, 21600, 21600]
    assert len(events(sent(office))) == 11
    listed = control(office, "GET", "webhooks", state="delivered")["deliveries"][-1]
    assert [attempt["status"] for attempt in listed["attempts"]] == [500] * 10 + [200]


def test_an_address_that_fails_too_long_is_switched_off_until_it_is_given_again(office: Sandbox) -> None:
    listening(office, delay_s=0, disable_after_s=60)
    vendor(office, "Norton")
    for _ in range(4):
        sent(office, 500)
        later(office, 30)
    assert control(office, "GET", "webhooks")["destinations"][0]["disabled"] is True
    assert control(office, "GET", "webhooks")["deliveries"][0]["state"] == "discarded"
    vendor(office, "Elm")
    listening(office, delay_s=0)
    vendor(office, "Oak")
    assert len(events(sent(office))) == 1


def test_no_answer_is_a_failure_with_its_reason(office: Sandbox) -> None:
    def nobody(delivery: Delivery) -> int:
        raise ConnectionRefusedError("nobody listens")
    listening(office, delay_s=0)
    vendor(office, "Norton")
    office.webhooks.deliver(nobody)
    [row] = control(office, "GET", "webhooks", destination="quickbooks")["deliveries"]
    assert (row["state"], row["attempts"][0]["error"]) == ("waiting", "nobody listens")


def test_webhooks_can_be_missing_repeated_late_and_out_of_order(office: Sandbox) -> None:
    listening(office, delay_s=0, shape="cloudevents")
    control(office, "POST", "faults", {"rules": [
        {"kind": "webhook_missing", "entity": "vendor", "operation": "create", "call": 1},
        {"kind": "webhook_repeated", "entity": "vendor", "call": 2},
        {"kind": "webhook_late", "delay_s": 120, "entity": "vendor", "call": 3},
        {"kind": "webhook_out_of_order", "entity": "vendor", "call": 4}]})
    made = []
    seen: list[str] = []
    for name in ("Missing", "Twice", "Late", "After", "Next"):
        made.append(vendor(office, name))
        later(office, 0.01)
        seen += [event["intuitentityid"] for body in sent(office) for event in body]
    assert seen == [made[1], made[1], made[4], made[3]]
    later(office, 120)
    assert [event["intuitentityid"] for body in sent(office) for event in body] == [made[2]]
    rows = control(office, "GET", "webhooks", state="missing")["deliveries"]
    assert [row["fault"] for row in rows] == ["webhook_missing"]


def test_what_was_delivered_is_not_sent_again_after_a_restart_and_what_was_not_is(tmp_path: Path) -> None:
    office = opened(state=tmp_path)
    listening(office, delay_s=0)
    vendor(office, "Norton")
    assert len(sent(office)) == 1
    vendor(office, "Elm")
    sent(office, 500)
    office.close()
    back = opened(state=tmp_path)
    assert back.webhooks.due() == []
    later(back, 10)
    assert events(sent(back)) == [("Vendor", "Create")]
    back.close()


def test_a_restore_takes_back_what_was_sent(office: Sandbox) -> None:
    listening(office, delay_s=0)
    vendor(office, "Norton")
    office.webhooks.take()
    control(office, "POST", "snapshots", {"name": "before"})
    later(office, 60)
    control(office, "POST", "restore", {"name": "before"})
    assert events(sent(office)) == [("Vendor", "Create")]
    vendor(office, "Elm")
    assert events(sent(office)) == [("Vendor", "Create")]


def test_nobody_listens_and_nothing_is_kept(office: Sandbox) -> None:
    vendor(office, "Norton")
    assert office.quickbooks.company.events is None
    listening(office)
    assert control(office, "DELETE", "quickbooks/webhooks") == {"url": None}
    vendor(office, "Elm")
    later(office, 60)
    assert (office.webhooks.due(), office.quickbooks.company.events) == ([], None)


@pytest.mark.parametrize(("asked", "words"), [
    ({"url": "hooks"}, "url must be an address"), ({"url": "https://example.com/x"}, "--webhooks any"),
    ({"url": URL, "entities": ["Attachable"]}, "entities must be a list out of Account"),
    ({"url": URL, "shape": "xml"}, "legacy or cloudevents"), ({"url": URL, "delay_s": -1}, "seconds"),
    ({"url": URL, "void_word": "v"}, "void or voided"), ({"url": URL, "content_type": 3}, "content_type"),
    ({"url": URL, "to": 3}, "'to'")])
def test_a_wrong_address_or_choice_is_refused_in_a_sentence(office: Sandbox, asked: object, words: str) -> None:
    status, said = controlled(office, "POST", "quickbooks/webhooks", asked)
    assert (status, words in said["error"]) == (400, True), said


def test_events_are_told_in_lots_of_at_most_a_hundred(office: Sandbox) -> None:
    listening(office)
    for number in range(120):
        vendor(office, f"Vendor {number}")
    office.kit.clock.advance(timedelta(seconds=5))
    assert [len(events([body])) for body in sent(office)] == [100, 20]
