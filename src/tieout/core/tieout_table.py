"""The tie-out as a table: entries of both sides summed into rows, and what each difference is made of.

An `Entry` is one amount of one document on one side. Entries of the two sides that stand for each other and agree have
no class; every other entry bears the class of the difference it makes. So a row's classes add up to its difference.
"""
from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal

from tieout.core.money import ZERO, Money

IN_FLIGHT = "in flight"
ON_HOLD = "on hold"
NOT_MAPPED = "not mapped"
ONLY_IN_QUICKBOOKS = "only in QuickBooks"
ONLY_IN_PROCORE = "only in Procore"
CHANGED = "changed after posting"
PRIOR_PERIOD = "prior period"
EXCLUDED = "excluded by rule"
SUSPENSE = "suspense"
TAX = "tax"
ROUNDING = "rounding"
NOT_HELD = "not held at this level"
UNEXPLAINED = "unexplained"
CLASSES = (IN_FLIGHT, ON_HOLD, NOT_MAPPED, ONLY_IN_QUICKBOOKS, ONLY_IN_PROCORE, CHANGED, PRIOR_PERIOD, EXCLUDED,
           SUSPENSE, TAX, ROUNDING, NOT_HELD, UNEXPLAINED)

PAYABLE = ("committed", "billed", "retained", "paid", "open")
BESIDE = ("direct_cost", "job_cost", "unapplied")
FIGURES = (*PAYABLE, *BESIDE)
UNASSIGNED = "unassigned"
SEVERAL = "several projects"                                # a bill over the jobs of several has one open balance
NOT_LINKED = "job not linked: "                             # followed by the job's full name

MET_BY_SEVERAL = (UNASSIGNED, SEVERAL)                      # several projects' documents lead to them

# the finest level at which a figure has rows; job cost by code is over all vendors
BY_CODE = ("committed", "billed", "retained", "direct_cost", "job_cost")
PARTS_OF_JOB_COST = ("billed", "direct_cost")
QUICKBOOKS_ONLY = ("direct_cost", "unapplied")              # Procore's own direct costs are not read yet; see NOTES
NOTES = {"direct_cost": "Direct costs of Procore are not read; what QuickBooks has is shown.",
         "unapplied": "Payments and credits that settle no document; Procore has no such figure."}
NO_BALANCE = "Credits unused as of a past date are left out of “unapplied”: QuickBooks keeps no balance by date."
UNAVAILABLE = "Committed as of a past date is unavailable: neither system keeps its orders by date."

