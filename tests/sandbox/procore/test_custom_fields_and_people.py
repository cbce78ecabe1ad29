"""Custom fields, the company's lists, projects that use both, users and people of the practice Procore."""
from typing import Any

import pytest

from tests.support.procore_client import Client, Site

COMPANY = 4283186
PROJECTS, SCOPE = "/rest/v1.0/projects", {"company_id": COMPANY}
USERS = f"/rest/v1.3/companies/{COMPANY}/users"


def customer_field(site: Site) -> int:
    rows = site.api.get(f"/rest/v1.1/companies/{COMPANY}/custom_field_definitions", tool_name="admin")
    return next(int(row["id"]) for row in rows if row["label"] == "Customer")


def write(site: Site, **fields: object) -> Any:
    return site.api.ok("PATCH", f"{PROJECTS}/{site.project}", {**SCOPE, "project": fields})


# Custom fields

def test_a_projects_customer_is_a_company_type_field_that_reads_as_id_and_label(site: Site) -> None:
    key = f"custom_field_{customer_field(site)}"
    owner = site.new_vendor("Oak Health LLC")
    assert site.api.get(f"{PROJECTS}/{site.project}", **SCOPE)["custom_fields"][key] == {
        "data_type": "vendor", "value": None}
    changed = write(site, **{key: owner})
    assert changed["custom_fields"][key]["value"] == {"id": owner, "label": "Oak Health LLC"}
    assert write(site, name="Oak Health Clinic")["custom_fields"] == changed["custom_fields"]
    made = site.api.ok("POST", PROJECTS, {**SCOPE, "project": {"name": "Mill", key: str(owner)}})
    assert made["custom_fields"][key]["value"]["id"] == owner
    rows = site.api.ok("GET", "/rest/v1.1/projects", None, {**SCOPE, "filters[custom_fields]": f'{{"{key}": {owner}}}'})
    assert len(rows) == 2 and rows[0]["custom_fields"] == changed["custom_fields"]
    assert site.api.ok("GET", "/rest/v1.1/projects", None, {**SCOPE, "filters[custom_fields]": '{"49417": 5}'}) == []
    site.api.refused(400, "GET", "/rest/v1.1/projects", None, {**SCOPE, "filters[custom_fields]": "Blue"})
    assert write(site, **{key: None})["custom_fields"][key]["value"] is None


@pytest.mark.parametrize(("data_type", "given", "shown"), [
    ("string", "Blue", "Blue"), ("rich_text", "<p>Blue</p>", "<p>Blue</p>"), ("decimal", 2.2, 2.2),
    ("decimal", "4", 4.0), ("boolean", True, True), ("boolean", False, False),
    ("datetime", "2025-02-21T10:00:00+01:00", "2025-02-21T09:00:00Z")])
def test_each_kind_of_custom_field_reads_back_what_was_written(site: Site, data_type: str, given: object,
                                                               shown: object) -> None:
    key = f"custom_field_{site.service.add_custom_field('Extra', data_type)}"
    assert write(site, **{key: given})["custom_fields"][key] == {"data_type": data_type, "value": shown}


def test_list_fields_take_ids_and_show_labels(site: Site) -> None:
    one = site.service.add_custom_field("Phase", "lov_entry", options=("Open", "Shut"))
    many = site.service.add_custom_field("Trades", "lov_entries")
    path = f"/rest/v1.0/custom_field_definitions/{many}/custom_field_lov_entries"
    made = site.api.ok("POST", path + "/bulk_create", {"custom_field_lov_entries": [
        {"label": "Steel"}, {"label": "Glass"}]}, SCOPE)
    assert site.api.get(path, **SCOPE) == made and site.api.get(f"{path}/{made[1]['id']}", **SCOPE) == made[1]
    site.api.refused(422, "POST", path + "/bulk_create", {"custom_field_lov_entries": [{"label": "steel"}]}, SCOPE)
    shut = site.api.get(f"/rest/v1.0/custom_field_definitions/{one}", view="with_lov_entries",
                        **SCOPE)["custom_field_lov_entries"][1]
    fields = write(site, **{f"custom_field_{one}": shut["id"],
                            f"custom_field_{many}": [row["id"] for row in made]})["custom_fields"]
    assert fields[f"custom_field_{one}"]["value"] == {"id": shut["id"], "label": "Shut"}
    assert [v["label"] for v in fields[f"custom_field_{many}"]["value"]] == ["Steel", "Glass"]
    refusal = site.api.refused(422, "PATCH", f"{PROJECTS}/{site.project}", {**SCOPE, "project": {
        f"custom_field_{one}": 5, f"custom_field_{many}": made[0]["id"], "custom_field_7": "x"}})
    assert set(refusal["errors"]) == {f"custom_field_{one}", f"custom_field_{many}", "custom_field_7"}
    person = site.service.person.id
    who = site.service.add_custom_field("Lead", "login_informations")
    fields = write(site, **{f"custom_field_{who}": [person]})["custom_fields"]
    assert fields[f"custom_field_{who}"]["value"][0]["login"] == "paula.marsh@demobuilders.example"


