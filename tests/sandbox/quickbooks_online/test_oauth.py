import json
import re
from base64 import b64encode, urlsafe_b64decode
from datetime import timedelta
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers
from cryptography.hazmat.primitives.hashes import SHA256

from tests.sandbox.quickbooks_online.office import Office
from tieout.sandbox.kit import Request, Response
from tieout.sandbox.procore.service import Procore
from tieout.sandbox.sandbox import Sandbox

BACK = "http://127.0.0.1:8000/callback"


class App:
    """An app that connects, as a client library does."""

    def __init__(self, office: Office) -> None:
        self.office, self.service = office, office.service
        self.basic = "Basic " + b64encode(f"{self.service.client_id}:{self.service.client_secret}".encode()).decode()

    def page(self, **changes: str) -> Response:
        return self.service.handle(Request.of("GET", "/connect/oauth2", query=tuple(self.asked(**changes).items())))

    def asked(self, **changes: str) -> dict[str, str]:
        return {"client_id": self.service.client_id, "response_type": "code", "redirect_uri": BACK, "state": "s&1",
                "scope": "com.intuit.quickbooks.accounting", **changes}

    def decide(self, decision: str = "connect", **changes: str) -> dict[str, list[str]]:
        """What the browser brings back to the app."""
        form = {**self.asked(**changes), "realm": self.service.realm_id, "decision": decision}
        answer = self.service.handle(Request.of("POST", "/connect/oauth2", body=urlencode(form).encode()))
        assert answer.status == 302
        assert answer.headers["Location"].startswith(BACK + "?")
        return parse_qs(urlsplit(answer.headers["Location"]).query)

    def token(self, basic: str | None = None, **form: str) -> tuple[int, dict[str, object]]:
        answer = self.service.handle(Request.of(
            "POST", "/oauth2/v1/tokens/bearer", body=urlencode(form).encode(),
            headers={"Authorization": basic or self.basic, "Content-Type": "application/x-www-form-urlencoded"}))
        assert answer.headers["intuit_tid"]
        return answer.status, json.loads(answer.body)

    def connect(self, **changes: str) -> dict[str, object]:
        code = self.decide(**changes)["code"][0]
        status, tokens = self.token(grant_type="authorization_code", code=code, redirect_uri=BACK)
        assert status == 200
        return tokens

    def refresh(self, token: object) -> tuple[int, dict[str, object]]:
        return self.token(grant_type="refresh_token", refresh_token=str(token))

    def works(self, access: object) -> bool:
        answer = self.service.handle(Request.of("GET", f"{self.office.base}/preferences",
                                                headers={"Accept": "application/json",
                                                         "Authorization": f"Bearer {access}"}))
        return answer.status == 200

    def revoke(self, token: object) -> int:
        return self.service.handle(Request.of(
            "POST", "/v2/oauth2/tokens/revoke", body=json.dumps({"token": token}).encode(),
            headers={"Authorization": self.basic, "Content-Type": "application/json"})).status


@pytest.fixture
def app() -> App:
    return App(Office())


def test_discovery_names_the_endpoints_on_the_same_host(app: App) -> None:
    for name in ("openid_configuration", "openid_sandbox_configuration"):
        answer = app.service.handle(Request.of("GET", f"/.well-known/{name}", headers={"Host": "127.0.0.1:9101"}))
        found = json.loads(answer.body)
        assert found["token_endpoint"] == "http://127.0.0.1:9101/oauth2/v1/tokens/bearer"
        assert found["authorization_endpoint"] == "http://127.0.0.1:9101/connect/oauth2"


def test_the_consent_page_names_the_company_and_says_that_it_is_a_simulation(app: App) -> None:
    page = app.page(state='"><script>').body.decode()
    assert "Demo Builders" in page
    assert "simulation" in page
    assert re.findall(r'<button name="decision" value="(\w+)">', page) == ["connect", "cancel"]
    assert "<script>" not in page


@pytest.mark.parametrize("wrong", [{"client_id": "other"}, {"response_type": "token"}, {"redirect_uri": "ftp://x"},
                                   {"scope": "com.intuit.quickbooks.accounting everything"}, {"scope": " "}])
def test_a_wrong_question_gets_a_page_and_no_redirect(app: App, wrong: dict[str, str]) -> None:
    assert app.page(**wrong).status == 400


