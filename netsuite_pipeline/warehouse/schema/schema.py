"""Tables and columns in DuckDB: types, SQL literals, comments, and DDL to create and extend tables."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import duckdb

# Money and rates are never floating point: a trial balance has to add up to exactly zero. Ten decimals hold
# NetSuite's exchange rates, and leave room to multiply two such numbers within DuckDB's 38 digits.
DUCKDB_TYPES: Mapping[str, str] = {
    "integer": "BIGINT",
    "decimal": "DECIMAL(38,10)",
    "boolean": "BOOLEAN",
    "text": "VARCHAR",
    "multiselect": "VARCHAR",
    "date": "DATE",
    "datetime": "TIMESTAMP",
}


_AS_SENT = " as NetSuite sends it"  # marks our text columns in their comments


@dataclass(frozen=True)
class StoredColumn:
    """One stored column.

    Attributes:
        name: Its name.
        kind: Its type as the catalogue names it (`decimal`), or a DuckDB type outside the catalogue.
        comment: Its meaning.
        text_of: The column whose values this one stores as text, as NetSuite sent them; empty for others.
    """

    name: str
    kind: str
    comment: str = ""
    text_of: str = ""

    @property
    def type(self) -> str:
        """Its DuckDB type."""
        return DUCKDB_TYPES.get(self.kind, self.kind)

    @property
    def sent_as(self) -> str:
        """The name of its values in NetSuite's rows."""
        return self.text_of or self.name


@dataclass(frozen=True)
class StoredTable:
    """One stored table: schema, name, key columns, columns in order, comment.

    Attributes:
        identity_columns: The columns that distinguish rows where keys are not unique. Rows that agree in all
            of them are numbered; NULL equals NULL in them. Empty where keys are unique.
    """

    schema: str
    name: str
    key: tuple[str, ...]
    columns: tuple[StoredColumn, ...]
    comment: str = ""
    identity_columns: tuple[str, ...] = ()

    @property
    def ref(self) -> str:
        """Its qualified name in SQL."""
        return f"{quoted(self.schema)}.{quoted(self.name)}"


def quoted(name: str) -> str:
    """Return a name as a quoted SQL identifier.

    Example:
        >>> quoted('le"ft')
        '"le""ft"'
    """
    return '"' + name.replace('"', '""') + '"'


def unused_name(wanted: str, taken: Collection[str]) -> str:
    """Return a name that no column has: `wanted`, or `wanted` with a number.

    Example:
        >>> unused_name("rate_text", {"rate"}), unused_name("rate_text", {"rate", "Rate_Text"})
        ('rate_text', 'rate_text_2')
    """
    names = {name.lower() for name in taken}
    free = (name for name in (wanted, *(f"{wanted}_{n}" for n in range(2, len(names) + 3))))
    return next(name for name in free if name.lower() not in names)


def text(value: str) -> str:
    """Return a text as a DuckDB literal.

    Example:
        >>> text("it's")
        "'it''s'"
    """
    # A statement ends at a NUL.
    return "'" + value.replace("'", "''").replace("\0", "' || chr(0) || '") + "'"


def literal(value: object) -> str:
    """Return a value as a SQL literal.

    Parameters would make DuckDB import pandas, which costs a quarter of a second and 50 MB (measured).

    Args:
        value: None, a text, number, boolean, datetime (UTC, without time zone), or a sequence of texts.

    Example:
        >>> literal(None), literal(7), literal(("a", "b"))
        ('NULL', '7', "CAST(['a', 'b'] AS VARCHAR[])")
    """
    if value is None:
        return "NULL"
    if isinstance(value, str):
        return f"({text(value)})" if "\0" in value else text(value)
    if isinstance(value, datetime):
        return f"TIMESTAMP '{value.isoformat(' ')}'"
    if isinstance(value, bool | int | float):
        return repr(value)
    if isinstance(value, Sequence):
        return f"CAST([{', '.join(map(literal, value))}] AS VARCHAR[])"
    raise TypeError(f"no SQL for a {type(value).__name__}")


def scalar_count(connection: duckdb.DuckDBPyConnection, statement: str) -> int:
    """Execute a statement, and return the number in its first column: a count, or the changed rows."""
    row = connection.execute(statement).fetchone()
    return int(row[0]) if row else 0


