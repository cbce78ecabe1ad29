"""Projects, vendors, cost codes, cost types and budget codes of the practice Procore."""
import re

import pytest

from tests.support.procore_client import Site

COMPANY = 4283186


# Projects

def test_inactive_projects_are_left_out_unless_asked_for(site: Site) -> None:
    made = site.new_project("Old Mill", "23-001")
    path, scope = f"/rest/v1.0/projects/{made}", {"company_id": COMPANY}
    site.api.ok("PATCH", path, {**scope, "project": {"active": False}})

    def numbers(**more: object) -> list[str]:
        return [p["project_number"] for p in site.api.ok("GET", "/rest/v1.1/projects", None, {**scope, **more})]

    assert numbers() == ["24-017"] and numbers(**{"filters[by_status]": "Inactive"}) == ["23-001"]
    assert numbers(**{"filters[by_status]": "All"}) == ["24-017", "23-001"]
    assert numbers(**{"filters[by_status]": "All", "filters[project_number]": "23-001"}) == ["23-001"]
    assert [p["id"] for p in site.api.get("/rest/v1.1/projects", view="ids", **scope)] == [site.project]
    assert site.api.get("/rest/v1.0/projects", **scope)[0]["display_name"] == "24-017 Oak Health Clinic"
    assert set(site.api.get("/rest/v1.1/projects", view="compact", **scope)[0]) == {
        "id", "name", "display_name", "project_number", "active"}


def test_a_project_needs_a_name_and_the_older_date_names_mirror_the_newer(site: Site) -> None:
    refusal = site.api.refused(422, "POST", "/rest/v1.0/projects", {"company_id": COMPANY, "project": {"city": "X"}})
    assert refusal["errors"] == {"name": ["can't be blank"]}
    made = site.api.ok("POST", "/rest/v1.0/projects", {"company_id": COMPANY, "project": {
        "name": "Mill", "estimated_start_date": "2026-03-01", "total_value": 10000, "origin_id": "job-1"}})
    assert (made["start_date"], made["estimated_start_date"]) == ("2026-03-01", "2026-03-01")
    assert (made["total_value"], made["estimated_value"]) == ("10000.0", "10000.0")
    taken = {"company_id": COMPANY, "project": {"name": "Mill 2", "origin_id": "job-1"}}
    assert site.api.refused(422, "POST", "/rest/v1.0/projects", taken)["errors"]["origin_id"] == [
        "has already been taken"]
    assert len(site.api.get("/rest/v1.1/projects", company_id=COMPANY)) == 2, "the refused one was not made"
    synced = site.api.ok("PATCH", "/rest/v1.0/projects/sync", {"company_id": COMPANY, "updates": [
        {"origin_id": "job-1", "city": "Reno"}, {"name": "Third"}]})
    assert [(e["name"], e["city"]) for e in synced["entities"]] == [("Mill", "Reno"), ("Third", None)]


def test_updated_at_moves_with_an_effective_change_only(site: Site) -> None:
    path, scope = f"/rest/v1.0/projects/{site.project}", {"company_id": COMPANY}
    before = site.api.get(path, **scope)["updated_at"]
    site.pass_time(hours=1)
    assert site.api.ok("PATCH", path, {**scope, "project": {"name": "Oak Health Clinic"}})["updated_at"] == before
    assert site.api.ok("PATCH", path, {**scope, "project": {"city": "Reno"}})["updated_at"] == "2026-01-05T09:00:00Z"
    site.api.refused(400, "PATCH", path, {"project": {"city": "X"}})


# Vendors

def test_a_vendor_shows_more_or_less_by_view(site: Site) -> None:
    def shown(view: str) -> set[str]:
        return set(site.api.get("/rest/v1.0/vendors", company_id=COMPANY, view=view)[0])
    assert shown("compact") == {"id", "name"}
    assert "project_ids" in shown("extended") and "project_ids" not in shown("erp")
    assert {"origin_id", "synced_to_erp", "updated_at", "company"} <= shown("erp")


