"""Hours: timecard entries, timesheets and what becomes of them (procore.md 5.21)."""
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.support.procore_client import Client, Site

C = "/rest/v1.0/companies/4283186"
MONTH = {"start_date": "2026-01-01", "end_date": "2026-01-31"}


def base(site: Site) -> str:
    return f"/rest/v1.0/projects/{site.project}/timecard_entries"


def person(site: Site, name: str = "Doe") -> int:
    return int(site.api.ok("POST", f"{C}/people", {"person": {"last_name": name, "is_employee": True}})["id"])


def enter(site: Site, hours: str = "8.0", on: str = "2026-01-05", **fields: object) -> Any:
    return site.api.ok("POST", base(site), {"timecard_entry": {"date": on, "hours": hours, **fields}})


def refuse(site: Site, **fields: object) -> Any:
    return site.api.refused(422, "POST", base(site), {"timecard_entry": {"hours": "8", **fields}})["errors"]


def sheet(site: Site, *hours: str, on: str = "2026-01-05") -> Any:
    return site.api.ok("POST", f"/rest/v1.1/projects/{site.project}/project_timesheet_timecard_entries/draft_create", {
        "date": on, "timecard_entries": [{"hours": one} for one in hours]})


def test_hours_of_a_person_go_to_a_cost_code_and_a_cost_type(site: Site) -> None:
    dana = person(site)
    code = site.api.get("/rest/v1.0/cost_codes", project_id=site.project)[0]
    labor = next(k["id"] for k in site.api.get("/rest/v1.0/line_item_types", company_id=4283186) if k["code"] == "L")
    made = enter(site, "7.25", party_id=dana, cost_code_id=code["id"], line_item_type_id=labor, billable=True,
                 description="Footings")
    assert made["party"] == {"id": dana, "name": "Doe"} and made["hours"] == "7.25" and made["billable"] is True
    assert made["cost_code"] == {"id": code["id"], "name": "Work 300"} and made["line_item_type_id"] == labor
    assert made["timecard_time_type"]["abbreviated_time_type"] == "REG" and made["approval_status"] == "pending"
    assert made["login_information"] is None, "Dana has no login"
    assert site.api.get(f"{base(site)}/{made['id']}") == made
    company = site.api.get(f"{C}/timecard_entries/{made['id']}")
    assert company["project"]["name"] == "24-017 Oak Health Clinic" and company["timecard_type"] == "Regular Time"
    mine = site.api.get(f"/rest/v1.0/timecard_entries/{made['id']}", project_id=site.project)
    assert mine["cost_code"] == "Work 300" and mine["full_cost_code"]["id"] == code["id"]


def test_who_is_not_named_enters_the_time_as_their_own(site: Site) -> None:
    assert enter(site)["login_information"]["login"] == site.service.person.login


def test_a_projects_list_shows_today_where_the_site_is(site: Site) -> None:
    site.service.kit.clock.set(datetime(2026, 1, 6, 3, tzinfo=UTC))      # the evening of the 5th in California
    today, later = enter(site, on="2026-01-05")["id"], enter(site, on="2026-01-06")["id"]
    undated = site.api.ok("POST", base(site), {"timecard_entry": {"hours": "1"}})
    assert undated["date"] == "2026-01-05"

    def found(**asked: str) -> list[int]:
        return [row["id"] for row in site.api.get(base(site), **asked)]

    assert found() == [today, undated["id"]] and found(log_date="2026-01-06") == [later]
    assert found(**MONTH) == [today, undated["id"], later] and found(start_date="2026-01-01") == [today, undated["id"]]
    site.api.refused(400, "GET", base(site), None, {"log_date": "monday"})


