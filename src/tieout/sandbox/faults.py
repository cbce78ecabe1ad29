"""The fault plan: which calls go wrong, in which way, and how often. Deterministic: all chance comes from one seed.

Three simple chances (`lost`, `busy`, `down`) hit any call; rules hit what they describe:

    seed = 7
    [[rules]]
    kind = "lost"                # the third bill create: written, then the connection is cut
    entity = "Bill"
    operation = "create"
    call = 3

A rule counts the calls that it matches (`seen`) and those that it has disturbed (`fired`).
"""
from __future__ import annotations

import json
import random
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from tieout.sandbox.kit import Request, Response

KINDS = {
    "lost": "the call is done, and the connection is cut before the answer",
    "refused": "the connection is cut before anything is done",
    "busy": "429 in the vendor's shape; nothing is done",
    "down": "500, 502, 503 or 504 (status); nothing is done",
    "html": "an HTML page of a gateway instead of the answer (status, 502 unless given); nothing is done",
    "slow": "the call is done, and the answer comes delay_s later",
    "truncated": "the call is done, and the answer's text breaks off in the middle",
    "short": "the call is done, and the connection is cut in the middle of the answer",
    "stale_token": "401 as for an access token that has run out; nothing is done",
    "expired_grant": "a refresh is refused with invalid_grant, and its refresh token is dead",
    "revoked_grant": "a refresh is refused with invalid_grant, and the whole connection is dead",
    "stale_read": "a read answers as it did before the last change",
    "webhook_missing": "a webhook is never sent",
    "webhook_repeated": "a webhook is sent twice",
    "webhook_late": "a webhook is sent delay_s later",
    "webhook_out_of_order": "a webhook is sent after the one that follows it",
}
GRANTS = ("expired_grant", "revoked_grant")
OPERATIONS = ("create", "read", "update", "delete", "void", "send", "sync", "query", "batch", "cdc", "report", "code",
              "refresh", "client_credentials", "other", "merge", "emailed")
SERVICES = ("procore", "quickbooks")
FORMS = ("json", "xml")
SLOWEST_S = 3600.0
REMEMBERED_READS = 2000

Unit = tuple[str, str]      # entity and operation, in lower case
Units = Callable[[], Iterable[Unit]]


class FaultError(ValueError):
    """A plan that can't be played; the text names the field, the value and what it may be."""


@dataclass(slots=True)
class Rule:
    """One kind of trouble and the calls that it hits; what is None matches all.

    endpoint   method and path template as the call log writes them; `*` stands for anything
    entity     QuickBooks' object, or the last word of Procore's path (`requisitions`); of a webhook its resource
    rate       chance of each matching call, drawn from the plan's seed
    calls      only these matching calls, counted from 1 since the rule was set; empty = by rate
    count      fires at most so often
    form       of QuickBooks' 429: json or xml; None = by turns
    """

    kind: str
    service: str | None = None
    endpoint: str | None = None
    entity: str | None = None
    operation: str | None = None
    rate: float = 1.0
    calls: tuple[int, ...] = ()
    count: int | None = None
    status: int | None = None
    delay_s: float = 0.0
    form: str | None = None
    seen: int = 0
    fired: int = 0
    _chance: random.Random = field(default_factory=random.Random, repr=False)

    def matches(self, service: str, endpoint: str, units: Iterable[Unit]) -> int:
        """How many of the things that the call does are meant: a batch of thirty bills is thirty."""
        if self.service not in (None, service) or (self.endpoint and not _pattern(self.endpoint).fullmatch(endpoint)):
            return 0
        if self.kind in GRANTS:
            return sum(1 for unit in units if unit == ("token", "refresh"))
        if self.kind in ("stale_token", "stale_read"):
            units = [unit for unit in units if unit[0] != "token"]
            if not units or (self.kind == "stale_read" and not endpoint.startswith("GET ")):
                return 0
        if self.entity is None and self.operation is None:
            return 1
        return sum(1 for entity, operation in units
                   if self.entity in (None, entity) and self.operation in (None, operation))

    def strikes(self, found: int) -> bool:
        """Counts what was matched, and says whether it is hit."""
        before, self.seen = self.seen, self.seen + found
        if self.count is not None and self.fired >= self.count:
            return False
        if self.calls:
            return any(before < number <= self.seen for number in self.calls)
        return self.rate >= 1 or self._chance.random() < self.rate

    def shown(self) -> dict[str, Any]:
        told: dict[str, Any] = {"kind": self.kind}
        for name in ("service", "endpoint", "entity", "operation", "count", "status", "form"):
            if getattr(self, name) is not None:
                told[name] = getattr(self, name)
        if self.calls:
            told["call"] = list(self.calls)
        elif self.rate < 1:
            told["rate"] = self.rate
        if self.delay_s:
            told["delay_s"] = self.delay_s
        return {**told, "seen": self.seen, "fired": self.fired}


@lru_cache(maxsize=256)
def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(".*".join(re.escape(part) for part in text.split("*")), re.IGNORECASE)


