"""What the practice Procore holds of a project's budget (procore.md 5.9)."""
from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tieout.sandbox.procore.code_records import WbsCode
    from tieout.sandbox.procore.records import Record
    from tieout.sandbox.procore.state import Company, Project


@dataclass(eq=False, slots=True)
class BudgetLine:
    """The budget of one budget code.

    budgeted  False: nobody budgeted it, a line of a contract or a cost brought it in with zero
    amount    the original budget, to the cent
    """

    id: int
    code: WbsCode
    budgeted: bool = True
    amount: Decimal = Decimal(0)
    quantity: Decimal | None = None
    unit_cost: Decimal | None = None
    uom: str | None = None
    strategy: str = "manual"


@dataclass(eq=False, slots=True)
class Adjustment:
    """One line of a budget change. comment only on the first line of its number."""

    id: int
    code: WbsCode
    number: int
    kind: str
    amount: Decimal
    ref: str | None = None
    description: str | None = None
    comment: str | None = None
    strategy: str = "manual"
    quantity: Decimal | None = None
    unit_cost: Decimal | None = None
    uom: str | None = None


@dataclass(slots=True)
class Budget:
    """by_code  budget code -> its line; changes keep their adjustments under `lines`."""

    locked: bool = False
    lines: dict[int, BudgetLine] = field(default_factory=dict)
    by_code: dict[int, BudgetLine] = field(default_factory=dict)
    changes: dict[int, BudgetChange] = field(default_factory=dict)
    modifications: dict[int, Record] = field(default_factory=dict)
    snapshots: dict[int, list[dict[str, object]]] = field(default_factory=dict)

    def back_to(self, count: int) -> None:
        """Takes back the lines that a refused write brought in: the last ones, of so many."""
        while len(self.lines) > count:
            del self.by_code[self.lines.popitem()[1].code.id]


@dataclass(eq=False, slots=True)
class BudgetChange:
    id: int
    number: int
    status: str
    title: str | None = None
    description: str | None = None
    lines: dict[int, Adjustment] = field(default_factory=dict)

    @property
    def total(self) -> Decimal:
        return sum((line.amount for line in self.lines.values()), Decimal(0))


def ensure(company: Company, project: Project, code: WbsCode) -> BudgetLine:
    """The code's line; a contract or a cost on a code without one brings in a line with zero (5.10)."""
    found = project.budget.by_code.get(code.id)
    if found is None:
        found = BudgetLine(company.ids.next("budget_line"), code, budgeted=False)
        project.budget.lines[found.id] = project.budget.by_code[code.id] = found
    return found
