"""Custom fields, the company's lists, users, people and memberships (procore.md 5.1, 5.3, 5.5)."""
from __future__ import annotations

from tests.sandbox.procore import test_custom_fields_and_people as played
from tests.support.procore_client import Site

COMPANY, SCOPE = 4283186, {"company_id": 4283186}


def custom_fields(site: Site) -> None:
    played.test_list_fields_take_ids_and_show_labels(site)
    played.customer_field(site)
    definition = site.api.get("/rest/v1.0/custom_field_definitions", view="extended", **SCOPE)[0]["id"]
    site.api.get(f"/rest/v1.0/companies/{COMPANY}/custom_field_definitions/{definition}/configurable_field_sets")
    site.api.get(f"/rest/v2.0/companies/{COMPANY}/custom_field/data_types")


def field_sets(site: Site) -> None:
    played.test_required_fields_are_asked_for_only_when_validations_are_run(site)
    one = site.api.get(f"/rest/v1.0/companies/{COMPANY}/configurable_field_sets")[0]["id"]
    site.api.get(f"/rest/v1.0/companies/{COMPANY}/configurable_field_sets/{one}")


def lists(site: Site) -> None:
    paths = [*played.LISTS, (f"/rest/v1.0/companies/{COMPANY}/project_stages", "project_stage", "project_stage_id"),
             ("/rest/v1.0/departments", "department", "")]
    for path, key, _ in paths:
        made = site.api.ok("POST", path, {**SCOPE, key: {"name": "North"}})["id"]
        site.api.get(path, **SCOPE)
        site.api.get(f"{path}/{made}", **SCOPE)
        site.api.ok("PATCH", f"{path}/{made}", {**SCOPE, key: {"name": "South"}})
        site.api.ok("DELETE", f"{path}/{made}", None, SCOPE)
    trades = f"/rest/v1.0/companies/{COMPANY}/trades"
    made = site.api.ok("POST", trades, {"trade": {"name": "Steel"}})["id"]
    assert [site.api.get(f"{trades}/{made}")] == site.api.get(trades)


def projects_by_list(site: Site) -> None:
    played.test_projects_are_found_by_stage_and_department_and_shown_in_each_view(site)


def users(site: Site) -> None:
    played.test_a_user_is_made_once_per_email_and_listed_while_active(site)
    person = site.service.person.id
    site.api.get(f"{played.USERS}/{person}")
    site.api.get(f"/rest/v1.3/users/{person}", **SCOPE)
    site.api.get(played.USERS, view="ids_only")


def users_in_bulk(site: Site) -> None:
    played.test_users_are_upserted_in_bulk(site)


def project_users(site: Site) -> None:
    played.test_users_join_and_leave_projects(site)
    base = f"/rest/v1.0/projects/{site.project}/users"
    made = site.api.get(base)[0]["id"]
    site.api.ok("PATCH", f"{base}/{made}", {"user": {"job_title": "Foreman"}})


def people(site: Site) -> None:
    played.test_people_without_a_login_are_employees_of_projects(site)


def tools(site: Site) -> None:
    path = f"/rest/v1.0/projects/{site.project}/tools"
    first = site.api.get(path)[2]["id"]
    site.api.ok("PATCH", path, {"tools": [{"id": first, "is_active": False}]})
    site.api.get("/rest/v1.0/tools", project_id=site.project)


def project_roles(site: Site) -> None:
    base, scope = "/rest/v1.0/project_roles", {"project_id": site.project}
    user = site.service.person.id
    site.api.call("POST", f"/rest/v1.0/projects/{site.project}/users/{user}/actions/add", {})
    made = site.api.ok("POST", base, {**scope, "project_role": {"role": "Architect", "user_id": user}})["id"]
    site.api.get(base, **scope)
    site.api.refused(409, "POST", base, {**scope, "project_role": {"role": "Architect", "user_id": user}})
    site.api.ok("DELETE", f"{base}/{made}", None, scope)
