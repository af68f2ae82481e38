"""Lists, counts and times as people read them, the same in terminal, Dagster, alert and report."""

from collections.abc import Sequence
from datetime import datetime


def listed(names: Sequence[str]) -> str:
    """Return one or more names as a phrase.

    Example:
        >>> listed(["a"]), listed(["a", "b", "c"])
        ('a', 'a, b and c')
    """
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def listed_up_to(names: Sequence[str], most: int) -> str:
    """Return the first names and the number of the others.

    Example:
        >>> listed_up_to(["a", "b", "c"], 3), listed_up_to(["a", "b", "c", "d"], 2)
        ('a, b, c', 'a, b and 2 more')
    """
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def counted(number: int, thing: str, things: str = "") -> str:
    """Return a number and its noun, in the plural unless the number is 1.

    Example:
        >>> counted(1, "row"), counted(2104, "row"), counted(2, "retry", "retries")
        ('1 row', '2,104 rows', '2 retries')
    """
    return f"{number:,} {thing if number == 1 else things or f'{thing}s'}"


def formatted_time(at: datetime) -> str:
    """Return a UTC time to the minute, with its zone.

    Example:
        >>> formatted_time(datetime(2026, 11, 24, 6, 5, 59))
        '2026-11-24 06:05 UTC'
    """
    return f"{short_time(at)} UTC"


def short_time(at: datetime) -> str:
    """Return a UTC time to the minute, for a text that names the zone elsewhere.

    Example:
        >>> short_time(datetime(2026, 11, 24, 6, 5, 59))
        '2026-11-24 06:05'
    """
    return f"{at:%Y-%m-%d %H:%M}"


def as_sentence(text: str) -> str:
    """Return a text that ends like a sentence.

    Example:
        >>> as_sentence("It works"), as_sentence('NetSuite: "No."')
        ('It works.', 'NetSuite: "No."')
    """
    return text if not text or text.endswith((".", "!", "?", '."', '?"', '!"', ":")) else f"{text}."
