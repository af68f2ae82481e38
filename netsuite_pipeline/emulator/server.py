"""Runs an emulated account as an HTTP server on loopback."""

import asyncio
import contextlib
import json
import logging
import math
import os
import secrets
import signal
import socket
import sys
import time
from collections.abc import Callable, Generator

import uvicorn

from netsuite_pipeline.emulator.account.account import EmulatedAccount
from netsuite_pipeline.emulator.account.roles import DATA_PIPELINE
from netsuite_pipeline.emulator.app import create_app
from netsuite_pipeline.emulator.http.broken_connections import Connections
from netsuite_pipeline.emulator.settings import EmulatorSettings

LOOPBACK = "127.0.0.1"
_ACTIVITY_INTERVAL = 1.0
_WATCH_INTERVAL = 0.25

_log = logging.getLogger("netsuite_pipeline.emulator")


class _Server(uvicorn.Server):
    """uvicorn's server, which prints a line when it answers requests, and ends normally on a signal."""

    def __init__(self, config: uvicorn.Config, line: str) -> None:
        super().__init__(config)
        self._line = line

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        print(self._line, flush=True)

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        loop = asyncio.get_running_loop()
        for each in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(each, self._end)
        yield

    def _end(self) -> None:
        self.should_exit = True


def run(settings: EmulatorSettings, parent_pid: int) -> None:
    """Build the company and serve it until a signal, the parent's end or the time limit.

    Once the server answers requests, a line of JSON on standard output has its URL and variables.

    Args:
        settings: The account's settings.
        parent_pid: Process that started this one; its end stops the server.

    Raises:
        OSError: The port is in use.
    """
    # Queries run in threads; with the default of 5 ms, each thread delays the event loop.
    sys.setswitchinterval(0.0005)
    loop_factory: Callable[[], asyncio.AbstractEventLoop] | None = None
    with contextlib.suppress(ImportError):
        import uvloop

        loop_factory = uvloop.new_event_loop
    with (
        socket.create_server((LOOPBACK, settings.port), backlog=512) as listener,
        asyncio.Runner(loop_factory=loop_factory) as runner,
    ):
        url = f"http://{LOOPBACK}:{listener.getsockname()[1]}"
        account = EmulatedAccount(settings)
        runner.run(_serve(_server(account, url), listener, account, parent_pid))


def _server(account: EmulatedAccount, url: str) -> _Server:
    admin_token = secrets.token_hex(16)
    connections = Connections()
    config = uvicorn.Config(
        create_app(account, connections, url, admin_token),
        http=connections.protocol_class(),
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        date_header=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=60,
        timeout_graceful_shutdown=1,
    )
    variables = account.credentials(account.token_named(DATA_PIPELINE), url)
    started = {
        "url": url,
        "account_id": account.settings.account_id,
        "transactions": account.transactions,
        "env": {**variables, "NETSUITE_EMULATOR_ADMIN": admin_token},
    }
    return _Server(config, json.dumps(started))


async def _serve(server: _Server, listener: socket.socket, account: EmulatedAccount, parent_pid: int) -> None:
    tasks = [
        asyncio.create_task(_watch(server, parent_pid, account.settings.max_seconds)),
        asyncio.create_task(_run_activity(account)),
    ]
    try:
        await server.serve(sockets=[listener])
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _watch(server: _Server, parent_pid: int, max_seconds: float | None) -> None:
    ends = math.inf if max_seconds is None else time.monotonic() + max_seconds
    # A process whose parent has ended gets another parent.
    while os.getppid() == parent_pid and time.monotonic() < ends:
        await asyncio.sleep(_WATCH_INTERVAL)
    server.should_exit = True


async def _run_activity(account: EmulatedAccount) -> None:
    owed = 0.0
    last = time.monotonic()
    while True:
        await asyncio.sleep(_ACTIVITY_INTERVAL)
        now = time.monotonic()
        owed += account.live_rate * (now - last)
        last = now
        changes, owed = int(owed), owed % 1
        if changes:
            try:
                await asyncio.to_thread(account.tick, changes)
            except Exception:
                _log.exception("The company's activity failed")