def column_values(connection: duckdb.DuckDBPyConnection, statement: str) -> tuple[Any, ...]:
    """Execute a statement, and return the values in its first column."""
    return tuple(row[0] for row in connection.execute(statement).fetchall())


def has_rows(connection: duckdb.DuckDBPyConnection, statement: str) -> bool:
    """Execute a statement, and return whether it has a row."""
    return connection.execute(statement).fetchone() is not None


def of_table(connection: str, table: str) -> str:
    """Return the condition of a table's rows in the tables of `_netsuite`.

    Example:
        >>> of_table("netsuite", "customer")
        "connection = 'netsuite' AND table_name = 'customer'"
    """
    return f"connection = {text(connection)} AND table_name = {text(table)}"


def insert_row(connection: duckdb.DuckDBPyConnection, table: str, row: Mapping[str, object]) -> None:
    """Insert one row into a table of `_netsuite`."""
    values = ", ".join(map(literal, row.values()))
    connection.execute(f"INSERT INTO _netsuite.{table} ({', '.join(row)}) VALUES ({values})")


def key_text(table: StoredTable, alias: str) -> str:
    r"""Return the SQL of a row's key as one text, the form of `_netsuite.missing_rows` and `rejected_values`.

    Args:
        table: The table.
        alias: The alias that qualifies its columns.

    Example:
        >>> key_text(StoredTable("netsuite", "line", ("a", "b"), ()), "t")
        'coalesce(t."a"::VARCHAR, \'\') || \'/\' || coalesce(t."b"::VARCHAR, \'\')'
    """
    return " || '/' || ".join(f"coalesce({alias}.{quoted(part)}::VARCHAR, '')" for part in table.key)


def present_columns(connection: duckdb.DuckDBPyConnection, schema: str, name: str) -> dict[str, str]:
    """Return the columns of a table or view with their DuckDB types; empty if it does not exist."""
    # duckdb_columns() lists all columns of all tables and views, which is four times as slow, and
    # duckdb_views() binds every view (measured). A missing name is refused before anything is executed, so a
    # transaction goes on.
    ref = text(f"{quoted(schema)}.{quoted(name)}")
    try:
        return dict(connection.execute(f"SELECT name, type FROM pragma_table_info({ref})").fetchall())
    except duckdb.CatalogException:
        return {}


def text_beside(column: StoredColumn, taken: Collection[str] = ()) -> StoredColumn:
    """Return the column that stores another column's values as text.

    Args:
        column: The other column.
        taken: Names of NetSuite's own columns, which the new column must not have.

    Example:
        >>> text_beside(StoredColumn("rate", "decimal")).name
        'rate_text'
        >>> text_beside(StoredColumn("rate", "decimal"), {"rate", "rate_text"}).name
        'rate_text_2'
    """
    comment = f"{column.name}{_AS_SENT}: not every value there is {column.type}"
    return StoredColumn(unused_name(f"{column.name}_text", taken), "text", comment, text_of=column.name)


def texts_beside(connection: duckdb.DuckDBPyConnection, schema: str, name: str) -> frozenset[str]:
    """Return the columns of a table that `text_beside` made, found by their comments."""
    found = column_values(
        connection,
        "SELECT column_name FROM duckdb_columns() WHERE database_name = current_database() "
        f"AND schema_name = {text(schema)} AND table_name = {text(name)} "
        f"AND contains(comment, {text(_AS_SENT)}) "
        f"AND starts_with(column_name, split_part(comment, {text(_AS_SENT)}, 1) || '_text')",
    )
    return frozenset(found)


def create_or_extend(
    connection: duckdb.DuckDBPyConnection, table: StoredTable, *, comments: bool = True
) -> Sequence[str]:
    """Create the table, or add its missing columns, change column types and set comments.

    `drift` decides the types.

    Args:
        connection: To the working file, in a transaction.
        table: The table.
        comments: Whether to set comments, too; otherwise call `set_comments` later.

    Returns:
        The columns that were added to an existing table.
    """
    present = present_columns(connection, table.schema, table.name)
    alter = f"ALTER TABLE {table.ref}"
    added: list[str] = []
    if not present:
        columns = ", ".join(f"{quoted(column.name)} {column.type}" for column in table.columns)
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS {quoted(table.schema)}")
        connection.execute(f"CREATE TABLE {table.ref} ({columns})")
    for column in table.columns if present else ():
        stored = present.get(column.name)
        if stored is None:
            connection.execute(f"{alter} ADD COLUMN {quoted(column.name)} {column.type}")
            added.append(column.name)
        elif stored != column.type:
            connection.execute(f"{alter} ALTER COLUMN {quoted(column.name)} TYPE {column.type}")
    if comments:
        set_comments(connection, table)
    return added


