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
from tieout.sandbox.kit import Request
from tieout.sandbox.sandbox import Sandbox, ServiceName

READS, CREATES = 3000, 1500
HTTP_READS, HTTP_CREATES = 1500, 800


def figures() -> dict[str, Any]:
    return {"in_process": _in_process(), "over_http": _over_http()}


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
        side = announced["quickbooks"]
        base = f"/v3/company/{side['realm_id']}"
        with httpx2.Client(base_url=side["base_url"], headers={
                "Authorization": f"Bearer {side['access_token']}", "Accept": "application/json",
                "Content-Type": "application/json"}) as client:
            def read(at: int) -> None:
                client.get(f"{base}/companyinfo/{side['realm_id']}").raise_for_status()

            def create(at: int) -> None:
                client.post(f"{base}/vendor", content=_vendor(at)).raise_for_status()

            began, cpu = _cpu_of(announced["pid"]), time.monotonic()
            reads = _rate(HTTP_READS, read, time.monotonic)
            creates = _rate(HTTP_CREATES, create, time.monotonic)
            share = (_cpu_of(announced["pid"]) - began) / (time.monotonic() - cpu)
        return {"start_s": round(announced["start_s"], 2), "reads_per_s": reads, "creates_per_s": creates,
                "share_of_a_core": round(share, 2), "memory_mib": _memory_of(announced["pid"])}


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
