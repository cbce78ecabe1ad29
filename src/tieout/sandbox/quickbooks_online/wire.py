"""Bytes in and out: exact JSON numbers, Intuit's dates and times, money in cents."""
from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import msgspec

from tieout.sandbox.kit import Response

CENT = Decimal("0.01")
JSON_TYPE = "application/json;charset=UTF-8"

_decoder: msgspec.json.Decoder[Any] = msgspec.json.Decoder(float_hook=Decimal)
_encoder = msgspec.json.Encoder(decimal_format="number")

_STANDARD = timezone(timedelta(hours=-8))
_DAYLIGHT = timezone(timedelta(hours=-7))


def decode(body: bytes) -> Any:
    """JSON with fractions as Decimal. Raises ValueError on anything else."""
    try:
        return _decoder.decode(body)
    except (msgspec.DecodeError, RecursionError) as wrong:
        raise ValueError(str(wrong)) from wrong


def encode(value: object) -> bytes:
    return _encoder.encode(value)


def answer(status: int, value: object, headers: Mapping[str, str] | None = None) -> Response:
    return Response(status, {"Content-Type": JSON_TYPE, **(headers or {})}, encode(value))


def rounded(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)


def plain(number: Decimal) -> Decimal:
    """Without trailing zeros and without an exponent."""
    return number.quantize(Decimal(1)) if number == number.to_integral_value() else number.normalize()


def cents(amount: Decimal | int) -> int:
    """Integer cents of an amount that has at most two decimals."""
    return int((Decimal(amount) * 100).to_integral_value(ROUND_HALF_UP))


def money(in_cents: int) -> Decimal:
    return Decimal(in_cents).scaleb(-2)


def shares(total: int, weights: list[int]) -> list[int]:
    """Whole parts of a total by weight, which add up to it; the largest remainders take the odd cents. Weights may be
    below zero, as the lines of retainage are."""
    whole = sum(weights)
    if not weights:
        return []
    if not whole:
        return [total, *[0] * (len(weights) - 1)]
    sign = -1 if total < 0 else 1
    parts = [divmod(abs(total) * weight * (1 if whole > 0 else -1), abs(whole)) for weight in weights]
    left = abs(total) - sum(part for part, _ in parts)
    first = sorted(range(len(parts)), key=lambda place: -parts[place][1])[:left]
    return [sign * (part + (place in first)) for place, (part, _) in enumerate(parts)]


def _sunday(year: int, month: int, nth: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(6 - first.weekday()) % 7 + 7 * (nth - 1))


def pacific(moment: datetime) -> datetime:
    """US Pacific time by the rule in force since 2007, so that no time-zone database is needed."""
    year = moment.astimezone(_STANDARD).year
    starts = datetime(year, 3, _sunday(year, 3, 2).day, 10, tzinfo=UTC)
    ends = datetime(year, 11, _sunday(year, 11, 1).day, 9, tzinfo=UTC)
    return moment.astimezone(_DAYLIGHT if starts <= moment < ends else _STANDARD)


def stamp(moment: datetime) -> str:
    """`2026-03-02T08:15:27-08:00`, as in MetaData."""
    return pacific(moment).isoformat(timespec="seconds")


def envelope_time(moment: datetime) -> str:
    """`2026-03-02T08:15:27.114-08:00`, as in the `time` of an envelope."""
    return pacific(moment).isoformat(timespec="milliseconds")


def read_moment(text: str) -> datetime:
    """A date or a date-time with or without zone; without one it is Pacific. Raises ValueError."""
    text = text.strip().replace(" ", "+")      # an unescaped plus sign of a query string
    found = datetime.fromisoformat(text)
    if found.tzinfo is not None:
        return found
    guess = found.replace(tzinfo=_STANDARD)
    return found.replace(tzinfo=pacific(guess).tzinfo)
