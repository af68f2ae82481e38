"""The warehouse as two files: syncs write the working file, analysts open the published file."""

import os
import random
import re
import shlex
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb

from netsuite_pipeline.warehouse.errors import WarehouseError, WarehouseLocked, WarehouseMisconfigured
from netsuite_pipeline.warehouse.lake.address import is_lake, parse_lake
from netsuite_pipeline.warehouse.lake.lake import Lake
from netsuite_pipeline.warehouse.publication import published_lags
from netsuite_pipeline.warehouse.schema.schema import quoted, text
from netsuite_pipeline.warehouse.store import KEEP_HISTORY, Store, Stored
from netsuite_pipeline.warehouse.stores.atomic_copy import copy_atomically, remove_unfinished_copies
from netsuite_pipeline.warehouse.stores.location import (
    check_is_ours,
    check_place,
    check_writable,
    damaged,
    first_not_writable,
    target_of,
    unusable,
)
from netsuite_pipeline.warehouse.stores.path_names import check_connection_name
from netsuite_pipeline.warehouse.stores.private_files import make_private_folder, private_files
from netsuite_pipeline.warehouse.stores.rewrite import rewrite_file
from netsuite_pipeline.warehouse.transactions import limit_memory, refused

DEFAULT_WAREHOUSE = "data/warehouse.duckdb"
LOCK_WAIT_SECONDS = 15.0
_HOLDER = re.compile(r"held in (?P<name>.+?) \(PID (?P<pid>\d+)\)")
_DUCKDB_CATALOGS = ("memory", "system", "temp")
_OUR_SCHEMAS = ("_netsuite", "marts")


