"""What every client of Procore meets: sign-in, the company header, pages, filters, limits, errors, bulk upserts."""
import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from tests.support.procore_client import Client, Site
from tieout.sandbox.kit import Clock, Faults, Journal, Kit, Request, Response
from tieout.sandbox.procore import Procore

COMPANY = 4283186
REDIRECT = "http://127.0.0.1:8000/connect/procore"


def token_call(service: Procore, **fields: str) -> tuple[int, dict[str, Any]]:
    answer = service.handle(Request.of("POST", "/oauth/token", body=urlencode(fields).encode(), headers={
        "Content-Type": "application/x-www-form-urlencoded"}))
    return answer.status, json.loads(answer.body)


def consent(service: Procore, decision: str = "allow", **more: str) -> Response:
    fields = {"response_type": "code", "client_id": service.app_client_id, "redirect_uri": REDIRECT, "state": "xyz"}
    page = service.handle(Request.of("GET", "/oauth/authorize", query=urlencode({**fields, **more})))
    assert page.status == 200 and b"simulation" in page.body
    hidden = dict(re.findall(r'<input type=hidden name="(\w+)" value="([^"]*)">', page.body.decode()))
    return service.handle(Request.of("POST", "/oauth/authorize",
                                     body=urlencode({**hidden, "decision": decision}).encode()))


def connect(service: Procore) -> dict[str, Any]:
    code = parse_qs(urlsplit(consent(service).headers["Location"]).query)
    assert code["state"] == ["xyz"]
    status, tokens = token_call(service, grant_type="authorization_code", client_id=service.app_client_id,
                                client_secret=service.app_client_secret, code=code["code"][0], redirect_uri=REDIRECT)
    assert status == 200
    return tokens


def refresh(service: Procore, token: str, secret: str | None = None) -> tuple[int, dict[str, Any]]:
    return token_call(service, grant_type="refresh_token", client_id=service.app_client_id, refresh_token=token,
                      client_secret=secret or service.app_client_secret, redirect_uri=REDIRECT)


# Sign-in

def test_a_person_allows_the_app_and_the_code_works_once(site: Site) -> None:
    service = site.service
    location = consent(service).headers["Location"]
    code = parse_qs(urlsplit(location).query)["code"][0]
    fields = {"grant_type": "authorization_code", "client_id": service.app_client_id,
              "client_secret": service.app_client_secret, "code": code, "redirect_uri": REDIRECT}
    assert token_call(service, **{**fields, "redirect_uri": REDIRECT + "/"})[1]["error"] == "invalid_grant"
    assert token_call(service, **fields)[0] == 400, "a refused exchange ends the code too"
    tokens = connect(service)
    assert tokens["expires_in"] == 5400 and tokens["token_type"] == "bearer"
    assert Client(service, tokens["access_token"]).get("/rest/v1.0/me")["login"] == "paula.marsh@demobuilders.example"


def test_a_person_may_say_no_and_a_stranger_gets_no_page(site: Site) -> None:
    assert "error=access_denied" in consent(site.service, "deny").headers["Location"]
    wrong = site.service.handle(Request.of("GET", "/oauth/authorize", query={
        "response_type": "code", "client_id": "nobody", "redirect_uri": REDIRECT}.items()))
    assert wrong.status == 401 and "Location" not in wrong.headers


def test_without_a_browser_the_code_is_shown_on_the_page(site: Site) -> None:
    page = consent(site.service, redirect_uri="urn:ietf:wg:oauth:2.0:oob")
    assert page.status == 200 and re.search(rb"<code>\w{40,}</code>", page.body)


def test_a_code_is_too_old_after_ten_minutes(site: Site) -> None:
    code = parse_qs(urlsplit(consent(site.service).headers["Location"]).query)["code"][0]
    site.pass_time(seconds=601)
    assert token_call(site.service, grant_type="authorization_code", client_id=site.service.app_client_id, code=code,
                      client_secret=site.service.app_client_secret, redirect_uri=REDIRECT)[0] == 400


