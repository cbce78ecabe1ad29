"""Timecard entries of a project, a company and a user, and their time types (procore.md 5.21).

`origin_id` is an integer here. A project's list shows today, by the project's own clock, unless it is told the days.
"""
from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tieout.sandbox.procore.code_records import CostCode, LineItemType, WbsCode
from tieout.sandbox.procore.cost_records import Person, TimecardEntry, Timesheet
from tieout.sandbox.procore.directory import own_company
from tieout.sandbox.procore.people import join
from tieout.sandbox.procore.permissions import admin_for
from tieout.sandbox.procore.records import Record
from tieout.sandbox.procore.state import Company, Project
from tieout.sandbox.procore.timecard_views import (
    brief_type,
    listed_of_user,
    shown_of_company,
    shown_of_project,
    shown_of_user,
    shown_type,
)
from tieout.sandbox.procore.wbs_codes import parts_of
from tieout.sandbox.procore.web import (
    EMPTY,
    ZERO,
    Answer,
    Call,
    Fields,
    Filter,
    a_day,
    a_flag,
    a_number,
    a_text,
    among,
    an_integer,
    bad_request,
    cents,
    created,
    filtered,
    forbidden,
    invalid,
    missing_ids,
    not_found,
    one_of,
    page_of,
    stamp,
    take,
    within,
)

STATUSES = ("pending", "reviewed", "approved", "completed")
TYPES = (("Regular Time", "REG"), ("Overtime", "OT"), ("Double Time", "DT"))
DAY_HOURS = 24


def a_moment(value: object) -> datetime | None:
    if value is None or value == "":
        return None
    try:
        found = datetime.fromisoformat(str(value))
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC).replace(microsecond=0)
    except (ValueError, OverflowError):
        raise ValueError("is not a valid time") from None


def _integer_id(value: object) -> str | None:
    """Kept as text, as every other origin_id is."""
    number = an_integer(value)
    return None if number is None else str(number)


OWN: Fields = {"date": a_day, "hours": a_number, "lunch_time": an_integer, "time_in": a_moment, "time_out": a_moment,
               "billable": a_flag, "description": a_text, "approval_status": one_of(*STATUSES),
               "injured": a_flag, "origin_id": _integer_id, "origin_data": a_text}
NAMED: Fields = dict.fromkeys(("party_id", "login_information_id", "user_id", "cost_code_id", "line_item_type_id",
                               "wbs_code_id", "timecard_time_type_id", "timesheet_id"), an_integer)


def furnish(company: Company, now: datetime) -> None:
    """The time types that every company starts with."""
    for name, short in TYPES:
        made = Record(company.ids.next("time_type"), now, now, {
            "time_type": name, "abbreviated_time_type": short, "global": True})
        company.time_types[made.id] = made


# Time types

def time_types(call: Call) -> Answer:
    return Answer([brief_type(found) for found in own_company(call).time_types.values()])


def update_time_type(call: Call) -> Answer:
    found = own_company(call).time_types.get(call.arg_id())
    if found is None:
        raise not_found()
    found.write(take(call.wrapped("timecard_time_type"), {"pay_rate": a_flag}), call.now)
    return Answer(brief_type(found))


def time_types_of_project(call: Call) -> Answer:
    _ = call.project
    return page_of(call, list(call.company.time_types.values()), lambda found: {
        name: value for name, value in shown_type(call.company, found).items() if name != "company_id"})


# What an entry is made of

@dataclass(frozen=True)
class Parts:
    """The records that an entry names."""

    party: Person | None
    cost_code: CostCode | None
    cost_type: LineItemType | None
    wbs_code: WbsCode | None
    time_type: Record | None
    timesheet: Timesheet | None


