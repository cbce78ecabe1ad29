"""Which pair a page is about: named in the address, else the one last looked at, else the first."""
from __future__ import annotations

from urllib.parse import urlencode

from django.http import Http404, HttpRequest
from django.urls import reverse
from django_htmx.middleware import HtmxDetails

from tieout.engine.store.models import Pair


def by_htmx(request: HttpRequest) -> bool:
    """A part of the page is asked for, not the whole of it."""
    asked = HtmxDetails(request)
    return bool(asked) and not asked.boosted


def current_pair(request: HttpRequest) -> Pair | None:
    """None while no pair is set up. An unknown name in the address is a page that does not exist."""
    pairs = {pair.name: pair for pair in Pair.objects.select_related("procore", "quickbooks").order_by("name")}
    named = request.GET.get("pair") or request.POST.get("pair")
    if named:
        if named not in pairs:
            raise Http404(f"There is no pair named “{named}”.")
        if request.session.get("pair") != named:
            request.session["pair"] = named
        return pairs[named]
    return pairs.get(request.session.get("pair", "")) or next(iter(pairs.values()), None)


def pair_or_404(request: HttpRequest) -> Pair:
    pair = current_pair(request)
    if pair is None:
        raise Http404("No pair is set up yet.")
    return pair


def not_read(pair: Pair) -> str:
    """Why nothing can be said about the two systems yet, or nothing. What was never read must not pass for agreeing."""
    sides = (("Procore", pair.procore), ("QuickBooks", pair.quickbooks))
    never = [word for word, connection in sides if connection.last_read_at is None]
    if never:
        return f"Not read yet: {' and '.join(never)} {'have' if len(never) > 1 else 'has'} never been read."
    return "" if pair.last_turn_at else "Not read yet: no look at both systems has come to its end."


def company_of(pair: Pair) -> str:
    """As either system names it; the pair's own name where neither was read yet."""
    return pair.quickbooks.company_name or pair.procore.company_name or pair.name


def record_url(pair: Pair, flow: str, slot: str) -> str:
    """A shareable address: it names the pair, so that it means the same to everyone."""
    return f"{reverse('record', args=[flow, slot])}?{urlencode({'pair': pair.name})}"


def page_url(pair: Pair | None, name: str, **filters: str) -> str:
    query = {"pair": pair.name, **filters} if pair else filters
    return f"{reverse(name)}?{urlencode(query)}" if query else reverse(name)
