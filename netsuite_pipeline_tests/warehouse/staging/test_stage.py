"""From landed pages to typed rows: nothing invented, nothing dropped, and nothing left behind."""

from datetime import datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from netsuite_pipeline.warehouse.schema.schema import StoredColumn, StoredTable
from netsuite_pipeline.warehouse.staging.stage import Stage
from netsuite_pipeline.warehouse.staging.stage_sql import STAGE
from netsuite_pipeline_tests.warehouse.staging.staging import COLUMNS, TABLE, landed, rows_of, staging

# Values


def test_pages_become_typed_rows(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    pages = landed(
        folder,
        [{"id": "1", "left": "a", "amount": "123456789012345678.123456789", "at": "2026-11-23 06:00:09"}],
        [{"id": "2"}, {"id": "3", "amount": "-0.07"}],
    )
    with staging(connection, folder, pages) as stage:
        assert stage.rows == 3
        assert stage.misfits(connection) == {}
        assert rows_of(connection) == [
            (1, "a", Decimal("123456789012345678.123456789"), datetime(2026, 11, 23, 6, 0, 9)),
            (2, None, None, None),
            (3, None, Decimal("-0.07"), None),
        ]


def test_batches_add_up_in_whatever_order_they_come(
    connection: duckdb.DuckDBPyConnection, folder: Path
) -> None:
    pages = landed(folder, *([{"id": str(number)}] for number in range(9)))
    stage = Stage(folder / "stage.duckdb", TABLE, COLUMNS)
    seen = []
    for batch in (pages[6:], pages[:2], pages[2:6], []):
        stage.add(batch)
        seen.append(stage.rows)
    assert seen == [0, 5, 9, 9], "the first few pages wait: a small table needs no file"
    with stage.attached(connection):
        assert [row[0] for row in rows_of(connection)] == [*range(9)]
        stage.check_keys(connection)
    stage.close()


def test_a_small_table_is_staged_without_a_file(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    pages = landed(folder, *([{"id": str(number)}] for number in range(3)))
    stage = Stage(folder / "stage.duckdb", TABLE, COLUMNS)
    for page in pages:
        stage.add([page])
    with stage.attached(connection):
        assert not (folder / "stage.duckdb").exists()
        assert stage.rows == 3
        assert [row[0] for row in rows_of(connection)] == [0, 1, 2]
    stage.close()


def test_a_batch_of_large_pages_is_split_and_no_row_is_lost(
    connection: duckdb.DuckDBPyConnection, folder: Path
) -> None:
    pages = landed(folder, *([{"id": str(number), "left": "x" * 3_000_000}] for number in range(9)))
    with staging(connection, folder, pages) as stage:
        assert stage.rows == 9
        assert {len(row[1]) for row in rows_of(connection)} == {3_000_000}


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "two\nlines\r\n\tand a tab",
        "quotes \" and ' and \\ and %",
        "emoji 🧾, ünïcödé, 漢字, \u202e",
        "null",
        "{}",
        "x" * 100_000,
        "a NUL \x00 within",
    ],
    ids=lambda text: repr(text[:12]),
)
def test_text_arrives_as_it_was(connection: duckdb.DuckDBPyConnection, folder: Path, text: str) -> None:
    with staging(connection, folder, landed(folder, [{"id": "1", "left": text}])):
        assert rows_of(connection, COLUMNS[:2]) == [(1, text)]


def test_an_absent_key_is_null_and_an_empty_text_is_empty(
    connection: duckdb.DuckDBPyConnection, folder: Path
) -> None:
    pages = landed(folder, [{"id": "1", "left": ""}, {"id": "2"}, {"id": "3", "left": None}])
    with staging(connection, folder, pages):
        assert rows_of(connection, COLUMNS[:2]) == [(1, ""), (2, None), (3, None)]


