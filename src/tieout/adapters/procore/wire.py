"""Procore's JSON, read exactly: amounts are text or numbers, ids numbers or text, null and missing are alike."""
from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from html import unescape
from html.parser import HTMLParser
from typing import Any, NoReturn

import msgspec

from tieout.core.money import ZERO, Money, money
from tieout.ports import NotUnderstood

# plain decimal notation only: no thousands separators, no exponent, no NaN (procore.md 1.10)
NUMBER = re.compile(r"[+-]?[0-9]{1,18}(\.[0-9]{1,18})?")


def parsed(text: str | bytes) -> Any:
    """The JSON value with numbers exact. Raises ValueError."""
    return json.loads(text, parse_float=Decimal, parse_constant=_no_constant)


def _no_constant(word: str) -> NoReturn:
    raise ValueError(f"{word} is not JSON")


def rows_of(body: bytes) -> list[str]:
    """The raw text of each element of a list answer, bare (v1) or under `data`. Raises ValueError."""
    if body.lstrip()[:1] == b"{":
        rows = msgspec.json.decode(body, type=_Enveloped).data
    else:
        rows = msgspec.json.decode(body, type=list[msgspec.Raw])
    return [bytes(row).decode() for row in rows]


class _Enveloped(msgspec.Struct):
    data: list[msgspec.Raw]


@dataclass(frozen=True, slots=True)
class Record:
    """One JSON object with the name that a complaint about it uses, e.g. `subcontractor invoice 58820`."""

    name: str
    data: Mapping[str, Any]
    path: str = ""

    def not_understood(self, key: str, why: str) -> NotUnderstood:
        value = json.dumps(self.data.get(key), default=str)
        shown_value = value if len(value) <= 120 else value[:117] + "..."
        return NotUnderstood(f"{self.name}: {self.path}{key} {why}, got {shown_value}")

    def text(self, key: str) -> str:
        value = self.data.get(key)
        if value is None:
            return ""
        if isinstance(value, (dict, list)):
            raise self.not_understood(key, "should be text")
        return str(value).strip()

    def id(self, key: str) -> str:
        """An id as text, empty where there is none; numbers (v1) and text (v2) are alike."""
        value = self.data.get(key)
        if value is None or value == "":
            return ""
        if isinstance(value, bool) or not isinstance(value, (int, str)):
            raise self.not_understood(key, "should be an id")
        return str(value)

    def needed_id(self, key: str) -> str:
        found = self.id(key)
        if not found:
            raise self.not_understood(key, "is missing")
        return found

    def flag(self, key: str, default: bool) -> bool:
        value = self.data.get(key)
        if value is None:
            return default
        if not isinstance(value, bool):
            raise self.not_understood(key, "should be true or false")
        return value

    def number(self, key: str) -> Decimal | None:
        """A quantity, price or percentage (a trailing % is dropped) with every digit it came with."""
        value = self.data.get(key)
        if value is None or value == "":
            return None
        text = value.strip().removesuffix("%") if isinstance(value, str) else str(value)
        if isinstance(value, bool) or not isinstance(value, (str, int, Decimal)):
            raise self.not_understood(key, "should be a number")
        if isinstance(value, Decimal):
            text = f"{value:f}"
        if not NUMBER.fullmatch(text):
            raise self.not_understood(key, "should be a number")
        return Decimal(text)

    def amount(self, key: str) -> Money:
        """An amount that must be there, in whole cents."""
        found = self.number(key)
        if found is None:
            raise self.not_understood(key, "should be an amount")
        try:
            return money(found)
        except ValueError:
            raise self.not_understood(key, "has a fraction of a cent") from None

    def amount_or_zero(self, key: str) -> Money:
        return ZERO if self.data.get(key) in (None, "") else self.amount(key)

    def whole_number(self, key: str) -> int:
        found = self.number(key)
        if found is None or found != found.to_integral_value():
            raise self.not_understood(key, "should be a whole number")
        return int(found)

    def day(self, key: str) -> date | None:
        """The date, or the date part of a timestamp."""
        value = self.data.get(key)
        if value is None or value == "":
            return None
        try:
            if not isinstance(value, str):
                raise ValueError
            return date.fromisoformat(value[:10])
        except ValueError:
            raise self.not_understood(key, "should be a date") from None

    def moment(self, key: str) -> datetime | None:
        """A timestamp, zone-aware, in UTC."""
        value = self.data.get(key)
        if value is None or value == "":
            return None
        try:
            if not isinstance(value, str):
                raise ValueError
            found = datetime.fromisoformat(value)
        except ValueError:
            raise self.not_understood(key, "should be a time") from None
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)

    def at(self, key: str) -> Record:
        """The object under `key`; an empty one where it is null or missing."""
        value = self.data.get(key)
        if value is None:
            value = {}
        if not isinstance(value, dict):
            raise self.not_understood(key, "should be an object")
        return Record(self.name, value, f"{self.path}{key}.")

    def rows(self, key: str, *, needed: bool = False) -> Sequence[Record]:
        value = self.data.get(key)
        if value is None and not needed:
            return ()
        if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
            raise self.not_understood(key, "should be a list of objects")
        return [Record(self.name, row, f"{self.path}{key}[{at}].") for at, row in enumerate(value)]


def record_of(kind: str, key: str, raw: str) -> Record:
    name = f"{kind.replace('_', ' ')} {key}".strip()
    try:
        data = parsed(raw)
    except ValueError as why:
        raise NotUnderstood(f"{name}: the record is not JSON ({why})") from None
    if not isinstance(data, dict):
        raise NotUnderstood(f"{name}: the record should be an object, got {str(data)[:60]}")
    return Record(name, data)


# Descriptions are HTML

BREAKS = {"p", "br", "div", "li", "tr", "ul", "ol", "table", "h1", "h2", "h3", "h4"}
UNSHOWN = {"script", "style"}


@dataclass
class _Reader(HTMLParser):
    parts: list[str] = field(default_factory=list)
    hidden: int = 0

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.hidden += tag in UNSHOWN
        if tag in BREAKS:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self.hidden = max(0, self.hidden - (tag in UNSHOWN))
        if tag in BREAKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self.hidden:
            self.parts.append(data)


def _shown_text(html: str) -> str:
    reader = _Reader()
    try:
        reader.feed(html)
        reader.close()
    except AssertionError:                                  # the parser's way to give up on `<![` of a word processor
        return unescape(re.sub(r"<[^>]*>", " ", html))
    return "".join(reader.parts)


# longer than any field of QuickBooks takes (4,000), short enough for a page and a log
PLAIN_LIMIT = 4000


def plain(html: str, limit: int = PLAIN_LIMIT) -> str:
    """HTML to plain text, one line per paragraph, at most `limit` characters (cut at a word, with an ellipsis)."""
    if "<" in html or "&" in html:
        html = _shown_text(html)
    lines = (" ".join(line.split()) for line in html.splitlines())
    text = "\n".join(line for line in lines if line)
    if len(text) <= limit:
        return text
    cut = text[:limit - 1]
    at_word = cut.rsplit(None, 1)[0] if len(cut.split(None, 1)) > 1 else cut
    return at_word[:limit - 1].rstrip() + "…"
