"""Procore's webhooks: hooks, triggers, deliveries, and which call makes which event (procore.md 3).

Events come from the calls themselves, by the words of their paths: an endpoint whose path ends in a word of RESOURCES
tells of its creates, updates and deletes without doing anything for it. What a call changes beside its own record, it
writes into `call.changed`.
"""
from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any, NamedTuple

from tieout.sandbox.webhooks import LOCAL, Delivery, Destination, host_of

if TYPE_CHECKING:
    from tieout.sandbox.kit import Kit
    from tieout.sandbox.procore.state import Company
    from tieout.sandbox.procore.web import Call

CUD, CU, CD = ("create", "update", "delete"), ("create", "update"), ("create", "delete")
# What can be asked for, by who has to own the hook (3.4): finance resources are told to hooks of a project only.
COMPANY_RESOURCES: dict[str, tuple[str, ...]] = {
    "Projects": CU, "Company Vendors": CU, "Company Users": CU, "Company Insurances": CUD, "Departments": CUD,
    "Offices": CUD, "Line Item Types": CUD, "Standard Cost Codes": CUD, "Standard Cost Code Lists": ("create",),
    "Change Order Change Reasons": CUD, "ERP Requests": CUD, "Timecard Time Types": CD, "Trades": CD, "Programs": CUD,
    "Project Bid Types": CUD, "Project Owner Types": CUD, "Project Regions": CUD, "Project Stages": CUD,
    "Project Types": CUD}
PROJECT_RESOURCES: dict[str, tuple[str, ...]] = {name: CUD for name in (
    "Purchase Order Contracts", "Purchase Order Contract Line Items", "Work Order Contracts",
    "Work Order Contract Line Items", "Prime Contracts", "Prime Contract Line Items", "Change Order Packages",
    "Change Order Requests", "Potential Change Orders", "Potential Change Order Line Items", "Change Events",
    "Change Event Line Items", "Contract Payments", "Payment Applications", "Draw Requests", "Direct Costs",
    "Direct Cost Line Items", "Company Direct Cost Line Items", "Budget Line Items", "Budget Changes",
    "Budget Modifications", "Cost Codes", "Sub Jobs", "Timecard Entries")} | {
    "Project Users": CD, "Project Vendors": CD, "Budget View Snapshots": ("create",)}
# Not in the listing; "v4.0 can also deliver additional resource types" (3.4): by the switch webhooks_for_everything.
MORE_RESOURCES: dict[str, tuple[str, ...]] = {name: CUD for name in (
    "Requisitions", "Billing Periods", "Commitment Change Orders", "Prime Change Orders", "WBS Codes")}
TOLD = (*COMPANY_RESOURCES, *PROJECT_RESOURCES, *MORE_RESOURCES)
# The last word of a path, below what parent (its word, "" for any), and the resource. project: of project paths only.
RESOURCES = {
    "projects": "Projects", "vendors": "Company Vendors", "users": "Company Users", "departments": "Departments",
    "offices": "Offices", "line_item_types": "Line Item Types", "timecard_time_types": "Timecard Time Types",
    "trades": "Trades", "programs": "Programs", "project_bid_types": "Project Bid Types",
    "project_owner_types": "Project Owner Types", "project_regions": "Project Regions",
    "project_stages": "Project Stages", "project_types": "Project Types",
    "change_order_change_reasons": "Change Order Change Reasons", "standard_cost_codes": "Standard Cost Codes",
    "standard_cost_code_lists": "Standard Cost Code Lists", "insurances": "Company Insurances",
    "purchase_order_contracts": "Purchase Order Contracts", "work_order_contracts": "Work Order Contracts",
    "prime_contract": "Prime Contracts", "prime_contracts": "Prime Contracts",
    "change_order_packages": "Change Order Packages", "change_order_requests": "Change Order Requests",
    "potential_change_orders": "Potential Change Orders", "change_events": "Change Events",
    "contract_payments": "Contract Payments", "payment_applications": "Payment Applications",
    "draw_requests": "Draw Requests", "direct_costs": "Direct Costs", "budget_line_items": "Budget Line Items",
    "budget_changes": "Budget Changes", "budget_modifications": "Budget Modifications",
    "budget_view_snapshots": "Budget View Snapshots", "cost_codes": "Cost Codes", "sub_jobs": "Sub Jobs",
    "requisitions": "Requisitions", "billing_periods": "Billing Periods",
    "commitment_change_orders": "Commitment Change Orders", "prime_change_orders": "Prime Change Orders",
    "wbs_codes": "WBS Codes"}
