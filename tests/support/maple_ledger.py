"""A second opinion on the practice world: what its books and its tie-out must be, from its files alone.

Plain arithmetic on the TOML and CSV files of a world folder. Nothing of `tieout` is imported: neither the product's
rules nor the stand-ins' computations can make this agree with them.

`expected()` returns, amounts as Decimal with two places:

    {"months": {"2026-01": {
        "accounts_payable": Decimal,                       open A/P, unapplied payments and credits taken off
        "trial_balance": {"1000": Decimal, ...},           debit positive; result of earlier years in 3900; no zeros
        "retention_payable": {(project, vendor): Decimal}, credit positive; project "" where the line names none
        "job_cost": {(project, vendor, code): Decimal},    code "03-300.S", or an account number on lines by account
        "tie_out": {figure: {"procore", "quickbooks", "difference", "classes": {class: Decimal},
                             "rows": {(project, vendor): {the same without rows}}}},
        "owner_side": {project: {"contract", "billed", "retainage", "received", "open": Decimal}},
        "direct_costs": {project: Decimal},                approved ones, as Procore has them
        "hours": {project: Decimal},                       on timecards in Procore
        "posted": {"bill": n, "vendor_credit": n, "nothing": n, "purchase_order": n, "payment": n}}},
     "documents": {"SC-17-01/3": {"kind", "number", "date", "project", "vendor", "total", "step",
                                  "lines": [(code or account, amount), ...]}},   a credit's signs are turned
     "settled": ["SC-17-05/2"],                            approved, and nothing to post
     "problems": [{"kind", "document", "amount"}],         nobody answers them; amount is gross (releases: the release)
     "acts_without_effect": [...]}

Figures: committed, billed, retained, paid, open (payable side); direct_cost, job_cost (billed and direct) and unapplied
(prepayments) beside it. Rows name "" for the project where a line names none, for the vendor where it is a journal's.
difference = procore - quickbooks, and the classes add up to it. Months are the state after the synchronisation that
follows the month's last act.

The product is taken to behave so: start 2026-01-01 on every project; an order for every approved commitment, whatever
its date, with each approved change order, its markup on the markup code; line by line G now less G before and line 5
now less line 5 before; bills dated by the billing date; approved and approved as noted post; a document whose date is
closed, whose number the vendor already has in QuickBooks, or that releases more than QuickBooks holds, stays a problem.
"""
from __future__ import annotations

import argparse
import csv
import sys
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
MAPLE = ROOT / "src/tieout/sandbox/worlds/maple"
PAGE = ROOT / "docs/reference/maple.md"
ZERO = Decimal("0.00")
COMMITTED = {"Approved", "Complete", "Terminated", "Closed", "Received", "Partially Received"}
FIGURES = ("committed", "billed", "retained", "paid", "open", "direct_cost", "job_cost", "unapplied")
BEFORE_START, BY_HAND = "excluded by rule", "only in QuickBooks"     # the rule is the start of the project
Key = tuple[str, str]


def cents(value: object) -> Decimal:
    return Decimal(str(value)).quantize(Decimal("0.01"), ROUND_HALF_UP)


@dataclass
class Entry:
    """One document in QuickBooks. lines: (account, debit, project, code, vendor); balance: what is still open on it."""

    kind: str
    vendor: str
    number: str
    dated: date
    lines: list[tuple[str, Decimal, str, str, str]]
    balance: Decimal = ZERO
    application: str = ""
    step: str = ""
    paid: list[tuple[Entry, Decimal]] = field(default_factory=list)
    credited: list[tuple[Entry, Decimal]] = field(default_factory=list)
    unapplied: Decimal = ZERO

    @property
    def project(self) -> str:
        return next((project for _, _, project, _, _ in self.lines if project), "")

    @property
    def by_product(self) -> bool:
        return bool(self.application)


