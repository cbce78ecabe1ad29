"""The books behind the wire: recomputed from the documents by this file's own arithmetic."""
from collections import Counter
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sandbox.quickbooks_online.office import ACCOUNT, ITEM, Office, header_link, linked

EVERYTHING = "maxresults 1000"
amounts = st.integers(1, 50_000).map(lambda cents: str(Decimal(cents).scaleb(-2)))
acts = st.lists(st.tuples(st.sampled_from(["order", "bill", "linked bill", "credit", "pay", "void", "delete payment",
                                           "edit bill", "delete bill", "delete order", "journal"]),
                          st.integers(0, 9), amounts, amounts), min_size=5, max_size=25)


def pick(office: Office, entity: str, which: int) -> Any:
    rows = office.rows(f"select * from {entity} {EVERYTHING}")
    return rows[which % len(rows)] if rows else None


def act(office: Office, what: str, which: int, one: str, two: str) -> None:
    """One thing a bookkeeper may do, on whichever document there is."""
    match what:
        case "order":
            office.order(office.cost_line(one), office.account_line(two))
        case "bill":
            office.bill(office.cost_line(one), office.account_line(f"-{min(Decimal(one), Decimal(two))}",
                                                                   office.retention))
        case "linked bill":
            if order := pick(office, "PurchaseOrder", which):
                office.bill(office.cost_line(one, LinkedTxn=linked(order, "1")), LinkedTxn=header_link(order))
        case "credit":
            office.create("VendorCredit", {"VendorRef": {"value": office.vendor}, "Line": [office.account_line(one)]})
        case "pay":
            bill, credit = pick(office, "Bill", which), pick(office, "VendorCredit", which)
            pays = [(doc, doc["Balance"]) for doc in (bill, credit) if doc and doc["Balance"]]
            total = sum((-amount if doc is credit else amount for doc, amount in pays), Decimal(0)) + which
            if pays and total >= 0:
                office.pay(str(total), *pays)
        case "void":
            if (payment := pick(office, "BillPayment", which)) and payment.get("PrivateNote") != "Voided":
                office.change("BillPayment", payment, {}, operation="update", include="void")
        case "delete payment":
            if payment := pick(office, "BillPayment", which):
                office.delete("BillPayment", payment)
        case "edit bill":
            if bill := pick(office, "Bill", which):
                office.change("Bill", bill, {"VendorRef": bill["VendorRef"], "Line": [
                    {**office.cost_line(two), "Id": bill["Line"][0]["Id"],
                     "LinkedTxn": bill["Line"][0].get("LinkedTxn", [])}]})
        case "delete bill" | "delete order":
            entity = "Bill" if what == "delete bill" else "PurchaseOrder"
            if shown := pick(office, entity, which):
                office.delete(entity, shown)
        case "journal":
            office.create("JournalEntry", {"Line": [
                {"Amount": one, "DetailType": "JournalEntryLineDetail", "JournalEntryLineDetail": {
                    "PostingType": side, "AccountRef": {"value": account}}}
                for side, account in (("Debit", office.retention), ("Credit", office.checking))]})


def recomputed(office: Office) -> dict[str, Decimal]:
    """Account balances from what the documents show, debits positive."""
    balances: Counter[str] = Counter()
    item_account = {office.item: office.cost}
    for entity, sign in (("Bill", 1), ("VendorCredit", -1)):
        for shown in office.rows(f"select * from {entity} {EVERYTHING}"):
            balances[office.payable] -= sign * shown["TotalAmt"]
            for line in shown["Line"]:
                detail = line.get(ITEM) or line[ACCOUNT]
                account = item_account[detail["ItemRef"]["value"]] if "ItemRef" in detail \
                    else detail["AccountRef"]["value"]
                balances[account] += sign * line["Amount"]
    for shown in office.rows(f"select * from BillPayment {EVERYTHING}"):
        balances[office.payable] += shown["TotalAmt"]
        balances[office.checking] -= shown["TotalAmt"]
    for shown in office.rows(f"select * from JournalEntry {EVERYTHING}"):
        for line in shown["Line"]:
            detail = line["JournalEntryLineDetail"]
            balances[detail["AccountRef"]["value"]] += line["Amount"] * (1 if detail["PostingType"] == "Debit" else -1)
    return {account: amount for account, amount in balances.items() if amount}


def applied(office: Office) -> Counter[str]:
    found: Counter[str] = Counter()
    for payment in office.rows(f"select * from BillPayment {EVERYTHING}"):
        for line in payment["Line"]:
            found[line["LinkedTxn"][0]["TxnId"]] += line["Amount"]
    return found


