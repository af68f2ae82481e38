"""From landed pages to typed rows: nothing invented, nothing dropped, what does not fit is kept elsewhere."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from netsuite_pipeline.warehouse.errors import LoadRefused
from netsuite_pipeline.warehouse.schema.drift import Misfits
from netsuite_pipeline.warehouse.schema.schema import StoredColumn, StoredTable, text_beside
from netsuite_pipeline.warehouse.staging.stage import Stage, StageSource
from netsuite_pipeline.warehouse.staging.stage_sql import STAGE
from netsuite_pipeline.warehouse.state import ensure_state

COLUMNS = (
    StoredColumn("id", "integer"),
    StoredColumn("left", "text"),
    StoredColumn("amount", "decimal"),
    StoredColumn("at", "datetime"),
)
TABLE = StoredTable("netsuite", "thing", ("id",), COLUMNS)
PAIRS = StoredTable("netsuite", "pair", ("a", "b"), (StoredColumn("a", "integer"), StoredColumn("b", "text")))
SOURCE = StageSource("sync-1", "netsuite", datetime(2026, 11, 23, 12))


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        ensure_state(opened)
        yield opened


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "landing"
    made.mkdir()
    return made


def _landed(folder: Path, *pages: list[dict[str, Any]], first: int = 0) -> list[Path]:
    paths = []
    for number, rows in enumerate(pages, start=first):
        path = folder / f"{number:06}.json"
        path.write_text(json.dumps({"links": [], "items": [{"links": [], **row} for row in rows]}))
        paths.append(path)
    return paths


@contextmanager
def _staging(
    connection: duckdb.DuckDBPyConnection,
    folder: Path,
    *batches: Sequence[Path],
    table: StoredTable = TABLE,
    columns: Sequence[StoredColumn] = COLUMNS,
    source: StageSource = SOURCE,
) -> Iterator[Stage]:
    """A stage of some batches of pages, attached."""
    stage = Stage(folder / "stage.duckdb", table, columns, source)
    try:
        for batch in batches:
            stage.add(batch)
        with stage.attached(connection):
            yield stage
    finally:
        stage.close()


def _rows(
    connection: duckdb.DuckDBPyConnection, columns: Sequence[StoredColumn] = COLUMNS
) -> list[tuple[Any, ...]]:
    names = ", ".join(f'"{column.name}"' for column in columns)
    return connection.execute(f"SELECT {names} FROM {STAGE} ORDER BY id").fetchall()


def _rejected(connection: duckdb.DuckDBPyConnection) -> list[tuple[Any, ...]]:
    return connection.execute(
        "SELECT key, column_name, value, wanted_type FROM _netsuite.rejected_values ORDER BY ALL"
    ).fetchall()


# Values


def test_pages_become_typed_rows(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    pages = _landed(
        folder,
        [{"id": "1", "left": "a", "amount": "123456789012345678.123456789", "at": "2026-11-23 06:00:09"}],
        [{"id": "2"}, {"id": "3", "amount": "-0.07"}],
    )
    with _staging(connection, folder, pages) as stage:
        assert stage.rows == 3
        assert stage.misfits(connection) == {}
        assert _rows(connection) == [
            (1, "a", Decimal("123456789012345678.123456789"), datetime(2026, 11, 23, 6, 0, 9)),
            (2, None, None, None),
            (3, None, Decimal("-0.07"), None),
        ]


def test_batches_add_up_in_whatever_order_they_come(
    connection: duckdb.DuckDBPyConnection, folder: Path
) -> None:
    pages = _landed(folder, *([{"id": str(number)}] for number in range(9)))
    stage = Stage(folder / "stage.duckdb", TABLE, COLUMNS, SOURCE)
    seen = []
    for batch in (pages[6:], pages[:2], pages[2:6], []):
        stage.add(batch)
        seen.append(stage.rows)
    assert seen == [0, 5, 9, 9], "the first few pages wait: a small table needs no file"
    with stage.attached(connection):
        assert [row[0] for row in _rows(connection)] == [*range(9)]
        stage.check_keys(connection)
    stage.close()


def test_a_small_table_is_staged_without_a_file(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    pages = _landed(folder, *([{"id": str(number)}] for number in range(3)))
    stage = Stage(folder / "stage.duckdb", TABLE, COLUMNS, SOURCE)
    for page in pages:
        stage.add([page])
    with stage.attached(connection):
        assert not (folder / "stage.duckdb").exists()
        assert stage.rows == 3
        assert [row[0] for row in _rows(connection)] == [0, 1, 2]
    stage.close()


def test_a_batch_of_large_pages_is_split_and_no_row_is_lost(
    connection: duckdb.DuckDBPyConnection, folder: Path
) -> None:
    pages = _landed(folder, *([{"id": str(number), "left": "x" * 3_000_000}] for number in range(9)))
    with _staging(connection, folder, pages) as stage:
        assert stage.rows == 9
        assert {len(row[1]) for row in _rows(connection)} == {3_000_000}


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
    with _staging(connection, folder, _landed(folder, [{"id": "1", "left": text}])):
        assert _rows(connection, COLUMNS[:2]) == [(1, text)]


def test_an_absent_key_is_null_and_an_empty_text_is_empty(
    connection: duckdb.DuckDBPyConnection, folder: Path
) -> None:
    pages = _landed(folder, [{"id": "1", "left": ""}, {"id": "2"}, {"id": "3", "left": None}])
    with _staging(connection, folder, pages):
        assert _rows(connection, COLUMNS[:2]) == [(1, ""), (2, None), (3, None)]


def test_a_key_that_nobody_asked_for_is_left_aside(
    connection: duckdb.DuckDBPyConnection, folder: Path
) -> None:
    pages = _landed(folder, [{"id": "1", "extra": "x", "left": "y"}])
    with _staging(connection, folder, pages, columns=COLUMNS[:1]) as stage:
        assert [column.name for column in stage.columns] == ["id"]
        assert _rows(connection, COLUMNS[:1]) == [(1,)]


@pytest.mark.parametrize("batches", [0, 1])
def test_no_pages_make_an_empty_typed_stage(
    connection: duckdb.DuckDBPyConnection, folder: Path, batches: int
) -> None:
    with _staging(connection, folder, *([[]] * batches)) as stage:
        assert stage.rows == 0
        types = connection.execute(f"SELECT column_name, column_type FROM (DESCRIBE {STAGE})").fetchall()
    assert types[:4] == [
        ("id", "BIGINT"),
        ("left", "VARCHAR"),
        ("amount", "DECIMAL(38,10)"),
        ("at", "TIMESTAMP"),
    ]


def test_pages_without_items_stage_nothing(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    with _staging(connection, folder, _landed(folder, [], [])) as stage:
        assert stage.rows == 0


def test_a_folder_with_a_quote_in_its_name_is_read(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    folder = tmp_path / "o'neill's [data]"
    folder.mkdir()
    with _staging(connection, folder, _landed(folder, [{"id": "1"}])) as stage:
        assert stage.rows == 1
    assert [path.name for path in folder.iterdir()] == ["000000.json"]


def test_session_times_are_shifted_to_utc(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    pages = _landed(folder, [{"id": "1", "at": "2026-11-23 01:00:00"}, {"id": "2"}])
    source = StageSource("sync-1", "netsuite", SOURCE.seen_at, utc_offset_seconds=-5 * 3600)
    with _staging(connection, folder, pages, source=source):
        assert [row[3] for row in _rows(connection)] == [datetime(2026, 11, 23, 6), None]


# Keys


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (
            [{"id": "7"}, {"id": "8"}, {"id": "7"}],
            r"thing: 0 rows without a key and 1 with a duplicate key \(id\).*7",
        ),
        ([{"id": "7"}, {"left": "x"}], r"1 rows without a key and 0 with a duplicate key"),
        ([{"id": "7"}, {"id": "x"}], r"1 rows without a key and 0 with"),
        (
            [{"id": "7"}, {"id": "7.5"}],
            r"1 rows without a key and 0 with .* example \('7.5',\)",
        ),  # it would be row 8
        ([{"id": "7"}, {"id": "85e-1"}], r"1 rows without a key and 0 with"),
    ],
)
def test_keys_that_are_doubled_missing_or_no_keys_are_refused(
    connection: duckdb.DuckDBPyConnection, folder: Path, rows: list[dict[str, Any]], message: str
) -> None:
    with _staging(connection, folder, _landed(folder, rows)) as stage:
        with pytest.raises(LoadRefused, match=message):
            stage.check_keys(connection)


def test_a_key_that_comes_twice_in_two_batches_is_refused(
    connection: duckdb.DuckDBPyConnection, folder: Path
) -> None:
    pages = _landed(folder, [{"id": "1"}], [{"id": "1"}])
    with _staging(connection, folder, pages[:1], pages[1:]) as stage:
        with pytest.raises(LoadRefused, match="1 with a duplicate key"):
            stage.check_keys(connection)


def test_a_doubled_key_of_several_columns_is_refused_naming_it(
    connection: duckdb.DuckDBPyConnection, folder: Path
) -> None:
    rows = [{"a": "1", "b": "x"}, {"a": "1", "b": "y"}, {"a": "2", "b": "x"}]
    for doubled in (False, True):
        pages = _landed(folder, [*rows, rows[1]] if doubled else rows)
        with _staging(connection, folder, pages, table=PAIRS, columns=PAIRS.columns) as stage:
            if not doubled:
                stage.check_keys(connection)
                continue
            with pytest.raises(LoadRefused, match=r"1 with a duplicate key \(a, b\)\. The table stays"):
                stage.check_keys(connection)


# What does not fit

ALL_NAMES = [column.name for column in COLUMNS]


def test_what_does_not_fit_is_null_and_kept_with_key_value_and_type(
    connection: duckdb.DuckDBPyConnection, folder: Path
) -> None:
    rows = [{"id": "1", "amount": "12 apples"}, {"id": "2", "amount": "1", "at": "2024-02-30 00:00:00"}]
    with _staging(connection, folder, _landed(folder, rows)) as stage:
        assert stage.record_rejects(connection, ALL_NAMES) == 2
        assert _rows(connection) == [(1, None, None, None), (2, None, Decimal(1), None)]
    assert connection.execute(
        "SELECT * EXCLUDE (reason) FROM _netsuite.rejected_values ORDER BY key"
    ).fetchall() == [
        ("sync-1", "netsuite", "thing", "1", "amount", "12 apples", "DECIMAL(38,10)", SOURCE.seen_at),
        ("sync-1", "netsuite", "thing", "2", "at", "2024-02-30 00:00:00", "TIMESTAMP", SOURCE.seen_at),
    ]


def test_rejects_of_every_batch_are_kept(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    pages = _landed(folder, [{"id": "1", "amount": "x"}], [{"id": "2"}], [{"id": "3", "at": "y"}])
    with _staging(connection, folder, *([page] for page in pages)) as stage:
        assert stage.record_rejects(connection, ALL_NAMES) == 2
    assert [row[:2] for row in _rejected(connection)] == [("1", "amount"), ("3", "at")]


def test_rejects_are_counted_again_and_kept_once(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    pages = _landed(folder, [{"id": "1", "amount": "many"}, {"id": "2", "amount": "many"}])
    for sync, name in (("sync-1", "netsuite"), ("sync-2", "netsuite"), ("sync-3", "sandbox")):
        source = StageSource(sync, name, SOURCE.seen_at)
        with _staging(connection, folder, pages, source=source) as stage:
            assert stage.record_rejects(connection, ALL_NAMES) == 2
    kept = connection.execute("SELECT sync_id, key FROM _netsuite.rejected_values ORDER BY ALL").fetchall()
    assert kept == [("sync-1", "1"), ("sync-1", "2"), ("sync-3", "1"), ("sync-3", "2")]


def test_rejects_of_a_column_that_is_not_merged_are_of_no_interest(
    connection: duckdb.DuckDBPyConnection, folder: Path
) -> None:
    pages = _landed(folder, [{"id": "1", "amount": "x", "at": "y"}])
    with _staging(connection, folder, pages) as stage:
        assert stage.record_rejects(connection, ["id", "at"]) == 1
    assert [row[1] for row in _rejected(connection)] == ["at"]


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
    pages = _landed(folder, rows)
    with _staging(connection, folder, pages, table=table, columns=table.columns) as stage:
        assert stage.misfits(connection) == {
            "n": Misfits(values=3, unfit=2, wider=True),
            "d": Misfits(values=3, unfit=2, wider=False),
        }


def test_pages_are_read_again_as_other_types_with_the_text_beside(
    connection: duckdb.DuckDBPyConnection, folder: Path
) -> None:
    pages = _landed(folder, [{"id": "1", "amount": "12 apples"}], [{"id": "2", "amount": "1.50"}])
    other = (*COLUMNS[:3], text_beside(COLUMNS[2]))
    with _staging(connection, folder, pages) as stage:
        stage.reread(connection, other)
        assert stage.rows == 2
        assert stage.columns == other
        assert _rows(connection, other) == [(1, None, None, "12 apples"), (2, None, Decimal("1.5"), "1.50")]
        assert stage.misfits(connection) == {}, "nothing is lost that is kept beside"


# Pages that DuckDB cannot read


def _half_pairs(folder: Path, *, first: int = 0) -> list[Path]:
    page = folder / f"{first:06}.json"
    page.write_bytes(
        rb'{"items":[{"id":"1","left":"half \ud83e of a receipt"},{"id":"2","left":"whole \ud83e\uddfe"},'
        rb'{"id":"3","left":"no escape \\ud800, \udfff"}]}'
    )
    return [page]


def test_half_a_surrogate_pair_does_not_stop_the_table(
    connection: duckdb.DuckDBPyConnection, folder: Path
) -> None:
    earlier = _landed(folder, *([{"id": str(number), "amount": "x"}] for number in (10, 11)))
    later = _landed(folder, [{"id": "20"}], first=7)
    halves = _half_pairs(folder, first=2)
    with _staging(connection, folder, earlier, halves, later) as stage:
        assert stage.rows == 6
        assert _rows(connection, COLUMNS[:2]) == [
            (1, "half \ufffd of a receipt"),
            (2, "whole 🧾"),
            (3, "no escape \\ud800, \ufffd"),
            (10, None),
            (11, None),
            (20, None),
        ]
        stage.record_rejects(connection, ALL_NAMES)
        assert stage.misfits(connection)["amount"].unfit == 2, "earlier batches are not read twice over"
        stage.reread(connection, COLUMNS[:2])
        assert _rows(connection, COLUMNS[:2])[0] == (1, "half \ufffd of a receipt")
    assert _rejected(connection) == [
        ("1", "left", "half \\ud83e of a receipt", "VARCHAR"),
        ("10", "amount", "x", "DECIMAL(38,10)"),
        ("11", "amount", "x", "DECIMAL(38,10)"),
        ("3", "left", "no escape \\ud800, \\udfff", "VARCHAR"),
    ]
    assert sorted(path.suffix for path in folder.iterdir()) == [".json"] * 4


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        ('{"items":[{"id":"2"},', "is damaged"),
        ("", "is damaged"),
        (None, "is gone"),
    ],
)
@pytest.mark.parametrize("pages_in_all", [2, 8])
def test_a_page_that_cannot_be_read_is_named_with_a_remedy(
    connection: duckdb.DuckDBPyConnection, folder: Path, damage: str | None, words: str, pages_in_all: int
) -> None:
    pages = _landed(folder, *([{"id": str(number)}] for number in range(pages_in_all)))
    stage = Stage(folder / "stage.duckdb", TABLE, COLUMNS, SOURCE)
    stage.add(pages[:1])
    if damage is None:
        pages[1].unlink()
    else:
        pages[1].write_text(damage)
    with pytest.raises(LoadRefused, match=rf"thing: the landed page .*000001.json {words}") as refused:
        stage.add(pages[1:])
        with stage.attached(connection):
            pass
    assert "sync again" in refused.value.remedy
    stage.close()
    assert [path.name for path in folder.glob("stage*")] == []


# The file


def test_an_old_stage_is_removed_and_a_closed_one_leaves_nothing(
    connection: duckdb.DuckDBPyConnection, folder: Path
) -> None:
    for name in ("stage.duckdb", "stage.duckdb.wal", "stage.duckdb.000000.json.repaired"):
        (folder / name).write_bytes(b"left by a killed sync")
    pages = _landed(folder, [{"id": "1"}])
    stage = Stage(folder / "stage.duckdb", TABLE, COLUMNS, SOURCE)
    stage.add(pages)
    with stage.attached(connection):
        assert _rows(connection, COLUMNS[:1]) == [(1,)]
    stage.close()
    stage.close()
    assert [path.name for path in folder.iterdir()] == ["000000.json"]


def test_a_stage_is_detached_whatever_happens(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    pages = _landed(folder, [{"id": "1"}])
    for _ in range(2):
        with pytest.raises(RuntimeError, match="other plans"), _staging(connection, folder, pages):
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
    pages = _landed(
        folder,
        *(
            [
                {"id": str(first + n), **{f"t{c}": f"{first + n} " * 20 for c in range(20)}}
                for n in range(1000)
            ]
            for first in range(0, 8000, 1000)
        ),
    )
    stage = Stage(folder / "stage.duckdb", table, columns, SOURCE)
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
