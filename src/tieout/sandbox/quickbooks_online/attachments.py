"""Attachable: files and notes, what they hang on, uploads in both multipart shapes, downloads (qbo.md 13.9, 9.4).

A file part may hold its bytes as they are or in base64. Deleting a document leaves its attachments alive.
"""
from __future__ import annotations

import hashlib
import re
from base64 import b64decode
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from urllib.parse import quote

from tieout.sandbox.kit import Request, Response
from tieout.sandbox.quickbooks_online.company import Company, Record
from tieout.sandbox.quickbooks_online.lookup import check_token, existing
from tieout.sandbox.quickbooks_online.refusals import Refused, Wrong, refuse
from tieout.sandbox.quickbooks_online.shapes import read
from tieout.sandbox.quickbooks_online.wire import decode

ENTITY = "Attachable"
CARRIERS = ("Bill", "BillPayment", "CreditMemo", "Deposit", "Estimate", "Invoice", "Item", "JournalEntry", "Payment",
            "Purchase", "PurchaseOrder", "RefundReceipt", "SalesReceipt", "VendorCredit", "Customer", "Vendor",
            "Employee")
_SPELLING = {name.lower(): name for name in CARRIERS}
KINDS = ("ai csv doc docx eps gif jpeg jpg ods pdf png ppt pptx rtf tif tiff txt xls xlsx xml").split()
KIND_OF_TYPE = {"application/pdf": "pdf", "text/plain": "txt", "text/csv": "csv", "image/png": "png",
                "image/jpeg": "jpg", "image/jpg": "jpg", "image/gif": "gif", "image/tiff": "tif", "text/xml": "xml",
                "application/xml": "xml", "application/rtf": "rtf", "application/msword": "doc",
                "application/vnd.ms-excel": "xls"}
LARGEST_UPLOAD = 100 * 1024 * 1024
LINK_LIVES = timedelta(minutes=15)
READ_ONLY = ("Size", "FileAccessUri", "TempDownloadUri", "ThumbnailFileAccessUri", "ThumbnailTempDownloadUri")
DOWNLOADS = "/attachments/"
UNKNOWN_TYPE = "application/octet-stream"
_TYPE = re.compile(r"[\w.+-]+/[\w.+-]+(; ?[\w=.\"-]+)*", re.ASCII)


# -- the record --------------------------------------------------------------------------------------------------------


def save(company: Company, raw: Any, now: datetime, content: bytes | None = None) -> Record:
    """Creates a note or a file, or updates one. What an update leaves out is cleared, unless it is sparse."""
    if isinstance(raw, dict):      # clients send the read-only keys empty; with a value they are refused
        raw = {key: value for key, value in raw.items() if key not in READ_ONLY or value}
    reading = read(ENTITY, raw)
    reading.raise_unsupported()
    body = reading.body
    id_, token, sparse = body.pop("Id", None), body.pop("SyncToken", None), bool(body.pop("sparse", False))
    old = existing(company, ENTITY, id_) if id_ else None
    if old is not None and sparse:
        body = {**old.body, **body}
    body = {key: value for key, value in body.items() if value != ""}
    if old is not None and old.id in company.files:
        body.setdefault("FileName", old.body["FileName"])
        body.setdefault("ContentType", old.body.get("ContentType", UNKNOWN_TYPE))
    if not body.get("FileName") and not body.get("Note"):
        raise refuse("2020", "Required parameter FileName is missing in the request", "FileName")
    reading.raise_malformed()
    body["AttachableRef"] = _links(company, body.get("AttachableRef", []), old)
    if old is not None:
        check_token(company, old.sync_token, token)
        _hang(company, old, off=True)
        old.body = body
        company.touch(old, now)
    record = old or company.add(ENTITY, body, now)
    if content is not None:
        company.files[record.id] = content
    _hang(company, record)
    return record


def _links(company: Company, links: list[dict[str, Any]], old: Record | None) -> list[dict[str, Any]]:
    """What the file hangs on: each must be able to carry one, and exist unless it was there before."""
    kept = {_target(link) for link in old.body["AttachableRef"]} if old is not None else set()
    found = []
    for link in links:
        reference = link.get("EntityRef")
        if reference is None:
            if not link.get("NoRefOnly"):
                raise refuse("2020", "Required parameter EntityRef is missing in the request", "EntityRef")
            found.append(link)
            continue
        asked = str(reference.get("type", ""))
        entity = _SPELLING.get(asked.lower())
        if entity is None:
            raise refuse("6050", f"An entity of type {asked or '(none)'} can't carry attachments.", "EntityRef")
        if company.find(entity, reference["value"]) is None and (entity, reference["value"]) not in kept:
            raise refuse("2500", f"Invalid Reference Id : {entity} element id {reference['value']} not found",
                         "EntityRef")
        found.append({**link, "EntityRef": {"value": reference["value"], "type": entity}})
    return found


