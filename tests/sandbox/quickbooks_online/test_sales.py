"""Estimates, invoices, credit memos, receipts and refunds, and what they do to the books (qbo.md 13.1 to 13.4)."""
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tests.sandbox.quickbooks_online.office import Office

RECEIVABLE, UNDEPOSITED = "34", "36"


def sold(office: Office, amount: str, **detail: Any) -> dict[str, Any]:
    return {"Amount": amount, "DetailType": "SalesItemLineDetail",
            "SalesItemLineDetail": {"ItemRef": {"value": office.item}, **detail}}


def form(office: Office, entity: str, *amounts: str, **more: Any) -> Any:
    body = {"CustomerRef": {"value": office.job}, "Line": [sold(office, amount) for amount in amounts], **more}
    if entity == "RefundReceipt":
        body.setdefault("DepositToAccountRef", {"value": office.checking})
    return office.create(entity, body)


def link(shown: Any, kind: str) -> dict[str, str]:
    return {"TxnId": shown["Id"], "TxnType": kind}


def receive(office: Office, total: str, *applied: tuple[Any, str, str], **more: Any) -> dict[str, Any]:
    """A payment's body: (document, kind, amount)."""
    return {"CustomerRef": {"value": office.job}, "TotalAmt": total, **more, "Line": [
        {"Amount": amount, "LinkedTxn": [link(shown, kind)]} for shown, kind, amount in applied]}


def books(office: Office, *accounts: str) -> list[Decimal]:
    assert office.in_balance()
    return [office.balance(account) for account in accounts]


# -- what each form posts --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("entity", "receivable", "undeposited", "checking", "income"), [
    ("Estimate", 0, 0, 0, 0), ("Invoice", 100, 0, 0, -100), ("CreditMemo", -100, 0, 0, 100),
    ("SalesReceipt", 0, 100, 0, -100), ("RefundReceipt", 0, 0, -100, 100)])
def test_each_sales_form_posts_on_its_own_sides(office: Office, entity: str, receivable: int, undeposited: int,
                                                checking: int, income: int) -> None:
    made = form(office, entity, "60.00", "40.00")
    assert made["TotalAmt"] == Decimal("100.00")
    assert made["Line"][-1] == {"Amount": Decimal("100.00"), "DetailType": "SubTotalLineDetail",
                                "SubTotalLineDetail": {}}
    assert books(office, RECEIVABLE, UNDEPOSITED, office.checking, office.income) == [
        receivable, undeposited, checking, income]
    office.delete(entity, made)
    assert books(office, RECEIVABLE, UNDEPOSITED, office.checking, office.income) == [0, 0, 0, 0]


def test_an_item_of_a_balance_sheet_account_keeps_retainage_off_the_income(office: Office) -> None:
    held = office.create("Account", {"Name": "Retainage Receivable", "AccountType": "Other Current Asset",
                                     "AccountSubType": "Retainage"})["Id"]
    item = office.create("Item", {"Name": "Retainage", "Type": "Service", "IncomeAccountRef": {"value": held}})["Id"]
    invoice = office.create("Invoice", {"CustomerRef": {"value": office.job}, "Line": [
        sold(office, "1000.00"), sold(office, "-100.00", ItemRef={"value": item})]})
    assert (invoice["TotalAmt"], invoice["Balance"]) == (900, 900)
    assert books(office, RECEIVABLE, held, office.income) == [900, 100, -1000]


@pytest.mark.parametrize(("discount", "total"), [
    ({"Amount": "5.00"}, "95.00"), ({"DiscountLineDetail": {"PercentBased": True, "DiscountPercent": 12.5}}, "87.50")])
