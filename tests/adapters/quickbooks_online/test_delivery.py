import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import httpx2
import pytest

from tests.adapters.quickbooks_online.office import Office
from tests.support import what_is_sent
from tests.support.bridge import Permit
from tieout.adapters.quickbooks_online.refusals import REASONS, faults_in, faults_in_xml
from tieout.adapters.quickbooks_online.system import requestid
from tieout.core.drafts import ItemDraft, JobDraft
from tieout.core.problems import REFUSAL_REASONS
from tieout.ports import Answer, Busy, NoAnswer, NotAuthorised, Order, Posted, Refused, WritesForbidden


@pytest.fixture
def office() -> Office:
    return Office()


def bills(office: Office, many: int) -> list[Order]:
    return [office.create("bill", office.bill(office.line(f"{number}.00"), number=f"INV-{number}"), f"T{number}")
            for number in range(1, many + 1)]


def count(office: Office, entity: str = "Bill") -> int:
    found = office.by_hand("query", query=f"SELECT COUNT(*) FROM {entity}")
    return int(found["QueryResponse"]["totalCount"])


def answering(office: Office, *answers: Callable[[], httpx2.Response]) -> None:
    """The next writes get these answers instead of the practice company's."""
    left = list(answers)
    office.books._http._http = httpx2.Client(transport=httpx2.MockTransport(lambda request: left.pop(0)()))


def test_thirty_documents_go_in_one_request_and_come_back_in_order(office: Office) -> None:
    office.asked.clear()
    answers = office.books.deliver("one", bills(office, 30))
    assert len(office.asked) == 1 and count(office) == 30
    totals = [json.loads(answer.reading.raw)["TotalAmt"] for answer in answers if isinstance(answer, Posted)]
    assert totals == [float(number) for number in range(1, 31)]
    assert office.books.calls.by_endpoint == {"POST /v3/company/{realm}/batch": 1}


def test_a_refused_document_takes_no_other_with_it(office: Office) -> None:
    good, other = bills(office, 2)
    ghost = replace(office.vendor, id="999999")
    draft = office.bill(office.line("5.00"))
    bad = office.create("bill", replace(draft, vendor=ghost), "BAD")
    first, refused, last = office.books.deliver("mixed", [good, bad, other])
    assert isinstance(first, Posted) and isinstance(last, Posted)
    assert isinstance(refused, Refused)
    assert (refused.code, refused.reason) == ("2500", "missing_record") and "999999" in refused.words


def test_a_batch_sent_again_with_its_name_enters_nothing_twice(office: Office) -> None:
    orders = bills(office, 3)
    office.kit.faults.lost = 1.0
    assert office.books.deliver("again", orders) == [NoAnswer(why=office_cut("batch"))] * 3
    office.kit.faults.lost = 0.0
    answers = office.books.deliver("again", orders)
    assert [type(answer) for answer in answers] == [Posted] * 3 and count(office) == 3


def office_cut(endpoint: str) -> str:
    return ("QuickBooks did not answer /v3/company/{realm}/" + endpoint + ": ReadError the connection was cut")


def test_one_document_sent_again_with_its_name_is_not_entered_twice(office: Office) -> None:
    [order] = bills(office, 1)
    office.kit.faults.lost = 1.0
    assert office.books.deliver("single", [order]) == [NoAnswer(why=office_cut("bill"))]
    office.kit.faults.lost = 0.0
    [answer] = office.books.deliver("single", [order])
    assert isinstance(answer, Posted) and count(office) == 1


def test_what_is_sent_is_what_was_kept(office: Office) -> None:
    [order] = bills(office, 1)
    office.asked.clear()
    office.books.deliver("kept", [order])
    assert office.asked[0].content.decode() in order.payload
    assert dict(office.asked[0].url.params) == {"requestid": "kept", "minorversion": "75",
                                                "include": "allowduplicatedocnum"}


def test_a_long_name_of_a_delivery_is_shortened_the_same_way_every_time() -> None:
    long = "maple/subcontractor_invoice_to_bill/7712/1/and more"
    assert requestid(long) == requestid(long) != requestid(long + "!")
    assert len(requestid(long)) == 36 and requestid("short") == "short"


