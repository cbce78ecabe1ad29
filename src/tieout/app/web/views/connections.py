"""The connections: how they are, connecting them in the browser, and choosing the Procore company. [A6 A14]"""
from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime

from django.contrib import messages
from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.crypto import constant_time_compare
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tieout.app.web.outside import books_company, callback_uri, checks, companies, consent_url, take_grant
from tieout.app.web.pairs import pair_or_404
from tieout.app.web.words import SYSTEMS, age_shown, counted
from tieout.engine import trail
from tieout.engine.store.models import Agreed, Connection, Mapping, Pair
from tieout.ports import NotAuthorised, NotUnderstood, Unreachable

STATE_GOOD_FOR_S = 900


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """One connection as a person wants to know it. `tone` as in words.Status."""

    connection: Connection
    system: str
    state: str
    tone: str
    icon: str
    says: str
    fix: str
    token_life: str
    pairs: list[str]
    company: str
    can_connect: bool
    choose_company: bool


def health_of(connection: Connection, now: datetime) -> Health:
    system = SYSTEMS.get(connection.kind, connection.kind)
    pairs = Pair.objects.filter(Q(procore=connection) | Q(quickbooks=connection)).order_by("name")
    connected = bool(connection.tokens_sealed)
    by_person = connection.grant == "authorization_code"
    state, tone, icon, says, fix = "Connected", "good", "check", "", ""
    if not connection.client_id:
        state, tone, icon = "Not set up", "bad", "person"
        says, fix = (
            "It has no client id yet.",
            "Put the client id and secret of your app into the set-up file, then apply it.",
        )
    elif connection.refused_why:
        state, tone, icon = "Has to be connected again", "bad", "person"
        says = f"{system} no longer accepts the connection: {connection.refused_why}"
        fix = f"Connect {system} again, as a user who may see the company." if by_person else \
            "Check the service account's client id, secret and permissions."
    elif not connected and by_person:
        state, tone, icon = "Not connected", "waiting", "clock"
        says, fix = (
            f"Nobody has let tieout into {system} yet.",
            f"Press Connect {system}; you log in there, and come back here.",
        )
    elif connection.refresh_expires_at and connection.refresh_expires_at <= now:
        state, tone, icon = "Has to be connected again", "bad", "person"
        says, fix = "The connection's right to renew itself has run out.", f"Connect {system} again."
    elif connection.kind == "procore" and not connection.company_id:
        state, tone, icon = "Company not chosen", "waiting", "clock"
        says, fix = "You are logged in, and the company is still open.", "Choose the Procore company."
    return Health(
        connection=connection, system=system, state=state, tone=tone, icon=icon, says=says, fix=fix,
        token_life=token_life(connection, now), pairs=[pair.name for pair in pairs],
        company=connection.company_name or ("" if connection.kind == "procore" else books_company(connection)),
        can_connect=by_person and bool(connection.client_id),
        choose_company=connection.kind == "procore" and connected and by_person)


def token_life(connection: Connection, now: datetime) -> str:
    if not connection.tokens_sealed:
        return ""
    if connection.refresh_expires_at:
        left = connection.refresh_expires_at - now
        return f"renews itself; good for {age_shown(left)} without use" if left.total_seconds() > 0 else "run out"
    return "renews itself"


@require_safe
def connections(request: HttpRequest) -> HttpResponse:
    now = datetime.now(UTC)
    rows = [health_of(connection, now) for connection in Connection.objects.order_by("kind", "name")]
    return render(
        request,
        "web/connections.html",
        {
            "page": "connections",
            "rows": rows,
            "pairs": Pair.objects.select_related("procore", "quickbooks").order_by("name"),
        },
    )


@require_POST
def check(request: HttpRequest) -> HttpResponse:
    """Reads one record of each kind from both systems, and says what works and what to mend."""
    pair = pair_or_404(request)
    found = checks(pair)
    return render(request, "web/checks.html", {
        "page": "connections", "pair": pair, "found": found, "failed": sum(1 for _, one in found if not one.passed)})


@require_safe
def connect(request: HttpRequest, name: str) -> HttpResponse:
    """Sends the browser to the vendor's consent page. A GET, because a form may not lead off this site."""
    connection = get_object_or_404(Connection, name=name)
    if not connection.client_id or connection.grant != "authorization_code":
        messages.error(request, f"{connection.name} has no client id for a login in the browser. Set it up first.")
        return redirect("connections")
    state = secrets.token_urlsafe(32)
    try:
        address = consent_url(connection, callback_uri(connection), state)
    except NotAuthorised as closed:
        messages.error(request, f"{closed.says} {closed.fix}")
        return redirect("connections")
    request.session[f"oauth:{connection.pk}"] = {"state": state, "at": datetime.now(UTC).timestamp()}
    return redirect(address)


