"""Names that are free in NetSuite and taken by DuckDB, SQL or the pipeline: the table equals NetSuite's."""

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from netsuite_pipeline.tables import Column, Permission, Table, TableSpecError
from netsuite_pipeline.tables.queries.query_table import query_table
from netsuite_pipeline.tables.spec.parser import parse_tables
from netsuite_pipeline.tables.table import ColumnType
from netsuite_pipeline.warehouse.schema.schema import quoted
from netsuite_pipeline.warehouse.warehouse import Warehouse
from netsuite_pipeline_tests.lengths import searches
from netsuite_pipeline_tests.sync.books import CONNECTION, a_warehouse, stored, synced
from netsuite_pipeline_tests.sync.fake_netsuite import FakeNetSuite, Value

_COLUMNS = [
    *(
        "rowid",
        "true",
        "false",
        "null",
        "case",
        "from",
        "order",
        "left",
        "date",
        "rownum",
        "sysdate",
    ),
    *(
        "x",
        "x_text",
        "x_text_2",
        "x_label",
        "rn",
        "t",
        "s",
        "k",
        "r",
        "m",
        "l",
        "k0",
        "moved",
        "counted",
        "newer",
    ),
    *(
        "checksum",
        "h",
        "met",
        "gone",
        "changed",
        "batch",
        "tiny",
        "items",
        "count",
        "key",
        "value",
        "content",
    ),
    *("column_name", "n" * 120),
]
_TABLES = ["lock", "invoice", "invoice_line", "netsuite", "manifest", "pages", "plan", "con", "aux", "staged"]
_TABLES += ["main", "temp", "stage", "rejects", "x" * 120]
_TYPES: tuple[ColumnType, ...] = ("integer", "text", "decimal", "boolean", "integer")
_ROWS = 30
PERMISSION = Permission("LIST_TERM", "Lists > Terms")


def _row(number: int, names: Sequence[str], mark: int) -> dict[str, Value]:
    values: list[Value] = [number, f"text {mark}", Decimal(mark) / 4, mark % 2 == 0, -mark]
    return dict(zip(names, values, strict=False))


def _as_query(name: str, names: Sequence[str]) -> tuple[Table, Table]:
    """A table of NetSuite's with plain names, and a query that gives its columns these."""
    plain = [f"c{place}" for place in range(len(names))]
    of = _table("source", plain)
    selected = ", ".join(f"s.{own} AS {called}" for own, called in zip(plain, names, strict=True))
    query = query_table(name, query=f"SELECT {selected} FROM source s", key=names[:1], known={"source": of})
    return of, query


def _table(name: str, names: Sequence[str]) -> Table:
    columns = tuple(Column(each, type_, "Made up.") for each, type_ in zip(names, _TYPES, strict=False))
    return Table(name, name, "Made up.", "custom", (names[0],), columns, PERMISSION)


@settings(max_examples=searches(4, 80), suppress_health_check=list(HealthCheck))
@given(
    name=st.sampled_from(_TABLES),
    names=st.lists(st.sampled_from(_COLUMNS), min_size=3, max_size=5, unique=True),
    is_query=st.booleans(),
)
def test_a_table_of_hostile_names_equals_netsuites(name: str, names: list[str], is_query: bool) -> None:
    of, table = _as_query(name, names) if is_query else (_table(name, names),) * 2
    key = of.key[0]
    own = [column.name for column in of.columns]
    fake = FakeNetSuite((of,), page_rows=7)
    with tempfile.TemporaryDirectory() as folder:
        warehouse = a_warehouse(Path(folder))
        warehouse.prepare(CONNECTION)
        with duckdb.connect(str(warehouse.working_path)):
            fake.insert(of.name, *(_row(number, own, number) for number in range(_ROWS)))
            assert synced(fake, warehouse, (table,))[name].status == "done"
            assert stored(warehouse, table) == fake.rows(of.name)

            for number in (3, 8, 21, 22):
                fake.change(of.name, f"{quoted(key)} = {number}", **{own[1]: f"new {number}"})
            report = synced(fake, warehouse, (table,))[name]
            assert (report.status, report.rows_written, report.rows_deleted) == ("done", 4, 0)
            assert stored(warehouse, table) == fake.rows(of.name)

            fake.delete(of.name, f"{quoted(key)} IN (5, 29)")
            fake.insert(of.name, _row(99, own, 7))
            report = synced(fake, warehouse, (table,), full=True, accept_shrink=(table,))[name]
            assert report.status == "done"
            assert stored(warehouse, table) == fake.rows(of.name)


