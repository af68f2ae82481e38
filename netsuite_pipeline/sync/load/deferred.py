"""Records of unchanged tables, and comments: those of several tables are written in one transaction."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import duckdb

from netsuite_pipeline.sync.report import TableReport
from netsuite_pipeline.sync.sync_log import SyncRun, write_log
from netsuite_pipeline.warehouse.rows.deletion_state import record_all_deletions_known
from netsuite_pipeline.warehouse.schema.schema import StoredTable, set_comments
from netsuite_pipeline.warehouse.state import TableState, write_states
from netsuite_pipeline.warehouse.transactions import run_transaction


@dataclass(frozen=True)
class _Record:
    """The state and the line of the sync log of one table."""

    state: TableState
    sync_run: SyncRun
    report: TableReport


@dataclass
class DeferredRecords:
    """The records of one connection that wait to be written.

    A commit that changes rows writes its records in the same transaction. Where no row changed, a record that
    is lost with its process costs nothing: the next sync reads the same again. A commit is what costs most in
    a lake.

    Attributes:
        connection_name: The connection.
    """

    connection_name: str
    _tables: dict[str, _Record] = field(default_factory=dict)
    _deletions: dict[str, datetime] = field(default_factory=dict)
    _comments: dict[str, StoredTable] = field(default_factory=dict)

    @property
    def tables(self) -> tuple[str, ...]:
        """The tables whose records wait."""
        return tuple(self._tables)

    def state(self, table: str) -> TableState | None:
        """Return the state of a table that waits to be written; None where none waits."""
        record = self._tables.get(table)
        return record.state if record is not None else None

    def add(self, table: str, state: TableState, sync_run: SyncRun, report: TableReport) -> None:
        """Add the records of a table."""
        self._tables[table] = _Record(state, sync_run, report)

    def add_deletions_known(self, table: str, until: datetime) -> None:
        """Add up to when (UTC) the recorded deletions of a table are removed."""
        self._deletions[table] = until

    def add_comments(self, table: StoredTable) -> None:
        """Add a table whose comments, and those of its columns, are to be set where they differ."""
        self._comments[table.name] = table

    def update(self, table: str, **values: Any) -> bool:
        """Change the waiting state of a table.

        Args:
            table: The table.
            values: New values by attribute of `TableState`.

        Returns:
            Whether the table's state waits; if not, nothing is changed.
        """
        record = self._tables.get(table)
        if record is None:
            return False
        self._tables[table] = replace(record, state=replace(record.state, **values))
        return True

    def discard(self, table: str) -> None:
        """Discard the records of a table that failed."""
        self._tables.pop(table, None)
        self._deletions.pop(table, None)
        self._comments.pop(table, None)

    def write(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Write all records in one transaction; afterwards none waits.

        Args:
            connection: To the working file, outside a transaction.

        Raises:
            WarehouseError: The records could not be written; they still wait.
        """
        if self._tables or self._deletions or self._comments:
            run_transaction(connection, lambda: self._write(connection))
            self._tables.clear()
            self._deletions.clear()
            self._comments.clear()

    def _write(self, connection: duckdb.DuckDBPyConnection) -> None:
        name = self.connection_name
        states = {table: record.state for table, record in self._tables.items()}
        if self._tables:
            (sync_id,) = {record.sync_run.sync_id for record in self._tables.values()}
            write_states(connection, name, states, sync_id=sync_id)
        for record in self._tables.values():
            write_log(connection, record.sync_run, [record.report])
        if self._deletions:
            record_all_deletions_known(connection, name, self._deletions)
        for table in self._comments.values():
            set_comments(connection, table)
