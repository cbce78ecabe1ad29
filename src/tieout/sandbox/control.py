"""The `/_sandbox/` endpoints: what only a sandbox has. Clients under test never use them."""
from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from itertools import islice
from typing import TYPE_CHECKING, Any

from tieout.sandbox.desk import routes as desk
from tieout.sandbox.faults import KINDS, FaultError, Faults, faults_from, refuse_what_never_comes
from tieout.sandbox.kit import Request, Response, json_response, kept_within, moment_of
from tieout.sandbox.quickbooks_online.refusals import Refused
from tieout.sandbox.quickbooks_online.webhooks import KEYS as LISTENER_KEYS
from tieout.sandbox.quickbooks_online.wire import answer, decode
from tieout.sandbox.snapshot import SnapshotError

if TYPE_CHECKING:
    from tieout.sandbox.sandbox import Sandbox

Handler = Callable[["Sandbox", Request], Response]
MOST_SNAPSHOTS = 20
LOG_QUESTIONS = ("service", "endpoint", "status", "fault", "limit")
LONGEST_OVERLAP_S = 366 * 86400


class _Wrong(ValueError):
    """A control call that can't be done; the text says why."""


def handle(sandbox: Sandbox, request: Request) -> Response:
    """Changes that are part of the practice (clock, closing date, steps of the world) go into the journal."""
    if (request.path + "/").startswith(desk.PATH + "/"):
        return desk.handle(sandbox, request)
    handler = ROUTES.get((request.method, request.path))
    if handler is None:
        known = sorted(f"{method} {path}" for method, path in ROUTES)
        return json_response(404, {"error": f"No such control: {request.method} {request.path}", "controls": known})
    try:
        if request.path not in KEPT:
            return handler(sandbox, request)
        with sandbox.clock_stands() as at:
            response = handler(sandbox, request)
            sandbox.webhooks.drain()
    except _Wrong as wrong:
        return json_response(400, {"error": str(wrong)})
    except OSError as wrong:
        return json_response(507, {"error": f"{wrong.filename or sandbox.state} can't be written or read: "
                                            f"{wrong.strerror}. Make room or mend the folder, then ask again."})
    if request.method != "GET" and sandbox.kit.journal is not None:
        sandbox.kit.journal.append("control", request, at)
    return response


def _fields(request: Request, *known: str) -> dict[str, Any]:
    try:
        found = json.loads(request.body or b"{}", parse_constant=_no_number)
    except (ValueError, RecursionError) as wrong:
        raise _Wrong(f"The body is not JSON: {wrong}") from wrong
    if not isinstance(found, dict):
        raise _Wrong("The body must be a JSON object.")
    if known and (unknown := set(found) - set(known)):
        raise _Wrong(f"Unknown key {sorted(unknown)[0]!r}; known are {', '.join(known)}.")
    return found


def _no_number(word: str) -> Any:
    raise ValueError(f"{word} is no number.")


def _health(sandbox: Sandbox, request: Request) -> Response:
    return json_response(200, {"ok": True, "world": sandbox.world.name, "limits": sandbox.kit.limits})


def _clock(sandbox: Sandbox, request: Request) -> Response:
    return json_response(200, {"now": sandbox.kit.clock.now().isoformat(), "frozen": sandbox.stands})


def _set_clock(sandbox: Sandbox, request: Request) -> Response:
    """now: sets it; advance_s: moves it; frozen: whether it stands between calls."""
    asked = _fields(request, "now", "advance_s", "frozen")
    if not isinstance(asked.get("frozen", False), bool):
        raise _Wrong(f"frozen must be true or false, not {asked['frozen']!r}.")
    by = asked.get("advance_s", 0)
    if isinstance(by, bool) or not isinstance(by, (int, float)):
        raise _Wrong(f"advance_s must be a number of seconds, not {by!r}.")
    try:
        moment = moment_of(str(asked["now"])) if "now" in asked else sandbox.kit.clock.now()
        sandbox.kit.clock.set(kept_within(moment + timedelta(seconds=by)))
    except OverflowError as wrong:
        raise _Wrong(f"advance_s is too large: {by!r}.") from wrong
    except ValueError as wrong:
        raise _Wrong(str(wrong)) from wrong
    if "frozen" in asked:
        sandbox.stand(asked["frozen"])
    return _clock(sandbox, request)


