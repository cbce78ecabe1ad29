"""Which keys a request may carry, of which type and length: tables, and the one function that reads by them.

Sources: qbo.md 10 to 13 (keys, lengths), 16.2 and 16.3 (order of checks; read-only keys are accepted and ignored).
"""
from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import Any, Literal

from tieout.sandbox.quickbooks_online.refusals import Refused, Wrong

What = Literal["text", "number", "boolean", "date", "choice", "reference", "object", "array", "ignored"]
PARTIES = ("Customer", "Vendor", "Employee")
_NOTHING: Mapping[str, Kind] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Kind:
    """The type of one key. `longest` in characters (0: no limit); `into` the entity a reference points to,
    "party" where it may be any of PARTIES; `form` what a text must look like."""

    what: What
    longest: int = 0
    choices: tuple[str, ...] = ()
    of: Mapping[str, Kind] = field(default_factory=lambda: _NOTHING)
    into: str = ""
    form: Literal["", "web", "mail"] = ""


def text(longest: int = 0) -> Kind:
    return Kind("text", longest)


def ref(into: str = "") -> Kind:
    return Kind("reference", into=into)


def choice(*choices: str) -> Kind:
    return Kind("choice", choices=choices)


def obj(**of: Kind) -> Kind:
    return Kind("object", of=of)


def many(**of: Kind) -> Kind:
    return Kind("array", of=of)


def ignored(keys: str) -> dict[str, Kind]:
    return dict.fromkeys(keys.split(), IGNORED)


NUMBER, BOOLEAN, DATE = Kind("number"), Kind("boolean"), Kind("date")
IGNORED = Kind("ignored")

ADDRESS = obj(Id=IGNORED, Line1=text(500), Line2=text(500), Line3=text(500), Line4=text(500), Line5=text(500),
              City=text(255), CountrySubDivisionCode=text(255), PostalCode=text(30), Country=text(255),
              **ignored("Lat Long Note CountryCode Tag County PostalCodeSuffix"))
PHONE = obj(FreeFormNumber=text(30), **ignored("Id DeviceType Default Tag CountryCode AreaCode ExchangeCode Extension"))
EMAIL = obj(Address=Kind("text", 100, form="mail"), Id=IGNORED, Default=IGNORED, Tag=IGNORED)
WEB = obj(URI=Kind("text", 1000, form="web"), Id=IGNORED, Default=IGNORED, Tag=IGNORED)

CUSTOM = many(DefinitionId=text(), Name=text(), Type=choice("StringType", "NumberType", "DateType", "BooleanType"),
              StringValue=text(31), **ignored("BooleanValue DateValue NumberValue"))
MARKUP = obj(PercentBased=BOOLEAN, Value=NUMBER, Percent=NUMBER, PriceLevelRef=ref(), MarkUpIncomeAccountRef=ref())
TEXT_LINE = obj(ServiceDate=DATE, TaxCodeRef=ref())
EVERY = {"Id": text(), "SyncToken": text(), "sparse": BOOLEAN, "MetaData": IGNORED, "domain": IGNORED,
         "status": IGNORED, "AttachableRef": IGNORED, "CustomField": CUSTOM}
LIST = {**EVERY, "Active": BOOLEAN, "FullyQualifiedName": IGNORED, "Level": IGNORED}
PERSON = {**LIST, "Title": text(16), "GivenName": text(100), "MiddleName": text(100), "FamilyName": text(100),
          "Suffix": text(16), "DisplayName": text(500), "CompanyName": text(100), "PrintOnCheckName": text(100),
          "PrimaryPhone": PHONE, "AlternatePhone": PHONE, "Mobile": PHONE, "Fax": PHONE, "PrimaryEmailAddr": EMAIL,
          "WebAddr": WEB, "BillAddr": ADDRESS, "ShipAddr": ADDRESS, "OtherContactInfo": IGNORED,
          "CurrencyRef": ref(), "Balance": IGNORED, "OpenBalanceDate": IGNORED, "V4IDPseudonym": IGNORED,
          "ClientEntityId": IGNORED, "IntuitId": IGNORED, "Organization": IGNORED, "Source": IGNORED,
          "Notes": text(2000)}
