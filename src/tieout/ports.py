"""The questions asked across the line, in core's words.

A `System` is one side of a pair: a Procore company or a QuickBooks company. Both are asked the same way, so that
nothing in the engine knows which vendor is behind it. A refusal is an answer, not an exception.
"""
from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

from tieout.core.drafts import Draft

Side = Literal["procore", "quickbooks"]
Action = Literal["create", "update", "delete"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A vendor's raw answer about one record, as it was at `changed_at`.

    kind      vendor-neutral name: company, project, code, commitment, change_order, subcontractor_invoice,
              payment_issued, billing_period | company_info, preferences, account, vendor, customer, item, class, term,
              purchase_order, bill, vendor_credit, bill_payment, journal_entry, expense
    key       the vendor's id, text
    version   SyncToken, or updated_at: equal versions are equal records
    scope     Procore: the project's id, empty for company-wide records. QuickBooks: empty
    links     (kind, key) of the records it names: a bill names its vendor, jobs and orders. A project also its
              ("number", "24-017"), by which the set-up routes it
    raw       the JSON text, numbers as they came; empty when `deleted`
    """

    kind: str
    key: str
    version: str
    raw: str
    scope: str = ""
    changed_at: datetime | None = None
    deleted: bool = False
    links: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """One thing that can be asked for changes.

    name      "changes" at QuickBooks; "subcontractor_invoices" … at Procore
    scope     the project, where the list is per project, else empty
    turn      "every" is read on each turn; "rotating" lists cannot be asked for changes and take turns, one a turn
    """

    name: str
    scope: str = ""
    turn: Literal["every", "rotating"] = "every"


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """One part of a feed's answer.

    cursor    where to go on next time, opaque; the last batch of a feed carries it
    whole     (kind, scope) pairs of which these batches together hold every live record, so that what is absent is gone
    """

    readings: tuple[Reading, ...]
    cursor: str = ""
    whole: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One write, exactly as it will be sent and kept before it is.

    key       the posting's own key; the same on every retry
    tag       short text that is left on the record, where the vendor has a place for it, so that it is found again
    kind      as in Reading
    target    the record to change; empty on create
    payload   the vendor's body, JSON text
    scope     Procore: the project
    """

    key: str
    tag: str
    action: Action
    kind: str
    payload: str
    target: str = ""
    version: str = ""
    scope: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """Done. The reading is the record as the vendor now holds it."""

    reading: Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """The vendor said no. `code` and `words` are the vendor's; `reason` is one of core.problems' refusal kinds.

    stale     the record moved meanwhile: look again, then decide anew
    """

    code: str
    words: str
    reason: str
    element: str = ""
    stale: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Busy:
    """Not done; may be sent again after `wait_s` seconds."""

    wait_s: int
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoAnswer:
    """It may have been done or not: look before sending again."""

    why: str = ""


Answer = Posted | Refused | Busy | NoAnswer


class Unreachable(Exception):
    """A read got no usable answer: busy, down or cut. `wait_s` is when to try again."""

    def __init__(self, why: str, wait_s: int = 60) -> None:
        super().__init__(why)
        self.wait_s = wait_s


class NotAuthorised(Exception):
    """The grant is missing, revoked or for another company. `says` and `fix` are for a person."""

    def __init__(self, says: str, fix: str) -> None:
        super().__init__(says)
        self.says, self.fix = says, fix


class ProjectNotReadable(Exception):
    """One Procore project, or one tool in it, cannot be read; every other one goes on. For a person: `says`, `fix`."""

    def __init__(self, project: str, says: str, fix: str) -> None:
        super().__init__(says)
        self.project, self.says, self.fix = project, says, fix


class NotUnderstood(Exception):
    """A record or answer that is not what the vendor documents: names the record, the field and the value."""


class CursorTooOld(Exception):
    """The vendor no longer knows what changed since then: read everything."""


class WritesForbidden(Exception):
    """A write was tried while the connection may only read (modes off and shadow)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One line of `tieout doctor`."""

    what: str
    passed: bool
    says: str
    fix: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """What a vendor's OAuth gave. `refresh` is empty for client credentials; times are zone-aware UTC."""

    access: str = field(repr=False)
    expires_at: datetime
    refresh: str = field(default="", repr=False)
    refresh_expires_at: datetime | None = None


class TokenStore(Protocol):
    """A connection's tokens, kept sealed. One refresh at a time, over all processes and machines."""

    def read(self) -> Tokens | None: ...

    def refreshing(self) -> AbstractContextManager[Tokens | None]:
        """Holds the connection's refresh lock; yields the tokens as they are once it is held."""

    def write(self, tokens: Tokens) -> None:
        """Kept before anyone uses them: a rotated refresh token that is lost cannot be had again."""

    def refused(self, why: str) -> None:
        """The grant is gone; a person has to connect again."""


class Guard(Protocol):
    """Asked by the HTTP layer before every call. `project` is a Procore id, or empty for company-wide calls."""

    def may_read(self, project: str) -> bool: ...

    def may_write(self, project: str) -> bool: ...


@dataclass(slots=True)
class CallCount:
    """Calls made, by endpoint, since it was made."""

    by_endpoint: dict[str, int] = field(default_factory=dict)

    def note(self, endpoint: str) -> None:
        self.by_endpoint[endpoint] = self.by_endpoint.get(endpoint, 0) + 1


class System(Protocol):
    """One side, for one company. Calls are made in the thread that asks."""

    side: Side
    batch_size: int
    calls: CallCount

    def feeds(self, projects: Sequence[str]) -> Sequence[Feed]:
        """What to read on a turn for these projects (Procore ids; QuickBooks has one feed for all)."""

    def read(self, feed: Feed, cursor: str) -> Iterator[Batch]:
        """What changed since the cursor; everything when it is empty. Raises CursorTooOld, Unreachable, NotAuthorised,
        ProjectNotReadable."""

    def show(self, kind: str, key: str, scope: str = "") -> Reading | None:
        """One record as it is now; None when it is gone."""

    def understand(self, reading: Reading) -> object:
        """The core noun. Raises NotUnderstood."""

    def order(self, *, action: Action, kind: str, key: str, tag: str, draft: Draft | None = None,
              held: Reading | None = None) -> Order:
        """The write that brings `draft` about; `held` is the record to change or delete, as last read."""

    def deliver(self, delivery: str, orders: Sequence[Order]) -> list[Answer]:
        """Send up to `batch_size` orders in one request where the vendor can, in order; one answer each, in order.

        delivery   text kept with the request, unchanged on every retry of the same orders (QuickBooks: requestid)
        """

    def find(self, order: Order) -> Reading | None:
        """What an order without an answer may have made or changed, by its natural key. None: it was not done."""

    def doctor(self) -> Sequence[Check]:
        """Read one record of each kind and say what works."""
