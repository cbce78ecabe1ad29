#!/usr/bin/env python3
"""Pictures of every page of a running tieout, at desktop and phone width, light and dark, to be looked at.

    .venv/bin/python scripts/screenshots.py http://127.0.0.1:8420 --name dana --out /tmp/pictures [--page /tie-out]

The password is read from TIEOUT_PASSWORD. Pages behind the first rows of the lists are taken too. Nothing is written to
the installation.
"""
from __future__ import annotations

import argparse
import os
import re
import sys
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

CHROMIUM = os.environ.get("TIEOUT_CHROMIUM", "/usr/bin/chromium")
PAGES = ("/", "/problems", "/documents", "/documents?flow=subcontractor_invoice_to_bill&status=needs_you", "/tie-out",
         "/tie-out?only=differences", "/connections", "/nothing/here")
VIEWS = (("light", 1280), ("dark", 1280), ("light", 390), ("dark", 390))


def first_links(page: Any, address: str) -> list[str]:
    """One document, one project and one figure, as the lists lead to them."""
    found = []
    for start, pattern in (("/documents", 'main th a[href^="/documents/"]'),
                           ("/tie-out", 'main .parts th a[href*="project="]'),
                           ("/tie-out", 'main .parts td a[href*="figure="]')):
        page.goto(address + start)
        link = page.query_selector(pattern)
        found += [link.get_attribute("href")] if link else []
    document = [link for link in found if link.startswith("/documents/")]
    return found + [f"{link}&tab={tab}" for link in document for tab in ("history", "related")]


def file_name(address: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", address.lower()).strip("-")[:80] or "today"


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("address")
    asked.add_argument("--name", required=True)
    asked.add_argument("--out", type=Path, required=True)
    asked.add_argument("--page", action="append", default=[])
    given = asked.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        for theme, width in VIEWS:
            page = browser.new_context(viewport={"width": width, "height": 850}, color_scheme=theme).new_page()
            page.goto(f"{given.address}/login")
            page.screenshot(path=given.out / f"login-{width}-{theme}.png")
            page.fill("#id_name", given.name)
            page.fill("#id_password", os.environ["TIEOUT_PASSWORD"])
            page.click("button")
            page.wait_for_url(lambda url: "/login" not in url)
            for address in given.page or [*PAGES, *first_links(page, given.address)]:
                page.goto(given.address + address)
                page.screenshot(path=given.out / f"{file_name(address)}-{width}-{theme}.png", full_page=width < 600)
        browser.close()
    print(f"{len(list(given.out.glob('*.png')))} pictures in {given.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
