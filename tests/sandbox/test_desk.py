"""One person plays both sides on the desk's pages, and sees the books move."""
from __future__ import annotations

import re
from decimal import Decimal
from functools import cache
from html import unescape
from pathlib import Path
from urllib.parse import urlencode

import pytest

from tieout.sandbox.desk.desk import PATH, Form, Mistake
from tieout.sandbox.desk.pages import amount
from tieout.sandbox.kit import Faults, Request
from tieout.sandbox.sandbox import Sandbox
from tieout.sandbox.snapshot import put_back, taken
from tieout.sandbox.worlds.rest import QuickBooksRest


class Person:
    """Someone at the desk; a page is read as its words."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.at = "/"

    def open(self, path: str, status: int = 200) -> str:
        where, _, query = path.partition("?")
        answer = self.sandbox.handle("quickbooks", Request.of("GET", PATH + where, query=query))
        assert answer.status == status, (path, answer.status)
        self.page = answer.body.decode()
        return words(self.page)

    def send(self, path: str, **fields: str) -> str:
        """What the next page says of the act."""
        body = urlencode({key.replace("__", "-"): value for key, value in fields.items()}).encode()
        answer = self.sandbox.handle("quickbooks", Request.of("POST", PATH + path, body=body))
        assert answer.status == 303, (path, answer.status)
        self.at = answer.headers["Location"].removeprefix(PATH)
        self.open(self.at)
        found = re.search(r'(?s)<section class="said.*?</section>', self.page)
        assert found is not None
        return words(found.group())

    def confirm(self, path: str, **asked: str) -> str:
        """What the page before it says will happen, and then what the act says."""
        self.asked = self.open(path + ("?" + urlencode(asked) if asked else ""))
        fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', self.page))
        return self.send(path, **fields)

    def link(self, pattern: str) -> str:
        found = re.search(rf'href="{PATH}({pattern})"', self.page)
        assert found is not None, pattern
        return unescape(found.group(1))


def words(page: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub("<[^>]+>", " ", page))).strip()


@cache
def may() -> tuple[Sandbox, bytes]:
    """Maple in the middle of May, and the snapshot from which each test begins."""
    sandbox = Sandbox.start(world="maple")
    for _ in range(9):
        sandbox.play_next()
    return sandbox, taken(sandbox)


def spring() -> Person:
    sandbox, snapshot = may()
    put_back(sandbox, snapshot)
    return Person(sandbox)


def account(person: Person, number: str) -> str:
    rows = person.sandbox.quickbooks.company.records["Account"].items()
    return next(id_ for id_, record in rows if record.body.get("AcctNum") == number)


def vendor(person: Person) -> str:
    return next(iter(person.sandbox.quickbooks.company.records["Vendor"]))


def entered(person: Person, number: str = "B-1", amount: str = "1,200.50") -> str:
    said = person.send("/quickbooks/new-bill", vendor=vendor(person), number=number, date="2026-05-20",
                       amount__1=amount, account__1=account(person, "5200"))
    assert said.startswith("Done."), said
    return person.at.partition("?")[0].rpartition("/")[2]


PAGES = ("", "/", "/procore", "/quickbooks/books", "/quickbooks/books?as_of=2026-01-31", "/quickbooks/pay",
         "/quickbooks/new-bill", "/quickbooks/vendors", "/quickbooks/vendors?name=a", "/quickbooks/Bill?open=1",
         *(f"/quickbooks/{kind}" for kind in ("Bill", "VendorCredit", "BillPayment", "PurchaseOrder", "Purchase",
                                              "JournalEntry", "Invoice", "Payment", "Deposit", "Estimate",
                                              "CreditMemo", "SalesReceipt", "RefundReceipt", "Transfer",
                                              "TimeActivity")))


@pytest.mark.parametrize("world", ["empty", "maple"])
def test_every_page_opens_and_says_that_it_is_a_simulation(world):
    person = Person(Sandbox.start(world=world))
    for path in PAGES:
        assert "Simulation." in person.open(path), path


@pytest.mark.parametrize(("world", "others"), [
    ("empty", "Nobody else acts in this world."),
    ("generate:projects=1,months=1", "Nobody else acts in this world any more."),
    ("maple", "Let the others act until")])
def test_the_desk_says_whether_others_act(world: str, others: str) -> None:
    sandbox = Sandbox.start(world=world)
    while world.startswith("generate") and sandbox.play_next():
        pass
    assert others in Person(sandbox).open("/")
    sandbox.close()


def test_a_pay_application_is_approved_where_it_waits():
    person = spring()
    assert "No. 4, 4479" in person.open("/")
    invoice = person.link(r"/procore/\d+/applications/\d+")
    assert "Retainage held 9,900.00" in person.open(invoice)
    said = person.send(f"{invoice}/status", status="approved", **{"from": invoice})
    assert "is approved" in said and "Nothing moved in the books" in said
    assert "No. 4, 4479" not in person.open("/")


def test_an_approval_that_came_too_late_is_refused_in_words():
    person = spring()
    person.open("/")
    invoice = person.link(r"/procore/\d+/applications/\d+")
    person.send(f"{invoice}/status", status="approved")
    assert "is approved by now" in person.send(f"{invoice}/status", status="approved_as_noted")


def test_a_new_pay_application_bills_the_lines_with_retainage_by_the_contract_s_rate():
    person = spring()
    person.open("/procore")
    person.open(person.link(r"/procore/\d+"))
    bills = re.findall(rf'href="{PATH}(/procore/\d+/commitments/\d+/bill)"', person.page)
    painting = bills[4]                                             # SC-17-06, on which nothing is billed yet
    said = person.send(painting, invoice_number="RK-1", billing_date="2026-05-31")
    assert said.startswith("Done. Pay application 1 of SC-17-06 is a draft.")
    invoice = person.at.partition("?")[0]
    first = re.findall(r'name="work-(\d+)"', person.page)[0]
    said = person.send(f"{invoice}/lines", **{f"work-{first}": "1000"})
    assert "Saved. 900.00 is due" in said
    assert "is under review" in person.send(f"{invoice}/status", status="under_review")


def test_change_orders_are_approved_from_the_project_s_page():
    person = Person(Sandbox.start(world="maple"))
    for _ in range(4):
        person.sandbox.play_next()                                  # 009 of February is proposed, not decided
    assert "Canopy frame at the entrance" in person.open("/")
    project = person.link(r"/procore/\d+#orders").partition("#")[0]
    person.open(project)
    found = re.search(rf'action="{PATH}({project}/change-orders/\d+/status)"', person.page)
    assert found is not None
    assert "is approved" in person.send(found.group(1), status="approved")


def test_a_bill_entered_by_hand_moves_cost_and_what_is_owed():
    person = spring()
    said = person.send("/quickbooks/new-bill", vendor=vendor(person), number="B-1", date="2026-05-20",
                       amount__1="1,200.50", account__1=account(person, "5200"))
    assert "2000 Accounts Payable (A/P) – (1,200.50) (1,200.50)" in said
    assert "5200 Materials – 1,200.50 1,200.50" in said


@pytest.mark.parametrize(("fields", "words_"), [
    ({"vendor": "", "amount__1": "5"}, "Vendor is empty. Fill it in."),
    ({"date": "tomorrow", "amount__1": "5"}, "Bill date is “tomorrow”, which is not a day."),
    ({"amount__1": "five"}, "Amount of line 1 is “five”, which is not an amount."),
    ({"amount__1": "5.001"}, "at most two decimals"),
    ({"amount__1": ""}, "Every amount is empty."),
    ({"amount__1": "5", "account__1": ""}, "Account of line 1 is empty.")])
def test_what_cannot_be_taken_is_named_and_nothing_is_written(fields, words_):
    person = spring()
    before = dict(person.sandbox.quickbooks.company.ledger.accounts)
    usual = {"vendor": vendor(person), "number": "B-1", "date": "2026-05-20", "account__1": account(person, "5200")}
    said = person.send("/quickbooks/new-bill", **{**usual, **fields, "from": "/quickbooks/new-bill"})
    assert said.startswith("Refused.") and words_ in said
    assert person.sandbox.quickbooks.company.ledger.accounts == before
    assert person.at.startswith("/quickbooks/new-bill")


def test_what_was_typed_is_still_there_after_a_refusal():
    person = spring()
    person.send("/quickbooks/new-bill", vendor=vendor(person), number="KEEP-ME", date="2026-05-20", amount__1="five",
                account__1=account(person, "5200"), **{"from": "/quickbooks/new-bill"})
    assert 'value="KEEP-ME"' in person.page and 'value="five"' in person.page


def test_a_second_bill_with_the_same_number_is_refused_in_quickbooks_own_words():
    person = spring()
    entered(person)
    said = person.send("/quickbooks/new-bill", vendor=vendor(person), number="B-1", date="2026-05-20", amount__1="7",
                       account__1=account(person, "5200"))
    assert "Duplicate Document Number Error" in said and "(code 6140)" in said


def test_a_bill_is_changed_paid_the_payment_voided_and_all_of_it_deleted():
    person = spring()
    bill, line = entered(person), "1"
    said = person.send(f"/quickbooks/Bill/{bill}/edit", number="B-1", date="2026-05-21", memo="",
                       **{f"amount-{line}": "1300"})
    assert "it comes to 1,300.00" in said and "5200 Materials 1,200.50 99.50 1,300.00" in said
    said = person.send("/quickbooks/pay", bank=account(person, "1000"), date="2026-05-22", check="777",
                       **{f"pay-{bill}": "1", f"amount-{bill}": "1300"})
    assert "with check 777" in said and "2000 Accounts Payable (A/P) (1,300.00) 1,300.00 –" in said
    payment = list(person.sandbox.quickbooks.company.records["BillPayment"])[-1]
    assert "What it posts" in person.open(f"/quickbooks/BillPayment/{payment}")
    assert "is void" in person.confirm(f"/quickbooks/BillPayment/{payment}/void")
    person.confirm(f"/quickbooks/BillPayment/{payment}/delete")
    assert "is deleted" in person.confirm(f"/quickbooks/Bill/{bill}/delete")
    assert "5200 Materials 1,300.00 (1,300.00) –" in person.asked
    assert "(610)" in person.open(f"/quickbooks/Bill/{bill}", 404).replace("code ", "")


def test_one_check_pays_all_ticked_bills_of_a_vendor():
    person = spring()
    one, two = entered(person, "B-1", "100"), entered(person, "B-2", "50")
    said = person.send("/quickbooks/pay", bank=account(person, "1000"), date="2026-05-22", check="880", **{
        f"pay-{one}": "1", f"amount-{one}": "100", f"pay-{two}": "1", f"amount-{two}": "20"})
    assert "120.00 with check 880" in said
    assert person.sandbox.quickbooks.company.ledger.payable[vendor(person)] == 3000


def test_a_check_may_have_any_number():
    person = spring()
    bill = entered(person, "²", "100")
    said = person.send("/quickbooks/pay", bank=account(person, "1000"), date="2026-05-22", check="²",
                       **{f"pay-{bill}": "1", f"amount-{bill}": "100"})
    assert "with check ²" in said
    person.open("/quickbooks/pay")


def test_an_order_is_copied_to_a_bill_and_closes_when_all_of_it_is_billed():
    person = spring()
    books = person.sandbox.quickbooks
    rest = QuickBooksRest(books.handle, books.script_token, books.realm_id)
    order = rest.create("PurchaseOrder", {
        "VendorRef": {"value": vendor(person)}, "APAccountRef": {"value": account(person, "2000")}, "DocNumber": "PO-1",
        "Line": [{"Amount": 500, "DetailType": "AccountBasedExpenseLineDetail",
                  "AccountBasedExpenseLineDetail": {"AccountRef": {"value": account(person, "5200")}}}]})
    line = order["Line"][0]["Id"]
    copy = f"/quickbooks/PurchaseOrder/{order['Id']}/copy"
    assert 'value="500.00"' in (person.open(copy) and person.page)
    said = person.send(copy, number="PO-1-A", date="2026-05-20", **{f"amount-{line}": "500"})
    assert "PO-1-A" in said and "500.00" in said
    assert rest.query("PurchaseOrder")[0]["POStatus"] == "Closed"
    assert "is closed: nothing is left to bill" in person.open(copy, 400)


def test_closed_books_refuse_what_is_dated_before_and_open_again():
    person = spring()
    bill = entered(person)
    assert "closed through 2026-05-31" in person.send("/quickbooks/close", through="2026-05-31")
    assert "(code 6200)" in person.confirm(f"/quickbooks/Bill/{bill}/delete")
    assert "The books are open" in person.send("/quickbooks/close", through="")
    assert "is deleted" in person.confirm(f"/quickbooks/Bill/{bill}/delete")


def test_a_vendor_is_renamed_and_made_inactive():
    person = spring()
    one = vendor(person)
    assert "is now Stone & Sons" in person.send(f"/quickbooks/vendors/{one}/rename", name="Stone & Sons")
    assert "is inactive" in person.send(f"/quickbooks/vendors/{one}/retire")


def test_a_merged_vendor_is_gone_and_its_bills_and_balance_have_moved():
    person = spring()
    bill, gone = entered(person, amount="75"), vendor(person)
    into = list(person.sandbox.quickbooks.company.records["Vendor"])[1]
    said = person.confirm(f"/quickbooks/vendors/{gone}/merge", into=into)
    assert "1 bill moves to" in person.asked and "gone for good" in person.asked
    assert "is merged into" in said and "75.00 (75.00) –" in said
    assert person.sandbox.quickbooks.company.ledger.payable[into] == 7500
    assert person.sandbox.quickbooks.company.records["Bill"][bill].body["VendorRef"]["value"] == into
    person.open(f"/quickbooks/vendors/{gone}", 404)


def test_nothing_is_merged_deleted_or_voided_that_was_not_confirmed_as_it_is_now():
    person = spring()
    bill, gone = entered(person), vendor(person)
    into = list(person.sandbox.quickbooks.company.records["Vendor"])[1]
    assert "was not confirmed" in person.send(f"/quickbooks/vendors/{gone}/merge", into=into)
    assert "Nothing was confirmed" in person.send(f"/quickbooks/Bill/{bill}/delete")
    person.send(f"/quickbooks/Bill/{bill}/edit", number="B-1", date="2026-05-21", memo="changed meanwhile")
    said = person.send(f"/quickbooks/Bill/{bill}/void", version="0")
    assert "Stale Object Error" in said and "(code 5010)" in said
    assert person.sandbox.quickbooks.company.records["Bill"][bill].body["PrivateNote"] == "changed meanwhile"


def test_a_void_bill_stays_at_zero_and_says_so():
    person = spring()
    bill = entered(person)
    said = person.confirm(f"/quickbooks/Bill/{bill}/void")
    assert "It stays, with every amount at zero" in person.asked
    assert "5200 Materials 1,200.50 (1,200.50) –" in person.asked
    assert "is void" in said and "2000 Accounts Payable (A/P) (1,200.50) 1,200.50 –" in said
    page = person.open(f"/quickbooks/Bill/{bill}")
    assert "Memo Voided" in page and "Total –" in page and "every amount is zero" in page
    assert bill not in person.sandbox.quickbooks.company.ledger.entries


def test_a_paid_bill_is_not_voided_and_its_payment_is_named():
    person = spring()
    bill = entered(person)
    person.send("/quickbooks/pay", bank=account(person, "1000"), date="2026-05-22", check="777",
                **{f"pay-{bill}": "1", f"amount-{bill}": "1200.50"})
    wanted = "is paid by bill payment 777 of 2026-05-22. Void or delete the payment first"
    assert wanted in person.open(f"/quickbooks/Bill/{bill}/void", 400)
    assert wanted in person.send(f"/quickbooks/Bill/{bill}/void", version="1")


def test_a_check_that_is_refused_leaves_none_of_the_page_s_checks_behind():
    person = spring()
    one = entered(person, "B-1", "100")
    other = list(person.sandbox.quickbooks.company.records["Vendor"])[1]
    person.send("/quickbooks/new-bill", vendor=other, number="B-2", date="2026-05-20", amount__1="50",
                account__1=account(person, "5200"))
    two = person.at.partition("?")[0].rpartition("/")[2]
    said = person.send("/quickbooks/pay", bank=account(person, "1000"), date="2026-05-22", check="880", **{
        f"pay-{one}": "1", f"amount-{one}": "100", f"pay-{two}": "1", f"amount-{two}": "60"})
    assert said.startswith("Refused.") and "open balance of 50.00" in said
    assert not person.sandbox.quickbooks.company.found_by("BillPayment", "DocNumber", "880")


def test_the_desk_is_neither_counted_nor_disturbed_by_faults():
    person = spring()
    person.sandbox.kit.calls.clear()
    person.sandbox.kit.faults = Faults(lost=1, busy=1)
    entered(person)
    assert person.sandbox.kit.calls.of("quickbooks") == {}


def test_what_was_done_at_the_desk_is_there_after_a_restart(tmp_path: Path):
    person = Person(Sandbox.start(world="maple", state=tmp_path))
    person.send("/world/next")
    person.send("/clock", days="7")
    bill = entered(person)
    before = person.sandbox.quickbooks.company.records["Bill"][bill].body
    today = person.sandbox.desk.today
    person.sandbox.close()
    back = Person(Sandbox.start(world="maple", state=tmp_path))
    assert back.sandbox.quickbooks.company.records["Bill"][bill].body == before
    assert back.sandbox.desk.today == today
    back.sandbox.close()


def test_merged_voided_and_owner_s_acts_come_back_after_a_restart_and_with_a_snapshot(tmp_path: Path):
    person = Person(Sandbox.start(world="maple", state=tmp_path))
    for _ in range(9):
        person.send("/world/next")
    bill = entered(person)
    person.confirm(f"/quickbooks/Bill/{bill}/void")
    into = list(person.sandbox.quickbooks.company.records["Vendor"])[1]
    person.confirm(f"/quickbooks/vendors/{vendor(person)}/merge", into=into)
    invoice = owner_invoice(person)
    person.send(f"{invoice}/status", status="revise_and_resubmit")
    person.sandbox.keep("then")
    pages = ("/quickbooks/books", f"/quickbooks/vendors/{into}", f"/quickbooks/Bill/{bill}", invoice)
    before = [person.open(page) for page in pages]
    entered_since = person.send("/quickbooks/close", through="2026-05-31")
    assert "closed through" in entered_since
    person.sandbox.close()
    back = Person(Sandbox.start(world="maple", state=tmp_path))
    assert [back.open(page) for page in pages][1:] == before[1:]
    back.sandbox.restore("then")
    assert [back.open(page) for page in pages] == before
    back.sandbox.close()


def test_another_site_s_page_cannot_act_at_the_desk():
    sandbox = Sandbox.start()
    for headers in ({"Origin": "https://elsewhere.example", "Host": "127.0.0.1:9101"},
                    {"Sec-Fetch-Site": "cross-site"}):
        answer = sandbox.handle("quickbooks", Request.of("POST", f"{PATH}/clock", headers=headers, body=b"days=30"))
        assert answer.status == 403


def test_names_are_written_into_pages_as_text():
    person = spring()
    person.send(f"/quickbooks/vendors/{vendor(person)}/rename", name="<b>Bold & Co</b>")
    person.open("/quickbooks/vendors")
    assert "&lt;b&gt;Bold &amp; Co&lt;/b&gt;" in person.page and "<b>Bold" not in person.page


def test_amounts_are_read_as_people_write_them():
    form = Form({"a": "$1,234.50", "b": "(75)", "c": "", "d": "1e99", "e": "NaN"})
    assert [form.amount(name, name) for name in "abc"] == [Decimal("1234.50"), Decimal("-75"), Decimal(0)]
    for name in "de":
        with pytest.raises(Mistake):
            form.amount(name, name)
    assert [amount(value) for value in ("1234.5", "-75", "0", None)] == ["1,234.50", "(75.00)", "–", "–"]


# The owner's side, and money in


def owner_invoice(person: Person) -> str:
    """The path of the first project's latest owner invoice."""
    project = next(one for one in person.sandbox.procore.company.projects.values() if one.applications)
    return f"/procore/{project.id}/owner-invoices/{list(project.applications)[-1]}"


