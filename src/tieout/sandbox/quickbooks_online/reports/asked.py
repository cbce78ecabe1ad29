"""What a report was asked: its days, date macros and filters, read and checked (qbo.md 15)."""
from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Literal

from tieout.sandbox.kit import Request
from tieout.sandbox.quickbooks_online.company import Company, Entry, Record
from tieout.sandbox.quickbooks_online.refusals import refuse

DEFAULT_MACRO = {"ProfitAndLoss": "This Calendar Year-to-date", "BalanceSheet": "This Calendar Year-to-date"}
USUAL_MACRO = "This Month-to-date"
AS_OF = ("AgedPayables", "AgedPayableDetail", "AgedReceivables", "AgedReceivableDetail", "VendorBalance",
         "VendorBalanceDetail", "CustomerBalance", "CustomerBalanceDetail", "AccountList")
FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(9999, 12, 31)
Span = tuple[date, date]
FILTERS = ("customer", "vendor", "employee", "item", "class", "department", "account")


def customer_of(entry: Entry) -> str | None:
    return entry.customer or (entry.party[1] if entry.party and entry.party[0] == "Customer" else None)


def vendor_of(entry: Entry) -> str | None:
    return entry.party[1] if entry.party and entry.party[0] == "Vendor" else None


def employee_of(entry: Entry) -> str | None:
    return entry.party[1] if entry.party and entry.party[0] == "Employee" else None


def class_of(record: Record, entry: Entry) -> str | None:
    found: str | None = entry.class_id or record.body.get("ClassRef", {}).get("value")
    return found


def department_of(record: Record, entry: Entry) -> str | None:
    found: str | None = entry.department or record.body.get("DepartmentRef", {}).get("value")
    return found


def facet(kind: str, record: Record, entry: Entry) -> str | None:
    """The id of the customer, vendor, class ... that one ledger line belongs to."""
    match kind:
        case "customer":
            return customer_of(entry)
        case "vendor":
            return vendor_of(entry)
        case "employee":
            return employee_of(entry)
        case "item":
            return entry.item
        case "class":
            return class_of(record, entry)
        case "department":
            return department_of(record, entry)
    return entry.account


@dataclass(slots=True)
class Asked:
    """One question for a report. `start` and `end` are days inclusive; reports as of a day look at `end` only."""

    company: Company
    name: str
    request: Request
    now: datetime
    today: date = field(init=False)
    start: date = field(init=False)
    end: date = field(init=False)
    macro: str = field(init=False, default="")
    filters: dict[str, frozenset[str]] = field(init=False)
    source_types: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        self.today = date.fromisoformat(self.company.today(self.now))
        self._check_basis()
        self.start, self.end = self._as_of() if self.name in AS_OF else self._period()
        self.filters = {kind: found for kind in FILTERS if (found := self.ids(kind))}
        self.source_types = frozenset(_plain(kind) for kind in self.ids("source_account_type"))

    def _check_basis(self) -> None:
        basis = self.choice("accounting_method", ("Accrual", "Cash"), "Accrual")
        if basis == "Cash" and self.name not in AS_OF and not self.name.startswith("TransactionList"):
            raise refuse("5030", f"The sandbox computes {self.name} on the accrual basis only.", "accounting_method")

    def _as_of(self) -> Span:
        """Aging and balance reports ignore start_date and end_date and answer as of today unless told otherwise."""
        if day := self.day("report_date"):
            return FIRST_DAY, day
        return FIRST_DAY, self._macro(self.request.param("date_macro") or "Today")[1]

    def _period(self) -> Span:
        start, end = self.day("start_date"), self.day("end_date")
        if self.request.param("date_macro") or not (start or end):
            return self._macro(self.request.param("date_macro") or DEFAULT_MACRO.get(self.name, USUAL_MACRO))
        end = end or max(self.today, start or self.today)
        start = start or end.replace(day=1)
        if start > end:
            raise refuse("2190", "start_date lies after end_date.", "start_date")
        return start, end

    def _macro(self, asked: str) -> Span:
        self.macro = asked.lower()
        span = span_of(asked, self.today, self.company.profile.fiscal_year_starts)
        if span is None:
            raise refuse("2170", f"Invalid Enumeration : {asked}", "date_macro")
        return span

    def day(self, key: str) -> date | None:
        text = self.request.param(key)
        if not text:
            return None
        try:
            day = date.fromisoformat(text)
        except ValueError as wrong:
            raise refuse("2060", f"Invalid Date format : {text}", key) from wrong
        if not FIRST_DAY <= day < LAST_DAY.replace(month=1, day=1):
            raise refuse("2070", f"Invalid Date : {text}", key)
        return day

    def ids(self, key: str) -> frozenset[str]:
        return frozenset(word.strip() for word in (self.request.param(key) or "").split(",") if word.strip())

    def choice(self, key: str, known: tuple[str, ...], default: str) -> str:
        """A word of a list, whatever its case; another one is refused with 2170."""
        asked = self.request.param(key)
        if not asked:
            return default
        for word in known:
            if _plain(word) == _plain(asked):
                return word
        raise refuse("2170", f"Invalid Enumeration : {asked}", key)

    def number(self, key: str, default: int, low: int, high: int) -> int:
        text = self.request.param(key)
        if not text:
            return default
        if not text.isascii() or not text.isdecimal():
            raise refuse("2080", f"Invalid Number : {text}", key)
        if not low <= int(text[:9]) <= high:
            raise refuse("2240", f"{key} must lie between {low} and {high}.", key)
        return int(text[:9])

    def keeps(self, record: Record, entry: Entry) -> bool:
        """Whether a ledger line passes every filter."""
        return all(facet(kind, record, entry) in ids for kind, ids in self.filters.items()) and (
            not self.source_types or _plain(self.company.account_type(entry.account)) in self.source_types)

    def columns(self, known: dict[str, Any], usual: tuple[str, ...]) -> tuple[str, ...]:
        asked = [key.strip() for key in (self.request.param("columns") or "").split(",") if key.strip()]
        for key in asked:
            if key not in known:
                raise refuse("2010", f"Property Name:{key} specified is unsupported or invalid", "columns")
        return tuple(dict.fromkeys(asked)) or usual

    def sorting(self, known: dict[str, Any]) -> tuple[str, bool]:
        """(column key or nothing, descending)."""
        by = self.request.param("sort_by") or ""
        if by and by not in known:
            raise refuse("2010", f"Property Name:{by} specified is unsupported or invalid", "sort_by")
        return by, self.choice("sort_order", ("ascend", "descend"), "ascend") == "descend"


