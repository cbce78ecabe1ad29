"""What is seen, as core's picture, project by project; and the plan of each, kept as standings and problems.

Planning is worked out afresh from the rows. A project's documents are read, planned and let go before the next one's,
so that memory does not grow with the number of projects.
"""
from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeVar

from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet

from tieout.core import books, construction, retainage
from tieout.core.flows import subcontractor_invoice_to_bill as invoices
from tieout.core.flows.registry import ALL, WAVES
from tieout.core.names import bare_number, squeezed
from tieout.core.picture import Link, Lists, Picture, Route, Said, Slot
from tieout.core.plan import Intent, Present, Refusal
from tieout.core.plan import plan as intents_of
from tieout.core.posting import UNFINISHED, State
from tieout.core.problems import Problem, books_not_known, not_understood, project_unknown
from tieout.core.rules import PostingRules, rules_from
from tieout.engine import agree, approve, standing
from tieout.engine.fetch import Nouns, project_ids, understand_all
from tieout.engine.sides import sides_of
from tieout.engine.store.models import (
    Agreed,
    Approval,
    Connection,
    Decision,
    Mapping,
    OpenProblem,
    Pair,
    Posting,
    RoutedProject,
    Seen,
    SeenLink,
)
from tieout.ports import NotUnderstood, System, Unreachable

if TYPE_CHECKING:
    from tieout.engine.turn import Turn

VENDORS, JOBS, ITEMS = "company_to_vendor", "project_to_job", "cost_code_to_item"
ORDERS, BILLS, PAYMENTS = ("commitment_to_purchase_order", "subcontractor_invoice_to_bill",
                           "bill_payment_to_payment_issued")
BOOKS_LISTS = ("company_info", "preferences", "account", "vendor", "customer", "item", "class")
LEDGER_KINDS = ("purchase_order", "bill", "vendor_credit", "journal_entry", "expense")
MOST_HELD = 500                                              # intents kept from a look for the wave that follows it
SETTLE_ROUNDS = 4                                            # names, orders, bills, payments

PREFERENCES_WAIT_S = 300

T = TypeVar("T")


@dataclass(slots=True)
class Desk:
    """What planning needs of the whole pair, read once per look. `links` grows as slots are settled on the way."""

    pair: Pair
    procore: System
    quickbooks: System
    rules: PostingRules
    lists: Lists
    mappings: dict[str, dict[str, str]]
    said: dict[tuple[str, str], Said]
    refusals: dict[Slot, Refusal]
    links: dict[Slot, Link]
    named: dict[tuple[str, str], object]
    routes: list[RoutedProject]
    nouns: Nouns
    problems: list[Problem] = field(default_factory=list)
    off_jobs: list[Seen] | None = None
    unreadable: set[tuple[str, str]] = field(default_factory=set)
    closing_date_known: bool = False

    def trouble(self, row: Seen, why: NotUnderstood) -> None:
        name = f"{row.kind.replace('_', ' ')} {row.key}".capitalize()
        self.unreadable.add((row.kind, row.key))
        self.problems.append(not_understood(name, f"{row.kind}:{row.key}", str(why)))

    def understood(self, system: System, rows: Iterable[Seen], wanted: type[T]) -> dict[str, T]:
        return understand_all(system, rows, wanted, self.trouble, self.nouns)


def desk_of(pair: Pair, procore: System, quickbooks: System, nouns: Nouns | None = None) -> Desk:
    """`nouns` is what the turn has understood so far."""
    rules = rules_from(pair.rules)
    assert isinstance(rules, PostingRules), f"the rules of {pair.name} were not checked when they were kept: {rules}"
    nobody = Lists(books=books.BooksCompany(name=""), accounts={}, vendors={}, customers={}, items={}, companies={})
    desk = Desk(pair=pair, procore=procore, quickbooks=quickbooks, rules=rules, lists=nobody, mappings={}, said={},
                refusals=_refusals(pair),
                links=links_of(Agreed.objects.filter(pair=pair, flow__in=(VENDORS, JOBS, ITEMS))),
                named={}, routes=list(RoutedProject.objects.filter(pair=pair).order_by("number")),
                nouns=nouns or Nouns())
    for mapping in Mapping.objects.filter(pair=pair):
        desk.mappings.setdefault(mapping.kind, {})[squeezed(mapping.source)] = mapping.target
    for answer in Decision.objects.filter(pair=pair):
        desk.said[answer.kind, answer.subject] = Said(choice=answer.choice, value=answer.value)
    desk.lists = _lists(desk)
    desk.named = {("vendor", key): vendor for key, vendor in desk.lists.vendors.items()}
    desk.named |= {("customer", key): customer for key, customer in desk.lists.customers.items()}
    desk.named |= {("item", key): item for key, item in desk.lists.items.items()}
    return desk


