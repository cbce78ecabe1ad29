from decimal import Decimal

import pytest

from tests.sandbox.quickbooks_online.office import Office


def credit(office: Office, amount: str) -> object:
    return office.create("VendorCredit", {"VendorRef": {"value": office.vendor}, "Line": [office.account_line(amount)]})


def test_a_payment_in_part_leaves_the_rest_open_and_touches_the_bill(office: Office) -> None:
    bill = office.bill(office.cost_line("1000.00"))
    payment = office.pay("400.00", (bill, "400.00"))
    paid = office.read("Bill", bill["Id"])
    assert (paid["Balance"], paid["SyncToken"]) == (Decimal("600.00"), "1")
    assert paid["LinkedTxn"] == [{"TxnId": payment["Id"], "TxnType": "BillPaymentCheck"}]
    assert paid["MetaData"]["LastUpdatedTime"] == payment["MetaData"]["CreateTime"]
    assert office.balance(office.checking) == Decimal("-400.00")
    assert office.read("Vendor", office.vendor)["Balance"] == Decimal("600.00")


def test_one_payment_settles_three_bills_less_a_credit(office: Office) -> None:
    bills = [office.bill(office.cost_line(amount)) for amount in ("100.00", "200.00", "300.00")]
    back = credit(office, "50.00")
    office.pay("550.00", *[(bill, bill["TotalAmt"]) for bill in bills], (back, "50.00"))
    assert [office.read("Bill", bill["Id"])["Balance"] for bill in bills] == [0, 0, 0]
    assert office.read("VendorCredit", back["Id"])["Balance"] == 0
    assert office.read("Vendor", office.vendor)["Balance"] == 0
    assert office.balance(office.checking) == Decimal("-550.00")


def test_credits_that_cover_the_bills_need_no_cash_and_no_bank_account(office: Office) -> None:
    bill, back = office.bill(office.cost_line("80.00")), credit(office, "80.00")
    body = office.payment("0", (bill, "80.00"), (back, "80.00"), CheckPayment={"PrintStatus": "NotSet"})
    office.create("BillPayment", body)
    assert office.read("Bill", bill["Id"])["Balance"] == 0
    assert office.balance(office.checking) == 0
    assert office.in_balance()


def test_what_is_paid_beyond_the_bill_stays_with_the_vendor_as_a_credit(office: Office) -> None:
    bill = office.bill(office.cost_line("100.00"))
    office.pay("130.00", (bill, "100.00"))
    assert office.read("Bill", bill["Id"])["Balance"] == 0
    assert office.read("Vendor", office.vendor)["Balance"] == Decimal("-30.00")


@pytest.mark.parametrize("ending", ["void", "delete"])
def test_a_voided_or_deleted_payment_gives_the_bill_its_balance_back(office: Office, ending: str) -> None:
    bill, back = office.bill(office.cost_line("100.00")), credit(office, "10.00")
    payment = office.pay("90.00", (bill, "100.00"), (back, "10.00"))
    if ending == "void":
        voided = office.change("BillPayment", payment, {}, operation="update", include="void")
        assert (voided["TotalAmt"], voided["Line"], voided["PrivateNote"]) == (0, [], "Voided")
        assert office.read("BillPayment", payment["Id"])["SyncToken"] == "1"
    else:
        office.delete("BillPayment", payment)
        assert office.call("GET", f"billpayment/{payment['Id']}")["Fault"]["Error"][0]["code"] == "610"
    open_again = office.read("Bill", bill["Id"])
    assert (open_again["Balance"], open_again["SyncToken"]) == (Decimal("100.00"), "2")
    assert "LinkedTxn" not in open_again
    assert office.read("VendorCredit", back["Id"])["Balance"] == Decimal("10.00")
    assert office.balance(office.checking) == 0


def test_an_edited_payment_moves_only_what_changed(office: Office) -> None:
    one, two = (office.bill(office.cost_line("100.00")) for _ in range(2))
    payment = office.pay("150.00", (one, "100.00"), (two, "50.00"))
    lines = [{"Amount": "60.00", "LinkedTxn": [{"TxnId": two["Id"], "TxnType": "Bill"}]},
             {"Amount": "90.00", "LinkedTxn": [{"TxnId": one["Id"], "TxnType": "Bill"}]}]
    office.change("BillPayment", payment, {"VendorRef": payment["VendorRef"], "Line": lines})
    assert office.read("Bill", one["Id"])["Balance"] == Decimal("10.00")
    assert office.read("Bill", two["Id"])["Balance"] == Decimal("40.00")
    noted = office.change("BillPayment", office.read("BillPayment", payment["Id"]),
                          {"VendorRef": payment["VendorRef"], "PrivateNote": "memo"})
    assert noted["SyncToken"] == "2"
    assert office.read("Bill", one["Id"])["SyncToken"] == "2", "a memo does not touch the bills"


@pytest.mark.parametrize(("case", "code"), [
    ("more than is open", "6000"), ("another vendor's bill", "620"), ("less than applied", "6000"),
    ("no lines", "2020"), ("a line without a link", "2020"), ("no bank account", "6000"), ("not a bank", "6430"),
    ("a negative line", "2290"), ("an order", "620"), ("a bill that is gone", "610"), ("twice the same bill", "6000")])
