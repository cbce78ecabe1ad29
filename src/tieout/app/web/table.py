"""One list for every page: columns, sorting and paging by the address, a totals row, the same rows as CSV or XLSX."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

from django.db.models import F, QuerySet
from django.http import HttpRequest

from tieout.app.web.words import Status, amount_shown, day_shown, moment_shown

PAGE_SIZE = 100
Kind = Literal["text", "code", "money", "date", "status"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """value    the row's value: text, Decimal (money), date or Status
    sort     the database fields that order a query by it; a plain list is ordered by the value itself
    link     where the cell leads, or None
    note     a second, quieter line in the cell; in a file the column `note_title`, where that is given
    wide     left out on a phone, where the row's name says it already
    """

    key: str
    title: str
    value: Callable[[Any], Any]
    kind: Kind = "text"
    sort: tuple[str, ...] = ()
    link: Callable[[Any], str] | None = None
    note: Callable[[Any], str] | None = None
    note_title: str = ""
    head: bool = False                                       # the cell that names its row
    wide: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """rows     a query or a list, filtered already
    totals   column key -> amount over all rows, not only those of this page
    """

    caption: str
    columns: Sequence[Column]
    rows: QuerySet[Any] | Sequence[Any]
    default_sort: str = ""
    totals: Mapping[str, Decimal] = field(default_factory=dict)
    totals_label: str = "Total"
    empty: str = "Nothing here."
    page_size: int = PAGE_SIZE


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    text: str
    kind: Kind
    href: str = ""
    note: str = ""
    status: Status | None = None
    head: bool = False
    negative: bool = False
    title: str = ""
    label: str = ""                                          # the heading, shown before the value on a phone
    wide: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    title: str
    kind: Kind
    href: str = ""
    direction: str = ""                                      # ascending | descending, as aria-sort says it


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A page of a table, ready for the template."""

    caption: str
    headings: list[Heading]
    rows: list[list[Cell]]
    totals: list[Cell]
    count: int
    first: int
    last: int
    page: int
    pages: int
    previous: str
    next: str
    csv: str
    xlsx: str
    empty: str


def address(request: HttpRequest, **changes: str | int | None) -> str:
    """This page's address with some of its filters changed; None takes one out."""
    query = request.GET.copy()
    for key, value in changes.items():
        if value is None:
            query.pop(key, None)
        else:
            query[key] = str(value)
    return f"?{query.urlencode()}"


def sorting(request: HttpRequest, table: Table) -> tuple[Column | None, bool]:
    """(column, descending). An unknown word in the address is taken for the table's own order."""
    for asked in (request.GET.get("sort", ""), table.default_sort):
        for column in table.columns:
            if column.key == asked.removeprefix("-") and (column.sort or not isinstance(table.rows, QuerySet)):
                return column, asked.startswith("-")
    return None, False


def ordered(request: HttpRequest, table: Table) -> QuerySet[Any] | list[Any]:
    column, descending = sorting(request, table)
    if isinstance(table.rows, QuerySet):
        if column is None:
            return table.rows
        way = [F(name).desc(nulls_last=True) if descending else F(name).asc(nulls_last=True) for name in column.sort]
        return table.rows.order_by(*way, "pk")
    if column is None:
        return list(table.rows)
    there = [row for row in table.rows if column.value(row) not in (None, "")]
    gone = [row for row in table.rows if column.value(row) in (None, "")]
    return [*sorted(there, key=lambda row: sort_key(column.value(row)), reverse=descending), *gone]


def sort_key(value: Any) -> Any:
    if isinstance(value, Status):
        return value.word
    return value.casefold() if isinstance(value, str) else value


def cell_of(column: Column, row: Any) -> Cell:
    value = column.value(row)
    href = column.link(row) if column.link and value not in (None, "") else ""
    note = column.note(row) if column.note else ""
    if isinstance(value, Status):
        return Cell(
            text=value.word, kind="status", status=value, note=note, href=href, title=value.means, label=column.title
        )
    return Cell(
        text=text_of(value),
        kind=column.kind,
        href=href,
        note=note,
        head=column.head,
        label=column.title,
        wide=column.wide,
        negative=isinstance(value, Decimal) and value < 0,
    )


def text_of(value: Any) -> str:
    if isinstance(value, Decimal):
        return amount_shown(value)
    if isinstance(value, datetime):
        return moment_shown(value)
    if isinstance(value, date):
        return day_shown(value)
    return "" if value is None else str(value)


def headings_of(request: HttpRequest, table: Table) -> list[Heading]:
    chosen, descending = sorting(request, table)
    headings = []
    for column in table.columns:
        sortable = bool(column.sort) or not isinstance(table.rows, QuerySet)
        is_chosen = chosen is not None and chosen.key == column.key
        # Money is asked for biggest first, everything else from the beginning.
        turn = f"-{column.key}" if (is_chosen and not descending) or (not is_chosen and column.kind == "money") \
            else column.key
        headings.append(Heading(
            title=column.title, kind=column.kind, href=address(request, sort=turn, page=None) if sortable else "",
            direction=("descending" if descending else "ascending") if is_chosen else ""))
    return headings


def totals_of(table: Table) -> list[Cell]:
    if not table.totals:
        return []
    cells = []
    for position, column in enumerate(table.columns):
        amount = table.totals.get(column.key)
        text = table.totals_label if position == 0 else amount_shown(amount)
        cells.append(Cell(text=text, kind=column.kind if position else "text", label=column.title if text else "",
                          negative=amount is not None and amount < 0))
    return cells


def shown(request: HttpRequest, table: Table) -> Shown:
    rows = ordered(request, table)
    count = rows.count() if isinstance(rows, QuerySet) else len(rows)
    pages = max(1, math.ceil(count / table.page_size))
    asked = request.GET.get("page", "1")
    page = min(max(int(asked), 1), pages) if asked.isdecimal() and len(asked) < 9 else 1
    start = (page - 1) * table.page_size
    part = list(rows[start:start + table.page_size])
    return Shown(
        caption=table.caption, headings=headings_of(request, table),
        rows=[[cell_of(column, row) for column in table.columns] for row in part], totals=totals_of(table),
        count=count, first=start + 1 if part else 0, last=start + len(part), page=page, pages=pages,
        previous=address(request, page=page - 1) if page > 1 else "",
        next=address(request, page=page + 1) if page < pages else "",
        csv=address(request, page=None, format="csv"), xlsx=address(request, page=None, format="xlsx"),
        empty=table.empty)
