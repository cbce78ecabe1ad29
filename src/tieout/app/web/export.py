"""The rows that a page shows, all of them, as CSV or XLSX. Amounts stay exact; text can never run as a formula."""
from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import xlsxwriter
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.text import slugify

from tieout.app.web.table import Column, Table, ordered
from tieout.app.web.words import Status

ABOUT = "about"                                              # the key of every column that says what the file is about
RUNS_AS_FORMULA = ("=", "+", "-", "@", "\t", "\r")
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def exported(request: HttpRequest, table: Table, name: str,
             about: Sequence[tuple[str, Any]]) -> HttpResponseBase | None:
    """The file that the address asks for (`format=csv` or `xlsx`), or None where it asks for the page.

    about   (heading, value) that stands first on every line, so that a line still says whose it is when it is alone
    """
    wanted = request.GET.get("format", "")
    file = File(table=table, columns=columns_of(table, about))
    if wanted == "csv":
        answer: HttpResponseBase = StreamingHttpResponse(
            csv_lines(request, file), content_type="text/csv; charset=utf-8"
        )
    elif wanted == "xlsx":
        answer = HttpResponse(xlsx_bytes(request, file), content_type=XLSX_TYPE)
    else:
        return None
    answer["Content-Disposition"] = f'attachment; filename="{name}.{wanted}"'
    return answer


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A table with the columns that its file has."""

    table: Table
    columns: Sequence[Column]


def columns_of(table: Table, about: Sequence[tuple[str, Any]]) -> list[Column]:
    """What the file is about, then the page's columns, each with its quieter line as a column of its own."""
    def the_same(value: Any) -> Callable[[Any], Any]:
        return lambda row: value

    found = [Column(key=ABOUT, title=title, value=the_same(value), kind="date" if isinstance(value, date) else "text")
             for title, value in about]
    for column in table.columns:
        found.append(column)
        if column.note and column.note_title:
            found.append(Column(key=f"{column.key} note", title=column.note_title, value=column.note))
    return found


def file_name(*parts: str | date | None) -> str:
    """Words and days joined so that they are fit for every system's files."""
    return "-".join(filter(None, (f"{part:%Y-%m-%d}" if isinstance(part, date) else slugify(part or "")
                                  for part in parts)))


def values(request: HttpRequest, file: File) -> Iterator[list[Any]]:
    rows = ordered(request, file.table)
    for row in rows.iterator(chunk_size=2000) if isinstance(rows, QuerySet) else rows:
        yield [plain(column.value(row)) for column in file.columns]
    if file.table.totals:
        named = file.table.columns[0].key
        yield [column.value(None) if column.key == ABOUT else file.table.totals_label if column.key == named
               else file.table.totals.get(column.key) for column in file.columns]


def plain(value: Any) -> Any:
    return value.word if isinstance(value, Status) else value


def safe(text: str) -> str:
    """A spreadsheet runs a cell that begins with one of these; an apostrophe before it makes it text."""
    return f"'{text}" if text.startswith(RUNS_AS_FORMULA) else text


def csv_lines(request: HttpRequest, file: File) -> Iterator[str]:
    buffer = io.StringIO()
    writer = csv.writer(buffer)

    def line(cells: list[str]) -> str:
        buffer.seek(0)
        buffer.truncate()
        writer.writerow(cells)
        return buffer.getvalue()

    yield "\ufeff" + line([column.title for column in file.columns])   # Excel reads UTF-8 only with the mark
    for row in values(request, file):
        yield line([csv_text(value) for value in row])


def csv_text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return f"{value:.2f}"
    return value.isoformat() if isinstance(value, date) else safe(str(value))


def xlsx_bytes(request: HttpRequest, file: File) -> bytes:
    target = io.BytesIO()
    book = xlsxwriter.Workbook(
        target, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    sheet = book.add_worksheet("".join(c for c in file.table.caption if c not in "[]:*?/\\")[:31] or "tieout")
    head = book.add_format({"bold": True, "bottom": 1})
    money = book.add_format({"num_format": '#,##0.00;(#,##0.00);"–"'})
    day = book.add_format({"num_format": "mm/dd/yyyy"})
    literal = book.add_format({"quote_prefix": True})
    for column, heading in enumerate(file.columns):
        sheet.set_column(column, column, {"money": 16, "date": 12}.get(heading.kind, 28))
        sheet.write_string(0, column, heading.title, head)
    sheet.freeze_panes(1, 0)
    for number, row in enumerate(values(request, file), 1):
        for column, value in enumerate(row):
            if value is None or value == "":
                continue
            if isinstance(value, Decimal):
                sheet.write_number(number, column, value, money)
            elif isinstance(value, date):
                sheet.write_datetime(
                    number, column, value.replace(tzinfo=None) if isinstance(value, datetime) else value, day
                )
            else:
                text = str(value)
                sheet.write_string(number, column, text, literal if text.startswith(RUNS_AS_FORMULA) else None)
    book.close()
    return target.getvalue()
