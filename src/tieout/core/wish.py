"""What a flow answers for one slot: the document it wants there, or why there is none (yet)."""
from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from tieout.core.drafts import Draft
from tieout.core.money import ZERO, Money
from tieout.core.picture import Slot
from tieout.core.problems import Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """One slot, as the source side calls for it. Exactly one of the last six says what is wanted.

    title      how people name the document: "Invoice 4 of Norton Lumber, SC-012"
    amount     what it comes to, for lists; 0.00 for records without money
    draft      the document wanted
    found      the record that is already there and is this one, by a person's word or by equal name; it is linked
    nothing    settled without a document, and why
    waits      what it waits for, in words
    left_out   it is not to be entered: "before the start", "draft", "booked by hand" …
    problems   what a person has to settle first
    remove     what was entered has to be taken out, and why
    natural    the document's own date, where `draft` bears another
    """

    slot: Slot
    source_kind: str
    source: str
    title: str
    number: str = ""
    party: str = ""
    project: str = ""
    dated: date | None = None
    amount: Money = ZERO
    natural: date | None = None
    draft: Draft | None = None
    found: str = ""
    nothing: str = ""
    waits: str = ""
    left_out: str = ""
    problems: tuple[Problem, ...] = ()
    remove: str = ""
