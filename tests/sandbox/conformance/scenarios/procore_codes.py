"""Cost codes, cost types and the work breakdown structure (procore.md 5.6 to 5.8)."""
from __future__ import annotations

from tests.support.procore_client import Site

COMPANY = 4283186


def cost_codes(site: Site) -> None:
    scope = {"project_id": site.project}
    made = site.api.ok("POST", "/rest/v1.0/cost_codes", {**scope, "cost_code": {"code": "05", "name": "Metals"}})["id"]
    site.api.get("/rest/v1.0/cost_codes", **scope)
    site.api.get(f"/rest/v1.0/cost_codes/{made}", **scope)
    site.api.ok("PATCH", f"/rest/v1.0/cost_codes/{made}", {**scope, "cost_code": {"name": "Steel"}})
    site.api.ok("PATCH", "/rest/v1.0/cost_codes/sync", {"updates": [{"code": "06", "name": "Wood"}, {}]}, scope)
    site.api.refused(422, "POST", "/rest/v1.0/cost_codes", {**scope, "cost_code": {"code": "", "name": ""}})


def cost_types(site: Site) -> None:
    scope = {"company_id": COMPANY}
    made = site.api.ok("POST", "/rest/v1.0/line_item_types", {**scope, "line_item_type": {
        "name": "Fees", "csv_import_code": "F", "base_type": "other"}})["id"]
    site.api.get("/rest/v1.0/line_item_types", **scope)
    site.api.get(f"/rest/v1.0/line_item_types/{made}", **scope)
    site.api.ok("PATCH", f"/rest/v1.0/line_item_types/{made}", {**scope, "line_item_type": {"name": "Permits"}})
    site.api.ok("PATCH", "/rest/v1.0/line_item_types/sync", {**scope, "updates": [{"id": made, "origin_id": "t-1"}]})


def company_structure(site: Site) -> None:
    base = f"/rest/v1.0/companies/{COMPANY}/work_breakdown_structure"
    site.api.get(base + "/patterns")
    for segment in site.api.get(base + "/segments"):
        site.api.get(f"{base}/segments/{segment['id']}")
    made = site.api.ok("POST", base + "/segments", {"segment": {"name": "Building", "structure": "flat"}})["id"]
    items = f"{base}/segments/{made}/segment_items"
    site.api.ok("POST", items, {"code": "B1", "name": "North"})
    site.api.get(items)


def project_structure(site: Site) -> None:
    base = f"/rest/v1.0/projects/{site.project}/work_breakdown_structure"
    site.api.get(base + "/patterns")
    segments = {segment["type"]: segment["id"] for segment in site.api.get(base + "/segments")}
    site.api.get(f"{base}/segments/{segments['cost_code']}")
    items = f"{base}/segments/{segments['cost_code']}/segment_items"
    site.api.get(items)
    made = site.api.ok("POST", items, {"code": "900", "name": "Finishes"})["id"]
    site.api.ok("PATCH", f"{items}/{made}", {"name": "Paint"})
    code = site.api.get(base + "/wbs_codes")[0]
    parts = [{"segment_id": i["segment"]["id"], "segment_item_id": i["id"]} for i in code["segment_items"]]
    site.api.ok("POST", base + "/wbs_codes", {"segment_items": parts})
    site.api.ok("PATCH", f"{base}/wbs_codes/{code['id']}", {"description": "Power"})
    site.api.ok("PATCH", base + "/wbs_codes/bulk_create", {"bulk": [{"segment_items": parts}, {}]})
    site.api.get(f"/rest/v2.0/companies/{COMPANY}/projects/{site.project}/wbs/codes")
    site.api.refused(422, "POST", base + "/wbs_codes", {"segment_items": parts[:1]})
    site.api.ok("DELETE", f"{items}/{made}")
