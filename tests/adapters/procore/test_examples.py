"""Every folder of tests/examples: raw answers of Procore in, the entries and the words out."""
import json
from decimal import Decimal
from pathlib import Path

import pytest

from tests.support.example import EXAMPLES, Example
from tests.support.pictures import BILL_FLOW
from tieout.core.drafts import BillDraft

FOLDERS = sorted(file.parent for file in EXAMPLES.glob("*/procore.json"))


def name(folder: Path) -> str:
    return folder.name


def worked(folder: Path) -> Example:
    example = Example(folder)
    example.work(folder)
    return example


@pytest.mark.parametrize("folder", FOLDERS, ids=name)
def test_what_is_entered_and_what_is_asked_are_as_the_example_says(folder: Path) -> None:
    example = worked(folder)
    assert example.on_paper() == (folder / "expected.txt").read_text()
    words = folder / "words.txt"
    assert example.words() == (words.read_text().rstrip("\n") if words.exists() else "")


@pytest.mark.parametrize("folder", FOLDERS, ids=name)
def test_I4_every_entry_of_every_example_has_debits_that_equal_its_credits(folder: Path) -> None:
    for intent in worked(folder).entered:
        assert sum(e.debit for e in intent.effect) == sum(e.credit for e in intent.effect), intent.wish.title


@pytest.mark.parametrize("folder", FOLDERS, ids=name)
def test_I9_working_through_an_example_again_enters_nothing(folder: Path) -> None:
    example = worked(folder)
    assert example.sync() == 0


@pytest.mark.parametrize("folder", FOLDERS, ids=name)
def test_A123_each_bill_comes_to_line_8_and_all_of_them_leave_line_5_in_the_retainage_account(folder: Path) -> None:
    """Read from the raw answers, so that a slip in reading shows here."""
    example = worked(folder)
    bills = {intent.wish.source: intent.draft for intent in example.entered if isinstance(intent.draft, BillDraft)}
    raw = [record for file in sorted(folder.glob("procore*.json"))
           for record in json.loads(file.read_text()).get("requisitions", [])]
    for application in raw:
        if bill := bills.get(str(application["id"])):
            assert bill.total == Decimal(application["summary"]["current_payment_due"])
    for commitment in {application["commitment_id"] for application in raw}:
        chain = [application for application in raw if application["commitment_id"] == commitment]
        entered = [bill for application in chain if (bill := bills.get(str(application["id"])))]
        settled = all(str(a["id"]) in bills or not example.intent(BILL_FLOW, str(a["id"])).problems for a in chain)
        if entered and settled:
            kept = -sum(line.amount for bill in entered for line in bill.lines if line.role in ("retained", "released"))
            assert kept == Decimal(chain[-1]["summary"]["total_retainage"])


def test_there_are_examples() -> None:
    assert len(FOLDERS) >= 30
