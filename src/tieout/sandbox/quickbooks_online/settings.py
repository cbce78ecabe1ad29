"""CompanyInfo and Preferences, which are read here and set through the control endpoint (qbo.md 11.1, 11.2)."""
from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from tieout.sandbox.quickbooks_online.company import Company
from tieout.sandbox.quickbooks_online.wire import stamp

MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
          "November", "December")


ISO_3 = {"US": "USA", "CA": "CAN"}


def _tax(company: Company) -> dict[str, Any]:
    way = company.profile.sales_tax
    found: dict[str, Any] = {"UsingSalesTax": way != "off"}
    if way != "off" and company.profile.country == "US":
        found["PartnerTaxEnabled"] = way == "automated"
    if way == "manual" and company.usual_tax_code and company.profile.country == "US":
        found["TaxGroupCodeRef"] = {"value": company.usual_tax_code}
    return found


def _meta(company: Company) -> dict[str, str]:
    opened = datetime.fromisoformat(company.profile.start_date).replace(hour=18, tzinfo=UTC)
    return {"CreateTime": stamp(opened), "LastUpdatedTime": stamp(company.settings_changed or opened)}


def company_info(company: Company) -> dict[str, Any]:
    profile = company.profile
    line1, city, state, code = profile.address
    address = {"Id": "1", "Line1": line1, "City": city, "Country": ISO_3[profile.country],
               "CountrySubDivisionCode": state, "PostalCode": code}
    return {
        "CompanyName": profile.name, "LegalName": profile.legal_name or profile.name, "CompanyAddr": address,
        "PrimaryPhone": {"FreeFormNumber": profile.phone}, "CompanyStartDate": profile.start_date,
        "FiscalYearStartMonth": MONTHS[profile.fiscal_year_starts - 1], "Country": profile.country,
        "Email": {"Address": profile.email}, "SupportedLanguages": "en",
        "NameValue": [{"Name": "OfferingSku", "Value": f"QuickBooks Online {profile.edition}"},
                      {"Name": "SubscriptionStatus", "Value": "SUBSCRIBED"}],
        "domain": "QBO", "sparse": False, "Id": "1", "SyncToken": "4", "MetaData": _meta(company)}


def preferences(company: Company) -> dict[str, Any]:
    profile = company.profile
    first = MONTHS[profile.fiscal_year_starts - 1]
    accounting: dict[str, Any] = {
        "UseAccountNumbers": True, "TrackDepartments": profile.edition != "Essentials", "ClassTrackingPerTxn": False,
        "ClassTrackingPerTxnLine": profile.class_tracking and profile.edition != "Essentials",
        "FirstMonthOfFiscalYear": first, "TaxYearMonth": "January", "CustomerTerminology": "Customers",
        "DepartmentTerminology": "Location"}
    if company.closed_through is not None:
        accounting["BookCloseDate"] = company.closed_through.isoformat()
    return {
        "AccountingInfoPrefs": accounting,
        "ProductAndServicesPrefs": {"ForSales": True, "ForPurchase": True, "QuantityWithPriceAndRate": True,
                                    "QuantityOnHand": False},
        "SalesFormsPrefs": {"CustomTxnNumbers": profile.custom_sales_numbers, "AllowDeposit": True,
                            "AllowDiscount": True, "AllowEstimates": True, "UsingProgressInvoicing": False,
                            "AutoApplyCredit": profile.auto_apply_credit},
        "VendorAndPurchasesPrefs": {"TrackingByCustomer": True, "BillableExpenseTracking": True, "POCustomField": []},
        "TimeTrackingPrefs": {"UseServices": True, "BillCustomers": True, "ShowBillRateToAll": False,
                              "WorkWeekStartDate": "Monday", "MarkTimeEntriesBillable": True},
        "TaxPrefs": _tax(company),
        "ReportPrefs": {"ReportBasis": "Accrual", "CalcAgingReportFromTxnDate": False},
        "CurrencyPrefs": {"MultiCurrencyEnabled": False, "HomeCurrency": {"value": profile.currency}},
        "OtherPrefs": {"NameValue": [
            {"Name": "ProjectsEnabled", "Value": "true"},
            {"Name": "VendorAndPurchasesPrefs.UseCustomTxnNumbers", "Value": str(profile.custom_numbers).lower()},
            {"Name": "WarnDuplicateCheckNumber", "Value": "true"},
            {"Name": "WarnDuplicateJournalNumber", "Value": str(profile.warn_duplicate_journal).lower()}]},
        "domain": "QBO", "sparse": False, "Id": "1", "SyncToken": str(company.settings_version),
        "MetaData": _meta(company)}
