"""The check of what our adapters send runs in every test that joins one to a stand-in; it must see errors."""
from __future__ import annotations

import json

import pytest

from tests.support import procore_spec, quickbooks_schema, what_is_sent
from tests.support.bridge import bridge, frozen_kit
from tieout.sandbox.kit import Request
from tieout.sandbox.procore import Procore

needs_description = pytest.mark.skipif(not procore_spec.is_present(), reason=procore_spec.ABSENT)
needs_schema = pytest.mark.skipif(not quickbooks_schema.is_present(), reason=quickbooks_schema.ABSENT)


@needs_description
@pytest.mark.parametrize(("method", "path", "body", "complaint"), [
    ("GET", "/rest/v1.0/nothing", None, "is not in the description"),
    ("GET", "/rest/v1.1/requisitions", None, "the query lacks project_id"),
    ("GET", "/rest/v1.1/requisitions?project_id=5&filters[status]=odd", None, "is 'odd', not one of"),
    ("GET", "/rest/v1.0/cost_codes?project_id=5&colour=red", None, "the query's colour is not in"),
    ("POST", "/rest/v1.0/vendors", {"company_id": 5, "vendor": {"name": "A", "colour": "red"}}, "vendor.colour is not"),
    ("POST", "/rest/v1.0/vendors", {"company_id": 5, "vendor": {"name": "A", "is_active": "yes"}}, "of type boolean"),
    ("PATCH", "/rest/v1.0/work_order_contracts/7", {"project_id": 5, "work_order_contract": {
        "accounting_method": "hours"}}, "not one of"),
])
def test_a_request_that_procore_does_not_describe_is_seen(method: str, path: str, body: object, complaint: str) -> None:
    import httpx2

    with httpx2.Client(transport=bridge(Procore(frozen_kit())), base_url="https://practice.example") as client:
        client.request(method, path, json=body) if body else client.request(method, path)
    [said] = what_is_sent.said()
    assert complaint in said


@needs_schema
@pytest.mark.parametrize(("path", "body", "complaint"), [
    ("bill", {"Colour": "red"}, "not a field of Bill"),
    ("bill", {"TxnDate": "27.2.2026"}, "expected YYYY-MM-DD"),
    ("bill", {"VendorRef": "56"}, "expected object"),
    ("purchase", {"PaymentType": "Barter"}, "not in PaymentTypeEnum"),
    ("vendor", {"DisplayName": "x" * 501}, "501 > 500"),
    ("batch", {"BatchItemRequest": [{"bId": "1", "operation": "make", "Bill": {}}]}, "operation is 'make'"),
    ("wallet", {}, "no entity has this name"),
])
def test_a_request_that_quickbooks_does_not_describe_is_seen(path: str, body: object, complaint: str) -> None:
    what_is_sent.watch("quickbooks", Request.of("POST", f"/v3/company/1/{path}", body=json.dumps(body).encode(),
                                                headers={"Content-Type": "application/json"}))
    [said] = what_is_sent.said()
    assert complaint in said
