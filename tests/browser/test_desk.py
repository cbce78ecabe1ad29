"""The desk of the sandbox in a real browser: accessible in both themes, no wider than the screen, by keyboard."""
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

Faults = Callable[[Any], list[str]]
ROOT = Path(__file__).resolve().parents[2]
DESK = "/_sandbox/desk"


@pytest.fixture(scope="module")
def desk() -> Iterator[str]:
    """The address of the desk of a served fjord, a few months on: taxes, classes, locations, an owner's side."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tieout.sandbox", "serve", "--world", "fjord", "--procore-port", "0", "--qbo-port", "0",
         "--limits", "off"], stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": str(ROOT / "src")})
    assert process.stdout is not None
    said = json.loads(process.stdout.readline())
    with httpx2.Client(base_url=said["quickbooks"]["base_url"], timeout=60) as control:
        for _ in range(9):
            assert control.post("/_sandbox/world/next").status_code == 200
        longest = control.post(f"{DESK}/quickbooks/vendors/57/rename", data={"name": "A" * 100})
        assert "said=" in longest.headers["Location"]
    yield said["desk"].rstrip("/")
    process.terminate()
    process.communicate(timeout=10)


@pytest.fixture(scope="module")
def pages(desk: str) -> list[str]:
    """One page of every kind that the desk's own links lead to, and the ones that have nothing to show."""
    found: dict[str, str] = {}
    queue = ["/", "/nothing/here"]
    with httpx2.Client(timeout=60) as client:
        while queue:
            path = queue.pop(0)
            kind = re.sub(r"\d+", "0", path.partition("?")[0])
            if kind in found:
                continue
            found[kind] = path
            text = client.get(desk + path).text
            queue += [link for link in re.findall(rf'href="{DESK}(/[^"#]*)', text) if not link.endswith(".css")]
    assert len(found) > 40
    return sorted(found.values())


@pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 1280), ("light", 390)])
def test_axe_finds_nothing_wrong_on_any_page_and_none_is_wider_than_the_screen(
        desk: str, pages: list[str], chromium: Any, accessibility_faults: Faults, theme: str, width: int):
    chromium.emulate_media(color_scheme=theme)
    chromium.set_viewport_size({"width": width, "height": 800})
    found = {}
    for path in pages:
        chromium.goto(desk + path)
        assert "Simulation." in chromium.inner_text(".simulated"), path
        assert chromium.evaluate("document.documentElement.scrollWidth") <= width, path
        if faults := accessibility_faults(chromium):
            found[path] = faults
    assert not found


def test_no_page_is_wider_than_the_screen_at_twice_the_size(desk: str, pages: list[str], chromium: Any):
    chromium.set_viewport_size({"width": 640, "height": 400})        # 1280 by 800, enlarged to 200 %
    for path in pages:
        chromium.goto(desk + path)
        assert chromium.evaluate("document.documentElement.scrollWidth") <= 640, path


def test_no_page_breaks_its_content_security_policy(desk: str, pages: list[str], chromium: Any):
    said: list[str] = []
    chromium.on("console", lambda message: said.append(message.text) if "Content" in message.text else None)
    for path in pages:
        chromium.goto(desk + path)
    assert said == []


def tab_to(page: Any, wanted: str) -> None:
    """Presses Tab until the element has the focus."""
    for _ in range(120):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", wanted):
            return
    raise AssertionError(f"no Tab leads to {wanted}")


def test_a_bill_is_entered_by_hand_and_deleted_by_keyboard_alone(
        desk: str, chromium: Any, accessibility_faults: Faults):
    chromium.goto(f"{desk}/quickbooks/new-bill")
    keyboard = chromium.keyboard
    tab_to(chromium, "[name=vendor]")
    keyboard.type("Mari")
    tab_to(chromium, "[name=number]")
    keyboard.type("KEY-1")
    tab_to(chromium, "[name=location]")
    keyboard.type("Tor")
    tab_to(chromium, "[name=account-1]")
    keyboard.press("ArrowDown")
    tab_to(chromium, "[name=amount-1]")
    keyboard.type("12.50")
    keyboard.press("Enter")
    chromium.wait_for_selector(".said.refused")                      # a line without a tax code
    assert "GST/HST" in chromium.inner_text(".said")
    assert chromium.input_value("[name=number]") == "KEY-1"
    assert accessibility_faults(chromium) == []
    tab_to(chromium, "[name=tax]")
    keyboard.press("ArrowDown")
    tab_to(chromium, "main form button")
    keyboard.press("Enter")
    chromium.wait_for_selector(".said.done")
    assert "What moved in the books" in chromium.inner_text(".said")
    assert accessibility_faults(chromium) == []
    tab_to(chromium, "a[href$='/delete']")
    keyboard.press("Enter")
    chromium.wait_for_selector("text=What it will move in the books")
    tab_to(chromium, "button.danger")
    keyboard.press("Enter")
    chromium.wait_for_selector(".said.done")
    assert "Bill KEY-1" in chromium.inner_text(".said") and "is deleted" in chromium.inner_text(".said")