OPENING = {"Balance": NUMBER, "OpenBalanceDate": DATE}
TAX_LINES = many(Amount=NUMBER, DetailType=choice("TaxLineDetail"), TaxLineDetail=obj(
    TaxRateRef=ref("TaxRate"), PercentBased=BOOLEAN, TaxPercent=NUMBER, NetAmountTaxable=NUMBER,
    OverrideDeltaAmount=NUMBER, **ignored("TaxInclusiveAmount ServiceDate TaxLineDetailEx")), **ignored(
        "Id LineNum Description Received LinkedTxn CustomField LineEx"))
LINK = many(TxnId=text(), TxnType=text(), TxnLineId=text())
TRANSACTION = {**EVERY, "DocNumber": text(21), "TxnDate": DATE, "PrivateNote": text(4000), "CurrencyRef": ref(),
               "ExchangeRate": NUMBER, "DepartmentRef": ref("Department"), "ProjectRef": ref(),
               "GlobalTaxCalculation": choice("TaxExcluded", "TaxInclusive", "NotApplicable"),
               "TxnTaxDetail": obj(TotalTax=NUMBER, TxnTaxCodeRef=ref("TaxCode"), TaxLine=TAX_LINES,
                                   **ignored("TaxReviewStatus UseAutomatedSalesTax")), "LinkedTxn": LINK,
               "TotalAmt": IGNORED, "HomeTotalAmt": IGNORED,
               "Balance": IGNORED, "HomeBalance": IGNORED, "RecurDataRef": IGNORED, "TxnSource": IGNORED,
               **ignored(
                   "TxnApprovalInfo Tag TransactionLocationType TxnStatus HomeTotalCostAmount RecurringInfo TaxFormNum "
                   "TaxFormType TotalCostAmount TxnSubType")}
STATUS_OF_MAIL = choice("NotSet", "NeedToSend", "EmailSent")
STATUS_OF_PRINT = choice("NotSet", "NeedToPrint", "PrintComplete")
BILLABLE = choice("Billable", "NotBillable", "HasBeenBilled")
TAX = {"TaxCodeRef": ref(), "TaxAmount": NUMBER, "TaxInclusiveAmt": NUMBER}
EXPENSE = {"CustomerRef": ref("Customer"), "ClassRef": ref("Class"), "BillableStatus": BILLABLE,
           "MarkupInfo": MARKUP, **TAX}
BY_ACCOUNT = obj(AccountRef=ref("Account"), ExpenseDetailLineDetailEx=IGNORED, **EXPENSE)
BY_ITEM = obj(ItemRef=ref("Item"), Qty=NUMBER, UnitPrice=NUMBER, **EXPENSE, **ignored(
    "ItemAccountRef PriceLevelRef UnitCostPrice RatePercent UOMRef InventorySiteRef TaxClassificationRef "
    "ItemBasedExpenseLineDetailEx"))
LINE = {"Id": text(), "LineNum": NUMBER, "Description": text(4000), "Amount": NUMBER, "LinkedTxn": LINK,
        "ProjectRef": ref(), **ignored("Received CustomField CustomExtensions LineEx CostAmount HomeCostAmount")}
EXPENSE_LINES = many(**LINE, DetailType=choice("AccountBasedExpenseLineDetail", "ItemBasedExpenseLineDetail"),
                     AccountBasedExpenseLineDetail=BY_ACCOUNT, ItemBasedExpenseLineDetail=BY_ITEM)
SALES_LINES = many(
    **LINE, DetailType=choice("SalesItemLineDetail", "DescriptionOnly", "SubTotalLineDetail", "DiscountLineDetail"),
    SalesItemLineDetail=obj(ItemRef=ref("Item"), Qty=NUMBER, UnitPrice=NUMBER, ClassRef=ref("Class"),
                            ServiceDate=DATE, DiscountRate=NUMBER, DiscountAmt=NUMBER, MarkupInfo=MARKUP, **TAX,
                            **ignored("ItemAccountRef UnitCostPrice RatePercent PriceLevelRef UOMRef InventorySiteRef "
                                      "TaxClassificationRef DeferredRevenue RetainageAmount SalesItemLineDetailEx")),
    DescriptionLineDetail=TEXT_LINE, SubTotalLineDetail=IGNORED,
    DiscountLineDetail=obj(PercentBased=BOOLEAN, DiscountPercent=NUMBER, DiscountAccountRef=ref("Account"),
                           **ignored("DiscountRef ServiceDate ClassRef TaxCodeRef DiscountLineDetailEx")))
