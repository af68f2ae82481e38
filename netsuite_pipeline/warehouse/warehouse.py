"""The two files: the working file that syncs write, and the published file that analysts open."""

import os
import random
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from netsuite_pipeline.warehouse.errors import WarehouseError, WarehouseLocked, WarehouseMisconfigured
from netsuite_pipeline.warehouse.schema.schema import quoted, text
from netsuite_pipeline.warehouse.stores.atomic_copy import copy_atomically, remove_unfinished_copies
from netsuite_pipeline.warehouse.stores.location import (
    check_is_ours,
    check_place,
    check_writable,
    damaged,
    target_of,
    unusable,
)
from netsuite_pipeline.warehouse.stores.memory_limit import limit_memory
from netsuite_pipeline.warehouse.stores.path_names import check_connection_name
from netsuite_pipeline.warehouse.stores.private_files import make_private_folder, private_files
from netsuite_pipeline.warehouse.transactions import refused

DEFAULT_WAREHOUSE = "data/warehouse.duckdb"
LOCK_WAIT_SECONDS = 15.0
_HOLDER = re.compile(r"held in (?P<name>.+?) \(PID (?P<pid>\d+)\)")
_DUCKDB_CATALOGS = ("memory", "system", "temp")
_OUR_SCHEMAS = ("_netsuite", "marts")


@dataclass(frozen=True)
class Warehouse:
    """Where the tables live.

    The published file is never written in place: after a sync it is replaced as a whole, so its readers carry
    on undisturbed with the file they have open, and new readers see the new one. The working file lies beside
    it in a hidden folder under the same name (DuckDB names the catalog after the file).

    Attributes:
        path: The published file, `data/warehouse.duckdb` by default.
        lock_wait_seconds: How long to wait for another process that has the working file open.

    Example:
        >>> Warehouse(Path("data/warehouse.duckdb")).working_path.as_posix()
        'data/.warehouse/warehouse.duckdb'
    """

    path: Path
    lock_wait_seconds: float = LOCK_WAIT_SECONDS

    @property
    def folder(self) -> Path:
        """What the pipeline keeps for itself: the working file and the landed pages."""
        return self.path.parent / f".{self.path.stem}"

    @property
    def working_path(self) -> Path:
        return self.folder / self.path.name

    @property
    def is_published(self) -> bool:
        """Whether there is a published file.

        An empty file without a working file was never published: somebody made it, as `mktemp` does. Beside
        a working file it is damaged.

        Raises:
            WarehouseMisconfigured: The path cannot be looked at.
        """
        try:
            return self.path.is_file() and (self.path.stat().st_size > 0 or self.working_path.exists())
        except OSError as error:
            raise unusable(self.path, error) from error

    def landing_path(self, connection: str) -> Path:
        """Return the folder where the pages of one connection land.

        Raises:
            WarehouseMisconfigured: The name cannot be a connection's.
        """
        check_connection_name(connection)
        return self.folder / "landing" / connection

    def archive_path(self, connection: str) -> Path:
        """Return the folder where pages of one connection are kept for audits.

        Raises:
            WarehouseMisconfigured: The name cannot be a connection's.
        """
        check_connection_name(connection)
        return self.folder / "kept" / connection

    def prepare(self, schema: str) -> None:
        """Makes the folders, and the working file from the published one where only that is left.

        Args:
            schema: The schema that the tables will go to.

        Raises:
            WarehouseMisconfigured: The path cannot serve: a clash of names, a folder that cannot be written,
                a file that is no warehouse.
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
            begun = self.working_path.exists()
            if not begun:
                check_is_ours(self.path)
            self.path.parent.mkdir(parents=True, exist_ok=True)
            make_private_folder(self.folder)
            for folder in (self.folder, target_of(self.path).parent):
                check_writable(folder)
            if not begun and self.is_published:
                # What a removed working file left in its log would be played into the copy.
                self.working_path.with_name(f"{self.working_path.name}.wal").unlink(missing_ok=True)
                copy_atomically(self.path, self.working_path)
        except OSError as error:
            raise unusable(self.path, error) from error

    @contextmanager
    def working(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Opens the working file, waiting a bounded time for other writers, and closes it whatever happens.

        Raises:
            WarehouseLocked: Another process kept it open; it is named.
            WarehouseError: The file is damaged, of another version, or cannot be written.
        """
        with private_files(), self._opened() as connection:
            yield connection

    @contextmanager
    def _opened(self) -> Iterator[duckdb.DuckDBPyConnection]:
        connection = self._connect_with_retry()
        try:
            # Text and numbers must not depend on the machine that loads them.
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

        Where the path is a link, the file that it leads to is replaced, and the link stays. The file keeps
        the mode that somebody gave it; a new one is its owner's alone.

        Raises:
            WarehouseMisconfigured: The path is a link that leads nowhere.
            WarehouseLocked: Another process is writing the working file.
            WarehouseError: The disk is full or the folder cannot be written; the old file is as it was.
        """
        # The connection stays open while copying: that keeps other processes from writing meanwhile.
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
    def published(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Open the published file for reading, in a database of its own.

        `duckdb.connect` would return the file that this process opened earlier, although a sync has replaced
        it since: DuckDB keeps one database a path. ATTACH opens the file that is there now.

        Raises:
            WarehouseMisconfigured: The path can be no warehouse's.
            WarehouseError: There is none yet, or it is damaged.
        """
        check_place(self.path)
        if not self.is_published:
            raise WarehouseError(
                f"There is no warehouse at {self.path} yet.",
                remedy="Run `netsuite-pipeline sync`, or set NETSUITE_WAREHOUSE to where it is.",
            )
        # A view in the file may name its tables by the file's name. Three names are DuckDB's own.
        stem, path = self.path.stem, self.path.absolute()
        catalog = quoted("published" if stem.lower() in _DUCKDB_CATALOGS else stem)
        connection = duckdb.connect(":memory:", config={"temp_directory": f"{path}.tmp"})
        try:
            try:
                connection.execute(f"ATTACH {text(str(path))} AS {catalog} (READ_ONLY)")
                connection.execute(f"USE {catalog}.main")
            except duckdb.Error as error:
                raise WarehouseError(f"{self.path} cannot be read: {error}") from error
            yield connection
        finally:
            connection.close()

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
                        remedy=f"Wait for it to end, or end it. To look at tables, open {self.path} instead, "
                        "which nobody locks.",
                    ) from error
            except duckdb.Error as error:
                raise damaged(self.working_path, self.path, str(error)) from error
            left = max(0.0, give_up_at - time.monotonic())
            time.sleep(min(wait * random.uniform(0.5, 1.0), left))
            wait = min(wait * 1.7, 1.0)


def _holder(message: str) -> str:
    holder = _HOLDER.search(message)
    return f"Process {holder['pid']} ({holder['name']})" if holder else "Another process"


def warehouse_from_environment(variables: Mapping[str, str] = os.environ) -> Warehouse:
    """The warehouse that NETSUITE_WAREHOUSE names, or `data/warehouse.duckdb`.

    Example:
        >>> warehouse_from_environment({"NETSUITE_WAREHOUSE": "/tmp/w.duckdb"}).path.as_posix()
        '/tmp/w.duckdb'
    """
    return Warehouse(Path(variables.get("NETSUITE_WAREHOUSE", "").strip() or DEFAULT_WAREHOUSE))
