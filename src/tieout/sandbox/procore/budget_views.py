"""Budget views: detail and summary rows, columns, the details behind them, snapshots (procore.md 5.9).

Every company has one view, the standard one. Each visible column is a key of a row, named by the column's label.
"""
from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from tieout.sandbox.procore.budget import is_deletable
from tieout.sandbox.procore.budget_figures import COLUMNS, SOURCES, Entry, entries, figures_of
from tieout.sandbox.procore.budget_records import BudgetLine
from tieout.sandbox.procore.code_records import CostCode, SegmentItem, WbsCode
from tieout.sandbox.procore.lines import CURRENCY
from tieout.sandbox.procore.state import Company, Project
from tieout.sandbox.procore.wbs_codes import brief_code, parts_of
from tieout.sandbox.procore.web import ZERO, Answer, Call, bad_request, loose, not_found, page_of, stamp

VIEW_ID, VIEW_NAME = 117217, "Procore Standard Budget"
LABELLED = tuple(column for column in COLUMNS if column not in ("Original Budget Amount", "Budget Modifications",
                                                                 "Forecast to Complete"))


def views(call: Call) -> Answer:
    project = call.given_id("project_id")
    if project is not None:
        _ = call.project
    scope = f"?project_id={project}" if project is not None else ""
    opened = next(iter(call.company.segments.values())).created_at
    base = f"{call.base_url}/rest/v1.0/budget_views/{VIEW_ID}"
    return page_of(call, [VIEW_ID], lambda one: {
        "id": one, "name": VIEW_NAME, "description": "The columns that every company starts with", "role": "budget",
        "created_at": stamp(opened), "updated_at": stamp(opened), "created_by": None,
        "links": {"detail_rows": f"{base}/detail_rows{scope}", "summary_rows": f"{base}/summary_rows{scope}"}})


def _view(call: Call) -> Project:
    """The project; another view than the standard one is not there."""
    project = call.project
    if call.arg_id("budget_view_id") != VIEW_ID:
        raise not_found()
    return project


# Rows

def detail_rows(call: Call) -> Answer:
    project = _view(call)
    return page_of(call, _chosen(call, _rows(call.company, project)), lambda row: row)


def _rows(company: Company, project: Project) -> list[dict[str, object]]:
    figures = figures_of(project)
    return [_row(company, project, line, figures[line.code.id]) for line in project.budget.lines.values()]


def _row(company: Company, project: Project, line: BudgetLine, worth: dict[str, Decimal]) -> dict[str, object]:
    code, kind = parts_of(company, line.code)
    biller = _sub_job(line.code)
    top = code.item.path[0] if code else None
    return {
        "id": line.id, "wbs_code_id": line.code.id, "company_id": company.id, "company": company.name,
        "project_id": project.id, "project": project.name, "biller_id": biller.id if biller else project.id,
        "biller": biller.name if biller else project.name, "biller_type": "SubJob" if biller else "Project",
        "cost_code_id": code.id if code else None, "cost_code": label(code),
        "cost_code_origin_id": code.get("origin_id") if code else None,
        "root_cost_code_id": top.cost_code.id if top and top.cost_code else None,
        "root_cost_code": f"{top.full_code} - {top.name}" if top else None,
        "category_id": kind.id if kind else None, "category": kind.get("name") if kind else None,
        "original_budget_amount": loose(worth["Original Budget Amount"]),
        "budget_modifications": loose(worth["Budget Modifications"]),
        **{column: loose(worth[column]) for column in LABELLED},
        "budget_forecast": {"id": None, "amount": loose(worth["Forecast to Complete"]), "manual_amount": None,
                            "automatic_amount": loose(worth["Forecast to Complete"]),
                            "automatically_calculated": True, "calculation_strategy": "automatic", "notes": None},
        "deletable": is_deletable(project, line), "currency_configuration": CURRENCY,
        "unbudgeted_reason": None if line.budgeted else "No budget line item for this budget code"}


def _sub_job(code: WbsCode) -> SegmentItem | None:
    return next((item for item in code.items if item.segment.type == "sub_job"), None)


