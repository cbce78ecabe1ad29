"""What holds on every page: nothing from elsewhere, nothing inline, honest words when something is broken."""
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.exceptions import PermissionDenied
from django.db import OperationalError
from django.test import Client

from tests.support import rows
from tieout.app.web.views import today
from tieout.app.web.words import days_shown
from tieout.engine.store.models import OpenProblem, Pair, Posting, Standing

Page = Callable[..., str]
WEB = Path(__file__).parents[3] / "src" / "tieout" / "app" / "web"
PAGES = ["/", "/problems", "/documents", "/tie-out", "/tie-out?project=24-017&figure=billed", "/connections"]


@pytest.mark.parametrize("address", PAGES)
def test_A17_a_page_may_load_and_send_nothing_from_or_to_elsewhere(office: Pair, dana: Client, address: str):
    answer = dana.get(address)
    policy = answer["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert re.findall(r"https?://[^;\s]+", policy) == []
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["Cache-Control"] == "no-store"
    text = answer.content.decode()
    assert not re.search(r"<script(?![^>]*\bsrc=)", text)
    assert not re.search(r"\s(style|onclick|onload|onchange)=", text)
    assert not re.search(r'(?:src|href|action)="(?:https?:)?//', text)


def test_templates_and_styles_name_no_other_machine():
    for file in [*WEB.glob("templates/**/*.html"), *WEB.glob("static/web/*")]:
        found = re.findall(r"(?:https?:)?//[\w.-]+\.\w+", file.read_text())
        assert [x for x in found if "www.w3.org" not in x] == [], file.name


def test_the_navigation_says_where_one_is_and_how_many_problems_there_are(office: Pair, page: Page):
    text = page("/documents")
    assert '<a href="/documents" aria-current="page">' in text
    assert '<span class="count" title="open problems">5</span>' in text


def test_of_several_pairs_one_is_shown_and_kept(office: Pair, dana: Client, page: Page):
    other = rows.pair("north")
    rows.standing(other, "1", title="Invoice of the north")
    assert "Invoice of the north" not in page("/documents")
    assert "Invoice of the north" in page("/documents?pair=north")
    assert "Invoice of the north" in page("/documents")
    assert dana.get("/documents?pair=nowhere").status_code == 404


# --- today -----------------------------------------------------------------------------------------------------------


def test_today_says_in_one_sentence_what_was_posted_and_who_is_needed(office: Pair, page: Page):
    Standing.objects.filter(status__in=("changed", "missing")).delete()
    assert "Yesterday 3 bills, all agreed. 5 need you." in page("/")


def test_today_does_not_say_all_agreed_while_documents_were_changed(office: Pair, page: Page):
    assert "Yesterday 3 bills; 2 documents no longer agree. 5 need you." in page("/")


def test_today_counts_what_was_posted_today_when_yesterday_was_quiet(office: Pair, page: Page):
    Standing.objects.filter(status__in=("changed", "missing")).delete()
    OpenProblem.objects.exclude(kind="refused").delete()
    Posting.objects.update(sent_at=rows.NOW, flow=rows.PAYMENTS)
    assert "Today 3 payments, all agreed. 1 needs you." in page("/")


def test_a_quiet_day_is_said_too(page: Page, monkeypatch: pytest.MonkeyPatch):
    from tieout.engine import reconcile

    monkeypatch.setattr(reconcile, "tie_out", lambda pair, **asked: rows.figures())
    rows.pair()
    assert "Nothing was posted yesterday or today. Nothing needs you." in page("/")


def test_the_four_numbers_open_to_what_is_behind_them(office: Pair, page: Page):
    text = page("/")
    parts = r'href="/tie-out\?pair=maple&amp;only=differences#not-agreeing">'
    assert re.search(parts + "46,810.00</a><small>each one explained", text)
    assert re.search(r'href="/problems\?pair=maple">5</a>', text)
    assert re.search(r'href="/problems\?pair=maple">5 hours</a>', text)
    assert re.search(r'href="/tie-out\?pair=maple&amp;figure=retained">37,864.95</a>', text)


def test_look_now_asks_for_a_turn_and_shows_that_it_was(office: Pair, dana: Client):
    answer = dana.post("/look", {"pair": "maple"}, headers={"HX-Request": "true"})
    assert "Asked for; it begins in a moment." in answer.content.decode()
    assert 'hx-trigger="every 2s"' in answer.content.decode()
    assert Pair.objects.get().look_again
    assert dana.get("/look").status_code == 405


# --- errors ----------------------------------------------------------------------------------------------------------


def test_a_page_that_does_not_exist_says_so(dana: Client):
    answer = dana.get("/nothing/here")
    assert answer.status_code == 404
    assert "There is no such page" in answer.content.decode()


def test_what_one_may_not_do_is_said(dana: Client, monkeypatch: pytest.MonkeyPatch):
    def refuse(*_: object) -> None:
        raise PermissionDenied

    monkeypatch.setattr(today, "current_pair", refuse)
    answer = dana.get("/")
    assert answer.status_code == 403
    assert "You may not do this" in answer.content.decode()


def test_a_fault_of_ours_is_called_one_and_shows_no_inside(dana: Client, monkeypatch: pytest.MonkeyPatch):
    def fail(*_: object) -> None:
        raise RuntimeError("secret inside")

    monkeypatch.setattr(today, "current_pair", fail)
    dana.raise_request_exception = False
    answer = dana.get("/")
    assert answer.status_code == 500
    assert "Something went wrong here" in answer.content.decode()
    assert "secret inside" not in answer.content.decode()


def test_a_lost_database_is_said_in_plain_words(dana: Client, monkeypatch: pytest.MonkeyPatch):
    def lost(*_: object) -> None:
        raise OperationalError("database disk image is malformed")

    monkeypatch.setattr(today, "current_pair", lost)
    dana.raise_request_exception = False
    answer = dana.get("/")
    assert answer.status_code == 503
    assert "The database does not answer" in answer.content.decode()
    assert "malformed" not in answer.content.decode()


def test_a_page_that_is_asked_for_by_another_name_says_which_address_is_right(db: None):
    answer = Client().get("/login", headers={"host": "books.elsewhere.example"})
    assert answer.status_code == 400
    assert "Open http://127.0.0.1:8420 instead" in answer.content.decode()
    assert "elsewhere" not in answer.content.decode()


def test_a_pair_that_is_off_is_not_said_to_be_looked_at(office: Pair, dana: Client, page: Page):
    Pair.objects.update(mode="off", look_again=True)
    for text in (page("/"), dana.post("/look", {"pair": "maple"}, headers={"HX-Request": "true"}).content.decode()):
        assert "it begins in a moment" not in text
        assert "No look while the pair is Off." in text
    assert "Books: maple</p>" in page("/")


def test_days_read_alike_wherever_they_stand_on_the_pages(office: Pair, page: Page):
    text = page("/problems")
    assert "is dated 02/28/2026, and the books are closed through 03/31/2026." in text
    assert days_shown("Bill 2026-03-31-A of 2026-03-31") == "Bill 2026-03-31-A of 03/31/2026"
    assert re.search(r"\d\d/\d\d/\d{4}, \d\d:\d\d UTC", page("/"))
