"""A contractor's year in both systems, joined: the books and the tie-out are those of the derivation, to the cent."""
from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.support.maple_books import Books
from tests.support.maple_compare import of_books, of_tie_out
from tests.support.maple_ledger import MAPLE, Town, expected
from tests.support.practice import Practice
from tieout.core.tieout import to_json
from tieout.engine import reconcile
from tieout.engine.store.models import OpenProblem
from tieout.sandbox.kit import Request
from tieout.sandbox.sandbox import Sandbox


def books_of(sandbox: Sandbox, town: Town) -> Books:
    def ask(path: str, query: Mapping[str, str]) -> Any:
        headers = {"authorization": f"Bearer {sandbox.quickbooks.script_token}", "accept": "application/json"}
        request = Request.of("GET", f"/v3/company/{sandbox.quickbooks.realm_id}/{path}", headers=headers,
                             query=tuple(query.items()))
        return json.loads(sandbox.handle("quickbooks", request).body, parse_float=Decimal)

    return Books(ask, town)


@pytest.mark.django_db(transaction=True)
def test_the_year_ends_every_month_with_the_books_and_the_tie_out_of_the_derivation(tmp_path: Path) -> None:
    facts = expected()
    sandbox = Sandbox.start(world="maple", frozen=True)
    practice = Practice(sandbox, tmp_path)
    practice.sync()
    while (done := practice.play()) is not None:
        practice.sync()
        step = str(done["step"])
        if not step.endswith("-15"):
            month = facts["months"][step[:7]]
            assert of_books(books_of(sandbox, Town(MAPLE)), step, month) == {}, step
            assert of_tie_out(to_json(reconcile.tie_out(practice.pair)), month) == {}, step
    open_problems = OpenProblem.objects.filter(pair=practice.pair, open=True)
    assert sorted(open_problems.values_list("kind", flat=True)) == sorted(one["kind"] for one in facts["problems"])
    assert [report.posted for report in practice.sync() if report.posted] == [], "a second run changes nothing"