@pytest.mark.parametrize(("fields", "errors"), [
    ({"hours": None}, {"hours": ["can't be blank"]}), ({"hours": "24.5"}, {"hours": ["must be between 0 and 24"]}),
    ({"hours": "-1"}, {"hours": ["must be between 0 and 24"]}), ({"hours": "long"}, {"hours": ["is not a number"]}),
    ({"party_id": 5}, {"party_id": ["is invalid"]}), ({"cost_code_id": 5}, {"cost_code_id": ["is invalid"]}),
    ({"line_item_type_id": 5}, {"line_item_type_id": ["is invalid"]}), ({"date": "soon"}, {"date": [
        "is not a valid date"]}), ({"timesheet_id": 5}, {"timesheet_id": ["is invalid"]}),
    ({"timecard_time_type_id": 9}, {"timecard_time_type_id": ["is invalid"]}),
    ({"origin_id": "abc"}, {"origin_id": ["is not a number"]}),
    ({"approval_status": "paid"}, {"approval_status": ["is not included in the list"]}),
])
def test_an_entry_that_says_something_impossible_is_refused(site: Site, fields: dict[str, object],
                                                            errors: dict[str, object]) -> None:
    assert refuse(site, **fields) == errors
    assert site.api.get(f"{C}/timecard_entries") == []


def test_a_company_that_tracks_start_and_stop_gets_its_hours_from_them(site: Site) -> None:
    site.service.company.switches.time_entry = "start_and_stop"
    assert refuse(site) == {"time_in": ["can't be blank"]}
    start = {"time_in": "2026-01-05T15:00:00Z", "time_out": "2026-01-05T23:20:00Z"}
    assert enter(site, "1", lunch_time="30", **start)["hours"] == "7.83"
    assert "hours" in refuse(site, **start, lunch_time="600")


def test_an_origin_id_is_a_number_and_taken_once(site: Site) -> None:
    made = enter(site, origin_id=77)
    assert made["origin_id"] == 77 and refuse(site, origin_id=77) == {"origin_id": ["has already been taken"]}
    assert site.api.ok("PATCH", f"{base(site)}/{made['id']}", {"timecard_entry": {"origin_id": 78}})["origin_id"] == 78
    site.api.ok("DELETE", f"{base(site)}/{made['id']}")
    assert enter(site, origin_id=78)["origin_id"] == 78


def test_a_changed_entry_keeps_what_it_said_and_a_deleted_one_shows_by_its_day_only(site: Site) -> None:
    made = enter(site)["id"]
    site.pass_time(hours=1)
    one = f"{C}/timecard_entries/{made}"
    changed = site.api.ok("PATCH", one, {"timecard_entry": {"hours": "6", "date": "2026-01-09"}})
    assert changed["updated_at"] == "2026-01-05T09:00:00Z"
    history = {row["column"]: (row["old_value"], row["new_value"]) for row in site.api.get(f"{one}/change_history")}
    assert history == {"hours": ("8.0", "6"), "date": ("2026-01-05", "2026-01-09")}
    assert [row["id"] for row in site.api.get(base(site), log_date="2026-01-09")] == [made]
    assert site.api.get(base(site), log_date="2026-01-05") == []
    site.pass_time(hours=1)
    assert site.api.ok("DELETE", one)["deleted_at"] == "2026-01-05T10:00:00Z"
    site.api.refused(404, "GET", one)
    assert site.api.get(f"{C}/timecard_entries") == [] == site.api.get(base(site), **MONTH)
    [gone] = site.api.get(f"{C}/timecard_entries", **{"filters[deleted_at]": "2026-01-05...2026-01-05"})
    assert gone["id"] == made


def test_the_companys_list_is_filtered_by_person_day_and_change(site: Site) -> None:
    dana, ben = person(site, "Doe"), person(site, "Ito")
    first = enter(site, party_id=dana, on="2026-01-02")["id"]
    site.pass_time(days=3)
    second = enter(site, party_id=ben, on="2026-01-07")["id"]

    def found(**asked: str) -> list[int]:
        return [row["id"] for row in site.api.get(f"{C}/timecard_entries", **asked)]

    assert found() == [first, second] and found(**{"filters[party_id]": str(ben)}) == [second]
    assert found(start_date="2026-01-05", end_date="2026-01-31") == [second]
    assert found(**{"filters[updated_at]": "2026-01-08...2026-01-09"}) == [second]
    assert site.api.get(f"{C}/timecard_entries", serializer_view="ids_only") == [{"id": first}, {"id": second}]


