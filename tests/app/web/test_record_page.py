"""One document with both its sides, what it does to the books, and what happened to it; and the person's yes."""
import json
import re
from collections.abc import Callable
from decimal import Decimal
from urllib.parse import quote

import msgspec
import pytest
from django.db import transaction
from django.test import Client

from tests.support import rows
from tests.support.pictures import Town
from tieout.core.picture import Slot
from tieout.engine import fetch, trail, views
from tieout.engine.store.models import Agreed, Approval, Pair, Standing, TrailEntry
from tieout.engine.views import FieldRow, LineRow, Record, Side

Page = Callable[..., str]
AT = f"/documents/{rows.BILLS}"


@pytest.fixture
def records(office: Pair, monkeypatch: pytest.MonkeyPatch) -> Pair:
    def record(pair: Pair, flow: str, slot: str) -> Record | None:
        standing = Standing.objects.filter(pair=pair, flow=flow, slot=slot).first()
        if standing is None:
            return None
        return Record(
            title=standing.title,
            flow=flow,
            slot=slot,
            status=standing.status,
            why=standing.why,
            fingerprint=standing.fingerprint,
            procore=Side(title="Subcontractor invoice 4"),
            quickbooks=Side(title="Bill 4") if standing.status == "synced" else None,
            fields=[
                FieldRow(label="Number", procore="4", quickbooks="4", agrees=True),
                FieldRow(label="Total", procore=Decimal("12400.00"), quickbooks=Decimal("10300.00"), agrees=False),
            ],
            lines=[LineRow(label="Retainage held", code="03-300.S", procore=Decimal("-1000.00"), quickbooks=None)],
            effect_of="planned",
            effect=[
                ("5100 Subcontractors", Decimal("13777.78"), Decimal(0)),
                ("2000 Accounts Payable", Decimal(0), Decimal("13777.78")),
            ],
            history=list(TrailEntry.objects.filter(subject=f"{flow}:{slot}").order_by("number")),
            postings=list(pair.postings.filter(slot=slot)),
            related=[("Check 2217 to Smith Plumbing", rows.PAYMENTS, "pay-0")],
            link_procore="http://127.0.0.1:9201/requisitions/4",
            path_procore="Commitments › SC-012 › Invoices",
            link_quickbooks="http://127.0.0.1:9101/app/bill?txnId=5",
            path_quickbooks="Expenses › Bills",
        )

    monkeypatch.setattr(views, "record", record)
    return office


def test_both_sides_stand_beside_each_other_with_a_mark_between(records: Pair, page: Page):
    text = page(f"{AT}/1000")
    number = text[text.index(">Number</th>"):text.index(">Total</th>")]
    total = text[text.index(">Total</th>"):text.index(">Lines</th>")]
    assert '<span class="hidden">agrees</span>' in number
    assert '<span class="hidden">differs</span>' in total
    assert "12,400.00" in total
    assert "10,300.00" in total
    assert "(1,000.00)" in text


def test_A131_both_places_are_linked_and_named_by_their_menus(records: Pair, page: Page):
    text = page(f"{AT}/1000")
    assert 'href="http://127.0.0.1:9201/requisitions/4"' in text
    assert "Commitments › SC-012 › Invoices" in text
    assert 'href="http://127.0.0.1:9101/app/bill?txnId=5"' in text
    assert "Expenses › Bills" in text


def test_C2_the_plans_debits_equal_its_credits(records: Pair, page: Page):
    text = page(f"{AT}/2202?tab=plan")
    assert "What it will do to the books" in text
    foot = text[text.rindex("<tfoot>"):]
    assert foot.count("13,777.78") == 2


def test_the_history_tells_what_happened_and_folds_the_vendors_words_away(records: Pair, page: Page):
    text = page(f"{AT}/1000?tab=history")
    assert "dana approved the bill." in text
    assert "QuickBooks entered it as bill 1000." in text
    assert text.index("<summary>Technical details</summary>") < text.index("SyncToken")


def test_related_documents_are_linked(records: Pair, page: Page):
    assert f'href="/documents/{rows.PAYMENTS}/pay-0?pair=maple">Check 2217' in page(f"{AT}/1000?tab=related")


