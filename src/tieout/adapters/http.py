"""The one HTTP client of both vendors: time-outs, retries of reads, writes sent once, the guard, and tokens.

A read is repeated until it is answered or its time is up. A write is sent once, and what became of it is one of three:
a `Reply` (the vendor answered), `Busy` (known not done) or `NoAnswer` (it may have been done: look first).
Retries back off with jitter and heed what a vendor asks for [A184].
What is a write is decided here from method and path, so that nothing leaves while only reading is allowed (I7).
"""
from __future__ import annotations

import functools
import logging
import random
import ssl
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Literal
from urllib.parse import quote, urlencode

import httpx2
import msgspec
from authlib.oauth2.auth import ClientAuth
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri, prepare_token_request

from tieout.core.money import Money
from tieout.ports import (
    Busy,
    CallCount,
    Guard,
    NoAnswer,
    NotAuthorised,
    Tokens,
    TokenStore,
    Unreachable,
    WritesForbidden,
)

log = logging.getLogger(__name__)

Now = Callable[[], datetime]
Params = Sequence[tuple[str, str]]

READ_TRIES = 5
MOST_BYTES = 64 * 1024 * 1024
TOKEN_DEADLINE_S = 40                             # a refresh holds the connection's lock
EARLY = timedelta(minutes=5)                      # a token this near its end is refreshed before it is used
AT_ONCE = timedelta(seconds=1)
FORM = {"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded;charset=UTF-8"}

# Nothing of the request has reached the vendor.
NOT_SENT = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout, httpx2.ProxyError,
            httpx2.UnsupportedProtocol, httpx2.LocalProtocolError)

_decoder: msgspec.json.Decoder[Any] = msgspec.json.Decoder(float_hook=Money)


def utc_now() -> datetime:
    return datetime.now(UTC)


def decode(text: str | bytes) -> Any:
    """JSON with every fraction as an exact Decimal. Raises ValueError where it is no JSON."""
    try:
        return _decoder.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError) as wrong:
        raise ValueError(f"not JSON: {wrong}") from wrong


