import json

import pytest

from tests.sandbox.quickbooks_online.office import Office


def test_a_vendor_a_customer_and_a_job_share_one_set_of_names_whatever_the_case(office: Office) -> None:
    for entity in ("Vendor", "Customer"):
        assert office.refused(entity, {"DisplayName": "NORTON lumber"}) == ["6240"]
    assert office.refused("Customer", {"DisplayName": "norton lumber", "Job": True,
                                       "ParentRef": {"value": office.owner}}) == ["6240"]


def test_a_job_stands_under_its_customer_in_the_full_name(office: Office) -> None:
    job = office.read("Customer", office.job)
    assert (job["FullyQualifiedName"], job["Level"], job["Job"]) == ("Oak Health LLC:24-017 Clinic", 1, True)
    assert office.refused("Customer", {"DisplayName": "Alone", "Job": True}) == ["6150"]
    assert office.refused("Customer", {"DisplayName": "Alone", "ParentRef": {"value": office.owner}}) == ["6150"]


def test_the_sixth_level_of_jobs_is_refused(office: Office) -> None:
    parent = office.owner
    for depth in range(1, 5):
        parent = office.create("Customer", {"DisplayName": f"Level {depth}", "Job": True,
                                            "ParentRef": {"value": parent}})["Id"]
    assert office.refused("Customer", {"DisplayName": "Too deep", "Job": True,
                                       "ParentRef": {"value": parent}}) == ["6180"]


def test_an_inactive_vendor_carries_the_suffix_frees_its_name_and_is_hidden_from_queries(office: Office) -> None:
    norton = office.read("Vendor", office.vendor)
    retired = office.change("Vendor", norton, {"Active": False})
    assert (retired["DisplayName"], retired["Active"]) == ("Norton Lumber (deleted)", False)
    assert [row["Id"] for row in office.rows("select * from Vendor")] == [office.other_vendor]
    assert len(office.rows("select * from Vendor where Active in (true, false)")) == 2
    assert office.read("Vendor", office.vendor)["Active"] is False
    office.create("Vendor", {"DisplayName": "Norton Lumber"})
    assert office.refused("Vendor", {"Id": office.vendor, "SyncToken": retired["SyncToken"], "sparse": True,
                                     "Active": True}) == ["6240"]


def test_a_vendor_with_open_bills_cannot_be_made_inactive_and_an_inactive_one_gets_no_bill(office: Office) -> None:
    bill = office.bill(office.account_line("10.00"))
    norton = office.read("Vendor", office.vendor)
    retire = {"Id": office.vendor, "SyncToken": norton["SyncToken"], "sparse": True, "Active": False}
    assert office.refused("Vendor", retire) == ["6220"]
    office.delete("Bill", bill)
    office.create("Vendor", retire)
    assert office.refused("Bill", {"VendorRef": {"value": office.vendor},
                                   "Line": [office.account_line("1.00")]}) == ["610"]


def test_names_without_a_colon_tab_or_newline_only(office: Office) -> None:
    for name in ("Oak:Elm", "Oak\tElm", "Oak\nElm"):
        assert office.refused("Vendor", {"DisplayName": name}) == ["2040"]
    assert office.refused("Vendor", {"CompanyName": "No name"}) == ["6080"]
    assert office.refused("Vendor", {"DisplayName": "x" * 501}) == ["2050"]


def test_a_tax_number_is_masked_when_shown(office: Office) -> None:
    made = office.create("Vendor", {"DisplayName": "Masked", "TaxIdentifier": "12-3456789"})
    assert made["TaxIdentifier"] == "XXXXXX6789"


def test_an_item_name_is_unique_under_its_category_only(office: Office) -> None:
    category = office.create("Item", {"Name": "03 Concrete", "Type": "Category"})["Id"]
    accounts = {"IncomeAccountRef": {"value": office.income}, "ExpenseAccountRef": {"value": office.cost}}
    below = office.create("Item", {"Name": "03-300.S", "Type": "Service", "SubItem": True,
                                   "ParentRef": {"value": category}, **accounts})
    assert below["FullyQualifiedName"] == "03 Concrete:03-300.S"
    assert office.refused("Item", {"Name": "03-300.s", "Type": "Service", **accounts}) == ["6240"]


def test_an_item_needs_a_type_and_an_account_that_is_not_payable_or_receivable(office: Office) -> None:
    assert office.refused("Item", {"Name": "A", "IncomeAccountRef": {"value": office.income}}) == ["2020"]
    assert office.refused("Item", {"Name": "A", "Type": "Service"}) == ["2020"]
    assert office.refused("Item", {"Name": "A", "Type": "Service",
                                   "ExpenseAccountRef": {"value": office.payable}}) == ["6430"]


def test_an_account_takes_its_type_from_the_sub_type_and_its_number_is_unique(office: Office) -> None:
    made = office.create("Account", {"Name": "Retention", "AccountSubType": "OtherCurrentLiabilities",
                                     "AcctNum": "2050"})
    assert (made["AccountType"], made["Classification"]) == ("Other Current Liability", "Liability")
    assert office.refused("Account", {"Name": "Other", "AccountType": "Expense", "AcctNum": "2050"}) == ["6240"]
    assert office.refused("Account", {"Name": "Neither"}) == ["6010"]
    assert office.refused("Account", {"Name": "A", "AccountType": "Expense",
                                      "ParentRef": {"value": made["Id"]}}) == ["700"]


