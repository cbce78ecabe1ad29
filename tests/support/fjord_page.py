"""The page that states the figures of `fjord`, written from its files and `fjord_ledger`."""
from __future__ import annotations

import csv
import tomllib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.support.fjord_ledger import FJORD, trial_balances
from tests.support.maple_page import money, table

ZERO = Decimal("0.00")
INTRODUCTION = """\
World `fjord` is half a year of a general contractor in Ontario: {projects} projects, {vendors} vendors in Procore,
{commitments} commitments, {applications} pay applications, {primes} prime contracts and {invoices} owner invoices. Its
books are Canadian, in one currency. `tieout sandbox serve --world fjord` serves it; it stands in files that a person
can read, under `src/tieout/sandbox/worlds/fjord/`, laid out like those of [maple](maple.md).

It has no connector yet: the bookkeeper enters by hand what Procore approves, on the day of its billing, so that both
systems hold the whole half-year when the script has been played. The figures are the state at the end of each month.
They are derived from the files alone, by arithmetic that shares no code with the product or the stand-ins
(`tests/support/fjord_ledger.py`), and a test holds the sandbox against them."""
PARTICULARS = (
    ("Holdback", "10 % on every subcontract and on every owner invoice, as Ontario's Construction Act has it: payable "
                 "on account 2050, receivable on 1250. {releases} bills and an owner invoice of {released} "
                 "release it. Each bill rounds its own, so that a cent may stay held after the release."),
    ("HST", "13 %, on every line of an order, subcontract, owner invoice and direct purchase. It falls due on what is "
            "billed less the holdback, and on the holdback when it is released; both ways it stands on account 2310. "
            "Procore rounds it line by line, QuickBooks once for the document: one owner invoice differs by a cent."),
    ("Classes and locations", "are on in QuickBooks: each line of a project has its class, each document its location"),
    ("Budget codes", "have a third segment, `{segment}`: {parts}"),
    ("Direct costs and hours", "are written down in Procore; the purchases stand on the company card in QuickBooks"),
    ("Closed period", "the bookkeeper closes {closed} in {month}"))
LAST_WORDS = """\
Contract and committed hold the approved change orders. Holdback is what is still held, by the owner or from the
subcontractors; amounts are before HST."""


def parts() -> Sequence[str]:
    """The page below its title: markdown, with amounts to two decimals."""
    world = _World(FJORD)
    balances = trial_balances()
    return (INTRODUCTION.format(**world.counts()), world.particulars(),
            "## The projects at the end", world.by_project(), LAST_WORDS,
            "## The commitments at the end", world.by_commitment(),
            "## Month by month", _by_month(balances), "Balances of accounts, with HST where it belongs to them.",
            "## The trial balance at the end of each month", _trial_balances(balances),
            "Debits are positive. The books begin in January with the capital on account 3000.")


