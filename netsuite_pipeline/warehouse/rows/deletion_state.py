"""Up to when deletions are known of each table, and whether NetSuite tells of them at all."""

from datetime import datetime

import duckdb

from netsuite_pipeline.warehouse.schema.schema import literal, text

_ALL = ""  # the row that is about no single table


def ensure_deletions(connection: duckdb.DuckDBPyConnection) -> None:
    """Makes `_netsuite.deletions_known` where it is not there yet; the schema is."""
    connection.execute(
        "CREATE TABLE IF NOT EXISTS _netsuite.deletions_known (connection VARCHAR NOT NULL, "
        "table_name VARCHAR NOT NULL, known_until TIMESTAMP, refused BOOLEAN NOT NULL)"
    )


def read_deletions_known(connection: duckdb.DuckDBPyConnection, name: str) -> dict[str, datetime]:
    """Up to which moment (UTC) the deleted records of each table were taken out."""
    rows = connection.execute(
        "SELECT table_name, known_until FROM _netsuite.deletions_known "
        f"WHERE connection = {text(name)} AND known_until IS NOT NULL"
    ).fetchall()
    return dict(rows)


def note_deletions(
    connection: duckdb.DuckDBPyConnection, name: str, table: str, known_until: datetime
) -> None:
    """Notes that what was deleted of a table up to a moment (UTC) is taken out; call it in the transaction
    that does."""
    _replace(connection, name, table, known_until, refused=False)


def note_deletions_refused(connection: duckdb.DuckDBPyConnection, name: str, refused: bool) -> bool:
    """Notes whether NetSuite refuses to tell of deletions.

    Returns:
        Whether that is news.
    """
    row = connection.execute(
        f"SELECT refused FROM _netsuite.deletions_known WHERE {_row_of(name, _ALL)}"
    ).fetchone()
    if (row is not None and row[0]) == refused:
        return False
    _replace(connection, name, _ALL, None, refused=refused)
    return True


def _replace(
    connection: duckdb.DuckDBPyConnection, name: str, table: str, until: datetime | None, *, refused: bool
) -> None:
    values = ", ".join(literal(value) for value in (name, table, until, refused))
    connection.execute(f"DELETE FROM _netsuite.deletions_known WHERE {_row_of(name, table)}")
    connection.execute(f"INSERT INTO _netsuite.deletions_known VALUES ({values})")


def _row_of(name: str, table: str) -> str:
    return f"connection = {text(name)} AND table_name = {text(table)}"
