"""Reading a tie-out in tests."""
from typing import Any

from tests.support.pictures import Town
from tieout.core import tieout
from tieout.core.money import ZERO
from tieout.core.tieout import PAYABLE, TieOut


def figures(found: TieOut) -> dict[str, tuple[str | None, str | None]]:
    """Figure -> (Procore, QuickBooks), over everything."""
    totals = {figure: found.total(figure) for figure in PAYABLE}
    return {figure: (None if row.procore is None else str(row.procore),
                     None if row.quickbooks is None else str(row.quickbooks)) for figure, row in totals.items()}


def classes(found: TieOut, figure: str) -> dict[str, str]:
    return {name: str(amount) for name, amount in found.total(figure).classes.items()}


def holds(found: TieOut) -> None:
    """The rule above all: in every row the classes add up to the difference, and only known words are used."""
    for row in found.rows:
        assert set(row.classes) <= set(tieout.CLASSES)
        assert sum(row.classes.values(), ZERO) == row.difference == (row.procore or ZERO) - (row.quickbooks or ZERO)


def town_with_a_bill(**more: Any) -> tuple[Town, str, str]:
    """Acme has SC-1 over 15,000.00; its application of 1,500.00, 100.00 held, is entered. Gives town, SC-1, SC-1#1."""
    town = Town(**more)
    sc = town.subcontract("SC-1", vendor="Acme", lines={"03-300.S": "10000.00", "05-120.M": "5000.00"})
    app = town.application(sc, work={"03-300.S": "1000.00", "05-120.M": "500.00"}, held={"03-300.S": "100.00"})
    town.sync()
    return town, sc, app
