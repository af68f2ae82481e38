"""`netsuite-pipeline doctor`: checks everything, and says how to fix what does not work."""

import json
import os
from collections.abc import Mapping
from pathlib import Path

import click
from rich.console import Console

from netsuite_pipeline.commands.connection_option import configured, defs_option
from netsuite_pipeline.commands.dagster_home import DEFAULT_HOME
from netsuite_pipeline.commands.doctor_output import diagnosis_lines
from netsuite_pipeline.commands.exit_codes import OK, SOMETHING_FAILED
from netsuite_pipeline.commands.text_grid import step_status
from netsuite_pipeline.health.doctor import diagnose
from netsuite_pipeline.health.findings import State
from netsuite_pipeline.netsuite.config.credential_override import override_credentials
from netsuite_pipeline.netsuite.config.env_file import values_in
from netsuite_pipeline.netsuite.config.variable_prefix import with_prefix_names
from netsuite_pipeline.netsuite.user_file import read_user_file

_WIDEST = 116


@click.command("doctor")
@click.option(
    "--select",
    "selected",
    multiple=True,
    metavar="TABLE",
    help="Check only these tables or groups; repeatable. All without it.",
)
@click.option(
    "--env-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Values in this file override the environment: to check new credentials before the old ones are "
    "revoked.",
)
@defs_option
@click.option("--json", "as_json", is_flag=True, help="Print the findings in JSON, and nothing else.")
def command(selected: tuple[str, ...], env_file: Path | None, defs: Path | None, as_json: bool) -> int:
    """Check credentials, sign-in, permissions, each table, the warehouse and Dagster.

    It only reads, and makes at most two sign-in attempts if NetSuite refuses the first. Exit codes: 0 nothing
    failed (there may be warnings), 1 something failed.
    """
    variables = override_credentials(os.environ, _values_of(env_file))
    connection = configured(defs, variables)
    console = Console(highlight=False, soft_wrap=True)
    with step_status() as on_step:
        diagnosis = diagnose(
            connection.variables,
            tables=connection.chosen(selected),
            warehouse=connection.warehouse,
            connection=connection.name,
            dagster_home=_dagster_home(variables),
            on_step=on_step,
        )
    if as_json:
        text = json.dumps(diagnosis.as_json, indent=2, ensure_ascii=False)
        print(with_prefix_names(connection.prefix, text))
    else:
        for line in diagnosis_lines(diagnosis, min(console.width, _WIDEST)):
            console.print(with_prefix_names(connection.prefix, line), markup=False)
    return SOMETHING_FAILED if diagnosis.state is State.FAILED else OK


def _values_of(env_file: Path | None) -> Mapping[str, str]:
    if env_file is None:
        return {}
    return values_in(read_user_file(env_file))


def _dagster_home(variables: Mapping[str, str]) -> Path | None:
    """Return DAGSTER_HOME, or the folder of `demo` and `dev` where it is not set."""
    chosen = variables.get("DAGSTER_HOME", "").strip()
    if chosen:
        return Path(chosen)
    return DEFAULT_HOME.absolute() if DEFAULT_HOME.is_dir() else None
