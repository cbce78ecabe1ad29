"""`tieout trail`: what happened to a record, and whether the trail is whole."""
from __future__ import annotations

import json
from datetime import UTC
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tieout.app.cli.common import AsJson, answer, answer_json, needs_a_person, start
from tieout.app.stop import Stop

if TYPE_CHECKING:
    from django.db.models import Q

    from tieout.engine.store.models import TrailEntry


def trail(record: Annotated[str, typer.Argument(
              help="A document's number, a record as kind:id, a slot as flow:slot; or `verify`.")],
          as_json: AsJson = False) -> None:
    """What happened to RECORD, oldest first; `trail verify` proves that no entry was changed or taken out."""
    start()
    if record == "verify":
        _verify(as_json)
        return
    entries = _history(record)
    if not entries:
        raise Stop(f"The trail has nothing of “{record}”. Name a document's number, or flow:slot as "
                   "`tieout plan --json` shows it.")
    if as_json:
        answer_json({"record": record, "entries": [_as_json(entry) for entry in entries]})
        return
    for entry in entries:
        answer(f"{entry.at.astimezone(UTC):%Y-%m-%d %H:%M:%S}  {entry.kind:<9} {entry.by}: {entry.says}")


def _verify(as_json: bool) -> None:
    from tieout.engine import trail as chain
    from tieout.engine.store.models import TrailEntry

    found = [(name, TrailEntry.objects.filter(chain=name).count(), chain.verify(name)) for name in chain.chains()]
    if as_json:
        answer_json({"chains": [
            {"chain": name, "entries": count, "whole": broken is None, "why": broken.why if broken else "",
             "first_broken": broken.number if broken else None} for name, count, broken in found]})
    else:
        for name, count, broken in found:
            called = name or "the installation"
            answer(f"{called}: NOT WHOLE: {broken.why}" if broken else f"{called}: whole, {count} entries")
        if not found:
            answer("The trail is empty.")
    if any(broken for _, _, broken in found):
        needs_a_person()


def _history(record: str) -> list[TrailEntry]:
    """By subject as it stands there, or by the number of a document that some plan knows."""
    from django.db.models import Q

    from tieout.engine.store.models import OpenProblem, Standing, TrailEntry

    subjects, answered = {record}, Q()
    rows = Standing.objects.filter(Q(number=record) | Q(slot=record) | _by_subject(record))
    for row in rows.select_related("pair"):
        subjects |= {f"{row.flow}:{row.slot}", f"{row.source_kind}:{row.source}"}
        if row.target:
            subjects.add(f"{row.target_kind}:{row.target}")
        for problem in OpenProblem.objects.filter(pair=row.pair):
            own = f"{row.flow}:{row.slot}"
            if _is_about(problem.subject, own) or [row.flow, row.slot] in problem.blocks:
                answered |= Q(chain=row.pair.name, subject=f"problem:{problem.kind}:{problem.subject}"[:220])
    return list(TrailEntry.objects.filter(Q(subject__in=subjects) | answered).order_by("at", "chain", "number"))


def _by_subject(record: str) -> Q:
    """flow:slot, or the kind:id of either side."""
    from django.db.models import Q

    one, _, other = record.partition(":")
    return (Q(flow=one, slot=other) | Q(source_kind=one, source=other) | Q(target_kind=one, target=other)
            if one and other else Q(pk__in=()))


def _is_about(subject: str, own: str) -> bool:
    """A problem's subject is a slot, or a part of it: `flow:slot#part`."""
    return subject == own or subject.startswith((f"{own}#", f"{own}:"))


def _as_json(entry: TrailEntry) -> dict[str, Any]:
    return {"chain": entry.chain, "number": entry.number, "at": entry.at, "by": entry.by, "kind": entry.kind,
            "subject": entry.subject, "says": entry.says, "body": json.loads(entry.body) if entry.body else None,
            "hash": entry.hash}
