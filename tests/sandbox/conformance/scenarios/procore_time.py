"""Timecard entries, time types and timesheets (procore.md 5.21)."""
from __future__ import annotations

from typing import Any

from tests.support.procore_client import Site

COMPANY = 4283186
C = f"/rest/v1.0/companies/{COMPANY}"
DAYS = {"start_date": "2026-01-01", "end_date": "2026-01-31"}


def _entry(site: Site, **more: object) -> dict[str, Any]:
    people = site.api.get(f"{C}/people")
    code = site.api.get("/rest/v1.0/cost_codes", project_id=site.project)[0]["id"]
    kind = site.api.get("/rest/v1.0/line_item_types", company_id=COMPANY)[0]["id"]
    return {"date": "2026-01-05", "hours": "8.0", "party_id": people[0]["id"], "cost_code_id": code,
            "line_item_type_id": kind, "billable": True, "description": "Footings", **more}


def time_types(site: Site) -> None:
    kind = site.api.get(f"{C}/timecard_time_types")[0]["id"]
    site.api.ok("PATCH", f"{C}/timecard_time_types/{kind}", {"timecard_time_type": {"pay_rate": True}})
    site.api.get("/rest/v1.0/timecard_time_types", project_id=site.project)


def entries_of_a_project(site: Site) -> None:
    base = f"/rest/v1.0/projects/{site.project}/timecard_entries"
    made = site.api.ok("POST", base, {"timecard_entry": _entry(site, origin_id=5)})["id"]
    for asked in ({}, {"log_date": "2026-01-05"}, DAYS):
        site.api.get(base, **asked)
    site.api.get(f"{base}/{made}")
    site.api.ok("PATCH", f"{base}/{made}", {"timecard_entry": {
        "hours": "7.5", "time_in": "2026-01-05T16:00:00Z", "time_out": "2026-01-05T23:30:00Z"}})
    site.api.refused(422, "POST", base, {"timecard_entry": {"hours": "25"}})
    site.api.ok("DELETE", f"{base}/{made}")


def entries_of_the_company(site: Site) -> None:
    base = f"{C}/timecard_entries"
    made = site.api.ok("POST", base, {"project_id": site.project, "timecard_entry": _entry(site)})["id"]
    site.api.get(base, **DAYS)
    site.api.get(base, serializer_view="ids_only")
    site.api.get(f"{base}/{made}")
    site.api.ok("PATCH", f"{base}/{made}", {"timecard_entry": {"hours": "7.5", "approval_status": "approved"}})
    site.api.get(f"{base}/{made}/change_history")
    site.api.ok("DELETE", f"{base}/{made}")
    site.api.get(base, **{"filters[deleted_at]": "2026-01-01...2026-12-31"})


def entries_of_the_user(site: Site) -> None:
    base, scope = "/rest/v1.0/timecard_entries", {"project_id": site.project}
    made = site.api.ok("POST", base, {**scope, "timecard_entry": _entry(site)})["id"]
    site.api.get(base, **scope)
    site.api.get(f"{base}/{made}", **scope)
    site.api.ok("PATCH", f"{base}/{made}", {**scope, "timecard_entry": {"hours": "4"}})
    site.api.ok("DELETE", f"{base}/{made}", None, scope)


def newer_entries(site: Site) -> None:
    base = f"/rest/v1.1/projects/{site.project}/project_timecard_entries"
    made = site.api.ok("POST", base, _entry(site))["id"]
    site.api.ok("PATCH", f"{base}/{made}", {"hours": "4"})
    site.api.ok("POST", f"{base}/bulk_create", {"timecard_entries": [
        _entry(site, project_id=site.project, wbs_code_id=site.codes[0]) for _ in range(2)]})
    site.api.refused(422, "POST", f"{base}/bulk_create", {"timecard_entries": [{"project_id": 1, "hours": "1"}]})


def timesheets(site: Site) -> None:
    base = f"/rest/v1.0/projects/{site.project}/timesheets"
    newer = f"/rest/v1.1/projects/{site.project}/project_timesheet_timecard_entries"
    empty = site.api.ok("POST", base, {"timesheet": {"date": "2026-01-05"}})["id"]
    made = site.api.ok("POST", f"{newer}/draft_create", {"date": "2026-01-05", "timecard_entries": [
        _entry(site), _entry(site, hours="2")]})
    site.api.get(base)
    site.api.get(f"{base}/{made['id']}")
    site.api.ok("PATCH", f"{base}/{made['id']}", {"timesheet": {"date": "2026-01-06"}})
    site.api.ok("PATCH", f"{newer}/{made['id']}", {"timesheet": {"date": "2026-01-05"}})
    site.api.ok("PATCH", base, {"timesheet_id": made["id"], "timecard_entries": [{"date": "2026-01-07"}]})
    site.api.ok("PATCH", f"{base}/update_approval", {"timesheets": [{"id": made["id"], "status": "approved"}]})
    site.api.refused(422, "PATCH", f"{base}/update_approval", {"timesheets": [{"id": made["id"], "status": "done"}]})
    site.api.ok("DELETE", base, {"ids": [made["timecard_entries"][0]["id"]]})
    for what in ("potential_timesheet_creators", "potential_timesheet_creator_ids", "scoped_cost_codes",
                 "scoped_cost_code_ids"):
        site.api.get(f"{base}/{what}")
    site.api.ok("DELETE", f"{base}/{empty}")


def timesheets_of_the_company(site: Site) -> None:
    made = site.api.ok("POST", f"{C}/timesheets", {"timecard_entries": [
        {**_entry(site), "project_id": site.project, "hours": 8}]})
    site.api.get(f"{C}/timesheets")
    site.api.ok("PATCH", f"{C}/timesheets", {"updates": [{"id": made[0]["id"]}], "hours": 6})
    site.api.refused(422, "POST", f"{C}/timesheets", {"timecard_entries": [{"hours": 8}]})


def budget_configuration(site: Site) -> None:
    base = f"{C}/timesheets/timesheet_to_budget_configuration"
    kinds = [kind["id"] for kind in site.api.get("/rest/v1.0/line_item_types", company_id=COMPANY)]
    body = {"line_item_type_id": kinds[0], "erp_default_line_item_type_id": kinds[1]}
    site.api.refused(404, "GET", base)
    site.api.ok("POST", base, body)
    site.api.get(base)
    site.api.ok("PATCH", base, {**body, "apply_to_existing": True})
    site.api.refused(400, "PATCH", base, {})
    site.api.ok("DELETE", base)


def work_classifications(site: Site) -> None:
    body = {"work_classification": {"name": "Carpenter", "abbreviation": "CAR"}}
    for base in (f"{C}/work_classifications", f"/rest/v1.0/projects/{site.project}/work_classifications"):
        made = site.api.ok("POST", base, body)["id"]
        site.api.get(base)
        site.api.get(f"{base}/{made}")
        site.api.ok("PATCH", f"{base}/{made}", {"work_classification": {"name": "Joiner"}})
        site.api.refused(422, "POST", base, {"work_classification": {"name": ""}})
        site.api.ok("DELETE", f"{base}/{made}")
