"""Whether signing in is in doubt, or known to fail: then nobody asks."""

import copy
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from netsuite_pipeline.netsuite.errors import SignInError, Stopped


class Doubted(Exception):
    """Raised to who would send a request while a sign-in is in doubt; nothing was sent. The client settles
    the doubt, or waits until another thread has, and asks again."""


class Circuit:
    """Five refused sign-ins lock a user (NSH:subsect_156935170194), so the first refusal puts everybody in
    doubt: nothing leaves but one confirming request. It settles the doubt, or opens the circuit for good; a
    new client starts afresh.

    Example:
        >>> circuit = Circuit()
        >>> circuit.check()
        >>> circuit.doubt()
        >>> circuit.check()
        Traceback (most recent call last):
        ...
        netsuite_pipeline.netsuite.limits.circuit_breaker.Doubted
        >>> with circuit.settling() as mine:
        ...     circuit.check()  # who settles may send
        ...     circuit.works()
        >>> circuit.check()
    """

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._refusal: SignInError | None = None
        self._doubted = False
        self._first: SignInError | None = None
        self._settler: int | None = None
        self._stopped = False

    def check(self) -> None:
        """Call it right before sending.

        Raises:
            SignInError: The sign-in is refused for good.
            Doubted: It is in doubt, and another thread than this settles that.
        """
        with self._condition:
            self._check_refusal()
            if self._doubted and self._settler != threading.get_ident():
                raise Doubted

    def doubt(self) -> None:
        """Tells that a sign-in was refused. From now on nothing leaves."""
        with self._condition:
            self._doubted = True

    def refused(self, refusal: SignInError) -> None:
        """Tells which refusal it was that puts in doubt; the first of several is the one to be told."""
        with self._condition:
            self._doubted = True
            self._first = self._first or copy.copy(refusal)

    @contextmanager
    def settling(self) -> Iterator[bool]:
        """Waits while another thread settles the doubt.

        Returns:
            Whether a doubt remains, which this thread settles inside the block by `works` or `open`; with
            neither the doubt remains, for the next one to settle.

        Raises:
            SignInError: The sign-in is refused for good.
            Stopped: `stop` was called.
        """
        with self._condition:
            while self._doubted and self._settler is not None and not self._stopped:
                self._condition.wait()
            if self._stopped:
                raise Stopped
            self._check_refusal()
            mine = self._doubted
            if mine:
                self._settler = threading.get_ident()
        try:
            yield mine
        finally:
            if mine:
                with self._condition:
                    self._settler = None
                    self._condition.notify_all()

    def works(self) -> None:
        """Tells that the doubted sign-in turned out to work."""
        with self._condition:
            self._doubted = False
            self._first = None

    def open(self, refusal: SignInError) -> SignInError:
        """Tells that the sign-in is refused for good; gives the refusal that everybody is told."""
        with self._condition:
            # Without its traceback, which would keep frames alive.
            self._refusal = copy.copy(self._first or refusal)
            self._doubted = False
            return copy.copy(self._refusal)

    def stop(self) -> None:
        """Makes who waits in `settling` raise `Stopped`."""
        with self._condition:
            self._stopped = True
            self._condition.notify_all()

    def _check_refusal(self) -> None:
        if self._refusal is not None:
            raise copy.copy(self._refusal)
