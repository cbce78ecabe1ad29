"""Procore's webhooks: set up by its API, told by version, sent again with growing pauses, listed as deliveries."""
import json
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.control import control, field, opened, told
from tests.support.procore_client import Site
from tieout.sandbox.kit import Request
from tieout.sandbox.procore.webhooks import resources
from tieout.sandbox.sandbox import Sandbox

COMPANY = 4283186
HOOKS = "/rest/v1.0/webhooks/hooks"
URL = "http://127.0.0.1:9/procore"
HOOK = {"api_version": "v2", "namespace": "acme-books", "destination_url": URL,
        "destination_headers": {"Authorization": "Bearer s3cret"}}


@pytest.fixture
def site() -> Sandbox:
    return opened()


def ok(sandbox: Sandbox, method: str, path: str, body: object = None, **query: str) -> Any:
    answer = field(sandbox, method, path, body, **query)
    assert answer.status < 300, answer
    return told(answer) if answer.body else None


def in_project(sandbox: Sandbox, project_id: int, method: str, path: str, body: object = None) -> Any:
    """A call that names the project and no company."""
    answer = sandbox.handle("procore", Request.of(
        method, path, query=(("project_id", str(project_id)),), body=b"" if body is None else json.dumps(body).encode(),
        headers={"Authorization": f"Bearer {sandbox.procore.script_token}", "Content-Type": "application/json",
                 "Procore-Company-Id": str(sandbox.procore.company.id)}))
    assert answer.status < 300, answer
    return told(answer) if answer.body else None


def hook(sandbox: Sandbox, *wanted: tuple[str, str], version: str = "v2", project_id: int | None = None) -> int:
    """A hook with its triggers; of the company, or of a project."""
    body: dict[str, Any] = {"hook": {**HOOK, "api_version": version}}
    rows = {"triggers": [{"resource_name": name, "event_type": event} for name, event in wanted]}
    if project_id is None:
        made = ok(sandbox, "POST", HOOKS, body)
        ok(sandbox, "POST", f"{HOOKS}/{made['id']}/triggers/bulk", rows)
    else:
        made = in_project(sandbox, project_id, "POST", HOOKS, body)
        in_project(sandbox, project_id, "POST", f"{HOOKS}/{made['id']}/triggers/bulk", rows)
    return int(made["id"])


def project(sandbox: Sandbox, name: str = "Elm Street") -> int:
    return int(ok(sandbox, "POST", "/rest/v1.0/projects", {"company_id": sandbox.procore.company.id, "project": {
        "name": name, "project_number": name[:6]}})["id"])


def vendor(sandbox: Sandbox, name: str) -> int:
    return int(ok(sandbox, "POST", "/rest/v1.0/vendors", {"vendor": {"name": name}})["id"])


def sent(sandbox: Sandbox, status: int = 200) -> list[Any]:
    return [json.loads(delivery.body) for delivery in sandbox.webhooks.deliver(lambda delivery: status)]


def test_a_hook_is_made_shown_with_its_header_masked_changed_and_deleted(site: Sandbox) -> None:
    made = ok(site, "POST", HOOKS, {"hook": HOOK})
    assert made == {
        "id": 12345, "api_version": "v2", "namespace": "acme-books", "destination_url": URL,
        "destination_headers": {"Authorization": "****3cret"}, "owned_by_company_id": site.procore.company.id,
        "owned_by_project_id": None, "owned_by_user_id": made["owned_by_user_id"]}
    assert ok(site, "GET", HOOKS) == [made]
    assert ok(site, "GET", HOOKS, namespace="other") == []
    changed = ok(site, "PATCH", f"{HOOKS}/12345", {"hook": {"destination_url": "http://localhost:9/x"}})
    assert changed["destination_url"] == "http://localhost:9/x"
    trigger = ok(site, "POST", f"{HOOKS}/12345/triggers", {
        "api_version": "v2", "trigger": {"resource_name": "Company Vendors", "event_type": "update"}})
    assert {**trigger, "user_id": 0} == {
        "id": 1, "webhook_hook_id": 12345, "resource_name": "Company Vendors", "resource_id": None,
        "event_type": "UPDATE", "company_id": site.procore.company.id, "project_id": None, "user_id": 0}
    assert ok(site, "GET", f"{HOOKS}/12345/triggers") == [trigger]
    ok(site, "DELETE", f"{HOOKS}/12345/triggers/1")
    assert ok(site, "GET", f"{HOOKS}/12345/triggers") == []
    ok(site, "DELETE", f"{HOOKS}/12345")
    assert (ok(site, "GET", HOOKS), site.webhooks.destinations) == ([], {})


