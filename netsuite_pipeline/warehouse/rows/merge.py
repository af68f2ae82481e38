"""From the stage into the table: only what really changed is written; what a role lost stays as it was.

Rows are met by their keys alone, never by DuckDB's `rowid`: a column of that name would hide it.

The steps are one transaction's, in this order: `find_missing`, `find_changed`, `write_changed`; or, into an
empty table, `insert_all` alone. There is no primary-key index: DELETE and INSERT are several times cheaper
without (measured), and the stage's keys are known to be unique.

Where keys are not unique, rows that agree in `StoredTable.identity_columns` are numbered on both sides, in
the order of their other values. So each row has one counterpart: of equal rows as many stay as NetSuite has.
"""

from collections.abc import Sequence

import duckdb

from netsuite_pipeline.warehouse.schema.schema import StoredTable, present_columns, quoted, text
from netsuite_pipeline.warehouse.staging.stage_sql import STAGE

MISSING = "temp.main.gone"
"""The keys that `find_missing` found."""
CHANGED = "temp.main.changed"
"""The staged rows that `find_changed` found."""
_DOUBLED = "temp.main.doubled"
_MET = "temp.main.met"


def find_missing(connection: duckdb.DuckDBPyConnection, table: StoredTable, where: str) -> int:
    """Notes the keys of rows that the stage should have and has not.

    Args:
        where: Which rows of the table `t` the stage speaks for, as a condition; `"true"` for all.

    Returns:
        How many there are; `MISSING` has their keys.
    """
    keys = ", ".join(f"t.{quoted(part)}" for part in table.key)
    row = ", t.rowid AS _row" if table.identity_columns else ""
    stored, staged, on = sides(connection, table)
    return _count(
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
    stored, staged, on = sides(connection, table)
    names = ", ".join([*(f"s.{quoted(name)}" for name in columns), *(f"t.{quoted(name)}" for name in kept)])
    values = [name for name in columns if name not in table.key]
    differs = " OR ".join(f"t.{quoted(n)} IS DISTINCT FROM s.{quoted(n)}" for n in values) or "false"
    if table.identity_columns:
        return _count(
            connection,
            f"CREATE OR REPLACE TEMP TABLE changed AS SELECT {names}, t.rowid AS _row FROM {staged} s "
            f"LEFT JOIN {stored} t ON {on} WHERE t.rowid IS NULL OR {differs}",
        )
    if cursor is None:
        # No key in the table is null, so a null is that of a row which is not there.
        return _count(
            connection,
            f"CREATE OR REPLACE TEMP TABLE changed AS SELECT {names} FROM {STAGE} s "
            f"LEFT JOIN {table.ref} t ON {on} WHERE t.{quoted(table.key[0])} IS NULL OR {differs}",
        )
    # Keys are numbered, so that no column of the table can be called as a column of ours.
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
    count = _count(
        connection,
        f"CREATE OR REPLACE TEMP TABLE changed AS SELECT {names} FROM {STAGE} s "
        f"LEFT JOIN {_MET} m ON {met_s} {old_values} WHERE m.k0 IS NULL OR m.moved "
        f"UNION ALL SELECT {names} FROM (FROM {_MET} WHERE NOT moved) m JOIN {STAGE} s ON {met_s} "
        f"JOIN {table.ref} t ON {met_t} WHERE {differs}",
    )
    connection.execute(f"DROP TABLE {_MET}")
    return count


def delete_incomplete_keys(connection: duckdb.DuckDBPyConnection, table: StoredTable) -> int:
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
    rows = connection.execute(f"SELECT {key}::VARCHAR FROM {CHANGED} ORDER BY {key}").fetchall()
    return tuple(row[0] for row in rows)


def write_changed(
    connection: duckdb.DuckDBPyConnection, table: StoredTable, columns: Sequence[str], *, kept: Sequence[str]
) -> None:
    """Writes the rows that `find_changed` found, which was given the same columns."""
    same = f"EXISTS (SELECT 1 FROM {CHANGED} s WHERE {_same_key(table)})"
    if table.identity_columns:
        same = f"t.rowid IN (SELECT _row FROM {CHANGED} WHERE _row IS NOT NULL)"
    connection.execute(f"DELETE FROM {table.ref} t WHERE {same}")
    names = ", ".join(quoted(name) for name in [*columns, *kept])
    by_key = ", ".join(quoted(part) for part in table.key)
    connection.execute(f"INSERT INTO {table.ref} ({names}) SELECT {names} FROM {CHANGED} ORDER BY {by_key}")


def insert_all(connection: duckdb.DuckDBPyConnection, table: StoredTable, columns: Sequence[str]) -> int:
    """Writes all staged rows into a table that has none."""
    names = ", ".join(quoted(name) for name in columns)
    return _count(connection, f"INSERT INTO {table.ref} ({names}) SELECT {names} FROM {STAGE}")


def drop_work_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Drops what the finding noted."""
    connection.execute(f"DROP TABLE IF EXISTS {MISSING}")
    connection.execute(f"DROP TABLE IF EXISTS {CHANGED}")


def delete_duplicates(connection: duckdb.DuckDBPyConnection, table: StoredTable) -> int:
    """Remove all but one of the rows with the same key, after the key has changed. What lacks a part of the
    key is `delete_incomplete_keys`'s.

    Args:
        connection: To the working file, in the transaction in which all rows are written anew.
        table: The table, with its key of now.

    Returns:
        How many rows were removed.
    """
    keys = ", ".join(quoted(part) for part in table.key)
    present = " AND ".join(f"{quoted(part)} IS NOT NULL" for part in table.key)
    twice = f"SELECT ({keys}) FROM {table.ref} WHERE {present} GROUP BY {keys} HAVING count(*) > 1"
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE doubled AS SELECT DISTINCT ON ({keys}) * FROM {table.ref} "
        f"WHERE {present} AND ({keys}) IN ({twice})"
    )
    removed = _count(
        connection,
        f"DELETE FROM {table.ref} t WHERE EXISTS (SELECT 1 FROM {_DOUBLED} s WHERE {_same_key(table)})",
    )
    removed -= _count(connection, f"INSERT INTO {table.ref} SELECT * FROM {_DOUBLED}")
    connection.execute(f"DROP TABLE {_DOUBLED}")
    return removed


def count_rows(connection: duckdb.DuckDBPyConnection, ref: str) -> int:
    """Rows of a table, which is named as SQL."""
    return _count(connection, f"SELECT count(*) FROM {ref}")


def sides(connection: duckdb.DuckDBPyConnection, table: StoredTable) -> tuple[str, str, str]:
    """Return the table and the stage as SQL, and the condition that a row `t` and a row `s` are the same."""
    if not table.identity_columns:
        return table.ref, STAGE, _same_key(table)
    staged = connection.execute(f"SELECT name FROM pragma_table_info({text(STAGE)})").fetchall()
    present = present_columns(connection, table.schema, table.name)
    names = [name for (name,) in staged if name in present]
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


def _count(connection: duckdb.DuckDBPyConnection, statement: str) -> int:
    row = connection.execute(statement).fetchone()
    return int(row[0]) if row else 0