def test_a_discount_comes_off_the_total_and_goes_to_its_account(office: Office, discount: Any, total: str) -> None:
    given = office.create("Account", {"Name": "Discounts given", "AccountType": "Income",
                                      "AccountSubType": "DiscountsRefundsGiven"})["Id"]
    invoice = office.create("Invoice", {"CustomerRef": {"value": office.job}, "Line": [
        sold(office, "100.00"), {"DetailType": "DiscountLineDetail", **discount}]})
    assert invoice["TotalAmt"] == Decimal(total)
    assert invoice["Line"][-1]["Amount"] == Decimal("100.00")
    assert books(office, RECEIVABLE, given, office.income) == [Decimal(total), 100 - Decimal(total), -100]


@pytest.mark.parametrize(("lines", "code"), [
    ([{"DetailType": "DiscountLineDetail", "DiscountLineDetail": {"PercentBased": True}}], "6090"),
    ([{"DetailType": "DiscountLineDetail"}], "6090"),
    ([{"DetailType": "DiscountLineDetail", "Amount": 1}, {"DetailType": "DiscountLineDetail", "Amount": 1}], "6000"),
    ([{"DetailType": "DiscountLineDetail", "Amount": 1}], "6000")])
def test_a_discount_without_amount_a_second_one_and_one_without_account_are_refused(office: Office, lines: Any,
                                                                                  code: str) -> None:
    body = {"CustomerRef": {"value": office.job}, "Line": [sold(office, "100.00"), *lines]}
    assert office.refused("Invoice", body) == [code]


def test_what_the_customer_paid_on_the_invoice_is_received_and_not_due(office: Office) -> None:
    invoice = form(office, "Invoice", "100.00", Deposit=30, DepositToAccountRef={"value": office.checking})
    assert (invoice["TotalAmt"], invoice["Deposit"], invoice["Balance"]) == (100, 30, 70)
    assert books(office, RECEIVABLE, office.checking, office.income) == [70, 30, -100]
    assert office.refused("Payment", receive(office, "100", (invoice, "Invoice", "70.01"))) == ["6000"]
    office.create("Payment", receive(office, "70", (invoice, "Invoice", "70")))
    assert office.read("Invoice", invoice["Id"])["Balance"] == 0
    body = {"CustomerRef": {"value": office.job}, "Line": [sold(office, "10.00")], "Deposit": 10.01}
    assert office.refused("Invoice", body) == ["6000"]
    assert office.refused("Invoice", {**body, "Deposit": -1}) == ["2290"]


@pytest.mark.parametrize("entity", ["Invoice", "Estimate", "CreditMemo", "SalesReceipt", "RefundReceipt"])
@pytest.mark.parametrize(("change", "codes"), [
    ({"Line": []}, ["2020"]), ({"CustomerRef": None}, ["2020"]), ({"CustomerRef": {"value": "999"}}, ["2500"]),
    ({"EmailStatus": "NeedToSend"}, ["6420"]), ({"Colour": "red"}, ["2010"]), ({"DocNumber": "x" * 22}, ["2050"]),
    ({"TxnDate": "2026-13-01"}, ["2060"]), ({"PrintStatus": "Soon"}, ["2170"])])
def test_every_sales_form_refuses_the_same(office: Office, entity: str, change: Any, codes: list[str]) -> None:
    body = {"CustomerRef": {"value": office.job}, "Line": [sold(office, "10.00")],
            "DepositToAccountRef": {"value": office.checking}, **change}
    assert office.refused(entity, body) == codes


