"""A practice Procore in process with one small project, and the real adapter in front of it."""
from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx2

from tests.support.bridge import MemoryTokens, Waits, bridge
from tieout.adapters.http import Grant
from tieout.adapters.procore.auth import How, app, consent_url, exchange_code, grant
from tieout.adapters.procore.system import Procore
from tieout.core.drafts import PaymentDraft, Ref
from tieout.core.money import money
from tieout.ports import Batch, CallCount, Feed, Order, Reading
from tieout.sandbox.kit import Clock, Kit, Request
from tieout.sandbox.procore import Procore as PracticeProcore

URL = "https://procore.example"
BACK = "https://tieout.example/back"
COMPANY = "4283186"
MORNING = datetime(2026, 3, 31, 15, 0, tzinfo=UTC)

# what happens to a call instead of the plain answer
Trouble = Callable[[httpx2.Request, Callable[[], httpx2.Response]], httpx2.Response]


def lose(request: httpx2.Request, answer: Callable[[], httpx2.Response]) -> httpx2.Response:
    """The write is done, and its answer never arrives."""
    answer()
    raise httpx2.ReadError("connection reset by peer", request=request)


def cut(request: httpx2.Request, answer: Callable[[], httpx2.Response]) -> httpx2.Response:
    """The connection breaks before the call arrives; the caller cannot know."""
    raise httpx2.ReadError("connection reset by peer", request=request)


def says(status: int, body: str | bytes, **headers: str) -> Trouble:
    """Nothing is done; this is answered."""
    def trouble(request: httpx2.Request, answer: Callable[[], httpx2.Response]) -> httpx2.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return httpx2.Response(status, headers=named, content=body, request=request)
    return trouble


@dataclass
class Gate:
    """Lets every project be read and written unless it is told otherwise."""

    writes: bool = True
    hidden: set[str] = field(default_factory=set)

    def may_read(self, project: str) -> bool:
        return project not in self.hidden

    def may_write(self, project: str) -> bool:
        return self.writes and project not in self.hidden


class Office:
    def __init__(self, *, company: str = COMPANY, how: How = "client_credentials") -> None:
        self.clock = Clock(MORNING, frozen=True)
        self.practice = PracticeProcore(Kit(clock=self.clock))
        self.gate, self.store, self.calls = Gate(), MemoryTokens(), CallCount()
        self.asked: list[tuple[str, str]] = []
        self.waits = Waits(self.clock)
        self.plainly = bridge(self.practice)
        self.troubles: list[tuple[str, str, Trouble]] = []
        self.transport = httpx2.MockTransport(self._handle)
        self.grant: Grant = self._grant(how)
        self.procore = self.adapter(company)

    def _grant(self, how: How) -> Grant:
        client, secret = self.practice.client_id, self.practice.client_secret
        if how == "authorization_code":
            client, secret = self.practice.app_client_id, self.practice.app_client_secret
        self.app = app(client, secret, URL)
        return grant(self.app, self.store, how, calls=self.calls, redirect_uri=BACK, transport=self.transport,
                     now=self.clock.now)

    def adapter(self, company: str, projects: tuple[str, ...] = ()) -> Procore:
        return Procore(company_id=company, grant=self.grant, guard=self.gate, calls=self.calls, base_url=URL,
                       login_url=URL, projects=projects, transport=self.transport, now=self.clock.now,
                       sleep=self.waits, chance=lambda: 1.0)

    def _handle(self, request: httpx2.Request) -> httpx2.Response:
        self.asked.append((request.method, str(request.url)))

        def answer() -> httpx2.Response:
            found = self.plainly.handle_request(request)
            found.headers["Date"] = f"{self.clock.now():%a, %d %b %Y %H:%M:%S GMT}"
            return found

        for at, (method, part, trouble) in enumerate(self.troubles):
            if method == request.method and part in request.url.path:
                del self.troubles[at]
                return trouble(request, answer)
        return answer()

    def next(self, method: str, part: str, trouble: Trouble) -> None:
        """The next call of this method whose path has this part meets the trouble; each counts once, in order."""
        self.troubles.append((method, part, trouble))

    # People at work in Procore

    def do(self, method: str, path: str, body: object = None, /, **query: object) -> Any:
        headers = {"authorization": f"Bearer {self.practice.script_token}", "procore-company-id": "4283186"}
        sent = json.dumps(body).encode() if body is not None else b""
        answer = self.practice.handle(Request.of(method, path, query=urlencode(query, doseq=True), headers=headers,
                                                 body=sent))
        assert answer.status < 300, (method, path, answer.status, answer.body)
        return json.loads(answer.body) if answer.body else None

    def later(self, **span: float) -> None:
        self.clock.advance(timedelta(**(span or {"minutes": 10})))

    # The adapter at work

    def read(self, name: str, scope: str = "", cursor: str = "") -> Read:
        self.asked.clear()
        return Read(list(self.procore.read(Feed(name=name, scope=scope), cursor)))

    def deliver(self, order: Order) -> Any:
        [answer] = self.procore.deliver("delivery-1", [order])
        return answer


