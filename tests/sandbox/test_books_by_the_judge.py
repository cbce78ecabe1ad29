"""The practice company's books, judged by somebody who has only the documents.

JUDGE_SEEDS=200 pytest tests/sandbox/test_books_by_the_judge.py    judges more random years than the few of every run
"""
from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import pytest

from tests.support.books_judge import Judge
from tests.support.random_office import CANADA, RandomOffice
from tieout.sandbox.kit import Request
from tieout.sandbox.quickbooks_online.company import CompanyProfile
from tieout.sandbox.quickbooks_online.service import QuickBooksOnline
from tieout.sandbox.sandbox import Sandbox

SEEDS = range(int(os.environ.get("JUDGE_SEEDS", "6")))
DOCUMENTS = 1000
DAYS = ("2025-12-31", "2026-03-31", "2099-12-31")      # a year's end, in the middle of one, after everything


@pytest.mark.parametrize("seed", SEEDS)
def test_a_thousand_documents_entered_changed_voided_deleted_and_paid_leave_right_books(seed: int) -> None:
    office = RandomOffice(seed, CANADA if seed % 2 else None)
    office.work(DOCUMENTS)
    judge = Judge(office.ask)
    assert [said for day in DAYS for said in judge.differences(day)] == []


@pytest.mark.parametrize("profile", [None, CANADA])
def test_a_random_office_enters_changes_deletes_and_voids(profile: CompanyProfile | None) -> None:
    office = RandomOffice(1, profile)
    office.work(DOCUMENTS)
    kinds = [*(f"{entity} {what}" for entity in ("Bill", "Invoice", "Purchase")
               for what in ("made", "changed", "delete")),
             *(f"{entity} void" for entity in ("Invoice", "Payment", "BillPayment"))]
    assert [kind for kind in kinds if not office.done[kind]] == []


@pytest.mark.parametrize("world", ["maple", "fjord", "generate:projects=4,months=6,seed=3,by_hand=1"])
def test_a_worlds_year_leaves_right_books(world: str) -> None:
    sandbox = Sandbox.start(world)
    while sandbox.play_next() is not None:
        pass
    judge = Judge(ask_of(sandbox.quickbooks))
    assert sum(map(len, judge.documents.values())) > 80
    assert [said for day in DAYS for said in judge.differences(day)] == []


def ask_of(service: QuickBooksOnline) -> Callable[[str, Mapping[str, str]], Any]:
    def ask(path: str, query: Mapping[str, str]) -> Any:
        answer = service.handle(Request.of(
            "GET", f"/v3/company/{service.realm_id}/{path}", query=tuple(query.items()),
            headers={"Authorization": f"Bearer {service.script_token}", "Accept": "application/json"}))
        return json.loads(answer.body, parse_float=Decimal)
    return ask


# -- the judge himself -------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def office() -> RandomOffice:
    made = RandomOffice(3)
    made.work(400)
    return made


def spoiled(ask: Callable[[str, Mapping[str, str]], Any], change: Callable[[str, Any], None]) -> Judge:
    """A judge who is shown something else than the company says."""
    def told(path: str, query: Mapping[str, str]) -> Any:
        answer = ask(path, query)
        change(path, answer)
        return answer
    return Judge(told)


def one_cent_more(entity: str, key: str) -> Callable[[str, Any], None]:
    def change(path: str, answer: Any) -> None:
        rows = answer.get("QueryResponse", {}).get(entity, [])
        for row in [row for row in rows if row.get(key)][:1]:
            row[key] += Decimal("0.01")
    return change


@pytest.mark.parametrize(("entity", "key"), [
    ("Account", "CurrentBalance"), ("Vendor", "Balance"), ("Customer", "Balance"), ("Customer", "BalanceWithJobs"),
    ("Bill", "Balance"), ("Bill", "TotalAmt"), ("VendorCredit", "Balance"), ("Invoice", "Balance"),
    ("Invoice", "TotalAmt"), ("CreditMemo", "Balance"), ("SalesReceipt", "TotalAmt"), ("Purchase", "TotalAmt"),
    ("Deposit", "TotalAmt"), ("BillPayment", "TotalAmt"), ("Payment", "UnappliedAmt")])
def test_the_judge_sees_a_figure_that_is_a_cent_off(office: RandomOffice, entity: str, key: str) -> None:
    assert spoiled(office.ask, one_cent_more(entity, key)).differences() != []


def test_the_judge_sees_a_wrong_trial_balance_a_wrong_order_and_a_wrong_item(office: RandomOffice) -> None:
    def first_row_off(path: str, answer: Any) -> None:
        if path == "reports/TrialBalance":
            cell = next(cell for cell in answer["Rows"]["Row"][0]["ColData"][1:] if cell["value"])
            cell["value"] = str(Decimal(cell["value"]) + 1)

    def order_turned(path: str, answer: Any) -> None:
        for row in answer.get("QueryResponse", {}).get("PurchaseOrder", [])[:1]:
            row["POStatus"] = "Open" if row["POStatus"] == "Closed" else "Closed"

    def profit_off(path: str, answer: Any) -> None:
        if path == "reports/ProfitAndLoss" and "Rows" in answer:
            answer["Rows"]["Row"][-1]["Summary"]["ColData"][-1]["value"] = "0.07"

    for change, word in ((first_row_off, "trial balance"), (order_turned, "PurchaseOrder"), (profit_off, "item ")):
        assert [said for said in spoiled(office.ask, change).differences() if said.startswith(word)]


def test_the_judge_finds_nothing_wrong_with_what_is_right(office: RandomOffice) -> None:
    assert Judge(office.ask).differences() == []