@pytest.mark.parametrize("entity", ["Invoice", "Estimate", "CreditMemo", "SalesReceipt", "RefundReceipt"])
def test_a_sparse_update_keeps_what_a_full_update_clears_and_lines_keep_their_ids(office: Office, entity: str) -> None:
    made = form(office, entity, "60.00", "40.00", PrivateNote="memo", CustomerMemo={"value": "Thanks"})
    second = made["Line"][1]
    changed = office.change(entity, made, {"CustomerRef": made["CustomerRef"],
                                           "Line": [second, sold(office, "5.00")]})
    assert [line.get("Id") for line in changed["Line"]] == ["2", "3", None]
    assert [line.get("LineNum") for line in changed["Line"][:2]] == [1, 2]
    assert (changed["TotalAmt"], changed["PrivateNote"]) == (45, "memo")
    whole = office.create(entity, {"Id": made["Id"], "SyncToken": "1", "CustomerRef": made["CustomerRef"],
                                   "DepositToAccountRef": {"value": office.checking},
                                   "Line": [sold(office, "7.00")]})
    assert "PrivateNote" not in whole and "CustomerMemo" not in whole
    assert (whole["TotalAmt"], whole["SyncToken"], whole["Line"][0]["Id"]) == (7, "2", "4")
    assert office.refused(entity, {"Id": made["Id"], "SyncToken": "1", "sparse": True}) == ["5010"]


def test_an_invoice_whose_lines_are_sent_in_part_must_name_its_customer_again(office: Office) -> None:
    made = form(office, "Invoice", "60.00")
    body = {"Id": made["Id"], "SyncToken": "0", "sparse": True, "Line": [sold(office, "7.00")]}
    assert office.refused("Invoice", body) == ["2020"]
    assert office.change("Invoice", made, {"PrivateNote": "x"})["SyncToken"] == "1"


@pytest.mark.parametrize(("entity", "voided"), [
    ("Invoice", True), ("SalesReceipt", True), ("Estimate", False), ("CreditMemo", False), ("RefundReceipt", False)])
def test_only_invoices_and_sales_receipts_can_be_voided(office: Office, entity: str, voided: bool) -> None:
    made = form(office, entity, "60.00", LinkedTxn=[])
    body = {"Id": made["Id"], "SyncToken": "0"}
    if not voided:
        assert office.refused(entity, body, operation="void") == ["500"]
        return
    after = office.create(entity, {**body, "sparse": True}, operation="update", include="void")
    assert (after["TotalAmt"], after["Balance"], after["PrivateNote"]) == (0, 0, "Voided")
    assert books(office, RECEIVABLE, UNDEPOSITED, office.income) == [0, 0, 0]
    assert office.refused(entity, {**body, "SyncToken": "1"}, operation="void") == ["6000"]


@pytest.mark.parametrize("entity", ["Invoice", "Estimate", "CreditMemo", "SalesReceipt", "RefundReceipt"])
def test_sales_numbers_are_the_clients_or_quickbooks_own_by_preference(office: Office, entity: str) -> None:
    assert form(office, entity, "1.00", DocNumber="7").get("DocNumber") == "7"
    body = {"CustomerRef": {"value": office.job}, "DocNumber": "7", "Line": [sold(office, "1.00")],
            "DepositToAccountRef": {"value": office.checking}}
    assert office.refused(entity, body) == ["6140"]
    assert office.create(entity, body, include="allowduplicatedocnum")["DocNumber"] == "7"
    assert "DocNumber" not in form(office, entity, "1.00")
    office.service.set_switches({"custom_sales_numbers": False})
    shown = office.call("GET", "preferences")["Preferences"]["SalesFormsPrefs"]
    assert shown["CustomTxnNumbers"] is False
    assert [form(office, entity, "1.00", DocNumber="7")["DocNumber"] for _ in range(2)] == ["1001", "1002"]


@pytest.mark.parametrize("entity", ["Invoice", "Estimate", "SalesReceipt"])
def test_a_number_is_given_on_request(office: Office, entity: str) -> None:
    assert form(office, entity, "1.00", DocNumber="AUTO_GENERATE")["DocNumber"] == "1001"


@pytest.mark.parametrize("entity", ["Invoice", "CreditMemo", "SalesReceipt", "RefundReceipt"])
def test_closed_books_refuse_every_form_that_posts(office: Office, entity: str) -> None:
    made = form(office, entity, "60.00", TxnDate="2026-01-15")
    office.service.set_closing_date(date(2026, 1, 31))
    for change in ({"TxnDate": "2026-03-01"}, {"PrivateNote": "x"}):
        assert office.refused(entity, {"Id": made["Id"], "SyncToken": "0", "sparse": True, **change}) == ["6200"]
    assert office.refused(entity, {"Id": made["Id"], "SyncToken": "0"}, operation="delete") == ["6200"]


