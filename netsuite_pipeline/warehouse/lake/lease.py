"""One sync at a time across machines: a row in the catalogue's database that its holder renews."""

import os
import socket
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import duckdb

from netsuite_pipeline.warehouse.errors import WarehouseError, WarehouseLocked
from netsuite_pipeline.warehouse.lake.address import without_passwords
from netsuite_pipeline.warehouse.lake.extensions import CONFIG, load_extensions
from netsuite_pipeline.warehouse.schema.schema import quoted, text

LEASE_SECONDS = 60.0
"""How long a lease lasts. After a holder's death another sync waits so long."""
_POLL_SECONDS = 0.5
_MARGIN_SECONDS = 5.0  # the holder stops before the server's clock lets another sync in


class Lease:
    """The right to sync one connection, which one process on one machine holds.

    PostgreSQL's clock alone decides when a lease ends, so the machines' clocks may differ.

    Args:
        server: The connection string of the catalogue's server.
        connection: The connection, which is the schema of its catalogue.
        seconds: How long the lease lasts without a renewal.
    """

    def __init__(self, server: str, connection: str, seconds: float = LEASE_SECONDS) -> None:
        self._server, self._connection, self._seconds = server, connection, seconds
        self._table = f"{quoted(connection)}.netsuite_sync_lease"
        self._holder = uuid.uuid4().hex
        self._valid_until = 0.0
        self._ended = threading.Event()
        self._lock = threading.Lock()
        self._database: duckdb.DuckDBPyConnection | None = None

    @contextmanager
    def held(self, wait_seconds: float) -> Iterator[bool]:
        """Hold the lease inside the block, and renew it by a thread.

        Args:
            wait_seconds: How long to wait for the end of another sync.

        Yields:
            Whether the lease was taken over from a holder that did not give it back.

        Raises:
            WarehouseLocked: Another sync holds the lease; the message names its host, process and start.
            WarehouseError: The catalogue's server does not answer.
        """
        try:
            self._database = self._open()
            was_taken_over = self._acquire(wait_seconds)
        except duckdb.Error as error:
            raise self._unanswered(error) from error
        renewing = threading.Thread(target=self._renew, name="netsuite-lease", daemon=True)
        renewing.start()
        try:
            yield was_taken_over
        finally:
            self._ended.set()
            renewing.join()
            with suppress(duckdb.Error):  # an unreachable server lets the lease run out
                self._write(f"UPDATE {self._table} SET until = now(), holder = '' WHERE {self._is_mine}")
            self._database.close()

    def check(self) -> None:
        """Refuse to go on once the lease may have run out.

        Raises:
            WarehouseLocked: It was not renewed in time, so another sync may run.
        """
        if time.monotonic() > self._valid_until - min(_MARGIN_SECONDS, self._seconds / 4):
            raise WarehouseLocked(
                f"This sync could not renew its lease of connection {self._connection} within "
                f"{self._seconds:.0f} s, so another sync may run. Nothing more is committed.",
                remedy="Check that the catalogue's server is reachable; then sync again.",
            )

    @property
    def _is_mine(self) -> str:
        return f"holder = {text(self._holder)}"

    def _open(self) -> duckdb.DuckDBPyConnection:
        database = duckdb.connect(":memory:", config=dict(CONFIG))
        load_extensions(database, ["postgres_scanner"])
        database.execute(f"ATTACH {text(self._server)} AS catalogue (TYPE postgres)")
        return database

    def _acquire(self, wait_seconds: float) -> bool:
        give_up_at = time.monotonic() + wait_seconds
        self._create()
        before = self._read()
        while True:
            asked_at = time.monotonic()
            values = ", ".join(map(text, (self._holder, socket.gethostname(), str(os.getpid()))))
            self._write(
                f"UPDATE {self._table} SET (holder, host, pid, since, until) = "
                f"ROW({values}, now(), {self._until}) WHERE until < now()"
            )
            holder, host, pid, since, _ = self._read()
            if holder == self._holder:
                self._valid_until = asked_at + self._seconds
                return before[0] not in {"", self._holder}
            if time.monotonic() > give_up_at:
                raise WarehouseLocked(
                    f"Another sync of this connection runs: process {pid} on {host}, since {since} UTC.",
                    remedy="Wait for it to end, or end it. If it is dead, its lease runs out within "
                    f"{self._seconds:.0f} s; then sync again.",
                )
            before = (holder, host, pid, since, before[4])
            time.sleep(min(_POLL_SECONDS, self._seconds / 10))

    @property
    def _until(self) -> str:
        return f"now() + interval '{self._seconds} seconds'"

    def _create(self) -> None:
        create = (
            f"CREATE TABLE IF NOT EXISTS {self._table} (one BOOLEAN PRIMARY KEY, holder TEXT, host TEXT, "
            "pid TEXT, since TIMESTAMPTZ, until TIMESTAMPTZ)"
        )
        try:
            self._write(create)
        except duckdb.Error:
            self._write(create)  # two that create a table at once: one of them fails, and finds it now
        self._write(
            f"INSERT INTO {self._table} VALUES (true, '', '', '', now(), now() - interval '1 second') "
            "ON CONFLICT DO NOTHING"
        )

    def _read(self) -> tuple[str, str, str, str, str]:
        statement = (
            "SELECT holder, host, pid, to_char(since AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS') AS since, "
            f"until::text AS until FROM {self._table}"
        )
        with self._lock:
            found = self._opened.execute(f"FROM postgres_query('catalogue', {text(statement)})").fetchone()
        if found is None:
            raise WarehouseError(f"{self._table} has lost its row.", remedy="Sync again: it is made anew.")
        return found[0], found[1], found[2], found[3], found[4]

    def _write(self, statement: str) -> None:
        with self._lock:
            self._opened.execute(f"CALL postgres_execute('catalogue', {text(statement)})")

    @property
    def _opened(self) -> duckdb.DuckDBPyConnection:
        if self._database is None:
            raise RuntimeError("the lease is not held")
        return self._database

    def _renew(self) -> None:
        while not self._ended.wait(self._seconds / 6):
            asked_at = time.monotonic()
            try:
                self._write(
                    f"UPDATE {self._table} SET until = {self._until} WHERE {self._is_mine} AND until > now()"
                )
                if self._read()[0] != self._holder:
                    self._valid_until = 0.0
                    return
            except (duckdb.Error, WarehouseError):
                continue  # `check` stops the sync when this goes on for too long
            self._valid_until = asked_at + self._seconds

    def _unanswered(self, error: duckdb.Error) -> WarehouseError:
        reason = without_passwords(" ".join(str(error).split()))
        return WarehouseError(
            f"The lease of connection {self._connection} cannot be taken: {reason}",
            remedy="Check that the catalogue's server is reachable, and that its user may create a table in "
            f"the schema {self._connection}; then sync again.",
        )
