"""How the desk's pages are drawn: templates, and how amounts and days are written in them."""
from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader

from tieout.sandbox.kit import Response

HERE = Path(__file__).parent
HTML = {"Content-Type": "text/html;charset=utf-8", "Cache-Control": "no-store",
        "Content-Security-Policy": "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'",
        "X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin"}


def amount(value: object) -> str:
    """1234.5 -> 1,234.50; below zero in brackets; nothing is a dash."""
    text = "" if value is None else str(value)       # the vendors leave empty keys out, and a template finds ""
    try:
        found = Decimal(text or 0).quantize(Decimal("0.01"))
    except InvalidOperation:
        return text
    return "–" if not found else f"({-found:,.2f})" if found < 0 else f"{found:,.2f}"


def plain(value: object) -> str:
    """An amount as a field takes it: 1234.50, and nothing for nothing."""
    return format(Decimal(str(value)).quantize(Decimal("0.01")), "f") if value is not None and str(value) else ""


def day(value: object) -> str:
    if isinstance(value, datetime):
        value = value.date()
    if isinstance(value, str) and len(value) >= 10:
        value = date.fromisoformat(value[:10])
    return f"{value:%b} {value.day}, {value.year}" if isinstance(value, date) else "–"


def words(value: object) -> str:
    """under_review -> under review; PurchaseOrder -> purchase order."""
    text = "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in str(value or "")).strip()
    return text.replace("_", " ")


_templates = Environment(loader=FileSystemLoader(HERE / "templates"), autoescape=True,
                         trim_blocks=True, lstrip_blocks=True)
_templates.filters |= {"amount": amount, "plain": plain, "day": day, "words": words}


def page(template: str, facts: Mapping[str, Any], status: int = 200) -> Response:
    return Response(status, HTML, _templates.get_template(template).render(facts).encode())


def style() -> Response:
    return Response(200, {"Content-Type": "text/css;charset=utf-8"}, (HERE / "desk.css").read_bytes())
