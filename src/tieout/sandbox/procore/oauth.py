"""OAuth 2.0 at the login host: consent page, codes, tokens, single-use refresh tokens, revoke (procore.md 2)."""
from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from html import escape
from urllib.parse import parse_qsl, urlencode

from tieout.sandbox.kit import Request, Response, json_response
from tieout.sandbox.procore.state import User

ACCESS_S = 5400
CODE_S = 600
OOB = "urn:ietf:wg:oauth:2.0:oob"


@dataclass(eq=False)
class App:
    """A registered application. redirect_uris empty = any address, as long as the token call repeats it exactly."""

    client_id: str
    client_secret: str
    name: str
    service_account: User | None = None
    allows_codes: bool = True
    redirect_uris: tuple[str, ...] = ()


@dataclass(eq=False)
class Grant:
    """One access token and, for a person's, the refresh token that came with it. expires_s None = long-lived."""

    access_token: str
    app: App
    user: User
    issued: datetime
    refresh_token: str | None = None
    expires_s: int | None = ACCESS_S
    is_user_token: bool = True

    def seconds_left(self, now: datetime) -> int:
        if self.expires_s is None:
            return 10 ** 9
        return self.expires_s - int((now - self.issued).total_seconds())


@dataclass(frozen=True)
class Code:
    app: App
    user: User
    redirect_uri: str
    issued: datetime


class OAuthRefusal(Exception):
    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(description)
        self.error, self.description, self.status = error, description, status


@dataclass(eq=False)
class OAuth:
    """The login host. Tokens come from a counter and the seed, so that the same calls give the same tokens."""

    seed: int
    now: Callable[[], datetime]
    person: User
    apps: dict[str, App] = field(default_factory=dict)
    by_access: dict[str, Grant] = field(default_factory=dict)
    by_refresh: dict[str, Grant] = field(default_factory=dict)
    codes: dict[str, Code] = field(default_factory=dict)
    issued: int = 0

    def register(self, addresses: list[str] | None) -> None:
        """The redirect addresses of the apps; None: any."""
        for app in self.apps.values():
            app.redirect_uris = tuple(sorted(addresses or ()))

    def registered(self) -> list[str] | None:
        return next((list(app.redirect_uris) for app in self.apps.values() if app.redirect_uris), None)

    def token(self, kind: str) -> str:
        self.issued += 1
        return sha256(f"procore {self.seed} {kind} {self.issued}".encode()).hexdigest()

    def access_token(self, app: App, user: User, at: datetime) -> str:
        """A JWT in form; its length changes with what it says."""
        def part(value: object) -> str:
            return urlsafe_b64encode(json.dumps(value, separators=(",", ":")).encode()).decode().rstrip("=")
        claims = {"aud": app.client_id, "sub": user.id, "iat": int(at.timestamp()), "jti": self.issued}
        return f"{part({'alg': 'ES512'})}.{part(claims)}.{self.token('access')}"

    def grant(self, app: App, user: User, *, refreshable: bool, expires_s: int | None = ACCESS_S,
              is_user_token: bool = True) -> Grant:
        at = self.now().replace(microsecond=0)
        found = Grant(self.access_token(app, user, at), app, user, at,
                      self.token("refresh") if refreshable else None, expires_s, is_user_token)
        self.by_access[found.access_token] = found
        if found.refresh_token:
            self.by_refresh[found.refresh_token] = found
        return found

    def of_bearer(self, request: Request) -> Grant | None:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        found = self.by_access.get(token.strip()) if scheme.lower() == "bearer" else None
        return found if found is not None and found.seconds_left(self.now()) > 0 else None

    def kill(self, grant: Grant) -> None:
        self.by_access.pop(grant.access_token, None)
        if grant.refresh_token:
            self.by_refresh.pop(grant.refresh_token, None)

    def end(self, request: Request, *, revoked: bool) -> None:
        """The refresh token of a refresh call runs out; revoked takes its access token along."""
        grant = self.by_refresh.pop((_form(request) or dict(request.query)).get("refresh_token", ""), None)
        if grant is not None and revoked:
            self.kill(grant)

    # The endpoints

    def authorize(self, request: Request) -> Response:
        """GET shows the consent page; POST, its button, answers with the code."""
        given = dict(request.query) | (_form(request) if request.method == "POST" else {})
        app = self.apps.get(given.get("client_id", ""))
        redirect = given.get("redirect_uri", "")
        if app is None or not app.allows_codes:
            return _page(401, "Client authentication failed due to unknown client.")
        if not redirect or (app.redirect_uris and redirect not in app.redirect_uris and redirect != OOB):
            return _page(401, "The redirect uri included is not valid.")
        if given.get("response_type") != "code":
            return _page(401, "The authorization server does not support this response type.")
        if request.method == "GET":
            return _consent(app, self.person, given)
        state = {"state": given["state"]} if "state" in given else {}
        if given.get("decision") == "deny":
            return _back(redirect, {"error": "access_denied",
                                    "error_description": "The resource owner denied the request.", **state})
        code = self.token("code")
        self.codes[code] = Code(app, self.person, redirect, self.now())
        if redirect == OOB:
            return _page(200, f"Authorization code: <code>{code}</code>")
        return _back(redirect, {"code": code, **state})

    def issue(self, request: Request) -> Response:
        given = _form(request) or dict(request.query)
        try:
            return self._issue(given)
        except OAuthRefusal as refusal:
            return json_response(refusal.status, {"error": refusal.error, "error_description": refusal.description})

    def _issue(self, given: dict[str, str]) -> Response:
        # Any refresh call, refused or not, ends the refresh token it carries (2.1).
        old = self.by_refresh.pop(given.get("refresh_token", ""), None)
        app = self.apps.get(given.get("client_id", ""))
        if app is None or app.client_secret != given.get("client_secret"):
            raise OAuthRefusal("invalid_client", "Client authentication failed due to unknown client, no client "
                               "authentication included, or unsupported authentication method.", 401)
        kind = given.get("grant_type")
        if kind == "client_credentials" and app.service_account is not None:
            return self._show(self.grant(app, app.service_account, refreshable=False, is_user_token=False))
        if kind == "authorization_code":
            code = self.codes.pop(given.get("code", ""), None)
            if code is None or code.app is not app or code.redirect_uri != given.get("redirect_uri") \
                    or (self.now() - code.issued).total_seconds() > CODE_S:
                raise OAuthRefusal("invalid_grant", "The provided authorization grant is invalid, expired, revoked, "
                                   "does not match the redirection URI used in the authorization request, or was "
                                   "issued to another client.")
            return self._show(self.grant(app, code.user, refreshable=True))
        if kind == "refresh_token":
            if old is None or old.app is not app:
                raise OAuthRefusal("invalid_grant", "The provided authorization grant is invalid, expired, revoked, "
                                   "or was issued to another client.")
            self.by_access.pop(old.access_token, None)
            return self._show(self.grant(app, old.user, refreshable=True))
        raise OAuthRefusal("unsupported_grant_type", "The authorization grant type is not supported by the "
                           "authorization server.")

    def _show(self, grant: Grant) -> Response:
        body = {"access_token": grant.access_token, "token_type": "bearer", "expires_in": grant.expires_s,
                "created_at": int(grant.issued.timestamp())}
        if grant.refresh_token:
            body["refresh_token"] = grant.refresh_token
        return json_response(200, body)

    def info(self, request: Request) -> Response:
        grant = self.of_bearer(request)
        if grant is None:
            return json_response(401, {"error": "invalid_token", "error_description": "The access token is invalid"})
        return json_response(200, {
            "resource_owner_id": grant.user.id, "scopes": [], "expires_in_seconds": grant.seconds_left(self.now()),
            "application": {"uid": grant.app.client_id}, "created_at": int(grant.issued.timestamp())})

    def revoke(self, request: Request) -> Response:
        given = _form(request)
        app = self.apps.get(given.get("client_id", ""))
        token = given.get("token", "")
        grant = self.by_access.get(token) or self.by_refresh.get(token)
        if app is not None and app.client_secret == given.get("client_secret") and grant and grant.app is app:
            self.kill(grant)
        return json_response(200, {})