def test_an_estimate_posts_nothing_and_may_be_changed_in_a_closed_period(office: Office) -> None:
    made = form(office, "Estimate", "60.00", TxnDate="2026-01-15")
    office.service.set_closing_date(date(2026, 1, 31))
    assert office.change("Estimate", made, {"TxnStatus": "Accepted", "AcceptedBy": "J. Oak"})["AcceptedBy"] == "J. Oak"


def test_a_form_that_is_sent_says_so_and_takes_the_address_of_the_call(office: Office) -> None:
    made = form(office, "Invoice", "60.00")
    answer = office.call("POST", f"invoice/{made['Id']}/send")
    assert answer["Fault"]["Error"][0]["code"] == "6420"
    assert office.call("POST", f"invoice/{made['Id']}/send", sendTo="no")["Fault"]["Error"][0]["code"] == "2210"
    sent = office.call("POST", f"invoice/{made['Id']}/send", sendTo="owner@oak.example")["Invoice"]
    assert (sent["EmailStatus"], sent["BillEmail"]) == ("EmailSent", {"Address": "owner@oak.example"})
    assert office.call("POST", "invoice/99999/send", sendTo="a@b.example")["Fault"]["Error"][0]["code"] == "610"
    assert office.raw("GET", f"{office.base}/invoice/{made['Id']}/pdf").status == 501


# -- estimates -------------------------------------------------------------------------------------------------------


def test_an_estimate_is_converted_while_an_invoice_has_it(office: Office) -> None:
    estimate = form(office, "Estimate", "900.00")
    assert estimate["TxnStatus"] == "Pending"
    invoice = form(office, "Invoice", "900.00", LinkedTxn=[link(estimate, "Estimate")])
    assert invoice["LinkedTxn"] == [link(estimate, "Estimate")]
    taken = office.read("Estimate", estimate["Id"])
    assert (taken["TxnStatus"], taken["SyncToken"]) == ("Converted", "1")
    assert taken["LinkedTxn"] == [link(invoice, "Invoice")]
    office.delete("Invoice", invoice)
    free = office.read("Estimate", estimate["Id"])
    assert (free["TxnStatus"], "LinkedTxn" in free) == ("Pending", False)


def test_a_link_that_does_not_hold_is_dropped_or_refused_by_the_switch(office: Office) -> None:
    estimate, other = form(office, "Estimate", "900.00"), form(office, "Estimate", "50.00")
    form(office, "Invoice", "900.00", LinkedTxn=[link(estimate, "Estimate")])
    stranger = office.create("Customer", {"DisplayName": "Elm Schools"})["Id"]
    closed = form(office, "Estimate", "1.00", TxnStatus="Closed")
    bad = [{"LinkedTxn": [link(estimate, "Estimate")]},
           {"LinkedTxn": [link(other, "Estimate")], "CustomerRef": {"value": stranger}},
           {"LinkedTxn": [link(closed, "Estimate")]}, {"LinkedTxn": [{"TxnId": "99999", "TxnType": "Estimate"}]},
           {"LinkedTxn": [link(other, "Bill")]}]
    for more in bad:
        assert form(office, "Invoice", "5.00", **more)["LinkedTxn"] == []
    office.service.set_switches({"lenient_links": False})
    for more in bad:
        body = {"CustomerRef": {"value": office.job}, "Line": [sold(office, "5.00")], **more}
        assert office.refused("Invoice", body) == ["620"]
    third = form(office, "Estimate", "5.00")
    body = {"CustomerRef": {"value": office.job}, "Line": [sold(office, "5.00")],
            "LinkedTxn": [link(other, "Estimate"), link(third, "Estimate")]}
    assert office.refused("Invoice", body) == ["620"]


