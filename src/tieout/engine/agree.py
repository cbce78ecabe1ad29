"""Write down that both sides of a slot match: the third witness, which tells later who moved."""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING

from tieout.core import essence
from tieout.core.books import Bill, PurchaseOrder
from tieout.core.drafts import BillDraft, Draft, OrderDraft
from tieout.core.picture import Link, Slot
from tieout.core.plan import Intent, Present
from tieout.core.rules import PostingRules, rules_from
from tieout.engine import trail
from tieout.engine.store.models import Agreed, Pair

if TYPE_CHECKING:
    from tieout.engine.turn import Turn

COLUMNS = ["generation", "target_kind", "target", "wanted", "held", "parts", "rules_version", "ours", "at"]


def settle(turn: Turn, intents: Sequence[Intent], present: Present, before: Mapping[Slot, Link]) -> dict[Slot, Link]:
    """Link what is there already, accept what a person said may stay, and close what has nothing to enter."""
    rules = coding_rules(turn.pair)
    links = {intent.wish.slot: _settled(intent, present, before.get(intent.wish.slot), rules) for intent in intents}
    with turn.step():
        keep(turn, links)
        trail.append(turn.pair.name, [trail.Entry(
            kind="agreed", subject=str(intent.wish.slot), says=_says(intent),
            body={"target": intent.target, "kind": intent.kind}) for intent in intents], turn.now())
    return links


def _says(intent: Intent) -> str:
    if not intent.target:
        return f"{intent.wish.title}: {intent.why or 'nothing to enter'}"
    return f"{intent.wish.title} is linked to {intent.kind.replace('_', ' ')} {intent.target}; nothing was entered"


def coding_rules(pair: Pair) -> str:
    rules = rules_from(pair.rules)
    return rules.coding if isinstance(rules, PostingRules) else ""


def _settled(intent: Intent, present: Present, before: Link | None, rules: str) -> Link:
    """A slot that was ours stays ours: moved to the same place, or kept as somebody changed it."""
    held = present.held.get((intent.kind, intent.target)) if intent.target else None
    if held is None:
        return Link(target_kind="", target="", wanted="", held="", generation=intent.generation, ours=False)
    wanted = essence.of_draft(intent.draft) if intent.draft else essence.of_held(held)
    return Link(target_kind=intent.kind, target=intent.target, wanted=wanted, held=essence.of_held(held),
                parts=parts_of(intent.draft, held, before.parts if before else {}, intent.wish.natural, rules),
                generation=intent.generation,
                ours=bool(before and before.ours and before.target == intent.target))


def parts_of(draft: Draft | None, held: object, known: Mapping[str, str], natural: date | None,
             rules: str) -> dict[str, str]:
    """Which line became which; on a bill that bears another date than its own, both dates; and by which rules."""
    parts: dict[str, str] = {}
    if isinstance(draft, OrderDraft) and isinstance(held, PurchaseOrder):
        parts = essence.parts(draft.lines, held.lines, known)
    if isinstance(draft, BillDraft) and isinstance(held, Bill):
        parts = essence.parts(draft.lines, held.lines, known)
        if natural and natural != draft.dated:
            parts |= {"natural": natural.isoformat(), "entered": draft.dated.isoformat()}
    return {**parts, "rules": rules} if isinstance(draft, OrderDraft | BillDraft) else parts


def known_parts(pair: Pair, slots: Sequence[Slot]) -> dict[Slot, dict[str, str]]:
    """As they were last agreed."""
    rows = Agreed.objects.filter(pair=pair, slot__in=[slot.key for slot in slots])
    return {Slot(flow=row.flow, key=row.slot): row.parts for row in rows}


def keep(turn: Turn, links: dict[Slot, Link]) -> None:
    """Inside a step."""
    Agreed.objects.bulk_create(
        [Agreed(pair=turn.pair, flow=slot.flow, slot=slot.key, generation=link.generation, target_kind=link.target_kind,
                target=link.target, wanted=link.wanted, held=link.held, parts=dict(link.parts),
                rules_version=turn.pair.rules_version, ours=link.ours, at=turn.now()) for slot, link in links.items()],
        update_conflicts=True, unique_fields=["pair", "flow", "slot"], update_fields=COLUMNS)
