"""`tieout apply` and `tieout export`."""
from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from tieout.app.cli.common import AsJson, answer, answer_json, now, say, start, who
from tieout.app.stop import Stop


def apply_file(file: Annotated[Path, typer.Argument(help="TOML: connections, pairs, projects, rules, mappings.")],
               as_json: AsJson = False) -> None:
    """Bring about what FILE describes; all of it, or none. Repeatable: prints what changed."""
    start()
    from tieout.app.setup_file import apply
    from tieout.app.setup_read import SetupErrors

    try:
        changed = apply(file, by=who(), now=now())
    except SetupErrors as wrong:
        for error in wrong.errors:
            say(error)
        raise Stop("Nothing was applied.") from wrong
    if as_json:
        answer_json({"changed": changed})
    else:
        answer("\n".join(changed) if changed else "Nothing changed.")


def export_file(file: Annotated[Path, typer.Argument(help="Where to write it; - for standard output.")]) -> None:
    """Write the set-up that is in force as a file for `apply`, secrets left out."""
    start()
    from tieout.app.setup_file import export

    text = export()
    if str(file) == "-":
        sys.stdout.write(text)
        return
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as refused:
        raise Stop(f"The file {file} cannot be written: {refused.strerror}.") from refused
    say(f"Written to {file}. Secrets are left out.")