def test_a_deleted_estimate_leaves_its_invoice_and_a_full_update_without_links_leaves_the_estimate(
        office: Office) -> None:
    estimate = form(office, "Estimate", "900.00")
    line = {**sold(office, "900.00"), "LinkedTxn": [link(estimate, "Estimate")]}
    invoice = office.create("Invoice", {"CustomerRef": {"value": office.job}, "Line": [line]})
    assert invoice["Line"][0]["LinkedTxn"] == invoice["LinkedTxn"] == [link(estimate, "Estimate")]
    kept = office.change("Invoice", invoice, {"PrivateNote": "x"})
    assert kept["LinkedTxn"] == [link(estimate, "Estimate")]
    office.delete("Estimate", office.read("Estimate", estimate["Id"]))
    after = office.read("Invoice", invoice["Id"])
    assert (after["LinkedTxn"], after["SyncToken"], "LinkedTxn" in after["Line"][0]) == ([], "2", False)
    again = form(office, "Estimate", "900.00")
    invoice = form(office, "Invoice", "900.00", LinkedTxn=[link(again, "Estimate")])
    office.create("Invoice", {"Id": invoice["Id"], "SyncToken": "0", "CustomerRef": {"value": office.job},
                              "Line": [sold(office, "900.00")]})
    assert office.read("Estimate", again["Id"])["TxnStatus"] == "Pending"


def test_a_projects_estimate_shows_what_it_costs(office: Office) -> None:
    line = {**sold(office, "900.00"), "CostAmount": 700}
    made = form(office, "Estimate", "1.00", ProjectRef={"value": "39298034"}, Line=[line, {**line, "CostAmount": 50}])
    assert (made["TxnSubType"], made["TotalCostAmount"]) == ("ProjectCostEstimate", 750)


def test_change_orders_need_a_switch_an_estimate_of_the_customer_and_their_project(office: Office) -> None:
    estimate = form(office, "Estimate", "900.00")
    body = {"CustomerRef": {"value": office.job}, "ProjectRef": {"value": "39298034"}, "DocNumber": "CO-1",
            "LinkedTxn": [link(estimate, "Estimate")], "Line": [sold(office, "50.00")]}
    assert office.refused("ChangeOrder", body) == ["5030"]
    office.service.set_switches({"change_orders": True})
    made = office.create("ChangeOrder", body)
    assert (made["TxnStatus"], made["TotalAmt"], made["Line"][0]["LinkedTxn"]) == (
        "Pending", 50, [link(estimate, "Estimate")])
    assert office.refused("ChangeOrder", body) == ["6140"]
    assert office.refused("ChangeOrder", {**body, "DocNumber": "CO-2", "LinkedTxn": []}) == ["2020"]
    assert office.refused("ChangeOrder", {"Id": made["Id"], "SyncToken": "0", "sparse": True, "PrivateNote": "x"}) == [
        "9349"]
    assert office.change("ChangeOrder", made, {**body, "PrivateNote": "x"})["PrivateNote"] == "x"
    assert books(office, RECEIVABLE) == [0]


# -- credits ---------------------------------------------------------------------------------------------------------


def test_a_credit_memo_pays_an_invoice_through_a_payment(office: Office) -> None:
    invoice, credit = form(office, "Invoice", "100.00"), form(office, "CreditMemo", "30.00")
    assert (credit["Balance"], credit["RemainingCredit"]) == (30, 30)
    payment = office.create("Payment", receive(office, "50", (invoice, "Invoice", "75"), (credit, "CreditMemo", "25")))
    assert payment["UnappliedAmt"] == 0
    used = office.read("CreditMemo", credit["Id"])
    assert (used["RemainingCredit"], used["SyncToken"], used["LinkedTxn"]) == (5, "1", [link(payment, "Payment")])
    assert office.read("Invoice", invoice["Id"])["Balance"] == 25
    assert office.read("Customer", office.job)["Balance"] == 20
    assert office.refused("CreditMemo", {"Id": credit["Id"], "SyncToken": "1"}, operation="delete") == ["800"]
    office.delete("Payment", payment)
    assert office.read("CreditMemo", credit["Id"])["RemainingCredit"] == 30
    office.delete("CreditMemo", office.read("CreditMemo", credit["Id"]))
    assert books(office, RECEIVABLE, office.income) == [100, -100]


