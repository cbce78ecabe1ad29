"""Do the two sides tie out? Every figure of a project from both, each side read by itself, each difference explained.

Procore's figures come from Procore's documents alone. QuickBooks' come from every document on the project's job,
whoever entered it: taking only what the product posted would hide what was typed by hand. A slot's two documents are
then laid beside each other; where they differ, what the plan says of the slot is the class of the difference. What
stands on no project's job is read beside the projects (`tieout_outside`). [A196 C1]

    committed   revised contracts                        purchase order lines on the job
    billed      approved applications, gross             cost lines of bills less credits, for commitments
    retained    held less released                       the retainage payable account, by vendor and job
    paid        payments issued                          cash of bill payments on those bills
    open        certified less paid                      what is open on those bills, less credits not yet used

Source: the formulas of construction accounting's tie-out; nothing is ever prorated.
"""
from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

from tieout.core import retainage, tieout_checks
from tieout.core.books import Bill, BillPayment, Expense, Line
from tieout.core.construction import Code, Commitment, Requisition
from tieout.core.drafts import missing_refs
from tieout.core.flows import bill_payment_to_payment_issued as payments
from tieout.core.flows import commitment_to_purchase_order as orders
from tieout.core.flows import company_to_vendor, cost_code_to_item, project_to_job
from tieout.core.flows import subcontractor_invoice_to_bill as invoices
from tieout.core.flows.cost_code_to_item import codes_in_use, markup_code
from tieout.core.money import ZERO, Money
from tieout.core.names import squeezed
from tieout.core.picture import Picture, Slot
from tieout.core.plan import Intent
from tieout.core.tieout_outside import entries_outside, role_of
from tieout.core.tieout_table import (
    BESIDE,
    BY_CODE,
    CHANGED,
    CLASSES,
    EXCLUDED,
    FIGURES,
    IN_FLIGHT,
    NOT_MAPPED,
    ON_HOLD,
    ONLY_IN_PROCORE,
    ONLY_IN_QUICKBOOKS,
    PAYABLE,
    PRIOR_PERIOD,
    SEVERAL,
    TAX,
    UNASSIGNED,
    UNEXPLAINED,
    Check,
    Entry,
    Row,
    TieOut,
    joined,
    tie_out,
    to_json,
)

__all__ = ["BESIDE", "BY_CODE", "CLASSES", "FIGURES", "PAYABLE", "Check", "Entry", "Row", "TieOut", "checks", "entries",
           "entries_outside", "joined", "tie_out", "to_json"]

checks = tieout_checks.checks
BEFORE_START = EXCLUDED                                      # both sides' history bears it, so that history nets


def entries(picture: Picture, intents: Sequence[Intent], as_of: date | None = None) -> tuple[Entry, ...]:
    """Every amount of one project that counts in a figure, on both sides. `as_of` goes by the documents' dates."""
    look = _Look(picture=picture, intents={intent.wish.slot: intent for intent in intents}, as_of=as_of)
    found = [*_procore(look), *_quickbooks(look)]
    return tuple(entry for entry in _classed(look, found) if entry.amount)


