"""How far a long sync is, in its run's log: tables done, rows, rows a second, time left."""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from netsuite_pipeline.health.known_good import KnownGood
from netsuite_pipeline.sync.report import TableReport
from netsuite_pipeline.sync.run import Progress
from netsuite_pipeline.tables import Table

EVERY_SECONDS = 5.0
_ENOUGH_SECONDS = 60
_ENOUGH_SHARE = 20


class Log(Protocol):
    """What a run's `context.log` has."""

    def info(self, msg: object, /) -> object:
        """Writes a line."""


class RunProgress:
    """Tells how far a sync is, in one line every few seconds; a short sync says nothing.

    It is told of each landed page, from whatever thread, by being called; so it can be a `Sync`'s
    `on_progress`. What it cannot log costs nobody the sync.

    Args:
        log: The run's log.
        tables: The names of the tables that are synced.
        expected: How many rows will come, by table, as far as that is known (see `expected_rows`). Without
            all of them no time is told.
        every_seconds: How long to say nothing, after the beginning and after each line.
        clock: Seconds that only grow; tests pass their own.

    Example:
        >>> progress = RunProgress(context.log, names)                       # doctest: +SKIP
        >>> for report in Sync(client, warehouse, request, on_progress=progress):   # doctest: +SKIP
        ...     progress.ended(report)
    """

    def __init__(
        self,
        log: Log,
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
        self._ended: set[str] = set()
        self._began = self._told = clock()
        self._lock = threading.Lock()

    def __call__(self, progress: Progress) -> None:
        """A page has landed."""
        with self._lock:
            self._rows[progress.table] = self._rows.get(progress.table, 0) + progress.rows
            line = self._due_line()
        self._tell(line)

    def ended(self, report: TableReport) -> None:
        """A table is through, well or not."""
        with self._lock:
            self._ended.add(report.table)
            line = self._due_line()
        self._tell(line)

    def _due_line(self) -> str:
        now = self._clock()
        if now - self._told < self._every or len(self._ended) >= len(self._rows):
            return ""
        self._told = now
        going_on = {name: rows for name, rows in self._rows.items() if name not in self._ended}
        return progress_line(
            done=len(self._ended),
            tables=len(self._rows),
            rows=sum(self._rows.values()),
            seconds=now - self._began,
            remaining=remaining_rows(going_on, self._expected),
        )

    def _tell(self, line: str) -> None:
        if not line:
            return
        try:
            self._log.info(line)
        except Exception:
            # A log that takes no line now may take the next; if it never does, the run fails by itself.
            return


def remaining_rows(going_on: Mapping[str, int], expected: Mapping[str, int]) -> int | None:
    """How many rows the tables that are not through still wait for; None where that is not known of each.

    Args:
        going_on: Rows that have come, by table.
        expected: Rows that will have come in the end, by table.

    Example:
        >>> remaining_rows({"customer": 900, "item": 0}, {"customer": 1000, "item": 50})
        150
        >>> remaining_rows({"customer": 900, "item": 0}, {"customer": 1000}) is None
        True
    """
    if not all(name in expected for name in going_on):
        return None
    return sum(max(expected[name] - rows, 0) for name, rows in going_on.items())


def progress_line(*, done: int, tables: int, rows: int, seconds: float, remaining: int | None) -> str:
    """The line.

    Args:
        done: Tables that are through. tables: All of them.
        rows: Rows that have come, in so many seconds.
        seconds: More than none.
        remaining: Rows that have yet to come; None where that is not known.

    Example:
        >>> progress_line(done=12, tables=39, rows=148_220, seconds=6.2, remaining=956_000)
        '12 of 39 tables, 148,220 rows, 23,906 rows/s, about 40 s left'
    """
    rate = rows / seconds if seconds > 0 else 0.0
    # The first few rows tell nothing of the speed of the rest.
    enough = seconds >= _ENOUGH_SECONDS or (remaining is not None and rows * _ENOUGH_SHARE >= remaining)
    left = f", about {_duration(remaining / rate)} left" if remaining and rate and enough else ""
    return f"{done} of {tables} tables, {rows:,} rows, {rate:,.0f} rows/s{left}"


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{max(5 * round(seconds / 5), 5)} s"
    if seconds < 90 * 60:
        return f"{round(seconds / 60)} min"
    return f"{seconds / 3600:.1f} h"


def expected_rows(tables: Sequence[Table], known: KnownGood | None, *, full: bool) -> Mapping[str, int]:
    """How many rows will come of each table, by what the last sync left; tables of which only changes are
    read are left out, as nobody knows how many there are.

    Args:
        tables: The tables to sync.
        known: What the syncs read before; None where there was none.
        full: Whether all of them are read whole.
    """
    before = known.tables if known else {}
    return {
        table.name: before[table.name].rows
        for table in tables
        if table.name in before and (full or (table.cursor is None and table.parent is None))
    }
