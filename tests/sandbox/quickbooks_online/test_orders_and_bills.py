from decimal import Decimal

import pytest

from tests.sandbox.quickbooks_online.office import ACCOUNT, ITEM, Office, header_link, linked
from tieout.sandbox.quickbooks_online.company import CompanyProfile


def test_a_bill_owes_its_total_to_the_vendor_and_charges_cost(office: Office) -> None:
    bill = office.bill(office.cost_line("10000.00"), office.account_line("-1000.00", office.retention),
                       SalesTermRef={"value": office.net30}, TxnDate="2026-03-20")
    assert bill["TotalAmt"] == bill["Balance"] == Decimal("9000.00")
    assert bill["DueDate"] == "2026-04-19"
    assert office.balance(office.cost) == Decimal("10000.00")
    assert office.balance(office.retention) == Decimal("-1000.00")
    assert office.balance(office.payable) == Decimal("-9000.00")
    assert office.read("Vendor", office.vendor)["Balance"] == Decimal("9000.00")
    assert office.in_balance()


def test_a_purchase_order_moves_no_balance(office: Office) -> None:
    order = office.order(office.cost_line("4000.00"))
    assert (order["POStatus"], order["TotalAmt"]) == ("Open", Decimal("4000.00"))
    assert office.service.company.trial_balance() == {}


def test_bills_draw_an_order_down_until_it_closes_and_a_deleted_bill_reopens_it(office: Office) -> None:
    order = office.order(office.cost_line("4000.00"), office.account_line("500.00"))
    first = office.bill(office.cost_line("1600.00", LinkedTxn=linked(order, "1")), LinkedTxn=header_link(order))
    drawn = office.read("PurchaseOrder", order["Id"])
    assert [line.get("Received", 0) for line in drawn["Line"]] == [1600, 0]
    assert (drawn["POStatus"], drawn["SyncToken"]) == ("Open", "1")
    assert drawn["LinkedTxn"] == [{"TxnId": first["Id"], "TxnType": "Bill"}]
    second = office.bill(office.cost_line("2400.00", LinkedTxn=linked(order, "1")),
                         office.account_line("500.00", LinkedTxn=linked(order, "2")), LinkedTxn=header_link(order))
    assert office.read("PurchaseOrder", order["Id"])["POStatus"] == "Closed"
    office.delete("Bill", second)
    reopened = office.read("PurchaseOrder", order["Id"])
    assert (reopened["POStatus"], reopened["Line"][0]["Received"], reopened["SyncToken"]) == ("Open", 1600, "3")


def test_an_order_with_an_added_line_keeps_the_ids_of_the_others_and_opens_again(office: Office) -> None:
    order = office.order(office.cost_line("100.00"))
    office.bill(office.cost_line("100.00", LinkedTxn=linked(order, "1")), LinkedTxn=header_link(order))
    closed = office.read("PurchaseOrder", order["Id"])
    assert closed["POStatus"] == "Closed"
    grown = office.change("PurchaseOrder", closed, {"Line": [*closed["Line"], office.cost_line("50.00")]})
    assert [line["Id"] for line in grown["Line"]] == ["1", "2"]
    assert (grown["POStatus"], grown["Line"][0]["Received"]) == ("Open", 100)
    shrunk = office.change("PurchaseOrder", grown, {"Line": [grown["Line"][0]]})
    again = office.change("PurchaseOrder", shrunk, {"Line": [*shrunk["Line"], office.cost_line("60.00")]})
    assert [line["Id"] for line in again["Line"]] == ["1", "3"], "an id is never used again"


def test_an_order_closed_by_hand_takes_no_more_bills_until_it_is_reopened(office: Office) -> None:
    order = office.order(office.cost_line("100.00"))
    closed = office.change("PurchaseOrder", order, {"POStatus": "Closed"})
    assert closed["POStatus"] == "Closed"
    bill = office.bill(office.cost_line("10.00", LinkedTxn=linked(order, "1")), LinkedTxn=header_link(order))
    assert "LinkedTxn" not in bill
    opened = office.change("PurchaseOrder", closed, {"POStatus": "Open"})
    assert opened["POStatus"] == "Open"
    bill = office.bill(office.cost_line("10.00", LinkedTxn=linked(order, "1")), LinkedTxn=header_link(order))
    assert bill["LinkedTxn"] == header_link(order)


@pytest.mark.parametrize("what", ["another vendor", "no header link", "another kind of line", "no such line",
                                  "a line that exists", "a line fully received"])
