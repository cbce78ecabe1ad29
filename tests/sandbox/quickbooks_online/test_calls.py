"""Idempotency, batches, limits, faults, tokens: what a client has to live with."""
import json
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.sandbox.quickbooks_online.office import Office
from tieout.sandbox.kit import Faults, Journal, Request


def test_a_repeated_request_id_answers_as_the_first_time_and_writes_once(office: Office) -> None:
    body = {"VendorRef": {"value": office.vendor}, "Line": [office.cost_line("10.00")]}
    first = office.raw("POST", f"{office.base}/bill", body, requestid="r-1")
    again = office.raw("POST", f"{office.base}/bill", body, requestid="r-1")
    assert (again.status, again.body) == (first.status, first.body)
    assert len(office.rows("select * from Bill")) == 1
    assert office.refused("Vendor", {"DisplayName": "X"}, requestid="r-1") == ["600"]
    assert office.refused("Vendor", {"DisplayName": "X"}, requestid="r" * 51) == ["2130"]


def test_a_refusal_is_remembered_under_its_request_id(office: Office) -> None:
    assert office.refused("Vendor", {"DisplayName": "Norton Lumber"}, requestid="r-2") == ["6240"]
    assert office.refused("Vendor", {"DisplayName": "Something else"}, requestid="r-2") == ["6240"]


def test_a_lost_answer_is_written_and_the_second_try_gets_the_first_answer(office: Office) -> None:
    body = {"VendorRef": {"value": office.vendor}, "Line": [office.cost_line("10.00")]}
    office.kit.faults = Faults(seed=1, lost=1.0)
    lost = office.raw("POST", f"{office.base}/bill", body, requestid="r-3")
    assert lost.lost
    assert not office.raw("GET", f"{office.base}/preferences").lost
    office.kit.faults = Faults()
    answer = office.post("Bill", body, requestid="r-3")
    assert answer == json.loads(lost.body, parse_float=Decimal)
    assert [row["Id"] for row in office.rows("select * from Bill")] == [answer["Bill"]["Id"]]


def test_a_batch_does_each_item_by_itself_and_names_it_in_its_answer(office: Office) -> None:
    bill = office.bill(office.cost_line("10.00"))
    answer = office.post("batch", {"BatchItemRequest": [
        {"bId": "a", "operation": "create", "Vendor": {"DisplayName": "New"}},
        {"bId": "b", "operation": "create", "Vendor": {"DisplayName": "new"}},
        {"bId": "c", "operation": "update", "Bill": {"Id": bill["Id"], "SyncToken": "0", "sparse": True,
                                                     "VendorRef": {"value": office.vendor}, "PrivateNote": "x"}},
        {"bId": "d", "operation": "delete", "Bill": {"Id": bill["Id"], "SyncToken": "0"}},
        {"bId": "e", "operation": "delete", "Bill": {"Id": bill["Id"], "SyncToken": "1"}},
        {"bId": "f", "Query": "select count(*) from Vendor"},
        {"bId": "g", "operation": "create", "Gizmo": {}},
        {"bId": "h", "operation": "create", "optionsData": "allowduplicatedocnum", "Bill": {
            "VendorRef": {"value": office.vendor}, "Line": [office.cost_line("1.00")], "DocNumber": "1"}},
        {"bId": "i", "operation": "create", "Bill": {
            "VendorRef": {"value": office.vendor}, "Line": [office.cost_line("1.00")], "DocNumber": "1"}}]})
    items = {item.pop("bId"): item for item in answer["BatchItemResponse"]}
    codes = {name: item["Fault"]["Error"][0]["code"] for name, item in items.items() if "Fault" in item}
    assert codes == {"b": "6240", "d": "5010", "g": "2000", "i": "6140"}
    assert items["c"]["Bill"]["PrivateNote"] == "x", "each answer shows the object as it was then"
    assert items["e"]["Bill"]["status"] == "Deleted"
    assert items["f"]["QueryResponse"] == {"totalCount": 3}
    assert items["h"]["Bill"]["DocNumber"] == "1"


def test_a_batch_of_thirty_one_is_refused_whole_and_a_repeated_batch_writes_once(office: Office) -> None:
    items = [{"bId": str(n), "operation": "create", "Vendor": {"DisplayName": f"V{n}"}} for n in range(31)]
    assert office.refused("batch", {"BatchItemRequest": items}) == ["1040"]
    first = office.post("batch", {"BatchItemRequest": items[:30]}, requestid="b-1")
    assert office.post("batch", {"BatchItemRequest": items[:30]}, requestid="b-1") == first
    assert office.query("select count(*) from Vendor")["QueryResponse"]["totalCount"] == 32


