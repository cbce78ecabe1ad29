"""Every code of the catalogue (qbo.md 9.4): the request that raises it here, or why these rules cannot raise it."""
import json
import re
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from tests.sandbox.quickbooks_online.office import Office
from tests.sandbox.quickbooks_online.test_taxes import MANUAL, TaxOffice, journal_line, with_code
from tests.support import quickbooks_schema
from tieout.sandbox.faults import Faults
from tieout.sandbox.kit import Limits, Request
from tieout.sandbox.quickbooks_online import attachments
from tieout.sandbox.quickbooks_online.refusals import MESSAGES

Ask = Callable[[Office], Any]


def heard(body: bytes) -> list[str]:
    """The codes of an answer, of whichever kind its fault is."""
    answer = json.loads(body)
    if "fault" in answer:
        return [error["code"] for error in answer["fault"]["error"]]
    faults = [answer.get("Fault"), *(row.get("Fault") for row in answer.get("AttachableResponse", []))]
    return [error["code"] for fault in faults if fault for error in fault["Error"]]


def post(entity: str, body: Any, **query: str) -> Ask:
    return lambda office: office.raw("POST", f"{office.base}/{entity.lower()}", body, **query).body


def get(path: str, **query: str) -> Ask:
    return lambda office: office.raw("GET", f"{office.base}/{path}", **query).body


def shut(switch: str) -> Ask:
    def ask(office: Office) -> Any:
        office.service.set_switches({switch: True})
        return get("preferences")(office)
    return ask


def a_bill(change: Callable[[Office, Any], None]) -> Ask:
    """A sound bill with one thing changed."""
    def ask(office: Office) -> Any:
        body = {"VendorRef": {"value": office.vendor}, "Line": [office.cost_line("10.00")]}
        change(office, body)
        return post("Bill", body)(office)
    return ask


def with_keys(**more: Any) -> Ask:
    return a_bill(lambda office, body: body.update(more))


def in_line(**more: Any) -> Ask:
    return a_bill(lambda office, body: body["Line"][0]["ItemBasedExpenseLineDetail"].update(more))


def sale(office: Office, entity: str = "Invoice", **more: Any) -> bytes:
    line = {"Amount": "10.00", "DetailType": "SalesItemLineDetail",
            "SalesItemLineDetail": {"ItemRef": {"value": office.item}}}
    body = {"CustomerRef": {"value": office.job}, "Line": [line], **more}
    return bytes(post(entity, body)(office))


def time_sheet(**change: Any) -> Ask:
    def ask(office: Office) -> Any:
        body = {"NameOf": "Vendor", "VendorRef": {"value": office.vendor}, "Hours": 8, "HourlyRate": 60,
                "CustomerRef": {"value": office.job}, "BillableStatus": "Billable", **change}
        return post("TimeActivity", {key: value for key, value in body.items() if value is not None})(office)
    return ask


def journal(*lines: Any) -> Ask:
    return lambda office: post("JournalEntry", {"Line": [
        {"Amount": amount, "DetailType": "JournalEntryLineDetail", "JournalEntryLineDetail": {
            "AccountRef": {"value": office.cost}, **detail}} for amount, detail in lines]})(office)


DEBIT, CREDIT = {"PostingType": "Debit"}, {"PostingType": "Credit"}


def upload(*parts: tuple[str, str, bytes], **headers: str) -> Ask:
    body = b"".join(b'--B\r\nContent-Disposition: form-data; name="%s"; filename="%s"\r\n\r\n%s\r\n' % (
        name.encode(), file.encode(), content) for name, file, content in parts) + b"--B--\r\n"

    def ask(office: Office) -> Any:
        return office.service.handle(Request.of("POST", f"{office.base}/upload", body=body, headers={
            "Authorization": f"Bearer {office.token}", "Accept": "application/json",
            "Content-Type": "multipart/form-data; boundary=B", **headers})).body
    return ask


def too_large(office: Office) -> Any:
    largest = attachments.LARGEST_UPLOAD
    try:
        attachments.LARGEST_UPLOAD = 10
        return upload(("file_content_01", "a.txt", b"x" * 11))(office)
    finally:
        attachments.LARGEST_UPLOAD = largest


def foreign_token(office: Office) -> Any:
    office.service.add_company("555", office.service.company.profile)
    return office.raw("GET", "/v3/company/555/preferences").body


def too_fast(office: Office) -> Any:
    limits: Limits = "vendor"
    office.kit.limits = limits
    answers = [office.raw("GET", f"{office.base}/preferences") for _ in range(13)]
    return next(answer.body for answer in answers if answer.status == 429 and answer.body[:1] == b"{")


