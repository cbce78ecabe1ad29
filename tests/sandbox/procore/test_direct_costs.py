"""Direct costs: what the office enters that no commitment covers (procore.md 5.16, 6.4)."""
from typing import Any

import pytest

from tests.support.procore_client import Site


def v11(site: Site, cost: int | None = None) -> str:
    return f"/rest/v1.1/projects/{site.project}/direct_costs" + (f"/{cost}" if cost else "")


def v10(site: Site, rest: str = "") -> str:
    return f"/rest/v1.0/projects/{site.project}/direct_costs{rest}"


def enter(site: Site, *amounts: str, **fields: object) -> Any:
    """An invoice of the site's vendor with a line per amount."""
    return site.api.ok("POST", v11(site), {"direct_cost": {
        "direct_cost_type": "invoice", "invoice_number": "A-77", "vendor_id": site.vendor,
        "direct_cost_date": "2026-01-04", "received_date": "2026-01-05",
        "line_items": [{"wbs_code_id": site.codes[0], "manual_amount": amount} for amount in amounts], **fields}})


def employee(site: Site, name: str = "Doe", **fields: object) -> int:
    return int(site.api.ok("POST", "/rest/v1.0/companies/4283186/people", {"person": {
        "first_name": "Dana", "last_name": name, "is_employee": True, **fields}})["id"])


def refuse(site: Site, status: int, **fields: object) -> Any:
    return site.api.refused(status, "POST", v11(site), {"direct_cost": {
        "direct_cost_type": "expense", "vendor_id": site.vendor, **fields}})["errors"]


def test_an_invoice_outside_every_commitment_adds_up_its_lines(site: Site) -> None:
    made = enter(site, "1000", "250.50", terms="Net 30", description="Pipe")
    assert made["grand_total"] == "1250.5" and made["line_items_count"] == 2 and made["status"] == "draft"
    assert [line["total_amount"] for line in made["line_items"]] == ["1000.0", "250.5"]
    assert made["vendor_name"] == "SID Electrical" and made["employee"] is None
    assert site.api.get(v11(site, made["id"])) == made
    [listed] = site.api.get(v11(site))
    assert (listed["id"], listed["vendor"], listed["amount"]) == (made["id"], "SID Electrical", "1250.5")


def test_payroll_and_expenses_may_name_an_employee_in_place_of_a_vendor(site: Site) -> None:
    dana = employee(site)
    for kind in ("payroll", "expense"):
        made = site.api.ok("POST", v11(site), {"direct_cost": {
            "direct_cost_type": kind, "employee_id": dana, "payment_date": "2026-01-09", "line_items": [
                {"wbs_code_id": site.codes[0], "quantity": 40, "unit_cost": "31.255", "uom": "hours"}]}})
        assert made["employee"] == {"id": dana, "name": "Dana Doe"} and made["vendor_id"] is None
        assert made["grand_total"] == "1250.2" and made["line_items"][0]["extended_type"] == "calculated"
    assert [p["id"] for p in site.api.get(f"/rest/v1.0/projects/{site.project}/people")] == [dana]


def test_a_cost_needs_a_type_somebody_and_an_invoice_its_number(site: Site) -> None:
    assert refuse(site, 422, direct_cost_type=None) == {"direct_cost_type": ["can't be blank"]}
    assert refuse(site, 422, direct_cost_type="gift") == {"direct_cost_type": ["is not included in the list"]}
    assert refuse(site, 422, direct_cost_type="invoice") == {"invoice_number": ["can't be blank"]}
    assert refuse(site, 422, vendor_id=None) == {"vendor_id": ["can't be blank"]}
    assert refuse(site, 422, vendor_id=1) == {"vendor_id": ["is invalid"]}
    assert refuse(site, 422, vendor_id=None, employee_id=1) == {"employee_id": ["is invalid"]}
    assert refuse(site, 422, direct_cost_type="subcontractor_invoice")
    site.api.refused(400, "POST", v11(site), {"item": {}})
    site.service.company.switches.subcontractor_invoices_as_direct_costs = True
    site.service.company.switches.direct_costs_need_a_vendor = True
    assert refuse(site, 422, vendor_id=None, employee_id=employee(site)) == {"vendor_id": ["can't be blank"]}