class Town:
    """Both offices, kept by hand: the script is read act by act, and the synchronisation is done between the steps."""

    def __init__(self, folder: Path) -> None:
        self.company = tomllib.loads((folder / "company.toml").read_text())
        self.projects = {row["number"]: row for row in rows(folder / "projects.csv")}
        self.names = {row["quickbooks_name"]: row["procore_name"] for row in rows(folder / "vendors.csv")
                      if row["quickbooks_name"] and row["procore_name"]}
        self.in_books = {row["procore_name"] or row["quickbooks_name"] for row in rows(folder / "vendors.csv")
                         if row["quickbooks_name"]}
        self.jobs = {number for number, row in self.projects.items() if row["job_in_quickbooks"]}
        self.commitments = {c["number"]: c for c in
                            (tomllib.loads(p.read_text()) for p in sorted((folder / "commitments").glob("*.toml")))}
        self.primes = {c["number"]: c for c in
                       (tomllib.loads(p.read_text()) for p in sorted((folder / "prime_contracts").glob("*.toml")))}
        self.account_of_type = {k: v["account"] for k, v in self.company["cost_types"].items()}
        chart = {row["number"]: row["type"] for row in rows(folder / "chart_of_accounts.csv")}
        self.costs = {n for n, kind in chart.items() if kind in ("Cost of Goods Sold", "Expense", "Other Expense")}
        self.results = self.costs | {n for n, kind in chart.items() if kind == "Income"}
        books = self.company["books"]
        self.payable, self.checking, self.card = books["payable"], books["checking"], books["card"]
        self.retainage, self.earnings = books["retainage_payable"], books["retained_earnings"]
        items = {row["name"]: row["income_account"] for row in rows(folder / "items.csv")}
        self.receivable = books["receivable"]
        self.undeposited = next((row["number"] for row in rows(folder / "chart_of_accounts.csv")
                                 if row["subtype"] == "UndepositedFunds"), "")
        self.income = items.get(books.get("billing_item", ""), "")
        self.retainage_receivable = items.get(books.get("retainage_item", ""), "")
        self.begins: date = self.company["begins"]
        self.closed_through = date(1970, 1, 1)
        self.status: dict[str, str] = {}
        self.application_status: dict[str, str] = {}
        self.change_order_status: dict[str, str] = {}
        self.entries: list[Entry] = []
        self.held: dict[str, tuple[str, Decimal]] = {}
        self.settled: list[str] = []
        self.signed: dict[str, Decimal] = {}
        self.owner_status: dict[str, str] = {}
        self.invoices: dict[str, Entry] = {}
        self.received_in_procore: dict[str, Decimal] = defaultdict(lambda: ZERO)
        self.direct_costs: dict[str, Decimal] = defaultdict(lambda: ZERO)
        self.hours: dict[str, Decimal] = defaultdict(Decimal)
        self.by_hand: list[tuple[str, Decimal]] = []
        self.without_effect: list[str] = []
        self.movements = {f"{c['number']}/{a['number']}": m for c in self.commitments.values()
                          for a, m in zip(c["applications"], movements(c), strict=True)}
        self.applications = {f"{c['number']}/{a['number']}": a for c in self.commitments.values()
                             for a in c["applications"]}

    # What the project managers do.

    def pm(self, act: Mapping[str, Any]) -> None:
        match act["do"]:
            case "award":
                self.status |= dict.fromkeys(act["commitments"], "Approved")
            case "set_status":
                self.status |= dict.fromkeys(act["commitments"], act["status"])
            case "draft" | "submit" | "approve" | "approve_as_noted" | "set_back":
                self.application_status |= dict.fromkeys(act["applications"], act["do"])
            case "propose_change_orders" | "approve_change_orders" | "reject_change_orders":
                self.change_order_status |= dict.fromkeys(act["change_orders"], act["do"].split("_")[0])
            case "record_payment":
                self.by_hand.append((act["application"], cents(act["amount"])))
            case "sign_prime_contracts":
                self.signed |= dict.fromkeys(act["contracts"], ZERO)
            case "approve_prime_change_orders":
                for key in act["change_orders"]:
                    number, running = key.split("/CO")
                    [order] = [o for o in self.primes[number]["change_orders"] if o["number"] == running]
                    self.signed[number] += sum(order_amounts(order), ZERO)
            case "bill_owner" | "approve_owner_invoices":
                self.owner_status |= dict.fromkeys(act["applications"], act["do"])
            case "record_receipt":
                self.received_in_procore[act["application"]] += cents(act["amount"])
            case "timesheet":
                self.hours[act["project"]] += sum((Decimal(x["hours"]) for x in act["entries"]), Decimal(0))
            case "approve_timesheets":
                pass
            case "direct_cost":
                if act.get("status", "approved") == "approved":
                    self.direct_costs[act["project"]] += sum((cents(x["amount"]) for x in act["lines"]), ZERO)
            case other:
                raise ValueError(other)

    # What the bookkeeper does.

    def bookkeeper(self, act: Mapping[str, Any], step: str) -> None:
        match act["do"]:
            case "close_books":
                self.closed_through = act["through"]
            case "check" | "card":
                account = self.checking if act["do"] == "check" else self.card
                lines = self.typed(act["lines"], act["payee"])
                total = sum((line[1] for line in lines), ZERO)
                self.enter(act["do"], act["payee"], act, [*lines, (account, -total, "", "", "")], step)
            case "bill":
                lines = self.typed(act["lines"], act["vendor"])
                if act["vendor"] not in self.in_books or any(x.get("job", "") not in {"", *self.jobs}
                                                             for x in act["lines"]):
                    self.without_effect.append(f"{act['date']} bill {act['number']}")
                    return
                total = sum((line[1] for line in lines), ZERO)
                bill = self.enter("bill", act["vendor"], act, [*lines, (self.payable, -total, "", "", "")], step)
                bill.balance = total
            case "journal":
                self.enter("journal", "", act, [
                    (x["account"], cents(x.get("debit", 0)) - cents(x.get("credit", 0)), x.get("job", ""),
                     x["account"], x.get("vendor", "")) for x in act["lines"]], step)
            case "pay":
                self.pay(act, step)
            case "void_payment" | "delete_payment":
                self.undo(act)
            case "invoice":
                for key in act["applications"]:
                    self.invoice(key, step)
            case "receive":
                self.receive(act, step)
            case "deposit":
                self.deposit(act, step)
            case "note_on_bill":
                assert self.bills(act["vendor"], [act["bill"]]), act
            case other:
                raise ValueError(other)

    # The owners.

    def owner_application(self, key: str) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
        number, running = key.split("/")
        [application] = [a for a in self.primes[number]["applications"] if str(a["number"]) == running]
        return self.primes[number], application

    def invoice(self, key: str, step: str) -> None:
        """What was earned is income; what the owner holds back, or lets go, is on the retainage receivable account."""
        prime, application = self.owner_application(key)
        earned, held = self.earned_and_held(key)
        owner = self.projects[prime["project"]]["owner"]
        lines = [(self.income, -earned, "", "", ""), (self.retainage_receivable, held, "", "", ""),
                 (self.receivable, earned - held, "", "", owner)]
        entry = Entry("invoice", owner, application["invoice"], application["billing_date"], lines, earned - held,
                      step=step)
        self.entries.append(entry)
        self.invoices[key] = entry

    def earned_and_held(self, key: str) -> tuple[Decimal, Decimal]:
        prime, application = self.owner_application(key)
        stored = {line["line"]: cents(line["stored"]) for one in prime["applications"]
                  if one["number"] < application["number"] for line in one["lines"] if "stored" in line}
        lines = application["lines"]
        earned = sum((cents(x.get("work", 0)) + cents(x.get("stored", 0)) - stored.get(x["line"], ZERO)
                      for x in lines), ZERO)
        return earned, sum((cents(x.get("held", 0)) - cents(x.get("released", 0)) for x in lines), ZERO)

    def receive(self, act: Mapping[str, Any], step: str) -> None:
        found = self.invoices[act["application"]]
        amount = cents(act.get("amount", found.balance))
        assert ZERO < amount <= found.balance, act
        found.balance -= amount
        into = self.undeposited if act.get("undeposited") else self.checking
        self.enter("receipt", found.vendor, act, [(into, amount, "", "", ""),
                                                  (self.receivable, -amount, "", "", found.vendor)], step)

    def deposit(self, act: Mapping[str, Any], step: str) -> None:
        amount = sum((line[1] for e in self.entries if e.kind == "receipt" and e.number in act["checks"]
                      for line in e.lines if line[0] == self.undeposited), ZERO)
        self.enter("deposit", "", act, [(self.checking, amount, "", "", ""),
                                        (self.undeposited, -amount, "", "", "")], step)

    def owner_side(self) -> dict[str, Any]:
        """Per project, to the cent in both systems: contract, billed before retainage, retainage, received, open."""
        found = {}
        for number, prime in self.primes.items():
            billed = [key for key in self.invoices if key.startswith(number + "/")]
            amounts = [self.earned_and_held(key) for key in billed]
            earned, held = (sum((a[n] for a in amounts), ZERO) for n in (0, 1))
            contract = sum((line_amount(line) for line in prime["lines"]), ZERO) + self.signed.get(number, ZERO)
            received = sum((self.received_in_procore[key] for key in billed), ZERO)
            still = sum((self.invoices[key].balance for key in billed), ZERO)
            assert earned - held - received == still, number
            found[prime["project"]] = {"contract": contract, "billed": earned, "retainage": held,
                                       "received": received, "open": still}
        return found

    def enter(self, kind: str, vendor: str, act: Mapping[str, Any],
              lines: list[tuple[str, Decimal, str, str, str]], step: str) -> Entry:
        assert sum(line[1] for line in lines) == 0, act
        number = str(act.get("number", act.get("check", "")))
        self.entries.append(Entry(kind, vendor, number, act["date"], lines, step=step))
        return self.entries[-1]

    def typed(self, lines: Iterable[Mapping[str, Any]], vendor: str) -> list[tuple[str, Decimal, str, str, str]]:
        return [(x["account"], cents(x["amount"]), x.get("job", ""), x["account"], vendor) for x in lines]

    def bills(self, vendor: str, numbers: list[str] | None = None) -> list[Entry]:
        return sorted((e for e in self.entries if e.kind == "bill" and e.vendor == vendor
                       and (numbers is None or e.number in numbers)), key=lambda e: (e.dated, e.number))

    def pay(self, act: Mapping[str, Any], step: str) -> None:
        found = [b for b in self.bills(act["vendor"], act.get("bills"))
                 if b.balance and (act.get("bills") or b.dated <= act["through"])]
        if not found:
            self.without_effect.append(f"{act['date']} pay {act['vendor']}")
            return
        assert all(b.step < step for b in found if b.by_product), f"{act}: pays what came in the same step"
        left = cents(act["amount"]) if "amount" in act else sum((b.balance for b in found), ZERO)
        slices: list[tuple[Entry, Decimal]] = []
        for bill in found:
            share = min(bill.balance, left)
            if share:
                bill.balance -= share
                left -= share
                slices.append((bill, share))
        credits = [e for e in self.entries if e.kind == "vendor_credit" and e.vendor == act["vendor"] and e.balance
                   ] if act.get("credits") else []
        extra = cents(act.get("extra", 0))
        cash = sum((s for _, s in slices), ZERO) - sum((e.balance for e in credits), ZERO) + extra
        payment = self.enter("payment", act["vendor"], act, [(self.payable, cash, "", "", act["vendor"]),
                                                             (self.checking, -cash, "", "", "")], step)
        payment.paid, payment.unapplied = slices, extra
        payment.credited = [(e, e.balance) for e in credits]
        for credit in credits:
            credit.balance = ZERO

    def undo(self, act: Mapping[str, Any]) -> None:
        [payment] = [e for e in self.entries if e.kind == "payment" and e.vendor == act["vendor"]
                     and e.number == act["check"]]
        for document, share in (*payment.paid, *payment.credited):
            document.balance += share
        self.entries.remove(payment)

    # What the product does between two steps.

    def synchronise(self, step: str) -> None:
        for commitment in self.commitments.values():
            waiting = ""
            if self.status.get(commitment["number"]) in COMMITTED:
                self.in_books.add(commitment["vendor"])
                self.jobs.add(commitment["project"])
            for application in commitment["applications"]:
                key = f"{commitment['number']}/{application['number']}"
                if self.application_status.get(key) not in ("approve", "approve_as_noted"):
                    continue
                if application["billing_date"] < self.begins or key in self.settled or self.posted(key):
                    continue
                why = waiting or self.reason(commitment, application, key)
                if why == "nothing":
                    self.settled.append(key)
                elif why:
                    gross = sum((g for _, g, _ in self.movements[key]), ZERO)
                    held = sum((r for _, _, r in self.movements[key]), ZERO)
                    self.held[key] = (why, gross or -held)
                    waiting = "waits_for_the_one_before"
                else:
                    self.held.pop(key, None)
                    self.post(commitment, application, key, step)

    def posted(self, key: str) -> Entry | None:
        return next((e for e in self.entries if e.application == key), None)

    def reason(self, commitment: Mapping[str, Any], application: Mapping[str, Any], key: str) -> str:
        if not self.movements[key]:
            return "nothing"
        if application["billing_date"] <= self.closed_through:
            return "closed_period"
        if any(not b.by_product for b in self.bills(commitment["vendor"], [application["invoice"]])):
            return "bill_may_exist"
        released = sum((cents(line.get("released", 0)) for line in application["lines"]), ZERO)
        if released > self.retention().get((commitment["project"], commitment["vendor"]), ZERO):
            return "release_exceeds_held"
        return ""

    def post(self, commitment: Mapping[str, Any], application: Mapping[str, Any], key: str, step: str) -> None:
        project, vendor = commitment["project"], commitment["vendor"]
        codes = code_of_line(commitment)
        lines = [(self.account_of_type[codes[line].split(".")[1]], gross, project, codes[line], vendor)
                 for line, gross, _ in self.movements[key] if gross]
        lines += [(self.retainage, -held, project, self.retainage, vendor)
                  for line, _, held in self.movements[key] if held]
        net = sum((line[1] for line in lines), ZERO)
        lines.append((self.payable, -net, "", "", vendor))
        entry = Entry("bill" if net >= 0 else "vendor_credit", vendor, application["invoice"],
                      application["billing_date"], lines, abs(net), key, step)
        self.entries.append(entry)

    # What the books say.

    def retention(self) -> dict[Key, Decimal]:
        found: dict[Key, Decimal] = defaultdict(lambda: ZERO)
        for entry in self.entries:
            for account, debit, project, _, vendor in entry.lines:
                if account == self.retainage:
                    found[project, vendor] -= debit
        return without_zeros(found)

    def trial_balance(self, as_of: date) -> dict[str, Decimal]:
        found: dict[str, Decimal] = defaultdict(lambda: ZERO)
        for entry in self.entries:
            for account, debit, *_ in entry.lines:
                earlier = account in self.results and entry.dated.year < as_of.year
                found[self.earnings if earlier else account] += debit
        assert sum(found.values()) == 0
        return dict(sorted(without_zeros(found).items()))

    def job_cost(self) -> dict[tuple[str, str, str], Decimal]:
        found: dict[tuple[str, str, str], Decimal] = defaultdict(lambda: ZERO)
        for entry in self.entries:
            for account, debit, project, code, vendor in entry.lines:
                if account in self.costs and project:
                    found[project, vendor, code] += debit
        return without_zeros(found)

    # Procore's side, and the two beside each other.

    def revised(self, commitment: Mapping[str, Any]) -> Decimal:
        total = sum((line_amount(line) for line in commitment["lines"]), ZERO)
        for order in commitment.get("change_orders", ()):
            if self.change_order_status.get(f"{commitment['number']}/CO{order['number']}") == "approve":
                total += sum(order_amounts(order), ZERO)
        return total

    def tie_out(self) -> dict[str, Any]:
        board = Board()
        for commitment in self.commitments.values():
            where = commitment["project"], commitment["vendor"]
            if self.status.get(commitment["number"]) in COMMITTED:
                board.both("committed", where, self.revised(commitment))
            for application in commitment["applications"]:
                self.application_side(board, where, f"{commitment['number']}/{application['number']}", application)
        for key, amount in self.by_hand:
            number, _ = key.split("/")
            where = self.commitments[number]["project"], self.commitments[number]["vendor"]
            board.procore("paid", where, amount, BEFORE_START)
            board.procore("open", where, -amount, BEFORE_START)
        ours = {(c["project"], c["vendor"]) for c in self.commitments.values()}
        for entry in self.entries:
            self.books_side(board, entry, ours)
        return board.table()

    def application_side(self, board: Board, where: Key, key: str, application: Mapping[str, Any]) -> None:
        """An application that counts in Procore, with the reason why it stands in no bill, if it does not."""
        if self.application_status.get(key) not in ("approve", "approve_as_noted"):
            return
        gross = sum((g for _, g, _ in self.movements[key]), ZERO)
        held = sum((r for _, _, r in self.movements[key]), ZERO)
        early = application["billing_date"] < self.begins
        kind = BEFORE_START if early else "on hold" if key in self.held else ""
        for figure, amount in (("billed", gross), ("job_cost", gross), ("retained", held), ("open", gross - held)):
            board.procore(figure, where, amount, kind)

    def books_side(self, board: Board, entry: Entry, ours: set[Key]) -> None:
        kind = "" if entry.by_product else BEFORE_START if entry.dated < self.begins else BY_HAND
        if entry.by_product and self.application_status[entry.application] == "set_back":
            kind = "changed after posting"
        for account, debit, project, _, vendor in entry.lines:
            if account in self.costs and project:
                for_commitment = entry.kind in ("bill", "vendor_credit") and (project, vendor) in ours
                board.books("job_cost", (project, vendor), debit, kind)
                board.books("billed" if for_commitment else "direct_cost", (project, vendor), debit, kind)
            if account == self.retainage:
                board.books("retained", (project, vendor), -debit, kind)
        if entry.unapplied:
            board.books("unapplied", ("", entry.vendor), entry.unapplied, BY_HAND)
        where = entry.project, entry.vendor
        if where not in ours:
            return
        if entry.kind in ("bill", "vendor_credit"):
            sign = 1 if entry.kind == "bill" else -1
            total = -sum((d for account, d, *_ in entry.lines if account == self.payable), ZERO)
            board.books("open", where, total, kind)
            for payment in (e for e in self.entries if e.kind == "payment"):
                used = sum((s for d, s in (*payment.paid, *payment.credited) if d is entry), ZERO)
                board.books("open", where, -used * sign, kind)
                if used and sign > 0:
                    credit = sum((s for _, s in payment.credited), ZERO)
                    assert not credit or len(payment.paid) == 1, "which bill a credit pays would be a guess"
                    board.books("paid", where, used - credit, kind)
                    if entry.by_product:
                        board.procore("paid", where, used - credit, "")
                        board.procore("open", where, credit - used, "")

    def counts(self) -> dict[str, int]:
        bills = [e for e in self.entries if e.by_product]
        return {"bill": sum(e.kind == "bill" for e in bills), "vendor_credit": sum(e.kind != "bill" for e in bills),
                "nothing": len(self.settled),
                "purchase_order": sum(s in COMMITTED for s in self.status.values()),
                "payment": sum(d.by_product for e in self.entries for d, _ in e.paid)}


