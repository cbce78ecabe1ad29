"""Writes a world into a folder in the format of maple, so that a generated one can be read, kept, and derived."""
from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

from tieout.sandbox.worlds.data import Act, Commitment, PrimeContract, Scenario


def write(world: Scenario, folder: Path) -> Path:
    (folder / "commitments").mkdir(parents=True)
    (folder / "prime_contracts").mkdir()
    (folder / "script").mkdir()
    tables = {"cost_types": dict(world.cost_types), "books": dict(world.books)}
    (folder / "company.toml").write_text("\n".join([
        *(f"{key} = {value(found)}" for key, found in world.company.items()),
        *(f"\n[{name}]\n" + "\n".join(f"{key} = {value(found)}" for key, found in table.items())
          for name, table in tables.items())]) + "\n")
    rows(folder / "projects.csv", [{"number": p.number, "name": p.name, "owner": p.owner, "job_in_quickbooks": p.job,
                                    "start": p.start.isoformat(), "city": p.city} for p in world.projects])
    rows(folder / "vendors.csv", [{"procore_name": v.name, "quickbooks_name": v.books_name} for v in world.vendors])
    rows(folder / "customers.csv", world.customers)
    rows(folder / "chart_of_accounts.csv", world.accounts)
    rows(folder / "cost_codes.csv", [{"code": c.code, "name": c.name, "cost_types": " ".join(c.types)}
                                     for c in world.cost_codes])
    rows(folder / "items.csv", world.items, "name", "income_account")
    rows(folder / "employees.csv", world.employees, "name", "number")
    for name, contracts in (("commitments", world.commitments), ("prime_contracts", world.prime_contracts)):
        for contract in contracts:
            (folder / name / f"{contract.number}.toml").write_text(of_contract(contract))
    acts(folder / "before.toml", world.before)
    for month in sorted({act.on.strftime("%Y-%m") for act in world.script}):
        acts(folder / "script" / f"{month}.toml", [a for a in world.script if a.on.strftime("%Y-%m") == month])
    return folder


def of_contract(contract: Commitment | PrimeContract) -> str:
    facts = asdict(contract)
    orders, applications = facts.pop("change_orders"), facts.pop("applications")
    parts = [fields(facts)]
    parts += ["\n[[change_orders]]\n" + fields(order) for order in orders]
    parts += ["\n[[applications]]\n" + fields(application) for application in applications]
    return "\n".join(parts) + "\n"


def acts(path: Path, found: Sequence[Act]) -> None:
    text = "\n".join("[[acts]]\n" + fields({"date": a.on, "who": a.who, "do": a.do, **a.facts}) for a in found)
    path.write_text((text or "acts = []") + "\n")


def fields(facts: Mapping[str, Any]) -> str:
    return "\n".join(f"{key} = {value(found)}" for key, found in facts.items() if found not in ("", ()))


def value(found: Any) -> str:
    if isinstance(found, bool):
        return str(found).lower()
    if isinstance(found, (int, date)):
        return str(found)
    if isinstance(found, Mapping):
        return "{ " + ", ".join(f"{key} = {value(one)}" for key, one in found.items() if one != "") + " }"
    if isinstance(found, (list, tuple)):
        return "[" + ", ".join(value(one) for one in found) + "]"
    return json.dumps(str(found))


def rows(path: Path, found: Iterable[Mapping[str, str]], *usual: str) -> None:
    """`usual` are the columns of a table that has no rows."""
    lines = list(found)
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, lines[0].keys() if lines else usual)
        writer.writeheader()
        writer.writerows(lines)
