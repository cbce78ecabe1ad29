"""The stand-in against Procore's published description, and the checker against wrong answers."""
import json
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support import procore_spec
from tests.support.procore_client import Client, Site
from tieout.sandbox.kit import Request, Response
from tieout.sandbox.procore import Procore
from tieout.sandbox.sandbox import Sandbox

needs_description = pytest.mark.skipif(not procore_spec.is_present(), reason=procore_spec.ABSENT)


@needs_description
def test_every_endpoint_is_one_that_the_description_has(site: Site) -> None:
    unknown = [e for e in site.service.endpoints() if procore_spec.key_of(e) is None]
    assert unknown == []


def test_no_two_endpoints_are_the_same(site: Site) -> None:
    bare = [re.sub(r"\{[^}]*\}", "{}", endpoint) for endpoint in site.service.endpoints()]
    assert len(bare) == len(set(bare)) > 120


PERIOD = "GET /rest/v1.0/projects/{project_id}/billing_periods"
GOOD = {"id": 1, "project_id": 2, "position": 1, "status": "open", "start_date": "2026-01-01",
        "created_at": "2026-01-05T08:00:00Z"}


@needs_description
@pytest.mark.parametrize(("change", "complaint"), [
    ({}, None), ({"end_date": None}, None),
    ({"id": "1"}, "should be of type integer"), ({"id": True}, "should be of type integer"),
    ({"status": "Open"}, "not one of"), ({"start_date": "01/01/2026"}, "should be a date"),
    ({"created_at": "yesterday"}, "should be a date-time"), ({"amount": "1.00"}, "is not in the description"),
])
def test_the_checker_names_what_is_wrong_with_an_answer(change: dict[str, object], complaint: str | None) -> None:
    found = procore_spec.problems(PERIOD, 200, [{**GOOD, **change}])
    assert (found == []) if complaint is None else (len(found) == 1 and complaint in found[0])


@needs_description
def test_the_checker_refuses_numbers_for_money_wrong_shapes_and_strange_statuses() -> None:
    payments = "GET /rest/v1.0/contract_payments"
    assert "should be of type string" in procore_spec.problems(payments, 200, [{"amount": 900.0}])[0]
    assert "should be a list" in procore_spec.problems(payments, 200, {"amount": "900.00"})[0]
    assert "status 201" in procore_spec.problems(payments, 201, [])[0]
    nested = {"summary": {"current_payment_due": 900}}
    assert "should be of type string" in procore_spec.problems("GET /rest/v1.1/requisitions/{id}", 200, nested)[0]
    assert procore_spec.problems("GET /rest/v1.0/nothing", 200, {}) == [
        "GET /rest/v1.0/nothing is not in the description"]


@needs_description
def test_every_answer_of_the_practice_year_matches_the_description(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong: set[str] = set()
    seen: set[str] = set()
    answer = Procore.handle

    def checked(self: Procore, request: Request) -> Response:
        response = answer(self, request)
        found = self.table.find(request.method, request.path)
        if found is not None and response.status < 300:
            seen.add(found[0].endpoint)
            body = json.loads(response.body) if response.body else None
            wrong.update(procore_spec.problems(found[0].endpoint, response.status, body))
        return response

    monkeypatch.setattr(Procore, "handle", checked)
    sandbox = Sandbox.start("maple")
    while sandbox.play_next() is not None:
        pass
    for project in sandbox.procore.company.projects:
        read_all_of(Client(sandbox.procore, sandbox.procore.script_token), project)
    assert wrong == set()
    assert len(seen) > 40


def read_all_of(api: Client, project: int) -> None:
    """Every list of a project, and every record of it on its own."""
    scope, all_of_it = {"project_id": project}, {"project_id": project, "per_page": 2000}
    v2 = f"/rest/v2.0/companies/4283186/projects/{project}"
    for kind in ("work_order_contracts", "purchase_order_contracts"):
        for contract in api.get(f"/rest/v1.0/{kind}", view="extended", **all_of_it):
            one = f"/rest/v1.0/{kind}/{contract['id']}"
            assert api.get(one, **scope)["line_items"] == api.get(one + "/line_items", **all_of_it)
            api.get("/rest/v1.0/contract_payments", contract_id=contract["id"], **all_of_it)
            api.get(f"/rest/v1.0/projects/{project}/contracts/{contract['id']}/invoice_configuration")
    for found in api.get("/rest/v1.1/requisitions", view="items", **all_of_it):
        one = f"/rest/v1.0/requisitions/{found['id']}"
        for part in ("/contract_items", "/change_order_items", "/detail"):
            api.get(one + part, **all_of_it)
        assert api.get(f"/rest/v1.1/requisitions/{found['id']}", view="items", **scope) == found
    for order in api.get(f"/rest/v1.0/projects/{project}/commitment_change_orders"):
        api.get(f"/rest/v1.0/change_order_packages/{order['legacy_package_id']}", **scope)
        api.get(f"{v2}/commitment_change_orders/{order['id']}/line_items")
    for contract in api.get("/rest/v1.0/prime_contracts", **all_of_it):
        one = f"/rest/v1.0/prime_contract/{contract['id']}"
        assert api.get(one, **scope)["line_items"] == api.get(
            f"/rest/v1.0/prime_contracts/{contract['id']}/line_items", **all_of_it)
    for found in api.get("/rest/v1.0/payment_applications", **all_of_it):
        api.get(f"/rest/v1.0/payment_applications/{found['id']}", **scope)
    for path in ("cost_codes", "change_order_packages", "potential_change_orders", "line_item_types"):
        api.get(f"/rest/v1.0/{path}", **all_of_it)
    base = f"/rest/v1.0/projects/{project}"
    for path in ("/billing_periods", "/vendors", "/work_breakdown_structure/wbs_codes",
                 "/work_breakdown_structure/segments", "/work_breakdown_structure/patterns"):
        api.get(base + path)
    api.get(f"{v2}/wbs/codes")


# A client's mistake is never our failure.

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 2 ** 40) | st.floats() | st.text(max_size=8)
    | st.sampled_from(["1,000", "1e400", "NaN", "2026-13-01", "approved", "Approved", "-1", ""]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3), max_leaves=6)
