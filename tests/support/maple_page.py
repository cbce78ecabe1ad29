"""The page that states the figures of the practice year, written from `maple_ledger.expected`."""
from __future__ import annotations

import csv
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.support.maple_ledger import FIGURES

ZERO = Decimal("0.00")
INTRODUCTION = """\
# Maple Ridge Builders, the practice year

<!-- Written by `python -m tests.support.maple_ledger --write docs/reference/maple.md` from the files of the world. -->

World `maple` is a general contractor's 2026: {projects} projects, {vendors} vendors in Procore, {codes} cost codes,
{commitments} commitments, {orders} change orders and {applications} pay applications. It stands in files that a person
can read, under `src/tieout/sandbox/worlds/maple/`:

| file | what |
|---|---|
| `company.toml` | the company, its cost types with their accounts, and the accounts with a role |
| `projects.csv`, `vendors.csv`, `customers.csv` | who and where; an empty name: not in this system |
| `cost_codes.csv` | the budget codes of every project: each code with its cost types |
| `chart_of_accounts.csv`, `items.csv` | QuickBooks as it stands at the start |
| `commitments/*.toml` | one file each: schedule of values, change orders, and every application line by line |
| `prime_contracts/*.toml` | one file each: what the owner pays, by line, and every owner invoice line by line |
| `before.toml` | what happened in 2025, before the two systems were joined |
| `script/2026-01.toml` ... | what the project managers and the bookkeeper do, act by act |
| `cases.toml` | each case, where it stands, and what is to come of it |

The script is played in two steps a month, to the 15th and to the last day, with a synchronisation after each. The
figures below are the state after the month's second synchronisation. They are derived from the files alone, by
arithmetic that shares no code with the product or the stand-ins (`tests/support/maple_ledger.py`), and a test holds
both the sandbox and this page against them.

## What the product is taken to do

- Start on 1 January 2026 for every project: applications billed before are not entered.
- An order for every approved commitment, whatever its date; approved change orders as lines, markup on `{markup}`.
- Approved and approved as noted post. Bills carry the billing date and the subcontractor's number.
- Lines by item `{{cost_code}}.{{cost_type}}`; retainage held and released on account 2050.
- A terminated or complete commitment stays committed at its revised sum.
- Nobody answers a problem during the year; what waits for an answer is on hold.
- A document dated before the start is excluded by rule, on either side. What nothing in Procore answers is only in
  QuickBooks. A difference is Procore less QuickBooks. A dash stands for a project or vendor that a line does not name.
- Billed counts the bills and credits of vendors with a commitment on that project; other cost on a job is job cost
  only. Direct cost is that other cost; Procore's own direct costs are not read. Unapplied are prepayments.
"""


def page(folder: Path, found: Mapping[str, Any]) -> str:
    """Markdown; the tables run over the months."""
    months: Mapping[str, Any] = found["months"]
    parts = [INTRODUCTION.format(**_counts(folder)), _overview(months), _tie_out(months), _year_end(months),
             _problems(found), _trial_balance(folder, months), _retention(months), _job_cost(months), _owners(months),
             _cases(folder)]
    return "\n".join(part.rstrip("\n") + "\n" for part in parts)


def _owners(months: Mapping[str, Any]) -> str:
    last = list(months.values())[-1]
    rows = [[project, *(money(amount) for amount in facts.values()), money(last["direct_costs"].get(project, ZERO))]
            for project, facts in last["owner_side"].items()]
    return "## The owner's side at the end of the year\n\nThe bookkeeper enters each owner invoice by hand: what was " \
           "earned on account 4000, what the owner holds back on 1250. Procore's prime contracts hold the same sums. " \
           "Direct costs are those approved in Procore, which nothing posts.\n\n" + \
        table(["project", "contract with change orders", "billed", "retainage receivable", "received", "open",
               "direct costs"], rows, 1)


def _counts(folder: Path) -> dict[str, object]:
    commitments = [tomllib.loads(path.read_text()) for path in (folder / "commitments").glob("*.toml")]
    company = tomllib.loads((folder / "company.toml").read_text())
    return {"projects": len(_rows(folder / "projects.csv")),
            "vendors": sum(bool(row["procore_name"]) for row in _rows(folder / "vendors.csv")),
            "codes": len(_rows(folder / "cost_codes.csv")), "commitments": len(commitments),
            "orders": sum(len(one.get("change_orders", [])) for one in commitments),
            "applications": sum(len(one["applications"]) for one in commitments),
            "markup": f"{company['markup_code']}.{company['markup_type']}"}


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def money(amount: Decimal) -> str:
    return f"{amount:,.2f}" if amount else "0.00"


