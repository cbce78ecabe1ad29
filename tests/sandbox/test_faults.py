"""The fault plan: every kind does what it says, to the calls that it names, as often as it says."""
import json
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.control import (
    REALM,
    account,
    bill_of,
    bills,
    books,
    connected,
    control,
    controlled,
    field,
    opened,
    procore_tokens,
    token_call,
    told,
    vendor,
)
from tieout.sandbox.faults import KINDS, FaultError, faults_from, read_faults
from tieout.sandbox.sandbox import Sandbox

BILL = "POST /v3/company/{realm}/bill"
VENDORS = "/rest/v1.0/vendors"


@pytest.fixture
def office() -> Sandbox:
    return opened()


def plan(sandbox: Sandbox, *rules: dict[str, Any], seed: int = 0) -> None:
    control(sandbox, "POST", "faults", {"seed": seed, "rules": list(rules)})


def fired(sandbox: Sandbox) -> list[tuple[int, int]]:
    return [(rule["seen"], rule["fired"]) for rule in control(sandbox, "GET", "faults")["rules"]]


def test_the_third_bill_create_is_written_and_its_connection_cut(office: Sandbox) -> None:
    one, cost = vendor(office, "Norton"), account(office)
    plan(office, {"kind": "lost", "entity": "Bill", "operation": "create", "call": 3})
    answers = [books(office, "POST", "bill", bill_of(one, cost, str(n))) for n in range(1, 5)]
    assert [answer.lost for answer in answers] == [False, False, True, False]
    assert bills(office) == ["1", "2", "3", "4"]
    assert fired(office) == [(4, 1)]


def test_a_bill_is_counted_in_a_batch_as_it_is_alone_and_an_update_is_not_a_create(office: Sandbox) -> None:
    one, cost = vendor(office, "Norton"), account(office)
    plan(office, {"kind": "lost", "entity": "bill", "operation": "create", "call": 3})
    first = told(books(office, "POST", "bill", bill_of(one, cost, "1")))["Bill"]
    assert not books(office, "POST", "bill", {**bill_of(one, cost, "1"), "Id": first["Id"],
                                              "SyncToken": first["SyncToken"]}).lost
    batch = {"BatchItemRequest": [{"bId": str(n), "operation": "create", "Bill": bill_of(one, cost, f"b{n}")}
                                  for n in (2, 3)]}
    assert books(office, "POST", "batch", batch).lost
    assert bills(office) == ["1", "b2", "b3"]


def test_an_endpoint_may_hold_a_star_and_belongs_to_one_service(office: Sandbox) -> None:
    plan(office, {"kind": "down", "endpoint": "*/vendors", "service": "procore", "status": 500})
    assert field(office, "GET", VENDORS).status == 500
    assert field(office, "GET", "/rest/v1.0/projects").status == 200
    plan(office, {"kind": "down", "endpoint": BILL})
    assert books(office, "GET", "preferences").status == 200


@pytest.mark.parametrize("service", ["quickbooks", "procore"])
def test_a_refused_connection_does_nothing_and_answers_nothing(office: Sandbox, service: str) -> None:
    plan(office, {"kind": "refused", "service": service, "count": 1})
    if service == "quickbooks":
        assert books(office, "POST", "vendor", {"DisplayName": "Norton"}).lost
        assert not office.quickbooks.company.records["Vendor"]
    else:
        assert field(office, "POST", VENDORS, {"vendor": {"name": "Norton"}}).lost
        assert told(field(office, "GET", VENDORS)) == []
    assert control(office, "GET", "calls/log", service=service, limit="9")["calls"][-1]["status"] is None


def test_busy_is_said_in_each_vendors_own_shape(office: Sandbox) -> None:
    plan(office, {"kind": "busy"})
    busy = field(office, "GET", VENDORS)
    assert (busy.status, "Retry-After" in busy.headers, told(busy)["errors"][:8]) == (429, True, "You have")
    busy = books(office, "GET", "preferences")
    assert busy.status == 429
    assert b"ThrottleExceeded" in busy.body


@pytest.mark.parametrize(("form", "kinds"), [
    ("json", {"application/json;charset=UTF-8"}), ("xml", {"application/xml"}),
    (None, {"application/json;charset=UTF-8", "application/xml"})])
