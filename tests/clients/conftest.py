"""A sandbox on two ports of this machine, and what a person does in a browser: everything else is the client's."""
from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

import httpx2
import pytest

from tests.support.served import Served, served
from tieout.sandbox.sandbox import Sandbox

BACK = "http://127.0.0.1:8000/callback"
INPUT = re.compile(r"<input[^>]*>")
ATTRIBUTE = re.compile(r'(name|value|type)=(?:"([^"]*)"|([^\s">]+))')


@pytest.fixture
def place() -> Iterator[Served]:
    with served(Sandbox.start("empty", seed=7)) as found:
        yield found


def agree(url: str, **choice: str) -> dict[str, str]:
    """A person opens the consent page and presses its button; gives what the browser brings back to the app."""
    with httpx2.Client() as browser:
        page = browser.get(url)
        assert page.status_code == 200, page.text
        form = {}
        for field in INPUT.findall(page.text):
            said = {name: unescape(quoted or bare) for name, quoted, bare in ATTRIBUTE.findall(field)}
            if said.get("type", "hidden") == "hidden" and "name" in said:
                form[said["name"]] = said.get("value", "")
        target = re.search(r'action="?([^" >]+)', page.text)
        address = urljoin(url, target[1] if target else urlsplit(url).path)
        back = browser.post(address, content=urlencode({**form, **choice}), headers={
            "Content-Type": "application/x-www-form-urlencoded"})
    assert back.status_code == 302, back.text
    return {name: values[0] for name, values in parse_qs(urlsplit(back.headers["location"]).query).items()}
