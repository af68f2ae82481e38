"""From the stage into the table, compared with a model of it in plain Python."""

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netsuite_pipeline.warehouse.rows.cascade_delete import remove_keys
from netsuite_pipeline.warehouse.rows.merge import (
    MISSING,
    changed_keys,
    count_rows,
    delete_duplicates,
    drop_work_tables,
    find_changed,
    find_missing,
    insert_all,
    write_changed,
)
from netsuite_pipeline.warehouse.schema.schema import (
    StoredColumn,
    StoredTable,
    create_or_extend,
    literal,
    quoted,
)
from netsuite_pipeline.warehouse.staging.stage_sql import STAGE
from netsuite_pipeline.warehouse.state import ensure_state
from netsuite_pipeline.warehouse.transactions import transaction
from netsuite_pipeline_tests.lengths import searches

KEY = ("of", "id")
ALL = ("of", "id", "left", "n")
TABLE = StoredTable(
    "netsuite",
    "line",
    KEY,
    (
        StoredColumn("of", "integer"),
        StoredColumn("id", "integer"),
        StoredColumn("left", "text"),
        StoredColumn("n", "decimal"),
    ),
)
Key = tuple[int, int]
Rows = dict[Key, dict[str, object]]

_keys = st.tuples(st.integers(0, 2), st.integers(0, 2))
_rows = st.dictionaries(
    _keys,
    st.fixed_dictionaries({"left": st.sampled_from([None, "", "a"]), "n": st.sampled_from([None, 0, 1])}),
    max_size=9,
)


@dataclass(frozen=True)
class Merged:
    """Rows written, rows deleted, rows in the table after that, and the changed keys' first parts."""

    written: int
    deleted: int
    rows: int
    changed: list[str]


@dataclass(frozen=True)
class Speaks:
    """What the stage speaks for, as SQL and as Python."""

    sql: str | None
    parents: frozenset[int]


_SPEAKS = [
    Speaks(None, frozenset()),
    Speaks("true", frozenset({0, 1, 2})),
    Speaks("t.of IN (1, 2)", frozenset({1, 2})),
    Speaks("false", frozenset()),
    Speaks("t.of NOT IN (1)", frozenset({0, 2})),
]


def _fill(connection: duckdb.DuckDBPyConnection, into: str, rows: Rows, columns: Sequence[str]) -> None:
    for (of, number), row in rows.items():
        values = [{"of": of, "id": number, **row}[name] for name in columns]
        names = ", ".join(f'"{name}"' for name in columns)
        connection.execute(f"INSERT INTO {into} ({names}) VALUES ({', '.join(map(literal, values))})")


def _merge(
    connection: duckdb.DuckDBPyConnection,
    columns: Sequence[str],
    gone_where: str | None,
    cursor: str | None = None,
) -> Merged:
    deleted = 0
    if gone_where is not None and find_missing(connection, TABLE, gone_where):
        deleted = remove_keys(connection, TABLE, MISSING, []).rows
    kept = [name for name in ALL if name not in columns]
    written = find_changed(connection, TABLE, columns, kept=kept, cursor=cursor)
    changed = list(changed_keys(connection, TABLE))
    write_changed(connection, TABLE, columns, kept=kept)
    drop_work_tables(connection)
    return Merged(written, deleted, count_rows(connection, TABLE.ref), changed)


def _stage(connection: duckdb.DuckDBPyConnection, stage: Rows, columns: Sequence[str]) -> None:
    types = {"of": "BIGINT", "id": "BIGINT", "left": "VARCHAR", "n": "DECIMAL(38,10)"}
    connection.execute("ATTACH ':memory:' AS staged")
    connection.execute(
        f"CREATE TABLE {STAGE} ({', '.join(f'{chr(34)}{n}{chr(34)} {types[n]}' for n in columns)})"
    )
    _fill(connection, STAGE, stage, columns)


