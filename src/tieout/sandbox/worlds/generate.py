"""Worlds of any size, by chance and seed: the same spec is the same world, to the cent.

    generate:projects=20,months=12,seed=7
    generate:projects=100,months=36,seed=7,by_hand=1,direct_costs=8,played=36

`by_hand=1` is an office without a connector: the bookkeeper enters every approved invoice herself, so that QuickBooks
is full as well. So many `direct_costs` a month on each project are written down in Procore, and paid by hand there.
`played` months have been played when the sandbox starts.

Every subcontractor and supplier bills month by month, is paid in the month after, and has its retainage released at
the end; there are change orders, stored materials and unit prices among it, and nothing that asks a person.
"""
from __future__ import annotations

import random
from calendar import monthrange
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any, Literal

from tieout.sandbox.worlds.data import (
    Act,
    Application,
    Billed,
    ChangeOrder,
    Commitment,
    CostCode,
    Line,
    PrimeContract,
    Project,
    Scenario,
    Vendor,
    Who,
    WorldError,
    month_end,
    read,
)

LARGEST = {"projects": 500, "months": 60, "direct_costs": 50, "played": 60, "by_hand": 1}
USUAL = {"projects": 5, "months": 12, "direct_costs": 0, "played": 0, "by_hand": 0}
OWNER_RETAINAGE = 5             # percent
FIRST_YEAR = 2026
ZERO = Decimal("0.00")
FAMILIES = ("Abernathy", "Bjornstad", "Castellano", "Dufresne", "Eastwick", "Fitzgerald", "Guadalupe", "Hawthorne",
            "Ingersoll", "Jablonski", "Kowalczyk", "Lindqvist", "Montrose", "Nakamura", "Oberlin", "Petrakis",
            "Quigley", "Rosenthal", "Szymanski", "Thibodeaux", "Underhill", "Vanderbilt", "Whitcomb", "Xanthos",
            "Yarborough", "Zimmerman")
# Trade, the codes it bills on, and whether it is a supplier with an order and without retainage.
TRADES: tuple[tuple[str, tuple[str, ...], bool], ...] = (
    ("Concrete", ("03-300.S", "03-350.S"), False), ("Masonry", ("04-200.S",), False),
    ("Steel", ("05-120.S", "05-310.S", "05-500.S"), False), ("Lumber", ("06-100.M", "06-160.M", "06-170.M"), True),
    ("Roofing", ("07-300.S", "07-500.S", "07-600.S"), False), ("Glass", ("08-400.S", "08-800.S"), False),
    ("Hardware", ("08-100.M", "08-700.M"), True), ("Drywall", ("09-250.S",), False),
    ("Painting", ("09-900.S",), False), ("Plumbing", ("22-100.S", "22-400.S"), False),
    ("Mechanical", ("23-050.S", "23-300.S", "23-700.S"), False),
    ("Electric", ("26-050.S", "26-240.S", "26-500.S"), False),
    ("Excavating", ("31-200.S", "31-500.S", "33-400.S"), False))
BUILDINGS = ("Clinic", "School", "Warehouse", "Library", "Fire Station", "Apartments", "Laboratory", "Hotel", "Garage",
             "Office Building", "Church", "Theater")
STREETS = ("Oak", "Harbor", "Juniper", "Foundry", "Lake", "Station", "Mill", "Orchard", "Prospect", "Canal", "Chestnut",
           "Summit")


def generated(spec: str, *, seed: int = 0) -> Scenario:
    """The world of a spec; a seed in it goes before the sandbox's own."""
    asked = _settings(spec, seed)
    chance = random.Random(asked["seed"])
    model = read(Path(__file__).parent / "maple")
    town = _Town(chance, asked["projects"], asked["months"], bool(asked["by_hand"]), asked["direct_costs"])
    town.accounts = {kind: facts["account"] for kind, facts in model.cost_types.items()}
    town.retainage = model.books["retainage_payable"]
    town.build()
    company = {**model.company, "name": "Generated Builders", "legal_name": "Generated Builders Inc."}
    return Scenario(
        name=spec, company=company, played_through=_day(asked["played"] - 1, 31) if asked["played"] else None,
        cost_types=model.cost_types, books=model.books, projects=tuple(town.projects), vendors=tuple(town.vendors),
        customers=tuple(town.owners), accounts=model.accounts,
        items=tuple(item for item in model.items if item["name"] in model.books.values()),
        prime_contracts=tuple(town.primes), cost_codes=tuple(_used(model.cost_codes, town.commitments)),
        commitments=tuple(town.commitments),
        script=tuple(sorted(town.acts, key=lambda act: act.on)))