def test_a_credit_memo_in_use_keeps_its_customer_and_what_was_used_of_it(office: Office) -> None:
    invoice, credit = form(office, "Invoice", "100.00"), form(office, "CreditMemo", "30.00")
    office.create("Payment", receive(office, "0", (invoice, "Invoice", "25"), (credit, "CreditMemo", "25")))
    credit = office.read("CreditMemo", credit["Id"])
    changed = {"Id": credit["Id"], "SyncToken": credit["SyncToken"], "sparse": True}
    assert office.refused("CreditMemo", {**changed, "Line": [sold(office, "24.99")]}) == ["6000"]
    assert office.refused("CreditMemo", {**changed, "CustomerRef": {"value": office.owner}}) == ["6000"]
    assert office.change("CreditMemo", credit, {"Line": [sold(office, "25.00")]})["RemainingCredit"] == 0


def test_a_deleted_invoice_gives_a_credit_back_and_leaves_the_money_unapplied(office: Office) -> None:
    invoice, credit = form(office, "Invoice", "100.00"), form(office, "CreditMemo", "30.00")
    payment = office.create("Payment", receive(office, "70", (invoice, "Invoice", "100"), (credit, "CreditMemo", "30")))
    office.delete("Invoice", office.read("Invoice", invoice["Id"]))
    assert office.read("CreditMemo", credit["Id"])["RemainingCredit"] == 30
    left = office.read("Payment", payment["Id"])
    assert (left["UnappliedAmt"], left["Line"]) == (70, [])
    assert books(office, RECEIVABLE, UNDEPOSITED, office.income) == [-100, 70, 30]


@pytest.mark.parametrize("first", ["Invoice", "CreditMemo"])
def test_credits_apply_themselves_where_the_preference_says_so(office: Office, first: str) -> None:
    office.service.set_switches({"auto_apply_credit": True})
    second = "CreditMemo" if first == "Invoice" else "Invoice"
    form(office, first, "40.00")
    assert office.rows("select * from Payment") == []
    made = form(office, second, "100.00")
    assert made["Balance"] == 60
    [payment] = office.rows("select * from Payment")
    assert (payment["TotalAmt"], payment["UnappliedAmt"]) == (0, 0)
    assert sorted(line["LinkedTxn"][0]["TxnType"] for line in payment["Line"]) == ["CreditMemo", "Invoice"]
    assert office.in_balance()


def test_a_journal_entry_and_a_deposit_to_receivables_can_be_applied_by_a_payment(office: Office) -> None:
    party = {"Entity": {"Type": "Customer", "EntityRef": {"value": office.job}}}
    entry = office.create("JournalEntry", {"Line": [
        {"Amount": 50, "DetailType": "JournalEntryLineDetail", "JournalEntryLineDetail": {
            "PostingType": "Debit", "AccountRef": {"value": RECEIVABLE}, **party}},
        {"Amount": 50, "DetailType": "JournalEntryLineDetail", "JournalEntryLineDetail": {
            "PostingType": "Credit", "AccountRef": {"value": office.income}}}]})
    deposit = office.create("Deposit", {"DepositToAccountRef": {"value": office.checking}, "Line": [
        {"Amount": 20, "DetailType": "DepositLineDetail", "DepositLineDetail": {
            "AccountRef": {"value": RECEIVABLE}, "Entity": {"value": office.job, "type": "CUSTOMER"}}}]})
    office.create("Payment", receive(office, "30", (entry, "JournalEntry", "50"), (deposit, "Deposit", "20")))
    assert office.read("Customer", office.job)["Balance"] == 0
    check = office.create("Purchase", {"PaymentType": "Check", "AccountRef": {"value": office.checking},
                                       "Line": [office.account_line("5.00")]})
    assert office.refused("Payment", receive(office, "5", (check, "Check", "5"))) == ["620"]


