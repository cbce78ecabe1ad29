"""The tie-out opens step by step, from all projects down to the single documents."""
import csv
import io
from collections.abc import Callable
from datetime import date

import pytest
from django.test import Client

from tests.support import rows
from tieout.app.web import figures
from tieout.core.tieout_table import EXCLUDED, Entry, tie_out
from tieout.engine import reconcile
from tieout.engine.store.models import Connection, OpenProblem, Pair

Page = Callable[..., str]


def exported(dana: Client, query: str, total: bool = False) -> list[dict[str, str]]:
    answer = dana.get(f"/tie-out?{query}format=csv")
    lines = list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))
    return [line for line in lines if total == ("Total" in line.values())]


def test_A196_C1_each_figure_stands_on_both_sides_with_its_difference_and_why(office: Pair, page: Page):
    text = page("/tie-out")
    billed = text[text.index(">Billed</a>"):text.index(">Retained</a>")]
    for words in ("415,859.53", "380,249.53", "35,610.00", "On hold", "41,210.00", "Only in QuickBooks", "(5,600.00)"):
        assert words in billed


def test_a_project_opens_into_vendors_and_a_vendor_into_codes(office: Pair, page: Page):
    assert 'href="/tie-out?pair=maple&amp;project=24-017">24-017</a>' in page("/tie-out")
    text = page("/tie-out?project=24-017")
    assert 'project=24-017&amp;vendor=Smith+Plumbing">Smith Plumbing</a>' in text
    text = page("/tie-out?project=24-017&vendor=Smith+Plumbing")
    assert 'code=03-300.S">03-300.S</a>' in text


def test_a_figure_that_has_no_code_says_so_and_is_not_shared_out(office: Pair, page: Page):
    text = page("/tie-out?project=24-017&vendor=Smith+Plumbing&code=03-300.S")
    paid = text[text.index(">Paid</th>"):text.index(">Open</th>")]
    assert "not held at this level" in paid
    assert "250,000.00" not in paid


def test_each_figure_opens_to_its_documents_and_they_add_up_to_it(office: Pair, dana: Client, page: Page):
    text = page("/tie-out?project=24-017&figure=billed")
    assert "The documents behind “Billed”" in text
    assert 'href="/documents/subcontractor_invoice_to_bill/2201?pair=maple"' in text
    assert "entered in QuickBooks by hand" in text
    lines = exported(dana, "project=24-017&figure=billed&")
    assert sum(float(line["Procore"] or 0) for line in lines) == pytest.approx(407459.53)
    assert sum(float(line["QuickBooks"] or 0) for line in lines) == pytest.approx(371849.53)


def test_a_document_that_both_systems_have_is_one_line(office: Pair, dana: Client):
    [line] = [line for line in exported(dana, "project=24-017&figure=retained&")]
    assert (line["Procore"], line["QuickBooks"], line["Explained as"]) == ("36624.95", "36624.95", "")


def test_only_differences_leaves_out_what_agrees_and_says_how_much(office: Pair, page: Page):
    text = page("/tie-out?only=differences")
    parts = text[text.index(">Projects</h2>"):]
    assert "24-017" in parts
    assert "24-011" not in parts
    assert "2 that agree are not shown." in parts


def test_the_file_has_a_line_for_each_part_and_figure(office: Pair, dana: Client):
    lines = exported(dana, "")
    found = {
        (line["Project"], line["Figure"]): (line["Procore"], line["QuickBooks"], line["Difference"]) for line in lines
    }
    assert found["24-017", "Billed"] == ("407459.53", "371849.53", "35610.00")
    assert found["24-022", "Billed"] == ("-4000.00", "-4000.00", "0.00")
    assert dana.get("/tie-out?format=xlsx").content[:2] == b"PK"


def test_as_of_a_day_asks_for_that_day_and_says_so(office: Pair, page: Page, monkeypatch: pytest.MonkeyPatch):
    asked = []
    monkeypatch.setattr(reconcile, "tie_out", lambda pair, **more: asked.append(more) or rows.figures())
    assert "As of 03/31/2026, by document date" in page("/tie-out?as_of=2026-03-31")
    assert str(asked[0]["as_of"]) == "2026-03-31"
    assert "“soon” is not a date" in page("/tie-out?as_of=soon")


@pytest.mark.parametrize("query", ["project=24-017&vendor=nobody", "figure=nonsense", "code=x"])
def test_a_part_that_does_not_exist_is_an_empty_page(office: Pair, page: Page, query: str):
    assert "<h1>Tie-out</h1>" in page(f"/tie-out?{query}")


def test_a_project_that_is_not_routed_is_said_to_be_none_and_the_routed_ones_are_named(office: Pair, dana: Client):
    answer = dana.get("/tie-out?project=99-999")
    assert answer.status_code == 404
    text = answer.content.decode()
    assert "There is no such project" in text
    assert "maple has no project 99-999; it has 24-011, 24-017, 24-022." in text


