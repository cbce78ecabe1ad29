"""`tieout demo`: the practice company from nothing to a tie-out, over HTTP, in a home of its own. [C21]

    sandbox up -> set-up applied -> connected by OAuth -> month by month: people act, sync until quiet -> tie-out

Killed anywhere and started again, it goes on where it stopped: the sandbox comes back from its journal, the product
from its database, and a step of the year is played once.
"""
from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx2

from tieout.app.counted import all_counted, counted
from tieout.app.practice import folder as practice_folder
from tieout.app.practice.folder import Folder
from tieout.app.stop import NEEDS_A_PERSON, Stop

if TYPE_CHECKING:
    from tieout.engine.store.models import Pair
    from tieout.engine.turn import TurnReport

PAIR = "maple"
PORTS = {"--procore-port": 9201, "--qbo-port": 9101}
PATIENCE_S = "6"                                             # of an unanswered write: the sandbox is on this machine

Say = Callable[[str], None]


@dataclass(slots=True)
class Month:
    """What one month came to. `posted` counts writes, by kind of document: one that was entered and corrected twice
    counts three times."""

    month: str
    turns: int = 0
    changed: int = 0
    posted: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class Year:
    """What `--json` prints. `second_run` is a sync with nothing left to do."""

    seconds: float = 0.0
    months: list[Month] = field(default_factory=list)
    posted: dict[str, int] = field(default_factory=dict)
    calls: dict[str, dict[str, int]] = field(default_factory=dict)
    problems: list[dict[str, str]] = field(default_factory=list)
    tie_out: dict[str, Any] = field(default_factory=dict)
    second_run: dict[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        months = [{"month": m.month, "turns": m.turns, "changed": m.changed, "posted": m.posted} for m in self.months]
        return {"seconds": round(self.seconds, 2), "months": months, "calls": self.calls, "posted": self.posted,
                "problems": self.problems, "tie_out": self.tie_out, "second_run": self.second_run}


def settle_home(home: Path | None) -> Path:
    """The practice company lives apart from any real one. Must run before settings are read."""
    from tieout.app.home import default_home, made_home

    chosen = made_home(str(home or default_home().with_name("tieout-demo")), said_in="--home")
    os.environ["TIEOUT_HOME"] = str(chosen)
    os.environ.pop("TIEOUT_DATABASE_URL", None)
    os.environ.pop("TIEOUT_SECRET_KEY_FILE", None)
    os.environ.setdefault("TIEOUT_PATIENCE_S", PATIENCE_S)
    return chosen


@contextlib.contextmanager
def sandbox(home: Path) -> Iterator[dict[str, Any]]:
    """A sandbox process that ends with this one; yields what it announces."""
    arguments = [sys.executable, "-m", "tieout.sandbox", "serve", "--world", "maple", "--limits", "off", "--leashed",
                 "--state", str(home / "sandbox")]
    for option, port in PORTS.items():
        arguments += [option, str(port if _free(port) else 0)]
    log = (home / "sandbox.log").open("ab")
    process = subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            process.wait()
            last = (home / "sandbox.log").read_text().strip().splitlines()[-1:] or ["it said nothing"]
            raise Stop(f"The practice company's sandbox did not start: {last[0]}", NEEDS_A_PERSON)
        yield json.loads(line)
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(10)
        process.kill()
        log.close()


def _free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def set_up(announced: dict[str, Any], home: Path, say: Say) -> Pair:
    """Applies the practice set-up and connects both sides by OAuth."""
    from datetime import UTC, datetime

    from tieout.app import setup_file
    from tieout.app.practice.consent import connect
    from tieout.app.practice.setup import write_setup
    from tieout.engine.store.models import Connection, Pair

    for said in setup_file.apply(write_setup(announced, home / "setup"), by="demo", now=datetime.now(UTC)):
        say(f"  {said}")
    for connection in Connection.objects.order_by("name"):
        connect(connection)
    return Pair.objects.select_related("procore", "quickbooks").get(name=PAIR)


class Played:
    """The sandbox's control: the next step of the year, and what was called so far."""

    def __init__(self, announced: dict[str, Any]) -> None:
        self.control = httpx2.Client(base_url=announced["quickbooks"]["base_url"], timeout=60)

    def steps(self) -> tuple[int, list[str]]:
        """(how many were played, all of them)."""
        world = self.control.get("/_sandbox/world").raise_for_status().json()
        return int(world["played"]), list(world["steps"])

    def next(self) -> dict[str, Any]:
        done: dict[str, Any] = self.control.post("/_sandbox/world/next", json={}).raise_for_status().json()["done"]
        return done

    def calls(self) -> dict[str, dict[str, int]]:
        found: dict[str, dict[str, int]] = self.control.get("/_sandbox/calls").raise_for_status().json()
        return found


def must_belong(folder: Folder, played: Played, home: Path) -> None:
    """Ends the demo when the sandbox has lost its year and the database has not."""
    from tieout.engine.store.models import Seen

    practice_folder.must_belong(folder, played.steps()[0], Seen.objects.exists(), home)


def play(pair: Pair, played: Played, folder: Folder, say: Say) -> Year:
    """Month by month: people act, then turns until nothing is left to do."""
    year, began = Year(), time.monotonic()
    done, steps = played.steps()
    if done:
        say(f"The practice year goes on after {steps[done - 1]} ({done} of {len(steps)} steps)." if done < len(steps)
            else f"The practice year has been played already (all {done} steps); looking once more.")
        _sync(pair, year, steps[done - 1][:7])
        folder.note(steps=done)
    went_on_in = steps[done - 1][:7] if done else ""         # what this month had before is not counted here
    for number in range(done, len(steps)):
        told = played.next()
        month = _sync(pair, year, steps[number][:7])
        folder.note(steps=number + 1)
        since = "since the restart" if month.month == went_on_in else "so far this month"
        writes = sum(month.posted.values())
        say(f"[{number + 1}/{len(steps)}] {told.get('label', steps[number])}: "
            f"{counted(len(told.get('acts', ())), 'thing')} happened; {since} {counted(writes, 'write')}"
            + (f": {all_counted(month.posted)}" if writes else ""))
    year.seconds = time.monotonic() - began
    year.calls = played.calls()
    return year


def _sync(pair: Pair, year: Year, name: str) -> Month:
    month = next((m for m in year.months if m.month == name), None)
    if month is None:
        month = Month(month=name)
        year.months.append(month)
    for report in turns(pair):
        month.turns += 1
        month.changed += report.changed
        for kind, number in report.posted.items():
            month.posted[kind] = month.posted.get(kind, 0) + number
            year.posted[kind] = year.posted.get(kind, 0) + number
    return month


def turns(pair: Pair) -> Sequence[TurnReport]:
    from tieout.app import wiring
    from tieout.engine import worker
    from tieout.engine.turn import until_quiet
    from tieout.ports import NotAuthorised

    worker.free_leases(worker.utc_now())                     # of a demo that was killed here
    holder = worker.worker_name()
    try:
        return until_quiet(lambda: wiring.run_turn(pair.pk, holder), time.sleep)
    except NotAuthorised as refused:
        raise Stop(f"{refused.says} The practice company and what is kept of it in {os.environ['TIEOUT_HOME']} no "
                   "longer belong together. Delete that folder, or name another with --home, to begin the year anew.",
                   NEEDS_A_PERSON) from refused


def once_more(pair: Pair, played: Played) -> dict[str, Any]:
    """A second run with nothing changed: how many writes left the process. It must be none."""
    before, began = played.calls(), time.monotonic()
    turns(pair)
    after = played.calls()
    writes = sum(count - before[side].get(endpoint, 0) for side, endpoints in after.items()
                 for endpoint, count in endpoints.items()
                 if not endpoint.startswith("GET ") and "oauth" not in endpoint and not endpoint.endswith("/query"))
    return {"writes": writes, "seconds": round(time.monotonic() - began, 2)}


def ties_out(pair: Pair, year: Year) -> Any:
    """The pair's tie-out, and the problems that stand."""
    from tieout.core.money import from_cents
    from tieout.core.tieout import to_json
    from tieout.engine import reconcile
    from tieout.engine.store.models import OpenProblem

    found = reconcile.tie_out(pair)
    year.tie_out = to_json(found)
    year.problems = [{"kind": p.kind, "says": p.says, "fix": p.fix, "amount": str(from_cents(p.amount_cents))}
                     for p in OpenProblem.objects.filter(pair=pair, open=True).order_by("-amount_cents", "pk")]
    return found
