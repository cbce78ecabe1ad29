"""Intuit's sign-in: discovery, consent page, tokens with rotation, revoke, userinfo (qbo.md 2)."""
from __future__ import annotations

import hashlib
from base64 import b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from html import escape
from typing import Literal
from urllib.parse import parse_qsl, quote, urlencode

from tieout.sandbox.kit import Request, Response
from tieout.sandbox.quickbooks_online import id_tokens
from tieout.sandbox.quickbooks_online.refusals import gateway_fault
from tieout.sandbox.quickbooks_online.wire import answer, decode

ACCESS_S, REFRESH_S, CODE_S = 3600, 8_726_400, 600
HARD_S = 5 * 365 * 24 * 3600
SCOPE = "com.intuit.quickbooks.accounting"
OPENID = "openid"
SCOPES = frozenset((SCOPE, *"openid profile email phone address intuit_name com.intuit.quickbooks.payment "
                    "project-management.project app-foundations.custom-field-definitions "
                    "app-foundations.custom-field-definitions.read com.intuit.quickbooks.payroll "
                    "com.intuit.quickbooks.payroll.timetracking com.intuit.quickbooks.payroll.benefits "
                    "com.intuit.quickbooks.payroll.payslip.read payroll.compensation.read "
                    "indirect-tax.tax-calculation.quickbooks".split()))
TOKEN_HEAD, TOKEN_BYTES = "eyJlbmMiOiJBMTI4Q0JDLUhTMjU2IiwiYWxnIjoiZGlyIn0..", 714      # about 1 kB in all (qbo.md 1.5)
Rotation = Literal["daily", "always"]


@dataclass(slots=True)
class Grant:
    """One connection of the app with one company, whose realm is "" where none was asked for. `previous` works on
    until its time."""

    realm: str
    scope: str
    started: datetime
    refresh: str
    rotated: datetime
    expires: datetime
    previous: dict[str, datetime] = field(default_factory=dict)


@dataclass(slots=True)
class Code:
    realm: str
    scope: str
    redirect_uri: str
    expires: datetime


@dataclass(slots=True)
class Access:
    realm: str
    scope: str
    expires: datetime | None         # None: the token for scripts


