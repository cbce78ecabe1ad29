"""The practice office of a benchmark: a sandbox in a process of its own, and the product set up against it over HTTP.

What is measured is this process; the sandbox's work is never counted in.
"""
from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import httpx2

if TYPE_CHECKING:
    from tieout.engine.store.models import Pair
    from tieout.engine.turn import TurnReport

MIB = 1024.0
PAIR = "maple"


@dataclass(slots=True)
class Cost:
    """CPU seconds of this process, queries to its database, and seconds on the clock, while a block ran."""

    cpu_s: float = 0.0
    seconds: float = 0.0
    queries: int = 0


@dataclass(slots=True)
class Office:
    """`announced` is what the sandbox says when it serves. Made by `opened`."""

    announced: Mapping[str, Any]
    control: httpx2.Client
    pair: Pair
    reports: list[TurnReport] = field(default_factory=list)

    def connect(self) -> None:
        """By OAuth. After a long play, because the grants of the vendors die when they are not used for months."""
        from tieout.app.practice.consent import connect
        from tieout.engine.store.models import Connection

        for connection in Connection.objects.order_by("name"):
            connect(connection)

    def play(self) -> bool:
        """The next step of what people do; False when the world's time is over."""
        return self.control.post("/_sandbox/world/next", json={}).raise_for_status().json()["done"] is not None

    def play_all(self) -> int:
        steps = 0
        while self.play():
            steps += 1
        return steps

    def calls(self) -> dict[str, dict[str, int]]:
        """Calls per system and endpoint since `forget_calls`, as the sandbox counted them; tokens left out."""
        found = self.control.get("/_sandbox/calls").raise_for_status().json()
        return {side: {endpoint: n for endpoint, n in counts.items() if "oauth" not in endpoint}
                for side, counts in found.items()}

    def forget_calls(self) -> None:
        self.control.delete("/_sandbox/calls").raise_for_status()

    def turn(self) -> TurnReport:
        from tieout.app import wiring

        report = wiring.run_turn(self.pair.pk, holder="benchmark")
        self.reports.append(report)
        return report

    def sync(self) -> None:
        from tieout.engine.turn import until_quiet

        until_quiet(self.turn, time.sleep)

    def posted(self) -> dict[str, int]:
        """Kind -> how many were entered, corrected or taken out, over all turns so far."""
        found: dict[str, int] = {}
        for report in self.reports:
            for kind, number in report.posted.items():
                found[kind] = found.get(kind, 0) + number
        return found


@contextmanager
def costing(cost: Cost) -> Iterator[Cost]:
    """Adds what the block costs."""
    from django.db import connection

    def counted(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        cost.queries += 1
        return execute(sql, params, many, context)

    began, cpu = time.monotonic(), time.process_time()
    with connection.execute_wrapper(counted):
        yield cost
    cost.seconds += time.monotonic() - began
    cost.cpu_s += time.process_time() - cpu


def peak_mib() -> float:
    """The most memory this process has had, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / MIB


@contextmanager
def served(world: str) -> Iterator[dict[str, Any]]:
    """A sandbox process on free ports, limits off; it ends with this one. Adds `start_s` and `pid` to what it says."""
    began = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-m", "tieout.sandbox", "serve", "--world", world, "--limits", "off", "--leashed",
         "--procore-port", "0", "--qbo-port", "0"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            raise SystemExit(f"The sandbox did not start with {world}; it said why above.")
        yield {**json.loads(line), "start_s": time.monotonic() - began, "pid": process.pid}
    finally:
        process.terminate()
        process.wait(20)


@contextmanager
def opened(world: str) -> Iterator[Office]:
    """The product in a home of its own, set up for a sandbox with this world; not connected, nothing synced yet.

    Once a process, because settings are read once."""
    with TemporaryDirectory(prefix="tieout-benchmark-") as folder, served(world) as announced:
        home = Path(folder)
        os.environ["TIEOUT_HOME"] = str(home)
        os.environ.pop("TIEOUT_DATABASE_URL", None)
        os.environ.pop("TIEOUT_SECRET_KEY_FILE", None)
        os.environ["TIEOUT_LOG"] = "text"
        from tieout.app.database import bring_up

        bring_up()
        with httpx2.Client(base_url=announced["quickbooks"]["base_url"], timeout=300) as control:
            yield Office(announced=announced, control=control, pair=_set_up(world, announced, home))


def _set_up(world: str, announced: dict[str, Any], home: Path) -> Pair:
    from tieout.adapters.http import utc_now
    from tieout.app import setup_file
    from tieout.app.practice.setup import write_setup
    from tieout.engine.store.models import Pair

    file = write_setup(announced, home / "setup")
    if world != "maple":
        file.write_text(_with_projects_of(world, file.read_text()))
    setup_file.apply(file, by="benchmark", now=utc_now())
    return Pair.objects.select_related("procore", "quickbooks").get(name=PAIR)


def _with_projects_of(world: str, setup: str) -> str:
    """The practice set-up with another world's projects, and without the names that differ in the practice world.

    The world is built in a process of its own, so that its size does not count as ours."""
    asked = subprocess.run([sys.executable, "-m", "benchmarks.projects", world], check=True, capture_output=True,
                           cwd=Path(__file__).parent.parent)
    before, _, rest = setup.partition("[[pairs.projects]]")
    rules = rest[rest.index("[pairs.rules]"):rest.index("# What Procore calls")]
    accounts = rest[rest.index("# Where cost goes"):]
    projects = "".join(f'[[pairs.projects]]\nnumber = "{one["number"]}"\ncustomer = "{one["customer"]}"\n'
                       f'start = {one["start"]}\n\n' for one in json.loads(asked.stdout))
    return before + projects + rules + accounts
