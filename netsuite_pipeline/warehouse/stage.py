"""From landed pages to a typed stage: one statement, no Python object a row."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from netsuite_pipeline.warehouse.casts import cast_sql, lossy_sql
from netsuite_pipeline.warehouse.errors import LoadRefused
from netsuite_pipeline.warehouse.schema import StoredColumn, StoredTable, quoted, text

STAGE = "temp.main.stage"
_MOST_REJECTS_KEPT = 10_000


@dataclass(frozen=True)
class Staged:
    """What the stage holds: rows, and how many values did not fit their type."""

    rows: int
    rejected: int


@dataclass(frozen=True)
class Sender:
    """Whose rows these are: the sync, its connection, and when it began (UTC), for the rejected values.

    `behind_utc_seconds` is how far the date-times in the pages are behind UTC; 0 unless the account refuses
    SYS_EXTRACT_UTC, where they come in the session's time zone.
    """

    sync_id: str
    connection: str
    seen_at: datetime
    behind_utc_seconds: int = 0


def stage_pages(
    connection: duckdb.DuckDBPyConnection,
    table: StoredTable,
    columns: Sequence[StoredColumn],
    pages: Sequence[Path],
    sender: Sender,
) -> Staged:
    """Reads landed pages into the temporary table `stage`, typed; what does not fit goes to the rejects.

    Args:
        table: The table they are meant for.
        columns: The columns that were asked of NetSuite, keys included.
        pages: The landed files; each a JSON object with a list `items`.
        sender: For the rejected values.

    Returns:
        What is staged.

    Raises:
        LoadRefused: A key is missing or comes twice.
    """
    connection.execute(f"DROP TABLE IF EXISTS {STAGE}")
    if not pages:
        typed = ", ".join(f"NULL::{column.type} AS {quoted(column.name)}" for column in columns)
        connection.execute(f"CREATE TEMP TABLE stage AS SELECT {typed} WHERE false")
        return Staged(0, 0)
    tests = {column.name: lossy_sql(f"r.{quoted(column.name)}", column.kind) for column in columns}
    any_lossy = " OR ".join(test for test in tests.values() if test) or "false"
    typed = ", ".join(
        f"{_typed_sql(column, tests[column.name], table.key)} AS {quoted(column.name)}" for column in columns
    )
    source = _rows_sql(columns, pages)
    connection.execute(
        f"CREATE TEMP TABLE stage AS SELECT {typed}, coalesce({any_lossy}, false) AS _lossy FROM {source}"
    )
    rejected = 0
    lossy = connection.execute(f"SELECT 1 FROM {STAGE} WHERE _lossy LIMIT 1").fetchone()
    if lossy is not None:
        rejected = _keep_rejects(connection, table, columns, tests, source, sender)
    connection.execute(f"ALTER TABLE {STAGE} DROP COLUMN _lossy")
    moments = [quoted(column.name) for column in columns if column.kind == "datetime"]
    if sender.behind_utc_seconds and moments:
        shifts = ", ".join(f"{name} = {name} + to_seconds({sender.behind_utc_seconds})" for name in moments)
        connection.execute(f"UPDATE {STAGE} SET {shifts}")
    return Staged(_checked_keys(connection, table), rejected)


def _typed_sql(column: StoredColumn, lossy: str | None, key: Sequence[str]) -> str:
    cast = cast_sql(f"r.{quoted(column.name)}", column.kind)
    # A rounded key would be another row's: it counts as missing.
    return f"CASE WHEN {lossy} THEN NULL ELSE {cast} END" if lossy and column.name in key else cast


def _rows_sql(columns: Sequence[StoredColumn], pages: Sequence[Path]) -> str:
    # from_json matches keys case-sensitively and gives NULL for an absent one; the structure is all VARCHAR
    # because typed structures are slower and lose digits (facts: measured).
    structure = ", ".join(f'"{column.name}":"VARCHAR"' for column in columns)
    files = ", ".join(text(page.as_posix()) for page in pages)
    return (
        f"(SELECT unnest(from_json(content, '{{\"items\":[{{{structure}}}]}}').items) AS r "
        f"FROM read_text([{files}]))"
    )


def _keep_rejects(
    connection: duckdb.DuckDBPyConnection,
    table: StoredTable,
    columns: Sequence[StoredColumn],
    tests: dict[str, str | None],
    source: str,
    sender: Sender,
) -> int:
    key = " || '/' || ".join(f"coalesce(r.{quoted(part)}, '')" for part in table.key)
    each = " UNION ALL ".join(
        f"SELECT {key} AS key, {text(column.name)} AS column_name, r.{quoted(column.name)} AS value, "
        f"{text(column.type)} AS wanted_type FROM source WHERE {tests[column.name]}"
        for column in columns
        if tests[column.name]
    )
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE rejects AS WITH source AS MATERIALIZED (SELECT r FROM {source}) {each}"
    )
    counted = connection.execute("SELECT count(*) FROM temp.main.rejects").fetchone()
    connection.execute(
        "INSERT INTO _netsuite.rejected_values "
        "SELECT ?, ?, ?, key, column_name, value, wanted_type, ?::TIMESTAMP FROM temp.main.rejects n "
        "WHERE NOT EXISTS (SELECT 1 FROM _netsuite.rejected_values o WHERE o.connection = ? "
        "AND o.table_name = ? AND o.key = n.key AND o.column_name = n.column_name AND o.value = n.value) "
        f"ORDER BY key, column_name LIMIT {_MOST_REJECTS_KEPT}",
        [sender.sync_id, sender.connection, table.name, sender.seen_at, sender.connection, table.name],
    )
    connection.execute("DROP TABLE temp.main.rejects")
    return int(counted[0]) if counted else 0


def _checked_keys(connection: duckdb.DuckDBPyConnection, table: StoredTable) -> int:
    keys = ", ".join(quoted(part) for part in table.key)
    missing = " OR ".join(f"{quoted(part)} IS NULL" for part in table.key)
    row = connection.execute(
        f"SELECT count(*), count(*) FILTER ({missing}), "
        f"(SELECT count(*) FROM (SELECT 1 FROM {STAGE} GROUP BY {keys} HAVING count(*) > 1)) FROM {STAGE}"
    ).fetchone()
    rows, without, doubled = row if row else (0, 0, 0)
    if without or doubled:
        sample = connection.execute(
            f"SELECT {keys}, count(*) FROM {STAGE} GROUP BY {keys} HAVING count(*) > 1 OR {missing} LIMIT 1"
        ).fetchone()
        raise LoadRefused(
            f"{table.name}: {without:,} rows without and {doubled:,} with a doubled key "
            f"({', '.join(table.key)}), for example {sample[:-1] if sample else ''}. "
            "The table stays as it was.",
            remedy="In this account the key must be another: give the table its right key in the catalogue.",
        )
    return int(rows)
