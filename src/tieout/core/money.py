"""Exact money: `Decimal` with two decimals, rounded half-up away from zero. Storage keeps whole cents."""
from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

Money = Decimal

ZERO = Decimal("0.00")
CENT = Decimal("0.01")


def money(value: str | int | Decimal) -> Money:
    """An amount given exactly. Raises ValueError for anything with a fraction of a cent, or no number at all."""
    try:
        exact = Decimal(value)
        rounded_ = exact.quantize(CENT)
    except (InvalidOperation, ValueError) as broken:
        raise ValueError(f"{value!r} is not an amount; write it like 1250.00") from broken
    if rounded_ != exact:
        raise ValueError(f"{value!r} has a fraction of a cent; amounts have two decimals")
    return rounded_ + ZERO                                   # turns -0.00 into 0.00


def rounded(value: Decimal) -> Money:
    """To the cent, half-up away from zero on both signs: 2.345 -> 2.35, -2.345 -> -2.35."""
    return value.quantize(CENT, rounding=ROUND_HALF_UP) + ZERO


def to_cents(amount: Money) -> int:
    return int(amount.scaleb(2).to_integral_exact())


def from_cents(cents: int) -> Money:
    return Decimal(cents).scaleb(-2).quantize(CENT)


def shown(amount: Money) -> str:
    """As people write it: `1,250.00`, below zero in parentheses."""
    return f"({-amount:,.2f})" if amount < 0 else f"{amount:,.2f}"
