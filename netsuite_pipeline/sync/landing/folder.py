"""The folder of raw pages: names, atomic writes, what is there already, the lock that lets one sync in."""

import errno
import os
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from filelock import lock_descriptor

from netsuite_pipeline.sync.request import LOCK_WAIT_SECONDS
from netsuite_pipeline.warehouse.errors import WarehouseError, WarehouseLocked
from netsuite_pipeline.warehouse.stores.path_names import check_table_name
from netsuite_pipeline.warehouse.stores.private_files import FILE_MODE, make_private_folder, write_private

_PAGE = re.compile(r"(?P<place>\d{6,})-(?P<part>\d{3,})(?P<more>\+?)\.json")
_PLAN = "plan.json"
_LOCK = ".lock"  # no table is called so: names begin with a letter
_LOCK_POLL_SECONDS = 0.1
_STAGE = "stage.duckdb"
# Plan, pages, and the stage that a killed sync left; what a killed sync had begun to write ends in `.part`.
_OURS = re.compile(r"(\d{6,}-\d{3,}\+?\.json|plan\.json)(\.part)?|stage\.duckdb(\..+)?")


@dataclass(frozen=True)
class Landing:
    """The landing folder of one connection.

    Attributes:
        path: The folder; each table has its own in it.
    """

    path: Path

    @contextmanager
    def locked(self, wait_seconds: float = LOCK_WAIT_SECONDS) -> Iterator[None]:
        """Holds the folder for one sync. The lock is the operating system's: it dies with its process.

        Raises:
            WarehouseLocked: Another sync of this connection runs; it is named, and since when.
            WarehouseError: The folder cannot be written.
        """
        try:
            make_private_folder(self.path)
            descriptor = os.open(self.path / _LOCK, os.O_RDWR | os.O_CREAT, FILE_MODE)
        except OSError as error:
            raise _unwritable(self.path, error) from error
        try:
            _lock(descriptor, self.path, wait_seconds)
            os.ftruncate(descriptor, 0)
            os.write(descriptor, f"{os.getpid()} {datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC\n".encode())
            yield
        finally:
            os.close(descriptor)

    def table(self, name: str) -> "TableLanding":
        """Return a table's own folder; the folder is made when something lands.

        Raises:
            WarehouseMisconfigured: The name would lead out of the connection's folder.
        """
        check_table_name(name)
        return TableLanding(self.path / name)


@dataclass(frozen=True)
class PageName:
    """Which page a file is.

    Attributes:
        place: Number of its place in the plan.
        part: Number of the page within the place; a place that grew past a page has several.
        more: Whether more parts follow; the place is complete with the one after which none does.
    """

    place: int
    part: int
    more: bool

    @property
    def file(self) -> str:
        """
        Example:
            >>> PageName(12, 0, True).file, PageName(12, 1, False).file
            ('000012-000+.json', '000012-001.json')
        """
        return f"{self.place:06}-{self.part:03}{'+' if self.more else ''}.json"


@dataclass(frozen=True)
class TableLanding:
    """One table's landed plan and pages."""

    path: Path

    @property
    def stage_path(self) -> Path:
        """Where the stage of these pages is, while there is one."""
        return self.path / _STAGE

    def start(self, plan: bytes) -> None:
        """Lands a new plan. Pages that belong to another one go first.

        Raises:
            WarehouseError: The disk is full or the folder cannot be written.
        """
        self.clear()
        try:
            make_private_folder(self.path)
        except OSError as error:
            raise _unwritable(self.path, error) from error
        self.write_plan(plan)

    def write_plan(self, plan: bytes) -> None:
        """Replaces the plan, whole or not at all.

        Raises:
            WarehouseError: The disk is full or the folder cannot be written.
        """
        self._write(_PLAN, plan)

    def read_manifest(self) -> bytes | None:
        """Return the landed manifest, or None where there is none."""
        try:
            return (self.path / _PLAN).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise _unwritable(self.path, error) from error

    def land(self, name: PageName, body: bytes) -> Path:
        """Writes a page, whole or not at all.

        Raises:
            WarehouseError: The disk is full or the folder cannot be written.
        """
        return self._write(name.file, body)

    def pages(self) -> dict[PageName, Path]:
        """The pages that are there, in the order of their places and parts."""
        if not self.path.is_dir():
            return {}
        found = {
            PageName(int(match["place"]), int(match["part"]), bool(match["more"])): entry
            for entry in self.path.iterdir()
            if (match := _PAGE.fullmatch(entry.name))
        }
        return dict(sorted(found.items(), key=lambda item: (item[0].place, item[0].part)))

    def remove(self, page: Path) -> None:
        """Removes a page that cannot be used."""
        try:
            page.unlink(missing_ok=True)
        except OSError as error:
            raise _unwritable(self.path, error) from error

    def clear(self) -> None:
        """Remove plan and pages, and nothing else that may be in the folder.

        Raises:
            WarehouseError: They cannot be removed.
        """
        try:
            remove_pages(self.path)
        except OSError as error:
            raise _unwritable(self.path, error) from error

    def _write(self, name: str, content: bytes) -> Path:
        target = self.path / name
        unfinished = self.path / f"{name}.part"
        try:
            write_private(unfinished, content)
            os.replace(unfinished, target)
        except OSError as error:
            raise WarehouseError(
                f"A page could not be landed in {self.path}: {error.strerror or error}.",
                remedy="Make room on the disk; then sync again, it goes on from what is landed.",
            ) from error
        return target


def remove_pages(folder: Path) -> None:
    """Remove plan, pages and stage of one table, and their folder if nothing else is in it.

    Only files whose names are those of a plan, a page or a stage are removed, so that a wrong path costs
    nobody a file of theirs. The plan goes first: a kill midway leaves nothing that looks usable.

    Args:
        folder: A table's folder; one that is not there is none to remove.

    Raises:
        OSError: A file cannot be removed, or the folder is none.
    """
    if not folder.exists():
        return
    (folder / _PLAN).unlink(missing_ok=True)
    for entry in list(folder.iterdir()):
        if not _OURS.fullmatch(entry.name):
            continue
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)  # what DuckDB spilled
        else:
            entry.unlink(missing_ok=True)
    remove_if_empty(folder)


def remove_if_empty(folder: Path) -> None:
    """Remove a folder unless somebody's files are in it, or it is a link.

    Raises:
        OSError: The folder is empty and cannot be removed.
    """
    try:
        folder.rmdir()
    except OSError as error:
        # ENOTDIR: a link to a folder of somebody's.
        if error.errno not in {errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR}:
            raise


def _unwritable(path: Path, error: OSError) -> WarehouseError:
    return WarehouseError(
        f"The landing folder {path} cannot be used: {error.strerror or error}.",
        remedy="Let this user read and write it, or set NETSUITE_WAREHOUSE to another folder.",
    )


def _lock(descriptor: int, path: Path, wait_seconds: float) -> None:
    give_up_at = time.monotonic() + wait_seconds
    while not lock_descriptor(descriptor, blocking=False):
        if time.monotonic() > give_up_at:
            pid, _, since = os.read(descriptor, 100).decode(errors="replace").strip().partition(" ")
            raise WarehouseLocked(
                "Another sync of this connection runs: "
                f"process {pid or 'unknown'}, since {since or 'unknown'}.",
                remedy=f"Wait for it to end, or end it; its pages are in {path}.",
            )
        time.sleep(_LOCK_POLL_SECONDS)
