import json
from datetime import timedelta

import pytest

from tests.sandbox.quickbooks_online.office import Office


@pytest.fixture
def shelf(office: Office) -> Office:
    for number in range(1, 8):
        office.bill(office.cost_line(f"{number}00.00"), DocNumber=f"A-{number}", TxnDate=f"2026-02-0{number}")
    return office


@pytest.mark.parametrize(("where", "numbers"), [
    ("", "1234567"), ("where DocNumber = 'A-3'", "3"), ("where DocNumber in ('A-3', 'A-5', 'B')", "35"),
    ("where DocNumber like 'a-%' and TotalAmt > '500'", "67"), ("where DocNumber like '%4'", "4"),
    ("where TxnDate >= '2026-02-03' and TxnDate < '2026-02-05'", "34"), ("WHERE TotalAmt <= 200.00", "12"),
    ("where Balance = '100.00'", "1"), ("where DueDate = '2026-02-02'", "2"), ("orderby TxnDate desc", "7654321"),
    ("order by TotalAmt DESC startposition 2 maxresults 2", "65"), ("ORDERBY DocNumber ASC STARTPOSITION 6", "67"),
    ("maxresults 3", "123"), ("where Metadata.CreateTime > '2026-03-01T00:00:00-08:00' maxresults 1", "1"),
    ("where MetaData.LastUpdatedTime > '2026-03-02T08:15:27-08:00'", "")])
def test_the_query_language_finds_what_it_says(shelf: Office, where: str, numbers: str) -> None:
    assert "".join(row["DocNumber"][-1] for row in shelf.rows(f"select * from Bill {where}")) == numbers


def test_no_rows_is_an_empty_response_without_counters(shelf: Office) -> None:
    assert shelf.query("select * from Bill where DocNumber = 'none'")["QueryResponse"] == {}
    assert shelf.query("select * from Bill startposition 100")["QueryResponse"] == {}
    assert shelf.query("select count(*) from Bill where TotalAmt > '300'")["QueryResponse"] == {"totalCount": 4}
    page = shelf.query("select * from Bill startposition 3 maxresults 2")["QueryResponse"]
    assert (page["startPosition"], page["maxResults"], "totalCount" in page) == (3, 2, False)


def test_a_page_holds_a_hundred_rows_unless_asked_and_never_more_than_a_thousand(office: Office) -> None:
    for number in range(1005):
        office.service.company.add("Term", {"Name": f"T{number}", "DueDays": 1}, office.kit.clock.now())

    def page(statement: str) -> int:
        answer = office.raw("GET", f"{office.base}/query", query=statement)      # a thousand alike: no schema for each
        return len(json.loads(answer.body)["QueryResponse"]["Term"])

    assert page("select * from Term") == 100
    assert page("select * from Term maxresults 5000") == 1000


@pytest.mark.parametrize(("statement", "code"), [
    ("select", "4000"), ("selekt * from Bill", "4000"), ("select * from Bill where", "4000"),
    ("select * from Bill where DocNumber = A", "4000"), ("select * from Bill where DocNumber != 'A'", "4000"),
    ("select * from Bill where DocNumber = 'A' or DocNumber = 'B'", "4000"),
    ("select * from Bill where (DocNumber = 'A')", "4000"), ("select * from Bill where DocNumber = 'A", "4000"),
    ("select * from Bills", "4001"), ("select * from Bill startposition 0", "4001"),
    ("select * from Bill where DepartmentRef = '1'", "4001"), ("select * from Bill where Colour = 'red'", "4001"),
    ("select * from Bill where PrivateNote like '%x%'", "4001"), ("select * from Bill orderby Line", "4001"),
    ("select * from PurchaseOrder where VendorRef = '5'", "4001"),
    ("select * from Payment where DocNumber = '5'", "4001"),
    ("select * from Bill where TxnDate > 'yesterday'", "4001"), ("", "4000"), ("drop table Bill", "4000"),
    ("select Colour from Vendor", "4001"), ("select * from Bill where Id in ()", "4000"),
    (f"select * from Bill startposition {'9' * 5000}", "4000"), ("select * from Bill where Id = 'x'", "4001"),
    ("select * from Vendor where Active = 'maybe'", "4001"), ('select * from Bill where DocNumber = "A"', "4000"),
    ("select * from Bill where TotalAmt like '1%'", "4001"), ("select sum(TotalAmt) from Bill", "4000"),
    ("select * from Bill group by DocNumber", "4000"), ("select * from Bill maxresults many", "4000"),
    ("select * from Bill where not DocNumber = 'A'", "4000"), ("select * from Bill, Vendor", "4000")])
