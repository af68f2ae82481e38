"""Values that were stored before their column was to be hashed go, from every file."""

from dataclasses import replace
from datetime import datetime
from types import ModuleType

import duckdb
import pytest

from netsuite_pipeline.netsuite.errors import SignInError
from netsuite_pipeline.sync import clear_values
from netsuite_pipeline.warehouse import warehouse as warehouse_module
from netsuite_pipeline.warehouse.transactions import transaction
from netsuite_pipeline.warehouse.warehouse import Warehouse
from netsuite_pipeline_tests.sync.books import (
    CUSTOMER,
    LINE,
    TRANSACTION,
    Killed,
    asked_sql,
    assert_equal,
    columns_of,
    stored,
    synced,
)
from netsuite_pipeline_tests.sync.runs.hashed_company import (
    HASHED,
    HASHED_LINE,
    SALT,
    a_secretive_company,
    assert_hashed,
    files_with,
    hashed,
    memo,
    sha,
    started,
)
from netsuite_pipeline_tests.sync.runs.test_marts import Built


def test_clear_values_stay_until_netsuite_answers_and_the_sync_says_so(warehouse: Warehouse) -> None:
    fake = a_secretive_company()
    list(started(fake, warehouse, (TRANSACTION, LINE), "", keep_pages=True))
    fake.pass_time(60)
    assert {"warehouse.duckdb", "000000-000.json"} <= set(files_with(warehouse))
    fake.refuses_sign_in = True
    with pytest.raises(SignInError) as refused:
        list(started(fake, warehouse, (HASHED, HASHED_LINE), SALT))
    assert "transaction: memo, entity, trandate, posting; transactionline: memo" in refused.value.remedy
    assert {*files_with(warehouse)} == {"warehouse.duckdb"}, "archived pages go at once"
    assert_equal(fake, warehouse, TRANSACTION)
    fake.refuses_sign_in = False
    sync = started(fake, warehouse, (HASHED, HASHED_LINE), SALT)
    reports = {report.table: report for report in sync}
    fake.pass_time(60)
    assert files_with(warehouse) == []
    assert files_with(warehouse, SALT) == []
    assert not any("to be hashed" in note for note in sync.report().notes)
    assert (reports["transaction"].mode, reports["transaction"].rows_written) == ("full", 4)
    assert any(note.startswith("memo holds hashes from now on") for note in reports["transaction"].notes)
    assert_hashed(fake, warehouse)
    assert [row[-1] for row in stored(warehouse, HASHED_LINE)] == [sha(memo(0))] * 8
    with warehouse.published() as file:
        names = {row[0] for row in file.execute("SELECT column_name FROM duckdb_columns()").fetchall()}
        assert "entity_label" not in names
        assert "status_label" in names
    changes = asked_sql(
        warehouse,
        "SELECT column_name, change, from_type, to_type FROM _netsuite.schema_changes "
        "WHERE table_name = 'transaction' ORDER BY ALL",
    )
    assert changes == [
        ("entity", "hashed", "BIGINT", "VARCHAR"),
        ("memo", "hashed", "VARCHAR", "VARCHAR"),
        ("posting", "hashed", "BOOLEAN", "VARCHAR"),
        ("trandate", "hashed", "DATE", "VARCHAR"),
    ]
    again = hashed(fake, warehouse, (HASHED, HASHED_LINE))
    assert again["transaction"].mode == "changed"
    assert not any(note.startswith("read in full") for note in again["transaction"].notes)


@pytest.mark.long
def test_clear_values_that_netsuite_no_longer_sends_are_removed(warehouse: Warehouse) -> None:
    """A column that the account refuses since, and a row that is hidden since, both without their hash."""
    fake = a_secretive_company()
    synced(fake, warehouse, (TRANSACTION, CUSTOMER))
    fake.hide("transaction", "id = 30")
    fake.hidden_columns["transaction", "memo"] = "named"
    reports = hashed(fake, warehouse, (HASHED, CUSTOMER))
    assert files_with(warehouse) == []
    assert reports["transaction"].missing == 1
    rows = asked_sql(warehouse, "SELECT id, memo, entity FROM netsuite.transaction ORDER BY id")
    assert rows == [(10, None, sha(3)), (11, None, sha(4)), (20, None, sha(6)), (30, None, None)]


