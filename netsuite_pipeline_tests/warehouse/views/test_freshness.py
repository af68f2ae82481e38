"""`_netsuite.freshness`: how old each table is at the time of the query, and how its last sync ended."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import duckdb
import pytest

from netsuite_pipeline.warehouse.state import ensure_state, write_state
from netsuite_pipeline.warehouse.views.freshness import freshness_view
from netsuite_pipeline.warehouse.views.views import update_views
from netsuite_pipeline_tests.warehouse.test_state import ENDED_AT, ENTRY, STATE, row_with, write_log


@pytest.fixture(params=["UTC", "America/Los_Angeles", "Asia/Kolkata"])
def connection(request: pytest.FixtureRequest) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        opened.execute(f"SET TimeZone = '{request.param}'")
        ensure_state(opened)
        update_views(opened, ["_netsuite"], [freshness_view()])
        yield opened


def _synced(connection: duckdb.DuckDBPyConnection, table: str, at: datetime) -> None:
    write_state(connection, "netsuite", table, replace(STATE, synced_at=at, full_read_at=at), sync_id="1")


def _asked(connection: duckdb.DuckDBPyConnection, columns: str) -> list[tuple[object, ...]]:
    return connection.execute(f"SELECT {columns} FROM _netsuite.freshness ORDER BY table_name").fetchall()


def test_the_age_counts_from_the_last_good_sync_in_any_time_zone(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    now = datetime.now(UTC).replace(tzinfo=None)
    _synced(connection, "customer", now - timedelta(days=2, hours=3))
    ((age,),) = _asked(connection, "age")
    assert isinstance(age, timedelta)
    assert timedelta(0) <= age - timedelta(days=2, hours=3) < timedelta(minutes=1)


def test_a_table_is_one_row_with_what_the_last_sync_did(connection: duckdb.DuckDBPyConnection) -> None:
    _synced(connection, "customer", STATE.synced_at)
    write_log(connection, [row_with(ENTRY, status="failed", error="No permission.")])
    write_log(connection, [ENTRY])
    assert _asked(
        connection,
        "connection, table_name, synced_at, watermark, row_count, full_read_at, last_status, last_error",
    ) == [
        (
            "netsuite",
            "customer",
            STATE.synced_at,
            STATE.watermark,
            STATE.row_count,
            STATE.synced_at,
            "done",
            None,
        )
    ]


def test_a_table_that_failed_since_keeps_its_age_and_says_why(connection: duckdb.DuckDBPyConnection) -> None:
    _synced(connection, "customer", STATE.synced_at)
    write_log(connection, [ENTRY, row_with(ENTRY, status="failed", error="No permission.")])
    assert _asked(connection, "synced_at, last_status, last_error, last_tried_at") == [
        (STATE.synced_at, "failed", "No permission.", ENDED_AT)
    ]


def test_a_table_that_never_came_is_listed_too(connection: duckdb.DuckDBPyConnection) -> None:
    write_log(connection, [row_with(ENTRY, status="failed", error="No permission.")])
    assert _asked(connection, "connection, table_name, synced_at, age, last_error") == [
        ("netsuite", "customer", None, None, "No permission.")
    ]


def test_the_same_table_of_two_connections_is_two_rows(connection: duckdb.DuckDBPyConnection) -> None:
    _synced(connection, "customer", STATE.synced_at)
    write_log(connection, [ENTRY, row_with(ENTRY, connection="sandbox", status="failed", error="Gone.")])
    assert sorted(_asked(connection, "connection, last_status")) == [
        ("netsuite", "done"),
        ("sandbox", "failed"),
    ]