def checked(call: Call, project: Project, given: Mapping[str, Any],
            found: TimecardEntry | None = None) -> tuple[dict[str, Any], Parts]:
    """An entry as it would be: its fields and the records that it names; writes nothing."""
    company = call.company
    values = take(given, OWN)
    admin_for(call, found.fields if found is not None else {"approval_status": "pending"}, values, "approval_status")
    if given.get("datetime") and "date" not in values:
        moment = take(given, {"datetime": a_moment})["datetime"]
        values["date"] = moment.astimezone(_zone(project)).date()
    for name in ("date", "approval_status"):
        if found is not None and name in values and values[name] is None:
            del values[name]
    whole = {"billable": False, "approval_status": "pending", "lunch_time": 0, **(found.fields if found else {}),
             **values}
    whole["date"] = whole.get("date") or _today(call, project)
    whole["approval_status"] = whole["approval_status"] or "pending"
    _hours(company, whole)
    company.check_new_origin("timecard_entry", found or Record(0, call.now, call.now), values)
    return whole, _named(call, project, take(given, NAMED), found)


def _hours(company: Company, whole: dict[str, Any]) -> None:
    """By the company's mode either the hours are typed, or they are what lies between start and stop."""
    if company.switches.time_entry == "start_and_stop":
        for name in ("time_in", "time_out"):
            if whole.get(name) is None:
                raise invalid(**{name: "can't be blank"})
        worked_s = (whole["time_out"] - whole["time_in"]).total_seconds() - 60 * (whole.get("lunch_time") or 0)
        whole["hours"] = cents(Decimal(int(worked_s)) / 3600)
    hours = whole.get("hours")
    if hours is None:
        raise invalid(hours="can't be blank")
    if not 0 <= hours <= DAY_HOURS:
        raise invalid(hours=f"must be between 0 and {DAY_HOURS}")


def _named(call: Call, project: Project, ids: Mapping[str, int | None], found: TimecardEntry | None) -> Parts:
    company = call.company

    def part(name: str, held: Any, among_these: Mapping[int, Any]) -> Any:
        if name not in ids:
            return held
        wanted = ids[name]
        if wanted is not None and wanted not in among_these:
            raise invalid(**{name: "is invalid"})
        return None if wanted is None else among_these[wanted]

    party = part("party_id", found.party if found else company.people_by_user.get(call.user.id), company.people)
    for name in ("user_id", "login_information_id"):
        party = part(name, party, company.people_by_user)
    code = part("wbs_code_id", found.wbs_code if found else None, project.wbs_codes)
    cost_code, cost_type = found.cost_code if found else None, found.cost_type if found else None
    if ids.get("wbs_code_id") is not None:
        cost_code, cost_type = parts_of(company, code)
    cost_code = part("cost_code_id", cost_code, project.cost_codes)
    cost_type = part("line_item_type_id", cost_type, company.types)
    if cost_type is None and company.time_configuration is not None:
        cost_type = company.types.get(company.time_configuration.get("line_item_type_id") or 0)
    time_type = part("timecard_time_type_id", found.time_type if found else next(iter(company.time_types.values())),
                     company.time_types)
    timesheet = part("timesheet_id", found.timesheet if found else None, project.timesheets)
    return Parts(party, cost_code, cost_type, code, time_type, timesheet)


def new_entry(call: Call, project: Project, ready: tuple[dict[str, Any], Parts]) -> TimecardEntry:
    """Of an entry that was found good."""
    company = call.company
    made = TimecardEntry(company.ids.next("timecard_entry"), call.now, call.now, project=project, created_by=call.user)
    company.timecards[made.id] = made
    _write(call, made, *ready)
    _tell(call, "create", made)
    return made


def write_entry(call: Call, found: TimecardEntry, ready: tuple[dict[str, Any], Parts]) -> None:
    """Keeps what it said before in its history."""
    before = _columns(found)
    _write(call, found, *ready)
    changes = [(name, before[name], after) for name, after in _columns(found).items() if before[name] != after]
    found.history += [(name, old, new, call.now, call.user.name) for name, old, new in changes]
    if changes:
        found.touch(call.now)
    _tell(call, "update", found)


def _tell(call: Call, event: str, entry: TimecardEntry) -> None:
    call.tell("Timecard Entries", event, entry.id, entry.project.id)


def _write(call: Call, found: TimecardEntry, whole: dict[str, Any], parts: Parts) -> None:
    project, old = found.project, found.fields.get("date")
    origin = whole.pop("origin_id", None)
    call.company.claim_origin("timecard_entry", found, origin)
    found.write(whole, call.now)
    found.party, found.cost_code, found.cost_type = parts.party, parts.cost_code, parts.cost_type
    found.wbs_code, found.time_type = parts.wbs_code, parts.time_type
    put_on(found, parts.timesheet)
    if old is not None and old != whole["date"]:
        project.timecards[old].pop(found.id, None)
    project.timecards.setdefault(whole["date"], {})[found.id] = found
    if found.party is not None:
        join(call.company, project, found.party)