def test_a_payment_that_does_not_fit_is_refused_and_changes_nothing(office: Office, case: str, code: str) -> None:
    bill = office.bill(office.cost_line("100.00"))
    body = office.payment("100.00", (bill, "100.00"))
    match case:
        case "more than is open":
            body = office.payment("150.00", (bill, "150.00"))
        case "another vendor's bill":
            body["VendorRef"] = {"value": office.other_vendor}
        case "less than applied":
            body["TotalAmt"] = "99.99"
        case "no lines":
            body["Line"] = []
        case "a line without a link":
            body["Line"] = [{"Amount": "100.00"}]
        case "no bank account":
            body["CheckPayment"] = {"PrintStatus": "NotSet"}
        case "not a bank":
            body["CheckPayment"] = {"BankAccountRef": {"value": office.card}}
        case "a negative line":
            body["Line"][0]["Amount"] = "-100.00"
        case "an order":
            order = office.order(office.cost_line("100.00"))
            body["Line"][0]["LinkedTxn"] = [{"TxnId": order["Id"], "TxnType": "PurchaseOrder"}]
        case "a bill that is gone":
            body["Line"][0]["LinkedTxn"][0]["TxnId"] = "9999"
        case "twice the same bill":
            body = office.payment("120.00", (bill, "60.00"), (bill, "60.00"))
    before = office.service.company.trial_balance()
    assert office.refused("BillPayment", body) == [code]
    assert office.service.company.trial_balance() == before
    assert office.read("Bill", bill["Id"])["SyncToken"] == "0"


def test_a_linked_check_is_left_out_and_the_rest_is_booked(office: Office) -> None:
    bill = office.bill(office.cost_line("100.00"))
    body = office.payment("100.00", (bill, "100.00"))
    body["Line"].append({"Amount": "5.00", "LinkedTxn": [{"TxnId": "1", "TxnType": "Check"}]})
    assert len(office.create("BillPayment", body)["Line"]) == 1


def test_a_card_pays_bills_too(office: Office) -> None:
    bill = office.bill(office.cost_line("70.00"))
    body = office.payment("70.00", (bill, "70.00"), PayType="CreditCard")
    body.pop("CheckPayment")
    office.create("BillPayment", {**body, "CreditCardPayment": {"CCAccountRef": {"value": office.card}}})
    assert office.balance(office.card) == Decimal("-70.00")


def test_check_numbers_are_shared_by_checks_and_bill_payments(office: Office) -> None:
    bill = office.bill(office.cost_line("100.00"))
    office.pay("10.00", (bill, "10.00"), DocNumber="501")
    check = {"PaymentType": "Check", "AccountRef": {"value": office.checking}, "DocNumber": "501",
             "Line": [office.account_line("5.00")]}
    assert office.refused("Purchase", check) == ["6140"]


def test_deleting_a_paid_bill_leaves_the_money_with_the_vendor_and_the_payment_unlinked(office: Office) -> None:
    bill = office.bill(office.cost_line("100.00"))
    payment = office.pay("100.00", (bill, "100.00"))
    office.delete("Bill", office.read("Bill", bill["Id"]))
    after = office.read("BillPayment", payment["Id"])
    assert (after["Line"], after["TotalAmt"], after["SyncToken"]) == ([], Decimal("100.00"), "1")
    assert office.read("Vendor", office.vendor)["Balance"] == Decimal("-100.00")


def test_a_bill_that_falls_below_what_was_paid_leaves_the_excess_unapplied(office: Office) -> None:
    bill = office.bill(office.cost_line("100.00"))
    payment = office.pay("100.00", (bill, "100.00"))
    paid = office.read("Bill", bill["Id"])
    office.change("Bill", paid, {"VendorRef": paid["VendorRef"], "Line": [office.cost_line("70.00")]})
    assert office.read("Bill", bill["Id"])["Balance"] == 0
    assert office.read("BillPayment", payment["Id"])["Line"][0]["Amount"] == Decimal("70.00")
    assert office.read("Vendor", office.vendor)["Balance"] == Decimal("-30.00")


def test_a_paid_bill_keeps_its_vendor_and_a_used_credit_cannot_go(office: Office) -> None:
    bill, back = office.bill(office.cost_line("100.00")), credit(office, "10.00")
    office.pay("90.00", (bill, "100.00"), (back, "10.00"))
    paid = office.read("Bill", bill["Id"])
    assert office.refused("Bill", {"Id": paid["Id"], "SyncToken": paid["SyncToken"], "sparse": True,
                                   "VendorRef": {"value": office.other_vendor}}) == ["6000"]
    used = office.read("VendorCredit", back["Id"])
    assert office.delete("VendorCredit", used)["Fault"]["Error"][0]["code"] == "800"


