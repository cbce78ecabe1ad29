"""Which function answers which path: timecard entries, time types and timesheets."""
from __future__ import annotations

from collections.abc import Callable

from tieout.sandbox.procore import classifications, timecards, timesheets
from tieout.sandbox.procore.web import Answer, Call

Row = tuple[str, str, Callable[[Call], Answer]]
C10, P10 = "/rest/v1.0/companies/{company_id}", "/rest/v1.0/projects/{project_id}"
P11 = "/rest/v1.1/projects/{project_id}"
ENTRIES_C, ENTRIES_P, ENTRIES = C10 + "/timecard_entries", P10 + "/timecard_entries", "/rest/v1.0/timecard_entries"
SHEETS_C, SHEETS_P = C10 + "/timesheets", P10 + "/timesheets"
CLASSES = (("GET", "", classifications.classifications), ("POST", "", classifications.create),
           ("GET", "/{id}", classifications.classification), ("PATCH", "/{id}", classifications.update),
           ("DELETE", "/{id}", classifications.delete))
BUDGET = SHEETS_C + "/timesheet_to_budget_configuration"

COMPANY: tuple[Row, ...] = (
    *((method, f"{C10}/work_classifications{rest}", handler) for method, rest, handler in CLASSES),
    ("GET", C10 + "/timecard_time_types", timecards.time_types),
    ("PATCH", C10 + "/timecard_time_types/{id}", timecards.update_time_type),
    ("GET", ENTRIES_C, timecards.of_company),
    ("POST", ENTRIES_C, timecards.create_in_company),
    ("GET", ENTRIES_C + "/{id}", timecards.entry_of_company),
    ("PATCH", ENTRIES_C + "/{id}", timecards.update_in_company),
    ("DELETE", ENTRIES_C + "/{id}", timecards.delete_in_company),
    ("GET", ENTRIES_C + "/{id}/change_history", timecards.history),
    ("GET", SHEETS_C, timesheets.of_company),
    ("POST", SHEETS_C, timesheets.create_in_company),
    ("PATCH", SHEETS_C, timesheets.update_in_company),
    ("GET", BUDGET, timesheets.configuration),
    ("POST", BUDGET, timesheets.create_configuration),
    ("PATCH", BUDGET, timesheets.update_configuration),
    ("DELETE", BUDGET, timesheets.delete_configuration),
)
PROJECT: dict[str, tuple[Row, ...]] = {
    "timesheets": (
        *((method, f"{P10}/work_classifications{rest}", handler) for method, rest, handler in CLASSES),
        ("GET", "/rest/v1.0/timecard_time_types", timecards.time_types_of_project),
        ("GET", ENTRIES_P, timecards.of_project),
        ("POST", ENTRIES_P, timecards.create_in_project),
        ("GET", ENTRIES_P + "/{id}", timecards.entry_of_project),
        ("PATCH", ENTRIES_P + "/{id}", timecards.update_in_project),
        ("DELETE", ENTRIES_P + "/{id}", timecards.delete_in_project),
        ("GET", ENTRIES, timecards.of_user),
        ("POST", ENTRIES, timecards.create_of_user),
        ("GET", ENTRIES + "/{id}", timecards.entry_of_user),
        ("PATCH", ENTRIES + "/{id}", timecards.update_of_user),
        ("DELETE", ENTRIES + "/{id}", timecards.delete_of_user),
        ("POST", P11 + "/project_timecard_entries", timecards.create_newer),
        ("PATCH", P11 + "/project_timecard_entries/{id}", timecards.update_newer),
        ("POST", P11 + "/project_timecard_entries/bulk_create", timesheets.bulk_create),
        ("POST", P11 + "/project_timesheet_timecard_entries/draft_create", timesheets.draft_create),
        ("PATCH", P11 + "/project_timesheet_timecard_entries/{id}", timesheets.update_timesheet),
        ("GET", SHEETS_P, timesheets.timesheets),
        ("POST", SHEETS_P, timesheets.create_timesheet),
        ("PATCH", SHEETS_P, timesheets.update_entries),
        ("DELETE", SHEETS_P, timesheets.delete_entries),
        ("GET", SHEETS_P + "/potential_timesheet_creators", timesheets.creators),
        ("GET", SHEETS_P + "/potential_timesheet_creator_ids", timesheets.creator_ids),
        ("GET", SHEETS_P + "/scoped_cost_codes", timesheets.scoped_cost_codes),
        ("GET", SHEETS_P + "/scoped_cost_code_ids", timesheets.scoped_cost_code_ids),
        ("PATCH", SHEETS_P + "/update_approval", timesheets.update_approval),
        ("GET", SHEETS_P + "/{id}", timesheets.timesheet),
        ("PATCH", SHEETS_P + "/{id}", timesheets.update_timesheet),
        ("DELETE", SHEETS_P + "/{id}", timesheets.delete_timesheet)),
}
