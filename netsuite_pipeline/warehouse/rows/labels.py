"""Labels of stored rows after a rename: which may show an old name, and how they get the new one.

NetSuite composes the name that it shows for a record. So the transaction that merges a rename only records
the record's id in `_netsuite.renamed`, and the new name is queried later. The id stays until the name is
stored, so that a killed sync loses no rename. The table stores no names.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import duckdb

from netsuite_pipeline.warehouse.rows.merge import CHANGED
from netsuite_pipeline.warehouse.schema.schema import (
    StoredTable,
    column_values,
    has_rows,
    literal,
    present_columns,
    quoted,
    scalar_count,
    text,
)
from netsuite_pipeline.warehouse.staging.stage_sql import STAGE

# Columns of which NetSuite composes names. Other columns count if the label contains their old value.
_NAMES = re.compile(r"name|title|number|symbol|^entityid$|^itemid$")
_PATH = " : "  # between the names of a record and of those above it


@dataclass(frozen=True)
class LabelColumn:
    """A stored column and the label beside it.

    Attributes:
        table: The table's name.
        column: The column.
        several: Whether a value may be several ids, separated by commas.
    """

    table: str
    column: str
    several: bool = False

    @property
    def name(self) -> str:
        """Return table and column as one name that no table has."""
        return f"{self.table}.{self.column}"

    @property
    def label(self) -> str:
        """Return the label's column."""
        return f"{self.column}_label"

    def is_stored(self, connection: duckdb.DuckDBPyConnection, schema: str) -> bool:
        """Return whether the table has both columns, and the label is text."""
        present = present_columns(connection, schema, self.table)
        return self.column in present and present.get(self.label) == "VARCHAR"


@dataclass(frozen=True)
class LabelLinks:
    """The labels that a table's rows affect.

    Attributes:
        showing: Label columns that may show names of the table's records.
        own: The table's own label columns, each with the table whose records it names, or an empty text.
    """

    showing: tuple[LabelColumn, ...] = ()
    own: Mapping[LabelColumn, str] | None = None


@dataclass(frozen=True)
class Stamped:
    """A table that names values, its key, and the column that says when a record changed."""

    table: str
    key: str
    cursor: str


def ensure_renames(connection: duckdb.DuckDBPyConnection) -> None:
    """Create `_netsuite.renamed` in the existing schema if it is missing."""
    connection.execute(
        "CREATE TABLE IF NOT EXISTS _netsuite.renamed (connection VARCHAR NOT NULL, "
        "names_of VARCHAR NOT NULL, id VARCHAR NOT NULL)"
    )


def record_renames(
    connection: duckdb.DuckDBPyConnection,
    target: StoredTable,
    columns: Sequence[str],
    links: LabelLinks,
    *,
    whole: bool,
) -> int:
    """Record the records that a stage renames, and the values whose stored labels differ from the stage's.

    Call it between `find_changed`, which was given the same columns, and `write_changed`.

    Args:
        connection: To the working file, in the transaction that writes the rows.
        target: The table.
        columns: The received columns.
        links: The labels that the table's rows affect.
        whole: Whether the stage has all rows of the table, so that no older labels stay.

    Returns:
        The number of recorded ids.
    """
    found: set[tuple[str, str]] = set()
    texts = [each.name for each in target.columns if each.kind == "text" and each.name in columns]
    showing = [each for each in links.showing if each.is_stored(connection, target.schema)]
    if showing and len(target.key) == 1 and texts:
        found |= _renamed(connection, target, texts, showing)
    for each, names_of in (links.own or {}).items():
        if not whole and {each.column, each.label} <= set(columns):
            found |= {(names_of or each.name, value) for value in _shown_otherwise(connection, target, each)}
    _insert(connection, target.schema, found)
    return len(found)