def _plain(word: str) -> str:
    return word.replace(" ", "").replace("_", "").lower()


def fiscal_year_start(first_month: int, day: date) -> date:
    return date(day.year if day.month >= first_month else day.year - 1, first_month, 1)


def month_on(day: date, months: int) -> date:
    """The first day of the month that lies so many months on."""
    number = day.year * 12 + day.month - 1 + months
    return date(number // 12, number % 12 + 1, 1)


Unit = Literal["week", "month", "fiscal quarter", "fiscal year", "calendar quarter", "calendar year"]
MONTHS_IN = {"month": 1, "fiscal quarter": 3, "fiscal year": 12, "calendar quarter": 3, "calendar year": 12}


def begin_of(unit: str, day: date, first_month: int) -> date:
    """The first day of the week (Sunday), month, quarter or year in which a day lies."""
    if unit == "week":
        return day - timedelta(days=(day.weekday() + 1) % 7)
    year = fiscal_year_start(first_month if unit.startswith("fiscal") else 1, day)
    length = MONTHS_IN[unit]
    passed = (day.year - year.year) * 12 + day.month - year.month
    return month_on(year, passed - passed % length)


def after(unit: str, begin: date, steps: int) -> date:
    return begin + timedelta(days=7 * steps) if unit == "week" else month_on(begin, steps * MONTHS_IN[unit])


def span_of(macro: str, today: date, first_month: int) -> Span | None:
    """The days of a date macro of the schema, whatever its case; None for a word that is not one."""
    word = " ".join(macro.lower().split())
    fixed = {"all": (FIRST_DAY, LAST_DAY), "today": (today, today),
             "yesterday": (today - timedelta(days=1), today - timedelta(days=1))}
    if word in fixed:
        return fixed[word]
    if word == "next 4 weeks":
        begin = after("week", begin_of("week", today, first_month), 1)
        return begin, begin + timedelta(days=27)
    which, _, rest = word.partition(" ")
    unit, to_date = rest.removesuffix("-to-date"), rest.endswith("-to-date")
    if which not in ("this", "last", "next") or unit not in ("week", *MONTHS_IN) or (which == "next" and to_date):
        return None
    step = {"this": 0, "last": -1, "next": 1}[which]
    current = begin_of(unit, today, first_month)
    begin = after(unit, current, step)
    last = after(unit, begin, 1) - timedelta(days=1)
    return begin, min(last, begin + (today - current)) if to_date else last
