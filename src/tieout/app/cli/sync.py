"""`tieout sync`: turns in this process, under the same lease as the worker's."""
from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tieout.app.cli.common import (
    AsJson,
    PairName,
    answer,
    answer_json,
    needs_a_person,
    now,
    pairs_named,
    progress,
    say,
    start,
)
from tieout.app.counted import all_counted
from tieout.app.counted import counted as counted_as
from tieout.app.stop import NEEDS_A_PERSON, Stop

if TYPE_CHECKING:
    from tieout.engine.store.models import Pair
    from tieout.engine.turn import TurnReport
    from tieout.ports import CallCount

log = logging.getLogger(__name__)

MOST_TURNS = 50
MOST_WAIT_S = 900


def sync(pair: PairName = None,
         until_quiet: Annotated[bool, typer.Option("--until-quiet", help="Go on until nothing is left to do.")] = False,
         full: Annotated[bool, typer.Option("--full", help="Read everything, not only what changed.")] = False,
         as_json: AsJson = False) -> None:
    """Look at both systems and do what may be done, now."""
    start()
    pairs = pairs_named(pair)
    working = [one for one in pairs if one.mode != "off"]
    if not working:
        raise Stop(f"{pairs[0].name} is Off: nothing is read. Apply a set-up file with mode = \"shadow\" to look only.",
                   NEEDS_A_PERSON)
    done = [_sync(one, until_quiet, full) for one in working]
    if as_json:
        answer_json({"pairs": [one.as_json() for one in done]})
    else:
        for one in done:
            answer(one.in_words())
    if any(one.problems or one.to_approve or not one.finished for one in done):
        needs_a_person()


@dataclass(slots=True)
class Done:
    """What the turns of one pair came to."""

    pair: str
    turns: int = 0
    changed: int = 0
    posted: dict[str, int] = field(default_factory=dict)
    refused: int = 0
    finished: bool = False
    why: str = ""
    problems: int = 0
    to_approve: int = 0
    seconds: float = 0.0
    calls: dict[str, dict[str, int]] = field(default_factory=dict)

    def add(self, report: TurnReport) -> None:
        self.turns += 1
        self.changed += report.changed
        self.refused += report.refused
        self.why = report.why
        for kind, number in report.posted.items():
            self.posted[kind] = self.posted.get(kind, 0) + number

    def in_words(self) -> str:
        records = f"{self.changed} new or changed record{'' if self.changed == 1 else 's'}"
        parts = [f"{self.pair}: {records} read in {counted_as(self.turns, 'turn')}; "
                 f"posted {all_counted(dict(sorted(self.posted.items())))}."]
        if self.refused:
            parts.append(f"{self.refused} {'was' if self.refused == 1 else 'were'} refused.")
        if self.problems:
            parts.append(f"{self.problems} problem{' needs' if self.problems == 1 else 's need'} a person: "
                         "tieout problems")
        if self.to_approve:
            parts.append(f"{self.to_approve} wait{'s' if self.to_approve == 1 else ''} for approval: tieout plan")
        if not self.finished:
            parts.append(self.why or "More is left to do.")
        return "\n  ".join(parts)

    def as_json(self) -> dict[str, Any]:
        return {"pair": self.pair, "turns": self.turns, "changed": self.changed, "posted": self.posted,
                "refused": self.refused, "quiet": self.finished, "why": self.why, "problems": self.problems,
                "waiting_for_approval": self.to_approve, "calls": self.calls, "seconds": round(self.seconds, 2)}


def _sync(pair: Pair, until_quiet: bool, full: bool) -> Done:
    from django.db import Error as DatabaseError

    from tieout.engine.store.models import OpenProblem, Standing

    done = Done(pair=pair.name)
    began = time.monotonic()
    try:
        _turns(pair, done, until_quiet, full)
    except (Stop, DatabaseError):
        raise
    except Exception as bug:                                 # the other pairs go on
        log.exception("pair %s: the turn failed", pair.name)
        done.why = f"The turn failed: {type(bug).__name__}: {bug}"
    done.seconds = time.monotonic() - began
    done.problems = OpenProblem.objects.filter(pair=pair, open=True).count()
    done.to_approve = Standing.objects.filter(pair=pair, status="needs_approval").count()
    return done


@contextmanager
def counted(name: str, calls: tuple[CallCount, CallCount]) -> Iterator[None]:
    """On a terminal: how many calls were made so far, while a long turn goes on."""
    if not progress.is_terminal:
        yield
        return
    done = threading.Event()

    def words() -> str:
        procore, quickbooks = (sum(count.by_endpoint.copy().values()) for count in calls)
        return f"{name}: {procore} calls to Procore, {quickbooks} to QuickBooks"

    with progress.status(words()) as status:
        def count() -> None:
            while not done.wait(0.5):
                status.update(words())

        counting = threading.Thread(target=count, daemon=True)
        counting.start()
        try:
            yield
        finally:
            done.set()
            counting.join()


def _turns(pair: Pair, done: Done, until_quiet: bool, full: bool) -> None:
    from tieout.app import wiring
    from tieout.engine import worker
    from tieout.engine.lease import TurnLost
    from tieout.ports import CallCount, NotAuthorised, WritesForbidden

    calls = (CallCount(), CallCount())
    holder, waited_s, told = worker.worker_name(), 0.0, False
    while done.turns < MOST_TURNS:
        worker.free_leases(now())
        try:
            with counted(pair.name, calls):
                report = wiring.run_turn(pair.pk, holder, full, calls=calls)
        except NotAuthorised as refused:                     # the other pairs go on
            worker.note_refused(pair, refused, now())
            done.why = f"{refused.says} {refused.fix}"
            return
        except (TurnLost, WritesForbidden) as stopped:
            done.why = f"The turn was stopped: {stopped}. Run tieout sync again."
            return
        done.calls = {"procore": calls[0].by_endpoint, "quickbooks": calls[1].by_endpoint}
        if not report.ran:
            if not told:
                say(f"{pair.name}: a worker is at it; waiting.")
            told, wait_s = True, 1.0
        else:
            full = False
            if not report.why:
                worker.note_connected(pair.pk, now())
            done.add(report)
            say(f"{pair.name}: turn {done.turns}: {report.changed} new or changed, {sum(report.posted.values())} posted"
                + (f", {report.refused} refused" if report.refused else ""))
            if report.quiet or (not until_quiet and report.wait_s is None):
                done.finished = True
                return
            if not until_quiet:
                return
            wait_s = float(report.wait_s or 0)
            if wait_s:
                say(f"{pair.name}: waiting {wait_s:.0f} s: {report.why or 'an answer is in doubt'}")
        if waited_s + wait_s > MOST_WAIT_S:
            done.why = done.why or "another process is still at work on this pair"
            return
        waited_s += wait_s
        time.sleep(wait_s)
