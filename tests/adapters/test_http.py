import logging
import socket
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from time import sleep as really_sleep

import httpx2
import pytest

from tests.support.bridge import MemoryTokens, Permit, Waits
from tieout.adapters.http import Client, Grant, GrantRefused, Reply, authorize_url, request_tokens, tokens_from
from tieout.adapters.quickbooks_online import auth
from tieout.ports import Busy, CallCount, NoAnswer, NotAuthorised, Tokens, Unreachable, WritesForbidden
from tieout.sandbox.kit import Clock

START = datetime(2026, 3, 2, 16, 0, tzinfo=UTC)
Answers = list[httpx2.Response | Exception]


class Vendor:
    """Gives the answers it was handed, in turn; the last one for good. Remembers what it was asked."""

    def __init__(self, *answers: httpx2.Response | Exception) -> None:
        self.answers, self.asked = list(answers), list[httpx2.Request]()

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        self.asked.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return httpx2.Response(answer.status_code, headers=dict(answer.headers), content=answer.content)


def page(status: int, body: object = None, **headers: str) -> httpx2.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx2.Response(status, json={} if body is None else body, headers=named)


def html(status: int) -> httpx2.Response:
    return httpx2.Response(status, content=b"<html><h1>Bad gateway</h1></html>")


class Office:
    """A client with everything around it that a test looks at."""

    def __init__(self, vendor: Vendor, permit: Permit | None = None,
                 renew: Callable[[Tokens | None], Tokens] | None = None) -> None:
        self.vendor, self.clock, self.calls = vendor, Clock(START, frozen=True), CallCount()
        self.waits = Waits(self.clock)
        self.store = MemoryTokens(tokens("first", minutes=60))
        self.renewals: list[Tokens | None] = []

        def renewed(current: Tokens | None) -> Tokens:
            self.renewals.append(current)
            return renew(current) if renew else tokens(f"renewed-{len(self.renewals)}", minutes=120)

        self.client = Client(
            vendor="Vendor", base_url="https://vendor.example/api/", guard=permit or Permit(), calls=self.calls,
            grant=Grant("Vendor", self.store, renewed, now=self.clock.now),
            reads_by_post=lambda path: path.endswith("/query"), transport=httpx2.MockTransport(vendor),
            now=self.clock.now, sleep=self.waits, chance=lambda: 1.0)

    def read(self, method: str = "GET", path: str = "/things") -> Reply:
        return self.client.read(path, endpoint="/things", method=method, params=[("a[b]", "c d&'")])

    def write(self) -> Reply | Busy | NoAnswer:
        return self.client.write("POST", "/things", endpoint="/things", content=b"{}", busy_s=60)


def tokens(access: str, *, minutes: float, at: datetime = START) -> Tokens:
    return Tokens(access=access, expires_at=at + timedelta(minutes=minutes), refresh="refresh-secret")


# --- the guard (I7) --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["POST", "PATCH", "PUT", "DELETE"])
def test_i7_nothing_leaves_while_writing_is_off(method: str) -> None:
    office = Office(Vendor(page(200)), Permit(writing=False))
    with pytest.raises(WritesForbidden, match="writing is off"):
        office.client.write(method, "/things", endpoint="/things", content=b"{}")
    assert office.vendor.asked == [] and office.calls.by_endpoint == {}


def test_a_query_by_post_is_a_read_and_any_other_post_is_not() -> None:
    office = Office(Vendor(page(200)), Permit(writing=False))
    assert office.read("POST", "/query").status == 200
    with pytest.raises(AssertionError, match="is a write"):
        office.read("POST", "/things")
    assert [request.url.path for request in office.vendor.asked] == ["/api/query"]


def test_i7_writing_that_was_turned_off_while_we_waited_for_a_token_is_off() -> None:
    permit = Permit()

    def slow(current: Tokens | None) -> Tokens:
        office.clock.advance(timedelta(seconds=20))
        permit.writing = False
        return tokens("renewed", minutes=120)

    office = Office(Vendor(page(200)), permit, renew=slow)
    office.store.tokens = tokens("old", minutes=1)
    with pytest.raises(WritesForbidden):
        office.write()
    assert office.vendor.asked == []


