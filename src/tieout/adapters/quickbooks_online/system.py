"""One QuickBooks Online company, asked the way the engine asks every side.

An idle turn is one call: change data capture carries all our kinds, CompanyInfo and Preferences among them (only
JournalCode, TaxAgency, TimeActivity, TaxCode and TaxRate are outside it).
"""
from __future__ import annotations

import hashlib
import random
import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import httpx2
import msgspec

from tieout.adapters.http import Client, OAuthApp, Reply, Times, utc_now
from tieout.adapters.quickbooks_online import auth, checkup, client, read, refusals, write
from tieout.adapters.quickbooks_online.client import Company, quoted, select
from tieout.adapters.quickbooks_online.wire import ENTITIES, KINDS, Fields, encode, text_of
from tieout.core.drafts import Draft
from tieout.ports import (
    Action,
    Answer,
    Batch,
    CallCount,
    Check,
    Feed,
    Guard,
    NoAnswer,
    NotUnderstood,
    Order,
    Posted,
    Reading,
    Side,
    TokenStore,
)

BASE_URL = "https://quickbooks.api.intuit.com"
OVERLAP = timedelta(minutes=5)                     # late visibility is reported up to minutes
REQUESTID_LIMIT = 36                               # with a batch; 50 alone
MOST_PAGES_OF_A_DAY = 20                           # of documents with one date
FEED = Feed(name="changes")