def test_a_busy_quickbooks_answers_in_the_one_form_that_the_rule_fixes_or_by_turns_in_both(
        office: Sandbox, form: str | None, kinds: set[str]) -> None:
    plan(office, {"kind": "busy", **({"form": form} if form else {})})
    answers = [books(office, "GET", "preferences") for _ in range(4)]
    assert {answer.headers["Content-Type"] for answer in answers} == kinds
    assert all(answer.status == 429 and b"ThrottleExceeded" in answer.body for answer in answers)


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_each_status_of_a_service_that_is_down_does_nothing(office: Sandbox, status: int) -> None:
    plan(office, {"kind": "down", "status": status})
    assert books(office, "POST", "vendor", {"DisplayName": "Norton"}).status == status
    assert field(office, "POST", VENDORS, {"vendor": {"name": "Norton"}}).status == status
    control(office, "DELETE", "faults")
    assert not office.quickbooks.company.records["Vendor"]
    assert told(field(office, "GET", VENDORS)) == []


def test_a_gateway_answers_with_a_page_of_html(office: Sandbox) -> None:
    plan(office, {"kind": "html", "status": 403})
    for page in (field(office, "GET", VENDORS), books(office, "GET", "preferences")):
        assert (page.status, dict(page.headers)["Content-Type"], page.body[:6]) == (403, "text/html", b"<html>")


def test_a_slow_answer_is_done_and_says_how_long_it_is_held_back(office: Sandbox) -> None:
    plan(office, {"kind": "slow", "delay_s": 2.5, "entity": "vendor"})
    answer = books(office, "POST", "vendor", {"DisplayName": "Norton"})
    assert (answer.status, answer.delay_s) == (200, 2.5)
    assert books(office, "GET", "preferences").delay_s == 0


def test_a_truncated_answer_is_no_json_and_a_short_one_never_ends_though_both_are_done(office: Sandbox) -> None:
    plan(office, {"kind": "truncated", "call": 1}, {"kind": "short", "call": 2})
    broken = books(office, "POST", "vendor", {"DisplayName": "Norton"})
    with pytest.raises(ValueError, match=r"."):
        json.loads(broken.body)
    assert (broken.status, broken.lost) == (200, False)
    cut = books(office, "POST", "vendor", {"DisplayName": "Elm"})
    assert (cut.lost, cut.short) == (True, True)
    assert len(office.quickbooks.company.records["Vendor"]) == 2


def test_a_token_that_ran_out_is_said_once_and_never_of_the_sign_in(office: Sandbox) -> None:
    tokens = connected(office)
    plan(office, {"kind": "stale_token", "count": 1, "service": "quickbooks"},
         {"kind": "stale_token", "count": 1, "service": "procore"})
    assert token_call(office, grant_type="refresh_token", refresh_token=tokens["refresh_token"]).status == 200
    refused = books(office, "GET", "preferences", token=tokens["access_token"])
    assert (refused.status, told(refused)["fault"]["error"][0]["code"]) == (401, "3200")
    assert books(office, "GET", "preferences", token=tokens["access_token"]).status == 200
    refused = field(office, "GET", VENDORS)
    assert (refused.status, told(refused)) == (401, {"errors": "Invalid Token"})
    assert field(office, "GET", VENDORS).status == 200


