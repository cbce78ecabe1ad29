"""How each slot stands and what a person has to settle, as the last plan said. Written only where it changed."""
from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import msgspec

from tieout.core.money import to_cents
from tieout.core.plan import Effect, Intent
from tieout.core.problems import Problem
from tieout.engine import trail
from tieout.engine.approve import Modes
from tieout.engine.store.models import OpenProblem, RoutedProject, Standing

if TYPE_CHECKING:
    from tieout.engine.turn import Turn

SHOWN = ("status", "why", "title", "number", "party", "project", "dated", "amount_cents", "source_kind", "source",
         "target_kind", "target", "intent", "fingerprint", "effect", "draft")
BOOKS_NOT_KNOWN = "books_not_known"
NOT_FROM_PLANS = (BOOKS_NOT_KNOWN, "project_not_readable", "pair_paused", "not_connected", "answer_unclear")


def keep_project(turn: Turn, project: str, planned: Sequence[tuple[Intent, RoutedProject]], modes: Modes) -> None:
    """The standings of one project; those of company-wide names under the empty one, by the project that needs them."""
    known = {(row.flow, row.slot): row for row in Standing.objects.filter(pair=turn.pair, project=project)}
    fresh, changed, told = [], [], []
    for intent, route in planned:
        row = _row(turn, intent, modes, route)
        before = known.pop((row.flow, row.slot), None)
        if before is None:
            fresh.append(row)
        elif any(getattr(before, name) != getattr(row, name) for name in SHOWN):
            changed.append(row)
        else:
            continue
        if before is None or (before.status, before.why) != (row.status, row.why):
            told.append(trail.Entry(kind="decided", subject=str(intent.wish.slot),
                                    says=f"{row.title}: {row.status.replace('_', ' ')}"
                                         + (f" ({row.why})" if row.why else ""),
                                    body={"intent": row.intent, "fingerprint": row.fingerprint}))
    if not (fresh or changed or known):
        return
    with turn.step():
        Standing.objects.filter(pk__in=[row.pk for row in known.values()]).delete()
        Standing.objects.bulk_create(fresh, batch_size=100)
        Standing.objects.bulk_create(changed, batch_size=100, update_conflicts=True, update_fields=SHOWN,
                                     unique_fields=["pair", "flow", "slot"])
        trail.append(turn.pair.name, told, turn.now())


def _row(turn: Turn, intent: Intent, modes: Modes, route: RoutedProject) -> Standing:
    wish = intent.wish
    status = intent.status
    if intent.writes and not modes.approver(route, intent):
        # in shadow nothing will ever go; it is shown as planned, and nobody is asked
        status = "needs_approval" if modes.of(route, wish.slot.flow) == "review" else "not_posted"
    return Standing(
        pair=turn.pair, flow=wish.slot.flow, slot=wish.slot.key, status=status, why=intent.why[:300],
        title=wish.title[:300], number=wish.number[:120], party=wish.party[:300], project=wish.project[:80],
        dated=wish.dated, amount_cents=to_cents(wish.amount), source_kind=wish.source_kind, source=wish.source,
        target_kind=intent.kind, target=intent.target, intent=intent.act, fingerprint=intent.fingerprint,
        effect=effect_text(intent.effect), draft=draft_text(intent))


def effect_text(effect: Sequence[Effect]) -> str:
    """[[account, debit cents, credit cents], …], or empty."""
    return json.dumps([[e.account, to_cents(e.debit), to_cents(e.credit)] for e in effect]) if effect else ""


def draft_text(intent: Intent) -> str:
    return msgspec.json.encode(intent.draft).decode() if intent.draft is not None else ""


@dataclass(slots=True)
class Problems:
    """The problems of one look, each once: two projects that wait for the same thing add their amounts."""

    found: dict[tuple[str, str], Problem] = field(default_factory=dict)

    def add(self, problem: Problem, intent: Intent | None) -> None:
        slots = ((intent.wish.slot.flow, intent.wish.slot.key),) if intent else ()
        project = problem.project or (intent.wish.project if intent else "")
        key = (problem.kind, problem.subject)
        before = self.found.get(key)
        if before is None:
            self.found[key] = replace(problem, blocks=(*problem.blocks, *slots), project=project)
            return
        self.found[key] = replace(before, amount=before.amount + problem.amount,
                                  blocks=tuple(dict.fromkeys((*before.blocks, *problem.blocks, *slots))),
                                  project=project if before.project == project else "")


def keep_problems(turn: Turn, problems: Problems) -> int:
    """Opens, rewords and closes, so that the open ones are exactly those of the plan. Returns how many are open."""
    rows = OpenProblem.objects.filter(pair=turn.pair).exclude(kind__in=NOT_FROM_PLANS)
    known = {(p.kind, p.subject): p for p in rows}
    now, told = turn.now(), []
    fresh: list[OpenProblem] = []
    changed: list[OpenProblem] = []
    for key, problem in problems.found.items():
        row = _problem_row(turn, problem)
        before = known.pop(key, None)
        if before is None:
            fresh.append(row)
        else:
            row.pk, row.since = before.pk, before.since if before.open else now
            if all(getattr(row, f) == getattr(before, f) for f in (*WORDED, "open")):
                continue
            changed.append(row)
        if before is None or not before.open:
            told.append(trail.Entry(kind="problem", subject=f"problem:{row.kind}:{row.subject}"[:220], says=row.says))
    gone = [row for row in known.values() if row.open]
    told += [trail.Entry(kind="problem_gone", subject=f"problem:{row.kind}:{row.subject}"[:220],
                         says=f"No longer a problem: {row.says}") for row in gone]
    if fresh or changed or gone:
        with turn.step():
            OpenProblem.objects.bulk_create(fresh)
            OpenProblem.objects.bulk_update(changed, [*WORDED, "open", "since", "closed_at"])
            OpenProblem.objects.filter(pk__in=[row.pk for row in gone]).update(open=False, closed_at=now)
            trail.append(turn.pair.name, told, now)
    return len(problems.found)


WORDED = ["says", "fix", "who", "details", "amount_cents", "project", "choices", "blocks"]


def _problem_row(turn: Turn, problem: Problem) -> OpenProblem:
    return OpenProblem(
        pair=turn.pair, kind=problem.kind, subject=problem.subject[:200], says=problem.says, fix=problem.fix,
        who=problem.who, details=problem.details, amount_cents=to_cents(problem.amount), project=problem.project[:80],
        choices=[{"id": c.id, "label": c.label, "needs": c.needs} for c in problem.choices],
        blocks=[list(slot) for slot in problem.blocks], open=True, since=turn.now(), closed_at=None)
