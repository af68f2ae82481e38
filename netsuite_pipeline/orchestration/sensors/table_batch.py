"""Which tables a tick checks: those of the hourly pass, and those that differ from their last evaluation."""

import threading
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from netsuite_pipeline.health.findings import State
from netsuite_pipeline.health.monitoring.sensor_cursor import SensorCursor, SubjectState
from netsuite_pipeline.netsuite.client import NetSuiteClient
from netsuite_pipeline.tables import Table

_LEEWAY = timedelta(seconds=30)  # a tick comes some seconds before or after its time
_MAX_RECHECKS_IN_PASS = 20  # the pass goes on, however many tables are unreadable
_NEVER = "0001-01-01"  # sorts before every time
BUDGET_SECONDS = 25.0
MAX_SECONDS = 40.0
MAX_SAMPLES = 30


@dataclass(frozen=True)
class TableBatch:
    """What one tick checks.

    Attributes:
        recheck: Tables that differ from their last evaluation, failed it, or failed in a sync or an
            execution: a second check confirms or clears the failure within minutes.
        remaining: The tables of the pass that are still to be checked, in their order.
        start: The index of the first of `remaining` among the connection's tables.
        samples: One table of each permission, of which one key is read; none when a pass starts.
    """

    recheck: tuple[Table, ...]
    remaining: tuple[Table, ...]
    start: int
    samples: tuple[Table, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether the tick checks nothing."""
        return not self.recheck and not self.remaining and not self.samples

    @property
    def starts_pass(self) -> bool:
        """Whether a pass over all tables starts, which reads a table of each permission anyway."""
        return bool(self.remaining) and self.start == 0


def next_batch(
    tables: Sequence[Table],
    cursor: SensorCursor,
    now: datetime,
    interval: timedelta,
    failed: Collection[str] = (),
) -> TableBatch:
    """Return what a tick checks.

    Args:
        tables: The connection's tables.
        cursor: `next_index` is where an unfinished pass continues, `next_check_at` when the next one starts.
        now: UTC.
        interval: How often all tables are checked.
        failed: Tables with a failed check that the sensor did not emit.
    """
    by_name = {table.name: table for table in tables}
    recheck = tuple(by_name[name] for name in _unsettled(cursor, failed) if name in by_name)
    start = cursor.next_index if cursor.next_index < len(tables) else 0
    if start == 0 and not _pass_is_due(cursor, now, interval):
        return TableBatch(recheck, (), 0)
    return TableBatch(recheck[:_MAX_RECHECKS_IN_PASS], tuple(tables[start:]), start)


def advance_pass(
    cursor: SensorCursor, checked: int, batch: TableBatch, now: datetime, interval: timedelta
) -> SensorCursor:
    """Return the cursor after a tick that checked a part of its pass.

    Args:
        cursor: The cursor before.
        checked: How many of `batch.remaining` were checked.
        batch: What the tick was to check.
        now: UTC.
        interval: How often all tables are checked.
    """
    if not batch.remaining:
        return cursor
    if batch.start == 0 and checked:
        # Counted from the start: a pass of several ticks must not delay the next pass more and more.
        cursor = replace(cursor, next_check_at=now + interval)
    is_done = checked >= len(batch.remaining)
    return replace(cursor, next_index=0 if is_done else batch.start + checked)


def _pass_is_due(cursor: SensorCursor, now: datetime, interval: timedelta) -> bool:
    if cursor.next_check_at is None:
        return True
    wait = cursor.next_check_at - now
    return wait <= _LEEWAY or wait > interval + _LEEWAY  # longer: this machine's clock was set back


def _unsettled(cursor: SensorCursor, failed: Collection[str]) -> Sequence[str]:
    """Return the names of tables to recheck, those first that were not checked for longest."""
    known: dict[str, str] = dict.fromkeys(failed, _NEVER)
    for name, subject in cursor.subjects.items():
        if subject.pending or subject.alerted:
            table = name.partition(":")[2].partition(".")[0]
            at = _known_at(subject)
            known[table] = min(known.get(table, at), at)
    return sorted(known, key=lambda table: (known[table], table))


def _known_at(subject: SubjectState) -> str:
    return subject.known_at.isoformat() if subject.known_at else _NEVER


@dataclass(frozen=True)
class TimeBudget:
    """How much of a tick may go into requests to NetSuite.

    Attributes:
        seconds: After this time no further check starts.
        max_seconds: After this time the running check is stopped. Dagster ends a tick after 60 s
            (DAGSTER_SENSOR_GRPC_TIMEOUT_SECONDS), and all that it has found is lost.
    """

    seconds: float = BUDGET_SECONDS
    max_seconds: float = MAX_SECONDS
    started: float = field(default_factory=time.monotonic)

    def is_spent(self, share: float = 1.0) -> bool:
        """Return whether no further check may start in this share of the time."""
        return time.monotonic() - self.started >= self.seconds * share

    @contextmanager
    def stopping(self, client: NetSuiteClient) -> Iterator[None]:
        """Stop the client when the time is up; its request then raises `Stopped`."""
        left = max(0.0, self.max_seconds - (time.monotonic() - self.started))
        timer = threading.Timer(left, client.stop)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()


def permission_samples(
    tables: Sequence[Table], cursor: SensorCursor, limit: int = MAX_SAMPLES
) -> tuple[Table, ...]:
    """Return one table of each permission, of which each tick reads one key.

    Only tables that were readable at their last check are samples: an unreadable table shows no loss. A query
    is no sample: it may be slow, and the tables that it reads have samples of their own.

    Args:
        tables: The connection's tables.
        cursor: The sensor's cursor.
        limit: The highest number of samples.

    Example:
        >>> permission_samples([], SensorCursor())
        ()
    """
    chosen: dict[str, Table] = {}
    for table in tables:
        if table.query is None and _is_readable(cursor.subjects.get(f"table:{table.name}")):
            for permission in _permissions(table):
                before = chosen.get(permission)
                if before is None or _cost(table) < _cost(before):
                    chosen[permission] = table
    distinct = dict.fromkeys(chosen.values())
    oldest_first = sorted(distinct, key=lambda table: _known_at(cursor.subjects[f"table:{table.name}"]))
    return tuple(oldest_first[:limit])


def tables_sharing_permission(table: Table, tables: Sequence[Table]) -> tuple[Table, ...]:
    """Return the other tables that need a permission that a table needs; queries are among them."""
    needed = set(_permissions(table))
    return tuple(each for each in tables if each != table and needed.intersection(_permissions(each)))


def _permissions(table: Table) -> Sequence[str]:
    return [f"{tab} > {name}" for tab, name in table.permission.places]


def _is_readable(subject: SubjectState | None) -> bool:
    if subject is None or subject.pending or subject.reported is None:
        return False
    return subject.reported.state is State.OK


def _cost(table: Table) -> tuple[bool, int]:
    """Return a smaller value for a table with cheaper rows: lists before documents, few columns."""
    return table.group == "transactions", len(table.columns)