@pytest.mark.parametrize(("line", "errors"), [
    ({}, {"wbs_code_id": ["can't be blank"]}), ({"wbs_code_id": 5}, {"wbs_code_id": ["is invalid"]}),
    ({"manual_amount": "a lot"}, {"amount": ["is not a number"]}),
    ({"uom": "armful"}, {"uom": ["is not included in the list"]}),
])
def test_a_refused_line_refuses_the_whole_cost(site: Site, line: dict[str, object], errors: dict[str, object]) -> None:
    code = {} if not line or "wbs_code_id" in line else {"wbs_code_id": site.codes[0]}
    good = {"wbs_code_id": site.codes[0], "manual_amount": "1", "origin_id": "l1"}
    assert refuse(site, 422, line_items=[good, {**code, **line}], origin_id="c1") == errors
    assert site.api.get(v11(site)) == [] == site.api.get(v10(site, "/line_items"))
    assert enter(site, origin_id="c1", line_items=[good])["line_items"][0]["origin_id"] == "l1"


def test_a_call_takes_a_hundred_lines_at_most(site: Site) -> None:
    line = {"wbs_code_id": site.codes[0], "manual_amount": "0.01"}
    assert enter(site, line_items=[line] * 100)["grand_total"] == "1.0"
    assert "100" in refuse(site, 413, line_items=[line] * 101)


def test_lines_are_written_with_the_cost_and_a_refused_one_takes_the_write_back(site: Site) -> None:
    made = enter(site, "1000")
    first = made["line_items"][0]["id"]
    body = {"direct_cost": {"status": "approved", "line_items": [
        {"id": first, "manual_amount": "900"}, {"wbs_code_id": site.codes[1], "manual_amount": "50", "ref": "x"}]}}
    site.pass_time(minutes=1)
    changed = site.api.ok("PATCH", v11(site, made["id"]), body)
    assert (changed["grand_total"], changed["status"]) == ("950.0", "approved")
    assert [line["ref"] for line in changed["line_items"]] == [None, "x"]
    assert changed["updated_at"] > made["updated_at"]
    site.pass_time(minutes=1)
    for bad in ({"id": first + 7}, {"id": "x"}, {"manual_amount": "5"}):
        site.api.refused(422, "PATCH", v11(site, made["id"]), {"direct_cost": {"status": "draft", "line_items": [
            {"id": first, "manual_amount": "1", "origin_id": "taken back"}, bad]}})
    now = site.api.get(v11(site, made["id"]))
    assert now == {**changed, "line_items": [{**line, "ref": None} for line in changed["line_items"]]}
    assert enter(site, line_items=[{"wbs_code_id": site.codes[0], "origin_id": "taken back"}])


def test_the_type_stays_and_v11_keeps_the_invoice_number_too(site: Site) -> None:
    made = enter(site, "10")
    fields = {"direct_cost_type": "payroll", "invoice_number": "B-1"}
    kept = site.api.ok("PATCH", v11(site, made["id"]), {"direct_cost": fields})
    assert (kept["direct_cost_type"], kept["invoice_number"]) == ("invoice", "A-77")
    changed = site.api.ok("PATCH", v10(site, f"/{made['id']}"), {"item": fields})
    assert (changed["direct_cost_type"], changed["invoice_number"]) == ("invoice", "B-1")
    site.api.refused(422, "PATCH", v10(site, f"/{made['id']}"), {"item": {"invoice_number": ""}})


