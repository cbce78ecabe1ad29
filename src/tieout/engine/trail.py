"""The trail: append-only, each entry bound to the one before by its hash, the head locked by whoever appends. [A191]

A chain is a pair's name, or empty for the installation's own.
"""
from __future__ import annotations

import functools
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import connection, transaction

from tieout.engine.store.models import TrailEntry, TrailHead

START = "0" * 64
INSERT_ROWS = 500
READ_ROWS = 2000

# A key that names a secret, with what vendors call by such names and is none.
SECRET_KEY = re.compile(r"token|secret|password|passphrase|authorization|apikey|privatekey|cookie|bearer")
NOT_SECRET = frozenset({"synctoken"})
SECRET_VALUE = re.compile(r"(?i)\bbearer\s+[\w.~+/=-]{8,}"
                          r"|\b(access_token|refresh_token|client_secret|password)\"?\s*[=:]\s*\"?[^\s\"&,}]+")

LEFT_OUT = "[left out]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """kind: seen | decided | approved | sent | answered | agreed | …   subject: `flow:slot`, or what it is about.

    says   one sentence for a person
    body   what stands behind it; JSON values, never a secret
    by     a person's name, or "system"
    """

    kind: str
    subject: str
    says: str
    body: Mapping[str, object] | None = None
    by: str = "system"


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """The first entry of a chain that does not fit."""

    chain: str
    number: int
    why: str


class HoldsSecret(AssertionError):
    """Something secret was about to be written down for good: a bug, never a person's doing."""


def without_secrets(value: object, at: str = "body") -> object:
    """The value, with what reads like a secret in a text left out: people write "gate password: 4711" on a line, and
    that must not stop a sync. A field named like a secret is our own doing: HoldsSecret names the place."""
    if isinstance(value, str):
        return SECRET_VALUE.sub(LEFT_OUT, value)
    if isinstance(value, Mapping):
        for key in value:
            if _names_secret(str(key)):
                raise HoldsSecret(f"the trail does not take {at}.{key}")
        return {key: without_secrets(inside, f"{at}.{key}") for key, inside in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, bytes):
        return [without_secrets(inside, f"{at}[{position}]") for position, inside in enumerate(value)]
    return value


@functools.lru_cache(maxsize=2000)
def _names_secret(key: str) -> bool:
    plain = re.sub(r"[^a-z]", "", key.lower())
    return SECRET_KEY.search(plain) is not None and plain not in NOT_SECRET


def append(chain: str, entries: Sequence[Entry], at: datetime) -> None:
    """Inside the database transaction that does what the entries tell, so that neither stands without the other."""
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("the trail is appended to inside the transaction it tells of")
    if not entries:
        return
    head = _locked_head(chain)
    number, previous = head.length, head.hash
    rows = []
    for entry in entries:
        body = without_secrets(entry.body)
        number += 1
        row = TrailEntry(
            chain=chain, number=number, at=at, by=_storable(entry.by)[:150], kind=entry.kind,
            subject=_plain(entry.subject)[:220], says=_plain(entry.says), previous=previous,
            body="" if body is None else json.dumps(body, sort_keys=True, default=str, ensure_ascii=True))
        row.hash = previous = hash_of(row)
        rows.append(row)
    TrailEntry.objects.bulk_create(rows, batch_size=INSERT_ROWS)
    TrailHead.objects.filter(pk=head.pk).update(length=number, hash=previous)


def hash_of(row: TrailEntry) -> str:
    """sha256 over the entry's fields and the hash before it, as canonical JSON."""
    canonical = json.dumps(
        [row.chain, row.number, row.at.astimezone(UTC).isoformat(timespec="microseconds"), row.by, row.kind,
         row.subject, row.says, row.body, row.previous],
        ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode("ascii")).hexdigest()


def verify(chain: str) -> Broken | None:
    """None when every entry is as it was written, none is missing, and the end is where the head says."""
    number, previous = 0, START
    for row in TrailEntry.objects.filter(chain=chain).order_by("number").iterator(chunk_size=READ_ROWS):
        if row.number != number + 1:
            return Broken(chain=chain, number=number + 1, why=f"entry {number + 1} is missing")
        number = row.number
        if row.previous != previous:
            return Broken(chain=chain, number=number, why=f"entry {number} does not follow the one before it")
        if row.hash != hash_of(row):
            return Broken(chain=chain, number=number, why=f"entry {number} was changed after it was written")
        previous = row.hash
    head = TrailHead.objects.filter(chain=chain).first()
    length, end = (head.length, head.hash) if head else (0, START)
    if length > number:
        return Broken(chain=chain, number=number + 1, why=f"entry {number + 1} and all after it are missing")
    if length < number or end != previous:
        return Broken(chain=chain, number=length + 1, why=f"entry {length + 1} is not known to the head of the chain")
    return None


def chains() -> list[str]:
    """Every chain there is; one whose head was taken away still counts."""
    heads = TrailHead.objects.values_list("chain", flat=True)
    return sorted(set(heads) | set(TrailEntry.objects.values_list("chain", flat=True).distinct()))


def history(chain: str, subject: str) -> list[TrailEntry]:
    """What happened to one subject, oldest first."""
    return list(TrailEntry.objects.filter(chain=chain, subject=subject).order_by("number"))


def _locked_head(chain: str) -> TrailHead:
    """On SQLite the transaction is IMMEDIATE and is itself the lock."""
    locked = TrailHead.objects.select_for_update().filter(chain=chain)
    head = locked.first()
    if head is None:
        TrailHead.objects.bulk_create([TrailHead(chain=chain)], ignore_conflicts=True)
        head = locked.get()
    return head


def _plain(text: str) -> str:
    return _storable(SECRET_VALUE.sub(LEFT_OUT, text))


def _storable(text: str) -> str:
    """PostgreSQL takes no NUL, and half a surrogate pair is no text."""
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}").encode("utf-8", "replace").decode("utf-8")
