"""What time NetSuite says it is: from the body of serverTime, or from any reply's Date header."""

import json
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


def told_time(body: bytes) -> datetime | None:
    """Reads the body of serverTime (NSH:article_0528010158).

    Returns:
        UTC without time zone, or None when the body does not tell.

    Example:
        >>> told_time(b'{"serverTime":"2025-03-26T16:21:00.000Z"}')
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
