"""A sandbox that is killed at any moment comes back as it was: random lives over both services, the controls, the desk,
webhooks under faults, snapshots; and many clients at once."""
from __future__ import annotations

import hashlib
import json
import os
import random
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.sandbox import control as office
from tests.sandbox.control import OPENED, REALM, account, bill_of, books, controlled
from tests.sandbox.control import field as procore
from tieout.sandbox.faults import Faults
from tieout.sandbox.kit import Request, Response
from tieout.sandbox.sandbox import Sandbox
from tieout.sandbox.webhooks import Delivery

HOOKS = "http://127.0.0.1:1"
DISTURBED = ("webhook_missing", "webhook_repeated", "webhook_late", "webhook_out_of_order", "lost", "stale_read",
             "down", "short", "expired_grant", "revoked_grant", "stale_token")
LISTS = ("Vendor", "Account", "Bill", "Attachable", "RecurringTransaction")
UPLOAD = (b'--B\r\nContent-Disposition: form-data; name="file_metadata_01"\r\nContent-Type: application/json\r\n\r\n'
          b'{"FileName":"a.txt","ContentType":"text/plain"}\r\n--B\r\nContent-Disposition: form-data; '
          b'name="file_content_01"; filename="a.txt"\r\nContent-Type: text/plain\r\n\r\nabc\xff\r\n--B--\r\n')


def opened(state: Path) -> Sandbox:
    return Sandbox.start(clock=OPENED, frozen=True, state=state)


def read(answer: Response) -> dict[str, Any]:
    """What it says; nothing where a fault has spoiled it."""
    try:
        said = json.loads(answer.body)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


@dataclass
class Life:
    """Acts by chance, each with a name of its own."""

    sandbox: Sandbox
    chance: random.Random
    number: int = 0
    kept: list[str] = field(default_factory=list)
    tokens: dict[str, Any] = field(default_factory=dict)

    def act(self) -> None:
        self.number += 1
        self.chance.choice(ACTS)(self, f"x{self.number}")

    def one_of(self, entity: str) -> str:
        return self.chance.choice([*self.sandbox.quickbooks.company.records[entity]] or ["1"])

    def control(self, path: str, body: object = None) -> None:
        controlled(self.sandbox, "POST", path, body)

    def desk(self, path: str, **form: str) -> None:
        body = urlencode({name.replace("_1", "-1"): value for name, value in form.items()}).encode()
        self.sandbox.handle("quickbooks", Request.of("POST", f"/_sandbox/desk{path}", body=body))


def bill(life: Life, name: str) -> None:
    body = bill_of(life.one_of("Vendor"), life.one_of("Account"), name, str(life.chance.randint(1, 99999) / 100))
    books(life.sandbox, "POST", "bill", body, requestid=name)


def delete_bill(life: Life, name: str) -> None:
    held = read(books(life.sandbox, "GET", f"bill/{life.one_of('Bill')}")).get("Bill")
    if held:
        books(life.sandbox, "POST", "bill", {"Id": held["Id"], "SyncToken": held["SyncToken"]}, operation="delete")


def retire_vendor(life: Life, name: str) -> None:
    held = read(books(life.sandbox, "GET", f"vendor/{life.one_of('Vendor')}")).get("Vendor")
    if held:
        books(life.sandbox, "POST", "vendor", {**held, "sparse": True, "Active": False})


def batch(life: Life, name: str) -> None:
    """Half of it is refused: the names stand twice."""
    books(life.sandbox, "POST", "batch", {"BatchItemRequest": [
        {"bId": str(n), "operation": "create", "Vendor": {"DisplayName": f"{name}-{n // 2}"}} for n in range(4)]})


def upload(life: Life, name: str) -> None:
    life.sandbox.handle("quickbooks", Request.of("POST", f"{REALM}/upload", body=UPLOAD, headers={
        "Authorization": f"Bearer {life.sandbox.quickbooks.script_token}", "Accept": "application/json",
        "Content-Type": "multipart/form-data; boundary=B"}))


def hook(life: Life, name: str) -> None:
    made = read(procore(life.sandbox, "POST", "/rest/v1.0/webhooks/hooks", {"hook": {
        "api_version": "v4", "namespace": name, "destination_url": f"{HOOKS}/{name}"}}))
    for resource in ("Company Vendors", "Projects"):
        procore(life.sandbox, "POST", f"/rest/v1.0/webhooks/hooks/{made.get('id')}/triggers", {
            "trigger": {"resource_name": resource, "event_type": "create"}})


def deliver(life: Life, name: str) -> None:
    answers = [life.chance.choice((200, 500, 0)) for _ in range(3)]

    def sent(delivery: Delivery) -> int:
        if not (status := answers[delivery.id % 3]):
            raise ConnectionResetError
        return status

    life.sandbox.webhooks.deliver(sent)


def disturb(life: Life, name: str) -> None:
    life.control("faults", {"seed": life.number, "lost": 0.1, "busy": 0.1, "rules": [
        {"kind": kind, "rate": 0.4, **({"delay_s": 30} if kind == "webhook_late" else {})}
        for kind in life.chance.sample(DISTURBED, 3)]})