def _merged(
    target: Rows, stage: Rows, columns: Sequence[str], gone_where: str | None, cursor: str | None = None
) -> tuple[Rows, Merged]:
    with duckdb.connect() as connection:
        ensure_state(connection)
        create_or_extend(connection, TABLE)
        _fill(connection, "netsuite.line", target, ALL)
        _stage(connection, stage, columns)
        with transaction(connection):
            merged = _merge(connection, columns, gone_where, cursor)
        rows = connection.execute('SELECT "of", id, "left", n FROM netsuite.line').fetchall()
    assert len(rows) == len({row[:2] for row in rows}), "a key is doubled"
    return {row[:2]: {"left": row[2], "n": row[3]} for row in rows}, merged


def _model(target: Rows, stage: Rows, columns: Sequence[str], parents: frozenset[int]) -> tuple[Rows, Merged]:
    after: Rows = {}
    deleted = 0
    changed: list[int] = []
    for key, row in target.items():
        if key[0] in parents and key not in stage:
            deleted += 1
        else:
            after[key] = row
    for key, row in stage.items():
        old: dict[str, object] = target.get(key, {"left": None, "n": None})
        new = {name: row[name] if name in columns else old[name] for name in old}
        if key not in target or new != old:
            changed.append(key[0])
        after[key] = new
    return after, Merged(len(changed), deleted, len(after), [str(of) for of in sorted(changed)])


@settings(max_examples=searches(80, 800))
@given(
    target=_rows,
    stage=_rows,
    columns=st.sampled_from([ALL, ("of", "id", "n"), ("of", "id", "left"), KEY]),
    speaks=st.sampled_from(_SPEAKS),
    by_cursor=st.booleans(),
)
def test_the_table_becomes_what_the_model_says(
    target: Rows, stage: Rows, columns: tuple[str, ...], speaks: Speaks, by_cursor: bool
) -> None:
    cursor = "n" if by_cursor and "n" in columns else None
    merged = _merged(target, stage, columns, speaks.sql, cursor)
    assert merged == _model(target, stage, columns, speaks.parents)


@settings(max_examples=searches(25, 250))
@given(stage=_rows, columns=st.sampled_from([ALL, ("of", "id", "n"), KEY]))
@pytest.mark.long
def test_an_empty_table_takes_the_stage_as_it_is(stage: Rows, columns: tuple[str, ...]) -> None:
    with duckdb.connect() as connection:
        create_or_extend(connection, TABLE)
        _stage(connection, stage, columns)
        assert insert_all(connection, TABLE, columns) == len(stage)
        rows = connection.execute('SELECT "of", id, "left", n FROM netsuite.line').fetchall()
    assert {row[:2]: {"left": row[2], "n": row[3]} for row in rows} == _model(
        {}, stage, columns, frozenset()
    )[0]


@pytest.mark.parametrize("cursor", [None, "n"])
def test_a_row_that_is_equal_is_not_rewritten(cursor: str | None) -> None:
    with duckdb.connect() as connection:
        create_or_extend(connection, TABLE)
        connection.execute("INSERT INTO netsuite.line SELECT 1, range, 'a', range FROM range(5)")
        before = connection.execute("SELECT rowid, * FROM netsuite.line ORDER BY id").fetchall()
        connection.execute("ATTACH ':memory:' AS staged")
        connection.execute(
            f'CREATE TABLE {STAGE} AS SELECT * REPLACE (CASE WHEN id = 3 THEN \'b\' ELSE "left" END AS "left") '
            "FROM netsuite.line"
        )
        merged = _merge(connection, ALL, "true", cursor)
        after = connection.execute("SELECT rowid, * FROM netsuite.line ORDER BY id").fetchall()
    assert merged == Merged(written=1, deleted=0, rows=5, changed=["1"])
    assert [row for row in after if row[2] != 3] == [row for row in before if row[2] != 3]


# Names that DuckDB, or SQL of ours, has a meaning of its own for.
_TAKEN = [
    "rowid",
    "ROWID",
    "RowId",
    "_row",
    "_staged",
    "_moved",
    "moved",
    "k0",
    "k",
    "k1",
    "t",
    "s",
    "m",
    "r",
    "gone",
    "changed",
    "met",
    "row",
    "true",
    "null",
    "case",
    "select",
    "all",
    "counted",
    "newer",
    "links",
]


