"""All or nothing, whatever way out is taken."""

from pathlib import Path

import duckdb
import pytest

from netsuite_pipeline.warehouse.errors import WarehouseError
from netsuite_pipeline.warehouse.transactions import transaction


def test_what_is_done_inside_is_committed(tmp_path: Path) -> None:
    with duckdb.connect(str(tmp_path / "a.duckdb")) as connection, transaction(connection):
        connection.execute("CREATE TABLE t AS SELECT 1 AS i")
    with duckdb.connect(str(tmp_path / "a.duckdb")) as connection:
        assert connection.execute("FROM t").fetchall() == [(1,)]


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, GeneratorExit])
def test_any_other_way_out_undoes_all_of_it(error: type[BaseException]) -> None:
    with duckdb.connect() as connection:
        with pytest.raises(error), transaction(connection):
            connection.execute("CREATE TABLE t AS SELECT 1 AS i")
            raise error
        assert connection.execute("FROM duckdb_tables()").fetchall() == []
        with transaction(connection):
            connection.execute("CREATE TABLE t AS SELECT 2 AS i")
        assert connection.execute("FROM t").fetchall() == [(2,)]


def test_an_error_of_duckdb_undoes_all_and_comes_in_our_words() -> None:
    with duckdb.connect() as connection:
        with pytest.raises(WarehouseError, match="DuckDB refused: .*no_such_table") as refused:
            with transaction(connection):
                connection.execute("CREATE TABLE t AS SELECT 1 AS i")
                connection.execute("FROM no_such_table")
        assert "as it was" in refused.value.remedy
        assert connection.execute("FROM duckdb_tables()").fetchall() == []


def test_a_commit_that_fails_leaves_nothing_and_the_connection_usable() -> None:
    with duckdb.connect() as connection, connection.cursor() as other:
        connection.execute("CREATE TABLE t (i INTEGER PRIMARY KEY)")
        with pytest.raises(WarehouseError, match="(?i)constraint|conflict"), transaction(connection):
            connection.execute("INSERT INTO t VALUES (1)")
            other.execute("INSERT INTO t VALUES (1)")
        with transaction(connection):
            connection.execute("INSERT INTO t VALUES (2)")
        assert connection.execute("FROM t ORDER BY i").fetchall() == [(1,), (2,)]


def test_columns_rows_and_temporary_tables_change_in_one_transaction_and_last(tmp_path: Path) -> None:
    """One load does all of this; DuckDB has refused such mixtures in the past."""
    path = str(tmp_path / "a.duckdb")
    with duckdb.connect(path) as connection:
        connection.execute("CREATE SCHEMA n")
        connection.execute("CREATE TABLE n.t AS SELECT range AS k, 'old' AS v FROM range(3000)")
    with duckdb.connect(path) as connection, transaction(connection):
        connection.execute(
            "CREATE TEMP TABLE stage AS SELECT range AS k, 'new' AS v, true AS w FROM range(2900, 3100)"
        )
        connection.execute("ALTER TABLE n.t ADD COLUMN w BOOLEAN")
        connection.execute("COMMENT ON COLUMN n.t.w IS 'Added'")
        connection.execute("ALTER TABLE temp.main.stage ADD COLUMN x INTEGER")
        connection.execute("ALTER TABLE temp.main.stage DROP COLUMN x")
        connection.execute("DELETE FROM n.t t USING temp.main.stage s WHERE t.k = s.k")
        connection.execute("INSERT INTO n.t (k, v, w) SELECT k, v, w FROM temp.main.stage")
        connection.execute("DROP TABLE temp.main.stage")
        connection.execute("CREATE SCHEMA m")
        connection.execute("CREATE TABLE m.u (i INTEGER)")
        connection.execute("INSERT INTO m.u VALUES (1)")
    with duckdb.connect(path) as connection:
        assert connection.execute(
            "SELECT count(*), count(DISTINCT k), count(*) FILTER (v = 'new' AND w), count(w) FROM n.t"
        ).fetchall() == [(3100, 3100, 200, 200)]
        assert connection.execute("FROM m.u").fetchall() == [(1,)]


def test_an_interrupt_after_the_commit_has_no_note_about_the_rollback() -> None:
    """A commit that has ended the transaction leaves nothing to roll back, and nothing to report."""
    connection = duckdb.connect()
    with pytest.raises(KeyboardInterrupt) as interrupted, transaction(connection):
        connection.execute("COMMIT")
        raise KeyboardInterrupt
    assert not getattr(interrupted.value, "__notes__", [])
