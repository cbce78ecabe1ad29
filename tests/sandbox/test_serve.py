"""The sandbox as a process: its announcement, its control endpoints, lost answers, kills and restarts."""
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from time import sleep
from typing import Any

import httpx2
import pytest

from tieout.sandbox.kit import Faults, Request
from tieout.sandbox.sandbox import Sandbox, SandboxError

ROOT = Path(__file__).resolve().parents[2]
REALM = "/v3/company/4620816365000000001"


class Served:
    """A sandbox in a process of its own."""

    def __init__(self, *options: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tieout.sandbox", "serve", "--procore-port", "0", "--qbo-port", "0",
             "--limits", "off", *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env={**os.environ, "PYTHONPATH": str(ROOT / "src")})
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, self.process.communicate()[1]
        self.said = json.loads(line)
        books = self.said["quickbooks"]
        self.client = httpx2.Client(base_url=books["base_url"], timeout=10,
                                    headers={"Accept": "application/json",
                                             "Authorization": f"Bearer {books['access_token']}"})

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        self.client.close()
        self.process.send_signal(how)
        self.process.communicate(timeout=10)
        return self.process.returncode


Serve = Callable[..., Served]


@pytest.fixture
def serve() -> Iterator[Serve]:
    with ExitStack() as running:
        def start(*options: str) -> Served:
            served = Served(*options)
            running.callback(lambda: served.process.poll() is None and served.stop(signal.SIGKILL))
            return served
        yield start


def call(sandbox: Sandbox, method: str, path: str, body: object = None, **query: str) -> tuple[int, Any]:
    response = sandbox.handle("quickbooks", Request.of(
        method, path, query=tuple(query.items()), body=b"" if body is None else json.dumps(body).encode(),
        headers={"Accept": "application/json",
                 "Authorization": f"Bearer {sandbox.quickbooks.script_token}", "Content-Type": "application/json"}))
    return response.status, json.loads(response.body)


def test_one_line_says_all_that_a_client_needs_and_a_stop_is_graceful(serve: Serve) -> None:
    served = serve("--clock", "2026-03-02T08:00:00-08:00")
    assert set(served.said) >= {"procore", "quickbooks"}
    assert served.said["quickbooks"]["realm_id"] == "4620816365000000001"
    for system in ("procore", "quickbooks"):
        part = served.said[system]
        assert part["base_url"] == part["login_url"]
        assert all(part[key] for key in ("client_id", "client_secret", "access_token"))
        assert httpx2.get(part["base_url"] + "/_sandbox/health", timeout=5).json()["ok"] is True
    assert "Simulation." in httpx2.get(served.said["desk"], timeout=5).text
    answer = served.client.get(f"{REALM}/companyinfo/4620816365000000001")
    assert answer.status_code == 200
    assert answer.headers["intuit_tid"]
    assert answer.json()["time"].startswith("2026-03-02T08:")
    company = served.said["procore"]
    me = httpx2.get(company["base_url"] + "/rest/v1.0/me", timeout=5, headers={
        "Authorization": f"Bearer {company['access_token']}", "Procore-Company-Id": company["company_id"]})
    assert me.status_code == 200
    assert served.stop() == 0


def test_a_lost_answer_reaches_no_client_though_the_write_is_done(serve: Serve) -> None:
    served = serve()
    served.client.post("/_sandbox/faults", json={"lost": 1})
    with pytest.raises(httpx2.TransportError):
        served.client.post(f"{REALM}/vendor?requestid=r-1", json={"DisplayName": "Norton"})
    served.client.post("/_sandbox/faults", json={})
    again = served.client.post(f"{REALM}/vendor?requestid=r-1", json={"DisplayName": "Norton"})
    assert again.status_code == 200
    count = served.client.get(f"{REALM}/query", params={"query": "select count(*) from Vendor"}).json()
    assert count["QueryResponse"]["totalCount"] == 1


