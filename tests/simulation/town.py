"""A seeded town: people act in both systems, the real engine keeps them in agreement, and processes die on the way.

    Town(seed).live()      raises Wrong, in words, where an independent bookkeeper disagrees

Everything is drawn from the seed and time is simulated, so that a failing seed fails again the same way. After each
kill another holder begins a turn once the lease has expired, and people may have acted in between.
"""
from __future__ import annotations

import random
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.apps import apps
from django.core.management.color import no_style
from django.db import connection
from django.db.backends.signals import connection_created
from django.dispatch import receiver

from tests.simulation import plans
from tests.simulation.bookkeeper import Bookkeeper, Rows
from tests.simulation.company import ACCOUNTS, CODES, PROJECTS, opened, rest_of, setup_text
from tests.simulation.deeds import Deeds
from tests.simulation.people import OTHER_ACCOUNT, People
from tests.simulation.stops import KINDS, Killed, Stops
from tests.simulation.wire import PROCORE_PORT, QUICKBOOKS_PORT, Wire
from tests.support.practice import Practice
from tieout.app import setup_file, wiring
from tieout.core.posting import UNFINISHED
from tieout.engine import answers, trail
from tieout.engine.approve import approve_all
from tieout.engine.store.models import (
    Connection,
    OpenProblem,
    Pair,
    Posting,
    Standing,
    TrailHead,
)
from tieout.engine.turn import PATIENCE_S, TurnReport, until_quiet
from tieout.engine.turn import run_turn as engine_turn
from tieout.ports import NotAuthorised
from tieout.sandbox.kit import Faults

MOST_TURNS = 60


class Wrong(AssertionError):
    """The bookkeeper disagrees."""


@dataclass(frozen=True, slots=True)
class Habits:
    """What sort of town it is.

    kills      chance that a turn is killed
    faults     lost answers, 429 and 5xx, as chances per call
    """

    rounds: int = 4
    acts: int = 6
    kills: float = 0.0
    lost: float = 0.0
    busy: float = 0.0
    down: float = 0.0
    mode: str = "live"
    rules: dict[str, str] = field(default_factory=dict)
    maps_other: bool = True
    customer_made: bool = True
    projects: int = 3
    plain: bool = False                                      # nothing that needs a person's answer


def habits_of(seed: int) -> Habits:
    """Each seed its own town."""
    chance = random.Random(f"habits {seed}")
    rough = chance.random() < 0.8
    return Habits(
        rounds=chance.choice((2, 2, 3)), acts=chance.randint(4, 9), kills=chance.choice((0.0, 0.4, 0.8)),
        lost=chance.choice((0.0, 0.05, 0.3)) if rough else 0.0, busy=chance.choice((0.0, 0.03)) if rough else 0.0,
        down=chance.choice((0.0, 0.03)) if rough else 0.0, mode=chance.choice(("live", "live", "live", "review")),
        rules={"line_coding": chance.choice(("item", "item", "account")),
               "retainage_lines": chance.choice(("document", "line")),
               "closed_period": chance.choice(("ask", "ask", "first_open_day"))},
        maps_other=chance.random() < 0.7, customer_made=chance.random() < 0.7)


def forget_everything() -> None:
    """An installation that has never been used, without migrating again."""
    tables = [model._meta.db_table for model in apps.get_app_config("store").get_models()]
    connection.ops.execute_sql_flush(connection.ops.sql_flush(
        no_style(), tables, reset_sequences=True, allow_cascade=True))


@receiver(connection_created)
def no_power_cuts(connection: Any, **_: Any) -> None:
    """Only processes die in a town, so that nothing has to wait for the disk."""
    if connection.vendor == "sqlite" and in_a_town[0]:
        connection.cursor().execute("PRAGMA synchronous=OFF")


in_a_town = [False]


