"""A table of measurements: for a terminal, for a document, for a program."""

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Column:
    """One column: its heading, its name in a record, and how its values are written (`.1%`, `,.0f`)."""

    heading: str
    name: str
    form: str = ""


@dataclass(frozen=True)
class Grid:
    """What one subject's measurements came to.

    Attributes:
        title: The subject.
        columns: In the order they are shown.
        records: One row each, a value for each column's name; None where there is no value.
        notes: What a reader should know, a line each.

    Example:
        >>> grid = Grid("Speed", (Column("rows/s", "speed", ",.0f"),), ({"speed": 12345.6},))
        >>> print(grid.as_text)
        Speed
          rows/s
          12,346
        >>> print(grid.as_markdown)
        ### Speed
        <BLANKLINE>
        | rows/s |
        | ---: |
        | 12,346 |
    """

    title: str
    columns: Sequence[Column]
    records: Sequence[Mapping[str, Any]]
    notes: Sequence[str] = field(default=())

    @property
    def as_text(self) -> str:
        cells = [[column.heading for column in self.columns], *self._cells()]
        widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
        lines = ["  ".join(_padded(row, widths, self._left())).rstrip() for row in cells]
        return "\n".join(
            [self.title, *(f"  {line}" for line in lines), *(f"  {note}" for note in self.notes)]
        )

    @property
    def as_markdown(self) -> str:
        headings = [column.heading for column in self.columns]
        rule = ["---" if left else "---:" for left in self._left()]
        lines = [f"| {' | '.join(row)} |" for row in (headings, rule, *self._cells())]
        return "\n".join(
            [f"### {self.title}", "", *lines, *(line for note in self.notes for line in ("", note))]
        )

    @property
    def as_json(self) -> dict[str, Any]:
        return {"title": self.title, "rows": [dict(each) for each in self.records], "notes": list(self.notes)}

    def _cells(self) -> list[list[str]]:
        return [
            [_written(row.get(column.name), column.form) for column in self.columns] for row in self.records
        ]

    def _left(self) -> list[bool]:
        """Which columns are texts, and begin at the left."""
        return [any(isinstance(row.get(column.name), str) for row in self.records) for column in self.columns]


def _written(value: Any, form: str) -> str:
    if value is None:
        return "–"
    return str(value) if isinstance(value, str) else format(value, form)


def _padded(row: Sequence[str], widths: Sequence[int], left: Sequence[bool]) -> list[str]:
    return [
        text.ljust(width) if starts else text.rjust(width)
        for text, width, starts in zip(row, widths, left, strict=True)
    ]


def add_form_options(parser: argparse.ArgumentParser) -> None:
    """Adds `--json` and `--markdown`."""
    forms = parser.add_mutually_exclusive_group()
    forms.add_argument("--json", dest="form", action="store_const", const="json", help="one object a table")
    forms.add_argument("--markdown", dest="form", action="store_const", const="markdown", help="to be pasted")
    parser.set_defaults(form="text")


def print_grid(grid: Grid, form: str) -> None:
    """Prints a table at once, so that somebody who waits sees it."""
    match form:
        case "json":
            print(json.dumps(grid.as_json), flush=True)
        case "markdown":
            print(grid.as_markdown, end="\n\n", flush=True)
        case _:
            print(grid.as_text, end="\n\n", flush=True)
