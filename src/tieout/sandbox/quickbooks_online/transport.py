"""JSON or XML: which of the two a client takes, and an answer written out in XML (qbo.md 1.5, 18).

A client that does not name application/json gets XML. Requests are JSON only.
"""
from __future__ import annotations

import re
import zlib
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from typing import Any, Literal, NamedTuple
from xml.sax.saxutils import escape, quoteattr

from tieout.sandbox.kit import Request, Response
from tieout.sandbox.quickbooks_online.refusals import Refused, Wrong
from tieout.sandbox.quickbooks_online.wire import decode, envelope_time
from tieout.sandbox.quickbooks_online.xml_order import ORDER

XML_TYPE = "application/xml;charset=UTF-8"
NAMESPACE = "http://schema.intuit.com/finance/v3"
LARGEST_INFLATED = 100 * 1024 * 1024
_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


# -- what is asked for -------------------------------------------------------------------------------------------------


def taken(request: Request) -> Literal["json", "xml", ""]:
    """What the Accept header leaves: JSON where it is named, XML for anything else that fits, or nothing."""
    kinds = []
    for part in request.headers.get("accept", "").split(","):
        kind, *parameters = (word.strip().lower() for word in part.split(";"))
        if kind and not any(re.fullmatch(r"q=0(\.0*)?", word) for word in parameters):
            kinds.append(kind)
    if "application/json" in kinds:
        return "json"
    is_xml = not kinds or any(kind in ("*/*", "application/*", "text/*", "text/xml") or kind.endswith("xml")
                              for kind in kinds)
    return "xml" if is_xml else ""


def check_taken(request: Request) -> None:
    """406 where the client takes neither JSON nor XML. Print-outs and downloads have types of their own."""
    if not taken(request) and not request.path.endswith(("/pdf", "/send")) and "/download/" not in request.path:
        raise Refused(Wrong("1050", f"None of the types {request.headers['accept']} can be produced; accept "
                            "application/json or application/xml."), status=406)


def unpacked(request: Request) -> bytes:
    """The body, inflated where the client has compressed it."""
    coding = request.headers.get("content-encoding", "").strip().lower()
    if coding in ("", "identity"):
        return request.body
    if coding not in ("gzip", "deflate"):
        raise Refused(Wrong("1050", f"Content encoding {coding} is not supported."), status=415)
    inflate = zlib.decompressobj(31 if coding == "gzip" else 15)
    try:
        body = inflate.decompress(request.body, LARGEST_INFLATED)
    except zlib.error as wrong:
        raise Refused(Wrong("2010", f"Property Name:Not in {coding} format specified is unsupported or invalid")
                      ) from wrong
    if inflate.unconsumed_tail:
        raise Refused(Wrong("1050", "The body is too large when inflated."), status=413)
    return body


# -- answers in XML ----------------------------------------------------------------------------------------------------


def written(request: Request, response: Response) -> Response:
    """The answer in the form that the client takes."""
    kind = response.headers.get("Content-Type", "")
    if not response.body or not kind.startswith("application/json") or not request.path.startswith("/v3/") \
            or taken(request) == "json":
        return response
    shown = decode(response.body)
    if not isinstance(shown, dict) or set(shown) == {"message"}:
        return response
    return Response(response.status, {**response.headers, "Content-Type": XML_TYPE}, as_xml(shown), lost=response.lost)


def as_xml(answer: dict[str, Any]) -> bytes:
    """A whole answer: the envelope, a report, a created tax code, or a fault of either kind."""
    if "fault" in answer:
        answer = _of_the_gateway(answer)
    elif "Header" in answer and "Columns" in answer:
        answer = {"Report": answer}
    root = "TaxService" if "TaxCodeId" in answer or "TaxRateDetails" in answer else "IntuitResponse"
    parts: list[str] = ['<?xml version="1.0" encoding="UTF-8" standalone="yes"?>']
    _element(parts, root, root, answer, f' xmlns="{NAMESPACE}"')
    return "".join(parts).encode()


def _of_the_gateway(answer: dict[str, Any]) -> dict[str, Any]:
    """The same content with the capitals of the service; its time is in milliseconds since 1970."""
    fault = answer["fault"]
    errors = [{"Message": error["message"], "Detail": error["detail"], "code": error["code"]}
              for error in fault["error"]]
    moment = datetime.fromtimestamp(int(answer["time"]) / 1000, UTC)
    return {"Fault": {"Error": errors, "type": fault["type"]}, "time": envelope_time(moment)}


class Member(NamedTuple):
    """One key of a type. `place` is attribute, text, object (one of any kind) or element; `typ` of an element."""

    place: str
    typ: str


@cache
def _members(typ: str) -> dict[str, Member]:
    """The keys of a type in the order of the schema."""
    found: dict[str, Member] = {}
    for word in ORDER.get(typ, "").split():
        if word.startswith("<"):
            found.update(_members(word[1:]))
        elif word == "*":
            found["*"] = Member("object", "")
        elif word[0] in "@=":
            found[word[1:]] = Member("attribute" if word[0] == "@" else "text", "")
        else:
            name, _, of = word.partition(":")
            found[name] = Member("element", of or name)
    return found


def _element(parts: list[str], name: str, typ: str, value: Any, head: str = "") -> None:
    if not isinstance(value, dict):
        parts.append(f"<{name}{head}>{escape(_text(value))}</{name}>")
        return
    members = _members(typ)
    attributes, inside, text = [head], [], ""
    for key, member in members.items():
        if member.place == "object":
            inside += [(kind, kind, held) for kind, held in value.items() if kind not in members]
        elif key not in value or value[key] is None:
            continue
        elif member.place == "attribute":
            attributes.append(f" {key}={quoteattr(_text(value[key]))}")
        elif member.place == "text":
            text = escape(_text(value[key]))
        else:
            inside.append((key, member.typ, value[key]))
    if "*" not in members:      # what the service has and its schema has not
        inside += [(key, key, held) for key, held in value.items() if key not in members and held is not None]
    parts.append(f"<{name}{''.join(attributes)}>{text}")
    for key, of, held in inside:
        for one in held if isinstance(held, list) else [held]:
            _element(parts, key, of, one)
    parts.append(f"</{name}>")


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return format(value, "f")
    return _ILLEGAL.sub("", str(value))
