"""The tables that the marts read: NetSuite's tables with every column, whatever the account has."""

from collections.abc import Mapping
from dataclasses import dataclass

import duckdb

from netsuite_pipeline.tables import Table, standard_tables
from netsuite_pipeline.warehouse.schema.schema import DUCKDB_TYPES, literal, quoted, text
from netsuite_pipeline.warehouse.views.views import TableColumn, read_tables

# An absent column has the value that does not exclude a row. An absent table is empty.
_DEFAULTS: Mapping[tuple[str, str], str] = {
    ("transaction", "posting"): "true",
    ("transactionaccountingline", "posting"): "true",
    ("accountingperiod", "isposting"): "true",
}


@dataclass(frozen=True)
class Available:
    """The tables of a connection with their columns, in lower case.

    Attributes:
        tables: The columns by table.
    """

    tables: Mapping[str, frozenset[str]]

    def has(self, name: str) -> bool:
        """Return whether a table or a column (`account.accttype`) exists.

        Example:
            >>> available = Available({"account": frozenset({"id"})})
            >>> available.has("account"), available.has("account.accttype"), available.has("item.id")
            (True, False, False)
        """
        table, _, column = name.partition(".")
        return table in self.tables and (not column or column in self.tables[table])

    def absent(self, uses: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
        """Return what does not exist: a table, or a column of an existing table.

        Args:
            uses: Columns by table.

        Example:
            >>> available = Available({"account": frozenset({"id"})})
            >>> available.absent({"account": ("accttype", "id"), "item": ("id",)})
            ('account.accttype', 'item')
        """
        names: list[str] = []
        for table, columns in uses.items():
            if table in self.tables:
                names += [f"{table}.{column}" for column in columns if column not in self.tables[table]]
            else:
                names.append(table)
        return tuple(names)


def create_inputs(connection: duckdb.DuckDBPyConnection, schema: str, tables: tuple[str, ...]) -> Available:
    """Create a temporary view for each table, and the temporary table `available`.

    A view has all columns of the standard catalogue in their standard types. A column that the connection
    lacks is NULL, a table that it lacks is empty.

    Args:
        connection: To the working file.
        schema: The schema of NetSuite's tables.
        tables: The tables.

    Returns:
        What the connection has.
    """
    present = read_tables(connection, schema)
    stored = {
        name.lower(): {column.lower(): (column, each) for column, each in columns.items()}
        for name, columns in present.items()
    }
    names = {name.lower(): name for name in present}
    catalogue = standard_tables()
    for table in tables:
        source = f"{quoted(schema)}.{quoted(names[table])}" if table in names else ""
        connection.execute(_view(catalogue[table], source, stored.get(table, {})))
    available = Available({table: frozenset(columns) for table, columns in stored.items()})
    connection.execute("CREATE OR REPLACE TEMP TABLE available (name VARCHAR)")
    found = [*stored, *(f"{table}.{column}" for table, columns in stored.items() for column in columns)]
    if found:
        connection.execute(f"INSERT INTO available SELECT unnest({literal(found)})")
    return available


def _view(table: Table, source: str, stored: Mapping[str, tuple[str, TableColumn]]) -> str:
    columns = ", ".join(
        f"{_value(table.name, column.name, DUCKDB_TYPES[column.type], stored)} AS {quoted(column.name)}"
        for column in table.columns
    )
    rows = f"FROM {source}" if source else "WHERE false"
    return f"CREATE OR REPLACE TEMP VIEW {quoted(table.name)} AS SELECT {columns} {rows}"


def _value(table: str, column: str, type_: str, stored: Mapping[str, tuple[str, TableColumn]]) -> str:
    if column not in stored:
        return f"{_DEFAULTS.get((table, column), 'NULL')}::{type_}"
    name, kept = stored[column]
    # A column that drifted to another type has the values that still fit.
    return quoted(name) if kept.type == type_ else f"TRY_CAST({quoted(name)} AS {type_})"


def drop_inputs(connection: duckdb.DuckDBPyConnection, tables: tuple[str, ...]) -> None:
    """Drop what `create_inputs` created: the views would hide tables of the same names."""
    connection.execute("".join(f"DROP VIEW IF EXISTS temp.{quoted(table)}; " for table in tables))
    connection.execute(f"DROP TABLE IF EXISTS temp.{quoted('available')}")


def day_view(day: str) -> str:
    """Return the statement that makes the day of a build readable to the SQL files.

    Args:
        day: The day as ISO text.

    Example:
        >>> day_view("2026-01-31")
        "CREATE OR REPLACE TEMP VIEW build_day AS SELECT DATE '2026-01-31' AS today"
    """
    return f"CREATE OR REPLACE TEMP VIEW build_day AS SELECT DATE {text(day)} AS today"