@settings(max_examples=searches(40, 400))
@given(
    names=st.lists(st.sampled_from(_TAKEN), min_size=4, max_size=4, unique_by=str.lower),
    key_parts=st.integers(1, 2),
    by_cursor=st.booleans(),
    columns_sent=st.integers(3, 4),
)
@pytest.mark.long
def test_a_name_that_sql_has_a_meaning_for_is_a_name_like_any_other(
    names: list[str], key_parts: int, by_cursor: bool, columns_sent: int
) -> None:
    table = StoredTable(
        "netsuite", "list", tuple(names[:key_parts]), tuple(StoredColumn(name, "integer") for name in names)
    )
    sent = names[:columns_sent]
    before = [(number, 0, number % 3, -number) for number in range(400)]
    after = [(number, 0, number % 3 if number % 100 else 7, -number) for number in range(1, 401)]
    with duckdb.connect() as connection:
        ensure_state(connection)
        create_or_extend(connection, table)
        connection.execute(f"INSERT INTO {table.ref} VALUES {', '.join(map(str, before))}")
        connection.execute("ATTACH ':memory:' AS staged")
        connection.execute(f"CREATE TABLE {STAGE} ({', '.join(f'{quoted(name)} BIGINT' for name in sent)})")
        staged = ", ".join(str(row[:columns_sent]) for row in after)
        connection.execute(f"INSERT INTO {STAGE} VALUES {staged}")
        assert find_missing(connection, table, "true") == 1
        assert remove_keys(connection, table, MISSING, []).rows == 1
        kept = names[columns_sent:]
        cursor = names[2] if by_cursor else None
        assert find_changed(connection, table, sent, kept=kept, cursor=cursor) == 4
        assert len(changed_keys(connection, table)) == 4
        write_changed(connection, table, sent, kept=kept)
        rows = connection.execute(f"SELECT * FROM {table.ref} ORDER BY {quoted(names[0])}").fetchall()
    expected = after if not kept else [*after[:-1], (*after[-1][:3], None)]
    assert rows == expected


@pytest.mark.parametrize("name", ["n", "rowid"])
@pytest.mark.parametrize("key", [("a",), ("a", "b")])
def test_of_rows_that_share_a_new_key_one_stays(name: str, key: tuple[str, ...]) -> None:
    columns = tuple(StoredColumn(each, "integer") for each in ("a", "b", name))
    table = StoredTable("netsuite", "list", key, columns)
    with duckdb.connect() as connection:
        create_or_extend(connection, table)
        connection.execute(
            f"INSERT INTO {table.ref} VALUES (1, 1, 7), (1, 1, 7), (1, 1, 8), (2, 1, 7), (NULL, 1, 7)"
        )
        assert delete_duplicates(connection, table) == 2
        assert connection.execute(f"SELECT a, b FROM {table.ref} ORDER BY a").fetchall() == [
            (1, 1),
            (2, 1),
            (None, 1),  # what lacks a part of the key is another matter
        ]


def test_null_and_empty_text_are_different_values() -> None:
    rows, merged = _merged({(1, 1): {"left": None, "n": 1}}, {(1, 1): {"left": "", "n": 1}}, ALL, None)
    assert rows == {(1, 1): {"left": "", "n": 1}}
    assert merged.written == 1


def test_a_merge_leaves_no_table_of_its_own_behind() -> None:
    with duckdb.connect() as connection:
        create_or_extend(connection, TABLE)
        _stage(connection, {}, ALL)
        for cursor in (None, "n"):
            _merge(connection, ALL, "true", cursor)
        left = connection.execute("SELECT table_name FROM duckdb_tables() WHERE temporary").fetchall()
    assert left == [("stored_comments",)]  # what the connection knows of all tables


@pytest.mark.parametrize("gone_where", [None, "true"])
def test_an_empty_stage_deletes_only_what_it_speaks_for(gone_where: str | None) -> None:
    target: Rows = {(1, 1): {"left": "a", "n": 1}}
    rows, merged = _merged(target, {}, ALL, gone_where)
    assert rows == ({} if gone_where else target)
    assert merged == Merged(0, 1 if gone_where else 0, 0 if gone_where else 1, [])
