"""Preferences: what they are when nobody chose, which of them a client may write, and who goes by them (qbo.md 11.2).

`prefers(company, "AccountingInfoPrefs.TrackDepartments")` is asked by the rules of documents and lists. Closing date,
currency and whether tax is used are set up by the owner, not by a client: they are read only here.
"""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from tieout.sandbox.quickbooks_online.company import Company
from tieout.sandbox.quickbooks_online.refusals import business, refuse
from tieout.sandbox.quickbooks_online.shapes import BOOLEAN, EMAIL, EVERY, NUMBER, Kind, choice, ignored, many, obj, ref
from tieout.sandbox.quickbooks_online.shapes import text as text_of

MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
          "November", "December")
DAYS = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")

CLASS_PER_FORM = "AccountingInfoPrefs.ClassTrackingPerTxn"
CLASS_PER_LINE = "AccountingInfoPrefs.ClassTrackingPerTxnLine"
DEPARTMENTS = "AccountingInfoPrefs.TrackDepartments"
ACCOUNT_NUMBERS = "AccountingInfoPrefs.UseAccountNumbers"
CUSTOMERS_ON_PURCHASES = "VendorAndPurchasesPrefs.TrackingByCustomer"
BILLABLE_EXPENSES = "VendorAndPurchasesPrefs.BillableExpenseTracking"
SALES_NUMBERS = "SalesFormsPrefs.CustomTxnNumbers"
PURCHASE_NUMBERS = "OtherPrefs.VendorAndPurchasesPrefs.UseCustomTxnNumbers"
WARN_CHECK = "OtherPrefs.WarnDuplicateCheckNumber"
WARN_JOURNAL = "OtherPrefs.WarnDuplicateJournalNumber"
TAX_GROUP = "TaxPrefs.TaxGroupCodeRef"


@dataclass(frozen=True, slots=True)
class Choice:
    """One preference. `usual` is its value until somebody chooses; None is not shown. A `fixed` one is not written.

    Where the company's profile has it as `attribute`, it is kept there.
    """

    kind: Kind
    usual: Any = None
    fixed: bool = False
    attribute: str = ""


def _beyond_essentials(company: Company) -> bool:
    return company.profile.edition != "Essentials"


def _tracks_classes(company: Company) -> bool:
    return company.profile.class_tracking and _beyond_essentials(company)


def _tax_partner(company: Company) -> bool | None:
    profile = company.profile
    return profile.sales_tax == "automated" if profile.sales_tax != "off" and profile.country == "US" else None


def _tax_group(company: Company) -> dict[str, str] | None:
    shown = company.profile.sales_tax == "manual" and company.profile.country == "US" and company.usual_tax_code
    return {"value": str(company.usual_tax_code)} if shown else None


def _closed_through(company: Company) -> str | None:
    return company.closed_through.isoformat() if company.closed_through is not None else None


