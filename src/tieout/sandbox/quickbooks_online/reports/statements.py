"""ProfitAndLoss and BalanceSheet, in columns of time or of customers, vendors, classes and the like (qbo.md 15)."""
from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from tieout.sandbox.quickbooks_online.company import Company, Entry, Record
from tieout.sandbox.quickbooks_online.refusals import refuse
from tieout.sandbox.quickbooks_online.reports.asked import (
    FIRST_DAY,
    LAST_DAY,
    Asked,
    after,
    begin_of,
    facet,
    fiscal_year_start,
)
from tieout.sandbox.quickbooks_online.reports.ledger import lasting_accounts, retained_earnings
from tieout.sandbox.quickbooks_online.reports.shape import amount, cell, column, data, header, report, section, titled

TIMES = {"Days": "day", "Week": "week", "Month": "month", "Quarter": "calendar quarter", "Year": "calendar year",
         "FiscalQuarter": "fiscal quarter", "FiscalYear": "fiscal year"}
FACETS = {"Customers": ("customer", "Customer"), "Vendors": ("vendor", "Vendor"), "Employees": ("employee", "Employee"),
          "Classes": ("class", "Class"), "Departments": ("department", "Department"),
          "ProductsAndServices": ("item", "Item")}
MOST_COLUMNS = 400
TOTAL = "total"
STANDARD = ("AccountingStandard", "GAAP")


@dataclass(frozen=True, slots=True)
class Band:
    """One column of amounts. A column of time has its days, another one the id it stands for ("" for none)."""

    title: str
    key: str
    begin: date | None = None
    end: date | None = None

    def shown(self) -> dict[str, Any]:
        days = {"StartDate": self.begin.isoformat(), "EndDate": self.end.isoformat()} \
            if self.begin is not None and self.end is not None else {}
        return column(self.title, "Money", self.title if days else self.key, days)


@dataclass(slots=True)
class Sums:
    """account id -> column -> cents, debits positive; and the result not yet in any account of the balance sheet."""

    accounts: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    earned: Counter[str] = field(default_factory=Counter)
    retained: Counter[str] = field(default_factory=Counter)
    keys: set[str] = field(default_factory=set)


# -- columns -------------------------------------------------------------------------------------------------------


def _split_by(asked: Asked) -> str:
    return asked.choice("summarize_column_by", ("Total", *TIMES, *FACETS), "Total")


def _times(asked: Asked, unit: str, begin: date) -> list[Band]:
    """The periods from `begin` to the end; the first and the last are cut to what was asked for."""
    first_month = asked.company.profile.fiscal_year_starts
    found: list[Band] = []
    while begin <= asked.end:
        if len(found) == MOST_COLUMNS:
            raise refuse("2190", f"The period has more than {MOST_COLUMNS} columns; ask for a shorter one.",
                         "summarize_column_by")
        start = begin if unit == "day" else begin_of(unit, begin, first_month)
        following = begin + timedelta(days=1) if unit == "day" else after(unit, start, 1)
        end = min(following - timedelta(days=1), asked.end)
        found.append(Band(_title(unit, begin, end), begin.isoformat(), begin, end))
        begin = following
    return found


def _title(unit: str, begin: date, end: date) -> str:
    match unit:
        case "day":
            return f"{begin:%b} {begin.day}, {begin.year}"
        case "week":
            return f"{begin:%b} {begin.day} - {end:%b} {end.day}, {end.year}"
        case "month":
            return f"{begin:%b %Y}"
    return f"{begin:%b} - {end:%b %Y}" if begin.year == end.year else f"{begin:%b %Y} - {end:%b %Y}"


def _named_bands(company: Company, by: str, keys: Iterable[str]) -> list[Band]:
    """The customers, classes ... that occur, by name; what has none comes last."""
    _, entity = FACETS[by]
    found = sorted((Band(company.name_of(entity, key) or key, key) for key in keys if key),
                   key=lambda band: band.title.casefold())
    return [*found, Band("Not Specified", "")] if "" in keys else found


