"""Tax types and tax codes of a company (procore.md 5.20).

There is one tax type, and each code has one rate for it. Without a tax type no code taxes anything.
"""
from __future__ import annotations

from typing import Any

from tieout.sandbox.procore.contract_records import TaxCode
from tieout.sandbox.procore.directory import own_company
from tieout.sandbox.procore.records import Record
from tieout.sandbox.procore.state import Company, written
from tieout.sandbox.procore.web import (
    EMPTY,
    Answer,
    Call,
    Fields,
    SyncRules,
    a_flag,
    a_number,
    a_text,
    created,
    invalid,
    not_found,
    page_of,
    sync,
    take,
)

TEXTS = ("description", "origin_id", "origin_data")
CODE: Fields = {**dict.fromkeys(("code", *TEXTS), a_text), "rate1": a_number,
                **dict.fromkeys(("archived", "default_tax_code"), a_flag)}
TYPE: Fields = dict.fromkeys(("name", *TEXTS), a_text)


# Codes

def tax_codes(call: Call) -> Answer:
    return page_of(call, list(own_company(call).tax_codes.values()), shown_code, default=100, most=100)


def tax_code(call: Call) -> Answer:
    return Answer(shown_code(_code(call)))


def _code(call: Call) -> TaxCode:
    found = own_company(call).tax_codes.get(call.arg_id())
    if found is None:
        raise not_found()
    return found


def create_code(call: Call) -> Answer:
    return created(shown_code(_new_code(call, own_company(call), call.wrapped("tax_code"))))


def update_code(call: Call) -> Answer:
    return Answer(shown_code(_change_code(call, _code(call), call.wrapped("tax_code"))))


def sync_codes(call: Call) -> Answer:
    company = own_company(call)
    return sync(call, SyncRules(
        company.tax_codes.get, lambda o: company.tax_codes.get(company.origin_ids.get(("tax_code", o), 0)),
        lambda given: _new_code(call, company, given), lambda found, given: _change_code(call, found, given),
        shown_code))


def _new_code(call: Call, company: Company, given: dict[str, Any]) -> TaxCode:
    values = {"code": None, "rate1": None, "archived": False, "default_tax_code": False, **take(given, CODE)}
    _check_code(company, None, values)
    company.check_origin("tax_code", values.get("origin_id"))
    made = TaxCode(company.ids.next("tax_code"), call.now, call.now)
    made.applies = bool(company.tax_types)
    company.tax_codes[made.id] = made
    _write_code(call, company, made, values)
    return made


def _change_code(call: Call, found: TaxCode, given: dict[str, Any]) -> TaxCode:
    company, values = call.company, take(given, CODE)
    _check_code(company, found, values)
    company.check_new_origin("tax_code", found, values)
    _write_code(call, company, found, values)
    return found


def _write_code(call: Call, company: Company, found: TaxCode, values: dict[str, Any]) -> None:
    """One code of the company is the default."""
    if values.get("default_tax_code"):
        for other in company.tax_codes.values():
            if other is not found:
                other.write({"default_tax_code": False}, call.now)
    written(company, "tax_code", found, values, call.now)


def _check_code(company: Company, found: TaxCode | None, values: dict[str, Any]) -> None:
    if "code" in values:
        if not (values["code"] or "").strip():
            raise invalid(code="can't be blank")
        if any(other.get("code") == values["code"] for other in company.tax_codes.values() if other is not found):
            raise invalid(code="has already been taken")
    rate = values.get("rate1")
    if rate is not None and not 0 <= rate <= 100:
        raise invalid(rate1="must be between 0 and 100")


def shown_code(found: TaxCode) -> dict[str, object]:
    """The rate is a JSON number, per hundred."""
    rate = found.get("rate1")
    return {"id": found.id, "code": found.get("code"), **{name: found.get(name) for name in TEXTS},
            "rate1": None if rate is None else float(rate), "archived": bool(found.get("archived")),
            "default_tax_code": bool(found.get("default_tax_code"))}


# Types

def tax_types(call: Call) -> Answer:
    return page_of(call, list(own_company(call).tax_types.values()), shown_type)


def tax_type(call: Call) -> Answer:
    return Answer(shown_type(_type(call)))


def _type(call: Call) -> Record:
    found = own_company(call).tax_types.get(call.arg_id())
    if found is None:
        raise not_found()
    return found


def create_type(call: Call) -> Answer:
    return created(shown_type(_new_type(call, own_company(call), call.wrapped("tax_type"))))


def update_type(call: Call) -> Answer:
    return Answer(shown_type(_change_type(call, _type(call), call.wrapped("tax_type"))))


def delete_type(call: Call) -> Answer:
    company, found = own_company(call), _type(call)
    del company.tax_types[found.id]
    company.release_origin("tax_type", found)
    _apply(company)
    return EMPTY


def sync_types(call: Call) -> Answer:
    company = own_company(call)
    return sync(call, SyncRules(
        company.tax_types.get, lambda o: company.tax_types.get(company.origin_ids.get(("tax_type", o), 0)),
        lambda given: _new_type(call, company, given), lambda found, given: _change_type(call, found, given),
        shown_type))


def _new_type(call: Call, company: Company, given: dict[str, Any]) -> Record:
    values = take(given, TYPE)
    if not (values.get("name") or "").strip():
        raise invalid(name="can't be blank")
    if company.tax_types:
        raise invalid(base="Only one tax type is supported per company")
    made = Record(company.ids.next("tax_type"), call.now, call.now)
    written(company, "tax_type", made, values, call.now)
    company.tax_types[made.id] = made
    _apply(company)
    return made


def _change_type(call: Call, found: Record, given: dict[str, Any]) -> Record:
    values = take(given, TYPE)
    if "name" in values and not (values["name"] or "").strip():
        raise invalid(name="can't be blank")
    call.company.check_new_origin("tax_type", found, values)
    written(call.company, "tax_type", found, values, call.now)
    return found


def _apply(company: Company) -> None:
    for code in company.tax_codes.values():
        code.applies = bool(company.tax_types)


def shown_type(found: Record) -> dict[str, object]:
    return {"id": found.id, "name": found.get("name"), **{name: found.get(name) for name in TEXTS}}
