"""Runs an emulated account as an HTTP server on loopback."""

import asyncio
import contextlib
import json
import logging
import os
import secrets
import signal
import socket
import sys
import time
from collections.abc import Callable, Coroutine, Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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


@dataclass(frozen=True)
class Announcement:
    """The output of a started emulator."""

    url: str
    settings: EmulatorSettings
    transactions: int
    variables: dict[str, str]

    def for_people(self) -> str:
        """Return a readable line and the `export` lines for a shell."""
        head = (
            f"Emulated NetSuite account {self.settings.account_id} on {self.url} "
            f"(sample company at scale {self.settings.scale:g}, {self.transactions:,} transactions)"
        )
        return "\n".join([head, *(f"export {name}={value}" for name, value in self.variables.items())])

    def for_programs(self) -> str:
        """Return one line of JSON."""
        return json.dumps(
            {
                "url": self.url,
                "account_id": self.settings.account_id,
                "scale": self.settings.scale,
                "transactions": self.transactions,
                "pid": os.getpid(),
                "env": self.variables,
            }
        )


def run(
    settings: EmulatorSettings,
    *,
    announce: Callable[[Announcement], None],
    parent_pid: int | None = None,
    max_seconds: float | None = None,
) -> None:
    """Build the company and serve it until a signal, the parent's end or the time limit.

    Args:
        settings: The account's settings.
        announce: Called once, when the server answers requests.
        parent_pid: Process whose end stops the server.
        max_seconds: Seconds after which the server stops.

    Raises:
        OSError: The port is in use.
    """
    # Queries run in threads; with the default of 5 ms, each thread delays the event loop.
    sys.setswitchinterval(0.0005)
    with socket.create_server((LOOPBACK, settings.port), backlog=512) as listener:
        _run_on(listener, settings, announce, parent_pid, max_seconds)


def _run_on(
    listener: socket.socket,
    settings: EmulatorSettings,
    announce: Callable[[Announcement], None],
    parent_pid: int | None,
    max_seconds: float | None,
) -> None:
    url = f"http://{LOOPBACK}:{listener.getsockname()[1]}"
    account = EmulatedAccount(settings)
    admin_token = secrets.token_hex(16)
    connections = Connections()
    server = _Server(
        uvicorn.Config(
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
    )
    variables = account.credentials(account.token_named(DATA_PIPELINE), url)
    variables["NETSUITE_EMULATOR_ADMIN"] = admin_token
    announcement = Announcement(url, settings, account.transactions, variables)
    _run(_serve(server, listener, account, lambda: announce(announcement), parent_pid, max_seconds))


class _Server(uvicorn.Server):
    """uvicorn's server, which ends normally on a signal."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        loop = asyncio.get_running_loop()
        for each in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(each, self._end)
        yield

    def _end(self) -> None:
        self.should_exit = True


def _run(main: Coroutine[Any, Any, None]) -> None:
    """Run a coroutine on uvloop if it is installed, else on asyncio's own loop."""
    factory: Callable[[], asyncio.AbstractEventLoop] | None = None
    with contextlib.suppress(ImportError):
        import uvloop

        factory = uvloop.new_event_loop
    with asyncio.Runner(loop_factory=factory) as runner:
        runner.run(main)


async def _serve(
    server: uvicorn.Server,
    listener: socket.socket,
    account: EmulatedAccount,
    announce: Callable[[], None],
    parent_pid: int | None,
    max_seconds: float | None,
) -> None:
    tasks = [
        asyncio.create_task(_announce_when_started(server, announce)),
        asyncio.create_task(_watch(server, parent_pid, max_seconds)),
        asyncio.create_task(_run_activity(account)),
    ]
    try:
        await server.serve(sockets=[listener])
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _announce_when_started(server: uvicorn.Server, announce: Callable[[], None]) -> None:
    while not server.started:
        await asyncio.sleep(0.005)
    announce()


async def _watch(server: uvicorn.Server, parent_pid: int | None, max_seconds: float | None) -> None:
    started = time.monotonic()
    born = _birth(parent_pid) if parent_pid is not None else None
    while True:
        await asyncio.sleep(_WATCH_INTERVAL)
        over = max_seconds is not None and time.monotonic() - started > max_seconds
        if over or (parent_pid is not None and not _lives(parent_pid, born)):
            server.should_exit = True
            return


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


def _birth(pid: int) -> str | None:
    """Return the start time of a process in the system's ticks; None if unknown or if the process ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] == "Z" else fields[19]


def _lives(pid: int, born: str | None) -> bool:
    """Return whether the process still runs and is not a later one with the same id."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    if born is None:
        # The process had ended before the watch began, unless this system has no start times at all.
        return not Path("/proc/self/stat").exists()
    return _birth(pid) == born
