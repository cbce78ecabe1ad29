"""`tieout tie-out`: the two sets of figures, and each difference explained."""
from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tieout.app.cli.common import (
    AsJson,
    PairName,
    answer,
    answer_json,
    day_of,
    needs_a_person,
    one_pair,
    out,
    say,
    start,
    table,
)
from tieout.app.stop import NEEDS_A_PERSON, Stop

if TYPE_CHECKING:
    from tieout.core.tieout import Row, TieOut
    from tieout.engine.store.models import Pair

# A spreadsheet takes a text that begins so for a formula.
RUNS_AS_FORMULA = ("=", "+", "-", "@", "\t", "\r")
LEVELS = {"project": "By project", "vendor": "By vendor", "code": "By cost code"}


def tie_out(pair: PairName = None,
            project: Annotated[str | None, typer.Option("--project", help="One project, by its number.")] = None,
            as_of: Annotated[str | None, typer.Option(
                "--as-of", metavar="YYYY-MM-DD", help="By the documents' dates, up to this day.")] = None,
            as_json: AsJson = False,
            xlsx: Annotated[Path | None, typer.Option("--xlsx", help="Write a workbook to this file.")] = None) -> None:
    """Both systems' figures side by side, as last read; every difference has its class."""
    if as_json and xlsx:
        raise Stop("Choose --json or --xlsx FILE.")
    day = day_of(as_of, "--as-of")
    start()
    from tieout.core.tieout import to_json
    from tieout.engine import reconcile

    one = one_pair(pair)
    if project is not None and not one.projects.filter(number=project).exists():
        routed = ", ".join(one.projects.order_by("number").values_list("number", flat=True)) or "none"
        raise Stop(f"Pair {one.name} has no project “{project}”; routed to it: {routed}.")
    _must_be_read(one, project)
    found = reconcile.tie_out(one, project=project, as_of=day)
    if as_json:
        answer_json({"pair": one.name, "project": project, "looked_at": one.last_turn_at, **to_json(found, rows=True)})
    elif xlsx:
        write_xlsx(found, xlsx)
        say(f"Written to {xlsx}.")
    else:
        print_tie_out(found, one.name if project is None else f"{one.name}, project {project}")
    if found.unexplained or any(on_hold(found)):
        needs_a_person()


def _must_be_read(pair: Pair, project: str | None) -> None:
    """Figures of what was never read would be zeros, and pass for agreeing."""
    from tieout.app.web.pairs import not_read
    from tieout.engine.fetch import project_ids

    if unread := not_read(pair):
        fix = ("It is Off: apply a set-up file with mode = \"shadow\" to look only." if pair.mode == "off"
               else "Run: tieout sync")
        raise Stop(f"Nothing has been read yet that could be compared. {pair.name}: "
                   f"{unread.removeprefix('Not read yet: ')} {fix}", NEEDS_A_PERSON)
    if project is not None and project not in project_ids(pair.procore):
        raise Stop(f"Procore has no project “{project}”, though the set-up routes it to {pair.name}. Correct its "
                   "number in the set-up file, or give this user of Procore the right to see it.", NEEDS_A_PERSON)


def on_hold(found: TieOut) -> Iterator[Decimal]:
    """What waits for a person, by figure."""
    from tieout.core.tieout import FIGURES

    return (amount for figure in FIGURES for name, amount in found.total(figure).classes.items() if name == "on hold")


def _figure(row: Row) -> str:
    return row.figure.replace("_", " ").capitalize()


def _classes(row: Row) -> str:
    from tieout.core.money import shown

    return "; ".join(f"{name} {shown(amount)}" for name, amount in row.classes.items())