def _calls(sandbox: Sandbox, request: Request) -> Response:
    """Calls per service and endpoint since the start or the last DELETE."""
    log = sandbox.kit.calls
    return json_response(200, {name: log.of(name) for name in ("procore", "quickbooks")})


def _number(request: Request, name: str, usual: int | None) -> int | None:
    text = request.param(name)
    if text is not None and not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise _Wrong(f"{name} must be a whole number, not {text!r}.")
    return int(text) if text is not None else usual


def _call_log(sandbox: Sandbox, request: Request) -> Response:
    """The last calls, newest first: ?service=&endpoint=&status=&fault=&limit= (100 unless given). `total` counts all
    since the start, `matching` those of the last calls that the question means."""
    if unknown := sorted({name for name, _ in request.query} - set(LOG_QUESTIONS)):
        raise _Wrong(f"Unknown parameter {unknown[0]!r}; known are {', '.join(LOG_QUESTIONS)}.")
    status, limit = _number(request, "status", None), _number(request, "limit", 100)
    service = request.param("service")
    if service not in (None, "procore", "quickbooks"):
        raise _Wrong(f"service must be procore or quickbooks, not {service!r}.")
    fault = request.param("fault")
    if fault is not None and (fault not in KINDS or fault.startswith("webhook_")):
        kinds = ", ".join(kind for kind in KINDS if not kind.startswith("webhook_"))
        raise _Wrong(f"fault must be one of {kinds}; not {fault!r}.")
    log = sandbox.kit.calls
    found = list(log.found(service=service, endpoint=request.param("endpoint"), status=status, fault=fault))
    return json_response(200, {"total": log.total, "matching": len(found), "calls": [
        called.shown() for called in found[:limit]]})


def _forget_calls(sandbox: Sandbox, request: Request) -> Response:
    sandbox.kit.calls.clear()
    return _calls(sandbox, request)


def _faults(sandbox: Sandbox, request: Request) -> Response:
    """The plan in force, with how often each rule was met (seen) and played (fired)."""
    return json_response(200, sandbox.kit.faults.shown())


def _set_faults(sandbox: Sandbox, request: Request) -> Response:
    """A new plan in the place of the old one; its counts begin at nothing."""
    try:
        plan = faults_from(_fields(request))
        refuse_what_never_comes(plan, sandbox.known_calls())
    except FaultError as wrong:
        raise _Wrong(str(wrong)) from wrong
    sandbox.set_faults(plan)
    return _faults(sandbox, request)


def _no_faults(sandbox: Sandbox, request: Request) -> Response:
    sandbox.set_faults(Faults())
    return _faults(sandbox, request)


def _snapshots(sandbox: Sandbox, request: Request) -> Response:
    return json_response(200, {"snapshots": [
        {"name": name, "bytes": size} for name, size in sandbox.kept().items()]})


def _take_snapshot(sandbox: Sandbox, request: Request) -> Response:
    """{"name"}: everything as it is now, to come back to; one of the same name is replaced."""
    name = _name(_fields(request, "name").get("name"))
    if name not in sandbox.kept() and len(sandbox.kept()) >= MOST_SNAPSHOTS:
        raise _Wrong(f"There are {MOST_SNAPSHOTS} snapshots already; delete one first.")
    return json_response(200, {"name": name, "bytes": sandbox.keep(name)})


def _forget_snapshot(sandbox: Sandbox, request: Request) -> Response:
    sandbox.forget(_known_snapshot(sandbox, request.param("name")))
    return _snapshots(sandbox, request)


def _restore(sandbox: Sandbox, request: Request) -> Response:
    """{"name"}: everything is as it was when that snapshot was taken. The call log goes on."""
    name = _known_snapshot(sandbox, _fields(request, "name").get("name"))
    try:
        sandbox.restore(name)
    except SnapshotError as wrong:
        raise _Wrong(str(wrong)) from wrong
    return json_response(200, {"restored": name, "now": sandbox.kit.clock.now().isoformat()})


def _reset(sandbox: Sandbox, request: Request) -> Response:
    """Everything is as it was at the start, the clock too; snapshots are kept."""
    sandbox.reset()
    return json_response(200, {"world": sandbox.world.name, "now": sandbox.kit.clock.now().isoformat()})


def _name(value: Any) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,63}", value):
        raise _Wrong(f"name must be lower-case letters, digits, - and _ (at most 64), not {value!r}.")
    return value