@dataclass(frozen=True, kw_only=True)
class _Look:
    """The picture with what both readings need of it, each worked out once."""

    picture: Picture
    intents: Mapping[Slot, Intent]
    as_of: date | None

    def counts(self, dated: date | None) -> bool:
        return self.as_of is None or dated is None or dated <= self.as_of

    @cached_property
    def slot_of(self) -> Mapping[tuple[str, str], Slot]:
        """(kind, id) of a record -> the slot it stands for, those included that are only now being linked."""
        being = {(i.kind, i.target): slot for slot, i in self.intents.items() if i.target and i.act == "settle"}
        return {**being, **self.picture.slot_of_target}

    @cached_property
    def vendor_of(self) -> Mapping[str, str]:
        """Commitment -> its vendor's name, in QuickBooks' words once it is linked."""
        return {c.id: company_to_vendor.vendor_ref(self.picture, c).name or UNASSIGNED
                for c in self.picture.commitments.values()}

    @cached_property
    def ours(self) -> frozenset[str]:
        """Names of the vendors that hold a commitment on the project."""
        return frozenset(self.vendor_of.values()) - {UNASSIGNED}

    def vendor(self, vendor: str) -> str:
        held = self.picture.lists.vendors.get(vendor)
        return held.name if held else vendor or UNASSIGNED

    def on_job(self, job: str) -> bool:
        return bool(job) and job == self.picture.job.id

    @cached_property
    def codes_of_item(self) -> Mapping[str, frozenset[str]]:
        """Item id -> the codes it stands for: one, unless the naming rule leaves the cost type out."""
        found: dict[str, set[str]] = {}
        for code in codes_in_use(self.picture):
            link = self.picture.link(cost_code_to_item.FLOW, squeezed(self.picture.item_name(code)))
            if link and link.target:
                found.setdefault(link.target, set()).add(code.text)
        return {item: frozenset(codes) for item, codes in found.items()}

    @cached_property
    def code_of_source(self) -> Mapping[str, str]:
        """Procore line -> its code."""
        found: dict[str, str] = {}
        for commitment in self.picture.commitments.values():
            found |= {line.id: line.code.text for line in commitment.lines}
            for change in self.picture.change_orders_of.get(commitment.id, ()):
                found |= {part.id: self.code_of_part(part.code, part.markup) for part in change.lines}
        for requisition in self.picture.requisitions.values():
            for billed in requisition.lines:
                found.setdefault(billed.source, billed.code.text)
        return found

    def code_of_part(self, code: Code, markup: bool) -> str:
        chosen = (markup_code(self.picture) or code) if markup else code
        return chosen.text if chosen.cost_code else ""

    @cached_property
    def source_of_line(self) -> Mapping[tuple[str, str, str], str]:
        """(kind, document, line) in QuickBooks -> the Procore line it was entered from."""
        return {(link.target_kind, link.target, line): source
                for link in self.picture.links.values() for source, line in link.parts.items()}

    def code(self, kind: str, document: str, line: Line) -> str:
        """By its item; else by the order line it draws on, or the line it was entered from. Never by its account."""
        codes = self.codes_of_item.get(line.item, frozenset())
        if len(codes) == 1:
            return next(iter(codes))
        for place in ((kind, document, line.id), ("purchase_order", line.order, line.order_line)):
            source = self.source_of_line.get(place, "")
            found = self.code_of_source.get(source.split(":", 1)[-1], "")
            if found and (not line.item or found in codes):
                return found
        item = self.picture.lists.items.get(line.item)
        return item.name if item and not codes else ""

    @cached_property
    def retainage_accounts(self) -> frozenset[str]:
        return retainage.accounts(self.picture)

    def role(self, item: str, account: str) -> str:
        return role_of(self.picture, self.retainage_accounts, item, account)

    def by_hand(self, dated: date, vendor: str) -> tuple[str, str]:
        """(class, why) of a QuickBooks document that nobody entered from Procore."""
        start = self.picture.route.start
        if self.picture.route.from_application is not None and vendor in self.ours:
            start = self._first_entered.get(vendor, date.max)
        if start and dated < start:
            return BEFORE_START, "dated before the project's start; history is not entered"
        return ONLY_IN_QUICKBOOKS, "entered in QuickBooks by hand"

    @cached_property
    def _first_entered(self) -> Mapping[str, date]:
        """Vendor -> the date of its first application that is entered, where the start is an application's number."""
        found: dict[str, date] = {}
        for requisition in self.picture.requisitions.values():
            dated = invoices.natural_date(self.picture, requisition)
            vendor = self.vendor_of.get(requisition.commitment, "")
            if dated and not self.picture.before_start(requisition):
                found[vendor] = min(dated, found.get(vendor, dated))
        return found

    @cached_property
    def stuck(self) -> frozenset[tuple[str, str]]:
        """(kind, name) of the records that cannot be made until somebody maps or mends something."""
        kinds = {company_to_vendor.FLOW: "vendor", project_to_job.FLOW: "job", cost_code_to_item.FLOW: "item"}
        found = set()
        for slot, intent in self.intents.items():
            if intent.act == "ask" and slot.flow in kinds:
                name = {"vendor": intent.wish.party, "job": self.picture.job.name, "item": slot.key}[kinds[slot.flow]]
                found.add((kinds[slot.flow], squeezed(name)))
        return frozenset(found)


