"""What the practice Procore holds: one company's records, in memory, with ids from counters."""
from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

from tieout.sandbox.procore.budget_records import Budget
from tieout.sandbox.procore.code_records import (
    CostCode,
    LineItemType,
    Pattern,
    Segment,
    SegmentItem,
    StandardList,
    SubJob,
    WbsCode,
)
from tieout.sandbox.procore.contract_records import (
    ChangeOrder,
    Contract,
    PaymentApplication,
    Period,
    Requisition,
    TaxCode,
)
from tieout.sandbox.procore.records import Record
from tieout.sandbox.procore.web import Refusal, forbidden, invalid, not_found
from tieout.sandbox.procore.webhooks import Hooks

if TYPE_CHECKING:
    from tieout.sandbox.procore.cost_records import DirectCost, Person, TimecardEntry, Timesheet
    from tieout.sandbox.procore.files import Storage

Level = Literal["admin", "standard", "bill_recipient"]

# Where the counter of each kind starts. Half of them lie above 2^32, as ids in Procore's newer regions do.
FIRST_ID = {
    "user": 160586, "vendor": 161072, "business_register": 321, "cost_code": 1472, "line_item_type": 47,
    "segment": 447332, "segment_item": 654142250, "wbs_pattern": 56, "line": 4896147, "markup": 462136,
    "billing_period": 4293, "change_order": 34219,
    "project": 2**32 + 89025, "contract": 2**32 + 701973, "wbs_code": 2**32 + 182877777,
    "package": 2**32 + 239475, "potential_change_order": 2**32 + 310204, "requisition": 2**32 + 58820,
    "item": 2**32 + 341256, "payment": 2**32 + 1551516, "invoice_configuration": 12,
    "person": 160586 * 4, "direct_cost": 2**32 + 77103, "membership": 5501,
    "project_stage": 3, "project_type": 11, "project_region": 21, "project_owner_type": 31, "project_bid_type": 41,
    "program": 51, "office": 3610, "department": 2, "trade": 999,
    "budget_line": 75414, "budget_change": 411, "adjustment": 5150, "budget_modification": 90210,
    "budget_snapshot": 6001, "contract_detail": 880021, "sub_job": 456, "insurance": 4001, "standard_cost_code": 371,
    "standard_cost_code_list": 98,
    "custom_field": 49417, "custom_field_entry": 271, "custom_field_metadatum": 8801, "field_set": 615,
    "webhook_hook": 12345, "webhook_trigger": 1,
    "tax_code": 1, "tax_type": 1, "uom": 101, "uom_category": 202, "exchange_rate": 3301,
    "payment_application": 58820, "owner_item": 135135, "change_order_change_reason": 9, "change": 7001,
    "compliance_document": 2201, "payment_hold": 1301, "project_role": 2**32 + 4410,
    "file": 2**32 + 55021, "upload": 1, "timecard_entry": 2**32 + 90011, "timesheet": 771, "time_type": 1,
    "time_configuration": 17, "work_classification": 13,
}


class Ids:
    """Counters shared by all companies of one stand-in."""

    def __init__(self) -> None:
        self._next = dict(FIRST_ID)

    def mark(self) -> dict[str, int]:
        return dict(self._next)

    def back_to(self, mark: dict[str, int]) -> None:
        """A refused call takes no ids, so that the accepted ones alone lead to the same state again."""
        self._next = mark

    def next(self, kind: str) -> int:
        found = self._next[kind]
        self._next[kind] += 1
        return found


@dataclass
class Switches:
    """What is uncertain about Procore, or a company's own setting (procore.md 6; defaults of 6.5)."""

    missing_company_header: Literal[404, 400] = 404
    retainage_percent: Decimal = Decimal(10)
    vendors_join_projects_by_use: bool = True
    allow_overbilling: bool = True
    one_invoice_per_period: bool = False
    always_editable_sov: bool = False
    approved_change_orders_join_new_invoices: bool = False
    direct_costs_need_a_vendor: bool = False
    subcontractor_invoices_as_direct_costs: bool = False
    direct_cost_write_s: int = 0
    uom_master_list: bool = True
    upload_scan_s: int = 0
    time_entry: Literal["hours", "start_and_stop"] = "hours"
    invoice_tax_on: Literal["gross", "net"] = "gross"
    direct_cost_totals_with_tax: bool = False
    multiple_prime_contracts: bool = True
    budget_changes: bool = True
    budget_total_may_change: bool = False
    webhooks_for_everything: bool = False
    origin_ids_stay: bool = False


