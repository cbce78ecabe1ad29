"""Read what may have changed, in the fewest calls, and keep it as seen.

Every answer about a record passes through `keep`: to a read, to a look, to a write of ours. Nothing else feeds the
copy. What is equal to what was seen before leaves no trace.
"""
from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar, cast

from django.db import connection as database
from django.db.models import F

from tieout.engine import trail
from tieout.engine.store.models import Connection, Cursor, OpenProblem, RoutedProject, Seen, SeenLink
from tieout.ports import Batch, CursorTooOld, Feed, NotUnderstood, ProjectNotReadable, Reading, System, Unreachable

if TYPE_CHECKING:
    from tieout.engine.turn import Turn

ROWS_AT_ONCE = 500
UNREADABLE = "project_not_readable"
MOST_NOUNS = 4000
UNCLEAR_WAIT_S = 300
COLUMNS = ["scope", "version", "digest", "raw", "deleted", "changed_at", "seen_at", "seq"]


def fetch(turn: Turn, *, full: bool) -> int:
    """Both sides. Returns how many records were new or different."""
    changed = 0
    for system, connection in ((turn.quickbooks, turn.pair.quickbooks), (turn.procore, turn.pair.procore)):
        company_wide = list(system.feeds(()))
        changed += _read_all(turn, system, connection, company_wide, full)
        projects = routed_ids(turn.pair.pk, connection) if system.side == "procore" else []
        own = [feed for feed in system.feeds(projects) if feed not in company_wide]
        changed += _read_all(turn, system, connection, _due(turn, connection, own, full), full)
    return changed


def routed_ids(pair_id: int, connection: Connection) -> list[str]:
    """Procore ids of the routed projects, in the order of their numbers; unknown numbers are left out."""
    ids = project_ids(connection)
    numbers = RoutedProject.objects.filter(pair_id=pair_id).order_by("number").values_list("number", flat=True)
    return [ids[number] for number in numbers if number in ids]


def project_ids(connection: Connection) -> dict[str, str]:
    """Project number -> id. The number stands among the record's links: no raw answer is opened for it."""
    rows = SeenLink.objects.filter(seen__connection=connection, seen__kind="project", seen__deleted=False,
                                   kind="number")
    return dict(rows.values_list("key", "seen__key"))


def _due(turn: Turn, connection: Connection, feeds: Sequence[Feed], full: bool) -> list[Feed]:
    """All that are read on every turn, and of the rotating ones those never read and the next of the others: one that
    cannot be read keeps no other from its turn."""
    rotating = [feed for feed in feeds if feed.turn == "rotating"]
    due = [feed for feed in feeds if feed.turn == "every"]
    if full or not rotating:
        return due + rotating
    known = {(c.feed, c.scope) for c in Cursor.objects.filter(connection=connection)}
    fresh = [feed for feed in rotating if (feed.name, feed.scope) not in known]
    rotating = [feed for feed in rotating if feed not in fresh]
    if not rotating:
        return due + fresh
    turn.pair.rotation += 1
    with turn.step():
        type(turn.pair).objects.filter(pk=turn.pair.pk).update(rotation=turn.pair.rotation)
    return [*due, *fresh, rotating[turn.pair.rotation % len(rotating)]]


