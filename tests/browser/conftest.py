"""A real browser on the real web app, with an office's rows; a person is logged in."""
from typing import Any

import pytest

from tests.support import rows
from tieout.engine.store.models import Pair


@pytest.fixture
def office(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Pair:
    from tieout.app.web import figures
    from tieout.engine import reconcile

    figures._kept.clear()
    monkeypatch.setattr(reconcile, "tie_out", lambda pair, **asked: rows.figures())
    return rows.seeded(synced=120)


@pytest.fixture
def inside(chromium: Any, live_server: Any, settings: Any) -> Any:
    """The page, after a login by keyboard."""
    settings.TIEOUT_BASE_URL = live_server.url
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]   # the real one is slow on purpose
    rows.user()
    chromium.goto(f"{live_server.url}/login")
    chromium.wait_for_function("document.activeElement.id === 'id_name'")
    chromium.keyboard.type("dana")
    chromium.keyboard.press("Tab")
    chromium.keyboard.type(rows.PASSWORD)
    chromium.keyboard.press("Enter")
    chromium.wait_for_url(lambda address: "/login" not in address)
    return chromium
