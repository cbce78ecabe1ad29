"""What `tieout doctor` asks of a QuickBooks company: can it be reached, read and posted to."""
from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

from tieout.adapters.http import Grant
from tieout.adapters.quickbooks_online import read
from tieout.adapters.quickbooks_online.client import Company, select
from tieout.adapters.quickbooks_online.wire import ENTITIES, LISTS, Fields, text_of
from tieout.core.books import BooksCompany
from tieout.ports import Check, NotAuthorised, NotUnderstood, Unreachable

MOST_SKEW = timedelta(minutes=2)
SOON = timedelta(days=14)
WITHOUT_ORDERS = ("Simple Start", "Essentials")     # editions below Plus


def checks(company: Company, grant: Grant, now: Callable[[], datetime]) -> Sequence[Check]:
    """Stops at the first check that makes the others pointless."""
    try:
        found, answered = company.query(select("CompanyInfo"))
        info_record = Fields.of("CompanyInfo", text_of(found["CompanyInfo"][0]))
        info = read.company_info(info_record)
        preferences = Fields.of("Preferences", text_of(company.query(select("Preferences"))[0]["Preferences"][0]))
    except NotAuthorised as refused:
        return (Check(what="QuickBooks connection", passed=False, says=refused.says, fix=refused.fix),)
    except (Unreachable, NotUnderstood, LookupError) as down:
        return (Check(what="QuickBooks connection", passed=False, says=str(down),
                      fix="Check the connection's address and company id, then try again."),)
    books = read.company(info, read.preferences(preferences))
    named = f"{books.name}, {books.edition or 'edition unknown'}."
    return (Check(what="QuickBooks connection", passed=True, says=named),
            _clock(_dated(company.dated) or answered, now()), _token_life(grant, now()), _subscription(info_record),
            _orders(books), _jobs(books), _items(preferences), _currency(preferences, books), _closed(books),
            *_kinds(company))


def _dated(header: str) -> datetime | None:
    """By the server that answered: the books of a practice company have a time of their own."""
    with suppress(ValueError, TypeError):
        return parsedate_to_datetime(header)
    return None


def _clock(theirs: datetime, ours: datetime) -> Check:
    apart = abs(theirs - ours)
    return Check(what="Clock", passed=apart <= MOST_SKEW,
                 says=f"This machine and QuickBooks are {int(apart.total_seconds())} seconds apart.",
                 fix="" if apart <= MOST_SKEW else "Let this machine keep its time by NTP.")


def _token_life(grant: Grant, now: datetime) -> Check:
    tokens = grant.tokens()
    ends = tokens.refresh_expires_at if tokens else None
    if ends is None:
        return Check(what="QuickBooks grant", passed=True, says="QuickBooks did not say how long the grant lasts.")
    left = ends - now
    return Check(what="QuickBooks grant", passed=left > SOON, says=f"The grant lasts until {ends.date().isoformat()}.",
                 fix="" if left > SOON else "Connect QuickBooks again under Connections before then.")


def _subscription(info: Fields) -> Check:
    status = {pair.text("Name"): pair.text("Value") for pair in info.parts("NameValue")}.get("SubscriptionStatus", "")
    ended = status.upper() in ("EXPIRED", "SUSPENDED", "CANCELLED", "CANCELED")
    return Check(what="Subscription", passed=not ended, says=f"The company's subscription is {status or 'not stated'}.",
                 fix="Settle it with Intuit." if ended else "")


def _orders(books: BooksCompany) -> Check:
    without = any(name in books.edition for name in WITHOUT_ORDERS)
    return Check(what="Purchase orders", passed=not without,
                 says=f"{books.edition or 'This edition'} {'has no' if without else 'has'} purchase orders.",
                 fix="Change to QuickBooks Online Plus or above." if without else "")


def _jobs(books: BooksCompany) -> Check:
    return Check(what="Job costing", passed=books.job_costing,
                 says=f"Expenses and items are {'' if books.job_costing else 'not '}tracked by customer.",
                 fix="" if books.job_costing else
                 "In QuickBooks: Settings > Account and settings > Expenses > Track expenses and items by customer.")


def _items(preferences: Fields) -> Check:
    bought = preferences.part("ProductAndServicesPrefs").flag("ForPurchase", False)
    return Check(what="Items on bills", passed=bought, says=f"Item lines on purchases are {'on' if bought else 'off'}.",
                 fix="" if bought else "In QuickBooks: Account and settings > Expenses > Show items table on expense "
                     "and purchase forms. Not needed where lines are coded by account.")


def _currency(preferences: Fields, books: BooksCompany) -> Check:
    several = preferences.part("CurrencyPrefs").flag("MultiCurrencyEnabled", False)
    return Check(what="Currency", passed=True, says=f"The books are kept in {books.currency}"
                 + (", with multicurrency on: only documents in that currency are entered." if several else "."))


def _closed(books: BooksCompany) -> Check:
    until = f"closed through {books.closed_through.isoformat()}" if books.closed_through else "open"
    return Check(what="Closing date", passed=True, says=f"The books are {until}.")


def _kinds(company: Company) -> Iterator[Check]:
    """One record of each kind, read and understood."""
    for kind, entity in ENTITIES.items():
        if kind in ("company_info", "preferences"):
            continue
        where = "Active IN (true, false)" if entity in LISTS else ""
        try:
            rows = company.query(select(entity, where=where, most=1))[0].get(entity, ())
            for raw in rows:
                read.understood(read.reading_of(entity, raw))
        except (NotAuthorised, NotUnderstood, Unreachable) as wrong:
            fix = wrong.fix if isinstance(wrong, NotAuthorised) else "Open the record in QuickBooks, or try again."
            yield Check(what=f"Reading {entity}", passed=False, says=str(wrong), fix=fix)
        else:
            yield Check(what=f"Reading {entity}", passed=True, says="One was read." if rows else "There is none yet.")