def pending_renames(
    connection: duckdb.DuckDBPyConnection, schema: str, label: LabelColumn, names_of: Sequence[str]
) -> tuple[str, ...]:
    """Return the stored values of a label's column whose label may show an old name, as text.

    Args:
        connection: To the working file.
        schema: The connection whose tables they are.
        label: The label.
        names_of: The tables whose records it may name.
    """
    if not label.is_stored(connection, schema):
        return ()
    sources = ", ".join(text(name) for name in (*names_of, label.name))
    renamed = (
        f"SELECT id FROM _netsuite.renamed WHERE connection = {text(schema)} AND names_of IN ({sources})"
    )
    # A value of several ids may be recorded as a whole, too.
    return column_values(
        connection,
        f"SELECT DISTINCT value FROM ({_values(schema, label)}) "
        f"WHERE value IN ({renamed}) OR part IN ({renamed}) ORDER BY value",
    )


def values_changed_since(
    connection: duckdb.DuckDBPyConnection,
    schema: str,
    label: LabelColumn,
    named_by: Sequence[Stamped],
    since: datetime,
) -> tuple[str, ...]:
    """Return the stored values of a label's column whose record changed since a time, as text.

    Args:
        connection: To the working file.
        schema: The connection whose tables they are.
        label: The label.
        named_by: The stored tables of the records; without any, all values may have changed.
        since: UTC.
    """
    if not label.is_stored(connection, schema):
        return ()
    changed = " UNION ALL ".join(
        f"SELECT {quoted(each.key)}::VARCHAR FROM {quoted(schema)}.{quoted(each.table)} "
        f"WHERE TRY_CAST({quoted(each.cursor)} AS TIMESTAMP) >= {literal(since)}"
        for each in named_by
        if {each.key, each.cursor} <= set(present_columns(connection, schema, each.table))
    )
    where = f"WHERE part IN ({changed})" if changed else ""
    return column_values(
        connection, f"SELECT DISTINCT value FROM ({_values(schema, label)}) {where} ORDER BY value"
    )


def has_renames(connection: duckdb.DuckDBPyConnection, schema: str) -> bool:
    """Return whether names of a connection's records are still to be queried."""
    return has_rows(connection, f"SELECT 1 FROM _netsuite.renamed WHERE connection = {text(schema)} LIMIT 1")


def write_labels(
    connection: duckdb.DuckDBPyConnection, schema: str, label: LabelColumn, shown: Mapping[str, str]
) -> int:
    """Write labels to all rows that have their value; a current label is not written.

    Args:
        connection: To the working file, in a transaction.
        schema: The connection whose table it is.
        label: The label.
        shown: NetSuite's names, by value as text.

    Returns:
        The number of rows whose label changed.
    """
    if not shown or not label.is_stored(connection, schema):
        return 0
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE shown AS SELECT unnest({literal(list(shown))}) AS value, "
        f"unnest({literal(list(shown.values()))}) AS label"
    )
    column, name = quoted(label.column), quoted(label.label)
    written = scalar_count(
        connection,
        f"UPDATE {quoted(schema)}.{quoted(label.table)} t SET {name} = n.label FROM temp.main.shown n "
        f"WHERE t.{column}::VARCHAR = n.value AND t.{name} IS DISTINCT FROM n.label",
    )
    connection.execute("DROP TABLE temp.main.shown")
    return written


def clear_renames(connection: duckdb.DuckDBPyConnection, schema: str) -> None:
    """Delete the recorded ids after all labels were queried."""
    connection.execute(f"DELETE FROM _netsuite.renamed WHERE connection = {text(schema)}")


def record_pending_values(
    connection: duckdb.DuckDBPyConnection, schema: str, label: LabelColumn, values: Sequence[str]
) -> None:
    """Record the values of one label that are still to be queried."""
    _insert(connection, schema, {(label.name, value) for value in values})


def _insert(connection: duckdb.DuckDBPyConnection, schema: str, found: set[tuple[str, str]]) -> None:
    if found:
        names_of, ids = zip(*sorted(found), strict=True)
        connection.execute(
            f"INSERT INTO _netsuite.renamed SELECT {text(schema)}, unnest({literal(names_of)}), "
            f"unnest({literal(ids)})"
        )


