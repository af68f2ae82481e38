"""A catalogue's table as the warehouse stores it, and the stage of its pages."""

from pathlib import Path

from netsuite_pipeline.sync.planning.read_plan import ReadPlan
from netsuite_pipeline.tables import Table
from netsuite_pipeline.tables.hashed_columns import hashed_table
from netsuite_pipeline.warehouse.schema.schema import StoredColumn, StoredTable
from netsuite_pipeline.warehouse.staging.stage import Stage


def stored_table(table: Table, schema: str) -> StoredTable:
    """Return a catalogue's table as it is stored: every column, each followed by its label, and comments."""
    columns: list[StoredColumn] = []
    for column in hashed_table(table).columns:
        columns.append(StoredColumn(column.name, column.type, column.description))
        if column.label:
            about = f"What NetSuite shows for {column.name}"
            columns.append(StoredColumn(f"{column.name}_label", "text", about))
    identity_columns = () if table.unique else tuple(filter(None, (*table.key, table.cursor)))
    return StoredTable(schema, table.name, table.key, tuple(columns), table.description, identity_columns)


def open_stage(path: Path, read: ReadPlan, schema: str) -> Stage:
    """Return an empty stage for the pages of a read; the caller closes it.

    Args:
        path: The stage's file, in the table's landing folder; an old file there is removed.
        read: The read, without the columns that NetSuite has refused so far. Its key may be shorter than the
            catalogue's.
        schema: The table's schema in the warehouse.

    Example:
        >>> stage = open_stage(path, read, "netsuite")                       # doctest: +SKIP
        >>> stage.add(pages)                                                 # doctest: +SKIP
        >>> TableCommit(sync_run, landed, stage, options, None, started_at).run(connection)  # doctest: +SKIP
        >>> stage.close()                                                    # doctest: +SKIP
    """
    table, received = stored_table(read.table, schema), set(read.result_columns)
    columns = [column for column in table.columns if column.name in received]
    offset = 0 if read.dialect.utc else round(read.utc_offset.total_seconds())
    return Stage(path, table, columns, offset)
