"""A committed subcontract or purchase order becomes a QuickBooks purchase order, its change orders added lines.

Trigger   the commitment's status is one that the rules call committed: `subcontract_statuses` (a terminated one too),
          `purchase_order_statuses`.
Lines     the schedule of values, then each approved change order in the order of its date, markup on its own code.
Changes   lines are only ever added; an order that closed itself is opened again for them. A line that bills draw on is
          never rewritten: that is asked about.
Key       commitment id. Natural key: the tag in the order's private note.
Owner     Procore for lines and amounts; QuickBooks for what was received and whether the order is open.
Ledger    none: a purchase order moves no balance.
Covers    A94 A104 A106 A107 A125
"""
from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal

from tieout.core.construction import Code, Commitment
from tieout.core.drafts import LineDraft, OrderDraft
from tieout.core.flows.company_to_vendor import vendor_ref
from tieout.core.flows.cost_code_to_item import class_of, coding_of, markup_code
from tieout.core.money import ZERO, Money, rounded
from tieout.core.names import fitted
from tieout.core.picture import Picture, Slot
from tieout.core.problems import Problem, currency_differs, does_not_add_up, markup_has_no_code
from tieout.core.wish import Wish

FLOW = "commitment_to_purchase_order"
NUMBER_LIMIT = 21


def wishes(picture: Picture) -> Iterator[Wish]:
    for commitment in sorted(picture.commitments.values(), key=lambda c: (c.number, c.id)):
        yield _wish(picture, commitment)
    yield from gone(picture, FLOW, picture.commitments, "commitment")


def gone(picture: Picture, flow: str, sources: Mapping[str, object], kind: str) -> Iterator[Wish]:
    """The slots that were filled and whose source has been deleted in Procore since."""
    for slot, link in picture.links.items():
        if slot.flow == flow and link.target and slot.key not in sources:
            title = f"{kind.replace('_', ' ')} {slot.key}".capitalize()
            yield Wish(slot=slot, source_kind=kind, source=slot.key, title=title, project=picture.project.number,
                       remove="deleted")


def document(picture: Picture, commitment: Commitment) -> str:
    return f"Order {commitment.number} of {vendor_ref(picture, commitment).name}"


def _wish(picture: Picture, commitment: Commitment) -> Wish:
    base = Wish(slot=Slot(flow=FLOW, key=commitment.id), source_kind="commitment", source=commitment.id,
                title=document(picture, commitment), number=commitment.number,
                party=vendor_ref(picture, commitment).name, project=picture.project.number, dated=commitment.dated,
                amount=commitment.revised)
    if not picture.rules.commits(commitment.kind, commitment.status):
        if picture.link(FLOW, commitment.id):
            return replace(base, remove=commitment.status)
        return replace(base, left_out=f"not committed: {commitment.status}")
    if not commitment.company:
        return replace(base, left_out="no vendor chosen yet")
    lines = order_lines(picture, commitment)
    problems = _problems(picture, commitment, lines, base.title)
    if problems:
        return replace(base, problems=problems)
    dated = commitment.dated or picture.route.start
    if not lines or dated is None:
        return replace(base, left_out="no lines yet" if dated else "no contract date yet")
    number = picture.rules.order_number.format(number=commitment.number, project_number=picture.project.number)
    draft = OrderDraft(vendor=vendor_ref(picture, commitment), number=fitted(number, NUMBER_LIMIT), dated=dated,
                       lines=lines, title=commitment.title)
    return replace(base, draft=draft, dated=dated)


def will_come(picture: Picture, commitment: Commitment) -> bool:
    """Whether an order is to be entered, now or once it is approved: then bills wait to draw on it."""
    return FLOW not in picture.resting and _wish(picture, commitment).draft is not None


def order_lines(picture: Picture, commitment: Commitment) -> tuple[LineDraft, ...]:
    """The schedule of values, then the approved change orders. Lines of 0.00 are kept: bills may draw on them."""
    link = picture.link(FLOW, commitment.id)
    entered = link.parts if link else {}
    lines = [_line(picture, line.id, "cost", line.code, line.description, line.amount, line.quantity, line.unit_cost,
                   line.unit) for line in commitment.lines]
    for change in picture.change_orders_of.get(commitment.id, ()):
        for part in change.lines:
            code = markup_code(picture) if part.markup else part.code
            words = f"{part.description or change.title} / change order {change.number}"
            lines.append(_line(picture, part.id, "markup" if part.markup else "cost", code or part.code, words,
                               part.amount, part.quantity, part.unit_cost, part.unit))
    return tuple(replace(line, order_line=entered.get(line.source, "")) for line in lines)


def _line(picture: Picture, source: str, role: str, code: Code, description: str, amount: Money,
          quantity: Decimal | None, rate: Decimal | None, unit: str) -> LineDraft:
    coding, account = coding_of(picture, code)
    quantity, rate, words = priced(coding.kind, amount, quantity, rate, unit)
    return LineDraft(source=source, role=role, coding=coding, account=account, job=picture.job, amount=amount,
                     description=f"{description or code.description}{words}"[:4000], quantity=quantity, rate=rate,
                     class_=class_of(picture, code))


def priced(kind: str, amount: Money, quantity: Decimal | None, rate: Decimal | None,
           unit: str) -> tuple[Decimal | None, Decimal | None, str]:
    """Quantity, rate and what to add to the description, so that quantity x rate is the amount to the cent.

    Account lines have neither. An item line keeps its units while they give the amount; otherwise the amount wins, as
    quantity = amount at 1.00: orders are received by quantity, and 1 x 50,000.00 would close with the first bill.
    """
    units = f" ({quantity.normalize():f} {unit} at {rate.normalize():f})" if quantity and rate else ""
    if kind != "item":
        return None, None, units
    if quantity and rate and rounded(quantity * rate) == amount:
        return quantity, rate, ""
    return amount, Decimal("1.00"), units


def _problems(picture: Picture, commitment: Commitment, lines: tuple[LineDraft, ...],
              named: str) -> tuple[Problem, ...]:
    subject, home = f"{FLOW}:{commitment.id}", picture.lists.books.currency
    if commitment.currency != home:
        return (currency_differs(named, subject, commitment.currency, home, commitment.revised),)
    markup = sum((p.amount for c in picture.change_orders_of.get(commitment.id, ()) for p in c.lines if p.markup), ZERO)
    if markup and markup_code(picture) is None:
        return (markup_has_no_code(named, subject, markup),)
    total = sum((line.amount for line in lines), ZERO)
    return () if total == commitment.revised else (does_not_add_up(named, subject, total, commitment.revised),)
