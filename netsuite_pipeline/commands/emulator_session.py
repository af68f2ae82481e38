"""The emulator of this folder: one command starts it, the next ones find it."""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from netsuite_pipeline.commands.interruption import interruption
from netsuite_pipeline.emulator.admin.client import AdminClient
from netsuite_pipeline.emulator.process import EmulatorProcess, EmulatorStartError, start_emulator
from netsuite_pipeline.netsuite.auth.variables import CREDENTIAL_VARIABLES
from netsuite_pipeline.netsuite.errors import ConfigurationError
from netsuite_pipeline.netsuite.extras import require_extra
from netsuite_pipeline.warehouse.stores.private_files import write_private

HANDLE = Path("data/emulator.json")


@contextmanager
def emulator(**options: Any) -> Iterator[EmulatorProcess]:
    """Start an emulator, write its variables to `data/emulator.json`, and stop it at the end.

    Raises:
        ConfigurationError: The extra [emulator] is missing, or the emulator does not start.
    """
    require_extra("emulator")
    try:
        process = start_emulator(**options)
    except EmulatorStartError as error:
        raise ConfigurationError(str(error)) from error
    with process:
        HANDLE.parent.mkdir(parents=True, exist_ok=True)
        # The file gives access to the emulator's switches: only this user may read it.
        write_private(HANDLE, json.dumps({"pid": process.pid, "env": dict(process.env)}).encode())

        def discard() -> None:
            if _handle().get("pid") == process.pid:
                HANDLE.unlink(missing_ok=True)

        with interruption.before_exit(discard):
            try:
                yield process
            finally:
                discard()


_OF_AN_OWN_ACCOUNT = (
    "NETSUITE_TABLES",
    "NETSUITE_ENV_FILE",
    *(credential.variable for credential in CREDENTIAL_VARIABLES),
)


def emulated_only(variables: Mapping[str, str]) -> dict[str, str]:
    """Return an emulator's variables, with those of an own account empty.

    The emulator lacks the account's custom tables, and other credentials would be a second kind.

    Example:
        >>> found = emulated_only({"NETSUITE_ACCOUNT_ID": "1234567_SB1"})
        >>> found["NETSUITE_ACCOUNT_ID"], found["NETSUITE_TABLES"], found["NANGO_SECRET_KEY"]
        ('1234567_SB1', '', '')
    """
    return {**dict.fromkeys(_OF_AN_OWN_ACCOUNT, ""), **variables}


def running_emulator(variables: Mapping[str, str] = os.environ) -> AdminClient:
    """Return the switches of the emulator that the variables name, or that runs in this folder.

    Raises:
        ConfigurationError: No emulator runs.
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
    except (OSError, ValueError):  # missing, or another user's; truncated by a crash
        return {}
    return found if isinstance(found, dict) else {}