class Board:
    """Figures per (project, vendor) on both sides; every amount that stands on one side only has its class."""

    def __init__(self) -> None:
        self.cells: dict[str, dict[Key, dict[str, Any]]] = {figure: {} for figure in FIGURES}

    def cell(self, figure: str, where: Key) -> dict[str, Any]:
        return self.cells[figure].setdefault(where, {"procore": ZERO, "quickbooks": ZERO, "classes": {}})

    def both(self, figure: str, where: Key, amount: Decimal) -> None:
        self.procore(figure, where, amount, "")
        self.books(figure, where, amount, "")

    def procore(self, figure: str, where: Key, amount: Decimal, kind: str) -> None:
        self.add(figure, where, "procore", amount, kind, amount)

    def books(self, figure: str, where: Key, amount: Decimal, kind: str) -> None:
        self.add(figure, where, "quickbooks", amount, kind, -amount)

    def add(self, figure: str, where: Key, side: str, amount: Decimal, kind: str, difference: Decimal) -> None:
        cell = self.cell(figure, where)
        cell[side] += amount
        if kind:
            cell["classes"][kind] = cell["classes"].get(kind, ZERO) + difference

    def table(self) -> dict[str, Any]:
        table: dict[str, Any] = {}
        for figure, cells in self.cells.items():
            shown = {where: closed(cell) for where, cell in sorted(cells.items())}
            total: dict[str, Any] = {"procore": ZERO, "quickbooks": ZERO, "classes": {}}
            for cell in shown.values():
                total["procore"] += cell["procore"]
                total["quickbooks"] += cell["quickbooks"]
                for kind, amount in cell["classes"].items():
                    total["classes"][kind] = total["classes"].get(kind, ZERO) + amount
            table[figure] = {**closed(total), "rows": shown}
        return table