def _lists(desk: Desk) -> Lists:
    books_rows = list(_bare(desk.pair.quickbooks).filter(kind__in=BOOKS_LISTS, deleted=False))
    desk.nouns.warm(desk.quickbooks, books_rows)

    def ours(kind: str, wanted: type[T]) -> dict[str, T]:
        return desk.understood(desk.quickbooks, (row for row in books_rows if row.kind == kind), wanted)

    facts = [*ours("company_info", books.BooksCompany).values()] or [books.BooksCompany(name="")]
    chosen = [*ours("preferences", books.BooksCompany).values()]
    desk.closing_date_known = bool(chosen)
    chosen = chosen or facts
    company = replace(chosen[0], name=facts[0].name, country=facts[0].country, edition=facts[0].edition)
    return Lists(books=company, accounts=ours("account", books.Account), vendors=ours("vendor", books.Vendor),
                 customers=ours("customer", books.Customer), items=ours("item", books.Item),
                 classes=ours("class", books.Class),
                 companies=desk.understood(desk.procore, _bare(desk.pair.procore).filter(kind="company", deleted=False),
                                           construction.Company))


def _bare(connection: Connection) -> QuerySet[Seen]:
    """Without raw answers: most were understood earlier in the turn."""
    return Seen.objects.filter(connection=connection).only("kind", "key", "digest", "deleted")


def _refusals(pair: Pair) -> dict[Slot, Refusal]:
    found = {}
    for posting in Posting.objects.filter(pair=pair, state=State.REFUSED).order_by("pk"):
        said = json.loads(posting.answer or "{}")
        if said.get("reason") == "stale":
            continue                                         # nobody's to mend: it is planned anew on what is there now
        found[Slot(flow=posting.flow, key=posting.slot)] = (
            posting.fingerprint, said.get("reason", "other"), said.get("words", ""), said.get("code", ""))
    return found


def links_of(rows: Iterable[Agreed]) -> dict[Slot, Link]:
    return {Slot(flow=row.flow, key=row.slot): Link(
        target_kind=row.target_kind, target=row.target, wanted=row.wanted, held=row.held, parts=row.parts,
        generation=row.generation, ours=row.ours) for row in rows}


def pictures(pair: Pair) -> Iterator[tuple[Picture, Present]]:
    """Every routed project that Procore knows, one after the other."""
    yield from project_pictures(desk_of(pair, *sides_of(pair)))


def project_pictures(desk: Desk) -> Iterator[tuple[Picture, Present]]:
    ids = project_ids(desk.pair.procore)
    for route in desk.routes:
        if route.number in ids:
            yield project_picture(desk, route, ids[route.number])


