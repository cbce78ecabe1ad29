"""What works on a Procore connection, said for a person: grant, clock, one record of each kind per project."""
from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Protocol

from tieout.adapters.http import Client, Now, Reply
from tieout.adapters.procore import feeds
from tieout.adapters.procore.client import Api, Route
from tieout.adapters.procore.read import reading_of, stamped, understand
from tieout.adapters.procore.refusals import said
from tieout.adapters.procore.wire import record_of, rows_of
from tieout.ports import Check, NotAuthorised, NotUnderstood, ProjectNotReadable, Unreachable

ME = Route("/rest/v1.0/me", "the connection's own user")
COMPANIES = Route("/rest/v1.0/companies", "companies")
TOKEN_INFO = "/oauth/token/info"

# a clock further off than this moves documents over midnight and makes tokens look fresh when they are not
SKEW_S = 120

# what is read, the tool whose permission it needs, and the list it comes from
KINDS: Sequence[tuple[str, str, Route, str]] = (
    ("commitment", "Commitments", feeds.SUBCONTRACTS, "work_order_contracts"),
    ("commitment", "Commitments", feeds.PURCHASE_ORDERS, "purchase_order_contracts"),
    ("change_order", "Change Orders", feeds.PACKAGES, ""),
    ("subcontractor_invoice", "Commitments (Subcontractor Invoices)", feeds.REQUISITIONS, ""),
)


class Named(Protocol):
    @property
    def id(self) -> str: ...

    @property
    def name(self) -> str: ...


def checks(api: Api, login: Client, projects: Sequence[str], now: Now,
           companies: Callable[[], Sequence[Named]]) -> list[Check]:
    """Everything, also after something failed; but a connection that is not let in at all says only that."""
    who, reply = _who(api)
    if reply is None:
        return [who]
    found = [who, _clock(reply, now()), _token(login), _company(api, companies)]
    found.append(_directory(api))
    visible = _visible(api)
    for project in projects:
        if visible is not None and project not in visible:
            found.append(Check(
                what=f"project {project}", passed=False, says="Procore does not list this project for the connection.",
                fix="Permit the project for the service account (after an app update it has to be done again), or add "
                    "the user to it."))
            continue
        name = (visible or {}).get(project, project)
        found += [_kind(api, project, name, *kind) for kind in KINDS]
        found.append(_payments(api, project, name))
    return found


def _who(api: Api) -> tuple[Check, Reply | None]:
    try:
        reply = api.get(ME, [("company_id", api.company)])
        me = record_of("user", "", reply.body.decode())
        name = me.text("name") or me.text("login") or me.id("id")
    except (NotAuthorised, Unreachable, NotUnderstood) as why:
        return _failed("signed in", why), None
    return Check(what="signed in", passed=True, says=f"Procore knows this connection as {name}."), reply


def _clock(reply: Reply, now: datetime) -> Check:
    with suppress(ValueError, TypeError):
        off_s = abs((parsedate_to_datetime(reply.headers.get("date", "")) - now).total_seconds())
        if off_s > SKEW_S:
            return Check(what="clock", passed=False, says=f"This machine's clock is {off_s:.0f} seconds off Procore's.",
                         fix="Set the clock by a time server.")
        return Check(what="clock", passed=True, says=f"Within {SKEW_S} seconds of Procore's.")
    return Check(what="clock", passed=True, says="Procore did not say what time it is there.")


def _token(login: Client) -> Check:
    try:
        reply = login.read(TOKEN_INFO, endpoint=TOKEN_INFO)
        if reply.status != 200:
            return Check(what="token", passed=False,
                         says=f"The login host does not know the token: {said(reply).words}",
                         fix="Check that the login address and the API address belong to the same environment.")
        left_s = record_of("token", "", reply.body.decode()).whole_number("expires_in_seconds")
    except (NotAuthorised, Unreachable, NotUnderstood) as why:
        return _failed("token", why)
    return Check(what="token", passed=True, says=f"Good for {left_s // 60} more minutes, then renewed by itself.")


