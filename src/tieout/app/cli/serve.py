"""`tieout serve`, `tieout web`, `tieout worker`: the processes.

`serve` is a parent of two children, so that a sync cannot take the pages down; it starts either again when it ends.
"""
from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from typing import Annotated, Any, NoReturn

import typer

from tieout.app.cli.common import answer, now, say, start
from tieout.app.stop import NEEDS_A_PERSON, Stop

Host = Annotated[str, typer.Option("--host", help="The address to listen on.")]
Port = Annotated[int, typer.Option("--port", min=1, max=65535, help="The port of the pages.")]
Threads = Annotated[int, typer.Option("--threads", min=1, max=64, help="How many requests at once.")]

HERE, PORT = "127.0.0.1", 8420
STOP_WAIT_S = 15.0
WATCH_S = 0.2
RESTART_S = (0.5, 30.0)                                      # first pause, and longest, before a child starts again
STEADY_S = 60.0                                              # a child that lived so long is started again at once
PARENT = "TIEOUT_PARENT"


def serve(host: Host = HERE, port: Port = PORT, threads: Threads = 8) -> None:
    """Everything in one: the pages and a worker. Data stays in TIEOUT_HOME."""
    must_be_free(host, port)
    set_base_url(host, port)
    start(thorough=True)
    everything(host, port, threads)


def everything(host: str, port: int, threads: int) -> NoReturn:
    """The pages and a worker as children of this process, until it is told to stop."""
    from django.conf import settings
    from django.db import connections

    from tieout.app.web.setup_link import make_setup_link

    link = make_setup_link(now())
    connections.close_all()
    answer(f"tieout is at {settings.TIEOUT_BASE_URL} (data in {settings.TIEOUT_HOME})")
    if link:
        answer(f"To make the first user, open this link once, within a day:\n{link}")
    sys.stdout.flush()
    children = [Child("web", ["web", "--host", host, "--port", str(port), "--threads", str(threads)]),
                Child("worker", ["worker"])]
    raise typer.Exit(_watch(children))


class Child:
    """One of the two processes."""

    def __init__(self, name: str, arguments: list[str]) -> None:
        self.name, self.arguments = name, arguments
        self.process: subprocess.Popen[bytes] | None = None
        self.started_at, self.start_at, self.pause_s = 0.0, 0.0, RESTART_S[0]

    def start(self) -> None:
        # A group of its own, so that Ctrl-C reaches the parent only, which then ends both in order.
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tieout.app.cli.main", *self.arguments], start_new_session=True,
            stdin=subprocess.DEVNULL, env={**os.environ, PARENT: str(os.getpid())})
        self.started_at = time.monotonic()

    def keep_going(self) -> None:
        """Starts it again when it has ended, after a pause that grows while it keeps ending."""
        clock = time.monotonic()
        if self.process is None:
            if clock >= self.start_at:
                self.start()
            return
        status = self.process.poll()
        if status is None:
            return
        if clock - self.started_at > STEADY_S:
            self.pause_s = RESTART_S[0]
        say(f"{self.name} ended with status {status}; starting it again in {self.pause_s:.1f} s")
        self.process, self.start_at = None, clock + self.pause_s
        self.pause_s = min(self.pause_s * 2, RESTART_S[1])

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()

    def wait(self, until: float) -> None:
        if self.process is None:
            return
        try:
            self.process.wait(max(0.0, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def _watch(children: list[Child]) -> int:
    stop = _on_signals()
    try:
        while not stop.is_set():
            for child in children:
                child.keep_going()
            stop.wait(WATCH_S)
    finally:
        for child in children:
            child.stop()
        until = time.monotonic() + STOP_WAIT_S
        for child in children:
            child.wait(until)
    return 0


def _on_signals() -> threading.Event:
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop


def web(host: Host = HERE, port: Port = PORT, threads: Threads = 8) -> None:
    """The pages alone."""
    must_be_free(host, port)
    set_base_url(host, port)
    start()
    from django.db import connections

    connections.close_all()
    _end_with_parent()
    from gunicorn.app.base import BaseApplication

    from tieout.app.wsgi import application

    class Pages(BaseApplication):
        def load_config(self) -> None:
            options: dict[str, Any] = {
                "bind": f"[{host}]:{port}" if ":" in host else f"{host}:{port}", "workers": 1, "threads": threads,
                "worker_class": "gthread", "timeout": 120, "graceful_timeout": 10, "loglevel": "warning",
                "control_socket_disable": True, "proc_name": "tieout web"}
            for name, value in options.items():
                self.cfg.set(name, value)

        def load(self) -> Any:
            return application

    Pages().run()


def worker(every: Annotated[float | None, typer.Option("--every", min=1, help="Seconds between turns.")] = None,
           at_once: Annotated[int, typer.Option("--at-once", min=1, max=64, help="Pairs at a time.")] = 2) -> None:
    """A worker alone: takes turns of every pair that is not Off."""
    start()
    _end_with_parent()
    from django.conf import settings

    from tieout.app import wiring
    from tieout.engine import worker as engine

    stop = _on_signals()
    try:
        engine.work(place=engine_place(), run_turn=wiring.run_turn, stop=stop, at_once=at_once,
                    every_s=every or settings.TIEOUT_TURN_EVERY_S)
    except Exception as trouble:
        _leave(f"the worker cannot go on: {type(trouble).__name__}: {trouble}", NEEDS_A_PERSON)
    # A turn at hand is left where it stands, as after a crash: its thread would be waited for otherwise.
    _leave("", 0)


def engine_place() -> Any:
    """Where the durable engine keeps its rows: a file beside ours, or a schema in our PostgreSQL database."""
    from django.conf import settings

    from tieout.engine.durable import Place

    url = os.environ.get("TIEOUT_DATABASE_URL", "")
    if url.startswith("postgres:"):                          # Django's drivers take both spellings, SQLAlchemy one
        url = "postgresql:" + url.removeprefix("postgres:")
    return Place(postgresql_url=url) if url else Place(file=settings.TIEOUT_ENGINE_FILE)


def _leave(says: str, status: int) -> NoReturn:
    import logging

    if says:
        say(says)
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


def must_be_free(host: str, port: int) -> None:
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as refused:
        raise Stop(f"Port {port} on {host} cannot be used: {refused.strerror}. Stop what listens there, or choose "
                   "another with --port.") from refused


def set_base_url(host: str, port: int) -> None:
    """What the pages call themselves, unless TIEOUT_BASE_URL says it. Set before the settings are read."""
    if not os.environ.get("TIEOUT_BASE_URL"):
        shown = HERE if host in ("0.0.0.0", "::") else f"[{host}]" if ":" in host else host  # noqa: S104  (compared)
        os.environ["TIEOUT_BASE_URL"] = f"http://{shown}:{port}"


def _end_with_parent() -> None:
    """A child whose parent was killed outright ends by itself."""
    parent = os.environ.get(PARENT, "")
    if not parent.isdigit():
        return

    def watch() -> None:
        while os.getppid() == int(parent):
            time.sleep(1)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="parent", daemon=True).start()
