"""The view `_netsuite.freshness`: the age of each table at the time of the query."""

from netsuite_pipeline.warehouse.views.views import View, ViewColumn

# `now()` as UTC without a time zone; AT TIME ZONE would need DuckDB's extension icu.
_NOW = "make_timestamp(epoch_us(now()))"
_COLUMNS = (
    ("connection", "coalesce(s.connection, l.connection)", "Schema that the table is in"),
    ("table_name", "coalesce(s.table_name, l.table_name)", "The table"),
    ("synced_at", "s.synced_at", "When it was last synced well, UTC; NULL where it never was"),
    ("age", f"{_NOW} - s.synced_at", "How long ago that is, at the time of the query"),
    (
        "watermark",
        "s.watermark",
        "It has every change up to this time (UTC); NULL for a list read in full, and for a table "
        "that is not complete",
    ),
    ("row_count", "s.row_count", "Rows in it"),
    ("full_read_at", "s.full_read_at", "When all of it was last read, UTC"),
    ("last_status", "l.status", "How it ended the last time: done, failed …"),
    ("last_error", "l.error", "What was wrong then; NULL where nothing was"),
    ("last_tried_at", "l.ended_at", "When that was, UTC"),
)


def freshness_view() -> View:
    """Return the view of each table's age and last sync.

    Syncs without changes publish the file once an hour (`publication.published_lags`), so an age is at most
    an hour too high.

    Example:
        >>> freshness_view().ref
        '"_netsuite"."freshness"'
    """
    return View(
        "_netsuite",
        "freshness",
        tuple(ViewColumn(name, sql, comment=comment) for name, sql, comment in _COLUMNS),
        "_netsuite.table_state s FULL JOIN "
        "(SELECT DISTINCT ON (connection, table_name) connection, table_name, status, error, ended_at "
        "FROM _netsuite.sync_log ORDER BY connection, table_name, rowid DESC) l "
        "ON l.connection = s.connection AND l.table_name = s.table_name",
        "One row a table: how old it is, and how its last sync ended. Where nothing changes in NetSuite the "
        "file is published once an hour, so an age is at most an hour too high",
    )
