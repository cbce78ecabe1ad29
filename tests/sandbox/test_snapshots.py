"""Reset, snapshot and restore: what comes back is what was there, to the byte; and the clock that all of it obeys."""
import pickle
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import sleep
from typing import Any

import pytest

from tests.sandbox.control import (
    account,
    bill_of,
    books,
    connected,
    control,
    controlled,
    field,
    opened,
    procore_tokens,
    token_call,
    vendor,
)
from tieout.sandbox import snapshot
from tieout.sandbox.sandbox import Sandbox, SandboxError


def everything(sandbox: Sandbox) -> list[object]:
    """What both services answer: lists, new records, tokens, trace ids, chance."""
    answers: list[object] = []
    for entity in ("Vendor", "Account", "Bill", "Customer", "Term"):
        answers.append(books(sandbox, "GET", "query", query=f"select * from {entity} maxresults 1000"))
    answers.append(field(sandbox, "GET", "/rest/v1.0/vendors"))
    answers += [books(sandbox, "GET", "preferences") for _ in range(10)]
    answers.append(books(sandbox, "POST", "vendor", {"DisplayName": "After all"}, requestid="r-9"))
    answers.append(field(sandbox, "POST", "/rest/v1.0/vendors", {"vendor": {"name": "After all"}}))
    answers += [connected(sandbox), procore_tokens(sandbox), sandbox.kit.clock.now(), sandbox.kit.faults.shown()]
    answers.append(sandbox.quickbooks.company.trial_balance())
    return answers


def worked_on(**options: Any) -> Sandbox:
    office = opened(**options)
    one, cost = vendor(office, "Norton"), account(office)
    books(office, "POST", "bill", bill_of(one, cost, "1047"), requestid="r-1")
    field(office, "POST", "/rest/v1.0/vendors", {"vendor": {"name": "Norton"}})
    connected(office)
    control(office, "POST", "clock", {"advance_s": 90})
    control(office, "POST", "faults", {"seed": 3, "busy": 0.3, "rules": [{"kind": "down", "rate": 0.2}]})
    books(office, "GET", "preferences")
    return office


def test_after_a_restore_every_answer_is_the_same_to_the_byte() -> None:
    office = worked_on()
    control(office, "POST", "snapshots", {"name": "before"})
    first = everything(office)
    control(office, "POST", "clock", {"advance_s": 86400})
    assert everything(office) != first
    for _ in range(2):
        control(office, "POST", "restore", {"name": "before"})
        assert everything(office) == first


def test_a_reset_is_the_start_again_world_clock_and_ids() -> None:
    first = everything(opened())
    office = worked_on()
    control(office, "POST", "snapshots", {"name": "worked"})
    worked = everything(office)
    assert control(office, "POST", "reset")["now"] == "2026-03-02T16:00:00+00:00"
    assert everything(office) == first
    control(office, "POST", "restore", {"name": "worked"})
    assert everything(office) == worked


def test_the_practice_company_goes_on_from_a_snapshot_as_it_did_the_first_time() -> None:
    sandbox = Sandbox.start("maple", frozen=True)
    sandbox.play_next()
    sandbox.keep("january")
    said = [sandbox.play_next() for _ in range(3)]
    sandbox.restore("january")
    assert sandbox.world.played == 1
    assert [sandbox.play_next() for _ in range(3)] == said


def test_limits_stay_as_they_are_through_a_restore_and_go_back_to_the_start_with_a_reset() -> None:
    office = worked_on(limits="vendor")
    control(office, "POST", "snapshots", {"name": "before"})
    control(office, "POST", "limits", {"limits": "off"})
    control(office, "POST", "restore", {"name": "before"})
    assert control(office, "GET", "limits") == {"limits": "off"}
    control(office, "POST", "reset")
    assert control(office, "GET", "limits") == {"limits": "vendor"}


