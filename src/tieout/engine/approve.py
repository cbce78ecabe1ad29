"""May it go? By the mode of the pair, its project and flow; or by a person, for one document as it was shown. [C2]"""
from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from tieout.core.plan import Intent
from tieout.engine import trail
from tieout.engine.store.models import Approval, Pair, RoutedProject, Standing

BY_RULE = "rule: live"


class NotAllowed(ValueError):
    """What a person asked cannot be done; the text says why and what to do instead."""


@dataclass(frozen=True, slots=True)
class Modes:
    """Who lets an intent go. A project's mode for a flow counts only while the pair itself may write."""

    pair_mode: str
    approvals: dict[str, str]

    def of(self, route: RoutedProject | None, flow: str) -> str:
        own = route.modes.get(flow) if route is not None and self.pair_mode in ("review", "live") else None
        return str(own or self.pair_mode)

    def approver(self, route: RoutedProject | None, intent: Intent) -> str:
        """The person's name or the rule; empty while nobody has."""
        mode = self.of(route, intent.wish.slot.flow)
        if mode == "live":
            return BY_RULE
        return self.approvals.get(intent.fingerprint, "") if mode == "review" else ""


def modes(pair: Pair) -> Modes:
    given = Approval.objects.filter(pair=pair).values_list("fingerprint", "by")
    return Modes(pair_mode=pair.mode, approvals=dict(given))


def may_settle(pair: Pair) -> bool:
    """Linking writes to no vendor; a pair that is off does nothing at all."""
    return pair.mode != "off"


def approve(pair: Pair, fingerprints: Iterable[str], by: str, now: datetime) -> int:
    """Let documents go as they were shown. Raises NotAllowed for a fingerprint that no plan has now."""
    wanted = list(dict.fromkeys(fingerprints))
    shown = {s.fingerprint: s for s in Standing.objects.filter(pair=pair, fingerprint__in=wanted)}
    missing = [one for one in wanted if one not in shown]
    if missing:
        raise NotAllowed(f"{missing[0]} is not in the plan as it is now: look at the plan again, then approve what it "
                         "shows")
    with transaction.atomic():
        known = set(Approval.objects.filter(pair=pair, fingerprint__in=wanted).values_list("fingerprint", flat=True))
        fresh = [one for one in wanted if one not in known]
        Approval.objects.bulk_create([Approval(pair=pair, fingerprint=one, by=by, at=now) for one in fresh])
        trail.append(pair.name, [trail.Entry(
            kind="approved", subject=f"{shown[one].flow}:{shown[one].slot}", by=by,
            says=f"{by} approved {shown[one].title}", body={"fingerprint": one}) for one in fresh], now)
    return len(fresh)


def approve_all(pair: Pair, by: str, now: datetime) -> int:
    """Everything that waits for approval now."""
    waiting = Standing.objects.filter(pair=pair, status="needs_approval").exclude(fingerprint="")
    return approve(pair, waiting.values_list("fingerprint", flat=True), by, now)
