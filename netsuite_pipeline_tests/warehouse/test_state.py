"""What the pipeline remembers: written with the rows, read back as written, never mixed between accounts."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from netsuite_pipeline.warehouse.errors import WarehouseError
from netsuite_pipeline.warehouse.publication import changes_logged, published_lags
from netsuite_pipeline.warehouse.schema.drift import SchemaChange
from netsuite_pipeline.warehouse.schema.schema import insert_row
from netsuite_pipeline.warehouse.state import (
    TableState,
    claim_account,
    ensure_state,
    lower_row_count,
    read_states,
    update_state,
    write_schema_changes,
    write_state,
)
from netsuite_pipeline.warehouse.transactions import transaction

NOON = datetime(2026, 11, 23, 12)
STATE = TableState(
    watermark=NOON,
    columns=("id", "left", "entity_label"),
    unavailable_columns=("subsidiary",),
    unavailable_checked_at=datetime(2026, 11, 22),
    row_count=7,
    synced_at=datetime(2026, 11, 23, 12, 0, 5),
    full_wanted=True,
    null_cursors=True,
    swept_at=datetime(2026, 11, 20),
    counted=7,
)
ENDED_AT = datetime(2026, 11, 23, 12, 0, 9)
LogRow = Mapping[str, object]
ENTRY: LogRow = {
    "sync_id": "20261123T120000-1",
    "connection": "netsuite",
    "table_name": "customer",
    "mode": "changed",
    "status": "done",
    "started_at": NOON,
    "ended_at": ENDED_AT,
    "cutoff": NOON,
    "rows_read": 5,
    "rows_written": 4,
    "rows_deleted": 3,
    "rejected_values": 2,
    "requests": 6,
    "retries": 1,
    "throttled": 0,
    "seconds": 9.5,
    "watermark": NOON,
    "error": None,
    "notes": ("a note", "it's another"),
    "netsuite_rows": 7,
}


def write_log(connection: duckdb.DuckDBPyConnection, rows: Sequence[LogRow]) -> None:
    for row in rows:
        insert_row(connection, "sync_log", row)


def row_with(row: LogRow, **values: object) -> LogRow:
    return {**row, **values}


# The statements of the version before `full_wanted`, word for word.
OLD_STATEMENTS = (
    """CREATE SCHEMA IF NOT EXISTS _netsuite""",
    """CREATE TABLE IF NOT EXISTS _netsuite.connections (
        connection VARCHAR NOT NULL, account VARCHAR NOT NULL, first_sync_at TIMESTAMP NOT NULL)""",
    """CREATE TABLE IF NOT EXISTS _netsuite.table_state (
        connection VARCHAR NOT NULL, table_name VARCHAR NOT NULL, watermark TIMESTAMP,
        columns VARCHAR[] NOT NULL, absent_columns VARCHAR[] NOT NULL, absent_asked_at TIMESTAMP NOT NULL,
        row_count BIGINT NOT NULL,
        full_read_at TIMESTAMP, synced_at TIMESTAMP NOT NULL, sync_id VARCHAR NOT NULL)""",
    """CREATE TABLE IF NOT EXISTS _netsuite.sync_log (
        sync_id VARCHAR NOT NULL, connection VARCHAR NOT NULL, table_name VARCHAR NOT NULL,
        mode VARCHAR NOT NULL, status VARCHAR NOT NULL, started_at TIMESTAMP NOT NULL,
        ended_at TIMESTAMP NOT NULL, cutoff TIMESTAMP, rows_read BIGINT NOT NULL,
        rows_written BIGINT NOT NULL, rows_deleted BIGINT NOT NULL, rejected_values BIGINT NOT NULL,
        requests BIGINT NOT NULL, retries BIGINT NOT NULL, throttled BIGINT NOT NULL,
        seconds DOUBLE NOT NULL, watermark TIMESTAMP, error VARCHAR, notes VARCHAR[] NOT NULL)""",
    """CREATE TABLE IF NOT EXISTS _netsuite.rejected_values (
        sync_id VARCHAR NOT NULL, connection VARCHAR NOT NULL, table_name VARCHAR NOT NULL,
        key VARCHAR NOT NULL, column_name VARCHAR NOT NULL, value VARCHAR, wanted_type VARCHAR NOT NULL,
        seen_at TIMESTAMP NOT NULL)""",
    """INSERT INTO _netsuite.connections VALUES ('netsuite', '1234567', '2026-11-01')""",
    """INSERT INTO _netsuite.table_state VALUES ('netsuite', 'customer', '2026-11-23 12:00:00', ['id', 'left'],
        ['subsidiary'], '2026-11-22', 7, '2026-11-02', '2026-11-23 12:00:05', 'old-1')""",
    """INSERT INTO _netsuite.sync_log VALUES ('old-1', 'netsuite', 'customer', 'full', 'done', '2026-11-23',
        '2026-11-23', '2026-11-23', 7, 7, 0, 1, 2, 0, 0, 1.5, '2026-11-23', NULL, ['a note'])""",
    """INSERT INTO _netsuite.rejected_values VALUES ('old-1', 'netsuite', 'customer', '1', 'x', 'y', 'BIGINT',
        '2026-11-23')""",
)


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        ensure_state(opened)
        yield opened


def test_making_the_state_twice_keeps_what_is_there(connection: duckdb.DuckDBPyConnection) -> None:
    write_state(connection, "netsuite", "customer", STATE, sync_id="1")
    ensure_state(connection)
    assert list(read_states(connection, "netsuite")) == ["customer"]


def test_a_state_is_read_as_it_was_written(connection: duckdb.DuckDBPyConnection) -> None:
    write_state(connection, "netsuite", "customer", STATE, sync_id="1")
    write_state(connection, "other", "customer", replace(STATE, row_count=1), sync_id="1")
    assert read_states(connection, "netsuite") == {"customer": STATE}


def test_a_state_replaces_the_one_before(connection: duckdb.DuckDBPyConnection) -> None:
    write_state(connection, "netsuite", "customer", STATE, sync_id="1")
    later = replace(STATE, watermark=None, columns=(), row_count=8, synced_at=datetime(2026, 11, 24))
    write_state(connection, "netsuite", "customer", later, sync_id="2")
    assert read_states(connection, "netsuite") == {"customer": later}


@pytest.mark.parametrize("inside", [False, True])
def test_a_file_of_an_earlier_version_is_taken_over_without_loss(inside: bool, tmp_path: Path) -> None:
    """Also within a transaction, as a sync begins."""
    path = str(tmp_path / "old.duckdb")
    with duckdb.connect(path) as old:
        for statement in OLD_STATEMENTS:
            old.execute(statement)
    with duckdb.connect(path) as opened:
        with transaction(opened) if inside else nullcontext():
            ensure_state(opened)
            claim_account(opened, "netsuite", "1234567", NOON)
            states = read_states(opened, "netsuite")
        write_state(opened, "netsuite", "vendor", STATE, sync_id="new-1")
        write_log(opened, [ENTRY])
    assert states == {
        "customer": TableState(
            watermark=NOON,
            columns=("id", "left"),
            unavailable_columns=("subsidiary",),
            unavailable_checked_at=datetime(2026, 11, 22),
            row_count=7,
            synced_at=datetime(2026, 11, 23, 12, 0, 5),
            full_read_at=datetime(2026, 11, 2),
        )
    }
    with duckdb.connect(path) as again:
        ensure_state(again)
        assert read_states(again, "netsuite") == {**states, "vendor": STATE}
        assert again.execute("SELECT sync_id, netsuite_rows, notes FROM _netsuite.sync_log").fetchall() == [
            ("old-1", None, ["a note"]),
            (ENTRY["sync_id"], 7, ["a note", "it's another"]),
        ]
        assert again.execute("SELECT count(*) FROM _netsuite.rejected_values").fetchall() == [(1,)]
        assert again.execute("SELECT count(*) FROM _netsuite.connections").fetchall() == [(1,)]
        assert again.execute("SELECT count(*) FROM _netsuite.schema_changes").fetchall() == [(0,)]


def test_rows_that_are_gone_and_a_sweep_are_noted_and_nothing_else(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    write_state(connection, "netsuite", "customer", STATE, sync_id="1")
    write_state(connection, "netsuite", "vendor", STATE, sync_id="1")
    lower_row_count(connection, "netsuite", "customer", 3)
    lower_row_count(connection, "netsuite", "no_such_table", 3)
    assert read_states(connection, "netsuite")["customer"] == replace(STATE, row_count=4)
    update_state(connection, "netsuite", "customer", row_count=2, swept_at=NOON)
    assert read_states(connection, "netsuite") == {
        "customer": replace(STATE, row_count=2, swept_at=NOON),
        "vendor": STATE,
    }


def test_what_happened_to_a_column_is_recorded(connection: duckdb.DuckDBPyConnection) -> None:
    changes = [
        SchemaChange("rate", "widened", "BIGINT", "DECIMAL(38,10)"),
        SchemaChange("x", "lost", None, None),
    ]
    write_schema_changes(connection, "netsuite", "customer", changes, noticed_at=NOON, sync_id="1")
    assert connection.execute("FROM _netsuite.schema_changes").fetchall() == [
        ("netsuite", "customer", "rate", "widened", "BIGINT", "DECIMAL(38,10)", NOON, "1"),
        ("netsuite", "customer", "x", "lost", None, None, NOON, "1"),
    ]


IDLE = row_with(ENTRY, rows_written=0, rows_deleted=0)
FAILED = row_with(IDLE, status="failed", error="it broke")
SOON = ENDED_AT + timedelta(minutes=54)
LATER = ENDED_AT + timedelta(minutes=56)
LAGS = [
    # logged when last published, logged since, lags
    ([], [], False),
    ([ENTRY], [], False),
    ([ENTRY], [IDLE], False),
    ([ENTRY], [ENTRY], True),
    ([ENTRY], [row_with(IDLE, rows_deleted=1)], True),
    ([ENTRY], [FAILED], True),
    ([ENTRY], [row_with(IDLE, status="absent")], True),
    ([ENTRY, FAILED], [FAILED, FAILED], False),
    ([ENTRY, FAILED], [row_with(FAILED, error="it broke otherwise")], False),
    ([ENTRY, FAILED], [IDLE], True),
    ([ENTRY], [FAILED, IDLE], False),
    ([ENTRY], [row_with(IDLE, table_name="vendor")], True),
    ([ENTRY, FAILED], [row_with(FAILED, connection="sandbox")], True),
    ([ENTRY], [row_with(IDLE, ended_at=SOON)], False),
    ([ENTRY], [row_with(IDLE, ended_at=LATER)], True),
    ([row_with(ENTRY, ended_at=LATER)], [IDLE], True),  # the clock was set right
    ([ENTRY, FAILED], [row_with(FAILED, ended_at=LATER)], True),
    ([ENTRY, row_with(IDLE, table_name="vendor", ended_at=LATER)], [row_with(IDLE, ended_at=LATER)], True),
]


@pytest.mark.parametrize(("before", "since", "lags"), LAGS)
@pytest.mark.few(6)
def test_the_published_file_lags_where_its_readers_lack_news(
    connection: duckdb.DuckDBPyConnection, before: list[LogRow], since: list[LogRow], lags: bool
) -> None:
    with duckdb.connect() as published:
        ensure_state(published)
        for each in (connection, published):
            write_log(each, before)
        write_log(connection, since)
        assert published_lags(connection, published) is lags


@pytest.mark.parametrize(("minutes", "lags"), [(0, False), (54, False), (55, True), (-55, True)])
def test_the_published_file_lags_where_a_last_good_sync_is_an_hour_behind(
    connection: duckdb.DuckDBPyConnection, minutes: int, lags: bool
) -> None:
    with duckdb.connect() as published:
        ensure_state(published)
        for each in (connection, published):
            write_state(each, "netsuite", "vendor", STATE, sync_id="1")
            write_state(each, "sandbox", "vendor", STATE, sync_id="1")
        later = replace(STATE, synced_at=STATE.synced_at + timedelta(minutes=minutes))
        write_state(connection, "sandbox", "vendor", later, sync_id="2")
        assert published_lags(connection, published) is lags


def test_a_published_file_without_a_log_lags_as_soon_as_there_is_one(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    with duckdb.connect() as foreign:
        assert published_lags(connection, foreign) is False
        write_log(connection, [FAILED])
        assert published_lags(connection, foreign) is True


def test_columns_of_an_earlier_version_are_renamed_with_their_values(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    state = replace(STATE, checksum="{}", read_fingerprint="0123456789abcdef")
    write_state(connection, "netsuite", "vendor", state, sync_id="1")
    connection.execute("ALTER TABLE _netsuite.table_state RENAME COLUMN checksum TO likeness")
    connection.execute("ALTER TABLE _netsuite.table_state RENAME COLUMN read_fingerprint TO asked_by")
    connection.execute("ALTER TABLE _netsuite.table_state DROP COLUMN full_wanted")
    connection.execute("ALTER TABLE _netsuite.table_state DROP COLUMN missing_what")
    for _ in range(2):
        with transaction(connection):
            ensure_state(connection)
        assert read_states(connection, "netsuite")["vendor"] == replace(state, full_wanted=False)


def test_an_account_claims_its_connection_once(connection: duckdb.DuckDBPyConnection) -> None:
    claim_account(connection, "netsuite", "1234567", NOON)
    claim_account(connection, "netsuite", "1234567", NOON)
    claim_account(connection, "sandbox", "1234567_SB1", NOON)
    assert connection.execute("SELECT connection, account FROM _netsuite.connections").fetchall() == [
        ("netsuite", "1234567"),
        ("sandbox", "1234567_SB1"),
    ]


def test_another_account_is_refused_naming_both(connection: duckdb.DuckDBPyConnection) -> None:
    claim_account(connection, "netsuite", "1234567", NOON)
    with pytest.raises(
        WarehouseError, match="come from NetSuite account 1234567, not 1234567_SB1"
    ) as refused:
        claim_account(connection, "netsuite", "1234567_SB1", NOON)
    assert "NETSUITE_WAREHOUSE" in refused.value.remedy


def test_a_log_entry_lands_in_the_columns_it_is_named_after(connection: duckdb.DuckDBPyConnection) -> None:
    write_log(connection, [ENTRY])
    reply = connection.execute("SELECT * FROM _netsuite.sync_log")
    names = [column[0] for column in reply.description or ()]
    logged = dict(zip(names, reply.fetchall()[0], strict=True))
    assert logged == {**ENTRY, "notes": ["a note", "it's another"], "row_count": None}


def test_only_entries_that_changed_a_table_count_as_changes(connection: duckdb.DuckDBPyConnection) -> None:
    idle = row_with(ENTRY, rows_written=0, rows_deleted=0)
    write_log(connection, [ENTRY, idle, row_with(idle, rows_deleted=1), row_with(idle, status="failed")])
    assert changes_logged(connection) == 2


def test_a_file_without_a_log_has_no_changes_logged() -> None:
    with duckdb.connect() as foreign:
        assert changes_logged(foreign) == 0


def test_rows_state_and_log_are_rolled_back_together(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("CREATE TABLE t AS SELECT 1 AS i")
    with pytest.raises(RuntimeError), transaction(connection):
        connection.execute("ALTER TABLE t ADD COLUMN j INTEGER")
        connection.execute("INSERT INTO t VALUES (2, 2)")
        connection.execute("CREATE TEMP TABLE stage AS SELECT 1 AS i")
        write_state(connection, "netsuite", "t", STATE, sync_id="1")
        write_log(connection, [ENTRY])
        raise RuntimeError("the machine has other plans")
    assert connection.execute("FROM t").fetchall() == [(1,)]
    assert read_states(connection, "netsuite") == {}
    assert changes_logged(connection) == 0
    assert connection.execute("SELECT 1 FROM duckdb_tables() WHERE table_name = 'stage'").fetchall() == []
