"""The owner's side of a project on the desk: prime contracts, owner invoices, change orders, what was received."""
from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from tieout.sandbox.desk.desk import Desk, Form, Missing, Mistake
from tieout.sandbox.desk.field import billing_period, project_of
from tieout.sandbox.desk.tables import Column, Fact, Link, Step, Table, facts, key
from tieout.sandbox.kit import Request
from tieout.sandbox.worlds.data import month_end
from tieout.sandbox.worlds.rest import Refused, Rows

# What may be done with an owner invoice, by its status.
STEPS: dict[str, tuple[Step, ...]] = {
    "draft": (Step("Submit", "under_review"),),
    "under_review": (Step("Approve", "approved"), Step("Send back", "revise_and_resubmit")),
    "revise_and_resubmit": (Step("Submit again", "under_review"),),
    "approved": (Step("Send back", "revise_and_resubmit"),)}
# The inputs of a line: how the field is called, its label, and the key of the line (procore.md 5.19).
INPUTS = (("work", "Work this period", "work_completed_this_period"),
          ("stored", "Stored", "materials_presently_stored"),
          ("held", "Retainage held", "work_completed_retainage_retained_this_period"),
          ("released", "Retainage released", "work_completed_retainage_released_this_period"))
LINE = "payment_application_line_item"


