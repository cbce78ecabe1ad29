"""What the project managers do in Procore, by its own REST calls.

Ids are looked up when they are first needed, so a world can be taken up again after the sandbox came back.
"""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from tieout.sandbox.worlds.cost_records import CostRecords
from tieout.sandbox.worlds.data import (
    Application,
    Billed,
    ChangeOrder,
    Commitment,
    Does,
    Scenario,
    application_of,
    change_order_of,
    contract_of,
)
from tieout.sandbox.worlds.owner_side import OwnerSide
from tieout.sandbox.worlds.places import Places
from tieout.sandbox.worlds.rest import ProcoreRest

KINDS = {"subcontract": "work_order_contract", "purchase_order": "purchase_order_contract"}
# What a line of the world's files says, and the field of a requisition item that it is written to (procore.md 5.14).
ITEM_FIELDS = (("work", "work_completed_this_period"), ("quantity", "work_completed_this_period_quantity"),
               ("stored", "materials_presently_stored"),
               ("held", "work_completed_retainage_retained_this_period"),
               ("released", "work_completed_retainage_released_this_period"),
               ("stored_held", "materials_stored_retainage_currently_retained"))


class ProjectManager:
    def __init__(self, scenario: Scenario, procore: ProcoreRest) -> None:
        self.procore, self.places = procore, Places(procore)
        self.commitments = {commitment.number: commitment for commitment in scenario.commitments}
        self._contracts: dict[str, int] = {}
        self._packages: dict[str, int] = {}
        self._applications: dict[str, int] = {}
        self.does: dict[str, Does] = {
            "award": self.award, "set_status": self.set_status, "draft": self.draft, "submit": self.submit,
            "approve": self.approve, "approve_as_noted": self.approve_as_noted, "set_back": self.set_back,
            "propose_change_orders": self.propose, "approve_change_orders": self.approve_orders,
            "reject_change_orders": self.reject_orders, "record_payment": self.record_payment,
            **OwnerSide(scenario, procore, self.places).does, **CostRecords(procore, self.places).does}

    # Commitments

    def award(self, facts: Mapping[str, Any], on: date) -> list[str]:
        return [self._award(contract_of(self.commitments, number), on) for number in facts["commitments"]]

    def _award(self, commitment: Commitment, on: date) -> str:
        kind, project = KINDS[commitment.kind], self.places.project(commitment.project)
        made = self.procore.post(f"/rest/v1.0/{kind}s", {"project_id": project, kind: {
            "number": commitment.number, "title": commitment.title, "vendor_id": self.places.vendor(commitment.vendor),
            "status": "Draft", "accounting_method": commitment.accounting,
            "contract_date": commitment.dated.isoformat(), "retainage_percent": commitment.retainage_percent}})
        contract: int = made["id"]
        self._contracts[commitment.number] = contract
        for line in commitment.lines:
            priced = ({"quantity": line.quantity, "unit_cost": line.unit_cost, "uom": line.unit}
                      if commitment.accounting == "unit" else {"amount": line.amount})
            taxed = {"tax_code_id": self.places.tax_code(line.tax)} if line.tax else {}
            self.procore.post(f"/rest/v1.0/{kind}s/{contract}/line_items", {"project_id": project, "line_item": {
                "wbs_code_id": self.places.code(project, line.flat_code), "description": line.description, **priced,
                **taxed}})
        if commitment.moves_materials:
            self.procore.patch(f"/rest/v1.0/projects/{project}/contracts/{contract}/invoice_configuration",
                               {"invoice_configuration": {"move_materials_to_previous_work_completed": True}})
        self._write_contract(commitment, {"status": "Approved", "executed": True, "execution_date": on.isoformat()})
        return f"Awarded {commitment.number} “{commitment.title}” to {commitment.vendor}."

    def _write_contract(self, commitment: Commitment, values: Mapping[str, Any]) -> None:
        kind = KINDS[commitment.kind]
        self.procore.patch(f"/rest/v1.0/{kind}s/{self.contract(commitment)}",
                           {"project_id": self.places.project(commitment.project), kind: values})

    def set_status(self, facts: Mapping[str, Any], on: date) -> list[str]:
        for number in facts["commitments"]:
            self._write_contract(contract_of(self.commitments, number), {"status": facts["status"]})
        return [f"Set {number} to {facts['status']}." for number in facts["commitments"]]

    # Change orders

    def propose(self, facts: Mapping[str, Any], on: date) -> list[str]:
        return [self._propose(*change_order_of(self.commitments, key)) for key in facts["change_orders"]]

    def _propose(self, commitment: Commitment, order: ChangeOrder) -> str:
        project = self.places.project(commitment.project)
        made = self.procore.post("/rest/v1.0/change_order_packages", {
            "project_id": project, "contract_id": self.contract(commitment),
            "change_order": {"title": order.title, "number": order.number.zfill(3), "status": "draft"}})
        package: int = made["id"]
        self._packages[f"{commitment.number}/CO{order.number}"] = package
        [newer] = self.procore.rows(f"/rest/v1.0/projects/{project}/commitment_change_orders",
                                    filters__legacy_package_id=package)
        lines = f"/rest/v2.0/companies/{self.procore.company_id}/projects/{project}" \
                f"/commitment_change_orders/{newer['id']}/line_items"
        for line in order.lines:
            self.procore.post(lines, {"wbs_code_id": str(self.places.code(project, line.flat_code)),
                                      "description": line.description, "amount": line.amount,
                                      **({"tax_code_id": str(self.places.tax_code(line.tax))} if line.tax else {})})
        if order.markup_percent:
            self._add_markup(project, package, commitment, order)
        self._write_order(commitment, order, "pending")
        return f"Proposed change order {order.number} “{order.title}” on {commitment.number}."

    def _add_markup(self, project: int, package: int, commitment: Commitment, order: ChangeOrder) -> None:
        [potential] = [row for row in self.procore.rows("/rest/v1.0/potential_change_orders", project_id=project,
                                                        filters__contract_id=self.contract(commitment))
                       if row["title"] == order.title]
        self.procore.post("/rest/v1.0/financials/markups", {"project_id": project, "markup": {
            "name": "Overhead and profit", "percentage": order.markup_percent,
            "markup_set": "change_orders_horizontal", "applies_to_all": True}},
            holder_id=potential["id"], holder_type="PotentialChangeOrder")

    def approve_orders(self, facts: Mapping[str, Any], on: date) -> list[str]:
        return [self._decide(key, "approved") for key in facts["change_orders"]]

    def reject_orders(self, facts: Mapping[str, Any], on: date) -> list[str]:
        return [self._decide(key, "rejected") for key in facts["change_orders"]]

    def _decide(self, key: str, status: str) -> str:
        commitment, order = change_order_of(self.commitments, key)
        self._write_order(commitment, order, status)
        return f"Change order {order.number} on {commitment.number} is {status}."

    def _write_order(self, commitment: Commitment, order: ChangeOrder, status: str) -> None:
        self.procore.patch(f"/rest/v1.0/change_order_packages/{self.package(commitment, order)}", {
            "project_id": self.places.project(commitment.project), "contract_id": self.contract(commitment),
            "change_order": {"status": status}})

    # Subcontractor invoices

    def draft(self, facts: Mapping[str, Any], on: date) -> list[str]:
        return [self._bill(key, "draft") for key in facts["applications"]]

    def submit(self, facts: Mapping[str, Any], on: date) -> list[str]:
        return [self._bill(key, "under_review") for key in facts["applications"]]

    def _bill(self, key: str, status: str) -> str:
        commitment, application = application_of(self.commitments, key)
        project, contract = self.places.project(commitment.project), self.contract(commitment)
        made = self.procore.post("/rest/v1.1/requisitions", {
            "project_id": project, "commitment_id": contract, "requisition": {
                "period_id": self.places.period(project, application.period), "invoice_number": application.invoice,
                "billing_date": application.billing_date.isoformat(), "status": "draft"}}, view="items")
        requisition: int = made["id"]
        self._applications[key] = requisition
        for package in self._packages_to_add(commitment, application):
            self.procore.post(f"/rest/v1.0/requisitions/{requisition}/add_change_order_package", None,
                              commitment_id=contract, project_id=project, change_order_package_id=package)
        written = self._items(commitment, application, project, requisition)
        self.procore.patch(f"/rest/v1.0/requisitions/{requisition}/bulk_item_update", {"requisition_items": written},
                           project_id=project)
        if status != "draft":
            self._write_application(key, status)
        word = "Drafted" if status == "draft" else "Received"
        return f"{word} application {application.number} of {commitment.number} ({commitment.vendor}, " \
               f"{application.invoice})."

    def _packages_to_add(self, commitment: Commitment, application: Application) -> list[int]:
        """The change orders that this application is the first to bill."""
        def billed(one: Application) -> set[str]:
            return {line.line.split(".")[0] for line in one.lines if line.line.startswith("CO")}

        earlier: set[str] = set()
        for one in commitment.applications:
            if one.number < application.number:
                earlier |= billed(one)
        new = billed(application) - earlier
        return [self.package(commitment, order) for order in commitment.change_orders if f"CO{order.number}" in new]

    def _items(self, commitment: Commitment, application: Application, project: int,
               requisition: int) -> list[dict[str, object]]:
        shown = self.procore.get(f"/rest/v1.1/requisitions/{requisition}", project_id=project, view="items")
        held = {item["id"]: item for item in shown["items"]}
        of_contract = [i for i in shown["items"] if i["item_type"] == "contract_item"]
        names = {i["id"]: line.line for i, line in zip(of_contract, commitment.lines, strict=True)}
        of_orders = [i for i in shown["items"] if i["item_type"] == "change_order_item"]
        names |= {i["id"]: name for i, name in zip(of_orders, self._order_lines(commitment, application), strict=True)}
        by_name = {name: held[number] for number, name in names.items()}
        return [{"id": by_name[line.line]["id"], "item_type": by_name[line.line]["item_type"], **item_values(line)}
                for line in application.lines]

    def _order_lines(self, commitment: Commitment, application: Application) -> list[str]:
        """Lines of change orders as they stand on this application: in the order in which the orders were added."""
        found: list[str] = []
        for one in commitment.applications[:application.number]:
            for order in commitment.change_orders:
                names = [line.line for line in order.lines]
                if names[0] not in found and any(line.line in names for line in one.lines):
                    found += names
        return found

    def approve(self, facts: Mapping[str, Any], on: date) -> list[str]:
        return self._set(facts["applications"], "approved", "Approved")

    def approve_as_noted(self, facts: Mapping[str, Any], on: date) -> list[str]:
        return self._set(facts["applications"], "approved_as_noted", "Approved as noted")

    def set_back(self, facts: Mapping[str, Any], on: date) -> list[str]:
        return self._set(facts["applications"], "revise_and_resubmit", "Set back")

    def _set(self, keys: Sequence[str], status: str, word: str) -> list[str]:
        said = []
        for key in keys:
            commitment, application = application_of(self.commitments, key)
            self._write_application(key, status)
            said.append(f"{word} application {application.number} of {commitment.number} ({commitment.vendor}, "
                        f"{application.invoice}).")
        return said

    def _write_application(self, key: str, status: str) -> None:
        commitment, application = application_of(self.commitments, key)
        self.procore.patch(f"/rest/v1.1/requisitions/{self.requisition(commitment, application)}", {
            "project_id": self.places.project(commitment.project), "commitment_id": self.contract(commitment),
            "requisition": {"status": status}})

    def record_payment(self, facts: Mapping[str, Any], on: date) -> list[str]:
        commitment, application = application_of(self.commitments, facts["application"])
        self.procore.post("/rest/v1.0/contract_payments", {
            "project_id": self.places.project(commitment.project), "contract_id": self.contract(commitment),
            "contract_payment": {
                "amount": facts["amount"], "date": on.isoformat(), "check_number": facts["check"],
                "payment_method": "check", "invoice_number": application.invoice,
                "requisition_id": self.requisition(commitment, application)}})
        return [f"Recorded the payment of {Decimal(facts['amount']):,.2f} on {application.invoice} by hand."]

    # Where things stand in Procore

    def contract(self, commitment: Commitment) -> int:
        if commitment.number not in self._contracts:
            rows = self.procore.rows(f"/rest/v1.0/{KINDS[commitment.kind]}s",
                                     project_id=self.places.project(commitment.project))
            self._contracts |= {row["number"]: row["id"] for row in rows}
        return self._contracts[commitment.number]

    def package(self, commitment: Commitment, order: ChangeOrder) -> int:
        key = f"{commitment.number}/CO{order.number}"
        if key not in self._packages:
            rows = self.procore.rows("/rest/v1.0/change_order_packages", contract_id=self.contract(commitment),
                                     project_id=self.places.project(commitment.project))
            self._packages |= {f"{commitment.number}/CO{int(row['number'])}": row["id"] for row in rows}
        return self._packages[key]

    def requisition(self, commitment: Commitment, application: Application) -> int:
        key = f"{commitment.number}/{application.number}"
        if key not in self._applications:
            rows = self.procore.rows("/rest/v1.1/requisitions", project_id=self.places.project(commitment.project),
                                     filters__commitment_id=self.contract(commitment))
            self._applications |= {f"{commitment.number}/{row['number']}": row["id"] for row in rows}
        return self._applications[key]


def item_values(line: Billed) -> dict[str, str]:
    return {field: getattr(line, name) for name, field in ITEM_FIELDS if getattr(line, name)}
