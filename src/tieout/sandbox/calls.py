"""The call log: how often each endpoint was called, and the last calls one by one."""
from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

LAST_CALLS = 2000
SECRET = ("token", "secret", "password", "assertion", "authorization", "api_key")


@dataclass(frozen=True, slots=True)
class Called:
    """One call. at is in the sandbox's time; duration_us and size are of the answer; fault is the kind that was
    played, or empty; trace_id is the vendor's name of the answer (intuit_tid, X-Request-Id). What is shown as
    `requestid` is the client's own name of a write to QuickBooks (qbo.md 4.6)."""

    number: int
    at: datetime
    service: str
    endpoint: str
    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    status: int
    duration_us: int
    size: int
    fault: str
    trace_id: str

    def shown(self) -> dict[str, Any]:
        query = "&".join(f"{name}={'***' if is_secret(name) else value}" for name, value in self.query)
        return {"number": self.number, "time": self.at.isoformat(), "service": self.service,
                "endpoint": self.endpoint, "method": self.method, "path": self.path, "query": query,
                "status": self.status or None, "duration_ms": self.duration_us / 1000, "size": self.size,
                "fault": self.fault or None, "trace_id": self.trace_id or None,
                "requestid": dict(self.query).get("requestid") if self.service == "quickbooks" else None}


def is_secret(name: str) -> bool:
    """A sign-in's `code` is one; the cost code of a filter is none."""
    lowered = name.lower()
    return lowered == "code" or any(word in lowered for word in SECRET)


@dataclass(slots=True)
class CallLog:
    """Counts per endpoint, and the last calls. An endpoint is the method and the route's template, so
    `GET /v3/company/{realm}/query`. status 0 in the log: the connection was cut, and no answer left."""

    counts: Counter[str] = field(default_factory=Counter)
    last: deque[Called] = field(default_factory=lambda: deque(maxlen=LAST_CALLS))
    total: int = 0

    def note(self, service: str, endpoint: str) -> None:
        self.counts[f"{service} {endpoint}"] += 1

    def keep(self, *facts: Any) -> None:
        """The facts of `Called` after its number, in their order."""
        self.total += 1
        self.last.append(Called(self.total, *facts))

    def of(self, service: str) -> dict[str, int]:
        return {key.split(" ", 1)[1]: n for key, n in sorted(self.counts.items()) if key.startswith(service + " ")}

    def found(self, *, service: str | None = None, endpoint: str | None = None, status: int | None = None,
              fault: str | None = None) -> Iterator[Called]:
        """Newest first; endpoint is any part of an endpoint's name or of the path, in either case of letters; fault is
        the kind that was played."""
        part = (endpoint or "").lower()
        for called in reversed(self.last):
            if service in (None, called.service) and status in (None, called.status) \
                    and fault in (None, called.fault) \
                    and (part in called.endpoint.lower() or part in called.path.lower()):
                yield called

    def clear(self) -> None:
        self.counts.clear()
        self.last.clear()
