"""How the people of a world reach the two systems: the vendors' own REST calls, answered in process.

Nothing of the stand-ins' insides is used, so a world is a check of them as well. A refusal is an error: the people
of a world only do what the vendor allows.
"""
from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tieout.sandbox.kit import Request, Response

Handle = Callable[[Request], Response]
Rows = list[dict[str, Any]]
PAGE = 1000


class Refused(Exception):
    """What a vendor answered instead of doing it."""

    def __init__(self, method: str, path: str, status: int, body: object) -> None:
        super().__init__(f"{method} {path} was answered {status}: {body}")
        self.status, self.body = status, body


def _exchange(handle: Handle, request: Request) -> Any:
    answer = handle(request)
    body = json.loads(answer.body, parse_float=Decimal) if answer.body.strip() else None
    if answer.status >= 300 or (isinstance(body, dict) and "Fault" in body):
        raise Refused(request.method, request.path, answer.status, body)
    return body


@dataclass(frozen=True)
class ProcoreRest:
    handle: Handle
    token: str
    company_id: str

    def call(self, method: str, path: str, body: object = None, **query: object) -> Any:
        headers = {"authorization": f"Bearer {self.token}", "procore-company-id": self.company_id,
                   "content-type": "application/json"}
        pairs = tuple((name.replace("__", "[") + "]" if "__" in name else name, str(value))
                      for name, value in query.items())
        raw = json.dumps(body).encode() if body is not None else b""
        return _exchange(self.handle, Request.of(method, path, query=pairs, headers=headers, body=raw))

    def get(self, path: str, **query: object) -> Any:
        return self.call("GET", path, **query)

    def rows(self, path: str, *, per_page: int = PAGE, **query: object) -> Iterator[dict[str, Any]]:
        """All pages of a list; a page that is not full is the last, because nobody else writes meanwhile."""
        page = 1
        while True:
            found: Rows = self.call("GET", path, page=page, per_page=per_page, **query)
            yield from found
            if len(found) < per_page:
                return
            page += 1

    def post(self, path: str, body: object, **query: object) -> Any:
        return self.call("POST", path, body, **query)

    def patch(self, path: str, body: object, **query: object) -> Any:
        return self.call("PATCH", path, body, **query)


@dataclass(frozen=True)
class QuickBooksRest:
    handle: Handle
    token: str
    realm: str

    def call(self, method: str, path: str, body: object = None, **query: str) -> Any:
        headers = {"authorization": f"Bearer {self.token}", "accept": "application/json",
                   "content-type": "application/json"}
        raw = to_json(body).encode() if body is not None else b""
        full = f"/v3/company/{self.realm}/{path}"
        pairs = (*query.items(), ("minorversion", "75"))
        return _exchange(self.handle, Request.of(method, full, query=pairs, headers=headers, body=raw))

    def query(self, entity: str, where: str = "") -> Rows:
        """Every row, read in pages."""
        found: Rows = []
        while True:
            condition = f" where {where}" if where else ""
            statement = " ".join(("select * from", entity + condition, "startposition", str(len(found) + 1),
                                  "maxresults", str(PAGE)))
            page: Rows = self.call("GET", "query", query=statement)["QueryResponse"].get(entity, [])
            found += page
            if len(page) < PAGE:
                return found

    def create(self, entity: str, body: Mapping[str, Any], **options: str) -> dict[str, Any]:
        made: dict[str, Any] = self.call("POST", entity.lower(), body, **options)[entity]
        return made

    def change(self, entity: str, held: Mapping[str, Any], changes: Mapping[str, Any],
               **options: str) -> dict[str, Any]:
        body = {"Id": held["Id"], "SyncToken": held["SyncToken"], "sparse": True, **changes}
        return self.create(entity, body, **options)

    def delete(self, entity: str, held: Mapping[str, Any]) -> None:
        self.call("POST", entity.lower(), {"Id": held["Id"], "SyncToken": held["SyncToken"]}, operation="delete")

    def batch(self, items: list[dict[str, Any]]) -> Rows:
        """Thirty at a time, in order; each answer that is a fault is an error."""
        answers: Rows = []
        for start in range(0, len(items), 30):
            part = [{"bId": str(start + n), **item} for n, item in enumerate(items[start:start + 30])]
            got: Rows = self.call("POST", "batch", {"BatchItemRequest": part})["BatchItemResponse"]
            for one in got:
                if "Fault" in one:
                    raise Refused("POST", "batch", 200, one)
            answers += got
        return answers


def to_json(value: object) -> str:
    """JSON text in which a Decimal is the number it prints as; no binary float lies between."""
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{json.dumps(str(k))}:{to_json(v)}" for k, v in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(to_json(v) for v in value) + "]"
    return json.dumps(value)


def quoted(text: str) -> str:
    """A string in the query language."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
