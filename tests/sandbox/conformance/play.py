"""Plays the scenarios and keeps every call with its answer.

A scenario is a public function of a module in `scenarios`, named after what is done. It is given a place of its own:
of modules `procore_*` a Site (a project with a vendor, budget codes and a period), of modules `quickbooks_*` an Office
(a company file with accounts, names, an item and a job). New endpoints get a scenario there; nothing is listed here.
"""
from __future__ import annotations

import importlib
import inspect
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from tests.sandbox.quickbooks_online.office import Office
from tests.support import procore_spec, quickbooks_schema
from tests.support.procore_client import Site
from tieout.sandbox.kit import Request, Response
from tieout.sandbox.procore.files import ROOT as STORAGE
from tieout.sandbox.procore.service import LOGIN

FOLDER = Path(__file__).parent / "scenarios"
DATA = re.compile(r"/v3/company/[^/]+/(.+)")


@dataclass(frozen=True)
class Call:
    """One request with its answer."""

    request: Request
    answer: Response

    @property
    def body(self) -> Any:
        is_json = "json" in self.answer.headers.get("Content-Type", "")
        return json.loads(self.answer.body) if is_json and self.answer.body else None


def scenarios() -> list[str]:
    """`module.function` of every scenario."""
    found = []
    for file in sorted(FOLDER.glob("*_*.py")):
        module = importlib.import_module(f"tests.sandbox.conformance.scenarios.{file.stem}")
        found += [f"{file.stem}.{name}" for name, made in inspect.getmembers(module, inspect.isfunction)
                  if made.__module__ == module.__name__ and not name.startswith("_")]
    return found


def of_vendor(vendor: str) -> list[str]:
    return [name for name in scenarios() if name.startswith(vendor)]


@cache
def calls(scenario: str) -> tuple[Call, ...]:
    """What a scenario called, in order. Played once in a process."""
    place, act = place_for(scenario)
    heard: list[Call] = []
    listen(place.service, lambda request, answer: heard.append(Call(request, answer)))
    act(place)
    return tuple(heard)


def place_for(scenario: str) -> tuple[Any, Callable[[Any], None]]:
    """A new place, and what is to be done in it."""
    stem, name = scenario.split(".")
    act: Callable[[Any], None] = getattr(importlib.import_module(f"tests.sandbox.conformance.scenarios.{stem}"), name)
    return Site.new() if stem.startswith("procore") else Office().furnish(), act


def listen(service: Any, hear: Callable[[Request, Response], None]) -> None:
    """`hear` is given every call of a stand-in, and its answer."""
    handle = service.handle

    def handled(request: Request) -> Response:
        answer: Response = handle(request)
        hear(request, answer)
        return answer

    service.handle = handled


# -- Procore -----------------------------------------------------------------------------------------------------------


def procore_endpoint(site: Site, call: Call) -> str | None:
    """The endpoint that was called; None for a path that is not played."""
    request = call.request
    if (request.method, request.path) in LOGIN:
        return f"{request.method} {request.path}"
    found = site.service.table.find(request.method, request.path)
    return found[0].endpoint if found is not None else None


def procore_problems(site: Site, call: Call) -> list[str]:
    """What is wrong with an answer, success or refusal; empty when nothing is. The file storage is no part of the
    description: it speaks XML and bytes."""
    status, path = call.answer.status, call.request.path
    if path.startswith(STORAGE):
        return [] if "json" not in call.answer.headers.get("Content-Type", "") else [f"{path} answers in JSON"]
    endpoint = procore_endpoint(site, call)
    if status >= 400:
        is_page = "html" in call.answer.headers.get("Content-Type", "")
        found = [] if is_page and path == "/oauth/authorize" else \
            procore_spec.refusal_problems(path, status, call.body)
        return [f"{call.request.method} {path}: {problem}" for problem in found]
    if endpoint is None:
        return [f"{call.request.method} {path} answers {status} and is not in the table of endpoints"]
    if path == "/oauth/authorize":
        return [] if status == 302 or "html" in call.answer.headers["Content-Type"] else [f"{path} answers {status}"]
    return procore_spec.problems(endpoint, status, call.body)


# -- QuickBooks --------------------------------------------------------------------------------------------------------