def test_any_refresh_call_ends_the_refresh_token_it_carries(site: Site) -> None:
    service, first = site.service, connect(site.service)
    status, second = refresh(service, first["refresh_token"])
    assert status == 200 and second["refresh_token"] != first["refresh_token"]
    assert Client(service, first["access_token"]).call("GET", "/rest/v1.0/me").status == 401
    assert refresh(service, first["refresh_token"])[1]["error"] == "invalid_grant"
    assert refresh(service, second["refresh_token"], "wrong secret")[0] == 401
    assert refresh(service, second["refresh_token"])[0] == 400, "the refused call ended it as well"
    assert Client(service, second["access_token"]).call("GET", "/rest/v1.0/me").status == 200


def test_an_access_token_lives_for_an_hour_and_a_half(site: Site) -> None:
    api = Client(site.service, connect(site.service)["access_token"])
    info = site.service.handle(Request.of("GET", "/oauth/token/info", headers={"Authorization": f"Bearer {api.token}"}))
    assert json.loads(info.body)["expires_in_seconds"] == 5400
    site.pass_time(seconds=5399)
    assert api.call("GET", "/rest/v1.0/me").status == 200
    site.pass_time(seconds=1)
    assert api.refused(401, "GET", "/rest/v1.0/me") == {"errors": "Invalid Token"}


@pytest.mark.parametrize("which", ["access_token", "refresh_token"])
def test_revoking_either_token_ends_both_and_a_strange_one_is_no_error(site: Site, which: str) -> None:
    service, tokens = site.service, connect(site.service)

    def revoke(token: str) -> Response:
        return service.handle(Request.of("POST", "/oauth/revoke", body=urlencode({
            "token": token, "client_id": service.app_client_id,
            "client_secret": service.app_client_secret}).encode()))

    assert (revoke("nothing").status, revoke("nothing").body) == (200, b"{}")
    assert revoke(tokens[which]).status == 200
    assert Client(service, tokens["access_token"]).call("GET", "/rest/v1.0/me").status == 401
    assert refresh(service, tokens["refresh_token"])[0] == 400


def test_a_service_account_gets_no_refresh_token_and_sees_its_permitted_projects(site: Site) -> None:
    service = site.service
    status, tokens = token_call(service, grant_type="client_credentials", client_id=service.client_id,
                                client_secret=service.client_secret)
    assert status == 200 and "refresh_token" not in tokens
    api = Client(service, tokens["access_token"])
    service.company.permitted = {site.project}
    hidden = site.new_project("Hidden", "24-018")
    assert [p["id"] for p in api.get("/rest/v1.1/projects", company_id=COMPANY)] == [site.project]
    api.refused(403, "GET", "/rest/v1.0/cost_codes", None, {"project_id": hidden})
    api.company_id = None
    assert api.refused(400, "GET", "/rest/v1.0/companies")["errors"] == "Missing Procore-Company-Id header!"
    assert token_call(service, grant_type="client_credentials", client_id=service.app_client_id,
                      client_secret=service.app_client_secret)[1]["error"] == "unsupported_grant_type"
    assert token_call(service, grant_type="client_credentials", client_id=service.client_id,
                      client_secret="no")[1]["error"] == "invalid_client"


# The company

def test_without_the_company_header_a_project_reads_as_not_there(site: Site) -> None:
    site.api.company_id = None
    assert site.api.get("/rest/v1.0/companies")[0]["name"] == "Demo Builders"
    assert "name" not in site.api.get("/rest/v1.0/me")
    assert site.api.refused(404, "GET", "/rest/v1.0/cost_codes", None,
                            {"project_id": site.project})["message"] == "Record not found"
    assert site.api.refused(400, "GET", "/rest/v1.0/vendors", None,
                            {"company_id": COMPANY})["errors"] == "Missing Procore-Company-Id header!"
    site.service.company.switches.missing_company_header = 400
    site.api.refused(400, "GET", "/rest/v1.0/cost_codes", None, {"project_id": site.project})