def test_a_standard_user_sees_and_changes_only_their_own_time_in_my_time(site: Site) -> None:
    others = enter(site)["id"]
    token = site.service.issue_token("standard")
    api = Client(site.service, token)
    mine = api.ok("POST", "/rest/v1.0/timecard_entries", {"project_id": site.project, "timecard_entry": {
        "date": "2026-01-05", "hours": "4"}})["id"]
    scope: dict[str, object] = {"project_id": site.project, "end_date": "2026-01-06"}
    assert [row["id"] for row in api.get("/rest/v1.0/timecard_entries", **scope)] == [mine]
    assert len(site.api.get("/rest/v1.0/timecard_entries", **scope)) == 2
    api.refused(403, "GET", f"/rest/v1.0/timecard_entries/{others}", None, {"project_id": site.project})
    api.refused(400, "GET", f"/rest/v1.0/timecard_entries/{others}")


def test_a_timesheet_is_numbered_by_its_day_and_approved_with_its_entries(site: Site) -> None:
    path = f"/rest/v1.0/projects/{site.project}/timesheets"
    first, second = sheet(site, "8", "2"), sheet(site, "4")
    assert (first["name"], second["name"]) == ("2026-01-05 - 01", "2026-01-05 - 02")
    done = site.api.ok("PATCH", f"{path}/update_approval", {"timesheets": [{"id": first["id"], "status": "approved"}]})
    assert done["status"] == "approved"
    statuses = [row["approval_status"] for row in site.api.get(base(site), log_date="2026-01-05")]
    assert statuses == ["approved", "approved", "pending"]
    for wrong in ({"id": 5, "status": "approved"}, {"id": first["id"], "status": "paid"}, {"id": first["id"]}):
        assert site.api.call("PATCH", f"{path}/update_approval", {"timesheets": [
            {"id": second["id"], "status": "approved"}, wrong]}).status in (404, 422)
    assert site.api.get(f"{path}/{second['id']}")["status"] == "pending", "all of it or nothing"
    assert [row["id"] for row in site.api.get(path, **{"filters[date]": "2026-01-05"})] == [first["id"], second["id"]]
    assert site.api.get(path, **{"filters[date]": "2026-01-06"}) == []


def test_a_timesheets_day_is_its_entries_day_and_it_takes_them_along(site: Site) -> None:
    path = f"/rest/v1.0/projects/{site.project}/timesheets"
    made = sheet(site, "8", "2")
    moved = site.api.ok("PATCH", f"{path}/{made['id']}", {"timesheet": {"date": "2026-01-08"}})
    assert [row["date"] for row in moved["timecard_entries"]] == ["2026-01-08"] * 2
    first, second = (row["id"] for row in made["timecard_entries"])
    one = site.api.ok("PATCH", path, {"timesheet_id": made["id"], "timecard_entries": [
        {"id": first, "date": "2026-01-09"}]})
    assert [row["date"] for row in one["timecard_entries"]] == ["2026-01-09", "2026-01-08"]
    site.api.refused(422, "PATCH", path, {"timesheet_id": made["id"], "timecard_entries": [{"id": 5}]})
    left = site.api.ok("DELETE", path, {"ids": [first]})
    assert [row["id"] for row in left["timecard_entries"]] == [second]
    site.api.refused(422, "DELETE", path, {"ids": []})
    site.api.refused(404, "DELETE", path, {"ids": [first]})
    site.api.ok("DELETE", f"{path}/{made['id']}")
    site.api.refused(404, "GET", f"{path}/{made['id']}")
    assert site.api.get(base(site), **MONTH) == []


def test_entries_in_bulk_are_all_made_or_none(site: Site) -> None:
    path = f"/rest/v1.1/projects/{site.project}/project_timecard_entries/bulk_create"
    good = {"project_id": site.project, "date": "2026-01-05", "hours": "8", "wbs_code_id": site.codes[0]}
    for wrong in ({"hours": None}, {"project_id": 1}, {"origin_id": "1"}):
        site.api.refused(422, "POST", path, {"timecard_entries": [{**good, "origin_id": "1"}, {**good, **wrong}]})
    assert site.api.get(f"{C}/timecard_entries") == []
    made = site.api.ok("POST", path, {"timecard_entries": [good, {**good, "origin_id": "1"}]})["timecard_entries"]
    assert made[1]["origin_id"] == "1" and made[0]["cost_code_id"] and made[0]["line_item_type_id"]
    site.api.refused(400, "POST", path, {"timecard_entries": "all"})