def closed(cell: Mapping[str, Any]) -> dict[str, Any]:
    classes = without_zeros(cell["classes"])
    difference = cell["procore"] - cell["quickbooks"]
    assert difference == sum(classes.values(), ZERO), f"unexplained: {cell}"
    return {"procore": cell["procore"], "quickbooks": cell["quickbooks"], "difference": difference,
            "classes": classes}


def movements(commitment: Mapping[str, Any]) -> list[list[tuple[str, Decimal, Decimal]]]:
    """Per application: (line, cost this period, retainage this period) of every line that moves."""
    price = {line["line"]: Decimal(line["unit_cost"]) for line in commitment["lines"] if "unit_cost" in line}
    moves = commitment.get("moves_materials", False)
    level: dict[str, dict[str, Decimal]] = defaultdict(lambda: dict.fromkeys(("work", "stored", "kept", "stored_kept"),
                                                                            ZERO))
    result = []
    for application in commitment["applications"]:
        before = {line: (v["work"] + v["stored"], v["kept"] + v["stored_kept"]) for line, v in level.items()}
        if moves:
            for v in level.values():
                v["work"], v["stored"] = v["work"] + v["stored"], ZERO
                v["kept"], v["stored_kept"] = v["kept"] + v["stored_kept"], ZERO
        for line in application["lines"]:
            v = level[line["line"]]
            v["work"] += (cents(Decimal(line["quantity"]) * price[line["line"]]) if "quantity" in line
                          else cents(line.get("work", 0)))
            v["kept"] += cents(line.get("held", 0)) - cents(line.get("released", 0))
            v["stored"] = cents(line.get("stored", v["stored"]))
            v["stored_kept"] = cents(line.get("stored_held", v["stored_kept"]))
        moved = []
        for line, v in level.items():
            gross_before, held_before = before.get(line, (ZERO, ZERO))
            gross = v["work"] + v["stored"] - gross_before
            held = v["kept"] + v["stored_kept"] - held_before
            if gross or held:
                moved.append((line, gross, held))
        result.append(moved)
    return result