def project_picture(desk: Desk, route: RoutedProject, project_id: str) -> tuple[Picture, Present]:
    """One project on both sides, from the rows."""
    field_side, ledger_side = desk.pair.procore, desk.pair.quickbooks
    rows: dict[str, list[Seen]] = {}
    sources: dict[str, list[str]] = {}
    for row in _bare(field_side).filter(scope=project_id):
        sources.setdefault(row.kind, []).append(row.key)
        if not row.deleted:
            rows.setdefault(row.kind, []).append(row)
    desk.nouns.warm(desk.procore, [row for alive in rows.values() for row in alive])
    links = desk.links | links_of(Agreed.objects.filter(
        Q(flow=ORDERS, slot__in=sources.get("commitment", ()))
        | Q(flow=BILLS, slot__in=sources.get("subcontractor_invoice", ()))            # their ids may be equal
        | Q(flow=PAYMENTS, target__in=sources.get("payment_issued", ())), pair=desk.pair))
    project = _project(desk, project_id)

    def field_nouns(kind: str, wanted: type[T]) -> dict[str, T]:
        return desk.understood(desk.procore, rows.get(kind, ()), wanted)

    requisitions = field_nouns("subcontractor_invoice", construction.Requisition)
    picture = Picture(
        resting=_resting(desk, route),
        rules=desk.rules, lists=desk.lists, project=project, links=links, mappings=desk.mappings, said=desk.said,
        route=Route(number=route.number, customer=route.customer, job=route.job, start=route.start,
                    from_application=route.from_application),
        commitments=field_nouns("commitment", construction.Commitment),
        change_orders=field_nouns("change_order", construction.ChangeOrder), requisitions=requisitions,
        payments_issued=field_nouns("payment_issued", construction.PaymentIssued))
    picture = _with_ledger(desk, picture, ledger_side)
    picture = replace(picture, unreadable=frozenset(desk.unreadable))
    held: dict[tuple[str, str], object] = dict(desk.named)
    held |= {("purchase_order", key): order for key, order in picture.orders.items()}
    held |= {("vendor_credit" if bill.credit else "bill", key): bill
             for key, bill in (*picture.bills.items(), *picture.other_bills.items())}
    held |= {("payment_issued", key): paid for key, paid in picture.payments_issued.items()}
    return picture, Present(held=held, refusals=desk.refusals)


def _resting(desk: Desk, route: RoutedProject) -> frozenset[str]:
    modes = approve.Modes(pair_mode=desk.pair.mode, approvals={})
    if desk.pair.mode not in ("review", "live"):
        return frozenset()
    return frozenset(flow.name for flow in ALL if modes.of(route, flow.name) in ("off", "shadow"))


def _project(desk: Desk, project_id: str) -> construction.Project:
    rows = Seen.objects.filter(connection=desk.pair.procore, kind="project", key=project_id)
    return desk.understood(desk.procore, rows, construction.Project).get(
        project_id, construction.Project(id=project_id, number="", name=""))


def _with_ledger(desk: Desk, picture: Picture, connection: Connection) -> Picture:
    """The QuickBooks documents on the project's job, those its slots stand for, and what pays them."""
    seen = _bare(connection).filter(deleted=False)

    def naming(kind: str, keys: Sequence[str], among: Sequence[str]) -> list[Seen]:
        named = SeenLink.objects.filter(kind=kind, key__in=keys).values("seen")
        return list(seen.filter(kind__in=among, pk__in=named)) if keys else []

    found = {row.pk: row for row in naming("customer", [picture.job.id] if picture.job.id else [], LEDGER_KINDS)}
    targets = [link.target for slot, link in picture.links.items() if slot.flow in (ORDERS, BILLS) and link.target]
    chosen = [bill for slot, bill in _chosen_bills(desk) if slot in picture.requisitions]
    found |= {row.pk: row for row in seen.filter(kind__in=("purchase_order", "bill", "vendor_credit"),
                                                 key__in=[*targets, *chosen])}
    found |= {row.pk: row for row in _off_every_job(desk, picture, seen)}
    documents = [row.key for row in found.values() if row.kind in ("bill", "vendor_credit")]
    slots = [slot.key for slot in picture.links if slot.flow == PAYMENTS]
    paid = SeenLink.objects.filter(kind__in=("bill", "vendor_credit"), key__in=documents).values("seen")
    paying = list(seen.filter(Q(pk__in=paid) | Q(key__in=[key.split(":")[0] for key in slots]), kind="bill_payment"))
    fresh = {bare_number(number) for r in picture.requisitions.values()
             if Slot(flow=BILLS, key=r.id) not in picture.links for number in invoices.numbers_of(picture, r)} - {""}
    numbered = [row for row in naming("number", sorted(fresh), ("bill", "vendor_credit")) if row.pk not in found]

    def nouns(kinds: Sequence[str], rows: Iterable[Seen], wanted: type[T]) -> dict[str, T]:
        return desk.understood(desk.quickbooks, (row for row in rows if row.kind in kinds), wanted)

    desk.nouns.warm(desk.quickbooks, [*found.values(), *paying, *numbered])
    payments = nouns(("bill_payment",), paying, books.BillPayment)
    named = {*documents, *(row.key for row in numbered), *(d.id for p in payments.values() for d in p.documents)}
    return replace(
        picture, orders=nouns(("purchase_order",), found.values(), books.PurchaseOrder),
        bills=nouns(("bill", "vendor_credit"), found.values(), books.Bill),
        journals=nouns(("journal_entry",), found.values(), books.JournalEntry),
        expenses=nouns(("expense",), found.values(), books.Expense),
        bill_payments=payments, other_bills=nouns(("bill", "vendor_credit"), numbered, books.Bill),
        linked_elsewhere=_linked_elsewhere(desk, named.difference(targets)))