JOURNAL_LINES = many(
    **LINE, DetailType=choice("JournalEntryLineDetail", "DescriptionOnly"), DescriptionLineDetail=TEXT_LINE,
    JournalEntryLineDetail=obj(PostingType=choice("Debit", "Credit"), AccountRef=ref("Account"),
                               Entity=obj(Type=choice("Vendor", "Customer", "Employee"), EntityRef=ref()),
                               ClassRef=ref("Class"), DepartmentRef=ref("Department"), BillableStatus=BILLABLE,
                               TaxApplicableOn=text(), **TAX,
                               **ignored("TaxRateRef JournalCodeRef JournalEntryLineDetailEx")))
APPLIED_LINES = many(**LINE, DetailType=IGNORED)
DEPOSIT_LINES = many(
    **LINE, DetailType=choice("DepositLineDetail"),
    DepositLineDetail=obj(AccountRef=ref("Account"), Entity=ref("party"), ClassRef=ref("Class"), CheckNum=text(21),
                          PaymentMethodRef=ref("PaymentMethod"), TxnType=text(), TaxCodeRef=ref(),
                          TaxApplicableOn=text()))
PURCHASE_SIDE = {**TRANSACTION, "VendorRef": ref("Vendor"), "APAccountRef": ref("Account"), "Line": EXPENSE_LINES,
                 "VendorAddr": IGNORED, "Memo": text(4000)}
SALES_SIDE = {**TRANSACTION, "CustomerRef": ref("Customer"), "Line": SALES_LINES, "SalesTermRef": ref("Term"),
              "DueDate": DATE, "ShipDate": DATE, "BillAddr": ADDRESS, "ShipAddr": ADDRESS, "BillEmail": EMAIL,
              "BillEmailCc": EMAIL, "BillEmailBcc": EMAIL, "EmailStatus": STATUS_OF_MAIL,
              "PrintStatus": STATUS_OF_PRINT, "CustomerMemo": obj(value=text(1000)), "ClassRef": ref("Class"),
              "TrackingNum": text(31), "ShipMethodRef": ref(), "ApplyTaxAfterDiscount": BOOLEAN,
              "DepositToAccountRef": ref("Account")}
UNTAXED = ignored("GlobalTaxCalculation")
PAID_ONLINE = dict.fromkeys(("AllowOnlineCreditCardPayment", "AllowOnlineACHPayment", "AllowIPNPayment",
                             "AllowOnlinePayment"), BOOLEAN)

TAX_RATES = obj(TaxRateDetail=many(TaxRateRef=ref("TaxRate"), TaxTypeApplicable=text(), TaxOrder=NUMBER,
                                   TaxOnTaxOrder=NUMBER))
ESTIMATE_LINES = Kind("array", of={**SALES_LINES.of, "CostAmount": NUMBER})
PAID_BY = {"PaymentMethodRef": ref("PaymentMethod"), "PaymentRefNum": text(21), "DeliveryInfo": IGNORED}
RECURRING_INFO = obj(
    Name=text(), RecurType=choice("Automated", "Reminder", "UnScheduled"), Active=BOOLEAN,
    ScheduleInfo=obj(IntervalType=text(), NumInterval=NUMBER, DayOfMonth=NUMBER, WeekOfMonth=NUMBER, RemindDays=NUMBER,
                     DaysBefore=NUMBER, MaxOccurrences=NUMBER, StartDate=DATE, EndDate=DATE, NextDate=DATE,
                     PreviousDate=DATE, DayOfWeek=text(), MonthOfYear=text()))
ACCEPTANCE = {"TxnStatus": choice("Pending", "Accepted", "Closed", "Rejected", "Converted"), "ExpirationDate": DATE,
              "AcceptedBy": text(100), "AcceptedDate": DATE}

