"""The threads that ask: whoever is free takes the most urgent step, whichever table it is of."""

import heapq
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import count

from netsuite_pipeline.netsuite.errors import ConfigurationError

NO_THREAD = "can't start new thread"
"""What Python says where the operating system gives no thread."""

MORE_THREADS = (
    "Raise the limit of processes (`ulimit -u`, `pids.max` of the container, TasksMax of the service), give "
    "the machine more memory, or let fewer programs run beside this one."
)


@dataclass(frozen=True)
class Task:
    """One question to NetSuite and what follows from its answer.

    Attributes:
        run: Asks; answers with the steps that can be taken next.
        priority: The greater, the sooner: pages left of its table, so that no table is left to the end alone.
    """

    run: Callable[[], Iterable["Task"]]
    priority: float = 0.0


@dataclass(order=True)
class _Waiting:
    priority: float
    number: int
    step: Task = field(compare=False)


class WorkerPool:
    """A number of threads that take steps. They end with the process, whatever they are waiting for.

    Args:
        size: Threads. A few more than requests at once, so that a slot is not idle while a page is read.
        on_error: Told of what a step raised. Steps tell of their own failures; this is for our own mistakes.

    Example:
        >>> done = []
        >>> pool = WorkerPool(2, on_error=done.append)
        >>> pool.submit([Task(lambda: done.append("asked") or [])])
        >>> pool.close(5.0)
        True
    """

    def __init__(self, size: int, *, on_error: Callable[[BaseException], None]) -> None:
        self._size = size
        self._on_error = on_error
        self._condition = threading.Condition()
        self._waiting: list[_Waiting] = []
        self._numbers = count()
        self._threads: list[threading.Thread] = []
        self._idle = 0
        self._closing = False

    def submit(self, steps: Iterable[Task]) -> None:
        """Add steps to be taken.

        Raises:
            ConfigurationError: Not one thread can be started.
        """
        with self._condition:
            for step in steps:
                heapq.heappush(self._waiting, _Waiting(-step.priority, next(self._numbers), step))
                if self._idle < len(self._waiting) and len(self._threads) < self._size:
                    self._start_thread()
                self._condition.notify()

    def idle(self) -> int:
        """How many threads have nothing to do, and no step waits for them."""
        with self._condition:
            unstarted = self._size - len(self._threads)
            return max(0, self._idle + unstarted - len(self._waiting))

    def close(self, wait_seconds: float) -> bool:
        """Forgets the steps that wait and lets the threads end with what they are at.

        Returns:
            Whether all of them ended in time.
        """
        with self._condition:
            self._closing = True
            self._waiting.clear()
            self._condition.notify_all()
        until = time.monotonic() + wait_seconds
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))
        return not any(thread.is_alive() for thread in self._threads)

    def _start_thread(self) -> None:
        name = f"netsuite-fetch-{len(self._threads)}"
        # Daemons: an interrupted sync must end although a reply is still awaited.
        thread = threading.Thread(target=self._work, name=name, daemon=True)
        try:
            thread.start()
        except RuntimeError as error:
            if not self._threads:
                raise ConfigurationError(
                    f"This machine lets the process start no more threads ({error}).", remedy=MORE_THREADS
                ) from error
            return  # those that run take the steps, a little later
        self._threads.append(thread)

    def _work(self) -> None:
        while (step := self._next()) is not None:
            try:
                self.submit(step.run())
            except BaseException as error:  # the conductor raises it in its own thread
                self._on_error(error)

    def _next(self) -> Task | None:
        with self._condition:
            self._idle += 1
            try:
                self._condition.wait_for(lambda: self._waiting or self._closing)
            finally:
                self._idle -= 1
            return None if self._closing else heapq.heappop(self._waiting).step
