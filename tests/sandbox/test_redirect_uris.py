"""The addresses that an app has registered, to which alone a sign-in leads back (qbo.md 2.1, procore.md 2.1)."""
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.sandbox.control import control, controlled
from tieout.sandbox.kit import Request
from tieout.sandbox.sandbox import Sandbox

BACK = "http://127.0.0.1:8000/callback"
PAGES = {"quickbooks": "/connect/oauth2", "procore": "/oauth/authorize"}


def asked(sandbox: Sandbox, service: str, redirect: str, method: str = "GET") -> int:
    """The status of the consent page, or of its button."""
    made: Any = sandbox.quickbooks if service == "quickbooks" else sandbox.procore
    form = {"client_id": made.client_id, "response_type": "code", "redirect_uri": redirect,
            "scope": "com.intuit.quickbooks.accounting", "decision": "connect"}
    if method == "GET":
        return sandbox.handle(service, Request.of("GET", PAGES[service], query=urlencode(form))).status
    form["realm"] = sandbox.quickbooks.realm_id
    return sandbox.handle(service, Request.of("POST", PAGES[service], body=urlencode(form).encode())).status


@pytest.mark.parametrize(("service", "refused"), [("quickbooks", 400), ("procore", 401)])
def test_once_addresses_are_registered_every_other_one_is_refused(service: str, refused: int) -> None:
    sandbox = Sandbox.start()
    setting = f"{service}/redirect-uris"
    assert control(sandbox, "POST", setting, {}) == {"redirect_uris": None}
    assert asked(sandbox, service, BACK + "/any") == 200
    assert control(sandbox, "POST", setting, {"redirect_uris": [BACK]}) == {"redirect_uris": [BACK]}
    assert control(sandbox, "POST", setting, {}) == {"redirect_uris": [BACK]}
    assert (asked(sandbox, service, BACK), asked(sandbox, service, BACK, "POST")) == (200, 302)
    for other in (BACK + "/", BACK + "?a=1", BACK.upper(), "http://127.0.0.1:8001/callback"):
        assert (asked(sandbox, service, other), asked(sandbox, service, other, "POST")) == (refused, refused)
    control(sandbox, "POST", setting, {"redirect_uris": None})
    assert asked(sandbox, service, BACK + "/any") == 200


def test_a_token_from_before_outlives_the_registration() -> None:
    sandbox = Sandbox.start()
    control(sandbox, "POST", "procore/redirect-uris", {"redirect_uris": [BACK]})
    info = sandbox.handle("procore", Request.of("GET", "/oauth/token/info", headers={
        "Authorization": f"Bearer {sandbox.procore.script_token}"}))
    assert info.status == 200


@pytest.mark.parametrize("wrong", [[], "http://x", [7], ["ftp://x"], ["http://a b"]])
def test_what_is_no_list_of_addresses_is_refused_by_name(wrong: Any) -> None:
    status, said = controlled(Sandbox.start(), "POST", "quickbooks/redirect-uris", {"redirect_uris": wrong})
    assert (status, said["error"][:14]) == (400, "redirect_uris ")


def test_the_registration_comes_back_after_a_kill(tmp_path: Path) -> None:
    first = Sandbox.start(state=tmp_path / "state")
    for service in PAGES:
        control(first, "POST", f"{service}/redirect-uris", {"redirect_uris": [BACK]})
    first.close()
    again = Sandbox.start(state=tmp_path / "state")
    assert [asked(again, service, BACK + "/any") for service in PAGES] == [400, 401]
    again.close()
