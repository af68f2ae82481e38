"""What a sync puts beside the tables: views, relationships, freshness. Once, and anew only where something changed."""

from dataclasses import replace
from typing import Any

import pytest

from netsuite_pipeline.sync.load.published_views import relationships_of
from netsuite_pipeline.tables import Column, Table, standard_tables
from netsuite_pipeline.warehouse.warehouse import Warehouse
from netsuite_pipeline_tests.sync.books import (
    CUSTOMER,
    LINE,
    TRANSACTION,
    asked_sql,
    columns_of,
    document,
    line,
    synced,
)
from netsuite_pipeline_tests.sync.fake_netsuite import FakeNetSuite

HEAD = replace(
    TRANSACTION,
    columns=(
        *columns_of("id:integer type:text tranid:text"),
        Column("entity", "integer", "The entity.", label=True, references="customer"),
        *columns_of("lastmodifieddate:datetime"),
    ),
)
TABLES = (CUSTOMER, HEAD, LINE)
INVOICE = replace(CUSTOMER, name="invoice", title="Invoices of our own")


@pytest.fixture
def fake() -> FakeNetSuite:
    made = FakeNetSuite((*TABLES, INVOICE))
    for number, kind in ((10, "CustInvc"), (11, "SalesOrd")):
        row = document(number, type=kind, tranid=f"{kind}{number}")
        made.insert("transaction", {name: row[name] for name in (c.name for c in HEAD.columns)})
        made.insert("transactionline", line(number, 0), line(number, 1))
    made.insert("customer", {"id": 1, "companyname": "One", "lastmodifieddate": row["lastmodifieddate"]})
    return made


def _asked(warehouse: Warehouse, statement: str) -> list[tuple[Any, ...]]:
    with warehouse.published() as opened:
        return opened.execute(statement).fetchall()


def test_the_published_file_has_views_relationships_and_freshness(
    fake: FakeNetSuite, warehouse: Warehouse
) -> None:
    synced(fake, warehouse, TABLES)

    assert _asked(warehouse, "SELECT tranid FROM netsuite.invoice") == [("CustInvc10",)]
    assert _asked(warehouse, "SELECT id FROM netsuite.salesorder_line ORDER BY id") == [(0,), (1,)]
    assert _asked(
        warehouse, "SELECT table_name, column_name, references_table FROM _netsuite.relationships"
    ) == [
        ("transaction", "entity", "customer"),
        ("transactionline", "transaction", "transaction"),
    ]
    rows = _asked(warehouse, "SELECT table_name, last_status FROM _netsuite.freshness ORDER BY ALL")
    assert rows == [("customer", "done"), ("transaction", "done"), ("transactionline", "done")]


def test_a_sync_without_news_writes_and_publishes_nothing(fake: FakeNetSuite, warehouse: Warehouse) -> None:
    synced(fake, warehouse, TABLES)
    before, statement = warehouse.path.stat().st_ino, "SELECT view_oid FROM duckdb_views() WHERE NOT internal"
    views = asked_sql(warehouse, statement)
    synced(fake, warehouse, TABLES)
    assert warehouse.path.stat().st_ino == before
    assert asked_sql(warehouse, statement) == views


@pytest.mark.long
def test_views_follow_a_column_that_came(fake: FakeNetSuite, warehouse: Warehouse) -> None:
    narrow = replace(HEAD, columns=tuple(column for column in HEAD.columns if column.name != "tranid"))
    synced(fake, warehouse, (CUSTOMER, narrow, LINE))
    synced(fake, warehouse, TABLES, full=True)
    assert _asked(warehouse, "SELECT tranid FROM netsuite.invoice") == [("CustInvc10",)]


@pytest.mark.long
def test_a_table_called_invoice_takes_the_place_of_the_view(fake: FakeNetSuite, warehouse: Warehouse) -> None:
    synced(fake, warehouse, TABLES)
    fake.insert("invoice", {"id": 5, "companyname": "Ours", "lastmodifieddate": fake.rows("customer")[0][-1]})
    reports = synced(fake, warehouse, (*TABLES, INVOICE))

    assert reports["invoice"].status == "done"
    assert _asked(warehouse, "SELECT companyname FROM netsuite.invoice") == [("Ours",)]
    assert _asked(warehouse, "SELECT tranid FROM netsuite.salesorder") == [("SalesOrd11",)]


@pytest.mark.long
def test_two_connections_have_views_of_their_own(fake: FakeNetSuite, warehouse: Warehouse) -> None:
    synced(fake, warehouse, TABLES)
    synced(fake, warehouse, (CUSTOMER, HEAD), connection="sandbox")
    assert _asked(warehouse, "SELECT tranid FROM sandbox.invoice") == [("CustInvc10",)]
    assert _asked(warehouse, "SELECT tranid FROM netsuite.invoice") == [("CustInvc10",)]
    assert _asked(
        warehouse, "SELECT connection, count(*) FROM _netsuite.relationships GROUP BY ALL ORDER BY ALL"
    ) == [
        ("netsuite", 2),
        ("sandbox", 1),
    ]


def _table(name: str, *columns: Column) -> Table:
    return replace(CUSTOMER, name=name, columns=columns, cursor=None)


@pytest.mark.parametrize(
    ("column", "note"),
    [
        (Column("x", "integer", "", references="customer"), None),
        (Column("x", "multiselect", "", references="customer"), "Several ids, set apart by commas."),
        (Column("x", "integer", "", references="customer", doubt="Who knows."), "Who knows."),
        (
            Column("x", "multiselect", "", references="customer", doubt="Who knows."),
            "Several ids, set apart by commas. Who knows.",
        ),
    ],
)
def test_a_relationship_says_what_to_mind(column: Column, note: str | None) -> None:
    ((found),) = relationships_of({"customer": CUSTOMER, "thing": _table("thing", column)})
    assert (found.table, found.references_column, found.note) == ("thing", "id", note)


def test_a_key_of_several_columns_is_nothing_to_point_to() -> None:
    pointing = _table("thing", Column("x", "integer", "", references="transactionline"))
    assert list(relationships_of({"transactionline": replace(LINE, parent=None), "thing": pointing})) == []


def test_every_column_of_the_catalogue_that_points_somewhere_is_a_relationship() -> None:
    catalogue = standard_tables()
    pointing = {
        (table.name, column.name)
        for table in catalogue.values()
        for column in table.columns
        if column.references and len(catalogue[column.references].key) == 1
    }
    assert len(pointing) > 100
    assert pointing <= {(each.table, each.column) for each in relationships_of(catalogue)}
