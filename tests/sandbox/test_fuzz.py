"""A sample of `python3 run.py fuzz`: every scenario of the conformance tests, with spoiled calls between its own."""
from __future__ import annotations

import os

import pytest

from tests.sandbox import fuzz
from tests.sandbox.conformance import play
from tieout.sandbox.kit import Request, Response
from tieout.sandbox.procore import Procore

SEEDS = int(os.environ.get("FUZZ_SEEDS", "1"))


@pytest.mark.parametrize("scenario", play.scenarios())
def test_a_spoiled_call_is_refused_or_done_and_never_breaks_a_stand_in(scenario: str) -> None:
    met = 0
    for seed in range(SEEDS):
        found = fuzz.run(scenario, seed)
        assert found.failures == []
        met += found.statuses.total()
    assert met


def test_a_refusal_that_has_written_something_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    handle = Procore.handle

    def writes(self: Procore, request: Request) -> Response:
        answer = handle(self, request)
        if answer.status in (400, 422):
            self.company.uom_names.add(f"unit {len(self.company.uom_names)}")
        return answer

    monkeypatch.setattr(Procore, "handle", writes)
    found = [failure for seed in range(5) for failure in fuzz.run("procore_directory.vendors", seed).failures]
    assert any("has changed companies." in failure for failure in found)


@pytest.mark.parametrize("fails", ["raises", "answers 500", "says nothing"])
def test_a_stand_in_that_breaks_is_noticed(fails: str, monkeypatch: pytest.MonkeyPatch) -> None:
    handle = Procore.handle

    def broken(self: Procore, request: Request) -> Response:
        answer = handle(self, request)
        if answer.status != 422:
            return answer
        if fails == "raises":
            raise KeyError("vendor_id")
        return Response(500, body=b"{}") if fails == "answers 500" else Response(422, {
            "Content-Type": "application/json"}, b"{}")

    monkeypatch.setattr(Procore, "handle", broken)
    found = [failure for seed in range(5) for failure in fuzz.run("procore_directory.vendors", seed).failures]
    word = {"raises": "KeyError", "answers 500": ": 500 ", "says nothing": "none of the shapes"}[fails]
    assert any(word in failure for failure in found)
