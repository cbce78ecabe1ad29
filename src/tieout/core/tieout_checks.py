"""What must hold besides the figures: each document against its application, each total against its parts."""
from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from tieout.core import retainage
from tieout.core.books import Bill
from tieout.core.construction import Commitment, Requisition
from tieout.core.flows import commitment_to_purchase_order as orders
from tieout.core.flows import company_to_vendor
from tieout.core.flows import subcontractor_invoice_to_bill as invoices
from tieout.core.money import ZERO, Money, shown
from tieout.core.names import bare_number
from tieout.core.picture import Picture, Slot
from tieout.core.plan import Intent
from tieout.core.tieout_table import Check, Entry

DUE_IS_THE_BILL = "line 8 less tax is the document's total"
RETAINAGE_IS_HELD = "line 5 is what the retainage account holds of it"
PARTS_ARE_THE_WHOLE = "codes add up to the commitment"
ONCE = "each document once"
ONCE_OVER_ALL = "each amount in one project"


def checks(picture: Picture, intents: Sequence[Intent]) -> tuple[Check, ...]:
    """Of what is entered; a slot that a person is asked about is not judged twice."""
    asked = frozenset(i.wish.slot for i in intents if i.act in ("ask", "wait") or i.status in ("changed", "missing"))
    rules = ((DUE_IS_THE_BILL, _due_is_the_bill(picture, asked)), (ONCE, _once(picture)),
             (RETAINAGE_IS_HELD, _retainage_is_held(picture, asked)),
             (PARTS_ARE_THE_WHOLE, _parts_are_the_whole(picture)))
    found = []
    for name, said in rules:
        results = list(said)
        found.append(Check(name=name, project=picture.project.number, held=results.count(""),
                           failures=tuple(text for text in results if text)))
    return tuple(found)


def _entered(picture: Picture, asked: frozenset[Slot]) -> Iterator[tuple[Requisition, Bill]]:
    for slot, link in picture.links.items():
        if slot.flow == invoices.FLOW and link.target and slot not in asked:
            bill = picture.bills.get(link.target) or picture.other_bills.get(link.target)
            requisition = picture.requisitions.get(slot.key)
            if bill and requisition and requisition.status in picture.rules.posting_statuses:
                yield requisition, bill


def _due_is_the_bill(picture: Picture, asked: frozenset[Slot]) -> Iterator[str]:
    for requisition, bill in _entered(picture, asked):
        due = requisition.due_now - requisition.tax
        said = f"{_named(picture, requisition)}: due {shown(due)}, entered {shown(bill.total)}"
        yield "" if due == bill.total else said


def _retainage_is_held(picture: Picture, asked: frozenset[Slot]) -> Iterator[str]:
    """Per commitment, over its entered applications: what they kept back, and what their documents' lines kept."""
    accounts = retainage.accounts(picture)
    kept: dict[str, Money] = {}
    for requisition, bill in _entered(picture, asked):
        moved = invoices.movements(requisition, invoices.before_of(picture, requisition))
        theirs = ZERO
        for line in bill.lines:
            landing = retainage.landing_account(picture, line.item, line.account)
            theirs -= line.amount if landing and landing.id in accounts else ZERO
        ours = sum((m.held - m.released for m in moved), ZERO)
        kept[requisition.commitment] = kept.get(requisition.commitment, ZERO) + ours - theirs
    for commitment_id, apart in kept.items():
        commitment = picture.commitments.get(commitment_id)
        name = orders.document(picture, commitment) if commitment else commitment_id
        yield f"{name}: retainage of its applications and of their bills differ by {shown(apart)}" if apart else ""


def _parts_are_the_whole(picture: Picture) -> Iterator[str]:
    for commitment in picture.commitments.values():
        if not picture.rules.commits(commitment.kind, commitment.status):
            continue
        changes = picture.change_orders_of.get(commitment.id, ())
        parts = sum((line.amount for line in commitment.lines), ZERO) \
            + sum((line.amount for change in changes for line in change.lines), ZERO)
        yield _whole(orders.document(picture, commitment), parts, commitment.revised)
    for requisition in picture.requisitions.values():
        if requisition.status in picture.rules.posting_statuses:
            name = _named(picture, requisition)
            both = (_whole(name, sum((line.completed for line in requisition.lines), ZERO), requisition.completed),
                    _whole(name, sum((line.retained for line in requisition.lines), ZERO), requisition.retained))
            yield "; ".join(filter(None, both))


def _whole(name: str, parts: Money, whole: Money) -> str:
    return "" if parts == whole else f"{name}: the lines come to {shown(parts)}, the whole is {shown(whole)}"


def _once(picture: Picture) -> Iterator[str]:
    """No record fills two slots, and no paper stands twice: one vendor, number and amount."""
    filled: dict[tuple[str, str], list[Slot]] = {}
    for slot, link in picture.links.items():
        if link.target:
            filled.setdefault((link.target_kind, link.target), []).append(slot)
    for (kind, target), slots in filled.items():
        several = len(slots) > 1 and kind not in ("vendor", "customer", "item")
        yield f"{kind.replace('_', ' ')} {target} stands for {len(slots)} documents" if several else ""
    papers: dict[tuple[str, str, Money], list[Bill]] = {}
    for bill in picture.bills.values():
        if bare_number(bill.number):
            papers.setdefault((bill.vendor, bare_number(bill.number), bill.total), []).append(bill)
    for (vendor, _, total), bills in papers.items():
        held = picture.lists.vendors.get(vendor)
        name = held.name if held else vendor
        both_ours = all((_kind(bill), bill.id) in picture.slot_of_target for bill in bills)
        twice = len(bills) > 1 and not both_ours
        yield f"bill {bills[0].number} of {name} over {shown(total)} stands {len(bills)} times" if twice else ""


def _kind(bill: Bill) -> str:
    return "vendor_credit" if bill.credit else "bill"


def _named(picture: Picture, requisition: Requisition) -> str:
    commitment: Commitment | None = picture.commitments.get(requisition.commitment)
    vendor = company_to_vendor.vendor_ref(picture, commitment).name if commitment else "unknown vendor"
    return f"Invoice {requisition.invoice_number or requisition.number} of {vendor}"


@dataclass(slots=True)
class Counted:
    """In which project each amount of QuickBooks was counted, over the pair. Keeps a number for each, no entries."""

    places: dict[int, str] = field(default_factory=dict)
    twice: dict[tuple[str, str], str] = field(default_factory=dict)

    def add(self, entries: Iterable[Entry]) -> Iterator[Entry]:
        """Passes the entries on."""
        for entry in entries:
            if entry.side == "quickbooks":
                place = self.places.setdefault(hash((entry.figure, entry.document, entry.line)), entry.project)
                if place != entry.project:
                    self.twice[entry.title, entry.figure] = \
                        f"{entry.title} counts in {entry.figure.replace('_', ' ')} of {place} and of {entry.project}"
            yield entry

    def check(self) -> Check:
        return Check(name=ONCE_OVER_ALL, project="", held=len(self.places), failures=tuple(self.twice.values()))
