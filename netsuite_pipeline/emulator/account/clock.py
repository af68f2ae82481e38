"""The account's clock, which can be set wrong on purpose."""

import time
from datetime import UTC, datetime, timedelta


class Clock:
    """NetSuite's idea of now: the machine's clock plus an offset.

    Server time, the Date header, the check of timestamps and the age of nonces all read this one clock.
    """

    def __init__(self) -> None:
        self.offset = 0.0
        """Seconds ahead of the machine; negative when behind."""

    def seconds(self) -> float:
        """Seconds since 1970."""
        return time.time() + self.offset

    def now(self) -> datetime:
        """The time in UTC, naive, to the second: what columns of date-times hold."""
        return (datetime.now(UTC) + timedelta(seconds=self.offset)).replace(tzinfo=None, microsecond=0)
