"""A second opinion on the books of `fjord`: trial balances worked out from the world's files alone.

Plain arithmetic; nothing of `tieout` is imported. Tax is 13 % of what a document's taxed lines come to together, half
a cent up; on a bill it is claimed back, on an invoice it is owed, both on the same account. Tax falls due on what is
billed less the holdback, and on the holdback when it is released.
"""
from __future__ import annotations

import csv
import tomllib
from collections import Counter
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

FJORD = Path(__file__).resolve().parents[2] / "src/tieout/sandbox/worlds/fjord"
ZERO, RATE = Decimal("0.00"), Decimal("0.13")


def trial_balances(folder: Path = FJORD) -> dict[str, dict[str, Decimal]]:
    """Month -> account number -> balance at its end, debits positive, no zeros. The books begin within the year."""
    company = tomllib.loads((folder / "company.toml").read_text("utf-8"))
    books = company["books"]
    primes = {one["number"]: one for one in (tomllib.loads(path.read_text("utf-8"))
                                             for path in sorted((folder / "prime_contracts").glob("*.toml")))}
    with (folder / "items.csv").open(newline="") as file:
        items = {row["name"]: row["income_account"] for row in csv.DictReader(file)}
    balance: Counter[str] = Counter()
    open_bills: dict[str, list[list[Any]]] = {}
    due: dict[str, Decimal] = {}
    found = {}
    for path in sorted((folder / "script").glob("*.toml")):
        for act in tomllib.loads(path.read_text("utf-8"))["acts"]:
            if act["who"] == "bookkeeper":
                _post(act, balance, books, primes, items, open_bills, due)
        assert sum(balance.values()) == 0, path.name
        found[path.stem] = {account: amount for account, amount in sorted(balance.items()) if amount}
    return found


def _post(act: Mapping[str, Any], balance: Counter[str], books: Mapping[str, str], primes: Mapping[str, Any],
          items: Mapping[str, str], open_bills: dict[str, list[list[Any]]], due: dict[str, Decimal]) -> None:
    match act["do"]:
        case "bill" | "check" | "card":
            total = tax(sum((Decimal(line["amount"]) for line in act["lines"] if "tax" in line), ZERO))
            balance[books["tax_payable"]] += total
            for line in act["lines"]:
                balance[line["account"]] += Decimal(line["amount"])
                total += Decimal(line["amount"])
            balance[{"bill": books["payable"], "check": books["checking"], "card": books["card"]}[act["do"]]] -= total
            if act["do"] == "bill":
                open_bills.setdefault(act["vendor"], []).append([act["date"], total])
        case "pay":
            paid = [bill for bill in open_bills[act["vendor"]] if bill[0] <= act["through"]]
            open_bills[act["vendor"]] = [bill for bill in open_bills[act["vendor"]] if bill not in paid]
            amount = sum((bill[1] for bill in paid), ZERO)
            balance[books["payable"]] += amount
            balance[books["checking"]] -= amount
        case "journal":
            for line in act["lines"]:
                balance[line["account"]] += Decimal(line.get("debit", 0)) - Decimal(line.get("credit", 0))
        case "invoice":
            for key in act["applications"]:
                earned, held = earned_and_held(primes, key)
                owed = earned - held + tax(earned - held)
                due[key] = owed
                balance[items[books["billing_item"]]] -= earned
                balance[items[books["retainage_item"]]] += held
                balance[books["tax_payable"]] -= tax(earned - held)
                balance[books["receivable"]] += owed
        case "receive":
            balance[books["checking"]] += due[act["application"]]
            balance[books["receivable"]] -= due[act["application"]]
        case "close_books":
            pass
        case other:
            raise ValueError(other)


def earned_and_held(primes: Mapping[str, Any], key: str) -> tuple[Decimal, Decimal]:
    number, running = key.split("/")
    [application] = [one for one in primes[number]["applications"] if str(one["number"]) == running]
    lines = application["lines"]
    return (sum((Decimal(line.get("work", 0)) for line in lines), ZERO),
            sum((Decimal(line.get("held", 0)) - Decimal(line.get("released", 0)) for line in lines), ZERO))


def tax(net: Decimal) -> Decimal:
    return (net * RATE).quantize(Decimal("0.01"), ROUND_HALF_UP)
