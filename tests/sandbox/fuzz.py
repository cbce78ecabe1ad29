"""Whatever a client sends, a stand-in refuses it in the vendor's shape or does it; it never fails.

    python3 run.py fuzz --seconds 600 --seed 1

Each round plays one scenario of the conformance tests, so that every endpoint is reached in a state in which it does
something; before a call, spoiled copies of it are sent: another method, path, query, header or body. A new endpoint is
spoiled as soon as it has its scenario.
"""
from __future__ import annotations

import argparse
import copy
import json
import random
import sys
import time
import traceback
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from tests.sandbox.conformance import play
from tests.support import procore_spec, quickbooks_schema
from tests.support.procore_state import state_of
from tieout.sandbox.kit import Request, Response
from tieout.sandbox.procore import Procore

JUNK: tuple[Any, ...] = (
    None, True, 0, -1, 1.5, 10 ** 25, 1e300, -0.005, "", " ", "x", "0", "-1", "1e400", "NaN", "99999", "é" * 600,
    "\x00", "'; drop", "2026-02-30", "2026-01-01", "0001-01-01", "9999-12-31", "2026-01-01T00:00:00Z", "true", "null",
    [], {}, [None], [[]], [{}], {"value": "1"}, {"value": None}, {"value": {}}, {"id": 1}, "../..", "%00", "Approved",
    "approved")
PARAMETERS = ("page", "per_page", "sort", "view", "filters[id]", "filters[id][]", "filters[updated_at]", "filters[]",
              "filters[status]", "filters[search]", "query", "operation", "include", "requestid", "minorversion",
              "entities", "changedSince", "start_date", "end_date", "date_macro", "columns", "summarize_column_by",
              "sort_by", "customer", "item", "accounting_method", "company_id", "project_id", "contract_id", "format")
WORDS = ("select * from Bill Vendor Invoice where and orderby desc startposition maxresults 0 1001 = < >= in like ( ) "
         ", '1' '%' count(*) Id TxnDate TotalAmt Active true null '2026-01-01' 99999999999999999999 '").split()
METHODS = ("GET", "POST", "PATCH", "PUT", "DELETE", "HEAD", "OPTIONS", "TRACE", "")
HEADERS = {"content-type": ("text/plain", "application/xml", "multipart/form-data", "multipart/form-data; boundary=x",
                            "application/x-www-form-urlencoded", "application/json; charset=latin-1", "", ";"),
           "accept": ("application/xml", "text/html", "*/*", "", "application/json;q=0"),
           "authorization": ("", "Bearer", "Bearer x", "Basic", "Basic ////", "Basic \xe9", "\xff"),
           "procore-company-id": ("", "0", "x", "-1", "9" * 30, "4283187"), "host": ("", "x:y:z", "\xe9"),
           "idempotency-token": ("", "x" * 5000), "content-length": ("x",), "x-forwarded-proto": ("\x00",)}
MOST_SPOILED = 6
DERAILED = -1


@dataclass
class Round:
    """What one play of a scenario met. `failures` is empty unless a stand-in failed."""

    scenario: str
    seed: int
    statuses: Counter[int] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)


def run(scenario: str, seed: int) -> Round:
    chance, found = random.Random(f"{scenario}/{seed}"), Round(scenario, seed)
    place, act = play.place_for(scenario)
    service, handle, seen = place.service, place.service.handle, []

    def handled(request: Request) -> Response:
        for _ in range(chance.choice((0, 1, 2, 3, MOST_SPOILED))):
            seen.append(request)
            _answer(spoiled(chance, request, seen))
        return _handled(request)

    def _handled(request: Request) -> Response:
        try:
            answer: Response = handle(request)
        except Exception:
            found.failures.append(f"{told(request)}\n{traceback.format_exc(limit=-4)}")
            return Response(500)
        return answer

    def _answer(request: Request) -> None:
        before = state_of(service) if may_write(request) else None
        answer = _handled(request)
        if before is not None and 400 <= answer.status < 500:
            after = state_of(service)
            found.failures += [f"{told(request)} is refused with {answer.status} and has changed {place}"
                               for place in before.keys() | after.keys() if before.get(place) != after.get(place)]
        if answer.status == 500 and not answer.body:
            return      # it failed, and that is kept
        found.statuses[answer.status] += 1
        try:
            found.failures += [f"{told(request)}: {said}" for said in wrong_with(scenario, place, request, answer)]
        except Exception:
            found.failures.append(f"{told(request)} has an answer that can't be read: {answer.status} "
                                  f"{answer.body[:200]!r}\n{traceback.format_exc(limit=-2)}")

    def may_write(request: Request) -> bool:
        return isinstance(service, Procore) and request.method not in ("GET", "HEAD")

    service.handle = handled
    try:
        act(place)
    except Exception:
        # what was spoiled may be done all the same, and then the scenario meets another company than it expects
        found.statuses[DERAILED] += 1
    service.handle = handle
    if scenario.startswith("quickbooks") and not place.in_balance():
        found.failures.append("the books are out of balance")
    return found


