"""The money of a budget, worked out from the project's documents by budget code (procore.md 5.9, 6.3)."""
from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from tieout.sandbox.procore.code_records import WbsCode
from tieout.sandbox.procore.contract_records import PENDING
from tieout.sandbox.procore.state import Project, Vendor
from tieout.sandbox.procore.web import ZERO

# The columns of the standard view in their order; a formula column has no documents of its own.
COLUMNS = ("Original Budget Amount", "Budget Modifications", "Approved COs", "Revised Budget",
           "Pending Budget Changes", "Projected Budget", "Committed Costs", "Direct Costs", "Job to Date Costs",
           "Pending Cost Changes", "Projected Costs", "Forecast to Complete", "Estimated Cost at Completion",
           "Projected Over/Under")
SOURCES = ("Original Budget Amount", "Budget Modifications", "Approved COs", "Pending Budget Changes",
           "Committed Costs", "Direct Costs", "Job to Date Costs", "Pending Cost Changes")
COMMITTED = {"work_order_contract": ("Approved", "Complete", "Terminated"),
             "purchase_order_contract": ("Approved", "Closed", "Partially Received", "Received")}
PENDING_CONTRACTS = ("Out For Signature", "Processing", "Submitted")
COSTED = ("pending", "revise_and_resubmit", "approved")


@dataclass(frozen=True, slots=True)
class Entry:
    """One document line's part in one column. kind and id name the line."""

    column: str
    code: WbsCode
    amount: Decimal
    kind: str
    id: int
    item: str
    description: str | None = None
    vendor: Vendor | None = None
    contract: tuple[int, str] | None = None


def entries(project: Project) -> Iterator[Entry]:
    """All that the budget is made of."""
    yield from _budget(project)
    yield from _contracts(project)
    yield from _owner_changes(project)
    yield from _direct_costs(project)
    yield from _invoices(project)


def _budget(project: Project) -> Iterator[Entry]:
    held = project.budget
    for line in held.lines.values():
        if line.budgeted:
            yield Entry("Original Budget Amount", line.code, line.amount, "budget_line_item", line.id,
                        "Original Budget")
    for change in held.changes.values():
        if change.status == "approved":
            for one in change.lines.values():
                yield Entry("Budget Modifications", one.code, one.amount, "budget_change", one.id,
                            f"Budget Change #{change.number}", one.description)
    for row in held.modifications.values():
        for sign, name in ((-1, "from_budget_line_item_id"), (1, "to_budget_line_item_id")):
            moved = held.lines.get(row.get(name) or 0)
            if moved is not None:
                yield Entry("Budget Modifications", moved.code, sign * row.get("transfer_amount"),
                            "budget_modification", row.id, "Budget Modification", row.get("notes"))


def _contracts(project: Project) -> Iterator[Entry]:
    for contract in project.contracts.values():
        if contract.deleted_at is not None or contract.kind not in COMMITTED:
            continue
        name = f"{contract.get('number')}: {contract.get('title') or ''}".rstrip(": ")
        column = "Committed Costs" if contract.status in COMMITTED[contract.kind] else \
            "Pending Cost Changes" if contract.status in PENDING_CONTRACTS else ""
        if column:
            for line in contract.lines.values():
                yield Entry(column, line.wbs_code, line.amount, "commitment_contract", line.id, name,
                            line.get("description"), contract.vendor, (contract.id, name))
        for order in contract.change_orders.values():
            column = "Committed Costs" if order.status == "approved" else \
                "Pending Cost Changes" if order.status in PENDING else ""
            if column and order.deleted_at is None:
                for line in order.lines.values():
                    yield Entry(column, line.wbs_code, line.amount, "commitment_change_order", line.id,
                                f"{name} change order {order.get('number')}", line.get("description"),
                                contract.vendor, (contract.id, name))


def _owner_changes(project: Project) -> Iterator[Entry]:
    """What the owner has approved, or may, on top of the prime contract."""
    for contract in project.prime_contracts.values():
        name = f"{contract.get('number')}: {contract.get('title') or ''}".rstrip(": ")
        for order in contract.change_orders.values() if contract.deleted_at is None else ():
            column = "Approved COs" if order.status == "approved" else \
                "Pending Budget Changes" if order.status in PENDING else ""
            if column and order.deleted_at is None:
                for line in order.lines.values():
                    yield Entry(column, line.wbs_code, line.amount, "prime_change_order", line.id,
                                f"Owner change order {order.get('number')}", line.get("description"),
                                contract.vendor, (contract.id, name))


def _direct_costs(project: Project) -> Iterator[Entry]:
    """A draft is not in the budget (6.4)."""
    for cost in project.direct_costs.values():
        if cost.deleted_at is None and cost.get("status") in COSTED:
            name = f"Direct cost {cost.get('invoice_number') or cost.id}"
            for line in cost.lines.values():
                for column in ("Direct Costs", "Job to Date Costs"):
                    yield Entry(column, line.wbs_code, line.amount, "direct_cost", line.id, name,
                                line.get("description"), cost.vendor)


def _invoices(project: Project) -> Iterator[Entry]:
    """Only status approved counts; approved as noted does not (6.3, rule 9)."""
    for requisition in project.requisitions.values():
        if requisition.get("status") != "approved":
            continue
        contract = requisition.contract
        for item in requisition.items:
            if item.gross:
                yield Entry("Job to Date Costs", item.line.wbs_code, item.gross, "subcontractor_invoice", item.id,
                            f"Invoice #{requisition.get('invoice_number') or requisition.number}",
                            item.line.get("description"), contract.vendor,
                            (contract.id, str(contract.get("title") or "")))


def figures_of(project: Project) -> dict[int, dict[str, Decimal]]:
    """Budget code -> column -> amount, for every code that has a budget line."""
    sums: dict[int, dict[str, Decimal]] = defaultdict(lambda: dict.fromkeys(COLUMNS, ZERO))
    for code in project.budget.by_code:
        _ = sums[code]
    for entry in entries(project):
        sums[entry.code.id][entry.column] += entry.amount
    for row in sums.values():
        worked_out(row)
    return dict(sums)


def worked_out(row: dict[str, Decimal]) -> None:
    """Fills the formula columns. The forecast is what is left to spend, never below zero."""
    row["Revised Budget"] = row["Original Budget Amount"] + row["Budget Modifications"] + row["Approved COs"]
    row["Projected Budget"] = row["Revised Budget"] + row["Pending Budget Changes"]
    row["Projected Costs"] = row["Direct Costs"] + row["Committed Costs"] + row["Pending Cost Changes"]
    row["Forecast to Complete"] = max(row["Projected Budget"] - row["Projected Costs"], ZERO)
    row["Estimated Cost at Completion"] = row["Projected Costs"] + row["Forecast to Complete"]
    row["Projected Over/Under"] = row["Projected Budget"] - row["Estimated Cost at Completion"]