def test_a_vendor_is_made_changed_and_switched_off_but_never_deleted(site: Site) -> None:
    made = site.new_vendor("Ernie's Electrical", origin_id="v-1", address="846 Dogglesworth Drive")
    path, scope = f"/rest/v1.0/vendors/{made}", {"company_id": COMPANY}
    assert site.api.get(path, **scope)["synced_to_erp"] is True
    site.api.ok("PATCH", path, {**scope, "vendor": {"is_active": False}})
    assert made not in [v["id"] for v in site.api.get("/rest/v1.0/vendors", **scope)]
    assert [v["id"] for v in site.api.get(f"/rest/v1.0/companies/{COMPANY}/vendors/inactive")] == [made]
    assert site.api.call("DELETE", path, None, scope).status == 501
    body = {"project_id": site.project, "work_order_contract": {"title": "T", "vendor_id": made}}
    assert "vendor_id" in site.api.refused(422, "POST", "/rest/v1.0/work_order_contracts", body)["errors"]


def test_vendors_nest_two_levels_deep(site: Site) -> None:
    child = site.new_vendor("Branch", parent_id=site.vendor)
    body = {"company_id": COMPANY, "vendor": {"name": "Twig", "parent_id": child}}
    site.api.refused(422, "POST", "/rest/v1.0/vendors", body)
    shown = site.api.get(f"/rest/v1.0/vendors/{site.vendor}", company_id=COMPANY)
    assert shown["children_count"] == 1
    assert site.api.get(f"/rest/v1.0/vendors/{child}", company_id=COMPANY)["parent"]["name"] == "SID Electrical"


def test_a_tax_number_is_registered_once_and_checked(site: Site) -> None:
    path, scope = f"/rest/v1.0/vendors/{site.vendor}/business_register", {"company_id": COMPANY}
    site.api.refused(422, "POST", path, {"business_register": {"type": "ein", "identifier": "12"}}, scope)
    site.api.refused(404, "PATCH", path, {"business_register": {"identifier": "12-3456780"}}, scope)
    made = site.api.ok("POST", path, {"business_register": {"type": "ein", "identifier": "12-345 6789"}}, scope)
    assert made["identifier"] == "123456789"
    site.api.refused(409, "POST", path, {"business_register": {"type": "ein", "identifier": "12-3456789"}}, scope)
    changed = site.api.ok("PATCH", path, {"business_register": {"identifier": "12-3456780"}}, scope)
    assert changed["id"] == made["id"]
    rows = site.api.ok("GET", "/rest/v1.0/vendors", None, {**scope, "filters[search]": "3456780"})
    assert [v["business_register"]["identifier"] for v in rows] == ["123456780"]


def test_an_origin_id_is_unique_per_kind_within_the_company(site: Site) -> None:
    one = site.new_vendor("A", origin_id="x-1")
    body = {"company_id": COMPANY, "vendor": {"name": "B", "origin_id": "x-1"}}
    assert site.api.refused(422, "POST", "/rest/v1.0/vendors", body)["errors"]["origin_id"] == [
        "has already been taken"]
    site.commitment("1", origin_id="x-1")
    site.api.ok("PATCH", f"/rest/v1.0/vendors/{one}", {"company_id": COMPANY, "vendor": {"origin_id": None}})
    site.api.ok("POST", "/rest/v1.0/vendors", body)
    rows = site.api.ok("GET", "/rest/v1.0/vendors", None, {"company_id": COMPANY, "filters[origin_id]": "x-1"})
    assert [v["name"] for v in rows] == ["B"]