def _target(link: Mapping[str, Any]) -> tuple[str, str]:
    reference = link.get("EntityRef") or {}
    return str(reference.get("type", "")), str(reference.get("value", ""))


def _hang(company: Company, record: Record, *, off: bool = False) -> None:
    for link in record.body["AttachableRef"]:
        held = company.attached.setdefault(_target(link), {})
        if off:
            held.pop(record.id, None)
        else:
            held[record.id] = None


def delete(company: Company, raw: Any, now: datetime) -> str:
    if not isinstance(raw, dict) or raw.get("Id") in (None, ""):
        raise refuse("2020", "Required parameter Id is missing in the request", "Id")
    record = existing(company, ENTITY, str(raw["Id"]))
    token = raw.get("SyncToken")
    check_token(company, record.sync_token, None if token is None else str(token))
    _hang(company, record, off=True)
    company.files.pop(record.id, None)
    company.remove(record, now)
    return record.id


def shown(company: Company, record: Record) -> dict[str, Any]:
    """With a temporary address where there is a file. What it hangs on stands in `AttachableRef`."""
    found = dict(record.body)
    if not found["AttachableRef"]:
        del found["AttachableRef"]
    content = company.files.get(record.id)
    if content is not None:
        found.update(Size=len(content), FileAccessUri=f"/v3/company/{company.realm}/download/{record.id}",
                     TempDownloadUri=temporary_address(company, record))
    return {**found, "domain": "QBO", "sparse": False, "Id": record.id, "SyncToken": str(record.sync_token),
            "MetaData": record.meta()}


# -- downloads ---------------------------------------------------------------------------------------------------------


def temporary_address(company: Company, record: Record) -> str:
    """Good for fifteen minutes from the call that is being answered, without a token."""
    until = int((company.at + LINK_LIVES).timestamp())
    name = quote(str(record.body["FileName"]), safe="")
    return f"{company.address}{DOWNLOADS}{company.realm}/{record.id}/{until}/{_seal(company, record.id, until)}/{name}"


def _seal(company: Company, id_: str, until: int) -> str:
    return hashlib.sha256(f"{company.realm}/{id_}/{until}/download".encode()).hexdigest()[:32]


def download(company: Company, id_: str) -> Response:
    """The temporary address as plain text."""
    record = existing(company, ENTITY, id_)
    if record.id not in company.files:
        raise refuse("610", "Object Not Found : The attachable is a note; it has no file.")
    return Response(200, {"Content-Type": "text/plain;charset=UTF-8"}, temporary_address(company, record).encode())


def fetch(companies: Mapping[str, Company], path: str, now: datetime) -> Response:
    """What a temporary address leads to."""
    parts = path.removeprefix(DOWNLOADS).split("/", 4)      # the name may hold a slash of its own
    company = companies.get(parts[0])
    if company is None or len(parts) != 5 or not parts[2].isascii() or not parts[2].isdecimal() \
            or parts[3] != _seal(company, parts[1], int(parts[2][:15])):
        return _denied("Access Denied")
    if int(now.timestamp()) > int(parts[2]):
        return _denied("Request has expired")
    content, record = company.files.get(parts[1]), company.find(ENTITY, parts[1])
    if content is None or record is None:
        return Response(404, {"Content-Type": "application/xml"}, b"<Error><Code>NoSuchKey</Code></Error>")
    kind, name = str(record.body["ContentType"]), quote(str(record.body["FileName"]), safe=" .,()[]-_")
    return Response(200, {"Content-Type": kind if _TYPE.fullmatch(kind) else UNKNOWN_TYPE,
                          "Content-Disposition": f'attachment; filename="{name}"'}, content)


def _denied(why: str) -> Response:
    return Response(403, {"Content-Type": "application/xml"},
                    f"<Error><Code>AccessDenied</Code><Message>{why}</Message></Error>".encode())


# -- uploads -----------------------------------------------------------------------------------------------------------


class Part(NamedTuple):
    """One part of a multipart body. `kind` is metadata or content, `key` the suffix that pairs them."""

    kind: str
    key: str
    filename: str
    content_type: str
    content: bytes


