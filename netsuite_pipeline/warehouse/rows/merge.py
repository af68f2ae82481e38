"""Merge of the stage into the table: only changed rows are written, and unread columns keep their values.

Rows are matched by their keys, never by DuckDB's `rowid`: a column of that name would hide it.

The steps are in one transaction, in this order: `find_missing`, `find_changed`, `write_changed`; or, for an
empty table, `insert_all` alone. There is no primary-key index: DELETE and INSERT are several times cheaper
without one (measured), and the stage's keys are unique.

Where keys are not unique, rows that agree in `StoredTable.identity_columns` are numbered on both sides, in
the order of their other values. So each row has one counterpart, and as many equal rows stay as NetSuite has.
"""

from collections.abc import Sequence

import duckdb

from netsuite_pipeline.warehouse.schema.schema import (
    StoredTable,
    column_values,
    present_columns,
    quoted,
    scalar_count,
    text,
)
from netsuite_pipeline.warehouse.staging.stage_sql import STAGE

MISSING = "temp.main.gone"
"""Work table with the keys that `find_missing` found."""
CHANGED = "temp.main.changed"
"""Work table with the staged rows that `find_changed` found."""
_DOUBLED = "temp.main.doubled"
_MET = "temp.main.met"


def find_missing(connection: duckdb.DuckDBPyConnection, table: StoredTable, where: str) -> int:
    """Write the keys of stored rows that the stage lacks to `MISSING`.

    Args:
        connection: To the working file, the stage attached.
        table: The table.
        where: The rows of the table `t` that the stage covers, as a condition; `"true"` for all.

    Returns:
        The number of missing rows.
    """
    keys = ", ".join(f"t.{quoted(part)}" for part in table.key)
    row = ", t.rowid AS _row" if table.identity_columns else ""
    stored, staged, on = sides(connection, table)
    return scalar_count(
        connection,
        f"CREATE OR REPLACE TEMP TABLE gone AS SELECT {keys}{row} FROM {stored} t "
        f"ANTI JOIN {staged} s ON {on} WHERE {where}",
    )


def find_changed(
    connection: duckdb.DuckDBPyConnection,
    table: StoredTable,
    columns: Sequence[str],
    *,
    kept: Sequence[str],
    cursor: str | None = None,
) -> int:
    """Write the staged rows that are new, or differ in a received column, to `CHANGED`.

    Equal rows are not written: an overlap that is read again costs no writing.

    Args:
        connection: To the working file, the stage attached.
        table: The table.
        columns: The received columns.
        kept: The table's other columns, which keep their values.
        cursor: A column that changes whenever a row changes, for a stage that is small beside the table: then
            only the key and this column are read from the whole table.

    Returns:
        The number of changed rows.
    """
    stored, staged, on = sides(connection, table)
    names = ", ".join([*(f"s.{quoted(name)}" for name in columns), *(f"t.{quoted(name)}" for name in kept)])
    values = [name for name in columns if name not in table.key]
    differs = " OR ".join(f"t.{quoted(n)} IS DISTINCT FROM s.{quoted(n)}" for n in values) or "false"
    if table.identity_columns:
        return scalar_count(
            connection,
            f"CREATE OR REPLACE TEMP TABLE changed AS SELECT {names}, t.rowid AS _row FROM {staged} s "
            f"LEFT JOIN {stored} t ON {on} WHERE t.rowid IS NULL OR {differs}",
        )
    if cursor is None:
        # No stored key is NULL, so NULL means that the row does not exist.
        return scalar_count(
            connection,
            f"CREATE OR REPLACE TEMP TABLE changed AS SELECT {names} FROM {STAGE} s "
            f"LEFT JOIN {table.ref} t ON {on} WHERE t.{quoted(table.key[0])} IS NULL OR {differs}",
        )
    # Keys are numbered, so that no column of the table has the name of a work column.
    parts = ", ".join(f"s.{quoted(part)} AS k{place}" for place, part in enumerate(table.key))
    met_s, met_t = (
        " AND ".join(f"m.k{place} = {alias}.{quoted(part)}" for place, part in enumerate(table.key))
        for alias in "st"
    )
    moved = f"t.{quoted(cursor)} IS DISTINCT FROM s.{quoted(cursor)}"
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE met AS SELECT {parts}, {moved} AS moved "
        f"FROM {STAGE} s JOIN {table.ref} t ON {on}"
    )
    old_values = f"LEFT JOIN {table.ref} t ON {met_t}" if kept else ""
    count = scalar_count(
        connection,
        f"CREATE OR REPLACE TEMP TABLE changed AS SELECT {names} FROM {STAGE} s "
        f"LEFT JOIN {_MET} m ON {met_s} {old_values} WHERE m.k0 IS NULL OR m.moved "
        f"UNION ALL SELECT {names} FROM (FROM {_MET} WHERE NOT moved) m JOIN {STAGE} s ON {met_s} "
        f"JOIN {table.ref} t ON {met_t} WHERE {differs}",
    )
    connection.execute(f"DROP TABLE {_MET}")
    return count


