"""Values that are stored in clear although their column is to be hashed: tracked until no file holds them."""

import json
from dataclasses import dataclass, field
from pathlib import Path

from netsuite_pipeline.clock import utc_now
from netsuite_pipeline.sync.landing.folder import Landing, remove_pages
from netsuite_pipeline.sync.landing.hashing import Hashing
from netsuite_pipeline.sync.landing.manifest import parse_manifest
from netsuite_pipeline.sync.load.commit import clear_columns
from netsuite_pipeline.sync.load.published_views import refresh_views
from netsuite_pipeline.sync.report import MartsBuild
from netsuite_pipeline.sync.request import SyncRequest
from netsuite_pipeline.tables import Table
from netsuite_pipeline.warehouse.errors import WarehouseError
from netsuite_pipeline.warehouse.state import ensure_state, read_states
from netsuite_pipeline.warehouse.store import Store
from netsuite_pipeline.warehouse.transactions import transaction

_MARK = "clear-values.json"


@dataclass
class ClearValues:
    """The clear values of one connection's hashed columns.

    The commit of a table's next read drops the columns with clear values and stores hashes (`TableCommit`).
    The marts and the file's free blocks still hold the old values then. A mark beside the working file lists
    the tables with clear values from before the first commit on. Once a table is off the list, the marts are
    rebuilt and the file is rewritten.

    Attributes:
        warehouse: The tables.
        landing: The connection's landing folder, locked.
        request: The sync's request; without a salt nothing is done.
        left: The columns that hold clear values, by table.
        marts: The build that removed clear values from the marts.
    """

    warehouse: Store
    landing: Landing
    request: SyncRequest
    left: dict[str, list[str]] = field(default_factory=dict)
    marts: MartsBuild | None = None
    _marts_error: str = ""

    @property
    def note(self) -> str:
        """Return which columns or marts hold clear values; empty where none does."""
        if self._marts_error:
            return (
                "The marts still hold values of columns that are now to be hashed: they could not be rebuilt "
                f"({self._marts_error}). The next sync tries again."
            )
        if not self.left:
            return ""
        listed = "; ".join(f"{table}: {', '.join(columns)}" for table, columns in self.left.items())
        return (
            f"Columns to be hashed still hold the values stored before ({listed}). "
            "The next successful sync of these tables reads them in full and removes the values."
        )

    def start(self) -> None:
        """Remove landed and archived pages with clear values, and mark the tables with clear columns.

        Raises:
            WarehouseError: The files cannot be written.
        """
        tables = self._hashed_tables
        for table in tables:
            folder = self.landing.table(table.name)
            content = folder.read_manifest()
            if content is None or parse_manifest(content, table, Hashing(self.request.salt)) is None:
                folder.clear()
        if not tables and not self._mark.exists():
            return
        self._find()
        for name in self.left:
            _remove_archived(self.warehouse.archive_path(self.request.connection), name)
        self._write_mark({*self._marked, *self.left})
        self.finish()

    def finish(self) -> None:
        """Remove clear values from marts and file if a marked table holds none any more, and publish.

        If the marts cannot be rebuilt, the mark stays.

        Raises:
            WarehouseError: The files cannot be written; the next sync tries again.
        """
        marked = self._marked
        if not marked:
            return
        self._find()
        if marked <= self.left.keys() or not self._rebuild_marts():
            return
        with self.warehouse.working() as connection, transaction(connection):
            refresh_views(connection, self.request.connection, self.request.catalogue)
        self.warehouse.forget_old_values()
        if self.warehouse.is_published:
            self.warehouse.publish()
        self._write_mark(set(self.left))

    def _rebuild_marts(self) -> bool:
        """Rebuild the marts; return False if that failed, whatever a mart's SQL did."""
        self._marts_error = ""
        if self.request.marts is None:
            return True
        try:
            with self.warehouse.working() as connection:
                self.marts = self.request.marts(connection, self.request.connection, utc_now(), force=True)
        except Exception as error:
            self._marts_error = f"{type(error).__name__}: {error}"
        return not self._marts_error

    @property
    def _mark(self) -> Path:
        return self.warehouse.folder / _MARK

    @property
    def _hashed_tables(self) -> list[Table]:
        return [table for table in self.request.catalogue.values() if table.hashed and self.request.salt]

    @property
    def _marks(self) -> dict[str, list[str]]:
        """The marked tables, by connection."""
        try:
            marks: dict[str, list[str]] = json.loads(self._mark.read_text())
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            raise _unwritable(self._mark, error) from error
        return marks

    @property
    def _marked(self) -> set[str]:
        return set(self._marks.get(self.request.connection, ()))

    def _find(self) -> None:
        tables = self._hashed_tables
        with self.warehouse.working() as connection:
            with transaction(connection):
                ensure_state(connection)
            states = read_states(connection, self.request.connection)
            found = {
                table.name: clear_columns(connection, table, self.request.connection, states.get(table.name))
                for table in tables
            }
        self.left = {name: [each.name for each in columns] for name, columns in found.items() if columns}

    def _write_mark(self, tables: set[str]) -> None:
        """Write the connection's tables into the mark; remove the mark when it names no table."""
        marks = {**self._marks, self.request.connection: sorted(tables)}
        try:
            if any(marks.values()):
                self._mark.write_text(json.dumps(marks))
            else:
                self._mark.unlink(missing_ok=True)
        except OSError as error:
            raise _unwritable(self._mark, error) from error


def _remove_archived(archive: Path, table: str) -> None:
    """Remove a table's archived pages."""
    try:
        for folder in archive.glob("*/*"):
            if folder.name.split("+")[0] == table and folder.is_dir():
                remove_pages(folder)
    except OSError as error:
        raise _unwritable(archive, error) from error


def _unwritable(path: Path, error: Exception) -> WarehouseError:
    return WarehouseError(
        f"The values stored before a column was to be hashed cannot be removed at {path}: {error}.",
        remedy="Let this user write there; then sync again.",
    )
