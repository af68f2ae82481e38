"""The warehouse as a lake: one DuckLake a connection, written and read by transactions from any machine."""

import hashlib
import shlex
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb

from netsuite_pipeline.warehouse.errors import WarehouseError, WarehouseMisconfigured
from netsuite_pipeline.warehouse.lake.address import LakeAddress, is_in_object_store, without_passwords
from netsuite_pipeline.warehouse.lake.attach import NoLake, attach_with_retry
from netsuite_pipeline.warehouse.lake.lease import LEASE_SECONDS, Lease
from netsuite_pipeline.warehouse.lake.session import CATALOG, Session
from netsuite_pipeline.warehouse.publication import changes_logged
from netsuite_pipeline.warehouse.schema.schema import present_columns, scalar_count, text
from netsuite_pipeline.warehouse.store import KEEP_HISTORY, Store, Stored
from netsuite_pipeline.warehouse.stores.location import check_place, check_writable, not_writable, unusable
from netsuite_pipeline.warehouse.stores.path_names import check_connection_name
from netsuite_pipeline.warehouse.stores.private_files import make_private_folder, private_files
from netsuite_pipeline.warehouse.stores.rewrite import rewrite_file
from netsuite_pipeline.warehouse.transactions import (
    checked_commits,
    limit_memory,
    megabytes_for,
    refused,
    run_transaction,
    translate_errors,
)

_OPTIONS = (
    ("parquet_compression", "zstd", ""),
    # Few rows of the pipeline's own tables stay in the catalogue: a file for each row would be many.
    ("data_inlining_row_limit", "100", "_netsuite"),
)


