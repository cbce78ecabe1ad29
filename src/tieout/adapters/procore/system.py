"""Procore as one side of a pair (ports.System)."""
from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import httpx2

from tieout.adapters.http import Client, Grant, Now, Reply, Times, utc_now
from tieout.adapters.procore import doctor, feeds, write
from tieout.adapters.procore.auth import API_URL, LOGIN_URL, VENDOR
from tieout.adapters.procore.client import Api, Route
from tieout.adapters.procore.read import Noun, reading_of, stamped, understand
from tieout.adapters.procore.refusals import said
from tieout.adapters.procore.wire import record_of
from tieout.core.drafts import Draft
from tieout.ports import (
    Action,
    Answer,
    Batch,
    CallCount,
    Check,
    Feed,
    Guard,
    NotAuthorised,
    Order,
    Reading,
    Side,
)

PROJECT = Route("/rest/v1.0/projects/{id}", "projects")
COMPANY = Route("/rest/v1.0/vendors/{id}", "companies")
REQUISITION = Route("/rest/v1.1/requisitions/{id}", "subcontractor invoices")


@dataclass(frozen=True, slots=True)
class KnownCompany:
    """A Procore company that the grant can see."""

    id: str
    name: str
    active: bool


class Procore:
    """One Procore company.

    company_id   empty only while a company is still to be chosen: then nothing but `list_companies` works
    projects     ids of the routed projects, for `doctor`
    """

    side: Side = "procore"
    batch_size: int = 1                               # no bulk call for payments is documented

    def __init__(self, *, company_id: str, grant: Grant, guard: Guard, calls: CallCount | None = None,
                 base_url: str = API_URL, login_url: str = LOGIN_URL, projects: Sequence[str] = (),
                 times: Times | None = None, transport: httpx2.BaseTransport | None = None, now: Now = utc_now,
                 sleep: Callable[[float], None] = time.sleep, chance: Callable[[], float] = random.random) -> None:
        self.company_id, self.calls, self.projects, self.now = company_id, calls or CallCount(), projects, now
        headers = {"Procore-Company-Id": company_id} if company_id else {}

        def client(base: str) -> Client:
            return Client(vendor=VENDOR, base_url=base, guard=guard, calls=self.calls, grant=grant, headers=headers,
                          unauthorised=_unauthorised, times=times, transport=transport, now=now, sleep=sleep,
                          chance=chance)

        self._http, self._login = client(base_url), client(login_url)
        self._api = Api(self._http, company_id)

    def close(self) -> None:
        self._http.close()
        self._login.close()

    def feeds(self, projects: Sequence[str]) -> Sequence[Feed]:
        return feeds.feeds(projects)

    def read(self, feed: Feed, cursor: str) -> Iterator[Batch]:
        return feeds.read(self._api, feed, cursor)

    def understand(self, reading: Reading) -> Noun:
        return understand(reading)

    def show(self, kind: str, key: str, scope: str = "") -> Reading | None:
        """Raises ProjectNotReadable where a 404 is the project's, not the record's: both look alike."""
        match kind:
            case "project":
                return self._shown(kind, PROJECT, key, "", [("company_id", self.company_id)])
            case "company":
                return self._shown(kind, COMPANY, key, "", [("company_id", self.company_id), ("view", "extended")])
            case "subcontractor_invoice":
                return self._in_project(kind, REQUISITION, feeds.REQUISITIONS, key, scope, [("view", "items")])
            case "change_order":
                return self._in_project(kind, feeds.PACKAGE, feeds.PACKAGES, key, scope, [])
            case "commitment":
                return self._commitment(key, scope)
            case "payment_issued":
                return self._payment(key, scope)
        raise ValueError(f"a {kind} is not read from Procore")

    def _shown(self, kind: str, route: Route, key: str, scope: str, params: list[tuple[str, str]]) -> Reading | None:
        raw = self._api.find(route, params, project=scope, id=key)
        return None if raw is None else reading_of(kind, scope, raw)

    def _in_project(self, kind: str, route: Route, listing: Route, key: str, scope: str,
                    params: list[tuple[str, str]]) -> Reading | None:
        found = self._shown(kind, route, key, scope, [("project_id", scope), *params])
        if found is None:
            self._in_sight(listing, scope)
        return found

    def _in_sight(self, listing: Route, scope: str) -> None:
        """One row of the list, to tell a record that is gone from a project or tool that is out of sight."""
        self._api.get(listing, [("project_id", scope), ("page", "1"), ("per_page", "1")], project=scope)

    def _commitment(self, key: str, scope: str) -> Reading | None:
        for resource, (listing, route) in feeds.CONTRACT_LISTS.items():
            raw = self._api.find(route, [("project_id", scope)], project=scope, id=key)
            if raw is not None:
                return reading_of("commitment", scope, stamped(resource, raw))
            self._in_sight(listing, scope)
        return None

    def _payment(self, key: str, scope: str) -> Reading | None:
        """Payments are reached through their contract only, which their id does not name: each paid one is asked."""
        for listing, _ in feeds.CONTRACT_LISTS.values():
            for contract in feeds.paid_contracts(self._api, feeds.Cursor(), listing, scope):
                for reading in feeds.payments_of(self._api, contract, scope):
                    if reading.key == key:
                        return reading
        return None

    def order(self, *, action: Action, kind: str, key: str, tag: str, draft: Draft | None = None,
              held: Reading | None = None) -> Order:
        return write.order(action=action, kind=kind, key=key, tag=tag, draft=draft, held=held)

    def deliver(self, delivery: str, orders: Sequence[Order]) -> list[Answer]:
        """One request or more per order; each carries its own Idempotency-Token, which nothing here relies on."""
        return [write.deliver(self._api, wanted) for wanted in orders]

    def find(self, order: Order) -> Reading | None:
        return write.find(self._api, order)

    def list_companies(self) -> list[KnownCompany]:
        """The companies that the grant can see; asked without a company, or a service account with its own."""
        rows = [record_of("company", "", raw) for page in self._api.pages(doctor.COMPANIES, [], per_page=100)
                for raw in page.rows]
        return [KnownCompany(row.needed_id("id"), row.text("name"), row.flag("is_active", True)) for row in rows]

    def doctor(self) -> Sequence[Check]:
        return doctor.checks(self._api, self._login, self.projects, self.now, self.list_companies)


def _unauthorised(reply: Reply) -> NotAuthorised:
    return NotAuthorised(f"Procore does not accept this connection any more (401: {said(reply).words}).",
                         "Connect Procore again under Connections, or correct the client id and secret.")