def upload(company: Company, request: Request, now: datetime) -> list[dict[str, Any] | Refused]:
    """One answer per file, in their order: the attachable, or why it was refused."""
    if "transfer-encoding" in request.headers and "content-length" not in request.headers:
        raise refuse("6020", "Content-Length is missing in the request.", "Content-Length")
    if len(request.body) > LARGEST_UPLOAD:
        raise refuse("6030", f"The upload is larger than {LARGEST_UPLOAD // 1024 // 1024} MB.")
    pairs: dict[str, dict[str, Part]] = {}
    for part in _parts(request):
        pairs.setdefault(part.key, {})[part.kind] = part
    if not pairs:
        raise refuse("6041", "The request holds no part named file_content or file_metadata.")
    answers: list[dict[str, Any] | Refused] = []
    for pair in pairs.values():
        try:
            answers.append(shown(company, _stored(company, pair, now)))
        except Refused as refused:
            answers.append(refused)
    return answers


def _stored(company: Company, pair: dict[str, Part], now: datetime) -> Record:
    said = _metadata(pair.get("metadata"))
    file = pair.get("content")
    if file is None:
        raise refuse("6041", "The metadata comes without a file.", "file_content")
    said.setdefault("FileName", file.filename)
    said["FileName"] = said["FileName"] or file.filename
    said["ContentType"] = said.get("ContentType") or file.content_type or UNKNOWN_TYPE
    if not said["FileName"]:
        raise refuse("2020", "Required parameter FileName is missing in the request", "FileName")
    _check_file(str(said["FileName"]), str(said["ContentType"]), file.content)
    return save(company, said, now, file.content)


def _metadata(part: Part | None) -> dict[str, Any]:
    if part is None:
        return {}
    try:
        said = decode(part.content)
    except ValueError as wrong:
        raise refuse("6040", "The metadata is not an Attachable.", "file_metadata") from wrong
    if not isinstance(said, dict):
        raise refuse("6040", "The metadata is not an Attachable.", "file_metadata")
    return {key: value for key, value in said.items() if value is not None and key not in ("Id", "SyncToken")}


def _check_file(name: str, content_type: str, content: bytes) -> None:
    kind = name.rpartition(".")[2].lower() if "." in name else KIND_OF_TYPE.get(content_type.lower(), "")
    if kind not in KINDS:
        raise refuse("6041", f"Invalid file: a file of type {kind or content_type} can't be attached.", "FileName")
    if not content:
        raise refuse("6041", f"Invalid file: {name} is empty.", "FileName")


def _parts(request: Request) -> Iterator[Part]:
    """The parts of a multipart body. Lines may end in CRLF or in LF alone, as some clients write them."""
    kind = request.headers.get("content-type", "")
    boundary = re.search(r'boundary="?([^";,]+)"?', kind, re.IGNORECASE)
    if not kind.lower().startswith("multipart/form-data") or boundary is None:
        raise Refused(Wrong("1050", f"Content type {kind or '(none)'} is not supported; use multipart/form-data."),
                      status=415)
    mark = re.escape(boundary[1].strip().encode())
    pieces = re.split(rb"(?:^|\r?\n)[ \t]*--" + mark + rb"(?=--|\s|$)", request.body)
    for piece in pieces[1:]:
        if piece.startswith(b"--"):
            return
        head, _, content = _halves(piece)
        headers = {name.strip().lower(): value.strip() for name, _, value in
                   (line.partition(":") for line in head.decode(errors="replace").splitlines()) if name.strip()}
        if (part := _part(headers, content)) is not None:
            yield part


def _halves(piece: bytes) -> tuple[bytes, bytes, bytes]:
    piece = re.sub(rb"^[ \t]*\r?\n", b"", piece, count=1)
    found = re.search(rb"\r?\n[ \t]*\r?\n", piece)
    return (piece[:found.start()], b"", piece[found.end():]) if found else (piece, b"", b"")


def _part(headers: Mapping[str, str], content: bytes) -> Part | None:
    disposition = headers.get("content-disposition", "")
    name = re.search(r'[; ]name="?([^";]*)"?', disposition)
    file = re.search(r'filename="([^"]*)"|filename=([^;]+)', disposition)
    found = re.fullmatch(r"file_(metadata|content)_?(\w*)", name[1].strip()) if name else None
    if found is None:
        return None
    if headers.get("content-transfer-encoding", "").lower() == "base64":
        try:
            content = b64decode(b"".join(content.split()), validate=True)
        except ValueError:
            content = b""      # refused as an empty file
    filename = (file[1] or file[2] or "").strip() if file else ""
    return Part(found[1], found[2], filename, headers.get("content-type", UNKNOWN_TYPE), content)
