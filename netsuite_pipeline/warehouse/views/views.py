"""The pipeline's views: created, replaced when changed, dropped when unwanted. Other views stay."""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import duckdb

from netsuite_pipeline.warehouse.schema.schema import is_in_lake, literal, present_columns, quoted, text

_REGISTER = "_netsuite.made_views"
_Key = tuple[str, str]  # schema and name in lower case


@dataclass(frozen=True)
class TableColumn:
    """One column of an existing table: its DuckDB type, and its comment."""

    type: str
    comment: str = ""


@dataclass(frozen=True)
class ViewColumn:
    """One column of a view.

    Attributes:
        name: Its name.
        sql: Its SQL expression.
        type: Its DuckDB type; a change of type recreates the view.
        comment: Its meaning.
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
        """Its qualified name in SQL."""
        return f"{quoted(self.schema)}.{quoted(self.name)}"

    @property
    def key(self) -> _Key:
        """Its schema and its name in lower case."""
        return self.schema, self.name.lower()

    @property
    def select(self) -> str:
        """Its SELECT statement."""
        columns = ", ".join(f"{column.sql} AS {quoted(column.name)}" for column in self.columns)
        return f"SELECT {columns} FROM {self.source}"

    @property
    def fingerprint(self) -> str:
        """A digest that changes with the view, and with each type and comment in it."""
        return hashlib.sha256(repr(self).encode()).hexdigest()


def read_tables(connection: duckdb.DuckDBPyConnection, schema: str) -> dict[str, dict[str, TableColumn]]:
    """Return the tables of a schema, without views, by name, with their columns in order."""
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
    """Create, replace and drop the pipeline's views of some schemas; current views are not touched.

    A table or somebody else's view keeps its name: no view of the same name is created.

    Args:
        connection: To the working file, in a transaction.
        schemas: The schemas of all views.
        wanted: The views; other views that the pipeline created in these schemas are dropped.
    """
    there = _there(connection)
    made = _made(connection, there, schemas)
    ours = {view.key: view for view in wanted}
    on_columns = not is_in_lake(connection)
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
        _make(connection, view, on_columns=on_columns)


def drop_shadowed_views(connection: duckdb.DuckDBPyConnection, schema: str, tables: Collection[str]) -> None:
    """Drop the pipeline's views whose names new tables need, in a transaction."""
    if not present_columns(connection, "_netsuite", "made_views"):
        return
    in_the_way = {(schema, name.lower()) for name in tables} & _read_made(connection, [schema]).keys()
    there = _there(connection) if in_the_way else {}
    for key in in_the_way:
        if there.get(key) == "view":
            _forget(connection, key, drop=True)


def _make(connection: duckdb.DuckDBPyConnection, view: View, *, on_columns: bool) -> None:
    """Create a view with its comments, those of its columns where DuckDB can store them."""
    comments = [f"COMMENT ON VIEW {view.ref} IS {text(view.comment)}"] if view.comment else []
    comments += [
        f"COMMENT ON COLUMN {view.ref}.{quoted(column.name)} IS {text(column.comment)}"
        for column in view.columns
        if column.comment and on_columns
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
    """Return the pipeline's views with their fingerprints."""
    if ("_netsuite", "made_views") not in there:
        connection.execute(
            f"CREATE TABLE {_REGISTER} (schema_name VARCHAR NOT NULL, view_name VARCHAR NOT NULL, "
            "fingerprint VARCHAR NOT NULL)"
        )
        connection.execute(
            f"COMMENT ON TABLE {_REGISTER} IS 'The views that the pipeline made and keeps up to date'"
        )
    return _read_made(connection, schemas)


def _read_made(connection: duckdb.DuckDBPyConnection, schemas: Collection[str]) -> dict[_Key, str]:
    rows = connection.execute(
        f"SELECT schema_name, view_name, fingerprint FROM {_REGISTER} "
        f"WHERE schema_name IN ({', '.join(map(text, schemas))})"
    ).fetchall()
    return {(schema, name): fingerprint for schema, name, fingerprint in rows}


def _there(connection: duckdb.DuckDBPyConnection) -> dict[_Key, str]:
    """Return `table` or `view` by schema and name in lower case, because DuckDB ignores case."""
    rows = connection.execute(
        "SELECT schema_name, lower(table_name), 'table' FROM duckdb_tables() "
        "WHERE database_name = current_database() UNION ALL "
        "SELECT schema_name, lower(view_name), 'view' FROM duckdb_views() "
        "WHERE database_name = current_database()"
    ).fetchall()
    return {(schema, name): kind for schema, name, kind in rows}
