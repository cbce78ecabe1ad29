"""All that the practice Procore holds, as flat rows: to see that a refused call has written nothing."""
from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tieout.sandbox.procore import Procore

PACKAGE = "tieout.sandbox.procore"
# What a call leaves behind whether it is refused or not, and what leads out of the companies.
PASSING = {"now", "host", "kit", "group"}


def state_of(service: Procore) -> dict[str, str]:
    """Where a value stands -> the value. An object that is met again is told once."""
    return {"ids": repr(service.ids.mark()), **dict(_rows(service.companies, "companies", set()))}


def _rows(value: Any, place: str, met: set[int]) -> Iterator[tuple[str, str]]:
    parts = _parts(value)
    if parts is None:
        yield place, repr(sorted(map(str, value))) if isinstance(value, (set, frozenset)) else repr(value)
    elif id(value) not in met:
        met.add(id(value))
        yield place, f"{type(value).__name__} of {len(parts)}"
        for name, part in parts:
            yield from _rows(part, f"{place}.{name}", met)


def _parts(value: Any) -> list[tuple[str, Any]] | None:
    """None for what is no more than itself."""
    if isinstance(value, dict):
        return [(str(getattr(key, "id", key)), part) for key, part in value.items()]
    if isinstance(value, (list, tuple)):
        return [(str(number), part) for number, part in enumerate(value)]
    if not type(value).__module__.startswith(PACKAGE):
        return None
    slots = (name for kind in type(value).__mro__ for name in getattr(kind, "__slots__", ()))
    names = [name for name in (*getattr(value, "__dict__", ()), *slots) if name not in PASSING]
    return [(name, getattr(value, name)) for name in names if hasattr(value, name)]
