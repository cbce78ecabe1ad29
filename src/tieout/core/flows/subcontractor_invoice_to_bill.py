"""An approved subcontractor invoice becomes a bill; below zero, a vendor credit.

Trigger   the application's status is one of `posting_statuses`, and it is not older than the project's start.
Cost      gross, per schedule line: G now less G before. Stored material is a level inside G, so installing it moves
          nothing, whichever way Procore shows the move. Never recomputed from a rate.
Retainage per schedule line: line 5 now less line 5 before is what is held less what is released. Held comes off the
          bill and stays in the retainage liability; released is payable now. The total is what is due now: line 8.
Links     cost lines draw on the order's lines; below-zero lines, retainage lines and lines already received do not.
Order     application n is computed from n-1, so it waits for it.
Key       application id. Natural key: vendor, date, and the tag in the bill's private note.
Owner     Procore for amounts, vendor, project, codes, date; QuickBooks for terms, memo, payment.
Journal   debit cost, credit accounts payable and retainage payable; a release debits retainage payable.
Covers    A75 A118 A119 A120 A121 A122 A123 A124 A125 A126 A127 A128 A129 A132 A133 A134 A135 A136 A139 A204
          C5
"""
from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from tieout.core import essence, retainage
from tieout.core.books import Bill
from tieout.core.construction import Commitment, Requisition, RequisitionLine
from tieout.core.drafts import BillDraft, LineDraft, Ref
from tieout.core.flows import commitment_to_purchase_order as orders
from tieout.core.flows.commitment_to_purchase_order import priced
from tieout.core.flows.company_to_vendor import vendor_ref
from tieout.core.flows.cost_code_to_item import account_ref, class_of, coding_of
from tieout.core.money import ZERO, Money, shown
from tieout.core.names import fitted, same_number
from tieout.core.picture import Picture, Said, Slot
from tieout.core.problems import (
    Problem,
    account_not_found,
    bill_may_exist,
    billing_date_missing,
    chosen_bill_gone,
    closed_period,
    currency_differs,
    does_not_add_up,
    earlier_application_open,
    not_understood,
    release_exceeds_held,
    retainage_account_missing,
    tax_not_supported,
)
from tieout.core.wish import Wish

FLOW = "subcontractor_invoice_to_bill"
NUMBER_LIMIT = 21


@dataclass(frozen=True, slots=True, kw_only=True)
class LineMovement:
    """What one schedule line moves with one application: gross cost, retainage held and retainage released."""

    line: RequisitionLine
    cost: Money
    held: Money
    released: Money


def movements(now: Requisition, before: Requisition | None) -> tuple[LineMovement, ...]:
    """Per schedule line; a line that the application before had and this one lacks has moved back to zero."""
    earlier = {line.source: line for line in before.lines} if before else {}
    moved = []
    for line in now.lines:
        was = earlier.pop(line.source, None)
        retained = line.retained - (was.retained if was else ZERO)
        moved.append(LineMovement(line=line, cost=line.completed - (was.completed if was else ZERO),
                                  held=retained + line.released, released=line.released))
    moved += [LineMovement(line=gone, cost=-gone.completed, held=-gone.retained, released=ZERO)
              for gone in earlier.values()]
    return tuple(moved)


def before_of(picture: Picture, requisition: Requisition) -> Requisition | None:
    """The application before: the one Procore names, else the one of the next lower number."""
    if requisition.previous:
        return picture.requisitions.get(requisition.previous)
    chain = picture.requisitions_of.get(requisition.commitment, ())
    lower = [one for one in chain if one.number < requisition.number]
    return lower[-1] if lower else None


def gross_of(picture: Picture, requisition: Requisition) -> Money:
    return sum((m.cost for m in movements(requisition, before_of(picture, requisition))), ZERO)


def document(picture: Picture, requisition: Requisition, commitment: Commitment) -> str:
    number = requisition.invoice_number or f"application {requisition.number}"
    return f"Invoice {number} of {vendor_ref(picture, commitment).name} on {commitment.number}"


