"""Rows and columns on standard output: a grid for a person, whole lines for another program."""

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.table import Table as Grid


def print_grid(columns: Sequence[str], rows: Iterable[Sequence[str]], note: str = "") -> None:
    """Prints rows: on a terminal as a grid that fits its width, elsewhere one line a row with tabs between.

    A grid would cut names off to fit a width that a pipe or a file does not have. Tabs and line ends within a
    value become blanks there.

    Args:
        columns: The head of each column.
        rows: The values, in the order of the columns.
        note: A last sentence; it goes to standard error where standard output is no terminal.
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
def watched() -> Iterator[Callable[[str], object]]:
    """Gives what to tell of each step: a sentence. Nothing is shown where nobody watches."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda step: None
        return
    with console.status("Looking") as status:
        yield status.update
