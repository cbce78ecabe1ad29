"""A world set up in a sandbox and played step by step: two steps a month, each act on its own day."""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Protocol

from tieout.sandbox.kit import Kit
from tieout.sandbox.worlds.bookkeeper import Bookkeeper
from tieout.sandbox.worlds.data import Act, Does, Scenario, WorldError, read, step_of
from tieout.sandbox.worlds.furnish import furnish
from tieout.sandbox.worlds.generate import generated
from tieout.sandbox.worlds.project_manager import ProjectManager
from tieout.sandbox.worlds.rest import Handle, ProcoreRest, QuickBooksRest, Refused

HERE = Path(__file__).parent
OPENS, CLOSES = time(16, tzinfo=UTC), time(23, tzinfo=UTC)      # 8:00 and 15:00 where the vendors keep their clocks


class _Procore(Protocol):
    company_id: str
    script_token: str

    @property
    def handle(self) -> Handle: ...


class _QuickBooks(Protocol):
    realm_id: str
    script_token: str

    @property
    def handle(self) -> Handle: ...

    def set_closing_date(self, through: date | None) -> None: ...


class Sandbox(Protocol):
    """What a world needs of the sandbox it is set up in."""

    @property
    def kit(self) -> Kit: ...

    @property
    def procore(self) -> _Procore: ...

    @property
    def quickbooks(self) -> _QuickBooks: ...


class World:
    """A scenario in a sandbox. `steps` are named by their last day; `played` of them have been played."""

    def __init__(self, scenario: Scenario, sandbox: Sandbox) -> None:
        self.scenario, self.name = scenario, scenario.name
        self.played = 0
        self._sandbox = sandbox
        self._procore = ProcoreRest(sandbox.procore.handle, sandbox.procore.script_token,
                                    str(sandbox.procore.company_id))
        self._quickbooks = QuickBooksRest(sandbox.quickbooks.handle, sandbox.quickbooks.script_token,
                                          sandbox.quickbooks.realm_id)
        self._does: dict[str, Mapping[str, Does]] = {
            "project manager": ProjectManager(scenario, self._procore).does,
            "bookkeeper": Bookkeeper(scenario, self._quickbooks, sandbox.quickbooks.set_closing_date).does}
        for act in (*scenario.before, *scenario.script):
            if act.do not in self._does.get(act.who, {}):
                raise WorldError(f"{scenario.name}, {act.on}: a {act.who} cannot “{act.do}”.")
        self._acts: dict[date, list[Act]] = {}
        for act in scenario.script:
            self._acts.setdefault(step_of(act.on), []).append(act)
        self._days = sorted(self._acts)
        self.steps: Sequence[str] = tuple(day.isoformat() for day in self._days)

    def furnish(self) -> None:
        """What stood before the first step: lists, projects, and what had happened. The clock ends on the first day."""
        clock, begins = self._sandbox.kit.clock, self.scenario.begins
        opened = opening(self.scenario)
        if opened is not None:
            clock.set(opened)
        furnish(self.scenario, self._procore, self._quickbooks)
        self._do(self.scenario.before, whatever_happens=False)
        if begins is not None:
            clock.set(max(clock.now(), datetime.combine(begins, OPENS)))
        through = self.scenario.played_through
        while through is not None and self.played < len(self._days) and self._days[self.played] <= through:
            self._play(whatever_happens=False)

    def play_next(self) -> dict[str, Any] | None:
        """{"step", "label", "acts": [what was done, in sentences]}; None when the year is over. Somebody may
        have closed a period or taken away a vendor meanwhile: an act that is refused is said, and the others are done.
        """
        return self._play(whatever_happens=True)

    def _play(self, *, whatever_happens: bool) -> dict[str, Any] | None:
        if self.played >= len(self._days):
            return None
        day = self._days[self.played]
        self.played += 1
        said = self._do(self._acts[day], whatever_happens=whatever_happens)
        self._tick(datetime.combine(day, CLOSES))
        return {"step": day.isoformat(), "label": _label(day), "acts": said}

    def _do(self, acts: Sequence[Act], *, whatever_happens: bool) -> list[str]:
        said: list[str] = []
        for act in acts:
            self._tick(datetime.combine(act.on, OPENS))
            try:
                done = self._does[act.who][act.do](act.facts, act.on)
            except (Refused, WorldError, LookupError, StopIteration) as wrong:
                if not whatever_happens:
                    raise WorldError(f"{self.name}, {act.on}, {act.who}, “{act.do}”: {wrong!r}") from wrong
                done = [f"Could not “{act.do}”, which is left out: {wrong}"]
            said += [f"{act.on.isoformat()} {act.who}: {sentence}" for sentence in done]
        return said

    def _tick(self, moment: datetime) -> None:
        """Acts of one day are a minute apart; the clock is never turned back."""
        clock = self._sandbox.kit.clock
        clock.set(max(moment, clock.now() + timedelta(minutes=1)))

    def setup(self) -> dict[str, Any]:
        """What the controller of this company would answer when the two systems are joined.

        projects    number, customer, start, and the job that QuickBooks already has (or "")
        vendors     (name in Procore, name in QuickBooks) where both have it under different names
        cost_codes  (code, type, account) of every budget code; `accounts` names an account by its number
        retainage   the retainage payable account;  markup  the budget code of change orders' markup lines
        """
        scenario = self.scenario
        names = {row["number"]: row["name"] for row in scenario.accounts}

        def account(number: str) -> str:
            return f"{number} {names[number]}"

        return {
            "projects": [{"number": p.number, "customer": p.owner, "start": p.start.isoformat(), "job": p.job}
                         for p in scenario.projects],
            "vendors": [(v.name, v.books_name) for v in scenario.vendors
                        if v.name and v.books_name and v.name != v.books_name],
            "cost_codes": [(code.code, kind, account(scenario.cost_types[kind]["account"]))
                           for code in scenario.cost_codes for kind in code.types],
            "retainage": account(scenario.books["retainage_payable"]) if scenario.books else "",
            "markup": f"{scenario.company['markup_code']}.{scenario.company['markup_type']}"
                      if "markup_code" in scenario.company else "",
        }


def load(world_spec: str, sandbox: Sandbox, *, seed: int = 0) -> World:
    """Sets a world up in a new sandbox: empty, maple, fjord, a folder of files, or generate: with its settings."""
    world = World(scenario_of(world_spec, seed=seed), sandbox)
    try:
        world.furnish()
    except Refused as refused:
        raise WorldError(f"{world.name} cannot be set up: {refused}") from refused
    return world


def scenario_of(world_spec: str, *, seed: int = 0) -> Scenario:
    if world_spec == "empty":
        return Scenario(name="empty", company={}, cost_types={}, books={})
    if world_spec.startswith("generate:"):
        return generated(world_spec, seed=seed)
    if (HERE / world_spec / "company.toml").is_file():
        return read(HERE / world_spec)
    if Path(world_spec).is_dir():
        return read(Path(world_spec))
    known = ", ".join(sorted(file.parent.name for file in HERE.glob("*/company.toml")))
    raise WorldError(f"There is no world “{world_spec}”. Known are empty, {known}, "
                     "generate:projects=20,months=12,seed=7, and a folder that is laid out like maple.")


def opening(scenario: Scenario) -> datetime | None:
    """The morning on which the world is set up: before anything has happened in it. None leaves the clock alone."""
    first = min((act.on for act in scenario.before), default=scenario.begins)
    return datetime.combine(first, OPENS) - timedelta(days=1) if first is not None else None


def _label(day: date) -> str:
    return f"{'Middle' if day.day == 15 else 'End'} of {day:%B %Y}"
