"""What a pair's mode and routing let through, asked by the HTTP layer before every call."""
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx2
import pytest
from django.conf import settings
from django.urls import reverse

from tieout.adapters.http import utc_now
from tieout.app import wiring
from tieout.app.web.outside import callback_uri
from tieout.app.wiring import PairGuard, Surroundings
from tieout.core.drafts import VendorDraft
from tieout.engine.sides import sides_of
from tieout.engine.store.models import Connection, Pair, RoutedProject, Seen, SeenLink
from tieout.engine.store.tokens import KeptTokens, keep_secret
from tieout.ports import NotAuthorised, Order, Reading, System, Tokens, WritesForbidden

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def pair() -> Pair:
    rows = []
    for name, kind, company in (("field", "procore", "11"), ("books", "quickbooks_online", "22")):
        row = Connection(name=name, kind=kind, company_id=company, client_id="c", grant="authorization_code")
        keep_secret(row, settings.TIEOUT_ENVELOPE_KEY, "hush")
        row.save()
        KeptTokens(row.pk, settings.TIEOUT_ENVELOPE_KEY).write(
            Tokens(access="token", refresh="r", expires_at=utc_now() + timedelta(hours=1)))
        rows.append(row)
    made = Pair.objects.create(name="maple", procore=rows[0], quickbooks=rows[1], mode="live")
    RoutedProject.objects.create(pair=made, number="24-017", start=NOW.date())
    for key, number in (("501", "24-017"), ("502", "24-018")):
        seen = Seen.objects.create(connection=rows[0], kind="project", key=key, digest="", seen_at=NOW, seq=1)
        SeenLink.objects.create(seen=seen, kind="number", key=number)
    return made


@pytest.mark.parametrize(("mode", "reads", "writes"), [
    ("off", False, False), ("shadow", True, False), ("review", True, True), ("live", True, True)])
def test_I7_in_off_and_shadow_nothing_may_be_written_and_in_off_nothing_read(
        pair: Pair, mode: str, reads: bool, writes: bool):
    guard = PairGuard(pair.pk, pair.procore)
    Pair.objects.update(mode=mode)
    RoutedProject.objects.update(modes={"subcontractor_invoice_to_bill": "live"})
    assert (guard.may_read(""), guard.may_write("")) == (reads, writes)
    assert (guard.may_read("501"), guard.may_write("501")) == (reads, writes)


def test_only_routed_projects_are_read_or_written(pair: Pair):
    guard = PairGuard(pair.pk, pair.procore)
    assert (guard.may_read("502"), guard.may_write("502")) == (False, False)
    RoutedProject.objects.create(pair=pair, number="24-018", start=NOW.date())
    assert (guard.may_read("502"), guard.may_write("502")) == (True, True)


def test_a_doctors_look_reads_in_off_and_writes_in_no_mode(pair: Pair):
    guard = PairGuard(pair.pk, pair.procore, reads_only=True)
    for mode in ("off", "live"):
        Pair.objects.update(mode=mode)
        assert (guard.may_read(""), guard.may_write("")) == (True, False)


def test_a_refused_or_unchosen_connection_is_told_before_any_call(pair: Pair):
    guard = PairGuard(pair.pk, pair.quickbooks)
    Connection.objects.filter(name="books").update(refused_why="invalid_grant")
    with pytest.raises(NotAuthorised, match="the grant of “books” was refused: invalid_grant"):
        guard.may_read("")
    Connection.objects.filter(name="books").update(refused_why="", company_id="")
    with pytest.raises(NotAuthorised, match="not connected to a company yet"):
        guard.may_write("")


class Vendor(httpx2.BaseTransport):
    """Counts what leaves the process."""

    def __init__(self) -> None:
        self.asked: list[httpx2.Request] = []

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        self.asked.append(request)
        return httpx2.Response(200, json={"Vendor": {"Id": "1", "SyncToken": "0", "DisplayName": "Ace"}})


@pytest.fixture
def vendor() -> Iterator[Vendor]:
    vendor = Vendor()
    with wiring.within(Surroundings(transport=vendor)):
        yield vendor


def new_vendor(quickbooks: System) -> Order:
    return quickbooks.order(action="create", kind="vendor", key="k", tag="t", draft=VendorDraft(name="Ace"))


@pytest.mark.parametrize("mode", ["off", "shadow"])
def test_I7_no_write_leaves_the_process_in_off_or_shadow(pair: Pair, vendor: Vendor, mode: str):
    Pair.objects.update(mode=mode)
    _, quickbooks = wiring.systems_for(pair)
    with pytest.raises(WritesForbidden):
        quickbooks.deliver("d1", [new_vendor(quickbooks)])
    assert vendor.asked == []


def test_a_pair_turned_down_in_mid_turn_writes_nothing_more(pair: Pair, vendor: Vendor):
    _, quickbooks = wiring.systems_for(pair)
    quickbooks.deliver("d1", [new_vendor(quickbooks)])
    sent = len(vendor.asked)
    assert sent == 1
    assert vendor.asked[0].headers["authorization"] == "Bearer token"
    Pair.objects.update(mode="shadow")
    with pytest.raises(WritesForbidden):
        quickbooks.deliver("d2", [new_vendor(quickbooks)])
    assert len(vendor.asked) == sent


def test_the_pages_understand_what_was_seen_without_any_call_even_where_nothing_is_connected(
        pair: Pair, vendor: Vendor):
    Connection.objects.update(company_id="", tokens_sealed=b"", client_secret_sealed=b"\x01damaged")
    _, quickbooks = sides_of(Pair.objects.select_related("procore", "quickbooks").get())
    noun = quickbooks.understand(Reading(kind="vendor", key="1", version="0", raw=json.dumps(
        {"Id": "1", "SyncToken": "0", "DisplayName": "Ace", "Active": True})))
    assert "Ace" in str(noun)
    assert vendor.asked == []


def test_a_key_that_does_not_open_the_secrets_is_named_before_any_call(pair: Pair, vendor: Vendor):
    Connection.objects.update(client_secret_sealed=b"\x01" + bytes(60))
    _, quickbooks = wiring.systems_for(Pair.objects.get())
    with pytest.raises(NotAuthorised, match="cannot be opened with this key"):
        quickbooks.show("vendor", "1")
    assert vendor.asked == []


def test_procore_is_sent_the_same_callback_at_renewal_as_at_the_consent_page(pair: Pair):
    assert callback_uri(pair.procore) == settings.TIEOUT_BASE_URL + reverse("callback", args=["field"])
