"""Payments issued: the one thing that is written to Procore.

`origin_id` is a payment's natural key: unique per type within a company, and made from the posting's key. It also
locks the record (procore.md 5.15, 6.4): while it is set, nothing but the origin fields can be changed, and nothing
deleted. So a change is two steps, clear it, then change everything and set it again in one call; a deletion is clear,
then delete. Each step looks at the record as it is, so that any of them may be repeated after a crash or a lost answer.
"""
from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from tieout.adapters.http import Reply
from tieout.adapters.procore.client import Api, Route
from tieout.adapters.procore.feeds import PAYMENTS, gone, payments_of
from tieout.adapters.procore.read import payment_issued, reading_of
from tieout.adapters.procore.refusals import refused, said
from tieout.adapters.procore.wire import parsed, record_of
from tieout.core.construction import PaymentIssued
from tieout.core.drafts import PaymentDraft
from tieout.ports import (
    Action,
    Answer,
    Busy,
    NoAnswer,
    NotUnderstood,
    Order,
    Posted,
    ProjectNotReadable,
    Reading,
    Refused,
    Unreachable,
)

PAYMENT = Route("/rest/v1.0/contract_payments/{id}", "payments issued")
METHODS = ("check", "credit_card", "electronic")
OURS = "tieout-"

MISSING = Refused(code="404", words="The payment is no longer in Procore.", reason="missing_record", stale=True)
MOVED = Refused(code="", words="The payment was changed in Procore since it was last read.", reason="stale", stale=True)


def origin_of(key: str) -> str:
    """The `origin_id` of a posting's key: always the same, short, and recognisable as ours."""
    return OURS + hashlib.sha256(key.encode()).hexdigest()[:24]


def order(*, action: Action, kind: str, key: str, tag: str, draft: object, held: Reading | None) -> Order:
    if kind != "payment_issued":
        raise ValueError(f"a {kind} is never written to Procore")
    if action == "create":
        assert isinstance(draft, PaymentDraft) and draft.project.id and draft.commitment.id, "refs have to be known"
        scope, contract, target, version = draft.project.id, draft.commitment.id, "", ""
    else:
        assert held is not None and not held.deleted, f"to {action}, the record as last read is needed"
        contract = record_of(kind, held.key, held.raw).needed_id("contract_id")
        scope, target, version = held.scope, held.key, held.version
    body: dict[str, Any] = {"project_id": int(scope), "contract_id": int(contract)}
    if action != "delete":
        assert isinstance(draft, PaymentDraft), "a payment is written from a payment draft"
        assert draft.commitment.id == contract, "a payment cannot move to another commitment"
        body["contract_payment"] = _fields(draft, origin_of(key), tag)
    return Order(key=key, tag=tag, action=action, kind=kind, payload=json.dumps(body, separators=(",", ":")),
                 target=target, version=version, scope=scope)


def _fields(draft: PaymentDraft, origin: str, tag: str) -> dict[str, Any]:
    """`origin_data` is free text that users do not see; it carries the tag."""
    fields: dict[str, Any] = {
        "amount": f"{draft.amount:.2f}", "date": draft.dated.isoformat(), "check_number": draft.check_number,
        "invoice_number": draft.invoice_number, "notes": draft.notes, "origin_id": origin, "origin_data": tag}
    if draft.method in METHODS:
        fields["payment_method"] = draft.method
    if draft.invoice.id:
        fields["requisition_id"] = int(draft.invoice.id)
    return fields


def deliver(api: Api, wanted: Order) -> Answer:
    """One order, in as many calls as it takes. Reads that fail leave nothing done: Busy."""
    try:
        return STEPS[wanted.action](api, wanted)
    except Unreachable as down:
        return Busy(wait_s=down.wait_s, why=str(down))
    except ProjectNotReadable as hidden:
        return Refused(code="403", words=hidden.says, reason="permission")


def find(api: Api, wanted: Order) -> Reading | None:
    """What an order without an answer did. Raises Unreachable or NotUnderstood where that cannot be told now."""
    try:
        readings = payments_of(api, _contract(wanted), wanted.scope)
    except ProjectNotReadable as hidden:
        raise NotUnderstood(hidden.says) from hidden
    if wanted.action == "create":
        origin = _wanted(wanted)["origin_id"]
        return next((reading for reading in readings if _understood(reading).origin == origin), None)
    held = next((reading for reading in readings if reading.key == wanted.target), None)
    if wanted.action == "delete":
        return gone("payment_issued", wanted.target, wanted.scope) if held is None else None
    return held if held is not None and _is_done(wanted, held) else None


def _create(api: Api, wanted: Order) -> Answer:
    reply = _settled(api.send("POST", PAYMENTS, project=wanted.scope, token=_token(wanted, "create"),
                              body=_body(wanted)))
    if isinstance(reply, Refused) and (reply.element == "origin_id" or reply.code == "409"):
        # the natural key is taken: an earlier try of this same order went through
        existing = find(api, wanted)
        return reply if existing is None else Posted(reading=existing)
    return _posted(reply, wanted)


def _update(api: Api, wanted: Order) -> Answer:
    held = _held(api, wanted)
    if held is None:
        return MISSING
    if _is_done(wanted, held):
        return Posted(reading=held)
    if not _same_content(wanted, held) and not _has_wanted_fields(wanted, held):
        return MOVED
    unlocked = _unlock(api, wanted, held)
    if unlocked is not None:
        return unlocked
    reply = _settled(_patch(api, wanted, _body(wanted), _token(wanted, "change")))
    if isinstance(reply, Refused):
        _lock_again(api, wanted, held)
    return _posted(reply, wanted)


