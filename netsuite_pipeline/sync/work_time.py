"""The time that a sync worked on one table: requests, staging and commit, without waiting."""

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial

from netsuite_pipeline.clock import utc_now
from netsuite_pipeline.sync.worker_pool import Task


class WorkTime:
    """Measures the time in which at least one thread works on a table.

    A table also waits: for a free thread, for its parent, for the working file. With 39 tables in a sync that
    would be most of each table's time, and would say nothing about the table.

    Attributes:
        started_at: The start of the work, UTC.

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
        """The seconds worked so far, with the work that is going on."""
        with self._lock:
            return self._seconds + (time.monotonic() - self._since if self._threads else 0.0)

    @contextmanager
    def measure(self) -> Iterator[None]:
        """Measure the time within the block; several threads at once count once."""
        self._enter(1)
        try:
            yield
        finally:
            self._enter(-1)

    def timed(self, tasks: Iterable[Task]) -> list[Task]:
        """Return the tasks, each measured while it runs; so are the tasks that follow from it."""
        return [Task(partial(self._run, task), task.priority) for task in tasks]

    def pause(self, wait: Callable[[], None]) -> None:
        """Run a wait within a measured task, without measuring the wait."""
        self._enter(-1)
        try:
            wait()
        finally:
            self._enter(1)

    def _run(self, task: Task) -> list[Task]:
        with self.measure():
            return self.timed(task.run())

    def _enter(self, threads: int) -> None:
        with self._lock:
            now = time.monotonic()
            if self._threads:
                self._seconds += now - self._since
            self._since = now
            self._threads += threads