def test_an_owner_invoice_is_made_filled_in_submitted_and_approved():
    person = spring()
    project = owner_invoice(person).partition("/owner-invoices")[0]
    assert "24-017-05" in person.open(f"{project}/owner")
    person.open(person.link(rf"{project}/prime-contracts/\d+"))
    assert "Schedule of values" in words(person.page) and "Payments received" in words(person.page)
    said = person.send(person.link(rf"{project}/prime-contracts/\d+/bill"), invoice_number="OI-6",
                       billing_date="2026-06-30")
    assert "is a draft" in said, said
    invoice = person.at.partition("?")[0]
    line = re.findall(r'name="work-(\d+)"', person.page)[0]
    said = person.send(f"{invoice}/lines", **{f"work-{line}": "1000", f"held-{line}": "100"})
    assert said.startswith("Done. Saved. 900.00 is due"), said
    assert "is under review" in person.send(f"{invoice}/status", status="under_review")
    assert "OI-6" in person.open("/")
    assert "is approved" in person.send(f"{invoice}/status", status="approved")
    assert "is approved by now" in person.send(f"{invoice}/status", status="under_review")


def test_lines_of_an_owner_invoice_are_saved_all_or_none():
    person = spring()
    person.sandbox.procore.company.switches.allow_overbilling = False
    project = owner_invoice(person).partition("/owner-invoices")[0]
    person.open(f"{project}/owner")
    person.open(person.link(rf"{project}/prime-contracts/\d+"))
    person.send(person.link(rf"{project}/prime-contracts/\d+/bill"), invoice_number="OI-6", billing_date="2026-06-30")
    invoice = person.at.partition("?")[0]
    first, second = re.findall(r'name="work-(\d+)"', person.page)[:2]
    said = person.send(f"{invoice}/lines", **{f"work-{first}": "1000", f"work-{second}": "99999999"})
    assert said.startswith("Refused.") and "cannot exceed the scheduled value" in said
    items = person.sandbox.procore.company.projects[int(project.rpartition("/")[2])].applications[
        int(invoice.rpartition("/")[2])].items
    assert all(not item.work for item in items)


