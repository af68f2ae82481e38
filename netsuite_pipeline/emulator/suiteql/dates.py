"""DuckDB expressions that write and read dates in Oracle's formats."""

import re
from collections.abc import Callable

from netsuite_pipeline.emulator.suiteql.errors import unsupported


def quote(text: str) -> str:
    """Return an SQL string literal: `quote("it's")` is `'it''s'`."""
    return "'" + text.replace("'", "''") + "'"


# Elements that strftime writes as Oracle does; the second text is without padding, for FM.
_PLAIN: dict[str, tuple[str, str]] = {
    "YYYY": ("%Y", "%Y"),
    "RRRR": ("%Y", "%Y"),
    "YY": ("%y", "%-y"),
    "RR": ("%y", "%-y"),
    "MM": ("%m", "%-m"),
    "DD": ("%d", "%-d"),
    "DDD": ("%j", "%-j"),
    "HH24": ("%H", "%-H"),
    "HH12": ("%I", "%-I"),
    "HH": ("%I", "%-I"),
    "MI": ("%M", "%-M"),
    "SS": ("%S", "%-S"),
    "AM": ("%p", "%p"),
    "PM": ("%p", "%p"),
    "FF3": ("%g", "%g"),
    "FF6": ("%f", "%f"),
    "FF": ("%f", "%f"),
    "IYYY": ("%G", "%G"),
    "IW": ("%V", "%V"),
}
_NAMES = {"MON": "%b", "MONTH": "%B", "DY": "%a", "DAY": "%A"}
_COMPUTED: dict[str, Callable[[str], str]] = {
    "Q": lambda value: f"CAST(quarter({value}) AS VARCHAR)",
    "D": lambda value: f"CAST(dayofweek({value}) + 1 AS VARCHAR)",
    "WW": lambda value: f"lpad(CAST((dayofyear({value}) + 6) // 7 AS VARCHAR), 2, '0')",
    "W": lambda value: f"CAST((day({value}) + 6) // 7 AS VARCHAR)",
    "CC": lambda value: f"CAST((year({value}) + 99) // 100 AS VARCHAR)",
    "J": lambda value: f"CAST(CAST(floor(julian({value})) AS BIGINT) AS VARCHAR)",
    "SSSSS": lambda value: (
        f"lpad(CAST(date_part('hour', {value}) * 3600 + date_part('minute', {value}) * 60"
        f" + date_part('second', {value}) AS VARCHAR), 5, '0')"
    ),
}
_ELEMENTS = sorted([*_PLAIN, *_NAMES, *_COMPUTED], key=len, reverse=True)
_FORMAT = re.compile(
    rf'(?P<fm>FM)|(?P<element>{"|".join(_ELEMENTS)})|"(?P<text>[^"]*)"|(?P<mark>[-/,.;: ])', re.IGNORECASE
)


def to_char(value: str, format_text: str) -> str:
    """Return DuckDB SQL that writes the DATE or TIMESTAMP expression `value` in an Oracle format.

    Raises Refusal for an unknown format element.

    Example:
        >>> to_char("d", 'YYYY-MM-DD"T"HH24')
        "strftime(d, '%Y-%m-%dT%H')"
    """
    pieces: list[str] = []
    plain = ""
    bare = False
    for match in _scan(format_text):
        if match["fm"]:
            bare = not bare
            continue
        written = _strftime_text(match, bare)
        if written is not None:
            plain += written
            continue
        if plain:
            pieces.append(f"strftime({value}, {quote(plain)})")
            plain = ""
        pieces.append(_piece(match["element"], value, bare))
    if plain or not pieces:
        pieces.append(f"strftime({value}, {quote(plain)})")
    return pieces[0] if len(pieces) == 1 else "(" + " || ".join(pieces) + ")"


def _scan(format_text: str) -> list["re.Match[str]"]:
    found: list[re.Match[str]] = []
    position = 0
    while position < len(format_text):
        match = _FORMAT.match(format_text, position)
        if match is None:
            raise unsupported()
        found.append(match)
        position = match.end()
    return found


def _strftime_text(match: "re.Match[str]", bare: bool) -> str | None:
    """Return strftime's format for one part of a format, or None if there is none."""
    if match["element"] is None:
        return (match["text"] if match["mark"] is None else match["mark"]).replace("%", "%%")
    element = match["element"]
    name = _NAMES.get(element.upper())
    if name is not None:
        # Oracle pads MONTH and DAY to nine characters, and writes names in the case of the element.
        padded = element.upper() in ("MONTH", "DAY") and not bare
        return name if element[0].isupper() and element[1].islower() and not padded else None
    plain = _PLAIN.get(element.upper())
    return None if plain is None else plain[1 if bare else 0]


def _piece(element: str, value: str, bare: bool) -> str:
    computed = _COMPUTED.get(element.upper())
    if computed is not None:
        return computed(value)
    text = f"strftime({value}, {quote(_NAMES[element.upper()])})"
    if element.islower():
        text = f"lower({text})"
    elif element[1].isupper():
        text = f"upper({text})"
    return f"rpad({text}, 9, ' ')" if element.upper() in ("MONTH", "DAY") and not bare else text


_READ: dict[str, str] = {
    **{element: formats[0] for element, formats in _PLAIN.items() if element not in ("IYYY", "IW")},
    "MON": "%b",
    "MONTH": "%B",
}


def read_format(format_text: str) -> str:
    """Return the strptime format that reads an Oracle format; raise Refusal as `to_char` does.

    Example:
        >>> read_format('YYYY-MM-DD"T"HH24:MI:SS')
        '%Y-%m-%dT%H:%M:%S'
    """
    text = ""
    for match in _scan(format_text):
        if match["fm"]:
            continue
        if match["element"] is None:
            text += (match["text"] if match["mark"] is None else match["mark"]).replace("%", "%%")
        elif match["element"].upper() in _READ:
            text += _READ[match["element"].upper()]
        else:
            raise unsupported()
    return text


_ACCOUNT_ELEMENT = re.compile(r"YYYY|MONTH|Month|MON|Mon|MM|M|DD|D|[-/., ]")
_ACCOUNT = {
    "YYYY": "YYYY", "MONTH": "FMMONTHFM", "Month": "FMMonthFM", "MON": "MON", "Mon": "Mon",
    "MM": "MM", "M": "FMMMFM", "DD": "DD", "D": "FMDDFM",
}  # fmt: skip


def account_format(date_format: str) -> str:
    """Return an account's date format (Set Up Company > Date Format) as an Oracle format.

    Raises ValueError for a format that NetSuite does not have.

    Example:
        >>> account_format("M/D/YYYY")
        'FMMMFM/FMDDFM/YYYY'
    """
    parts = _ACCOUNT_ELEMENT.findall(date_format)
    if "".join(parts) != date_format or not date_format:
        raise ValueError(
            f"{date_format!r} is no date format of NetSuite's, such as 'MM/DD/YYYY' or 'D.M.YYYY'"
        )
    return "".join(_ACCOUNT.get(part, part) for part in parts)