class OAuth:
    """The sign-in of one app. `overlap_s`: how long a refresh token works after it was replaced."""

    def __init__(self, seed: int, companies: dict[str, str]) -> None:
        self.seed, self.companies = seed, companies          # realm -> company name
        self.rotation: Rotation = "daily"
        self.overlap_s = 24 * 3600
        self.redirect_uris: frozenset[str] | None = None      # None: any
        self._count = 0
        self.client_id = "AB" + self._digest("client", 0)[:40]
        self.client_secret = self._digest("secret", 0)[:40]
        self.verifier_token = f"{self._digest('verifier', 0)[:8]}-{self._digest('verifier', 1)[:4]}-4d1c-9a77-" \
            + self._digest("verifier", 2)[:12]
        self.codes: dict[str, Code] = {}
        self.grants: dict[str, Grant] = {}
        self.access: dict[str, Access] = {}

    def _digest(self, what: str, number: int) -> str:
        return hashlib.sha256(f"{self.seed}/quickbooks/{what}/{number}".encode()).hexdigest()

    def _new(self, what: str) -> str:
        self._count += 1
        return self._digest(what, self._count)

    def script_token(self, realm: str) -> str:
        """An access token that never expires, for scripts."""
        token = self._access_token(f"script/{realm}", 0)
        self.access[token] = Access(realm, SCOPE, None)
        return token

    def _access_token(self, what: str, number: int) -> str:
        """Opaque, of the length of the vendor's; its first words are the same in all, as the vendor's are."""
        raw = hashlib.shake_256(f"{self.seed}/quickbooks/{what}/{number}".encode()).digest(TOKEN_BYTES)
        return TOKEN_HEAD + urlsafe_b64encode(raw).decode()

    def register(self, addresses: list[str] | None) -> None:
        """The redirect addresses of the app; None: any."""
        self.redirect_uris = None if addresses is None else frozenset(addresses)

    def registered(self) -> list[str] | None:
        return None if self.redirect_uris is None else sorted(self.redirect_uris)

    # -- pages and endpoints -----------------------------------------------------------------------------------

    def discovery(self, request: Request) -> Response:
        base = f"http://{request.headers.get('host', '127.0.0.1')}"
        return answer(200, {
            "issuer": f"{base}/op/v1", "authorization_endpoint": f"{base}/connect/oauth2",
            "token_endpoint": f"{base}/oauth2/v1/tokens/bearer",
            "userinfo_endpoint": f"{base}/v1/openid_connect/userinfo",
            "revocation_endpoint": f"{base}/v2/oauth2/tokens/revoke", "jwks_uri": f"{base}/op/v1/jwks",
            "response_types_supported": ["code"], "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "scopes_supported": [OPENID, "email", "profile", "address", "phone", SCOPE],
            "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
            "claims_supported": ["aud", "auth_time", "exp", "iat", "iss", "realmid", "sub"]})

    def keys(self) -> Response:
        return answer(200, id_tokens.key_set(self.seed))

    def consent(self, request: Request, now: datetime) -> Response:
        """GET shows the page; POST of its form goes back to the app with a code, or with a refusal."""
        form = dict(request.query) if request.method == "GET" else _form(request)
        wrong = self._wrong_authorization(form)
        if wrong:
            return _page(400, "Sorry, but tieout sandbox didn't connect", f"<p>{escape(wrong)}</p>")
        if request.method == "GET":
            return self._consent_page(form)
        opens_books = SCOPE in form.get("scope", SCOPE).split()
        realm = form.get("realm", "") if opens_books else ""
        back = {"state": form["state"]} if form.get("state") else {}
        if form.get("decision") != "connect" or (opens_books and realm not in self.companies):
            return _redirect(form["redirect_uri"], {"error": "access_denied", **back})
        code = "AB1" + self._new("code")[:47]
        self.codes[code] = Code(realm, form.get("scope", SCOPE), form["redirect_uri"], now + timedelta(seconds=CODE_S))
        return _redirect(form["redirect_uri"], {"code": code, **back, **({"realmId": realm} if opens_books else {})})

    def _wrong_authorization(self, form: dict[str, str]) -> str:
        if form.get("client_id") != self.client_id:
            return "The client_id query parameter value is not valid."
        if form.get("response_type", "code") != "code":
            return "The response_type query parameter value is not valid: use code."
        redirect = form.get("redirect_uri", "")
        if not redirect.startswith(("http://", "https://")) \
                or (self.redirect_uris is not None and redirect not in self.redirect_uris):
            return "The redirect_uri query parameter value is invalid. Make sure it is listed for the app."
        asked = form.get("scope", SCOPE).split()
        if not asked or not SCOPES.issuperset(asked):
            return "The scope query parameter value is not valid."
        return ""

    def _consent_page(self, form: dict[str, str]) -> Response:
        hidden = "".join(f'<input type="hidden" name="{escape(key, quote=True)}" value="{escape(value, quote=True)}">'
                         for key, value in form.items() if key in (
                             "client_id", "response_type", "scope", "redirect_uri", "state"))
        choices = "".join(
            f'<p><label><input type="radio" name="realm" value="{escape(realm)}"{" checked" if place == 0 else ""}> '
            f'{escape(name)} <small>(company {escape(realm)})</small></label></p>'
            for place, (realm, name) in enumerate(self.companies.items()))
        if SCOPE in form.get("scope", SCOPE).split():
            choices = f"<fieldset><legend>Which company may the app read and change?</legend>{choices}</fieldset>"
        else:
            choices = "<p>The app asks who you are. It gets into no company.</p>"
        return _page(200, "Connect to QuickBooks Online", (
            '<p role="note"><strong>This is a simulation.</strong> No real books are behind it.</p>'
            f'<form method="post" action="/connect/oauth2">{hidden}{choices}'
            '<p><button name="decision" value="connect">Connect</button> '
            '<button name="decision" value="cancel">Cancel</button></p></form>'))

    def token(self, request: Request, now: datetime) -> Response:
        if not self._knows(request):
            return answer(401, {"error": "invalid_client"})
        form = _form(request)
        issuer = f"http://{request.headers.get('host', '127.0.0.1')}/op/v1"
        with_hard = request.headers.get("x-include-refresh-token-hard-expires-in", "").lower() == "true"
        match form.get("grant_type"):
            case "authorization_code":
                return self._from_code(form, now, issuer, with_hard)
            case "refresh_token":
                return self._from_refresh(form, now, issuer, with_hard)
        return answer(400, {"error": "invalid_request" if "grant_type" not in form else "unsupported_grant_type"})

    def _knows(self, request: Request) -> bool:
        kind, _, value = request.headers.get("authorization", "").partition(" ")
        try:
            return kind.lower() == "basic" and b64decode(value, validate=True).decode() \
                == f"{self.client_id}:{self.client_secret}"
        except ValueError:
            return False

    def _from_code(self, form: dict[str, str], now: datetime, issuer: str, with_hard: bool) -> Response:
        if not form.get("code") or not form.get("redirect_uri"):
            return answer(400, {"error": "invalid_request"})
        code = self.codes.pop(form["code"], None)
        if code is None or code.expires <= now or code.redirect_uri != form["redirect_uri"]:
            return _invalid_grant("Invalid authorization code")
        grant = Grant(code.realm, code.scope, now, self._refresh_token(now), now, now + timedelta(seconds=REFRESH_S))
        self.grants[code.realm] = grant           # connecting again replaces the earlier refresh token
        return self._issue(grant, now, issuer, with_hard)

    def _refresh_token(self, now: datetime) -> str:
        """`RT1-39-H3-1785429816rcysb9dns1ofreknypnm`"""
        runs_out = int((now + timedelta(seconds=REFRESH_S)).timestamp())
        return f"RT1-{self._count}-H0-{runs_out}" + self._new("refresh")[:20]

    def _from_refresh(self, form: dict[str, str], now: datetime, issuer: str, with_hard: bool) -> Response:
        sent = form.get("refresh_token")
        if not sent:
            return answer(400, {"error": "invalid_request"})
        grant = self._grant_of(sent, now)
        if grant is None:
            return _invalid_grant("Incorrect or invalid refresh token")
        if sent == grant.refresh and (self.rotation == "always" or now - grant.rotated >= timedelta(days=1)):
            grant.previous = {old: until for old, until in grant.previous.items() if until > now}
            grant.previous[grant.refresh] = now + timedelta(seconds=self.overlap_s)
            grant.refresh, grant.rotated = self._refresh_token(now), now
        grant.expires = now + timedelta(seconds=REFRESH_S)
        return self._issue(grant, now, issuer, with_hard)

    def _grant_of(self, refresh: str, now: datetime) -> Grant | None:
        for grant in self.grants.values():
            known = refresh == grant.refresh or grant.previous.get(refresh, now) > now
            if known and grant.expires > now and now - grant.started < timedelta(seconds=HARD_S):
                return grant
        return None

    def _issue(self, grant: Grant, now: datetime, issuer: str, with_hard: bool) -> Response:
        self.access = {token: access for token, access in self.access.items()
                       if access.expires is None or access.expires > now - timedelta(hours=1)}
        self._count += 1
        token = self._access_token("access", self._count)
        self.access[token] = Access(grant.realm, grant.scope, now + timedelta(seconds=ACCESS_S))
        body: dict[str, object] = {
            "token_type": "bearer", "access_token": token, "expires_in": ACCESS_S, "refresh_token": grant.refresh,
            "x_refresh_token_expires_in": REFRESH_S}
        if OPENID in grant.scope.split():
            body["id_token"] = self._id_token(grant, now, issuer)
        if with_hard:
            body["x_refresh_token_hard_expires_in"] = HARD_S - int((now - grant.started).total_seconds())
        return answer(200, body, {"Cache-Control": "no-cache, no-store", "Pragma": "no-cache"})

    def _id_token(self, grant: Grant, now: datetime, issuer: str) -> str:
        realm = {"realmid": grant.realm} if grant.realm else {}
        return id_tokens.signed(self.seed, {
            "sub": self._digest("user", 0)[:36], "aud": [self.client_id], **realm,
            "auth_time": int(grant.started.timestamp()), "iss": issuer, "exp": int(now.timestamp()) + ACCESS_S,
            "iat": int(now.timestamp())})

    def revoke(self, request: Request, now: datetime) -> Response:
        if not self._knows(request):
            return answer(401, {"error": "invalid_client"})
        token = _token_in(request)
        grant = self._grant_of(token, now) if token else None
        access = self.access.get(token)
        if grant is not None:
            self.disconnect(grant.realm)
            return Response(200)
        if access is not None and access.expires is not None and access.expires > now:
            del self.access[token]
            return Response(200)
        return answer(400, {"error": "invalid_request"})

    def disconnect(self, realm: str) -> None:
        """The grant and its access tokens are gone, as when a user disconnects the app in QuickBooks."""
        self.grants.pop(realm, None)
        self.access = {token: access for token, access in self.access.items()
                       if access.realm != realm or access.expires is None}

    def end(self, request: Request, now: datetime, *, revoked: bool) -> None:
        """The grant of a refresh call runs out; revoked takes its access tokens along."""
        grant = self._grant_of(_form(request).get("refresh_token", ""), now)
        if grant is not None and revoked:
            self.disconnect(grant.realm)
        elif grant is not None:
            self.grants.pop(grant.realm, None)

    def ran_out(self, request: Request, now: datetime) -> Response:
        """The answer to a token that has run out, whatever the call's token is worth."""
        token = request.headers.get("authorization", "").partition(" ")[2]
        return gateway_fault(401, "3200", "AuthenticationFailed", f"Token expired: {token[:12]}", "AUTHENTICATION", now)

    def userinfo(self, request: Request, now: datetime) -> Response:
        access, refusal = self.authenticate(request, now)
        if access is None:
            return refusal
        return answer(200, {"sub": self._digest("user", 0)[:36], "email": "books@demobuilders.example",
                            "emailVerified": True, "givenName": "Dana", "familyName": "Whitfield"})

    def authenticate(self, request: Request, now: datetime) -> tuple[Access | None, Response]:
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        access = self.access.get(token) if kind.lower() == "bearer" else None
        if access is not None and (access.expires is None or access.expires > now):
            return access, Response(200)
        detail = f"Token expired: {token[:12]}" if access is not None else \
            "Malformed bearer token: too short or too long" if len(token) < 20 else f"Token revoked: {token[:12]}"
        return None, gateway_fault(401, "3200", "AuthenticationFailed", detail, "AUTHENTICATION", now)


def _form(request: Request) -> dict[str, str]:
    return dict(parse_qsl(request.body.decode(errors="replace")))


def _token_in(request: Request) -> str:
    if "json" in request.headers.get("content-type", ""):
        try:
            found = decode(request.body)
        except ValueError:
            return ""
        return str(found.get("token", "")) if isinstance(found, dict) else ""
    return _form(request).get("token", "")


def _invalid_grant(words: str) -> Response:
    return answer(400, {"error": "invalid_grant", "error_description": words})


def _redirect(target: str, values: dict[str, str]) -> Response:
    joint = "&" if "?" in target else "?"
    return Response(302, {"Location": f"{target}{joint}{urlencode(values, quote_via=quote)}"})


def _page(status: int, title: str, body: str) -> Response:
    page = (f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)} (simulation)</title>'
            '<meta name="viewport" content="width=device-width"><style>:root{color-scheme:light dark}'
            "body{font:1rem/1.5 system-ui,sans-serif;max-width:32rem;margin:4rem auto;padding:0 1rem}</style></head>"
            f"<body><main><h1>{escape(title)}</h1>{body}</main></body></html>")
    return Response(status, {"Content-Type": "text/html; charset=utf-8"}, page.encode())