@pytest.mark.parametrize(("kind", "access_status"), [("expired_grant", 200), ("revoked_grant", 401)])
def test_a_grant_that_is_over_is_refused_at_the_refresh_and_stays_over(
        office: Sandbox, kind: str, access_status: int) -> None:
    tokens = connected(office)
    plan(office, {"kind": kind, "service": "quickbooks", "count": 1})
    refused = token_call(office, grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    assert (refused.status, told(refused)["error"]) == (400, "invalid_grant")
    again = token_call(office, grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    assert (again.status, told(again)["error"]) == (400, "invalid_grant")
    assert books(office, "GET", "preferences", token=tokens["access_token"]).status == access_status
    assert books(office, "GET", "preferences").status == 200, "the token for scripts lives on"
    assert fired(office) == [(2, 1)]


def test_a_revoked_grant_of_procore_takes_its_access_token_along(office: Sandbox) -> None:
    service: Any = office.procore
    tokens = told(procore_tokens(office))
    plan(office, {"kind": "revoked_grant", "service": "procore"})
    refused = procore_tokens(office, grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    assert (refused.status, told(refused)["error"]) == (400, "invalid_grant")
    assert tokens["access_token"] not in service.oauth.by_access


def test_a_grant_ended_by_a_fault_is_over_after_a_restart_too(tmp_path: Path) -> None:
    office = opened(state=tmp_path)
    tokens = connected(office)
    plan(office, {"kind": "revoked_grant"})
    token_call(office, grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    office.close()
    back = opened(state=tmp_path)
    assert books(back, "GET", "preferences", token=tokens["access_token"]).status == 401
    assert token_call(back, grant_type="refresh_token", refresh_token=tokens["refresh_token"]).status == 400
    back.close()


def test_a_stale_read_shows_the_version_before_the_last_change(office: Sandbox) -> None:
    one = vendor(office, "Norton")
    plan(office, {"kind": "stale_read", "entity": "vendor", "rate": 1})
    change = {"Id": one, "SyncToken": "0", "sparse": True, "DisplayName": "Norton Lumber"}
    assert books(office, "POST", "vendor", change).status == 200
    assert told(books(office, "GET", f"vendor/{one}"))["Vendor"]["DisplayName"] == "Norton"
    assert told(books(office, "GET", f"vendor/{one}"))["Vendor"]["SyncToken"] == "0"
    control(office, "DELETE", "faults")
    assert told(books(office, "GET", f"vendor/{one}"))["Vendor"]["DisplayName"] == "Norton Lumber"


def test_a_stale_read_of_procore_shows_the_list_as_it_was(office: Sandbox) -> None:
    made = told(field(office, "POST", VENDORS, {"vendor": {"name": "Norton"}}))
    plan(office, {"kind": "stale_read", "service": "procore", "count": 2})
    assert [row["name"] for row in told(field(office, "GET", VENDORS))] == ["Norton"]
    assert fired(office) == [(1, 0)], "there is nothing earlier yet"
    field(office, "PATCH", f"{VENDORS}/{made['id']}", {"vendor": {"name": "Norton Lumber"}})
    assert [row["name"] for row in told(field(office, "GET", VENDORS))] == ["Norton"]
    assert told(field(office, "GET", f"{VENDORS}/{made['id']}"))["name"] == "Norton"
    assert [row["name"] for row in told(field(office, "GET", VENDORS))] == ["Norton Lumber"]


def test_the_same_seed_disturbs_the_same_calls() -> None:
    def run(seed: int) -> list[int]:
        office = opened()
        plan(office, {"kind": "busy", "rate": 0.3, "service": "quickbooks"}, seed=seed)
        return [books(office, "GET", "preferences").status for _ in range(40)]
    assert run(7) == run(7) != run(8)
    assert 4 < run(7).count(429) < 24


def test_a_plan_is_read_from_toml_and_json(tmp_path: Path) -> None:
    toml, as_json = tmp_path / "plan.toml", tmp_path / "plan.json"
    toml.write_text('seed = 7\nlost = 0.5\n[[rules]]\nkind = "busy"\nentity = "Bill"\ncall = [1, 3]\n')
    as_json.write_text(json.dumps({"seed": 7, "lost": 0.5, "rules": [
        {"kind": "busy", "entity": "Bill", "call": [1, 3]}]}))
    assert read_faults(toml).shown() == read_faults(as_json).shown()
    assert read_faults(toml).shown()["rules"] == [{"kind": "busy", "entity": "bill", "call": [1, 3], "seen": 0,
                                                   "fired": 0}]


@pytest.mark.parametrize(("rule", "words"), [
    ({"kind": "boom"}, "Rule 1: kind must be one of lost, refused"), ({}, "kind must be"),
    ({"kind": "busy", "rate": 2}, "rate must be a chance between 0 and 1, not 2"),
    ({"kind": "busy", "rate": 0.1, "call": 1}, "rate or call"),
    ({"kind": "busy", "call": 0}, "call must be the number"), ({"kind": "busy", "call": []}, "call must be"),
    ({"kind": "busy", "count": 0}, "count must be"), ({"kind": "busy", "status": 503}, "status goes with"),
    ({"kind": "down", "status": 418}, "500, 502, 503 or 504, not 418"), ({"kind": "html", "status": 9}, "200 to 599"),
    ({"kind": "slow"}, "delay_s must be"), ({"kind": "busy", "delay_s": 1}, "delay_s goes with"),
    ({"kind": "busy", "service": "xero"}, "service must be one of procore, quickbooks"),
    ({"kind": "busy", "operation": "make"}, "operation must be one of create"),
    ({"kind": "busy", "endpoint": "/vendors"}, "begin with the method"),
    ({"kind": "busy", "entity": 3}, "must be text"),
    ({"kind": "busy", "form": "html"}, "form must be json or xml, not 'html'"),
    ({"kind": "down", "form": "json"}, "form goes with QuickBooks' busy only"),
    ({"kind": "busy", "service": "procore", "form": "json"}, "form goes with QuickBooks' busy only"),
    ({"kind": "busy", "colour": 1}, "unknown key 'colour'; known are kind")])
def test_a_wrong_rule_names_the_field_the_value_and_the_fix(office: Sandbox, rule: dict[str, Any], words: str) -> None:
    with pytest.raises(FaultError) as wrong:
        faults_from({"rules": [rule]})
    assert words in str(wrong.value)
    status, said = controlled(office, "POST", "faults", {"rules": [rule]})
    assert (status, words in said["error"]) == (400, True)


@pytest.mark.parametrize(("rule", "words"), [
    ({"entity": "Bil"}, "no call has the entity 'bil'. Do you mean bill"),
    ({"entity": "requisition", "service": "procore"}, "Do you mean requisitions"),
    ({"entity": "requisitions", "service": "quickbooks"}, "no call has the entity 'requisitions'"),
    ({"endpoint": "POST /v3/company/{realm}/bil"}, "Do you mean POST /v3/company/{realm}/bill"),
    ({"endpoint": "PATCH */vendorz"}, "no call has the endpoint"),
    ({"kind": "webhook_late", "delay_s": 1, "entity": "Our Vendors"}, "company vendors"),
    ({"kind": "webhook_late", "delay_s": 1, "entity": "billing"}, "no webhook has the entity 'billing'"),
])
def test_a_rule_that_nothing_can_meet_is_refused_with_what_comes_close(
        office: Sandbox, rule: dict[str, Any], words: str) -> None:
    before = control(office, "GET", "faults")
    status, said = controlled(office, "POST", "faults", {"rules": [{"kind": "down", **rule}]})
    assert (status, words in said["error"]) == (400, True), said
    assert control(office, "GET", "faults") == before


@pytest.mark.parametrize("rule", [
    {"entity": "Bill"}, {"entity": "trialbalance"}, {"entity": "token", "operation": "refresh"}, {"entity": "batch"},
    {"endpoint": "*"}, {"endpoint": "POST /V3/*/Bill"}, {"endpoint": "PATCH */sync"},
    {"endpoint": "GET /op/v1/jwks"},
    {"endpoint": "GET /attachments/*"}, {"endpoint": "POST /oauth/token"}, {"entity": "Requisitions"},
    {"kind": "webhook_late", "delay_s": 1, "entity": "Company Vendors"},
    {"kind": "webhook_late", "delay_s": 1, "entity": "Vendor"}])
def test_a_rule_that_a_call_can_meet_is_taken(office: Sandbox, rule: dict[str, Any]) -> None:
    control(office, "POST", "faults", {"rules": [{"kind": "down", **rule}]})


def test_every_call_of_the_log_can_be_named_by_a_rule(office: Sandbox) -> None:
    one = vendor(office, "Norton")
    for path in (f"vendor/{one}", "preferences", "reports/TrialBalance", "companyinfo/1", "cdc"):
        books(office, "GET", path, changedSince="2026-01-01", entities="Vendor")
    field(office, "GET", "/rest/v1.0/vendors")
    for called in control(office, "GET", "calls/log")["calls"]:
        control(office, "POST", "faults", {"rules": [{"kind": "down", "endpoint": called["endpoint"]}]})


def test_every_kind_can_be_set_and_is_shown_with_its_counts(office: Sandbox) -> None:
    plan(office, *({"kind": kind, **({"delay_s": 1} if kind in ("slow", "webhook_late") else {})} for kind in KINDS))
    assert [rule["kind"] for rule in control(office, "GET", "faults")["rules"]] == list(KINDS)
    assert control(office, "DELETE", "faults")["rules"] == []


def test_the_call_log_tells_each_call_its_fault_and_no_secret(office: Sandbox) -> None:
    one = vendor(office, "Norton")
    plan(office, {"kind": "lost", "entity": "vendor", "call": 1})
    books(office, "POST", "vendor", {"DisplayName": "Elm"}, requestid="r-1", access_token="hush")
    books(office, "GET", f"vendor/{one}")
    log = control(office, "GET", "calls/log", service="quickbooks", limit="2")
    assert log["total"] == 3
    newest, before = log["calls"]
    assert (newest["endpoint"], newest["status"], newest["fault"]) == (
        "GET /v3/company/{realm}/vendor/{id}", 200, None)
    assert before == {
        "number": 2, "time": "2026-03-02T16:00:00+00:00", "service": "quickbooks", "method": "POST",
        "endpoint": "POST /v3/company/{realm}/vendor", "path": f"{REALM}/vendor",
        "query": "requestid=r-1&access_token=***", "status": None, "duration_ms": before["duration_ms"],
        "size": before["size"], "fault": "lost", "trace_id": before["trace_id"], "requestid": "r-1"}
    assert before["trace_id"].startswith("1-")
    assert before["size"] > 100
    assert [c["number"] for c in control(office, "GET", "calls/log", endpoint="vendor/{id}")["calls"]] == [3]
    assert [c["number"] for c in control(office, "GET", "calls/log", status="200")["calls"]] == [3, 1]
    lost = control(office, "GET", "calls/log", fault="lost", endpoint="VENDOR", limit="0")
    assert (lost["total"], lost["matching"], lost["calls"]) == (3, 1, [])
    assert control(office, "GET", "calls")["quickbooks"]["POST /v3/company/{realm}/vendor"] == 2
    control(office, "DELETE", "calls")
    assert control(office, "GET", "calls/log")["calls"] == []


@pytest.mark.parametrize(("query", "words"), [({"limit": "x"}, "limit"), ({"status": "-1"}, "status"),
                                              ({"service": "xero"}, "procore or quickbooks"),
                                              ({"fault": "loss"}, "lost, refused"),
                                              ({"entity": "bill"}, "Unknown parameter 'entity'; known are service")])
def test_a_wrong_question_to_the_call_log_is_refused(office: Sandbox, query: dict[str, str], words: str) -> None:
    status, said = controlled(office, "GET", "calls/log", **query)
    assert (status, words in said["error"]) == (400, True)


def test_the_log_hides_the_code_of_a_sign_in_and_shows_the_cost_code_of_a_filter(office: Sandbox) -> None:
    field(office, "GET", "/rest/v1.0/vendors", **{"filters[cost_code_id]": "17", "code": "abc", "access_token": "def"})
    [called] = control(office, "GET", "calls/log", service="procore")["calls"]
    assert called["query"].endswith("filters[cost_code_id]=17&code=***&access_token=***")


@pytest.mark.parametrize("url", ["http://[::1", "https://[bad]/", "http://127.0.0.1:x/", "http://127.0.0.1:99999/",
                                 "http://localhost\n.elm.example/", "https://elm example/", "ftp://127.0.0.1/", None])
def test_an_address_that_is_none_is_refused_by_both(url: object) -> None:
    office = opened()
    status, said = controlled(office, "POST", "quickbooks/webhooks", {"url": url})
    assert (status, said["error"][:22]) == (400, "url must be an address")
    answer = field(office, "POST", "/rest/v1.0/webhooks/hooks", {"hook": {
        "api_version": "v2", "namespace": "mine", "destination_url": url}})
    assert (answer.status, b'"destination_url"' in answer.body) == (422, True), answer.body


def test_an_address_elsewhere_is_not_reached_by_a_name_before_it() -> None:
    status, said = controlled(opened(), "POST", "quickbooks/webhooks", {"url": "http://127.0.0.1@elm.example/"})
    assert (status, "not elm.example" in said["error"]) == (400, True)