def test_whoever_holds_the_services_goes_on_with_them() -> None:
    office = worked_on()
    quickbooks, procore, kit = office.quickbooks, office.procore, office.kit
    office.keep("x")
    office.restore("x")
    assert (office.quickbooks, office.procore, office.kit) == (quickbooks, procore, kit)
    assert quickbooks.oauth is office.quickbooks.oauth
    assert quickbooks.kit is kit


def test_a_restore_is_kept_over_a_kill_and_so_is_what_came_after(tmp_path: Path) -> None:
    office = worked_on(state=tmp_path)
    control(office, "POST", "snapshots", {"name": "before"})
    vendor(office, "Forgotten")
    control(office, "POST", "restore", {"name": "before"})
    control(office, "DELETE", "faults")
    assert vendor(office, "Elm") == str(int(vendor(office, "Oak")) - 1)
    names = [record.body["DisplayName"] for record in office.quickbooks.company.records["Vendor"].values()]
    office.close()
    assert list((tmp_path / "snapshots").iterdir()) == [tmp_path / "snapshots" / "before.snapshot"]

    back = opened(state=tmp_path)
    held = back.quickbooks.company.records["Vendor"]
    assert [record.body["DisplayName"] for record in held.values()] == names == ["Norton", "Elm", "Oak"]
    assert back.kit.clock.now() == datetime(2026, 3, 2, 16, 1, 30, tzinfo=UTC)
    assert [row["name"] for row in control(back, "GET", "snapshots")["snapshots"]] == ["before"]
    control(back, "POST", "restore", {"name": "before"})
    control(back, "POST", "reset")
    back.close()
    assert len(list(tmp_path.glob("base-*.snapshot"))) == 1
    again = opened(state=tmp_path)
    assert not again.quickbooks.company.records["Vendor"]
    again.close()


def test_a_base_that_is_gone_is_named_with_what_to_do(tmp_path: Path) -> None:
    office = opened(state=tmp_path)
    control(office, "POST", "reset")
    office.close()
    next(tmp_path.glob("base-*.snapshot")).write_bytes(b"tieout sandbox snapshot 1\nnonsense")
    with pytest.raises(SandboxError, match=r"base-000001\.snapshot can't be read .* delete .* to begin anew"):
        opened(state=tmp_path)


def test_a_snapshot_that_was_damaged_is_refused_and_everything_stays_as_it_is(tmp_path: Path) -> None:
    office = worked_on(state=tmp_path)
    control(office, "POST", "snapshots", {"name": "before"})
    file = tmp_path / "snapshots" / "before.snapshot"
    for spoiled in (file.read_bytes()[:-3], b"", file.read_bytes().replace(b"Norton", b"Nortom")):
        file.write_bytes(spoiled)
        status, said = controlled(office, "POST", "restore", {"name": "before"})
        assert (status, "take it again" in said["error"]) == (400, True)
    assert [one.body["DisplayName"] for one in office.quickbooks.company.records["Vendor"].values()] == ["Norton"]
    office.close()


def test_a_state_folder_that_cannot_be_written_is_named_and_nothing_is_lost(tmp_path: Path) -> None:
    office = worked_on(state=tmp_path)
    (tmp_path / "snapshots").write_text("in the way")
    status, said = controlled(office, "POST", "snapshots", {"name": "before"})
    assert (status, f"{tmp_path}/snapshots" in said["error"], "mend the folder" in said["error"]) == (507, True, True)
    assert [one.body["DisplayName"] for one in office.quickbooks.company.records["Vendor"].values()] == ["Norton"]
    office.close()


def test_a_restore_does_not_hold_a_company_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    office = worked_on()
    office.keep("before")
    [record] = office.quickbooks.company.records["Vendor"].values()
    held, load = [], pickle.loads

    def loads(content: memoryview) -> Any:
        held.append(sys.getrefcount(record) - 1)
        return load(content)

    monkeypatch.setattr(pickle, "loads", loads)
    office.restore("before")
    assert held == [1]      # this test's own hand is the only one that still holds the vendor of before