def wishes(picture: Picture) -> Iterator[Wish]:
    """In the order of each commitment's applications: whether one can go depends on the one before."""
    pending: dict[str, Money] = {}                           # vendor name -> retainage that earlier ones here will hold
    for commitment_id, chain in sorted(picture.requisitions_of.items()):
        commitment = picture.commitments.get(commitment_id)
        stopped = revised = ""                               # the earlier application that holds up the rest
        for requisition in chain:
            if commitment is None:
                yield _orphan(requisition)
                continue
            wish = _wish(picture, requisition, commitment, stopped, pending)
            if revised and _moved_since(picture, wish):
                wish = replace(wish, draft=None, waits=f"waits for {revised}")
            if _set_back(picture, wish):
                revised = stopped = f"application {requisition.number}, which was set back"
            elif wish.problems or wish.waits:
                stopped = f"application {requisition.number}"
            if wish.draft and not picture.link(FLOW, requisition.id):
                assert isinstance(wish.draft, BillDraft)
                kept = sum((line.amount for line in wish.draft.lines if line.role in ("retained", "released")), ZERO)
                pending[wish.party] = pending.get(wish.party, ZERO) - kept
            yield wish
    yield from orders.gone(picture, FLOW, picture.requisitions, "subcontractor_invoice")


def _moved_since(picture: Picture, wish: Wish) -> bool:
    linked = picture.links.get(wish.slot)
    return bool(linked and linked.target and wish.draft and essence.of_draft(wish.draft) != linked.wanted)


def _set_back(picture: Picture, wish: Wish) -> bool:
    """Whether it is being revised after it was posted, and nobody has said yet what becomes of its bill. Until then
    its levels are a draft: what comes after it is neither entered nor corrected from them."""
    linked = picture.links.get(wish.slot)
    about = f"{wish.slot}#{linked.target}#{wish.remove}" if linked else ""
    return bool(wish.remove) and not any(kind == "set_back_after_posting" and subject.startswith(about)
                                         for kind, subject in picture.said)


def _orphan(requisition: Requisition) -> Wish:
    subject = f"{FLOW}:{requisition.id}"
    why = f"its commitment {requisition.commitment} cannot be read"
    return Wish(slot=Slot(flow=FLOW, key=requisition.id), source_kind="subcontractor_invoice", source=requisition.id,
                title=f"Invoice {requisition.invoice_number}", amount=requisition.due_now,
                problems=(not_understood(f"Invoice {requisition.invoice_number}", subject, why),))


def _wish(picture: Picture, requisition: Requisition, commitment: Commitment, stopped: str,
          pending: dict[str, Money]) -> Wish:
    dated = natural_date(picture, requisition)
    base = Wish(slot=Slot(flow=FLOW, key=requisition.id), source_kind="subcontractor_invoice", source=requisition.id,
                title=document(picture, requisition, commitment),
                number=requisition.invoice_number or str(requisition.number),
                party=vendor_ref(picture, commitment).name, project=picture.project.number, dated=dated, natural=dated,
                amount=requisition.due_now)
    linked = picture.link(FLOW, requisition.id)
    if requisition.status not in picture.rules.posting_statuses:
        if linked and linked.target:
            return replace(base, remove=requisition.status.replace("_", " "), amount=gross_of(picture, requisition))
        return replace(base, left_out=f"not approved: {requisition.status.replace('_', ' ')}")
    if linked is None and picture.before_start(requisition):
        return replace(base, left_out="before the start")
    if linked is None and stopped:
        return replace(base, waits=f"waits for {stopped}")
    if requisition.tax and (by_hand := _entered_by_hand(picture, base)):
        return replace(base, found=by_hand)
    problem = _unfit(picture, requisition, base)
    if problem:
        return replace(base, problems=(problem,))
    lines = bill_lines(picture, requisition, commitment)
    if isinstance(lines, Problem):
        return replace(base, problems=(lines,))
    total = sum((line.amount for line in lines), ZERO)
    if total != requisition.due_now - requisition.tax:
        off = does_not_add_up(base.title, str(base.slot), total, requisition.due_now - requisition.tax)
        return replace(base, problems=(off,))
    if not lines:
        return replace(base, nothing="no line moves: nothing to enter")
    return _with_draft(picture, requisition, commitment, replace(base, amount=total), lines, pending)


def _unfit(picture: Picture, requisition: Requisition, base: Wish) -> Problem | None:
    """What keeps the application from being a bill at all, before any line is looked at."""
    subject, books = str(base.slot), picture.lists.books
    if requisition.currency != books.currency:
        return currency_differs(base.title, subject, requisition.currency, books.currency, requisition.due_now)
    if requisition.tax:
        return tax_not_supported(base.title, subject, requisition.tax, requisition.due_now)
    if base.natural is None:
        return billing_date_missing(base.title, subject, requisition.due_now)
    before = before_of(picture, requisition)
    if before is None and requisition.previous:
        return not_understood(base.title, subject, f"the application before it ({requisition.previous}) cannot be read")
    if before and before.status not in picture.rules.posting_statuses and not picture.link(FLOW, before.id) \
            and not picture.before_start(before):
        return earlier_application_open(base.title, subject, f"application {before.number}", requisition.due_now)
    return None


