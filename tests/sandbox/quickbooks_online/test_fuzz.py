"""A client's mistake is refused; it never becomes a failure of the service, and never unbalances the books."""
import copy
import json
import random
from collections.abc import Iterator
from typing import Any

import pytest

from tests.sandbox.quickbooks_online.office import ACCOUNT, Office, header_link
from tieout.sandbox.kit import Request
from tieout.sandbox.quickbooks_online.service import PATHS
from tieout.sandbox.quickbooks_online.shapes import FIELDS

JUNK = (None, 0, -1, 1.5, "", "x", "0", "99999", True, [], {}, [{}], [[]], [None], {"value": "1"}, {"value": None},
        {"value": {}}, "2026-13-01", "2026-01-01", "9" * 25, 1e300, "NaN", "1e400", {"a": 1}, "Vendor", "Customer",
        "\x00", "é" * 600, "33", "40", "56", "59", "145", "146")
WORDS = ("select * from Bill Vendor Id DocNumber where and orderby order by desc startposition maxresults = < >= in "
         "like ( ) , '1' '%' 'x\\'y' 1 -1 1.5 true null MetaData.CreateTime TxnDate TotalAmt Active '2026-01-01' "
         "99999999999999999999 '").split()


def papers(office: Office) -> dict[str, Any]:
    """A good request of each kind."""
    order, bill = office.order(office.cost_line("100.00")), office.bill(office.cost_line("100.00"))
    vendor, lines = {"value": office.vendor}, [office.cost_line("5.00"), office.account_line("3.00")]
    journal = [{"Amount": "1.00", "DetailType": "JournalEntryLineDetail", "JournalEntryLineDetail": {
        "PostingType": side, "AccountRef": {"value": account},
        "Entity": {"Type": "Vendor", "EntityRef": vendor}}}
        for side, account in (("Debit", office.cost), ("Credit", office.payable))]
    sold = [{"Amount": 5, "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": {
        "ItemRef": {"value": office.item}, "Qty": 1, "UnitPrice": 5}},
        {"Amount": 1, "DetailType": "DiscountLineDetail", "DiscountLineDetail": {
            "PercentBased": False, "DiscountAccountRef": {"value": office.income}}}]
    received = [{"Amount": 5, "DetailType": "DepositLineDetail", "DepositLineDetail": {
        "AccountRef": {"value": office.income}, "Entity": {"value": office.job, "type": "CUSTOMER"}}}]
    customer, bank = {"value": office.job}, {"value": office.checking}
    lines[1][ACCOUNT]["BillableStatus"] = "Billable"
    estimate = office.create("Estimate", {"CustomerRef": customer, "Line": sold})
    receipt = office.create("SalesReceipt", {"CustomerRef": customer, "Line": sold})
    credit = office.create("CreditMemo", {"CustomerRef": customer, "Line": sold})
    who = office.create("Employee", {"GivenName": "F"})["Id"]
    hours = {"NameOf": "Employee", "EmployeeRef": {"value": who}, "CustomerRef": customer, "Hours": 3, "Minutes": 5,
             "BillableStatus": "Billable", "HourlyRate": 5}
    time = office.create("TimeActivity", hours)
    charge = office.bill(lines[1])["LinkedTxn"][0]
    estimated, timed = ({"TxnId": shown["Id"], "TxnType": kind}
                        for shown, kind in ((estimate, "Estimate"), (time, "TimeActivity")))
    accounts = {"IncomeAccountRef": {"value": office.income}, "ExpenseAccountRef": {"value": office.cost}}
    return {
        "Bill": {"VendorRef": vendor, "Line": lines, "DocNumber": "1", "LinkedTxn": header_link(order)},
        "PurchaseOrder": {"VendorRef": vendor, "Line": lines, "POStatus": "Open"},
        "VendorCredit": {"VendorRef": vendor, "Line": lines}, "BillPayment": office.payment("1.00", (bill, "1.00")),
        "Purchase": {"PaymentType": "Check", "AccountRef": {"value": office.checking}, "Line": lines,
                     "EntityRef": {"value": office.vendor, "type": "Vendor"}},
        "JournalEntry": {"Line": journal},
        "Invoice": {"CustomerRef": customer, "Line": sold, "LinkedTxn": [estimated, timed, charge], "Deposit": 1,
                    "DepositToAccountRef": bank},
        "Estimate": {"CustomerRef": customer, "Line": sold, "TxnStatus": "Accepted"},
        "ChangeOrder": {"CustomerRef": customer, "ProjectRef": {"value": "7"}, "LinkedTxn": [estimated], "Line": sold},
        "CreditMemo": {"CustomerRef": customer, "Line": sold}, "SalesReceipt": {"CustomerRef": customer, "Line": sold},
        "RefundReceipt": {"CustomerRef": customer, "Line": sold, "DepositToAccountRef": bank},
        "Transfer": {"FromAccountRef": bank, "ToAccountRef": {"value": office.card}, "Amount": 5},
        "TimeActivity": hours,
        "CreditCardPaymentTxn": {"CreditCardAccountRef": {"value": office.card}, "BankAccountRef": bank, "Amount": 5},
        "ReimburseCharge": {"CustomerRef": customer, "Amount": 1}, "RecurringTransaction": {},
        "Payment": {"CustomerRef": customer, "TotalAmt": 5, "Line": [
            {"Amount": 1, "LinkedTxn": [{"TxnId": credit["Id"], "TxnType": "CreditMemo"}]}]},
        "Deposit": {"DepositToAccountRef": {"value": office.checking}, "Line": received,
                    "CashBack": {"AccountRef": {"value": office.card}, "Amount": 1}},
        "Deposit of receipts": {"DepositToAccountRef": bank, "Line": [
            {"Amount": 4, "LinkedTxn": [{"TxnId": receipt["Id"], "TxnType": "SalesReceipt"}]}]},
        "Vendor": {"DisplayName": "A", "BillAddr": {"Line1": "x"}, "TaxIdentifier": "123"},
        "Customer": {"DisplayName": "C", "Job": True, "ParentRef": {"value": office.owner}},
        "Item": {"Name": "I", "Type": "Service", "SubItem": True, "ParentRef": {"value": office.item}, **accounts},
        "Account": {"Name": "A", "AccountType": "Expense", "AcctNum": "1"}, "Class": {"Name": "K"},
        "Term": {"Name": "T", "DueDays": 3}, "Department": {"Name": "D"}, "Employee": {"GivenName": "E"}}


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if path:
        yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, below in inner:
        yield from places(below, (*path, key))


