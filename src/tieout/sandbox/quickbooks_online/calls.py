"""What a call to the practice QuickBooks is about, read from the request alone: for the call log and the fault plan."""
from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import parse_qsl

from tieout.sandbox.faults import Known
from tieout.sandbox.kit import Request
from tieout.sandbox.quickbooks_online.wire import decode

Unit = tuple[str, str]
DATA = ["v3", "company"]
OTHER_PATHS = ("query", "batch", "cdc", "upload", "download/{id}", "companyinfo", "companyinfo/{id}", "preferences",
               "exchangerate", "taxservice/taxcode")
OTHER_CALLS = ("GET /.well-known/openid_configuration", "GET /.well-known/openid_sandbox_configuration",
               "GET /connect/oauth2", "POST /connect/oauth2", "POST /oauth2/v1/tokens/bearer",
               "POST /v2/oauth2/tokens/revoke", "GET /v1/openid_connect/userinfo", "GET /op/v1/jwks", "POST /graphql",
               "GET /attachments/{key}")
TOKEN_OPERATIONS = {"refresh_token": "refresh", "authorization_code": "code"}


def _rest(request: Request) -> list[str]:
    """What follows the realm; empty where the path is not of the data service."""
    parts = request.path.strip("/").split("/")
    return parts[3:] if parts[:2] == DATA else []


def is_write(request: Request) -> bool:
    return request.method != "GET" and not request.path.endswith("/query")


def endpoint(request: Request) -> str:
    """`POST /v3/company/{realm}/bill`, `GET /v3/company/{realm}/bill/{id}`."""
    rest = _rest(request)
    if not rest:
        return f"{request.method} {request.path}"
    if len(rest) >= 2 and rest[0] not in ("reports", "taxservice"):
        rest = [rest[0], "{id}", *rest[2:]]
    return f"{request.method} /v3/company/{{realm}}/{'/'.join(rest)}"


def known(entities: Iterable[str], sent: Iterable[str], reports: Iterable[str], told: Iterable[str]) -> Known:
    """Every call there can be. Entities by their words in paths; sent: those that can be mailed; told: by webhooks."""
    words, names = sorted(entities), sorted(reports)
    paths = [*words, *(f"{word}/{{id}}" for word in words), *(f"{word}/{{id}}/send" for word in sorted(sent)),
             *(f"{word}/{{id}}/pdf" for word in words), *(f"reports/{name}" for name in names), *OTHER_PATHS]
    others = {path.split("/")[0] for path in OTHER_PATHS} | {name.lower() for name in names} | {"token"}
    return Known((*OTHER_CALLS, *(f"{method} /v3/company/{{realm}}/{path}" for path in paths
                                  for method in ("GET", "POST"))),
                 frozenset((*words, *others)), frozenset(name.lower() for name in told))


def units(request: Request) -> Iterable[Unit]:
    """(entity, operation) of each thing done: one for most calls, one per item for a batch."""
    rest = _rest(request)
    if not rest:
        grant = dict(parse_qsl(request.body.decode(errors="replace"))).get("grant_type", "")
        return [("token", TOKEN_OPERATIONS.get(grant, "other"))]
    match request.method, rest:
        case _, ["query"]:
            statement = request.param("query") or request.body.decode(errors="replace")
            return [(_queried(statement), "query")]
        case "POST", ["batch"]:
            return [*_of_batch(_body(request)), ("batch", "batch")]
        case _, ["cdc"]:
            return [(name.strip().lower(), "cdc") for name in (request.param("entities") or "").split(",")]
        case "GET", ["reports", name]:
            return [(name.lower(), "report")]
        case "GET", [entity, *_]:
            return [(entity.lower(), "read")]
        case _, [entity, _, "send"]:
            return [(entity.lower(), "send")]
    body = _body(request)
    return [(rest[0].lower(), _operation(request.param("operation") or "", body, request.param("include") or ""))]


def _operation(asked: str, body: Any, options: str) -> str:
    if asked in ("delete", "void"):
        return asked
    if "void" in options:
        return "void"
    return "update" if isinstance(body, dict) and body.get("Id") else "create"


def _queried(statement: str) -> str:
    words = statement.split()
    lowered = [word.lower() for word in words]
    place = lowered.index("from") + 1 if "from" in lowered else len(words)
    return lowered[place] if place < len(words) else ""


def _of_batch(body: Any) -> Iterable[Unit]:
    items = body.get("BatchItemRequest") if isinstance(body, dict) else None
    for item in items if isinstance(items, list) else []:
        if not isinstance(item, dict):
            continue
        if "Query" in item:
            yield _queried(str(item["Query"])), "query"
        for key, value in item.items():
            if isinstance(value, dict):
                yield key.lower(), _operation(str(item.get("operation", "")), value, str(item.get("optionsData", "")))


def _body(request: Request) -> Any:
    try:
        return decode(request.body)
    except ValueError:
        return None


def looks(request: Request, names: Mapping[str, str]) -> Iterable[Request]:
    """The reads of the records that a write names."""
    body, rest = _body(request), _rest(request)
    if not is_write(request) or len(rest) != 1 or not isinstance(body, dict):
        return
    found = [(rest[0], body)]
    if rest == ["batch"]:
        items = body.get("BatchItemRequest")
        found = [(key.lower(), value) for item in (items if isinstance(items, list) else []) if isinstance(item, dict)
                 for key, value in item.items() if isinstance(value, dict)]
    for entity, record in found:
        if entity in names and isinstance(record.get("Id"), str):
            headers = {name: value for name, value in request.headers.items() if name != "content-type"}
            yield Request("GET", f"{request.path.rsplit('/', 1)[0]}/{entity}/{record['Id']}", (), headers)
