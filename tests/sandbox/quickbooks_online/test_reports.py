"""Every report ties out to the ledger, and says what it was asked."""
import random
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.sandbox.quickbooks_online.office import Office
from tests.support.quickbooks_schema import ABSENT, REFERENCE, is_present
from tieout.sandbox.quickbooks_online.company import CompanyProfile
from tieout.sandbox.quickbooks_online.reports import shape
from tieout.sandbox.quickbooks_online.reports.asked import span_of

EVERY = ("TrialBalance", "GeneralLedger", "ProfitAndLoss", "BalanceSheet", "AgedPayables", "AgedPayableDetail",
         "AgedReceivables", "AgedReceivableDetail", "VendorBalance", "VendorBalanceDetail", "CustomerBalance",
         "CustomerBalanceDetail", "TransactionList", "TransactionListByVendor", "TransactionListByCustomer",
         "AccountList")


@pytest.fixture(scope="module")
def year() -> Office:
    """A company after two years of work by a clerk who draws lots."""
    office = Office().furnish()
    chance = random.Random(5)
    office.second_job = office.create("Customer", {"DisplayName": "24-031 School", "Job": True,
                                                   "ParentRef": {"value": office.owner}})["Id"]
    interest = office.account("Interest Earned", "Other Income")
    for _ in range(200):
        day = date(2025, 1, 1) + timedelta(days=chance.randrange(540))
        _one_paper(office, chance, day.isoformat(), interest)
    assert office.in_balance()
    return office


def _one_paper(office: Office, chance: random.Random, day: str, interest: str) -> None:
    amount = f"{chance.randrange(1, 900000) / 100:.2f}"
    vendor, job = chance.choice((office.vendor, office.other_vendor)), chance.choice((office.job, office.second_job))
    line = office.account_line(amount)
    line["AccountBasedExpenseLineDetail"]["CustomerRef"]["value"] = job
    payee, customer = {"VendorRef": {"value": vendor}, "TxnDate": day}, {"CustomerRef": {"value": job}, "TxnDate": day}
    sold = {**customer, "Line": [{"Amount": amount, "DetailType": "SalesItemLineDetail",
                                  "SalesItemLineDetail": {"ItemRef": {"value": office.item}}}]}
    bank = {"value": office.checking}
    match chance.randrange(13):
        case 0 | 1:
            bill = office.create("Bill", {**payee, "Line": [line, office.account_line("-0.05", office.retention)]})
            if chance.random() < 0.6:
                later = (date.fromisoformat(day) + timedelta(days=chance.randrange(-20, 90))).isoformat()
                part = min(bill["TotalAmt"], Decimal(chance.randrange(1, 900000)) / 100)
                office.pay(str(part + chance.choice((0, 7))), (bill, str(part)), **{**payee, "TxnDate": later})
        case 2:
            office.create("VendorCredit", {**payee, "Line": [office.account_line(amount)]})
        case 3 | 4:
            invoice = office.create("Invoice", sold)
            if chance.random() < 0.6:
                later = (date.fromisoformat(day) + timedelta(days=chance.randrange(90))).isoformat()
                office.create("Payment", {"CustomerRef": {"value": office.owner}, "TxnDate": later, "TotalAmt": amount,
                                          "Line": [{"Amount": amount, "LinkedTxn": [
                                              {"TxnId": invoice["Id"], "TxnType": "Invoice"}]}]})
        case 5:
            office.create("Purchase", {
                "PaymentType": "CreditCard", "AccountRef": {"value": office.card}, "TxnDate": day, "Line": [line],
                "EntityRef": {"value": vendor, "type": "Vendor"}})
        case 6:
            office.order(line, TxnDate=day)
        case 8:
            credit, invoice = office.create("CreditMemo", sold), office.create("Invoice", sold)
            office.create("Payment", {**customer, "TotalAmt": 0, "Line": [
                {"Amount": amount, "LinkedTxn": [{"TxnId": made["Id"], "TxnType": kind}]}
                for made, kind in ((invoice, "Invoice"), (credit, "CreditMemo"))]})
        case 9:
            office.create(chance.choice(("CreditMemo", "SalesReceipt", "Estimate")), sold)
        case 10:
            office.create("RefundReceipt", {**sold, "DepositToAccountRef": bank})
        case 11:
            office.create("Transfer", {"FromAccountRef": bank, "ToAccountRef": {"value": office.card}, "Amount": amount,
                                       "TxnDate": day})
        case 12:
            office.create("TimeActivity", {"NameOf": "Vendor", "VendorRef": {"value": vendor}, "Hours": 8, **customer,
                                           "HourlyRate": 60, "ItemRef": {"value": office.item}})
        case 7:
            office.create("JournalEntry", {"TxnDate": day, "Line": [
                {"Amount": amount, "DetailType": "JournalEntryLineDetail", "JournalEntryLineDetail": {
                    "PostingType": side, "AccountRef": {"value": account}}}
                for side, account in (("Debit", office.checking), ("Credit", interest))]})