def _read_all(turn: Turn, system: System, connection: Connection, feeds: Iterable[Feed], full: bool) -> int:
    """How far the changes of each list were read is kept once for all of them, after what was read: a turn that is
    killed between the two reads them again."""
    known = {(cursor.feed, cursor.scope): cursor for cursor in Cursor.objects.filter(connection=connection)}
    shut = set(OpenProblem.objects.filter(pair=turn.pair, kind=UNREADABLE, open=True).values_list("subject", flat=True))
    changed, ends = 0, list[Cursor]()
    for feed in feeds:
        cursor = known.get((feed.name, feed.scope)) or Cursor(feed=feed.name, scope=feed.scope)
        cursor.connection = connection
        try:
            changed += _read(turn, system, cursor, feed, ends, whole=full or not cursor.text)
        except ProjectNotReadable as closed:
            if _subject(feed) not in shut:
                _note_unreadable(turn, feed, closed.says, closed.fix)
            continue
        except Unreachable:
            _keep_cursors(turn, connection, ends)
            raise
        except NotUnderstood as unclear:
            _keep_cursors(turn, connection, ends)
            if _subject(feed) not in shut:
                _note_unreadable(turn, feed, str(unclear), "It is read again on the next turns. If it stays, give this "
                                 "text to whoever looks after the connection.")
            if feed.scope:
                continue
            raise Unreachable(str(unclear), UNCLEAR_WAIT_S) from unclear      # nothing is posted beside a list unread
        if _subject(feed) in shut:
            _note_readable(turn, feed)
    _keep_cursors(turn, connection, ends)
    return changed


def _read(turn: Turn, system: System, cursor: Cursor, feed: Feed, ends: list[Cursor], *, whole: bool) -> int:
    try:
        return _read_from(turn, system, cursor, feed, ends, whole)
    except CursorTooOld:
        return _read_from(turn, system, cursor, feed, ends, whole=True)


def _read_from(turn: Turn, system: System, cursor: Cursor, feed: Feed, ends: list[Cursor], whole: bool) -> int:
    connection, changed, present = cursor.connection, 0, set[tuple[str, str]]()
    began = Connection.objects.values_list("next_seq", flat=True).get(pk=connection.pk) if whole else 0
    turn.fence.before_call(turn.now())
    for batch in _gathered(system.read(feed, "" if whole else cursor.text)):
        turn.fence.before_call(turn.now())
        present.update((reading.kind, reading.key) for reading in batch.readings if not reading.deleted)
        if batch.readings or batch.whole:
            with turn.step():
                changed += keep(connection, turn.pair.name, batch.readings, turn.now())
                if batch.whole:
                    changed += _mark_gone(connection, turn.pair.name, batch, present, began, turn.now())
        if batch.cursor:
            cursor.text, cursor.read_at = batch.cursor, turn.now()
            cursor.whole_at = cursor.read_at if whole else cursor.whole_at
            ends.append(cursor)
    if whole:
        _keep_cursors(turn, connection, ends)                # it is not read again because a later list failed
    return changed


def _gathered(batches: Iterable[Batch]) -> Iterator[Batch]:
    """Small batches put together, so that each is not a database transaction of its own. What was read before a call
    that fails is kept all the same."""
    held: list[Reading] = []
    try:
        for batch in batches:
            held += batch.readings
            if len(held) >= ROWS_AT_ONCE or batch.whole or batch.cursor:
                yield replace(batch, readings=tuple(held))
                held = []
    except (Unreachable, ProjectNotReadable, NotUnderstood):
        if held:
            yield Batch(readings=tuple(held))
        raise
    if held:
        yield Batch(readings=tuple(held))


def _keep_cursors(turn: Turn, connection: Connection, ends: list[Cursor]) -> None:
    if not ends:
        return
    with turn.step():
        Cursor.objects.bulk_create(
            [Cursor(connection=connection, feed=end.feed, scope=end.scope, text=end.text, read_at=end.read_at,
                    whole_at=end.whole_at) for end in {(end.feed, end.scope): end for end in ends}.values()],
            update_conflicts=True, unique_fields=["connection", "feed", "scope"],
            update_fields=["text", "read_at", "whole_at"])
        Connection.objects.filter(pk=connection.pk).update(last_read_at=turn.now())
    ends.clear()


