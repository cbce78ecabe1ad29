"""Procore's two grants against the practice login host."""
from datetime import timedelta

import pytest

from tests.adapters.procore.office import BACK, Office, connected, cut, lose, says
from tieout.adapters.http import GrantRefused
from tieout.adapters.procore import auth
from tieout.adapters.procore.auth import app
from tieout.ports import NotAuthorised, Unreachable


@pytest.fixture
def person() -> Office:
    return connected(Office(how="authorization_code"))


def test_a_service_account_gets_its_token_by_itself_and_again_before_it_ends() -> None:
    office = Office()
    office.read("projects")
    first = office.store.tokens
    assert first is not None and first.refresh == ""
    office.read("projects")
    assert len(office.store.written) == 1
    office.later(minutes=86)
    office.read("projects")
    assert len(office.store.written) == 2 and office.store.tokens != first


def test_a_persons_grant_is_refreshed_with_the_single_use_token_and_the_new_one_is_kept(person: Office) -> None:
    seen = {person.store.tokens.refresh} if person.store.tokens else set()
    for _ in range(3):
        person.later(minutes=86)
        person.read("projects")
        assert person.store.tokens is not None
        seen.add(person.store.tokens.refresh)
    assert len(seen) == 4


def test_nobody_connected_says_so_without_asking_procore() -> None:
    office = Office(how="authorization_code")
    with pytest.raises(NotAuthorised, match="not connected"):
        office.read("projects")
    assert office.asked == []


def test_a_revoked_grant_asks_for_a_person_and_is_not_tried_again(person: Office) -> None:
    assert person.store.tokens is not None
    assert auth.revoke(person.app, person.store.tokens, transport=person.transport)
    with pytest.raises(NotAuthorised) as gone:
        person.read("projects")
    assert "withdrawn" in gone.value.says and "Connect Procore again" in gone.value.fix
    assert len(person.store.refusals) == 1


def test_an_answer_lost_while_refreshing_needs_a_person(person: Office) -> None:
    """Procore ends a refresh token with any call that carries it; the new one never arrived."""
    person.later(minutes=91)
    person.next("POST", "oauth/token", lose)
    with pytest.raises((Unreachable, NotAuthorised)):
        person.read("projects")
    with pytest.raises(NotAuthorised):
        person.read("projects")


def test_a_login_host_that_is_down_does_not_end_the_grant(person: Office) -> None:
    person.later(minutes=86)                                     # early: the access token is still good
    person.next("POST", "oauth/token", cut)
    assert person.read("projects").cursor
    person.read("projects")
    assert person.store.refusals == []


def test_a_wrong_secret_is_said_and_the_grant_is_kept(person: Office) -> None:
    wrong = app(person.practice.app_client_id, "wrong", "https://procore.example")
    grant = auth.grant(wrong, person.store, "authorization_code", calls=person.calls, redirect_uri=BACK,
                       transport=person.transport, now=person.clock.now)
    person.later(minutes=91)
    with pytest.raises(NotAuthorised, match="client id and secret"):
        grant.access()
    assert person.store.refusals == []


def test_a_code_is_good_once(person: Office) -> None:
    with pytest.raises(GrantRefused, match="invalid_grant"):
        auth.exchange_code(person.app, "used", BACK, calls=person.calls, transport=person.transport)


def test_a_token_that_procore_no_longer_takes_is_renewed_once_and_the_call_goes_through() -> None:
    office = Office()
    office.read("projects")
    assert office.store.tokens is not None
    auth.revoke(office.app, office.store.tokens, transport=office.transport)
    assert office.read("projects").cursor
    assert len(office.store.written) == 2


def test_a_token_that_ends_early_by_procores_clock_is_renewed(person: Office) -> None:
    person.practice.kit.clock.advance(timedelta(minutes=84))
    person.next("GET", "projects", says(401, '{"errors": "Invalid Token"}'))
    assert person.read("projects").cursor


def test_nothing_secret_is_shown(person: Office) -> None:
    assert person.practice.app_client_secret not in repr(person.app)
    shown = repr(person.grant) + repr(person.procore) + repr(person.app)
    assert person.store.tokens is not None and person.store.tokens.access not in shown
