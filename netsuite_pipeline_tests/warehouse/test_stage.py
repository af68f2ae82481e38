"""From landed pages to typed rows: nothing invented, nothing dropped, what does not fit is kept elsewhere."""

import json
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from netsuite_pipeline.warehouse.errors import LoadRefused
from netsuite_pipeline.warehouse.schema import StoredColumn, StoredTable
from netsuite_pipeline.warehouse.stage import STAGE, Sender, Staged, stage_pages
from netsuite_pipeline.warehouse.state import ensure_state

COLUMNS = (
    StoredColumn("id", "integer"),
    StoredColumn("left", "text"),
    StoredColumn("amount", "decimal"),
    StoredColumn("at", "datetime"),
)
TABLE = StoredTable("netsuite", "thing", ("id",), COLUMNS)
PAIRS = StoredTable("netsuite", "pair", ("a", "b"), (StoredColumn("a", "integer"), StoredColumn("b", "text")))
SENDER = Sender("sync-1", "netsuite", datetime(2026, 11, 23, 12))


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        ensure_state(opened)
        yield opened


def _landed(folder: Path, *pages: list[dict[str, Any]]) -> list[Path]:
    paths = []
    for number, rows in enumerate(pages):
        path = folder / f"{number:06}.json"
        path.write_text(json.dumps({"links": [], "items": [{"links": [], **row} for row in rows]}))
        paths.append(path)
    return paths


def _staged(connection: duckdb.DuckDBPyConnection, key: str = "id") -> list[tuple[Any, ...]]:
    return connection.execute(f"SELECT * FROM {STAGE} ORDER BY {key}").fetchall()


