"""The stand-in itself: its companies, and which part of it answers a call (qbo.md 1, 4.6, 9)."""
from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from tieout.sandbox.faults import Known
from tieout.sandbox.front import attend
from tieout.sandbox.kit import Kit, Request, Response
from tieout.sandbox.quickbooks_online import (
    attachments,
    bodies,
    calls,
    change_data,
    currencies,
    mail,
    operations,
    people,
    recurring,
    reports,
    settings,
    setup,
    switches,
    tax_lists,
    transport,
    unplayed,
    webhooks,
    writes,
)
from tieout.sandbox.quickbooks_online.company import LISTS, OTHERS, TEMPLATES, TRANSACTIONS, Company, CompanyProfile
from tieout.sandbox.quickbooks_online.lookup import existing
from tieout.sandbox.quickbooks_online.oauth import SCOPE, OAuth
from tieout.sandbox.quickbooks_online.rate_limits import RateLimits
from tieout.sandbox.quickbooks_online.refusals import (
    SHUT,
    Refused,
    Wrong,
    gateway_fault,
    gateway_page,
    out_of_order,
    refuse,
    throttled,
)
from tieout.sandbox.quickbooks_online.shows import show
from tieout.sandbox.quickbooks_online.wire import JSON_TYPE, answer, encode, envelope_time

PATHS = {"CreditCardPaymentTxn": "creditcardpayment"}       # the one whose path is not its name (qbo.md 1.2)
NAMES = {PATHS.get(entity, entity.lower()): entity for entity in (*LISTS, *TRANSACTIONS, *OTHERS, *TEMPLATES)}
NO_ENTITIES = ("query", "batch", "cdc", "upload", "download", "companyinfo", "preferences", "reports", "exchangerate",
               "taxservice")
REQUEST_ID_LONGEST, BATCH_REQUEST_ID_LONGEST = 50, 36
REMEMBERED_ANSWERS = 20_000
SYSTEM_ACCOUNTS = (
    ("Accounts Payable (A/P)", "Accounts Payable", "AccountsPayable"),
    ("Accounts Receivable (A/R)", "Accounts Receivable", "AccountsReceivable"), ("Checking", "Bank", "Checking"),
    ("Undeposited Funds", "Other Current Asset", "UndepositedFunds"),
    ("Opening Balance Equity", "Equity", "OpeningBalanceEquity"),
    ("Retained Earnings", "Equity", "RetainedEarnings"))


