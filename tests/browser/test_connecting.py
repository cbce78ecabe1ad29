"""A person lets tieout into both practice systems, through their own consent pages and over HTTP."""
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings as django_settings

from tests.support import rows
from tests.support.served import Served, served
from tieout.engine.store.models import Connection, TrailEntry
from tieout.engine.store.tokens import KeptTokens, keep_secret
from tieout.sandbox.sandbox import Sandbox

Faults = Callable[[Any], list[str]]


@pytest.fixture
def vendors() -> Iterator[Served]:
    with served(Sandbox.start("empty")) as both:
        yield both


@pytest.fixture
def unconnected(transactional_db: None, vendors: Served) -> None:
    """Both connections as the set-up file leaves them: an address and an app, and nobody's consent."""
    for name, kind, url, service in (("field", "procore", vendors.procore, vendors.sandbox.procore),
                                     ("books", "quickbooks_online", vendors.quickbooks, vendors.sandbox.quickbooks)):
        row = rows.connection(name, kind, base_url=url, login_url=url, client_id=service.client_id, tokens_sealed=b"",
                              company_id="", company_name="", last_read_at=None)
        keep_secret(row, django_settings.TIEOUT_ENVELOPE_KEY, service.client_secret)
        row.save()


def kept(name: str) -> Any:
    return KeptTokens(Connection.objects.get(name=name).pk, django_settings.TIEOUT_ENVELOPE_KEY).read()


def test_quickbooks_is_connected_by_its_consent_page(
        unconnected: None, inside: Any, live_server: Any, vendors: Served, accessibility_faults: Faults):
    inside.goto(f"{live_server.url}/connections")
    inside.click("a:has-text('Connect QuickBooks')")
    inside.wait_for_url(f"{vendors.quickbooks}/**")
    inside.click("button:has-text('Connect')")
    inside.wait_for_url(f"{live_server.url}/connections")
    assert "QuickBooks is connected." in inside.inner_text("#said")
    assert kept("books").refresh
    assert Connection.objects.get(name="books").company_id == vendors.sandbox.quickbooks.realm_id
    assert TrailEntry.objects.filter(chain="", by="dana", subject="connection:books").exists()
    assert accessibility_faults(inside) == []


def test_a_refused_consent_connects_nothing_and_says_so(
    unconnected: None, inside: Any, live_server: Any, vendors: Served
):
    inside.goto(f"{live_server.url}/connections")
    inside.click("a:has-text('Connect QuickBooks')")
    inside.wait_for_url(f"{vendors.quickbooks}/**")
    inside.click("button:has-text('Cancel')")
    inside.wait_for_url(f"{live_server.url}/connections")
    assert "the request was declined there" in inside.inner_text("#said")
    assert kept("books") is None


def test_procore_is_connected_and_its_company_chosen_from_those_one_can_see(
    unconnected: None, inside: Any, live_server: Any, vendors: Served, accessibility_faults: Callable[[Any], list[str]]
):
    inside.goto(f"{live_server.url}/connections")
    inside.click("a:has-text('Connect Procore')")
    inside.wait_for_url(f"{vendors.procore}/**")
    inside.click("button:has-text('Allow')")
    inside.wait_for_url(f"{live_server.url}/connections/field/company")
    assert accessibility_faults(inside) == []
    company = vendors.sandbox.procore.company
    inside.check(f"input[value='{company.id}']")
    inside.click("text=Use this company")
    inside.wait_for_url(f"{live_server.url}/connections")
    chosen = Connection.objects.get(name="field")
    assert (chosen.company_id, chosen.company_name) == (str(company.id), company.name)
    assert kept("field").refresh
