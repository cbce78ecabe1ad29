"""What the owner of a company file sets up, before a client sees it or later (qbo.md 11.1, 11.2).

One table, read by the control `/_sandbox/quickbooks/company`, by the `company.toml` of a world, and by the page that
tells of both.
"""
from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from tieout.sandbox.quickbooks_online import tax_lists
from tieout.sandbox.quickbooks_online.company import TRANSACTIONS, Company, CompanyProfile
from tieout.sandbox.quickbooks_online.preferences import CLASS_PER_FORM, CLASS_PER_LINE, TAX_GROUP
from tieout.sandbox.quickbooks_online.wire import plain

CURRENCY_OF = {"US": "USD", "CA": "CAD"}
ADDRESS = ("street", "city", "state", "postal_code")
ON_INFO = {"name": "CompanyName", "legal_name": "LegalName", "phone": "PrimaryPhone", "email": "Email",
           "fiscal_year_starts": "FiscalYearStartMonth", **dict.fromkeys(ADDRESS, "CompanyAddr")}
FIRST_DAY = date(1900, 1, 1)
SMALLEST_PERCENT = Decimal("0.0001")

Reader = Callable[[str, Any], Any]


@dataclass(frozen=True, slots=True)
class Field:
    """One thing to set up: how it is read, what it takes and what it means, in words for the page."""

    read: Reader
    takes: str
    means: str


def _wrong(key: str, value: Any, takes: str) -> ValueError:
    return ValueError(f"{key} must be {takes}, not {value!r}.")


def _text(longest: int, *, least: int = 1) -> Reader:
    def read(key: str, value: Any) -> str:
        if not isinstance(value, str) or not least <= len(value.strip()) <= longest or not value.isprintable():
            raise _wrong(key, value, f"a text of {least} to {longest} characters")
        return value.strip()
    return read


def _one_of(*choices: str) -> Reader:
    def read(key: str, value: Any) -> str:
        if value not in choices:
            raise _wrong(key, value, f"{', '.join(choices[:-1])} or {choices[-1]}")
        return str(value)
    return read


def _switch(key: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise _wrong(key, value, "true or false")
    return value


def _mail(key: str, value: Any) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"[^\s@,<>]+@[^\s@,<>]+", value) or len(value) > 100 \
            or not value.isprintable():
        raise _wrong(key, value, "an e-mail address of at most 100 characters")
    return value


def _day(key: str, value: Any) -> str:
    """A day as text; TOML has days of its own."""
    try:
        found = date.fromisoformat(str(value))
        if len(str(value)) != len("2024-01-02") or found < FIRST_DAY:
            raise ValueError
    except ValueError:
        raise _wrong(key, value, f"a day like 2024-01-02, from {FIRST_DAY.year} on") from None
    return found.isoformat()


def _month(key: str, value: Any) -> int:
    if type(value) is not int or not 1 <= value <= 12:
        raise _wrong(key, value, "the number of a month, 1 to 12")
    return value


def _states(key: str, value: Any) -> tuple[tuple[str, Decimal], ...]:
    takes = 'states with their percentages, like {"OH": "5.75"}'
    if not isinstance(value, Mapping):
        raise _wrong(key, value, takes)
    found = []
    for state, percent in value.items():
        try:
            rate = Decimal(str(percent)) if isinstance(percent, (str, int, float, Decimal)) \
                and not isinstance(percent, bool) else Decimal("NaN")
        except InvalidOperation:
            rate = Decimal("NaN")
        if not re.fullmatch("[A-Z]{2}", str(state)) or not rate.is_finite() or not 0 <= rate <= 100 \
                or rate != rate.quantize(SMALLEST_PERCENT):
            raise _wrong(key, value, f"{takes}: two capital letters, and 0 to 100 with at most four decimals")
        found.append((str(state), plain(rate)))
    return tuple(found)


def _names(key: str, value: Any) -> tuple[str, ...]:
    if not isinstance(value, (list, tuple)) or len(value) > 3 \
            or not all(isinstance(name, str) and name.isprintable() and 1 <= len(name.strip()) <= 30
                       for name in value):
        raise _wrong(key, value, 'at most three names of 1 to 30 characters, like ["Crew", "Gate"]')
    return tuple(name.strip() for name in value)


