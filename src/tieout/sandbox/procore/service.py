"""The practice Procore: one synchronous object that answers requests as Procore's login and API hosts do."""
from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any

from tieout.sandbox.faults import Known
from tieout.sandbox.front import attend
from tieout.sandbox.kit import Kit, Request, Response, json_response
from tieout.sandbox.procore import (
    budget_views,
    calls,
    change_reasons,
    custom_fields,
    files,
    lookups,
    people,
    permissions,
    setup,
    standard_codes,
    timecards,
    units,
    users,
    wbs,
    webhooks,
)
from tieout.sandbox.procore.contract_records import Requisition
from tieout.sandbox.procore.cost_records import Person
from tieout.sandbox.procore.currency import in_currency
from tieout.sandbox.procore.directory import own_company
from tieout.sandbox.procore.limits import RateLimit
from tieout.sandbox.procore.oauth import App, Grant, OAuth
from tieout.sandbox.procore.routes import Route, Table
from tieout.sandbox.procore.state import Company, Ids, Level, User
from tieout.sandbox.procore.web import Call, Refusal, bad_request, cents, forbidden, not_found

LOGIN = {("GET", "/oauth/authorize"): "authorize", ("POST", "/oauth/authorize"): "authorize",
         ("POST", "/oauth/token"): "issue", ("GET", "/oauth/token/info"): "info", ("POST", "/oauth/revoke"): "revoke"}
RETRY_AFTER_S = 30
NO_HEADER = "Missing Procore-Company-Id header!"


@dataclass(frozen=True)
class _Caller:
    grant: Grant
    company: Company


