"""Intuit's OAuth: where a person gives the grant, and how its tokens are had and kept going (qbo.md 2).

A connection that names a `login_url` of its own keeps Intuit's paths on that host.
"""
from __future__ import annotations

from typing import Any

from tieout.adapters import http
from tieout.adapters.http import Grant, OAuthApp
from tieout.ports import CallCount, Tokens, TokenStore

SCOPE = "com.intuit.quickbooks.accounting"
VENDOR = "QuickBooks"


def app(client_id: str, client_secret: str, login_url: str = "") -> OAuthApp:
    own = login_url.rstrip("/")
    return OAuthApp(
        vendor=VENDOR, client_id=client_id, client_secret=client_secret, secret_in="basic",
        authorize_url=f"{own or 'https://appcenter.intuit.com'}/connect/oauth2",
        token_url=f"{own or 'https://oauth.platform.intuit.com'}/oauth2/v1/tokens/bearer",
        revoke_url=f"{own or 'https://developer.api.intuit.com'}/v2/oauth2/tokens/revoke")


def authorize_url(app: OAuthApp, *, redirect_uri: str, state: str) -> str:
    """The callback brings `code`, `state` and `realmId`; a refusal brings `error`."""
    return http.authorize_url(app, redirect_uri=redirect_uri, state=state, scope=SCOPE)


def exchange_code(app: OAuthApp, *, code: str, redirect_uri: str, calls: CallCount | None = None,
                  **wire: Any) -> Tokens:
    """`wire`: transport, now, times. Raises http.GrantRefused for a code that is used, late or not ours."""
    return http.request_tokens(app, "authorization_code", calls=calls or CallCount(), redirect_uri=redirect_uri,
                               code=code, **wire)


def grant(app: OAuthApp, store: TokenStore, *, calls: CallCount, **wire: Any) -> Grant:
    def renew(current: Tokens | None) -> Tokens:
        assert current is not None, "a person's grant is only renewed where there is one"
        return http.request_tokens(app, "refresh_token", calls=calls, refresh_token=current.refresh, **wire)

    clock = {"now": wire["now"]} if "now" in wire else {}
    return Grant(VENDOR, store, renew, **clock)


def revoke(app: OAuthApp, tokens: Tokens, **wire: Any) -> bool:
    """Give the grant back; the refresh token takes the access token with it."""
    return http.revoke(app, tokens.refresh or tokens.access, in_json=True, **wire)
