"""Rows on standard output: a grid on a terminal, lines with tabs in a pipe."""

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.table import Table as Grid


def print_grid(columns: Sequence[str], rows: Iterable[Sequence[str]], note: str = "") -> None:
    """Print rows: as a grid on a terminal, otherwise as one line a row with tabs between its values.

    A pipe has no width, so nothing is cut off there. Tabs and line ends inside a value become blanks.

    Args:
        columns: The heads of the columns.
        rows: The values of each row, in the order of `columns`.
        note: A last sentence. Without a terminal it goes to standard error.
    """
    if not sys.stdout.isatty():
        for line in (columns, *rows):
            print("\t".join(" ".join(value.split()) for value in line))
        if note:
            print(note, file=sys.stderr)
        return
    console = Console(highlight=False)
    grid = Grid(*columns)
    for row in rows:
        grid.add_row(*map(escape, row))
    console.print(grid)
    if note:
        console.print(note)


@contextmanager
def step_status() -> Iterator[Callable[[str], object]]:
    """Yield a function that shows the current step on a terminal, and nothing without one."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda step: None
        return
    with console.status("Starting") as status:
        yield status.update
