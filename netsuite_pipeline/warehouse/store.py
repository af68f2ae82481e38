"""The interface of a warehouse, whichever way it is stored: as DuckDB files, or as a lake."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import duckdb

from netsuite_pipeline.warehouse.stores.path_names import check_connection_name

KEEP_HISTORY = timedelta(days=7)
"""How far back a lake can be read after its upkeep."""


@dataclass(frozen=True)
class Stored:
    """What a person sees of a warehouse that has tables.

    Attributes:
        size: Its bytes on the disk or in the object store.
        changed_at: When readers last got something new, UTC.
    """

    size: int
    changed_at: datetime


class Store(ABC):
    """Where a connection's tables are. Nothing outside this room asks which kind it is.

    `Warehouse` stores tables in DuckDB files on one machine.
    """

    def of(self, connection: str) -> "Store":
        """Return the store of one connection; several connections may share an address.

        Args:
            connection: The connection's name, which is the schema of its tables.
        """
        return self

    @property
    @abstractmethod
    def name(self) -> str:
        """Its name for people, without secrets."""

    @property
    @abstractmethod
    def kind(self) -> str:
        """The word for it in messages; nothing is decided by it."""

    @property
    @abstractmethod
    def folder(self) -> Path:
        """The pipeline's own folder on this machine, with the landed pages."""

    @property
    @abstractmethod
    def is_published(self) -> bool:
        """Whether there is something to read.

        Raises:
            WarehouseMisconfigured: It cannot be a warehouse.
        """

    @property
    def has_tables(self) -> bool:
        """Whether a sync ever prepared it, even if nothing is published."""
        return self.is_published

    @property
    @abstractmethod
    def open_command(self) -> str:
        """The shell command by which DuckDB's own client opens it for reading."""

    def landing_path(self, connection: str) -> Path:
        """Return the landing folder of one connection.

        Raises:
            WarehouseMisconfigured: The name cannot be a connection's.
        """
        check_connection_name(connection)
        return self.folder / "landing" / connection

    def archive_path(self, connection: str) -> Path:
        """Return the folder of one connection's archived pages.

        Raises:
            WarehouseMisconfigured: The name cannot be a connection's.
        """
        check_connection_name(connection)
        return self.folder / "kept" / connection

    @abstractmethod
    def report_path(self, file_name: str) -> Path:
        """Return where a report that people open belongs."""

    @abstractmethod
    def stored(self) -> Stored:
        """Return its size, and when it last changed.

        Raises:
            WarehouseError: Nothing is published.
        """

    @abstractmethod
    def prepare(self, schema: str) -> None:
        """Make it ready for a sync.

        Args:
            schema: The schema of the tables: the connection's name.

        Raises:
            WarehouseMisconfigured: The settings cannot be a warehouse's.
            WarehouseError: The disk is full, or the server is not there.
        """

    @abstractmethod
    def check(self, schema: str) -> None:
        """Refuse what `prepare` would refuse by its name or place; nothing is left behind.

        Raises:
            WarehouseMisconfigured: The settings cannot be a warehouse's.
        """

    @abstractmethod
    def write_obstacle(self) -> str:
        """Return the first place that a sync must write and may not; empty without one."""

    def shortage(self) -> str:
        """Return in one sentence what the next sync may run out of; empty where nothing is known."""
        return ""

    @contextmanager
    def one_sync(self, wait_seconds: float) -> Iterator[None]:
        """Exclude syncs of the connection on other machines during the block.

        `Landing.locked` excludes those on this machine.

        Args:
            wait_seconds: How long to wait for the end of another sync.

        Raises:
            WarehouseLocked: Another sync runs; the message names its host, its process and its start.
        """
        yield

    @abstractmethod
    def working(self) -> AbstractContextManager[duckdb.DuckDBPyConnection]:
        """Open it for writing inside a block.

        Raises:
            WarehouseLocked: Another process has it open.
            WarehouseError: It cannot be opened.
        """

    @abstractmethod
    def published(self, at: datetime | None = None) -> AbstractContextManager[duckdb.DuckDBPyConnection]:
        """Open what readers see, for reading inside a block.

        Args:
            at: The time (UTC, without time zone) as of which to read; None for now.

        Raises:
            WarehouseMisconfigured: It cannot be a warehouse.
            WarehouseError: Nothing is published, or it is damaged.
        """

    @abstractmethod
    def publish(self) -> None:
        """Show all commits to readers, whole or not at all.

        Raises:
            WarehouseError: Readers see what they saw before.
        """

    @abstractmethod
    def readers_lag(self, working: duckdb.DuckDBPyConnection) -> bool:
        """Return whether views are to be updated and commits to be published.

        Args:
            working: From `working`.
        """

    @abstractmethod
    def upkeep(self, keep: timedelta = KEEP_HISTORY) -> None:
        """Merge, forget and remove what has gathered since the last upkeep; a file needs none.

        Args:
            keep: How old the oldest state may be that `published(at=…)` can still read.

        Raises:
            WarehouseError: It cannot be written.
        """

    @abstractmethod
    def forget_old_values(self) -> None:
        """Remove overwritten values from the files of the writer; `publish` removes them from the readers'.

        Raises:
            WarehouseError: A file could not be written; it is as it was.
        """
