"""Landed pages, and their stage attached."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from netsuite_pipeline.warehouse.schema.schema import StoredColumn, StoredTable
from netsuite_pipeline.warehouse.staging.stage import Stage
from netsuite_pipeline.warehouse.staging.stage_sql import STAGE

COLUMNS = (
    StoredColumn("id", "integer"),
    StoredColumn("left", "text"),
    StoredColumn("amount", "decimal"),
    StoredColumn("at", "datetime"),
)
ALL_NAMES = [column.name for column in COLUMNS]
TABLE = StoredTable("netsuite", "thing", ("id",), COLUMNS)
PAIRS = StoredTable("netsuite", "pair", ("a", "b"), (StoredColumn("a", "integer"), StoredColumn("b", "text")))
NOON = datetime(2026, 11, 23, 12)


def landed(folder: Path, *pages: list[dict[str, Any]], first: int = 0) -> list[Path]:
    paths = []
    for number, rows in enumerate(pages, start=first):
        path = folder / f"{number:06}.json"
        path.write_text(json.dumps({"links": [], "items": [{"links": [], **row} for row in rows]}))
        paths.append(path)
    return paths


@contextmanager
def staging(
    connection: duckdb.DuckDBPyConnection,
    folder: Path,
    *batches: Sequence[Path],
    table: StoredTable = TABLE,
    columns: Sequence[StoredColumn] = COLUMNS,
    offset: int = 0,
) -> Iterator[Stage]:
    """A stage of some batches of pages, attached."""
    stage = Stage(folder / "stage.duckdb", table, columns, offset)
    try:
        for batch in batches:
            stage.add(batch)
        with stage.attached(connection):
            yield stage
    finally:
        stage.close()


def rows_of(
    connection: duckdb.DuckDBPyConnection, columns: Sequence[StoredColumn] = COLUMNS
) -> list[tuple[Any, ...]]:
    names = ", ".join(f'"{column.name}"' for column in columns)
    return connection.execute(f"SELECT {names} FROM {STAGE} ORDER BY id").fetchall()


def rejected(connection: duckdb.DuckDBPyConnection) -> list[tuple[Any, ...]]:
    return connection.execute(
        "SELECT key, column_name, value, wanted_type FROM _netsuite.rejected_values ORDER BY ALL"
    ).fetchall()
