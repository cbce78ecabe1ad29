"""One turn of a pair: look, plan, post what may go, wave by wave, and write down how things stand.

A synchronous function of the pair's rows, two systems and a clock. Killed on any line, the next turn goes on from the
rows: what was sent without an answer is looked up before anything is sent again.
"""
from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction

from tieout.engine import fetch, plan, post
from tieout.engine.lease import Fence, take
from tieout.engine.store.models import Pair
from tieout.ports import NotAuthorised, System, Unreachable

PATIENCE_S = 200.0                                           # longer than any client waits for an answer


@dataclass(slots=True)
class TurnReport:
    """What a turn did.

    ran        False when another turn owns the pair (it was marked to look again)
    changed    records that were new or different
    posted     kind -> how many were entered, corrected or taken out
    wait_s     when to come back: the vendor was busy, or an answer is in doubt; None when there is nothing to wait for
    again      somebody asked meanwhile to look again, or something became possible that can be sent at once
    """

    ran: bool = True
    changed: int = 0
    posted: dict[str, int] = field(default_factory=dict)
    refused: int = 0
    problems: int = 0
    wait_s: int | None = None
    again: bool = False
    why: str = ""

    @property
    def quiet(self) -> bool:
        """Nothing was left to do."""
        return self.ran and not self.posted and not self.refused and self.wait_s is None and not self.again


def nothing() -> None:
    return None


@dataclass(slots=True)
class Turn:
    """What every step of a turn is handed. `committed` is called after each commit; the simulation stops there."""

    pair: Pair
    procore: System
    quickbooks: System
    fence: Fence
    now: Callable[[], datetime]
    patience: timedelta
    report: TurnReport
    committed: Callable[[], None] = nothing
    nouns: fetch.Nouns = field(default_factory=fetch.Nouns)

    def side(self, name: str) -> System:
        return self.procore if name == "procore" else self.quickbooks

    @contextmanager
    def step(self) -> Iterator[None]:
        """One database transaction of this turn: refused when the turn is lost."""
        with transaction.atomic():
            self.fence.check(self.now())
            yield
        self.committed()

    def wait(self, seconds: int) -> None:
        self.report.wait_s = max(self.report.wait_s or 0, seconds)


def run_turn(pair_id: int, *, procore: System, quickbooks: System, holder: str, now: Callable[[], datetime],
             full: bool = False, patience_s: float = PATIENCE_S, committed: Callable[[], None] = nothing) -> TurnReport:
    """Raises NotAuthorised and whatever is a bug; a vendor that is busy or down ends the turn early with `wait_s`."""
    fence = take(pair_id, holder=holder, now=now())
    committed()
    if fence is None:
        return TurnReport(ran=False, why="another turn is at work")
    turn = Turn(pair=Pair.objects.select_related("procore", "quickbooks").get(pk=pair_id), procore=procore,
                quickbooks=quickbooks, fence=fence, now=now, patience=timedelta(seconds=patience_s),
                report=TurnReport(), committed=committed)
    try:
        _work(turn, full)
    except Unreachable as busy:
        turn.wait(busy.wait_s)
        turn.report.why = str(busy)
    finally:
        turn.report.again |= fence.release(now())
    return turn.report


def _work(turn: Turn, full: bool) -> None:
    if turn.pair.mode == "off" or turn.pair.paused_why:
        turn.report.why = turn.pair.paused_why or "the pair is off"
        return
    post.look_up_doubts(turn)
    turn.report.changed = fetch.fetch(turn, full=full)
    if not plan.anything_new(turn):
        with turn.step():
            plan.note_looked(turn)
        return
    work = plan.look(turn)
    if post.post_all(turn, work):
        work = plan.look(turn)
        if work.can_go:
            turn.report.again = True                         # it became possible on the way: the next turn sends it
            return
    with turn.step():
        plan.note_planned(turn)


def until_quiet(run: Callable[[], TurnReport], sleep: Callable[[float], None], *, most: int = 50) -> list[TurnReport]:
    """Turns until one finds nothing to do. Raises NotQuiet after `most`, so that a loop is seen."""
    reports = []
    for _ in range(most):
        reports.append(run())
        last = reports[-1]
        if last.quiet:
            return reports
        if last.wait_s:
            sleep(last.wait_s)
        elif not last.ran:
            sleep(1)
    raise NotQuiet(f"after {most} turns there was still something to do: {reports[-1]}")


class NotQuiet(Exception):
    """Turns kept finding something to do."""


__all__ = ["NotAuthorised", "NotQuiet", "Turn", "TurnReport", "run_turn", "until_quiet"]
