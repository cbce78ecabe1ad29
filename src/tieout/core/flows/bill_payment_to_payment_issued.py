"""The cash that a QuickBooks bill payment put on a bill becomes a payment issued in Procore.

Trigger   a bill payment settles a bill that stands for a subcontractor invoice.
Slices    one payment can pay many bills, one bill many payments: a slot for each (payment, bill). Credits used in a
          payment are no cash: they lower the slice of the bill of the same commitment first, then of the same vendor's
          other bills in the payment's order.
Follows   an edit, or a check's number when it is printed, changes the payment issued, a deletion takes it out, a void
          leaves it at 0.00.
Key       payment id : bill id. Natural key: the origin id that Procore keeps.
Owner     QuickBooks. A payment with an origin id is locked in Procore for people; we unlock, change and lock it again.
Covers    A144 A146 A147 A148 A149 A150 A151 A152
"""
from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from tieout.core.books import BillPayment, PaidDocument
from tieout.core.construction import PaymentIssued, Requisition
from tieout.core.drafts import PaymentDraft, Ref
from tieout.core.flows import subcontractor_invoice_to_bill as invoices
from tieout.core.money import ZERO, Money, shown
from tieout.core.names import same_number
from tieout.core.picture import Picture, Slot
from tieout.core.problems import Problem, payment_may_exist
from tieout.core.wish import Wish

FLOW = "bill_payment_to_payment_issued"


def cash_per_bill(payment: BillPayment, commitment_of: Mapping[tuple[str, str], str]) -> dict[str, Money]:
    """Bill id -> cash. `commitment_of` tells for (kind, id) which commitment a bill or credit belongs to."""
    cash: dict[str, Money] = {}
    for charge in payment.documents:
        if charge.kind == "bill":
            cash[charge.id] = cash.get(charge.id, ZERO) + charge.amount
    for used in _credits(payment):
        left = used.amount
        home = commitment_of.get((used.kind, used.id))
        first = [bill for bill in cash if home and commitment_of.get(("bill", bill)) == home]
        for bill in (*first, *(b for b in cash if b not in first)):
            taken = min(left, cash[bill])
            cash[bill] -= taken
            left -= taken
    return cash


def _credits(payment: BillPayment) -> Iterator[PaidDocument]:
    """What lowers the cash. A refund and a journal entry that credits accounts payable are paid like a bill, and
    QuickBooks writes every amount above zero: for a journal entry the payment's total tells."""
    of_bills = sum((one.amount if one.kind in ("bill", "deposit") else -one.amount for one in payment.documents
                    if one.kind != "journal_entry"), ZERO)
    journals = sum((one.amount for one in payment.documents if one.kind == "journal_entry"), ZERO)
    paid_too = of_bills + journals <= payment.total
    for one in payment.documents:
        if one.kind not in ("bill", "deposit") and not (paid_too and one.kind == "journal_entry"):
            yield one


def unapplied(payment: BillPayment) -> Money:
    """What was paid beyond everything that the payment settles; all of it, where it names no document."""
    lowering = sum((one.amount for one in _credits(payment)), ZERO)
    settled = sum((one.amount for one in payment.documents), ZERO) - 2 * lowering
    return payment.total - settled


def wishes(picture: Picture) -> Iterator[Wish]:
    bill_slots = {link.target: slot.key for slot, link in picture.links.items()
                  if slot.flow == invoices.FLOW and link.target_kind == "bill" and link.target}
    told: set[Slot] = set()
    for payment in sorted(picture.bill_payments.values(), key=lambda p: (p.dated, p.id)):
        for bill, amount in cash_per_bill(payment, picture.commitment_of).items():
            requisition = picture.requisitions.get(bill_slots.get(bill, ""))
            if requisition:
                wish = _wish(picture, payment, bill, requisition, amount)
                if wish:
                    told.add(wish.slot)
                    yield wish
    for slot, link in picture.links.items():
        if slot.flow == FLOW and slot not in told and link.target:
            yield _gone(picture, slot, bill_slots)


