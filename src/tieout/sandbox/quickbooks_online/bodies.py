"""The body of a call: which types are taken, and what the service says of one that it can't read (qbo.md 1.5, 9.4)."""
from __future__ import annotations

import json
from typing import Any

from tieout.sandbox.kit import Request
from tieout.sandbox.quickbooks_online.refusals import Refused, Wrong, refuse
from tieout.sandbox.quickbooks_online.wire import decode


def text(body: bytes) -> str:
    """UTF-8, or the service's own failure: what is none is not refused but breaks it."""
    try:
        return body.decode()
    except UnicodeDecodeError as wrong:
        detail = f"System Failure Error: MalformedByteSequence: Invalid byte {wrong.start + 1} of UTF-8 sequence."
        raise Refused(Wrong("10000", detail), status=500, kind="SystemFault") from wrong


def read(request: Request) -> Any:
    """The JSON of a write."""
    kind = request.headers.get("content-type", "application/json").split(";")[0].strip().lower()
    if kind != "application/json":
        raise Refused(Wrong("1050", f"Content type {kind} is not supported; use application/json."), status=415)
    sent = text(request.body)
    try:
        return decode(request.body)
    except ValueError as wrong:
        raise refuse("2010", f"Property Name:{_complaint(sent)} specified is unsupported or invalid") from wrong


def _complaint(sent: str) -> str:
    """What the vendor's reader of JSON stumbled over, and where; lines and columns count from 1."""
    try:
        json.loads(sent)
    except json.JSONDecodeError as wrong:
        place = f"at line: {wrong.lineno}, column: {wrong.colno}"
        if not sent[wrong.pos:].strip():
            return f"Unexpected end-of-input {place}"
        return f"Unexpected character ('{sent[wrong.pos]}' (code {ord(sent[wrong.pos])})) {place}"
    except RecursionError:
        return "The body is nested too deeply"
    return "Can not deserialize the body"