FIELDS: dict[str, Field] = {
    "name": Field(_text(1024), "text", "the company's name"),
    "legal_name": Field(_text(1024, least=0), "text", "its legal name; empty: the same"),
    "street": Field(_text(500, least=0), "text", "its address; with automated tax a sale counts as delivered there"),
    "city": Field(_text(255, least=0), "text", "the same"),
    "state": Field(_text(255, least=0), "text", "the same: state or province, like `OH`"),
    "postal_code": Field(_text(30, least=0), "text", "the same"),
    "phone": Field(_text(20, least=0), "text", "its telephone"),
    "email": Field(_mail, "address", "its e-mail address"),
    "bookkeeper": Field(_text(100), "text", "who is named where somebody else changed a record first (5010)"),
    "edition": Field(_one_of("Essentials", "Plus", "Advanced"), "`Essentials`, `Plus`, `Advanced`",
                     "Essentials has no purchase orders, classes, locations or projects; Advanced no usage limits"),
    "country": Field(_one_of(*CURRENCY_OF), "`US`, `CA`", "in Canada every line names a tax code. Brings its currency; "
                     "only before there is a document, and while there is one currency"),
    "currency": Field(_one_of(*CURRENCY_OF.values()), "`USD`, `CAD`", "that of the country"),
    "sales_tax": Field(_one_of("off", "manual", "automated"), "`off`, `manual`, `automated`",
                       "see above; automated in the US only. Codes that are there stay"),
    "tax_states": Field(_states, '`{"OH": "5.75"}`', "with automated tax: where the company collects, and how much. A "
                        "state that is there keeps its rate"),
    "multicurrency": Field(_switch, "true, false", "names and accounts may be in other currencies. Never off again, as "
                           "at QuickBooks"),
    "class_tracking": Field(_switch, "true, false", "a class on each line, whatever a client chose before"),
    "start_date": Field(_day, "day", "`CompanyStartDate`"),
    "fiscal_year_starts": Field(_month, "1 to 12", "the month in which the year begins"),
    "sales_fields": Field(_names, "up to three names", "custom fields of invoices, estimates and other sales forms"),
    "order_fields": Field(_names, "up to three names", "custom fields of purchase orders"),
    "custom_numbers": Field(_switch, "true, false", "numbers of orders, credits and purchases are the client's; false: "
                            "QuickBooks gives them"),
    "custom_sales_numbers": Field(_switch, "true, false", "the same for invoices, estimates, credit memos, receipts "
                                  "and refunds"),
    "warn_duplicate_journal": Field(_switch, "true, false", "a journal entry's number that is used already is refused "
                                    "(6140)"),
    "warn_duplicate_bills": Field(_switch, "true, false", "the same for bills"),
    "auto_apply_credit": Field(_switch, "true, false", "a credit memo and the customer's open invoices settle one "
                               "another by a payment of zero"),
    "change_orders": Field(_switch, "true, false", "the company has change orders; without them they are refused "
                           "(5030)")}

# What differs between companies, is uncertain, or goes wrong at the vendor. `switches.put` sets them.
SWITCHES: dict[str, str] = {
    "lenient_links": "a link that does not hold (to an order, an estimate, time, a billable cost) is dropped; false: "
                     "refused with 620",
    "customer_means_billable": "a cost line with a customer and no `BillableStatus` becomes billable",
    "faults_in_200": "a refusal comes with HTTP 200 and a Fault, as the service has done at times",
    **{name: FIELDS[name].means for name in (
        "custom_numbers", "custom_sales_numbers", "warn_duplicate_journal", "warn_duplicate_bills",
        "auto_apply_credit", "change_orders")},
    "subscription_ended": "every call is refused: 6190, the subscription has ended",
    "company_reset": "every call is refused: 10200, the company was emptied",
    "user_removed": "every call is refused: 120 with HTTP 403, who connected the app has no access any more",
    "wrong_cluster": "every call is refused: 130 with HTTP 403, the company lives on another host",
    "locked_out": "every call is refused: 140 with HTTP 403",
    "under_maintenance": "every call is refused: 150 with HTTP 503",
    "rotate_always": "each refresh gives a new refresh token; false: one a day",
    "refresh_overlap_s": "seconds for which a replaced refresh token works on"}


