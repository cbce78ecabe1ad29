"""The worker: keeps turns coming for every pair, beats, and takes over what dead workers left.

Any number of workers run on any number of machines. What each does may be done twice without harm: wake-ups of a pair
fall together, and the lease lets one turn act.
"""
from __future__ import annotations

import logging
import os
import secrets
import socket
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from django.db import Error as DatabaseError
from django.db import connections, transaction
from django.db.models import F, Q, QuerySet

from tieout.core.problems import Problem, not_connected, pair_paused
from tieout.engine import trail
from tieout.engine.lease import TurnLost
from tieout.engine.store.models import Cursor, OpenProblem, Pair, Worker
from tieout.ports import NotAuthorised, Unreachable, WritesForbidden

if TYPE_CHECKING:                                            # the durable engine is heavy, and pages only `ask`
    from tieout.engine.durable import Engine, Place

log = logging.getLogger(__name__)

TICK_S = 1.0
BEAT_S = 3.0
DEAD_AFTER_S = 20.0
RECOVER_EVERY_S = 5.0
PRUNE_EVERY_S = 3600.0
KEEP_FINISHED = timedelta(hours=36)                          # longer than a day, so that a full comparison made counts
FULL_AFTER = timedelta(hours=12)
FULL_HOUR_UTC = 7                                            # night in North America
TRIES = 5
BACKOFF_S = 5.0

NOT_CONNECTED_WAIT_S = 300


class TurnEnd(Protocol):
    """What the worker needs to know of a turn that ended (engine.turn.TurnReport)."""

    ran: bool                                                # False: another turn has the pair
    wait_s: int | None                                       # when to come back; None for the usual time


RunTurn = Callable[[int, str, bool], TurnEnd]                # pair id, holder, full comparison


def utc_now() -> datetime:
    return datetime.now(UTC)


def worker_name() -> str:
    """host:pid:chance. The host and pid let another worker on this machine see at once that this one is gone."""
    return f"{socket.gethostname()[:40]}:{os.getpid()}:{secrets.token_hex(4)}"


def ask(pair_id: int) -> None:
    """Look again soon: a person asked, or something moved. Needs no engine at hand; the worker's sweep sees it."""
    Pair.objects.filter(pk=pair_id).update(look_again=True)


@dataclass(slots=True)
class Work:
    """One worker's settings and the times of what it does now and then."""

    name: str
    every_s: float
    run_turn: RunTurn
    started_at: datetime = field(default_factory=utc_now)
    done_at: dict[str, float] = field(default_factory=dict)

    def due(self, what: str, every_s: float) -> bool:
        now = time.monotonic()
        if now - self.done_at.get(what, float("-inf")) < every_s:
            return False
        self.done_at[what] = now
        return True


def work(*, place: Place, run_turn: RunTurn, every_s: float, stop: threading.Event, name: str = "",
         at_once: int = 2) -> None:
    """Runs until `stop` is set, then lets the turns at hand end at their lease."""
    from tieout.engine.durable import Engine

    mine = Work(name=name or worker_name(), every_s=every_s, run_turn=run_turn)
    beat(mine, utc_now())
    engine = Engine(place, executor=mine.name, at_once=at_once,
                                  run_turn=lambda pair_id, full: attempt(mine, pair_id, full))
    log.info("worker %s is ready", mine.name)
    try:
        while not stop.is_set():
            try:
                tick(mine, engine, utc_now())
            except DatabaseError as trouble:
                log.warning("the database did not answer; trying again: %s", trouble)
                connections.close_all()
            stop.wait(TICK_S)
    finally:
        engine.stop()
        Worker.objects.filter(name=mine.name).delete()
        connections.close_all()


def tick(mine: Work, engine: Engine, now: datetime) -> None:
    if mine.due("beat", BEAT_S):
        beat(mine, now)
    if mine.due("recover", RECOVER_EVERY_S):
        recover(engine, now, me=mine.name)
    for pair_id in pairs_to_wake(now):
        engine.enqueue(pair_id)
    if now.hour >= FULL_HOUR_UTC and mine.due("full", 600):
        for pair_id in pairs_to_compare(now):
            engine.enqueue_full(pair_id, now.date())
    if mine.due("prune", PRUNE_EVERY_S):
        engine.prune(now - KEEP_FINISHED)
        Worker.objects.filter(seen_at__lt=now - KEEP_FINISHED).delete()


def working_pairs() -> QuerySet[Pair]:
    return Pair.objects.exclude(mode="off").filter(paused_why="")


def pairs_to_wake(now: datetime) -> list[int]:
    """Pairs that nobody is at work on and that were asked for or are due."""
    free = Q(lease_holder="") | Q(lease_until__isnull=True) | Q(lease_until__lte=now)
    wanted = Q(look_again=True) | Q(due_at__isnull=True) | Q(due_at__lte=now)
    return list(working_pairs().filter(free, wanted).order_by("due_at").values_list("pk", flat=True))


def pairs_to_compare(now: datetime) -> list[int]:
    """Pairs of which some list was last read from its beginning more than half a day ago."""
    old = Cursor.objects.filter(whole_at__lte=now - FULL_AFTER).values("connection")
    return list(working_pairs().filter(Q(procore__in=old) | Q(quickbooks__in=old)).values_list("pk", flat=True))


