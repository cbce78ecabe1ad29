"""One bill that stands for one application, and what people do to it; for tests of the plan."""
from dataclasses import replace
from datetime import date
from typing import Any

from tests.support.pictures import BILL_FLOW, Town
from tieout.core.money import money
from tieout.core.picture import Said
from tieout.core.plan import Intent
from tieout.core.problems import Problem

APP = "SC-1#1"


class Watched(Town):
    """A town that remembers what it did."""

    def __init__(self, **more: Any) -> None:
        super().__init__(**more)
        self.done: list[Intent] = []

    def _do(self, intent: Intent) -> None:
        if intent.writes:
            self.done.append(intent)
        super()._do(intent)




def town_with_a_bill(work: str = "1000.00", held: str = "100.00") -> Watched:
    town = Watched()
    sc = town.subcontract("SC-1", vendor="Acme", lines={"03-300.S": "10000.00"})
    town.application(sc, work={"03-300.S": work}, held={"03-300.S": held})
    town.sync()
    return town


def bill_intent(town: Town) -> Intent:
    return town.intent(BILL_FLOW, APP)


def only_problem(intent: Intent) -> Problem:
    assert intent.act == "ask" and not intent.writes
    [problem] = intent.problems
    return problem


def answer(town: Town, intent: Intent, choice: str, value: str = "") -> None:
    problem = only_problem(intent)
    assert choice in {one.id for one in problem.choices}
    town.said[problem.kind, problem.subject] = Said(choice=choice, value=value)


def bill_more(town: Town, work: str) -> None:
    """The project manager changes the application: so much more work, nothing more held."""
    app = town.field.requisitions[APP]
    line = replace(app.lines[0], completed=app.lines[0].completed + money(work))
    town.field.requisitions[APP] = replace(app, lines=(line,), completed=app.completed + money(work),
                                           due_now=app.due_now + money(work))


def debits_and_credits(intent: Intent) -> list[tuple[str, str, str]]:
    return [(e.account, str(e.debit), str(e.credit)) for e in intent.effect]


def close(town: Town, through: date | None) -> None:
    town.books.company = replace(town.books.company, closed_through=through)
