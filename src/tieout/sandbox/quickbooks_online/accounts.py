"""Accounts: their types, what each type is, and the rules of the chart (qbo.md 11.7)."""
from __future__ import annotations

from typing import Any

from tieout.sandbox.quickbooks_online.company import Company, Record
from tieout.sandbox.quickbooks_online.preferences import ACCOUNT_NUMBERS, prefers
from tieout.sandbox.quickbooks_online.refusals import Refused, business, refuse
from tieout.sandbox.quickbooks_online.wire import cents, money, rounded

CLASSIFICATION = {
    "Bank": "Asset", "Accounts Receivable": "Asset", "Other Current Asset": "Asset", "Fixed Asset": "Asset",
    "Other Asset": "Asset", "Accounts Payable": "Liability", "Credit Card": "Liability",
    "Other Current Liability": "Liability", "Long Term Liability": "Liability", "Equity": "Equity",
    "Income": "Revenue", "Other Income": "Revenue", "Cost of Goods Sold": "Expense", "Expense": "Expense",
    "Other Expense": "Expense"}
SUBTYPES = {kind: tuple(names.split()) for kind, names in {
    "Bank": "Checking Savings CashOnHand MoneyMarket TrustAccounts RentsHeldInTrust",
    "Accounts Receivable": "AccountsReceivable",
    "Other Current Asset":
        "OtherCurrentAssets UndepositedFunds Inventory PrepaidExpenses Retainage EmployeeCashAdvances "
        "AllowanceForBadDebts DevelopmentCosts InvestmentMortgageRealEstateLoans InvestmentOther "
        "InvestmentTaxExemptSecurities InvestmentUSGovernmentObligations LoansToOfficers LoansToOthers "
        "LoansToStockholders GlobalTaxDeferred GlobalTaxRefund",
    "Fixed Asset":
        "MachineryAndEquipment Vehicles AccumulatedDepreciation AccumulatedAmortization AccumulatedDepletion Buildings "
        "DepletableAssets FixedAssetComputers FixedAssetCopiers FixedAssetFurniture FixedAssetPhone "
        "FixedAssetPhotoVideo FixedAssetSoftware FixedAssetOtherToolsEquipment FurnitureAndFixtures IntangibleAssets "
        "Land LeaseholdImprovements OtherFixedAssets",
    "Other Asset":
        "OtherLongTermAssets SecurityDeposits Goodwill LeaseBuyout Licenses OrganizationalCosts "
        "AccumulatedAmortizationOfOtherAssets",
    "Accounts Payable": "AccountsPayable",
    "Credit Card": "CreditCard",
    "Other Current Liability":
        "OtherCurrentLiabilities SalesTaxPayable PayrollTaxPayable LoanPayable LineOfCredit PayrollClearing "
        "DeferredRevenue DirectDepositPayable FederalIncomeTaxPayable InsurancePayable PrepaidExpensesPayable "
        "RentsInTrustLiability StateLocalIncomeTaxPayable TrustAccountsLiabilities UndistributedTips "
        "GlobalTaxPayable GlobalTaxSuspense",
    "Long Term Liability": "NotesPayable OtherLongTermLiabilities ShareholderNotesPayable",
    "Equity":
        "OwnersEquity OpeningBalanceEquity RetainedEarnings CommonStock PaidInCapitalOrSurplus PartnerContributions "
        "PartnerDistributions PartnersEquity PreferredStock TreasuryStock AccumulatedAdjustment EstimatedTaxes "
        "Healthcare PersonalExpense PersonalIncome",
    "Income":
        "SalesOfProductIncome ServiceFeeIncome DiscountsRefundsGiven NonProfitIncome OtherPrimaryIncome "
        "UnappliedCashPaymentIncome",
    "Other Income":
        "OtherMiscellaneousIncome InterestEarned DividendIncome OtherInvestmentIncome TaxExemptInterest",
    "Cost of Goods Sold":
        "SuppliesMaterialsCogs CostOfLaborCos EquipmentRentalCos OtherCostsOfServiceCos ShippingFreightDeliveryCos",
    "Expense":
        "OfficeGeneralAdministrativeExpenses SuppliesMaterials Insurance PayrollExpenses RentOrLeaseOfBuildings "
        "RepairMaintenance Utilities Travel Auto BankCharges LegalProfessionalFees AdvertisingPromotional TaxesPaid "
        "InterestPaid CostOfLabor EquipmentRental OtherMiscellaneousServiceCost DuesSubscriptions Entertainment "
        "EntertainmentMeals BadDebts CharitableContributions FinanceCosts GlobalTaxExpense PromotionalMeals "
        "ShippingFreightDelivery TravelMeals UnappliedCashBillPaymentExpense OtherBusinessExpenses",
    "Other Expense":
        "Depreciation Amortization ExchangeGainOrLoss GasAndFuel HomeOffice HomeOwnerRentalInsurance "
        "MortgageInterestHomeOffice OtherHomeOfficeExpenses OtherMiscellaneousExpense OtherVehicleExpenses "
        "ParkingAndTolls PenaltiesSettlements RentAndLeaseHomeOffice RepairsAndMaintenanceHomeOffice "
        "UtilitiesHomeOffice Vehicle VehicleInsurance VehicleLease VehicleLoan VehicleLoanInterest "
        "VehicleRegistration VehicleRepairs WashAndRoadServices"}.items()}
