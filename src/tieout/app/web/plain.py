"""A record as it was read, in words: for documents that nothing stands for on the other side."""
from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields, is_dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from tieout.app.web.outside import understood
from tieout.app.web.words import amount_shown, day_shown, words_of
from tieout.core.books import Account, Customer, Item, Vendor
from tieout.engine.store.models import Pair

# what no office asks for
HIDDEN = frozenset({"id", "version", "active", "currency"})
# fields of core's nouns that hold the id of such a record -> the kind it is kept under
NAMED = {"vendor": "vendor", "account": "account", "bank_account": "account", "paid_from": "account", "job": "customer",
         "item": "item"}
LABELS = {"dated": "Date", "note": "Memo", "paid_by": "Payments", "order": "Purchase order", "rate": "Rate"}
# amounts with cents; other decimals are quantities and percentages
NOT_MONEY = frozenset({"quantity", "received", "rate", "unit_cost", "unit_price", "retainage_percent"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    label: str
    value: str
    money: bool = False


class Names:
    """Ids of QuickBooks' lists as people know them, each list read once."""

    def __init__(self, pair: Pair) -> None:
        self._pair, self._lists = pair, dict[str, dict[str, str]]()

    def of(self, kind: str, key: str) -> str:
        if kind not in self._lists:
            nouns = [
                noun for noun in understood(self._pair, kind) if isinstance(noun, Account | Customer | Item | Vendor)
            ]
            self._lists[kind] = {noun.id: label_of(noun) for noun in nouns}
        return self._lists[kind].get(key, key)


def label_of(noun: Account | Customer | Item | Vendor) -> str:
    if isinstance(noun, Account):
        return noun.label
    return noun.full_name if isinstance(noun, Customer) else noun.name


def title(kind: str, noun: object, named: Callable[[str, str], str]) -> str:
    """"Bill D-2207 of Delgado Concrete", as far as the record says."""
    number, vendor = getattr(noun, "number", ""), getattr(noun, "vendor", "")
    return " ".join(filter(None, [kind, str(number), f"of {named('vendor', vendor)}" if vendor else ""]))


def facts(noun: object, named: Callable[[str, str], str]) -> list[Fact]:
    """The fields of a record that say something; its lines are read by `lines`."""
    found = []
    for name, value in of(noun):
        if isinstance(value, tuple) or value in (None, "", False) or name in HIDDEN:
            continue
        found.append(Fact(label=LABELS.get(name) or words_of(name), value=text_of(name, value, named),
                          money=isinstance(value, Decimal) and name not in NOT_MONEY))
    return found


def lines(noun: object, named: Callable[[str, str], str]) -> list[list[Fact]]:
    """Each line, or each document that a payment settles, as its facts."""
    parts = [part for _, value in of(noun) if isinstance(value, tuple) for part in value if is_dataclass(part)]
    return [facts(part, named) for part in parts]


def of(noun: object) -> Iterable[tuple[str, Any]]:
    return [(one.name, getattr(noun, one.name)) for one in fields(noun)] if is_dataclass(noun) else []


def text_of(name: str, value: Any, named: Callable[[str, str], str]) -> str:
    if name in NAMED:
        return named(NAMED[name], str(value))
    if isinstance(value, Decimal):
        return f"{value.normalize():f}" if name in NOT_MONEY else amount_shown(value)
    if isinstance(value, date):
        return day_shown(value)
    return "yes" if value is True else str(value)