@dataclass(frozen=True, slots=True)
class Reply:
    """What the vendor answered. Header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)

    def json(self) -> Any:
        """Raises ValueError where the body is no JSON (a gateway's page, a cut answer)."""
        return decode(self.body)

    def begins(self) -> str:
        """The first words of the body, for a message about an answer that cannot be read."""
        return " ".join(self.body[:200].decode(errors="replace").split())[:120]


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """Seconds. `answer_s` is one wait for bytes; `deadline_s` all of one read with its retries, or all of one write."""

    connect_s: float = 10
    answer_s: float = 125
    deadline_s: float = 180
    first_wait_s: float = 1
    longest_wait_s: float = 30


TOKEN_TIMES = Times(answer_s=30, deadline_s=TOKEN_DEADLINE_S)


class Client:
    """One vendor, one company.

    reads_by_post   whether a POST to this path only reads (a query); every other non-GET is a write
    unauthorised    the vendor's words for a 401 that a fresh token did not cure
    """

    def __init__(self, *, vendor: str, base_url: str, guard: Guard, calls: CallCount, grant: Grant,
                 headers: Mapping[str, str] | None = None, reads_by_post: Callable[[str], bool] = lambda path: False,
                 unauthorised: Callable[[Reply], NotAuthorised] | None = None, times: Times | None = None,
                 transport: httpx2.BaseTransport | None = None, now: Now = utc_now,
                 sleep: Callable[[float], None] = time.sleep, chance: Callable[[], float] = random.random) -> None:
        self.vendor, self.guard, self.calls, self.grant = vendor, guard, calls, grant
        self.times, self.now, self.sleep, self.chance = times or Times(), now, sleep, chance
        self._reads_by_post, self._unauthorised = reads_by_post, unauthorised or self._not_accepted
        self._base = base_url.rstrip("/")
        self._headers = {"Accept": "application/json", "User-Agent": "tieout", **(headers or {})}
        self._http = open_http(self.times, transport)
        self._counting = threading.Lock()

    def __repr__(self) -> str:
        return f"Client({self.vendor}, {self._base})"

    def close(self) -> None:
        self._http.close()

    def is_write(self, method: str, path: str) -> bool:
        return method not in ("GET", "HEAD") and not (method == "POST" and self._reads_by_post(path))

    def read(self, path: str, *, endpoint: str, params: Params = (), method: str = "GET", content: bytes | None = None,
             headers: Mapping[str, str] | None = None, project: str = "") -> Reply:
        """Ask until it is answered. 401 raises NotAuthorised; 429 and 5xx that last, Unreachable; others come back.

        endpoint   the route's template, for counting: `/v3/company/{realm}/query`
        project    the Procore project it is about, for the guard
        """
        assert not self.is_write(method, path), f"{method} {path} is a write"
        until = self.now() + timedelta(seconds=self.times.deadline_s)
        why, wait_s = "no time was given", 60.0
        for tries in range(READ_TRIES):
            try:
                reply = self._authorised(method, path, endpoint, params, content, headers or {}, project, until)
            except httpx2.HTTPError as cut:
                why, told = f"{self.vendor} does not answer: {_named(cut)}", None
            except Unreachable as down:                      # the token endpoint
                why, told = str(down), float(down.wait_s)
            else:
                if reply.status != 429 and reply.status < 500:
                    return reply
                why = f"{self.vendor} answered {reply.status} to {endpoint}"
                told = told_to_wait(reply, self.now())
            wait_s = self._pause(tries) if told is None else told + self._pause(0) * told / 10
            if tries + 1 == READ_TRIES or self.now() + timedelta(seconds=wait_s) >= until:
                break
            self.sleep(wait_s)
        raise Unreachable(why, int(wait_s) + 1)

    def write(self, method: str, path: str, *, endpoint: str, params: Params = (), content: bytes | None = None,
              headers: Mapping[str, str] | None = None, project: str = "", busy_s: int = 60) -> Reply | Busy | NoAnswer:
        """Send once. Raises WritesForbidden and NotAuthorised, both with nothing done.

        busy_s    how long to wait after a 429 or 503 that does not say
        """
        assert self.is_write(method, path), f"{method} {path} is not a write"
        until = self.now() + timedelta(seconds=self.times.deadline_s)
        try:
            reply = self._authorised(method, path, endpoint, params, content, headers or {}, project, until)
        except NOT_SENT as refused:
            return Busy(wait_s=busy_s, why=f"{self.vendor} cannot be reached: {_named(refused)}")
        except Unreachable as down:
            return Busy(wait_s=down.wait_s, why=str(down))
        except httpx2.HTTPError as cut:
            return NoAnswer(why=f"{self.vendor} did not answer {endpoint}: {_named(cut)}")
        if reply.status in (429, 503):
            told = told_to_wait(reply, self.now())
            wait_s = busy_s if told is None else int(told) + 1
            return Busy(wait_s=wait_s, why=f"{self.vendor} answered {reply.status}")
        if reply.status in (502, 504):
            return NoAnswer(why=f"{self.vendor} answered {reply.status}")
        if reply.status >= 500:
            try:
                reply.json()
            except ValueError:
                return NoAnswer(why=f"{self.vendor} answered {reply.status} with a page: {reply.begins()}")
        return reply

    def _authorised(self, method: str, path: str, endpoint: str, params: Params, content: bytes | None,
                    headers: Mapping[str, str], project: str, until: datetime) -> Reply:
        """One call, and once more with a fresh token after a 401: a call that was not let in was not done."""
        self._ask_guard(method, path, project)
        token = self._waited_for(self.grant.access, method, path, project)
        reply = self._send(method, path, endpoint, params, content, headers, token, until)
        if reply.status != 401:
            return reply
        fresh = self._waited_for(lambda: self.grant.renewed(token), method, path, project)
        if fresh == token:
            raise self._unauthorised(reply)
        reply = self._send(method, path, endpoint, params, content, headers, fresh, until)
        if reply.status == 401:
            raise self._unauthorised(reply)
        return reply

    def _waited_for(self, token: Callable[[], str], method: str, path: str, project: str) -> str:
        """A token. Had it to be waited for, the guard is asked again: what was allowed then may not be allowed now."""
        began = self.now()
        found = token()
        if self.now() - began > AT_ONCE:
            self._ask_guard(method, path, project)
        return found

    def _ask_guard(self, method: str, path: str, project: str) -> None:
        about = f"project {project}" if project else "the company"
        if self.is_write(method, path):
            if not self.guard.may_write(project):
                raise WritesForbidden(f"{self.vendor}: {method} {path} for {about} was stopped: writing is off")
        elif not self.guard.may_read(project):
            raise NotAuthorised(f"{self.vendor}: reading {path} for {about} is not allowed by the set-up.",
                                "Route the project to this pair in the set-up file, and apply it.")

    def _send(self, method: str, path: str, endpoint: str, params: Params, content: bytes | None,
              headers: Mapping[str, str], token: str, until: datetime) -> Reply:
        with self._counting:
            self.calls.note(f"{method} {endpoint}")
        url = self._base + path + (f"?{urlencode(params, quote_via=quote)}" if params else "")
        sent = {**self._headers, **headers, "Authorization": f"Bearer {token}"}
        reply = exchange(self._http, self._http.build_request(method, url, headers=sent, content=content),
                         self.now, until)
        log.debug("%s %s %s answered %s, trace %s", self.vendor, method, endpoint, reply.status,
                  reply.headers.get("intuit_tid") or reply.headers.get("x-request-id", "-"))
        return reply

    def _pause(self, tries: int) -> float:
        """Exponential, with full jitter over its upper half."""
        most = min(self.times.first_wait_s * float(2 ** tries), self.times.longest_wait_s)
        return most * (0.5 + self.chance() / 2)

    def _not_accepted(self, reply: Reply) -> NotAuthorised:
        return NotAuthorised(f"{self.vendor} does not accept this connection any more (401).",
                             f"Connect {self.vendor} again under Connections.")


def open_http(times: Times, transport: httpx2.BaseTransport | None) -> httpx2.Client:
    """Never follows a redirect: a token must not reach another host."""
    return httpx2.Client(transport=transport, follow_redirects=False, verify=_trusted() if transport is None else True,
                         timeout=httpx2.Timeout(times.answer_s, connect=times.connect_s))


@functools.cache
def _trusted() -> ssl.SSLContext:
    """The machine's certificates, read once a process: reading them costs more than an idle turn's call."""
    return httpx2.create_ssl_context()


def exchange(http: httpx2.Client, request: httpx2.Request, now: Now, until: datetime) -> Reply:
    """Send and take in the whole answer, bounded in time and size: one that trickles would never time out."""
    answer = http.send(request, stream=True)
    try:
        parts, size = [], 0
        for part in answer.iter_bytes():
            parts.append(part)
            size += len(part)
            if size > MOST_BYTES:
                raise httpx2.ReadError(f"the answer is larger than {MOST_BYTES} bytes", request=request)
            if now() > until:
                raise httpx2.ReadTimeout("the answer took longer than its deadline", request=request)
    finally:
        answer.close()
    return Reply(answer.status_code, {name.lower(): value for name, value in answer.headers.items()}, b"".join(parts))


def told_to_wait(reply: Reply, now: datetime) -> float | None:
    """Seconds by Retry-After (seconds or date) and X-Rate-Limit-Reset (unix seconds), the later; None when unsaid."""
    waits = []
    after, reset = reply.headers.get("retry-after", "").strip(), reply.headers.get("x-rate-limit-reset", "").strip()
    if after.isdigit():
        waits.append(float(after))
    elif after:
        with suppress(ValueError):
            waits.append((parsedate_to_datetime(after) - now).total_seconds())
    if reset.isdigit():
        waits.append(float(reset) - now.timestamp())
    return max(0.0, *waits) if waits else None


def _named(cut: httpx2.HTTPError) -> str:
    return f"{type(cut).__name__} {cut}".strip()


# --- OAuth -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class OAuthApp:
    """Our registration with a vendor. `secret_in` says where the vendor wants the client's credentials."""

    vendor: str
    client_id: str
    client_secret: str = field(repr=False)
    authorize_url: str
    token_url: str
    revoke_url: str = ""
    secret_in: Literal["basic", "body"] = "basic"


class GrantRefused(Exception):
    """The token endpoint said no. `error` is OAuth's word: invalid_grant, invalid_client …"""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(f"{error}: {description}".rstrip(": "))
        self.error = error


def authorize_url(app: OAuthApp, *, redirect_uri: str, state: str, scope: str = "") -> str:
    """Where a person's browser is sent to give the grant."""
    return str(prepare_grant_uri(app.authorize_url, app.client_id, "code", redirect_uri, scope or None, state))


def request_tokens(app: OAuthApp, grant_type: str, *, calls: CallCount, now: Now = utc_now, times: Times | None = None,
                   transport: httpx2.BaseTransport | None = None, headers: Mapping[str, str] | None = None,
                   redirect_uri: str = "", **params: str) -> Tokens:
    """One call to the token endpoint. Raises GrantRefused, or Unreachable where the grant is not in question."""
    body = prepare_token_request(grant_type, "", redirect_uri or None, **params)
    calls.note("POST token")
    reply = _post_form(app, app.token_url, body, headers or {}, now, times or TOKEN_TIMES, transport)
    try:
        answer = reply.json()
    except ValueError:
        answer = None
    speaks_oauth = isinstance(answer, dict) and (reply.status < 400 or "error" in answer)
    if not speaks_oauth or reply.status == 429 or reply.status >= 500:
        wait_s = told_to_wait(reply, now())
        raise Unreachable(f"{app.vendor}'s token endpoint answered {reply.status}: {reply.begins()}",
                          60 if wait_s is None else int(wait_s) + 1)
    if "error" in answer:
        raise GrantRefused(str(answer["error"]), str(answer.get("error_description", "")))
    return tokens_from(app.vendor, answer, now(), params.get("refresh_token", ""))


def revoke(app: OAuthApp, token: str, *, in_json: bool, now: Now = utc_now, times: Times | None = None,
           transport: httpx2.BaseTransport | None = None) -> bool:
    """Give the grant back. True when the vendor took it, or no longer knew it."""
    body = msgspec.json.encode({"token": token}).decode() if in_json else urlencode({"token": token})
    headers = {"Content-Type": "application/json"} if in_json else {}
    reply = _post_form(app, app.revoke_url, body, headers, now, times or TOKEN_TIMES, transport)
    return reply.status in (200, 400)


def _post_form(app: OAuthApp, url: str, body: str, headers: Mapping[str, str], now: Now, times: Times,
               transport: httpx2.BaseTransport | None) -> Reply:
    method = {"basic": "client_secret_basic", "body": "client_secret_post"}[app.secret_in]
    auth = ClientAuth(app.client_id, app.client_secret, method)
    url, sent, body = auth.prepare("POST", url, {**FORM, "User-Agent": "tieout", **headers}, body)
    http = open_http(times, transport)
    try:
        until = now() + timedelta(seconds=times.deadline_s)
        return exchange(http, http.build_request("POST", url, headers=sent, content=body.encode()), now, until)
    except httpx2.HTTPError as cut:
        raise Unreachable(f"{app.vendor}'s token endpoint does not answer: {_named(cut)}") from cut
    finally:
        if transport is None:                                # a transport that was handed in is closed by its owner
            http.close()


def tokens_from(vendor: str, answer: Mapping[str, Any], at: datetime, refresh_used: str = "") -> Tokens:
    """A refresh that names no new refresh token goes on with the one that was used."""
    access, lives_s = answer.get("access_token"), answer.get("expires_in")
    if not isinstance(access, str) or not access or not isinstance(lives_s, int):
        raise Unreachable(f"{vendor}'s token endpoint answered without access_token and expires_in")
    refresh_lives_s = answer.get("x_refresh_token_expires_in")
    return Tokens(
        access=access, expires_at=at + timedelta(seconds=lives_s),
        refresh=str(answer.get("refresh_token") or refresh_used),
        refresh_expires_at=at + timedelta(seconds=refresh_lives_s) if isinstance(refresh_lives_s, int) else None)


class Grant:
    """A connection's access token, refreshed some minutes early and by one at a time, over all processes.

    renew      asks the vendor; is given the tokens in force, or None where there are none yet
    by_person  a person gave the grant, so that without tokens only a person can help (not so for client credentials)
    """

    def __init__(self, vendor: str, store: TokenStore, renew: Callable[[Tokens | None], Tokens], *, now: Now = utc_now,
                 by_person: bool = True) -> None:
        self._vendor, self._store, self._renew, self._now, self._by_person = vendor, store, renew, now, by_person
        self._known: Tokens | None = None

    def __repr__(self) -> str:
        return f"Grant({self._vendor})"

    def tokens(self) -> Tokens | None:
        """As last known, without asking the vendor."""
        return self._known or self._store.read()

    def access(self) -> str:
        """A token that is good for some minutes. Raises NotAuthorised, Unreachable."""
        known = self._known = self._known if self._is_fresh(self._known) else self._store.read()
        if known is not None and self._is_fresh(known):
            return known.access
        try:
            return self._refreshed(self._is_fresh)
        except Unreachable:
            if known is not None and known.expires_at > self._now():
                return known.access
            raise

    def renewed(self, refused: str) -> str:
        """Another token than the one that was refused: somebody else's refresh, or ours."""
        return self._refreshed(lambda held: held is not None and held.access != refused and self._is_fresh(held))

    def _is_fresh(self, tokens: Tokens | None) -> bool:
        return tokens is not None and tokens.expires_at - self._now() > EARLY

    def _refreshed(self, good: Callable[[Tokens | None], bool]) -> str:
        with self._store.refreshing() as current:
            if not good(current):
                current = self._ask(current)
                self._store.write(current)                   # kept before use: a rotated token cannot be had again
            assert current is not None
            self._known = current
            return current.access

    def _ask(self, current: Tokens | None) -> Tokens:
        again = f"Connect {self._vendor} again under Connections."
        if self._by_person and (current is None or not current.refresh):
            raise NotAuthorised(f"{self._vendor} is not connected.", f"Connect {self._vendor} under Connections.")
        try:
            return self._renew(current)
        except GrantRefused as refused:
            if refused.error == "invalid_client":
                raise NotAuthorised(
                    f"{self._vendor} does not know this client id and secret.",
                    "Correct the connection's client id and secret; the grant itself is kept.") from refused
            self._store.refused(str(refused))
            raise NotAuthorised(f"{self._vendor} has withdrawn the connection's grant ({refused}).", again) from refused