# --- Procore ---------------------------------------------------------------------------------------------------------


def _procore(look: _Look) -> Iterator[Entry]:
    if look.as_of is None:
        for commitment in look.picture.commitments.values():
            if look.picture.rules.commits(commitment.kind, commitment.status):
                yield from _committed(look, commitment)
    for commitment_id, chain in look.picture.requisitions_of.items():
        yield from _applications(look, commitment_id, chain)
    yield from _payments_issued(look)


def _committed(look: _Look, commitment: Commitment) -> Iterator[Entry]:
    by_code: dict[str, Money] = {}
    for line in commitment.lines:
        _add(by_code, line.code.text, line.amount)
    for change in look.picture.change_orders_of.get(commitment.id, ()):
        for part in change.lines:
            _add(by_code, look.code_of_part(part.code, part.markup), part.amount)
    slot = Slot(flow=orders.FLOW, key=commitment.id)
    base = Entry(side="procore", figure="committed", project=look.picture.project.number, amount=ZERO,
                 vendor=look.vendor_of[commitment.id], document=("procore", "commitment", commitment.id),
                 title=orders.document(look.picture, commitment), dated=commitment.dated, flow=slot.flow, slot=slot.key)
    for code, amount in by_code.items():
        yield replace(base, code=code, amount=amount, line=code)
    apart = commitment.revised - sum(by_code.values(), ZERO)
    yield _apart(look, replace(base, amount=apart, line="header"), "the revised contract differs from its lines")


def _apart(look: _Look, entry: Entry, why: str) -> Entry:
    """A cover sheet that differs from its lines: unexplained, unless a person is already asked about the document."""
    intent = look.intents.get(Slot(flow=entry.flow, key=entry.slot))
    asked = intent is not None and intent.act == "ask"
    return entry if asked else replace(entry, class_=UNEXPLAINED, why=why)


def _applications(look: _Look, commitment_id: str, chain: Sequence[Requisition]) -> Iterator[Entry]:
    """Movements of the approved applications; over the whole chain they must come to the last one's lines 4 and 5."""
    gross = kept = ZERO
    last: tuple[Entry, Money, Money] | None = None
    for requisition in chain:
        dated = invoices.natural_date(look.picture, requisition)
        moved = invoices.movements(requisition, invoices.before_of(look.picture, requisition))
        gross += sum((m.cost for m in moved), ZERO)
        kept += sum((m.held - m.released for m in moved), ZERO)
        if requisition.status not in look.picture.rules.posting_statuses or not look.counts(dated):
            continue
        base = _application(look, commitment_id, requisition, dated)
        yield from _moved(base, moved)
        last = base, requisition.completed - gross, requisition.retained - kept
    if last:
        base, more_gross, more_kept = last
        why = "the cover sheet of the last application differs from what the applications moved"
        for figure, amount in (("billed", more_gross), ("retained", more_kept), ("open", more_gross - more_kept)):
            yield _apart(look, replace(base, figure=figure, amount=amount, line="cover"), why)


def _application(look: _Look, commitment_id: str, requisition: Requisition, dated: date | None) -> Entry:
    intent = look.intents.get(Slot(flow=invoices.FLOW, key=requisition.id))
    number = requisition.invoice_number or f"application {requisition.number}"
    return Entry(side="procore", figure="", project=look.picture.project.number, amount=ZERO,
                 vendor=look.vendor_of.get(commitment_id, UNASSIGNED),
                 document=("procore", "subcontractor_invoice", requisition.id), dated=dated,
                 title=intent.wish.title if intent else f"Invoice {number}", flow=invoices.FLOW, slot=requisition.id)


def _moved(base: Entry, moved: Iterable[invoices.LineMovement]) -> Iterator[Entry]:
    cost: dict[str, Money] = {}
    kept: dict[str, Money] = {}
    for movement in moved:
        _add(cost, movement.line.code.text, movement.cost)
        _add(kept, movement.line.code.text, movement.held - movement.released)
    for figure, by_code in (("billed", cost), ("retained", kept)):
        for code, amount in by_code.items():
            yield replace(base, figure=figure, code=code, amount=amount, line=code)
    yield replace(base, figure="open", amount=sum(cost.values(), ZERO) - sum(kept.values(), ZERO))


