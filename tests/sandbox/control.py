"""A small practice office for the tests of faults, clock, snapshots and webhooks: both services, by their own calls."""
from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

from tieout.sandbox.kit import Request, Response
from tieout.sandbox.sandbox import Sandbox

REALM = "/v3/company/4620816365000000001"
OPENED = "2026-03-02T16:00:00+00:00"


def opened(**options: Any) -> Sandbox:
    return Sandbox.start(clock=OPENED, frozen=True, **options)


def books(sandbox: Sandbox, method: str, path: str, body: object = None, *, token: str = "", **query: str) -> Response:
    """A call to QuickBooks, below the company's address."""
    return sandbox.handle("quickbooks", Request.of(
        method, f"{REALM}/{path}", query=tuple(query.items()), body=b"" if body is None else json.dumps(body).encode(),
        headers={"Authorization": f"Bearer {token or sandbox.quickbooks.script_token}",
                 "Content-Type": "application/json", "Accept": "application/json"}))


def field(sandbox: Sandbox, method: str, path: str, body: object = None, **query: str) -> Response:
    """A call to Procore, in its one company."""
    return sandbox.handle("procore", Request.of(
        method, path, query=(("company_id", str(sandbox.procore.company.id)), *query.items()),
        body=b"" if body is None else json.dumps(body).encode(),
        headers={"Authorization": f"Bearer {sandbox.procore.script_token}", "Content-Type": "application/json",
                 "Procore-Company-Id": str(sandbox.procore.company.id)}))


def control(sandbox: Sandbox, method: str, path: str, body: object = None, **query: str) -> Any:
    status, said = controlled(sandbox, method, path, body, **query)
    assert status == 200, said
    return said


def controlled(sandbox: Sandbox, method: str, path: str, body: object = None, **query: str) -> tuple[int, Any]:
    response = sandbox.handle("quickbooks", Request.of(
        method, f"/_sandbox/{path}", query=tuple(query.items()),
        body=b"" if body is None else json.dumps(body).encode()))
    return response.status, json.loads(response.body)


def told(response: Response) -> Any:
    return json.loads(response.body)


def vendor(sandbox: Sandbox, name: str) -> str:
    made = told(books(sandbox, "POST", "vendor", {"DisplayName": name}))
    return str(made["Vendor"]["Id"])


def account(sandbox: Sandbox, name: str = "Materials") -> str:
    made = told(books(sandbox, "POST", "account", {"Name": name, "AccountType": "Cost of Goods Sold"}))
    return str(made["Account"]["Id"])


def bill_of(vendor_id: str, account_id: str, number: str = "", amount: str = "10.25") -> dict[str, Any]:
    return {"VendorRef": {"value": vendor_id}, "DocNumber": number, "TxnDate": "2026-03-02", "Line": [
        {"Amount": float(amount), "DetailType": "AccountBasedExpenseLineDetail",
         "AccountBasedExpenseLineDetail": {"AccountRef": {"value": account_id}}}]}


def bills(sandbox: Sandbox) -> list[str]:
    """Document numbers in the books."""
    return [record.body.get("DocNumber", "") for record in sandbox.quickbooks.company.records["Bill"].values()]


def connected(sandbox: Sandbox) -> dict[str, Any]:
    """QuickBooks tokens of an app that someone has connected by the consent page."""
    service = sandbox.quickbooks
    consent = {"client_id": service.client_id, "response_type": "code", "redirect_uri": "http://127.0.0.1/back",
               "scope": "com.intuit.quickbooks.accounting", "decision": "connect", "realm": service.realm_id}
    answer = sandbox.handle("quickbooks", Request.of("POST", "/connect/oauth2", body=urlencode(consent).encode()))
    code = dict(answer.headers)["Location"].partition("code=")[2].partition("&")[0]
    tokens: dict[str, Any] = told(token_call(sandbox, grant_type="authorization_code", code=code,
                                             redirect_uri="http://127.0.0.1/back"))
    return tokens


def token_call(sandbox: Sandbox, **form: str) -> Response:
    from base64 import b64encode

    service = sandbox.quickbooks
    pair = b64encode(f"{service.client_id}:{service.client_secret}".encode()).decode()
    return sandbox.handle("quickbooks", Request.of("POST", "/oauth2/v1/tokens/bearer", body=urlencode(form).encode(),
                                                   headers={"Authorization": f"Basic {pair}"}))


def procore_tokens(sandbox: Sandbox, **form: str) -> Response:
    """A token call of the app that people sign in with; without a form, the whole sign-in."""
    service: Any = sandbox.procore
    app = {"client_id": service.app_client_id, "client_secret": service.app_client_secret}
    if not form:
        consent = {**app, "response_type": "code", "redirect_uri": "http://127.0.0.1/back", "decision": "allow"}
        answer = sandbox.handle("procore", Request.of("POST", "/oauth/authorize", body=urlencode(consent).encode()))
        code = dict(answer.headers)["Location"].partition("code=")[2].partition("&")[0]
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": "http://127.0.0.1/back"}
    return sandbox.handle("procore", Request.of("POST", "/oauth/token", body=urlencode({**app, **form}).encode()))