def told(request: Request) -> str:
    return f"{request.method} {request.path} {dict(request.query)} {dict(request.headers)} {request.body[:600]!r}"


def wrong_with(scenario: str, place: Any, request: Request, answer: Response) -> Iterable[str]:
    """A failure of the service, an answer in no shape, a refusal that the vendor's description does not know."""
    if answer.status >= 500 and answer.status != 501 and b"MalformedByteSequence" not in answer.body:
        return [f"{answer.status} {answer.body[:300]!r}"]
    call = play.Call(request, answer)
    if scenario.startswith("procore"):
        return play.procore_problems(place, call) if procore_spec.is_present() else []
    return play.quickbooks_problems(call) if quickbooks_schema.is_present() else []


# -- spoiling ----------------------------------------------------------------------------------------------------------


def spoiled(chance: random.Random, request: Request, seen: list[Request]) -> Request:
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        how = chance.choices((_method, _path, _query, _header, _body), (0.5, 1.5, 3, 1, 8))[0]
        request = how(chance, request, seen)
    return request


def _method(chance: random.Random, request: Request, seen: list[Request]) -> Request:
    return replace(request, method=chance.choice(METHODS))


def _path(chance: random.Random, request: Request, seen: list[Request]) -> Request:
    parts = request.path.split("/")
    place = chance.randrange(1, max(2, len(parts)))
    others = [part for one in seen[-40:] for part in one.path.split("/") if part]
    match chance.randrange(4):
        case 0:
            parts[place:place + 1] = []
        case 1:
            parts.insert(place, chance.choice(others or ["x"]))
        case 2:
            numbers = [at for at, part in enumerate(parts) if part.isdigit()] or [place]
            parts[chance.choice(numbers)] = str(chance.choice([*others[-20:], *map(str, JUNK)]))
        case _:
            parts[min(place, len(parts) - 1)] = chance.choice([*others[-20:], *map(str, JUNK)])
    return replace(request, path="/".join(parts) or "/")


def _query(chance: random.Random, request: Request, seen: list[Request]) -> Request:
    pairs = list(request.query)
    if pairs and chance.random() < 0.3:
        pairs.pop(chance.randrange(len(pairs)))
    elif pairs and chance.random() < 0.5:
        at = chance.randrange(len(pairs))
        name, value = pairs[at]
        pairs[at] = (name, _statement(chance, value) if name == "query" else _text(chance))
    else:
        pairs.append((chance.choice(PARAMETERS), _text(chance)))
    return replace(request, query=tuple(pairs))


def _statement(chance: random.Random, text: str) -> str:
    words = text.split()
    for _ in range(chance.randint(1, 3)):
        words.insert(chance.randint(0, len(words)), chance.choice(WORDS))
        if chance.random() < 0.4:
            words.pop(chance.randrange(len(words)))
    return " ".join(words)


def _text(chance: random.Random) -> str:
    value = chance.choice([*JUNK, "delete", "void", "update", "extended", "...", "2026-01-01...9999-12-31", "-name"])
    return value if isinstance(value, str) else json.dumps(value)