def report(office: Office, name: str, **asked: str) -> Any:
    shown = office.call("GET", f"reports/{name}", **asked)
    assert shown["Header"]["ReportName"] == name, shown
    return shown


def refusal(office: Office, name: str, **asked: str) -> str:
    return str(office.call("GET", f"reports/{name}", **asked)["Fault"]["Error"][0]["code"])


def rows_of(row: Any) -> Iterator[Any]:
    for inner in row.get("Rows", {}).get("Row", []):
        yield inner
        yield from rows_of(inner)


def groups(shown: Any) -> dict[str, list[Decimal]]:
    """group -> the amounts of its summary row."""
    return {row["group"]: [number(cell["value"]) for cell in (row.get("Summary") or row)["ColData"][1:]]
            for row in rows_of(shown) if "group" in row}


def number(text: str) -> Decimal:
    return Decimal(text or "0")


def total(shown: Any, key: str) -> Decimal:
    place = [column["MetaData"][-1]["Value"] for column in shown["Columns"]["Column"]].index(key)
    return number(shown["Rows"]["Row"][-1]["Summary"]["ColData"][place]["value"]) if shown["Rows"] else Decimal(0)


def ledger(office: Office, day: str, *kinds: str) -> Decimal:
    """What the ledger holds in the accounts of some types at the end of a day, debits positive."""
    company = office.service.company
    balances = company.trial_balance(date.fromisoformat(day))
    return Decimal(sum(cents for id_, cents in balances.items() if company.account_type(id_) in kinds)).scaleb(-2)


DAYS = ("2026-01-31", "2026-03-31", "2026-06-30")


@pytest.mark.parametrize("day", DAYS)
def test_assets_are_liabilities_and_equity_and_the_trial_balance_says_the_same(year: Office, day: str) -> None:
    sheet = groups(report(year, "BalanceSheet", end_date=day))
    assert sheet["TotalAssets"] == sheet["TotalLiabilitiesAndEquity"]
    trial = report(year, "TrialBalance", start_date=day, end_date=day)["Rows"]["Row"][:-1]
    company = year.service.company
    assets = sum(number(row["ColData"][1]["value"]) - number(row["ColData"][2]["value"]) for row in trial
                 if company.account_type(row["ColData"][0]["id"]) in
                 ("Bank", "Accounts Receivable", "Other Current Asset", "Fixed Asset", "Other Asset"))
    assert sheet["TotalAssets"] == [assets]
    assert sheet.get("AP", [Decimal(0)]) == [-ledger(year, day, "Accounts Payable")]
    assert sheet.get("AR", [Decimal(0)]) == [ledger(year, day, "Accounts Receivable")]


@pytest.mark.parametrize("day", DAYS)
def test_the_years_profit_is_the_net_income_of_the_balance_sheet(year: Office, day: str) -> None:
    profit = groups(report(year, "ProfitAndLoss", start_date=f"{day[:4]}-01-01", end_date=day))
    sheet = groups(report(year, "BalanceSheet", end_date=day))
    assert profit["NetIncome"] == sheet.get("NetIncome", [Decimal(0)])
    assert profit["GrossProfit"][0] == profit.get("Income", [Decimal(0)])[0] - profit.get("COGS", [Decimal(0)])[0]


@pytest.mark.parametrize("day", DAYS)
def test_aged_payables_and_vendor_balances_add_up_to_the_payables_account(year: Office, day: str) -> None:
    owed = -ledger(year, day, "Accounts Payable")
    assert owed
    assert total(report(year, "AgedPayables", report_date=day), "total") == owed
    assert total(report(year, "AgedPayableDetail", report_date=day), "subt_neg_open_bal") == owed
    assert total(report(year, "VendorBalance", report_date=day), "total") == owed
    assert total(report(year, "VendorBalanceDetail", report_date=day), "subt_neg_open_bal") == owed


