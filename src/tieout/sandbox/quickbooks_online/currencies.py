"""Currencies beside the company's own, and their rates by day (qbo.md 1.2, 1.6, 11.4, 11.5; trap 27).

A company that keeps several currencies has names and accounts in each of them; a name's currency never changes. What is
not played is a document in another currency than the company's own: it is refused with 5030.
"""
from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from tieout.sandbox.quickbooks_online.company import Company, Record
from tieout.sandbox.quickbooks_online.refusals import business, refuse
from tieout.sandbox.quickbooks_online.shapes import DATE, EVERY, NUMBER, read, text
from tieout.sandbox.quickbooks_online.wire import plain, stamp

NAMES = {"USD": "United States Dollar", "CAD": "Canadian Dollar", "EUR": "Euro", "GBP": "British Pound Sterling",
         "AUD": "Australian Dollar", "MXN": "Mexican Peso", "JPY": "Japanese Yen", "CHF": "Swiss Franc",
         "NZD": "New Zealand Dollar", "INR": "Indian Rupee", "CNY": "Chinese Yuan", "BRL": "Brazilian Real",
         "SEK": "Swedish Krona", "NOK": "Norwegian Krone", "DKK": "Danish Krone", "SGD": "Singapore Dollar",
         "HKD": "Hong Kong Dollar", "ZAR": "South African Rand"}
RATE = {**EVERY, "SourceCurrencyCode": text(3), "TargetCurrencyCode": text(3), "Rate": NUMBER, "AsOfDate": DATE}
LISTED = ("Customer", "Vendor", "Employee", "Account")


def shown(code: str) -> dict[str, str]:
    return {"value": code, "name": NAMES.get(code, code)}


def check_listed(company: Company, body: dict[str, Any], old: Record | None) -> None:
    """A currency of the company's list: known, not its own, and no other than it was."""
    code = body["Code"]
    if not company.profile.multicurrency:
        raise refuse("5030", "Feature Not Supported Error : Multicurrency is turned off in this company.")
    if code not in NAMES or code == company.profile.currency:
        raise refuse("2220", f"Invalid currency {code}.", "Code")
    if old is not None and old.body["Code"] != code:
        raise business("The code of a currency can't be changed.", "Code")
    body["Name"] = NAMES[code]


def check(company: Company, entity: str, body: dict[str, Any], old: Record | None) -> None:
    """The currency of a name, an account or a document."""
    home = company.profile.currency
    asked = body.get("CurrencyRef", {}).get("value", home)
    if entity not in LISTED and company.profile.multicurrency and {asked, _of_party(company, body)} != {home}:
        raise refuse("5030", f"Feature Not Supported Error : the sandbox plays documents in {home} only.",
                     "CurrencyRef")
    if asked != home and not company.profile.multicurrency:
        raise refuse("2220", f"Invalid currency {asked}: multicurrency is off.", "CurrencyRef")
    if entity in LISTED and company.profile.multicurrency:
        _check_name(company, entity, body, old)


def _check_name(company: Company, entity: str, body: dict[str, Any], old: Record | None) -> None:
    home = company.profile.currency
    parent = company.find(entity, body["ParentRef"]["value"]) if "ParentRef" in body else None
    usual = parent.body.get("CurrencyRef", {}).get("value", home) if parent is not None else home
    asked = body.get("CurrencyRef", {}).get("value", usual if old is None else _held(company, old))
    if old is not None and asked != _held(company, old):
        raise business("You can't change the currency of a name or an account.", "CurrencyRef")
    if parent is not None and asked != usual:
        raise business("A sub-customer or sub-account has the currency of its parent.", "CurrencyRef")
    if asked != home and not any(record.active and record.body["Code"] == asked
                                 for record in company.records["CompanyCurrency"].values()):
        raise refuse("2220", f"Invalid currency {asked}: it is not in the company's list.", "CurrencyRef")
    body["CurrencyRef"] = {"value": asked}


def _held(company: Company, record: Record) -> str:
    return str(record.body.get("CurrencyRef", {}).get("value", company.profile.currency))


def _of_party(company: Company, body: dict[str, Any]) -> str:
    for key, entity in (("VendorRef", "Vendor"), ("CustomerRef", "Customer")):
        party = company.find(entity, body[key]["value"]) if isinstance(body.get(key), dict) else None
        if party is not None:
            return _held(company, party)
    return company.profile.currency


# -- rates -------------------------------------------------------------------------------------------------------------


def rate_on(company: Company, code: str, day: str) -> dict[str, Any]:
    """ExchangeRate as it is shown: the latest rate entered for that day or before; 1 where there is none."""
    _check_code(company, code)
    try:
        date.fromisoformat(day)
    except ValueError:
        raise refuse("2060", f"Invalid Date format : {day}", "asofdate") from None
    held = company.rates.get(code, {})
    known = max((entered for entered in held if entered <= day), default=None)
    rate, version, moved = held[known] if known is not None else (Decimal(1), 0, None)
    opened = datetime.fromisoformat(f"{company.profile.start_date}T18:00:00+00:00")
    return {"SourceCurrencyCode": code, "TargetCurrencyCode": company.profile.currency, "Rate": plain(rate),
            "AsOfDate": known or day, "domain": "QBO", "sparse": False, "SyncToken": str(version),
            "MetaData": {"CreateTime": stamp(moved or opened), "LastUpdatedTime": stamp(moved or opened)}}


def enter_rate(company: Company, raw: Any, today: str, now: datetime) -> dict[str, Any]:
    """Sets the rate of one currency from one day on."""
    reading = read("ExchangeRate", raw, RATE)
    reading.raise_unsupported()
    body = reading.body
    for key in ("SourceCurrencyCode", "Rate"):
        if body.get(key) in (None, ""):
            raise refuse("2020", f"Required parameter {key} is missing in the request", key)
    reading.raise_malformed()
    code, day = body["SourceCurrencyCode"], body.get("AsOfDate", today)
    _check_code(company, code)
    if body.get("TargetCurrencyCode", company.profile.currency) != company.profile.currency:
        raise refuse("2220", f"Invalid currency {body['TargetCurrencyCode']}: rates lead to the company's own.",
                     "TargetCurrencyCode")
    if body["Rate"] <= 0:
        raise refuse("2240", "Rate must be above zero.", "Rate")
    held = company.rates.setdefault(code, {})
    version = held[day][1] + 1 if day in held else 0
    held[day] = (Decimal(body["Rate"]), version, now)
    return rate_on(company, code, day)


def _check_code(company: Company, code: str) -> None:
    if not company.profile.multicurrency:
        raise refuse("5030", "Feature Not Supported Error : Multicurrency is turned off in this company.")
    if code not in NAMES:
        raise refuse("2220", f"Invalid currency {code}.", "SourceCurrencyCode")
