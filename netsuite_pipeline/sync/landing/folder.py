"""The folder of landed pages: names, atomic writes, what is there already, and the lock of one sync."""

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

_PAGE = re.compile(r"(?P<range_number>\d{6,})-(?P<part>\d{3,})(?P<more>\+?)\.json")
_MANIFEST = "manifest.json"
_LOCK = ".lock"  # no table has this name: names begin with a letter
_LOCK_POLL_SECONDS = 0.1
_STAGE = "stage.duckdb"
# Manifest (`plan.json` in earlier versions), pages, and what a killed sync leaves: a stage, `.part` files.
_OURS = re.compile(r"(\d{6,}-\d{3,}\+?\.json|(manifest|plan)\.json)(\.part)?|stage\.duckdb(\..+)?")


@dataclass(frozen=True)
class Landing:
    """The landing folder of one connection.

    Attributes:
        path: The folder, with a folder for each table.
    """

    path: Path

    @contextmanager
    def locked(self, wait_seconds: float = LOCK_WAIT_SECONDS) -> Iterator[None]:
        """Lock the folder for one sync. The lock is the operating system's and ends with its process.

        Raises:
            WarehouseLocked: Another sync of this connection runs; the message names its process and start.
            WarehouseError: The folder cannot be written.
        """
        try:
            make_private_folder(self.path)
            descriptor = os.open(self.path / _LOCK, os.O_RDWR | os.O_CREAT, FILE_MODE)
        except OSError as error:
            raise _folder_error(self.path, error) from error
        try:
            _lock(descriptor, self.path, wait_seconds)
            os.ftruncate(descriptor, 0)
            os.write(descriptor, f"{os.getpid()} {datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC\n".encode())
            yield
        finally:
            os.close(descriptor)

    def table(self, name: str) -> "TableLanding":
        """Return a table's own folder; the folder is made when a page lands.

        Raises:
            WarehouseMisconfigured: The name would lead out of the connection's folder.
        """
        check_table_name(name)
        return TableLanding(self.path / name)


@dataclass(frozen=True)
class PageName:
    """The name of a page's file.

    Attributes:
        range_number: The number of the page's key range in the manifest.
        part: The number of the page in its key range.
        more: Further pages of the key range follow.
    """

    range_number: int
    part: int
    more: bool

    @property
    def file(self) -> str:
        """Return the file's name.

        Example:
            >>> PageName(12, 0, True).file, PageName(12, 1, False).file
            ('000012-000+.json', '000012-001.json')
        """
        return f"{self.range_number:06}-{self.part:03}{'+' if self.more else ''}.json"


@dataclass(frozen=True)
class TableLanding:
    """One table's manifest and landed pages."""

    path: Path

    @property
    def stage_path(self) -> Path:
        """Return the path of the pages' stage."""
        return self.path / _STAGE

    def start(self, plan: bytes) -> None:
        """Write a new manifest, after the pages of an older one are removed.

        Raises:
            WarehouseError: The disk is full or the folder cannot be written.
        """
        self.clear()
        try:
            make_private_folder(self.path)
        except OSError as error:
            raise _folder_error(self.path, error) from error
        self.write_manifest(plan)

    def write_manifest(self, plan: bytes) -> None:
        """Replace the manifest atomically.

        Raises:
            WarehouseError: The disk is full or the folder cannot be written.
        """
        self._write(_MANIFEST, plan)

    def read_manifest(self) -> bytes | None:
        """Return the manifest; None where there is none."""
        try:
            return (self.path / _MANIFEST).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise _folder_error(self.path, error) from error

    def land(self, name: PageName, body: bytes) -> Path:
        """Write a page atomically.

        Raises:
            WarehouseError: The disk is full or the folder cannot be written.
        """
        return self._write(name.file, body)

    def pages(self) -> dict[PageName, Path]:
        """Return the landed pages, in the order of their key ranges and parts."""
        if not self.path.is_dir():
            return {}
        found = {
            PageName(int(match["range_number"]), int(match["part"]), bool(match["more"])): entry
            for entry in self.path.iterdir()
            if (match := _PAGE.fullmatch(entry.name))
        }
        return dict(sorted(found.items(), key=lambda item: (item[0].range_number, item[0].part)))

    def remove(self, page: Path) -> None:
        """Remove a page that cannot be used."""
        try:
            page.unlink(missing_ok=True)
        except OSError as error:
            raise _folder_error(self.path, error) from error

    def clear(self) -> None:
        """Remove manifest and pages, and no other file in the folder.

        Raises:
            WarehouseError: A file cannot be removed.
        """
        try:
            remove_pages(self.path)
        except OSError as error:
            raise _folder_error(self.path, error) from error

    def _write(self, name: str, content: bytes) -> Path:
        target = self.path / name
        unfinished = self.path / f"{name}.part"
        try:
            write_private(unfinished, content)
            os.replace(unfinished, target)
        except OSError as error:
            raise WarehouseError(
                f"A page could not be landed in {self.path}: {error.strerror or error}.",
                remedy="Make room on the disk; then sync again. The sync resumes from the landed pages.",
            ) from error
        return target


def remove_pages(folder: Path) -> None:
    """Remove manifest, pages and stage of one table, and their folder if it is empty then.

    Only files named as a manifest, a page or a stage are removed, so a wrong path costs nobody a file.
    The manifest is removed first: a kill midway leaves no folder that looks usable.

    Args:
        folder: A table's folder; it need not exist.

    Raises:
        OSError: A file cannot be removed, or the path is no folder.
    """
    if not folder.exists():
        return
    (folder / _MANIFEST).unlink(missing_ok=True)
    for entry in list(folder.iterdir()):
        if not _OURS.fullmatch(entry.name):
            continue
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)  # files that DuckDB spilled
        else:
            entry.unlink(missing_ok=True)
    remove_if_empty(folder)


def remove_if_empty(folder: Path) -> None:
    """Remove a folder unless it holds files or is a link.

    Raises:
        OSError: The folder is empty and cannot be removed.
    """
    try:
        folder.rmdir()
    except OSError as error:
        # ENOTDIR: a link to a folder.
        if error.errno not in {errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR}:
            raise


def _folder_error(path: Path, error: OSError) -> WarehouseError:
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
