"""wanted x held x agreed -> intents. A plan is a value: it can be printed, approved by fingerprint, or thrown away."""
from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import date
from decimal import Decimal

from tieout.core import essence
from tieout.core.books import Bill, PurchaseOrder
from tieout.core.drafts import BillDraft, Draft, LineDraft, OrderDraft, Ref, missing_refs
from tieout.core.flows.registry import ALL, BY_NAME, WAVE_OF_KIND
from tieout.core.flows.subcontractor_invoice_to_bill import apart
from tieout.core.money import ZERO, Money
from tieout.core.names import squeezed
from tieout.core.picture import Link, Picture, Slot
from tieout.core.problems import (
    Problem,
    answer_differs,
    below_what_was_paid,
    changed_by_the_rules,
    changed_in_quickbooks,
    changed_on_both_sides,
    closed_period,
    deleted_after_posting,
    linked_and_changed,
    linked_and_differs,
    order_line_already_billed,
    refused,
    set_back_after_posting,
)
from tieout.core.retainage import landing_account
from tieout.core.wish import Wish


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What an intent does to one account. One of the two is 0.00."""

    account: str
    debit: Money = ZERO
    credit: Money = ZERO


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """What to do about one slot.

    act        enter | correct | reverse | settle | leave | ask | wait
    status     for lists: synced, waiting, needs_you, changed, missing, left_out, not_posted (see views)
    why        in words, where the status leaves a question open
    draft      what will stand there afterwards (enter, correct), or stands there (settle, leave)
    kind       the kind of record on the other side; `target` its id, empty on enter
    natural    as in Wish, kept with the agreement
    """

    act: str
    wish: Wish
    status: str
    why: str = ""
    draft: Draft | None = None
    kind: str = ""
    target: str = ""
    generation: int = 1
    problems: tuple[Problem, ...] = ()
    effect: tuple[Effect, ...] = ()
    fingerprint: str = ""

    @property
    def writes(self) -> bool:
        return self.act in ("enter", "correct", "reverse")

    @property
    def missing(self) -> tuple[Ref, ...]:
        """Records it names that do not exist yet; it is sent once they do."""
        return missing_refs(self.draft) if self.draft and self.act in ("enter", "correct") else ()

    @property
    def wave(self) -> str:
        return WAVE_OF_KIND.get(self.kind, "")


Refusal = tuple[str, str, str, str]                          # fingerprint, reason, vendor's words, vendor's code


@dataclass(frozen=True, kw_only=True)
class Present:
    """What the engine adds to a picture for deciding: the records that slots hold, and refusals that still stand."""

    held: Mapping[tuple[str, str], object]
    refusals: Mapping[Slot, Refusal]


def plan(picture: Picture, present: Present) -> Iterator[Intent]:
    """One intent per slot of the project, in the order of the flows."""
    for flow in ALL:
        for wish in flow.wishes(picture):
            intent = decide(picture, present, wish)
            yield _unless_refused(present, intent) if intent.writes else intent


def kind_of(draft: Draft | None, flow: str) -> str:
    """The kind of record a draft becomes; a bill below zero is a vendor credit."""
    kinds = BY_NAME[flow].kinds
    return kinds[1] if isinstance(draft, BillDraft) and draft.credit else kinds[0]


def decide(picture: Picture, present: Present, wish: Wish) -> Intent:
    """What to do about one slot: every case is here."""
    link = picture.links.get(wish.slot)
    kind = kind_of(wish.draft, wish.slot.flow)
    if link and link.target:
        return _linked(picture, present, wish, link, kind)
    if wish.problems:
        return Intent(act="ask", wish=wish, status="needs_you", why=wish.problems[0].says, problems=wish.problems,
                      kind=kind, draft=wish.draft)
    if wish.waits:
        return Intent(act="wait", wish=wish, status="waiting", why=wish.waits, kind=kind)
    if wish.left_out:
        return Intent(act="leave", wish=wish, status="left_out", why=wish.left_out, kind=kind)
    if wish.nothing:
        return Intent(act="leave" if link else "settle", wish=wish, status="synced", why=wish.nothing, kind=kind)
    if wish.found and (found := _found_kind(present, wish)):
        if wish.draft and _unnamed(wish.draft):
            return Intent(act="wait", wish=wish, status="waiting", why=_waits_for(wish.draft), kind=found)
        return Intent(act="settle", wish=wish, status="synced", kind=found, target=wish.found, draft=wish.draft)
    if wish.draft is None:
        return Intent(act="leave", wish=wish, status="left_out", why="nothing to enter", kind=kind)
    return _finished(Intent(act="enter", wish=wish, status="waiting", draft=wish.draft, kind=kind,
                            why=_waits_for(wish.draft) if missing_refs(wish.draft) else "to be entered",
                            generation=link.generation if link else 1, effect=effect_of(wish.draft)))


def _found_kind(present: Present, wish: Wish) -> str:
    """A linked bill may turn out to be a credit: the kind under which it is held decides; empty when it is gone."""
    return next((kind for kind in BY_NAME[wish.slot.flow].kinds if (kind, wish.found) in present.held), "")


def _unnamed(draft: Draft) -> tuple[Ref, ...]:
    """Missing records that matter for comparing: an order may come later, and its link is a convenience; a class is
    not compared."""
    return tuple(ref for ref in missing_refs(draft) if ref.kind not in ("purchase_order", "class"))


def _waits_for(draft: Draft) -> str:
    return "waits for " + ", ".join(_in_words(ref) for ref in missing_refs(draft)[:3])


def _in_words(ref: Ref) -> str:
    """With what it is, unless its name says so: `item 03-300.S`, `order SC-012`."""
    kind = ref.kind.replace("_", " ")
    return ref.name if ref.name.startswith(kind.rpartition(" ")[2]) else f"{kind} {ref.name}"


def _linked(picture: Picture, present: Present, wish: Wish, link: Link, kind: str) -> Intent:
    held = present.held.get((link.target_kind, link.target))
    stays = Intent(act="leave", wish=wish, status="synced", draft=wish.draft, kind=link.target_kind, target=link.target,
                   generation=link.generation)
    if unread := _unread(picture, wish, link):
        return replace(stays, act="wait", status="waiting", why=unread)
    if held is None or getattr(held, "active", True) is False:
        return _deleted(picture, wish, link, kind, stays)
    if wish.remove:
        return _removed(picture, wish, link, held, stays)
    if wish.problems:
        return replace(stays, act="ask", status="needs_you", problems=wish.problems, why=wish.problems[0].says)
    if wish.waits:
        return replace(stays, act="wait", status="waiting", why=wish.waits)
    if wish.nothing:
        wish = replace(wish, remove="no longer moving any line")
        return _removed(picture, wish, link, held, stays)
    if wish.draft is None:                                   # a linked name, or there is nothing to compare it with
        return replace(stays, status="changed", why=f"{wish.left_out} in Procore") if wish.left_out else stays
    if _unnamed(wish.draft):
        return _waiting(picture, wish.draft, link, held, stays)
    wanted, there = essence.of_draft(wish.draft), essence.of_held(held)
    if wanted == link.wanted and there == link.held:
        return stays if wanted == there else _left_standing(picture, wish, link, held, wanted, there, stays)
    if wanted == there:
        return replace(stays, act="settle")
    if link.parts.get("answer") == "differs" and wanted == link.wanted:
        return _answered_otherwise(picture, wish, link, held, stays)
    return _moved(picture, wish, link, held, wanted, there, stays)


def _left_standing(picture: Picture, wish: Wish, link: Link, held: object, wanted: str, there: str,
                   stays: Intent) -> Intent:
    """QuickBooks' version stands by a person's word. One that was only linked is asked about: nobody may have seen that
    the bill typed by hand reads otherwise, lacks the retainage for one."""
    kept = replace(stays, status="changed", why="kept as it is in QuickBooks")
    if link.ours or not isinstance(held, Bill) or not isinstance(wish.draft, BillDraft):
        return kept
    subject = f"{wish.slot}#{hashlib.sha256(f'{wanted}|{there}'.encode()).hexdigest()[:8]}"
    kinds = ("linked_and_differs", "linked_and_changed", "changed_in_quickbooks", "changed_on_both_sides")
    said = next((found for kind in kinds if (found := picture.said.get((kind, subject)))), None)
    if said is None:
        problem = linked_and_differs(wish.title, subject, apart(picture, wish.draft, held) or
                                     essence.difference(there, wanted), wish.amount)
        return replace(stays, act="ask", status="needs_you", problems=(problem,), why=problem.says)
    return kept if said.choice == "keep" else _correct(picture, wish, link, held, stays, subject.rpartition("#")[2])


def _unread(picture: Picture, wish: Wish, link: Link) -> str:
    """A record that cannot be read is not a record that was deleted: nothing is entered again or taken out for it."""
    places = [(link.target_kind, link.target), (wish.source_kind, wish.source)]
    if wish.source_kind == "bill_payment":                   # it also goes by the application of the bill it pays
        bill = wish.slot.key.partition(":")[2]
        places += [("bill", bill), *(("subcontractor_invoice", slot.key) for slot, other in picture.links.items()
                                     if other.target == bill and other.target_kind == "bill")]
    kind, key = next((place for place in places if place in picture.unreadable), ("", ""))
    return f"{kind.replace('_', ' ')} {key} cannot be read" if kind else ""


def _waiting(picture: Picture, draft: Draft, link: Link, held: object, stays: Intent) -> Intent:
    """A name on it was made inactive: at rest as long as nobody moves, and a correction waits until it is back."""
    if isinstance(draft, OrderDraft | BillDraft):
        lines = (replace(line, coding=_as_linked(picture, line.coding)) for line in draft.lines)
        draft = replace(draft, lines=tuple(lines))
    rests = not _unnamed(draft) and (essence.of_draft(draft), essence.of_held(held)) == (link.wanted, link.held)
    return stays if rests else replace(stays, act="wait", status="waiting", why=_waits_for(stays.draft or draft))


def _as_linked(picture: Picture, coding: Ref) -> Ref:
    linked = picture.link("cost_code_to_item", squeezed(coding.name)) if coding.kind == "item" else None
    return replace(coding, id=linked.target) if linked else coding


def _answered_otherwise(picture: Picture, wish: Wish, link: Link, held: object, stays: Intent) -> Intent:
    """Entered, but the vendor's answer was not what was ordered. Put right and differing again, it is asked again."""
    there = essence.of_held(held)
    state = f"{link.generation}.{hashlib.sha256(there.encode()).hexdigest()[:8]}"
    problem = answer_differs(wish.title, f"{wish.slot}#{state}", essence.difference(link.wanted, there), wish.amount)
    said = picture.said.get((problem.kind, problem.subject))
    if said is None:
        return replace(stays, act="ask", status="needs_you", problems=(problem,), why=problem.says)
    if said.choice == "keep":
        return replace(stays, act="settle", status="changed", why="kept as it was entered")
    return _correct(picture, wish, link, held, stays, state)


