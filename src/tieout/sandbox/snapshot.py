"""The whole practice as bytes, and back: every record, counter, token and draw of chance.

What lives on through a restore (the sandbox object, its two stand-ins, their kit) is written as a reference and not
copied, so that whoever holds them goes on with them. The call log, the rate limits, the journal and the snapshots are
not part of it. A snapshot is read by the version that took it; it is a pickle: take none from a stranger.

Its first lines say what it is, which code took it, and the digest of the rest.
"""
from __future__ import annotations

import copyreg
import gc
import hashlib
import io
import pickle
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tieout.sandbox.webhooks import Webhooks

if TYPE_CHECKING:
    from tieout.sandbox.sandbox import Sandbox

MAGIC = b"tieout sandbox snapshot 2\n"
DIGEST = 32         # hexadecimal digits
HEAD = len(MAGIC) + 2 * (DIGEST + 1)
_living: ContextVar[dict[str, Any]] = ContextVar("_living")


class SnapshotError(ValueError):
    """Bytes that are no snapshot of this version."""


def _reference(name: str, part: object) -> tuple[Callable[[str], Any], tuple[str]]:
    return _live, (name,)


def _live(name: str) -> Any:
    return _living.get()[name]


def _parts(sandbox: Sandbox) -> dict[str, Any]:
    procore: Any = sandbox.procore
    return {"sandbox": sandbox, "kit": sandbox.kit, "procore": procore, "quickbooks": sandbox.quickbooks,
            "table": procore.table}


@contextmanager
def _no_collections() -> Iterator[None]:
    """A million new objects and none of them garbage: looking for it takes half of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@cache
def _code() -> bytes:
    """Which code this is: a snapshot of the very same can be read again."""
    here, found = Path(__file__).parent, hashlib.sha256(sys.version.encode())
    for file in sorted(here.rglob("*.py")):
        found.update(file.read_bytes())
    return found.hexdigest()[:DIGEST].encode()


def _digest(content: memoryview) -> bytes:
    return hashlib.sha256(content).hexdigest()[:DIGEST].encode()


def taken(sandbox: Sandbox) -> bytes:
    parts = _parts(sandbox)
    kit = sandbox.kit
    with sandbox.clock_stands() as now:
        state = {
            "now": now, "stands": sandbox.stands, "faults": kit.faults, "webhooks": kit.webhooks,
            "world": sandbox.world, "procore": dict(vars(parts["procore"])),
            "quickbooks": dict(vars(parts["quickbooks"]))}
        out = io.BytesIO()
        out.write(MAGIC.ljust(HEAD))
        pickler = pickle.Pickler(out, protocol=5)
        names = {type(part): name for name, part in parts.items()}
        reduced: dict[type, Callable[[Any], Any]] = {kind: partial(_reference, name) for kind, name in names.items()}
        pickler.dispatch_table = {**copyreg.dispatch_table, **reduced}
        with _no_collections():
            pickler.dump(state)
    with out.getbuffer() as whole:
        whole[len(MAGIC):HEAD] = _code() + b"\n" + _digest(whole[HEAD:]) + b"\n"
    return out.getvalue()


def put_back(sandbox: Sandbox, snapshot: bytes) -> None:
    """The sandbox is as it was when the snapshot was taken; its clock runs on from there, or stands."""
    kit, parts = sandbox.kit, _parts(sandbox)
    reach = kit.webhooks.anywhere
    code, content = _opened(snapshot)
    if code == _code():
        let_go(sandbox)
    token = _living.set(parts)
    try:
        with _no_collections():
            state = pickle.loads(content)      # noqa: S301 - from memory, or the user's own folder
    except Exception as wrong:      # a pickle of another version fails in any way at all
        raise SnapshotError(f"The snapshot can't be read ({wrong}); take it again.") from wrong
    finally:
        _living.reset(token)
    gc.unfreeze()      # a served sandbox froze what it began with, which may go now
    for name in ("procore", "quickbooks"):
        vars(parts[name]).clear()
        vars(parts[name]).update(state[name])
    kit.faults, kit.webhooks = state["faults"], state["webhooks"]
    kit.webhooks.anywhere = reach
    kit.webhooks.call_back()
    sandbox.world = state["world"]
    sandbox.set_clock(state["now"], stands=state["stands"])


def _opened(snapshot: bytes) -> tuple[bytes, memoryview]:
    """Which code took it, and what it holds."""
    if not snapshot.startswith(MAGIC):
        raise SnapshotError("It is no snapshot of this version of the sandbox; take it again.")
    code, _, digest = snapshot[len(MAGIC):HEAD].rstrip().partition(b"\n")
    content = memoryview(snapshot)[HEAD:]
    if digest != _digest(content):
        raise SnapshotError("The snapshot is damaged; take it again.")
    return code, content


def let_go(sandbox: Sandbox) -> None:
    """A large company does not stand in memory twice: what is to be replaced goes first, where nothing can fail
    after it."""
    procore: Any = sandbox.procore
    table = procore.table
    vars(procore).clear()
    vars(sandbox.quickbooks).clear()
    procore.table = table               # lives on, as in _parts
    sandbox.kit.webhooks = Webhooks(sandbox.kit)
    vars(sandbox).pop("world", None)
    gc.collect()
