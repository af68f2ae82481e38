"""Time up to which deletions of each table are known, and the limits of unexplained losses."""

from collections.abc import Mapping
from datetime import datetime

import duckdb

from netsuite_pipeline.warehouse.schema.schema import has_rows, insert_row, literal, of_table, text

_ALL = ""  # the row for the whole connection


def ensure_deletions(connection: duckdb.DuckDBPyConnection) -> None:
    """Create `_netsuite.deletions_known` in the existing schema if it is missing."""
    connection.execute(
        "CREATE TABLE IF NOT EXISTS _netsuite.deletions_known (connection VARCHAR NOT NULL, "
        "table_name VARCHAR NOT NULL, known_until TIMESTAMP, refused BOOLEAN NOT NULL)"
    )


def read_deletions_known(connection: duckdb.DuckDBPyConnection, name: str) -> dict[str, datetime]:
    """Return the time (UTC) up to which deleted records are removed, by table."""
    rows = connection.execute(
        "SELECT table_name, known_until FROM _netsuite.deletions_known "
        f"WHERE connection = {text(name)} AND known_until IS NOT NULL"
    ).fetchall()
    return dict(rows)


def record_deletions_known(
    connection: duckdb.DuckDBPyConnection, name: str, table: str, known_until: datetime
) -> None:
    """Record the time (UTC) up to which a table's deleted records are removed, in the same transaction."""
    record_all_deletions_known(connection, name, {table: known_until})


def record_all_deletions_known(
    connection: duckdb.DuckDBPyConnection, name: str, known_until: Mapping[str, datetime]
) -> None:
    """Record the time (UTC) up to which deleted records are removed, by table, in a transaction."""
    _replace(connection, name, known_until, refused=False)


def record_deletions_refused(connection: duckdb.DuckDBPyConnection, name: str, refused: bool) -> bool:
    """Record whether the role may not read Deleted Records.

    Returns:
        Whether that has changed.
    """
    known = f"SELECT 1 FROM _netsuite.deletions_known WHERE {of_table(name, _ALL)} AND refused"
    if has_rows(connection, known) == refused:
        return False
    _replace(connection, name, {_ALL: None}, refused=refused)
    return True


def _replace(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    known_until: Mapping[str, datetime | None],
    *,
    refused: bool,
) -> None:
    connection.execute(
        f"DELETE FROM _netsuite.deletions_known WHERE connection = {text(name)} "
        f"AND list_contains({literal(tuple(known_until))}, table_name)"
    )
    for table, until in known_until.items():
        row = {"connection": name, "table_name": table, "known_until": until, "refused": refused}
        insert_row(connection, "deletions_known", row)


MAX_UNLOGGED_ROWS = 5
"""The most rows that a table without a deletion log may lose without further evidence."""
MAX_UNLOGGED_SHARE = 0.01
"""The largest share of rows that such a table may lose."""
MAX_LIST_SHARE = 0.10
"""The largest share of rows that a list may lose."""
MAX_QUERY_SHARE = 0.20
"""The largest share of rows that a query table may lose."""


def is_small_loss(rows: int, lost: int) -> bool:
    """Return whether a table without a deletion log may lose so many rows without further evidence.

    Args:
        rows: Its row count before.
        lost: The number of lost rows.

    Example:
        >>> is_small_loss(1000, 5), is_small_loss(1000, 6), is_small_loss(300, 4)
        (True, False, False)
    """
    return lost <= MAX_UNLOGGED_ROWS and lost <= MAX_UNLOGGED_SHARE * rows


def is_small_share(rows: int, lost: int, share: float) -> bool:
    """Return whether a table may lose so many rows, by their share alone; a short table may lose five.

    Args:
        rows: Its row count before.
        lost: The number of lost rows.
        share: The largest share.

    Example:
        >>> is_small_share(1000, 100, 0.1), is_small_share(1000, 101, 0.1), is_small_share(8, 5, 0.1)
        (True, False, True)
    """
    return lost <= max(share * rows, MAX_UNLOGGED_ROWS) and lost < rows