def test_required_fields_are_asked_for_only_when_validations_are_run(site: Site) -> None:
    key = f"custom_field_{site.service.add_custom_field('Region', required=True)}"
    found = site.api.get(f"/rest/v1.0/companies/{COMPANY}/configurable_field_sets/find_by_index",
                         type="ConfigurableFieldSet::Project")
    assert found["fields"][key]["required"] is True
    one = f"/rest/v1.0/companies/{COMPANY}/configurable_field_sets/{found['id']}"
    site.api.ok("PATCH", one, {"configurable_field_set": {"name": "P", "fields": {
        "project_number": {"name": "project_number", "visible": True, "required": True}}}})
    site.api.refused(422, "PATCH", one, {"configurable_field_set": {"fields": {"moon": {"required": True}}}})
    body = {**SCOPE, "project": {"name": "Mill"}}
    site.api.ok("POST", PROJECTS, body)
    asked = {"run_configurable_validations": "true"}
    refusal = site.api.refused(422, "POST", PROJECTS, body, asked)
    assert refusal["errors"] == {key: ["can't be blank"], "project_number": ["can't be blank"]}
    checked = site.api.ok("POST", one + "/validations", {"attributes": {"project_number": "1"}})
    assert checked == {"valid": False, "errors": {key: ["can't be blank"]}}
    site.api.ok("POST", PROJECTS, {**SCOPE, "project": {"name": "Mill", "project_number": "1", key: "West"}}, asked)
    listed = site.api.get(f"/rest/v1.0/projects/{site.project}/configurable_field_sets")
    assert {s["class_name"] for s in listed} >= {"Project", "Vendor", "WorkOrderContract", "PrimeContract"}
    rows = site.api.get("/rest/v1.0/custom_field_metadata", view="extended", **SCOPE)
    assert ("Region", True) in {(row["label"], row["required"]) for row in rows}
    assert site.api.get(f"/rest/v1.0/custom_field_metadata/{rows[0]['id']}", view="extended", **SCOPE) == rows[0]


# Lists that projects point at

LISTS = [(f"/rest/v1.0/companies/{COMPANY}/{name}", key, field) for name, key, field in (
    ("project_types", "project_type", "project_type_id"), ("project_regions", "project_region", "project_region_id"),
    ("project_owner_types", "project_owner_type", "project_owner_type_id"), ("programs", "program", "program_id"),
    ("project_bid_types", "project_bid_type", "project_bid_type_id"))] + [
        ("/rest/v1.0/offices", "office", "office_id")]


@pytest.mark.parametrize(("path", "key", "field"), LISTS)
def test_a_row_of_a_companys_list_is_made_used_and_kept_while_in_use(site: Site, path: str, key: str,
                                                                     field: str) -> None:
    made = site.api.ok("POST", path, {**SCOPE, key: {"name": "North"}})
    assert site.api.get(f"{path}/{made['id']}", **SCOPE)["name"] == "North"
    site.api.refused(422, "POST", path, {**SCOPE, key: {"name": " "}})
    assert write(site, **{field: made["id"]})[field.removesuffix("_id")]["name"] == "North"
    assert "base" in site.api.refused(422, "DELETE", f"{path}/{made['id']}", None, SCOPE)["errors"]
    site.api.refused(422, "PATCH", f"{PROJECTS}/{site.project}", {**SCOPE, "project": {field: 5}})
    write(site, **{field: None})
    site.api.ok("PATCH", f"{path}/{made['id']}", {**SCOPE, key: {"name": "South"}})
    assert "South" in [row["name"] for row in site.api.get(path, **SCOPE)]
    assert site.api.call("DELETE", f"{path}/{made['id']}", None, SCOPE).status == 200
    site.api.refused(404, "GET", f"{path}/{made['id']}", None, SCOPE)