def connect(life: Life, name: str) -> None:
    controlled(life.sandbox, "DELETE", "faults")
    life.tokens = office.connected(life.sandbox)


def refresh(life: Life, name: str) -> None:
    if life.tokens:
        life.tokens |= read(office.token_call(life.sandbox, grant_type="refresh_token",
                                              refresh_token=life.tokens["refresh_token"]))


def keep(life: Life, name: str) -> None:
    life.control("snapshots", {"name": name})
    life.kept.append(name)


def restore(life: Life, name: str) -> None:
    if life.kept:
        life.control("restore", {"name": life.chance.choice(life.kept)})


ACTS: tuple[Callable[[Life, str], object], ...] = (
    bill, bill, bill, delete_bill, retire_vendor, batch, upload, hook, deliver, deliver, deliver, disturb, connect,
    refresh, keep, restore,
    lambda life, name: books(life.sandbox, "POST", "vendor", {"DisplayName": name}, requestid=name),
    lambda life, name: books(life.sandbox, "POST", "account", {"Name": name, "AccountType": "Expense"}),
    lambda life, name: procore(life.sandbox, "POST", "/rest/v1.0/vendors", {"vendor": {"name": name}}),
    lambda life, name: procore(life.sandbox, "POST", "/rest/v1.0/projects", {"project": {"name": name}}),
    lambda life, name: controlled(life.sandbox, "DELETE", "faults"),
    lambda life, name: controlled(life.sandbox, "DELETE", "quickbooks/webhooks"),
    lambda life, name: life.control("reset") if life.chance.random() < 0.2 else None,
    lambda life, name: life.control("limits", {"limits": life.chance.choice(("vendor", "off"))}),
    lambda life, name: life.control("clock", {"advance_s": life.chance.choice((1, 60, 90_000, -50))}),
    lambda life, name: life.control("clock", {"now": "2026-05-04T08:00:00-07:00"}),
    lambda life, name: life.control("quickbooks/webhooks", {
        "url": f"{HOOKS}/q", "delay_s": life.chance.choice((0, 60)), "shape": "cloudevents"}),
    lambda life, name: life.control("quickbooks/closing-date", {"date": life.chance.choice((None, "2026-02-28"))}),
    lambda life, name: life.control("quickbooks/switches", {"rotate_always": True, "custom_numbers": False}),
    lambda life, name: life.control("quickbooks/disconnect"),
    lambda life, name: life.control("quickbooks/recurring", {"Transfer": {
        "FromAccountRef": {"value": "35"}, "ToAccountRef": {"value": "36"}, "Amount": 300,
        "RecurringInfo": {"Name": name, "RecurType": "Reminder"}}}),
    lambda life, name: life.control("procore/switches", {"webhooks_for_everything": True}),
    lambda life, name: life.control("procore/permissions", {"tool": "commitments", "level": "read_only"}),
    lambda life, name: life.control("procore/custom-fields", {"label": name, "data_type": "string", "on": ["project"]}),
    lambda life, name: life.desk("/clock", days="7"),
    lambda life, name: life.desk("/quickbooks/close", through=life.chance.choice(("", "2026-01-31"))),
    lambda life, name: life.desk("/quickbooks/new-bill", vendor=life.one_of("Vendor"), date="2026-05-01", number=name,
                                 amount_1="12.50", account_1=life.one_of("Account")))


def seen(sandbox: Sandbox) -> list[Any]:
    """Every list of both services, what webhooks have been and are to be sent, the books, and what is set."""
    sandbox.webhooks.call_back()        # what was on its way when it was killed is sent again
    with sandbox.undisturbed():
        found: list[Any] = [books(sandbox, "GET", "query", query=f"select * from {entity} maxresults 1000").body
                            for entity in LISTS]
        found += [procore(sandbox, "GET", path).body for path in (
            "/rest/v1.0/vendors", "/rest/v1.1/projects", "/rest/v1.0/webhooks/hooks",
            f"/rest/v1.1/companies/{sandbox.procore.company.id}/custom_field_definitions")]
        found += [procore(sandbox, "GET", f"/rest/v1.0/webhooks/hooks/{id_}/triggers").body
                  for id_ in sandbox.procore.company.hooks.by_id]
    found += [controlled(sandbox, "GET", path)[1] for path in (
        "clock", "world", "webhooks", "snapshots", "quickbooks/webhooks", "quickbooks/trial-balance")]
    company, oauth = sandbox.quickbooks.company, sandbox.quickbooks.oauth
    found += [sandbox.quickbooks.set_switches({}), sandbox.procore.set_up("switches", {}), company.closed_through,
              company.answers, sorted(oauth.access), sorted(oauth.grants)]
    found += [(destination.failures, destination.resumes, sorted(destination.waiting))
              for destination in sandbox.webhooks.destinations.values()]
    return found


def planned(faults: Faults) -> list[Any]:
    """Without the counts, and without the seed of a plan that has nothing to draw."""
    rules = [{**rule, "seen": 0, "fired": 0} for rule in faults.shown()["rules"]]
    return [rules, faults.lost, faults.busy, faults.down]