@pytest.mark.parametrize("day", DAYS)
def test_aged_receivables_and_customer_balances_add_up_to_the_receivables_account(year: Office, day: str) -> None:
    due = ledger(year, day, "Accounts Receivable")
    assert total(report(year, "AgedReceivables", report_date=day), "total") == due
    assert total(report(year, "AgedReceivableDetail", report_date=day), "subt_open_bal") == due
    assert total(report(year, "CustomerBalance", report_date=day), "total") == due
    assert total(report(year, "CustomerBalanceDetail", report_date=day), "subt_open_bal") == due


def test_open_bills_of_the_detail_are_the_bills_with_a_balance(year: Office) -> None:
    shown = report(year, "AgedPayableDetail", report_date="2030-12-31")
    said = {cell["id"]: number(row["ColData"][-1]["value"]) for row in rows_of(shown) if row["type"] == "Data"
            for cell in row["ColData"] if cell.get("id") and row["ColData"][1] is cell
            and cell["value"] == "Bill"}
    bills = {bill["Id"]: bill["Balance"] for bill in year.rows("select * from Bill maxresults 1000")}
    assert said == {id_: balance for id_, balance in bills.items() if balance}


@pytest.mark.parametrize("by", ["Month", "Quarter", "Year", "FiscalQuarter", "Customers", "Vendors", "Classes",
                                "Departments", "ProductsAndServices", "Employees"])
def test_the_columns_of_a_statement_add_up_to_its_total(year: Office, by: str) -> None:
    span = {"start_date": "2026-01-01", "end_date": "2026-06-30"}
    plain = groups(report(year, "ProfitAndLoss", **span))
    for group, cells in groups(report(year, "ProfitAndLoss", summarize_column_by=by, **span)).items():
        assert [cells[-1]] == plain[group]
        assert len(cells) == 1 or sum(cells[:-1]) == cells[-1]
    sheet = groups(report(year, "BalanceSheet", summarize_column_by=by, **span))
    at_end = groups(report(year, "BalanceSheet", **span))
    for group, cells in sheet.items():
        assert [cells[-1]] == at_end[group]
    assert sheet["TotalAssets"] == sheet["TotalLiabilitiesAndEquity"] or by not in ("Month", "Quarter", "Year")


def test_the_columns_of_a_month_carry_their_days(year: Office) -> None:
    shown = report(year, "ProfitAndLoss", start_date="2026-01-10", end_date="2026-03-05", summarize_column_by="month")
    columns = shown["Columns"]["Column"]
    assert [column["ColTitle"] for column in columns] == ["", "Jan 2026", "Feb 2026", "Mar 2026", "Total"]
    assert columns[1]["MetaData"] == [{"Name": "StartDate", "Value": "2026-01-10"},
                                      {"Name": "EndDate", "Value": "2026-01-31"},
                                      {"Name": "ColKey", "Value": "Jan 2026"}]


def test_what_a_filter_leaves_is_a_part_of_the_whole(year: Office) -> None:
    span = {"start_date": "2026-01-01", "end_date": "2026-06-30"}
    jobs = year.rows("select * from Customer maxresults 1000")
    whole = groups(report(year, "ProfitAndLoss", **span))["NetIncome"][0]
    parts = [groups(report(year, "ProfitAndLoss", customer=job["Id"], **span)).get("NetIncome", [Decimal(0)])[0]
             for job in jobs]
    without = groups(report(year, "ProfitAndLoss", summarize_column_by="Customers", **span))["NetIncome"]
    assert len([part for part in parts if part]) > 1
    columns = report(year, "ProfitAndLoss", summarize_column_by="Customers", **span)["Columns"]["Column"]
    rest = without[-2] if columns[-2]["ColTitle"] == "Not Specified" else Decimal(0)
    assert sum(parts) + rest == whole


