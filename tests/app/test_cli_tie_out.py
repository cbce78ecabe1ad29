"""`tieout tie-out` on a terminal: what stands beside the projects is printed like a project."""
from decimal import Decimal

import pytest

from tests.support import rows
from tieout.app.cli.tie_out import print_tie_out
from tieout.core.tieout_table import tie_out


def test_what_no_project_holds_is_printed_with_its_class(capsys: pytest.CaptureFixture[str]) -> None:
    by_hand = {"slot": "", "flow": "", "class_": "not mapped", "why": "the job is not linked to a project"}
    annex = rows.an_amount("quickbooks", "direct_cost", "725.00", project="job not linked: Annex", **by_hand)
    own = rows.an_amount("quickbooks", "direct_cost", "31.00", **{**by_hand, "class_": "only in QuickBooks"})
    print_tie_out(tie_out([*rows.both("billed", "100.00"), annex, own]), "Maple")
    said = capsys.readouterr().out
    below = said[said.index("Unapplied"):]
    [printed] = [line for line in below.splitlines() if "Annex" in line]
    for words in ("Direct cost", "(725.00)", "not mapped"):
        assert words in printed
    assert "24-017" not in below                             # a project's own direct cost differs from nothing
    assert "Unexplained: 0.00" in below and annex.amount == Decimal("725.00")
