"""What the report is made of: figures as the syncs noted them, without a judgement. All times are UTC."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Counted:
    """How many rows a table had at one moment."""

    at: datetime
    rows: int


@dataclass(frozen=True)
class Change:
    """What one sync did to a table: the sync's place among those of the report, rows written, rows gone."""

    sync: int
    written: int
    deleted: int


@dataclass(frozen=True)
class TableFacts:
    """One table.

    Attributes:
        name: Its name.
        status: How it ended the last time: `done`, `failed`, `absent`; None where the log does not say.
        synced_at: When it was last well; None if it never was.
        rows: Rows in it; None if it never was synced.
        watermark: Up to here its changes are in; None without a cursor.
        deletions_until: Up to here the deleted records are taken out; None where it is read whole.
        history: The moments of the report at which its rows are known, oldest first.
        changes: The syncs of the report that changed it, oldest first.
        notes: What its last sync noted that is no failure.
    """

    name: str
    status: str | None = None
    synced_at: datetime | None = None
    rows: int | None = None
    watermark: datetime | None = None
    deletions_until: datetime | None = None
    history: tuple[Counted, ...] = ()
    changes: tuple[Change, ...] = ()
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
        """From the first table's first request to the last one's commit."""
        return (self.ended_at - self.started_at).total_seconds()

    @property
    def rows_per_second(self) -> float:
        return self.rows_read / self.seconds if self.seconds > 0 else 0.0

    @property
    def requests_per_second(self) -> float:
        return self.requests / self.seconds if self.seconds > 0 else 0.0


@dataclass(frozen=True)
class Failure:
    """A table that failed the last time: what was said, and since when (the first failure of this series)."""

    table: str
    error: str
    since: datetime
    last_good: datetime | None


@dataclass(frozen=True)
class Mismatch:
    """A full read, the table's last one, that did not find as many rows as NetSuite counts."""

    table: str
    at: datetime
    said: str


@dataclass(frozen=True)
class Rejected:
    """Values of one column that did not fit its type. The values themselves stay in the warehouse."""

    table: str
    column: str
    wanted_type: str
    values: int
    last_seen: datetime


@dataclass(frozen=True)
class ColumnChange:
    """What happened to one column: `added`, `widened`, `text_beside`, `hashed`, `lost` or `returned`."""

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
        account: As NetSuite writes it: `1234567_SB1`; empty where it was not noted.
        tables: By name.
        syncs: The syncs of the report, oldest first.
        failures, mismatches, rejected, column_changes: What a person should look at.
        deletions_refused: Whether NetSuite refuses to tell of deleted records.
    """

    name: str
    account: str = ""
    tables: tuple[TableFacts, ...] = ()
    syncs: tuple[SyncFacts, ...] = ()
    failures: tuple[Failure, ...] = ()
    mismatches: tuple[Mismatch, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    column_changes: tuple[ColumnChange, ...] = ()
    deletions_refused: bool = False


@dataclass(frozen=True)
class WarehouseFacts:
    """All that the report is made of.

    Attributes:
        file: The published file, as it was named.
        size: Its bytes.
        published_at: When a sync last replaced it.
        seen_at: When it was looked at.
        connections: By name.
    """

    file: str
    size: int
    published_at: datetime
    seen_at: datetime
    connections: tuple[ConnectionFacts, ...]