def test_a_bill_that_moved_meanwhile_is_looked_at_again(office: Office) -> None:
    held = office.posted("bill", office.bill(office.line("100.00")))
    office.pay(held, "40.00")
    order = office.books.order(action="update", kind="bill", key="u", tag="AB12CD34", held=held,
                               draft=office.bill(office.line("90.00")))
    [alone] = office.books.deliver("alone", [order])
    [together, _] = office.books.deliver("together", [order, *bills(office, 1)])
    for answer in (alone, together):
        assert isinstance(answer, Refused) and (answer.code, answer.reason, answer.stale) == ("5010", "stale", True)


@pytest.mark.parametrize(("refuse", "code", "reason"), [
    (lambda o: o.practice.set_closing_date(date(2026, 2, 28)), "6200", "closed_period"),
    (lambda o: o.practice.set_closing_date(date(2026, 2, 28), password=True), "6210", "closed_period"),
    (lambda o: o.by_hand("item", {"Id": o.item.id, "SyncToken": "0", "sparse": True, "Type": "Service",
                                  "Active": False}), "610", "inactive_record"),
])
def test_A193_a_refusal_says_why_in_our_words_and_keeps_the_vendors(
        office: Office, refuse: Callable[[Office], Any], code: str, reason: str) -> None:
    refuse(office)
    [answer] = office.books.deliver("no", bills(office, 1))
    assert isinstance(answer, Refused) and (answer.code, answer.reason) == (code, reason) and answer.words


def test_a_name_that_a_customer_has_is_refused_as_taken(office: Office) -> None:
    [answer] = office.books.deliver("n", [office.create("vendor", office.new_vendor("oak health llc"))])
    assert isinstance(answer, Refused) and (answer.code, answer.reason) == ("6240", "name_taken")


def test_a_name_with_a_colon_is_refused_as_a_bad_field(office: Office) -> None:
    [answer] = office.books.deliver("n", [office.create("customer", JobDraft(name="a:b", customer=office.customer))])
    assert isinstance(answer, Refused) and (answer.code, answer.reason) == ("2040", "bad_field")


def test_an_item_name_that_is_too_long_is_refused_as_such(office: Office) -> None:
    draft = ItemDraft(name="x" * 120, description="", expense=office.cost)
    [answer] = office.books.deliver("n", [office.create("item", draft)])
    assert isinstance(answer, Refused) and (answer.code, answer.reason) == ("2050", "too_long")
    assert what_is_sent.said() in (["Item.Name: 120 > 100 (ref)"], []), "nothing where the schema files are absent"


def test_every_code_comes_down_to_a_reason_that_people_are_told() -> None:
    assert set(REASONS.values()) <= set(REFUSAL_REASONS)


# --- busy, lost and unreadable ---------------------------------------------------------------------------------------


def fault(code: str, words: str = "words", kind: str = "ValidationFault") -> dict[str, Any]:
    return {"Fault": {"Error": [{"Message": "message", "Detail": words, "code": code, "element": ""}], "type": kind}}


THROTTLED = b"""<?xml version="1.0"?><IntuitResponse time="2016-12-07T15:27:09.527-08:00"
 xmlns="http://schema.intuit.com/finance/v3"><Fault type="SERVICE"><Error code="3001">
 <Message>message=ThrottleExceeded; errorCode=003001; statusCode=429</Message>
 <Detail>The request limit was reached.  Try again later</Detail></Error></Fault></IntuitResponse>"""
GATEWAY = {"warnings": None, "fault": {"error": [{"message": "m", "detail": "limit", "code": "3001", "element": None}],
                                       "type": "SERVICE"}, "queryResponse": None}


