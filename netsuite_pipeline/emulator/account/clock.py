"""The account's clock, which tests can set wrong."""

import time
from datetime import UTC, datetime, timedelta


class Clock:
    """The machine's clock plus an offset.

    Server time, the Date header, the check of timestamps and the age of nonces all use this clock.
    """

    def __init__(self) -> None:
        self.offset = 0.0
        """Seconds ahead of the machine; negative when behind."""

    def seconds(self) -> float:
        """Return the seconds since 1970."""
        return time.time() + self.offset

    def now(self) -> datetime:
        """Return the time in UTC, naive, to the second, as date-time columns have it."""
        return (datetime.now(UTC) + timedelta(seconds=self.offset)).replace(tzinfo=None, microsecond=0)
