"""What project managers write down of cost that no subcontractor bills: direct costs, hours (procore.md 5.16, 5.21)."""
from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from tieout.sandbox.worlds.data import Does
from tieout.sandbox.worlds.places import Places
from tieout.sandbox.worlds.rest import ProcoreRest

# What a line of the world's files says, and the field of a direct cost's line.
LINE_FIELDS = (("amount", "manual_amount"), ("quantity", "quantity"), ("unit_cost", "unit_cost"), ("unit", "uom"))


class CostRecords:
    """`does` names the acts."""

    def __init__(self, procore: ProcoreRest, places: Places) -> None:
        self.procore, self.places = procore, places
        self.does: dict[str, Does] = {
            "direct_cost": self.direct_cost, "approve_direct_costs": self.approve_direct_costs,
            "timesheet": self.timesheet, "approve_timesheets": self.approve_timesheets}

    def direct_cost(self, facts: Mapping[str, Any], on: date) -> list[str]:
        """facts: project, kind (invoice, expense, payroll), vendor or employee, number (of an invoice), lines; approved
        where no status is given; terms and paid (a day) where they are known. A line has the flat code, a description,
        and the amount or a quantity with its unit and unit_cost."""
        project = self.places.project(facts["project"])
        payee = {"employee_id": self.places.employee(facts["employee"])} if "employee" in facts else \
            {"vendor_id": self.places.vendor(facts["vendor"])}
        number = {"invoice_number": facts["number"]} if "number" in facts else {}
        made = self.procore.post(f"/rest/v1.1/projects/{project}/direct_costs", {"direct_cost": {
            "direct_cost_type": facts["kind"], **payee, **number,
            "direct_cost_date": on.isoformat(), "received_date": on.isoformat(),
            "status": facts.get("status", "approved"), "description": facts.get("memo", ""),
            **{field: facts[name] for name, field in (("terms", "terms"), ("paid", "payment_date")) if name in facts},
            "line_items": [
                {"wbs_code_id": self.places.code(project, line["code"]), "description": line.get("description", ""),
                 **{field: line[name] for name, field in LINE_FIELDS if name in line}} for line in facts["lines"]]}})
        about = f" {facts['number']}" if number else ""
        whom = facts.get("vendor", facts.get("employee"))
        return [f"Wrote down {facts['kind']}{about} of {whom} on {facts['project']}: "
                f"{Decimal(made['grand_total']):,.2f}."]

    def approve_direct_costs(self, facts: Mapping[str, Any], on: date) -> list[str]:
        """facts: project, numbers of invoices."""
        project = self.places.project(facts["project"])
        path = f"/rest/v1.1/projects/{project}/direct_costs"
        said = []
        for number in facts["numbers"]:
            for row in self.procore.rows(path, filters__invoice_number=number):
                self.procore.patch(f"{path}/{row['id']}", {"direct_cost": {"status": "approved"}})
                said.append(f"Approved invoice {number} of {row['vendor']} on {facts['project']}.")
        return said

    def timesheet(self, facts: Mapping[str, Any], on: date) -> list[str]:
        """facts: project, entries, and the day where it is not the act's own. An entry has employee, hours and the flat
        code; time_type (REG, OT or DT), billable and memo where they matter."""
        project = self.places.project(facts["project"])
        kinds = {row["abbreviated_time_type"]: row["id"] for row in self.procore.rows(
            "/rest/v1.0/timecard_time_types", project_id=project)}
        made = self.procore.post(f"/rest/v1.1/projects/{project}/project_timesheet_timecard_entries/draft_create", {
            "date": facts.get("day", on.isoformat()), "timecard_entries": [
                {"party_id": self.places.employee(entry["employee"]), "hours": entry["hours"],
                 "wbs_code_id": self.places.code(project, entry["code"]),
                 "timecard_time_type_id": kinds[entry.get("time_type", "REG")],
                 "billable": entry.get("billable", False), "description": entry.get("memo", "")}
                for entry in facts["entries"]]})
        hours = sum((Decimal(entry["hours"]) for entry in made["timecard_entries"]), Decimal(0))
        return [f"Handed in timesheet {made['name']} on {facts['project']}: {hours} hours."]

    def approve_timesheets(self, facts: Mapping[str, Any], on: date) -> list[str]:
        """facts: project. All that wait are approved."""
        project = self.places.project(facts["project"])
        path = f"/rest/v1.0/projects/{project}/timesheets"
        waiting = [row for row in self.procore.rows(path) if row["status"] == "pending"]
        if waiting:
            self.procore.patch(f"{path}/update_approval", {
                "timesheets": [{"id": row["id"], "status": "approved"} for row in waiting]})
        return [f"Approved timesheet {row['name']} on {facts['project']}." for row in waiting]
