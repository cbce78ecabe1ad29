"""The whole sandbox in one object: both stand-ins, the world that is played in them, and what brings them back.

    Sandbox.start(world="maple").handle("quickbooks", Request.of("GET", "/v3/company/..."))

With `state`, every change is kept in a journal; a killed sandbox loads its world again and repeats the journal,
with the clock standing at each entry's time, and so comes back exactly.
"""
from __future__ import annotations

import fcntl
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cached_property, partial
from importlib import import_module
from io import TextIOWrapper
from pathlib import Path
from typing import Any, Literal, Protocol

from tieout.sandbox import control, snapshot
from tieout.sandbox.desk.desk import PATH as DESK
from tieout.sandbox.desk.desk import Desk
from tieout.sandbox.faults import GRANTS, Known
from tieout.sandbox.front import Attended
from tieout.sandbox.kit import CallLog, Clock, Faults, Journal, Kit, Limits, Request, Response, Webhooks, moment_of
from tieout.sandbox.procore.service import Procore
from tieout.sandbox.quickbooks_online import setup
from tieout.sandbox.quickbooks_online.company import CompanyProfile
from tieout.sandbox.quickbooks_online.service import QuickBooksOnline

BASE = "base"          # the journal's first entry after a restore: the snapshot from which it goes on
ServiceName = Literal["procore", "quickbooks"]


class SandboxError(Exception):
    """The sandbox can't start as asked; the text says why and what to do."""


class World(Protocol):
    """What people have done before, and what they do month by month.

    steps      what `play_next` plays, in order
    played     how many of them have been played
    play_next  does the next step through both stand-ins; what was done, or None when nothing is left
    """

    name: str
    steps: Sequence[str]
    played: int

    def play_next(self) -> dict[str, Any] | None: ...


class EmptyWorld:
    """A company of each kind, with nothing in it."""

    name = "empty"
    steps: Sequence[str] = ()
    played = 0

    def play_next(self) -> dict[str, Any] | None:
        return None


