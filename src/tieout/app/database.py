"""Brings the application's database up: reachable, whole, and of the tables that this release knows."""
from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from tieout.app.stop import NEEDS_A_PERSON, Stop

MIGRATING = 7_301_865                                        # PostgreSQL's advisory lock for it, any number of ours
DAMAGED = ("not a database", "malformed", "disk image")


def bring_up(*, thorough: bool = False) -> None:
    """Sets Django up and the tables to this release. `thorough` also reads an SQLite file through."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tieout.app.settings")
    import django
    from django.core.management import call_command
    from django.db import connection

    django.setup()
    with told_plainly():
        connection.ensure_connection()
        if thorough and connection.vendor == "sqlite":
            _read_through()
        if _missing():
            with _alone():
                if _missing():
                    call_command("migrate", interactive=False, verbosity=0)
    import tieout.app.wiring  # noqa: F401  (joins the engine to its systems)


@contextlib.contextmanager
def told_plainly() -> Iterator[None]:
    """A database that does not work ends the command with one sentence and the fix."""
    from django.conf import settings
    from django.db import Error, connection

    try:
        yield
    except Error as trouble:
        why = str(trouble).strip().splitlines()[0] if str(trouble).strip() else type(trouble).__name__
        if connection.vendor != "sqlite":
            where = settings.DATABASES["default"]
            raise Stop(f"The database {where['NAME']} at {where['HOST']}:{where['PORT']} does not answer: {why}. "
                       "Start it, or correct TIEOUT_DATABASE_URL.", NEEDS_A_PERSON) from trouble
        file = settings.DATABASES["default"]["NAME"]
        if any(word in why for word in DAMAGED):
            raise Stop(f"The database file {file} is damaged ({why}). Put back a backup of it; the damaged file is "
                       "left as it is.", NEEDS_A_PERSON) from trouble
        raise Stop(f"The database file {file} cannot be used: {why}. Check that the disk has room and that this user "
                   "may write there.", NEEDS_A_PERSON) from trouble


def _read_through() -> None:
    from django.db import DatabaseError, connection

    with connection.cursor() as cursor:
        cursor.execute("PRAGMA quick_check(1)")
        said = cursor.fetchone()[0]
    if said != "ok":
        raise DatabaseError(f"malformed: {said}")


def _missing() -> bool:
    """Whether tables are to be made or changed. Refuses a database that a newer release has changed."""
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    known = set(executor.loader.disk_migrations)
    ours = {app for app, _ in known}
    newer = sorted(f"{app} {name}" for app, name in executor.loader.applied_migrations
                   if app in ours and (app, name) not in known)
    if newer:
        raise Stop(f"The database was made by a newer release of tieout ({newer[0]}). Run that release, or put back a "
                   "backup from before it.", NEEDS_A_PERSON)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    """Of several processes that start together, one makes the tables."""
    from django.conf import settings
    from django.db import connection

    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [MIGRATING])
            try:
                yield
            finally:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [MIGRATING])
        return
    with _locked_file(settings.TIEOUT_HOME / "migrating.lock"):
        yield


@contextlib.contextmanager
def _locked_file(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        if os.name != "nt":
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX)
        yield