def test_the_problem_that_holds_a_document_up_is_named_on_it(records: Pair, page: Page):
    assert "Cost code 03-300.S Cast-in-place concrete has no QuickBooks account" in page(f"{AT}/2201")


def test_only_what_waits_for_a_yes_has_the_button(records: Pair, page: Page):
    assert ">Approve</button>" in page(f"{AT}/2202")
    assert ">Approve</button>" not in page(f"{AT}/1000")


def test_a_yes_is_kept_for_exactly_the_document_that_was_shown(records: Pair, dana: Client):
    answer = dana.post("/documents/approve", {"pair": "maple", "fingerprint": "print-2202", "back": f"{AT}/2202"})
    assert answer.url == f"{AT}/2202"
    assert [(a.fingerprint, a.by) for a in Approval.objects.all()] == [("print-2202", "dana")]
    assert Pair.objects.get().look_again


def test_a_yes_to_a_document_that_changed_meanwhile_does_nothing(records: Pair, dana: Client):
    answer = dana.post("/documents/approve", {"pair": "maple", "fingerprint": "print-of-yesterday"}, follow=True)
    assert "1 document changed since the page was drawn and was not approved" in answer.content.decode()
    assert not Approval.objects.exists()


def test_all_that_is_listed_is_approved_with_one_yes_and_nothing_else(records: Pair, dana: Client, page: Page):
    rows.standing(records, "2301", status="needs_approval", fingerprint="print-2301", party="Alder Roofing")
    rows.standing(records, "2302", status="needs_approval", fingerprint="print-2302", party="Alder Roofing")
    assert "3 of these wait for a yes." in page("/documents")
    listed = page("/documents?status=needs_approval&party=alder")
    assert "Approve 2 documents</button>" in listed
    shown = re.findall(r'name="fingerprint" value="([^"]+)"', listed)
    dana.post("/documents/approve", {"pair": "maple", "fingerprint": shown})
    assert {a.fingerprint for a in Approval.objects.all()} == {"print-2301", "print-2302"}


@pytest.mark.parametrize("back", ["https://evil.example/", "//evil.example", "documents", ""])
def test_after_a_yes_nobody_is_led_to_another_site(records: Pair, dana: Client, back: str):
    assert dana.post("/documents/approve", {"fingerprint": "print-2202", "back": back}).url == "/documents"


def test_going_back_to_the_list_keeps_its_filters(records: Pair, page: Page):
    text = page(f"{AT}/1000", Referer="http://testserver/documents?status=synced&page=2")
    assert 'href="/documents?status=synced&amp;page=2">Documents</a>' in text


def test_a_document_that_is_not_there_is_said(records: Pair, dana: Client):
    answer = dana.get(f"{AT}/7777")
    assert answer.status_code == 404
    assert "maple has no such subcontractor invoice" in answer.content.decode()


def test_a_slot_may_have_a_slash_in_its_name(records: Pair, page: Page):
    rows.standing(records, "03/300.s", flow="cost_code_to_item", title="Item 03/300.S")
    assert "Item 03/300.S" in page("/documents")
    assert "<h1>Item 03/300.S</h1>" in page("/documents/cost_code_to_item/03/300.s")


# --- what stands behind the page -------------------------------------------------------------------------------------


@pytest.fixture
def bare(office: Pair, monkeypatch: pytest.MonkeyPatch) -> Pair:
    """The rows alone: no picture to lay the documents beside each other."""
    monkeypatch.setattr(views, "_picture_of", lambda pair, standing: None)
    return office


def test_what_was_posted_and_is_now_asked_about_is_told_as_posted(bare: Pair, page: Page):
    rows.standing(bare, "3001", status="changed", intent="ask")
    rows.posting(bare, "3001", effect=json.dumps([["5100 Subcontractors", 90000, 0], ["2000 Payable", 0, 90000]]))
    text = page(f"{AT}/3001")
    assert "What was posted" in text
    assert "What it will do to the books" not in text


