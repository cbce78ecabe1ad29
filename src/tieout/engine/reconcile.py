"""The tie-out of a pair, from what was read. It asks no vendor anything and writes nothing but the kept copy."""
from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime, timedelta

from django.db import transaction

from tieout.core import tieout
from tieout.core.money import to_cents
from tieout.core.picture import Picture
from tieout.core.plan import Present
from tieout.core.plan import plan as intents_of
from tieout.core.tieout import TieOut
from tieout.engine import plan
from tieout.engine.fetch import project_ids
from tieout.engine.sides import sides_of
from tieout.engine.store.models import Pair, TieOutKept


class UnknownProject(ValueError):
    """The pair has no such project; the message names those it has."""


def tie_out(pair: Pair, project: str | None = None, as_of: date | None = None, *, keep_entries: bool = True) -> TieOut:
    """One project, or all of them. Without `keep_entries` memory stays flat, and rows do not open to documents."""
    parts = []
    for picture, present in _pictures(pair, project):
        intents = tuple(intents_of(picture, present))
        parts.append(tieout.tie_out(tieout.entries(picture, intents, as_of), checks=tieout.checks(picture, intents),
                                    as_of=as_of, keep_entries=keep_entries))
    return tieout.joined(parts)


def _pictures(pair: Pair, project: str | None) -> Iterator[tuple[Picture, Present]]:
    desk = plan.desk_of(pair, *sides_of(pair))
    ids = project_ids(pair.procore)
    numbers = [route.number for route in desk.routes]
    if project is not None and project not in numbers:
        raise UnknownProject(f"{pair.name} has no project {project}; it has {', '.join(numbers) or 'none'}.")
    for route in desk.routes:
        if route.number in ids and project in (None, route.number):
            yield plan.project_picture(desk, route, ids[route.number])


def keep(pair: Pair, found: TieOut, now: datetime) -> TieOutKept:
    """The day's tie-out; a later one of the same day and `as_of` takes its place."""
    day = now.replace(hour=0, minute=0, second=0, microsecond=0)
    with transaction.atomic():
        TieOutKept.objects.filter(pair=pair, as_of=found.as_of, made_at__gte=day,
                                  made_at__lt=day + timedelta(days=1)).delete()
        return TieOutKept.objects.create(pair=pair, made_at=now, as_of=found.as_of,
                                         unexplained_cents=to_cents(found.unexplained),
                                         body=json.dumps(tieout.to_json(found, rows=True)))
