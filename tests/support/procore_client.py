"""A plain client of the practice Procore, in process; each success is held against the published description."""
from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.support import procore_spec
from tieout.sandbox.kit import Clock, Kit, Request, Response
from tieout.sandbox.procore import Procore

Params = Mapping[str, object] | Iterable[tuple[str, object]]


@dataclass
class Answered:
    """status, headers and the body as JSON (None when there is none)."""

    status: int
    headers: Mapping[str, str]
    body: Any
    lost: bool = False


@dataclass
class Client:
    service: Procore
    token: str
    company_id: int | None = 4283186
    sent: list[Request] = field(default_factory=list)

    def call(self, method: str, path: str, body: object = None, params: Params = (), **headers: str) -> Answered:
        pairs = [(k, str(v)) for k, v in (params.items() if isinstance(params, Mapping) else params)]
        sent = {"Authorization": f"Bearer {self.token}", "Host": "sandbox.test",
                **{k.replace("_", "-"): v for k, v in headers.items()}}
        if self.company_id is not None:
            sent["Procore-Company-Id"] = str(self.company_id)
        raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        request = Request.of(method, path, query=pairs, headers=sent, body=raw)
        self.sent.append(request)
        response = self.service.handle(request)
        return self._checked(request, response)

    def _checked(self, request: Request, response: Response) -> Answered:
        is_json = "json" in response.headers.get("Content-Type", "")
        body = json.loads(response.body) if is_json else None
        found = self.service.table.find(request.method, request.path)
        if found is not None and response.status < 300 and procore_spec.is_present():
            bad = procore_spec.problems(found[0].endpoint, response.status, body)
            assert not bad, "\n".join(sorted(set(bad)))
        return Answered(response.status, response.headers, body, response.lost)

    def ok(self, method: str, path: str, body: object = None, params: Params = ()) -> Any:
        answer = self.call(method, path, body, params)
        assert answer.status < 300, (method, path, answer.status, answer.body)
        return answer.body

    def get(self, path: str, **params: object) -> Any:
        return self.ok("GET", path, None, params)

    def refused(self, status: int, method: str, path: str, body: object = None, params: Params = ()) -> Any:
        answer = self.call(method, path, body, params)
        assert answer.status == status, (answer.status, answer.body)
        return answer.body