def test_a_new_vendor_is_told_in_the_words_of_version_2(site: Sandbox) -> None:
    hook(site, ("Company Vendors", "create"))
    one = vendor(site, "Norton")
    ok(site, "PATCH", f"/rest/v1.0/vendors/{one}", {"vendor": {"name": "Norton Lumber"}})
    [delivery] = site.webhooks.due()
    assert dict(delivery.headers) == {"Content-Type": "application/json", "Authorization": "Bearer s3cret"}
    [event] = sent(site)
    user, company = event["user_id"], site.procore.company.id
    assert len(event.pop("ulid")) == 26
    assert event == {
        "id": event["id"], "timestamp": "2026-03-02T16:00:00.000000Z",
        "metadata": {"source_user_id": user, "source_project_id": None, "source_operation_id": None,
                     "source_company_id": company, "source_application_id": None},
        "user_id": user, "company_id": company, "project_id": None, "api_version": "v2.0", "event_type": "create",
        "resource_name": "Company Vendors", "resource_id": one}


def test_version_4_speaks_text_under_other_names(site: Sandbox) -> None:
    hook(site, ("Projects", "create"), version="v4.0")
    made = project(site)
    [event] = sent(site)
    assert len(event["id"]) == 26
    assert {**event, "id": "", "user_id": ""} == {
        "id": "", "timestamp": "2026-03-02T16:00:00.000000Z", "reason": "create",
        "company_id": str(site.procore.company.id), "project_id": str(made), "user_id": "",
        "resource_type": "Projects", "resource_id": str(made)}


def test_a_project_is_told_of_its_contracts_and_version_3_names_the_parent_of_a_line(site: Sandbox) -> None:
    elm, oak = project(site, "Elm Street"), project(site, "Oak Health")
    hook(site, ("Work Order Contracts", "create"), ("Work Order Contracts", "update"),
         ("Work Order Contract Line Items", "create"), version="v3", project_id=elm)
    norton = vendor(site, "Norton")
    made = {}
    for where in (oak, elm):
        body = {"project_id": where, "work_order_contract": {"title": "Concrete", "number": "SC-1",
                                                             "vendor_id": norton}}
        made[where] = ok(site, "POST", "/rest/v1.0/work_order_contracts", body)["id"]
    [event] = sent(site)
    assert (event["resource_name"], event["event_type"], event["resource_id"], event["project_id"]) == (
        "Work Order Contracts", "create", made[elm], elm)
    assert (event["api_version"], event["related_resources"]) == ("v3.0", [])
    codes = in_project(site, elm, "GET", "/rest/v1.0/cost_codes")
    assert codes == []
    company: Any = site.procore.company
    kind = next(iter(company.types.values()))
    code = in_project(site, elm, "POST", "/rest/v1.0/cost_codes", {"cost_code": {"name": "Concrete", "code": "03"}})
    line = in_project(site, elm, "POST", f"/rest/v1.0/work_order_contracts/{made[elm]}/line_items", {
        "line_item": {"cost_code_id": code["id"], "line_item_type_id": kind.id, "amount": "10.00",
                      "description": "Slab"}})
    [event] = sent(site)
    assert (event["resource_name"], event["resource_id"]) == ("Work Order Contract Line Items", line["id"])
    assert event["related_resources"] == [{"id": made[elm], "name": "Work Order Contracts"}]


