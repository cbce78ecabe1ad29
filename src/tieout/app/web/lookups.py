"""What a person can choose from when a problem needs a record: names from what was last seen in QuickBooks."""
from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from tieout.app.web.outside import understood
from tieout.app.web.words import day_shown
from tieout.core.books import Account, Bill, Customer, Item, Vendor
from tieout.core.money import shown
from tieout.engine.store.models import Pair

OFFERED = 30
MOST_BILLS = 2000

# what a choice needs -> (kind of record seen, what the record is called in a sentence)
NEEDS = {
    "account": ("account", "account"), "vendor": ("vendor", "vendor"), "customer": ("customer", "customer"),
    "job": ("customer", "job"), "item": ("item", "item"), "bill": ("bill", "bill"),
}


def records(pair: Pair, needs: str) -> Iterator[tuple[str, str]]:
    """(id, label) of every record that may be chosen, inactive ones left out."""
    kind, _ = NEEDS[needs]
    if needs == "bill":
        vendors = {noun.id: noun.name for noun in understood(pair, "vendor") if isinstance(noun, Vendor)}
        for noun in understood(pair, kind, newest=MOST_BILLS):
            if isinstance(noun, Bill):
                vendor = vendors.get(noun.vendor, "")
                yield (
                    noun.id,
                    f"{noun.number or 'no number'} · {vendor} · {day_shown(noun.dated)} · {shown(noun.total)}",
                )
        return
    for noun in understood(pair, kind):
        label = LABELS[kind](noun)
        if label and getattr(noun, "active", True) and (needs != "customer" or not getattr(noun, "parent", "")):
            yield str(getattr(noun, "id", "")), label


def account_label(noun: Any) -> str:
    return noun.label if isinstance(noun, Account) else ""


def vendor_label(noun: Any) -> str:
    return noun.name if isinstance(noun, Vendor) else ""


def customer_label(noun: Any) -> str:
    return noun.full_name if isinstance(noun, Customer) else ""


def item_label(noun: Any) -> str:
    return noun.name if isinstance(noun, Item) else ""


LABELS: dict[str, Callable[[Any], str]] = {
    "account": account_label, "vendor": vendor_label, "customer": customer_label, "item": item_label,
}


def options(pair: Pair, needs: str, typed: str) -> list[str]:
    """Labels in which every typed word occurs, those that begin with the text first."""
    if needs not in NEEDS:
        return []
    words = typed.casefold().split()
    labels = {label for _, label in records(pair, needs) if all(word in label.casefold() for word in words)}
    return sorted(
        labels, key=lambda label: (not label.casefold().startswith(typed.casefold().strip()), label.casefold())
    )[:OFFERED]


def chosen(pair: Pair, needs: str, given: str) -> tuple[str, str]:
    """(id, fault) for what stands in the box: a whole label, or words that only one record has."""
    if needs not in NEEDS:
        return given, "" if given else "Write what is asked for here."
    called = NEEDS[needs][1]
    if not given:
        return "", f"Choose {'an' if called[0] in 'aeio' else 'a'} {called} first."
    wanted = " ".join(given.split()).casefold()
    found = [(id_, label) for id_, label in records(pair, needs)]
    same = [id_ for id_, label in found if " ".join(label.split()).casefold() == wanted]
    if not same:
        words = wanted.split()
        same = [id_ for id_, label in found if all(word in label.casefold() for word in words)]
    if len(same) == 1:
        return same[0], ""
    if not same:
        return "", f"QuickBooks has no active {called} “{given}”. Choose one from the list."
    return "", f"“{given}” fits {len(same)} of them. Choose one from the list."


def label_of(pair: Pair, needs: str, value: str) -> str:
    """How a chosen id reads; the id itself where the record is gone."""
    if needs not in NEEDS or not value:
        return value
    return next((label for id_, label in records(pair, needs) if id_ == value), value)
