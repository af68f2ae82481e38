"""The table `_netsuite.relationships`: columns that hold the key of another table."""

from collections.abc import Iterable, Mapping
from dataclasses import astuple, dataclass

import duckdb

from netsuite_pipeline.warehouse.schema.schema import literal, present_columns, text
from netsuite_pipeline.warehouse.views.views import TableColumn

_STATEMENTS = (
    "CREATE TABLE _netsuite.relationships (connection VARCHAR NOT NULL, table_name VARCHAR NOT NULL, "
    "column_name VARCHAR NOT NULL, references_table VARCHAR NOT NULL, references_column VARCHAR NOT NULL, "
    "note VARCHAR)",
    "COMMENT ON TABLE _netsuite.relationships IS "
    "'Which column holds the key of which other table; DuckDB does not enforce it, NetSuite does'",
    "COMMENT ON COLUMN _netsuite.relationships.connection IS 'Schema that both tables are in'",
    "COMMENT ON COLUMN _netsuite.relationships.table_name IS 'Table that points'",
    "COMMENT ON COLUMN _netsuite.relationships.column_name IS 'Its column that points'",
    "COMMENT ON COLUMN _netsuite.relationships.references_table IS 'Table that it points to'",
    "COMMENT ON COLUMN _netsuite.relationships.references_column IS 'Key of that table'",
    "COMMENT ON COLUMN _netsuite.relationships.note IS 'What to mind when joining, if anything'",
)


@dataclass(frozen=True)
class Relationship:
    """One column that holds another table's key; the note says what matters for a join."""

    table: str
    column: str
    references_table: str
    references_column: str
    note: str | None = None


def between_present(
    relationships: Iterable[Relationship], tables: Mapping[str, Mapping[str, TableColumn]]
) -> tuple[Relationship, ...]:
    """Return the relationships whose two columns exist.

    Example:
        >>> entity = Relationship("transaction", "entity", "entity", "id")
        >>> between_present([entity], {"transaction": {"entity": TableColumn("BIGINT")}})
        ()
    """
    return tuple(
        each
        for each in relationships
        if each.column in tables.get(each.table, ())
        and each.references_column in tables.get(each.references_table, ())
    )


def write_relationships(
    connection: duckdb.DuckDBPyConnection, name: str, relationships: Iterable[Relationship]
) -> None:
    """Write a connection's relationships if they have changed."""
    if not present_columns(connection, "_netsuite", "relationships"):
        for statement in _STATEMENTS:
            connection.execute(statement)
    wanted = [(name, *astuple(each)) for each in relationships]
    stored = connection.execute(
        f"SELECT * FROM _netsuite.relationships WHERE connection = {text(name)} ORDER BY rowid"
    ).fetchall()
    if stored == wanted:
        return
    connection.execute(f"DELETE FROM _netsuite.relationships WHERE connection = {text(name)}")
    if wanted:
        rows = ", ".join(f"({', '.join(map(literal, row))})" for row in wanted)
        connection.execute(f"INSERT INTO _netsuite.relationships VALUES {rows}")
