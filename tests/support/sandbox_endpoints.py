"""What both stand-ins answer, asked of the stand-ins themselves; and the page that lists it.

A Procore endpoint is a route: `GET /rest/v1.0/vendors/{id}`. At QuickBooks one path does many things, so there an
endpoint is an entity and what is done with it: `Bill void`.
"""
from __future__ import annotations

import json
import re
from collections.abc import Iterable
from functools import cache

from tieout.sandbox.kit import Clock, Kit, Request, Response
from tieout.sandbox.procore import Procore
from tieout.sandbox.procore.service import LOGIN
from tieout.sandbox.quickbooks_online import service as quickbooks
from tieout.sandbox.quickbooks_online import unplayed
from tieout.sandbox.quickbooks_online.service import QuickBooksOnline

OPERATIONS = ("query", "read", "create", "update", "sparse update", "delete", "void", "send", "changed data")
REPORTS = (
    "TrialBalance", "ProfitAndLoss", "ProfitAndLossDetail", "BalanceSheet", "GeneralLedger", "AgedPayables",
    "AgedPayableDetail", "AgedReceivables", "AgedReceivableDetail", "VendorBalance", "VendorBalanceDetail",
    "CustomerBalance", "CustomerBalanceDetail", "TransactionList", "CashFlow", "AccountList", "JournalReport",
    "VendorExpenses", "CustomerIncome", "ItemSales", "ClassSales", "DepartmentSales", "TransactionListByVendor",
    "TransactionListByCustomer", "TransactionListWithSplits", "TaxSummary", "InventoryValuationSummary")
QUICKBOOKS_SIGN_IN = (
    "GET /.well-known/openid_configuration", "GET /.well-known/openid_sandbox_configuration", "GET /connect/oauth2",
    "POST /connect/oauth2", "POST /oauth2/v1/tokens/bearer", "POST /v2/oauth2/tokens/revoke",
    "GET /v1/openid_connect/userinfo", "GET /op/v1/jwks")
GRAPHQL = ("projectManagementCreateProject", "projectManagementProjects", "projectManagementProject",
           "businessPlanningCreateBudget", "custom fields, dimensions")
OTHER_CALLS = (("GET", "query"), ("POST", "query"), ("POST", "batch"), ("GET", "cdc"), ("POST", "upload"),
               ("GET", "download/1"), ("GET", "companyinfo/1"), ("GET", "preferences"), ("POST", "companyinfo"),
               ("POST", "preferences"), ("POST", "taxservice/taxcode"), ("GET", "exchangerate"))


def procore_endpoints() -> list[str]:
    made = Procore(Kit(clock=Clock()))
    return [*(f"{method} {path}" for method, path in sorted(LOGIN)), *made.endpoints()]


def procore_unplayed() -> list[str]:
    """What Procore's interface has and the stand-in answers with 501."""
    return Procore(Kit(clock=Clock())).table.unplayed()


class _Asked:
    """A company file of its own that is asked whether it knows a call; what it answers otherwise does not matter."""

    def __init__(self) -> None:
        self.service = QuickBooksOnline(Kit(clock=Clock()))

    def call(self, method: str, path: str, body: object = None, query: str = "") -> Response:
        return self.service.handle(Request.of(
            method, f"/v3/company/{self.service.realm_id}/{path}", query=query,
            headers={"Authorization": f"Bearer {self.service.script_token}", "Accept": "application/json",
                     "Content-Type": "application/json"}, body=b"" if body is None else json.dumps(body).encode()))

    def graphql(self, operation: str) -> Response:
        body = json.dumps({"query": f"mutation {{ {operation} {{ id }} }}"}).encode()
        return self.service.handle(Request.of("POST", unplayed.GRAPHQL, headers={
            "Authorization": f"Bearer {self.service.script_token}", "Content-Type": "application/json"}, body=body))

    def knows(self, *args: object, **more: object) -> bool:
        """Neither 501 nor 404 nor a refusal that says the operation is not supported."""
        answer = self.call(*args, **more)  # type: ignore[arg-type]
        return answer.status not in (404, 501) and b"is not supported" not in answer.body \
            and b"Unsupported object name" not in answer.body


@cache
def quickbooks_entities() -> dict[str, tuple[str, ...]]:
    """The operations of each entity that is played, in the order of OPERATIONS."""
    asked = _Asked()
    found = {}
    for entity in sorted(set(quickbooks.NAMES.values())):
        path, body = quickbooks.PATHS.get(entity, entity.lower()), {"Id": "1", "SyncToken": "0"}
        done = {"query": asked.knows("GET", "query", query=f"query=select * from {entity}"),
                "read": asked.knows("GET", f"{path}/1"), "create": asked.knows("POST", path, {}),
                "update": asked.knows("POST", path, body),
                "sparse update": asked.knows("POST", path, {**body, "sparse": True}),
                "delete": asked.knows("POST", path, body, query="operation=delete"),
                "void": asked.knows("POST", path, body, query="operation=void"),
                "send": asked.knows("POST", f"{path}/1/send"),
                "changed data": asked.knows("GET", "cdc", query=f"entities={entity}&changedSince="
                                            f"{asked.service.kit.clock.now().date().isoformat()}")}
        found[entity] = tuple(operation for operation in OPERATIONS if done[operation])
    return found


