"""The town in real processes over HTTP: a sandbox that keeps its journal, and `tieout sync`, each killed with kill -9.

People act over HTTP too; the bookkeeper reads both systems over HTTP and the product's own rows from its database.
"""
from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2

from tests.simulation.bookkeeper import Bookkeeper
from tests.simulation.company import CODES, PROJECTS, SCENARIO, rest_of, setup_text
from tests.simulation.deeds import Deeds
from tests.simulation.people import People
from tieout.sandbox.kit import Request, Response
from tieout.sandbox.worlds.furnish import furnish

ROOT = Path(__file__).resolve().parents[2]
REDIRECT = "http://127.0.0.1:8420/connections/books/callback"
PATIENCE_S = "3"                                             # on one machine an answer comes at once or never
LOST = 0.15
LONGEST_S = 120
SYNC = "from tieout.app.cli.main import main; main()"


class Now:
    """The sandbox's clock is the real one here."""

    @staticmethod
    def now() -> datetime:
        return datetime.now(UTC)

    def advance(self, by: timedelta) -> None:
        """Nobody waits in real time."""


class Processes:
    """`kill_sync` and `sync` run the product; `check` asks the bookkeeper; `stop` ends what was started."""

    def __init__(self, seed: int, folder: Path, environment: dict[str, str]) -> None:
        self.chance, self.folder = random.Random(f"processes {seed}"), folder
        self.environment = {**environment, "TIEOUT_PATIENCE_S": PATIENCE_S, "PYTHONPATH": str(ROOT / "src")}
        self.ports = ("0", "0")
        self.server: subprocess.Popen[str] | None = None
        self.http = httpx2.Client(timeout=30)
        self.killed = 0
        self.said = self.serve()
        self.sandbox = SimpleNamespace(
            procore=SimpleNamespace(handle=self._by_http("procore"), script_token=self.said["procore"]["access_token"],
                                    company=SimpleNamespace(id=self.said["procore"]["company_id"])),
            quickbooks=SimpleNamespace(handle=self._by_http("quickbooks"), realm_id=self.said["quickbooks"]["realm_id"],
                                       script_token=self.said["quickbooks"]["access_token"]),
            kit=SimpleNamespace(clock=Now()))
        furnish(SCENARIO, *rest_of(self.sandbox))
        self.deeds = Deeds()
        self.people = RemotePeople(self)
        self._set_up()
        self.bookkeeper = self._bookkeeper()

    # --- the sandbox ---

    def serve(self) -> dict[str, Any]:
        self.server = subprocess.Popen(
            [sys.executable, "-m", "tieout.sandbox", "serve", "--procore-port", self.ports[0], "--qbo-port",
             self.ports[1], "--limits", "off", "--state", str(self.folder / "sandbox"), "--leashed"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=self.environment)
        assert self.server.stdout is not None
        line = self.server.stdout.readline()
        assert line, self.server.communicate()[1]
        said: dict[str, Any] = json.loads(line)
        self.ports = tuple(str(urlsplit(said[one]["base_url"]).port) for one in ("procore", "quickbooks"))  # type: ignore[assignment]
        return said

    def kill_sandbox(self) -> None:
        assert self.server is not None
        self.server.send_signal(signal.SIGKILL)
        self.server.communicate(timeout=30)
        self.serve()

    def control(self, method: str, path: str, body: object = None) -> Any:
        return self.http.request(method, f"{self.said['quickbooks']['base_url']}/_sandbox/{path}", json=body).json()

    def calls(self) -> int:
        return sum(number for counts in self.control("GET", "calls").values() for number in counts.values())

    def _by_http(self, side: str) -> Callable[[Request], Response]:
        base = self.said[side]["base_url"]

        def handle(request: Request) -> Response:
            answer = self.http.request(request.method, base + request.path, params=list(request.query),
                                       headers=dict(request.headers), content=request.body)
            return Response(answer.status_code, dict(answer.headers), answer.content)

        return handle

    # --- the product ---

    def _set_up(self) -> None:
        folder = self.folder / "setup"
        folder.mkdir()
        for name, side in (("procore-secret", "procore"), ("quickbooks-secret", "quickbooks")):
            (folder / name).write_text(self.said[side]["client_secret"])
        (folder / "quickbooks-token").write_text(self._refresh_token())
        for file in folder.iterdir():
            file.chmod(0o600)
        (folder / "town.toml").write_text(setup_text(
            self.said, mode="live", rules={}, maps_other=True, projects=len(PROJECTS), refresh_token=True))
        done = self.tieout("apply", str(folder / "town.toml"))
        assert done.returncode == 0, done.stderr

    def _refresh_token(self) -> str:
        books = self.said["quickbooks"]
        consent = self.http.post(f"{books['base_url']}/connect/oauth2", data={
            "client_id": books["client_id"], "response_type": "code", "redirect_uri": REDIRECT, "state": "s",
            "scope": "com.intuit.quickbooks.accounting", "decision": "connect", "realm": books["realm_id"]})
        code = parse_qs(urlsplit(consent.headers["location"]).query)["code"][0]
        answer = self.http.post(f"{books['base_url']}/oauth2/v1/tokens/bearer", auth=(
            books["client_id"], books["client_secret"]), headers={"Accept": "application/json"}, data={
                "grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT})
        return str(answer.json()["refresh_token"])

    def tieout(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([sys.executable, "-c", SYNC, *arguments], env=self.environment, capture_output=True,
                              text=True, timeout=LONGEST_S, check=False)

    def kill_sync(self, after_calls: int) -> bool:
        """A sync that dies once so many calls were made. False when it was done before."""
        until = self.calls() + after_calls
        process = subprocess.Popen([sys.executable, "-c", SYNC, "sync", "--until-quiet"], env=self.environment,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + LONGEST_S
        while process.poll() is None and self.calls() < until and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(self.chance.uniform(0, 0.05))
        died = process.poll() is None
        process.kill()
        process.wait(timeout=30)
        self.killed += died
        return died

    def sync(self) -> dict[str, Any]:
        done = self.tieout("sync", "--until-quiet", "--json")
        assert done.returncode in (0, 1) and done.stdout, done.stderr
        [pair] = json.loads(done.stdout)["pairs"]
        assert pair["quiet"], pair
        found: dict[str, Any] = pair
        return found

    # --- the second opinion ---

    def _bookkeeper(self) -> Bookkeeper:
        procore, quickbooks = rest_of(self.sandbox)
        ids = {p.number: self.people.manager.places.project(p.number) for p in PROJECTS}
        return Bookkeeper(
            deeds=self.deeds, books_names=self.people.books_name, late_project=PROJECTS[2].number, other_code=CODES[-1],
            query=quickbooks.query, standings=self._standings,
            listed=lambda project, contract: list(procore.rows("/rest/v1.0/contract_payments", project_id=ids[project],
                                                               contract_id=contract)))

    def rows(self, statement: str) -> list[Any]:
        """From the product's database, as it stands."""
        url = self.environment.get("TIEOUT_DATABASE_URL")
        if url:
            import psycopg

            with psycopg.connect(url) as database:
                return database.execute(statement.encode()).fetchall()
        file = Path(self.environment["TIEOUT_HOME"]) / "tieout.sqlite3"
        database_file = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
        try:
            return database_file.execute(statement).fetchall()
        finally:
            database_file.close()

    def _standings(self) -> dict[tuple[str, str], tuple[str, int]]:
        return {(flow, slot): (status, amount) for flow, slot, status, amount in
                self.rows("SELECT flow, slot, status, amount_cents FROM store_standing")}

    def faults(self) -> list[str]:
        self.control("POST", "faults", {})
        found = self.bookkeeper.faults()
        found += [f"posting {title} is {state}" for title, state in self.rows(
            "SELECT title, state FROM store_posting WHERE state IN ('approved', 'sent', 'in_doubt')")]
        verified = self.tieout("trail", "verify")
        return found if verified.returncode == 0 else [*found, verified.stdout + verified.stderr]

    def stop(self) -> None:
        self.http.close()
        if self.server is not None:
            self.server.kill()
            self.server.communicate(timeout=30)


class RemotePeople(People):
    """The same people, over HTTP."""

    def __init__(self, processes: Processes) -> None:
        super().__init__(processes.sandbox, processes.chance, processes.deeds)
        self.processes = processes

    @contextmanager
    def undisturbed(self) -> Iterator[None]:
        self.processes.control("POST", "faults", {})
        try:
            yield
        finally:
            self.processes.control("POST", "faults", {"lost": LOST, "seed": self.chance.randrange(10 ** 6)})


def environment_of(home: Path, database_url: str | None) -> dict[str, str]:
    """An installation of its own."""
    home.mkdir()
    found = {key: value for key, value in os.environ.items() if not key.startswith("TIEOUT_")}
    return {**found, "TIEOUT_HOME": str(home), **({"TIEOUT_DATABASE_URL": database_url} if database_url else {})}