def delete_incomplete_keys(connection: duckdb.DuckDBPyConnection, table: StoredTable) -> int:
    """Delete rows without parts of the key that are staged with the whole key, after a full read.

    Such rows were read while the account did not expose a part of the key.

    Returns:
        The number of deleted rows.
    """
    lacking = " OR ".join(f"t.{quoted(part)} IS NULL" for part in table.key)
    same = " AND ".join(
        f"(t.{quoted(part)} IS NULL OR t.{quoted(part)} = s.{quoted(part)})" for part in table.key
    )
    if not scalar_count(connection, f"SELECT count(*) FROM {table.ref} t WHERE {lacking}"):
        return 0
    return scalar_count(
        connection,
        f"DELETE FROM {table.ref} t WHERE ({lacking}) AND EXISTS (SELECT 1 FROM {STAGE} s WHERE {same})",
    )


def changed_keys(connection: duckdb.DuckDBPyConnection, table: StoredTable) -> tuple[str, ...]:
    """Return the first part of the keys that `find_changed` found, as text."""
    key = quoted(table.key[0])
    return column_values(connection, f"SELECT {key}::VARCHAR FROM {CHANGED} ORDER BY {key}")


def write_changed(
    connection: duckdb.DuckDBPyConnection, table: StoredTable, columns: Sequence[str], *, kept: Sequence[str]
) -> None:
    """Write the rows that `find_changed` found, with the same columns."""
    same = f"EXISTS (SELECT 1 FROM {CHANGED} s WHERE {_same_key(table)})"
    if table.identity_columns:
        same = f"t.rowid IN (SELECT _row FROM {CHANGED} WHERE _row IS NOT NULL)"
    connection.execute(f"DELETE FROM {table.ref} t WHERE {same}")
    names = ", ".join(quoted(name) for name in [*columns, *kept])
    by_key = ", ".join(quoted(part) for part in table.key)
    connection.execute(f"INSERT INTO {table.ref} ({names}) SELECT {names} FROM {CHANGED} ORDER BY {by_key}")


def insert_all(connection: duckdb.DuckDBPyConnection, table: StoredTable, columns: Sequence[str]) -> int:
    """Write all staged rows into an empty table, and return their number."""
    names = ", ".join(quoted(name) for name in columns)
    return scalar_count(connection, f"INSERT INTO {table.ref} ({names}) SELECT {names} FROM {STAGE}")


def drop_work_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Drop the work tables of `find_missing` and `find_changed`."""
    connection.execute(f"DROP TABLE IF EXISTS {MISSING}")
    connection.execute(f"DROP TABLE IF EXISTS {CHANGED}")


def delete_duplicates(connection: duckdb.DuckDBPyConnection, table: StoredTable) -> int:
    """Delete all but one of the rows with the same key, after the key has changed.

    `delete_incomplete_keys` deletes rows without a part of the key.

    Args:
        connection: To the working file, in the transaction that writes all rows.
        table: The table, with its current key.

    Returns:
        The number of deleted rows.
    """
    keys = ", ".join(quoted(part) for part in table.key)
    present = " AND ".join(f"{quoted(part)} IS NOT NULL" for part in table.key)
    twice = f"SELECT ({keys}) FROM {table.ref} WHERE {present} GROUP BY {keys} HAVING count(*) > 1"
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE doubled AS SELECT DISTINCT ON ({keys}) * FROM {table.ref} "
        f"WHERE {present} AND ({keys}) IN ({twice})"
    )
    removed = scalar_count(
        connection,
        f"DELETE FROM {table.ref} t WHERE EXISTS (SELECT 1 FROM {_DOUBLED} s WHERE {_same_key(table)})",
    )
    removed -= scalar_count(connection, f"INSERT INTO {table.ref} SELECT * FROM {_DOUBLED}")
    connection.execute(f"DROP TABLE {_DOUBLED}")
    return removed


def count_rows(connection: duckdb.DuckDBPyConnection, ref: str) -> int:
    """Return the row count of a table, which is named as SQL."""
    return scalar_count(connection, f"SELECT count(*) FROM {ref}")


def sides(connection: duckdb.DuckDBPyConnection, table: StoredTable) -> tuple[str, str, str]:
    """Return the table and the stage as SQL, and the condition that rows `t` and `s` match."""
    if not table.identity_columns:
        return table.ref, STAGE, _same_key(table)
    staged = column_values(connection, f"SELECT name FROM pragma_table_info({text(STAGE)})")
    present = present_columns(connection, table.schema, table.name)
    names = [name for name in staged if name in present]
    parts = [name for name in table.identity_columns if name in names]
    others = ", ".join(quoted(name) for name in names if name not in parts)
    order = f" ORDER BY {others}" if others else ""
    window = f"row_number() OVER (PARTITION BY {', '.join(map(quoted, parts))}{order}) AS _n"
    same = [f"t.{quoted(part)} IS NOT DISTINCT FROM s.{quoted(part)}" for part in parts]
    return (
        f"(SELECT rowid, *, {window} FROM {table.ref})",
        f"(SELECT rowid, *, {window} FROM {STAGE})",
        " AND ".join([*same, "t._n = s._n"]),
    )


def _same_key(table: StoredTable) -> str:
    return " AND ".join(f"t.{quoted(part)} = s.{quoted(part)}" for part in table.key)
