"""Write the views and relationships that the published file offers beside its tables."""

from collections.abc import Iterator, Mapping

import duckdb

from netsuite_pipeline.tables import Column, Table
from netsuite_pipeline.warehouse.views.document_views import document_views
from netsuite_pipeline.warehouse.views.freshness import freshness_view
from netsuite_pipeline.warehouse.views.relationships import Relationship, between_present, write_relationships
from netsuite_pipeline.warehouse.views.views import read_tables, update_views


def refresh_views(connection: duckdb.DuckDBPyConnection, schema: str, catalogue: Mapping[str, Table]) -> None:
    """Update relationships and views to the present tables; call it in a transaction.

    Where nothing changed, nothing is written.

    Args:
        connection: To the working file.
        schema: The connection whose tables they are.
        catalogue: All tables, by name.
    """
    present = read_tables(connection, schema)
    write_relationships(connection, schema, between_present(relationships_of(catalogue), present))
    update_views(connection, [schema, "_netsuite"], [*document_views(schema, present), freshness_view()])


def relationships_of(catalogue: Mapping[str, Table]) -> Iterator[Relationship]:
    """Yield the catalogue's relationships, a column to another table's key each, in the catalogue's order.

    Example:
        >>> from netsuite_pipeline.tables import standard_tables
        >>> first = next(relationships_of(standard_tables()))
        >>> first.table, first.column, first.references_table, first.references_column
        ('transaction', 'createdby', 'employee', 'id')
    """
    for table in catalogue.values():
        for column in table.columns:
            target = catalogue.get(_target(table, column) or "")
            if target is not None and len(target.key) == 1:
                yield Relationship(table.name, column.name, target.name, target.key[0], _note(table, column))


def _target(table: Table, column: Column) -> str | None:
    """Return the table whose key a column holds: the table it references, or the parent."""
    if column.references is None and table.parent is not None and table.parent.column == column.name:
        return table.parent.table
    return column.references


def _note(table: Table, column: Column) -> str | None:
    is_part = table.parent is not None and table.parent.column == column.name
    notes = (
        "The rows are part of that record and go with it." if is_part else "",
        "Several ids, set apart by commas." if column.type == "multiselect" else "",
        column.doubt,
    )
    return " ".join(filter(None, notes)) or None
