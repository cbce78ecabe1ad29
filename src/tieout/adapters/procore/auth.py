"""Procore's OAuth: client credentials (a service account) or a person's authorization code (procore.md 2).

A refresh token is good for one call, answered or not: refreshing is single-flight in `Grant`, and what comes back is
stored before it is used.
"""
from __future__ import annotations

from typing import Literal

import httpx2

from tieout.adapters.http import Grant, Now, OAuthApp, authorize_url, request_tokens, utc_now
from tieout.adapters.http import revoke as revoke_token
from tieout.ports import CallCount, Tokens, TokenStore

VENDOR = "Procore"
API_URL = "https://api.procore.com"
LOGIN_URL = "https://login.procore.com"

How = Literal["client_credentials", "authorization_code"]


def app(client_id: str, client_secret: str, login_url: str = LOGIN_URL) -> OAuthApp:
    base = login_url.rstrip("/")
    return OAuthApp(vendor=VENDOR, client_id=client_id, client_secret=client_secret, secret_in="body",
                    authorize_url=f"{base}/oauth/authorize", token_url=f"{base}/oauth/token",
                    revoke_url=f"{base}/oauth/revoke")


def consent_url(registered: OAuthApp, redirect_uri: str, state: str) -> str:
    """Where a person's browser goes to let this installation act for them."""
    return authorize_url(registered, redirect_uri=redirect_uri, state=state)


def exchange_code(registered: OAuthApp, code: str, redirect_uri: str, *, calls: CallCount,
                  transport: httpx2.BaseTransport | None = None, now: Now = utc_now) -> Tokens:
    """The first tokens, for the code that the browser brought back. Raises GrantRefused, Unreachable."""
    return request_tokens(registered, "authorization_code", calls=calls, now=now, transport=transport,
                          redirect_uri=redirect_uri, code=code)


def grant(registered: OAuthApp, store: TokenStore, how: How, *, calls: CallCount, redirect_uri: str = "",
          transport: httpx2.BaseTransport | None = None, now: Now = utc_now) -> Grant:
    """redirect_uri    of the authorization code; Procore wants it again on every refresh"""

    def renew(current: Tokens | None) -> Tokens:
        if how == "client_credentials":
            return request_tokens(registered, "client_credentials", calls=calls, now=now, transport=transport)
        assert current is not None, "a grant by a person has tokens, or is refused before this"
        return request_tokens(registered, "refresh_token", calls=calls, now=now, transport=transport,
                              redirect_uri=redirect_uri, refresh_token=current.refresh)

    return Grant(VENDOR, store, renew, now=now, by_person=how == "authorization_code")


def revoke(registered: OAuthApp, tokens: Tokens, *, transport: httpx2.BaseTransport | None = None) -> bool:
    """Gives the grant back: both its tokens die."""
    return revoke_token(registered, tokens.access, in_json=False, transport=transport)
