"""Companies, projects, vendors and the sign-in (procore.md 2, 5.1, 5.2, 5.4)."""
from __future__ import annotations

import json
from urllib.parse import parse_qs, urlencode, urlsplit

from tests.support.procore_client import Site
from tieout.sandbox.kit import Request

COMPANY = 4283186
BACK = "http://127.0.0.1:8000/callback"


def companies(site: Site) -> None:
    site.api.get("/rest/v1.0/me")
    site.api.get("/rest/v1.0/companies")
    site.api.get(f"/rest/v1.3/companies/{COMPANY}/me")
    for path in ("company_configuration", "company_base_url"):
        site.api.get(f"/rest/v1.0/{path}", company_id=COMPANY)


def projects(site: Site) -> None:
    site.api.get("/rest/v1.1/projects", company_id=COMPANY)
    site.api.get("/rest/v1.0/projects", company_id=COMPANY)
    made = site.new_project("Harbor School", "24-031")
    site.api.get(f"/rest/v1.0/projects/{made}", company_id=COMPANY)
    site.api.ok("PATCH", f"/rest/v1.0/projects/{made}", {"company_id": COMPANY, "project": {"city": "Salem"}})
    site.api.ok("PATCH", "/rest/v1.0/projects/sync", {"company_id": COMPANY, "updates": [
        {"id": made, "origin_id": "job-7"}, {"name": ""}]})
    site.api.refused(400, "POST", "/rest/v1.0/projects", {"company_id": COMPANY})


def vendors(site: Site) -> None:
    scope = {"company_id": COMPANY}
    one = f"/rest/v1.0/vendors/{site.vendor}"
    site.api.get("/rest/v1.0/vendors", view="extended", **scope)
    site.api.get(one, **scope)
    site.api.ok("PATCH", one, {"company_id": COMPANY, "vendor": {"city": "Salem"}})
    site.api.ok("PATCH", "/rest/v1.0/vendors/sync", {"company_id": COMPANY, "updates": [
        {"name": "New Roofing", "origin_id": "v-9"}, {"name": ""}]})
    register = {"business_register": {"type": "ein", "identifier": "12-3456789"}}
    site.api.ok("POST", one + "/business_register", register, scope)
    site.api.refused(409, "POST", one + "/business_register", register, scope)
    site.api.ok("PATCH", one + "/business_register", {"business_register": {"identifier": "12-3456780"}}, scope)
    site.api.get(f"/rest/v1.0/companies/{COMPANY}/vendors/inactive")
    site.new_vendor("Cedar Decks", is_active=False)
    site.api.refused(422, "POST", "/rest/v1.0/vendors", {**scope, "vendor": {"name": ""}})


def project_vendors(site: Site) -> None:
    for version in ("v1.1", "v1.0"):
        base = f"/rest/{version}/projects/{site.project}/vendors"
        site.api.ok("POST", f"{base}/{site.vendor}/actions/add")
        site.api.get(base)
        made = site.api.ok("POST", base, {"vendor": {"name": f"On Site {version}"}})["id"]
        site.api.get(f"{base}/{made}")
        site.api.ok("PATCH", f"{base}/{made}", {"vendor": {"city": "Salem"}})
        site.api.ok("DELETE", f"{base}/{site.vendor}/actions/remove")


def sign_in(site: Site) -> None:
    service = site.service
    app = {"client_id": service.client_id, "client_secret": service.client_secret}
    asked = {"client_id": service.client_id, "response_type": "code", "redirect_uri": BACK, "state": "s"}
    service.handle(Request.of("GET", "/oauth/authorize", query=tuple(asked.items())))
    back = service.handle(Request.of("POST", "/oauth/authorize", body=urlencode(asked).encode()))
    code = parse_qs(urlsplit(back.headers["Location"]).query)["code"][0]

    def post(path: str, **form: str) -> dict[str, str]:
        answer = service.handle(Request.of("POST", path, body=urlencode({**app, **form}).encode(), headers={
            "Content-Type": "application/x-www-form-urlencoded"}))
        found: dict[str, str] = json.loads(answer.body)
        return found

    tokens = post("/oauth/token", grant_type="authorization_code", code=code, redirect_uri=BACK)
    again = post("/oauth/token", grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    assert post("/oauth/token", grant_type="refresh_token", refresh_token=tokens["refresh_token"])["error"]
    post("/oauth/token", grant_type="client_credentials")
    for token in (again["access_token"], "gone"):
        service.handle(Request.of("GET", "/oauth/token/info", headers={"Authorization": f"Bearer {token}"}))
    post("/oauth/revoke", token=again["access_token"])
