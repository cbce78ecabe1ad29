"""Kill -9 at a process in the midst of its work, ten times here and ten in the file beside it.

The sandbox loses answers, and is killed as well.
"""
from pathlib import Path

import pytest

from tests.simulation.processes import Processes, environment_of

RUNS = 5


@pytest.mark.parametrize("seed", range(2))
def test_i1_kill_minus_nine_at_any_moment_enters_nothing_twice_and_loses_nothing(
        tmp_path: Path, fresh_database_url: str | None, seed: int) -> None:
    five_times(seed, tmp_path, fresh_database_url)


def five_times(seed: int, tmp_path: Path, fresh_database_url: str | None) -> None:
    town = Processes(seed, tmp_path, environment_of(tmp_path / "home", fresh_database_url))
    people, chance = town.people, town.chance
    try:
        people.do(people.make_customer)
        for run in range(RUNS):
            for act in (people.award, people.bill, people.approve) if run < 2 else ():
                people.do(act)
            for act in (people.change, people.bill, people.approve, people.pay,
                        people.void_payment if run == 3 else people.note):
                people.do(act)
            # what a turn sends comes after its readings: the first has many calls, a later one few
            town.kill_sync(chance.randint(20, 45) if run == 0 else chance.randint(3, 30))
            if chance.random() < 0.4:
                town.kill_sandbox()
                people.do(people.bill)
            town.sync()
            faults = town.faults()
            assert not faults, "\n".join([f"run {run}:", *faults, *town.deeds.told])
        again = town.sync()
        assert not again["posted"] and not again["changed"]
        assert town.killed >= RUNS - 2, f"only {town.killed} of {RUNS} were still at work when they were killed"
    finally:
        town.stop()
