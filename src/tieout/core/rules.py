"""The controller's choices for one pair, read from the `[pairs.rules]` table of the set-up file.

`KNOWN` is the whole list: dotted key, field, what is allowed, what it does. The set-up file, its error messages and
the docs are drawn from it.
"""
from __future__ import annotations

import difflib
import hashlib
import string
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class PostingRules:
    """Account and code names are as the controller wrote them: a number, a name, or both."""

    line_coding: str = "item"
    class_name: str = "{cost_code}"
    item_name: str = "{cost_code}.{cost_type}"
    item_income_account: str = ""
    job_name: str = "{number} {name}"
    retainage_held: str = ""
    retainage_released: str = ""
    retainage_lines: str = "document"
    bill_date: str = "billing_date"
    bill_number: str = "{invoice_number}"
    order_number: str = "{number}"
    posting_statuses: tuple[str, ...] = ("approved", "approved_as_noted")
    subcontract_statuses: tuple[str, ...] = ("Approved", "Complete", "Terminated")
    purchase_order_statuses: tuple[str, ...] = ("Approved", "Partially Received", "Received", "Closed")
    closed_period: str = "ask"
    markup_code: str = ""
    payable_account: str = ""

    @property
    def by_account(self) -> bool:
        """Cost lines are coded to accounts; otherwise to items. In QuickBooks a class alone codes no line."""
        return self.line_coding in ("account", "class", "account+class")

    @property
    def by_class(self) -> bool:
        """Cost lines bear a class beside their item or account."""
        return self.line_coding in ("class", "item+class", "account+class")

    @property
    def coding(self) -> str:
        """Short text that changes with the rules that decide how a document reads: its accounts, items and date.

        A class is not among them: it moves no balance.
        """
        deciding = ("account" if self.by_account else "item", self.item_name, self.retainage_held,
                    self.retainage_released, self.retainage_lines, self.bill_date, self.markup_code)
        return hashlib.sha256(repr(deciding).encode()).hexdigest()[:8]

    def commits(self, kind: str, status: str) -> bool:
        """Whether a commitment of this kind and status is a promise: it has an order and counts as committed."""
        return status in (self.subcontract_statuses if kind == "subcontract" else self.purchase_order_statuses)


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleError:
    key: str
    value: object
    fix: str

    def says(self) -> str:
        return f"rules.{self.key} = {self.value!r}: {self.fix}"


Parse = Callable[[object], Any]


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("it must be text in quotes")
    return value


def _one_of(*allowed: str) -> Parse:
    def parse(value: object) -> str:
        if value not in allowed:
            raise ValueError(f"choose one of {', '.join(allowed)}")
        return str(value)
    return parse


def _some_of(*allowed: str) -> Parse:
    def parse(value: object) -> tuple[str, ...]:
        if not isinstance(value, (list, tuple)) or not value or any(one not in allowed for one in value):
            raise ValueError(f"give a list of one or more of {', '.join(allowed)}")
        return tuple(str(one) for one in value)
    return parse


def _template(*fields: str) -> Parse:
    def parse(value: object) -> str:
        text = _text(value)
        try:
            used = {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}
        except ValueError as broken:
            raise ValueError(f"the braces do not match ({broken})") from broken
        if not used or used - set(fields):
            raise ValueError("use one or more of " + ", ".join("{" + name + "}" for name in fields))
        return text
    return parse


REQUISITION_STATUSES = ("draft", "under_review", "revise_and_resubmit", "approved", "approved_as_noted",
                        "pending_owner_approval")
SUBCONTRACT_STATUSES = ("Draft", "Out For Bid", "Out For Signature", "Approved", "Complete", "Terminated", "Void")
PURCHASE_ORDER_STATUSES = ("Draft", "Processing", "Submitted", "Partially Received", "Received", "Approved", "Closed")

KNOWN: dict[str, tuple[str, Parse, str]] = {
    "line_coding": ("line_coding", _one_of("item", "account", "class", "item+class", "account+class"),
                    "What codes a cost line: an item per code, or an account; with `+class`, a class beside it. "
                    "`class` alone means `account+class`, for a line always needs an item or an account."),
    "class_name": ("class_name", _template("cost_code", "cost_type", "project_number"),
                   "Which class a cost line bears, where `line_coding` has one; it must exist in QuickBooks."),
    "item_name": ("item_name", _template("cost_code", "cost_type", "project_number"), "How an item is named."),
    "item_income_account": ("item_income_account", _text, "The income account QuickBooks asks for on a new item."),
    "job_name": ("job_name", _template("number", "name"), "How a job is named."),
    "retainage.payable.held": ("retainage_held", _text, "Account (or item) for retainage held."),
    "retainage.payable.released": ("retainage_released", _text, "Account (or item) for retainage released."),
    "retainage.lines": ("retainage_lines", _one_of("document", "line"),
                        "One retainage line a document, or one a line."),
    "bill.date": ("bill_date", _one_of("billing_date", "period_end", "approved_on"), "Which date a bill bears."),
    "bill.number": ("bill_number", _template("invoice_number", "number", "commitment_number", "project_number"),
                    "How a bill is numbered."),
    "order.number": ("order_number", _template("number", "project_number"), "How a purchase order is numbered."),
    "posting_statuses": ("posting_statuses", _some_of(*REQUISITION_STATUSES),
                         "Statuses in which an application posts."),
    "subcontract_statuses": ("subcontract_statuses", _some_of(*SUBCONTRACT_STATUSES),
                             "Statuses in which a subcontract is committed."),
    "purchase_order_statuses": ("purchase_order_statuses", _some_of(*PURCHASE_ORDER_STATUSES),
                                "Statuses in which a purchase order is committed."),
    "closed_period": ("closed_period", _one_of("ask", "first_open_day", "draft_adjustment"),
                      "What happens to a document dated in a closed period."),
    "markup_code": ("markup_code", _text, "The cost code that markup of change orders belongs to, like 01-900.O."),
    "payable_account": ("payable_account", _text, "The accounts payable account, when there is more than one."),
}


def flattened(table: Mapping[str, object], prefix: str = "") -> dict[str, object]:
    """`{"bill": {"date": x}}` as `{"bill.date": x}`."""
    flat: dict[str, object] = {}
    for key, value in table.items():
        if isinstance(value, Mapping):
            flat.update(flattened(value, f"{prefix}{key}."))
        else:
            flat[prefix + key] = value
    return flat


def rules_from(table: Mapping[str, object]) -> PostingRules | tuple[RuleError, ...]:
    """The rules, or every error in them: unknown keys with the nearest known one, and values that are not allowed."""
    values: dict[str, Any] = {}
    errors: list[RuleError] = []
    for key, value in flattened(table).items():
        if key not in KNOWN:
            near = difflib.get_close_matches(key, KNOWN, n=1)
            hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(KNOWN)}"
            errors.append(RuleError(key=key, value=value, fix=f"this key is not known; {hint}"))
            continue
        field, parse, _ = KNOWN[key]
        try:
            values[field] = parse(value)
        except ValueError as wrong:
            errors.append(RuleError(key=key, value=value, fix=str(wrong)))
    return tuple(errors) if errors else PostingRules(**values)