def test_an_owner_invoice_is_copied_to_an_invoice_paid_and_the_money_brought_to_the_bank():
    person = spring()
    copy = owner_invoice(person) + "/copy"
    assert "is due" in person.open(copy)
    fields = {**dict(re.findall(r'<input (?:type="date" )?name="([\w-]+)"[^>]*value="([^"]*)"', person.page)),
              **dict(re.findall(r'(?s)<select name="([\w-]+)"(?:(?!</select>).)*?<option value="(\w+)" selected',
                                person.page))}
    said = person.send(copy, **{**fields, "number": "BY-HAND"})
    assert said.startswith("Done. Invoice BY-HAND"), said
    invoice = person.at.partition("?")[0]
    due = person.sandbox.quickbooks.company.records["Invoice"][invoice.rpartition("/")[2]]
    assert [line["Amount"] for line in due.body["Line"]][1] < 0          # the retainage comes off it
    person.open(f"{invoice}/receive")
    amount = re.findall(r'name="amount"[^>]*value="([\d.]+)"', person.page)[0]
    funds = re.findall(r'<option value="(\d+)">Undeposited Funds', person.page)[0]
    said = person.send(f"{invoice}/receive", amount=amount, date="2026-05-25", reference="881", into=funds)
    assert said.startswith("Done. Received"), said
    payment = person.at.partition("?")[0].rpartition("/")[2]
    assert "881" in person.open("/quickbooks/deposit")
    said = person.send("/quickbooks/deposit", bank=account(person, "1000"), date="2026-05-26",
                       **{f"take-{payment}": "1"})
    assert said.startswith("Done. Deposited") and "1000 Checking" in said
    assert "lies in Undeposited Funds no longer" in person.send(
        "/quickbooks/deposit", bank=account(person, "1000"), date="2026-05-26", **{f"take-{payment}": "1"})
    assert "is not open" in person.open(f"{invoice}/receive", 400)


