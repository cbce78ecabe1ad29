"""Guessing a password is made slow: after a few wrong tries a name, or an address, has to wait."""
from __future__ import annotations

import math
from datetime import datetime, timedelta

from tieout.app.web.models import FailedLogin

WINDOW = timedelta(minutes=15)
KEPT_FOR = timedelta(days=1)
TRIES_OF_NAME_FROM_ADDRESS = 5
TRIES_OF_NAME = 30
TRIES_FROM_ADDRESS = 50


def minutes_to_wait(name: str, address: str, now: datetime) -> int:
    """0 where another try is allowed. The name counts over all addresses too, so that many machines do not help."""
    recent = FailedLogin.objects.filter(at__gt=now - WINDOW)
    name = name.casefold()[:150]
    for rows, limit in (
        (recent.filter(name=name, address=address), TRIES_OF_NAME_FROM_ADDRESS),
        (recent.filter(name=name), TRIES_OF_NAME),
        (recent.filter(address=address), TRIES_FROM_ADDRESS),
    ):
        times = list(rows.order_by("-at").values_list("at", flat=True)[:limit])
        if len(times) >= limit:
            return max(1, math.ceil((times[-1] + WINDOW - now).total_seconds() / 60))
    return 0


def note_failure(name: str, address: str, now: datetime) -> None:
    FailedLogin.objects.filter(at__lt=now - KEPT_FOR).delete()
    FailedLogin.objects.create(name=name.casefold()[:150], address=address, at=now)


def forget(name: str, address: str) -> None:
    """After a right password the wrong tries before it no longer count."""
    FailedLogin.objects.filter(name=name.casefold()[:150], address=address).delete()