class Town(Practice):
    """`people` act, `sync` turns until nothing is left, `check` asks the bookkeeper. The clock is the sandbox's."""

    def __init__(self, seed: int, habits: Habits | None = None) -> None:
        if not in_a_town[0]:
            in_a_town[0] = True
            connection.close()
        forget_everything()
        self.seed, self.habits = seed, habits or habits_of(seed)
        random.seed(seed)                                    # the jitter of the product's own waits
        self.chance = random.Random(f"town {seed}")
        self.sandbox = opened()
        self.deeds = Deeds(other_mapped=self.habits.maps_other)
        self.people = People(self.sandbox, random.Random(f"people {seed}"), self.deeds,
                             self.habits.projects)
        self.wire = Wire(self.sandbox, random.Random(f"wire {seed}"))
        self.patience_s = PATIENCE_S
        self.met: Counter[str] = Counter()
        self.holders = 0
        self.around = wiring.Surroundings(transport=self.wire.transport(), now=self.now, sleep=self.sleep)
        self._set_up()
        self.bookkeeper = self._bookkeeper()

    def _set_up(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            where = Path(folder)
            (where / "procore-secret").write_text(self.sandbox.procore.client_secret)
            (where / "quickbooks-secret").write_text(self.sandbox.quickbooks.client_secret)
            rules = {"retainage.lines" if key == "retainage_lines" else key: value
                     for key, value in self.habits.rules.items()}
            (where / "town.toml").write_text(setup_text(
                self.sandbox.announcement(PROCORE_PORT, QUICKBOOKS_PORT), mode=self.habits.mode, rules=rules,
                maps_other=self.habits.maps_other, projects=self.habits.projects))
            setup_file.apply(where / "town.toml", by="the controller", now=self.now())
        self.connect_quickbooks()
        self.pair = Pair.objects.get(name="town")
        if self.habits.customer_made:
            self.people.do(self.people.make_customer)

    def _bookkeeper(self) -> Bookkeeper:
        procore, quickbooks = rest_of(self.sandbox)
        ids = {p.number: self.people.manager.places.project(p.number) for p in PROJECTS}

        def undisturbed(ask: Callable[[], Rows]) -> Rows:
            with self.people.undisturbed():
                return ask()

        return Bookkeeper(
            deeds=self.deeds, books_names=self.people.books_name, late_project=PROJECTS[2].number, other_code=CODES[-1],
            query=lambda entity: undisturbed(lambda: quickbooks.query(entity)),
            listed=lambda project, contract: undisturbed(lambda: list(procore.rows(
                "/rest/v1.0/contract_payments", project_id=ids[project], contract_id=contract))),
            standings=self._standings, by_line=self.habits.rules.get("retainage_lines") == "line",
            by_account={kind: account.split(" ")[0] for kind, account in ACCOUNTS.items()}
            if self.habits.rules.get("line_coding") == "account" else {},
            moves_late_ones=self.habits.rules.get("closed_period") == "first_open_day")

    def _standings(self) -> dict[tuple[str, str], tuple[str, int]]:
        return {(row.flow, row.slot): (row.status, row.amount_cents) for row in Standing.objects.filter(pair=self.pair)}

    # --- time and turns ---

    def sleep(self, seconds: float) -> None:
        self.wire.pass_time(seconds)

    def one_turn(self, *, full: bool = False, **options: Any) -> TurnReport:
        """One turn by a new holder, with the time that calls take."""
        self.holders += 1
        pair = Pair.objects.select_related("procore", "quickbooks").get(pk=self.pair.pk)
        with self.wired():
            procore, quickbooks = wiring.systems_for(pair, calls=self.calls_now())
            return engine_turn(pair.pk, procore=procore, quickbooks=quickbooks, holder=f"process {self.holders}",
                               now=self.now, full=full, patience_s=self.patience_s, **options)

    def calls_now(self) -> Any:
        return None

    def until_quiet(self, run: Callable[[], TurnReport] | None = None) -> list[TurnReport]:
        def turn() -> TurnReport:
            try:
                report = (run or self.one_turn)()
            except NotAuthorised:
                # the answer with a new refresh token was lost with its process: a person connects again
                self.met["connected again"] += 1
                with self.people.undisturbed():
                    self.connect_quickbooks()
                Connection.objects.filter(name="books").update(refused_why="")
                return TurnReport(again=True)
            if self.habits.mode == "review":
                report.again = report.again or bool(approve_all(self.pair, "the controller", self.now()))
            return report

        return until_quiet(turn, self.sleep_longer, most=MOST_TURNS)

    def sleep_longer(self, seconds: float) -> None:
        self.sleep(max(seconds, 5))

    def killed_turn(self, plan: tuple[str, int]) -> bool:
        """A turn that dies at a position, if it gets there. True when it did."""
        stops = self.wire.stops = Stops(plan)
        try:
            with stops.watching():
                self.one_turn()
        except Killed:
            self.met[f"killed {plan[0]}"] += 1
            return True
        except NotAuthorised:
            return False
        finally:
            self.wire.stops = Stops()
        return False

    # --- a life ---

    def live(self) -> None:
        habits = self.habits
        for _ in range(2):
            self.people.do(self.people.award)
        for _ in range(habits.rounds):
            self.some_acts(habits.acts)
            self.disturb()
            while habits.kills and self.chance.random() < habits.kills:
                self.killed_turn((self.chance.choice(KINDS), self._position()))
                if self.chance.random() < 0.4:
                    self.some_acts(2)
                self.sleep(self.chance.uniform(0, 200))
            self.until_quiet()
            self.check()
            self.answer_some()
            self.sleep(self.chance.uniform(4, 24) * 86400)
        self.sandbox.kit.faults = Faults()
        self.until_quiet()
        self.check()
        self.check_still()

    def _position(self) -> int:
        return min(int(self.chance.expovariate(1 / 25)) + 1, 200)

    def disturb(self) -> None:
        habits = self.habits
        self.sandbox.kit.faults = Faults(seed=self.chance.randrange(10 ** 6), lost=habits.lost, busy=habits.busy,
                                         down=habits.down)

    def some_acts(self, number: int) -> None:
        acts = [(act, often) for act, often in self.people.acts
                if not (self.habits.plain and act.__name__ in NEED_AN_ANSWER)]
        for act in self.people.chance.choices([a for a, _ in acts], [often for _, often in acts], k=number):
            self.people.do(act)

    def answer_some(self) -> None:
        """The controller settles some of the open problems."""
        for problem in OpenProblem.objects.filter(pair=self.pair, open=True).order_by("pk"):
            if self.chance.random() < 0.5:
                self._answer(problem)

    def _answer(self, problem: OpenProblem) -> None:
        slots = {slot for _, slot in problem.blocks}
        about = [a for a in self.deeds.applications if a.requisition in slots]
        choice, value = "", ""
        match problem.kind:
            case "closed_period" if not problem.subject.endswith("#change"):
                choice = "first_open_day"
            case "bill_may_exist":
                choice = self.chance.choice([one["id"] for one in problem.choices])
            case "cost_code_has_no_account":
                choice, value = "account", OTHER_ACCOUNT
                self.deeds.other_mapped = True
            case "deleted_after_posting":
                choice = self.chance.choice(("enter_again", "keep_deleted"))
            case "changed_in_quickbooks":
                choice = self.chance.choice(("keep", "restore"))
            case _:
                return
        self.met[f"answered {problem.kind}"] += 1
        answers.resolve(problem.pk, choice, value, "the controller", self.now())
        for application in about:
            application.answers[problem.kind] = choice
            if choice in ("enter_again", "restore"):
                application.answers["restored"] = choice
            if choice.startswith("this_is_it"):
                commitment = self.deeds.commitments[application.commitment]
                self.deeds.unsure.add((commitment.vendor, commitment.project))

    # --- checks ---

    def check(self) -> None:
        """Once quiet: the bookkeeper agrees, the trail holds, every posting is in a final state."""
        faults = self.bookkeeper.faults()
        changed = {f"subcontractor_invoice_to_bill:{a.requisition}" for a in self.deeds.applications
                   if a.left is not None or not a.approved}
        faults += plans.faults(self.bookkeeper.query, changed)
        unfinished = Posting.objects.filter(pair=self.pair, state__in=UNFINISHED)
        faults += [f"posting {p.title} is still {p.state}" for p in unfinished]
        broken = trail.verify("town")
        if broken:
            faults.append(f"the trail is broken: {broken}")
        faults += [f"a closed period was tried: {body[:120]!r}" for body in self.wire.closed_answers]
        if faults:
            raise Wrong(self.said("\n  ".join(faults)))

    def check_still(self, fully: bool = True) -> None:
        """Another turn, and a full one, change nothing."""
        for full in (False, True) if fully else (False,):
            before, writes = self.rows(), self.wire.writes
            report = self.one_turn(full=full)
            if report.changed or report.posted or self.wire.writes != writes:
                raise Wrong(self.said(f"a further turn (full: {full}) did something: {report}"))
            after = self.rows()
            if before != after:
                raise Wrong(self.said(f"a further turn (full: {full}) wrote {_new(before, after)}"))

    def rows(self) -> dict[str, list[Any]]:
        """Every row that a turn could write, but for the lease, the rotation and cursors."""
        found: dict[str, list[Any]] = {}
        for model in apps.get_app_config("store").get_models():
            if model.__name__ not in ("Pair", "Connection", "Cursor", "Worker"):
                found[model.__name__] = list(model._default_manager.order_by("pk").values_list())
        return found

    def trail_length(self) -> int:
        return TrailHead.objects.values_list("length", flat=True).get(chain="town")

    def said(self, faults: str) -> str:
        story = "\n    ".join(self.deeds.told)
        return f"seed {self.seed}, {self.habits}:\n  {faults}\n  what people did:\n    {story}"


NEED_AN_ANSWER = ("type_bill", "edit_bill", "delete_bill", "close_books", "set_back")


def _new(before: dict[str, list[Any]], after: dict[str, list[Any]]) -> str:
    changed = {name: [row for row in rows if row not in before[name]][:3] for name, rows in after.items()
               if rows != before[name]}
    return str(changed)[:1500]
