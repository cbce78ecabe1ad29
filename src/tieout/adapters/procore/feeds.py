"""What Procore is asked for changes, and how it is read in the fewest calls.

Contracts and change orders are listed without their lines, so a row that moved is shown. Contract payments have no
project list and no filter by change (procore.md trap 12): they are listed for a contract whose shown payments moved,
and beside that one contract a turn is looked at in rotation. A deleted invoice or payment leaves nothing behind
(trap 21): it is noticed by a whole read, and a payment also by what its contract shows.
"""
from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from tieout.adapters.http import Params
from tieout.adapters.procore.client import Api, Page, Route
from tieout.adapters.procore.read import reading_of, stamped
from tieout.adapters.procore.wire import Record, record_of
from tieout.ports import Batch, CursorTooOld, Feed, NotAuthorised, NotUnderstood, ProjectNotReadable, Reading

PROJECTS = Route("/rest/v1.1/projects", "projects")
VENDORS = Route("/rest/v1.0/vendors", "companies")
INACTIVE_VENDORS = Route("/rest/v1.0/companies/{company}/vendors/inactive", "companies")
SUBCONTRACTS = Route("/rest/v1.0/work_order_contracts", "subcontracts")
PURCHASE_ORDERS = Route("/rest/v1.0/purchase_order_contracts", "purchase orders")
SUBCONTRACT = Route("/rest/v1.0/work_order_contracts/{id}", "subcontracts")
PURCHASE_ORDER = Route("/rest/v1.0/purchase_order_contracts/{id}", "purchase orders")
PACKAGES = Route("/rest/v1.0/change_order_packages", "change orders")
PACKAGE = Route("/rest/v1.0/change_order_packages/{id}", "change orders")
REQUISITIONS = Route("/rest/v1.1/requisitions", "subcontractor invoices")
PAYMENTS = Route("/rest/v1.0/contract_payments", "payments issued")

CONTRACT_LISTS = {"work_order_contracts": (SUBCONTRACTS, SUBCONTRACT),
                  "purchase_order_contracts": (PURCHASE_ORDERS, PURCHASE_ORDER)}

# 300 is the most for projects; elsewhere up to 2,000 is advised (procore.md 1.4), fewer where rows are heavy
PER_PAGE = {PROJECTS: 300, VENDORS: 1000, INACTIVE_VENDORS: 1000, SUBCONTRACTS: 500, PURCHASE_ORDERS: 500,
            PACKAGES: 1000, REQUISITIONS: 250, PAYMENTS: 1000}

OVERLAP = timedelta(minutes=5)
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
FAR_FUTURE = "2100-01-01T00:00:00Z"                   # no open-ended range is documented


@dataclass(slots=True)
class Cursor:
    """Where a feed goes on.

    since   changes from here on, inclusive: the latest `updated_at` seen, less the overlap
    rows    list row (id) -> digest, of the rows inside the overlap, so that they are not taken up again
    paid    contract -> payment -> digest, as the contract last showed its payments
    queue   rotation: the contracts still to be looked at; `lists` the contract lists still to be asked for them
    """

    since: datetime | None = None
    rows: dict[str, str] = field(default_factory=dict)
    paid: dict[str, dict[str, str]] = field(default_factory=dict)
    queue: list[str] = field(default_factory=list)
    lists: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, text: str) -> Cursor:
        if not text:
            return cls()
        try:
            held = json.loads(text)
            since = datetime.fromisoformat(held["since"]) if held.get("since") else None
            return cls(since, held.get("rows", {}), held.get("paid", {}), held.get("queue", []), held.get("lists", []))
        except (ValueError, KeyError, AttributeError, TypeError) as why:
            raise CursorTooOld(f"the cursor {text[:80]!r} is not one of ours") from why

    def text(self) -> str:
        held: dict[str, Any] = {"since": self.since.isoformat() if self.since else "", "rows": self.rows,
                                "paid": self.paid, "queue": self.queue, "lists": self.lists}
        return json.dumps({name: value for name, value in held.items() if value} or {"since": ""}, sort_keys=True,
                          separators=(",", ":"))

    def filters(self) -> list[tuple[str, str]]:
        if self.since is None:
            return []
        return [("filters[updated_at]", f"{self.since:%Y-%m-%dT%H:%M:%SZ}...{FAR_FUTURE}")]

    def advanced(self, rows: Seen) -> Cursor:
        """After a read that saw these rows. An empty list is watched from long ago on, which costs nothing."""
        latest = max((moment for moment, _ in rows.moved.values()), default=None)
        since = max(self.since or LONG_AGO, latest - OVERLAP if latest else LONG_AGO)
        within = {key: digest for key, (moment, digest) in rows.moved.items() if moment >= since}
        return Cursor(since, within, self.paid)


