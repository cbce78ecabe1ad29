"""What every test stands on: a home of its own, no network, a database of either kind, a real browser.

Tests that use a database are marked `database` by themselves; `run.py test` runs those again on PostgreSQL.
"""
import os
import re
import shutil
import socket
import tempfile
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import django
import pytest

ROOT = Path(__file__).resolve().parent.parent
CHROMIUM = Path(os.environ.get("TIEOUT_CHROMIUM", "/usr/bin/chromium"))
CHROMIUM_ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
]
DATABASE_FIXTURES = {
    "db", "transactional_db", "django_db_reset_sequences", "django_db_serialized_rollback", "live_server",
    "fresh_database_url", "fresh_installation",
}
HERE_ONLY = re.compile(r"^(127\.\d+\.\d+\.\d+|localhost|::1|0\.0\.0\.0|)$")

# Set before Django reads them. No test may touch the home of the person who runs it.
_home = tempfile.mkdtemp(prefix="tieout-tests-")
os.environ["TIEOUT_HOME"] = _home
os.environ.pop("TIEOUT_SECRET_KEY_FILE", None)
if not os.environ.get("TIEOUT_DATABASE_URL"):
    os.environ.pop("TIEOUT_DATABASE_URL", None)
# Here and not in pyproject.toml, where pytest-django would read the settings before the lines above have run.
os.environ["DJANGO_SETTINGS_MODULE"] = "tieout.app.settings"
django.setup()


def pytest_unconfigure() -> None:
    shutil.rmtree(_home, ignore_errors=True)


# First, because pytest picks by mark (`-m database`) in this same hook.
@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        fixtures = set(getattr(item, "fixturenames", ()))
        if fixtures & DATABASE_FIXTURES or item.get_closest_marker("django_db"):
            item.add_marker(pytest.mark.database)


@pytest.fixture(autouse=True, scope="session")
def no_network() -> Iterator[None]:
    """A test that needs the network is wrong: connecting to anything but this machine fails, with the address."""
    connect = socket.socket.connect

    def only_here(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and not HERE_ONLY.match(str(address[0])):
            raise AssertionError(f"a test tried to reach the network: {address}")
        connect(self, address)

    patch = pytest.MonkeyPatch()
    patch.setattr(socket.socket, "connect", only_here)
    yield
    patch.undo()


@pytest.fixture(autouse=True)
def requests_fit_the_description() -> Iterator[None]:
    """Whatever an adapter sends to a stand-in in process is what the vendor's own description allows."""
    from tests.support import what_is_sent

    what_is_sent.said()
    yield
    assert what_is_sent.said() == []


# --- databases -------------------------------------------------------------------------------------------------------


@pytest.fixture
def fresh_database_url() -> Iterator[str | None]:
    """An empty PostgreSQL database for one test, or None where the tests run on SQLite (files in TIEOUT_HOME).

    For tests that start whole processes; tests inside one process use pytest-django's `db`.
    """
    server = os.environ.get("TIEOUT_DATABASE_URL")
    if not server:
        yield None
        return
    import psycopg
    from psycopg import sql

    name = f"tieout_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    yield urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
    with psycopg.connect(server, autocommit=True) as admin:
        # DBOS keeps its tables in a database beside ours, named after it.
        rows = admin.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [name]).fetchall()
        for (database,) in rows:
            admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(database)))


@pytest.fixture
def fresh_installation(tmp_path: Path, fresh_database_url: str | None) -> dict[str, str]:
    """The environment of an installation that has never been started: pass it to the processes of one test."""
    home = tmp_path / "home"
    home.mkdir()
    environment = {key: value for key, value in os.environ.items() if not key.startswith("TIEOUT_")}
    environment |= {"TIEOUT_HOME": str(home), "PYTHONUNBUFFERED": "1"}
    if fresh_database_url:
        environment["TIEOUT_DATABASE_URL"] = fresh_database_url
    return environment


# --- the vendors' reference, beside the checkout ---------------------------------------------------------------------


@pytest.fixture(scope="session")
def shared_reference() -> Path:
    """The folder `reference` with the vendors' schemas, which is no part of the project; skips where it is absent."""
    shared = Path(os.environ.get("TIEOUT_SHARED", ROOT.parent / "shared"))
    reference = shared / "reference"
    if not reference.is_dir():
        pytest.skip(f"the vendors' schemas are not here: no folder {reference} (set TIEOUT_SHARED to where they are)")
    return reference


# --- the browser -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def chromium_browser() -> Iterator[Any]:
    """One headless Chromium per test file, as Debian ships it. It ends with the file: while it runs, this thread has an
    event loop, which tests of the durable engine in the same process could not bear."""
    if not CHROMIUM.exists():
        why = (f"{CHROMIUM} is not installed; as root: apt-get update && "
               "apt-get install -y --no-install-recommends chromium (or name another in TIEOUT_CHROMIUM)")
        if os.environ.get("CI", "").lower() in ("true", "1", "yes"):
            pytest.fail(f"the browser tests may not be skipped here: {why}")
        pytest.skip(why)
    from playwright.sync_api import sync_playwright

    # Playwright's synchronous interface runs an event loop in this thread, in which Django would refuse its ORM.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=CHROMIUM_ARGUMENTS)
            yield browser
            browser.close()
    finally:
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def chromium(chromium_browser: Any) -> Iterator[Any]:
    """A page at desktop width in a profile of its own. The test fails if the page asked another machine for anything,
    or if a script of ours threw."""
    context = chromium_browser.new_context(viewport={"width": 1280, "height": 800}, locale="en-US")
    strangers: list[str] = []
    thrown: list[str] = []

    def guard(route: Any) -> None:
        host = urlsplit(route.request.url).hostname or ""
        if HERE_ONLY.match(host):
            route.continue_()
        else:
            strangers.append(route.request.url)
            route.abort()

    context.route("**/*", guard)
    page = context.new_page()
    page.on("pageerror", lambda error: thrown.append(str(error)))
    page.set_default_timeout(15_000)
    yield page
    context.close()
    assert not strangers, f"the page asked other machines: {strangers}"
    assert not thrown, f"a script on the page failed: {thrown}"


@pytest.fixture(scope="session")
def accessibility_faults() -> Callable[[Any], list[str]]:
    """What axe finds wrong on a page, one line per fault: rule, severity, what it is, and where."""
    from axe_playwright_python.sync_playwright import Axe

    axe = Axe()

    def faults(page: Any) -> list[str]:
        found = axe.run(page).response["violations"]
        return [f"{fault['id']} ({fault['impact']}): {fault['help']}: "
                + "; ".join(" ".join(map(str, node["target"])) for node in fault["nodes"]) for fault in found]

    return faults
