"""How quick the stand-ins are, by themselves: in process on one core, and over HTTP from one client."""
from __future__ import annotations

import json
import resource
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2

from benchmarks.office import MIB, served
from benchmarks.stand_in_calls import costs_of
from tieout.sandbox.kit import Request
from tieout.sandbox.sandbox import Sandbox, ServiceName

READS, CREATES = 3000, 1500
HTTP_READS, HTTP_CREATES = 1500, 800


LARGE = "generate:projects=100,months=36,seed=7,by_hand=1,direct_costs=8,played=36"


def figures() -> dict[str, Any]:
    return {"in_process": _in_process(), "over_http": _over_http()}


def large() -> dict[str, Any]:
    """A generated company of three years, kept by hand in QuickBooks as well: its making, and calls to it over HTTP."""
    began = time.monotonic()
    with served(LARGE) as announced:
        ready_s = time.monotonic() - began
        cpu_s, memory = _cpu_of(announced["pid"]), _memory_of(announced["pid"])
        documents = _documents(announced)
        rates = _rates(announced)
        costs = costs_of(announced, lambda: _cpu_of(announced["pid"]))
        after = _memory_of(announced["pid"])
    return {"world": LARGE, "ready_after_s": round(ready_s, 1), "of_it_cpu_s": round(cpu_s, 1),
            "documents": sum(documents.values()), "by_kind": documents, "memory_mib": memory,
            "memory_after_the_calls_mib": after, "over_http": rates, "ms_of_cpu": costs}


def _documents(announced: dict[str, Any]) -> dict[str, int]:
    """Counted by what clients can ask: the lists of both systems."""
    side, field = announced["quickbooks"], announced["procore"]
    found: dict[str, int] = {}
    with httpx2.Client(base_url=side["base_url"], timeout=120, headers={
            "Authorization": f"Bearer {side['access_token']}", "Accept": "application/json"}) as client:
        for entity in ("Bill", "BillPayment", "Purchase", "JournalEntry", "Invoice", "Payment"):
            answer = client.get(f"/v3/company/{side['realm_id']}/query",
                                params={"query": f"select count(*) from {entity}"}).json()
            found[entity] = answer["QueryResponse"]["totalCount"]
    with httpx2.Client(base_url=field["base_url"], timeout=120, headers={
            "Authorization": f"Bearer {field['access_token']}",
            "Procore-Company-Id": field["company_id"]}) as client:
        projects = client.get("/rest/v1.1/projects", params={"company_id": field["company_id"], "per_page": 300}).json()
        for project in projects:
            for name, path in (("subcontractor invoice", "/rest/v1.1/requisitions"),
                               ("owner invoice", "/rest/v1.0/payment_applications"),
                               ("purchase order", "/rest/v1.0/purchase_order_contracts"),
                               ("subcontract", "/rest/v1.0/work_order_contracts"),
                               ("change order", "/rest/v1.0/change_order_packages"),
                               ("direct cost", f"/rest/v1.1/projects/{project['id']}/direct_costs")):
                total = client.get(path, params={"project_id": project["id"], "per_page": 1}).headers.get("Total", "0")
                found[name] = found.get(name, 0) + int(total)
    return found


def _in_process() -> dict[str, Any]:
    began = time.process_time()
    world = Sandbox.start(world="maple")
    start_s = time.process_time() - began
    bearer = {"Authorization": f"Bearer {world.quickbooks.script_token}", "Accept": "application/json",
              "Content-Type": "application/json"}
    procore = {"Authorization": f"Bearer {world.procore.script_token}", "Accept": "application/json",
               "Procore-Company-Id": str(world.procore.company.id)}
    base = f"/v3/company/{world.quickbooks.realm_id}"

    def ask(service: ServiceName, method: str, path: str, headers: dict[str, str], body: bytes = b"") -> bytes:
        answer = world.handle(service, Request.of(method, path, query=(("minorversion", "75"),), headers=headers,
                                                  body=body))
        assert answer.status < 300, answer.body
        return answer.body

    company = str(world.procore.company.id)
    found = world.handle("procore", Request.of("GET", "/rest/v1.0/vendors", query=(("company_id", company),),
                                               headers=procore))
    vendor = json.loads(found.body)[0]["id"]

    def procore_read(at: int) -> None:
        answer = world.handle("procore", Request.of("GET", f"/rest/v1.0/vendors/{vendor}",
                                                    query=(("company_id", company),), headers=procore))
        assert answer.status == 200, answer.body

    return {
        "start_cpu_s": round(start_s, 2),
        "quickbooks_reads_per_s": _rate(READS, lambda at: ask("quickbooks", "GET", f"{base}/companyinfo/"
                                                              f"{world.quickbooks.realm_id}", bearer)),
        "procore_reads_per_s": _rate(READS, procore_read),
        "quickbooks_creates_per_s": _rate(CREATES, lambda at: ask("quickbooks", "POST", f"{base}/vendor", bearer,
                                                                  _vendor(at)))}


def _over_http() -> dict[str, Any]:
    with served("maple") as announced:
        started = _cpu_of(announced["pid"])
        return {"start_s": round(announced["start_s"], 2), "of_it_cpu_s": round(started, 2), **_rates(announced),
                "memory_mib": _memory_of(announced["pid"])}


def _rates(announced: dict[str, Any]) -> dict[str, Any]:
    """Simple reads and creates a second by one client, and for each second of the sandbox's own CPU: what one core does
    when nothing else wants it."""
    side = announced["quickbooks"]
    base = f"/v3/company/{side['realm_id']}"
    with httpx2.Client(base_url=side["base_url"], headers={
            "Authorization": f"Bearer {side['access_token']}", "Accept": "application/json",
            "Content-Type": "application/json"}) as client:
        def read(at: int) -> None:
            client.get(f"{base}/companyinfo/{side['realm_id']}").raise_for_status()

        def create(at: int) -> None:
            client.post(f"{base}/vendor", content=_vendor(at)).raise_for_status()

        def spent() -> float:
            return _cpu_of(announced["pid"])

        began = spent()
        reads = _rate(HTTP_READS, read, time.monotonic)
        between = spent()
        creates = _rate(HTTP_CREATES, create, time.monotonic)
        ended = spent()
    return {"reads_per_s": reads, "creates_per_s": creates, "reads_per_cpu_s": round(HTTP_READS / (between - began)),
            "creates_per_cpu_s": round(HTTP_CREATES / (ended - between))}


def _vendor(at: int) -> bytes:
    return json.dumps({"DisplayName": f"Benchmark vendor {at}"}).encode()


def _rate(times: int, do: Callable[[int], object], clock: Callable[[], float] = time.process_time) -> int:
    began = clock()
    for at in range(times):
        do(at)
    return round(times / (clock() - began))


def _cpu_of(pid: int) -> float:
    """Seconds of CPU of another process (Linux)."""
    parts = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(parts[11]) + int(parts[12])) / 100


def _memory_of(pid: int) -> float:
    """MiB that another process holds (Linux)."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return round(pages * resource.getpagesize() / 1024 / MIB, 1)
