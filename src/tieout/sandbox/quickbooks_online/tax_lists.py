"""Tax agencies, rates and codes: what a company begins with, and what the tax service makes (qbo.md 10.7, 11.9).

Clients read all three; they make agencies by name, and codes with their rates through `taxservice/taxcode`.
"""
from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from tieout.sandbox.quickbooks_online.company import Company, Record
from tieout.sandbox.quickbooks_online.refusals import Refused, Wrong, refuse
from tieout.sandbox.quickbooks_online.wire import plain

READ_ONLY = ("TaxCode", "TaxRate")
CODE_LONGEST, RATE_NAME_LONGEST = 100, 10
APPLICABLE = ("Sales", "Purchase", "Adjustment", "Other")
OF_OLD = "2010-01-01"

# Canada: agency -> its name, whether it gives back what was paid on purchases, the name of its liability account
AGENCIES = {"CRA": ("Canada Revenue Agency", True, "GST/HST Payable"),
            "RQ": ("Revenu Québec", True, "QST Payable"),
            "BC": ("Ministry of Finance (British Columbia)", False, "PST Payable")}
# Canada: code -> (rate on sales, rate on purchases, agency, percent from a day)
RATES: tuple[tuple[str, str, str, tuple[tuple[str, str], ...]], ...] = (
    ("GST/HST ZR", "GST/HST (ITC) ZR", "CRA", ((OF_OLD, "0"),)),
    ("GST", "GST (ITC)", "CRA", ((OF_OLD, "5"),)),
    ("HST ON", "HST (ITC) ON", "CRA", ((OF_OLD, "13"),)),
    ("HST NB", "HST (ITC) NB", "CRA", ((OF_OLD, "13"), ("2016-07-01", "15"))),
    ("HST NS", "HST (ITC) NS", "CRA", ((OF_OLD, "15"), ("2025-04-01", "14"))),
    ("HST NL", "HST (ITC) NL", "CRA", ((OF_OLD, "13"), ("2016-07-01", "15"))),
    ("HST PE", "HST (ITC) PE", "CRA", ((OF_OLD, "14"), ("2016-10-01", "15"))),
    ("QST", "QST (ITR)", "RQ", ((OF_OLD, "9.975"),)),
    ("PST BC", "PST BC purchases", "BC", ((OF_OLD, "7"),)))
CODES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Zero-rated", ("GST/HST ZR",)), ("Exempt", ()), ("Out of Scope", ()), ("GST", ("GST",)), ("HST ON", ("HST ON",)),
    ("HST NB", ("HST NB",)), ("HST NS", ("HST NS",)), ("HST NL", ("HST NL",)), ("HST PE", ("HST PE",)),
    ("GST/QST QC - 9.975", ("GST", "QST")), ("GST/PST BC", ("GST", "PST BC")), ("PST BC", ("PST BC",)))


def furnish(company: Company, now: datetime) -> None:
    """The codes that a company of its country begins with; again after the country or its tax was changed."""
    for entity in ("TaxCode", "TaxRate", "TaxAgency"):
        for store in (company.records, company.changes):
            store[entity].clear()
    company.tax_by_state, company.usual_tax_code = {}, None
    if company.profile.country == "US":
        for code, taxable in (("TAX", True), ("NON", False)):
            company.records["TaxCode"][code] = Record(
                entity="TaxCode", id=code, created=now, updated=now,
                body={"Name": code, "Description": code, "Taxable": taxable, "TaxGroup": False})
        _furnish_states(company, now)
    elif company.profile.sales_tax != "off":
        _furnish_canada(company, now)


def furnish_more(company: Company, now: datetime) -> None:
    """What a change of its tax adds to a company that is in use: documents keep the codes that they name."""
    if company.profile.country == "US":
        _furnish_states(company, now)
    elif company.profile.sales_tax != "off" and not company.records["TaxCode"]:
        _furnish_canada(company, now)


def _furnish_states(company: Company, now: datetime) -> None:
    if company.profile.sales_tax == "off":
        return
    for state, percent in company.profile.tax_states:
        if state in company.tax_by_state:
            continue
        agency = add_agency(company, {"DisplayName": f"{state} Department of Revenue"}, now)
        rate = _add_rate(company, f"{state} State", agency, ((OF_OLD, str(percent)),), now)
        code = _add_code(company, f"{state} State", [rate.id], [], now)
        company.tax_by_state[state] = code.id
        company.usual_tax_code = company.usual_tax_code or code.id


