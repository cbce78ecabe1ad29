"""The list of documents: filters, searching by whatever is at hand, paging, sorting, and the files it gives."""
import csv
import io
from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest
from django.test import Client
from python_calamine import CalamineWorkbook

from tests.support import rows
from tieout.app.web.words import STATUSES
from tieout.engine.store.models import Pair, Standing

Page = Callable[..., str]


def titles(dana: Client, query: str) -> set[str]:
    answer = dana.get(f"/documents?{query}&format=csv")
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return {row["Document"] for row in csv.DictReader(io.StringIO(text))} - {"Total of all rows"}


def test_every_status_stands_as_a_word_with_its_one_definition(office: Pair, page: Page):
    text = page("/documents")
    for status in STATUSES.values():
        assert f"</svg>{status.word}</span>" in text
        assert text.count(f"<dd>{status.means}</dd>".replace("'", "&#x27;")) == 1


def test_zero_is_a_dash_and_below_zero_stands_in_parentheses(office: Pair, page: Page):
    text = page("/documents?number=22")
    assert "(4,000.00)" in text
    assert '<td role="cell" data-label="Amount" class="money">–</td>' in text


@pytest.mark.parametrize(("query", "number"), [
    ("status=needs_you", "2201"), ("party=alder&status=held_back", "2206"), ("number=2204", "2204"),
    ("least=200,000", "2206"), ("least=10300&most=10,300.00", "2204"), ("q=2205", "2205"), ("q=norton", "2201"),
    ("q=$41,210.00", "2201"), ("q=41210", "2201"), ("q=ridge+electric", "2203"), ("q=(4,000.00)", "2209"),
    ("q=4000.00", "2209"),
])
def test_a_filter_finds_the_one_document(office: Pair, dana: Client, query: str, number: str):
    assert {title.split()[1] for title in titles(dana, query)} == {number}


@pytest.mark.parametrize("address", [
    "https://app.qbo.intuit.com/app/bill?txnId=505", "http://127.0.0.1:9101/app/bill?txnId=505",
    "https://us02.procore.com/562949953421312/projects/24/commitments/77/requisitions/9005",
    "https://us02.procore.com/webclients/host/companies/1/projects/2/tools/contracts/invoices/9005/",
])
def test_an_address_pasted_from_either_system_finds_its_document(office: Pair, dana: Client, address: str):
    from urllib.parse import quote

    assert titles(dana, f"q={quote(address)}") == {"Invoice 1005 of Smith Plumbing"}


def test_a_payment_is_found_by_its_address_in_either_system(office: Pair, dana: Client):
    assert titles(dana, "q=https://app.qbo.intuit.com/app/billpayment?txnId=701") == {"Check 2218 to Smith Plumbing"}
    assert titles(dana, "q=https://us02.procore.com/24/payments/301") == {"Check 2218 to Smith Plumbing"}


def test_dates_hold_at_both_ends(office: Pair, dana: Client):
    assert titles(dana, "since=2026-01-02&until=2026-01-03") == {
        "Invoice 1001 of Smith Plumbing",
        "Invoice 1002 of Smith Plumbing",
    }


@pytest.mark.parametrize(("query", "words"), [
    ("least=much", "“much” is not an amount"), ("since=31.12.2026", "“31.12.2026” is not a date"),
    ("most=1.005", "“1.005” is not an amount"), ("least=99999999999999999999", "is not an amount"),
])
def test_what_cannot_be_read_in_a_filter_is_said(office: Pair, page: Page, query: str, words: str):
    assert words in page(f"/documents?{query}")


@pytest.mark.parametrize(
    "query",
    [
        "page=0",
        "page=-3",
        "page=x",
        "page=99999999999999",
        "sort=nonsense",
        "sort=-",
        "status=nonsense",
        "q=%00",
        "q=http://[",
        "flow=..",
        "q=%25_",
    ],
)
def test_a_strange_address_still_shows_a_page(office: Pair, page: Page, query: str):
    assert "<h1>Documents</h1>" in page(f"/documents?{query}")


def test_a_filter_that_fits_nothing_says_what_to_do(office: Pair, page: Page):
    assert "Take a filter away to see more" in page("/documents?party=nobody")


