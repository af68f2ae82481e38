"""The data files of the sample company: lists, words, labels, the chart of accounts and edge cases."""

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import duckdb
import yaml

from netsuite_pipeline.emulator.company.storage import literal, values

_STEP = re.compile(r"^-- (table|fill|run|edit)\b:? ?(\w*).*\n", re.MULTILINE)


def read_text(path: str) -> str:
    """Return the text of a file of this package."""
    return (files("netsuite_pipeline.emulator.company") / path).read_text(encoding="utf-8")


def read_script(name: str) -> list[tuple[str, str, str]]:
    """Return the steps of a script in `sql`: action, name and SQL.

    `-- table x` creates the working table x, `-- fill x` fills record type x, `-- run` executes statements,
    and `-- edit x` is a template for activity.py.

    Example:
        >>> read_script("lists")[0][:2]
        ('fill', 'subsidiary')
    """
    parts = _STEP.split(read_text(f"sql/{name}.sql"))[1:]
    return list(zip(parts[::3], parts[1::3], parts[2::3], strict=True))


def read_yaml(name: str) -> Any:
    """Return the contents of a YAML file in `data`."""
    return yaml.safe_load(read_text(f"data/{name}"))


def _read_csv(name: str) -> list[dict[str, str | None]]:
    lines = read_text(f"data/{name}").splitlines()
    return [{key: value or None for key, value in row.items()} for row in csv.DictReader(lines)]


@dataclass(frozen=True)
class Account:
    """One account of the chart, e.g. `ACCOUNTS["1100"].type == "AcctRec"`."""

    id: int
    number: str
    type: str


@dataclass(frozen=True)
class EdgeCase:
    """One edge case: the rows of `table` for which the SQL `condition` holds.

    Companies of scale 0.02 and more have them all from the middle of 2025 on.
    """

    name: str
    table: str
    condition: str


_CHART = _read_csv("chart_of_accounts.csv")
# Irregular steps, as in an account whose lists were edited for years.
_IDS = [100 + n * 3 + n**2 % 3 + (200 if n > 70 else 0) for n in range(len(_CHART))]
ACCOUNTS: Mapping[str, Account] = {
    str(row["number"]): Account(id, str(row["number"]), str(row["type"]))
    for id, row in zip(_IDS, _CHART, strict=True)
}
"""The accounts by number."""

_EDGE_CASES = read_yaml("edge_cases.yaml")
EDGE_CASE_TEXTS: Mapping[str, str] = _EDGE_CASES["texts"]
EDGE_CASES: tuple[EdgeCase, ...] = (
    *(
        EdgeCase(f"{name}_in_{table}", table, f"{column} = {literal(text)}")
        for table, column in (
            ("transaction", "memo"),
            ("transactionline", "custcol_note"),
            ("customer", "comments"),
        )
        for name, text in EDGE_CASE_TEXTS.items()
    ),
    *(EdgeCase(*case) for case in _EDGE_CASES["conditions"]),
)
"""Every edge case with its place."""


def load_data(connection: duckdb.DuckDBPyConnection) -> None:
    """Create the working tables of the data files."""
    labels = read_yaml("labels.yaml")
    types = labels["transaction_types"]
    tables: dict[str, tuple[str, list[list[object]]]] = {
        name: (", ".join(table["columns"]), table["rows"]) for name, table in read_yaml("lists.yaml").items()
    }
    tables |= {
        "transaction_types": (
            "type, label, recordtype, prefix",
            [[name, each["label"], each["recordtype"], each["prefix"]] for name, each in types.items()],
        ),
        "transaction_statuses": (
            "trantype, id, name",
            [[name, *status] for name, each in types.items() for status in each["statuses"].items()],
        ),
        "options": (
            '"list", "value", label',
            [[name, *option] for name, each in labels["options"].items() for option in each.items()],
        ),
        "edge_cases": ("i, text", [[i, text] for i, text in enumerate(EDGE_CASE_TEXTS.values())]),
        "journal_moments": ("n, moment", [list(each) for each in enumerate(_EDGE_CASES["night_journals"])]),
        "account_types": _table(_read_csv("account_types.csv")),
        "chart": _table([{"id": str(id), **row} for id, row in zip(_IDS, _CHART, strict=True)]),
    }
    for name, (columns, rows) in tables.items():
        connection.execute(f"CREATE TABLE {name} AS FROM ({values(rows)}) AS t({columns})")


def _table(rows: list[dict[str, str | None]]) -> tuple[str, list[list[object]]]:
    return ", ".join(f'"{name}"' for name in rows[0]), [list(row.values()) for row in rows]
