"""A sandbox on two ports of this machine, for tests whose client is a browser."""
from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import uvicorn

from tieout.sandbox.sandbox import Sandbox, ServiceName
from tieout.sandbox.serve import application, listening

START_S = 20


@dataclass(frozen=True)
class Served:
    """Where the two stand-ins listen."""

    sandbox: Sandbox
    procore: str
    quickbooks: str


@contextmanager
def served(sandbox: Sandbox) -> Iterator[Served]:
    with _one(sandbox, "procore") as procore, _one(sandbox, "quickbooks") as quickbooks:
        yield Served(sandbox, procore, quickbooks)


@contextmanager
def _one(sandbox: Sandbox, service: ServiceName) -> Iterator[str]:
    socket = listening(0, service)
    server = uvicorn.Server(uvicorn.Config(application(sandbox, service), log_config=None, lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [socket]}, daemon=True)
    thread.start()
    waiting = threading.Event()
    for _ in range(START_S * 50):
        if server.started:
            break
        waiting.wait(0.02)
    assert server.started, f"the practice {service} did not start"
    yield f"http://127.0.0.1:{socket.getsockname()[1]}"
    server.should_exit = True
    thread.join(START_S)