def _payments_issued(look: _Look) -> Iterator[Entry]:
    for payment in look.picture.payments_issued.values():
        if not look.counts(payment.dated):
            continue
        slot = look.slot_of.get(("payment_issued", payment.id))
        class_, why = ("", "") if slot else _issued_by_hand(look, payment.requisition, payment.dated)
        base = Entry(
            side="procore", figure="paid", project=look.picture.project.number, amount=payment.amount,
            vendor=look.vendor_of.get(payment.commitment, UNASSIGNED), class_=class_, why=why, dated=payment.dated,
            document=("procore", "payment_issued", payment.id), title=f"Payment {payment.check_number or payment.id}",
            flow=slot.flow if slot else "", slot=slot.key if slot else "")
        yield base
        yield replace(base, figure="open", amount=-payment.amount)


def _issued_by_hand(look: _Look, requisition: str, dated: date | None) -> tuple[str, str]:
    paid_for = look.picture.requisitions.get(requisition)
    start = look.picture.route.start
    history = look.picture.before_start(paid_for) if paid_for else bool(start and dated and dated < start)
    if history:
        return BEFORE_START, "paid for work before the project's start"
    return ONLY_IN_PROCORE, "entered in Procore by hand"


def _add(sums: dict[str, Money], key: str, amount: Money) -> None:
    sums[key] = sums.get(key, ZERO) + amount


# --- QuickBooks ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Standing:
    """A bill or credit as it counts: in which slot, or why in none; and whether it is one for a commitment.

    payable   the project whose paid and open it counts in, whole; empty where it counts in none, or another's
    """

    bill: Bill
    entry: Entry
    for_commitment: bool
    payable: str


def _quickbooks(look: _Look) -> Iterator[Entry]:
    if look.as_of is None:
        yield from _orders(look)
    bills = {(_kind(b), b.id): _standing(look, b) for b in
             (*look.picture.bills.values(), *look.picture.other_bills.values()) if look.counts(b.dated)}
    for standing in bills.values():
        yield from _bill(look, standing)
    for expense in look.picture.expenses.values():
        if look.counts(expense.dated):
            yield from _lines(look, _base(look, expense, "expense", f"Expense {expense.number or expense.id} to"),
                              "expense", expense.lines, "direct_cost")
    yield from _journals(look)
    yield from _settled(look, bills)


def _kind(bill: Bill) -> str:
    return "vendor_credit" if bill.credit else "bill"


def _base(look: _Look, document: Bill | Expense | BillPayment, kind: str, title: str, figure: str = "") -> Entry:
    """An entry of a document without its amount; by hand, unless it stands in a slot."""
    vendor = look.vendor(document.vendor)
    slot = look.slot_of.get((kind, document.id))
    class_, why = ("", "") if slot else look.by_hand(document.dated, vendor)
    return Entry(side="quickbooks", figure=figure, project=look.picture.project.number, vendor=vendor, amount=ZERO,
                 document=("quickbooks", kind, document.id), title=f"{title} {vendor}", class_=class_, why=why,
                 dated=document.dated, flow=slot.flow if slot else "", slot=slot.key if slot else "")


def _orders(look: _Look) -> Iterator[Entry]:
    for order in look.picture.orders.values():
        slot = look.slot_of.get(("purchase_order", order.id))
        vendor = look.vendor(order.vendor)
        base = Entry(
            side="quickbooks", figure="committed", project=look.picture.project.number, vendor=vendor, amount=ZERO,
            document=("quickbooks", "purchase_order", order.id), title=f"Purchase order {order.number} of {vendor}",
            class_="" if slot else ONLY_IN_QUICKBOOKS, why="" if slot else "entered in QuickBooks by hand",
            dated=order.dated, flow=slot.flow if slot else "", slot=slot.key if slot else "")
        for line in order.lines:
            if look.on_job(line.job):
                yield replace(base, code=look.code("purchase_order", order.id, line), amount=line.amount, line=line.id)


