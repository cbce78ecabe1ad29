"""Sub jobs: the legacy view of the sub job segment of a project (procore.md 5.6, 5.8)."""
from __future__ import annotations

from typing import Any

from tieout.sandbox.procore import wbs
from tieout.sandbox.procore.code_records import SubJob
from tieout.sandbox.procore.state import written
from tieout.sandbox.procore.web import (
    EMPTY,
    Answer,
    Call,
    Fields,
    SyncRules,
    a_text,
    created,
    invalid,
    not_found,
    page_of,
    stamp,
    sync,
    take,
)

FIELDS: Fields = dict.fromkeys(("name", "code", "origin_id", "origin_data"), a_text)


def sub_jobs(call: Call) -> Answer:
    return page_of(call, list(call.project.sub_jobs.values()), shown)


def sub_job(call: Call) -> Answer:
    return Answer(shown(_found(call)))


def _found(call: Call) -> SubJob:
    found = call.project.sub_jobs.get(call.arg_id())
    if found is None:
        raise not_found()
    return found


def create(call: Call) -> Answer:
    return created(shown(_new(call, call.wrapped("sub_job"))))


def update(call: Call) -> Answer:
    return Answer(shown(_change(call, _found(call), call.wrapped("sub_job"))))


def delete(call: Call) -> Answer:
    wbs.remove_item(call, call.project, _found(call).item)
    return EMPTY


def sync_all(call: Call) -> Answer:
    held, origins = call.project.sub_jobs, call.company.origin_ids
    return sync(call, SyncRules(held.get, lambda origin: held.get(origins.get(("sub_job", origin), 0)),
                                lambda given: _new(call, given), lambda found, given: _change(call, found, given),
                                shown))


def _new(call: Call, given: dict[str, Any]) -> SubJob:
    values = take(given, FIELDS)
    for name in ("name", "code"):
        if not (values.get(name) or "").strip():
            raise invalid(**{name: "can't be blank"})
    call.company.check_origin("sub_job", values.get("origin_id"))
    item = wbs.new_item(call.company, wbs.segment_of(call.company, "sub_job"), call.project, values["code"],
                        values["name"], None, call.now)
    made = next(one for one in reversed(call.project.sub_jobs.values()) if one.item is item)
    extra = {name: value for name, value in values.items() if name.startswith("origin")}
    written(call.company, "sub_job", made, extra, call.now)
    return made


def _change(call: Call, found: SubJob, given: dict[str, Any]) -> SubJob:
    values = take(given, FIELDS)
    call.company.check_new_origin("sub_job", found, values)
    wbs.rename(call.project, found.item, values.pop("code", None), values.pop("name", None), call.now)
    written(call.company, "sub_job", found, values, call.now)
    found.updated_at = max(found.updated_at, found.item.updated_at)
    return found


def shown(found: SubJob) -> dict[str, object]:
    return {"id": found.id, "name": found.item.name, "code": found.item.code, "origin_id": found.get("origin_id"),
            "origin_data": found.get("origin_data"), "created_at": stamp(found.created_at),
            "updated_at": stamp(found.updated_at)}
