"""The list of documents with its filters, and the page of one document with both its sides."""
from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import urlsplit

from django.contrib import messages
from django.db.models import Count, Q, Sum
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from tieout.app.web import plain
from tieout.app.web.export import exported, file_name
from tieout.app.web.filters import DocumentFilter, filter_of, filtered
from tieout.app.web.outside import start_turn, understood_one
from tieout.app.web.pairs import by_htmx, company_of, current_pair, page_url, pair_or_404, record_url
from tieout.app.web.table import Column, Table, shown
from tieout.app.web.words import (
    FLOWS,
    STATUSES,
    SYSTEMS,
    counted,
    days_shown,
    flow_many,
    flow_one,
    moment_shown,
    status_of,
    words_of,
)
from tieout.core.money import from_cents
from tieout.engine import approve, views
from tieout.engine.store.models import Pair, RoutedProject, Seen, Standing
from tieout.engine.views import Record
from tieout.ports import NotUnderstood

EFFECT_TITLES = {"planned": "What it will do to the books", "posted": "What was posted",
                 "as_it_stands": "If it is entered as it stands"}
A_NAME = "it is a name on a list. A name moves no balance."
NO_EFFECT = {
    "bill_payment_to_payment_issued": "the payment is in QuickBooks already. It is reported to Procore as a payment "
                                      "issued.",
    "commitment_to_purchase_order": "a purchase order moves no balance; the bills on it do.",
    "company_to_vendor": A_NAME, "project_to_job": A_NAME, "cost_code_to_item": A_NAME,
}
MOST_AT_ONCE = 2000                                          # documents that one yes can cover


def documents_table(pair: Pair, wanted: DocumentFilter) -> Table:
    everything = Standing.objects.filter(pair=pair)
    rows = filtered(everything, wanted)
    totals = {}
    # The sum of a bill and its payment says nothing: a total stands only under documents of one kind.
    if wanted.flow:
        totals = {"amount": from_cents(rows.aggregate(sum=Sum("amount_cents"))["sum"] or 0)}
    empty = "No document is like this. Take a filter away to see more." if everything.exists() else \
        "No documents yet. They appear here after the first sync."
    return Table(
        caption="Documents", rows=rows, default_sort="-dated", totals=totals, totals_label="Total of all rows",
        empty=empty, columns=(
            Column(key="title", title="Document", value=lambda row: row.title, sort=("title",), head=True,
                   link=lambda row: record_url(pair, row.flow, row.slot), note=lambda row: flow_one(row.flow),
                   note_title="Kind"),
            Column(key="number", title="Number", value=lambda row: row.number, sort=("number",), wide=True),
            Column(key="party", title="Vendor", value=lambda row: row.party, sort=("party", "number"), wide=True),
            Column(key="project", title="Project", value=lambda row: row.project, kind="code",
                   sort=("project", "party")),
            Column(key="dated", title="Date", value=lambda row: row.dated, kind="date", sort=("dated",)),
            Column(key="amount", title="Amount", value=lambda row: from_cents(row.amount_cents), kind="money",
                   sort=("amount_cents",)),
            Column(key="status", title="Status", value=lambda row: status_of(row.status), kind="status",
                   sort=("status", "title"), note=lambda row: "" if row.status == "synced" else days_shown(row.why),
                   note_title="Why"),
        ))


@require_safe
def documents(request: HttpRequest) -> HttpResponseBase:
    pair = current_pair(request)
    if pair is None:
        return render(request, "web/nothing_yet.html", {"page": "documents", "heading": "Documents"})
    wanted = filter_of(request.GET)
    table = documents_table(pair, wanted)
    file = exported(request, table, file_name("documents", pair.name, wanted.project, wanted.status, pair.last_turn_at),
                    [("Company", company_of(pair)), ("Books", pair.name), ("As read", moment_shown(pair.last_turn_at))])
    if file:
        return file
    counts = Standing.objects.filter(pair=pair).values_list("status").annotate(count=Count("pk"))
    by_status = dict(counts)
    ready = filtered(Standing.objects.filter(pair=pair, status="needs_approval").exclude(fingerprint=""), wanted)
    context = {
        "page": "documents",
        "pair": pair,
        "wanted": wanted,
        "table": shown(request, table),
        "statuses": [(status, by_status.get(key, 0)) for key, status in STATUSES.items() if by_status.get(key)],
        "flows": [(flow, flow_many(flow)) for flow in FLOWS],
        "projects": projects_of(pair),
        "all": sum(by_status.values()),
        "waiting_for_yes": ready.count(),
        "ready": ready.values_list("fingerprint", flat=True)[:MOST_AT_ONCE if wanted.status == "needs_approval" else 0],
        "show_ready": page_url(pair, "documents", status="needs_approval"),
    }
    return render(request, "web/_documents.html" if by_htmx(request) else "web/documents.html", context)


