"""The command `tieout`. Exit status: 0 success, 1 something needs a person, 2 wrong use."""
from __future__ import annotations

import os
import sys

import typer

from tieout.app.cli import checks, demo, plan, problems, sandbox, serve, setup, sync, tie_out, trail, user
from tieout.app.stop import NEEDS_A_PERSON, WRONG_USE, Stop

app = typer.Typer(
    name="tieout", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None,
    help="Keeps Procore and QuickBooks in agreement, to the cent, and shows where they are not.")

app.command("demo")(demo.demo)
app.command("serve")(serve.serve)
app.command("web")(serve.web)
app.command("worker")(serve.worker)
app.command("doctor")(checks.doctor)
app.command("apply")(setup.apply_file)
app.command("export")(setup.export_file)
app.command("sync")(sync.sync)
app.command("plan")(plan.plan)
app.command("approve")(plan.approve)
app.add_typer(problems.app, name="problems")
app.command("tie-out")(tie_out.tie_out)
app.command("trail")(trail.trail)
app.add_typer(sandbox.app, name="sandbox")
app.add_typer(user.app, name="user")


def main() -> None:
    """Ends the process."""
    os.umask(0o077)                                          # what is written here is the owner's alone
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tieout.app.settings")
    try:
        app()
    except Stop as stop:
        _end(stop.says, stop.status)
    except BrokenPipeError:                                  # the reader of our output went away: `tieout plan | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(NEEDS_A_PERSON)
    except KeyboardInterrupt:
        _end("Stopped.", 130)
    except Exception as trouble:
        if not _is_database_trouble(trouble):
            raise
        from tieout.app.database import told_plainly

        try:
            with told_plainly():
                raise
        except Stop as stop:
            _end(stop.says, stop.status)


def _is_database_trouble(trouble: Exception) -> bool:
    if "django" not in sys.modules:
        return False
    from django.db import Error

    return isinstance(trouble, Error)


def _end(says: str, status: int = WRONG_USE) -> None:
    print(says, file=sys.stderr)
    sys.exit(status)


if __name__ == "__main__":
    main()
