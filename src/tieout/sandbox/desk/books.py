"""The books on the desk: trial balance, what is owed and due, and closing a period."""
from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from tieout.sandbox.desk.desk import Desk, Form, Mistake, money, total
from tieout.sandbox.desk.reading import account_name
from tieout.sandbox.kit import Request


def books(desk: Desk, request: Request, args: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    asked = request.param("as_of") or ""
    try:
        as_of = date.fromisoformat(asked) if asked else None
    except ValueError:
        raise Mistake(f"As of is “{asked}”, which is not a day. Write it like 2026-03-31.") from None
    balances, rows = desk.books.trial_balance(as_of), []
    for id_, record in desk.books.records["Account"].items():
        if cents := balances.get(id_, 0):
            rows.append({"name": account_name(desk, id_), "type": record.body["AccountType"],
                         "debit": money(cents) if cents > 0 else None, "credit": money(-cents) if cents < 0 else None})
    rows.sort(key=lambda row: str(row["name"]))
    return "books.html", {
        "title": "The books", "rows": rows, "as_of": asked,
        "debit": total(row["debit"] for row in rows if row["debit"]),
        "credit": total(row["credit"] for row in rows if row["credit"]),
        "payable": _parties(desk, "Vendor", desk.books.ledger.payable),
        "receivable": _parties(desk, "Customer", desk.books.ledger.receivable),
        "closed": desk.books.closed_through.isoformat() if desk.books.closed_through else "", "today": desk.today}


def _parties(desk: Desk, entity: str, balances: Mapping[str, int]) -> list[dict[str, Any]]:
    rows = [{"name": desk.books.name_of(entity, id_) or id_, "id": id_, "amount": money(cents)}
            for id_, cents in balances.items() if cents]
    return sorted(rows, key=lambda row: str(row["name"]).casefold())


def close_books(desk: Desk, form: Form, args: Mapping[str, str]) -> tuple[str, str]:
    text = form.text("through", "Closed through", needed=False)
    through = date.fromisoformat(form.day("through", "Closed through")) if text else None
    desk.sandbox.quickbooks.set_closing_date(through, password=form.values.get("password") == "1")
    return ("The books are open: any date may be entered." if through is None else
            f"The books are closed through {through}: what is dated then or before is refused."), "/quickbooks/books"