def _moved(picture: Picture, wish: Wish, link: Link, held: object, wanted: str, there: str, stays: Intent) -> Intent:
    """Somebody moved, and not to the same place: who?"""
    assert wish.draft is not None
    ours, theirs = wanted != link.wanted, there != link.held
    kept = link.held != link.wanted                          # a person left QuickBooks' version standing
    state = hashlib.sha256(f"{wanted}|{there}".encode()).hexdigest()[:8]
    subject, problem = f"{wish.slot}#{state}", None
    if theirs or kept:
        make = changed_on_both_sides if ours else changed_in_quickbooks
        problem = make(wish.title, subject, essence.difference(link.held if theirs else link.wanted, there),
                       wish.amount)
    elif not link.ours and isinstance(held, Bill):
        problem = linked_and_changed(wish.title, subject, essence.difference(there, wanted), wish.amount)
    elif link.parts.get("rules", picture.rules.coding) != picture.rules.coding \
            or essence.only_recoded(link.wanted, wanted):    # by a mapping, or by a code that was changed in Procore
        problem = changed_by_the_rules(wish.title, subject, essence.difference(there, wanted), wish.amount)
    if problem:
        said = picture.said.get((problem.kind, subject))
        if said is None:
            return replace(stays, act="ask", status="changed", problems=(problem,), why=problem.says)
        if said.choice == "keep":
            return replace(stays, act="settle", status="changed", why="kept as it is in QuickBooks")
    return _correct(picture, wish, link, held, stays, state)


