"""What both stand-ins stand on: a request, an answer, a clock and a journal, beside the call log and the fault plan.

A stand-in is a plain synchronous object with `handle(Request) -> Response`. `serve.py` puts it on a port;
tests call it in process. Nothing here knows Procore or QuickBooks.
"""
from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal, Protocol
from urllib.parse import parse_qsl

from tieout.sandbox.calls import CallLog
from tieout.sandbox.faults import Faults
from tieout.sandbox.webhooks import Webhooks

__all__ = ["CallLog", "Clock", "Endpoint", "Faults", "Journal", "Kit", "Limits", "Request", "Response", "Service",
           "Webhooks", "json_response"]

Limits = Literal["vendor", "off"]


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request as it came off the wire.

    path     without the query, percent-decoded
    query    the pairs in their order, decoded; `a[]=1&a[]=2` are two pairs
    headers  names in lower case
    """

    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @classmethod
    def of(cls, method: str, path: str, *, query: str | Iterable[tuple[str, str]] = (),
           headers: Mapping[str, str] | None = None, body: bytes = b"") -> Request:
        pairs = parse_qsl(query, keep_blank_values=True) if isinstance(query, str) else query
        lowered = {name.lower(): value for name, value in (headers or {}).items()}
        return cls(method.upper(), path, tuple(pairs), lowered, body)

    def param(self, name: str, default: str | None = None) -> str | None:
        """The last value of a query parameter."""
        found = default
        for key, value in self.query:
            if key == name:
                found = value
        return found


@dataclass(frozen=True, slots=True)
class Response:
    """One HTTP answer.

    lost     never arrives: the connection is cut, whatever was done
    short    the connection is cut in the middle of the body (lost is set too: no client gets an answer of it)
    delay_s  how long it is held back, in real seconds
    """

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    lost: bool = False
    short: bool = False
    delay_s: float = 0.0


class Service(Protocol):
    """A stand-in for one vendor."""

    name: str

    def handle(self, request: Request) -> Response: ...


EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)


def moment_of(text: str) -> datetime:
    """An ISO time for the clock; without a zone it is UTC. ValueError says what is wrong."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError as wrong:
        raise ValueError(f"{text!r} is not an ISO time; write it like 2026-03-02T08:00:00-08:00.") from wrong
    return kept_within(found if found.tzinfo is not None else found.replace(tzinfo=UTC))


def kept_within(moment: datetime) -> datetime:
    """Tokens run out and schedules end later than now: a clock at the end of time would leave no room for them."""
    if not EARLIEST <= moment <= LATEST:
        raise ValueError(f"The clock goes from {EARLIEST:%Y-%m-%d} to {LATEST:%Y-%m-%d}, not to {moment.isoformat()}.")
    return moment


class Clock:
    """The sandbox's own time. It runs with the real one unless it was set and frozen."""

    def __init__(self, start: datetime | None = None, *, frozen: bool = False) -> None:
        self._frozen_at = start if frozen else None
        self._offset = (start - datetime.now(UTC)) if start is not None else timedelta()

    def now(self) -> datetime:
        """Zone-aware, UTC."""
        return self._frozen_at if self._frozen_at is not None else datetime.now(UTC) + self._offset

    def set(self, moment: datetime) -> None:
        if self._frozen_at is not None:
            self._frozen_at = moment
        else:
            self._offset = moment - datetime.now(UTC)

    def advance(self, by: timedelta) -> None:
        self.set(self.now() + by)

    @property
    def frozen(self) -> bool:
        return self._frozen_at is not None

    def freeze(self) -> None:
        """Stands still from now on; can be set and advanced."""
        self._frozen_at = self.now()

    def run(self, offset: timedelta) -> None:
        """Runs that far from the real time."""
        self._frozen_at, self._offset = None, offset

    @property
    def offset(self) -> timedelta:
        return self.now() - datetime.now(UTC)


class Journal:
    """Every call that changed something, in order, so that a killed sandbox comes back as it was.

    An entry is written after the change and before the answer leaves: a change without an entry is one whose
    answer nobody got.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = None if not path.parent.exists() else path.open("ab")
        if self._file is not None and path.stat().st_size:
            self._file.write(b"\n")      # a line cut by a kill must not swallow the next one

    def append(self, service: str, request: Request, at: datetime) -> None:
        assert self._file is not None, f"the folder of {self.path} does not exist"
        self._file.write(_line(service, request, at))
        self._file.flush()

    def note(self, service: str, what: Mapping[str, Any], at: datetime) -> None:
        """Something that happened to the sandbox without a call."""
        self.append(service, Request("POST", "", body=json.dumps(what).encode()), at)

    def begin_anew(self, service: str, what: Mapping[str, Any], at: datetime) -> None:
        """What stood here is over; in one step, so that a kill leaves the old journal or the new one."""
        self.close()
        new = self.path.with_suffix(".new")
        new.write_bytes(_line(service, Request("POST", "", body=json.dumps(what).encode()), at))
        new.replace(self.path)
        self._file = self.path.open("ab")

    def entries(self) -> list[tuple[str, Request, datetime]]:
        """What was written, oldest first; a line cut by a kill is left out. ValueError, where a line is something
        else altogether."""
        try:
            return list(self._entries())
        except (KeyError, TypeError, ValueError) as wrong:
            raise ValueError(f"{self.path} holds a line that is no entry ({wrong!r})") from wrong

    def _entries(self) -> Iterator[tuple[str, Request, datetime]]:
        yield from ((line["service"], Request(line["method"], line["path"], tuple((k, v) for k, v in line["query"]),
                                          line["headers"], b64decode(line["body"])), datetime.fromisoformat(line["at"]))
                    for line in self._lines())

    def _lines(self) -> Iterator[dict[str, Any]]:
        for raw in self.path.read_bytes().split(b"\n") if self.path.exists() else []:
            try:
                line: dict[str, Any] = json.loads(raw)
            except ValueError:
                continue
            yield line

    def offset(self) -> timedelta | None:
        """How far the sandbox's time stood from the real one at the last entry; None where there is none."""
        for last in deque(self._lines(), maxlen=1):
            return datetime.fromisoformat(last["at"]) - datetime.fromisoformat(last["real"])
        return None

    def close(self) -> None:
        if self._file is not None:
            self._file.close()


def _line(service: str, request: Request, at: datetime) -> bytes:
    line = {"service": service, "at": at.isoformat(), "method": request.method, "path": request.path,
            "query": list(request.query), "headers": dict(request.headers),
            "body": b64encode(request.body).decode(), "real": datetime.now(UTC).isoformat()}
    return json.dumps(line).encode() + b"\n"


@dataclass(slots=True)
class Kit:
    """What a stand-in is given. `limits` off means no rate limit is ever reached (headers are still sent)."""

    clock: Clock = field(default_factory=Clock)
    calls: CallLog = field(default_factory=CallLog)
    faults: Faults = field(default_factory=Faults)
    limits: Limits = "off"
    seed: int = 0
    journal: Journal | None = None
    webhooks: Webhooks = field(init=False)

    def __post_init__(self) -> None:
        self.webhooks = Webhooks(self)


Endpoint = Callable[[Request, dict[str, str]], Response]


def json_response(status: int, body: object, headers: Mapping[str, str] | None = None) -> Response:
    return Response(status, {"Content-Type": "application/json;charset=utf-8", **(headers or {})},
                    json.dumps(body, separators=(",", ":")).encode())
