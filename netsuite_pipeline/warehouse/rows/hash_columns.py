"""Columns that were stored plain and are hashed now: rewritten, and the old blocks of the file given up."""

import os
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from netsuite_pipeline.warehouse.errors import WarehouseError, WarehouseLocked
from netsuite_pipeline.warehouse.schema.schema import StoredColumn, present_columns, quoted, text, text_beside
from netsuite_pipeline.warehouse.stores.atomic_copy import remove_unfinished_copies
from netsuite_pipeline.warehouse.stores.memory_limit import limit_memory, retry_with_more_memory
from netsuite_pipeline.warehouse.stores.private_files import private_files
from netsuite_pipeline.warehouse.transactions import transaction, translate_errors
from netsuite_pipeline.warehouse.warehouse import Warehouse

SALT = "hash_salt"
"""The variable of the connection that holds the salt while columns are rewritten."""
_REWRITTEN = "_rewritten"
_NOBODY_IS_OPENING_SECONDS = 0.05
_BUSY = ("Could not set lock", "Unique file handle conflict")  # another process; another thread of this one


@dataclass(frozen=True)
class PlainColumn:
    """A column that holds plain values.

    Attributes:
        name: Its name.
        type: Its DuckDB type.
        beside: Columns that were made from it, and tell the value too: its label, its text beside it.
    """

    name: str
    type: str
    beside: tuple[str, ...] = ()

    @property
    def as_sent(self) -> str:
        """The text beside it, which has the values as NetSuite sent them; empty where there is none."""
        return next((each for each in self.beside if each != f"{self.name}_label"), "")


def plain_columns(
    connection: duckdb.DuckDBPyConnection,
    schema: str,
    table: str,
    hashed: Sequence[str],
    others: Sequence[str],
) -> tuple[PlainColumn, ...]:
    """The columns of a table that are to hold hashes and are there.

    Args:
        connection: To the working file.
        schema: Its schema.
        table: Its name.
        hashed: The columns to be hashed.
        others: The columns that NetSuite has: none of these is a mere label or text beside another.
    """
    present = present_columns(connection, schema, table)
    own = set(others)
    return tuple(_plain(name, present, own) for name in hashed if name in present)


def _plain(name: str, present: Mapping[str, str], own: set[str]) -> PlainColumn:
    label, as_sent = f"{name}_label", text_beside(StoredColumn(name, present[name]), own).name
    made = tuple(each for each in (label, as_sent) if each in present and each not in own)
    return PlainColumn(name, present[name], made)


def hash_columns(
    connection: duckdb.DuckDBPyConnection, schema: str, table: str, columns: Sequence[PlainColumn]
) -> None:
    """Replaces a table's plain values by hashes, and drops what was made from them; call it in a transaction,
    with the salt in the variable `hash_salt`.

    The table is written anew: DuckDB (1.5) cannot alter and update a table in one transaction.

    Raises:
        WarehouseError: There is no salt.
    """
    told = connection.execute(f"SELECT getvariable('{SALT}') IS NOT NULL").fetchone()
    if told != (True,):
        raise WarehouseError(f"{table}: there is no salt to hash {', '.join(c.name for c in columns)} with.")
    target, rewritten = f"{quoted(schema)}.{quoted(table)}", f"{quoted(schema)}.{quoted(_REWRITTEN)}"
    comments = _comments(connection, schema, table)
    gone = [name for column in columns for name in column.beside]
    excluded = f" EXCLUDE ({', '.join(map(quoted, gone))})" if gone else ""
    hashes = ", ".join(f"{_hash(column)} AS {quoted(column.name)}" for column in columns)
    connection.execute(f"CREATE TABLE {rewritten} AS SELECT *{excluded} REPLACE ({hashes}) FROM {target}")
    connection.execute(f"DROP TABLE {target}")
    connection.execute(f"ALTER TABLE {rewritten} RENAME TO {quoted(table)}")
    for name, comment in comments:
        if name is None:
            connection.execute(f"COMMENT ON TABLE {target} IS {text(comment)}")
        elif name not in gone:
            connection.execute(f"COMMENT ON COLUMN {target}.{quoted(name)} IS {text(comment)}")