def put_on(found: TimecardEntry, sheet: Timesheet | None) -> None:
    """An entry is on one timesheet at most, and keeps its place there."""
    if found.timesheet is sheet:
        return
    if found.timesheet is not None:
        found.timesheet.entries.pop(found.id, None)
    found.timesheet = sheet
    if sheet is not None:
        sheet.entries[found.id] = found


def _columns(found: TimecardEntry) -> dict[str, str | None]:
    def text(value: object) -> str | None:
        return None if value is None else stamp(value) if isinstance(value, datetime) else str(value)

    shown = {name: text(found.get(name)) for name in OWN if name != "origin_id"}
    return shown | {"party": found.party.name if found.party else None,
                    "cost_code": found.cost_code.item.full_code if found.cost_code else None,
                    "line_item_type": text(found.cost_type.get("name")) if found.cost_type else None,
                    "timecard_time_type": text(found.time_type.get("time_type")) if found.time_type else None}


def remove(call: Call, found: TimecardEntry) -> None:
    if found.deleted_at is None:
        found.deleted_at = call.now
        found.touch(call.now)
        call.company.release_origin("timecard_entry", found)
        put_on(found, None)
        _tell(call, "delete", found)


def living_entry(company: Company, wanted: int, project: Project | None = None) -> TimecardEntry:
    found = company.timecards.get(wanted)
    if found is None or found.deleted_at is not None or (project is not None and found.project is not project):
        raise not_found()
    return found


# Days

def _zone(project: Project) -> ZoneInfo | Any:
    try:
        return ZoneInfo(str(project.get("time_zone") or "America/Los_Angeles"))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC


def _today(call: Call, project: Project) -> date:
    """The day where the building site is (trap 8)."""
    found: date = call.now.astimezone(_zone(project)).date()
    return found


def _asked_day(call: Call, name: str) -> date | None:
    text = call.request.param(name)
    if not text:
        return None
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        raise bad_request(f"{name} is not a valid date") from None


def between(project: Project, first: date, last: date) -> list[TimecardEntry]:
    days = sorted(day for day in project.timecards if first <= day <= last)
    return [entry for day in days for entry in project.timecards[day].values() if entry.deleted_at is None]


# Of a project

PROJECT_FILTERS: dict[str, Filter] = {"created_by_id": among(lambda entry: entry.created_by.id)}


def of_project(call: Call) -> Answer:
    project = call.project
    on, first, last = (_asked_day(call, name) for name in ("log_date", "start_date", "end_date"))
    if on is None and first is not None and last is not None:
        rows = between(project, first, last)
    else:
        on = on or _today(call, project)
        rows = between(project, on, on)
    return page_of(call, filtered(call, rows, PROJECT_FILTERS), lambda entry: shown_of_project(call.company, entry))


def entry_of_project(call: Call) -> Answer:
    return Answer(shown_of_project(call.company, _of_project(call)))


def _of_project(call: Call) -> TimecardEntry:
    return living_entry(call.company, call.arg_id(), call.project)


def create_in_project(call: Call) -> Answer:
    made = new_entry(call, call.project, checked(call, call.project, call.wrapped("timecard_entry")))
    return created(shown_of_project(call.company, made))


def update_in_project(call: Call) -> Answer:
    found = _of_project(call)
    write_entry(call, found, checked(call, call.project, call.wrapped("timecard_entry"), found))
    return Answer(shown_of_project(call.company, found))


def delete_in_project(call: Call) -> Answer:
    remove(call, _of_project(call))
    return EMPTY


# Of the company

COMPANY_FILTERS: dict[str, Filter] = {
    "id": among(lambda entry: entry.id), "updated_at": within(lambda entry: entry.updated_at),
    "deleted_at": within(lambda entry: entry.deleted_at),
    "party_id": among(lambda entry: entry.party.id if entry.party else None),
    "in_progress_only": lambda values: lambda entry: values[-1] != "true",
}


