"""A database in memory to which a lake is attached, and which a sync keeps."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import duckdb

from netsuite_pipeline.warehouse.lake.extensions import CONFIG, load_extensions, use_object_store

CATALOG = "warehouse"
"""The name by which a lake is attached."""
_PAUSE_SECONDS = 0.5


class Session:
    """A database in memory with a lake's extensions. One thread at a time uses the session.

    Attributes:
        is_attached: Whether the lake is attached.
    """

    def __init__(self) -> None:
        self.is_attached = False
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._lock = threading.RLock()
        self._timer: threading.Timer | None = None

    @property
    def connection(self) -> duckdb.DuckDBPyConnection:
        """The connection, while the session is open.

        Raises:
            RuntimeError: The session is closed.
        """
        if self._connection is None:
            raise RuntimeError("the session is closed")
        return self._connection

    @contextmanager
    def opened(self, extensions: tuple[str, ...], folder: Path) -> Iterator["Session"]:
        """Open the session for one thread; a fatal error of DuckDB's leads to a new database.

        Args:
            extensions: The extensions to load.
            folder: What DuckDB cannot hold in memory is spilled into this folder.

        Raises:
            WarehouseMisconfigured: An extension cannot be loaded.
        """
        with self._lock:
            self._stop_timer()
            if self._connection is not None and not _works(self._connection):
                self.close()
            if self._connection is None:
                spill = str(folder.absolute() / "spill")
                self._connection = duckdb.connect(":memory:", config={**CONFIG, "temp_directory": spill})
                load_extensions(self._connection, extensions)
                if "aws" in extensions:
                    use_object_store(self._connection)
            yield self

    def detach_soon(self) -> None:
        """Detach the lake after a pause, so that other processes can open its catalogue's file.

        To attach costs fifty milliseconds of processor time, so a sync that commits again at once stays
        attached (measured).
        """
        self._stop_timer()
        self._timer = threading.Timer(_PAUSE_SECONDS, self._detach)
        self._timer.daemon = True
        self._timer.start()

    def detach(self) -> None:
        """Detach the lake now."""
        with self._lock:
            self._stop_timer()
            self._detach()

    def close(self) -> None:
        """Close the database."""
        with self._lock:
            self._stop_timer()
            if self._connection is not None:
                self._connection.close()
            self._connection, self.is_attached = None, False

    def _detach(self) -> None:
        if not self._lock.acquire(blocking=False):
            return  # somebody uses the lake, and starts another pause
        try:
            if self._connection is not None and self.is_attached:
                with suppress(duckdb.Error):  # a database that cannot detach is closed by its next user
                    self._connection.execute("USE memory")
                    self._connection.execute(f"DETACH {CATALOG}")
                self.is_attached = False
        finally:
            self._lock.release()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None


def _works(connection: duckdb.DuckDBPyConnection) -> bool:
    try:
        connection.execute("SELECT 1")
    except duckdb.Error:
        return False
    return True
