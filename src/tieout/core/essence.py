"""The fields of a document that matter: those whose change is a change of the books. Compared as text. [A195]

Amounts, party, project, code and date matter, and the number of a check, which comes when it is printed [A149]; memo,
class, balance and version do not. Names (vendor, job, item) only have to stay linked: their later edits belong to
QuickBooks.
"""
from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence

from tieout.core.books import Bill, Customer, Item, Line, PurchaseOrder, Vendor
from tieout.core.construction import PaymentIssued
from tieout.core.drafts import BillDraft, Draft, ItemDraft, JobDraft, LineDraft, OrderDraft, PaymentDraft, VendorDraft
from tieout.core.money import Money, shown
from tieout.core.names import bare_number


def of_draft(draft: Draft) -> str:
    """As it will be once entered. Every ref must have its id."""
    match draft:
        case VendorDraft() | ItemDraft():
            return _text({})
        case JobDraft():
            return _text({"customer": draft.customer.id})
        case OrderDraft():
            return _text({"vendor": draft.vendor.id, "lines": sorted(_draft_lines(draft.lines))})
        case BillDraft():
            return _text({"vendor": draft.vendor.id, "dated": draft.dated.isoformat(),
                          "lines": sorted(_draft_lines(draft.lines))})
        case PaymentDraft():
            return _text({"commitment": draft.commitment.id, "invoice": draft.invoice.id,
                          "dated": draft.dated.isoformat(), "amount": str(draft.amount),
                          "check": bare_number(draft.check_number)})


def of_held(held: object) -> str:
    """As it stands there now."""
    match held:
        case Vendor() | Item():
            return _text({})
        case Customer():
            return _text({"customer": held.parent})
        case PurchaseOrder():
            return _text({"vendor": held.vendor, "lines": sorted(_held_lines(held.lines))})
        case Bill():
            return _text({"vendor": held.vendor, "dated": held.dated.isoformat(),
                          "lines": sorted(_held_lines(held.lines))})
        case PaymentIssued():
            return _text({"commitment": held.commitment, "invoice": held.requisition,
                          "dated": held.dated.isoformat() if held.dated else "", "amount": str(held.amount),
                          "check": bare_number(held.check_number)})
        case _:
            raise TypeError(f"{type(held).__name__} is not a document that a flow makes")


def _draft_lines(lines: Iterable[LineDraft]) -> list[list[str]]:
    return [[f"{line.coding.kind}:{line.coding.id}", line.job.id, str(line.amount)] for line in lines]


def _held_lines(lines: Iterable[Line]) -> list[list[str]]:
    return [[f"item:{line.item}" if line.item else f"account:{line.account}", line.job, str(line.amount)]
            for line in lines if line.item or line.account or line.amount]


def parts(drafts: Sequence[LineDraft], held: Sequence[Line], known: Mapping[str, str]) -> dict[str, str]:
    """source line -> line id on the document: those known before that still stand, then by coding, job and amount."""
    left = {line.id: line for line in held}
    found = {d.source: known[d.source] for d in drafts if known.get(d.source) in left}
    for taken in found.values():
        left.pop(taken, None)
    for draft in drafts:
        if draft.source not in found:
            alike = [line for line in left.values() if line.amount == draft.amount and line.job == draft.job.id
                     and draft.coding.id == (line.item or line.account)]
            if alike:                                        # codes of one account are told apart by their classes
                wanted = draft.class_.id if draft.class_ else ""
                same = next((line.id for line in alike if line.class_ == wanted), alike[0].id)
                found[draft.source] = same
                del left[same]
    return found


def _text(value: object) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def only_recoded(before: str, after: str) -> bool:
    """The same amounts for the same party, job and date, on other items or accounts."""
    def without_coding(text: str) -> object:
        found = json.loads(text or "{}")
        return {**found, "lines": sorted(line[1:] for line in found.get("lines", ()))}
    return before != after and without_coding(before) == without_coding(after)


def difference(before: str, after: str) -> str:
    """What changed, in words: "date 2026-03-31 is now 2026-04-02; lines come to 900.00 instead of 1,000.00"."""
    old, new = json.loads(before or "{}"), json.loads(after or "{}")
    words = {"dated": "date", "customer": "customer", "vendor": "vendor", "commitment": "commitment",
             "invoice": "invoice", "check": "check number"}
    parts = [f"{word} {old.get(key) or 'none'} is now {new.get(key) or 'none'}"
             for key, word in words.items() if old.get(key) != new.get(key)]
    if old.get("amount") != new.get("amount"):
        parts.append(f"amount {_shown(old.get('amount'))} is now {_shown(new.get('amount'))}")
    if old.get("lines") != new.get("lines"):
        total_before, total_after = (_total(one.get("lines") or []) for one in (old, new))
        parts.append(f"lines come to {shown(total_after)} instead of {shown(total_before)}"
                     if total_before != total_after else "lines are coded or split differently")
    return "; ".join(parts) or "nothing that matters"


def _total(lines: list[list[str]]) -> Money:
    return sum((Money(amount) for _, _, amount in lines), Money("0.00"))


def _shown(amount: str | None) -> str:
    return shown(Money(amount)) if amount else "none"
