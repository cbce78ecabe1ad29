"""Custom fields: definitions, choices, field sets, and how values are read and written (procore.md 5.3).

A value is read as `custom_fields: {"custom_field_{id}": {"data_type", "value"}}` and written as a plain key beside
the other fields. It is kept under that key among the record's fields: text, Decimal, bool, or ids.
"""
from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from tieout.sandbox.procore.directory import own_company
from tieout.sandbox.procore.records import Record
from tieout.sandbox.procore.state import Company, CustomField, FieldPlace, FieldSet
from tieout.sandbox.procore.web import (
    Answer,
    Call,
    Filter,
    Refusal,
    Test,
    a_flag,
    a_number,
    a_text,
    among,
    an_integer,
    bad_request,
    created,
    filtered,
    flag_is,
    invalid,
    missing_ids,
    not_found,
    number,
    page_of,
    stamp,
)

PREFIX = "custom_field_"
TYPES = ("string", "rich_text", "decimal", "boolean", "datetime", "lov_entry", "lov_entries", "login_information",
         "login_informations", "vendor", "vendors")
CHOICES = ("lov_entry", "lov_entries")
# Which kinds of record have custom fields, and the class by which Procore calls each (5.3; class names inferred).
HOSTS = {"project": "Project", "vendor": "Vendor", "user": "LoginInformation",
         "work_order_contract": "WorkOrderContract", "purchase_order_contract": "PurchaseOrderContract",
         "prime_contract": "PrimeContract", "commitment_change_order": "CommitmentChangeOrder",
         "prime_change_order": "PrimeChangeOrder", "requisition": "Requisition"}
# The plain fields that a company may require or hide.
PLAIN: Mapping[str, tuple[str, ...]] = {
    "project": ("project_number", "address", "city", "state_code", "zip", "start_date", "completion_date",
                "total_value", "project_stage_id", "office_id"),
    "vendor": ("address", "city", "state_code", "zip", "business_phone", "email_address", "license_number"),
    "user": ("first_name", "job_title", "employee_id", "business_phone"),
    "work_order_contract": ("title", "number", "vendor_id", "description", "contract_date"),
    "purchase_order_contract": ("title", "number", "vendor_id", "description", "contract_date", "delivery_date"),
    "prime_contract": ("title", "number", "vendor_id", "description"),
    "requisition": ("invoice_number", "billing_date"),
    "commitment_change_order": ("title", "number"), "prime_change_order": ("title", "number")}


def furnish(company: Company, now: datetime) -> None:
    """A field set per kind, and the one custom field that every practice company has (6.5)."""
    for kind in HOSTS:
        company.field_sets[kind] = FieldSet(company.ids.next("field_set"), now, now, kind=kind)
    define(company, now, label="Customer", data_type="vendor", on=("project",))


def define(company: Company, now: datetime, *, label: str, data_type: str, on: Iterable[str],
           options: Iterable[str] = (), required: bool = False, variant: str | None = None) -> CustomField:
    """A new custom field, as a company administrator makes one on the web: no API makes definitions."""
    if data_type not in TYPES or not set(on) <= set(HOSTS):
        raise ValueError(f"data_type is one of {', '.join(TYPES)}; on is among {', '.join(HOSTS)}")
    made = CustomField(company.ids.next("custom_field"), now, now, label=label, data_type=data_type, variant=variant)
    for kind in on:
        position = 1 + sum(kind in field.used_on for field in company.custom_fields.values())
        made.used_on[kind] = FieldPlace(company.ids.next("custom_field_metadatum"), position, required)
    for option in options:
        _new_entry(company, made, option, now)
    company.custom_fields[made.id] = made
    return made


def _new_entry(company: Company, field: CustomField, label: str, now: datetime) -> Record:
    made = Record(company.ids.next("custom_field_entry"), now, now,
                  {"label": label, "position": len(field.entries) + 1, "active": True})
    field.entries[made.id] = made
    return made


# Values that come in

