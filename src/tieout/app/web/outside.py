"""What the pages ask of the rest: a turn, what was seen, a consent page, tokens for a code, the companies there are."""

from __future__ import annotations

from collections.abc import Iterator

from django.conf import settings

from tieout.adapters.http import GrantRefused, OAuthApp
from tieout.adapters.procore import auth as procore_auth
from tieout.adapters.procore import read as procore_read
from tieout.adapters.procore.system import Procore
from tieout.adapters.quickbooks_online import auth as quickbooks_auth
from tieout.adapters.quickbooks_online import read as quickbooks_read
from tieout.app.web.words import SYSTEMS
from tieout.core.books import BooksCompany
from tieout.engine import worker
from tieout.engine.fetch import reading_of
from tieout.engine.store.models import Connection, Pair, Seen
from tieout.engine.store.tokens import KeptTokens, secret_of
from tieout.ports import CallCount, Check, NotAuthorised, NotUnderstood, Tokens, Unreachable


def start_turn(pair: Pair) -> None:
    """Asks for a look at both systems now. Returns at once; a pair at work looks once more when it is done."""
    worker.ask(pair.pk)


def understood(pair: Pair, kind: str, newest: int | None = None) -> Iterator[object]:
    """What QuickBooks was last seen to hold; what cannot be read is left out here, and is a problem elsewhere."""
    rows = Seen.objects.filter(connection=pair.quickbooks, kind=kind, deleted=False).order_by("-seq")
    for row in rows[:newest] if newest else rows.iterator(chunk_size=1000):
        try:
            yield quickbooks_read.understood(reading_of(row))
        except NotUnderstood:
            continue


def understood_one(row: Seen) -> object:
    """A record as last read, of either system. Raises NotUnderstood."""
    reading = reading_of(row)
    return procore_read.understand(reading) if row.connection.kind == "procore" else quickbooks_read.understood(reading)


def app_of(connection: Connection) -> OAuthApp:
    """Our registration with the vendor. Raises NotAuthorised when the kept secret cannot be opened."""
    secret = secret_of(connection, settings.TIEOUT_ENVELOPE_KEY)
    if connection.kind == "procore":
        return procore_auth.app(connection.client_id, secret, connection.login_url or procore_auth.LOGIN_URL)
    return quickbooks_auth.app(connection.client_id, secret, connection.login_url)


def consent_url(connection: Connection, redirect_uri: str, state: str) -> str:
    """Where the person's browser goes to let tieout in."""
    if connection.kind == "procore":
        return procore_auth.consent_url(app_of(connection), redirect_uri, state)
    return quickbooks_auth.authorize_url(app_of(connection), redirect_uri=redirect_uri, state=state)


def take_grant(connection: Connection, code: str, redirect_uri: str) -> None:
    """Exchanges the code and keeps the tokens, sealed. Raises NotAuthorised, Unreachable."""
    try:
        tokens = exchanged(connection, code, redirect_uri)
    except GrantRefused as refused:
        known = refused.error == "invalid_client"
        raise NotAuthorised(
            "The client id and secret of this connection are not accepted." if known else
            "The login came back, but its code was no longer good.",
            "Correct them in the set-up file and apply it." if known else "Press Connect again.") from refused
    KeptTokens(connection.pk, settings.TIEOUT_ENVELOPE_KEY).write(tokens)


def exchanged(connection: Connection, code: str, redirect_uri: str) -> Tokens:
    app, calls = app_of(connection), CallCount()
    if connection.kind == "procore":
        return procore_auth.exchange_code(app, code, redirect_uri, calls=calls)
    return quickbooks_auth.exchange_code(app, code=code, redirect_uri=redirect_uri, calls=calls)


class ReadsOnly:
    """Nothing is written before a pair says so."""

    def may_read(self, project: str) -> bool:
        return True

    def may_write(self, project: str) -> bool:
        return False


def companies(connection: Connection) -> list[tuple[str, str]]:
    """(id, name) of the Procore companies that the connected person can see. Raises NotAuthorised, Unreachable."""
    calls = CallCount()
    store = KeptTokens(connection.pk, settings.TIEOUT_ENVELOPE_KEY)
    grant = procore_auth.grant(app_of(connection), store, "authorization_code", calls=calls,
                               redirect_uri=callback_uri(connection))
    procore = Procore(company_id="", grant=grant, guard=ReadsOnly(), calls=calls,
                      base_url=connection.base_url or procore_auth.API_URL,
                      login_url=connection.login_url or procore_auth.LOGIN_URL)
    try:
        return [(known.id, known.name) for known in procore.list_companies() if known.active]
    finally:
        procore.close()


def checks(pair: Pair) -> list[tuple[str, Check]]:
    """(system, check): one record of each kind is read from both systems now. Writes nothing, in any mode."""
    from tieout.app import wiring  # it stands on this module

    found: list[tuple[str, Check]] = []
    for system in wiring.systems_for(pair, reads_only=True):
        called = SYSTEMS[system.side]
        try:
            found += [(called, check) for check in system.doctor()]
        except NotAuthorised as refused:
            found.append((called, Check(what="Connection", passed=False, says=refused.says, fix=refused.fix)))
        except Unreachable as away:
            found.append((called, Check(what="Answer", passed=False, says=f"It does not answer: {away}.",
                                        fix="Check the address and the network, then try again.")))
        finally:
            system.close()
    return found


def books_company(connection: Connection) -> str:
    """The name of the QuickBooks company, as it was read; empty before that."""
    row = Seen.objects.filter(connection=connection, kind="company_info", deleted=False).first()
    try:
        noun = understood_one(row) if row else None
    except NotUnderstood:
        return ""
    return noun.name if isinstance(noun, BooksCompany) else ""


def callback_uri(connection: Connection) -> str:
    """As it must be registered with the vendor, and is sent again with the code and with every renewal."""
    return f"{settings.TIEOUT_BASE_URL}/connections/{connection.name}/callback"