def natural_date(picture: Picture, requisition: Requisition) -> date | None:
    """The date that the rules give the bill, before any closed period is thought of."""
    chosen = {"billing_date": requisition.billing_date, "period_end": requisition.period_end,
              "approved_on": requisition.approved_on}[picture.rules.bill_date]
    return chosen or (requisition.period_end if picture.rules.bill_date == "billing_date" else None)


def bill_lines(picture: Picture, requisition: Requisition, commitment: Commitment) -> tuple[LineDraft, ...] | Problem:
    """Cost lines in the application's order, then retainage held, then retainage released."""
    moved = movements(requisition, before_of(picture, requisition))
    waits = not picture.link(orders.FLOW, commitment.id) and orders.will_come(picture, commitment)
    cost = [_cost_line(picture, commitment, requisition, m, waits) for m in moved if m.cost]
    kept = _retainage_lines(picture, requisition, commitment, moved)
    return kept if isinstance(kept, Problem) else (*cost, *kept)


def _cost_line(picture: Picture, commitment: Commitment, requisition: Requisition, moved: LineMovement,
               waits: bool) -> LineDraft:
    line = moved.line
    coding, account = coding_of(picture, line.code)
    quantity, rate, words = priced(coding.kind, moved.cost, line.quantity, line.unit_price, "")
    order, order_line = _order_line(picture, commitment, line.source, moved.cost, rate, waits)
    named = f"{line.description or line.code.description}{words}"
    text = f"{named} / {commitment.number} / application {requisition.number}"
    return LineDraft(source=line.source, role="cost", coding=coding, account=account, job=picture.job,
                     amount=moved.cost, description=text[:4000], quantity=quantity, rate=rate, order=order,
                     order_line=order_line, class_=class_of(picture, line.code))


def _order_line(picture: Picture, commitment: Commitment, source: str, amount: Money, rate: Decimal | None,
                waits: bool) -> tuple[Ref | None, str]:
    """The order line to draw on, or none. An order that cannot be entered holds up no bill: it is entered unlinked.

    QuickBooks takes no link below zero, on a closed order, or on a line already received; and a line priced by units
    must not be received in money, nor the other way round.
    """
    name = f"order {commitment.number}"
    link = picture.link(orders.FLOW, commitment.id)
    if link is None:
        return (Ref(kind="purchase_order", name=name), "") if waits and amount > 0 else (None, "")
    order = picture.orders.get(link.target)
    part = next((p for p in order.lines if p.id == link.parts.get(source)), None) if order else None
    if order is None or part is None or amount <= 0 or not order.open:
        return None, ""
    ordered = part.quantity if part.item else part.amount
    if ordered is None or part.received >= ordered or (part.item and part.rate != rate):
        return None, ""
    return Ref(kind="purchase_order", name=name, id=order.id), part.id


def _retainage_lines(picture: Picture, requisition: Requisition, commitment: Commitment,
                     moved: tuple[LineMovement, ...]) -> tuple[LineDraft, ...] | Problem:
    lines: list[LineDraft] = []
    rules = picture.rules
    wants = (("retained", "Retainage held", rules.retainage_held, "retainage.payable.held"),
             ("released", "Retainage released", rules.retainage_released, "retainage.payable.released"))
    for role, words, setting, key in wants:
        signed = [(m.line, -m.held if role == "retained" else m.released) for m in moved]
        parts = [(line, amount) for line, amount in signed if amount]
        if not parts:
            continue
        whole = sum((amount for _, amount in parts), ZERO)
        if not setting:
            return retainage_account_missing(document(picture, requisition, commitment), f"{FLOW}:{requisition.id}",
                                             max(whole, -whole), key)
        coded = retainage.coding(picture, setting, f"account for {words.casefold()} ({key})")
        if isinstance(coded, Problem):
            return coded
        if rules.retainage_lines == "document":
            lines += [_kept(picture, coded, role, words, whole, role, commitment, requisition)] if whole else []
        else:
            lines += [_kept(picture, coded, role, f"{words}: {line.code.text}", amount, f"{role}:{line.source}",
                            commitment, requisition) for line, amount in parts]
    return tuple(lines)


def _kept(picture: Picture, coded: retainage.Coding, role: str, words: str, amount: Money, source: str,
          commitment: Commitment, requisition: Requisition) -> LineDraft:
    quantity, rate, _ = priced(coded.coding.kind, amount, None, None, "")
    return LineDraft(source=source, role=role, coding=coded.coding, account=coded.account, job=picture.job,
                     amount=amount, description=f"{words} / {commitment.number} / application {requisition.number}",
                     quantity=quantity, rate=rate)


