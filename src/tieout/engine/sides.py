"""Where the engine gets a pair's two systems from. Wiring provides them; the engine never learns whose they are."""
from __future__ import annotations

from collections.abc import Callable

from tieout.engine.store.models import Pair
from tieout.ports import System

Factory = Callable[[Pair], tuple[System, System]]

_factory: list[Factory] = []


def provide(factory: Factory) -> None:
    """Called once, by wiring (and by tests that bring their own)."""
    _factory[:] = [factory]


def sides_of(pair: Pair) -> tuple[System, System]:
    """(Procore, QuickBooks) of a pair; no call is made until one of them is asked something."""
    assert _factory, "no systems were provided: tieout.app.wiring has not been imported"
    return _factory[0](pair)
