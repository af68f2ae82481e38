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
    return f"TRY_CAST({ref} AS {DUCKDB_TYPES[kind]})"


def lossy_sql(ref: str, kind: str) -> str | None:
    """The condition that the cast did not keep what the text says, or None where it always does.

    A text that is no value of the type counts, and so do digits that rounding dropped: a BIGINT of `1.5`, a
    DECIMAL(38,10) of a number with more than ten decimals.

    Example:
        >>> lossy_sql("r.posting", "boolean")
        '(r.posting IS NOT NULL AND TRY_CAST(r.posting AS BOOLEAN) IS NULL)'
    """
    if kind in {"text", "multiselect"}:
        return None
    cast = cast_sql(ref, kind)
    unfit = f"{ref} IS NOT NULL AND {cast} IS NULL"
    if kind == "integer":
        return f"({unfit} OR (contains({ref}, '.') AND TRY_CAST({ref} AS DECIMAL(38,10)) <> {cast}))"
    if kind == "decimal":
        # 1.50000000000 has more decimals than fit and loses nothing.
        behind = f"length({ref}) - instr({ref}, '.') > {_DECIMALS} AND instr({ref}, '.') > 0"
        digits = f"rtrim(split_part({ref}, '.', 2), '0')"
        return f"({unfit} OR ({behind} AND length({digits}) > {_DECIMALS}))"
    if kind == "date":
        # A time behind a date would be cut off.
        return f"({unfit} OR (length({ref}) > 10 AND TRY_CAST({ref} AS TIMESTAMP) <> {cast}))"
    return f"({unfit})"
