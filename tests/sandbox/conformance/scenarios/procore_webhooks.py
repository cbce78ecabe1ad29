"""Hooks, triggers and deliveries of both APIs (procore.md 3)."""
from __future__ import annotations

from typing import Any

from tests.support.procore_client import Site

URL = "http://127.0.0.1:9/procore"
V1 = "/rest/v1.0/webhooks"


def _told(site: Site) -> None:
    """A delivery that failed once and then arrived."""
    site.api.ok("POST", "/rest/v1.0/vendors", {"company_id": site.service.company.id, "vendor": {"name": "Elm Supply"}})
    hooks = site.service.kit.webhooks
    hooks.deliver(lambda delivery: 500)
    later = site.service.kit.clock.now().replace(year=2030)
    hooks.deliver(lambda delivery: 200, later)


def first_api(site: Site) -> None:
    company = {"company_id": site.service.company.id}
    hook = {"api_version": "v2", "namespace": "acme", "destination_url": URL,
            "destination_headers": {"Authorization": "Bearer s3cret"}}
    made = site.api.ok("POST", f"{V1}/hooks", {**company, "hook": hook})
    one = f"{V1}/hooks/{made['id']}"
    query = {"company_id": str(site.service.company.id)}
    site.api.ok("GET", f"{V1}/hooks", None, query)
    site.api.ok("PATCH", one, {**company, "hook": {"namespace": "acme-books"}})
    trigger = site.api.ok("POST", f"{one}/triggers", {**company, "api_version": "v2", "trigger": {
        "resource_name": "Company Vendors", "event_type": "create"}})
    more = site.api.ok("POST", f"{one}/triggers/bulk", {**company, "api_version": "v2", "triggers": [
        {"resource_name": "Projects", "event_type": "update"}]})
    site.api.ok("GET", f"{one}/triggers", None, query)
    _told(site)
    site.api.ok("GET", f"{one}/deliveries", None, query)
    site.api.ok("GET", f"{V1}/resources", None, query)
    site.api.ok("GET", f"{V1}/resources/api_versions", None, query)
    site.api.ok("DELETE", f"{one}/triggers/bulk", {**company, "triggers": [more["success"][0]["id"]]})
    site.api.ok("DELETE", f"{one}/triggers/{trigger['id']}", None, query)
    site.api.ok("DELETE", one, None, query)


def _second(site: Site, base: str, resource: str) -> None:
    body: dict[str, Any] = {"payload_version": "v2.0", "namespace": "acme", "destination_url": URL,
                            "destination_headers": {"Authorization": "Bearer s3cret"}}
    made = site.api.ok("POST", f"{base}/hooks", body)["data"]
    one = f"{base}/hooks/{made['id']}"
    site.api.ok("GET", f"{base}/hooks")
    site.api.ok("GET", one)
    site.api.ok("PATCH", one, {"namespace": "acme-books"})
    trigger = site.api.ok("POST", f"{one}/triggers", {"resource_name": resource, "event_type": "create"})["data"]
    more = site.api.ok("POST", f"{one}/triggers/bulk", {"resource_name": resource, "event_type": "delete"
                                                        if resource != "Company Vendors" else "update"})["data"]
    site.api.ok("GET", f"{one}/triggers")
    _told(site)
    site.api.ok("GET", f"{one}/deliveries")
    site.api.ok("GET", f"{base}/resources", None, {"payload_version": "v4.0"})
    site.api.ok("DELETE", f"{one}/triggers/bulk", {"triggers": [more[0]["id"]]})
    site.api.ok("DELETE", f"{one}/triggers/{trigger['id']}")
    site.api.ok("DELETE", one)


def second_api_of_the_company(site: Site) -> None:
    _second(site, f"/rest/v2.0/companies/{site.service.company.id}/webhooks", "Company Vendors")


def second_api_of_a_project(site: Site) -> None:
    _second(site, f"/rest/v2.0/companies/{site.service.company.id}/projects/{site.project}/webhooks",
            "Contract Payments")
