"""Circuit breaker for sign-ins: closed while they work, half-open after a refusal, open for good."""

import copy
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from netsuite_pipeline.netsuite.errors import SignInError, Stopped


class SignInUnconfirmed(Exception):
    """Raised instead of sending a request while another thread confirms a refused sign-in.

    The client confirms the sign-in itself, or waits until another thread has, and sends the request again.
    """


class CircuitBreaker:
    """Keep a client from sending requests whose sign-in NetSuite would refuse.

    Five refused sign-ins lock a user (NSH:subsect_156935170194). So the first refusal half-opens the circuit:
    only one confirming request leaves. Its result closes the circuit, or opens the circuit for good. A new
    client starts with a closed circuit.

    Example:
        >>> circuit = CircuitBreaker()
        >>> circuit.check()
        >>> circuit.half_open()
        >>> circuit.check()
        Traceback (most recent call last):
        ...
        netsuite_pipeline.netsuite.limits.circuit_breaker.SignInUnconfirmed
        >>> with circuit.confirm() as confirms:
        ...     circuit.check()  # the confirming thread may send
        ...     circuit.close()
        >>> circuit.check()
    """

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._refusal: SignInError | None = None
        self._is_half_open = False
        self._first: SignInError | None = None
        self._confirming: int | None = None
        self._stopped = False

    def check(self) -> None:
        """Refuse a request that is about to be sent, unless the circuit is closed.

        Raises:
            SignInError: The circuit is open.
            SignInUnconfirmed: The circuit is half-open, and this is not the confirming thread.
        """
        with self._condition:
            self._check_refusal()
            if self._is_half_open and self._confirming != threading.get_ident():
                raise SignInUnconfirmed

    def half_open(self, refusal: SignInError | None = None) -> None:
        """Record a refused sign-in. The circuit keeps the first of several refusals."""
        with self._condition:
            self._is_half_open = True
            if refusal is not None:
                self._first = self._first or copy.copy(refusal)

    @contextmanager
    def confirm(self) -> Iterator[bool]:
        """Wait while another thread confirms; then become the confirming thread if the circuit is half-open.

        Inside the block the confirming thread calls `close` or `open`. If it calls neither, the circuit stays
        half-open for the next thread.

        Yields:
            Whether this thread is the confirming one.

        Raises:
            SignInError: The circuit is open.
            Stopped: `stop` was called.
        """
        with self._condition:
            while self._is_half_open and self._confirming is not None and not self._stopped:
                self._condition.wait()
            if self._stopped:
                raise Stopped
            self._check_refusal()
            confirms = self._is_half_open
            if confirms:
                self._confirming = threading.get_ident()
        try:
            yield confirms
        finally:
            if confirms:
                with self._condition:
                    self._confirming = None
                    self._condition.notify_all()

    def close(self) -> None:
        """Record that the sign-in works after all."""
        with self._condition:
            self._is_half_open = False
            self._first = None

    def open(self, refusal: SignInError) -> SignInError:
        """Record that the sign-in is refused for good.

        Returns:
            A copy of the error that every later `check` raises: the first refusal, or else `refusal`.
        """
        with self._condition:
            # Without its traceback, which would keep frames alive.
            self._refusal = copy.copy(self._first or refusal)
            self._is_half_open = False
            return copy.copy(self._refusal)

    def stop(self) -> None:
        """Make threads that wait in `confirm` raise `Stopped`."""
        with self._condition:
            self._stopped = True
            self._condition.notify_all()

    def _check_refusal(self) -> None:
        if self._refusal is not None:
            raise copy.copy(self._refusal)