def line_amount(line: Mapping[str, Any]) -> Decimal:
    return cents(line["amount"]) if "amount" in line else cents(Decimal(line["quantity"]) * Decimal(line["unit_cost"]))


def order_amounts(order: Mapping[str, Any]) -> list[Decimal]:
    """The lines of a change order, and its markup, rounded once on their sum."""
    amounts = [line_amount(line) for line in order["lines"]]
    if "markup_percent" in order:
        amounts.append(cents(sum(amounts, ZERO) * Decimal(order["markup_percent"]) / 100))
    return amounts


def code_of_line(commitment: Mapping[str, Any]) -> dict[str, str]:
    every = [*commitment["lines"], *(line for order in commitment.get("change_orders", ()) for line in order["lines"])]
    return {line["line"]: f"{line['code']}.{line['type']}" for line in every}


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def without_zeros(found: Mapping[Any, Decimal]) -> dict[Any, Decimal]:
    return {key: amount for key, amount in sorted(found.items()) if amount}


def month_end(day: date) -> date:
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def step_of(day: date) -> str:
    """Two steps a month: the 15th and the last day."""
    return (day.replace(day=15) if day.day <= 15 else month_end(day)).isoformat()


def acts_of(path: Path) -> list[dict[str, Any]]:
    acts: list[dict[str, Any]] = tomllib.loads(path.read_text())["acts"]
    return sorted(acts, key=lambda act: act["date"])