def table(heads: Sequence[str], rows: Iterable[Sequence[str]], numbers_from: int) -> str:
    """Columns from `numbers_from` on are amounts, set to the right."""
    marks = ["---" if n < numbers_from else "---:" for n in range(len(heads))]
    lines = [heads, marks, *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def classes(cell: Mapping[str, Any]) -> str:
    return "; ".join(f"{kind} {money(amount)}" for kind, amount in cell["classes"].items())


def _overview(months: Mapping[str, Any]) -> str:
    rows = [[month, money(facts["accounts_payable"]), money(sum(facts["retention_payable"].values(), ZERO)),
             money(sum(facts["job_cost"].values(), ZERO)), *(str(n) for n in facts["posted"].values())]
            for month, facts in months.items()]
    return "## Month by month\n\nDocuments are counted from the start. “Nothing” is an application that moves no " \
           "line; a payment is one issued in Procore, one for each bill that a check pays.\n\n" + \
        table(["month", "accounts payable", "retainage payable", "cost on jobs", "bills", "credits", "nothing",
               "orders", "payments"], rows, 1)


def _tie_out(months: Mapping[str, Any]) -> str:
    parts = ["## The tie-out\n"]
    for figure in FIGURES:
        rows = []
        for month, facts in months.items():
            cell = facts["tie_out"][figure]
            rows.append([month, money(cell["procore"]), money(cell["quickbooks"]), money(cell["difference"]),
                         classes(cell)])
        parts.append(f"### {figure.replace('_', ' ').capitalize()}\n\n" +
                     table(["month", "Procore", "QuickBooks", "difference", "classes"], rows, 1))
    return "\n".join(parts)


def _year_end(months: Mapping[str, Any]) -> str:
    """Every line of the last month that does not agree by itself."""
    last = months[max(months)]
    rows = [[figure.replace("_", " "), project or "-", vendor or "-", money(cell["procore"]), money(cell["quickbooks"]),
             money(cell["difference"]), classes(cell)]
            for figure in FIGURES for (project, vendor), cell in last["tie_out"][figure]["rows"].items()
            if cell["difference"] or cell["classes"]]
    return "### What does not agree at the end of the year\n\n" + \
        table(["figure", "project", "vendor", "Procore", "QuickBooks", "difference", "classes"], rows, 3)


def _problems(found: Mapping[str, Any]) -> str:
    rows = [[one["document"], one["kind"].replace("_", " "), money(one["amount"])] for one in found["problems"]]
    return "## Problems that stand at the end of the year\n\n" + table(["application", "why", "amount"], rows, 2)


def _over_months(months: Mapping[str, Any], heads: Sequence[str], rows: Mapping[tuple[str, ...], Mapping[str, Decimal]],
                 *, with_total: bool) -> str:
    shown = [[*key, *(money(amounts.get(month, ZERO)) for month in months)] for key, amounts in sorted(rows.items())]
    if with_total:
        totals = [money(sum((amounts.get(month, ZERO) for amounts in rows.values()), ZERO)) for month in months]
        shown.append(["total", *[""] * (len(heads) - 1), *totals])
    return table([*heads, *months], shown, len(heads))


def _trial_balance(folder: Path, months: Mapping[str, Any]) -> str:
    names = {row["number"]: row["name"] for row in _rows(folder / "chart_of_accounts.csv")}
    rows: dict[tuple[str, ...], dict[str, Decimal]] = defaultdict(dict)
    for month, facts in months.items():
        for number, amount in facts["trial_balance"].items():
            rows[number, names[number]][month] = amount
    return "## Trial balance\n\nAt the end of each month; debits positive, credits negative. The result of 2025 " \
           "stands in Retained Earnings.\n\n" + _over_months(months, ["account", "name"], rows, with_total=True)


def _retention(months: Mapping[str, Any]) -> str:
    rows: dict[tuple[str, ...], dict[str, Decimal]] = defaultdict(dict)
    for month, facts in months.items():
        for (project, vendor), amount in facts["retention_payable"].items():
            rows[project or "-", vendor][month] = amount
    return "## Retainage payable by project and vendor\n\nAs QuickBooks holds it on account 2050.\n\n" + \
        _over_months(months, ["project", "vendor"], rows, with_total=True)


def _job_cost(months: Mapping[str, Any]) -> str:
    by_vendor: dict[tuple[str, ...], dict[str, Decimal]] = defaultdict(lambda: defaultdict(lambda: ZERO))
    by_code: dict[tuple[str, ...], dict[str, Decimal]] = defaultdict(lambda: defaultdict(lambda: ZERO))
    for month, facts in months.items():
        for (project, vendor, code), amount in facts["job_cost"].items():
            by_vendor[project, vendor or "-"][month] += amount
            by_code[project, code][month] += amount
    return "## Job cost by project and vendor\n\nFrom the start, on the cost accounts of QuickBooks with the job on " \
           "the line. A dash is a journal entry, which names no vendor.\n\n" + \
        _over_months(months, ["project", "vendor"], by_vendor, with_total=True) + \
        "\n## Job cost by project and code\n\nBudget codes where the line has an item, account numbers where it was " \
        "typed by account.\n\n" + _over_months(months, ["project", "code"], by_code, with_total=True)


def _cases(folder: Path) -> str:
    parts = ["## The cases\n"]
    for case in tomllib.loads((folder / "cases.toml").read_text(encoding="utf-8"))["cases"]:
        asked = f" **Asked:** {case['problem']}" if "problem" in case else ""
        parts.append(f"- **{case['name']}** ({', '.join(case['where'])}): {case['expect']}{asked}")
    return "\n".join(parts) + "\n"