def connected(office: Office) -> Office:
    """A person agrees in the browser, and the code is exchanged."""
    asked = urlsplit(consent_url(office.app, BACK, "state-1"))
    answer = office.practice.handle(Request.of(
        "POST", asked.path, query=asked.query + "&decision=allow"))
    back = parse_qs(urlsplit(answer.headers["Location"]).query)
    assert back["state"] == ["state-1"]
    office.store.write(exchange_code(office.app, back["code"][0], BACK, calls=office.calls,
                                          transport=office.transport, now=office.clock.now))
    return office


@dataclass
class Read:
    batches: list[Batch]

    @property
    def readings(self) -> list[Reading]:
        return [reading for batch in self.batches for reading in batch.readings]

    @property
    def cursor(self) -> str:
        return self.batches[-1].cursor

    @property
    def whole(self) -> tuple[tuple[str, str], ...]:
        return self.batches[-1].whole

    def of(self, kind: str) -> list[Reading]:
        return [reading for reading in self.readings if reading.kind == kind]


class Site(Office):
    """24-017 Oak Health: a subcontract of 50,000.00 in two lines and a unit-priced purchase order."""

    def __init__(self, *, company: str = COMPANY, how: How = "client_credentials") -> None:
        super().__init__(company=company, how=how)
        self.project = str(self.do("POST", "/rest/v1.0/projects", {"company_id": 4283186, "project": {
            "name": "Oak Health", "project_number": "24-017"}})["id"])
        self.vendor = str(self.do("POST", "/rest/v1.0/vendors", {"company_id": 4283186, "vendor": {
            "name": "SID Electric", "address": "846 Dogglesworth Drive", "city": "Jeffersonville", "state_code": "IN",
            "country_code": "US", "zip": "47130", "business_phone": "(812) 989-9810", "fax_number": "812-1",
            "email_address": "jane@sid.example", "website": "http://sid.example", "is_active": True}})["id"])
        types = self.do("GET", "/rest/v1.0/line_item_types", company_id=4283186)
        self.cost_type = next(row["id"] for row in types if row["code"] == "S")
        division = self._cost_code("26", "Electrical", None)
        self.codes = [self._cost_code("100", "Rough-in", division), self._cost_code("200", "Fixtures", division)]
        self.contract, self.lines = self._subcontract()
        self.order, self.order_lines = self._purchase_order()

    def _cost_code(self, code: str, name: str, parent: int | None) -> int:
        made = self.do("POST", "/rest/v1.0/cost_codes", {"project_id": int(self.project), "cost_code": {
            "code": code, "name": name, **({"parent_id": parent} if parent else {})}})
        return int(made["id"])

    def _subcontract(self) -> tuple[str, list[str]]:
        made = self.do("POST", "/rest/v1.0/work_order_contracts", {"project_id": int(self.project),
                       "work_order_contract": {"title": "Electrical", "number": "SC-001", "vendor_id": int(self.vendor),
                                               "accounting_method": "amount", "retainage_percent": "10.0",
                                               "contract_date": "2026-01-05", "status": "Draft"}})
        lines = [self._line("work_order_contracts", made["id"], code, {"amount": amount, "description": text})
                 for code, amount, text in ((self.codes[0], "40000.00", "<p>Rough-in &amp; panels</p>"),
                                            (self.codes[1], "10000.00", "Fixtures"))]
        self.do("PATCH", f"/rest/v1.0/work_order_contracts/{made['id']}", {
            "project_id": int(self.project), "work_order_contract": {"status": "Approved"}})
        return str(made["id"]), lines

    def _purchase_order(self) -> tuple[str, list[str]]:
        made = self.do("POST", "/rest/v1.0/purchase_order_contracts", {"project_id": int(self.project),
                       "purchase_order_contract": {"title": "Conduit", "number": "PO-001", "status": "Draft",
                                                   "vendor_id": int(self.vendor), "accounting_method": "unit"}})
        lines = [self._line("purchase_order_contracts", made["id"], self.codes[0], {
            "quantity": "1000", "unit_cost": "1.255", "uom": "lf", "description": "EMT"})]
        self.do("PATCH", f"/rest/v1.0/purchase_order_contracts/{made['id']}", {
            "project_id": int(self.project), "purchase_order_contract": {"status": "Approved"}})
        return str(made["id"]), lines

    def _line(self, resource: str, contract: int, code: int, values: dict[str, str]) -> str:
        made = self.do("POST", f"/rest/v1.0/{resource}/{contract}/line_items", {"project_id": int(self.project),
                       "line_item": {"cost_code_id": code, "line_item_type_id": self.cost_type, **values}})
        return str(made["id"])

    def change_order(self, amount: str = "5000.00", status: str = "approved", markup: str = "") -> str:
        made = self.do("POST", "/rest/v1.0/change_order_packages", {
            "project_id": int(self.project), "contract_id": int(self.contract),
            "change_order": {"title": "Add panel", "status": "draft"}})
        found = self.do("GET", f"/rest/v1.0/projects/{self.project}/commitment_change_orders")
        newer = next(row["id"] for row in found if row["legacy_package_id"] == made["id"])
        code = self.do("GET", f"/rest/v1.0/projects/{self.project}/work_breakdown_structure/wbs_codes")[0]["id"]
        lines = (f"/rest/v2.0/companies/4283186/projects/{self.project}/commitment_change_orders/{newer}/line_items")
        self.do("POST", lines, {"wbs_code_id": str(code), "amount": amount, "description": "Panel B"})
        if markup:
            potential = self.do("GET", "/rest/v1.0/potential_change_orders", project_id=self.project)[-1]["id"]
            self.do("POST", "/rest/v1.0/financials/markups", {"markup": {
                "name": "Overhead", "percentage": markup, "markup_set": "horizontal", "applies_to_all": True}},
                    project_id=self.project, holder_id=potential, holder_type="PotentialChangeOrder")
        if status != "draft":
            self.do("PATCH", f"/rest/v1.0/change_order_packages/{made['id']}", {
                "project_id": int(self.project), "contract_id": int(self.contract), "change_order": {"status": status}})
        return str(made["id"])

    def period(self, month: int) -> int:
        return int(self.do("POST", f"/rest/v1.0/projects/{self.project}/billing_periods", {"billing_period": {
            "start_date": f"2026-{month:02d}-01", "end_date": f"2026-{month:02d}-28",
            "due_date": f"2026-{month:02d}-25", "status": "closed"}})["id"])

    def bill(self, month: int, *items: dict[str, str], status: str = "approved", contract: str = "") -> str:
        """One application; `items` in the order of its lines."""
        contract = contract or self.contract
        made = self.do("POST", "/rest/v1.1/requisitions", {
            "project_id": int(self.project), "commitment_id": int(contract), "requisition": {
                "period_id": self.period(month), "billing_date": f"2026-{month:02d}-28", "status": "draft",
                "invoice_number": f"INV-{month}"}}, view="items")
        writes = [{"id": held["id"], "item_type": held["item_type"], **given}
                  for held, given in zip(made["items"], items, strict=False)]
        if writes:
            self.do("PATCH", f"/rest/v1.0/requisitions/{made['id']}/bulk_item_update",
                    {"requisition_items": writes}, project_id=self.project)
        self.do("PATCH", f"/rest/v1.1/requisitions/{made['id']}", {
            "project_id": int(self.project), "commitment_id": int(contract), "requisition": {"status": status}})
        return str(made["id"])

    def pay(self, amount: str, **fields: object) -> str:
        """A payment that a person types in Procore."""
        made = self.do("POST", "/rest/v1.0/contract_payments", {
            "project_id": int(self.project), "contract_id": int(self.contract),
            "contract_payment": {"amount": amount, "date": "2026-03-15", **fields}})
        return str(made["id"])

    def payments(self) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self.do("GET", "/rest/v1.0/contract_payments", project_id=self.project,
                                             contract_id=self.contract)
        return rows

    def draft(self, amount: str = "900.00", invoice: str = "", **fields: Any) -> PaymentDraft:
        given: dict[str, Any] = {"dated": date(2026, 3, 15), "check_number": "1042", "method": "check",
                                 "notes": "Paid from QuickBooks", "invoice_number": "INV-1", **fields}
        return PaymentDraft(project=Ref(kind="project", name="24-017", id=self.project),
                            commitment=Ref(kind="commitment", name="SC-001", id=self.contract),
                            invoice=Ref(kind="subcontractor_invoice", name="INV-1", id=invoice),
                            amount=money(amount), **given)
