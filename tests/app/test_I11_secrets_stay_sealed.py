"""I11: a practice company at work, and then every place in which a secret could have been left is read through.

The secrets are the real ones: what the set-up file named, every token and code that a vendor gave out, the password and
the set-up link of the person.
"""
from __future__ import annotations

import base64
import io
import json
import logging
import re
import zipfile
from collections import deque
from collections.abc import Callable, Iterator
from html import unescape
from logging.config import dictConfig
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.conf import settings as configured
from django.db import connection
from django.test import Client

from tests.support import rows
from tests.support.practice import Practice
from tieout.app import logs, setup_file
from tieout.app.cli import main as command
from tieout.app.web.setup_link import make_setup_link
from tieout.engine.store.models import Connection, Posting, TrailEntry
from tieout.ports import NotAuthorised
from tieout.sandbox.kit import Request, Response
from tieout.sandbox.sandbox import Sandbox

pytestmark = pytest.mark.django_db
STEPS = 3
TWO_HOURS_S = 7200                                           # longer than either vendor's access token lives
MOST_PAGES = 120
FIRST_PAGES = ("/", "/problems", "/documents", "/tie-out", "/connections")
NOT_OPENED = re.compile(r"^/(static|logout|connections/[^/]+/connect)")
HREF = re.compile(r'href="(/[^"#]*)')


class Office:
    """The practice company; `secrets` grows with every token and code that is given out."""

    def __init__(self, folder: Path) -> None:
        self.sandbox = Sandbox.start("maple", frozen=True)
        self.secrets = {self.sandbox.procore.client_secret, self.sandbox.quickbooks.client_secret, rows.PASSWORD}
        self.vendor, self.sandbox.handle = self.sandbox.handle, self.heard  # type: ignore[method-assign]
        self.practice = Practice(self.sandbox, folder)

    def heard(self, service: Any, request: Request) -> Response:
        answer = self.vendor(service, request)
        if "token" in request.path and answer.status == 200:
            told = json.loads(answer.body)
            self.secrets |= {told[key] for key in ("access_token", "refresh_token") if told.get(key)}
        self.secrets |= set(parse_qs(urlsplit(answer.headers.get("Location", "")).query).get("code", []))
        return answer

    def works(self) -> None:
        """Some weeks with a renewal of both grants in between; then QuickBooks' grant is withdrawn."""
        for _ in range(STEPS):
            self.practice.play()
            self.practice.sync()
            self.control("clock", {"advance_s": TWO_HOURS_S})
        self.control("quickbooks/disconnect", {})
        with pytest.raises(NotAuthorised):
            self.practice.sync()

    def control(self, what: str, body: dict[str, Any]) -> None:
        asked = Request.of("POST", f"/_sandbox/{what}", body=json.dumps(body).encode())
        assert self.vendor("quickbooks", asked).status == 200


