"""Calls to one QuickBooks company: query, change data capture, read, one write, and a batch of writes. [A15]

Answers come as raw records, so that what is kept is what the vendor sent. Reads are metered by Intuit, writes are not.
"""
from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from tieout.adapters.http import Client, Reply
from tieout.adapters.quickbooks_online import refusals
from tieout.adapters.quickbooks_online.refusals import Fault
from tieout.adapters.quickbooks_online.wire import LISTS
from tieout.ports import Busy, CursorTooOld, NoAnswer, NotAuthorised, NotUnderstood, Unreachable

MINOR_VERSION = "75"
PAGE = 1000
MOST_PAGES = 10_000
MOST_RESTARTS = 3
CDC_CAP = 1000
GONE = "610"
COUNTERS = frozenset({"startPosition", "maxResults", "totalCount"})

Records = Mapping[str, Sequence[msgspec.Raw]]


class _Answer(msgspec.Struct):
    QueryResponse: dict[str, msgspec.Raw]
    time: str = ""


class _Part(msgspec.Struct):
    QueryResponse: list[dict[str, msgspec.Raw]]


class _Changes(msgspec.Struct):
    CDCResponse: list[_Part]
    time: str = ""


class _Id(msgspec.Struct):
    Id: str = ""


_query = msgspec.json.Decoder(_Answer)
_changes = msgspec.json.Decoder(_Changes)
_list = msgspec.json.Decoder(list[msgspec.Raw])
_id = msgspec.json.Decoder(_Id)
_object = msgspec.json.Decoder(dict[str, msgspec.Raw])


@dataclass(frozen=True, slots=True)
class Page:
    """`last` is true on the last page of its entity."""

    entity: str
    records: Sequence[msgspec.Raw]
    time: datetime
    last: bool


@dataclass(slots=True)
class Company:
    """One realm behind the HTTP client. Every call stands under its path."""

    http: Client
    realm: str
    dated: str = ""                                # the Date header of the last answer to a read

    def path(self, rest: str) -> str:
        return f"/v3/company/{self.realm}/{rest}"

    def query(self, statement: str) -> tuple[Records, datetime]:
        reply = self._read("query", "query", [("query", statement)], statement)
        answer = _decoded(_query, reply, statement)
        return _records(answer.QueryResponse, statement), server_time(answer.time, statement)

    def pages(self, entity: str) -> Iterator[Page]:
        """All live records by id. Each page begins with the row that ended the one before: where it does not, something
        was deleted meanwhile and rows moved up, so that this entity is read again from its start."""
        for _ in range(MOST_RESTARTS):
            complete = yield from self._pages(entity)
            if complete:
                return
        raise Unreachable(f"QuickBooks {entity}: the list keeps changing while it is read", 60)

    def _pages(self, entity: str) -> Generator[Page, None, bool]:
        start, before = 1, ""
        where = "Active IN (true, false)" if entity in LISTS else ""
        for _ in range(MOST_PAGES):
            found, time = self.query(select(entity, where=where, order="Id", start=start))
            rows = found.get(entity, ())
            if before and (not rows or id_of(rows[0]) != before):
                return False
            yield Page(entity, rows[1:] if before else rows, time, last=len(rows) < PAGE)
            if len(rows) < PAGE:
                return True
            start, before = start + PAGE - 1, id_of(rows[-1])
        raise Unreachable(f"QuickBooks {entity}: more than {MOST_PAGES} pages", 3600)

    def changes(self, entities: Sequence[str], since: datetime) -> tuple[Records, datetime]:
        """What changed since, deletions as stubs, at most 1,000 records over all entities. Raises CursorTooOld."""
        asked = [("entities", ",".join(entities)), ("changedSince", since.isoformat(timespec="seconds"))]
        what = f"changes of {', '.join(entities)}"
        reply = self._read("cdc", "cdc", asked, what, on_fault=too_old)
        answer = _decoded(_changes, reply, what)
        found: dict[str, list[msgspec.Raw]] = {}
        for part in answer.CDCResponse:
            for response in part.QueryResponse:
                for entity, rows in _records(response, what).items():
                    found.setdefault(entity, []).extend(rows)
        return found, server_time(answer.time, what)

    def show(self, entity: str, key: str) -> msgspec.Raw | None:
        """One record; None where it is gone (fault 610)."""
        rest, endpoint = f"{entity.lower()}/{key}", f"{entity.lower()}/{{id}}"
        if entity == "Preferences":
            rest = endpoint = "preferences"
        elif entity == "CompanyInfo":
            rest, endpoint = f"companyinfo/{self.realm}", "companyinfo/{realm}"
        what = f"{entity} {key}"
        reply = self._read(rest, endpoint, (), what)
        if any(fault.code == GONE for fault in faults_of(reply)):
            return None
        answer: dict[str, msgspec.Raw] = _decoded(_object, reply, what)
        if entity not in answer:
            raise NotUnderstood(f"QuickBooks answered {what} without {entity}: {reply.begins()}")
        return answer[entity]

    def _read(self, rest: str, endpoint: str, params: Sequence[tuple[str, str]], what: str,
              on_fault: Callable[[Sequence[Fault]], None] = lambda faults: None) -> Reply:
        """A record that is gone (610) comes back as its fault; every other fault raises, `on_fault` first."""
        reply = self.http.read(self.path(rest), endpoint=f"/v3/company/{{realm}}/{endpoint}",
                               params=[*params, ("minorversion", MINOR_VERSION)])
        self.dated = reply.headers.get("date", "")
        faults = faults_of(reply)
        if not faults and reply.status == 200:
            return reply
        on_fault(faults)
        if any(fault.code == GONE for fault in faults):
            return reply
        stopped = refusals.not_authorised(faults, reply.status)
        if stopped is not None:
            raise stopped
        for fault in faults:
            if fault.code in refusals.BUSY:
                raise Unreachable(f"QuickBooks {fault.code}: {fault.words}", refusals.BUSY[fault.code])
        said = "; ".join(f"{fault.code} {fault.words}" for fault in faults) or f"HTTP {reply.status}: {reply.begins()}"
        raise NotUnderstood(f"QuickBooks refused to read {what}: {said}")

    def post(self, entity: str, body: bytes, *, operation: str, include: str, requestid: str) -> Answered:
        params = [("requestid", requestid), ("minorversion", MINOR_VERSION)]
        if operation == "delete":
            params.insert(0, ("operation", "delete"))
        if include:
            params.append(("include", include))
        return self._write(entity.lower(), body, params)

    def batch(self, body: bytes, *, requestid: str) -> Answered:
        return self._write("batch", body, [("requestid", requestid), ("minorversion", MINOR_VERSION)])

    def _write(self, rest: str, body: bytes, params: Sequence[tuple[str, str]]) -> Answered:
        """The reply where the service answered, with or without faults. Raises NotAuthorised with nothing done."""
        outcome = self.http.write("POST", self.path(rest), endpoint=f"/v3/company/{{realm}}/{rest}", params=params,
                                  content=body, headers={"Content-Type": "application/json"})
        if not isinstance(outcome, Reply):
            return outcome
        faults = faults_of(outcome)
        if outcome.status >= 400 or faults:
            stopped = refusals.not_authorised(faults, outcome.status)
            if stopped is not None:
                raise stopped
        if outcome.status == 408 or (outcome.status < 300 and not faults and not outcome.body):
            return NoAnswer(why=f"QuickBooks answered {outcome.status} without a result")
        return outcome


