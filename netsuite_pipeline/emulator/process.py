"""Starts an emulator in a process of its own, and stops it again."""

import json
import os
import selectors
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType, TracebackType
from typing import IO, Self

from netsuite_pipeline.emulator.admin.client import AdminClient

_GRACE = 5.0


class EmulatorStartError(Exception):
    """An emulator did not start in time, or ended at once; the message has what it said on standard error."""


@dataclass(frozen=True)
class EmulatorProcess:
    """A running emulator; as a context manager it is stopped at the end.

    Attributes:
        base_url: `http://127.0.0.1:PORT`.
        account_id: The realm.
        transactions: Of the sample company.
        env: The NETSUITE_… variables by which a client reaches it with its token, and
            NETSUITE_EMULATOR_ADMIN.
        admin: Its switches.
    """

    base_url: str
    account_id: str
    transactions: int
    env: Mapping[str, str] = field(repr=False)
    admin: AdminClient
    _process: subprocess.Popen[str] = field(repr=False)
    _errors: IO[str] = field(repr=False)

    def env_of(self, kind: str) -> Mapping[str, str]:
        """The variables by which a client reaches it with another kind of credentials, as they are now.

        Args:
            kind: `tba`; `oauth2` with a private key and its certificate as PEM; `nango` and `nango_oauth2`
                with the connection of a Nango that keeps either.

        Raises:
            AdminError: There is no such kind.
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
        """Whether it still runs."""
        return self._process.poll() is None

    def stderr_text(self) -> str:
        """What it has written on standard error so far."""
        self._errors.seek(0)
        return self._errors.read()

    def stop(self) -> int:
        """Ends it, if it still runs, and gives its exit code; may be called again."""
        code = _end(self._process)
        self._errors.close()
        return code

    def kill(self) -> None:
        """Ends it at once, as a crash does."""
        self._process.kill()
        self.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()


def start_emulator(
    *,
    scale: float = 1.0,
    seed: int = 1,
    port: int = 0,
    latency: float = 0.0,
    concurrency: int = 5,
    live: float = 0.0,
    account_id: str | None = None,
    date_format: str | None = None,
    time_zone: str | None = None,
    oneworld: bool = True,
    without: Sequence[str] = (),
    variants: Mapping[str, str] = MappingProxyType({}),
    public_host: bool = False,
    trust_forwarded_proto: bool = False,
    verbose: bool = False,
    max_seconds: float | None = None,
    start_timeout: float = 120.0,
) -> EmulatorProcess:
    """Starts an emulator and waits until it answers. It ends with this process, whatever becomes of it.

    Args:
        latency: Milliseconds that a request takes at least.
        without: Features switched off, e.g. `["MULTIBOOK"]`.
        variants: Answers to open questions, e.g. `{"concurrency_refusal": "400"}`.
        max_seconds: It ends by itself after that many seconds.
        start_timeout: Seconds it may take to start.

    Other arguments are those of `settings.EmulatorSettings`; None leaves the emulator's own default.

    Raises:
        EmulatorStartError: It did not start.

    Example:
        with start_emulator(scale=0.02) as emulator:
            print(emulator.admin.tables()["customer"])
    """
    command = [
        *(sys.executable, "-m", "netsuite_pipeline.emulator", "--json", "--parent-pid", str(os.getpid())),
        *("--scale", str(scale), "--seed", str(seed), "--port", str(port), "--latency", str(latency)),
        *("--concurrency", str(concurrency), "--live", str(live)),
    ]
    texts = {"--account-id": account_id, "--date-format": date_format, "--time-zone": time_zone}
    for name, text in texts.items():
        if text is not None:
            command += [name, text]
    flags = {
        "--no-oneworld": not oneworld,
        "--public-host": public_host,
        "--trust-forwarded-proto": trust_forwarded_proto,
        "--verbose": verbose,
    }
    command += [name for name, wanted in flags.items() if wanted]
    if max_seconds is not None:
        command += ["--max-seconds", str(max_seconds)]
    for feature in without:
        command += ["--without", feature]
    for name, value in variants.items():
        command += ["--variant", f"{name}={value}"]
    return _start(command, start_timeout)


def _start(command: Sequence[str], start_timeout: float) -> EmulatorProcess:
    errors = tempfile.TemporaryFile("w+", prefix="emulator-", suffix=".log")  # noqa: SIM115
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors, text=True
    )
    line = _first_line(process, start_timeout)
    if not line:
        code = _end(process)
        errors.seek(0)
        said = errors.read().strip() or "It said nothing."
        errors.close()
        raise EmulatorStartError(f"The emulator did not start (exit code {code}). {said}")
    told = json.loads(line)
    env: dict[str, str] = told["env"]
    return EmulatorProcess(
        base_url=told["url"],
        account_id=told["account_id"],
        transactions=told["transactions"],
        env=MappingProxyType(env),
        admin=AdminClient(told["url"], env["NETSUITE_EMULATOR_ADMIN"]),
        _process=process,
        _errors=errors,
    )


def _first_line(process: "subprocess.Popen[str]", seconds: float) -> str:
    assert process.stdout is not None
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        # The line comes in one piece, so that reading it cannot wait once there is something to read.
        return process.stdout.readline() if selector.select(seconds) else ""


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
