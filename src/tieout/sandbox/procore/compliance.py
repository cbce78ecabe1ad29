"""Whether a commitment's papers are in order: its compliance statuses and documents (the description of commitments).

A derived status is compliant when every document is, not_compliant when one is not, and not_required without any
(the last is inferred). No vendor has insurance records here, so none stand beside the documents.
"""
from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any

from tieout.sandbox.procore.commitments import PO, WO, Kind, of_kind
from tieout.sandbox.procore.contract_records import Contract
from tieout.sandbox.procore.files import attach, shown_files, wanted_files
from tieout.sandbox.procore.records import Record
from tieout.sandbox.procore.web import (
    NOTHING,
    Answer,
    Call,
    Fields,
    a_flag,
    a_text,
    created,
    forbidden,
    invalid,
    not_found,
    one_of,
    page_of,
    stamp,
    take,
)


def a_moment(value: object) -> datetime | None:
    if value is None or value == "":
        return None
    try:
        moment = datetime.fromisoformat(str(value))
        return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError("is not a valid date") from None


STATUS: Fields = {**dict.fromkeys(("compliance_status", "insurance_status"),
                                  one_of("compliant", "not_compliant", "not_required")),
                  **dict.fromkeys(("compliance_notes", "insurance_notes"), a_text)}
DOCUMENT: Fields = {
    **dict.fromkeys(("name", "notes"), a_text), **dict.fromkeys(("effective_at", "expires_at"), a_moment),
    "type": one_of("bond", "license", "master_agreement", "permit", "safety", "w9", "other"),
    "status": one_of("compliant", "not_compliant"), "send_expiration_notification": a_flag}


def _contract(kind: Kind, call: Call) -> Contract:
    return of_kind(kind, call, call.arg_id("contract_id"))


def _writable(kind: Kind, call: Call) -> Contract:
    if call.user.level != "admin":
        raise forbidden("You are not allowed to change this", "The Commitments tool needs admin permission")
    return _contract(kind, call)


def compliance(kind: Kind, call: Call) -> Answer:
    return Answer(_shown(_contract(kind, call)))


def update_compliance(kind: Kind, call: Call) -> Answer:
    found = _writable(kind, call)
    held = found.compliance or Record(found.id, call.now, call.now)
    held.write({**take(call.body, STATUS), "by": call.user}, call.now)
    found.compliance = held
    return Answer(_typed(found))


def documents(kind: Kind, call: Call) -> Answer:
    return page_of(call, list(_contract(kind, call).compliance_documents.values()), _shown_document)


def document(kind: Kind, call: Call) -> Answer:
    return Answer(_shown_document(_document(_contract(kind, call), call)))


def _document(parent: Contract, call: Call) -> Record:
    found = parent.compliance_documents.get(call.arg_id())
    if found is None:
        raise not_found()
    return found


def create_document(kind: Kind, call: Call) -> Answer:
    parent = _writable(kind, call)
    given = call.wrapped("attributes")
    values = {"status": "not_compliant", "type": "other", **_checked(given, None)}
    if not values.get("name"):
        raise invalid(name="can't be blank")
    files = wanted_files(call, given)
    made = Record(call.company.ids.next("compliance_document"), call.now, call.now, values)
    attach(call, made, files)
    parent.compliance_documents[made.id] = made
    return created(_shown_document(made))


def update_document(kind: Kind, call: Call) -> Answer:
    parent = _writable(kind, call)
    found, given = _document(parent, call), call.wrapped("attributes")
    files = wanted_files(call, given)
    found.write(_checked(given, found), call.now)
    attach(call, found, files)
    return Answer(_shown_document(found))


def _checked(given: dict[str, Any], found: Record | None) -> dict[str, Any]:
    values = {name: value for name, value in take(given, DOCUMENT).items()
              if value is not None or name not in ("name", "type", "status")}
    get = {**(found.fields if found else {}), **values}.get
    start, end = get("effective_at"), get("expires_at")
    if start is not None and end is not None and end < start:
        raise invalid(expires_at="must be after the effective date")
    if "name" in values and not str(values["name"]).strip():
        raise invalid(name="can't be blank")
    return values


def delete_document(kind: Kind, call: Call) -> Answer:
    parent = _writable(kind, call)
    del parent.compliance_documents[_document(parent, call).id]
    return NOTHING


def _typed(found: Contract) -> dict[str, object]:
    """What somebody wrote, and who did last: the update answers this alone."""
    held = found.compliance
    if held is None:
        return dict.fromkeys(("updated_at", "updated_by_id", *STATUS))
    return {"updated_at": stamp(held.updated_at), "updated_by_id": held.get("by").id,
            **{name: held.get(name) for name in STATUS}}


def _shown(found: Contract) -> dict[str, object]:
    papers = list(found.compliance_documents.values())
    return {**_typed(found), "derived_insurance_status": "not_required",
            "insurance_documents": [], "derived_compliance_status": _derived(papers),
            "compliance_documents": [_shown_document(paper) for paper in papers],
            "insurance_requirements_not_created": [], "compliance_requirements_not_created": []}


def _derived(papers: list[Record]) -> str:
    if not papers:
        return "not_required"
    return "compliant" if all(paper.get("status") == "compliant" for paper in papers) else "not_compliant"


def _shown_document(found: Record) -> dict[str, object]:
    return {"id": found.id, **{name: found.get(name) for name in ("name", "notes", "type", "status")},
            "effective_at": stamp(found.get("effective_at")), "expires_at": stamp(found.get("expires_at")),
            "created_at": stamp(found.created_at), "updated_at": stamp(found.updated_at),
            "attachments": shown_files(found)}


HANDLERS: tuple[tuple[str, str, Callable[[Kind, Call], Answer]], ...] = (
    ("GET", "/compliance", compliance),
    ("PATCH", "/compliance", update_compliance),
    ("GET", "/compliance_documents", documents),
    ("POST", "/compliance_documents", create_document),
    ("GET", "/compliance_documents/{id}", document),
    ("PATCH", "/compliance_documents/{id}", update_document),
    ("DELETE", "/compliance_documents/{id}", delete_document),
)
ROWS: tuple[tuple[str, str, Callable[[Call], Answer]], ...] = tuple(
    (method, f"/rest/v1.0/projects/{{project_id}}/{kind.key}s/{{contract_id}}{rest}", partial(handler, kind))
    for kind in (WO, PO) for method, rest, handler in HANDLERS)
