"""The web app without a browser: an office's rows, and a person who is logged in."""
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from tests.support import rows
from tieout.engine.store.models import Pair


@pytest.fixture(autouse=True)
def quick_passwords(settings: Any) -> None:
    """The real hash is slow on purpose."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def office(db: None, monkeypatch: pytest.MonkeyPatch) -> Pair:
    """Documents in every status, some problems, and a tie-out with two explained differences."""
    from tieout.app.web import figures
    from tieout.engine import reconcile

    figures._kept.clear()
    monkeypatch.setattr(reconcile, "tie_out", lambda pair, **asked: rows.figures())
    return rows.seeded()


@pytest.fixture
def dana(db: None) -> Client:
    client = Client()
    client.force_login(rows.user())
    return client


@pytest.fixture
def page(dana: Client) -> Callable[..., str]:
    """The text of a page that answers 200, with spaces run together."""

    def read(address: str, **headers: Any) -> str:
        answer = dana.get(address, headers=headers)
        assert answer.status_code == 200, (address, answer.status_code)
        return " ".join(answer.content.decode().split())

    return read