def _settings(spec: str, seed: int) -> dict[str, int]:
    found = {**USUAL, "seed": seed}
    for part in filter(None, spec.partition(":")[2].split(",")):
        name, _, text = part.partition("=")
        if name not in found:
            raise WorldError(f"“{name}” is not a setting of a generated world; known are {', '.join(found)}.")
        if not (text.isascii() and text.isdecimal()):
            raise WorldError(f"{name} must be a whole number, not “{text}”.")
        found[name] = int(text)
        least = min(1, USUAL.get(name, 0))
        if name in LARGEST and not least <= found[name] <= LARGEST[name]:
            raise WorldError(f"{name} must be between {least} and {LARGEST[name]}.")
    return found


def _used(codes: Sequence[CostCode], commitments: Sequence[Commitment]) -> Iterator[CostCode]:
    """Only the codes that are billed on, so that large worlds do not carry budgets that nobody looks at."""
    used = {line.flat_code for one in commitments for line in _all_lines(one)}
    for code in codes:
        types = tuple(kind for kind in code.types if f"{code.code}.{kind}" in used)
        if types or code.code == "01-990":
            yield CostCode(code=code.code, name=code.name, types=types or code.types)


def _all_lines(one: Commitment) -> Iterator[Line]:
    yield from one.lines
    for order in one.change_orders:
        yield from order.lines


@dataclass
class _Level:
    """What is still to do on one line, and what is held and stored on it."""

    left: Decimal
    held: Decimal = ZERO
    stored: Decimal = ZERO
    stored_held: Decimal = ZERO