def _correct(picture: Picture, wish: Wish, link: Link, held: object, stays: Intent, state: str) -> Intent:
    draft = wish.draft
    assert draft is not None
    problem = _too_late(picture, wish, held, state)
    if problem:
        said = picture.said.get((problem.kind, problem.subject))
        if said and said.choice == "keep":
            return replace(stays, act="settle", status="changed", why="kept as it is in QuickBooks")
        return replace(stays, act="ask", status="needs_you", problems=(problem,), why=problem.says)
    if isinstance(draft, BillDraft) and isinstance(held, Bill) and draft.credit != held.credit:
        # a bill cannot become a credit in place: the one is taken out, then the other entered in the same slot
        return _finished(_closed(picture, replace(stays, act="reverse", status="waiting", draft=None,
                                                  effect=_turned(effect_of_held(picture, held))), held, None))
    effect = netted((*_turned(effect_of_held(picture, held)), *effect_of(draft)))
    return _finished(_closed(picture, replace(stays, act="correct", status="waiting", effect=effect), held, draft))


def _too_late(picture: Picture, wish: Wish, held: object, state: str) -> Problem | None:
    """A change that would undo what already happened to the document: a payment, a receipt against an order line."""
    subject = f"{wish.slot}#{state}"
    if isinstance(held, Bill) and isinstance(wish.draft, BillDraft):
        sign = -1 if held.credit else 1                      # what was used of a credit is gone like what was paid
        settled, comes_to = sign * (held.total - held.balance), sign * wish.draft.total
        if settled > 0 and comes_to < settled:
            return below_what_was_paid(wish.title, subject, comes_to, settled, "used" if held.credit else "paid on it")
    if isinstance(held, PurchaseOrder) and isinstance(wish.draft, OrderDraft):
        parts = picture.links[wish.slot].parts
        wanted = {parts.get(line.source): line for line in wish.draft.lines}
        for line in held.lines:
            now = wanted.get(line.id)
            stands = now and now.amount == line.amount and now.coding.id in (line.item, line.account)
            if line.received and not stands:
                return order_line_already_billed(wish.title, subject, line.description, line.amount)
    return None