@dataclass
class Site:
    """A project with a vendor, budget codes and a way to make commitments and invoices in one line each."""

    api: Client
    project: int = 0
    vendor: int = 0
    codes: list[int] = field(default_factory=list)
    period: int = 0

    @classmethod
    def new(cls, **kit: Any) -> Site:
        clock = kit.pop("clock", None) or Clock(datetime(2026, 1, 5, 8, tzinfo=UTC), frozen=True)
        return cls.inside(Procore(Kit(clock=clock, **kit)))

    @classmethod
    def inside(cls, service: Procore) -> Site:
        """In a stand-in that runs already."""
        site = cls(Client(service, service.script_token))
        site.project = site.new_project("Oak Health Clinic", "24-017")
        site.vendor = site.new_vendor("SID Electrical")
        site.codes = [site.new_code(code) for code in ("300", "400")]
        site.period = site.new_period("2026-01-01", "2026-01-31", "open")
        return site

    @property
    def service(self) -> Procore:
        return self.api.service

    def pass_time(self, **by: float) -> None:
        self.service.kit.clock.advance(timedelta(**by))

    def new_project(self, name: str, number: str) -> int:
        body = {"company_id": 4283186, "project": {"name": name, "project_number": number}}
        return int(self.api.ok("POST", "/rest/v1.0/projects", body)["id"])

    def new_vendor(self, name: str, **more: object) -> int:
        body = {"company_id": 4283186, "vendor": {"name": name, **more}}
        return int(self.api.ok("POST", "/rest/v1.0/vendors", body)["id"])

    def new_code(self, code: str, project: int | None = None) -> int:
        """A budget code of the cost code with cost type S."""
        project = project or self.project
        made = self.api.ok("POST", "/rest/v1.0/cost_codes", {
            "project_id": project, "cost_code": {"code": code, "name": f"Work {code}"}})
        base = f"/rest/v1.0/projects/{project}/work_breakdown_structure"
        segments = {s["type"]: s["id"] for s in self.api.get(base + "/segments")}
        item = self.api.get(f"{base}/segments/{segments['cost_code']}/segment_items",
                            legacy_cost_code_id=made["id"])[0]["id"]
        kind = next(i["id"] for i in self.api.get(f"{base}/segments/{segments['line_item_type']}/segment_items")
                    if i["code"] == "S")
        return int(self.api.ok("POST", base + "/wbs_codes", {"segment_items": [
            {"segment_id": segments["cost_code"], "segment_item_id": item},
            {"segment_id": segments["line_item_type"], "segment_item_id": kind}]})["id"])

    def new_period(self, start: str, end: str, status: str = "closed") -> int:
        body = {"billing_period": {"start_date": start, "end_date": end, "due_date": end, "status": status}}
        return int(self.api.ok("POST", f"/rest/v1.0/projects/{self.project}/billing_periods", body)["id"])

    def commitment(self, *amounts: str, kind: str = "work_order_contract", approve: bool = True,
                   lines: Sequence[Mapping[str, object]] | None = None, **fields: object) -> int:
        """A commitment with a line per amount, all on the first budget code unless `lines` are given."""
        made = self.api.ok("POST", f"/rest/v1.0/{kind}s", {"project_id": self.project, kind: {
            "title": "Electrical", "vendor_id": self.vendor, **fields}})["id"]
        for line in lines or [{"amount": amount} for amount in amounts]:
            self.api.ok("POST", f"/rest/v1.0/{kind}s/{made}/line_items", {
                "project_id": self.project, "line_item": {"wbs_code_id": self.codes[0], **line}})
        if approve:
            self.patch(kind, made, status="Approved")
        return int(made)

    def patch(self, kind: str, contract: int, **fields: object) -> Any:
        return self.api.ok("PATCH", f"/rest/v1.0/{kind}s/{contract}", {"project_id": self.project, kind: fields})

    def contract(self, contract: int, kind: str = "work_order_contract") -> Any:
        return self.api.get(f"/rest/v1.0/{kind}s/{contract}", project_id=self.project)

    def change_order(self, contract: int, *amounts: str, approve: bool = True, **fields: object) -> Any:
        """A package made the way an integrator makes one: the newer resource, its v2 lines, then the package."""
        made = self.api.ok("POST", f"/rest/v1.0/projects/{self.project}/commitment_change_orders", {
            "change_order": {"contract_id": contract, "title": "Add panel", **fields}})
        base = f"/rest/v2.0/companies/4283186/projects/{self.project}/commitment_change_orders/{made['id']}"
        for amount in amounts:
            self.api.ok("POST", base + "/line_items", {"wbs_code_id": str(self.codes[1]), "amount": amount})
        return self.set_package(made["legacy_package_id"], status="approved" if approve else "pending")

    def set_package(self, package: int, **fields: object) -> Any:
        return self.api.ok("PATCH", f"/rest/v1.0/change_order_packages/{package}", {
            "project_id": self.project, "change_order": fields})

    def invoice(self, contract: int, **fields: object) -> Any:
        body = {"project_id": self.project, "commitment_id": contract,
                "requisition": {"period_id": self.period, **fields}}
        return self.api.ok("POST", "/rest/v1.1/requisitions", body, {"view": "items"})

    def read(self, requisition: int) -> Any:
        return self.api.get(f"/rest/v1.1/requisitions/{requisition}", project_id=self.project, view="items")

    def bill(self, requisition: int, index: int = 0, **amounts: object) -> Any:
        """Writes one line of an invoice and reads the invoice again. Short names for the long fields."""
        item = self.read(requisition)["items"][index]
        named = {LONG.get(name, name): value for name, value in amounts.items()}
        self.api.ok("PATCH", f"/rest/v1.0/requisitions/{requisition}/bulk_item_update", {"requisition_items": [
            {"id": item["id"], "item_type": item["item_type"], **named}]}, {"project_id": self.project})
        return self.read(requisition)

    def set_invoice(self, found: Any, **fields: object) -> Any:
        return self.api.ok("PATCH", f"/rest/v1.1/requisitions/{found['id']}", {
            "project_id": self.project, "commitment_id": found["commitment_id"], "requisition": fields})

    def pay(self, contract: int, amount: str, **fields: object) -> Any:
        body = {"project_id": self.project, "contract_id": contract,
                "contract_payment": {"amount": amount, "date": "2026-02-15", **fields}}
        return self.api.ok("POST", "/rest/v1.0/contract_payments", body)

    def prime(self, *amounts: str, approve: bool = True, lines: Sequence[Mapping[str, object]] | None = None,
              **fields: object) -> int:
        """A prime contract with a line per amount; the vendor is its owner."""
        made = self.api.ok("POST", "/rest/v1.0/prime_contract", {"project_id": self.project, "prime_contract": {
            "title": "Owner contract", "vendor_id": self.vendor, **fields}})["id"]
        for line in lines or [{"amount": amount} for amount in amounts]:
            self.api.ok("POST", f"/rest/v1.0/prime_contracts/{made}/line_items", {
                "project_id": self.project, "line_item": {"wbs_code_id": self.codes[0], **line}})
        if approve:
            self.set_prime(made, status="Approved")
        return int(made)

    def set_prime(self, contract: int, **fields: object) -> Any:
        return self.api.ok("PATCH", f"/rest/v1.0/prime_contract/{contract}", {
            "project_id": self.project, "prime_contract": fields})

    def prime_contract(self, contract: int) -> Any:
        return self.api.get(f"/rest/v1.0/prime_contract/{contract}", project_id=self.project)

    def prime_change_order(self, contract: int, *amounts: str, approve: bool = True, **fields: object) -> Any:
        newer = f"/rest/v1.0/projects/{self.project}/prime_change_orders"
        made = self.api.ok("POST", newer, {"change_order": {"contract_id": contract, "title": "Owner add", **fields}})
        lines = f"/rest/v2.0/companies/4283186/projects/{self.project}/prime_change_orders/{made['id']}/line_items"
        for amount in amounts:
            self.api.ok("POST", lines, {"wbs_code_id": str(self.codes[1]), "amount": amount})
        status = {"status": "approved"} if approve else {}
        return self.api.ok("PATCH", f"{newer}/{made['id']}", {"change_order": status})

    def owner_invoice(self, contract: int, **fields: object) -> Any:
        made = self.api.ok("POST", f"/rest/v1.0/prime_contracts/{contract}/payment_applications", {
            "project_id": self.project, "payment_application": {
                "commitment_billing_period_id": self.period, **fields}})
        return self.read_owner_invoice(made["id"])

    def read_owner_invoice(self, application: int) -> Any:
        return self.api.get(f"/rest/v1.0/payment_applications/{application}", project_id=self.project)

    def set_owner_invoice(self, contract: int, application: int, **fields: object) -> Any:
        return self.api.ok("PATCH", f"/rest/v1.0/prime_contracts/{contract}/payment_applications/{application}", {
            "project_id": self.project, "payment_application": fields})

    def bill_owner(self, contract: int, application: int, index: int = 0, **amounts: object) -> Any:
        """Writes one line of an owner invoice and reads the invoice again. Short names for the long fields."""
        row = self.read_owner_invoice(application)["g703"][index]
        self.api.ok("PATCH", f"/rest/v1.0/prime_contracts/{contract}/{row['type']}s/{row['id']}", {
            "project_id": self.project, row["type"]: {OWNER_LONG.get(k, k): v for k, v in amounts.items()}})
        return self.read_owner_invoice(application)


LONG = {"work": "work_completed_this_period", "stored": "materials_presently_stored",
        "held": "work_completed_retainage_retained_this_period",
        "released": "work_completed_retainage_released_this_period",
        "held_on_stored": "materials_stored_retainage_currently_retained",
        "released_of_stored": "materials_stored_retainage_released_this_period",
        "percent": "work_completed_retainage_percent_this_period",
        "percent_on_stored": "materials_stored_retainage_percent_this_period",
        "quantity": "work_completed_this_period_quantity"}
OWNER_LONG = {**LONG, "held_on_stored": "materials_stored_retainage_retained_this_period"}
