"""The rows that a page shows, all of them, as CSV or XLSX. Amounts stay exact; text can never run as a formula."""
from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import xlsxwriter
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse

from tieout.app.web.table import Table, ordered
from tieout.app.web.words import Status

RUNS_AS_FORMULA = ("=", "+", "-", "@", "\t", "\r")
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def exported(request: HttpRequest, table: Table, name: str) -> HttpResponseBase | None:
    """The file that the address asks for (`format=csv` or `xlsx`), or None where it asks for the page."""
    wanted = request.GET.get("format", "")
    if wanted == "csv":
        answer: HttpResponseBase = StreamingHttpResponse(
            csv_lines(request, table), content_type="text/csv; charset=utf-8"
        )
    elif wanted == "xlsx":
        answer = HttpResponse(xlsx_bytes(request, table), content_type=XLSX_TYPE)
    else:
        return None
    answer["Content-Disposition"] = f'attachment; filename="{name}.{wanted}"'
    return answer


def values(request: HttpRequest, table: Table) -> Iterator[list[Any]]:
    rows = ordered(request, table)
    for row in rows.iterator(chunk_size=2000) if isinstance(rows, QuerySet) else rows:
        yield [plain(column.value(row)) for column in table.columns]


def plain(value: Any) -> Any:
    return value.word if isinstance(value, Status) else value


def safe(text: str) -> str:
    """A spreadsheet runs a cell that begins with one of these; an apostrophe before it makes it text."""
    return f"'{text}" if text.startswith(RUNS_AS_FORMULA) else text


def csv_lines(request: HttpRequest, table: Table) -> Iterator[str]:
    buffer = io.StringIO()
    writer = csv.writer(buffer)

    def line(cells: list[str]) -> str:
        buffer.seek(0)
        buffer.truncate()
        writer.writerow(cells)
        return buffer.getvalue()

    yield "\ufeff" + line([column.title for column in table.columns])   # Excel reads UTF-8 only with the mark
    for row in values(request, table):
        yield line([csv_text(value) for value in row])


def csv_text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return f"{value:.2f}"
    return value.isoformat() if isinstance(value, date) else safe(str(value))


def xlsx_bytes(request: HttpRequest, table: Table) -> bytes:
    target = io.BytesIO()
    book = xlsxwriter.Workbook(
        target, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    sheet = book.add_worksheet("".join(c for c in table.caption if c not in "[]:*?/\\")[:31] or "tieout")
    head = book.add_format({"bold": True, "bottom": 1})
    money = book.add_format({"num_format": '#,##0.00;(#,##0.00);"–"'})
    day = book.add_format({"num_format": "mm/dd/yyyy"})
    literal = book.add_format({"quote_prefix": True})
    for column, heading in enumerate(table.columns):
        sheet.set_column(column, column, {"money": 16, "date": 12}.get(heading.kind, 28))
        sheet.write_string(0, column, heading.title, head)
    sheet.freeze_panes(1, 0)
    for number, row in enumerate(values(request, table), 1):
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