def test_the_general_ledger_moves_what_the_trial_balances_move(year: Office) -> None:
    shown = report(year, "GeneralLedger", start_date="2026-03-01", end_date="2026-03-31",
                   columns="tx_date,debt_amt,credit_amt,subt_nat_amount")
    debits = credits = Decimal(0)
    for row in rows_of(shown):
        if row["type"] == "Data" and row["ColData"][0]["value"] != "Beginning Balance":
            debits += number(row["ColData"][1]["value"])
            credits += number(row["ColData"][2]["value"])
    assert debits == credits != 0


def test_the_transaction_list_shows_every_document_once_and_says_which_do_not_post(year: Office) -> None:
    shown = report(year, "TransactionList", date_macro="All")
    rows = [row["ColData"] for row in shown["Rows"]["Row"]]
    company = year.service.company
    documents = [record for entity, records in company.records.items() for record in records.values()
                 if "TxnDate" in record.body]
    assert {record.entity for record in documents} >= {"Transfer", "TimeActivity", "CreditMemo", "RefundReceipt"}
    assert sorted(row[1]["id"] for row in rows) == sorted(record.id for record in documents)
    assert {row[3]["value"] for row in rows if row[1]["value"] == "Purchase Order"} == {"No"}
    grouped = report(year, "TransactionList", date_macro="All", group_by="Transaction Type")
    assert len([row for row in rows_of(grouped) if row["type"] == "Data"]) == len(rows)


def test_past_years_results_roll_into_retained_earnings_at_the_start_of_the_fiscal_year() -> None:
    office = Office()
    office.service.set_profile(CompanyProfile(fiscal_year_starts=7))
    office.furnish()
    office.bill(office.account_line("700.00"), TxnDate="2025-06-30")
    office.bill(office.account_line("50.00"), TxnDate="2025-07-01")
    before = groups(report(office, "BalanceSheet", end_date="2025-06-30"))
    assert (before["NetIncome"], before["Equity"]) == ([Decimal("-700.00")], [Decimal("-700.00")])
    shown = report(office, "BalanceSheet", end_date="2025-07-31")
    assert groups(shown)["NetIncome"] == [Decimal("-50.00")]
    equity = next(row for row in rows_of(shown) if row.get("group") == "Equity")
    assert [cell["value"] for cell in equity["Rows"]["Row"][0]["ColData"]] == ["Retained Earnings", "-700.00"]
    months = report(office, "BalanceSheet", start_date="2025-06-01", end_date="2025-07-31",
                    summarize_column_by="Month")
    assert groups(months)["NetIncome"] == [Decimal("-700.00"), Decimal("-50.00")]


def test_sub_accounts_stand_inside_their_parent_with_a_total(office: Office) -> None:
    lumber = office.create("Account", {"Name": "Lumber", "AccountType": "Cost of Goods Sold", "SubAccount": True,
                                       "ParentRef": {"value": office.cost}})["Id"]
    office.bill(office.account_line("10.00"), office.account_line("5.00", lumber), TxnDate="2026-02-01")
    cost = next(row for row in rows_of(report(office, "ProfitAndLoss")) if row.get("group") == "COGS")
    [parent] = cost["Rows"]["Row"]
    assert [cell["value"] for cell in parent["Header"]["ColData"]] == ["Cost of Goods Sold", "10.00"]
    assert [row["ColData"] for row in parent["Rows"]["Row"]] == [[{"value": "Lumber", "id": lumber}, {"value": "5.00"}]]
    assert parent["Summary"]["ColData"][-1]["value"] == "15.00"


def test_a_bill_grows_old_from_its_due_date_and_a_later_payment_has_not_been_made_yet(office: Office) -> None:
    old = office.bill(office.account_line("100.00"), TxnDate="2025-12-01", DueDate="2025-12-31", DocNumber="A-1")
    office.bill(office.account_line("40.00"), TxnDate="2026-03-01", DueDate="2026-03-31")
    office.pay("60.00", (old, "60.00"), TxnDate="2026-03-02")
    aged = report(office, "AgedPayables", report_date="2026-03-01")
    assert [cell["value"] for cell in aged["Rows"]["Row"][0]["ColData"]] == [
        "Norton Lumber", "40.00", "", "100.00", "", "", "140.00"]
    detail = report(office, "AgedPayableDetail", report_date="2026-03-02")
    first = detail["Rows"]["Row"][0]
    assert first["Header"]["ColData"][0]["value"] == "61 - 90 days past due"
    assert [cell["value"] for cell in first["Rows"]["Row"][0]["ColData"]] == [
        "2025-12-01", "Bill", "A-1", "Norton Lumber", "2025-12-31", "61", "100.00", "40.00"]
    short = report(office, "AgedPayables", report_date="2026-03-02", aging_period="60", num_periods="2")
    assert [column["ColTitle"] for column in short["Columns"]["Column"]] == [
        "", "Current", "1 - 60", "61 and over", "Total"]


