"""Both systems' figures side by side, opened step by step down to the single documents."""
from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from tieout.app.web import figures
from tieout.app.web.export import exported, file_name
from tieout.app.web.figures import LEVELS, NO_CODE, Scope
from tieout.app.web.filters import day_of
from tieout.app.web.pairs import company_of, current_pair, not_read, record_url
from tieout.app.web.table import Column, Table, shown
from tieout.app.web.words import amount_shown, figure_of, moment_shown, sentence_case
from tieout.core.money import ZERO
from tieout.core.tieout import FIGURES, PAYABLE, Entry, Row, TieOut
from tieout.core.tieout_table import of_no_project
from tieout.engine.store.models import Pair, RoutedProject

LEVEL_WORDS = {"project": ("Project", "Projects"), "vendor": ("Vendor", "Vendors"), "code": ("Cost code", "Cost codes")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Flat:
    """One line of the exported file: a part and a figure of it."""

    key: str
    row: Row


def address(pair: Pair, scope: Scope, **more: str) -> str:
    levels: dict[str, str] = {level: getattr(scope, level) for level in LEVELS}
    query = {"pair": pair.name, **{key: value for key, value in {**levels, **more}.items() if value}}
    return f"{reverse('tie_out')}?{urlencode(query)}"


@require_safe
def tie_out(request: HttpRequest) -> HttpResponseBase:
    pair = current_pair(request)
    if pair is None:
        return render(request, "web/nothing_yet.html", {"page": "tie_out", "heading": "Tie-out"})
    scope = Scope(**{level: request.GET.get(level, "") for level in LEVELS})
    figure, asked_day = request.GET.get("figure", ""), request.GET.get("as_of", "")
    as_of = day_of(asked_day)
    must_be_known(pair, scope.project)
    if unread := not_read(pair):
        return render(request, "web/not_read.html", {
            "page": "tie_out", "pair": pair, "says": unread, "heading": "Tie-out", "off": pair.mode == "off"})
    found = figures.tie_out(pair, as_of)
    figure = figure if figure in FIGURES else ""
    table = entries_table(pair, found, scope, figure) if figure else sums_table(found, scope)
    level = f"{figure}-documents" if figure else f"by-{LEVEL_WORDS[scope.opens_into][0]}" if scope.opens_into else ""
    name = file_name("tie-out", pair.name, scope.project or "all-projects", scope.vendor, scope.code, level,
                     "as-of", as_of or pair.last_turn_at)
    file = exported(request, table, name, about(pair, scope, as_of))
    if file:
        return file
    as_of_text = as_of.isoformat() if as_of else ""
    parts = [(key or "no cost code", scope.within(scope.opens_into, key), rows, any_difference(rows))
             for key, rows in figures.parts_of(found, scope)]
    only = request.GET.get("only") == "differences"
    context = {
        "page": "tie_out",
        "pair": pair,
        "scope": scope,
        "figure": figure,
        "figure_word": figure_of(figure),
        "payable": PAYABLE,
        "totals": [
            (one, address(pair, scope, figure=one.figure, as_of=as_of_text)) for one in figures.rows_of(found, scope)
        ],
        "level": LEVEL_WORDS.get(scope.opens_into),
        "crumbs": crumbs(pair, scope, as_of_text),
        "parts": [
            (key, address(pair, part, as_of=as_of_text), cells_of(pair, part, rows, as_of_text),
             [(row, address(pair, part, figure=row.figure, as_of=as_of_text)) for row in figures.beside(rows)])
            for key, part, rows, differs in parts
            if differs or not only
        ],
        "notes": dict.fromkeys([*found.notes, *(row.note for row in figures.rows_of(found, scope) if row.note)]),
        "only": only,
        "apart": [
            (one, address(pair, Scope(project=one.project or NO_CODE, vendor=one.vendor or NO_CODE), figure=one.figure,
                          as_of=as_of_text))
            for one in figures.apart_of(found, scope)
        ] if only and not scope.code else [],
        "not_agreeing": figures.not_agreeing(found, scope),
        "hidden_parts": sum(1 for part in parts if not part[3]) if only else 0,
        "whole": address(pair, scope, as_of=as_of_text),
        "differences": address(pair, scope, as_of=as_of_text, only="differences"),
        "as_of": as_of,
        "as_of_fault": f"“{asked_day}” is not a date; write it like 03/31/2026." if asked_day and not as_of else "",
        "seen_at": pair.last_turn_at,
        "today": datetime.now(UTC).date(),
        "entries": shown(request, table) if figure else None,
        "csv": f"{request.path}?{query_with(request, 'csv')}",
        "xlsx": f"{request.path}?{query_with(request, 'xlsx')}",
    }
    return render(request, "web/tie_out.html", context)


def about(pair: Pair, scope: Scope, as_of: date | None) -> list[tuple[str, object]]:
    """Whose figures a file holds, and of when; with the part they are of, where that is no column anyway."""
    return [("Company", company_of(pair)), ("Books", pair.name),
            ("As of", as_of or f"as read {moment_shown(pair.last_turn_at)}"),
            *((LEVEL_WORDS[level][0], getattr(scope, level)) for level in LEVELS if getattr(scope, level))]


def must_be_known(pair: Pair, project: str) -> None:
    """A slip in a project's number must not read as a project where everything agrees."""
    routed = list(RoutedProject.objects.filter(pair=pair).order_by("number").values_list("number", flat=True))
    if project and project != NO_CODE and project not in routed and not of_no_project(project):
        raise Http404(f"{pair.name} has no project {project}; it has {', '.join(routed) or 'none'}.",
                      "There is no such project")


def cells_of(pair: Pair, scope: Scope, rows: dict[str, Row], as_of: str) -> list[tuple[Row, str]]:
    """The five figures of one part, each with the address of the documents behind it."""
    return [
        (rows.get(name) or figures.none_there(scope, name, day_of(as_of)),
         address(pair, scope, figure=name, as_of=as_of))
        for name in PAYABLE
    ]


def query_with(request: HttpRequest, form: str) -> str:
    query = request.GET.copy()
    query["format"] = form
    return query.urlencode()


def any_difference(rows: dict[str, Row]) -> bool:
    return any(row.difference or row.classes for row in rows.values())


def crumbs(pair: Pair, scope: Scope, as_of: str) -> list[tuple[str, str]]:
    """(word, address) from all projects down to here."""
    found, at = [("All projects", address(pair, Scope(), as_of=as_of))], Scope()
    for level in LEVELS:
        if value := getattr(scope, level):
            at = at.within(level, value)
            found.append(
                (value if value != NO_CODE else f"no {LEVEL_WORDS[level][0].lower()}", address(pair, at, as_of=as_of))
            )
    return found


def classes_text(row: Row) -> str:
    return "; ".join(f"{name} {amount_shown(amount)}" for name, amount in row.classes.items())


def sums_table(found: TieOut, scope: Scope) -> Table:
    """What the page shows, one line per part and figure, for the exported file."""
    level = scope.opens_into
    rows = [Flat(key=key, row=row) for key, rows in figures.parts_of(found, scope) for row in rows.values()] if level \
        else []
    rows += [Flat(key="Total", row=row) for row in figures.rows_of(found, scope)]
    return Table(caption="Tie-out", rows=rows, columns=(
        Column(key="key", title=LEVEL_WORDS.get(level, ("Part", ""))[0], value=lambda flat: flat.key),
        Column(key="figure", title="Figure", value=lambda flat: figure_of(flat.row.figure)),
        Column(key="procore", title="Procore", value=lambda flat: flat.row.procore, kind="money"),
        Column(key="quickbooks", title="QuickBooks", value=lambda flat: flat.row.quickbooks, kind="money"),
        Column(key="difference", title="Difference", value=lambda flat: flat.row.difference, kind="money"),
        Column(key="classes", title="Explained as", value=lambda flat: classes_text(flat.row)),
    ))


def entries_table(pair: Pair, found: TieOut, scope: Scope, figure: str) -> Table:
    entries = list(figures.entries_of(found, scope, figure))
    by_side = {
        side: sum((entry.amount for entry in entries if entry.side == side), ZERO) for side in ("procore", "quickbooks")
    }
    columns = (
        Column(key="title", title="Document", value=lambda line: line.first.title, head=True,
               link=lambda line: entry_url(pair, line.first)),
        Column(key="dated", title="Date", value=lambda line: line.first.dated, kind="date"),
        Column(key="project", title="Project", value=lambda line: line.first.project, kind="code"),
        Column(key="vendor", title="Vendor", value=lambda line: line.first.vendor),
        Column(key="code", title="Cost code", value=lambda line: line.code, kind="code"),
        Column(key="procore", title="Procore", value=lambda line: line.procore, kind="money"),
        Column(key="quickbooks", title="QuickBooks", value=lambda line: line.quickbooks, kind="money"),
        Column(key="class", title="Explained as", value=lambda line: sentence_case(line.first.class_),
               note=lambda line: line.first.why, note_title="Why"),
    )
    # What the page is about anyway needs no column.
    known = {level for level in LEVELS if getattr(scope, level)}
    return Table(
        caption=f"{figure_of(figure)}: the documents", rows=figures.documents_behind(entries), default_sort="title",
        totals=by_side, empty="No document stands behind this figure.",
        columns=tuple(column for column in columns if column.key not in known))


def entry_url(pair: Pair, entry: Entry) -> str:
    """The record page, where the document has a slot; else what was read of it."""
    if entry.slot:
        return record_url(pair, entry.flow, entry.slot)
    return f"{reverse('seen', args=entry.document)}?{urlencode({'pair': pair.name})}"


