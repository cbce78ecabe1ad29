"""Months by chance: whatever was billed, held, released and paid, both systems end with the derivation's books."""
from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.support.maple_books import Books
from tests.support.maple_compare import of_books, of_tie_out
from tests.support.maple_ledger import Town, expected
from tests.support.practice import Practice
from tests.support.world_files import write
from tieout.app.practice.setup import write_setup
from tieout.core.tieout import to_json
from tieout.engine import reconcile
from tieout.engine.store.models import OpenProblem
from tieout.sandbox.kit import Request
from tieout.sandbox.sandbox import Sandbox
from tieout.sandbox.worlds import World, scenario_of


def setup_of(world: World) -> Callable[[Mapping[str, Any], Path], Path]:
    """The practice company's set-up file with this world's projects, and no names that differ."""
    def written(announcement: Mapping[str, Any], folder: Path) -> Path:
        path = write_setup(announcement, folder)
        before, _, rest = path.read_text().partition("[[pairs.projects]]")
        _, _, rules = rest.partition("[pairs.rules]")
        rules, _, accounts = rules.partition("# What Procore calls")
        projects = "".join(f'[[pairs.projects]]\nnumber = "{one["number"]}"\ncustomer = "{one["customer"]}"\n'
                           f'start = {one["start"]}\n\n' for one in world.setup()["projects"])
        accounts = accounts[accounts.index("# Where cost goes"):]
        path.write_text(f"{before}{projects}[pairs.rules]{rules}{accounts}")
        return path
    return written


def books_of(sandbox: Sandbox, town: Town) -> Books:
    def ask(path: str, query: Mapping[str, str]) -> Any:
        headers = {"authorization": f"Bearer {sandbox.quickbooks.script_token}", "accept": "application/json"}
        request = Request.of("GET", f"/v3/company/{sandbox.quickbooks.realm_id}/{path}", headers=headers,
                             query=tuple(query.items()))
        return json.loads(sandbox.handle("quickbooks", request).body, parse_float=Decimal)

    return Books(ask, town)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("spec", ["generate:projects=2,months=5,seed=1", "generate:projects=3,months=4,seed=2"])
def test_months_by_chance_end_with_the_books_and_the_tie_out_of_the_derivation(spec: str, tmp_path: Path) -> None:
    folder = write(scenario_of(spec), tmp_path / "world")
    facts = expected(folder)
    sandbox = Sandbox.start(world=spec, frozen=True)
    assert isinstance(sandbox.world, World)
    practice = Practice(sandbox, tmp_path / "setup", write=setup_of(sandbox.world))
    practice.sync()
    while (done := practice.play()) is not None:
        practice.sync()
        step = str(done["step"])
        if not step.endswith("-15"):
            month = facts["months"][step[:7]]
            assert of_books(books_of(sandbox, Town(folder)), step, month) == {}, step
            assert of_tie_out(to_json(reconcile.tie_out(practice.pair)), month) == {}, step
    assert not OpenProblem.objects.filter(pair=practice.pair, open=True).exists()