@dataclass(slots=True)
class Seen:
    """The rows of one read: id -> (updated_at, digest), and whether the list kept still while it was read.

    A list that shrinks between two pages moves a row to a page already read: then nothing may be taken for gone.
    """

    moved: dict[str, tuple[datetime, str]] = field(default_factory=dict)
    whole: bool = True
    total: int | None = None

    def note_row(self, record: Record, raw: str) -> tuple[str, str]:
        key = record.needed_id("id")
        digest = digest_of(raw)
        try:
            moment = record.moment("updated_at")
        except NotUnderstood:                               # the record's own trouble, told when it is understood
            moment = None
        self.moved[key] = (moment or LONG_AGO, digest)
        return key, digest

    def note_page(self, page: Page, first: bool, rows_before: int) -> None:
        """`rows_before`: how many distinct rows the lists before this one had."""
        self.total = page.total if first else self.total
        if page.total != self.total or (page.total is None and not (first and page.last)):
            self.whole = False
        if page.last and page.total is not None and len(self.moved) - rows_before != page.total:
            self.whole = False


def feeds(projects: Sequence[str]) -> list[Feed]:
    each = [Feed(name=name, scope=project) for project in projects
            for name in ("commitments", "change_orders", "subcontractor_invoices")]
    return [Feed(name="projects"), Feed(name="companies"), *each,
            *(Feed(name="payments", scope=project, turn="rotating") for project in projects)]


def read(api: Api, feed: Feed, cursor: str) -> Iterator[Batch]:
    held = Cursor.of(cursor)
    match feed.name:
        case "projects":
            return _listed(api, held, "project", "", [(PROJECTS, [("company_id", api.company),
                                                                  ("filters[by_status]", "All")])])
        case "companies":
            return _companies(api, held)
        case "subcontractor_invoices":
            return _listed(api, held, "subcontractor_invoice", feed.scope,
                           [(REQUISITIONS, [("project_id", feed.scope), ("view", "items")])])
        case "change_orders":
            return _change_orders(api, held, feed.scope)
        case "commitments":
            return _commitments(api, held, feed.scope)
        case "payments":
            return _next_payments(api, held, feed.scope)
    raise ValueError(f"Procore has no feed {feed.name!r}")


def _listed(api: Api, held: Cursor, kind: str, scope: str, lists: Sequence[tuple[Route, Params]]) -> Iterator[Batch]:
    """Lists whose rows are whole records."""
    seen = Seen()
    for route, params in lists:
        yield from _moved_records(api, held, kind, scope, route, params, seen)
    yield _last(held, seen, (kind, scope))


def _moved_records(api: Api, held: Cursor, kind: str, scope: str, route: Route, params: Params,
                   seen: Seen) -> Iterator[Batch]:
    for rows in _pages(api, route, [*params, *held.filters()], scope, seen):
        noted = [(raw, *seen.note_row(record_of(kind, "", raw), raw)) for raw in rows]
        moved = tuple(reading_of(kind, scope, raw) for raw, key, digest in noted if held.rows.get(key) != digest)
        if moved:
            yield Batch(readings=moved)


def _last(held: Cursor, seen: Seen, *kinds: tuple[str, str], paid: dict[str, dict[str, str]] | None = None) -> Batch:
    after = held.advanced(seen)
    after.paid = paid or {}
    return Batch(readings=(), cursor=after.text(), whole=kinds if held.since is None and seen.whole else ())


