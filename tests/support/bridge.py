"""Joins a real adapter to a stand-in in process. An answer that the stand-in loses is a cut connection."""
from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import httpx2

from tests.support import what_is_sent
from tieout.ports import Tokens
from tieout.sandbox.kit import Clock, Kit, Request, Service


def bridge(service: Service, before: Callable[[httpx2.Request], None] = lambda request: None) -> httpx2.MockTransport:
    """`before` sees every request first, and may raise what the network would."""
    one_at_a_time = threading.Lock()

    def handle(request: httpx2.Request) -> httpx2.Response:
        before(request)
        call = Request.of(request.method, request.url.path, query=request.url.query.decode(),
                          headers=dict(request.headers), body=request.content)
        what_is_sent.watch(service.name, call)
        with one_at_a_time:
            answer = service.handle(call)
        if answer.lost:
            raise httpx2.ReadError("the connection was cut", request=request)
        return httpx2.Response(answer.status, headers=dict(answer.headers), content=answer.body)

    return httpx2.MockTransport(handle)


def frozen_kit(start: datetime = datetime(2026, 3, 2, 16, 0, tzinfo=UTC)) -> Kit:
    return Kit(clock=Clock(start, frozen=True))


@dataclass
class Waits:
    """A `sleep` that moves the stand-in's clock and remembers how long."""

    clock: Clock
    seconds: list[float] = field(default_factory=list)

    def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)
        self.clock.advance(timedelta(seconds=seconds))


@dataclass
class MemoryTokens:
    """A TokenStore of one process."""

    tokens: Tokens | None = None
    written: list[Tokens] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def read(self) -> Tokens | None:
        return self.tokens

    @contextmanager
    def refreshing(self) -> Iterator[Tokens | None]:
        with self.lock:
            yield self.tokens

    def write(self, tokens: Tokens) -> None:
        self.tokens = tokens
        self.written.append(tokens)

    def refused(self, why: str) -> None:
        self.refusals.append(why)


@dataclass
class Permit:
    """A Guard with two switches."""

    reading: bool = True
    writing: bool = True

    def may_read(self, project: str) -> bool:
        return self.reading

    def may_write(self, project: str) -> bool:
        return self.writing
