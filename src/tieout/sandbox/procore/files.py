"""Uploads, the storage behind them, and the attachments of records (procore.md 5.24).

A client asks for an upload, puts the bytes at the address that it is given (no token there), says that it is done,
and names the upload in a record. Older endpoints take the bytes inside the record's own call.
"""
from __future__ import annotations

import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import md5, sha256
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote, urlencode

from tieout.sandbox.kit import Request, Response
from tieout.sandbox.procore import forms
from tieout.sandbox.procore.web import Call, invalid

if TYPE_CHECKING:
    from tieout.sandbox.procore.records import Record

ROOT = "/storage/"
LINK_S, UPLOAD_S = 3600, 24 * 3600
CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


@dataclass(eq=False)
class StoredFile:
    """A file in the storage; its id is the attachment's id (prostore file)."""

    id: int
    name: str
    content_type: str
    body: bytes
    storage: Storage = field(repr=False)
    inline: bool = False


@dataclass
class Segment:
    """A piece of an upload. etag None: not there yet."""

    size: int
    sha256: str
    md5: str = ""
    body: bytes = b""
    etag: str | None = None


@dataclass(eq=False)
class Upload:
    """key is the uuid of v1, the upload_id of v2.1. With no segments, one form post brings the file."""

    key: str
    name: str
    content_type: str
    size: int | None
    segments: list[Segment]
    made_at: datetime
    project_id: int | None
    is_v2: bool
    whole: bytes | None = None
    completed_at: datetime | None = None
    inline: bool = True
    stored: StoredFile | None = None

    @property
    def is_usable(self) -> bool:
        return self.completed_at is not None or (not self.segments and self.whole is not None)

    def is_gone(self, now: datetime) -> bool:
        """Unused uploads vanish after a day."""
        return self.stored is None and now >= self.made_at + timedelta(seconds=UPLOAD_S)

    @property
    def body(self) -> bytes:
        return b"".join(part.body for part in self.segments) if self.segments else self.whole or b""


@dataclass
class Storage:
    """What a company has stored. host and now are those of the latest call: links are made fresh with each answer."""

    company_id: int
    secret: bytes
    host: str = ""
    now: datetime = field(default=datetime.min.replace(tzinfo=UTC))
    files: dict[int, StoredFile] = field(default_factory=dict)
    uploads: dict[str, Upload] = field(default_factory=dict)

    def link(self, path: str, lasts_s: int = LINK_S) -> str:
        """A signed address that ends."""
        until = str(int(self.now.timestamp()) + lasts_s)
        full = f"{ROOT}{self.company_id}/{path}"
        return f"{self.host}{quote(full)}?" + urlencode({"expires": until, "signature": self.sign(full, until)})

    def sign(self, path: str, until: str) -> str:
        return hmac.new(self.secret, f"{path} {until}".encode(), sha256).hexdigest()


def key_of(secret: bytes, count: int, *, is_v2: bool) -> str:
    """A uuid, or 26 letters of a ULID; the same again when the calls are repeated."""
    digest = sha256(secret + str(count).encode())
    if not is_v2:
        text = digest.hexdigest()
        return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-a{text[17:20]}-{text[20:32]}"
    number = int.from_bytes(digest.digest()[:16])
    return "01" + "".join(CROCKFORD[number >> 5 * place & 31] for place in range(24))


# Attachments of records

Wanted = StoredFile | Upload | forms.Part


def wanted_files(call: Call, given: Mapping[str, Any] | None = None) -> list[Wanted]:
    """What a write attaches: the parts `attachments[]` of its body and, where the record takes them (given), its
    upload_ids and prostore_file_ids. A name that is no file's is refused here, before anything is written."""
    found: list[Wanted] = []
    for name in ("prostore_file_ids", "upload_ids") if given is not None else ():
        asked = (given or {}).get(name) or []
        if not isinstance(asked, list):
            raise invalid(**{name: "is invalid"})
        found += [_named(call, name, str(one)) for one in asked]
    return found + [part for part in call.files
                    if part.name.removesuffix("[]").rpartition("[")[2].rstrip("]") == "attachments"]


def _named(call: Call, name: str, wanted: str) -> Wanted:
    storage = call.company.storage
    if name == "prostore_file_ids":
        held = storage.files.get(int(wanted)) if wanted.isascii() and wanted.isdecimal() and len(wanted) < 19 else None
        if held is None:
            raise invalid(prostore_file_ids="is invalid")
        return held
    upload = storage.uploads.get(wanted)
    if upload is None or not upload.is_usable or upload.is_gone(call.now):
        raise invalid(upload_ids="is invalid")
    return upload


def attach(call: Call, record: Record, wanted: Iterable[Wanted]) -> None:
    found = [_stored(call, one) for one in wanted]
    if found:
        record.fields["attachments"] = [*record.fields.get("attachments", ()), *found]
        record.touch(call.now)