def _chosen_bills(desk: Desk) -> Iterator[tuple[str, str]]:
    """(application, bill) as people said; the bill may be on no job, and of any number."""
    for (kind, subject), said in desk.said.items():
        if kind in ("bill_may_exist", "tax_not_supported"):
            yield subject.removeprefix(f"{BILLS}:"), said.value or said.choice.partition("this_is_it:")[2]


def _off_every_job(desk: Desk, picture: Picture, seen: QuerySet[Seen]) -> list[Seen]:
    """What stands on the retainage accounts without naming a job (journal entries: with or without): a release typed
    by hand must not be paid twice. The same for every project, and looked for once."""
    if desk.off_jobs is None:
        accounts = retainage.accounts(picture)
        items = [item.id for item in desk.lists.items.values() if item.expense_account in accounts]
        named = SeenLink.objects.filter(Q(kind="account", key__in=accounts) | Q(kind="item", key__in=items))
        on_a_job = SeenLink.objects.filter(seen=OuterRef("pk"), kind="customer")
        desk.off_jobs = list(seen.filter(pk__in=named.values("seen"), kind__in=LEDGER_KINDS).filter(
            Q(kind="journal_entry") | ~Exists(on_a_job))) if accounts else []
    return desk.off_jobs


def _linked_elsewhere(desk: Desk, named: Iterable[str]) -> dict[tuple[str, str], str]:
    """Of these bills and credits, those that stand for an application of another project -> its commitment."""
    slots = {slot: (kind, key) for slot, kind, key in Agreed.objects.filter(
        pair=desk.pair, flow=BILLS, target__in=list(named)).values_list("slot", "target_kind", "target")}
    homes = dict(SeenLink.objects.filter(
        seen__connection=desk.pair.procore, seen__kind="subcontractor_invoice", seen__key__in=list(slots),
        seen__deleted=False, kind="commitment").values_list("seen__key", "key")) if slots else {}
    return {place: homes.get(slot, "") for slot, place in slots.items()}


def settled_intents(turn: Turn, desk: Desk, picture: Picture, present: Present) -> tuple[Picture, list[Intent]]:
    """The project's plan, after every slot that only had to be linked is linked: later ones may wait for that."""
    for _ in range(SETTLE_ROUNDS):
        intents = list(intents_of(picture, present))
        settles = [intent for intent in intents if intent.act == "settle"]
        if not settles or not approve.may_settle(desk.pair):
            return picture, intents
        links = agree.settle(turn, settles, present, picture.links)
        desk.links |= {slot: link for slot, link in links.items() if slot.flow in (VENDORS, JOBS, ITEMS)}
        picture = replace(picture, links={**picture.links, **links})
    return picture, list(intents_of(picture, present))


@dataclass(slots=True)
class Ready:
    """An intent that may go now, with who let it."""

    intent: Intent
    approved_by: str
    link: Link | None


@dataclass(slots=True)
class Work:
    """What a look found that may go.

    waves   wave -> numbers of the projects that have such work, some of which may wait for an earlier wave
    first   what can be sent at once of the earliest wave, so that it is not planned again; None beyond `MOST_HELD`
    can_go  something can be sent at once
    taken   slots with a posting under way, which goes on with itself
    """

    taken: set[Slot]
    waves: dict[str, set[str]] = field(default_factory=dict)
    first: dict[Slot, Ready] | None = field(default_factory=dict)
    can_go: bool = False

    def add(self, number: str, ready: Ready) -> None:
        wave = ready.intent.wave
        if not self.waves or WAVES.index(wave) < min(map(WAVES.index, self.waves)):
            self.first = {}
        self.waves.setdefault(wave, set()).add(number)
        if ready.intent.missing or ready.intent.wish.slot in self.taken:
            return
        self.can_go = True
        if self.first is not None and wave == min(self.waves, key=WAVES.index):
            self.first.setdefault(ready.intent.wish.slot, ready)
            self.first = self.first if len(self.first) <= MOST_HELD else None