WRAPPERS = ("vendor", "project", "cost_code", "line_item_type", "work_order_contract", "purchase_order_contract",
            "line_item", "change_order", "billing_period", "requisition", "contract_payment", "business_register",
            "invoice_configuration", "requisition_contract_item", "markup", "segment", "prime_contract",
            "payment_application", "payment_application_line_item", "payment_application_markup_line_item")
NAMES = ("name", "id", "code", "origin_id", "vendor_id", "parent_id", "status", "amount", "wbs_code_id", "cost_code_id",
         "line_item_type_id", "contract_id", "commitment_id", "period_id", "items", "item_type", "line_item_id",
         "segment_items", "percentage", "markup_set", "start_date", "work_completed_this_period", "quantity",
         "commitment_line_item_id", "requisition_items", "updates", "bulk", "compound", "holder_id", "due_date",
         "commitment_billing_period_id", "period_start", "period_end", "contractor_id", "retainage_percent",
         "work_completed_retainage_retained_this_period", "materials_stored_retainage_retained_this_period",
         "work_completed_retainage_released_this_period", "materials_presently_stored",
         "work_completed_this_period_quantity", "change_order_level_of_detail", "allow_markups", "private")
OF_COLLECTION = (("payment_application_line_items", "owner_item"),
                 ("prime_contracts/{prime_contract_id}/line", "owner_line"),
                 ("payment_application_markup", "owner_markup_item"), ("payment_applications", "owner_invoice"),
                 ("prime_contract/", "prime_contract_id"), ("prime_change_orders/{id}", "prime_change_order_id"),
                 ("contract_items", "item"), ("line_items", "line"), ("segment_items", "item_of_segment"),
                 ("segments", "segment_id"), ("wbs_codes", "code"), ("payments", "payment"),
                 ("packages", "change_order_package_id"), ("potential", "potential_change_order_id"),
                 ("commitment_change_orders", "commitment_change_order_id"), ("periods", "period"),
                 ("requisitions", "requisition_id"), ("contracts", "contract_id"), ("vendors", "vendor"),
                 ("cost_codes", "cost_code"), ("line_item_types", "type"))
FIELDS = st.dictionaries(
    st.sampled_from(NAMES), VALUES | st.lists(st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=4), max_size=2),
    max_size=5)
BODIES = st.fixed_dictionaries({}, optional={**dict.fromkeys(NAMES, VALUES), "updates": st.lists(FIELDS, max_size=3),
                                             "requisition_items": st.lists(FIELDS, max_size=2)})