def billed(office: Office) -> Counter[str]:
    """Quantity billed on line 1 of each order."""
    found: Counter[str] = Counter()
    for bill in office.rows(f"select * from Bill {EVERYTHING}"):
        for line in bill["Line"]:
            for link in line.get("LinkedTxn", []):
                found[link["TxnId"]] += line[ITEM]["Qty"]
    return found


@settings(max_examples=25, deadline=None)
@given(acts)
def test_whatever_is_done_the_books_say_what_the_documents_say(done: list[tuple[str, int, str, str]]) -> None:
    office = Office().furnish()
    for what, which, one, two in done:
        act(office, what, which, one, two)
    ledger = office.service.company.trial_balance()
    assert sum(ledger.values()) == 0
    assert {id_: Decimal(cents).scaleb(-2) for id_, cents in ledger.items()} == recomputed(office)
    paid = applied(office)
    for entity in ("Bill", "VendorCredit"):
        for shown in office.rows(f"select * from {entity} {EVERYTHING}"):
            assert shown["Balance"] == shown["TotalAmt"] - paid[shown["Id"]] >= 0
    owed = -recomputed(office).get(office.payable, Decimal(0))
    assert office.read("Vendor", office.vendor)["Balance"] == owed
    drawn = billed(office)
    for order in office.rows(f"select * from PurchaseOrder {EVERYTHING}"):
        assert order["Line"][0]["Received"] == drawn[order["Id"]]
        done_ = order["Line"][0]["Received"] >= order["Line"][0]["Amount"] and order["Line"][1]["Amount"] <= 0
        assert (order["POStatus"] == "Closed") == done_


def cells(report: Any) -> dict[str, tuple[str, str]]:
    return {row["ColData"][0]["id"]: (row["ColData"][1]["value"], row["ColData"][2]["value"])
            for row in report["Rows"]["Row"] if "ColData" in row}


def test_the_trial_balance_report_moves_last_years_result_into_retained_earnings(office: Office) -> None:
    office.bill(office.account_line("700.00"), TxnDate="2025-11-30")
    office.bill(office.account_line("50.00"), TxnDate="2026-02-01")
    last = office.call("GET", "reports/TrialBalance", start_date="2025-01-01", end_date="2025-12-31")
    assert cells(last) == {office.payable: ("", "700.00"), office.cost: ("700.00", "")}
    this = office.call("GET", "reports/TrialBalance", start_date="2026-01-01", end_date="2026-12-31")
    assert cells(this) == {office.payable: ("", "750.00"), office.cost: ("50.00", ""), "38": ("700.00", "")}
    assert this["Rows"]["Row"][-1]["Summary"]["ColData"] == [{"value": "TOTAL"}, {"value": "750.00"},
                                                             {"value": "750.00"}]
    empty = office.call("GET", "reports/TrialBalance", start_date="2024-01-01", end_date="2024-12-31")
    assert empty["Rows"] == {}


def test_the_general_ledger_lists_each_account_with_vendor_customer_and_running_balance(office: Office) -> None:
    office.bill(office.cost_line("1000.00"), office.account_line("-100.00", office.retention), TxnDate="2026-02-10")
    office.bill(office.account_line("100.00", office.retention), TxnDate="2026-03-01", DocNumber="R")
    report = office.call("GET", "reports/GeneralLedger", start_date="2026-03-01", end_date="2026-03-31",
                         account=office.retention, vendor=office.vendor,
                         columns="tx_date,txn_type,doc_num,vend_name,cust_name,subt_nat_amount,rbal_nat_amount")
    [section] = report["Rows"]["Row"]
    assert section["Header"]["ColData"][0] == {"value": "Retainage Payable", "id": office.retention}
    opening, line = section["Rows"]["Row"]
    assert (opening["ColData"][0]["value"], opening["ColData"][-1]["value"]) == ("Beginning Balance", "100.00")
    assert [cell["value"] for cell in line["ColData"]] == [
        "2026-03-01", "Bill", "R", "Norton Lumber", "Oak Health LLC:24-017 Clinic", "-100.00", "0.00"]
    assert section["Summary"]["ColData"][-2]["value"] == "-100.00"
    assert office.call("GET", "reports/GeneralLedger", columns="colour")["Fault"]["Error"][0]["code"] == "2010"
    assert office.call("GET", "reports/TrialBalance", end_date="someday")["Fault"]["Error"][0]["code"] == "2060"


def test_balances_as_of_a_day_leave_out_later_documents(office: Office) -> None:
    from datetime import date
    office.bill(office.account_line("700.00"), TxnDate="2026-01-31")
    office.bill(office.account_line("50.00"), TxnDate="2026-02-01")
    company = office.service.company
    assert company.trial_balance(date(2026, 1, 31)) == {office.cost: 70000, office.payable: -70000}
    assert company.trial_balance()[office.cost] == 75000