def read(call: Call, kind: str, given: Mapping[str, Any], *, held: Record | None = None) -> dict[str, Any]:
    """The custom field values in a body. With `run_configurable_validations=true` the required ones are asked for."""
    values: dict[str, Any] = {}
    errors: dict[str, list[str]] = {}
    for key in given:
        if key.startswith(PREFIX):
            field = _field_of(call.company, kind, key)
            try:
                if field is None:
                    raise ValueError("is not a custom field of this record")
                values[key] = _value(call.company, field, given[key])
            except ValueError as why:
                errors[key] = [str(why)]
    if call.request.param("run_configurable_validations") == "true":
        errors |= {name: ["can't be blank"] for name in missing(call.company, kind, given, held) if name not in errors}
    if errors:
        raise Refusal(422, {"errors": errors})
    return values


def missing(company: Company, kind: str, given: Mapping[str, Any], held: Record | None) -> list[str]:
    """The required fields that would be blank after this write."""
    names = [f"{PREFIX}{f.id}" for f in company.custom_fields.values()
             if f.active and kind in f.used_on and f.used_on[kind].required]
    names += [name for name in PLAIN.get(kind, ()) if company.field_sets[kind].fields.get(name, {}).get("required")]
    def blank(name: str) -> bool:
        value = given[name] if name in given else held.get(name) if held is not None else None
        return value is None or value in ("", [])
    return [name for name in names if blank(name)]


def _field_of(company: Company, kind: str, key: str) -> CustomField | None:
    text = key[len(PREFIX):]
    field = company.custom_fields.get(int(text)) if text.isascii() and text.isdecimal() and len(text) < 19 else None
    return field if field is not None and field.active and kind in field.used_on else None


def _value(company: Company, field: CustomField, given: object) -> Any:
    if given is None or given == "":
        return None
    many = field.data_type in ("lov_entries", "login_informations", "vendors")
    if not many:
        return _single(company, field, given)
    if not isinstance(given, list):
        raise ValueError("must be an array of ids")
    return [_single(company, field, one) for one in given]


def _single(company: Company, field: CustomField, given: object) -> Any:
    if field.data_type in ("string", "rich_text"):
        return a_text(given)
    if field.data_type == "decimal":
        return a_number(given)
    if field.data_type == "boolean":
        return a_flag(given)
    if field.data_type == "datetime":
        return _instant(given)
    wanted = an_integer(given)
    if field.data_type in CHOICES:
        entry = field.entries.get(wanted or 0)
        if entry is None or not entry.get("active"):
            raise ValueError("is not included in the list")
    elif wanted not in (company.vendors if field.data_type.startswith("vendor") else company.people_by_user):
        raise ValueError("is invalid")
    return wanted


def _instant(given: object) -> str:
    try:
        moment = datetime.fromisoformat(str(given))
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return str(stamp(moment.astimezone(UTC)))
    except (ValueError, OverflowError):
        raise ValueError("is not a valid date") from None


# Values that go out

def shown(company: Company, kind: str, record: Record) -> dict[str, object]:
    """Every active field of that kind of record, null where it was never written."""
    found: dict[str, object] = {}
    for field in company.custom_fields.values():
        if field.active and kind in field.used_on:
            name = f"{PREFIX}{field.id}"
            found[name] = {"data_type": field.data_type, "value": _shown(company, field, record.fields.get(name))}
    return found