@dataclass
class _Town:
    chance: random.Random
    size: int
    months: int
    by_hand: bool
    direct_costs: int
    accounts: dict[str, str] = field(default_factory=dict)
    retainage: str = ""
    projects: list[Project] = field(default_factory=list)
    vendors: list[Vendor] = field(default_factory=list)
    owners: list[dict[str, str]] = field(default_factory=list)
    commitments: list[Commitment] = field(default_factory=list)
    primes: list[PrimeContract] = field(default_factory=list)
    acts: list[Act] = field(default_factory=list)
    due: dict[date, set[str]] = field(default_factory=lambda: defaultdict(set))
    earned: dict[tuple[int, str], Decimal] = field(default_factory=lambda: defaultdict(lambda: ZERO))
    checks: int = 10000

    def build(self) -> None:
        self._people()
        for number, project in enumerate(self.projects):
            for running in range(1, 4 + self.months // 2):
                self._commitment(number, project, running)
        self._runs()
        for project in self.projects:
            self._owner(project)
            self._direct_costs(project)
        self._overhead()

    def _people(self) -> None:
        trades = [name for name, _, _ in TRADES]
        for number in range(max(13, min(len(FAMILIES) * len(trades), 6 + 2 * self.size))):
            name = f"{FAMILIES[number % len(FAMILIES)]} {trades[number % len(trades)]}"
            if number >= len(FAMILIES) and any(vendor.name == name for vendor in self.vendors):
                name = f"{FAMILIES[number % len(FAMILIES)]} {trades[(number + number // len(FAMILIES)) % len(trades)]}"
            if all(vendor.name != name for vendor in self.vendors):
                known = self.chance.random() < 0.5 or self.by_hand
                self.vendors.append(Vendor(name=name, books_name=name if known else ""))
        self.vendors.append(Vendor(name="", books_name="Birch Street Properties"))
        for number in range(1 + self.size // 4):
            self.owners.append({"name": f"{STREETS[number % len(STREETS)]} Holdings {number + 1}"})
        for number in range(self.size):
            name = f"{self.chance.choice(STREETS)} Street {self.chance.choice(BUILDINGS)} {number + 1}"
            code = f"26-{number + 1:03d}"
            self.projects.append(Project(number=code, name=name, owner=self.owners[number % len(self.owners)]["name"],
                                         job=f"{code} {name}" if self.by_hand else "", start=_day(0, 1)))

    def _act(self, on: date, who: Who, do: str, **facts: Any) -> None:
        self.acts.append(Act(on=on, who=who, do=do, facts=facts))

    # One commitment and what it bills

    def _commitment(self, number: int, project: Project, running: int) -> None:
        subs = [vendor for vendor in self.vendors if vendor.name]
        vendor = subs[(number * 7 + running * 3 + self.chance.randrange(len(subs))) % len(subs)]
        codes, is_order = next((c, o) for trade, c, o in TRADES if vendor.name.endswith(trade))
        begins = self.chance.randrange(self.months)
        key = f"{'PO' if is_order else 'SC'}-{number + 1:03d}-{running:02d}"
        lines = self._lines(codes, unit_priced=is_order and self.chance.random() < 0.7)
        unit = bool(lines[0].unit_cost)
        bills = min(self.months - begins, self.chance.randint(3, 7))
        order = self._change_order(codes[-1]) if bills > 2 and not unit and self.chance.random() < 0.4 else None
        rate = Decimal(0) if is_order else Decimal(self.chance.choice((5, 10)))
        applications = self._unit_bills(key, lines, begins, bills) if unit else \
            self._bills(key, lines, order, rate, begins, bills)
        kind: Literal["subcontract", "purchase_order"] = "purchase_order" if is_order else "subcontract"
        self.commitments.append(Commitment(
            number=key, project=project.number, kind=kind, vendor=vendor.name, title=f"{vendor.name.split()[-1]} works",
            dated=_day(begins, 3), accounting="unit" if unit else "amount", retainage_percent=str(rate),
            lines=tuple(lines), change_orders=(order,) if order else (), applications=tuple(applications)))
        self._script(self.commitments[-1], begins)

    def _lines(self, codes: Sequence[str], *, unit_priced: bool) -> list[Line]:
        made = []
        for running in range(1, self.chance.randint(1, 4) + 1):
            code, kind = codes[(running - 1) % len(codes)].split(".")
            facts: dict[str, str] = {"amount": str(self._cents(600_000, 9_000_000))}
            if unit_priced:
                facts = {"quantity": str(self.chance.randint(40, 900)), "unit": "ea",
                         "unit_cost": str(self._cents(800, 60_000))}
            made.append(Line(line=str(running), code=code, type=kind, description=f"Part {running}", **facts))
        return made

    def _cents(self, least: int, most: int) -> Decimal:
        return Decimal(self.chance.randint(least, most)).scaleb(-2)

    def _change_order(self, flat_code: str) -> ChangeOrder:
        code, kind = flat_code.split(".")
        amount = str(self._cents(80_000, 900_000))
        line = Line(line="CO1.1", code=code, type=kind, description="Extra work", amount=amount)
        return ChangeOrder(number="1", title="Extra work", lines=(line,))

    def _bills(self, key: str, lines: Sequence[Line], order: ChangeOrder | None, rate: Decimal, begins: int,
               bills: int) -> list[Application]:
        levels = {line.line: _Level(Decimal(line.amount)) for line in lines}
        releases = rate and bills > 2 and begins + bills < self.months and self.chance.random() < 0.7
        made = []
        for running in range(bills):
            if order is not None and running == bills - 1:
                levels["CO1.1"] = _Level(Decimal(order.lines[0].amount))
            billed = [self._bill(name, level, rate, bills - running) for name, level in levels.items()]
            made.append(self._application(key, begins + running, running + 1, [b for b in billed if b is not None]))
        if releases:
            freed = [Billed(line=name, released=str(level.held)) for name, level in levels.items() if level.held]
            made.append(self._application(key, begins + bills, bills + 1, freed))
        return made

    def _bill(self, name: str, level: _Level, rate: Decimal, still: int) -> Billed | None:
        """A share of what is left; the last bill takes the rest. Some of it may be stored first and installed next."""
        work = level.left if still == 1 else _cents(level.left * self.chance.randint(60, 140) / (100 * still))
        level.left -= work
        installed, before = level.stored, level.stored
        level.stored = level.stored_held = ZERO
        if still > 1 and self.chance.random() < 0.1:
            level.stored = _cents(level.left / (2 * still))
            level.left -= level.stored
            level.stored_held = _cents(level.stored * rate / 100)
        work += installed
        held = _cents(work * rate / 100)
        level.held += held
        if not work and not before and not level.stored:
            return None
        stored = {"stored": str(level.stored), "stored_held": str(level.stored_held)} if before or level.stored else {}
        return Billed(line=name, work=str(work), held=str(held), **stored)

    def _unit_bills(self, key: str, lines: Sequence[Line], begins: int, bills: int) -> list[Application]:
        left = {line.line: int(line.quantity) for line in lines}
        made = []
        for running in range(bills):
            billed = []
            for name, quantity in left.items():
                share = quantity if running == bills - 1 else quantity // (bills - running)
                left[name] -= share
                if share:
                    billed.append(Billed(line=name, quantity=str(share)))
            made.append(self._application(key, begins + running, running + 1, billed))
        return made

    def _application(self, key: str, month: int, number: int, billed: Sequence[Billed]) -> Application:
        first = _day(month, 1)
        return Application(number=number, invoice=f"{key}-{number}", period=f"{first:%Y-%m}",
                           billing_date=month_end(first), lines=tuple(billed))

    # What people do with it

    def _script(self, one: Commitment, begins: int) -> None:
        self._act(one.dated, "project manager", "award", commitments=[one.number])
        for application in one.applications:
            key = f"{one.number}/{application.number}"
            month = begins + application.number - 1
            if any(line.line.startswith("CO") and not line.released for line in application.lines):
                orders = [f"{one.number}/CO1"]
                self._act(_day(month, 5), "project manager", "propose_change_orders", change_orders=orders)
                self._act(_day(month, 9), "project manager", "approve_change_orders", change_orders=orders)
            self._act(_day(month, 25), "project manager", "submit", applications=[key])
            self._act(_day(month, 28), "project manager", "approve", applications=[key])
            if self.by_hand:
                self._act(_day(month, 31), "bookkeeper", "bill", vendor=one.vendor, number=application.invoice,
                          lines=self._entered(one, application))
            self.due[_day(month + 1, 12)].add(one.vendor)
            self.earned[month, one.project] += sum((Decimal(line.work or 0) for line in application.lines), ZERO)

    def _entered(self, one: Commitment, application: Application) -> list[dict[str, str]]:
        """The lines of the bill: cost by account, and what is held or released on the retainage account."""
        lines = {line.line: line for line in _all_lines(one)}
        stored = {line.line: line for earlier in one.applications[:application.number - 1] for line in earlier.lines}
        cost: dict[str, Decimal] = defaultdict(lambda: ZERO)
        held = ZERO
        for billed in application.lines:
            line, before = lines[billed.line], stored.get(billed.line)
            work = Decimal(billed.work or 0) if not billed.quantity else \
                _cents(Decimal(billed.quantity) * Decimal(line.unit_cost))
            cost[self.accounts[line.type]] += work + Decimal(billed.stored or 0) - Decimal(
                (before.stored if before else "") or 0)
            held += Decimal(billed.held or 0) + Decimal(billed.stored_held or 0) - Decimal(
                (before.stored_held if before else "") or 0) - Decimal(billed.released or 0)
        found = [*sorted(cost.items()), (self.retainage, -held)]
        return [{"account": account, "amount": str(amount), "job": one.project} for account, amount in found if amount]

    def _runs(self) -> None:
        """Each vendor is paid in the month after all that it billed."""
        last = _day(self.months - 1, 28)
        for day in sorted(day for day in self.due if day <= last):
            for vendor in sorted(self.due[day]):
                self.checks += 1
                through = date.fromordinal(day.replace(day=1).toordinal() - 1)
                self._act(day, "bookkeeper", "pay", vendor=vendor, through=through, check=str(self.checks))

    def _overhead(self) -> None:
        self._act(_day(0, 2), "bookkeeper", "journal", number="OPEN", memo="Paid in by the owners", lines=[
            {"debit": str(200_000 * self.size) + ".00", "account": "1000"},
            {"credit": str(200_000 * self.size) + ".00", "account": "3000"}])
        for month in range(self.months):
            rent = [{"account": "6100", "amount": "4200.00"}]
            self._act(_day(month, 3), "bookkeeper", "check", payee="Birch Street Properties",
                      number=str(90001 + month), lines=rent)

    def _owner(self, project: Project) -> None:
        """The owner pays the cost of each month and a quarter more, less retainage, in the month after."""
        codes = sorted({line.flat_code for one in self.commitments if one.project == project.number
                        for line in one.lines})[:3]
        key = f"PC-{project.number}"
        applications: list[Application] = []
        sums = [ZERO] * len(codes)
        for month in range(self.months):
            earned = _cents(self.earned.get((month, project.number), ZERO) * 5 / 4)
            if not earned:
                continue
            shares = [_cents(earned / len(codes))] * (len(codes) - 1)
            shares.append(earned - sum(shares, ZERO))
            sums = [before + share for before, share in zip(sums, shares, strict=True)]
            lines = tuple(Billed(line=str(n), work=str(share), held=str(_cents(share * OWNER_RETAINAGE / 100)))
                          for n, share in enumerate(shares, 1) if share)
            first, number = _day(month, 1), len(applications) + 1
            applications.append(Application(number=number, invoice=f"{project.number}-{number:02d}",
                                            period=f"{first:%Y-%m}", billing_date=month_end(first), lines=lines))
            self._bill_owner(f"{key}/{number}", month, lines)
        if applications:
            self._act(_day(0, 2), "project manager", "sign_prime_contracts", contracts=[key])
            self.primes.append(PrimeContract(
                number=key, project=project.number, title=project.name, dated=_day(0, 2),
                retainage_percent=str(OWNER_RETAINAGE), applications=tuple(applications), lines=tuple(
                    Line(line=str(n), code=code.split(".")[0], type=code.split(".")[1], description=f"Part {n}",
                         amount=str(amount)) for n, (code, amount) in enumerate(zip(codes, sums, strict=True), 1))))

    def _bill_owner(self, key: str, month: int, lines: Sequence[Billed]) -> None:
        self._act(_day(month, 29), "project manager", "bill_owner", applications=[key])
        self._act(_day(month, 31), "project manager", "approve_owner_invoices", applications=[key])
        self._act(_day(month, 31), "bookkeeper", "invoice", applications=[key])
        if month + 1 < self.months:
            due = str(sum((Decimal(line.work) - Decimal(line.held) for line in lines), ZERO))
            check = f"O{key[3:]}-{key.partition('/')[2]}".replace("/", "")
            self._act(_day(month + 1, 20), "bookkeeper", "receive", application=key, check=check)
            self._act(_day(month + 1, 20), "project manager", "record_receipt", application=key, amount=due,
                      check=check)

    def _direct_costs(self, project: Project) -> None:
        """Small purchases, written down in Procore and paid by card in QuickBooks, once that has the job."""
        codes = sorted({line.flat_code for one in self.commitments if one.project == project.number
                        for line in one.lines})
        for month in range(self.months):
            for _ in range(self.direct_costs):
                on, code = _day(month, self.chance.randint(4, 27)), self.chance.choice(codes)
                payee, amount = self.chance.choice(self.vendors[:-1]).name, str(self._cents(1_500, 90_000))
                self._act(on, "project manager", "direct_cost", project=project.number, kind="expense", vendor=payee,
                          lines=[{"code": code, "amount": amount}])
                if self.by_hand:
                    self._act(on, "bookkeeper", "card", payee=payee, lines=[
                        {"account": self.accounts[code.split(".")[1]], "amount": amount, "job": project.number}])


def _day(month: int, day: int) -> date:
    """`month` counts from the first one of the world, from 0; a day beyond the month's end is its last."""
    year, month = FIRST_YEAR + month // 12, month % 12 + 1
    return date(year, month, min(day, monthrange(year, month)[1]))


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"), ROUND_HALF_UP)
