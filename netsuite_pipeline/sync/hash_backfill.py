"""Values that were stored before their column was to be hashed: hashed where they lie, left plain nowhere."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

import duckdb

from netsuite_pipeline.sync.landing.folder import Landing, remove_pages
from netsuite_pipeline.sync.landing.hashing import Hashing
from netsuite_pipeline.sync.landing.manifest import parse_manifest
from netsuite_pipeline.sync.load.published_views import refresh_views
from netsuite_pipeline.sync.request import SyncRequest
from netsuite_pipeline.tables import Table
from netsuite_pipeline.warehouse.errors import WarehouseError
from netsuite_pipeline.warehouse.rows.hash_columns import (
    PlainColumn,
    give_up_old_blocks,
    hash_columns,
    plain_columns,
)
from netsuite_pipeline.warehouse.state import TableState, ensure_state, note_hashed, read_states
from netsuite_pipeline.warehouse.stores.memory_limit import retry_with_more_memory
from netsuite_pipeline.warehouse.sync_log import SchemaChange, write_schema_changes
from netsuite_pipeline.warehouse.transactions import transaction
from netsuite_pipeline.warehouse.warehouse import Warehouse

_MARK = "plain-values-left"


@dataclass(frozen=True)
class _Plain:
    """A table that holds plain values in columns that are to be hashed."""

    table: Table
    state: TableState | None
    columns: tuple[PlainColumn, ...]

    @property
    def gone(self) -> list[str]:
        """The columns that were made from these; one that NetSuite has under such a name stays."""
        own = {column.name for column in self.table.columns}
        made = (
            name
            for column in self.columns
            for name in (f"{column.name}_label", f"{column.name}_text", *column.beside)
        )
        return [name for name in dict.fromkeys(made) if name not in own]


def hash_what_is_stored(
    warehouse: Warehouse, landing: Landing, request: SyncRequest, *, now: datetime, sync_id: str
) -> tuple[str, ...]:
    """Hashes what earlier syncs have stored plain in columns that are hashed from now on, in all tables of
    the connection: in the working file, whose old blocks are given up, and in the published one. Landed and
    kept pages that hold plain values are removed.

    It asks NetSuite for nothing, so it is done however the sync goes on; killed midway, the next sync does
    the rest.

    Args:
        warehouse: Where the tables are.
        landing: The connection's landing folder, locked.
        request: What the sync is to do; nothing is done without a salt.
        now: UTC.
        sync_id: Which sync does it.

    Returns:
        What people should know of it.

    Raises:
        WarehouseError: The files cannot be written; no value was lost.
    """
    hashing = Hashing(request.salt)
    tables = [table for table in request.catalogue.values() if table.hashed] if request.salt else []
    mark = warehouse.folder / _MARK
    notes: list[str] = []
    for table in tables:
        _remove_landed(landing, table, hashing)
    if tables:
        with warehouse.working() as connection:
            with transaction(connection):
                ensure_state(connection)
                found = _plain(connection, request.connection, tables)
            if found:
                for plain in found:
                    _remove_kept(warehouse.archive_path(request.connection), plain.table.name)
                # From here on until both files are rewritten, they may hold plain values in old blocks.
                _set(mark)
                with hashing.known_to(connection):
                    retry_with_more_memory(
                        connection, partial(_hash, connection, request, found, now, sync_id)
                    )
                notes = [_note(plain) for plain in found]
    if mark.exists():
        give_up_old_blocks(warehouse)
        if warehouse.path.exists():
            warehouse.publish()
        mark.unlink()
    return tuple(notes)


def _plain(connection: duckdb.DuckDBPyConnection, name: str, tables: Sequence[Table]) -> list[_Plain]:
    return list(_each_plain(connection, name, tables))


def _each_plain(
    connection: duckdb.DuckDBPyConnection, name: str, tables: Sequence[Table]
) -> Iterator[_Plain]:
    states = read_states(connection, name)
    for table in tables:
        state = states.get(table.name)
        known = state.hashed_columns if state is not None else ()
        to_hash = [column for column in table.hashed if column not in known]
        others = [column.name for column in table.columns]
        columns = plain_columns(connection, name, table.name, to_hash, others) if to_hash else ()
        if columns:
            yield _Plain(table, state, columns)


def _hash(
    connection: duckdb.DuckDBPyConnection,
    request: SyncRequest,
    found: Sequence[_Plain],
    now: datetime,
    sync_id: str,
) -> None:
    """All tables in one transaction, and what stands beside them."""
    with transaction(connection):
        for plain in found:
            _hash_table(connection, request.connection, plain, now, sync_id)
        refresh_views(connection, request.connection, request.catalogue)


def _hash_table(
    connection: duckdb.DuckDBPyConnection, name: str, plain: _Plain, now: datetime, sync_id: str
) -> None:
    table = plain.table.name
    hash_columns(connection, name, table, plain.columns)
    own = {column.name for column in plain.table.columns}
    known = plain.state.hashed_columns if plain.state is not None else ()
    hashed = [*known, *(column.name for column in plain.columns)]
    note_hashed(connection, name, table, hashed, [each for each in plain.gone if each not in own])
    changes = [SchemaChange(column.name, "hashed", column.type, "VARCHAR") for column in plain.columns]
    write_schema_changes(connection, name, table, changes, noticed_at=now, sync_id=sync_id)


def _note(plain: _Plain) -> str:
    names = ", ".join(column.name for column in plain.columns)
    return (
        f"{plain.table.name}: {names} is hashed from now on. The values stored before were hashed in the "
        "working and the published file; kept pages of the table were removed. Copies made elsewhere still "
        "have them, such as backups and the previews of earlier runs in Dagster."
    )


def _remove_landed(landing: Landing, table: Table, hashing: Hashing) -> None:
    """Removes what an interrupted sync has landed, unless it is hashed as this one hashes."""
    folder = landing.table(table.name)
    content = folder.plan()
    if content is None or parse_manifest(content, table, hashing) is None:
        folder.clear()


def _remove_kept(kept: Path, table: str) -> None:
    """Removes a table's pages that were kept for an audit: they hold the values."""
    try:
        for folder in kept.glob("*/*"):
            if folder.name.split("+")[0] == table and folder.is_dir():
                remove_pages(folder)
    except OSError as error:
        raise _unwritable(kept, error) from error


def _set(mark: Path) -> None:
    try:
        mark.touch()
    except OSError as error:
        raise _unwritable(mark, error) from error


def _unwritable(path: Path, error: OSError) -> WarehouseError:
    return WarehouseError(
        f"What is stored of hashed columns cannot be removed at {path}: {error.strerror or error}.",
        remedy="Let this user write there; then sync again.",
    )