@dataclass
class Lake(Store):
    """One connection's DuckLake.

    The catalogue is a DuckDB file, which one process at a time can open, or a PostgreSQL database, which all
    machines can. Data are Parquet files that are never changed. Each commit is a transaction: readers see
    all of it or nothing, and wait for nobody.

    Attributes:
        address: Where catalogue and data are.
        connection: The connection whose lake it is; another connection has another lake at this address.
        lock_wait_seconds: How long to wait while another process has the catalogue's file open.
        lease_seconds: How long a sync's lease lasts without a renewal, where machines share the catalogue.

    Example:
        >>> Lake(LakeAddress("data/warehouse.ducklake", "data/warehouse.files")).name
        'ducklake:data/warehouse.ducklake'
    """

    address: LakeAddress
    connection: str = "netsuite"
    lock_wait_seconds: float = 15.0
    lease_seconds: float = LEASE_SECONDS
    _prepared: Session | None = field(default=None, init=False, repr=False, compare=False)
    _kept: Session | None = field(default=None, init=False, repr=False, compare=False)
    _lease: Lease | None = field(default=None, init=False, repr=False, compare=False)
    _changes_before: int | None = field(default=None, init=False, repr=False, compare=False)

    @property
    def name(self) -> str:
        """The address, without a password."""
        return self.address.name

    @property
    def kind(self) -> str:
        """The word for it in messages."""
        return "lake"

    def of(self, connection: str) -> "Lake":
        """Return the lake of a connection at this address."""
        return self if connection == self.connection else replace(self, connection=connection)

    @property
    def folder(self) -> Path:
        """The pipeline's own folder on this machine, with the landed pages."""
        if not self.address.is_shared:
            return self.address.path.parent / f".{self.address.path.stem}"
        digest = hashlib.sha256(self.address.name.encode()).hexdigest()[:8]
        return Path("data") / f".lake-{digest}"

    @property
    def data(self) -> str:
        """The place of the connection's data. Each lake removes what it does not know from its place."""
        data = self.address.data
        if not data or is_in_object_store(data):
            return data and f"{data.rstrip('/')}/{self.connection}/"
        return str((Path(data) / self.connection).absolute())

    @property
    def is_published(self) -> bool:
        """Whether the catalogue has this connection's lake.

        Raises:
            WarehouseMisconfigured: The catalogue cannot be opened.
        """
        if not self.address.is_shared:
            check_place(self.address.path)
            if not self.address.path.is_file() or not self.address.path.stat().st_size:
                return False
        try:
            with self._opened(read_only=True):
                return True
        except NoLake:
            return False

    @property
    def open_command(self) -> str:
        """The shell command by which DuckDB's own client opens it for reading."""
        extensions = "".join(f"INSTALL {name}; LOAD {name}; " for name in self._extensions)
        statement = f"{extensions}{self._attach(read_only=True, for_people=True)}; USE {CATALOG}"
        return f"duckdb -cmd {shlex.quote(statement)}"

    def report_path(self, file_name: str) -> Path:
        """Return the path of a report, beside the catalogue's file or in `data/`."""
        return self.folder.with_name(file_name)

    def stored(self) -> Stored:
        """Return the bytes of its current data, and the time of its last commit.

        Raises:
            WarehouseError: The lake cannot be read.
        """
        with self.published() as connection, translate_errors():
            size = connection.execute(f"SELECT sum(file_size_bytes) FROM ducklake_table_info('{CATALOG}')")
            bytes_stored = size.fetchone()
            last = connection.execute(
                f"SELECT epoch_us(max(snapshot_time)) FROM ducklake_snapshots('{CATALOG}')"
            ).fetchone()
        changed_at = datetime.fromtimestamp((last[0] if last else 0) / 1e6, UTC).replace(tzinfo=None)
        return Stored(int(bytes_stored[0] or 0) if bytes_stored else 0, changed_at)

    def prepare(self, schema: str) -> None:
        """Create the folders, and the lake in its catalogue.

        Raises:
            WarehouseMisconfigured: The catalogue or the data cannot be where the address says.
            WarehouseError: The disk is full.
        """
        self._check_names(schema)
        try:
            make_private_folder(self.folder)
            if not self.address.is_shared:
                check_writable(self.address.path.parent)
            if not is_in_object_store(self.data):
                make_private_folder(Path(self.data))
                check_writable(Path(self.data))
        except OSError as error:
            raise unusable(self.address.path, error) from error
        session = Session()
        with private_files(), self._opened(create=True, prepared=session) as connection, translate_errors():
            self._set_options(connection)
        self._prepared = session  # the sync that follows goes on with it: extensions load slowly

    def check(self, schema: str) -> None:
        """Refuse what `prepare` would refuse by its name or place; nothing is left behind.

        Raises:
            WarehouseMisconfigured: The settings cannot be a warehouse's.
        """
        self._check_names(schema)
        self.is_published  # noqa: B018 opens the catalogue

    def write_obstacle(self) -> str:
        """Return the first folder that a sync must write and may not; empty without one."""
        folders = [self.folder]
        if not self.address.is_shared:
            folders.append(self.address.path.parent)
        if self.data and not is_in_object_store(self.data):
            folders.append(Path(self.data))
        return str(next(filter(None, map(not_writable, folders)), ""))

    @contextmanager
    def one_sync(self, wait_seconds: float) -> Iterator[None]:
        """Hold the lease of the connection, and keep the session open, inside the block.

        A catalogue's file needs no lease: one machine alone can open it.

        Args:
            wait_seconds: How long to wait for the end of another sync.

        Raises:
            WarehouseLocked: Another sync runs; the message names its host, its process and its start.
            WarehouseError: The catalogue's server does not answer.
        """
        with ExitStack() as held:
            self._kept, self._prepared = self._prepared or Session(), None
            held.callback(self._end_session)
            if self.address.is_shared:
                lease = Lease(self.address.server, self.connection, self.lease_seconds)
                was_taken_over = held.enter_context(lease.held(wait_seconds))
                self._lease = lease
                if was_taken_over:
                    self._fence_off()
            yield

    def _end_session(self) -> None:
        kept, self._kept, self._changes_before, self._lease = self._kept, None, None, None
        if kept is not None:
            kept.close()

    def _fence_off(self) -> None:
        """Let an unfinished commit of the former holder fail, as a conflict with this one."""
        touch = "UPDATE _netsuite.table_state SET sync_id = sync_id"
        with self.working() as connection:
            if present_columns(connection, "_netsuite", "table_state"):
                run_transaction(connection, lambda: connection.execute(touch))

    @contextmanager
    def working(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Open the lake for writing.

        Raises:
            WarehouseLocked: Another process kept the catalogue's file open.
            WarehouseError: The lake cannot be opened.
        """
        with private_files(), self._opened() as connection:
            try:
                connection.execute("SET TimeZone = 'UTC'")
                connection.execute("SET preserve_insertion_order = false")
                if self._kept is not None and self._changes_before is None:
                    self._changes_before = changes_logged(connection)
                with checked_commits(connection, self._lease.check) if self._lease else nullcontext():
                    yield connection
            except duckdb.Error as error:
                raise refused(error) from error

    @contextmanager
    def published(self, at: datetime | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
        """Open the lake for reading.

        Args:
            at: The time (UTC, without time zone) as of which to read; None for now.

        Raises:
            WarehouseMisconfigured: The catalogue cannot be opened.
            WarehouseError: There is no lake of this connection.
        """
        try:
            with self._opened(read_only=True, at=at) as connection:
                yield connection
        except NoLake as error:
            raise WarehouseError(
                f"There is no warehouse at {self.name} yet.",
                remedy="Run `netsuite-pipeline sync`, or set NETSUITE_WAREHOUSE to where it is.",
            ) from error

    def publish(self) -> None:
        """Do nothing: readers see each commit at once."""

    def readers_lag(self, working: duckdb.DuckDBPyConnection) -> bool:
        """Return whether this sync changed anything that views show."""
        return self._changes_before is None or changes_logged(working) != self._changes_before

    def forget_old_values(self) -> None:
        """Expire all snapshots but the last one, and remove what only they have.

        A catalogue's file is copied without its free blocks, which hold old values too. PostgreSQL frees such
        blocks by itself (autovacuum).

        Raises:
            WarehouseError: A file could not be removed or copied.
        """
        with self.working() as connection, translate_errors():
            connection.execute(f"CALL ducklake_rewrite_data_files('{CATALOG}', delete_threshold => 0)")
            connection.execute(f"CALL ducklake_expire_snapshots('{CATALOG}', older_than => now())")
            connection.execute(f"CALL ducklake_cleanup_old_files('{CATALOG}', cleanup_all => true)")
        if not self.address.is_shared:
            if self._kept is not None:
                self._kept.detach()
            catalogue = self.address.path
            rewrite_file(catalogue, lambda: duckdb.connect(str(catalogue)), self.lock_wait_seconds)

    def upkeep(self, keep: timedelta = KEEP_HISTORY) -> None:
        """Merge small files, forget old snapshots, and remove files that no snapshot has.

        Orphaned files younger than a day stay: a running sync may be writing them.

        Args:
            keep: How old the oldest snapshot may be that `published(at=…)` can still read.

        Raises:
            WarehouseError: The lake cannot be written.
        """
        with self.working() as connection, translate_errors():
            connection.execute(f"CALL ducklake_flush_inlined_data('{CATALOG}')")
            connection.execute(f"CALL ducklake_merge_adjacent_files('{CATALOG}')")
            older = f"older_than => now() - INTERVAL '{keep.total_seconds():.0f} seconds'"
            connection.execute(f"CALL ducklake_expire_snapshots('{CATALOG}', {older})")
            day = "older_than => now() - INTERVAL '1 day'"
            connection.execute(f"CALL ducklake_cleanup_old_files('{CATALOG}', {day})")
            connection.execute(f"CALL ducklake_delete_orphaned_files('{CATALOG}', {day})")

    # Opening

    @property
    def _extensions(self) -> tuple[str, ...]:
        server = ("postgres_scanner",) if self.address.is_shared else ()
        store = ("httpfs", "aws") if is_in_object_store(self.address.data) else ()
        return (*server, *store, "ducklake")

    def _check_names(self, schema: str) -> None:
        check_connection_name(schema)
        if schema != self.connection:
            raise WarehouseMisconfigured(
                f"The lake of connection {self.connection} cannot have the tables of {schema}.",
                remedy="Each connection has a lake of its own at the same address.",
            )
        if not self.address.data:
            raise WarehouseMisconfigured(
                f"{self.name} has no place for its data.",
                remedy="Set NETSUITE_LAKE_DATA to a folder that all machines see, or to an address such as "
                "s3://bucket/folder.",
            )
        if not self.address.is_shared:
            check_place(self.address.path)

    def _attach(
        self,
        *,
        read_only: bool = False,
        create: bool = False,
        at: datetime | None = None,
        for_people: bool = False,
    ) -> str:
        options = [f"METADATA_SCHEMA {text(self.connection)}"]
        if not self.address.is_shared:
            # Whoever moves the file moves the folder beside it.
            options += [f"DATA_PATH {text(self.data)}", "OVERRIDE_DATA_PATH true"]
        elif not read_only:
            options.append(f"DATA_PATH {text(self.data)}")
        if at is not None:
            options.append(f"SNAPSHOT_TIME {text(f'{at:%Y-%m-%d %H:%M:%S.%f}+00')}")
        if read_only:
            options.append("READ_ONLY")
        elif not create:
            options.append("CREATE_IF_NOT_EXISTS false")
        catalogue = f"ducklake:{self.address.catalogue}"
        if for_people:
            catalogue = without_passwords(catalogue)
        return f"ATTACH {text(catalogue)} AS {CATALOG} ({', '.join(options)})"

    @contextmanager
    def _opened(
        self,
        *,
        read_only: bool = False,
        create: bool = False,
        at: datetime | None = None,
        prepared: Session | None = None,
    ) -> Iterator[duckdb.DuckDBPyConnection]:
        kept = None if read_only else self._kept
        with (prepared or kept or Session()).opened(self._extensions, self.folder) as session:
            if not session.is_attached:
                statement = self._attach(read_only=read_only, create=create, at=at)
                attach_with_retry(session.connection, statement, self.name, self.lock_wait_seconds)
                session.is_attached = True
                if not read_only:
                    limit_memory(session.connection, megabytes_for(_widest(session.connection)))
            try:
                yield session.connection
            finally:
                if prepared:
                    session.detach()
                elif kept is None:
                    session.close()
                elif not self.address.is_shared:
                    session.detach_soon()

    def _set_options(self, connection: duckdb.DuckDBPyConnection) -> None:
        # Another process may create the schema at the same time.
        run_transaction(connection, lambda: connection.execute("CREATE SCHEMA IF NOT EXISTS _netsuite"))
        rows = connection.execute(
            f"SELECT option_name, value, scope_entry FROM ducklake_options('{CATALOG}')"
        ).fetchall()
        present = {(name, scope or ""): str(value) for name, value, scope in rows}
        for name, value, schema in _OPTIONS:
            if present.get((name, schema)) != value:
                scope = f", schema => {text(schema)}" if schema else ""
                connection.execute(f"CALL {CATALOG}.set_option({text(name)}, {text(value)}{scope})")


def _widest(connection: duckdb.DuckDBPyConnection) -> int:
    """Return the columns of the widest table. duckdb_tables() would count the rows of all tables."""
    return scalar_count(
        connection,
        "SELECT max(columns) FROM (SELECT 0 AS columns UNION ALL "
        "SELECT count(*) FROM duckdb_columns() GROUP BY database_oid, table_oid)",
    )
