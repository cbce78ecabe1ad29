"""`tieout plan` and `tieout approve`: what would be posted, with debits and credits, and the word to let it go. [C2]"""
from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tieout.app.cli.common import (
    AsJson,
    PairName,
    answer,
    answer_json,
    now,
    one_pair,
    out,
    pairs_named,
    start,
    table,
    who,
)
from tieout.app.stop import Stop

if TYPE_CHECKING:
    from tieout.engine.store.models import Pair, Standing

MOVES = ("enter", "correct", "reverse", "settle")
SHORT = 12
INDENT = " " * 9                                             # below a document's title, which its move stands before


def plan(pair: PairName = None, as_json: AsJson = False) -> None:
    """What would be posted, as of the last look at both systems. Writes nothing."""
    start()
    documents = [{"pair": one.name, "looked_at": one.last_turn_at, "intents": [_as_json(row) for row in _planned(one)]}
                 for one in pairs_named(pair)]
    if as_json:
        answer_json({"pairs": documents})
        return
    for one in pairs_named(pair):
        _print(one)


def _planned(pair: Pair) -> list[Standing]:
    from tieout.engine.store.models import Standing

    return list(Standing.objects.filter(pair=pair, intent__in=MOVES).order_by("project", "flow", "dated", "slot"))


def _effect(row: Standing) -> list[tuple[str, Decimal, Decimal]]:
    from tieout.core.money import from_cents

    return [(account, from_cents(debit), from_cents(credit))
            for account, debit, credit in json.loads(row.effect or "[]")]


def _as_json(row: Standing) -> dict[str, Any]:
    from tieout.core.money import from_cents

    return {
        "fingerprint": row.fingerprint, "intent": row.intent, "status": row.status, "why": row.why, "flow": row.flow,
        "slot": row.slot, "title": row.title, "number": row.number, "party": row.party, "project": row.project,
        "date": row.dated, "amount": from_cents(row.amount_cents),
        "effect": [{"account": account, "debit": debit, "credit": credit} for account, debit, credit in _effect(row)]}


def _print(pair: Pair) -> None:
    from tieout.core.money import from_cents, shown

    rows = _planned(pair)
    if pair.last_turn_at is None and not rows:
        answer(f"{pair.name}: neither system was looked at yet. Run: tieout sync")
        return
    answer(f"{pair.name} ({pair.mode}): {len(rows)} document{'' if len(rows) == 1 else 's'} in the plan.")
    for row in rows:
        amount = shown(from_cents(row.amount_cents)) if row.amount_cents else ""
        approval = f"  approve: {row.fingerprint[:SHORT]}" if row.status == "needs_approval" else ""
        answer(f"\n{row.intent:<8} {row.title}  {amount}{approval}".rstrip())
        if row.why:
            answer(f"{INDENT}{row.why}")
        effect = _effect(row)
        if effect:
            shown_table = table(f"{INDENT}account", "debit", "credit", right=("debit", "credit"))
            for account, debit, credit in effect:
                shown_table.add_row(f"{INDENT}{account}", shown(debit) if debit else "",
                                    shown(credit) if credit else "")
            out.print(shown_table, markup=False)


def approve(fingerprints: Annotated[list[str] | None, typer.Argument(
                help="Fingerprints as `tieout plan` shows them; their beginnings are enough.")] = None,
            everything: Annotated[bool, typer.Option("--all", help="Everything that waits for approval.")] = False,
            pair: PairName = None, as_json: AsJson = False) -> None:
    """Let documents go as they were shown. What changes afterwards has to be approved again."""
    start()
    from tieout.engine import approve as gate
    from tieout.engine import worker

    if bool(fingerprints) == everything:
        raise Stop("Name the fingerprints of the documents, or say --all.")
    one = one_pair(pair)
    try:
        if everything:
            number = gate.approve_all(one, who(), now())
        else:
            number = gate.approve(one, [_whole(one, text) for text in fingerprints or ()], who(), now())
    except gate.NotAllowed as refused:
        raise Stop(str(refused)) from refused
    worker.ask(one.pk)
    if as_json:
        answer_json({"pair": one.name, "approved": number})
        return
    answer(f"{number} document{'' if number == 1 else 's'} approved. They go with the next turn (tieout sync).")
    for row in _needed_too(one):
        answer(f"They wait for {row.title}, which nobody approved yet: tieout approve {row.fingerprint[:SHORT]}")


def _needed_too(pair: Pair) -> list[Standing]:
    """What approved documents wait for, directly or by way of others, and nobody has approved."""
    from tieout.engine.store.models import Approval

    approved = set(Approval.objects.filter(pair=pair).values_list("fingerprint", flat=True))
    rows = _planned(pair)
    needed, queue = [], [row for row in rows if row.fingerprint in approved]
    while queue:
        why = f"{queue.pop().why.removeprefix('waits for ')},".casefold()
        for row in [one for one in rows if f" {_as_named(one)}," in f" {why}"]:
            rows.remove(row)
            queue.append(row)
            needed += [row] if row.fingerprint not in approved and row.status == "needs_approval" else []
    return needed


def _as_named(row: Standing) -> str:
    """How the reason of a document that waits names this one."""
    return (f"order {row.number}" if row.flow == "commitment_to_purchase_order" else row.title).casefold()


def _whole(pair: Pair, text: str) -> str:
    """The fingerprint that begins so."""
    from tieout.engine.store.models import Standing

    found = sorted(set(Standing.objects.filter(pair=pair, fingerprint__startswith=text)
                       .exclude(fingerprint="").values_list("fingerprint", flat=True)[:2])) if text else []
    if len(found) > 1:
        raise Stop(f"“{text}” is the beginning of several fingerprints; give more of it.")
    return found[0] if found else text