IN_PROJECT = {"vendors": "Project Vendors", "users": "Project Users"}
LINE_ITEMS = {
    "purchase_order_contracts": "Purchase Order Contract Line Items",
    "work_order_contracts": "Work Order Contract Line Items", "prime_contract": "Prime Contract Line Items",
    "prime_contracts": "Prime Contract Line Items", "direct_costs": "Direct Cost Line Items",
    "potential_change_orders": "Potential Change Order Line Items", "change_events": "Change Event Line Items",
    "commitment_change_orders": "Potential Change Order Line Items",
    "prime_change_orders": "Potential Change Order Line Items"}
BY_METHOD = {"POST": "create", "PATCH": "update", "PUT": "update", "DELETE": "delete"}
VERSIONS = {"v2": "v2.0", "v2.0": "v2.0", "v3": "v3.0", "v3.0": "v3.0", "v4": "v4.0", "v4.0": "v4.0"}
TIMEOUT_S = 5.0
CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


class Event(NamedTuple):
    """parent: (id, resource) of the document that a line stands on."""

    resource: str
    event: str
    id: int
    parent: tuple[int, str] | None = None


@dataclass(slots=True)
class Trigger:
    id: int
    ulid: str
    resource: str
    event: str
    user_id: int


@dataclass(slots=True)
class Hook:
    """One address. project_id None: a hook of the company, told of the company's own resources only.

    version  as it was given; `payload` is what it means
    """

    id: int
    ulid: str
    company_id: int
    project_id: int | None
    version: str
    namespace: str
    url: str
    headers: dict[str, str]
    user_id: int
    created_at: datetime
    updated_at: datetime
    disabled: bool = False
    triggers: dict[int, Trigger] = field(default_factory=dict)

    @property
    def payload(self) -> str:
        return VERSIONS[self.version]

    @property
    def key(self) -> str:
        return f"procore/{self.id}"

    def seal(self, delivery: Delivery) -> tuple[Mapping[str, str], bytes]:
        """No signature: the header that was set up is all that a receiver has (3.3)."""
        return {"Content-Type": "application/json", **self.headers}, json.dumps(
            delivery.events[0], separators=(",", ":")).encode()


@dataclass(slots=True)
class Hooks:
    """Of one company. Without a hook nothing is noted."""

    kit: Kit | None = None
    by_id: dict[int, Hook] = field(default_factory=dict)
    events: int = 0

    def __bool__(self) -> bool:
        return bool(self.by_id)

    def enter(self, hook: Hook) -> None:
        """A new hook, or a changed one: its queue begins anew."""
        assert self.kit is not None
        self.by_id[hook.id] = hook
        self.kit.webhooks.add(Destination(hook.key, "procore", hook.url, hook.seal, timeout_s=TIMEOUT_S,
                                          disabled=hook.disabled))

    def change(self, hook: Hook) -> None:
        assert self.kit is not None
        destination = self.kit.webhooks.destinations[hook.key]
        destination.url, destination.disabled = hook.url, hook.disabled

    def drop(self, hook: Hook) -> None:
        assert self.kit is not None
        del self.by_id[hook.id]
        self.kit.webhooks.drop(hook.key)

    def deliveries(self, hook: Hook) -> Iterator[Delivery]:
        assert self.kit is not None
        return self.kit.webhooks.of(hook.key)

    def tell(self, call: Call, project_id: int | None, found: list[Event], now: datetime) -> None:
        assert self.kit is not None
        for event in found:
            self.events += 1
            made = ulid(now, self.events)
            for hook in self.by_id.values():
                wanted = any((t.resource, t.event) == (event.resource, event.event) for t in hook.triggers.values())
                if wanted and hook.project_id in (None, project_id):
                    payload = _payload(hook, call, event, project_id, self.events, made, now)
                    self.kit.webhooks.note(self.kit.webhooks.destinations[hook.key], payload, event.resource,
                                           event.event, now)


def ulid(moment: datetime, number: int) -> str:
    """26 letters: the time in milliseconds, then what tells apart."""
    value = int(moment.timestamp() * 1000) << 80 | int.from_bytes(sha256(str(number).encode()).digest()[:10], "big")
    return "".join(CROCKFORD[value >> 5 * place & 31] for place in range(25, -1, -1))


