"""Bodies that are no JSON: form fields, and multipart with files, under Rails' names (procore.md 1.2, 5.24).

`direct_cost[line_items][][amount]` is the amount of the next line; a name that comes again begins the next one.
"""
from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

DEEPEST = 12
DISPOSITION = re.compile(r'(\w+\*?)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;\s]*))')


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a multipart body. filename None is a plain field."""

    name: str
    body: bytes
    filename: str | None = None
    content_type: str = "application/octet-stream"


def is_form(content_type: str) -> bool:
    return content_type.lower().startswith(("multipart/form-data", "application/x-www-form-urlencoded"))


def parts_of(content_type: str, body: bytes) -> list[Part]:
    """The parts of a form in their order; ValueError says what is wrong with it."""
    if content_type.lower().startswith("application/x-www-form-urlencoded"):
        return [Part(name, value.encode()) for name, value in parse_qsl(body.decode(), keep_blank_values=True)]
    found = re.search(r'boundary=(?:"([^"]+)"|([^;\s]+))', content_type)
    if found is None:
        raise ValueError("The multipart body has no boundary")
    mark = b"--" + (found[1] or found[2]).encode()
    pieces = (b"\r\n" + body).split(b"\r\n" + mark)
    if len(pieces) < 2 or not pieces[-1].startswith(b"--"):
        raise ValueError("The multipart body is not closed by its boundary")
    return [_part(piece) for piece in pieces[1:-1]]


def _part(piece: bytes) -> Part:
    head, gap, body = piece.removeprefix(b"\r\n").partition(b"\r\n\r\n")
    headers = {name.strip().lower(): value.strip() for name, _, value in
               (line.partition(":") for line in head.decode("utf-8", "replace").split("\r\n"))}
    fields = {name: quoted or plain for name, quoted, plain in
              DISPOSITION.findall(headers.get("content-disposition", ""))}
    if not gap or "name" not in fields:
        raise ValueError("A part of the multipart body has no name")
    return Part(fields["name"], body, fields.get("filename"),
                headers.get("content-type") or "application/octet-stream")


def nested(parts: Iterable[Part]) -> dict[str, Any]:
    """The plain fields as the object that they spell."""
    found: dict[str, Any] = {}
    for part in parts:
        if part.filename is None:
            _put(found, keys_of(part.name), part.body.decode("utf-8", "replace"))
    return found


def keys_of(name: str) -> list[str]:
    """`a[b][][c]` is a, b, "" and c."""
    head, *rest = re.findall(r"^[^\[]+|\[[^\]]*\]", name) or [name]
    if len(rest) > DEEPEST:
        raise ValueError(f"The parameter {name[:40]} is nested too deeply")
    return [head, *(key[1:-1] for key in rest)]


def _put(into: dict[str, Any], keys: list[str], value: str) -> None:
    here, (key, *rest) = into, keys
    while rest:
        if rest[0] != "":
            here, (key, *rest) = _inside(here, key, {}), rest
            continue
        rows = _inside(here, key, [])
        if len(rest) == 1:
            rows.append(value)
            return
        if not rows or not isinstance(rows[-1], dict) or _holds(rows[-1], rest[1:]):
            rows.append({})
        here, (key, *rest) = rows[-1], rest[1:]
    here[key] = value


def _inside(here: dict[str, Any], key: str, empty: Any) -> Any:
    found = here.setdefault(key, empty)
    if type(found) is not type(empty):
        raise ValueError(f"The parameter {key[:40]} is given in two ways")
    return found


def _holds(row: dict[str, Any], keys: list[str]) -> bool:
    here: Any = row
    for key in keys:
        if key == "":
            return False
        if not isinstance(here, dict) or key not in here:
            return False
        here = here[key]
    return True