@cache
def quickbooks_calls() -> list[str]:
    """What is played beside the entities: sign-in, queries, batches, uploads, settings and reports."""
    asked = _Asked()
    calls = [f"{method} {path.replace('/1', '/{id}')}" for method, path in OTHER_CALLS
             if asked.knows(method, path, {} if method == "POST" else None)]
    reports = [f"GET reports/{name}" for name in REPORTS if asked.knows("GET", f"reports/{name}")]
    sign_in = [call for call in QUICKBOOKS_SIGN_IN
               if asked.service.handle(Request.of(*call.split(" "))).status != 404]
    return [*sign_in, *calls, *reports]


def quickbooks_endpoints() -> list[str]:
    return [f"{entity} {operation}" for entity, done in quickbooks_entities().items() for operation in done] \
        + quickbooks_calls()


@cache
def quickbooks_unplayed() -> list[str]:
    """What Intuit offers and the stand-in answers with 501."""
    asked = _Asked()
    paths = [("GET", f"reports/{name}") for name in REPORTS] + list(OTHER_CALLS) \
        + [(method, path) for name in unplayed.ENTITIES for method, path in (("POST", name), ("GET", f"{name}/1"))]
    found = {f"{method} {path.replace('/1', '/{id}')}" for method, path in paths
             if asked.call(method, path, {} if method == "POST" else None).status == 501}
    since = asked.service.kit.clock.now().date().isoformat()
    for entity in unplayed.QUERIES.values():
        for call, query in ((f"GET query (select * from {entity})", f"query=select * from {entity}"),
                            (f"GET cdc (entities={entity})", f"entities={entity}&changedSince={since}")):
            if asked.call("GET", call.split(" ")[1], query=query).status == 501:
                found.add(call)
    return sorted(found) + [f"POST {unplayed.GRAPHQL} ({operation})" for operation in GRAPHQL
                            if asked.graphql(operation).status == 501]


def lines(names: Iterable[str]) -> str:
    return "\n".join(f"    {name}" for name in names)


def areas() -> dict[str, list[str]]:
    """Procore's endpoints by the first literal part of their path after the scope."""
    found: dict[str, list[str]] = {}
    for endpoint in procore_endpoints():
        parts = [part for part in endpoint.split(" ")[1].split("/")[1:] if not part.startswith("{")]
        named = [part for part in parts if part not in ("rest", "projects", "companies", "work_breakdown_structure")
                 and not re.fullmatch(r"v\d\.\d", part)]
        found.setdefault(named[0] if named else parts[-1], []).append(endpoint)
    return dict(sorted(found.items()))


def text() -> str:
    """The page docs/reference/sandbox-endpoints.md without its head."""
    entities = quickbooks_entities()
    head = "| entity | " + " | ".join(OPERATIONS) + " |\n|" + " --- |" * (len(OPERATIONS) + 1)
    marks = "\n".join(f"| {entity} | {' | '.join('yes' if operation in done else '' for operation in OPERATIONS)} |"
                      for entity, done in entities.items())
    procore = "\n\n".join(f"### {area}\n\n{lines(endpoints)}" for area, endpoints in areas().items())
    return "\n\n".join([
        "What both stand-ins answer. Each line is called by the conformance tests, and each answer is held against\n"
        "the vendor's own description. What is known to the vendor's interface and not played stands at the end of\n"
        "each part, and answers 501 with a sentence that names the call.",
        "## QuickBooks Online",
        f"Paths of data stand under `/v3/company/{{realm}}/`. {len(quickbooks_endpoints())} calls are played.",
        f"{head}\n{marks}", "Beside the entities:", lines(quickbooks_calls()),
        "Known to Intuit's interface and answered with 501, in a fault of code 501 (GraphQL: in `errors`). Reports\n"
        "that are not listed and print-outs (`/pdf`) are answered so too. Any other object in a path is refused with\n"
        "2000, any other operation on one that is played with 500, both with HTTP 400; a path under no company\n"
        "answers 404.", lines(quickbooks_unplayed()) or "    (none)",
        "## Procore", f"{len(procore_endpoints())} endpoints are played. {len(procore_unplayed())} more are known, and "
        "answer 501 with a sentence that names the\nendpoint; they stand at the end. Any other path answers 501 as "
        "unknown.", procore,
        "### Known to Procore's interface and answered with 501", lines(procore_unplayed()) or "    (none)"])