def company_rows(call: Call, rows: Iterable[TimecardEntry]) -> list[TimecardEntry]:
    """Deleted ones show only when a range of deleted_at is asked for."""
    first = _asked_day(call, "start_date") or date.min
    last = _asked_day(call, "end_date") or date.max
    whole = "deleted_at" in call.filters
    seen = {project.id for project in call.company.projects.values() if call.company.sees(call.user, project)}
    found = [entry for entry in rows if (entry.deleted_at is None or whole) and first <= entry.fields["date"] <= last
             and entry.project.id in seen]
    return filtered(call, found, COMPANY_FILTERS)


def of_company(call: Call) -> Answer:
    company = own_company(call)
    rows = company_rows(call, company.timecards.values())
    if call.view == "ids_only":
        return page_of(call, rows, lambda entry: {"id": entry.id})
    return page_of(call, rows, lambda entry: shown_of_company(company, entry))


def entry_of_company(call: Call) -> Answer:
    return Answer(shown_of_company(call.company, _of_company(call)))


def _of_company(call: Call) -> TimecardEntry:
    found = living_entry(own_company(call), call.arg_id())
    call.company.visible_project(found.project.id, call.user, "timesheets")
    return found


def create_in_company(call: Call) -> Answer:
    company = own_company(call)
    made = new_entry(call, call.project, checked(call, call.project, call.wrapped("timecard_entry")))
    return created(shown_of_company(company, made))


def update_in_company(call: Call) -> Answer:
    found = _of_company(call)
    write_entry(call, found, checked(call, found.project, call.wrapped("timecard_entry"), found))
    return Answer(shown_of_company(call.company, found))


def delete_in_company(call: Call) -> Answer:
    found = _of_company(call)
    remove(call, found)
    return Answer(shown_of_company(call.company, found))


def history(call: Call) -> Answer:
    return Answer([{"column": column, "old_value": old, "new_value": new, "created_at": stamp(at), "created_by": who}
                   for column, old, new, at, who in _of_company(call).history])


# Of the user who asks

def of_user(call: Call) -> Answer:
    """The last week, unless the days are said; of others only an administrator sees the time."""
    project = call.project
    last = _asked_day(call, "end_date") or _today(call, project)
    first = _asked_day(call, "start_date") or last - timedelta(days=7)
    rows = [entry for entry in between(project, first, last) if _is_open_to(call, entry)]
    return page_of(call, rows, listed_of_user)


def _is_open_to(call: Call, entry: TimecardEntry) -> bool:
    return call.user.level == "admin" or (entry.party is not None and entry.party.user_id == call.user.id)


def entry_of_user(call: Call) -> Answer:
    return Answer(shown_of_user(call.company, _of_user(call)))


def _of_user(call: Call) -> TimecardEntry:
    if call.given_id("project_id") is None:
        raise missing_ids()
    found = living_entry(call.company, call.arg_id(), call.project)
    if not _is_open_to(call, found):
        raise forbidden("You do not have permission to perform this action", "The timecard entry is another person's")
    return found


def create_of_user(call: Call) -> Answer:
    made = new_entry(call, call.project, checked(call, call.project, call.wrapped("timecard_entry")))
    return created(shown_of_user(call.company, made))


def update_of_user(call: Call) -> Answer:
    found = _of_user(call)
    write_entry(call, found, checked(call, call.project, call.wrapped("timecard_entry"), found))
    return Answer(shown_of_user(call.company, found))


def delete_of_user(call: Call) -> Answer:
    remove(call, _of_user(call))
    return EMPTY


# The newer endpoints of a project: no wrapper

def create_newer(call: Call) -> Answer:
    return Answer(shown_of_user(call.company, new_entry(call, call.project, checked(call, call.project, call.body))))


def update_newer(call: Call) -> Answer:
    found = _of_project(call)
    write_entry(call, found, checked(call, call.project, call.body, found))
    return Answer(shown_of_user(call.company, found))


def total_hours(entries: Iterable[TimecardEntry]) -> Decimal:
    return sum((entry.get("hours") or ZERO for entry in entries), ZERO)