KEPT: dict[str, Mapping[str, Kind]] = {
    "Account": {**LIST, "Name": text(100), "AccountType": text(), "AccountSubType": text(), "AcctNum": text(20),
                "ParentRef": ref("Account"), "SubAccount": BOOLEAN, "Description": text(100),
                "CurrencyRef": ref(), "Classification": IGNORED, "CurrentBalance": IGNORED,
                "CurrentBalanceWithSubAccounts": IGNORED, "OpeningBalance": NUMBER, "OpeningBalanceDate": DATE,
                "TaxCodeRef": IGNORED, "AccountAlias": IGNORED, "TxnLocationType": IGNORED},
    "Customer": {**PERSON, "PrintOnCheckName": text(110), **OPENING, "Job": BOOLEAN, "ParentRef": ref("Customer"),
                 "BillWithParent": BOOLEAN, "IsProject": IGNORED, "BalanceWithJobs": IGNORED, "Taxable": BOOLEAN,
                 "RootCustomerRef": IGNORED, "DefaultTaxCodeRef": ref("TaxCode"), "TaxExemptionReasonId": text(),
                 "ResaleNum": text(16), "SalesTermRef": ref("Term"), "PaymentMethodRef": ref("PaymentMethod"),
                 "PreferredDeliveryMethod": choice("Print", "Email", "None"), "CustomerTypeRef": ref(),
                 "PrimaryTaxIdentifier": text(), "ARAccountRef": ref("Account")},
    "Vendor": {**PERSON, **OPENING, "AcctNum": text(100), "TaxIdentifier": text(20), "Vendor1099": BOOLEAN,
               "TermRef": ref("Term"), "BillRate": NUMBER, "CostRate": NUMBER, "APAccountRef": ref("Account"),
               "CreditLimit": NUMBER},
    "Employee": {**PERSON, "PrimaryAddr": ADDRESS, "EmployeeNumber": text(100), "SSN": text(100),
                 "BillableTime": BOOLEAN, "BillRate": NUMBER, "CostRate": NUMBER, "HiredDate": DATE,
                 "ReleasedDate": DATE, "BirthDate": DATE, "Gender": choice("Male", "Female")},
    "Item": {**LIST, "Name": text(100), "Type": text(), "Sku": text(100), "Description": text(4000),
             "PurchaseDesc": text(1000), "UnitPrice": NUMBER, "PurchaseCost": NUMBER,
             "IncomeAccountRef": ref("Account"), "ExpenseAccountRef": ref("Account"), "SubItem": BOOLEAN,
             "ParentRef": ref("Item"), "Taxable": BOOLEAN, "SalesTaxIncluded": BOOLEAN,
             "PurchaseTaxIncluded": BOOLEAN, "ClassRef": ref("Class"), "PrefVendorRef": ref("Vendor"),
             "SalesTaxCodeRef": ref(), "PurchaseTaxCodeRef": ref(), "TrackQtyOnHand": BOOLEAN,
             "ItemCategoryType": IGNORED},
    "Class": {**LIST, "Name": text(100), "SubClass": BOOLEAN, "ParentRef": ref("Class")},
    "Department": {**LIST, "Name": text(100), "SubDepartment": BOOLEAN, "ParentRef": ref("Department"),
                   "Address": ADDRESS},
    "Term": {**LIST, "Name": text(31), "Type": IGNORED, "DueDays": NUMBER, "DiscountDays": NUMBER,
             "DiscountPercent": NUMBER, "DayOfMonthDue": NUMBER, "DueNextMonthDays": NUMBER,
             "DiscountDayOfMonth": NUMBER},
    "PaymentMethod": {**LIST, "Name": text(31), "Type": choice("CREDIT_CARD", "NON_CREDIT_CARD")},
    "CompanyCurrency": {**EVERY, "Active": BOOLEAN, "Code": text(3), "Name": IGNORED},
    "TaxAgency": {**EVERY, "DisplayName": text(100), "TaxTrackedOnPurchases": IGNORED, "TaxTrackedOnSales": IGNORED,
                  "TaxOnPurchasesAccountRef": IGNORED, "TaxTrackedOnSalesAccountRef": IGNORED},
    "TaxRate": {**LIST, "Name": text(100), "Description": text(100), "RateValue": NUMBER,
                "AgencyRef": ref("TaxAgency"), "EffectiveTaxRate": IGNORED, "SpecialTaxType": IGNORED,
                "DisplayType": IGNORED},
    "TaxCode": {**LIST, "Name": text(100), "Description": text(100), "Taxable": BOOLEAN, "TaxGroup": BOOLEAN,
                "Hidden": BOOLEAN, "SalesTaxRateList": TAX_RATES, "PurchaseTaxRateList": TAX_RATES},
    "PurchaseOrder": {**PURCHASE_SIDE, "POStatus": choice("Open", "Closed"), "DueDate": DATE, "ShipAddr": ADDRESS,
                      "ShipTo": ref("Customer"), "POEmail": EMAIL, "EmailStatus": STATUS_OF_MAIL,
                      "SalesTermRef": ref("Term"), "ShipMethodRef": ref(), "ClassRef": ref("Class"),
                      "TaxCodeRef": IGNORED, "TemplateRef": IGNORED},
    "Bill": {**PURCHASE_SIDE, "SalesTermRef": ref("Term"), "DueDate": DATE, "RemitToAddr": IGNORED,
             "IncludeInAnnualTPAR": IGNORED, "LessCIS": IGNORED, "ShipAddr": IGNORED},
    "VendorCredit": {**PURCHASE_SIDE, "IncludeInAnnualTPAR": IGNORED},
    "BillPayment": {**PURCHASE_SIDE, **UNTAXED, "Line": APPLIED_LINES, "PayType": choice("Check", "CreditCard"),
                    "TotalAmt": NUMBER, "ProcessBillPayment": IGNORED,
                    "CheckPayment": obj(BankAccountRef=ref("Account"), PrintStatus=STATUS_OF_PRINT,
                                        CheckDetail=IGNORED, PayeeAddr=IGNORED),
                    "CreditCardPayment": obj(CCAccountRef=ref("Account"), CCDetail=IGNORED)},
    "Purchase": {**TRANSACTION, "PaymentType": choice("Cash", "Check", "CreditCard"), "AccountRef": ref("Account"),
                 "EntityRef": ref("party"), "Credit": BOOLEAN, "PrintStatus": STATUS_OF_PRINT,
                 "PaymentMethodRef": ref("PaymentMethod"), "PaymentRefNum": text(21), "Line": EXPENSE_LINES,
                 "Memo": text(4000),
                 "RemitToAddr": IGNORED, "IncludeInAnnualTPAR": IGNORED, "TxnNum": IGNORED},
    "JournalEntry": {**TRANSACTION, "Line": JOURNAL_LINES, "Adjustment": BOOLEAN},
    "Invoice": {**SALES_SIDE, **PAID_ONLINE, "Deposit": NUMBER, "InvoiceLink": IGNORED, "DeliveryInfo": IGNORED},
    "Estimate": {**SALES_SIDE, **ACCEPTANCE, "Line": ESTIMATE_LINES, "DeliveryInfo": IGNORED},
    "ChangeOrder": {**SALES_SIDE, **ACCEPTANCE, "DeliveryInfo": IGNORED},
    "CreditMemo": {**SALES_SIDE, **PAID_BY, "RemainingCredit": IGNORED, "InvoiceRef": IGNORED},
    "SalesReceipt": {**SALES_SIDE, **PAID_BY},
    "RefundReceipt": {**SALES_SIDE, **PAID_BY, "RemainingCredit": IGNORED},
    "Payment": {**TRANSACTION, **UNTAXED, "CustomerRef": ref("Customer"), "TotalAmt": NUMBER, "Line": APPLIED_LINES,
                "DepositToAccountRef": ref("Account"), "PaymentMethodRef": ref("PaymentMethod"),
                "PaymentRefNum": text(21), "ARAccountRef": ref("Account"), "UnappliedAmt": IGNORED,
                "ProcessPayment": BOOLEAN, "CreditCardPayment": IGNORED},
    "Deposit": {**TRANSACTION, "DepositToAccountRef": ref("Account"), "Line": DEPOSIT_LINES,
                "CashBack": obj(AccountRef=ref("Account"), Amount=NUMBER, Memo=text(4000))},
    "Transfer": {**TRANSACTION, **UNTAXED, "FromAccountRef": ref("Account"), "ToAccountRef": ref("Account"),
                 "Amount": NUMBER, "ClassRef": ref("Class"), "Line": IGNORED},
    "CreditCardPaymentTxn": {**TRANSACTION, **UNTAXED, "CreditCardAccountRef": ref("Account"),
                             "BankAccountRef": ref("Account"), "Amount": NUMBER, "VendorRef": ref("Vendor"),
                             "CheckNum": text(21), "PrintStatus": STATUS_OF_PRINT, "Memo": text(4000), "Line": IGNORED},
    "TimeActivity": {**EVERY, "TxnDate": DATE, "NameOf": choice("Employee", "Vendor", "Other"),
                     "EmployeeRef": ref("Employee"), "VendorRef": ref("Vendor"), "CustomerRef": ref("Customer"),
                     "DepartmentRef": ref("Department"), "ItemRef": ref("Item"), "ClassRef": ref("Class"),
                     "PayrollItemRef": ref(), "ProjectRef": ref(), "BillableStatus": BILLABLE, "Taxable": BOOLEAN,
                     "HourlyRate": NUMBER, "CostRate": NUMBER, "Hours": NUMBER, "Minutes": NUMBER,
                     "Seconds": NUMBER, "BreakHours": NUMBER, "BreakMinutes": NUMBER, "BreakSeconds": NUMBER,
                     "StartTime": text(), "EndTime": text(), "Description": text(4000)},
    "RecurringTransaction": EVERY,
    "ReimburseCharge": {**TRANSACTION, "CustomerRef": ref("Customer"), "Amount": NUMBER,
                        "LinkedTxn": LINK, "HasBeenInvoiced": BOOLEAN, "Line": IGNORED},
}