def test_a_journal_entry_on_payables_can_be_paid(office: Office) -> None:
    def line(kind: str, account: str, **more: object) -> object:
        return {"Amount": "40.00", "DetailType": "JournalEntryLineDetail",
                "JournalEntryLineDetail": {"PostingType": kind, "AccountRef": {"value": account}, **more}}
    vendor = {"Entity": {"Type": "Vendor", "EntityRef": {"value": office.vendor}}}
    entry = office.create("JournalEntry", {"Line": [line("Debit", office.cost),
                                                    line("Credit", office.payable, **vendor)]})
    office.pay("40.00", (entry, "40.00"))
    assert office.read("Vendor", office.vendor)["Balance"] == 0
    assert office.refused("BillPayment", office.payment("1.00", (entry, "1.00"))) == ["6000"]


@pytest.mark.parametrize(("lines", "code"), [
    ([("Debit", "cost", "10.00", None), ("Credit", "income", "9.00", None)], "2300"),
    ([("Debit", "cost", "10.00", None)], "2250"),
    ([("Debit", "receivable", "10.00", "Vendor"), ("Credit", "income", "10.00", None)], "6000"),
    ([("Debit", "cost", "10.00", None), ("Credit", "payable", "10.00", None)], "6000"),
    ([("Debit", "cost", "-10.00", None), ("Credit", "income", "-10.00", None)], "2290")])
def test_a_journal_entry_balances_and_names_its_parties(office: Office, lines: list[tuple[str, str, str, str | None]],
                                                        code: str) -> None:
    made = []
    for kind, account, amount, party in lines:
        detail: dict[str, object] = {"PostingType": kind, "AccountRef": {"value": getattr(office, account)}}
        if party:
            detail["Entity"] = {"Type": party, "EntityRef": {"value": office.vendor}}
        made.append({"Amount": amount, "DetailType": "JournalEntryLineDetail", "JournalEntryLineDetail": detail})
    assert office.refused("JournalEntry", {"Line": made}) == [code]


def test_revenue_reaches_the_bank_through_an_invoice_a_payment_and_a_deposit(office: Office) -> None:
    sold = {"Amount": "25000.00", "DetailType": "SalesItemLineDetail",
            "SalesItemLineDetail": {"ItemRef": {"value": office.item}, "Qty": 1, "UnitPrice": 25000}}
    invoice = office.create("Invoice", {"CustomerRef": {"value": office.job}, "Line": [sold]})
    assert invoice["Balance"] == Decimal("25000.00")
    assert office.read("Customer", office.owner)["BalanceWithJobs"] == Decimal("25000.00")
    payment = office.create("Payment", {"CustomerRef": {"value": office.job}, "TotalAmt": 26000, "Line": [
        {"Amount": 25000, "LinkedTxn": [{"TxnId": invoice["Id"], "TxnType": "Invoice"}]}]})
    assert payment["UnappliedAmt"] == Decimal("1000.00")
    deposit = office.create("Deposit", {"DepositToAccountRef": {"value": office.checking}, "Line": [
        {"Amount": 26000, "LinkedTxn": [{"TxnId": payment["Id"], "TxnType": "Payment", "TxnLineId": "0"}]}]})
    assert office.balance(office.checking) == Decimal("26000.00")
    deposited = office.read("Payment", payment["Id"])
    assert office.delete("Payment", deposited)["Fault"]["Error"][0]["code"] == "6540"
    office.delete("Deposit", deposit)
    office.delete("Payment", office.read("Payment", payment["Id"]))
    voided = office.create("Invoice", {"Id": invoice["Id"], "SyncToken": "2"}, operation="void")
    assert (voided["TotalAmt"], voided["Balance"]) == (0, 0)
    assert office.service.company.trial_balance() == {}


def test_a_card_refund_turns_the_sides_of_a_purchase(office: Office) -> None:
    office.create("Purchase", {"PaymentType": "CreditCard", "AccountRef": {"value": office.card}, "Credit": True,
                               "EntityRef": {"value": office.vendor, "type": "Vendor"},
                               "Line": [office.account_line("12.00")]})
    assert office.balance(office.card) == Decimal("12.00")
    assert office.refused("Purchase", {"PaymentType": "Check", "AccountRef": {"value": office.card},
                                       "Line": [office.account_line("1.00")]}) == ["6430"]


@pytest.mark.parametrize("entity", ["Bill", "VendorCredit", "BillPayment"])
def test_a_sparse_update_must_name_the_vendor_again(office: Office, entity: str) -> None:
    bill = office.bill(office.cost_line("100.00"))
    shown = {"Bill": bill, "VendorCredit": credit(office, "1.00"),
             "BillPayment": office.pay("10.00", (bill, "10.00"))}[entity]
    token = "1" if entity == "Bill" else "0"
    assert office.refused(entity, {"Id": shown["Id"], "SyncToken": token, "sparse": True,
                                   "PrivateNote": "x"}) == ["2020"]


def test_a_second_line_that_names_no_document_is_refused_as_the_first_would_be(office: Office) -> None:
    bill = office.bill(office.cost_line("100.00"))
    body = office.payment("100.00", (bill, "60.00"))
    body["Line"].append({"Amount": "40.00", "LinkedTxn": [{"TxnType": "Bill"}]})
    assert office.refused("BillPayment", body) == ["610"]
    assert office.read("Bill", bill["Id"])["Balance"] == 100