def _mark_gone(connection: Connection, chain: str, batch: Batch, present: set[tuple[str, str]], began: int,
               at: datetime) -> int:
    """What a whole reading no longer holds has been deleted there. What another pair of this connection saw since the
    reading `began` (a `seq`) may be younger than the page it would stand on."""
    gone: list[Reading] = []
    for kind, scope in batch.whole:
        rows = Seen.objects.filter(connection=connection, kind=kind, deleted=False)
        rows = rows.filter(seq__lt=began) if began else rows
        rows = rows.filter(scope=scope) if scope else rows
        gone += [Reading(kind=kind, key=key, version="deleted", raw="", scope=scope, deleted=True)
                 for key in rows.values_list("key", flat=True) if (kind, key) not in present]
    return keep(connection, chain, gone, at)


def keep(connection: Connection, chain: str, readings: Sequence[Reading], at: datetime) -> int:
    """Inside a step. Returns how many were new or different from what was seen before."""
    changed = 0
    for start in range(0, len(readings), ROWS_AT_ONCE):
        changed += _keep_some(connection, chain, readings[start:start + ROWS_AT_ONCE], at)
    return changed


def _keep_some(connection: Connection, chain: str, readings: Sequence[Reading], at: datetime) -> int:
    if database.features.has_select_for_update:              # two pairs may read one company at once
        Connection.objects.select_for_update().only("pk").get(pk=connection.pk)
    known = {(row.kind, row.key): row for row in Seen.objects.filter(
        connection=connection, kind__in={r.kind for r in readings}, key__in=[r.key for r in readings]).defer("raw")}
    latest = {(r.kind, r.key): r for r in readings if _is_news(r, known.get((r.kind, r.key)))}
    if not latest:
        return 0
    Connection.objects.filter(pk=connection.pk).update(next_seq=F("next_seq") + len(latest))
    first = Connection.objects.values_list("next_seq", flat=True).get(pk=connection.pk) - len(latest)
    rows = [_row(connection, reading, known.get(identity), first + n, at)
            for n, (identity, reading) in enumerate(latest.items())]
    seen_before = [row.pk for row in rows if row.pk is not None and not row.deleted]
    Seen.objects.bulk_create(rows, batch_size=100, update_conflicts=True, update_fields=COLUMNS,
                             unique_fields=["connection", "kind", "key"])
    if seen_before:
        SeenLink.objects.filter(seen__in=seen_before).delete()
    SeenLink.objects.bulk_create([SeenLink(seen_id=row.pk, kind=kind, key=key) for row in rows
                                  for kind, key in latest[row.kind, row.key].links])
    trail.append(chain, [_entry(connection, row, known.get((row.kind, row.key)) is not None) for row in rows], at)
    return len(rows)


def _is_news(reading: Reading, row: Seen | None) -> bool:
    if row is None:
        return not reading.deleted
    if reading.deleted or row.deleted:
        # a deletion that comes late must not bury a record that has been seen alive since
        late = reading.changed_at and row.changed_at and reading.changed_at < row.changed_at
        return reading.deleted != row.deleted and not late
    if reading.changed_at and row.changed_at and reading.changed_at < row.changed_at:
        return False
    return row.version != reading.version[:64]


def _digest(reading: Reading) -> str:
    return hashlib.sha256(reading.raw.encode()).hexdigest()[:32]


def _row(connection: Connection, reading: Reading, known: Seen | None, seq: int, at: datetime) -> Seen:
    """A deleted record keeps its last raw answer: a person may want to see what it was."""
    row = known or Seen(connection=connection, kind=reading.kind, key=reading.key)
    if not reading.deleted:
        row.scope, row.raw, row.digest = reading.scope, reading.raw, _digest(reading)
    row.version, row.deleted, row.seen_at, row.seq = reading.version[:64], reading.deleted, at, seq
    row.changed_at = reading.changed_at or row.changed_at
    return row


SYSTEMS = {"procore": "Procore", "quickbooks_online": "QuickBooks"}