@dataclass(frozen=True)
class User:
    """Who a token acts for. level: standard users and bill recipients may do less with invoices (5.14)."""

    id: int
    login: str
    name: str
    level: Level = "admin"
    is_service_account: bool = False


@dataclass(eq=False)
class CustomField(Record):
    """A field that the company added (procore.md 5.3).

    entries    the choices of a list field, by id
    used_on    for each kind of record that has it: the id of its place there, and whether it is required
    """

    label: str = ""
    data_type: str = "string"
    variant: str | None = None
    active: bool = True
    description: str = ""
    entries: dict[int, Record] = field(default_factory=dict)
    used_on: dict[str, FieldPlace] = field(default_factory=dict)


@dataclass
class FieldPlace:
    id: int
    position: int
    required: bool = False
    visible: bool = True


@dataclass(eq=False)
class FieldSet(Record):
    """The configurable fields of one kind of record: one set per kind and company.

    fields  plain field -> {visible, required}
    """

    kind: str = ""


@dataclass(eq=False)
class Vendor(Record):
    register: dict[str, Any] | None = None
    insurances: dict[int, Record] = field(default_factory=dict)
    projects: set[int] = field(default_factory=set)


@dataclass
class Currency:
    """A currency configuration; without an iso_code there is none.

    several   multicurrency, and since when
    override  the rate to the company's currency, of a project only
    """

    iso_code: str | None = None
    display: str = "symbol"
    several: bool = False
    several_since: datetime | None = None
    override: Decimal | None = None

    @property
    def exists(self) -> bool:
        return self.iso_code is not None


@dataclass(eq=False)
class Project(Record):
    vendors: dict[int, Vendor] = field(default_factory=dict)
    items: dict[int, SegmentItem] = field(default_factory=dict)
    items_by_code: dict[tuple[int, int | None, str], SegmentItem] = field(default_factory=dict)
    cost_codes: dict[int, CostCode] = field(default_factory=dict)
    sub_jobs: dict[int, SubJob] = field(default_factory=dict)
    pattern: Pattern = field(default_factory=Pattern)
    wbs_codes: dict[int, WbsCode] = field(default_factory=dict)
    wbs_by_items: dict[tuple[int, ...], WbsCode] = field(default_factory=dict)
    contracts: dict[int, Contract] = field(default_factory=dict)
    prime_contracts: dict[int, Contract] = field(default_factory=dict)
    applications: dict[int, PaymentApplication] = field(default_factory=dict)
    change_orders: dict[int, ChangeOrder] = field(default_factory=dict)
    by_potential: dict[int, ChangeOrder] = field(default_factory=dict)
    by_newer: dict[int, ChangeOrder] = field(default_factory=dict)
    periods: dict[int, Period] = field(default_factory=dict)
    requisitions: dict[int, Requisition] = field(default_factory=dict)
    people: dict[int, Person] = field(default_factory=dict)
    direct_costs: dict[int, DirectCost] = field(default_factory=dict)
    direct_cost_lines: dict[int, DirectCost] = field(default_factory=dict)
    timecards: dict[date, dict[int, TimecardEntry]] = field(default_factory=dict)
    timesheets: dict[int, Timesheet] = field(default_factory=dict)
    currency: Currency = field(default_factory=Currency)
    exchange_rates: dict[int, Record] = field(default_factory=dict)
    payment_holds: dict[int, Record] = field(default_factory=dict)
    roles: dict[int, Record] = field(default_factory=dict)
    disabled_tools: set[str] = field(default_factory=set)
    budget: Budget = field(default_factory=Budget)

    @property
    def name(self) -> str:
        return str(self.fields["name"])