def test_what_a_problem_holds_up_shows_the_entry_that_it_would_make(bare: Pair, page: Page):
    town = Town()
    order = town.subcontract("SC-1", vendor="Acme", lines={"03-300.S": "10000.00"})
    key = town.application(order, work={"03-300.S": "1000.00"}, held={"03-300.S": "100.00"})
    draft = town.intent(rows.BILLS, key).draft
    rows.standing(bare, "3002", status="needs_you", intent="ask", draft=msgspec.json.encode(draft).decode())
    text = page(f"{AT}/3002")
    assert "If it is entered as it stands" in text
    foot = text[text.rindex("<tfoot>"):]
    assert foot.count("1,000.00") == 2


@pytest.mark.parametrize(("flow", "words"), [
    (rows.PAYMENTS, "Nothing is booked in QuickBooks by this: the payment is in QuickBooks already."),
    ("company_to_vendor", "Nothing is booked in QuickBooks by this: it is a name on a list."),
    ("commitment_to_purchase_order", "Nothing is booked in QuickBooks by this: a purchase order moves no balance"),
    (rows.BILLS, "Nothing is booked in QuickBooks by this: its bill was in QuickBooks already."),
])
def test_where_nothing_is_booked_the_page_says_why(bare: Pair, page: Page, flow: str, words: str):
    rows.standing(bare, "3003", flow=flow)
    Agreed.objects.create(pair=bare, flow=flow, slot="3003", target_kind="bill", target="77", at=rows.NOW)
    assert words in page(f"/documents/{flow}/3003")


def test_the_history_tells_what_people_answered_about_this_document_and_no_other(bare: Pair, page: Page):
    rows.standing(bare, "300")
    entries = []
    for subject, says in ((f"{rows.BILLS}:300", "dana: This is it"), (f"{rows.BILLS}:300#422", "dana: Leave it"),
                          (f"{rows.BILLS}:3001", "dana: of another document")):
        rows.problem(bare, "bill_may_exist", subject, open=False)
        about = f"problem:bill_may_exist:{subject}"
        entries.append(trail.Entry(kind="answered_by", subject=about, says=says, by="dana"))
    with transaction.atomic():
        trail.append(bare.name, entries, rows.NOW)
    text = page(f"{AT}/300?tab=history")
    assert "dana: This is it" in text
    assert "dana: Leave it" in text
    assert "of another document" not in text


def test_gross_and_retainage_of_the_bill_stand_beside_those_of_the_application(office: Pair):
    town = Town()
    order = town.subcontract("SC-1", vendor="Acme", lines={"03-300.S": "10000.00"})
    key = town.application(order, work={"03-300.S": "1000.00"}, held={"03-300.S": "100.00"})
    town.sync()
    beside = views._Beside(standing=rows.standing(office, key), picture=town.picture(), present=town.present(),
                           link=town.picture().links[Slot(flow=rows.BILLS, key=key)])
    views._bill(beside)
    both = {row.label: (str(row.procore), str(row.quickbooks), row.agrees) for row in beside.totals}
    assert both["Work and stored materials, gross"] == ("1000.00", "1000.00", True)
    assert both["Retainage held less released"] == ("100.00", "100.00", True)
    assert both["Due now"] == ("900.00", "900.00", True)


def test_the_history_names_the_system_and_not_the_connection(office: Pair):
    for connection, system in ((office.procore, "Procore"), (office.quickbooks, "QuickBooks")):
        row = rows.seen(connection, "bill", "145", {})
        assert fetch._entry(connection, row, again=False).says == f"bill 145 in {system} seen for the first time"


def test_a_bill_that_may_exist_already_shows_what_entering_it_would_book(
        office: Pair, page: Page, monkeypatch: pytest.MonkeyPatch):
    town = Town()
    order = town.subcontract("SC-1", vendor="Acme", lines={"03-300.S": "10000.00"})
    town.sync()
    town.bill("Acme", {"5100": "1.00"}, number="47")
    key = town.application(order, work={"03-300.S": "1000.00"}, held={"03-300.S": "100.00"}, invoice="47")
    [problem] = town.intent(rows.BILLS, key).problems
    assert problem.kind == "bill_may_exist"
    monkeypatch.setattr(views, "_picture_of", lambda pair, standing: (town.picture(), town.present()))
    rows.standing(office, key, status="needs_you", intent="ask")
    text = page(f"{AT}/{quote(key)}")
    assert "If it is entered as it stands" in text
    foot = text[text.rindex("<tfoot>"):]
    assert foot.count("1,000.00") == 2
