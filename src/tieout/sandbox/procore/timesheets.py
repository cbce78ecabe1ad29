"""Timesheets: entries handed in together, their approval, and the bulk endpoints (procore.md 5.21)."""
from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Any

from tieout.sandbox.procore.cost_records import TimecardEntry, Timesheet
from tieout.sandbox.procore.directory import own_company
from tieout.sandbox.procore.people import brief_person
from tieout.sandbox.procore.permissions import admin_for
from tieout.sandbox.procore.records import Record
from tieout.sandbox.procore.state import Project
from tieout.sandbox.procore.timecard_views import bulk_of_company, flat, shown_sheet
from tieout.sandbox.procore.timecards import (
    checked,
    company_rows,
    living_entry,
    new_entry,
    put_on,
    remove,
    total_hours,
    write_entry,
)
from tieout.sandbox.procore.wbs import shown_cost_code
from tieout.sandbox.procore.web import (
    NOTHING,
    Answer,
    Call,
    Fields,
    Filter,
    a_day,
    a_flag,
    an_integer,
    bad_request,
    created,
    filtered,
    invalid,
    not_found,
    one_of,
    page_of,
    take,
    within,
)

MOST = 1000


def _day_of(sheet: Timesheet) -> datetime:
    on: date = sheet.fields["date"]
    return datetime.combine(on, time(12), UTC)


FILTERS: dict[str, Filter] = {
    "updated_at": within(lambda sheet: sheet.updated_at), "deleted_at": within(lambda sheet: sheet.deleted_at),
    "date": lambda values: within(_day_of)(values) if "..." in values[-1]
    else lambda sheet: sheet.fields["date"].isoformat() == values[-1]}


def timesheets(call: Call) -> Answer:
    whole = "deleted_at" in call.filters
    rows = [sheet for sheet in call.project.timesheets.values() if whole or sheet.deleted_at is None]
    return page_of(call, filtered(call, rows, FILTERS), shown_sheet)


def timesheet(call: Call) -> Answer:
    return Answer(shown_sheet(_sheet(call.project, call.arg_id())))


def _sheet(project: Project, wanted: int) -> Timesheet:
    found = project.timesheets.get(wanted)
    if found is None or found.deleted_at is not None:
        raise not_found()
    return found


def create_timesheet(call: Call) -> Answer:
    on = take(call.wrapped("timesheet"), {"date": a_day}).get("date")
    return created(shown_sheet(_new(call, on), whole=False))


def _new(call: Call, on: date | None) -> Timesheet:
    if on is None:
        raise invalid(date="can't be blank")
    project = call.project
    number = 1 + max((sheet.number for sheet in project.timesheets.values() if sheet.get("date") == on), default=0)
    made = Timesheet(call.company.ids.next("timesheet"), call.now, call.now, {"date": on, "status": "pending"},
                     project=project, created_by=call.user, number=number)
    project.timesheets[made.id] = made
    return made


def draft_create(call: Call) -> Answer:
    """A timesheet with its entries at once."""
    on = take(call.body, {"date": a_day}).get("date")
    ready = [checked(call, call.project, {"date": on.isoformat() if on else None, **given})
             for given in _rows(call, "timecard_entries", required=False)]
    sheet = _new(call, on)
    for one in ready:
        put_on(new_entry(call, call.project, one), sheet)
    return Answer(shown_sheet(sheet))


def update_timesheet(call: Call) -> Answer:
    """A new day is the day of its entries as well."""
    sheet = _sheet(call.project, call.arg_id())
    given = call.body.get("timesheet")
    on = take(given if isinstance(given, dict) else {}, {"date": a_day}).get("date")
    if on is not None:
        _move(call, sheet, list(sheet.entries.values()), on)
        if sheet.write({"date": on}, call.now):
            taken = [s.number for s in call.project.timesheets.values() if s is not sheet and s.get("date") == on]
            sheet.number = 1 + max(taken, default=0)
    return Answer(shown_sheet(sheet))


def _move(call: Call, sheet: Timesheet, entries: list[TimecardEntry], on: date) -> None:
    for entry in entries:
        write_entry(call, entry, checked(call, sheet.project, {"date": on.isoformat()}, entry))


def delete_timesheet(call: Call) -> Answer:
    sheet = _sheet(call.project, call.arg_id())
    shown = shown_sheet(sheet)
    for entry in list(sheet.entries.values()):
        remove(call, entry)
    sheet.deleted_at = call.now
    sheet.touch(call.now)
    return Answer(shown)


