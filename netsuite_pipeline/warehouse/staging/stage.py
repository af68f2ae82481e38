"""A table's stage: its landed pages as typed rows in a DuckDB file of their own, filled batch by batch."""

import glob
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb

from netsuite_pipeline.warehouse.errors import LoadRefused
from netsuite_pipeline.warehouse.schema.casts import cast_sql
from netsuite_pipeline.warehouse.schema.drift import WIDER, Misfits
from netsuite_pipeline.warehouse.schema.schema import (
    StoredColumn,
    StoredTable,
    quoted,
    scalar_count,
    text,
)
from netsuite_pipeline.warehouse.staging.page_repair import ReadablePages, page_size
from netsuite_pipeline.warehouse.staging.stage_sql import REJECTS, STAGE, PageQuery
from netsuite_pipeline.warehouse.stores.private_files import private_files
from netsuite_pipeline.warehouse.transactions import is_out_of_memory, transaction, translate_errors
from netsuite_pipeline.wording import counted

# Enough for a batch and for the rows not yet written to the file. DuckDB cannot spill the latter: a wide
# table has smaller row groups, and a table with very long texts is staged again with more memory.
_MEMORY_MB = 64
_MOST_MEMORY_MB = 1024
_CELLS_A_ROW_GROUP = 800_000
_ROWS_A_VECTOR = 2048
_MOST_VECTORS_A_ROW_GROUP = 59  # more need a newer format of the file
_MOST_BYTES_A_STATEMENT = 8 * 1024 * 1024
_FEW_PAGES = 3