class Sandbox:
    """Made by `Sandbox.start`."""

    def __init__(self, kit: Kit, procore: Procore, quickbooks: QuickBooksOnline) -> None:
        self.kit, self.procore, self.quickbooks = kit, procore, quickbooks
        self.world: World = EmptyWorld()
        self.latency_ms = 0
        self.stands, self._told_to_stand = True, False        # whether the clock stands between calls
        self._coming_back = True
        self._told_limits: Limits | None = None      # over control; told while it comes back, it holds afterwards
        self._told_faults: Faults | None = None
        self.state: Path | None = None
        self.snapshots: dict[str, bytes] = {}
        self._lock: TextIOWrapper | None = None
        self._anew: Callable[[], Sandbox]
        self._from_folder = False

    @cached_property
    def desk(self) -> Desk:
        return Desk.of(self)

    @classmethod
    def start(cls, world: str = "empty", *, seed: int = 0, limits: Limits | None = None, clock: str | None = None,
              frozen: bool = False, state: Path | None = None, latency_ms: int = 0,
              faults: Faults | None = None, webhooks_anywhere: bool = False,
              usual_limits: Limits = "off") -> Sandbox:
        """`clock` is an ISO time from which the sandbox's clock runs (or stands still, when frozen). `limits` and
        `faults` win over what the journal of `state` holds; without them it is that, else `usual_limits` and none."""
        lock, journal = _opened(state) if state is not None else (None, None)
        real = datetime.now(UTC)
        scenario = _scenario(world, seed)
        begun = _begun(state, world, seed, _moment(clock) if clock else _opening(scenario) or real, real)
        kit = Kit(clock=Clock(begun.moment, frozen=True), seed=seed)
        kit.webhooks.anywhere = webhooks_anywhere
        sandbox = cls(kit, _procore(kit, scenario.company if scenario else {}), QuickBooksOnline(kit))
        sandbox._lock, sandbox.latency_ms, sandbox.state = lock, latency_ms, state
        sandbox._anew = partial(cls.start, world, seed=seed, limits=limits or usual_limits,
                                clock=begun.moment.isoformat(), frozen=frozen, latency_ms=latency_ms,
                                faults=deepcopy(faults))
        sandbox._from_folder = Path(world).is_dir()
        entries = _entries(journal) if journal is not None else []
        if not (entries and entries[0][0] == BASE):       # else the world, and all that was done, is in the base
            sandbox.world = _load(world, sandbox, seed)
        offset = begun.offset + (kit.clock.now() - begun.moment)
        if journal is not None:
            offset = sandbox._replay(entries, journal) or offset
            kit.journal = journal
        sandbox.stands, sandbox._coming_back = frozen or sandbox._told_to_stand, False
        if not sandbox.stands:
            kit.clock.run(offset)
        kit.calls, kit.limits = CallLog(), limits or sandbox._told_limits or usual_limits
        kit.faults = faults or sandbox._told_faults or Faults(seed=seed)
        return sandbox

    def handle(self, service: ServiceName, request: Request) -> Response:
        if request.path.startswith("/_sandbox/"):
            return control.handle(self, request)
        return self._service(service).handle(request)

    def _service(self, name: str) -> Attended:
        return self.procore if name == "procore" else self.quickbooks

    def play_next(self) -> dict[str, Any] | None:
        """The next step of the world, undisturbed by faults, limits and the passing of time."""
        with self.undisturbed():
            return self.world.play_next()

    @contextmanager
    def clock_stands(self) -> Iterator[datetime]:
        """A change made while the clock stands is the same when the journal repeats it. Yields the time."""
        clock = self.kit.clock
        offset = clock.offset
        clock.freeze()
        began = clock.now()
        try:
            yield began
        finally:
            if not self.stands:
                clock.run(offset + (clock.now() - began))

    def stand(self, still: bool) -> None:
        """Whether the clock stands between calls from now on."""
        self._told_to_stand = still
        if not self._coming_back:
            self.stands = still

    def set_limits(self, limits: Limits) -> None:
        self._told_limits = limits
        if not self._coming_back:
            self.kit.limits = limits

    def known_calls(self) -> dict[str, Known]:
        return {"procore": self.procore.known_calls(), "quickbooks": self.quickbooks.known_calls()}

    def set_faults(self, faults: Faults) -> None:
        """A new plan in the place of the old one; its counts begin at nothing."""
        self._told_faults = faults
        if not self._coming_back:
            self.kit.faults = faults

    def set_clock(self, now: datetime, *, stands: bool) -> None:
        self.stand(stands)
        if self.stands:
            self.kit.clock.freeze()
            self.kit.clock.set(now)
        else:
            self.kit.clock.run(now - datetime.now(UTC))

    # -- snapshots ---------------------------------------------------------------------------------------------------

    def keep(self, name: str) -> int:
        """Takes a snapshot; its size in bytes. With a state folder it is a file there, else it is in memory."""
        found = snapshot.taken(self)
        if self.state is not None:
            _write_whole(self._snapshot_file(name), found)
        else:
            self.snapshots[name] = found
        return len(found)

    def kept(self) -> dict[str, int]:
        """The snapshots by name, and their sizes."""
        if self.state is None:
            return {name: len(found) for name, found in sorted(self.snapshots.items())}
        folder = self.state / "snapshots"
        return {file.stem: file.stat().st_size for file in sorted(folder.glob("*.snapshot"))}

    def forget(self, name: str) -> None:
        if self.state is None:
            del self.snapshots[name]
        else:
            self._snapshot_file(name).unlink()

    def restore(self, name: str) -> None:
        """Everything is as it was when the snapshot was taken."""
        self._become(self.snapshots[name] if self.state is None else self._snapshot_file(name).read_bytes())

    def reset(self) -> None:
        """Everything is as it was at the start, the clock too."""
        if not self._from_folder:       # whose files may have been changed, so that it can't be set up any more
            snapshot.let_go(self)
        fresh = self._anew()
        found = snapshot.taken(fresh)
        self.kit.limits, self._told_limits = fresh.kit.limits, None
        fresh.close()
        del fresh
        self._become(found)

    def _become(self, found: bytes) -> None:
        """What was in the journal is over. The new beginning is a file, named before the journal names it."""
        snapshot.put_back(self, found)
        journal = self.kit.journal
        if journal is None or self.state is None:
            return
        earlier = sorted(self.state.glob("base-*.snapshot"))
        number = int(earlier[-1].stem.split("-")[1]) + 1 if earlier else 1
        base = self.state / f"base-{number:06d}.snapshot"
        _write_whole(base, found)
        journal.begin_anew(BASE, {"file": base.name, "limits": self._told_limits}, self.kit.clock.now())
        for old in earlier:
            old.unlink()

    def _snapshot_file(self, name: str) -> Path:
        assert self.state is not None
        return self.state / "snapshots" / f"{name}.snapshot"

    @contextmanager
    def undisturbed(self) -> Iterator[datetime]:
        """The calls inside are not the client's: not counted, not kept, never refused. Yields the time."""
        kit = self.kit
        kept = (kit.calls, kit.faults, kit.limits, kit.journal)
        kit.calls, kit.faults, kit.limits, kit.journal = CallLog(), Faults(), "off", None
        try:
            with self.procore.unhindered(), self.clock_stands() as at:
                yield at
        finally:
            kit.calls, kit.faults, kit.limits, kit.journal = kept

    def _replay(self, entries: list[tuple[str, Request, datetime]], journal: Journal) -> timedelta | None:
        """How far the clock then stood from the real one; None for an empty journal."""
        at = None
        if entries and entries[0][0] == BASE:
            at = entries[0][2]
            self.kit.clock.set(at)
            base = json.loads(entries.pop(0)[1].body)
            self._put_base_back(base["file"])
            self._told_limits = base.get("limits")
        self.webhooks.plan_again(request.body for service, request, _ in entries if service == "webhooks")
        for service, request, at in entries:
            self.kit.clock.set(at)
            if service == "control":
                control.handle(self, request)
            elif service == "webhooks":
                self.kit.webhooks.replay(request.body, at)
            elif service.partition(" ")[2] in GRANTS:
                self._service(service.split(" ")[0]).end_grant(request, at, revoked=service.endswith("revoked_grant"))
            else:
                self._service(service).handle(request)
        self.webhooks.planned.clear()
        offset = journal.offset()
        return None if at is None or offset is None else offset + (self.kit.clock.now() - at)

    def _put_base_back(self, name: str) -> None:
        assert self.state is not None
        try:
            snapshot.put_back(self, (self.state / name).read_bytes())
        except (OSError, snapshot.SnapshotError) as wrong:
            raise SandboxError(f"{self.state / name} can't be read ({wrong}). Put it back, or delete {self.state} to "
                               "begin anew.") from wrong
        self._told_faults, self.kit.faults = self.kit.faults, Faults()      # what the journal holds was done

    @property
    def webhooks(self) -> Webhooks:
        return self.kit.webhooks

    def announcement(self, procore_port: int, qbo_port: int) -> dict[str, Any]:
        """What a client needs to connect; printed as one line of JSON when the sandbox serves."""
        procore_url, qbo_url = f"http://127.0.0.1:{procore_port}", f"http://127.0.0.1:{qbo_port}"
        return {
            "world": self.world.name, "clock": self.kit.clock.now().isoformat(), "limits": self.kit.limits,
            "desk": f"{qbo_url}{DESK}/",
            "procore": {
                "base_url": procore_url, "login_url": procore_url, "company_id": str(self.procore.company.id),
                "client_id": self.procore.client_id, "client_secret": self.procore.client_secret,
                "access_token": self.procore.script_token, "user_id": self.procore.person.id,
                "service_account_id": self.procore.account.id},
            "quickbooks": {
                "base_url": qbo_url, "login_url": qbo_url, "realm_id": self.quickbooks.realm_id,
                "client_id": self.quickbooks.client_id, "client_secret": self.quickbooks.client_secret,
                "access_token": self.quickbooks.script_token,
                "webhook_verifier_token": self.quickbooks.verifier_token}}

    def close(self) -> None:
        if self.kit.journal is not None:
            self.kit.journal.close()
        if self._lock is not None:
            self._lock.close()