def test_a_sync_tells_each_row_and_a_refused_call_tells_nothing(site: Sandbox) -> None:
    hook(site, ("Company Vendors", "create"), ("Company Vendors", "update"))
    one = vendor(site, "Norton")
    sent(site)
    control(site, "POST", "clock", {"advance_s": 60})
    ok(site, "PATCH", "/rest/v1.0/vendors/sync", {"updates": [{"id": one, "name": "Norton Lumber"},
                                                              {"name": "Elm Supply"}]})
    assert [(event["event_type"], event["resource_id"] == one) for event in sent(site)] == [
        ("update", True), ("create", False)]
    assert field(site, "POST", "/rest/v1.0/vendors", {"vendor": {}}).status >= 400
    assert sent(site) == []


def test_failures_pause_the_queue_from_a_second_up_to_an_hour_and_after_twelve_hours_all_is_discarded(
        site: Sandbox) -> None:
    number = hook(site, ("Company Vendors", "create"))
    vendor(site, "Norton")
    vendor(site, "Elm")
    waits = []
    began = site.kit.clock.now()
    while site.webhooks.destinations[f"procore/{number}"].waiting:
        now = site.kit.clock.now()
        assert len(sent(site, 503)) == 1
        resumes = site.webhooks.destinations[f"procore/{number}"].resumes
        if resumes is not None:
            waits.append(int((resumes - now).total_seconds()))
            site.kit.clock.set(resumes)
    assert waits[:13] == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 3600]
    assert set(waits[13:]) == {3600}
    assert 12 <= (site.kit.clock.now() - began).total_seconds() / 3600 < 13
    listed = ok(site, "GET", f"{HOOKS}/{number}/deliveries")
    assert [row["outcome"] for row in listed] == ["discarded", "discarded"]
    assert [row["response_status"] for row in listed] == [None, 503]
    vendor(site, "Oak")
    assert len(sent(site)) == 1, "the next event starts afresh"
    assert [row["outcome"] for row in ok(site, "GET", f"{HOOKS}/{number}/deliveries")] == [
        "ok", "discarded", "discarded"]
    assert len(ok(site, "GET", f"{HOOKS}/{number}/deliveries", **{"filters[status]": "successful"})) == 1
    page = ok(site, "GET", f"{HOOKS}/{number}/deliveries", page_size="2")
    rest = ok(site, "GET", f"{HOOKS}/{number}/deliveries", page_size="2", page_start=str(page[-1]["event_id"]))
    assert [len(page), len(rest)] == [2, 1]


def test_the_second_api_makes_hooks_for_company_and_project_and_lists_deliveries_by_state(site: Sandbox) -> None:
    company = site.procore.company.id
    elm = project(site)
    base, below = f"/rest/v2.0/companies/{company}/webhooks", f"/rest/v2.0/companies/{company}/projects/{elm}/webhooks"
    body = {"payload_version": "v4.0", "namespace": "acme", "destination_url": URL}
    one, two = ok(site, "POST", f"{base}/hooks", body)["data"], ok(site, "POST", f"{below}/hooks", body)["data"]
    assert (one["status"], one["project_id"], two["project_id"], one["trigger_count"]) == ("active", None, str(elm), 0)
    assert [row["id"] for row in ok(site, "GET", f"{base}/hooks")["data"]] == [one["id"]]
    trigger = ok(site, "POST", f"{base}/hooks/{one['id']}/triggers", {
        "resource_name": "Company Vendors", "event_type": "create"})["data"]
    assert trigger["webhook_hook_id"] == one["id"]
    assert ok(site, "GET", f"{base}/hooks/{one['id']}")["data"]["trigger_count"] == 1
    vendor(site, "Norton")
    path = f"{base}/hooks/{one['id']}/deliveries"
    assert [row["status"] for row in ok(site, "GET", path)["data"]] == ["enqueued"]
    sent(site, 500)
    assert [row["status"] for row in ok(site, "GET", path, **{"filter[status]": "retrying"})["data"]] == ["retrying"]
    control(site, "POST", "clock", {"advance_s": 1})
    sent(site)
    [row] = ok(site, "GET", path, **{"filter[status]": "succeeded", "filter[resource_name]": "Company Vendors"})["data"]
    assert [attempt["response_status"] for attempt in row["delivery_attempts"]] == [500, 200]
    ok(site, "PATCH", f"{base}/hooks/{one['id']}", {"status": "disabled"})
    vendor(site, "Elm")
    assert sent(site) == []
    ok(site, "DELETE", f"{base}/hooks/{one['id']}/triggers/{trigger['id']}")
    assert field(site, "DELETE", f"{base}/hooks/{one['id']}").status == 204
    assert field(site, "GET", f"{base}/hooks/{one['id']}").status == 404