def _hash(column: PlainColumn) -> str:
    """The hash of a value, in the text that NetSuite sends for it, as far as that is known."""
    name = quoted(column.name)
    if column.type == "BOOLEAN":
        sent = f"CASE WHEN {name} THEN 'T' WHEN NOT {name} THEN 'F' END"
    elif column.type.startswith("DECIMAL"):
        sent = f"regexp_replace({name}::VARCHAR, '[.]?0+$', '')"
    else:
        sent = f"{name}::VARCHAR"
    if column.as_sent:
        sent = f"coalesce({quoted(column.as_sent)}, {sent})"
    return f"sha256(getvariable('{SALT}') || {sent})"


def _comments(
    connection: duckdb.DuckDBPyConnection, schema: str, table: str
) -> Sequence[tuple[str | None, str]]:
    """The table's own comment, under no name, and its columns'."""
    here = (
        f"WHERE database_name = current_database() AND schema_name = {text(schema)} "
        f"AND table_name = {text(table)} AND comment IS NOT NULL"
    )
    return connection.execute(
        f"SELECT NULL, comment FROM duckdb_tables() {here} "
        f"UNION ALL SELECT column_name, comment FROM duckdb_columns() {here}"
    ).fetchall()


def give_up_old_blocks(warehouse: Warehouse) -> None:
    """Copies the working file into a new one that takes its place: what the file's free blocks still held of
    old values goes with the old file.

    Raises:
        WarehouseLocked: Another process, or another thread, has the working file open.
        WarehouseError: It cannot be copied; a second file of its size is needed. It is as it was.
    """
    working = warehouse.working_path
    remove_unfinished_copies(working)
    fresh = working.with_name(f".{working.name}.{secrets.token_hex(4)}.new")
    give_up_at = time.monotonic() + warehouse.lock_wait_seconds
    try:
        with translate_errors(), private_files():
            while not _copied(warehouse, fresh):
                if time.monotonic() > give_up_at:
                    raise WarehouseLocked(
                        f"Another process, or thread, has had {working} open for over "
                        f"{warehouse.lock_wait_seconds:.0f} s.",
                        remedy="Wait for it to end, or end it; then sync again.",
                    )
                time.sleep(_NOBODY_IS_OPENING_SECONDS)
    except OSError as error:
        raise WarehouseError(
            f"{working} could not be replaced: {error.strerror or error}. It is as it was.",
            remedy="Make room on the disk (a second file of its size is needed); then sync again.",
        ) from error
    finally:
        for left in (fresh, _log_of(fresh)):
            left.unlink(missing_ok=True)


def _copied(warehouse: Warehouse, fresh: Path) -> bool:
    """Whether the copy has taken the file's place. Not while another process writes the file, or has left a
    log beside it that would be played into the copy.
    """
    working = warehouse.working_path
    with warehouse.working() as connection:
        connection.execute("CHECKPOINT")
    spills: dict[str, str | bool | int | float | list[str]] = {"temp_directory": f"{fresh}.tmp"}
    with duckdb.connect(":memory:", config=spills) as connection:
        limit_memory(connection)
        # Reading it keeps others from writing; and a file that is only read leaves no log when it is closed,
        # which could be taken for the new file's.
        try:
            connection.execute(f"ATTACH {text(working.as_posix())} AS old (READ_ONLY)")
        except duckdb.Error as error:
            if not any(words in str(error) for words in _BUSY):
                raise
            return False
        if _log_of(working).exists():
            return False
        connection.execute(f"ATTACH {text(fresh.as_posix())} AS fresh")

        def copy() -> None:
            with transaction(connection):
                connection.execute("COPY FROM DATABASE old TO fresh")

        retry_with_more_memory(connection, copy)
        connection.execute("DETACH fresh")
        with fresh.open("rb") as written:
            os.fsync(written.fileno())
        os.replace(fresh, working)
        # Who opened the old file just now has to meet the lock that it is still under.
        time.sleep(_NOBODY_IS_OPENING_SECONDS)
    return True


def _log_of(path: Path) -> Path:
    return path.with_name(f"{path.name}.wal")
