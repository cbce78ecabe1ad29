"""`tieout sandbox serve`: a practice Procore and a practice QuickBooks Online."""
from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

app = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode=None,
                  help="A practice Procore and a practice QuickBooks Online, on this machine only.")


@app.callback()
def sandbox() -> None:
    """Keeps `serve` a word of its own."""


@app.command()
def serve(world: Annotated[str, typer.Option(
              help="empty, maple, fjord, a folder, or generate:projects=50,months=24,seed=7")] = "empty",
          procore_port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free port")] = 9201,
          qbo_port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free port")] = 9101,
          state: Annotated[Path | None, typer.Option(help="A folder that keeps what happened.")] = None,
          seed: Annotated[int, typer.Option(help="Of everything that chance decides.")] = 0,
          latency_ms: Annotated[int, typer.Option(min=0, max=60_000, help="How long each answer takes.")] = 0,
          limits: Annotated[Literal["vendor", "off"] | None, typer.Option(
              help="The vendors' rate limits; vendor, unless set otherwise before in the --state folder.")] = None,
          faults: Annotated[Path | None, typer.Option(help="TOML or JSON: seed, lost, busy, down, rules.")] = None,
          clock: Annotated[str | None, typer.Option(help="ISO time from which its clock runs.")] = None,
          webhooks: Annotated[Literal["local", "any"], typer.Option(
              help="Whether webhooks are sent to this machine only.")] = "local") -> None:
    """Serve both until stopped; prints one line of JSON when ready."""
    from tieout.sandbox.serve import run

    raise typer.Exit(run(world=world, procore_port=procore_port, qbo_port=qbo_port, state=state, seed=seed,
                         latency_ms=latency_ms, limits=limits, faults=faults, clock=clock,
                         webhooks=webhooks))