def print_tie_out(found: TieOut, title: str) -> None:
    """The totals, and below them the projects whose figures differ, and what stands beside the projects."""
    from tieout.core.money import shown
    from tieout.core.tieout import BESIDE, PAYABLE
    from tieout.core.tieout_table import of_no_project

    def held(amount: Decimal | None) -> str:
        return "not held" if amount is None else shown(amount)

    as_of = f" as of {found.as_of.isoformat()}" if found.as_of else ""
    totals = table("", "Procore", "QuickBooks", "difference", "what it is made of",
                   right=("Procore", "QuickBooks", "difference"), title=f"Tie-out of {title}{as_of}")
    for figure in (*PAYABLE, *BESIDE):
        row = found.total(figure)
        totals.add_row(_figure(row), held(row.procore), held(row.quickbooks), shown(row.difference),
                       _classes(row) or row.note)
    out.print(totals, markup=False)
    differing = [row for row in found.rows if row.level == "project" and row.difference and (
        row.figure in PAYABLE or (of_no_project(row.project) and row.figure != "job_cost"))]
    if differing:
        answer()
        parts = table("project", "figure", "difference", "what it is made of", right=("difference",))
        for row in differing:
            parts.add_row(row.project, _figure(row), shown(row.difference), _classes(row))
        out.print(parts, markup=False)
    answer(f"\nUnexplained: {shown(found.unexplained)}")
    for check in found.checks:
        for failure in check.failures:
            answer(f"{check.name}: {failure}")


def write_xlsx(found: TieOut, path: Path) -> None:
    """A sheet of totals, one per level, and one of the documents behind every figure."""
    import xlsxwriter
    from xlsxwriter.exceptions import FileCreateError

    from tieout.core.tieout import BESIDE, PAYABLE

    book = xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False})
    totals = [found.total(figure) for figure in (*PAYABLE, *BESIDE)]
    _sheet(book, "Totals", HEADINGS[:1] + HEADINGS[4:], [_cells(row)[:1] + _cells(row)[4:] for row in totals])
    for level, title in LEVELS.items():
        _sheet(book, title, HEADINGS, [_cells(row) for row in found.rows if row.level == level])
    _sheet(book, "Documents", ENTRY_HEADINGS, list(_entries(found)))
    try:
        book.close()
    except FileCreateError as refused:
        why = getattr(refused.args[0] if refused.args else refused, "strerror", None) or refused
        raise Stop(f"The file {path} cannot be written: {why}.") from refused


HEADINGS = ["Figure", "Project", "Vendor", "Cost code", "Procore", "QuickBooks", "Difference", "Made of", "Note"]
ENTRY_HEADINGS = ["System", "Figure", "Project", "Vendor", "Cost code", "Date", "Document", "Amount", "Class", "Why"]


def _cells(row: Row) -> list[Any]:
    return [_figure(row), row.project, row.vendor, row.code, row.procore, row.quickbooks, row.difference, _classes(row),
            row.note]


def _entries(found: TieOut) -> Iterator[list[Any]]:
    from tieout.core.tieout_table import BY_CODE

    for row in found.rows:
        # at the finest level of its figure, so that each document stands there once
        if row.figure != "job_cost" and row.level == ("code" if row.figure in BY_CODE else "vendor"):
            for entry in row.entries:
                yield [{"procore": "Procore", "quickbooks": "QuickBooks"}[entry.side], _figure(row), entry.project,
                       entry.vendor, entry.code, entry.dated, entry.title, entry.amount, entry.class_, entry.why]


def _sheet(book: Any, title: str, headings: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    sheet = book.add_worksheet(title)
    bold, amount = book.add_format({"bold": True, "bottom": 1}), book.add_format({"num_format": "#,##0.00;(#,##0.00)"})
    day, literal = book.add_format({"num_format": "yyyy-mm-dd"}), book.add_format({"quote_prefix": True})
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, len(headings) - 1, 18)
    for column, heading in enumerate(headings):
        sheet.write_string(0, column, heading, bold)
    for number, row in enumerate(rows, 1):
        for column, value in enumerate(row):
            if isinstance(value, Decimal):
                sheet.write_number(number, column, value, amount)
            elif isinstance(value, date):
                sheet.write_datetime(number, column, datetime.combine(value, datetime.min.time()), day)
            elif value:
                text = str(value)
                sheet.write_string(number, column, text, literal if text.startswith(RUNS_AS_FORMULA) else None)
