"""What is called beside the entities: queries, batches, settings, reports, sign-in (qbo.md 2, 3, 5, 11.1, 15)."""
from __future__ import annotations

import json
from base64 import b64encode
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from tests.sandbox.quickbooks_online.office import Office
from tieout.sandbox.kit import Request
from tieout.sandbox.quickbooks_online.reports import BUILT

BACK = "http://127.0.0.1:8000/callback"


def questions(office: Office) -> None:
    for statement in ("select * from Vendor where DisplayName like 'N%' orderby DisplayName desc startposition 1 "
                      "maxresults 5", "select count(*) from Vendor", "select Id, DisplayName from Customer",
                      "select * from Bill", "select * from CompanyInfo", "select * from Preferences"):
        assert "QueryResponse" in office.query(statement)
    sent = office.service.handle(Request.of("POST", f"{office.base}/query", body=b"select * from Item", headers={
        "Authorization": f"Bearer {office.token}", "Content-Type": "application/text", "Accept": "application/json"}))
    assert sent.status == 200
    for wrong in ("select * form Vendor", "select * from Wallet", "select * from Vendor maxresults 5000"):
        office.query(wrong)


def batches(office: Office) -> None:
    bill = {"VendorRef": {"value": office.vendor}, "Line": [office.cost_line("10.00")]}
    made = office.call("POST", "batch", {"BatchItemRequest": [
        {"bId": "1", "operation": "create", "Bill": bill},
        {"bId": "2", "operation": "create", "Bill": {}},
        {"bId": "3", "Query": "select * from Vendor"},
        {"bId": "4", "operation": "create", "Vendor": {"DisplayName": "Norton Lumber"}}]})["BatchItemResponse"]
    assert ["Fault" in item for item in made] == [False, True, False, True]
    held = made[0]["Bill"]
    office.call("POST", "batch", {"BatchItemRequest": [
        {"bId": "1", "operation": "update", "Bill": {"Id": held["Id"], "SyncToken": "0", "sparse": True,
                                                     "PrivateNote": "x"}},
        {"bId": "2", "operation": "delete", "Bill": {"Id": held["Id"], "SyncToken": "1"}}]})
    assert "Fault" in office.call("POST", "batch", {"BatchItemRequest": [{"bId": str(n)} for n in range(31)]})


def changed_data(office: Office) -> None:
    bill = office.bill(office.cost_line("10.00"))
    office.delete("Bill", bill)
    since = office.kit.clock.now().replace(microsecond=0, second=0).isoformat()
    office.call("GET", "cdc", entities="Bill,Vendor,Customer", changedSince=since)
    assert "Fault" in office.call("GET", "cdc", entities="Bill")
    assert "Fault" in office.call("GET", "cdc", entities="Wallet", changedSince=since)
    assert "Fault" in office.call("GET", "cdc", entities="Bill", changedSince="2020-01-01")


def settings(office: Office) -> None:
    office.call("GET", f"companyinfo/{office.service.realm_id}")
    office.call("GET", "preferences")


def reports(office: Office) -> None:
    office.pay("40.00", (office.bill(office.cost_line("100.00")), "40.00"))
    office.create("Invoice", {"CustomerRef": {"value": office.job}, "Line": [{
        "Amount": "70.00", "DetailType": "SalesItemLineDetail",
        "SalesItemLineDetail": {"ItemRef": {"value": office.item}}}]})
    for name in BUILT:
        report = office.call("GET", f"reports/{name}", start_date="2026-01-01", end_date="2026-12-31")
        assert report["Header"]["ReportName"] == name
        assert "Fault" in office.call("GET", f"reports/{name}", date_macro="This Century")
    for by in ("Month", "Vendors", "Classes"):
        office.call("GET", "reports/ProfitAndLoss", summarize_column_by=by)
        office.call("GET", "reports/BalanceSheet", summarize_column_by=by)
    assert "Fault" in office.call("GET", "reports/Profit")


def sign_in(office: Office) -> None:
    service = office.service
    for path in ("openid_configuration", "openid_sandbox_configuration"):
        service.handle(Request.of("GET", f"/.well-known/{path}"))
    service.handle(Request.of("GET", "/op/v1/jwks"))
    asked = {"client_id": service.client_id, "response_type": "code", "redirect_uri": BACK, "state": "s",
             "scope": "com.intuit.quickbooks.accounting openid"}
    service.handle(Request.of("GET", "/connect/oauth2", query=tuple(asked.items())))
    back = service.handle(Request.of("POST", "/connect/oauth2", body=urlencode(
        {**asked, "realm": service.realm_id, "decision": "connect"}).encode()))
    code = parse_qs(urlsplit(back.headers["Location"]).query)["code"][0]
    tokens = _token(office, grant_type="authorization_code", code=code, redirect_uri=BACK)
    again = _token(office, grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    assert _token(office, grant_type="refresh_token", refresh_token="gone")["error"] == "invalid_grant"
    assert "error" in _token(office, grant_type="password")
    bearer = {"Authorization": f"Bearer {again['access_token']}"}
    service.handle(Request.of("GET", "/v1/openid_connect/userinfo", headers=bearer))
    for _ in range(2):
        service.handle(Request.of("POST", "/v2/oauth2/tokens/revoke", headers=_basic(office) | {
            "Content-Type": "application/json"}, body=json.dumps({"token": again["refresh_token"]}).encode()))


def _basic(office: Office) -> dict[str, str]:
    pair = f"{office.service.client_id}:{office.service.client_secret}"
    return {"Authorization": "Basic " + b64encode(pair.encode()).decode()}


def _token(office: Office, **form: str) -> Any:
    return json.loads(office.service.handle(Request.of(
        "POST", "/oauth2/v1/tokens/bearer", body=urlencode(form).encode(), headers=_basic(office) | {
            "Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"})).body)
