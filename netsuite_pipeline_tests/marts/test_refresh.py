"""Marts are rebuilt when something that they show has changed, and only then."""

from datetime import date, datetime, time
from pathlib import Path

import duckdb
import pytest

from netsuite_pipeline.marts import refresh, refresh_marts
from netsuite_pipeline.marts.catalogue import marts_catalogue
from netsuite_pipeline.warehouse.errors import WarehouseError
from netsuite_pipeline.warehouse.schema.schema import insert_row
from netsuite_pipeline.warehouse.state import ensure_state
from netsuite_pipeline_tests.marts.ledger import TODAY, Ledger, Line
from netsuite_pipeline_tests.marts.test_statements import BANK, CAPITAL, two_years

NOON = datetime.combine(TODAY, time(12))
_LOG = {
    "sync_id": "1", "connection": "netsuite", "mode": "full", "status": "done", "started_at": NOON,
    "ended_at": NOON, "rows_read": 1, "rows_deleted": 0, "rejected_values": 0, "requests": 1, "retries": 0,
    "throttled": 0, "seconds": 1.0, "notes": (),
}  # fmt: skip


def synced(ledger: Ledger) -> duckdb.DuckDBPyConnection:
    """A file after a first sync of a ledger's tables."""
    connection = duckdb.connect()
    ensure_state(connection)
    ledger.write(connection)
    for table in ledger.tables:
        row = {"connection": "netsuite", "table_name": table, "columns": ("id",), "absent_columns": (),
               "absent_asked_at": NOON, "row_count": 1, "synced_at": NOON, "sync_id": "1"}  # fmt: skip
        insert_row(connection, "table_state", row)
        changed(connection, table)
    return connection


def changed(connection: duckdb.DuckDBPyConnection, table: str, rows: int = 1) -> None:
    """What a sync logs that wrote rows of a table."""
    insert_row(connection, "sync_log", {**_LOG, "table_name": table, "rows_written": rows})


def rebuilt(connection: duckdb.DuckDBPyConnection, now: datetime = NOON) -> bool:
    return refresh_marts(connection, "netsuite", now, force=False) is not None


@pytest.fixture
def connection() -> duckdb.DuckDBPyConnection:
    """A synced ledger whose marts are built."""
    connection = synced(two_years())
    assert rebuilt(connection)
    return connection


def test_marts_of_unchanged_tables_are_left_alone(connection: duckdb.DuckDBPyConnection) -> None:
    assert not rebuilt(connection)
    changed(connection, "transaction", rows=0)
    assert not rebuilt(connection)


def test_a_change_of_a_table_that_no_mart_uses_rebuilds_nothing(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    changed(connection, "customrecord_of_no_mart")
    assert not rebuilt(connection)


def test_a_change_of_a_table_that_a_mart_uses_rebuilds_the_marts(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    count = "SELECT count(*) FROM marts.general_ledger"
    (before,) = connection.execute(count).fetchall()[0]
    ledger = two_years()
    ledger.document(201, [Line(BANK, 5, 1), Line(CAPITAL, -5, 1)])
    ledger.write(connection)
    changed(connection, "transactionaccountingline")
    assert rebuilt(connection)
    assert connection.execute(count).fetchall()[0] == (before + 2,)
    assert not rebuilt(connection)


def test_a_new_column_and_a_new_table_rebuild_the_marts(connection: duckdb.DuckDBPyConnection) -> None:
    change = {"connection": "netsuite", "table_name": "account", "column_name": "generalrate",
              "change": "added", "noticed_at": NOON, "sync_id": "2"}  # fmt: skip
    insert_row(connection, "schema_changes", change)
    assert rebuilt(connection)
    state = {"connection": "netsuite", "table_name": "accountingbook", "columns": (), "absent_columns": (),
             "absent_asked_at": NOON, "row_count": 0, "synced_at": NOON, "sync_id": "2"}  # fmt: skip
    insert_row(connection, "table_state", state)
    assert rebuilt(connection)
    assert not rebuilt(connection)


def test_the_first_day_of_a_period_rebuilds_the_marts(connection: duckdb.DuckDBPyConnection) -> None:
    last = "SELECT max(period_end) FROM marts.trial_balance"
    assert connection.execute(last).fetchall() == [(date(2025, 3, 31),)]
    assert not rebuilt(connection, datetime(2025, 3, 31, 23))
    assert rebuilt(connection, datetime(2025, 4, 1, 1))
    assert connection.execute(last).fetchall() == [(date(2025, 4, 30),)]
    assert not rebuilt(connection, datetime(2025, 4, 2))


def test_new_sql_rebuilds_the_marts(
    connection: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refresh, "_code", lambda: "another version")
    assert rebuilt(connection)
    assert not rebuilt(connection)


def test_force_rebuilds_marts_that_are_up_to_date(connection: duckdb.DuckDBPyConnection) -> None:
    report = refresh_marts(connection, "netsuite", NOON, force=True)
    assert report is not None
    assert [mart.name for mart in report.marts] == list(marts_catalogue())


def test_a_connection_without_any_table_of_the_marts_gets_none() -> None:
    connection = duckdb.connect()
    assert not rebuilt(connection)
    ensure_state(connection)
    changed(connection, "customrecord_of_no_mart")
    assert not rebuilt(connection)


def test_a_build_that_fails_leaves_the_old_marts_and_comes_again(
    connection: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = connection.execute("FROM marts.trial_balance ORDER BY ALL").fetchall()
    changed(connection, "transaction")

    def bad(connection: duckdb.DuckDBPyConnection, name: str, today: date) -> None:
        connection.execute("DROP TABLE marts.trial_balance")
        connection.execute("SELECT nothing")

    with monkeypatch.context() as patched:
        patched.setattr(refresh, "build_marts", bad)
        with pytest.raises(WarehouseError):
            rebuilt(connection)
    assert connection.execute("FROM marts.trial_balance ORDER BY ALL").fetchall() == old
    assert rebuilt(connection)


def test_a_file_keeps_what_its_marts_were_built_from(tmp_path: Path) -> None:
    path = str(tmp_path / "file.duckdb")
    with duckdb.connect(path) as connection:
        ensure_state(connection)
        two_years().write(connection)
        changed(connection, "transaction")
        assert rebuilt(connection)
    with duckdb.connect(path) as connection:
        assert not rebuilt(connection)
        assert connection.execute("SELECT connection, built_at FROM _netsuite.marts_state").fetchall() == [
            ("netsuite", NOON)
        ]
