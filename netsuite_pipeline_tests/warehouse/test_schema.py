"""Tables and columns in DuckDB: made, extended, commented, and never changed under stored values."""

from dataclasses import replace

import duckdb
import pytest

from netsuite_pipeline.warehouse.errors import LoadRefused
from netsuite_pipeline.warehouse.schema import (
    DUCKDB_TYPES,
    StoredColumn,
    StoredTable,
    create_or_extend,
    present_columns,
    quoted,
    text,
)

TABLE = StoredTable(
    "netsuite",
    "accounttype",
    ("id",),
    (StoredColumn("id", "text", "Its id."), StoredColumn("left", "boolean", "Whether it's on the left.")),
    "Kinds of account.",
)


def _comments(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    return dict(
        connection.execute(
            "SELECT column_name, comment FROM duckdb_columns() WHERE table_name = 'accounttype' "
            "UNION ALL SELECT 'the table', comment FROM duckdb_tables() WHERE table_name = 'accounttype'"
        ).fetchall()
    )


def test_a_table_is_made_with_every_type() -> None:
    columns = tuple(StoredColumn(f"a_{kind}", kind) for kind in DUCKDB_TYPES)
    with duckdb.connect() as connection:
        added = create_or_extend(connection, StoredTable("netsuite", "t", ("a_integer",), columns))
        assert present_columns(connection, "netsuite", "t") == {
            "a_integer": "BIGINT",
            "a_decimal": "DECIMAL(38,10)",
            "a_boolean": "BOOLEAN",
            "a_text": "VARCHAR",
            "a_multiselect": "VARCHAR",
            "a_date": "DATE",
            "a_datetime": "TIMESTAMP",
        }
    assert added == []


def test_a_table_that_is_as_wanted_stays_as_it_is() -> None:
    with duckdb.connect() as connection:
        create_or_extend(connection, TABLE)
        connection.execute("INSERT INTO netsuite.accounttype VALUES ('Bank', true)")
        assert create_or_extend(connection, TABLE) == []
        assert connection.execute("FROM netsuite.accounttype").fetchall() == [("Bank", True)]


def test_a_new_column_is_added_and_told() -> None:
    wider = replace(TABLE, columns=(*TABLE.columns, StoredColumn("order", "integer", "A reserved word.")))
    with duckdb.connect() as connection:
        create_or_extend(connection, TABLE)
        connection.execute("INSERT INTO netsuite.accounttype VALUES ('Bank', true)")
        assert create_or_extend(connection, wider) == ["order"]
        assert connection.execute("FROM netsuite.accounttype").fetchall() == [("Bank", True, None)]
        assert _comments(connection)["order"] == "A reserved word."


def test_a_column_that_the_catalogue_no_longer_has_stays() -> None:
    with duckdb.connect() as connection:
        create_or_extend(connection, TABLE)
        create_or_extend(connection, replace(TABLE, columns=TABLE.columns[:1]))
        assert list(present_columns(connection, "netsuite", "accounttype")) == ["id", "left"]


def test_comments_are_set_and_refreshed() -> None:
    with duckdb.connect() as connection:
        create_or_extend(connection, TABLE)
        assert _comments(connection) == {
            "id": "Its id.",
            "left": "Whether it's on the left.",
            "the table": "Kinds of account.",
        }
        columns = (TABLE.columns[0], replace(TABLE.columns[1], comment="New; it's better."))
        create_or_extend(connection, replace(TABLE, columns=columns, comment="New too."))
        assert _comments(connection) == {
            "id": "Its id.",
            "left": "New; it's better.",
            "the table": "New too.",
        }


def test_another_type_than_the_stored_one_is_refused_naming_both() -> None:
    clash = replace(TABLE, columns=(TABLE.columns[0], StoredColumn("left", "decimal")))
    with duckdb.connect() as connection:
        create_or_extend(connection, TABLE)
        with pytest.raises(LoadRefused, match=r"accounttype\.left is stored as BOOLEAN .* DECIMAL\(38,10\)"):
            create_or_extend(connection, clash)


def test_a_table_of_the_same_name_in_another_schema_is_another_table() -> None:
    with duckdb.connect() as connection:
        create_or_extend(connection, TABLE)
        assert present_columns(connection, "other", "accounttype") == {}


@pytest.mark.parametrize("name", ["left", "order", 'a"b', "sélect", "a b", "a'b"])
def test_any_name_can_be_a_column(name: str) -> None:
    with duckdb.connect() as connection:
        create_or_extend(
            connection, StoredTable("n", "t", ("id",), (StoredColumn(name, "text", "It's so."),))
        )
        connection.execute(f"INSERT INTO n.t ({quoted(name)}) VALUES ({text(name)})")
        assert connection.execute(f"SELECT {quoted(name)} FROM n.t").fetchall() == [(name,)]
