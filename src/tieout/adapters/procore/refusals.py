"""Procore's many ways to say no, as words and one of core.problems' refusal reasons (procore.md 1.8). [A193]"""
from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from tieout.adapters.http import Reply
from tieout.adapters.procore.wire import parsed, plain
from tieout.ports import Refused

WORDS_LIMIT = 500

# what the status alone says
BY_STATUS = {
    400: "bad_field", 403: "permission", 404: "missing_record", 405: "permission", 406: "bad_field", 409: "stale",
    413: "limit", 415: "bad_field", 422: "other",
}

# of a 400, 409 or 422: which field it is about says more …
BY_FIELD = {
    "origin_id": "number_taken", "number": "number_taken", "name": "name_taken", "amount": "wrong_amount",
    "contract_id": "missing_record", "commitment_id": "missing_record", "requisition_id": "missing_record",
    "vendor_id": "missing_record", "project_id": "missing_record", "id": "missing_record",
}

# … and what is said about it, most
BY_WORDS = (
    ("locked", "locked"), ("synced", "locked"), ("cannot be edited", "locked"), ("too long", "too_long"),
    ("not enabled", "permission"), ("permission", "permission"), ("not connected to this company", "permission"),
    ("inactive", "inactive_record"), ("does not exist", "missing_record"), ("not found", "missing_record"),
)


class Said(NamedTuple):
    """`fields` are the names that `errors` speaks about, in order; `words` is everything said, in one line."""

    words: str
    fields: tuple[str, ...]


def said(reply: Reply) -> Said:
    """The words of any of the documented body shapes; of a page, its text."""
    try:
        body = parsed(reply.body)
    except ValueError:
        return Said(_short(" ".join(plain(reply.body[:20_000].decode(errors="replace")).split())) or "no words", ())
    if isinstance(body, str):
        return Said(_short(body), ())
    if not isinstance(body, dict):
        return Said(_short("; ".join(_texts(body))) or "no words", ())
    errors, error = body.get("errors"), body.get("error")
    parts: list[str] = []
    fields: tuple[str, ...] = ()
    if isinstance(errors, dict):
        fields = tuple(errors)
        parts += [f"{field} {text}" if field != "base" else text for field in fields for text in _texts(errors[field])]
    else:
        parts += _texts(errors)
    if isinstance(error, dict):
        parts += [*_texts(error.get("message")), *_details(error.get("details")), *_texts(error.get("error"))]
    parts += [*_texts(body.get("message")), *_texts(body.get("reason"))]
    if not isinstance(error, dict):
        parts += [*_texts(error), *_texts(body.get("error_description"))]
    return Said(_short("; ".join(dict.fromkeys(part for part in parts if part))) or "no words", fields)


def refused(reply: Reply) -> Refused:
    found = said(reply)
    reason = BY_STATUS.get(reply.status, "other")
    if reply.status in (400, 409, 422):
        lowered = found.words.lower()
        by_words = next((reason for part, reason in BY_WORDS if part in lowered), None)
        by_field = next((BY_FIELD[field] for field in found.fields if field in BY_FIELD), None)
        blank = "bad_field" if found.fields and set(found.fields) != {"base"} else reason
        reason = by_words or by_field or blank
    return Refused(code=str(reply.status), words=found.words, reason=reason, stale=reason == "stale",
                   element=next((field for field in found.fields if field != "base"), ""))


def _texts(value: Any) -> Sequence[str]:
    return [text for text in _walk(value) if text]


def _walk(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            for text in _walk(inner):
                yield f"{key} {text}"
    elif isinstance(value, list):
        for inner in value:
            yield from _walk(inner)
    elif value is not None:
        yield str(value).strip()


def _details(details: Any) -> Sequence[str]:
    rows = details if isinstance(details, list) else []
    return [text for row in rows for text in _texts(row.get("message") if isinstance(row, dict) else row)]


def _short(words: str) -> str:
    return words if len(words) <= WORDS_LIMIT else words[:WORDS_LIMIT - 1] + "…"
