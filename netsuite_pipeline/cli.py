"""The command line `netsuite-pipeline`: its list of commands."""

import sys
from importlib import import_module
from io import StringIO
from pathlib import Path

import click

from netsuite_pipeline._version import __version__
from netsuite_pipeline.commands.interruption import interruption

# Name, module, and the line that `--help` shows. Listing them here keeps `--help` from importing them all.
_COMMANDS = {
    "demo": ("demo", "See it work: sync an emulated NetSuite through Dagster, in one command."),
    "dev": ("dev", "Open Dagster's UI, on your account or on the emulator."),
    "connect": ("connect", "Set up the sign-in to your account, step by step, and write .env."),
    "sync": ("sync", "Sync NetSuite's tables into DuckDB."),
    "marts": ("marts", "Build the finance marts from the synced tables, and publish them."),
    "reconcile": ("reconcile", "Compare the warehouse with NetSuite, and read again what differs."),
    "doctor": ("doctor", "Check sign-in, permissions, tables, warehouse and Dagster; say how to fix them."),
    "suiteql": ("suiteql", "Run one SuiteQL statement."),
    "tables": ("tables", "List the tables of the catalogue, or one table's columns."),
    "discover": ("discover", "Describe custom records and fields, ready to be synced."),
    "upkeep": ("upkeep", "Merge a lake's small files, and forget its old snapshots."),
    "report": ("report", "Write one HTML page: statements, freshness, rows, syncs, findings."),
    "emulator": ("emulator", "Start an emulated NetSuite, or break and repair a running one."),
}


class _Commands(click.Group):
    """A group that imports a command when the command is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands."""
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command, or None for an unknown name."""
        if cmd_name not in _COMMANDS:
            return None
        module = import_module(f"netsuite_pipeline.commands.{_COMMANDS[cmd_name][0]}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, about) for name, (_, about) in _COMMANDS.items()])


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Credentials and settings come from NETSUITE_… variables, or from a file .env in this folder.",
)
@click.version_option(__version__, prog_name="netsuite-pipeline")
def commands() -> None:
    """NetSuite in DuckDB through Dagster."""


def main() -> None:
    """Run the command that the process's arguments name, then exit.

    An error that the user can correct has no stack trace. Exit codes: 0 success, 1 something failed, 2
    configuration or sign-in, 130 ended by Ctrl-C, 143 ended by SIGTERM.
    """
    interruption.watch()
    from netsuite_pipeline.commands.exit_codes import run_command

    def run() -> object:
        _load_env_files()
        return commands(standalone_mode=False)

    sys.exit(run_command(run))


def _load_env_files() -> None:
    """Load `.env` below the environment, and the file that NETSUITE_ENV_FILE names above it."""
    from dotenv import load_dotenv

    from netsuite_pipeline.netsuite.config.env_file import default_text
    from netsuite_pipeline.netsuite.config.env_reload import load_env_file

    load_dotenv(stream=StringIO(default_text(Path(".env"))))
    load_env_file()
