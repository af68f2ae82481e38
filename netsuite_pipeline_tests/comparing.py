"""Is a table in DuckDB what NetSuite holds, to the last digit?"""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from netsuite_pipeline.emulator.admin.client import AdminClient
from netsuite_pipeline.tables import Table


def assert_equal_to_source(
    path: Path, tables: Iterable[Table], admin: AdminClient, schema: str = "netsuite"
) -> None:
    """Compares every row and value of the tables; the message names the first that differ."""
    with duckdb.connect(str(path), read_only=True) as connection:
        for table in tables:
            dump = admin.table(table.name)
            stored = {
                row[0]
                for row in connection.execute(
                    "SELECT column_name FROM duckdb_columns() WHERE schema_name = ? AND table_name = ?",
                    [schema, table.name],
                ).fetchall()
            }
            shared = [name for name in dump.columns if name in stored]
            assert set(table.key) <= set(shared), f"{table.name}: stored are {sorted(stored)}"
            names = ", ".join(f'"{name}"' for name in shared)
            keys = ", ".join(f'"{name}"' for name in table.key)
            here = connection.execute(
                f'SELECT {names} FROM {schema}."{table.name}" ORDER BY {keys}'
            ).fetchall()
            positions = [dump.columns.index(name) for name in shared]
            kinds = [dump.types[position] for position in positions]
            there = [
                tuple(_typed(row[position], kind) for position, kind in zip(positions, kinds, strict=True))
                for row in dump.rows
            ]
            order = [shared.index(name) for name in table.key]
            there.sort(key=lambda row: tuple(row[position] for position in order))
            here.sort(key=lambda row: tuple(row[position] for position in order))
            assert len(here) == len(there), f"{table.name}: {len(here)} rows here, {len(there)} there"
            for mine, its in zip(here, there, strict=True):
                differing = [
                    (name, left, right)
                    for name, left, right in zip(shared, mine, its, strict=True)
                    if left != right
                ]
                assert not differing, f"{table.name}: {differing[:3]}"


def _typed(value: Any, kind: str) -> Any:
    """A dumped value as DuckDB would hand it out."""
    if value is None:
        return None
    match kind:
        case "integer":
            return int(value)
        case "decimal":
            return Decimal(value)
        case "boolean":
            return value == "T"
        case "date":
            return date.fromisoformat(value)
        case "datetime":
            return datetime.fromisoformat(value.removesuffix("Z"))
    return value
