"""Numbers of things as the office says them."""
from __future__ import annotations

from collections.abc import Mapping

OFFICE = {"customer": "job"}                                 # the sub-customer of a project, as the office calls it
PLURALS = {"payment issued": "payments issued"}


def counted(number: int, kind: str) -> str:
    """`1 bill`, `3 jobs`, `2 journal entries`, `6 payments issued`. kind: a kind of record, as in the database."""
    one = OFFICE.get(kind, kind.replace("_", " "))
    if number == 1:
        return f"1 {one}"
    many = PLURALS.get(one) or (f"{one[:-1]}ies" if one.endswith("y") else f"{one}s")
    return f"{number} {many}"


def all_counted(numbers: Mapping[str, int]) -> str:
    return ", ".join(counted(number, kind) for kind, number in numbers.items()) or "nothing"