def test_a_project_that_may_not_be_read_is_not_asked_for() -> None:
    office = Office(Vendor(page(200)), Permit(reading=False))
    with pytest.raises(NotAuthorised, match="not allowed by the set-up"):
        office.read()
    assert office.vendor.asked == []


# --- reads -----------------------------------------------------------------------------------------------------------


def test_A184_a_read_goes_on_until_it_is_answered_and_waits_longer_each_time() -> None:
    office = Office(Vendor(page(503), httpx2.ReadError("cut"), html(502), page(200, {"a": 1})))
    assert office.read().json() == {"a": 1}
    assert office.waits.seconds == [1.0, 2.0, 4.0]
    assert office.calls.by_endpoint == {"GET /things": 4}


def test_A184_a_busy_vendor_is_given_the_later_of_the_two_times_it_names() -> None:
    reset = str(int((START + timedelta(seconds=20)).timestamp()))
    office = Office(Vendor(page(429, Retry_After="7", X_Rate_Limit_Reset=reset), page(200)))
    office.read()
    assert 20 <= office.waits.seconds[0] <= 23


def test_a_date_in_retry_after_counts_too() -> None:
    office = Office(Vendor(page(429, Retry_After="Mon, 02 Mar 2026 16:00:09 GMT"), page(200)))
    office.read()
    assert 9 <= office.waits.seconds[0] <= 10


def test_a_long_wait_is_handed_on_instead_of_slept_through() -> None:
    office = Office(Vendor(page(429, Retry_After="3000")))
    with pytest.raises(Unreachable) as stopped:
        office.read()
    assert office.waits.seconds == [] and stopped.value.wait_s >= 3000 and len(office.vendor.asked) == 1


def test_a_read_that_is_never_answered_ends() -> None:
    office = Office(Vendor(httpx2.ConnectError("refused")))
    with pytest.raises(Unreachable, match="ConnectError"):
        office.read()
    assert len(office.vendor.asked) == 5


def test_a_refusal_of_a_read_is_an_answer() -> None:
    office = Office(Vendor(page(404, {"error": "gone"})))
    assert office.read().status == 404
    assert len(office.vendor.asked) == 1


def test_a_query_is_encoded_once_and_names_keep_their_brackets() -> None:
    office = Office(Vendor(page(200)))
    office.read()
    assert str(office.vendor.asked[0].url) == "https://vendor.example/api/things?a%5Bb%5D=c%20d%26%27"


def test_a_token_does_not_follow_a_redirect_to_another_host() -> None:
    office = Office(Vendor(page(302, location="https://elsewhere.example/")))
    assert office.read().status == 302
    assert len(office.vendor.asked) == 1


def test_an_answer_that_trickles_is_cut_at_its_deadline() -> None:
    class Drip(httpx2.SyncByteStream):
        def __iter__(self) -> Iterator[bytes]:
            while True:
                office.clock.advance(timedelta(seconds=60))
                yield b"x"

    office = Office(Vendor(page(200)))
    dripping = httpx2.MockTransport(lambda request: httpx2.Response(200, stream=Drip()))
    office.client._http = httpx2.Client(transport=dripping)
    with pytest.raises(Unreachable, match="longer than its deadline"):
        office.read()


def test_amounts_keep_every_digit() -> None:
    office = Office(Vendor(httpx2.Response(200, content=b'{"a": 9007199254740993.07, "b": 0.1}')))
    assert [str(amount) for amount in office.read().json().values()] == ["9007199254740993.07", "0.1"]


# --- writes ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("answer", [httpx2.ReadError("cut"), httpx2.ReadTimeout("late"), httpx2.WriteError("cut"),
                                    httpx2.RemoteProtocolError("closed"), html(502), html(504), page(504), html(500)])
def test_a_write_without_an_answer_is_sent_once_and_is_in_doubt(answer: httpx2.Response | Exception) -> None:
    office = Office(Vendor(answer))
    assert isinstance(office.write(), NoAnswer)
    assert len(office.vendor.asked) == 1


@pytest.mark.parametrize("answer", [httpx2.ConnectError("refused"), httpx2.ConnectTimeout("late"),
                                    httpx2.PoolTimeout("full"), page(429), html(503)])
def test_a_write_that_was_surely_not_done_is_not_in_doubt(answer: httpx2.Response | Exception) -> None:
    office = Office(Vendor(answer))
    outcome = office.write()
    assert isinstance(outcome, Busy) and outcome.wait_s == 60
    assert len(office.vendor.asked) == 1