def test_a_redirect_address_that_is_not_registered_is_refused(app: App) -> None:
    app.service.oauth.redirect_uris = frozenset({BACK})
    assert app.page().status == 200
    assert app.page(redirect_uri=BACK + "/other").status == 400


def test_connect_brings_code_state_and_realm_and_cancel_brings_a_refusal(app: App) -> None:
    back = app.decide()
    assert (back["state"], back["realmId"]) == (["s&1"], [app.service.realm_id])
    assert app.decide("cancel") == {"error": ["access_denied"], "state": ["s&1"]}


def test_a_code_works_once_and_only_with_its_redirect_address(app: App) -> None:
    code = app.decide()["code"][0]
    status, tokens = app.token(grant_type="authorization_code", code=code, redirect_uri=BACK)
    assert (status, tokens["token_type"], tokens["expires_in"]) == (200, "bearer", 3600)
    assert app.works(tokens["access_token"])
    assert app.token(grant_type="authorization_code", code=code, redirect_uri=BACK)[1]["error"] == "invalid_grant"
    other = app.decide()["code"][0]
    assert app.token(grant_type="authorization_code", code=other, redirect_uri=BACK + "x")[0] == 400
    late = app.decide()["code"][0]
    app.office.kit.clock.advance(timedelta(minutes=11))
    assert app.token(grant_type="authorization_code", code=late, redirect_uri=BACK)[0] == 400


def test_an_access_token_lives_an_hour_and_the_script_token_for_ever(app: App) -> None:
    access = app.connect()["access_token"]
    app.office.kit.clock.advance(timedelta(minutes=59))
    assert app.works(access)
    app.office.kit.clock.advance(timedelta(minutes=2))
    assert not app.works(access)
    app.office.kit.clock.advance(timedelta(days=4000))
    assert app.works(app.service.script_token)


def test_a_refresh_token_turns_over_after_a_day_and_the_old_one_works_for_a_while(app: App) -> None:
    first = app.connect()["refresh_token"]
    assert app.refresh(first)[1]["refresh_token"] == first
    app.office.kit.clock.advance(timedelta(days=1))
    second = app.refresh(first)[1]["refresh_token"]
    assert second != first
    assert app.refresh(first)[1]["refresh_token"] == second, "within the overlap"
    app.office.kit.clock.advance(timedelta(days=1, seconds=1))
    assert app.refresh(first) == (400, {"error": "invalid_grant",
                                        "error_description": "Incorrect or invalid refresh token"})
    assert app.refresh(second)[0] == 200


def test_rotation_on_every_use_with_no_overlap_makes_the_old_token_worthless(app: App) -> None:
    app.service.oauth.rotation, app.service.oauth.overlap_s = "always", 0
    first = app.connect()["refresh_token"]
    second = app.refresh(first)[1]["refresh_token"]
    assert app.refresh(first)[0] == 400
    assert app.refresh(second)[0] == 200


def test_a_refresh_token_unused_for_a_hundred_and_one_days_is_dead(app: App) -> None:
    first = app.connect()["refresh_token"]
    app.office.kit.clock.advance(timedelta(days=101, seconds=1))
    assert app.refresh(first)[0] == 400


def test_connecting_again_replaces_the_earlier_connection(app: App) -> None:
    first = app.connect()["refresh_token"]
    second = app.connect()["refresh_token"]
    assert app.refresh(first)[0] == 400
    assert app.refresh(second)[0] == 200


def test_revoking_the_refresh_token_ends_both_and_can_be_done_once(app: App) -> None:
    tokens = app.connect()
    assert app.revoke(tokens["refresh_token"]) == 200
    assert not app.works(tokens["access_token"])
    assert app.refresh(tokens["refresh_token"])[0] == 400
    assert app.revoke(tokens["refresh_token"]) == 400
    assert app.works(app.service.script_token)


def test_a_user_who_disconnects_the_app_ends_the_grant_and_its_tokens(app: App) -> None:
    sandbox = Sandbox(app.office.kit, Procore(app.office.kit), app.service)
    tokens = app.connect()
    done = sandbox.handle("quickbooks", Request.of("POST", "/_sandbox/quickbooks/disconnect"))
    assert b"The access_token of the first line lives on" in done.body
    assert json.loads(done.body)["connected"] is False
    assert not app.works(tokens["access_token"])
    assert app.refresh(tokens["refresh_token"])[1]["error"] == "invalid_grant"
    assert app.works(app.connect()["access_token"])


