"""Plan how a table's columns are stored where NetSuite's types and the stored types differ."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import duckdb

from netsuite_pipeline.warehouse.schema.drift import WIDER, Fit, Misfits, fit, kind_of
from netsuite_pipeline.warehouse.schema.schema import (
    StoredColumn,
    StoredTable,
    present_columns,
    text_beside,
    texts_beside,
)
from netsuite_pipeline.warehouse.staging.stage import Stage
from netsuite_pipeline.warehouse.sync_log import SchemaChange


@dataclass(frozen=True)
class ColumnPlan:
    """How a table is stored after a load.

    Attributes:
        target: The table, with the types and the text columns that it gets.
        names: Its columns that the stage has.
        kept: Its other columns, including those that the catalogue no longer has.
        changes: Columns that this load widens or gives a text column.
    """

    target: StoredTable
    names: tuple[str, ...]
    kept: tuple[str, ...]
    changes: tuple[SchemaChange, ...]


def plan_columns(
    connection: duckdb.DuckDBPyConnection,
    stage: Stage,
    table: StoredTable,
    received: Sequence[str],
    dropped: Collection[str] = (),
) -> ColumnPlan:
    """Compare the catalogue, the stored table and the staged values; call it while the stage is attached.

    The stage is read again where a column was staged as another type than it is stored as.

    Args:
        connection: To the working file.
        stage: The staged rows.
        table: The table by the catalogue.
        received: The columns that NetSuite sent.
        dropped: Stored columns that the load drops first.

    Raises:
        LoadRefused, WarehouseError: A page could not be read again.
    """
    present = present_columns(connection, table.schema, table.name)
    present = {name: type_ for name, type_ in present.items() if name not in dropped}
    ours = {column.name for column in table.columns}
    left = present.keys() - ours
    # A column that left the catalogue keeps its values: no text column takes its name.
    taken = ours | (left - texts_beside(connection, table.schema, table.name) if left else left)
    sent = set(received)
    misfits = stage.misfits(connection)
    staged = _staged_columns(table, sent, _fits(table, present, sent, {}, taken), taken)
    if not _is_staged(stage, staged, misfits):
        stage.reread(connection, staged)
        misfits = stage.misfits(connection)
    fits = _fits(table, present, sent, misfits, taken)
    wanted = _staged_columns(table, sent, fits, taken)
    if not _is_staged(stage, wanted, misfits):
        stage.reread(connection, wanted)
    columns = _columns(table, fits, taken)
    names = tuple(column.name for column in wanted)
    all_names = dict.fromkeys([*present, *(column.name for column in columns)])
    return ColumnPlan(
        replace(table, columns=columns),
        names,
        tuple(name for name in all_names if name not in names),
        tuple(_changes(table, present, fits)),
    )


def _fits(
    table: StoredTable,
    present: Mapping[str, str],
    sent: set[str],
    misfits: Mapping[str, Misfits],
    taken: Collection[str],
) -> Mapping[str, Fit]:
    """Decide for each column of the catalogue how it is stored."""
    fits: dict[str, Fit] = {}
    for column in table.columns:
        stored = present.get(column.name)
        has_text = text_beside(column, taken).name in present
        if column.name in sent or stored is None:
            found = misfits.get(column.name, Misfits())
            key = column.name in table.key
            fits[column.name] = fit(stored, column.kind, found, has_text=has_text, key=key)
        else:
            fits[column.name] = Fit(kind_of(stored), has_text)
    return fits


def _columns(table: StoredTable, fits: Mapping[str, Fit], taken: Collection[str]) -> tuple[StoredColumn, ...]:
    """Return the columns with their stored types, each followed by its text column if it has one."""
    columns: list[StoredColumn] = []
    for column in table.columns:
        stored = replace(column, kind=fits[column.name].kind)
        columns.append(stored)
        if fits[column.name].text_beside:
            columns.append(text_beside(stored, taken))
    return tuple(columns)


def _staged_columns(
    table: StoredTable, sent: set[str], fits: Mapping[str, Fit], taken: Collection[str]
) -> tuple[StoredColumn, ...]:
    return tuple(column for column in _columns(table, fits, taken) if column.sent_as in sent)


def _is_staged(stage: Stage, wanted: Sequence[StoredColumn], misfits: Mapping[str, Misfits]) -> bool:
    """Return whether the stage has the wanted columns, in their types or in narrower ones that fit all."""
    staged = {column.name: column for column in stage.columns}
    for column in wanted:
        found = staged.get(column.name)
        if found is None:
            return False
        held = WIDER.get(found.kind) == column.kind and column.name not in misfits
        if found.type != column.type and not held:
            return False
    return True


def _changes(
    table: StoredTable, present: Mapping[str, str], fits: Mapping[str, Fit]
) -> Sequence[SchemaChange]:
    changes: list[SchemaChange] = []
    for column in table.columns:
        found = fits[column.name]
        if found.change is None:
            continue
        before = present.get(column.name, column.type)
        after = StoredColumn(column.name, found.kind).type if found.change == "widened" else "VARCHAR"
        changes.append(SchemaChange(column.name, found.change, before, after))
    return changes