def test_what_cannot_be_asked_is_refused_with_4000_or_4001(shelf: Office, statement: str, code: str) -> None:
    answer = shelf.query(statement)
    assert [error["code"] for error in answer["Fault"]["Error"]] == [code]


@pytest.mark.parametrize(("statement", "words"), [
    ("select * from Bill where DocNumber = 'A' or DocNumber = 'B'", 'Encountered " "or" "or "" at line 1, column 42.'),
    ("select * from Bill\n where DocNumber != 'A'", 'Encountered " "!= \'A\'" "!= \'A\' "" at line 2, column 18.'),
    ("select * from Bill where", 'Encountered "<EOF>" at line 1, column 25.')])
def test_the_parser_names_the_word_that_it_met_and_its_place(shelf: Office, statement: str, words: str) -> None:
    wrong = shelf.call("GET", "query", query=statement)["Fault"]["Error"][0]
    assert (wrong["Message"], wrong["Detail"]) == ("Error parsing query", f"QueryParserError: {words}")


def test_an_apostrophe_is_escaped_by_a_backslash(office: Office) -> None:
    office.create("Vendor", {"DisplayName": "Adam's Candy \\ Shop"})
    found = office.rows(r"select * from Vendor where DisplayName = 'Adam\'s Candy \\ Shop'")
    assert [row["DisplayName"] for row in found] == ["Adam's Candy \\ Shop"]


def test_bills_of_a_vendor_and_jobs_of_a_customer_are_found_by_reference(shelf: Office) -> None:
    assert len(shelf.rows(f"select * from Bill where VendorRef = '{shelf.vendor}'")) == 7
    assert shelf.rows(f"select * from Bill where VendorRef = '{shelf.other_vendor}'") == []
    assert [row["Id"] for row in shelf.rows("select * from Customer where Job = true")] == [shelf.job]
    assert [row["Id"] for row in shelf.rows(f"select * from Customer where Id in ('{shelf.owner}')")] == [shelf.owner]


def test_a_statement_too_long_for_the_address_goes_in_the_body(shelf: Office) -> None:
    from tieout.sandbox.kit import Request
    numbers = ", ".join(f"'A-{n}'" for n in range(500))
    response = shelf.service.handle(Request.of(
        "POST", f"{shelf.base}/query", headers={"Accept": "application/json", "Authorization": f"Bearer {shelf.token}",
                                                "Content-Type": "application/text"},
        body=f"select * from Bill where DocNumber in ({numbers}) maxresults 1000".encode()))
    assert response.status == 200
    assert response.body.count(b'"DocNumber"') == 7


def test_a_property_list_gives_partial_lists_marked_sparse_and_whole_documents(shelf: Office) -> None:
    vendor = shelf.rows("select Id, DisplayName from Vendor")[0]
    assert (vendor["sparse"], "Balance" in vendor) == (True, False)
    assert "Line" in shelf.rows("select DocNumber from Bill")[0]


def test_reading_changes_nothing(shelf: Office) -> None:
    before = repr(shelf.service.company)
    shelf.query("select * from Bill")
    shelf.query("select count(*) from Deposit")
    shelf.call("GET", "cdc", entities="Bill,Class", changedSince="2026-03-01")
    shelf.call("GET", "deposit/9")
    shelf.call("GET", "reports/TrialBalance")
    assert repr(shelf.service.company) == before


