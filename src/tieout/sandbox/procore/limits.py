"""The two windows of Procore's rate limit: an hour, and ten seconds (procore.md 1.9)."""
from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

HOUR_S, SPIKE_S = 3600, 10


@dataclass
class Window:
    length_s: int
    limit: int
    start: int = 0
    used: int = 0

    def roll(self, now_s: int) -> None:
        if now_s >= self.start + self.length_s or now_s < self.start:
            self.start, self.used = now_s, 0

    @property
    def remaining(self) -> int:
        return max(0, self.limit - self.used)

    @property
    def reset(self) -> int:
        return self.start + self.length_s


@dataclass
class RateLimit:
    """The windows of one app. Refused calls count too; the headers tell of the window that is nearer its end."""

    hourly: int = 3600
    spike: int = 25
    windows: list[Window] = field(init=False)

    def __post_init__(self) -> None:
        self.windows = [Window(HOUR_S, self.hourly), Window(SPIKE_S, self.spike)]

    def count(self, now: datetime, *, enforced: bool) -> tuple[bool, dict[str, str]]:
        """Whether the call may go, and its headers. Not enforced, nothing is used up."""
        now_s = int(now.timestamp())
        allowed = True
        for window in self.windows:
            window.roll(now_s)
            if enforced:
                allowed = allowed and window.remaining > 0
                window.used += 1
        near = min(self.windows, key=lambda window: window.remaining)
        remaining = near.remaining if enforced else near.limit - 1
        return allowed, headers(near.limit, remaining, near.reset)


def headers(limit: int, remaining: int, reset: int) -> dict[str, str]:
    return {"X-Rate-Limit-Limit": str(limit), "X-Rate-Limit-Remaining": str(remaining),
            "X-Rate-Limit-Reset": str(reset)}
