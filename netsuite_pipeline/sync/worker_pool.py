"""The worker threads: a free thread runs the task with the highest priority, of any table."""

import heapq
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import count

from netsuite_pipeline.netsuite.errors import ConfigurationError

NO_THREAD = "can't start new thread"
"""Python's message where the operating system starts no thread."""

MORE_THREADS = (
    "Raise the limit of processes (`ulimit -u`, `pids.max` of the container, TasksMax of the service), give "
    "the machine more memory, or let fewer programs run beside this one."
)


@dataclass(frozen=True)
class Task:
    """One request, or a few, and what follows from the reply.

    Attributes:
        run: Runs the task, and returns the tasks that follow.
        priority: Higher runs sooner: the pages left of the table, so that no table is left to the end alone.
    """

    run: Callable[[], Iterable["Task"]]
    priority: float = 0.0


@dataclass(order=True)
class _Queued:
    priority: float
    number: int
    task: Task = field(compare=False)


class WorkerPool:
    """Daemon threads that run tasks. They end with the process, even while a reply is awaited.

    Args:
        size: The number of threads, a few more than parallel requests: a thread also parses and lands pages.
        on_error: Called with an unexpected exception of a task. Tasks report their own failures themselves.

    Example:
        >>> done = []
        >>> pool = WorkerPool(2, on_error=done.append)
        >>> pool.submit([Task(lambda: done.append("run") or [])])
        >>> pool.close(5.0)
        True
    """

    def __init__(self, size: int, *, on_error: Callable[[BaseException], None]) -> None:
        self._size = size
        self._on_error = on_error
        self._condition = threading.Condition()
        self._queue: list[_Queued] = []
        self._numbers = count()
        self._threads: list[threading.Thread] = []
        self._idle = 0
        self._closing = False

    def submit(self, tasks: Iterable[Task]) -> None:
        """Queue tasks.

        Raises:
            ConfigurationError: The machine lets the process start no thread at all.
        """
        with self._condition:
            for task in tasks:
                heapq.heappush(self._queue, _Queued(-task.priority, next(self._numbers), task))
                if self._idle < len(self._queue) and len(self._threads) < self._size:
                    self._start_thread()
                self._condition.notify()

    def idle(self) -> int:
        """Return how many threads have no task to run."""
        with self._condition:
            unstarted = self._size - len(self._threads)
            return max(0, self._idle + unstarted - len(self._queue))

    def close(self, wait_seconds: float) -> bool:
        """Discard the queued tasks, and wait for the running ones.

        Args:
            wait_seconds: How long to wait.

        Returns:
            Whether all threads ended in time.
        """
        with self._condition:
            self._closing = True
            self._queue.clear()
            self._condition.notify_all()
        until = time.monotonic() + wait_seconds
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))
        return not any(thread.is_alive() for thread in self._threads)

    def _start_thread(self) -> None:
        name = f"netsuite-fetch-{len(self._threads)}"
        # A daemon: an interrupted sync must end although a reply is still awaited.
        thread = threading.Thread(target=self._work, name=name, daemon=True)
        try:
            thread.start()
        except RuntimeError as error:
            if not self._threads:
                raise ConfigurationError(
                    f"This machine lets the process start no more threads ({error}).", remedy=MORE_THREADS
                ) from error
            return  # the running threads run the tasks, a little later
        self._threads.append(thread)

    def _work(self) -> None:
        while (task := self._next()) is not None:
            try:
                self.submit(task.run())
            except BaseException as error:  # the scheduler raises it in its own thread
                self._on_error(error)

    def _next(self) -> Task | None:
        with self._condition:
            self._idle += 1
            try:
                self._condition.wait_for(lambda: self._queue or self._closing)
            finally:
                self._idle -= 1
            return None if self._closing else heapq.heappop(self._queue).task
