"""Attach a lake to a database: what to wait for, and what each refusal means."""

import random
import time
from contextlib import suppress

import duckdb

from netsuite_pipeline.warehouse.errors import WarehouseError, WarehouseLocked, WarehouseMisconfigured
from netsuite_pipeline.warehouse.lake.address import without_passwords
from netsuite_pipeline.warehouse.lake.session import CATALOG

_BUSY = ("Could not set lock", "Unique file handle conflict")  # another process; another thread of this one
_INITIALIZING = ("duplicate key", "Failed to initialize DuckLake", "already exists")
_ABSENT = ("does not exist - and creating", "read-only mode: database does not exist")
_OTHER_DATA = "does not match existing data path"
_NO_SNAPSHOT = "No snapshot found at"
_UNREACHABLE = "Unable to connect to Postgres"


class NoLake(WarehouseError):
    """Raised when the catalogue has no lake of the connection."""


def attach_with_retry(
    connection: duckdb.DuckDBPyConnection, statement: str, name: str, wait_seconds: float
) -> None:
    """Attach a lake and use it. Retry while another process has its file open, or creates the same lake.

    Args:
        connection: To a database with the extensions.
        statement: The ATTACH statement.
        name: The lake's name for people.
        wait_seconds: How long to wait for another process.

    Raises:
        NoLake: The catalogue has no lake of the connection.
        WarehouseLocked: Another process kept the file open.
        WarehouseError: The lake cannot be attached.
    """
    give_up_at = time.monotonic() + wait_seconds
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
                raise _attach_error(name, words) from error
            if busy and time.monotonic() > give_up_at:
                raise WarehouseLocked(
                    f"Another process, or thread, has had {name} open for over "
                    f"{wait_seconds:.0f} s: {words.splitlines()[0]}",
                    remedy="Wait for it to end, or end it. Many processes can open a lake whose "
                    "catalogue is in PostgreSQL.",
                ) from error
        with suppress(duckdb.Error):
            connection.execute(f"DETACH DATABASE IF EXISTS {CATALOG}")
        time.sleep(wait * random.uniform(0.5, 1.0))  # noqa: S311 jitter is no secret
        wait = min(wait * 1.7, 1.0)


def _attach_error(name: str, words: str) -> WarehouseError:
    reason = without_passwords(" ".join(words.split()))
    if any(each in words for each in _ABSENT):
        return NoLake(reason)
    if _NO_SNAPSHOT in words:
        return WarehouseError(
            f"{name} does not know what it held then: {reason}",
            remedy="Ask for a time after its first sync, and after what upkeep has removed.",
        )
    if _OTHER_DATA in words:
        return WarehouseMisconfigured(
            f"{name} has its data elsewhere: {reason}",
            remedy="Set NETSUITE_LAKE_DATA to the place that the catalogue names, on each machine the "
            "same; each connection has a folder of its own name below it.",
        )
    if _UNREACHABLE in words:
        return WarehouseMisconfigured(
            f"The catalogue of {name} cannot be reached: {reason}",
            remedy="Check host, port, dbname, user and password of NETSUITE_WAREHOUSE (PGPASSWORD or a "
            "password file keep the password out of it), and that the server runs.",
        )
    return WarehouseMisconfigured(
        f"{name} cannot be opened: {reason}",
        remedy="Set NETSUITE_WAREHOUSE to the catalogue of a lake that this pipeline made, or to one "
        "that does not exist yet.",
    )
