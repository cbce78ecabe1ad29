"""What single calls cost the stand-ins, in milliseconds of CPU: those that a large company could slow down."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx2

REPORTS = ("TrialBalance", "ProfitAndLoss", "BalanceSheet", "GeneralLedger", "AgedPayableDetail",
           "AgedReceivableDetail", "VendorBalance", "CustomerBalance", "TransactionList")
ALWAYS = {"start_date": "2000-01-01", "end_date": "2099-12-31"}
SHORT, LONG = 200, 10                                        # how often a call is made, for the clock's hundredths

Calls = dict[str, tuple[int, Callable[[int], object]]]


def costs_of(announced: dict[str, Any], cpu_s: Callable[[], float]) -> dict[str, float]:
    """By call, the mean. `cpu_s` is what the stand-ins have used so far."""
    with _quickbooks(announced) as books, _procore(announced) as field:
        return {name: _mean_ms(times, call, cpu_s)
                for name, (times, call) in {**_of_quickbooks(books), **_of_procore(field, announced)}.items()}


def _mean_ms(times: int, call: Callable[[int], object], cpu_s: Callable[[], float]) -> float:
    began = cpu_s()
    for at in range(times):
        call(at)
    return round((cpu_s() - began) * 1000 / times, 2)


def _quickbooks(announced: dict[str, Any]) -> httpx2.Client:
    side = announced["quickbooks"]
    return httpx2.Client(base_url=f"{side['base_url']}/v3/company/{side['realm_id']}", timeout=120, headers={
        "Authorization": f"Bearer {side['access_token']}", "Accept": "application/json"})


def _procore(announced: dict[str, Any]) -> httpx2.Client:
    side = announced["procore"]
    return httpx2.Client(base_url=f"{side['base_url']}/rest", timeout=120, headers={
        "Authorization": f"Bearer {side['access_token']}", "Procore-Company-Id": side["company_id"]})


def _of_quickbooks(client: httpx2.Client) -> Calls:
    def get(path: str, **query: str) -> Any:
        return client.get(path, params=query).raise_for_status()

    def asked(statement: str) -> Any:
        return get("/query", query=statement).json()["QueryResponse"]

    latest = asked("select * from Bill orderby MetaData.LastUpdatedTime desc maxresults 1")["Bill"][0]
    bills = asked("select * from Bill maxresults 1000")["Bill"]
    vendor, day = latest["VendorRef"]["value"], latest["TxnDate"]
    lines = [{key: line[key] for key in ("Amount", "DetailType", line["DetailType"])} for line in latest["Line"]]

    def create(at: int) -> None:
        client.post("/bill", json={"VendorRef": {"value": vendor}, "TxnDate": day, "DocNumber": f"Benchmark {at}",
                                   "Line": lines}).raise_for_status()

    def report(name: str) -> Callable[[int], object]:
        return lambda at: get(f"/reports/{name}", **ALWAYS)

    return {
        "a bill": (SHORT, lambda at: get(f"/bill/{bills[at % len(bills)]['Id']}")),
        "bills of a vendor, 10": (SHORT, lambda at: asked(
            f"select * from Bill where VendorRef = '{vendor}' maxresults 10")),
        "bills by number": (SHORT, lambda at: asked(f"select * from Bill where DocNumber = '{latest['DocNumber']}'")),
        "open bills, 10": (LONG, lambda at: asked("select * from Bill where Balance > '0' maxresults 10")),
        "a page of 1,000 bills": (LONG, lambda at: asked("select * from Bill startposition 5001 maxresults 1000")),
        "a bill entered": (SHORT, create),
        "changes since the last bill": (LONG, lambda at: get(
            "/cdc", entities="Bill,BillPayment,Purchase,Vendor", changedSince=latest["MetaData"]["LastUpdatedTime"])),
        **{f"{name} of all years": (LONG, report(name)) for name in REPORTS}}


def _of_procore(client: httpx2.Client, announced: dict[str, Any]) -> Calls:
    company = announced["procore"]["company_id"]

    def get(path: str, **query: str | int) -> Any:
        return client.get(path, params=query).raise_for_status().json()

    projects = [row["id"] for row in get("/v1.1/projects", company_id=company, per_page=300)]
    project = projects[len(projects) // 2]
    requisition = get("/v1.1/requisitions", project_id=project, per_page=1)[0]["id"]
    return {
        "projects": (LONG, lambda at: get("/v1.1/projects", company_id=company, per_page=300)),
        "a page of 100 subcontractor invoices": (LONG, lambda at: get(
            "/v1.1/requisitions", project_id=project, per_page=100)),
        "a subcontractor invoice": (SHORT, lambda at: get(f"/v1.1/requisitions/{requisition}", project_id=project)),
        "a page of 100 direct costs": (LONG, lambda at: get(
            f"/v1.1/projects/{project}/direct_costs", per_page=100))}
