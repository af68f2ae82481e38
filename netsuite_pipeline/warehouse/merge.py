"""From the stage into the table: only what really changed is written; what a role lost stays as it was."""

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

from netsuite_pipeline.warehouse.schema import StoredTable, present_columns, quoted
from netsuite_pipeline.warehouse.stage import STAGE


@dataclass(frozen=True)
class Merged:
    """Rows written (new or changed), rows deleted, rows that the table has now."""

    written: int
    deleted: int
    rows: int


def merge_stage(
    connection: duckdb.DuckDBPyConnection,
    table: StoredTable,
    columns: Sequence[str],
    *,
    gone_where: str | None = None,
) -> Merged:
    """Merges the temporary table `stage` into the table, by key. Call it inside a transaction.

    Rows that are there already, equal in every column that was sent, are not touched: reading an overlap
    again costs no writing. Columns that were not sent keep their values. There is no primary-key index:
    DELETE and INSERT are several times cheaper without (measured), and the stage's keys are known to be
    unique.

    Args:
        table: The table, with all its columns in place.
        columns: The columns that the stage has.
        gone_where: Which rows of the table `t` the stage speaks for, as a condition; those of them that it
            does not hold are deleted. None deletes nothing, `"true"` makes the table equal to the stage.

    Returns:
        What was done.
    """
    target = table.ref
    on = " AND ".join(f"t.{quoted(part)} = s.{quoted(part)}" for part in table.key)
    kept = [
        name for name in present_columns(connection, table.schema, table.name) if name not in set(columns)
    ]
    differs = " OR ".join(
        f"t.{quoted(name)} IS DISTINCT FROM s.{quoted(name)}" for name in columns if name not in table.key
    )
    old_values = "".join(f", t.{quoted(name)}" for name in kept)
    first = quoted(table.key[0])
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE changed AS "
        f"SELECT s.*{old_values} FROM {STAGE} s LEFT JOIN {target} t ON {on} "
        f"WHERE t.{first} IS NULL{f' OR {differs}' if differs else ''}"
    )
    deleted = 0
    if gone_where is not None:
        deleted = _count(
            connection,
            f"DELETE FROM {target} t WHERE ({gone_where}) "
            f"AND NOT EXISTS (SELECT 1 FROM {STAGE} s WHERE {on})",
        )
    connection.execute(f"DELETE FROM {target} t USING temp.main.changed s WHERE {on}")
    names = ", ".join(quoted(name) for name in [*columns, *kept])
    by_key = ", ".join(quoted(part) for part in table.key)
    written = _count(
        connection, f"INSERT INTO {target} ({names}) SELECT {names} FROM temp.main.changed ORDER BY {by_key}"
    )
    connection.execute("DROP TABLE temp.main.changed")
    rows = _count(connection, f"SELECT count(*) FROM {target}")
    return Merged(written, deleted, rows)


def _count(connection: duckdb.DuckDBPyConnection, statement: str) -> int:
    row = connection.execute(statement).fetchone()
    return int(row[0]) if row else 0