@require_safe
def callback(request: HttpRequest, name: str) -> HttpResponse:
    connection = get_object_or_404(Connection, name=name)
    fault = fault_of_callback(request, connection)
    if not fault:
        try:
            take_grant(connection, request.GET["code"], callback_uri(connection))
        except NotAuthorised as refused:
            fault = f"{refused.says} {refused.fix}"
        except Unreachable:
            fault = f"{SYSTEMS[connection.kind]} did not answer in time. Nothing was changed; connect once more."
    if fault:
        messages.error(request, fault)
        return redirect("connections")
    granted(request, connection)
    if connection.kind == "procore" and not connection.company_id:
        return redirect("company", name=connection.name)
    messages.success(request, f"{SYSTEMS[connection.kind]} is connected.")
    return redirect("connections")


def fault_of_callback(request: HttpRequest, connection: Connection) -> str:
    """Why this answer of the vendor may not be used, or nothing. The state works once."""
    system = SYSTEMS[connection.kind]
    kept = request.session.pop(f"oauth:{connection.pk}", None)
    fresh = kept and datetime.now(UTC).timestamp() - kept["at"] < STATE_GOOD_FOR_S
    if not fresh or not constant_time_compare(kept["state"], request.GET.get("state", "")):
        return f"This answer from {system} does not belong to a login that you began here. Press Connect again."
    if request.GET.get("error"):
        return f"{system} was not connected: the request was declined there. Press Connect to try again."
    if not request.GET.get("code"):
        return f"{system} sent no code with its answer. Press Connect again."
    realm = request.GET.get("realmId", "")
    if connection.kind == "quickbooks_online":
        if not re.fullmatch(r"[0-9]{1,19}", realm):
            return "QuickBooks did not say which company was chosen. Press Connect again and choose a company."
        if connection.company_id and realm != connection.company_id:
            return (f"You chose another QuickBooks company (number {realm}) than the one this connection is for "
                    f"(number {connection.company_id}). Connect again and choose that one. Nothing was changed.")
    return ""


def granted(request: HttpRequest, connection: Connection) -> None:
    by, now = request.user.get_username(), datetime.now(UTC)
    system = SYSTEMS[connection.kind]
    with transaction.atomic():
        if connection.kind == "quickbooks_online" and not connection.company_id:
            connection.company_id = request.GET["realmId"]
            connection.save(update_fields=["company_id"])
        trail.append("", [trail.Entry(kind="connected", subject=f"connection:{connection.name}", by=by,
                                      says=f"{by} connected {system} ({connection.name}).")], now)


@require_http_methods(["GET", "HEAD", "POST"])
def company(request: HttpRequest, name: str) -> HttpResponse:
    """The Procore company, from those that the person who connected can see."""
    connection = get_object_or_404(Connection, name=name, kind="procore")
    try:
        offered = companies(connection)
    except NotAuthorised as refused:
        messages.error(request, f"{refused.says} {refused.fix}")
        return redirect("connections")
    except (Unreachable, NotUnderstood):
        messages.error(request, "Procore did not answer with its list of companies. Try again in a minute.")
        return redirect("connections")
    fault = ""
    if request.method == "POST":
        chosen = next((c for c in offered if c[0] == request.POST.get("company")), None)
        fault = "Choose one of these companies." if chosen is None else why_not_company(connection, chosen[0])
        if chosen is not None and not fault:
            keep_company(request, connection, *chosen)
            messages.success(request, f"{chosen[1]} is the Procore company of {connection.name}.")
            return redirect("connections")
    return render(
        request,
        "web/company.html",
        {"page": "connections", "connection": connection, "offered": offered, "fault": fault},
        status=422 if fault else 200,
    )


def why_not_company(connection: Connection, company_id: str) -> str:
    """Everything linked so far belongs to the company it was linked in; pointing it at another would mix two books."""
    if connection.company_id in ("", company_id):
        return ""
    pairs = Pair.objects.filter(procore=connection)
    linked = Agreed.objects.filter(pair__in=pairs).count()
    mapped = Mapping.objects.filter(pair__in=pairs).count()
    if not linked and not mapped:
        return ""
    return (
        f"{connection.name} already has {counted(mapped, 'mapping')} and {counted(linked, 'linked record')} "
        f"that belong to {connection.company_name or 'company ' + connection.company_id}. "
        "They would point at the wrong company. Make a new connection for the other company instead."
    )


def keep_company(request: HttpRequest, connection: Connection, company_id: str, company_name: str) -> None:
    by = request.user.get_username()
    with transaction.atomic():
        connection.company_id, connection.company_name = company_id, company_name
        connection.save(update_fields=["company_id", "company_name"])
        trail.append(
            "",
            [
                trail.Entry(
                    kind="connected",
                    subject=f"connection:{connection.name}",
                    by=by,
                    says=f"{by} chose the Procore company {company_name} ({company_id}) for {connection.name}.",
                )
            ],
            datetime.now(UTC),
        )
