"""Bytes on the wire that are no request, or one that no client means: answered as a mistake or cut, never a 500."""
from __future__ import annotations

import random
import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx2
import pytest

from tests.support.served import Served, served
from tieout.sandbox.sandbox import Sandbox

PATHS = ("/", "//", "/%", "/%00", "/%ff%fe", "/rest/v1.0/vendors", "/rest/v1.0/vendors/%2e%2e/me", "/oauth/token", "*",
         "/v3/company/4620816365000000001/bill", "/v3/company/%34620816365000000001/query?query=%", "/_sandbox/nothing",
         "/_sandbox/", "/_sandbox/quickbooks/nothing", "/" + "a" * 9000, "/rest/v1.0/vendors?company_id=%ff&a[]=[",
         "/v3/company//query", "/rest//v1.0", "http://elsewhere/rest/v1.0/me", "/é")
METHODS = ("GET", "POST", "PATCH", "PUT", "DELETE", "HEAD", "OPTIONS", "TRACE", "CONNECT", "BREW", "g")
HEADERS = ("Content-Type: application/json", "Content-Type: multipart/form-data; boundary=x", "Content-Type:",
           "Authorization: Bearer {token}", "Authorization: Bearer \xff", "Procore-Company-Id: 4283186",
           "Procore-Company-Id: x", "Accept: application/xml", "Accept: \x01", "Expect: 100-continue", "Cookie: a",
           "Content-Length: -1", "Transfer-Encoding: chunked", "X: " + "y" * 5000, "Host: a:b:c", "Upgrade: websocket")
BODIES = (b"", b"{}", b"{", b"[" * 4000, b"\xff\xfe", b"5\r\n{}\r\n", b"--x\r\n\r\n", b"a=%ff",
          b'{"vendor": {"name": 5}}')


@pytest.fixture(scope="module")
def place() -> Iterator[Served]:
    with served(Sandbox.start("empty")) as found:
        yield found


def said(url: str, sent: bytes) -> bytes:
    """What comes back until the other side is done; nothing where it hangs up or waits for more."""
    parts = urlsplit(url)
    with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=5) as wire:
        wire.settimeout(1)
        wire.sendall(sent)
        try:
            wire.shutdown(socket.SHUT_WR)
            return wire.recv(4000)
        except (TimeoutError, ConnectionError):
            return b""


def nonsense(chance: random.Random, token: str) -> bytes:
    body = chance.choice(BODIES)
    lines = [f"{chance.choice(METHODS)} {chance.choice(PATHS)} HTTP/1.1", "Host: 127.0.0.1",
             *chance.sample(HEADERS, chance.randint(0, 4))]
    if chance.random() < 0.8:
        lines.append(f"Content-Length: {len(body)}")
    head = "\r\n".join(lines).replace("{token}", token).encode("latin-1", "replace")
    return head + b"\r\n\r\n" + body


@pytest.mark.parametrize("service", ["procore", "quickbooks"])
def test_no_bytes_on_the_wire_make_a_500(place: Served, service: str) -> None:
    url = place.procore if service == "procore" else place.quickbooks
    token = place.sandbox.procore.script_token if service == "procore" else place.sandbox.quickbooks.script_token
    chance, answered = random.Random(service), 0
    for _ in range(400):
        sent = nonsense(chance, token)
        answer = said(url, sent)
        status = int(answer.split(b" ", 2)[1]) if answer.startswith(b"HTTP/1.") else 0
        assert status < 500 or status in (501, 505), (sent[:300], answer[:300])
        answered += bool(status)
    assert answered > 100
    for sent in (b"\x00\x01\x02", b"GET\r\n\r\n", b"\x16\x03\x01\x02\x00", b"GET / HTTP/9.9\r\n\r\n", b"\r\n" * 50):
        assert b" 500 " not in said(url, sent)[:20]
    path = "/rest/v1.0/me" if service == "procore" else f"/v3/company/{place.sandbox.quickbooks.realm_id}/preferences"
    assert httpx2.get(url + path, headers={"Authorization": f"Bearer {token}"}).status_code == 200
