"""Inference of a column's type from NetSuite's texts."""

import re
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from typing import Literal

ValueType = Literal["integer", "decimal", "boolean", "moment", "text"]

_WHOLE = re.compile(r"-?(0|[1-9][0-9]{0,18})")
_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)?(\.[0-9]+)?([eE][+-]?[0-9]{1,3})?")
_BIGGEST = 2**63
# What is stored is DECIMAL(38,10).
_DECIMALS = 10
_DIGITS_BEFORE = 28
_DAYS = (
    r"\d{1,2}([/.-])\d{1,2}\1\d{4}",  # M/D/YYYY, DD.MM.YYYY
    r"\d{4}([/.-])\d{1,2}\2\d{1,2}",  # YYYY-MM-DD, YYYY/M/D
    r"\d{1,2}[- ][^\W\d_]{3,12}\.?(?:-|, ?| )\d{4}",  # D-Mon-YYYY, D MONTH, YYYY
)
_TIME = r"(?:[ T]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?: ?[ap]\.?m\.?)?)?"
# The date formats that a user or a company can choose in NetSuite, each with or without a time of day.
_MOMENT = re.compile(f"(?:{'|'.join(_DAYS)}){_TIME}", re.IGNORECASE)
_ISO = re.compile(r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}")


def infer_type(values: Iterable[str | None]) -> ValueType | None:
    """Return the type of all values of a column, or `text` if they have no common type.

    A number with leading zeros, or with more digits than are stored, is a text, so that no digit is lost.
    `moment` is a date or a datetime: NetSuite omits the time of day (Estuary, BH: facts 3).

    Returns:
        The type; None without values.

    Example:
        >>> infer_type(["7", None, "12"]), infer_type(["7", "1.5"]), infer_type(["T"]), infer_type(["1, 2"])
        ('integer', 'decimal', 'boolean', 'text')
    """
    found = {_of(value) for value in values if value is not None}
    if not found:
        return None
    if found == {"integer", "decimal"}:
        return "decimal"
    return found.pop() if len(found) == 1 else "text"


def rises(values: Iterable[str], *, falls: bool = False) -> bool:
    """Return whether whole numbers are in numeric order; as texts the order is another one (1, 10, 2).

    Example:
        >>> rises(["1", "2", "10"]), rises(["1", "10", "2"]), rises(["9", "8"], falls=True)
        (True, False, True)
    """
    numbers = [int(value) for value in values]
    return numbers == sorted(numbers, reverse=falls)


def datetime_kind(texts: Iterable[str | None]) -> Literal["date", "datetime"] | None:
    """Return whether texts like `2026-11-23 06:00:09` are dates or datetimes.

    Returns:
        The type; None without texts, or if a text has another form.

    Example:
        >>> datetime_kind(["2026-11-23 00:00:00"])
        'date'
        >>> datetime_kind(["2026-11-23 00:00:00", "2026-11-23 06:00:09"])
        'datetime'
    """
    values = [text for text in texts if text is not None]
    if not values or not all(_ISO.fullmatch(text) for text in values):
        return None
    return "date" if all(text.endswith("00:00:00") for text in values) else "datetime"


def _of(value: str) -> ValueType:
    if value in {"T", "F"}:
        return "boolean"
    if _WHOLE.fullmatch(value) and -_BIGGEST <= int(value) < _BIGGEST:
        return "integer"
    if _NUMBER.fullmatch(value) and _fits_decimal(value):
        return "decimal"
    return "moment" if _MOMENT.fullmatch(value) else "text"


def _fits_decimal(value: str) -> bool:
    try:
        number = Decimal(value).normalize()
    except InvalidOperation:
        return False
    exponent = number.as_tuple().exponent
    return isinstance(exponent, int) and exponent >= -_DECIMALS and number.adjusted() < _DIGITS_BEFORE
