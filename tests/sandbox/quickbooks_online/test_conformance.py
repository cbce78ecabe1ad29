"""The stand-in's answers against Intuit's schema files and the reference's samples."""
import json
import re
from datetime import timedelta
from typing import Any

import pytest

from tests.sandbox.quickbooks_online.office import Office, unfit
from tests.support import quickbooks_schema
from tests.support.quickbooks_schema import REFERENCE, schema
from tieout.sandbox.quickbooks_online.company import LISTS, TRANSACTIONS
from tieout.sandbox.quickbooks_online.shapes import FIELDS
from tieout.sandbox.sandbox import Sandbox

needs_reference = pytest.mark.skipif(not quickbooks_schema.is_present(), reason=quickbooks_schema.ABSENT)
SAMPLE = re.compile(r"```json (\w+)\n(.*?)```", re.DOTALL)
PLAYED = ("Customer", "Vendor", "Item", "PurchaseOrder", "Bill", "VendorCredit", "BillPayment", "Invoice", "Payment",
          "JournalEntry", "TimeActivity")


def samples(entity: str) -> tuple[Any, Any]:
    """The request and the response that the reference prints for an entity."""
    text = (REFERENCE / "qbo.md").read_text()
    found = [json.loads(body) for name, body in SAMPLE.findall(text) if name == entity]
    [request] = [sample for sample in found if entity not in sample]
    [response] = [sample for sample in found if entity in sample]
    return request, response


def prepared() -> Office:
    """A company in which everything the samples name has the id that they give it."""
    office = Office()
    numbers = office.service.company.next_id

    def made(sequence: str, number: int, entity: str, body: Any) -> None:
        numbers[sequence] = number
        assert office.create(entity, body)["Id"] == str(number)

    made("Account", 79, "Account", {"Name": "Construction Income", "AccountType": "Income"})
    made("Account", 80, "Account", {"Name": "Cost of Goods Sold", "AccountType": "Cost of Goods Sold"})
    made("Account", 84, "Account", {"Name": "Receivables", "AccountType": "Accounts Receivable"})
    made("Account", 91, "Account", {"Name": "Retainage Receivable", "AccountType": "Other Current Asset",
                                    "AccountSubType": "Retainage"})
    made("Term", 3, "Term", {"Name": "Net 30", "DueDays": 30})
    made("Class", 200900000000012345, "Class", {"Name": "West"})
    made("Item", 40, "Item", {"Name": "03 Concrete", "Type": "Category"})
    made("name", 62, "Customer", {"DisplayName": "Oak Health LLC"})
    made("name", 55, "Employee", {"GivenName": "Emily", "FamilyName": "Platt"})
    for sequence, number, entity in (("name", 71, "Customer"), ("Item", 41, "Item"), ("name", 88, "Vendor"),
                                     ("transaction", 257, "PurchaseOrder"), ("transaction", 301, "Bill"),
                                     ("transaction", 305, "VendorCredit"), ("transaction", 320, "Invoice"),
                                     ("TimeActivity", 7, "TimeActivity")):
        numbers[sequence] = number
        office.answers[entity] = office.post(entity, samples(entity)[0])
    for entity in ("BillPayment", "Payment", "JournalEntry"):
        office.answers[entity] = office.post(entity, samples(entity)[0])
    return office


def keys(value: Any) -> Any:
    """The shape of an answer: its keys, without values."""
    if isinstance(value, dict):
        return {key: keys(inner) for key, inner in sorted(value.items())}
    return [keys(inner) for inner in value] if isinstance(value, list) else None


@needs_reference
@pytest.mark.parametrize("entity", PLAYED)
def test_the_printed_request_gets_an_answer_with_the_printed_keys(entity: str) -> None:
    assert keys(prepared().answers[entity]) == keys(samples(entity)[1])


@needs_reference
def test_company_info_and_preferences_fit_the_schema_and_name_the_edition() -> None:
    office = Office()
    info = office.call("GET", f"companyinfo/{office.service.realm_id}")["CompanyInfo"]
    assert {"Name": "OfferingSku", "Value": "QuickBooks Online Plus"} in info["NameValue"]
    assert office.call("GET", "preferences")["Preferences"]["VendorAndPurchasesPrefs"]["TrackingByCustomer"] is True
    assert office.rows("select * from CompanyInfo") == [info]


@needs_reference
def test_every_document_of_the_practice_year_fits_the_schema() -> None:
    sandbox = Sandbox.start("maple")
    while sandbox.play_next() is not None:
        pass
    office = Office()
    office.service, office.token = sandbox.quickbooks, sandbox.quickbooks.script_token
    counts = {}
    for entity in (*LISTS, *TRANSACTIONS):
        counts[entity] = len(office.rows(f"select * from {entity} where Id > '0' maxresults 1000"))
        first = office.rows(f"select * from {entity} maxresults 1")
        if first:
            assert office.read(entity, first[0]["Id"]) == first[0]
    assert min(counts[entity] for entity in ("Account", "Vendor", "Customer", "Item", "Bill", "JournalEntry")) > 0
    since = (sandbox.kit.clock.now() - timedelta(days=29)).isoformat()
    office.call("GET", "cdc", entities=",".join(TRANSACTIONS), changedSince=since)


@needs_reference
@pytest.mark.parametrize("entity", [*LISTS, *TRANSACTIONS])
def test_every_key_of_the_schema_is_taken_but_those_the_service_refuses(entity: str) -> None:
    known = {field.name for field in schema().fields(schema().entities[entity]) if not field.doc.desktop_only}
    refused = {"Item": {"AssetAccountRef", "QtyOnHand", "InvStartDate"}, "Purchase": {"PurchaseEx"}}
    assert known - set(FIELDS[entity]) == refused.get(entity, set())


@needs_reference
def test_the_check_sees_a_key_that_the_schema_does_not_have() -> None:
    assert unfit({"Bill": {"Id": "1", "Colour": "red"}})
    assert unfit({"BatchItemResponse": [{"bId": "1", "Bill": {"TotalAmt": "ten"}}]})
    assert unfit({"CDCResponse": [{"QueryResponse": [{"Bill": [{"TxnDate": "yesterday"}]}]}]})
