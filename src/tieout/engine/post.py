"""Enter it, once.

A posting is written down with its key and its exact order before anything leaves. One without an answer is looked up
by its natural key before it is sent again; a request that never arrived is sent again as it was. The answer is kept,
compared with the order, and agreed, in one database transaction.
"""
from __future__ import annotations

import base64
import hashlib
import json
from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

import msgspec
from django.db.models import Max

from tieout.core import essence
from tieout.core.drafts import BillDraft, Draft, ItemDraft, JobDraft, OrderDraft, PaymentDraft, VendorDraft
from tieout.core.flows.registry import BY_NAME, WAVE_OF_KIND, WAVES
from tieout.core.money import to_cents
from tieout.core.picture import Link, Slot
from tieout.core.posting import UNFINISHED, Event, State, after
from tieout.engine import agree, approve, fetch, plan, trail
from tieout.engine.plan import Ready, Work
from tieout.engine.standing import draft_text, effect_text
from tieout.engine.store.models import Connection, Delivery, OpenProblem, Posting, Seen
from tieout.ports import Action, Answer, Busy, NoAnswer, NotUnderstood, Order, Posted, Reading, Refused, System

if TYPE_CHECKING:
    from tieout.engine.turn import Turn

ACTIONS: dict[str, Action] = {"enter": "create", "correct": "update", "reverse": "delete"}
LONGEST_WAIT_S = 900                                         # between two tries of what the vendor does not take
DRAFTS: dict[str, type[Draft]] = {"vendor": VendorDraft, "customer": JobDraft, "item": ItemDraft,
                                  "purchase_order": OrderDraft, "bill": BillDraft, "vendor_credit": BillDraft,
                                  "payment_issued": PaymentDraft}


def post_all(turn: Turn, work: Work) -> bool:
    """Wave by wave, what the look before found, and what could not be sent earlier. False when there was nothing."""
    undone = {WAVE_OF_KIND[kind] for kind in Posting.objects.filter(pair=turn.pair, state=State.APPROVED)
              .values_list("kind", flat=True)}
    waves = [wave for wave in WAVES if wave in undone or wave in work.waves]
    for wave in waves:
        if wave in undone:
            post_wave(turn, wave, _ready(turn, wave, None))  # all projects: one that nothing wants any more is dropped
        elif wave == waves[0] and work.first is not None:
            post_wave(turn, wave, work.first.values())
        else:
            post_wave(turn, wave, _ready(turn, wave, work.waves[wave]))
    return bool(waves)


def post_wave(turn: Turn, wave: str, all_ready: Iterable[Ready]) -> None:
    """Everything of one wave that may go, over all projects, in as few requests as the vendor takes."""
    waiting: dict[str, list[Ready]] = defaultdict(list)
    for ready in all_ready:
        side = BY_NAME[ready.intent.wish.slot.flow].side
        waiting[side].append(ready)
        if len(waiting[side]) == turn.side(side).batch_size:
            _send_new(turn, side, waiting.pop(side))
    for side, rest in waiting.items():
        _send_new(turn, side, rest)


def _ready(turn: Turn, wave: str, numbers: Container[str] | None) -> Iterator[Ready]:
    """What may go in this wave, of these projects or of all. A slot with an unfinished posting goes on with that one,
    if it is still wanted."""
    desk = plan.desk_of(turn.pair, turn.procore, turn.quickbooks, turn.nouns)
    modes = approve.modes(turn.pair)
    unfinished = _unfinished(turn)
    again: dict[int, list[Posting]] = defaultdict(list)
    taken = set(unfinished)
    undone = {slot: posting for slot, posting in unfinished.items()
              if posting.state == State.APPROVED and WAVE_OF_KIND[posting.kind] == wave}
    known = fetch.project_ids(turn.pair.procore)
    for route in desk.routes:
        if route.number not in known or (numbers is not None and route.number not in numbers):
            continue
        picture, intents = plan.settled_intents(turn, desk, *plan.project_picture(desk, route, known[route.number]))
        for intent in intents:
            slot = intent.wish.slot
            approver = modes.approver(route, intent) if intent.writes and not intent.missing else ""
            posting = undone.pop(slot, None)
            if posting:
                if approver and posting.fingerprint == intent.fingerprint:
                    assert posting.delivery_id is not None
                    again[posting.delivery_id].append(posting)
                else:
                    _drop(turn, posting)
            elif approver and intent.wave == wave and slot not in taken:
                taken.add(slot)
                yield Ready(intent=intent, approved_by=approver, link=picture.links.get(slot))
    for posting in undone.values():
        _drop(turn, posting)                                 # its source is gone, or its project is kept no more
    for postings in again.values():
        _send_again(turn, sorted({p.pk: p for p in postings}.values(), key=lambda p: p.position))


