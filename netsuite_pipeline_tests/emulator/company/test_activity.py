"""Live business keeps the books straight."""

from datetime import timedelta
from threading import Lock

import duckdb
import pytest

from netsuite_pipeline.emulator.company.activity import ActivityChanges, BusinessActivity
from netsuite_pipeline_tests.emulator.company.books import NOW, broken, built


def _ids(connection: duckdb.DuckDBPyConnection) -> set[int]:
    return {int(row[0]) for row in connection.execute('SELECT id FROM ns."transaction"').fetchall()}


@pytest.mark.long
def test_thirty_ticks_keep_every_invariant() -> None:
    with duckdb.connect() as connection:
        books = built(connection, seed=4, scale=0.02, now=NOW)
        activity = BusinessActivity(connection, books.plan.seed, Lock())
        seen: list[ActivityChanges] = []
        for tick in range(1, 31):
            now = NOW + timedelta(seconds=tick)
            ids = _ids(connection)
            done = activity.tick(now, changes=6)
            seen.append(done)
            gone = ids - _ids(connection)
            assert gone == set(done.deleted) & ids
            touched = set(done.inserted + done.changed + done.lines_deleted) & _ids(connection)
            stamps = books.rows(
                f"SELECT id FROM ns.\"transaction\" WHERE lastmodifieddate = TIMESTAMP '{now}'"
            )
            assert touched <= {id for (id,) in stamps}
            if tick % 10 == 0:
                assert broken(books, now) == []
        for kind in ("inserted", "changed", "customers", "lines_deleted", "deleted"):
            assert any(getattr(done, kind) for done in seen), kind
        recorded = "SELECT recordid FROM ns.deletedrecord WHERE deleteddate > TIMESTAMP '{}'"
        assert {id for (id,) in books.rows(recorded.format(NOW))} == {
            id for done in seen for id in done.deleted
        }


@pytest.mark.long
def test_a_tick_that_fails_changes_nothing() -> None:
    with duckdb.connect() as connection:
        books = built(connection, seed=4, scale=0.02, now=NOW)
        before = books.rows('SELECT count(*), sum(hash(t)::HUGEINT) FROM ns."transaction" t')
        connection.execute("ALTER TABLE ns.transactionaccountingline RENAME TO elsewhere")
        activity = BusinessActivity(connection, books.plan.seed, Lock())
        failed = 0
        for _ in range(5):
            try:
                activity.tick(NOW + timedelta(seconds=1), changes=8)
            except duckdb.CatalogException:
                failed += 1
        assert failed == 5
        assert books.rows('SELECT count(*), sum(hash(t)::HUGEINT) FROM ns."transaction" t') == before