def spoiled(chance: random.Random, entity: str, body: Any) -> Any:
    """The request with up to three things replaced, removed or added."""
    for _ in range(chance.choice((0, 1, 1, 2, 3))):
        found = list(places(body))
        if not found:
            break
        path, how = chance.choice(found), chance.random()
        holder = body
        for key in path[:-1]:
            holder = holder[key]
        if how < 0.6:
            holder[path[-1]] = copy.deepcopy(chance.choice(JUNK))
        elif how < 0.8:
            del holder[path[-1]]
        else:
            body[chance.choice(list(FIELDS[entity]))] = copy.deepcopy(chance.choice(JUNK))
    return body


@pytest.mark.parametrize("seed", range(3))
def test_a_spoiled_write_is_refused_or_booked_in_balance(seed: int) -> None:
    chance, office = random.Random(seed), Office().furnish()
    good = papers(office)
    written = 0
    office.service.set_switches({"change_orders": True, "auto_apply_credit": seed == 1})
    for _ in range(900):
        kind = chance.choice(list(good))
        entity, body, query = kind.partition(" ")[0], copy.deepcopy(good[kind]), {}
        records = list(office.service.company.records[entity].values())
        if records and chance.random() < 0.4:
            record = chance.choice(records)
            body.update(Id=record.id, SyncToken=str(record.sync_token), sparse=chance.random() < 0.5)
            query = chance.choice(({}, {}, {}, {"operation": "delete"}, {"operation": "merge"}, {"include": "void"},
                                   {"operation": "void"}))
        path = f"{office.base}/{PATHS.get(entity, entity.lower())}"
        answer = office.raw("POST", path, spoiled(chance, entity, body), **query)
        assert answer.status in (200, 400), answer
        written += answer.status == 200
        assert office.in_balance()
    assert written > 50, "enough of it was good"
    for kind in good:
        office.query(f"select * from {kind.partition(' ')[0]} maxresults 1000")


def test_a_spoiled_question_is_answered_or_refused() -> None:
    chance, office = random.Random(5), Office().furnish()
    for _ in range(3000):
        statement = "select * from " + " ".join(chance.choice(WORDS) for _ in range(chance.randint(1, 9)))
        assert office.raw("GET", f"{office.base}/query", query=statement).status in (200, 400), statement


@pytest.mark.parametrize("body", [
    b"", b"[]", b"{}", b'{"a":1e999}', b'{"a":' + b"[" * 5000 + b"]" * 5000 + b"}",
    json.dumps({"BatchItemRequest": [1, None, {"bId": {}}, {"Query": 5}, {"operation": {}, "Bill": {}},
                                     {"operation": "create", "Bill": []}, {"operation": "void", "Invoice": 5},
                                     {"operation": "delete", "Bill": {"Id": {}}}, {"optionsData": 5}]}).encode()])
def test_no_body_breaks_the_service(body: bytes) -> None:
    office = Office().furnish()
    for path in ("batch", "bill", "vendor"):
        for operation in ("", "delete", "void", "update"):
            assert office.raw("POST", f"{office.base}/{path}", body, operation=operation).status in (200, 400)


def test_no_form_breaks_the_sign_in() -> None:
    office = Office()
    for method, path in (("POST", "/connect/oauth2"), ("GET", "/connect/oauth2"),
                         ("POST", "/oauth2/v1/tokens/bearer"), ("POST", "/v2/oauth2/tokens/revoke")):
        for body in (b"", b"\xff", b"a=%ff&grant_type=refresh_token&refresh_token=\xc3", b"[1]", b"{}"):
            for sent in ("", "Basic", "Basic \xe9", "Basic ////", "Bearer"):
                answer = office.service.handle(Request.of(method, path, body=body, headers={
                    "Authorization": sent, "Content-Type": "application/json"}))
                assert answer.status in (400, 401)
