"""Holds QuickBooks Online's answers and requests against Intuit's schema files, kept in ../shared/reference/qbo-xsd.

An answer is held twice: field by field (names, types, enums, lengths; what every object must have), and as XML
against the schema itself, which sees the envelope, the order and what may not stand beside what.
"""
from __future__ import annotations

import importlib.util
import json
import os
import re
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from lxml import etree

ROOT = Path(__file__).resolve().parents[2]
SHARED = Path(os.environ.get("TIEOUT_SHARED", ROOT.parent / "shared"))
REFERENCE = SHARED / "reference"
TOOL = REFERENCE / "tools" / "qbo_fields.py"
ABSENT = f"Intuit's schema files are not at {REFERENCE} (set TIEOUT_SHARED to the folder that holds reference/)"

# What JSON numbers and texts are in a request: Intuit takes a number written as text (qbo.md 1.6).
IN_REQUESTS = {"loose", "desktop"}
IN_ANSWERS = {"desktop"}
GATEWAY_KEYS = {"warnings", "intuitObject", "fault", "report", "queryResponse", "batchItemResponse",
                "attachableResponse", "syncErrorResponse", "requestId", "time", "status", "cdcresponse"}
GATEWAY_ERROR = {"message", "detail", "code", "element"}
FAULT_TYPES = {"ValidationFault", "AuthenticationFault", "AuthorizationFault", "SystemFault", "SERVICE", "Validation"}
CONTAINERS = ("QueryResponse", "BatchItemResponse", "CDCResponse", "AttachableResponse")
HELD_ALWAYS = ("Id", "SyncToken", "MetaData")
# The schema demands the optional ends of these (ClassRef, VendorRef ...); the reference and its samples do not. Nor has
# it room for definitions of custom fields, whose type is abstract, and a custom field without a value (qbo.md 18).
STRICTER_THAN_ONLINE = (*(f"Element '{{http://schema.intuit.com/finance/v3}}{entity}': Missing child element(s)"
                          for entity in ("Transfer", "CreditCardPaymentTxn", "CustomField")),
                        *(f"Element '{{http://schema.intuit.com/finance/v3}}{entity}': The type definition is abstract"
                          for entity in ("CustomField", "POCustomField")))
# Without an Id of their own: an exchange rate is found by currency and day, a tax service answers with what it made.
WITHOUT_ID = {"ExchangeRate", "TaxService", "Preferences", "CompanyInfo", "RecurringTransaction"}


def is_present() -> bool:
    return TOOL.exists()


@cache
def tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("qbo_fields", TOOL)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@cache
def schema() -> Any:
    return tool().Schema(REFERENCE / "qbo-xsd")


@cache
def _validator() -> Any:
    return schema().validator(REFERENCE / "qbo-xsd")


# -- answers -----------------------------------------------------------------------------------------------------------


def problems(answer: Any) -> list[str]:
    """What is wrong with an answer of the data host: an envelope, a report, a fault of either kind."""
    if not isinstance(answer, dict):
        return [f"an answer should be an object, is {answer!r}"]
    if "fault" in answer:
        return _gateway(answer)
    if "Header" in answer and "Columns" in answer:
        return _fields(answer, "Report", "Report", IN_ANSWERS) + _as_xml({"Report": answer})
    if "TaxCodeId" in answer or "TaxRateDetails" in answer:
        return _fields(answer, "TaxService", "TaxService", IN_ANSWERS)
    found = _envelope(answer)
    for entity, shown in objects(answer):
        found += _object(entity, shown)
    return found + ([] if found else _as_xml(answer))


