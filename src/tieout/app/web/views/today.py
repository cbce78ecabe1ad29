"""The first page: one sentence, four numbers, when each system was last looked at, and a button to look now."""
from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from django.contrib import messages
from django.db.models import Count, Min
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from tieout.app.web import figures
from tieout.app.web.outside import start_turn
from tieout.app.web.pairs import by_htmx, current_pair, not_read, page_url, pair_or_404
from tieout.app.web.views.connections import health_of
from tieout.app.web.words import age_shown, counted, listed
from tieout.core.posting import UNFINISHED
from tieout.engine.store.models import OpenProblem, Pair, Posting, Standing

# flow -> (one, many), in the order of the sentence; orders and names are told only when nothing else was posted
COUNTED = {
    "subcontractor_invoice_to_bill": ("bill", "bills"), "bill_payment_to_payment_issued": ("payment", "payments"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """One of the four, with where it opens to."""

    called: str
    value: str
    href: str
    note: str = ""


def sentence(pair: Pair, now: datetime) -> str:
    """"Yesterday 23 bills, 9 payments, all agreed. 2 need you." """
    midnight = datetime.combine(now.date(), time.min, tzinfo=UTC)
    done = posted_between(pair, midnight - timedelta(days=1), midnight)
    day = "Yesterday"
    if not done:
        done, day = posted_between(pair, midnight, now + timedelta(days=1)), "Today"
    needing = OpenProblem.objects.filter(pair=pair, open=True).count()
    needs = f"{needing:,} {'needs' if needing == 1 else 'need'} you." if needing else "Nothing needs you."
    if unread := not_read(pair):
        return f"{unread} {needs}" if needing else unread
    if not done:
        return f"Nothing was posted yesterday or today. {needs}"
    trouble = Standing.objects.filter(pair=pair, status__in=("changed", "missing")).count()
    if trouble:
        agree = "agrees" if trouble == 1 else "agree"
        return f"{day} {listed(done)}; {counted(trouble, 'document')} no longer {agree}. {needs}"
    return f"{day} {listed(done)}, all agreed. {needs}"


def posted_between(pair: Pair, since: datetime, until: datetime) -> list[str]:
    rows = Posting.objects.filter(pair=pair, state="posted", sent_at__gte=since, sent_at__lt=until)
    by_flow = {row["flow"]: row["count"] for row in rows.values("flow").annotate(count=Count("slot", distinct=True))}
    parts = [counted(by_flow[flow], *words) for flow, words in COUNTED.items() if flow in by_flow]
    return parts or ([counted(sum(by_flow.values()), "other record")] if by_flow else [])


def four_numbers(pair: Pair, now: datetime) -> list[Number]:
    summary = figures.UNREAD if not_read(pair) else figures.summary(pair)
    problems = OpenProblem.objects.filter(pair=pair, open=True).aggregate(count=Count("pk"), oldest=Min("since"))
    sending = Posting.objects.filter(pair=pair, state__in=UNFINISHED).aggregate(oldest=Min("made_at"))
    waits = [at for at in (problems["oldest"], sending["oldest"]) if at]
    oldest_at = (
        page_url(pair, "problems")
        if problems["oldest"] and problems["oldest"] == min(waits, default=None)
        else page_url(pair, "documents", status="waiting")
    )
    return [
        Number(called="Dollars not agreeing", value=summary.not_agreeing, note=summary.not_agreeing_note,
               href=page_url(pair, "tie_out", only="differences") + "#not-agreeing"),
        Number(called="Problems needing you", value=f"{problems['count']:,}" if problems["count"] else "–",
               href=page_url(pair, "problems")),
        Number(called="Oldest waiting", value=age_shown(now - min(waits)) if waits else "–", href=oldest_at),
        Number(called="Retainage held", value=summary.retained, note=summary.retained_note,
               href=page_url(pair, "tie_out", figure="retained")),
    ]


def sync_context(pair: Pair, now: datetime) -> dict[str, object]:
    """working: a turn is under way, or has been asked for."""
    running = bool(pair.lease_holder) and pair.lease_until is not None and pair.lease_until > now
    return {
        "pair": pair, "working": running or (pair.look_again and pair.mode != "off"), "running": running,
        "connections": [health_of(pair.procore, now), health_of(pair.quickbooks, now)],
        "next_at": pair.due_at if pair.due_at and pair.due_at > now else None, "paused": pair.paused_why,
        "off": pair.mode == "off",
    }


@require_safe
def today(request: HttpRequest) -> HttpResponse:
    pair = current_pair(request)
    if pair is None:
        return render(request, "web/nothing_yet.html", {"page": "today", "heading": "Today"})
    now = datetime.now(UTC)
    return render(request, "web/today.html", {
        "page": "today", "sentence": sentence(pair, now), "numbers": four_numbers(pair, now), "today": now.date(),
        **sync_context(pair, now)})


@require_safe
def sync_state(request: HttpRequest) -> HttpResponse:
    return render(request, "web/_sync.html", sync_context(pair_or_404(request), datetime.now(UTC)))


@require_POST
def look_now(request: HttpRequest) -> HttpResponse:
    pair = pair_or_404(request)
    off = pair.mode == "off"
    if not off:
        start_turn(pair)
    if by_htmx(request):
        pair.refresh_from_db()
        return render(request, "web/_sync.html", sync_context(pair, datetime.now(UTC)))
    if off:
        messages.warning(request, "This pair is Off, so nothing is looked at. Choose another mode in the set-up file.")
    else:
        messages.success(request, "Looking at both systems now.")
    return redirect(page_url(pair, "today"))