ATTACHABLE: Mapping[str, Kind] = {
    **{key: kind for key, kind in EVERY.items() if key != "AttachableRef"}, "FileName": text(1000), "Note": text(2000),
    "Category": choice("Contact Photo", "Document", "Image", "Receipt", "Signature", "Sound", "Other"),
    "ContentType": text(100), "Tag": text(), "Lat": text(), "Long": text(), "PlaceName": text(),
    "documentId": IGNORED, "AttachableEx": IGNORED,
    "AttachableRef": many(EntityRef=ref(), LineInfo=text(), IncludeOnSend=BOOLEAN, NoRefOnly=BOOLEAN, Inactive=BOOLEAN,
                          CustomField=IGNORED)}

# Keys of the schema that the service takes and this stand-in has no use for: clients echo them, and other countries,
# payment services and the desktop edition fill them. PurchaseEx is left out because the service refuses it, the
# inventory keys because they are refused on items of other types.
TAKEN = {
    "Account": "AccountPurposes AcctNumExtn TaxAccount OnlineBankingEnabled FIName JournalCodeRef AccountEx",
    "Customer": "CCDetail JobInfo TDSEnabled CustomerEx SecondaryTaxIdentifier BusinessNumber GSTIN "
                "GSTRegistrationType IsCISContractor ClientCompanyId TaxRegime",
    "Vendor": "DefaultTaxCodeRef ContactName AltContactName TaxIdEffectiveDate BusinessNumber ParentRef T4AEligible "
              "T5018Eligible TDSEnabled TDSEntityTypeId TDSSectionTypeId TDSOverrideThreshold TaxReportingBasis "
              "VendorEx GSTIN GSTRegistrationType IsSubContractor SubcontractorType CISRate HasTPAR "
              "VendorPaymentBankDetail AgencyVerificationStatus AgencyVerificationStatusMsg AgencyVerificationTSUTC "
              "CompanyRegistrationNumber",
    "Employee": "DefaultTaxCodeRef EmployeeType OtherAddr UseTimeEntry EmployeeEx",
    "Item": "PercentBased RatePercent PaymentMethodRef UOMSetRef COGSAccountRef AvgCost QtyOnPurchaseOrder "
            "QtyOnSalesOrder ReorderPoint ManPartNum DepositToAccountRef BuildPoint SpecialItem SpecialItemType "
            "ItemGroupDetail ItemAssemblyDetail AbatementRate ReverseChargeRate ServiceType ItemEx "
            "TaxClassificationRef UQCDisplayText UQCId Source DeferredRevenue CustomExtensions",
    "Class": "ClassEx", "Department": "DepartmentEx", "Term": "SalesTermEx", "PaymentMethod": "PaymentMethodEx",
    "CompanyCurrency": "CompanyCurrencyEx",
    "TaxAgency": "Title GivenName MiddleName FamilyName Suffix FullyQualifiedName CompanyName PrintOnCheckName Active "
                 "IntuitId Organization V4IDPseudonym PrimaryPhone AlternatePhone Mobile Fax PrimaryEmailAddr WebAddr "
                 "OtherContactInfo DefaultTaxCodeRef ClientEntityId ContactName AltContactName Notes BillAddr ShipAddr "
                 "OtherAddr TaxCountry TaxIdentifier TaxIdEffectiveDate BusinessNumber ParentRef TermRef Balance "
                 "BillRate CostRate OpenBalanceDate CreditLimit AcctNum Vendor1099 T4AEligible T5018Eligible "
                 "CurrencyRef TDSEnabled TDSEntityTypeId TDSSectionTypeId TDSOverrideThreshold TaxReportingBasis "
                 "APAccountRef VendorEx GSTIN GSTRegistrationType IsSubContractor SubcontractorType CISRate HasTPAR "
                 "VendorPaymentBankDetail Source AgencyVerificationStatus AgencyVerificationStatusMsg "
                 "AgencyVerificationTSUTC CompanyRegistrationNumber SalesTaxCodeRef SalesTaxCountry "
                 "SalesTaxReturnRef TaxRegistrationNumber ReportingPeriod TaxOnTax LastFileDate TaxAgencyExt "
                 "TaxAgencyConfig",
    "TaxRate": "TaxReturnLineRef TaxRateEx OriginalTaxRate",
    "TaxCode": "AdjustmentTaxRateList TaxCodeEx TaxCodeConfigType",
    "PurchaseOrder": "ReimbursableInfoRef ExpectedDate DropShipToEntity InventorySiteRef FOB PrintStatus "
                     "ManuallyClosed PurchaseOrderEx",
    "Bill": "BillEx", "VendorCredit": "VendorCreditEx", "BillPayment": "BillPaymentEx",
    "Purchase": "CheckPayment CreditCardPayment TxnId LessCIS",
    "JournalEntry": "HomeCurrencyAdjustment EnteredInHomeCurrency JournalEntryEx TaxRateRef",
    "Invoice": "AutoDocNumber FreeFormAddress ShipFromAddr PONumber FOB ShippingTaxIncludedInTotalTax FinanceCharge "
               "PaymentMethodRef PaymentRefNum PaymentType CheckPayment CreditCardPayment DiscountRate DiscountAmt "
               "GovtTxnRefIdentifier TaxExemptionRef AllowOnlinePayPalPayment AllowOnlineAffirmPayment "
               "EInvoiceStatus ECloudStatusTimeStamp CfdiUse Exportation GlobalInfo invoiceStatus callToAction "
               "invoiceStatusLog InvoiceEx LessCIS PaymentDetailsMessage ConvenienceFeeDetail EnabledSurchargeInfo "
               "InvoiceLinkSecurityCode InvoiceLinkExpiryDate AutoPayEligible SchedulePayEligible "
               "ScheduledPaymentId GratuityEnabled FinancingProductType SubscriptionPaymentsSetting "
               "TxnRetainageDetail",
    "Payment": "RemitToRef PaymentType CheckPayment PaymentExtendedType PaymentEx TaxExemptionRef",
    "Deposit": "DepositEx", "Transfer": "TransferEx", "CreditCardPaymentTxn": "CreditCardPaymentEx",
    "TimeActivity": "TimeZone OtherNameRef TimeChargeId TimeActivityEx HoursInEmployeeTimeZone TransactionLocationType",
    "ReimburseCharge": "", "RecurringTransaction": "",
    **{form: f"AutoDocNumber FreeFormAddress ShipFromAddr PONumber FOB ShippingTaxIncludedInTotalTax FinanceCharge "
             "PaymentMethodRef PaymentRefNum PaymentType CheckPayment CreditCardPayment DiscountRate DiscountAmt "
             f"GovtTxnRefIdentifier TaxExemptionRef {form}Ex LessCIS"
       for form in ("Estimate", "ChangeOrder", "CreditMemo", "SalesReceipt", "RefundReceipt")}}