class QuickBooksOnline:
    """One connected app and the companies it may reach. `handle` is synchronous and deterministic."""

    name = "quickbooks"

    def __init__(self, kit: Kit, *, realm_id: str = "4620816365000000001",
                 company: CompanyProfile | None = None) -> None:
        self.kit = kit
        self.realm_id = realm_id
        self.companies: dict[str, Company] = {}
        self.oauth = OAuth(kit.seed, {})
        self.client_id, self.client_secret = self.oauth.client_id, self.oauth.client_secret
        self.verifier_token = self.oauth.verifier_token
        self.listeners: webhooks.Listeners | None = None
        self._calls = 0
        self._limits = RateLimits()
        self.add_company(realm_id, company or CompanyProfile())
        self.script_token = self.oauth.script_token(realm_id)

    def add_company(self, realm: str, profile: CompanyProfile) -> Company:
        """A company file with the accounts that QuickBooks makes by itself."""
        company = Company(realm, profile)
        now = self.kit.clock.now()
        for name, kind, subtype in SYSTEM_ACCOUNTS:
            writes.save(company, "Account", {"Name": name, "AccountType": kind, "AccountSubType": subtype},
                        frozenset(), now)
        tax_lists.furnish(company, now)
        self.companies[realm] = company
        self.oauth.companies[realm] = profile.name
        if self.listeners is not None:
            company.events = []
        return company

    def set_profile(self, profile: CompanyProfile) -> None:
        """Names and preferences of the first company, for a world that brings its own."""
        self.company.profile = profile
        tax_lists.furnish(self.company, self.kit.clock.now())
        self.oauth.companies[self.realm_id] = profile.name

    @property
    def company(self) -> Company:
        return self.companies[self.realm_id]

    def set_up(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """What the owner sets up (setup.FIELDS), at any time; ValueError says what is wrong. Returns all of it."""
        if asked:
            setup.set_up(self.company, asked, self.kit.clock.now())
            self.oauth.companies[self.realm_id] = self.company.profile.name
        return setup.shown(self.company.profile)

    def set_project(self, customer_id: str, *, is_project: bool) -> dict[str, Any]:
        """A job becomes a project, or is none any more; ValueError says what is wrong. Gives back how it is shown."""
        now = self.kit.clock.now()
        return show(self.company, people.set_project(self.company, customer_id, is_project=is_project, now=now))

    def set_closing_date(self, through: date | None, *, password: bool = False) -> None:
        """Closes the books through a day, inclusive; None opens them."""
        company = self.company
        company.closed_through, company.closing_password = through, password
        company.note_settings("Preferences", self.kit.clock.now())

    def add_recurring(self, wrapper: Any) -> dict[str, Any]:
        """A template as its owner sets it up: `{"Bill": {..., "RecurringInfo": {...}}}`. Gives back how it is shown."""
        return show(self.company, recurring.keep(self.company, wrapper, self.kit.clock.now()))

    def set_switches(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """Chooses behaviour that differs between companies; returns what is now in force. See `switches`."""
        return switches.put(self.company, self.oauth, asked)

    # -- one call --------------------------------------------------------------------------------------------------

    def handle(self, request: Request) -> Response:
        self._calls += 1
        response = attend(self, request, self.kit.clock.now())
        return replace(response, headers={**response.headers, "intuit_tid": self._trace_id()})

    def answer(self, request: Request, now: datetime) -> Response:
        """What the vendor answers; a change is in the journal before its answer leaves."""
        response = self._answer(request, now)
        # a refusal is kept too where it can be asked for again, or has used up a code
        remembered = response.status == 400 and (request.param("requestid") or not request.path.startswith("/v3/"))
        if calls.is_write(request) and (response.status < 400 or remembered) and self.kit.journal is not None:
            self.kit.journal.append(self.name, request, now)
        if self.listeners is not None:
            webhooks.heard(self.listeners, request, response, now)
        if response.status == 400 and self.company.faults_in_200 and request.path.startswith("/v3/"):
            response = replace(response, status=200)
        return transport.written(request, response)

    def listen(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """Where the app wants its webhooks; ValueError says what is wrong. See webhooks.listen."""
        self.listeners = webhooks.listen(self, asked)
        return self.listeners.shown()

    def stop_listening(self) -> None:
        webhooks.stop(self)
        self.listeners = None

    def faulted(self, kind: str, status: int | None, request: Request, now: datetime,
                form: str | None = None) -> Response:
        return transport.written(request, self._faulted(kind, status, request, now, form))

    def _faulted(self, kind: str, status: int | None, request: Request, now: datetime, form: str | None) -> Response:
        if kind == "busy":
            return throttled(now, as_xml=self._calls % 2 == 0 if form is None else form == "xml")
        if kind == "stale_token":
            return self.oauth.ran_out(request, now)
        if kind == "html":
            return gateway_page(status or 502)
        return out_of_order(now, status=status, as_html=self._calls % 2 == 0)

    def end_grant(self, request: Request, now: datetime, *, revoked: bool) -> None:
        self.oauth.end(request, now, revoked=revoked)

    def looks(self, request: Request) -> Iterable[Request]:
        return calls.looks(request, NAMES)

    def endpoint(self, request: Request) -> str:
        return calls.endpoint(request)

    def known_calls(self) -> Known:
        sent = {entity.lower() for entity in mail.ADDRESS_KEY}
        return calls.known({*NAMES, *unplayed.ENTITIES}, sent, (*reports.BUILT, *reports.NOT_BUILT), webhooks.EMITS)

    def units(self, request: Request) -> Iterable[tuple[str, str]]:
        return calls.units(request)

    def open_to_chance(self, request: Request) -> bool:
        return request.path.startswith(("/v3/", "/oauth2/v1/tokens/"))

    def may_be_lost(self, request: Request, response: Response) -> bool:
        return calls.is_write(request) and request.path.startswith("/v3/")

    def trace_id(self, response: Response) -> str:
        return self._trace_id()

    def _trace_id(self) -> str:
        digest = hashlib.sha256(f"{self.kit.seed}/tid/{self._calls}".encode()).hexdigest()
        return f"1-{digest[:8]}-{digest[8:32]}"

    def _answer(self, request: Request, now: datetime) -> Response:
        if request.path.startswith(attachments.DOWNLOADS) and request.method in ("GET", "HEAD"):
            return attachments.fetch(self.companies, request.path, now)
        sign_in = self._sign_in(request.method, request.path)
        if sign_in is not None:
            return sign_in(request, now)
        try:
            return self._data(request, now)
        except Refused as refused:
            return refused.response(now)

    def _sign_in(self, method: str, path: str) -> Callable[[Request, datetime], Response] | None:
        routes: dict[tuple[str, str], Callable[[Request, datetime], Response]] = {
            ("GET", "/.well-known/openid_configuration"): lambda request, now: self.oauth.discovery(request),
            ("GET", "/.well-known/openid_sandbox_configuration"): lambda request, now: self.oauth.discovery(request),
            ("GET", "/connect/oauth2"): self.oauth.consent, ("POST", "/connect/oauth2"): self.oauth.consent,
            ("POST", "/oauth2/v1/tokens/bearer"): self.oauth.token,
            ("POST", "/v2/oauth2/tokens/revoke"): self.oauth.revoke,
            ("GET", "/v1/openid_connect/userinfo"): self.oauth.userinfo,
            ("GET", "/op/v1/jwks"): lambda request, now: self.oauth.keys()}
        return routes.get((method, path))

    def _data(self, request: Request, now: datetime) -> Response:
        parts = request.path.strip("/").split("/")
        if request.path == unplayed.GRAPHQL:
            raise unplayed.graphql(request)
        if parts[:2] != ["v3", "company"] or len(parts) < 4:
            return answer(404, {"message": f"No such path: {request.method} {request.path}"})
        if request.method == "HEAD":
            request = replace(request, method="GET")      # the server leaves the body out
        realm, rest = parts[2], parts[3:]
        access, refusal = self.oauth.authenticate(request, now)
        if access is None:
            return refusal
        if SCOPE not in access.scope.split():
            return gateway_fault(403, "3100", "ApplicationAuthorizationFailed", f"The token lacks the scope {SCOPE}.",
                                 "SERVICE", now)
        company = self.companies.get(realm)
        if company is None:
            return gateway_fault(403, "3100", "ApplicationAuthorizationFailed", "The application is not connected to "
                                 f"company {realm}.", "SERVICE", now)
        if access.realm != realm:
            raise Refused(Wrong("100", "AuthenticationErrorGeneral: SRV-110-Authentication Failure , statusCode: 401"),
                          status=401, kind="AuthenticationFault")
        if self.kit.limits != "off" and self._limits.is_over(realm, now, rest[0]):
            return throttled(now, as_xml=self._calls % 2 == 0)
        for name in company.shut:
            wrong, status, kind = SHUT[name]
            raise Refused(wrong, status=status, kind=kind)
        company.address, company.at = f"http://{request.headers.get('host', '127.0.0.1')}", now
        transport.check_taken(request)
        if "content-encoding" in request.headers:
            request = replace(request, body=transport.unpacked(request))
        return self._once(company, request, rest, now)

    def _once(self, company: Company, request: Request, rest: list[str], now: datetime) -> Response:
        """A write with a requestid is done once; a repeat gets the first answer."""
        key = request.param("requestid")
        if key is None or request.method != "POST" or rest == ["query"]:
            return self._route(company, request, rest, now)
        longest = BATCH_REQUEST_ID_LONGEST if rest == ["batch"] else REQUEST_ID_LONGEST
        if len(key) > longest or not key:
            raise refuse("2130", f"The request id must have 1 to {longest} characters.", "requestid")
        call = f"{request.path}?{request.param('operation') or ''}"
        if key in company.answers:
            first_call, status, body = company.answers[key]
            if first_call != call:
                raise refuse("600", f"Request id {key} was used for another operation.", "requestid")
            return Response(status, {"Content-Type": JSON_TYPE}, body)
        try:
            response = self._route(company, request, rest, now)
        except Refused as refused:
            if refused.status >= 500:       # nothing was decided
                raise
            response = refused.response(now)
        company.answers[key] = (call, response.status, response.body)
        if len(company.answers) > REMEMBERED_ANSWERS:
            del company.answers[next(iter(company.answers))]
        return response

    def _route(self, company: Company, request: Request, rest: list[str], now: datetime) -> Response:
        match request.method, rest:
            case "GET", ["query"]:
                return self._query(company, request.param("query") or "", now)
            case "POST", ["query"]:
                statement = bodies.text(request.body) or request.param("query") or ""
                return self._query(company, statement, now)
            case "POST", ["batch"]:
                return self._batch(company, request, now)
            case "GET", ["cdc"]:
                found = change_data.changes(company, request.param("entities") or "",
                                            request.param("changedSince"), now)
                return answer(200, {"CDCResponse": [{"QueryResponse": found}], "time": envelope_time(now)})
            case "GET", ["companyinfo", id_]:
                settings.check_company_id(company, id_)
                options = operations.options_of(request.param("include"))
                return self._single("CompanyInfo", settings.company_info(company, options), now)
            case "POST", ["companyinfo" | "preferences" as path]:
                return self._write_settings(company, "CompanyInfo" if path == "companyinfo" else "Preferences",
                                            bodies.read(request), now)
            case "GET", ["preferences"]:
                return self._single("Preferences", settings.preferences(company), now)
            case "GET", ["reports", name]:
                report = reports.run(company, name, request, now)
                if report is None:
                    raise unplayed.call(request)
                return answer(200, report)
            case "GET", ["exchangerate"]:
                return self._single("ExchangeRate", currencies.rate_on(
                    company, request.param("sourcecurrencycode") or "",
                    request.param("asofdate") or company.today(now)), now)
            case "POST", ["exchangerate"]:
                return self._single("ExchangeRate", currencies.enter_rate(
                    company, bodies.read(request), company.today(now), now), now)
            case "POST", ["taxservice", "taxcode"]:
                return answer(200, tax_lists.create_code(company, bodies.read(request), now))
            case "POST", ["upload"]:
                return self._upload(company, request, now)
            case "GET", ["download", id_]:
                return attachments.download(company, id_)
            case "GET", [entity, id_] if entity in NAMES:
                return self._read(company, NAMES[entity], id_, now)
            case "POST", [entity] if entity in NAMES:
                return self._write(company, NAMES[entity], request, now)
            case "POST", [entity, id_, "send"] if NAMES.get(entity) in mail.ADDRESS_KEY:
                sent = mail.send(company, NAMES[entity], id_, request.param("sendTo"), now)
                return self._single(NAMES[entity], show(company, sent), now)
            case _, [entity, _, "send" | "pdf"] if entity in NAMES:
                raise unplayed.call(request)
            case _, [entity, *_] if entity in unplayed.ENTITIES or entity in ("companyinfo", "preferences", "reports"):
                raise unplayed.call(request)
            case _, [entity, *_] if entity not in NAMES and entity not in NO_ENTITIES:
                raise refuse("2000", f"Unsupported object name: {entity}")
        raise refuse("500", f"Operation {request.method} {'/'.join(rest)} is not supported.")

    # -- operations ------------------------------------------------------------------------------------------------

    def _single(self, entity: str, shown: dict[str, Any], now: datetime) -> Response:
        return answer(200, {entity: shown, "time": envelope_time(now)})

    def _write_settings(self, company: Company, entity: str, body: Any, now: datetime) -> Response:
        shown = settings.save(company, entity, body, now)
        self.oauth.companies[company.realm] = company.profile.name
        return self._single(entity, shown, now)

    def _query(self, company: Company, statement: str, now: datetime) -> Response:
        found = operations.run_query(company, statement)
        return answer(200, {"QueryResponse": found, "time": envelope_time(now)})

    def _read(self, company: Company, entity: str, id_: str, now: datetime) -> Response:
        return self._single(entity, show(company, existing(company, entity, id_)), now)

    def _write(self, company: Company, entity: str, request: Request, now: datetime) -> Response:
        options = operations.options_of(request.param("include"))
        done = operations.write(company, entity, request.param("operation") or "", bodies.read(request), options, now)
        return answer(200, {**done, "time": envelope_time(now)})

    def _upload(self, company: Company, request: Request, now: datetime) -> Response:
        """200 even where a file was refused: each has its own answer."""
        answers = [{"Fault": found.fault()} if isinstance(found, Refused) else {"Attachable": found}
                   for found in attachments.upload(company, request, now)]
        return answer(200, {"AttachableResponse": answers, "time": envelope_time(now)})

    def _batch(self, company: Company, request: Request, now: datetime) -> Response:
        named = bool(request.param("requestid"))
        items = operations.batch(company, bodies.read(request), NAMES.values(), now, named=named)
        tail = encode({"time": envelope_time(now)})[1:]
        return Response(200, {"Content-Type": JSON_TYPE}, b'{"BatchItemResponse":[' + b",".join(items) + b"]," + tail)