def _with_draft(picture: Picture, requisition: Requisition, commitment: Commitment, base: Wish,
                lines: tuple[LineDraft, ...], pending: dict[str, Money]) -> Wish:
    """The bill, unless a check of it against the books needs a person first."""
    payable = _payable(picture)
    if isinstance(payable, Problem):
        return replace(base, problems=(payable,))
    linked = picture.link(FLOW, requisition.id)
    assert base.natural is not None
    draft = BillDraft(vendor=vendor_ref(picture, commitment), number=bill_number(picture, requisition, commitment),
                      dated=base.natural, due=requisition.payment_date, lines=lines, payable=payable)
    entered = linked is not None and bool(linked.target)
    if not entered and (found := _said_to_be(picture, base)):
        return replace(base, draft=draft, found=found)       # linking enters nothing: no period is in its way
    dated, memo, problem = _entered_on(picture, base, base.natural, lines)
    if problem:
        return _left_or_asked(picture, base, problem)
    draft = replace(draft, dated=dated, memo=memo)
    if not entered:
        held_back = (_twin(picture, requisition, draft, base)
                     or _over_release(picture, requisition, draft, base, pending))
        if held_back:
            return _left_or_asked(picture, base, held_back)
    return replace(base, draft=draft, dated=dated)


def bill_number(picture: Picture, requisition: Requisition, commitment: Commitment) -> str:
    """By the rule's template; without the subcontractor's own number, the commitment's and the application's."""
    if not requisition.invoice_number and "{invoice_number}" in picture.rules.bill_number:
        return fitted(f"{commitment.number}-{requisition.number}", NUMBER_LIMIT)
    return fitted(picture.rules.bill_number.format(
        invoice_number=requisition.invoice_number, number=requisition.number, commitment_number=commitment.number,
        project_number=picture.project.number), NUMBER_LIMIT)


def numbers_of(picture: Picture, requisition: Requisition) -> tuple[str, ...]:
    """The numbers its paper may have in the books: the subcontractor's own, and the one that the rules make."""
    commitment = picture.commitments.get(requisition.commitment)
    ours = (bill_number(picture, requisition, commitment),) if commitment else ()
    return (*ours, requisition.invoice_number)


def _payable(picture: Picture) -> Ref | Problem:
    if picture.rules.payable_account:
        account = picture.lists.account(picture.rules.payable_account)
        if account is None:
            return account_not_found(picture.rules.payable_account, "accounts payable account")
        return account_ref(account)
    if len(picture.lists.payables) != 1:
        role = "accounts payable account (QuickBooks has none, or several: rules.payable_account)"
        return account_not_found("", role)
    return account_ref(picture.lists.payables[0])


def _left_or_asked(picture: Picture, base: Wish, problem: Problem) -> Wish:
    said = picture.said.get((problem.kind, problem.subject))
    if said and said.choice == "by_hand":
        return replace(base, left_out="booked by hand" if problem.kind == "release_exceeds_held" else "prior period")
    return replace(base, problems=(problem,))


def _entered_on(picture: Picture, base: Wish, natural: date,
                lines: tuple[LineDraft, ...]) -> tuple[date, str, Problem | None]:
    """(date the bill bears, what the memo says of it, problem). A date leaves a closed period only by a person's word.

    Once entered, the entered date stands for the natural one, wherever the closing date moves afterwards.
    """
    linked = picture.link(FLOW, base.slot.key)
    if linked and linked.parts.get("natural") == natural.isoformat():
        entered = date.fromisoformat(linked.parts["entered"])
        return entered, _moved(natural, entered), None
    closed = picture.lists.books.closed_through
    if closed is None or natural > closed or (linked and linked.target):
        return natural, "", None                             # a change of what is entered is judged in core.plan
    amount = sum((line.amount for line in lines if line.role == "cost"), ZERO)
    problem = closed_period(base.title, str(base.slot), natural, closed, amount)
    if picture.rules.closed_period == "draft_adjustment":
        entry = "; ".join(f"{'debit' if line.amount > 0 else 'credit'} {line.account.name} {shown(abs(line.amount))}"
                          for line in lines)
        problem = replace(problem, details=f"Adjusting entry to book by hand: {entry}; the rest to accounts payable.")
    said = picture.said.get((problem.kind, problem.subject))
    first_open = closed + timedelta(days=1)
    if said and said.choice in ("date", "first_open_day"):
        chosen = date.fromisoformat(said.value) if said.value else first_open
        return (chosen, _moved(natural, chosen), None) if chosen > closed else (natural, "", problem)
    if picture.rules.closed_period == "first_open_day":
        return first_open, _moved(natural, first_open), None
    return natural, "", problem