@pytest.fixture
def written(settings: Any) -> Iterator[io.StringIO]:
    """What the program logs, by its own settings at their most talkative."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    stream, table = io.StringIO(), logs.logging_table("json", "DEBUG")
    table["handlers"]["stderr"]["stream"] = stream
    root = logging.getLogger()
    kept, level = root.handlers[:], root.level
    dictConfig(table)
    yield stream
    dictConfig(configured.LOGGING)
    root.handlers[:] = kept
    root.setLevel(level)


def found_in(text: str | bytes, secrets: set[str]) -> list[str]:
    """The first letters of every secret that stands there, as it is, in base64 or in hexadecimal."""
    read = text.encode("utf-8", "replace") if isinstance(text, str) else text
    return sorted(secret[:6] for secret in secrets for form in forms(secret.encode()) if form in read)


def forms(secret: bytes) -> tuple[bytes, ...]:
    assert len(secret) >= 16, "so short a secret would be found by chance"
    return secret, base64.b64encode(secret)[:-4], secret.hex().encode()


def every_cell() -> Iterator[tuple[str, bytes]]:
    """(table.column, what stands there) of the whole database."""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            columns = [column[0] for column in cursor.description]
            for row in cursor.fetchall():
                for column, value in zip(columns, row, strict=True):
                    held = bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()
                    yield f"{table}.{column}", held


def every_page(client: Client) -> Iterator[tuple[str, bytes]]:
    """(address, what it answers), followed link by link; a workbook is opened."""
    waiting, known = deque(FIRST_PAGES), set(FIRST_PAGES)
    while waiting and len(known) - len(waiting) < MOST_PAGES:
        address = waiting.popleft()
        answer = client.get(address)
        assert answer.status_code == 200, address
        content = answer.getvalue()
        if content.startswith(b"PK"):
            book = zipfile.ZipFile(io.BytesIO(content))
            content = b"".join(book.read(name) for name in book.namelist())
        else:
            new = [unescape(link) for link in HREF.findall(content.decode())]
            fresh = [link for link in dict.fromkeys(new) if link not in known and not NOT_OPENED.match(link)]
            known.update(fresh)
            waiting.extend(fresh)
        yield address, content + str(dict(answer.headers)).encode()


def come_in(client: Client, secrets: set[str]) -> None:
    """By the set-up link, first with a password that is refused; then once more by the login."""
    link = urlsplit(make_setup_link(rows.NOW)).path
    secrets.add(link.rpartition("/")[2])
    weak = {"name": "dana", "password": "short", "again": "short"}
    assert client.post(link, weak).status_code == 400
    good = {"name": "dana", "password": rows.PASSWORD, "again": rows.PASSWORD}
    assert client.post(link, good).status_code == 302
    client.logout()
    assert client.post("/login", {"name": "dana", "password": rows.PASSWORD}).status_code == 302


@pytest.fixture
def told(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Everything that a command prints."""
    monkeypatch.setattr("os.umask", lambda mask: mask)

    def run(*arguments: str) -> str:
        monkeypatch.setattr("sys.argv", ["tieout", *arguments])
        with pytest.raises(SystemExit):
            command.main()
        said = capsys.readouterr()
        assert said.out
        return said.out + said.err

    return run


def test_I11_no_secret_stands_in_the_database_a_log_the_trail_a_page_or_a_file(
        tmp_path: Path, written: io.StringIO, told: Callable[..., str], client: Client):
    office = Office(tmp_path)
    office.works()
    come_in(client, office.secrets)
    secrets = office.secrets
    assert len(secrets) >= 2 + 2 + 4 + 1 + 1, "both client secrets, both grants, a renewal of each, a code, the link"
    assert Posting.objects.exists() and TrailEntry.objects.exists()

    with office.practice.wired():
        pages = dict(every_page(client))
        pages["checks"] = client.post("/connections/check", {"pair": "maple"}).getvalue()
        record = TrailEntry.objects.filter(kind="sent").values_list("subject", flat=True)[0]
        said = {" ".join(line): told(*line) for line in (
            ["export", "-"], ["doctor", "--json"], ["doctor"], ["plan", "--json"], ["problems", "--json"],
            ["tie-out", "--json"], ["trail", record, "--json"], ["user", "list", "--json"])}
    assert set(FIRST_PAGES) < set(pages) and len(pages) > 50
    assert any("format=xlsx" in address for address in pages) and any("format=csv" in address for address in pages)

    places = [*every_cell(), *pages.items(), *said.items(), ("the log", written.getvalue()),
              ("the set-up", setup_file.export()), ("the set-up file", (tmp_path / "maple.toml").read_text())]
    leaks = [(place, found) for place, held in places if (found := found_in(held, secrets))]
    assert leaks == []


def test_I11_the_search_finds_a_secret_where_there_is_one(tmp_path: Path, written: io.StringIO):
    office = Office(tmp_path)
    secret = office.sandbox.quickbooks.client_secret
    logging.getLogger("tieout").info("what a careless line would say: %s", secret)
    Connection.objects.filter(name="books").update(company_name=secret)
    assert found_in(written.getvalue(), office.secrets) == [secret[:6]]
    assert [place for place, held in every_cell() if found_in(held, office.secrets)] == [
        "store_connection.company_name"]
    assert found_in(base64.b64encode(secret.encode()), office.secrets) == [secret[:6]]
