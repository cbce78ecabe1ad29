"""Both stand-ins on their ports, in one process and one event loop."""
from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from typing import Any, Literal, cast

import httpx2
import uvicorn
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.auto import AutoHTTPProtocol

from tieout.sandbox.faults import FaultError, Faults, read_faults, refuse_what_never_comes
from tieout.sandbox.kit import Limits, Request, Response
from tieout.sandbox.sandbox import Sandbox, SandboxError, ServiceName
from tieout.sandbox.webhooks import LONGEST_BODY_KEPT, Delivery

HOST = "127.0.0.1"
LARGEST_BODY = 101 * 1024 * 1024      # above the largest upload, which is refused by the vendor's own code
LOOK_FOR_WEBHOOKS_S = 0.1
USER_AGENT = "Webhooks/1.0"             # the vendors do not say what theirs is
LONGEST_LATENCY_MS = 60_000
WebhookReach = Literal["local", "any"]


def application(sandbox: Sandbox, service: ServiceName) -> Starlette:
    """The ASGI application of one stand-in."""

    async def front(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            request = await _request(scope, receive)
        except ConnectionAbortedError:
            return
        response = Response(413) if request is None else sandbox.handle(service, request)
        if wait_s := sandbox.latency_ms / 1000 + response.delay_s:
            await asyncio.sleep(wait_s)
        connection = CONNECTIONS.get(_ends(scope.get("server"), scope.get("client")))
        if response.lost and not response.short and connection is not None:
            connection.abort()
            await asyncio.sleep(0)
            return
        await _send(response, send, now=sandbox.kit.clock.now(), head=scope["method"] == "HEAD")

    routes: ASGIApp = front
    return Starlette(routes=[Mount("/", app=routes)])


async def _request(scope: Scope, receive: Receive) -> Request | None:
    """None when the body is larger than the vendors take. A client that goes away in the middle of its body has sent
    nothing: a form that breaks off could still be read."""
    parts, size, more = [], 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ConnectionAbortedError
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        more = message.get("more_body", False)
        if size > LARGEST_BODY:
            return None
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    return Request.of(scope["method"], scope["path"], query=scope["query_string"].decode("latin-1"),
                      headers=headers, body=b"".join(parts))


async def _send(response: Response, send: Send, *, now: datetime, head: bool) -> None:
    """A short answer, and a lost one where the connection itself is out of reach, promises more bytes than come: the
    client sees a cut connection, never an answer."""
    length = len(response.body) + (1 if response.lost else 0)
    headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in response.headers.items()]
    headers += [(b"date", format_datetime(now.astimezone(UTC), usegmt=True).encode()),
                (b"content-length", str(length).encode())]
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    if response.lost:
        await send({"type": "http.response.body", "body": response.body[:len(response.body) // 2], "more_body": True})
        return
    await send({"type": "http.response.body", "body": b"" if head else response.body})


CONNECTIONS: dict[tuple[Any, ...], asyncio.Transport] = {}      # by both ends: a client may use a port of its own twice


def _ends(server: Iterable[Any] | None, client: Iterable[Any] | None) -> tuple[Any, ...]:
    return (*(server or ()), *(client or ()))


class _Protocol(AutoHTTPProtocol):      # type: ignore[misc, valid-type]  # uvicorn picks the class when it is imported
    """Knows its connection by its two ends, so that a fault can cut it without a word."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self.ends = _ends(transport.get_extra_info("sockname"), transport.get_extra_info("peername"))
        CONNECTIONS[self.ends] = cast(asyncio.Transport, transport)

    def connection_lost(self, exc: Exception | None) -> None:
        CONNECTIONS.pop(self.ends, None)
        super().connection_lost(exc)


class _Server(uvicorn.Server):
    """Two servers share one process, so that neither may take the signals for itself."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def listening(port: int, option: str) -> socket.socket:
    """A socket on the loopback address; port 0 takes a free one."""
    # the protocol is named, else asyncio leaves Nagle's algorithm on and each answer waits 40 ms for an acknowledgement
    found = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        found.bind((HOST, port))
        found.listen(2048)
    except (OSError, OverflowError) as wrong:
        found.close()
        raise SandboxError(f"Port {port} can't be used ({getattr(wrong, 'strerror', None) or wrong}). Stop what "
                           f"listens there, or choose another port with {option}.") from wrong
    return found


async def _post_webhooks(sandbox: Sandbox) -> None:
    """Sends what is due, each address by itself, until cancelled."""
    under_way: set[asyncio.Task[None]] = set()
    while True:
        for delivery in sandbox.webhooks.take():
            task = asyncio.create_task(_post_webhook(sandbox, delivery))
            under_way.add(task)
            task.add_done_callback(under_way.discard)
        await asyncio.sleep(LOOK_FOR_WEBHOOKS_S)


async def _post_webhook(sandbox: Sandbox, delivery: Delivery) -> None:
    hooks = sandbox.webhooks
    destination = hooks.destinations.get(delivery.destination)
    status, error, body = 0, "", ""
    if not hooks.may_reach(delivery.url):
        error = f"Only this machine is reached, not {delivery.url}; start the sandbox with --webhooks any."
    else:
        try:
            async with httpx2.AsyncClient(timeout=destination.timeout_s if destination else 5.0,
                                          trust_env=False, headers={"User-Agent": USER_AGENT}) as client:
                answer = await client.post(delivery.url, headers=dict(delivery.headers), content=delivery.body)
            status, body = answer.status_code, answer.text[:LONGEST_BODY_KEPT]
        except (httpx2.HTTPError, httpx2.InvalidURL, ValueError, OSError) as wrong:
            error = str(wrong) or type(wrong).__name__
    if sandbox.webhooks is hooks:        # else the sandbox was put back meanwhile, and never sent it
        hooks.settle(delivery, status, error=error, body=body)


async def _serve(sandbox: Sandbox, sockets: dict[ServiceName, socket.socket]) -> None:
    servers = [(_Server(uvicorn.Config(
        application(sandbox, service), log_config=None, log_level="critical", access_log=False, lifespan="off",
        server_header=False, date_header=False, timeout_graceful_shutdown=2, http=_Protocol)), found)
        for service, found in sockets.items()]

    def stop() -> None:
        for server, _ in servers:
            server.should_exit = True

    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(ValueError, NotImplementedError, RuntimeError):      # only a main thread gets signals
            loop.add_signal_handler(name, stop)
    postman = asyncio.create_task(_post_webhooks(sandbox))
    try:
        await asyncio.gather(*(server.serve(sockets=[found]) for server, found in servers))
    finally:
        postman.cancel()


def run(*, world: str = "empty", procore_port: int = 9201, qbo_port: int = 9101, state: Path | None = None,
        seed: int = 0, latency_ms: int = 0, limits: Limits | None = None, faults: Path | None = None,
        clock: str | None = None, leashed: bool = False, webhooks: WebhookReach = "local",
        announce: Callable[[str], None] | None = None) -> int:
    """Serves until SIGTERM or SIGINT, and on a leash until standard input closes: it then ends with whoever started it,
    however that one ended. Announces itself by one line of JSON. Exit status 2 for wrong use."""
    sockets: dict[ServiceName, socket.socket] = {}
    try:
        if not 0 <= latency_ms <= LONGEST_LATENCY_MS:
            raise SandboxError(f"--latency-ms must be from 0 to {LONGEST_LATENCY_MS}, not {latency_ms}.")
        sockets["procore"] = listening(procore_port, "--procore-port")
        sockets["quickbooks"] = listening(qbo_port, "--qbo-port")
        sandbox = Sandbox.start(world, seed=seed, limits=limits, clock=clock, state=state, latency_ms=latency_ms,
                                faults=_plan(faults) if faults is not None else None,
                                webhooks_anywhere=webhooks == "any", usual_limits="vendor")
        if faults is not None:
            _check(sandbox, faults)
    except SandboxError as wrong:
        print(wrong, file=sys.stderr)
        for found in sockets.values():
            found.close()
        return 2
    gc.freeze()     # a collection of everything would look at each document, for a second in a large company
    ports = {service: found.getsockname()[1] for service, found in sockets.items()}
    line = json.dumps(sandbox.announcement(ports["procore"], ports["quickbooks"]))
    (announce or _print)(line)
    if leashed:
        threading.Thread(target=_stop_at_end_of_input, daemon=True).start()
    try:
        asyncio.run(_serve(sandbox, sockets))
    finally:
        sandbox.close()
    return 0


def _stop_at_end_of_input() -> None:
    # not by its buffer, whose lock a thread of the background may not hold at the end
    while os.read(sys.stdin.fileno(), 4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


def _print(line: str) -> None:
    print(line, flush=True)


def _check(sandbox: Sandbox, file: Path) -> None:
    try:
        refuse_what_never_comes(sandbox.kit.faults, sandbox.known_calls())
    except FaultError as wrong:
        sandbox.close()
        raise SandboxError(f"The fault plan {file}: {wrong}") from wrong


def _plan(file: Path) -> Faults:
    try:
        return read_faults(file)
    except FaultError as wrong:
        raise SandboxError(f"The fault plan {file}: {wrong}") from wrong