def _unfinished(turn: Turn) -> dict[Slot, Posting]:
    rows = Posting.objects.filter(pair=turn.pair, state__in=UNFINISHED).select_related("delivery")
    return {Slot(flow=row.flow, key=row.slot): row for row in rows}


def _drop(turn: Turn, posting: Posting) -> None:
    """It was never done, and the plan wants something else by now."""
    with turn.step():
        _move(posting, after(State.APPROVED, Event.REPLAN))
        posting.save(update_fields=["state"])
        entry = _told(posting, "dropped", f"{posting.title} is planned anew", {})
        trail.append(turn.pair.name, [entry], turn.now())


def _send_new(turn: Turn, side: str, batch: Sequence[Ready]) -> None:
    """Write the postings down, as sent; then send them."""
    system = turn.side(side)
    with turn.step():
        postings = _write_down(turn, side, system, batch)
    if postings:
        _deliver(turn, side, postings)


def _write_down(turn: Turn, side: str, system: System, batch: Sequence[Ready]) -> list[Posting]:
    slots = [ready.intent.wish.slot for ready in batch]
    last = {(row["flow"], row["slot"]): row["n"] for row in Posting.objects.filter(
        pair=turn.pair, slot__in=[slot.key for slot in slots]).values("flow", "slot").annotate(n=Max("generation"))}
    for flow in {slot.flow for slot in slots}:               # keys of two flows may be equal
        Posting.objects.filter(pair=turn.pair, flow=flow, state=State.REFUSED, slot__in=[
            slot.key for slot in slots if slot.flow == flow]).update(state=after(State.REFUSED, Event.REPLAN))
    delivery = Delivery.objects.create(pair=turn.pair, side=side, text=_delivery_text(turn, slots, last),
                                       made_at=turn.now())
    targets = _targets(turn, side, batch)
    postings: list[Posting] = []
    unsendable: list[Posting] = []
    for position, ready in enumerate(batch):
        slot = ready.intent.wish.slot
        generation = last.get((slot.flow, slot.key), 0) + 1
        posting = _posting(turn, side, ready, generation, position)
        try:
            order = system.order(action=ACTIONS[ready.intent.act], kind=posting.kind, key=posting.key, tag=posting.tag,
                                 draft=ready.intent.draft, held=targets.get((posting.kind, posting.target)))
        except ValueError as cannot:                         # that one document stops; the rest of the batch goes
            said = json.dumps({"reason": "other", "words": str(cannot), "code": ""})
            _move(posting, after(State.APPROVED, Event.REFUSE), answer=said)
            unsendable.append(posting)
            continue
        posting.payload, posting.scope, posting.target_version = order.payload, order.scope, order.version
        posting.delivery, posting.sent_at, posting.attempts = delivery, turn.now(), 1
        posting.state = after(State.APPROVED, Event.SEND)
        postings.append(posting)
    Posting.objects.bulk_create([*postings, *unsendable])
    turn.report.refused += len(unsendable)
    entries = [_told(p, "refused", f"{p.title} could not be sent: {json.loads(p.answer)['words']}", {})
               for p in unsendable]
    entries += [trail.Entry(kind="sent", subject=f"{p.flow}:{p.slot}",
                           by=p.approved_by if p.approved_by != approve.BY_RULE else "system",
                           says=f"{_verb(p)} {p.title}, approved by {p.approved_by}",
                           body={"posting": p.key, "delivery": delivery.text,
                                 "payload": json.loads(p.payload, parse_float=str)})
               for p in postings]
    trail.append(turn.pair.name, entries, turn.now())
    return postings


