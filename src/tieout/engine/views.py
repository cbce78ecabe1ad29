"""What a person is shown, drawn from the rows: plain values that a page or a terminal prints."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from tieout.core.money import Money
from tieout.engine.store.models import Posting, TrailEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One system's document in a few words. `total` is gross of nothing: the amount the document itself shows."""

    title: str
    number: str = ""
    party: str = ""
    dated: date | None = None
    total: Money | None = None
    status: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldRow:
    """One fact beside itself. agrees: None where it is not compared, or one system does not hold it."""

    label: str
    procore: str | Money | date | None
    quickbooks: str | Money | date | None
    agrees: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LineRow:
    """One line on both documents, aligned by what it was entered from."""

    label: str
    code: str
    procore: Money | None
    quickbooks: Money | None
    agrees: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A slot with both its documents, what is planned for it, and what happened to it.

    status    as in Standing
    effect    (account, debit, credit) of what is planned, or of what was posted
    link_…    address of the document in that system's own pages; path_… the way there through its menus
    related   (label, flow, slot)
    """

    title: str
    flow: str
    slot: str
    status: str
    why: str = ""
    intent: str = ""
    fingerprint: str = ""
    procore: Side | None = None
    quickbooks: Side | None = None
    fields: Sequence[FieldRow] = ()
    lines: Sequence[LineRow] = ()
    totals: Sequence[FieldRow] = ()
    effect: Sequence[tuple[str, Money, Money]] = ()
    history: Sequence[TrailEntry] = ()
    postings: Sequence[Posting] = ()
    related: Sequence[tuple[str, str, str]] = ()
    link_procore: str = ""
    link_quickbooks: str = ""
    path_procore: str = ""
    path_quickbooks: str = ""