def _payload(hook: Hook, call: Call, event: Event, project_id: int | None, number: int, name: str,
             now: datetime) -> dict[str, Any]:
    """procore.md 3.2. v4.0 speaks text only, under other names, and knows no metadata."""
    at = now.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    company_id, user_id = call.company.id, call.user.id
    if hook.payload == "v4.0":
        return {"id": name, "timestamp": at, "reason": event.event, "company_id": str(company_id),
                "project_id": None if project_id is None else str(project_id), "user_id": str(user_id),
                "resource_type": event.resource, "resource_id": str(event.id)}
    told: dict[str, Any] = {
        "id": 123456000 + number, "ulid": name, "timestamp": at,
        "metadata": {"source_user_id": user_id, "source_project_id": project_id, "source_operation_id": None,
                     "source_company_id": company_id, "source_application_id": None},
        "user_id": user_id, "company_id": company_id, "project_id": project_id, "api_version": hook.payload,
        "event_type": event.event, "resource_name": event.resource, "resource_id": event.id}
    if hook.payload == "v3.0":
        told["related_resources"] = [] if event.parent is None else [
            {"id": event.parent[0], "name": event.parent[1]}]
    return told


def resources(company: Company, project_id: int | None) -> dict[str, tuple[str, ...]]:
    """What a hook of the company, or of a project, can ask for."""
    more = company.switches.webhooks_for_everything
    if project_id is None:
        return COMPANY_RESOURCES | (MORE_RESOURCES | PROJECT_RESOURCES if more else {})
    return PROJECT_RESOURCES | (MORE_RESOURCES if more else {})


# -- which call makes which event --------------------------------------------------------------------------------------

def note(call: Call, template: str, in_project: bool, answer: object, now: datetime) -> None:
    """After a call that was done."""
    found = list(_events(call, template, in_project, answer))
    project_id = call.project.id if in_project else None
    for event in found:
        call.company.hooks.tell(call, _own(event, project_id), [event], now)
    for one in call.changed:
        event = Event(one.resource, one.event, one.id, one.parent)
        call.company.hooks.tell(call, _own(event, one.project_id or project_id), [event], now)


def _own(event: Event, project_id: int | None) -> int | None:
    """The project of an event; what belongs to the company carries none, wherever it was changed (trap 27)."""
    if event.resource == "Projects":
        return event.id
    return None if event.resource in COMPANY_RESOURCES else project_id


def _events(call: Call, template: str, in_project: bool, answer: object) -> Iterator[Event]:
    words = [word for word in template.split("/")[3:] if word and not word.startswith("{")]
    words = words[1:] if words[:1] == ["companies"] and len(words) > 1 else words
    names = [word[1:-1] for word in template.split("/") if word.startswith("{")]
    kind = BY_METHOD.get(call.request.method, "")
    if words[-2:-1] == ["actions"]:
        if words[-3] in IN_PROJECT:
            yield Event(IN_PROJECT[words[-3]], "create" if words[-1] == "add" else "delete", call.arg_id())
        return
    if words[-1] in BULK and len(words) > 1:
        yield from _bulk(call, words, names, in_project, answer)
        return
    owner = _owner(names)
    last = names[-1] if template.endswith("}") else ""
    resource = _resource(call, words, in_project, "" if last == owner else owner, answer if not last else None)
    if resource is None:
        yield from _above(call, words, in_project)
        return
    made = _id_of(answer) if kind == "create" else call.args.get(last)
    if made is None or not str(made).isdecimal():
        return
    id_ = int(str(made))
    yield Event(resource, kind, id_, _parent(call, words, owner))
    yield from _also(call, resource, kind, id_)


def _owner(names: list[str]) -> str:
    """Which of a path's arguments names the document that its lines stand on."""
    return next((name for name in reversed(names) if name not in ("id", "project_id", "company_id")), "")


def _resource(call: Call, words: list[str], in_project: bool, owner: str = "", answer: object = None) -> str | None:
    if words[-1] == COMMITMENTS:
        made = _id_of(answer) if answer is not None else call.args.get("commitment_contract_id")
        return _commitment(call, str(made))
    if words[-1] == "line_items" and len(words) > 1:
        if words[-2] == COMMITMENTS:
            kind = _commitment(call, call.args.get(owner, ""))
            return kind[:-1] + " Line Items" if kind is not None else None
        return LINE_ITEMS.get(words[-2])
    if in_project and words[-1] in IN_PROJECT:
        return IN_PROJECT[words[-1]]
    return RESOURCES.get(words[-1])


COMMITMENTS = "commitment_contracts"      # v2.0 has one path for both kinds


def _commitment(call: Call, wanted: str) -> str | None:
    found = call.project.contracts.get(int(wanted)) if wanted.isdecimal() else None
    return RESOURCES[f"{found.kind}s"] if found is not None else None


