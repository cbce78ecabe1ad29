"""A practice world as a value: what stood before the year, and what people do in it. Read from a folder of files.

The files are meant to be read by people (TOML and CSV; amounts are text). `maple/` is the model of a folder;
`docs/reference/maple.md` describes it.
"""
from __future__ import annotations

import csv
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Literal, TypeVar, cast

Who = Literal["project manager", "bookkeeper"]


class WorldError(Exception):
    """A world that cannot be played; says which file or act, and what is wrong with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """`job` is the sub-customer that QuickBooks already has, or empty. What is older than `start` is not entered.

    class_name, location   what the bookkeeper puts on every line and document of the project; empty where not tracked
    """

    number: str
    name: str
    owner: str
    start: date
    job: str = ""
    city: str = ""
    class_name: str = ""
    location: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Vendor:
    """`name` in Procore and `books_name` in QuickBooks; empty where the company is not in that system."""

    name: str
    books_name: str
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class CostCode:
    code: str
    name: str
    types: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of a schedule of values or of a change order. Unit-priced lines have quantity, unit and unit_cost.

    part   the item of the company's own segment, such as a building; empty where it has none
    tax    the tax code in Procore
    """

    line: str
    code: str
    type: str
    description: str
    amount: str = ""
    quantity: str = ""
    unit: str = ""
    unit_cost: str = ""
    part: str = ""
    tax: str = ""

    @property
    def flat_code(self) -> str:
        return f"{self.code}.{self.type}.{self.part}" if self.part else f"{self.code}.{self.type}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeOrder:
    number: str
    title: str
    lines: tuple[Line, ...]
    markup_percent: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Billed:
    """One line of one application; what is left out stays as the application before left it.

    work, held          of this period, before retainage, and the retainage held on it
    quantity            of this period, instead of `work` on unit-priced lines
    released            retainage held earlier and payable now
    stored, stored_held materials presently stored and what is held on them: levels, not movements
    """

    line: str
    work: str = ""
    quantity: str = ""
    held: str = ""
    released: str = ""
    stored: str = ""
    stored_held: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """`period` is the billing month, "2026-01"; `invoice` the subcontractor's own number."""

    number: int
    invoice: str
    period: str
    billing_date: date
    lines: tuple[Billed, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Commitment:
    number: str
    project: str
    kind: Literal["subcontract", "purchase_order"]
    vendor: str
    title: str
    dated: date
    accounting: Literal["amount", "unit"]
    retainage_percent: str
    lines: tuple[Line, ...]
    moves_materials: bool = False
    change_orders: tuple[ChangeOrder, ...] = ()
    applications: tuple[Application, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PrimeContract:
    """What the owner of a project pays. Its applications are the owner invoices; `invoice` is our number of each."""

    number: str
    project: str
    title: str
    dated: date
    retainage_percent: str
    lines: tuple[Line, ...]
    change_orders: tuple[ChangeOrder, ...] = ()
    applications: tuple[Application, ...] = ()


Contract = TypeVar("Contract", Commitment, PrimeContract)


def contract_of(contracts: Mapping[str, Contract], number: str) -> Contract:
    if number not in contracts:
        raise WorldError(f"There is no contract {number} in this world.")
    return contracts[number]


def application_of(contracts: Mapping[str, Contract], key: str) -> tuple[Contract, Application]:
    """The contract and the application that "SC-17-04/1" or "PC-24-017/3" names."""
    number, _, running = key.partition("/")
    contract = contract_of(contracts, number)
    for application in contract.applications:
        if str(application.number) == running:
            return contract, application
    raise WorldError(f"There is no application {key} in this world.")


def change_order_of(contracts: Mapping[str, Contract], key: str) -> tuple[Contract, ChangeOrder]:
    """The contract and the change order that "SC-17-02/CO1" names."""
    number, _, running = key.partition("/CO")
    contract = contract_of(contracts, number)
    for order in contract.change_orders:
        if order.number == running:
            return contract, order
    raise WorldError(f"There is no change order {key} in this world.")


Does = Callable[[Mapping[str, Any], date], list[str]]
"""One kind of act: takes its own fields and its day, says in sentences what was done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One thing one person does on one day. `facts` are the act's own fields."""

    on: date
    who: Who
    do: str
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """company, cost_types and books are the tables of company.toml.

    tax_codes        of Procore: code, name, rate;  parts  items of the company's own segment: code, name, projects
    played_through   the steps up to this day have been played when the world is set up; None plays none
    """

    name: str
    company: Mapping[str, Any]
    cost_types: Mapping[str, Mapping[str, str]]
    books: Mapping[str, str]
    projects: tuple[Project, ...] = ()
    vendors: tuple[Vendor, ...] = ()
    customers: tuple[Mapping[str, str], ...] = ()
    accounts: tuple[Mapping[str, str], ...] = ()
    items: tuple[Mapping[str, str], ...] = ()
    employees: tuple[Mapping[str, str], ...] = ()
    classes: tuple[str, ...] = ()
    locations: tuple[str, ...] = ()
    tax_codes: tuple[Mapping[str, str], ...] = ()
    parts: tuple[Mapping[str, str], ...] = ()
    cost_codes: tuple[CostCode, ...] = ()
    commitments: tuple[Commitment, ...] = ()
    prime_contracts: tuple[PrimeContract, ...] = ()
    before: tuple[Act, ...] = ()
    script: tuple[Act, ...] = ()
    played_through: date | None = None

    @property
    def begins(self) -> date | None:
        """The first day of the script; None in a world in which nothing happens."""
        return cast("date | None", self.company.get("begins"))


def month_end(day: date) -> date:
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def step_of(day: date) -> date:
    """A month has two steps, named by their last day: the 15th and the end of the month."""
    return day.replace(day=15) if day.day <= 15 else month_end(day)


def read(folder: Path) -> Scenario:
    """The world that stands in a folder."""
    if not (folder / "company.toml").is_file():
        raise WorldError(f"{folder} is no world: it has no company.toml.")
    company = toml(folder / "company.toml")
    return Scenario(
        name=folder.name, company={k: v for k, v in company.items() if k not in ("cost_types", "books")},
        cost_types=company.get("cost_types", {}), books=company.get("books", {}),
        projects=tuple(_project(row) for row in table(folder / "projects.csv")),
        vendors=tuple(_vendor(row) for row in table(folder / "vendors.csv")),
        customers=tuple(table(folder / "customers.csv")), accounts=tuple(table(folder / "chart_of_accounts.csv")),
        items=tuple(table(folder / "items.csv")), employees=tuple(table(folder / "employees.csv")),
        classes=tuple(row["name"] for row in table(folder / "classes.csv")),
        locations=tuple(row["name"] for row in table(folder / "locations.csv")),
        tax_codes=tuple(table(folder / "tax_codes.csv")), parts=tuple(table(folder / "parts.csv")),
        cost_codes=tuple(CostCode(code=row["code"], name=row["name"], types=tuple(row["cost_types"].split()))
                         for row in table(folder / "cost_codes.csv")),
        commitments=tuple(_commitment(path) for path in sorted((folder / "commitments").glob("*.toml"))),
        prime_contracts=tuple(_prime(path) for path in sorted((folder / "prime_contracts").glob("*.toml"))),
        before=acts(folder / "before.toml"),
        script=tuple(act for path in sorted((folder / "script").glob("*.toml")) for act in acts(path)))


def toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except tomllib.TOMLDecodeError as wrong:
        raise WorldError(f"{path}: {wrong}") from None


def table(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV file; a world may leave the file out."""
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def acts(path: Path) -> tuple[Act, ...]:
    """In the order of their dates; acts of one day in the order of the file."""
    if not path.is_file():
        return ()
    found = []
    for given in toml(path).get("acts", []):
        facts = dict(given)
        try:
            found.append(Act(on=facts.pop("date"), who=facts.pop("who"), do=facts.pop("do"), facts=facts))
        except KeyError as missing:
            raise WorldError(f"{path}: an act has no {missing}: {given}") from None
    return tuple(sorted(found, key=lambda act: act.on))


def _project(row: Mapping[str, str]) -> Project:
    return Project(number=row["number"], name=row["name"], owner=row["owner"], start=date.fromisoformat(row["start"]),
                   job=row.get("job_in_quickbooks", ""), city=row.get("city", ""), class_name=row.get("class", ""),
                   location=row.get("location", ""))


def _vendor(row: Mapping[str, str]) -> Vendor:
    facts = {k: v for k, v in row.items() if k not in ("procore_name", "quickbooks_name") and v}
    return Vendor(name=row["procore_name"], books_name=row["quickbooks_name"], facts=facts)


def _commitment(path: Path) -> Commitment:
    return Commitment(**_contract(path))


def _prime(path: Path) -> PrimeContract:
    return PrimeContract(**_contract(path))


def _contract(path: Path) -> dict[str, Any]:
    """The fields of a contract's file, with its lines, change orders and applications as values."""
    given = toml(path)
    try:
        return {
            **{k: v for k, v in given.items() if k not in ("lines", "change_orders", "applications")},
            "lines": _lines(given["lines"]),
            "change_orders": tuple(ChangeOrder(**{**order, "lines": _lines(order["lines"])})
                                   for order in given.get("change_orders", [])),
            "applications": tuple(Application(**{**one, "lines": tuple(Billed(**line) for line in one["lines"])})
                                  for one in given.get("applications", []))}
    except (KeyError, TypeError) as wrong:
        raise WorldError(f"{path}: {wrong}") from None


def _lines(given: Iterable[Mapping[str, str]]) -> tuple[Line, ...]:
    return tuple(Line(**line) for line in given)