def quickbooks_done(call: Call, names: dict[str, str]) -> list[str]:
    """What a successful call did, as the names of endpoints: `Bill create`, `POST batch`."""
    request, found = call.request, DATA.fullmatch(call.request.path)
    if call.answer.status >= 400 or (isinstance(call.body, dict) and "Fault" in call.body):
        return []
    if found is None:
        return [f"{request.method} {request.path}"]
    parts = found[1].split("/")
    if parts[0] not in names:
        return _beside_entities(call, parts, names)
    entity = names[parts[0]]
    if request.method == "GET":
        return [f"{entity} read"]
    if len(parts) == 3:
        return [f"{entity} {parts[2]}"]
    options = (request.param("include") or "").lower()
    return [f"{entity} {written(request.param('operation') or '', json.loads(request.body), options)}"]


def written(operation: str, body: dict[str, Any], options: str = "") -> str:
    if operation in ("delete", "void") or "void" in options:
        return operation if operation in ("delete", "void") else "void"
    if not body.get("Id"):
        return "create"
    return "sparse update" if body.get("sparse") else "update"


def _beside_entities(call: Call, parts: list[str], names: dict[str, str]) -> list[str]:
    request = call.request
    entities = {entity: name for name, entity in names.items()}
    if parts == ["query"]:
        asked = request.param("query") or request.body.decode()
        return [f"{request.method} query", f"{_entity_of(asked, entities)} query"]
    if parts == ["cdc"]:
        return ["GET cdc", *(f"{name.strip()} changed data" for name in (request.param("entities") or "").split(","))]
    if parts == ["batch"]:
        done = ["POST batch"]
        for item, answer in zip(json.loads(request.body)["BatchItemRequest"], call.body["BatchItemResponse"],
                                strict=True):
            done += [f"{key} {written(item.get('operation', ''), value, item.get('optionsData', ''))}"
                     for key, value in item.items() if key in entities and "Fault" not in answer]
        return done
    if parts[0] in ("companyinfo", "download") and request.method == "GET":
        parts = [parts[0], "{id}"]
    return [f"{request.method} {'/'.join(parts)}"]


def _entity_of(statement: str, entities: dict[str, str]) -> str:
    found = re.search(r"\bfrom\s+(\w+)", statement, re.IGNORECASE)
    name = found[1].lower() if found else ""
    return next((entity for entity in entities if entity.lower() == name), name)


def quickbooks_problems(call: Call) -> list[str]:
    """What is wrong with an answer; of the sign-in, its own shapes (qbo.md 2)."""
    path, body = call.request.path, call.body
    if not path.startswith("/v3/"):
        return _sign_in_problems(call)
    if "xml" in call.answer.headers.get("Content-Type", ""):
        return [f"{call.request.method} {path}: {problem}"
                for problem in quickbooks_schema.xml_problems(call.answer.body)]
    if body is None:
        return [] if call.answer.status < 300 or call.answer.status >= 500 else [f"{path} has no body"]
    if call.answer.status == 404:
        return [] if isinstance(body.get("message"), str) else [f"{path}: {body!r}"]
    return [f"{call.request.method} {path}: {problem}" for problem in quickbooks_schema.problems(body)]


TOKENS = {"token_type", "access_token", "expires_in", "refresh_token", "x_refresh_token_expires_in"}


def _sign_in_problems(call: Call) -> list[str]:
    path, body = call.request.path, call.body
    if call.answer.status == 404:
        return [] if isinstance(body.get("message"), str) else [f"{path}: {body!r}"]
    if path.endswith("/tokens/bearer"):
        if call.answer.status >= 400:
            return [] if isinstance(body.get("error"), str) else [f"{path}: {body!r}"]
        held = set(body) - {"id_token", "x_refresh_token_hard_expires_in"}
        numbers = [name for name in held if "expires_in" in name and not isinstance(body[name], int)]
        return [] if held == TOKENS and not numbers else [f"{path}: {body!r}"]
    if "openid_" in path and "connect" not in path:
        wanted = {"issuer", "authorization_endpoint", "token_endpoint", "userinfo_endpoint", "revocation_endpoint"}
        return [f"{path} lacks {name}" for name in wanted - set(body)]
    return [] if call.answer.status < 500 else [f"{path} answers {call.answer.status}"]
