"""The browser that the page tests use is real, and axe sees what it should."""
from collections.abc import Callable
from typing import Any

import pytest


def test_axe_finds_a_field_without_a_label(chromium: Any, accessibility_faults: Callable[[Any], list[str]]):
    page = '<!doctype html><html lang="en"><title>Bills</title><main><h1>Bills</h1>{}</main></html>'
    chromium.set_content(page.format('<input name="vendor">'))
    assert any(fault.startswith("label (critical)") for fault in accessibility_faults(chromium))
    chromium.set_content(page.format('<label>Vendor <input name="vendor"></label>'))
    assert accessibility_faults(chromium) == []


@pytest.mark.parametrize("width", [1280, 390])
def test_a_page_can_be_looked_at_on_a_desktop_and_on_a_phone(chromium: Any, width: int):
    chromium.set_viewport_size({"width": width, "height": 800})
    chromium.set_content("<!doctype html><p>9,000.00</p>")
    assert chromium.evaluate("innerWidth") == width
    assert chromium.text_content("p") == "9,000.00"
