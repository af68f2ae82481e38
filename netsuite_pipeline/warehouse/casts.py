"""From NetSuite's text to a typed value, as DuckDB SQL: the cast, and the test whether it lost anything."""

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
    return f"TRY_CAST({ref} AS {DUCKDB_TYPES[kind]})"


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
