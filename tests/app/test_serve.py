"""One command serves everything; either part that dies is started again, and all ends together."""
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

WAIT_S = 60


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(happened: Callable[[], object], seconds: float = WAIT_S) -> object:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = happened()
        if found:
            return found
        time.sleep(0.1)
    raise AssertionError("it did not happen in time")


def answers(port: int) -> int:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/login", timeout=10) as page:
            return int(page.status)
    except urllib.error.HTTPError as refused:
        return refused.code
    except OSError:
        return 0


def children(process: "subprocess.Popen[str]") -> dict[str, int]:
    """Name -> pid of the parent's children, from the kernel."""
    listed = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    found = {}
    for pid in listed:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        if b"tieout.app.cli.main" in words:
            found[words[words.index(b"tieout.app.cli.main") + 1].decode()] = int(pid)
    return found


def runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@contextmanager
def serving(environment: dict[str, str], port: int, home: Path) -> Iterator["subprocess.Popen[str]"]:
    with (home / "out").open("w") as out:
        process = subprocess.Popen([sys.executable, "-m", "tieout.app.cli.main", "serve", "--port", str(port)],
                                   env=environment, stdout=out, stderr=subprocess.STDOUT, text=True)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def test_serve_starts_prints_the_set_up_link_survives_its_children_and_stops_cleanly(
        fresh_installation: dict[str, str], tmp_path: Path):
    port = free_port()
    with serving(fresh_installation, port, tmp_path) as process:
        until(lambda: answers(port) == 200)
        said = (tmp_path / "out").read_text()
        link = re.search(rf"http://127\.0\.0\.1:{port}/setup/\S+", said)
        assert link is not None
        with urllib.request.urlopen(link[0], timeout=10) as page:
            assert page.status == 200
        until(lambda: set(children(process)) == {"web", "worker"})
        busy = subprocess.run([sys.executable, "-m", "tieout.app.cli.main", "serve", "--port", str(port)],
                              env=fresh_installation, capture_output=True, text=True, timeout=60, check=False)
        assert (busy.returncode, busy.stdout) == (2, "")
        assert f"Port {port} on 127.0.0.1 cannot be used: Address already in use" in busy.stderr

        before = children(process)
        pages = [int(pid) for pid in Path(f"/proc/{before['web']}/task/{before['web']}/children").read_text().split()]
        for pid in before.values():
            os.kill(pid, signal.SIGKILL)
        until(lambda: set(children(process)) == {"web", "worker"} and not set(children(process).values())
              & set(before.values()))
        until(lambda: not any(runs(pid) for pid in pages), 20)          # gunicorn's child of the one that was killed
        until(lambda: answers(port) == 200)

        left = list(children(process).values())
        process.terminate()
        assert process.wait(30) == 0
        until(lambda: not any(runs(pid) for pid in left), 5)
        assert answers(port) == 0


def test_children_of_a_parent_that_was_killed_end_by_themselves(fresh_installation: dict[str, str], tmp_path: Path):
    port = free_port()
    with serving(fresh_installation, port, tmp_path) as process:
        until(lambda: answers(port) == 200)
        until(lambda: set(children(process)) == {"web", "worker"})
        until(lambda: "is ready" in (tmp_path / "out").read_text())
        left = list(children(process).values())
        process.kill()
        process.wait()
        until(lambda: not any(runs(pid) for pid in left), 30)


BECOMES = """
import sys; from pathlib import Path; import run
run.setup, run.VENV = lambda level: None, Path(sys.prefix)
run.tieout(*sys.argv[1:])
"""


def test_run_py_becomes_the_product_so_that_killing_it_outright_leaves_nothing_running(
        fresh_installation: dict[str, str], tmp_path: Path):
    port = free_port()
    environment = fresh_installation | {"PYTHONPATH": str(Path(__file__).resolve().parents[2])}
    with (tmp_path / "out").open("w") as out:
        process = subprocess.Popen([sys.executable, "-c", BECOMES, "serve", "--port", str(port)], env=environment,
                                   stdout=out, stderr=subprocess.STDOUT, text=True)
    try:
        until(lambda: answers(port) == 200)
        parts = children(process)
        assert set(parts) == {"web", "worker"}
    finally:
        process.kill()
        process.wait()
    until(lambda: not any(runs(pid) for pid in parts.values()))
    assert answers(port) == 0
