"""How long a sync worked on one table: its requests, its staging and its commit, without its waiting."""

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial

from netsuite_pipeline.clock import utc_now
from netsuite_pipeline.sync.worker_pool import Task


class WorkTime:
    """Counts the time in which at least one thread works on a table.

    A table also waits: for a free thread, for its parent, for the working file. With 39 tables in a sync that
    would be most of each table's time, and would say nothing of the table.

    Attributes:
        started_at: When the work began, UTC.

    Example:
        >>> work = WorkTime()
        >>> with work.measure():
        ...     time.sleep(0.01)
        >>> work.seconds >= 0.01
        True
    """

    def __init__(self) -> None:
        self.started_at: datetime = utc_now()
        self._lock = threading.Lock()
        self._seconds = 0.0
        self._threads = 0
        self._since = 0.0

    @property
    def seconds(self) -> float:
        """Return the time worked so far, in seconds; what goes on now included."""
        with self._lock:
            return self._seconds + (time.monotonic() - self._since if self._threads else 0.0)

    @contextmanager
    def measure(self) -> Iterator[None]:
        """Counts the time within the block; of several threads at once it is counted once."""
        self._enter(1)
        try:
            yield
        finally:
            self._enter(-1)

    def timed(self, steps: Iterable[Task]) -> list[Task]:
        """Return the steps, each counted while it runs, and so are the steps that follow from it."""
        return [Task(partial(self._run, step), step.priority) for step in steps]

    def pause(self, wait: Callable[[], None]) -> None:
        """Waits within a step that is counted, without counting it."""
        self._enter(-1)
        try:
            wait()
        finally:
            self._enter(1)

    def _run(self, step: Task) -> list[Task]:
        with self.measure():
            return self.timed(step.run())

    def _enter(self, threads: int) -> None:
        with self._lock:
            now = time.monotonic()
            if self._threads:
                self._seconds += now - self._since
            self._since = now
            self._threads += threads