def _companies(api: Api, held: Cursor) -> Iterator[Batch]:
    """The list holds active companies only; the inactive ones have one of their own, without a filter by change.

    Where that one is not permitted, the rest is read all the same, and no company is taken for gone. It is read last:
    a company made inactive meanwhile is then on both lists, not on neither.
    """
    seen, view = Seen(), [("view", "extended")]
    yield from _moved_records(api, held, "company", "", VENDORS, [("company_id", api.company), *view], seen)
    if held.since is None:
        try:
            yield from _moved_records(api, held, "company", "", INACTIVE_VENDORS, view, seen)
        except NotAuthorised:
            seen.whole = False
    yield _last(held, seen, ("company", ""))


def _pages(api: Api, route: Route, params: Params, scope: str, seen: Seen) -> Iterator[list[str]]:
    """Each page's rows; what the pages say of themselves is noted after the caller has noted the rows."""
    before = len(seen.moved)
    first = True
    for page in api.pages(route, params, per_page=PER_PAGE[route], project=scope, company=api.company):
        yield page.rows
        seen.note_page(page, first, before)
        first = False


def _moved_rows(api: Api, held: Cursor, kind: str, route: Route, scope: str,
                seen: Seen) -> Iterator[tuple[str, Record, str]]:
    """(id, row, its text) of the rows that are not as they were; in a change read with the deleted ones."""
    params = [("project_id", scope), *held.filters()]
    if route is not PACKAGES:
        params.append(("view", "extended"))
    if held.since is not None:
        params.append(("filters[include_deleted]", "with"))
    for rows in _pages(api, route, params, scope, seen):
        for raw in rows:
            record = record_of(kind, "", raw)
            key, digest = seen.note_row(record, raw)
            if held.rows.get(key) != digest:
                yield key, record, raw


def _change_orders(api: Api, held: Cursor, scope: str) -> Iterator[Batch]:
    """Packages carry lines, markup and the approved status. Whether one is the owner's, only the shown one says.

    A change order moves its contract's revised sum and not always the contract's stamp (procore.md trap 34), so after
    the first read the contract of one that moved is shown as well: the two are then of one moment.
    """
    seen = Seen()
    moved: dict[str, None] = {}
    for key, _, raw in _moved_rows(api, held, "change_order", PACKAGES, scope, seen):
        reading = reading_of("change_order", scope, raw)
        if not reading.deleted:
            shown = _shown(api, "change_order", PACKAGE, key, scope)
            if shown is not None and _is_owners(shown):
                continue
            reading = shown or gone("change_order", key, scope, reading.version)
        yield Batch(readings=(reading,))
        moved |= {contract: None for kind, contract in reading.links if kind == "commitment"}
    if held.since is not None and moved:
        yield Batch(readings=tuple(found for contract in moved if (found := _contract(api, contract, scope))))
    yield _last(held, seen, ("change_order", scope))


def _contract(api: Api, key: str, scope: str) -> Reading | None:
    """A contract of whichever of the two kinds it is."""
    for resource, (_, show) in CONTRACT_LISTS.items():
        raw = api.find(show, [("project_id", scope)], project=scope, id=key)
        if raw is not None:
            return reading_of("commitment", scope, stamped(resource, raw))
    return None


def _is_owners(reading: Reading) -> bool:
    return record_of("change_order", reading.key, reading.raw).text("type") == "PrimeContractChangeOrder"


def _shown(api: Api, kind: str, route: Route, key: str, scope: str) -> Reading | None:
    raw = api.find(route, [("project_id", scope)], project=scope, id=key)
    return None if raw is None else reading_of(kind, scope, raw)


