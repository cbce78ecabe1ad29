"""One small town, stopped at every single call and commit of its turns: nothing is left to the luck of seeds."""
from __future__ import annotations

import pytest
from django.db import connection

from tests.simulation.conftest import ON_POSTGRESQL
from tests.simulation.stops import ANSWERED, CALL, COMMITTED, KINDS, Stops
from tests.simulation.town import Habits, Town, Wrong
from tieout.engine.lease import TTL_S, TurnLost

STEP = 5 if ON_POSTGRESQL else 1                             # a commit costs more there
MOST = 400


def small(phase: int) -> Town:
    """Phase 0: a subcontract and its first application wait to be entered. Phase 1: they are, and more happened."""
    town = Town(7, Habits(plain=True, customer_made=False, projects=1))
    people = town.people
    for act in (people.award, people.bill, people.approve):
        people.do(act)
    if phase:
        town.until_quiet()
        for act in (people.pay, people.change, people.bill, people.approve):
            people.do(act)
    return town


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("phase", (0, 1))
def test_i1_a_process_killed_at_any_call_or_commit_enters_nothing_twice_and_loses_nothing(
        towns: None, phase: int, kind: str) -> None:
    n = 0
    for n in range(1, MOST, STEP):
        town = small(phase)
        if not town.killed_turn((kind, n)):
            break
        finish(town, f"killed {kind} {n}")
    assert 10 < n < MOST, f"only {n} positions were reached"


def finish(town: Town, what: str) -> None:
    town.sleep(TTL_S / 2)
    town.until_quiet()
    try:
        town.check()
        town.check_still(fully=False)
    except Wrong as wrong:
        raise Wrong(f"{what}: {wrong}") from None


@pytest.mark.parametrize("kind", (CALL, ANSWERED, COMMITTED))
@pytest.mark.parametrize("phase", (0, 1))
def test_i10_a_frozen_turn_that_wakes_after_another_took_over_writes_nothing(
        towns: None, phase: int, kind: str) -> None:
    n = 0
    for n in range(1, MOST, STEP):
        town = small(phase)
        if not frozen_turn(town, kind, n):
            break
        finish(town, f"frozen {kind} {n}")
    assert 10 < n < MOST, f"only {n} positions were reached"


def frozen_turn(town: Town, kind: str, n: int) -> bool:
    """A turn that stands still at a position while another owns the pair. False when it never gets there."""
    stops = Stops((kind, n))
    since: list[object] = []

    def freeze() -> None:
        assert not connection.in_atomic_block
        town.wire.stops = Stops()
        town.sleep(TTL_S + 5)
        town.until_quiet()
        since[:] = [town.rows(), town.wire.writes]
        town.wire.stops = stops

    stops.action, stops.active = freeze, True
    town.wire.stops = stops
    try:
        town.one_turn(committed=lambda: stops.at(COMMITTED))
    except TurnLost:
        assert stops.reached
    finally:
        town.wire.stops = Stops()
    if not stops.reached:
        return False
    rows, writes = since
    # a call that stood between its last check and the wire is the one that no client can hold back
    allowed = 1 if kind == CALL else 0
    assert isinstance(writes, int)
    assert town.wire.writes - writes <= allowed, f"{kind} {n}: it went on writing to a vendor"
    assert town.rows() == rows, f"{kind} {n}: it went on writing rows"
    return True