Answered = Reply | Busy | NoAnswer


def faults_of(reply: Reply) -> tuple[Fault, ...]:
    """The faults of a reply, JSON or XML; its status is not trusted, for a 200 can carry one."""
    if reply.body[:100].lstrip().startswith(b"<"):
        return refusals.faults_in_xml(reply.body)
    if b'"Fault"' not in reply.body and b'"fault"' not in reply.body:
        return ()                                            # a page of 1,000 records is not decoded for this
    try:
        return refusals.faults_in(reply.json())
    except ValueError:
        return ()


def too_old(faults: Sequence[Fault]) -> None:
    """Which code the service gives for a window over 30 days is not documented: its words are what can be read."""
    for fault in faults:
        said = f"{fault.words} {fault.element}".lower()
        if "changedsince" in said or "30 days" in said or "look back" in said or "lookback" in said:
            raise CursorTooOld(f"QuickBooks {fault.code}: {fault.words}")


def unauthorised(reply: Reply) -> NotAuthorised:
    stopped = refusals.not_authorised(faults_of(reply), reply.status)
    assert stopped is not None
    return stopped


def id_of(record: msgspec.Raw) -> str:
    return _id.decode(record).Id


def objects_in(body: bytes | msgspec.Raw) -> dict[str, msgspec.Raw]:
    """The keys of an answer, each value as it was sent. Raises ValueError where it is no JSON object."""
    try:
        return _object.decode(body)
    except msgspec.DecodeError as wrong:
        raise ValueError(str(wrong)) from wrong


def list_in(raw: msgspec.Raw) -> list[msgspec.Raw]:
    try:
        return _list.decode(raw)
    except msgspec.DecodeError as wrong:
        raise ValueError(str(wrong)) from wrong


def server_time(text: str, what: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError as wrong:
        raise NotUnderstood(f"QuickBooks answered {what} with the time {text!r}") from wrong
    if found.tzinfo is None:
        raise NotUnderstood(f"QuickBooks answered {what} with a time that has no zone: {text!r}")
    return found


def select(entity: str, *, where: str = "", order: str = "", start: int = 1, most: int = 0) -> str:
    """A statement of the query language, for a whole page unless `most` says less. Values in `where` are `quoted`."""
    parts = ("SELECT * FROM", entity, where and f"WHERE {where}", order and f"ORDERBY {order}",
             f"STARTPOSITION {start} MAXRESULTS {most or PAGE}")
    return " ".join(part for part in parts if part)


def quoted(text: str) -> str:
    """A value of the query language: backslash and apostrophe escaped."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _decoded(decoder: Any, reply: Reply, what: str) -> Any:
    try:
        return decoder.decode(reply.body)
    except msgspec.DecodeError as wrong:
        raise Unreachable(f"QuickBooks answered {what} with something else ({wrong}): {reply.begins()}") from wrong


def _records(response: Mapping[str, msgspec.Raw], what: str) -> Records:
    try:
        return {entity: list_in(rows) for entity, rows in response.items() if entity not in COUNTERS}
    except ValueError as wrong:
        raise NotUnderstood(f"QuickBooks answered {what} with something else: {wrong}") from wrong