def test_projects_are_found_by_stage_and_department_and_shown_in_each_view(site: Site) -> None:
    stages = site.api.get(f"/rest/v1.0/companies/{COMPANY}/project_stages")
    building = next(row["id"] for row in stages if row["name"] == "Course of Construction")
    home = site.api.ok("POST", "/rest/v1.0/departments", {**SCOPE, "department": {
        "name": "Residential", "origin_id": "d-1"}})
    site.api.refused(422, "POST", "/rest/v1.0/departments", {**SCOPE, "department": {
        "name": "Twice", "origin_id": "d-1"}})
    shown = write(site, project_stage_id=building, department_ids=[home["id"]], square_feet=1200, flag="Green")
    assert shown["departments"] == [{"id": home["id"], "name": "Residential"}]
    site.api.refused(422, "DELETE", f"/rest/v1.0/departments/{home['id']}", None, SCOPE)
    site.new_project("Other", "24-018")

    def found(**more: object) -> list[int]:
        return [p["id"] for p in site.api.ok("GET", "/rest/v1.1/projects", None, {**SCOPE, **more})]

    assert found(**{"filters[by_stage]": building}) == [site.project]
    assert found(**{"filters[by_department]": home["id"]}) == [site.project]
    assert len(found()) == 2
    assert site.api.get(PROJECTS, **SCOPE)[0]["stage"] == "Course of Construction"
    assert site.api.get(f"/rest/v1.0/companies/{COMPANY}/projects")[0]["stage_name"] == "Course of Construction"
    assert site.api.get(f"{PROJECTS}/{site.project}", view="minimal", **SCOPE) == {
        "id": site.project, "name": "Oak Health Clinic"}
    assert site.api.get("/rest/v1.0/project_templates", **SCOPE) == []
    refusal = site.api.refused(422, "PATCH", f"{PROJECTS}/{site.project}", {**SCOPE, "project": {
        "department_ids": "x", "flag": "Blue", "square_feet": "many"}})
    assert set(refusal["errors"]) == {"department_ids", "flag", "square_feet"}


def test_a_refused_change_of_a_project_writes_nothing(site: Site) -> None:
    write(site, origin_id="job-1")
    other = site.new_project("Other", "24-018")
    site.api.refused(422, "PATCH", f"{PROJECTS}/{other}", {**SCOPE, "project": {"city": "Reno", "origin_id": "job-1"}})
    assert site.api.get(f"{PROJECTS}/{other}", **SCOPE)["city"] is None


# Users and people

def test_a_user_is_made_once_per_email_and_listed_while_active(site: Site) -> None:
    body = {"user": {"first_name": "Dana", "last_name": "Doe", "email_address": "dana@example.com",
                     "vendor_id": site.vendor, "origin_id": "u-1"}}
    made = site.api.ok("POST", USERS, body)
    assert (made["name"], made["vendor"]["name"]) == ("Dana Doe", "SID Electrical")
    assert site.api.refused(409, "POST", USERS, body)["errors"] == {"email_address": ["has already been taken"]}
    site.api.refused(422, "POST", USERS, {"user": {"last_name": "X"}})
    site.api.refused(422, "POST", USERS, {"user": {"email_address": "a@b.example"}})
    rows = site.api.ok("GET", USERS, None, {"filters[origin_id]": "u-1"})
    assert [row["id"] for row in rows] == [made["id"]] and rows[0]["contact_id"] != made["id"]
    site.pass_time(hours=1)
    site.api.ok("PATCH", f"{USERS}/{made['id']}", {"user": {"is_active": False}})
    assert made["id"] not in [row["id"] for row in site.api.get(USERS)]
    inactive = site.api.ok("GET", "/rest/v1.3/users", None, {**SCOPE, "filters[active]": "false"})
    assert [row["id"] for row in inactive] == [made["id"]]
    changed = site.api.ok("GET", "/rest/v1.3/users", None, {
        **SCOPE, "filters[updated_at]": "2026-01-05T09:00:00Z...2027-01-01T00:00:00Z"})
    assert [row["id"] for row in changed] == [made["id"]]
    assert site.api.call("PATCH", f"{USERS}/{made['id']}/invite").status == 202