def test_the_companys_timesheets_group_hours_by_person_and_change_in_one_call(site: Site) -> None:
    dana = person(site)
    made = site.api.ok("POST", f"{C}/timesheets", {"timecard_entries": [
        {"project_id": site.project, "party_id": dana, "date": "2026-01-05", "hours": hours} for hours in (8, 2)]})
    [row] = site.api.get(f"{C}/timesheets")
    assert row["party"]["id"] == dana and row["other_hours"][0]["hours"] == 10
    changed = site.api.ok("PATCH", f"{C}/timesheets", {
        "updates": [{"id": one["id"]} for one in made], "approval_status": "approved", "hours": 5})
    assert [one["hours"] for one in changed["updated_timecard_entries"]] == ["5.0", "5.0"]
    site.api.refused(404, "PATCH", f"{C}/timesheets", {"updates": [{"id": made[0]["id"]}, {"id": 1}], "hours": 1})
    assert site.api.get(f"{C}/timecard_entries/{made[0]['id']}")["hours"] == "5.0"


def test_hours_without_a_cost_type_get_the_companys(site: Site) -> None:
    path = f"{C}/timesheets/timesheet_to_budget_configuration"
    labor = next(k["id"] for k in site.api.get("/rest/v1.0/line_item_types", company_id=4283186) if k["code"] == "L")
    before = enter(site)["id"]
    body = {"line_item_type_id": labor, "erp_default_line_item_type_id": labor}
    site.api.refused(400, "POST", path, {"line_item_type_id": labor})
    site.api.ok("POST", path, body)
    site.api.refused(400, "POST", path, body)
    assert enter(site)["line_item_type_id"] == labor
    assert site.api.get(f"{base(site)}/{before}")["line_item_type_id"] is None
    assert site.api.ok("PATCH", path, {**body, "apply_to_existing": True})["has_backfilled"] is True
    assert site.api.get(f"{base(site)}/{before}")["line_item_type_id"] == labor
    site.api.ok("DELETE", path)
    site.api.refused(404, "GET", path)


def test_a_classification_of_the_company_is_seen_in_its_projects_and_one_in_use_stays(site: Site) -> None:
    own, theirs = f"{C}/work_classifications", f"/rest/v1.0/projects/{site.project}/work_classifications"
    body = {"work_classification": {"name": "Carpenter", "abbreviation": "CAR"}}
    made = site.api.ok("POST", own, body)["id"]
    site.api.refused(422, "POST", theirs, body)
    local = site.api.ok("POST", theirs, {"work_classification": {"name": "Diver", "abbreviation": "DIV"}})
    assert local["project_ids"] == [site.project] and local["company_visible"] is False
    assert [row["id"] for row in site.api.get(theirs)] == [made, local["id"]]
    assert [row["id"] for row in site.api.get(own)] == [made]
    site.api.refused(403, "PATCH", f"{theirs}/{made}", {"work_classification": {"name": "x"}})
    site.api.ok("POST", f"{C}/people", {"person": {"last_name": "Doe", "work_classification_id": made}})
    assert site.api.get(f"{own}/{made}")["deletable"] is False
    site.api.refused(403, "DELETE", f"{own}/{made}")


def test_an_entry_belongs_to_its_project_and_its_tool_can_be_off(site: Site) -> None:
    made = enter(site)["id"]
    other = site.new_project("Annex", "24-018")
    site.api.refused(404, "GET", f"/rest/v1.0/projects/{other}/timecard_entries/{made}")
    site.service.disable_tool(site.project, "timesheets")
    site.api.refused(403, "GET", base(site))
    site.api.refused(403, "PATCH", f"{C}/timecard_entries/{made}", {"timecard_entry": {}})