def full_site() -> tuple[Site, dict[str, int]]:
    site = Site.new()
    contract = site.commitment("1000", approve=False)
    package = site.change_order(contract, "50", approve=False)
    site.patch("work_order_contract", contract, status="Approved")
    made = site.invoice(contract)
    paid = site.pay(contract, "10")
    prime = site.prime("1000", approve=False)
    holder = {"project_id": site.project, "holder_type": "Contract", "holder_id": prime}
    fee = {"markup": {"name": "Fee", "percentage": "5", "markup_set": "vertical"}}
    site.api.ok("POST", "/rest/v1.0/financials/markups", fee, holder)
    project = site.service.company.projects[site.project]
    segment, newer, potential = [*site.service.company.segments][1], *project.by_newer, *project.by_potential
    site.set_prime(prime, status="Approved")
    owner_invoice = site.bill_owner(prime, site.owner_invoice(prime)["id"], work="100", stored="5")
    prime_order = site.prime_change_order(prime, "50", approve=False)
    owner_line, owner_fee = owner_invoice["g703"]
    return site, {"project_id": site.project, "prime_contract_id": prime, "owner_invoice": owner_invoice["id"],
                  "owner_item": owner_line["id"], "owner_markup_item": owner_fee["id"],
                  "owner_line": owner_line["origin_id"], "prime_change_order_id": prime_order["id"],
                  "company_id": 4283186, "contract_id": contract, "commitment_id": contract,
                  "work_order_contract_id": contract, "purchase_order_contract_id": contract,
                  "requisition_id": made["id"], "change_order_package_id": package["id"], "payment": paid["id"],
                  "segment_id": segment, "potential_change_order_id": potential, "holder_id": potential,
                  "commitment_change_order_id": newer, "vendor": site.vendor, "period": site.period,
                  "item": made["items"][0]["id"], "line": made["items"][0]["line_item_id"], "code": site.codes[0],
                  "item_of_segment": next(iter(project.items)), "type": next(iter(site.service.company.types)),
                  "cost_code": next(iter(project.cost_codes))}


def everything(site: Site) -> list[object]:
    def rows(path: str, **more: object) -> Any:
        return site.api.get("/rest/" + path, project_id=site.project, company_id=4283186, **more)
    contracts = rows("v1.0/work_order_contracts", view="extended")
    shown = [rows(f"v1.0/work_order_contracts/{contract['id']}") for contract in contracts]
    return [contracts, shown, rows("v1.1/requisitions", view="items"), rows("v1.0/vendors"),
            rows("v1.0/cost_codes"), rows("v1.0/line_item_types"), rows("v1.1/projects"),
            rows("v1.0/prime_contract"), rows("v1.0/prime_contracts"), rows("v1.0/payment_applications"),
            [rows(f"v1.0/payment_applications/{one['id']}") for one in rows("v1.0/payment_applications")],
            rows("v1.0/change_order_packages"), rows("v1.0/purchase_order_contracts"),
            rows(f"v1.0/projects/{site.project}/work_breakdown_structure/wbs_codes"),
            rows(f"v1.1/projects/{site.project}/vendors"), site.service.ids.mark(),
            dict(site.service.company.origin_ids)]


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_whatever_a_client_sends_the_answer_is_never_a_500(data: st.DataObject) -> None:
    site, ids = full_site()
    endpoint = data.draw(st.sampled_from(site.service.endpoints()))
    method, template = endpoint.split(" ")
    odd = st.sampled_from([*ids.values(), 0, "x", "99999999999999999999", "é"])
    ids["id"] = next((ids[name] for part, name in OF_COLLECTION if part in template), site.project)

    def part(match: re.Match[str]) -> str:
        known = ids.get(match.group(1))
        return str(data.draw(odd if known is None or data.draw(st.integers(0, 9)) == 0 else st.just(known)))

    path = re.sub(r"\{(\w+)\}", part, template)
    query = [("project_id", str(site.project)), ("company_id", "4283186")] if data.draw(st.integers(0, 9)) else []
    query += data.draw(st.lists(st.tuples(st.sampled_from([
        "page", "per_page", "view", "sort", "contract_id", "holder_id", "holder_type", "commitment_id",
        "change_order_package_id", "filters[id]", "filters[id][]", "filters[updated_at]", "filters[status]",
        "filters[search]", "filters[is_last]", "query"]), st.text(max_size=12) | odd.map(str) | st.sampled_from([
            "...", "2026-01-01...9999-12-31", '"2026-01-01T00:00:00Z...2026-02-30"', "-name", "true",
            "PotentialChangeOrder", "extended"])), max_size=4))
    body: Any = None
    if method != "GET":
        fields = data.draw(FIELDS)
        body = json.dumps({"project_id": site.project, "company_id": 4283186, "contract_id": ids["contract_id"],
                           "commitment_id": ids["contract_id"], **dict.fromkeys(WRAPPERS, fields), **fields,
                           **data.draw(BODIES)}).encode()
        if data.draw(st.integers(0, 19)) == 0:
            body = data.draw(st.binary(max_size=20))
    before = everything(site)
    answer = Client(site.service, site.api.token).call(method, path, body, query)
    assert answer.status < 500 or answer.status == 501
    if method == "GET" or answer.status >= 400:
        assert everything(site) == before, "a read or a refused call changes nothing"
