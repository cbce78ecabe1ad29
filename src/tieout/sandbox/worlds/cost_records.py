"""What the project managers write down of cost that no subcontractor bills: direct costs (procore.md 5.16)."""
from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from tieout.sandbox.worlds.places import Places
from tieout.sandbox.worlds.rest import ProcoreRest


class CostRecords:
    """`does` names the acts."""

    def __init__(self, procore: ProcoreRest, places: Places) -> None:
        self.procore, self.places = procore, places
        self.does: dict[str, Callable[[Mapping[str, Any], date], list[str]]] = {"direct_cost": self.direct_cost}

    def direct_cost(self, facts: Mapping[str, Any], on: date) -> list[str]:
        """facts: project, kind (invoice, expense, payroll), vendor or employee, number (of an invoice), lines; approved
        where no status is given. A line has the flat code, the amount and a description."""
        project = self.places.project(facts["project"])
        payee = {"employee_id": self.places.employee(facts["employee"])} if "employee" in facts else \
            {"vendor_id": self.places.vendor(facts["vendor"])}
        number = {"invoice_number": facts["number"]} if "number" in facts else {}
        made = self.procore.post(f"/rest/v1.1/projects/{project}/direct_costs", {"direct_cost": {
            "direct_cost_type": facts["kind"], **payee, **number,
            "direct_cost_date": on.isoformat(), "received_date": on.isoformat(),
            "status": facts.get("status", "approved"), "description": facts.get("memo", ""), "line_items": [
                {"wbs_code_id": self.places.code(project, line["code"]), "manual_amount": line["amount"],
                 "description": line.get("description", "")} for line in facts["lines"]]}})
        about = f" {facts['number']}" if number else ""
        whom = facts.get("vendor", facts.get("employee"))
        return [f"Wrote down {facts['kind']}{about} of {whom} on {facts['project']}: "
                f"{Decimal(made['grand_total']):,.2f}."]
