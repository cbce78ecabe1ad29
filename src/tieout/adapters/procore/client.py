"""Procore's REST calls: the company header, pages by `Link`, and what a refused read means for one project. [A13]"""
from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from tieout.adapters.http import Client, Params, Reply
from tieout.adapters.procore.refusals import said
from tieout.adapters.procore.wire import rows_of
from tieout.ports import Busy, NoAnswer, NotAuthorised, NotUnderstood, ProjectNotReadable, Unreachable

# a list that goes on beyond this is a loop, not a list
MOST_PAGES = 10_000
NEXT = re.compile(r'<([^>]*)>\s*;[^,]*\brel="?next"?', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Page:
    """`total` is what the list says it holds on all its pages, or None where it does not say."""

    rows: list[str]
    total: int | None
    last: bool


@dataclass(frozen=True, slots=True)
class Route:
    """One endpoint: `path` is its template, `what` its records in plain words, for a person."""

    path: str
    what: str

    def of(self, **ids: str) -> str:
        return self.path.format(**ids)


class Api:
    """One Procore company, over the shared client, which carries the company header."""

    def __init__(self, http: Client, company: str) -> None:
        self.http, self.company = http, company

    def pages(self, route: Route, params: Params, *, per_page: int, project: str = "", **ids: str) -> Iterator[Page]:
        """Every page, until there is no next one; short pages and bodies prove nothing (procore.md 1.4)."""
        number = 1
        for _ in range(MOST_PAGES):
            asked = [*params, ("page", str(number)), ("per_page", str(per_page))]
            reply = self.get(route, asked, project=project, **ids)
            try:
                rows = rows_of(reply.body)
            except ValueError as why:
                raise self._no_answer(reply, route, str(why)) from None
            total = reply.headers.get("total", "")
            following = next_page(reply.headers.get("link", ""))
            yield Page(rows, int(total) if total.isdigit() else None, following is None)
            if following is None:
                return
            if following <= number:
                raise NotUnderstood(f"Procore's list of {route.what} names page {following} as the next of {number}")
            number = following
        raise NotUnderstood(f"Procore's list of {route.what} has more than {MOST_PAGES} pages")

    def get(self, route: Route, params: Params, *, project: str = "", **ids: str) -> Reply:
        """A 200. Raises ProjectNotReadable for a refusal about one project, NotAuthorised for the company's."""
        reply = self._read(route, params, project, ids)
        if reply.status != 200:
            raise self._refusal(reply, route, project)
        return reply

    def find(self, route: Route, params: Params, *, project: str = "", **ids: str) -> str | None:
        """One record's raw text; None for 404, which may also mean that the project itself is out of sight."""
        reply = self._read(route, params, project, ids)
        if reply.status == 404:
            return None
        if reply.status != 200:
            raise self._refusal(reply, route, project)
        if not reply.body.lstrip().startswith(b"{"):
            raise self._no_answer(reply, route, "not an object")
        return reply.body.decode()

    def send(self, method: str, route: Route, *, project: str, token: str, params: Params = (),
             body: Mapping[str, object] | None = None, **ids: str) -> Reply | Busy | NoAnswer:
        """One write, sent once. `token` is the same on every retry of this step."""
        headers = {"Idempotency-Token": token}
        content = None
        if body is not None:
            headers["Content-Type"] = "application/json"
            content = json.dumps(body, separators=(",", ":")).encode()
        return self.http.write(method, route.of(**ids), endpoint=route.path, params=params, content=content,
                               headers=headers, project=project)

    def _read(self, route: Route, params: Params, project: str, ids: Mapping[str, str]) -> Reply:
        return self.http.read(route.of(**ids), endpoint=route.path, params=params, project=project)

    def _refusal(self, reply: Reply, route: Route, project: str) -> Exception:
        words = said(reply).words
        if 300 <= reply.status < 400:
            return self._no_answer(reply, route, f"sent on to {reply.headers.get('location', 'another address')}")
        if project:
            return ProjectNotReadable(
                project, f"Procore does not show {route.what} of project {project} ({reply.status}: {words}).",
                "Give the connection's user or service account at least read access to that tool, permit the project "
                "for it, or switch the tool on in the project. Everything else goes on.")
        if reply.status == 400 and not self.company:
            return NotAuthorised(f"Procore wants to know the company first ({words}).",
                                 "Enter the company id: a service account cannot list companies without it.")
        return NotAuthorised(
            f"Procore does not show {route.what} of company {self.company} ({reply.status}: {words}).",
            "Check the company id, that the app is installed in that company, and its directory permissions.")

    def _no_answer(self, reply: Reply, route: Route, why: str) -> Unreachable:
        """A page of some gateway, or a login page: whoever answered, it was not the API."""
        return Unreachable(f"Procore answered {reply.status} to {route.path} with something else than its records "
                           f"({why}): {reply.begins()}")


def next_page(link: str) -> int | None:
    """The page number in `rel="next"`. Only the number is taken: links do not always repeat the whole query."""
    found = NEXT.search(link)
    if found is None:
        return None
    number = parse_qs(urlsplit(found.group(1)).query).get("page", [""])[-1]
    if not number.isdigit():
        raise NotUnderstood(f"Procore's Link header names no page: {link[:200]}")
    return int(number)