def projects_of(pair: Pair) -> list[str]:
    routed = set(RoutedProject.objects.filter(pair=pair).values_list("number", flat=True))
    return sorted(routed | set(Standing.objects.filter(pair=pair).exclude(project="")
                               .values_list("project", flat=True).distinct()))


@require_safe
def record(request: HttpRequest, flow: str, slot: str) -> HttpResponse:
    pair = pair_or_404(request)
    found = views.record(pair, flow, slot) if flow in FLOWS else None
    if found is None:
        raise Http404(f"{pair.name} has no such {flow_one(flow).lower()}. It may have been deleted since.")
    problems = [problem for problem in pair.problems.filter(open=True) if [flow, slot] in problem.blocks]
    tabs = (("plan", "Plan"), ("history", "History"), ("related", "Related"))
    tab = request.GET.get("tab", "plan")
    return render(
        request,
        "web/record.html",
        {
            "page": "documents",
            "pair": pair,
            "record": found,
            "status": status_of(found.status),
            "kind": flow_one(flow),
            "problems": problems,
            "tabs": tabs,
            "tab": tab if tab in dict(tabs) else "plan",
            "back": came_from_list(request),
            "effect_title": EFFECT_TITLES.get(found.effect_of, ""),
            "no_effect": no_effect(found),
            "effect": [(account, debit, credit) for account, debit, credit in found.effect],
            "debits": sum((debit for _, debit, _ in found.effect), from_cents(0)),
            "credits": sum((credit for _, _, credit in found.effect), from_cents(0)),
            "related": [(label, record_url(pair, to, slot_to)) for label, to, slot_to in found.related],
        },
    )


def no_effect(found: Record) -> str:
    """Why there is no debit and no credit to show."""
    if found.flow == "subcontractor_invoice_to_bill":
        if found.by_hand:
            return "its bill was in QuickBooks already. The two are linked, and nothing was posted."
        return "nothing is to be entered for it." if found.intent != "ask" else \
            "what is to be entered is known once the problem is settled."
    return NO_EFFECT.get(found.flow, "it moves no balance.")


def came_from_list(request: HttpRequest) -> str:
    """The filters of the list that led here, so that going back keeps them."""
    parts = urlsplit(request.headers.get("referer", ""))
    return f"{parts.path}?{parts.query}" if parts.path == "/documents" and parts.query else "/documents"


def back_here(request: HttpRequest) -> str:
    """The page that the form stood on, if it is one of ours."""
    back = request.POST.get("back", "")
    ours = url_has_allowed_host_and_scheme(back, allowed_hosts=None, require_https=request.is_secure())
    return back if ours and back.startswith("/") else "/documents"


@require_POST
def approve_documents(request: HttpRequest) -> HttpResponse:
    """A person's yes to documents exactly as they were shown: each by its fingerprint."""
    pair = pair_or_404(request)
    fingerprints = [text for text in request.POST.getlist("fingerprint") if text][:MOST_AT_ONCE]
    still = Standing.objects.filter(Q(pair=pair) & Q(fingerprint__in=fingerprints) & Q(status="needs_approval"))
    current = list(still.values_list("fingerprint", flat=True))
    if current:
        try:
            approve.approve(pair, current, request.user.get_username(), datetime.now(UTC))
        except approve.NotAllowed:
            current = []                                     # the plan moved between the two looks at it
    if current:
        start_turn(pair)
        messages.success(request, f"Approved: {counted(len(current), 'document')}. The next look posts it.")
    if len(current) < len(fingerprints):
        missed = counted(len(fingerprints) - len(current), "document")
        messages.warning(request, f"{missed} changed since the page was drawn and was not approved. Look again.")
    return redirect(back_here(request))


@require_safe
def seen(request: HttpRequest, side: str, kind: str, key: str) -> HttpResponse:
    """A document that stands in one system only, as it was last read there."""
    pair = pair_or_404(request)
    connection = {"procore": pair.procore, "quickbooks": pair.quickbooks}.get(side)
    row = Seen.objects.filter(connection=connection, kind=kind, key=key).select_related("connection").first() \
        if connection else None
    if row is None:
        raise Http404("No such document was read.")
    names = plain.Names(pair)
    try:
        noun = None if row.deleted else understood_one(row)
    except NotUnderstood:
        noun = None
    named = names.of if side == "quickbooks" else lambda _, key: key
    return render(request, "web/seen.html", {
        "page": "documents", "pair": pair, "row": row, "system": SYSTEMS[side],
        "title": plain.title(words_of(kind), noun, named),
        "facts": plain.facts(noun, named), "lines": plain.lines(noun, named),
        "link": views.quickbooks_address(pair, kind, key) if side == "quickbooks" else "",
    })