FIELDS: dict[str, Mapping[str, Kind]] = {
    entity: {**ignored(TAKEN[entity]), **kinds} for entity, kinds in KEPT.items()}
FIELDS["Attachable"] = ATTACHABLE

_WEB = re.compile(r"(https?://)?[^\s/.@]+(\.[^\s/.@]+)+([/?#]\S*)?", re.IGNORECASE)
_MAIL = re.compile(r"[^\s@,<>]+@[^\s@,<>]+")
_ISO_DATE = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(slots=True)
class Reading:
    """What reading a body by its table turned up: the clean body, and what is wrong by stage of 16.2."""

    body: dict[str, Any] = field(default_factory=dict)
    unsupported: list[Wrong] = field(default_factory=list)
    malformed: list[Wrong] = field(default_factory=list)

    def raise_unsupported(self) -> None:
        if self.unsupported:
            raise Refused(*self.unsupported)

    def raise_malformed(self) -> None:
        if self.malformed:
            raise Refused(*self.malformed)


def read(entity: str, raw: Any, fields: Mapping[str, Kind] | None = None) -> Reading:
    """The keys of a request by the entity's table. Null counts as absent, and so does an empty date, number,
    boolean, choice or reference; read-only keys are dropped.
    """
    reading = Reading()
    if not isinstance(raw, dict):
        reading.unsupported.append(_unsupported(entity))
        return reading
    reading.body = _object(raw, FIELDS[entity] if fields is None else fields, reading, keep_empty=True)
    return reading


