"""The order of elements in an answer in XML, by type, as Intuit's schema files have it (qbo.md 1.5, 18).

`<Base` begins with the elements of that type; `@` is an attribute, `=` the text of the element, `*` an object named by
its kind, `Name:Type` an element of a type with another name. A name alone is a text, or of the type of that name.
"""
from __future__ import annotations

ORDER: dict[str, str] = {
    "Account": (
        "<IntuitEntity Name SubAccount ParentRef:ReferenceType Description FullyQualifiedName AccountAlias "
        "TxnLocationType Active Classification AccountType AccountSubType AccountPurposes:ReferenceType AcctNum "
        "AcctNumExtn BankNum OpeningBalance OpeningBalanceDate CurrentBalance CurrentBalanceWithSubAccounts "
        "CurrencyRef:ReferenceType TaxAccount TaxCodeRef:ReferenceType OnlineBankingEnabled FIName "
        "JournalCodeRef:ReferenceType"),
    "AccountBasedExpenseLineDetail": (
        "CustomerRef:ReferenceType ClassRef:ReferenceType AccountRef:ReferenceType BillableStatus MarkupInfo "
        "TaxAmount TaxCodeRef:ReferenceType TaxInclusiveAmt"),
    "AdvancedInventoryPrefs": (
        "MLIAvailable MLIEnabled EnhancedInventoryReceivingEnabled TrackingSerialOrLotNumber "
        "TrackingOnSalesTransactionsEnabled TrackingOnPurchaseTransactionsEnabled "
        "TrackingOnInventoryAdjustmentEnabled TrackingOnBuildAssemblyEnabled FIFOEnabled FIFOEffectiveDate "
        "RowShelfBinEnabled BarcodeEnabled"),
    "Attachable": (
        "<IntuitEntity FileName FileAccessUri TempDownloadUri Size ContentType Category Lat Long PlaceName Note Tag "
        "ThumbnailFileAccessUri ThumbnailTempDownloadUri documentId"),
    "AttachableRef": "EntityRef:ReferenceType LineInfo IncludeOnSend CustomField NoRefOnly Inactive",
    "AttachableResponse": "Attachable Fault",
    "Attribute": "Type Value",
    "Attributes": "Attribute",
    "BatchItemResponse": "* Fault Report QueryResponse CDCResponse @bId",
    "Bill": (
        "<PurchaseByVendor PayerRef:ReferenceType SalesTermRef:ReferenceType DueDate RemitToAddr:PhysicalAddress "
        "ShipAddr:PhysicalAddress VendorAddr:PhysicalAddress Balance HomeBalance LessCIS IncludeInAnnualTPAR"),
    "BillPayment": (
        "<Transaction VendorRef:ReferenceType VendorAddr:PhysicalAddress APAccountRef:ReferenceType PayType "
        "CheckPayment:BillPaymentCheck CreditCardPayment:BillPaymentCreditCard TotalAmt ProcessBillPayment"),
    "BillPaymentCheck": "BankAccountRef:ReferenceType PrintStatus CheckDetail:CheckPayment PayeeAddr:PhysicalAddress",
    "BillPaymentCreditCard": "CCAccountRef:ReferenceType CCDetail:CreditCardPayment",
    "Budget": "<IntuitEntity Name StartDate EndDate BudgetType BudgetEntryType Active BudgetDetail",
    "BudgetCustomExtensionAssociatedValue": "Key Value",
    "BudgetCustomExtensions": "ExtensionType AssociatedValue:BudgetCustomExtensionAssociatedValue",
    "BudgetDetail": (
        "BudgetDate Amount AccountRef:ReferenceType CustomerRef:ReferenceType ClassRef:ReferenceType "
        "DepartmentRef:ReferenceType CustomExtensions:BudgetCustomExtensions"),
    "CDCResponse": "QueryResponse Fault @size",
    "CashBackInfo": "AccountRef:ReferenceType Amount Memo",
    "ChangeOrder": "<SalesTransaction ExpirationDate AcceptedBy AcceptedDate",
    "CheckPayment": "CheckNum Status NameOnAcct AcctNum BankName",
    "Class": "<IntuitEntity Name SubClass ParentRef:ReferenceType FullyQualifiedName Active",
    "ColData": "Attributes @value @id @href",
    "Column": "ColTitle ColType MetaData:NameValue Columns",
    "Columns": "Column",
    "CompanyAccountingPrefs": (
        "UseAccountNumbers DefaultARAccount:ReferenceType DefaultAPAccount:ReferenceType RequiresAccounts "
        "TrackDepartments DepartmentTerminology ClassTrackingPerTxn ClassTrackingPerTxnLine AutoJournalEntryNumber "
        "FirstMonthOfFiscalYear TaxYearMonth TaxForm BookCloseDate OtherContactInfo:ContactInfo CustomerTerminology"),
    "CompanyCurrency": "<IntuitEntity Code Name Active",
    "CompanyInfo": (
        "<IntuitEntity CompanyName LegalName CompanyAddr:PhysicalAddress CustomerCommunicationAddr:PhysicalAddress "
        "LegalAddr:PhysicalAddress CompanyEmailAddr:EmailAddress CustomerCommunicationEmailAddr:EmailAddress "
        "CompanyURL:WebSiteAddress PrimaryPhone:TelephoneNumber OtherContactInfo:ContactInfo CompanyFileName "
        "FlavorStratum SampleFile CompanyUserId CompanyUserAdminEmail CompanyStartDate EmployerId "
        "FiscalYearStartMonth TaxYearStartMonth QBVersion Country ShipAddr:PhysicalAddress OtherAddr:PhysicalAddress "
        "Mobile:TelephoneNumber Fax:TelephoneNumber Email:EmailAddress WebAddr:WebSiteAddress LastImportedTime "
        "LastSyncTime SupportedLanguages DefaultTimeZone MultiByteCharsSupported NameValue FifoCalculationStatus"),
    "ContactInfo": (
        "Type Telephone:TelephoneNumber Email:EmailAddress WebSite:WebSiteAddress OtherContact:GenericContactType"),
    "ConvenienceFeeDetail": "<IntuitEntity ConvenienceFeeType ConvenienceFeePercent",
    "CreditCardPayment": "CreditChargeInfo CreditChargeResponse",
    "CreditCardPaymentTxn": (
        "<Transaction CreditCardAccountRef:ReferenceType BankAccountRef:ReferenceType Amount VendorRef:ReferenceType "
        "CheckNum PrintStatus Memo"),
    "CreditChargeInfo": (
        "Number Type NameOnAcct CcExpiryMonth CcExpiryYear BillAddrStreet PostalCode CommercialCardCode CCTxnMode "
        "CCTxnType PrevCCTransId Amount ProcessPayment"),
    "CreditChargeResponse": (
        "CCProcessor CCTransId Status ResultCode ResultMsg MerchantAcctNum CardSecurityCodeMatch AuthCode AvsStreet "
        "AvsZip SecurityCode ReconBatchId PaymentGroupingCode TxnAuthorizationTime TxnAuthorizationStamp "
        "ClientTransID"),
    "CreditMemo": "<SalesTransaction RemainingCredit InvoiceRef:ReferenceType",
    "CurrencyPrefs": "MultiCurrencyEnabled HomeCurrency:ReferenceType",
    "CustomExtensionAssociatedValues": "Key Value",
    "CustomExtensions": "ExtensionType AssociatedValues:CustomExtensionAssociatedValues",
    "CustomField": "DefinitionId Name Type StringValue BooleanValue DateValue NumberValue",
    "CustomFieldDefinition": "<IntuitEntity EntityType Name Hidden Required AppId",
    "Customer": (
        "<NameBase Taxable BillAddr:PhysicalAddress ShipAddr:PhysicalAddress OtherAddr:PhysicalAddress ContactName "
        "AltContactName Notes Job BillWithParent RootCustomerRef:ReferenceType ParentRef:ReferenceType Level "
        "CustomerTypeRef:ReferenceType SalesTermRef:ReferenceType SalesRepRef:ReferenceType "
        "TaxGroupCodeRef:ReferenceType TaxRateRef:ReferenceType PaymentMethodRef:ReferenceType "
        "CCDetail:CreditChargeInfo PriceLevelRef:ReferenceType Balance OpenBalanceDate BalanceWithJobs CreditLimit "
        "AcctNum CurrencyRef:ReferenceType OverDueBalance TotalRevenue TotalExpense PreferredDeliveryMethod "
        "ResaleNum JobInfo TDSEnabled SecondaryTaxIdentifier ARAccountRef:ReferenceType PrimaryTaxIdentifier "
        "TaxExemptionReasonId IsProject BusinessNumber GSTIN GSTRegistrationType IsCISContractor ClientCompanyId "
        "ClientEntityId Source TaxRegime"),
    "Department": (
        "<IntuitEntity Name SubDepartment ParentRef:ReferenceType FullyQualifiedName Active Address:PhysicalAddress"),
    "Deposit": (
        "<Transaction DepositToAccountRef:ReferenceType CashBack:CashBackInfo GlobalTaxCalculation TotalAmt "
        "HomeTotalAmt"),
    "DepositLineDetail": (
        "Entity:ReferenceType ClassRef:ReferenceType AccountRef:ReferenceType PaymentMethodRef:ReferenceType "
        "CheckNum TxnType TaxCodeRef:ReferenceType TaxApplicableOn"),
    "DescriptionLineDetail": "ServiceDate TaxCodeRef:ReferenceType",
    "DiscountLineDetail": "<DiscountOverride ServiceDate ClassRef:ReferenceType TaxCodeRef:ReferenceType",
    "DiscountOverride": "DiscountRef:ReferenceType PercentBased DiscountPercent DiscountAccountRef:ReferenceType",
    "EffectiveTaxRate": "RateValue EffectiveDate EndDate",
    "EmailAddress": "Id Address Default Tag",
    "EmailMessage": "Subject Message",
    "EmailMessagesPrefs": (
        "NameValue InvoiceMessage:EmailMessage EstimateMessage:EmailMessage SalesReceiptMessage:EmailMessage "
        "StatementMessage:EmailMessage"),
    "Employee": (
        "<NameBase EmployeeType EmployeeNumber SSN PrimaryAddr:PhysicalAddress OtherAddr:PhysicalAddress "
        "BillableTime BillRate BirthDate Gender HiredDate ReleasedDate UseTimeEntry CostRate Notes"),
    "EnabledSurchargeInfo": "Enabled Card:SurchargePaymentMethodInfo ACH:SurchargePaymentMethodInfo",
    "EntityTypeRef": "Type EntityRef:ReferenceType",
    "Error": "Message Detail DetailLink @code @element",
    "Estimate": "<SalesTransaction ExpirationDate AcceptedBy AcceptedDate",
    "ExchangeRate": "<IntuitEntity SourceCurrencyCode TargetCurrencyCode Rate AsOfDate",
    "Fault": "Error @type",
    "FinanceChargePrefs": (
        "AnnualInterestRate MinFinChrg GracePeriod CalcFinChrgFromTxnDate AssessFinChrgForOverdueCharges "
        "FinChrgAccountRef:ReferenceType"),
    "GenericContactType": "Id Name Value Type Default Tag",
    "GroupLineDetail": "GroupItemRef:ReferenceType Quantity UOMRef ServiceDate Line",
    "Header": "ColData",
    "IntuitEntity": "Id SyncToken MetaData:ModificationMetaData CustomField AttachableRef @domain @status @sparse",
    "IntuitResponse": (
        "* Fault Report QueryResponse BatchItemResponse CDCResponse AttachableResponse @requestId @time @status"),
    "Invoice": (
        "<SalesTransaction Deposit AllowIPNPayment AllowOnlinePayment AllowOnlineCreditCardPayment "
        "AllowOnlineACHPayment AllowOnlinePayPalPayment AllowOnlineAffirmPayment EInvoiceStatus "
        "ECloudStatusTimeStamp CfdiUse Exportation GlobalInfo:MXGlobalInfo invoiceStatus callToAction "
        "invoiceStatusLog:StatusInfo LessCIS InvoiceLink PaymentDetailsMessage ConvenienceFeeDetail "
        "EnabledSurchargeInfo InvoiceLinkSecurityCode InvoiceLinkExpiryDate AutoPayEligible SchedulePayEligible "
        "ScheduledPaymentId GratuityEnabled FinancingProductType SubscriptionPaymentsSetting TxnRetainageDetail"),
    "Item": (
        "<IntuitEntity Name Sku Description Active SubItem ParentRef:ReferenceType Level FullyQualifiedName Taxable "
        "SalesTaxIncluded PercentBased UnitPrice RatePercent Type PaymentMethodRef:ReferenceType "
        "UOMSetRef:ReferenceType IncomeAccountRef:ReferenceType PurchaseDesc PurchaseTaxIncluded PurchaseCost "
        "ExpenseAccountRef:ReferenceType COGSAccountRef:ReferenceType AssetAccountRef:ReferenceType "
        "PrefVendorRef:ReferenceType AvgCost TrackQtyOnHand QtyOnHand QtyOnPurchaseOrder QtyOnSalesOrder "
        "ReorderPoint ManPartNum DepositToAccountRef:ReferenceType SalesTaxCodeRef:ReferenceType "
        "PurchaseTaxCodeRef:ReferenceType InvStartDate BuildPoint PrintGroupedItems SpecialItem SpecialItemType "
        "ItemGroupDetail ItemAssemblyDetail AbatementRate ReverseChargeRate ServiceType ItemCategoryType "
        "TaxClassificationRef:ReferenceType UQCDisplayText UQCId ClassRef:ReferenceType Source DeferredRevenue "
        "CustomExtensions"),
    "ItemAdjustmentLineDetail": "ItemRef:ReferenceType SalesPrice QtyDiff NewQty ClassRef:ReferenceType",
    "ItemAssemblyDetail": "ItemAssemblyLine:ItemComponentLine",
    "ItemBasedExpenseLineDetail": "<ItemLineDetail CustomerRef:ReferenceType BillableStatus TaxInclusiveAmt",
    "ItemComponentLine": "ItemRef:ReferenceType Qty UOMRef",
    "ItemGroupDetail": "ItemGroupLine:ItemComponentLine",
    "ItemLineDetail": (
        "ItemRef:ReferenceType ClassRef:ReferenceType UnitPrice UnitCostPrice RatePercent "
        "PriceLevelRef:ReferenceType MarkupInfo Qty UOMRef ItemAccountRef:ReferenceType "
        "InventorySiteRef:ReferenceType TaxCodeRef:ReferenceType TaxClassificationRef:ReferenceType"),
    "ItemReceiptLineDetail": "",
    "JobInfo": "Status StartDate ProjectedEndDate EndDate Description JobTypeRef:ReferenceType",
    "JournalCode": "<IntuitEntity Name Type Description Active",
    "JournalEntry": (
        "<Transaction Adjustment HomeCurrencyAdjustment EnteredInHomeCurrency GlobalTaxCalculation TotalAmt "
        "HomeTotalAmt TaxRateRef:ReferenceType"),
    "JournalEntryLineDetail": (
        "PostingType Entity:EntityTypeRef AccountRef:ReferenceType ClassRef:ReferenceType "
        "DepartmentRef:ReferenceType TaxCodeRef:ReferenceType TaxRateRef:ReferenceType TaxApplicableOn TaxAmount "
        "TaxInclusiveAmt BillableStatus JournalCodeRef:ReferenceType"),
    "Line": (
        "Id LineNum Description Amount Received LinkedTxn DetailType PaymentLineDetail DiscountLineDetail "
        "TaxLineDetail SalesItemLineDetail DescriptionLineDetail ItemBasedExpenseLineDetail "
        "AccountBasedExpenseLineDetail ReimburseLineDetail DepositLineDetail PurchaseOrderItemLineDetail "
        "SalesOrderItemLineDetail ItemReceiptLineDetail JournalEntryLineDetail GroupLineDetail SubTotalLineDetail "
        "TDSLineDetail ItemAdjustmentLineDetail CustomField ProjectRef:ReferenceType CostAmount HomeCostAmount "
        "CustomExtensions"),
    "LinkedTxn": "TxnId TxnType TxnLineId",
    "MXGlobalInfo": "Periodicity Month Year",
    "MarkupInfo": "PercentBased Value Percent PriceLevelRef:ReferenceType MarkUpIncomeAccountRef:ReferenceType",
    "MemoRef": "=value @id",
    "ModificationMetaData": (
        "CreatedByRef:ReferenceType CreateTime LastModifiedByRef:ReferenceType LastUpdatedTime LastChangedInQB "
        "Synchronized"),
    "NameBase": (
        "<IntuitEntity IntuitId Organization Title GivenName MiddleName FamilyName Suffix FullyQualifiedName "
        "CompanyName DisplayName PrintOnCheckName UserId Active V4IDPseudonym PrimaryPhone:TelephoneNumber "
        "AlternatePhone:TelephoneNumber Mobile:TelephoneNumber Fax:TelephoneNumber PrimaryEmailAddr:EmailAddress "
        "WebAddr:WebSiteAddress OtherContactInfo:ContactInfo DefaultTaxCodeRef:ReferenceType"),
    "NameValue": "Name Value",
    "OtherPrefs": "NameValue",
    "Payment": (
        "<Transaction CustomerRef:ReferenceType RemitToRef:ReferenceType ARAccountRef:ReferenceType "
        "DepositToAccountRef:ReferenceType PaymentMethodRef:ReferenceType PaymentRefNum PaymentType CheckPayment "
        "CreditCardPayment TotalAmt UnappliedAmt ProcessPayment PaymentExtendedType TaxExemptionRef:ReferenceType"),
    "PaymentLineDetail": (
        "ItemRef:ReferenceType ServiceDate ClassRef:ReferenceType Balance HomeBalance Discount:DiscountOverride"),
    "PaymentMethod": "<IntuitEntity Name Active Type",
    "PhysicalAddress": (
        "Id Line1 Line2 Line3 Line4 Line5 City Country CountryCode County CountrySubDivisionCode PostalCode "
        "PostalCodeSuffix Lat Long Tag Note"),
    "Preferences": (
        "<IntuitEntity AccountingInfoPrefs:CompanyAccountingPrefs AdvancedInventoryPrefs ProductAndServicesPrefs "
        "SalesFormsPrefs EmailMessagesPrefs PrintDocumentPrefs VendorAndPurchasesPrefs TimeTrackingPrefs TaxPrefs "
        "FinanceChargesPrefs:FinanceChargePrefs CurrencyPrefs ReportPrefs OtherPrefs"),
    "PrintDocumentPrefs": "NameValue",
    "ProductAndServicesPrefs": (
        "ForSales ForPurchase InventoryAndPurchaseOrder QuantityWithPriceAndRate QuantityOnHand UOM "
        "RevenueRecognition RevenueRecognitionFrequency"),
    "Purchase": (
        "<Transaction AccountRef:ReferenceType PaymentMethodRef:ReferenceType PaymentRefNum PaymentType CheckPayment "
        "CreditCardPayment EntityRef:ReferenceType Credit RemitToAddr:PhysicalAddress TotalAmt TxnId TxnNum Memo "
        "PrintStatus GlobalTaxCalculation LessCIS IncludeInAnnualTPAR"),
    "PurchaseByVendor": (
        "<Transaction VendorRef:ReferenceType APAccountRef:ReferenceType TotalAmt BillEmail:EmailAddress "
        "ReplyEmail:EmailAddress Memo GlobalTaxCalculation"),
    "PurchaseOrder": (
        "<PurchaseByVendor TaxCodeRef:ReferenceType ClassRef:ReferenceType ReimbursableInfoRef:ReferenceType "
        "SalesTermRef:ReferenceType DueDate ExpectedDate VendorAddr:PhysicalAddress ShipTo:ReferenceType "
        "DropShipToEntity:ReferenceType InventorySiteRef:ReferenceType ShipAddr:PhysicalAddress "
        "ShipMethodRef:ReferenceType FOB POEmail:EmailAddress TemplateRef:ReferenceType PrintStatus EmailStatus "
        "ManuallyClosed POStatus"),
    "PurchaseOrderItemLineDetail": "<SalesItemLineDetail ManPartNum ManuallyClosed OpenQty",
    "QueryResponse": "* Fault @startPosition @maxResults @totalCount",
    "RecurringInfo": "Name RecurType Active ScheduleInfo:RecurringScheduleInfo",
    "RecurringScheduleInfo": (
        "IntervalType NumInterval DayOfMonth DayOfWeek WeekOfMonth MonthOfYear RemindDays DaysBefore MaxOccurrences "
        "StartDate EndDate NextDate PreviousDate"),
    "RecurringTransaction": "<IntuitEntity *",
    "ReferenceType": "=value @name @type",
    "RefundReceipt": "<SalesTransaction RemainingCredit",
    "ReimburseLineDetail": "<ItemLineDetail",
    "ReimburseCharge": "<Transaction CustomerRef:ReferenceType HasBeenInvoiced Amount HomeTotalAmt",
    "Report": "Header:ReportHeader Columns Rows",
    "ReportHeader": (
        "Time ReportName DateMacro ReportBasis StartPeriod EndPeriod SummarizeColumnsBy Currency Customer Vendor "
        "Employee Item Class Department Option:NameValue"),
    "ReportPrefs": "ReportBasis CalcAgingReportFromTxnDate",
    "Row": "id parentId Header Rows Summary ColData @type @group",
    "Rows": "Row",
    "SalesFormsPrefs": (
        "UsingProgressInvoicing CustomField:CustomFieldDefinition CustomTxnNumbers DelayedCharges "
        "SalesEmailCc:EmailAddress SalesEmailBcc:EmailAddress EmailCopyToCompany AllowDeposit AllowDiscount "
        "DefaultDiscountAccount AllowEstimates EstimateMessage ETransactionEnabledStatus ETransactionAttachPDF "
        "ETransactionPaymentEnabled IPNSupportEnabled InvoiceMessage AllowServiceDate AllowShipping "
        "DefaultShippingAccount DefaultItem:ReferenceType DefaultTerms:ReferenceType DefaultDeliveryMethod "
        "AutoApplyCredit AutoApplyPayments PrintItemWithZeroAmount DefaultShipMethodRef:ReferenceType DefaultMarkup "
        "TrackReimbursableExpensesAsIncome UsingSalesOrders UsingPriceLevels DefaultFOB DefaultCustomerMessage"),
    "SalesItemLineDetail": (
        "<ItemLineDetail ServiceDate TaxInclusiveAmt DiscountRate DiscountAmt DeferredRevenue RetainageAmount"),
    "SalesOrderItemLineDetail": "<SalesItemLineDetail ManuallyClosed",
    "SalesReceipt": "<SalesTransaction LessCIS",
    "SalesTransaction": (
        "<Transaction AutoDocNumber CustomerRef:ReferenceType CustomerMemo:MemoRef BillAddr:PhysicalAddress "
        "ShipAddr:PhysicalAddress FreeFormAddress ShipFromAddr:PhysicalAddress RemitToRef:ReferenceType "
        "ClassRef:ReferenceType SalesTermRef:ReferenceType DueDate SalesRepRef:ReferenceType PONumber FOB "
        "ShipMethodRef:ReferenceType ShipDate TrackingNum GlobalTaxCalculation TotalAmt HomeTotalAmt "
        "ApplyTaxAfterDiscount ShippingTaxIncludedInTotalTax TemplateRef:ReferenceType PrintStatus EmailStatus "
        "BillEmail:EmailAddress BillEmailCc:EmailAddress BillEmailBcc:EmailAddress ARAccountRef:ReferenceType "
        "Balance HomeBalance FinanceCharge PaymentMethodRef:ReferenceType PaymentRefNum PaymentType CheckPayment "
        "CreditCardPayment DepositToAccountRef:ReferenceType DeliveryInfo:TransactionDeliveryInfo DiscountRate "
        "DiscountAmt GovtTxnRefIdentifier TaxExemptionRef:ReferenceType"),
    "StatusInfo": "status statusDate callToAction",
    "SubTotalLineDetail": "ItemRef:ReferenceType ServiceDate",
    "Summary": "ColData",
    "SurchargePaymentMethodInfo": "Enabled",
    "TDSLineDetail": "TDSAccountRef:ReferenceType TDSSectionTypeId",
    "Tag": "<IntuitEntity Name",
    "TaxAgency": (
        "<Vendor SalesTaxCodeRef:ReferenceType SalesTaxCountry SalesTaxReturnRef:ReferenceType TaxRegistrationNumber "
        "ReportingPeriod TaxTrackedOnPurchases TaxOnPurchasesAccountRef:ReferenceType TaxTrackedOnSales "
        "TaxTrackedOnSalesAccountRef:ReferenceType TaxOnTax LastFileDate TaxAgencyConfig"),
    "TaxCode": (
        "<IntuitEntity Name Description Active Hidden Taxable TaxGroup SalesTaxRateList:TaxRateList "
        "PurchaseTaxRateList:TaxRateList AdjustmentTaxRateList:TaxRateList TaxCodeConfigType"),
    "TaxLineDetail": (
        "TaxRateRef:ReferenceType PercentBased TaxPercent NetAmountTaxable TaxInclusiveAmount OverrideDeltaAmount "
        "ServiceDate"),
    "TaxPrefs": (
        "UsingSalesTax PartnerTaxEnabled HideTaxManagement TaxGroupCodeRef:ReferenceType TaxRateRef:ReferenceType "
        "PaySalesTax NonTaxableSalesTaxCodeRef:ReferenceType TaxableSalesTaxCodeRef:ReferenceType"),
    "TaxRate": (
        "<IntuitEntity Name Description Active RateValue AgencyRef:ReferenceType TaxReturnLineRef:ReferenceType "
        "EffectiveTaxRate SpecialTaxType DisplayType OriginalTaxRate:ReferenceType"),
    "TaxRateDetail": "TaxRateRef:ReferenceType TaxTypeApplicable TaxOrder TaxOnTaxOrder",
    "TaxRateDetails": "TaxRateName TaxRateId RateValue TaxAgencyId TaxApplicableOn",
    "TaxRateList": "TaxRateDetail @originatingGroupId",
    "TaxService": "<IntuitEntity TaxCode TaxCodeId TaxRateDetails Fault",
    "TelephoneNumber": "Id DeviceType CountryCode AreaCode ExchangeCode Extension FreeFormNumber Default Tag",
    "Term": (
        "<IntuitEntity Name Active Type DiscountPercent DueDays DiscountDays DayOfMonthDue DueNextMonthDays "
        "DiscountDayOfMonth"),
    "TimeActivity": (
        "<IntuitEntity TimeZone TxnDate NameOf EmployeeRef:ReferenceType VendorRef:ReferenceType "
        "OtherNameRef:ReferenceType CustomerRef:ReferenceType DepartmentRef:ReferenceType ItemRef:ReferenceType "
        "ClassRef:ReferenceType PayrollItemRef:ReferenceType ProjectRef:ReferenceType TimeChargeId BillableStatus "
        "Taxable HourlyRate CostRate Hours Minutes Seconds BreakHours BreakMinutes BreakSeconds StartTime EndTime "
        "Description HoursInEmployeeTimeZone TransactionLocationType"),
    "TimeTrackingPrefs": (
        "UseServices DefaultTimeItem:ReferenceType BillCustomers ShowBillRateToAll WorkWeekStartDate "
        "TimeTrackingEnabled MarkTimeEntriesBillable MarkExpensesAsBillable"),
    "Transaction": (
        "<IntuitEntity DocNumber TxnDate TxnSubType DepartmentRef:ReferenceType CurrencyRef:ReferenceType "
        "ExchangeRate PrivateNote TxnStatus LinkedTxn Line TxnTaxDetail TxnSource TaxFormType TaxFormNum "
        "TransactionLocationType Tag TxnApprovalInfo RecurDataRef:ReferenceType RecurringInfo "
        "ProjectRef:ReferenceType TotalCostAmount HomeTotalCostAmount"),
    "TransactionDeliveryInfo": "DeliveryType DeliveryTime DeliveryErrorType",
    "Transfer": "<Transaction FromAccountRef:ReferenceType ToAccountRef:ReferenceType Amount ClassRef:ReferenceType",
    "TxnApprovalInfo": "ApprovalStatus ApprovalStatusDetail LastChangedByUser LastChangedDate",
    "TxnRetainageDetail": "RetainageAmount RetainageOpenBalance",
    "TxnTaxDetail": (
        "DefaultTaxCodeRef:ReferenceType TxnTaxCodeRef:ReferenceType TotalTax TaxReviewStatus TaxLine:Line "
        "UseAutomatedSalesTax"),
    "UOMRef": "Unit UOMSetRef:ReferenceType",
    "Vendor": (
        "<NameBase ContactName AltContactName Notes BillAddr:PhysicalAddress ShipAddr:PhysicalAddress "
        "OtherAddr:PhysicalAddress TaxCountry TaxIdentifier TaxIdEffectiveDate BusinessNumber "
        "ParentRef:ReferenceType VendorTypeRef:ReferenceType TermRef:ReferenceType PrefillAccountRef:ReferenceType "
        "Balance BillRate OpenBalanceDate CreditLimit AcctNum Vendor1099 T4AEligible T5018Eligible "
        "CurrencyRef:ReferenceType TDSEnabled TDSEntityTypeId TDSSectionTypeId TDSOverrideThreshold "
        "TaxReportingBasis APAccountRef:ReferenceType GSTIN GSTRegistrationType IsSubContractor SubcontractorType "
        "CISRate HasTPAR VendorPaymentBankDetail:VendorBankAccountDetail Source CostRate AgencyVerificationStatus "
        "AgencyVerificationStatusMsg AgencyVerificationTSUTC CompanyRegistrationNumber"),
    "VendorAndPurchasesPrefs": (
        "EnableBills TrackingByCustomer BillableExpenseTracking DefaultTerms:ReferenceType DefaultMarkup "
        "DefaultMarkupAccount:ReferenceType AutomaticBillPayment TPAREnabled POCustomField:CustomFieldDefinition "
        "MsgToVendors UsingInventory UsingMultiLocationInventory DaysBillsAreDue DiscountAccountRef:ReferenceType"),
    "VendorBankAccountDetail": "BankBranchIdentifier BankAccountNumber BankAccountName StatementText",
    "VendorCredit": "<PurchaseByVendor VendorAddr:PhysicalAddress Balance IncludeInAnnualTPAR",
    "WebSiteAddress": "Id URI Default Tag",
}
