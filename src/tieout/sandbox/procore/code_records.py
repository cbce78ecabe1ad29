"""What is held of cost codes, cost types and the work breakdown structure (procore.md 5.6 to 5.8)."""
from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from tieout.sandbox.procore.records import Record


@dataclass(eq=False)
class LineItemType(Record):
    item_id: int = 0


@dataclass(eq=False)
class Segment(Record):
    """type: sub_job, cost_code, line_item_type or custom."""

    type: str = "custom"
    name: str = ""
    position: int = 1
    required: bool = False
    structure: str = "flat"


@dataclass(eq=False)
class SegmentItem(Record):
    """One value of a segment; project_id None = of the company, seen in every project.

    path  the ids from the top down to this one; codes and names go with it
    """

    segment: Segment = field(kw_only=True)
    project_id: int | None = None
    code: str = ""
    name: str = ""
    parent: SegmentItem | None = None
    status: str = "active"
    uses: int = 0
    children: int = 0
    cost_code: CostCode | None = None

    @property
    def path(self) -> list[SegmentItem]:
        return [*(self.parent.path if self.parent else []), self]

    @property
    def full_code(self) -> str:
        return "-".join(part.code for part in self.path)


@dataclass(eq=False)
class CostCode(Record):
    """The legacy view of an item of the cost code segment."""

    item: SegmentItem = field(kw_only=True)
    types: dict[int, LineItemType] = field(default_factory=dict)


@dataclass(eq=False)
class SubJob(Record):
    """The legacy view of an item of the sub job segment."""

    item: SegmentItem = field(kw_only=True)


@dataclass(eq=False)
class StandardList(Record):
    """A company's list of standard cost codes, which projects copy from."""

    codes: dict[int, StandardCode] = field(default_factory=dict)


@dataclass(eq=False)
class StandardCode(Record):
    parent: StandardCode | None = None

    @property
    def full_code(self) -> str:
        own = str(self.get("code"))
        return f"{self.parent.full_code}-{own}" if self.parent is not None else own


@dataclass(eq=False)
class WbsCode(Record):
    """A budget code: one item of each segment in the project's pattern, in the pattern's order."""

    items: tuple[SegmentItem, ...] = ()
    description: str = ""
    status: str = "active"
    flat_code: str = ""


@dataclass
class Pattern:
    """What a project changes in the company's budget code structure (procore.md 5.8).

    order     segment -> its place, where the project has an order of its own
    added     the optional segments that are in, removed  the custom ones that are out
    replaced  company items that the project has an item of its own for
    """

    order: dict[int, int] = field(default_factory=dict)
    added: set[int] = field(default_factory=set)
    removed: set[int] = field(default_factory=set)
    replaced: dict[int, SegmentItem] = field(default_factory=dict)

    def has(self, segment: Segment) -> bool:
        if segment.type == "sub_job":
            return segment.id in self.added
        return segment.id not in self.removed

    def place(self, segment: Segment) -> int:
        return self.order.get(segment.id, segment.position)


def key_of(items: Iterable[SegmentItem]) -> tuple[int, ...]:
    """The same for a combination in whatever order its segments stand."""
    return tuple(sorted(item.id for item in items))


def flat(items: tuple[SegmentItem, ...]) -> str:
    return ".".join(item.full_code for item in items)