Level = Literal["total", "project", "vendor", "code"]
LEVELS = ("total", "project", "vendor", "code")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One amount of one document, counted in one figure.

    vendor, project   as people name them; "unassigned" where the document names none; for what no single project
                      holds, "several projects" or "job not linked: <job>"
    code              like 03-300.S; empty where that side holds none
    class_            of CLASSES, or empty where both sides have it alike
    document, line    (side, kind, id), and the line's id where a document has several entries of one figure
    flow, slot        the slot that the document belongs to; empty where nothing stands for it on the other side
    why               in words, where there is a class
    """

    side: str
    figure: str
    project: str
    vendor: str
    amount: Money
    document: tuple[str, str, str]
    title: str
    code: str = ""
    class_: str = ""
    dated: date | None = None
    flow: str = ""
    slot: str = ""
    why: str = ""
    line: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One figure for one project, vendor or code.

    procore, quickbooks   None where that side does not hold the figure at this level; never prorated
    difference            procore less quickbooks; the values of `classes` (zeros left out) add up to it
    """

    level: Level
    figure: str
    project: str = ""
    vendor: str = ""
    code: str = ""
    procore: Money | None
    quickbooks: Money | None
    difference: Money
    classes: dict[str, Money]
    entries: tuple[Entry, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One rule of the tie-out over one project: how many cases hold, and in words those that do not."""

    name: str
    project: str
    held: int
    failures: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TieOut:
    """Rows by figure, then project, vendor and code.

    unexplained   without sign, document by document, so that one unexplained amount never hides another
    as_of         the last document date that counts, or None
    """

    rows: tuple[Row, ...]
    unexplained: Money
    checks: tuple[Check, ...] = ()
    notes: tuple[str, ...] = ()
    as_of: date | None = None

    def at(self, level: Level, figure: str) -> Iterator[Row]:
        return (row for row in self.rows if row.level == level and row.figure == figure)

    def total(self, figure: str) -> Row:
        """Over all projects, the unassigned included."""
        parts = list(self.at("project", figure))
        classes: dict[str, Money] = {}
        for row in parts:
            for name, amount in row.classes.items():
                classes[name] = classes.get(name, ZERO) + amount
        kept = {name: classes[name] for name in CLASSES if classes.get(name)}
        procore = None if figure in QUICKBOOKS_ONLY else sum((r.procore for r in parts if r.procore is not None), ZERO)
        quickbooks = sum((r.quickbooks for r in parts if r.quickbooks is not None), ZERO)
        if figure == "committed" and self.as_of:
            return Row(level="total", figure=figure, procore=None, quickbooks=None, difference=ZERO, classes={},
                       note=UNAVAILABLE)
        return Row(level="total", figure=figure, procore=procore, quickbooks=quickbooks,
                   difference=(procore or ZERO) - quickbooks, classes=kept, note=NOTES.get(figure, ""))


def of_no_project(project: str) -> bool:
    """Whether a row of this name stands beside the projects."""
    return project in (UNASSIGNED, SEVERAL) or project.startswith(NOT_LINKED)


def tie_out(entries: Iterable[Entry], *, checks: Iterable[Check] = (), as_of: date | None = None,
            keep_entries: bool = True) -> TieOut:
    """Rows at every level by summing. Without `keep_entries` only rows that several projects can meet keep theirs, for
    `joined`; the others are let go as they come."""
    rows = list(_rows(entries, keep_entries))
    unexplained = _unexplained(rows)
    if not keep_entries:
        rows = [row if row.project in MET_BY_SEVERAL else replace(row, entries=()) for row in rows]
    if as_of:
        rows += [Row(level="project", figure="committed", project=project, procore=None, quickbooks=None,
                     difference=ZERO, classes={}, note=UNAVAILABLE)
                 for project in sorted({row.project for row in rows}) if not of_no_project(project)]
    return TieOut(rows=tuple(sorted(rows, key=_place)), unexplained=unexplained, checks=tuple(checks),
                  notes=(UNAVAILABLE, NO_BALANCE) if as_of else (), as_of=as_of)


def _unexplained(rows: Iterable[Row]) -> Money:
    """Per document pair of each figure; where only its codes are off, what moved between them."""
    found = ZERO
    for row in rows:
        if row.level != "vendor" or row.figure == "job_cost":
            continue
        apart: dict[tuple[str, ...], dict[str, Money]] = {}
        for entry in row.entries:
            if entry.class_ == UNEXPLAINED:
                codes = apart.setdefault((entry.flow, entry.slot) if entry.slot else entry.document, {})
                signed = entry.amount if entry.side == "procore" else -entry.amount
                codes[entry.code] = codes.get(entry.code, ZERO) + signed
        whole = [sum(codes.values(), ZERO) for codes in apart.values()]
        found += abs(row.classes.get(UNEXPLAINED, ZERO) - sum(whole, ZERO))
        for net, codes in zip(whole, apart.values(), strict=True):
            found += abs(net) or sum((amount for amount in codes.values() if amount > 0), ZERO)
    return found


def joined(parts: Iterable[TieOut]) -> TieOut:
    """The projects' tie-outs as one. What names no project, or several, was met in several of them, and counts once."""
    rows: list[Row] = []
    strays: dict[tuple[object, ...], Entry] = {}
    checks: list[Check] = []
    notes: dict[str, None] = {}
    as_of: date | None = None
    unexplained = ZERO
    for part in parts:
        met = [row for row in part.rows if row.project in MET_BY_SEVERAL]
        for row in met:
            strays |= _by_line(row.entries) if row.level == "vendor" and row.figure != "job_cost" else {}
        rows += [row for row in part.rows if row.project not in MET_BY_SEVERAL]
        checks += part.checks
        notes |= dict.fromkeys(part.notes)
        as_of = part.as_of
        unexplained += part.unexplained - _unexplained(met)
    found = list(_rows(strays.values()))
    rows, unexplained = rows + found, unexplained + _unexplained(found)
    return TieOut(rows=tuple(sorted(rows, key=_place)), unexplained=unexplained, checks=tuple(checks),
                  notes=tuple(notes), as_of=as_of)


def _by_line(entries: Iterable[Entry]) -> dict[tuple[object, ...], Entry]:
    """By what an entry is told by; lines of a document that have no id of their own, by their order."""
    found: dict[tuple[object, ...], Entry] = {}
    times: Counter[tuple[object, ...]] = Counter()
    for entry in entries:
        key = entry.figure, entry.document, entry.line
        found[*key, times[key]] = entry
        times[key] += 1
    return found


Key = tuple[str, Level, str, str, str]


@dataclass(slots=True)
class _Sums:
    """A row while entries are being added to it. `classes` and `sides` are Procore less QuickBooks, and each alone."""

    sides: dict[str, Money] = field(default_factory=dict)
    classes: dict[str, Money] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)

    def add(self, entry: Entry, keep: bool) -> None:
        self.sides[entry.side] = self.sides.get(entry.side, ZERO) + entry.amount
        signed = entry.amount if entry.side == "procore" else -entry.amount
        self.classes[entry.class_] = self.classes.get(entry.class_, ZERO) + signed
        if keep:
            self.entries.append(entry)


