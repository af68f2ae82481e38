"""Whether signing in is known to fail: once refused twice, nobody asks again."""

import copy
import threading

from netsuite_pipeline.netsuite.errors import SignInError


class Circuit:
    """Opens once and for good, for five refused sign-ins lock a user (NSH:subsect_156935170194); a new client
    starts afresh. `epoch` counts the doubts that were settled well: who met a refusal in an older epoch may
    simply ask again.

    Example:
        >>> circuit = Circuit()
        >>> circuit.check()
        >>> circuit.epoch()
        0
    """

    def __init__(self) -> None:
        self.confirming = threading.Lock()
        self._lock = threading.Lock()
        self._refusal: SignInError | None = None
        self._epoch = 0

    def check(self) -> None:
        """Raises the refusal, if there was one."""
        with self._lock:
            if self._refusal is not None:
                raise copy.copy(self._refusal)

    def epoch(self) -> int:
        with self._lock:
            return self._epoch

    def works(self) -> None:
        """Tells that a doubted sign-in turned out to work."""
        with self._lock:
            self._epoch += 1

    def open(self, refusal: SignInError) -> None:
        """Tells that the sign-in is refused for good."""
        with self._lock:
            self._refusal = copy.copy(refusal)  # without its traceback, which would keep frames alive
