"""Who may do what in the practice Procore, and what an administrator sets on its web pages."""
import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.procore_client import Client, Site
from tieout.sandbox.kit import Request
from tieout.sandbox.sandbox import Sandbox

COMPANY = 4283186
CONTRACTS = "/rest/v1.0/work_order_contracts"


@pytest.fixture
def account(site: Site) -> Client:
    """The service account of an app."""
    service = site.service
    app = service.oauth.apps[service.client_id]
    assert app.service_account is not None
    grant = service.oauth.grant(app, app.service_account, refreshable=False, is_user_token=False)
    return Client(service, grant.access_token)


def draft(site: Site) -> dict[str, Any]:
    return {"project_id": site.project, "work_order_contract": {"title": "Roof", "vendor_id": site.vendor}}


@pytest.mark.parametrize(("level", "read", "made"), [
    ("none", 403, 403), ("read_only", 200, 403), ("standard", 200, 201), ("admin", 200, 201)])
def test_a_level_in_a_tool_says_what_a_service_account_may_do(site: Site, account: Client, level: str, read: int,
                                                             made: int) -> None:
    site.service.set_permission("commitments", level, user_id=site.service.account.id)
    assert account.call("GET", CONTRACTS, None, {"project_id": site.project}).status == read
    answer = account.call("POST", CONTRACTS, draft(site))
    assert answer.status == made
    if made == 403:
        assert answer.body["message"] == "You do not have permission to perform this action"
        assert answer.body["reason"] == f"The permission level in the commitments tool is {level}"
        assert site.api.get(CONTRACTS, project_id=site.project) == []
    assert account.call("GET", "/rest/v1.0/cost_codes", None, {"project_id": site.project}).status == 200
    site.service.set_permission("commitments", "none")
    site.api.refused(403, "GET", CONTRACTS, None, {"project_id": site.project})
    service = site.service
    service.set_permission("commitments", "admin", user_id=service.person.id)
    account.refused(403, "GET", CONTRACTS, None, {"project_id": site.project})
    assert site.api.call("GET", CONTRACTS, None, {"project_id": site.project}).status == 200, "others keep theirs"


def test_a_level_in_one_project_holds_there_only(site: Site, account: Client) -> None:
    other = site.new_project("Second", "24-018")
    site.service.set_permission("commitments", "none")
    site.service.set_permission("commitments", "read_only", project_id=other)
    account.refused(403, "GET", CONTRACTS, None, {"project_id": site.project})
    assert account.get(CONTRACTS, project_id=other) == []


@pytest.mark.parametrize(("tool", "path", "body"), [
    ("company_directory", "/rest/v1.0/vendors", {"vendor": {"name": "X"}}),
    ("company_admin", "/rest/v1.0/line_item_types", {"line_item_type": {"name": "Fee", "csv_import_code": "F"}}),
    ("portfolio", "/rest/v1.0/projects", {"project": {"name": "X"}})])
def test_company_tools_have_levels_too(site: Site, account: Client, tool: str, path: str, body: dict[str, Any]) -> None:
    site.service.set_permission(tool, "read_only")
    assert account.get(path, company_id=COMPANY)
    account.refused(403, "POST", path, {"company_id": COMPANY, **body})
    site.service.set_permission(tool, "standard")
    assert account.call("POST", path, {"company_id": COMPANY, **body}).status == (201 if "vendor" in body else 403)
    site.service.set_permission(tool, "none")
    account.refused(403, "GET", path, None, {"company_id": COMPANY})
    site.service.set_permission(tool, "admin")
    account.ok("POST", path, {"company_id": COMPANY, **body})


def test_the_worlds_people_go_on_where_the_clients_user_may_do_nothing() -> None:
    sandbox = Sandbox.start("maple")
    api = Client(sandbox.procore, sandbox.procore.script_token)
    project = api.get("/rest/v1.1/projects", company_id=sandbox.procore.company.id)[0]["id"]
    for tool in ("commitments", "invoicing", "portfolio", "company_directory", "change_orders", "direct_costs"):
        assert post(sandbox, "permissions", {"tool": tool, "level": "none"})[0] == 200
    assert post(sandbox, "permitted-projects", {"project_ids": []})[0] == 200
    before = sandbox.world.played
    assert sandbox.play_next() is not None and sandbox.world.played == before + 1
    api.refused(403, "GET", CONTRACTS, None, {"project_id": project})
    sandbox.close()