def test_wrong_credentials_and_forms_have_their_own_errors(app: App) -> None:
    assert app.token("Basic " + b64encode(b"a:b").decode(), grant_type="refresh_token") == (
        401, {"error": "invalid_client"})
    assert app.token("nonsense")[0] == 401
    assert app.token()[1]["error"] == "invalid_request"
    assert app.token(grant_type="refresh_token")[1]["error"] == "invalid_request"
    assert app.token(grant_type="password")[1]["error"] == "unsupported_grant_type"


def claims_of(app: App, token: object) -> dict[str, object]:
    """What an id_token says, once the key that discovery leads to has checked its signature."""
    answer = app.service.handle(Request.of("GET", "/.well-known/openid_configuration"))
    [key] = json.loads(app.service.handle(Request.of("GET", urlsplit(json.loads(answer.body)["jwks_uri"]).path)).body)[
        "keys"]
    head, said, signature = str(token).split(".")
    numbers = [int.from_bytes(unpadded(key[name]), "big") for name in ("e", "n")]
    assert numbers[1].bit_length() == 2048
    RSAPublicNumbers(*numbers).public_key().verify(unpadded(signature), f"{head}.{said}".encode(), PKCS1v15(), SHA256())
    assert json.loads(unpadded(head)) == {"alg": "RS256", "kid": key["kid"], "typ": "JWT"}
    return dict(json.loads(unpadded(said)))


def unpadded(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def test_openid_brings_an_id_token_that_the_published_key_checks(app: App) -> None:
    assert "id_token" not in app.connect()
    tokens = app.connect(scope="com.intuit.quickbooks.accounting openid")
    claims = claims_of(app, tokens["id_token"])
    now = int(app.office.kit.clock.now().timestamp())
    assert (claims["aud"], claims["realmid"]) == ([app.service.client_id], app.service.realm_id)
    assert (claims["iss"], claims["iat"], claims["exp"]) == ("http://127.0.0.1/op/v1", now, now + 3600)
    head, said, signature = str(tokens["id_token"]).split(".")
    with pytest.raises(InvalidSignature):
        claims_of(app, f"{head}.{said[:-4]}AAAA.{signature}")


def test_a_sign_in_alone_knows_the_person_and_opens_no_company(app: App) -> None:
    back = app.decide(scope="openid profile")
    assert sorted(back) == ["code", "state"]
    assert "Which company" not in app.page(scope="openid profile").body.decode()
    tokens = app.connect(scope="openid profile")
    assert "realmid" not in claims_of(app, tokens["id_token"])
    bearer = {"Accept": "application/json", "Authorization": f"Bearer {tokens['access_token']}"}
    refused = app.service.handle(Request.of("GET", f"{app.office.base}/preferences", headers=bearer))
    assert (refused.status, json.loads(refused.body)["fault"]["error"][0]["code"]) == (403, "3100")
    person = json.loads(app.service.handle(Request.of("GET", "/v1/openid_connect/userinfo", headers=bearer)).body)
    assert person["sub"] == claims_of(app, app.refresh(tokens["refresh_token"])[1]["id_token"])["sub"]


def test_tokens_are_as_long_as_the_vendors_and_the_same_for_the_same_seed(app: App) -> None:
    tokens, again = app.connect(), App(Office()).connect()
    assert tokens == again
    assert 900 < len(str(tokens["access_token"])) < 1100
    assert 900 < len(app.service.script_token) < 1100
    assert re.fullmatch(r"RT1-\d+-H\d-\d{10}\w{20}", str(tokens["refresh_token"]))
    assert tokens["access_token"] != app.service.script_token


def test_userinfo_needs_a_token(app: App) -> None:
    access = app.connect()["access_token"]
    path = "/v1/openid_connect/userinfo"
    found = app.service.handle(Request.of("GET", path, headers={"Accept": "application/json",
                                                                "Authorization": f"Bearer {access}"}))
    assert json.loads(found.body)["emailVerified"] is True
    assert app.service.handle(Request.of("GET", path)).status == 401