def objects(answer: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """Every object of an answer with its kind: alone, of a query, of a batch, of changed data, of an upload."""
    found: list[tuple[str, dict[str, Any]]] = []
    for key, value in answer.items():
        rows = value if isinstance(value, list) else [value]
        if key in CONTAINERS:
            found += [pair for row in rows if isinstance(row, dict) for pair in objects(row)]
        elif key in schema().entities:
            found += [(key, row) for row in rows]
    return found


def _object(entity: str, shown: Any) -> list[str]:
    if not isinstance(shown, dict):
        return [f"{entity} should be an object, is {shown!r}"]
    if shown.get("status") == "Deleted":
        return [] if set(shown) >= {"Id", "status"} else [f"{entity}: a deleted object needs Id and status"]
    found = _fields(shown, schema().entities[entity], entity, IN_ANSWERS)
    held = () if entity in WITHOUT_ID or shown.get("sparse") is True else HELD_ALWAYS
    return found + [f"{entity} lacks {name}" for name in held if name not in shown]


def _envelope(answer: dict[str, Any]) -> list[str]:
    """The members of an answer beside its objects; every one of them carries the time."""
    found = [] if "time" in answer else ["the answer lacks time"]
    known = {field.name for field in schema().fields("IntuitResponse")} | set(schema().entities)
    found += [f"{key} is no member of an answer" for key in answer if key not in known]
    for fault in faults(answer):
        found += _fields(fault, "Fault", "Fault", IN_ANSWERS)
        found += [] if fault.get("type") in FAULT_TYPES else [f"Fault.type is {fault.get('type')!r}"]
        errors = fault.get("Error") or []
        found += [] if errors else ["Fault has no Error"]
        found += [f"Fault.Error lacks {name}" for error in errors for name in ("Message", "code")
                  if not error.get(name)]
    for row in answer.get("BatchItemResponse", []):
        found += [f"{key} is no member of a batch item" for key in row
                  if key not in schema().entities and key not in {f.name for f in schema().fields("BatchItemResponse")}]
    return found


def faults(answer: dict[str, Any]) -> list[dict[str, Any]]:
    found = [answer["Fault"]] if isinstance(answer.get("Fault"), dict) else []
    for key in ("BatchItemResponse", "AttachableResponse", "CDCResponse"):
        found += [row["Fault"] for row in answer.get(key, []) if isinstance(row.get("Fault"), dict)]
    return found


def _gateway(answer: dict[str, Any]) -> list[str]:
    """The gateway's own fault: lower-case keys, a numeric time (qbo.md 9.2)."""
    found = [f"the gateway's fault has {key}" for key in set(answer) ^ GATEWAY_KEYS]
    fault = answer["fault"]
    found += [] if isinstance(answer.get("time"), int) else ["the gateway's time is a number"]
    found += [] if set(fault) == {"error", "type"} and fault["error"] else ["fault has error and type"]
    return found + [f"fault.error has {key}" for error in fault.get("error", []) for key in set(error) ^ GATEWAY_ERROR]


# -- requests ----------------------------------------------------------------------------------------------------------


def request_problems(method: str, path: str, content_type: str, body: bytes) -> list[str]:
    """What is wrong with a request to the data host; path is `/v3/company/{realm}/...` without the query."""
    found = re.fullmatch(r"/v3/company/[^/]+/([a-z]+)(?:/[^?]*)?", path)
    if method != "POST" or found is None or "json" not in content_type or found[1] == "query":
        return []
    sent = json.loads(body)
    if found[1] == "batch":
        return [problem for item in sent["BatchItemRequest"] for problem in _batch_item(item)]
    names = {entity.lower(): entity for entity in schema().entities}
    if found[1] not in names:
        return [f"{path}: no entity has this name"]
    return _fields(sent, schema().entities[names[found[1]]], names[found[1]], IN_REQUESTS)


def _batch_item(item: dict[str, Any]) -> list[str]:
    known = {field.name for field in schema().fields("BatchItemRequest")}
    found = [] if item.get("bId") else ["BatchItemRequest lacks bId"]
    for key, value in item.items():
        if key in schema().entities:
            found += _fields(value, schema().entities[key], key, IN_REQUESTS)
        elif key not in known:
            found.append(f"BatchItemRequest.{key} is not in the schema")
    if "operation" in item and item["operation"] not in schema().enum("OperationEnum"):
        found.append(f"BatchItemRequest.operation is {item['operation']!r}")
    return found


# -- the two checks ----------------------------------------------------------------------------------------------------


def _fields(value: Any, typ: str, where: str, remarks: set[str]) -> list[str]:
    out: list[tuple[str, str, str]] = []
    schema().check(value, typ, where, where, out)
    return [f"{path}: {said}" for path, severity, said in out if severity not in remarks]


def _as_xml(answer: dict[str, Any]) -> list[str]:
    """The answer as the XML that Intuit would send instead, held against the schema itself."""
    try:
        element = _element("IntuitResponse", "IntuitResponse", answer)
    except KeyError as unknown:
        return [f"{unknown} is not in the schema"]
    except ValueError:
        return []      # a control character, which JSON can hold and XML cannot
    return _by_the_schema(element)


def xml_problems(body: bytes) -> list[str]:
    """What is wrong with an answer in XML; the schema says everything about it."""
    try:
        root = etree.fromstring(body)
    except etree.XMLSyntaxError as wrong:
        return [f"not XML: {wrong}"]
    return _by_the_schema(root)


def _by_the_schema(element: Any) -> list[str]:
    validator = _validator()
    return [] if validator.validate(element) else [
        f"XML: {error.message}" for error in validator.error_log if not error.message.startswith(STRICTER_THAN_ONLINE)]


def _element(name: str, typ: str, value: dict[str, Any]) -> Any:
    """One container with its objects; several objects of a kind stand in a list in JSON, one after the other in XML."""
    apart = {key for key in value if key in schema().entities or key in CONTAINERS}
    element = schema().to_xml(name, typ, {key: part for key, part in value.items() if key not in apart})
    for key in apart:
        for row in value[key] if isinstance(value[key], list) else [value[key]]:
            made = _element(key, key, row) if key in CONTAINERS else \
                schema().to_xml(key, schema().entities[key], _known_to_the_schema(row))
            element.append(made)
    return element


def _known_to_the_schema(value: Any) -> Any:
    """Without the fields that only the online reference has."""
    if isinstance(value, list):
        return [_known_to_the_schema(row) for row in value]
    if not isinstance(value, dict):
        return value
    extra = {name for fields in tool().EXTRA_FIELDS.values() for name in fields}
    return {key: _known_to_the_schema(part) for key, part in value.items() if key not in extra}