def expected(folder: Path = MAPLE) -> dict[str, Any]:
    """What the books and the tie-out of the world must be, month by month (shape: see the module)."""
    town = Town(folder)
    months: dict[str, Any] = {}
    for act in acts_of(folder / "before.toml"):
        play(town, act, "")
    for script in sorted((folder / "script").glob("*.toml")):
        acts = acts_of(script)
        end = month_end(date.fromisoformat(script.stem + "-01"))
        for step in (f"{script.stem}-15", end.isoformat()):
            for act in acts:
                if step_of(act["date"]) == step:
                    play(town, act, step)
            town.synchronise(step)
        months[script.stem] = state(town, end)
    documents = {e.application: document(town, e) for e in town.entries if e.by_product}
    return {"months": months, "documents": documents, "settled": town.settled,
            "problems": problems(town), "acts_without_effect": town.without_effect}


def play(town: Town, act: Mapping[str, Any], step: str) -> None:
    if act["who"] == "bookkeeper":
        town.bookkeeper(act, step)
    else:
        town.pm(act)


def state(town: Town, end: date) -> dict[str, Any]:
    retention = town.retention()
    trial = town.trial_balance(end)
    return {
        "accounts_payable": -trial.get(town.payable, ZERO), "trial_balance": trial, "retention_payable": retention,
        "job_cost": town.job_cost(), "tie_out": town.tie_out(), "owner_side": town.owner_side(),
        "direct_costs": dict(town.direct_costs),
        "hours": dict(town.hours), "posted": town.counts()}


