"""The currency of a company and of a project, and their exchange rates (procore.md 5.23).

Every financial object answers the currency of its project; without one of its own, that of the company.
"""
from __future__ import annotations

import re
from typing import Any

from tieout.sandbox.procore.directory import own_company
from tieout.sandbox.procore.records import Record
from tieout.sandbox.procore.state import Currency
from tieout.sandbox.procore.web import (
    Answer,
    Call,
    Fields,
    a_flag,
    a_number,
    a_text,
    bad_request,
    created,
    invalid,
    loose,
    not_found,
    one_of,
    stamp,
    take,
)

ISO = re.compile(r"[A-Z]{3}")


def iso_code(value: object) -> str | None:
    text = a_text(value)
    if text is not None and not ISO.fullmatch(text):
        raise ValueError("is not a valid ISO code")
    return text


COMPANY: Fields = {"currency_iso_code": iso_code, "currency_display": one_of("symbol", "code"),
                   "multicurrency_enabled": a_flag}
PROJECT: Fields = {**COMPANY, "company_currency_exchange_rate_override": a_number}
RATE: Fields = {"quote_currency_iso_code": iso_code, "exchange_rate": a_number, "is_active": a_flag}


# Of the company

def company_currency(call: Call) -> Answer:
    return Answer(_shown_company(call, own_company(call).currency) | {"eligible_for_multicurrency": True})


def create_company_currency(call: Call) -> Answer:
    """v2.0: no wrapper, ids are strings, the answer stands under data."""
    own_company(call)
    if call.company.currency.exists:
        raise bad_request("The company has a currency configuration")
    found = _written(call, call.company.currency, COMPANY)
    return created({"data": _shown_company(call, found) | {"company_id": str(call.company.id)}})


def update_company_currency(call: Call) -> Answer:
    return Answer(_shown_company(call, _written(call, _existing(own_company(call).currency), COMPANY)))


def delete_company_currency(call: Call) -> Answer:
    found = _existing(own_company(call).currency)
    shown = _shown_company(call, found)
    call.company.currency = Currency()
    return Answer(shown)


def _existing(found: Currency) -> Currency:
    if not found.exists:
        raise not_found()
    return found


def _written(call: Call, found: Currency, fields: Fields) -> Currency:
    values = {name: value for name, value in take(call.body, fields).items()
              if value is not None or name == "company_currency_exchange_rate_override"}
    if found.iso_code is None and not values.get("currency_iso_code"):
        raise invalid(currency_iso_code="can't be blank")
    rate = values.get("company_currency_exchange_rate_override")
    if rate is not None and rate <= 0:
        raise invalid(company_currency_exchange_rate_override="must be greater than 0")
    found.iso_code = values.get("currency_iso_code", found.iso_code)
    found.display = values.get("currency_display", found.display)
    found.override = values.get("company_currency_exchange_rate_override", found.override)
    several = values.get("multicurrency_enabled", found.several)
    if several and not found.several:
        found.several_since = call.now
    found.several = several
    return found


def _shown_company(call: Call, found: Currency) -> dict[str, object]:
    return {"company_id": call.company.id, "currency_iso_code": found.iso_code,
            "currency_display": found.display if found.exists else None, "multicurrency_enabled": found.several,
            "multicurrency_enabled_effective_date": stamp(found.several_since)}


# Of a project

def project_currency(call: Call) -> Answer:
    own_company(call)
    return Answer(_shown_project(call, call.project.currency) | {
        "eligible_for_financial_objs_multicurrency": call.company.currency.several})


def create_project_currency(call: Call) -> Answer:
    own_company(call)
    if call.project.currency.exists:
        raise invalid(base="The project has a currency configuration")
    return created(_shown_project(call, _of_project(call)))


def update_project_currency(call: Call) -> Answer:
    own_company(call)
    _existing(call.project.currency)
    return Answer(_shown_project(call, _of_project(call)))


def _of_project(call: Call) -> Currency:
    if call.body.get("multicurrency_enabled") in (True, "true") and not call.company.currency.several:
        raise invalid(multicurrency_enabled="is not enabled for the company")
    return _written(call, call.project.currency, PROJECT)


def delete_project_currency(call: Call) -> Answer:
    own_company(call)
    shown = _shown_project(call, _existing(call.project.currency))
    call.project.currency = Currency()
    return Answer(shown)


