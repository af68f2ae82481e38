"""Write a text as digits, so that NetSuite and DuckDB can compute with all of its characters.

Each character is two digits: its place among the known characters. Any other character is 00. The first
digits of all characters make one text of digits, and the second ones another. Slices of both are numbers of
up to twenty digits, which a row's hash adds up. So twenty characters take two short terms. NetSuite's own
hash (ORA_HASH) cannot be computed elsewhere.

The functions are on Oracle's list of supported ones (NSH:section_158513731864).
"""

from collections.abc import Iterator

LONGEST_TEXT = 240
"""Characters of a text that are compared one by one."""
_SLICE = 20  # digits of a number: its product with a weight must fit into the numbers of both sides
_OTHER = "~"
# Marks that parsers of SQL give a meaning, and the one that stands for all others.
_LEFT_OUT = frozenset("\\?{};'\"[]") | {_OTHER}
_KNOWN = _OTHER + "".join(chr(code) for code in range(32, 127) if chr(code) not in _LEFT_OUT)
_TENS = "".join(str(place // 10) for place in range(len(_KNOWN)))
_UNITS = "".join(str(place % 10) for place in range(len(_KNOWN)))
_UNKNOWN = "[^" + "".join("\\" + each if each in "^-" else each for each in _KNOWN) + "]"


def netsuite_known(ref: str) -> str:
    """Return the SuiteQL of a column's first characters, each unknown one replaced.

    The inner TRANSLATE removes what is known, so that the outer one replaces what is left.

    Example:
        >>> netsuite_known("memo")[:31]
        'TRANSLATE(SUBSTR(memo, 1, 240),'
    """
    text = f"SUBSTR({ref}, 1, {LONGEST_TEXT})"
    unknown = f"'{_OTHER}' || TRANSLATE({text}, '{_KNOWN}', '{_OTHER}')"
    return f"TRANSLATE({text}, {unknown}, RPAD('{_OTHER}', {LONGEST_TEXT + 1}, '{_OTHER}'))"


def netsuite_digits(known: str) -> tuple[str, str]:
    """Return the SuiteQL of both texts of digits, of a text of known characters."""
    return f"TRANSLATE({known}, '{_KNOWN}', '{_TENS}')", f"TRANSLATE({known}, '{_KNOWN}', '{_UNITS}')"


def our_known(ref: str) -> str:
    """Return the DuckDB SQL of the same characters as `netsuite_known`."""
    return f"regexp_replace({ref}[1:{LONGEST_TEXT}], '{_UNKNOWN}', '{_OTHER}', 'g')"


def our_digits(known: str) -> tuple[str, str]:
    """Return the DuckDB SQL of both texts of digits, of a text of known characters."""
    return f"translate({known}, '{_KNOWN}', '{_TENS}')", f"translate({known}, '{_KNOWN}', '{_UNITS}')"


def digit_terms(digits: str) -> Iterator[tuple[str, str]]:
    """Yield the numbers of a text of digits, each in DuckDB's SQL and in SuiteQL.

    Args:
        digits: The column of the text.

    Example:
        >>> next(digit_terms("a1"))  # doctest: +NORMALIZE_WHITESPACE
        ('CASE WHEN strlen(a1) >= 1 THEN substr(a1, 1, 20)::HUGEINT ELSE 0 END',
        'NVL(TO_NUMBER(SUBSTR(a1, 1, 20)), 0)')
    """
    for start in range(1, LONGEST_TEXT, _SLICE):
        part = f"({digits}, {start}, {_SLICE})"
        yield (
            f"CASE WHEN strlen({digits}) >= {start} THEN substr{part}::HUGEINT ELSE 0 END",
            f"NVL(TO_NUMBER(SUBSTR{part}), 0)",
        )
