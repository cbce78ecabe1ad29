"""What a person is shown, drawn from the rows: plain values that a page or a terminal prints."""
from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal

import msgspec

from tieout.core import retainage
from tieout.core.books import Bill, BillPayment, Line, PurchaseOrder, Vendor
from tieout.core.construction import Commitment, Requisition
from tieout.core.drafts import BillDraft
from tieout.core.flows import commitment_to_purchase_order as orders
from tieout.core.flows import subcontractor_invoice_to_bill as bills
from tieout.core.money import ZERO, Money, from_cents
from tieout.core.picture import Link, Picture, Said, Slot
from tieout.core.plan import Present, effect_of
from tieout.engine import plan
from tieout.engine.fetch import project_ids
from tieout.engine.sides import sides_of
from tieout.engine.store.models import Agreed, OpenProblem, Pair, Posting, Standing, TrailEntry

EffectOf = Literal["planned", "posted", "as_it_stands", ""]
Rows = list[tuple[str, Money, Money]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One system's document in a few words. `total` is gross of nothing: the amount the document itself shows."""

    title: str
    number: str = ""
    party: str = ""
    dated: date | None = None
    total: Money | None = None
    status: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldRow:
    """One fact beside itself. agrees: None where it is not compared, or one system does not hold it."""

    label: str
    procore: str | Money | date | None
    quickbooks: str | Money | date | None
    agrees: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LineRow:
    """One line on both documents, aligned by what it was entered from."""

    label: str
    code: str
    procore: Money | None
    quickbooks: Money | None
    agrees: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A slot with both its documents, what is planned for it, and what happened to it.

    status    as in Standing
    effect    (account, debit, credit)
    effect_of planned: what is to be posted; posted: the last thing that was; as_it_stands: what would be, once the
              problem that holds it up is settled; or empty, with no effect
    by_hand   it stands for a document that a person entered there: nothing was posted
    link_…    address of the document in that system's own pages; path_… the way there through its menus
    related   (label, flow, slot)
    """

    title: str
    flow: str
    slot: str
    status: str
    why: str = ""
    intent: str = ""
    fingerprint: str = ""
    procore: Side | None = None
    quickbooks: Side | None = None
    fields: Sequence[FieldRow] = ()
    lines: Sequence[LineRow] = ()
    totals: Sequence[FieldRow] = ()
    effect: Sequence[tuple[str, Money, Money]] = ()
    effect_of: EffectOf = ""
    by_hand: bool = False
    history: Sequence[TrailEntry] = ()
    postings: Sequence[Posting] = ()
    related: Sequence[tuple[str, str, str]] = ()
    link_procore: str = ""
    link_quickbooks: str = ""
    path_procore: str = ""
    path_quickbooks: str = ""


@dataclass(slots=True)
class _Beside:
    """Both documents of one slot while they are laid beside each other."""

    standing: Standing
    picture: Picture
    present: Present
    link: Link | None
    procore: Side | None = None
    quickbooks: Side | None = None
    fields: list[FieldRow] = field(default_factory=list)
    lines: list[LineRow] = field(default_factory=list)
    totals: list[FieldRow] = field(default_factory=list)
    related: list[tuple[str, str, str]] = field(default_factory=list)

    def held(self) -> object | None:
        link = self.link
        return self.present.held.get((link.target_kind, link.target)) if link and link.target else None

    def row(self, label: str, procore: str | Money | date | None, quickbooks: str | Money | date | None, *,
            compared: bool = True) -> None:
        both = procore is not None and quickbooks is not None
        agrees = procore == quickbooks if compared and both else None
        self.fields.append(FieldRow(label=label, procore=procore, quickbooks=quickbooks, agrees=agrees))

    def total(self, label: str, procore: Money | None, quickbooks: Money | None) -> None:
        both = procore is not None and quickbooks is not None
        self.totals.append(FieldRow(label=label, procore=procore, quickbooks=quickbooks,
                                    agrees=procore == quickbooks if both else None))


def record(pair: Pair, flow: str, slot: str) -> Record | None:
    """One slot whole, or None when there is no such slot. Reads the rows of its project; calls no vendor."""
    standing = Standing.objects.filter(pair=pair, flow=flow, slot=slot).first()
    if standing is None:
        return None
    found = _picture_of(pair, standing)
    beside = _Beside(standing=standing, picture=found[0], present=found[1],
                     link=found[0].links.get(Slot(flow=flow, key=slot))) if found else None
    if beside is not None:
        _LAID_OUT[flow](beside)
    agreed = Agreed.objects.filter(pair=pair, flow=flow, slot=slot).first()
    target = (agreed.target_kind, agreed.target) if agreed and agreed.target else ("", "")
    postings = list(Posting.objects.filter(pair=pair, flow=flow, slot=slot).order_by("generation"))
    effect, whose = _effect(standing, postings, linked=bool(agreed and agreed.target),
                            picture=found[0] if found else None)
    paths = _PATHS[flow]
    return Record(
        title=standing.title, flow=flow, slot=slot, status=standing.status, why=standing.why, intent=standing.intent,
        fingerprint=standing.fingerprint, procore=beside.procore if beside else None,
        quickbooks=beside.quickbooks if beside else None, fields=beside.fields if beside else (),
        lines=beside.lines if beside else (), totals=beside.totals if beside else (),
        effect=effect, effect_of=whose,
        by_hand=bool(agreed and agreed.target) and not any(p.state == "posted" for p in postings),
        history=_history(pair, standing, target), postings=postings,
        related=beside.related if beside else (), link_quickbooks=quickbooks_address(pair, *target),
        link_procore=_procore_address(pair, standing), path_procore=paths[0], path_quickbooks=paths[1])


def _picture_of(pair: Pair, standing: Standing) -> tuple[Picture, Present] | None:
    desk = plan.desk_of(pair, *sides_of(pair))
    known = project_ids(pair.procore)
    routes = [route for route in desk.routes if route.number in known
              and (not standing.project or route.number == standing.project)]
    return plan.project_picture(desk, routes[0], known[routes[0].number]) if routes else None


def _effect(standing: Standing, postings: Sequence[Posting], linked: bool,
            picture: Picture | None) -> tuple[Rows, EffectOf]:
    """Of what is planned; else of the last thing that was posted; else of what a problem holds up."""
    if standing.effect:
        return _rows(standing.effect), "planned"
    posted = next((p.effect for p in reversed(postings) if p.state == "posted" and p.effect), "")
    if posted:
        return _rows(posted), "posted"
    if standing.intent != "ask" or standing.flow != bills.FLOW or linked:
        return [], ""
    draft = msgspec.json.decode(standing.draft, type=BillDraft) if standing.draft else _if_entered(picture, standing)
    return ([(row.account, row.debit, row.credit) for row in effect_of(draft)], "as_it_stands") if draft else ([], "")


def _if_entered(picture: Picture | None, standing: Standing) -> BillDraft | None:
    """The bill that it would be, were each question about it answered with "enter it"; None where it cannot be one."""
    if picture is None:
        return None
    slot = Slot(flow=standing.flow, key=standing.slot)
    said = {(kind, str(slot)): Said(choice=choice) for kind, choice in ENTER_IT.items()}
    supposed = replace(picture, said={**picture.said, **said})
    draft = next((wish.draft for wish in bills.wishes(supposed) if wish.slot == slot), None)
    return draft if isinstance(draft, BillDraft) else None


ENTER_IT = {"closed_period": "first_open_day", "bill_may_exist": "different", "release_exceeds_held": "enter"}


def _rows(text: str) -> Rows:
    return [(account, from_cents(debit), from_cents(credit)) for account, debit, credit in json.loads(text)]


def _history(pair: Pair, standing: Standing, target: tuple[str, str]) -> list[TrailEntry]:
    """What was seen, planned and sent, and what people answered to the problems about it."""
    own = f"{standing.flow}:{standing.slot}"
    subjects = [own, f"{standing.source_kind}:{standing.source}", ":".join(target)]
    asked = OpenProblem.objects.filter(pair=pair, subject__startswith=own).values_list("kind", "subject")
    subjects += [f"problem:{kind}:{subject}"[:220] for kind, subject in asked
                 if subject == own or subject.startswith(f"{own}#")]
    return list(TrailEntry.objects.filter(chain=pair.name, subject__in=subjects).order_by("number"))


# where a person finds each record by the menus of the two systems [A131]
_PATHS = {
    "company_to_vendor": ("Directory", "Expenses > Vendors"),
    "project_to_job": ("Portfolio", "Customers"),
    "cost_code_to_item": ("Admin > Work breakdown structure", "Products and services"),
    orders.FLOW: ("Commitments", "Expenses > Purchase orders"),
    bills.FLOW: ("Commitments > Invoices", "Expenses > Bills"),
    "bill_payment_to_payment_issued": ("Commitments > Payments issued", "Expenses > Bill payments"),
}
_QUICKBOOKS_PAGES = {"bill": "bill?txnId=", "vendor_credit": "vendorcredit?txnId=",
                     "purchase_order": "purchaseorder?txnId=",
                     "vendor": "vendordetail?nameId=", "customer": "customerdetail?nameId=",
                     "bill_payment": "billpayment?txnId="}


def quickbooks_address(pair: Pair, kind: str, key: str) -> str:
    """QuickBooks' own page of a record; the practice company has none."""
    page = _QUICKBOOKS_PAGES.get(kind)
    return f"https://app.qbo.intuit.com/app/{page}{key}" if page and not pair.quickbooks.base_url else ""


def _procore_address(pair: Pair, standing: Standing) -> str:
    """The project's home in Procore: deeper pages have no address that its documentation gives."""
    ids = project_ids(pair.procore)
    if pair.procore.base_url or standing.project not in ids:
        return ""
    return f"https://app.procore.com/{ids[standing.project]}/project/home"


def _names(beside: _Beside) -> None:
    """A vendor, job or item: linked or not; its fields belong to each system."""
    standing, held = beside.standing, beside.held()
    beside.procore = Side(title=standing.title, number=standing.number, party=standing.party)
    name = getattr(held, "full_name", None) or getattr(held, "name", None)
    if held is not None and name:
        beside.quickbooks = Side(title=str(name), status="active" if getattr(held, "active", True) else "inactive")
    beside.row("Name", standing.party or standing.title, str(name) if name else None, compared=False)


def _order(beside: _Beside) -> None:
    commitment = beside.picture.commitments.get(beside.standing.slot)
    held = beside.held()
    order = held if isinstance(held, PurchaseOrder) else None
    vendors = beside.picture.lists.vendors
    if commitment:
        beside.procore = Side(title=commitment.title or commitment.number, number=commitment.number,
                              party=beside.standing.party, dated=commitment.dated, total=commitment.revised,
                              status=commitment.status)
    if order:
        beside.quickbooks = Side(title="Purchase order", number=order.number, party=_name(vendors, order.vendor),
                                 dated=order.dated, total=order.total, status="Open" if order.open else "Closed")
    beside.row("Number", commitment.number if commitment else None, order.number if order else None, compared=False)
    beside.row("Vendor", beside.standing.party or None, _name(vendors, order.vendor) if order else None)
    beside.row("Date", commitment.dated if commitment else None, order.dated if order else None, compared=False)
    wanted = [(line.source, line.description, line.coded, line.amount)
              for line in orders.order_lines(beside.picture, commitment)] if commitment else []
    _align(beside, wanted, order.lines if order else ())
    beside.total("Committed, with approved change orders", commitment.revised if commitment else None,
                 order.total if order else None)
    for requisition in beside.picture.requisitions_of.get(beside.standing.slot, ()):
        named = f"Invoice {requisition.invoice_number or requisition.number}"
        beside.related.append((named, bills.FLOW, requisition.id))


def _bill(beside: _Beside) -> None:
    requisition = beside.picture.requisitions.get(beside.standing.slot)
    commitment = beside.picture.commitments.get(requisition.commitment) if requisition else None
    held = beside.held()
    bill = held if isinstance(held, Bill) else None
    vendors = beside.picture.lists.vendors
    if requisition:
        beside.procore = Side(title="Subcontractor invoice", number=requisition.invoice_number,
                              party=beside.standing.party, dated=requisition.billing_date, total=requisition.due_now,
                              status=requisition.status.replace("_", " ").capitalize())
    if bill:
        beside.quickbooks = Side(title="Vendor credit" if bill.credit else "Bill", number=bill.number,
                                 party=_name(vendors, bill.vendor), dated=bill.dated, total=bill.total,
                                 status=_paid(bill))
    beside.row("Number", requisition.invoice_number if requisition else None, bill.number if bill else None)
    beside.row("Vendor", beside.standing.party or None, _name(vendors, bill.vendor) if bill else None)
    beside.row("Date", beside.standing.dated, bill.dated if bill else None)
    beside.row("Due", requisition.payment_date if requisition else None, bill.due if bill else None, compared=False)
    if requisition and commitment:
        _bill_lines(beside, requisition, commitment, bill)
        beside.related.append((f"Order {commitment.number}", orders.FLOW, commitment.id))
    if bill:
        for slot in beside.picture.links:
            if slot.flow == "bill_payment_to_payment_issued" and slot.key.endswith(f":{bill.id}"):
                beside.related.append((f"Payment {slot.key.split(':')[0]}", slot.flow, slot.key))


def _bill_lines(beside: _Beside, requisition: Requisition, commitment: Commitment, bill: Bill | None) -> None:
    """What the application moves, line by line, beside what the bill holds."""
    moved = bills.movements(requisition, bills.before_of(beside.picture, requisition))
    kept = -sum((m.held for m in moved), ZERO)
    released = sum((m.released for m in moved), ZERO)
    wanted = [(m.line.source, m.line.description, m.line.code.text, m.cost) for m in moved if m.cost]
    wanted += [("retained", "Retainage held", "", kept)] if kept else []
    wanted += [("released", "Retainage released", "", released)] if released else []
    _align(beside, wanted, bill.lines if bill else ())
    gross = sum((m.cost for m in moved), ZERO)
    there, kept_there = retainage.split(beside.picture, bill) if bill else (None, None)
    beside.total("Work and stored materials, gross", gross, there)
    beside.total("Retainage held less released", -kept - released, kept_there)
    beside.total("Due now", requisition.due_now, bill.total if bill else None)
    if bill:
        beside.total("Still open", None, bill.balance)


def _align(beside: _Beside, wanted: Iterable[tuple[str, str, str, Money]], lines: Sequence[Line]) -> None:
    """By what each line was entered from; what is left stands on one side only."""
    parts = beside.link.parts if beside.link else {}
    left = {line.id: line for line in lines}
    for source, label, code, amount in wanted:
        line = left.pop(parts.get(source, ""), None)
        there = line.amount if line else None
        beside.lines.append(LineRow(label=label, code=code, procore=amount, quickbooks=there,
                                    agrees=amount == there if lines else None))
    for line in left.values():
        beside.lines.append(LineRow(label=line.description or "Line in QuickBooks", code="", procore=None,
                                    quickbooks=line.amount, agrees=False))


def _paid(bill: Bill) -> str:
    if bill.credit:
        return "Used up" if not bill.balance else "Credit left"
    if not bill.balance:
        return "Paid"
    return "Open" if bill.balance == bill.total else "Partly paid"


def _payment(beside: _Beside) -> None:
    """The cash of one QuickBooks payment on one bill, beside the payment issued."""
    payment = beside.picture.bill_payments.get(beside.standing.source)
    issued = beside.picture.payments_issued.get(beside.link.target) if beside.link else None
    amount = from_cents(beside.standing.amount_cents)
    if issued:
        beside.procore = Side(title="Payment issued", number=issued.check_number, party=beside.standing.party,
                              dated=issued.dated, total=issued.amount)
    if payment:
        beside.quickbooks = Side(title="Bill payment", number=payment.number, party=beside.standing.party,
                                 dated=payment.dated, total=payment.total, status=_voided(payment))
    beside.row("Check or reference", issued.check_number if issued else None, beside.standing.number or None)
    beside.row("Date", issued.dated if issued else None, payment.dated if payment else None)
    beside.row("Method", None, payment.method.replace("_", " ") if payment else None, compared=False)
    beside.total("Cash on this invoice", issued.amount if issued else None, amount)
    bill = beside.standing.slot.split(":")[-1]
    for slot, link in beside.picture.links.items():
        if slot.flow == bills.FLOW and link.target == bill:
            beside.related.append(("Invoice and its bill", slot.flow, slot.key))


def _voided(payment: BillPayment) -> str:
    return "Voided" if payment.voided else "Paid"


def _name(vendors: Mapping[str, Vendor], key: str) -> str:
    found = vendors.get(key)
    return found.name if found else key


_LAID_OUT: dict[str, Callable[[_Beside], None]] = {
    "company_to_vendor": _names, "project_to_job": _names, "cost_code_to_item": _names, orders.FLOW: _order,
    bills.FLOW: _bill, "bill_payment_to_payment_issued": _payment,
}