def test_direct_costs_and_timesheets_of_a_project_open():
    person = Person(Sandbox.start(world="fjord"))
    while person.sandbox.play_next():
        pass
    person.open("/procore")
    project = person.link(r"/procore/\d+")
    person.open(f"{project}/direct-costs")
    assert "Lines" in person.open(person.link(rf"{project}/direct-costs/\d+"))
    person.open(f"{project}/timesheets")
    assert "Hours" in person.open(person.link(rf"{project}/timesheets/\d+"))


def rest_of(person: Person) -> QuickBooksRest:
    books = person.sandbox.quickbooks
    return QuickBooksRest(books.handle, books.script_token, books.realm_id)


def test_every_other_kind_of_document_opens_with_what_it_posts():
    person = spring()
    rest, books = rest_of(person), person.sandbox.quickbooks.company
    customer, item = next(iter(books.records["Customer"])), next(iter(books.records["Item"]))
    bank = account(person, "1000")
    savings = rest.create("Account", {"Name": "Savings", "AccountType": "Bank"})["Id"]
    sale = {"CustomerRef": {"value": customer}, "Line": [{
        "Amount": 80, "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": {"ItemRef": {"value": item}}}]}
    money_in = sale | {"DepositToAccountRef": {"value": bank}}
    moved = {"FromAccountRef": {"value": bank}, "ToAccountRef": {"value": savings}, "Amount": 80}
    made = (("Estimate", sale, "does not post"), ("CreditMemo", sale, "80.00"), ("SalesReceipt", money_in, "80.00"),
            ("RefundReceipt", money_in, "80.00"), ("Transfer", moved, "80.00"))
    for entity, body, posts in made:
        one = rest.create(entity, body)
        assert one["Id"] in person.open(f"/quickbooks/{entity}")
        assert posts in person.open(f"/quickbooks/{entity}/{one['Id']}").partition("What it posts")[2], entity
    worked = rest.create("TimeActivity", {
        "NameOf": "Vendor", "VendorRef": {"value": vendor(person)}, "Hours": 3, "Minutes": 30, "TxnDate": "2026-05-20"})
    assert "3 h 30 min" in person.open("/quickbooks/TimeActivity")
    assert "3 h 30 min" in person.open(f"/quickbooks/TimeActivity/{worked['Id']}")


