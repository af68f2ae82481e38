"""`netsuite-pipeline dev`: Dagster's UI with schedules and sensors."""

import os
import subprocess
import sys
from contextlib import ExitStack, suppress
from pathlib import Path

import click

from netsuite_pipeline.commands.dagster_home import WORKSPACE, prepared_home
from netsuite_pipeline.commands.emulator_session import emulated_only, emulator
from netsuite_pipeline.commands.exit_codes import INTERRUPTED
from netsuite_pipeline.commands.interruption import interruption

_SECONDS_AFTER_CTRL_C = 10.0
_SECONDS_TO_END = 60.0
_DAGSTERS_OWN_WARNING = "ignore:Parameter `execution_type`"
"""Dagster warns of its own way to load checks, once for each check group and process."""


@click.command("dev")
@click.option("--port", type=click.IntRange(1, 65535), default=3000, show_default=True, help="The UI's port.")
@click.option("--scale", type=float, default=1.0, show_default=True, help="Size of the sample company.")
@click.option("--live", type=float, default=0.0, metavar="PER_SECOND", help="Records that change per second.")
def command(port: int, scale: float, live: float) -> int:
    """Open Dagster's UI on your account if one is set (NETSUITE_… or NANGO_…), otherwise on an emulated one.

    Runs are recorded in DAGSTER_HOME, or in data/dagster. Ctrl-C ends all processes.
    """
    env = {"PYTHONWARNINGS": _DAGSTERS_OWN_WARNING, **os.environ, "DAGSTER_HOME": str(prepared_home())}
    with ExitStack() as stack:
        if own := _own_account():
            print(f"NetSuite account {own}")
        else:
            process = stack.enter_context(emulator(scale=scale, live=live))
            env.update(emulated_only(process.env))
            print(
                f"No account is set: emulated account {process.account_id} on "
                f"{process.base_url} (sample company, {process.transactions:,} transactions)"
            )
        print(f"Dagster's UI: http://127.0.0.1:{port}  (Ctrl-C ends it)", flush=True)
        return _dagster_dev(port, env)


def _own_account() -> str:
    """Return the account id or Nango's connection id that is set, or an empty text."""
    names = ("NETSUITE_ACCOUNT_ID", "NANGO_CONNECTION_ID")
    values = (os.environ.get(name, "").strip() for name in names)
    return next(filter(None, values), "")


def _dagster_dev(port: int, env: dict[str, str]) -> int:
    command = [sys.executable, "-W", "ignore", "-m", "dagster", "dev", "--port", str(port)]
    command += ["-w", str(Path(env["DAGSTER_HOME"]) / WORKSPACE)]
    dagster = subprocess.Popen(command, env=env)
    with interruption.before_exit(dagster.kill, grace_seconds=_SECONDS_TO_END):
        try:
            return dagster.wait()
        finally:
            _end(dagster)


def _end(dagster: "subprocess.Popen[bytes]") -> None:
    """End Dagster, and wait while Dagster ends its own processes."""
    with suppress(subprocess.TimeoutExpired):
        if interruption.code == INTERRUPTED:
            dagster.wait(timeout=_SECONDS_AFTER_CTRL_C)  # the terminal sent Ctrl-C to Dagster too
    if dagster.poll() is None:
        dagster.terminate()
        dagster.wait(timeout=_SECONDS_TO_END)