@dataclass(frozen=True)
class Warehouse(Store):
    """The DuckDB files that hold the tables.

    The published file is never written in place: a sync replaces it as a whole. Readers keep the file that
    they have open, and new readers open the new one. The working file is in a hidden folder beside it, under
    the same name, because DuckDB names the catalog after the file.

    Attributes:
        path: The published file, `data/warehouse.duckdb` by default.
        lock_wait_seconds: How long to wait while another process has the working file open.

    Example:
        >>> Warehouse(Path("data/warehouse.duckdb")).working_path.as_posix()
        'data/.warehouse/warehouse.duckdb'
    """

    path: Path
    lock_wait_seconds: float = LOCK_WAIT_SECONDS

    @property
    def name(self) -> str:
        """The published file, as it was named."""
        return str(self.path)

    @property
    def kind(self) -> str:
        """The word for it in messages."""
        return "file"

    @property
    def folder(self) -> Path:
        """The pipeline's own folder, with the working file and the landed pages."""
        return self.path.parent / f".{self.path.stem}"

    @property
    def working_path(self) -> Path:
        """The working file."""
        return self.folder / self.path.name

    @property
    def is_published(self) -> bool:
        """Whether the published file exists.

        An empty file without a working file is no published file: `mktemp` makes such a file. Beside a
        working file an empty file is damaged.

        Raises:
            WarehouseMisconfigured: The path cannot be a warehouse.
        """
        check_place(self.path)
        try:
            return self.path.is_file() and (self.path.stat().st_size > 0 or self.working_path.exists())
        except OSError as error:
            raise unusable(self.path, error) from error

    @property
    def has_tables(self) -> bool:
        """Whether the working or the published file exists."""
        return self.is_published or self.working_path.exists()

    @property
    def open_command(self) -> str:
        """The shell command by which DuckDB's own client opens the published file."""
        return f"duckdb -readonly {shlex.quote(str(self.path))}"

    def report_path(self, file_name: str) -> Path:
        """Return the path of a report, beside the published file."""
        return self.path.with_name(file_name)

    def stored(self) -> Stored:
        """Return the size of the published file, and when it was replaced.

        Raises:
            WarehouseError: The file is not there.
        """
        try:
            stat = self.path.stat()
        except OSError as error:
            raise unusable(self.path, error) from error
        return Stored(stat.st_size, datetime.fromtimestamp(stat.st_mtime, UTC).replace(tzinfo=None))

    def prepare(self, schema: str) -> None:
        """Create the folders. Restore a missing working file from the published one.

        Args:
            schema: The schema of the tables.

        Raises:
            WarehouseMisconfigured: The path cannot be a warehouse: its name clashes, its folder is read-only,
                or its file is no DuckDB file.
            WarehouseError: The disk is full.
        """
        check_connection_name(schema)
        if self.path.stem.lower() in {schema.lower(), *_OUR_SCHEMAS}:
            raise WarehouseMisconfigured(
                f"The file {self.path} cannot be named after the schema {self.path.stem!r}: DuckDB names the "
                "catalog after the file, and a table's name would be ambiguous.",
                remedy="Set NETSUITE_WAREHOUSE to another file name, such as data/warehouse.duckdb.",
            )
        if "." in self.path.stem:
            raise WarehouseMisconfigured(
                f"{self.path} cannot be the warehouse: it has a dot within its name.",
                remedy="Set NETSUITE_WAREHOUSE to a file such as data/warehouse.duckdb.",
            )
        try:
            check_place(self.path)
            has_working_file = self.working_path.exists()
            if not has_working_file:
                check_is_ours(self.path)
            self.path.parent.mkdir(parents=True, exist_ok=True)
            make_private_folder(self.folder)
            for folder in (self.folder, target_of(self.path).parent):
                check_writable(folder)
            if not has_working_file and self.is_published:
                # DuckDB would replay the log of a removed working file into the copy.
                self.working_path.with_name(f"{self.working_path.name}.wal").unlink(missing_ok=True)
                copy_atomically(self.path, self.working_path)
        except OSError as error:
            raise unusable(self.path, error) from error

    def check(self, schema: str) -> None:
        """Check the path by the rules of `prepare`, on a file of the same name elsewhere.

        Raises:
            WarehouseMisconfigured: The path cannot be used.
        """
        check_place(self.path)
        with tempfile.TemporaryDirectory() as folder:
            elsewhere = Path(folder) / self.path.name
            try:
                Warehouse(elsewhere).prepare(schema)
            except WarehouseMisconfigured as error:
                message = error.message.replace(str(elsewhere), str(self.path))
                raise WarehouseMisconfigured(message, remedy=error.remedy) from error

    def write_obstacle(self) -> str:
        """Return the first file or folder that a sync must write and may not; empty without one."""
        return str(first_not_writable(self.path, self.working_path) or "")

    def shortage(self) -> str:
        """Return whether the disk lacks room for a second copy of the file, in a sentence; empty if not."""
        size = self.stored().size
        free = shutil.disk_usage(target_of(self.path).parent).free
        if free >= size:
            return ""
        return (
            f"{self.path} has {_gigabytes(size)}, but only {_gigabytes(free)} are free on the disk. "
            "Publishing needs room for a second copy."
        )

    @contextmanager
    def working(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Open the working file, waiting a bounded time for other writers, and close it after the block.

        Raises:
            WarehouseLocked: Another process kept the file open; the message names the process.
            WarehouseError: The file is damaged, of another version, or read-only.
        """
        with private_files(), self._opened() as connection:
            yield connection

    @contextmanager
    def _opened(self) -> Iterator[duckdb.DuckDBPyConnection]:
        connection = self._connect_with_retry()
        try:
            # Loaded values must not depend on the machine.
            connection.execute("SET TimeZone = 'UTC'")
            limit_memory(connection)
            connection.execute("SET preserve_insertion_order = false")
            yield connection
        except duckdb.Error as error:
            raise refused(error) from error
        finally:
            connection.close()

    def publish(self) -> None:
        """Replace the published file by a copy of the working file, whole or not at all.

        If the path is a link, the file that it leads to is replaced, and the link stays. An existing file
        keeps its mode; only its owner may read a new one.

        Raises:
            WarehouseMisconfigured: The path is a link that leads nowhere.
            WarehouseLocked: Another process is writing the working file.
            WarehouseError: The disk is full or the folder is read-only; the old file stays.
        """
        # The open connection keeps other processes from writing during the copy.
        with self.working() as connection:
            connection.execute("CHECKPOINT")
            target = target_of(self.path)
            remove_unfinished_copies(target)
            try:
                copy_atomically(self.working_path, target)
            except OSError as error:
                raise WarehouseError(
                    f"{self.path} could not be replaced: {error.strerror or error}. It is as it was.",
                    remedy="Make room on the disk (a second file of its size is needed), or let this user "
                    "write the folder; then sync again.",
                ) from error

    @contextmanager
    def published(self, at: datetime | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
        """Open the published file for reading, in a database of its own.

        DuckDB keeps one database per path: `duckdb.connect` would return a file that this process opened
        before a sync replaced it. ATTACH opens the current file.

        Raises:
            WarehouseMisconfigured: The path cannot be a warehouse.
            WarehouseError: The file is missing or damaged, or `at` is given: a file has no history.
        """
        if at is not None:
            raise WarehouseError(
                f"{self.path} has only what the last sync published: a file has no history.",
                remedy="Leave the time out; or use a lake, whose snapshots can be read (docs/scale.md).",
            )
        if not self.is_published:
            raise WarehouseError(
                f"There is no warehouse at {self.path} yet.",
                remedy="Run `netsuite-pipeline sync`, or set NETSUITE_WAREHOUSE to where it is.",
            )
        # A view may qualify its tables by the file's name. Three names are DuckDB's own.
        stem, path = self.path.stem, self.path.absolute()
        catalog = quoted("published" if stem.lower() in _DUCKDB_CATALOGS else stem)
        with duckdb.connect(":memory:", config={"temp_directory": f"{path}.tmp"}) as connection:
            try:
                connection.execute(f"ATTACH {text(str(path))} AS {catalog} (READ_ONLY)")
                connection.execute(f"USE {catalog}.main")
            except duckdb.Error as error:
                raise WarehouseError(f"{self.path} cannot be read: {error}") from error
            yield connection

    def readers_lag(self, working: duckdb.DuckDBPyConnection) -> bool:
        """Return whether the published file is missing, damaged, or lacks what the working file has."""
        if not self.is_published:
            return True
        try:
            with self.published() as published:
                return published_lags(working, published)
        except WarehouseError:
            return True  # a published file that cannot be read is to be replaced

    def upkeep(self, keep: timedelta = KEEP_HISTORY) -> None:
        """Do nothing: each publication writes the whole file."""

    def forget_old_values(self) -> None:
        """Copy the working file into a new one that takes its place, without the old file's free blocks.

        Raises:
            WarehouseLocked: Another process, or another thread, has the working file open.
            WarehouseError: The file cannot be copied, which takes as much room again; it is as it was.
        """
        rewrite_file(self.working_path, self.working, self.lock_wait_seconds)

    def _connect_with_retry(self) -> duckdb.DuckDBPyConnection:
        give_up_at = time.monotonic() + self.lock_wait_seconds
        wait = 0.05
        while True:
            try:
                return duckdb.connect(str(self.working_path))
            except duckdb.IOException as error:
                if "Could not set lock" not in str(error):
                    raise damaged(self.working_path, self.path, str(error)) from error
                if time.monotonic() > give_up_at:
                    raise WarehouseLocked(
                        f"{_holder(str(error))} has had {self.working_path} open for over "
                        f"{self.lock_wait_seconds:.0f} s.",
                        remedy="Wait for it to end, or end it. To read tables, open "
                        f"{self.path} instead: it is never locked.",
                    ) from error
            except duckdb.Error as error:
                raise damaged(self.working_path, self.path, str(error)) from error
            left = max(0.0, give_up_at - time.monotonic())
            time.sleep(min(wait * random.uniform(0.5, 1.0), left))  # noqa: S311 jitter is no secret
            wait = min(wait * 1.7, 1.0)


def _holder(message: str) -> str:
    holder = _HOLDER.search(message)
    return f"Process {holder['pid']} ({holder['name']})" if holder else "Another process"


def _gigabytes(size: int) -> str:
    return f"{size / 1e9:,.1f} GB"


def open_warehouse(
    address: str, lock_wait_seconds: float = LOCK_WAIT_SECONDS, lake_data: str | None = None
) -> Store:
    """Return the warehouse at an address.

    Args:
        address: A DuckDB file, or a lake: `ducklake:PATH.ducklake` or `ducklake:postgres:host=… dbname=…`.
        lock_wait_seconds: How long to wait while another process has it open.
        lake_data: The folder or the address in an object store of a lake's data; None for the value of
            NETSUITE_LAKE_DATA.

    Raises:
        WarehouseMisconfigured: The address is malformed, or of another kind.

    Example:
        >>> open_warehouse("data/warehouse.duckdb").name
        'data/warehouse.duckdb'
    """
    if not is_lake(address):
        return Warehouse(Path(address), lock_wait_seconds)
    data = os.environ.get("NETSUITE_LAKE_DATA", "") if lake_data is None else lake_data
    return Lake(parse_lake(address, data), lock_wait_seconds=lock_wait_seconds)


def warehouse_from_environment(
    variables: Mapping[str, str] = os.environ, lock_wait_seconds: float = LOCK_WAIT_SECONDS
) -> Store:
    """Return the warehouse that NETSUITE_WAREHOUSE and NETSUITE_LAKE_DATA name.

    Args:
        variables: Environment variables by name. Without NETSUITE_WAREHOUSE: `data/warehouse.duckdb`.
        lock_wait_seconds: How long to wait while another process has it open.

    Raises:
        WarehouseMisconfigured: The address is malformed, or of another kind.

    Example:
        >>> warehouse_from_environment({"NETSUITE_WAREHOUSE": "/tmp/w.duckdb"}).name
        '/tmp/w.duckdb'
    """
    address = variables.get("NETSUITE_WAREHOUSE", "").strip() or DEFAULT_WAREHOUSE
    return open_warehouse(address, lock_wait_seconds, variables.get("NETSUITE_LAKE_DATA", ""))
