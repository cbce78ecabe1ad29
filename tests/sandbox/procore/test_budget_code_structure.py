"""Segments and their order, items in bulk, sub jobs, standard cost codes of the practice Procore."""
from typing import Any

from tests.support.procore_client import Site

COMPANY, SCOPE = 4283186, {"company_id": 4283186}
WBS_C = f"/rest/v1.0/companies/{COMPANY}/work_breakdown_structure"


def project(site: Site, rest: str = "") -> str:
    return f"/rest/v1.0/projects/{site.project}/work_breakdown_structure{rest}"


def segment(site: Site, kind: str) -> int:
    return next(int(s["id"]) for s in site.api.get(WBS_C + "/segments") if s["type"] == kind)


def building(site: Site) -> tuple[int, int]:
    """A custom segment with one item of the company."""
    made = site.api.ok("POST", WBS_C + "/segments", {"segment": {"name": "Building", "structure": "flat"}})["id"]
    item = site.api.ok("POST", f"{WBS_C}/segments/{made}/segment_items", {"code": "B1", "name": "North"})["id"]
    return made, item


def with_building(site: Site, made: int, item: int) -> Any:
    code = site.api.get(project(site, "/wbs_codes"))[0]
    parts = [{"segment_id": i["segment"]["id"], "segment_item_id": i["id"]} for i in code["segment_items"]]
    return site.api.ok("POST", project(site, "/wbs_codes"), {
        "segment_items": [*parts, {"segment_id": made, "segment_item_id": item}]})


def test_a_segment_is_renamed_and_deleted_only_while_unused(site: Site) -> None:
    made, item = building(site)
    path = f"{WBS_C}/segments/{made}"
    assert site.api.call("PATCH", path, {"segment": {"name": "House"}}).status == 204
    assert site.api.get(path)["name"] == "House"
    with_building(site, made, item)
    site.api.refused(422, "DELETE", path)
    site.api.refused(422, "DELETE", f"{WBS_C}/segments/{segment(site, 'cost_code')}")
    other, _ = building(site)
    assert site.api.call("DELETE", f"{WBS_C}/segments/{other}").status == 204
    site.api.refused(404, "GET", f"{WBS_C}/segments/{other}")


def test_the_order_of_the_segments_is_the_order_in_the_flat_codes(site: Site) -> None:
    made, item = building(site)
    assert with_building(site, made, item)["flat_code"] == "300.S.B1"
    order = [made, *(segment(site, kind) for kind in ("sub_job", "line_item_type", "cost_code"))]
    asked = {"updated_order": [{"segment_id": one, "position": place} for place, one in enumerate(order, 1)]}
    path = project(site, "/patterns/update_segment_order")
    site.api.refused(422, "PUT", path, {"updated_order": asked["updated_order"][1:]})
    assert site.api.call("PUT", path, asked).status == 204
    codes = [code["flat_code"] for code in site.api.get(project(site, "/wbs_codes"))]
    assert codes == ["S.300", "S.400", "B1.S.300"]
    pattern = site.api.get(project(site, "/patterns"))
    assert pattern["is_project_level_ordered"] and [s["type"] for s in pattern["segments"]] == [
        "custom", "line_item_type", "cost_code"]
    assert with_building(site, made, item)["flat_code"] == "B1.S.300", "the same combination, not a second one"
    assert site.api.get(WBS_C + "/segments")[0]["type"] == "sub_job"
    assert site.api.call("PUT", WBS_C + "/patterns/update_segment_order", asked).status == 204
    site.api.refused(400, "PUT", WBS_C + "/patterns/update_segment_order", {})