def owner_side(desk: Desk, request: Request, args: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    project = project_of(desk, args["project"])
    here = f"/procore/{project['id']}"
    contracts = list(desk.procore.rows("/rest/v1.0/prime_contracts", project_id=project["id"]))
    invoices = list(desk.procore.rows("/rest/v1.0/payment_applications", project_id=project["id"]))
    orders = list(desk.procore.rows(f"{_v1(project)}/prime_change_orders"))
    return "record.html", {
        "title": f"Owner of {project['project_number'] or ''} {project['name']}", "back": _project_link(project),
        "tables": [
            Table("Owner invoices", (
                Column("Invoice", lambda one: f"No. {one['number']}, {one['invoice_number'] or 'without a number'}",
                       to=lambda one: f"{here}/owner-invoices/{one['id']}"),
                Column("Owner", key("formatted_contract_company")), Column("Billing date", key("billing_date"), "day"),
                Column("Status", key("status"), "tag"),
                Column("Retainage held", key("g702", "total_retainage"), "amount"),
                Column("Due", key("g702", "current_payment_due"), "amount")),
                invoices[::-1], "The owner has not been billed on this project yet."),
            Table("Prime contracts", (
                Column("Number", key("number"), to=lambda one: f"{here}/prime-contracts/{one['id']}"),
                Column("Title", key("title")), Column("Owner", key("vendor", "company")),
                Column("Status", key("status")), Column("With change orders", key("grand_total"), "amount")),
                contracts, "No contract with an owner has been made on this project."),
            Table("Prime change orders", (
                Column("Number", key("number")), Column("Title", key("title")),
                Column("Status", key("status"), "tag"), Column("Amount", key("grand_total"), "amount")),
                orders, "There is no change order towards the owner.")]}


def prime_contract(desk: Desk, request: Request, args: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    project = project_of(desk, args["project"])
    found = _contract(desk, project, args["contract"])
    lines = list(desk.procore.rows(f"/rest/v1.0/prime_contracts/{found['id']}/line_items", project_id=project["id"]))
    payments = list(desk.procore.rows("/rest/v1.0/contract_payments", project_id=project["id"],
                                      contract_id=found["id"]))
    return "record.html", {
        "title": f"Prime contract {found['number']}", "back": _owner_link(project),
        "facts": facts(Fact("Title", found["title"]), Fact("Owner", (found["vendor"] or {}).get("company")),
                       Fact("Status", found["status"]), Fact("Dated", found["contract_date"], "day"),
                       Fact("Retainage, percent", found["retainage_percent"]),
                       Fact("Change orders", found["approved_change_orders"], "amount"),
                       Fact("With change orders", found["grand_total"], "amount")),
        "links": [Link("New owner invoice", f"/procore/{project['id']}/prime-contracts/{found['id']}/bill")],
        "tables": [
            Table("Schedule of values", (
                Column("Code", key("wbs_code", "flat_code"), "code"), Column("Work", key("description")),
                Column("Amount", key("amount"), "amount")), lines, "It has no lines."),
            Table("Payments received", (
                Column("Payment", lambda one: one.get("check_number") or one["id"]),
                Column("Date", key("date"), "day"), Column("Invoice", key("invoice_number")),
                Column("Amount", key("amount"), "amount")), payments, "Nothing has been recorded as received.")]}


def owner_invoice(desk: Desk, request: Request, args: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    project = project_of(desk, args["project"])
    found = read_invoice(desk, project, args["invoice"])
    here, open_ = f"/procore/{project['id']}/owner-invoices/{found['id']}", found["status"] != "approved"
    sums = found["g702"]
    inputs = [Column(label, key(name), "input" if open_ else "amount", prefix=prefix)
              for prefix, label, name in INPUTS]
    return "record.html", {
        "title": f"Owner invoice {found['number']} of {found['contract']['title']}", "back": _owner_link(project),
        "facts": facts(Fact("Owner", found["formatted_contract_company"]), Fact("Number", found["invoice_number"]),
                       Fact("Billing date", found["billing_date"], "day"), Fact("Status", found["status"], "tag"),
                       Fact("Contract with change orders", sums["contract_sum_to_date"], "amount"),
                       Fact("Completed and stored", sums["total_completed_and_stored_to_date"], "amount"),
                       Fact("Retainage held", sums["total_retainage"], "amount"),
                       Fact("Tax", sums["tax_applicable_to_this_payment"], "amount"),
                       Fact("Due now", sums["current_payment_due"], "amount")),
        "steps": STEPS.get(found["status"], ()), "links": [Link("Copy to invoice", f"{here}/copy")],
        "tables": [Table("Lines", (
            Column("Work", lambda line: line["description_of_work"] or f"Line {line['item_number']}"),
            Column("Code", key("cost_code", "full_code"), "code"),
            Column("Scheduled", key("scheduled_value"), "amount"),
            Column("Before", key("work_completed_from_previous_application"), "amount"), *inputs),
            [line for line in found["g703"] if line["type"] == LINE], "It has no lines.",
            save=f"{here}/lines" if open_ else "")]}


def new_owner_invoice(desk: Desk, request: Request, args: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    project = project_of(desk, args["project"])
    found = _contract(desk, project, args["contract"])
    number = 1 + len(_invoices_of(desk, project, found))
    return "new_pay_application.html", {
        "title": f"New owner invoice on {found['number']}", "project": project, "contract": found, "number": number,
        "label": "Invoice number", "through": month_end(date.fromisoformat(desk.today)).isoformat()}


def create_owner_invoice(desk: Desk, form: Form, args: Mapping[str, str]) -> tuple[str, str]:
    """Makes the draft; its lines are filled in on the next page."""
    project = project_of(desk, args["project"])
    found = _contract(desk, project, args["contract"])
    number, billed = form.text("invoice_number", "Invoice number"), form.day("billing_date", "Billing date")
    before = _invoices_of(desk, project, found)
    if before and before[-1]["status"] != "approved":
        raise Mistake(f"Owner invoice {before[-1]['number']} is {before[-1]['status'].replace('_', ' ')}. Approve it "
                      "before the next one is made.")
    period = billing_period(desk, int(project["id"]), date.fromisoformat(billed))
    made = desk.procore.post(f"/rest/v1.0/prime_contracts/{found['id']}/payment_applications", {
        "project_id": project["id"], "payment_application": {
            "commitment_billing_period_id": period, "invoice_number": number, "billing_date": billed,
            "status": "draft"}})
    return (f"Owner invoice {made['number']} of {found['number']} is a draft. Say what was done on each line, then "
            "submit it."), f"/procore/{project['id']}/owner-invoices/{made['id']}"


def save_owner_lines(desk: Desk, form: Form, args: Mapping[str, str]) -> tuple[str, str]:
    """All lines, or none: what was written before a refusal is put back."""
    project = project_of(desk, args["project"])
    found = read_invoice(desk, project, args["invoice"])
    contract = found["contract"]["id"]
    done: list[tuple[int, dict[str, str]]] = []
    wanted = [(line, _amounts(line, form)) for line in found["g703"] if line["type"] == LINE]
    for line, values in wanted:
        held = {name: line[name] for name in values}
        if all(Decimal(held[name]) == Decimal(values[name]) for name in values):
            continue
        try:
            _write(desk, project, contract, line["id"], values)
        except Refused:
            for id_, before in reversed(done):
                _write(desk, project, contract, id_, before)
            raise
        done.append((line["id"], held))
    now = read_invoice(desk, project, args["invoice"])
    return (f"Saved. {Decimal(now['g702']['current_payment_due']):,.2f} is due on owner invoice {now['number']}.",
            f"/procore/{project['id']}/owner-invoices/{now['id']}")


def _amounts(line: Mapping[str, Any], form: Form) -> dict[str, str]:
    what = line["description_of_work"] or f"line {line['item_number']}"
    return {name: str(form.amount(f"{prefix}-{line['id']}", f"{label} on {what}")) for prefix, label, name in INPUTS
            if f"{prefix}-{line['id']}" in form.values}


def _write(desk: Desk, project: Mapping[str, Any], contract: object, id_: object, values: Mapping[str, str]) -> None:
    desk.procore.patch(f"/rest/v1.0/prime_contracts/{contract}/payment_application_line_items/{id_}", {
        "project_id": project["id"], "payment_application_line_item": values})


def set_owner_invoice(desk: Desk, form: Form, args: Mapping[str, str]) -> tuple[str, str]:
    status, project = form.text("status", "Status"), project_of(desk, args["project"])
    found = read_invoice(desk, project, args["invoice"])
    if status not in (step.value for step in STEPS.get(found["status"], ())):
        raise Mistake(f"Owner invoice {found['number']} is {found['status'].replace('_', ' ')} by now. Look at it "
                      "again.")
    desk.procore.patch(f"/rest/v1.0/prime_contracts/{found['contract']['id']}/payment_applications/{found['id']}", {
        "project_id": project["id"], "payment_application": {"status": status}})
    return (f"Owner invoice {found['number']} of {found['contract']['title']} is {status.replace('_', ' ')}.",
            f"/procore/{project['id']}/owner-invoices/{found['id']}")


# Reading

def read_invoice(desk: Desk, project: Mapping[str, Any], id_: str) -> dict[str, Any]:
    found: dict[str, Any] = desk.procore.get(f"/rest/v1.0/payment_applications/{id_}", project_id=project["id"])
    return found


def _contract(desk: Desk, project: Mapping[str, Any], id_: str) -> dict[str, Any]:
    for found in desk.procore.rows("/rest/v1.0/prime_contracts", project_id=project["id"]):
        if str(found["id"]) == id_:
            return found
    raise Missing(f"There is no prime contract {id_} in this project.")


def _invoices_of(desk: Desk, project: Mapping[str, Any], contract: Mapping[str, Any]) -> Rows:
    return list(desk.procore.rows(f"/rest/v1.0/prime_contracts/{contract['id']}/payment_applications",
                                  project_id=project["id"]))


def _v1(project: Mapping[str, Any]) -> str:
    return f"/rest/v1.0/projects/{project['id']}"


def _project_link(project: Mapping[str, Any]) -> Link:
    return Link(f"{project['project_number'] or ''} {project['name']}".strip(), f"/procore/{project['id']}")


def _owner_link(project: Mapping[str, Any]) -> Link:
    return Link(f"Owner of {project['name']}", f"/procore/{project['id']}/owner")
