"""`netsuite-pipeline dev`: Dagster's UI with schedules and sensors, on an account or on the emulator."""

import os
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import click

from netsuite_pipeline.commands.dagster_home import WORKSPACE, prepared_home
from netsuite_pipeline.commands.failing import end_like_ctrl_c
from netsuite_pipeline.commands.running_emulator import emulated_only, emulator


@click.command("dev")
@click.option("--port", type=click.IntRange(1, 65535), default=3000, show_default=True, help="Of the UI.")
@click.option("--scale", type=float, default=1.0, show_default=True, help="Size of the sample company.")
@click.option("--live", type=float, default=0.0, metavar="PER_SECOND", help="Records changed a second.")
def command(port: int, scale: float, live: float) -> int:
    """Open Dagster's UI: on your account if one is set (NETSUITE_… or NANGO_…), otherwise on an emulated one.

    Runs are kept in DAGSTER_HOME, or in data/dagster. Ctrl-C ends it all.
    """
    end_like_ctrl_c()
    env = {**os.environ, "DAGSTER_HOME": str(prepared_home())}
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
    """The account that variables name, or the connection in which Nango keeps it; empty where none is set."""
    names = ("NETSUITE_ACCOUNT_ID", "NANGO_CONNECTION_ID")
    told = (os.environ.get(name, "").strip() for name in names)
    return next(filter(None, told), "")


def _dagster_dev(port: int, env: dict[str, str]) -> int:
    command = [sys.executable, "-W", "ignore", "-m", "dagster", "dev", "--port", str(port)]
    command += ["-w", str(Path(env["DAGSTER_HOME"]) / WORKSPACE)]
    dagster = subprocess.Popen(command, env=env)
    try:
        return dagster.wait()
    except KeyboardInterrupt:
        # The terminal sent Ctrl-C to Dagster too; it ends its own processes, which takes a moment.
        dagster.wait(timeout=60)
        return 0
    finally:
        if dagster.poll() is None:
            dagster.terminate()
            dagster.wait(timeout=60)
