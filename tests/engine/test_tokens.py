"""One refresh at a time, over threads, processes and machines; tokens are kept before anyone uses them."""
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.db import connections, transaction

from tieout.engine.store.models import Connection
from tieout.engine.store.tokens import KeptTokens
from tieout.ports import Tokens, Unreachable

KEY = bytes(range(32))
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def tokens(number: int, expires_at: datetime = NOW + timedelta(hours=1)) -> Tokens:
    return Tokens(access=f"access-{number}", refresh=f"refresh-{number}", expires_at=expires_at)


def books() -> Connection:
    return Connection.objects.create(name="books", kind="quickbooks_online")


@pytest.mark.django_db
def test_tokens_come_back_as_they_were_and_their_version_rises():
    row = books()
    kept = KeptTokens(row.pk, KEY)
    assert kept.read() is None
    whole = Tokens(access="a", refresh="r", expires_at=NOW, refresh_expires_at=NOW + timedelta(days=100))
    kept.write(whole)
    assert kept.read() == whole
    kept.write(tokens(2))
    row.refresh_from_db()
    assert (row.tokens_version, row.access_expires_at) == (2, NOW + timedelta(hours=1))


@pytest.mark.django_db
def test_a_refused_grant_is_told_and_a_new_one_clears_it():
    row = books()
    kept = KeptTokens(row.pk, KEY)
    with kept.refreshing():
        kept.refused("invalid_grant: Token revoked")
    row.refresh_from_db()
    assert row.refused_why == "invalid_grant: Token revoked"
    kept.write(tokens(1))
    row.refresh_from_db()
    assert row.refused_why == ""


@pytest.mark.django_db(transaction=True)
def test_tokens_are_not_written_inside_a_transaction_that_could_be_rolled_back():
    kept = KeptTokens(books().pk, KEY)
    with pytest.raises(RuntimeError), transaction.atomic():
        kept.write(tokens(1))


@pytest.mark.django_db
def test_who_waits_too_long_for_the_refresh_lock_says_so_and_one_left_by_a_dead_process_is_taken_over():
    row = books()
    clock = [NOW]
    first = KeptTokens(row.pk, KEY, now=lambda: clock[0], held_s=120)
    second = KeptTokens(row.pk, KEY, now=lambda: clock[0], wait_s=0.1)
    dead = first.refreshing()
    dead.__enter__()
    with pytest.raises(Unreachable, match="renewing the tokens"), second.refreshing():
        pass
    clock[0] += timedelta(seconds=121)
    with second.refreshing() as seen:
        assert seen is None
        second.write(tokens(2))
    first.write(tokens(1))                                   # it woke: the other's are newer, and stay
    first.refused("invalid_grant")
    row.refresh_from_db()
    assert second.read() == tokens(2)
    assert (row.tokens_version, row.refused_why) == (1, "")


@pytest.mark.django_db
def test_a_frozen_refresh_whose_lock_ran_out_still_stores_what_the_vendor_gave_when_nobody_else_did():
    clock = [NOW]
    row = books()
    frozen = KeptTokens(row.pk, KEY, now=lambda: clock[0])
    other = KeptTokens(row.pk, KEY, now=lambda: clock[0])
    with frozen.refreshing():
        clock[0] += timedelta(seconds=200)
        with other.refreshing():
            other.refused("invalid_grant: refresh token was used already")
        frozen.write(tokens(7))
    row.refresh_from_db()
    assert frozen.read() == tokens(7)
    assert row.refused_why == ""


@pytest.mark.django_db(transaction=True)
def test_A10_twenty_threads_with_an_expired_token_make_one_refresh():
    row = books()
    KeptTokens(row.pk, KEY).write(tokens(1, expires_at=NOW))
    refreshes: list[str] = []
    used: list[str] = []

    def work() -> None:
        kept = KeptTokens(row.pk, KEY)
        with kept.refreshing() as seen:
            assert seen is not None
            if seen.expires_at <= NOW:
                refreshes.append(seen.refresh)
                seen = tokens(2)
                kept.write(seen)
        used.append(seen.access)
        connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert refreshes == ["refresh-1"]
    assert used == ["access-2"] * 20


WORKER = """
import sys, threading
from datetime import UTC, datetime, timedelta
import django
django.setup()
from django.db import connections
from tieout.engine.store.models import Connection
from tieout.engine.store.tokens import KeptTokens
from tieout.ports import Tokens
KEY, NOW = bytes(range(32)), datetime(2026, 3, 1, 12, tzinfo=UTC)
row = Connection.objects.get(name="books")
def work():
    kept = KeptTokens(row.pk, KEY)
    with kept.refreshing() as seen:
        if seen.expires_at <= NOW:
            print("refreshed with", seen.refresh, flush=True)
            kept.write(Tokens(access="access-2", refresh="refresh-2", expires_at=NOW + timedelta(hours=1)))
    connections.close_all()
threads = [threading.Thread(target=work) for _ in range(7)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
"""


def test_three_processes_of_seven_threads_make_one_refresh(fresh_installation: dict[str, str], tmp_path: Path):
    environment = fresh_installation | {"DJANGO_SETTINGS_MODULE": "tieout.app.settings"}
    made = """
import django; django.setup()
from django.core.management import call_command; call_command("migrate", verbosity=0)
from datetime import UTC, datetime
from tieout.engine.store.models import Connection
from tieout.engine.store.tokens import KeptTokens
from tieout.ports import Tokens
row = Connection.objects.create(name="books", kind="quickbooks_online")
KeptTokens(row.pk, bytes(range(32))).write(
    Tokens(access="access-1", refresh="refresh-1", expires_at=datetime(2026, 3, 1, 12, tzinfo=UTC)))
"""
    subprocess.run([sys.executable, "-c", made], env=environment, check=True)
    workers = [subprocess.Popen([sys.executable, "-c", WORKER], env=environment, stdout=subprocess.PIPE, text=True)
               for _ in range(3)]
    said = "".join(worker.communicate(timeout=120)[0] for worker in workers)
    assert [worker.returncode for worker in workers] == [0, 0, 0]
    assert said == "refreshed with refresh-1\n"
