"""The one file that knows every part and joins them: a pair's two systems, what they may do, and a turn of both."""
from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime

import httpx2
from django.conf import settings

from tieout.adapters.http import OAuthApp, Times, utc_now
from tieout.adapters.procore import auth as procore_auth
from tieout.adapters.procore.system import Procore
from tieout.adapters.quickbooks_online.system import QuickBooksOnline
from tieout.app.web.outside import app_of, callback_uri
from tieout.engine import reconcile, sides, turn
from tieout.engine.fetch import routed_ids
from tieout.engine.store.models import Connection, Pair
from tieout.engine.store.tokens import KeptTokens, secret_of
from tieout.engine.turn import TurnReport
from tieout.ports import CallCount, NotAuthorised

WRITING_MODES = ("review", "live")
NO_COMPANY = "0"                                             # QuickBooks has no company of this id; the guard stops all

Now = Callable[[], datetime]


@dataclass(slots=True)
class PairGuard:
    """What a pair's mode and routing allow, asked by the HTTP layer before every call and read afresh each time.

    Off: nothing at all. Shadow: reads. Review and Live: writes too. Project calls only for routed projects. A project's
    own modes choose among flows and never let a pair in Off or Shadow write. `reads_only` is for a look that a person
    asks for: it reads in Off too.
    """

    pair_id: int
    connection: Connection
    reads_only: bool = False
    _routed: set[str] = field(default_factory=set)

    def may_read(self, project: str) -> bool:
        self._connected()
        return (self.reads_only or self._mode() != "off") and self._knows(project)

    def may_write(self, project: str) -> bool:
        if self.reads_only or self._mode() not in WRITING_MODES:
            return False
        self._connected()
        return self._knows(project)

    def _mode(self) -> str:
        return Pair.objects.values_list("mode", flat=True).get(pk=self.pair_id)

    def _knows(self, project: str) -> bool:
        if not project:
            return True
        if project not in self._routed:
            self._routed = set(routed_ids(self.pair_id, self.connection))
        return project in self._routed

    def _connected(self) -> None:
        """Raises NotAuthorised where no call can succeed, so that none is made."""
        row = Connection.objects.get(pk=self.connection.pk)
        secret_of(row, settings.TIEOUT_ENVELOPE_KEY)
        if row.refused_why:
            raise NotAuthorised(f"the grant of “{row.name}” was refused: {row.refused_why}",
                                f"Connect “{row.name}” again under Connections.")
        if not row.company_id:
            raise NotAuthorised(f"“{row.name}” is not connected to a company yet.",
                                f"Connect “{row.name}” under Connections, or name its company in the set-up file.")


@dataclass(slots=True)
class Surroundings:
    """What tests and the practice company put in place of the world."""

    transport: httpx2.BaseTransport | None = None
    now: Now = utc_now
    sleep: Callable[[float], None] = time.sleep


_around = Surroundings()


@contextmanager
def within(surroundings: Surroundings) -> Iterator[None]:
    """For as long as the block lasts, systems are built with this transport, clock and patience."""
    global _around
    before, _around = _around, surroundings
    try:
        yield
    finally:
        _around = before


def systems_for(pair: Pair, *, calls: tuple[CallCount, CallCount] | None = None,
                reads_only: bool = False) -> tuple[Procore, QuickBooksOnline]:
    """(Procore, QuickBooks) of a pair. Makes no call, and raises nothing that a missing grant could cause."""
    procore_calls, quickbooks_calls = calls or (CallCount(), CallCount())
    return (_procore(pair, PairGuard(pair.pk, pair.procore, reads_only), procore_calls),
            _quickbooks(PairGuard(pair.pk, pair.quickbooks, reads_only), quickbooks_calls))


def _procore(pair: Pair, guard: PairGuard, calls: CallCount) -> Procore:
    row = guard.connection
    how: procore_auth.How = "client_credentials" if row.grant == "client_credentials" else "authorization_code"
    grant = procore_auth.grant(_registration(row), _tokens(row), how, calls=calls, redirect_uri=callback_uri(row),
                               transport=_around.transport, now=_around.now)
    return Procore(
        company_id=row.company_id, grant=grant, guard=guard, calls=calls,
        base_url=row.base_url or procore_auth.API_URL, login_url=row.login_url or procore_auth.LOGIN_URL,
        projects=routed_ids(pair.pk, row), transport=_around.transport, now=_around.now, sleep=_around.sleep,
        times=times())


def _quickbooks(guard: PairGuard, calls: CallCount) -> QuickBooksOnline:
    row = guard.connection
    return QuickBooksOnline(
        realm_id=row.company_id or NO_COMPANY, app=_registration(row), store=_tokens(row), calls=calls,
        guard=guard, base_url=row.base_url, transport=_around.transport, now=_around.now,
        sleep=_around.sleep, times=times())


def times() -> Times:
    """No call outlives the patience with which a write without an answer is left alone."""
    usual, patience_s = Times(), settings.TIEOUT_PATIENCE_S
    return replace(usual, connect_s=min(usual.connect_s, patience_s / 3),
                   answer_s=min(usual.answer_s, patience_s * 0.8), deadline_s=min(usual.deadline_s, patience_s * 0.9))


def _registration(row: Connection) -> OAuthApp:
    try:
        return app_of(row)
    except NotAuthorised:
        # The key does not open the secret. Pages still show what was seen; the first call says what is wrong.
        row.client_secret_sealed = b""
        return app_of(row)


def _tokens(row: Connection) -> KeptTokens:
    return KeptTokens(row.pk, settings.TIEOUT_ENVELOPE_KEY, now=_around.now, sleep=_around.sleep)


def run_turn(pair_id: int, holder: str, full: bool = False, *,
             calls: tuple[CallCount, CallCount] | None = None) -> TurnReport:
    """One turn of a pair on its real systems. Raises NotAuthorised, and whatever is a bug.

    A full comparison ends with the day's tie-out, which is kept. [A186]
    """
    pair = Pair.objects.select_related("procore", "quickbooks").get(pk=pair_id)
    procore, quickbooks = systems_for(pair, calls=calls)
    try:
        report = turn.run_turn(pair_id, procore=procore, quickbooks=quickbooks, holder=holder, now=_around.now,
                               full=full, patience_s=settings.TIEOUT_PATIENCE_S)
        if full and report.ran and not report.why:
            reconcile.keep(pair, reconcile.tie_out(pair, keep_entries=False), _around.now())
        return report
    finally:
        procore.close()
        quickbooks.close()


sides.provide(systems_for)
