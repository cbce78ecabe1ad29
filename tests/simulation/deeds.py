"""What people did in the town, as they would tell it: all that the bookkeeper knows besides both systems' answers.

Amounts are cents.
"""
from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any


@dataclass(slots=True)
class Row:
    """One schedule line on one application: gross cost of the period, retainage held and retainage released."""

    line: str
    code: str
    cost: int
    held: int = 0
    released: int = 0


@dataclass(slots=True)
class Application:
    """requisition   Procore's id
    ever_approved  it may stand in the books, whatever its status is now
    before         the rows as they were before each revision
    left           our document as somebody in QuickBooks left it, or "deleted"
    typed          the bill of this number that the bookkeeper had typed before it was approved
    answers        kind of problem -> what the controller chose
    """

    commitment: str
    number: int
    invoice: str
    dated: date
    rows: list[Row]
    requisition: str = ""
    status: str = "under_review"
    ever_approved: bool = False
    before: list[list[Row]] = field(default_factory=list)
    left: dict[str, Any] | str | None = None
    typed: str = ""
    answers: dict[str, str] = field(default_factory=dict)

    @property
    def approved(self) -> bool:
        return self.status in ("approved", "approved_as_noted")

    @property
    def total(self) -> int:
        return sum(row.cost - row.held + row.released for row in self.rows)


@dataclass(slots=True)
class Commitment:
    number: str
    project: str
    vendor: str
    contract: str = ""
    lines: dict[str, tuple[str, int]] = field(default_factory=dict)      # line -> (code, cents), change orders too
    applications: list[Application] = field(default_factory=list)


@dataclass(slots=True)
class Deeds:
    """typed         (entity, id) -> the document as the bookkeeper typed it
    notes         bill id -> the note she wrote on one of ours
    closings      (moment, through)
    unsure        (vendor, project) whose retainage in QuickBooks is no longer what we entered
    voided, deleted   ids of bill payments
    """

    commitments: dict[str, Commitment] = field(default_factory=dict)
    typed: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)
    closings: list[tuple[datetime, date]] = field(default_factory=list)
    unsure: set[tuple[str, str]] = field(default_factory=set)
    voided: set[str] = field(default_factory=set)
    deleted: set[str] = field(default_factory=set)
    customer_made: bool = False
    other_mapped: bool = False
    told: list[str] = field(default_factory=list)

    @property
    def applications(self) -> list[Application]:
        return [one for commitment in self.commitments.values() for one in commitment.applications]

    @property
    def closed_through(self) -> date | None:
        return self.closings[-1][1] if self.closings else None
