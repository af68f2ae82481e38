"""The second sync brings what changed since the first, and writes nothing else."""

import sqlite3
from datetime import UTC, datetime
from pathlib import Path

from netsuite_pipeline_tests.interoperability.comparing import assert_equal
from netsuite_pipeline_tests.interoperability.running import serving, sync
from netsuite_pipeline_tests.interoperability.server.company import insert_rows
from netsuite_pipeline_tests.interoperability.server.settings import Habits

_NEW = 900_001


def test_the_next_sync_writes_what_changed_and_nothing_else(company: Path, tmp_path: Path) -> None:
    warehouse = tmp_path / "warehouse.duckdb"
    with serving(company, Habits(deletions=True)) as server:
        assert sync(server, warehouse).code == 0
        written, deleted = _business_goes_on(company)
        asked_before = len(server.asked)

        second = sync(server, warehouse)
        refused = [asked for asked in server.asked[asked_before:] if asked.status != 200]
        third = sync(server, warehouse)

    assert second.code == 0, second.err
    assert_equal(company, warehouse)
    tables = second.report["tables"]
    assert {table["table"]: table["rows_written"] for table in tables if table["rows_written"]} == written
    assert {table["table"]: table["rows_deleted"] for table in tables if table["rows_deleted"]} == deleted
    assert second.table("transaction")["mode"] == "changed"
    assert second.table("transaction")["rows_read"] == 2
    assert second.table("transactionline")["mode"] == "children"
    assert len(refused) == third.totals["absent"], "what the account lacks was known already"
    assert third.totals["rows_written"] == third.totals["rows_deleted"] == 0


def test_a_table_that_fails_leaves_the_others_up_to_date(company: Path, tmp_path: Path) -> None:
    warehouse = tmp_path / "warehouse.duckdb"
    tables = ("--select", "nexus", "--select", "vendor", "--select", "currency")
    with serving(company, Habits()) as server:
        assert sync(server, warehouse, *tables).code == 0
        with sqlite3.connect(company) as connection:
            connection.execute("ALTER TABLE nexus RENAME TO gone")
            connection.execute(
                "UPDATE currency SET name = 'Thaler' WHERE id = (SELECT max(id) FROM currency)"
            )
        connection.close()
        ran = sync(server, warehouse, *tables)
    assert ran.code == 1
    assert ran.table("nexus")["status"] == "failed"
    assert "syntax error" in ran.table("nexus")["error"]
    assert ran.totals["done"] == 2
    assert ran.table("currency")["rows_written"] == 1
    assert_equal(company, warehouse, ("vendor", "currency"))


def _business_goes_on(company: Path) -> tuple[dict[str, int], dict[str, int]]:
    """Change the company; return the rows written and deleted that a sync should find, by table."""
    now = f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S}"
    with sqlite3.connect(company) as connection:
        (old,) = connection.execute(
            'SELECT "transaction" FROM transactionline GROUP BY 1 HAVING count(*) = 3'
        ).fetchone()
        lines = connection.execute(
            'SELECT id FROM transactionline WHERE "transaction" = ? ORDER BY id', [old]
        ).fetchall()
        # A transaction: its memo, one line's amount, one line gone with its postings.
        connection.execute(
            "UPDATE \"transaction\" SET memo = 'now', lastmodifieddate = ? WHERE id = ?", [now, old]
        )
        connection.execute(
            "UPDATE transactionline SET netamount = '-0.0000000007' WHERE \"transaction\" = ? AND id = ?",
            [old, lines[0][0]],
        )
        connection.execute(
            'DELETE FROM transactionline WHERE "transaction" = ? AND id = ?', [old, lines[2][0]]
        )
        postings = connection.execute(
            'DELETE FROM transactionaccountingline WHERE "transaction" = ? AND transactionline = ?',
            [old, lines[2][0]],
        ).rowcount
        # Below transactions that are not touched: a line is recoded, another is deleted, a posting moves.
        below = connection.execute(
            'SELECT "transaction", min(id), max(id) FROM transactionline WHERE "transaction" <> ? '
            "GROUP BY 1 HAVING count(*) = 4 LIMIT 2",
            [old],
        ).fetchall()
        (of, first, last), (posted, line, _) = below
        connection.execute(
            "UPDATE transactionline SET memo = 'recoded', linelastmodifieddate = ? "
            'WHERE "transaction" = ? AND id = ?',
            [now, of, first],
        )
        connection.execute('DELETE FROM transactionline WHERE "transaction" = ? AND id = ?', [of, last])
        connection.execute(
            "UPDATE transactionaccountingline SET amountlinked = '0.7', lastmodifieddate = ? "
            'WHERE "transaction" = ? AND transactionline = ? AND accountingbook = '
            '(SELECT min(accountingbook) FROM transactionaccountingline WHERE "transaction" = ?)',
            [now, posted, line, posted],
        )
        # A new transaction in balance.
        insert_rows(
            connection,
            "transaction",
            [
                {
                    "id": _NEW,
                    "trandate": "2026-01-31",
                    "posting": "T",
                    "createddate": now,
                    "lastmodifieddate": now,
                }
            ],
        )
        insert_rows(connection, "transactionline", [{"id": line, "transaction": _NEW} for line in (0, 1)])
        insert_rows(
            connection,
            "transactionaccountingline",
            [
                {"transaction": _NEW, "transactionline": 0, "accountingbook": 1, "debit": "0.1"},
                {"transaction": _NEW, "transactionline": 1, "accountingbook": 1, "credit": "0.1"},
            ],
        )
        # A customer nulled in one field, an account closed for good, a list's name.
        connection.execute(
            "UPDATE customer SET comments = NULL, email = ?, lastmodifieddate = ? "
            "WHERE id = (SELECT min(id) FROM customer)",
            ["new@example.com", now],
        )
        (nexus,) = connection.execute("SELECT max(id) FROM nexus").fetchone()
        connection.execute("DELETE FROM nexus WHERE id = ?", [nexus])
        deleted = {"recordid": nexus, "recordtypeid": -150, "scriptid": "nexus", "type": "Nexus", "name": "x"}
        insert_rows(connection, "deletedrecord", [{**deleted, "deleteddate": now, "iscustomlist": "F"}])
        connection.execute("UPDATE currency SET symbol = 'XTS' WHERE id = (SELECT min(id) FROM currency)")
    connection.close()
    written = {
        "transaction": 2,
        "transactionline": 4,
        "transactionaccountingline": 3,
        "customer": 1,
        "currency": 1,
        "deletedrecord": 1,
    }
    return written, {"transactionline": 2, "transactionaccountingline": postings, "nexus": 1}