def _furnish_canada(company: Company, now: datetime) -> None:
    agencies = {key: add_agency(company, {"DisplayName": name}, now, given_back=given_back, account=account)
                for key, (name, given_back, account) in AGENCIES.items()}
    sold, bought = {}, {}
    for on_sales, on_purchases, agency, periods in RATES:
        sold[on_sales] = _add_rate(company, on_sales, agencies[agency], periods, now).id
        bought[on_sales] = _add_rate(company, on_purchases, agencies[agency], periods, now).id
    for code, rates in CODES:
        _add_code(company, code, [sold[rate] for rate in rates], [bought[rate] for rate in rates], now)


def add_agency(company: Company, body: dict[str, Any], now: datetime, *, given_back: bool | None = None,
               account: str = "") -> Record:
    """An agency and the account in which tax is owed to it. Outside the US tax on purchases is given back."""
    name = body["DisplayName"]
    if any(other.body["DisplayName"].casefold() == name.casefold() for other in company.records["TaxAgency"].values()):
        raise refuse("6240", "The name supplied already exists. : Another tax agency is already using this name. "
                     "Please use a different name.", "DisplayName")
    ref = {"value": _payable(company, account or f"{name} Payable"[:100], now)}
    if given_back is None:
        given_back = company.profile.country != "US"
    return company.add("TaxAgency", {
        "DisplayName": name, "TaxTrackedOnPurchases": given_back, "TaxTrackedOnSales": True,
        "TaxOnPurchasesAccountRef": ref, "TaxTrackedOnSalesAccountRef": ref}, now)


def _payable(company: Company, name: str, now: datetime) -> str:
    """The liability account of that name, made where there is none."""
    there = company.names.get(company.name_slot("Account", {}, name))
    if there is not None and there.body["AccountType"] == "Other Current Liability":
        return there.id
    subtype = "SalesTaxPayable" if company.profile.country == "US" else "GlobalTaxPayable"
    plain_name, number = name, 1
    while company.name_slot("Account", {}, name) in company.names:
        number += 1
        name = f"{plain_name} {number}"
    body = {"Name": name, "AccountType": "Other Current Liability", "AccountSubType": subtype}
    made = company.add("Account", body, now)
    company.names[company.name_slot("Account", body, name)] = made
    return made.id


def _add_rate(company: Company, name: str, agency: Record, periods: Sequence[tuple[str, str]], now: datetime) -> Record:
    """`periods` are (first day, percent), oldest first."""
    rows = []
    for place, (first, percent) in enumerate(periods):
        row = {"RateValue": plain(Decimal(percent)), "EffectiveDate": f"{first}T00:00:00-08:00"}
        if place + 1 < len(periods):
            row["EndDate"] = f"{periods[place + 1][0]}T00:00:00-08:00"
        rows.append(row)
    return company.add("TaxRate", {
        "Name": name, "Description": name, "RateValue": rows[-1]["RateValue"], "AgencyRef": {"value": agency.id},
        "SpecialTaxType": "ZERO_RATE" if not rows[-1]["RateValue"] else "NONE", "DisplayType": "ReadOnly",
        "EffectiveTaxRate": rows}, now)


def _add_code(company: Company, name: str, sales: Sequence[str], purchases: Sequence[str], now: datetime) -> Record:
    lists = {key: {"TaxRateDetail": [{"TaxRateRef": {"value": rate}, "TaxTypeApplicable": "TaxOnAmount",
                                      "TaxOrder": place} for place, rate in enumerate(rates)]}
             for key, rates in (("SalesTaxRateList", sales), ("PurchaseTaxRateList", purchases))}
    return company.add("TaxCode", {"Name": name, "Description": name, "Taxable": name != "Out of Scope",
                                   "TaxGroup": True, "Hidden": False, **lists}, now)


# -- the tax service ---------------------------------------------------------------------------------------------------


