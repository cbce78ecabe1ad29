"""Every request that the adapters send to a stand-in in process, held against the vendor's own description."""
from __future__ import annotations

from tests.support import procore_spec, quickbooks_schema
from tieout.sandbox.kit import Request

UNFIT: list[str] = []      # of the running test; the fixture of tests/conftest.py reads it at the end


def watch(vendor: str, request: Request) -> None:
    """Keeps what does not fit; `vendor` is the name of the stand-in."""
    if vendor == "procore" and request.path.startswith("/rest/") and procore_spec.is_present():
        UNFIT.extend(procore_spec.request_problems(request.method, request.path, request.query, request.body))
    elif vendor == "quickbooks" and quickbooks_schema.is_present():
        UNFIT.extend(quickbooks_schema.request_problems(
            request.method, request.path, request.headers.get("content-type", ""), request.body))


def said() -> list[str]:
    """What did not fit until now, each once; a test that means to send something wrong asks for it."""
    found = sorted(set(UNFIT))
    UNFIT.clear()
    return found
