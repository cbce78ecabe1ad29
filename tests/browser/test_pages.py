"""Every page in a real browser: accessible in both themes, no wider than the screen, complete by keyboard."""
from collections.abc import Callable
from typing import Any

import pytest

from tests.support import rows
from tieout.engine.store.models import Decision, OpenProblem, Pair

Faults = Callable[[Any], list[str]]
PAGES = ("/", "/problems", "/documents", "/documents?status=needs_you", "/documents?party=nobody", "/tie-out",
         "/tie-out?project=24-017", "/tie-out?project=24-017&vendor=Smith+Plumbing&code=03-300.S",
         "/tie-out?project=24-017&figure=billed", "/connections", "/nothing/here")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_wrong_on_any_page(
        office: Pair, inside: Any, live_server: Any, accessibility_faults: Faults, theme: str):
    inside.emulate_media(color_scheme=theme)
    found = {}
    for address in PAGES:
        inside.goto(live_server.url + address)
        if faults := accessibility_faults(inside):
            found[address] = faults
    assert not found


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_wrong_at_the_doors(
        transactional_db: None, chromium: Any, live_server: Any, accessibility_faults: Faults, theme: str):
    from datetime import UTC, datetime

    from tieout.app.web.setup_link import make_setup_link

    chromium.emulate_media(color_scheme=theme)
    token = make_setup_link(datetime.now(UTC)).rsplit("/", 1)[1]
    for address in ("/login", f"/setup/{token}", "/setup/spent"):
        chromium.goto(live_server.url + address)
        assert accessibility_faults(chromium) == []
    chromium.goto(live_server.url + "/login")
    chromium.fill("#id_name", "dana")
    chromium.fill("#id_password", "wrong")
    chromium.keyboard.press("Enter")
    chromium.wait_for_selector("[role=alert]")
    assert accessibility_faults(chromium) == []


def test_no_page_is_wider_than_a_phone(office: Pair, inside: Any, live_server: Any, accessibility_faults: Faults):
    inside.set_viewport_size({"width": 390, "height": 800})
    for address in PAGES:
        inside.goto(live_server.url + address)
        assert inside.evaluate("document.documentElement.scrollWidth") <= 390, address
        assert accessibility_faults(inside) == [], address


def test_no_page_breaks_the_content_security_policy(office: Pair, inside: Any, live_server: Any):
    said: list[str] = []
    inside.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
    for address in PAGES[:-1]:
        inside.goto(live_server.url + address)
        inside.wait_for_load_state("networkidle")
    assert said == []


def test_a_problem_is_settled_and_taken_back_by_keyboard_alone(office: Pair, inside: Any, live_server: Any):
    inside.goto(f"{live_server.url}/problems")
    press = inside.keyboard.press
    press("j")
    assert "Cost code 03-300.S" in inside.evaluate("document.activeElement.innerText")
    press("j")
    press("k")
    press("Enter")
    with inside.expect_response(lambda answer: "/problems/options" in answer.url and "value=subcontr" in answer.url):
        inside.keyboard.type("subcontr")
    press("Enter")
    inside.wait_for_selector(".problem.answered")
    assert "Use this account: 5100 Subcontractors" in inside.inner_text(".problem.answered")
    assert Decision.objects.get().value == "80"
    # the one who answered stays where he was
    assert inside.evaluate("document.activeElement.classList.contains('answered')")
    press("Enter")
    assert inside.evaluate("document.activeElement.innerText") == "Take it back"
    press("Enter")
    inside.wait_for_selector("text=The next look asks again")
    assert not Decision.objects.exists()


def test_a_wrong_value_is_said_beside_the_box_and_the_text_stays(
    office: Pair, inside: Any, live_server: Any, accessibility_faults: Faults
):
    inside.goto(f"{live_server.url}/problems")
    inside.keyboard.press("j")
    inside.keyboard.press("Enter")
    inside.keyboard.type("9999 Nowhere")
    inside.keyboard.press("Enter")
    inside.wait_for_selector("[aria-invalid=true]")
    assert inside.input_value("[aria-invalid=true]") == "9999 Nowhere"
    assert "has no active account" in inside.inner_text(".fault")
    assert accessibility_faults(inside) == []
    assert OpenProblem.objects.filter(open=True).count() == 5


def test_filters_change_the_list_and_the_address_and_going_back_undoes_them(
    office: Pair, inside: Any, live_server: Any
):
    inside.goto(f"{live_server.url}/documents")
    assert "1–100 of 133" in inside.inner_text("#documents")
    inside.select_option("#status", "needs_you")
    inside.wait_for_selector("text=1 row")
    assert "status=needs_you" in inside.url
    assert "Invoice 2201" in inside.inner_text("#documents")
    inside.go_back()
    inside.wait_for_selector("text=1–100 of 133")


def test_the_slash_goes_to_the_search_and_typing_finds(office: Pair, inside: Any, live_server: Any):
    inside.goto(f"{live_server.url}/documents")
    inside.keyboard.press("/")
    inside.keyboard.type("41,210.00")
    inside.wait_for_selector("text=1 row")
    assert "Norton Lumber" in inside.inner_text("#documents")


def test_a_tall_list_keeps_its_headings_and_total_in_sight(office: Pair, inside: Any, live_server: Any):
    inside.goto(f"{live_server.url}/documents?flow={rows.BILLS}")
    inside.evaluate("document.querySelector('#documents .scroll').scrollTop = 1500")
    box = inside.locator("#documents .scroll").bounding_box()
    head = inside.locator("#documents thead th").first.bounding_box()
    foot = inside.locator("#documents tfoot th").first.bounding_box()
    assert abs(head["y"] - box["y"]) < 3
    assert abs(foot["y"] + foot["height"] - box["y"] - box["height"]) < 20


def test_the_theme_is_turned_by_a_button_and_kept(office: Pair, inside: Any, live_server: Any):
    inside.emulate_media(color_scheme="light")
    inside.goto(f"{live_server.url}/connections")
    ground = "getComputedStyle(document.body).backgroundColor"
    light = inside.evaluate(ground)
    for _ in range(2):
        inside.click("[data-theme-turn]")
    dark = inside.evaluate(ground)
    assert dark != light
    inside.reload()
    assert inside.evaluate(ground) == dark


def test_look_now_is_acknowledged_at_once(office: Pair, inside: Any, live_server: Any):
    inside.goto(f"{live_server.url}/")
    inside.click("text=Look now")
    inside.wait_for_selector("text=Asked for; it begins in a moment.")
    Pair.objects.update(look_again=False)
    inside.wait_for_selector("button:has-text('Look now'):not([disabled])")


def test_when_the_server_fails_the_page_says_that_nothing_was_changed(office: Pair, inside: Any, live_server: Any):
    inside.goto(f"{live_server.url}/problems")
    inside.route("**/resolve", lambda route: route.abort())
    inside.click("button:has-text('Try again')")
    inside.wait_for_selector("#failed:not([hidden])")
    assert "Nothing was changed" in inside.inner_text("#failed")


def test_help_shows_the_keys(office: Pair, inside: Any, live_server: Any, accessibility_faults: Faults):
    inside.goto(f"{live_server.url}/")
    inside.keyboard.press("?")
    assert inside.is_visible("#keys")
    assert accessibility_faults(inside) == []
