"""Questions that several tables have in common: asked once in a sync, answered to all."""

import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import TypeVar, cast

_Answer = TypeVar("_Answer")


@dataclass
class SingleFlight:
    """The answers so far. Safe to share between threads: who comes while another asks waits for its answer; a
    question that failed is asked again by the next who has it.

    Example:
        >>> asked = SingleFlight()
        >>> asked("changed since 9:00", lambda: ["7"]), asked("changed since 9:00", lambda: ["never asked"])
        (['7'], ['7'])
    """

    _lock: threading.Lock = field(default_factory=threading.Lock)
    _locks: dict[Hashable, threading.Lock] = field(default_factory=dict)
    _answers: dict[Hashable, object] = field(default_factory=dict)

    def __call__(self, question: Hashable, ask: Callable[[], _Answer]) -> _Answer:
        """The answer to a question.

        Args:
            question: What tells it from others.
            ask: Asks it.
        """
        with self._lock:
            lock = self._locks.setdefault(question, threading.Lock())
        with lock:
            if question not in self._answers:
                self._answers[question] = ask()
            return cast(_Answer, self._answers[question])
