"""The figures of the report, as the syncs recorded them, without judgement. All times are UTC."""

from dataclasses import dataclass
from datetime import datetime

from netsuite_pipeline.reporting.statements import Statements


@dataclass(frozen=True)
class RowCount:
    """Number of rows of a table at one time."""

    at: datetime
    rows: int


@dataclass(frozen=True)
class TableChange:
    """Change of a table by one sync: the sync's index in the report, rows written, rows deleted."""

    sync: int
    written: int
    deleted: int


@dataclass(frozen=True)
class TableFacts:
    """One table.

    Attributes:
        name: Its name.
        status: Result of its last sync: `done`, `failed`, `absent`; None where the log has none.
        synced_at: Its last successful sync; None if there was none.
        rows: Its row count; None if it was never synced.
        watermark: It has every change up to this time; None without a cursor.
        deletions_until: Deleted records up to this time are removed; None where it is read in full.
        history: The row counts that are known, oldest first.
        changes: The syncs of the report that changed it, oldest first.
        notes: Notes of its last sync that are no failure.
    """

    name: str
    status: str | None = None
    synced_at: datetime | None = None
    rows: int | None = None
    watermark: datetime | None = None
    deletions_until: datetime | None = None
    history: tuple[RowCount, ...] = ()
    changes: tuple[TableChange, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class SyncFacts:
    """One sync, all its tables together."""

    sync_id: str
    started_at: datetime
    ended_at: datetime
    tables: int
    failed: int
    rows_read: int
    rows_written: int
    rows_deleted: int
    requests: int
    retries: int
    throttled: int

    @property
    def seconds(self) -> float:
        """Time from the first table's first request to the last table's commit."""
        return (self.ended_at - self.started_at).total_seconds()

    @property
    def rows_per_second(self) -> float:
        """Rows read per second; 0 for a sync without duration."""
        return self.rows_read / self.seconds if self.seconds > 0 else 0.0

    @property
    def requests_per_second(self) -> float:
        """Requests per second; 0 for a sync without duration."""
        return self.requests / self.seconds if self.seconds > 0 else 0.0


@dataclass(frozen=True)
class Failure:
    """A table whose last sync failed: the logged error, and the first failure since its last good sync."""

    table: str
    error: str
    since: datetime
    last_good: datetime | None


@dataclass(frozen=True)
class Mismatch:
    """A table whose last full read did not return as many rows as NetSuite counts, with the sync's note."""

    table: str
    at: datetime
    note: str


@dataclass(frozen=True)
class RejectedValues:
    """Count of one column's values that did not fit its type. The values stay in the warehouse."""

    table: str
    column: str
    wanted_type: str
    values: int
    last_seen: datetime


@dataclass(frozen=True)
class ColumnChange:
    """A change of one column: `added`, `widened`, `text_beside`, `hashed`, `lost` or `returned`."""

    table: str
    column: str
    change: str
    from_type: str | None
    to_type: str | None
    noticed_at: datetime


@dataclass(frozen=True)
class ConnectionFacts:
    """One connection, which is one NetSuite account.

    Attributes:
        name: The connection's name, which is its schema.
        account: NetSuite's form of the account id, `1234567_SB1`; empty where none was recorded.
        tables: By name.
        syncs: The syncs of the report, oldest first.
        failures: Tables whose last sync failed.
        mismatches: Tables whose row count differs from NetSuite's.
        rejected: Columns with rejected values.
        column_changes: Changes of columns, newest first.
        deletions_refused: Whether the role may not read deleted records.
        statements: Income statement, balance sheet and cash; None where no marts were built.
    """

    name: str
    account: str = ""
    tables: tuple[TableFacts, ...] = ()
    syncs: tuple[SyncFacts, ...] = ()
    failures: tuple[Failure, ...] = ()
    mismatches: tuple[Mismatch, ...] = ()
    rejected: tuple[RejectedValues, ...] = ()
    column_changes: tuple[ColumnChange, ...] = ()
    deletions_refused: bool = False
    statements: Statements | None = None


@dataclass(frozen=True)
class WarehouseFacts:
    """All figures of the report.

    Attributes:
        file: The warehouse's name for people: of the published file, or of the lake.
        size: Its size in bytes.
        published_at: When readers last got something new.
        seen_at: When the figures were read.
        connections: By name.
    """

    file: str
    size: int
    published_at: datetime
    seen_at: datetime
    connections: tuple[ConnectionFacts, ...]