def _write_whole(file: Path, content: bytes) -> None:
    """The old content or the new, whatever happens meanwhile."""
    file.parent.mkdir(exist_ok=True)
    new = file.with_suffix(".new")
    new.write_bytes(content)
    new.replace(file)


def _procore(kit: Kit, facts: Mapping[str, Any]) -> Procore:
    name = str(facts.get("name", CompanyProfile().name))
    domain = str(facts.get("email", "")).partition("@")[2] or re.sub(r"[^a-z0-9]", "", name.lower()) + ".example"
    return Procore(kit, company_name=name, domain=domain)


def _scenario(world: str, seed: int) -> Any:
    """What a world says of its company and its months; None for the empty one."""
    if world == "empty":
        return None
    worlds = import_module("tieout.sandbox.worlds")
    try:
        return worlds.scenario_of(world, seed=seed)
    except worlds.WorldError as wrong:
        raise SandboxError(str(wrong)) from wrong


def _opening(scenario: Any) -> datetime | None:
    """Both companies are opened on the world's own first day, so that nothing in them is younger than its past."""
    if scenario is None:
        return None
    found: datetime | None = import_module("tieout.sandbox.worlds").opening(scenario)
    return found


def _load(world: str, sandbox: Sandbox, seed: int) -> World:
    if world == "empty":
        return EmptyWorld()
    worlds = import_module("tieout.sandbox.worlds")
    try:
        facts = worlds.scenario_of(world, seed=seed).company
        sandbox.quickbooks.set_profile(_profile(facts))
        sandbox.procore.company.name = str(facts.get("name", sandbox.procore.company.name))
        if "invoice_tax_on" in facts:
            sandbox.procore.company.switches.invoice_tax_on = facts["invoice_tax_on"]
        loaded: World = worlds.load(world, sandbox, seed=seed)
    except worlds.WorldError as wrong:
        raise SandboxError(str(wrong)) from wrong
    return loaded