def label(code: CostCode | None) -> str | None:
    return f"{code.item.full_code} - {code.item.name}" if code else None


ROW_FILTERS = {"biller[]": "biller", "cost_code_id[]": "cost_code_id", "cost_code_name[]": "cost_code",
               "root_cost_code_id[]": "root_cost_code_id", "root_cost_code_name[]": "root_cost_code",
               "category_id[]": "category_id", "budget_line_item_id[]": "id"}


def _chosen(call: Call, rows: Iterable[dict[str, object]]) -> list[dict[str, object]]:
    """Budgeted rows unless budget_row_type says otherwise."""
    wanted = call.request.param("budget_row_type") or "budgeted"
    if wanted not in ("budgeted", "unbudgeted", "all"):
        raise bad_request("budget_row_type does not have a valid value")
    found = [row for row in rows if wanted == "all" or (row["unbudgeted_reason"] is None) == (wanted == "budgeted")]
    for name, key in ROW_FILTERS.items():
        asked = {value for param, value in call.request.query if param in (name, name[:-2])}
        if asked:
            found = [row for row in found if str(row[key]) in asked]
    order = call.request.param("sort") or ""
    if order.lstrip("-") in ("biller_type", "project", "biller", "category_id", "cost_code", "root_cost_code"):
        found.sort(key=lambda row: (isinstance(row[order.lstrip("-")], int), str(row[order.lstrip("-")] or "")),
                   reverse=order.startswith("-"))
    return found


GROUPS = {"project": ("project_id", "project"), "biller": ("biller_id", "biller"),
          "category": ("category_id", "category"), "cost_code": ("cost_code_id", "cost_code"),
          "root_cost_code": ("root_cost_code_id", "root_cost_code"), "cost_code_name": ("cost_code", "cost_code"),
          "root_cost_code_name": ("root_cost_code", "root_cost_code")}


def summary_rows(call: Call) -> Answer:
    project = _view(call)
    return page_of(call, _summed(call, _rows(call.company, project)), lambda row: row)


def _summed(call: Call, rows: Iterable[dict[str, object]]) -> list[dict[str, object]]:
    group = call.request.param("group_by") or "project"
    if group not in GROUPS:
        raise bad_request("group_by does not have a valid value")
    by, name = GROUPS[group]
    summed: dict[object, dict[str, object]] = {}
    totals: dict[object, dict[str, Decimal]] = {}
    money = ("original_budget_amount", "budget_modifications", *LABELLED)
    for row in _chosen(call, rows):
        key = row[by]
        summed.setdefault(key, {"id": str(key), "name": row[name], "biller_type": row["biller_type"]})
        total = totals.setdefault(key, dict.fromkeys((*money, "forecast"), ZERO))
        for column in money:
            total[column] += Decimal(str(row[column]))
        forecast = row["budget_forecast"]
        assert isinstance(forecast, dict)
        total["forecast"] += Decimal(str(forecast["amount"]))
    return [{**summed[key], **{column: loose(total[column]) for column in money},
             "budget_forecast": {"amount": loose(total["forecast"])}, "currency_configuration": CURRENCY}
            for key, total in totals.items()]


# Snapshots: taken on the web page, read here

def take_snapshot(company: Company, project: Project) -> int:
    made = company.ids.next("budget_snapshot")
    project.budget.snapshots[made] = _rows(company, project)
    return made


def _snapshot(call: Call) -> list[dict[str, object]]:
    found = call.project.budget.snapshots.get(call.arg_id("budget_view_snapshot_id"))
    if found is None:
        raise not_found()
    return found


def snapshot_detail_rows(call: Call) -> Answer:
    return page_of(call, _chosen(call, _snapshot(call)), lambda row: row)


def snapshot_summary_rows(call: Call) -> Answer:
    return page_of(call, _summed(call, _snapshot(call)), lambda row: {
        key: value for key, value in row.items() if key in ("id", "name", "biller_type")})


# The documents behind the columns

STANDARD = ("biller", "root_cost_code", "cost_code", "cost_type", "vendor", "contract", "detail_type", "item",
            "description")
FIRST_COLUMN = 7001