def _unsupported(name: str) -> Wrong:
    return Wrong("2010", f"Property Name:{name} specified is unsupported or invalid", name)


def _object(raw: dict[str, Any], kinds: Mapping[str, Kind], reading: Reading, *,
            keep_empty: bool = False) -> dict[str, Any]:
    """An empty text is kept at the top only, where a sparse update clears with it."""
    clean: dict[str, Any] = {}
    for key, value in raw.items():
        kind = kinds.get(key)
        if kind is None:
            reading.unsupported.append(_unsupported(key))
        elif value is not None and kind.what != "ignored" and (value != "" or kind.what in ("text", "object", "array")):
            found = _value(key, value, kind, reading)
            if found is not None and (found != "" or keep_empty):
                clean[key] = found
    return clean


def _value(key: str, value: Any, kind: Kind, reading: Reading) -> Any:
    match kind.what:
        case "object" if isinstance(value, dict):
            return _object(value, kind.of, reading)
        case "array" if isinstance(value, list):
            return _array(key, value, kind, reading)
        case "reference" if isinstance(value, dict):
            return _reference(key, value, kind, reading)
        case "text" if isinstance(value, str) or _is_number(value):
            return _text(key, str(value), kind, reading)
        case "choice" if isinstance(value, str):
            if value not in kind.choices:
                reading.malformed.append(Wrong("2170", f"Invalid Enumeration : {value}", key))
            return value
        case "number" if isinstance(value, str) or _is_number(value):
            return _number(key, value, reading)
        case "boolean" if isinstance(value, bool) or value in ("true", "false"):
            return value if isinstance(value, bool) else value == "true"
        case "date" if isinstance(value, str):
            return _date(key, value, reading)
    reading.unsupported.append(_unsupported(key))
    return None


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, Decimal)) and not isinstance(value, bool)


