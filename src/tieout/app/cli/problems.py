"""`tieout problems`: what needs a person, and the answer."""
from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tieout.app.cli.common import AsJson, PairName, answer, answer_json, needs_a_person, now, pairs_named, start, who
from tieout.app.stop import Stop

if TYPE_CHECKING:
    from tieout.engine.store.models import OpenProblem

app = typer.Typer(invoke_without_command=True, add_completion=False, rich_markup_mode=None,
                  help="What needs a person, most money first, each with its fix.")


@app.callback()
def problems(context: typer.Context, pair: PairName = None, as_json: AsJson = False) -> None:
    if context.invoked_subcommand is not None:
        return
    start()
    from tieout.engine.store.models import OpenProblem

    rows = list(OpenProblem.objects.filter(pair__in=pairs_named(pair), open=True).select_related("pair")
                .order_by("-amount_cents", "since", "pk"))
    if as_json:
        answer_json({"problems": [_as_json(row) for row in rows]})
    elif not rows:
        answer("No problem is open.")
    else:
        for row in rows:
            _print(row)
    if rows:
        needs_a_person()


def _as_json(row: OpenProblem) -> dict[str, Any]:
    from tieout.core.money import from_cents

    return {
        "id": row.pk, "pair": row.pair.name, "kind": row.kind, "subject": row.subject, "says": row.says, "fix": row.fix,
        "who": row.who, "amount": from_cents(row.amount_cents), "project": row.project, "since": row.since,
        "details": row.details, "choices": row.choices, "blocks": len(row.blocks)}


def _print(row: OpenProblem) -> None:
    from tieout.core.money import from_cents, shown

    answer(f"{row.pk}  {shown(from_cents(row.amount_cents))}  {row.says}")
    answer(f"    fix ({row.who}): {row.fix}")
    for choice in row.choices:
        needs = f" --with {choice['needs'].upper()}" if choice["needs"] else ""
        answer(f"    {choice['label']}:\n        tieout problems resolve {row.pk} --choice {choice['id']}{needs}")
    answer(f"    since {row.since.astimezone(UTC):%Y-%m-%d}\n")


@app.command()
def resolve(problem: Annotated[int, typer.Argument(help="The number that `tieout problems` shows.")],
            choice: Annotated[str, typer.Option("--choice", help="One of the answers it offers.")],
            value: Annotated[str, typer.Option("--with", help="What it needs: an account, a vendor, a date.")] = "",
            as_json: AsJson = False) -> None:
    """Answer a problem. Takes effect with the next turn."""
    start()
    from tieout.engine import answers, approve, worker
    from tieout.engine.store.models import OpenProblem

    row = OpenProblem.objects.select_related("pair").filter(pk=problem).first()
    if row is None:
        raise Stop(f"There is no problem {problem}. tieout problems lists them.")
    offered = {one["id"]: one["needs"] for one in row.choices}
    if choice not in offered:
        raise Stop(f"Problem {problem} has no answer “{choice}”; it offers: {', '.join(offered) or 'none here'}. "
                   f"{row.fix}")
    if value and not offered[choice]:
        raise Stop(f"The answer “{choice}” takes no value: leave out --with “{value}”, or choose another answer "
                   f"(it offers: {', '.join(offered)}).")
    if offered[choice] and not value:
        raise Stop(f"The answer “{choice}” needs {'an' if offered[choice][0] in 'aeiou' else 'a'} {offered[choice]}: "
                   f"add --with {offered[choice].upper()}")
    try:
        answers.resolve(row.pk, choice, value, who(), now())
    except approve.NotAllowed as refused:
        raise Stop(str(refused)) from refused
    worker.ask(row.pair_id)
    if as_json:
        answer_json({"problem": row.pk, "choice": choice, "value": value})
    else:
        answer("Noted. It takes effect with the next turn (tieout sync).")
