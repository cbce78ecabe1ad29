"""How many calls a company takes (qbo.md 8.1)."""
from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta

PER_MINUTE, PER_SECOND, BATCHES_PER_MINUTE = 500, 10, 40


@dataclass(slots=True)
class RateLimits:
    """The moments of the calls that still count, by company and rule."""

    windows: dict[str, deque[datetime]] = field(default_factory=dict)

    def is_over(self, realm: str, now: datetime, *, batch: bool) -> bool:
        """Whether a call is too many; one that is refused does not count."""
        rules = [(f"{realm}/minute", 60, PER_MINUTE), (f"{realm}/second", 1, PER_SECOND)]
        if batch:
            rules.append((f"{realm}/batch", 60, BATCHES_PER_MINUTE))
        for name, seconds, _ in rules:
            window = self.windows.setdefault(name, deque())
            while window and not (timedelta(0) <= now - window[0] < timedelta(seconds=seconds)):
                window.popleft()
        if any(len(self.windows[name]) >= most for name, _, most in rules):
            return True
        for name, _, _ in rules:
            self.windows[name].append(now)
        return False
