"""From the stage into the table: only what really changed is written; what a role lost stays as it was.

The steps are one transaction's, in this order: `find_gone`, `find_changed`, `write_changed`; or, into an
empty table, `insert_all` alone. There is no primary-key index: DELETE and INSERT are several times cheaper
without (measured), and the stage's keys are known to be unique.
"""

from collections.abc import Sequence

import duckdb

from netsuite_pipeline.warehouse.reading import STAGE
from netsuite_pipeline.warehouse.schema import StoredTable, quoted

GONE = "temp.main.gone"
"""The keys that `find_gone` found."""
_CHANGED = "temp.main.changed"
_MET = "temp.main.met"


def find_gone(connection: duckdb.DuckDBPyConnection, table: StoredTable, where: str) -> int:
    """Notes the keys of rows that the stage should have and has not.

    Args:
        where: Which rows of the table `t` the stage speaks for, as a condition; `"true"` for all.

    Returns:
        How many there are; `GONE` has their keys.
    """
    keys = ", ".join(f"t.{quoted(part)}" for part in table.key)
    return _count(
        connection,
        f"CREATE OR REPLACE TEMP TABLE gone AS SELECT {keys} FROM {table.ref} t "
        f"ANTI JOIN {STAGE} s ON {_same_key(table)} WHERE {where}",
    )


def find_changed(
    connection: duckdb.DuckDBPyConnection,
    table: StoredTable,
    columns: Sequence[str],
    *,
    kept: Sequence[str],
    cursor: str | None = None,
) -> int:
    """Notes the staged rows that are new, or differ from the table's in a column that was sent.

    Rows that are equal are not touched: reading an overlap again costs no writing.

    Args:
        columns: The columns that were sent.
        kept: The table's other columns, which keep their values.
        cursor: A column that moves whenever a row changes, for a stage that is small beside the table: then
            only the key and this column are read of the whole table.

    Returns:
        How many there are.
    """
    on = _same_key(table)
    names = ", ".join([*(f"s.{quoted(name)}" for name in columns), *(f"t.{quoted(name)}" for name in kept)])
    values = [name for name in columns if name not in table.key]
    differs = " OR ".join(f"t.{quoted(n)} IS DISTINCT FROM s.{quoted(n)}" for n in values) or "false"
    if cursor is None:
        return _count(
            connection,
            f"CREATE OR REPLACE TEMP TABLE changed AS SELECT {names}, t.rowid AS _row FROM {STAGE} s "
            f"LEFT JOIN {table.ref} t ON {on} WHERE t.rowid IS NULL OR {differs}",
        )
    old_values = f"LEFT JOIN {table.ref} t ON t.rowid = m._row" if kept else ""
    moved = f"t.{quoted(cursor)} IS DISTINCT FROM s.{quoted(cursor)}"
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE met AS SELECT s.rowid AS _staged, t.rowid AS _row, {moved} AS _moved "
        f"FROM {STAGE} s JOIN {table.ref} t ON {on}"
    )
    count = _count(
        connection,
        f"CREATE OR REPLACE TEMP TABLE changed AS SELECT {names}, m._row FROM {STAGE} s "
        f"LEFT JOIN {_MET} m ON m._staged = s.rowid {old_values} WHERE m._row IS NULL OR m._moved "
        f"UNION ALL SELECT {names}, m._row FROM {_MET} m JOIN {STAGE} s ON m._staged = s.rowid "
        f"JOIN {table.ref} t ON t.rowid = m._row WHERE NOT m._moved AND ({differs})",
    )
    connection.execute(f"DROP TABLE {_MET}")
    return count


def remove_short_keys(connection: duckdb.DuckDBPyConnection, table: StoredTable) -> int:
    """Remove rows that lack parts of the key and are staged with the whole key; call it after a full read.

    Such rows were read while the account did not have a part of the key.

    Returns:
        How many were removed.
    """
    lacking = " OR ".join(f"t.{quoted(part)} IS NULL" for part in table.key)
    same = " AND ".join(
        f"(t.{quoted(part)} IS NULL OR t.{quoted(part)} = s.{quoted(part)})" for part in table.key
    )
    if not _count(connection, f"SELECT count(*) FROM {table.ref} t WHERE {lacking}"):
        return 0
    return _count(
        connection,
        f"DELETE FROM {table.ref} t WHERE ({lacking}) AND EXISTS (SELECT 1 FROM {STAGE} s WHERE {same})",
    )


def changed_keys(connection: duckdb.DuckDBPyConnection, table: StoredTable) -> tuple[str, ...]:
    """The first part of the keys that `find_changed` found, as text."""
    key = quoted(table.key[0])
    rows = connection.execute(f"SELECT {key}::VARCHAR FROM {_CHANGED} ORDER BY {key}").fetchall()
    return tuple(row[0] for row in rows)


def write_changed(
    connection: duckdb.DuckDBPyConnection, table: StoredTable, columns: Sequence[str], *, kept: Sequence[str]
) -> None:
    """Writes the rows that `find_changed` found, which was given the same columns."""
    connection.execute(
        f"DELETE FROM {table.ref} WHERE rowid IN (SELECT _row FROM {_CHANGED} WHERE _row IS NOT NULL)"
    )
    names = ", ".join(quoted(name) for name in [*columns, *kept])
    by_key = ", ".join(quoted(part) for part in table.key)
    connection.execute(f"INSERT INTO {table.ref} ({names}) SELECT {names} FROM {_CHANGED} ORDER BY {by_key}")


def insert_all(connection: duckdb.DuckDBPyConnection, table: StoredTable, columns: Sequence[str]) -> int:
    """Writes all staged rows into a table that has none."""
    names = ", ".join(quoted(name) for name in columns)
    return _count(connection, f"INSERT INTO {table.ref} ({names}) SELECT {names} FROM {STAGE}")


def forget_found(connection: duckdb.DuckDBPyConnection) -> None:
    """Drops what the finding noted."""
    connection.execute(f"DROP TABLE IF EXISTS {GONE}")
    connection.execute(f"DROP TABLE IF EXISTS {_CHANGED}")


def count_rows(connection: duckdb.DuckDBPyConnection, ref: str) -> int:
    """Rows of a table, which is named as SQL."""
    return _count(connection, f"SELECT count(*) FROM {ref}")


def _same_key(table: StoredTable) -> str:
    return " AND ".join(f"t.{quoted(part)} = s.{quoted(part)}" for part in table.key)


def _count(connection: duckdb.DuckDBPyConnection, statement: str) -> int:
    row = connection.execute(statement).fetchone()
    return int(row[0]) if row else 0
