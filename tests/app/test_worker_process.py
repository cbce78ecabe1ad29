"""The real worker on the real wire: it syncs by itself what the set-up file describes, killed or not."""
import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

MAIN = [sys.executable, "-m", "tieout.app.cli.main"]
SET_UP = """
import json, sys
from pathlib import Path
from tieout.app.database import bring_up
bring_up()
from tieout.app.demo import set_up
set_up(json.loads(sys.argv[1]), Path(sys.argv[2]), print)
"""


def tieout(environment: dict[str, str], *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([*MAIN, *arguments], env=environment, capture_output=True, text=True, check=False,
                          timeout=300)


def until(happened: Callable[[], object], seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.5)


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[dict[str, object]]:
    process = subprocess.Popen(
        [*MAIN, "sandbox", "serve", "--world", "maple", "--procore-port", "0", "--qbo-port", "0", "--limits", "off"],
        stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())
    finally:
        process.terminate()
        process.communicate(timeout=30)


@contextmanager
def working(environment: dict[str, str], log: Path, every_s: int = 3600) -> Iterator["subprocess.Popen[bytes]"]:
    with log.open("ab") as out:
        process = subprocess.Popen([*MAIN, "worker", "--every", str(every_s)], env=environment, stdout=out, stderr=out)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(30)


def committed(environment: dict[str, str]) -> tuple[str, str]:
    payable = json.loads(tieout(environment, "tie-out", "--json").stdout)["payable"]
    return payable["committed"]["procore"], payable["committed"]["difference"]


def done(procore: str, difference: str) -> bool:
    return procore != "0.00" and difference == "0.00"


def test_I1_a_worker_syncs_by_itself_and_what_a_killed_one_left_is_taken_up_without_a_double(
        fresh_installation: dict[str, str], sandbox: dict[str, object], tmp_path: Path):
    environment = fresh_installation | {"TIEOUT_PATIENCE_S": "4"}
    made = subprocess.run([sys.executable, "-c", SET_UP, json.dumps(sandbox), str(tmp_path)], env=environment,
                          capture_output=True, text=True, check=False, timeout=120)
    assert made.returncode == 0, made.stderr
    log = tmp_path / "log"
    with working(environment, log) as first:
        until(lambda: json.loads(tieout(environment, "trail", "verify", "--json").stdout)["chains"][-1]["entries"] > 30)
        first.send_signal(signal.SIGKILL)
        first.wait()
    with working(environment, log) as second:
        until(lambda: done(*committed(environment)))
        second.terminate()
        assert second.wait(30) == 0
    last = tieout(environment, "sync", "--until-quiet", "--json")
    [after] = json.loads(last.stdout)["pairs"]
    assert (after["posted"], after["quiet"]) == ({}, True), last.stderr
    assert tieout(environment, "trail", "verify").returncode == 0
    assert "Traceback" not in log.read_text()