def _moved(natural: date, entered: date) -> str:
    return "" if natural == entered else f"Dated {natural.isoformat()} in Procore; that period is closed."


def _said_to_be(picture: Picture, base: Wish) -> str:
    """The bill that a person said this application is, while it is there and stands for nothing else."""
    chosen = _this_one(picture.said.get(("bill_may_exist", str(base.slot))))
    bill = picture.bills.get(chosen) or picture.other_bills.get(chosen)
    if bill and not _ours(picture, bill):
        return chosen
    return ""


def _entered_by_hand(picture: Picture, base: Wish) -> str:
    """The bill that a person entered, and linked, because of the tax on the application."""
    said = picture.said.get(("tax_not_supported", str(base.slot)))
    if said is None or said.choice != "link":
        return ""
    linked = picture.link(FLOW, base.slot.key)
    there = said.value in picture.bills or said.value in picture.other_bills
    return said.value if there or (linked and linked.target == said.value) else ""


def _this_one(said: Said | None) -> str:
    return said.choice.partition("this_is_it:")[2] if said else ""


def _twin(picture: Picture, requisition: Requisition, draft: BillDraft, base: Wish) -> Problem | None:
    """A bill of this vendor and number that nothing here stands for: entered twice, it would be paid twice.

    Whoever typed it used the subcontractor's own number, whatever number ours would bear.
    """
    said = picture.said.get(("bill_may_exist", str(base.slot)))
    if not draft.vendor.id or (said and said.choice == "different"):
        return None
    numbers = numbers_of(picture, requisition)
    twins = [bill for bill in picture.bills_of_vendor.get(draft.vendor.id, ())
             if any(same_number(bill.number, number) for number in numbers) and not _ours(picture, bill)]
    if not twins and not _this_one(said):
        return None
    shown_as = tuple((b.id, f"{b.dated.isoformat()}, {shown(b.total)}{_but(apart(picture, draft, b))}") for b in twins)
    gross = sum((line.amount for line in draft.lines if line.role == "cost"), ZERO)
    if _this_one(said):
        return chosen_bill_gone(base.title, str(base.slot), shown_as, gross or draft.total)
    return bill_may_exist(base.title, str(base.slot), draft.number, base.party, shown_as, gross or draft.total)


def apart(picture: Picture, draft: BillDraft, bill: Bill) -> str:
    """How a bill that is there differs from the one wanted, in gross and retainage; empty where it does not."""
    gross = sum((line.amount for line in draft.lines if line.role == "cost"), ZERO)
    there = retainage.split(picture, bill)
    wanted = (gross, gross - draft.total)
    if there == wanted:
        return ""
    return (f"cost {shown(there[0])} and retainage {shown(there[1])} in QuickBooks, "
            f"{shown(wanted[0])} and {shown(wanted[1])} in Procore")


def _but(words: str) -> str:
    return f" ({words})" if words else ""


def _ours(picture: Picture, bill: Bill) -> bool:
    place = ("vendor_credit" if bill.credit else "bill", bill.id)
    return place in picture.slot_of_target or place in picture.linked_elsewhere


def _over_release(picture: Picture, requisition: Requisition, draft: BillDraft, base: Wish,
                  pending: dict[str, Money]) -> Problem | None:
    """A release is tested against what QuickBooks itself holds of this vendor and project, plus what goes before it.

    Later applications do not count: a bill may be entered before the credit of an earlier one.
    """
    released = sum((line.amount for line in draft.lines if line.role == "released"), ZERO)
    said = picture.said.get(("release_exceeds_held", str(base.slot)))
    if released <= 0 or (said and said.choice == "enter"):
        return None
    held_here = -sum((line.amount for line in draft.lines if line.role == "retained"), ZERO)
    links = (picture.link(FLOW, later.id) for later in picture.requisitions_of[requisition.commitment]
             if later.number > requisition.number)
    later_ones = {(link.target_kind, link.target) for link in links if link}
    known = retainage.held_for(picture, draft.vendor.id, later_ones) if draft.vendor.id else ZERO
    available = known + pending.get(base.party, ZERO) + held_here
    if released <= available:
        return None
    by_hand = retainage.released_by_hand(picture, draft.vendor.id) if draft.vendor.id else ()
    return release_exceeds_held(base.title, str(base.slot), released, available, by_hand)
