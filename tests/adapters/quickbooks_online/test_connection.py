from datetime import date, timedelta

import pytest

from tests.adapters.quickbooks_online.office import REALM, Office
from tests.support.bridge import MemoryTokens, Permit
from tieout.adapters.http import GrantRefused
from tieout.adapters.quickbooks_online import QuickBooksOnline, auth
from tieout.ports import NotAuthorised, Tokens
from tieout.sandbox.quickbooks_online.company import CompanyProfile


@pytest.fixture
def office() -> Office:
    return Office()


def failed(office: Office) -> dict[str, str]:
    return {check.what: check.fix for check in office.books.doctor() if not check.passed}


def test_a_grant_is_had_with_its_two_lives(office: Office) -> None:
    tokens = office.connect()
    now = office.kit.clock.now()
    assert tokens.expires_at == now + timedelta(hours=1)
    assert tokens.refresh and tokens.refresh_expires_at == now + timedelta(seconds=8_726_400)


def test_a_code_works_once(office: Office) -> None:
    with pytest.raises(GrantRefused, match="invalid_grant"):
        auth.exchange_code(office.app, code="used", redirect_uri="https://us.example/back", transport=office.transport)


def test_an_hour_later_the_token_is_refreshed_and_kept(office: Office) -> None:
    office.kit.clock.advance(timedelta(minutes=61))
    assert office.books.show("vendor", office.vendor.id) is not None
    assert len(office.store.written) == 1 and office.books.calls.by_endpoint["POST token"] == 1


def test_only_a_refresh_token_is_enough_to_begin_with(office: Office) -> None:
    tokens = office.store.tokens
    assert tokens is not None
    past = office.kit.clock.now() - timedelta(days=1)
    office.store.tokens = Tokens(access="", expires_at=past, refresh=tokens.refresh)
    assert office.books.show("vendor", office.vendor.id) is not None
    assert office.store.tokens.access


def test_a_token_revoked_at_intuit_is_renewed_once_and_then_is_for_a_person(office: Office) -> None:
    office.practice.oauth.disconnect(REALM)
    with pytest.raises(NotAuthorised) as stopped:
        office.books.show("vendor", office.vendor.id)
    assert "withdrawn" in stopped.value.says and "Connect QuickBooks again" in stopped.value.fix
    assert office.store.refusals and office.books.calls.by_endpoint["POST token"] == 1


def test_a_grant_that_is_given_back_is_gone(office: Office) -> None:
    assert office.store.tokens is not None
    assert auth.revoke(office.app, office.store.tokens, transport=office.transport)
    with pytest.raises(NotAuthorised):
        office.books.show("vendor", office.vendor.id)


@pytest.mark.parametrize("known", [True, False])
def test_a_grant_for_another_company_is_told(known: bool) -> None:
    office = Office(realm="9130000000000000009")
    if known:
        office.practice.add_company("9130000000000000009", CompanyProfile(name="Another"))
    with pytest.raises(NotAuthorised, match="another QuickBooks company") as stopped:
        office.books.show("vendor", office.vendor.id)
    assert "realm" in stopped.value.fix and office.store.refusals == []


def test_a_wrong_company_id_is_refused_before_anything_is_asked(office: Office) -> None:
    with pytest.raises(ValueError, match=r"'\.\./etc' is not a QuickBooks company id"):
        QuickBooksOnline(realm_id="../etc", app=office.app, store=MemoryTokens(), guard=Permit())


def test_the_doctor_finds_a_healthy_company_well(office: Office) -> None:
    office.posted("bill", office.bill(office.line("5.00")))
    checks = {check.what: check.says for check in office.books.doctor()}
    assert failed(office) == {}
    assert checks["QuickBooks connection"] == "Demo Builders, QuickBooks Online Plus."
    assert checks["Reading Bill"] == "One was read." and checks["Reading VendorCredit"] == "There is none yet."


def test_A59_the_doctor_names_what_is_wrong_and_the_fix(office: Office) -> None:
    office.practice.set_profile(CompanyProfile(edition="Essentials"))
    office.practice.set_closing_date(date(2026, 1, 31))
    office.books._now = lambda: office.kit.clock.now() + timedelta(days=95)
    found = failed(office)
    assert set(found) == {"Purchase orders", "Clock", "QuickBooks grant"} and all(found.values())
    assert any(check.says == "The books are closed through 2026-01-31." for check in office.books.doctor())


def test_the_doctor_of_a_connection_without_a_grant_says_only_that(office: Office) -> None:
    office.store.tokens = None
    [check] = office.books.doctor()
    assert (check.passed, check.says, check.fix) == (
        False, "QuickBooks is not connected.", "Connect QuickBooks under Connections.")
