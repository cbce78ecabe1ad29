"""What the address of the documents page asks for, and the search box that takes whatever a person has at hand."""
from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from urllib.parse import parse_qs, urlsplit

from django.db.models import Q, QuerySet
from django.http import QueryDict

from tieout.app.web.words import FLOWS, STATUSES
from tieout.core.money import money, to_cents
from tieout.engine.store.models import Standing

LARGEST_CENTS = 10**17                                       # fits the column with room
AMOUNT = re.compile(r"^\(?[-+]?\$?\s*[-+]?[\d,]+(\.\d{1,2})?\)?$")
QUICKBOOKS_IDS = ("txnId", "txnid", "nameId", "nameid", "id")


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentFilter:
    """faults: what could not be read in the address, as a sentence for the person who wrote it."""

    search: str = ""
    flow: str = ""
    status: str = ""
    project: str = ""
    party: str = ""
    number: str = ""
    least: Decimal | None = None
    most: Decimal | None = None
    since: date | None = None
    until: date | None = None
    faults: list[str] = field(default_factory=list)

    @property
    def in_use(self) -> bool:
        return any((self.search, self.flow, self.status, self.project, self.party, self.number, self.since, self.until,
                    self.least is not None, self.most is not None))


def filter_of(query: QueryDict) -> DocumentFilter:
    faults: list[str] = []

    def text(name: str) -> str:
        return query.get(name, "").replace("\x00", "").strip()[:300]

    def amount(name: str, called: str) -> Decimal | None:
        given = text(name)
        found = amount_of(given)
        if given and found is None:
            faults.append(f"“{given}” is not an amount ({called}); write it like 1,250.00.")
        return found

    def day(name: str, called: str) -> date | None:
        given = text(name)
        found = day_of(given)
        if given and found is None:
            faults.append(f"“{given}” is not a date ({called}); write it like 03/31/2026.")
        return found

    flow, status = text("flow"), text("status")
    return DocumentFilter(
        search=text("q"), flow=flow if flow in FLOWS else "", status=status if status in STATUSES else "",
        project=text("project"), party=text("party"), number=text("number"), least=amount("least", "at least"),
        most=amount("most", "at most"), since=day("since", "from"), until=day("until", "to"), faults=faults)


def amount_of(text: str) -> Decimal | None:
    """`12,400`, `$12,400.00`, `(500.00)` and `-500` as people write them; None for anything else."""
    text = text.strip()
    if not AMOUNT.match(text) or not any(c.isdigit() for c in text):
        return None
    try:
        value = money(text.strip("()").replace("$", "").replace(",", "").replace(" ", ""))
    except ValueError:
        return None
    value = -value if text.startswith("(") else value
    return value if abs(to_cents(value)) < LARGEST_CENTS else None


def day_of(text: str) -> date | None:
    for shape in ("%Y-%m-%d", "%m/%d/%Y"):
        try:
            return datetime.strptime(text, shape).replace(tzinfo=UTC).date()
        except ValueError:
            continue
    return None


def filtered(rows: QuerySet[Standing], wanted: DocumentFilter) -> QuerySet[Standing]:
    for name in ("flow", "status", "project"):
        if value := getattr(wanted, name):
            rows = rows.filter(**{name: value})
    if wanted.party:
        rows = rows.filter(party__icontains=wanted.party)
    if wanted.number:
        rows = rows.filter(number__icontains=wanted.number)
    if wanted.least is not None:
        rows = rows.filter(amount_cents__gte=to_cents(wanted.least))
    if wanted.most is not None:
        rows = rows.filter(amount_cents__lte=to_cents(wanted.most))
    if wanted.since:
        rows = rows.filter(dated__gte=wanted.since)
    if wanted.until:
        rows = rows.filter(dated__lte=wanted.until)
    return rows.filter(found_by(wanted.search)) if wanted.search else rows


def found_by(search: str) -> Q:
    """A number, a vendor, an amount, a project or an address pasted from either system; words are all wanted."""
    if "://" in search:
        return by_address(search)
    wanted = Q()
    for word in search.split():
        each = (
            Q(number__icontains=word) | Q(party__icontains=word) | Q(title__icontains=word) | Q(project__icontains=word)
        )
        wanted &= each | amount_is(word)
    return wanted


def amount_is(text: str) -> Q:
    amount = amount_of(text)
    if amount is None:
        return Q(pk__in=[])
    cents = to_cents(amount)
    return Q(amount_cents__in=[cents, -cents])               # a credit is found by its amount without the sign too


def by_address(address: str) -> Q:
    """QuickBooks names the record in the query (txnId), Procore by the last number of its path."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return Q(pk__in=[])
    query = parse_qs(parts.query)
    named = [query[name][0] for name in QUICKBOOKS_IDS if name in query]
    numbers = re.findall(r"/(\d+)(?=/|$)", parts.path)
    # Only payments go from QuickBooks to Procore; every other flow the other way.
    from_quickbooks = Q(flow="bill_payment_to_payment_issued")
    if named:
        return (from_quickbooks & Q(source__in=named)) | (~from_quickbooks & Q(target__in=named))
    last = numbers[-1:]
    return (from_quickbooks & Q(target__in=last)) | (~from_quickbooks & Q(source__in=last))
