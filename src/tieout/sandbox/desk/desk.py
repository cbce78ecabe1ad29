"""What the desk's pages stand on: the two systems by their own calls, forms, and what an act moved in the books."""
from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import parse_qsl

from tieout.sandbox.kit import Request
from tieout.sandbox.worlds.rest import ProcoreRest, QuickBooksRest

if TYPE_CHECKING:
    from tieout.sandbox.quickbooks_online.company import Company, Entry
    from tieout.sandbox.sandbox import Sandbox

PATH = "/_sandbox/desk"
REMEMBERED = 50
LARGEST = Decimal("99999999999.99")
FIRST, LAST = date(1990, 1, 1), date(2099, 12, 31)
GENERAL = "Business Validation Error"
OPEN = {"Accounts Payable": ("Vendor", -1), "Accounts Receivable": ("Customer", 1)}     # whose, and its sign


class Mistake(Exception):
    """What was typed cannot be taken; the text names the field, what was found in it and what to do."""


class Missing(Exception):
    """There is no such document, or no longer."""


class Moved(NamedTuple):
    """A balance that an act changed."""

    name: str
    before: Decimal
    after: Decimal

    @property
    def by(self) -> Decimal:
        return self.after - self.before


@dataclass(frozen=True, slots=True)
class Said:
    """What is shown once after an act. `kind` is done or refused; further lines of `text` are listed."""

    kind: str
    text: str
    moved: tuple[Moved, ...] = ()
    field: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Desk:
    """One sandbox seen from the desk. `said` holds what the latest acts had to say, by their number."""

    sandbox: Sandbox
    procore: ProcoreRest
    quickbooks: QuickBooksRest
    said: dict[str, Said] = field(default_factory=dict)
    acts: int = 0

    @classmethod
    def of(cls, sandbox: Sandbox) -> Desk:
        procore, books = sandbox.procore, sandbox.quickbooks
        return cls(sandbox, ProcoreRest(procore.handle, procore.script_token, str(procore.company.id)),
                   QuickBooksRest(books.handle, books.script_token, books.realm_id))

    @property
    def books(self) -> Company:
        return self.sandbox.quickbooks.company

    @property
    def today(self) -> str:
        return self.books.today(self.sandbox.kit.clock.now())

    def remember(self, said: Said) -> str:
        self.acts += 1
        self.said[str(self.acts)] = said
        self.said.pop(str(self.acts - REMEMBERED), None)
        return str(self.acts)


@dataclass(frozen=True, slots=True)
class Form:
    """The fields of a page that was sent."""

    values: Mapping[str, str]

    @classmethod
    def of(cls, request: Request) -> Form:
        try:
            return cls(dict(parse_qsl(request.body.decode(), keep_blank_values=True)))
        except UnicodeDecodeError:
            raise Mistake("The page was sent in letters that can't be read; send it from this page again.") from None

    def text(self, name: str, label: str, *, needed: bool = True) -> str:
        found = self.values.get(name, "").strip()
        if needed and not found:
            raise Mistake(f"{label} is empty. Fill it in.")
        return found

    def day(self, name: str, label: str) -> str:
        found = self.text(name, label)
        try:
            day = date.fromisoformat(found)
        except ValueError:
            raise Mistake(f"{label} is “{found}”, which is not a day. Write it like 2026-03-31.") from None
        if not FIRST <= day <= LAST:
            raise Mistake(f"{label} is “{found}”. Write a day from {FIRST.year} to {LAST.year}.")
        return day.isoformat()

    def amount(self, name: str, label: str) -> Decimal:
        """Empty is nothing. 1,234.50 and (1,234.50) are understood."""
        found = self.values.get(name, "").strip()
        text = found.replace(",", "").replace("$", "")
        if text.startswith("(") and text.endswith(")"):
            text = "-" + text[1:-1]
        try:
            value = Decimal(text or "0")
        except InvalidOperation:
            raise Mistake(f"{label} is “{found}”, which is not an amount. Write it like 1234.50.") from None
        if not value.is_finite() or abs(value) > LARGEST or value != value.quantize(Decimal("0.01")):
            raise Mistake(f"{label} is “{found}”. An amount has at most two decimals and is below 100 billion.")
        return value

    def rows(self, prefix: str) -> list[str]:
        """The keys of repeated fields: `work-17` and `work-18` are rows 17 and 18 of `work`."""
        return [name[len(prefix) + 1:] for name in self.values if name.startswith(prefix + "-")]


