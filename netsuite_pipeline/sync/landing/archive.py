"""Landed pages that are kept when their rows are committed, as NetSuite sent them, for audits."""

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
    """Where the pages of a connection's syncs are kept: a folder a sync, in it one a table and leg.

    Attributes:
        path: The folder.
        keeps: For how long.

    Example:
        >>> PageArchive(Path("data/.warehouse/kept/netsuite"), timedelta(days=30)).path.name
        'netsuite'
    """

    path: Path
    keeps: timedelta

    def keep(self, landing: TableLanding, sync_id: str) -> None:
        """Moves a table's plan and pages here.

        Args:
            landing: Where they are.
            sync_id: Which sync committed them.

        Raises:
            WarehouseError: They cannot be moved; they are where they were.
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
            raise _unmovable(self.path, error) from error

    def prune(self, now: datetime) -> None:
        """Remove pages that have been kept long enough; any other file there is somebody's own and stays.

        Args:
            now: UTC.

        Raises:
            WarehouseError: It cannot be removed.
        """
        if not self.path.is_dir():
            return
        try:
            for folder in sorted(self.path.iterdir()):
                name = _SYNC.fullmatch(folder.name)
                if name and folder.is_dir() and now - _moment(name["day"]) > self.keeps:
                    _remove(folder)
        except OSError as error:
            raise _unmovable(self.path, error) from error


def _moment(day: str) -> datetime:
    return datetime.strptime(day, "%Y%m%dT%H%M%S")


def _remove(folder: Path) -> None:
    for table in sorted(folder.iterdir()):
        if table.is_dir():
            remove_pages(table)
    remove_if_empty(folder)


def _unmovable(path: Path, error: OSError) -> WarehouseError:
    return WarehouseError(
        f"Pages cannot be kept in {path}: {error.strerror or error}.",
        remedy="Let this user write there, make room, or sync without keeping pages.",
    )