class QuickBooksOnline:
    side: Side = "quickbooks"
    batch_size = 30

    def __init__(self, *, realm_id: str, app: OAuthApp, store: TokenStore, guard: Guard, base_url: str = "",
                 calls: CallCount | None = None, transport: httpx2.BaseTransport | None = None,
                 now: Callable[[], datetime] = utc_now, sleep: Callable[[float], None] = time.sleep,
                 chance: Callable[[], float] = random.random, times: Times | None = None) -> None:
        if not re.fullmatch(r"\d{1,19}", realm_id):
            raise ValueError(f"{realm_id!r} is not a QuickBooks company id (realm): it is up to 19 digits")
        self.calls, self.realm, self._now = calls or CallCount(), realm_id, now
        wire: dict[str, Any] = {"transport": transport, "now": now}
        self._grant = auth.grant(app, store, calls=self.calls, **wire)
        self._http = Client(
            vendor=auth.VENDOR, base_url=base_url or BASE_URL, guard=guard, calls=self.calls, grant=self._grant,
            reads_by_post=lambda path: path.endswith("/query"), unauthorised=client.unauthorised, times=times,
            sleep=sleep, chance=chance, **wire)
        self._company = Company(self._http, realm_id)

    def __repr__(self) -> str:
        return f"QuickBooksOnline({self.realm})"

    def close(self) -> None:
        self._http.close()

    # --- reading ---

    def feeds(self, projects: Sequence[str]) -> Sequence[Feed]:
        return (FEED,)

    def read(self, feed: Feed, cursor: str) -> Iterator[Batch]:
        assert feed.name == FEED.name, f"QuickBooks has no feed {feed.name!r}"
        return self._changed(datetime.fromisoformat(cursor)) if cursor else self._everything(tuple(ENTITIES.values()))

    def _everything(self, entities: Sequence[str]) -> Iterator[Batch]:
        """The cursor is the time of the first answer: what changes while we read is then read again."""
        started: datetime | None = None
        for entity in entities:
            for page in self._company.pages(entity):
                started = started or page.time
                readings = tuple(read.reading_of(entity, raw) for raw in page.records)
                if readings:
                    yield Batch(readings=readings)
        assert started is not None
        yield Batch(readings=(), cursor=started.isoformat(), whole=tuple((KINDS[e], "") for e in entities))

    def _changed(self, since: datetime) -> Iterator[Batch]:
        """One call when little changed. An answer at the cap may be cut: half the kinds are then asked at a time, and
        a kind that fills it alone is read whole."""
        waiting, first = [tuple(ENTITIES.values())], None
        whole: tuple[tuple[str, str], ...] = ()
        while waiting:
            entities = waiting.pop(0)
            found, answered = self._company.changes(entities, since - OVERLAP)
            first = first or answered
            if sum(map(len, found.values())) >= client.CDC_CAP:
                if len(entities) > 1:
                    middle = len(entities) // 2
                    waiting[:0] = [entities[:middle], entities[middle:]]
                    continue
                parts = list(self._everything(entities))
                yield from parts[:-1]
                whole += parts[-1].whole
                continue
            readings = tuple(read.reading_of(entity, raw) for entity, rows in found.items() for raw in rows)
            if readings:
                yield Batch(readings=readings)
        assert first is not None
        yield Batch(readings=(), cursor=first.isoformat(), whole=whole)

    def show(self, kind: str, key: str, scope: str = "") -> Reading | None:
        raw = self._company.show(ENTITIES[kind], key)
        return None if raw is None else read.reading_of(ENTITIES[kind], raw)

    def understand(self, reading: Reading) -> object:
        return read.understood(reading)

    # --- writing ---

    def order(self, *, action: Action, kind: str, key: str, tag: str, draft: Draft | None = None,
              held: Reading | None = None) -> Order:
        return write.order(action=action, kind=kind, key=key, tag=tag, draft=draft, held=held)

    def deliver(self, delivery: str, orders: Sequence[Order]) -> list[Answer]:
        assert 0 < len(orders) <= self.batch_size, f"a delivery has 1 to {self.batch_size} orders, not {len(orders)}"
        envelopes = [write.envelope_of(order) for order in orders]
        if len(orders) == 1:
            return [self._deliver_one(requestid(delivery), envelopes[0])]
        return self._deliver_batch(requestid(delivery), envelopes)

    def _deliver_one(self, request: str, envelope: write.Envelope) -> Answer:
        outcome = self._company.post(envelope.entity, bytes(envelope.body), operation=envelope.operation,
                                     include=envelope.include, requestid=request)
        if not isinstance(outcome, Reply):
            return outcome
        return _whole_refused(outcome) or _answer_in(envelope, outcome.body, outcome.status)

    def _deliver_batch(self, request: str, envelopes: Sequence[write.Envelope]) -> list[Answer]:
        """Each item stands for itself: what fails takes nothing with it. Matched by bId, never by position."""
        items = [{"bId": str(place), "operation": envelope.operation,
                  **({"optionsData": envelope.include} if envelope.include else {}), envelope.entity: envelope.body}
                 for place, envelope in enumerate(envelopes, 1)]
        outcome = self._company.batch(encode({"BatchItemRequest": items}).encode(), requestid=request)
        if not isinstance(outcome, Reply):
            return [outcome] * len(envelopes)
        refused = _whole_refused(outcome)
        if refused is not None:
            return [refused] * len(envelopes)
        found: dict[str, msgspec.Raw] = {}
        with suppress(ValueError):
            for item in client.list_in(client.objects_in(outcome.body).get("BatchItemResponse", msgspec.Raw(b"[]"))):
                found[msgspec.json.decode(client.objects_in(item).get("bId", b'""'), type=str)] = item
        missing: Answer = NoAnswer(why=f"QuickBooks' batch answer lacks this item: {outcome.begins()}")
        return [_answer_in(envelope, found[str(place)], 200) if str(place) in found else missing
                for place, envelope in enumerate(envelopes, 1)]

    # --- looking ---

    def find(self, order: Order) -> Reading | None:
        envelope = write.envelope_of(order)
        if order.action == "delete":
            return self._find_removed(order)
        if order.action == "update":
            return self._find_changed(order, envelope)
        if envelope.entity in ("Vendor", "Customer", "Item"):
            return self._find_name(envelope)
        return self._find_tagged(order, envelope)

    def _find_removed(self, order: Order) -> Reading | None:
        now = self.show(order.kind, order.target)
        if now is None:
            return Reading(kind=order.kind, key=order.target, version="deleted", raw="", deleted=True)
        inactive = not Fields.of(ENTITIES[order.kind], now.raw).flag("Active", True)
        return now if inactive else None

    def _find_changed(self, order: Order, envelope: write.Envelope) -> Reading | None:
        """Done when the record has moved on and says what was ordered."""
        now = self.show(order.kind, order.target)
        if now is None or now.version == order.version:
            return None
        return now if write.holds(Fields.of(envelope.entity, now.raw).raw, envelope.fields()) else None

    def _find_name(self, envelope: write.Envelope) -> Reading | None:
        """An active record of that name, below the same parent. Case does not tell names apart."""
        wanted = envelope.fields()
        field = "Name" if envelope.entity == "Item" else "DisplayName"
        found, _ = self._company.query(select(envelope.entity, where=f"{field} = {quoted(wanted[field])}"))
        for raw in found.get(envelope.entity, ()):
            record = Fields.of(envelope.entity, text_of(raw))
            same = record.text(field).strip().casefold() == wanted[field].strip().casefold()
            parent = (wanted.get("ParentRef") or {}).get("value", "")
            below = record.ref("ParentRef") == parent
            if same and below and record.flag("Active", True):
                return read.reading_of(envelope.entity, raw)
        return None

    def _find_tagged(self, order: Order, envelope: write.Envelope) -> Reading | None:
        """By date (and vendor, where QuickBooks can filter by it), then by the tag in the note, which no query reaches.
        Somebody may have moved the date since: the newest thousand are looked through as well."""
        wanted, entity = envelope.fields(), envelope.entity
        dated = f"TxnDate = {quoted(wanted['TxnDate'])}"
        if entity == "Bill":
            dated = f"VendorRef = {quoted(wanted['VendorRef']['value'])} AND {dated}"
        newest = select(entity, order="MetaData.CreateTime DESC")
        found = (write.tagged(self._rows(entity, dated), order.tag)
                 or write.tagged(self._company.query(newest)[0].get(entity, ()), order.tag))
        if len(found) > 1:
            ids = ", ".join(client.id_of(raw) for raw in found)
            raise NotUnderstood(f"QuickBooks holds {write.tag_text(order.tag)} on more than one {entity}: {ids}")
        return read.reading_of(entity, found[0]) if found else None

    def _rows(self, entity: str, where: str) -> Iterator[msgspec.Raw]:
        for start in range(1, client.PAGE * MOST_PAGES_OF_A_DAY, client.PAGE):
            rows = self._company.query(select(entity, where=where, order="Id", start=start))[0].get(entity, ())
            yield from rows
            if len(rows) < client.PAGE:
                return

    # --- the doctor ---

    def doctor(self) -> Sequence[Check]:
        return checkup.checks(self._company, self._grant, self._now)