def attempt(mine: Work, pair_id: int, full: bool) -> bool:
    """One wake-up: a turn, and what its end means for the next. Whatever goes wrong stays with this pair. False when
    another turn has it."""
    pair = working_pairs().filter(pk=pair_id).first()
    if pair is None:
        return True                                          # turned off, paused or removed since the wake-up
    try:
        end = mine.run_turn(pair_id, mine.name, full)
        if not end.ran:
            return False                                     # the turn at work was asked to look again
        note_connected(pair_id, utc_now())
        wait_s = mine.every_s if end.wait_s is None else min(end.wait_s, mine.every_s)
        Pair.objects.filter(pk=pair_id).update(failures=0, due_at=utc_now() + timedelta(seconds=wait_s))
    except (TurnLost, WritesForbidden) as stopped:           # taken over, or turned down to Shadow in mid-turn
        log.info("pair %s: %s", pair_id, stopped)
    except Unreachable as away:
        _again_later(pair_id, away.wait_s, f"{away}")
    except NotAuthorised as refused:
        note_refused(pair, refused, utc_now())
        _again_later(pair_id, NOT_CONNECTED_WAIT_S, refused.says)
    except Exception as bug:
        log.exception("pair %s: the turn failed", pair_id)
        failed(pair_id, f"{type(bug).__name__}: {bug}", utc_now())
        failures = Pair.objects.values_list("failures", flat=True).get(pk=pair_id)
        _again_later(pair_id, BACKOFF_S * 2 ** min(failures, 6), "")
    finally:
        connections.close_all()
    return True


def _again_later(pair_id: int, wait_s: float, why: str) -> None:
    """Sets the time from which the sweep wakes the pair again, and takes back a wish to look at once."""
    if why:
        log.info("pair %s waits %s s: %s", pair_id, wait_s, why)
    Pair.objects.filter(pk=pair_id).update(look_again=False, due_at=utc_now() + timedelta(seconds=wait_s))


def failed(pair_id: int, why: str, now: datetime, tries: int = TRIES) -> None:
    """Counts; at the bound pauses the pair, with a problem that says why."""
    with transaction.atomic():
        Pair.objects.filter(pk=pair_id).update(failures=F("failures") + 1)
        pair = Pair.objects.select_for_update(no_key=True).get(pk=pair_id)
        if pair.failures < tries or pair.paused_why:
            return
        pair.paused_why = why[:1000]
        pair.save(update_fields=["paused_why"])
        problem = pair_paused(pair.name, pair.failures, pair.paused_why)
        keep_problem(pair, problem, now)
        trail.append(pair.name, [trail.Entry(kind="paused", subject=problem.subject, says=problem.says)], now)


def note_refused(pair: Pair, refused: NotAuthorised, now: datetime) -> None:
    """A person has to connect again, or to mend the set-up."""
    keep_problem(pair, not_connected(pair.name, refused.says, refused.fix), now)


def note_connected(pair_id: int, now: datetime) -> None:
    """A turn ran: whatever was refused before is accepted now."""
    OpenProblem.objects.filter(pair_id=pair_id, kind="not_connected", open=True).update(open=False, closed_at=now)


def keep_problem(pair: Pair, problem: Problem, now: datetime) -> None:
    """Opens a problem that no plan raises; one that is open already keeps the time since when it is."""
    row, _ = OpenProblem.objects.get_or_create(
        pair=pair, kind=problem.kind, subject=problem.subject,
        defaults={"says": problem.says, "fix": problem.fix, "open": False, "since": now})
    row.says, row.fix, row.who, row.details = problem.says, problem.fix, problem.who, problem.details
    row.since, row.open, row.closed_at = row.since if row.open else now, True, None
    row.choices = [{"id": one.id, "label": one.label, "needs": one.needs} for one in problem.choices]
    row.save()


def beat(mine: Work, now: datetime) -> None:
    Worker.objects.update_or_create(name=mine.name, defaults={"seen_at": now},
                                    create_defaults={"seen_at": now, "started_at": mine.started_at})


def recover(engine: Engine, now: datetime, *, me: str) -> int:
    """Frees the leases of workers that are gone and puts their wake-ups back. One that was only slow loses its turn to
    the fence and writes nothing more."""
    alive = {worker.name for worker in Worker.objects.all() if is_alive(worker, now)} | {me}
    dead = sorted((engine.executors() | set(Worker.objects.values_list("name", flat=True))) - alive)
    free_leases(now, dead)
    if not dead:
        return 0
    taken = engine.recover(dead)
    Worker.objects.filter(name__in=dead).delete()
    log.info("workers gone: %s; %d wake-ups put back", ", ".join(dead), taken)
    return taken


def free_leases(now: datetime, dead: Sequence[str] = ()) -> int:
    """Ends the leases of those known to be dead, and of processes of this machine that are gone."""
    held = Pair.objects.exclude(lease_holder="").filter(lease_until__gt=now)
    gone = {name for name in held.values_list("lease_holder", flat=True) if name in dead or is_gone_from_here(name)}
    return held.filter(lease_holder__in=gone).update(lease_until=now, look_again=True)


def is_alive(worker: Worker, now: datetime) -> bool:
    return worker.seen_at >= now - timedelta(seconds=DEAD_AFTER_S) and not is_gone_from_here(worker.name)


def is_gone_from_here(name: str) -> bool:
    """Whether the name is of a process of this machine that runs no more. Of another machine's nothing is known."""
    host, _, pid = name.rpartition(":")[0].rpartition(":")
    if host != socket.gethostname()[:40] or not pid.isdigit() or os.name == "nt":
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        pass
    return False