def test_a_project_takes_a_custom_segment_out_of_its_codes_and_in_again(site: Site) -> None:
    made, item = building(site)
    assert site.api.call("PUT", project(site, "/patterns/remove_segment"), {"segment_id": made}).status == 204
    shown = {s["id"]: s["is_included_in_project_pattern"] for s in site.api.get(project(site, "/segments"))}
    assert shown[made] is False
    code = site.api.get(project(site, "/wbs_codes"))[0]
    parts = [{"segment_id": i["segment"]["id"], "segment_item_id": i["id"]} for i in code["segment_items"]]
    body = {"segment_items": [*parts, {"segment_id": made, "segment_item_id": item}]}
    site.api.refused(422, "POST", project(site, "/wbs_codes"), body)
    assert site.api.call("PUT", project(site, "/patterns/add_segment"), {"segment_id": made}).status == 204
    site.api.ok("POST", project(site, "/wbs_codes"), body)
    site.api.refused(422, "PUT", project(site, "/patterns/remove_segment"), {"segment_id": made})
    site.api.refused(422, "PUT", project(site, "/patterns/remove_segment"), {"segment_id": segment(site, "cost_code")})
    site.api.refused(422, "PUT", project(site, "/patterns/add_segment"), {"segment_id": 5})


def test_changing_an_inherited_item_gives_the_project_one_of_its_own(site: Site) -> None:
    made, item = building(site)
    code = with_building(site, made, item)
    path = project(site, f"/segments/{made}/segment_items")
    changed = site.api.ok("PATCH", f"{path}/{item}", {"code": "B9"})
    assert changed["id"] != item and changed["code"] == "B9" and changed["in_use"]
    assert [row["id"] for row in site.api.get(path)] == [changed["id"]]
    again = next(c for c in site.api.get(project(site, "/wbs_codes")) if c["id"] == code["id"])
    assert again["flat_code"] == "300.S.B9"
    assert site.api.ok("PATCH", f"{path}/{item}", {"name": "South"})["id"] == changed["id"]
    assert site.api.get(f"{WBS_C}/segments/{made}/segment_items")[0]["code"] == "B1"
    kind = segment(site, "line_item_type")
    labor = site.api.get(f"{WBS_C}/segments/{kind}/segment_items")[0]["id"]
    site.api.refused(422, "PATCH", project(site, f"/segments/{kind}/segment_items/{labor}"), {"name": "X"})


def test_items_of_the_company_are_changed_and_deleted_one_by_one_and_in_bulk(site: Site) -> None:
    made, item = building(site)
    path = f"{WBS_C}/segments/{made}/segment_items"
    second = site.api.ok("POST", path, {"code": "B2", "name": "South"})["id"]
    assert site.api.ok("PATCH", f"{path}/{second}", {"code": "B3"}) == site.api.get(f"{path}/{second}")
    site.api.refused(422, "PATCH", f"{path}/{second}", {"code": "B1"})
    both = {"ids": [item, second], "attributes": {"status": "inactive"}}
    assert site.api.call("PATCH", path + "/update_all", both).status == 204
    assert {row["status"] for row in site.api.get(path)} == {"inactive"}
    code = site.api.get(project(site, "/wbs_codes"))[0]
    parts = [{"segment_id": i["segment"]["id"], "segment_item_id": i["id"]} for i in code["segment_items"]]
    body = {"segment_items": [*parts, {"segment_id": made, "segment_item_id": item}]}
    site.api.refused(422, "POST", project(site, "/wbs_codes"), body)
    site.api.call("PATCH", path + "/update_all", {**both, "attributes": {"status": "active"}})
    with_building(site, made, item)
    gone = site.api.call("DELETE", path + "/bulk_destroy", {"segment_item_ids": [item, second, 5]})
    assert (gone.status, gone.body["successes"], [f["id"] for f in gone.body["failures"]]) == (207, [second], [item, 5])
    site.api.refused(422, "DELETE", f"{path}/{item}")
    third = site.api.ok("POST", path, {"code": "B4", "name": "East"})["id"]
    assert site.api.call("DELETE", f"{path}/{third}").status == 204


