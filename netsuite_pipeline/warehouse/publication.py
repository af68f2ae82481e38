"""Whether the published file lags behind the working file, by their logs."""

from datetime import datetime, timedelta

import duckdb

from netsuite_pipeline.warehouse.schema.schema import present_columns, scalar_count

MAX_PUBLICATION_LAG = timedelta(minutes=55)
"""The lag of times in the published file at which a sync without changes publishes it.

Readers are promised an hour. An hourly sync that starts some seconds early must publish too."""


def changes_logged(connection: duckdb.DuckDBPyConnection) -> int:
    """Return the number of log entries that changed a table.

    The published file has as many as the working file, unless a commit was not published.
    """
    if not present_columns(connection, "_netsuite", "sync_log"):
        return 0
    return scalar_count(
        connection, "SELECT count(*) FROM _netsuite.sync_log WHERE rows_written > 0 OR rows_deleted > 0"
    )


def published_lags(working: duckdb.DuckDBPyConnection, published: duckdb.DuckDBPyConnection) -> bool:
    """Return whether the published file must be replaced.

    It must if committed rows or rebuilt marts are missing, if a table's last status differs, or if the times
    of the last good sync or the last try lag by `MAX_PUBLICATION_LAG`. Another failure of a failing table
    changes nothing.
    """
    if changes_logged(working) != changes_logged(published):
        return True
    if _marts_built(working) != _marts_built(published):
        return True
    ended, ended_published = _last_ends(working), _last_ends(published)
    if {table: status for table, (status, _) in ended.items()} != {
        table: status for table, (status, _) in ended_published.items()
    }:
        return True
    tried = {table: at for table, (_, at) in ended.items()}
    tried_published = {table: at for table, (_, at) in ended_published.items()}
    return _lag(tried, tried_published) or _lag(_synced(working), _synced(published))


def _marts_built(connection: duckdb.DuckDBPyConnection) -> dict[str, datetime]:
    """Return the time of the last build of the marts, by connection."""
    if not present_columns(connection, "_netsuite", "marts_state"):
        return {}
    return dict(connection.execute("SELECT connection, built_at FROM _netsuite.marts_state").fetchall())


_Times = dict[tuple[str, str], datetime]


def _lag(working: _Times, published: _Times) -> bool:
    """Return whether a table's time lags too far, or is ahead after a clock was corrected."""
    return any(
        table not in published or abs(at - published[table]) >= MAX_PUBLICATION_LAG
        for table, at in working.items()
    )


def _last_ends(connection: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], tuple[str, datetime]]:
    """Return the last status of each table and its time, by connection and table."""
    if not present_columns(connection, "_netsuite", "sync_log"):
        return {}
    rows = connection.execute(
        "SELECT connection, table_name, arg_max(status, rowid), arg_max(ended_at, rowid) "
        "FROM _netsuite.sync_log GROUP BY ALL"
    ).fetchall()
    return {(row[0], row[1]): (row[2], row[3]) for row in rows}


def _synced(connection: duckdb.DuckDBPyConnection) -> _Times:
    """Return the last good sync of each table, by connection and table."""
    if not present_columns(connection, "_netsuite", "table_state"):
        return {}
    rows = connection.execute(
        "SELECT connection, table_name, synced_at FROM _netsuite.table_state"
    ).fetchall()
    return {(row[0], row[1]): row[2] for row in rows}
