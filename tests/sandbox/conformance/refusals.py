"""What every endpoint refuses, whatever it does: no token, no company, an unknown record, a body that is none."""
from __future__ import annotations

import json
import re

from tests.sandbox.quickbooks_online.office import Office
from tests.support.procore_client import Client, Site
from tieout.sandbox.kit import Request
from tieout.sandbox.quickbooks_online.service import PATHS

NOWHERE = 999_999_999
WRAPPERS = ("vendor", "project", "line_item", "contract", "requisition")


def of_procore(site: Site, endpoint: str) -> None:
    method, template = endpoint.split(" ")
    known = {"{company_id}": "4283186", "{project_id}": str(site.project)}
    path = re.sub(r"\{\w+\}", lambda part: known.get(part[0], str(NOWHERE)), template)
    scope = {"project_id": site.project, "company_id": 4283186, "contract_id": NOWHERE,
             "holder_type": "PotentialChangeOrder", "holder_id": NOWHERE}
    assert Client(site.service, "no-such-token").call(method, path, params=scope).status == 401
    stranger = Client(site.service, site.api.token, company_id=1).call(method, path, params=scope)
    assert stranger.status == 403, stranger
    unnamed = Client(site.service, site.api.token, company_id=None).call(method, path)
    assert unnamed.status in (400, 404) or path in ("/rest/v1.0/me", "/rest/v1.0/companies"), unnamed
    if str(NOWHERE) in path:
        body = None if method == "GET" else {key: {"x": 1} for key in WRAPPERS}
        assert site.api.call(method, path, body, scope).status in (400, 403, 404, 405, 422)
    if method != "GET":
        assert site.api.call(method, path, b"{", scope).status in (400, 404, 422) or method == "DELETE"
        assert site.api.call(method, path, b"[1]", scope).status in (400, 404, 422) or method == "DELETE"


def of_quickbooks(office: Office, entity: str, operations: tuple[str, ...]) -> None:
    path, nobody = f"{office.base}/{PATHS.get(entity, entity.lower())}", {"Id": str(NOWHERE), "SyncToken": "0"}
    for authorization in ("", "Bearer no-such-token"):
        answer = office.service.handle(Request.of("GET", f"{path}/1", headers={
            "Authorization": authorization, "Accept": "application/json"}))
        assert answer.status == 401
    if "read" in operations:
        assert _codes(office.raw("GET", f"{path}/{NOWHERE}").body) == ["610"]
        assert _codes(office.raw("GET", f"{path}/x%27").body)
    if "query" in operations:
        statement = f"select * from {entity} where Colour = '1'"
        assert _codes(office.raw("GET", f"{office.base}/query", query=statement).body)
    for operation in {"update", "sparse update", "delete", "void"} & set(operations):
        query = {"operation": operation} if operation in ("delete", "void") else {}
        sent = {**nobody, "sparse": True} if operation == "sparse update" else nobody
        assert _codes(office.raw("POST", path, sent, **query).body)
    if "create" in operations:
        for body in ({}, {"Colour": "red"}, b"{", b"[]", b""):
            assert _codes(office.raw("POST", path, body).body)
        answer = office.service.handle(Request.of("POST", path, body=b"{}", headers={
            "Authorization": f"Bearer {office.token}", "Content-Type": "text/plain", "Accept": "application/json"}))
        assert answer.status in (400, 415)


def _codes(body: bytes) -> list[str]:
    return [error["code"] for error in json.loads(body)["Fault"]["Error"]]
