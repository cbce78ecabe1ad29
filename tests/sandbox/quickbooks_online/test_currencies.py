"""Several currencies: the company's list, rates by day, and names that keep theirs."""
from typing import Any

import pytest

from tests.sandbox.quickbooks_online.office import Office
from tieout.sandbox.quickbooks_online.company import CompanyProfile


@pytest.fixture
def office() -> Office:
    made = Office().furnish()
    made.service.set_profile(CompanyProfile(multicurrency=True))
    return made


def refused(office: Office, path: str, body: Any = None, **query: str) -> str:
    answer = office.call("GET" if body is None else "POST", path, body, **query)
    return str(answer["Fault"]["Error"][0]["code"])


def test_a_currency_of_the_list_is_named_by_its_code_and_can_be_made_inactive(office: Office) -> None:
    euro = office.create("CompanyCurrency", {"Code": "EUR"})
    assert euro["Name"] == "Euro"
    assert office.rows("select * from CompanyCurrency where Code = 'EUR'") == [euro]
    assert office.refused("CompanyCurrency", {"Code": "EUR"}) == ["6240"]
    assert office.change("CompanyCurrency", euro, {"Active": False})["Name"] == "Euro"
    assert office.refused("Vendor", {"DisplayName": "Fjord AS", "CurrencyRef": {"value": "EUR"}}) == ["2220"]


@pytest.mark.parametrize(("code", "refusal"), [("", "2020"), ("USD", "2220"), ("XYZ", "2220"), ("EURO", "2050")])
def test_a_currency_that_is_none_is_refused(office: Office, code: str, refusal: str) -> None:
    assert office.refused("CompanyCurrency", {"Code": code}) == [refusal]


def test_a_rate_holds_from_its_day_until_the_next(office: Office) -> None:
    for day, rate in (("2026-01-01", 1.1), ("2026-02-01", 1.25)):
        assert office.call("POST", "exchangerate", {"SourceCurrencyCode": "EUR", "Rate": rate,
                                                    "AsOfDate": day})["ExchangeRate"]["TargetCurrencyCode"] == "USD"
    held = {day: float(office.call("GET", "exchangerate", sourcecurrencycode="EUR",
                                   asofdate=day)["ExchangeRate"]["Rate"])
            for day in ("2025-12-31", "2026-01-31", "2026-02-01")}
    assert held == {"2025-12-31": 1, "2026-01-31": 1.1, "2026-02-01": 1.25}
    again = office.call("POST", "exchangerate", {"SourceCurrencyCode": "EUR", "Rate": 1.3, "AsOfDate": "2026-02-01"})
    assert again["ExchangeRate"]["SyncToken"] == "1"


def test_rates_that_cannot_be_are_refused(office: Office) -> None:
    for body, code in (({"SourceCurrencyCode": "EUR"}, "2020"), ({"SourceCurrencyCode": "XYZ", "Rate": 1}, "2220"),
                       ({"SourceCurrencyCode": "EUR", "Rate": 0}, "2240"),
                       ({"SourceCurrencyCode": "EUR", "Rate": 1, "TargetCurrencyCode": "GBP"}, "2220"),
                       ({"SourceCurrencyCode": "EUR", "Rate": 1, "Colour": "red"}, "2010")):
        assert refused(office, "exchangerate", body) == code
    assert refused(office, "exchangerate", sourcecurrencycode="XYZ") == "2220"
    assert refused(office, "exchangerate", sourcecurrencycode="EUR", asofdate="soon") == "2060"


def test_a_name_keeps_its_currency_and_a_job_has_its_parents(office: Office) -> None:
    office.create("CompanyCurrency", {"Code": "EUR"})
    owner = office.create("Customer", {"DisplayName": "Fjord AS", "CurrencyRef": {"value": "EUR"}})
    assert owner["CurrencyRef"] == {"value": "EUR", "name": "Euro"}
    job = {"DisplayName": "26-001 Quay", "Job": True, "ParentRef": {"value": owner["Id"]}}
    assert office.create("Customer", job)["CurrencyRef"]["value"] == "EUR"
    assert office.refused("Customer", {**job, "DisplayName": "26-002", "CurrencyRef": {"value": "USD"}}) == ["6000"]
    assert office.change("Customer", owner, {"Notes": "kept"})["CurrencyRef"]["value"] == "EUR"
    assert office.refused("Customer", {**owner, "SyncToken": "1", "CurrencyRef": {"value": "USD"}}) == ["6000"]
    assert office.create("Vendor", {"DisplayName": "Home"})["CurrencyRef"]["value"] == "USD"


def test_a_document_in_another_currency_is_refused_by_name_and_one_in_the_companys_own_is_not(office: Office) -> None:
    office.create("CompanyCurrency", {"Code": "EUR"})
    vendor = office.create("Vendor", {"DisplayName": "Fjord AS", "CurrencyRef": {"value": "EUR"}})["Id"]
    bill = {"Line": [office.cost_line("5.00")]}
    assert office.refused("Bill", {**bill, "VendorRef": {"value": vendor}}) == ["5030"]
    assert office.refused("Bill", {**bill, "VendorRef": {"value": office.vendor},
                                   "CurrencyRef": {"value": "EUR"}}) == ["5030"]
    assert office.bill(*bill["Line"])["CurrencyRef"]["value"] == "USD"
    assert office.in_balance()


def test_with_one_currency_there_is_no_list_no_rate_and_no_other_currency() -> None:
    office = Office().furnish()
    assert office.refused("CompanyCurrency", {"Code": "EUR"}) == ["5030"]
    assert refused(office, "exchangerate", sourcecurrencycode="EUR") == "5030"
    assert office.refused("Vendor", {"DisplayName": "Fjord AS", "CurrencyRef": {"value": "EUR"}}) == ["2220"]
