"""How time looks on the wire: one entry has four shapes, by the endpoint that is asked (procore.md 5.21)."""
from __future__ import annotations

from tieout.sandbox.procore.cost_records import Person, TimecardEntry, Timesheet
from tieout.sandbox.procore.people import brief_person
from tieout.sandbox.procore.records import Record
from tieout.sandbox.procore.state import Company, User
from tieout.sandbox.procore.web import day, loose, stamp


def brief_type(found: Record) -> dict[str, object]:
    return {"id": found.id, "time_type": found.get("time_type")}


def shown_type(company: Company, found: Record | None) -> dict[str, object]:
    if found is None:
        return {}
    return brief_type(found) | {"abbreviated_time_type": found.get("abbreviated_time_type"),
                                "global": bool(found.get("global")), "company_id": company.id}


def _user(user: User) -> dict[str, object]:
    return {"id": user.id, "login": user.login, "name": user.name}


def _login(party: Person | None) -> dict[str, object] | None:
    """Of a person who may sign in."""
    if party is None or party.user_id is None:
        return None
    return {"id": party.user_id, "login": party.get("email_address"), "name": party.name}


def _code(entry: TimecardEntry) -> dict[str, object] | None:
    code = entry.cost_code
    return None if code is None else {"id": code.id, "name": code.item.name}


def _bare(entry: TimecardEntry) -> dict[str, object]:
    """What every shape has. The origin_id is an integer here."""
    origin = entry.get("origin_id")
    return {"id": entry.id, "date": day(entry.get("date")), "hours": loose(entry.get("hours")),
            "description": entry.get("description"), "origin_id": int(origin) if origin is not None else None,
            "origin_data": entry.get("origin_data"), "login_information": _login(entry.party),
            "created_at": stamp(entry.created_at), "updated_at": stamp(entry.updated_at),
            "deleted_at": stamp(entry.deleted_at)}


def listed_of_user(entry: TimecardEntry) -> dict[str, object]:
    return _bare(entry) | {"automatically_split_timecard_entries": []}


def _typed(company: Company, entry: TimecardEntry) -> dict[str, object]:
    return _bare(entry) | {
        "billable": bool(entry.get("billable")), "created_by": _user(entry.created_by),
        "timecard_time_type": shown_type(company, entry.time_type) or None,
        "line_item_type_id": entry.cost_type.id if entry.cost_type else None}


def _named_type(entry: TimecardEntry) -> str | None:
    return entry.time_type.get("time_type") if entry.time_type else None


def shown_of_user(company: Company, entry: TimecardEntry) -> dict[str, object]:
    """The cost code by its name, and the whole of it beside."""
    return _typed(company, entry) | {
        "timecard_type": _named_type(entry), "cost_code": entry.cost_code.item.name if entry.cost_code else None,
        "full_cost_code": _code(entry), "timesheet_status": entry.get("approval_status"), "custom_fields": {},
        "automatically_split_timecard_entries": []}


def bulk_of_company(company: Company, entry: TimecardEntry) -> dict[str, object]:
    shown = {name: value for name, value in shown_of_user(company, entry).items()
             if name not in ("custom_fields", "automatically_split_timecard_entries")}
    return shown | {"party": brief_person(entry.party),
                    "timesheet_status": shown_sheet(entry.timesheet, whole=False) if entry.timesheet else None}


def _common(company: Company, entry: TimecardEntry) -> dict[str, object]:
    return _typed(company, entry) | {
        "approval_status": entry.get("approval_status"), "cost_code": _code(entry), "sub_job": None, "crew": None,
        "party": brief_person(entry.party), "procore_signature": None, "custom_fields": {},
        "timesheet": shown_sheet(entry.timesheet, whole=False) if entry.timesheet else None,
        "automatically_split_timecard_entries": []}


def shown_of_project(company: Company, entry: TimecardEntry) -> dict[str, object]:
    """Lunch is a number of minutes here; start and stop are days in the description, so the time stands in datetime."""
    on = day(entry.get("date"))
    start, stop = stamp(entry.get("time_in")), stamp(entry.get("time_out"))
    return _common(company, entry) | {
        "datetime": start or f"{on}T08:00:00Z", "timesheet_status": entry.get("approval_status"),
        "lunch_time": entry.get("lunch_time") or 0, "time_in": start and start[:10], "time_out": stop and stop[:10],
        "injured": bool(entry.get("injured")), "signed": False, "location": None}


def shown_of_company(company: Company, entry: TimecardEntry) -> dict[str, object]:
    project = entry.project
    number = project.get("project_number")
    return _common(company, entry) | {
        "in_progress": False, "timecard_type": _named_type(entry), "lunch_time": str(entry.get("lunch_time") or 0),
        "time_in": stamp(entry.get("time_in")), "time_out": stamp(entry.get("time_out")), "clock_in": None,
        "clock_out": None,
        "project": {"id": project.id, "name": f"{number} {project.name}" if number else project.name}}


def flat(company: Company, entry: TimecardEntry) -> dict[str, object]:
    """Ids in place of the records, as the bulk endpoint answers."""
    code = entry.wbs_code
    return {
        "id": entry.id, "project_id": entry.project.id, "company_id": company.id, "date": day(entry.get("date")),
        "hours": loose(entry.get("hours")), "time_in": stamp(entry.get("time_in")),
        "time_out": stamp(entry.get("time_out")), "lunch_time": str(entry.get("lunch_time") or 0),
        "description": entry.get("description"), "billable": bool(entry.get("billable")),
        "timecard_time_type_id": entry.time_type.id if entry.time_type else None,
        "cost_code_id": entry.cost_code.id if entry.cost_code else None, "wbs_code_id": code.id if code else None,
        "line_item_type_id": entry.cost_type.id if entry.cost_type else None,
        "party_id": entry.party.id if entry.party else None,
        "timesheet_id": entry.timesheet.id if entry.timesheet else None,
        "approval_status": entry.get("approval_status"), "signed": False, "in_progress": False,
        "origin_id": entry.get("origin_id"),
        "origin_data": entry.get("origin_data"), "created_at": stamp(entry.created_at),
        "updated_at": stamp(entry.updated_at), "deleted_at": stamp(entry.deleted_at)}


def shown_sheet(sheet: Timesheet, *, whole: bool = True) -> dict[str, object]:
    on = day(sheet.get("date"))
    shown: dict[str, object] = {
        "id": sheet.id, "number": sheet.number, "name": f"{on} - {sheet.number:02d}", "date": on,
        "status": sheet.get("status"), "created_by": _user(sheet.created_by), "created_at": stamp(sheet.created_at),
        "updated_at": stamp(sheet.updated_at)}
    return shown | {"timecard_entries": [_on_sheet(entry) for entry in sheet.entries.values()]} if whole else shown


def _on_sheet(entry: TimecardEntry) -> dict[str, object]:
    kind = entry.time_type
    return _bare(entry) | {
        "time_in": stamp(entry.get("time_in")), "time_out": stamp(entry.get("time_out")),
        "lunch_time": entry.get("lunch_time") or 0, "injured": bool(entry.get("injured")),
        "billable": bool(entry.get("billable")), "crew": None, "cost_code": _code(entry),
        "created_by": _user(entry.created_by), "location": None,
        "timecard_time_type": None if kind is None else brief_type(kind) | {
            "abbreviated_time_type": kind.get("abbreviated_time_type"), "global": bool(kind.get("global"))},
        "wbs_code_id": entry.wbs_code.id if entry.wbs_code else None, "custom_fields": {}}