def _shown(company: Company, field: CustomField, value: Any) -> object:
    if isinstance(value, list):
        return [_labelled(company, field, one) for one in value]
    if isinstance(value, Decimal):
        return number(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return _labelled(company, field, value)
    found: object = value
    return found


def _labelled(company: Company, field: CustomField, wanted: int) -> dict[str, object]:
    if field.data_type in CHOICES:
        return {"id": wanted, "label": field.entries[wanted].get("label")}
    if field.data_type.startswith("vendor"):
        return {"id": wanted, "label": company.vendors[wanted].get("name")}
    person = company.people_by_user[wanted]
    return {"id": wanted, "login": person.get("email_address"), "label": person.name}


def matches(values: list[str]) -> Test:
    """`filters[custom_fields]`: a JSON object of field and wanted value, or values; all have to agree."""
    try:
        wanted = json.loads(values[-1], parse_float=Decimal)
    except (ValueError, RecursionError):
        raise bad_request("filters[custom_fields] must be a JSON object") from None
    if not isinstance(wanted, dict):
        raise bad_request("filters[custom_fields] must be a JSON object")

    def test(row: Record) -> bool:
        for key, value in wanted.items():
            held = row.fields.get(key if key.startswith(PREFIX) else PREFIX + key)
            asked = {str(one) for one in (value if isinstance(value, list) else [value])}
            if not asked & {str(one) for one in (held if isinstance(held, list) else [held])}:
                return False
        return True
    return test


# Definitions and their choices

FILTERS: dict[str, Filter] = {
    "id": among(lambda f: f.id), "with_label": lambda values: lambda f: values[-1].lower() in f.label.lower()}


def _rows(call: Call, filters: Mapping[str, Filter]) -> list[CustomField]:
    """tool_name admin: the fields of the company and its projects; timesheets have none here."""
    tool = call.request.param("tool_name")
    if tool not in (None, "", "admin", "timesheets"):
        raise bad_request("tool_name does not have a valid value")
    rows = [] if tool == "timesheets" else list(own_company(call).custom_fields.values())
    rows = filtered(call, rows, filters)
    order = call.request.param("sort") or ""
    if order.lstrip("-") in ("label", "created_at"):
        rows.sort(key=lambda f: (f.label.lower() if "label" in order else f.created_at, f.id),
                  reverse=order.startswith("-"))
    return rows


def definitions(call: Call) -> Answer:
    return page_of(call, _rows(call, FILTERS), lambda f: _definition(call, f), most=100)


def definitions_10(call: Call) -> Answer:
    """Deprecated; the same list, with choices when asked for."""
    by_label = {"with_label": FILTERS["with_label"]}
    return page_of(call, _rows(call, by_label), lambda f: _with_entries(call, f))


def definition(call: Call) -> Answer:
    return Answer(_with_entries(call, _field(call, "id")))


def _field(call: Call, arg: str) -> CustomField:
    found = own_company(call).custom_fields.get(call.arg_id(arg))
    if found is None:
        raise not_found()
    return found


def _definition(call: Call, field: CustomField) -> dict[str, object]:
    shown: dict[str, object] = {
        "id": field.id, "label": field.label, "active": field.active, "company_id": call.company.id,
        "data_type": field.data_type, "variant": field.variant, "description": field.description,
        "default_value": None}
    if call.request.param("includes_configurable_field_sets_count") == "true":
        shown["configurable_field_sets_count"] = len(field.used_on)
    return shown


def _with_entries(call: Call, field: CustomField) -> dict[str, object]:
    shown = _definition(call, field)
    if call.view in ("with_lov_entries", "extended"):
        shown["custom_field_lov_entries"] = [_entry(entry) for entry in field.entries.values()]
    return shown


def _entry(entry: Record) -> dict[str, object]:
    return {"id": entry.id, **entry.fields}


ENTRY_FILTERS = {
    "id": among(lambda e: e.id), "active": flag_is(lambda e: bool(e.get("active"))),
    "start_with": lambda values: lambda e: e.get("label").lower().startswith(values[-1].lower()),
    "label_with": lambda values: lambda e: values[-1].lower() in e.get("label").lower()}


def entries(call: Call) -> Answer:
    rows = filtered(call, _field(call, "custom_field_definition_id").entries.values(), ENTRY_FILTERS)
    return page_of(call, rows, _entry)


def entry(call: Call) -> Answer:
    found = _field(call, "custom_field_definition_id").entries.get(call.arg_id())
    if found is None:
        raise not_found()
    return Answer(_entry(found))


def create_entries(call: Call) -> Answer:
    """All or none: a blank or repeated label refuses the whole call."""
    field = call.company.custom_fields.get(call.arg_id("custom_field_definition_id"))
    if field is None:
        raise not_found()
    given = call.body.get("custom_field_lov_entries")
    if not isinstance(given, list) or not given:
        raise bad_request("param is missing or the value is empty: custom_field_lov_entries")
    if field.data_type not in CHOICES:
        raise invalid(base="This custom field has no list of values")
    labels = [str(one.get("label") or "").strip() if isinstance(one, dict) else "" for one in given]
    if not all(labels):
        raise invalid(label="can't be blank")
    held = {e.get("label").lower() for e in field.entries.values()}
    if len({label.lower() for label in labels} - held) != len(labels):
        raise invalid(label="has already been taken")
    made = [_new_entry(call.company, field, label, call.now) for label in labels]
    return created([_entry(one) for one in made])


def data_types(call: Call) -> Answer:
    own_company(call)
    return Answer({"data": {"all": list(TYPES), "lov": list(CHOICES), "variants": {"decimal": ["currency"]}}})


# Field sets

def field_sets(call: Call) -> Answer:
    company = own_company(call)
    wanted = call.filters.get("type")
    rows = [s for s in company.field_sets.values() if wanted is None or _type(s) in wanted]
    return page_of(call, rows, lambda s: _shown_set(call, s, listed=True))


def project_field_sets(call: Call) -> Answer:
    wanted = [value for key, value in call.request.query if key in ("types[]", "types")]
    rows = [s for s in call.company.field_sets.values() if call.project and (not wanted or _type(s) in wanted)]
    return page_of(call, rows, lambda s: _shown_set(call, s, listed=True))


def field_set_by_index(call: Call) -> Answer:
    """Without a set of that type a template without an id is answered, not 404."""
    company, wanted = own_company(call), call.request.param("type")
    if not wanted:
        raise bad_request("param is missing or the value is empty: type")
    found = next((s for s in company.field_sets.values() if _type(s) == wanted), None)
    if found is not None:
        return Answer(_shown_set(call, found))
    return Answer({"id": None, "name": None, "type": wanted, "class_name": wanted.partition("::")[2], "fields": {},
                   "sections": []})


def field_sets_of(call: Call) -> Answer:
    field = _field(call, "custom_field_definition_id")
    return page_of(call, [s for s in call.company.field_sets.values() if s.kind in field.used_on],
                   lambda s: _shown_set(call, s))


def field_set(call: Call) -> Answer:
    return Answer(_shown_set(call, _set(call)))


def _set(call: Call) -> FieldSet:
    wanted = call.arg_id()
    found = next((s for s in own_company(call).field_sets.values() if s.id == wanted), None)
    if found is None:
        raise not_found()
    return found


def update_field_set(call: Call) -> Answer:
    """Which fields are visible and required. Unknown ones are refused."""
    found = _set(call)
    given = call.wrapped("configurable_field_set").get("fields")
    if not isinstance(given, dict):
        raise bad_request("param is missing or the value is empty: fields")
    changes: list[Callable[[], object]] = []
    for name, flags in given.items():
        place = _place(call.company, found.kind, name)
        if place is None and name not in PLAIN.get(found.kind, ()):
            raise invalid(fields=f"{name} is not a field of this set")
        if not isinstance(flags, dict):
            raise invalid(fields=f"{name} is invalid")
        for flag in ("visible", "required"):
            if flag in flags:
                if not isinstance(flags[flag], bool):
                    raise invalid(fields=f"{name}.{flag} is invalid")
                changes.append(_setter(found, place, name, flag, flags[flag]))
    for change in changes:
        change()
    found.touch(call.now)
    return Answer(_shown_set(call, found))


def _setter(found: FieldSet, place: FieldPlace | None, name: str, flag: str, value: bool) -> Callable[[], object]:
    if place is not None:
        return lambda: setattr(place, flag, value)
    return lambda: found.fields.setdefault(name, {}).update({flag: value})


def _place(company: Company, kind: str, key: str) -> FieldPlace | None:
    field = _field_of(company, kind, key) if key.startswith(PREFIX) else None
    return field.used_on[kind] if field is not None else None


def validate(call: Call) -> Answer:
    """Whether a record with these attributes would pass the set; nothing is written."""
    found = _set(call)
    given = call.body.get("attributes")
    if not isinstance(given, dict):
        raise bad_request("param is missing or the value is empty: attributes")
    errors: dict[str, list[str]] = {}
    for key, value in given.items():
        field = _field_of(call.company, found.kind, key) if key.startswith(PREFIX) else None
        try:
            if field is not None:
                _value(call.company, field, value)
        except ValueError as why:
            errors[key] = [str(why)]
    errors |= {name: ["can't be blank"] for name in missing(call.company, found.kind, given, None)
               if name not in errors}
    return Answer({"valid": not errors, "errors": errors})


def _type(found: FieldSet) -> str:
    return f"ConfigurableFieldSet::{HOSTS[found.kind]}"


def _shown_set(call: Call, found: FieldSet, *, listed: bool = False) -> dict[str, object]:
    fields: dict[str, object] = {}
    for name in PLAIN.get(found.kind, ()):
        held = found.fields.get(name, {})
        fields[name] = {"name": name, "visible": held.get("visible", True), "required": held.get("required", False)}
    for field in call.company.custom_fields.values():
        if found.kind in field.used_on:
            fields[f"{PREFIX}{field.id}"] = _field_in_set(call, found, field, listed=listed)
    shown: dict[str, object] = {
        "id": found.id, "name": f"{HOSTS[found.kind]} Fields", "type": _type(found), "category": "",
        "class_name": HOSTS[found.kind], "fields": fields, "sections": [], "inspection_type_id": None,
        "generic_tool_id": None, "action_plan_type_id": None, "observations_category_id": None,
        "updated_at": stamp(found.updated_at), "updated_by": None}
    return shown if listed else shown | {"deletable": False, "projects": []}


def _field_in_set(call: Call, found: FieldSet, field: CustomField, *, listed: bool) -> dict[str, object]:
    place = field.used_on[found.kind]
    shown: dict[str, object] = {
        "id": place.id, "name": f"{PREFIX}{field.id}", "label": field.label, "description": field.description,
        "custom_field_definition_id": field.id, "data_type": field.data_type, "variant": field.variant,
        "position": place.position, "required": place.required, "visible": place.visible, "row": place.position,
        "column": 1, "column_width": 1}
    if listed:
        return shown
    return shown | {"company_id": call.company.id, "custom_fields_section_id": None, "default_value": None,
                    "host_type": HOSTS[found.kind]}


# Where each field stands in a set

def metadata(call: Call) -> Answer:
    if call.request.param("company_id") is None and call.request.param("project_id") is None:
        raise missing_ids()
    company = call.company if call.given_id("project_id") is not None and call.project else own_company(call)
    types, sets = call.filters.get("field_set_type"), call.filters.get("field_set_id")
    wanted = call.filters.get("custom_field_definitions_id")
    rows = [(found, field) for found in company.field_sets.values() for field in company.custom_fields.values()
            if found.kind in field.used_on and (types is None or _type(found) in types)
            and (sets is None or str(found.id) in sets) and (wanted is None or str(field.id) in wanted)]
    return page_of(call, rows, lambda row: _metadatum(call, *row))


def metadatum(call: Call) -> Answer:
    company, wanted = own_company(call), call.arg_id()
    for field in company.custom_fields.values():
        for kind, place in field.used_on.items():
            if place.id == wanted:
                return Answer(_metadatum(call, company.field_sets[kind], field))
    raise not_found()


def _metadatum(call: Call, found: FieldSet, field: CustomField) -> dict[str, object]:
    place = field.used_on[found.kind]
    shown: dict[str, object] = {
        "id": place.id, "custom_field_definition_id": field.id, "position": place.position,
        "required": place.required, "visible": place.visible, "variant": field.variant, "default_value": None,
        "row": place.position, "column": 1, "column_width": 1, "custom_fields_section_id": None}
    if call.view == "extended":
        shown |= {"company_id": call.company.id, "host_type": HOSTS[found.kind], "source_type": _type(found),
                  "source_id": str(found.id), "label": field.label, "data_type": field.data_type}
    if call.view in ("extended", "with_lov_entries"):
        shown["lov_entries"] = [_entry(one) for one in field.entries.values()]
    return shown