_COMMENTS = "temp.main.stored_comments"


def set_comments(connection: duckdb.DuckDBPyConnection, table: StoredTable) -> None:
    """Set the comments of a table and its columns where they differ."""
    of = f"schema_name = {text(table.schema)} AND table_name = {text(table.name)}"
    stored = dict(_stored_comments(connection, of))
    wanted = {"": table.comment, **{column.name: column.comment for column in table.columns}}
    changed = {name: words for name, words in wanted.items() if words and stored.get(name) != words}
    for name, words in changed.items():
        target = f"COLUMN {table.ref}.{quoted(name)}" if name else f"TABLE {table.ref}"
        connection.execute(f"COMMENT ON {target} IS {text(words)}")
    if changed:
        rows = ", ".join(
            f"({', '.join(map(literal, (table.schema, table.name, name, words)))})"
            for name, words in changed.items()
        )
        connection.execute(
            f"DELETE FROM {_COMMENTS} WHERE {of} AND list_contains({literal(tuple(changed))}, column_name)"
        )
        connection.execute(f"INSERT INTO {_COMMENTS} VALUES {rows}")


def _stored_comments(connection: duckdb.DuckDBPyConnection, condition: str) -> list[Any]:
    """Return columns with their comments; the table's own has an empty name.

    All comments are read once a connection: a lake counts the rows of all tables for each look (measured).
    """
    statement = f"SELECT column_name, comment FROM {_COMMENTS} WHERE {condition}"
    try:
        return connection.execute(statement).fetchall()
    except duckdb.CatalogException:
        here = "WHERE database_name = current_database() AND comment IS NOT NULL"
        connection.execute(
            "CREATE TEMP TABLE stored_comments AS "
            f"SELECT schema_name, table_name, column_name, comment FROM duckdb_columns() {here} UNION ALL "
            f"SELECT schema_name, table_name, '', comment FROM duckdb_tables() {here}"
        )
    return connection.execute(statement).fetchall()


def rewrite_table(connection: duckdb.DuckDBPyConnection, schema: str, name: str, columns: str) -> None:
    """Write a table anew with other columns, and keep its comments.

    A lake refuses `ALTER … TYPE … USING`, and leaves the values of a dropped column in its files. Call this
    function in a transaction.

    Args:
        connection: To the working file.
        schema: The table's schema.
        name: The table.
        columns: Its new columns as SQL: `* REPLACE (TRY_CAST("n" AS BIGINT) AS "n")`, `* EXCLUDE ("n")`.
    """
    ref = f"{quoted(schema)}.{quoted(name)}"
    here = f"WHERE database_name = current_database() AND schema_name = {text(schema)}"
    of = f"{here} AND table_name = {text(name)} AND comment IS NOT NULL"
    comments = connection.execute(
        f"SELECT NULL, comment FROM duckdb_tables() {of} UNION ALL "
        f"SELECT column_name, comment FROM duckdb_columns() {of}"
    ).fetchall()
    taken = column_values(connection, f"SELECT table_name FROM duckdb_columns() {here}")
    fresh = f"{quoted(schema)}.{quoted(unused_name(f'{name}_anew', taken))}"
    connection.execute(f"CREATE TABLE {fresh} AS SELECT {columns} FROM {ref}")
    connection.execute(f"DROP TABLE {ref}")
    connection.execute(f"ALTER TABLE {fresh} RENAME TO {quoted(name)}")
    connection.execute(f"DROP TABLE IF EXISTS {_COMMENTS}")
    present = present_columns(connection, schema, name)
    for column, comment in comments:
        if column is None:
            connection.execute(f"COMMENT ON TABLE {ref} IS {text(comment)}")
        elif column in present:
            connection.execute(f"COMMENT ON COLUMN {ref}.{quoted(column)} IS {text(comment)}")


def is_in_lake(connection: duckdb.DuckDBPyConnection) -> bool:
    """Return whether the current database is a lake, which refuses comments on the columns of views."""
    return has_rows(
        connection,
        "SELECT 1 FROM duckdb_databases() WHERE database_name = current_database() AND type = 'ducklake'",
    )