def _standing(look: _Look, bill: Bill) -> _Standing:
    base = _base(look, bill, _kind(bill), f"{'Credit' if bill.credit else 'Bill'} {bill.number or bill.id} of")
    if (_kind(bill), bill.id) in look.picture.linked_elsewhere and not base.slot:
        base = replace(base, class_=CHANGED, why="it stands for an application of another project")
    drawn = any(("purchase_order", line.order) in look.picture.slot_of_target for line in bill.lines)
    for_commitment = bool(base.slot) or drawn or base.vendor in look.ours
    return _Standing(bill=bill, entry=base, for_commitment=for_commitment,
                     payable=_payable(look, bill, base, for_commitment))


def _payable(look: _Look, bill: Bill, base: Entry, for_commitment: bool) -> str:
    """A bill is paid as a whole, and its balance has no lines: it is never shared out among projects. It counts where
    the application is that it stands for; one typed by hand on the job of one project counts there; over several
    projects' jobs, in a row of its own."""
    here = look.picture.project.number
    if base.slot:
        return here
    jobs = {line.job for line in bill.lines} & {look.picture.job.id, *look.picture.jobs_elsewhere} - {""}
    if not for_commitment or look.picture.job.id not in jobs or \
            (_kind(bill), bill.id) in look.picture.linked_elsewhere:
        return ""
    return here if len(jobs) == 1 else SEVERAL


def _bill(look: _Look, standing: _Standing) -> Iterator[Entry]:
    bill, base = standing.bill, standing.entry
    yield from _lines(look, base, _kind(bill), bill.lines, "billed" if standing.for_commitment else "direct_cost")
    elsewhere = (_kind(bill), bill.id) in look.picture.linked_elsewhere or \
        any(line.job in look.picture.jobs_elsewhere for line in bill.lines)
    if standing.payable:
        yield replace(base, figure="open", project=standing.payable, amount=bill.total, line="total")
    elif bill.credit and look.as_of is None and not elsewhere:
        yield replace(base, figure="unapplied", project=UNASSIGNED, amount=-bill.balance, class_=ONLY_IN_QUICKBOOKS,
                      why="a credit that is not used yet")


def _lines(look: _Look, base: Entry, kind: str, lines: Iterable[Line], cost: str) -> Iterator[Entry]:
    """Cost on the job; retainage on the job, and retainage that names no job."""
    for line in lines:
        role = look.role(line.item, line.account)
        if role == "retained" and (look.on_job(line.job) or not line.job):
            yield replace(base, figure="retained", amount=-line.amount, line=line.id,
                          code=_code_of_retainage(look, kind, base.document[2], line.id),
                          project=base.project if line.job else UNASSIGNED)
        elif role == "cost" and look.on_job(line.job):
            yield replace(base, figure=cost, code=look.code(kind, base.document[2], line), amount=line.amount,
                          line=line.id)


def _code_of_retainage(look: _Look, kind: str, document: str, line: str) -> str:
    """Only a line entered for one schedule line has one; its source reads `retained:<schedule line>`."""
    _, _, source = look.source_of_line.get((kind, document, line), "").partition(":")
    return look.code_of_source.get(source, "")


def _journals(look: _Look) -> Iterator[Entry]:
    """Journal lines name a vendor, or a job, or nobody: what they lack is unassigned, and nothing is guessed."""
    for journal in look.picture.journals.values():
        if not look.counts(journal.dated):
            continue
        for line in journal.lines:
            role = look.role("", line.account)
            here = look.on_job(line.job)
            if not (here and role) and not (role == "retained" and not line.job):
                continue
            vendor = look.vendor(line.vendor)
            class_, why = look.by_hand(journal.dated, vendor)
            yield Entry(side="quickbooks", figure="retained" if role == "retained" else "direct_cost", vendor=vendor,
                        project=look.picture.project.number if here else UNASSIGNED, class_=class_, why=why,
                        amount=-line.amount if role == "retained" else line.amount, dated=journal.dated, line=line.id,
                        document=("quickbooks", "journal_entry", journal.id), title=f"Journal entry {journal.number}")


