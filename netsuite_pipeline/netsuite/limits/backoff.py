"""The backoff before a request is retried."""

import random
from datetime import datetime
from email.utils import parsedate_to_datetime

_FIRST_SECONDS = 0.5
_MAX_SECONDS = 30.0
_MAX_RETRY_AFTER_SECONDS = 600.0


def backoff_seconds(tries: int, retry_after: float | None) -> float:
    """Return the seconds before the next try: from half a second to half a minute, with jitter.

    Jitter keeps workers that were refused together from returning together
    (NSH:bridgehead_1509974866 requires growth and jitter and names no numbers).

    Args:
        tries: Tries made so far, 1 or more.
        retry_after: The Retry-After header's seconds, or None; never undercut.

    Example:
        >>> 0.25 <= backoff_seconds(1, None) <= 0.5
        True
        >>> backoff_seconds(1, 7.0)
        7.0
    """
    grown = min(_FIRST_SECONDS * 2.0 ** min(tries - 1, 10), _MAX_SECONDS)
    return max(retry_after or 0.0, grown * random.uniform(0.5, 1.0))  # noqa: S311 - jitter is no secret


def retry_after_seconds(value: str | None, now: datetime) -> float | None:
    """Parse a Retry-After header, a number of seconds or a date (RFC 9110, 10.2.3).

    Args:
        value: The header's text, or None.
        now: The present, with its time zone.

    Returns:
        Seconds, at most ten minutes; None where there is no header or the header is neither.

    Example:
        >>> from datetime import UTC
        >>> retry_after_seconds("12", datetime.now(UTC))
        12.0
    """
    if value is None:
        return None
    if value.strip().isdecimal():
        return min(float(value), _MAX_RETRY_AFTER_SECONDS)
    try:
        seconds: float = (parsedate_to_datetime(value) - now).total_seconds()
    except (TypeError, ValueError, OverflowError):
        return None
    return max(0.0, min(seconds, _MAX_RETRY_AFTER_SECONDS))