def _above(call: Call, words: list[str], in_project: bool) -> Iterator[Event]:
    """A change of a part that has no events of its own is an update of what it belongs to."""
    if (words[-1] == "business_register" and not in_project) or words[-2:] == ["vendors", "inactive"]:
        yield Event("Company Vendors", "update", call.arg_id())
    elif "requisitions" in words:
        wanted = call.args.get("requisition_id") or call.args.get("id", "")
        if wanted.isdecimal():
            yield Event("Requisitions", "update", int(wanted))
    elif words[-1] in ("line_item_contract_details", "subcontractor_schedule_of_values_status"):
        kind = words[-2].removesuffix("s")
        yield Event(RESOURCES[words[-2]], "update", call.arg_id(f"{kind}_id"))


def _parent(call: Call, words: list[str], owner: str) -> tuple[int, str] | None:
    """The lines of a newer change order hang on its potential one, as those of the older do (5.12)."""
    text = call.args.get(owner, "")
    if words[-1] != "line_items" or not text.isdecimal():
        return None
    if words[-2] == COMMITMENTS:
        kind = _commitment(call, text)
        return (int(text), kind) if kind is not None else None
    if words[-2] in NEWER:
        order = call.project.by_newer.get(int(text))
        return (order.pco_id, "Potential Change Orders") if order is not None else None
    return (int(text), RESOURCES[words[-2]]) if words[-2] in RESOURCES else None


NEWER = ("commitment_change_orders", "prime_change_orders")
# The last word of a bulk call -> where its body has the rows. Some answer with the records, some with nothing.
BULK = {"sync": ("updates", "budget_line_items"), "bulk_create": ("bulk",), "update_all": ()}


def _bulk(call: Call, words: list[str], names: list[str], in_project: bool, answer: object) -> Iterator[Event]:
    """Rows sent with an id are updates; the others too where they met a record that there was."""
    above = words[:-1]
    resource = _resource(call, above, in_project)
    if resource is None:
        return
    if words[-1] == "update_all":
        yield from (Event(resource, "update", int(one)) for one in call.body.get("ids") or () if str(one).isdecimal())
        return
    rows = answer.get("entities") if isinstance(answer, dict) else answer
    sent = [row for key in BULK[words[-1]] for row in call.body.get(key) or () if isinstance(row, dict)]
    known = {str(row.get("id")) for row in sent}
    owner = _owner(names)
    for row in rows if isinstance(rows, list) else ():
        if isinstance(row, dict) and str(row.get("id", "")).isdecimal():
            is_new = str(row["id"]) not in known and row.get("created_at") == row.get("updated_at")
            kind, id_ = "create" if is_new else "update", int(row["id"])
            yield Event(resource, kind, id_, _parent(call, above, owner) or _holder(row, above))
            yield from _also(call, resource, kind, id_)


def _holder(row: dict[str, Any], words: list[str]) -> tuple[int, str] | None:
    """The document that a line itself names, where the path does not."""
    holder = row.get("holder")
    if words[-1] != "line_items" or not isinstance(holder, dict) or words[-2] not in RESOURCES:
        return None
    return int(holder["id"]), RESOURCES[words[-2]]


THREE = ("Commitment Change Orders", "Prime Change Orders", "Change Order Packages", "Potential Change Orders")


def _also(call: Call, resource: str, kind: str, id_: int) -> Iterator[Event]:
    """A change order is three resources at once (5.12); who is new in a project may be new to the company."""
    if resource in THREE:
        held = call.project.change_orders if resource == THREE[2] else \
            call.project.by_potential if resource == THREE[3] else call.project.by_newer
        found = held.get(id_)
        if found is not None:
            newer = THREE[1] if found.contract.is_prime else THREE[0]
            for name, number in ((THREE[2], found.id), (THREE[3], found.pco_id), (newer, found.newer_id)):
                if name != resource:
                    yield Event(name, kind, number)
    elif resource.startswith("Project ") and kind != "delete":
        yield Event(resource.replace("Project", "Company"), kind, id_)


def _id_of(answer: object) -> object:
    found = answer.get("data", answer) if isinstance(answer, dict) else None
    return found.get("id") if isinstance(found, dict) else None


# -- checks of what a client sets up -----------------------------------------------------------------------------------

def wrong_url(value: object) -> str | None:
    host = host_of(value)
    if host is None:
        return "is invalid"
    return "must be https" if str(value).lower().startswith("http:") and host not in LOCAL else None


def wrong_namespace(value: object) -> str | None:
    if value in (None, ""):
        return "can't be blank"
    return None if isinstance(value, str) and re.fullmatch(r"[a-z0-9-]{1,100}", value) else "is invalid"


def masked(headers: Mapping[str, str]) -> dict[str, str]:
    """All but the last five characters of a header are hidden."""
    return {name: "****" + value[-5:] if len(value) > 5 else "****" for name, value in headers.items()}