def _shown_project(call: Call, found: Currency) -> dict[str, object]:
    return {"company_id": call.company.id, "project_id": call.project.id, "currency_iso_code": found.iso_code,
            "currency_display": found.display if found.exists else None, "multicurrency_enabled": found.several,
            "company_currency_exchange_rate_override": loose(found.override)}


# Exchange rates

def company_rates(call: Call) -> Answer:
    return Answer(_listed(call, own_company(call).exchange_rates.values()))


def create_company_rates(call: Call) -> Answer:
    own_company(call)
    return created(_listed(call, _created(call, call.company.exchange_rates)))


def update_company_rates(call: Call) -> Answer:
    own_company(call)
    return Answer(_listed(call, _updated(call, call.company.exchange_rates)))


def project_rates(call: Call) -> Answer:
    own_company(call)
    whole = call.request.param("include_inactive") == "true"
    return Answer(_listed(call, [r for r in call.project.exchange_rates.values() if whole or r.get("is_active")]))


def create_project_rates(call: Call) -> Answer:
    own_company(call)
    return created(_listed(call, _created(call, call.project.exchange_rates)))


def update_project_rates(call: Call) -> Answer:
    own_company(call)
    return Answer(_listed(call, _updated(call, call.project.exchange_rates)))


def _given(call: Call) -> list[dict[str, Any]]:
    found = call.body.get("exchange_rates")
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise bad_request("param is missing or the value is empty: exchange_rates")
    return found


def _created(call: Call, held: dict[int, Record]) -> list[Record]:
    base = take(call.body, {"base_currency_iso_code": iso_code}).get("base_currency_iso_code")
    if base is None:
        raise bad_request("param is missing or the value is empty: base_currency_iso_code")
    taken = {(rate.get("base_currency_iso_code"), rate.get("quote_currency_iso_code")) for rate in held.values()}
    made: list[Record] = []
    for given in _given(call):
        values = {"is_active": True, "exchange_rate": None, "quote_currency_iso_code": None, **take(given, RATE)}
        _check(values)
        pair = (base, values["quote_currency_iso_code"])
        if pair in taken:
            raise invalid(quote_currency_iso_code="has already been taken")
        taken.add(pair)
        made.append(Record(call.company.ids.next("exchange_rate"), call.now, call.now,
                           {"base_currency_iso_code": base, **values}))
    held.update((rate.id, rate) for rate in made)
    return made


def _updated(call: Call, held: dict[int, Record]) -> list[Record]:
    changes: list[tuple[Record, dict[str, Any]]] = []
    for given in _given(call):
        found = held.get(given["id"]) if isinstance(given.get("id"), int) else None
        if found is None:
            raise not_found()
        values = {name: value for name, value in take(given, RATE).items() if value is not None}
        _check({**found.fields, **values})
        changes.append((found, values))
    for found, values in changes:
        found.write(values, call.now)
    return [found for found, _ in changes]


def _check(values: dict[str, Any]) -> None:
    if values["quote_currency_iso_code"] is None:
        raise invalid(quote_currency_iso_code="can't be blank")
    rate = values["exchange_rate"]
    if rate is None or rate <= 0:
        raise invalid(exchange_rate="can't be blank" if rate is None else "must be greater than 0")


def _listed(call: Call, rates: Any) -> dict[str, object]:
    scope = {"project_id": call.project.id} if "project_id" in call.args else {}
    return {"exchange_rates": [{
        "id": rate.id, "company_id": call.company.id, **scope,
        "base_currency_iso_code": rate.get("base_currency_iso_code"),
        "quote_currency_iso_code": rate.get("quote_currency_iso_code"),
        "exchange_rate": loose(rate.get("exchange_rate")), "is_active": bool(rate.get("is_active")),
        "created_at": stamp(rate.created_at), "updated_at": stamp(rate.updated_at)} for rate in rates]}


def in_currency(body: Any, iso: str) -> Any:
    """An answer in which every financial object names that currency. What is already US dollars is left alone."""
    if isinstance(body, list):
        return [in_currency(part, iso) for part in body]
    if not isinstance(body, dict):
        return body
    return {name: {key: iso if key in ("currency_iso_code", "base_currency_iso_code") else part
                   for key, part in value.items()}
            if name == "currency_configuration" and isinstance(value, dict) else in_currency(value, iso)
            for name, value in body.items()}