def _renamed(
    connection: duckdb.DuckDBPyConnection,
    target: StoredTable,
    texts: Sequence[str],
    showing: Sequence[LabelColumn],
) -> set[tuple[str, str]]:
    """Return the records whose name changed, and the values whose label contains one (`Parent : Child`)."""
    key = quoted(target.key[0])
    names = [name for name in texts if _NAMES.search(name)]
    others = [name for name in texts if name not in names]
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE renamed_now AS SELECT * FROM ("
        f"SELECT t.{key}::VARCHAR AS id, {_differs(names)} AS certain, {_old(names)} AS old_names, "
        f"{_old(others)} AS old_others FROM {CHANGED} s JOIN {target.ref} t ON t.{key} = s.{key}) "
        "WHERE certain OR len(old_others) > 0"
    )
    certain = column_values(connection, "SELECT id FROM temp.main.renamed_now WHERE certain")
    found = {(target.name, id_) for id_ in certain}
    if has_rows(connection, "SELECT 1 FROM temp.main.renamed_now LIMIT 1"):
        for label in showing:
            found |= _named_otherwise(connection, target, label)
    connection.execute("DROP TABLE temp.main.renamed_now")
    return found


def _named_otherwise(
    connection: duckdb.DuckDBPyConnection, target: StoredTable, label: LabelColumn
) -> set[tuple[str, str]]:
    values = _values(target.schema, label)
    by_others = column_values(
        connection,
        f"SELECT DISTINCT n.id FROM temp.main.renamed_now n JOIN ({values}) l ON l.part = n.id "
        "WHERE NOT n.certain AND len(list_filter(n.old_others, lambda old: contains(l.label, old))) > 0",
    )
    on_the_way = column_values(
        connection,
        f"SELECT DISTINCT l.value FROM (SELECT value, unnest(string_split(label, {text(_PATH)})) AS step "
        f"FROM ({values}) WHERE contains(label, {text(_PATH)})) l JOIN "
        "(SELECT DISTINCT unnest(old_names) AS old FROM temp.main.renamed_now WHERE certain) n "
        "ON trim(l.step) = trim(n.old)",
    )
    return {(target.name, id_) for id_ in by_others} | {(label.name, value) for value in on_the_way}


def _shown_otherwise(
    connection: duckdb.DuckDBPyConnection, target: StoredTable, label: LabelColumn
) -> tuple[str, ...]:
    """Return the values whose label differs between the stage and other rows of the table."""
    column, name = quoted(label.column), quoted(label.label)
    return column_values(
        connection,
        f"SELECT DISTINCT t.{column}::VARCHAR FROM {target.ref} t JOIN (SELECT DISTINCT s.{column} AS value, "
        f"s.{name} AS label FROM {STAGE} s WHERE s.{column} IN (SELECT {column} FROM {CHANGED})) n "
        f"ON t.{column} = n.value WHERE t.{name} IS NOT NULL AND n.label IS NOT NULL AND t.{name} <> n.label",
    )


def _values(schema: str, label: LabelColumn) -> str:
    """Return the SELECT of the stored values of a label's column, with each id in them, and the label."""
    column, name = quoted(label.column), quoted(label.label)
    part = f"unnest(string_split(replace({column}, ' ', ''), ','))" if label.several else f"{column}::VARCHAR"
    return (
        f"SELECT DISTINCT {column}::VARCHAR AS value, {part} AS part, {name} AS label "
        f"FROM {quoted(schema)}.{quoted(label.table)} WHERE {column} IS NOT NULL AND {name} IS NOT NULL"
    )


def _differs(names: Sequence[str]) -> str:
    return " OR ".join(f"t.{quoted(name)} IS DISTINCT FROM s.{quoted(name)}" for name in names) or "false"


def _old(names: Sequence[str]) -> str:
    """Return the list of the old values of the changed columns."""
    items = ", ".join(
        f"CASE WHEN t.{quoted(name)} IS DISTINCT FROM s.{quoted(name)} THEN t.{quoted(name)} END"
        for name in names
    )
    return f"list_filter([{items}]::VARCHAR[], lambda old: length(old) > 1)"