def _verb(posting: Posting) -> str:
    return {"create": "Entering", "update": "Correcting", "delete": "Taking out"}[posting.action]


def _delivery_text(turn: Turn, slots: Sequence[Slot], last: dict[tuple[str, str], int]) -> str:
    """The same members at the same generation make the same text; anything else another."""
    members = "|".join(f"{slot}#{last.get((slot.flow, slot.key), 0) + 1}" for slot in slots)
    return hashlib.sha256(f"{turn.pair.pk}|{turn.pair.name}|{members}".encode()).hexdigest()[:32]


def _targets(turn: Turn, side: str, batch: Sequence[Ready]) -> dict[tuple[str, str], Reading]:
    connection = _connection(turn, side)
    keys = [ready.intent.target for ready in batch if ready.intent.act != "enter"]
    rows = Seen.objects.filter(connection=connection, key__in=keys, deleted=False) if keys else ()
    return {(row.kind, row.key): fetch.reading_of(row) for row in rows}


def _connection(turn: Turn, side: str) -> Connection:
    return turn.pair.procore if side == "procore" else turn.pair.quickbooks


def _posting(turn: Turn, side: str, ready: Ready, generation: int, position: int) -> Posting:
    intent, slot = ready.intent, ready.intent.wish.slot
    digest = hashlib.sha256(f"{turn.pair.pk}|{turn.pair.name}|{slot}|{generation}".encode()).digest()
    return Posting(
        pair=turn.pair, flow=slot.flow, slot=slot.key, generation=generation, side=side, key=digest.hex()[:40],
        tag=base64.b32encode(digest)[:10].decode(), state=State.APPROVED, action=ACTIONS[intent.act], kind=intent.kind,
        target=intent.target if intent.act != "enter" else "", title=intent.wish.title[:300],
        amount_cents=to_cents(intent.wish.amount), fingerprint=intent.fingerprint, draft=draft_text(intent),
        wanted=essence.of_draft(intent.draft) if intent.draft else "", effect=effect_text(intent.effect),
        position=position, epoch=turn.fence.epoch, approved_by=ready.approved_by, made_at=turn.now(),
        natural=intent.wish.natural)


def _deliver(turn: Turn, side: str, postings: Sequence[Posting]) -> None:
    """One request; then what came back, in one transaction."""
    delivery = postings[0].delivery
    assert delivery is not None
    turn.fence.before_call(turn.now())
    answers = turn.side(side).deliver(delivery.text, [order_of(p) for p in postings])
    pairs = list(zip(postings, answers, strict=True))
    with turn.step():
        _record(turn, side, pairs)
    for posting, answer in pairs:
        if isinstance(answer, Refused) and answer.stale:
            _look_again_at_target(turn, side, posting)


def _record(turn: Turn, side: str, pairs: Sequence[tuple[Posting, Answer]], event: Event = Event.POST) -> None:
    """Inside a step: keep the answers as seen, agree, move the postings along their table, and tell the trail."""
    readings = [answer.reading for _, answer in pairs if isinstance(answer, Posted)]
    fetch.keep(_connection(turn, side), turn.pair.name, readings, turn.now())
    known = agree.known_parts(turn.pair, [slot_of(p) for p, _ in pairs])
    links, entries, rules = {}, [], agree.coding_rules(turn.pair)
    for posting, answer in pairs:
        if isinstance(answer, Posted):
            link = _link(turn, side, posting, answer.reading, known.get(slot_of(posting), {}), rules)
            links[slot_of(posting)] = link
            entries.append(_posted(turn, posting, answer.reading, event, link))
        else:
            entries.append(_not_posted(turn, posting, answer))
    agree.keep(turn, links)
    _save([p for p, _ in pairs])
    trail.append(turn.pair.name, entries, turn.now())


