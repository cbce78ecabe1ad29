"""The ground the other tests stand on does what it says."""
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def run_py(*arguments: str, program: str = sys.executable) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([program, str(ROOT / "run.py"), *arguments], capture_output=True, text=True, check=False,
                          stdin=subprocess.DEVNULL)


def test_A17_a_test_that_reaches_for_the_network_fails():
    with socket.socket() as outside, pytest.raises(AssertionError, match="tried to reach the network"):
        outside.settimeout(1)
        outside.connect(("192.0.2.1", 80))                   # an address that is nobody's (RFC 5737)


def test_a_fresh_database_is_empty_and_each_test_has_its_own(fresh_database_url: str | None):
    if fresh_database_url is None:
        assert "TIEOUT_DATABASE_URL" not in os.environ
        return
    import psycopg

    with psycopg.connect(fresh_database_url) as database:
        own = database.execute("SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public'")
        version = database.execute("SHOW server_version_num").fetchone()
        assert own.fetchone() == (0,)
        assert version is not None and int(version[0]) >= 150_000
    assert fresh_database_url != os.environ["TIEOUT_DATABASE_URL"]


def test_a_fresh_installation_knows_nothing_of_this_machine(fresh_installation: dict[str, str]):
    ours = {key for key in fresh_installation if key.startswith("TIEOUT_")}
    assert ours <= {"TIEOUT_HOME", "TIEOUT_DATABASE_URL"}
    assert list(Path(fresh_installation["TIEOUT_HOME"]).iterdir()) == []


@pytest.mark.parametrize(("arguments", "said"), [
    (["tset"], "run.py has no command 'tset'"),
    (["setup", "everything"], "setup takes no argument but --runtime"),
    (["lint", "spelling"], "lint knows ruff"),
])
def test_wrong_use_of_run_py_is_exit_2_and_names_the_mistake(arguments: list[str], said: str):
    done = run_py(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr


def test_run_py_alone_says_what_it_can_do():
    done = run_py()
    assert done.returncode == 2
    for command in ("setup", "demo", "serve", "test", "lint", "bench", "simulation", "lock"):
        assert f"run.py {command}" in done.stdout


def test_the_tests_database_server_is_gone_when_its_command_ends():
    reach = "import os, sys; print(os.environ['TIEOUT_DATABASE_URL'].split(':')[-1].split('/')[0]); sys.exit(3)"
    done = subprocess.run([sys.executable, "-m", "tests.postgres", "--", sys.executable, "-c", reach], cwd=ROOT,
                          capture_output=True, text=True, check=False)
    assert done.returncode == 3, done.stderr
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", int(done.stdout))) != 0