def test_the_plus_edition_holds_250_accounts() -> None:
    office = Office()
    have = len(office.service.company.records["Account"])
    for number in range(250 - have):
        office.account(f"Account {number}", "Expense")
    assert office.refused("Account", {"Name": "One more", "AccountType": "Expense"}) == ["6000"]


def test_a_sparse_update_keeps_what_it_does_not_name_and_a_full_one_clears_it(office: Office) -> None:
    norton = office.change("Vendor", office.read("Vendor", office.vendor), {"AcctNum": "C-1"})
    kept = office.change("Vendor", norton, {"Vendor1099": True})
    assert kept["AcctNum"] == "C-1"
    assert "AcctNum" not in office.change("Vendor", kept, {"AcctNum": ""})
    full = office.create("Vendor", {"Id": office.vendor, "SyncToken": "3", "DisplayName": "Norton Lumber"})
    assert full["Vendor1099"] is False


def test_a_stale_token_is_refused_with_5010_and_an_unknown_id_with_610(office: Office) -> None:
    office.change("Vendor", office.read("Vendor", office.vendor), {"AcctNum": "1"})
    stale = {"Id": office.vendor, "SyncToken": "0", "sparse": True, "AcctNum": "2"}
    assert office.refused("Vendor", stale) == ["5010"]
    assert office.read("Vendor", office.vendor)["AcctNum"] == "1"
    assert office.refused("Vendor", {**stale, "Id": "99999"}) == ["610"]
    assert office.refused("Vendor", {**stale, "Id": "abc"}) == ["2030"]


def test_a_list_entity_cannot_be_deleted(office: Office) -> None:
    answer = office.delete("Vendor", office.read("Vendor", office.vendor))
    assert answer["Fault"]["Error"][0]["code"] == "500"


@pytest.mark.parametrize("body", [{"DisplayName": "A", "Colour": "red"}, {"DisplayName": {"a": 1}}, [], "text",
                                  {"Vendor": {"DisplayName": "Wrapped"}}, {"DisplayName": "A", "BillAddr": "street"}])
def test_unknown_keys_and_wrong_types_are_refused_with_2010(office: Office, body: object) -> None:
    assert set(office.refused("Vendor", body)) == {"2010"}


def test_broken_json_is_a_fault_and_not_a_crash(office: Office) -> None:
    assert office.refused("Vendor", b'{"DisplayName": ') == ["2010"]
    for body, words in ((b'{"DisplayName": ', "Unexpected end-of-input at line: 1, column: 17"),
                        (b"{'DisplayName': 1}", "Unexpected character (''' (code 39)) at line: 1, column: 2"),
                        (b'{"DisplayName":\n  nope}', "Unexpected character ('n' (code 110)) at line: 2, column: 3"),
                        (b'{"DisplayName": ' + b"[" * 5000, "nested"), (b'{"Balance": NaN}', "Can not deserialize")):
        wrong = office.post("Vendor", body)["Fault"]["Error"][0]
        assert wrong["code"] == "2010"
        assert words in wrong["Detail"]


def test_a_body_that_is_no_utf_8_breaks_the_service_as_it_does_the_vendors(office: Office) -> None:
    for path in ("vendor", "batch", "query"):
        answer = office.raw("POST", f"{office.base}/{path}", b'{"DisplayName": "Caf\xe9"}')
        wrong = json.loads(answer.body)["Fault"]
        assert (answer.status, wrong["type"], wrong["Error"][0]["code"]) == (500, "SystemFault", "10000")
        assert "MalformedByteSequence: Invalid byte 21" in wrong["Error"][0]["Detail"]


def test_what_client_libraries_leave_empty_counts_as_absent(office: Office) -> None:
    made = office.create("Customer", {"DisplayName": "Empty", "PreferredDeliveryMethod": "", "ResaleNum": "",
                                      "SalesTermRef": None, "PaymentMethodRef": {"value": "", "name": "", "type": ""}})
    assert made["PreferredDeliveryMethod"] == "Print"
    assert not {"SalesTermRef", "ResaleNum", "PaymentMethodRef"} & set(made)
    bill = office.bill(office.cost_line("10.00"), DueDate="", ExchangeRate="")
    office.pay("5.00", (bill, "5.00"))
    paid = office.read("Bill", bill["Id"])
    echoed = {**paid, "VendorRef": {**paid["VendorRef"], "type": ""}, "PrivateNote": "read and sent back whole"}
    assert office.create("Bill", echoed)["Balance"] == 5


def test_read_only_keys_are_ignored(office: Office) -> None:
    made = office.create("Customer", {"DisplayName": "Echo", "BalanceWithJobs": 500, "MetaData": {}, "domain": "QBO"})
    assert (made["Balance"], made["BalanceWithJobs"]) == (0, 0)


def test_a_changed_name_shows_on_the_documents_that_refer_to_it(office: Office) -> None:
    bill = office.bill(office.account_line("10.00"))
    office.change("Vendor", office.read("Vendor", office.vendor), {"DisplayName": "Norton & Sons"})
    assert office.read("Bill", bill["Id"])["VendorRef"]["name"] == "Norton & Sons"


def test_below_plus_there_are_no_orders_and_no_classes() -> None:
    from tieout.sandbox.quickbooks_online.company import CompanyProfile
    office = Office().furnish()
    office.service.set_profile(CompanyProfile(edition="Essentials"))
    assert office.refused("PurchaseOrder", {"VendorRef": {"value": office.vendor},
                                            "Line": [office.account_line("1.00")]}) == ["5020"]
    assert office.refused("Class", {"Name": "West"}) == ["5020"]
