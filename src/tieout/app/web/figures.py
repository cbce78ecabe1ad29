"""The tie-out as the pages show it: the rows of one part of it, what that part opens into, and the figures of Today."""
from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal

from django.db.models import Count, Max

from tieout.app.web.words import amount_shown
from tieout.core.money import ZERO, Money
from tieout.core.tieout import FIGURES, PAYABLE, Entry, Row, TieOut
from tieout.core.tieout_table import BESIDE, EXCLUDED, UNAVAILABLE, of_no_project
from tieout.engine import plan, reconcile
from tieout.engine.store.models import Agreed, Pair

KEPT = 4                                                     # tie-outs held in memory, of all pairs and days
_kept: OrderedDict[tuple[int, date | None], tuple[str, TieOut]] = OrderedDict()
_lock = threading.Lock()

LEVELS: tuple[Literal["project", "vendor", "code"], ...] = ("project", "vendor", "code")
# what stands in the address for "no cost code"
NO_CODE = "-"


def tie_out(pair: Pair, as_of: date | None = None) -> TieOut:
    """As worked out from the rows; again only when something that it is made from has changed."""
    agreed = Agreed.objects.filter(pair=pair).aggregate(count=Count("pk"), last=Max("at"))
    state, key = f"{plan.state_of(pair)} {agreed}", (pair.pk, as_of)
    with _lock:
        known = _kept.get(key)
    if known and known[0] == state:
        return known[1]
    found = reconcile.tie_out(pair, as_of=as_of)
    with _lock:
        _kept[key] = (state, found)
        _kept.move_to_end(key)
        while len(_kept) > KEPT:
            _kept.popitem(last=False)
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Which part of the tie-out a page is about; empty is all."""

    project: str = ""
    vendor: str = ""
    code: str = ""

    @property
    def level(self) -> str:
        return next((level for level in reversed(LEVELS) if getattr(self, level)), "total")

    @property
    def opens_into(self) -> str:
        """The level below, or empty at the bottom."""
        return next((level for level in LEVELS if not getattr(self, level)), "")

    def within(self, level: str, key: str) -> Scope:
        return replace(self, **{level: key or NO_CODE})

    def holds(self, row: Row) -> bool:
        """Whether the row lies in this part, at whatever level it is."""
        return all(getattr(self, level) in ("", getattr(row, level) or NO_CODE) for level in LEVELS)

    def holds_vendor(self, row: Row) -> bool:
        return replace(self, code="").holds(row)


def rows_of(found: TieOut, scope: Scope) -> list[Row]:
    """The figures of the part itself: the payable ones always, the others where there is anything."""
    if scope.level == "total":
        totals = [found.total(figure) for figure in FIGURES]
        return [row for row in totals if row.figure in PAYABLE or row.procore or row.quickbooks]
    there = {row.figure: row for row in found.rows if row.level == scope.level and scope.holds(row)}
    return [
        there.get(figure) or none_there(scope, figure, found.as_of)
        for figure in FIGURES if figure in there or figure in PAYABLE
    ]


def none_there(scope: Scope, figure: str, as_of: date | None) -> Row:
    """A payment or an open balance has no cost code, and orders are not known by date; elsewhere a missing row is a
    zero on both sides."""
    not_held = scope.level == "code" and figure in ("paid", "open")
    not_known = figure == "committed" and as_of is not None
    zero = None if not_held or not_known else ZERO
    return Row(level="code" if not_held else "project", figure=figure, procore=zero, quickbooks=zero, difference=ZERO,
               classes={}, note=UNAVAILABLE if not_known else "")


def parts_of(found: TieOut, scope: Scope) -> list[tuple[str, dict[str, Row]]]:
    """(key, figure -> row) of the level below."""
    level = scope.opens_into
    parts: dict[str, dict[str, Row]] = {}
    for row in found.rows if level else ():
        if row.level == level and scope.holds(row) and row.figure != "job_cost":
            parts.setdefault(getattr(row, level), {})[row.figure] = row
    return sorted(parts.items(), key=lambda part: (not part[0] or of_no_project(part[0]), part[0].casefold()))


def beside(rows: dict[str, Row]) -> list[Row]:
    """What a part has in figures that have no column of their own: without them its amounts would hide."""
    return [rows[figure] for figure in BESIDE if figure in rows and (rows[figure].procore or rows[figure].quickbooks)]


def entries_of(found: TieOut, scope: Scope, figure: str) -> Iterator[Entry]:
    """The single amounts behind one figure of the part."""
    level = "project" if scope.level == "total" else scope.level
    for row in found.rows:
        if row.figure == figure and row.level == level and scope.holds(row):
            yield from row.entries


@dataclass(frozen=True, slots=True, kw_only=True)
class Apart:
    """A vendor on a project with the figure in which the two systems are furthest apart there. `amount` has no sign."""

    project: str
    vendor: str
    figure: str
    amount: Money


def apart_of(found: TieOut, scope: Scope | None = None) -> list[Apart]:
    """What does not agree, most dollars first: for each vendor on each project the one figure that is furthest apart,
    because one bill stands in several. What one side has too much never hides what it has too little. What is excluded
    by rule is not counted: the controller said that it is not entered."""
    furthest: dict[tuple[str, str], Apart] = {}
    for row in found.rows:
        if row.level != "vendor" or row.figure not in PAYABLE or (scope and not scope.holds_vendor(row)):
            continue
        counted = [amount for name, amount in row.classes.items() if name != EXCLUDED]
        above = sum((amount for amount in counted if amount > 0), ZERO)
        below = -sum((amount for amount in counted if amount < 0), ZERO)
        one = Apart(project=row.project, vendor=row.vendor, figure=row.figure, amount=max(above, below))
        known = furthest.get((row.project, row.vendor))
        if one.amount and (known is None or one.amount > known.amount):
            furthest[row.project, row.vendor] = one
    return sorted(furthest.values(), key=lambda one: (-one.amount, one.project, one.vendor))


def not_agreeing(found: TieOut, scope: Scope | None = None) -> Money:
    return sum((one.amount for one in apart_of(found, scope)), ZERO)


@dataclass(slots=True, kw_only=True)
class Behind:
    """One document behind a figure, with what each side has of it. `first` names it, and leads to it."""

    first: Entry
    codes: list[str] = field(default_factory=list)
    procore: Money | None = None
    quickbooks: Money | None = None

    @property
    def code(self) -> str:
        return self.codes[0] if len(self.codes) == 1 else f"{len(self.codes)} codes" if self.codes else ""


def documents_behind(entries: Iterable[Entry]) -> list[Behind]:
    """A line for each document; those of both sides on one line where they fill the same slot."""
    found: dict[tuple[str, ...], Behind] = {}
    for entry in entries:
        own = (entry.flow, entry.slot) if entry.slot else entry.document
        line = found.setdefault((*own, entry.vendor, entry.class_), Behind(first=entry))
        if entry.code and entry.code not in line.codes:
            line.codes.append(entry.code)
        if entry.side == "procore":
            line.procore = (line.procore or ZERO) + entry.amount
        else:
            line.quickbooks = (line.quickbooks or ZERO) + entry.amount
    return list(found.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    not_agreeing: str
    not_agreeing_note: str
    retained: str
    retained_note: str


UNREAD = Summary(not_agreeing="not read yet", not_agreeing_note="", retained="not read yet", retained_note="")


def summary(pair: Pair) -> Summary:
    """For the Today page."""
    found = tie_out(pair)
    dollars = not_agreeing(found)
    retained = found.total("retained")
    unexplained = found.unexplained
    note = f"{amount_shown(unexplained)} unexplained" if unexplained else "each one explained" if dollars else ""
    return Summary(
        not_agreeing=amount_shown(dollars), not_agreeing_note=note,
        retained=amount_shown(retained.quickbooks if retained.quickbooks is not None else retained.procore),
        retained_note="" if not retained.difference else f"differs by {amount_shown(retained.difference)}")