def test_with_a_request_id_a_batch_keeps_its_ids_short(office: Office) -> None:
    item = {"bId": "12345678901", "operation": "create", "Vendor": {"DisplayName": "New"}}
    assert office.refused("batch", {"BatchItemRequest": [item]}, requestid="r") == ["2130"]
    assert office.refused("batch", {"BatchItemRequest": []}, requestid="r" * 37) == ["2130"]
    assert office.post("batch", {"BatchItemRequest": [item]})["BatchItemResponse"][0]["bId"] == "12345678901"


def test_a_company_whose_subscription_ended_refuses_every_call(office: Office) -> None:
    office.service.set_switches({"subscription_ended": True})
    assert office.refused("Vendor", {"DisplayName": "New"}) == ["6190"]
    assert office.query("select * from Vendor")["Fault"]["Error"][0]["code"] == "6190"
    office.service.set_switches({"subscription_ended": False})
    assert len(office.rows("select * from Vendor")) == 2


@pytest.mark.parametrize(("switch", "status", "code"), [
    ("subscription_ended", 400, "6190"), ("company_reset", 400, "10200"), ("user_removed", 403, "120"),
    ("wrong_cluster", 403, "130"), ("locked_out", 403, "140"), ("under_maintenance", 503, "150")])
def test_a_company_that_is_shut_refuses_reads_and_writes_and_says_why(office: Office, switch: str, status: int,
                                                                      code: str) -> None:
    assert office.service.set_switches({switch: True})[switch] is True
    for method, path in (("GET", "preferences"), ("POST", "vendor")):
        answer = office.raw(method, f"{office.base}/{path}", {"DisplayName": "New"} if method == "POST" else None)
        assert (answer.status, json.loads(answer.body)["Fault"]["Error"][0]["code"]) == (status, code)
    office.service.set_switches({switch: False})
    assert len(office.rows("select * from Vendor")) == 2


def test_refusals_may_come_with_200_and_are_kept_as_refusals_all_the_same(office: Office) -> None:
    office.service.set_switches({"faults_in_200": True})
    for _ in range(2):
        answer = office.raw("POST", f"{office.base}/bill", {}, requestid="r-1")
        assert (answer.status, "Fault" in json.loads(answer.body)) == (200, True)
    assert office.raw("GET", f"{office.base}/vendor/99999").status == 200
    office.service.set_switches({"faults_in_200": False})
    assert office.raw("POST", f"{office.base}/bill", {}, requestid="r-1").status == 400


def test_ten_calls_a_second_and_five_hundred_a_minute_then_429_in_xml_or_json() -> None:
    office = Office(limits="vendor")
    path = f"{office.base}/preferences"
    assert [office.raw("GET", path).status for _ in range(11)] == [200] * 10 + [429]
    refusals = [office.raw("GET", path) for _ in range(2)]
    assert {answer.headers["Content-Type"].split(";")[0] for answer in refusals} == {"application/xml",
                                                                                     "application/json"}
    for answer in refusals:
        if answer.headers["Content-Type"] == "application/xml":
            root = ElementTree.fromstring(answer.body)
            assert root[0][0].attrib["code"] == "3001"
        else:
            assert json.loads(answer.body)["fault"]["error"][0]["code"] == "3001"
    office.kit.clock.advance(timedelta(seconds=1))
    allowed = 10
    while office.raw("GET", path).status == 200:
        allowed += 1
        office.kit.clock.advance(timedelta(milliseconds=101))
    assert allowed == 500
    office.kit.clock.advance(timedelta(minutes=1))
    assert office.raw("GET", path).status == 200


@pytest.mark.parametrize(("method", "path", "most"), [
    ("POST", "batch", 40), ("GET", "reports/TrialBalance", 200)])
def test_forty_batches_and_two_hundred_reports_a_minute(method: str, path: str, most: int) -> None:
    office = Office(limits="vendor")
    body = {"BatchItemRequest": []} if method == "POST" else None
    statuses = []
    for _ in range(most + 1):
        statuses.append(office.raw(method, f"{office.base}/{path}", body).status)
        office.kit.clock.advance(timedelta(milliseconds=200))
    assert statuses == [200] * most + [429]
    assert office.raw("GET", f"{office.base}/preferences").status == 200


def test_busy_and_down_do_nothing_and_still_carry_a_trace_id(office: Office) -> None:
    office.kit.faults = Faults(busy=1.0)
    assert office.raw("POST", f"{office.base}/vendor", {"DisplayName": "X"}).status == 429
    office.kit.faults = Faults(down=1.0)
    answers = [office.raw("POST", f"{office.base}/vendor", {"DisplayName": "X"}) for _ in range(2)]
    assert {answer.status for answer in answers} == {500, 503}
    html = next(answer for answer in answers if answer.status == 503)
    assert html.body.startswith(b"<html>")
    fault = next(answer for answer in answers if answer.status == 500)
    assert json.loads(fault.body)["Fault"]["Error"][0]["code"] == "10000"
    office.kit.faults = Faults()
    assert office.rows("select * from Vendor where DisplayName = 'X'") == []