@pytest.mark.parametrize("seed", range(8))
def test_a_life_of_any_kind_goes_on_after_each_kill_as_if_there_had_been_none(seed: int, tmp_path: Path) -> None:
    sandbox = opened(tmp_path)
    life, known = Life(sandbox, random.Random(seed)), account(sandbox)
    assert known
    for _ in range(14):
        for _ in range(9):
            life.act()
        before, plan, limits = seen(life.sandbox), life.sandbox.kit.faults, life.sandbox.kit.limits
        assert life.sandbox._lock is not None
        life.sandbox._lock.close()          # as by a kill: nothing else is closed or written
        life.sandbox = opened(tmp_path)
        assert seen(life.sandbox) == before
        assert (life.sandbox.kit.limits, planned(life.sandbox.kit.faults)) == (limits, planned(plan))
        life.sandbox.kit.faults = plan      # with its counts, which are not kept
    life.sandbox.close()


def test_limits_and_the_fault_plan_are_kept_over_a_restart_and_what_the_start_says_wins(tmp_path: Path) -> None:
    sandbox = opened(tmp_path)
    controlled(sandbox, "POST", "limits", {"limits": "vendor"})
    controlled(sandbox, "POST", "faults", {"rules": [{"kind": "down", "entity": "vendor", "count": 1}]})
    assert books(sandbox, "GET", "query", query="select * from Vendor").status == 500
    sandbox.close()
    for _ in range(2):
        back = opened(tmp_path)
        [rule] = controlled(back, "GET", "faults")[1]["rules"]
        assert (rule["entity"], rule["seen"], rule["fired"]) == ("vendor", 0, 0)
        assert controlled(back, "GET", "limits")[1] == {"limits": "vendor"}
        controlled(back, "POST", "snapshots", {"name": "disturbed"})        # and so they are over a restore
        controlled(back, "POST", "restore", {"name": "disturbed"})
        back.close()
    told = Sandbox.start(clock=OPENED, frozen=True, state=tmp_path, limits="off", faults=Faults(busy=0.5))
    assert (told.kit.limits, told.kit.faults.shown()["busy"], told.kit.faults.rules) == ("off", 0.5, [])
    controlled(told, "POST", "reset")
    told.close()
    again = opened(tmp_path)
    assert again.kit.limits == "off"
    again.close()


def test_what_was_done_after_a_restore_is_not_lost_to_the_faults_and_limits_of_the_snapshot(tmp_path: Path) -> None:
    sandbox = opened(tmp_path)
    controlled(sandbox, "POST", "faults", {"down": 1})
    controlled(sandbox, "POST", "snapshots", {"name": "disturbed"})
    controlled(sandbox, "POST", "restore", {"name": "disturbed"})
    controlled(sandbox, "DELETE", "faults")
    office.vendor(sandbox, "Norton")
    sandbox.close()
    back = opened(tmp_path)
    assert [one.body["DisplayName"] for one in back.quickbooks.company.records["Vendor"].values()] == ["Norton"]
    back.close()


def test_a_webhook_sent_twice_by_a_fault_is_the_same_delivery_after_a_restart(tmp_path: Path) -> None:
    sandbox = opened(tmp_path)
    controlled(sandbox, "POST", "quickbooks/webhooks", {"url": f"{HOOKS}/q", "delay_s": 0})
    controlled(sandbox, "POST", "faults", {"rules": [{"kind": "webhook_repeated", "call": 1}]})
    office.vendor(sandbox, "Norton")
    office.vendor(sandbox, "Oak")
    controlled(sandbox, "POST", "clock", {"advance_s": 1})
    first = sandbox.webhooks.take()
    sandbox.webhooks.settle(first[0], 200)
    left = [delivery["id"] for delivery in controlled(sandbox, "GET", "webhooks")[1]["deliveries"]
            if delivery["state"] == "waiting"]
    sandbox.close()
    back = opened(tmp_path)
    assert sorted(delivery.id for delivery in back.webhooks.deliver(lambda delivery: 200)) == sorted(left) == [2, 3]
    back.close()


def whole_life() -> str:
    """A digest of every byte that is answered in one life."""
    sandbox = Sandbox.start("fjord", frozen=True, seed=5)
    life = Life(sandbox, random.Random(3))
    sandbox.play_next()
    for _ in range(60):
        life.act()
    return hashlib.sha256(repr([*seen(sandbox), sandbox.play_next(), connected_again(sandbox)]).encode()).hexdigest()


def connected_again(sandbox: Sandbox) -> object:
    controlled(sandbox, "DELETE", "faults")
    return office.connected(sandbox), office.procore_tokens(sandbox).body


def test_the_same_seed_and_calls_are_the_same_bytes_in_every_process() -> None:
    root = Path(__file__).resolve().parents[2]
    code = "from tests.sandbox.test_comes_back import whole_life; print(whole_life())"
    digests = {subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True, env={
        **os.environ, "PYTHONPATH": f"{root / 'src'}:{root}", "PYTHONHASHSEED": seed}).stdout for seed in ("1", "2")}
    assert len(digests) == 1 and len(digests.pop()) == 65
