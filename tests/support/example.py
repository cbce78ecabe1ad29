"""One folder of tests/examples, worked through: what was read, by which rules, and what was entered because of it.

    procore.json        raw answers of Procore, by kind, as its REST API gives them
    rules.toml          [rules] and [mappings] as in the set-up file, [project] its start, [[said]] answers of people
    quickbooks.toml     what QuickBooks holds at first, [[then]] what the office does after the first sync (optional)
    procore-later.json  records read after that (optional)
    expected.txt        everything entered, in order, with its debits and credits
    words.txt           what is left for a person, and the fix; absent where nothing is
"""
from __future__ import annotations

import json
import tomllib
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

from tests.support.pictures import Town
from tieout.adapters.procore.read import stamped, understand
from tieout.core.books import Account
from tieout.core.construction import ChangeOrder, Commitment, Company, Project, Requisition
from tieout.core.drafts import BillDraft, LineDraft, OrderDraft, PaymentDraft
from tieout.core.money import money, shown
from tieout.core.picture import Said
from tieout.core.plan import Intent
from tieout.core.rules import PostingRules, rules_from
from tieout.ports import Reading

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
KINDS = {"projects": "project", "companies": "company", "work_order_contracts": "commitment",
         "purchase_order_contracts": "commitment", "change_order_packages": "change_order",
         "requisitions": "subcontractor_invoice"}


class Example(Town):
    """A town whose Procore side is read by the real adapter, and which writes down what it enters."""

    def __init__(self, folder: Path) -> None:
        choices = tomllib.loads((folder / "rules.toml").read_text())
        rules = rules_from(choices.get("rules", {}))
        assert isinstance(rules, PostingRules), [error.says() for error in rules]
        super().__init__(rules=rules, **choices.get("project", {}))
        self.entered: list[Intent] = []
        self.mappings = {kind: {key.casefold(): target for key, target in rows.items()}
                         for kind, rows in choices.get("mappings", {}).items()}
        for answer in choices.get("said", []):
            self.said[answer["kind"], answer["subject"]] = Said(choice=answer["choice"], value=answer.get("value", ""))
        self.read(folder / "procore.json")
        office = folder / "quickbooks.toml"
        self.found = tomllib.loads(office.read_text()) if office.exists() else {}
        self._furnish(self.found)

    def read(self, file: Path) -> None:
        for resource, records in json.loads(file.read_text()).items():
            for record in records:
                raw = json.dumps(record)
                if resource.endswith("_contracts"):
                    raw = stamped(resource, raw)
                self._keep(understand(Reading(kind=KINDS[resource], key=str(record["id"]), version="", raw=raw,
                                              scope="310")))

    def _keep(self, noun: object) -> None:
        match noun:
            case Project():
                self.project = noun
            case Company():
                self.field.companies[noun.id] = noun
            case Commitment():
                self.field.commitments[noun.id] = noun
            case ChangeOrder():
                self.field.change_orders[noun.id] = noun
            case Requisition():
                self.field.requisitions[noun.id] = noun

    def _furnish(self, books: dict[str, Any]) -> None:
        """What the books hold before anything is entered."""
        self.books.company = replace(self.books.company, closed_through=books.get("closed_through"))
        for row in books.get("accounts", []):
            self.books.accounts[row["number"]] = Account(id=row["number"], **row)
        for name in books.get("vendors", []):
            self.vendor(name)
        for bill in books.get("bills", []):
            self.bill(bill["vendor"], bill["lines"], number=bill["number"], dated=bill["dated"], job=False)

    def work(self, folder: Path) -> None:
        self.sync()
        if self.found.get("then"):
            for act in self.found["then"]:
                self._act(**act)
            if (folder / "procore-later.json").exists():
                self.read(folder / "procore-later.json")
            self.sync()

    def _act(self, do: str, **facts: Any) -> None:
        acts: dict[str, Callable[..., object]] = {
            "pay": self._pays, "void": self._voids, "delete payment": self._deletes, "close order": self._closes,
            "journal": self._types, "look again": self.sync}
        acts[do](**facts)

    def _pays(self, number: str, vendor: str, dated: Any, bills: dict[str, str], credits: dict[str, str] | None = None,
              extra: str = "0") -> None:
        ours = {bill.number: bill.id for bill in self.books.bills.values()}
        key = self.pay(vendor, {ours[one]: amount for one, amount in bills.items()}, dated=dated, extra=extra,
                       credits={ours[one]: amount for one, amount in (credits or {}).items()})
        self.books.payments[key] = replace(self.books.payments[key], number=number)

    def _payment(self, number: str) -> str:
        return next(key for key, payment in self.books.payments.items() if payment.number == number)

    def _voids(self, number: str) -> None:
        key = self._payment(number)
        self.books.payments[key] = replace(self.books.payments[key], total=money(0), documents=(), voided=True)

    def _deletes(self, number: str) -> None:
        del self.books.payments[self._payment(number)]

    def _closes(self, number: str) -> None:
        """The order was billed in full, and QuickBooks closed it."""
        [order] = [order for order in self.books.orders.values() if order.number == number]
        lines = tuple(replace(line, received=line.quantity or line.amount) for line in order.lines)
        self.books.orders[order.id] = replace(order, open=False, lines=lines)

    def _types(self, lines: list[list[str]]) -> None:
        self.journal(*((account, amount, vendor, bool(on_job)) for account, amount, vendor, on_job in lines))

    def _do(self, intent: Intent) -> None:
        if intent.writes:
            self.entered.append(intent)
        super()._do(intent)

    # --- on paper ------------------------------------------------------------------------------------------------

    def on_paper(self) -> str:
        papers = (paper(intent) for intent in self.entered)
        notes = [f"{intent.wish.title}\n  {intent.status.replace('_', ' ')}: {intent.why}" for intent in self.intents()
                 if intent.wish.source_kind == "subcontractor_invoice" and not intent.target and not intent.problems]
        return ("\n\n".join(filter(None, [*papers, *notes])) or "nothing but names is entered") + "\n"

    def words(self) -> str:
        problems = dict.fromkeys(problem for intent in self.intents() for problem in intent.problems)
        return "\n".join(f"{p.says}\n  {p.fix}\n  For the {p.who}." + (f"\n  {p.details}" if p.details else "")
                         for p in problems)


