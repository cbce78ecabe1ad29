"""What is measured. Each measure returns JSON values; `office` says what counts as whose cost."""
from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks import stand_in
from benchmarks.bounds import bounds, rows_of
from benchmarks.office import Cost, Office, costing, opened, peak_mib

Figures = dict[str, Any]
ROOT = Path(__file__).resolve().parent.parent
LATER_S = 900                                                # beyond the overlap with which changes are asked for
GENERATED = "generate:projects={projects},months=12,seed=7"


def calls(world: str = "maple") -> Figures:
    """A first sync when the whole year has been played in Procore: calls by endpoint, their lower bound, the ratio."""
    return _first_sync(world, play_first=True)


def calls_early(world: str = "maple") -> Figures:
    """The same on the first day of the year."""
    return _first_sync(world, play_first=False)


def _first_sync(world: str, *, play_first: bool) -> Figures:
    with opened(world) as office:
        steps = office.play_all() if play_first else 0
        before = rows_of(office.announced)
        office.connect()
        office.forget_calls()
        office.turn()
        first = office.calls()
        office.sync()
        whole = office.calls()
        bound = bounds(before, rows_of(office.announced))
        return {"world": world, "steps_played": steps, "posted": office.posted(), "turns": len(office.reports),
                "sides": {side: _against(bound[side], first[side], whole[side]) for side in ("quickbooks", "procore")}}


def _against(bound: dict[str, int], first: dict[str, int], whole: dict[str, int]) -> Figures:
    one, all_turns = sum(first.values()), sum(whole.values())
    return {"bound": bound, "first_turn": one, "first_turn_ratio": round(one / bound["all"], 2),
            "until_quiet": all_turns, "until_quiet_ratio": round(all_turns / bound["all"], 2), "by_endpoint": whole}


def idle(projects: int = 0) -> Figures:
    """One turn with nothing to do, a quarter of an hour after the last one, the year behind it: of the practice company
    or of a generated one."""
    world = GENERATED.format(projects=projects) if projects else "maple"
    with opened(world) as office:
        office.play_all()
        office.connect()
        office.sync()
        office.control.post("/_sandbox/clock", json={"advance_s": LATER_S}).raise_for_status()
        office.sync()
        office.forget_calls()
        with costing(Cost()) as cost:
            report = office.turn()
        found = office.calls()
        return {"world": world, "calls": found, "quickbooks_calls": sum(found["quickbooks"].values()),
                "procore_calls": sum(found["procore"].values()), "cpu_s": round(cost.cpu_s, 3),
                "queries": cost.queries, "changed": report.changed, "posted": sum(report.posted.values())}


def throughput(projects: int = 20) -> Figures:
    """A first sync of a year's documents at once."""
    world = GENERATED.format(projects=projects)
    with opened(world) as office:
        office.play_all()
        office.connect()
        with costing(Cost()) as cost:
            office.sync()
        return _throughput(world, office, cost)


def throughput_monthly(projects: int = 5) -> Figures:
    """The same year step by step, with a sync until quiet after each half month; payments come back."""
    world = GENERATED.format(projects=projects)
    cost = Cost()
    with opened(world) as office:
        office.connect()
        more = True
        while more:
            with costing(cost):
                office.sync()
            more = office.play()
        return _throughput(world, office, cost)


def _throughput(world: str, office: Office, cost: Cost) -> Figures:
    documents = sum(office.posted().values())
    return {"world": world, "documents": documents, "posted": office.posted(), "turns": len(office.reports),
            "cpu_s": round(cost.cpu_s, 2), "documents_per_cpu_s": round(documents / cost.cpu_s, 1),
            "queries_per_document": round(cost.queries / documents, 2), "seconds": round(cost.seconds, 1),
            "peak_mib": round(peak_mib(), 1)}


def memory() -> Figures:
    """The most memory that the engine's process has had, for two sizes of company: each in a process of its own."""
    sizes = {projects: apart("throughput", f"--projects={projects}") for projects in (5, 20)}
    return {"peak_mib": {projects: found["peak_mib"] for projects, found in sizes.items()},
            "documents": {projects: found["documents"] for projects, found in sizes.items()},
            "ratio": round(sizes[20]["peak_mib"] / sizes[5]["peak_mib"], 2)}


def demo() -> Figures:
    """`tieout demo --once` as a person starts it, after set-up, in an empty home."""
    with TemporaryDirectory(prefix="tieout-benchmark-") as home:
        began = time.monotonic()
        done = subprocess.run([sys.executable, "-m", "tieout.app.cli.main", "demo", "--once", "--json", "--home", home],
                              capture_output=True, check=False, text=True, cwd=ROOT)
        seconds = time.monotonic() - began
    if done.returncode not in (0, 1) or not done.stdout:
        raise SystemExit(f"The demo failed: {done.stderr[-500:]}")
    year = json.loads(done.stdout)
    return {"seconds": round(seconds, 1), "of_which_the_year": year["seconds"], "posted": year["posted"],
            "calls": {side: sum(counts.values()) for side, counts in year["calls"].items()},
            "second_run": year["second_run"], "unexplained": year["tie_out"]["unexplained"]}


def sandbox() -> Figures:
    """The stand-ins alone: simple reads and creates, start-up with the practice year, memory."""
    return stand_in.figures()


def sandbox_large() -> Figures:
    """The stand-ins with about 100,000 documents in them."""
    return stand_in.large()


def apart(name: str, *options: str) -> Figures:
    """A measure in a process of its own."""
    done = subprocess.run([sys.executable, "-m", "benchmarks", name, "--json", *options], check=True,
                          stdout=subprocess.PIPE, cwd=ROOT, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)})
    found: Figures = json.loads(done.stdout)[name]
    return found


MEASURES: dict[str, Callable[..., Figures]] = {
    "calls": calls, "calls-early": calls_early, "idle": idle, "throughput": throughput,
    "throughput-monthly": throughput_monthly, "memory": memory, "demo": demo, "sandbox": sandbox,
    "sandbox-large": sandbox_large,
}