def test_change_data_gives_each_changed_document_once_and_a_stub_for_a_deleted_one(shelf: Office) -> None:
    shelf.kit.clock.advance(timedelta(minutes=5))
    since = shelf.kit.clock.now().isoformat()
    bills = shelf.rows("select * from Bill maxresults 2")
    shelf.pay("1.00", (bills[0], "1.00"))
    shelf.pay("1.00", (bills[0], "1.00"))
    shelf.delete("Bill", bills[1])
    shelf.change("Vendor", shelf.read("Vendor", shelf.other_vendor), {"Active": False})
    answer = shelf.call("GET", "cdc", entities="Bill,Class,BillPayment,Vendor", changedSince=since)
    changed, none, payments, vendors = answer["CDCResponse"][0]["QueryResponse"]
    assert none == {}
    assert [(row["Id"], row.get("status"), row.get("SyncToken")) for row in changed["Bill"]] == [
        (bills[0]["Id"], None, "2"), (bills[1]["Id"], "Deleted", None)]
    assert len(payments["BillPayment"]) == 2
    assert vendors["Vendor"][0]["Active"] is False


def test_change_data_looks_back_thirty_days_and_stops_at_a_thousand_objects(office: Office) -> None:
    def changed(since: str, entities: str = "Term") -> object:
        return office.call("GET", "cdc", entities=entities, changedSince=since)
    assert changed("2026-01-25")["Fault"]["Error"][0]["code"] == "2190"
    assert changed("2026-03-01", "TaxCode")["Fault"]["Error"][0]["code"] == "2000"
    for number in range(1200):
        office.service.company.add("Term", {"Name": f"T{number}", "DueDays": 1}, office.kit.clock.now())
    answer = office.raw("GET", f"{office.base}/cdc", entities="Term,Vendor", changedSince="2026-03-01")
    both = json.loads(answer.body)["CDCResponse"][0]["QueryResponse"]
    assert (len(both[0]["Term"]), both[1]) == (1000, {})


def test_a_clock_turned_back_hides_no_change(office: Office) -> None:
    start = office.kit.clock.now()
    first = office.bill(office.cost_line("1.00"))
    office.kit.clock.set(start - timedelta(hours=2))
    second = office.bill(office.cost_line("2.00"))
    answer = office.call("GET", "cdc", entities="Bill", changedSince=(start - timedelta(hours=1)).isoformat())
    assert [row["Id"] for row in answer["CDCResponse"][0]["QueryResponse"][0]["Bill"]] == [first["Id"]]
    assert second["Id"] not in str(answer)


def test_what_is_found_by_number_party_and_day_follows_a_change_and_a_deletion(office: Office) -> None:
    bill = office.bill(office.cost_line("100.00"), DocNumber="A-1", TxnDate="2026-02-01")
    vendor = bill["VendorRef"]["value"]

    def ids(where: str) -> list[str]:
        return [row["Id"] for row in office.rows(f"select * from Bill where {where}")]

    changed = office.change("Bill", bill, {"DocNumber": "A-2", "TxnDate": "2026-02-02", "VendorRef": bill["VendorRef"]})
    assert ids("DocNumber = 'A-1'") == ids("TxnDate = '2026-02-01'") == []
    assert ids("DocNumber = 'a-2'") == ids("TxnDate = '2026-02-02'") == ids(f"VendorRef = '{vendor}'") == [bill["Id"]]
    assert ids("DocNumber in ('A-2', 'a-2')") == ids(f"VendorRef = '0{vendor}'") == [bill["Id"]]
    office.delete("Bill", changed)
    assert ids("DocNumber = 'A-2'") == ids(f"VendorRef = '{vendor}'") == []


def test_the_spellings_that_clients_use_are_all_understood(shelf: Office) -> None:
    for statement in ("SELECT * FROM Bill ORDERBY TxnDate DESC, Id ASC STARTPOSITION 1 MAXRESULTS 5",
                      "select * from bill order by txndate desc maxresults 5 startposition 1",
                      "Select *, DocNumber From BILL Where Metadata.LastUpdatedTime > '2026-01-01T00:00:00-08:00' "
                      "OrderBy MetaData.CreateTime MaxResults 5",
                      "select Id, MetaData.CreateTime from Bill where TotalAmt > 1 and Balance >= '1' maxresults 5;"):
        assert len(shelf.rows(statement)) == 5, statement


def test_changed_data_is_refused_for_the_kinds_that_have_none_whatever_the_case(office: Office) -> None:
    for name in ("TimeActivity", "timeactivity", "TaxCode", "TaxRate", "TaxAgency", "JournalCode"):
        answer = office.call("GET", "cdc", entities=f"Bill,{name}", changedSince="2026-03-01")
        assert answer["Fault"]["Error"][0]["code"] == "2000"