def test_lines_inside_a_direct_cost_and_entries_in_bulk_are_told_one_by_one(site: Sandbox) -> None:
    elm, company = project(site), site.procore.company.id
    hook(site, ("Direct Costs", "create"), ("Direct Cost Line Items", "create"), ("Timecard Entries", "create"),
         ("Timecard Entries", "update"), ("Timecard Entries", "delete"), project_id=elm)
    code = ok(site, "POST", "/rest/v1.0/cost_codes", {"project_id": elm, "cost_code": {"code": "06", "name": "Wood"}})
    kind = ok(site, "GET", "/rest/v1.0/line_item_types", company_id=str(company))[0]["id"]
    norton = vendor(site, "Norton Lumber")
    cost = ok(site, "POST", f"/rest/v1.0/projects/{elm}/direct_costs", {"item": {
        "direct_cost_type": "expense", "vendor_id": norton}})
    line = ok(site, "POST", f"/rest/v1.0/projects/{elm}/direct_costs/{cost['id']}/line_items", {"line_item": {
        "cost_code_id": code["id"], "line_item_type_id": kind, "amount": "5"}})
    both = [{"wbs_code_id": line["wbs_code"]["id"], "manual_amount": amount} for amount in ("1", "2")]
    newer = ok(site, "POST", f"/rest/v1.1/projects/{elm}/direct_costs", {"direct_cost": {
        "direct_cost_type": "expense", "vendor_id": norton, "line_items": both}})
    assert sorted((told["resource_name"], told["resource_id"]) for told in sent(site)) == sorted([
        ("Direct Costs", cost["id"]), ("Direct Costs", newer["id"]),
        *(("Direct Cost Line Items", one["id"]) for one in (line, *newer["line_items"]))])
    entered = ok(site, "POST", f"/rest/v1.0/companies/{company}/timesheets", {"timecard_entries": [
        {"project_id": elm, "date": "2026-01-05", "hours": hours} for hours in (8, 2)]})
    first, second = (row["id"] for row in entered)
    ok(site, "PATCH", f"/rest/v1.0/companies/{company}/timecard_entries/{first}", {"timecard_entry": {"hours": "7"}})
    ok(site, "DELETE", f"/rest/v1.0/projects/{elm}/timecard_entries/{second}")
    assert [(told["event_type"], told["resource_id"], told["project_id"]) for told in sent(site)] == [
        ("create", first, elm), ("create", second, elm), ("update", first, elm), ("delete", second, elm)]


def test_what_can_be_asked_for_depends_on_who_owns_the_hook(site: Sandbox) -> None:
    elm = project(site)
    names = {row["name"] for row in ok(site, "GET", f"/rest/v2.0/companies/{site.procore.company.id}/projects/{elm}"
                                       "/webhooks/resources", payload_version="v4.0", per_page="100")["data"]}
    assert {"Direct Costs", "Contract Payments"} <= names
    assert "Requisitions" not in names
    number = hook(site)
    refused = field(site, "POST", f"{HOOKS}/{number}/triggers", {
        "trigger": {"resource_name": "Direct Costs", "event_type": "create"}})
    assert (refused.status, list(told(refused)["errors"])) == (422, ["resource_name"])
    control(site, "POST", "procore/switches", {"webhooks_for_everything": True})
    ok(site, "POST", f"{HOOKS}/{number}/triggers", {"trigger": {"resource_name": "Requisitions",
                                                                "event_type": "update"}})
    assert ok(site, "GET", "/rest/v1.0/webhooks/resources/api_versions") == ["v2", "v3", "v4.0"]