@dataclass
class Company:
    """Everything of one company; nothing is reachable from another one's token or header.

    group       all companies of the stand-in, this one among them
    permitted   the projects a service account may see; None = all (an app's permitted projects, 2.2)
    limited     ids of other users whom that holds for
    origin_ids  (kind, origin_id) -> id of the record: unique per kind within the company (1.7)
    """

    id: int
    name: str
    ids: Ids
    switches: Switches = field(default_factory=Switches)
    permitted: set[int] | None = None
    limited: set[int] = field(default_factory=set)
    vendors: dict[int, Vendor] = field(default_factory=dict)
    projects: dict[int, Project] = field(default_factory=dict)
    segments: dict[int, Segment] = field(default_factory=dict)
    items: dict[int, SegmentItem] = field(default_factory=dict)
    standard_lists: dict[int, StandardList] = field(default_factory=dict)
    types: dict[int, LineItemType] = field(default_factory=dict)
    types_by_item: dict[int, LineItemType] = field(default_factory=dict)
    people: dict[int, Person] = field(default_factory=dict)
    people_by_user: dict[int, Person] = field(default_factory=dict)
    tax_codes: dict[int, TaxCode] = field(default_factory=dict)
    tax_types: dict[int, Record] = field(default_factory=dict)
    uoms: dict[int, Record] = field(default_factory=dict)
    uom_names: set[str] = field(default_factory=set)
    uom_categories: dict[int, str] = field(default_factory=dict)
    currency: Currency = field(default_factory=lambda: Currency("USD"))
    exchange_rates: dict[int, Record] = field(default_factory=dict)
    storage: Storage = field(init=False)
    time_types: dict[int, Record] = field(default_factory=dict)
    timecards: dict[int, TimecardEntry] = field(default_factory=dict)
    time_configuration: Record | None = None
    classifications: dict[int, Record] = field(default_factory=dict)
    pattern_id: int = 0
    origin_ids: dict[tuple[str, str], int] = field(default_factory=dict)
    connected: bool = True
    group: dict[int, Company] = field(default_factory=dict, repr=False)
    hooks: Hooks = field(default_factory=Hooks)
    children: Counter[int] = field(default_factory=Counter)
    lookups: dict[str, dict[int, Record]] = field(default_factory=dict)
    user_by_email: dict[str, int] = field(default_factory=dict)
    permissions: dict[tuple[int, str, int | None], str] = field(default_factory=dict)
    custom_fields: dict[int, CustomField] = field(default_factory=dict)
    field_sets: dict[str, FieldSet] = field(default_factory=dict)

    def visible_project(self, wanted: int, user: User, tool: str = "") -> Project:
        project = self.projects.get(wanted)
        if project is None:
            raise not_found()
        if not self.is_permitted(user, project):
            raise forbidden("You do not have permission to access this project",
                            "The project is not permitted for this service account")
        if not self.is_member(user, project):
            raise not_found()
        if tool and tool in project.disabled_tools:
            raise Refusal(403, {"error": f"The {tool} tool is not enabled in this project"})
        return project

    def is_permitted(self, user: User, project: Project) -> bool:
        return self.permitted is None or project.id in self.permitted or not self.is_limited(user)

    def is_limited(self, user: User) -> bool:
        return user.is_service_account or user.id in self.limited

    def sees(self, user: User, project: Project) -> bool:
        return self.is_permitted(user, project) and self.is_member(user, project)

    def is_member(self, user: User, project: Project) -> bool:
        """Administrators are everywhere; others see only the projects they belong to (5.2)."""
        if user.level == "admin" or user.is_service_account:
            return True
        person = self.people_by_user.get(user.id)
        return person is not None and person.id in project.people

    def claim_origin(self, kind: str, record: Record, wanted: str | None) -> None:
        """Gives a record its origin_id, or takes it away (None); a taken one is refused."""
        held = record.fields.get("origin_id")
        if wanted == held:
            return
        self.check_owner(held)
        if wanted is not None:
            self.check_origin(kind, wanted)
            self.origin_ids[kind, wanted] = record.id
        if held is not None:
            self.origin_ids.pop((kind, held), None)
        record.fields["origin_id"] = wanted

    def check_origin(self, kind: str, wanted: str | None) -> None:
        if wanted is not None and (kind, wanted) in self.origin_ids:
            raise invalid(origin_id="has already been taken")

    def check_new_origin(self, kind: str, record: Record, values: Mapping[str, Any]) -> None:
        """The same for a record that is about to be changed: nothing may be written when it is refused."""
        held = record.fields.get("origin_id")
        wanted = values.get("origin_id", held) or None
        if wanted != held:
            self.check_owner(held)
            self.check_origin(kind, wanted)

    def check_owner(self, held: str | None) -> None:
        """With origin_ids_stay another integration owns every origin_id that is there (4.1, 6.4)."""
        if held is not None and self.switches.origin_ids_stay:
            raise invalid(origin_id="belongs to another integration")

    def release_origin(self, kind: str, record: Record) -> None:
        self.origin_ids.pop((kind, str(record.fields.get("origin_id"))), None)


def written(company: Company, kind: str, record: Record, values: dict[str, Any], now: datetime) -> bool:
    """Writes fields and the origin_id among them, under its uniqueness."""
    effective = False
    if "origin_id" in values:
        wanted = values.pop("origin_id") or None
        effective = wanted != record.fields.get("origin_id")
        company.claim_origin(kind, record, wanted)
    changed = record.write(values, now)
    if effective:
        record.touch(now)
    return changed or effective
