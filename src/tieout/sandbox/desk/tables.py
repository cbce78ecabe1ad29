"""Tables, facts and acts of a page as values, so that one template shows every kind of record."""
from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from tieout.sandbox.kit import Request
from tieout.sandbox.worlds.rest import Rows

PAGE = 50
Of = Callable[[Mapping[str, Any]], Any]


class Column(NamedTuple):
    """One column. `kind` is how a value is written: text, code, amount, day, words, tag, or input (a field named
    `prefix`-id that holds an amount). `to` is where it leads, a path below the desk's own."""

    label: str
    of: Of
    kind: str = "text"
    to: Callable[[Mapping[str, Any]], str] | None = None
    prefix: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """`save` is the path that takes the table's inputs; `start` and `count` are there when only a page is shown."""

    heading: str
    columns: tuple[Column, ...]
    rows: Rows
    empty: str
    save: str = ""
    start: int = 1
    count: int = 0


class Fact(NamedTuple):
    label: str
    value: Any
    kind: str = "text"
    to: str = ""


class Step(NamedTuple):
    """A button that sends one field to the page's act."""

    label: str
    value: str


class Link(NamedTuple):
    label: str
    to: str


def key(*names: str) -> Of:
    """The value below these keys; None where one of them is not there."""
    def found(row: Mapping[str, Any]) -> Any:
        value: Any = row
        for name in names:
            value = value.get(name) if isinstance(value, Mapping) else None
        return value
    return found


def paged(rows: Rows, request: Request) -> tuple[Rows, int]:
    """One page of the rows and the number of its first."""
    start = whole(request.param("from"), 1)
    start = start if start <= len(rows) else 1
    return rows[start - 1:start - 1 + PAGE], start


def whole(text: str | None, usual: int) -> int:
    return int(text) if text and len(text) < 10 and text.isascii() and text.isdecimal() and int(text) > 0 else usual


def facts(*given: Fact) -> list[Fact]:
    """Those of which something is known."""
    return [one for one in given if one.value not in (None, "")]