@pytest.mark.parametrize("version", ["v1.0", "v1.1"])
def test_vendors_join_and_leave_a_projects_directory(site: Site, version: str) -> None:
    base = f"/rest/{version}/projects/{site.project}/vendors"
    assert site.api.get(base) == []
    site.api.ok("POST", f"{base}/{site.vendor}/actions/add")
    assert [v["id"] for v in site.api.get(base)] == [site.vendor]
    assert site.api.get(f"/rest/v1.0/vendors/{site.vendor}", company_id=COMPANY)["project_ids"] == [site.project]
    assert site.api.call("DELETE", f"{base}/{site.vendor}/actions/remove").status == 204
    made = site.api.ok("POST", base, {"vendor": {"name": "On Site Ltd"}})
    assert site.api.ok("PATCH", f"{base}/{made['id']}", {"vendor": {"city": "Reno"}})["city"] == "Reno"
    assert site.api.get(f"{base}/{made['id']}", view="minimal") == {"id": made["id"], "name": "On Site Ltd"}


def test_a_vendor_with_a_commitment_joins_the_project_and_stays(site: Site) -> None:
    site.commitment("1")
    base = f"/rest/v1.1/projects/{site.project}/vendors"
    assert [v["id"] for v in site.api.get(base)] == [site.vendor]
    site.api.refused(422, "DELETE", f"{base}/{site.vendor}/actions/remove")
    site.service.company.switches.vendors_join_projects_by_use = False
    body = {"project_id": site.project, "work_order_contract": {"vendor_id": site.new_vendor("Other")}}
    site.api.refused(422, "POST", "/rest/v1.0/work_order_contracts", body)


# Cost codes, types and budget codes

def test_a_cost_codes_full_code_joins_its_parents(site: Site) -> None:
    scope = {"project_id": site.project}
    top = site.api.ok("POST", "/rest/v1.0/cost_codes", {**scope, "cost_code": {"code": "03", "name": "Concrete"}})
    leaf = site.api.ok("POST", "/rest/v1.0/cost_codes", {**scope, "cost_code": {
        "code": "300", "name": "Slabs", "parent_id": top["id"]}})
    assert (leaf["full_code"], leaf["parent"], top["parent"]) == ("03-300", {"id": top["id"]}, {"id": None})
    again = {**scope, "cost_code": {"code": "300", "name": "Twice", "parent_id": top["id"]}}
    assert site.api.refused(422, "POST", "/rest/v1.0/cost_codes", again)["errors"]["code"]
    changed = site.api.ok("PATCH", f"/rest/v1.0/cost_codes/{leaf['id']}", {**scope, "cost_code": {
        "name": "Slab on grade", "origin_id": "item-3"}})
    assert changed["name"] == "Slab on grade"
    assert site.api.get(f"/rest/v1.0/cost_codes/{leaf['id']}", **scope)["origin_id"] == "item-3"
    synced = site.api.ok("PATCH", "/rest/v1.0/cost_codes/sync", {"updates": [
        {"origin_id": "item-3", "name": "Slabs"}, {"code": "500", "name": "Metals"}]}, scope)
    assert [c["full_code"] for c in synced["entities"]] == ["03-300", "500"]
    other = site.new_project("Second", "24-018")
    assert site.api.get("/rest/v1.0/cost_codes", project_id=other) == []
    site.api.refused(404, "GET", f"/rest/v1.0/cost_codes/{leaf['id']}", None, {"project_id": other})


def test_a_cost_type_is_written_as_csv_import_code_and_read_as_code(site: Site) -> None:
    made = site.api.ok("POST", "/rest/v1.0/line_item_types", {"company_id": COMPANY, "line_item_type": {
        "name": "Labor Burden", "csv_import_code": "LB", "base_type": "labor"}})
    assert (made["code"], made["base_type"]) == ("LB", "labor")
    by_company = site.api.get("/rest/v1.0/line_item_types", company_id=COMPANY)
    assert by_company == site.api.get("/rest/v1.0/line_item_types", project_id=site.project)
    assert [t["code"] for t in by_company] == ["L", "M", "E", "S", "O", "LB"]
    changed = site.api.ok("PATCH", f"/rest/v1.0/line_item_types/{made['id']}", {
        "company_id": COMPANY, "line_item_type": {"name": "Burden"}})
    assert changed == site.api.get(f"/rest/v1.0/line_item_types/{made['id']}", company_id=COMPANY)
    synced = site.api.ok("PATCH", "/rest/v1.0/line_item_types/sync", {"company_id": COMPANY, "updates": [
        {"id": made["id"], "origin_id": "t-1"}, {"name": "Fees", "csv_import_code": "F"}]})
    assert [t["code"] for t in synced["entities"]] == ["LB", "F"]