def test_a_busy_write_says_when_to_come_again() -> None:
    assert Office(Vendor(page(503, Retry_After="5"))).write() == Busy(wait_s=6, why="Vendor answered 503")


def test_a_readable_failure_of_a_write_comes_back_to_be_read() -> None:
    outcome = Office(Vendor(page(500, {"Fault": 1}))).write()
    assert isinstance(outcome, Reply) and outcome.json() == {"Fault": 1}


def test_a_write_whose_token_cannot_be_had_was_not_done() -> None:
    def down(current: Tokens | None) -> Tokens:
        raise Unreachable("the token endpoint is down", 30)

    office = Office(Vendor(page(200)), renew=down)
    office.store.tokens = tokens("old", minutes=-1)
    assert office.write() == Busy(wait_s=30, why="the token endpoint is down")
    assert office.vendor.asked == []


def over_a_socket(office: Office, answer: bytes | None) -> Reply | Busy | NoAnswer:
    """One write to a server of this machine that takes the request in and sends this back; None: nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

        def serve() -> None:
            caller, _ = server.accept()
            with caller:
                taken = b""
                while not taken.endswith(b"{}"):
                    taken += caller.recv(65536)
                caller.sendall(answer or b"")

        if answer is None:
            server.close()
        else:
            threading.Thread(target=serve, daemon=True).start()
        office.client._base = f"http://127.0.0.1:{port}"
        office.client._http = httpx2.Client(timeout=5, trust_env=False)
        return office.write()


@pytest.mark.parametrize(("answer", "expected"), [
    (None, Busy), (b"", NoAnswer), (b"HTTP/1.1 200 OK\r\nContent-Le", NoAnswer),
    (b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n{}", NoAnswer),
    (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", Reply)])
def test_a_real_connection_that_is_refused_or_cut_is_told_from_one_that_answers(
        answer: bytes | None, expected: type[Reply | Busy | NoAnswer]) -> None:
    assert type(over_a_socket(Office(Vendor(page(200))), answer)) is expected


# --- tokens ----------------------------------------------------------------------------------------------------------


def test_a_refused_token_is_renewed_once_and_the_call_is_made_again() -> None:
    office = Office(Vendor(page(401), page(200)))
    assert office.write() == Reply(200, {"content-length": "2", "content-type": "application/json"}, b"{}")
    assert [request.headers["authorization"] for request in office.vendor.asked] == ["Bearer first", "Bearer renewed-1"]


def test_a_second_refusal_is_for_a_person() -> None:
    office = Office(Vendor(page(401)))
    with pytest.raises(NotAuthorised) as stopped:
        office.read()
    assert "Connect Vendor again" in stopped.value.fix
    assert len(office.renewals) == 1 and len(office.vendor.asked) == 2


def test_A10_twenty_threads_at_minute_59_make_one_refresh() -> None:
    def slow(current: Tokens | None) -> Tokens:
        really_sleep(0.05)
        return tokens("renewed", minutes=119)

    office = Office(Vendor(page(200)), renew=slow)
    office.clock.advance(timedelta(minutes=59))
    start, threads = threading.Barrier(20), []

    def call() -> None:
        start.wait()
        office.read()

    for _ in range(20):
        threads.append(threading.Thread(target=call))
        threads[-1].start()
    for thread in threads:
        thread.join()
    assert len(office.renewals) == 1
    assert {request.headers["authorization"] for request in office.vendor.asked} == {"Bearer renewed"}


def test_a_token_that_somebody_else_renewed_is_used() -> None:
    office = Office(Vendor(page(401), page(200)))
    assert office.client.grant.access() == "first"
    office.store.tokens = tokens("theirs", minutes=60)
    office.read()
    assert office.renewals == [] and office.vendor.asked[-1].headers["authorization"] == "Bearer theirs"


def test_new_tokens_are_kept_before_they_are_used(monkeypatch: pytest.MonkeyPatch) -> None:
    office = Office(Vendor(page(200)))
    office.store.tokens = tokens("old", minutes=1)

    def lost(kept: Tokens) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(office.store, "write", lost)
    with pytest.raises(OSError, match="disk is full"):
        office.read()
    assert office.vendor.asked == []


def test_a_token_endpoint_that_is_down_does_not_stop_a_token_that_still_works() -> None:
    def down(current: Tokens | None) -> Tokens:
        raise Unreachable("down")

    office = Office(Vendor(page(200)), renew=down)
    office.store.tokens = tokens("nearly", minutes=2)
    assert office.read().status == 200
    assert office.vendor.asked[0].headers["authorization"] == "Bearer nearly"
    assert office.store.refusals == []


@pytest.mark.parametrize("answer", [
    html(503), page(429), httpx2.ReadError("cut"), html(200), page(403, {"message": "Forbidden"}), page(404, {})])
def test_a_token_endpoint_in_trouble_never_costs_the_grant(answer: httpx2.Response | Exception) -> None:
    store = MemoryTokens(tokens("old", minutes=-1))
    grant = auth.grant(auth.app("id", "secret"), store, calls=CallCount(), now=lambda: START,
                       transport=httpx2.MockTransport(Vendor(answer)))
    with pytest.raises(Unreachable):
        grant.access()
    assert store.refusals == [] and store.tokens == tokens("old", minutes=-1)


def test_a_withdrawn_grant_is_noted_and_is_for_a_person() -> None:
    store = MemoryTokens(tokens("old", minutes=-1))
    vendor = Vendor(page(400, {"error": "invalid_grant", "error_description": "Token revoked"}))
    grant = auth.grant(auth.app("id", "secret"), store, calls=CallCount(), transport=httpx2.MockTransport(vendor),
                       now=lambda: START)
    with pytest.raises(NotAuthorised, match="withdrawn"):
        grant.access()
    assert store.refusals == ["invalid_grant: Token revoked"]


def test_a_wrong_client_secret_does_not_give_the_grant_up() -> None:
    store = MemoryTokens(tokens("old", minutes=-1))
    grant = auth.grant(auth.app("id", "secret"), store, calls=CallCount(), now=lambda: START,
                       transport=httpx2.MockTransport(Vendor(page(401, {"error": "invalid_client"}))))
    with pytest.raises(NotAuthorised, match="client id and secret"):
        grant.access()
    assert store.refusals == []


def test_a_connection_that_nobody_made_says_so() -> None:
    office = Office(Vendor(page(200)))
    office.store.tokens = None
    with pytest.raises(NotAuthorised, match="is not connected"):
        office.read()


def test_a_refresh_that_names_no_new_refresh_token_keeps_the_one_in_force() -> None:
    answer = {"access_token": "a", "expires_in": 3600}
    assert tokens_from("V", answer, START, "kept") == Tokens(
        access="a", expires_at=START + timedelta(hours=1), refresh="kept")


def test_a_refused_code_names_what_the_vendor_said() -> None:
    vendor = Vendor(page(400, {"error": "invalid_grant", "error_description": "Invalid authorization code"}))
    with pytest.raises(GrantRefused, match="Invalid authorization code"):
        request_tokens(auth.app("id", "secret"), "authorization_code", calls=CallCount(), code="x",
                       redirect_uri="https://us.example/back", transport=httpx2.MockTransport(vendor))
    sent = b"grant_type=authorization_code&redirect_uri=https%3A%2F%2Fus.example%2Fback&code=x"
    assert vendor.asked[0].content == sent
    assert vendor.asked[0].headers["authorization"] == "Basic aWQ6c2VjcmV0"


def test_the_browser_is_sent_with_state_and_the_exact_address_to_come_back_to() -> None:
    url = httpx2.URL(authorize_url(auth.app("id", "secret"), redirect_uri="https://us.example/back?x=1", state="s t"))
    assert url.host == "appcenter.intuit.com" and dict(url.params) == {
        "response_type": "code", "client_id": "id", "redirect_uri": "https://us.example/back?x=1", "state": "s t"}


def test_no_secret_is_shown_or_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    office = Office(Vendor(page(401), page(200)))
    office.read()
    shown = " ".join([caplog.text, repr(office.client), repr(office.client.grant), repr(office.store.tokens),
                      repr(auth.app("id", "client-secret")), repr(office.read())])
    assert not [secret for secret in ("refresh-secret", "client-secret", "Bearer", "renewed-1") if secret in shown]
