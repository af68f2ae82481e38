"""Which posting periods are compared: open ones each time, closed ones once and after a change here."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

import duckdb

from netsuite_pipeline.reconciliation.compared_table import ComparedTable
from netsuite_pipeline.reconciliation.ledger.statements import LEDGER_VIEW, LedgerStatements
from netsuite_pipeline.warehouse.schema.schema import literal, quoted, text

_TABLES = (
    """CREATE TABLE IF NOT EXISTS _netsuite.reconciled_periods (
        connection VARCHAR NOT NULL, period BIGINT NOT NULL, digest VARCHAR NOT NULL,
        reconciled_at TIMESTAMP NOT NULL)""",
    """COMMENT ON TABLE _netsuite.reconciled_periods IS 'The posting periods whose sums equalled NetSuite''s,
        and a digest of their postings here then (UTC)'""",
    """CREATE TABLE IF NOT EXISTS _netsuite.closed_documents (
        connection VARCHAR NOT NULL, period BIGINT NOT NULL, transaction BIGINT NOT NULL,
        digest VARCHAR NOT NULL, debit DECIMAL(38,10) NOT NULL)""",
    """COMMENT ON TABLE _netsuite.closed_documents IS 'The documents of closed periods at the last
        reconciliation: a digest of their postings, and the sum of their debits'""",
)


@dataclass(frozen=True)
class Period:
    """A posting period.

    Attributes:
        id: Its id.
        is_closed: It is closed in NetSuite.
        digest: A digest of its stored postings; empty without any.
        name: Its name; empty where that is not stored.
        books: The accounting books of its stored postings.
    """

    id: int
    is_closed: bool
    digest: str
    name: str = ""
    books: tuple[int | None, ...] = ()


def ensure_reconciliation(connection: duckdb.DuckDBPyConnection) -> None:
    """Create the tables of the reconciliation in the existing schema `_netsuite` if they are missing."""
    for statement in _TABLES:
        connection.execute(" ".join(statement.split()))


def posting_periods(
    connection: duckdb.DuckDBPyConnection,
    statements: LedgerStatements,
    periods: ComparedTable | None,
    today: datetime,
) -> list[Period]:
    """Return the posting periods that have begun or have postings, in the order of their ids.

    Args:
        connection: To the published file, with the view of the ledger.
        statements: The ledger's statements.
        periods: The table `accountingperiod`; None where it is not stored: then all periods are open.
        today: UTC.
    """
    rows = connection.execute(
        f"SELECT period, {postings_digest(statements)}, list(DISTINCT book) FROM {LEDGER_VIEW} "
        "WHERE period IS NOT NULL GROUP BY period"
    ).fetchall()
    of_postings = {
        id: (digest, tuple(sorted(books, key=lambda book: book or 0))) for id, digest, books in rows
    }
    listed = _listed_periods(connection, periods, today) if periods is not None else {}
    return [
        Period(id, is_closed, digest, name, books)
        for id in sorted(of_postings.keys() | listed)
        for is_closed, name in [listed.get(id, (False, ""))]
        for digest, books in [of_postings.get(id, ("", ()))]
    ]


def _listed_periods(
    connection: duckdb.DuckDBPyConnection, periods: ComparedTable, today: datetime
) -> dict[int, tuple[bool, str]]:
    """Return the listed posting periods that have begun: whether each is closed, and its name."""
    conditions = [
        *(f"coalesce({name}, false) = false" for name in ("isquarter", "isyear") if name in periods.received),
        *(["coalesce(isposting, true)"] if "isposting" in periods.received else []),
        *([f"startdate <= {literal(today)}"] if "startdate" in periods.received else []),
    ]
    closed = "coalesce(closed, false)" if "closed" in periods.received else "false"
    name = "coalesce(periodname, '')" if "periodname" in periods.received else "''"
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    rows = connection.execute(f"SELECT id, {closed}, {name} FROM {periods.ref}{where}").fetchall()
    return {id: (is_closed, named) for id, is_closed, named in rows}


def postings_digest(statements: LedgerStatements) -> str:
    """Return the SQL aggregate that is a digest of stored postings, whatever their order.

    DuckDB's own hash may change with its version, so the digest is made of MD5.
    """
    names = ("document", "book", "account", "subsidiary", *statements.amounts)
    values = ", ".join(f"coalesce({quoted(name)}::VARCHAR, '')" for name in names)
    row = f"md5_number_lower(concat_ws('/', {values}))::HUGEINT"
    return f"count(*)::VARCHAR || ' ' || sum({row})::VARCHAR"


def reconciled_digests(connection: duckdb.DuckDBPyConnection, schema: str) -> dict[int, str]:
    """Return the digest of each period at the time when it equalled NetSuite.

    Args:
        connection: To the working file.
        schema: The connection's name.
    """
    rows = connection.execute(
        f"SELECT period, digest FROM _netsuite.reconciled_periods WHERE connection = {text(schema)}"
    ).fetchall()
    return dict(rows)


def due_periods(periods: Collection[Period], reconciled: Mapping[int, str]) -> list[Period]:
    """Return the periods to compare now.

    Example:
        >>> periods = [Period(1, True, "a"), Period(2, True, "b"), Period(3, False, "c")]
        >>> [period.id for period in due_periods(periods, {1: "a", 2: "older", 3: "c"})]
        [2, 3]
    """
    return [
        period for period in periods if not (period.is_closed and reconciled.get(period.id) == period.digest)
    ]


def record_reconciled(
    connection: duckdb.DuckDBPyConnection, schema: str, periods: Collection[Period], now: datetime
) -> None:
    """Record the periods that equal NetSuite, in a transaction.

    Args:
        connection: To the working file.
        schema: The connection's name.
        periods: The periods.
        now: UTC.
    """
    if not periods:
        return
    ids = ", ".join(str(period.id) for period in periods)
    connection.execute(
        f"DELETE FROM _netsuite.reconciled_periods WHERE connection = {text(schema)} AND period IN ({ids})"
    )
    rows = ", ".join(
        f"({text(schema)}, {period.id}, {text(period.digest)}, {literal(now)})" for period in periods
    )
    connection.execute(f"INSERT INTO _netsuite.reconciled_periods VALUES {rows}")
