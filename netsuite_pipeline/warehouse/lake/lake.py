"""The warehouse as a lake: one DuckLake a connection, written and read by transactions from any machine."""

import hashlib
import random
import shlex
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from netsuite_pipeline.warehouse.errors import WarehouseError, WarehouseLocked, WarehouseMisconfigured
from netsuite_pipeline.warehouse.lake.address import LakeAddress, is_in_object_store, without_passwords
from netsuite_pipeline.warehouse.lake.session import CATALOG, Session
from netsuite_pipeline.warehouse.publication import changes_logged
from netsuite_pipeline.warehouse.schema.schema import scalar_count, text
from netsuite_pipeline.warehouse.store import Store, Stored
from netsuite_pipeline.warehouse.stores.location import check_place, check_writable, unusable
from netsuite_pipeline.warehouse.stores.path_names import check_connection_name
from netsuite_pipeline.warehouse.stores.private_files import make_private_folder, private_files
from netsuite_pipeline.warehouse.stores.rewrite import rewrite_file
from netsuite_pipeline.warehouse.transactions import limit_memory, megabytes_for, refused

_BUSY = ("Could not set lock", "Unique file handle conflict")  # another process; another thread of this one
_INITIALIZING = ("duplicate key", "Failed to initialize DuckLake", "already exists")
_ABSENT = ("does not exist - and creating", "read-only mode: database does not exist")
_OTHER_DATA = "does not match existing data path"
_UNREACHABLE = "Unable to connect to Postgres"
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

    Example:
        >>> Lake(LakeAddress("data/warehouse.ducklake", "data/warehouse.files")).name
        'ducklake:data/warehouse.ducklake'
    """

    address: LakeAddress
    connection: str = "netsuite"
    lock_wait_seconds: float = 15.0
    _kept: Session | None = field(default=None, init=False, repr=False, compare=False)
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
        except _NoLake:
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
        with self.published() as connection, _as_warehouse_errors():
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
        if self._kept is None:
            self._kept = Session()  # the sync that follows goes on with it: extensions load slowly
        with private_files(), self._opened(create=True) as connection, _as_warehouse_errors():
            self._set_options(connection)

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
        for folder in folders:
            existing = folder.absolute()
            while not existing.exists():
                existing = existing.parent
            try:
                check_writable(existing)
            except OSError:
                return str(existing)
        return ""

    @contextmanager
    def one_sync(self, wait_seconds: float) -> Iterator[None]:
        """Keep the connection open for the sync."""
        self._kept = self._kept or Session()
        try:
            yield
        finally:
            kept, self._kept, self._changes_before = self._kept, None, None
            kept.close()

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
                    self._changes_before = _changes(connection)
                yield connection
            except duckdb.Error as error:
                raise refused(error) from error

    @contextmanager
    def published(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Open the lake for reading.

        Raises:
            WarehouseMisconfigured: The catalogue cannot be opened.
            WarehouseError: There is no lake of this connection.
        """
        try:
            with self._opened(read_only=True) as connection:
                yield connection
        except _NoLake as error:
            raise WarehouseError(
                f"There is no warehouse at {self.name} yet.",
                remedy="Run `netsuite-pipeline sync`, or set NETSUITE_WAREHOUSE to where it is.",
            ) from error

    def publish(self) -> None:
        """Do nothing: readers see each commit at once."""

    def readers_lag(self, working: duckdb.DuckDBPyConnection) -> bool:
        """Return whether this sync changed anything that views show."""
        return self._changes_before is None or _changes(working) != self._changes_before

    def forget_old_values(self) -> None:
        """Expire all snapshots but the last one, and remove what only they have.

        A catalogue's file is copied without its free blocks, which hold old values too. PostgreSQL frees such
        blocks by itself (autovacuum).

        Raises:
            WarehouseError: A file could not be removed or copied.
        """
        with self.working() as connection, _as_warehouse_errors():
            connection.execute(f"CALL ducklake_rewrite_data_files('{CATALOG}', delete_threshold => 0)")
            connection.execute(f"CALL ducklake_expire_snapshots('{CATALOG}', older_than => now())")
            connection.execute(f"CALL ducklake_cleanup_old_files('{CATALOG}', cleanup_all => true)")
        if not self.address.is_shared:
            catalogue = self.address.path
            rewrite_file(catalogue, lambda: duckdb.connect(str(catalogue)), self.lock_wait_seconds)

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

    def _attach(self, *, read_only: bool = False, create: bool = False, for_people: bool = False) -> str:
        options = [f"METADATA_SCHEMA {text(self.connection)}"]
        if not self.address.is_shared:
            # Whoever moves the file moves the folder beside it.
            options += [f"DATA_PATH {text(self.data)}", "OVERRIDE_DATA_PATH true"]
        elif not read_only:
            options.append(f"DATA_PATH {text(self.data)}")
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
        self, *, read_only: bool = False, create: bool = False
    ) -> Iterator[duckdb.DuckDBPyConnection]:
        kept = None if read_only else self._kept
        with (kept or Session()).opened(self._extensions, self.folder) as session:
            if not session.is_attached:
                statement = self._attach(read_only=read_only, create=create)
                self._attach_with_retry(session.connection, statement)
                session.is_attached = True
                if not read_only:
                    limit_memory(session.connection, megabytes_for(_widest(session.connection)))
            try:
                yield session.connection
            finally:
                if kept is None:
                    session.close()
                elif not self.address.is_shared:
                    session.detach_soon()

    def _attach_with_retry(self, connection: duckdb.DuckDBPyConnection, statement: str) -> None:
        give_up_at = time.monotonic() + self.lock_wait_seconds
        wait, races = 0.02, 0
        while True:
            try:
                connection.execute(statement)
                connection.execute(f"USE {CATALOG}")
                return
            except duckdb.Error as error:
                words = str(error)
                races += any(each in words for each in _INITIALIZING)
                busy = any(each in words for each in _BUSY)
                if not busy and not 0 < races <= 8:
                    raise self._attach_error(words) from error
                if busy and time.monotonic() > give_up_at:
                    raise WarehouseLocked(
                        f"Another process, or thread, has had {self.name} open for over "
                        f"{self.lock_wait_seconds:.0f} s: {words.splitlines()[0]}",
                        remedy="Wait for it to end, or end it. Many processes can open a lake whose "
                        "catalogue is in PostgreSQL.",
                    ) from error
            with suppress(duckdb.Error):
                connection.execute(f"DETACH DATABASE IF EXISTS {CATALOG}")
            time.sleep(wait * random.uniform(0.5, 1.0))  # noqa: S311 jitter is no secret
            wait = min(wait * 1.7, 1.0)

    def _attach_error(self, words: str) -> WarehouseError:
        reason = without_passwords(" ".join(words.split()))
        if any(each in words for each in _ABSENT):
            return _NoLake(reason)
        if _OTHER_DATA in words:
            return WarehouseMisconfigured(
                f"{self.name} has its data elsewhere: {reason}",
                remedy="Set NETSUITE_LAKE_DATA to the place that the catalogue names, on each machine the "
                "same; each connection has a folder of its own name below it.",
            )
        if _UNREACHABLE in words:
            return WarehouseMisconfigured(
                f"The catalogue of {self.name} cannot be reached: {reason}",
                remedy="Check host, port, dbname, user and password of NETSUITE_WAREHOUSE (PGPASSWORD or a "
                "password file keep the password out of it), and that the server runs.",
            )
        return WarehouseMisconfigured(
            f"{self.name} cannot be opened: {reason}",
            remedy="Set NETSUITE_WAREHOUSE to the catalogue of a lake that this pipeline made, or to one "
            "that does not exist yet.",
        )

    def _set_options(self, connection: duckdb.DuckDBPyConnection) -> None:
        connection.execute("CREATE SCHEMA IF NOT EXISTS _netsuite")
        rows = connection.execute(
            f"SELECT option_name, value, scope_entry FROM ducklake_options('{CATALOG}')"
        ).fetchall()
        present = {(name, scope or ""): str(value) for name, value, scope in rows}
        for name, value, schema in _OPTIONS:
            if present.get((name, schema)) != value:
                scope = f", schema => {text(schema)}" if schema else ""
                connection.execute(f"CALL {CATALOG}.set_option({text(name)}, {text(value)}{scope})")


class _NoLake(WarehouseError):
    """Raised when the catalogue has no lake of the connection."""


@contextmanager
def _as_warehouse_errors() -> Iterator[None]:
    try:
        yield
    except duckdb.Error as error:
        raise refused(error) from error


def _widest(connection: duckdb.DuckDBPyConnection) -> int:
    """Return the columns of the widest table. duckdb_tables() would count the rows of all tables."""
    return scalar_count(
        connection,
        "SELECT max(columns) FROM (SELECT 0 AS columns UNION ALL "
        "SELECT count(*) FROM duckdb_columns() GROUP BY database_oid, table_oid)",
    )


def _changes(connection: duckdb.DuckDBPyConnection) -> int:
    return changes_logged(connection)
