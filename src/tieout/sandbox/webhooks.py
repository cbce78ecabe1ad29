"""Webhooks on their way: what is waiting for which address, when it is sent, and what came back.

Knows no vendor: a destination brings its schedule of retries and what its deliveries look like. All times are the
sandbox's; who sends (a served sandbox over HTTP, a test by a function) asks `take`, sends, and says `settle`:

    sandbox.webhooks.due()                              what would be sent now
    sandbox.webhooks.deliver(lambda delivery: 200)      sends it; the answer's status, or OSError for none
"""
from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from heapq import heappop, heappush
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from tieout.sandbox.kit import Kit

State = Literal["waiting", "sending", "delivered", "discarded", "missing"]
LAST_DELIVERIES = 1000
MOST_AT_ONCE, MOST_WAITING = 10_000, 50_000
LONGEST_BODY_KEPT = 1000
LOCAL = ("127.0.0.1", "localhost", "::1")
LONELY_S = 60.0        # a webhook that waits for the next one, to come after it, waits no longer than this


def host_of(url: object) -> str | None:
    """The machine that an address names; None where it is no address that something can be sent to."""
    if not isinstance(url, str) or not url.isprintable() or " " in url:
        return None
    try:
        found = urlsplit(url)
        reachable = found.scheme in ("http", "https") and found.port != 0
    except ValueError:          # brackets that hold no IPv6 address, a port beyond 65535
        return None
    return found.hostname if reachable else None


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try. status 0: no answer, and `error` says why."""

    at: datetime
    status: int
    error: str = ""
    body: str = ""

    @property
    def taken(self) -> bool:
        return 200 <= self.status < 300


@dataclass(slots=True)
class Delivery:
    """One POST to one address, with one event or several. headers and body are made when it is first sent."""

    id: int
    service: str
    destination: str
    url: str
    created: datetime
    due: datetime
    events: list[Any]
    state: State = "waiting"
    fault: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    attempts: list[Attempt] = field(default_factory=list)

    def shown(self) -> dict[str, Any]:
        return {"id": self.id, "service": self.service, "destination": self.destination, "url": self.url,
                "state": self.state, "fault": self.fault or None, "created": self.created.isoformat(),
                "due": self.due.isoformat(), "events": len(self.events),
                "body": json.loads(self.body) if self.body else None,
                "attempts": [{"at": a.at.isoformat(), "status": a.status or None, "error": a.error or None}
                             for a in self.attempts]}


def quickbooks_wait(failures: int, since: timedelta) -> float | None:
    """10 s, 20 s, 30 s, 5 min, 20 min, 2 h, 4 h, 6 h, then every 6 h (qbo.md 7.5)."""
    steps = (10, 20, 30, 300, 1200, 7200, 14_400, 21_600)
    return float(steps[min(failures, len(steps)) - 1])


def procore_wait(failures: int, since: timedelta) -> float | None:
    """1 s doubling up to an hour, for 12 hours; then everything queued is discarded (procore.md 3.3)."""
    return None if since >= timedelta(hours=12) else float(min(2 ** min(failures - 1, 12), 3600))


WAITS: dict[str, Callable[[int, timedelta], float | None]] = {"quickbooks": quickbooks_wait, "procore": procore_wait}


@dataclass(slots=True)
class Destination:
    """One address and its queue. A failure holds back everything behind it; one success and the queue is well again.

    seal            the headers and the body of a delivery
    delay_s         how long after its event a delivery is due
    most_events     a delivery collects events until it is due, at most so many; 1 = each event alone
    disable_after_s   an address that has failed that long is switched off (None: never); by the vendor's schedule,
                    Procore's queue is given up instead
    """

    key: str
    service: str
    url: str
    seal: Callable[[Delivery], tuple[Mapping[str, str], bytes]]
    delay_s: float = 0.0
    most_events: int = 1
    disable_after_s: float | None = None
    timeout_s: float = 5.0
    disabled: bool = False
    failures: int = 0
    failing_since: datetime | None = None
    resumes: datetime | None = None
    waiting: dict[int, Delivery] = field(default_factory=dict)
    order: list[tuple[datetime, int]] = field(default_factory=list)     # a heap; of what has moved, old entries too
    open: Delivery | None = None            # the one that collects events
    sending: Delivery | None = None
    held: Delivery | None = None            # to be sent after the next one

    def put(self, delivery: Delivery) -> None:
        """Queues it, or moves it to its present time."""
        self.waiting[delivery.id] = delivery
        heappush(self.order, (delivery.due, delivery.id))

    def next_due(self, now: datetime) -> Delivery | None:
        if self.disabled or self.sending is not None or (self.resumes is not None and now < self.resumes):
            return None
        while self.order:
            due, id_ = self.order[0]
            found = self.waiting.get(id_)
            if found is not None and found.due == due:
                return found if due <= now else None
            heappop(self.order)
        return None

    def give_up(self) -> None:
        """Everything queued is lost; the next event starts afresh."""
        for lost in self.waiting.values():
            lost.state = "discarded"
        self.waiting, self.order, self.held, self.open = {}, [], None, None
        self.failures, self.failing_since, self.resumes = 0, None, None

    def shown(self) -> dict[str, Any]:
        return {"destination": self.key, "url": self.url, "disabled": self.disabled, "failures": self.failures,
                "waiting": len(self.waiting), "resumes": self.resumes.isoformat() if self.resumes else None}


@dataclass(slots=True)
class Webhooks:
    """Every destination of both vendors, and a log of the last deliveries."""

    kit: Kit
    destinations: dict[str, Destination] = field(default_factory=dict)
    log: deque[Delivery] = field(default_factory=lambda: deque(maxlen=LAST_DELIVERIES))
    count: int = 0
    events: int = 0
    planned: dict[int, tuple[str, float]] = field(default_factory=dict)     # of the journal: event -> fault, delay_s
    drains: list[Callable[[], None]] = field(default_factory=list)      # bring in what a stand-in has noted meanwhile
    anywhere: bool = False          # whether a served sandbox may send to other machines

    def may_reach(self, url: str) -> bool:
        return self.anywhere or host_of(url) in LOCAL

    def add(self, destination: Destination) -> Destination:
        self.destinations[destination.key] = destination
        return destination

    def drop(self, key: str) -> None:
        self.destinations.pop(key, None)

    # -- events come in -------------------------------------------------------------------------------------------

    def note(self, destination: Destination, event: Any, entity: str, operation: str, now: datetime) -> None:
        """Something happened that this address is to be told, under whatever fault the plan has for it."""
        if destination.disabled:
            return
        kind, delay_s = self._fault(destination.service, entity, operation, now)
        due = now + timedelta(seconds=destination.delay_s)
        if kind == "webhook_missing":
            self._new(destination, [event], now, due, kind, state="missing")
            return
        if kind == "webhook_out_of_order":
            destination.held = self._new(destination, [event], now, due + timedelta(seconds=LONELY_S), kind)
            return
        if kind == "webhook_late":
            self._new(destination, [event], now, due + timedelta(seconds=delay_s), kind)
            return
        told = self._joined(destination, event, now, due)
        if kind == "webhook_repeated":
            self._new(destination, [event], now, told.due + timedelta(milliseconds=1), kind)
        if destination.held is not None:
            destination.held.due = min(destination.held.due, told.due + timedelta(milliseconds=1))
            destination.put(destination.held)
            destination.held = None

    def _fault(self, service: str, entity: str, operation: str, now: datetime) -> tuple[str, float]:
        """What the plan has for this event: a kind or nothing, and delay_s. In the journal, which is repeated without
        the plan."""
        self.events += 1
        if self.events in self.planned:
            return self.planned.pop(self.events)
        plan = self.kit.faults
        rule = plan.rule_for(service, "webhook", lambda: [(entity.lower(), operation.lower())],
                             webhooks=True) if plan.rules else None
        if rule is None:
            return "", 0.0
        rule.fired += 1
        if self.kit.journal is not None:
            self.kit.journal.note("webhooks", {"event": self.events, "fault": rule.kind, "delay_s": rule.delay_s}, now)
        return rule.kind, rule.delay_s

    def _joined(self, destination: Destination, event: Any, now: datetime, due: datetime) -> Delivery:
        last = destination.open
        if last is not None and not last.body and now < last.due and len(last.events) < destination.most_events:
            last.events.append(event)
            return last
        made = self._new(destination, [event], now, due)
        destination.open = made if destination.most_events > 1 else None
        return made

    def _new(self, destination: Destination, events: list[Any], now: datetime, due: datetime, fault: str = "",
             state: State = "waiting") -> Delivery:
        self.count += 1
        made = Delivery(self.count, destination.service, destination.key, destination.url, now, due, events,
                        state=state, fault=fault)
        if state == "waiting":
            destination.put(made)
            if len(destination.waiting) > MOST_WAITING:
                destination.waiting.pop(next(iter(destination.waiting))).state = "discarded"
        self.log.append(made)
        return made

    # -- deliveries go out ----------------------------------------------------------------------------------------

    def due(self, now: datetime | None = None) -> list[Delivery]:
        """Everything whose time has come and whose queue is not held back, in the order in which it would be sent."""
        now = now or self.kit.clock.now()
        self.drain()
        found = []
        for destination in self.destinations.values():
            if destination.next_due(now) is not None:
                found += [self._sealed(destination, d) for d in sorted(
                    destination.waiting.values(), key=lambda d: (d.due, d.id)) if d.due <= now]
        return found

    def drain(self) -> None:
        """Takes up what the stand-ins have noted and not told yet."""
        for drain in self.drains:
            drain()

    def _sealed(self, destination: Destination, delivery: Delivery) -> Delivery:
        if not delivery.body:
            delivery.headers, delivery.body = destination.seal(delivery)
        return delivery

    def take(self, now: datetime | None = None) -> list[Delivery]:
        """The next delivery of each queue; it is on its way until `settle`."""
        now = now or self.kit.clock.now()
        self.drain()
        taken = []
        for destination in self.destinations.values():
            found = destination.next_due(now)
            if found is not None:
                self._sealed(destination, found).state = "sending"
                destination.sending = found
                taken.append(found)
        return taken

    def settle(self, delivery: Delivery, status: int, *, error: str = "", body: str = "",
               now: datetime | None = None) -> None:
        """What came of it; in the journal, so that a sandbox that comes back sends nothing twice."""
        now = now or self.kit.clock.now()
        if self.kit.journal is not None:
            self.kit.journal.note("webhooks", {"id": delivery.id, "status": status, "error": error,
                                               "body": body[:LONGEST_BODY_KEPT]}, now)
        destination = self.destinations.get(delivery.destination)
        attempt = Attempt(now, status, error, body[:LONGEST_BODY_KEPT])
        delivery.attempts.append(attempt)
        if destination is None or delivery.id not in destination.waiting:
            delivery.state = "delivered" if attempt.taken else "discarded"
            return
        destination.sending = None
        if attempt.taken:
            delivery.state = "delivered"
            del destination.waiting[delivery.id]
            destination.failures, destination.failing_since, destination.resumes = 0, None, None
            return
        self._failed(destination, delivery, now)

    def _failed(self, destination: Destination, delivery: Delivery, now: datetime) -> None:
        delivery.state = "waiting"
        destination.failures += 1
        destination.failing_since = destination.failing_since or now
        since = now - destination.failing_since
        wait_s = WAITS[destination.service](destination.failures, since)
        if destination.disable_after_s is not None and since.total_seconds() >= destination.disable_after_s:
            destination.disabled, wait_s = True, None
        if wait_s is not None:
            destination.resumes = now + timedelta(seconds=wait_s)
            return
        destination.give_up()

    def call_back(self) -> None:
        """What was on its way when a snapshot was taken is sent again after a restore."""
        for destination in self.destinations.values():
            if destination.sending is not None:
                destination.sending.state, destination.sending = "waiting", None

    def plan_again(self, noted: Iterable[bytes]) -> None:
        """Faults from the journal, before it is repeated: one may be noted after the call that made its event."""
        for kept in map(json.loads, noted):
            if "fault" in kept:
                self.planned[kept["event"]] = kept["fault"], kept["delay_s"]

    def replay(self, noted: bytes, now: datetime) -> None:
        """A `settle` from the journal."""
        kept = json.loads(noted)
        if "fault" in kept:
            return
        self.drain()
        for destination in self.destinations.values():
            if (delivery := destination.waiting.get(kept["id"])) is not None:
                self._sealed(destination, delivery)
                self.settle(delivery, kept["status"], error=kept["error"], body=kept["body"], now=now)
                return

    def deliver(self, send: Callable[[Delivery], int], now: datetime | None = None) -> list[Delivery]:
        """Sends all that is due. `send` answers with the status it got; OSError means that nothing came back."""
        sent: list[Delivery] = []
        while len(sent) < MOST_AT_ONCE and (taken := self.take(now)):
            for delivery in taken:
                status, error = 0, ""
                try:
                    status = send(delivery)
                except OSError as wrong:
                    error = str(wrong) or type(wrong).__name__
                self.settle(delivery, status, error=error, now=now)
                sent.append(delivery)
        return sent

    def of(self, key: str) -> Iterator[Delivery]:
        """The last deliveries of one destination, newest first."""
        return (delivery for delivery in reversed(self.log) if delivery.destination == key)