def _known_snapshot(sandbox: Sandbox, value: Any) -> str:
    name = _name(value)
    if name not in sandbox.kept():
        raise _Wrong(f"There is no snapshot {name!r}; there are: {', '.join(sandbox.kept()) or 'none'}.")
    return name


def _limits(sandbox: Sandbox, request: Request) -> Response:
    return json_response(200, {"limits": sandbox.kit.limits})


def _set_limits(sandbox: Sandbox, request: Request) -> Response:
    limits = _fields(request, "limits").get("limits")
    if limits not in ("vendor", "off"):
        raise _Wrong(f"limits must be vendor or off, not {limits!r}.")
    sandbox.set_limits(limits)
    return json_response(200, {"limits": limits})


def _closing_date(sandbox: Sandbox, request: Request) -> Response:
    asked = _fields(request, "date", "password")
    if "date" not in asked:
        raise _Wrong("date is missing: a day like 2026-03-31, or null to open the books.")
    try:
        through = date.fromisoformat(asked["date"]) if asked["date"] is not None else None
    except (TypeError, ValueError) as wrong:
        raise _Wrong(f"date must be a day like 2026-03-31, or null: {asked['date']!r}") from wrong
    password = asked.get("password", False)
    if not isinstance(password, bool):
        raise _Wrong(f"password must be true (what is dated then is refused with 6210) or false, not {password!r}.")
    sandbox.quickbooks.set_closing_date(through, password=password)
    return json_response(200, {"date": asked["date"], "password": password})


def _switches(sandbox: Sandbox, request: Request) -> Response:
    """What is in force; POST changes the switches that it names."""
    known = tuple(sandbox.quickbooks.set_switches({}))
    if request.method == "GET":
        return json_response(200, sandbox.quickbooks.set_switches({}))
    asked = _fields(request, *known)
    for key, value in asked.items():
        kind, words = (int, f"a whole number of seconds up to {LONGEST_OVERLAP_S}") if key == "refresh_overlap_s" \
            else (bool, "true or false")
        if type(value) is not kind or not 0 <= value <= LONGEST_OVERLAP_S:
            raise _Wrong(f"{key} must be {words}, not {value!r}.")
    return json_response(200, sandbox.quickbooks.set_switches(asked))


def _company(sandbox: Sandbox, request: Request) -> Response:
    """What the owner of the QuickBooks company has set up; POST changes the fields that it names."""
    try:
        asked = _fields(request) if request.method == "POST" else {}
        return json_response(200, sandbox.quickbooks.set_up(asked))
    except ValueError as wrong:
        raise _Wrong(str(wrong)) from wrong


def _project(sandbox: Sandbox, request: Request) -> Response:
    """A job of QuickBooks becomes a project: {"customer_id", "is_project": true unless given}."""
    asked = _fields(request, "customer_id", "is_project")
    is_project = asked.get("is_project", True)
    if not isinstance(is_project, bool):
        raise _Wrong(f"is_project must be true or false, not {is_project!r}.")
    try:
        return answer(200, sandbox.quickbooks.set_project(str(asked.get("customer_id", "")), is_project=is_project))
    except ValueError as wrong:
        raise _Wrong(str(wrong)) from wrong


def _redirect_uris(sandbox: Sandbox, request: Request) -> Response:
    """The addresses registered for the app, to which a sign-in may lead back; null is any."""
    asked = _fields(request, "redirect_uris")
    service = sandbox.quickbooks if "/quickbooks/" in request.path else sandbox.procore
    if "redirect_uris" in asked:
        wanted = asked["redirect_uris"]
        if wanted is not None and not (isinstance(wanted, list) and wanted and all(
                isinstance(one, str) and re.fullmatch(r"https?://\S+|urn:ietf:wg:oauth:2\.0:oob", one)
                for one in wanted)):
            raise _Wrong(f"redirect_uris must be a list of addresses with http:// or https://, or null for any; not "
                         f"{wanted!r}.")
        service.oauth.register(wanted)
    return json_response(200, {"redirect_uris": service.oauth.registered()})


def _recurring(sandbox: Sandbox, request: Request) -> Response:
    try:
        return answer(200, sandbox.quickbooks.add_recurring(decode(request.body or b"{}")))
    except (Refused, ValueError) as wrong:
        raise _Wrong(str(wrong)) from wrong