def test_before_the_first_sync_the_page_says_so(page: Page):
    rows.pair()
    assert "They appear here after the first sync" in page("/documents")


def test_without_a_pair_the_page_leads_to_connections(page: Page):
    assert "First connect Procore and QuickBooks" in page("/documents")


def test_many_documents_come_in_pages_that_keep_the_filters(dana: Client, page: Page):
    pair = rows.pair()
    Standing.objects.bulk_create([
        Standing(pair=pair, flow=rows.BILLS, slot=str(n), status="synced", title=f"Invoice {n}", number=str(n),
                 party=rows.LONG_NAME, amount_cents=100, source_kind="x", source=str(n), dated=date(2026, 1, 1))
        for n in range(230)])
    first = page("/documents?party=consol&sort=number")
    assert "1–100 of 230" in first
    assert "Page 1 of 3" in first
    assert 'href="?party=consol&amp;sort=number&amp;page=2"' in first
    last = page("/documents?party=consol&sort=number&page=3")
    assert "201–230 of 230" in last
    assert rows.LONG_NAME.replace("&", "&amp;") in last


def test_the_total_covers_all_pages_and_stands_only_under_one_kind(office: Pair, page: Page):
    assert "<tfoot" not in page("/documents")
    whole = sum(s.amount_cents for s in Standing.objects.filter(flow=rows.BILLS))
    assert f"{Decimal(whole) / 100:,.2f}" in page(f"/documents?flow={rows.BILLS}")


def test_sorting_goes_both_ways_and_is_told_to_screen_readers(office: Pair, page: Page):
    text = page("/documents?sort=-amount")
    assert 'aria-sort="descending"' in text
    assert text.index("250,000.00") < text.index("41,210.00") < text.index("(4,000.00)")
    assert 'href="?sort=amount"' in text


def test_a_list_asked_for_by_htmx_is_the_list_alone(office: Pair, page: Page):
    text = page("/documents?status=needs_you", **{"HX-Request": "true"})
    assert "Invoice 2201" in text
    assert "<html" not in text


def test_a_name_that_would_run_as_a_formula_is_text_in_the_files(dana: Client):
    pair = rows.pair()
    for slot, party in (("1", '=HYPERLINK("x")'), ("2", "+1"), ("3", "-1"), ("4", "@SUM(A1)")):
        rows.standing(pair, slot, party=party, title=party, amount_cents=-100)
    answer = dana.get("/documents?format=csv&sort=number")
    lines = list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))
    assert [line["Document"] for line in lines] == ["'=HYPERLINK(\"x\")", "'+1", "'-1", "'@SUM(A1)"]
    assert {line["Amount"] for line in lines} == {"-1.00"}      # an amount stays an amount
    book = dana.get("/documents?format=xlsx&sort=number")
    assert b"<f>" not in book.content
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(book.content)).get_sheet_by_index(0).to_python()
    document, money = sheet[0].index("Document"), sheet[0].index("Amount")
    assert [line[document] for line in sheet[1:]] == ['=HYPERLINK("x")', "+1", "-1", "@SUM(A1)"]
    assert [line[money] for line in sheet[1:]] == [-1.0] * 4


def test_the_file_holds_all_pages_of_what_is_shown_and_no_more(office: Pair, dana: Client):
    assert len(titles(dana, "status=synced&flow=subcontractor_invoice_to_bill")) == 14


def test_html_in_a_name_is_shown_and_never_run(page: Page):
    rows.standing(rows.pair(), "1", party="<script>alert(1)</script>", title="<b>x</b>")
    text = page("/documents")
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert(1)" in text


def test_a_file_of_one_kind_ends_in_its_total_and_names_company_kind_and_reason(office: Pair, dana: Client):
    answer = dana.get("/documents?format=csv&flow=subcontractor_invoice_to_bill&status=synced")
    *lines, total = csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig")))
    assert total["Document"] == "Total of all rows"
    assert Decimal(total["Amount"]) == sum(Decimal(line["Amount"]) for line in lines)
    assert {line["Company"] for line in [*lines, total]} == {"Maple Ridge Builders"}
    assert {line["Kind"] for line in lines} == {"Subcontractor invoice"}
    assert "Why" in total
