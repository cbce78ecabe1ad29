"""What differs between the derivation and what was found: in the books, and in a tie-out. Empty where nothing does."""
from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from tests.support.maple_books import Books


def of_books(books: Books, day: str, month: Mapping[str, Any]) -> dict[str, Any]:
    """QuickBooks at a month's end: {what: {key: (found, expected)}}."""
    return _apart({
        "trial balance": (books.trial_balance(day), month["trial_balance"]),
        "retention payable": (books.retention(), month["retention_payable"]),
        "job cost": (books.job_cost(), month["job_cost"])})


def of_tie_out(found: Mapping[str, Any], month: Mapping[str, Any]) -> dict[str, Any]:
    """`tieout tie-out --json`, or the "tie_out" of the demo, against a month: {figure: {key: (found, expected)}}."""
    figures = {**found["payable"], **found.get("beside", {})}
    return _apart({name: (_flat(cell), _flat(month["tie_out"][name])) for name, cell in figures.items()})


def _flat(cell: Mapping[str, Any]) -> dict[str, Decimal]:
    sides = {side: Decimal(cell[side] or 0) for side in ("procore", "quickbooks", "difference")}
    return {**sides, **{f"class: {kind}": Decimal(amount) for kind, amount in cell["classes"].items()}}


def _apart(pairs: Mapping[str, tuple[Mapping[Any, Decimal], Mapping[Any, Decimal]]]) -> dict[str, Any]:
    apart = {}
    for name, (found, wanted) in pairs.items():
        keys = [key for key in (found.keys() | wanted.keys()) if found.get(key, 0) != wanted.get(key, 0)]
        if keys:
            apart[name] = {key: (found.get(key), wanted.get(key)) for key in sorted(keys)}
    return apart
