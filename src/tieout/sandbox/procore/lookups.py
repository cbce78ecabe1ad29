"""The company's short lists that projects and vendors point at: stages, types, regions, programs, offices and so on.

One table says of each list where it lives, what it takes and what it shows (procore.md 5.1, 5.2).
"""
from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from tieout.sandbox.procore.directory import own_company
from tieout.sandbox.procore.records import Record
from tieout.sandbox.procore.state import Company, Project, written
from tieout.sandbox.procore.web import (
    EMPTY,
    Answer,
    Call,
    Fields,
    Filter,
    a_flag,
    a_text,
    created,
    filtered,
    flag_is,
    invalid,
    not_found,
    one_of,
    page_of,
    stamp,
    take,
    within,
)

STAGE_CATEGORIES = ("pre_construction", "course_of_construction", "post_construction", "completed", "not_awarded",
                    "canceled")
OF_COMPANY, TOP = "/rest/v1.0/companies/{company_id}/", "/rest/v1.0/"
Show = Callable[[Company, Record], dict[str, object]]


def _plain(*names: str) -> Show:
    def show(company: Company, row: Record) -> dict[str, object]:
        return {"id": row.id, **{name: row.get(name) for name in names}}
    return show


def _stage(company: Company, row: Record) -> dict[str, object]:
    return {"id": row.id, "name": row.get("name"), "is_bidding_stage": bool(row.get("is_bidding_stage")),
            "is_concept_stage": False, "category": row.get("category"), "readonly": False, "default_stage": False,
            "hideable": True, "has_rfi_prefixes": False, "project_stage_has_children": _in_use(company, STAGES, row)}


def _trade(company: Company, row: Record) -> dict[str, object]:
    return {"id": row.id, "name": row.get("name"), "active": row.get("active") is not False,
            "updated_at": stamp(row.updated_at)}


def _office(company: Company, row: Record) -> dict[str, object]:
    return {"id": row.id, **{name: row.get(name) for name in OFFICE}, "logo": None}


def _program(company: Company, row: Record) -> dict[str, object]:
    held = [p for p in company.projects.values() if p.get("program_id") == row.id]
    return {"id": row.id, **{name: row.get(name) for name in PROGRAM}, "longitude": None, "latitude": None,
            "projects": [{"id": p.id, "name": p.name, "project_number": p.get("project_number")} for p in held]}


def _listed_program(company: Company, row: Record) -> dict[str, object]:
    count = sum(p.get("program_id") == row.id for p in company.projects.values())
    return {"id": row.id, "name": row.get("name"), "address_freeform": row.get("address_freeform"),
            "website": row.get("website"), "photo_prostore_file_id": None, "logo_prostore_file_id": None,
            "photo_prostore_file_url": None, "logo_prostore_file_url": None, "project_count": count}


OFFICE = ("name", "address", "city", "state_code", "country_code", "zip", "phone", "fax", "division")
PROGRAM = ("name", "address_freeform", "website", "zip")
NAMED: Fields = {"name": a_text}


@dataclass(frozen=True)
class Lookup:
    """key  the wrapper of its bodies; used_by  the project's field that points at it."""

    key: str
    path: str
    fields: Fields = field(default_factory=lambda: NAMED)
    show: Show = field(default_factory=lambda: _plain("name"))
    listed: Show | None = None
    used_by: str = ""
    filters: Mapping[str, Filter] = field(default_factory=dict)
    has_origin: bool = False
    verbs: tuple[str, ...] = ("list", "create", "show", "update", "delete")
    defaults: tuple[str, ...] = ()


STAGES = Lookup("project_stage", OF_COMPANY + "project_stages",
                {**NAMED, "is_bidding_stage": a_flag, "category": one_of(*STAGE_CATEGORIES)}, _stage,
                used_by="project_stage_id",
                defaults=("Bidding", "Pre-Construction", "Course of Construction", "Post-Construction", "Warranty"))
TRADES = Lookup("trade", OF_COMPANY + "trades", {**NAMED, "active": a_flag}, _trade,
                filters={"active": flag_is(lambda row: row.get("active") is not False),
                         "updated_at": within(lambda row: row.updated_at),
                         "query": lambda values: lambda row: values[-1].lower() in str(row.get("name")).lower()},
                verbs=("list", "create", "show"))
DEPARTMENTS = Lookup("department", TOP + "departments", {**NAMED, "origin_id": a_text, "origin_data": a_text},
                     _plain("name", "origin_id", "origin_data"), used_by="department_ids", has_origin=True)
