"""The help of every command, 100 columns wide."""

from collections.abc import Iterator

import click
import pytest
from click.testing import CliRunner
from syrupy.assertion import SnapshotAssertion

from netsuite_pipeline.cli import commands

_WIDTH = 100


def _paths(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    yield path
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            assert below is not None
            yield from _paths(below, (*path, name))


@pytest.mark.parametrize("path", list(_paths(commands)), ids=lambda path: " ".join(path) or "the group")
def test_the_help_of_a_command(path: tuple[str, ...], snapshot: SnapshotAssertion) -> None:
    """Each command explains itself."""
    command: click.Command | None = commands
    for name in path:
        assert isinstance(command, click.Group)
        command = command.get_command(click.Context(command), name)
        # Click keeps a command's help option, which differs where a test called the command without its group.
        vars(command)["_help_option"] = None
    asked = CliRunner().invoke(
        commands,
        [*path, "--help"],
        prog_name="netsuite-pipeline",
        terminal_width=_WIDTH,
        max_content_width=_WIDTH,
        color=False,
    )
    assert asked.exit_code == 0
    assert asked.output == snapshot