def without_token(office: Office) -> Any:
    return office.service.handle(Request.of("GET", f"{office.base}/preferences",
                                            headers={"Accept": "application/json"})).body


def out_of_order(office: Office) -> Any:
    office.kit.faults = Faults(down=1.0)
    return next(answer.body for answer in (get_raw(office) for _ in range(4)) if answer.status == 500)


def get_raw(office: Office) -> Any:
    return office.raw("GET", f"{office.base}/preferences")


def reused_request_id(office: Office) -> Any:
    post("Vendor", {"DisplayName": "New"}, requestid="r-1")(office)
    return post("Term", {"Name": "New"}, requestid="r-1")(office)


def link_to_another_vendor(office: Office) -> Any:
    bill = office.create("Bill", {"VendorRef": {"value": office.other_vendor}, "Line": [office.cost_line("10.00")]})
    return post("BillPayment", office.payment("10.00", (bill, "10.00")))(office)


def parent_of_another_type(office: Office) -> Any:
    return post("Account", {"Name": "x", "AccountType": "Bank", "SubAccount": True,
                            "ParentRef": {"value": office.cost}})(office)


def own_child(office: Office) -> Any:
    return post("Customer", {"Id": office.owner, "SyncToken": "0", "sparse": True, "Job": True,
                             "ParentRef": {"value": office.job}})(office)


def used_credit_deleted(office: Office) -> Any:
    bill = office.bill(office.cost_line("10.00"))
    credit = office.create("VendorCredit", {"VendorRef": {"value": office.vendor}, "Line": [office.cost_line("4.00")]})
    office.pay("6.00", (bill, "10.00"), (credit, "4.00"))
    return post("VendorCredit", {"Id": credit["Id"], "SyncToken": office.read("VendorCredit", credit["Id"])[
        "SyncToken"]}, operation="delete")(office)


def stale(office: Office) -> Any:
    return post("Vendor", {"Id": office.vendor, "SyncToken": "7", "sparse": True})(office)


def closed(password: bool) -> Ask:
    def ask(office: Office) -> Any:
        office.service.set_closing_date(date(2026, 3, 31), password=password)
        return with_keys(TxnDate="2026-03-01")(office)
    return ask


def in_essentials(office: Office) -> Any:
    from tieout.sandbox.quickbooks_online.company import CompanyProfile
    office.service.set_profile(CompanyProfile(edition="Essentials"))
    return post("PurchaseOrder", {"VendorRef": {"value": office.vendor}, "Line": [office.cost_line("1.00")]})(office)


def used_number(office: Office) -> Any:
    office.bill(office.cost_line("1.00"), DocNumber="A")
    return with_keys(DocNumber="A")(office)


def six_levels(office: Office) -> Any:
    parent = office.job
    for number in range(3):
        parent = office.create("Customer", {"DisplayName": f"L{number}", "Job": True,
                                            "ParentRef": {"value": parent}})["Id"]
    return post("Customer", {"DisplayName": "L9", "Job": True, "ParentRef": {"value": parent}})(office)


def inactive(entity: str, id_: Callable[[Office], str]) -> Ask:
    return lambda office: post(entity, {"Id": id_(office), "SyncToken": office.read(entity, id_(office))["SyncToken"],
                                        "sparse": True, "Active": False})(office)


def owed_vendor(office: Office) -> Any:
    office.bill(office.cost_line("1.00"))
    return inactive("Vendor", lambda found: found.vendor)(office)


def unbilled_customer(office: Office) -> Any:
    time_sheet()(office)
    return inactive("Customer", lambda found: found.job)(office)


def billed_with_another(office: Office) -> Any:
    sale(office)
    job = office.read("Customer", office.job)
    return post("Customer", {"Id": job["Id"], "SyncToken": job["SyncToken"], "sparse": True,
                             "BillWithParent": True})(office)


def billed_purchase_deleted(office: Office) -> Any:
    line = office.cost_line("10.00")
    line["ItemBasedExpenseLineDetail"]["BillableStatus"] = "Billable"
    bill = office.bill(line)
    charge = office.rows("select * from ReimburseCharge")[0]
    sale(office, LinkedTxn=[{"TxnId": charge["Id"], "TxnType": "ReimburseCharge"}])
    return post("Bill", {"Id": bill["Id"], "SyncToken": office.read("Bill", bill["Id"])["SyncToken"]},
                operation="delete")(office)


