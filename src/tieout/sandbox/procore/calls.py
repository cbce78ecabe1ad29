"""What a call to the practice Procore is about, read from the request alone: for the fault plan."""
from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qsl

from tieout.sandbox.faults import Known
from tieout.sandbox.kit import Request, Response

OPERATIONS = {"GET": "read", "POST": "create", "PATCH": "update", "PUT": "update", "DELETE": "delete"}
GRANTS = {"refresh_token": "refresh", "authorization_code": "code", "client_credentials": "client_credentials"}
TITLES = {500: "Internal Server Error", 502: "Bad Gateway", 503: "Service Unavailable", 504: "Gateway Time-out"}


def units(request: Request, template: str) -> Iterable[tuple[str, str]]:
    """(entity, operation): the entity is the last word of the path, `requisitions`; a sync counts each of its rows."""
    if request.path.startswith("/oauth/"):
        return [("token", GRANTS.get(str(_given(request).get("grant_type")), "other"))]
    words = [word for word in (template or request.path).split("/") if word and not word.startswith("{")]
    if not words:
        return [("", "other")]
    if words[-1] == "sync" and len(words) > 1:
        rows = _given(request).get("updates")
        return [(words[-2], "sync")] * max(1, len(rows) if isinstance(rows, list) else 0)
    return [(words[-1], OPERATIONS.get(request.method, "other"))]


def known(endpoints: Iterable[str], told: Iterable[str]) -> Known:
    """Every call there can be; told: the resources of webhooks."""
    parts = [name.split(" ", 1) for name in endpoints]
    entities = {entity for method, path in parts for entity, _ in units(Request(method, path), path)}
    return Known(tuple(" ".join(part) for part in parts), frozenset(entities | {"token"}),
                 frozenset(name.lower() for name in told))


def _given(request: Request) -> dict[str, Any]:
    try:
        found = json.loads(request.body)
    except (ValueError, RecursionError):
        return dict(parse_qsl(request.body.decode("utf-8", "replace"))) | dict(request.query)
    return found if isinstance(found, dict) else {}


def gateway_page(status: int) -> Response:
    """What a gateway in front of Procore says in HTML."""
    title = f"{status} {TITLES.get(status, 'Procore')}"
    page = (f"<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>\r\n"
            "<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n")
    return Response(status, {"Content-Type": "text/html"}, page.encode())
