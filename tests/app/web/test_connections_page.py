"""Connecting both systems in the browser, and the ways in which it must not work."""
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from tests.support import rows
from tieout.app.web.views import connections
from tieout.engine.store.models import Agreed, Connection, Mapping, Pair

Page = Callable[..., str]


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """(connection, code) of every code that was exchanged."""
    found: list[tuple[str, str]] = []
    monkeypatch.setattr(connections, "take_grant", lambda connection, code, uri: found.append((connection.name, code)))
    return found


def begin(dana: Client, name: str) -> tuple[str, dict[str, list[str]]]:
    """Presses Connect: (state, what the consent page is asked)."""
    answer = dana.get(f"/connections/{name}/connect")
    assert answer.status_code == 302
    asked = parse_qs(urlsplit(answer.url).query)
    return asked["state"][0], asked


def books(**fields: object) -> Connection:
    return rows.connection(
        "books", "quickbooks_online", **{"login_url": "http://127.0.0.1:9101", "tokens_sealed": b"", **fields}
    )


def field(**fields: object) -> Connection:
    return rows.connection("field", "procore", **{"login_url": "http://127.0.0.1:9201", "tokens_sealed": b"", **fields})


def test_connect_goes_to_the_vendors_consent_page_with_our_callback(dana: Client):
    books()
    answer = dana.get("/connections/books/connect")
    assert answer.url.startswith("http://127.0.0.1:9101/connect/oauth2?")
    _, asked = begin(dana, "books")
    assert asked["redirect_uri"][0].endswith("/connections/books/callback")
    assert asked["scope"] == ["com.intuit.quickbooks.accounting"]


def test_the_first_login_sets_the_quickbooks_company(dana: Client, taken: list[tuple[str, str]], page: Page):
    books(company_id="")
    state, _ = begin(dana, "books")
    dana.get(f"/connections/books/callback?state={state}&code=abc&realmId=4620816365000000009")
    assert taken == [("books", "abc")]
    assert Connection.objects.get(name="books").company_id == "4620816365000000009"
    assert "QuickBooks is connected." in page("/connections")


def test_another_quickbooks_company_than_the_connections_own_is_refused(
    dana: Client, taken: list[tuple[str, str]], page: Page
):
    books()
    state, _ = begin(dana, "books")
    dana.get(f"/connections/books/callback?state={state}&code=abc&realmId=123")
    assert taken == []
    assert "You chose another QuickBooks company" in page("/connections")


@pytest.mark.parametrize(("query", "words"), [
    ("state=guessed&code=abc&realmId=4620816365000000001", "does not belong to a login that you began here"),
    ("code=abc&realmId=4620816365000000001", "does not belong to a login that you began here"),
    ("state={state}&error=access_denied", "was declined there"),
    ("state={state}&realmId=4620816365000000001", "sent no code"),
    ("state={state}&code=abc", "did not say which company"),
    ("state={state}&code=abc&realmId=../other", "did not say which company"),
])
def test_an_answer_that_is_not_the_one_asked_for_connects_nothing(
        dana: Client, taken: list[tuple[str, str]], page: Page, query: str, words: str):
    books()
    state, _ = begin(dana, "books")
    answer = dana.get("/connections/books/callback?" + query.format(state=state))
    assert answer.url == "/connections"
    assert taken == []
    assert words in page("/connections")


def test_a_state_works_once(dana: Client, taken: list[tuple[str, str]]):
    books()
    state, _ = begin(dana, "books")
    for _ in range(2):
        dana.get(f"/connections/books/callback?state={state}&code=abc&realmId=4620816365000000001")
    assert len(taken) == 1


def test_a_state_belongs_to_one_connection_and_one_person(dana: Client, taken: list[tuple[str, str]]):
    books()
    field()
    state, _ = begin(dana, "books")
    dana.get(f"/connections/field/callback?state={state}&code=abc")
    other = Client()
    other.force_login(rows.user("eve"))
    other.get(f"/connections/books/callback?state={state}&code=abc&realmId=4620816365000000001")
    assert taken == []


def test_procore_leads_on_to_the_choice_of_the_company(dana: Client, taken: list[tuple[str, str]]):
    field(company_id="")
    state, _ = begin(dana, "field")
    assert dana.get(f"/connections/field/callback?state={state}&code=abc").url == "/connections/field/company"


@pytest.fixture
def two_companies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        connections, "companies", lambda connection: [("1", "Maple Ridge Builders"), ("2", "Birch & Sons")]
    )


def test_A6_the_company_is_one_that_the_person_can_see(dana: Client, two_companies: None, page: Page):
    field(company_id="", company_name="")
    assert "Birch &amp; Sons" in page("/connections/field/company")
    assert dana.post("/connections/field/company", {"company": "77"}).status_code == 422
    assert dana.post("/connections/field/company", {"company": "2"}).url == "/connections"
    kept = Connection.objects.get(name="field")
    assert (kept.company_id, kept.company_name) == ("2", "Birch & Sons")


def test_A6_another_company_is_refused_once_records_are_mapped_or_linked(dana: Client, two_companies: None):
    mine = field(company_id="1")
    pair = Pair.objects.create(name="maple", procore=mine, quickbooks=books())
    Mapping.objects.create(pair=pair, kind="vendor", source="a", target="b")
    Agreed.objects.create(pair=pair, flow="f", slot="s", at=rows.NOW)
    answer = dana.post("/connections/field/company", {"company": "2"})
    assert answer.status_code == 422
    assert "1 mapping and 1 linked record" in answer.content.decode()
    assert Connection.objects.get(name="field").company_id == "1"
    assert dana.post("/connections/field/company", {"company": "1"}).status_code == 302


@pytest.mark.parametrize(("change", "state"), [
    ({"tokens_sealed": b"sealed"}, "Connected"),
    ({"tokens_sealed": b""}, "Not connected"),
    ({"client_id": ""}, "Not set up"),
    ({"tokens_sealed": b"sealed", "refused_why": "invalid_grant"}, "Has to be connected again"),
    ({"tokens_sealed": b"sealed", "refresh_expires_at": rows.NOW - timedelta(days=1)}, "Has to be connected again"),
    ({"tokens_sealed": b"sealed", "company_id": ""}, "Company not chosen"),
    ({"grant": "client_credentials", "tokens_sealed": b""}, "Connected"),
])
def test_each_connection_says_how_it_is(page: Page, change: dict[str, object], state: str):
    field(**change)
    assert f"</svg>{state}</span>" in page("/connections")


def test_a_refused_connection_says_what_to_do(page: Page):
    field(tokens_sealed=b"sealed", refused_why="invalid_grant")
    text = page("/connections")
    assert "Procore no longer accepts the connection" in text
    assert "Connect Procore again, as a user who may see the company." in text


def test_no_secret_stands_on_the_page(page: Page):
    field(tokens_sealed=b"sealed-tokens", client_secret_sealed=b"sealed-secret")
    text = page("/connections")
    assert "sealed" not in text


def test_a_connection_without_a_client_id_cannot_be_connected(dana: Client, page: Page):
    field(client_id="")
    assert dana.get("/connections/field/connect").url == "/connections"
    assert "has no client id" in page("/connections")


def test_A14_a_check_says_for_each_system_what_is_wrong_and_the_fix(dana: Client):
    Pair.objects.create(name="maple", procore=field(), quickbooks=books(), mode="live")
    text = dana.post("/connections/check", {"pair": "maple"}).content.decode()
    assert "checks need" in text
    assert "Does not work" in text
    assert "Connect" in text
    assert dana.get("/connections/check").status_code == 405
