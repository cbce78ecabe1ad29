"""What the practice Procore holds of direct costs, people and time (procore.md 5.5, 5.16, 5.21)."""
from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from tieout.sandbox.procore.code_records import CostCode, LineItemType, WbsCode
from tieout.sandbox.procore.contract_records import Line
from tieout.sandbox.procore.records import Record
from tieout.sandbox.procore.state import Project, User, Vendor


@dataclass(eq=False)
class Person(Record):
    """Someone in the company's directory: a user, or a reference user without a login (user_id None).

    memberships  project -> id of the membership (5.5)
    """

    user_id: int | None = None
    memberships: dict[int, int] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return f"{self.get('first_name') or ''} {self.get('last_name') or ''}".strip()


@dataclass(eq=False)
class DirectCost(Record):
    """A cost outside every commitment: an invoice, an expense or payroll.

    busy_until  while it is being written, any other write is answered 409 (6.1)
    """

    project: Project = field(kw_only=True)
    vendor: Vendor | None = None
    employee: Person | None = None
    lines: dict[int, Line] = field(default_factory=dict)
    positions: int = 0
    busy_until: datetime | None = None

    @property
    def is_synced(self) -> bool:
        return self.fields.get("origin_id") is not None


@dataclass(eq=False)
class TimecardEntry(Record):
    """Hours of one person on one day.

    history  what was changed since it was made: (column, before, after, when, who)
    """

    project: Project = field(kw_only=True)
    created_by: User = field(kw_only=True)
    party: Person | None = None
    cost_code: CostCode | None = None
    cost_type: LineItemType | None = None
    wbs_code: WbsCode | None = None
    time_type: Record | None = None
    timesheet: Timesheet | None = None
    history: list[tuple[str, str | None, str | None, datetime, str]] = field(default_factory=list)


@dataclass(eq=False)
class Timesheet(Record):
    """The entries of one day that were handed in together; number counts within the project's day."""

    project: Project = field(kw_only=True)
    created_by: User = field(kw_only=True)
    number: int = 1
    entries: dict[int, TimecardEntry] = field(default_factory=dict)