def test_users_are_upserted_in_bulk(site: Site) -> None:
    answer = site.api.ok("PATCH", USERS + "/sync", {"updates": [
        {"origin_id": "u-1", "last_name": "Doe", "email_address": "dana@example.com"},
        {"origin_id": "u-1", "job_title": "Foreman"}, {"last_name": "No mail"},
        {"last_name": "Again", "email_address": "DANA@example.com"}]})
    assert [e["job_title"] for e in answer["entities"]] == [None, "Foreman"]
    assert [e["errors"] for e in answer["errors"]] == [
        {"email_address": ["can't be blank"]}, {"email_address": ["has already been taken"]}]


def test_only_a_directory_admin_changes_an_email_address(site: Site) -> None:
    made = site.api.ok("POST", USERS, {"user": {"last_name": "Doe", "email_address": "dana@example.com"}})
    standard = Client(site.service, site.service.issue_token("standard"))
    path = f"{USERS}/{made['id']}"
    standard.refused(403, "PATCH", path, {"user": {"email_address": "other@example.com"}})
    assert site.api.ok("PATCH", path, {"user": {"email_address": "other@example.com"}})["email_address"] \
        == "other@example.com"
    site.api.ok("POST", USERS, {"user": {"last_name": "New", "email_address": "dana@example.com"}})


def test_people_without_a_login_are_employees_of_projects(site: Site) -> None:
    path, project = f"/rest/v1.0/companies/{COMPANY}/people", f"/rest/v1.0/projects/{site.project}"
    made = site.api.ok("POST", path, {"person": {"first_name": "Dana", "last_name": "Doe", "is_employee": True,
                                                 "employee_id": "E12"}})
    assert (made["user_id"], made["employee_id"]) == (None, "E12")
    site.api.refused(422, "POST", path, {"person": {"first_name": "Nameless"}})
    rows = site.api.ok("GET", path, None, {"filters[is_employee]": "true", "filters[reference_users_only]": "true"})
    assert [row["id"] for row in rows] == [made["id"]]
    assert site.api.get(project + "/people") == []
    everybody = site.api.ok("GET", project + "/people", None, {"filters[include_company_people]": "true"})
    assert made["id"] in [row["id"] for row in everybody]
    joined = site.api.ok("POST", project + "/project_memberships", {"project_membership": {"party_id": made["id"]}})
    assert site.api.ok("POST", project + "/project_memberships/bulk_add", {"party_ids": [made["id"]]}) == joined
    assert [row["name"] for row in site.api.get(project + "/people")] == ["Dana Doe"]
    assert site.api.get(project + "/project_memberships") == [
        {"id": joined[0], "party_id": made["id"], "project_id": site.project}]
    gone = site.api.call("DELETE", f"{project}/project_memberships/{joined[0]}", None, {"party_id": made["id"]})
    assert gone.status == 204 and site.api.get(project + "/people") == []
    there = site.api.ok("POST", project + "/people", {"person": {"last_name": "Roe", "origin_id": "12"}})
    assert site.api.ok("PATCH", f"{project}/people/{there['id']}", {"person": {"job_title": "Mason"}})["id"]
    site.api.refused(404, "PATCH", f"{project}/people/{made['id']}", {"person": {"job_title": "Mason"}})
    assert site.api.ok("PATCH", f"{path}/{made['id']}", {"person": {"active": False}})["contact"]["is_active"] is False


