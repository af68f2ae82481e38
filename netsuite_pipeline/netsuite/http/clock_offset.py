"""How far this machine's clock is ahead of NetSuite's: past five minutes NetSuite refuses every signature."""

from collections.abc import Callable
from datetime import UTC, datetime

_DATE_ROUNDS_SECONDS = 0.5  # a Date header tells whole seconds, cut: half of one is lost on average


class ClockOffset:
    """The latest reading. Every reply gives one, a refused sign-in's too: that is how a refusal that a wrong
    clock brings about is told from one that a revoked token does (NSH:subsect_156935170194).

    Args:
        now: This machine's clock, UTC without time zone.

    Attributes:
        seconds: That ours is ahead; negative when it is behind; None before the first reading.

    Example:
        >>> offset = ClockOffset(lambda: datetime(2025, 3, 26, 16, 21, 30))
        >>> offset.told(datetime(2025, 3, 26, 16, 15), took=1.0)
        >>> offset.seconds
        389.5
    """

    def __init__(self, now: Callable[[], datetime] = lambda: datetime.now(UTC).replace(tzinfo=None)) -> None:
        self.seconds: float | None = None
        self._now = now

    def told(self, moment: datetime, took: float) -> None:
        """NetSuite has just told its time, in a reply that took so many seconds."""
        # It was that time somewhere between the sending and now.
        self.seconds = (self._now() - moment).total_seconds() - took / 2

    def dated(self, moment: datetime | None, took: float) -> None:
        """A reply has just come, dated so; None where it has no date."""
        if moment is not None:
            self.told(moment, took + 2 * _DATE_ROUNDS_SECONDS)