def _disconnect(sandbox: Sandbox, request: Request) -> Response:
    """As when someone disconnects the app in QuickBooks: its tokens are dead; those for scripts live on."""
    sandbox.quickbooks.oauth.disconnect(sandbox.quickbooks.realm_id)
    return json_response(200, {
        "realm_id": sandbox.quickbooks.realm_id, "connected": False,
        "note": "Whoever signed in has to connect again. The access_token of the first line lives on, for scripts."})


def _requisition_tax(sandbox: Sandbox, request: Request) -> Response:
    """The tax of a subcontractor invoice as somebody types it on Procore's web page; null takes it back."""
    asked = _fields(request, "requisition_id", "amount")
    number, amount = asked.get("requisition_id"), asked.get("amount")
    try:
        typed = None if amount is None else Decimal(str(amount))
        if typed is not None and not (typed.is_finite() and abs(typed) < 10 ** 12):
            raise ValueError
    except (ArithmeticError, ValueError) as wrong:
        raise _Wrong(f"amount must be an amount like 72.50, or null: {amount!r}") from wrong
    try:
        if not isinstance(number, int):
            raise KeyError(str(number))
        sandbox.procore.set_tax(number, typed)
    except KeyError as wrong:
        raise _Wrong(f"requisition_id must be the id of a subcontractor invoice: {number!r}") from wrong
    return json_response(200, {"requisition_id": number, "amount": None if typed is None else str(typed)})


def _procore_setting(sandbox: Sandbox, request: Request) -> Response:
    """What an administrator sets on Procore's web pages: levels, tools, permitted projects, custom fields."""
    setting = request.path.rpartition("/")[2]
    if request.method == "GET":
        return json_response(200, sandbox.procore.set_up(setting, {}))
    known = PROCORE_SETTINGS[setting] or tuple(sandbox.procore.set_up(setting, {}))
    asked = _fields(request, *known)
    try:
        return json_response(200, sandbox.procore.set_up(setting, asked))
    except ValueError as wrong:
        raise _Wrong(str(wrong)) from wrong


# Per setting what it takes; none named = whatever it answers with.
PROCORE_SETTINGS: dict[str, tuple[str, ...]] = {
    "permissions": ("user_id", "tool", "level", "project_id"), "tools": ("project_id", "tool", "enabled"),
    "permitted-projects": ("project_ids",), "switches": (), "budget-snapshots": ("project_id",),
    "custom-fields": ("label", "data_type", "on", "options", "required")}


def _listeners(sandbox: Sandbox, request: Request) -> Response:
    listeners = sandbox.quickbooks.listeners
    return json_response(200, listeners.shown() if listeners is not None else {"url": None})


def _listen(sandbox: Sandbox, request: Request) -> Response:
    """The app's webhooks: {"url", "entities", "shape": legacy or cloudevents, "delay_s", ...}."""
    try:
        return json_response(200, sandbox.quickbooks.listen(_fields(request, *LISTENER_KEYS)))
    except ValueError as wrong:
        raise _Wrong(str(wrong)) from wrong


def _stop_listening(sandbox: Sandbox, request: Request) -> Response:
    sandbox.quickbooks.stop_listening()
    return _listeners(sandbox, request)


def _webhooks(sandbox: Sandbox, request: Request) -> Response:
    """Every address, and the last deliveries, newest first: ?destination=&state=&limit= (100 unless given)."""
    limit = _number(request, "limit", 100)
    wanted = [(name, request.param(name)) for name in ("destination", "state", "service")]
    found = (delivery for delivery in reversed(sandbox.webhooks.log)
             if all(value is None or getattr(delivery, name) == value for name, value in wanted))
    return json_response(200, {
        "destinations": [one.shown() for one in sandbox.webhooks.destinations.values()],
        "deliveries": [delivery.shown() for delivery in islice(found, limit)]})


def _trial_balance(sandbox: Sandbox, request: Request) -> Response:
    """Plain balances of every document up to a day (no year-end closing), debits equal credits."""
    asked = request.param("as_of")
    try:
        as_of = date.fromisoformat(asked) if asked else None
    except ValueError as wrong:
        raise _Wrong(f"as_of must be a day like 2026-03-31: {asked!r}") from wrong
    company = sandbox.quickbooks.company
    balances = company.trial_balance(as_of)
    rows = []
    for id_, account in company.records["Account"].items():
        if cents := balances.get(id_, 0):
            rows.append({"id": id_, "number": account.body.get("AcctNum", ""), "name": company.full_name(account),
                         "type": account.body["AccountType"], "debit": _amount(max(cents, 0)),
                         "credit": _amount(max(-cents, 0))})
    return json_response(200, {
        "as_of": asked, "accounts": rows, "debit": _amount(sum(max(cents, 0) for cents in balances.values())),
        "credit": _amount(sum(max(-cents, 0) for cents in balances.values()))})