@dataclass(slots=True)
class Earlier:
    """Answers of reads as they were before the last change, for stale reads. Bounded; kept only while a rule asks."""

    writes: int = 0
    latest: dict[object, tuple[int, Response]] = field(default_factory=dict)
    before: dict[object, Response] = field(default_factory=dict)

    def keep(self, key: object, response: Response) -> None:
        held = self.latest.pop(key, None)
        if held is not None and held[0] < self.writes:
            self.before[key] = held[1]
        self.latest[key] = (self.writes, response)
        if len(self.latest) > REMEMBERED_READS:
            oldest = next(iter(self.latest))
            del self.latest[oldest]
            self.before.pop(oldest, None)

    def of(self, key: object) -> Response | None:
        held = self.latest.get(key)
        return held[1] if held is not None and held[0] < self.writes else self.before.get(key)


@dataclass(slots=True)
class Faults:
    """The plan. Its three simple chances hold per call:

    lost  the write is done, then the connection is cut (writes only: not GET)
    busy  429, nothing is done
    down  503 or 500, nothing is done
    """

    seed: int = 0
    lost: float = 0.0
    busy: float = 0.0
    down: float = 0.0
    rules: list[Rule] = field(default_factory=list)
    earlier: Earlier = field(default_factory=Earlier, repr=False)
    _chance: random.Random = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._chance = random.Random(self.seed)
        for number, rule in enumerate(self.rules):
            rule._chance = random.Random(f"{self.seed}/{number}")

    def before(self) -> Literal["busy", "down"] | None:
        """A fault by chance that keeps the call from being handled at all."""
        if not (self.busy or self.down):
            return None
        draw = self._chance.random()
        if draw < self.busy:
            return "busy"
        return "down" if draw < self.busy + self.down else None

    def loses_answer(self, request: Request) -> bool:
        return bool(self.lost) and request.method != "GET" and self._chance.random() < self.lost

    def rule_for(self, service: str, endpoint: str, units: Units, *, webhooks: bool = False) -> Rule | None:
        """The first rule that strikes this call. Every matching rule counts it; the one that is played has to be
        told so by `fired`."""
        found, known = None, None
        for rule in self.rules:
            if rule.kind.startswith("webhook_") is not webhooks:
                continue
            known = tuple(units()) if known is None else known
            number = rule.matches(service, endpoint, known)
            if number and rule.strikes(number) and found is None:
                found = rule
        return found

    @property
    def reads_earlier(self) -> bool:
        return any(rule.kind == "stale_read" for rule in self.rules)

    def shown(self) -> dict[str, Any]:
        return {"seed": self.seed, "lost": self.lost, "busy": self.busy, "down": self.down,
                "rules": [rule.shown() for rule in self.rules]}


@dataclass(frozen=True, slots=True)
class Known:
    """What calls and webhooks of one service there are. Endpoints are as the call log names them, entities in lower
    case; told: those of webhooks."""

    endpoints: tuple[str, ...]
    entities: frozenset[str]
    told: frozenset[str]


def refuse_what_never_comes(plan: Faults, known: Mapping[str, Known]) -> None:
    """A rule that no call and no webhook can meet is a mistake; FaultError names what comes close."""
    for number, rule in enumerate(plan.rules, 1):
        of = [found for service, found in known.items() if rule.service in (None, service)]
        hooks = rule.kind.startswith("webhook_")
        entities = frozenset().union(*(one.told if hooks else one.entities for one in of))
        if rule.entity is not None and rule.entity not in entities:
            raise FaultError(f"Rule {number}: no {'webhook' if hooks else 'call'} has the entity {rule.entity!r}. "
                             f"{_close(rule.entity, entities)}")
        endpoints = ("webhook",) if hooks else tuple(name for one in of for name in one.endpoints)
        if rule.endpoint is not None and not any(_pattern(rule.endpoint).fullmatch(name) for name in endpoints):
            raise FaultError(f"Rule {number}: no call has the endpoint {rule.endpoint!r}. "
                             f"{_close(rule.endpoint, endpoints)}")


def _close(word: str, known: Iterable[str]) -> str:
    """The nearest of what is known; all of it, where little is."""
    among = sorted(set(known))
    near = get_close_matches(word, among, 3, 0.5)
    if near:
        return f"Do you mean {' or '.join(near)}?"
    return f"There are: {', '.join(among[:60])}{' and more' if len(among) > 60 else ''}."


# -- reading a plan --------------------------------------------------------------------------------------------------

PLAN_KEYS = ("seed", "lost", "busy", "down", "rules")
RULE_KEYS = ("kind", "service", "endpoint", "entity", "operation", "rate", "call", "count", "status", "delay_s",
             "form")


def faults_from(asked: Mapping[str, Any]) -> Faults:
    """A plan from JSON or TOML; raises FaultError naming what is wrong."""
    _known_keys(asked, PLAN_KEYS, "")
    for key in ("lost", "busy", "down"):
        if key in asked:
            _chance_of(asked[key], key)
    seed = asked.get("seed", 0)
    if type(seed) is not int:
        raise FaultError(f"seed must be a whole number, not {seed!r}.")
    rules = asked.get("rules", [])
    if not isinstance(rules, list):
        raise FaultError("rules must be a list, each with at least a kind.")
    return Faults(seed, float(asked.get("lost", 0)), float(asked.get("busy", 0)), float(asked.get("down", 0)),
                  [_rule(raw, number) for number, raw in enumerate(rules, 1)])