TYPES = Lookup("project_type", OF_COMPANY + "project_types", used_by="project_type_id")
REGIONS = Lookup("project_region", OF_COMPANY + "project_regions", used_by="project_region_id")
OWNER_TYPES = Lookup("project_owner_type", OF_COMPANY + "project_owner_types", used_by="project_owner_type_id")
BID_TYPES = Lookup("project_bid_type", OF_COMPANY + "project_bid_types", used_by="project_bid_type_id")
PROGRAMS = Lookup("program", OF_COMPANY + "programs", dict.fromkeys(PROGRAM, a_text), _program, _listed_program,
                  used_by="program_id")
OFFICES = Lookup("office", TOP + "offices", dict.fromkeys(OFFICE, a_text), _office, used_by="office_id")
ALL = (STAGES, TRADES, DEPARTMENTS, TYPES, REGIONS, OWNER_TYPES, BID_TYPES, PROGRAMS, OFFICES)


def rows_of(company: Company, lookup: Lookup) -> dict[int, Record]:
    return company.lookups[lookup.key]


def brief(company: Company, lookup: Lookup, wanted: object) -> dict[str, object] | None:
    """What a project shows of the row that it points at."""
    row = rows_of(company, lookup).get(wanted) if isinstance(wanted, int) else None
    return {"id": row.id, "name": row.get("name")} if row is not None else None


def _in_use(company: Company, lookup: Lookup, row: Record) -> bool:
    def points(project: Project) -> bool:
        held = project.get(lookup.used_by)
        return row.id in held if isinstance(held, list) else held == row.id
    return bool(lookup.used_by) and any(points(project) for project in company.projects.values())


def _found(lookup: Lookup, call: Call) -> Record:
    row = rows_of(own_company(call), lookup).get(call.arg_id())
    if row is None:
        raise not_found()
    return row


def _values(lookup: Lookup, call: Call) -> dict[str, object]:
    values = take(call.wrapped(lookup.key), lookup.fields)
    if "name" in values and not (values["name"] or "").strip():
        raise invalid(name="can't be blank")
    return values


def _list(lookup: Lookup, call: Call) -> Answer:
    company = own_company(call)
    rows = filtered(call, rows_of(company, lookup).values(), lookup.filters)
    return page_of(call, rows, lambda row: (lookup.listed or lookup.show)(company, row))


def _create(lookup: Lookup, call: Call) -> Answer:
    company = own_company(call)
    values = _values(lookup, call)
    if "name" not in values:
        raise invalid(name="can't be blank")
    if lookup.has_origin:
        company.check_origin(lookup.key, str(values["origin_id"]) if values.get("origin_id") else None)
    made = Record(company.ids.next(lookup.key), call.now, call.now)
    written(company, lookup.key, made, values, call.now)
    rows_of(company, lookup)[made.id] = made
    return created(lookup.show(company, made))


def _show(lookup: Lookup, call: Call) -> Answer:
    return Answer(lookup.show(call.company, _found(lookup, call)))


def _update(lookup: Lookup, call: Call) -> Answer:
    row = _found(lookup, call)
    values = _values(lookup, call)
    call.company.check_new_origin(lookup.key, row, values)
    written(call.company, lookup.key, row, values, call.now)
    return Answer(lookup.show(call.company, row))


def _delete(lookup: Lookup, call: Call) -> Answer:
    row = _found(lookup, call)
    if _in_use(call.company, lookup, row):
        raise invalid(base="is in use by a project and cannot be deleted")
    del rows_of(call.company, lookup)[row.id]
    call.company.release_origin(lookup.key, row)
    return EMPTY


VERBS: dict[str, tuple[str, str, Callable[[Lookup, Call], Answer]]] = {
    "list": ("GET", "", _list), "create": ("POST", "", _create), "show": ("GET", "/{id}", _show),
    "update": ("PATCH", "/{id}", _update), "delete": ("DELETE", "/{id}", _delete)}

ROWS: tuple[tuple[str, str, Callable[[Call], Answer]], ...] = tuple(
    (method, lookup.path + rest, partial(handler, lookup))
    for lookup in ALL for verb in lookup.verbs for method, rest, handler in (VERBS[verb],))


def project_templates(call: Call) -> Answer:
    """Projects that serve as templates. No endpoint makes one, so the list is empty until a world brings one."""
    company = own_company(call)
    rows = [project for project in company.projects.values() if project.get("template")]
    return page_of(call, rows, lambda project: {"id": project.id, "name": project.name})


def furnish(company: Company, now: datetime) -> None:
    """The lists of every company, with the stages that it starts with."""
    for lookup in ALL:
        company.lookups[lookup.key] = {}
        for name in lookup.defaults:
            made = Record(company.ids.next(lookup.key), now, now, {"name": name})
            rows_of(company, lookup)[made.id] = made
