"""Direct costs and timesheets of a project on the desk, to be looked at."""
from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tieout.sandbox.desk.desk import Desk
from tieout.sandbox.desk.field import project_of
from tieout.sandbox.desk.tables import Column, Fact, Link, Table, facts, key, paged
from tieout.sandbox.kit import Request


def direct_costs(desk: Desk, request: Request, args: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    project = project_of(desk, args["project"])
    here = f"/procore/{project['id']}/direct-costs"
    rows = sorted(desk.procore.rows(f"/rest/v1.1/projects/{project['id']}/direct_costs"),
                  key=lambda one: str(one["direct_cost_date"]), reverse=True)
    page, start = paged(rows, request)
    return "record.html", {
        "title": f"Direct costs of {project['name']}", "back": _project(project), "tables": [Table(
            "Newest first", (
                Column("Date", key("direct_cost_date"), "day", to=lambda one: f"{here}/{one['id']}"),
                Column("Kind", key("direct_cost_type"), "words"),
                Column("Of", lambda one: one["vendor_name"] or (one["employee"] or {}).get("name")),
                Column("Number", key("invoice_number")), Column("Description", key("description")),
                Column("Status", key("status"), "tag"), Column("Amount", key("grand_total"), "amount")),
            page, "No direct cost has been entered on this project.", start=start, count=len(rows))]}


def direct_cost(desk: Desk, request: Request, args: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    project = project_of(desk, args["project"])
    found = desk.procore.get(f"/rest/v1.1/projects/{project['id']}/direct_costs/{args['cost']}")
    return "record.html", {
        "title": f"Direct cost {found['invoice_number'] or found['id']}",
        "back": Link(f"Direct costs of {project['name']}", f"/procore/{project['id']}/direct-costs"),
        "facts": facts(Fact("Kind", found["direct_cost_type"], "words"), Fact("Of", found["vendor_name"]),
                       Fact("Employee", (found["employee"] or {}).get("name")),
                       Fact("Date", found["direct_cost_date"], "day"),
                       Fact("Received", found["received_date"], "day"), Fact("Paid", found["payment_date"], "day"),
                       Fact("Terms", found["terms"]), Fact("Status", found["status"], "tag"),
                       Fact("Description", found["description"]), Fact("Amount", found["grand_total"], "amount")),
        "tables": [
            Table("Lines", (
                Column("Code", key("wbs_code", "flat_code"), "code"), Column("Description", key("description")),
                Column("Quantity", key("quantity")), Column("Unit cost", key("unit_cost"), "amount"),
                Column("Amount", key("amount"), "amount")), found["line_items"], "It has no lines."),
            *([Table("Attached", (Column("File", lambda one: one.get("filename") or one.get("name")),),
                     found["attachments"], "")] if found["attachments"] else [])]}


def timesheets(desk: Desk, request: Request, args: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    project = project_of(desk, args["project"])
    here = f"/procore/{project['id']}/timesheets"
    rows = sorted(desk.procore.rows(f"/rest/v1.0/projects/{project['id']}/timesheets"),
                  key=lambda one: str(one["date"]), reverse=True)
    page, start = paged(rows, request)
    return "record.html", {
        "title": f"Timesheets of {project['name']}", "back": _project(project), "tables": [Table(
            "Newest first", (
                Column("Timesheet", key("name"), to=lambda one: f"{here}/{one['id']}"),
                Column("Date", key("date"), "day"), Column("Status", key("status"), "tag"),
                Column("By", key("created_by", "name")),
                Column("Entries", lambda one: len(one["timecard_entries"]))),
            page, "No time has been entered on this project.", start=start, count=len(rows))]}


def timesheet(desk: Desk, request: Request, args: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    project = project_of(desk, args["project"])
    found = desk.procore.get(f"/rest/v1.0/projects/{project['id']}/timesheets/{args['sheet']}")
    return "record.html", {
        "title": f"Timesheet {found['name']}",
        "back": Link(f"Timesheets of {project['name']}", f"/procore/{project['id']}/timesheets"),
        "facts": facts(Fact("Date", found["date"], "day"), Fact("Status", found["status"], "tag"),
                       Fact("By", (found["created_by"] or {}).get("name"))),
        "tables": [Table("Entries", (
            Column("Who", _who), Column("Code", key("cost_code", "name")),
            Column("Kind", key("timecard_time_type", "time_type")), Column("Hours", key("hours")),
            Column("Description", key("description"))), found["timecard_entries"], "It has no entries.")]}


def _who(entry: Mapping[str, Any]) -> Any:
    """A worker without a login is named elsewhere; the entry then says who entered it."""
    return next((entry[name]["name"] for name in ("party", "login_information", "created_by")
                 if isinstance(entry.get(name), Mapping) and entry[name].get("name")), None)


def _project(project: Mapping[str, Any]) -> Link:
    return Link(f"{project['project_number'] or ''} {project['name']}".strip(), f"/procore/{project['id']}")