def test_what_a_customer_pays_for_a_job_clears_the_job_and_keeps_the_rest_with_the_customer(office: Office) -> None:
    invoice = form(office, "Invoice", "100.00")
    office.create("Payment", {**receive(office, "120", (invoice, "Invoice", "100")),
                              "CustomerRef": {"value": office.owner}})
    job, owner = office.read("Customer", office.job), office.read("Customer", office.owner)
    assert (job["Balance"], owner["Balance"], owner["BalanceWithJobs"]) == (0, -20, -20)
    stranger = office.create("Customer", {"DisplayName": "Elm Schools"})["Id"]
    other = {**receive(office, "1", (form(office, "Invoice", "1.00"), "Invoice", "1")),
             "CustomerRef": {"value": stranger}}
    assert office.refused("Payment", other) == ["620"]


def test_a_job_that_moves_to_another_customer_takes_what_was_paid_for_it_along(office: Office) -> None:
    invoice = form(office, "Invoice", "100.00")
    payment = office.create("Payment", {**receive(office, "100", (invoice, "Invoice", "100")),
                                        "CustomerRef": {"value": office.owner}})
    stranger = office.create("Customer", {"DisplayName": "Elm Schools"})["Id"]
    office.change("Customer", office.read("Customer", office.job), {"Job": True, "ParentRef": {"value": stranger}})
    paid = office.read("Invoice", invoice["Id"])
    office.change("Invoice", paid, {"CustomerRef": paid["CustomerRef"], "Line": [sold(office, "80.00")]})
    assert office.read("Payment", payment["Id"])["UnappliedAmt"] == 20
    assert [office.read("Customer", id_)["Balance"] for id_ in (office.job, office.owner)] == [0, -20]


@pytest.mark.parametrize(("change", "code"), [
    ({"TotalAmt": -1}, "6000"), ({"TotalAmt": "10.001"}, "2140"), ({"DepositToAccountRef": {"value": "33"}}, "6430"),
    ({"ARAccountRef": {"value": "35"}}, "6430"), ({"TotalAmt": 9}, "6000"), ({"CustomerRef": None}, "2020"),
    ({"PaymentRefNum": "x" * 22}, "2050"), ({"PaymentMethodRef": {"value": "99"}}, "2500"),
    ({"Line": [{"Amount": 1}]}, "2020"), ({"Line": [{"Amount": 0, "LinkedTxn": [{"TxnId": "1", "TxnType": "Bill"}]}]},
                                           "620")])
def test_a_payment_refuses_what_cannot_be_received(office: Office, change: Any, code: str) -> None:
    invoice = form(office, "Invoice", "10.00")
    assert office.refused("Payment", {**receive(office, "10", (invoice, "Invoice", "10")), **change}) == [code]


def test_an_invoice_that_shrinks_below_what_was_paid_leaves_the_rest_unapplied(office: Office) -> None:
    invoice = form(office, "Invoice", "100.00")
    payment = office.create("Payment", receive(office, "100", (invoice, "Invoice", "100")))
    paid = office.read("Invoice", invoice["Id"])
    office.change("Invoice", paid, {"CustomerRef": paid["CustomerRef"], "Line": [sold(office, "80.00")]})
    assert office.read("Payment", payment["Id"])["UnappliedAmt"] == 20
    body = {"Id": invoice["Id"], "SyncToken": office.read("Invoice", invoice["Id"])["SyncToken"], "sparse": True}
    assert office.refused("Invoice", {**body, "CustomerRef": {"value": office.owner}}) == ["6000"]
    assert books(office, RECEIVABLE) == [-20]