CHOICES: dict[str, Choice] = {
    ACCOUNT_NUMBERS: Choice(BOOLEAN, True), DEPARTMENTS: Choice(BOOLEAN, _beyond_essentials),
    CLASS_PER_FORM: Choice(BOOLEAN, False), CLASS_PER_LINE: Choice(BOOLEAN, _tracks_classes),
    "AccountingInfoPrefs.FirstMonthOfFiscalYear": Choice(
        choice(*MONTHS), lambda company: MONTHS[company.profile.fiscal_year_starts - 1], fixed=True),
    "AccountingInfoPrefs.TaxYearMonth": Choice(choice(*MONTHS), "January"),
    "AccountingInfoPrefs.CustomerTerminology": Choice(text_of(), "Customers"),
    "AccountingInfoPrefs.DepartmentTerminology": Choice(text_of(), "Location"),
    "AccountingInfoPrefs.BookCloseDate": Choice(text_of(), _closed_through, fixed=True),
    "ProductAndServicesPrefs.ForSales": Choice(BOOLEAN, True),
    "ProductAndServicesPrefs.ForPurchase": Choice(BOOLEAN, True),
    "ProductAndServicesPrefs.QuantityWithPriceAndRate": Choice(BOOLEAN, True),
    "ProductAndServicesPrefs.QuantityOnHand": Choice(BOOLEAN, False, fixed=True),
    SALES_NUMBERS: Choice(BOOLEAN, attribute="custom_sales_numbers"),
    "SalesFormsPrefs.AllowDeposit": Choice(BOOLEAN, True),
    "SalesFormsPrefs.AllowDiscount": Choice(BOOLEAN, True), "SalesFormsPrefs.AllowEstimates": Choice(BOOLEAN, True),
    "SalesFormsPrefs.AutoApplyCredit": Choice(BOOLEAN, attribute="auto_apply_credit"),
    "SalesFormsPrefs.AutoApplyPayments": Choice(BOOLEAN),
    "SalesFormsPrefs.UsingProgressInvoicing": Choice(BOOLEAN, False),
    "SalesFormsPrefs.DefaultTerms": Choice(ref("Term")), "SalesFormsPrefs.SalesEmailCc": Choice(EMAIL),
    "SalesFormsPrefs.SalesEmailBcc": Choice(EMAIL), "SalesFormsPrefs.EmailCopyToCompany": Choice(BOOLEAN),
    "SalesFormsPrefs.DefaultCustomerMessage": Choice(text_of(1000)),
    "SalesFormsPrefs.CustomField": Choice(
        many(), lambda company: _definitions("SalesFormsPrefs", "Sales", company.profile.sales_fields) or None,
        fixed=True),
    CUSTOMERS_ON_PURCHASES: Choice(BOOLEAN, True), BILLABLE_EXPENSES: Choice(BOOLEAN, True),
    "VendorAndPurchasesPrefs.DefaultTerms": Choice(ref("Term")),
    "VendorAndPurchasesPrefs.DefaultMarkup": Choice(NUMBER),
    "VendorAndPurchasesPrefs.DefaultMarkupAccount": Choice(ref("Account")),
    "VendorAndPurchasesPrefs.POCustomField": Choice(
        many(), lambda company: _definitions("PurchasePrefs", "Purchase", company.profile.order_fields), fixed=True),
    "TimeTrackingPrefs.UseServices": Choice(BOOLEAN, True), "TimeTrackingPrefs.BillCustomers": Choice(BOOLEAN, True),
    "TimeTrackingPrefs.ShowBillRateToAll": Choice(BOOLEAN, False),
    "TimeTrackingPrefs.WorkWeekStartDate": Choice(choice(*DAYS), "Monday"),
    "TimeTrackingPrefs.MarkTimeEntriesBillable": Choice(BOOLEAN, True),
    "TaxPrefs.UsingSalesTax": Choice(BOOLEAN, lambda company: company.profile.sales_tax != "off", fixed=True),
    "TaxPrefs.PartnerTaxEnabled": Choice(BOOLEAN, _tax_partner, fixed=True),
    TAX_GROUP: Choice(ref("TaxCode"), _tax_group),
    "ReportPrefs.ReportBasis": Choice(choice("Accrual", "Cash"), "Accrual"),
    "ReportPrefs.CalcAgingReportFromTxnDate": Choice(BOOLEAN, False),
    "CurrencyPrefs.MultiCurrencyEnabled": Choice(
        BOOLEAN, lambda company: company.profile.multicurrency, fixed=True),
    "CurrencyPrefs.HomeCurrency": Choice(ref(), lambda company: {"value": company.profile.currency}, fixed=True),
    "OtherPrefs.ProjectsEnabled": Choice(BOOLEAN, _beyond_essentials, fixed=True),
    PURCHASE_NUMBERS: Choice(BOOLEAN, attribute="custom_numbers"),
    WARN_CHECK: Choice(BOOLEAN, True),
    WARN_JOURNAL: Choice(BOOLEAN, attribute="warn_duplicate_journal")}
