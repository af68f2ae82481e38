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


def record_deletions_known(
    connection: duckdb.DuckDBPyConnection, name: str, table: str, known_until: datetime
) -> None:
    """Notes that what was deleted of a table up to a moment (UTC) is taken out; call it in the transaction
    that does."""
    _replace(connection, name, table, known_until, refused=False)


def record_deletions_refused(connection: duckdb.DuckDBPyConnection, name: str, refused: bool) -> bool:
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


MAX_UNLOGGED_ROWS = 5


MAX_UNLOGGED_SHARE = 0.01


MAX_LIST_SHARE = 0.10


MAX_QUERY_SHARE = 0.20


def is_small_loss(rows: int, lost: int) -> bool:
    """Whether so few rows of a table without a log of deletions may go unasked.

    Args:
        rows: What the table has before.
        lost: By how many rows it would shrink.

    Example:
        >>> is_small_loss(1000, 5), is_small_loss(1000, 6), is_small_loss(300, 4)
        (True, False, False)
    """
    return lost <= MAX_UNLOGGED_ROWS and lost <= MAX_UNLOGGED_SHARE * rows


def is_small_share(rows: int, lost: int, share: float) -> bool:
    """Whether so few rows may go unasked, by their share alone; of a short table up to five.

    Args:
        rows: What the table has before.
        lost: By how many rows it would shrink.
        share: The greatest share.

    Example:
        >>> is_small_share(1000, 100, 0.1), is_small_share(1000, 101, 0.1), is_small_share(8, 5, 0.1)
        (True, False, True)
    """
    return lost <= max(share * rows, MAX_UNLOGGED_ROWS) and lost < rows
