"""Progress of a long sync in its run's log: tables done, rows, rows per second, time left."""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

from netsuite_pipeline.health.known_good import KnownTable
from netsuite_pipeline.sync.report import TableReport
from netsuite_pipeline.sync.run import Progress
from netsuite_pipeline.tables import Table

EVERY_SECONDS = 5.0
_ENOUGH_SECONDS = 60
_ENOUGH_SHARE = 20


class RunProgress:
    """Logs the progress of a sync, one line every few seconds; nothing for a short sync.

    A call reports one landed page, from any thread, so an instance can be the `on_progress` of a `Sync`. An
    error of the log does not stop the sync.

    Args:
        log: Writes a line into the run's log.
        tables: The names of the synced tables.
        expected: The expected rows by table, where known (`expected_rows`). The time left is logged only if
            all are known.
        every_seconds: The time between two lines, and before the first one.
        clock: Monotonic seconds.

    Example:
        >>> progress = RunProgress(context.log.info, names)                  # doctest: +SKIP
        >>> for report in Sync(client, warehouse, request, on_progress=progress):   # doctest: +SKIP
        ...     progress.table_done(report)
    """

    def __init__(
        self,
        log: Callable[[str], object],
        tables: Sequence[str],
        *,
        expected: Mapping[str, int] | None = None,
        every_seconds: float = EVERY_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._log = log
        self._expected = expected or {}
        self._every = every_seconds
        self._clock = clock
        self._rows = dict.fromkeys(tables, 0)
        self._done: set[str] = set()
        self._started = self._logged = clock()
        self._lock = threading.Lock()

    def __call__(self, progress: Progress) -> None:
        """Add the rows of a landed page."""
        with self._lock:
            self._rows[progress.table] = self._rows.get(progress.table, 0) + progress.rows
        self._log_progress()

    def table_done(self, report: TableReport) -> None:
        """Count a table as done, whether it succeeded or failed."""
        with self._lock:
            self._done.add(report.table)
        self._log_progress()

    def _due_line(self) -> str:
        now = self._clock()
        if now - self._logged < self._every or len(self._done) >= len(self._rows):
            return ""
        self._logged = now
        unfinished = {name: rows for name, rows in self._rows.items() if name not in self._done}
        return progress_line(
            done=len(self._done),
            tables=len(self._rows),
            rows=sum(self._rows.values()),
            seconds=now - self._started,
            remaining=remaining_rows(unfinished, self._expected),
        )

    def _log_progress(self) -> None:
        with self._lock:
            line = self._due_line()
        # The next line may succeed; if the log stays broken, Dagster fails the run itself.
        with suppress(Exception):
            if line:
                self._log(line)


def remaining_rows(unfinished: Mapping[str, int], expected: Mapping[str, int]) -> int | None:
    """Return how many rows the unfinished tables still expect; None if that is unknown for one of them.

    Args:
        unfinished: Rows received so far, by table.
        expected: Rows expected in total, by table.

    Example:
        >>> remaining_rows({"customer": 900, "item": 0}, {"customer": 1000, "item": 50})
        150
        >>> remaining_rows({"customer": 900, "item": 0}, {"customer": 1000}) is None
        True
    """
    if not all(name in expected for name in unfinished):
        return None
    return sum(max(expected[name] - rows, 0) for name, rows in unfinished.items())


def progress_line(*, done: int, tables: int, rows: int, seconds: float, remaining: int | None) -> str:
    """Return the line of a progress.

    Args:
        done: Tables that are done.
        tables: All tables.
        rows: Rows received so far.
        seconds: The time since the start; more than 0.
        remaining: Rows still expected; None if unknown.

    Example:
        >>> progress_line(done=12, tables=39, rows=148_220, seconds=6.2, remaining=956_000)
        '12 of 39 tables, 148,220 rows, 23,906 rows/s, about 40 s left'
    """
    rate = rows / seconds if seconds > 0 else 0.0
    # The first rows do not predict the speed of the others.
    enough = seconds >= _ENOUGH_SECONDS or (remaining is not None and rows * _ENOUGH_SHARE >= remaining)
    left = f", about {_duration(remaining / rate)} left" if remaining and rate and enough else ""
    return f"{done} of {tables} tables, {rows:,} rows, {rate:,.0f} rows/s{left}"


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{max(5 * round(seconds / 5), 5)} s"
    if seconds < 90 * 60:
        return f"{round(seconds / 60)} min"
    return f"{seconds / 3600:.1f} h"


def expected_rows(
    tables: Sequence[Table], known: Mapping[str, KnownTable], *, full: bool
) -> Mapping[str, int]:
    """Return how many rows each table will send, by the row count after the last sync.

    Tables that are read incrementally are left out: the number of changed rows is unknown.

    Args:
        tables: The tables to sync.
        known: What earlier syncs read, by table.
        full: Whether all tables are read in full.
    """
    return {
        table.name: known[table.name].rows
        for table in tables
        if table.name in known and (full or (table.cursor is None and table.parent is None))
    }
