"""The practice company's folder: one demo at a time in it, and what it was left with.

    demo.json   {"pid": 4711, "pages": "http://127.0.0.1:8420" or "", "steps": 7}

The file is locked while a demo runs here; the lock goes with the process, however that ends.
"""
from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from tieout.app.stop import NEEDS_A_PERSON, Stop

FILE = "demo.json"


@dataclass(slots=True)
class Folder:
    """steps  how many steps of the year this folder has seen played and synced into its database."""

    file: IO[str]
    steps: int = 0
    pages: str = ""

    def note(self, *, steps: int | None = None, pages: str | None = None) -> None:
        self.steps = self.steps if steps is None else steps
        self.pages = self.pages if pages is None else pages
        self.file.seek(0)
        self.file.truncate()
        self.file.write(json.dumps({"pid": os.getpid(), "pages": self.pages, "steps": self.steps}) + "\n")
        self.file.flush()


@contextlib.contextmanager
def held(home: Path) -> Iterator[Folder]:
    """Keeps every other demo out of this folder."""
    with open(os.open(home / FILE, os.O_RDWR | os.O_CREAT, 0o600), "r+", encoding="utf-8") as file:
        said = _read(file)
        try:
            _lock(file)
        except OSError:
            raise Stop(_who(said, home), NEEDS_A_PERSON) from None
        folder = Folder(file, steps=int(said.get("steps", 0)))
        folder.note()
        yield folder


def _lock(file: IO[str]) -> None:
    try:
        import fcntl
    except ImportError:                                      # Windows: the sandbox's own lock has to do
        return
    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _read(file: IO[str]) -> dict[str, Any]:
    try:
        said = json.loads(file.read())
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _who(said: dict[str, Any], home: Path) -> str:
    pages = f"; its pages are at {said['pages']}" if said.get("pages") else ""
    return (f"A demo runs in {home} already (process {said.get('pid', 'unknown')}{pages}). "
            "Stop it first, or name another folder with --home.")


def must_belong(folder: Folder, played: int, read_before: bool, home: Path) -> None:
    """The year in the sandbox and what the database knows of it are of one run. `read_before`: the database holds
    records of the practice company."""
    known = max(folder.steps, int(read_before))
    if played < known:
        raise Stop(
            f"The practice company's own journal in {home / 'sandbox'} is lost or cut short: it knows "
            f"{played} steps of the year, and the database beside it has seen {'at least ' if not folder.steps else ''}"
            f"{known}. Delete the folder {home}, or name another with --home, to begin the year anew.", NEEDS_A_PERSON)
