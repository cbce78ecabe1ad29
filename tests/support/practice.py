"""The practice company in process: both stand-ins, a set-up applied, and turns of the real engine."""
from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx2

from tests.support import what_is_sent
from tieout.adapters.quickbooks_online import auth as quickbooks_auth
from tieout.app import setup_file, wiring
from tieout.app.practice.setup import write_setup
from tieout.engine import turn as engine_turn
from tieout.engine.store.models import Connection, Pair
from tieout.engine.store.tokens import keep_tokens
from tieout.engine.turn import TurnReport, until_quiet
from tieout.ports import CallCount
from tieout.sandbox.kit import Request, Response
from tieout.sandbox.sandbox import Sandbox

PROCORE_PORT, QUICKBOOKS_PORT = 9201, 9101
REDIRECT = "http://127.0.0.1:8420/connections/books/callback"


class Practice:
    """`play()` is a step of what people do; `sync()` turns until nothing is left; the clock is the sandbox's."""

    def __init__(self, sandbox: Sandbox, folder: Path, *, patience_s: float = 0.0,
                 write: Callable[[Mapping[str, Any], Path], Path] = write_setup) -> None:
        self.sandbox, self.patience_s = sandbox, patience_s
        self.calls = (CallCount(), CallCount())
        self.around = wiring.Surroundings(transport=self.transport(), now=sandbox.kit.clock.now, sleep=self.sleep)
        setup = write(sandbox.announcement(PROCORE_PORT, QUICKBOOKS_PORT), folder)
        service_account = 'kind = "procore"\ngrant = "client_credentials"'
        setup.write_text(setup.read_text().replace('kind = "procore"', service_account))
        setup_file.apply(setup, by="tests", now=self.now())
        self.connect_quickbooks()
        self.pair = Pair.objects.get(name="maple")

    def now(self) -> datetime:
        return self.sandbox.kit.clock.now()

    def sleep(self, seconds: float) -> None:
        self.sandbox.kit.clock.advance(timedelta(seconds=seconds))

    def transport(self) -> httpx2.MockTransport:
        def handle(request: httpx2.Request) -> httpx2.Response:
            service = "procore" if request.url.port == PROCORE_PORT else "quickbooks"
            call = Request.of(request.method, request.url.path, query=request.url.query.decode(),
                              headers=dict(request.headers), body=request.content)
            what_is_sent.watch(service, call)
            answer = self.sandbox.handle(service, call)
            if answer.lost:
                raise httpx2.ReadError("the connection was cut", request=request)
            return httpx2.Response(answer.status, headers=dict(answer.headers), content=answer.body)

        return httpx2.MockTransport(handle)

    def connect_quickbooks(self) -> None:
        """A person's consent, without the browser."""
        from django.conf import settings

        row = Connection.objects.get(name="books")
        service = self.sandbox.quickbooks
        form = {"client_id": service.client_id, "response_type": "code", "redirect_uri": REDIRECT, "state": "s",
                "scope": quickbooks_auth.SCOPE, "decision": "connect", "realm": service.realm_id}
        answer: Response = self.sandbox.handle("quickbooks", Request.of(
            "POST", "/connect/oauth2", headers={"Content-Type": "application/x-www-form-urlencoded"},
            body=urlencode(form).encode()))
        code = parse_qs(urlsplit(dict(answer.headers)["Location"]).query)["code"][0]
        app = quickbooks_auth.app(service.client_id, service.client_secret, f"http://127.0.0.1:{QUICKBOOKS_PORT}")
        tokens = quickbooks_auth.exchange_code(app, code=code, redirect_uri=REDIRECT, transport=self.transport(),
                                               now=self.now)
        keep_tokens(row, settings.TIEOUT_ENVELOPE_KEY, tokens)
        row.save()

    def play(self) -> dict[str, object] | None:
        return self.sandbox.play_next()

    @contextmanager
    def wired(self) -> Iterator[None]:
        with wiring.within(self.around):
            yield

    def turn(self, *, full: bool = False) -> TurnReport:
        """One turn on the pair's real adapters."""
        pair = Pair.objects.select_related("procore", "quickbooks").get(pk=self.pair.pk)
        with self.wired():
            procore, quickbooks = wiring.systems_for(pair, calls=self.calls)
            return engine_turn.run_turn(pair.pk, procore=procore, quickbooks=quickbooks, holder="tests", now=self.now,
                                        full=full, patience_s=self.patience_s)

    def sync(self) -> list[TurnReport]:
        return until_quiet(self.turn, self.sleep)