def changed(profile: CompanyProfile, asked: Mapping[str, Any]) -> CompanyProfile:
    """The profile with what is asked; ValueError names the key, what it was given and what it takes."""
    for key in asked:
        if key not in FIELDS:
            raise ValueError(f"Unknown key {key!r}; known are {', '.join(FIELDS)}.")
    found = {key: FIELDS[key].read(key, value) for key, value in asked.items()}
    if set(found) & set(ADDRESS):
        found["address"] = tuple(found.pop(key, there) for key, there in zip(ADDRESS, profile.address, strict=True))
    if "country" in found:
        found.setdefault("currency", CURRENCY_OF[found["country"]])
    made = replace(profile, **found)
    if made.currency != CURRENCY_OF[made.country]:
        raise _wrong("currency", made.currency, f"{CURRENCY_OF[made.country]} where country is {made.country}")
    if made.sales_tax == "automated" and made.country != "US":
        raise _wrong("sales_tax", made.sales_tax, f"off or manual where country is {made.country}")
    return made


def set_up(company: Company, asked: Mapping[str, Any], now: datetime) -> None:
    """Changes a company file that is in use; ValueError where that can't be, and then nothing is changed."""
    before, after = company.profile, changed(company.profile, asked)
    if after.country != before.country:
        _check_country_may_change(company, after)
    if before.multicurrency and not after.multicurrency:
        raise ValueError("multicurrency must stay true: QuickBooks never turns it off again. Restore a snapshot or "
                         "reset the sandbox instead.")
    if after.start_date > company.today(now):
        raise _wrong("start_date", after.start_date, f"a day that has come (today is {company.today(now)})")
    company.profile = after
    for key in asked:
        company.info.pop(ON_INFO.get(key, ""), None)
    if "class_tracking" in asked:
        for path in (CLASS_PER_LINE, CLASS_PER_FORM):
            company.preferences.pop(path, None)
    if after.country != before.country:
        company.preferences.pop(TAX_GROUP, None)
        for customer in company.records["Customer"].values():
            customer.body.pop("DefaultTaxCodeRef", None)
        tax_lists.furnish(company, now)
    elif (after.sales_tax, after.tax_states) != (before.sales_tax, before.tax_states):
        tax_lists.furnish_more(company, now)
    if after != before:
        company.note_settings("Preferences", now)
        company.note_settings("CompanyInfo", now)


def _check_country_may_change(company: Company, after: CompanyProfile) -> None:
    documents = sum(len(company.records[entity]) for entity in (*TRANSACTIONS, "RecurringTransaction"))
    if documents or company.profile.multicurrency:
        why = f"{documents} documents are entered" if documents else "the company keeps several currencies"
        raise ValueError(f"country can't become {after.country!r}: {why}. Set it before, in an empty sandbox or in the "
                         "company.toml of a world.")


def told(switches: Mapping[str, Any]) -> tuple[str, str]:
    """The two tables of docs/howto/sandbox.md as Markdown: the company file's fields, and the switches as they stand at
    first."""
    usual = shown(CompanyProfile())
    fields = [f"| `{key}` | {field.takes} | {_usual(usual[key])} | {field.means} |" for key, field in FIELDS.items()]
    return ("\n".join(("| field | takes | at first | meaning |", "|---|---|---|---|", *fields)),
            "\n".join(("| switch | at first | what it changes |", "|---|---|---|",
                       *(f"| `{key}` | {_usual(value)} | {SWITCHES[key]} |" for key, value in switches.items()))))


def _usual(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "none" if value in ("", (), {}) else str(value)


def shown(profile: CompanyProfile) -> dict[str, Any]:
    """Every field with what is in force."""
    held = {key: getattr(profile, key) for key in FIELDS if key not in ADDRESS}
    return {**held, **dict(zip(ADDRESS, profile.address, strict=True)),
            "tax_states": {state: str(percent) for state, percent in profile.tax_states}}
