"""The tie-out as the pages show it: summed for a project, a vendor or a code, and the figures of the Today page."""
from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from tieout.app.web.words import amount_shown, words_of
from tieout.core.money import ZERO, Money
from tieout.core.tieout import Entry, Row, TieOut
from tieout.engine import reconcile
from tieout.engine.store.models import Pair

FIVE = ("committed", "billed", "retained", "paid", "open")
LEVELS = ("project", "vendor", "code")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Which part of the tie-out a page is about; empty is all."""

    project: str = ""
    vendor: str = ""
    code: str = ""

    @property
    def next_level(self) -> str:
        """What it opens into, or empty at the bottom."""
        return next((level for level in LEVELS if not getattr(self, level)), "")

    def holds(self, row: Row | Entry) -> bool:
        return all(getattr(self, level) in ("", getattr(row, level) or NOBODY) for level in LEVELS)

    def within(self, level: str, key: str) -> Scope:
        return replace(self, **{level: key})


# What has no vendor or code of its own is still shown, under this.
NOBODY = "—"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sum:
    """A figure on both sides; None where that side does not hold it at this level."""

    figure: str
    procore: Money | None
    quickbooks: Money | None
    difference: Money
    classes: list[tuple[str, Money]]

    @property
    def held(self) -> bool:
        return self.procore is not None and self.quickbooks is not None


def summed(figure: str, rows: Sequence[Row]) -> Sum:
    procore = [row.procore for row in rows if row.procore is not None]
    quickbooks = [row.quickbooks for row in rows if row.quickbooks is not None]
    classes: dict[str, Money] = defaultdict(lambda: ZERO)
    for row in rows:
        for name, amount in row.classes.items():
            classes[name] += amount
    return Sum(
        figure=figure, procore=sum(procore, ZERO) if procore else None, quickbooks=sum(quickbooks, ZERO) if quickbooks else None,
        difference=sum((row.difference for row in rows if row.difference is not None), ZERO),
        classes=[(words_of(name), amount) for name, amount in sorted(classes.items()) if amount])


def totals(found: TieOut, scope: Scope) -> list[Sum]:
    inside = [row for row in found.rows if scope.holds(row)]
    names = dict.fromkeys([*FIVE, *(row.figure for row in inside)])
    return [summed(name, [row for row in inside if row.figure == name]) for name in names]


def broken_down(found: TieOut, scope: Scope) -> list[tuple[str, dict[str, Sum]]]:
    """(key, figure -> sum) of the next level."""
    level = scope.next_level
    parts: dict[str, dict[str, list[Row]]] = defaultdict(lambda: defaultdict(list))
    for row in found.rows if level else ():
        if scope.holds(row):
            parts[getattr(row, level) or NOBODY][row.figure].append(row)
    return [(key, {figure: summed(figure, rows) for figure, rows in figures.items()}) for key, figures in sorted(parts.items())]


def entries(found: TieOut, scope: Scope, figure: str) -> Iterable[Entry]:
    for row in found.rows:
        if row.figure == figure:
            yield from (entry for entry in row.entries if scope.holds(entry))


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    not_agreeing: str
    not_agreeing_note: str
    retained: str
    retained_note: str


def summary(pair: Pair) -> Summary:
    """For the Today page."""
    found = reconcile.tie_out(pair)
    sums = totals(found, Scope())
    apart = sum((abs(one.difference) for one in sums), ZERO)
    unexplained = sum((abs(amount) for one in sums for name, amount in one.classes if name == "Unexplained"), ZERO)
    retained = next(one for one in sums if one.figure == "retained")
    note = f"{amount_shown(unexplained)} unexplained" if unexplained else "all explained" if apart else ""
    return Summary(
        not_agreeing=amount_shown(apart), not_agreeing_note=note,
        retained=amount_shown(retained.quickbooks if retained.quickbooks is not None else retained.procore),
        retained_note="" if not retained.difference else f"differs by {amount_shown(retained.difference)}")