def paper(intent: Intent) -> str:
    """One entry as it would lie on an accountant's desk; empty for names."""
    match intent.draft:
        case OrderDraft() as draft:
            head = f"purchase order {draft.number}  {draft.vendor.name}  {draft.dated}"
            rows = [*map(partial(_line, order=True), draft.lines), _row("total", draft.total)]
        case BillDraft() as draft:
            kind = "vendor credit" if draft.credit else "bill"
            due = f"  due {draft.due}" if draft.due else ""
            head = f"{kind} {draft.number}  {draft.vendor.name}  {draft.dated}{due}"
            sign = -1 if draft.credit else 1                 # as the document itself shows it
            rows = [*(_line(line, sign) for line in draft.lines), _row("total", sign * draft.total)]
            rows += [draft.memo] if draft.memo else []
        case PaymentDraft() as draft:
            head = f"payment issued {draft.check_number}  {draft.dated}  by {draft.method}"
            rows = [_row(f"{draft.commitment.name}, invoice {draft.invoice.name}", draft.amount)]
            rows += [draft.notes] if draft.notes else []
        case None:
            head, rows = f"taken out: {intent.wish.title}", [intent.why] if intent.why else []
        case _:
            return ""
    changed = "change of " if intent.act == "correct" else ""
    effect = [_row(f"debit   {e.account}", e.debit) if e.debit else f"{_row(f'credit  {e.account}', e.credit, 64)}"
              for e in intent.effect]
    return "\n".join([changed + head, *("  " + row for row in (*rows, *effect))])


def _row(words: str, amount: Decimal, to: int = 50) -> str:
    return f"{words:<{to - 14}}{shown(amount):>14}"


def _line(line: LineDraft, sign: int = 1, order: bool = False) -> str:
    words = _row(line.coding.name, sign * line.amount)
    if line.quantity and line.rate is not None:
        words += f"   {sign * line.quantity:,f} at {line.rate.normalize():f}"
    return words + (f"   on {line.order.name}" if line.order and not order else "")