def deposited_payment_changed(office: Office) -> Any:
    payment = office.create("Payment", {"CustomerRef": {"value": office.job}, "TotalAmt": 5})
    office.create("Deposit", {"DepositToAccountRef": {"value": office.checking}, "Line": [
        {"Amount": 5, "LinkedTxn": [{"TxnId": payment["Id"], "TxnType": "Payment", "TxnLineId": "0"}]}]})
    return post("Payment", {"Id": payment["Id"], "SyncToken": office.read("Payment", payment["Id"])["SyncToken"]},
                operation="delete")(office)


def change_order_without_its_project(office: Office) -> Any:
    office.service.set_switches({"change_orders": True})
    estimate = json.loads(sale(office, "Estimate"))["Estimate"]
    made = json.loads(sale(office, "ChangeOrder", ProjectRef={"value": "39298034"}, LinkedTxn=[
        {"TxnId": estimate["Id"], "TxnType": "Estimate"}]))["ChangeOrder"]
    return post("ChangeOrder", {"Id": made["Id"], "SyncToken": "0", "sparse": True, "PrivateNote": "x"})(office)


def in_canada(ask: Callable[[TaxOffice], Any]) -> Ask:
    from tests.sandbox.quickbooks_online.test_taxes import CANADA
    return lambda office: ask(TaxOffice().furnish_with(CANADA))


def tax_where_none_applies(canada: TaxOffice) -> Any:
    return post("Bill", {"VendorRef": {"value": canada.vendor}, "GlobalTaxCalculation": "NotApplicable",
                         "Line": [canada.taxed("10.00", "HST ON")]})(canada)


def journal_tax_without(key: str) -> Callable[[TaxOffice], Any]:
    def ask(canada: TaxOffice) -> Any:
        said = {"TaxCodeRef": {"value": canada.codes["HST ON"]}, "TaxApplicableOn": "Purchase", "TaxAmount": 13}
        del said[key]
        return post("JournalEntry", {"Line": [journal_line("Debit", "100.00", canada.cost, **said),
                                              journal_line("Credit", "100.00" if key == "TaxAmount" else "113.00",
                                                           canada.checking)]})(canada)
    return ask


def wrong_us_code(office: Office) -> Any:
    us = TaxOffice().furnish_with(MANUAL)
    with_code(us)
    return post("Invoice", {"CustomerRef": {"value": us.owner}, "Line": [us.sale("1.00", "2")]})(us)


def rate_of_no_percent(office: Office) -> Any:
    us = TaxOffice().furnish_with(MANUAL)
    agency = us.create("TaxAgency", {"DisplayName": "Board"})["Id"]
    return us.raw("POST", f"{us.base}/taxservice/taxcode", {"TaxCode": "Local", "TaxRateDetails": [
        {"TaxRateName": "State", "RateValue": "much", "TaxAgencyId": agency}]}).body


def on_receivables(office: Office) -> Any:
    return a_bill(lambda found, body: body.update(Line=[office.account_line("1.00", office.receivable)]))(office)


def category(office: Office) -> Any:
    made = office.create("Item", {"Name": "Concrete", "Type": "Category"})["Id"]
    return in_line(ItemRef={"value": made})(office)


def preference(office: Office) -> Any:
    held = office.call("GET", "preferences")["Preferences"]
    return office.raw("POST", f"{office.base}/preferences", {
        "Id": held["Id"], "SyncToken": held["SyncToken"], "OtherPrefs": {"NameValue": [
            {"Name": "WarnDuplicateJournalNumber", "Value": "perhaps"}]}}).body


