"""Keys that are none refuse the load, and a value that does not fit is kept elsewhere."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from netsuite_pipeline.warehouse.errors import LoadRefused
from netsuite_pipeline.warehouse.rows.rejected_values import record_rejects
from netsuite_pipeline.warehouse.schema.drift import Misfits
from netsuite_pipeline.warehouse.schema.schema import StoredColumn, StoredTable, text_beside
from netsuite_pipeline_tests.warehouse.staging.staging import (
    ALL_NAMES,
    COLUMNS,
    NOON,
    PAIRS,
    TABLE,
    landed,
    rejected,
    rows_of,
    staging,
)

# Keys


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (
            [{"id": "7"}, {"id": "8"}, {"id": "7"}],
            r"thing: 0 rows without a key and 1 with a duplicate key \(id\).*7",
        ),
        ([{"id": "7"}, {"left": "x"}], r"1 row without a key and 0 with a duplicate key"),
        ([{"id": "7"}, {"id": "x"}], r"1 row without a key and 0 with"),
        (
            [{"id": "7"}, {"id": "7.5"}],
            r"1 row without a key and 0 with .* example \('7.5',\)",
        ),  # it would be row 8
        ([{"id": "7"}, {"id": "85e-1"}], r"1 row without a key and 0 with"),
    ],
)
def test_keys_that_are_doubled_missing_or_no_keys_are_refused(
    connection: duckdb.DuckDBPyConnection, folder: Path, rows: list[dict[str, Any]], message: str
) -> None:
    with staging(connection, folder, landed(folder, rows)) as stage:
        with pytest.raises(LoadRefused, match=message):
            stage.check_keys(connection)


def test_a_key_that_comes_twice_in_two_batches_is_refused(
    connection: duckdb.DuckDBPyConnection, folder: Path
) -> None:
    pages = landed(folder, [{"id": "1"}], [{"id": "1"}])
    with staging(connection, folder, pages[:1], pages[1:]) as stage:
        with pytest.raises(LoadRefused, match="1 with a duplicate key"):
            stage.check_keys(connection)


def test_a_doubled_key_of_several_columns_is_refused_naming_it(
    connection: duckdb.DuckDBPyConnection, folder: Path
) -> None:
    rows = [{"a": "1", "b": "x"}, {"a": "1", "b": "y"}, {"a": "2", "b": "x"}]
    for doubled in (False, True):
        pages = landed(folder, [*rows, rows[1]] if doubled else rows)
        with staging(connection, folder, pages, table=PAIRS, columns=PAIRS.columns) as stage:
            if not doubled:
                stage.check_keys(connection)
                continue
            with pytest.raises(LoadRefused, match=r"1 with a duplicate key \(a, b\)\. The table stays"):
                stage.check_keys(connection)


# What does not fit


def test_what_does_not_fit_is_null_and_kept_with_key_value_and_type(
    connection: duckdb.DuckDBPyConnection, folder: Path
) -> None:
    rows = [{"id": "1", "amount": "12 apples"}, {"id": "2", "amount": "1", "at": "2024-02-30 00:00:00"}]
    with staging(connection, folder, landed(folder, rows)):
        assert record_rejects(connection, TABLE, ALL_NAMES, sync_id="sync-1", seen_at=NOON) == 2
        assert rows_of(connection) == [(1, None, None, None), (2, None, Decimal(1), None)]
    assert connection.execute(
        "SELECT * EXCLUDE (reason) FROM _netsuite.rejected_values ORDER BY key"
    ).fetchall() == [
        ("sync-1", "netsuite", "thing", "1", "amount", "12 apples", "DECIMAL(38,10)", NOON),
        ("sync-1", "netsuite", "thing", "2", "at", "2024-02-30 00:00:00", "TIMESTAMP", NOON),
    ]


def test_rejects_of_every_batch_are_kept(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    pages = landed(folder, [{"id": "1", "amount": "x"}], [{"id": "2"}], [{"id": "3", "at": "y"}])
    with staging(connection, folder, *([page] for page in pages)):
        assert record_rejects(connection, TABLE, ALL_NAMES, sync_id="sync-1", seen_at=NOON) == 2
    assert [row[:2] for row in rejected(connection)] == [("1", "amount"), ("3", "at")]


def test_rejects_are_counted_again_and_kept_once(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    pages = landed(folder, [{"id": "1", "amount": "many"}, {"id": "2", "amount": "many"}])
    for sync, name in (("sync-1", "netsuite"), ("sync-2", "netsuite"), ("sync-3", "sandbox")):
        table = replace(TABLE, schema=name)
        with staging(connection, folder, pages):
            assert record_rejects(connection, table, ALL_NAMES, sync_id=sync, seen_at=NOON) == 2
    kept = connection.execute("SELECT sync_id, key FROM _netsuite.rejected_values ORDER BY ALL").fetchall()
    assert kept == [("sync-1", "1"), ("sync-1", "2"), ("sync-3", "1"), ("sync-3", "2")]


def test_rejects_of_a_column_that_is_not_merged_are_of_no_interest(
    connection: duckdb.DuckDBPyConnection, folder: Path
) -> None:
    pages = landed(folder, [{"id": "1", "amount": "x", "at": "y"}])
    with staging(connection, folder, pages):
        assert record_rejects(connection, TABLE, ["id", "at"], sync_id="sync-1", seen_at=NOON) == 1
    assert [row[1] for row in rejected(connection)] == ["at"]


def test_misfits_are_counted_among_all_values_that_are_not_null(
    connection: duckdb.DuckDBPyConnection, folder: Path
) -> None:
    table = StoredTable(
        "n",
        "t",
        ("id",),
        (StoredColumn("id", "integer"), StoredColumn("n", "integer"), StoredColumn("d", "date")),
    )
    rows = [
        {"id": "1", "n": "1", "d": "2024-01-01"},
        {"id": "2", "n": "1.5", "d": "2024-01-01 10:00:00"},
        {"id": "3", "n": "2.5"},
        {"id": "4", "d": "soon"},
    ]
    pages = landed(folder, rows)
    with staging(connection, folder, pages, table=table, columns=table.columns) as stage:
        assert stage.misfits(connection) == {
            "n": Misfits(values=3, unfit=2, wider=True),
            "d": Misfits(values=3, unfit=2, wider=False),
        }


def test_pages_are_read_again_as_other_types_with_the_text_beside(
    connection: duckdb.DuckDBPyConnection, folder: Path
) -> None:
    pages = landed(folder, [{"id": "1", "amount": "12 apples"}], [{"id": "2", "amount": "1.50"}])
    other = (*COLUMNS[:3], text_beside(COLUMNS[2]))
    with staging(connection, folder, pages) as stage:
        stage.restage(connection, other)
        assert stage.rows == 2
        assert stage.columns == other
        assert rows_of(connection, other) == [(1, None, None, "12 apples"), (2, None, Decimal("1.5"), "1.50")]
        assert stage.misfits(connection) == {}, "nothing is lost that is kept beside"