@pytest.mark.parametrize(("change", "field_name"), [
    ({"destination_url": "hooks"}, "destination_url"), ({"destination_url": "http://example.com/x"}, "destination_url"),
    ({"namespace": ""}, "namespace"), ({"namespace": "Acme Books"}, "namespace"),
    ({"api_version": "v9"}, "api_version"),
    ({"destination_headers": {"X": "y"}}, "destination_headers")])
def test_a_hook_with_something_wrong_is_refused_by_field(site: Sandbox, change: dict[str, Any],
                                                         field_name: str) -> None:
    refused = field(site, "POST", HOOKS, {"hook": {**HOOK, **change}})
    assert (refused.status, list(told(refused)["errors"])) == (422, [field_name])


def test_many_triggers_at_once_are_done_in_part_and_never_more_than_five_hundred(site: Sandbox) -> None:
    number = hook(site, ("Company Vendors", "create"))
    answer = field(site, "POST", f"{HOOKS}/{number}/triggers/bulk", {"triggers": [
        {"resource_name": "Company Vendors", "event_type": "create"},
        {"resource_name": "Company Vendors", "event_type": "delete"},
        {"resource_name": "Projects", "event_type": "UPDATE"}]})
    body = told(answer)
    assert (answer.status, len(body["success"]), len(body["errors"])) == (207, 1, 2)
    answer = field(site, "POST", f"{HOOKS}/{number}/triggers/bulk", {"triggers": [{}] * 501})
    assert (answer.status, told(answer)) == (413, {"errors": "Exceeded limit of 500 triggers per request"})
    answer = field(site, "DELETE", f"{HOOKS}/{number}/triggers/bulk", {"triggers": [1, 99]})
    assert (answer.status, told(answer)["success"]) == (207, [1])


def test_hooks_and_what_they_still_have_to_tell_outlive_a_restart(tmp_path: Path) -> None:
    site = opened(state=tmp_path)
    number = hook(site, ("Company Vendors", "create"))
    vendor(site, "Norton")
    assert len(sent(site)) == 1
    vendor(site, "Elm")
    before = [json.loads(delivery.body) for delivery in site.webhooks.due()]
    site.close()
    back = opened(state=tmp_path)
    assert [json.loads(delivery.body) for delivery in back.webhooks.due()] == before
    control(back, "POST", "snapshots", {"name": "s"})
    assert sent(back) == before
    control(back, "POST", "restore", {"name": "s"})
    assert sent(back) == before
    assert len(ok(back, "GET", f"{HOOKS}/{number}/deliveries")) == 2
    back.close()


@pytest.mark.parametrize("version", [["v2"], {"value": None}, 2, None])
def test_a_version_that_is_none_is_refused_whatever_it_is(site: Sandbox, version: object) -> None:
    odd = {**HOOK, "api_version": version}
    answer = field(site, "POST", HOOKS, {"company_id": site.procore.company.id, "hook": odd})
    assert answer.status in (400, 422)
    assert "api_version" in told(answer)["errors"]


def test_what_was_sent_comes_back_with_its_refusal_also_when_it_is_a_fraction(site: Sandbox) -> None:
    path = f"{HOOKS}/{hook(site)}/triggers/bulk"
    answer = field(site, "POST", path, {"company_id": site.procore.company.id, "triggers": [{"resource_name": -0.005}]})
    assert told(answer)["errors"][0]["trigger"] == {"resource_name": "-0.005"}