def _settle_span(company: Company, asked: Asked) -> None:
    """All dates means from the first document to the last."""
    if asked.start == FIRST_DAY or asked.end == LAST_DAY:
        days = [date.fromisoformat(record.body["TxnDate"]) for record, _ in company.posted()]
        asked.end = min(asked.end, max(*days, asked.today)) if days else min(asked.end, asked.today)
        asked.start = min([asked.end, *days]) if asked.start == FIRST_DAY else asked.start


# -- profit and loss -----------------------------------------------------------------------------------------------


def profit_and_loss(company: Company, asked: Asked) -> dict[str, Any]:
    by = _split_by(asked)
    _settle_span(company, asked)
    bands = _times(asked, TIMES[by], asked.start) if by in TIMES else []
    place = _place_in_time(bands) if bands else _place_by(by)
    sums = _moved(company, asked, place)
    if by in FACETS:
        bands = _named_bands(company, by, sums.keys)
    keys = [band.key for band in bands]
    if by not in TIMES or len(bands) > 1:
        bands, keys = [*bands, Band("Total", TOTAL)], [*keys, TOTAL]
    rows = _profit_rows(company, sums, keys)
    columns = [column("", "Account", "account"), *(band.shown() for band in bands)]
    return report(header(asked, empty=not sums.keys, columns_by=by, options=[STANDARD]), columns,
                  rows if sums.keys else [])


def _place_in_time(bands: list[Band]) -> Callable[[Record, Entry], str]:
    known: dict[str, str] = {}
    ends = [(band.end.isoformat(), band.key) for band in bands if band.end is not None]

    def place(record: Record, entry: Entry) -> str:
        day = record.body["TxnDate"]
        if day not in known:
            known[day] = next(key for end, key in ends if day <= end)
        return known[day]
    return place


def _place_by(by: str) -> Callable[[Record, Entry], str]:
    if by not in FACETS:
        return lambda record, entry: TOTAL
    kind = FACETS[by][0]
    return lambda record, entry: facet(kind, record, entry) or ""


def _moved(company: Company, asked: Asked, place: Callable[[Record, Entry], str]) -> Sums:
    """What moved in the accounts of the profit and loss within the period."""
    sums = Sums()
    lasting = lasting_accounts(company)
    start, end = asked.start.isoformat(), asked.end.isoformat()
    for record, entries in company.posted():
        if not start <= record.body["TxnDate"] <= end:
            continue
        for entry in entries:
            if entry.account in lasting or not asked.keeps(record, entry):
                continue
            key = place(record, entry)
            sums.keys.add(key)
            sums.accounts[entry.account][key] += entry.cents
            if key != TOTAL:
                sums.accounts[entry.account][TOTAL] += entry.cents
    return sums


def _profit_rows(company: Company, sums: Sums, keys: list[str]) -> list[dict[str, Any]]:
    """Income, cost, gross profit, expenses and so on down to the net income."""
    def part(title: str, kind: str, sign: int, group: str) -> tuple[list[dict[str, Any]], Counter[str]]:
        rows, total = _tree(company, kind, sums.accounts, keys, sign)
        if not rows:
            return [], total
        return [section(titled(title, len(keys) + 1), rows, _line(f"Total {title}", total, keys), group)], total

    income, earned = part("Income", "Income", -1, "Income")
    cost, spent = part("Cost of Goods Sold", "Cost of Goods Sold", 1, "COGS")
    expenses, used = part("Expenses", "Expense", 1, "Expenses")
    others, gained = part("Other Income", "Other Income", -1, "OtherIncome")
    losses, lost = part("Other Expenses", "Other Expense", 1, "OtherExpenses")
    gross, operating = _minus(earned, spent), _minus(earned, spent, used)
    rows = [*income, *cost, _result("Gross Profit", gross, keys, "GrossProfit"), *expenses,
            _result("Net Operating Income", operating, keys, "NetOperatingIncome"), *others, *losses]
    if others or losses:
        rows.append(_result("Net Other Income", _minus(gained, lost), keys, "NetOtherIncome"))
    rows.append(_result("Net Income", _minus(_plus(operating, gained), lost), keys, "NetIncome"))
    return rows