def test_one_company_never_reads_the_records_of_another(site: Site) -> None:
    other = site.service.add_company(777, "Second Builders")
    site.api.company_id = 777
    assert site.api.get("/rest/v1.0/vendors", company_id=777) == []
    site.api.refused(404, "GET", f"/rest/v1.0/vendors/{site.vendor}", None, {"company_id": 777})
    site.api.refused(404, "GET", f"/rest/v1.0/projects/{site.project}", None, {"company_id": 777})
    site.api.refused(404, "GET", "/rest/v1.0/vendors", None, {"company_id": COMPANY})
    other.connected = False
    assert "not connected" in site.api.refused(403, "GET", "/rest/v1.0/vendors", None, {"company_id": 777})["error"]
    site.api.company_id = 12
    site.api.refused(403, "GET", "/rest/v1.0/vendors", None, {"company_id": 12})


def test_the_caller_has_a_name_when_a_company_is_given(site: Site) -> None:
    assert site.api.get("/rest/v1.0/me", company_id=COMPANY)["name"] == "Paula Marsh"
    assert site.api.get(f"/rest/v1.3/companies/{COMPANY}/me")["email_address"] == "paula.marsh@demobuilders.example"
    assert site.api.get("/rest/v1.0/company_configuration", company_id=COMPANY)["currency_iso_code"] == "USD"
    assert site.api.get("/rest/v1.0/company_base_url")["web_base_url"] == "http://sandbox.test"


# Pages and filters

def test_a_list_is_read_page_by_page_along_its_links(site: Site) -> None:
    for number in range(11):
        site.new_vendor(f"Vendor {number}")
    seen: list[int] = []
    url: str | None = f"/rest/v1.0/vendors?company_id={COMPANY}&view=compact&per_page=5"
    rels = []
    while url:
        parts = urlsplit(url)
        answer = site.api.call("GET", parts.path, None, [(k, v[0]) for k, v in parse_qs(parts.query).items()])
        assert (answer.headers["Total"], answer.headers["Per-Page"]) == ("12", "5")
        seen += [row["id"] for row in answer.body]
        links = {rel: link for link, rel in re.findall(r'<([^>]+)>; rel="(\w+)"', answer.headers.get("Link", ""))}
        rels.append(sorted(links))
        url = links.get("next")
    assert len(set(seen)) == len(seen) == 12
    assert rels == [["last", "next"], ["first", "last", "next", "prev"], ["first", "prev"]]


def test_each_list_has_its_own_page_size(site: Site) -> None:
    def size(path: str, **params: object) -> str:
        return site.api.call("GET", path, None, params).headers["Per-Page"]
    assert size("/rest/v1.1/projects", company_id=COMPANY, per_page=1000) == "300"
    assert size("/rest/v1.1/projects", company_id=COMPANY) == "100"
    assert size("/rest/v1.1/requisitions", project_id=site.project) == "30"
    assert size("/rest/v1.0/vendors", company_id=COMPANY, per_page=5000) == "2000"
    assert size("/rest/v1.0/vendors", company_id=COMPANY, per_page=10 ** 19) == "2000"
    for page in (500, 10 ** 19, "9" * 5000):
        assert site.api.get("/rest/v1.0/vendors", company_id=COMPANY, page=page) == [], "after the last one"
    for page in (0, "", "x", "-1"):
        assert site.api.get("/rest/v1.0/vendors", company_id=COMPANY, page=page) != []
    v2 = f"/rest/v2.0/companies/{COMPANY}/projects/{site.project}/wbs/codes"
    assert size(v2) == "10"
    assert site.api.refused(400, "GET", v2, None, {"per_page": 101})["error"]["code"] == "BAD_REQUEST"


def test_a_single_instant_is_not_a_range(site: Site) -> None:
    params = {"company_id": COMPANY, "filters[updated_at]": "2026-01-05T08:00:00Z"}
    assert "not a valid date range" in site.api.refused(400, "GET", "/rest/v1.0/vendors", None, params)["errors"]
    ranged = {**params, "filters[updated_at]": "2026-01-05T02:00:00-06:00...2026-01-05T02:00:00-06:00"}
    assert len(site.api.ok("GET", "/rest/v1.0/vendors", None, ranged)) == 1, "both ends are included"


def test_several_values_of_one_filter_come_as_an_array(site: Site) -> None:
    one, two, _ = (site.new_vendor(name) for name in "ABC")
    rows = site.api.ok("GET", "/rest/v1.0/vendors", None, [
        ("company_id", COMPANY), ("filters[id][]", one), ("filters[id][]", two)])
    assert [row["id"] for row in rows] == [one, two]


