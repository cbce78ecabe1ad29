"""The person's part of the OAuth of the practice company: opens the consent page and presses its button, over HTTP.

Only a sandbox lets itself be connected like this; with a vendor, a person does it in a browser.
"""
from __future__ import annotations

import secrets
from urllib.parse import parse_qs, parse_qsl, urlsplit

import httpx2

from tieout.app.stop import NEEDS_A_PERSON, Stop
from tieout.app.web.outside import callback_uri, consent_url, take_grant
from tieout.engine.store.models import Connection

PRESSED = {"decision": "connect"}


def connect(connection: Connection) -> None:
    """Connects unless there are tokens already that nobody has refused."""
    if connection.tokens_sealed and not connection.refused_why:
        return
    state = secrets.token_urlsafe(16)
    came_back = _press(consent_url(connection, callback_uri(connection), state), connection)
    if came_back.get("state") != state or "code" not in came_back:
        raise Stop(f"The practice {connection.name} did not give a code: {came_back}", NEEDS_A_PERSON)
    take_grant(connection, came_back["code"], callback_uri(connection))


def _press(url: str, connection: Connection) -> dict[str, str]:
    parts = urlsplit(url)
    with httpx2.Client(timeout=20, follow_redirects=False) as browser:
        page = browser.get(url)
        page.raise_for_status()
        form = {**dict(parse_qsl(parts.query)), **PRESSED, "realm": connection.company_id}
        answer = browser.post(f"{parts.scheme}://{parts.netloc}{parts.path}", data=form)
    back = parse_qs(urlsplit(answer.headers.get("Location", "")).query)
    return {key: values[-1] for key, values in back.items()}
