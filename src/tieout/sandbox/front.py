"""What stands before each stand-in: it counts the call, plays the fault that the plan has for it, and logs it."""
from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from time import perf_counter_ns
from typing import Protocol

from tieout.sandbox.faults import GRANTS, Rule, Unit
from tieout.sandbox.kit import Kit, Request, Response


class Attended(Protocol):
    """What a stand-in has to say of itself.

    handle       the call as it came, which is attended to here
    answer       does the call as the vendor would; `now` is the one time of the call
    endpoint     method and path template, as the call log names it
    units        what the call does: (entity, operation) in lower case; sign-in is ("token", ...)
    faulted      the vendor's answer to a call that a fault kept from being done: busy, down, html or stale_token;
                 `form` (json or xml) where the rule fixes it
    end_grant    a refresh call's grant is over; revoked takes its access tokens along
    looks        the reads that show what this write is about to change
    open_to_chance   whether the plan's simple chances may keep this call from being done
    may_be_lost  whether the chance of a lost answer applies to this answer
    trace_id     the vendor's name of an answer
    """

    name: str
    kit: Kit

    def handle(self, request: Request) -> Response: ...
    def answer(self, request: Request, now: datetime) -> Response: ...
    def endpoint(self, request: Request) -> str: ...
    def units(self, request: Request) -> Iterable[Unit]: ...
    def faulted(self, kind: str, status: int | None, request: Request, now: datetime,
                form: str | None = None) -> Response: ...
    def end_grant(self, request: Request, now: datetime, *, revoked: bool) -> None: ...
    def looks(self, request: Request) -> Iterable[Request]: ...
    def open_to_chance(self, request: Request) -> bool: ...
    def may_be_lost(self, request: Request, response: Response) -> bool: ...
    def trace_id(self, response: Response) -> str: ...


def attend(service: Attended, request: Request, now: datetime) -> Response:
    began = perf_counter_ns()
    kit, endpoint = service.kit, service.endpoint(request)
    kit.calls.note(service.name, endpoint)
    plan = kit.faults
    rule = plan.rule_for(service.name, endpoint, lambda: service.units(request)) if plan.rules else None
    by_chance = plan.before() if rule is None and service.open_to_chance(request) else None
    if by_chance is not None:
        response, fault = service.faulted(by_chance, None, request, now), str(by_chance)
    elif rule is not None:
        response, fault = _disturbed(service, rule, request, now)
    else:
        response, fault = _undisturbed(service, request, now), ""
        if plan.lost and service.may_be_lost(request, response) and plan.loses_answer(request):
            response, fault = replace(response, lost=True), "lost"
    kit.calls.keep(now, service.name, endpoint, request.method, request.path, request.query,
                   0 if response.lost else response.status, (perf_counter_ns() - began) // 1000, len(response.body),
                   fault, service.trace_id(response))
    return response


def _disturbed(service: Attended, rule: Rule, request: Request, now: datetime) -> tuple[Response, str]:
    """The answer under a rule, and the name of the fault that was played."""
    kind = rule.kind
    if kind == "stale_read":
        return _as_before(service, rule, request, now)
    rule.fired += 1
    if kind == "refused":
        return Response(503, lost=True), kind
    if kind in ("busy", "down", "html", "stale_token"):
        return service.faulted(kind, rule.status, request, now, rule.form), kind
    if kind in GRANTS:
        service.end_grant(request, now, revoked=kind == "revoked_grant")
        if service.kit.journal is not None:
            service.kit.journal.append(f"{service.name} {kind}", request, now)
        return service.answer(request, now), kind
    response = _undisturbed(service, request, now)
    if kind == "slow":
        return replace(response, delay_s=rule.delay_s), kind
    if kind == "truncated":
        return replace(response, body=response.body[:len(response.body) // 2]), kind
    return replace(response, lost=True, short=kind == "short"), kind


def _undisturbed(service: Attended, request: Request, now: datetime) -> Response:
    plan = service.kit.faults
    if not plan.reads_earlier:
        return service.answer(request, now)
    if request.method == "GET":
        response = service.answer(request, now)
        if response.status == 200:
            plan.earlier.keep(_key(service, request), response)
        return response
    limits, service.kit.limits = service.kit.limits, "off"        # looking beforehand is not the client's call
    try:
        for look in service.looks(request):
            seen = service.answer(look, now)
            if seen.status == 200:
                plan.earlier.keep(_key(service, look), seen)
    finally:
        service.kit.limits = limits
    plan.earlier.writes += 1
    return service.answer(request, now)


def _as_before(service: Attended, rule: Rule, request: Request, now: datetime) -> tuple[Response, str]:
    """What the same read would have said before the last change; the present where nothing is known of it."""
    fresh = service.answer(request, now)
    earlier = service.kit.faults.earlier
    old = earlier.of(_key(service, request)) if fresh.status == 200 else None
    if old is None:
        if fresh.status == 200:
            earlier.keep(_key(service, request), fresh)
        return fresh, ""
    rule.fired += 1
    return replace(fresh, body=old.body), rule.kind


def _key(service: Attended, request: Request) -> object:
    return service.name, request.path, tuple(sorted(pair for pair in request.query if pair[0] != "minorversion"))