def _settled(look: _Look, bills: Mapping[tuple[str, str], _Standing]) -> Iterator[Entry]:
    """Cash and credits put on the bills that count here; then whether that leaves what QuickBooks says is open."""
    applied: dict[tuple[str, str], Money] = {}
    for payment in look.picture.bill_payments.values():
        if look.counts(payment.dated):
            yield from _paid(look, payment, payments.cash_per_bill(payment, look.picture.commitment_of), bills, applied)
    for place, standing in bills.items():
        if standing.payable and look.as_of is None:
            apart = standing.bill.balance - standing.bill.total + applied.get(place, ZERO)
            base = standing.entry
            yield replace(base, figure="open", project=standing.payable, amount=apart,
                          class_=base.class_ or UNEXPLAINED, line="balance",
                          why="what QuickBooks shows as open is not what its payments leave")


def _paid(look: _Look, payment: BillPayment, cash: Mapping[str, Money], bills: Mapping[tuple[str, str], _Standing],
          applied: dict[tuple[str, str], Money]) -> Iterator[Entry]:
    named = f"Payment {payments.check_number(payment)} to"
    base = replace(_base(look, payment, "bill_payment", named), class_="", why="")
    yield replace(base, figure="unapplied", project=UNASSIGNED, amount=payments.unapplied(payment),
                  class_=ONLY_IN_QUICKBOOKS, why="paid more than the bills it settles")
    credits: list[Entry] = []
    within: dict[str, Money] = {}
    charged: dict[tuple[str, str], Money] = {}
    for used in payment.documents:
        standing = bills.get((used.kind, used.id))
        if standing and standing.payable:
            signed = used.amount if used.kind == "bill" else -used.amount
            charged[used.kind, used.id] = charged.get((used.kind, used.id), ZERO) + signed
    for (kind, document), amount in charged.items():
        standing = bills[kind, document]
        applied[kind, document] = applied.get((kind, document), ZERO) + amount
        money = cash.get(document, ZERO) if kind == "bill" else ZERO
        if money:
            one = _slice(base, payment, standing)
            yield replace(one, figure="paid", amount=money)
            yield replace(one, figure="open", amount=-money)
        if amount != money:
            credits.append(replace(base, figure="open", project=standing.payable, amount=money - amount,
                                   line=f"credit:{document}"))
            within[standing.payable] = within.get(standing.payable, ZERO) + money - amount
    # a credit used within the project moves nothing between the sides; one from elsewhere does
    for entry in credits:
        yield replace(entry, class_=ONLY_IN_QUICKBOOKS, why="a credit from elsewhere was used") \
            if within[entry.project] else entry


def _slice(base: Entry, payment: BillPayment, standing: _Standing) -> Entry:
    """The part of a payment on one bill: a slot of its own where the bill stands for an application."""
    base = replace(base, project=standing.payable, vendor=standing.entry.vendor, line=standing.bill.id)
    if standing.entry.slot:
        return replace(base, flow=payments.FLOW, slot=f"{payment.id}:{standing.bill.id}")
    return replace(base, class_=standing.entry.class_, why=standing.entry.why)


# --- what a difference is made of ------------------------------------------------------------------------------------


def _classed(look: _Look, found: Iterable[Entry]) -> Iterator[Entry]:
    """Entries with their classes: slot by slot and figure by figure, both sides beside each other."""
    groups: dict[tuple[str, str, str], list[Entry]] = {}
    for entry in found:
        if entry.class_ or not entry.slot:
            yield entry
        else:
            groups.setdefault((entry.figure, entry.flow, entry.slot), []).append(entry)
    for (figure, flow, key), group in groups.items():
        if _agree(figure, group):
            yield from group
        else:
            class_, why = _class_of(look, Slot(flow=flow, key=key), figure, group)
            yield from (replace(entry, class_=class_, why=why) for entry in group)


def _agree(figure: str, group: Iterable[Entry]) -> bool:
    """The same per project and vendor; and per code, as far as QuickBooks holds codes."""
    sums: dict[str, dict[tuple[str, str, str], Money]] = {"procore": {}, "quickbooks": {}}
    for entry in group:
        place = entry.project, entry.vendor, entry.code
        sums[entry.side][place] = sums[entry.side].get(place, ZERO) + entry.amount
    ours, theirs = ({place: amount for place, amount in sums[side].items() if amount} for side in sums)
    if ours == theirs:
        return True
    if _without_codes(ours) != _without_codes(theirs):
        return False
    coded = {place for place in theirs if place[2]}
    if figure == "retained" and not coded:
        return True                                          # one retainage line a document, or none where it nets
    return any(not place[2] for place in sums["quickbooks"]) and coded <= ours.keys()


