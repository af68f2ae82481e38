"""The dates that a person gives for a span of time to read again, as moments."""

from datetime import UTC, datetime, timedelta

from netsuite_pipeline.netsuite.errors import ConfigurationError

FORMS = "2026-01-31, 2026-01-31T06:00, or with a time zone 2026-01-31T06:00+01:00; UTC without one"
"""What can be written, in words."""

_SECOND = timedelta(seconds=1)
_YEARS = range(1900, 9999)


def moments_of(
    since: str, until: str, *, full: bool, now: datetime
) -> tuple[datetime | None, datetime | None]:
    """The moments, UTC, to the second.

    Args:
        since: From when on to read again; empty for no beginning.
        until: Before when; empty for no end.
        full: Whether everything is to be read, which goes with neither.
        now: UTC.

    Raises:
        ConfigurationError: They cannot be read, or no time lies between them, or they go with something that
            they contradict; the message says what to write.

    Example:
        >>> moments_of("2026-01-31T06:00+01:00", "", full=False, now=datetime(2026, 11, 24))
        (datetime.datetime(2026, 1, 31, 5, 0), None)
    """
    begin, end = _moment("since", since), _moment("until", until)
    if full and (begin or end):
        raise ConfigurationError(
            f"full reads every table whole, and {'since' if begin else 'until'} only a span of time.",
            remedy="Leave out one of them.",
        )
    # NetSuite's stamps have whole seconds: what began within one begins with it, what ends within one has it.
    if begin is not None:
        begin = begin.replace(microsecond=0)
        if begin > now:
            raise ConfigurationError(
                f"since is {since}, which is still to come: it is {now:%Y-%m-%d %H:%M} UTC.",
                remedy=f"Write a moment that is over: {FORMS}.",
            )
    if end is not None and end.microsecond:
        end = end.replace(microsecond=0) + _SECOND
    if begin is not None and end is not None and end <= begin:
        raise ConfigurationError(
            f"until ({until}) is not later than since ({since}), so nothing can have changed between them.",
            remedy="Write a later until; it is the first moment that is not read any more.",
        )
    return begin, end


def _moment(name: str, text: str) -> datetime | None:
    text = text.strip()
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is not None:
            moment = moment.astimezone(UTC).replace(tzinfo=None)
        if moment.year not in _YEARS:
            raise ValueError(f"no year of NetSuite's: {moment.year}")
    except (ValueError, OverflowError):
        raise ConfigurationError(f"{name} is {text!r}, which is no date.", remedy=f"Write {FORMS}.") from None
    return moment