def order_of(posting: Posting) -> Order:
    """The write exactly as it was written down."""
    action = next(a for a in ACTIONS.values() if a == posting.action)
    return Order(key=posting.key, tag=posting.tag, action=action, kind=posting.kind, payload=posting.payload,
                 target=posting.target, version=posting.target_version, scope=posting.scope)


def slot_of(posting: Posting) -> Slot:
    return Slot(flow=posting.flow, key=posting.slot)


def _not_posted(turn: Turn, posting: Posting, answer: Refused | Busy | NoAnswer) -> trail.Entry:
    state = State(posting.state)
    match answer:
        case Refused():
            said = {"reason": "stale" if answer.stale else answer.reason, "words": answer.words, "code": answer.code}
            _move(posting, after(state, Event.REFUSE), answer=json.dumps(said))
            turn.report.refused += 1
            return _told(posting, "refused", f"{posting.title} was refused: {answer.words}", dict(said))
        case Busy():
            wait_s = max(answer.wait_s, min(LONGEST_WAIT_S, 2 ** posting.attempts))
            _move(posting, after(state, Event.BUSY), not_before=turn.now() + timedelta(seconds=wait_s))
            turn.wait(wait_s)
            return _told(posting, "busy", f"{posting.title} was not taken yet: {answer.why}", {"wait_s": answer.wait_s})
        case NoAnswer():
            _move(posting, after(state, Event.NO_ANSWER))
            turn.wait(int(turn.patience.total_seconds()) + 1)
            return _told(posting, "in_doubt", f"No answer for {posting.title}; it is looked up before anything is sent "
                                              f"again", {"why": answer.why})


def _told(posting: Posting, kind: str, says: str, body: dict[str, object]) -> trail.Entry:
    return trail.Entry(kind=kind, subject=f"{posting.flow}:{posting.slot}", says=says,
                       body={"posting": posting.key, **body})


def _save(postings: Sequence[Posting]) -> None:
    """Those that were done only have a new target beside their state: that is how a batch ends as a rule."""
    for state in {p.state for p in postings}:
        moved = [p for p in postings if p.state == state]
        Posting.objects.filter(pk__in=[p.pk for p in moved]).update(state=state)
        Posting.objects.bulk_update(moved, ["target"] if state == State.POSTED else ["answer", "not_before"])


def _move(posting: Posting, state: State, **values: object) -> None:
    """In memory; whoever calls it saves."""
    posting.state = state
    for name, value in values.items():
        setattr(posting, name, value)


def _posted(turn: Turn, posting: Posting, reading: Reading, event: Event, link: Link) -> trail.Entry:
    _move(posting, after(State(posting.state), event), target=reading.key)
    turn.report.posted[posting.kind] = turn.report.posted.get(posting.kind, 0) + 1
    done = {"create": "entered", "update": "corrected", "delete": "taken out"}[posting.action]
    how = " (found after a lost answer)" if event is Event.FOUND else ""
    but = ", but not as ordered" if link.parts.get("answer") == "differs" else ""
    what = f"{reading.kind.replace('_', ' ')} {reading.key}"
    return _told(posting, "answered", f"{posting.title} was {done} as {what}{how}{but}",
                 {"kind": reading.kind, "id": reading.key, "version": reading.version})


def _link(turn: Turn, side: str, posting: Posting, reading: Reading, known: Mapping[str, str], rules: str) -> Link:
    """What is agreed now. An answer that differs from the order is agreed as ordered, so that the plan asks."""
    if posting.action == "delete":
        return Link(target_kind="", target="", wanted="", held="", generation=posting.generation)
    draft = msgspec.json.decode(posting.draft, type=DRAFTS[posting.kind])
    try:
        held: object = turn.nouns.understood(turn.side(side), reading)
        there = essence.of_held(held)
    except NotUnderstood:
        held, there = None, ""
    parts = agree.parts_of(draft, held, known, posting.natural, rules)
    if there != posting.wanted:
        parts["answer"] = "differs"
    return Link(target_kind=reading.kind, target=reading.key, wanted=posting.wanted, held=posting.wanted,
                generation=posting.generation, parts=parts)