def _rule(raw: Any, number: int) -> Rule:
    where = f"Rule {number}: "
    if not isinstance(raw, dict):
        raise FaultError(f"{where}it must be an object with at least a kind.")
    _known_keys(raw, RULE_KEYS, where)
    kind = raw.get("kind")
    if not isinstance(kind, str) or kind not in KINDS:
        raise FaultError(f"{where}kind must be one of {', '.join(KINDS)}; not {kind!r}.")
    for name, among in (("service", SERVICES), ("operation", OPERATIONS)):
        if raw.get(name) is not None and raw[name] not in among:
            raise FaultError(f"{where}{name} must be one of {', '.join(among)}; not {raw[name]!r}.")
    for name in ("endpoint", "entity"):
        if raw.get(name) is not None and (not isinstance(raw[name], str) or not raw[name]):
            raise FaultError(f"{where}{name} must be text, not {raw[name]!r}.")
    endpoint, entity = raw.get("endpoint"), raw.get("entity")
    if endpoint and not re.match(r"(\*|[A-Z]+ )", endpoint):
        raise FaultError(f"{where}endpoint must begin with the method or *, like "
                         f"'POST /v3/company/{{realm}}/bill' or '*/vendors'; not {endpoint!r}.")
    if "rate" in raw:
        _chance_of(raw["rate"], f"{where}rate")
    if "rate" in raw and "call" in raw:
        raise FaultError(f"{where}give rate or call, not both.")
    count = raw.get("count")
    if count is not None and (type(count) is not int or count < 1):
        raise FaultError(f"{where}count must be a whole number from 1, not {count!r}.")
    return Rule(kind, raw.get("service"), endpoint, entity.lower() if entity else None, raw.get("operation"),
                float(raw.get("rate", 1)), _calls_of(raw.get("call"), where), count, _status_of(raw, kind, where),
                _delay_of(raw, kind, where), _form_of(raw, kind, where))


def _calls_of(value: Any, where: str) -> tuple[int, ...]:
    numbers = value if isinstance(value, list) else [] if value is None else [value]
    if (value == []) or any(type(number) is not int or number < 1 for number in numbers):
        raise FaultError(f"{where}call must be the number of the matching call, from 1, or a list of such; "
                         f"not {value!r}.")
    return tuple(numbers)


def _status_of(raw: Mapping[str, Any], kind: str, where: str) -> int | None:
    status = raw.get("status")
    if status is None:
        return None
    if kind not in ("down", "html"):
        raise FaultError(f"{where}status goes with down and html only, not with {kind}.")
    if kind == "down" and status not in (500, 502, 503, 504):
        raise FaultError(f"{where}status must be 500, 502, 503 or 504, not {status!r}.")
    if type(status) is not int or not 200 <= status <= 599:
        raise FaultError(f"{where}status must be from 200 to 599, not {status!r}.")
    return status


def _form_of(raw: Mapping[str, Any], kind: str, where: str) -> str | None:
    form = raw.get("form")
    if form is None:
        return None
    if kind != "busy" or raw.get("service") == "procore":
        raise FaultError(f"{where}form goes with QuickBooks' busy only: Procore has one form of it.")
    if form not in FORMS:
        raise FaultError(f"{where}form must be json or xml, not {form!r}.")
    return str(form)


def _delay_of(raw: Mapping[str, Any], kind: str, where: str) -> float:
    wanted = kind in ("slow", "webhook_late")
    delay = raw.get("delay_s")
    if delay is None and not wanted:
        return 0.0
    if not wanted:
        raise FaultError(f"{where}delay_s goes with slow and webhook_late only, not with {kind}.")
    if isinstance(delay, bool) or not isinstance(delay, (int, float)) or not 0 < delay <= SLOWEST_S * 24:
        raise FaultError(f"{where}delay_s must be a number of seconds above 0 (at most a day), not {delay!r}.")
    return float(delay)


def _chance_of(value: Any, name: str) -> None:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 1:
        raise FaultError(f"{name} must be a chance between 0 and 1, not {value!r}.")


def _known_keys(asked: Mapping[str, Any], known: tuple[str, ...], where: str) -> None:
    if unknown := sorted(set(asked) - set(known)):
        raise FaultError(f"{where}unknown key {unknown[0]!r}; known are {', '.join(known)}.")


def read_faults(file: Path) -> Faults:
    """A plan from a TOML file, or from JSON where the name ends so."""
    try:
        text = file.read_text()
        asked = json.loads(text) if file.suffix == ".json" else tomllib.loads(text)
    except (OSError, ValueError) as wrong:
        raise FaultError(f"it can't be read: {wrong}") from wrong
    if not isinstance(asked, dict):
        raise FaultError("it must be an object with seed, lost, busy, down or rules.")
    return faults_from(asked)