class Stage:
    """The typed rows of landed pages.

    While pages arrive, the stage has a connection of its own and one open transaction. So no row passes
    through a write-ahead log, which would cost more than everything else (measured), and full row groups
    leave the memory. Then the stage is attached to the working file's connection as `staged`.

    Only one thread at a time may use a stage.

    Args:
        path: Its file; an old file is removed.
        table: The target table.
        columns: The columns that were queried, keys included.
        utc_offset_seconds: Session time minus UTC, in seconds. It is 0 unless the account refuses
            SYS_EXTRACT_UTC; then the pages' date-times are in the session's time zone.

    Attributes:
        rows: Number of staged rows; rows of the first pages are staged when the stage is attached.
        table: The target table, by the catalogue.
        columns: The columns with their current types.
    """

    def __init__(
        self,
        path: Path,
        table: StoredTable,
        columns: Sequence[StoredColumn],
        utc_offset_seconds: int = 0,
    ) -> None:
        self.rows = 0
        self.table = table
        self.columns = tuple(columns)
        self._path = path
        self._utc_offset_seconds = utc_offset_seconds
        self._pages: list[Path] = []
        self._pending: list[Path] = []
        self._readable = ReadablePages(path, table)
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._datetime_columns = frozenset(
            column.name for column in table.columns if column.kind == "datetime"
        )
        self._batch = self._rejects = 0
        self._memory_mb = _MEMORY_MB
        self._remove_file()

    def add(self, pages: Sequence[Path]) -> None:
        """Stage a batch of pages; 20 to 60 pages at a time are fastest.

        Args:
            pages: The landed files, each a JSON object with a list `items`.

        Raises:
            LoadRefused: A page is damaged or missing.
            WarehouseError: DuckDB could not stage the pages; the disk may be full.
        """
        with translate_errors():
            self._pending.extend(pages)
            if self._connection is None and len(self._pending) > _FEW_PAGES:
                self._connection = self._open()
            if self._connection is not None:
                self._insert_pending(self._connection)

    @contextmanager
    def attached(self, connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
        """Finish staging, and attach the stage to the working file's connection as `staged`.

        Raises:
            WarehouseError: The stage's file could not be written.
        """
        with translate_errors():
            if self._connection is None:
                # A small table needs no file of its own.
                connection.execute("ATTACH ':memory:' AS staged")
                self._create_tables(connection)
                with transaction(connection):
                    self._insert_pending(connection)
            else:
                self._connection.execute("COMMIT")
                self._close_connection()
                connection.execute(f"ATTACH {text(self._path.as_posix())} AS staged")
        try:
            yield
        except BaseException as error:
            try:
                connection.execute("DETACH DATABASE IF EXISTS staged")
            except duckdb.Error as second:
                # A database that could not write its log is unusable; the first error is the one to raise.
                error.add_note(f"detaching the stage: {second}")
            raise
        connection.execute("DETACH DATABASE staged")

    def restage(self, connection: duckdb.DuckDBPyConnection, columns: Sequence[StoredColumn]) -> None:
        """Stage all pages again unless the stage has the columns in types that hold their values.

        Call it while the stage is attached.

        Raises:
            LoadRefused: A page is damaged or missing.
            WarehouseError: DuckDB could not stage the pages.
        """
        if self._has(connection, columns):
            return
        self.columns = tuple(columns)
        pages = self._pages
        connection.execute(f"DROP TABLE {STAGE}")
        connection.execute(f"DROP TABLE {REJECTS}")
        self._create_tables(connection)
        with transaction(connection):
            for batch in self._batches(pages):
                self._insert(connection, batch)

    def _has(self, connection: duckdb.DuckDBPyConnection, columns: Sequence[StoredColumn]) -> bool:
        staged = {column.name: column for column in self.columns}
        if any(column.name not in staged for column in columns):
            return False
        other = {column.name: column for column in columns if staged[column.name].type != column.type}
        if any(WIDER.get(staged[name].kind) != column.kind for name, column in other.items()):
            return False
        unfit = connection.execute(f"SELECT DISTINCT column_name FROM {REJECTS}").fetchall() if other else ()
        return other.keys().isdisjoint(name for (name,) in unfit)

    def misfits(self, connection: duckdb.DuckDBPyConnection) -> dict[str, Misfits]:
        """Return the counts of each column with unfit values, while attached."""
        if not self._rejects:
            return {}
        wider = " OR ".join(
            f"(column_name = {text(column.name)} AND {cast_sql('value', WIDER[column.kind])} IS NOT NULL)"
            for column in self.columns
            if column.kind in WIDER
        )
        found = connection.execute(
            f"SELECT column_name, count(*), count(*) FILTER (nulled), bool_and({wider or 'false'}), "
            f"bool_or(NOT nulled AND ends_with(value, '%')) FROM {REJECTS} GROUP BY column_name"
        ).fetchall()
        result: dict[str, Misfits] = {}
        for name, unfit, nulled, fits_wider, percent in found:
            stored = scalar_count(connection, f"SELECT count({quoted(name)}) FROM {STAGE}")
            result[name] = Misfits(stored + nulled, unfit, fits_wider, percent)
        return result

    def check_keys(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Check that every row has a unique key, if the table's keys are unique, while attached.

        Raises:
            LoadRefused: A key is missing or duplicated.
        """
        table = self.table
        if table.identity_columns:
            return
        keys = ", ".join(quoted(part) for part in table.key)
        missing = " OR ".join(f"{quoted(part)} IS NULL" for part in table.key)
        parts = ", ".join(text(part) for part in table.key)
        rejected = f"FROM {REJECTS} WHERE column_name IN ({parts})"
        # A rounded key may be another row's key: it counts as missing.
        rounded = f"{rejected} AND NOT nulled"
        without = scalar_count(connection, f"SELECT count(*) FROM {STAGE} WHERE {missing}")
        if self._rejects:
            without += scalar_count(connection, f"SELECT count(DISTINCT key) {rounded}")
        doubled = scalar_count(
            connection,
            f"SELECT count(*) FROM (SELECT 1 FROM {STAGE} GROUP BY {keys} HAVING count(*) > 1)",
        )
        if without or doubled:
            sample = (
                connection.execute(f"SELECT value, 1 {rejected} LIMIT 1").fetchone()
                or connection.execute(
                    f"SELECT {keys}, count(*) FROM {STAGE} GROUP BY {keys} "
                    f"HAVING count(*) > 1 OR {missing} LIMIT 1"
                ).fetchone()
            )
            # A text key may be personal data, and Dagster stores this message.
            of_text = any(each.type == "VARCHAR" for each in self.columns if each.name in table.key)
            example = "" if of_text or not sample else f", for example {sample[:-1]}"
            raise LoadRefused(
                f"{table.name}: {counted(without, 'row')} without a key and {doubled:,} with a duplicate key "
                f"({', '.join(table.key)}){example}. "
                "The table stays as it was.",
                remedy="The table has another key in this account: set the right key in the catalogue.",
            )

    def close(self) -> None:
        """Close and remove the file."""
        self._close_connection()
        self._remove_file()
        self._readable.clear()

    def _open(self) -> duckdb.DuckDBPyConnection:
        connection = duckdb.connect(
            ":memory:",
            config={
                # The fetching threads need the other processors.
                "threads": 1,
                "memory_limit": f"{self._memory_mb}MB",
                "temp_directory": f"{self._path}.tmp",
                "preserve_insertion_order": False,
            },
        )
        connection.execute("SET TimeZone = 'UTC'")
        # The rows are read once: compression costs more than writing four times as much.
        connection.execute("SET force_compression = 'uncompressed'")
        vectors = _CELLS_A_ROW_GROUP // len(self.columns) // _ROWS_A_VECTOR
        group = min(max(1, vectors), _MOST_VECTORS_A_ROW_GROUP) * _ROWS_A_VECTOR
        with private_files():
            connection.execute(f"ATTACH {text(self._path.as_posix())} AS staged (ROW_GROUP_SIZE {group})")
        self._create_tables(connection)
        connection.execute("BEGIN TRANSACTION")
        return connection

    @property
    def _page_query(self) -> PageQuery:
        return PageQuery(self.table.key, self.columns, self._datetime_columns, self._utc_offset_seconds)

    def _insert_pending(self, connection: duckdb.DuckDBPyConnection) -> None:
        pages, self._pending = self._pending, []
        for batch in self._batches(pages):
            self._insert(connection, batch)

    def _reset(self) -> None:
        self.rows = self._rejects = 0
        self._pages = []
        self._batch = 0

    def _batches(self, pages: Sequence[Path]) -> Iterator[Sequence[Path]]:
        """Split pages so that no statement needs too much memory."""
        batch: list[Path] = []
        room = _MOST_BYTES_A_STATEMENT
        for page in pages:
            size = page_size(page, self.table)
            if batch and size > room:
                yield batch
                batch, room = [], _MOST_BYTES_A_STATEMENT
            batch.append(page)
            room -= size
        if batch:
            yield batch

    def _create_tables(self, connection: duckdb.DuckDBPyConnection) -> None:
        # In a transaction of its own: rows of a table that the same transaction created pass through the log
        # (measured: 1.4 s per million).
        self._reset()
        columns = ", ".join(f"{quoted(column.name)} {column.type}" for column in self.columns)
        connection.execute(
            f"CREATE TABLE {STAGE} ({columns}, {quoted(self._page_query.batch_column)} INTEGER)"
        )
        connection.execute(
            f"CREATE TABLE {REJECTS} "
            "(key VARCHAR, column_name VARCHAR, value VARCHAR, wanted_type VARCHAR, nulled BOOLEAN)"
        )

    def _insert(self, connection: duckdb.DuckDBPyConnection, pages: Sequence[Path]) -> None:
        query = self._page_query
        files = [self._readable.path_of(page) for page in pages]
        try:
            self.rows += self._read(connection, query, files)
        except duckdb.Error as error:
            self._recover(pages, error)
            # The failed statement has ended the transaction of all earlier batches.
            earlier = self._pages
            connection.execute("ROLLBACK")
            connection.execute(f"SET memory_limit = '{self._memory_mb}MB'")
            connection.execute("BEGIN TRANSACTION")
            self._reset()
            for batch in [*self._batches(earlier), pages]:
                self._insert(connection, batch)
        else:
            self._pages.extend(pages)

    def _read(self, connection: duckdb.DuckDBPyConnection, query: PageQuery, files: Sequence[Path]) -> int:
        self._batch += 1
        count = scalar_count(connection, query.insert(files, self._batch))
        if self._has_inexact_rows(connection):
            batch = quoted(query.batch_column)
            connection.execute(f"DELETE FROM {STAGE} WHERE {batch} IN ({self._batch}, -{self._batch})")
            connection.execute(query.insert_exact(files, self._batch))
            self._rejects += scalar_count(connection, query.rejects(files))
        for values in self._readable.repaired_values(files, self.columns):
            row = ", ".join(map(text, values))
            self._rejects += scalar_count(
                connection, f"INSERT INTO {REJECTS} VALUES ({row}, 'VARCHAR', false)"
            )
        return count

    def _has_inexact_rows(self, connection: duckdb.DuckDBPyConnection) -> bool:
        # DuckDB skips row groups of other batches by their batch column's minimum and maximum.
        batch = quoted(self._page_query.batch_column)
        found = connection.execute(f"SELECT 1 FROM {STAGE} WHERE {batch} = -{self._batch} LIMIT 1").fetchone()
        return found is not None

    def _recover(self, pages: Sequence[Path], error: duckdb.Error) -> None:
        """Prepare another attempt to read a batch.

        The attempts are: more memory, a check of each page before it is read, and a rewrite of each page with
        Python's JSON reader.

        Raises:
            LoadRefused: A page is damaged or missing.
            WarehouseError: The pages are good; DuckDB failed for another reason.
        """
        if is_out_of_memory(error) and self._memory_mb < _MOST_MEMORY_MB:
            self._memory_mb *= 4
            return
        self._readable.prepare_retry(pages, error)

    def _close_connection(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _remove_file(self) -> None:
        # With its log, its spilled data and its repaired pages.
        for left in self._path.parent.glob(f"{glob.escape(self._path.name)}*"):
            if left.is_dir():
                shutil.rmtree(left, ignore_errors=True)
            else:
                left.unlink(missing_ok=True)
