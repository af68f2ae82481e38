"""`_netsuite.relationships`: both ends are there, each connection for itself, written only when it changed."""

from collections.abc import Iterator

import duckdb
import pytest

from netsuite_pipeline.warehouse.views.relationships import Relationship, between_present, write_relationships
from netsuite_pipeline.warehouse.views.views import TableColumn

ENTITY = Relationship("transaction", "entity", "entity", "id", "It's whom it is with")
PARENT = Relationship("customer", "parent", "customer", "id")
NUMBER = TableColumn("BIGINT")


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        opened.execute("CREATE SCHEMA _netsuite")
        yield opened


def _stored(connection: duckdb.DuckDBPyConnection) -> list[tuple[object, ...]]:
    return connection.execute("SELECT * FROM _netsuite.relationships ORDER BY rowid").fetchall()


@pytest.mark.parametrize(
    ("tables", "left"),
    [
        ({"transaction": {"entity": NUMBER}, "entity": {"id": NUMBER}}, (ENTITY,)),
        ({"transaction": {"entity": NUMBER}}, ()),
        ({"transaction": {"entity": NUMBER}, "entity": {"nkey": NUMBER}}, ()),
        ({"transaction": {"id": NUMBER}, "entity": {"id": NUMBER}}, ()),
        ({"customer": {"id": NUMBER, "parent": NUMBER}}, (PARENT,)),
        ({}, ()),
    ],
    ids=["both", "no table pointed to", "no key", "no column", "to itself", "nothing"],
)
def test_a_relationship_needs_both_ends(
    tables: dict[str, dict[str, TableColumn]], left: tuple[Relationship, ...]
) -> None:
    assert between_present([ENTITY, PARENT], tables) == left


def test_relationships_are_written_with_their_notes(connection: duckdb.DuckDBPyConnection) -> None:
    write_relationships(connection, "netsuite", [ENTITY, PARENT])
    assert _stored(connection) == [
        ("netsuite", "transaction", "entity", "entity", "id", "It's whom it is with"),
        ("netsuite", "customer", "parent", "customer", "id", None),
    ]


def test_relationships_that_are_known_are_not_written_again(connection: duckdb.DuckDBPyConnection) -> None:
    write_relationships(connection, "netsuite", [ENTITY, PARENT])
    before = connection.execute("SELECT rowid FROM _netsuite.relationships").fetchall()
    write_relationships(connection, "netsuite", iter([ENTITY, PARENT]))
    assert connection.execute("SELECT rowid FROM _netsuite.relationships").fetchall() == before


def test_each_connection_has_its_own(connection: duckdb.DuckDBPyConnection) -> None:
    write_relationships(connection, "netsuite", [ENTITY])
    write_relationships(connection, "sandbox's", [PARENT])
    write_relationships(connection, "netsuite", [])
    assert _stored(connection) == [("sandbox's", "customer", "parent", "customer", "id", None)]


def test_the_table_says_what_it_is(connection: duckdb.DuckDBPyConnection) -> None:
    write_relationships(connection, "netsuite", [])
    silent = connection.execute(
        "SELECT column_name FROM duckdb_columns() WHERE table_name = 'relationships' AND comment IS NULL"
    ).fetchall()
    assert silent == []