def test_a_bill_may_be_thousands_of_years_past_due(office: Office) -> None:
    office.bill(office.account_line("100.00"), TxnDate="2025-12-01")
    assert total(report(office, "AgedPayables", report_date="9998-12-31"), "total") == Decimal("100.00")


def test_balance_reports_ignore_start_and_end_and_answer_as_of_today(office: Office) -> None:
    office.bill(office.account_line("100.00"), TxnDate="2026-02-01")
    shown = report(office, "VendorBalance", start_date="2020-01-01", end_date="2020-01-31")
    assert shown["Header"]["EndPeriod"] == "2026-03-02"
    assert shown["Header"]["DateMacro"] == "today"
    assert total(shown, "total") == Decimal("100.00")


def test_a_payment_in_advance_stands_against_the_customer_and_a_job_inside_its_customer(office: Office) -> None:
    line = {"Amount": "500.00", "DetailType": "SalesItemLineDetail",
            "SalesItemLineDetail": {"ItemRef": {"value": office.item}}}
    invoice = office.create("Invoice", {"CustomerRef": {"value": office.job}, "Line": [line]})
    office.create("Payment", {"CustomerRef": {"value": office.owner}, "TotalAmt": "520.00", "Line": [
        {"Amount": "500.00", "LinkedTxn": [{"TxnId": invoice["Id"], "TxnType": "Invoice"}]}]})
    shown = report(office, "CustomerBalance")
    assert [cell["value"] for cell in shown["Rows"]["Row"][0]["ColData"]] == ["Oak Health LLC", "-20.00"]
    office.create("Invoice", {"CustomerRef": {"value": office.job}, "Line": [line]})
    [top, _] = report(office, "CustomerBalance")["Rows"]["Row"]
    assert top["Summary"]["ColData"] == [{"value": "Total Oak Health LLC"}, {"value": "480.00"}]
    assert top["Rows"]["Row"][0]["ColData"][1]["value"] == "500.00"


def test_classes_and_locations_filter_and_split_the_result(office: Office) -> None:
    east = office.create("Class", {"Name": "East"})["Id"]
    yard = office.create("Department", {"Name": "Yard"})["Id"]
    line = office.account_line("30.00")
    line["AccountBasedExpenseLineDetail"]["ClassRef"] = {"value": east}
    office.bill(line, office.account_line("70.00"), DepartmentRef={"value": yard})
    office.bill(office.account_line("5.00"))
    assert groups(report(office, "ProfitAndLoss", **{"class": east}))["COGS"] == [Decimal("30.00")]
    assert groups(report(office, "ProfitAndLoss", department=yard))["COGS"] == [Decimal("100.00")]
    split = report(office, "ProfitAndLoss", summarize_column_by="Classes")
    assert [column["ColTitle"] for column in split["Columns"]["Column"]] == ["", "East", "Not Specified", "Total"]
    assert groups(split)["COGS"] == [Decimal("30.00"), Decimal("75.00"), Decimal("105.00")]
    assert split["Header"]["SummarizeColumnsBy"] == "Classes"


@pytest.mark.parametrize(("macro", "first", "last"), [
    ("Today", "2026-03-04", "2026-03-04"), ("yesterday", "2026-03-03", "2026-03-03"),
    ("This Week", "2026-03-01", "2026-03-07"), ("Last Week-to-date", "2026-02-22", "2026-02-25"),
    ("This Month-to-date", "2026-03-01", "2026-03-04"), ("Last Month", "2026-02-01", "2026-02-28"),
    ("This Fiscal Year", "2025-07-01", "2026-06-30"), ("Last Fiscal Quarter", "2025-10-01", "2025-12-31"),
    ("This Calendar Quarter", "2026-01-01", "2026-03-31"), ("Next Calendar Year", "2027-01-01", "2027-12-31"),
    ("Next 4 Weeks", "2026-03-08", "2026-04-04"), ("Last Fiscal Year-to-date", "2024-07-01", "2025-03-04")])
