"""Rebuild the marts of a connection when something that they show has changed."""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path

import duckdb

from netsuite_pipeline.marts.build import MartsReport, build_marts
from netsuite_pipeline.marts.catalogue import marts_catalogue
from netsuite_pipeline.warehouse.schema.schema import insert_row, literal, present_columns, quoted, text
from netsuite_pipeline.warehouse.transactions import limit_memory, transaction

_MEGABYTES = 1024
_TABLE = """CREATE TABLE IF NOT EXISTS _netsuite.marts_state (
    connection VARCHAR NOT NULL, code VARCHAR NOT NULL, tables VARCHAR[] NOT NULL, changes BIGINT NOT NULL,
    periods BIGINT NOT NULL, built_at TIMESTAMP NOT NULL)"""
_COMMENT = """COMMENT ON TABLE _netsuite.marts_state IS 'One row a connection: when its marts were built
    (UTC), and from what'"""


@dataclass(frozen=True)
class _Basis:
    """What marts were built from; they are rebuilt when one of its values differs.

    Attributes:
        code: A digest of the files that build them.
        tables: NetSuite's tables that they use.
        changes: Logged changes of these tables: of rows, of columns, and new tables.
        periods: How many periods have begun, plus how many have ended.
    """

    code: str
    tables: tuple[str, ...]
    changes: int
    periods: int


def refresh_marts(
    connection: duckdb.DuckDBPyConnection, connection_name: str, now: datetime, *, force: bool
) -> MartsReport | None:
    """Rebuild all marts of a connection in one transaction, if something that they show has changed.

    They are rebuilt when a table that they use has changed, on the first day of a period and the first day
    after one, and when their SQL has changed. `_netsuite.marts_state` has what the last build was made from.

    Args:
        connection: To the working file, outside a transaction.
        connection_name: The schema of NetSuite's tables.
        now: The current time, UTC.
        force: Whether to rebuild them in any case.

    Returns:
        The marts with their row counts. None where they are up to date, or where no table that they use was
        ever synced.

    Raises:
        WarehouseError: The build failed; all marts are unchanged.
    """
    before = _last_basis(connection, connection_name)
    tables = before.tables if before is not None and before.code == _code() else _used_tables()
    basis = _basis(connection, connection_name, tables, now.date())
    if not force and (not basis.changes or basis == before):
        return None
    limit_memory(connection, _MEGABYTES)
    try:
        with transaction(connection):
            report = build_marts(connection, connection_name, now.date())
            _write_basis(connection, connection_name, basis, now)
    finally:
        limit_memory(connection)
    return report


@cache
def _code() -> str:
    """Return a digest of this folder's files: SQL, catalogue and Python."""
    digest = hashlib.sha256()
    folder = Path(__file__).parent
    for path in sorted(folder.rglob("*")):
        if path.suffix in {".sql", ".yaml", ".py"}:
            digest.update(path.relative_to(folder).as_posix().encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


def _used_tables() -> tuple[str, ...]:
    return tuple(sorted({table for mart in marts_catalogue().values() for table in mart.uses}))


def _basis(
    connection: duckdb.DuckDBPyConnection, connection_name: str, tables: tuple[str, ...], today: date
) -> _Basis:
    if not present_columns(connection, "_netsuite", "table_state"):
        return _Basis(_code(), tables, 0, 0)
    of = f"connection = {text(connection_name)} AND list_contains({literal(tables)}, lower(table_name))"
    row = connection.execute(
        f"SELECT (SELECT count(*) FROM _netsuite.table_state WHERE {of}) "
        f"+ (SELECT count(*) FROM _netsuite.sync_log WHERE {of} AND (rows_written > 0 OR rows_deleted > 0)) "
        f"+ (SELECT count(*) FROM _netsuite.schema_changes WHERE {of})"
    ).fetchone()
    changes = row[0] if row else 0
    return _Basis(_code(), tables, changes, _periods(connection, connection_name, today))


def _periods(connection: duckdb.DuckDBPyConnection, connection_name: str, today: date) -> int:
    """Return how many periods have begun, plus how many have ended."""
    columns = present_columns(connection, connection_name, "accountingperiod")
    if not {"startdate", "enddate"}.issubset(columns):
        return 0
    row = connection.execute(
        f"SELECT count(*) FILTER (TRY_CAST(startdate AS DATE) <= DATE '{today}') "
        f"+ count(*) FILTER (TRY_CAST(enddate AS DATE) < DATE '{today}') "
        f"FROM {quoted(connection_name)}.accountingperiod"
    ).fetchone()
    return row[0] if row else 0


def _last_basis(connection: duckdb.DuckDBPyConnection, connection_name: str) -> _Basis | None:
    if not present_columns(connection, "_netsuite", "marts_state"):
        return None
    row = connection.execute(
        "SELECT code, tables, changes, periods FROM _netsuite.marts_state "
        f"WHERE connection = {text(connection_name)}"
    ).fetchone()
    return _Basis(row[0], tuple(row[1]), row[2], row[3]) if row else None


def _write_basis(
    connection: duckdb.DuckDBPyConnection, connection_name: str, basis: _Basis, now: datetime
) -> None:
    connection.execute("CREATE SCHEMA IF NOT EXISTS _netsuite")
    connection.execute(" ".join(_TABLE.split()))
    connection.execute(" ".join(_COMMENT.split()))
    connection.execute(f"DELETE FROM _netsuite.marts_state WHERE connection = {text(connection_name)}")
    row = {"connection": connection_name, **vars(basis), "built_at": now}
    insert_row(connection, "marts_state", row)