RAISED: dict[str, Ask] = {
    "100": foreign_token, "120": shut("user_removed"), "130": shut("wrong_cluster"), "140": shut("locked_out"),
    "150": shut("under_maintenance"), "500": post("Vendor", {"Id": "58", "SyncToken": "0"}, operation="delete"),
    "600": reused_request_id, "610": get("bill/99999"), "620": link_to_another_vendor, "700": parent_of_another_type,
    "800": used_credit_deleted, "900": own_child,
    "1040": post("batch", {"BatchItemRequest": [{"bId": str(n)} for n in range(31)]}),
    "1050": lambda office: office.service.handle(Request.of("POST", f"{office.base}/vendor", body=b"<a/>", headers={
        "Authorization": f"Bearer {office.token}", "Accept": "application/json",
        "Content-Type": "application/xml"})).body,
    "2000": get("cdc", entities="Wallet", changedSince="2026-03-01"), "2010": with_keys(Colour="red"),
    "2020": post("Bill", {}), "2030": post("Vendor", {"Id": "x", "SyncToken": "0"}),
    "2040": post("Vendor", {"DisplayName": "a:b"}), "2050": with_keys(DocNumber="1" * 22),
    "2060": with_keys(TxnDate="soon"), "2070": get("reports/BalanceSheet", end_date="0001-01-01"),
    "2080": get("reports/AgedPayables", aging_period="ten"), "2090": in_line(UnitPrice="ten"),
    "2120": lambda office: post("Item", {"Name": "Nails", "Type": "Inventory", "IncomeAccountRef": {
        "value": office.income}})(office),
    "2130": post("Vendor", {"DisplayName": "New"}, requestid="x" * 51),
    "2140": a_bill(lambda office, body: body["Line"][0].update(Amount="10.001")), "2150": rate_of_no_percent,
    "2170": in_line(BillableStatus="HasBeenBilled"), "2190": get("cdc", entities="Bill", changedSince="2020-01-01"),
    "2200": post("Vendor", {"DisplayName": "New", "WebAddr": {"URI": "not an address"}}),
    "2210": post("Vendor", {"DisplayName": "New", "PrimaryEmailAddr": {"Address": "nobody"}}),
    "2220": with_keys(CurrencyRef={"value": "EUR"}), "2230": preference,
    "2240": post("Term", {"Name": "New", "DueDays": 1000}),
    "2250": journal(("10.00", DEBIT)), "2260": journal(("10.00", {}), ("10.00", CREDIT)),
    "2270": in_canada(journal_tax_without("TaxApplicableOn")), "2280": in_canada(journal_tax_without("TaxAmount")),
    "2290": journal(("-10.00", DEBIT), ("-10.00", CREDIT)), "2300": journal(("10.00", DEBIT), ("9.00", CREDIT)),
    "2500": category, "2600": post("Term", {"Name": "New", "DueDays": 30, "DayOfMonthDue": 5}),
    "3000": lambda office: sale(office, CustomField=[
        {"DefinitionId": "9", "Type": "StringType", "StringValue": "x"}]),
    "3001": too_fast, "3100": lambda office: office.raw("GET", "/v3/company/999/preferences").body,
    "3200": without_token, "4000": get("query", query="selekt"), "4001": get("query", query="select * from Wallet"),
    "5010": stale, "5020": in_essentials, "5030": get("reports/ProfitAndLoss", accounting_method="Cash"),
    "6000": a_bill(lambda office, body: body.update(Line=[office.account_line("-1.00")])),
    "6010": post("Account", {"Name": "x"}),
    "6020": upload(("file_content_01", "a.txt", b"x"), **{"Transfer-Encoding": "chunked"}), "6030": too_large,
    "6040": upload(("file_metadata_01", "a.json", b"{"), ("file_content_01", "a.txt", b"x")),
    "6041": upload(("file_content_01", "a.zip", b"PK")),
    "6050": post("Attachable", {"Note": "x", "AttachableRef": [{"EntityRef": {"type": "Term", "value": "1"}}]}),
    "6060": post("Account", {"Name": "Savings", "AccountType": "Bank", "OpeningBalance": 5}),
    "6070": in_line(UnitPrice=3), "6080": post("Vendor", {"CompanyName": ""}),
    "6090": lambda office: sale(office, Line=[
        {"Amount": "10.00", "DetailType": "SalesItemLineDetail",
         "SalesItemLineDetail": {"ItemRef": {"value": office.item}}},
        {"DetailType": "DiscountLineDetail", "DiscountLineDetail": {
            "DiscountAccountRef": {"value": office.income}}}]),
    "6100": wrong_us_code, "6130": billed_with_another, "6140": used_number,
    "6150": post("Customer", {"DisplayName": "New", "Job": True}), "6170": with_keys(TxnTaxDetail={"TotalTax": 1}),
    "6180": six_levels, "6190": shut("subscription_ended"), "6200": closed(False), "6210": closed(True),
    "6220": owed_vendor, "6230": in_canada(tax_where_none_applies),
    "6240": post("Vendor", {"DisplayName": "norton LUMBER"}), "6280": unbilled_customer,
    "6290": time_sheet(VendorRef=None), "6300": time_sheet(NameOf="Employee"), "6310": time_sheet(CustomerRef=None),
    "6320": time_sheet(BillableStatus="HasBeenBilled"), "6330": time_sheet(HourlyRate=None),
    "6340": time_sheet(Hours=None), "6350": time_sheet(Hours="1.5"),
    "6360": time_sheet(Hours=None, StartTime="2026-03-02T17:00:00-08:00", EndTime="2026-03-02T08:00:00-08:00"),
    "6380": time_sheet(Hours=9000), "6390": time_sheet(StartTime="2026-03-02T08:00:00-08:00",
                                                       EndTime="2026-03-02T17:00:00-08:00"),
    "6400": billed_purchase_deleted, "6420": lambda office: sale(office, EmailStatus="NeedToSend"),
    "6430": on_receivables, "6440": lambda office: sale(office, Line=[
        {"Amount": "10.00", "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": {"Qty": 1}}]),
    "6540": deposited_payment_changed,
    "6560": a_bill(lambda office, body: body["Line"][0].update(ItemBasedExpenseLineDetail={
        "ItemRef": {"value": office.item}, "BillableStatus": "Billable"})),
    "9349": change_order_without_its_project, "10000": out_of_order, "10200": shut("company_reset"),
}