def look(turn: Turn) -> Work:
    """Plan every project; keep how each slot stands and what a person has to settle."""
    turn.pair.planned = state_of(turn.pair)
    desk = desk_of(turn.pair, turn.procore, turn.quickbooks, turn.nouns)
    modes = approve.modes(turn.pair)
    _closing_date_known(turn, desk)
    under_way = Posting.objects.filter(pair=turn.pair, state__in=UNFINISHED).values_list("flow", "slot")
    work = Work(taken={Slot(flow=flow, key=slot) for flow, slot in under_way})
    names: dict[Slot, tuple[Intent, RoutedProject]] = {}
    problems = standing.Problems()
    known = project_ids(turn.pair.procore)
    for route in desk.routes:
        if route.number not in known:
            problems.add(project_unknown(route.number), None)
            continue
        picture, intents = settled_intents(turn, desk, *project_picture(desk, route, known[route.number]))
        for intent in intents:
            for problem in intent.problems:
                problems.add(problem, intent)
            if intent.writes and intent.wave and (approver := modes.approver(route, intent)):
                work.add(route.number, Ready(intent, approver, picture.links.get(intent.wish.slot)))
        names |= {i.wish.slot: (i, route) for i in intents if not i.wish.project}
        standing.keep_project(turn, route.number, [(i, route) for i in intents if i.wish.project], modes)
    standing.keep_project(turn, "", list(names.values()), modes)
    for problem in desk.problems:
        problems.add(problem, None)
    turn.report.problems = standing.keep_problems(turn, problems)
    return work


def _closing_date_known(turn: Turn, desk: Desk) -> None:
    """Without QuickBooks' preferences nobody knows which periods are closed: then nothing is planned or posted."""
    asked = OpenProblem.objects.filter(pair=turn.pair, kind=standing.BOOKS_NOT_KNOWN, open=True)
    if desk.closing_date_known:
        if asked.exists():
            with turn.step():
                asked.update(open=False, closed_at=turn.now())
        return
    problem = books_not_known(turn.pair.quickbooks.name, "; ".join(p.says for p in desk.problems))
    if not asked.exists():
        with turn.step():
            OpenProblem.objects.update_or_create(
                pair=turn.pair, kind=problem.kind, subject=problem.subject,
                defaults={"says": problem.says, "fix": problem.fix, "who": problem.who, "details": problem.details,
                          "open": True, "closed_at": None, "since": turn.now()})
    raise Unreachable(problem.says, PREFERENCES_WAIT_S)


def state_of(pair: Pair) -> str:
    """Short text that changes with all that a plan is made from. A posting can be found after a lost answer, or be
    dropped, without any record changing: what became of postings counts by itself."""
    seqs = [*Connection.objects.filter(pk__in=(pair.procore_id, pair.quickbooks_id)).order_by("pk")
            .values_list("next_seq", flat=True)]
    answers = Decision.objects.filter(pair=pair).aggregate(n=Count("pk"), last=Max("at"))
    approvals = Approval.objects.filter(pair=pair).count()
    over = (State.POSTED, State.REFUSED, State.DROPPED)
    states = Posting.objects.filter(pair=pair, state__in=over).values_list("state")
    posted = dict(states.annotate(n=Count("pk")).order_by())
    last = answers["last"].isoformat() if answers["last"] else ""
    version, mode = Pair.objects.values_list("rules_version", "mode").get(pk=pair.pk)
    return (f"{seqs}v{version}{mode}/{answers['n']}@{last}/{approvals}/{posted.get(State.POSTED, 0)}"
            f"/{posted.get(State.REFUSED, 0)}/{posted.get(State.DROPPED, 0)}")[:120]


def anything_new(turn: Turn) -> bool:
    """False when the last complete plan was made from exactly what is there now, and nothing is under way."""
    under_way = Posting.objects.filter(pair=turn.pair, state__in=UNFINISHED).exists()
    return under_way or turn.pair.planned != state_of(turn.pair)


def note_looked(turn: Turn) -> None:
    Pair.objects.filter(pk=turn.pair.pk).update(last_turn_at=turn.now())


def note_planned(turn: Turn) -> None:
    Pair.objects.filter(pk=turn.pair.pk).update(planned=turn.pair.planned, last_turn_at=turn.now())
