"""Ctrl-C and SIGTERM: a command ends soon, with the signal's exit code, whatever it is doing just then."""

import _thread
import contextlib
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from enum import Enum
from types import FrameType
from typing import NoReturn

GRACE_SECONDS = 10.0
_OFFSET = 128  # what shells add to a signal's number
_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class _Phase(Enum):
    STARTING = "nothing to tidy up yet"
    RUNNING = "a command runs"
    OVER = "the command has ended"


class Interruption:
    """Which signal asked the process to end, and how the process ends then.

    The first signal raises KeyboardInterrupt where the main thread is. That is not enough: DuckDB turns it
    into an error of its own, a finalizer swallows it, an import fails by it. So whatever comes out of the
    command, `code` says how the process has to end; who is not out within the grace is ended without more
    ado; and so is everybody at the second signal. A sync that ends so loses nothing.
    """

    def __init__(self) -> None:
        self._phase = _Phase.STARTING
        self._signal = 0
        self._last_acts: list[Callable[[], object]] = []
        self._grace = GRACE_SECONDS

    @property
    def code(self) -> int:
        """128 and the signal's number (130 for Ctrl-C, 143 for SIGTERM); 0 where there was none."""
        return _OFFSET + self._signal if self._signal else 0

    def watch(self) -> None:
        """Take the signals over, also where a background shell lets them be ignored. Call it first of all."""
        for each in _SIGNALS:
            signal.signal(each, self._interrupt)
        sys.unraisablehook = self._unraisable
        threading.excepthook = self._uncaught

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """Let a signal raise KeyboardInterrupt inside the block; after it the process is ended at once."""
        self._phase = _Phase.RUNNING
        yield
        self._phase = _Phase.OVER

    @contextlib.contextmanager
    def at_last(self, act: Callable[[], object], grace_seconds: float = GRACE_SECONDS) -> Iterator[None]:
        """Do something before the process is ended without more ado, for a block that starts another one.

        Args:
            act: What to do, quickly.
            grace_seconds: How long the block may take to end by itself after the first signal.
        """
        self._last_acts.append(act)
        self._grace, before = grace_seconds, self._grace
        try:
            yield
        finally:
            self._last_acts.remove(act)
            self._grace = before

    def leave(self) -> NoReturn:
        """End the process now, with the signal's exit code. Threads may still wait for replies."""
        self._act_at_last()
        with contextlib.suppress(Exception):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(self.code)

    def _act_at_last(self) -> None:
        for act in self._last_acts:
            with contextlib.suppress(Exception):
                act()

    def _interrupt(self, number: int, frame: FrameType | None) -> None:
        again = self._signal != 0
        self._signal = self._signal or number
        if again or self._phase is not _Phase.RUNNING:
            self.leave()
        # Without `threading`, whose locks the interrupted code may hold just now. Where no thread can be
        # started, the second signal still ends the process.
        with contextlib.suppress(RuntimeError):
            _thread.start_new_thread(self._end_after_grace, ())
        raise KeyboardInterrupt

    def _end_after_grace(self) -> None:
        time.sleep(self._grace)
        self._act_at_last()
        os._exit(self.code)  # without flushing: that may be what is waited for

    def _unraisable(self, raised: "sys.UnraisableHookArgs") -> None:
        """Nobody will see an interrupt that was raised in a finalizer."""
        if self._signal and issubclass(raised.exc_type, KeyboardInterrupt):
            self.leave()
        if not self._signal:
            sys.__unraisablehook__(raised)

    def _uncaught(self, raised: threading.ExceptHookArgs) -> None:
        """What threads run into when everything is closed beside them is of no interest."""
        if not self._signal:
            threading.__excepthook__(raised)


interruption = Interruption()
"""The process's own: signals belong to the whole process."""


def notes_of(error: BaseException) -> list[str]:
    """Return the notes of an error and of those that it came from.

    Example:
        >>> first = KeyboardInterrupt()
        >>> first.add_note("5 pages are kept")
        >>> second = RuntimeError("Query interrupted")
        >>> second.__cause__ = first
        >>> notes_of(second)
        ['5 pages are kept']
    """
    notes: list[str] = []
    seen: set[int] = set()
    each: BaseException | None = error
    while each is not None and id(each) not in seen:
        seen.add(id(each))
        notes += getattr(each, "__notes__", ())
        each = each.__cause__ or each.__context__
    return notes