def _profile(facts: Mapping[str, Any]) -> CompanyProfile:
    """The company file's own particulars: what a world says of its company under the names of `setup.FIELDS`."""
    usual = replace(CompanyProfile(), phone="")
    try:
        return setup.changed(usual, {key: value for key, value in facts.items() if key in setup.FIELDS})
    except ValueError as wrong:
        raise SandboxError(f"company.toml: {wrong}") from wrong


class _Begun:
    """When this sandbox was first started, and how far its clock stood from the real one."""

    def __init__(self, moment: datetime, offset: timedelta) -> None:
        self.moment, self.offset = moment, offset


def _begun(state: Path | None, world: str, seed: int, moment: datetime, real: datetime) -> _Begun:
    """The same start as the first time, so that a world comes out the same."""
    if state is None:
        return _Begun(moment, moment - real)
    file = state / "sandbox.json"
    if not file.exists():
        file.write_text(json.dumps({"world": world, "seed": seed, "began": moment.isoformat(),
                                    "real": real.isoformat()}))
        return _Begun(moment, moment - real)
    try:
        kept = json.loads(file.read_text())
        began, stood = datetime.fromisoformat(kept["began"]), datetime.fromisoformat(kept["real"])
    except (OSError, ValueError, KeyError, TypeError) as wrong:
        raise SandboxError(f"{file} can't be read ({wrong}). Put it back, or delete {state} to begin anew.") from wrong
    if (kept["world"], kept["seed"]) != (world, seed):
        raise SandboxError(f"{state} holds the world {kept['world']} with seed {kept['seed']}, not {world} with seed "
                           f"{seed}. Choose another folder, or delete this one to begin anew.")
    return _Begun(began, began - stood)


def _opened(state: Path) -> tuple[TextIOWrapper, Journal]:
    try:
        state.mkdir(parents=True, exist_ok=True)
        lock = (state / "lock").open("w")
    except OSError as wrong:
        raise SandboxError(f"The folder {state} can't be used: {wrong.strerror}.") from wrong
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as wrong:
        lock.close()
        raise SandboxError(f"Another sandbox is using {state}. Stop it, or choose another folder.") from wrong
    return lock, Journal(state / "journal.jsonl")


def _entries(journal: Journal) -> list[tuple[str, Request, datetime]]:
    try:
        return journal.entries()
    except ValueError as wrong:
        raise SandboxError(f"{wrong}. Put the file back, or delete {journal.path.parent} to begin anew.") from wrong


def _moment(text: str) -> datetime:
    try:
        return moment_of(text)
    except ValueError as wrong:
        raise SandboxError(str(wrong)) from wrong