def test_pages_become_typed_rows(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    pages = _landed(
        tmp_path,
        [{"id": "1", "left": "a", "amount": "123456789012345678.123456789", "at": "2026-11-23 06:00:09"}],
        [{"id": "2"}, {"id": "3", "amount": "-0.07"}],
    )
    assert stage_pages(connection, TABLE, COLUMNS, pages, SENDER) == Staged(rows=3, rejected=0)
    assert _staged(connection) == [
        (1, "a", Decimal("123456789012345678.123456789"), datetime(2026, 11, 23, 6, 0, 9)),
        (2, None, None, None),
        (3, None, Decimal("-0.07"), None),
    ]


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
def test_text_arrives_as_it_was(connection: duckdb.DuckDBPyConnection, tmp_path: Path, text: str) -> None:
    stage_pages(connection, TABLE, COLUMNS[:2], _landed(tmp_path, [{"id": "1", "left": text}]), SENDER)
    assert _staged(connection) == [(1, text)]


def test_an_absent_key_is_null_and_an_empty_text_is_empty(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    pages = _landed(tmp_path, [{"id": "1", "left": ""}, {"id": "2"}, {"id": "3", "left": None}])
    stage_pages(connection, TABLE, COLUMNS[:2], pages, SENDER)
    assert _staged(connection) == [(1, ""), (2, None), (3, None)]


def test_a_key_that_nobody_asked_for_is_left_aside(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    stage_pages(connection, TABLE, COLUMNS[:1], _landed(tmp_path, [{"id": "1", "extra": "x"}]), SENDER)
    assert _staged(connection) == [(1,)]


def test_no_pages_make_an_empty_typed_stage(connection: duckdb.DuckDBPyConnection) -> None:
    assert stage_pages(connection, TABLE, COLUMNS, [], SENDER) == Staged(0, 0)
    types = connection.execute(f"SELECT column_name, column_type FROM (DESCRIBE {STAGE})").fetchall()
    assert types == [("id", "BIGINT"), ("left", "VARCHAR"), ("amount", "DECIMAL(38,10)"), ("at", "TIMESTAMP")]


def test_pages_without_items_stage_nothing(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    assert stage_pages(connection, TABLE, COLUMNS, _landed(tmp_path, [], []), SENDER) == Staged(0, 0)


def test_a_folder_with_a_quote_in_its_name_is_read(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    folder = tmp_path / "o'neill's [data]"
    folder.mkdir()
    assert stage_pages(connection, TABLE, COLUMNS, _landed(folder, [{"id": "1"}]), SENDER).rows == 1


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (
            [{"id": "7"}, {"id": "8"}, {"id": "7"}],
            r"thing: 0 rows without and 1 with a doubled key \(id\).*7",
        ),
        ([{"id": "7"}, {"left": "x"}], r"1 rows without and 0 with a doubled key"),
        ([{"id": "7"}, {"id": "x"}], r"1 rows without"),
        ([{"id": "7"}, {"id": "7.5"}], r"1 rows without"),  # rounded, it would be the row 8
    ],
)
def test_keys_that_are_doubled_missing_or_no_keys_are_refused(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path, rows: list[dict[str, Any]], message: str
) -> None:
    with pytest.raises(LoadRefused, match=message):
        stage_pages(connection, TABLE, COLUMNS, _landed(tmp_path, rows), SENDER)


def test_a_doubled_key_of_several_columns_is_refused_naming_it(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    rows = [{"a": "1", "b": "x"}, {"a": "1", "b": "y"}, {"a": "2", "b": "x"}]
    stage_pages(connection, PAIRS, PAIRS.columns, _landed(tmp_path, rows), SENDER)
    with pytest.raises(LoadRefused, match=r"1 with a doubled key \(a, b\), for example \(1, 'y'\)"):
        stage_pages(connection, PAIRS, PAIRS.columns, _landed(tmp_path, [*rows, rows[1]]), SENDER)


def test_what_does_not_fit_is_null_and_kept_with_key_value_and_type(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    rows = [{"id": "1", "amount": "12 apples"}, {"id": "2", "amount": "1", "at": "2024-02-30 00:00:00"}]
    assert stage_pages(connection, TABLE, COLUMNS, _landed(tmp_path, rows), SENDER) == Staged(2, 2)
    assert _staged(connection) == [(1, None, None, None), (2, None, Decimal(1), None)]
    assert connection.execute("FROM _netsuite.rejected_values ORDER BY key").fetchall() == [
        ("sync-1", "netsuite", "thing", "1", "amount", "12 apples", "DECIMAL(38,10)", SENDER.seen_at),
        ("sync-1", "netsuite", "thing", "2", "at", "2024-02-30 00:00:00", "TIMESTAMP", SENDER.seen_at),
    ]


def test_rejects_are_counted_again_and_kept_once(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    pages = _landed(tmp_path, [{"id": "1", "amount": "many"}, {"id": "2", "amount": "many"}])
    for sync in ("sync-1", "sync-2"):
        sender = Sender(sync, "netsuite", SENDER.seen_at)
        assert stage_pages(connection, TABLE, COLUMNS, pages, sender).rejected == 2
    kept = connection.execute("SELECT sync_id, key FROM _netsuite.rejected_values ORDER BY key").fetchall()
    assert kept == [("sync-1", "1"), ("sync-1", "2")]
    stage_pages(connection, TABLE, COLUMNS, pages, Sender("sync-3", "sandbox", SENDER.seen_at))
    assert connection.execute("SELECT count(*) FROM _netsuite.rejected_values").fetchall() == [(4,)]


def test_a_row_with_several_values_that_do_not_fit_gives_a_reject_each(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    pages = _landed(tmp_path, [{"id": "1", "amount": "x", "at": "y"}])
    assert stage_pages(connection, TABLE, COLUMNS, pages, SENDER) == Staged(1, 2)


def test_session_times_are_shifted_to_utc(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    pages = _landed(tmp_path, [{"id": "1", "at": "2026-11-23 01:00:00"}, {"id": "2"}])
    sender = Sender("sync-1", "netsuite", SENDER.seen_at, behind_utc_seconds=5 * 3600)
    stage_pages(connection, TABLE, COLUMNS, pages, sender)
    assert [row[3] for row in _staged(connection)] == [datetime(2026, 11, 23, 6), None]


def test_a_damaged_page_fails_the_whole_statement(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    pages = _landed(tmp_path, [{"id": "1"}], [{"id": "2"}])
    pages[1].write_text('{"items":[{"id":"2"},')
    with pytest.raises(duckdb.Error, match="Malformed JSON"):
        stage_pages(connection, TABLE, COLUMNS, pages, SENDER)
