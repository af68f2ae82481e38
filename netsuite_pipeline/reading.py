"""Read a synced table as a pandas frame, for notebooks."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import duckdb

from netsuite_pipeline.warehouse.errors import WarehouseError
from netsuite_pipeline.warehouse.schema.schema import present_columns, quoted
from netsuite_pipeline.warehouse.store import Store
from netsuite_pipeline.warehouse.warehouse import open_warehouse, warehouse_from_environment

if TYPE_CHECKING:
    import pandas

# DuckDB's own conversion makes floats of DECIMAL and HUGEINT, and in some versions of integers beside a NULL.
_INTEGERS = frozenset(
    ["TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT"]
)
_WIDE_INTEGERS = ("HUGEINT", "UHUGEINT")


def read(
    table: str, *, schema: str = "netsuite", path: str | None = None, at: datetime | None = None
) -> "pandas.DataFrame":
    """Read a whole table as the last sync left it, or of a lake as it was at an earlier time.

    Every number is exact. A DECIMAL column holds `decimal.Decimal` objects (None for NULL), so that
    `frame["amount"].sum()` is a Decimal. Integers are `Int64`, booleans `boolean`, with `pandas.NA` for NULL.

    Args:
        table: Its name, such as `customer`.
        schema: The connection's schema.
        path: The DuckDB file, or a lake's address; by default what `NETSUITE_WAREHOUSE` names, or
            `data/warehouse.duckdb`.
        at: A time as of which to read a lake; without a time zone it is UTC.

    Raises:
        WarehouseError: There is no such warehouse or table, a file is asked for an earlier time, or a lake
            has forgotten that time.

    Example:
        >>> import netsuite_pipeline
        >>> netsuite_pipeline.read("customer")      # doctest: +SKIP
    """
    warehouse = open_warehouse(path) if path else warehouse_from_environment()
    if at is not None and at.tzinfo is not None:
        at = at.astimezone(UTC).replace(tzinfo=None)
    return read_from(warehouse.of(schema), table, schema, at)


def read_from(warehouse: Store, table: str, schema: str, at: datetime | None = None) -> "pandas.DataFrame":
    """Read a whole table of a warehouse; see `read`.

    Raises:
        WarehouseError: There is no such warehouse or table.
    """
    with warehouse.published(at) as connection:
        columns = present_columns(connection, schema, table)
        if not columns:
            raise WarehouseError(
                f"There is no table {schema}.{table} in {warehouse.name}.",
                remedy="`netsuite-pipeline tables` lists the tables; `netsuite-pipeline sync` brings them.",
            )
        return _exact_frame(connection, f"{quoted(schema)}.{quoted(table)}", columns)


def _exact_frame(
    connection: duckdb.DuckDBPyConnection, ref: str, columns: Mapping[str, str]
) -> "pandas.DataFrame":
    """Return a table as a frame in which no number was ever a float.

    Args:
        connection: To the published file.
        ref: The table, as SQL.
        columns: Its columns, with their DuckDB types.
    """
    import pandas

    items = ", ".join(_items(number, name, kind) for number, (name, kind) in enumerate(columns.items()))
    raw = connection.execute(f"SELECT {items} FROM {ref}").df()
    series: list[pandas.Series] = []
    for number, kind in enumerate(columns.values()):
        values, null = raw[f"v{number}"], raw.get(f"n{number}")
        if _is_decimal(kind):
            values = _objects(values, Decimal)
        elif kind in _WIDE_INTEGERS:
            values = _objects(values, int)
        elif null is not None:
            values = values.convert_dtypes().mask(null)
        series.append(values)
    frame = pandas.concat(series, axis="columns") if series else pandas.DataFrame()
    frame.columns = pandas.Index(list(columns))
    return frame


def _items(number: int, name: str, kind: str) -> str:
    """Return the SELECT items of a column: its value, and whether it is NULL if the value cannot show it."""
    ref = quoted(name)
    if _is_decimal(kind) or kind in _WIDE_INTEGERS:
        return f"{ref}::VARCHAR AS v{number}"
    if kind in _INTEGERS or kind == "BOOLEAN":
        default = "false" if kind == "BOOLEAN" else "0"
        return f"coalesce({ref}, {default}) AS v{number}, {ref} IS NULL AS n{number}"
    return f"{ref} AS v{number}"


def _is_decimal(kind: str) -> bool:
    return kind.startswith("DECIMAL(") and kind.endswith(")")


def _objects(texts: "pandas.Series", kind: type[Decimal] | type[int]) -> "pandas.Series":
    import pandas

    values = [kind(each) if isinstance(each, str) else None for each in texts]
    return pandas.Series(values, dtype=object, index=texts.index)