def _entry(connection: Connection, row: Seen, again: bool) -> trail.Entry:
    what = "is gone" if row.deleted else "changed" if again else "seen for the first time"
    name = row.kind.replace("_", " ")
    return trail.Entry(kind="seen", subject=f"{row.kind}:{row.key}",
                       says=f"{name} {row.key} in {SYSTEMS.get(connection.kind, connection.name)} {what}",
                       body={"version": row.version, "digest": row.digest, "deleted": row.deleted})


def _subject(feed: Feed) -> str:
    return f"project:{feed.scope}:{feed.name}"


def _note_readable(turn: Turn, feed: Feed) -> None:
    with turn.step():
        OpenProblem.objects.filter(pair=turn.pair, kind=UNREADABLE, subject=_subject(feed)).update(
            open=False, closed_at=turn.now())


def _note_unreadable(turn: Turn, feed: Feed, says: str, fix: str) -> None:
    """One project's tool that is off stops that project's list only."""
    with turn.step():
        OpenProblem.objects.update_or_create(
            pair=turn.pair, kind=UNREADABLE, subject=_subject(feed),
            defaults={"says": says, "fix": fix, "who": "IT", "open": True, "closed_at": None,
                      "since": turn.now()})


T = TypeVar("T")


class Nouns:
    """What raw answers say, each understood once a turn. Holds no more than `most`, the latest used, so that memory
    does not grow with the company."""

    def __init__(self, most: int = MOST_NOUNS) -> None:
        self._most = most
        self._held: dict[tuple[str, str, str], object] = {}

    def of(self, row: Seen) -> object | None:
        """None for an answer that was not understood yet."""
        noun = self._held.pop((row.kind, row.key, row.digest), None)
        if noun is not None:
            self._held[row.kind, row.key, row.digest] = noun
        return noun

    def understood(self, system: System, reading: Reading, digest: str = "") -> object:
        """Raises NotUnderstood."""
        at = (reading.kind, reading.key, digest or _digest(reading))
        noun = self._held.get(at)
        if noun is None:
            noun = self._held[at] = system.understand(reading)
            if len(self._held) > self._most:
                self._held.pop(next(iter(self._held)))
        return noun

    def warm(self, system: System, rows: Iterable[Seen]) -> None:
        """Reads the raw answers of all these at once. What is not understood is left for `understand_all` to report."""
        pks = [row.pk for row in rows if self.of(row) is None]
        for start in range(0, len(pks), ROWS_AT_ONCE):
            for whole in Seen.objects.filter(pk__in=pks[start:start + ROWS_AT_ONCE]):
                with suppress(NotUnderstood):
                    self.understood(system, reading_of(whole), whole.digest)


def understand_all(system: System, rows: Iterable[Seen], wanted: type[T],
                   on_trouble: Callable[[Seen, NotUnderstood], None], nouns: Nouns) -> dict[str, T]:
    """Id -> core noun; a record that is not as documented is reported and left out. Rows may come without their raw
    answers: those are read where they are needed."""
    found: dict[str, object] = {}
    unknown: dict[int, Seen] = {}
    for row in rows:
        noun = found[row.key] = nouns.of(row)
        if noun is None:
            unknown[row.pk] = row
    pks = [pk for pk, row in unknown.items() if "raw" in row.get_deferred_fields()]
    for start in range(0, len(pks), ROWS_AT_ONCE):
        for whole in Seen.objects.filter(pk__in=pks[start:start + ROWS_AT_ONCE]):
            unknown[whole.pk] = whole
    for row in unknown.values():
        try:
            found[row.key] = nouns.understood(system, reading_of(row), row.digest)
        except NotUnderstood as trouble:
            del found[row.key]
            on_trouble(row, trouble)
    for key, noun in found.items():
        assert isinstance(noun, wanted), f"{key} was read as {type(noun).__name__}, not as {wanted.__name__}"
    return cast(dict[str, T], found)


def reading_of(row: Seen) -> Reading:
    return Reading(kind=row.kind, key=row.key, version=row.version, raw=row.raw, scope=row.scope,
                   changed_at=row.changed_at, deleted=row.deleted)
