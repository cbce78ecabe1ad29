"""One turn at a time for a pair, on however many machines; one that lost its turn writes nothing more.

Taking the lease raises the pair's `epoch`. Every later database transaction of the turn, and every call to a vendor
more than a second after the last check, asks the fence whether the epoch is still its own.
"""
from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import F, Q, QuerySet

from tieout.engine.store.models import Pair

TTL_S = 120.0
CHECK_EVERY_S = 1.0
TRIES = 5


class TurnLost(Exception):
    """Another turn owns the pair now: stop, write nothing."""


@dataclass(slots=True)
class Fence:
    """The turn's right to act, for as long as the pair's epoch is `epoch`."""

    pair_id: int
    epoch: int
    ttl_s: float = TTL_S
    checked_at: datetime | None = field(default=None, compare=False)

    def check(self, now: datetime) -> None:
        """Raises TurnLost. Inside a transaction it holds the pair's row, so that nobody can take the lease before the
        commit. Extends the lease when half of it is gone."""
        rows = Pair.objects.filter(pk=self.pair_id)
        if connection.in_atomic_block:
            rows = rows.select_for_update(no_key=True)
        held = rows.values_list("epoch", "lease_holder", "lease_until").first()
        if held is None or held[0] != self.epoch or not held[1]:
            raise TurnLost(f"pair {self.pair_id}: the turn of epoch {self.epoch} is over")
        self.checked_at = now
        if held[2] is None or held[2] - now < timedelta(seconds=self.ttl_s / 2):
            self.renew(now)

    def before_call(self, now: datetime) -> None:
        """Asked before every call to a vendor; looks at the row when the last look is more than a second old."""
        if self.checked_at is None or abs((now - self.checked_at).total_seconds()) > CHECK_EVERY_S:
            self.check(now)

    def renew(self, now: datetime) -> None:
        if not self._own().update(lease_until=now + timedelta(seconds=self.ttl_s)):
            raise TurnLost(f"pair {self.pair_id}: the turn of epoch {self.epoch} is over")
        self.checked_at = now

    def release(self, now: datetime) -> bool:
        """Gives the lease back. True when someone asked meanwhile to look again; also right when it was lost already:
        then whoever owns the pair looks."""
        with transaction.atomic():
            again = self._own().select_for_update().values_list("look_again", flat=True).first()
            self._own().update(lease_holder="", lease_until=now)
        return bool(again)

    def _own(self) -> QuerySet[Pair]:
        return Pair.objects.filter(pk=self.pair_id, epoch=self.epoch).exclude(lease_holder="")


def take(pair_id: int, *, holder: str, now: datetime, ttl_s: float = TTL_S) -> Fence | None:
    """The lease, if it is free or has expired; else the pair is marked to look again, and None."""
    if not holder:
        raise ValueError("a lease has a holder")
    free = Q(lease_holder="") | Q(lease_until__isnull=True) | Q(lease_until__lte=now)
    for _ in range(TRIES):
        with transaction.atomic():
            taken = Pair.objects.filter(free, pk=pair_id).update(
                epoch=F("epoch") + 1, lease_holder=holder, lease_until=now + timedelta(seconds=ttl_s),
                look_again=False)
            if taken:
                epoch = Pair.objects.values_list("epoch", flat=True).get(pk=pair_id)
                return Fence(pair_id=pair_id, epoch=epoch, ttl_s=ttl_s, checked_at=now)
            # The one that holds it may let go between the two updates: then there is nobody to look again, and we try.
            if Pair.objects.exclude(free).filter(pk=pair_id).update(look_again=True):
                return None
    return None