# Refusals

def test_refusals_come_in_procores_many_shapes(site: Site) -> None:
    api = site.api
    assert api.refused(400, "GET", "/rest/v1.0/cost_codes") == {
        "error": {"code": "BAD_REQUEST", "message": "Missing Project or Company ID"}}
    assert api.refused(400, "POST", "/rest/v1.0/vendors", {"company_id": COMPANY, "name": "no wrapper"})["errors"] \
        == "param is missing or the value is empty: vendor"
    assert api.call("POST", "/rest/v1.0/vendors", b"{not json").status == 400
    assert api.refused(422, "POST", "/rest/v1.0/vendors", {"company_id": COMPANY, "vendor": {"city": "X"}}) == {
        "errors": {"name": ["can't be blank"]}}
    v2 = f"/rest/v2.0/companies/{COMPANY}/projects/{site.project}/commitment_change_orders/9/line_items"
    assert api.refused(404, "GET", v2)["error"]["code"] == "NOT_FOUND"
    api.refused(404, "GET", "/rest/v1.0/vendors/not-a-number", None, {"company_id": COMPANY})
    api.token = "stale"
    assert api.refused(401, "GET", "/rest/v1.0/me") == {"errors": "Invalid Token"}


def test_what_is_not_built_says_so_with_its_name(site: Site) -> None:
    answer = site.api.refused(501, "GET", "/rest/v1.0/punch_items", None, {"project_id": site.project})
    assert answer["errors"].startswith("GET /rest/v1.0/punch_items is not part of")
    assert site.service.kit.calls.of("procore")["GET (unknown)"] == 1


def test_a_tool_that_is_off_in_one_project_refuses_that_project_only(site: Site) -> None:
    other = site.new_project("Second", "24-018")
    site.service.disable_tool(site.project, "commitments")
    path = "/rest/v1.0/work_order_contracts"
    assert "commitments tool" in site.api.refused(403, "GET", path, None, {"project_id": site.project})["error"]
    assert site.api.get(path, project_id=other) == []
    site.service.disable_tool(site.project, "commitments", disabled=False)
    assert site.api.get(path, project_id=site.project) == []


def test_every_answer_names_its_request_and_its_limit(site: Site) -> None:
    one, two = site.api.call("GET", "/rest/v1.0/me"), site.api.call("GET", "/rest/v1.0/punch_items")
    assert one.headers["X-Request-Id"] != two.headers["X-Request-Id"]
    for answer in (one, two):
        assert {"X-Rate-Limit-Limit", "X-Rate-Limit-Remaining", "X-Rate-Limit-Reset"} <= set(answer.headers)


# Limits, faults, the journal

def test_the_spike_window_refuses_the_26th_call_in_ten_seconds(site: Site) -> None:
    site.pass_time(seconds=60)
    site.service.kit.limits = "vendor"
    answers = [site.api.call("GET", "/rest/v1.0/me") for _ in range(26)]
    assert [a.status for a in answers].count(429) == 1 and answers[-1].status == 429
    assert (answers[0].headers["X-Rate-Limit-Limit"], answers[0].headers["X-Rate-Limit-Remaining"]) == ("25", "24")
    assert answers[-1].headers["Retry-After"] == "10"
    reset = int(answers[-1].headers["X-Rate-Limit-Reset"])
    site.service.kit.clock.set(datetime.fromtimestamp(reset, UTC))
    assert site.api.call("GET", "/rest/v1.0/me").status == 200


def test_the_hourly_window_refuses_and_refused_calls_count_too(site: Site) -> None:
    site.service.kit.limits, site.service.hourly_limit, site.service.spike_limit = "vendor", 4, 100
    paths = ["/rest/v1.0/me", "/rest/v1.0/punch_items", "/rest/v1.0/vendors/1", "/rest/v1.0/me", "/rest/v1.0/me"]
    answers = [site.api.call("GET", path, None, {"company_id": COMPANY}) for path in paths]
    assert [a.status for a in answers] == [200, 501, 404, 200, 429]
    assert (answers[3].headers["X-Rate-Limit-Limit"], answers[3].headers["X-Rate-Limit-Remaining"]) == ("4", "0")
    assert int(answers[4].headers["Retry-After"]) == 3600
    site.pass_time(seconds=3600)
    assert site.api.call("GET", "/rest/v1.0/me").status == 200


