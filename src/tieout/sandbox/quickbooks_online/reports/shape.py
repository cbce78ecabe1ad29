"""The parts every report is made of: header, columns, data rows, sections, totals (qbo.md 15; Report.xsd)."""
from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tieout.sandbox.quickbooks_online.reports.asked import FILTERS, FIRST_DAY, Asked
from tieout.sandbox.quickbooks_online.wire import money, stamp

CELL_LIMIT = 400_000
TOO_LARGE = "Unable to display more data. Please reduce the date range."
Cell = dict[str, str]


def cell(value: str = "", id_: str | None = None) -> Cell:
    return {"value": value, "id": id_} if id_ else {"value": value}


def amount(cents: int | None) -> Cell:
    """Dollars and cents as text; nothing for None."""
    return {"value": "" if cents is None else str(money(cents))}


def header(asked: Asked, *, empty: bool, columns_by: str = "Total",
           options: Sequence[tuple[str, str]] = ()) -> dict[str, Any]:
    shown: dict[str, Any] = {"Time": stamp(asked.now), "ReportName": asked.name}
    if asked.macro:
        shown["DateMacro"] = asked.macro
    shown["ReportBasis"] = "Accrual"
    if asked.start != FIRST_DAY:
        shown["StartPeriod"] = asked.start.isoformat()
    shown.update(EndPeriod=asked.end.isoformat(), SummarizeColumnsBy=columns_by,
                 Currency=asked.company.profile.currency)
    for kind in FILTERS[:-1]:
        if kind in asked.filters:
            shown[kind.title()] = ",".join(sorted(asked.filters[kind]))
    pairs = (*options, ("NoReportData", str(empty).lower()))
    shown["Option"] = [{"Name": name, "Value": value} for name, value in pairs]
    return shown


def column(title: str, kind: str, key: str, more: Mapping[str, str] | None = None) -> dict[str, Any]:
    meta = [*(more or {}).items(), ("ColKey", key)]
    return {"ColTitle": title, "ColType": kind, "MetaData": [{"Name": name, "Value": value} for name, value in meta]}


def data(cells: Iterable[Cell]) -> dict[str, Any]:
    return {"ColData": list(cells), "type": "Data"}


def section(head: Sequence[Cell] | None, rows: list[dict[str, Any]] | None, summary: Sequence[Cell],
            group: str = "") -> dict[str, Any]:
    shown: dict[str, Any] = {}
    if head is not None:
        shown["Header"] = {"ColData": list(head)}
    if rows is not None:
        shown["Rows"] = {"Row": rows}
    shown["Summary"] = {"ColData": list(summary)}
    shown["type"] = "Section"
    if group:
        shown["group"] = group
    return shown


def titled(title: str, width: int, id_: str | None = None) -> list[Cell]:
    """A header row: its title, and an empty cell for each further column."""
    return [cell(title, id_), *(cell() for _ in range(width - 1))]


def report(head: dict[str, Any], columns: list[dict[str, Any]], rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {"Header": head, "Columns": {"Column": columns}, "Rows": {"Row": rows} if rows else {}}


def within_limit(shown: dict[str, Any]) -> dict[str, Any]:
    """A report of more cells than the service shows ends where the limit is reached, and says so."""
    rows = shown["Rows"].get("Row", [])
    left = _cut(rows, CELL_LIMIT)
    if left < 0:
        rows.append(data(titled(TOO_LARGE, len(shown["Columns"]["Column"]))))
    return shown


def _cut(rows: list[dict[str, Any]], left: int) -> int:
    """Takes out what lies beyond the room that is left; below zero when something was taken out."""
    for place, row in enumerate(rows):
        left -= sum(len(row[part]["ColData"]) for part in ("Header", "Summary") if part in row)
        left -= len(row.get("ColData", ()))
        if left >= 0 and "Rows" in row:
            left = _cut(row["Rows"]["Row"], left)
            if left < 0:
                del rows[place + 1:]
                return left
        if left < 0:
            del rows[place:]
            return left
    return left