def requestid(delivery: str) -> str:
    """The same for the same delivery, and short enough for a batch."""
    if len(delivery) <= REQUESTID_LIMIT and delivery.isascii() and delivery:
        return delivery
    return hashlib.sha256(delivery.encode()).hexdigest()[:REQUESTID_LIMIT]


def _whole_refused(reply: Reply) -> Answer | None:
    """The call as a whole was refused, or cannot be read; None where it carries results."""
    faults = client.faults_of(reply)
    if faults:
        return refusals.answer_of(faults, reply.status)
    if reply.status >= 500:
        return NoAnswer(why=f"QuickBooks answered {reply.status}: {reply.begins()}")
    if reply.status >= 400:
        return refusals.answer_of((refusals.Fault(code=f"HTTP {reply.status}", words=reply.begins()),), reply.status)
    return None


def _answer_in(envelope: write.Envelope, body: bytes | msgspec.Raw, status: int) -> Answer:
    """One result: the record as it now is, the stub of a deleted one, or a fault."""
    try:
        answer = client.objects_in(body)
        fault = answer.get("Fault") or answer.get("fault")
        if fault is not None:
            faults = refusals.faults_in({"Fault" if "Fault" in answer else "fault": msgspec.json.decode(fault)})
            return refusals.answer_of(faults, status)
        reading = read.reading_of(envelope.entity, answer[envelope.entity])
    except (ValueError, KeyError, NotUnderstood) as wrong:
        return NoAnswer(why=f"QuickBooks' answer cannot be read: {wrong}")
    if envelope.operation == "delete" and not reading.deleted:
        return NoAnswer(why=f"QuickBooks answered a deletion of {envelope.entity} {reading.key} with the record")
    return Posted(reading=reading)

