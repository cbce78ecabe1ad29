"""The words of the pages: one word, one meaning. Everything that a page says about a code stands in these tables."""
from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from tieout.core.money import from_cents, shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """What a status is called, the shape drawn before it, how it is tinted, and its one definition."""

    key: str
    word: str
    icon: str
    tone: str                                                # good | plain | waiting | bad
    means: str


STATUSES = {status.key: status for status in (
    Status(key="needs_you", word="Needs you", icon="person", tone="bad",
           means="A problem has to be settled by a person before it can go on."),
    Status(key="needs_approval", word="Needs approval", icon="pen", tone="waiting",
           means="Ready to be posted; it waits for a person's yes."),
    Status(key="waiting", word="Waiting", icon="clock", tone="waiting",
           means="Goes by itself as soon as what it waits for is there."),
    Status(key="changed", word="Changed since", icon="changed", tone="bad",
           means="One of the two documents was changed after they last agreed."),
    Status(key="missing", word="Missing one side", icon="half", tone="bad",
           means="It was in both systems, and one of the two has been deleted or voided since."),
    Status(key="held_back", word="Held", icon="pause", tone="waiting",
           means="Kept back on purpose: the sync is off or only looking, or a safety limit stopped it."),
    Status(key="not_posted", word="Not linked", icon="link", tone="plain",
           means="In one system only, and nothing is to be entered yet: a draft, for instance."),
    Status(key="left_out", word="Left out", icon="out", tone="plain",
           means="Not entered, by a rule, by the start date, or by a person's decision."),
    Status(key="synced", word="Synced", icon="check", tone="good",
           means="In both systems, and they agree to the cent."),
)}

ISO_DAY = re.compile(r"(?<![\w-])(20\d\d)-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])(?![\w-])")

# flow -> (one, many)
FLOWS = {
    "subcontractor_invoice_to_bill": ("Subcontractor invoice", "Subcontractor invoices → bills"),
    "bill_payment_to_payment_issued": ("Payment", "Bill payments → payments issued"),
    "commitment_to_purchase_order": ("Commitment", "Commitments → purchase orders"),
    "company_to_vendor": ("Company", "Companies → vendors"),
    "project_to_job": ("Project", "Projects → jobs"),
    "cost_code_to_item": ("Cost code", "Cost codes → items"),
}

# problem kind -> the cause that heads its group
CAUSES = {
    "cost_code_has_no_account": "Cost codes without an account",
    "class_not_found": "Cost codes without a class",
    "classes_not_tracked": "Classes are not tracked in QuickBooks",
    "account_not_found": "Accounts that QuickBooks does not have",
    "account_type_wrong": "Accounts of the wrong type",
    "item_not_usable": "Items that cannot be used",
    "name_not_allowed": "Names that QuickBooks does not take",
    "vendor_may_exist": "Vendors that may already exist",
    "vendor_not_found": "Mapped to vendors that QuickBooks does not have",
    "name_taken": "Names that are taken",
    "customer_not_found": "Projects without a customer",
    "project_unknown": "Projects that Procore does not have",
    "retainage_account_missing": "Retainage without an account",
    "tax_not_supported": "Tax that has no rule yet",
    "does_not_add_up": "Applications that do not add up",
    "earlier_application_open": "An earlier application is still open",
    "billing_date_missing": "Applications without a date",
    "closed_period": "Dated in a closed period",
    "bill_may_exist": "Bills that may already be entered",
    "payment_may_exist": "Payments that may already be reported",
    "release_exceeds_held": "Retainage released twice?",
    "changed_in_quickbooks": "Changed in QuickBooks after posting",
    "changed_on_both_sides": "Changed in both systems",
    "changed_by_the_rules": "Entered under other rules",
    "linked_and_differs": "Linked by hand, and not the same",
    "linked_and_changed": "Linked by hand, and changed in Procore since",
    "deleted_after_posting": "Deleted after posting",
    "set_back_after_posting": "Set back in Procore after posting",
    "below_what_was_paid": "Now less than what was paid",
    "order_line_already_billed": "Billed order lines that changed",
    "markup_has_no_code": "Markup without a cost code",
    "refused": "Refused by the other system",
    "answer_differs": "Entered, but not as ordered",
    "not_understood": "Records that could not be read",
    "currency_differs": "In another currency",
    "pair_paused": "The sync is paused",
    "not_connected": "Not connected",
}