def test_cut_short_and_slow_answers_look_on_the_wire_as_their_names_say(serve: Serve) -> None:
    served = serve("--clock", "2026-03-02T08:00:00-08:00")
    served.client.post("/_sandbox/faults", json={"rules": [
        {"kind": "refused", "entity": "vendor", "call": 1}, {"kind": "short", "entity": "vendor", "call": 2},
        {"kind": "slow", "delay_s": 0.3, "entity": "vendor", "call": 3}]})
    vendor = f"{REALM}/vendor?requestid=r-1"
    with pytest.raises(httpx2.RemoteProtocolError, match="without sending a response"):
        served.client.post(vendor, json={"DisplayName": "Norton"})
    with pytest.raises(httpx2.RemoteProtocolError, match=r"incomplete|peer closed"):
        served.client.post(vendor, json={"DisplayName": "Norton"})
    answer = served.client.post(vendor, json={"DisplayName": "Norton"})
    assert (answer.status_code, answer.elapsed >= timedelta(seconds=0.3)) == (200, True)
    assert answer.headers["date"].startswith("Mon, 02 Mar 2026 16:00:"), "the date is the sandbox's"
    assert len(served.client.get(f"{REALM}/query", params={"query": "select * from Vendor"}).json()["QueryResponse"][
        "Vendor"]) == 1
    served.client.post("/_sandbox/clock", json={"now": "2026-05-04T08:00:00-07:00", "frozen": True})
    assert served.client.get("/_sandbox/health").headers["date"] == "Mon, 04 May 2026 15:00:00 GMT"