def test_a_date_macro_names_its_days(macro: str, first: str, last: str) -> None:
    assert span_of(macro, date(2026, 3, 4), 7) == (date.fromisoformat(first), date.fromisoformat(last))


@pytest.mark.skipif(not is_present(), reason=ABSENT)
def test_every_date_macro_of_the_schema_is_known() -> None:
    from xml.etree import ElementTree
    root = ElementTree.parse(REFERENCE / "qbo-xsd" / "Report.xsd").getroot()
    xs = "{http://www.w3.org/2001/XMLSchema}"
    macros = [value.attrib["value"] for kind in root.findall(f"{xs}simpleType") if kind.attrib["name"] == "DateMacro"
              for value in kind.iter(f"{xs}enumeration")]
    assert len(macros) > 30
    assert [macro for macro in macros if span_of(macro, date(2026, 3, 4), 1) is None] == []


@pytest.mark.parametrize(("name", "asked", "code"), [
    ("ProfitAndLoss", {"date_macro": "This Century"}, "2170"), ("ProfitAndLoss", {"start_date": "soon"}, "2060"),
    ("ProfitAndLoss", {"start_date": "0001-01-01", "end_date": "2026-01-01"}, "2070"),
    ("ProfitAndLoss", {"start_date": "2026-02-01", "end_date": "2026-01-01"}, "2190"),
    ("ProfitAndLoss", {"accounting_method": "Cash"}, "5030"), ("TrialBalance", {"accounting_method": "Cash"}, "5030"),
    ("ProfitAndLoss", {"accounting_method": "Barter"}, "2170"),
    ("BalanceSheet", {"summarize_column_by": "Moon"}, "2170"),
    ("ProfitAndLoss", {"start_date": "1950-01-01", "end_date": "2026-01-01", "summarize_column_by": "Days"}, "2190"),
    ("AgedPayables", {"aging_period": "ten"}, "2080"), ("AgedPayables", {"num_periods": "0"}, "2240"),
    ("AgedPayableDetail", {"columns": "colour"}, "2010"), ("TransactionList", {"sort_by": "colour"}, "2010"),
    ("TransactionList", {"sort_order": "sideways"}, "2170"), ("TransactionList", {"group_by": "Colour"}, "2170"),
    ("Profit", {}, "2000")])
def test_what_a_report_cannot_be_asked_is_refused(office: Office, name: str, asked: dict[str, str], code: str) -> None:
    assert refusal(office, name, **asked) == code


@pytest.mark.parametrize("name", EVERY)
def test_a_report_without_data_says_so(name: str) -> None:
    shown = report(Office(), name)
    empty = name != "AccountList"
    assert {"Name": "NoReportData", "Value": str(empty).lower()} in shown["Header"]["Option"]
    assert (shown["Rows"] == {}) is empty


@pytest.mark.parametrize("name", EVERY)
def test_every_row_has_a_cell_for_each_column(year: Office, name: str) -> None:
    shown = report(year, name, start_date="2026-01-01", end_date="2026-12-31")
    width = len(shown["Columns"]["Column"])
    rows = list(rows_of(shown))
    assert rows
    for row in rows:
        for cells in [row.get("ColData"), *(row[part]["ColData"] for part in ("Header", "Summary") if part in row)]:
            assert cells is None or len(cells) == width


def test_lines_are_sorted_as_asked(office: Office) -> None:
    for amount in ("30.00", "10.00", "20.00"):
        office.bill(office.account_line(amount))
    shown = report(office, "TransactionList", sort_by="subt_nat_amount", sort_order="descend",
                   columns="txn_type,subt_nat_amount", transaction_type="Bill")
    assert [row["ColData"][1]["value"] for row in shown["Rows"]["Row"]] == ["30.00", "20.00", "10.00"]


def test_a_report_of_too_many_cells_ends_with_a_word_about_it(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(6):
        office.bill(office.account_line("10.00"))
    whole = report(office, "GeneralLedger")
    monkeypatch.setattr(shape, "CELL_LIMIT", 60)
    cut = report(office, "GeneralLedger")
    assert cut["Rows"]["Row"][-1]["ColData"][0]["value"].startswith("Unable to display more data")
    assert len(list(rows_of(cut))) < len(list(rows_of(whole)))