def test_items_and_codes_of_a_project_are_switched_and_deleted_in_bulk(site: Site) -> None:
    path = project(site, f"/segments/{segment(site, 'cost_code')}/segment_items")
    used = [row["id"] for row in site.api.get(path)]
    new = site.api.ok("POST", path, {"code": "900", "name": "Finishes"})["id"]
    switched = {"ids": [new], "attributes": {"status": "inactive"}}
    assert site.api.call("PATCH", path + "/update_all", switched).status == 204
    assert new not in [row["id"] for row in site.api.get(path, only_active_items="true")]
    gone = site.api.call("DELETE", path + "/bulk_destroy", {"segment_item_ids": [*used, new]})
    assert gone.body["successes"] == [new] and len(gone.body["failures"]) == 2
    codes = project(site, "/wbs_codes")
    site.api.refused(404, "PATCH", codes + "/update_all", {"ids": [5], "attributes": {"status": "inactive"}})
    site.api.refused(400, "PATCH", codes + "/update_all", {"ids": site.codes})
    assert site.api.call("PATCH", codes + "/update_all", {
        "ids": site.codes, "attributes": {"status": "inactive"}}).status == 204
    assert {code["status"] for code in site.api.get(codes)} == {"inactive"}


def test_budget_codes_are_found_by_scope_and_by_text(site: Site) -> None:
    site.api.ok("POST", "/rest/v1.1/budget_line_items", {"project_id": site.project, "budget_line_item": {
        "wbs_code_id": site.codes[1], "original_budget_amount": 5}})
    found = site.api.get(project(site, "/wbs_codes"), scope="budget_code")
    assert [code["id"] for code in found] == [site.codes[1]]
    v2 = f"/rest/v2.0/companies/{COMPANY}/projects/{site.project}/wbs/codes"
    assert [c["code"] for c in site.api.get(v2, **{"filters[search]": "400"})["data"]] == ["400.S"]
    assert len(site.api.get(v2, **{"filters[id]": site.codes[0]})["data"]) == 1


def test_a_sub_job_is_part_of_budget_codes_and_kept_while_in_use(site: Site) -> None:
    path, scope = "/rest/v1.0/sub_jobs", {"project_id": site.project}
    made = site.api.ok("POST", path, {**scope, "sub_job": {"code": "T1", "name": "Tower", "origin_id": "s-1"}})
    site.api.refused(422, "POST", path, {**scope, "sub_job": {"code": "T1", "name": "Twice"}})
    site.api.refused(422, "POST", path, {**scope, "sub_job": {"name": "No code"}})
    synced = site.api.ok("PATCH", path + "/sync", {"updates": [
        {"origin_id": "s-1", "name": "North Tower"}, {"code": "T2", "name": "South"}, {"code": "T3"}]}, scope)
    assert [one["name"] for one in synced["entities"]] == ["North Tower", "South"] and len(synced["errors"]) == 1
    assert site.api.get(f"{path}/{made['id']}", **scope)["name"] == "North Tower"
    site.api.ok("PATCH", f"{path}/{made['id']}", {**scope, "sub_job": {"name": "Tower"}})
    kind = segment(site, "sub_job")
    item = site.api.get(project(site, f"/segments/{kind}/segment_items"))[0]
    assert (item["code"], item["id"] != made["id"]) == ("T1", True)
    assert "sub_job" in [s["type"] for s in site.api.get(project(site, "/patterns"))["segments"]]
    assert with_building(site, kind, item["id"])["flat_code"] == "T1.300.S"
    site.api.refused(422, "DELETE", f"{path}/{made['id']}", None, scope)
    south = synced["entities"][1]["id"]
    assert site.api.call("DELETE", f"{path}/{south}", None, scope).status == 200
    assert [one["id"] for one in site.api.get(path, **scope)] == [made["id"]]


# Standard cost codes

def standard(site: Site) -> tuple[int, int, int]:
    """The company's list with 03 Concrete and 03-300 Slabs."""
    held = site.api.get("/rest/v1.0/standard_cost_code_lists", **SCOPE)[0]["id"]
    scope = {**SCOPE, "standard_cost_code_list_id": held}
    top = site.api.ok("POST", "/rest/v1.0/standard_cost_codes", {**scope, "standard_cost_code": {
        "code": "03", "name": "Concrete"}})["id"]
    leaf = site.api.ok("POST", "/rest/v1.0/standard_cost_codes", {**scope, "standard_cost_code": {
        "code": "300", "name": "Slabs", "parent_id": top, "origin_id": "std-1"}})
    assert leaf["full_code"] == "03-300"
    return held, top, leaf["id"]