def update_entries(call: Call) -> Answer:
    """The day of entries of one timesheet; an entry without an id stands for all of them."""
    wanted = take(call.body, {"timesheet_id": an_integer}).get("timesheet_id")
    sheet = _sheet(call.project, wanted or 0)
    rows = _rows(call, "timecard_entries")
    for given in rows:
        known = take(given, {"id": an_integer, "date": a_day})
        if known.get("id") is not None and known["id"] not in sheet.entries:
            raise invalid(timecard_entries="has an entry that is not on the timesheet")
        if known.get("date") is None:
            raise invalid(date="can't be blank")
    for given in rows:
        known = take(given, {"id": an_integer, "date": a_day})
        chosen = [sheet.entries[known["id"]]] if known.get("id") is not None else list(sheet.entries.values())
        _move(call, sheet, chosen, known["date"])
    return Answer(shown_sheet(sheet))


def delete_entries(call: Call) -> Answer:
    """Entries by their ids; the answer is the timesheet of the first."""
    ids = call.body.get("ids")
    if not isinstance(ids, list) or not ids or not all(isinstance(one, int) for one in ids):
        raise invalid(ids="can't be blank")
    found = [living_entry(call.company, one, call.project) for one in ids]
    sheet = found[0].timesheet
    for entry in found:
        remove(call, entry)
    return Answer(shown_sheet(sheet) if sheet else {})


def update_approval(call: Call) -> Answer:
    """Approves timesheets, or takes it back, with all their entries. The answer is the last of them."""
    wanted = [take(given, {"id": an_integer, "status": one_of("pending", "approved")})
              for given in _rows(call, "timesheets")]
    sheets = [(_sheet(call.project, one.get("id") or 0), one.get("status")) for one in wanted]
    if any(status is None for _, status in sheets):
        raise invalid(status="can't be blank")
    for sheet, status in sheets:
        admin_for(call, sheet.fields, {"status": status}, "status")
    for sheet, status in sheets:
        for entry in sheet.entries.values():
            write_entry(call, entry, checked(call, sheet.project, {"approval_status": status}, entry))
        sheet.write({"status": status}, call.now)
    return Answer(shown_sheet(sheets[-1][0]) if sheets else {})