def test_a_link_that_does_not_hold_is_dropped_without_a_word_or_refused_with_620(office: Office, what: str) -> None:
    order = office.order(office.cost_line("100.00"))
    line, more = office.cost_line("100.00", LinkedTxn=linked(order, "1")), {"LinkedTxn": header_link(order)}
    body = {"VendorRef": {"value": office.vendor}, "Line": [line], **more}
    match what:
        case "another vendor":
            body["VendorRef"] = {"value": office.other_vendor}
        case "no header link":
            body.pop("LinkedTxn")
        case "another kind of line":
            body["Line"] = [office.account_line("100.00", LinkedTxn=linked(order, "1"))]
        case "no such line":
            line["LinkedTxn"][0]["TxnLineId"] = "7"
        case "a line that exists":
            plain = office.bill(office.cost_line("100.00"))
            body.update(Id=plain["Id"], SyncToken="0", Line=[{**line, "Id": "1"}])
        case "a line fully received":
            office.create("Bill", body)
    office.service.company.lenient_links = False
    assert office.refused("Bill", body) == ["620"]
    office.service.company.lenient_links = True
    made = office.create("Bill", body)
    assert "LinkedTxn" not in made
    assert "LinkedTxn" not in made["Line"][0]


def test_editing_a_linked_bill_moves_what_the_order_has_received(office: Office) -> None:
    order = office.order(office.cost_line("100.00"))
    bill = office.bill(office.cost_line("100.00", LinkedTxn=linked(order, "1")), LinkedTxn=header_link(order))
    smaller = {**office.cost_line("40.00"), "Id": "1", "LinkedTxn": linked(order, "1")}
    bill = office.change("Bill", bill, {"VendorRef": bill["VendorRef"], "Line": [smaller]})
    assert bill["Line"][0]["LinkedTxn"] == linked(order, "1")
    drawn = office.read("PurchaseOrder", order["Id"])
    assert (drawn["Line"][0]["Received"], drawn["POStatus"]) == (40, "Open")


def test_a_memo_changed_sparsely_leaves_lines_and_links_alone(office: Office) -> None:
    order = office.order(office.cost_line("100.00"))
    bill = office.bill(office.cost_line("100.00", LinkedTxn=linked(order, "1")), LinkedTxn=header_link(order))
    noted = office.change("Bill", bill, {"VendorRef": bill["VendorRef"], "PrivateNote": "seen"})
    assert noted["Line"] == bill["Line"]
    assert office.read("PurchaseOrder", order["Id"])["SyncToken"] == "1"


def test_lines_missing_from_an_update_are_deleted(office: Office) -> None:
    bill = office.bill(office.cost_line("60.00"), office.cost_line("40.00"))
    bill = office.change("Bill", bill, {"VendorRef": bill["VendorRef"], "Line": [bill["Line"][1]]})
    assert [(line["Id"], line["LineNum"], line["Amount"]) for line in bill["Line"]] == [("2", 1, Decimal("40.00"))]
    assert office.balance(office.cost) == Decimal("40.00")


def test_quantity_times_price_must_be_the_amount(office: Office) -> None:
    line = office.cost_line("100.00")
    line[ITEM].update(Qty=3, UnitPrice="33.333333")
    office.bill(line)
    line[ITEM]["UnitPrice"] = "33.33"
    assert office.refused("Bill", {"VendorRef": {"value": office.vendor}, "Line": [line]}) == ["6070"]


def test_zeros_for_quantity_and_price_leave_the_amount_alone(office: Office) -> None:
    line = office.cost_line("900.00")
    line[ITEM] |= {"Qty": 0, "UnitPrice": 0}
    [kept] = office.bill(line)["Line"]
    assert (kept["Amount"], kept[ITEM]["Qty"], kept[ITEM]["UnitPrice"]) == (900, 1, 900)
    line[ITEM] |= {"Qty": 0, "UnitPrice": 5}
    assert office.refused("Bill", {"VendorRef": {"value": office.vendor}, "Line": [line]}) == ["6070"]


def test_every_missing_key_is_named_at_once(office: Office) -> None:
    answer = office.post("Bill", {"DocNumber": "1"})
    assert [(error["code"], error["element"]) for error in answer["Fault"]["Error"]] == [
        ("2020", "VendorRef"), ("2020", "Line")]
    assert answer["Fault"]["type"] == "ValidationFault"