def test_an_origin_id_locks_the_cost_until_it_is_cleared(site: Site) -> None:
    made = enter(site, "10", origin_id="bill-9")
    one, line = v11(site, made["id"]), v10(site, f"/{made['id']}/line_items/{made['line_items'][0]['id']}")
    for method, path, body in (
            ("PATCH", one, {"direct_cost": {"status": "approved"}}),
            ("PATCH", one, {"direct_cost": {"origin_id": None, "status": "approved"}}),
            ("PATCH", v10(site, f"/{made['id']}"), {"item": {"terms": "x"}}), ("DELETE", one, None),
            ("POST", v10(site, f"/{made['id']}/line_items"), {"line_item": {"wbs_code_id": site.codes[0]}}),
            ("PATCH", line, {"line_item": {"amount": "11"}}), ("DELETE", line, None)):
        assert "synced" in site.api.refused(422, method, path, body)["errors"]["base"][0]
    assert site.api.get(one) == made
    site.api.ok("PATCH", line, {"line_item": {"origin_id": "bill-9-1"}})
    assert site.api.ok("PATCH", one, {"direct_cost": {"origin_id": None}})["origin_id"] is None
    assert site.api.ok("PATCH", one, {"direct_cost": {"status": "approved"}})["status"] == "approved"


def test_an_origin_id_belongs_to_one_cost_of_the_company(site: Site) -> None:
    enter(site, "10", origin_id="bill-9")
    other = site.new_project("Annex", "24-018")
    assert site.api.refused(422, "POST", f"/rest/v1.1/projects/{other}/direct_costs", {"direct_cost": {
        "direct_cost_type": "expense", "vendor_id": site.vendor, "origin_id": "bill-9"}})["errors"] == {
            "origin_id": ["has already been taken"]}


def test_a_deleted_cost_is_gone_with_its_lines_but_shows_when_asked_for(site: Site) -> None:
    made = enter(site, "10")
    assert site.api.ok("DELETE", v11(site, made["id"])) == {"id": made["id"]}
    site.api.refused(404, "GET", v11(site, made["id"]))
    site.api.refused(404, "PATCH", v10(site, f"/{made['id']}"), {"item": {"terms": "x"}})
    assert site.api.get(v11(site)) == [] == site.api.get(v10(site, "/line_items"))
    [gone] = site.api.get(v11(site), **{"filters[include_deleted]": "only"})
    assert gone["deleted_at"]


def test_lines_are_entered_changed_and_removed_one_by_one(site: Site) -> None:
    cost = site.api.ok("POST", v10(site), {"item": {
        "direct_cost_type": "expense", "vendor_id": site.vendor}})["id"]
    base = v10(site, f"/{cost}/line_items")
    made = site.api.ok("POST", base, {"line_item": {"wbs_code_id": site.codes[0], "amount": "12.345"}})
    assert made["amount"] == "12.35" and made["holder"] == {"id": cost, "holder_type": "DirectCost::Item"}
    code = site.api.get("/rest/v1.0/cost_codes", project_id=site.project)[0]
    kind = next(t["id"] for t in site.api.get("/rest/v1.0/line_item_types", company_id=4283186) if t["code"] == "M")
    priced = site.api.ok("POST", base, {"line_item": {
        "cost_code_id": code["id"], "line_item_type_id": kind, "extended_type": "calculated", "quantity": 3,
        "unit_cost": "2.50", "uom": "ea"}})
    assert (priced["amount"], priced["wbs_code"]["flat_code"]) == ("7.5", "300.M")
    assert site.api.ok("PATCH", f"{base}/{priced['id']}", {"line_item": {"quantity": 4}})["amount"] == "10.0"
    assert [line["id"] for line in site.api.get(base)] == [made["id"], priced["id"]]
    assert [line["id"] for line in site.api.get(v10(site, "/line_items"), **{
        "filters[line_item_type_id]": kind})] == [priced["id"]]
    assert site.api.get(v10(site, "/line_items"), **{"filters[direct_cost_id]": cost + 1}) == []
    site.api.ok("DELETE", f"{base}/{made['id']}")
    site.api.refused(404, "GET", f"{base}/{made['id']}")
    assert site.api.get(v10(site, f"/{cost}"))["grand_total"] == "10.0"
    site.api.refused(404, "GET", v10(site, f"/{cost + 1}/line_items/{priced['id']}"))