def _stored(call: Call, wanted: Wanted) -> StoredFile:
    if isinstance(wanted, StoredFile):
        return wanted
    if isinstance(wanted, forms.Part):
        return _store(call, wanted.filename or "file", wanted.content_type, wanted.body)
    if wanted.stored is None:
        wanted.stored = _store(call, wanted.name, wanted.content_type, wanted.body, inline=wanted.inline)
    return wanted.stored


def _store(call: Call, name: str, content_type: str, body: bytes, *, inline: bool = False) -> StoredFile:
    storage = call.company.storage
    made = StoredFile(call.company.ids.next("file"), name.replace("\\", "/").rpartition("/")[2] or "file", content_type,
                      body, storage, inline)
    storage.files[made.id] = made
    return made


def shown_files(record: Record) -> list[dict[str, object]]:
    return [{"id": found.id, "url": found.storage.link(f"files/{found.id}/{found.name}"), "filename": found.name}
            for found in record.fields.get("attachments", ())]


# The storage's own addresses

def serve(storage: Storage | None, request: Request, now: datetime) -> Response:
    """PUT and POST bring the bytes of an upload, GET fetches a file; the signature in the address is the right to."""
    parts = request.path.removeprefix(ROOT).split("/")
    until, signature = request.param("expires") or "", (request.param("signature") or "").encode()
    if storage is None or not until.isdecimal() \
            or not hmac.compare_digest(storage.sign(request.path, until).encode(), signature):
        return _error(403, "SignatureDoesNotMatch", "The request signature does not match the signature provided.")
    if now.timestamp() >= int(until):
        return _error(403, "AccessDenied", "Request has expired")
    if request.method == "GET" and parts[1] in ("files", "objects"):
        return _fetch(storage, parts[1], int(parts[2]), now)
    if "authorization" in request.headers:
        return _error(400, "InvalidArgument", "Only one auth mechanism allowed")
    upload = storage.uploads.get(parts[2]) if parts[1] == "uploads" else None
    if upload is None:
        return _error(404, "NoSuchKey", "The specified key does not exist.")
    if request.method == "PUT" and len(parts) == 4:
        return _put(upload, upload.segments[int(parts[3])], request)
    if request.method == "POST" and len(parts) == 3:
        return _post(upload, request)
    return _error(405, "MethodNotAllowed", "The specified method is not allowed against this resource.")


def _fetch(storage: Storage, kind: str, wanted: int, now: datetime) -> Response:
    """The attachment's address leads on to the object's, as Procore's leads out of its own hosts."""
    found = storage.files.get(wanted)
    if found is None:
        return _error(404, "NoSuchKey", "The specified key does not exist.")
    storage.now = now
    if kind == "files":
        return Response(302, {"Location": storage.link(f"objects/{found.id}/{found.name}", 300)})
    shown = "inline" if found.inline else "attachment"
    return Response(200, {"Content-Type": found.content_type, "ETag": f'"{_md5(found.body)}"',
                          "Content-Disposition": f"{shown}; filename*=UTF-8''{quote(found.name, safe='')}"}, found.body)


def _put(upload: Upload, segment: Segment, request: Request) -> Response:
    body = request.body
    if not upload.is_v2 and request.headers.get("x-amz-content-sha256") != segment.sha256:
        return _error(403, "SignatureDoesNotMatch", "The header x-amz-content-sha256 has to be sent as it was given.")
    if len(body) != segment.size:
        return _error(400, "IncompleteBody", "You did not provide the number of bytes specified by Content-Length.")
    if segment.sha256.lower() != sha256(body).hexdigest() or (segment.md5 and segment.md5.lower() != _md5(body)):
        return _error(400, "BadDigest", "The digest you specified did not match what we received.")
    segment.body, segment.etag = body, _md5(body)
    return Response(200, {"ETag": f'"{segment.etag}"'})


def _post(upload: Upload, request: Request) -> Response:
    """A form with the given fields and the file as its last part."""
    content_type = request.headers.get("content-type", "")
    try:
        sent = [part for part in forms.parts_of(content_type, request.body) if part.name == "file"]
    except ValueError as wrong:
        return _error(400, "MalformedPOSTRequest", str(wrong))
    if upload.segments or not sent:
        return _error(400, "InvalidArgument", "POST requires exactly one file upload per request.")
    upload.whole = sent[-1].body
    return Response(204, {"ETag": f'"{_md5(upload.whole)}"'})


def _md5(body: bytes) -> str:
    return md5(body, usedforsecurity=False).hexdigest()


def _error(status: int, code: str, text: str) -> Response:
    """The storage service speaks XML."""
    page = f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code><Message>{text}</Message></Error>'
    return Response(status, {"Content-Type": "application/xml"}, page.encode())


def company_of(path: str) -> int:
    """Whose storage an address belongs to; 0 for none."""
    text = unquote(path).removeprefix(ROOT).split("/")[0]
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else 0
