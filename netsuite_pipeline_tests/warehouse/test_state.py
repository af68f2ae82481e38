"""What the pipeline remembers: written with the rows, read back as written, never mixed between accounts."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

import duckdb
import pytest

from netsuite_pipeline.warehouse.errors import WarehouseError
from netsuite_pipeline.warehouse.state import (
    LogEntry,
    TableState,
    changes_logged,
    claim_account,
    ensure_state,
    read_states,
    write_log,
    write_state,
)
from netsuite_pipeline.warehouse.transactions import transaction

NOON = datetime(2026, 11, 23, 12)
STATE = TableState(
    watermark=NOON,
    columns=("id", "left", "entity_label"),
    absent_columns=("subsidiary",),
    absent_asked_at=datetime(2026, 11, 22),
    row_count=7,
    synced_at=datetime(2026, 11, 23, 12, 0, 5),
)
ENTRY = LogEntry(
    sync_id="20261123T120000-1",
    connection="netsuite",
    table="customer",
    mode="changed",
    status="done",
    started_at=NOON,
    ended_at=datetime(2026, 11, 23, 12, 0, 9),
    cutoff=NOON,
    rows_read=5,
    rows_written=4,
    rows_deleted=3,
    rejected_values=2,
    requests=6,
    retries=1,
    throttled=0,
    seconds=9.5,
    watermark=NOON,
    error=None,
    notes=("a note", "it's another"),
)


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        ensure_state(opened)
        yield opened


def test_making_the_state_twice_keeps_what_is_there(connection: duckdb.DuckDBPyConnection) -> None:
    write_state(connection, "netsuite", "customer", STATE, sync_id="1", full=True)
    ensure_state(connection)
    assert list(read_states(connection, "netsuite")) == ["customer"]


def test_a_state_is_read_as_it_was_written(connection: duckdb.DuckDBPyConnection) -> None:
    write_state(connection, "netsuite", "customer", STATE, sync_id="1", full=False)
    write_state(connection, "other", "customer", replace(STATE, row_count=1), sync_id="1", full=False)
    assert read_states(connection, "netsuite") == {"customer": STATE}


def test_a_state_replaces_the_one_before_and_remembers_the_last_full_read(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    write_state(connection, "netsuite", "customer", STATE, sync_id="1", full=True)
    assert read_states(connection, "netsuite")["customer"].full_read_at == STATE.synced_at
    later = replace(STATE, watermark=None, columns=(), row_count=8, synced_at=datetime(2026, 11, 24))
    write_state(connection, "netsuite", "customer", later, sync_id="2", full=False)
    assert read_states(connection, "netsuite") == {
        "customer": replace(later, full_read_at=STATE.synced_at),
    }


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
    expected = {**vars(ENTRY), "table_name": "customer", "notes": ["a note", "it's another"]}
    del expected["table"]
    assert logged == expected


def test_only_entries_that_changed_a_table_count_as_changes(connection: duckdb.DuckDBPyConnection) -> None:
    idle = replace(ENTRY, rows_written=0, rows_deleted=0)
    write_log(connection, [ENTRY, idle, replace(idle, rows_deleted=1), replace(idle, status="failed")])
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
        write_state(connection, "netsuite", "t", STATE, sync_id="1", full=True)
        write_log(connection, [ENTRY])
        raise RuntimeError("the machine has other plans")
    assert connection.execute("FROM t").fetchall() == [(1,)]
    assert read_states(connection, "netsuite") == {}
    assert changes_logged(connection) == 0
    assert connection.execute("SELECT 1 FROM duckdb_tables() WHERE table_name = 'stage'").fetchall() == []