POSTING_STATES = {
    "approved": "Approved, not sent yet",
    "sent": "Sent, answer awaited",
    "in_doubt": "Sent without an answer; it is looked up before anything else",
    "posted": "Posted",
    "refused": "Refused",
    "reversed": "Reversed",
    "dropped": "Dropped before it was sent",
}

INTENTS = {
    "enter": "To be entered",
    "correct": "To be corrected",
    "reverse": "To be taken out",
    "settle": "Both sides already say the same",
    "leave": "Nothing to do",
    "ask": "A person is asked first",
}

SYSTEMS = {"procore": "Procore", "quickbooks": "QuickBooks", "quickbooks_online": "QuickBooks"}
MODES = {
    "off": ("Off", "nothing is read or written"),
    "shadow": ("Shadow", "plans are made, nothing is written"),
    "review": ("Review", "each document waits for a person's yes"),
    "live": ("Live", "documents without a problem are posted by themselves"),
}

FIGURES = {
    "committed": ("Committed", "Approved commitments and change orders; purchase orders in QuickBooks."),
    "billed": ("Billed", "Approved work, gross: before retainage and tax."),
    "retained": ("Retained", "Retainage held less retainage released."),
    "paid": ("Paid", "Payments applied to these bills, in cash."),
    "open": ("Open", "Certified, not yet paid and not covered by credits."),
    "direct_cost": ("Direct cost", "Cost on the project that belongs to no commitment."),
    "job_cost": ("Job cost", "Billed, direct cost and labor together."),
    "unapplied": ("Unapplied", "Payments and credits that settle no document."),
}


def words_of(key: str) -> str:
    """A code without a word of its own reads as plain words: `in_flight` is "In flight"."""
    return key.replace("_", " ").strip().capitalize()


def sentence_case(text: str) -> str:
    """Only the first letter is raised, so that names inside keep theirs."""
    return text[:1].upper() + text[1:]


def cause_of(kind: str) -> str:
    return CAUSES.get(kind) or words_of(kind)


def flow_one(flow: str) -> str:
    return FLOWS.get(flow, (words_of(flow), ""))[0]


def flow_many(flow: str) -> str:
    return FLOWS.get(flow, ("", words_of(flow)))[1]


def status_of(key: str) -> Status:
    return STATUSES.get(key) or Status(key=key, word=words_of(key), icon="link", tone="plain", means="")


def figure_of(key: str) -> str:
    return FIGURES.get(key, (words_of(key), ""))[0]


def amount_shown(amount: Decimal | None) -> str:
    """Two decimals, below zero in parentheses, zero as a dash, nothing for what is not there."""
    if amount is None:
        return ""
    return shown(amount) if amount else "–"


def cents_shown(cents: int) -> str:
    return amount_shown(from_cents(cents))


def day_shown(day: date | None) -> str:
    """US office order with the year in full: 03/31/2026."""
    return day.strftime("%m/%d/%Y") if day else ""


def days_shown(text: str) -> str:
    """A sentence in which every day reads as elsewhere on the pages; the trail and the terminal write 2026-03-31."""
    return ISO_DAY.sub(lambda found: f"{found[2]}/{found[3]}/{found[1]}", text)


def moment_shown(at: datetime | None) -> str:
    """"03/31/2026, 21:24 UTC"."""
    return at.strftime("%m/%d/%Y, %H:%M UTC") if at else ""


def age_shown(age: timedelta) -> str:
    """How long something has waited, in the largest whole unit: "3 days", "5 hours", "just now"."""
    for unit, seconds in (("day", 86400), ("hour", 3600), ("minute", 60)):
        count = int(age.total_seconds()) // seconds
        if count >= 1:
            return f"{count} {unit}{'' if count == 1 else 's'}"
    return "just now"


def counted(count: int, one: str, many: str = "") -> str:
    """"1 bill", "23 bills"."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def listed(parts: list[str]) -> str:
    """"a", "a and b", "a, b and c"."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}" if parts else ""