def test_making_an_existing_budget_code_changes_it_and_keeps_its_id(site: Site) -> None:
    base = f"/rest/v1.0/projects/{site.project}/work_breakdown_structure"
    code = site.api.get(base + "/wbs_codes")[0]
    assert (code["flat_code"], code["flat_name"]) == ("300.S", "Work 300.Commitment")
    parts = [{"segment_id": i["segment"]["id"], "segment_item_id": i["id"]} for i in code["segment_items"]]
    again = site.api.ok("POST", base + "/wbs_codes", {"description": "Power", "segment_items": parts})
    assert (again["id"], again["description"]) == (code["id"], "Power")
    site.api.refused(422, "POST", base + "/wbs_codes", {"segment_items": parts[:1]})
    off = site.api.ok("PATCH", f"{base}/wbs_codes/{code['id']}", {"status": "inactive"})
    assert off["status"] == "inactive"
    rows = site.api.ok("GET", base + "/wbs_codes", None, [("filters[status][]", "inactive")])
    assert [c["id"] for c in rows] == [code["id"]]
    bulk = site.api.ok("PATCH", base + "/wbs_codes/bulk_create", {"bulk": [{"segment_items": parts}, {}]})
    assert len(bulk["entities"]) == len(bulk["errors"]) == 1
    listed = site.api.get(f"/rest/v2.0/companies/{COMPANY}/projects/{site.project}/wbs/codes")["data"]
    assert listed[0]["id"] == str(code["id"])


def test_segments_and_their_items_are_listed_made_and_deleted_when_not_in_use(site: Site) -> None:
    base = f"/rest/v1.0/projects/{site.project}/work_breakdown_structure"
    company = f"/rest/v1.0/companies/{COMPANY}/work_breakdown_structure"
    segments = {s["type"]: s for s in site.api.get(base + "/segments")}
    assert (segments["cost_code"]["structure"], segments["cost_code"]["segment_items_count"]) == ("tiered", 2)
    assert site.api.get(base + "/patterns")["id"] == site.api.get(company + "/patterns")["id"]
    assert [s["type"] for s in site.api.get(company + "/segments")] == ["sub_job", "cost_code", "line_item_type"]
    items = f"{base}/segments/{segments['cost_code']['id']}/segment_items"
    made = site.api.ok("POST", items, {"code": "900", "name": "Finishes"})
    assert [c["name"] for c in site.api.get("/rest/v1.0/cost_codes", project_id=site.project)][-1] == "Finishes"
    renamed = site.api.ok("PATCH", f"{items}/{made['id']}", {"name": "Paint"})
    assert renamed["path_names"] == ["Paint"]
    assert site.api.call("DELETE", f"{items}/{made['id']}").status == 204
    used = site.api.get(items)[0]
    assert used["in_use"] is True
    site.api.refused(422, "DELETE", f"{items}/{used['id']}")


def test_a_custom_segment_becomes_part_of_the_budget_code(site: Site) -> None:
    company = f"/rest/v1.0/companies/{COMPANY}/work_breakdown_structure"
    building = site.api.ok("POST", company + "/segments", {"segment": {"name": "Building", "structure": "flat"}})
    item = site.api.ok("POST", f"{company}/segments/{building['id']}/segment_items", {"code": "B1", "name": "North"})
    assert site.api.get(f"{company}/segments/{building['id']}/segment_items")[0]["id"] == item["id"]
    base = f"/rest/v1.0/projects/{site.project}/work_breakdown_structure"
    code = site.api.get(base + "/wbs_codes")[0]
    parts = [{"segment_id": i["segment"]["id"], "segment_item_id": i["id"]} for i in code["segment_items"]]
    made = site.api.ok("POST", base + "/wbs_codes", {"segment_items": [
        {"segment_id": building["id"], "segment_item_id": item["id"]}, *parts]})
    assert made["flat_code"] == "300.S.B1" and made["id"] != code["id"]