def _header(chance: random.Random, request: Request, seen: list[Request]) -> Request:
    headers = dict(request.headers)
    name = chance.choice(list(HEADERS))
    if name in headers and chance.random() < 0.4:
        del headers[name]
    else:
        headers[name] = chance.choice(HEADERS[name])
    return replace(request, headers=headers)


def _body(chance: random.Random, request: Request, seen: list[Request]) -> Request:
    body = request.body
    if not body and request.method == "GET":
        return _query(chance, request, seen)
    if chance.random() < 0.1:
        cut = chance.randrange(len(body) + 1)
        odd = chance.choice((b"", body[:cut], body[:cut] + b"\xff\x00" + body[cut:], b"[" * 3000, b"null", b"5", b'"x"',
                             b"[1]", b'{"a":1e999}', b'{"a":NaN}', b"\xef\xbb\xbf{}",
                             b'{"a":' + b"[" * 3000 + b"]" * 3000 + b"}", b'{"a":1,"a":2}', b"--x\r\n\r\n--x--"))
        return replace(request, body=odd)
    try:
        value = json.loads(body or b"{}")
    except ValueError:
        return replace(request, body=body.replace(b"\r\n", b"\n", 1) + b"&a=%ff")      # a form, or a file
    return replace(request, body=json.dumps(_changed(chance, value, seen)).encode())


def _changed(chance: random.Random, value: Any, seen: list[Request]) -> Any:
    value = copy.deepcopy(value)
    found = list(_places(value))
    if not found:
        return chance.choice(({"a": 1}, [], 5))
    path, how = chance.choice(found), chance.random()
    holder = value
    for key in path[:-1]:
        holder = holder[key]
    if how < 0.6:
        holder[path[-1]] = copy.deepcopy(chance.choice(JUNK))
    elif how < 0.75:
        del holder[path[-1]]
    elif how < 0.85 and isinstance(holder, dict):
        holder[chance.choice(_names(seen) or ["a"])] = copy.deepcopy(chance.choice(JUNK))
    elif isinstance(holder, list):
        holder.extend(copy.deepcopy(holder) * chance.choice((1, 1, 40)))
    else:
        holder[path[-1]] = chance.choice(([holder[path[-1]]], {"x": holder[path[-1]]}, str(holder[path[-1]])))
    return value


def _places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if path:
        yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, below in inner:
        yield from _places(below, (*path, key))


def _names(seen: list[Request]) -> list[str]:
    """Fields that other calls send."""
    found: list[str] = []
    for request in seen[-30:]:
        try:
            value = json.loads(request.body)
        except ValueError:
            continue
        found += [key for path in _places(value) for key in path if isinstance(key, str)]
    return found


# -- the long run ------------------------------------------------------------------------------------------------------


def main(arguments: list[str]) -> int:
    asked = argparse.ArgumentParser(prog="run.py fuzz", description="Sends both stand-ins what no client should send.")
    asked.add_argument("--seconds", type=float, default=600)
    asked.add_argument("--seed", type=int, default=0)
    asked.add_argument("--only", default="", help="scenarios whose name begins so")
    given = asked.parse_args(arguments)
    names = [name for name in play.scenarios() if name.startswith(given.only)]
    until, seed, rounds, statuses, failures = time.monotonic() + given.seconds, given.seed, 0, Counter[int](), {}
    while time.monotonic() < until:
        for name in names:
            if time.monotonic() >= until:
                break
            found = run(name, seed)
            rounds += 1
            statuses += found.statuses
            for failure in found.failures:
                kind = failure.splitlines()[-1][:160] if "Traceback" in failure else failure.rsplit(":", 2)[-1][:160]
                if kind not in failures:
                    failures[kind] = f"{name} seed {seed}: {failure}"
                    print(f"FAILED {failures[kind]}\n", file=sys.stderr, flush=True)
        seed += 1
    calls = sum(number for status, number in statuses.items() if status > 0)
    print(f"{calls} spoiled calls in {rounds} plays of {len(names)} scenarios; {len(failures)} kinds of failure; "
          "answers: " + ", ".join(f"{status} x {number}" for status, number in sorted(statuses.items()) if status > 0))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
