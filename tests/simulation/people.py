"""The people of the town: a project manager in Procore and a bookkeeper in QuickBooks, by the vendors' REST calls.

Each act draws what it needs from the seed, does it, and writes into the deeds what was done. An act that finds nothing
to act on does nothing.
"""
from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from tests.simulation.company import ACCOUNTS, CODES, LATE_CUSTOMER, PROJECTS, SCENARIO, VENDORS, rest_of
from tests.simulation.deeds import Application, Commitment, Deeds, Row
from tieout.sandbox.kit import CallLog, Faults
from tieout.sandbox.worlds import data
from tieout.sandbox.worlds.project_manager import ProjectManager

RATES = ("0", "5", "10")
ANY_NUMBER = {"include": "allowduplicatedocnum"}


def text(cents: int) -> str:
    return f"{Decimal(cents).scaleb(-2):.2f}"


def share(cents: int, percent: str) -> int:
    return int((Decimal(cents) * int(percent) / 100).quantize(Decimal(1)))


class People:
    def __init__(self, sandbox: Any, chance: random.Random, deeds: Deeds, projects: int = len(PROJECTS)) -> None:
        self.projects = PROJECTS[:projects]
        self.sandbox, self.chance, self.deeds = sandbox, chance, deeds
        self.procore, self.quickbooks = rest_of(sandbox)
        self.manager = ProjectManager(SCENARIO, self.procore)
        self.books_name = {name: other or name for name, other in VENDORS}
        self.numbers: dict[str, int] = {}
        self.checks = 0
        self.levels: dict[tuple[str, str], dict[str, int]] = {}

    @contextmanager
    def undisturbed(self) -> Iterator[None]:
        """People's own calls are not the product's: no faults, not counted."""
        kit = self.sandbox.kit
        kept = kit.faults, kit.calls
        kit.faults, kit.calls = Faults(), CallLog()
        try:
            yield
        finally:
            kit.faults, kit.calls = kept

    def do(self, act: Callable[[], str]) -> None:
        with self.undisturbed():
            self.sandbox.kit.clock.advance(timedelta(minutes=self.chance.randint(1, 90)))
            said = act()
        if said:
            self.deeds.told.append(f"{self.today().isoformat()} {said}")

    def today(self) -> date:
        return self.sandbox.kit.clock.now().date()

    # --- the project manager ---

    def award(self) -> str:
        """A subcontract on some project with one to three lines."""
        number = f"SC-{len(self.deeds.commitments) + 1:03d}"
        project = self.chance.choice(self.projects).number
        vendor = self.chance.choice(VENDORS)[0]
        codes = CODES if self.chance.random() < 0.3 else CODES[:-1]
        rate = self.chance.choice(RATES)
        lines = tuple(data.Line(line=str(n), code=code.partition(".")[0], type=code.partition(".")[2],
                                description=f"Work {n}", amount=text(self.chance.randint(100_000, 9_000_000)))
                      for n, code in enumerate(self.chance.choices(codes, k=self.chance.randint(1, 3)), 1))
        self.manager.commitments[number] = data.Commitment(
            number=number, project=project, kind=self.chance.choice(("subcontract", "purchase_order")), vendor=vendor,
            title=f"Package {number}", dated=self.today(), accounting="amount", retainage_percent=rate, lines=lines)
        said = self.manager.award({"commitments": [number]}, self.today())
        made = Commitment(number=number, project=project, vendor=vendor,
                          contract=str(self.manager.contract(self.manager.commitments[number])))
        made.lines = {line.line: (line.flat_code, int(Decimal(line.amount) * 100)) for line in lines}
        self.deeds.commitments[number] = made
        return said[0]

    def change(self) -> str:
        """A change order of one line, added or taken off, approved at once."""
        known = [c for c in self.deeds.commitments.values()
                 if all(a.approved for a in c.applications) and sum(1 for line in c.lines if line[:2] == "CO") < 2]
        if not known:
            return ""
        commitment = self.chance.choice(known)
        running = str(sum(1 for line in commitment.lines if line[:2] == "CO") + 1)
        code = self.chance.choice(CODES[:-1])
        less = sum(amount for _, amount in commitment.lines.values()) // 2
        cents = self.chance.choice((self.chance.randint(10_000, 900_000), -self.chance.randint(1, max(1, less))))
        line = data.Line(line=f"CO{running}.1", code=code.partition(".")[0], type=code.partition(".")[2],
                         description=f"Change {running}", amount=text(cents))
        order = data.ChangeOrder(number=running, title=f"Change {running} of {commitment.number}", lines=(line,))
        held = self.manager.commitments[commitment.number]
        self.manager.commitments[commitment.number] = replace(held, change_orders=(*held.change_orders, order))
        key = {"change_orders": [f"{commitment.number}/CO{running}"]}
        self.manager.propose(key, self.today())
        said = self.manager.approve_orders(key, self.today())
        commitment.lines[line.line] = (code, cents)
        return said[0]

    def bill(self) -> str:
        """The next application of a commitment; some wait for review."""
        known = [c for c in self.deeds.commitments.values() if all(a.approved for a in c.applications)]
        if not known:
            return ""
        commitment = self.chance.choice(known)
        number = len(commitment.applications) + 1
        self.numbers[commitment.vendor] = self.numbers.get(commitment.vendor, 0) + 1
        dated = self.today() - timedelta(days=self.chance.choice((0, 1, 3, 25)))
        application = Application(commitment=commitment.number, number=number, dated=max(dated, date(2026, 1, 2)),
                                  invoice=f"INV-{self.numbers[commitment.vendor]}", rows=[])
        billed = self._billed(commitment, application)
        held = self.manager.commitments[commitment.number]
        kept = data.Application(number=number, invoice=application.invoice, period=f"{self.today():%Y-%m}",
                                billing_date=application.dated, lines=billed)
        self.manager.commitments[commitment.number] = replace(held, applications=(*held.applications, kept))
        key = f"{commitment.number}/{number}"
        said = self.manager.submit({"applications": [key]}, self.today())
        application.requisition = str(self.manager.requisition(self.manager.commitments[commitment.number], kept))
        commitment.applications.append(application)
        if self.chance.random() < 0.75:
            said += self._approve(application)
        return " ".join(said)

    def _billed(self, commitment: Commitment, application: Application) -> tuple[data.Billed, ...]:
        """Draws what moves on each line, and remembers where each line stands."""
        rate = self.manager.commitments[commitment.number].retainage_percent
        credit = application.number > 1 and self.chance.random() < 0.12
        idle = self.chance.random() < 0.05
        lines = []
        for line, (code, cents) in commitment.lines.items():
            at = self.levels.setdefault((commitment.number, line), {"work": 0, "held": 0, "stored": 0, "kept": 0})
            work, held, released, stored, kept = self._moved(at, cents, rate, credit, idle)
            application.rows.append(Row(line, code, work + stored - at["stored"], held + kept - at["kept"], released))
            at["work"] += work
            at["held"] += held - released
            at["stored"], at["kept"] = stored, kept
            lines.append(data.Billed(line=line, work=text(work), held=text(held), released=text(released),
                                     stored=text(stored), stored_held=text(kept)))
        return tuple(lines)

    def _moved(self, at: dict[str, int], cents: int, rate: str, credit: bool,
               idle: bool) -> tuple[int, int, int, int, int]:
        """work, held, released of the period; stored and held on stored, as levels."""
        stored, kept = at["stored"], at["kept"]
        if idle or self.chance.random() < 0.2:
            return 0, 0, 0, stored, kept
        if credit:
            work = -self.chance.randint(0, max(0, at["work"]))
            return work, max(-at["held"], share(work, rate)) if work and at["held"] > 0 else 0, 0, stored, kept
        left = cents - at["work"] - stored
        work = self.chance.randint(0, left) if left > 0 else (left if cents < 0 else 0)
        held = share(work, rate)
        draw = self.chance.random()
        if draw < 0.1 and left - work > 0:
            stored = self.chance.randint(0, left - work)
            kept = share(stored, rate)
        elif draw < 0.2:
            stored, kept = 0, 0
        released = 0
        if at["held"] > 0 and self.chance.random() < 0.3:
            released = self.chance.choice((at["held"], self.chance.randint(1, at["held"])))
        return work, held, released, stored, kept

    def approve(self) -> str:
        """An application that waited."""
        waiting = [a for a in self.deeds.applications if a.status == "under_review"]
        return " ".join(self._approve(self.chance.choice(waiting))) if waiting else ""

    def _approve(self, application: Application) -> list[str]:
        key = {"applications": [f"{application.commitment}/{application.number}"]}
        noted = self.chance.random() < 0.15
        said = (self.manager.approve_as_noted if noted else self.manager.approve)(key, self.today())
        application.status = "approved_as_noted" if noted else "approved"
        application.ever_approved = True
        return said

    def set_back(self) -> str:
        """The last application of a commitment is taken back, and perhaps approved again with less on it."""
        last = [c.applications[-1] for c in self.deeds.commitments.values() if c.applications]
        known = [a for a in last if a.approved and a.left is None and not a.typed]
        if not known:
            return ""
        application = self.chance.choice(known)
        key = {"applications": [f"{application.commitment}/{application.number}"]}
        said = self.manager.set_back(key, self.today())
        application.status = "revise_and_resubmit"
        if self.chance.random() < 0.6:
            if self.chance.random() < 0.7:
                self._revise(application)
            said += self._approve(application)
        return " ".join(said)

    def _revise(self, application: Application) -> None:
        """One line loses some of its work."""
        row = max(application.rows, key=lambda r: r.cost)
        at = self.levels[application.commitment, row.line]
        less = self.chance.randint(0, max(0, min(row.cost, at["work"])))
        commitment = self.manager.commitments[application.commitment]
        kept = commitment.applications[-1]
        billed = tuple(replace(b, work=text(int(Decimal(b.work) * 100) - less)) if b.line == row.line else b
                       for b in kept.lines)
        again = replace(kept, lines=billed)
        self.manager.commitments[application.commitment] = replace(
            commitment, applications=(*commitment.applications[:-1], again))
        project = self.manager.places.project(commitment.project)
        number = self.manager.requisition(commitment, kept)
        items = self.manager._items(self.manager.commitments[application.commitment], again, project, number)
        self.procore.patch(f"/rest/v1.0/requisitions/{number}/bulk_item_update", {"requisition_items": items},
                           project_id=project)
        application.before.append([replace(r) for r in application.rows])
        row.cost -= less
        at["work"] -= less

    # --- the bookkeeper ---

    def vendor_id(self, name: str) -> str:
        rows = self.quickbooks.query("Vendor", f"DisplayName = '{self.books_name[name]}'")
        return rows[0]["Id"] if rows else ""

    def account(self, number: str) -> str:
        return str(next(row["Id"] for row in self.quickbooks.query("Account") if row.get("AcctNum") == number))

    def our_bills(self) -> list[tuple[Application, dict[str, Any]]]:
        """Documents that stand for applications, by vendor and number, as anybody would look for them."""
        found = []
        rows = [("Bill", row) for row in self.quickbooks.query("Bill")]
        for application in self.deeds.applications:
            vendor = self.vendor_id(self.deeds.commitments[application.commitment].vendor)
            found += [(application, row) for entity, row in rows if row.get("DocNumber") == application.invoice
                      and row["VendorRef"]["value"] == vendor and (entity, row["Id"]) not in self.deeds.typed]
        return found

    def pay(self) -> str:
        """Some open bills of one vendor, all or in part, perhaps with a credit used."""
        name = self.chance.choice(VENDORS)[0]
        vendor = self.vendor_id(name)
        bills = [b for b in self.quickbooks.query("Bill") if b["VendorRef"]["value"] == vendor and b["Balance"] > 0]
        if not vendor or not bills:
            return ""
        chosen = self.chance.sample(bills, self.chance.randint(1, min(3, len(bills))))
        amounts = [b["Balance"] if self.chance.random() < 0.7 else (b["Balance"] / 2).quantize(Decimal("0.01"))
                   for b in chosen]
        lines = [{"Amount": amount, "LinkedTxn": [{"TxnId": b["Id"], "TxnType": "Bill"}]}
                 for b, amount in zip(chosen, amounts, strict=True)]
        total = sum(amounts, Decimal(0))
        credits = [c for c in self.quickbooks.query("VendorCredit")
                   if c["VendorRef"]["value"] == vendor and 0 < c["Balance"] < total]
        if len(chosen) == 1 and credits:
            lines.append({"Amount": credits[0]["Balance"],
                          "LinkedTxn": [{"TxnId": credits[0]["Id"], "TxnType": "VendorCredit"}]})
            total -= credits[0]["Balance"]
        self.checks += 1
        number = str(1000 + self.checks)
        self.quickbooks.create("BillPayment", {
            "VendorRef": {"value": vendor}, "TxnDate": self.today().isoformat(), "DocNumber": number,
            "PayType": "Check", "TotalAmt": total, "Line": lines,
            "CheckPayment": {"BankAccountRef": {"value": self.account("1010")}}})
        return f"Paid {name} {total} with check {number} ({len(chosen)} bills)."

    def _a_payment(self) -> dict[str, Any] | None:
        gone = self.deeds.voided | self.deeds.deleted
        known = [p for p in self.quickbooks.query("BillPayment") if p["Id"] not in gone
                 and not (self.deeds.closed_through and p["TxnDate"] <= self.deeds.closed_through.isoformat())]
        return self.chance.choice(known) if known else None

    def void_payment(self) -> str:
        payment = self._a_payment()
        if payment is None:
            return ""
        self.quickbooks.change("BillPayment", payment, {}, operation="update", include="void")
        self.deeds.voided.add(payment["Id"])
        return f"Voided check {payment['DocNumber']}."

    def delete_payment(self) -> str:
        payment = self._a_payment()
        if payment is None:
            return ""
        self.quickbooks.delete("BillPayment", payment)
        self.deeds.deleted.add(payment["Id"])
        return f"Deleted check {payment['DocNumber']}."

    def type_bill(self) -> str:
        """A bill of her own: rent, or the paper of an application that is still under review."""
        vendor, number, job = "", f"HAND-{len(self.deeds.typed) + 1}", ""
        waiting = [a for a in self.deeds.applications if not a.ever_approved and not a.typed]
        application = self.chance.choice(waiting) if waiting and self.chance.random() < 0.6 else None
        name = self.deeds.commitments[application.commitment].vendor if application else VENDORS[0][0]
        vendor = self.vendor_id(name)
        if not vendor:
            return ""
        if application:
            number = application.invoice
            jobs = [c for c in self.quickbooks.query("Customer", "Job = true")
                    if self.deeds.commitments[application.commitment].project in c["DisplayName"]]
            job = jobs[0]["Id"] if jobs and self.chance.random() < 0.5 else ""
        cents = max(application.total, 100) if application else self.chance.randint(1_000, 90_000)
        detail: dict[str, Any] = {"AccountRef": {"value": self.account("5100" if application else "6100")}}
        if job:
            detail |= {"CustomerRef": {"value": job}, "BillableStatus": "NotBillable"}
        day = max(self.today(), (self.deeds.closed_through or date.min) + timedelta(days=1))
        made = self.quickbooks.create("Bill", {
            "VendorRef": {"value": vendor}, "TxnDate": day.isoformat(), "DocNumber": number,
            "Line": [{"Amount": Decimal(text(cents)), "DetailType": "AccountBasedExpenseLineDetail",
                      "AccountBasedExpenseLineDetail": detail}]}, **ANY_NUMBER)
        self.deeds.typed["Bill", made["Id"]] = made
        if application:
            application.typed = made["Id"]
        return f"Typed bill {number} of {name} over {text(cents)}."

    def note(self) -> str:
        """A note on one of our bills: nothing of the product's business, and hers to keep."""
        ours = [(a, b) for a, b in self.our_bills() if a.left is None and not self._closed(b)]
        if not ours:
            return ""
        application, bill = self.chance.choice(ours)
        words = f"{bill.get('PrivateNote', '')}\nseen {self.today().isoformat()}".strip()
        self.quickbooks.change("Bill", bill, {"PrivateNote": words, "VendorRef": bill["VendorRef"]}, **ANY_NUMBER)
        self.deeds.notes[bill["Id"]] = words
        return f"Wrote a note on {application.invoice}."

    def _closed(self, document: dict[str, Any]) -> bool:
        through = self.deeds.closed_through
        return through is not None and document["TxnDate"] <= through.isoformat()

    def _unpaid(self) -> tuple[Application, dict[str, Any]] | None:
        known = [(a, b) for a, b in self.our_bills() if b["Balance"] == b["TotalAmt"] and a.left is None
                 and a.approved and not a.before and not self._closed(b) and b["TotalAmt"] > 0]
        return self.chance.choice(known) if known else None

    def edit_bill(self) -> str:
        """One of our bills gets another date."""
        found = self._unpaid()
        if found is None:
            return ""
        application, bill = found
        day = (date.fromisoformat(bill["TxnDate"]) + timedelta(days=1)).isoformat()
        self.quickbooks.change("Bill", bill, {"TxnDate": day, "VendorRef": bill["VendorRef"]}, **ANY_NUMBER)
        application.left = self.quickbooks.query("Bill", f"Id = '{bill['Id']}'")[0]
        return f"Gave {application.invoice} the date {day}."

    def delete_bill(self) -> str:
        found = self._unpaid()
        if found is None:
            return ""
        application, bill = found
        self.quickbooks.delete("Bill", bill)
        application.left = "deleted"
        commitment = self.deeds.commitments[application.commitment]
        self.deeds.unsure.add((commitment.vendor, commitment.project))
        return f"Deleted {application.invoice} of {commitment.vendor}."

    def close_books(self) -> str:
        through = self.today().replace(day=1) - timedelta(days=1)
        before = self.deeds.closed_through
        if (before is not None and through <= before) or through < date(2026, 1, 15):
            return ""
        self.sandbox.quickbooks.set_closing_date(through)
        self.deeds.closings.append((self.sandbox.kit.clock.now(), through))
        return f"Closed the books through {through.isoformat()}."

    def make_customer(self) -> str:
        """The customer that the third project waited for."""
        if self.deeds.customer_made:
            return ""
        self.quickbooks.create("Customer", {"DisplayName": LATE_CUSTOMER, "CompanyName": LATE_CUSTOMER})
        self.deeds.customer_made = True
        return f"Added the customer {LATE_CUSTOMER}."

    @property
    def acts(self) -> tuple[tuple[Callable[[], str], int], ...]:
        """What happens in the town, and how often."""
        return ((self.award, 3), (self.change, 2), (self.bill, 10), (self.approve, 4), (self.set_back, 2),
                (self.pay, 5), (self.void_payment, 1), (self.delete_payment, 1), (self.type_bill, 3), (self.note, 1),
                (self.edit_bill, 1), (self.delete_bill, 1), (self.close_books, 3), (self.make_customer, 1))


OTHER_ACCOUNT = ACCOUNTS["O"]
