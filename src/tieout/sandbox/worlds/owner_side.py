"""What the project managers do towards the owner: prime contracts, owner invoices, payments received."""
from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from tieout.sandbox.worlds.data import (
    Application,
    Billed,
    Does,
    PrimeContract,
    Scenario,
    application_of,
    change_order_of,
    contract_of,
)
from tieout.sandbox.worlds.places import Places
from tieout.sandbox.worlds.rest import ProcoreRest

# What a line of the world's files says, and the field of a line of an owner invoice (procore.md 5.19).
LINE_FIELDS = (("work", "work_completed_this_period"), ("stored", "materials_presently_stored"),
               ("held", "work_completed_retainage_retained_this_period"),
               ("released", "work_completed_retainage_released_this_period"))


class OwnerSide:
    """`does` names the acts. An application of a prime contract is named by its number: "PC-24-017/3"."""

    def __init__(self, scenario: Scenario, procore: ProcoreRest, places: Places) -> None:
        self.procore, self.places = procore, places
        self.contracts = {contract.number: contract for contract in scenario.prime_contracts}
        self.owners = {project.number: project.owner for project in scenario.projects}
        self._ids: dict[str, int] = {}
        self._invoices: dict[tuple[str, str], int] = {}
        self.does: dict[str, Does] = {
            "sign_prime_contracts": self.sign, "approve_prime_change_orders": self.approve_change_orders,
            "bill_owner": self.bill, "approve_owner_invoices": self.approve, "record_receipt": self.record_receipt}

    def sign(self, facts: Mapping[str, Any], on: date) -> list[str]:
        return [self._sign(contract_of(self.contracts, number), on) for number in facts["contracts"]]

    def _sign(self, contract: PrimeContract, on: date) -> str:
        project, owner = self.places.project(contract.project), self.owners[contract.project]
        made = self.procore.post("/rest/v1.0/prime_contract", {"project_id": project, "prime_contract": {
            "number": contract.number, "title": contract.title, "vendor_id": self.places.vendor(owner),
            "status": "Draft", "accounting_method": "amount", "retainage_percent": contract.retainage_percent,
            "contract_date": contract.dated.isoformat()}})
        for line in contract.lines:
            taxed = {"tax_code_id": self.places.tax_code(line.tax)} if line.tax else {}
            self.procore.post(f"/rest/v1.0/prime_contracts/{made['id']}/line_items", {
                "project_id": project, "line_item": {"wbs_code_id": self.places.code(project, line.flat_code),
                                                     "description": line.description, "amount": line.amount, **taxed}})
        self.procore.patch(f"/rest/v1.0/prime_contract/{made['id']}", {"project_id": project, "prime_contract": {
            "status": "Approved", "executed": True, "execution_date": on.isoformat()}})
        return f"Signed {contract.number} “{contract.title}” with {owner}."

    def approve_change_orders(self, facts: Mapping[str, Any], on: date) -> list[str]:
        return [self._approve_change_order(key) for key in facts["change_orders"]]

    def _approve_change_order(self, key: str) -> str:
        contract, order = change_order_of(self.contracts, key)
        project = self.places.project(contract.project)
        newer = f"/rest/v1.0/projects/{project}/prime_change_orders"
        made = self.procore.post(newer, {"change_order": {
            "contract_id": self._id(contract), "title": order.title, "number": order.number.zfill(3)}})
        lines = f"/rest/v2.0/companies/{self.procore.company_id}/projects/{project}/prime_change_orders/{made['id']}" \
                "/line_items"
        for line in order.lines:
            self.procore.post(lines, {"wbs_code_id": str(self.places.code(project, line.flat_code)),
                                      "description": line.description, "amount": line.amount,
                                      **({"tax_code_id": str(self.places.tax_code(line.tax))} if line.tax else {})})
        self.procore.patch(f"{newer}/{made['id']}", {"change_order": {"status": "approved"}})
        return f"The owner approved change order {order.number} “{order.title}” on {contract.number}."

    # Owner invoices

    def bill(self, facts: Mapping[str, Any], on: date) -> list[str]:
        return [self._bill(key) for key in facts["applications"]]

    def _bill(self, key: str) -> str:
        contract, application = application_of(self.contracts, key)
        project, prime = self.places.project(contract.project), self._id(contract)
        made = self.procore.post(f"/rest/v1.0/prime_contracts/{prime}/payment_applications", {
            "project_id": project, "payment_application": {
                "commitment_billing_period_id": self.places.period(project, application.period),
                "invoice_number": application.invoice, "billing_date": application.billing_date.isoformat(),
                "status": "draft"}})
        rows = self.procore.get(f"/rest/v1.0/payment_applications/{made['id']}", project_id=project)["g703"]
        by_line = dict(zip(_lines_of(contract, application), rows, strict=False))
        for billed in application.lines:
            self.procore.patch(
                f"/rest/v1.0/prime_contracts/{prime}/payment_application_line_items/{by_line[billed.line]['id']}",
                {"project_id": project, "payment_application_line_item": line_values(billed)})
        self._set(contract, int(made["id"]), "under_review")
        return f"Billed {self.owners[contract.project]} with {application.invoice}."

    def approve(self, facts: Mapping[str, Any], on: date) -> list[str]:
        said = []
        for key in facts["applications"]:
            contract, application = application_of(self.contracts, key)
            self._set(contract, self._invoice_id(contract, application), "approved")
            said.append(f"{self.owners[contract.project]} approved {application.invoice}.")
        return said

    def _set(self, contract: PrimeContract, invoice: int, status: str) -> None:
        self.procore.patch(f"/rest/v1.0/prime_contracts/{self._id(contract)}/payment_applications/{invoice}", {
            "project_id": self.places.project(contract.project), "payment_application": {"status": status}})

    def record_receipt(self, facts: Mapping[str, Any], on: date) -> list[str]:
        contract, application = application_of(self.contracts, facts["application"])
        self.procore.post("/rest/v1.0/contract_payments", {
            "project_id": self.places.project(contract.project), "contract_id": self._id(contract),
            "contract_payment": {"amount": facts["amount"], "date": on.isoformat(), "check_number": facts["check"],
                                 "payment_method": "check", "invoice_number": application.invoice}})
        return [f"Recorded {Decimal(facts['amount']):,.2f} received on {application.invoice}."]

    # Where things stand

    def _id(self, contract: PrimeContract) -> int:
        if contract.number not in self._ids:
            rows = self.procore.rows("/rest/v1.0/prime_contracts", project_id=self.places.project(contract.project))
            self._ids |= {row["number"]: row["id"] for row in rows}
        return self._ids[contract.number]

    def _invoice_id(self, contract: PrimeContract, application: Application) -> int:
        key = (contract.number, application.invoice)
        if key not in self._invoices:
            rows = self.procore.rows(f"/rest/v1.0/prime_contracts/{self._id(contract)}/payment_applications",
                                     project_id=self.places.project(contract.project))
            self._invoices |= {(contract.number, row["invoice_number"]): row["id"] for row in rows}
        return self._invoices[key]


def _lines_of(contract: PrimeContract, application: Application) -> list[str]:
    """The lines of an owner invoice in Procore's order: the contract's, then those of the change orders so far."""
    billed = {line.line for one in contract.applications[:application.number] for line in one.lines}
    orders = [line.line for order in contract.change_orders for line in order.lines]
    return [*(line.line for line in contract.lines), *(line for line in orders if line in billed)]


def line_values(line: Billed) -> dict[str, str]:
    return {field: getattr(line, name) for name, field in LINE_FIELDS if getattr(line, name)}