def test_costs_are_found_by_number_origin_and_day(site: Site) -> None:
    first = enter(site, "1", origin_id="o1")["id"]
    site.pass_time(days=2)
    second = enter(site, "2", invoice_number="B-2", received_date="2026-02-01", payment_date="2026-02-03")["id"]

    def found(**filters: str) -> list[int]:
        params = {f"filters[{name}]": value for name, value in filters.items()}
        rows = site.api.get(v11(site), **params)
        assert rows == site.api.get(v10(site), **params)
        return [row["id"] for row in rows]

    assert found(invoice_number="B-2") == [second] and found(origin_id="o1") == [first]
    assert found(received_date="2026-02-01...2026-02-28") == [second] == found(payment_date="2026-02-03...2026-02-03")
    assert found(updated_at="2026-01-01...2026-01-06") == [first] and found(status="draft") == [first, second]
    assert found(created_at="2026-01-07T00:00:00Z...2027-01-01T00:00:00Z") == [second]
    answer = site.api.call("GET", v11(site), None, {"per_page": 1})
    assert answer.headers["Total"] == "2" and 'rel="next"' in answer.headers["Link"]


def test_sync_enters_changes_and_reports_each_cost(site: Site) -> None:
    entered = {"direct_cost_type": "invoice", "invoice_number": "S-1", "vendor_id": site.vendor, "origin_id": "q1"}
    answer = site.api.ok("PATCH", v10(site, "/sync"), {"updates": [
        entered, {**entered, "origin_id": "q2", "invoice_number": None}, {"id": 9, "status": "approved"}]})
    [made] = answer["entities"]
    assert [list(error["errors"]) for error in answer["errors"]] == [["invoice_number"], ["id"]]
    again = site.api.ok("PATCH", v10(site, "/sync"), {"updates": [entered, {**entered, "status": "approved"}]})
    assert [row["id"] for row in again["entities"]] == [made["id"]], "what is so already is no write"
    assert "synced" in again["errors"][0]["errors"]["base"][0]
    lines = site.api.ok("PATCH", v10(site, "/sync"), {"updates": [{"id": made["id"], "origin_id": None}]})
    assert lines["entities"][0]["origin_id"] is None


def test_sync_of_lines_names_the_cost_and_finds_lines_by_either_id(site: Site) -> None:
    cost = enter(site)["id"]
    new = {"direct_cost_id": cost, "wbs_code_id": site.codes[0], "amount": "5", "origin_id": "l1"}
    done = site.api.ok("PATCH", v10(site, "/line_items/sync"), {"updates": [new, {**new, "direct_cost_id": 1,
                                                                                 "origin_id": "l2"}]})
    assert [line["amount"] for line in done["entities"]] == ["5.0"]
    assert done["errors"][0]["errors"] == {"direct_cost_id": ["is invalid"]}
    made = done["entities"][0]["id"]
    done = site.api.ok("PATCH", v10(site, "/line_items/sync"), {"updates": [
        {"origin_id": "l1", "amount": "6"}, {"id": made, "origin_id": "l9"}]})
    assert [(line["id"], line["amount"]) for line in done["entities"]] == [(made, "6.0"), (made, "6.0")]
    assert site.api.get(v11(site, cost))["grand_total"] == "6.0"


def test_two_writes_at_once_to_one_cost_are_refused_with_409(site: Site) -> None:
    made = enter(site, "10")
    site.service.company.switches.direct_cost_write_s = 2
    site.api.ok("PATCH", v11(site, made["id"]), {"direct_cost": {"terms": "Net 10"}})
    line = {"line_item": {"wbs_code_id": site.codes[0]}}
    site.api.refused(409, "POST", v10(site, f"/{made['id']}/line_items"), line)
    site.api.refused(409, "DELETE", v11(site, made["id"]))
    site.pass_time(seconds=3)
    site.api.ok("POST", v10(site, f"/{made['id']}/line_items"), line)