def test_a_wrong_token_a_wrong_realm_and_a_foreign_realm_have_each_their_own_refusal(office: Office) -> None:
    def get(realm: str, token: str) -> tuple[int, object]:
        answer = office.service.handle(Request.of("GET", f"/v3/company/{realm}/preferences",
                                                  headers={"Accept": "application/json",
                                                           "Authorization": f"Bearer {token}"}))
        return answer.status, json.loads(answer.body)
    status, body = get(office.service.realm_id, "wrong")
    assert (status, body["fault"]["error"][0]["code"], body["fault"]["type"]) == (401, "3200", "AUTHENTICATION")
    status, body = get("999", office.token)
    assert (status, body["fault"]["error"][0]["code"]) == (403, "3100")
    office.service.add_company("555", office.service.company.profile)
    status, body = get("555", office.token)
    assert (status, body["Fault"]["Error"][0]["code"]) == (401, "100")
    assert get("555", office.service.oauth.script_token("555"))[0] == 200


def test_two_companies_keep_their_books_apart(office: Office) -> None:
    other = office.service.add_company("555", office.service.company.profile)
    office.bill(office.cost_line("10.00"))
    assert other.trial_balance() == {}
    assert other.records["Bill"] == {}


@pytest.mark.parametrize(("method", "path", "status"), [
    ("GET", "budget/1", 501), ("POST", "vendorprepayment", 501), ("GET", "customertype/1", 501),
    ("POST", "taxpayment", 501), ("GET", "reports/CashFlow", 501), ("GET", "invoice/1/pdf", 501)])
def test_what_is_not_played_answers_501_in_a_fault(office: Office, method: str, path: str, status: int) -> None:
    answer = office.raw(method, f"{office.base}/{path}")
    wrong = json.loads(answer.body)["Fault"]["Error"][0]
    assert (answer.status, wrong["code"], wrong["Message"]) == (status, "501", "Not played by the sandbox")
    assert f"{method} {office.base}/{path}" in wrong["Detail"]


@pytest.mark.parametrize(("method", "path", "code"), [
    ("GET", "nothing", "2000"), ("GET", "nope/1", "2000"), ("POST", "nope", "2000"), ("GET", "Bill/1", "2000"),
    ("GET", "bill", "500"), ("PUT", "bill/1", "500"), ("DELETE", "bill/1", "500"), ("GET", "bill/1/lines", "500"),
    ("GET", "batch", "500"), ("POST", "cdc", "500")])
def test_an_unknown_object_and_an_operation_that_it_lacks_are_refused_by_their_codes(
        office: Office, method: str, path: str, code: str) -> None:
    answer = office.raw(method, f"{office.base}/{path}")
    assert (answer.status, json.loads(answer.body)["Fault"]["Error"][0]["code"]) == (400, code)


def test_outside_of_the_companies_there_is_nothing(office: Office) -> None:
    assert [office.raw("GET", path).status for path in ("/v3", "/v3/company", "/nothing")] == [404, 404, 404]


def test_the_company_is_named_by_its_realm_or_by_its_id(office: Office) -> None:
    for id_ in (office.service.realm_id, "1"):
        assert office.call("GET", f"companyinfo/{id_}")["CompanyInfo"]["Id"] == "1"
    for id_, code in (("999", "610"), ("mine", "2030")):
        answer = office.raw("GET", f"{office.base}/companyinfo/{id_}")
        assert (answer.status, json.loads(answer.body)["Fault"]["Error"][0]["code"]) == (400, code)


@pytest.mark.parametrize(("method", "path", "query", "words"), [
    ("GET", "query", {"query": "select * from Budget"}, "queries of Budget"),
    ("GET", "query", {"query": "select count(*) from vendorprepayment"}, "queries of VendorPrepayment"),
    ("GET", "query", {"query": "select * from CustomerType where Name = 'X'"}, "queries of CustomerType"),
    ("GET", "query", {"query": "select * from ExchangeRate"}, "queries of ExchangeRate"),
    ("GET", "cdc", {"entities": "Bill,Budget", "changedSince": "2026-03-01"}, "changed data of Budget"),
    ("POST", "budget", {}, "/budget")])