def test_users_join_and_leave_projects(site: Site) -> None:
    base = f"/rest/v1.0/projects/{site.project}/users"
    made = site.api.ok("POST", base, {"user": {"last_name": "Doe", "email_address": "dana@example.com"}})
    person = site.service.person.id
    site.api.ok("POST", f"{base}/{person}/actions/add", {})
    assert {row["id"] for row in site.api.get(base)} == {made["id"], person}
    assert site.api.get(f"{base}/{person}")["name"] == "Paula Marsh"
    assert site.api.call("DELETE", f"{base}/{person}/actions/remove").status == 204
    site.api.refused(404, "GET", f"{base}/{person}")
    added = site.api.call("POST", USERS + "/bulk_add", {"users": [
        {"user_id": person, "project_id": site.project}, {"user_id": 5, "project_id": site.project}]})
    assert (added.status, added.body["entities"]) == (207, [{"userId": str(person), "projects": [site.project]}])
    removed = site.api.ok("POST", USERS + "/bulk_remove", {"users": [{"user_id": person, "project_id": site.project}]})
    assert removed == {str(person): {str(site.project): "success"}}


def test_each_list_of_people_knows_its_own_filters_and_ignores_others(site: Site) -> None:
    for name, country in (("Doe", "US"), ("Roe", "CA")):
        made = site.api.ok("POST", USERS, {"user": {"last_name": name, "email_address": f"{name}@example.com",
                                                    "country_code": country, "default_permission_template_id": 7}})
        site.api.ok("POST", f"/rest/v1.0/projects/{site.project}/users/{made['id']}/actions/add", {})
    here = {"filters[country_code]": "CA"}
    of_project = site.api.ok("GET", f"/rest/v1.0/projects/{site.project}/people", None, here)
    assert [row["last_name"] for row in of_project] == ["Roe"]
    of_company = site.api.ok("GET", f"/rest/v1.0/companies/{COMPANY}/people", None, here)
    assert len(of_company) > 2, "the company's list does not know the filter"
    users = f"/rest/v1.0/projects/{site.project}/users"
    assert len(site.api.ok("GET", users, None, {"filters[permission_template]": 7})) == 2
    assert site.api.ok("GET", users, None, {"filters[permission_template]": 8}) == []
    by_name = site.api.get(f"/rest/v1.0/projects/{site.project}/people", sort="-name")
    assert [row["last_name"] for row in by_name] == ["Roe", "Doe"]


def test_custom_fields_come_at_most_100_to_a_page(site: Site) -> None:
    path = f"/rest/v1.1/companies/{COMPANY}/custom_field_definitions"
    assert site.api.call("GET", path, None, {"per_page": 1000}).headers["Per-Page"] == "100"
    site.service.add_custom_field("Area")
    assert [row["label"] for row in site.api.get(path, sort="label")] == ["Area", "Customer"]
    assert site.api.ok("GET", path, None, {"filters[with_label]": "cust"})[0]["label"] == "Customer"
    site.api.refused(400, "GET", path, None, {"tool_name": "moon"})


def test_a_role_of_a_project_belongs_to_a_user_of_that_project(site: Site) -> None:
    base, scope, user = "/rest/v1.0/project_roles", {"project_id": site.project}, site.service.person.id
    body = {**scope, "project_role": {"role": "Architect", "user_id": user}}
    site.api.refused(404, "POST", base, body)
    site.api.ok("POST", f"/rest/v1.0/projects/{site.project}/users/{user}/actions/add", {})
    made = site.api.ok("POST", base, body)
    assert (made["role"], made["name"], made["user_id"], made["is_active"]) == ("Architect", "Paula Marsh", user, True)
    site.api.refused(409, "POST", base, body)
    site.api.refused(400, "POST", base, {**scope, "project_role": {"user_id": user}})
    site.api.refused(404, "POST", base, {**scope, "project_role": {"role": "Owner", "user_id": 5}})
    assert site.api.get(base, **scope) == [made]
    assert site.api.get(base, **scope, **{"filters[created_at]": "2020-01-01...2020-01-02"}) == []
    site.api.ok("DELETE", f"{base}/{made['id']}", None, scope)
    site.api.refused(404, "DELETE", f"{base}/{made['id']}", None, scope)
    assert site.api.get(base, **scope) == []