def test_standard_in_invoicing_cannot_approve_an_invoice(site: Site, account: Client) -> None:
    made = site.bill(site.invoice(site.commitment("1000"))["id"], work="100")
    site.service.set_permission("invoicing", "standard")
    body = {"project_id": site.project, "commitment_id": made["commitment_id"], "requisition": {"status": "approved"}}
    assert account.call("PATCH", f"/rest/v1.1/requisitions/{made['id']}", body).status in (403, 422)
    site.service.set_permission("invoicing", "admin")
    assert account.ok("PATCH", f"/rest/v1.1/requisitions/{made['id']}", body)["status"] == "approved"


def test_who_is_no_administrator_sees_only_projects_of_their_own(site: Site) -> None:
    standard = Client(site.service, site.service.issue_token("standard"))
    other = site.new_project("Second", "24-018")
    assert [p["id"] for p in standard.get("/rest/v1.1/projects", company_id=COMPANY)] == [site.project]
    standard.refused(404, "GET", f"/rest/v1.0/projects/{other}", None, {"company_id": COMPANY})
    standard.refused(404, "GET", "/rest/v1.0/cost_codes", None, {"project_id": other})
    person = standard.get("/rest/v1.0/me")["id"]
    site.api.ok("POST", f"/rest/v1.0/projects/{other}/users/{person}/actions/add", {})
    assert standard.get("/rest/v1.0/cost_codes", project_id=other) == []


def test_a_service_account_may_see_the_project_that_it_made(site: Site, account: Client) -> None:
    site.service.company.permitted = {site.project}
    made = account.ok("POST", "/rest/v1.0/projects", {"company_id": COMPANY, "project": {"name": "Own"}})["id"]
    assert account.get("/rest/v1.0/cost_codes", project_id=made) == []


def post(sandbox: Sandbox, name: str, asked: object) -> tuple[int, Any]:
    answer = sandbox.handle("procore", Request.of("POST", f"/_sandbox/procore/{name}", body=json.dumps(asked).encode()))
    return answer.status, json.loads(answer.body)


def test_what_the_web_pages_set_is_set_over_the_control_endpoints_and_outlives_a_restart(tmp_path: Path) -> None:
    sandbox = Sandbox.start("empty", state=tmp_path)
    api = Client(sandbox.procore, sandbox.procore.script_token)
    project = api.ok("POST", "/rest/v1.0/projects", {"company_id": COMPANY, "project": {"name": "Mill"}})["id"]
    assert post(sandbox, "permissions", {"tool": "commitments", "level": "read_only"})[0] == 200
    assert post(sandbox, "tools", {"project_id": project, "tool": "budget", "enabled": False})[0] == 200
    assert post(sandbox, "permitted-projects", {"project_ids": [project]})[0] == 200
    status, field = post(sandbox, "custom-fields", {"label": "Phase", "data_type": "lov_entry", "options": ["A"]})
    assert status == 200
    assert post(sandbox, "switches", {"retainage_percent": 5, "allow_overbilling": False})[1][
        "retainage_percent"] == "5"
    sandbox.close()
    again = Sandbox.start("empty", state=tmp_path)
    company = again.procore.company
    assert company.permitted == {project} and company.projects[project].disabled_tools == {"budget"}
    assert company.custom_fields[field["id"]].label == "Phase" and not company.switches.allow_overbilling
    assert company.permissions == dict.fromkeys(
        [(user.id, "commitments", None) for user in (again.procore.account, again.procore.person)], "read_only")
    again.close()


@pytest.mark.parametrize(("name", "asked"), [
    ("permissions", {"tool": "punch", "level": "admin"}), ("permissions", {"tool": "budget", "level": "all"}),
    ("permissions", {"tool": "budget", "level": "none", "user_id": 5}),
    ("permissions", {"tool": "budget", "level": "none", "project_id": "x"}),
    ("tools", {"project_id": 5, "tool": "budget", "enabled": True}), ("permitted-projects", {"project_ids": [5]}),
    ("custom-fields", {"label": ""}), ("custom-fields", {"label": "X", "data_type": "colour"}),
    ("custom-fields", {"label": "X", "on": ["moon"]}), ("switches", {"allow_overbilling": 1}),
    ("switches", {"missing_company_header": 500}), ("switches", {"retainage_percent": 101}),
    ("switches", {"unknown": True}), ("tools", [])])
