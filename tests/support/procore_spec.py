"""Holds an answer against Procore's published description, kept in ../shared/reference/procore-spec.

A field has to have the type, the format and one of the values that the description gives it; a field that the
description does not have is an error. What it leaves open, marks unknown, or gives as null passes.
"""
from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

SHARED = Path(os.environ.get("TIEOUT_SHARED", Path(__file__).resolve().parents[3] / "shared"))
FOLDER = SHARED / "reference" / "procore-spec"
ABSENT = f"Procore's description is not at {FOLDER} (set TIEOUT_SHARED to the folder that holds reference/)"
NOT_ENDPOINTS = {"shared_schemas.json", "webhook_resources.json"}

DATE = re.compile(r"\d{4}-\d\d-\d\d$")
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$")

# Values that procore.md says occur beside the described ones.
ALSO_SAID = {
    "base_type": ({"labor"}, "5.7: a cost type is written as labor, and the read enum misses it"),
}
# Fields that the endpoint's own text promises and its list of fields leaves out.
# 5.24: the address and the fields of the form post; 5.4: the list of vendors takes the views of one vendor.
ALSO_HAS = re.compile(r"/uploads(/\{uuid\})?\.(url|fields)$|vendors\[\]\.(projects|active_users)_count$")
# Lists that the description gives as one object, or an object as a list (5.10: accept both; 5.12: a list).
ECHO = re.compile(r"sync\.errors\[\]$")  # 1.7: an error entry echoes what was sent, whatever that was
EITHER_SHAPE = re.compile(r"(attachments$)|((commitment|prime)_change_order(s|_batches)$)"
                          r"|(GET /rest/v1.0/custom_field_definitions$)|(custom_field_lov_entries$)")
# 5.9: a budget row has one more key per visible column, named by the column's label or id.
LABELLED_ROWS = re.compile(r"/(detail_rows|summary_rows|budget_details)\[\]$")
# Maps whose keys the description gives as an example only.
EXAMPLE_KEYS = ({"field_name"}, {"field_1", "custom_field_1"}, {"custom_field_47393", "custom_field_58238", "number"},
                {"projectId"}, {"userId"})


def is_present() -> bool:
    return FOLDER.is_dir()


@cache
def _all() -> tuple[dict[str, Any], dict[str, Any]]:
    endpoints: dict[str, Any] = {}
    for path in sorted(FOLDER.glob("*.json")):
        if path.name not in NOT_ENDPOINTS:
            endpoints.update(json.loads(path.read_text(encoding="utf-8")))
    return endpoints, json.loads((FOLDER / "shared_schemas.json").read_text(encoding="utf-8"))


def endpoints() -> list[str]:
    return list(_all()[0])


@cache
def key_of(endpoint: str) -> str | None:
    """The description's key of `GET /rest/...`, whatever stands in the braces."""
    bare = re.sub(r"\{[^}]*\}", "{}", endpoint)
    return next((key for key in _all()[0] if re.sub(r"\{[^}]*\}", "{}", key) == bare), None)


def problems(endpoint: str, status: int, body: object) -> list[str]:
    """What is wrong with a successful answer; empty when nothing is."""
    key = key_of(endpoint)
    if key is None:
        return [f"{endpoint} is not in the description"]
    responses = _all()[0][key]["responses"]
    if str(status) not in responses:
        return [f"{endpoint}: status {status} is not among {sorted(responses)}"]
    schema = responses[str(status)].get("schema")
    return [] if schema is None or body is None else list(_check(schema, body, endpoint, in_body=False))


def _resolved(node: dict[str, Any]) -> dict[str, Any]:
    for _ in range(9):
        if "$shared" not in node:
            return node
        node = _all()[1].get(node["$shared"], {})
    return {}


def _check(node: dict[str, Any], value: object, where: str, *, in_body: bool = True) -> list[str]:
    node = _resolved(node)
    kind = node.get("type", "any")
    if value is None or kind == "unknown":
        return []
    is_list = kind == "array" or ("items" in node and "properties" not in node)
    if EITHER_SHAPE.search(where):
        inner = _resolved(node["items"]) if is_list else node
        rows = value if isinstance(value, list) else [value]
        return [bad for row in rows for bad in _fields(inner, row, where + "[]")]
    if is_list:
        if not isinstance(value, list):
            return [f"{where} should be a list, is {value!r}"]
        return [bad for row in value for bad in _check(node.get("items") or {}, row, where + "[]")]
    if kind == "object" or "properties" in node:
        return _fields(node, value, where)
    return _scalar(node, kind, value, where)


def _fields(node: dict[str, Any], value: object, where: str) -> list[str]:
    if not isinstance(value, dict):
        return [f"{where} should be an object, is {value!r}"]
    known = node.get("properties")
    if ECHO.search(where) or not known or set(known) in EXAMPLE_KEYS:  # a map: each field under its own name
        return []
    found = [f"{where} lacks {name}" for name in node.get("required") or [] if name not in value]
    for name, part in value.items():
        place = f"{where}.{name}"
        if name in known:
            found += _check(known[name], part, place)
        elif not ALSO_HAS.search(place) and not LABELLED_ROWS.search(where):
            found.append(f"{place} is not in the description")
    return found


