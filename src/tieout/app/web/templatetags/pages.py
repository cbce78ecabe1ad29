"""Small pieces that templates are made of: icons with words, amounts, the navigation."""
from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from tieout.app.web.pairs import current_pair
from tieout.app.web.words import (
    MODES,
    POSTING_STATES,
    Status,
    amount_shown,
    cents_shown,
    day_shown,
    days_shown,
    figure_of,
    moment_shown,
    sentence_case,
    status_of,
)
from tieout.core.money import from_cents
from tieout.engine.store.models import OpenProblem, Pair

register = template.Library()

# Line drawings on a grid of 16; a word always stands beside them.
PATHS = {
    "check": "M3 8.5l3.2 3.2L13 4.8",
    "clock": "M8 4.6V8l2.4 1.6 M8 2.2a5.8 5.8 0 1 0 0 11.6 5.8 5.8 0 0 0 0-11.6z",
    "pen": "M3 13l.7-3L10.8 2.9l2.3 2.3L6 12.3 3 13z",
    "person": "M8 2.6a2.4 2.4 0 1 0 0 4.8 2.4 2.4 0 0 0 0-4.8z M3.2 13.4c.4-2.7 2.3-4 4.8-4s4.4 1.3 4.8 4",
    "pause": "M5.6 3.5v9 M10.4 3.5v9",
    "changed": "M3 6.2h8.4L8.8 3.6 M13 9.8H4.6l2.6 2.6",
    "half": "M8 2.4v11.2 M8 2.4a5.6 5.6 0 0 0 0 11.2 M9.9 3h.1 M12.4 5.2h.1 M13.4 8h.1 M12.4 10.8h.1 M9.9 13h.1",
    "link": "M6.6 9.4l2.8-2.8 M5.4 7L3.8 8.6a2.5 2.5 0 0 0 3.6 3.6L9 10.6 M10.6 9l1.6-1.6a2.5 2.5 0 0 0-3.6-3.6L7 5.4",
    "out": "M3.8 3.8l8.4 8.4 M8 2.2a5.8 5.8 0 1 0 0 11.6 5.8 5.8 0 0 0 0-11.6z",
    "differs": "M3.5 6h9 M3.5 10h9 M10.5 3.2l-5 9.6",
    "today": "M2.8 4.2h10.4v9H2.8z M2.8 7h10.4 M5.4 2.4v3 M10.6 2.4v3",
    "problems": "M8 2.4l6 10.8H2L8 2.4z M8 6.6v3 M8 11.4v.2",
    "documents": "M4 2.4h5.4L12 5v8.6H4z M6 7.4h4 M6 10h4",
    "tieout": "M8 2.4v11.2 M4.4 13.6h7.2 M2.8 4.6h10.4 M2.8 4.6L1.2 9h3.4z M13.2 4.6L11.4 9h3.4z",
    "connections": "M5.6 2.4v3 M10.4 2.4v3 M4 5.4h8v2.4a4 4 0 0 1-8 0z M8 11.8v2",
    "away": "M6.4 3.6H3.2v9.2h9.2V9.6 M9 2.8h4.2V7 M13 3L7.4 8.6",
    "sun": "M8 5.2a2.8 2.8 0 1 0 0 5.6 2.8 2.8 0 0 0 0-5.6z M8 1.6v1.4 M8 13v1.4 M1.6 8H3 M13 8h1.4 M3.5 3.5l1 1"
    " M11.5 11.5l1 1 M12.5 3.5l-1 1 M4.5 11.5l-1 1",
    "look": "M13 8a5 5 0 1 1-1.6-3.7 M13.2 2.2v2.6h-2.6",
}


@register.simple_tag
def icon(name: str) -> SafeString:
    """Hidden from screen readers: the word beside it says the same."""
    return format_html(
        '<svg class="icon" viewBox="0 0 16 16" aria-hidden="true" focusable="false"><path d="{}"/></svg>',
        PATHS.get(name, PATHS["link"]),
    )


@register.simple_tag
def badge(status: Status | str) -> SafeString:
    found = status_of(status) if isinstance(status, str) else status
    return format_html(
        '<span class="badge {}" title="{}">{}{}</span>', found.tone, found.means, icon(found.icon), found.word
    )


@register.simple_tag
def agreement(agrees: bool | None) -> SafeString:
    """The mark between the two sides of a field."""
    if agrees is None:
        return mark_safe('<span class="mark none"><span class="hidden">not compared</span></span>')
    name, tone, word = ("check", "good", "agrees") if agrees else ("differs", "bad", "differs")
    return format_html('<span class="mark {}">{}<span class="hidden">{}</span></span>', tone, icon(name), word)


@register.filter
def amount(value: Decimal | None) -> str:
    return amount_shown(value)


@register.filter
def cents(value: int) -> Decimal:
    return from_cents(value)


@register.filter
def cents_amount(value: int) -> str:
    return cents_shown(value)


@register.filter
def day(value: date | None) -> str:
    return day_shown(value)


@register.filter
def moment(value: datetime | None) -> str:
    return moment_shown(value)


@register.filter
def with_days(text: str) -> str:
    return days_shown(text)


@register.filter
def either(value: Any) -> str:
    """A fact on one side: an amount, a day or words; a dash where that side has none."""
    if value is None or value == "":
        return "—"
    if isinstance(value, Decimal):
        return amount_shown(value)
    return day_shown(value) if isinstance(value, date) else str(value)


@register.filter
def is_amount(value: Any) -> bool:
    return isinstance(value, Decimal)


@register.filter
def posting_state(value: str) -> str:
    return POSTING_STATES.get(value, value)


@register.filter
def figure(value: str) -> str:
    return figure_of(value)


@register.inclusion_tag("web/_navigation.html", takes_context=True)
def navigation(context: dict[str, Any]) -> dict[str, Any]:
    request = context["request"]
    pair = current_pair(request)
    pairs = list(Pair.objects.order_by("name").values_list("name", flat=True))
    return {
        "page": context.get("page", ""),
        "pair": pair,
        "pairs": pairs,
        "request": request,
        "problems": OpenProblem.objects.filter(pair=pair, open=True).count() if pair else 0,
        "items": (
            ("today", "today", "Today"),
            ("problems", "problems", "Problems"),
            ("documents", "documents", "Documents"),
            ("tie_out", "tieout", "Tie-out"),
            ("connections", "connections", "Connections"),
        ),
    }


@register.filter
def approver(by: str) -> str:
    """A person's name, or the mode that let it go without one."""
    return f"the mode {sentence_case(by.removeprefix('rule: '))}" if by.startswith("rule: ") else by


@register.filter
def sentence(text: str) -> str:
    return sentence_case(text)


@register.filter
def mode_means(value: str) -> str:
    return MODES.get(value, ("", ""))[1]
