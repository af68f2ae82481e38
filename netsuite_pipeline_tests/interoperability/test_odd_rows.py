"""Rows that share a key or lack a part of it, and values of another form than their type's, from the second server."""

import sqlite3
from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from netsuite_pipeline_tests.interoperability.comparing import query
from netsuite_pipeline_tests.interoperability.running import serving, sync
from netsuite_pipeline_tests.interoperability.server.company import Row, insert_rows
from netsuite_pipeline_tests.interoperability.server.settings import Habits

_TABLES = ("transaction", "transactionline", "deletedrecord")
_SELECT = tuple(word for table in _TABLES for word in ("--select", table))


def _entries(at: datetime) -> list[Row]:
    """More entries than a page has: doubled ones, equal ones, ones without a part of the key."""
    moment, later = f"{at:%Y-%m-%d %H:%M:%S}", f"{at + timedelta(seconds=5):%Y-%m-%d %H:%M:%S}"
    rows: list[Row] = []
    for number in range(1, 600):
        row: Row = {"recordid": number, "recordtypeid": -30, "scriptid": "salesorder", "deleteddate": moment}
        twice = row | {"deleteddate": later}
        without = row | {("scriptid", "recordtypeid", "recordid")[number % 3]: None}
        rows += [row, (row, twice, without)[number % 7 % 3]]
    return rows


def _shown(company: Path) -> Counter[tuple[object, ...]]:
    with sqlite3.connect(company) as connection:
        found = connection.execute("SELECT recordid, recordtypeid, scriptid, deleteddate FROM deletedrecord")
        rows = Counter((*row[:3], datetime.fromisoformat(row[3])) for row in found)
    connection.close()
    return rows


def _stored(warehouse: Path) -> Counter[tuple[object, ...]]:
    return Counter(
        query(warehouse, "SELECT recordid, recordtypeid, scriptid, deleteddate FROM netsuite.deletedrecord")
    )


def test_a_log_of_deletions_with_doubled_and_incomplete_keys_arrives_as_it_is(
    company: Path, tmp_path: Path
) -> None:
    warehouse = tmp_path / "warehouse.duckdb"
    now = datetime.now(UTC)
    with sqlite3.connect(company) as connection:
        insert_rows(connection, "deletedrecord", _entries(now - timedelta(days=30)))
        (gone,) = connection.execute('SELECT min(id) FROM "transaction"').fetchone()
    connection.close()
    with serving(company, Habits(deletions=True)) as server:
        first = sync(server, warehouse, *_SELECT)
        assert first.code == 0, first.err or first.out
        assert _stored(warehouse) == _shown(company)
        with sqlite3.connect(company) as connection:
            for table, column in (("transactionline", "transaction"), ("transaction", "id")):
                connection.execute(f'DELETE FROM "{table}" WHERE "{column}" = ?', [gone])
            entry: Row = {"recordid": gone, "recordtypeid": -30, "deleteddate": f"{now:%Y-%m-%d %H:%M:%S}"}
            insert_rows(
                connection,
                "deletedrecord",
                [entry, entry | {"scriptid": "salesorder"}, entry | {"recordid": None}, entry],
            )
        connection.close()
        second = sync(server, warehouse, *_SELECT)
    assert second.code == 0, second.err or second.out
    assert _stored(warehouse) == _shown(company)
    assert second.table("transaction")["rows_deleted"] == 1
    assert query(warehouse, f"FROM netsuite.transactionline WHERE transaction = {gone}") == []


def test_values_of_another_form_are_null_and_kept_as_they_came(company: Path, tmp_path: Path) -> None:
    warehouse = tmp_path / "warehouse.duckdb"
    odd = {"entity": "0x1F", "posting": "yes", "currency": "1_0", "nexus": "7.5"}
    with sqlite3.connect(company) as connection:
        ids = [row[0] for row in connection.execute('SELECT id FROM "transaction" ORDER BY id LIMIT 4')]
        for number, (column, value) in zip(ids, odd.items(), strict=True):
            connection.execute(f'UPDATE "transaction" SET "{column}" = ? WHERE id = ?', [value, number])
        connection.execute(
            "UPDATE transactionline SET netamount = '-10.0%' WHERE \"transaction\" = ? AND id = 0", [ids[0]]
        )
    connection.close()
    with serving(company, Habits()) as server:
        ran = sync(server, warehouse, "--select", "transaction", "--select", "transactionline")
    assert ran.code == 0, ran.err or ran.out
    for number, (column, value) in zip(ids, odd.items(), strict=True):
        assert query(warehouse, f"SELECT {column} FROM netsuite.transaction WHERE id = {number}") == [(None,)]
        kept = (
            f"SELECT value FROM _netsuite.rejected_values WHERE key = '{number}' AND column_name = '{column}'"
        )
        assert query(warehouse, kept) == [(value,)]
    assert query(
        warehouse,
        f"SELECT netamount, netamount_text FROM netsuite.transactionline WHERE transaction = {ids[0]} AND id = 0",
    ) == [(Decimal("-0.1"), "-10.0%")]
    with_text = (
        "SELECT count(*) FROM netsuite.transactionline WHERE (netamount IS NULL) <> (netamount_text IS NULL)"
    )
    assert query(warehouse, with_text) == [(0,)]