def test_a_project_without_the_tool_answers_403_and_another_project_404(site: Site) -> None:
    made = enter(site, "10")
    other = site.new_project("Annex", "24-018")
    site.api.refused(404, "GET", f"/rest/v1.1/projects/{other}/direct_costs/{made['id']}")
    site.service.disable_tool(site.project, "direct_costs")
    site.api.refused(403, "GET", v11(site))
    site.api.refused(403, "POST", v10(site), {"item": {}})


def test_people_are_entered_found_and_changed(site: Site) -> None:
    base = "/rest/v1.0/companies/4283186/people"
    dana = employee(site, employee_id="E12", origin_id="77")
    guest = site.api.ok("POST", f"/rest/v1.0/projects/{site.project}/people", {"person": {"last_name": "Guest"}})["id"]
    site.api.refused(422, "POST", base, {"person": {"first_name": "Nobody"}})
    employees = site.api.get(base, **{"filters[is_employee]": "true"})
    assert dana in [p["id"] for p in employees] and guest not in [p["id"] for p in employees]
    assert [p["id"] for p in site.api.get(base, **{"filters[search]": "e12"})] == [dana]
    assert site.api.ok("PATCH", f"{base}/{guest}", {"person": {"is_employee": True}})["is_employee"] is True
    assert [p["id"] for p in site.api.get(f"/rest/v1.0/projects/{site.project}/people")] == [guest]
    site.api.refused(404, "PATCH", f"/rest/v1.0/projects/{site.project}/people/{dana}", {"person": {}})
    site.api.refused(422, "PATCH", f"{base}/{guest}", {"person": {"origin_id": "77"}})


def test_a_lines_own_mark_comes_back_as_text_and_one_that_is_no_text_is_refused(site: Site) -> None:
    path = f"/rest/v1.1/projects/{site.project}/direct_costs"
    line = {"wbs_code_id": site.codes[0], "manual_amount": "12.50"}
    body = {"direct_cost_type": "expense", "vendor_id": site.vendor}
    made = site.api.ok("POST", path, {"direct_cost": {**body, "line_items": [{**line, "ref": 77}]}})
    assert made["line_items"][0]["ref"] == "77"
    refused = site.api.refused(422, "POST", path, {"direct_cost": {**body, "line_items": [{**line, "ref": {"a": 1}}]}})
    assert refused == {"errors": {"ref": ["is invalid"]}}


def test_a_refused_cost_leaves_no_budget_line_behind(site: Site) -> None:
    budget = site.service.company.projects[site.project].budget
    path = f"/rest/v1.1/projects/{site.project}/direct_costs"
    good, bad = ({"wbs_code_id": code, "manual_amount": 1} for code in (site.codes[0], 1))
    cost = {"direct_cost_type": "expense", "vendor_id": site.vendor}
    site.api.refused(422, "POST", path, {"direct_cost": {**cost, "line_items": [good, bad]}})
    assert (budget.lines, budget.by_code) == ({}, {})
    made = site.api.ok("POST", path, {"direct_cost": cost})["id"]
    site.api.refused(422, "PATCH", f"{path}/{made}", {"direct_cost": {"line_items": [good, bad]}})
    assert (budget.lines, budget.by_code) == ({}, {})


def test_a_cost_keeps_somebody_whom_it_is_owed(site: Site) -> None:
    path = f"/rest/v1.1/projects/{site.project}/direct_costs"
    made = site.api.ok("POST", path, {"direct_cost": {"direct_cost_type": "expense", "vendor_id": site.vendor}})["id"]
    refusal = site.api.refused(422, "PATCH", f"{path}/{made}", {"direct_cost": {"vendor_id": None}})
    assert refusal["errors"] == {"vendor_id": ["can't be blank"]}
