"""Is what lies in DuckDB what lies in the server's file? Read from both sides without any code of ours."""

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from netsuite_pipeline_tests.interoperability.server.layout import KEYS, TABLES, Kind

STORED_AS: dict[Kind, str] = {
    "integer": "BIGINT",
    "number": "DECIMAL(38,10)",
    "text": "VARCHAR",
    "several": "VARCHAR",
    "flag": "BOOLEAN",
    "day": "DATE",
    "moment": "TIMESTAMP",
}
_READ: dict[Kind, Callable[[str], object]] = {
    "integer": int,
    "number": Decimal,
    "text": str,
    "several": str,
    "flag": {"T": True, "F": False}.__getitem__,
    "day": date.fromisoformat,
    "moment": datetime.fromisoformat,
}


def assert_equal(
    company: Path,
    warehouse: Path,
    tables: Iterable[str] = TABLES,
    as_expected: Callable[[datetime], datetime] = lambda moment: moment,
) -> None:
    """Compares every value of the tables; the message names the first that differ.

    Args:
        as_expected: What the server's moments are expected as.
    """
    for table in tables:
        there = {row[0]: row for row in _there(company, table, as_expected)}
        here = {row[0]: row for row in _here(warehouse, table)}
        assert there.keys() == here.keys(), f"{table}: {sorted(map(str, there.keys() ^ here.keys()))[:5]}"
        for key, row in there.items():
            names = [column.name for column in TABLES[table]]
            wrong = [
                (name, ours, its)
                for name, ours, its in zip(names, here[key][1], row[1], strict=True)
                if ours != its
            ]
            assert not wrong, f"{table} {key}: {wrong[:3]}"


def query(warehouse: Path, sql: str) -> list[tuple[Any, ...]]:
    """Rows of a statement over the published file, as its readers get them."""
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def count(company: Path, table: str) -> int:
    """Rows of a table at the server."""
    with sqlite3.connect(company) as connection:
        (rows,) = connection.execute(f'SELECT count(*) FROM "{table}"').fetchone()
    connection.close()
    return int(rows)


def _there(
    company: Path, table: str, as_expected: Callable[[datetime], datetime]
) -> list[tuple[object, Sequence[object]]]:
    columns = TABLES[table]
    read: dict[Any, Callable[[Any], object]] = {
        **_READ,
        "moment": lambda text: as_expected(datetime.fromisoformat(text)),
    }
    with sqlite3.connect(company) as connection:
        rows = connection.execute(f'SELECT {_names(table)} FROM "{table}"').fetchall()
    connection.close()
    typed = [
        tuple(
            None if value is None else read[column.kind](value)
            for value, column in zip(row, columns, strict=True)
        )
        for row in rows
    ]
    return [(_key(table, row), row) for row in typed]


def _here(warehouse: Path, table: str) -> list[tuple[object, Sequence[object]]]:
    rows = query(warehouse, f'SELECT {_names(table)} FROM netsuite."{table}"')
    assert len({_key(table, row) for row in rows}) == len(rows), f"{table} has rows twice"
    return [(_key(table, row), row) for row in rows]


def _names(table: str) -> str:
    return ", ".join(f'"{column.name}"' for column in TABLES[table])


def _key(table: str, row: Sequence[object]) -> tuple[object, ...]:
    names = [column.name for column in TABLES[table]]
    return tuple(row[names.index(part)] for part in KEYS[table])
