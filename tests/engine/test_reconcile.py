"""The pair's tie-out, vendor by vendor, against figures derived from the practice year's files by other code.

The stories play the whole year and compare its totals; here half of it is looked at row by row.
"""
import csv
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.support import maple_ledger
from tests.support.practice import Practice
from tests.support.tied import holds
from tieout.app import wiring
from tieout.core.money import ZERO, from_cents
from tieout.core.tieout import Row, TieOut
from tieout.engine import reconcile
from tieout.engine.store.models import TieOutKept
from tieout.sandbox.sandbox import Sandbox

Place = tuple[str, str]


def in_procores_words() -> dict[str, str]:
    """QuickBooks' vendor names -> Procore's, where the two systems name a company differently."""
    with (maple_ledger.MAPLE / "vendors.csv").open(newline="") as file:
        return {row["quickbooks_name"]: row["procore_name"] for row in csv.DictReader(file)
                if row["quickbooks_name"] and row["procore_name"]}


def of_row(row: Row) -> dict[str, Any]:
    return {"procore": row.procore or ZERO, "quickbooks": row.quickbooks or ZERO, "classes": row.classes}


def of_ledger(cell: dict[str, Any]) -> dict[str, Any]:
    return {key: cell[key] for key in ("procore", "quickbooks", "classes")}


def rows_of(found: TieOut, figure: str, names: dict[str, str]) -> Iterator[tuple[Place, dict[str, Any]]]:
    for row in found.at("vendor", figure):
        project, vendor = ("" if name == "unassigned" else name for name in (row.project, row.vendor))
        yield (project, names.get(vendor, vendor)), of_row(row)


def compare(found: TieOut, expected: dict[str, Any], names: dict[str, str]) -> None:
    nothing = {"procore": ZERO, "quickbooks": ZERO, "classes": {}}
    for figure, wanted in expected.items():
        assert of_row(found.total(figure)) == of_ledger(wanted), figure
        rows = {place: of_ledger(cell) for place, cell in wanted["rows"].items()}
        ours = dict(rows_of(found, figure, names))
        assert {place: cell for place, cell in ours.items() if cell != nothing} \
            == {place: cell for place, cell in rows.items() if cell != nothing}, figure


@pytest.mark.django_db(transaction=True)
def test_A196_half_a_practice_year_ties_out_by_vendor_with_a_second_opinion(tmp_path: Path) -> None:
    expected, names = maple_ledger.expected()["months"], in_procores_words()
    practice = Practice(Sandbox.start("maple", frozen=True), tmp_path)
    for month in sorted(expected)[:6]:
        for _half in range(2):
            assert practice.play() is not None
            practice.sync()
        with practice.wired():
            found = reconcile.tie_out(practice.pair)
        compare(found, expected[month]["tie_out"], names)
        holds(found)
        assert found.unexplained == ZERO
        assert not [text for check in found.checks for text in check.failures]
    with practice.wired():
        one_project_and_all_of_them(practice, found)
        a_past_date(practice)
        kept_once_a_day(practice, found)


def one_project_and_all_of_them(practice: Practice, whole: TieOut) -> None:
    numbers = sorted({row.project for row in whole.at("project", "billed")})
    parts = {number: reconcile.tie_out(practice.pair, number, keep_entries=False) for number in numbers}
    for number, part in parts.items():
        [row] = part.at("project", "billed")
        assert not row.entries
        assert of_row(row) == of_row(next(r for r in whole.at("project", "billed") if r.project == number))
    with pytest.raises(reconcile.UnknownProject, match=f"has no project 99-999; it has {numbers[0]}"):
        reconcile.tie_out(practice.pair, "99-999")


def a_past_date(practice: Practice) -> None:
    """Three months back: nothing is unexplained, and QuickBooks' ledger of that day holds the retainage shown."""
    day = date(2026, 3, 31)
    found = reconcile.tie_out(practice.pair, as_of=day)
    holds(found)
    assert found.unexplained == ZERO
    assert found.total("committed").procore is None and "unavailable" in found.total("committed").note
    ledger = practice.sandbox.quickbooks.company
    [account] = [key for key, record in ledger.records["Account"].items() if record.body.get("AcctNum") == "2050"]
    assert found.total("retained").quickbooks == from_cents(-ledger.trial_balance(day)[account])


def kept_once_a_day(practice: Practice, found: TieOut) -> None:
    noon = datetime(2026, 12, 31, 12, tzinfo=UTC)
    for moment in (noon, noon + timedelta(hours=2), noon + timedelta(days=1)):
        reconcile.keep(practice.pair, found, moment)
    kept = list(TieOutKept.objects.filter(pair=practice.pair).order_by("made_at"))
    assert [row.made_at for row in kept] == [noon + timedelta(hours=2), noon + timedelta(days=1)]
    body = json.loads(kept[0].body)
    assert Decimal(body["payable"]["billed"]["procore"]) == found.total("billed").procore
    assert len(body["rows"]) == len(found.rows) and kept[0].unexplained_cents == 0


@pytest.mark.django_db(transaction=True)
def test_A186_a_full_comparison_keeps_the_tie_out_of_its_day_and_an_ordinary_look_does_not(tmp_path: Path) -> None:
    practice = Practice(Sandbox.start("maple", frozen=True), tmp_path)
    with practice.wired():
        wiring.run_turn(practice.pair.pk, "tests")
        assert not TieOutKept.objects.exists()
        for _again in range(2):
            wiring.run_turn(practice.pair.pk, "tests", full=True)
        [kept] = TieOutKept.objects.all()
        found = reconcile.tie_out(practice.pair)
    assert kept.made_at.date() == practice.now().date()
    assert json.loads(kept.body)["payable"]["committed"]["procore"] == str(found.total("committed").procore) != "0.00"
