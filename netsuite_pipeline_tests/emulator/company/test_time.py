"""Looked at later, the same company has gone on: what changed says so, what went is recorded."""

from datetime import datetime

import duckdb
import pytest

from netsuite_pipeline.emulator.company.records import RECORDS
from netsuite_pipeline_tests.emulator.company.books import Books, built

# Two looks: over a night, within an hour, over weeks, over the mass update, over a new year.
_LOOKS = [
    (datetime(2026, 11, 22, 20), datetime(2026, 11, 23, 20)),
    (datetime(2026, 11, 23, 18, 30, 1), datetime(2026, 11, 23, 19, 30)),
    (datetime(2026, 1, 30, 3), datetime(2026, 2, 20, 11, 59, 59)),
    (datetime(2025, 12, 30, 23, 59), datetime(2026, 1, 14)),
]


def _changed(connection: duckdb.DuckDBPyConnection, name: str) -> str:
    return f'SELECT * FROM ns."{name}" EXCEPT SELECT * FROM earlier."{name}"'


@pytest.mark.parametrize(("before", "after"), _LOOKS, ids=lambda moment: f"{moment:%y%m%dT%H%M}")
@pytest.mark.few(1)
def test_every_change_moves_its_cursor(before: datetime, after: datetime) -> None:
    with duckdb.connect() as connection:
        built(connection, seed=5, scale=0.1, now=before)
        connection.execute("CREATE SCHEMA earlier")
        for name in RECORDS:
            connection.execute(f'CREATE TABLE earlier."{name}" AS FROM ns."{name}"')
        books = built(connection, seed=5, scale=0.1, now=after)
        window = f"BETWEEN TIMESTAMP '{before}' + INTERVAL 1 SECOND AND TIMESTAMP '{after}'"
        for name, record in RECORDS.items():
            stamps = {field.name for field in record.fields} & {"lastmodifieddate", "lastmodified"}
            for stamp in stamps:
                silent = f"FROM ({_changed(connection, name)}) WHERE {stamp} IS NULL OR {stamp} NOT {window}"
                assert books.count(silent) == 0, name
        assert books.count('SELECT id FROM ns."transaction" EXCEPT SELECT id FROM earlier."transaction"') > 0
        _children_follow_their_parent(connection, books, window)
        _deletions_are_recorded(connection, books, window)


def _children_follow_their_parent(connection: duckdb.DuckDBPyConnection, books: Books, window: str) -> None:
    for name in ("transactionline", "transactionaccountingline"):
        orphaned = f"""
            SELECT transaction FROM ({_changed(connection, name)}) c JOIN ns."transaction" t
                ON t.id = c.transaction
            WHERE t.lastmodifieddate NOT {window}"""
        assert books.count(orphaned) == 0, name
        gone = f"""
            SELECT transaction FROM (SELECT * FROM earlier."{name}" EXCEPT SELECT * FROM ns."{name}") c
            JOIN ns."transaction" t ON t.id = c.transaction WHERE t.lastmodifieddate NOT {window}"""
        assert books.count(gone) == 0, name


def _deletions_are_recorded(connection: duckdb.DuckDBPyConnection, books: Books, window: str) -> None:
    assert books.count(f"FROM ({_changed(connection, 'deletedrecord')}) WHERE deleteddate NOT {window}") == 0
    assert books.count("SELECT * FROM earlier.deletedrecord EXCEPT SELECT * FROM ns.deletedrecord") == 0
    for name, type_id in (("transaction", -30), ("customer", -2), ("entity", -2)):
        unrecorded = f"""
            SELECT id FROM earlier."{name}" EXCEPT SELECT id FROM ns."{name}"
            EXCEPT SELECT recordid FROM ns.deletedrecord WHERE recordtypeid = {type_id}"""
        assert books.count(unrecorded) == 0, name
    for name in (
        "vendor",
        "employee",
        "contact",
        "job",
        "item",
        "nexttransactionlinelink",
        "currencyrate",
        "accountingperiod",
    ):
        keys = ", ".join(f'"{column}"' for column in RECORDS[name].key)
        assert books.count(f"SELECT {keys} FROM earlier.{name} EXCEPT SELECT {keys} FROM ns.{name}") == 0, (
            name
        )
