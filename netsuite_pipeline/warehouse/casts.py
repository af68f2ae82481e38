"""From NetSuite's text to a typed value, as DuckDB SQL: the cast, and the test whether it lost anything."""

from collections.abc import Sequence

from netsuite_pipeline.warehouse.schema import DUCKDB_TYPES

_DECIMALS = 10


def cast_sql(ref: str, kind: str) -> str:
    """The typed value of a text column; NULL where the text is none of that type.

    Args:
        ref: An SQL expression of type VARCHAR.
        kind: The catalogue's word for the type.

    Example:
        >>> cast_sql("r.id", "integer")
        'TRY_CAST(r.id AS BIGINT)'
    """
    if kind in {"text", "multiselect"}:
        return ref
    if kind == "decimal":
        # A cast to more than 18 digits costs 200 times one to 18 (measured: 7.5 against 0.04 µs), so only
        # what does not fit there, 100 million and more, takes that way. Both round alike.
        small = f"TRY_CAST({ref} AS DECIMAL(18,{_DECIMALS}))::{DUCKDB_TYPES[kind]}"
        return f"coalesce({small}, TRY_CAST({ref} AS {DUCKDB_TYPES[kind]}))"
    return f"TRY_CAST({ref} AS {DUCKDB_TYPES.get(kind, kind)})"


def lossy_sql(ref: str, kind: str) -> str | None:
    """The condition that the cast did not keep what the text says, or None where it always does.

    A text that is no value of the type counts, and so does what a cast drops in silence: decimals that
    rounding took (a BIGINT of `1.5`, a DECIMAL(38,10) of `1E-11`), words behind a date, a time's offset.

    Example:
        >>> lossy_sql("r.posting", "boolean")
        '(r.posting IS NOT NULL AND TRY_CAST(r.posting AS BOOLEAN) IS NULL)'
    """
    if kind in {"text", "multiselect"}:
        return None
    cast = cast_sql(ref, kind)
    unfit = f"{ref} IS NOT NULL AND {cast} IS NULL"
    if kind == "integer":
        number = cast_sql(ref, "decimal")
        dropped = _where(
            f"contains({ref}, '.') OR contains(lower({ref}), 'e')",
            f"{number} <> {cast} OR {_too_fine_sql(ref)}",
        )
    elif kind == "decimal":
        dropped = _too_fine_sql(ref)
    elif kind == "date":
        # Behind a date there may be a time, or anything.
        at_midnight = f"TRY_CAST(trim({ref}) AS TIMESTAMP) = {cast}"
        dropped = _where(f"length({ref}) > 10", f"{at_midnight} IS NOT TRUE")
    elif kind == "datetime":
        # DuckDB reads 10:00+02:00 as 10:00.
        dropped = _where(f"length({ref}) > 16", f"regexp_matches({ref}, '[0-9] *[+-][0-9:]+ *$')")
    else:
        return f"({unfit})"
    return f"(({unfit}) OR {dropped})"


def tiny_sql(content: str) -> str:
    """The condition that a text may have a number with a negative exponent in it: Java writes small ones so.

    Args:
        content: A page, or the numbers of a row, as SQL.
    """
    return f"(contains({content}, 'E-') OR contains({content}, 'e-'))"


def doubt_sql(columns: Sequence[tuple[str, str]], tiny: str) -> str:
    """A cheap condition over a whole row that holds wherever a cast lost something, and seldom elsewhere.

    Args:
        columns: SQL expressions of type VARCHAR, each with the kind it is cast to.
        tiny: What `tiny_sql` says of the row's page.

    Example:
        >>> doubt_sql([("r.posting", "boolean")], "tiny")
        '((r.posting IS NOT NULL AND TRY_CAST(r.posting AS BOOLEAN) IS NULL)) IS TRUE'
    """
    doubts = [f"({ref} IS NOT NULL AND {cast_sql(ref, kind)} IS NULL)" for ref, kind in columns]
    integers = [ref for ref, kind in columns if kind == "integer"]
    decimals = [ref for ref, kind in columns if kind == "decimal"]
    if integers:
        # One search in all of a row's integers at once costs less than one in each.
        doubts.append(f"contains(concat({', '.join(integers)}), '.')")
    if integers or decimals:
        numbers = f"concat({', '.join([*integers, *decimals])})"
        doubts.append(_where(tiny, tiny_sql(numbers)))
    for ref in decimals:
        behind_point = f"contains({ref}, '.') AND strlen({ref}) - instr({ref}, '.') > {_DECIMALS}"
        # Shorter ones have too few digits to be rounded.
        doubts.append(_where(f"strlen({ref}) > {_DECIMALS + 1}", behind_point))
    doubts += [f"strlen({ref}) > 10" for ref, kind in columns if kind == "date"]
    # An offset from UTC would be behind the seconds, or in their place.
    doubts += [f"{ref} NOT LIKE '____-__-__ __:__:__'" for ref, kind in columns if kind == "datetime"]
    return f"({' OR '.join(doubts) or 'false'}) IS TRUE"


def _too_fine_sql(ref: str) -> str:
    """The condition that a number has more decimals than are stored; 1.50000000000 loses nothing."""
    decimals = f"rtrim(split_part({ref}, '.', 2), '0 ')"
    pointed = _where(f"length({ref}) - instr({ref}, '.') > {_DECIMALS}", f"length({decimals}) > {_DECIMALS}")
    # Java writes small numbers as 1.5E-10; they have few digits, so a double tells.
    doubled = f"TRY_CAST({ref} AS DOUBLE) <> {cast_sql(ref, 'decimal')}::DOUBLE"
    return f"({pointed} OR {_where(f'''contains(lower({ref}), 'e-')''', doubled)})"


def _where(likely: str, certain: str) -> str:
    """Both conditions, the second computed only where the first holds: DuckDB's AND computes both for all."""
    return f"CASE WHEN {likely} THEN coalesce({certain}, false) ELSE false END"