def _wish(picture: Picture, payment: BillPayment, bill: str, requisition: Requisition, amount: Money) -> Wish | None:
    slot = Slot(flow=FLOW, key=f"{payment.id}:{bill}")
    linked = picture.link(FLOW, slot.key)
    if not amount and not linked:
        return None                                          # settled by credits alone: no cash to report
    draft = _draft(picture, payment, requisition, amount)
    base = _base(picture, slot, payment, requisition, amount)
    found, problem = ("", None) if linked else _there_already(picture, base, draft)
    if problem:
        return replace(base, problems=(problem,))
    return replace(base, draft=draft, found=found)


def _gone(picture: Picture, slot: Slot, bill_slots: Mapping[str, str]) -> Wish:
    """A slice reported earlier whose payment was voided, deleted, or no longer pays this bill."""
    payment_id, bill = slot.key.split(":", 1)
    payment = picture.bill_payments.get(payment_id)
    requisition = picture.requisitions.get(bill_slots.get(bill, ""))
    if payment is None:
        return Wish(slot=slot, source_kind="bill_payment", source=payment_id, title=f"Payment {payment_id}",
                    project=picture.project.number, remove="deleted in QuickBooks")
    if requisition is None:
        pays = any(document.kind == "bill" and document.id == bill for document in payment.documents)
        return Wish(slot=slot, source_kind="bill_payment", source=payment_id, number=check_number(payment),
                    title=f"Payment {check_number(payment)}", project=picture.project.number, dated=payment.dated,
                    waits="its invoice is no longer in Procore" if pays else "",
                    remove="" if pays else "no longer pays this bill")
    base = _base(picture, slot, payment, requisition, ZERO)
    if payment.voided:
        return replace(base, draft=_draft(picture, payment, requisition, ZERO))
    return replace(base, remove="no longer pays this bill")


def _base(picture: Picture, slot: Slot, payment: BillPayment, requisition: Requisition, amount: Money) -> Wish:
    vendor = picture.lists.vendors.get(payment.vendor)
    name = vendor.name if vendor else payment.vendor
    invoice = requisition.invoice_number or str(requisition.number)
    return Wish(slot=slot, source_kind="bill_payment", source=payment.id,
                title=f"Payment {check_number(payment)} to {name} for invoice {invoice}", number=check_number(payment),
                party=name, project=picture.project.number, dated=payment.dated, amount=amount)


def check_number(payment: BillPayment) -> str:
    return payment.number or f"QB-{payment.id}"


def _draft(picture: Picture, payment: BillPayment, requisition: Requisition, amount: Money) -> PaymentDraft:
    commitment = picture.commitments.get(requisition.commitment)
    invoice = requisition.invoice_number or str(requisition.number)
    return PaymentDraft(
        project=Ref(kind="project", name=picture.project.number, id=picture.project.id),
        commitment=Ref(kind="commitment", name=commitment.number if commitment else requisition.commitment,
                       id=requisition.commitment),
        invoice=Ref(kind="subcontractor_invoice", name=invoice, id=requisition.id),
        amount=amount, dated=payment.dated, check_number=check_number(payment), method=payment.method,
        notes="Voided in QuickBooks" if payment.voided else payment.note[:1000],
        invoice_number=requisition.invoice_number)


def _there_already(picture: Picture, base: Wish, draft: PaymentDraft) -> tuple[str, Problem | None]:
    """A payment that somebody typed in Procore for the same application, check number or amount and date."""
    said = picture.said.get(("payment_may_exist", str(base.slot)))
    if said and said.choice.startswith("this_is_it:"):
        return said.choice.removeprefix("this_is_it:"), None
    if said and said.choice == "different":
        return "", None
    twins = [p for p in picture.payments_issued.values()
             if ("payment_issued", p.id) not in picture.slot_of_target and not p.origin and _like(p, draft)]
    shown_as = tuple((p.id, f"{p.dated or 'undated'}, {shown(p.amount)}, check {p.check_number or '–'}") for p in twins)
    return "", payment_may_exist(base.title, str(base.slot), shown_as, draft.amount) if twins else None


def _like(payment: PaymentIssued, draft: PaymentDraft) -> bool:
    same_invoice = payment.requisition == draft.invoice.id or \
        (not payment.requisition and payment.commitment == draft.commitment.id)
    return same_invoice and payment.amount == draft.amount and (
        same_number(payment.check_number, draft.check_number) or payment.dated == draft.dated)