NO_USE = {
    "AccountingInfoPrefs": "DefaultARAccount DefaultAPAccount AutoJournalEntryNumber TaxForm",
    "ProductAndServicesPrefs": "RevenueRecognition RevenueRecognitionFrequency",
    "SalesFormsPrefs": "DelayedCharges DefaultDiscountAccount EstimateMessage ETransactionEnabledStatus "
                       "ETransactionAttachPDF ETransactionPaymentEnabled IPNSupportEnabled InvoiceMessage "
                       "AllowServiceDate AllowShipping DefaultShippingAccount DefaultItem DefaultDeliveryMethod "
                       "TrackReimbursableExpensesAsIncome UsingSalesOrders UsingPriceLevels DefaultFOB",
    "VendorAndPurchasesPrefs": "EnableBills AutomaticBillPayment TPAREnabled MsgToVendors UsingInventory "
                               "DiscountAccountRef",
    "TimeTrackingPrefs": "DefaultTimeItem", "TaxPrefs": "HideTaxManagement"}
BY_NAME = "OtherPrefs"          # these are shown as pairs of name and text


def _fields() -> Mapping[str, Kind]:
    groups: dict[str, dict[str, Kind]] = {group: ignored(keys) for group, keys in NO_USE.items()}
    for path, chosen in CHOICES.items():
        group, key = path.split(".", 1)
        groups.setdefault(group, {})[key] = Kind("ignored") if chosen.fixed else chosen.kind
    groups.pop(BY_NAME)
    return {**EVERY, **{group: obj(**kinds) for group, kinds in groups.items()},
            BY_NAME: obj(NameValue=many(Name=text_of(), Value=text_of())),
            **ignored("AdvancedInventoryPrefs EmailMessagesPrefs PrintDocumentPrefs FinanceChargesPrefs")}


FIELDS = _fields()


def prefers(company: Company, path: str) -> Any:
    """The value in force of one preference; None where there is none."""
    if path in company.preferences:
        return company.preferences[path]
    choice_of = CHOICES[path]
    if choice_of.attribute:
        return getattr(company.profile, choice_of.attribute)
    usual = choice_of.usual
    return usual(company) if callable(usual) else usual


def shown(company: Company) -> dict[str, Any]:
    """Every group with what is in force, without the keys that every object has."""
    found: dict[str, Any] = {}
    named: list[dict[str, str]] = []
    for path in CHOICES:
        value = prefers(company, path)
        group, key = path.split(".", 1)
        if group == BY_NAME:
            named.append({"Name": key, "Value": str(value).lower()})
        elif value is not None:
            found.setdefault(group, {})[key] = value
    return {**found, BY_NAME: {"NameValue": named}}


def write(company: Company, body: dict[str, Any], *, sparse: bool) -> None:
    """A full update takes back what it leaves out."""
    found = _chosen(company, body, sparse=sparse)
    kept = {CHOICES[path].attribute: found.pop(path) for path in list(found) if CHOICES[path].attribute}
    company.profile = replace(company.profile, **kept)
    company.preferences = found
    if TAX_GROUP in found:
        company.usual_tax_code = found[TAX_GROUP]["value"]


def _chosen(company: Company, body: dict[str, Any], *, sparse: bool) -> dict[str, Any]:
    """Path -> value of everything that is chosen after a write."""
    found = dict(company.preferences) if sparse else {}
    for group, sent in body.items():
        if group == BY_NAME:
            found.update(_named(sent))
        elif isinstance(sent, dict):
            for key, value in sent.items():
                _choose(found, f"{group}.{key}", value)
    _check(company, found)
    return found


def _choose(found: dict[str, Any], path: str, value: Any) -> None:
    if value == "":
        found.pop(path, None)
    elif path in CHOICES and not CHOICES[path].fixed:
        found[path] = value


def _named(sent: dict[str, Any]) -> dict[str, bool]:
    found = {}
    for pair in sent.get("NameValue", []):
        path, value = f"{BY_NAME}.{pair.get('Name')}", str(pair.get("Value", "")).lower()
        if path not in CHOICES or CHOICES[path].fixed:
            continue
        if value not in ("true", "false"):
            raise refuse("2230", f"Invalid Boolean : {pair.get('Value')}", str(pair.get("Name")))
        found[path] = value == "true"
    return found


