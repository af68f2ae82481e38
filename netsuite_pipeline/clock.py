"""The machine's clock."""

from datetime import UTC, datetime


def utc_now() -> datetime:
    """Return the current time, UTC without time zone, as all columns of `_netsuite` store it.

    Example:
        >>> utc_now().tzinfo is None
        True
    """
    return datetime.now(UTC).replace(tzinfo=None)