def test_a_document_shows_what_is_attached_to_it():
    person = spring()
    bill = entered(person)
    rest_of(person).create("Attachable", {"Note": "Signed by the superintendent", "AttachableRef": [
        {"EntityRef": {"type": "Bill", "value": bill}}]})
    assert "Signed by the superintendent" in person.open(f"/quickbooks/Bill/{bill}")


def test_taxes_classes_and_locations_stand_on_documents_and_can_be_chosen():
    sandbox = Sandbox.start(world="fjord")
    for _ in range(4):
        sandbox.play_next()
    person = Person(sandbox)
    bill = next(iter(sandbox.quickbooks.company.records["Bill"]))
    page = person.open(f"/quickbooks/Bill/{bill}")
    for said in ("Location Toronto", "Residential", "HST", "Tax 11,846.29"):
        assert said in page, said
    usual = {"vendor": vendor(person), "number": "B-1", "date": "2026-02-20", "amount-1": "100",
             "account-1": next(id_ for id_, one in sandbox.quickbooks.company.records["Account"].items()
                               if one.body["AccountType"] == "Cost of Goods Sold")}
    assert "have a GST/HST rate" in person.send("/quickbooks/new-bill", **usual)
    person.open("/quickbooks/new-bill")
    code, place = (re.findall(rf'<select name="{name}">.*?<option value="(\w+)">{label}', person.page)[0]
                   for name, label in (("tax", ""), ("location", "Toronto")))
    assert person.send("/quickbooks/new-bill", **usual, tax=code, location=place).startswith("Done.")
    bill = person.at.partition("?")[0]
    person.send(f"{bill}/edit", number="B-1", date="2026-02-20", memo="", **{"amount-1": "200"})
    assert "Tax" in person.open(bill) and "Location Toronto" in person.open(bill)
    assert "is void" in person.confirm(f"{bill}/void")
    assert bill.rpartition("/")[2] not in sandbox.quickbooks.company.ledger.entries
    assert "Tax 2" not in person.open(bill) and "Total –" in person.open(bill)


def test_a_void_bill_gives_its_order_back():
    person = spring()
    rest = rest_of(person)
    order = rest.create("PurchaseOrder", {
        "VendorRef": {"value": vendor(person)}, "APAccountRef": {"value": account(person, "2000")}, "DocNumber": "PO-1",
        "Line": [{"Amount": 500, "DetailType": "AccountBasedExpenseLineDetail",
                  "AccountBasedExpenseLineDetail": {"AccountRef": {"value": account(person, "5200")}}}]})
    person.send(f"/quickbooks/PurchaseOrder/{order['Id']}/copy", number="PO-1-A", date="2026-05-20",
                **{f"amount-{order['Line'][0]['Id']}": "500"})
    bill = person.at.partition("?")[0]
    assert rest.query("PurchaseOrder")[0]["POStatus"] == "Closed"
    person.confirm(f"{bill}/void")
    assert "Its link with purchase order" in person.asked
    assert rest.query("PurchaseOrder")[0]["POStatus"] == "Open"
