"""Archive landed pages as NetSuite sent them after their rows are committed, for audits."""

import os
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from netsuite_pipeline.sync.landing.folder import TableLanding, remove_if_empty, remove_pages
from netsuite_pipeline.warehouse.errors import WarehouseError
from netsuite_pipeline.warehouse.stores.private_files import make_private_folder

_SYNC = re.compile(r"(?P<day>\d{8}T\d{6})-[0-9a-f]+")


@dataclass(frozen=True)
class PageArchive:
    """The archived pages of a connection: a folder for each sync, in it one for each table and phase.

    Attributes:
        path: The archive's folder.
        retention: How long pages are kept.

    Example:
        >>> PageArchive(Path("data/.warehouse/kept/netsuite"), timedelta(days=30)).path.name
        'netsuite'
    """

    path: Path
    retention: timedelta

    def add(self, landing: TableLanding, sync_id: str) -> None:
        """Move a table's manifest and pages into the archive.

        Args:
            landing: The table's landing folder.
            sync_id: The sync that committed the rows.

        Raises:
            WarehouseError: The pages cannot be moved; they are where they were.
        """
        if not landing.path.is_dir():
            return
        folder = self.path / sync_id
        try:
            make_private_folder(folder)
            legs = sum(1 for each in folder.iterdir() if each.name.split("+")[0] == landing.path.name)
            target = folder / (f"{landing.path.name}+{legs}" if legs else landing.path.name)
            os.replace(landing.path, target)
        except OSError as error:
            raise _archive_error(self.path, error) from error

    def prune(self, now: datetime) -> None:
        """Remove pages that have been kept long enough; other files in the archive stay.

        Args:
            now: UTC.

        Raises:
            WarehouseError: A page cannot be removed.
        """
        if not self.path.is_dir():
            return
        try:
            for folder in sorted(self.path.iterdir()):
                name = _SYNC.fullmatch(folder.name)
                if name and folder.is_dir() and now - _parse_day(name["day"]) > self.retention:
                    _remove(folder)
        except OSError as error:
            raise _archive_error(self.path, error) from error


def _parse_day(day: str) -> datetime:
    return datetime.strptime(f"{day}+0000", "%Y%m%dT%H%M%S%z").replace(tzinfo=None)


def _remove(folder: Path) -> None:
    for table in sorted(folder.iterdir()):
        if table.is_dir():
            remove_pages(table)
    remove_if_empty(folder)


def _archive_error(path: Path, error: OSError) -> WarehouseError:
    return WarehouseError(
        f"Pages cannot be kept in {path}: {error.strerror or error}.",
        remedy="Let this user write there, make room, or sync without keeping pages.",
    )