def test_a_served_sandbox_sends_its_webhooks_by_itself_and_tries_again_when_the_clock_is_moved(serve: Serve) -> None:
    got: list[bytes] = []
    agents: list[str] = []

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            agents.append(self.headers["user-agent"])
            got.append(self.rfile.read(int(self.headers["content-length"])))
            self.send_response(500 if len(got) == 1 else 200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Says nothing."""

    def deliveries(state: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = served.client.get("/_sandbox/webhooks", params={"state": state}).json()[
            "deliveries"]
        return rows

    with HTTPServer(("127.0.0.1", 0), Receiver) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        served = serve()
        url = f"http://127.0.0.1:{server.server_port}/hooks"
        served.client.post("/_sandbox/quickbooks/webhooks", json={"url": url, "delay_s": 0})
        served.client.post(f"{REALM}/vendor", json={"DisplayName": "Norton"})
        eventually(lambda: got and deliveries("waiting"))
        served.client.post("/_sandbox/clock", json={"advance_s": 10})
        eventually(lambda: deliveries("delivered"))
        server.shutdown()
    assert got[0] == got[1]
    assert agents == ["Webhooks/1.0"] * 2
    [row] = deliveries("delivered")
    assert [attempt["status"] for attempt in row["attempts"]] == [500, 200]


def eventually(happens: Callable[[], Any]) -> None:
    for _ in range(500):
        if happens():
            return
        sleep(0.02)
    raise AssertionError("it did not happen within ten seconds")


def test_a_killed_sandbox_comes_back_exactly(serve: Serve, tmp_path: Path) -> None:
    def whole(served: Served) -> list[str]:
        found = [served.client.get(f"{REALM}/query", params={"query": f"select * from {entity} maxresults 1000"}).text
                 for entity in ("Vendor", "Account", "Bill", "Term")]
        return [text.rsplit('"time"', 1)[0] for text in found]

    served = serve("--state", str(tmp_path))
    served.client.post("/_sandbox/clock", json={"advance_s": 86400 * 10})
    vendor = served.client.post(f"{REALM}/vendor", json={"DisplayName": "Norton"}).json()["Vendor"]["Id"]
    account = served.client.post(f"{REALM}/account", json={"Name": "Cost", "AccountType": "Expense"}).json()
    cost = account["Account"]["Id"]
    bill = {"VendorRef": {"value": vendor}, "Line": [
        {"Amount": 10.25, "DetailType": "AccountBasedExpenseLineDetail",
         "AccountBasedExpenseLineDetail": {"AccountRef": {"value": cost}}}]}
    for number in range(5):
        served.client.post(f"{REALM}/bill?requestid=b{number}", json=bill)
    served.client.post("/_sandbox/quickbooks/closing-date", json={"date": "2026-01-31"})
    before = whole(served)
    served.stop(signal.SIGKILL)
    with (tmp_path / "journal.jsonl").open("ab") as journal:
        journal.write(b'{"service": "quickbooks", "at": "2026')          # the line that the kill cut

    back = serve("--state", str(tmp_path))
    assert whole(back) == before
    now = datetime.fromisoformat(back.client.get("/_sandbox/clock").json()["now"])
    assert timedelta(days=9, hours=23) < now - datetime.now(UTC) < timedelta(days=10, hours=1)
    assert back.client.get(f"{REALM}/preferences").json()["Preferences"]["AccountingInfoPrefs"]["BookCloseDate"]
    assert back.client.get("/_sandbox/calls").json()["quickbooks"] == {
        "GET /v3/company/{realm}/preferences": 1, "GET /v3/company/{realm}/query": 4}
    repeated = back.client.post(f"{REALM}/bill?requestid=b3", json=bill)
    assert repeated.status_code == 200
    assert whole(back) == before
    new = back.client.post(f"{REALM}/vendor", json={"DisplayName": "Elm"}).json()["Vendor"]["Id"]
    back.stop(signal.SIGKILL)
    assert f'"Id":"{new}"' in whole(serve("--state", str(tmp_path)))[0]


def run(*options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "tieout.sandbox", "serve", *options], capture_output=True, text=True,
                          timeout=30, check=False, env={**os.environ, "PYTHONPATH": str(ROOT / "src")})


def test_a_form_that_breaks_off_because_its_client_went_away_is_not_done(serve: Serve) -> None:
    served = serve()
    told = served.said["procore"]
    host, port = told["base_url"].removeprefix("http://").split(":")
    head = (f"POST /rest/v1.0/vendors?company_id={told['company_id']} HTTP/1.1\r\nHost: x\r\n"
            f"Authorization: Bearer {told['access_token']}\r\nProcore-Company-Id: {told['company_id']}\r\n"
            "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 400\r\n\r\nvendor[name]=Oak Ha")
    with socket.create_connection((host, int(port))) as cut:
        cut.sendall(head.encode())
        sleep(0.1)
    sleep(0.1)
    headers = {"Authorization": f"Bearer {told['access_token']}", "Procore-Company-Id": told["company_id"]}
    path = f"{told['base_url']}/rest/v1.0/vendors?company_id={told['company_id']}"
    assert served.client.get(path, headers=headers).json() == []


def test_a_cut_hits_its_own_connection_though_the_client_uses_one_port_for_both(serve: Serve) -> None:
    served = serve()
    served.client.post("/_sandbox/faults", json={"rules": [{"kind": "lost", "service": "procore"}]})
    with socket.socket() as procore, socket.socket() as books:
        for end, service in ((procore, "procore"), (books, "quickbooks")):
            end.settimeout(5)
            end.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            end.bind(("127.0.0.1", 0 if end is procore else procore.getsockname()[1]))
            end.connect(("127.0.0.1", int(served.said[service]["base_url"].rpartition(":")[2])))
        sleep(0.1)
        procore.sendall(b"GET /rest/v1.0/me HTTP/1.1\r\nHost: x\r\n\r\n")
        assert cut(procore)
        books.sendall(b"GET /_sandbox/health HTTP/1.1\r\nHost: x\r\n\r\n")
        assert books.recv(1000).startswith(b"HTTP/1.1 200")


def cut(end: socket.socket) -> bool:
    try:
        return end.recv(1000) == b""
    except ConnectionResetError:
        return True


def test_many_clients_at_once_and_a_kill_lose_nothing_that_was_answered(serve: Serve, tmp_path: Path) -> None:
    served = serve("--state", str(tmp_path))
    answered: list[str] = []

    def work(number: int) -> None:
        with httpx2.Client(base_url=served.client.base_url, headers=served.client.headers, timeout=10) as client:
            for n in range(200):
                try:
                    made = client.post(f"{REALM}/vendor", json={"DisplayName": f"V {number}-{n}"})
                except httpx2.HTTPError:
                    return
                assert made.json()["Vendor"]["DisplayName"] == f"V {number}-{n}"
                answered.append(f"V {number}-{n}")

    clients = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for client in clients:
        client.start()
    while len(answered) < 150:
        sleep(0.01)
    served.stop(signal.SIGKILL)
    for client in clients:
        client.join()
    back = serve("--state", str(tmp_path))
    query = "select * from Vendor maxresults 1000"
    held = back.client.get(f"{REALM}/query", params={"query": query}).json()["QueryResponse"]["Vendor"]
    assert {row["DisplayName"] for row in held} >= set(answered)
    assert len({row["Id"] for row in held}) == len(held) <= len(answered) + len(clients)


def test_a_port_in_use_is_named_with_the_option_that_changes_it() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        ended = run("--procore-port", "0", "--qbo-port", port)
    assert ended.returncode == 2
    assert port in ended.stderr
    assert "--qbo-port" in ended.stderr
    assert ended.stdout == ""


@pytest.mark.parametrize(("options", "words"), [
    (("--clock", "tomorrow"), "ISO time"), (("--clock", "9999-12-31"), "from 2000-01-01 to 2100-01-01"),
    (("--latency-ms", "-5"), "--latency-ms must be from 0 to 60000, not -5"), (("--world", "nowhere"), "no world"),
    (("--faults", "/nonexistent.toml"), "fault plan")])
def test_wrong_use_ends_with_status_2_and_a_sentence(options: Sequence[str], words: str) -> None:
    ended = run("--procore-port", "0", "--qbo-port", "0", *options)
    assert (ended.returncode, words in ended.stderr) == (2, True), ended.stderr


def test_a_fault_plan_is_read_from_a_file_and_a_wrong_one_is_refused(serve: Serve, tmp_path: Path) -> None:
    plan = tmp_path / "faults.toml"
    plan.write_text("busy = 1.0\nseed = 3\n")
    served = serve("--faults", str(plan))
    assert served.client.get(f"{REALM}/preferences").status_code == 429
    plan.write_text("busy = 2.0\n")
    assert "between 0 and 1" in run("--procore-port", "0", "--qbo-port", "0", "--faults", str(plan)).stderr
    plan.write_text("colour = 1\n")
    assert "'colour'" in run("--procore-port", "0", "--qbo-port", "0", "--faults", str(plan)).stderr


@pytest.mark.parametrize("line", ["5", '{"a": 1}', '{"service": "procore", "method": "POST", "path": "/", "query": [], '
                                  '"headers": {}, "body": "", "at": "soon", "real": "now"}'])
def test_a_journal_that_is_none_is_named_with_what_to_do(tmp_path: Path, line: str) -> None:
    Sandbox.start(state=tmp_path).close()
    (tmp_path / "journal.jsonl").write_text(line + "\n")
    with pytest.raises(SandboxError, match=r"journal\.jsonl holds a line that is no entry .* delete .* to begin anew"):
        Sandbox.start(state=tmp_path)


def test_two_sandboxes_never_share_a_folder_and_a_folder_keeps_its_world(tmp_path: Path) -> None:
    first = Sandbox.start(state=tmp_path)
    with pytest.raises(SandboxError, match="Another sandbox"):
        Sandbox.start(state=tmp_path)
    first.close()
    with pytest.raises(SandboxError, match="holds the world empty with seed 0"):
        Sandbox.start(seed=1, state=tmp_path)
    Sandbox.start(state=tmp_path).close()
    (tmp_path / "sandbox.json").write_text("{")
    with pytest.raises(SandboxError, match=r"sandbox\.json can't be read .* delete .* to begin anew"):
        Sandbox.start(state=tmp_path)


class Office:
    """A world of two steps: a vendor is entered, a month later another."""

    name = "office"
    steps: Sequence[str] = ("one", "two")

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox, self.played = sandbox, 0

    def play_next(self) -> dict[str, Any] | None:
        if self.played == len(self.steps):
            return None
        self.played += 1
        self.sandbox.kit.clock.advance(timedelta(days=30))
        status, answer = call(self.sandbox, "POST", f"{REALM}/vendor", {"DisplayName": f"Vendor {self.played}"})
        assert status == 200
        return {"step": self.steps[self.played - 1], "vendor": answer["Vendor"]["Id"]}


def test_a_step_of_the_world_is_undisturbed_counted_for_nobody_and_repeated_after_a_restart(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tieout.sandbox.sandbox._load", lambda world, sandbox, seed: Office(sandbox))
    monkeypatch.setattr("tieout.sandbox.sandbox._scenario", lambda world, seed: None)
    sandbox = Sandbox.start("office", state=tmp_path, faults=Faults(busy=1.0))
    began = sandbox.kit.clock.now()
    assert call(sandbox, "GET", "/_sandbox/world")[1] == {"name": "office", "steps": ["one", "two"], "played": 0,
                                                          "next": "one"}
    status, answer = call(sandbox, "POST", "/_sandbox/world/next")
    assert (status, answer["done"]["step"], answer["left"]) == (200, "one", 1)
    assert sandbox.kit.calls.of("quickbooks") == {}
    assert timedelta(days=30) <= sandbox.kit.clock.now() - began < timedelta(days=30, minutes=1)
    made = sandbox.quickbooks.company.records["Vendor"]
    assert sandbox.kit.faults.busy == 1.0, "faults are back after the step"
    sandbox.close()
    back = Sandbox.start("office", state=tmp_path)
    assert timedelta(days=30) <= back.kit.clock.now() - began < timedelta(days=30, minutes=1)
    assert (back.world.played, back.quickbooks.company.records["Vendor"]) == (1, made)
    call(back, "POST", "/_sandbox/world/next")
    assert call(back, "POST", "/_sandbox/world/next")[1] == {"done": None, "left": 0}
    back.close()


def test_the_practice_company_is_loaded_alike_each_time() -> None:
    def state() -> str:
        sandbox = Sandbox.start("maple", clock="2026-01-02T08:00:00-08:00", frozen=True)
        assert sandbox.play_next() is not None
        company = sandbox.quickbooks.company
        assert company.profile.name == "Maple Ridge Builders"
        assert sum(company.trial_balance().values()) == 0
        return repr(company)
    assert state() == state()


@pytest.mark.parametrize(("method", "path", "body", "words"), [
    ("POST", "/_sandbox/clock", {"now": "soon"}, "ISO time"), ("POST", "/_sandbox/clock", {"advance_s": "x"}, "number"),
    ("POST", "/_sandbox/clock", {"advance_s": 1e30}, "large"),
    ("POST", "/_sandbox/clock", {"advance_s": float("nan")}, "NaN is no number"),
    ("POST", "/_sandbox/clock", {"advance_s": 2e11}, "from 2000-01-01 to 2100-01-01"),
    ("POST", "/_sandbox/clock", {"now": "0001-01-01T00:00:00+14:00"}, "from 2000-01-01 to 2100-01-01"),
    ("POST", "/_sandbox/clock", {"frozen": "yes"}, "frozen must be true or false, not 'yes'"),
    ("POST", "/_sandbox/faults", {"rules": [{"kind": ["lost"]}]}, "not ['lost']"),
    ("POST", "/_sandbox/quickbooks/closing-date", {"date": None, "password": "no"}, "password must be true"),
    ("POST", "/_sandbox/quickbooks/switches", {"refresh_overlap_s": -1}, "seconds up to"),
    ("POST", "/_sandbox/procore/tools", {"project_id": [], "tool": "budget", "enabled": True}, "project_id must be"),
    ("POST", "/_sandbox/procore/budget-snapshots", {"project_id": {}}, "project_id must be"),
    ("POST", "/_sandbox/procore/switches", {"retainage_percent": "NaN"}, "between 0 and 100"),
    ("POST", "/_sandbox/procore/custom-fields", {"label": "Phase", "required": "no"}, "required must be true or"),
    ("POST", "/_sandbox/clock", {"to": 1}, "'to'"),
    ("POST", "/_sandbox/clock", [1], "object"), ("POST", "/_sandbox/faults", {"lost": 2}, "between 0 and 1"),
    ("POST", "/_sandbox/limits", {"limits": "some"}, "vendor or off"),
    ("POST", "/_sandbox/quickbooks/closing-date", {}, "missing"),
    ("POST", "/_sandbox/quickbooks/switches", {"lenient_links": 1}, "true or false"),
    ("POST", "/_sandbox/quickbooks/switches", {"refresh_overlap_s": True}, "seconds"),
    ("POST", "/_sandbox/quickbooks/switches", {"links": True}, "'links'"),
    ("POST", "/_sandbox/quickbooks/recurring", {"Transfer": {"RecurringInfo": {"Name": "x"}}}, "RecurType"),
    ("POST", "/_sandbox/quickbooks/recurring", {"Payment": {}}, "A template holds one of"),
    ("POST", "/_sandbox/quickbooks/recurring", [1], "A template holds one of"),
    ("POST", "/_sandbox/quickbooks/closing-date", {"date": "May"}, "2026-03-31")])
def test_a_wrong_control_call_says_what_is_wrong(method: str, path: str, body: object, words: str) -> None:
    status, answer = call(Sandbox.start(), method, path, body)
    assert status == 400
    assert words in answer["error"]


def test_a_template_is_set_up_by_the_owner_and_read_by_clients() -> None:
    sandbox = Sandbox.start()
    wanted = {"Transfer": {"FromAccountRef": {"value": "35"}, "ToAccountRef": {"value": "36"}, "Amount": 300.5,
                           "RecurringInfo": {"Name": "Petty cash", "RecurType": "Reminder"}}}
    status, made = call(sandbox, "POST", "/_sandbox/quickbooks/recurring", wanted)
    assert (status, made["Transfer"]["Amount"]) == (200, 300.5)
    path = f"{REALM}/recurringtransaction/{made['Transfer']['Id']}"
    assert call(sandbox, "GET", path)[1]["RecurringTransaction"] == made


def test_an_unknown_control_call_lists_the_known_ones() -> None:
    status, answer = call(Sandbox.start(), "GET", "/_sandbox/nothing")
    assert status == 404
    assert "POST /_sandbox/world/next" in answer["controls"]


def test_the_control_endpoints_move_clock_limits_faults_and_closing_date() -> None:
    sandbox = Sandbox.start(clock="2026-03-02T08:00:00-08:00", frozen=True)
    assert call(sandbox, "POST", "/_sandbox/clock", {"advance_s": 60})[1]["now"] == "2026-03-02T08:01:00-08:00"
    assert call(sandbox, "POST", "/_sandbox/clock", {"now": "2026-04-01"})[1]["now"].startswith("2026-04-01")
    assert call(sandbox, "POST", "/_sandbox/limits", {"limits": "vendor"})[0] == 200
    assert sandbox.kit.limits == "vendor"
    assert call(sandbox, "GET", "/_sandbox/limits")[1] == {"limits": "vendor"}
    assert call(sandbox, "GET", "/_sandbox/health")[1] == {"ok": True, "world": "empty", "limits": "vendor"}
    closing = {"date": "2026-02-28", "password": True}
    assert call(sandbox, "POST", "/_sandbox/quickbooks/closing-date", closing)[0] == 200
    assert sandbox.quickbooks.company.closing_password
    asked = {"custom_numbers": False, "rotate_always": True}
    switches = call(sandbox, "POST", "/_sandbox/quickbooks/switches", asked)[1]
    assert (switches["custom_numbers"], switches["rotate_always"], switches["lenient_links"]) == (False, True, True)
    assert call(sandbox, "GET", "/_sandbox/quickbooks/switches")[1] == switches
    assert call(sandbox, "GET", "/_sandbox/procore/switches")[1]["allow_overbilling"] is True
    balance = call(sandbox, "GET", "/_sandbox/quickbooks/trial-balance", as_of="2026-03-31")[1]
    assert (balance["accounts"], balance["debit"], balance["credit"]) == ([], "0.00", "0.00")
    assert call(sandbox, "GET", "/_sandbox/quickbooks/trial-balance", as_of="x")[0] == 400
    call(sandbox, "GET", f"{REALM}/preferences")
    assert call(sandbox, "DELETE", "/_sandbox/calls")[1] == {"procore": {}, "quickbooks": {}}


@pytest.mark.parametrize(("world", "name", "login"), [
    ("empty", "Demo Builders", "paula.marsh@demobuilders.example"),
    ("maple", "Maple Ridge Builders", "paula.marsh@mapleridge.example")])
def test_both_systems_call_the_company_by_one_name(world: str, name: str, login: str) -> None:
    sandbox = Sandbox.start(world)
    assert sandbox.procore.company.name == sandbox.quickbooks.company.profile.name == name
    assert sandbox.procore.person.login == login
    sandbox.close()
