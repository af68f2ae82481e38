"""Start and stop of an emulator in its own process."""

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
    """Start an emulator and wait until it answers. The emulator ends with this process at the latest.

    Args:
        scale: Size of the sample company; 1.0 has at least 20,000 transactions.
        seed: Seed of the company and its tokens.
        port: Port on 127.0.0.1; 0 picks a free one.
        latency: Minimum duration of a request in milliseconds.
        concurrency: Concurrency limit of the account.
        live: Records changed per second.
        account_id: The realm, e.g. `1234567_SB1`.
        date_format: The account's date format.
        time_zone: The session's time zone.
        oneworld: Whether the feature Subsidiaries is on.
        without: Features switched off, e.g. `["MULTIBOOK"]`.
        variants: Answers to open questions, e.g. `{"concurrency_refusal": "400"}`.
        public_host: Whether requests with the account's own Host are verified as https.
        trust_forwarded_proto: Whether `X-Forwarded-Proto` has the signed scheme.
        verbose: Whether requests are logged on standard error.
        max_seconds: Seconds after which the emulator ends.
        start_timeout: Seconds that the start may take.

    Raises:
        EmulatorStartError: The emulator did not start.

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


def _first_line(process: "subprocess.Popen[str]", seconds: float) -> str:
    if process.stdout is None:
        return ""
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        # The emulator writes the line at once, so that readline does not block.
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
