"""Hash a row's values into one number that NetSuite and DuckDB compute equally.

Each row's values, as whole numbers, are added up with a weight for each column, modulo a prime. The square of
the sum, modulo the prime, is added up over all rows. Plain sums would miss two rows that swap a value. Two
different sets of as many rows have the same number by chance once in a thousand million times.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice

from netsuite_pipeline.netsuite.suiteql import column_ref
from netsuite_pipeline.warehouse.schema.schema import DUCKDB_TYPES, quoted

PRIME = 1_000_000_007
LONGEST_TEXT = 24
"""Characters of a text that are summed up one by one."""
LONGEST_STATEMENT = 16_000
"""The longest statement. NetSuite's limit is unknown; a statement with a thousand keys is about as long."""
TOO_LARGE = 10**17
"""An amount that would take a sum beyond DuckDB's or NetSuite's numbers."""
TEXTS = ("text", "multiselect")
_IN_BRACKETS = 20  # summands: a plain sum of hundreds is nested too deep for DuckDB, and for other parsers
_NULL = -7  # stands for a null
_NOT_ASCII = 128  # stands for any other character: what ASCII returns of it depends on the character set

Terms = Mapping[str, Sequence[tuple[str, str]]]
"""Of each column: whole numbers, each in DuckDB's SQL and in SuiteQL."""


def our_hash(terms: Terms) -> str:
    """Return the SQL of a row's hash in DuckDB.

    Example:
        >>> our_hash({"id": column_terms("term", "id", "integer")})
        '(48271 * (coalesce("id", -7))::HUGEINT) % 1000000007'
    """
    numbers = (f"({our})::HUGEINT" for our, _ in chain.from_iterable(terms.values()))
    return f"({weighted_sum(numbers)}) % {PRIME}"


def netsuite_hash(terms: Terms) -> str:
    """Return the SuiteQL of a row's hash.

    Example:
        >>> netsuite_hash({"id": column_terms("term", "id", "integer")})
        'MOD(48271 * NVL(id, -7), 1000000007)'
    """
    return f"MOD({weighted_sum(their for _, their in chain.from_iterable(terms.values()))}, {PRIME})"


def column_terms(
    table: str, name: str, kind: str, length: int = 0, *, any_text: bool = False
) -> tuple[tuple[str, str], ...]:
    """Return a column's whole numbers.

    Args:
        table: The table.
        name: The column.
        kind: One of the catalogue's column types.
        length: Of a text: how many of its characters count, besides its length.
        any_text: Texts may have other characters than ASCII, which then all count as one.

    Example:
        >>> column_terms("accounttype", "left", "boolean")[0][1]
        "CASE WHEN accounttype.left = 'T' THEN 1 WHEN accounttype.left = 'F' THEN 2 ELSE 3 END"
    """
    return tuple(_terms(quoted(name), column_ref(table, name), kind, length, any_text=any_text))


def _terms(our: str, their: str, kind: str, length: int, *, any_text: bool) -> Iterator[tuple[str, str]]:
    if kind == "integer":
        yield f"coalesce({our}, {_NULL})", f"NVL({their}, {_NULL})"
    elif kind == "decimal":
        digits = f"replace(coalesce({our}, {_NULL})::{DUCKDB_TYPES[kind]}::VARCHAR, '.', '')"
        yield digits, f"ROUND(NVL({their}, {_NULL}) * 10000000000)"
    elif kind == "boolean":
        yield (
            f"CASE WHEN {our} THEN 1 WHEN NOT {our} THEN 2 ELSE 3 END",
            f"CASE WHEN {their} = 'T' THEN 1 WHEN {their} = 'F' THEN 2 ELSE 3 END",
        )
    elif kind == "date":
        yield (
            f"coalesce(strftime({our}, '%Y%m%d')::BIGINT, {_NULL})",
            f"NVL(TO_NUMBER(TO_CHAR({their}, 'YYYYMMDD')), {_NULL})",
        )
    elif kind == "datetime":
        yield (
            f"coalesce(strftime({our}, '%Y%m%d%H%M%S')::BIGINT, {_NULL})",
            f"NVL(TO_NUMBER(TO_CHAR(SYS_EXTRACT_UTC({their}), 'YYYYMMDDHH24MISS')), {_NULL})",
        )
    else:
        yield f"coalesce(length({our}), 0)", f"NVL(LENGTH({their}), 0)"
        for place in range(1, length + 1):
            character = f"coalesce(ascii({our}[{place}:{place}]), 0)"
            sent = f"NVL(ASCII(SUBSTR({their}, {place}, 1)), 0)"
            if any_text:
                # LEAST of a null is null in NetSuite, and not in DuckDB.
                character, sent = f"least({character}, {_NOT_ASCII})", f"LEAST({sent}, {_NOT_ASCII})"
            yield character, sent


def weighted_sum(numbers: Iterable[str], skipped: int = 0) -> str:
    """Return the SQL of the sum of some numbers, each with a weight of its place.

    Args:
        numbers: The numbers, as SQL.
        skipped: The number of places that come before them in the same hash.

    Example:
        >>> weighted_sum(["a", "b"]), weighted_sum(["b"], 1)
        ('48271 * a + 129051 * b', '129051 * b')
    """
    weights = islice(_weights(), skipped, None)
    return _sum_sql([f"{weight} * {number}" for weight, number in zip(weights, numbers, strict=False)])


def _sum_sql(summands: Sequence[str]) -> str:
    """Return the sum of some summands, in brackets that nest no deeper than a few dozen.

    Example:
        >>> _sum_sql(["a", "b"]), _sum_sql(["a"] * 21)[-6:]
        ('a + b', 'a) + a')
    """
    while len(summands) > _IN_BRACKETS:
        parts = [summands[at : at + _IN_BRACKETS] for at in range(0, len(summands), _IN_BRACKETS)]
        summands = [f"({' + '.join(part)})" if len(part) > 1 else part[0] for part in parts]
    return " + ".join(summands)


def _weights() -> Iterator[int]:
    weight = 1
    while True:
        weight = weight * 48271 % 999983
        yield weight
