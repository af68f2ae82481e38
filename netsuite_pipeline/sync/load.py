"""Landed pages become rows: staged and checked first, then merged into the table with its watermark."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import duckdb

from netsuite_pipeline.sync.fetch import Fetched
from netsuite_pipeline.sync.report import Preview
from netsuite_pipeline.tables import Table
from netsuite_pipeline.warehouse.errors import LoadRefused
from netsuite_pipeline.warehouse.merge import Merged, merge_stage
from netsuite_pipeline.warehouse.schema import (
    DUCKDB_TYPES,
    StoredColumn,
    StoredTable,
    create_or_extend,
    quoted,
)
from netsuite_pipeline.warehouse.stage import STAGE, Sender, stage_pages
from netsuite_pipeline.warehouse.state import TableState, write_state

_PREVIEW_ROWS = 5


@dataclass(frozen=True)
class Parentage:
    """What a child must know of its parent when both are read in one sync.

    Attributes:
        table: The parent's name in DuckDB, as SQL.
        key: The parent's key column.
        beyond: Parents that were seen newer than the cutoff: like them, their children wait a sync.
    """

    table: str
    key: str
    beyond: frozenset[str]


@dataclass(frozen=True)
class Loaded:
    """What loading one table did.

    Attributes:
        merged: Rows written and deleted.
        rejected: Values that did not fit.
        changed_keys: The keys of the rows written, as text, where children ask for them.
        beyond: The keys of rows newer than the cutoff, left for the next sync, as text.
        held_back: Rows left for the next sync.
    """

    merged: Merged
    rejected: int
    watermark: datetime | None
    preview: Preview
    changed_keys: tuple[str, ...] = ()
    beyond: frozenset[str] = field(default_factory=frozenset)
    held_back: int = 0


def stored_table(table: Table, schema: str) -> StoredTable:
    """How a table of the catalogue is stored: its columns, each label behind its column, comments."""
    columns: list[StoredColumn] = []
    for column in table.columns:
        columns.append(StoredColumn(column.name, column.type, column.description))
        if column.label:
            about = f"What NetSuite shows for {column.name}"
            columns.append(StoredColumn(f"{column.name}_label", "text", about))
    return StoredTable(schema, table.name, table.key, tuple(columns), table.description)


def load(
    connection: duckdb.DuckDBPyConnection,
    fetched: Fetched,
    *,
    schema: str,
    sender: Sender,
    cutoff: datetime,
    previous: TableState | None,
    is_parent: bool,
    parentage: Parentage | None,
) -> Loaded:
    """Loads one table. The caller holds a transaction: what is raised here leaves the table as it was.

    Args:
        connection: To the working file.
        fetched: The landed pages.
        schema: Where the table lives.
        sender: Whose rows these are.
        cutoff: Rows changed later than this are left for the next sync.
        previous: The table's state before.
        is_parent: Children will ask which rows changed; heeded for mode `changed` only, for after a full read
            of a table its children are read in full as well.
        parentage: For a child whose parent is in the same sync.

    Raises:
        LoadRefused: Keys are missing or doubled, or not every landed row was read back.
    """
    table = fetched.read.table
    target = stored_table(table, schema)
    received = set(fetched.read.received)
    columns = [column for column in target.columns if column.name in received]
    staged = stage_pages(connection, target, columns, fetched.pages, sender)
    if staged.rows != fetched.rows:
        raise LoadRefused(
            f"{table.name}: {fetched.rows:,} rows were landed but {staged.rows:,} read back; the table stays "
            "as it was.",
            remedy="Sync again; if it happens twice, the disk or another process damages the landing folder.",
        )
    create_or_extend(connection, target)
    beyond = _hold_back_beyond(connection, fetched, cutoff)
    held_children = _hold_back_children(connection, table, parentage)
    tell_changed = is_parent and fetched.read.mode == "changed"
    if tell_changed:
        _remember_before(connection, target, columns)
    gone_where = _gone_where(connection, fetched, beyond, parentage)
    merged = merge_stage(connection, target, [column.name for column in columns], gone_where=gone_where)
    watermark = cutoff if table.cursor in received or table.parent else None
    _write_table_state(connection, fetched, previous, merged, watermark, schema, sender)
    return Loaded(
        merged=merged,
        rejected=staged.rejected,
        watermark=watermark,
        preview=_preview(connection, target),
        changed_keys=_changed(connection) if tell_changed else (),
        beyond=beyond,
        held_back=len(beyond) + held_children,
    )


def _hold_back_beyond(
    connection: duckdb.DuckDBPyConnection, fetched: Fetched, cutoff: datetime
) -> frozenset[str]:
    """Takes rows newer than the cutoff out of the stage, so that all tables show the same moment."""
    table = fetched.read.table
    if table.cursor is None or table.cursor not in fetched.read.columns:
        return frozenset()
    rows = connection.execute(
        f"DELETE FROM {STAGE} WHERE {quoted(table.cursor)} > ? RETURNING {quoted(table.key[0])}::VARCHAR",
        [cutoff],
    ).fetchall()
    return frozenset(row[0] for row in rows)


def _hold_back_children(
    connection: duckdb.DuckDBPyConnection, table: Table, parentage: Parentage | None
) -> int:
    """Takes children of parents that came after the cutoff out of the stage.

    Ids grow, so a parent behind the largest id that is known came after its table was read. A child whose
    parent is missing for another reason is NetSuite's own affair and stays.
    """
    if table.parent is None or parentage is None:
        return 0
    _keep_keys(connection, "beyond_parents", sorted(parentage.beyond), _parent_type(table))
    rows = connection.execute(
        f"DELETE FROM {STAGE} WHERE {_waits(table, quoted(table.parent.column), parentage)} RETURNING 1"
    ).fetchall()
    return len(rows)


def _waits(table: Table, ref: str, parentage: Parentage) -> str:
    """The condition that the parent in column `ref` came after the cutoff."""
    known = f"{ref} IN (SELECT k FROM temp.main.beyond_parents)"
    if _parent_type(table) != "BIGINT":
        return f"({known})"
    return f"({known} OR {ref} > (SELECT max({quoted(parentage.key)}) FROM {parentage.table}))"


def _gone_where(
    connection: duckdb.DuckDBPyConnection,
    fetched: Fetched,
    beyond: Collection[str],
    parentage: Parentage | None,
) -> str | None:
    """Which rows of the table the stage speaks for: all, those of the parents asked for, or none."""
    table = fetched.read.table
    if fetched.read.mode == "changed":
        return None
    if table.parent is not None:
        ref = f"t.{quoted(table.parent.column)}"
        conditions = ["true"]
        if fetched.read.mode == "children":
            _keep_keys(connection, "asked_parents", fetched.parents, _parent_type(table))
            conditions = [f"{ref} IN (SELECT k FROM temp.main.asked_parents)"]
        if parentage is not None:
            conditions.append(f"{_waits(table, ref, parentage)} IS NOT TRUE")
        return " AND ".join(conditions)
    if not beyond:
        return "true"
    _keep_keys(connection, "beyond_keys", sorted(beyond), "VARCHAR")
    return f"t.{quoted(table.key[0])}::VARCHAR NOT IN (SELECT k FROM temp.main.beyond_keys)"


def _parent_type(table: Table) -> str:
    return DUCKDB_TYPES[table.column(table.parent.column).type] if table.parent else "VARCHAR"


def _keep_keys(connection: duckdb.DuckDBPyConnection, name: str, keys: Sequence[str], type_: str) -> None:
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT unnest(?::VARCHAR[])::{type_} AS k", [list(keys)]
    )


def _remember_before(
    connection: duckdb.DuckDBPyConnection, target: StoredTable, columns: list[StoredColumn]
) -> None:
    """Notes which staged rows differ from the table, before the merge makes them equal."""
    key = quoted(target.key[0])
    names = [quoted(column.name) for column in columns if column.name not in target.key]
    differs = " OR ".join(f"t.{name} IS DISTINCT FROM s.{name}" for name in names)
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE changed_keys AS SELECT s.{key}::VARCHAR AS k FROM {STAGE} s "
        f"LEFT JOIN {target.ref} t ON t.{key} = s.{key} "
        f"WHERE t.{key} IS NULL{f' OR {differs}' if differs else ''} ORDER BY s.{key}"
    )


def _changed(connection: duckdb.DuckDBPyConnection) -> tuple[str, ...]:
    rows = connection.execute("SELECT k FROM temp.main.changed_keys").fetchall()
    return tuple(row[0] for row in rows)


def _write_table_state(
    connection: duckdb.DuckDBPyConnection,
    fetched: Fetched,
    previous: TableState | None,
    merged: Merged,
    watermark: datetime | None,
    schema: str,
    sender: Sender,
) -> None:
    table = fetched.read.table
    known = set(fetched.read.received)
    absent = tuple(c.name for c in stored_table(table, schema).columns if c.name not in known)
    asked_all = set(absent) <= set(fetched.left_out)
    given = dict.fromkeys([*(previous.columns if previous else ()), *fetched.read.received])
    if previous and not fetched.asked:
        # Nothing was learned of the columns.
        given, absent, asked_all = dict.fromkeys(previous.columns), previous.absent_columns, False
    write_state(
        connection,
        schema,
        table.name,
        TableState(
            watermark=watermark,
            columns=tuple(given),
            absent_columns=absent,
            absent_asked_at=sender.seen_at if asked_all or previous is None else previous.absent_asked_at,
            row_count=merged.rows,
            synced_at=sender.seen_at,
        ),
        sync_id=sender.sync_id,
        full=fetched.read.mode == "full",
    )


def _preview(connection: duckdb.DuckDBPyConnection, target: StoredTable) -> Preview:
    keys = ", ".join(quoted(part) for part in target.key)
    cells = ", ".join(f"{quoted(column.name)}::VARCHAR" for column in target.columns)
    rows = connection.execute(
        f"SELECT {cells} FROM {target.ref} ORDER BY {keys} LIMIT {_PREVIEW_ROWS}"
    ).fetchall()
    return Preview(tuple(column.name for column in target.columns), tuple(tuple(row) for row in rows))
