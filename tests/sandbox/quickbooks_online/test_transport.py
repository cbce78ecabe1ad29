"""JSON where the client names it, XML elsewhere; what may not be sent or asked for (qbo.md 1.5, 1.6, 8.1, 9.2)."""
import gzip
import json
import zlib
from typing import Any
from xml.etree import ElementTree

import pytest

from tests.sandbox.quickbooks_online.office import Office
from tests.support import quickbooks_schema
from tieout.sandbox.kit import Request, Response
from tieout.sandbox.quickbooks_online import transport
from tieout.sandbox.quickbooks_online.xml_order import ORDER

needs_schema = pytest.mark.skipif(not quickbooks_schema.is_present(), reason=quickbooks_schema.ABSENT)
NS = "{http://schema.intuit.com/finance/v3}"
NOT_WRITTEN = {"Warnings", "SyncErrorResponse", "OLBTransaction", "OLBStatus", "CascadeResponse", "IntuitObject"}


def call(office: Office, method: str, path: str, body: bytes = b"", query: str = "", token: str = "",
         **headers: str) -> Response:
    return office.service.handle(Request.of(method, f"{office.base}/{path}", query=query, body=body, headers={
        "Authorization": f"Bearer {token or office.token}",
        **{name.replace("_", "-"): value for name, value in headers.items()}}))


def as_xml(office: Office, method: str, path: str, body: Any = None, query: str = "") -> ElementTree.Element:
    """The answer to a client that says nothing about JSON, held against the schema."""
    sent = b"" if body is None else json.dumps(body).encode()
    answer = call(office, method, path, sent, query, Content_Type="application/json")
    assert answer.headers["Content-Type"].startswith("application/xml")
    if quickbooks_schema.is_present():
        from lxml import etree
        validator = quickbooks_schema._validator()
        assert validator.validate(etree.fromstring(answer.body)), validator.error_log
    return ElementTree.fromstring(answer.body)


@pytest.mark.parametrize(("accept", "kind"), [
    ("application/json", "json"), ("application/json, text/plain, */*", "json"), ("APPLICATION/JSON;q=0.9", "json"),
    ("", "xml"), ("*/*", "xml"), ("application/xml", "xml"), ("text/html,application/xml;q=0.9,*/*;q=0.8", "xml"),
    ("application/json;q=0, */*", "xml"), ("text/html", ""), ("application/json;q=0.0", "xml")])
def test_json_is_for_those_who_name_it_and_xml_for_the_others(accept: str, kind: str) -> None:
    assert transport.taken(Request.of("GET", "/", headers={"Accept": accept} if accept else {})) == kind


def test_every_kind_of_answer_is_the_same_in_xml_as_in_json(office: Office) -> None:
    order = office.order(office.cost_line("100.00"))
    bill = office.bill(office.cost_line("40.00"), office.account_line("-4.00", office.retention), DocNumber="A & <B>",
                       LinkedTxn=[{"TxnId": order["Id"], "TxnType": "PurchaseOrder"}])
    office.pay("10.00", (bill, "10.00"))
    root = as_xml(office, "GET", f"bill/{bill['Id']}")
    shown = root[0]
    assert shown.tag == f"{NS}Bill" and shown.attrib == {"domain": "QBO", "sparse": "false"}
    assert [child.tag.removeprefix(NS) for child in shown][:4] == ["Id", "SyncToken", "MetaData", "DocNumber"]
    assert shown.findtext(f"{NS}DocNumber") == "A & <B>"
    assert shown.findtext(f"{NS}TotalAmt") == "36.00"
    reference = shown.find(f"{NS}VendorRef")
    assert reference is not None and (reference.text, reference.attrib) == (
        office.vendor, {"name": "Norton Lumber"})
    assert len(shown.findall(f"{NS}Line")) == 2


@needs_schema
@pytest.mark.parametrize("path", [
    "query?query=select * from Bill", "query?query=select * from PurchaseOrder",
    "query?query=select count(*) from Bill",
    "query?query=select * from Invoice", "query?query=select * from JournalEntry", "query?query=select * from Vendor",
    "query?query=select * from Customer", "query?query=select * from Account", "query?query=select * from Item",
    "query?query=select * from Term", "query?query=select * from BillPayment", "query?query=select * from Payment",
    "query?query=select * from Deposit", "query?query=select * from Purchase", "query?query=select * from VendorCredit",
    "query?query=select * from Estimate", "query?query=select * from CreditMemo",
    "query?query=select * from TimeActivity", "query?query=select * from SalesReceipt",
    "query?query=select * from Attachable", "query?query=select * from TaxCode", "query?query=select * from Class",
    "query?query=select * from Preferences", "query?query=select * from CompanyInfo", "query?query=select nonsense",
    "cdc?entities=Bill,Vendor,Class&changedSince=2026-03-01", "reports/BalanceSheet", "reports/GeneralLedger",
    "reports/AgedPayableDetail", "vendor/987654"])