def _form(request: Request) -> dict[str, str]:
    """A form or a JSON object; both are taken."""
    if "json" in request.headers.get("content-type", ""):
        try:
            found = json.loads(request.body)
        except (ValueError, RecursionError):
            return {}
        return {str(k): str(v) for k, v in found.items()} if isinstance(found, dict) else {}
    return dict(parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True))


def _back(redirect: str, values: dict[str, str]) -> Response:
    joint = "&" if "?" in redirect else "?"
    return Response(302, {"Location": f"{redirect}{joint}{urlencode(values)}"})


def _page(status: int, text: str) -> Response:
    html = (f"<!doctype html><html lang=en><meta charset=utf-8><title>Practice Procore</title>"
            f"<body><h1>Practice Procore</h1><p>This is a simulation; no real Procore account is involved.</p>"
            f"<p>{text}</p></body></html>")
    return Response(status, {"Content-Type": "text/html; charset=utf-8"}, html.encode())


def _consent(app: App, person: User, given: dict[str, str]) -> Response:
    hidden = "".join(f'<input type=hidden name="{escape(k)}" value="{escape(v)}">' for k, v in given.items())
    return _page(200, f"<b>{escape(app.name)}</b> asks to act as {escape(person.name)} ({escape(person.login)}).</p>"
                 f'<form method=post action="/oauth/authorize">{hidden}'
                 f'<button name=decision value=allow>Allow</button> <button name=decision value=deny>Deny</button>'
                 f"</form><p>")