def _result(title: str, total: Counter[str], keys: list[str], group: str) -> dict[str, Any]:
    return section(None, None, _line(title, total, keys), group)


def _line(title: str, total: Counter[str], keys: list[str]) -> list[dict[str, str]]:
    return [cell(title), *(amount(total[key]) for key in keys)]


def _plus(*parts: Counter[str]) -> Counter[str]:
    total: Counter[str] = Counter()
    for part in parts:
        for key, cents in part.items():
            total[key] += cents
    return total


def _minus(first: Counter[str], *rest: Counter[str]) -> Counter[str]:
    return _plus(first, *(Counter({key: -cents for key, cents in part.items()}) for part in rest))


# -- accounts as a tree --------------------------------------------------------------------------------------------


def _tree(company: Company, kind: str, accounts: dict[str, Counter[str]], keys: list[str],
          sign: int) -> tuple[list[dict[str, Any]], Counter[str]]:
    """The accounts of a type, sub-accounts inside their parents, those without any amount left out."""
    below: dict[str, list[Record]] = defaultdict(list)
    for record in company.records["Account"].values():
        if record.body["AccountType"] == kind:
            below[record.body.get("ParentRef", {}).get("value", "")].append(record)
    for found in below.values():
        found.sort(key=_label)
    return _branch(below, "", accounts, keys, sign)


def _label(record: Record) -> str:
    number = record.body.get("AcctNum")
    return f"{number} {record.body['Name']}" if number else str(record.body["Name"])


def _branch(below: dict[str, list[Record]], parent: str, accounts: dict[str, Counter[str]], keys: list[str],
            sign: int) -> tuple[list[dict[str, Any]], Counter[str]]:
    rows: list[dict[str, Any]] = []
    total: Counter[str] = Counter()
    for record in below.get(parent, ()):
        own = Counter({key: sign * cents for key, cents in accounts.get(record.id, Counter()).items()})
        inner, under = _branch(below, record.id, accounts, keys, sign)
        moved = any(own.values())
        if inner:
            head = [cell(_label(record), record.id), *(amount(own[key] if moved else None) for key in keys)]
            rows.append(section(head, inner, _line(f"Total {_label(record)}", _plus(own, under), keys)))
        elif moved:
            rows.append(data([cell(_label(record), record.id), *(amount(own[key]) for key in keys)]))
        total = _plus(total, own, under)
    return rows, total


# -- balance sheet -------------------------------------------------------------------------------------------------

# title, group, account type or the parts inside
Part = tuple[str, str, Any]
ASSETS: Part = ("ASSETS", "TotalAssets", (
    ("Current Assets", "CurrentAssets", (
        ("Bank Accounts", "BankAccounts", "Bank"), ("Accounts Receivable", "AR", "Accounts Receivable"),
        ("Other Current Assets", "OtherCurrentAssets", "Other Current Asset"))),
    ("Fixed Assets", "FixedAssets", "Fixed Asset"), ("Other Assets", "OtherAssets", "Other Asset")))
LIABILITIES: Part = ("Liabilities", "Liabilities", (
    ("Current Liabilities", "CurrentLiabilities", (
        ("Accounts Payable", "AP", "Accounts Payable"), ("Credit Cards", "CreditCards", "Credit Card"),
        ("Other Current Liabilities", "OtherCurrentLiabilities", "Other Current Liability"))),
    ("Long-Term Liabilities", "LongTermLiabilities", "Long Term Liability")))


def balance_sheet(company: Company, asked: Asked) -> dict[str, Any]:
    """Balances at the end, or at the end of each period. The year's result stands under Equity as Net Income."""
    by = _split_by(asked)
    _settle_span(company, asked)
    if by in TIMES:
        bands = _times(asked, TIMES[by], asked.start)
        sums = _at_each_end(company, asked, bands)
    else:
        sums = _at_end(company, asked, _place_by(by))
        bands = [*(_named_bands(company, by, sums.keys) if by in FACETS else ()), Band("Total", TOTAL)]
    keys = [band.key for band in bands]
    rows = _balance_rows(company, sums, keys)
    columns = [column("", "Account", "account"), *(band.shown() for band in bands)]
    return report(header(asked, empty=not sums.keys, columns_by=by, options=[STANDARD]), columns,
                  rows if sums.keys else [])


