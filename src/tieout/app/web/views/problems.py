"""What needs a person: grouped by cause, most money first, each with its answers; an answer can be taken back."""
from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from tieout.app.web import lookups
from tieout.app.web.filters import day_of
from tieout.app.web.outside import start_turn
from tieout.app.web.pairs import by_htmx, current_pair, not_read, record_url
from tieout.app.web.words import age_shown, cause_of, sentence_case
from tieout.core.money import Money, from_cents
from tieout.engine import answers
from tieout.engine.approve import NotAllowed
from tieout.engine.store.models import Agreed, Decision, OpenProblem, Pair, Posting, Seen, Standing

LATELY = 20
STILL_UNDONE = 200                                           # older answers that are looked at for their way back
BLOCKED_SHOWN = 8
CLOSED_THROUGH = re.compile(r"closed through (\d{4}-\d\d-\d\d)")
# problem kind -> where the records stand that may be the same paper
CANDIDATES = {"bill_may_exist": ("quickbooks", ("bill", "vendor_credit")),
              "payment_may_exist": ("procore", ("payment_issued",))}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a person said, in the words of the button that was pressed."""

    decision: Decision
    label: str
    value: str
    can_undo: bool
    why_not: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One answer that is offered. `document` is where the record that it names can be looked at first."""

    id: str
    label: str
    needs: str
    document: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One problem as the page shows it."""

    problem: OpenProblem
    amount: Money
    waiting: str
    blocked: list[tuple[str, str]]
    more_blocked: int
    answer: Answer | None
    done: str = ""                                           # what became of it, where there is no answer to show
    fault: str = ""
    given: str = ""
    chosen: str = ""

    @property
    def choices(self) -> list[Choice]:
        return [choice_of(self.problem, one) for one in self.problem.choices]


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    cause: str
    kind: str
    amount: Money
    cards: list[Card]


@require_safe
def problems(request: HttpRequest) -> HttpResponse:
    pair = current_pair(request)
    if pair is None:
        return render(request, "web/nothing_yet.html", {"page": "problems", "heading": "Problems"})
    rows = list(OpenProblem.objects.filter(pair=pair, open=True).select_related("pair")
                .order_by("-amount_cents", "since", "pk"))
    groups = grouped(cards_of(pair, rows))
    documents = Standing.objects.filter(pair=pair)
    return render(request, "web/problems.html", {
        "page": "problems", "pair": pair, "groups": groups, "count": len(rows), "lately": decided_lately(pair),
        "not_read": not_read(pair),
        "total": sum((group.amount for group in groups), from_cents(0)),
        "documents": documents.count(), "agreed": documents.filter(status="synced").count(),
    })


def grouped(cards: list[Card]) -> list[Group]:
    """By cause, the one with most money first; within it the biggest problem first."""
    by_kind: dict[str, list[Card]] = defaultdict(list)
    for card in cards:
        by_kind[card.problem.kind].append(card)
    groups = [Group(cause=cause_of(kind), kind=kind, cards=part,
                    amount=sum((abs(card.amount) for card in part), from_cents(0))) for kind, part in by_kind.items()]
    return sorted(groups, key=lambda group: (-group.amount, group.cause))


def cards_of(pair: Pair, rows: list[OpenProblem]) -> list[Card]:
    slots = {(flow, slot) for row in rows for flow, slot in row.blocks}
    titles: dict[tuple[str, str], str] = {}
    names = sorted({slot for _, slot in slots})
    for start in range(0, len(names), 500):
        found = Standing.objects.filter(pair=pair, slot__in=names[start:start + 500])
        titles |= {(flow, slot): title for flow, slot, title in found.values_list("flow", "slot", "title")}
    decisions = {(d.kind, d.subject): d for d in Decision.objects.filter(pair=pair)}
    return [card_of(pair, row, titles, decisions.get((row.kind, row.subject))) for row in rows]


def card_of(pair: Pair, row: OpenProblem, titles: dict[tuple[str, str], str], decision: Decision | None,
            **more: str) -> Card:
    blocked = [
        (titles[flow, slot], record_url(pair, flow, slot)) for flow, slot in row.blocks if (flow, slot) in titles
    ]
    return Card(problem=row, amount=from_cents(row.amount_cents), waiting=age_shown(datetime.now(UTC) - row.since),
                blocked=blocked[:BLOCKED_SHOWN], more_blocked=max(0, len(blocked) - BLOCKED_SHOWN),
                answer=answer_of(pair, row, decision) if decision else None, **more)


def choice_of(row: OpenProblem, one: dict[str, str]) -> Choice:
    label, document = one["label"], ""
    closed = CLOSED_THROUGH.search(row.says)
    if one["id"] == "first_open_day" and closed:
        first = date.fromisoformat(closed[1]) + timedelta(days=1)
        label = label.replace("the first open day", f"{first:%B} {first.day}, {first.year}, the first open day", 1)
    side, kinds = CANDIDATES.get(row.kind, ("", ()))
    if one["id"].startswith("this_is_it:") and side:
        document = candidate_url(row.pair, side, kinds, one["id"].removeprefix("this_is_it:"))
    return Choice(id=one["id"], label=label, needs=one.get("needs", ""), document=document)


def candidate_url(pair: Pair, side: str, kinds: tuple[str, ...], key: str) -> str:
    """Where the record that may be the same paper is shown as it was last read; empty where it is not."""
    connection = pair.procore if side == "procore" else pair.quickbooks
    found = Seen.objects.filter(connection=connection, kind__in=kinds, key=key).values_list("kind", flat=True).first()
    return f"{reverse('seen', args=(side, found, key))}?{urlencode({'pair': pair.name})}" if found else ""


def one_card(pair: Pair, row: OpenProblem, **more: str) -> Card:
    decision = Decision.objects.filter(pair=pair, kind=row.kind, subject=row.subject).first()
    titles = {(flow, slot): title for flow, slot, title in
              Standing.objects.filter(pair=pair, slot__in=[slot for _, slot in row.blocks])
              .values_list("flow", "slot", "title")}
    return card_of(pair, row, titles, decision, **more)


def answer_of(pair: Pair, row: OpenProblem | None, decision: Decision) -> Answer:
    choice = next((c for c in (row.choices if row else []) if c["id"] == decision.choice), None)
    value = (
        lookups.label_of(pair, choice["needs"], decision.value) if choice and choice.get("needs") else decision.value
    )
    why_not = posted_since(pair, row, decision)
    return Answer(decision=decision, label=choice["label"] if choice else cause_of(decision.choice), value=value,
                  can_undo=not why_not, why_not=why_not)


def posted_since(pair: Pair, row: OpenProblem | None, decision: Decision) -> str:
    """Why an answer can no longer be taken back: something was sent because of it."""
    if row is None:
        return "Its problem is no longer known."
    slots = Q(pk__in=[])
    for flow, slot in row.blocks:
        slots |= Q(flow=flow, slot=slot)
    sent = Posting.objects.filter(slots, pair=pair, made_at__gte=decision.at).first()
    if sent:
        return f"“{sent.title}” went out because of it."
    linked = Agreed.objects.filter(slots, pair=pair, at__gte=decision.at).exists()
    return "Records were linked because of it." if linked else ""


def decided_lately(pair: Pair) -> list[tuple[OpenProblem | None, Answer]]:
    """Answers to problems that are no longer open, newest first; older ones too, while they can be taken back."""
    decisions = list(Decision.objects.filter(pair=pair).order_by("-at")[:STILL_UNDONE])
    rows = {(row.kind, row.subject): row for row in
            OpenProblem.objects.filter(pair=pair, subject__in=[d.subject for d in decisions])}
    found = [(rows.get((d.kind, d.subject)), d) for d in decisions]
    told = [(row, answer_of(pair, row, d)) for row, d in found if row is None or not row.open]
    return [one for place, one in enumerate(told) if place < LATELY or one[1].can_undo]


@require_POST
def resolve(request: HttpRequest, problem_id: int) -> HttpResponse:
    row = get_object_or_404(OpenProblem.objects.select_related("pair"), pk=problem_id)
    pair = row.pair
    choice = next((c for c in row.choices if c["id"] == request.POST.get("choice")), None)
    given = request.POST.get("value", "").strip()[:500]
    fault, value = "", ""
    if not row.open:
        fault = "This problem is settled already. Load the page again to see what is left."
    elif choice is None:
        fault = "That answer is not offered for this problem. Load the page again."
    elif choice.get("needs"):
        value, fault = value_of(pair, choice["needs"], given)
    if not fault and choice is not None:
        try:
            answers.resolve(row.pk, choice["id"], value, request.user.get_username(), datetime.now(UTC))
        except NotAllowed as why:
            fault = sentence_case(f"{why}.")
    if fault:
        return card_answer(
            request, one_card(pair, row, fault=fault, given=given, chosen=request.POST.get("choice", "")), status=422
        )
    start_turn(pair)
    row.refresh_from_db()
    return card_answer(request, one_card(pair, row, done=choice["label"] if choice else ""))


def value_of(pair: Pair, needs: str, given: str) -> tuple[str, str]:
    """(value as planning reads it, fault): a record's id, or a date as 2026-03-31."""
    if needs == "date":
        day = day_of(given)
        return (day.isoformat(), "") if day else ("", "Write the date like 03/31/2026.")
    return lookups.chosen(pair, needs, given)


