"""The record that a call names by its id, and the SyncToken that a change of it must carry (qbo.md 4.4, 9.4)."""
from __future__ import annotations

from tieout.sandbox.quickbooks_online.company import Company, Record
from tieout.sandbox.quickbooks_online.refusals import DELETED, MADE_INACTIVE, refuse, stale

NAMED_BY_WORD = ("TaxCode",)        # TAX and NON are ids as well


def existing(company: Company, entity: str, id_: str) -> Record:
    """2030 where the id is none, 610 where nothing has it or what had it was deleted."""
    digits = id_.removeprefix("-")
    if entity not in NAMED_BY_WORD and not (digits.isascii() and digits.isdigit()):
        raise refuse("2030", f"Invalid ID : {id_}", "Id")
    found = company.find(entity, id_)
    if found is None:
        raise refuse("610", DELETED if id_ in company.deleted[entity] else MADE_INACTIVE, "Id")
    return found


def check_token(company: Company, version: int, token: str | None) -> None:
    """Whoever changes something shows that it has seen the latest version."""
    if token is None:
        raise refuse("2020", "Required parameter SyncToken is missing in the request", "SyncToken")
    if token != str(version):
        raise stale(company.profile.bookkeeper)