@pytest.mark.parametrize("address", ["/", "/tie-out", "/tie-out?format=csv", "/problems"])
@pytest.mark.parametrize("side", ["procore", "quickbooks", "neither"])
def test_what_was_never_read_is_not_said_to_agree(office: Pair, page: Page, address: str, side: str):
    OpenProblem.objects.all().delete()
    Pair.objects.update(mode="off", **({"last_turn_at": None} if side == "neither" else {}))
    if side != "neither":
        Connection.objects.filter(pk=getattr(office, side).pk).update(last_read_at=None)
    text = page(address)
    assert "Not read yet" in text
    assert "Nothing needs you" not in text
    assert '<span class="hidden">agrees</span>' not in text


def test_the_dollars_not_agreeing_of_today_stand_on_the_page_they_open_to_with_their_parts(office: Pair, page: Page):
    text = page("/tie-out?only=differences")
    parts = text[text.index('id="not-agreeing"'):text.index(">Projects</h2>")]
    assert [words for words in ("41,210.00", "5,600.00") if words in parts] == ["41,210.00", "5,600.00"]
    total = parts[parts.index("<tfoot"):]
    assert "Dollars not agreeing" in total
    assert "46,810.00" in total
    assert "46,810.00" in page("/")


def test_what_a_rule_excludes_does_not_count_as_not_agreeing():
    history = rows.an_amount("quickbooks", "billed", "900.00", class_=EXCLUDED, why="before the start")
    by_hand = rows.an_amount("quickbooks", "billed", "5.00", class_="only in QuickBooks")
    assert figures.not_agreeing(tie_out([history])) == 0
    [one] = figures.apart_of(tie_out([history, by_hand]))
    assert (one.figure, str(one.amount)) == ("billed", "5.00")


def test_as_of_a_past_day_commitments_are_not_available_and_lead_nowhere(
        office: Pair, page: Page, monkeypatch: pytest.MonkeyPatch):
    by_date = tie_out([*both_sides("billed", "100.00"), stray("9.00")], as_of=date(2026, 3, 31))
    monkeypatch.setattr(reconcile, "tie_out", lambda pair, **more: by_date)
    for query in ("", "project=24-017&", "project=24-017&vendor=Smith+Plumbing&"):
        text = page(f"/tie-out?{query}as_of=2026-03-31")
        committed = text[text.index("Committed"):text.index(">Billed</a>")]
        assert "not available for a past date" in committed
        assert "</a>" not in committed
        assert "not held at this level" not in committed


def test_where_a_part_has_nothing_no_tick_says_that_it_agrees(
        office: Pair, page: Page, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(reconcile, "tie_out", lambda pair, **more: tie_out([stray("9.00")]))
    assert '<span class="hidden">agrees</span>' not in page("/tie-out")


def test_differences_that_only_cancel_are_no_agreement(office: Pair, page: Page, monkeypatch: pytest.MonkeyPatch):
    found = tie_out([rows.an_amount("procore", "billed", "70.00", class_="on hold"),
                     rows.an_amount("quickbooks", "billed", "70.00", class_="only in QuickBooks")])
    monkeypatch.setattr(reconcile, "tie_out", lambda pair, **more: found)
    text = page("/tie-out")
    assert '<span class="hidden">agrees</span>' not in text
    assert "Only in QuickBooks" in text


def both_sides(figure: str, amount: str) -> list[Entry]:
    return [rows.an_amount(side, figure, amount) for side in ("procore", "quickbooks")]


def stray(amount: str) -> Entry:
    return rows.an_amount("quickbooks", "open", amount, project="unassigned", class_="only in QuickBooks")


def test_each_line_of_a_file_says_whose_it_is_and_of_when_and_its_total_is_there(office: Pair, dana: Client):
    lines = exported(dana, "project=24-017&figure=billed&as_of=2026-03-31&")
    assert {(line["Company"], line["Books"], line["As of"], line["Project"]) for line in lines} == {
        ("Maple Ridge Builders", "maple", "2026-03-31", "24-017")}
    assert "entered in QuickBooks by hand" in {line["Why"] for line in lines}
    [total] = exported(dana, "project=24-017&figure=billed&", total=True)
    assert (total["Document"], total["Procore"], total["QuickBooks"]) == ("Total", "407459.53", "371849.53")
    totals = {line["Figure"]: line["Procore"] for line in exported(dana, "", total=True)}
    assert totals["Billed"] == "415859.53"


@pytest.mark.parametrize(("query", "name"), [
    ("project=24-017&figure=billed&as_of=2026-03-31&format=csv",
     "tie-out-maple-24-017-billed-documents-as-of-2026-03-31.csv"),
    ("as_of=2026-03-31&format=xlsx", "tie-out-maple-all-projects-by-project-as-of-2026-03-31.xlsx"),
])
def test_a_files_name_tells_pair_project_level_and_day(office: Pair, dana: Client, query: str, name: str):
    assert f'filename="{name}"' in dana.get(f"/tie-out?{query}")["Content-Disposition"]