def card_answer(request: HttpRequest, card: Card, status: int = 200) -> HttpResponse:
    if by_htmx(request):
        return render(request, "web/_problem.html", {"card": card}, status=status)
    if card.fault:
        messages.error(request, card.fault)
    return redirect("problems")


@require_POST
def undo(request: HttpRequest, decision_id: int) -> HttpResponse:
    """Takes an answer back while nothing was sent because of it; the next look asks again."""
    decision = get_object_or_404(Decision.objects.select_related("pair"), pk=decision_id)
    pair = decision.pair
    fault = ""
    try:
        answers.take_back(pair, decision.kind, decision.subject, request.user.get_username(), datetime.now(UTC))
        start_turn(pair)
    except NotAllowed as why:
        fault = sentence_case(f"{why}.")
    row = OpenProblem.objects.filter(pair=pair, kind=decision.kind, subject=decision.subject).first()
    if by_htmx(request) and row:
        done = "" if fault else "Taken back. The next look asks again"
        return render(request, "web/_problem.html", {"card": one_card(pair, row, fault=fault, done=done)},
                      status=422 if fault else 200)
    if fault:
        messages.error(request, fault)
    else:
        messages.success(request, "Taken back. The next look asks again.")
    return redirect("problems")


@require_safe
def options(request: HttpRequest) -> HttpResponse:
    """What the type-ahead offers for what was typed so far."""
    pair = current_pair(request)
    found = lookups.options(pair, request.GET.get("needs", ""), request.GET.get("value", "")) if pair else []
    return render(request, "web/_options.html", {"options": found})
