"""What every command shares: the start, the choice of a pair, and two ways to answer: words and one JSON document."""
from __future__ import annotations

import getpass
import json
import sys
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer
from rich.console import Console
from rich.table import Table

from tieout.app.stop import NEEDS_A_PERSON, Stop

if TYPE_CHECKING:
    from tieout.engine.store.models import Pair

AsJson = Annotated[bool, typer.Option("--json", help="One JSON document on standard output and nothing else.")]
PairName = Annotated[str | None, typer.Option("--pair", help="The pair; can be left out where there is one.")]

out = Console(highlight=False, soft_wrap=True)
progress = Console(stderr=True, highlight=False, soft_wrap=True)


def start(*, thorough: bool = False) -> None:
    """Settings, database and wiring. Imported late, so that `--help` is quick."""
    from tieout.app.database import bring_up

    bring_up(thorough=thorough)


def say(text: str) -> None:
    """To the person, on standard error."""
    progress.print(text, markup=False)


def answer(text: str = "") -> None:
    """The result, on standard output."""
    out.print(text, markup=False)


def answer_json(document: object) -> None:
    sys.stdout.write(json.dumps(document, indent=2, ensure_ascii=False, default=_plain) + "\n")
    sys.stdout.flush()


def _plain(value: object) -> Any:
    if isinstance(value, Decimal):
        return f"{value:.2f}"
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def needs_a_person() -> NoReturn:
    """Ends with status 1: all went well, and something is left that a person has to settle."""
    raise typer.Exit(NEEDS_A_PERSON)


def now() -> datetime:
    return datetime.now(UTC)


def who() -> str:
    """Who is at the terminal, for the trail."""
    try:
        return f"{getpass.getuser()} (command line)"
    except (KeyError, OSError):                              # a container's user without a name
        return "command line"


def pairs_named(name: str | None) -> list[Pair]:
    """That pair, or all. Ends with status 2 where there is none."""
    from tieout.engine.store.models import Pair

    pairs = list(Pair.objects.select_related("procore", "quickbooks").order_by("name"))
    if not pairs:
        raise Stop("No pair is set up yet. Describe one in a file and run: tieout apply FILE")
    found = [pair for pair in pairs if name in (None, pair.name)]
    if not found:
        raise Stop(f"There is no pair “{name}”; there are: {', '.join(pair.name for pair in pairs)}.")
    return found


def one_pair(name: str | None) -> Pair:
    pairs = pairs_named(name)
    if len(pairs) > 1:
        raise Stop(f"There are several pairs; choose one with --pair: {', '.join(pair.name for pair in pairs)}.")
    return pairs[0]


def day_of(text: str | None, option: str) -> date | None:
    try:
        return date.fromisoformat(text) if text is not None else None
    except ValueError:
        raise Stop(f"{option}: “{text}” is not a date; write it like 2026-04-30.") from None


def table(*columns: str, right: tuple[str, ...] = (), title: str | None = None) -> Table:
    made = Table(title=title, box=None, pad_edge=False, header_style="bold", title_justify="left")
    for column in columns:
        made.add_column(column, justify="right" if column in right else "left", overflow="fold")
    return made
