"""The project manager's side of the desk: projects, commitments, change orders, subcontractor invoices."""
from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from tieout.sandbox.desk.desk import Desk, Form, Missing, Mistake
from tieout.sandbox.kit import Request
from tieout.sandbox.worlds.data import month_end
from tieout.sandbox.worlds.rest import Refused, Rows

KINDS = {"WorkOrderContract": "work_order_contract", "PurchaseOrderContract": "purchase_order_contract"}
WAITING = ("under_review", "revise_and_resubmit", "draft")
# What may be done with a subcontractor invoice, by its status: the button, and the status it leads to.
STEPS: dict[str, tuple[tuple[str, str], ...]] = {
    "draft": (("Submit", "under_review"),),
    "under_review": (("Approve", "approved"), ("Approve as noted", "approved_as_noted"),
                     ("Send back", "revise_and_resubmit")),
    "revise_and_resubmit": (("Submit again", "under_review"),),
    "approved": (("Send back", "revise_and_resubmit"),),
    "approved_as_noted": (("Send back", "revise_and_resubmit"),)}
ORDER_STEPS = (("Approve", "approved"), ("Reject", "rejected"))
EDITABLE = ("draft", "revise_and_resubmit", "under_review")


def projects(desk: Desk, request: Request, args: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    rows = []
    for project in _projects(desk):
        held = desk.sandbox.procore.company.projects[project["id"]]
        statuses = [one.get("status") for one in held.requisitions.values()]
        rows.append({**project, "contracts": len(held.contracts), "invoices": len(statuses),
                     "waiting": statuses.count("under_review")})
    return "projects.html", {"title": "Projects", "rows": rows}


def project(desk: Desk, request: Request, args: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    found = project_of(desk, args["project"])
    contracts = [{**row, **desk.procore.get(f"/rest/v1.0/{row['kind']}s/{row['id']}", project_id=found["id"])}
                 for row in _contracts(desk, found["id"])]
    invoices = _invoices(desk, found["id"])
    billed: dict[int, Decimal] = {}
    for one in invoices:
        billed[one["commitment_id"]] = Decimal(one["summary"]["total_completed_and_stored_to_date"])
    names = {one["id"]: one["number"] for one in contracts}
    orders = [{**one, "contract": names.get(one["contract_id"], "")} for one in _orders(desk, found["id"])
              if one["contract_id"] in names]
    return "project.html", {
        "title": f"{found['project_number']} {found['name']}", "project": found, "contracts": contracts,
        "billed": billed, "orders": orders, "order_steps": ORDER_STEPS,
        "invoices": sorted(sorted(invoices, key=lambda one: str(one["billing_date"]), reverse=True),
                           key=lambda one: one["status"] not in WAITING)}


def invoice(desk: Desk, request: Request, args: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    project_, found = project_of(desk, args["project"]), _invoice(desk, args["project"], args["invoice"])
    return "pay_application.html", {
        "title": f"Pay application {found['number']} of {found['contract_name']}", "project": project_,
        "invoice": found, "steps": STEPS.get(found["status"], ()),
        "editable": found["status"] in EDITABLE and found["deletable"]}


def new_invoice(desk: Desk, request: Request, args: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    """The lines of the contract as the last invoice left them, to be billed further."""
    found = _contract(desk, args["project"], args["contract"])
    before = [one for one in _invoices(desk, args["project"]) if one["commitment_id"] == found["id"]]
    if before and before[-1]["status"] in ("draft", "under_review", "revise_and_resubmit"):
        raise Mistake(f"Pay application {before[-1]['number']} of {found['number']} is {before[-1]['status']}. Approve "
                      "it or finish it before the next one is made.")
    return "new_pay_application.html", {
        "title": f"New pay application on {found['number']}", "project": project_of(desk, args["project"]),
        "contract": found, "number": len(before) + 1, "through": month_end(date.fromisoformat(desk.today)).isoformat()}


def create_invoice(desk: Desk, form: Form, args: Mapping[str, str]) -> tuple[str, str]:
    """Makes the draft; its lines are filled in on the next page."""
    project_, found = int(project_of(desk, args["project"])["id"]), _contract(desk, args["project"], args["contract"])
    number, billed = form.text("invoice_number", "Invoice number"), form.day("billing_date", "Billing date")
    made = desk.procore.post("/rest/v1.1/requisitions", {
        "project_id": project_, "commitment_id": found["id"], "requisition": {
            "period_id": billing_period(desk, project_, date.fromisoformat(billed)), "invoice_number": number,
            "billing_date": billed, "status": "draft"}})
    for order in _orders(desk, project_):
        if order["contract_id"] == found["id"] and order["status"] == "approved":
            _add_order(desk, project_, found["id"], made["id"], order["id"])
    return (f"Pay application {made['number']} of {found['number']} is a draft. Say what was done on each line, then "
            f"submit it."), f"/procore/{project_}/applications/{made['id']}"


def _add_order(desk: Desk, project_: int, contract: int, invoice_: int, order: int) -> None:
    """An order that stands on an earlier invoice already is refused, and stays as it is."""
    try:
        desk.procore.post(f"/rest/v1.0/requisitions/{invoice_}/add_change_order_package", None, project_id=project_,
                          commitment_id=contract, change_order_package_id=order)
    except Refused as refused:
        if refused.status >= 500:
            raise


def save_lines(desk: Desk, form: Form, args: Mapping[str, str]) -> tuple[str, str]:
    """Work and stored materials of this period, and the retainage on the work (worked out from the rate if empty)."""
    found, changes = _invoice(desk, args["project"], args["invoice"]), []
    for item in found["items"]:
        id_, name = item["id"], item["description_of_work"] or f"line {item['position']}"
        work = form.amount(f"work-{id_}", f"Work this period on {name}")
        written: dict[str, object] = {"id": id_, "item_type": item["item_type"]}
        if item["accounting_method"] == "unit":
            written["work_completed_this_period_quantity"] = str(work)
        else:
            held = form.amount(f"held-{id_}", f"Retainage on {name}") if form.values.get(f"held-{id_}") else \
                _rounded(work * _rate(desk, found) / 100)
            written |= {"work_completed_this_period": str(work),
                        "work_completed_retainage_retained_this_period": str(held),
                        "work_completed_retainage_released_this_period": str(
                            form.amount(f"released-{id_}", f"Retainage released on {name}"))}
        changes.append(written)
    desk.procore.patch(f"/rest/v1.0/requisitions/{found['id']}/bulk_item_update", {"requisition_items": changes},
                       project_id=args["project"])
    now = _invoice(desk, args["project"], args["invoice"])
    return (f"Saved. {now['summary']['current_payment_due']} is due on pay application {now['number']} of "
            f"{now['contract_name']}."), f"/procore/{args['project']}/applications/{now['id']}"


def set_invoice(desk: Desk, form: Form, args: Mapping[str, str]) -> tuple[str, str]:
    status, found = form.text("status", "Status"), _invoice(desk, args["project"], args["invoice"])
    label = next((label for label, to in STEPS.get(found["status"], ()) if to == status), None)
    if label is None:
        raise Mistake(f"Pay application {found['number']} is {found['status']} by now. Look at it again.")
    desk.procore.patch(f"/rest/v1.1/requisitions/{found['id']}", {
        "project_id": args["project"], "commitment_id": found["commitment_id"], "requisition": {"status": status}})
    return (f"Pay application {found['number']} of {found['contract_name']} is {status.replace('_', ' ')}. A connector "
            "sees it when it looks next."), f"/procore/{args['project']}/applications/{found['id']}"


def set_order(desk: Desk, form: Form, args: Mapping[str, str]) -> tuple[str, str]:
    status = form.text("status", "Status")
    found = next((one for one in _orders(desk, args["project"]) if str(one["id"]) == args["order"]), None)
    if found is None:
        raise Missing(f"There is no change order {args['order']} in this project.")
    if status not in dict(ORDER_STEPS).values():
        raise Mistake(f"Status is “{status}”. Choose Approve or Reject.")
    desk.procore.patch(f"/rest/v1.0/change_order_packages/{found['id']}", {
        "project_id": args["project"], "contract_id": found["contract_id"], "change_order": {"status": status}})
    return f"Change order {found['number']} “{found['title']}” is {status}.", f"/procore/{args['project']}"


def waiting(desk: Desk) -> dict[str, Rows]:
    """What waits for the project manager, over all projects."""
    invoices, orders, billed = [], [], []
    for one in _projects(desk):
        invoices += [{**found, "project": one} for found in desk.procore.rows(
            "/rest/v1.1/requisitions", project_id=one["id"], filters__status="under_review")]
        orders += [{**found, "project": one} for found in _orders(desk, one["id"])
                   if found["status"] in ("pending", "draft", "proceeding")]
        held = desk.sandbox.procore.company.projects[one["id"]].applications.values()
        if any(found.get("status") == "under_review" for found in held):
            billed += [{**found, "project": one} for found in desk.procore.rows(
                "/rest/v1.0/payment_applications", project_id=one["id"]) if found["status"] == "under_review"]
    return {"invoices": invoices, "orders": orders, "billed": billed}


# Reading

def _projects(desk: Desk) -> Rows:
    return list(desk.procore.rows("/rest/v1.1/projects", per_page=300, company_id=desk.procore.company_id))


def project_of(desk: Desk, id_: str) -> dict[str, Any]:
    found: dict[str, Any] = desk.procore.get(f"/rest/v1.0/projects/{id_}", company_id=desk.procore.company_id)
    return found


def _contracts(desk: Desk, project_: object) -> Rows:
    return [{**row, "kind": kind} for kind in KINDS.values() for row in desk.procore.rows(
        f"/rest/v1.0/{kind}s", project_id=project_)]


def _contract(desk: Desk, project_: str, id_: str) -> dict[str, Any]:
    for found in _contracts(desk, project_):
        if str(found["id"]) == id_:
            return found
    raise Missing(f"There is no commitment {id_} in this project.")


def _invoices(desk: Desk, project_: object) -> Rows:
    return list(desk.procore.rows("/rest/v1.1/requisitions", project_id=project_))


def _invoice(desk: Desk, project_: str, id_: str) -> dict[str, Any]:
    found: dict[str, Any] = desk.procore.get(f"/rest/v1.1/requisitions/{id_}", project_id=project_, view="items")
    return found


def _orders(desk: Desk, project_: object) -> Rows:
    return list(desk.procore.rows("/rest/v1.0/change_order_packages", project_id=project_))


def _rate(desk: Desk, invoice_: Mapping[str, Any]) -> Decimal:
    kind = KINDS[invoice_["commitment_type"]]
    found = desk.procore.get(f"/rest/v1.0/{kind}s/{invoice_['commitment_id']}", project_id=invoice_["project_id"])
    return Decimal(str(found.get("retainage_percent") or 0))


def billing_period(desk: Desk, project_: int, billed: date) -> int:
    """The billing period of that month; opened when there is none, the one before it closed."""
    path = f"/rest/v1.0/projects/{project_}/billing_periods"
    first = billed.replace(day=1).isoformat()
    for row in desk.procore.rows(path):
        if row["start_date"] <= billed.isoformat() <= row["end_date"]:
            return int(row["id"])
    for row in desk.procore.rows(path, filters__status="open"):
        desk.procore.patch(f"{path}/{row['id']}", {"billing_period": {"status": "closed"}})
    end = month_end(billed).isoformat()
    made = desk.procore.post(path, {"billing_period": {"start_date": first, "end_date": end, "due_date": end,
                                                       "status": "open"}})
    return int(made["id"])


def _rounded(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.01"), ROUND_HALF_UP)


