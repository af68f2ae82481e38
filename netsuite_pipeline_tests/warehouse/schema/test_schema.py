"""Tables and columns in DuckDB: made, extended, widened and commented."""

import subprocess
import sys
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

import duckdb
import pytest

from netsuite_pipeline.warehouse.schema.schema import (
    DUCKDB_TYPES,
    StoredColumn,
    StoredTable,
    create_or_extend,
    literal,
    present_columns,
    quoted,
    text,
    text_beside,
)
from netsuite_pipeline.warehouse.transactions import transaction

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


def test_a_new_column_is_added_and_returned() -> None:
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


def test_a_column_is_widened_in_place_with_its_values() -> None:
    before = StoredTable("n", "t", ("id",), (StoredColumn("id", "integer"), StoredColumn("on", "date")))
    after = replace(before, columns=(StoredColumn("id", "decimal"), StoredColumn("on", "datetime")))
    with duckdb.connect() as connection:
        create_or_extend(connection, before)
        connection.execute("INSERT INTO n.t VALUES (7, DATE '2024-02-29'), (NULL, NULL)")
        with transaction(connection):
            assert create_or_extend(connection, after) == []
            connection.execute("INSERT INTO n.t VALUES (0.5, TIMESTAMP '2024-02-29 10:00:00')")
        assert connection.execute("FROM n.t ORDER BY id").fetchall() == [
            (Decimal("0.5"), datetime(2024, 2, 29, 10)),
            (Decimal(7), datetime(2024, 2, 29)),
            (None, None),
        ]


def test_a_text_beside_is_named_and_sent_after_its_column() -> None:
    beside = text_beside(StoredColumn("rate", "decimal"))
    assert (beside.name, beside.type, beside.sent_as) == ("rate_text", "VARCHAR", "rate")
    assert "DECIMAL(38,10)" in beside.comment


def test_a_type_that_is_none_of_ours_is_taken_as_it_is() -> None:
    assert StoredColumn("x", "DOUBLE").type == "DOUBLE"


LITERALS = [
    None,
    True,
    False,
    -7,
    1.25,
    "",
    "it's",
    "two\nlines and a \\",
    "a NUL \0 within",
    "\0",
    "ünïcödé 🧾",
    datetime(2026, 11, 23, 12, 0, 5),
    datetime(2026, 11, 23, 12, 0, 5, 123456),
    [],
    ["a", "it's", "a \0 b"],
]


@pytest.mark.parametrize("value", LITERALS, ids=repr)
def test_a_value_comes_back_from_sql_as_it_was(value: object) -> None:
    with duckdb.connect() as connection:
        assert connection.execute(f"SELECT {literal(value)}").fetchall() == [(value,)]


def test_a_value_of_no_known_type_is_refused() -> None:
    with pytest.raises(TypeError, match="set"):
        literal({1})


def test_nothing_that_the_warehouse_does_imports_pandas() -> None:
    """DuckDB does at the first parameter: a quarter of a second and 50 MB for every command."""
    code = (
        "import sys, duckdb\n"
        "from datetime import datetime\n"
        "from netsuite_pipeline.warehouse import state\n"
        "connection = duckdb.connect()\n"
        "state.ensure_state(connection)\n"
        "now = datetime(2026, 1, 1)\n"
        "state.claim_account(connection, 'n', '1', now)\n"
        "made = state.TableState(now, ('a',), (), now, 1, now)\n"
        "state.write_state(connection, 'n', 't', made, sync_id='1')\n"
        "assert state.read_states(connection, 'n')\n"
        "assert 'pandas' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=600)


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
