"""The values in `_netsuite.rejected_values`: those that do not fit, and those that NetSuite could not send.

The table keeps the old value of what NetSuite could not send, and the row is queried again. Such a value is
stored with a reason until its row is read completely or deleted.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

import duckdb

from netsuite_pipeline.warehouse.rows.counts import CountsByTable
from netsuite_pipeline.warehouse.schema.schema import (
    StoredTable,
    column_values,
    key_text,
    literal,
    of_table,
    present_columns,
    quoted,
    scalar_count,
    text,
)
from netsuite_pipeline.warehouse.staging.stage_sql import REJECTS, STAGE

_UNREAD = "temp.main.unread"
UNREAD_COUNTS = CountsByTable(
    "counted_unread", "_netsuite.rejected_values", "count(*) FILTER (reason IS NOT NULL) AS unread"
)
"""How many values of each table NetSuite could not send."""


@dataclass(frozen=True)
class UnreadValue:
    """A value that NetSuite could not send.

    Attributes:
        key: The row's key as text, its parts joined by `/`.
        column: The column or label of the query.
        reason: NetSuite's reply instead of the value.
    """

    key: str
    column: str
    reason: str


def record_rejects(
    connection: duckdb.DuckDBPyConnection,
    table: StoredTable,
    columns: Sequence[str],
    *,
    sync_id: str,
    seen_at: datetime,
) -> int:
    """Record the staged values that do not fit their column's type, while the stage is attached.

    Args:
        connection: To the working file.
        table: The table.
        columns: The merged columns; unfit values of other columns are dropped.
        sync_id: The sync.
        seen_at: Its start, UTC.

    Returns:
        The number of unfit values; each is stored once.
    """
    wanted = f"list_contains({literal(columns)}, column_name)"
    rejected = scalar_count(connection, f"SELECT count(*) FROM {REJECTS} WHERE {wanted}")
    if rejected:
        schema, name = text(table.schema), text(table.name)
        connection.execute(
            "INSERT INTO _netsuite.rejected_values "
            "(sync_id, connection, table_name, key, column_name, value, wanted_type, seen_at) "
            f"SELECT {text(sync_id)}, {schema}, {name}, key, column_name, value, wanted_type, "
            f"{literal(seen_at)} FROM {REJECTS} n WHERE {wanted} "
            "AND NOT EXISTS (SELECT 1 FROM _netsuite.rejected_values o "
            f"WHERE o.connection = {schema} AND o.table_name = {name} "
            "AND o.key = n.key AND o.column_name = n.column_name AND o.value = n.value) "
            "ORDER BY key, column_name"
        )
    return rejected


def restore_stored_values(
    connection: duckdb.DuckDBPyConnection, table: StoredTable, unread: Sequence[UnreadValue]
) -> None:
    """Copy stored values into staged rows that NetSuite sent without them.

    Args:
        connection: To the working file, the stage attached; outside a transaction, because one transaction
            can write to only one file.
        table: The table as the load will store it.
        unread: The values that are missing in the stage.
    """
    present = present_columns(connection, table.schema, table.name)
    names = {each.column for each in unread}
    staged = {name for name, *_ in connection.execute(f"SELECT * FROM {STAGE} LIMIT 0").description or ()}
    columns = [
        column
        for column in table.columns
        if column.sent_as in names and column.name in present and column.name in staged
    ]
    if not columns:
        return
    _hold(connection, unread)
    same = " AND ".join(f"t.{quoted(part)} = s.{quoted(part)}" for part in table.key)
    for column in columns:
        name = quoted(column.name)
        connection.execute(
            f"UPDATE {STAGE} AS s SET {name} = t.{name} FROM {table.ref} t WHERE {same} AND s.{name} IS NULL "
            f"AND {key_text(table, 's')} IN (SELECT key FROM {_UNREAD} WHERE column_name = "
            f"{text(column.sent_as)})"
        )


def record_unread(
    connection: duckdb.DuckDBPyConnection,
    table: StoredTable,
    unread: Sequence[UnreadValue],
    *,
    received: Collection[str],
    sync_id: str,
    seen_at: datetime,
) -> None:
    """Record unread values, and delete records of values that were read since, in the merge's transaction.

    Args:
        connection: To the working file, the stage attached.
        table: The table, merged.
        unread: The values that are missing in the stage.
        received: The columns and labels of the query.
        sync_id: The sync.
        seen_at: Its start, UTC.
    """
    connection.execute(
        f"DELETE FROM _netsuite.rejected_values WHERE {_unread_of(table)} AND ("
        f"(list_contains({literal(sorted(received))}, column_name) "
        f"AND key IN (SELECT {key_text(table, 's')} FROM {STAGE} s)) "
        f"OR key NOT IN (SELECT {key_text(table, 't')} FROM {table.ref} t))"
    )
    UNREAD_COUNTS.forget(connection)
    if not unread:
        return
    _hold(connection, unread)
    connection.execute(
        "INSERT INTO _netsuite.rejected_values "
        "(sync_id, connection, table_name, key, column_name, value, wanted_type, seen_at, reason) "
        f"SELECT {text(sync_id)}, {text(table.schema)}, {text(table.name)}, key, column_name, NULL, "
        f"'any', {literal(seen_at)}, any_value(reason) FROM {_UNREAD} GROUP BY key, column_name"
    )
    UNREAD_COUNTS.forget(connection)


def has_unread(connection: duckdb.DuckDBPyConnection, table: StoredTable) -> bool:
    """Return whether some values of a table could not be read in an earlier sync."""
    return UNREAD_COUNTS.count(connection, "unread", table) > 0


def rows_to_read_again(
    connection: duckdb.DuckDBPyConnection, table: StoredTable, sync_id: str, column: str
) -> tuple[str, ...]:
    """Return the values that select rows with unread values, without rows that this sync has read.

    Args:
        connection: To the working file.
        table: The table.
        sync_id: This sync.
        column: The column whose values are returned, as text; for a child, its parent's key.
    """
    if not has_unread(connection, table) or not present_columns(connection, table.schema, table.name):
        return ()
    return column_values(
        connection,
        f"SELECT DISTINCT t.{quoted(column)}::VARCHAR AS k FROM {table.ref} t "
        f"WHERE {key_text(table, 't')} IN (SELECT key FROM _netsuite.rejected_values "
        f"WHERE {_unread_of(table)} AND sync_id <> {text(sync_id)}) ORDER BY k",
    )


def _unread_of(table: StoredTable) -> str:
    """Return the condition of a table's values that NetSuite could not send."""
    return f"{of_table(table.schema, table.name)} AND reason IS NOT NULL"


def _hold(connection: duckdb.DuckDBPyConnection, unread: Sequence[UnreadValue]) -> None:
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE unread AS SELECT "
        f"unnest({literal([each.key for each in unread])}) AS key, "
        f"unnest({literal([each.column for each in unread])}) AS column_name, "
        f"unnest({literal([each.reason for each in unread])}) AS reason"
    )
