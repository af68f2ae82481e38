"""Ctrl-C and SIGTERM end a command soon, with the signal's exit code, whatever the command does."""

import _thread
import atexit
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
    STARTING = "nothing to clean up yet"
    RUNNING = "a command runs"
    OVER = "the command has ended"


class Interruption:
    """The signal that ends the process, and how the process ends.

    The first signal raises KeyboardInterrupt in the main thread. DuckDB turns the exception into its own, a
    finalizer swallows it, an import fails with it. So `code` decides the exit code, whatever the command
    raises. A process that is still running after the grace period, or at a second signal, exits at once. A
    sync loses nothing then.
    """

    def __init__(self) -> None:
        self._phase = _Phase.STARTING
        self._signal = 0
        self._last_acts: list[Callable[[], object]] = []
        self._grace = GRACE_SECONDS

    @property
    def code(self) -> int:
        """Return 128 plus the signal's number (130 for Ctrl-C, 143 for SIGTERM), or 0 without a signal."""
        return _OFFSET + self._signal if self._signal else 0

    def watch(self) -> None:
        """Handle the signals from now on, even if a background shell had them ignored."""
        for each in _SIGNALS:
            signal.signal(each, self._interrupt)
        atexit.register(_ignore_signals)
        sys.unraisablehook = self._unraisable
        threading.excepthook = self._uncaught

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """Raise KeyboardInterrupt on a signal inside the block; after the block a signal ends the process."""
        self._phase = _Phase.RUNNING
        yield
        self._phase = _Phase.OVER

    @contextlib.contextmanager
    def before_exit(self, act: Callable[[], object], grace_seconds: float = GRACE_SECONDS) -> Iterator[None]:
        """Call a function before a forced exit, for a block that starts another process.

        Args:
            act: The function. It must be quick.
            grace_seconds: The time from the first signal to a forced exit.
        """
        self._last_acts.append(act)
        self._grace, before = grace_seconds, self._grace
        try:
            yield
        finally:
            self._last_acts.remove(act)
            self._grace = before

    def leave(self) -> NoReturn:
        """Exit with the signal's code. Threads may still wait for replies."""
        self._run_last_acts()
        with contextlib.suppress(Exception):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(self.code)

    def _run_last_acts(self) -> None:
        for act in self._last_acts:
            with contextlib.suppress(Exception):
                act()

    def _interrupt(self, number: int, frame: FrameType | None) -> None:
        again = self._signal != 0
        self._signal = self._signal or number
        if again or self._phase is not _Phase.RUNNING:
            self.leave()
        # Not `threading`: the interrupted code may hold its locks. Without a thread, a second signal ends the
        # process.
        with contextlib.suppress(RuntimeError):
            _thread.start_new_thread(self._end_after_grace, ())
        raise KeyboardInterrupt

    def _end_after_grace(self) -> None:
        time.sleep(self._grace)
        self._run_last_acts()
        os._exit(self.code)  # no flush: the process may hang in one

    def _unraisable(self, raised: "sys.UnraisableHookArgs") -> None:
        """Exit if a finalizer swallowed the interrupt."""
        if self._signal and issubclass(raised.exc_type, KeyboardInterrupt):
            self.leave()
        if not self._signal:
            sys.__unraisablehook__(raised)

    def _uncaught(self, raised: threading.ExceptHookArgs) -> None:
        """Ignore errors of threads after a signal, because their connections are closed."""
        if not self._signal:
            threading.__excepthook__(raised)


def _ignore_signals() -> None:
    """Keep the exit code of a command that has ended: Python resets the handlers before the process ends."""
    for each in _SIGNALS:
        signal.signal(each, signal.SIG_IGN)


interruption = Interruption()
"""The only instance, because signals belong to the whole process."""


def notes_of(error: BaseException) -> list[str]:
    """Return the notes of an error, its causes and its contexts.

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
