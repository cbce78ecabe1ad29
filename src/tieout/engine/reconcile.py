"""The tie-out of a pair, from what was read. It asks no vendor anything and writes nothing but the kept copy."""
from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import TypeVar

from django.db import transaction

from tieout.core import books, tieout
from tieout.core.construction import Project
from tieout.core.money import to_cents
from tieout.core.picture import Link, Picture, Route, Slot
from tieout.core.plan import Present
from tieout.core.plan import plan as intents_of
from tieout.core.tieout import TieOut
from tieout.core.tieout_checks import Counted
from tieout.engine import plan
from tieout.engine.fetch import project_ids
from tieout.engine.plan import Desk
from tieout.engine.sides import sides_of
from tieout.engine.store.models import Agreed, Pair, Seen, SeenLink, TieOutKept

AT_ONCE = 500                                                # documents of no project held at a time
T = TypeVar("T")


class UnknownProject(ValueError):
    """The pair has no such project; the message names those it has."""


def tie_out(pair: Pair, project: str | None = None, as_of: date | None = None, *, keep_entries: bool = True) -> TieOut:
    """One project; or all of them, with what QuickBooks holds outside of them. Without `keep_entries` memory stays
    flat, and rows do not open to documents."""
    desk = plan.desk_of(pair, *sides_of(pair))
    numbers = [route.number for route in desk.routes]
    if project is not None and project not in numbers:
        raise UnknownProject(f"{pair.name} has no project {project}; it has {', '.join(numbers) or 'none'}.")
    parts, counted, open_credits = [], Counted(), set[str]()
    for picture, present in _pictures(desk, project):
        intents = tuple(intents_of(picture, present))
        found = tieout.entries(picture, intents, as_of)
        open_credits |= {entry.document[2] for entry in found if entry.figure == "open" and entry.line == "total"
                         and entry.document[1] == "vendor_credit"}
        parts.append(tieout.tie_out(counted.add(found), checks=tieout.checks(picture, intents), as_of=as_of,
                                    keep_entries=keep_entries))
    if project is None:
        jobs = linked_jobs(desk)
        entries = (entry for some in _outside(desk, jobs)
                   for entry in tieout.entries_outside(some, jobs, open_credits, as_of))
        # first, because a project that meets one of these documents too knows more of it
        parts.insert(0, tieout.tie_out((entry for entry in counted.add(entries) if entry.amount),
                                       as_of=as_of, keep_entries=keep_entries))
        parts.append(tieout.tie_out((), checks=(counted.check(),), as_of=as_of))
    return tieout.joined(parts)


def _pictures(desk: Desk, project: str | None) -> Iterator[tuple[Picture, Present]]:
    ids, jobs = project_ids(desk.pair.procore), linked_jobs(desk)
    for route in desk.routes:
        if route.number in ids and project in (None, route.number):
            picture, present = plan.project_picture(desk, route, ids[route.number])
            yield replace(picture, jobs_elsewhere=jobs - {picture.job.id}), present


def linked_jobs(desk: Desk) -> frozenset[str]:
    """Ids of the jobs that the routed projects are linked to."""
    ids = project_ids(desk.pair.procore)
    links = (desk.links.get(Slot(flow=plan.JOBS, key=ids.get(route.number, ""))) for route in desk.routes)
    return frozenset(link.target for link in links if link and link.target)


def _outside(desk: Desk, jobs: Collection[str]) -> Iterator[Picture]:
    """What may stand outside the projects, some documents at a time: those that name a customer who is no project's
    job, every credit and every payment."""
    connection = desk.pair.quickbooks
    strangers = SeenLink.objects.filter(seen__connection=connection, kind="customer").exclude(key__in=jobs)
    for kind in (*plan.LEDGER_KINDS, "bill_payment"):
        rows = Seen.objects.filter(connection=connection, kind=kind, deleted=False).order_by("pk")
        if kind not in ("vendor_credit", "bill_payment"):
            rows = rows.filter(pk__in=strangers.filter(seen__kind=kind).values("seen"))
        last = 0
        while some := list(rows.filter(pk__gt=last)[:AT_ONCE]):
            last = some[-1].pk
            yield _apart(desk, kind, some)


def _apart(desk: Desk, kind: str, rows: Sequence[Seen]) -> Picture:
    """Documents of one kind as a picture of no project, with the links that lead into routed projects."""
    def nouns(wanted: type[T], *kinds: str) -> dict[str, T]:
        return desk.understood(desk.quickbooks, rows, wanted) if kind in kinds else {}

    return Picture(
        rules=desk.rules, lists=desk.lists, route=Route(number=""), project=Project(id="", number="", name=""),
        orders=nouns(books.PurchaseOrder, "purchase_order"), bills=nouns(books.Bill, "bill", "vendor_credit"),
        journals=nouns(books.JournalEntry, "journal_entry"), expenses=nouns(books.Expense, "expense"),
        bill_payments=nouns(books.BillPayment, "bill_payment"), links=_links_of(desk, kind, [row.key for row in rows]))


def _links_of(desk: Desk, kind: str, keys: Sequence[str]) -> dict[Slot, Link]:
    """Of these documents, what stands for a commitment or an application of a routed project."""
    source = {plan.ORDERS: "commitment", plan.BILLS: "subcontractor_invoice"}
    links = plan.links_of(Agreed.objects.filter(pair=desk.pair, flow__in=source, target_kind=kind, target__in=keys))
    ids = project_ids(desk.pair.procore)
    routed = set(Seen.objects.filter(
        connection=desk.pair.procore, kind__in=source.values(), key__in=[slot.key for slot in links],
        scope__in=[ids[route.number] for route in desk.routes if route.number in ids]).values_list("kind", "key"))
    return {slot: link for slot, link in links.items() if (source[slot.flow], slot.key) in routed}


def keep(pair: Pair, found: TieOut, now: datetime) -> TieOutKept:
    """The day's tie-out; a later one of the same day and `as_of` takes its place."""
    day = now.replace(hour=0, minute=0, second=0, microsecond=0)
    with transaction.atomic():
        TieOutKept.objects.filter(pair=pair, as_of=found.as_of, made_at__gte=day,
                                  made_at__lt=day + timedelta(days=1)).delete()
        return TieOutKept.objects.create(pair=pair, made_at=now, as_of=found.as_of,
                                         unexplained_cents=to_cents(found.unexplained),
                                         body=json.dumps(tieout.to_json(found, rows=True)))