class Procore:
    """One login host and one API host, with one company (more by add_company).

    client_id, client_secret          a service account's app (client credentials); codes work with it as well
    app_client_id, app_client_secret  an app for the authorization code grant only
    script_token                      long-lived, of the company's admin
    """

    name = "procore"

    def __init__(self, kit: Kit, *, company_id: int = 4283186, company_name: str = "Demo Builders",
                 domain: str = "demobuilders.example") -> None:
        """domain: of the e-mail addresses of its people."""
        self.kit, self._domain = kit, domain
        self.hourly_limit, self.spike_limit = 3600, 25
        self._moment: datetime | None = None
        self.ids = Ids()
        self.companies: dict[int, Company] = {}
        self.company = self.add_company(company_id, company_name)
        self.person = self._user(f"paula.marsh@{domain}", "Paula Marsh", "admin")
        self.account = self._user("sync-account@dmsa.example", "Sync Service Account", "admin",
                                  is_service_account=True)
        self.oauth = OAuth(kit.seed, self._now, self.person)
        self.client_id, self.client_secret = self.oauth.token("client"), self.oauth.token("secret")
        self.app_client_id, self.app_client_secret = self.oauth.token("client"), self.oauth.token("secret")
        for app in (App(self.client_id, self.client_secret, "Tie-out connector", self.account),
                    App(self.app_client_id, self.app_client_secret, "Tie-out connector (sign-in)")):
            self.oauth.apps[app.client_id] = app
        self.script_token = self.issue_token("admin", self.person)
        self._rates: dict[str, RateLimit] = {}
        self.table = Table()
        self._calls = 0
        self._found_last: tuple[Request | None, tuple[Route, dict[str, str]] | None] = (None, None)

    @property
    def company_id(self) -> str:
        return str(self.company.id)

    # What a test or the sandbox's control page sets up

    def add_company(self, company_id: int, name: str) -> Company:
        made = Company(company_id, name, self.ids)
        made.storage = files.Storage(company_id, sha256(f"storage {self.kit.seed} {company_id}".encode()).digest())
        now = self.kit.clock.now().replace(microsecond=0)
        for furnish in (wbs.furnish, change_reasons.furnish, lookups.furnish, standard_codes.furnish,
                        custom_fields.furnish, units.furnish, timecards.furnish):
            furnish(made, now)
        made.hooks.kit = self.kit
        self.companies[company_id] = made
        made.group = self.companies
        return made

    def issue_token(self, level: Level = "admin", user: User | None = None) -> str:
        """A long-lived token of a user at that level, who belongs to every project that there is by now."""
        user = user or self._user(f"{level}@{self._domain}", level.replace("_", " ").title(), level)
        for project in self.company.projects.values() if user.level != "admin" else ():
            people.join(self.company, project, self.company.people_by_user[user.id])
        app = self.oauth.apps[self.app_client_id]
        return self.oauth.grant(app, user, refreshable=False, expires_s=None).access_token

    def _user(self, login: str, name: str, level: Level, *, is_service_account: bool = False) -> User:
        """A user, who stands in the first company's directory as well."""
        made = User(self.ids.next("user"), login, name, level, is_service_account)
        now = self.kit.clock.now().replace(microsecond=0)
        first, _, last = name.partition(" ")
        users.enter(self.company, Person(self.ids.next("person"), now, now, {
            "first_name": first, "last_name": last or first, "email_address": login, "active": True,
            "is_employee": not is_service_account and level != "bill_recipient"}, user_id=made.id))
        return made

    def set_tax(self, requisition_id: int, amount: Decimal | None) -> None:
        """tax_applicable_to_this_payment as somebody types it on the web page; no API takes it.

        None goes back to the tax that the tax codes of the lines make.
        """
        found = self._requisition(requisition_id)
        found.typed_tax = None if amount is None else cents(amount)
        found.touch(self.kit.clock.now().replace(microsecond=0))

    def _requisition(self, requisition_id: int) -> Requisition:
        for company in self.companies.values():
            for project in company.projects.values():
                if requisition_id in project.requisitions:
                    return project.requisitions[requisition_id]
        raise KeyError(requisition_id)

    def add_custom_field(self, label: str, data_type: str = "string", *, on: Iterable[str] = ("project",),
                         options: Iterable[str] = (), required: bool = False, variant: str | None = None) -> int:
        """As an administrator does on the web; the definition's id. data_type and on: see custom_fields."""
        now = self.kit.clock.now().replace(microsecond=0)
        return custom_fields.define(self.company, now, label=label, data_type=data_type, on=tuple(on),
                                    options=tuple(options), required=required, variant=variant).id

    def set_permission(self, tool: str, level: str, *, user_id: int | None = None,
                       project_id: int | None = None) -> None:
        """The level of a user in a tool, in one project or everywhere (2.4).

        Left out, the user is the service account and the owner of the token for scripts: whoever tries it sees it.
        """
        users = (self.account.id, self.person.id) if user_id is None else (user_id,)
        for user in users:
            if user not in self.company.people_by_user:
                raise ValueError(f"there is no user {user}")
            permissions.set_permission(self.company, user, tool, level, project_id)

    def set_permitted(self, project_ids: Iterable[int] | None) -> None:
        """The projects that service accounts, and the owner of the token for scripts, may see; None is all."""
        self.company.permitted = None if project_ids is None else set(project_ids)
        self.company.limited = {self.person.id}

    @contextmanager
    def unhindered(self) -> Iterator[None]:
        """What the world's people and the desk do inside is not held up by levels set for a client's tests."""
        kept = [(company, company.permissions, company.permitted) for company in self.companies.values()]
        for company, _, _ in kept:
            company.permissions, company.permitted = {}, None
        try:
            yield
        finally:
            for company, levels, permitted in kept:
                company.permissions, company.permitted = levels, permitted

    def disable_tool(self, project_id: int, tool: str, *, disabled: bool = True) -> None:
        """tool: directory, budget, commitments, change_orders, prime_contracts, invoicing or direct_costs."""
        tools = self.company.projects[project_id].disabled_tools
        if disabled:
            tools.add(tool)
        else:
            tools.discard(tool)

    def take_budget_snapshot(self, project_id: int) -> int:
        """A budget view snapshot as somebody takes one on the web page; its id."""
        return budget_views.take_snapshot(self.company, self.company.projects[project_id])

    def set_up(self, setting: str, asked: Mapping[str, Any]) -> dict[str, Any]:
        """A setting of the web pages (see setup); ValueError says what is wrong."""
        return setup.SETTINGS[setting](self, asked)

    def endpoints(self) -> list[str]:
        return self.table.endpoints()

    def _now(self) -> datetime:
        """One call has one time, the one that the journal keeps with it."""
        return self._moment or self.kit.clock.now()

    # One call

    def handle(self, request: Request) -> Response:
        self._moment = self.kit.clock.now()
        self._calls += 1
        try:
            response = attend(self, request, self._moment)
        finally:
            self._moment, self._found_last = None, (None, None)
        return replace(response, headers={**response.headers, "X-Request-Id": self._call_name()})

    def answer(self, request: Request, now: datetime) -> Response:
        """What Procore answers; a change is in the journal before its answer leaves. A refused token call may have
        ended a refresh token, so that it is kept too."""
        is_login = request.path.startswith("/oauth/")
        if request.path.startswith(files.ROOT):
            response = self._stored(request, now)
        else:
            response = self._login(request) if is_login else self._rest(request, self._found(request), now)
        if request.method != "GET" and (response.status < 400 or is_login) and self.kit.journal is not None:
            self.kit.journal.append(self.name, request, now)
        return response

    def _found(self, request: Request) -> tuple[Route, dict[str, str]] | None:
        """Looked up once per call, though several ask."""
        if self._found_last[0] is not request:
            self._found_last = request, self.table.find(request.method, request.path)
        return self._found_last[1]

    def _call_name(self) -> str:
        text = sha256(f"{self.kit.seed} {self._calls}".encode()).hexdigest()
        return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:32]}"

    def endpoint(self, request: Request) -> str:
        found = self._found(request)
        if found is not None:
            return found[0].endpoint
        if request.path.startswith(files.ROOT):
            return f"{request.method} {files.ROOT}{{key}}"
        known = request.path if (request.method, request.path) in LOGIN else \
            self.table.find_unplayed(request.method, request.path)
        return f"{request.method} {known or '(unknown)'}"

    def known_calls(self) -> Known:
        endpoints = (*(f"{method} {path}" for method, path in LOGIN), f"GET {files.ROOT}{{key}}",
                     *self.table.endpoints(), *self.table.unplayed())
        return calls.known(endpoints, webhooks.TOLD)

    def units(self, request: Request) -> Iterable[tuple[str, str]]:
        found = self._found(request)
        return calls.units(request, found[0].template if found else "")

    def looks(self, request: Request) -> Iterable[Request]:
        """The record itself, where a write names one."""
        found = self.table.find("GET", request.path)
        return [] if found is None or request.path.startswith("/oauth/") else [
            replace(request, method="GET", body=b"")]

    def open_to_chance(self, request: Request) -> bool:
        return True

    def may_be_lost(self, request: Request, response: Response) -> bool:
        """A login answer is never lost by chance: a lost refresh needs a person, in a sandbox as at Procore."""
        return response.status < 400 and not request.path.startswith("/oauth/")

    def trace_id(self, response: Response) -> str:
        return self._call_name()

    def end_grant(self, request: Request, now: datetime, *, revoked: bool) -> None:
        self.oauth.end(request, revoked=revoked)

    def faulted(self, kind: str, status: int | None, request: Request, now: datetime,
                form: str | None = None) -> Response:
        if kind == "busy":
            reset = int(now.timestamp()) + 10
            return json_response(429, {"errors": "You have surpassed the max number of requests for a rolling window"},
                                 {"X-Rate-Limit-Limit": str(self.spike_limit), "X-Rate-Limit-Remaining": "0",
                                  "X-Rate-Limit-Reset": str(reset), "Retry-After": "10"})
        if kind == "stale_token":
            return json_response(401, {"errors": "Invalid Token"})
        if kind == "html" or status in (502, 504):
            return calls.gateway_page(status or 502)
        if status == 500:
            return json_response(500, {"status": 500, "error": "Internal Server Error"})
        return json_response(503, {"error": "Service temporarily unavailable, please retry"},
                             {"Retry-After": str(RETRY_AFTER_S)})

    def _login(self, request: Request) -> Response:
        handler = LOGIN.get((request.method, request.path))
        if handler is None:
            return json_response(404, {"error": "not_found"})
        response: Response = getattr(self.oauth, handler)(request)
        return response

    def _stored(self, request: Request, now: datetime) -> Response:
        company = self.companies.get(files.company_of(request.path))
        return files.serve(company.storage if company else None, request, now)

    def _rest(self, request: Request, found: tuple[Route, dict[str, str]] | None, now: datetime) -> Response:
        try:
            grant = self.oauth.of_bearer(request)
            if grant is None:
                raise Refusal(401, {"errors": "Invalid Token"})
            company = self._company(request, grant, found[0] if found else None)
            allowed, rate = self._rate(grant.app.client_id, now)
        except Refusal as refusal:
            _, rate = self._rate("", now)
            return self._refused(refusal, request, rate, now)
        try:
            if not allowed:
                raise Refusal(429, {"errors": "You have surpassed the max number of requests for a rolling window"})
            return self._answer(request, found, _Caller(grant, company), now, rate)
        except Refusal as refusal:
            return self._refused(refusal, request, rate, now)

    def _answer(self, request: Request, found: tuple[Route, dict[str, str]] | None, caller: _Caller, now: datetime,
                rate: dict[str, str]) -> Response:
        if found is None:
            raise Refusal(501, {"errors": self._why_not(request)})
        route, args = found
        call = Call(request, caller.company, caller.grant.user, args, now.replace(microsecond=0),
                    caller.grant.is_user_token, self._base_url(request), route.tool)
        if "company_id" in args:
            own_company(call)
        call.user = permissions.check(
            call.company, call.user, route.tool, call.project.id if route.scope == "project" else None, route.template,
            writes=request.method != "GET")
        call.check_content_type()
        caller.company.storage.host, caller.company.storage.now = call.base_url, now
        mark = self.ids.mark() if request.method != "GET" else None
        try:
            body, status, headers = route.handler(call)
        except Refusal:
            if mark is not None:
                self.ids.back_to(mark)
            raise
        if caller.company.hooks and request.method != "GET":
            webhooks.note(call, route.template, route.scope == "project", body, now)
        if body is None:
            return Response(status, {**rate, **headers})
        iso_code = (call.project.currency.iso_code if route.scope == "project" else None) \
            or caller.company.currency.iso_code
        if iso_code not in (None, "USD"):
            body = in_currency(body, iso_code)
        return json_response(status, body, {**rate, **headers})

    def _why_not(self, request: Request) -> str:
        known = self.table.find_unplayed(request.method, request.path)
        if known is not None:
            return f"{request.method} {known} is an endpoint of Procore that this practice Procore does not play"
        return f"{request.method} {request.path} is not part of this practice Procore"

    @staticmethod
    def _base_url(request: Request) -> str:
        scheme = request.headers.get("x-forwarded-proto", "http")
        return f"{scheme}://{request.headers.get('host', '127.0.0.1')}"

    def _company(self, request: Request, grant: Grant, route: Route | None) -> Company:
        """The company of the header. Without it most project endpoints answer 404, not 401 (1.2)."""
        text = request.headers.get("procore-company-id")
        if text is None:
            names_scope = request.param("company_id") is not None or request.param("project_id") is not None
            if route is not None and route.scope == "anyone" and grant.is_user_token and not names_scope:
                return self.company
            if self.company.switches.missing_company_header == 404 and (route is None or route.scope == "project"):
                raise not_found()
            raise bad_request(NO_HEADER)
        company = self.companies.get(int(text)) if text.isascii() and text.isdecimal() and len(text) < 19 else None
        if company is None or not company.connected:
            raise forbidden("App is not connected to this company", "The app is not installed in this company")
        return company

    def _rate(self, client_id: str, now: datetime) -> tuple[bool, dict[str, str]]:
        limit = self._rates.get(client_id)
        if limit is None or (limit.hourly, limit.spike) != (self.hourly_limit, self.spike_limit):
            limit = self._rates[client_id] = RateLimit(self.hourly_limit, self.spike_limit)
        return limit.count(now, enforced=self.kit.limits == "vendor" and bool(client_id))

    @staticmethod
    def _refused(refusal: Refusal, request: Request, rate: dict[str, str], now: datetime) -> Response:
        body = refusal.body
        if request.path.startswith("/rest/v2") and refusal.status < 500:
            body = in_v2_shape(refusal.status, body)
        wait_s = int(rate["X-Rate-Limit-Reset"]) - int(now.timestamp())
        extra = {"Retry-After": str(wait_s)} if refusal.status == 429 else {}
        return json_response(refusal.status, body, {**rate, **extra, **refusal.headers})


V2_CODES = {400: "BAD_REQUEST", 401: "UNAUTHORIZED", 403: "FORBIDDEN", 404: "NOT_FOUND",
            406: "NOT_ACCEPTABLE", 409: "CONFLICT",
            422: "UNPROCESSABLE_ENTITY", 429: "TOO_MANY_REQUESTS"}


def in_v2_shape(status: int, body: object) -> object:
    """`{"error": {"code", "message", "details"}}`, as the v2 endpoints say it (1.3)."""
    found = body if isinstance(body, dict) else {}
    if isinstance(found.get("error"), dict):
        return body
    errors = found.get("errors")
    details = [{"reason_code": name, "message": text} for name, texts in errors.items() for text in texts] \
        if isinstance(errors, dict) else []
    message = errors if isinstance(errors, str) else found.get("message") or found.get("error") or "Invalid request"
    return {"error": {"code": V2_CODES.get(status, "ERROR"), "message": message, "details": details}}