def test_standard_cost_codes_are_kept_in_lists(site: Site) -> None:
    held, top, leaf = standard(site)
    lists, path = "/rest/v1.0/standard_cost_code_lists", "/rest/v1.0/standard_cost_codes"
    made = site.api.ok("POST", lists, {**SCOPE, "standard_cost_code_list": {"name": "Road works"}})["id"]
    site.api.ok("PATCH", f"{lists}/{made}", {**SCOPE, "standard_cost_code_list": {"name": "Roads"}})
    assert site.api.get(f"{lists}/{made}", **SCOPE)["name"] == "Roads"
    scope = {**SCOPE, "standard_cost_code_list_id": held}
    rows = site.api.ok("GET", path, None, {**scope, "filters[origin_id]": "std-1"})
    assert rows == [site.api.get(f"{path}/{leaf}", **scope)]
    site.api.refused(400, "GET", path, None, SCOPE)
    twice = {**scope, "standard_cost_code": {"code": "03", "name": "Twice"}}
    site.api.refused(422, "POST", path, twice)
    circle = {**scope, "standard_cost_code": {"parent_id": leaf}}
    site.api.refused(422, "PATCH", f"{path}/{top}", circle)
    changed = site.api.ok("PATCH", f"{path}/{top}", {**scope, "standard_cost_code": {"code": "3"}})
    assert changed["full_code"] == "3" and site.api.get(f"{path}/{leaf}", **scope)["full_code"] == "3-300"
    synced = site.api.ok("PATCH", path + "/sync", {**scope, "updates": [
        {"origin_id": "std-1", "name": "Slabs on grade"}, {"code": "05", "name": "Metals"}, {"code": "05"}]})
    assert [one["name"] for one in synced["entities"]] == ["Slabs on grade", "Metals"] and len(synced["errors"]) == 1
    site.api.refused(422, "DELETE", f"{path}/{top}", None, SCOPE)
    assert site.api.ok("DELETE", f"{path}/{leaf}", None, SCOPE)["id"] == leaf
    kind = segment(site, "cost_code")
    assert [row["segment_items_count"] for row in site.api.get(f"{WBS_C}/segments/{kind}/lists")] == [2, 0]


def test_a_list_is_copied_into_a_project_whole_or_in_part(site: Site) -> None:
    held, top, leaf = standard(site)
    other = site.new_project("Second", "24-018")
    whole = site.api.ok("POST", "/rest/v1.0/cost_codes/copy_from_standard_list", {
        "project_id": other, "standard_cost_code_list_id": held})
    assert [(c["full_code"], c["standard_cost_code_id"]) for c in whole] == [("03", top), ("03-300", leaf)]
    again = site.api.ok("POST", "/rest/v1.0/cost_codes/copy_from_standard_list", {
        "project_id": other, "standard_cost_code_list_id": held})
    assert again == [], "what is there stays"
    subset = {"project_id": site.project, "standard_cost_code_list_id": held, "standard_cost_code_ids": [leaf, 5]}
    partly = site.api.call("POST", "/rest/v1.0/cost_codes/copy_subset_from_standard_list", subset)
    assert (partly.status, partly.body["successes"], len(partly.body["failures"])) == (207, [], 2)
    subset["standard_cost_code_ids"] = [leaf, top]
    copied = site.api.ok("POST", "/rest/v1.0/cost_codes/copy_subset_from_standard_list", subset)
    assert [c["full_code"] for c in copied["successes"]] == ["03", "03-300"]
    made = site.api.ok("POST", "/rest/v1.0/projects", {**SCOPE, "project": {
        "name": "Third", "enable_copy_of_standard_cost_codes": True}})
    assert made["standard_cost_code_list_id"] == held
    assert len(site.api.get("/rest/v1.0/cost_codes", project_id=made["id"])) == 2
