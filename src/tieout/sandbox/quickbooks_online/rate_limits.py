"""How many calls a company takes (qbo.md 8.1)."""
from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta

PER_MINUTE, PER_SECOND = 500, 10
OF_KIND = {"batch": 40, "reports": 200}      # per minute


@dataclass(slots=True)
class RateLimits:
    """The moments of the calls that still count, by company and rule."""

    windows: dict[str, deque[datetime]] = field(default_factory=dict)

    def is_over(self, realm: str, now: datetime, kind: str) -> bool:
        """Whether a call is too many; one that is refused does not count. `kind` is the first word of its path."""
        rules = [(f"{realm}/minute", 60, PER_MINUTE), (f"{realm}/second", 1, PER_SECOND)]
        if kind in OF_KIND:
            rules.append((f"{realm}/{kind}", 60, OF_KIND[kind]))
        for name, seconds, _ in rules:
            window = self.windows.setdefault(name, deque())
            while window and not (timedelta(0) <= now - window[0] < timedelta(seconds=seconds)):
                window.popleft()
        if any(len(self.windows[name]) >= most for name, _, most in rules):
            return True
        for name, _, _ in rules:
            self.windows[name].append(now)
        return False
