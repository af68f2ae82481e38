"""Single flight: several tables share one query and its reply."""

import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import TypeVar, cast

_Reply = TypeVar("_Reply")


@dataclass
class SingleFlight:
    """The replies of this sync's shared queries. Threads may share it.

    A thread waits while another runs the same query. After a failure, the next thread runs it again.

    Example:
        >>> flight = SingleFlight()
        >>> flight("changed since 9:00", lambda: ["7"]), flight("changed since 9:00", lambda: ["not run"])
        (['7'], ['7'])
    """

    _lock: threading.Lock = field(default_factory=threading.Lock)
    _locks: dict[Hashable, threading.Lock] = field(default_factory=dict)
    _replies: dict[Hashable, object] = field(default_factory=dict)

    def __call__(self, key: Hashable, run: Callable[[], _Reply]) -> _Reply:
        """Return the reply to a query.

        Args:
            key: Identifies the query.
            run: Runs it.
        """
        with self._lock:
            lock = self._locks.setdefault(key, threading.Lock())
        with lock:
            if key not in self._replies:
                self._replies[key] = run()
            return cast(_Reply, self._replies[key])
