"""The durable engine behind a port of our own: start, enqueue, recover, cancel, status, prune.

It holds wake-ups only (a pair's number), never a document: its database can be deleted, and the sweep of the worker
makes the wake-ups anew. A wake-up's id holds the pair and its epoch, and a count, because an id that was used once
never runs again.
"""
from __future__ import annotations

import logging
import sqlite3
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from dbos import DBOS, DBOSClient, DBOSConfig, DBOSPortableJSONSerializer, EnqueueOptions

from tieout.engine.store.models import Pair

log = logging.getLogger(__name__)

# One version for good: a wake-up carries no code's state, so any release may run any other's.
APPLICATION, VERSION, SCHEMA, QUEUE, WORKFLOW = "tieout", "1", "tieout_engine", "turns", "turn"
ACTIVE = ["ENQUEUED", "PENDING", "DELAYED"]
FINISHED = ["SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"]
MOST_WAKE_UPS = 200                                          # looked at per pair and epoch
FULL_TRIES = 5
PRUNE_ROWS = 500
PRUNE_ROUNDS = 20

RunTurn = Callable[[int, bool], bool]                        # pair id, full comparison -> whether it had the lease


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where the durable engine keeps its rows: an SQLite file, or a schema in our PostgreSQL database."""

    file: Path | None = None
    postgresql_url: str = ""

    @property
    def url(self) -> str:
        return self.postgresql_url or f"sqlite:///{self.file}"


_run_turn: RunTurn | None = None


@DBOS.workflow(name=WORKFLOW)
def _turn(pair_id: int, full: bool) -> bool:
    assert _run_turn is not None, "the durable engine runs before it was told how to run a turn"
    return _run_turn(pair_id, full)


class Engine:
    """A started engine in a worker process. One per process, because DBOS is."""

    def __init__(self, place: Place, *, executor: str, run_turn: RunTurn, at_once: int = 2,
                 poll_s: float = 0.5) -> None:
        global _run_turn
        _run_turn = run_turn
        if place.file is not None:
            _made_ready(place.file)
        dbos_log = logging.getLogger("dbos")
        if not dbos_log.handlers:
            dbos_log.addHandler(logging.NullHandler())       # else it puts up one of its own, beside ours
        DBOS(config=_config(place, executor))
        DBOS.launch()
        DBOS.register_queue(QUEUE, worker_concurrency=at_once, polling_interval_sec=poll_s,
                            on_conflict="always_update")
        self._client = _client(place)

    def stop(self, wait_s: int = 0) -> None:
        self._client.destroy()
        DBOS.destroy(workflow_completion_timeout_sec=wait_s)

    def enqueue(self, pair_id: int, *, delay_s: float = 0) -> str | None:
        """One wake-up of the pair, unless one is waiting already. Its id, or None where one waits."""
        epoch = Pair.objects.values_list("epoch", flat=True).get(pk=pair_id)
        return self._enqueue(f"turn:{pair_id}:{epoch}:", pair_id, full=False, delay_s=delay_s)

    def enqueue_full(self, pair_id: int, day: date) -> str | None:
        """The full comparison of that day, unless it waits, was made, or has failed too often."""
        return self._enqueue(f"full:{pair_id}:{day.isoformat()}:", pair_id, full=True)

    def _enqueue(self, prefix: str, pair_id: int, *, full: bool, delay_s: float = 0) -> str | None:
        used = self._client.list_workflows(workflow_id_prefix=prefix, load_input=False, load_output=full,
                                           sort_desc=True, limit=MOST_WAKE_UPS)
        number = 1 + max((int(one.workflow_id.rpartition(":")[2]) for one in used), default=0)
        if any(one.status in ACTIVE for one in used):
            return None
        if full and (number > FULL_TRIES or any(one.status == "SUCCESS" and one.output for one in used)):
            return None
        options: EnqueueOptions = {
            "workflow_name": WORKFLOW, "queue_name": QUEUE, "workflow_id": f"{prefix}{number}", "app_version": VERSION}
        if delay_s > 0:
            options["delay_seconds"] = delay_s
        self._client.enqueue(options, pair_id, full)
        return f"{prefix}{number}"

    def recover(self, dead: Sequence[str]) -> int:
        """Wake-ups that dead executors were at work on wait again. The lease decides if one of them lives after all."""
        if not dead:
            return 0
        left = self._client.list_workflows(status="PENDING", executor_id=list(dead), load_input=False,
                                           load_output=False)
        if left:
            self._client.resume_workflows([one.workflow_id for one in left], queue_name=QUEUE)
        return len(left)

    def executors(self) -> set[str]:
        """Which executors have wake-ups in hand."""
        rows = self._client.list_workflows(status="PENDING", load_input=False, load_output=False)
        return {one.executor_id for one in rows if one.executor_id}

    def cancel(self, pair_id: int) -> int:
        """Takes back what waits for a pair; a turn at work ends by its lease."""
        rows = self._client.list_workflows(
            workflow_id_prefix=[f"turn:{pair_id}:", f"full:{pair_id}:"], status=["ENQUEUED", "DELAYED"],
            load_input=False, load_output=False)
        if rows:
            self._client.cancel_workflows([one.workflow_id for one in rows])
        return len(rows)

    def status(self) -> dict[str, int]:
        """How many wake-ups are in which state, of those not pruned."""
        counts: dict[str, int] = {}
        for one in self._client.list_workflows(load_input=False, load_output=False):
            counts[str(one.status)] = counts.get(str(one.status), 0) + 1
        return counts

    def prune(self, before: datetime) -> int:
        """Deletes finished wake-ups."""
        gone = 0
        for _ in range(PRUNE_ROUNDS):
            rows = self._client.list_workflows(
                status=list(FINISHED), completed_before=before.astimezone(UTC).isoformat(), limit=PRUNE_ROWS,
                load_input=False, load_output=False)
            if not rows:
                break
            self._client.delete_workflows([one.workflow_id for one in rows])
            gone += len(rows)
        return gone


def _config(place: Place, executor: str) -> DBOSConfig:
    return {
        "name": APPLICATION, "system_database_url": place.url, "dbos_system_schema": SCHEMA,
        "application_version": VERSION, "executor_id": executor, "serializer": DBOSPortableJSONSerializer(),
        "log_level": "WARNING", "enable_otlp": False,
    }


def _client(place: Place) -> DBOSClient:
    return DBOSClient(system_database_url=place.url, dbos_system_schema=SCHEMA, application_name=APPLICATION,
                      serializer=DBOSPortableJSONSerializer())


def _made_ready(file: Path) -> None:
    """Write-ahead logging, which stays with the file. A damaged one is set aside: nothing in it is missed."""
    try:
        database = sqlite3.connect(file, timeout=30)
        try:
            database.execute("PRAGMA journal_mode=WAL")
            database.execute("PRAGMA quick_check(1)").fetchone()
        finally:
            database.close()
    except sqlite3.DatabaseError as damaged:
        if "locked" in str(damaged):
            raise
        aside = file.with_name(f"{file.name}.damaged-{int(time.time())}")
        file.rename(aside)
        for extra in ("-wal", "-shm"):
            file.with_name(file.name + extra).unlink(missing_ok=True)
        log.warning("the queue's file %s was damaged and is set aside as %s; the queue starts anew", file, aside)

