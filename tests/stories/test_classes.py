"""The practice company puts its cost codes on its lines as classes, part way through January."""
from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.practice import Practice
from tieout.app import setup_file
from tieout.engine.store.models import OpenProblem, Standing
from tieout.sandbox.kit import Request
from tieout.sandbox.sandbox import Sandbox

pytestmark = pytest.mark.django_db(transaction=True)

RULES = """
[[pairs]]
name = "maple"
[pairs.rules]
line_coding = "item+class"
class_name = "{cost_type}"
[[pairs.mappings]]
kind = "class"
rows = [["S", "Subcontractors"], ["03-350", "S", "Concrete"]]
"""


def by_hand(practice: Practice, path: str, body: dict[str, Any] | None = None, **query: str) -> dict[str, Any]:
    """A bookkeeper in QuickBooks."""
    service = practice.sandbox.quickbooks
    headers = {"Accept": "application/json",
               "Authorization": f"Bearer {service.script_token}", "Content-Type": "application/json"}
    answer = practice.sandbox.handle("quickbooks", Request.of(
        "GET" if body is None else "POST", f"/v3/company/{service.realm_id}/{path}", query=tuple(query.items()),
        headers=headers, body=b"" if body is None else json.dumps(body).encode()))
    assert answer.status == 200, answer.body
    return dict(json.loads(answer.body))


def lines_of(practice: Practice, entity: str, title: str) -> list[tuple[str, str]]:
    """(item or account, class) of each line that QuickBooks shows of the document."""
    held = by_hand(practice, f"{entity.lower()}/{Standing.objects.get(title__startswith=title).target}")[entity]
    found = []
    for line in held["Line"]:
        detail = line[line["DetailType"]]
        coding = detail.get("ItemRef") or detail["AccountRef"]
        found.append((coding["name"], (detail.get("ClassRef") or {}).get("name", "")))
    return found


def test_A99_orders_and_bills_bear_the_class_of_their_codes_in_quickbooks(tmp_path: Path) -> None:
    practice = Practice(Sandbox.start(world="maple", frozen=True), tmp_path)
    practice.play()
    practice.play()
    change = tmp_path / "change.toml"
    change.write_text(RULES)
    setup_file.apply(change, by="controller", now=practice.now())
    practice.sync()
    missing = OpenProblem.objects.filter(kind="class_not_found", open=True)
    assert "“Concrete”" in missing.get(subject__startswith="class:03-350.S:").says
    waiting = Standing.objects.get(title__startswith="Order SC-17-01 ")
    assert (waiting.status, "class Concrete" in waiting.why, waiting.target) == ("waiting", True, "")

    for name in ("Concrete", "Subcontractors"):
        by_hand(practice, "class", {"Name": name})
    practice.sync()
    cost = [("03-300.S", "Subcontractors"), ("03-350.S", "Concrete")]
    assert lines_of(practice, "PurchaseOrder", "Order SC-17-01 ") == cost
    assert lines_of(practice, "Bill", "Invoice D-2260 ") == [*cost, ("Retainage Payable", "")]
    assert Standing.objects.get(title__startswith="Invoice D-2260 ").status == "synced"
    assert sorted(problem.subject for problem in missing.all()) == [
        "class:08-100.M:m", "class:08-700.M:m", "class:08-790.M:m"]