class Balances:
    """The balances before an act, and which of them it has moved since."""

    def __init__(self, books: Company) -> None:
        self.books = books
        self.before = self._now()

    def _now(self) -> dict[tuple[str, str], int]:
        ledger = self.books.ledger
        return {**{("account", id_): cents for id_, cents in ledger.accounts.items()},
                **{("Vendor", id_): cents for id_, cents in ledger.payable.items()},
                **{("Customer", id_): cents for id_, cents in ledger.receivable.items()}}

    def moved(self) -> tuple[Moved, ...]:
        after = self._now()
        return tuple(Moved(self._name(key), money(self.before.get(key, 0)), money(after.get(key, 0)))
                     for key in dict.fromkeys((*self.before, *after)) if self.before.get(key, 0) != after.get(key, 0))

    @classmethod
    def without(cls, books: Company, entries: Iterable[Entry]) -> tuple[Moved, ...]:
        """What would move if these lines of the ledger were not there."""
        now, gone = cls(books), Counter[tuple[str, str]]()
        for entry in entries:
            gone["account", entry.account] += entry.cents
            kind = books.account_type(entry.account)
            if entry.party is not None and kind in OPEN:
                gone[OPEN[kind][0], entry.party[1]] += OPEN[kind][1] * entry.cents
        return tuple(Moved(now._name(key), money(now.before.get(key, 0)), money(now.before.get(key, 0) - cents))
                     for key, cents in gone.items() if cents)

    def _name(self, key: tuple[str, str]) -> str:
        kind, id_ = key
        if kind == "account":
            account = self.books.records["Account"][id_]
            return f"{account.body.get('AcctNum', '')} {self.books.full_name(account)}".strip()
        name = self.books.name_of(kind, id_) or f"{kind} {id_}"
        return f"Open with {name}" if kind == "Vendor" else f"Due from {name}"


def money(cents: int) -> Decimal:
    return Decimal(cents).scaleb(-2)


def total(values: Iterable[Decimal]) -> Decimal:
    return sum(values, Decimal(0))


def why(body: object) -> str:
    """A vendor's refusal in its own words."""
    if isinstance(body, Mapping) and "Fault" in body:
        return " ".join(_fault(one) for one in body["Fault"].get("Error", []))
    if isinstance(body, Mapping):
        found = body.get("errors") or body.get("error") or body.get("message") or body
        if isinstance(found, Mapping):
            return "; ".join(_said_of(str(name), said) for name, said in found.items())
        return str(found)
    return str(body)


def _fault(error: Mapping[str, Any]) -> str:
    """The sentence first, the code last; the name of the error only where the sentence does not begin with it."""
    message, detail = str(error.get("Message", "")), str(error.get("Detail", ""))
    if detail.startswith(GENERAL):
        detail = detail.removeprefix(GENERAL).lstrip(" :")
    elif not detail.startswith(message):
        detail = f"{message}: {detail}"
    return f"{detail} (code {error.get('code', '')})"


def _said_of(name: str, said: object) -> str:
    """Procore names the field; what concerns the whole record stands under "base"."""
    words = ", ".join(map(str, said)) if isinstance(said, list) else str(said)
    return words if name == "base" else f"{name.replace('_', ' ')}: {words}"


Page = Callable[[Desk, Request, Mapping[str, str]], tuple[str, dict[str, Any]]]
Act = Callable[[Desk, Form, Mapping[str, str]], tuple[str, str]]
"""An act says in a sentence what was done, and where to go then (a path below the desk's own)."""