def test_a_key_that_nobody_asked_for_is_left_aside(
    connection: duckdb.DuckDBPyConnection, folder: Path
) -> None:
    pages = landed(folder, [{"id": "1", "extra": "x", "left": "y"}])
    with staging(connection, folder, pages, columns=COLUMNS[:1]) as stage:
        assert [column.name for column in stage.columns] == ["id"]
        assert rows_of(connection, COLUMNS[:1]) == [(1,)]


@pytest.mark.parametrize("batches", [0, 1])
def test_no_pages_make_an_empty_typed_stage(
    connection: duckdb.DuckDBPyConnection, folder: Path, batches: int
) -> None:
    with staging(connection, folder, *([[]] * batches)) as stage:
        assert stage.rows == 0
        types = connection.execute(f"SELECT column_name, column_type FROM (DESCRIBE {STAGE})").fetchall()
    assert types[:4] == [
        ("id", "BIGINT"),
        ("left", "VARCHAR"),
        ("amount", "DECIMAL(38,10)"),
        ("at", "TIMESTAMP"),
    ]


def test_pages_without_items_stage_nothing(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    with staging(connection, folder, landed(folder, [], [])) as stage:
        assert stage.rows == 0


def test_a_folder_with_a_quote_in_its_name_is_read(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    folder = tmp_path / "o'neill's [data]"
    folder.mkdir()
    with staging(connection, folder, landed(folder, [{"id": "1"}])) as stage:
        assert stage.rows == 1
    assert [path.name for path in folder.iterdir()] == ["000000.json"]


def test_session_times_are_shifted_to_utc(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    pages = landed(folder, [{"id": "1", "at": "2026-11-23 01:00:00"}, {"id": "2"}])
    with staging(connection, folder, pages, offset=-5 * 3600):
        assert [row[3] for row in rows_of(connection)] == [datetime(2026, 11, 23, 6), None]


# The file


def test_an_old_stage_is_removed_and_a_closed_one_leaves_nothing(
    connection: duckdb.DuckDBPyConnection, folder: Path
) -> None:
    for name in ("stage.duckdb", "stage.duckdb.wal", "stage.duckdb.000000.json.repaired"):
        (folder / name).write_bytes(b"left by a killed sync")
    pages = landed(folder, [{"id": "1"}])
    stage = Stage(folder / "stage.duckdb", TABLE, COLUMNS)
    stage.add(pages)
    with stage.attached(connection):
        assert rows_of(connection, COLUMNS[:1]) == [(1,)]
    stage.close()
    stage.close()
    assert [path.name for path in folder.iterdir()] == ["000000.json"]


def test_a_stage_is_detached_whatever_happens(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    pages = landed(folder, [{"id": "1"}])
    for _ in range(2):
        with pytest.raises(RuntimeError, match="other plans"), staging(connection, folder, pages):
            raise RuntimeError("the machine has other plans")
    assert (
        connection.execute("SELECT 1 FROM duckdb_databases() WHERE database_name = 'staged'").fetchall() == []
    )


def test_a_table_too_wide_for_the_memory_is_staged_with_more(
    connection: duckdb.DuckDBPyConnection, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows on their way into a row group cannot be spilled."""
    monkeypatch.setattr("netsuite_pipeline.warehouse.staging.stage._MEMORY_MB", 12)
    columns = (StoredColumn("id", "integer"), *(StoredColumn(f"t{n}", "text") for n in range(20)))
    table = StoredTable("netsuite", "wide", ("id",), columns)
    pages = landed(
        folder,
        *(
            [
                {"id": str(first + n), **{f"t{c}": f"{first + n} " * 20 for c in range(20)}}
                for n in range(1000)
            ]
            for first in range(0, 8000, 1000)
        ),
    )
    stage = Stage(folder / "stage.duckdb", table, columns)
    for page in pages:
        stage.add([page])
    assert stage._memory_mb > 12, "so little was enough: the test shows nothing"
    assert stage.rows == 8000
    with stage.attached(connection):
        stage.check_keys(connection)
        assert connection.execute(f"SELECT sum(id), min(length(t19)) FROM {STAGE}").fetchall() == [
            (31996000, 40)
        ]
    stage.close()