@pytest.mark.long
def test_a_request_for_a_date_range_reads_in_full_where_clear_values_are_stored(warehouse: Warehouse) -> None:
    fake = a_secretive_company()
    synced(fake, warehouse, (TRANSACTION,))
    sync = started(fake, warehouse, (HASHED,), SALT)
    sync._request = replace(sync._request, since=fake.now)
    (report,) = sync
    assert report.mode == "full"
    assert files_with(warehouse) == []
    assert_hashed(fake, warehouse)


@pytest.mark.long
def test_rejected_values_of_a_column_go_when_it_is_hashed(warehouse: Warehouse) -> None:
    fake = a_secretive_company()
    odd = replace(TRANSACTION, columns=(*columns_of("id:integer memo:decimal lastmodifieddate:datetime"),))
    synced(fake, warehouse, (odd,))
    count = "SELECT count(*) FROM _netsuite.rejected_values"
    assert asked_sql(warehouse, count) == [(4,)]
    hashed(fake, warehouse, (replace(odd, hashed=("memo",)),))
    assert asked_sql(warehouse, count) == [(0,)]
    rows = asked_sql(warehouse, "SELECT memo FROM netsuite.transaction ORDER BY id")
    assert rows == [(sha(memo(number)),) for number in (10, 11, 20, 30)]
    assert files_with(warehouse) == []


@pytest.mark.parametrize(
    ("module", "dies_at"), [(warehouse_module, "rewrite_file"), (clear_values, "refresh_views")]
)
@pytest.mark.few(1)
def test_a_sync_killed_before_the_file_is_rewritten_leaves_that_to_the_next(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch, module: ModuleType, dies_at: str
) -> None:
    fake = a_secretive_company()
    synced(fake, warehouse, (TRANSACTION,))

    def die(*args: object) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(module, dies_at, die)
        with pytest.raises(Killed):
            hashed(fake, warehouse)
    assert "warehouse.duckdb" in files_with(warehouse)
    fake.refuses_sign_in = True
    with pytest.raises(SignInError) as refused:
        hashed(fake, warehouse)
    assert "to be hashed" not in refused.value.remedy
    assert files_with(warehouse) == []
    assert_hashed(fake, warehouse)
    assert not list(warehouse.folder.glob("clear-values*"))


def _memos(
    connection: duckdb.DuckDBPyConnection, connection_name: str, now: datetime, *, force: bool
) -> Built | None:
    """A mart that shows what is hashed later."""
    with transaction(connection):
        connection.execute("CREATE SCHEMA IF NOT EXISTS marts")
        connection.execute(
            f"CREATE OR REPLACE TABLE marts.memos AS SELECT memo AS m FROM {connection_name}.transaction"
        )
    return Built("memos", 4)


def _fails(*args: object, **how: object) -> None:
    raise duckdb.BinderException("no such column")


def test_marts_hold_no_clear_values_either(warehouse: Warehouse) -> None:
    fake = a_secretive_company()
    list(started(fake, warehouse, (TRANSACTION,), "", marts=_memos))
    fake.pass_time(60)
    sync = started(fake, warehouse, (HASHED,), SALT, marts=_fails)
    list(sync)
    assert any("marts still hold values" in note for note in sync.report().notes)
    fake.pass_time(60)
    sync = started(fake, warehouse, (HASHED,), SALT, marts=_memos)
    list(sync)
    assert files_with(warehouse) == []
    assert {value for (value,) in asked_sql(warehouse, "SELECT m FROM marts.memos")} == {
        sha(memo(number)) for number in (10, 11, 20, 30)
    }
    assert not list(warehouse.folder.glob("clear-values*"))


@pytest.mark.long
def test_a_table_that_is_not_selected_keeps_clear_values_and_the_sync_says_so(warehouse: Warehouse) -> None:
    fake = a_secretive_company()
    synced(fake, warehouse, (TRANSACTION, CUSTOMER))
    sync = started(fake, warehouse, (CUSTOMER,), SALT)
    catalogue = {**sync._request.catalogue, "transaction": HASHED}
    sync._request = replace(sync._request, catalogue=catalogue)
    list(sync)
    note = sync.report().notes[-1]
    assert "to be hashed" in note
    assert "(transaction: memo, entity, trandate, posting)" in note
    hashed(fake, warehouse)
    assert files_with(warehouse) == []
    assert_hashed(fake, warehouse)