def _deleted(picture: Picture, wish: Wish, link: Link, kind: str, stays: Intent) -> Intent:
    where = "Procore" if BY_NAME[wish.slot.flow].side == "procore" else "QuickBooks"
    if wish.remove:
        return replace(stays, act="settle", status="left_out", target="", why=f"{wish.remove}; gone on both sides")
    problem = deleted_after_posting(wish.title, f"{wish.slot}#{link.target}", where, wish.amount)
    said = picture.said.get((problem.kind, problem.subject))
    if said and said.choice == "keep_deleted":
        return replace(stays, act="leave", status="missing", why=f"deleted in {where}, and that is right")
    if said and said.choice == "enter_again" and wish.draft:
        again = Intent(act="enter", wish=wish, status="waiting", draft=wish.draft, kind=kind,
                       generation=link.generation + 1, effect=effect_of(wish.draft))
        return _finished(_closed(picture, again, None, wish.draft))
    return replace(stays, act="ask", status="missing", problems=(problem,), why=problem.says)


def _removed(picture: Picture, wish: Wish, link: Link, held: object, stays: Intent) -> Intent:
    """The source no longer calls for what was entered. In Procore we follow; in the ledger a person decides."""
    reverse = replace(stays, act="reverse", status="waiting", draft=None, why=wish.remove,
                      effect=_turned(effect_of_held(picture, held)))
    if not isinstance(held, Bill | PurchaseOrder):
        if essence.of_held(held) != link.held:
            state = hashlib.sha256(essence.of_held(held).encode()).hexdigest()[:8]
            problem = changed_on_both_sides(wish.title, f"{wish.slot}#{state}", wish.remove, wish.amount)
            said = picture.said.get((problem.kind, problem.subject))
            if said is None:
                return replace(stays, act="ask", status="changed", problems=(problem,), why=problem.says)
            if said.choice == "keep":
                return replace(stays, status="changed", why="kept as it is in Procore")
        return _finished(reverse)
    # of this very document as it stands there: entered anew or changed since, it is asked about anew
    state = hashlib.sha256(essence.of_held(held).encode()).hexdigest()[:8] if essence.of_held(held) != link.held else ""
    subject = "#".join(filter(None, (str(wish.slot), link.target, wish.remove, state)))
    problem = set_back_after_posting(wish.title, subject, wish.remove, wish.amount)
    said = picture.said.get((problem.kind, problem.subject))
    if said is None:
        return replace(stays, act="ask", status="changed", problems=(problem,), why=problem.says)
    if said.choice == "remove":
        used = _in_use(wish, held)
        return replace(stays, act="ask", status="needs_you", problems=(used,), why=used.says) if used else \
            _finished(_closed(picture, reverse, held, None))
    return replace(stays, status="changed", why=f"{wish.remove} in Procore; left in QuickBooks")


def _in_use(wish: Wish, held: Bill | PurchaseOrder) -> Problem | None:
    """A document that was paid, used or billed on is never taken out: what hangs on it would hang in the air."""
    subject = f"{wish.slot}#taken out"
    if isinstance(held, Bill):
        settled = abs(held.total - held.balance)
        how = "used" if held.credit else "paid on it"
        problem = below_what_was_paid(wish.title, subject, ZERO, settled, how) if settled else None
    else:
        line = next((line for line in held.lines if line.received), None)
        problem = order_line_already_billed(wish.title, subject, line.description, line.amount) if line else None
    # the answer to leave it was an answer to the question before
    return replace(problem, choices=()) if problem else None


