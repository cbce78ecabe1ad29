"""Turns keep coming for every pair that works, whatever happens to workers, to one pair, or to the queue's own rows."""
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.db import connections

from tieout.engine import answers, lease, trail, worker
from tieout.engine.durable import Engine, Place
from tieout.engine.store.models import Connection, Cursor, OpenProblem, Pair, Worker
from tieout.engine.worker import Work
from tieout.ports import NotAuthorised, Unreachable

pytestmark = pytest.mark.django_db(transaction=True)
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def no_full_comparison(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "FULL_HOUR_UTC", 24)         # at whatever hour the tests run


@pytest.fixture
def place(tmp_path: Path, fresh_database_url: str | None) -> Place:
    return Place(postgresql_url=fresh_database_url) if fresh_database_url else Place(file=tmp_path / "engine.sqlite3")


def pair(name: str, **more: object) -> Pair:
    field = Connection.objects.create(name=f"{name}-field", kind="procore")
    books = Connection.objects.create(name=f"{name}-books", kind="quickbooks_online")
    return Pair.objects.create(name=name, procore=field, quickbooks=books, **{"mode": "live", **more})


def within(seconds: float, happened: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if happened():
            return True
        time.sleep(0.05)
    return False


@contextmanager
def at_work(place: Place, run_turn: worker.RunTurn, every_s: float = 600) -> Iterator[None]:
    stop = threading.Event()
    thread = threading.Thread(target=worker.work, kwargs={
        "place": place, "run_turn": run_turn, "every_s": every_s, "stop": stop})
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(30)
        assert not thread.is_alive()


@dataclass
class End:
    ran: bool = True
    wait_s: int | None = None


class Turns:
    """Turns that are counted, each under the lease as the real ones are."""

    def __init__(self, fail: dict[int, Exception] | None = None, wait_s: int | None = None) -> None:
        self.ran: list[int] = []
        self.fail, self.wait_s = fail or {}, wait_s

    def __call__(self, pair_id: int, holder: str, full: bool) -> "End":
        now = datetime.now(UTC)
        fence = lease.take(pair_id, holder=holder, now=now)
        if fence is None:
            return End(ran=False)
        self.ran.append(pair_id)
        try:
            if pair_id in self.fail:
                raise self.fail[pair_id]
        finally:
            fence.release(now)
        return End(wait_s=self.wait_s)


def test_each_pair_that_is_not_off_gets_its_turn_and_one_that_was_asked_for_gets_another(place: Place):
    one, two, off = pair("one"), pair("two"), pair("off", mode="off")
    turns = Turns()
    with at_work(place, turns):
        assert within(15, lambda: set(turns.ran) == {one.pk, two.pk})
        worker.ask(two.pk)
        assert within(15, lambda: turns.ran.count(two.pk) == 2)
        time.sleep(1.5)
    assert sorted(turns.ran) == sorted([one.pk, two.pk, two.pk])
    assert off.pk not in turns.ran
    assert not Worker.objects.exists()


def test_the_queues_own_database_can_be_deleted_and_all_goes_on(place: Place):
    one = pair("one")
    turns = Turns()
    with at_work(place, turns):
        assert within(15, lambda: len(turns.ran) == 1)
    forget(place)
    worker.ask(one.pk)
    with at_work(place, turns):
        assert within(15, lambda: len(turns.ran) == 2)


def test_A186_every_pair_is_compared_in_full_once_a_day(place: Place, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(worker, "FULL_HOUR_UTC", 0)
    one = pair("one")
    assert worker.pairs_to_compare(NOW) == []                # a new pair is read whole by its first turn
    Cursor.objects.create(connection=one.quickbooks, feed="changes", read_at=NOW, whole_at=NOW - timedelta(hours=13))
    assert worker.pairs_to_compare(NOW) == [one.pk]
    full: list[bool] = []

    def run(pair_id: int, holder: str, in_full: bool) -> End:
        full.append(in_full)
        return End(ran=len(full) > 2)                                 # another turn has the lease at first

    with at_work(place, run, every_s=1):
        monkeypatch.setattr(Work, "due", lambda self, what, every_s: True)
        assert within(15, lambda: full.count(True) >= 2)
        time.sleep(2)
    assert 2 <= full.count(True) <= 3


def forget(place: Place) -> None:
    if place.file is not None:
        for file in place.file.parent.glob("engine.sqlite3*"):
            file.unlink()
        return
    import psycopg

    with psycopg.connect(place.postgresql_url, autocommit=True) as database:
        database.execute("DROP SCHEMA tieout_engine CASCADE")


def test_a_damaged_queue_file_is_set_aside_and_the_queue_starts_anew(tmp_path: Path):
    file = tmp_path / "engine.sqlite3"
    file.write_bytes(b"this is no database, " * 400)
    pair("one")
    turns = Turns()
    with at_work(Place(file=file), turns):
        assert within(15, lambda: len(turns.ran) == 1)
    assert len(list(tmp_path.glob("engine.sqlite3.damaged-*"))) == 1


def test_a_pair_whose_turn_keeps_failing_is_paused_with_a_problem_and_the_others_go_on(
        place: Place, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(worker, "BACKOFF_S", 0.0)
    good, bad = pair("good"), pair("bad")
    turns = Turns(fail={bad.pk: ValueError("the cost code of line 3 is no text")})
    with at_work(place, turns):
        assert within(40, lambda: Pair.objects.get(pk=bad.pk).paused_why != "")
        worker.ask(bad.pk)
        worker.ask(good.pk)
        assert within(15, lambda: turns.ran.count(good.pk) == 2)
    assert turns.ran.count(bad.pk) == 5
    problem = OpenProblem.objects.get(pair=bad)
    assert (problem.kind, problem.open) == ("pair_paused", True)
    assert "failed 5 times in a row and is paused: ValueError: the cost code of line 3 is no text" in problem.says
    assert [entry.kind for entry in trail.history("bad", "pair:bad")] == ["paused"]


def test_a_paused_pair_works_again_when_a_person_resumes_it():
    bad = pair("bad")
    for _ in range(5):
        worker.failed(bad.pk, "ValueError: x", NOW)
    assert worker.pairs_to_wake(NOW) == []
    answers.resolve(OpenProblem.objects.get().pk, "resume", "", "Ann", NOW)
    assert worker.pairs_to_wake(NOW) == [bad.pk]
    bad.refresh_from_db()
    assert (bad.paused_why, bad.failures) == ("", 0)
    assert not OpenProblem.objects.filter(open=True).exists()
    assert [entry.by for entry in trail.history("bad", "problem:pair_paused:pair:bad")] == ["Ann"]


def test_an_unreachable_vendor_is_waited_for_and_does_not_count_as_a_failure():
    one = pair("one")
    mine = Work(name="w", every_s=60, run_turn=Turns(fail={one.pk: Unreachable("busy", wait_s=300)}))
    worker.attempt(mine, one.pk, False)
    one.refresh_from_db()
    assert (one.failures, one.paused_why) == (0, "")
    now = datetime.now(UTC)
    assert worker.pairs_to_wake(now + timedelta(seconds=290)) == []
    assert worker.pairs_to_wake(now + timedelta(seconds=301)) == [one.pk]


def test_a_turn_that_was_told_to_come_back_is_woken_then():
    one = pair("one")
    worker.attempt(Work(name="w", every_s=600, run_turn=Turns(wait_s=30)), one.pk, False)
    now = datetime.now(UTC)
    assert worker.pairs_to_wake(now + timedelta(seconds=25)) == []
    assert worker.pairs_to_wake(now + timedelta(seconds=31)) == [one.pk]


def test_a_withdrawn_grant_is_one_problem_with_its_fix_and_a_turn_that_works_again_closes_it():
    one = pair("one")
    turns = Turns(fail={one.pk: NotAuthorised("QuickBooks has withdrawn the grant.", "Connect again.")})
    mine = Work(name="w", every_s=60, run_turn=turns)
    worker.attempt(mine, one.pk, False)
    worker.attempt(mine, one.pk, False)
    problem = OpenProblem.objects.get()
    assert (problem.says, problem.fix, problem.open) == (
        "one: QuickBooks has withdrawn the grant.", "Connect again.", True)
    one.refresh_from_db()
    assert one.failures == 0
    turns.fail = {}
    worker.attempt(mine, one.pk, False)
    problem.refresh_from_db()
    assert not problem.open


def test_a_good_turn_forgets_the_failures_before_it():
    one = pair("one", failures=4)
    worker.attempt(Work(name="w", every_s=60, run_turn=Turns()), one.pk, False)
    one.refresh_from_db()
    assert one.failures == 0
    assert one.due_at is not None


def test_only_a_turn_that_looked_says_when_it_looked():
    one = pair("one", last_turn_at=NOW)
    worker.attempt(Work(name="w", every_s=60, run_turn=Turns(fail={one.pk: Unreachable("busy", wait_s=9)})), one.pk,
                   False)
    one.refresh_from_db()
    assert one.last_turn_at == NOW
    assert one.due_at is not None


def test_wake_ups_of_a_pair_fall_together_until_its_epoch_rises_and_an_id_is_never_used_twice(place: Place):
    one = pair("one")
    gate, ran = threading.Event(), []

    def run(pair_id: int, full: bool) -> bool:
        ran.append(full)
        gate.wait(20)
        return True

    engine = Engine(place, executor="x", run_turn=run, poll_s=0.05)
    try:
        first = engine.enqueue(one.pk)
        assert first == f"turn:{one.pk}:0:1"
        assert engine.enqueue(one.pk) is None
        assert within(10, lambda: len(ran) == 1)
        Pair.objects.filter(pk=one.pk).update(epoch=1)
        assert engine.enqueue(one.pk) == f"turn:{one.pk}:1:1"
        gate.set()
        assert within(10, lambda: engine.status() == {"SUCCESS": 2})
        # the epoch did not rise (the turn had no lease): the next wake-up runs all the same
        assert engine.enqueue(one.pk) == f"turn:{one.pk}:1:2"
        assert within(10, lambda: len(ran) == 3)
        day = NOW.date()
        assert engine.enqueue_full(one.pk, day) == f"full:{one.pk}:2026-03-01:1"
        assert within(10, lambda: ran[3:] == [True])
        assert within(10, lambda: engine.status() == {"SUCCESS": 4})
        assert engine.enqueue_full(one.pk, day) is None
        assert engine.enqueue_full(one.pk, day + timedelta(days=1)) is not None
        assert within(10, lambda: engine.status() == {"SUCCESS": 5})
        assert engine.prune(datetime.now(UTC) + timedelta(seconds=1)) == 5
        assert engine.status() == {}
        assert engine.enqueue(one.pk, delay_s=600) is not None
        assert engine.cancel(one.pk) == 1
        assert engine.status() == {"CANCELLED": 1}
    finally:
        gate.set()
        engine.stop()


HANGS = """
import sys, threading, time
from datetime import UTC, datetime
from pathlib import Path
import django
django.setup()
from tieout.engine import lease, worker
from tieout.engine.durable import Place
file, url = sys.argv[1:]
def run(pair_id, holder, full):
    fence = lease.take(pair_id, holder=holder, now=datetime.now(UTC))
    print("took" if fence else "refused", flush=True)
    time.sleep(600)
worker.work(place=Place(postgresql_url=url) if url else Place(file=Path(file)), run_turn=run, every_s=600,
            stop=threading.Event())
"""


def test_what_a_killed_worker_left_is_taken_over_at_once_on_the_same_machine(place: Place):
    one = pair("one")
    settings = connections["default"].settings_dict
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "tieout.app.settings"}
    program = HANGS.replace(                                 # the child stands on this test's database
        "django.setup()\n", "from django.conf import settings\n"
        f"settings.DATABASES['default']['NAME'] = {settings['NAME']!r}\ndjango.setup()\n", 1)
    child = subprocess.Popen([sys.executable, "-c", program, str(place.file or ""), place.postgresql_url],
                             env=environment, stdout=subprocess.PIPE, text=True)
    try:
        assert child.stdout is not None
        assert child.stdout.readline() == "took\n"
    finally:
        child.kill()
        child.communicate()
    assert Pair.objects.get(pk=one.pk).lease_holder.split(":")[1] == str(child.pid)
    turns = Turns()
    with at_work(place, turns):
        assert within(15, lambda: turns.ran.count(one.pk) >= 1)
    one.refresh_from_db()
    assert one.epoch >= 2
    assert not Worker.objects.exists()


def test_a_worker_on_another_machine_counts_as_dead_when_its_beat_stops():
    elsewhere = Worker(name="other-host:12:ab", seen_at=NOW, started_at=NOW)
    assert worker.is_alive(elsewhere, NOW + timedelta(seconds=19))
    assert not worker.is_alive(elsewhere, NOW + timedelta(seconds=21))