def test_with_limits_off_no_window_ever_fills(site: Site) -> None:
    answers = [site.api.call("GET", "/rest/v1.0/me") for _ in range(60)]
    assert {(a.status, a.headers["X-Rate-Limit-Remaining"]) for a in answers} == {(200, "24")}


def test_a_lost_answer_is_a_write_that_was_done(site: Site) -> None:
    site.service.kit.faults = Faults(lost=1.0)
    answer = site.api.call("POST", "/rest/v1.0/vendors", {"company_id": COMPANY, "vendor": {"name": "Lost Ltd"}})
    assert answer.lost and answer.status == 201
    assert not site.api.call("POST", "/rest/v1.0/vendors", {"company_id": COMPANY, "vendor": {}}).lost
    names = [v["name"] for v in site.api.get("/rest/v1.0/vendors", company_id=COMPANY)]
    assert "Lost Ltd" in names


@pytest.mark.parametrize(("faults", "status"), [(Faults(busy=1.0), 429), (Faults(down=1.0), 503)])
def test_a_busy_or_fallen_service_does_nothing_and_says_when_to_come_back(site: Site, faults: Faults,
                                                                               status: int) -> None:
    site.service.kit.faults = faults
    answer = site.api.call("POST", "/rest/v1.0/vendors", {"company_id": COMPANY, "vendor": {"name": "X"}})
    assert answer.status == status and int(answer.headers["Retry-After"]) > 0
    site.service.kit.faults = Faults()
    assert len(site.api.get("/rest/v1.0/vendors", company_id=COMPANY)) == 1


def test_the_call_log_counts_by_template(site: Site) -> None:
    site.service.kit.calls.clear()
    site.contract(site.commitment("1"))
    site.api.get("/rest/v1.1/requisitions", project_id=site.project)
    counts = site.service.kit.calls.of("procore")
    assert counts["GET /rest/v1.1/requisitions"] == 1
    assert counts["POST /rest/v1.0/work_order_contracts/{work_order_contract_id}/line_items"] == 1


def work(site: Site) -> None:
    """A stretch of everything, with refusals and a rotated token in it."""
    contract = site.commitment("50000")
    package = site.change_order(contract, "1000")
    made = site.bill(site.invoice(contract)["id"], work="1000", stored="200")
    site.pass_time(days=1)
    site.api.ok("POST", f"/rest/v1.0/requisitions/{made['id']}/add_change_order_package", None, {
        "project_id": site.project, "commitment_id": contract, "change_order_package_id": package["id"]})
    site.set_invoice(made, status="approved")
    site.api.call("DELETE", f"/rest/v1.0/work_order_contracts/{contract}", None, {"project_id": site.project})
    site.pay(contract, "900", origin_id="bp-1")
    tokens = connect(site.service)
    refresh(site.service, tokens["refresh_token"])
    refresh(site.service, tokens["refresh_token"])
    site.api.get("/rest/v1.0/vendors", company_id=COMPANY)


def everything(service: Procore, token: str, project: int) -> list[object]:
    api = Client(service, token)
    scope = {"project_id": project}
    return [api.get("/rest/v1.0/vendors", company_id=COMPANY),
            api.get("/rest/v1.1/requisitions", **scope, view="items"),
            api.get("/rest/v1.0/work_order_contracts", **scope, view="extended"),
            api.get("/rest/v1.0/change_order_packages", **scope), api.get("/rest/v1.0/cost_codes", **scope),
            sorted(service.oauth.by_refresh), sorted(service.oauth.by_access)]


def test_a_killed_sandbox_comes_back_as_it_was_from_its_journal(tmp_path: Path) -> None:
    start = datetime(2026, 1, 5, 8, tzinfo=UTC)
    site = Site.new(clock=Clock(start, frozen=True), journal=Journal(tmp_path / "journal"), seed=7)
    work(site)
    again = Procore(Kit(clock=Clock(start, frozen=True), seed=7))
    for name, request, at in Journal(tmp_path / "journal").entries():
        assert name == "procore"
        again.kit.clock.set(at)
        again.handle(request)
    assert everything(again, again.script_token, site.project) == everything(site.service, site.api.token, site.project)


