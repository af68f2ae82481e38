"""The emulator that runs in this folder: started for a command, and found again by the next one."""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from netsuite_pipeline.commands.interruption import interruption
from netsuite_pipeline.emulator.admin.client import AdminClient
from netsuite_pipeline.emulator.process import EmulatorProcess, EmulatorStartError, start_emulator
from netsuite_pipeline.netsuite.errors import ConfigurationError

HANDLE = Path("data/emulator.json")


@contextmanager
def emulator(**options: Any) -> Iterator[EmulatorProcess]:
    """Starts an emulator, notes how to reach it in `data/emulator.json`, and stops it at the end.

    Raises:
        ConfigurationError: It does not start.
    """
    try:
        process = start_emulator(**options)
    except EmulatorStartError as error:
        raise ConfigurationError(str(error)) from error
    with process:
        HANDLE.parent.mkdir(parents=True, exist_ok=True)
        # The file lets whoever reads it turn the emulator's switches: for this user alone.
        descriptor = os.open(HANDLE, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as handle:
            json.dump({"pid": process.pid, "env": dict(process.env)}, handle)

        def forget() -> None:
            if _handle().get("pid") == process.pid:
                HANDLE.unlink(missing_ok=True)

        with interruption.before_exit(forget):
            try:
                yield process
            finally:
                forget()


_OF_AN_OWN_ACCOUNT = (
    "NETSUITE_TABLES",
    "NETSUITE_ENV_FILE",
    "NETSUITE_CLIENT_ID",
    "NETSUITE_CERTIFICATE_ID",
    "NETSUITE_PRIVATE_KEY",
    "NETSUITE_PRIVATE_KEY_PASSWORD",
    "NETSUITE_CERTIFICATE",
    "NETSUITE_SIGNING_ALGORITHM",
    "NANGO_SECRET_KEY",
    "NANGO_CONNECTION_ID",
    "NANGO_PROVIDER_CONFIG_KEY",
    "NANGO_HOST",
)


def emulated_only(variables: Mapping[str, str]) -> dict[str, str]:
    """The variables that lead to an emulator, without what belongs to an account of one's own: its custom
    tables are not there, and other credentials than these would be a second kind.

    Example:
        >>> found = emulated_only({"NETSUITE_ACCOUNT_ID": "1234567_SB1"})
        >>> found["NETSUITE_ACCOUNT_ID"], found["NETSUITE_TABLES"], found["NANGO_SECRET_KEY"]
        ('1234567_SB1', '', '')
    """
    return {**dict.fromkeys(_OF_AN_OWN_ACCOUNT, ""), **variables}


def running_emulator(variables: Mapping[str, str] = os.environ) -> AdminClient:
    """The switches of the running emulator: of the one that the variables name, or that runs in this folder.

    Raises:
        ConfigurationError: None runs.
    """
    env: Mapping[str, str] = (
        variables if variables.get("NETSUITE_EMULATOR_ADMIN") else _handle().get("env", {})
    )
    if not env.get("NETSUITE_EMULATOR_ADMIN") or not env.get("NETSUITE_BASE_URL"):
        raise ConfigurationError(
            "No emulator runs in this folder.",
            remedy="Start one by `netsuite-pipeline emulator` or `netsuite-pipeline dev`, or set the "
            "NETSUITE_EMULATOR_ADMIN and NETSUITE_BASE_URL that it printed.",
        )
    return AdminClient(env["NETSUITE_BASE_URL"], env["NETSUITE_EMULATOR_ADMIN"])


def _handle() -> dict[str, Any]:
    try:
        found = json.loads(HANDLE.read_text())
    except OSError:
        return {}  # there is none, or it is another user's
    except ValueError:
        return {}  # cut short by a crash while it was written: as good as none
    return found if isinstance(found, dict) else {}
