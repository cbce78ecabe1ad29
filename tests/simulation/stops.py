"""Where a process can die or freeze: before and after every call to a vendor, before and after every commit."""
from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection

CALL, LATE, ANSWERED = "before a call leaves", "with a call on its way", "after a call was answered"
COMMIT, COMMITTED = "before a commit", "after a commit"
KINDS = (CALL, LATE, ANSWERED, COMMIT, COMMITTED)


class Killed(BaseException):
    """The process is dead: no `except Exception` and no `finally` of it can do anything more."""


class Stops:
    """Counts the positions of a turn, and does something at one of them.

    plan     (kind, n): the nth position of that kind, counted from 1; None only counts
    action   called there; usually `kill`
    """

    def __init__(self, plan: tuple[str, int] | None = None) -> None:
        self.plan, self.action = plan, self.kill
        self.counts: Counter[str] = Counter()
        self.active = self.dead = self.reached = False

    def at(self, kind: str) -> None:
        if self.dead:
            raise Killed("a dead process goes on")
        if not self.active:
            return
        self.counts[kind] += 1
        if not self.reached and self.plan == (kind, self.counts[kind]):
            self.reached = True
            self.action()

    def kill(self) -> None:
        self.dead = True
        raise Killed(str(self.plan))

    @contextmanager
    def watching(self) -> Iterator[None]:
        """The positions of what runs inside are counted. A killed one leaves its database transaction undone."""
        usual = connection.commit

        def commit() -> None:
            try:
                self.at(COMMIT)
            except Killed:
                connection.rollback()
                raise
            usual()
            self.at(COMMITTED)

        def execute(run: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
            if self.dead:
                raise Killed("a dead process goes on")
            alone = not connection.in_atomic_block and sql[:6] in ("INSERT", "UPDATE", "DELETE")
            if alone:
                self.at(COMMIT)
            result = run(sql, params, many, context)
            if alone:
                self.at(COMMITTED)
            return result

        self.active = True
        connection.commit = commit  # type: ignore[method-assign]
        try:
            with connection.execute_wrapper(execute):
                yield
        finally:
            self.active = False
            connection.commit = usual  # type: ignore[method-assign]
            if self.dead:
                connection.close()                           # as the operating system does
                self.dead = False