@pytest.mark.parametrize("taken_by", ["this code", "another"])
def test_a_snapshot_is_read_by_the_code_that_took_it_and_by_another_that_can(
        monkeypatch: pytest.MonkeyPatch, taken_by: str) -> None:
    office = worked_on()
    office.keep("before")
    first = everything(office)
    if taken_by == "another":
        monkeypatch.setattr(snapshot, "_code", lambda: b"0" * snapshot.DIGEST)
    office.restore("before")
    assert everything(office) == first


@pytest.mark.parametrize(("method", "path", "body", "words"), [
    ("POST", "snapshots", {"name": "../etc"}, "lower-case letters"), ("POST", "snapshots", {}, "lower-case letters"),
    ("POST", "restore", {"name": "nothing"}, "There is no snapshot 'nothing'; there are: none"),
    ("POST", "restore", {"from": 1}, "'from'"), ("POST", "clock", {"frozen": 1}, "true or false")])
def test_a_wrong_call_is_refused_in_a_sentence(method: str, path: str, body: object, words: str) -> None:
    status, said = controlled(opened(), method, path, body)
    assert (status, words in said["error"]) == (400, True), said


def test_snapshots_are_listed_replaced_deleted_and_bounded() -> None:
    office = opened()
    for number in range(20):
        control(office, "POST", "snapshots", {"name": f"s{number}"})
    control(office, "POST", "snapshots", {"name": "s7"})
    status, said = controlled(office, "POST", "snapshots", {"name": "one-more"})
    assert (status, "delete one first" in said["error"]) == (400, True)
    left = control(office, "DELETE", "snapshots", name="s7")["snapshots"]
    assert len(left) == 19
    assert controlled(office, "DELETE", "snapshots", name="s7")[0] == 400


def test_the_clock_can_be_stopped_moved_and_started_again(tmp_path: Path) -> None:
    office = Sandbox.start(clock="2026-03-02T16:00:00+00:00", state=tmp_path)
    stopped = control(office, "POST", "clock", {"frozen": True})
    assert control(office, "GET", "clock") == stopped == {"now": stopped["now"], "frozen": True}
    assert control(office, "POST", "clock", {"advance_s": 60})["frozen"] is True
    at = office.kit.clock.now()
    office.close()
    back = Sandbox.start(state=tmp_path)
    assert (back.kit.clock.now(), control(back, "GET", "clock")["frozen"]) == (at, True)
    control(back, "POST", "clock", {"frozen": False})
    assert timedelta(0) < back.kit.clock.now() - at < timedelta(seconds=10)
    before = back.kit.clock.now()
    sleep(0.002)
    assert back.kit.clock.now() > before
    back.close()


def test_tokens_rate_windows_and_change_data_capture_obey_the_clock() -> None:
    office = opened(limits="vendor")
    tokens = connected(office)
    statuses = [books(office, "GET", "preferences", token=tokens["access_token"]).status for _ in range(11)]
    assert statuses == [200] * 10 + [429]
    control(office, "POST", "clock", {"advance_s": 1})
    assert books(office, "GET", "preferences", token=tokens["access_token"]).status == 200
    statuses = [field(office, "GET", "/rest/v1.0/me").status for _ in range(26)]
    assert statuses == [200] * 25 + [429]
    control(office, "POST", "clock", {"advance_s": 10})
    assert field(office, "GET", "/rest/v1.0/me").status == 200
    control(office, "POST", "clock", {"advance_s": 3600})
    assert books(office, "GET", "preferences", token=tokens["access_token"]).status == 401
    assert token_call(office, grant_type="refresh_token", refresh_token=tokens["refresh_token"]).status == 200
    since = "2026-03-02T16:00:00Z"
    assert books(office, "GET", "cdc", entities="Vendor", changedSince=since).status == 200
    control(office, "POST", "clock", {"advance_s": 31 * 86400})
    assert books(office, "GET", "cdc", entities="Vendor", changedSince=since).status == 400
