"""DuckDB SQL that casts NetSuite's texts to typed values, and finds casts that lose something.

DuckDB casts more than NetSuite means: `0x1F` and `1_000` to integers, `31/12/25` to the year 31, `yes` to
true. So a text is cast only if it has its type's form, and is NULL otherwise. Pages are cast with the quick
cast. One cheap test for each row finds pages where the quick cast may be wrong; these are cast exactly.
"""

from collections.abc import Sequence

from netsuite_pipeline.warehouse.schema.schema import DUCKDB_TYPES

_DECIMALS = 10
_DAY = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_TIME = "([01][0-9]|2[0-3]):[0-5][0-9]"
_DIGITS = r"([0-9]+[.]?[0-9]*|[.][0-9]+)"
_FORMS = {
    "integer": "-?[0-9]+([.]0*)?",
    # Java writes small and large numbers with an exponent. A discount's rate may be a percentage (A18).
    "decimal": f"-?{_DIGITS}([eE][-+]?[0-9]{{1,3}}|%)?",
    "boolean": "T|F|true|false",
    "date": f"{_DAY}([ T]00:00(:00([.]0+)?)?Z?)?",
    "datetime": f"{_DAY}([ T]{_TIME}(:[0-5][0-9]([.][0-9]{{1,6}})?)?Z?)?",
}
_PLAIN_MOMENT = f"{_DAY} {_TIME}:[0-5][0-9]"


def cast_sql(ref: str, kind: str) -> str:
    """Return the exact cast of a text; it is NULL for a text without the type's form.

    A percentage becomes its fraction: `-10.0%` is -0.1.

    Args:
        ref: An SQL expression of type VARCHAR.
        kind: The catalogue's word for the type.

    Example:
        >>> cast_sql("r.id", "integer")
        "CASE WHEN regexp_full_match(r.id, '-?[0-9]+([.]0*)?') THEN TRY_CAST(r.id AS BIGINT) END"
    """
    if kind not in _FORMS:
        return quick_sql(ref, kind)
    fits = f"regexp_full_match({ref}, '{_FORMS[kind]}')"
    if kind == "decimal":
        return f"CASE WHEN {fits} THEN {quick_sql(f'''replace({ref}, '%', 'E-2')''', kind)} END"
    if kind in {"date", "datetime"}:
        # Oracle has no year 0, which DuckDB calls 1 BC.
        fits = f"{fits} AND {ref} >= '0001'"
    return f"CASE WHEN {fits} THEN {quick_sql(f'left({ref}, 10)' if kind == 'date' else ref, kind)} END"


def lossy_sql(ref: str, kind: str) -> str | None:
    """Return the condition that the typed value loses part of the text, or None if it never does.

    The condition holds for a text without the type's form, for rounded decimals, and for a percentage,
    because only the text shows that the value is one.

    Example:
        >>> lossy_sql("r.when", "TIME")
        '(r.when IS NOT NULL AND TRY_CAST(r.when AS TIME) IS NULL)'
    """
    if kind in {"text", "multiselect"}:
        return None
    unfit = f"{ref} IS NOT NULL AND {cast_sql(ref, kind)} IS NULL"
    if kind == "decimal":
        return f"(({unfit}) OR {_too_fine_sql(ref)} OR contains({ref}, '%'))"
    return f"({unfit})"


def inexact_sql(columns: Sequence[tuple[str, str]]) -> str:
    """Return a cheap condition over a row that holds wherever `quick_sql` may differ from `cast_sql`.

    The condition seldom holds elsewhere.

    Args:
        columns: SQL expressions of type VARCHAR, each with the kind it is cast to.

    Example:
        >>> inexact_sql([("r.when", "TIME")])
        '((r.when IS NOT NULL AND TRY_CAST(r.when AS TIME) IS NULL)) IS TRUE'
    """
    # One search over all numbers of a row costs less than one for each. A text of these characters that can
    # be cast has its type's form.
    by_kind = [[ref for ref, of in columns if of == kind] for kind in ("integer", "decimal", "boolean")]
    conditions: list[str] = []
    if any(by_kind):
        texts = ", ".join(
            ", ".join(refs) or "''" for refs in (by_kind[0], ["'|'"], by_kind[1], ["'|'"], by_kind[2])
        )
        conditions.append(f"NOT regexp_full_match(concat({texts}), '[-0-9]*[|][-0-9.]*[|][TF]*')")
    conditions += [f"({ref} IS NOT NULL AND {quick_sql(ref, kind)} IS NULL)" for ref, kind in columns]
    for ref, kind in columns:
        if kind == "decimal":
            behind_point = f"contains({ref}, '.') AND strlen({ref}) - instr({ref}, '.') > {_DECIMALS}"
            # Shorter ones have too few digits to be rounded.
            conditions.append(_where(f"strlen({ref}) > {_DECIMALS + 1}", behind_point))
        elif kind in {"date", "datetime"}:
            form = _DAY if kind == "date" else _PLAIN_MOMENT
            conditions += [f"NOT regexp_full_match({ref}, '{form}')", f"{ref} < '0001'"]
    return f"({' OR '.join(conditions) or 'false'}) IS TRUE"


def quick_sql(ref: str, kind: str) -> str:
    """Return the fast cast; for a text without the type's form the result is DuckDB's own."""
    if kind in {"text", "multiselect"}:
        return ref
    if kind == "decimal":
        # A cast to more than 18 digits costs 200 times one to 18 (measured: 7.5 against 0.04 µs), so only
        # values of 100 million and more take the slow cast. Both round alike.
        small = f"TRY_CAST({ref} AS DECIMAL(18,{_DECIMALS}))::{DUCKDB_TYPES[kind]}"
        return f"coalesce({small}, TRY_CAST({ref} AS {DUCKDB_TYPES[kind]}))"
    return f"TRY_CAST({ref} AS {DUCKDB_TYPES.get(kind, kind)})"


def _too_fine_sql(ref: str) -> str:
    """Return the condition that a number has more decimals than are stored; 1.50000000000 has not."""
    decimals = f"length(rtrim(split_part({ref}, '.', 2), '0'))"
    pointed = _where(f"length({ref}) - instr({ref}, '.') > {_DECIMALS}", f"{decimals} > {_DECIMALS}")
    # 1.50E-9 has two decimals of which one counts, and nine more.
    parts = f"regexp_extract({ref}, '[.]?([0-9]*?)0*[eE]([-+]?[0-9]+)$', ['decimals', 'exponent'])"
    needed = f"length({parts}.decimals) - TRY_CAST({parts}.exponent AS INTEGER)"
    return f"({pointed} OR {_where(f'''contains(lower({ref}), 'e')''', f'{needed} > {_DECIMALS}')})"


def _where(likely: str, certain: str) -> str:
    """Return both conditions, the second computed only where the first holds; AND computes both for all."""
    return f"CASE WHEN {likely} THEN coalesce({certain}, false) ELSE false END"
