"""The number of concurrent requests that NetSuite seems to allow: AIMD with cautious growth."""

_MAX_GROWTH_BACKOFF = 32
_GROWTH_BACKOFF_AFTER_REFUSAL = 8  # a refused sign-in stops all threads for seconds, so growth is slower
_MAX_GROWTH_BACKOFF_AFTER_REFUSAL = 256


class AdaptiveLimit:
    """The adaptive limit. It only decides; `Governor` keeps threads to it.

    Down: a rejection takes the limit below what was in flight. What was sent before the first rejection of a
    burst belongs to that burst, and one burst at most halves the limit: a storm shows that NetSuite is busy,
    not how many requests it would accept.

    Up: below half the ceiling every success adds a slot (a round of replies doubles the limit), above it a
    whole round does: 20 slots are back some 11 rounds after a storm. Growth is a guess, and the *growth
    backoff* counts how often it was wrong: a burst that follows a growth doubles the growth backoff, and
    growth then takes that many rounds a slot. So, where another integration uses the rest of the account,
    one request in some 32 rounds is refused; each slot gained and kept halves the growth backoff again.

    Args:
        ceiling: The configured limit, 1 or more.

    Attributes:
        current: The concurrent requests allowed now.

    Example:
        >>> limit = AdaptiveLimit(10)
        >>> limit.record_rejection(entered=10, newest=10, in_flight=10)
        >>> limit.current
        9
    """

    def __init__(self, ceiling: int) -> None:
        self.current = ceiling
        self._ceiling = ceiling
        self._growth_backoff = 0
        self._successes = 0
        self._grown = False
        self._burst_end = 0
        self._burst_floor = 1

    def record_rejection(self, *, entered: int, newest: int, in_flight: int) -> None:
        """Decrease the limit after a request that NetSuite refused for concurrency.

        Args:
            entered: The request's number in the order of sending, from 1.
            newest: The highest such number so far.
            in_flight: Requests in flight, this one included.
        """
        if entered > self._burst_end:
            self._burst_end = newest
            self._burst_floor = (min(self.current, in_flight) + 1) // 2
            if self._grown:
                self._growth_backoff = min(_MAX_GROWTH_BACKOFF, max(1, self._growth_backoff * 2))
            self._grown = False
        self._successes = 0
        # NetSuite refuses at once, so refused requests leave one by one while accepted ones are in flight:
        # the limit ends at the number of these. Requests refused at the same instant count once.
        self.current = min(self.current, max(self._burst_floor, in_flight - 1))

    def decrease(self) -> None:
        """Decrease the limit by one, because concurrency may be the cause of another failure."""
        doubled = self._growth_backoff * 2 if self._grown else self._growth_backoff
        self._growth_backoff = min(
            _MAX_GROWTH_BACKOFF_AFTER_REFUSAL, max(_GROWTH_BACKOFF_AFTER_REFUSAL, doubled)
        )
        self._grown = False
        self._successes = 0
        self.current = max(1, self.current - 1)

    def record_success(self) -> bool:
        """Record an accepted request; return whether the limit grew by it."""
        self._successes += 1
        if self._successes < self._needed():
            return False
        self._successes = 0
        if self._grown:
            self._growth_backoff //= 2
        if self.current >= self._ceiling:
            return False
        self.current += 1
        self._grown = True
        return True

    def _needed(self) -> int:
        if not self._growth_backoff and self.current * 2 < self._ceiling:
            return 1
        return self.current * max(1, self._growth_backoff)
