"""Views beside the tables: replaced when they changed, never in a table's way, nobody else's touched."""

from collections.abc import Iterator
from dataclasses import replace

import duckdb
import pytest

from netsuite_pipeline.warehouse.views.views import (
    TableColumn,
    View,
    ViewColumn,
    drop_shadowed_views,
    read_tables,
    update_views,
)

SCHEMA = "uk's books"
COLUMNS = (
    ViewColumn("id", "t.id", "BIGINT", "It's the id"),
    ViewColumn('le"ft', "t.left_", "VARCHAR", "Left"),
)
ODD = View(SCHEMA, "invoice", COLUMNS, f'"{SCHEMA}".document t WHERE t.id % 2 = 1', "The odd ones' view")


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        opened.execute("CREATE SCHEMA _netsuite")
        opened.execute(f'CREATE SCHEMA "{SCHEMA}"')
        opened.execute(f'CREATE TABLE "{SCHEMA}".document (id BIGINT, left_ VARCHAR)')
        opened.execute(f"INSERT INTO \"{SCHEMA}\".document VALUES (1, 'a'), (2, 'b'), (3, 'c')")
        yield opened


def _views(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """The views there are, each with the number that DuckDB gave it when it was made."""
    return dict(
        connection.execute("SELECT view_name, view_oid FROM duckdb_views() WHERE NOT internal").fetchall()
    )


def _rows(connection: duckdb.DuckDBPyConnection) -> list[tuple[object, ...]]:
    return connection.execute(f'SELECT * FROM "{SCHEMA}".invoice ORDER BY id').fetchall()


def test_a_view_is_made_with_its_comments(connection: duckdb.DuckDBPyConnection) -> None:
    update_views(connection, [SCHEMA], [ODD])

    assert _rows(connection) == [(1, "a"), (3, "c")]
    comments = connection.execute(
        "SELECT column_name, comment FROM duckdb_columns() WHERE table_name = 'invoice' ORDER BY column_index"
    ).fetchall()
    assert comments == [("id", "It's the id"), ('le"ft', "Left")]
    about = connection.execute("SELECT comment FROM duckdb_views() WHERE view_name = 'invoice'").fetchone()
    assert about == ("The odd ones' view",)


def test_a_view_that_is_as_it_should_be_is_not_touched(connection: duckdb.DuckDBPyConnection) -> None:
    update_views(connection, [SCHEMA], [ODD])
    before = _views(connection)
    update_views(connection, [SCHEMA], [ODD])
    assert _views(connection) == before


@pytest.mark.parametrize(
    "changed",
    [
        replace(ODD, source=f'"{SCHEMA}".document t WHERE t.id % 2 = 0'),
        replace(ODD, comment="Another word"),
        replace(ODD, columns=COLUMNS[:1]),
        replace(ODD, columns=(replace(COLUMNS[0], type="DECIMAL(38,10)"), COLUMNS[1])),
        replace(ODD, columns=(replace(COLUMNS[0], comment="Another word"), COLUMNS[1])),
    ],
    ids=["other rows", "other comment", "fewer columns", "other type", "other column comment"],
)
def test_a_view_that_changed_is_made_anew(connection: duckdb.DuckDBPyConnection, changed: View) -> None:
    update_views(connection, [SCHEMA], [ODD])
    before = _views(connection)
    update_views(connection, [SCHEMA], [changed])
    assert _views(connection)["invoice"] != before["invoice"]
    update_views(connection, [SCHEMA], [changed])
    assert len(_rows(connection)) in {1, 2}


def test_a_view_whose_column_was_widened_is_made_anew_and_answers(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    update_views(connection, [SCHEMA], [ODD])
    connection.execute(f'ALTER TABLE "{SCHEMA}".document ALTER COLUMN id TYPE DECIMAL(38,10)')
    wider = replace(ODD, columns=(replace(COLUMNS[0], type="DECIMAL(38,10)"), COLUMNS[1]))
    update_views(connection, [SCHEMA], [wider])
    kind = connection.execute(f'SELECT typeof(id) FROM "{SCHEMA}".invoice LIMIT 1').fetchone()
    assert kind == ("DECIMAL(38,10)",)


def test_a_view_that_is_no_longer_wanted_goes(connection: duckdb.DuckDBPyConnection) -> None:
    update_views(connection, [SCHEMA], [ODD])
    update_views(connection, [SCHEMA], [])
    assert _views(connection) == {}


def test_views_of_another_schema_stay(connection: duckdb.DuckDBPyConnection) -> None:
    other = replace(ODD, schema="main")
    update_views(connection, ["main"], [other])
    update_views(connection, [SCHEMA], [])
    assert list(_views(connection)) == ["invoice"]


def test_somebody_elses_view_of_that_name_stays(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(f'CREATE VIEW "{SCHEMA}".Invoice AS SELECT 7 AS id')
    update_views(connection, [SCHEMA], [ODD])
    drop_shadowed_views(connection, SCHEMA, ["invoice"])
    assert _rows(connection) == [(7,)]


def test_a_table_of_that_name_is_never_shadowed(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(f'CREATE TABLE "{SCHEMA}".Invoice AS SELECT 7 AS id')
    update_views(connection, [SCHEMA], [ODD])
    assert _rows(connection) == [(7,)]
    assert _views(connection) == {}


def test_a_view_makes_way_for_a_table_and_does_not_come_back(connection: duckdb.DuckDBPyConnection) -> None:
    update_views(connection, [SCHEMA], [ODD])
    drop_shadowed_views(connection, SCHEMA, ["customer"])
    assert list(_views(connection)) == ["invoice"]
    drop_shadowed_views(connection, SCHEMA, ["Invoice"])
    connection.execute(f'CREATE TABLE "{SCHEMA}".invoice AS SELECT 7 AS id')
    update_views(connection, [SCHEMA], [ODD])
    assert _rows(connection) == [(7,)]


def test_a_view_that_is_gone_comes_back(connection: duckdb.DuckDBPyConnection) -> None:
    update_views(connection, [SCHEMA], [ODD])
    connection.execute(f'DROP VIEW "{SCHEMA}".invoice')
    update_views(connection, [SCHEMA], [ODD])
    assert list(_views(connection)) == ["invoice"]


def test_tables_are_read_without_views(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(f"COMMENT ON COLUMN \"{SCHEMA}\".document.id IS 'The id'")
    update_views(connection, [SCHEMA], [ODD])
    assert read_tables(connection, SCHEMA) == {
        "document": {"id": TableColumn("BIGINT", "The id"), "left_": TableColumn("VARCHAR")}
    }