def test_a_wrong_setting_is_refused_with_a_sentence(name: str, asked: object) -> None:
    sandbox = Sandbox.start("empty")
    status, body = post(sandbox, name, asked)
    assert status == 400 and body["error"]


def test_a_token_lists_every_company_where_the_app_is_connected(site: Site) -> None:
    second = site.service.add_company(777, "Second Builders")
    names = ["Demo Builders", "Second Builders"]
    assert [row["name"] for row in site.api.get("/rest/v1.0/companies")] == names
    site.api.company_id = None
    assert [row["name"] for row in site.api.get("/rest/v1.0/companies")] == names
    second.connected = False
    assert [row["id"] for row in site.api.get("/rest/v1.0/companies")] == [COMPANY]


def test_a_projects_tools_tell_what_is_on_and_what_the_caller_may_do(site: Site, account: Client) -> None:
    path, scope = f"/rest/v1.0/projects/{site.project}/tools", {"project_id": site.project}
    site.service.set_permission("budget", "read_only")
    levels = {row["engine_name"]: row["user_access_level"] for row in account.get("/rest/v1.0/tools", **scope)}
    assert (levels["budgeting"], levels["commitments"]) == ("Read Only", "Admin")
    ids = {row["title"]: row["id"] for row in site.api.get(path)}
    site.api.refused(422, "PATCH", path, {"tools": [{"id": ids["Commitments"], "is_active": False},
                                                    {"id": ids["Directory"], "is_active": False}]})
    site.api.refused(404, "PATCH", path, {"tools": [{"id": 99}]})
    standard = Client(site.service, site.service.issue_token("standard"))
    standard.refused(403, "PATCH", path, {"tools": [{"id": ids["Commitments"], "is_active": False}]})
    site.api.refused(400, "PATCH", path, {})
    assert site.api.get(CONTRACTS, **scope) == [], "nothing was switched off"
    site.api.ok("PATCH", path, {"tools": [{"id": ids["Commitments"], "is_active": False}]})
    assert "commitments tool" in site.api.refused(403, "GET", CONTRACTS, None, scope)["error"]
    off = site.api.ok("GET", path, None, {"filters[is_active]": "false"})
    assert [row["title"] for row in off] == ["Commitments"]
    site.api.ok("PATCH", path, {"tools": [{"id": ids["Commitments"], "is_active": True}]})
    assert site.api.get(CONTRACTS, **scope) == []


def test_a_service_account_reaches_no_project_that_is_not_permitted_by_sync_or_in_bulk(
        site: Site, account: Client) -> None:
    site.api.ok("PATCH", f"/rest/v1.0/projects/{site.project}", {
        "company_id": COMPANY, "project": {"origin_id": "p-1"}})
    site.service.company.permitted = set()
    rows = [{"id": site.project, "name": "Taken"}, {"origin_id": "p-1", "name": "Taken"}]
    answer = account.ok("PATCH", "/rest/v1.0/projects/sync", {"company_id": COMPANY, "updates": rows})
    assert answer["entities"] == [] and len(answer["errors"]) == 2
    pairs = {"users": [{"user_id": site.service.person.id, "project_id": site.project}]}
    added = account.call("POST", f"/rest/v1.3/companies/{COMPANY}/users/bulk_add", pairs)
    assert (added.status, added.body) == (207, {"entities": []})
    entry = site.api.ok("POST", f"/rest/v1.0/projects/{site.project}/timecard_entries", {
        "timecard_entry": {"date": "2026-01-05", "hours": "8"}})["id"]
    assert account.get(f"/rest/v1.0/companies/{COMPANY}/timecard_entries") == []
    account.refused(403, "PATCH", f"/rest/v1.0/companies/{COMPANY}/timesheets", {
        "updates": [{"id": entry}], "hours": 1})