@pytest.mark.parametrize(("line", "code"), [
    ({"Amount": "1.005", "DetailType": ACCOUNT}, "2140"),
    ({"Amount": "1.00", "DetailType": "Nothing"}, "2170"),
    ({"Amount": "1.00", "DetailType": ACCOUNT, "Description": "x" * 4001}, "2050"),
    ({"Amount": "1.00"}, "2020")])
def test_a_bad_line_is_refused(office: Office, line: dict[str, object], code: str) -> None:
    if line.get("DetailType") == ACCOUNT:
        line = {**line, ACCOUNT: {"AccountRef": {"value": office.cost}}}
    assert office.refused("Bill", {"VendorRef": {"value": office.vendor}, "Line": [line]}) == [code]


@pytest.mark.parametrize(("key", "value", "code"), [
    ("AccountRef", "99", "2500"), ("CustomerRef", "9999", "2500"), ("ClassRef", "5", "2500"),
    ("AccountRef", "33", "6430"), ("BillableStatus", "HasBeenBilled", "2170"), ("TaxCodeRef", "GST", "6100")])
def test_what_a_line_refers_to_must_exist_and_fit(office: Office, key: str, value: str, code: str) -> None:
    line = office.account_line("10.00")
    line[ACCOUNT][key] = value if key == "BillableStatus" else {"value": value}
    assert office.refused("Bill", {"VendorRef": {"value": office.vendor}, "Line": [line]}) == [code]


def test_categories_and_items_without_an_expense_account_are_refused_on_bills(office: Office) -> None:
    category = office.create("Item", {"Name": "Concrete", "Type": "Category"})["Id"]
    sold = office.create("Item", {"Name": "Sold", "Type": "Service",
                                  "IncomeAccountRef": {"value": office.income}})["Id"]
    for item, code in ((category, "2500"), (sold, "6000")):
        line = office.cost_line("10.00")
        line[ITEM]["ItemRef"] = {"value": item}
        assert office.refused("Bill", {"VendorRef": {"value": office.vendor}, "Line": [line]}) == [code]


def test_a_bill_of_nothing_is_entered_and_one_below_zero_is_not(office: Office) -> None:
    bill = office.bill(office.cost_line("100.00"), office.account_line("-100.00", office.retention))
    assert (bill["TotalAmt"], bill["Balance"]) == (0, 0)
    assert office.balance(office.cost) == Decimal("100.00")
    assert office.refused("Bill", {"VendorRef": {"value": office.vendor},
                                   "Line": [office.account_line("-0.01")]}) == ["6000"]


def test_a_number_used_twice_is_refused_with_the_other_bill_named_unless_allowed(office: Office) -> None:
    first = office.bill(office.cost_line("10.00"), DocNumber="1005")
    body = {"VendorRef": {"value": office.other_vendor}, "DocNumber": "1005", "Line": [office.cost_line("20.00")]}
    detail = office.post("Bill", body)["Fault"]["Error"][0]
    assert detail["code"] == "6140"
    assert f"DocNumber=1005 is assigned to TxnType=Bill with TxnId={first['Id']}" in detail["Detail"]
    office.create("Bill", body, include="allowduplicatedocnum")
    office.order(office.cost_line("10.00"), DocNumber="1005")
    assert office.refused("Bill", {**body, "DocNumber": "x" * 22}) == ["2050"]


def test_the_number_of_a_deleted_bill_is_free_again(office: Office) -> None:
    office.delete("Bill", office.bill(office.cost_line("10.00"), DocNumber="7"))
    office.bill(office.cost_line("10.00"), DocNumber="7")


def test_orders_and_credits_are_numbered_by_quickbooks_when_custom_numbers_are_off(office: Office) -> None:
    office.service.set_profile(CompanyProfile(custom_numbers=False))
    numbers = [office.order(office.cost_line("1.00"), DocNumber="MINE")["DocNumber"] for _ in range(2)]
    assert numbers == ["1001", "1002"]
    assert office.bill(office.cost_line("1.00"), DocNumber="MINE")["DocNumber"] == "MINE"