@pytest.mark.parametrize(("answer", "expected"), [
    (httpx2.Response(429, content=THROTTLED), Busy),
    (httpx2.Response(200, content=THROTTLED), Busy),
    (httpx2.Response(400, json=GATEWAY), Busy),
    (httpx2.Response(503, content=b"<html>down</html>"), Busy),
    (httpx2.Response(400, json=fault("140", "locked out")), Busy),
    (httpx2.Response(400, json=fault("6000", "You can only add or edit one name at a time.")), Busy),
    (httpx2.Response(500, json=fault("10000", kind="SystemFault")), NoAnswer),
    (httpx2.Response(400, json=fault("600", "Duplicate Request ID")), NoAnswer),
    (httpx2.Response(502, content=b"<html>bad gateway</html>"), NoAnswer),
    (httpx2.Response(500, content=b""), NoAnswer),
    (httpx2.Response(200, content=b""), NoAnswer),
    (httpx2.Response(200, content=b"<html>hello</html>"), NoAnswer),
    (httpx2.Response(200, content=b'{"Bill": {"Id": "1", "Sync'), NoAnswer),
    (httpx2.Response(200, json={"Vendor": {"Id": "1", "SyncToken": "0"}}), NoAnswer),
    (httpx2.Response(200, json=fault("6140", "taken")), Refused),
    (httpx2.Response(413, content=b"<html>too large</html>"), Refused),
    (httpx2.Response(404, content=b""), Refused),
])
def test_every_shape_of_answer_to_a_write_is_one_of_four(
        office: Office, answer: httpx2.Response, expected: type[Answer]) -> None:
    [order] = bills(office, 1)
    answering(office, lambda: answer)
    [found] = office.books.deliver("x", [order])
    assert type(found) is expected, found


def test_busy_is_told_with_the_time_it_needs(office: Office) -> None:
    office.kit.faults.busy = 1.0
    office.practice.kit.faults = office.kit.faults
    answers = office.books.deliver("x", bills(office, 2))
    assert [type(answer) for answer in answers] == [Busy, Busy] and count_free(office) == 0
    assert all(isinstance(answer, Busy) and answer.wait_s == 60 for answer in answers)


def count_free(office: Office) -> int:
    office.kit.faults.busy = 0.0
    return count(office)


def test_an_item_that_is_missing_from_a_batch_answer_is_in_doubt(office: Office) -> None:
    orders = bills(office, 3)
    answer = {"BatchItemResponse": [{"bId": "3", **fault("3001")}, {"bId": "1", **fault("10000")}]}
    answering(office, lambda: httpx2.Response(200, json=answer))
    assert [type(found) for found in office.books.deliver("x", orders)] == [NoAnswer, NoAnswer, Busy]


def test_the_first_words_of_a_fault_are_found_in_json_and_in_xml() -> None:
    [json_fault], [xml_fault] = faults_in(GATEWAY), faults_in_xml(THROTTLED)
    assert (json_fault.code, json_fault.words) == ("3001", "limit")
    assert (xml_fault.code, xml_fault.words) == ("3001", "The request limit was reached.  Try again later")


@pytest.mark.parametrize(("status", "body"), [(403, fault("3100")), (401, fault("100")), (400, fault("6190")),
                                              (403, {})])
def test_a_company_that_lets_nobody_in_stops_the_delivery_with_nothing_done(
        office: Office, status: int, body: dict[str, Any]) -> None:
    [order] = bills(office, 1)
    real = office.transport
    left = [lambda request: httpx2.Response(status, json=body)] * 2

    def handle(request: httpx2.Request) -> httpx2.Response:
        return real.handle_request(request) if "oauth2" in request.url.path else left.pop()(request)

    office.books._http._http = httpx2.Client(transport=httpx2.MockTransport(handle))
    with pytest.raises(NotAuthorised) as stopped:
        office.books.deliver("x", [order])
    assert stopped.value.says and stopped.value.fix and count(office) == 0


def test_i7_with_writing_off_nothing_reaches_quickbooks() -> None:
    office = Office(permit=Permit(writing=False))
    office.asked.clear()
    for orders in (bills(office, 1), bills(office, 2)):
        with pytest.raises(WritesForbidden):
            office.books.deliver("x", orders)
    assert office.asked == [] and office.books.calls.by_endpoint == {}
    assert office.books.show("vendor", office.vendor.id) is not None