def columns(call: Call) -> Answer:
    _view(call)
    shown: list[dict[str, object]] = [
        {"id": name, "name": name.replace("_", " ").title(), "position": position, "type": "standard",
         "aggregatable": False, "filterable": name in FILTERED, "groupable": name in FILTERED}
        for position, name in enumerate(STANDARD, 1)]
    shown += [{"id": str(FIRST_COLUMN + place), "name": name, "position": len(STANDARD) + place + 1,
               "type": "source", "aggregatable": True, "filterable": False, "groupable": False}
              for place, name in enumerate(SOURCES)]
    return Answer(shown)


FILTERED = ("biller", "root_cost_code", "cost_code", "cost_type", "vendor", "detail_type")
DETAIL_TYPES = {"budget_line_item": "Original Budget", "budget_change": "Budget Change",
                "budget_modification": "Budget Modification", "commitment_contract": "Commitment Contract",
                "commitment_change_order": "Commitment Change Order", "direct_cost": "Direct Cost",
                "subcontractor_invoice": "Subcontractor Invoice", "prime_change_order": "Prime Change Order"}


def details(call: Call) -> Answer:
    """One row per document line; a line that counts in two columns is one row with both."""
    project = _view(call)
    found: dict[str, dict[str, object]] = {}
    for entry in entries(project):
        key = f"{entry.kind}-{entry.id}-{entry.code.id}"
        row = found.setdefault(key, _detail(call, project, entry))
        row[str(FIRST_COLUMN + SOURCES.index(entry.column))] = loose(entry.amount)
    filters = call.body.get("filters") or {}
    if not isinstance(filters, dict):
        raise bad_request("filters must be an object")
    rows = list(found.values())
    for name, wanted in filters.items():
        if name in FILTERED and isinstance(wanted, list) and wanted:
            rows = [row for row in rows if _named(row, name) in _wanted(wanted)]
    return page_of(call, rows, lambda row: row)


def _named(row: dict[str, object], name: str) -> object:
    held = row[name]
    return held["id"] if isinstance(held, dict) else None


def _wanted(given: list[object]) -> list[object]:
    """A biller is named by an object with a list of ids, everything else by its id."""
    found: list[object] = []
    for one in given:
        value = one.get("value") if isinstance(one, dict) else one
        found += value if isinstance(value, list) else [value]
    return found


def _detail(call: Call, project: Project, entry: Entry) -> dict[str, object]:
    code, kind = parts_of(call.company, entry.code)
    top, biller = code.item.path[0] if code else None, _sub_job(entry.code)
    table = {"budget_line_item": "budget_line_items", "direct_cost": "line_items"}.get(entry.kind, entry.kind + "s")
    return {
        "id": f"{table}-{entry.id}", "item": entry.item, "description": entry.description,
        "link": f"{call.base_url}/{project.id}/project/budgeting",
        "detail_type": {"id": entry.kind, "name": DETAIL_TYPES[entry.kind]},
        "biller": {"id": biller.id, "name": biller.name} if biller else {"id": project.id, "name": project.name},
        "contract": {"id": entry.contract[0], "name": entry.contract[1]} if entry.contract else None,
        "vendor": {"id": entry.vendor.id, "name": entry.vendor.get("name")} if entry.vendor else None,
        "cost_code": {"id": code.id, "name": label(code)} if code else None,
        "cost_type": {"id": kind.id, "name": kind.get("name")} if kind else None,
        "root_cost_code": {"id": top.cost_code.id, "name": f"{top.full_code} - {top.name}"}
        if top and top.cost_code else None, "wbs_code": brief_code(entry.code)}


def detail_filters(call: Call) -> Answer:
    project, wanted = call.project, call.request.param("column_id")
    if wanted not in FILTERED:
        raise bad_request("column_id does not have a valid value")
    seen: dict[object, object] = {}
    for entry in entries(project):
        held = _detail(call, project, entry)[wanted]
        if isinstance(held, dict):
            seen[held["id"]] = held["name"]
    return page_of(call, list(seen.items()), lambda row: {
        "label": row[1], "value": [{"value": [row[0]], "type": "Project"}] if wanted == "biller" else [row[0]]})