GENERIC = "a generic failure; where something fails here, a code of its own says what"
WRONG_FORM = "the reference says for no field when the form is refused and when the value; one code is used for both"
ELSEWHERE = "belongs to a service or a kind of document that is not played: "
NOT_RAISED: dict[str, str] = {
    "110": "of OAuth 1; every wrong token answers 3200",
    "630": "no rule of uniqueness other than names and numbers is stated",
    "1000": GENERIC, "1010": GENERIC, "1020": GENERIC, "2100": WRONG_FORM, "2110": WRONG_FORM, "2160": WRONG_FORM,
    "2180": "no range of texts is stated",
    "3003": "reported beside 3001; what makes the difference is unknown",
    "3202": "an empty token answers 3200, as a malformed one",
    "4002": "the back-end's own failure; a query that can be parsed and checked is answered",
    "5000": "no deprecated field is named",
    "6110": ELSEWHERE + "QuickBooks Payments", "6120": ELSEWHERE + "QuickBooks Payments",
    "6160": "6230 and 6170 say it of the line and of the header",
    "6250": "a missing customer answers 2500 and an inactive one 610, which come first in the order of checks",
    "6270": ELSEWHERE + "inventory", "6370": "StartTime and EndTime carry a date each, so that no day is missing",
    "6450": ELSEWHERE + "QuickBooks Payments", "6460": "a deposit that does not add up is refused with 6000",
    "6470": "tax rates and accounts are made together by the tax service",
    "6480": ELSEWHERE + "bank feeds", "6490": ELSEWHERE + "budgets", "6500": ELSEWHERE + "budgets",
    "6510": ELSEWHERE + "budgets", "6520": ELSEWHERE + "inventory", "6530": ELSEWHERE + "card processing",
    "10100": "pages end at 1,000 rows and reports at 400,000 cells without a refusal",
}


@pytest.mark.parametrize("code", RAISED)
def test_a_request_exists_for_each_code_that_these_rules_can_raise(office: Office, code: str) -> None:
    assert code in heard(RAISED[code](office))


def catalogue() -> set[str]:
    """The codes of the reference's table; a range counts with each of its members in tens."""
    text = (quickbooks_schema.REFERENCE / "qbo.md").read_text()
    part = text[text.index("### 9.4 Catalogue"):text.index("## 10. Common shapes")]
    found: set[str] = set()
    for cell in re.findall(r"^\| ([\d /()–]+) \|", part, re.MULTILINE):
        if "–" in cell:
            first, last = map(int, cell.split("–"))
            found |= {str(number) for number in range(first, last + 1, 10)}
        else:
            found |= set(re.findall(r"\d+", cell))
    return found


@pytest.mark.skipif(not quickbooks_schema.is_present(), reason=quickbooks_schema.ABSENT)
def test_the_whole_catalogue_is_accounted_for() -> None:
    assert len(catalogue()) > 100
    assert catalogue() - set(RAISED) - set(NOT_RAISED) == set()
    assert (set(RAISED) | set(NOT_RAISED)) - catalogue() == set()
    assert set(RAISED) & set(NOT_RAISED) == set()


def test_every_message_belongs_to_a_code_that_is_raised() -> None:
    assert set(MESSAGES) - set(RAISED) == {"501"}       # no code of the vendor's: not played by the sandbox


@pytest.mark.parametrize("code", ["3001", "3100", "3200"])
def test_the_codes_of_the_gateway_have_its_lower_case_shape(office: Office, code: str) -> None:
    assert "fault" in json.loads(RAISED[code](office))