def test_statuses_and_retainage_are_an_administrators_to_set(site: Site) -> None:
    contract = site.commitment("100")
    order = site.change_order(contract, "5", approve=False)["id"]
    scope, base = {"project_id": site.project}, f"/rest/v1.0/projects/{site.project}"
    costs = f"/rest/v1.1/projects/{site.project}/direct_costs"
    cost = site.api.ok("POST", costs, {
        "direct_cost": {"direct_cost_type": "expense", "vendor_id": site.vendor}})["id"]
    site.api.ok("POST", f"{base}/timecard_entries", {"timecard_entry": {"date": "2026-01-05", "hours": "8"}})
    standard = Client(site.service, site.service.issue_token("standard"))
    for method, path, body in (
            ("PATCH", f"{CONTRACTS}/{contract}", {**scope, "work_order_contract": {"status": "Draft"}}),
            ("PATCH", f"{CONTRACTS}/{contract}", {**scope, "work_order_contract": {"retainage_percent": "0"}}),
            ("PATCH", f"/rest/v1.0/change_order_packages/{order}", {**scope, "change_order": {"status": "approved"}}),
            ("PATCH", f"{costs}/{cost}", {"direct_cost": {"status": "approved"}}),
            ("POST", f"{base}/timecard_entries", {"timecard_entry": {"hours": "1", "approval_status": "approved"}}),
            ("POST", f"{base}/budget_changes", {"status": "approved"}), ("POST", f"{base}/budget/lock", {}),
            ("DELETE", f"{base}/budget/lock", None)):
        standard.refused(403, method, path, body)
    same = {**scope, "work_order_contract": {"status": "Approved", "title": "Roof"}}
    assert standard.ok("PATCH", f"{CONTRACTS}/{contract}", same)["title"] == "Roof"


def test_a_bill_recipient_bills_and_writes_nothing_else(site: Site) -> None:
    contract = site.commitment("100")
    recipient = Client(site.service, site.service.issue_token("bill_recipient"))
    scope = {"project_id": site.project}
    recipient.refused(403, "POST", CONTRACTS, draft(site))
    recipient.refused(403, "POST", "/rest/v1.0/contract_payments", {
        **scope, "contract_id": contract, "contract_payment": {"amount": "1"}})
    recipient.refused(403, "POST", f"/rest/v1.0/projects/{site.project}/billing_periods", {"billing_period": {}})
    recipient.refused(403, "POST", "/rest/v1.0/vendors", {"company_id": COMPANY, "vendor": {"name": "X"}})
    made = recipient.ok("POST", "/rest/v1.1/requisitions", {
        **scope, "commitment_id": contract, "requisition": {"period_id": site.period}})
    assert made["status"] == "draft"


def test_the_companys_lists_are_its_administrators(site: Site, account: Client) -> None:
    site.service.set_permission("company_admin", "standard")
    account.refused(403, "POST", f"/rest/v2.0/companies/{COMPANY}/change_order_change_reasons", {"change_reason": "X"})
    account.refused(403, "POST", f"/rest/v1.0/companies/{COMPANY}/work_classifications", {"name": "Carpenter"})


@pytest.mark.parametrize(("level", "is_employee"), [("standard", True), ("bill_recipient", False)])
def test_who_is_no_administrator_signs_in_and_learns_who_and_where_they_are(site: Site, level: Any,
                                                                           is_employee: bool) -> None:
    api = Client(site.service, site.service.issue_token(level))
    me = api.get(f"/rest/v1.3/companies/{COMPANY}/me")
    assert (me["email_address"], me["is_employee"], me["is_active"]) == (
        f"{level}@demobuilders.example", is_employee, True)
    site.api.ok("PATCH", f"/rest/v1.3/companies/{COMPANY}/users/{me['id']}", {"user": {"last_name": "Reyes"}})
    assert api.get(f"/rest/v1.3/companies/{COMPANY}/me")["last_name"] == "Reyes"
    for company in (COMPANY, None):
        api.company_id = company
        assert api.get("/rest/v1.0/me")["id"] == me["id"]
        assert [row["id"] for row in api.get("/rest/v1.0/companies")] == [COMPANY]
    told = api.call("GET", "/oauth/token/info")
    assert told.body["resource_owner_id"] == me["id"]
