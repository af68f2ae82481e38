"""NetSuite's clock: from the body of serverTime, or from the Date header of any reply."""

from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from netsuite_pipeline.clock import utc_now
from netsuite_pipeline.netsuite.http.request import json_object


def parse_server_time(body: bytes) -> datetime | None:
    """Parse the body of serverTime (NSH:article_0528010158).

    Returns:
        UTC without time zone, or None where the body has no time.

    Example:
        >>> parse_server_time(b'{"serverTime":"2025-03-26T16:21:00.000Z"}')
        datetime.datetime(2025, 3, 26, 16, 21)
    """
    try:
        return utc_of(datetime.fromisoformat(json_object(body)["serverTime"]))
    except (ValueError, KeyError, TypeError, OverflowError):
        return None


def http_date(value: str | None) -> datetime | None:
    """Parse a Date header.

    Returns:
        UTC without time zone, or None where there is no header or the header is no date.

    Example:
        >>> http_date("Wed, 26 Mar 2025 16:21:00 GMT")
        datetime.datetime(2025, 3, 26, 16, 21)
    """
    try:
        return utc_of(parsedate_to_datetime(value)) if value else None
    except (TypeError, ValueError, OverflowError):
        return None


def utc_of(moment: datetime) -> datetime:
    """Return UTC without time zone. A time without zone is NetSuite's, so UTC, never this machine's."""
    return moment if moment.tzinfo is None else moment.astimezone(UTC).replace(tzinfo=None)


_DATE_ROUNDS_SECONDS = 0.5  # a Date header has whole seconds, truncated: half a second is lost on average


class ClockOffset:
    """The latest difference between this machine's clock and NetSuite's.

    Every reply updates it, a refused sign-in too: so a refusal because of a wrong clock differs from a
    revoked token (NSH:subsect_156935170194).

    Args:
        now: This machine's clock, UTC without time zone.

    Attributes:
        seconds: Seconds that this machine is ahead; negative when behind; None before the first reply.

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
        """Record NetSuite's time, from a reply that took some seconds and has just come."""
        # NetSuite read its clock between the sending and now.
        self.seconds = (self._now() - moment).total_seconds() - seconds / 2

    def record_date(self, moment: datetime | None, seconds: float) -> None:
        """Record the Date header of a reply that has just come; None records nothing."""
        if moment is not None:
            self.record(moment, seconds + 2 * _DATE_ROUNDS_SECONDS)
