"""Rows go, their children with them, and what is known of the tables stays true."""

from collections.abc import Iterator
from datetime import datetime

import duckdb
import pytest

from netsuite_pipeline.warehouse.rows.cascade_delete import (
    Child,
    Removed,
    remove_keys,
)
from netsuite_pipeline.warehouse.schema.schema import StoredColumn, StoredTable, create_or_extend
from netsuite_pipeline.warehouse.state import TableState, ensure_state, read_states, write_state

NOW = datetime(2026, 11, 23)
PARENT = StoredTable("n", "document", ("id",), (StoredColumn("id", "integer"), StoredColumn("memo", "text")))
LINE = StoredTable("n", "line", ("of", "id"), (StoredColumn("of", "integer"), StoredColumn("id", "integer")))
KEYS = "temp.main.doomed"


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        ensure_state(opened)
        create_or_extend(opened, PARENT)
        create_or_extend(opened, LINE)
        opened.execute("INSERT INTO n.document SELECT range, 'x' FROM range(10)")
        opened.execute("INSERT INTO n.line SELECT range // 3, range % 3 FROM range(30)")
        for table, rows in (("document", 10), ("line", 30)):
            state = TableState(NOW, ("id",), (), NOW, rows, NOW)
            write_state(opened, "n", table, state, sync_id="1")
        opened.execute("CREATE TEMP TABLE doomed AS SELECT unnest([2, 3, 99]) AS id")
        yield opened


def test_rows_go_with_their_children(connection: duckdb.DuckDBPyConnection) -> None:
    assert remove_keys(connection, PARENT, KEYS, [Child(LINE, "of")]) == Removed(2, {"line": 6})
    left = connection.execute("SELECT id FROM n.document ORDER BY id").fetchall()
    assert left == [(0,), (1,), (4,), (5,), (6,), (7,), (8,), (9,)]
    assert connection.execute('SELECT count(*), count(*) FILTER ("of" IN (2, 3)) FROM n.line').fetchall() == [
        (24, 0)
    ]


def test_children_go_even_where_their_parent_has_gone_before(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("DELETE FROM n.document WHERE id = 3")
    assert remove_keys(connection, PARENT, KEYS, [Child(LINE, "of")]) == Removed(1, {"line": 6})


def test_what_is_known_of_the_tables_stays_true(connection: duckdb.DuckDBPyConnection) -> None:
    remove_keys(connection, PARENT, KEYS, [Child(LINE, "of")])
    states = read_states(connection, "n")
    assert {name: state.row_count for name, state in states.items()} == {"document": 8, "line": 24}


def test_a_key_of_several_columns_and_a_key_that_comes_twice(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(
        'CREATE OR REPLACE TEMP TABLE doomed AS FROM (VALUES (2, 1), (2, 1), (2, 7), (NULL, 1)) v("of", id)'
    )
    assert remove_keys(connection, LINE, KEYS, []) == Removed(1)


def test_a_child_that_was_never_synced_does_no_harm(connection: duckdb.DuckDBPyConnection) -> None:
    never = StoredTable("n", "posting", ("of",), (StoredColumn("of", "integer"),))
    assert remove_keys(connection, PARENT, KEYS, [Child(never, "of")]) == Removed(2)


def test_nothing_to_remove_removes_nothing(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("DELETE FROM temp.main.doomed")
    assert remove_keys(connection, PARENT, KEYS, [Child(LINE, "of")]) == Removed(0)
    assert read_states(connection, "n")["document"].row_count == 10


@pytest.mark.parametrize("name", ["rowid", "ROWID", "r", "k", "t", "found"])
def test_a_column_of_any_name_takes_no_other_rows_along(
    connection: duckdb.DuckDBPyConnection, name: str
) -> None:
    id_, of = (StoredColumn(part, "integer") for part in ("id", "of"))
    parent = StoredTable("n", "p", ("id",), (id_, StoredColumn(name, "text")))
    child = StoredTable("n", "c", ("of", "id"), (of, id_, StoredColumn(name, "text")))
    for table, values in ((parent, "range, 'x'"), (child, "range // 3, range % 3, 'x'")):
        create_or_extend(connection, table)
        connection.execute(f"INSERT INTO {table.ref} SELECT {values} FROM range(30)")
    assert remove_keys(connection, parent, KEYS, [Child(child, "of")]) == Removed(2, {"c": 6})
    left = connection.execute('SELECT DISTINCT "of" FROM n.c ORDER BY ALL').fetchall()
    assert left == [(of,) for of in range(10) if of not in {2, 3}]
