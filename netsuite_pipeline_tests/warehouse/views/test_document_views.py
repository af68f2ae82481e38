"""`netsuite.invoice` and its like: only what the tables there allow, whatever the connection is called."""

from collections.abc import Iterator

import duckdb
import pytest

from netsuite_pipeline.warehouse.views.document_views import DOCUMENTS, document_views
from netsuite_pipeline.warehouse.views.views import TableColumn, read_tables, update_views

HEADS = "id BIGINT, type VARCHAR, tranid VARCHAR, trandate DATE, entity BIGINT, entity_label VARCHAR"
LINES = "transaction BIGINT, id BIGINT, mainline BOOLEAN, entity BIGINT, netamount DECIMAL(38,10)"


@pytest.fixture(params=["netsuite", "Acme UK"])
def schema(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def connection(schema: str) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        opened.execute("CREATE SCHEMA _netsuite")
        opened.execute(f'CREATE SCHEMA "{schema}"')
        opened.execute(f'CREATE TABLE "{schema}".transaction ({HEADS})')
        opened.execute(
            f"INSERT INTO \"{schema}\".transaction VALUES (1, 'CustInvc', 'INV1', DATE '2025-03-01', 9, 'Nine'), "
            "(2, 'Check', 'CHK2', DATE '2025-03-02', 8, 'Eight')"
        )
        yield opened


def _with_lines(connection: duckdb.DuckDBPyConnection, schema: str, columns: str = LINES) -> None:
    connection.execute(f'CREATE TABLE "{schema}".transactionline ({columns})')


def _kept(connection: duckdb.DuckDBPyConnection, schema: str) -> None:
    update_views(connection, [schema], document_views(schema, read_tables(connection, schema)))


def _asked(connection: duckdb.DuckDBPyConnection, schema: str, view: str) -> list[tuple[object, ...]]:
    return connection.execute(f'SELECT * FROM "{schema}".{view}').fetchall()


def test_a_kind_of_document_is_a_view(connection: duckdb.DuckDBPyConnection, schema: str) -> None:
    _kept(connection, schema)
    assert [row[2] for row in _asked(connection, schema, "invoice")] == ["INV1"]
    # A word of SQL's own, which needs no quotes behind a schema.
    assert [row[2] for row in _asked(connection, schema, "check")] == ["CHK2"]
    assert _asked(connection, schema, "salesorder") == []


def test_lines_come_without_the_main_line_and_with_their_document(
    connection: duckdb.DuckDBPyConnection, schema: str
) -> None:
    _with_lines(connection, schema)
    connection.execute(
        f'INSERT INTO "{schema}".transactionline VALUES (1, 0, true, 9, 12), (1, 1, false, 7, -10), '
        "(1, 2, NULL, 9, -2), (2, 1, false, 8, 5)"
    )
    _kept(connection, schema)
    rows = connection.execute(
        f'SELECT id, netamount, entity, document_entity, document_entity_label, tranid FROM "{schema}".invoice_line '
        "ORDER BY id"
    ).fetchall()
    assert rows == [(1, -10, 7, 9, "Nine", "INV1"), (2, -2, 9, 9, "Nine", "INV1")]


def test_lines_that_do_not_mark_the_main_line_come_all(
    connection: duckdb.DuckDBPyConnection, schema: str
) -> None:
    _with_lines(connection, schema, "transaction BIGINT, id BIGINT")
    connection.execute(f'INSERT INTO "{schema}".transactionline VALUES (1, 0), (1, 1)')
    _kept(connection, schema)
    assert len(_asked(connection, schema, "invoice_line")) == 2


def test_a_column_that_came_is_in_the_views_of_the_next_sync(
    connection: duckdb.DuckDBPyConnection, schema: str
) -> None:
    _kept(connection, schema)
    connection.execute(f'ALTER TABLE "{schema}".transaction ADD COLUMN custbody_x VARCHAR')
    _kept(connection, schema)
    row = connection.execute(f'SELECT custbody_x FROM "{schema}".invoice').fetchone()
    assert row == (None,)


WORD = TableColumn("VARCHAR")


@pytest.mark.parametrize(
    ("tables", "count"),
    [
        ({}, 0),
        ({"transaction": {"id": WORD}}, 0),
        ({"transactionline": {"transaction": WORD}}, 0),
        ({"transaction": {"id": WORD, "type": WORD}}, len(DOCUMENTS)),
        ({"transaction": {"id": WORD, "type": WORD}, "transactionline": {"id": WORD}}, len(DOCUMENTS)),
        (
            {"transaction": {"id": WORD, "type": WORD}, "transactionline": {"transaction": WORD}},
            2 * len(DOCUMENTS),
        ),
    ],
    ids=["nothing", "no type", "no documents", "no lines", "lines of nothing", "both"],
)
def test_views_are_there_where_their_tables_and_columns_are(
    tables: dict[str, dict[str, TableColumn]], count: int
) -> None:
    assert len(document_views("netsuite", tables)) == count


def test_a_column_of_the_lines_is_not_taken_from_the_document() -> None:
    tables = {
        "transaction": {"id": WORD, "type": WORD, "status": TableColumn("VARCHAR", "The document's")},
        "transactionline": {"transaction": WORD, "status": TableColumn("VARCHAR", "The line's")},
    }
    lines = next(view for view in document_views("netsuite", tables) if view.name == "invoice_line")
    assert [(column.name, column.sql) for column in lines.columns] == [
        ("transaction", 'l."transaction"'),
        ("status", 'l."status"'),
    ]