def _scalar(node: dict[str, Any], kind: object, value: object, where: str) -> list[str]:
    allowed = node.get("enum")
    name = where.rsplit(".", 1)[-1]
    if allowed and value not in allowed and value not in ALSO_SAID.get(name, (set(), ""))[0]:
        return [f"{where} is {value!r}, not one of {allowed}"]
    fits = {"string": isinstance(value, str),
            "integer": isinstance(value, int) and not isinstance(value, bool),
            "number": isinstance(value, (int, float)) and not isinstance(value, bool),
            "boolean": isinstance(value, bool)}
    if not fits.get(str(kind), True):
        return [f"{where} should be of type {kind}, is {value!r}"]
    shape = {"date": DATE, "date-time": MOMENT}.get(str(node.get("format")))
    if shape is not None and isinstance(value, str) and not shape.match(value):
        return [f"{where} should be a {node['format']}, is {value!r}"]
    return []


V2_ERROR = {"code", "message", "details"}


def refusal_problems(path: str, status: int, body: object) -> list[str]:
    """What is wrong with a refusal: it has to have one of the shapes of procore.md 1.8, and a v2 path v2's shape."""
    if not isinstance(body, dict):
        return [f"a refusal should be an object, is {body!r}"]
    if path.startswith("/rest/v2") and status != 501:
        error = body.get("error")
        is_v2 = isinstance(error, dict) and {"code", "message"} <= set(error) <= V2_ERROR
        return [] if is_v2 else [f"{status} of a v2 path is {body!r}"]
    return [] if _is_told(body) else [f"{status} has none of the shapes of a refusal: {body!r}"]


def _is_told(body: dict[str, Any]) -> bool:
    errors, error, message = body.get("errors"), body.get("error"), body.get("message")
    if errors is not None:
        lists = isinstance(errors, dict) and all(isinstance(texts, list) and texts for texts in errors.values())
        return bool(errors) and (lists or isinstance(errors, (str, list)))
    if isinstance(error, dict):
        return bool(error.get("message") or error.get("error"))
    return bool(error) if isinstance(error, str) else isinstance(message, str) and bool(message)


# -- requests ----------------------------------------------------------------------------------------------------------

IN_EVERY_QUERY = {"page", "per_page", "company_id", "project_id", "sort"}      # 1.4 to 1.6, whether listed or not


def endpoint_of(method: str, path: str) -> str | None:
    """The described endpoint that a path belongs to, literal segments before braces."""
    parts, found = path.split("/"), []
    for key in _by_shape().get((method, len(parts)), ()):
        wanted = key.split(" ")[1].split("/")
        if all(part.startswith("{") or part == given for part, given in zip(wanted, parts, strict=True)):
            found.append(key)
    return min(found, key=lambda key: key.count("{")) if found else None


@cache
def _by_shape() -> dict[tuple[str, int], list[str]]:
    shapes: dict[tuple[str, int], list[str]] = {}
    for key in _all()[0]:
        method, path = key.split(" ")
        shapes.setdefault((method, len(path.split("/"))), []).append(key)
    return shapes


def request_problems(method: str, path: str, query: Iterable[tuple[str, str]], body: bytes) -> list[str]:
    """What in a JSON request the description does not have: parameters, fields, their types and values."""
    key = endpoint_of(method, path)
    if key is None:
        return [f"{method} {path} is not in the description"]
    record = _all()[0][key]
    described = {part["name"]: part for part in record["parameters"] if part["in"] == "query"}
    found = []
    for name, value in query:
        part = described.get(name) or described.get(name.removesuffix("[]"))
        if part is None and name not in IN_EVERY_QUERY:
            found.append(f"{key}: the query's {name} is not in the description")
        elif part and part.get("enum") and value not in map(str, part["enum"]):
            found.append(f"{key}: the query's {name} is {value!r}, not one of {part['enum']}")
    given = {name for name, _ in query}
    sent = json.loads(body) if body else {}
    found += [f"{key}: the query lacks {name}" for name, part in described.items()
              if part.get("required") and name not in given and name not in sent]
    schema = (record.get("body") or {}).get("schema")
    if schema is None or not sent:
        return found + ([f"{key} takes no body"] if sent and method == "GET" else [])
    return found + _sent(schema, sent, key, given)


def _sent(schema: dict[str, Any], sent: object, where: str, given: set[str]) -> list[str]:
    """Ids and amounts may be text or numbers on the way in (1.10); what the query holds need not stand in the body."""
    return [problem for problem in _check(schema, sent, where)
            if not re.search(r"should be of type (integer|number|string), is '?-?[\d.]+'?$", problem)
            and not any(problem == f"{where} lacks {name}" for name in given)]