class _World:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.company = tomllib.loads((folder / "company.toml").read_text("utf-8"))
        self.commitments, self.primes = (_files(folder / name) for name in ("commitments", "prime_contracts"))
        self.acts = [act for script in _files(folder / "script") for act in script["acts"]]

    def counts(self) -> dict[str, object]:
        return {"projects": len(_rows(self.folder / "projects.csv")), "commitments": len(self.commitments),
                "vendors": sum(bool(row["procore_name"]) for row in _rows(self.folder / "vendors.csv")),
                "applications": sum(len(one["applications"]) for one in self.commitments), "primes": len(self.primes),
                "invoices": sum(len(one["applications"]) for one in self.primes)}

    def particulars(self) -> str:
        [closing] = [act for act in self.acts if act["do"] == "close_books"]
        [released] = [one["project"] for one in self.primes if _releases(one)]
        words = {"segment": self.company["segment"], "month": f"{closing['date']:%B}",
                 "released": released, "releases": sum(map(_releases, self.commitments)),
                 "closed": f"the books through {closing['through'].isoformat()}", "parts": ", ".join(
                     f"{row['code']} {row['name'].lower()}" for row in _rows(self.folder / "parts.csv"))}
        rows = (f"| {name} | {text.format(**words)} |" for name, text in PARTICULARS)
        return "\n".join(["| | |", "|---|---|", *rows])

    def approved(self, do: str, field: str) -> set[str]:
        return {key for act in self.acts if act["do"] == do for key in act[field]}

    def sums(self, contract: Mapping[str, Any], do: str, orders: str) -> tuple[Decimal, Decimal, Decimal]:
        """Value with approved change orders, billed before holdback, holdback still held."""
        signed, number = self.approved(orders, "change_orders"), contract["number"]
        added = [order for order in contract.get("change_orders", []) if f"{number}/CO{order['number']}" in signed]
        value = _total(contract["lines"], "amount") + sum((_total(one["lines"], "amount") for one in added), ZERO)
        done = [line for one in contract["applications"] if f"{number}/{one['number']}" in self.approved(
            do, "applications") for line in one["lines"]]
        return value, _total(done, "work"), _total(done, "held") - _total(done, "released")

    def by_project(self) -> str:
        costs: dict[str, Decimal] = defaultdict(lambda: ZERO)
        hours: dict[str, Decimal] = defaultdict(Decimal)
        for act in self.acts:
            if act["do"] == "direct_cost":
                costs[act["project"]] += _total(act["lines"], "amount")
            elif act["do"] == "timesheet":
                hours[act["project"]] += _total(act["entries"], "hours")
        rows = []
        for project in _rows(self.folder / "projects.csv"):
            number = project["number"]
            [prime] = [one for one in self.primes if one["project"] == number]
            subs = [self.sums(one, "approve", "approve_change_orders") for one in self.commitments
                    if one["project"] == number]
            figures = (*self.sums(prime, "approve_owner_invoices", "approve_prime_change_orders"),
                       *(sum(column, ZERO) for column in zip(*subs, strict=True)), costs[number])
            rows.append([f"{number} {project['name']}", project["class"], project["location"],
                         *(money(figure) for figure in figures), f"{hours[number]:,.1f}"])
        return table(["project", "class", "location", "contract", "billed to the owner", "holdback of the owner",
                      "committed", "billed by subcontractors", "holdback of subcontractors", "direct costs", "hours"],
                     rows, 3).rstrip()

    def by_commitment(self) -> str:
        rows = [[one["number"], one["vendor"], " ".join(sorted({line["part"] for line in one["lines"]})),
                 *(money(figure) for figure in self.sums(one, "approve", "approve_change_orders"))]
                for one in self.commitments]
        return table(["commitment", "vendor", "buildings", "committed", "billed", "holdback"], rows, 3).rstrip()


def _by_month(balances: Mapping[str, Mapping[str, Decimal]]) -> str:
    columns = (("accounts payable", "2000", -1), ("holdback payable", "2050", -1), ("accounts receivable", "1100", 1),
               ("holdback receivable", "1250", 1), ("HST owed", "2310", -1), ("checking", "1000", 1))
    rows = [[month, *(money(sign * found.get(account, ZERO)) for _, account, sign in columns)]
            for month, found in balances.items()]
    return table(["month", *(f"{name} ({account})" for name, account, _ in columns)], rows, 1).rstrip()


def _trial_balances(balances: Mapping[str, Mapping[str, Decimal]]) -> str:
    names = {row["number"]: row["name"] for row in _rows(FJORD / "chart_of_accounts.csv")}
    accounts = sorted({account for found in balances.values() for account in found})
    rows = [[f"{account} {names[account]}", *(money(found.get(account, ZERO)) for found in balances.values())]
            for account in accounts]
    return table(["account", *balances], rows, 1).rstrip()


def _releases(contract: Mapping[str, Any]) -> int:
    """How many of its applications release holdback."""
    return sum(any("released" in line for line in one["lines"]) for one in contract["applications"])


def _total(lines: Sequence[Mapping[str, Any]], field: str) -> Decimal:
    return sum((Decimal(line.get(field, 0)) for line in lines), ZERO)


def _files(folder: Path) -> list[dict[str, Any]]:
    return [tomllib.loads(path.read_text("utf-8")) for path in sorted(folder.glob("*.toml"))]


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))
