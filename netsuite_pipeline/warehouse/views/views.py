"""Views beside the tables: made, replaced when they changed, dropped when unwanted. Only ours are touched."""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import duckdb

from netsuite_pipeline.warehouse.schema.schema import literal, quoted, text

_REGISTER = "_netsuite.made_views"
_Key = tuple[str, str]  # schema and name in lower case


@dataclass(frozen=True)
class TableColumn:
    """One column of a table that is there: its DuckDB type, and its comment."""

    type: str
    comment: str = ""


@dataclass(frozen=True)
class ViewColumn:
    """One column of a view.

    Attributes:
        name: Its name.
        sql: The expression that gives it.
        type: Its DuckDB type; where it changes, the view has to be made anew.
        comment: What it means.
    """

    name: str
    sql: str
    type: str = ""
    comment: str = ""


@dataclass(frozen=True)
class View:
    """One view: schema, name, columns, what follows `FROM`, comment."""

    schema: str
    name: str
    columns: tuple[ViewColumn, ...]
    source: str
    comment: str

    @property
    def ref(self) -> str:
        return f"{quoted(self.schema)}.{quoted(self.name)}"

    @property
    def key(self) -> _Key:
        return self.schema, self.name.lower()

    @property
    def select(self) -> str:
        """The statement that it stands for."""
        columns = ", ".join(f"{column.sql} AS {quoted(column.name)}" for column in self.columns)
        return f"SELECT {columns} FROM {self.source}"

    @property
    def fingerprint(self) -> str:
        """Differs wherever the view, or a type or comment in it, does."""
        return hashlib.sha256(repr(self).encode()).hexdigest()


def read_tables(connection: duckdb.DuckDBPyConnection, schema: str) -> dict[str, dict[str, TableColumn]]:
    """The tables of a schema (no views), with their columns in order, by name."""
    rows = connection.execute(
        "SELECT table_name, column_name, data_type, comment FROM duckdb_columns() JOIN "
        "(SELECT database_oid, table_oid FROM duckdb_tables() WHERE database_name = current_database() "
        f"AND schema_name = {text(schema)}) USING (database_oid, table_oid) "
        "ORDER BY table_name, column_index"
    ).fetchall()
    tables: dict[str, dict[str, TableColumn]] = {}
    for table, column, type_, comment in rows:
        tables.setdefault(table, {})[column] = TableColumn(type_, comment or "")
    return tables


def update_views(
    connection: duckdb.DuckDBPyConnection, schemas: Collection[str], wanted: Sequence[View]
) -> None:
    """Makes the views of some schemas what they should be; what is so already is not touched.

    A table, or a view that somebody else made, keeps its name: ours gives way. Call it in a transaction.

    Args:
        schemas: Where all of them are.
        wanted: The views that there should be; others that we once made there are dropped.
    """
    there = _there(connection)
    made = _made(connection, there, schemas)
    ours = {view.key: view for view in wanted}
    keep = {
        key: view for key, view in ours.items() if key not in there or (there[key] == "view" and key in made)
    }
    for key in made.keys() - keep.keys():
        _forget(connection, key, drop=there.get(key) == "view")
    for key, view in keep.items():
        if key in there and made.get(key) == view.fingerprint:
            continue
        if key in made:
            _forget(connection, key, drop=key in there)
        _make(connection, view)


def drop_shadowed_views(connection: duckdb.DuckDBPyConnection, schema: str, tables: Collection[str]) -> None:
    """Drops those of our views whose names tables are about to take; call it in a transaction."""
    there = _there(connection)
    in_the_way = {(schema, name.lower()) for name in tables if there.get((schema, name.lower())) == "view"}
    for key in in_the_way & _made(connection, there, [schema]).keys() if in_the_way else ():
        _forget(connection, key, drop=True)


def _make(connection: duckdb.DuckDBPyConnection, view: View) -> None:
    comments = [f"COMMENT ON VIEW {view.ref} IS {text(view.comment)}"] if view.comment else []
    comments += [
        f"COMMENT ON COLUMN {view.ref}.{quoted(column.name)} IS {text(column.comment)}"
        for column in view.columns
        if column.comment
    ]
    values = ", ".join(map(literal, (*view.key, view.fingerprint)))
    connection.execute(f"CREATE VIEW {view.ref} AS {view.select}")
    connection.execute("; ".join([*comments, f"INSERT INTO {_REGISTER} VALUES ({values})"]))


def _forget(connection: duckdb.DuckDBPyConnection, key: _Key, *, drop: bool) -> None:
    schema, name = key
    if drop:
        connection.execute(f"DROP VIEW {quoted(schema)}.{quoted(name)}")
    connection.execute(
        f"DELETE FROM {_REGISTER} WHERE schema_name = {text(schema)} AND view_name = {text(name)}"
    )


def _made(
    connection: duckdb.DuckDBPyConnection, there: Mapping[_Key, str], schemas: Collection[str]
) -> dict[_Key, str]:
    """The views that we made, each with its fingerprint."""
    if ("_netsuite", "made_views") not in there:
        connection.execute(
            f"CREATE TABLE {_REGISTER} (schema_name VARCHAR NOT NULL, view_name VARCHAR NOT NULL, "
            "fingerprint VARCHAR NOT NULL)"
        )
        connection.execute(
            f"COMMENT ON TABLE {_REGISTER} IS 'The views that the pipeline made and keeps up to date'"
        )
    rows = connection.execute(
        f"SELECT schema_name, view_name, fingerprint FROM {_REGISTER} "
        f"WHERE schema_name IN ({', '.join(map(text, schemas))})"
    ).fetchall()
    return {(schema, name): fingerprint for schema, name, fingerprint in rows}


def _there(connection: duckdb.DuckDBPyConnection) -> dict[_Key, str]:
    """`table` or `view`, by schema and name in lower case: DuckDB does not tell cases apart."""
    rows = connection.execute(
        "SELECT schema_name, lower(table_name), 'table' FROM duckdb_tables() "
        "WHERE database_name = current_database() UNION ALL "
        "SELECT schema_name, lower(view_name), 'view' FROM duckdb_views() "
        "WHERE database_name = current_database()"
    ).fetchall()
    return {(schema, name): kind for schema, name, kind in rows}