def _company(api: Api, companies: Callable[[], Sequence[Named]]) -> Check:
    try:
        seen = {company.id: company.name for company in companies()}
    except (NotAuthorised, Unreachable, NotUnderstood) as why:
        return _failed("company", why)
    if api.company not in seen:
        return Check(what="company", passed=False,
                     says=f"The grant sees {', '.join(sorted(seen.values())) or 'no company'}, but not company "
                          f"{api.company}.",
                     fix="Correct the company id, or have the app installed in that company.")
    return Check(what="company", passed=True, says=f"{seen[api.company]} ({api.company}).")


def _directory(api: Api) -> Check:
    try:
        rows = rows_of(api.get(feeds.VENDORS, [("company_id", api.company), ("view", "extended"), ("page", "1"),
                                               ("per_page", "1")]).body)
        for raw in rows:
            understand(reading_of("company", "", raw))
    except (NotAuthorised, Unreachable, NotUnderstood, ValueError) as why:
        return _failed("company directory", why)
    return Check(what="company directory", passed=True, says="Readable." if rows else "Readable; it is empty.")


def _visible(api: Api) -> dict[str, str] | None:
    """Project id -> number and name; None when even the list cannot be read (the company check says why)."""
    params = [("company_id", api.company), ("filters[by_status]", "All")]
    try:
        rows = [record_of("project", "", raw)
                for page in api.pages(feeds.PROJECTS, params, per_page=feeds.PER_PAGE[feeds.PROJECTS])
                for raw in page.rows]
        return {row.needed_id("id"): f"{row.text('project_number')} {row.text('name')}".strip() for row in rows}
    except (NotAuthorised, Unreachable, NotUnderstood):
        return None


def _kind(api: Api, project: str, name: str, kind: str, tool: str, route: Route, resource: str) -> Check:
    what = f"{name}: {route.what}"
    params = [("project_id", project), ("page", "1"), ("per_page", "1")]
    params += [("view", "items")] if kind == "subcontractor_invoice" else []
    try:
        rows = rows_of(api.get(route, params, project=project).body)
        for raw in rows:
            _understood(api, kind, project, resource, raw)
    except (ProjectNotReadable, NotAuthorised, Unreachable, NotUnderstood, ValueError) as why:
        return _failed(what, why, f"Give the connection read access to {tool} in this project, or switch the tool on.")
    return Check(what=what, passed=True, says="One read and understood." if rows else "Readable; there is none yet.")


def _understood(api: Api, kind: str, project: str, resource: str, raw: str) -> None:
    key = record_of(kind, "", raw).needed_id("id")
    show = feeds.CONTRACT_LISTS[resource][1] if resource else feeds.PACKAGE
    shown: str | None = raw
    if kind != "subcontractor_invoice":
        shown = api.find(show, [("project_id", project)], project=project, id=key)
    if shown is not None:
        understand(reading_of(kind, project, stamped(resource, shown) if resource else shown))


def _payments(api: Api, project: str, name: str) -> Check:
    what = f"{name}: payments issued"
    try:
        for contract in _contracts(api, project):
            for reading in feeds.payments_of(api, contract, project)[:1]:
                understand(reading)
            return Check(what=what, passed=True, says="Readable.")
    except (ProjectNotReadable, NotAuthorised, Unreachable, NotUnderstood, ValueError) as why:
        return _failed(what, why, "Give the connection read and write access to Commitments in this project.")
    return Check(what=what, passed=True, says="No commitment to read payments of yet.")


def _contracts(api: Api, project: str) -> Iterator[str]:
    for listing, _ in feeds.CONTRACT_LISTS.values():
        params = [("project_id", project), ("page", "1"), ("per_page", "1")]
        for raw in rows_of(api.get(listing, params, project=project).body):
            yield record_of("commitment", "", raw).needed_id("id")


def _failed(what: str, why: Exception, fix: str = "") -> Check:
    given = getattr(why, "fix", "")
    plain_fix = fix or given or ("Try again later." if isinstance(why, Unreachable) else "")
    return Check(what=what, passed=False, says=str(why), fix=plain_fix)