def everything(sandbox: Sandbox, project_id: int) -> None:
    """A hook of the project for every resource that the description's longest list has."""
    sandbox.procore.company.switches.webhooks_for_everything = True
    rows = [(name, event) for name, events in resources(sandbox.procore.company, None).items() for event in events]
    hook(sandbox, *rows, version="v3")
    sent(sandbox)


def heard(sandbox: Sandbox) -> list[tuple[str, str, int]]:
    return sorted((event["resource_name"], event["event_type"], event["resource_id"]) for event in sent(sandbox))


def lot(sandbox: Sandbox) -> tuple[Site, int]:
    inside = Site.inside(sandbox.procore)
    everything(sandbox, inside.project)
    return inside, inside.project


def test_bulk_calls_tell_of_each_of_their_records(site: Sandbox) -> None:
    inside, elm = lot(site)
    base = f"/rest/v1.0/projects/{elm}/work_breakdown_structure"
    codes = inside.api.get(base + "/wbs_codes")
    items = [{"segment_id": part["segment"]["id"], "segment_item_id": part["id"]} for part in codes[0]["segment_items"]]
    control(site, "POST", "clock", {"advance_s": 60})
    inside.api.ok("PATCH", base + "/wbs_codes/bulk_create", {"bulk": [{"segment_items": items, "description": "Slab"}]})
    assert heard(site) == [("WBS Codes", "update", codes[0]["id"])]
    inside.api.ok("PATCH", base + "/wbs_codes/update_all", {
        "ids": inside.codes, "attributes": {"status": "inactive"}})
    assert heard(site) == [("WBS Codes", "update", code) for code in sorted(inside.codes)]
    user = site.procore.person.id
    inside.api.ok("POST", f"/rest/v1.3/companies/{COMPANY}/users/bulk_add", {"users": [
        {"user_id": user, "project_id": elm}]})
    assert heard(site) == [("Project Users", "create", user)]
    made = inside.api.ok("POST", "/rest/v1.0/budget_line_items/sync", {"project_id": elm, "budget_line_items": [
        {"wbs_code_id": inside.codes[0], "original_budget_amount": 5}]})
    assert heard(site) == [("Budget Line Items", "create", made[0]["id"])]
    contract = inside.commitment("100")
    invoice = inside.invoice(contract)
    sent(site)
    inside.bill(invoice["id"], work="5")
    assert heard(site) == [("Requisitions", "update", invoice["id"])]


def test_the_second_api_of_contracts_tells_what_the_first_one_does(site: Sandbox) -> None:
    inside, elm = lot(site)
    base = f"/rest/v2.0/companies/{COMPANY}/projects/{elm}"
    for path, body, name in (("commitment_contracts", {"type": "PurchaseOrderContract"}, "Purchase Order Contract"),
                             ("prime_contracts", {"title": "Owner"}, "Prime Contract")):
        made = int(inside.api.ok("POST", f"{base}/{path}", body)["data"]["id"])
        assert heard(site) == [(name + "s", "create", made)]
        one = f"{base}/{path}/{made}"
        inside.api.ok("PATCH", one, {"title": "Renamed"})
        assert heard(site) == [(name + "s", "update", made)]
        line = inside.api.ok("POST", one + "/line_items", {"wbs_code_id": str(inside.codes[0]), "amount": "5"})["data"]
        [event] = sent(site)
        assert (event["resource_name"], event["resource_id"]) == (name + " Line Items", int(line["id"]))
        assert event["related_resources"] == [{"id": made, "name": name + "s"}]
        inside.api.ok("DELETE", one)
        assert heard(site) == [(name + "s", "delete", made)]