def _commitments(api: Api, held: Cursor, scope: str) -> Iterator[Batch]:
    """Both kinds of contract with their lines, and the payments of those whose payments moved."""
    seen = Seen()
    paid = dict(held.paid)
    for resource, (listing, show) in CONTRACT_LISTS.items():
        for key, row, raw in _moved_rows(api, held, "commitment", listing, scope, seen):
            reading = reading_of("commitment", scope, stamped(resource, raw))
            payments: Sequence[Reading] = ()
            if not reading.deleted:
                full: str | None = raw
                if "line_items" not in row.data:
                    full = api.find(show, [("project_id", scope)], project=scope, id=key)
                if full is None:
                    reading = gone("commitment", key, scope, reading.version)
                else:
                    reading = reading_of("commitment", scope, stamped(resource, full))
                    payments = _payments_moved(api, record_of("commitment", key, full), scope, paid)
            yield Batch(readings=(reading, *payments))
    yield _last(held, seen, ("commitment", scope), ("payment_issued", scope), paid=paid)


def _payments_moved(api: Api, contract: Record, scope: str, paid: dict[str, dict[str, str]]) -> list[Reading]:
    """A contract shows its payments without the invoice they pay, so they are listed once any of them has moved."""
    key = contract.needed_id("id")
    before, now = paid.get(key, {}), issued_of(contract)
    if now:
        paid[key] = now
    else:
        paid.pop(key, None)
    readings = [gone("payment_issued", payment, scope) for payment in sorted(before.keys() - now.keys())]
    if any(before.get(payment) != digest for payment, digest in now.items()):
        readings += payments_of(api, key, scope)
    return readings


def issued_of(contract: Record) -> dict[str, str]:
    """Payment -> digest, as a shown contract has them; file links change with every look and do not count."""
    found = {}
    for row in contract.rows("payments_issued"):
        content = {name: value for name, value in row.data.items() if name != "attachments"}
        found[row.needed_id("id")] = digest_of(json.dumps(content, default=str, sort_keys=True))
    return found


def payments_of(api: Api, contract: str, scope: str) -> list[Reading]:
    params = [("project_id", scope), ("contract_id", contract)]
    return [reading_of("payment_issued", scope, raw)
            for page in api.pages(PAYMENTS, params, per_page=PER_PAGE[PAYMENTS], project=scope) for raw in page.rows]


def _next_payments(api: Api, held: Cursor, scope: str) -> Iterator[Batch]:
    """One call a turn: the payments of the next contract, or a contract list when all of them had their turn.

    It starts without a call, because the first read of the commitments has read every payment. A contract that is
    refused loses its turn, so that it cannot stop the others.
    """
    if held.queue:
        yield Batch(readings=tuple(_rotated(api, held, scope)), cursor=held.text())
        return
    started = bool(held.lists)
    held.lists = held.lists or list(CONTRACT_LISTS)
    if started or held.since:
        held.queue = paid_contracts(api, held, CONTRACT_LISTS[held.lists.pop(0)][0], scope)
    held.since = LONG_AGO
    yield Batch(readings=(), cursor=held.text())


def _rotated(api: Api, held: Cursor, scope: str) -> list[Reading]:
    contract = held.queue.pop(0)
    try:
        readings = payments_of(api, contract, scope)
    except ProjectNotReadable:
        return []
    before, now = held.paid.get(contract, {}), {reading.key: reading.version for reading in readings}
    held.paid[contract] = now
    moved = [reading for reading in readings if before.get(reading.key) != reading.version]
    return moved + [gone("payment_issued", payment, scope) for payment in sorted(before.keys() - now.keys())]


def paid_contracts(api: Api, held: Cursor, listing: Route, scope: str) -> list[str]:
    params = [("project_id", scope), ("view", "extended")]
    rows = [record_of("commitment", "", raw) for page in api.pages(listing, params, per_page=PER_PAGE[listing],
                                                                    project=scope) for raw in page.rows]
    return [key for row in rows for key in [row.needed_id("id")]
            if key in held.paid or row.data.get("total_payments") is None or row.amount("total_payments")]


def gone(kind: str, key: str, scope: str, version: str = "") -> Reading:
    return Reading(kind=kind, key=key, version=f"{version}#gone", raw="", scope=scope, deleted=True)


def digest_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]