def _delete(api: Api, wanted: Order) -> Answer:
    held = _held(api, wanted)
    absent = Posted(reading=gone("payment_issued", wanted.target, wanted.scope))
    if held is None:
        return absent
    if not _same_content(wanted, held):
        return MOVED
    unlocked = _unlock(api, wanted, held)
    if unlocked is not None:
        return unlocked
    ids = [(name, str(value)) for name, value in _scope_ids(wanted).items()]
    reply = _settled(api.send("DELETE", PAYMENT, project=wanted.scope, token=_token(wanted, "delete"), params=ids,
                              id=wanted.target))
    if isinstance(reply, Reply) or (isinstance(reply, Refused) and reply.code == "404" and not _held(api, wanted)):
        return absent
    if isinstance(reply, Refused):
        _lock_again(api, wanted, held)
    return reply


STEPS = {"create": _create, "update": _update, "delete": _delete}


def _unlock(api: Api, wanted: Order, held: Reading) -> Answer | None:
    """Clear the origin, where there is one and it is ours. None: the record can be changed now."""
    if record_of(held.kind, held.key, held.raw).text("external_payment_id"):
        return Refused(code="", words="The payment was made through Procore Pay; it cannot be changed from outside.",
                       reason="locked", element="external_payment_id")
    origin = _understood(held).origin
    if not origin:
        return None
    if not origin.startswith(OURS):
        return Refused(code="", words=f"The payment belongs to another integration (origin_id {origin}).",
                       reason="locked", element="origin_id")
    # the record's version is in the token: it may have to be unlocked again, and that is not the same call
    reply = _settled(_patch(api, wanted, {**_scope_ids(wanted), "contract_payment": {"origin_id": None}},
                            _token(wanted, "unlock", held.version)))
    return None if isinstance(reply, Reply) else reply


def _lock_again(api: Api, wanted: Order, held: Reading) -> None:
    """As it was: unlocked, the record could be changed by anyone."""
    if origin := _understood(held).origin:
        _patch(api, wanted, {**_scope_ids(wanted), "contract_payment": {"origin_id": origin}},
               _token(wanted, "lock again", held.version))


def _held(api: Api, wanted: Order) -> Reading | None:
    return next((reading for reading in payments_of(api, _contract(wanted), wanted.scope)
                 if reading.key == wanted.target), None)


def _patch(api: Api, wanted: Order, body: Mapping[str, object], token: str) -> Reply | Busy | NoAnswer:
    return api.send("PATCH", PAYMENT, project=wanted.scope, token=token, body=body, id=wanted.target)


def _settled(reply: Reply | Busy | NoAnswer) -> Reply | Refused | Busy | NoAnswer:
    """A `Reply` only where it was done. A time-out or server error of Procore's own may have been done."""
    if not isinstance(reply, Reply) or 200 <= reply.status < 300:
        return reply
    if reply.status == 408 or reply.status >= 500:
        return NoAnswer(why=f"Procore answered {reply.status}: {said(reply).words}")
    return refused(reply)


def _posted(reply: Reply | Refused | Busy | NoAnswer, wanted: Order) -> Answer:
    if not isinstance(reply, Reply):
        return reply
    try:
        return Posted(reading=reading_of("payment_issued", wanted.scope, reply.body.decode()))
    except (NotUnderstood, UnicodeDecodeError):
        return NoAnswer(why=f"Procore answered {reply.status} with something else than the payment: {reply.begins()}")


def _is_done(wanted: Order, held: Reading) -> bool:
    return _understood(held).origin == _wanted(wanted)["origin_id"] and _has_wanted_fields(wanted, held)


def _has_wanted_fields(wanted: Order, held: Reading) -> bool:
    """In what can be read back: the method of payment cannot."""
    if wanted.action == "delete":
        return False
    record, fields = record_of("payment_issued", held.key, held.raw), _wanted(wanted)
    asked = record_of("payment_issued", held.key, json.dumps(fields))
    return (record.amount("amount") == asked.amount("amount") and record.day("date") == asked.day("date")
            and record.text("check_number") == asked.text("check_number")
            and record.text("invoice_number") == asked.text("invoice_number")
            and ("requisition_id" not in fields or record.id("requisition_id") == asked.id("requisition_id")))


def _same_content(wanted: Order, held: Reading) -> bool:
    """As it was when the order was written; taking the lock off moves the time stamp, not the content."""
    return not wanted.version or wanted.version.partition("#")[2] == held.version.partition("#")[2]


def _understood(reading: Reading) -> PaymentIssued:
    return payment_issued(record_of(reading.kind, reading.key, reading.raw), reading.scope)


def _body(wanted: Order) -> dict[str, Any]:
    body: dict[str, Any] = parsed(wanted.payload)
    return body


def _wanted(wanted: Order) -> dict[str, Any]:
    fields: dict[str, Any] = _body(wanted).get("contract_payment", {})
    return fields


def _scope_ids(wanted: Order) -> dict[str, Any]:
    return {name: _body(wanted)[name] for name in ("project_id", "contract_id")}


def _contract(wanted: Order) -> str:
    return str(_body(wanted)["contract_id"])


def _token(wanted: Order, step: str, version: str = "") -> str:
    return hashlib.sha256(f"{wanted.key} {wanted.payload} {step} {version}".encode()).hexdigest()[:32]
