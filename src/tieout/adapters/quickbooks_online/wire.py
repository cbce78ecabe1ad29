"""QuickBooks' JSON as it is on the wire: entity names, exact numbers, and fields read with their record at hand.

Unknown keys are accepted, absent and null are the same. A field that is not what the vendor documents raises
`NotUnderstood` with the record, the field and the value.
"""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec

from tieout.adapters.http import decode
from tieout.core.money import ZERO, Money, money
from tieout.ports import NotUnderstood

# Reading.kind -> the entity's key in JSON. Paths are the same in lower case.
ENTITIES = {
    "company_info": "CompanyInfo", "preferences": "Preferences", "account": "Account", "vendor": "Vendor",
    "customer": "Customer", "item": "Item", "class": "Class", "term": "Term", "purchase_order": "PurchaseOrder",
    "bill": "Bill", "vendor_credit": "VendorCredit", "bill_payment": "BillPayment", "journal_entry": "JournalEntry",
    "expense": "Purchase",
}
KINDS = {entity: kind for kind, entity in ENTITIES.items()}
# Queries hide inactive rows of these unless they are asked for, and nothing deletes them.
LISTS = frozenset({"Account", "Vendor", "Customer", "Item", "Class", "Term"})

_encoder = msgspec.json.Encoder(decimal_format="number")


def encode(value: object) -> str:
    """JSON text with Decimals as exact numbers."""
    return _encoder.encode(value).decode()


def number(value: Decimal) -> msgspec.Raw:
    """A quantity or rate with every digit and no exponent: the service compares rate x quantity with the amount."""
    return msgspec.Raw(format(value, "f").encode())


def text_of(raw: msgspec.Raw | bytes | memoryview) -> str:
    return bytes(raw).decode()


@dataclass(frozen=True, slots=True)
class Fields:
    """One JSON object. `what` names the record it belongs to, for people: `Bill 301, line 2`."""

    what: str
    raw: Mapping[str, Any]

    @classmethod
    def of(cls, entity: str, text: str) -> Fields:
        try:
            raw = decode(text)
        except ValueError as wrong:
            raise NotUnderstood(f"QuickBooks {entity}: {wrong}") from wrong
        if not isinstance(raw, dict):
            raise NotUnderstood(f"QuickBooks {entity}: an object was expected, not {shorten(raw)}")
        return cls(f"QuickBooks {entity} {raw.get('Id', '')}".rstrip(), raw)

    def odd(self, field: str, why: str = "is not what QuickBooks documents") -> NotUnderstood:
        return NotUnderstood(f"{self.what}: {field} {why}: {shorten(self.raw.get(field))}")

    def text(self, field: str) -> str:
        value = self.raw.get(field)
        if value is None:
            return ""
        if isinstance(value, bool | dict | list):
            raise self.odd(field)
        return str(value)

    def needed(self, field: str) -> str:
        value = self.text(field)
        if not value:
            raise self.odd(field, "is missing")
        return value

    def flag(self, field: str, otherwise: bool) -> bool:
        value = self.raw.get(field)
        if value is None:
            return otherwise
        if value not in (True, False, "true", "false"):
            raise self.odd(field)
        return value in (True, "true")

    def exact(self, field: str) -> Decimal | None:
        """A number, or the same number written as a string."""
        value = self.raw.get(field)
        if value is None or value == "":
            return None
        try:
            found = Decimal(value) if isinstance(value, int | str | Decimal) and not isinstance(value, bool) else None
        except InvalidOperation:
            found = None
        if found is None or not found.is_finite():
            raise self.odd(field, "is not a number")
        return found

    def amount(self, field: str) -> Money:
        """Absent is 0.00; a fraction of a cent is refused, not rounded."""
        found = self.exact(field)
        if found is None:
            return ZERO
        try:
            return money(found)
        except ValueError as wrong:
            raise self.odd(field, "is not an amount") from wrong

    def needed_amount(self, field: str) -> Money:
        if self.raw.get(field) is None:
            raise self.odd(field, "is missing")
        return self.amount(field)

    def day(self, field: str) -> date | None:
        value = self.text(field)
        if not value:
            return None
        try:
            return date.fromisoformat(value[:10])
        except ValueError as wrong:
            raise self.odd(field, "is not a date") from wrong

    def needed_day(self, field: str) -> date:
        found = self.day(field)
        if found is None:
            raise self.odd(field, "is missing")
        return found

    def moment(self, field: str) -> datetime | None:
        value = self.text(field)
        if not value:
            return None
        try:
            found = datetime.fromisoformat(value)
        except ValueError as wrong:
            raise self.odd(field, "is not a time") from wrong
        if found.tzinfo is None:
            raise self.odd(field, "has no time zone")
        return found

    def part(self, field: str) -> Fields:
        """A nested object; an empty one where it is absent."""
        value = self.raw.get(field)
        if value is None:
            value = {}
        if not isinstance(value, dict):
            raise self.odd(field)
        return Fields(self.what, value)

    def parts(self, field: str, named: str = "") -> tuple[Fields, ...]:
        value = self.raw.get(field)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(part, dict) for part in value):
            raise self.odd(field)
        return tuple(Fields(f"{self.what}, {named or field} {place}", part) for place, part in enumerate(value, 1))

    def ref(self, field: str) -> str:
        """The id of a reference, empty where there is none."""
        return self.part(field).text("value")

    def needed_ref(self, field: str) -> str:
        found = self.ref(field)
        if not found:
            raise self.odd(field, "is missing")
        return found


def shorten(value: object) -> str:
    shown = repr(str(value)) if isinstance(value, Decimal) else repr(value)
    return shown if len(shown) <= 80 else f"{shown[:77]}…"