def create_code(company: Company, raw: Any, now: datetime) -> dict[str, Any]:
    """A code with its rates, new or there already; the answer has no wrapper key."""
    if not isinstance(raw, dict) or any(key not in ("TaxCode", "TaxCodeId", "TaxRateDetails") for key in raw):
        odd = next((key for key in raw if key not in ("TaxCode", "TaxCodeId", "TaxRateDetails")), "TaxService") \
            if isinstance(raw, dict) else "TaxService"
        raise _unsupported(odd)
    if company.profile.sales_tax == "off":
        raise refuse("6000", "Business Validation Error: Sales tax is not set up in this company.")
    name, rows = raw.get("TaxCode"), raw.get("TaxRateDetails")
    absent = [key for key, value in (("TaxCode", name), ("TaxRateDetails", rows)) if value in (None, "", [])]
    if absent:
        raise Refused(*(_missing(key) for key in absent))
    if not isinstance(name, str) or not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise _unsupported("TaxCode" if not isinstance(name, str) else "TaxRateDetails")
    _check_length("TaxCode", name, CODE_LONGEST)
    if _of_name(company, "TaxCode", name):
        raise refuse("6240", "The name supplied already exists. : Another tax code is already using this name. Please "
                     "use a different name.", "TaxCode")
    checked = [_checked_rate(company, row, rows[:place]) for place, row in enumerate(rows)]
    sides: dict[str, list[str]] = {"Sales": [], "Purchase": []}
    answered = []
    for row in checked:
        rate = row["rate"] or _add_rate(company, row["name"], row["agency"], ((OF_OLD, str(row["percent"])),), now)
        if row["on"] in sides:
            sides[row["on"]].append(rate.id)
        answered.append({"TaxRateName": rate.body["Name"], "TaxRateId": rate.id, "RateValue": rate.body["RateValue"],
                         "TaxAgencyId": rate.body["AgencyRef"]["value"], "TaxApplicableOn": row["on"]})
    code = _add_code(company, name, sides["Sales"], sides["Purchase"], now)
    company.usual_tax_code = company.usual_tax_code or code.id
    return {"TaxCode": name, "TaxCodeId": code.id, "TaxRateDetails": answered}


def _checked_rate(company: Company, row: dict[str, Any], before: list[dict[str, Any]]) -> dict[str, Any]:
    """What one row asks for; `rate` is None for a new rate."""
    for key in row:
        if key not in ("TaxRateName", "TaxRateId", "RateValue", "TaxAgencyId", "TaxApplicableOn"):
            raise _unsupported(key)
    on = row.get("TaxApplicableOn") or "Sales"
    if on not in APPLICABLE:
        raise refuse("2170", f"Invalid Enumeration : {on}", "TaxApplicableOn")
    if row.get("TaxRateId"):
        found = company.find("TaxRate", str(row["TaxRateId"]))
        if found is None:
            raise refuse("2500", f"Invalid Reference Id : TaxRate element id {row['TaxRateId']} not found", "TaxRateId")
        return {"rate": found, "on": on}
    absent = [key for key in ("TaxRateName", "RateValue", "TaxAgencyId") if row.get(key) in (None, "")]
    if absent:
        raise Refused(*(_missing(key) for key in absent))
    name, agency = str(row["TaxRateName"]), company.find("TaxAgency", str(row["TaxAgencyId"]))
    _check_length("TaxRateName", name, RATE_NAME_LONGEST)
    if agency is None:
        raise refuse("2500", f"Invalid Reference Id : TaxAgency element id {row['TaxAgencyId']} not found",
                     "TaxAgencyId")
    if _of_name(company, "TaxRate", name) or any(other.get("TaxRateName") == name for other in before):
        raise refuse("6240", "The name supplied already exists. : Another tax rate is already using this name. Please "
                     "use a different name.", "TaxRateName")
    return {"rate": None, "on": on, "name": name, "agency": agency, "percent": _percent(row["RateValue"])}


def _percent(value: Any) -> Decimal:
    try:
        found = Decimal(str(value)) if isinstance(value, (int, str, Decimal)) and not isinstance(value, bool) \
            else Decimal("NaN")
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite() or not 0 <= found <= 100:
        raise refuse("2150", f"Invalid Percent : {value}", "RateValue")
    return found


def _of_name(company: Company, entity: str, name: str) -> bool:
    return any(record.body["Name"].casefold() == name.casefold() for record in company.records[entity].values())


def _check_length(key: str, value: str, longest: int) -> None:
    if len(value) > longest:
        raise refuse("2050", "String length specified does not match the supported length. "
                     f"Min:0 Max:{longest} supported. Supplied length:{len(value)}", key)


def _missing(key: str) -> Wrong:
    return Wrong("2020", f"Required parameter {key} is missing in the request", key)


def _unsupported(key: str) -> Refused:
    return refuse("2010", f"Property Name:{key} specified is unsupported or invalid", key)


def shown(record: Record, found: dict[str, Any]) -> None:
    """An agency names the accounts that it uses, and is neither active nor inactive."""
    found.pop("Active", None)
    if not record.body["TaxTrackedOnPurchases"]:
        found.pop("TaxOnPurchasesAccountRef")
