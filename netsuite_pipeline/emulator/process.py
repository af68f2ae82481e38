"""Start and stop of an emulator in its own process."""

import json
import os
import selectors
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import IO, Any, ParamSpec, Self, TypeVar

from netsuite_pipeline.emulator.admin.client import AdminClient
from netsuite_pipeline.emulator.settings import EmulatorSettings

_GRACE = 5.0
_START_SECONDS = 900.0

P = ParamSpec("P")
R = TypeVar("R")


class EmulatorStartError(Exception):
    """An emulator did not start in time, or ended at once; the message has its standard error."""


@dataclass(frozen=True)
class EmulatorProcess:
    """A running emulator, which stops at the end of a `with` block.

    Attributes:
        base_url: `http://127.0.0.1:PORT`.
        account_id: The realm.
        transactions: Number of transactions of the sample company.
        env: The NETSUITE_… variables of its token, and NETSUITE_EMULATOR_ADMIN.
        admin: The switches.
    """

    base_url: str
    account_id: str
    transactions: int
    env: Mapping[str, str] = field(repr=False)
    admin: AdminClient
    _process: subprocess.Popen[str] = field(repr=False)
    _errors: IO[str] = field(repr=False)

    def env_of(self, kind: str) -> Mapping[str, str]:
        """Return the current variables of another kind of credentials.

        Args:
            kind: `tba`; `oauth2` with a private key and its certificate as PEM; `nango` or `nango_oauth2`
                with the connection of a Nango that has either.

        Raises:
            AdminError: The kind is unknown.
        """
        return {
            **self.admin.variables(kind),
            "NETSUITE_EMULATOR_ADMIN": self.env["NETSUITE_EMULATOR_ADMIN"],
        }

    @property
    def pid(self) -> int:
        """Id of the process."""
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether the process still runs."""
        return self._process.poll() is None

    def stderr_text(self) -> str:
        """Return the text on standard error so far."""
        self._errors.seek(0)
        return self._errors.read()

    def stop(self) -> int:
        """Stop the process if it still runs and return its exit code; may be called again."""
        code = _end(self._process)
        self._errors.close()
        return code

    def kill(self) -> None:
        """Kill the process, as a crash does."""
        self._process.kill()
        self.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def _takes(parameters: Callable[P, object]) -> Callable[[Callable[..., R]], Callable[P, R]]:
    """Give a function the parameters of another one, for type checkers."""
    return lambda function: function


@_takes(EmulatorSettings)
def start_emulator(**settings: Any) -> EmulatorProcess:
    """Start an emulator and wait until it answers. The emulator ends with this process at the latest.

    Args:
        settings: Those of `settings.EmulatorSettings`, e.g. `scale`, `seed`, `latency`, `max_seconds`.

    Raises:
        EmulatorStartError: The emulator did not start.

    Example:
        with start_emulator(scale=0.02) as emulator:
            print(emulator.admin.tables()["customer"])
    """
    errors = tempfile.TemporaryFile("w+", prefix="emulator-", suffix=".log")  # noqa: SIM115
    command = [sys.executable, "-m", "netsuite_pipeline.emulator", json.dumps(settings), str(os.getpid())]
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors, text=True
    )
    line = _first_line(process)
    if not line:
        code = _end(process)
        errors.seek(0)
        output = errors.read().strip() or "It wrote nothing to standard error."
        errors.close()
        raise EmulatorStartError(f"The emulator did not start (exit code {code}). {output}")
    started = json.loads(line)
    env: dict[str, str] = started["env"]
    return EmulatorProcess(
        base_url=started["url"],
        account_id=started["account_id"],
        transactions=started["transactions"],
        env=MappingProxyType(env),
        admin=AdminClient(started["url"], env["NETSUITE_EMULATOR_ADMIN"]),
        _process=process,
        _errors=errors,
    )


def _first_line(process: "subprocess.Popen[str]") -> str:
    if process.stdout is None:
        return ""
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        # The emulator writes the line at once, so that readline does not block.
        return process.stdout.readline() if selector.select(_START_SECONDS) else ""


def _end(process: "subprocess.Popen[str]") -> int:
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(_GRACE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    if process.stdout is not None:
        process.stdout.close()
    return process.returncode