class Hurried(Clock):
    """A clock that goes on by half a second whenever it is looked at."""

    def now(self) -> datetime:
        self.advance(timedelta(seconds=0.5))
        return super().now()

    def advance(self, by: timedelta) -> None:
        self.set(super().now() + by)


def test_a_call_has_one_time_so_that_the_journal_repeats_it_exactly(tmp_path: Path) -> None:
    start = datetime(2026, 1, 5, 8, tzinfo=UTC)
    journal = Journal(tmp_path / "journal")
    service = Procore(Kit(clock=Clock(start, frozen=True), seed=7))
    service.kit.journal, service.kit.clock = journal, Hurried(start, frozen=True)
    for _ in range(5):
        refresh(service, connect(service)["refresh_token"])
    again = Procore(Kit(clock=Clock(start, frozen=True), seed=7))
    for _name, request, at in Journal(tmp_path / "journal").entries():
        again.kit.clock.set(at)
        again.handle(request)
    assert sorted(again.oauth.by_access) == sorted(service.oauth.by_access)


def test_the_same_calls_give_the_same_answers_and_reading_changes_nothing() -> None:
    answers = []
    for reads in (0, 3):
        site = Site.new(seed=3)
        for _ in range(reads):
            everything(site.service, site.api.token, site.project)
        work(site)
        answers.append(everything(site.service, site.api.token, site.project))
    assert answers[0] == answers[1]


# Bulk upsert

def test_sync_makes_changes_and_refuses_each_on_its_own_and_is_always_200(site: Site) -> None:
    site.new_vendor("Mapped", origin_id="v-1")
    found = site.api.ok("PATCH", "/rest/v1.0/vendors/sync", {"company_id": COMPANY, "updates": [
        {"name": "New"}, {"origin_id": "v-2", "name": "Newer"}, {"origin_id": "v-1", "city": "Reno"},
        {"id": site.vendor, "origin_id": "v-3"}, {"id": 5, "name": "Nobody"}, {"name": ""},
        {"id": site.vendor, "origin_id": "v-1"},
        {"origin_id": "v-2", "business_register_attributes": {"type": "ein", "identifier": "12-3456789"}}]})
    assert [e["name"] for e in found["entities"]] == ["New", "Newer", "Mapped", "SID Electrical", "Newer"]
    assert found["entities"][2]["city"] == "Reno" and found["entities"][3]["origin_id"] == "v-3"
    assert found["entities"][4]["business_register"]["identifier"] == "123456789"
    assert [e["errors"] for e in found["errors"]] == [
        {"id": ["Entity with this ID not found"]}, {"name": ["can't be blank"]},
        {"origin_id": ["has already been taken"]}]
    assert found["errors"][0]["id"] == 5
    too_many = {"company_id": COMPANY, "updates": [{"name": str(n)} for n in range(1001)]}
    site.api.refused(413, "PATCH", "/rest/v1.0/vendors/sync", too_many)


@pytest.mark.parametrize("content_type", ["text/plain", "application/xml", "application/octet-stream", "nonsense"])
def test_a_body_that_is_neither_json_nor_a_form_is_answered_406_and_nothing_is_done(content_type: str) -> None:
    site = Site.new()
    body = json.dumps({"vendor": {"name": "Norton"}, "company_id": COMPANY}).encode()
    before = site.api.call("GET", "/rest/v1.0/vendors", params={"company_id": COMPANY}).body
    refused = site.api.call("POST", "/rest/v1.0/vendors", body, content_type=content_type)
    assert refused.status == 406
    assert f"The content type {content_type} is not taken" in refused.body["errors"]
    assert site.api.call("GET", "/rest/v1.0/vendors", params={"company_id": COMPANY}).body == before
    for taken in ("application/json", "application/json; charset=utf-8", "application/vnd.api+json"):
        body = json.dumps({"vendor": {"name": taken}, "company_id": COMPANY}).encode()
        assert site.api.call("POST", "/rest/v1.0/vendors", body, content_type=taken).status == 201
