"""A connection's tokens: sealed in its row, refreshed by one holder at a time over all processes and machines. [A10]

The refresh lock is two columns, taken by compare-and-set, so that no database transaction stays open over an HTTP
call. It ends by itself, because a process can die while it holds it.
"""
from __future__ import annotations

import json
import random
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from django.db import transaction
from django.db.models import F, Q

from tieout.engine.store.models import Connection
from tieout.engine.store.sealed import CannotOpen, Place, seal, unseal
from tieout.ports import NotAuthorised, Tokens, Unreachable

HELD_S = 120                                                 # longer than the client waits for a token
WAIT_S = 150
POLL_S = (0.02, 0.5)


def utc_now() -> datetime:
    return datetime.now(UTC)


def place_of(connection: Connection, field: str) -> Place:
    return Place(table="connection", name=connection.name, field=field)


def secret_of(connection: Connection, key: bytes) -> str:
    """The client secret, or empty where none is kept. Raises NotAuthorised when the key does not open it."""
    if not connection.client_secret_sealed:
        return ""
    try:
        return unseal(key, connection.client_secret_sealed, place_of(connection, "client_secret"))
    except CannotOpen as closed:
        raise NotAuthorised(f"{closed}.", "Put back the key file that belongs to this database, "
                                          "or set the client secret again.") from closed


def keep_secret(connection: Connection, key: bytes, secret: str) -> None:
    """Sets the column; the caller saves the row."""
    connection.client_secret_sealed = seal(key, secret, place_of(connection, "client_secret")) if secret else b""


def keep_tokens(connection: Connection, key: bytes, tokens: Tokens) -> None:
    """Sets the columns; the caller saves the row. For tokens that a person brings; a refresh goes by KeptTokens."""
    connection.tokens_sealed = seal(key, _as_text(tokens), place_of(connection, "tokens"))
    connection.tokens_version += 1
    connection.access_expires_at, connection.refresh_expires_at = tokens.expires_at, tokens.refresh_expires_at
    connection.refused_why = ""


class KeptTokens:
    """`ports.TokenStore` over one Connection row."""

    def __init__(self, connection_id: int, key: bytes, *, now: Callable[[], datetime] = utc_now,
                 sleep: Callable[[float], None] = time.sleep, held_s: float = HELD_S, wait_s: float = WAIT_S) -> None:
        self._id, self._key, self._now, self._sleep = connection_id, key, now, sleep
        self._held_s, self._wait_s = held_s, wait_s
        self._version: int | None = None                     # of the tokens on which a refresh of ours stands

    def read(self) -> Tokens | None:
        return self._opened(Connection.objects.get(pk=self._id))

    @contextmanager
    def refreshing(self) -> Iterator[Tokens | None]:
        holder = uuid.uuid4().hex
        self._take(holder)
        try:
            row = Connection.objects.get(pk=self._id)
            self._version = row.tokens_version
            yield self._opened(row)
        finally:
            self._version = None
            Connection.objects.filter(pk=self._id, refresh_held_by=holder).update(
                refresh_held_by="", refresh_held_until=None)

    def write(self, tokens: Tokens) -> None:
        """On return the tokens are on disk. Within `refreshing`, tokens that someone else stored meanwhile stay: the
        lock passes on only after our token call has timed out, so theirs are the newer ones."""
        row = Connection.objects.get(pk=self._id)
        sealed = seal(self._key, _as_text(tokens), place_of(row, "tokens"))
        still = Connection.objects.filter(pk=self._id)
        if self._version is not None:
            still = still.filter(tokens_version=self._version)
        with transaction.atomic(durable=True):
            wrote = still.update(
                tokens_sealed=sealed, tokens_version=F("tokens_version") + 1, access_expires_at=tokens.expires_at,
                refresh_expires_at=tokens.refresh_expires_at, refused_why="")
        if wrote and self._version is not None:
            self._version += 1

    def refused(self, why: str) -> None:
        """Within `refreshing`, a refusal of tokens that someone else has renewed meanwhile says nothing."""
        still = Connection.objects.filter(pk=self._id)
        if self._version is not None:
            still = still.filter(tokens_version=self._version)
        still.update(refused_why=why or "The vendor refused the stored grant.")

    def _take(self, holder: str) -> None:
        free = Q(refresh_held_by="") | Q(refresh_held_until__isnull=True)
        waited_s, pause_s = 0.0, POLL_S[0]
        while True:
            now = self._now()
            taken = Connection.objects.filter(pk=self._id).filter(free | Q(refresh_held_until__lte=now)).update(
                refresh_held_by=holder, refresh_held_until=now + timedelta(seconds=self._held_s))
            if taken:
                return
            if waited_s > self._wait_s:
                raise Unreachable("another process is renewing the tokens and has not finished", wait_s=30)
            part_s = pause_s * random.uniform(0.5, 1.5)
            self._sleep(part_s)
            waited_s += part_s
            pause_s = min(pause_s * 1.5, POLL_S[1])

    def _opened(self, row: Connection) -> Tokens | None:
        if not row.tokens_sealed:
            return None
        try:
            return _from_text(unseal(self._key, row.tokens_sealed, place_of(row, "tokens")))
        except CannotOpen as closed:
            raise NotAuthorised(f"{closed}.", "Put back the key file that belongs to this database, "
                                              "or connect again under Connections.") from closed


def _as_text(tokens: Tokens) -> str:
    return json.dumps({
        "access": tokens.access, "refresh": tokens.refresh, "expires_at": tokens.expires_at.isoformat(),
        "refresh_expires_at": tokens.refresh_expires_at.isoformat() if tokens.refresh_expires_at else None})


def _from_text(text: str) -> Tokens:
    kept = json.loads(text)
    until = kept["refresh_expires_at"]
    return Tokens(access=kept["access"], refresh=kept["refresh"], expires_at=datetime.fromisoformat(kept["expires_at"]),
                  refresh_expires_at=datetime.fromisoformat(until) if until else None)
