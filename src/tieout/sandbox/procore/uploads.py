"""The endpoints of uploads: v2.1 with segments, v1.1 and v1.0 with segments or one form post (procore.md 5.24)."""
from __future__ import annotations

import re
from typing import Any

from tieout.sandbox.procore.directory import own_company
from tieout.sandbox.procore.files import LINK_S, UPLOAD_S, Segment, Upload, key_of
from tieout.sandbox.procore.web import (
    Answer,
    Call,
    Fields,
    Refusal,
    a_flag,
    a_text,
    an_integer,
    created,
    invalid,
    not_found,
    take,
)

SMALLEST, LARGEST = 5 * 1024 * 1024, 100 * 1024 * 1024
SHA256 = re.compile(r"[0-9a-fA-F]{64}")
SEGMENT: Fields = {"size": an_integer, "sha256": a_text, "md5": a_text, "etag": a_text}
V1: Fields = {"response_filename": a_text, "response_content_type": a_text, "attachment_content_disposition": a_flag,
              "size": an_integer}
V2: Fields = {"file_name": a_text, "content_type": a_text, "file_size": an_integer, "sha256": a_text, "md5": a_text}


def _new(call: Call, name: str, content_type: str | None, size: int | None, segments: list[Segment], *,
         is_v2: bool) -> Upload:
    storage = call.company.storage
    key = key_of(storage.secret, call.company.ids.next("upload"), is_v2=is_v2)
    made = Upload(key, name, content_type or "application/octet-stream", size, segments, call.now, _scope(call), is_v2)
    storage.uploads[key] = made
    return made


def _scope(call: Call) -> int | None:
    """The project of the path; a path without one has to name the company of the header."""
    if "project_id" in call.args:
        return call.project.id
    own_company(call)
    return None


def _found(call: Call, key: str, *, is_v2: bool) -> Upload:
    """An upload of this company or project, made by the same family of endpoints."""
    scope = _scope(call)
    found = call.company.storage.uploads.get(key)
    if found is None or found.is_v2 is not is_v2 or found.project_id != scope:
        raise not_found()
    return found


def _segments(given: Any) -> list[Segment]:
    """Each over 5 MiB but the last, none over 100 MiB."""
    if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
        raise invalid(segments="is invalid")
    made = []
    for one in given:
        values = take(one, SEGMENT)
        size = values.get("size")
        if size is None or not 0 < size <= LARGEST:
            raise invalid(segments="size must be between 1 byte and 100 MiB")
        if not SHA256.fullmatch(values.get("sha256") or ""):
            raise invalid(segments="sha256 is invalid")
        made.append(Segment(size, values["sha256"], values.get("md5") or ""))
    if any(one.size <= SMALLEST for one in made[:-1]):
        raise invalid(segments="each but the last must be larger than 5 MiB")
    return made


# v2.1

def create_v2(call: Call) -> Answer:
    own_company(call)
    values = take(call.body, V2)
    name, size = (values.get("file_name") or "").strip(), values.get("file_size")
    if not name:
        raise invalid(file_name="can't be blank")
    segments = _segments(call.body.get("segments"))
    if not segments or size != sum(one.size for one in segments):
        raise invalid(segments="must add up to the file_size")
    return created(_shown_v2(call, _new(call, name, values.get("content_type"), size, segments, is_v2=True)))


def show_v2(call: Call) -> Answer:
    found = _v2(call)
    return Answer(_shown_v2(call, found))


def _v2(call: Call) -> Upload:
    own_company(call)
    found = _found(call, call.args["upload_id"], is_v2=True)
    if found.is_gone(call.now):
        raise not_found()
    return found


def complete_v2(call: Call) -> Answer:
    found = _v2(call)
    etags = call.body.get("part_etags")
    if not isinstance(etags, list):
        raise invalid(part_etags="can't be blank")
    held = [one.etag for one in found.segments]
    if [str(etag).strip('"') for etag in etags] != held:
        raise invalid(part_etags="do not match the segments that were received")
    found.completed_at = found.completed_at or call.now
    return Answer(_shown_v2(call, found, "complete"))


def _shown_v2(call: Call, found: Upload, status: str = "") -> dict[str, object]:
    return {"data": {
        "upload_id": found.key, "file_name": found.name, "sanitized_file_name": re.sub(r"[^\w.-]", "_", found.name),
        "file_size": found.size, "content_type": found.content_type,
        "upload_expires_at": int(found.made_at.timestamp()) + UPLOAD_S, "status": status or _status(call, found),
        "segments": [{"url": call.company.storage.link(f"uploads/{found.key}/{place}"),
                      "url_expires_at": int(call.now.timestamp()) + LINK_S,
                      "headers": {"Content-Length": str(one.size)}} for place, one in enumerate(found.segments)],
        "custom_metadata": {}}}


def _status(call: Call, found: Upload) -> str:
    """Complete at first, available once the storage has looked at it: by the sandbox's clock."""
    if found.completed_at is not None:
        waited_s = (call.now - found.completed_at).total_seconds()
        return "available" if found.is_v2 and waited_s >= call.company.switches.upload_scan_s else "complete"
    if not found.segments:
        return "non_segmented"
    return "receiving" if any(one.etag for one in found.segments) else "ready"


# v1.0 and v1.1

def create_v1(call: Call) -> Answer:
    own = take(call.body, V1)
    name = (own.get("response_filename") or "").strip()
    if not name and "/v1.1/" in call.request.path:
        raise invalid(response_filename="can't be blank")
    given = call.body.get("segments")
    segments = _segments(given) if given else []
    if segments and own.get("size") not in (None, sum(one.size for one in segments)):
        raise invalid(segments="must add up to the size")
    made = _new(call, name or "file", own.get("response_content_type"), own.get("size"), segments, is_v2=False)
    made.inline = not own.get("attachment_content_disposition")
    return created(_shown_v1(call, made))


def show_v1(call: Call) -> Answer:
    return Answer(_shown_v1(call, _found(call, call.args["uuid"], is_v2=False)))


def update_v1(call: Call) -> Answer:
    found = _found(call, call.args["uuid"], is_v2=False)
    if found.is_gone(call.now):
        raise Refusal(410, {"errors": "The upload has expired"})
    given = call.body.get("segments")
    if not isinstance(given, list) or len(given) != len(found.segments) or not all(isinstance(o, dict) for o in given):
        raise invalid(segments="is invalid")
    for one, held in zip(given, found.segments, strict=True):
        if held.etag is None or str(one.get("etag") or "").strip('"') != held.etag:
            raise invalid(segments="etag does not match what was received")
    found.completed_at = found.completed_at or call.now
    return Answer(_shown_v1(call, found))


def _shown_v1(call: Call, found: Upload) -> dict[str, object]:
    """Without segments the answer has the address and the fields of the form post (5.24), which the description's
    own text promises and its list of fields leaves out."""
    storage = call.company.storage
    shown: dict[str, object] = {
        "uuid": found.key, "status": _status(call, found), "response_filename": found.name,
        "response_content_type": found.content_type, "attachment_content_disposition": not found.inline}
    if not found.segments:
        return shown | {"url": storage.link(f"uploads/{found.key}"), "fields": {"key": found.key}}
    return shown | {"segments": [
        {"etag": one.etag, "sha256": one.sha256, "url": storage.link(f"uploads/{found.key}/{place}"),
         "headers": {"x-amz-content-sha256": one.sha256, "content-length": str(one.size)}}
        for place, one in enumerate(found.segments)]}