def _kept(company: Company, asked: Asked) -> Iterator[tuple[str, Record, Entry]]:
    end = asked.end.isoformat()
    for record, entries in company.posted():
        day = record.body["TxnDate"]
        if day <= end:
            for entry in entries:
                if asked.keeps(record, entry):
                    yield day, record, entry


def _at_end(company: Company, asked: Asked, place: Callable[[Record, Entry], str]) -> Sums:
    sums = Sums()
    lasting = lasting_accounts(company)
    first = fiscal_year_start(company.profile.fiscal_year_starts, asked.end).isoformat()
    for day, record, entry in _kept(company, asked):
        key = place(record, entry)
        sums.keys.add(key)
        into = sums.accounts[entry.account] if entry.account in lasting else \
            sums.earned if day >= first else sums.retained
        into[key] += entry.cents
        if key != TOTAL:
            into[TOTAL] += entry.cents
    return sums


def _at_each_end(company: Company, asked: Asked, bands: list[Band]) -> Sums:
    """One pass: what moved by day, then summed up to the end of each period."""
    moved: dict[str, Counter[str]] = defaultdict(Counter)
    result: Counter[str] = Counter()
    lasting = lasting_accounts(company)
    for day, _, entry in _kept(company, asked):
        if entry.account in lasting:
            moved[entry.account][day] += entry.cents
        else:
            result[day] += entry.cents
    sums = Sums(keys={band.key for band in bands} if moved or result else set())
    for band in bands:
        assert band.end is not None, "a column of time has its days"
        end = band.end.isoformat()
        first = fiscal_year_start(company.profile.fiscal_year_starts, band.end).isoformat()
        for account, days in moved.items():
            sums.accounts[account][band.key] = sum(cents for day, cents in days.items() if day <= end)
        sums.earned[band.key] = sum(cents for day, cents in result.items() if first <= day <= end)
        sums.retained[band.key] = sum(cents for day, cents in result.items() if day < first)
    return sums


def _balance_rows(company: Company, sums: Sums, keys: list[str]) -> list[dict[str, Any]]:
    if any(sums.retained.values()):
        retained = retained_earnings(company).id
        sums.accounts[retained] = _plus(sums.accounts[retained], sums.retained)
    assets, _ = _part(company, ASSETS, sums, keys, 1)
    owed, liabilities = _part(company, LIABILITIES, sums, keys, -1)
    equity, own = _tree(company, "Equity", sums.accounts, keys, -1)
    earned = _minus(Counter(), sums.earned)
    if any(earned.values()):
        equity.append({**data([cell("Net Income"), *(amount(earned[key]) for key in keys)]), "group": "NetIncome"})
    own = _plus(own, earned)
    if equity:
        equity = [section(titled("Equity", len(keys) + 1), equity, _line("Total Equity", own, keys), "Equity")]
    title = "LIABILITIES AND EQUITY"
    both = section(titled(title, len(keys) + 1), [*owed, *equity],
                   _line(f"TOTAL {title}", _plus(liabilities, own), keys), "TotalLiabilitiesAndEquity")
    return [*assets, both]


def _part(company: Company, part: Part, sums: Sums, keys: list[str],
          sign: int) -> tuple[list[dict[str, Any]], Counter[str]]:
    title, group, inside = part
    if isinstance(inside, str):
        rows, total = _tree(company, inside, sums.accounts, keys, sign)
    else:
        rows, total = [], Counter()
        for inner in inside:
            found, sum_ = _part(company, inner, sums, keys, sign)
            rows += found
            total = _plus(total, sum_)
    if not rows and group != "TotalAssets":
        return [], total
    word = "TOTAL" if title.isupper() else "Total"
    return [section(titled(title, len(keys) + 1), rows, _line(f"{word} {title}", total, keys), group)], total
