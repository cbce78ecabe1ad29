"""The reports of qbo.md 15, computed from the documents' ledger entries, and the names of those not built."""
from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from tieout.sandbox.kit import Request
from tieout.sandbox.quickbooks_online.company import Company
from tieout.sandbox.quickbooks_online.refusals import refuse
from tieout.sandbox.quickbooks_online.reports import aging, ledger, listing, statements
from tieout.sandbox.quickbooks_online.reports.asked import Asked
from tieout.sandbox.quickbooks_online.reports.shape import within_limit

BUILT: dict[str, Callable[[Company, Asked], dict[str, Any]]] = {
    "TrialBalance": ledger.trial_balance, "GeneralLedger": ledger.general_ledger,
    "ProfitAndLoss": statements.profit_and_loss, "BalanceSheet": statements.balance_sheet,
    "AgedPayables": aging.aged_payables, "AgedPayableDetail": aging.aged_payable_detail,
    "AgedReceivables": aging.aged_receivables, "AgedReceivableDetail": aging.aged_receivable_detail,
    "VendorBalance": aging.vendor_balance, "VendorBalanceDetail": aging.vendor_balance_detail,
    "CustomerBalance": aging.customer_balance, "CustomerBalanceDetail": aging.customer_balance_detail,
    "TransactionList": listing.transaction_list, "TransactionListByVendor": listing.by_vendor,
    "TransactionListByCustomer": listing.by_customer, "AccountList": listing.account_list}
NOT_BUILT = ("CashFlow", "ClassSales", "CustomerIncome", "CustomerSales", "DepartmentSales",
             "InventoryValuationSummary", "ItemSales", "JournalReport", "ProfitAndLossDetail", "TaxSummary",
             "TransactionListWithSplits", "VendorExpenses")


def run(company: Company, name: str, request: Request, now: datetime) -> dict[str, Any] | None:
    """None for a report that is not built here. Only the accrual basis is kept; cash is refused with 5030."""
    if name in NOT_BUILT:
        return None
    build = BUILT.get(name)
    if build is None:
        raise refuse("2000", f"Unsupported object name: {name}", "reports")
    return within_limit(build(company, Asked(company, name, request, now)))
