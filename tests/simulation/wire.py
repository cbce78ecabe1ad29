"""The wire between tieout and the two stand-ins: it takes time, loses, delays, and can be watched.

A call may take up to two seconds. One that was on its way when its process died arrives up to two minutes later.
"""
from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import httpx2

from tests.simulation.stops import ANSWERED, CALL, LATE, Killed, Stops
from tests.support import what_is_sent
from tieout.sandbox.kit import Request, Response
from tieout.sandbox.sandbox import Sandbox, ServiceName

PROCORE_PORT, QUICKBOOKS_PORT = 9201, 9101
LONGEST_ON_ITS_WAY_S = 120
CLOSED_BOOKS = (b'"6200"', b'"6210"')


def is_write(request: httpx2.Request) -> bool:
    """Anything but a reading or a sign-in."""
    path = request.url.path
    return request.method not in ("GET", "HEAD") and not path.endswith("/query") and "oauth" not in path


@dataclass(slots=True)
class Wire:
    """writes, calls     calls that left
    closed_answers   answers that said the books are closed
    """

    sandbox: Sandbox
    chance: random.Random
    stops: Stops = field(default_factory=Stops)
    slowest_s: float = 2.0
    calls: int = 0
    writes: int = 0
    faults_met: Counter[str] = field(default_factory=Counter)
    closed_answers: list[bytes] = field(default_factory=list)
    on_its_way: list[tuple[datetime, ServiceName, Request]] = field(default_factory=list)

    def transport(self) -> httpx2.MockTransport:
        return httpx2.MockTransport(self.handle)

    def handle(self, request: httpx2.Request) -> httpx2.Response:
        service: ServiceName = "procore" if request.url.port == PROCORE_PORT else "quickbooks"
        call = Request.of(request.method, request.url.path, query=request.url.query.decode(),
                          headers=dict(request.headers), body=request.content)
        self.pass_time(self.chance.uniform(0, self.slowest_s))
        self.stops.at(CALL)
        try:
            self.stops.at(LATE)
        except Killed:
            due = self.now() + timedelta(seconds=self.chance.uniform(0, LONGEST_ON_ITS_WAY_S))
            self.on_its_way.append((due, service, call))
            raise
        self.calls += 1
        what_is_sent.watch(service, call)
        self.writes += is_write(request)
        answer = self.sandbox.handle(service, call)
        self._note(answer)
        self.stops.at(ANSWERED)
        if answer.lost:
            raise httpx2.ReadError("the connection was cut", request=request)
        return httpx2.Response(answer.status, headers=dict(answer.headers), content=answer.body)

    def _note(self, answer: Response) -> None:
        if answer.lost:
            self.faults_met["lost answers"] += 1
        elif answer.status == 429 or answer.status >= 500:
            self.faults_met[f"{answer.status}"] += 1
        if any(code in answer.body for code in CLOSED_BOOKS) and b"Fault" in answer.body:
            self.closed_answers.append(answer.body)

    def now(self) -> datetime:
        return self.sandbox.kit.clock.now()

    def pass_time(self, seconds: float) -> None:
        """What was on its way arrives in between, whoever sent it."""
        until = self.now() + timedelta(seconds=seconds)
        for due, service, call in sorted(self.on_its_way, key=lambda one: one[0]):
            if due <= until:
                self.sandbox.kit.clock.set(max(due, self.now()))
                self.sandbox.handle(service, call)
        self.on_its_way = [one for one in self.on_its_way if one[0] > until]
        self.sandbox.kit.clock.set(max(until, self.now()))