def _rows(call: Call, name: str, *, required: bool = True) -> list[dict[str, Any]]:
    rows = call.body.get(name, None if required else [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows) or len(rows) > MOST:
        raise bad_request(f"param is missing or the value is empty: {name}")
    return rows


# In bulk

def bulk_create(call: Call) -> Answer:
    rows = _rows(call, "timecard_entries")
    for given in rows:
        if take(given, {"project_id": an_integer}).get("project_id") not in (None, call.project.id):
            raise invalid(project_id="is invalid")
    made = [new_entry(call, call.project, one) for one in _ready(call, [(call.project, given) for given in rows])]
    return created({"timecard_entries": [flat(call.company, entry) for entry in made]})


def _ready(call: Call, rows: list[tuple[Project, dict[str, Any]]]) -> list[Any]:
    """All of them are found good before the first is made; no two take one origin_id."""
    ready = [checked(call, project, given) for project, given in rows]
    origins = [whole["origin_id"] for whole, _ in ready if whole.get("origin_id") is not None]
    if len(set(origins)) < len(origins):
        raise invalid(origin_id="has already been taken")
    return ready


def of_company(call: Call) -> Answer:
    """By person: the entries, and what the person worked elsewhere is told by the hours of each project."""
    company = own_company(call)
    by_person: dict[int, list[TimecardEntry]] = {}
    for entry in company_rows(call, company.timecards.values()):
        by_person.setdefault(entry.party.id if entry.party else 0, []).append(entry)

    def shown(entries: list[TimecardEntry]) -> dict[str, object]:
        projects = {entry.project.id: entry.project for entry in entries}
        return {"party": brief_person(entries[0].party),
                "other_hours": [{"hours": int(total_hours(e for e in entries if e.project is project)),
                                 "project": {"id": project.id, "name": project.name}}
                                for project in projects.values()],
                "timecard_entries": [bulk_of_company(company, entry) for entry in entries]}

    return page_of(call, list(by_person.values()), shown)


def create_in_company(call: Call) -> Answer:
    company = own_company(call)
    rows = []
    for given in _rows(call, "timecard_entries"):
        wanted = take(given, {"project_id": an_integer}).get("project_id")
        if wanted is None:
            raise invalid(project_id="can't be blank")
        rows.append((company.visible_project(wanted, call.user, "timesheets"), given))
    made = [new_entry(call, project, one) for (project, _), one in zip(rows, _ready(call, rows), strict=True)]
    return Answer([bulk_of_company(company, entry) for entry in made])


def update_in_company(call: Call) -> Answer:
    """The same values for every entry of `updates`."""
    company = own_company(call)
    ids = [take(given, {"id": an_integer}).get("id") for given in _rows(call, "updates")]
    found = [living_entry(company, one or 0) for one in ids]
    for entry in found:
        company.visible_project(entry.project.id, call.user, "timesheets")
    given = {name: value for name, value in call.body.items() if name not in ("updates", "project_id", "company_id")}
    if len(found) > 1 and given.get("origin_id") is not None:
        raise invalid(origin_id="has already been taken")
    ready = [(entry, checked(call, entry.project, given, entry)) for entry in found]
    for entry, one in ready:
        write_entry(call, entry, one)
    return Answer({"updated_timecard_entries": [bulk_of_company(company, entry) for entry in found]})


# Who and what may stand on a timesheet

def creators(call: Call) -> Answer:
    rows = [person for person in call.project.people.values() if person.user_id is not None]
    return page_of(call, rows, lambda person: {"id": person.user_id, "name": person.name})


def creator_ids(call: Call) -> Answer:
    return Answer([person.user_id for person in call.project.people.values() if person.user_id is not None])


def scoped_cost_codes(call: Call) -> Answer:
    project = call.project
    rows = [code for code in project.cost_codes.values() if not code.item.children]
    return page_of(call, rows, lambda code: {
        name: value for name, value in shown_cost_code(project, code).items() if name != "standard_cost_code_list_id"})


def scoped_cost_code_ids(call: Call) -> Answer:
    return Answer([code.id for code in call.project.cost_codes.values() if not code.item.children])


# The cost type that hours without one go to

CONFIGURATION: Fields = {"line_item_type_id": an_integer, "erp_default_line_item_type_id": an_integer,
                         "apply_to_existing": a_flag}


def configuration(call: Call) -> Answer:
    return Answer(_shown_configuration(call, _configuration(call)))


def _configuration(call: Call) -> Record:
    found = own_company(call).time_configuration
    if found is None:
        raise not_found()
    return found


def create_configuration(call: Call) -> Answer:
    company = own_company(call)
    if company.time_configuration is not None:
        raise bad_request("The company has a timesheet to budget configuration")
    values = _cost_types(call)
    company.time_configuration = Record(company.ids.next("time_configuration"), call.now, call.now, values)
    return Answer(_shown_configuration(call, company.time_configuration))


def update_configuration(call: Call) -> Answer:
    found, values = _configuration(call), _cost_types(call)
    found.write(values, call.now)
    if take(call.body, CONFIGURATION).get("apply_to_existing"):
        found.fields["has_backfilled"] = True
        kind = call.company.types[values["line_item_type_id"]]
        for entry in call.company.timecards.values():
            if entry.cost_type is None and entry.deleted_at is None:
                entry.cost_type = kind
                entry.touch(call.now)
    return Answer(_shown_configuration(call, found))


def _cost_types(call: Call) -> dict[str, Any]:
    values = take(call.body, CONFIGURATION)
    for name in ("line_item_type_id", "erp_default_line_item_type_id"):
        if values.get(name) is None:
            raise bad_request(f"param is missing or the value is empty: {name}")
        if values[name] not in call.company.types:
            raise bad_request(f"{name} is invalid")
    values.pop("apply_to_existing", None)
    return values


def delete_configuration(call: Call) -> Answer:
    _configuration(call)
    call.company.time_configuration = None
    return NOTHING


def _shown_configuration(call: Call, found: Record) -> dict[str, object]:
    return {"id": found.id, "company_id": call.company.id, "line_item_type_id": found.get("line_item_type_id"),
            "erp_default_line_item_type_id": found.get("erp_default_line_item_type_id"),
            "equipment_default_line_item_type_id": None, "equipment_erp_default_line_item_type_id": None,
            "has_backfilled": bool(found.get("has_backfilled"))}
