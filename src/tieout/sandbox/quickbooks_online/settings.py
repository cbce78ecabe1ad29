"""CompanyInfo and Preferences as objects: read, full and sparse update (qbo.md 11.1, 11.2)."""
from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from tieout.sandbox.quickbooks_online import preferences as choices
from tieout.sandbox.quickbooks_online.company import TRANSACTIONS, Company
from tieout.sandbox.quickbooks_online.lookup import check_token
from tieout.sandbox.quickbooks_online.preferences import MONTHS
from tieout.sandbox.quickbooks_online.refusals import MADE_INACTIVE, refuse
from tieout.sandbox.quickbooks_online.shapes import (
    ADDRESS,
    EMAIL,
    EVERY,
    WEB,
    Reading,
    choice,
    ignored,
    obj,
    read,
    text,
)
from tieout.sandbox.quickbooks_online.wire import stamp

SINGLE = ("CompanyInfo", "Preferences")
ISO_3 = {"US": "USA", "CA": "CAN"}
PHONE = obj(FreeFormNumber=text(20), **ignored(
    "Id DeviceType Default Tag CountryCode AreaCode ExchangeCode Extension"))
INFO = {**EVERY, "CompanyName": text(1024), "LegalName": text(1024), "CompanyAddr": ADDRESS, "LegalAddr": ADDRESS,
        "CustomerCommunicationAddr": ADDRESS, "PrimaryPhone": PHONE, "Email": EMAIL, "WebAddr": WEB,
        "FiscalYearStartMonth": choice(*MONTHS), "EmployerId": text(),
        **ignored("CompanyStartDate Country SupportedLanguages NameValue CompanyEmailAddr CompanyURL "
                  "CustomerCommunicationEmailAddr TaxYearStartMonth QBVersion ShipAddr OtherAddr Mobile Fax "
                  "LastImportedTime DefaultTimeZone MultiByteCharsSupported FifoCalculationStatus CompanyInfoEx")}


def show(company: Company, entity: str, options: frozenset[str] = frozenset()) -> dict[str, Any]:
    return company_info(company, options) if entity == "CompanyInfo" else preferences(company)


def changed(company: Company, entity: str) -> datetime | None:
    """When it was last changed; None while it never was."""
    return company.info_changed if entity == "CompanyInfo" else company.settings_changed


def check_company_id(company: Company, id_: str) -> None:
    """The company is named by its realm, or by the id 1 that the object bears (qbo.md 1.2, 11.1)."""
    if not (id_.isascii() and id_.isdigit()):
        raise refuse("2030", f"Invalid ID : {id_}", "Id")
    if id_ not in (company.realm, "1"):
        raise refuse("610", MADE_INACTIVE, "Id")


def _common(company: Company, version: int, moved: datetime | None) -> dict[str, Any]:
    opened = datetime.fromisoformat(company.profile.start_date).replace(hour=18, tzinfo=UTC)
    return {"domain": "QBO", "sparse": False, "Id": "1", "SyncToken": str(version),
            "MetaData": {"CreateTime": stamp(opened), "LastUpdatedTime": stamp(moved or opened)}}


def company_info(company: Company, options: frozenset[str] = frozenset()) -> dict[str, Any]:
    profile = company.profile
    line1, city, state, code = profile.address
    address = {"Id": "1", "Line1": line1, "City": city, "Country": ISO_3[profile.country],
               "CountrySubDivisionCode": state, "PostalCode": code}
    about = [("OfferingSku", f"QuickBooks Online {profile.edition}"), ("SubscriptionStatus", "SUBSCRIBED")]
    if "firsttxndate" in options and (first := _first_day(company)):
        about.append(("FirstTxnDate", first))
    shown = {
        "CompanyName": profile.name, "LegalName": profile.legal_name or profile.name, "CompanyAddr": address,
        "PrimaryPhone": {"FreeFormNumber": profile.phone}, "CompanyStartDate": profile.start_date,
        "FiscalYearStartMonth": MONTHS[profile.fiscal_year_starts - 1], "Country": profile.country,
        "Email": {"Address": profile.email}, "SupportedLanguages": "en",
        "NameValue": [{"Name": name, "Value": value} for name, value in about]}
    for place, key in enumerate(("CompanyAddr", "LegalAddr", "CustomerCommunicationAddr"), start=1):
        if key in company.info:
            shown[key] = {"Id": str(place), **company.info[key], "Country": ISO_3[profile.country]}
    shown.update({key: company.info[key] for key in ("WebAddr", "EmployerId") if key in company.info})
    return {**shown, **_common(company, company.info_version, company.info_changed)}


def _first_day(company: Company) -> str | None:
    days = [record.body["TxnDate"] for entity in TRANSACTIONS for record in company.records[entity].values()
            if "TxnDate" in record.body]
    return min(days, default=None)


def preferences(company: Company) -> dict[str, Any]:
    return {**choices.shown(company), **_common(company, company.settings_version, company.settings_changed)}


# -- writing -----------------------------------------------------------------------------------------------------------


def save(company: Company, entity: str, raw: Any, now: datetime) -> dict[str, Any]:
    """A full or sparse update; there is nothing to create. Returns what is shown afterwards."""
    reading = read(entity, raw, INFO if entity == "CompanyInfo" else choices.FIELDS)
    reading.raise_unsupported()
    sent = reading.body
    token, sparse = sent.pop("SyncToken", None), bool(sent.pop("sparse", False))
    sent.pop("Id", None)
    sent.pop("CustomField", None)
    if entity == "CompanyInfo":
        _save_info(company, sent, reading, token, sparse=sparse, now=now)
    else:
        reading.raise_malformed()
        check_token(company, company.settings_version, token)
        choices.write(company, sent, sparse=sparse)
        company.note_settings(entity, now)
    return show(company, entity)


def _save_info(company: Company, sent: dict[str, Any], reading: Reading, token: str | None, *, sparse: bool,
               now: datetime) -> None:
    info = {**company.info, **sent} if sparse else sent
    info = {key: value for key, value in info.items() if value != ""}
    if not sparse and "CompanyName" not in info:
        raise refuse("2020", "Required parameter CompanyName is missing in the request", "CompanyName")
    reading.raise_malformed()
    check_token(company, company.info_version, token)
    profile, address = company.profile, info.get("CompanyAddr", {})
    company.profile = replace(
        profile, name=info.get("CompanyName", profile.name), legal_name=info.get("LegalName", profile.legal_name),
        phone=info.get("PrimaryPhone", {}).get("FreeFormNumber", profile.phone),
        email=info.get("Email", {}).get("Address", profile.email),
        fiscal_year_starts=MONTHS.index(info["FiscalYearStartMonth"]) + 1 if "FiscalYearStartMonth" in info
        else profile.fiscal_year_starts,
        address=tuple(str(address.get(key, "")) for key in (
            "Line1", "City", "CountrySubDivisionCode", "PostalCode")) if address else profile.address)
    company.info = info
    company.note_settings("CompanyInfo", now)