def _rows(entries: Iterable[Entry], keep_entries: bool = True) -> Iterator[Row]:
    """What is unexplained is kept in any case: it is counted document by document."""
    sums: dict[Key, _Sums] = {}
    for entry in entries:
        keep = keep_entries or entry.project in MET_BY_SEVERAL or entry.class_ == UNEXPLAINED
        for key in _keys(entry):
            sums.setdefault(key, _Sums()).add(entry, keep)
    for key, one in sums.items():
        yield _row(key, one)


def _place(row: Row) -> tuple[int, str, str, int, str]:
    return FIGURES.index(row.figure), row.project, row.vendor, LEVELS.index(row.level), row.code


def _keys(entry: Entry) -> Iterator[Key]:
    """Every row that an entry counts in."""
    figures = (entry.figure, "job_cost") if entry.figure in PARTS_OF_JOB_COST else (entry.figure,)
    for figure in figures:
        yield figure, "project", entry.project, "", ""
        yield figure, "vendor", entry.project, entry.vendor, ""
        if figure in BY_CODE:
            yield figure, "code", entry.project, "" if figure == "job_cost" else entry.vendor, entry.code


def _row(key: Key, found: _Sums) -> Row:
    figure, level, project, vendor, code = key
    sums = {"procore": ZERO, "quickbooks": ZERO, **found.sides}
    classes = dict(found.classes)
    # what agrees as a whole can only part by code: there one side has no code for it
    apart = classes.pop("", ZERO)
    rest = NOT_HELD if level == "code" else UNEXPLAINED
    classes[rest] = classes.get(rest, ZERO) + apart
    present = set(found.sides)
    return Row(
        level=level, figure=figure, project=project, vendor=vendor, code=code, entries=tuple(found.entries),
        procore=_held(sums, "procore", figure in QUICKBOOKS_ONLY or (level == "code" and bool(apart)), present),
        quickbooks=_held(sums, "quickbooks", level == "code" and (figure == "retained" or bool(apart)), present),
        difference=sums["procore"] - sums["quickbooks"],
        classes={name: classes[name] for name in CLASSES if classes.get(name)}, note=NOTES.get(figure, ""))


def _held(sums: dict[str, Money], side: str, may_lack: bool, present: set[str]) -> Money | None:
    return None if may_lack and side not in present else sums[side]


def to_json(tie_out_: TieOut, *, rows: bool = False) -> dict[str, object]:
    """`{"payable": {figure: …}, "beside": …, "unexplained": "0.00", …}`; amounts as strings, null where not held."""
    found: dict[str, object] = {
        "payable": {figure: _plain(tie_out_.total(figure)) for figure in PAYABLE},
        "beside": {figure: _plain(tie_out_.total(figure)) for figure in BESIDE},
        "unexplained": str(tie_out_.unexplained),
        "as_of": tie_out_.as_of.isoformat() if tie_out_.as_of else None,
        "notes": list(tie_out_.notes),
        "checks": [{"name": c.name, "project": c.project, "held": c.held, "failures": list(c.failures)}
                   for c in tie_out_.checks],
    }
    if rows:
        found["rows"] = [{"level": r.level, "figure": r.figure, "project": r.project, "vendor": r.vendor,
                          "code": r.code, **_plain(r)} for r in tie_out_.rows]
    return found


def _plain(row: Row) -> dict[str, object]:
    return {"procore": None if row.procore is None else str(row.procore),
            "quickbooks": None if row.quickbooks is None else str(row.quickbooks),
            "difference": str(row.difference), "classes": {name: str(amount) for name, amount in row.classes.items()}}
