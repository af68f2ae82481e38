"""A query of somebody's own is synced like any table, over real HTTP; its failure is its own."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from netsuite_pipeline.emulator.process import EmulatorProcess
from netsuite_pipeline.netsuite.config.client_factory import client_from_environment
from netsuite_pipeline.sync.report import TableReport
from netsuite_pipeline.sync.request import SyncRequest
from netsuite_pipeline.sync.run import Sync
from netsuite_pipeline.tables import Table
from netsuite_pipeline.tables.queries.query_table import query_table
from netsuite_pipeline.warehouse.warehouse import Warehouse

INVOICES = query_table(
    "invoices",
    query="""
        SELECT t.id, t.trandate AS day, t.lastmodifieddate AS changed,
               BUILTIN.DF(t.entity) AS customer, -- the name, not the number
               t.foreigntotal AS total, t.posting, t.memo, TO_CHAR(t.trandate, 'YYYY-MM') AS month
        FROM transaction t
        WHERE t.type = 'CustInvc';
    """,
    key=["id"],
    cursor="changed",
    known={},
)
PER_CUSTOMER = query_table(
    "percustomer",
    query="SELECT t.entity, t.type, COUNT(*) AS n, SUM(t.foreigntotal) AS total, MAX(t.trandate) AS latest, "
    "MAX(t.memo) AS note "
    "FROM transaction t WHERE t.entity IS NOT NULL GROUP BY t.entity, t.type",
    key=["entity", "type"],
    known={},
)
WRONG = query_table("wrong", query="SELECT id, nosuch FROM customer", key=["id"], known={})


def synced(emulator: EmulatorProcess, warehouse: Warehouse, *tables: Table) -> Mapping[str, TableReport]:
    request = SyncRequest(tables, {t.name: t for t in tables}, "netsuite", False, timedelta(hours=1))
    with client_from_environment(emulator.env) as client:
        return {report.table: report for report in Sync(client, warehouse, request)}


def rows(emulator: EmulatorProcess, sql: str) -> list[Mapping[str, str | None]]:
    with client_from_environment(emulator.env) as client:
        return list(client.iter_rows(sql))


def test_a_query_becomes_a_typed_table_and_follows_what_changes(
    emulator: EmulatorProcess, warehouse: Warehouse
) -> None:
    reports = synced(emulator, warehouse, INVOICES, PER_CUSTOMER, WRONG)
    assert {name: report.status for name, report in reports.items()} == {
        "invoices": "done",
        "percustomer": "done",
        "wrong": "failed",
    }
    assert "Unknown identifier 'nosuch'" in str(reports["wrong"].error)
    assert "The query: SELECT id, nosuch FROM customer" in str(reports["wrong"].error)
    assert reports["wrong"].requests == 1

    with warehouse.published() as published:
        types = published.execute(
            "SELECT table_name, string_agg(data_type, ' ' ORDER BY column_index) FROM duckdb_columns() "
            "WHERE schema_name = 'netsuite' GROUP BY ALL ORDER BY ALL"
        ).fetchall()
        assert types == [
            ("invoices", "BIGINT DATE TIMESTAMP VARCHAR DECIMAL(38,10) BOOLEAN VARCHAR VARCHAR"),
            ("percustomer", "BIGINT VARCHAR BIGINT DECIMAL(38,10) DATE VARCHAR"),
        ]
        stored = published.execute("SELECT * FROM netsuite.invoices ORDER BY id").fetchall()
    answered = rows(
        emulator,
        "SELECT id, TO_CHAR(trandate, 'YYYY-MM-DD') AS day, foreigntotal AS total, posting, memo, "
        "TO_CHAR(SYS_EXTRACT_UTC(lastmodifieddate), 'YYYY-MM-DD HH24:MI:SS') AS changed, "
        "BUILTIN.DF(entity) AS customer FROM transaction WHERE type = 'CustInvc' ORDER BY id",
    )
    assert len(stored) > 50
    assert stored == [
        (
            int(row["id"] or ""),
            date.fromisoformat(day := row["day"] or ""),
            datetime.fromisoformat(row["changed"] or ""),
            row["customer"],
            Decimal(row["total"] or ""),
            row["posting"] == "T",
            row.get("memo"),
            day[:7],
        )
        for row in answered
    ]

    first = f"id = {stored[0][0]}"
    values = {"memo": "zzz changed", "lastmodifieddate": f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S}"}
    assert emulator.admin.change_rows("transaction", first, values) == 1
    again = synced(emulator, warehouse, INVOICES, PER_CUSTOMER)
    assert (again["invoices"].mode, again["invoices"].rows_written) == ("changed", 1)
    assert again["percustomer"].rows_written == 1
    with warehouse.published() as published:
        memo = published.execute(f"SELECT memo FROM netsuite.invoices WHERE {first}").fetchone()
    assert memo == ("zzz changed",)


def test_a_long_query_is_read_page_by_page_without_doubles(
    emulator: EmulatorProcess, warehouse: Warehouse
) -> None:
    lines = query_table(
        "lines",
        query="SELECT l.transaction, l.id, l.netamount, TO_CHAR(l.transaction) AS code FROM transactionline l "
        "INNER JOIN transaction t ON t.id = l.transaction",
        key=["transaction", "id"],
        known={},
    )
    report = synced(emulator, warehouse, lines)["lines"]
    assert report.error is None
    assert report.rows_read > 2000
    assert (report.rows, report.counted, report.matches) == (report.rows_read, report.rows_read, True)
    with warehouse.published() as published:
        found = published.execute("SELECT count(DISTINCT (transaction, id)), typeof(any_value(code)) FROM "
                                 "netsuite.lines").fetchall()  # fmt: skip
    assert found == [(report.rows_read, "BIGINT")]


@pytest.mark.long
def test_columns_called_as_sql_calls_things_of_its_own_are_columns_like_any_other(
    emulator: EmulatorProcess, warehouse: Warehouse
) -> None:
    words = query_table(
        "lock",
        query="SELECT c.id AS rowid, c.companyname AS case, c.isinactive AS order, c.email AS rowid_text, "
        "c.lastmodifieddate AS null FROM customer c",
        key=["rowid"],
        cursor="null",
        known={},
    )
    first = synced(emulator, warehouse, words)["lock"]
    assert (first.status, first.error) == ("done", None)
    here = rows(emulator, "SELECT id FROM customer ORDER BY id")
    some = ", ".join(str(row["id"]) for row in here[3:7])
    values = {"companyname": "Renamed", "lastmodifieddate": f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S}"}
    assert emulator.admin.change_rows("customer", f"id IN ({some})", values) == 4
    again = synced(emulator, warehouse, words)["lock"]
    assert (again.mode, again.rows_written, again.rows) == ("changed", 4, len(here))
    answered = rows(emulator, "SELECT id, companyname, isinactive, email FROM customer ORDER BY id")
    with warehouse.published() as published:
        kept = published.execute(
            'SELECT rowid, "case", "order", rowid_text FROM netsuite.lock ORDER BY rowid'
        ).fetchall()
    assert kept == [
        (int(row["id"] or ""), row.get("companyname"), row["isinactive"] == "T", row.get("email"))
        for row in answered
    ]