def test_what_is_not_played_answers_501_with_a_sentence_that_names_it_in_queries_and_changed_data_too(
        office: Office, method: str, path: str, query: dict[str, str], words: str) -> None:
    answer = office.raw(method, f"{office.base}/{path}", {} if method == "POST" else None, **query)
    assert answer.status == 501
    said = json.loads(answer.body)["Fault"]["Error"][0]["Detail"]
    assert said.startswith("The sandbox does not play ")
    assert words in said


def test_in_a_batch_only_the_item_that_is_not_played_is_refused(office: Office) -> None:
    done = office.call("POST", "batch", {"BatchItemRequest": [
        {"bId": "1", "Query": "select * from Budget"}, {"bId": "2", "operation": "create", "Budget": {"Name": "2026"}},
        {"bId": "3", "operation": "create", "Vendor": {"DisplayName": "Elm Supply"}}]})["BatchItemResponse"]
    assert [item["Fault"]["Error"][0]["code"] for item in done[:2]] == ["501", "501"]
    assert "The sandbox does not play queries of Budget." in done[0]["Fault"]["Error"][0]["Detail"]
    assert done[2]["Vendor"]["DisplayName"] == "Elm Supply"


def test_the_graphql_interface_answers_501_and_names_the_operation(office: Office) -> None:
    for query, words in (("mutation { projectManagementCreateProject(input: {}) { id } }",
                          "projectManagementCreateProject of POST /graphql"),
                         ("mutation { businessPlanningCreateBudget { id } }", "businessPlanningCreateBudget of POST"),
                         ("{ appFoundationsCustomFieldDefinitions { id } }", "POST /graphql, Intuit's GraphQL")):
        answer = office.raw("POST", "/graphql", {"query": query})
        assert answer.status == 501
        assert words in json.loads(answer.body)["errors"][0]["message"]


def test_a_form_is_not_json(office: Office) -> None:
    answer = office.service.handle(Request.of("POST", f"{office.base}/vendor", headers={
        "Accept": "application/json",
        "Authorization": f"Bearer {office.token}", "Content-Type": "text/plain"}, body=b"{}"))
    assert answer.status == 415


def test_the_call_log_counts_by_endpoint(office: Office) -> None:
    office.kit.calls.clear()
    office.read("Vendor", office.vendor)
    office.read("Vendor", office.other_vendor)
    office.query("select * from Bill")
    assert office.kit.calls.of("quickbooks") == {"GET /v3/company/{realm}/query": 1,
                                                 "GET /v3/company/{realm}/vendor/{id}": 2}


def test_the_same_seed_and_calls_give_the_same_bytes() -> None:
    def play(seed: int) -> list[tuple[object, bytes]]:
        office = Office(seed=seed).furnish()
        answers = [office.raw("POST", f"{office.base}/bill", {
            "VendorRef": {"value": office.vendor}, "Line": [office.cost_line("10.00")]}) for _ in range(3)]
        return [(answer.headers, answer.body) for answer in answers]
    assert play(1) == play(1)
    assert play(1) != play(2)


def test_only_what_changed_or_may_be_asked_again_is_in_the_journal(office: Office, tmp_path: Path) -> None:
    office.kit.journal = Journal(tmp_path / "journal")
    office.query("select * from Bill")
    office.refused("Vendor", {"DisplayName": "Norton Lumber"})
    office.create("Vendor", {"DisplayName": "New"})
    office.refused("Vendor", {"DisplayName": "New"}, requestid="r")
    office.kit.faults = Faults(busy=1.0)
    office.raw("POST", f"{office.base}/vendor", {"DisplayName": "Never"})
    office.kit.journal.close()
    entries = Journal(tmp_path / "journal").entries()
    assert [json.loads(request.body)["DisplayName"] for _, request, _ in entries] == ["New", "New"]


@pytest.mark.parametrize("path", ["bill/abc", "vendor/1.5", "attachable/x"])
def test_reading_by_what_is_no_id_is_refused_with_2030(office: Office, path: str) -> None:
    assert office.call("GET", path)["Fault"]["Error"][0]["code"] == "2030"


def test_changed_data_of_a_thousand_and_more_gives_the_oldest_thousand(office: Office) -> None:
    since = office.kit.clock.now().isoformat()
    for number in range(1005):
        made = office.service.company.add("PaymentMethod", {"Name": f"M{number}"}, office.kit.clock.now())
        if number % 2:
            office.service.company.remove(made, office.kit.clock.now())
    [answer] = office.call("GET", "cdc", entities="paymentmethod,vendor", changedSince=since)["CDCResponse"]
    methods, vendors = answer["QueryResponse"]
    assert len(methods["PaymentMethod"]) == methods["totalCount"] == 1000
    assert vendors == {}, "the window has to be made smaller"