def _check(company: Company, found: dict[str, Any]) -> None:
    def after(path: str) -> Any:
        return found[path] if path in found else prefers(company, path)

    if after(CLASS_PER_FORM) and after(CLASS_PER_LINE):
        raise business("Classes are tracked either for a whole transaction or for each line.", "ClassTrackingPerTxn")
    if company.profile.edition == "Essentials" and any(found.get(path) for path in (
            CLASS_PER_FORM, CLASS_PER_LINE, DEPARTMENTS)):
        raise refuse("5020", "Permission Denied Error : Class and location tracking are not available in this edition.")
    for path, value in found.items():
        into = CHOICES[path].kind.into
        if into and company.find(into, value["value"]) is None:
            raise refuse("2500", f"Invalid Reference Id : {into} element id {value['value']} not found",
                         path.split(".")[-1])


def _definitions(prefix: str, word: str, names: tuple[str, ...]) -> list[dict[str, Any]]:
    """Classic custom fields: which of the three are in use, then their names."""
    if not names:
        return []
    used = [{"Name": f"{prefix}.Use{word}{'Name' if word == 'Purchase' else ''}Custom{place}", "Type": "BooleanType",
             "BooleanValue": place <= len(names)} for place in range(1, 4)]
    called = [{"Name": f"{prefix}.{word}CustomName{place}", "Type": "StringType", "StringValue": name}
              for place, name in enumerate(names, start=1)]
    return [{"CustomField": used}, {"CustomField": called}]


# -- what documents keep -----------------------------------------------------------------------------------------------

EXPENSE_FORMS = ("PurchaseOrder", "Bill", "VendorCredit", "Purchase")
CUSTOM_ON = {"PurchaseOrder": "order_fields", **dict.fromkeys(
    ("Invoice", "Estimate", "SalesReceipt", "CreditMemo", "RefundReceipt"), "sales_fields")}


def without_untracked(company: Company, entity: str, body: dict[str, Any]) -> dict[str, Any]:
    """A class, location or customer in a place where the company does not track it is left out without a word."""
    by_line = {"ClassRef": prefers(company, CLASS_PER_LINE), "DepartmentRef": prefers(company, DEPARTMENTS)}
    if entity in EXPENSE_FORMS:
        by_line["CustomerRef"] = prefers(company, CUSTOMERS_ON_PURCHASES)
    dropped = tuple(key for key, tracked in by_line.items() if not tracked)
    by_form = tuple(key for key, path in (("ClassRef", CLASS_PER_FORM), ("DepartmentRef", DEPARTMENTS))
                    if key in body and not prefers(company, path))
    if not dropped and not by_form:
        return body
    found = {key: value for key, value in body.items() if key not in by_form}
    if dropped and "Line" in found:
        found["Line"] = [_line_without(line, dropped) for line in found["Line"]]
    return found


def _line_without(line: dict[str, Any], dropped: tuple[str, ...]) -> dict[str, Any]:
    return {key: {name: inner for name, inner in value.items() if name not in dropped}
            if isinstance(value, dict) else value for key, value in line.items()}


def custom_fields(company: Company, entity: str, sent: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The values of a form's custom fields by the company's definitions; a form without any drops them."""
    names = fields_of(company, entity)
    kept = []
    for field in sent:
        place = str(field.get("DefinitionId", ""))
        if not names and entity in CUSTOM_ON and not field.get("StringValue"):
            continue
        if not place.isdecimal() or len(place) > 3 or not 1 <= int(place) <= len(names):
            raise refuse("3000", f"Invalid custom field : there is no definition {place or 'without an id'}.",
                         "CustomField")
        if field.get("StringValue"):
            kept.append({"DefinitionId": place, "StringValue": field["StringValue"]})
    return kept


def fields_of(company: Company, entity: str) -> tuple[str, ...]:
    """The names of the custom fields that a form has, in the order of their ids."""
    key = CUSTOM_ON.get(entity)
    found: tuple[str, ...] = getattr(company.profile, key) if key else ()
    return found


def show_custom_fields(company: Company, entity: str, held: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Every definition, those without a value too."""
    values = {field["DefinitionId"]: field["StringValue"] for field in held if "StringValue" in field}
    return [{"DefinitionId": str(place), "Name": name, "Type": "StringType",
             **({"StringValue": values[str(place)]} if str(place) in values else {})}
            for place, name in enumerate(fields_of(company, entity), start=1)]