@pytest.mark.parametrize("side", ["commitment", "prime"])
def test_a_change_order_is_told_as_the_three_resources_that_it_is_to_its_end(site: Sandbox, side: str) -> None:
    inside, elm = lot(site)
    contract = inside.prime("100") if side == "prime" else inside.commitment("100")
    sent(site)
    newer = f"/rest/v1.0/projects/{elm}/{side}_change_orders"
    made = inside.api.ok("POST", newer, {"change_order": {"contract_id": contract, "title": "Add"}})
    [order] = inside.service.company.projects[elm].change_orders.values()
    three = [("Change Order Packages", order.id), (f"{side.title()} Change Orders", made["id"]),
             ("Potential Change Orders", order.pco_id)]
    assert heard(site) == [(name, "create", number) for name, number in sorted(three)]
    lines = f"/rest/v2.0/companies/{COMPANY}/projects/{elm}/{side}_change_orders/{made['id']}/line_items"
    inside.api.ok("POST", lines, {"wbs_code_id": str(inside.codes[0]), "amount": "5"})
    [event] = sent(site)
    assert event["resource_name"] == "Potential Change Order Line Items"
    assert event["related_resources"] == [{"id": order.pco_id, "name": "Potential Change Orders"}]
    inside.api.ok("DELETE", f"{newer}/{made['id']}")
    assert heard(site) == [(name, "delete", number) for name, number in sorted(three)]


def test_a_line_that_comes_with_its_direct_cost_names_it(site: Sandbox) -> None:
    inside, elm = lot(site)
    cost = inside.api.ok("POST", f"/rest/v1.1/projects/{elm}/direct_costs", {"direct_cost": {
        "direct_cost_type": "expense", "vendor_id": inside.vendor,
        "line_items": [{"wbs_code_id": inside.codes[0], "manual_amount": 5}]}})
    events = {event["resource_name"]: event for event in sent(site)}
    assert events["Direct Cost Line Items"]["related_resources"] == [{"id": cost["id"], "name": "Direct Costs"}]


def test_a_vendor_made_in_a_project_is_new_to_the_company_and_its_event_there_names_no_project(site: Sandbox) -> None:
    inside, elm = lot(site)
    made = inside.api.ok("POST", f"/rest/v1.0/projects/{elm}/vendors", {"vendor": {"name": "Elm Supply"}})["id"]
    events = {event["resource_name"]: event for event in sent(site)}
    assert {(name, event["resource_id"], event["project_id"]) for name, event in events.items()} == {
        ("Project Vendors", made, elm), ("Company Vendors", made, None)}


def test_what_goes_with_a_deleted_commitment_is_told(site: Sandbox) -> None:
    inside, _ = lot(site)
    contract = inside.commitment("100", approve=False)
    package = inside.change_order(contract, "5", approve=False)["id"]
    sent(site)
    inside.api.ok("DELETE", f"/rest/v1.0/work_order_contracts/{contract}", None, {"project_id": inside.project})
    told = {(name, event) for name, event, number in heard(site) if number in (contract, package)}
    assert told == {("Work Order Contracts", "delete"), ("Change Order Packages", "delete")}


def test_a_payment_application_is_told_of_when_one_of_its_lines_is_billed(site: Sandbox) -> None:
    inside, _ = lot(site)
    contract = inside.prime("100")
    made = inside.owner_invoice(contract)["id"]
    sent(site)
    inside.bill_owner(contract, made, work="5")
    assert heard(site) == [("Payment Applications", "update", made)]


def test_a_cost_code_made_as_a_segment_item_is_a_cost_code_to_webhooks(site: Sandbox) -> None:
    inside, elm = lot(site)
    base = f"/rest/v1.0/projects/{elm}/work_breakdown_structure/segments"
    segment = next(one["id"] for one in inside.api.get(base) if one["type"] == "cost_code")
    item = inside.api.ok("POST", f"{base}/{segment}/segment_items", {"code": "500", "name": "Roof"})["id"]
    code = next(one["id"] for one in inside.api.get("/rest/v1.0/cost_codes", project_id=elm) if one["code"] == "500")
    assert heard(site) == [("Cost Codes", "create", code)]
    inside.api.ok("DELETE", f"{base}/{segment}/segment_items/{item}")
    assert heard(site) == [("Cost Codes", "delete", code)]