def test_a_renamed_cost_code_shows_in_the_budget_codes(site: Site) -> None:
    code = site.api.get("/rest/v1.0/cost_codes", project_id=site.project)[0]
    site.pass_time(hours=1)
    site.api.ok("PATCH", f"/rest/v1.0/cost_codes/{code['id']}", {
        "project_id": site.project, "cost_code": {"code": "310"}})
    base = f"/rest/v1.0/projects/{site.project}/work_breakdown_structure/wbs_codes"
    changed = site.api.ok("GET", base, None, {"filters[updated_at]": "2026-01-05T09:00:00Z...2027-01-01T00:00:00Z"})
    assert [c["flat_code"] for c in changed] == ["310.S"]


def test_a_cost_type_keeps_a_name_and_a_code_of_its_own_and_its_budget_codes_follow_it(site: Site) -> None:
    kind = next(t for t in site.api.get("/rest/v1.0/line_item_types", company_id=COMPANY) if t["code"] == "S")
    path = f"/rest/v1.0/line_item_types/{kind['id']}"
    for bad in ({"name": None}, {"csv_import_code": ""}, {"csv_import_code": "M"}):
        site.api.refused(422, "PATCH", path, {"company_id": COMPANY, "line_item_type": bad})
    site.api.ok("PATCH", path, {"company_id": COMPANY, "line_item_type": {"csv_import_code": "SUB"}})
    codes = site.api.get(f"/rest/v1.0/projects/{site.project}/work_breakdown_structure/wbs_codes")
    assert {code["flat_code"] for code in codes} == {"300.SUB", "400.SUB"}


def test_two_items_of_the_company_with_one_code_are_refused(site: Site) -> None:
    base = f"/rest/v1.0/companies/{COMPANY}/work_breakdown_structure/segments"
    segment = site.api.ok("POST", base, {"segment": {"name": "Building", "structure": "flat"}})["id"]
    site.api.ok("POST", f"{base}/{segment}/segment_items", {"code": "A", "name": "North"})
    site.api.refused(422, "POST", f"{base}/{segment}/segment_items", {"code": "A", "name": "South"})


def test_cost_codes_of_a_project_joined_to_accounting_are_written_by_sync_alone(site: Site) -> None:
    project = site.api.ok("POST", "/rest/v1.0/projects", {"company_id": COMPANY, "project": {
        "name": "Joined", "erp_integrated": True}})["id"]
    code = {"code": "300", "name": "Concrete"}
    site.api.refused(422, "POST", "/rest/v1.0/cost_codes", {"project_id": project, "cost_code": code})
    made = site.api.ok("PATCH", "/rest/v1.0/cost_codes/sync", {"project_id": project, "updates": [code]})
    one = made["entities"][0]["id"]
    site.api.refused(422, "PATCH", f"/rest/v1.0/cost_codes/{one}", {"project_id": project, "cost_code": {"name": "X"}})


def test_another_companys_id_in_a_path_is_not_found_anywhere(site: Site) -> None:
    site.service.add_company(77, "Other Builders")
    for endpoint in site.service.endpoints():
        method, path = endpoint.split(" ")
        if method == "GET" and "/companies/{company_id}" in path:
            path = path.replace("{company_id}", "77").replace("{project_id}", str(site.project))
            answer = site.api.call(method, re.sub(r"{[^}]*}", "1", path))
            assert answer.status == 404, (endpoint, answer.status)