TYPE_OF_SUBTYPE = {subtype: kind for kind, subtypes in SUBTYPES.items() for subtype in subtypes}
ALONE = ("UndepositedFunds", "RetainedEarnings", "OpeningBalanceEquity", "ExchangeGainOrLoss")     # no parent, no child
SYSTEM_SUBTYPES = ("AccountsReceivable", "AccountsPayable", "UndepositedFunds", "RetainedEarnings",
                   "OpeningBalanceEquity")
ACCOUNT_NUMBER_LONGEST = {"US": 7, "CA": 20}


def account_type(body: dict[str, Any]) -> str | None:
    return body.get("AccountType") or TYPE_OF_SUBTYPE.get(body.get("AccountSubType", ""))


def check_account(company: Company, body: dict[str, Any], old: Record | None) -> None:
    kind = account_type(body)
    if not body.get("AccountType") and not body.get("AccountSubType"):
        raise refuse("6010", "AccountType or AccountSubType must be given.", "AccountType")
    if kind not in CLASSIFICATION:
        raise refuse("2170", f"Invalid Enumeration : {kind or body.get('AccountSubType')}", "AccountType")
    subtype = body.get("AccountSubType")
    if subtype and TYPE_OF_SUBTYPE.get(subtype) != kind:
        raise refuse("2170", f"Invalid Enumeration : {subtype} is not a sub-type of {kind}", "AccountSubType")
    if not subtype:
        kept = old is not None and kind == old.body["AccountType"]
        subtype = old.body["AccountSubType"] if old is not None and kept else SUBTYPES[kind][0]
    body["AccountType"], body["AccountSubType"] = kind, subtype
    if old is not None:
        _check_stays(company, body, old)
    if not prefers(company, ACCOUNT_NUMBERS):
        body.pop("AcctNum", None)
    _check_family(company, body)
    number, longest = body.get("AcctNum"), ACCOUNT_NUMBER_LONGEST[company.profile.country]
    if number and len(number) > longest:
        raise refuse("2050", "String length specified does not match the supported length. "
                     f"Min:0 Max:{longest} supported. Supplied length:{len(number)}", "AcctNum")
    if number and ":" in number:
        raise refuse("2040", f"Element contains invalid characters: {number}", "AcctNum")
    if number and any(other.body.get("AcctNum") == number and other is not old and other.active
                      for other in company.records["Account"].values()):
        raise duplicate("account", "number")


def _check_stays(company: Company, body: dict[str, Any], old: Record) -> None:
    """The type of an account that anything was posted to stays, at a balance of zero too: who owes and is owed is kept
    by type. So do QuickBooks' own accounts, and the parents of others."""
    if body["AccountSubType"] != old.body["AccountSubType"] and old.body["AccountSubType"] in SYSTEM_SUBTYPES:
        raise business("This account is used by QuickBooks; its type can't be changed.", "AccountSubType")
    if body["AccountType"] == old.body["AccountType"]:
        return
    if company.ledger.uses[old.id]:
        raise business("You can't change the type of an account that is in use.", "AccountType")
    if any(other.body.get("ParentRef", {}).get("value") == old.id for other in company.records["Account"].values()):
        raise business("You can't change the type of an account that has sub-accounts.", "AccountType")


def _check_family(company: Company, body: dict[str, Any]) -> None:
    """Some of QuickBooks' own accounts stand alone."""
    parent = company.find("Account", body["ParentRef"]["value"]) if "ParentRef" in body else None
    if parent is not None and (body["AccountSubType"] in ALONE or parent.body["AccountSubType"] in ALONE):
        raise refuse("700", "This account can't have a parent or be one.", "ParentRef")


def settle_account(company: Company, body: dict[str, Any], key: str, kind: str) -> None:
    """The account of a type that a document uses: as sent, else the company's first."""
    if key not in body:
        found = company.account_of_type(kind)
        if found is None:
            raise business("You must select an account for this transaction.", key)
        body[key] = {"value": found.id}
    elif company.account_type(body[key]["value"]) != kind:
        raise refuse("6430", f"Invalid account type: You need to select an {kind} account.", key)


def duplicate(who: str, what: str = "name") -> Refused:
    return refuse("6240", f"The {what} supplied already exists. : Another {who} is already using this {what}. "
                  f"Please use a different {what}.")


def opening_entry(company: Company, body: dict[str, Any]) -> dict[str, Any] | None:
    """What a new account's opening balance is booked as, its own line still without the account; takes the keys.

    Asset accounts open on the debit side, the others on the credit side, against Opening Balance Equity.
    """
    amount, day = body.pop("OpeningBalance", None), body.pop("OpeningBalanceDate", None)
    if not amount:
        return None
    if amount != rounded(amount):
        raise refuse("2140", f"Invalid Amount : {amount} has more than two decimals", "OpeningBalance")
    if day is None:
        raise refuse("6060", "An opening balance needs its date.", "OpeningBalanceDate")
    kind = account_type(body) or ""
    if CLASSIFICATION.get(kind) not in ("Asset", "Liability", "Equity") or kind.startswith("Accounts "):
        raise business("This type of account has no opening balance.", "OpeningBalance")
    equity = company.account_of_type("Equity", "OpeningBalanceEquity")
    assert equity is not None, "a company has an Opening Balance Equity account"
    on_debit = (CLASSIFICATION[kind] == "Asset") == (amount > 0)
    lines = [{"Amount": money(abs(cents(amount))), "DetailType": "JournalEntryLineDetail", "JournalEntryLineDetail": {
        "PostingType": side, "AccountRef": {"value": account}}}
        for side, account in (("Debit" if on_debit else "Credit", ""), ("Credit" if on_debit else "Debit", equity.id))]
    return {"TxnDate": day, "PrivateNote": "Opening Balance", "Line": lines}