def document(town: Town, entry: Entry) -> dict[str, Any]:
    sign = 1 if entry.kind == "bill" else -1
    return {"kind": entry.kind, "number": entry.number, "date": entry.dated, "project": entry.project,
            "vendor": entry.vendor, "step": entry.step,
            "total": -sign * sum((d for account, d, *_ in entry.lines if account == town.payable), ZERO),
            "lines": [(code, sign * debit) for _, debit, _, code, _ in entry.lines if code]}


def problems(town: Town) -> list[dict[str, Any]]:
    found = [{"kind": why, "document": key, "amount": amount} for key, (why, amount) in town.held.items()]
    for key, status in town.application_status.items():
        if status == "set_back" and town.posted(key):
            gross = sum((g for _, g, _ in town.movements[key]), ZERO)
            found.append({"kind": "set_back_after_posting", "document": key, "amount": gross})
    return found


def main() -> int:
    """--write PAGE writes the page of figures; without it the page that stands is compared."""
    from tests.support.maple_page import page

    asked = argparse.ArgumentParser(description="The figures of the practice year, and the page that states them.")
    asked.add_argument("--write", type=Path, metavar="PAGE")
    to = asked.parse_args().write
    text = page(MAPLE, expected())
    if to is not None:
        to.parent.mkdir(parents=True, exist_ok=True)
        to.write_text(text, encoding="utf-8")
        return 0
    if PAGE.is_file() and PAGE.read_text(encoding="utf-8") == text:
        return 0
    print(f"{PAGE.relative_to(ROOT)} is not current: run python -m tests.support.maple_ledger --write "
          f"{PAGE.relative_to(ROOT)}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
