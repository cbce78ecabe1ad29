"""On the practice company: each figure of the tie-out opens to documents that add up to it, and each of those opens."""

import csv
import html
import io
import json
import re
from decimal import Decimal
from pathlib import Path

import pytest
from django.test import Client

from tests.support import rows
from tests.support.practice import Practice
from tests.support.typed import line, typed
from tieout.core.tieout import FIGURES
from tieout.engine import reconcile
from tieout.engine.store.models import Seen
from tieout.sandbox.sandbox import Sandbox

STEPS = 6


def outside_the_projects(practice: Practice) -> None:
    """A bill and an order on a job that no project is linked to, and a check that pays nothing."""
    def first(kind: str, **holding: str) -> str:
        return next(row.key for row in Seen.objects.filter(connection=practice.pair.quickbooks, kind=kind)
                    if all(json.loads(row.raw).get(name) == value for name, value in holding.items()))
    cost, vendor = first("account", AcctNum="5100"), {"VendorRef": {"value": first("vendor")}}
    annex = typed(practice, "Customer", 1, DisplayName="Annex", FullyQualifiedName="Oak Health LLC:Annex")
    typed(practice, "Bill", 2, **vendor, TotalAmt=100, Balance=100, Line=[line("100.00", cost, annex)])
    typed(practice, "PurchaseOrder", 3, **vendor, TotalAmt=70, Line=[line("70.00", cost, annex)])
    typed(practice, "BillPayment", 4, **vendor, TotalAmt=44, PayType="Check", Line=[])


def amount(text: str) -> Decimal:
    return Decimal(text) if text else Decimal(0)


@pytest.mark.django_db(transaction=True)
def test_i12_every_figure_opens_to_the_documents_behind_it_in_both_systems(tmp_path: Path) -> None:
    practice = Practice(Sandbox.start(world="maple", frozen=True), tmp_path)
    practice.sync()
    for _ in range(STEPS):
        practice.play()
        practice.sync()
    outside_the_projects(practice)
    dana = Client()
    dana.force_login(rows.user())
    found = reconcile.tie_out(practice.pair)
    with practice.wired():
        checked = dana.post("/connections/check", {"pair": "maple"}).content.decode()
    assert "Everything works" in checked
    assert "Maple Ridge Builders" in dana.get("/connections").content.decode()
    documents = set()
    whole = dana.get("/tie-out").content.decode()
    for project in ("job not linked: Oak Health LLC:Annex", "unassigned", "24-017"):
        assert f">{project}</a>" in whole
    assert re.search(r'Annex</a><small>Direct cost <a href="[^"]+figure=direct_cost">100.00</a></small>', whole)
    assert {row.figure for row in found.rows if row.level == "vendor"} == set(FIGURES)
    for row in found.rows:
        if row.level != "vendor":
            continue
        place = {"project": row.project, "vendor": row.vendor, "figure": row.figure}
        answer = dana.get("/tie-out", {**place, "format": "csv"})
        lines = list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))
        lines = [line for line in lines if line["Document"] != "Total"]
        assert sum(amount(line["Procore"]) for line in lines) == (row.procore or 0), place
        assert sum(amount(line["QuickBooks"]) for line in lines) == (row.quickbooks or 0), place
        page = dana.get("/tie-out", place).content.decode()
        links = [
            html.unescape(link)
            for link in re.findall(r'scope="row" class="text head"><a href="(/documents/[^"]+)"', page)
        ]
        assert len(links) == min(len(lines), 100), place     # no line without its document
        documents |= set(links)
    assert len(documents) > 25
    by_hand = [link for link in documents if "/read/" in link]
    assert by_hand, "the world has documents typed by hand"
    for link in documents:
        answer = dana.get(link)
        assert answer.status_code == 200, link
        assert "could not be read" not in answer.content.decode(), link


@pytest.mark.django_db
def test_a_document_that_was_never_read_is_not_found() -> None:
    dana = Client()
    dana.force_login(rows.user())
    rows.pair()
    for place in ("quickbooks/bill/1", "procore/bill/1", "elsewhere/bill/1"):
        assert dana.get(f"/documents/read/{place}").status_code == 404


@pytest.mark.django_db
def test_a_bill_typed_by_hand_is_shown_with_names_for_its_ids() -> None:
    dana = Client()
    dana.force_login(rows.user())
    pair = rows.pair()
    rows.books_lists(pair.quickbooks)
    rows.seen(pair.quickbooks, "bill", "900", {
        "DocNumber": "A-77", "TxnDate": "2026-03-31", "TotalAmt": 5600.1, "Balance": 0, "VendorRef": {"value": "56"},
        "PrivateNote": "typed <b>by hand</b>",
        "Line": [{"Id": "1", "Amount": 5600.1, "DetailType": "AccountBasedExpenseLineDetail", "Description": "Roof",
                  "AccountBasedExpenseLineDetail": {"AccountRef": {"value": "80"}}}]})
    text = dana.get("/documents/read/quickbooks/bill/900").content.decode()
    for words in (
        "Bill A-77 of Smith Plumbing",
        "A-77",
        "Smith Plumbing",
        "03/31/2026",
        "5,600.10",
        "5100 Subcontractors",
        "Roof",
        "typed &lt;b&gt;by hand",
    ):
        assert words in text
    rows.seen(pair.quickbooks, "bill", "901", {})
    assert "could not be read in full" in dana.get("/documents/read/quickbooks/bill/901").content.decode()