@pytest.mark.long
def test_the_text_beside_a_column_gives_way_to_netsuites_own(warehouse: Warehouse) -> None:
    table = Table(
        "pricing",
        "Prices",
        "Made up.",
        "custom",
        ("id",),
        (
            Column("id", "integer", "Key."),
            Column("rate", "decimal", "Rate."),
            Column("rate_text", "text", "The rate in words."),
        ),
        PERMISSION,
    )
    fake = FakeNetSuite((table,))
    fake.insert("pricing", *({"id": n, "rate": Decimal(n), "rate_text": f"words {n}"} for n in range(20)))
    synced(fake, warehouse, (table,))
    worded = replace(
        table, columns=tuple(replace(c, type="text") for c in table.columns[:2]) + table.columns[2:]
    )
    fake.tables = (worded,)
    fake._connection.execute("ALTER TABLE pricing ALTER rate TYPE VARCHAR")
    fake.change("pricing", "true", rate="n/a")
    report = synced(fake, warehouse, (table,))["pricing"]
    assert report.status == "done"
    with warehouse.published() as published:
        rows = published.execute(
            "SELECT id, rate_text, rate_text_2 FROM netsuite.pricing ORDER BY id"
        ).fetchall()
    assert rows == [(n, f"words {n}", "n/a") for n in range(20)]

    # What the catalogue has no more keeps its values; no text of ours is written there.
    without = replace(table, columns=table.columns[:2])
    assert synced(fake, warehouse, (without,), full=True)["pricing"].status == "done"
    with warehouse.published() as published:
        rows = published.execute(
            "SELECT id, rate_text, rate_text_2 FROM netsuite.pricing ORDER BY id"
        ).fetchall()
    assert rows == [(n, f"words {n}", "n/a") for n in range(20)]


_NO_NAMES = [
    *("links", "Rate", "a b", "a.b", 'a"b', "a'b", "100%", "größe", "../x", "a/b", "_x", "1x", "", "n" * 121),
    *("x\0", "x\n", "..", "."),
]


@pytest.mark.parametrize("name", _NO_NAMES)
def test_a_column_that_cannot_be_stored_under_its_name_is_refused_at_every_door(name: str) -> None:
    with pytest.raises(TableSpecError) as by_python:
        _table("pricing", ["id", name])
    assert "pricing" in by_python.value.message
    written = (
        "pricing: {title: P, about: P, group: custom, key: [id], permission: {id: LIST_TERM, name: Lists > Terms}, "
        f"columns: {{id: {{type: integer, about: Key.}}, {_yaml(name)}: {{type: text, about: Other.}}}}}}"
    )
    with pytest.raises(TableSpecError) as by_file:
        parse_tables(written, "my.yaml")
    assert "my.yaml" in by_file.value.message
    if name.isascii() and name.isprintable() and '"' not in name and name and name != "Rate":
        with pytest.raises(TableSpecError):
            query_table("pricing", query=f'SELECT id, name AS "{name}" FROM term', key=["id"], known={})


@pytest.mark.parametrize("name", [name for name in _NO_NAMES if name != "links"] + ["all", "lists"])
def test_a_table_that_cannot_be_stored_under_its_name_is_refused_at_every_door(name: str) -> None:
    with pytest.raises(TableSpecError):
        _table(name, ["id"])
    with pytest.raises(TableSpecError):
        query_table(name, query="SELECT id FROM term", key=["id"], known={})
    written = (
        f"{_yaml(name)}: {{title: P, about: P, group: custom, key: [id], permission: {{id: LIST_TERM, name: Lists > "
        "Terms}, columns: {id: {type: integer, about: Key.}}}"
    )
    with pytest.raises(TableSpecError):
        parse_tables(written, "my.yaml")


def _yaml(name: str) -> str:
    return '"' + "".join(f"\\x{ord(letter):02x}" for letter in name) + '"'


def test_columns_that_would_be_stored_under_one_name_are_refused() -> None:
    with pytest.raises(TableSpecError, match="there is a column 'status_label' already"):
        Table(
            "t",
            "T",
            "Made up.",
            "custom",
            ("id",),
            (
                Column("id", "integer", "Key."),
                Column("status", "integer", "S.", label=True),
                Column("status_label", "text", "L."),
            ),
            PERMISSION,
        )
    with pytest.raises(TableSpecError, match="is there twice"):
        _table("t", ["id", "id"])
