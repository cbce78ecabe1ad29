"""What a person answers to a problem: kept as a decision, which the next plan reads."""
from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import transaction

from tieout.core.books import Account, Customer, Item, Vendor
from tieout.core.flows.cost_code_to_item import COST_TYPES
from tieout.core.names import squeezed
from tieout.core.posting import Event, State, after
from tieout.engine import trail
from tieout.engine.approve import NotAllowed
from tieout.engine.plan import desk_of
from tieout.engine.sides import sides_of
from tieout.engine.store.models import Agreed, Decision, OpenProblem, Pair, Posting, Seen


def resolve(problem_id: int, choice: str, value: str, by: str, now: datetime) -> None:
    """Keep a person's answer to a problem. Raises NotAllowed when the choice is not offered or its value is absent."""
    with transaction.atomic():
        rows = OpenProblem.objects.select_for_update().select_related("pair")
        problem = rows.filter(pk=problem_id, open=True).first()
        if problem is None:
            raise NotAllowed("this problem is settled already, or never was: look at the list again")
        offered = {one["id"]: one for one in problem.choices}
        if choice not in offered:
            known = ", ".join(offered) or "none; it has to be mended at its cause"
            raise NotAllowed(f"{choice!r} is not a choice of this problem; its choices are {known}")
        value = _checked(problem, offered[choice].get("needs", ""), choice, value.strip())
        if choice == "try_again":
            _forget_refusal(problem)
        elif choice == "resume":
            Pair.objects.filter(pk=problem.pair_id).update(paused_why="", failures=0)
        else:
            Decision.objects.update_or_create(pair=problem.pair, kind=problem.kind, subject=problem.subject,
                                              defaults={"choice": choice, "value": value, "by": by, "at": now})
        OpenProblem.objects.filter(pk=problem.pk).update(open=False, closed_at=now)
        said = offered[choice]["label"] + (f": {value}" if value else "")
        trail.append(problem.pair.name, [trail.Entry(
            kind="answered_by", subject=f"problem:{problem.kind}:{problem.subject}"[:220], by=by,
            says=f"{by}: {said}", body={"says": problem.says, "choice": choice, "value": value})], now)


def take_back(pair: Pair, kind: str, subject: str, by: str, now: datetime) -> None:
    """Undo an answer while nothing was entered because of it."""
    with transaction.atomic():
        answer = Decision.objects.filter(pair=pair, kind=kind, subject=subject).first()
        problem = OpenProblem.objects.filter(pair=pair, kind=kind, subject=subject).first()
        if answer is None or problem is None:
            raise NotAllowed("there is no such answer to take back")
        for flow, slot in problem.blocks:
            if Posting.objects.filter(pair=pair, flow=flow, slot=slot, made_at__gte=answer.at).exists() or \
                    Agreed.objects.filter(pair=pair, flow=flow, slot=slot, at__gte=answer.at).exists():
                raise NotAllowed("something was entered or linked because of this answer; it cannot be taken back "
                                 "any more")
        answer.delete()
        trail.append(pair.name, [trail.Entry(kind="answered_by", subject=f"problem:{kind}:{subject}"[:220], by=by,
                                             says=f"{by} took back: {answer.choice}")], now)


def _forget_refusal(problem: OpenProblem) -> None:
    for flow, slot in problem.blocks:
        refused = Posting.objects.filter(pair=problem.pair, flow=flow, slot=slot, state=State.REFUSED)
        refused.update(state=after(State.REFUSED, Event.REPLAN))


def _checked(problem: OpenProblem, needs: str, choice: str, value: str) -> str:
    """The value as planning reads it: an id for a record, a day for a date."""
    if choice == "first_open_day" or needs == "date":
        return _open_day(problem.pair, value)
    if not needs:
        return ""
    kinds = {"account": ("account",), "vendor": ("vendor",), "customer": ("customer",), "job": ("customer",),
             "item": ("item",), "bill": ("bill", "vendor_credit")}[needs]
    rows = Seen.objects.filter(connection=problem.pair.quickbooks, kind__in=kinds, deleted=False)
    if not value:
        raise NotAllowed(f"this answer needs a value: which {needs}?")
    lists = desk_of(problem.pair, *sides_of(problem.pair)).lists
    if rows.filter(key=value).exists():
        return _cost_account(problem, lists.accounts.get(value), value)
    name = squeezed(value)
    found: Account | Vendor | Customer | Item | None = {
        "account": lists.account(value), "vendor": lists.vendor_by_name.get(name), "item": lists.item_by_name.get(name),
        "customer": lists.customer_by_name.get(name), "job": lists.customer_by_name.get(name)}.get(needs)
    if found is None:
        raise NotAllowed(f"QuickBooks has no active {needs} “{value}”; give its name, number or id as "
                         "QuickBooks has it")
    return _cost_account(problem, found, found.id)


def _cost_account(problem: OpenProblem, found: object, id_: str) -> str:
    """Said at once, and not by a problem that the next plan brings."""
    if problem.kind == "cost_code_has_no_account" and isinstance(found, Account) and found.type not in COST_TYPES:
        raise NotAllowed(f"“{found.label}” is of type {found.type}; cost goes to a cost or expense account: choose one")
    return id_


def _open_day(pair: Pair, value: str) -> str:
    """The chosen day, or the first open one; it is kept, so that moving the closing date later moves nothing."""
    closed = desk_of(pair, *sides_of(pair)).lists.books.closed_through
    if not value:
        return (closed + timedelta(days=1)).isoformat() if closed else ""
    try:
        day = date.fromisoformat(value)
    except ValueError as wrong:
        raise NotAllowed(f"{value!r} is not a date; write it like 2026-04-30") from wrong
    if closed and day <= closed:
        raise NotAllowed(f"{value} lies in the closed period too: the books are closed through {closed.isoformat()}")
    return day.isoformat()