def _without_codes(sums: Mapping[tuple[str, str, str], Money]) -> dict[tuple[str, str], Money]:
    found: dict[tuple[str, str], Money] = {}
    for (project, vendor, _), amount in sums.items():
        found[project, vendor] = found.get((project, vendor), ZERO) + amount
    return {place: amount for place, amount in found.items() if amount}


def _class_of(look: _Look, slot: Slot, figure: str, group: Sequence[Entry]) -> tuple[str, str]:
    sides = {entry.side for entry in group}
    intent = look.intents.get(slot)
    requisition = look.picture.requisitions.get(slot.key) if slot.flow == invoices.FLOW else None
    if requisition and requisition.tax and len(sides) == 2 and figure in ("billed", "open"):
        apart = sum((e.amount if e.side == "quickbooks" else -e.amount for e in group), ZERO)
        if apart == requisition.tax:
            return TAX, "the bill holds the tax; the application's lines do not"
    if intent is None:
        return (CHANGED, "its source is gone") if sides == {"quickbooks"} else (ONLY_IN_PROCORE, "not in QuickBooks")
    if look.as_of and len(sides) == 1 and intent.status == "synced":
        return PRIOR_PERIOD, "the two documents bear different dates"
    class_, why = _state(look, intent)
    if class_ == UNEXPLAINED and slot.flow == payments.FLOW:
        paid = look.intents.get(look.slot_of.get(("bill", slot.key.partition(":")[2]), slot))
        return _state(look, paid) if paid else (class_, why)     # its bill went to another vendor
    return class_, why


def _state(look: _Look, intent: Intent) -> tuple[str, str]:
    """What the plan says of a slot whose two sides differ, as a class of difference."""
    why = intent.why
    if intent.act == "leave" and why.startswith("prior period"):
        return PRIOR_PERIOD, why
    if intent.status in ("changed", "missing"):
        return CHANGED, why
    if intent.act == "ask":
        return ON_HOLD, intent.problems[0].says if intent.problems else why
    if intent.status == "left_out":
        return {"before the start": BEFORE_START, "no vendor chosen yet": NOT_MAPPED, "no lines yet": ON_HOLD,
                "no contract date yet": ON_HOLD}.get(why, EXCLUDED), why
    unmade = _unmade(look, intent)
    if unmade:
        return unmade
    if intent.act == "wait":
        return (ON_HOLD if _held_up(look, intent) else IN_FLIGHT), why
    if intent.writes or (intent.draft and missing_refs(intent.draft)):
        return IN_FLIGHT, why or "to be entered"
    if intent.act == "settle":
        return CHANGED, why or "linked to a document of another amount"
    return UNEXPLAINED, "both sides were seen to agree, and differ"


def _held_up(look: _Look, intent: Intent) -> bool:
    """Whether an earlier application of the same commitment waits for a person."""
    requisition = look.picture.requisitions.get(intent.wish.slot.key)
    chain = look.picture.requisitions_of.get(requisition.commitment, ()) if requisition else ()
    before = (look.intents.get(Slot(flow=invoices.FLOW, key=one.id)) for one in chain
              if requisition and one.number < requisition.number)
    return any(earlier is not None and earlier.act == "ask" for earlier in before)


def _unmade(look: _Look, intent: Intent) -> tuple[str, str] | None:
    """A record that the draft names and that cannot be made before a person maps or mends it."""
    for ref in missing_refs(intent.draft) if intent.draft else ():
        if ref.kind in ("account", "class") or (ref.kind, squeezed(ref.name)) in look.stuck:
            return NOT_MAPPED, f"waits for {ref.kind} {ref.name}"
        if ref.kind == "purchase_order":
            order = next((i for s, i in look.intents.items()
                          if s.flow == orders.FLOW and f"order {i.wish.number}" == ref.name), None)
            class_, why = _state(look, order) if order else (IN_FLIGHT, "")
            if class_ in (NOT_MAPPED, ON_HOLD):
                return class_, f"waits for {ref.name}: {why}"
    return None
