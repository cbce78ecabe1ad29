"""`tieout demo`: the practice company."""
from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tieout.app import demo as practice
from tieout.app.cli.common import AsJson, answer, answer_json, say, start
from tieout.app.counted import counted

if TYPE_CHECKING:
    from tieout.app.practice.folder import Folder

Once = Annotated[bool, typer.Option("--once", help="End after the tie-out; else the pages are served.")]
Home = Annotated[Path | None, typer.Option("--home", help="The practice company's own folder.")]
WebPort = Annotated[int, typer.Option("--port", min=1, max=65535, help="The port of the pages.")]


def demo(once: Once = False, as_json: AsJson = False, port: WebPort = 8420, home: Home = None) -> None:
    """Practice on Maple Ridge Builders: a year of a general contractor, in both systems, synced month by month."""
    from tieout.app.cli import serve
    from tieout.app.practice.folder import held

    chosen = practice.settle_home(home)
    with held(chosen) as folder:
        if not once:
            serve.must_be_free(serve.HERE, port)
            serve.set_base_url(serve.HERE, port)
        start(thorough=True)
        say(f"Practice company in {chosen}. Both systems are simulations on this machine, without rate limits.")
        _run(chosen, folder, once, as_json, port)


def _run(home: Path, folder: Folder, once: bool, as_json: bool, port: int) -> None:
    from tieout.app.cli import serve
    from tieout.app.cli.tie_out import print_tie_out

    with practice.sandbox(home) as announced:
        played = practice.Played(announced)
        practice.must_belong(folder, played, home)
        pair = practice.set_up(announced, home, say)
        year = practice.play(pair, played, folder, say)
        year.second_run = practice.once_more(pair, played)
        found = practice.ties_out(pair, year)
        if as_json:
            answer_json(year.as_json())
        else:
            print_tie_out(found, "Maple Ridge Builders (practice)")
            answer(f"{len(year.problems)} problems wait for a person; every other cent is explained above. "
                   f"Looked once more: {counted(year.second_run['writes'], 'document')} "
                   f"{'was' if year.second_run['writes'] == 1 else 'were'} written.")
        if not once:
            answer(f"Practice Procore: {announced['procore']['base_url']}   "
                   f"Practice QuickBooks: {announced['quickbooks']['base_url']}   (simulations)")
            answer(f"Play the project manager and the bookkeeper yourself at {announced['desk']}")
            folder.note(pages=os.environ["TIEOUT_BASE_URL"])
            serve.everything(serve.HERE, port, 8)
