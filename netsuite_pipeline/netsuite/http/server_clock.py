"""What time NetSuite says it is: from the body of serverTime, or from any reply's Date header."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from netsuite_pipeline.clock import utc_now


def parse_server_time(body: bytes) -> datetime | None:
    """Reads the body of serverTime (NSH:article_0528010158).

    Returns:
        UTC without time zone, or None when the body does not tell.

    Example:
        >>> parse_server_time(b'{"serverTime":"2025-03-26T16:21:00.000Z"}')
        datetime.datetime(2025, 3, 26, 16, 21)
    """
    try:
        return utc_of(datetime.fromisoformat(json.loads(body)["serverTime"]))
    except (ValueError, KeyError, TypeError, OverflowError):
        return None


def http_date(value: str | None) -> datetime | None:
    """Reads a Date header.

    Returns:
        UTC without time zone, or None when there is no header or it is no date.

    Example:
        >>> http_date("Wed, 26 Mar 2025 16:21:00 GMT")
        datetime.datetime(2025, 3, 26, 16, 21)
    """
    try:
        return utc_of(parsedate_to_datetime(value)) if value else None
    except (TypeError, ValueError, OverflowError):
        return None


def utc_of(moment: datetime) -> datetime:
    """UTC without time zone; a moment that names none is NetSuite's, so UTC, and never this machine's."""
    return moment if moment.tzinfo is None else moment.astimezone(UTC).replace(tzinfo=None)


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
        >>> offset.record(datetime(2025, 3, 26, 16, 15), seconds=1.0)
        >>> offset.seconds
        389.5
    """

    def __init__(self, now: Callable[[], datetime] = utc_now) -> None:
        self.seconds: float | None = None
        self._now = now

    def record(self, moment: datetime, seconds: float) -> None:
        """NetSuite has just told its time, in a reply that took so many seconds."""
        # It was that time somewhere between the sending and now.
        self.seconds = (self._now() - moment).total_seconds() - seconds / 2

    def record_date(self, moment: datetime | None, seconds: float) -> None:
        """A reply has just come, dated so; None where it has no date."""
        if moment is not None:
            self.record(moment, seconds + 2 * _DATE_ROUNDS_SECONDS)
