"""Ages, numbers and sizes in words for people."""

from datetime import timedelta
from decimal import Decimal

from netsuite_pipeline.wording import counted


def age(passed: timedelta) -> str:
    """Return how long ago something happened, in its largest useful unit.

    Example:
        >>> age(timedelta(seconds=20)), age(timedelta(minutes=1)), age(timedelta(hours=30)), age(timedelta(3))
        ('just now', '1 minute ago', '30 hours ago', '3 days ago')
    """
    minutes = int(passed.total_seconds() // 60)
    if minutes < 1:
        return "just now"
    if minutes < 120:
        return f"{counted(minutes, 'minute')} ago"
    if minutes < 48 * 60:
        return f"{counted(minutes // 60, 'hour')} ago"
    return f"{counted(minutes // (24 * 60), 'day')} ago"


def rate(per_second: float) -> str:
    """Return a rate, with one decimal if it is small.

    Example:
        >>> rate(23871.4), rate(4.25)
        ('23,871', '4.2')
    """
    return f"{per_second:,.0f}" if per_second >= 100 else f"{per_second:,.1f}"


def share(part: int, whole: int) -> str:
    """Return a share in per cent; a small share does not become zero.

    Example:
        >>> share(3, 4), share(1, 4000), share(0, 0)
        ('75 %', 'under 0.1 %', '0 %')
    """
    if not part or not whole:
        return "0 %"
    percent = 100 * part / whole
    return "under 0.1 %" if percent < 0.1 else f"{percent:.3g} %"


def money(amount: Decimal | None) -> str:
    """Return an amount with cents; an amount that is unknown in words.

    Example:
        >>> money(Decimal("-1234.567")), money(Decimal(0)), money(None)
        ('-1,234.57', '0.00', 'unknown')
    """
    return "unknown" if amount is None else f"{amount:,.2f}"


def size(number: int) -> str:
    """Return a number of bytes with its unit.

    Example:
        >>> size(16_789_504), size(2_500_000_000)
        ('16.8 MB', '2.5 GB')
    """
    if number < 1e6:
        return f"{number / 1e3:,.0f} kB"
    return f"{number / 1e9:,.1f} GB" if number >= 1e9 else f"{number / 1e6:,.1f} MB"
