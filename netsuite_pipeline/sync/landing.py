"""The folder of raw pages: names, atomic writes, and the lock that lets one sync at a time in."""

import fcntl
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from netsuite_pipeline.warehouse.errors import WarehouseError, WarehouseLocked

_LOCK_WAIT_SECONDS = 5.0


@dataclass(frozen=True)
class Landing:
    """The landing folder of one connection.

    Attributes:
        path: The folder; `<path>/<table>/000000.json` is a page.
    """

    path: Path

    @contextmanager
    def locked(self, wait_seconds: float = _LOCK_WAIT_SECONDS) -> Iterator[None]:
        """Holds the folder for one sync. The lock is the operating system's: it dies with its process.

        Raises:
            WarehouseLocked: Another sync of this connection runs; it is named, and since when.
            WarehouseError: The folder cannot be written.
        """
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise WarehouseError(
                f"The landing folder {self.path} cannot be written: {error.strerror or error}.",
                remedy="Let this user write it, or set NETSUITE_WAREHOUSE to another folder.",
            ) from error
        try:
            _lock_patiently(descriptor, self.path, wait_seconds)
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, f"{os.getpid()} {datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC\n".encode(), 0)
            yield
        finally:
            os.close(descriptor)

    def table(self, name: str) -> "TableLanding":
        """A table's own folder, made empty: pages that a sync left behind belong to another plan."""
        folder = self.path / name
        try:
            if folder.exists():
                shutil.rmtree(folder)
            folder.mkdir()
        except OSError as error:
            raise WarehouseError(
                f"The landing folder {folder} cannot be written: {error.strerror or error}.",
                remedy="Let this user write it, or set NETSUITE_WAREHOUSE to another folder.",
            ) from error
        return TableLanding(folder)

    def clear(self, name: str) -> None:
        """Removes a table's pages, whose rows are committed now. What cannot be removed does no harm: the
        next sync empties the folder, and fails if it cannot."""
        shutil.rmtree(self.path / name, ignore_errors=True)


@dataclass(frozen=True)
class TableLanding:
    """One table's landed pages."""

    path: Path

    def land(self, number: int, body: bytes) -> Path:
        """Writes a page, whole or not at all.

        Raises:
            WarehouseError: The disk is full or the folder cannot be written.
        """
        page = self.path / f"{number:06}.json"
        unfinished = page.with_suffix(".part")
        try:
            unfinished.write_bytes(body)
            os.replace(unfinished, page)
        except OSError as error:
            raise WarehouseError(
                f"A page could not be landed in {self.path}: {error.strerror or error}.",
                remedy="Make room on the disk; then sync again, nothing is lost.",
            ) from error
        return page


def _lock_patiently(descriptor: int, path: Path, wait_seconds: float) -> None:
    give_up_at = time.monotonic() + wait_seconds
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() > give_up_at:
                break
        time.sleep(0.1)
    pid, _, since = os.pread(descriptor, 100, 0).decode(errors="replace").strip().partition(" ")
    raise WarehouseLocked(
        f"Another sync of this connection runs: process {pid or 'unknown'}, since {since or 'unknown'}.",
        remedy=f"Wait for it to end, or end it; its pages are in {path}.",
    )