@pytest.mark.parametrize(("password", "code"), [(False, "6200"), (True, "6210")])
def test_closed_books_refuse_what_posts_by_its_old_and_its_new_date_and_let_orders_through(
        office: Office, password: bool, code: str) -> None:
    from datetime import date
    bill = office.bill(office.cost_line("10.00"), TxnDate="2026-02-20")
    later = office.bill(office.cost_line("10.00"), TxnDate="2026-03-01")
    order = office.order(office.cost_line("10.00"), TxnDate="2026-01-10")
    office.service.set_closing_date(date(2026, 2, 28), password=password)
    vendor = {"VendorRef": {"value": office.vendor}}
    assert office.refused("Bill", {**vendor, "Line": [office.cost_line("1.00")], "TxnDate": "2026-02-28"}) == [code]
    assert office.refused("Bill", {**vendor, "Id": bill["Id"], "SyncToken": "0", "sparse": True,
                                   "TxnDate": "2026-03-05"}) == [code]
    assert office.refused("Bill", {**vendor, "Id": later["Id"], "SyncToken": "0", "sparse": True,
                                   "TxnDate": "2026-02-28"}) == [code]
    assert office.delete("Bill", bill)["Fault"]["Error"][0]["code"] == code
    office.change("PurchaseOrder", order, {"Line": [*order["Line"], office.cost_line("5.00")]})
    assert office.call("GET", "preferences")["Preferences"]["AccountingInfoPrefs"]["BookCloseDate"] == "2026-02-28"
    office.service.set_closing_date(None)
    office.delete("Bill", bill)


def test_a_line_with_a_customer_and_no_word_on_billing_becomes_billable(office: Office) -> None:
    line = office.account_line("10.00")
    del line[ACCOUNT]["BillableStatus"]
    assert office.bill(line)["Line"][0][ACCOUNT]["BillableStatus"] == "Billable"
    del line[ACCOUNT]["CustomerRef"]
    assert office.bill(line)["Line"][0][ACCOUNT]["BillableStatus"] == "NotBillable"


def test_amounts_stay_exact_to_the_cent_and_beyond_what_a_float_holds(office: Office) -> None:
    bill = office.bill(office.account_line("90071992547409.93"))
    assert bill["TotalAmt"] == Decimal("90071992547409.93")
    raw = office.raw("GET", f"{office.base}/bill/{bill['Id']}").body
    assert b'"TotalAmt":90071992547409.93' in raw


def test_a_deleted_bill_answers_610_and_leaves_nothing_in_the_books(office: Office) -> None:
    bill = office.bill(office.cost_line("10.00"))
    assert office.delete("Bill", bill)["Bill"] == {"domain": "QBO", "status": "Deleted", "Id": bill["Id"]}
    assert office.call("GET", f"bill/{bill['Id']}")["Fault"]["Error"][0]["code"] == "610"
    assert office.service.company.trial_balance() == {}


def test_an_order_to_be_sent_needs_an_address(office: Office) -> None:
    body = {"VendorRef": {"value": office.vendor}, "Line": [office.cost_line("10.00")], "EmailStatus": "NeedToSend"}
    assert office.refused("PurchaseOrder", body) == ["6420"]
    assert office.create("PurchaseOrder", {**body, "POEmail": {"Address": "ap@norton.example"}})["EmailStatus"] \
        == "NeedToSend"


def test_a_term_is_either_of_days_or_of_a_day_of_the_month(office: Office) -> None:
    days = office.create("Term", {"Name": "Net 15", "DueDays": 15, "DiscountDayOfMonth": 4, "DueNextMonthDays": 3})
    assert (days["Type"], days["DueDays"], "DueNextMonthDays" in days) == ("STANDARD", 15, False)
    day = office.create("Term", {"Name": "On the 10th", "DiscountDays": 15, "DayOfMonthDue": 10})
    assert (day["Type"], day["DayOfMonthDue"], "DiscountDays" in day) == ("DATE_DRIVEN", 10, False)


@pytest.mark.parametrize("kind", ["item", "account"])
def test_a_deduction_on_an_order_is_open_until_a_bill_has_deducted_it(office: Office, kind: str) -> None:
    line = office.cost_line if kind == "item" else office.account_line
    order = office.order(line("500.00"), line("-100.00"))
    bill = office.bill(line("300.00"), line("-60.00", LinkedTxn=linked(order, "2")), LinkedTxn=header_link(order))
    assert bill["LinkedTxn"] == header_link(order)
    drawn = office.read("PurchaseOrder", order["Id"])
    assert (drawn["POStatus"], drawn["Line"][1]["Received"]) == ("Open", -60)
    office.bill(line("500.00", LinkedTxn=linked(order, "1")), line("-40.00", LinkedTxn=linked(order, "2")),
                LinkedTxn=header_link(order))
    assert office.read("PurchaseOrder", order["Id"])["POStatus"] == "Closed"