def _closed(picture: Picture, intent: Intent, held: object, draft: Draft | None) -> Intent:
    """No posting document is changed or taken out whose old or new date lies in a closed period."""
    closed = picture.lists.books.closed_through
    if closed is None or not BY_NAME[intent.wish.slot.flow].posts:
        return intent
    dates = [d.dated for d in (held, draft) if isinstance(d, Bill | BillDraft)]
    if not dates or min(dates) > closed:
        return intent
    before = essence.of_held(held) if held is not None else ""
    state = hashlib.sha256(f"{before}|{json.dumps(_plain(draft))}".encode()).hexdigest()[:8]
    subject = f"{intent.wish.slot}#{state}#change"
    problem = closed_period(intent.wish.title, subject, min(dates), closed, intent.wish.amount)
    problem = replace(problem, choices=tuple(c for c in problem.choices if c.id == "by_hand"))
    said = picture.said.get((problem.kind, problem.subject))
    if said and said.choice == "by_hand":
        return replace(intent, act="leave", status="changed", why="prior period: booked by hand", effect=())
    return replace(intent, act="ask", status="needs_you", problems=(problem,), why=problem.says, effect=())


def _unless_refused(present: Present, intent: Intent) -> Intent:
    """What QuickBooks refused is not sent again as it was: a person mends the cause and says try again."""
    refusal = present.refusals.get(intent.wish.slot)
    if refusal is None or refusal[0] != intent.fingerprint:
        return intent
    _, reason, words, code = refusal
    problem = refused(intent.wish.title, str(intent.wish.slot), reason, words, code, intent.wish.amount)
    return replace(intent, act="ask", status="needs_you", problems=(problem,), why=problem.says, effect=())


def effect_of(draft: Draft) -> tuple[Effect, ...]:
    """The debits and credits of a bill or credit; nothing else that we enter moves the ledger."""
    if not isinstance(draft, BillDraft):
        return ()
    lines = tuple(_signed(line.account.name, line.amount) for line in draft.lines if line.amount)
    return netted((*lines, _signed(draft.payable.name, -draft.total)) if draft.total else lines)


def effect_of_held(picture: Picture, held: object) -> tuple[Effect, ...]:
    """The debits and credits that a bill in the books stands for."""
    if not isinstance(held, Bill):
        return ()
    parts = []
    for line in held.lines:
        landing = landing_account(picture, line.item, line.account)
        if line.amount:
            parts.append(_signed(landing.label if landing else "unknown account", line.amount))
    named = picture.lists.account(picture.rules.payable_account) if picture.rules.payable_account else None
    payable = named or next(iter(picture.lists.payables), None)
    return netted((*parts, _signed(payable.label if payable else "Accounts payable", -held.total)))


def _signed(account: str, amount: Money) -> Effect:
    return Effect(account=account, debit=amount) if amount >= 0 else Effect(account=account, credit=-amount)


def _turned(effect: tuple[Effect, ...]) -> tuple[Effect, ...]:
    return tuple(Effect(account=e.account, debit=e.credit, credit=e.debit) for e in effect)


def netted(effect: tuple[Effect, ...]) -> tuple[Effect, ...]:
    """One row per account, accounts in their first order; rows of nothing left out."""
    totals: dict[str, Money] = {}
    for row in effect:
        totals[row.account] = totals.get(row.account, ZERO) + row.debit - row.credit
    return tuple(_signed(account, amount) for account, amount in totals.items() if amount)


def _finished(intent: Intent) -> Intent:
    return replace(intent, fingerprint=fingerprint(intent)) if intent.writes else intent


def fingerprint(intent: Intent) -> str:
    """Of what a person is shown: names and amounts, not ids, so that it holds while the records it names are made."""
    shown_as = {"act": intent.act, "slot": str(intent.wish.slot), "generation": intent.generation,
                "target": intent.target, "draft": _plain(intent.draft)}
    return hashlib.sha256(json.dumps(shown_as, sort_keys=True).encode()).hexdigest()[:32]


def _plain(value: object) -> object:
    match value:
        case Ref():
            return f"{value.kind}:{value.name}"
        case LineDraft():
            shown_as = [_plain(value.coding), _plain(value.account), _plain(value.job), str(value.amount), value.source]
            return [*shown_as, _plain(value.class_)] if value.class_ else shown_as
        case Decimal():
            return str(value)
        case date():
            return value.isoformat()
        case tuple():
            return [_plain(one) for one in value]
        case _ if is_dataclass(value):
            return {f.name: _plain(getattr(value, f.name)) for f in fields(value)}
        case _:
            return value