def _look_again_at_target(turn: Turn, side: str, posting: Posting) -> None:
    """It moved at the same moment: read it as it is, and let the next plan decide anew."""
    turn.fence.before_call(turn.now())
    now = turn.side(side).show(posting.kind, posting.target, posting.scope)
    gone = Reading(kind=posting.kind, key=posting.target, version="deleted", raw="", scope=posting.scope, deleted=True)
    with turn.step():
        fetch.keep(_connection(turn, side), turn.pair.name, [now or gone], turn.now())
        _move(posting, after(State.REFUSED, Event.REPLAN))
        posting.save(update_fields=["state"])


def look_up_doubts(turn: Turn) -> None:
    """Every posting without an answer: was it done? A request of a dead turn may still be on its way for a while."""
    doubts = Posting.objects.filter(pair=turn.pair, state__in=(State.SENT, State.IN_DOUBT)).order_by("pk")
    for posting in doubts.select_related("delivery"):
        waited = turn.now() - (posting.sent_at or turn.now())
        if waited < turn.patience:
            turn.wait(int((turn.patience - waited).total_seconds()) + 1)
            continue
        if posting.state == State.SENT:
            with turn.step():
                _move(posting, after(State.SENT, Event.NO_ANSWER))
                posting.save(update_fields=["state"])
        _look_up(turn, posting)


def _look_up(turn: Turn, posting: Posting) -> None:
    turn.fence.before_call(turn.now())
    try:
        found = turn.side(posting.side).find(order_of(posting))
    except NotUnderstood as unclear:
        _ask_about(turn, posting, str(unclear))
        return
    with turn.step():
        asked = OpenProblem.objects.filter(pair=turn.pair, kind="answer_unclear", subject=str(slot_of(posting)))
        asked.filter(open=True).update(open=False, closed_at=turn.now())
        if found is not None:
            _record(turn, posting.side, [(posting, Posted(reading=found))], Event.FOUND)
            return
        _move(posting, after(State.IN_DOUBT, Event.NOT_FOUND))
        posting.save(update_fields=["state"])
        entry = _told(posting, "not_found", f"{posting.title} was not entered; it may be sent again", {})
        trail.append(turn.pair.name, [entry], turn.now())


def _ask_about(turn: Turn, posting: Posting, why: str) -> None:
    """Looking gave no clear answer, so nothing is sent: a person looks."""
    with turn.step():
        OpenProblem.objects.update_or_create(
            pair=turn.pair, kind="answer_unclear", subject=f"{posting.flow}:{posting.slot}",
            defaults={"says": f"{posting.title} was sent without an answer, and looking for it was not conclusive.",
                      "fix": "Look at the records named below in both systems and delete the one too many; it is "
                             "looked up again on the next turn.", "who": "bookkeeper", "details": why, "open": True,
                      "amount_cents": posting.amount_cents, "since": turn.now(), "closed_at": None,
                      "blocks": [[posting.flow, posting.slot]]})


def _send_again(turn: Turn, postings: Sequence[Posting]) -> None:
    if any(p.not_before and p.not_before > turn.now() for p in postings):
        turn.wait(max(1, int(max((p.not_before - turn.now()).total_seconds() for p in postings if p.not_before)) + 1))
        return
    first = postings[0]
    delivery = first.delivery
    assert delivery is not None
    whole = delivery.postings.count() == len(postings)
    with turn.step():
        if not whole:
            # part of the batch is settled: the rest is another request, and must not be taken for a repeat of the first
            text = hashlib.sha256("|".join(f"{p.key}#{p.attempts}" for p in postings).encode()).hexdigest()[:32]
            delivery = Delivery.objects.create(pair=turn.pair, side=first.side, text=text, made_at=turn.now())
        for position, posting in enumerate(postings):
            _move(posting, after(State.APPROVED, Event.SEND), delivery=delivery, position=position,
                  sent_at=turn.now(), attempts=posting.attempts + 1, not_before=None, epoch=turn.fence.epoch)
            posting.save()
        trail.append(turn.pair.name, [_told(p, "sent", f"Sending {p.title} again", {"delivery": delivery.text})
                                      for p in postings], turn.now())
    _deliver(turn, first.side, postings)