def _array(key: str, value: list[Any], kind: Kind, reading: Reading) -> list[dict[str, Any]]:
    found = []
    for row in value:
        if isinstance(row, dict):
            found.append(_object(row, kind.of, reading))
        else:
            reading.unsupported.append(_unsupported(key))
    return found


def _reference(name: str, value: dict[str, Any], kind: Kind, reading: Reading) -> dict[str, str] | None:
    """Only `value` is read, and `type` where a payee can be of several kinds; a bare name is not resolved."""
    for key in value:
        if key not in ("value", "name", "type"):
            reading.unsupported.append(_unsupported(key))
    target = value.get("value")
    if target is None or target == "":
        return None
    found = {"value": str(target)}
    if kind.into in ("party", "") and isinstance(value.get("type"), str) and value["type"]:
        found["type"] = value["type"]
        if kind.into == "party" and value["type"].title() not in PARTIES:
            reading.malformed.append(Wrong("2170", f"Invalid Enumeration : {value['type']}", name))
    return found


def _text(key: str, value: str, kind: Kind, reading: Reading) -> str:
    if kind.longest and len(value) > kind.longest:
        reading.malformed.append(Wrong(
            "2050", "String length specified does not match the supported length. "
            f"Min:0 Max:{kind.longest} supported. Supplied length:{len(value)}", key))
    elif kind.form == "web" and value and not _WEB.fullmatch(value):
        reading.malformed.append(Wrong("2200", f"Invalid URL : {value}", key))
    elif kind.form == "mail" and value and not all(_MAIL.fullmatch(part.strip()) for part in value.split(",")):
        reading.malformed.append(Wrong("2210", f"Invalid Email Address format : {value}", key))
    return value


def _number(key: str, value: Any, reading: Reading) -> Decimal | None:
    try:
        number = Decimal(value)
        if not number.is_finite() or abs(number) >= Decimal("1e15"):
            raise InvalidOperation
        return number
    except InvalidOperation:
        code = "2140" if key == "Amount" or key.endswith("Amt") else "2090"
        reading.malformed.append(Wrong(code, f"Invalid Number : {value}", key))
        return None


def _date(key: str, value: str, reading: Reading) -> str:
    """Calendar day as text; a date-time is cut to its day, as the service does."""
    day = value[:10]
    try:
        if not _ISO_DATE.fullmatch(day):
            raise ValueError
        date.fromisoformat(day)
    except ValueError:
        reading.malformed.append(Wrong("2060", f"Invalid Date format : {value}", key))
    return day