def _amount(cents: int) -> str:
    return str(Decimal(cents).scaleb(-2))


def _world(sandbox: Sandbox, request: Request) -> Response:
    steps, played = list(sandbox.world.steps), sandbox.world.played
    return json_response(200, {"name": sandbox.world.name, "steps": steps, "played": played,
                               "next": steps[played] if played < len(steps) else None})


def _next(sandbox: Sandbox, request: Request) -> Response:
    done = sandbox.play_next()
    return json_response(200, {"done": done, "left": max(0, len(sandbox.world.steps) - sandbox.world.played)})


ROUTES: dict[tuple[str, str], Handler] = {
    ("GET", "/_sandbox/health"): _health,
    ("GET", "/_sandbox/clock"): _clock, ("POST", "/_sandbox/clock"): _set_clock,
    ("GET", "/_sandbox/calls"): _calls, ("DELETE", "/_sandbox/calls"): _forget_calls,
    ("GET", "/_sandbox/calls/log"): _call_log,
    ("GET", "/_sandbox/snapshots"): _snapshots, ("POST", "/_sandbox/snapshots"): _take_snapshot,
    ("DELETE", "/_sandbox/snapshots"): _forget_snapshot,
    ("POST", "/_sandbox/restore"): _restore, ("POST", "/_sandbox/reset"): _reset,
    ("GET", "/_sandbox/faults"): _faults, ("POST", "/_sandbox/faults"): _set_faults,
    ("DELETE", "/_sandbox/faults"): _no_faults,
    ("GET", "/_sandbox/limits"): _limits, ("POST", "/_sandbox/limits"): _set_limits,
    ("POST", "/_sandbox/quickbooks/closing-date"): _closing_date,
    ("GET", "/_sandbox/quickbooks/switches"): _switches, ("POST", "/_sandbox/quickbooks/switches"): _switches,
    ("GET", "/_sandbox/procore/switches"): _procore_setting,
    ("POST", "/_sandbox/quickbooks/projects"): _project,
    ("GET", "/_sandbox/quickbooks/company"): _company, ("POST", "/_sandbox/quickbooks/company"): _company,
    ("POST", "/_sandbox/quickbooks/disconnect"): _disconnect,
    ("POST", "/_sandbox/quickbooks/recurring"): _recurring,
    ("POST", "/_sandbox/quickbooks/redirect-uris"): _redirect_uris,
    ("POST", "/_sandbox/procore/redirect-uris"): _redirect_uris,
    ("POST", "/_sandbox/procore/requisition-tax"): _requisition_tax,
    **{("POST", f"/_sandbox/procore/{setting}"): _procore_setting for setting in PROCORE_SETTINGS},
    ("GET", "/_sandbox/quickbooks/webhooks"): _listeners, ("POST", "/_sandbox/quickbooks/webhooks"): _listen,
    ("DELETE", "/_sandbox/quickbooks/webhooks"): _stop_listening, ("GET", "/_sandbox/webhooks"): _webhooks,
    ("GET", "/_sandbox/quickbooks/trial-balance"): _trial_balance,
    ("GET", "/_sandbox/world"): _world, ("POST", "/_sandbox/world/next"): _next}
KEPT = ("/_sandbox/clock", "/_sandbox/limits", "/_sandbox/faults",
        "/_sandbox/quickbooks/closing-date", "/_sandbox/quickbooks/switches",
        "/_sandbox/quickbooks/company", "/_sandbox/quickbooks/projects",
        "/_sandbox/quickbooks/disconnect", "/_sandbox/quickbooks/webhooks",
        "/_sandbox/quickbooks/recurring", "/_sandbox/procore/requisition-tax",
        "/_sandbox/quickbooks/redirect-uris", "/_sandbox/procore/redirect-uris",
        "/_sandbox/world/next",
        *(f"/_sandbox/procore/{setting}" for setting in PROCORE_SETTINGS))