def test_an_answer_in_xml_is_in_the_order_of_the_schema_and_says_what_the_json_says(office: Office, path: str) -> None:
    from lxml import etree
    bill = office.bill(office.cost_line("40.00"), office.account_line("-4.00", office.retention))
    office.pay("10.00", (bill, "10.00"))
    office.order(office.cost_line("40.00"))
    office.delete("Bill", office.bill(office.cost_line("1.00")))
    office.create("VendorCredit", {"VendorRef": {"value": office.vendor}, "Line": [office.account_line("1.00")]})
    sale = {"CustomerRef": {"value": office.job}, "Line": [{
        "Amount": "70.00", "DetailType": "SalesItemLineDetail",
        "SalesItemLineDetail": {"ItemRef": {"value": office.item}}}]}
    for entity in ("Invoice", "Estimate", "CreditMemo", "SalesReceipt"):
        office.create(entity, sale)
    office.create("TimeActivity", {"NameOf": "Vendor", "VendorRef": {"value": office.vendor}, "Hours": 8})
    office.create("Attachable", {"Note": "Waiver", "AttachableRef": [
        {"EntityRef": {"type": "Bill", "value": bill["Id"]}, "IncludeOnSend": True}]})
    asked, _, query = path.partition("?")
    as_xml(office, "GET", asked, query=query)
    heard = call(office, "GET", asked, query=query)
    told = json.loads(call(office, "GET", asked, query=query, Accept="application/json").body)
    if "Header" in told:
        told = {"Report": told}
    said = quickbooks_schema._element("IntuitResponse", "IntuitResponse", told)
    assert _sums(etree.fromstring(heard.body)) == _sums(said)


def _sums(element: Any) -> Any:
    """A tree without its times; a number counts by its value."""
    name = element.tag.rpartition("}")[2]
    text = (element.text or "").strip()
    try:
        text = str(float(text))
    except ValueError:
        pass
    attributes = {key: value for key, value in element.attrib.items() if key != "time"}
    return name, "" if name == "Time" else text, attributes, [_sums(child) for child in element]


def test_a_batch_and_its_refusals_are_in_xml(office: Office) -> None:
    root = as_xml(office, "POST", "batch", {"BatchItemRequest": [
        {"bId": "1", "operation": "create", "Vendor": {"DisplayName": "Acme"}},
        {"bId": "2", "operation": "create", "Vendor": {"DisplayName": "Acme"}},
        {"bId": "3", "Query": "select * from Term"}]})
    assert [item.attrib["bId"] for item in root] == ["1", "2", "3"]
    error = root[1].find(f"{NS}Fault/{NS}Error")
    assert error is not None and error.attrib["code"] == "6240"


def test_a_refusal_and_a_gateways_refusal_are_in_xml(office: Office) -> None:
    root = as_xml(office, "POST", "vendor", {"Colour": "red"})
    assert root[0].attrib == {"type": "ValidationFault"}
    assert root[0][0].attrib == {"code": "2010", "element": "Colour"}
    answer = call(office, "GET", "preferences", token="wrong")
    assert answer.status == 401
    fault = ElementTree.fromstring(answer.body)[0]
    assert (fault.attrib["type"], fault[0].attrib["code"]) == ("AUTHENTICATION", "3200")


@needs_schema
@pytest.mark.parametrize("typ", sorted(ORDER))
def test_the_order_of_elements_is_the_schemas(typ: str) -> None:
    found = [field for field in quickbooks_schema.schema().fields(typ) if field.name not in NOT_WRITTEN
             and field.type not in NOT_WRITTEN]
    members = {key: member for key, member in transport._members(typ).items() if key != "*"}
    assert [field.name for field in found if field.name in members] == list(members)
    assert {field.name for field in found if field.attr} == {
        key for key, member in members.items() if member.place == "attribute"}


def test_control_characters_that_xml_cannot_hold_are_left_out(office: Office) -> None:
    bill = office.bill(office.cost_line("1.00"), PrivateNote="a\x0bb")
    assert as_xml(office, "GET", f"bill/{bill['Id']}")[0].findtext(f"{NS}PrivateNote") == "ab"


def test_a_client_that_takes_neither_gets_406_and_nothing_is_done(office: Office) -> None:
    answer = call(office, "POST", "vendor", b'{"DisplayName": "New"}', Accept="text/html",
                  Content_Type="application/json")
    assert answer.status == 406
    assert office.rows("select * from Vendor where DisplayName = 'New'") == []


@pytest.mark.parametrize("kind", ["application/xml", "text/xml", "text/plain", "multipart/form-data; boundary=x"])
def test_a_body_that_is_not_json_is_refused_with_415(office: Office, kind: str) -> None:
    answer = call(office, "POST", "vendor", b"<Vendor/>", Accept="application/json", Content_Type=kind)
    assert (answer.status, json.loads(answer.body)["Fault"]["Error"][0]["code"]) == (415, "1050")


@pytest.mark.parametrize(("coding", "squeeze"), [("gzip", gzip.compress), ("deflate", zlib.compress)])
def test_a_compressed_body_is_read(office: Office, coding: str, squeeze: Any) -> None:
    answer = call(office, "POST", "vendor", squeeze(b'{"DisplayName": "New"}'), Accept="application/json",
                  Content_Type="application/json", Content_Encoding=coding)
    assert json.loads(answer.body)["Vendor"]["DisplayName"] == "New"
    broken = call(office, "POST", "vendor", b"no such thing", Accept="application/json", Content_Encoding=coding)
    assert json.loads(broken.body)["Fault"]["Error"][0]["code"] == "2010"


def test_an_unknown_or_bottomless_compression_is_refused(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    assert call(office, "POST", "vendor", b"{}", Accept="application/json", Content_Encoding="br").status == 415
    monkeypatch.setattr(transport, "LARGEST_INFLATED", 1000)
    bomb = gzip.compress(b" " * 100_000)
    assert call(office, "POST", "vendor", bomb, Accept="application/json", Content_Encoding="gzip").status == 413


def test_a_slash_at_the_end_and_the_question_head_change_nothing(office: Office) -> None:
    for method, path in (("GET", f"vendor/{office.vendor}/"), ("HEAD", f"vendor/{office.vendor}")):
        assert call(office, method, path, Accept="application/json").status == 200
    assert call(office, "GET", f"Vendor/{office.vendor}", Accept="application/json").status == 400
